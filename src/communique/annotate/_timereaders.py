"""How each kind of time expression reads in its context: one reader a kind, from match to TIMEX3 value.

A reader gets the match and the `Context` (anchor day, tense at the match, the last date told) and returns a `Reading`,
or `None` when the words are no time after all ("May" the verb, "2000 people"). A part of the value that is not known
stays X ("XXXX-09-15"); it is never filled from anywhere but the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, NamedTuple

from communique.annotate import _calendar as cal
from communique.annotate._timewords import CENTURY_WORDS, DECADE_WORDS, MONTH, ORDINALS, PARTS, modifier
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

# --- choosing a year, a month, a week ----------------------------------------------------------------


def nearest_year(ctx: Context, month: int, day: int | None) -> int | None:
    """The year of a bare month or day-month: by the tense where it tells, else the one nearest to the anchor."""
    if ctx.anchor is None:
        return None
    anchor, options = ctx.anchor, []
    close = 21 if day else 0  # a day-month this near is the one meant, whatever the tense
    soon = 62 if ctx.direction == -1 else close  # nobody calls a month ten months back by its bare name: "agreed to meet in March"
    for year in (ctx.anchor.year - 1, ctx.anchor.year, ctx.anchor.year + 1):
        first = cal.make_date(year, month, day or 1)
        if first is None:
            continue
        after = first + timedelta(days=1) if day else cal.add_months(first, 1)
        wrong = (ctx.direction < 0 and first > anchor) or (ctx.direction > 0 and after <= anchor)
        if wrong and abs((first - anchor).days) > (soon if first > anchor else close):
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


def with_part(day: date, part: str | None) -> Reading:
    if not part:
        return Reading("DATE", day.isoformat())
    code = PARTS[part.lower()]
    return Reading("TIME", f"{day.isoformat()}T{code}")


def clock_value(words: str) -> str:
    text = words.lower().strip()
    if text.startswith(("noon", "midday")):
        return "T12:00"
    if text.startswith("midnight"):
        return "T24:00"
    found = re.match(r"(\d{1,2}):?(\d\d)?(?::\d\d)?\s?(a|p)?", text)
    assert found is not None
    hour = int(found[1]) % 12 + (12 if found[3] == "p" else 0) if found[3] else int(found[1])
    return f"T{hour:02d}:{found[2] or '00'}"


def year_of(words: str) -> int:
    return int(re.sub(r"\D", "", words)[:4])


# --- readers -----------------------------------------------------------------------------------------


def read_iso(m: re.Match[str], ctx: Context) -> Reading | None:
    day = cal.make_date(int(m["y"]), int(m["m"]), int(m["d"]))
    return Reading("DATE", day.isoformat(), basis="stated") if day else None


def read_slash(m: re.Match[str], ctx: Context) -> Reading | None:
    first, second, year = int(m["a"]), int(m["b"]), int(m["y"])
    year += (1900 if year > 50 else 2000) if year < 100 else 0
    if (first > 12) == (second > 12) and first != second:  # 03/04/2025 is two different days on two continents
        return None
    month, day = (second, first) if first > 12 else (first, second)
    found = cal.make_date(year, month, day)
    return Reading("DATE", found.isoformat(), basis="stated") if found else None


def read_full_date(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    month, day = cal.month_number(groups["month"]), int(re.sub(r"\D", "", groups["day"]))
    clock = groups.get("clock") or groups.get("clock2")
    year, basis = _full_year(groups, month, day, ctx)
    if groups.get("rel") and ctx.anchor is not None and (near := cal.make_date(ctx.anchor.year, month, day)) is not None:
        later = near > ctx.anchor if groups["rel"].lower() == "last" else near <= ctx.anchor
        year = ctx.anchor.year + (0 if not later else -1 if groups["rel"].lower() == "last" else 1)
    if year is None:
        return (
            Reading("DATE", f"XXXX-{month:02d}-{day:02d}", basis="unknown") if cal.make_date(2024, month, day) else None
        )
    found = cal.make_date(year, month, day)
    if found is None:
        return None
    value = found.isoformat()
    if clock:
        return Reading("TIME", value + clock_value(clock), basis=basis)
    if groups.get("part"):
        return Reading("TIME", f"{value}T{PARTS[groups['part'].lower()]}", basis=basis)
    return Reading("DATE", value, modifier(groups.get("mod")), basis)


def _full_year(groups: dict[str, str | None], month: int, day: int, ctx: Context) -> tuple[int | None, WhenBasis]:
    if groups.get("year"):
        return year_of(groups["year"] or ""), "stated"
    if ctx.anchor is None and ctx.last is not None:
        first, after = ctx.last[1], ctx.last[2]
        inside = cal.make_date(first.year, month, day)
        if inside is not None and (after - first).days <= 31 and first <= inside < after:
            return first.year, "inherited"
    return nearest_year(ctx, month, day), "relative"


_BETWEEN = re.compile(r"\bbetween\s(?:the\s)?$", re.I)  # "2 and 5 February" are two days, "between 2 and 5 February" a range


def read_day_range(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    month = cal.month_number(groups["month"])
    month2 = cal.month_number(groups["month2"]) if groups.get("month2") else month
    year = (
        year_of(groups["year"]) if groups["year"] else nearest_year(ctx, month, int(re.sub(r"\D", "", groups["day"])))
    )
    basis: WhenBasis = "stated" if groups["year"] else "relative"
    one, two = int(re.sub(r"\D", "", groups["day"])), int(re.sub(r"\D", "", groups["day2"]))
    if year is None:
        return Reading("DATE", f"XXXX-{month:02d}-{one:02d}/XXXX-{month2:02d}-{two:02d}", basis="unknown")
    year1 = year - 1 if month2 < month and groups["year"] else year
    first = cal.make_date(year1, month, one)
    last = cal.make_date(year1 + (month2 < month), month2, two)
    if first is None or last is None or last <= first or (groups.get("pair") and (last - first).days > 1 and not _BETWEEN.search(ctx.text[: m.start()])):
        return None
    return Reading("DATE", f"{first}/{last}", basis=basis, days=(first, last + timedelta(days=1)))


def read_month_range(m: re.Match[str], ctx: Context) -> Reading | None:
    one, two = cal.month_number(m["month"]), cal.month_number(m["month2"])
    year = year_of(m["year"])
    first, last = date(year - (two < one), one, 1), date(year, two, 1)
    return Reading(
        "DATE",
        f"{cal.month_value(first)}/{cal.month_value(last)}",
        basis="stated",
        days=(first, cal.add_months(last, 1)),
    )


def read_year_range(m: re.Match[str], ctx: Context) -> Reading | None:
    first = int(m["a"])
    last = int(m["b"]) if len(m["b"]) == 4 else first // 100 * 100 + int(m["b"])
    if not first < last <= first + 150 or first < 1000:
        return None
    return Reading("DATE", f"{first}/{last}", basis="stated", days=(date(first, 1, 1), date(last + 1, 1, 1)))


def read_month_year(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading("DATE", f"{year_of(m['year']):04d}-{cal.month_number(m['month']):02d}", modifier(m["mod"]), "stated")


_MONTH_LEADS = re.compile(
    r"\b(?:in|since|last|until|till|by|next|this|early|late|mid|of|from|to|between|and|through|before|after|during|for|"
    r"or|past|previous|around|as|-|end|beginning)[\s-]+$", re.IGNORECASE,
)  # fmt: skip


def read_month_alone(m: re.Match[str], ctx: Context) -> Reading | None:
    word = " ".join((m["rel"] or "").lower().split())
    name = m["month"]
    loose = name.rstrip(".").lower() in ("may", "march", "mar", "jan", "sep", "april", "june", "august")
    if loose and not word and not m["mod"]:
        before = ctx.text[max(0, m.start() - 14) : m.start()]
        after = ctx.text[m.end() : m.end() + 24]
        named = re.search(r"\b(?:a|an|the|its|their)\s$", before, re.I) and re.match(r"\s[a-z]", after)  # "the March accord"
        led = _MONTH_LEADS.search(before) is not None
        person = re.match(r"\s+(?!Mon|Tue|Wed|Thu|Fri|Sat|Sun)[A-Z][a-z]+\b(?!,)", after) and name != "March"
        if not named and (not led or person):
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
        year = _year_of_pair(ctx, m.start(), month) or nearest_year(ctx, month, None)
    return None if year is None else Reading("DATE", f"{year}-{month:02d}", modifier(m["mod"]))


_PAIR = re.compile(rf"\b(?P<month>{MONTH})\s(?P<year>(?:19|20)\d\d),?\s(?:and|then|or)\s(?:(?:again|later|then|also)\s)?(?:in\s)?$")


def _year_of_pair(ctx: Context, at: int, month: int) -> int | None:
    """The year that a later month of a pair shares: "in May 2024 and again in *June*"."""
    one = _PAIR.search(ctx.text[max(0, at - 40) : at])
    return int(one["year"]) if one is not None and cal.month_number(one["month"]) < month else None


def read_month_of_year(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "October last year" by the report's own day, "October that year" by the year last told."""
    word = m["rel"].lower()
    told = ctx.last if word in ("that", "same", "previous", "following") else None
    base = told[1] if told is not None else ctx.anchor
    if base is None:
        return None
    return Reading("DATE", f"{base.year + STEP[word]}-{cal.month_number(m['month']):02d}", modifier(m["mod"]), "relative" if told is None else "inherited")


