"""One event as a page shows it: what it says in a line, who reports it, the reports side by side with what they share
lit, where they differ, how it came about, and why these reports were joined."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from communique.errors import UsageError
from communique.records import Event, EventMention, Filter, Span
from communique.text import digest, merge_spans
from communique.views.citing import citation
from communique.views.compare import FIELDS, compare_event
from communique.views.pages_document import marks_of, merged, record_row
from communique.views.pages_text import Mark, around, lit
from communique.views.reasons import explain_event
from communique.views.sources import Sources
from communique.views.timeline import headline_of

if TYPE_CHECKING:
    from communique.store import Store

_WORD = re.compile(r"[^\W_]{4,}")
_COMMON = frozenset(
    ["about", "after", "again", "against", "also", "amid", "among", "another", "because", "been", "before", "being", "between", "both", "could", "does", "during", "each", "from", "have", "having", "here", "into", "more", "most", "much", "near", "only", "other", "over", "said", "same", "says", "should", "since", "some", "such", "than", "that", "their", "them", "then", "there", "these", "they", "this", "those", "through", "under", "until", "upon", "very", "were", "what", "when", "where", "which", "while", "will", "with", "within", "would", "year", "years", "your", "according", "between"]
)
_SIDE_BY_SIDE = 6


def event_page(store: Store, id: str, *, look: bool = True) -> dict[str, Any]:
    """What the page and its JSON twin hold. Raises `UsageError` for an unknown event. Without `look` the nearest report outside
    is told only where a judgement names it already; to judge anew takes as long as the rest of the page."""
    comparison = compare_event(store, id)
    event = comparison.event
    sources = Sources(store)
    sources.preload(event.mentions)
    mentions = {m.id: m for m in map(sources.mention, event.mentions) if m is not None}
    states = store.states(mentions)
    originator = {m: o.name for o in event.originators for m in o.mentions}
    reports = [_report(c, mentions[c.mention], sources, states, originator) for c in comparison.columns if c.mention in mentions]
    why = explain_event(event, store, look=look)
    found = {
        "event": msgspec.to_builtins(event),
        "says": headline_of(event),
        "reports": reports,
        "fields": _fields(comparison.columns, comparison.agree, event),
        "discrepancies": _differences(store, event, comparison.discrepancies, reports),
        "differences": [],
        "pairs": _pairs(event),
        "life": _life(store, event),
        "joined": why["joined"],
        "nearest": _nearest(store, event, why["nearest_outside"]),
        "related": _related(store, event),
        "silent": list(comparison.silent),
        "cite": [citation(m, sources) for m in mentions.values()],
        "reviews": msgspec.to_builtins(list(store.reviews(id))),
    }
    return found | {"differences": _by_field(found["discrepancies"])}


def _report(column: Any, mention: EventMention, sources: Sources, states: dict[str, str], originator: dict[str, str]) -> dict[str, Any]:
    facts = sources.facts(mention.document)
    row = record_row(mention, None, sources.text(mention.document), states.get(mention.id), None)
    row.pop("why")
    return row | {
        "publisher": facts.publisher, "agency": facts.agency, "title": facts.title, "published": facts.published.start,
        "published_basis": facts.published.basis, "originator": originator.get(mention.id), "values": column.values,
        "sha256": facts.sha256, "reasons": list(mention.reasons),
    }  # fmt: skip


def _fields(columns: Any, agree: dict[str, bool], event: Event) -> list[dict[str, Any]]:
    out = []
    for name in FIELDS:
        values = [c.values[name] for c in columns]
        if any(v is not None for v in values):
            stated = sum(v is not None for v in values)
            out.append({"field": name, "values": values, "agree": agree[name], "stated": stated, "n": len(values)})
    return out


def _differences(store: Store, event: Event, found: Any, reports: list[dict[str, Any]]) -> list[dict[str, Any]]:
    held = {s.discrepancy.field: {"value": s.value, "by": s.review.by, "at": s.review.at, "id": s.review.id, "target": s.review.target} for s in store.settled(event.id)}
    return [_difference(d, reports) | {"settled": held.get(d.field)} for d in found]


def _difference(d: Any, reports: list[dict[str, Any]]) -> dict[str, Any]:
    names = {r["id"]: r["publisher"] or r["title"] for r in reports}
    found: dict[str, Any] = msgspec.to_builtins(d)
    return found | {"left_name": names.get(d.left), "right_name": names.get(d.right)}


def _by_field(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The differences gathered by field: every value with who says so, the kinds, the notes. A pair of reports is one row
    of `discrepancies`; six reports of one event can differ in fifteen pairs about two values."""
    out: dict[str, dict[str, Any]] = {}
    for d in rows:
        one = out.setdefault(d["field"], {"field": d["field"], "kinds": {}, "values": {}, "notes": {}, "pairs": 0, "settled": d["settled"]})
        one["pairs"] += 1
        one["kinds"][d["kind"]] = one["notes"][d["note"]] = None
        for side in ("left", "right"):
            if d[f"{side}_value"] is not None:
                one["values"].setdefault(d[f"{side}_value"], {})[d[f"{side}_name"] or "not stated"] = None
    return [
        {**one, "kinds": list(one["kinds"]), "notes": [n for n in one["notes"] if n], "values": [{"value": v, "by": list(by), "key": digest(v, length=12)} for v, by in one["values"].items()]}
        for one in out.values()
    ]


