"""Coded documents made by hand: what the store and the views are tested with, no other room needed.

`coded("...", ...)` finds its spans by searching the words in the text, so a test reads as prose.
"""

from __future__ import annotations

from typing import Any

from communique.records import (
    Article,
    Attribution,
    Block,
    CodedDocument,
    Document,
    Event,
    EventMention,
    Header,
    Originator,
    Participant,
    Published,
    Review,
    Run,
    Span,
    Speaker,
    Uncoded,
    When,
    Where,
)  # fmt: skip
from communique.text import digest, sha256_text

QUADS = {"AGREE": "verbal cooperation", "CONSULT": "verbal cooperation", "AID": "material cooperation", "ACCUSE": "verbal conflict",
         "ASSAULT": "material conflict", "MOBILIZE": "material conflict"}  # fmt: skip
NAMES = {"JPN": "Japan", "KOR": "South Korea", "PRK": "North Korea", "USA": "United States", "KEN": "Kenya", "TZA": "Tanzania"}
TEXT = (
    "Lakeside accord signed\n\nNAIROBI, March 3 - Kenya and Tanzania agreed on Tuesday to open a joint fisheries office, "
    "Kenya's foreign ministry said.\n\nJapan pledged boats worth $2 million to Kenya.\n\nSubscribe to our newsletter.\n"
)


def span(text: str, words: str, start: int = 0) -> Span:
    """Where the words stand."""
    at = text.index(words, start)
    return Span(at, at + len(words))


def party(text: str, words: str, country: str | None, **fields: Any) -> Participant:
    """A participant from its words."""
    entity = fields.pop("entity", f"country:{country}" if country else None)
    found = {"name": NAMES.get(country or "", words), "kind": "country", "sectors": ("GOV",), **fields}
    return Participant(span=span(text, words), text=words, entity=entity, country=country, **found)


def document(text: str = TEXT, **fields: Any) -> Document:
    """A document whose id follows from its text."""
    source = fields.pop("source", "sample.txt")
    url = fields.pop("url", None)
    name = digest("doc", text, url)
    return Document(id=name, source=source, format="text", text=text, sha256=sha256_text(text), raw_sha256=sha256_text(text), url=url, **fields)


def mention(doc: Document, type: str, trigger: str, evidence: str, **fields: Any) -> EventMention:
    """An event mention; `evidence` and `trigger` are words of the text."""
    whole = span(doc.text, evidence)
    at = span(doc.text, trigger, whole.start)
    parties = [p.name for p in (*fields.get("actors", ()), *fields.get("recipients", ()))]
    name = digest("mention", doc.id, type, str(at), *parties)
    quad = fields.pop("quad", QUADS.get(type))
    return EventMention(id=name, document=doc.id, type=type, trigger=at, evidence=(whole,), quad=quad, coder="hand.v1", tables="t1", **fields)


def coded(text: str = TEXT, mentions: tuple[EventMention, ...] | None = None, **fields: Any) -> CodedDocument:
    """A coded document: by default the sample above with its two mentions."""
    publisher = fields.pop("publisher", "Lakeside Herald")
    published = fields.pop("published", "2026-03-04")
    doc = fields.pop("doc", None) or document(text, url=fields.pop("url", None), source=fields.pop("source", "sample.txt"))
    when = Published(start=published, end=next_day(published), basis="given", confidence=1.0) if published else Published()
    title = text.split("\n", 1)[0]
    blocks = []
    at = 0
    for line in text.split("\n"):
        if line:
            kind = "title" if at == 0 else "furniture" if line.startswith("Subscribe") else "body"
            blocks.append(Block(kind=kind, span=Span(at, at + len(line))))
        at += len(line) + 1
    header = Header(publisher=publisher, agency=fields.pop("agency", None), title=title, language="en", published=when)
    article = Article(doc=doc, blocks=tuple(blocks), header=header)
    found = sample_mentions(doc) if mentions is None else mentions
    values = {"coder": "hand.v1", "tables": "t1", "nlp": "none", "settings": "s1", **fields}
    furniture = tuple(Uncoded(span=b.span, reason="furniture") for b in blocks if b.kind == "furniture")
    return CodedDocument(article=article, mentions=found, uncoded=furniture, **values)


