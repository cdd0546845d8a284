"""Reports side by side: one event in all its reports, field by field; and who reported what others did not.

Agreement is counted in independent originators, not in copies. A field that a report leaves open is `None` and is
never a disagreement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from communique.errors import UsageError
from communique.records import Discrepancy, Event, EventMention, Filter, Record
from communique.views.sources import Sources

if TYPE_CHECKING:
    from communique.store import Store

FIELDS = ("type", "mode", "modality", "actors", "recipients", "when", "where", "attribution")


class Column(Record, frozen=True):
    """One report of the event: its document, its words, and each field as it has it."""

    mention: str
    document: str
    publisher: str | None
    published: str | None
    quote: str
    values: dict[str, str | None]


class Comparison(Record, frozen=True):
    """An event with its reports in order of publication; `agree` says per field whether all that have it concur."""

    event: Event
    columns: tuple[Column, ...]
    agree: dict[str, bool]
    discrepancies: tuple[Discrepancy, ...]
    silent: tuple[str, ...]


def compare_event(store: Store, id: str) -> Comparison:
    """The reports of an event beside each other. `silent` are publishers of its story that do not report it. Raises
    `UsageError` when there is no such event."""
    event = store.event(id)
    if event is None:
        raise UsageError(f"{id}: no such event; `communique events` lists them", value=id)
    sources = Sources(store)
    sources.preload(event.mentions)
    mentions = [m for m in map(sources.mention, event.mentions) if m is not None]
    columns = sorted((_column(m, sources) for m in mentions), key=lambda c: (c.published or "~", c.mention))
    agree = {f: len({c.values[f] for c in columns if c.values[f] is not None}) <= 1 for f in FIELDS}
    return Comparison(
        event=event, columns=tuple(columns), agree=agree, discrepancies=tuple(store.discrepancies(id)), silent=_silent(store, event, sources)
    )


def _silent(store: Store, event: Event, sources: Sources) -> tuple[str, ...]:
    story = store.story(event.story) if event.story else None
    if story is None:
        return ()
    everyone = {sources.facts(d).publisher for d in story.documents}
    return tuple(sorted(p for p in everyone - {sources.facts(d).publisher for d in event.documents} if p))


def _column(mention: EventMention, sources: Sources) -> Column:
    facts = sources.facts(mention.document)
    when = mention.when
    values: dict[str, str | None] = {
        "type": mention.type,
        "mode": mention.mode,
        "modality": mention.modality,
        "actors": "; ".join(sorted(p.name for p in mention.actors)) or None,
        "recipients": "; ".join(sorted(p.name for p in mention.recipients)) or None,
        "when": f"{when.start}/{when.end}" if when.start or when.end else None,
        "where": mention.where.name if mention.where else None,
        "attribution": "; ".join(a.speaker.name for a in mention.attribution) or None,
    }
    return Column(
        mention=mention.id, document=mention.document, publisher=facts.publisher, published=facts.published.start,
        quote=sources.quote(mention), values=values,
    )  # fmt: skip


class Difference(Record, frozen=True):
    """An event that one list has and the other lacks."""

    event: str
    only: str
    headline: str | None
    type: str = ""
    start: str | None = None
    end: str | None = None


def compare_publishers(store: Store, left: str, right: str, flt: Filter | None = None, *, most: int | None = None) -> list[Difference]:
    """Events that one of two publishers reports and the other does not, in the list's order; the first `most` of them."""
    out: list[Difference] = []
    for event in store.each_event(flt):
        if most is not None and len(out) >= most:
            break
        has = [any(p.casefold() == name.casefold() for p in event.publishers) for name in (left, right)]
        if has[0] != has[1]:
            out.append(Difference(event=event.id, only=left if has[0] else right, headline=event.headline, type=event.type, start=event.when.start, end=event.when.end))
    return out
