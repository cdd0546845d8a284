"""What a language-model client may ask of a store: ten reading tools, a check of claims, and a queue for corrections.

The tools are plain functions over a `Store`, so they are tested without the package `mcp`; `serve` hands them to it.
Every answer carries ids, and for each record the quotes with their offsets into the document's text, so that a
client can cite and a person can look it up. Nothing here writes to the store: a proposed correction is a line in a file
beside it, which a person reads and enters with `communique review`.

`check_claims` fails closed. A claim is supported only if the words of one record's evidence say it, word for
word and in order (articles and case aside), and the evidence has no denial or condition that the claim leaves out. A
paraphrase is therefore "not in corpus": a false alarm costs a look, a false support costs trust.
"""

from __future__ import annotations

import importlib
import inspect
import os
import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from communique import tables
from communique.api import make_filter
from communique.errors import UsageError
from communique.records import Event, EventMention, Filter
from communique.store import Store
from communique.text import digest, merge_spans, slice_span
from communique.views import compare, dyads, ledger, reasons
from communique.views.timeline import timeline as entries_of

MAX_ROWS = 100
MAX_CLAIMS = 50
_ARTICLES = frozenset(["a", "an", "the"])
_TURNS = frozenset(
    ["not", "no", "never", "neither", "nor", "without", "deny", "denies", "denied", "denying", "refuse", "refuses", "refused", "reject", "rejects", "rejected", "fail", "fails", "failed", "false", "falsely", "untrue", "if", "unless", "whether", "may", "might", "could", "would", "should", "will", "shall", "can", "must", "allegedly", "reportedly", "rumoured", "plan", "plans", "planned", "planning", "urge", "urged", "demand", "demanded", "call", "called", "promise", "promised", "pledge", "pledged", "threaten", "threatened"]
)
_WORD = re.compile(r"\w+(?:[.,]\d+)*")
Answer = dict[str, Any]


def _rows(limit: int) -> int:
    if limit < 1:
        raise UsageError(f"limit={limit} is not a number of rows; give 1 to {MAX_ROWS}", value=limit)
    return min(limit, MAX_ROWS)


def quotes_of(store: Store, mention: EventMention) -> list[Answer]:
    """The evidence as `{document, start, end, text}`; `text` is the document's from `start` to `end`, code points."""
    text = store.text(mention.document) or ""
    return [
        {"document": mention.document, "start": span.start, "end": span.end, "text": slice_span(text, span)}
        for span in merge_spans(mention.evidence)
    ]


def _mention(store: Store, mention: EventMention) -> Answer:
    said = [a.speaker.name for a in mention.attribution]
    return {
        "id": mention.id, "document": mention.document, "type": mention.type, "mode": mention.mode, "modality": mention.modality,
        "negated": mention.negated, "actors": [p.name for p in mention.actors], "recipients": [p.name for p in mention.recipients],
        "when": msgspec.to_builtins(mention.when), "where": msgspec.to_builtins(mention.where), "said_by": said,
        "score": mention.score, "quotes": quotes_of(store, mention),
    }  # fmt: skip


def _evidence(store: Store, ids: Iterable[str]) -> list[Answer]:
    found = (store.mention(name) for name in ids)
    return [_mention(store, mention) for mention in found if mention is not None]


def _event(store: Store, event: Event, *, most: int = 3) -> Answer:
    return {
        "id": event.id, "headline": event.headline, "type": event.type, "mode": event.mode, "modality": event.modality,
        "actors": [p.name for p in event.actors], "recipients": [p.name for p in event.recipients],
        "when": msgspec.to_builtins(event.when), "where": msgspec.to_builtins(event.where), "documents": list(event.documents),
        "publishers": list(event.publishers), "independent_originators": [o.name for o in event.originators],
        "reviewed": event.reviewed, "mentions": list(event.mentions), "evidence": _evidence(store, event.mentions[:most]),
    }  # fmt: skip


def _filter(limit: int, **fields: Any) -> Filter:
    return make_filter(**{name: value for name, value in fields.items() if value not in (None, "", ())}, limit=_rows(limit))


# --- the ten reading tools ----------------------------------------------------------------------------


def search_documents(store: Store, words: str, limit: int = 20) -> Answer:
    """Documents that hold all the words, best first, with id, title, publisher and date."""
    found = store.search(words, limit=_rows(limit))
    return {"documents": [{**msgspec.to_builtins(facts), "rank": round(rank, 4)} for facts, rank in found]}


def get_document(store: Store, id: str, start: int = 0, max_chars: int = 20000) -> Answer:
    """A document's facts, its text from `start` (offsets count from the beginning), and its records with quotes."""
    facts, text = store.facts(id), store.text(id)
    if facts is None or text is None:
        raise UsageError(f"{id}: no such document; search_documents finds them", value=id)
    end = min(len(text), max(0, start) + max(1, min(max_chars, 100_000)))
    found = store.mentions(Filter(document=id, limit=MAX_ROWS))
    records = [_mention(store, mention) for mention in found]
    return {"document": msgspec.to_builtins(facts), "start": max(0, start), "end": end, "text": text[max(0, start) : end], "records": records}


