"""Warnings: what is out of the ordinary between two countries, each with how often it cries wolf.

Seven simple rules, each one switch (`RULES`). A rule raises alarms on a panel of events as it was known week by week.
`backtest` runs the same rule over the store's own history and counts, a year: alarms, and false alarms - those not
borne out, by the rule's own test (`BORNE_OUT`), in the four weeks after. A rule never claims a probability that was
not counted so, and no rate from fewer than `TOLD` false alarms: it gives the counts and their interval, and says that
they are too few to hold a rate within a factor of one and a half nine times in ten.

A rate is taken over what could have raised the rule: the events between two outside the weeks in which it holds its
peace after an alarm; for a broken silence, the days on which a pair was so quiet that an event would have broken it.
Else a young record, in which hardly any pair has yet been silent for long, understates silences to come, and a rule
that holds its peace for twenty weeks overstates itself.

- spike: conflict between the two (either way) in the last seven days, given how many documents (or events) the days
  brought at all, against a negative binomial from the 26 weeks before. Raised at most once in four weeks.
- level: the same over six weeks. Raised at most once in twenty.
- first: a type never seen from one to the other before, between two that have at least twenty events.
- silence: an event after at least eight quiet weeks, or six times the pair's usual gap if longer.
- threat: a threat that at least two independent originators report.
- overdue: a commitment whose day has passed without a report of it (from the ledger; `commitment_warnings`).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from datetime import date

import msgspec
import numpy as np
import numpy.typing as npt

from communique.forecast.counts import negative_binomial, upper_tail
from communique.forecast.series import Panel, iso
from communique.records import Commitment

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
RULES = ("spike", "level", "first", "silence", "threat", "overdue")
CONFLICT = (2, 3)
WINDOW = 26  # weeks that a rule looks back on
LEAST_WEEKS = 12  # no alarm from a shorter past
AFTER = 28  # days in which an alarm can be borne out
ENOUGH = 20  # events of a pair, for the rules that speak of its habits
SHORT, LONG = 6, 20
QUIET_WEEKS, USUAL, LEAST_GAPS = 8, 6, 5  # a silence: so many weeks and so many usual gaps, between two with so many events
TOLD = 17  # false alarms from which a rate is claimed: (1.645 / ln 1.5) squared; fewer cannot hold it within a factor of 1.5
PEACE = {"spike": AFTER, "level": 7 * LONG}  # days in which a rule holds its peace after an alarm
AWAITED = frozenset({"mooted", "announced", "scheduled", "postponed", "pledged"})  # states of a commitment that is still to come
BORNE_OUT = {
    "spike": "conflict of the four weeks after is at least twice what the weeks before led to expect",
    "level": "conflict of the four weeks after is at least twice the level before",
    "first": "the same type again, or material conflict, within four weeks",
    "silence": "at least two more events within four weeks",
    "threat": "material conflict within four weeks",
    "overdue": "no report of it within four weeks after its day",
}
TAILS = {"spike": 0.01, "level": 0.001}
LEAST = {"spike": 3, "level": 6}


class Alarm(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm: the pair, the day it could be raised (ISO), in words what was seen against what was expected, the
    tail probability where there is one, and the events it rests on (mentions, for a commitment, whose id it gives)."""

    rule: str
    pair: tuple[str, str]
    day: str
    words: str
    tail: float | None
    evidence: tuple[str, ...]
    commitment: str | None = None


class Rate(msgspec.Struct, frozen=True, kw_only=True):
    """What the back-test counted for a rule: alarms and false alarms, a year over all pairs and a pair-year (`low`
    and `high`: 90 % interval, given from three pair-years on). `None` rates: too few
    counted to claim one (`TOLD`). `exposure` is in events that could have raised it, or, for silence, in quiet days; a pair's
    own rate is stated from its share of those."""

    rule: str
    pairs: int
    pair_years: float
    alarms: int
    false: int
    alarms_a_year: float | None
    false_a_year: float | None
    false_a_pair_year: float | None
    low: float | None
    high: float | None
    exposure: int
    false_an_event: float | None
    false_a_quiet_day: float | None
    borne_out: str


