"""A `Filter` over events that are in no store: those that `derive_as_of` makes for a day in the past.

Each condition means what `store.query` means by it. What asks for the words of reports is asked of the store's
mentions; all else is read off the same index rows that the store would have made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from communique.records import Event, Filter, Where
from communique.store.project import ABOUT, ACTOR, RECIPIENT, Projection, day_number, project
from communique.store.query import check_day, parties_of
from communique.store.review import overlay
from communique.store.schema import UNKNOWN_DAY

if TYPE_CHECKING:
    from communique.store import Store

_PUBLISHED, _ADDED, _DAY = 7, 8, 6  # places in `Projection.fact`


def events_as_of(store: Store, day: str, flt: Filter) -> list[Event]:
    """One page of the events as they stood on a day (ISO): reviews given by then applied, rejected ones left out
    unless the filter asks for them. `after` is not used."""
    from communique.views.rebuild import derive_as_of

    for name in ("since", "until"):  # before anything is linked
        if getattr(flt, name) is not None:
            check_day(getattr(flt, name), name)
    found = sift(_as_reviewed(store, derive_as_of(store, day).events, day), flt, store)
    return found[: flt.limit] if flt.limit else found


def _as_reviewed(store: Store, events: Iterable[Event], day: str) -> Iterator[Event]:
    targets = {r.target for r in store.reviews()}
    for event in events:
        acts = [r for r in store.reviews(event.id) if r.at[:10] <= day] if event.id in targets else []
        yield overlay(event, acts)[0]


def sift(events: Iterable[Event], flt: Filter, store: Store) -> list[Event]:
    """The events that the filter lists, in its order."""
    told = {m.id for m in store.each_mention(Filter(text=flt.text))} if flt.text is not None else set()
    story = store.story(flt.story) if flt.story is not None else None
    of_story = set(story.documents) if story is not None else set()
    kept: list[tuple[Event, Projection]] = []
    for event in events:
        facts = [f for f in map(store.facts, event.documents) if f is not None]
        row = project(
            event, doc=None, publisher=None, state=event.reviewed,
            published=min((day_number(f.published.start) for f in facts), default=UNKNOWN_DAY),
            added=min((day_number(f.added) for f in facts), default=UNKNOWN_DAY),
        )  # fmt: skip
        if (
            _coded(event, flt)
            and _between(row, flt)
            and _placed(event.where, flt)
            and _dated(row, flt)
            and _judged(event, flt)
            and (flt.text is None or not told.isdisjoint(event.mentions))
            and (flt.story is None or not of_story.isdisjoint(event.documents))
            and (flt.document is None or flt.document in event.documents)
            and (not flt.publisher or not {_fold(p) for p in flt.publisher}.isdisjoint(_fold(f.publisher) for f in facts if f.publisher))
        ):
            kept.append((event, row))
    return [event for event, _ in sorted(kept, key=_order(flt))]


def _fold(value: str) -> str:
    return value.casefold()


def _coded(event: Event, flt: Filter) -> bool:
    pairs = ((flt.type, event.type), (flt.mode, event.mode), (flt.quad, event.quad), (flt.modality, event.modality))
    return all(not wanted or value in wanted for wanted, value in pairs) and (not flt.context or not set(flt.context).isdisjoint(event.contexts))


def _between(row: Projection, flt: Filter) -> bool:
    for values, roles in ((flt.actor, ACTOR), (flt.recipient, RECIPIENT), (flt.either, ACTOR | RECIPIENT | ABOUT), (flt.beside, ACTOR | RECIPIENT | ABOUT)):
        if values and not any(_role(row, v.removeprefix("country:")) & roles for v in values):
            return False
    if flt.bloc and not any(_role(row, p) & (ACTOR | RECIPIENT | ABOUT) for p in parties_of(flt.bloc)):
        return False
    if flt.dyad is None:
        return True
    a, b = (v.upper() for v in flt.dyad)
    return (a, b) in row.dyads or (not flt.directed and (b, a) in row.dyads)


def _role(row: Projection, value: str) -> int:
    return row.entities.get(value, 0) if ":" in value else row.countries.get(value.upper(), 0)


def _placed(where: Where | None, flt: Filter) -> bool:
    if flt.place is not None:
        if where is None:
            return False
        if re.fullmatch(r"[A-Z]{3}", flt.place):
            if where.country != flt.place:
                return False
        elif not _fold(where.name or "").startswith(_fold(flt.place)):
            return False
    if flt.box is None:
        return True
    if where is None or where.lat is None or where.lon is None:
        return False
    south, west, north, east = flt.box
    across = west <= where.lon <= east if west <= east else where.lon >= west or where.lon <= east
    return south <= where.lat <= north and across


def _dated(row: Projection, flt: Filter) -> bool:
    day = _day(row, flt)
    if flt.since is not None and not (check_day(flt.since, "since") <= day and (flt.until is not None or day < UNKNOWN_DAY)):
        return False
    return flt.until is None or day < check_day(flt.until, "until")


def _day(row: Projection, flt: Filter) -> int:
    found = row.fact[{"happened": _DAY, "published": _PUBLISHED, "added": _ADDED}[flt.date]]
    assert isinstance(found, int)
    return found


def _judged(event: Event, flt: Filter) -> bool:
    if flt.min_score is not None and event.score < flt.min_score:
        return False
    if flt.min_originators is not None and len(event.originators) < flt.min_originators:
        return False
    if flt.attribution is not None:
        said = _fold(flt.attribution)
        if not any(said in _fold(o.name) or flt.attribution in (o.entity, o.country) for o in event.originators):
            return False
    if flt.reviewed is None:
        return event.reviewed != "rejected"
    return event.reviewed == (None if flt.reviewed == "none" else flt.reviewed)


def _order(flt: Filter) -> Callable[[tuple[Event, Projection]], tuple[bool, float]]:
    """Days not known come last whichever way the list runs."""
    if flt.order == "score":
        return lambda pair: (False, -pair[0].score)
    if flt.order == "originators":
        return lambda pair: (False, -len(pair[0].originators))
    sign = -1 if flt.order == "-date" else 1
    return lambda pair: ((day := _day(pair[1], flt)) == UNKNOWN_DAY, sign * day)