def search_events(
    store: Store, actor: str | None = None, recipient: str | None = None, type: str | None = None, modality: str | None = None,
    since: str | None = None, until: str | None = None, words: str | None = None, limit: int = 20, after: str | None = None,
    bloc: str | None = None, publisher: str | None = None, place: str | None = None,
) -> Answer:  # fmt: skip
    """Events by actor and recipient (ISO alpha-3, name or entity id), bloc, publisher, place, PLOVER type, modality, days (since <= day < until) and words of the evidence, each
    with quotes. `next` is the id to give as `after` for the next page."""
    flt = _filter(limit, actor=actor, recipient=recipient, type=type, modality=modality, since=since, until=until, text=words, after=after, bloc=bloc, publisher=publisher, place=place)
    found = store.events(flt)
    return {"events": [_event(store, event, most=1) for event in found], "next": found.next, "total": store.count("event", flt)}


def get_event(store: Store, id: str) -> Answer:
    """One event with all its records, their quotes, and where its reports differ."""
    event = store.event(id)
    if event is None:
        raise UsageError(f"{id}: no such event; search_events finds them", value=id)
    differ = [msgspec.to_builtins(d) for d in store.discrepancies(id)]
    return {"event": _event(store, event, most=MAX_ROWS), "discrepancies": differ}


def get_evidence(store: Store, id: str) -> Answer:
    """The quotes, with document and offsets, behind a mention or an event."""
    mention = store.mention(id)
    if mention is not None:
        return {"id": id, "evidence": [_mention(store, mention)]}
    event = store.event(id)
    if event is None:
        raise UsageError(f"{id}: no such mention or event; search_events finds them", value=id)
    return {"id": id, "evidence": _evidence(store, event.mentions)}


def timeline(store: Store, actor: str | None = None, since: str | None = None, until: str | None = None, limit: int = 50) -> Answer:
    """Events in order of time with one quote each; `drawn` is solid (happened), hollow (planned, pledged), dashed (claimed)."""
    flt = _filter(limit, either=(actor,) if actor else None, since=since, until=until)
    found = entries_of(store, flt)
    return {"entries": [{**msgspec.to_builtins(e), "evidence": _evidence(store, e.mentions[:1])} for e in found]}


def dyad_series(store: Store, actor: str, recipient: str, grain: str = "month", since: str | None = None, until: str | None = None) -> Answer:
    """What one country did to another by day, week, month or year, with the ids and quotes of the latest records counted."""
    pair = (tables.party(actor), tables.party(recipient))
    flt = _filter(MAX_ROWS, since=since, until=until)
    rows = dyads.dyad_series(store, [pair], grain=grain, flt=flt)
    latest = store.mentions(_filter(5, actor=pair[0], recipient=pair[1], since=since, until=until, order="-date"))
    return {
        "series": [msgspec.to_builtins(row) for row in rows], "undated": dyads.undated(store, [pair], flt=flt),
        "latest": [_mention(store, m) for m in latest],
    }  # fmt: skip


def ledger_of(store: Store, country: str | None = None, state: str | None = None, day: str | None = None, limit: int = 50) -> Answer:
    """Commitments as they stand on a day (today when not given), overdue first, with the quotes that announce them."""
    today = day or datetime.now(UTC).date().isoformat()
    rows = ledger.commitments_as_of(store, today, by=country, state=(state,) if state else ())[: _rows(limit)]
    return {"day": today, "commitments": [{**msgspec.to_builtins(c), "evidence": _evidence(store, c.mentions[:2])} for c in rows]}


def compare_sources(store: Store, id: str) -> Answer:
    """One event's reports side by side: each report's words and fields, where they agree, where they differ, who is silent."""
    found = compare.compare_event(store, id)
    return {**msgspec.to_builtins(found), "evidence": _evidence(store, found.event.mentions)}


def explain_record(store: Store, id: str) -> Answer:
    """Why a document, mention, event, commitment or story is as it is, with its quotes where it has any."""
    kind, full = store.find(id)
    readers: dict[str, Callable[[str], Any]] = {
        "document": store.document, "mention": store.mention, "event": store.event, "commitment": store.commitment, "story": store.story,
    }  # fmt: skip
    if kind not in readers:
        raise UsageError(f"{id}: a {kind} is not a record that can be explained; give a mention, event or document", value=id)
    record = readers[kind](full)
    ids = [full] if kind == "mention" else list(getattr(record, "mentions", ()))[:MAX_ROWS] if kind in ("event", "commitment") else []
    return {"kind": kind, "id": full, "why": reasons.explain(kind, record, store), "evidence": _evidence(store, ids)}


# --- claims, corrections ------------------------------------------------------------------------------