def pairs_of(panel: Panel, *, least: int = ENOUGH) -> list[tuple[int, int]]:
    """Unordered pairs with at least so many events, the busiest first."""
    low, high = np.minimum(panel.actor, panel.recipient), np.maximum(panel.actor, panel.recipient)
    keep = low != high
    keys, n = np.unique(low[keep] * len(panel.codes) + high[keep], return_counts=True)
    order = np.argsort(-n, kind="stable")
    return [(int(keys[k]) // len(panel.codes), int(keys[k]) % len(panel.codes)) for k in order if n[k] >= least]


def of_pair(panel: Panel, pair: tuple[int, int]) -> Panel:
    """The events between two, either way."""
    a, b = pair
    return panel.take(((panel.actor == a) & (panel.recipient == b)) | ((panel.actor == b) & (panel.recipient == a)))


def by_pair(panel: Panel, *, least: int = ENOUGH) -> Iterator[tuple[tuple[int, int], Panel]]:
    """Each unordered pair with at least so many events, and its events either way; the table is sorted once."""
    low, high = np.minimum(panel.actor, panel.recipient), np.maximum(panel.actor, panel.recipient)
    keys = np.where(low != high, low * len(panel.codes) + high, -1)
    order = np.argsort(keys, kind="stable")
    names, start, n = np.unique(keys[order], return_index=True, return_counts=True)
    for key, at, count in zip(names.tolist(), start.tolist(), n.tolist(), strict=True):
        if key >= 0 and count >= least:
            yield divmod(key, len(panel.codes)), panel.take(order[at : at + count])


def alarms(panel: Panel, first: int, last: int, *, rules: Collection[str] = RULES) -> Iterator[Alarm]:
    """Alarms that would have been raised after `first` and not after `last` (ordinals), pair by pair, each in
    order of day. A day is judged by what was published by then."""
    begin = int(panel.known.min()) if len(panel) else first
    size = max(1, last - begin + 1)
    busy = np.zeros(size + 1)
    if panel.documents:
        for day, n in panel.documents.items():
            if begin <= day <= last:
                busy[day - begin + 1] += n
    else:
        at = np.maximum(panel.known, panel.day) - begin
        busy[1:] = np.bincount(at[at < size], minlength=size)
    exposure = np.cumsum(busy)
    for pair, mine in by_pair(panel, least=min(LEAST.values())):
        known = np.maximum(mine.known, mine.day)
        found = _rolling_rules(panel, pair, mine, known - begin, begin, exposure, rules)
        found += _event_rules(panel, pair, mine, known, rules)
        yield from (alarm for day, alarm in sorted(found, key=lambda f: (f[0], f[1].rule)) if first < day <= last)


def _rolling_rules(
    panel: Panel, pair: tuple[int, int], mine: Panel, at: Ints, begin: int, exposure: Doubles, rules: Collection[str]
) -> list[tuple[int, Alarm]]:
    """Spikes and changes of level, looked for on each day that brings conflict between the two. `at` counts days from
    the ordinal `begin`."""
    hostile = np.isin(mine.quad, CONFLICT) & (at >= 0) & (at < len(exposure) - 1)
    total = np.concatenate([[0], np.cumsum(np.bincount(at[hostile], minlength=len(exposure) - 1))])
    out: list[tuple[int, Alarm]] = []
    for rule, days in (("spike", 7), ("level", 7 * SHORT)):
        quiet_until = -1
        for day in np.unique(at[hostile]) if rule in rules else ():
            n = int(total[day + 1] - total[max(0, day + 1 - days)])
            if n < LEAST[rule] or day < quiet_until or day + 1 - days < 7 * LEAST_WEEKS:
                continue
            mean, size, weeks = _expected(total, exposure, int(day) + 1, days)
            tail = upper_tail(n, mean, size)
            if tail > TAILS[rule]:
                continue
            quiet_until = day + PEACE[rule]
            words = f"{n} events of conflict in {days} days; {mean:.1f} expected from the {weeks} weeks before, at this coverage"
            rows = hostile & (at > day - days) & (at <= day)
            out.append((begin + int(day), _alarm(rule, panel, pair, begin + int(day), words, tail, mine, rows)))
    return out


def _expected(total: Ints, exposure: Doubles, end: int, days: int) -> tuple[float, float, int]:
    """Mean and size of the negative binomial for the `days` before `end`, by up to 26 weeks before those; and how
    many weeks that were. Half an event is added to the past, so that never exactly none is expected."""
    edge = end - days
    marks = np.arange(edge, max(-1, edge - 7 * WINDOW - 1), -7)[::-1]
    past, seen = np.diff(total[marks]).astype(float), np.maximum(np.diff(exposure[marks]), 1.0)
    usual = float(seen.mean())
    now = max(1.0, float(exposure[end] - exposure[edge]))
    mean, size = negative_binomial(past, seen / usual, now / usual)
    return mean + 0.5 * (days / 7) / (len(past) + 1), size * days / 7, len(past)


def _alarm(rule: str, panel: Panel, pair: tuple[int, int], day: int, words: str, tail: float | None, mine: Panel, rows: npt.NDArray[np.bool_]) -> Alarm:
    hostile = rows & np.isin(mine.quad, CONFLICT) if rule in ("spike", "level") else rows
    ids = tuple(dict.fromkeys(mine.ids[i] for i in np.flatnonzero(hostile)))
    return Alarm(rule=rule, pair=(panel.codes[pair[0]], panel.codes[pair[1]]), day=iso(day), words=words, tail=tail, evidence=ids)


def _event_rules(panel: Panel, pair: tuple[int, int], mine: Panel, known: Ints, rules: Collection[str]) -> list[tuple[int, Alarm]]:
    out: list[tuple[int, Alarm]] = []
    order = np.argsort(known, kind="stable")
    threat = panel.kinds.index("THREATEN") if "THREATEN" in panel.kinds else -1
    seen: set[tuple[int, int]] = set()
    gaps: list[int] = []
    before = -1
    days, actors, kinds = known[order].tolist(), mine.actor.tolist(), mine.kind.tolist()
    for number, i in enumerate(order.tolist()):
        day, key, one = days[number], (actors[i], kinds[i]), int(i)
        if "first" in rules and number >= ENOUGH and key not in seen:
            words = f"first {panel.kinds[key[1]]} {_who(mine, one)} in {number} events between them"
            out.append((day, _alarm("first", panel, pair, day, words, None, mine, np.arange(len(mine)) == one)))
        gap = day - before
        if "silence" in rules and number >= LEAST_GAPS and gap >= 7 * QUIET_WEEKS and gap >= USUAL * float(np.median(gaps)):
            words = f"first event in {gap} days; the usual gap is {np.median(gaps):.0f}"
            out.append((day, _alarm("silence", panel, pair, day, words, None, mine, np.arange(len(mine)) == one)))
        if "threat" in rules and key[1] == threat and mine.originators[one] >= 2:
            words = f"threat {_who(mine, one)}, reported by {mine.originators[one]} independent originators"
            out.append((day, _alarm("threat", panel, pair, day, words, None, mine, np.arange(len(mine)) == one)))
        seen.add(key)
        if before >= 0:
            gaps.append(gap)
        before = day
    return out


def _who(mine: Panel, row: int) -> str:
    return f"{mine.codes[mine.actor[row]]} → {mine.codes[mine.recipient[row]]}"


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """An alarm with what is known of its rule's false alarms (`None`: not counted). `pair_false_a_year` states, for
    a pair with this one's traffic of the last half year, how many false alarms a year the rule raises."""

    alarm: Alarm
    rate: Rate | None
    pair_false_a_year: float | None = None


def current(panel: Panel, first: int, last: int, *, rules: Collection[str] = RULES) -> list[Warned]:
    """Alarms raised in (first, last], latest first, each with its rule's rate on the history up to `last`."""
    past = panel.take(np.maximum(panel.known, panel.day) <= last)
    if not len(past):
        return []
    start, _ = past.span()
    rate = backtest(past, start + 7 * LEAST_WEEKS, last, rules=rules)
    found = []
    for alarm in alarms(past, first, last, rules=rules):
        of = rate.get(alarm.rule)
        pair = past.codes.index(alarm.pair[0]), past.codes.index(alarm.pair[1])
        own = None if of is None else expected_false(of, of_pair(past, pair), last)
        found.append(Warned(alarm=alarm, rate=of, pair_false_a_year=own))
    return sorted(found, key=lambda w: (w.alarm.day, w.alarm.rule, w.alarm.pair), reverse=True)


def expected_false(rate: Rate, mine: Panel, last: int) -> float | None:
    """False alarms a year that a rule's rate lets expect of one pair, from its record up to `last`; `None` where no
    rate is claimed."""
    if rate.false_a_quiet_day is not None:
        since = max(last - 182, int(mine.day.min(initial=last)))
        return rate.false_a_quiet_day * quiet_days(mine, since, last) * 365.25 / max(28, last - since)
    return None if rate.false_an_event is None else rate.false_an_event * pace(mine, last)


def pace(mine: Panel, last: int, *, days: int = 182) -> float:
    """Events a year of a pair, by its last half year before `last` (or as long as there is a record)."""
    since = max(last - days, int(mine.day.min(initial=last)))
    return float((mine.day > since).sum()) * 365.25 / max(28, last - since)


def commitment_warnings(ledger: Collection[Commitment], first: int, last: int) -> list[Warned]:
    """Commitments of a ledger as of the ordinal `last` whose day has passed since `first` without a report, with their
    mentions and the rate of `commitment_rate`."""
    out, rate = [], commitment_rate(ledger, last)
    for item in ledger:
        if not item.state.startswith(("overdue", "lapsed")) or item.due.end is None or _ordinal(item.due.end) < first:
            continue
        words = f"{item.what}: due before {item.due.end}, and no report tells of it"
        alarm = Alarm(rule="overdue", pair=_parties(item), day=item.due.end, words=words, tail=None, evidence=item.mentions, commitment=item.id)
        out.append(Warned(alarm=alarm, rate=rate))
    return out


def _parties(item: Commitment) -> tuple[str, str]:
    by, to = ("+".join(sorted({p.country or p.name for p in side})) or "not stated" for side in (item.by, item.to))
    return by, to


def commitment_rate(ledger: Collection[Commitment], last: int) -> Rate:
    """How often "overdue" would have been raised in the ledger's past, and how often a report of the commitment came
    within four weeks after all. A commitment counts with the day it is now known to be due on."""
    alarms: list[tuple[tuple[str, str], int, bool]] = []
    for item in ledger:
        day = _ordinal(item.due.end) if item.due.end is not None else last
        if day > last - AFTER:
            continue
        told = [(_ordinal(h.at), h.state) for h in item.history if h.at is not None and h.mention is not None]
        before = [state for at, state in told if at < day]
        if before and before[-1] in AWAITED:
            late = any(day <= at < day + AFTER and state not in AWAITED for at, state in told)
            alarms.append((_parties(item), day, late))
    pairs, false = len({pair for pair, _, _ in alarms}), sum(late for _, _, late in alarms)
    span = (last - AFTER - min((day for _, day, _ in alarms), default=last - AFTER)) / 365.25
    return msgspec.structs.replace(_rate("overdue", pairs, span, pairs * span, len(alarms), len(alarms), false), false_an_event=None)


def rate_words(warned: Warned) -> str:
    """What is known of how often such an alarm is false, in a few words; the counts where they are too few for a rate."""
    rate = warned.rate
    if rate is None or rate.low is None:
        return "not known: too little history"
    if not rate.alarms:
        return f"no rate claimed: no such alarm before in {rate.pair_years:.0f} pair-years (at most {rate.high:.2f} false a pair and year)"
    if rate.false_a_year is None:
        return f"no rate claimed: {rate.false} of {rate.alarms} alarms were false in {rate.pair_years:.0f} pair-years ({rate.low:.2f}-{rate.high:.2f} a pair and year)"
    own = "" if warned.pair_false_a_year is None else f"{warned.pair_false_a_year:.2f} for this pair; "
    return f"{own}{rate.false_a_year:.1f} of {rate.alarms_a_year:.1f} in all"


# --- how often it cries wolf ------------------------------------------------------------------------


def backtest(panel: Panel, first: int, last: int, *, rules: Collection[str] = RULES) -> dict[str, Rate]:
    """For each rule but "overdue": alarms and false alarms in first..last, over pairs from the day on which they have
    `ENOUGH` known events. The last four weeks cannot be judged yet and are left out, with their time."""
    past = panel.take(np.maximum(panel.known, panel.day) <= last)
    end = last - AFTER
    found_ready = {name: pair for name, pair in _ready(past).items() if pair[0] < end}
    ready, series = {n: since for n, (since, _) in found_ready.items()}, {n: mine for n, (_, mine) in found_ready.items()}
    years = sum(end - max(first, since) for since in ready.values()) / 365.25
    span = max(0.0, (end - first) / 365.25)
    judged = [rule for rule in rules if rule != "overdue"]
    raised = _raised(past, ready, end, judged)
    out = {}
    for rule in judged:
        counted = false = exposure = 0
        for name, since in ready.items():
            mine, found = series[name], raised.get((rule, name), [])
            if rule == "silence":
                exposure += quiet_days(mine, max(first, since), end)
            else:
                inside = mine.day[(mine.day > first) & (mine.day <= end)]
                exposure += int(heard(rule, since, [_ordinal(a.day) for a in found], first, end)[inside - first - 1].sum())
            late = [a for a in found if _ordinal(a.day) > first]
            counted += len(late)
            false += sum(not borne_out(a, mine) for a in late)
        out[rule] = _rate(rule, len(ready), span, years, exposure, counted, false)
    return out


def _raised(past: Panel, ready: dict[tuple[str, str], int], end: int, rules: Collection[str]) -> dict[tuple[str, tuple[str, str]], list[Alarm]]:
    """All alarms up to `end`, by rule and pair, of pairs from the day on which they are ready."""
    out: dict[tuple[str, tuple[str, str]], list[Alarm]] = {}
    for alarm in alarms(past, past.span()[0] - 1, end, rules=rules):
        if alarm.pair in ready and _ordinal(alarm.day) > ready[alarm.pair]:
            out.setdefault((alarm.rule, alarm.pair), []).append(alarm)
    return out


def coming(past: Panel, rates: dict[str, Rate], last: int, days: int) -> dict[str, float | None]:
    """False alarms that the rates let expect in the `days` after `last`, over all pairs that are ready by then; `None`
    where a rule claims no rate."""
    pairs = _ready(past)
    raised = _raised(past, {name: since for name, (since, _) in pairs.items()}, last, [r for r in rates if r in PEACE])
    out: dict[str, float | None] = {}
    for rule, rate in rates.items():
        total = 0.0
        for name, (since, mine) in pairs.items():
            if rule == "silence" and rate.exposure:
                ahead = last + days - max(last, _quiet_from(mine, last))
                total += -math.expm1(-rate.alarms / rate.exposure * max(0, ahead)) * rate.false / max(1, rate.alarms)
            elif rate.false_an_event is not None:
                loud = [_ordinal(a.day) for a in raised.get((rule, name), [])]
                back = max(last - 182, int(mine.day.min()) - 1)
                open_back, open_ahead = heard(rule, back, loud, back, last), heard(rule, since, loud, last, last + days)
                inside = mine.day[(mine.day > back) & (mine.day <= last)]
                events = int(open_back[inside - back - 1].sum())
                total += rate.false_an_event * events / max(28, int(open_back.sum())) * int(open_ahead.sum())
        out[rule] = total if rate.false_a_year is not None else None
    return out


def _ready(past: Panel) -> dict[tuple[str, str], tuple[int, Panel]]:
    """Pairs with `ENOUGH` known events: the day from which they had them, and their events."""
    out = {}
    for pair, mine in by_pair(past):
        since = int(np.sort(np.maximum(mine.known, mine.day))[ENOUGH - 1])
        out[past.codes[pair[0]], past.codes[pair[1]]] = since, mine
    return out


def heard(rule: str, since: int, raised: Collection[int], first: int, last: int) -> npt.NDArray[np.bool_]:
    """For each day of (first, last], whether the rule could be heard of a pair whose record is enough from `since`
    on, given the days on which it had raised an alarm."""
    days = np.arange(first + 1, last + 1)
    out = days > since
    for day in raised if PEACE.get(rule, 0) > AFTER else ():
        out &= (days <= day) | (days > day + PEACE[rule])
    return out


def quiet_days(mine: Panel, first: int, last: int) -> int:
    """Days of (first, last] on which an event of the pair would have broken a silence."""
    days = np.sort(np.maximum(mine.known, mine.day))
    days = days[days <= last]
    after = np.append(days[1:], last)
    total = 0
    for i in np.flatnonzero(after - days >= 7 * QUIET_WEEKS):
        total += max(0, min(int(after[i]), last) - max(_silent_at(days[: i + 1]), first))
    return total


def _quiet_from(mine: Panel, last: int) -> int:
    """The day from which the next event would break a silence, if none came since `last`."""
    days = np.sort(np.maximum(mine.known, mine.day))
    return _silent_at(days[days <= last])


def _silent_at(days: Ints) -> int:
    """When the silence that follows these days of events has lasted long enough for the rule."""
    if len(days) < LEAST_GAPS:
        return 10**7
    return int(days[-1] + math.ceil(max(7 * QUIET_WEEKS, USUAL * float(np.median(np.diff(days))))))


def _rate(rule: str, pairs: int, span: float, years: float, exposure: int, n: int, false: int) -> Rate:
    """The rates, with a 90 % interval of the false alarms a pair-year (gamma, Jeffreys)."""
    from scipy import special  # scipy.stats takes a second and a half to import

    known = years >= 3
    enough = known and false >= TOLD and exposure > 0
    low, high = (float(special.gammaincinv(false + 0.5, q) / years) if known else None for q in (0.05, 0.95))
    each = false / exposure if enough else None
    return Rate(
        rule=rule, pairs=pairs, pair_years=years, alarms=n, false=false, alarms_a_year=n / span if enough else None,
        false_a_year=false / span if enough else None, false_a_pair_year=false / years if enough else None, low=low, high=high,
        exposure=exposure, false_an_event=None if rule == "silence" else each, false_a_quiet_day=each if rule == "silence" else None, borne_out=BORNE_OUT[rule],
    )  # fmt: skip


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def borne_out(alarm: Alarm, mine: Panel) -> bool:
    """Whether the four weeks after the alarm bore it out, by the rule's test."""
    day = _ordinal(alarm.day)
    late, hostile = (mine.day > day) & (mine.day <= day + AFTER), np.isin(mine.quad, CONFLICT)
    if alarm.rule in ("spike", "level"):
        early = 7 if alarm.rule == "spike" else 7 * SHORT
        back = (mine.day < day - early) & (mine.day >= day - early - 7 * WINDOW)
        weeks = min(WINDOW, max(4.0, (day - early - float(mine.day.min())) / 7))
        return bool((late & hostile).sum() >= max(2.0, 2 * 4 * (back & hostile).sum() / weeks))
    if alarm.rule == "first":
        kinds = {int(mine.kind[i]) for i, name in enumerate(mine.ids) if name in alarm.evidence}
        again = np.isin(mine.kind, list(kinds)) & (mine.day > day)
        return bool((late & (again | (mine.quad == 3))).any())
    if alarm.rule == "silence":
        return bool((late & (mine.day > day)).sum() >= 2)
    return bool((late & (mine.quad == 3)).any())