def sample_mentions(doc: Document) -> tuple[EventMention, ...]:
    """The two mentions of the sample text."""
    text = doc.text
    speaker = Speaker(span=span(text, "Kenya's foreign ministry"), entity="org:kenya-mfa", name="Kenya's foreign ministry", country="KEN")
    first = mention(
        doc, "AGREE", "agreed", "Kenya and Tanzania agreed on Tuesday to open a joint fisheries office, Kenya's foreign ministry said.",
        actors=(party(text, "Kenya", "KEN"), party(text, "Tanzania", "TZA")), contexts=("economic",),
        when=When(start="2026-03-03", end="2026-03-04", grain="day", basis="relative", span=span(text, "Tuesday")),
        where=Where(name="Nairobi", country="KEN", lat=-1.29, lon=36.82, basis="dateline", span=span(text, "NAIROBI")),
        attribution=(Attribution(speaker=speaker, cue=span(text, "said"), kind="reported"),), cameo="057", plover_score=6.5, score=0.9,
    )  # fmt: skip
    second = mention(
        doc, "AID", "pledged", "Japan pledged boats worth $2 million to Kenya.",
        actors=(party(text, "Japan", "JPN"),), recipients=(party(text, "Kenya", "KEN"),), modality="pledged", mode="material",
        plover_score=7.0, score=0.8,
    )  # fmt: skip
    return first, second


def next_day(day: str) -> str:
    """The day after."""
    from datetime import date, timedelta

    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def simple(number: int, *, actor: str = "JPN", recipient: str = "KOR", day: str | None = "2025-09-08", type: str = "CONSULT", **fields: Any) -> CodedDocument:
    """A one-line report with one mention; `number` makes it a document of its own."""
    text = f"Report {number}: {NAMES.get(actor, actor)} met {NAMES.get(recipient, recipient)} for talks number {number}."
    doc = document(text)
    when = When(start=day, end=next_day(day), grain="day", basis="stated") if day else When()
    made = mention(
        doc, type, "met", text, when=when, modality=fields.pop("modality", "actual"), score=fields.pop("score", 0.9), mode=fields.pop("mode", None),
        contexts=fields.pop("contexts", ()), where=fields.pop("where", None), attribution=fields.pop("attribution", ()), plover_score=2.0,
        actors=(party(text, NAMES.get(actor, actor), actor),), recipients=(party(text, NAMES.get(recipient, recipient), recipient),),
    )  # fmt: skip
    return coded(text, (made,), doc=doc, **fields)


def event(*mentions: EventMention, id: str | None = None, **fields: Any) -> Event:
    """An event over mentions, as linking would make it."""
    first = mentions[0]
    values: dict[str, Any] = {
        "type": first.type, "mode": first.mode, "modality": first.modality, "actors": first.actors, "recipients": first.recipients,
        "when": first.when, "where": first.where, "mentions": tuple(m.id for m in mentions), "quad": first.quad, "contexts": first.contexts,
        "documents": tuple(dict.fromkeys(m.document for m in mentions)), "publishers": ("Lakeside Herald",), "score": 0.9,
        "originators": (Originator(name="Kenya's foreign ministry", entity="org:kenya-mfa", country="KEN", mentions=(first.id,)),),
        "plover_score": first.plover_score, "headline": f"{first.type} of a test",
    }  # fmt: skip
    values.update(fields)
    return Event(id=id or digest("event", *sorted(m.id for m in mentions)), **values)


def recode_run(name: str = "recode-2") -> Run:
    """A run that codes again."""
    return Run(id=name, kind="recode", coder="hand.v2", tables="t1", nlp=None, settings="s2", started="2026-05-01T00:00:00Z")


def act_reject(target: str) -> Review:
    """A reviewer's rejection."""
    return Review(
        id=f"reject-{target}", target=target, act="reject", field=None, before=None, after=None, why="wrong", by="ann", at="2026-04-02T00:00:00Z"
    )
