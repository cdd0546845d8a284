"""The shape in which a coded document leaves the program: one object per document, as `communique code` prints
it, and the same as inert HTML for notebooks. The keys are a promise to users (docs/records.md)."""

from __future__ import annotations

import html
from typing import Any

import msgspec

from communique.records import CodedDocument, EventMention, Participant, Span


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
    """The evidence of a mention as one line of at most `width` characters."""
    joined = " … ".join(" ".join(text[e.start : e.end].split()) for e in mention.evidence)
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