def _words(text: str) -> list[str]:
    plain = re.sub(r"n['’]t\b", " not", text.replace("cannot", "can not")).lower()
    return [word for word in _WORD.findall(plain) if word not in _ARTICLES]


def _says(quote: list[str], claim: list[str]) -> bool:
    """Whether the quote has the claim's words in a row, and turns its meaning no other way."""
    if {w for w in quote if w in _TURNS} != {w for w in claim if w in _TURNS}:
        return False
    return any(quote[i : i + len(claim)] == claim for i in range(len(quote) - len(claim) + 1))


def _support(store: Store, claim: str) -> list[Answer]:
    words = _words(claim)
    if len(words) < 3:  # a name alone claims nothing
        return []
    found = store.mentions(Filter(text=" ".join(dict.fromkeys(words)), limit=MAX_ROWS))
    return [
        {"record": m.id, "modality": m.modality, "said_by": [a.speaker.name for a in m.attribution], "quotes": quotes_of(store, m)}
        for m in found
        if any(_says(_words(q["text"]), words) for q in quotes_of(store, m))
    ]


def check_claims(store: Store, text: str) -> Answer:
    """Each sentence of the text: "supported" with the quotes that say it, or "not in corpus". A quote that tells what
    someone said names the speaker in `said_by`: the corpus then holds that it was said. At most 50 sentences."""
    pieces = [p.strip() for p in re.split(r"(?<=[.!?;])\s+|\n+", text) if p.strip()]
    claims = []
    for piece in pieces[:MAX_CLAIMS]:
        support = _support(store, piece)
        claims.append({"claim": piece, "verdict": "supported" if support else "not in corpus", "support": support})
    return {"claims": claims, "unchecked": pieces[MAX_CLAIMS:], "all_supported": bool(claims) and len(pieces) <= MAX_CLAIMS and all(c["support"] for c in claims)}


def proposals_path(store: Store) -> Path:
    """Where proposed corrections wait: `<store>.proposals.jsonl`."""
    return store.path.with_name(store.path.name + ".proposals.jsonl")


def propose_correction(store: Store, id: str, field: str, value: str, why: str, by: str = "mcp client") -> Answer:
    """Queue a correction for a person to look at; the record stays as it is. The field must be one the record has."""
    record = store.mention(id) or store.event(id)
    if record is None:
        raise UsageError(f"{id}: no such mention or event", value=id)
    if field not in record.__struct_fields__ or field in ("id", "document", "mentions", "documents"):
        raise UsageError(f"{field!r} is not a field of this record that can be corrected", value=field)
    if not why.strip():
        raise UsageError("a proposal needs a reason; give it as `why`")
    before = msgspec.json.encode(getattr(record, field)).decode()
    at = datetime.now(UTC).isoformat(timespec="seconds")
    line = {"id": digest("proposal", id, field, value, at), "target": id, "field": field, "before": before, "proposed": value, "why": why, "by": by, "at": at}
    handle = os.open(proposals_path(store), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, msgspec.json.encode(line) + b"\n")
        os.fsync(handle)
    finally:
        os.close(handle)
    return {"queued": line, "applied": False}


TOOLS: dict[str, Callable[..., Answer]] = {
    "search_documents": search_documents, "get_document": get_document, "search_events": search_events, "get_event": get_event,
    "get_evidence": get_evidence, "timeline": timeline, "dyad_series": dyad_series, "ledger": ledger_of,
    "compare_sources": compare_sources, "explain_record": explain_record, "check_claims": check_claims,
    "propose_correction": propose_correction,
}  # fmt: skip


def _server_class() -> Any:
    """The package's server: `MCPServer` since 2.0, `FastMCP` before."""
    for module, name in (("mcp.server.mcpserver", "MCPServer"), ("mcp.server.fastmcp", "FastMCP")):
        try:
            return getattr(importlib.import_module(module), name)
        except ImportError:
            continue
    raise UsageError("the package mcp is not installed; install it with: pip install 'communique[mcp]'", value="mcp")


def make_server(store: Store) -> Any:
    """An MCP server over the store with these tools. Raises `UsageError` naming the extra when `mcp` is not installed."""
    server = _server_class()(
        "communique", instructions="Records of international affairs. Cite ids and quotes; what is not in a quote is not known."
    )
    for name, function in TOOLS.items():
        signature = inspect.signature(function, eval_str=True)

        def tool(*, _function: Callable[..., Answer] = function, **arguments: Any) -> str:
            return msgspec.json.encode(_function(store, **arguments)).decode()

        shown = [p.replace(kind=p.KEYWORD_ONLY) for p in list(signature.parameters.values())[1:]]
        tool.__signature__ = signature.replace(parameters=shown, return_annotation=str)  # type: ignore[attr-defined]
        tool.__annotations__ = {p.name: p.annotation for p in shown} | {"return": str}
        server.add_tool(tool, name=name, description=" ".join((function.__doc__ or "").split()))
    return server


def serve(store: Store) -> None:
    """Answer a client over standard input and output until it hangs up."""
    make_server(store).run("stdio")
