"""Pairs of countries over time: reports, events, and what they weigh, by day, week, month or year.

A row counts, for an ordered pair (actor, recipient) in one period, event mentions (reports of something) and events
(merged occurrences) side by side, so that a wave of reports is not mistaken for a crisis. Both count what the
modality says happened unless asked otherwise. Joint actors of a record without recipients count both ways. Records
without a date fall in no period; `undated` says how many. `documents` is coverage: how many documents were published
in the period at all.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from communique.errors import UsageError
from communique.records import Filter, Record
from communique.views.codes import cow, gw

if TYPE_CHECKING:
    from communique.store import Store

GRAINS = ("day", "week", "month", "year")
_QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
_NAMES = [(quad, quad.replace(" ", "_")) for quad in _QUADS]
_HAPPENED = ("actual",)


class DyadPeriod(Record, frozen=True):
    """One ordered pair in one period. `start` is its first day; `mean_score` the mean PLOVER score of its mentions
    that have one, `None` without."""

    actor: str
    recipient: str
    start: str
    mentions: int
    events: int
    verbal_cooperation: int
    material_cooperation: int
    verbal_conflict: int
    material_conflict: int
    mean_score: float | None
    documents: int


@functools.lru_cache(maxsize=16384)  # days come again for every pair and kind
def period_of(day: str, grain: str) -> str:
    """The first day of the period that holds `day`; weeks begin on Monday (ISO 8601)."""
    if grain == "day":
        return day
    found = date.fromisoformat(day)
    if grain == "week":
        return (found - timedelta(days=found.weekday())).isoformat()
    if grain == "month":
        return found.replace(day=1).isoformat()
    if grain == "year":
        return found.replace(month=1, day=1).isoformat()
    raise UsageError(f"no grain called {grain!r}; there are: {', '.join(GRAINS)}", value=grain)


def periods(first: str, last: str, grain: str) -> Iterator[str]:
    """First days of all periods from the one that holds `first` to the one that holds `last`."""
    at, end = period_of(first, grain), period_of(last, grain)
    if grain == "day":
        began = date.fromisoformat(at).toordinal()
        yield from (date.fromordinal(n).isoformat() for n in range(began, date.fromisoformat(end).toordinal() + 1))
        return
    while at <= end:
        yield at
        found = date.fromisoformat(at)
        step = {"day": 1, "week": 7, "month": 32, "year": 367}[grain]
        at = period_of((found + timedelta(days=step)).isoformat(), grain)


def dyad_series(
    store: Store,
    dyads: Sequence[tuple[str, str]] | None = None,
    *,
    grain: str = "month",
    flt: Filter | None = None,
    fill: bool = False,
    newest: int | None = None,
    documents: Mapping[str, int] | None = None,
) -> list[DyadPeriod]:
    """Series of these ordered pairs, or of all that have a record, sorted by pair and time. `fill` puts zeros
    between the first and the last period of any pair (or of the filter's `since` and `until`); with `newest` only the
    last so many periods are given, up to the last that has a record. `documents` is the coverage (`covered`), where the caller has it already."""
    if grain not in GRAINS:
        raise UsageError(f"no grain called {grain!r}; there are: {', '.join(GRAINS)}", value=grain)
    chosen = _happened(flt)
    cells: dict[tuple[str, str, str], dict[str, Any]] = {}
    for kind in ("mention", "event"):
        for a, b, day, quad, n, scored, total in _rows(store, dyads, kind, chosen, grain):
            cell = cells.setdefault((a, b, period_of(day, grain)), {"mention": 0, "event": 0, "scored": 0, "total": 0.0})
            cell[kind] += n
            if kind == "mention":
                cell["scored"] += scored
                cell["total"] += total
                if quad is not None:
                    cell[quad] = cell.get(quad, 0) + n
    if documents is None:
        documents = covered(store.documents_by_day(), grain)
    if newest is not None and cells:
        first = max(_before(max(key[2] for key in cells), newest - 1, grain), min(key[2] for key in cells))
        cells = {key: cell for key, cell in cells.items() if key[2] >= first}
        chosen = msgspec.structs.replace(chosen, since=max(first, chosen.since or first))
    if fill and (cells or dyads):
        _fill(cells, dyads, chosen, grain)
    return [_period(key, cell, documents) for key, cell in sorted(cells.items())]


def _happened(flt: Filter | None) -> Filter:
    base = flt or Filter()
    return base if base.modality else msgspec.structs.replace(base, modality=_HAPPENED)


def _rows(
    store: Store, dyads: Sequence[tuple[str, str]] | None, kind: Any, flt: Filter, grain: str
) -> Iterator[tuple[str, str, str, str | None, int, int, float]]:
    """(actor, recipient, day, quad, n, scored, total) with a date; from the monthly sums where those can tell."""
    plain = flt == Filter(modality=flt.modality, limit=flt.limit, order=flt.order)
    if plain and grain in ("month", "year"):
        for a, b, month, _, quad, n, scored, total in store.dyad_series(dyads, kind=kind, modality=flt.modality):
            if month:
                yield a, b, f"{month // 100:04d}-{month % 100:02d}-01", quad, n, scored, total
        return
    for a, b, day, _, quad, n, scored, total in store.dyad_days(dyads, kind=kind, flt=flt):
        if day:
            yield a, b, f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}", quad, n, scored, total


def undated(store: Store, dyads: Sequence[tuple[str, str]] | None = None, *, flt: Filter | None = None) -> int:
    """How many mentions of these pairs have no date, and so are in no series."""
    if flt is None:  # the monthly sums can tell, and are few
        return sum(row[5] for row in store.dyad_series(dyads, modality=_HAPPENED) if row[2] == 0)
    return sum(row[5] for row in store.dyad_days(dyads, flt=_happened(flt)) if row[2] == 0)


def _before(start: str, n: int, grain: str) -> str:
    """The first day of the n-th period before the one that begins on `start`."""
    for _ in range(n):
        start = period_of((date.fromisoformat(start) - timedelta(days=1)).isoformat(), grain)
    return start


def covered(days: Iterable[tuple[str, int]], grain: str) -> dict[str, int]:
    """How many documents each period brought, from `Store.documents_by_day`."""
    out: dict[str, int] = {}
    for day, n in days:
        start = period_of(day, grain)
        out[start] = out.get(start, 0) + n
    return out


def _fill(cells: dict[tuple[str, str, str], dict[str, Any]], dyads: Iterable[tuple[str, str]] | None, flt: Filter, grain: str) -> None:
    seen = [key[2] for key in cells]
    first = flt.since or min(seen, default=None)
    last = (date.fromisoformat(flt.until) - timedelta(days=1)).isoformat() if flt.until else max(seen, default=None)
    if first is None or last is None:
        return
    pairs = set(dyads) if dyads is not None else {key[:2] for key in cells}
    for at in periods(first, last, grain):
        for a, b in pairs:
            cells.setdefault((a, b, at), {"mention": 0, "event": 0, "scored": 0, "total": 0.0})


def _period(key: tuple[str, str, str], cell: dict[str, Any], documents: Mapping[str, int]) -> DyadPeriod:
    quads = {name: cell.get(quad, 0) for quad, name in _NAMES}
    mean = round(cell["total"] / cell["scored"], 4) if cell["scored"] else None
    return DyadPeriod(
        actor=key[0],
        recipient=key[1],
        start=key[2],
        mentions=cell["mention"],
        events=cell["event"],
        mean_score=mean,
        documents=documents.get(key[2], 0),
        **quads,
    )


PANEL = (
    "iso1", "iso2", "ccode1", "ccode2", "gwcode1", "gwcode2", "start", "year", "month",
    *(name for name in DyadPeriod.__struct_fields__ if name not in ("actor", "recipient", "start")),
)  # fmt: skip


def panel(
    store: Store,
    dyads: Sequence[tuple[str, str]] | None = None,
    *,
    grain: str = "month",
    flt: Filter | None = None,
    fill: bool = True,
) -> list[dict[str, Any]]:
    """The series as a panel for statistics: ISO 3, COW and Gleditsch-Ward codes of both sides, year and month as
    numbers, zeros filled in. Keys are unique: (iso1, iso2, start)."""
    if dyads is None and flt is not None and flt.dyad is not None:
        a, b = flt.dyad
        dyads = [(a, b), (b, a)]
    out = []
    for row in dyad_series(store, dyads, grain=grain, flt=flt, fill=fill):
        year, month, _ = row.start.split("-")
        codes = {
            "iso1": row.actor, "iso2": row.recipient, "ccode1": cow(row.actor), "ccode2": cow(row.recipient), "gwcode1": gw(row.actor),
            "gwcode2": gw(row.recipient), "start": row.start, "year": int(year), "month": int(month) if grain != "year" else None,
        }  # fmt: skip
        plain = msgspec.to_builtins(row)
        out.append(codes | {name: plain[name] for name in list(plain) if name not in ("actor", "recipient", "start")})
    return out
