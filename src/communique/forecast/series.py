"""Events of a store as arrays over time: who, to whom, what type, when it happened and when that became known.

One row is an event (mentions of the same occurrence and copies of the same report are one) in an ordered pair of
countries. Only what reports say happened is counted. `known` is the day the first report of it was published; an
event whose reports give no publication day cannot be placed in what was known when, is left out, and counted in
`unplaced`. Everything that looks ahead asks `known_before(day)` first: a late report of an early event does not leak
into a forecast that could not have seen it.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from communique.errors import UsageError

if TYPE_CHECKING:
    from communique.store import Store

Ints = npt.NDArray[np.int64]
QUADS = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")
_UNKNOWN = 99999999
_FIRST, _LAST = date(20, 1, 1).toordinal(), date(9980, 1, 1).toordinal()
_FORM = "panel.v1"  # of the copy beside the store
_COLUMNS = ("actor", "recipient", "kind", "quad", "day", "known", "originators")
_SQL = (
    "SELECT n.id, x.a, x.b, f.type, f.quad, f.day, f.published, f.originators FROM event_dyad x "
    "JOIN event_fact f ON f.m = x.m JOIN event n ON n.m = x.m WHERE x.live = 1 AND x.modality = 'actual'"
)


@dataclass(frozen=True)
class Panel:
    """Events in order of day. `actor` and `recipient` number `codes`, `kind` numbers `kinds`, `quad` numbers `QUADS`
    (-1: none). Days are proleptic ordinals. `documents` is coverage: how many documents each day brought."""

    ids: tuple[str, ...]
    actor: Ints
    recipient: Ints
    kind: Ints
    quad: Ints
    day: Ints
    known: Ints
    originators: Ints
    codes: tuple[str, ...]
    kinds: tuple[str, ...]
    documents: dict[int, int]
    unplaced: int = 0

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, keep: Any) -> Panel:
        """Only these rows (flags or indices)."""
        flags = np.asarray(keep).dtype == bool
        if flags and np.all(keep):
            return self
        rows = np.flatnonzero(keep) if flags else np.asarray(keep, np.int64)
        columns = {c: getattr(self, c)[rows] for c in _COLUMNS}
        return replace(self, ids=tuple(map(self.ids.__getitem__, rows.tolist())), **columns)

    def known_before(self, day: int) -> Panel:
        """Only what had been published before `day` and happened before it."""
        kept = self.take((self.known < day) & (self.day < day))
        return replace(kept, documents={d: n for d, n in self.documents.items() if d < day})

    def between(self, a: str, b: str) -> Panel:
        """Only events of the ordered pair a → b."""
        if a not in self.codes or b not in self.codes:
            return self.take(np.zeros(len(self), bool))
        return self.take((self.actor == self.codes.index(a)) & (self.recipient == self.codes.index(b)))

    def span(self) -> tuple[int, int]:
        """The first day with an event, and the day after the last; (0, 0) when there is none."""
        return (int(self.day.min()), int(self.day.max()) + 1) if len(self) else (0, 0)


def panel_of(
    rows: list[tuple[str, str, str, str, str | None, int, int, int]], documents: dict[int, int] | None = None, *, unplaced: int = 0
) -> Panel:
    """The panel of rows (id, actor, recipient, type, quad, day, known, originators), days as ordinals."""
    rows = sorted(rows, key=lambda r: (r[5], r[6], r[0], r[1], r[2]))
    codes = tuple(sorted({r[1] for r in rows} | {r[2] for r in rows}))
    kinds = tuple(sorted({r[3] for r in rows}))
    code, kind = {c: i for i, c in enumerate(codes)}, {k: i for i, k in enumerate(kinds)}
    quad = {q: i for i, q in enumerate(QUADS)}
    columns = [[code[r[1]] for r in rows], [code[r[2]] for r in rows], [kind[r[3]] for r in rows]]
    columns += [[quad.get(r[4] or "", -1) for r in rows], [r[5] for r in rows], [r[6] for r in rows], [r[7] for r in rows]]
    actor, recipient, of_kind, of_quad, day, known, originators = (np.array(c, np.int64) for c in columns)
    ids = tuple(r[0] for r in rows)
    return Panel(ids, actor, recipient, of_kind, of_quad, day, known, originators, codes, kinds, documents or {}, unplaced)


def read_panel(store: Store) -> Panel:
    """The events of a store."""
    rows, unplaced = [], 0
    for row in store.sql(_SQL, seconds=60.0, rows=5_000_000):
        found = tuple(row.values())
        if found[5] == _UNKNOWN or found[6] == _UNKNOWN or found[3] == "STATE":
            unplaced += found[3] != "STATE"
            continue
        rows.append((*found[:5], ordinal(found[5]), ordinal(found[6]), found[7]))
    return panel_of(rows, documents_of(store), unplaced=unplaced)


def panel_for(store: Store, *, keep: bool = True) -> Panel:
    """The same as `read_panel`, from the copy beside the store (`<store>.forecast-panel.npz`) where the store has not
    changed since; the copy is made anew where it has (if `keep`, and the folder can be written)."""
    place, mark = store.path.with_name(store.path.name + ".forecast-panel.npz"), f"{_FORM} {last_change(store)}"
    try:
        with np.load(place, allow_pickle=False) as kept:
            if str(kept["mark"]) == mark:
                return _unpacked(kept)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass  # none yet, or half of one: what it holds can always be read again
    panel = read_panel(store)
    if keep:
        part = place.with_name(f"{place.name}.{os.getpid()}.tmp")
        try:
            with part.open("wb") as out:
                np.savez(out, mark=np.array(mark), **_packed(panel))
            part.replace(place)
        except OSError:
            part.unlink(missing_ok=True)
    return panel


def _packed(panel: Panel) -> dict[str, Any]:
    texts = {name: np.array(getattr(panel, name), "U") for name in ("ids", "codes", "kinds")}
    days = np.array(sorted(panel.documents.items()), np.int64).reshape(-1, 2)
    return texts | {name: getattr(panel, name) for name in _COLUMNS} | {"documents": days, "unplaced": np.array(panel.unplaced)}


def _unpacked(kept: Any) -> Panel:
    fields: dict[str, Any] = {name: tuple(kept[name].tolist()) for name in ("ids", "codes", "kinds")}
    fields |= {name: kept[name] for name in _COLUMNS}
    return Panel(**fields, documents=dict(kept["documents"].tolist()), unplaced=int(kept["unplaced"]))


def last_change(store: Store) -> int:
    """The number of the store's last change, found by doubling and halving."""
    low, step = 0, 1
    while found := store.changes(low + step - 1, limit=1):
        low, step = found[0][0], step * 2
    while step > 1:
        step //= 2
        found = store.changes(low + step - 1, limit=1)
        low = found[0][0] if found else low
    return int(low)


