"""Readers of what leans on another day: relative units, "ago", parts of the day, holidays; and of durations and sets.

The types, and the readers of calendar dates, are in `_timereaders`.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

from communique.annotate import _calendar as cal
from communique.annotate._timereaders import (
    STEP,
    Context,
    Reader,
    Reading,
    clock_value,
    nearest_year,
    with_part,
    year_of,
)
from communique.annotate._timewords import PARTS, duration, modifier, number


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


def read_relative_unit(m: re.Match[str], ctx: Context) -> Reading | None:
    unit = m["unit"].lower()
    word = " ".join(m["rel"].lower().removeprefix("the ").split())
    mod = modifier(m["mod"])
    base = ctx.anchor
    if unit == "day" and word in ("that", "same") and (ctx.last is None or (ctx.last[2] - ctx.last[1]).days != 1):
        return Reading("DATE", "XXXX-XX-XX", mod, "unknown", open=True)  # no day was told: "in January … later that day"
    if word in ("following", "previous", "same", "preceding", "that") and ctx.last is not None:
        base = ctx.last[1]
    if base is None or (unit in ("day", "week") and base is ctx.anchor and not ctx.exact):
        return Reading("DATE", "XXXX", mod, "unknown", open=True)
    steps = {"last": -1, "past": -1, "previous": -1, "preceding": -1, "next": 1, "coming": 1, "following": 1}.get(
        word, 0
    )
    value = _shift_unit(base, unit, steps)
    if unit == "decade" and word in ("past", "last"):
        return Reading("DURATION", "P10Y", mod, days=(date(base.year - 10, 1, 1), base + timedelta(days=1)))
    shown = " ".join((m["mod"] or "").lower().split())
    if shown in ("earlier", "later") and ctx.anchor is not None:
        return _clipped(value, shown, ctx.anchor)
    return Reading("DATE", value, mod, "inherited" if base is not ctx.anchor else "relative")


def _clipped(value: str, word: str, anchor: date) -> Reading:
    """ "Earlier this year" ends today, "later this year" begins today."""
    found = cal.interval(value)
    mod = "START" if word == "earlier" else "END"
    if found is None:
        return Reading("DATE", value, mod, open=True)
    start, end, _ = found
    tomorrow = anchor + timedelta(days=1)
    if word == "earlier" and start < tomorrow <= end:
        return Reading("DATE", value, mod, days=(start, tomorrow))
    return Reading(
        "DATE", value, mod, days=(anchor, end) if word == "later" and start <= anchor < end else (start, end)
    )


def read_day_of_month(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "The 15th of this month"."""
    number = int(re.sub(r"\D", "", m["day"]))
    if ctx.anchor is None:
        return Reading("DATE", f"XXXX-XX-{number:02d}", basis="unknown", open=True)
    month = cal.add_months(ctx.anchor.replace(day=1), {"last": -1, "next": 1}.get(m["rel"].lower(), 0))
    day = cal.make_date(month.year, month.month, number)
    return None if day is None else Reading("DATE", day.isoformat())


def read_weekend(m: re.Match[str], ctx: Context) -> Reading | None:
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


def read_end_of(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "The end of the month", "the start of next year", "year-end"."""
    if ctx.anchor is None:
        return None
    if m["unit"].lower() == "year" and "-" in m[0]:
        return Reading("DATE", f"{ctx.anchor.year - (ctx.direction < 0)}-12-31")
    word = (m["rel"] or "").lower()
    value = _shift_unit(ctx.anchor, m["unit"].lower(), STEP.get(word, 0))
    return Reading("DATE", value, modifier(m["mod"]))


def read_counted_relative(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "The past two months", "the next few days": durations that touch the anchor."""
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
        try:
            return day + timedelta(days=steps * size)
        except OverflowError:  # "900,000 days ago" lies before the calendar
            return None
    months = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}.get(name)
    if months is None:
        return None
    try:
        first = cal.add_months(day, steps * months)
    except (ValueError, OverflowError):
        return None
    return cal.make_date(first.year, first.month, day.day) or cal.add_months(first, 1) - timedelta(days=1)


