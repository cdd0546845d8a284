"""Short reports with a publication date each, coded or made by hand, for the linking and ledger cases.

A row's `reports` are `{published, text, mention}`; `mention` says what the one sentence holds: type, trigger words,
modality, actors and recipients (ISO alpha-3), `when` [start, end, grain], `where` [name, country, lat, lon]. With
`mentions="hand"` the record is made from that, so that linking is measured by itself; with `mentions="coder"` the
text goes through the whole pipeline, and the record meant is the one whose evidence holds the trigger words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from communique.records import DocumentFacts, EventMention, LinkDocument, Participant, Published, Span, When, Where
from communique.text import digest


def made(rows: Iterable[Mapping[str, Any]], *, mentions: str) -> list[list[tuple[LinkDocument, str | None]]]:
    """For each row, its reports as link inputs with the id of the mention meant (None where the coder has none)."""
    found = list(rows)
    if mentions == "hand":
        return [[_by_hand(row["id"], k, r) for k, r in enumerate(row["reports"])] for row in found]
    return _coded(found)


def _published(day: str) -> Published:
    from datetime import date, timedelta

    end = (date.fromisoformat(day) + timedelta(days=1)).isoformat()
    return Published(start=day, end=end, basis="given", confidence=1.0)


def _party(code: str, text: str) -> Participant:
    from communique import tables

    name = next((r["name"] for r in tables.load("countries.json")["countries"] if r["iso3"] == code), code)
    at = text.find(name)
    span = Span(at, at + len(name)) if at >= 0 else None
    return Participant(span=span, text=name if span else None, entity=f"country:{code}", name=name, country=code, sectors=("GOV",), kind="country")


def _by_hand(row: str, number: int, report: Mapping[str, Any]) -> tuple[LinkDocument, str]:
    text, m = report["text"], report["mention"]
    start = text.index(m["trigger"])
    when = m.get("when")
    where = m.get("where")
    name = digest("case", row, str(number))
    mention = EventMention(
        id=digest(name, m["type"]), document=name, type=m["type"], mode=m.get("mode"), modality=m["modality"],
        trigger=Span(start, start + len(m["trigger"])), evidence=(Span(0, len(text)),), sentence=0,
        actors=tuple(_party(c, text) for c in m["actors"]), recipients=tuple(_party(c, text) for c in m["recipients"]),
        when=When(start=when[0], end=when[1], grain=when[2], basis="stated") if when else When(),
        where=Where(name=where[0], country=where[1], lat=where[2], lon=where[3], basis="stated", span=None) if where else None,
    )  # fmt: skip
    facts = DocumentFacts(id=name, source=f"{row}/{number}", publisher=f"Paper {number}", published=_published(report["published"]))
    return LinkDocument(facts=facts, text=text, body=(Span(0, len(text)),), mentions=(mention,)), mention.id


def _coded(rows: Sequence[Mapping[str, Any]]) -> list[list[tuple[LinkDocument, str | None]]]:
    from communique.ingest.formats import document_from_text
    from communique.pipeline import code_many
    from communique.records import CodedDocument
    from communique.views.rebuild import link_input

    documents, wanted = [], []
    for row in rows:
        for number, report in enumerate(row["reports"]):
            text = f"{report['text']}\n"
            documents.append(document_from_text(text, source=f"{row['id']}/{number}", publisher=f"Paper {number}", published=report["published"], url=f"case://{row['id']}/{number}"))
            wanted.append((row["id"], report["mention"]["trigger"]))
    out: dict[str, list[tuple[LinkDocument, str | None]]] = {row["id"]: [] for row in rows}
    for coded, (name, trigger) in zip(code_many(documents), wanted, strict=True):
        if not isinstance(coded, CodedDocument):
            continue
        at = coded.article.doc.text.find(trigger)
        near = sorted(coded.mentions, key=lambda m: (abs(m.trigger.start - at), m.id))
        meant = next((m.id for m in near if m.trigger.start < at + len(trigger) and at < m.trigger.end), None)
        out[name].append((link_input(coded), meant or (near[0].id if near else None)))
    return [out[row["id"]] for row in rows]