def documents_of(store: Store) -> dict[int, int]:
    """Documents published on each day (ordinal)."""
    return {date.fromisoformat(day).toordinal(): n for day, n in store.documents_by_day() if day}


_ORDINALS: dict[int, int] = {}  # bounded by the days that there are


def ordinal(day: int) -> int:
    """The ordinal of a day written 20250908."""
    found = _ORDINALS.get(day)
    if found is None:
        found = _ORDINALS[day] = date(day // 10000, day // 100 % 100, max(1, day % 100)).toordinal()
    return found


def iso(day: int) -> str:
    """The ISO date of an ordinal."""
    return date.fromordinal(day).isoformat()


def weekly(panel: Panel, first: int, weeks: int, *, quads: tuple[int, ...] = (0, 1, 2, 3)) -> Ints:
    """Events of these quad classes in each of `weeks` weeks from the ordinal `first`."""
    at = (panel.day - first) // 7
    keep = np.isin(panel.quad, quads) & (at >= 0) & (at < weeks)
    return np.bincount(at[keep], minlength=weeks).astype(np.int64)


def coverage(panel: Panel, first: int, weeks: int) -> Ints:
    """Documents published in each of those weeks; where the store knows none, all events of the panel instead."""
    if not panel.documents:
        return weekly(panel, first, weeks, quads=(-1, 0, 1, 2, 3))
    out = np.zeros(weeks, np.int64)
    for day, n in panel.documents.items():
        if 0 <= day - first < 7 * weeks:
            out[(day - first) // 7] += n
    return out


def horizon_days(text: str) -> int:
    """Days of "7d", "2w" or "1m" (30 days). Raises `UsageError` for anything else."""
    unit = {"d": 1, "w": 7, "m": 30}.get(text[-1:].lower())
    if unit is None or not text[:-1].isdigit() or not 1 <= int(text[:-1]) * unit <= 365:
        raise UsageError(f"{text!r} is no horizon; write 7d, 2w or 1m, up to a year", value=text)
    return int(text[:-1]) * unit


def monday(day: int) -> int:
    """The Monday of the week that holds an ordinal."""
    return day - date.fromordinal(day).weekday()


def as_ordinal(day: str | None, documents: dict[int, int]) -> int:
    """The ordinal of an ISO day, kept within _FIRST and _LAST, outside of which there is nothing to look at and no room
    for a horizon; without a day, the one after the last on which a document was published."""
    if day is not None:
        return min(max(date.fromisoformat(day).toordinal(), _FIRST), _LAST)
    last = max(documents, default=None)
    return (date.today() if last is None else date.fromordinal(last) + timedelta(days=1)).toordinal()
