"""The ledger as of a day. Stored commitments hold what reports say; what a *day* adds, overdue or not, is computed
on reading, so that a store never claims to know what date it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

import msgspec

from communique.records import Commitment, StateChange
from communique.views.rebuild import derive_as_of

if TYPE_CHECKING:
    from communique.store import Store

WAITING = frozenset({"mooted", "announced", "scheduled", "postponed"})


def overdue(item: Commitment, day: str) -> Commitment:
    """The commitment as it stands on an ISO day: overdue-unreported (pledges: lapsed-unreported) once its last day
    has passed and no report tells of it. A passed date never implies that it was held."""
    if item.due.end is None or item.due.end > day:
        return item
    if item.kind == "event" and item.state in WAITING:
        state = "overdue-unreported"
    elif item.kind != "event" and item.state == "pledged":
        state = "lapsed-unreported"
    else:
        return item
    change = StateChange(
        state=state,  # type: ignore[arg-type]
        at=item.due.end,
        mention=None,
        document=None,
        evidence=None,
        reason="its date has passed and no report tells of it",
    )
    return msgspec.structs.replace(item, state=change.state, history=(*item.history, change))


def as_known(item: Commitment, day: str) -> Commitment | None:
    """The commitment by the steps reported up to the end of an ISO day; None where nothing had been reported. Steps without
    a day are kept. Its due date is the one known now."""
    steps = tuple(h for h in item.history if h.at is None or h.at[:10] <= day)
    if len(steps) == len(item.history):
        return item
    return msgspec.structs.replace(item, history=steps, state=steps[-1].state) if steps else None


def commitments_as_of(
    store: Store,
    day: str,
    *,
    rebuild: bool = False,
    by: str | None = None,
    to: str | None = None,
    kind: str | None = None,
    state: Collection[str] = (),
    between: tuple[str, str] | None = None,
    among: Iterable[Commitment] | None = None,
) -> list[Commitment]:
    """Commitments as of an ISO day, overdue first, then by due date. With `rebuild`, from only what had been
    published by then. `between` two countries: both take part, on any side. `among` are the store's commitments where the caller has read them all."""
    if rebuild or among is not None:
        rows = list(derive_as_of(store, day).commitments if among is None else among)
        rows = [
            c
            for c in rows
            if (by is None or any(p.country == by.upper() for p in c.by))
            and (to is None or any(p.country == to.upper() for p in c.to))
            and (kind is None or c.kind == kind)
        ]
    else:
        rows = list(store.commitments(by=by and by.upper(), to=to and to.upper(), kind=kind))
    if between is not None:
        rows = [c for c in rows if set(between) <= {p.country for p in (*c.by, *c.to)}]
    rows = [overdue(c, day) for c in rows]
    if state:
        rows = [c for c in rows if c.state in state]
    return sorted(rows, key=lambda c: (not c.state.startswith(("overdue", "lapsed")), c.due.start or "9999", c.id))
