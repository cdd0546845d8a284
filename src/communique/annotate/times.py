"""Time expressions of an article: TIMEX3 values, and half-open intervals of days where they can be known.

The grammar (`_timerules`) says what words read as; this module says where they stand: the anchor day, the tense
that rules a bare weekday or month, and the last date told. The anchor is the publication date, else the date in
the dateline; without either, what leans on it stays unresolved (`basis` "unknown", no interval). No date is ever
taken from the clock.

Bare weekdays, months and day-months take their direction from the verb that governs them: past for past and
perfect tenses, future for "will", "to", "is due". With a parse that is the verb above the expression in its
sentence; in bare text it is the nearest verb form that tells. Where no verb tells, news looks back: a bare
weekday is the last one, today included; a bare month or day-month is the one nearest to the anchor.

"Since 2015" opens the interval to the right, "until June" to the left, "from May to July" gives both members the
whole range; the TIMEX3 values stay those of the words. "The first since 2015" presupposes an earlier one in 2015
itself, and keeps the closed year. Not decided here: what a time expression is the time of.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from communique.annotate import _calendar as cal
from communique.annotate._timereaders import Context, Reader, Reading, read_full_date
from communique.annotate._timerules import matches
from communique.records import Article, Block, Sentence, Span, TimeExpression, Token
from communique.text import fold_same_length

_SKIPPED_BLOCKS = frozenset({"furniture", "credit", "byline"})

_FUTURE = re.compile(
    r"\b(?:will|won't|shall|would|'ll|going to|is to|are to|to be|due|plans?|planned|planning|expects?|expected|scheduled|"
    r"slated|set(?=\s(?:for|to)\b)|intends?|aims?|hopes?|may|might|could|can|upcoming|starting|beginning|by|until|deadline|to(?=\s[a-z]))\b|'ll\b"
)
_FUTURE_HEADS = frozenset(
    [
        "plan",
        "expect",
        "schedule",
        "intend",
        "hope",
        "agree",
        "set",
        "due",
        "aim",
        "slate",
        "prepare",
        "want",
        "promise",
        "pledge",
        "vow",
        "propose",
        "ask",
        "urge",
        "order",
        "decide",
        "invite",
        "summon",
        "subpoena",
        "threaten",
        "offer",
    ]
)
_TIMETABLE = frozenset(
    [
        "meet",
        "begin",
        "start",
        "open",
        "close",
        "arrive",
        "leave",
        "depart",
        "travel",
        "visit",
        "host",
        "hold",
        "vote",
        "end",
        "expire",
        "take",
        "go",
        "come",
        "resume",
        "fly",
        "face",
    ]
)
_PAST = re.compile(
    r"\b(?:was|were|had|did|said|told|has|have|[a-z]{2,}ed|went|came|took|met|began|held|made|gave|fell|rose|left|won|"
    r"lost|sent|led|fired|struck|shot|found|saw|became|spoke|flew|signed|brought|hit|broke|wrote|got|ran|cut|set)\b"
)


_ASIDES = frozenset({"ago", "year earlier", "end of unit"})  # comparisons: the story does not move to that time
_PUT_OFF = re.compile(
    r"\b(?:(?:deadline|extend(?:s|ed)?|gi(?:ven|ves?)|gave|postpone[sd]?|delay(?:s|ed)?|adjourn(?:s|ed)?|suspend(?:s|ed)?|defer(?:s|red)?|pushed back|"
    r"reschedule[sd]?|put off)\b[^.;]{0,60}\b(?:until|till|to|for|by)"
    r"|(?:planned|scheduled|set|expected|slated|due)\b[^.;]{0,60}\b(?:until|till|to|for|by|(?<!set )on))\s(?:the\s)?$",
    re.I,
)
_LAPSED = re.compile(
    r"\b(?:had been|were to have|was to have)\s(?:due|scheduled|expected|supposed|slated|set|planned|meant|\w+ed|\w+en)\b[^.;]{0,50}$",
    re.I,
)
_SAID_ON = re.compile(r"\b(?:said|announced|pledged|promised|vowed|warned|reported|declared|confirmed|stated|added)\s(?:on\s)?$")  # "said on Monday it would" is past
_AHEAD = re.compile(
    r"\bas (?:soon|early) as\s$|\b(?:starting|beginning|effective|due|scheduled for|set for|slated for)\s(?:on |in )?$",
    re.I,
)


class _Match(NamedTuple):
    start: int
    end: int
    rule: str
    match: re.Match[str]
    reader: Reader


def find_times(article: Article, sentences: Sequence[Sentence]) -> tuple[TimeExpression, ...]:
    """The time expressions of title, dateline, body and captions, in text order, each within one block.

    Offsets are into `article.doc.text`. `start`/`end` are None where nothing in the document says which days are
    meant. `sentence` is an index into `sentences`. `sentences` may be empty: then tense is read from the words.
    """
    anchor, exact = _anchor(article)
    starts = [s.span.start for s in sentences]

    def direction(start: int, end: int) -> int | None:
        at = bisect_right(starts, start) - 1
        if at < 0 or sentences[at].span.end < end:
            return None
        return _parsed_direction(sentences[at].tokens, start, end)

    found: list[TimeExpression] = []
    for block in _blocks(article):
        text = article.doc.text[block.span.start : block.span.end]
        found.extend(_tag(text, block.span.start, anchor, exact, direction))
    return tuple(_with_sentence(t, sentences, starts) for t in found)


def tag_text(text: str, published: str | None) -> tuple[TimeExpression, ...]:
    """The time expressions of a bare text; `published` is an ISO day ("2025-09-08") or `None` for unknown."""
    return tuple(_tag(text, 0, date.fromisoformat(published[:10]) if published else None, True, lambda s, e: None))


def _blocks(article: Article) -> tuple[Block, ...]:
    return tuple(b for b in article.blocks if b.kind not in _SKIPPED_BLOCKS)


def _with_sentence(found: TimeExpression, sentences: Sequence[Sentence], starts: list[int]) -> TimeExpression:
    at = bisect_right(starts, found.span.start) - 1
    if at < 0 or sentences[at].span.end <= found.span.start:
        return found
    return msgspec.structs.replace(found, sentence=at)


def _anchor(article: Article) -> tuple[date | None, bool]:
    """The day that relative words lean on, and whether it is known to the day: publication, else dateline."""
    published = article.header.published
    if published.start is not None:
        first = date.fromisoformat(published.start[:10])
        exact = published.end is None or date.fromisoformat(published.end[:10]) - first <= timedelta(days=1)
        return first, exact
    line = article.header.dateline
    for told in tag_text(line, None) if line else ():
        if told.start is not None and told.grain in ("day", "hour"):
            return date.fromisoformat(told.start), True
    return None, False


# --- matching and reading ----------------------------------------------------------------------------


def _tag(
    text: str, offset: int, anchor: date | None, exact: bool, direction: Callable[[int, int], int | None]
) -> list[TimeExpression]:
    plain = fold_same_length(text)
    out: list[TimeExpression] = []
    last: tuple[str, date, date] | None = None
    quarter: tuple[str, int] | None = None
    for item in _with_lists(plain, _chosen(plain)):
        tense = direction(offset + item.start, offset + item.end)
        tense = _by_words(plain, item.start, item.end, tense)
        if tense is None:
            tense = _worded_direction(plain, item.start, item.end)
        near = 700 if item.rule != "the quarter" else len(plain)  # "a year ago" compares with what is near, "the quarter" is the one the report is of
        recent = quarter[0] if quarter and item.start - quarter[1] < near else None
        reading = item.reader(item.match, Context(plain, anchor, exact, tense, last, recent))
        if reading is None:
            continue
        start, end, grain = _days(reading)
        if reading.type in ("DATE", "TIME") and start and end and item.rule not in _ASIDES:
            last = (reading.value, start, end)
            quarter = (reading.value, item.start) if grain == "quarter" else quarter
        out.append(_expression(item, offset, reading, (start, end, grain)))
    return _ranges(plain, offset, out)


_LISTED = re.compile(
    r"(?:,\s(?:3[01]|[12]\d|[1-9])(?=,?\s(?:and|or|,)))*,?\s(?:and|or)\s(?P<day>3[01]|[12]\d|[1-9])(?P<year>,\s(?:19|20)\d\d\b)?"
    r"(?=\s?[.,;:)](?:\s|$)|\s(?:in|at|by|with|for|to|on|as|when|where|while|after|before|amid|between|during|under|near|and)\s|\s*$)"
)


def _with_lists(text: str, chosen: list[_Match]) -> list[_Match]:
    """The matches, and the second day of "May 3 and 4", which has its month from the first."""
    out: list[_Match] = []
    taken = [(c.start, c.end) for c in chosen]
    for item in chosen:
        out.append(item)
        groups = item.match.groupdict() if item.rule == "date" else {}
        if not groups.get("month") or groups.get("clock2") or groups.get("year") or not text[item.end - 1].isdigit():
            continue
        more = _LISTED.match(text, item.end)
        if more is None or any(a < more.end() and more.start("day") < b for a, b in taken):
            continue
        day = re.compile(rf"(?P<day>{more['day']})").match(text, more.start("day"))
        month, year = groups["month"], (more["year"] or "")[2:]
        if day is not None:
            out.append(_Match(more.start("day"), more.end("day"), "day of a list", day, _listed_reader(month, year)))
    return out


def _listed_reader(month: str, year: str) -> Reader:
    def read(m: re.Match[str], ctx: Context) -> Reading | None:
        words = re.compile(r"(?P<month>\S+) (?P<day>\d+)(?: (?P<year>\d{4}))?").fullmatch(f"{month} {m['day']} {year}".strip())
        return None if words is None else read_full_date(words, ctx)

    return read


def _chosen(text: str) -> list[_Match]:
    """Matches of all rules, longest first where they overlap, in text order. A reader that refuses its words gives
    way to the next best one."""
    found: list[tuple[int, int, _Match]] = []
    for order, name, match, reader in matches(text):
        start, end = match.span()
        while end > start and text[end - 1] in " \n\t,":
            end -= 1
        while start < end and text[start] in " \n\t,":
            start += 1
        if start < end:
            found.append((start - end, order, _Match(start, end, name, match, reader)))
    probe = Context(text, date(2001, 1, 1), True, -1, None)
    taken: list[_Match] = []
    used = bytearray(len(text))
    for _, _, item in sorted(found, key=lambda f: (f[0], f[1], f[2].start)):
        if any(used[item.start : item.end]) or item.reader(item.match, probe) is None:
            continue
        used[item.start : item.end] = b"\x01" * (item.end - item.start)
        taken.append(item)
    return sorted(taken, key=lambda t: t.start)


def _days(reading: Reading) -> tuple[date | None, date | None, str | None]:
    """First day, day after the last, and grain of a reading."""
    if reading.days is not None:
        known = cal.interval(reading.value)
        return reading.days[0], reading.days[1], known[2] if known else "period"
    known = None if reading.open or reading.type in ("SET", "DURATION") else cal.interval(reading.value)
    if known is None:
        return None, None, None
    return (*cal.narrow(known[0], known[1], reading.mod), known[2])


def _expression(
    item: _Match, offset: int, reading: Reading, days: tuple[date | None, date | None, str | None]
) -> TimeExpression:
    start, end, grain = days
    fields = {
        "span": Span(start=offset + item.start, end=offset + item.end), "type": reading.type, "value": reading.value,
        "start": start.isoformat() if start else None, "end": end.isoformat() if end else None, "grain": grain,
        "basis": reading.basis if start is not None else "unknown", "mod": reading.mod, "rule": item.rule,
    }  # fmt: skip
    return TimeExpression(**fields)  # type: ignore[arg-type]


_SINCE = re.compile(
    r"\b(?:since|starting(?:\s(?:on|from|in))?|beginning(?:\s(?:on|in))?|as of|from)\s(?:the\s|about\s)?$", re.I
)
_UNTIL = re.compile(r"\b(?:until|till|through|up to|by)\s(?:the\s)?$", re.I)
_FIRST_SINCE = re.compile(
    r"\b(?:first|last|highest|lowest|worst|biggest|largest|deadliest|most|least|only|\w+est)\b[^.;]{0,90}\bsince\s(?:the\s)?$",
    re.I,
)
_BETWEEN = re.compile(r"\s*(?:and|to|through|until|till|-)\s+(?:the\s)?$", re.I)


def _ranges(text: str, offset: int, found: list[TimeExpression]) -> list[TimeExpression]:
    """Open and closed ranges that the words around dates make: since, until, from X to Y, between X and Y."""
    out = list(found)
    for i, told in enumerate(found):
        if told.type not in ("DATE", "TIME") or told.start is None or told.end is None:
            continue
        before = text[max(0, told.span.start - offset - 110) : told.span.start - offset]
        following = found[i + 1] if i + 1 < len(found) else None
        pair = following is not None and _paired(text, offset, told, following, before)
        if pair and following is not None and following.end is not None and told.start < following.end:
            for j in (i, i + 1):
                out[j] = msgspec.structs.replace(
                    out[j], start=told.start, end=following.end, rule=f"{found[j].rule}, range"
                )
        elif (
            out[i].rule == told.rule
            and re.search(r"\bsince\s(?:the\s|about\s)?$", before, re.I)
            and not _FIRST_SINCE.search(before)
        ):
            out[i] = msgspec.structs.replace(told, end=None, rule=f"{told.rule}, since")
    return out


def _paired(text: str, offset: int, one: TimeExpression, two: TimeExpression, before: str) -> bool:
    gap = text[one.span.end - offset : two.span.start - offset]
    if two.start is None or two.type not in ("DATE", "TIME") or not _BETWEEN.fullmatch(gap.strip() + " "):
        return False
    if two.rule == "day of a list":
        spanned = re.search(r"\bbetween\s(?:the\s)?$", before, re.I) is not None
        return gap.strip() in ("and", ", and") and (spanned or two.start == one.end)
    opener = re.search(r"\b(from|between)\s(?:the\s)?$", before, re.I)
    if opener is None:
        return gap.strip() == "-"
    return (gap.strip().split()[0].lower() == "and") == (opener[1].lower() == "between")


def _by_words(text: str, start: int, end: int, tense: int | None) -> int | None:
    """The tense, unless the words right around the expression tell better."""
    before = text[max(0, start - 100) : start]
    if _LAPSED.search(before) or _SAID_ON.search(before[-24:]):
        return -1
    if _AHEAD.search(before[-24:]) or _PUT_OFF.search(before):
        return 1
    if text[end : end + 2] == "'s":  # "Wednesday's ruling" is past, "ahead of Friday's vote" isn't
        return (
            1 if re.search(r"\b(?:ahead of|for|prior to|in time for|on the eve of)\s(?:the\s)?$", before, re.I) else -1
        )
    return tense


# --- the tense that tells the direction ---------------------------------------------------------------


def _parsed_direction(tokens: Sequence[Token], start: int, end: int) -> int | None:
    """-1, +1 or 0 from the verb above the expression; `None` where no token carries it."""
    inside = [i for i, t in enumerate(tokens) if t.start < end and t.end > start]
    if not inside:
        return None
    at = inside[0]
    for i in inside:
        if tokens[i].head not in inside:
            at = i
    for _ in range(12):
        if tokens[at].pos in ("VERB", "AUX"):
            found = _planned(tokens, at, inside[0]) or _verb_direction(tokens, at)
            if found is not None:
                return found
        if tokens[at].head == at:
            break
        at = tokens[at].head
    return 0


def _planned(tokens: Sequence[Token], at: int, expression: int) -> int | None:
    """+1 where the verb is one of plans and what is planned stands before the time: "agreed to meet in March"."""
    if tokens[at].lemma.lower() not in _FUTURE_HEADS:
        return None
    return 1 if any(t.dep == "xcomp" and t.head == at < i < expression for i, t in enumerate(tokens)) else None


def _verb_direction(tokens: Sequence[Token], at: int) -> int | None:
    """What one verb tells: its tense, its auxiliaries, or the plan it hangs on; 0 a present, `None` nothing: look higher."""
    verb = tokens[at]
    helpers = [t for t in tokens if t.head < len(tokens) and tokens[t.head] is verb and t.dep in ("aux", "auxpass")]
    words = {t.text.lower() for t in helpers}
    if "could" in words and any(
        t.dep in ("neg", "preconj") and t.head < len(tokens) and tokens[t.head] is verb for t in tokens
    ):
        return -1  # "could not be reached Wednesday"
    if words & {"will", "'ll", "\u2019ll", "shall", "wo", "would", "may", "might", "could", "can", "should", "must"}:
        return None if words & {"have", "has"} else 1
    if verb.lemma.lower() == "set" and verb.tag == "VBN" and tokens[min(at + 1, len(tokens) - 1)].text.lower() in ("on", "in", "at", "by"):
        return -1  # "a record set in May"; a date that is to come is "set for"
    if "to" in words:
        if tokens[verb.head].tag in ("VBD", "VBN") and tokens[verb.head].lemma.lower() not in _FUTURE_HEADS:
            return -1
        return 1
    if (
        verb.lemma.lower() in _FUTURE_HEADS
        and verb.tag in ("VBN", "VBZ", "VBP", "VBG", "JJ")
        and not words & {"had", "was", "were"}
    ):
        return (
            1
            if verb.lemma.lower()
            in ("plan", "expect", "schedule", "slate", "set", "due", "intend", "hope", "prepare", "aim")
            else None
        )
    if verb.tag == "VBN" and words & {"is", "are", "'s", "'re"} and not words & {"been", "has", "have"}:
        return 0
    if verb.tag == "VBN" and not helpers and verb.dep in ("acomp", "oprd"):
        return None  # "the border stays *closed* until June 30"
    if "had" in words and verb.tag == "VBN":
        return -2  # before something past: "had shelled the town in May" is never the May to come
    if verb.tag in ("VBD", "VBN") or words & {"has", "have", "had", "was", "were", "did", "'ve"}:
        return -1
    if verb.tag in ("VBZ", "VBP") and verb.lemma.lower() in _TIMETABLE and tokens[-1].text in (".", '"', "\u201d"):
        return 1  # a headline's present is past, a sentence's "the court meets on Friday" is not
    if verb.tag == "VBG" and words & {"is", "are", "'s", "'re", "am"}:
        return 1
    return None


def _worded_direction(text: str, start: int, end: int) -> int:
    """The direction without a parse: the verb form that stands nearest in the same sentence."""
    left = re.split(r"[.!?;]\s|\n", text[max(0, start - 140) : start])[-1]
    right = re.split(r"[.!?;]\s|\n", text[end : end + 90])[0]
    best: tuple[int, int] | None = None
    for pattern, sense in ((_FUTURE, 1), (_PAST, -1)):
        for found in pattern.finditer(left):
            best = min(best, (len(left) - found.end(), sense)) if best else (len(left) - found.end(), sense)
        for found in pattern.finditer(right):
            gap = found.start() + 12
            best = min(best, (gap, sense)) if best else (gap, sense)
    return best[1] if best else 0