def _pairs(event: Event, most: int = 4) -> list[tuple[str, str]]:
    """The pairs of countries that the event lies between: where its series goes on."""
    sides = [[p.country for p in parties if p.country] for parties in (event.actors, event.recipients)]
    pairs = ((a, b) for a in sides[0] for b in sides[1] or sides[0] if a != b)
    return list(dict.fromkeys((min(p), max(p)) for p in pairs))[:most]


def _life(store: Store, event: Event) -> list[dict[str, Any]]:
    found = {c.id: c for c in store.commitments(event=event.id)}
    for mention in event.mentions[:50]:
        found.update({c.id: c for c in store.commitments(mention=mention)})
    return [msgspec.to_builtins(c) for c in found.values()]


def nearest_part(store: Store, id: str) -> dict[str, Any]:
    """The nearest report that is not of the event, judged anew where it must be."""
    event = store.event(id)
    if event is None:
        raise UsageError(f"{id}: no such event", value=id)
    return {"event": msgspec.to_builtins(event), "nearest": _nearest(store, event, explain_event(event, store)["nearest_outside"])}


def _nearest(store: Store, event: Event, near: dict[str, Any] | None) -> dict[str, Any] | None:
    if near is None:
        return None
    other = near["right"] if near["left"] in event.mentions else near["left"]
    there = [e for e in store.events_of(mention=other) if e.id != event.id]
    return near | {"mention": other, "event": there[0].id if there else None, "says": headline_of(there[0]) if there else None}


def _related(store: Store, event: Event) -> list[dict[str, Any]]:
    out: dict[str, Event] = {}
    if event.story:
        out = {e.id: e for e in store.events(Filter(story=event.story, limit=12)) if e.id != event.id}
    return [{"id": e.id, "says": headline_of(e), "when": msgspec.to_builtins(e.when), "quad": e.quad, "modality": e.modality} for e in out.values()]


def shared_words(texts: dict[str, list[str]]) -> set[str]:
    """Words (case folded) that the quotes of at least two documents have in common."""
    seen: Counter[str] = Counter()
    for quotes in texts.values():
        seen.update({w.casefold() for q in quotes for w in _WORD.findall(q)} - _COMMON)
    return {w for w, n in seen.items() if n > 1}


def side_by_side(store: Store, page: dict[str, Any]) -> dict[str, str]:
    """Mention id → its passage as HTML: its roles lit, and the words it shares with the others."""
    quotes: dict[str, list[str]] = {}
    for report in page["reports"]:
        quotes.setdefault(report["document"], []).append(report["quote"])
    common = shared_words(quotes)
    sources = Sources(store)
    out = {}
    for report in page["reports"]:
        mention = sources.mention(report["id"])
        if mention is not None:
            out[mention.id] = passage(sources.text(mention.document), mention, common)
    return out


def passage(text: str, mention: EventMention, common: set[str] | frozenset[str] = frozenset()) -> str:
    """The words around a record, lit. Evidence that lies far apart is shown as several stretches."""
    windows = merge_spans(merge_window(text, mention), gap=1)
    marks = marks_of([mention], anchors=False)
    parts = []
    for window in windows:
        shared = [
            Mark(window.start + w.start(), window.start + w.end(), "same")
            for w in _WORD.finditer(text[window.start : window.end])
            if w.group().casefold() in common
        ]
        parts.append(lit(text, window.start, window.end, merged([*marks, *shared])))
    return '<span class="gap"> … </span>'.join(parts)


def merge_window(text: str, mention: EventMention) -> list[Span]:
    """Windows around the evidence, and around the words that say who and when where they lie elsewhere."""
    holds = [s for s in merge_spans(mention.evidence) if s.start <= mention.trigger.start < s.end]
    rest = [s for s in merge_spans(mention.evidence) if s not in holds]
    wide = [Span(*around(text, s.start, s.end, most=420)) for s in holds]
    return [*wide, *(Span(*around(text, s.start, s.end, most=60)) for s in rest)]
