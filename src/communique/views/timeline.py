"""Events in order of time: what happened, what was announced, what is only claimed, each told apart.

An entry's `drawn` says how a page shows it: "solid" happened, "hollow" is planned or pledged, "dashed" is claimed,
denied or supposed. Events without a date come last; none is given a date it does not have. Lanes group entries by
country, type or story, largest first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from communique.errors import UsageError
from communique.records import Event, Filter, Record

if TYPE_CHECKING:
    from communique.store import Store

Drawn = Literal["solid", "hollow", "dashed"]
LANES = ("country", "type", "quad", "story")
_HOLLOW = frozenset({"planned", "pledged", "demanded"})
_SOLID = frozenset({"actual", "historical"})


class Entry(Record, frozen=True):
    """One event on the line. Days are ISO and half-open; `None` where not known."""

    id: str
    start: str | None
    end: str | None
    grain: str | None
    headline: str
    type: str
    modality: str
    drawn: Drawn
    lane: str
    documents: int
    originators: int
    mentions: tuple[str, ...]


class Lane(Record, frozen=True):
    """Entries that share a country, type, quad class or story."""

    name: str
    entries: tuple[Entry, ...]


def timeline(store: Store, flt: Filter | None = None, *, lane: str = "country") -> list[Entry]:
    """The events that the filter lists, in order of time, undated last."""
    if lane not in LANES:
        raise UsageError(f"no lanes by {lane!r}; there are: {', '.join(LANES)}", value=lane)
    chosen = msgspec.structs.replace(flt, order="date", date="happened") if flt is not None else Filter(limit=0)
    events = store.events(chosen) if chosen.limit else store.each_event(chosen)
    return [_entry(event, lane) for event in events]


def lanes(store: Store, flt: Filter | None = None, *, lane: str = "country") -> list[Lane]:
    """The timeline in lanes, those with most entries first."""
    found: dict[str, list[Entry]] = {}
    for entry in timeline(store, flt, lane=lane):
        found.setdefault(entry.lane, []).append(entry)
    ordered = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return [Lane(name=name, entries=tuple(entries)) for name, entries in ordered]


def headline_of(event: Event) -> str:
    """The line linking made, else one from the fields: who, type, whom."""
    if event.headline:
        return event.headline
    who = ", ".join(p.name for p in event.actors) or "unnamed"
    whom = ", ".join(p.name for p in event.recipients)
    return f"{who}: {event.type.lower()}{' (' + event.mode + ')' if event.mode else ''}{' → ' + whom if whom else ''}"


def _entry(event: Event, lane: str) -> Entry:
    drawn: Drawn = "solid" if event.modality in _SOLID else "hollow" if event.modality in _HOLLOW else "dashed"
    country = next((p.country for p in (*event.actors, *event.recipients) if p.country), None)
    name = {"country": country, "type": event.type, "quad": event.quad, "story": event.story}[lane]
    return Entry(
        id=event.id,
        start=event.when.start,
        end=event.when.end,
        grain=event.when.grain,
        headline=headline_of(event),
        type=event.type,
        modality=event.modality,
        drawn=drawn,
        lane=name or "none",
        documents=len(event.documents),
        originators=len(event.originators),
        mentions=event.mentions,
    )
