"""The slider in time of the pages that look over a period: a window of so many days, moved over all days with events.

A slider gives one number, so the address carries with it where the counting begins and how long the window is
(`slide_from`, `slide_days`, `slide`): it means the same days whenever it is opened, whatever was added since. Without
scripts the form's button asks; scripts only ask as soon as the slider is let go, and name the days while it moves.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from communique.errors import UsageError
from communique.records import Filter
from communique.store import Store
from communique.views.pages_overview import SPANS, Period

NAMES = ("slide_from", "slide_days", "slide")
MOST = 600  # windows from end to end; older events are reached by the dates
_FITTING = 60


def slid(query: Mapping[str, str]) -> Period | None:
    """The window that the address slid to; raises `UsageError` for what is none."""
    if not query.get("slide") or not query.get("slide_from"):
        return None
    try:
        days, at = int(query.get("slide_days") or 7), int(query["slide"])
        if not (0 < days <= 4000 and 0 <= at <= 100_000):
            raise ValueError
        since = dt.date.fromisoformat(query["slide_from"]) + dt.timedelta(days=days * at)
        return Period(since.isoformat(), (since + dt.timedelta(days=days)).isoformat(), "chosen")
    except (ValueError, OverflowError):
        given = ", ".join(f"{name}={query.get(name, '')!r}" for name in NAMES)
        raise UsageError(f"{given} is no window: slide_from is a date, slide_days how long it is, slide how many of these it is moved", value=query["slide"]) from None


def event_days(store: Store) -> tuple[str, str] | None:
    """The first and the last day that an event is dated to; `None` where none is."""
    ends = [next((e.when.start or e.when.end for e in store.events(Filter(order=order, limit=1))), None) for order in ("date", "-date")]
    return (ends[0], ends[1]) if ends[0] and ends[1] else None


def slider(ends: tuple[str, str] | None, period: Period) -> dict[str, Any] | None:
    """Where the period's window lies among those from the first day to the last, for the slider; `None` where there is nothing
    to slide over."""
    if ends is None:
        return None
    first, last = (dt.date.fromisoformat(day) for day in ends)
    since, until = (dt.date.fromisoformat(day) if day else None for day in period[:2])
    if since is not None and until is not None and since < until:
        days, at = (until - since).days, max(0, math.ceil((since - first).days / (until - since).days))
    else:
        span = (last - first).days + 1
        since, days = None, next((n for _, n in SPANS if span / n <= _FITTING), SPANS[-1][1])
        at = max(0, math.ceil(span / days) - 1)
    at = min(at, MOST)
    try:
        begin = (since - dt.timedelta(days=days * at)) if since else first if at < MOST else last - dt.timedelta(days=days * at)
    except OverflowError:
        return None
    steps = max(at, min(MOST, math.ceil(((last - begin).days + 1) / days) - 1))
    return {"from": begin.isoformat(), "days": days, "at": at, "steps": steps} if steps > 0 else None