def read_ago(m: re.Match[str], ctx: Context) -> Reading | None:
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


def read_year_earlier(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "The year-ago quarter": the last told quarter, a year back."""
    if ctx.quarter is not None:
        return Reading("DATE", f"{int(ctx.quarter[:4]) - 1}{ctx.quarter[4:]}", basis="inherited")
    return None if ctx.anchor is None else Reading("DATE", str(ctx.anchor.year - 1))


def read_the_quarter(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.quarter is not None:
        return Reading("DATE", ctx.quarter, basis="inherited")
    return Reading("DATE", "XXXX-QX", basis="unknown", open=True)


def read_told_day(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "That day", "the following day": leans on the last date told, never on the anchor."""
    if ctx.last is None or (ctx.last[2] - ctx.last[1]).days != 1:
        return Reading("DATE", "XXXX-XX-XX", basis="unknown", open=True)
    word = m["rel"].lower()
    steps = 1 if word in ("following", "next") else -1 if word in ("previous", "preceding") else 0
    return with_part(ctx.last[1] + timedelta(days=steps), m.groupdict().get("part"))._replace(basis="inherited")


def read_day_word(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m["word"].lower()
    if ctx.anchor is None or not ctx.exact:
        return Reading("DATE", "PRESENT_REF" if word == "today" else "XXXX-XX-XX", basis="unknown", open=True)
    if word == "today" and re.match(
        r"'s\s(?:world|youth|society|standards|terms|global|young|generation|modern)",
        ctx.text[m.end("word") : m.end("word") + 14],
    ):
        return Reading("DATE", "PRESENT_REF", basis="stated", open=True)
    steps = {"yesterday": -1, "tomorrow": 1}.get(word, 0)
    steps += {"before": -1, "after": 1}.get((m["step"] or "").lower(), 0)
    if m["clock"]:
        return Reading("TIME", (ctx.anchor + timedelta(days=steps)).isoformat() + clock_value(m["clock"]))
    return with_part(ctx.anchor + timedelta(days=steps), m["part"])._replace(mod=modifier(m["mod"]))


def read_part_word(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "This morning", "last night", "tonight", "overnight"."""
    word = " ".join(m[0].lower().split())
    if ctx.anchor is None or not ctx.exact:
        return Reading("TIME", "XXXX-XX-XX", basis="unknown", open=True)
    last = word.startswith("last") or (word == "overnight" and ctx.direction <= 0)
    day = ctx.anchor - timedelta(days=1) if last else ctx.anchor
    part = next((p for p in PARTS if word.endswith(p)), "night")
    return with_part(day, part)


def read_time_of_day(m: re.Match[str], ctx: Context) -> Reading | None:
    text = m[0].lower()
    if text.startswith(("noon", "midday", "midnight")) and not re.search(
        r"\b(?:at|by|until|before|after|around|since|about|from|till)\s$",
        ctx.text[max(0, m.start() - 8) : m.start()],
        re.I,
    ):
        return None
    if re.fullmatch(r"\d{1,2}:\d\d(?::\d\d)?", text) and not re.search(
        r"\b(?:at|by|until|before|after|around|about|from|till|to|since)\s$",
        ctx.text[max(0, m.start() - 8) : m.start()],
        re.I,
    ):
        return None
    day = ctx.anchor
    if ctx.last is not None and (ctx.last[2] - ctx.last[1]).days == 1:
        day = ctx.last[1]
    if day is None or (day is ctx.anchor and not ctx.exact):
        return Reading("TIME", "XXXX-XX-XX" + clock_value(m[0]), basis="unknown", open=True)
    return Reading("TIME", day.isoformat() + clock_value(m[0]), basis="relative" if day is ctx.anchor else "inherited")


def read_holiday(m: re.Match[str], ctx: Context) -> Reading | None:
    name = " ".join(m["name"].lower().split())
    if m["year"]:
        found = cal.holiday(name, year_of(m["year"]))
        return Reading("DATE", found.isoformat(), basis="stated") if found else None
    if ctx.anchor is None:
        return None
    days = [cal.holiday(name, ctx.anchor.year + step) for step in (-1, 0, 1)]
    known = [
        d
        for d in days
        if d is not None and (d <= ctx.anchor if ctx.direction < 0 else d >= ctx.anchor if ctx.direction > 0 else True)
    ]
    if not known:
        return None
    anchor = ctx.anchor
    return Reading("DATE", min(known, key=lambda d: abs((d - anchor).days)).isoformat())


def read_plain_duration(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    unit = groups["unit"]
    if re.match(r"[\s-]old\b|\sof age\b", ctx.text[m.end() : m.end() + 8]):
        return None  # an age is a fact of a person, no time of an event
    if _no_duration(m, unit, ctx):
        return None
    if groups.get("half"):
        return Reading("DURATION", _and_a_half(groups.get("n") or "a", unit), modifier(groups.get("hedge")), "stated", open=True)
    if re.fullmatch(r"an?", groups.get("n") or "", re.I) and not groups.get("hedge"):
        if unit.lower() == "quarter" or (
            re.search(r"(?:\d|[a-z]s|\bonce|\btwice)\s$", ctx.text[max(0, m.start() - 8) : m.start()])
            and "-" not in m[0]
        ):
            return None  # "358,000 a month" is a rate, "a quarter" a share
    return Reading(
        "DURATION", duration(groups.get("n") or "several", unit), modifier(groups.get("hedge")), "stated", open=True
    )


_AFTER_SECOND = re.compile(r"\s(?:ago|later|earlier|before|after|and|or|to|of|in|on|at|for|per|from|each|as|than)\b|\s?[^\w\s]|\s*$")


def _no_duration(m: re.Match[str], unit: str, ctx: Context) -> bool:
    """Words that look like a duration: "a second betrayal", the programme "60 Minutes", "three-quarters of" a thing."""
    count, after = (m.groupdict().get("n") or "").lower(), ctx.text[m.end() : m.end() + 12]
    if unit.lower() == "second" and count in ("a", "another", "one") and not _AFTER_SECOND.match(after):
        return True
    if unit.lower() == "quarter" and re.match(r"\sof\b", after) and m[0].lower().endswith("s"):
        return True
    return unit[0].isupper() and not unit.isupper() and count.isdigit()


def _and_a_half(count: str, unit: str) -> str:
    """ "Two and a half" of a unit, told the other way round: "a minute and a half" is PT1M30S."""
    size = number(count)
    lower = {"hour": ("PT{}H30M"), "minute": "PT{}M30S"}.get(unit.lower().rstrip("s"))
    if size is None:
        return duration("several", unit)
    return lower.format(f"{size:g}") if lower and size == int(size) else duration(f"{size + 0.5:g}", unit)


def read_bare_year(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "For the year ended June 30": a span of a year, whose end the date tells."""
    return Reading("DURATION", "P1Y", None, "stated", open=True)


def read_this_year(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "The rest of the year": the anchor's, or the one last told."""
    if ctx.anchor is None:
        return Reading("DATE", "XXXX", basis="unknown", open=True)
    return Reading("DATE", str(ctx.anchor.year))


def read_in_the_day(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "Later in the day": the day last told, else the anchor's."""
    if ctx.last is not None and (ctx.last[2] - ctx.last[1]).days == 1:
        return Reading("DATE", ctx.last[1].isoformat(), basis="inherited")
    if ctx.anchor is None or not ctx.exact:
        return Reading("DATE", "XXXX-XX-XX", basis="unknown", open=True)
    return Reading("DATE", ctx.anchor.isoformat())


def read_spoken_year(m: re.Match[str], ctx: Context) -> Reading | None:
    """ "Nineteen ninety-four", as speech is written down."""
    extra = 0.0 if m["n"].lower() == "hundred" else number(m["n"])
    century = {"eighteen": 1800, "nineteen": 1900, "twenty": 2000}[m["century"].lower()]
    return None if extra is None else Reading("DATE", str(century + int(extra)), basis="stated")


def read_bare_units(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading("DURATION", duration("several", m["unit"]), None, "stated", open=True)


def read_set_word(m: re.Match[str], ctx: Context) -> Reading | None:
    word = m[0].lower()
    if word == "daily" and re.match(r"\s[A-Z]", ctx.text[m.end() : m.end() + 2]) and m[0][0] == "D":
        return None  # "Daily News"
    codes = {"annual": "P1Y", "annually": "P1Y", "yearly": "P1Y", "monthly": "P1M", "weekly": "P1W", "daily": "P1D", "quarterly": "P3M",
             "hourly": "PT1H", "nightly": "P1D", "biennial": "P2Y", "biennially": "P2Y", "fortnightly": "P2W", "biannual": "P6M",
             "semiannual": "P6M", "semi-annual": "P6M", "bimonthly": "P2M", "biweekly": "P2W", "year-round": "P1Y",
             "year-on-year": "P1Y"}  # fmt: skip
    return Reading("SET", codes[word], None, "stated", open=True)


def read_every(m: re.Match[str], ctx: Context) -> Reading | None:
    groups = m.groupdict()
    if groups.get("weekday"):
        part = f"T{PARTS[groups['part'].lower()]}" if groups.get("part") else ""
        return Reading(
            "SET",
            f"XXXX-WXX-{cal.weekday_number(groups['weekday']) + 1}{part}",
            "EVERY" if groups.get("each") else None,
            "stated",
            open=True,
        )
    if groups.get("month"):
        return Reading("SET", f"XXXX-{cal.month_number(groups['month']):02d}", "EVERY", "stated", open=True)
    if groups.get("season"):
        code = {"spring": "SP", "summer": "SU", "fall": "FA", "autumn": "FA", "winter": "WI"}[groups["season"].lower()]
        return Reading("SET", f"XXXX-{code}", "EVERY", "stated", open=True)
    other = "two" if (groups.get("n") or "").lower() in ("other", "second") else groups.get("n") or "one"
    return Reading("SET", duration(other, groups["unit"]), None, "stated", open=True)


def read_reference(value: str) -> Reader:
    def read(m: re.Match[str], ctx: Context) -> Reading | None:
        return Reading("DATE", value, basis="stated", open=True)

    return read


def read_now(m: re.Match[str], ctx: Context) -> Reading | None:
    if ctx.text[m.start() : m.end()].lower() == "current" and re.match(
        r"\s(?:account|affairs|events|accounts)\b", ctx.text[m.end() : m.end() + 10]
    ):
        return None
    return Reading("DATE", "PRESENT_REF", basis="stated", open=True)


def read_worded_date(m: re.Match[str], ctx: Context) -> Reading | None:
    words = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"]  # fmt: skip
    if m["dayword"] not in words:
        return None
    month, day = cal.month_number(m["month"]), words.index(m["dayword"]) + 1
    year = nearest_year(ctx, month, day)
    found = cal.make_date(year, month, day) if year else None
    return Reading("DATE", found.isoformat()) if found else None


def read_worded_year(m: re.Match[str], ctx: Context) -> Reading | None:
    extra = number(m["n"]) if m["n"] else 0
    return None if extra is None else Reading("DATE", str(2000 + int(extra)), basis="stated")


def read_unit_long(m: re.Match[str], ctx: Context) -> Reading | None:
    return Reading(
        "DURATION",
        duration("one" if not m[0].lower().startswith(m["unit"].lower() + "s") else "several", m["unit"]),
        None,
        "stated",
        open=True,
    )
