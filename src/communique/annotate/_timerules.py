"""The grammar of time expressions: what is matched, and how each match reads in its context.

Each rule is a name, a pattern and a reader. A reader gets the match and the `Context` (anchor day, tense at the
match, the last date told) and returns a `Reading`, or `None` when the words are no time after all ("May" the
verb, "2000 people"). The value follows TIMEX3; a part that is not known stays X ("XXXX-09-15"), it is never
filled from anywhere but the document. In the manner of HeidelTime's rules; none of them was taken over.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, NamedTuple

from communique.annotate import _calendar as cal
from communique.records import WhenBasis

TimeType = Literal["DATE", "TIME", "DURATION", "SET"]


class Reading(NamedTuple):
    """What a match stands for. `days` overrides the interval that follows from the value."""

    type: TimeType
    value: str
    mod: str | None = None
    basis: WhenBasis = "relative"
    days: tuple[date, date | None] | None = None
    open: bool = False  # a value with no interval of its own (fiscal years, vague references)


class Context(NamedTuple):
    """Where a match stands: the anchor day (`None` unknown), whether it's exact to the day, the direction of the
    governing verb (-1 past, +1 future, 0 not told), and the last date told in the text (value, first, after)."""

    text: str
    anchor: date | None
    exact: bool
    direction: int
    last: tuple[str, date, date] | None
    quarter: str | None = None  # the quarter told shortly before, which "a year earlier" compares with


Reader = Callable[[re.Match[str], Context], Reading | None]

_NUMBERS = {
    word: n
    for n, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
    )
} | {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
     "hundred": 100, "a": 1, "an": 1, "another": 1, "dozen": 12, "couple": 2}  # fmt: skip
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_CENTURY_WORDS = {
    "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "twenty-first": 21,
}  # fmt: skip
_DECADE_WORDS = {"twenties": 20, "thirties": 30, "forties": 40, "fifties": 50, "sixties": 60, "seventies": 70,
                 "eighties": 80, "nineties": 90}  # fmt: skip
_UNIT_CODES = {"second": "S", "minute": "M", "hour": "H", "day": "D", "night": "D", "week": "W", "fortnight": "W",
               "weekend": "WE", "month": "M", "quarter": "Q", "year": "Y", "decade": "Y", "century": "Y",
               "centurie": "Y"}  # fmt: skip

_MONTH = (
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December|"
    r"JANUARY|FEBRUARY|MARCH|APRIL|MAY|JUNE|JULY|AUGUST|SEPTEMBER|OCTOBER|NOVEMBER|DECEMBER)\b|"
    r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|SEPT)\b\.?)"
)
_DAYNAME = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|(?:MON|TUES|WEDNES|THURS|FRI|SATUR|SUN)DAY"
_DAYABBR = rf"(?:{_DAYNAME}|(?:Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?)"
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d|[.,]\d{1,2}\b|:\d|\s?%)"
_YEAR = r"(?:1[0-9]|20)\d\d"
_NUM1 = (
    r"(?i:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    r"eighteen|nineteen|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:[- ](?:one|two|three|four|five|six|"
    r"seven|eight|nine))?|(?:a|one)\s+hundred|(?:a\s+)?dozen|(?:a\s+)?couple(?:\s+of)?)"
)
_NUM = rf"(?:\d{{1,3}}(?:,\d{{3}})*(?:\.\d+)?(?:\s?1/2)?|{_NUM1})"
_VAGUE = r"(?i:several|(?:a\s+)?few|some|many|a\s+number\s+of|dozens\s+of|scores\s+of|a\s+matter\s+of)"
_UNIT = r"(?i:second|minute|hour|day|night|week|fortnight|weekend|month|quarter|year|decade|centur(?:y|ie))"
_BIG = r"(?i:day|week|month|quarter|year|decade|century)"
_PARTS = {"morning": "MO", "afternoon": "AF", "evening": "EV", "night": "NI", "nights": "NI", "dawn": "MO",
          "noon": "12:00", "midday": "12:00", "midnight": "24:00"}  # fmt: skip
_PART = r"(?i:morning|afternoon|evening|night|noon|midday|midnight|dawn)"
_EARLY = r"(?i:early|late|mid|mid-to-late|late\s+in|early\s+in|middle\s+of|(?:the\s+)?(?:beginning|start|middle|end|close)\s+of)"
_CLOCK = (
    r"(?:(?:[01]?\d|2[0-4])(?::[0-5]\d){0,2}\s?(?i:a\.?m\.?|p\.?m\.?)(?![a-z])|(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?!\d|\s?%)|"
    r"(?:[01]\d|2[0-4])[0-5]\d(?=\s?(?:GMT|UTC|hrs|hours|local|Z\b))|(?i:noon|midday|midnight)\b)"
    r"(?:\s?\(?(?:GMT|UTC|EST|EDT|CST|CDT|MST|MDT|PST|PDT|ET|CET|CEST|BST|KST|JST|IST|(?i:local\s+time)|Z\b)\)?)?"
)
_MODS = (
    r"(?i:at\s+least|less\s+than|more\s+than|no\s+more\s+than|no\s+less\s+than|fewer\s+than|nearly|almost|up\s+to|"
    r"over|about|around|roughly|approximately|some|only)"
)


def number(words: str) -> float | None:
    """The number that digits or words give; `None` when they give no exact one ("several")."""
    text = words.lower().replace(",", "").strip()
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    total = 0
    for part in re.split(r"[-\s]+", text.removesuffix(" of")):
        if part not in _NUMBERS:
            return None
        total = total * 100 if part == "hundred" and total else total + (_NUMBERS[part] if part != "a" or total == 0 else 0)
        if part == "a" and text != "a":
            total = 0
        if part == "hundred" and total == 0:
            total = 100
    return float(total)


def duration(count: str, unit: str) -> str:
    """The TIMEX3 duration: ("two", "week") is P2W; an inexact count is X."""
    name = unit.lower().rstrip("s")
    size = number(count)
    factor = {"decade": 10, "century": 100, "centurie": 100, "fortnight": 2}.get(name, 1)
    shown = "X" if size is None else f"{size * factor:g}"
    if size is None and factor > 1:
        shown = "XX" if factor == 100 else "X0" if factor == 10 else "X"
        shown = "X"
    clock = "T" if name in ("second", "minute", "hour") else ""
    return f"P{clock}{shown}{_UNIT_CODES[name]}"


def modifier(words: str | None) -> str | None:
    """The TIMEX3 mod that a hedge stands for."""
    text = " ".join((words or "").lower().split())
    if text in ("at least", "no less than"):
        return "EQUAL_OR_MORE"
    if text in ("less than", "fewer than", "nearly", "almost"):
        return "LESS_THAN" if "than" in text else "APPROX"
    if text in ("more than", "over"):
        return "MORE_THAN"
    if text in ("no more than", "up to"):
        return "EQUAL_OR_LESS"
    if text in ("about", "around", "roughly", "approximately", "some"):
        return "APPROX"
    return _third(text)


def _third(text: str) -> str | None:
    if "early" in text or "beginning" in text or "start" in text:
        return "START"
    if "mid" in text:
        return "MID"
    if "late" in text or "end" in text or "close" in text:
        return "END"
    return None


# --- choosing a year, a month, a week ----------------------------------------------------------------


def nearest_year(ctx: Context, month: int, day: int | None) -> int | None:
    """The year of a bare month or day-month: by the tense where it tells, else the one nearest to the anchor."""
    if ctx.anchor is None:
        return None
    anchor, options = ctx.anchor, []
    close = 21 if day else 0  # a day-month this near is the one meant, whatever the tense
    for year in (ctx.anchor.year - 1, ctx.anchor.year, ctx.anchor.year + 1):
        first = cal.make_date(year, month, day or 1)
        if first is None:
            continue
        after = first + timedelta(days=1) if day else cal.add_months(first, 1)
        wrong = ctx.direction < 0 and first > anchor or ctx.direction > 0 and after <= anchor
        if wrong and abs((first - anchor).days) > close:
            continue
        options.append((abs((first + (after - first) / 2 - anchor).days), year))
    return min(options)[1] if options else None


def weekday_date(ctx: Context, number_of_day: int, word: str) -> date | None:
    """The day a bare or "last/next/this" weekday names; the anchor's own day is today unless "last" or "next"."""
    if ctx.anchor is None or not ctx.exact:
        return None
    back = (ctx.anchor.weekday() - number_of_day) % 7
    ahead = -back % 7
    if word in ("last", "past", "previous"):
        return ctx.anchor - timedelta(days=back or 7)
    if word in ("next", "coming", "following", "this coming"):
        return ctx.anchor + timedelta(days=ahead or 7)
    if word == "this past":
        return ctx.anchor - timedelta(days=back or 7)
    if ctx.direction > 0:
        return ctx.anchor + timedelta(days=ahead)
    return ctx.anchor - timedelta(days=back)