STEP = {"last": -1, "past": -1, "previous": -1, "next": 1, "coming": 1, "following": 1, "this": 0, "same": 0, "that": 0,
         "current": 0, "the previous": -1}  # fmt: skip


def read_weekday(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    word = " ".join((groups["rel"] or "").lower().removeprefix("the ").split())
    before = ctx.text[max(0, m.start() - 9) : m.start()]
    if re.search(r"(?:Black|Good|Bloody|Palm|Easter|Super|Ash|Cyber|Holy)\s$", before):
        return None
    day = weekday_date(ctx, cal.weekday_number(groups["weekday"]), word)
    if groups.get("week") and ctx.anchor is not None and ctx.exact:
        monday = ctx.anchor - timedelta(days=ctx.anchor.weekday() - 7 * STEP[groups["week"].lower()])
        day = monday + timedelta(days=cal.weekday_number(groups["weekday"]))
    if word in ("following", "previous") and ctx.last is not None and ctx.last[1] != ctx.anchor:
        day = weekday_date(ctx._replace(anchor=ctx.last[1], exact=True), cal.weekday_number(groups["weekday"]), word)
    if day is None:
        return Reading("DATE", f"XXXX-WXX-{cal.weekday_number(groups['weekday']) + 1}", basis="unknown")
    clock = groups.get("clock") or groups.get("clock2")
    if clock:
        return Reading("TIME", day.isoformat() + clock_value(clock))
    reading = with_part(day, groups["part"])
    return reading._replace(mod=modifier(groups["mod"]))


def read_weekday_range(m: re.Match[str], ctx: Context) -> Reading | None:
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


# The year that is part of a document's number, no time of what is told: "resolution 2811 (2026)", "Law No. 45 of 2019".
_NUMBERED = re.compile(
    r"\b(?:resolutions?|decisions?|laws?|acts?|decrees?|orders?|directives?|regulations?|rulings?|bills?|circulars?)\s"
    r"(?:(?i:no)s?\.?\s?|(?i:number)\s)?[\w./-]*\d[\w./-]*(?:\sand\s[\w./-]*\d[\w./-]*)?\s(?:\(|of\s)$",
    re.I,
)


def read_year(m: re.Match[str], ctx: Context) -> Reading | None:
    year = int(m["year"])
    before, after = ctx.text[max(0, m.start() - 16) : m.start()], ctx.text[m.end() : m.end() + 30]
    if re.search(
        r"(?:[$£€¥#\w.,/-]|\bNo\.?\s|\bResolution\s|\bFlight\s|\bHighway\s|\bRoute\s)$", before
    ) and not re.search(r"\w[,.]\s?$|-\s?$", before):
        return None
    if re.search(r"[\d$£€.]$|\d,$", before) or re.match(
        r"\d|[.,/:]\d|\s?%|\s?(?:million|billion|GMT|UTC|hours)|-\w", after
    ):
        return None
    if _COUNTED.match(after) or _NUMBERED.search(ctx.text[max(0, m.start() - 60) : m.start()]):
        return None
    leads = re.search(
        r"\b(?:in|since|by|of|until|till|from|to|between|and|through|during|before|after|around|year)\s+(?:the\s+)?(?:year\s+)?$",
        before,
        re.I,
    )
    if not 1900 <= year <= 2069 and not (leads and 1000 <= year < 2100 and not re.match(r"\s+[a-z]+s\b", after)):
        return None
    word = (m["mod"] or "").strip()
    return Reading("DATE", str(year), modifier(word), "stated")


def read_fiscal(m: re.Match[str], ctx: Context) -> Reading | None:
    text = m["year"]
    year = int(text) if len(text) == 4 else 2000 + int(text)
    value = f"FY{year}/FY{year // 100 * 100 + int(m['to'][-2:])}" if m["to"] else f"FY{year}"
    return Reading("DATE", value, modifier(m["mod"]), "stated", open=True)


def read_decade(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["decade"].lower().strip("'s").strip("'")
    if word + "s" in DECADE_WORDS or m["decade"].lower() in DECADE_WORDS:
        digits = f"19{DECADE_WORDS[m['decade'].lower()] // 10}"
    else:
        digits = word[:3] if len(word) == 4 else ("20" if word[0] in "012" else "19") + word[0]
    return Reading("DATE", f"{digits}X", modifier(m["mod"]), "stated")


def read_century(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["n"].lower()
    size = CENTURY_WORDS.get(word) or int(re.sub(r"\D", "", word) or 0)
    return Reading("DATE", f"{size - 1:02d}XX", modifier(m["mod"]), "stated") if 1 < size < 23 else None


def read_quarter(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    index = ORDINALS.get((groups.get("nth") or "").lower()) or int(groups.get("q") or 0)
    if not 1 <= index <= 4:
        return None
    half = (groups.get("unit") or "").lower() == "half"
    if half and index > 2:
        return None
    stated = groups.get("year") or groups.get("year2")
    if stated:
        year: int | None = year_of(stated)
    elif groups.get("rel") and ctx.anchor:
        year = ctx.anchor.year + STEP[groups["rel"].lower()]
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


def read_season(m: re.Match[str], ctx: Context) -> Reading | None:
    code = {"spring": "SP", "summer": "SU", "fall": "FA", "autumn": "FA", "winter": "WI"}[m["season"].lower()]
    word = " ".join((m["rel"] or "").lower().split())
    if m["year"]:
        return Reading("DATE", f"{year_of(m['year'])}-{code}", modifier(m["mod"]), "stated")
    if ctx.anchor is None:
        return Reading("DATE", f"XXXX-{code}", modifier(m["mod"]), "unknown")
    year, index = cal.season_of(ctx.anchor)
    wanted = ("SP", "SU", "FA", "WI").index(code)
    if word in ("last", "this past", "past"):
        year -= wanted >= index
    elif word in ("next", "this coming", "coming"):
        year += wanted <= index
    elif word != "this":
        if not word and not re.search(
            r"\b(?:in|during|since|until|by|before|after|through)\s(?:the\s)?$",
            ctx.text[max(0, m.start() - 12) : m.start()],
        ):
            return None
        year += (wanted < index) if ctx.direction > 0 else -(wanted > index)
    return Reading("DATE", f"{year}-{code}", modifier(m["mod"]))
