"""The shape in which a coded document leaves the program: one object per document, as `communique code` prints
it, and the same as inert HTML for notebooks. The keys are a promise to users (docs/records.md)."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from communique.records import CodedDocument, Event, EventMention, Participant, Span


def coded_to_wire(coded: CodedDocument) -> dict[str, Any]:
    """One document with its blocks, event mentions and the reasons for what was not coded; spans are
    `[start, end]` code points of the text."""
    header, doc = coded.article.header, coded.article.doc
    published = header.published
    return {
        "document": {
            "id": doc.id,
            "source": doc.source,
            "url": doc.url,
            "publisher": header.publisher,
            "agency": header.agency,
            "author": header.author,
            "title": header.title,
            "published": msgspec.to_builtins(published),
            "dateline": header.dateline,
            "language": header.language,
            "sha256": doc.sha256,
            "chars": len(doc.text),
            "format": doc.format,
            "encoding": doc.encoding,
        },
        "blocks": [{"kind": b.kind, "span": msgspec.to_builtins(b.span), "detail": b.detail} for b in coded.article.blocks],
        "mentions": [mention_to_wire(m) for m in coded.mentions],
        "uncoded": [msgspec.to_builtins(u) for u in coded.uncoded],
        "coder": coded.coder,
        "tables": coded.tables,
        "nlp": coded.nlp,
        "settings": coded.settings,
    }


def mention_to_wire(mention: EventMention) -> dict[str, Any]:
    """One event mention as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(mention)
    return found


def names(people: tuple[Participant, ...]) -> str:
    """The names of participants, joined for a table cell."""
    return ", ".join(dict.fromkeys(p.name for p in people))


def quote(text: str, mention: EventMention, *, width: int = 160) -> str:
    """The words that say it, as one line of at most `width` characters: the evidence that holds the trigger, without
    the antecedents that only say who "they" are."""
    held = next(e for e in mention.evidence if e.start <= mention.trigger.start and mention.trigger.end <= e.end)
    joined = " ".join(text[held.start : held.end].split())
    return joined if len(joined) <= width else joined[: width - 1].rstrip() + "…"


def coded_to_html(coded: CodedDocument) -> str:
    """The text with the triggers and participants marked; every character of it escaped."""
    marks: list[tuple[Span, str, str]] = []
    for mention in coded.mentions:
        marks.append((mention.trigger, "#fde68a", f"{mention.type} {mention.modality}"))
        for role, colour in (("actors", "#bfdbfe"), ("recipients", "#fecaca")):
            marks.extend((p.span, colour, f"{role[:-1]}: {p.name}") for p in getattr(mention, role) if p.span)
    text, out, at = coded.article.doc.text, [], 0
    for span, colour, label in sorted(marks, key=lambda m: (m[0].start, -m[0].end)):
        if span.start < at:
            continue
        out.append(html.escape(text[at : span.start]))
        words = html.escape(text[span.start : span.end])
        out.append(f'<mark style="background:{colour}" title="{html.escape(label)}">{words}</mark>')
        at = span.end
    out.append(html.escape(text[at:]))
    return '<div style="white-space:pre-wrap;max-width:48em">' + "".join(out) + "</div>"


def who_to_whom(actors: tuple[Participant, ...], recipients: tuple[Participant, ...]) -> str:
    """ "Japan, South Korea → United States": one side alone when the other is not stated."""
    left, right = names(actors) or "?", names(recipients)
    return f"{left} → {right}" if right else left


def event_to_wire(event: Event) -> dict[str, Any]:
    """One event as JSON values, with the two counts that matter beside each other."""
    found: dict[str, Any] = msgspec.to_builtins(event)
    found["outlet_count"] = len(event.publishers) or len(event.documents)
    found["originator_count"] = len(event.originators)
    return found


def best_quote(event: Event, mention: Callable[[str], EventMention | None], text: Callable[[str], str | None]) -> str:
    """The words of the event's mention of the same type with the highest score; "" when none is current."""
    found = [m for m in map(mention, event.mentions) if m is not None]
    if not found:
        return ""
    best = max(found, key=lambda m: (m.type == event.type, m.modality == event.modality, m.score, m.id))
    return quote(text(best.document) or "", best)


def with_quotes(
    kind: str, record: Any, text: Callable[[str], str | None], mention: Callable[[str], EventMention | None]
) -> dict[str, Any]:
    """A record as JSON values, with the words of its evidence beside the offsets."""
    if kind == "document":
        return coded_to_wire(record) | {"text": record.article.doc.text}
    value: dict[str, Any] = {"kind": kind, **(event_to_wire(record) if kind == "event" else msgspec.to_builtins(record))}
    if kind == "mention":
        value["quotes"] = _quotes(record, text)
    elif kind in ("event", "commitment"):
        found = [m for m in map(mention, record.mentions) if m is not None]
        value["quotes"] = [q for m in found for q in _quotes(m, text)]
    return value


def _quotes(mention: EventMention, text: Callable[[str], str | None]) -> list[dict[str, Any]]:
    whole = text(mention.document) or ""
    return [
        {"mention": mention.id, "document": mention.document, "span": msgspec.to_builtins(e), "quote": whole[e.start : e.end]}
        for e in mention.evidence
    ]


def as_lines(value: Any, *, indent: int = 0, name: str = "") -> Iterator[str]:
    """JSON values as indented lines for a terminal; nothing and empty lists are left out."""
    pad = "  " * indent
    if value in (None, [], {}, ""):
        return
    if isinstance(value, dict):
        if name:
            yield f"{pad}{name}:"
        for key, part in value.items():
            yield from as_lines(part, indent=indent + bool(name), name=key)
    elif isinstance(value, list) and any(isinstance(v, (dict, list)) for v in value):
        yield f"{pad}{name}:"
        for part in value:
            lines = list(as_lines(part, indent=indent + 2))
            if lines:
                yield pad + "  - " + lines[0].lstrip()
                yield from lines[1:]
    else:
        shown = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        yield f"{pad}{name}: {shown}" if name else f"{pad}{shown}"