def _with_part(day: date, part: str | None) -> Reading:
    if not part:
        return Reading("DATE", day.isoformat())
    code = _PARTS[part.lower()]
    return Reading("TIME" if ":" in code else "TIME", f"{day.isoformat()}T{code}")


def _clock(words: str) -> str:
    text = words.lower().strip()
    if text.startswith(("noon", "midday")):
        return "T12:00"
    if text.startswith("midnight"):
        return "T24:00"
    found = re.match(r"(\d{1,2}):?(\d\d)?(?::\d\d)?\s?(a|p)?", text)
    assert found is not None
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0) if found[3] else int(found[1])
    return f"T{hour:02d}:{found[2] or '00'}"


def _year_of(words: str) -> int:
    return int(re.sub(r"\D", "", words)[:4])


# --- readers -----------------------------------------------------------------------------------------


def _iso(m: re.Match[str], ctx: Context) -> Reading | None:
    day = cal.make_date(int(m["y"]), int(m["m"]), int(m["d"]))
    return day and Reading("DATE", day.isoformat(), basis="stated")


def _slash(m: re.Match[str], ctx: Context) -> Reading | None:
    first, second, year = int(m["a"]), int(m["b"]), int(m["y"])
    year += (1900 if year > 50 else 2000) if year < 100 else 0
    if (first > 12) == (second > 12) and first != second:  # 03/04/2025 is two different days on two continents
        return None
    month, day = (second, first) if first > 12 else (first, second)
    found = cal.make_date(year, month, day)
    return found and Reading("DATE", found.isoformat(), basis="stated")


