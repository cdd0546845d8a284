"""Calendar dates in headers and metadata: which day is meant, and when that can't be known.

Only whole dates (day, month and year) count: a month alone never dates a report. In dates of figures the
order of day and month is decided by evidence (a part above 12, the caller's `order` from the publisher or
from other dates of the page, full stops between the figures, which only countries that put the day first write);
without any, the date is ambiguous and is returned with both readings, never guessed. Time zones are kept as given; the day is the day in the page's own zone.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import NamedTuple

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan janvier januar enero janeiro gennaio januari janv ene genn",
            "february feb février fevrier februar febrero fevereiro febbraio februari fév févr",
            "march mar mars märz marz marzo março maart",
            "april apr avril abril aprile avr abr",
            "may mai mayo maio maggio mei",
            "june jun juin juni junio junho giugno",
            "july jul juillet juli julio julho luglio juil",
            "august aug août aout agosto augustus ago",
            "september sep sept septembre septiembre setembro settembre set",
            "october oct octobre oktober octubre outubro ottobre okt out",
            "november nov novembre noviembre novembro",
            "december dec décembre decembre dezember diciembre dezembro dicembre déc dez dic",
        ),
        1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_TIME = r"(?:[T ,]+(?:at\s+)?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\.\d+)?\s*(?:[AaPp]\.?[Mm]\.?)?\s*(?:Z|[+-]\d{2}:?\d{2}|[A-Z]{2,4}\b)?)?"
_PATTERN = re.compile(
    rf"(?<![\d/.-])(?:(?P<y1>(?:19|20)\d\d)(?P<sep>[-/.])(?P<m1>\d{{1,2}})(?P=sep)(?P<d1>\d{{1,2}})"
    rf"|(?P<y4>(?:19|20)\d\d)年\s*(?P<m4>\d{{1,2}})月\s*(?P<d4>\d{{1,2}})日"
    rf"|(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?[.\s-]\s*(?:de\s+|of\s+)?(?P<m2>{_MONTH})\b\.?,?[\s-]*(?:de\s+|del\s+)?(?P<y2>(?:19|20)\d\d)"
    rf"|\b(?P<m3>{_MONTH})\b\.?\s*(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y3>(?:19|20)\d\d)"
    rf"|(?P<a>\d{{1,2}})(?P<sep2>[-/.])(?P<b>\d{{1,2}})(?P=sep2)(?P<y5>(?:19|20)\d\d))(?!\d)",
    re.IGNORECASE,
)
_NO_YEAR = re.compile(
    rf"\b(?:(?P<m>{_MONTH})\b\.?\s+(?P<d>\d{{1,2}})|(?P<d2>\d{{1,2}})\s+(?P<m2>{_MONTH})\b\.?)(?!\d|,?\s+(?:19|20)\d\d)", re.IGNORECASE
)
_ISO = re.compile(
    r"(?P<day>(?:19|20)\d\d-\d{2}-\d{2})(?P<time>[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_COMPACT = re.compile(r"\s*((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?:T?\d{4,6}Z?)?\s*$")
_FIGURES = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](?:19|20)\d\d\b")
_YEAR_PARTS = [mark + century for mark in "/.-" for century in ("20", "19")]  # one of them stands in each date of `_FIGURES`
EARLIEST = dt.date(1960, 1, 1)


class FoundDate(NamedTuple):
    """A whole date: its day (ISO), offsets into the searched text, and the other reading when both are open."""

    day: str
    start: int
    end: int
    other: str | None = None


def next_day(day: str) -> str:
    """The ISO day after `day`."""
    return (dt.date.fromisoformat(day) + dt.timedelta(days=1)).isoformat()


def _day(year: str, month: int, day: str | int) -> str | None:
    try:
        found = dt.date(int(year), month, int(day))
    except ValueError:
        return None
    return found.isoformat() if found >= EARLIEST else None


def _figures(year: str, a: str, b: str, order: str | None) -> tuple[str | None, str | None]:
    """Day and other reading of a/b/year; both readings only where both are dates and no order is known."""
    dmy, mdy = _day(year, int(b), a), _day(year, int(a), b)
    if dmy is None or mdy is None or dmy == mdy:
        return dmy or mdy, None
    if order == "dmy":
        return dmy, None
    if order == "mdy":
        return mdy, None
    return dmy, mdy


def find_dates(text: str, *, order: str | None = None) -> Iterator[FoundDate]:
    """Whole dates in `text`, in order. `order` ("dmy", "mdy") settles dates of figures that read both ways;
    without it they come with `other` set. Impossible dates are left out."""
    if "20" not in text and "19" not in text:
        return  # no year
    yield from _dates(text, 0, len(text), order)


_BEFORE_YEAR, _AFTER_YEAR = 80, 40  # characters about a year in which its date stands: white space and all, no date takes half of them


def find_day(text: str, day: str, *, order: str | None = None) -> Iterator[FoundDate]:
    """The dates in `text` that are `day` in one of their readings. Looks only around its year, which is a hundredth of a page."""
    start = end = 0
    at = text.find(day[:4])
    while at >= 0:
        if at - _BEFORE_YEAR > end:
            yield from (found for found in _dates(text, start, end, order) if day in (found.day, found.other))
            start = at - _BEFORE_YEAR
        end = at + _AFTER_YEAR
        at = text.find(day[:4], at + 4)
    yield from (found for found in _dates(text, start, min(end, len(text)), order) if day in (found.day, found.other))


def _dates(text: str, start: int, end: int, order: str | None) -> Iterator[FoundDate]:
    for match in _PATTERN.finditer(text, start, end):
        other: str | None = None
        if match["y1"]:
            day = _day(match["y1"], int(match["m1"]), match["d1"])
        elif match["y4"]:
            day = _day(match["y4"], int(match["m4"]), match["d4"])
        elif match["y2"]:
            day = _day(match["y2"], _MONTHS[match["m2"].lower()], match["d2"])
        elif match["y3"]:
            day = _day(match["y3"], _MONTHS[match["m3"].lower()], match["d3"])
        else:
            day, other = _figures(match["y5"], match["a"], match["b"], order or ("dmy" if match["sep2"] == "." else None))
        if day is not None:
            yield FoundDate(day, match.start(), match.end(), other)


def find_order(text: str) -> str | None:
    """"dmy" or "mdy" when dates of figures in `text` that read only one way all agree on it; else `None`."""
    seen = set()
    for part in _YEAR_PARTS:
        at = text.find(part)
        while at >= 0:
            match = _FIGURES.search(text, max(0, at - 5), at + 7)
            at = text.find(part, at + 1)
            if match is None or (match.start() and (text[match.start() - 1].isalnum() or text[match.start() - 1] == "_")):
                continue
            a, b = int(match[1]), int(match[2])
            if a > 12 >= b:
                seen.add("dmy")
            elif b > 12 >= a:
                seen.add("mdy")
    return seen.pop() if len(seen) == 1 else None


def find_month_day(text: str) -> tuple[int, int, int, int] | None:
    """(month, day, start, end) of the first date without a year ("Sept 8"); `None` when there is none."""
    for match in _NO_YEAR.finditer(text):
        month = _MONTHS[(match["m"] or match["m2"]).lower()]
        day = int(match["d"] or match["d2"])
        if 1 <= day <= 31:
            return month, day, match.start(), match.end()
    return None


def parse_stamp(value: str, *, order: str | None = None) -> tuple[str, str | None] | None:
    """(ISO day, ISO instant or `None`) of a metadata value; `None` when it is no whole date or ambiguous.

    RFC 2822 dates of feeds and mail are read as well. The day is the one in the value's own zone.
    """
    value = value.strip()[:80]
    match = _ISO.match(value)
    if match is not None:
        day = _day(match["day"][:4], int(match["day"][5:7]), match["day"][8:10])
        if day is None:
            return None
        if match["time"] is None:
            return day, None
        zone = (match["zone"] or "").upper()
        zone = "+00:00" if zone in ("Z", "UTC", "GMT") else zone[:3] + ":" + zone[-2:] if zone else ""
        instant = f"{day}T{match['time'][1:]}{zone}"
        try:
            dt.datetime.fromisoformat(instant)
        except ValueError:  # an hour or a zone that no clock has; fractions of a second are read from Python 3.11 on
            return day, None
        return day, instant
    compact = _COMPACT.match(value)
    if compact is not None:
        day = _day(compact[1], int(compact[2]), compact[3])
        return (day, None) if day else None
    if re.match(r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{2}:\d{2}", value):
        from email.utils import parsedate_to_datetime

        try:
            stamp = parsedate_to_datetime(value)
        except (ArithmeticError, ValueError, TypeError):
            return None
        return stamp.date().isoformat(), stamp.isoformat()
    if re.fullmatch(r"\d{10}(?:\d{3})?", value):
        moment = dt.datetime.fromtimestamp(int(value[:10]), dt.UTC)
        return moment.date().isoformat(), moment.isoformat()
    found = next(find_dates(value, order=order), None)
    return (found.day, None) if found is not None and found.other is None else None
