"""Calendar arithmetic behind the time expressions: TIMEX3 values and the days they cover.

A TIMEX3 value ("2025-09", "2025-W36-WE", "1998-Q4", "199X") says what was written; the half-open interval of
days says what to compare. Both are made here and nowhere else, so that a value and its interval can't disagree.
Conventions, each a choice: weeks are ISO weeks (Monday first); a weekend is Saturday and Sunday; seasons are the
meteorological ones of the northern hemisphere, winter carrying the year in which it begins; "early", "mid" and
"late" are the thirds of the interval. Fiscal years have no interval: their bounds differ by country.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from communique.records import Grain

MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
SEASONS = {"SP": 3, "SU": 6, "FA": 9, "WI": 12}  # the month in which each begins
_EASTER_OFFSETS = {"easter": 0, "good friday": -2, "palm sunday": -7, "easter monday": 1, "ash wednesday": -46}

_VALUE = re.compile(
    r"^(?P<year>\d{4})(?:-(?:W(?P<week>\d\d)(?P<we>-WE)?|Q(?P<quarter>[1-4])|H(?P<half>[12])|(?P<season>SP|SU|FA|WI)"
    r"|(?P<month>\d\d)(?:-(?P<day>\d\d)(?P<time>T.*)?)?))?$"
)


def month_number(word: str) -> int:
    """1..12 from a month's name or abbreviation ("Sept.", "SEP", "march")."""
    head = word.lower().rstrip(".")[:3]
    return next(i for i, name in enumerate(MONTHS, 1) if name.startswith(head))


def weekday_number(word: str) -> int:
    """0 (Monday) .. 6 from a weekday's name or abbreviation."""
    head = word.lower()[:3]
    return next(i for i, name in enumerate(WEEKDAYS) if name.startswith(head))


def add_months(day: date, months: int) -> date:
    """The first day of the month that lies `months` after the day's month."""
    index = day.year * 12 + day.month - 1 + months
    return date(index // 12, index % 12 + 1, 1)


def make_date(year: int, month: int, day: int) -> date | None:
    """The day, or `None` where the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def week_value(day: date) -> str:
    """The ISO week that holds the day: "2025-W36"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def month_value(day: date) -> str:
    """The month that holds the day: "2025-09"."""
    return f"{day.year:04d}-{day.month:02d}"


def quarter_value(year: int, quarter: int) -> str:
    """A quarter, counted over the end of the year: (2025, 0) is 2024-Q4."""
    index = year * 4 + quarter - 1
    return f"{index // 4:04d}-Q{index % 4 + 1}"


def season_of(day: date) -> tuple[int, int]:
    """(year, index into SP SU FA WI) of the season that holds the day."""
    if day.month < 3:
        return day.year - 1, 3
    return day.year, (day.month - 3) // 3


def easter(year: int) -> date:
    """Western Easter Sunday (the anonymous Gregorian algorithm)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holiday(name: str, year: int) -> date | None:
    """The day of a holiday that has one date wherever English news uses the name; `None` for an unknown name."""
    if name in _EASTER_OFFSETS:
        return easter(year) + timedelta(days=_EASTER_OFFSETS[name])
    fixed = {
        "christmas": (12, 25), "christmas day": (12, 25), "christmas eve": (12, 24), "new year's day": (1, 1),
        "new year's eve": (12, 31), "boxing day": (12, 26), "valentine's day": (2, 14), "halloween": (10, 31),
        "may day": (5, 1), "bastille day": (7, 14), "nowruz": (3, 21),
    }  # fmt: skip
    if name in fixed:
        return date(year, *fixed[name])
    if name.startswith("thanksgiving"):
        first = date(year, 11, 1)
        return first + timedelta(days=(3 - first.weekday()) % 7 + 21)
    return None


def interval(value: str) -> tuple[date, date, Grain] | None:
    """First day, the day after the last, and grain of a TIMEX3 date value; `None` for what covers no known days."""
    if re.fullmatch(r"\d{3}X?", value):
        year = int(value[:3]) * 10
        return _span_years(year, 10, "decade")
    if re.fullmatch(r"\d{2}(XX)?", value):
        return _span_years(int(value[:2]) * 100, 100, "century")
    found = _VALUE.match(value)
    if found is None:
        return None
    year = int(found["year"])
    if not 1 <= year <= 9990:
        return None
    try:
        return _resolved(found, year)
    except ValueError:
        return None


def _span_years(year: int, length: int, grain: Grain) -> tuple[date, date, Grain] | None:
    if year < 1:
        return None
    return date(year, 1, 1), date(year + length, 1, 1), grain


def _resolved(found: re.Match[str], year: int) -> tuple[date, date, Grain]:
    if found["week"]:
        monday = date.fromisocalendar(year, int(found["week"]), 1)
        if found["we"]:
            return monday + timedelta(days=5), monday + timedelta(days=7), "period"
        return monday, monday + timedelta(days=7), "week"
    if found["quarter"]:
        first = date(year, int(found["quarter"]) * 3 - 2, 1)
        return first, add_months(first, 3), "quarter"
    if found["half"]:
        first = date(year, int(found["half"]) * 6 - 5, 1)
        return first, add_months(first, 6), "period"
    if found["season"]:
        first = date(year, SEASONS[found["season"]], 1)
        return first, add_months(first, 3), "season"
    if found["day"]:
        day = date(year, int(found["month"]), int(found["day"]))
        return day, day + timedelta(days=1), "hour" if re.search(r"T\d", value_time(found)) else "day"
    if found["month"]:
        first = date(year, int(found["month"]), 1)
        return first, add_months(first, 1), "month"
    return date(year, 1, 1), date(year + 1, 1, 1), "year"


def value_time(found: re.Match[str]) -> str:
    """The time part of a value ("T09:00", "TMO"), or nothing."""
    return found["time"] or ""


def narrow(start: date, end: date, mod: str | None) -> tuple[date, date]:
    """The third of an interval that START, MID or END names; a day stays a day, other mods change nothing."""
    days = (end - start).days
    if mod not in ("START", "MID", "END") or days < 3:
        return start, end
    third = days // 3
    first, second = start + timedelta(days=third), end - timedelta(days=third)
    if mod == "START":
        return start, first
    return (first, second) if mod == "MID" else (second, end)
