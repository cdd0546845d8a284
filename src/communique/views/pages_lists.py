"""Lists as pages show them: events and mentions with the words that say them, and documents, in rows of plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from communique.records import DocumentFacts, Event, EventMention
from communique.views.pages_document import _people as people
from communique.views.sources import Sources
from communique.views.timeline import headline_of
from communique.views.wire import quote

if TYPE_CHECKING:
    from communique.store import Store


_TRIED = 12  # mentions of an event among which the quote is chosen


def event_rows(store: Store, events: Iterable[Event], sources: Sources | None = None) -> list[dict[str, Any]]:
    """Events, each with the quote of the mention that says it best and where that stands."""
    sources, found = sources or Sources(store), list(events)
    sources.preload(m for e in found for m in e.mentions[:_TRIED])
    return [event_row(e, sources) for e in found]


def event_row(event: Event, sources: Sources) -> dict[str, Any]:
    """One event as plain values. `mention` and `document` are where the quote stands."""
    best = _best(event, sources)
    return {
        "id": event.id, "says": headline_of(event), "type": event.type, "mode": event.mode, "modality": event.modality, "quad": event.quad,
        "actors": people(event.actors), "recipients": people(event.recipients), "when": msgspec.to_builtins(event.when),
        "place": event.where.name if event.where else None, "according": [o.name for o in event.originators],
        "publishers": list(event.publishers), "n_mentions": len(event.mentions), "n_documents": len(event.documents),
        "n_originators": len(event.originators), "quote": quote(sources.text(best.document), best, width=280) if best else None,
        "mention": best.id if best else None, "document": best.document if best else None, "reviewed": event.reviewed,
        "plover_score": event.plover_score,
    }  # fmt: skip


def _best(event: Event, sources: Sources) -> EventMention | None:
    found = [m for m in map(sources.mention, event.mentions[:_TRIED]) if m is not None]
    return max(found, key=lambda m: (m.type == event.type, m.modality == event.modality, m.score, m.id), default=None)


def mention_rows(store: Store, mentions: Sequence[EventMention]) -> list[dict[str, Any]]:
    """Event mentions, each with its quote, its document's publisher and date, and its event."""
    sources = Sources(store)
    states = store.states(m.id for m in mentions)
    out = []
    for m in mentions:
        facts = sources.facts(m.document)
        out.append({
            "id": m.id, "mention": m.id, "type": m.type, "mode": m.mode, "modality": m.modality, "quad": m.quad, "actors": people(m.actors),
            "recipients": people(m.recipients), "when": msgspec.to_builtins(m.when), "place": m.where.name if m.where else None,
            "according": [a.speaker.name for a in m.attribution], "publisher": facts.publisher, "published": facts.published.start,
            "quote": quote(sources.text(m.document), m, width=280), "document": m.document, "score": m.score, "reviewed": states.get(m.id),
        })  # fmt: skip
    return out


def document_rows(found: Iterable[DocumentFacts]) -> list[dict[str, Any]]:
    """Documents as plain values, without their text."""
    return [
        {
            "id": f.id, "title": f.title, "publisher": f.publisher, "agency": f.agency, "published": f.published.start,
            "published_basis": f.published.basis, "language": f.language, "chars": f.chars, "mentions": f.mentions, "added": f.added,
            "source": f.source, "url": f.url,
        }
        for f in found
    ]  # fmt: skip
