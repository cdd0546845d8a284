"""A document as a page shows it: its text as read with every span lit, its records in reading order, and for each
sentence without one the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from communique.errors import UsageError
from communique.records import CodedDocument, EventMention, Participant, Span
from communique.text import merge_spans
from communique.views.pages_text import Mark, lines, lit
from communique.views.reasons import explain_mention
from communique.views.wire import coded_to_wire, quote, who_to_whom

if TYPE_CHECKING:
    from communique.store import Store

WHY_NOT = {
    "caption": "words under a picture", "furniture": "not part of the report (navigation, notice, advertising)",
    "no actor": "nobody is said to do it", "negated background": "said not to have happened, as background",
    "no event": "no act between parties is told", "language": "its language is not supported",
    "low score": "the reading was too doubtful", "duplicate title": "the title repeats the text",
}  # fmt: skip


class BlockView(NamedTuple):
    """A labelled block with its lines as HTML, each with the offset of its first character. `folded` blocks are not part
    of the report."""

    kind: str
    detail: str | None
    html: tuple[tuple[int, str], ...]
    folded: bool
    words: int


def document_page(store: Store, id: str) -> dict[str, Any]:
    """What the page and its JSON twin hold. Raises `UsageError` for an unknown document."""
    coded = store.document(id)
    facts = store.facts(id)
    if coded is None or facts is None:
        raise UsageError(f"{id}: no such document", value=id)
    shown = [m for m in (store.mention(x.id) for x in coded.mentions) if m is not None]
    added = [m for m in _added(store, id) if m.id not in {x.id for x in shown}]
    states = store.states(m.id for m in (*shown, *added))
    events = {m: e.id for e in store.events_of(document=id) for m in e.mentions}
    text = coded.article.doc.text
    records = [record_row(m, coded, text, states.get(m.id), events.get(m.id)) for m in sorted((*shown, *added), key=_place)]
    by_hand = {m.id: _adding(store, m.id) for m in added}
    records = [r | {"added": by_hand.get(r["id"])} for r in records]
    wire = coded_to_wire(coded)
    return {
        "document": wire["document"] | {"added": facts.added, "story": next((s.id for s in store.stories(document=id)), None)},
        "blocks": wire["blocks"],
        "records": records,
        "uncoded": [u | {"why": WHY_NOT.get(u["reason"], u["reason"])} for u in wire["uncoded"]],
        "copies": _copies(store, id),
        "coder": coded.coder,
        "tables": coded.tables,
        "nlp": coded.nlp,
        "text": text,
    }


def _added(store: Store, id: str) -> list[EventMention]:
    from communique.records import Filter

    return list(store.each_mention(Filter(document=id)))


def _adding(store: Store, id: str) -> dict[str, Any] | None:
    """The act that added a record by hand: its id, who, and when."""
    return next(({"id": r.id, "by": r.by, "at": r.at} for r in store.reviews(id) if r.act == "add"), None)


def _place(mention: EventMention) -> tuple[int, int, str]:
    return mention.trigger.start, mention.trigger.end, mention.id


def record_row(mention: EventMention, coded: CodedDocument | None, text: str, state: str | None, event: str | None) -> dict[str, Any]:
    """One record with its quote, its reasons and its event."""
    return {
        "id": mention.id, "type": mention.type, "mode": mention.mode, "modality": mention.modality, "negated": mention.negated,
        "quad": mention.quad, "contexts": list(mention.contexts), "parties": who_to_whom(mention.actors, mention.recipients),
        "actors": _people(mention.actors), "recipients": _people(mention.recipients), "about": _people(mention.about),
        "when": msgspec.to_builtins(mention.when), "where": msgspec.to_builtins(mention.where) if mention.where else None,
        "according": [a.speaker.name for a in mention.attribution], "score": mention.score, "reviewed": state, "event": event,
        "quote": quote(text, mention, width=400), "trigger": text[mention.trigger.start : mention.trigger.end],
        "span": [mention.trigger.start, mention.trigger.end], "evidence": [[e.start, e.end] for e in mention.evidence],
        "document": mention.document, "why": explain_mention(mention, coded), "cameo": mention.cameo, "plover_score": mention.plover_score,
        "coder": mention.coder,
    }  # fmt: skip


def _people(parties: tuple[Participant, ...]) -> list[dict[str, Any]]:
    return [{"name": p.name, "entity": p.entity or (f"country:{p.country}" if p.country else None), "country": p.country, "text": p.text} for p in parties]


def _copies(store: Store, id: str) -> list[dict[str, Any]]:
    out = []
    for copy in store.copies(document=id):
        other = copy.original if copy.document == id else copy.document
        facts = store.facts(other)
        out.append({
            "document": other, "relation": "copies" if copy.document == id else "is copied by", "shared": copy.shared,
            "publisher": facts.publisher if facts else None, "agency": copy.agency, "reasons": list(copy.reasons),
        })  # fmt: skip
    return out


def marks_of(mentions: list[EventMention], *, anchors: bool = True) -> list[Mark]:
    """The spans of these records to light: evidence, trigger, parties, date, place, speaker and cue."""
    out = []
    for m in mentions:
        said = f"{m.type} ({m.modality})"
        out += [Mark(e.start, e.end, "evidence", (m.id,)) for e in merge_spans(m.evidence)]
        out.append(Mark(m.trigger.start, m.trigger.end, "trigger", (m.id,), said, f"t-{m.id}" if anchors else ""))
        for role, parties in (("actor", m.actors), ("recipient", m.recipients), ("about", m.about)):
            out += [Mark(p.span.start, p.span.end, role, (m.id,), f"{role}: {p.name}") for p in parties if p.span]
        for role, span in (("when", m.when.span), ("where", m.where.span if m.where else None)):
            if span:
                out.append(Mark(span.start, span.end, role, (m.id,), f"{role} of {said}"))
        for a in m.attribution:
            if a.speaker.span:
                out.append(Mark(a.speaker.span.start, a.speaker.span.end, "speaker", (m.id,), f"according to {a.speaker.name}"))
            if a.cue:
                out.append(Mark(a.cue.start, a.cue.end, "cue", (m.id,), "says so"))
    return merged(out)


def merged(marks: list[Mark]) -> list[Mark]:
    """Marks of one kind on one span as one, with the ids of all."""
    found: dict[tuple[int, int, str], Mark] = {}
    for mark in marks:
        key = (mark.start, mark.end, mark.kind)
        old = found.get(key)
        if old is None:
            found[key] = mark
        elif not set(mark.ids) <= set(old.ids):
            title = old.title if mark.title in old.title else f"{old.title}; {mark.title}"
            found[key] = old._replace(ids=(*old.ids, *mark.ids), title=title)
    return list(found.values())


def text_blocks(store: Store, id: str, page: dict[str, Any]) -> list[list[BlockView]]:
    """The text in groups of blocks; a group of furniture folds as one."""
    coded = store.document(id)
    if coded is None:
        return []
    text = page["text"]
    mentions = [m for m in (store.mention(r["id"]) for r in page["records"]) if m is not None]
    marks = marks_of(mentions)
    for u in page["uncoded"]:
        if u["reason"] not in ("furniture", "caption", "duplicate title"):
            detail = f" ({u['detail']})" if u["detail"] else ""
            marks.append(Mark(u["span"][0], u["span"][1], "uncoded", (), f"no record: {u['why']}{detail}"))
    groups: list[list[BlockView]] = []
    for kind, why, span in _all_blocks(coded):
        inside = [m for m in marks if m.start < span.end and m.end > span.start]
        shown = tuple((a, lit(text, a, b, inside)) for a, b in lines(text, span.start, span.end))
        if not shown:
            continue
        view = BlockView(kind, why, shown, kind == "furniture", len(text[span.start : span.end].split()))
        if groups and groups[-1][0].folded == view.folded:
            groups[-1].append(view)
        else:
            groups.append([view])
    return groups


def _all_blocks(coded: CodedDocument) -> list[tuple[str, str | None, Span]]:
    """The blocks, and what lies between them as furniture, so that no character of the text is missing."""
    out: list[tuple[str, str | None, Span]] = []
    at = 0
    for block in coded.article.blocks:
        if block.span.start > at:
            out.append(("furniture", "between blocks", Span(at, block.span.start)))
        out.append((block.kind, block.detail, block.span))
        at = block.span.end
    if at < len(coded.article.doc.text):
        out.append(("furniture", "after the last block", Span(at, len(coded.article.doc.text))))
    return out