def _full_date(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    month, day = cal.month_number(groups["month"]), int(re.sub(r"\D", "", groups["day"]))
    clock = groups.get("clock") or groups.get("clock2")
    year, basis = _full_year(groups, month, day, ctx)
    if year is None:
        return Reading("DATE", f"XXXX-{month:02d}-{day:02d}", basis="unknown") if cal.make_date(2024, month, day) else None
    found = cal.make_date(year, month, day)
    if found is None:
        return None
    value = found.isoformat()
    if clock:
        return Reading("TIME", value + _clock(clock), basis=basis)
    if groups.get("part"):
        return Reading("TIME", f"{value}T{_PARTS[groups['part'].lower()]}", basis=basis)
    return Reading("DATE", value, modifier(groups.get("mod")), basis)


def _full_year(groups: dict[str, str | None], month: int, day: int, ctx: Context) -> tuple[int | None, WhenBasis]:
    if groups.get("year"):
        return _year_of(groups["year"] or ""), "stated"
    if ctx.anchor is None and ctx.last is not None:
        first, after = ctx.last[1], ctx.last[2]
        inside = cal.make_date(first.year, month, day)
        if inside is not None and (after - first).days <= 31 and first <= inside < after:
            return first.year, "inherited"
    return nearest_year(ctx, month, day), "relative"


def _day_range(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    month = cal.month_number(groups["month"])
    month2 = cal.month_number(groups["month2"]) if groups.get("month2") else month
    year = _year_of(groups["year"]) if groups["year"] else nearest_year(ctx, month, int(re.sub(r"\D", "", groups["day"])))
    basis: WhenBasis = "stated" if groups["year"] else "relative"
    one, two = int(re.sub(r"\D", "", groups["day"])), int(re.sub(r"\D", "", groups["day2"]))
    if year is None:
        return Reading("DATE", f"XXXX-{month:02d}-{one:02d}/XXXX-{month2:02d}-{two:02d}", basis="unknown")
    year1 = year - 1 if month2 < month and groups["year"] else year
    first = cal.make_date(year1, month, one)
    last = cal.make_date(year1 + (month2 < month), month2, two)
    if first is None or last is None or last <= first:
        return None
    return Reading("DATE", f"{first}/{last}", basis=basis, days=(first, last + timedelta(days=1)))


def _month_range(m: re.Match[str], ctx: Context) -> Reading | None:
    one, two = cal.month_number(m["month"]), cal.month_number(m["month2"])
    year = _year_of(m["year"])
    first, last = date(year - (two < one), one, 1), date(year, two, 1)
    return Reading("DATE", f"{cal.month_value(first)}/{cal.month_value(last)}", basis="stated", days=(first, cal.add_months(last, 1)))


def _year_range(m: re.Match[str], ctx: Context) -> Reading | None:
    first = int(m["a"])
    last = int(m["b"]) if len(m["b"]) == 4 else first // 100 * 100 + int(m["b"])
    if not first < last <= first + 150 or first < 1000:
        return None
    return Reading("DATE", f"{first}/{last}", basis="stated", days=(date(first, 1, 1), date(last + 1, 1, 1)))


def _month_year(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading("DATE", f"{_year_of(m['year']):04d}-{cal.month_number(m['month']):02d}", modifier(m["mod"]), "stated")


_MONTH_LEADS = re.compile(
    r"\b(?:in|since|last|until|till|by|next|this|early|late|mid|of|from|to|between|and|through|before|after|during|for|"
    r"or|past|previous|around|as|-|end|beginning)[\s-]+$", re.IGNORECASE,
)  # fmt: skip


def _month_alone(m: re.Match[str], ctx: Context) -> Reading | None:
    word = " ".join((m["rel"] or "").lower().split())
    name = m["month"]
    loose = name.rstrip(".").lower() in ("may", "march", "mar", "jan", "sep", "april", "june", "august")
    if loose and not word and not m["mod"]:
        before = ctx.text[max(0, m.start() - 14) : m.start()]
        after = ctx.text[m.end() : m.end() + 24]
        if not _MONTH_LEADS.search(before) or (re.match(r"\s+(?!Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][a-z]+\b(?!,)", after) and name != "March"):
            return None
    month = cal.month_number(name)
    anchor = ctx.anchor
    if anchor is None:
        return Reading("DATE", f"XXXX-{month:02d}", modifier(m["mod"]), "unknown")
    if word in ("last", "past", "previous", "this past"):
        year: int | None = anchor.year - (month >= anchor.month)
    elif word in ("next", "coming", "following", "this coming"):
        year = anchor.year + (month <= anchor.month)
    elif word == "this":
        year = anchor.year
    else:
        year = nearest_year(ctx, month, None)
    return None if year is None else Reading("DATE", f"{year}-{month:02d}", modifier(m["mod"]))


def _month_of_year(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.anchor is None:
        return None
    year = ctx.anchor.year + _STEP[m["rel"].lower()]
    return Reading("DATE", f"{year}-{cal.month_number(m['month']):02d}", modifier(m["mod"]))


_STEP = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1, "following": 1, "this": 0, "same": 0,
         "current": 0, "the previous": -1}  # fmt: skip


def _weekday(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    word = " ".join((groups["rel"] or "").lower().removeprefix("the ").split())
    before = ctx.text[max(0, m.start() - 9) : m.start()]
    if re.search(r"(?:Black|Good|Bloody|Palm|Easter|Super|Ash|Cyber|Holy)\s$", before):
        return None
    day = weekday_date(ctx, cal.weekday_number(groups["weekday"]), word)
    if groups.get("week") and ctx.anchor is not None and ctx.exact:
        monday = ctx.anchor - timedelta(days=ctx.anchor.weekday() - 7 * _STEP[groups["week"].lower()])
        day = monday + timedelta(days=cal.weekday_number(groups["weekday"]))
    if word in ("following", "previous") and ctx.last is not None and ctx.last[1] != ctx.anchor:
        day = weekday_date(ctx._replace(anchor=ctx.last[1], exact=True), cal.weekday_number(groups["weekday"]), word)
    if day is None:
        return Reading("DATE", f"XXXX-WXX-{cal.weekday_number(groups['weekday']) + 1}", basis="unknown")
    clock = groups.get("clock") or groups.get("clock2")
    if clock:
        return Reading("TIME", day.isoformat() + _clock(clock))
    reading = _with_part(day, groups["part"])
    return reading._replace(mod=modifier(groups["mod"]))


def _weekday_range(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.anchor is None or not ctx.exact:
        return None
    one, two = cal.weekday_number(m["a"]), cal.weekday_number(m["b"])
    if ctx.direction > 0:
        first = weekday_date(ctx, one, "")
        last = first + timedelta(days=(two - one) % 7) if first else None
    else:
        last = weekday_date(ctx, two, "")
        first = last - timedelta(days=(two - one) % 7) if last else None
    if first is None or last is None or last <= first:
        return None
    return Reading("DATE", f"{first}/{last}", days=(first, last + timedelta(days=1)))


_COUNTED = re.compile(
    r"\s+(?:[a-z]+\s)?(?:people|troops|soldiers|jobs|dollars|euros|tons|tonnes|miles|kilometers|kilometres|meters|metres|"
    r"pounds|men|women|children|workers|employees|members|students|homes|houses|shares|points|cases|votes|feet|acres|"
    r"barrels|megawatts|refugees|migrants|prisoners|protesters|demonstrators|delegates|aircraft|deaths|rounds)\b"
)


def _year(m: re.Match[str], ctx: Context) -> Reading | None:
    year = int(m["year"])
    before, after = ctx.text[max(0, m.start() - 16) : m.start()], ctx.text[m.end() : m.end() + 30]
    if re.search(r"(?:[$£€¥#\w.,/-]|\bNo\.?\s|\bResolution\s|\bFlight\s|\bHighway\s|\bRoute\s)$", before) and not re.search(r"\w[,.]\s?$|-\s?$", before):
        return None
    if re.search(r"[\d$£€.]$|\d,$", before) or re.match(r"\d|[.,/:]\d|\s?%|\s?(?:million|billion|GMT|UTC|hours)|-\w", after):
        return None
    if _COUNTED.match(after):
        return None
    leads = re.search(r"\b(?:in|since|by|of|until|till|from|to|between|and|through|during|before|after|around|year)\s+(?:the\s+)?(?:year\s+)?$", before, re.I)
    if not 1900 <= year <= 2069 and not (leads and 1000 <= year < 2100 and not re.match(r"\s+[a-z]+s\b", after)):
        return None
    word = (m["mod"] or "").strip()
    return Reading("DATE", str(year), modifier(word), "stated")


def _fiscal(m: re.Match[str], ctx: Context) -> Reading | None:
    text = m["year"]
    year = int(text) if len(text) == 4 else 2000 + int(text)
    return Reading("DATE", f"FY{year}", modifier(m["mod"]), "stated", open=True)


def _decade(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["decade"].lower().strip("'s").strip("'")
    if word + "s" in _DECADE_WORDS or m["decade"].lower() in _DECADE_WORDS:
        digits = f"19{_DECADE_WORDS[m['decade'].lower()] // 10}"
    else:
        digits = word[:3] if len(word) == 4 else ("20" if word[0] in "012" else "19") + word[0]
    return Reading("DATE", f"{digits}X", modifier(m["mod"]), "stated")


def _century(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["n"].lower()
    size = _CENTURY_WORDS.get(word) or int(re.sub(r"\D", "", word) or 0)
    return Reading("DATE", f"{size - 1:02d}XX", modifier(m["mod"]), "stated") if 1 < size < 23 else None


def _quarter(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    index = _ORDINALS.get((groups.get("nth") or "").lower()) or int(groups.get("q") or 0)
    if not 1 <= index <= 4:
        return None
    half = (groups.get("unit") or "").lower() == "half"
    if half and index > 2:
        return None
    stated = groups.get("year") or groups.get("year2")
    if stated:
        year: int | None = _year_of(stated)
    elif groups.get("rel") and ctx.anchor:
        year = ctx.anchor.year + _STEP[groups["rel"].lower()]
    else:
        year = _part_year(ctx, index, 2 if half else 4)
    if year is None:
        return Reading("DATE", f"XXXX-{'H' if half else 'Q'}{index}", basis="unknown")
    value = f"{year}-{'H' if half else 'Q'}{index}"
    return Reading("DATE", value, modifier(groups.get("mod")), "stated" if stated else "relative")


def _part_year(ctx: Context, index: int, parts: int) -> int | None:
    if ctx.anchor is None:
        return None
    size = 12 // parts
    step = index - ((ctx.anchor.month - 1) // size + 1)
    if step > parts // 2 or step > 0 > ctx.direction:
        return ctx.anchor.year - 1
    return ctx.anchor.year + (step < -(parts // 2))


def _season(m: re.Match[str], ctx: Context) -> Reading | None:
    code = {"spring": "SP", "summer": "SU", "fall": "FA", "autumn": "FA", "winter": "WI"}[m["season"].lower()]
    word = " ".join((m["rel"] or "").lower().split())
    if m["year"]:
        return Reading("DATE", f"{_year_of(m['year'])}-{code}", modifier(m["mod"]), "stated")
    if ctx.anchor is None:
        return Reading("DATE", f"XXXX-{code}", modifier(m["mod"]), "unknown")
    year, index = cal.season_of(ctx.anchor)
    wanted = ("SP", "SU", "FA", "WI").index(code)
    if word in ("last", "this past", "past"):
        year -= wanted >= index
    elif word in ("next", "this coming", "coming"):
        year += wanted <= index
    elif word != "this":
        if not word and not re.search(r"\b(?:in|during|since|until|by|before|after|through)\s(?:the\s)?$", ctx.text[max(0, m.start() - 12) : m.start()]):
            return None
        year += (wanted < index) if ctx.direction > 0 else -(wanted > index)
    return Reading("DATE", f"{year}-{code}", modifier(m["mod"]))


def _shift_unit(anchor: date, unit: str, steps: int) -> str:
    """The value of the unit that lies `steps` from the one which holds the anchor."""
    if unit == "day":
        return (anchor + timedelta(days=steps)).isoformat()
    if unit in ("week", "weekend"):
        return cal.week_value(anchor + timedelta(days=7 * steps)) + ("-WE" if unit == "weekend" else "")
    if unit == "month":
        return cal.month_value(cal.add_months(anchor, steps))
    if unit == "quarter":
        return cal.quarter_value(anchor.year, (anchor.month - 1) // 3 + 1 + steps)
    if unit == "decade":
        return f"{anchor.year // 10 + steps}X"
    if unit == "century":
        return f"{anchor.year // 100 + steps}XX"
    return f"{anchor.year + steps:04d}"


def _relative_unit(m: re.Match[str], ctx: Context) -> Reading | None:
    unit = m["unit"].lower()
    word = " ".join(m["rel"].lower().removeprefix("the ").split())
    mod = modifier(m["mod"])
    base = ctx.anchor
    if word in ("following", "previous", "same", "preceding", "that") and ctx.last is not None:
        base = ctx.last[1]
    if base is None or (unit in ("day", "week") and base is ctx.anchor and not ctx.exact):
        return Reading("DATE", "XXXX", mod, "unknown", open=True)
    steps = {"last": -1, "past": -1, "previous": -1, "preceding": -1, "next": 1, "coming": 1, "following": 1}.get(word, 0)
    value = _shift_unit(base, unit, steps)
    if unit == "decade" and word in ("past", "last"):
        return Reading("DURATION", "P10Y", mod, days=(date(base.year - 10, 1, 1), base + timedelta(days=1)))
    shown = " ".join((m["mod"] or "").lower().split())
    if shown in ("earlier", "later") and ctx.anchor is not None:
        return _clipped(value, shown, ctx.anchor)
    return Reading("DATE", value, mod, "inherited" if base is not ctx.anchor else "relative")


def _clipped(value: str, word: str, anchor: date) -> Reading:
    """"Earlier this year" ends today, "later this year" begins today."""
    found = cal.interval(value)
    mod = "START" if word == "earlier" else "END"
    if found is None:
        return Reading("DATE", value, mod, open=True)
    start, end, _ = found
    tomorrow = anchor + timedelta(days=1)
    if word == "earlier" and start < tomorrow <= end:
        return Reading("DATE", value, mod, days=(start, tomorrow))
    return Reading("DATE", value, mod, days=(anchor, end) if word == "later" and start <= anchor < end else (start, end))


def _weekend(m: re.Match[str], ctx: Context) -> Reading | None:
    word = " ".join((m["rel"] or "").lower().split())
    if ctx.anchor is None or not ctx.exact:
        return Reading("DATE", "XXXX-WXX-WE", basis="unknown")
    day = ctx.anchor.weekday()
    if word in ("last", "past", "previous", "this past"):
        steps = -1
    elif word in ("next", "following"):
        steps = 1
    elif word in ("this", "this coming", "coming") or ctx.direction > 0 or day >= 5:
        steps = -1 if word == "this" and ctx.direction < 0 and day < 3 else 0
    else:
        steps = -1
    return Reading("DATE", _shift_unit(ctx.anchor, "weekend", steps))


def _end_of(m: re.Match[str], ctx: Context) -> Reading | None:
    """"The end of the month", "the start of next year", "year-end"."""
    if ctx.anchor is None:
        return None
    if m["unit"].lower() == "year" and "-" in m[0]:
        return Reading("DATE", f"{ctx.anchor.year - (ctx.direction < 0)}-12-31")
    word = (m["rel"] or "").lower()
    value = _shift_unit(ctx.anchor, m["unit"].lower(), _STEP.get(word, 0))
    return Reading("DATE", value, modifier(m["mod"]))


def _counted_relative(m: re.Match[str], ctx: Context) -> Reading | None:
    """"The past two months", "the next few days": durations that touch the anchor."""
    word, unit = m["rel"].lower(), m["unit"].lower().rstrip("s")
    count = m["n"] or "several"
    value = duration(count, unit)
    size = number(count)
    days = _reach(ctx.anchor, unit, size, word in ("next", "coming", "following")) if size and ctx.anchor else None
    return Reading("DURATION", value, modifier(m["hedge"]) or ("APPROX" if "couple" in count else None), days=days)


def _reach(anchor: date, unit: str, size: float, ahead: bool) -> tuple[date, date | None] | None:
    steps = int(size) if ahead else -int(size)
    other = _moved(anchor, unit, steps)
    if other is None or other == anchor:
        return None
    return (anchor, other) if ahead else (other, anchor + timedelta(days=1))


def _moved(day: date, unit: str, steps: int) -> date | None:
    """The day `steps` units away: years and months keep the day of the month where they can."""
    name = unit.lower().rstrip("s")
    if name in ("day", "night", "hour", "week", "fortnight"):
        size = {"week": 7, "fortnight": 14, "hour": 0}.get(name, 1)
        return day + timedelta(days=steps * size)
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}.get(name)
    if months is None:
        return None
    try:
        first = cal.add_months(day, steps * months)
    except ValueError:
        return None
    return cal.make_date(first.year, first.month, day.day) or cal.add_months(first, 1) - timedelta(days=1)


def _ago(m: re.Match[str], ctx: Context) -> Reading | None:
    unit = m["unit"].lower().rstrip("s")
    word = " ".join(m["dir"].lower().split())
    size = number(m["n"])
    narrative = word in ("earlier", "later", "before", "after", "prior", "previously")
    if size is None:
        vague = "PAST_REF" if word in ("ago", "earlier", "before", "previously", "prior") else "FUTURE_REF"
        return Reading("DATE", vague, open=True)
    steps = int(size) if word in ("later", "from now", "hence", "after") else -int(size)
    base, grain = ctx.anchor, unit
    if ctx.quarter is not None and unit == "year" and size == 1:
        return Reading("DATE", f"{int(ctx.quarter[:4]) + steps}{ctx.quarter[4:]}", basis="inherited")
    if narrative and ctx.last is not None:
        base, last_value = ctx.last[1], ctx.last[0]
        if unit == "year" and word == "earlier" and re.fullmatch(r"\d{4}-\d\d(-\d\d)?", last_value):
            grain = "month" if len(last_value) == 7 else "year"
    if base is None or (unit in ("day", "night") and base is ctx.anchor and not ctx.exact):
        return Reading("DATE", "XXXX", basis="unknown", open=True)
    other = _moved(base, unit, steps)
    if other is None or unit == "hour":
        return Reading("DATE", other.isoformat() if other else "PAST_REF", modifier(m["hedge"]), open=other is None)
    value = {"day": other.isoformat(), "night": other.isoformat(), "week": cal.week_value(other), "fortnight": cal.week_value(other),
             "month": cal.month_value(other), "quarter": cal.quarter_value(other.year, (other.month - 1) // 3 + 1),
             "decade": str(other.year)}.get(grain, str(other.year))  # fmt: skip
    return Reading("DATE", value, modifier(m["hedge"]), "relative" if base is ctx.anchor else "inherited")


def _year_earlier(m: re.Match[str], ctx: Context) -> Reading | None:
    """"The year-ago quarter": the last told quarter, a year back."""
    if ctx.quarter is not None:
        return Reading("DATE", f"{int(ctx.quarter[:4]) - 1}{ctx.quarter[4:]}", basis="inherited")
    return None if ctx.anchor is None else Reading("DATE", str(ctx.anchor.year - 1))


def _the_quarter(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.quarter is not None:
        return Reading("DATE", ctx.quarter, basis="inherited")
    return Reading("DATE", "XXXX-QX", basis="unknown", open=True)


def _told_day(m: re.Match[str], ctx: Context) -> Reading | None:
    """"That day", "the following day": leans on the last date told, never on the anchor."""
    if ctx.last is None or (ctx.last[2] - ctx.last[1]).days != 1:
        return Reading("DATE", "XXXX-XX-XX", basis="unknown", open=True)
    word = m["rel"].lower()
    steps = 1 if word in ("following", "next") else -1 if word in ("previous", "preceding") else 0
    return _with_part(ctx.last[1] + timedelta(days=steps), m.groupdict().get("part"))._replace(basis="inherited")


def _day_word(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["word"].lower()
    if ctx.anchor is None or not ctx.exact:
        return Reading("DATE", "PRESENT_REF" if word == "today" else "XXXX-XX-XX", basis="unknown", open=True)
    if word == "today" and re.match(r"'s\s(?:world|youth|society|standards|terms|global|young|generation|modern)", ctx.text[m.end("word") : m.end("word") + 14]):
        return Reading("DATE", "PRESENT_REF", basis="stated", open=True)
    steps = {"yesterday": -1, "tomorrow": 1}.get(word, 0)
    steps += {"before": -1, "after": 1}.get((m["step"] or "").lower(), 0)
    if m["clock"]:
        return Reading("TIME", (ctx.anchor + timedelta(days=steps)).isoformat() + _clock(m["clock"]))
    return _with_part(ctx.anchor + timedelta(days=steps), m["part"])._replace(mod=modifier(m["mod"]))


def _part_word(m: re.Match[str], ctx: Context) -> Reading | None:
    """"This morning", "last night", "tonight", "overnight"."""
    word = " ".join(m[0].lower().split())
    if ctx.anchor is None or not ctx.exact:
        return Reading("TIME", "XXXX-XX-XX", basis="unknown", open=True)
    last = word.startswith("last") or (word == "overnight" and ctx.direction <= 0)
    day = ctx.anchor - timedelta(days=1) if last else ctx.anchor
    part = next((p for p in _PARTS if word.endswith(p)), "night")
    return _with_part(day, part)


def _time_of_day(m: re.Match[str], ctx: Context) -> Reading | None:
    text = m[0].lower()
    if text.startswith(("noon", "midday", "midnight")) and not re.search(r"\b(?:at|by|until|before|after|around|since|about|from|till)\s$", ctx.text[max(0, m.start() - 8) : m.start()], re.I):
        return None
    if re.fullmatch(r"\d{1,2}:\d\d(?::\d\d)?", text) and not re.search(r"\b(?:at|by|until|before|after|around|about|from|till|to|since)\s$", ctx.text[max(0, m.start() - 8) : m.start()], re.I):
        return None
    day = ctx.anchor
    if ctx.last is not None and (ctx.last[2] - ctx.last[1]).days == 1:
        day = ctx.last[1]
    if day is None or (day is ctx.anchor and not ctx.exact):
        return Reading("TIME", "XXXX-XX-XX" + _clock(m[0]), basis="unknown", open=True)
    return Reading("TIME", day.isoformat() + _clock(m[0]), basis="relative" if day is ctx.anchor else "inherited")


def _holiday(m: re.Match[str], ctx: Context) -> Reading | None:
    name = " ".join(m["name"].lower().split())
    if m["year"]:
        found = cal.holiday(name, _year_of(m["year"]))
        return found and Reading("DATE", found.isoformat(), basis="stated")
    if ctx.anchor is None:
        return None
    days = [cal.holiday(name, ctx.anchor.year + step) for step in (-1, 0, 1)]
    known = [d for d in days if d is not None and (d <= ctx.anchor if ctx.direction < 0 else d >= ctx.anchor if ctx.direction > 0 else True)]
    if not known:
        return None
    anchor = ctx.anchor
    return Reading("DATE", min(known, key=lambda d: abs((d - anchor).days)).isoformat())


def _plain_duration(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    unit = groups["unit"]
    if re.match(r"[\s-]old\b|\sof age\b", ctx.text[m.end() : m.end() + 8]):
        return None  # an age is a fact of a person, no time of an event
    if re.fullmatch(r"an?", groups.get("n") or "", re.I) and not groups.get("hedge"):
        if unit.lower() == "quarter" or (re.search(r"(?:\d|[a-z]s|\bonce|\btwice)\s$", ctx.text[max(0, m.start() - 8) : m.start()]) and "-" not in m[0]):
            return None  # "358,000 a month" is a rate, "a quarter" a share
    return Reading("DURATION", duration(groups.get("n") or "several", unit), modifier(groups.get("hedge")), "stated", open=True)


def _bare_units(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading("DURATION", duration("several", m["unit"]), None, "stated", open=True)


def _set_word(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m[0].lower()
    if word == "daily" and re.match(r"\s[A-Z]", ctx.text[m.end() : m.end() + 2]) and m[0][0] == "D":
        return None  # "Daily News"
    codes = {"annual": "P1Y", "annually": "P1Y", "yearly": "P1Y", "monthly": "P1M", "weekly": "P1W", "daily": "P1D", "quarterly": "P3M",
             "hourly": "PT1H", "nightly": "P1D", "biennial": "P2Y", "biennially": "P2Y", "fortnightly": "P2W", "biannual": "P6M",
             "semiannual": "P6M", "semi-annual": "P6M", "bimonthly": "P2M", "biweekly": "P2W", "year-round": "P1Y",
             "year-on-year": "P1Y"}  # fmt: skip
    return Reading("SET", codes[word], None, "stated", open=True)


def _every(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    if groups.get("weekday"):
        part = f"T{_PARTS[groups['part'].lower()]}" if groups.get("part") else ""
        return Reading("SET", f"XXXX-WXX-{cal.weekday_number(groups['weekday']) + 1}{part}", "EVERY" if groups.get("each") else None, "stated", open=True)
    if groups.get("month"):
        return Reading("SET", f"XXXX-{cal.month_number(groups['month']):02d}", "EVERY", "stated", open=True)
    if groups.get("season"):
        code = {"spring": "SP", "summer": "SU", "fall": "FA", "autumn": "FA", "winter": "WI"}[groups["season"].lower()]
        return Reading("SET", f"XXXX-{code}", "EVERY", "stated", open=True)
    other = "two" if (groups.get("n") or "").lower() in ("other", "second") else groups.get("n") or "one"
    return Reading("SET", duration(other, groups["unit"]), None, "stated", open=True)


def _reference(value: str) -> Reader:
    def read(m: re.Match[str], ctx: Context) -> Reading | None:
        return Reading("DATE", value, basis="stated", open=True)

    return read


def _now(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.text[m.start() : m.end()].lower() == "current" and re.match(r"\s(?:account|affairs|events|accounts)\b", ctx.text[m.end() : m.end() + 10]):
        return None
    return Reading("DATE", "PRESENT_REF", basis="stated", open=True)


# --- the rules ---------------------------------------------------------------------------------------

_MOD = rf"(?:(?P<mod>{_EARLY}|(?i:earlier|later))[\s-]+)?"
_SEP = r"(?:\s?-\s?|\s+(?i:to|through|thru|until|till)\s+)"


@functools.cache
def rules() -> tuple[tuple[str, re.Pattern[str], Reader], ...]:
    """The grammar, compiled once: name, pattern, reader; earlier rules win over later ones of the same length."""
    rel = r"(?i:this\s+coming|this\s+past|last|past|next|this|coming|following|previous)"
    clock = rf"(?:(?:,?\s+(?:at\s+)?)(?P<clock2>{_CLOCK}))?"
    lead = rf"(?:(?P<clock>{_CLOCK})(?:\s+on|,)?\s+)?"
    the = r"(?:(?i:the)\s+)?"
    season = r"(?P<season>(?i:spring|summer|fall|autumn|winter))(?!\s(?:of\s(?!\d)|in\b|to\b|from\b|Olympic|Games))"
    source: list[tuple[str, str, Reader]] = [
        ("iso date", r"\b(?P<y>\d{4})[-/](?P<m>0?[1-9]|1[0-2])[-/](?P<d>0?[1-9]|[12]\d|3[01])\b(?!-)", _iso),
        ("slash date", r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d\d)(?![\d/])", _slash),
        ("day range", rf"\b(?P<month>{_MONTH})\s?(?P<day>{_DAY})(?:{_SEP}|\s?-\s?(?P<month2>{_MONTH})\s)(?P<day2>{_DAY})(?:,?\s+(?P<year>{_YEAR})\b)?", _day_range),
        ("day range", rf"\b(?P<day>{_DAY})(?:\s(?P<month2x>{_MONTH}))?{_SEP}(?P<day2>{_DAY})\s(?:of\s)?(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR})\b)?", _day_range),
        ("month range", rf"\b(?P<month>{_MONTH}){_SEP}(?P<month2>{_MONTH})\s+(?P<year>{_YEAR})\b", _month_range),
        ("year range", r"\b(?P<a>(?:1[89]|20)\d\d)\s?[-/]\s?(?P<b>(?:1[89]|20)\d\d|\d\d)\b(?![-/]\d)", _year_range),
        ("date", rf"{_MOD}{lead}(?:\b{_DAYABBR},?\s+(?P<part>{_PART})?,?\s*)?\b(?P<month>{_MONTH})\s?(?:(?i:the)\s)?(?P<day>{_DAY})(?:,?\s+(?P<year>{_YEAR})\b(?!\s+(?:people|troops)))?{clock}", _full_date),
        ("date", rf"{_MOD}{lead}(?:\b{_DAYABBR},?\s+)?(?:the\s)?\b(?P<day>{_DAY})(?:\s|-)(?:day\s)?(?:of\s)?(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR})\b)?{clock}", _full_date),
        ("date in words", rf"(?:this\scoming\s)?(?:\b{_DAYNAME}),?\s+(?P<month>{_MONTH})\s(?P<dayword>[a-z]+)\b", _worded_date),
        ("month and year", rf"{_MOD}\b(?P<month>{_MONTH})(?:\s?,|\s+of)?\s+(?P<year>{_YEAR})\b", _month_year),
        ("month of a relative year", rf"{_MOD}\b(?P<month>{_MONTH})(?:\s+of)?\s+(?:the\s)?(?P<rel>last|next|this|previous|following)\s+year\b", _month_of_year),
        ("month", rf"{_MOD}(?:\b(?P<rel>{rel})\s+)?\b(?P<month>{_MONTH})(?!\s?\d)", _month_alone),
        ("weekday", rf"{_MOD}{lead}(?:\b(?P<rel>(?:the\s)?{rel})\s+)?\b(?P<weekday>{_DAYNAME})\b(?:\s+(?P<part>{_PART})\b)?{clock}(?:\s+(?P<week>(?i:last|next|this))\s+week\b)?", _weekday),
        ("part of weekday", rf"\b(?P<mod>)(?P<rel>)(?P<part>{_PART})\s(?:of|on)\s(?P<weekday>{_DAYNAME})\b", _weekday),
        ("weekdays", rf"\b(?P<a>{_DAYNAME}){_SEP}(?P<b>{_DAYNAME})\b", _weekday_range),
        ("fiscal year", r"\b(?P<mod>)(?i:the\s)?(?i:fiscal(?:\s+year)?|financial\s+year|FY)[\s-]?(?P<year>(?:19|20)\d\d|\d\d)\b", _fiscal),
        ("decade", rf"{the}{_MOD}(?:\b|(?='))'?(?P<decade>(?:1[5-9]|20)\d0'?s\b|(?<=')[2-9]0'?s\b|(?i:(?<=the\s)(?:twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)))", _decade),
        ("century", rf"{the}{_MOD}\b(?P<n>\d\d?(?:th|st|nd|rd)|(?i:{'|'.join(_CENTURY_WORDS)}))[\s-](?i:century)\b", _century),
        ("quarter", rf"{the}{_MOD}(?:(?P<year>{_YEAR})(?:'s)?\s|(?P<rel>(?i:this|last|next))\syear's\s)?(?:(?i:fiscal|flat)\s)?\b(?P<nth>(?i:first|second|third|fourth|1st|2nd|3rd|4th))[\s-](?P<unit>(?i:quarter|half))\b(?!\s+of\s+(?:the\s)?(?:game|match|\w+\scentury))(?:\s+(?:of\s+)?(?:(?i:fiscal\s)?(?P<year2>{_YEAR})\b|(?:of\s)?(?:this|the)\syear\b))?", _quarter),
        ("quarter", rf"\b(?:Q(?P<q>[1-4])\s?(?:of\s)?(?P<year>{_YEAR})|(?P<year2>{_YEAR})\s?Q[1-4])\b", _quarter),
        ("season", rf"{the}{_MOD}(?:\b(?P<rel>{rel})\s)?\b{season}\b(?:\s+(?:of\s+)?(?P<year>{_YEAR})\b)?", _season),
        ("relative unit", rf"{_MOD}\b(?P<rel>(?:the\s)?(?i:last|past|previous|preceding|next|coming|following|this|current|same|that))\s+(?:fiscal\s|calendar\s)?(?P<unit>{_BIG})\b(?!-)(?!\s(?:or\stwo))", _relative_unit),
        ("weekend", rf"\b(?:(?P<rel>{rel})|the)\s+(?i:weekend)\b", _weekend),
        ("end of unit", r"(?P<mod>(?i:(?:the\s)?(?:end|beginning|start|middle|close)\sof))\s(?:the\s)?(?:(?P<rel>(?i:last|next|this))\s)?(?P<unit>(?i:week|month|quarter|year|decade|century))\b", _end_of),
        ("end of unit", r"\b(?P<unit>(?i:year|month))[\s-](?P<mod>(?i:end))(?P<rel>)\b", _end_of),
        ("counted relative", rf"(?:(?i:each|all)\s(?:of\s)?)?{the}\b(?P<rel>(?i:last|past|next|coming|following|previous))\s+(?:(?P<hedge>{_MODS})\s)?(?P<n>{_NUM}|{_VAGUE}(?:\s+of)?)[\s-]+(?P<unit>{_UNIT})s?\b(?!-)", _counted_relative),
        ("ago", rf"(?:\b(?P<hedge>{_MODS})\s)?\b(?P<n>{_NUM}|{_VAGUE}|(?i:an?))\s+(?P<unit>{_UNIT})s?\s+(?:or\s(?:so|two)\s)?(?P<dir>(?i:ago|earlier|later|before\b(?!\s\w)|previously|from\snow|hence|prior\b(?!\sto)))", _ago),
        ("units ago", r"\b(?P<unit>(?i:day|week|month|year|decade))s\s(?i:ago|earlier)\b", _bare_units),
        ("year earlier", r"\b(?i:the\s)?(?:(?i:comparable)\s)?(?i:year)-(?i:ago|earlier)\b(?:\s(?i:quarter|period|half))?", _year_earlier),
        ("the quarter", r"\b(?i:the|that|the\ssame|the\slatest)\s(?i:quarter)\b(?!\s(?i:of|final))", _the_quarter),
        ("that day", rf"\b(?i:that|the\ssame|the)\s(?P<rel>(?i:following|next|previous|preceding|same)?)\s?(?P<unit>(?i:day))\b(?:\s(?P<part>{_PART}))?(?<!\bthe\sday)", _told_day),
        ("day word", rf"(?:(?i:the\sday)\s(?P<step>(?i:before|after))\s)?(?:\b(?P<mod>(?i:early|late|earlier|later))\s)?\b(?P<word>(?i:today|yesterday|tomorrow))\b(?:\s(?P<part>{_PART})\b)?(?:\s(?:at\s)?(?P<clock>{_CLOCK}))?", _day_word),
        ("part of day", rf"\b(?:(?i:this|mid|early|late)[\s-]{_PART}|(?i:last)\s(?i:night|evening)|(?i:tonight|overnight))\b", _part_word),
        ("time of day", rf"(?<![\d:.$])\b{_CLOCK}(?![\w:])", _time_of_day),
        ("holiday", rf"\b(?P<name>Christmas(?:\sDay|\sEve)?|New\sYear's\s(?:Day|Eve)|Thanksgiving(?:\sDay)?|Easter(?:\sMonday)?|Good\sFriday|Palm\sSunday|Ash\sWednesday|Boxing\sDay|Valentine's\sDay|Halloween|Nowruz|Bastille\sDay)\b(?:,?\s(?P<year>{_YEAR})\b)?", _holiday),
        ("every", rf"\b(?P<each>(?i:every|each))\s(?:(?P<n>(?i:other|second)|{_NUM})\s)?(?:(?P<unit>{_UNIT})s?|(?P<weekday>{_DAYNAME})(?:\s(?P<part>{_PART}))?|(?P<month>{_MONTH})|(?P<season>(?i:spring|summer|fall|autumn|winter)))\b", _every),
        ("weekdays as a set", rf"\b(?P<weekday>{_DAYNAME})(?:s|\s(?P<part>{_PART})s)\b", _every),
        ("times a unit", rf"(?:(?<=\bonce\s)|(?<=\btwice\s)|(?<=\btimes\s))(?:an?|per|every|each)\s(?P<unit>{_UNIT})\b", _every),
        ("per unit", r"\bper\s(?P<unit>(?i:day|week|month|year|hour))\b", _every),
        ("set", r"\b(?i:annual|annually|yearly|monthly|weekly|daily|quarterly|hourly|nightly|biennial|biennially|fortnightly|biannual|semi-?annual|bimonthly|biweekly)\b", _set_word),
        ("first units", rf"\b(?i:the\sfirst|first|the)\s(?P<n>{_NUM})\s(?P<unit>{_UNIT})s\b", _plain_duration),
        ("year in words", r"\b(?:the\s)?year\s(?i:two\sthousand)(?:\sand\s(?P<n>\w+))?\b", _worded_year),
        ("duration", rf"(?:\b(?P<hedge>{_MODS})\s)?\b(?P<n>{_NUM}|{_VAGUE}|(?i:an?|another|half\san?))(?:\s+(?:additional|full|whole|consecutive|straight|more)|-)?[\s-]+(?P<unit>{_UNIT})s?(?:-long)?\b", _plain_duration),
        ("unit-long", rf"\b(?P<unit>{_UNIT})s?-long\b", _unit_long),
        ("bare units", r"(?:(?<=\b[Ff]or\s)|(?<=\b[Ii]n\s)|(?<=\b[Oo]ver\s)|(?<=\b[Ww]ithin\s)|(?<=\b[Aa]fter\s)|(?<=\bin\sthe\s)|(?<=\bthe\sfirst\s))(?P<unit>(?i:minute|hour|day|week|month|year|decade|centurie))s\b(?!\s(?i:of\s\d))", _bare_units),
        ("vague past", r"\b(?i:recently|in\sthe\s(?:recent\s)?past|lately|in\srecent\stimes)\b", _reference("PAST_REF")),
        ("vague past", r"\b(?i:recent)\s(?i:days|weeks|months|years|decades)(?:\sand\s(?:weeks|months|years))?\b", _reference("PAST_REF")),
        ("vague future", r"\b(?i:soon(?!\s(?:as|after))|shortly(?!\s(?:before|after))|in\sthe\s(?:near\s|foreseeable\s)?future|(?:the\s)?near\sfuture|the\sfuture|(?:the\s)?(?:coming|upcoming)\s(?:days|weeks|months|years)|as\ssoon\sas\spossible)\b", _reference("FUTURE_REF")),
        ("now", r"\b(?i:now|currently|current|presently|nowadays|at\s(?:the\smoment|present)|these\sdays)\b", _now),
        ("year", rf"{_MOD}(?:(?i:the\s)?(?i:year)\s)?(?<![\d$£€])\b(?P<year>\d{{4}})\b(?:\s(?:period))?", _year),
    ]  # fmt: skip
    return tuple((name, re.compile(pattern), reader) for name, pattern, reader in source)


def _worded_date(m: re.Match[str], ctx: Context) -> Reading | None:
    words = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"]  # fmt: skip
    if m["dayword"] not in words:
        return None
    month, day = cal.month_number(m["month"]), words.index(m["dayword"]) + 1
    year = nearest_year(ctx, month, day)
    found = cal.make_date(year, month, day) if year else None
    return found and Reading("DATE", found.isoformat())


def _worded_year(m: re.Match[str], ctx: Context) -> Reading | None:
    extra = number(m["n"]) if m["n"] else 0
    return None if extra is None else Reading("DATE", str(2000 + int(extra)), basis="stated")


def _unit_long(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading("DURATION", duration("one" if not m[0].lower().startswith(m["unit"].lower() + "s") else "several", m["unit"]), None, "stated", open=True)
