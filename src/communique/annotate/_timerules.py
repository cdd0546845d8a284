"""The grammar of time expressions: what is matched, and which reader reads it.

Each rule is a name, a pattern and a reader (`_timereaders`) over the vocabulary of `_timewords`. Longer matches win,
then earlier rules. In the manner of HeidelTime's rules; none of them was taken over.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from communique.annotate import _timereaders as read
from communique.annotate import _timerelative as relative
from communique.annotate._timewords import (
    BIG,
    CENTURY_WORDS,
    CLOCK,
    DAY,
    DAYABBR,
    DAYNAME,
    EARLY,
    MODS,
    MONTH,
    NUM,
    PART,
    TEENS,
    UNIT,
    VAGUE,
    YEAR,
)

# --- the rules ---------------------------------------------------------------------------------------

_MOD = rf"(?:(?P<mod>{EARLY}|(?i:earlier|later))[\s-]+)?"
_SEP = r"(?:\s?-\s?|\s+(?i:to|through|thru|until|till)\s+)"


_UNIT_STEM = r"(?i:second|minute|hour|day|night|week|month|quarter|year|decade|centur)"
# What a match of a rule must hold, as a pattern without optional parts: found first, so that the long patterns, which
# try their optional openings at every letter, run only around it. Rules not named here are quick enough.
_CORE = {
    r"\d{4}": ("year", "iso date", "year range"),
    r"\d/\d": ("slash date",),
    MONTH: ("day range", "month range", "date", "date in words", "month and year", "month of a relative year", "month"),
    rf"{DAYNAME}": ("weekday", "part of weekday", "weekdays", "weekdays as a set"),
    r"(?i:fiscal|financial)|FY": ("fiscal year",),
    r"the\s(?i:year)": ("the year",),
    r"in\sthe\sday": ("in the day",),
    r"(?i:nineteen|eighteen|twenty|two\sthousand)": ("year in words",),
    r"0'?s\b|ies\b": ("decade",),
    r"(?i:century)": ("century",),
    r"(?i:quarter|half)|Q[1-4]": ("quarter", "the quarter"),
    r"(?i:spring|summer|fall|autumn|winter)": ("season",),
    r"(?i:weekend)": ("weekend",),
    r"\smonth": ("day of a month",),
    r"(?i:today|yesterday|tomorrow)": ("day word",),
    r"-(?i:ago|earlier|end|long)|\send": ("year earlier", "unit-long"),
    _UNIT_STEM: ("relative unit", "end of unit", "counted relative", "ago", "units ago", "that day", "times a unit", "per unit",
                 "duration", "bare units", "first units"),
}  # fmt: skip
_REACH = 80  # characters on either side of a core in which its whole expression lies


def matches(text: str) -> Iterator[tuple[int, str, re.Match[str], read.Reader]]:
    """All matches of all rules: the rule's order, its name, the match and its reader."""
    windows = {core: _windows(core, text) for core in _CORE}
    cores = {name: core for core, names in _CORE.items() for name in names}
    for order, (name, pattern, reader) in enumerate(rules()):
        for start, end in windows[cores[name]] if name in cores else ((0, len(text)),):
            for match in _compiled(pattern).finditer(text, start, end):
                yield order, name, match, reader


def _windows(core: str, text: str) -> list[tuple[int, int]]:
    """Stretches of text around each find of a core, merged, that begin and end between words."""
    out: list[tuple[int, int]] = []
    for found in _compiled(core).finditer(text):
        start = max(0, text.rfind(" ", 0, max(0, found.start() - _REACH)))
        end = text.find(" ", found.end() + _REACH)
        end = len(text) if end < 0 else end
        if out and start <= out[-1][1]:
            out[-1] = (out[-1][0], end)
        else:
            out.append((start, end))
    return out


@functools.cache  # bounded by the grammar; a pattern is compiled when a text first holds its core
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


