"""How values are worded for people: intervals with their precision, types, who-to-whom lines. Used by the command
line and the pages alike, so that both say the same."""

from __future__ import annotations

import datetime as dt

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def interval_words(start: str | None, end: str | None, grain: str | None = None) -> str:
    """A half-open interval of ISO days as people write it: "8 Sep 2025", "Sep 2025", "1-7 Sep 2025", "from 2015";
    "" when nothing is known."""
    if start is None and end is None:
        return ""
    first = _day(start)
    last = _day(end) - dt.timedelta(days=1) if end else None
    if first is None:
        return f"before {_words(_day(end))}"
    if last is None:
        return f"from {first.year}" if grain == "year" else f"from {_words(first)}"
    if first == last:
        return _words(first)
    if first.day == 1 and (last + dt.timedelta(days=1)).day == 1:
        if first.month == 1 and last.month == 12:
            return str(first.year) if first.year == last.year else f"{first.year}\u2013{last.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{_MONTHS[first.month - 1]} {first.year}"
        if first.year == last.year:
            return f"{_MONTHS[first.month - 1]}\u2013{_MONTHS[last.month - 1]} {first.year}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}\u2013{last.day} {_MONTHS[first.month - 1]} {first.year}"
    return f"{_words(first)} \u2013 {_words(last)}"


def _day(value: str | None) -> dt.date:
    return dt.date.fromisoformat(value[:10]) if value else None  # type: ignore[return-value]


def _words(day: dt.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