@functools.cache
def rules() -> tuple[tuple[str, str, read.Reader], ...]:
    """The grammar: name, pattern, reader; earlier rules win over later ones of the same length."""
    rel = r"(?i:this\s+coming|this\s+past|last|past|next|this|coming|following|previous)"
    clock = rf"(?:(?:,?\s+(?:at\s+)?)(?P<clock2>{CLOCK}))?"
    lead = rf"(?:(?P<clock>{CLOCK})(?:\s+on|,)?\s+)?"
    the = r"(?:(?i:the)\s+)?"
    season = r"(?P<season>(?i:spring|summer|fall|autumn|winter))(?!\s(?:of\s(?!\d)|in\b|to\b|from\b|Olympic|Games))"
    source: list[tuple[str, str, read.Reader]] = [
        ("iso date", r"\b(?P<y>\d{4})[-/](?P<m>0?[1-9]|1[0-2])[-/](?P<d>0?[1-9]|[12]\d|3[01])\b(?!-)", read.read_iso),
        ("slash date", r"(?<![\d/])(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4}|\d\d)(?![\d/])", read.read_slash),
        ("day range", rf"\b(?P<month>{MONTH})\s?(?P<day>{DAY})(?:{_SEP}|\s?-\s?(?P<month2>{MONTH})\s)(?P<day2>{DAY})(?:,?\s+(?P<year>{YEAR})\b)?", read.read_day_range),
        ("day range", rf"\b(?P<day>{DAY})(?:\s(?P<month2x>{MONTH}))?(?:{_SEP}|\s+(?P<pair>and)\s+)(?P<day2>{DAY})\s(?:of\s)?(?P<month>{MONTH})(?:,?\s+(?P<year>{YEAR})\b)?", read.read_day_range),
        ("month range", rf"\b(?P<month>{MONTH}){_SEP}(?P<month2>{MONTH})\s+(?P<year>{YEAR})\b", read.read_month_range),
        ("year range", r"\b(?P<a>(?:1[89]|20)\d\d)\s?[-/]\s?(?P<b>(?:1[89]|20)\d\d|\d\d)\b(?![-/]\d)", read.read_year_range),
        ("date", rf"{_MOD}{lead}(?:\b{DAYABBR},?\s+(?P<part>{PART})?,?\s*)?(?:\b(?P<rel>(?i:last|next))\s)?\b(?P<month>{MONTH})\s?(?:(?i:the)\s)?(?P<day>{DAY})(?:,?\s+(?P<year>{YEAR})\b(?!\s+(?:people|troops)))?{clock}", read.read_full_date),
        ("date", rf"{_MOD}{lead}(?:\b{DAYABBR},?\s+)?(?:the\s)?\b(?P<day>{DAY})(?:\s|-)(?:day\s)?(?:of\s)?(?P<month>{MONTH})(?:,?\s+(?P<year>{YEAR})\b)?{clock}", read.read_full_date),
        ("date in words", rf"(?:this\scoming\s)?(?:\b{DAYNAME}),?\s+(?P<month>{MONTH})\s(?P<dayword>[a-z]+)\b", relative.read_worded_date),
        ("month and year", rf"{_MOD}\b(?P<month>{MONTH})(?:\s?,|\s+of)?\s+(?P<year>{YEAR})\b", read.read_month_year),
        ("month of a relative year", rf"{_MOD}\b(?P<month>{MONTH})(?:\s+of)?\s+(?:the\s)?(?P<rel>last|next|this|previous|following|same|that)\s+year\b", read.read_month_of_year),
        ("month", rf"{_MOD}(?:\b(?P<rel>{rel})\s+)?\b(?P<month>{MONTH})(?!\s?\d)", read.read_month_alone),
        ("weekday", rf"{_MOD}{lead}(?:\b(?P<rel>(?:the\s)?{rel})\s+)?\b(?P<weekday>{DAYNAME})\b(?:\s+(?P<part>{PART})\b)?{clock}(?:\s+(?P<week>(?i:last|next|this))\s+week\b)?", read.read_weekday),
        ("part of weekday", rf"\b(?P<mod>)(?P<rel>)(?P<part>{PART})\s(?:of|on)\s(?P<weekday>{DAYNAME})\b", read.read_weekday),
        ("weekdays", rf"\b(?P<a>{DAYNAME}){_SEP}(?P<b>{DAYNAME})\b", read.read_weekday_range),
        ("fiscal year", r"\b(?P<mod>)(?i:the\s)?(?i:fiscal(?:\s+year)?|financial\s+year|FY)[\s-]?(?P<year>(?:19|20)\d\d|\d\d)(?:[-/](?P<to>(?:20)?\d\d))?\b", read.read_fiscal),
        ("decade", rf"{the}{_MOD}(?:\b|(?='))'?(?P<decade>(?:1[5-9]|20)\d0'?s\b|(?<=')[2-9]0'?s\b|(?i:(?<=the\s)(?:twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)))", read.read_decade),
        ("century", rf"{the}{_MOD}\b(?P<n>\d\d?(?:th|st|nd|rd)|(?i:{'|'.join(CENTURY_WORDS)}))[\s-](?i:century)\b", read.read_century),
        ("quarter", rf"{the}{_MOD}(?:(?P<year>{YEAR})(?:'s)?\s|(?P<rel>(?i:this|last|next))\syear's\s)?(?:(?i:fiscal|flat)\s)?\b(?P<nth>(?i:first|second|third|fourth|1st|2nd|3rd|4th))[\s-](?P<unit>(?i:quarter|half))\b(?!\s+of\s+(?:the\s)?(?:game|match|\w+\scentury))(?:\s+(?:of\s+)?(?:(?i:fiscal\s)?(?P<year2>{YEAR})\b|(?:of\s)?(?:this|the)\syear\b))?", read.read_quarter),
        ("quarter", rf"\b(?:Q(?P<q>[1-4])\s?(?:of\s)?(?P<year>{YEAR})|(?P<year2>{YEAR})\s?Q[1-4])\b", read.read_quarter),
        ("season", rf"{the}{_MOD}(?:\b(?P<rel>{rel})\s)?\b{season}\b(?:\s+(?:of\s+)?(?P<year>{YEAR})\b)?", read.read_season),
        ("relative unit", rf"{_MOD}\b(?P<rel>(?:the\s)?(?i:last|past|previous|preceding|next|coming|following|this|current|same|that))\s+(?:fiscal\s|calendar\s)?(?P<unit>{BIG})\b(?!-)(?!\s(?:or\stwo))", relative.read_relative_unit),
        ("day of a month", r"\b(?:the\s)?(?P<day>[0-3]?\d(?:st|nd|rd|th))\s(?:day\s)?of\s(?P<rel>(?i:this|last|next))\s(?i:month)\b", relative.read_day_of_month),
        ("weekend", rf"\b(?:(?P<rel>{rel})|the)\s+(?i:weekend)\b", relative.read_weekend),
        ("end of unit", r"(?P<mod>(?i:(?:the\s)?(?:end|beginning|start|middle|close)\sof))\s(?:the\s)?(?:(?P<rel>(?i:last|next|this))\s)?(?P<unit>(?i:week|month|quarter|year|decade|century))\b", relative.read_end_of),
        ("end of unit", r"\b(?P<unit>(?i:year|month))[\s-](?P<mod>(?i:end))(?P<rel>)\b", relative.read_end_of),
        ("counted relative", rf"(?:(?i:each|all)\s(?:of\s)?)?{the}\b(?P<rel>(?i:last|past|next|coming|following|previous))\s+(?:(?P<hedge>{MODS})\s)?(?P<n>{NUM}|{VAGUE}(?:\s+of)?)[\s-]+(?P<unit>{UNIT})s?\b(?!-)", relative.read_counted_relative),
        ("ago", rf"(?:\b(?P<hedge>{MODS})\s)?\b(?P<n>{NUM}|{VAGUE}|(?i:an?))\s+(?P<unit>{UNIT})s?\s+(?:or\s(?:so|two)\s)?(?P<dir>(?i:ago|earlier|later|before\b(?!\s\w)|previously|from\snow|hence|prior\b(?!\sto)))", relative.read_ago),
        ("units ago", r"\b(?P<unit>(?i:day|week|month|year|decade))s\s(?i:ago|earlier)\b", relative.read_bare_units),
        ("year earlier", r"\b(?i:the\s)?(?:(?i:comparable)\s)?(?i:year)-(?i:ago|earlier)\b(?:\s(?i:quarter|period|half))?", relative.read_year_earlier),
        ("the year", r"(?:(?<=\b[Ii]n\s)|(?<=\b[Ff]or\s))the\s(?i:year)(?=\s(?:ended|ending|to)\s(?:[A-Z]|\d))", relative.read_bare_year),
        ("the year", r"(?:(?<=months of )|(?<=weeks of )|(?<=rest of )|(?<=half of )|(?<=part of )|(?<=remainder of )|(?<=low for )|(?<=high for ))the\s(?i:year)\b(?!-)", relative.read_this_year),
        ("in the day", r"(?:(?<=earlier in )|(?<=Earlier in )|(?<=later in )|(?<=Later in ))the\sday\b", relative.read_in_the_day),
        ("the quarter", r"\b(?i:the|that|the\ssame|the\slatest)\s(?i:quarter)\b(?!\s(?i:of|final))", relative.read_the_quarter),
        ("that day", rf"\b(?i:that|the\ssame|the)\s(?P<rel>(?i:following|next|previous|preceding|same)?)\s?(?P<unit>(?i:day))\b(?:\s(?P<part>{PART}))?(?<!\bthe\sday)", relative.read_told_day),
        ("day word", rf"(?:(?i:the\sday)\s(?P<step>(?i:before|after))\s)?(?:\b(?P<mod>(?i:early|late|earlier|later))\s)?\b(?P<word>(?i:today|yesterday|tomorrow))\b(?:\s(?P<part>{PART})\b)?(?:\s(?:at\s)?(?P<clock>{CLOCK}))?", relative.read_day_word),
        ("part of day", rf"\b(?:(?i:this|mid|early|late)[\s-]{PART}|(?i:last)\s(?i:night|evening)|(?i:tonight|overnight))\b", relative.read_part_word),
        ("time of day", rf"(?<![\d:.$])\b{CLOCK}(?![\w:])", relative.read_time_of_day),
        ("holiday", rf"\b(?P<name>Christmas(?:\sDay|\sEve)?|New\sYear's\s(?:Day|Eve)|Thanksgiving(?:\sDay)?|Easter(?:\sMonday)?|Good\sFriday|Palm\sSunday|Ash\sWednesday|Boxing\sDay|Valentine's\sDay|Halloween|Nowruz|Bastille\sDay)\b(?:,?\s(?P<year>{YEAR})\b)?", relative.read_holiday),
        ("every", rf"\b(?P<each>(?i:every|each))\s(?:(?P<n>(?i:other|second)|{NUM})\s)?(?:(?P<unit>{UNIT})s?|(?P<weekday>{DAYNAME})(?:\s(?P<part>{PART}))?|(?P<month>{MONTH})|(?P<season>(?i:spring|summer|fall|autumn|winter)))\b", relative.read_every),
        ("weekdays as a set", rf"\b(?P<weekday>{DAYNAME})(?:s|\s(?P<part>{PART})s)\b", relative.read_every),
        ("times a unit", rf"(?:(?<=\bonce\s)|(?<=\btwice\s)|(?<=\btimes\s))(?:an?|per|every|each)\s(?P<unit>{UNIT})\b", relative.read_every),
        ("per unit", r"\bper\s(?P<unit>(?i:day|week|month|year|hour))\b", relative.read_every),
        ("set", r"\b(?i:annual|annually|yearly|monthly|weekly|daily|quarterly|hourly|nightly|biennial|biennially|fortnightly|biannual|semi-?annual|bimonthly|biweekly)\b", relative.read_set_word),
        ("first units", rf"\b(?i:the\sfirst|first|the)\s(?P<n>{NUM})\s(?P<unit>{UNIT})s\b", relative.read_plain_duration),
        ("year in words", rf"\b(?P<century>(?i:nineteen|eighteen|(?<=in\s)twenty|(?<=since\s)twenty))\s(?P<n>(?i:hundred|{'|'.join(TEENS)}|(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)(?:-(?:one|two|three|four|five|six|seven|eight|nine))?))\b(?!-)(?!\s(?i:years?|percent|people|dollars|{UNIT}))", relative.read_spoken_year),
        ("year in words", r"\b(?:the\s)?year\s(?i:two\sthousand)(?:\sand\s(?P<n>\w+))?\b", relative.read_worded_year),
        ("duration", rf"(?:\b(?P<hedge>{MODS})\s)?\b(?P<n>{NUM}|{VAGUE}|(?i:an?|another|half\san?))(?:\s+(?:additional|full|whole|consecutive|straight|more)|-)?[\s-]+(?P<unit>{UNIT})s?(?:-long|(?P<half>\s(?i:and\sa\shalf)))?\b", relative.read_plain_duration),
        ("unit-long", rf"\b(?P<unit>{UNIT})s?-long\b", relative.read_unit_long),
        ("bare units", r"(?:(?<=\b[Ff]or\s)|(?<=\b[Ii]n\s)|(?<=\b[Oo]ver\s)|(?<=\b[Ww]ithin\s)|(?<=\b[Aa]fter\s)|(?<=\bin\sthe\s)|(?<=\bthe\sfirst\s))(?P<unit>(?i:minute|hour|day|week|month|year|decade|centurie))s\b(?!\s(?i:of\s\d))", relative.read_bare_units),
        ("vague past", r"\b(?i:recently|in\sthe\s(?:recent\s)?past|lately|in\srecent\stimes)\b", relative.read_reference("PAST_REF")),
        ("vague past", r"\b(?i:recent)\s(?i:days|weeks|months|years|decades)(?:\sand\s(?:weeks|months|years))?\b", relative.read_reference("PAST_REF")),
        ("vague future", r"\b(?i:soon(?!\s(?:as|after))|shortly(?!\s(?:before|after))|in\sthe\s(?:near\s|foreseeable\s)?future|(?:the\s)?near\sfuture|the\sfuture(?!\sof)|the\s(?:near|short)\sterm|(?:the\s)?(?:coming|upcoming)\s(?:days|weeks|months|years)|as\ssoon\sas\spossible)\b", relative.read_reference("FUTURE_REF")),
        ("now", r"\b(?i:now|currently|current|presently|nowadays|at\s(?:the\smoment|present)|these\sdays)\b", relative.read_now),
        ("year", rf"{_MOD}(?:(?i:the\s)?(?i:year)\s)?(?<![\d$£€])\b(?P<year>\d{{4}})\b(?:\s(?:period))?", read.read_year),
    ]  # fmt: skip
    return tuple(source)
