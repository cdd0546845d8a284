"""The ledger: every announced event, plan, pledge, threat and demand, followed to what became of it.

Two machines. An *event* is mooted, announced, scheduled (its date known), under way, held; or postponed, cancelled,
denied, disputed; or, when its date has passed and no report tells of it, overdue-unreported: a passed date never
implies held. A *pledge* (threat, demand) is pledged, in progress, partly fulfilled, fulfilled; or stalled, broken,
withdrawn, superseded; or lapsed-unreported. "Reaffirmed" adds a mention, not a state.

Reports are read in order of publication. What a report says of a plan is seen in its words ("postponed", "under
way", "took back its promise") together with the record's type and modality; it goes to the open item of the same
deed and parties whose date is nearest. Each change carries its mention and words. `as_of` is the day on which the
ledger is read; what was published later is not seen, and today's date is never looked up here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import msgspec

from communique.link.entries import (
    AGREEING,
    CALLED_ON,
    ENDED,
    GIVING,
    OF_WORD,
    OPENING,
    Entry,
    Kind,
    ahead,
    alike,
    best_entries,
    days_of,
    fit,
    kept_by,
    keys_of,
    kind_of,
    lands_of,
    later,
    parties_of,
    said_before,
    signing,
    told_already,
    vague,
    when_known,
)
from communique.link.events import DONE, SPEECH, Item
from communique.link.lexical import stem
from communique.link.turns import AT_START, STAYING, sentence_of, turn_of
from communique.link.untold import Telling, turn_for
from communique.records import Commitment, CommitmentState, Event, EventMention, Participant, Span, StateChange, When
from communique.text import digest

TRIP_DAYS = 8  # a visit announced without a date during a trip is due within this many days of the trip's first
_WAITING = frozenset({"mooted", "announced", "scheduled", "postponed"})
_RANK = {
    "mooted": 0, "announced": 1, "pledged": 1, "scheduled": 2, "under way": 3, "in progress": 3, "partly fulfilled": 4, "held": 5, "fulfilled": 5,
}  # fmt: skip
_AS_PLEDGE: dict[str, CommitmentState] = {
    "postponed": "stalled", "cancelled": "withdrawn", "denied": "broken", "under way": "in progress", "held": "fulfilled",
    "scheduled": "pledged", "announced": "pledged", "mooted": "pledged",
}  # fmt: skip
_AS_EVENT: dict[str, CommitmentState] = {
    "withdrawn": "cancelled", "broken": "cancelled", "stalled": "postponed", "in progress": "under way", "partly fulfilled": "under way",
    "fulfilled": "held", "superseded": "cancelled", "pledged": "announced",
}  # fmt: skip


def follow(
    events: Sequence[Event], items: Mapping[str, Item], texts: Mapping[str, str], *, as_of: str | None, turns: dict[str, str | None] | None = None,
    untold: Iterable[Telling] = (),
) -> tuple[Commitment, ...]:
    """One commitment for each event that some report announced, promised, threatened or demanded (a visit to several
    sites: one each), sorted by due date. `as_of` is an ISO day, or None to leave open what is due. `turns` keeps what the
    words around each mention were read as, for whoever asks again; `untold` are the sentences that tell of a turn in no
    record (`untold.tellings`)."""
    kept = turns if turns is not None else {}
    seen = [i for i in items.values() if _seen(i, as_of)]
    for item in seen:
        if item.mention.id not in kept:
            kept[item.mention.id] = turn_of(item, texts.get(item.facts.id, ""))
    ordered = sorted(seen, key=lambda i: when_known(i, kept[i.mention.id]))
    without = {t.item.mention.id: t for t in untold if _seen(t.item, as_of)}
    queue = sorted([*ordered, *(t.item for t in without.values())], key=lambda i: (when_known(i)[0], i.mention.id in without, when_known(i, kept.get(i.mention.id))))
    event_of = {m: e for e in events for m in e.mentions}
    ledger = _Ledger(ordered, texts)
    for item in queue:
        if item.mention.id in without:
            ledger.hear(without[item.mention.id])
        elif item.mention.id in event_of:
            ledger.read(event_of[item.mention.id], item, kept[item.mention.id])
    out = [_commitment(one, texts, as_of) for one in ledger.entries() if one.history]  # words that give no state announce nothing
    return tuple(sorted(out, key=lambda c: (c.due.start or "9999", c.id)))


class _Ledger:
    """The entries while reports are read, and where to find them."""

    def __init__(self, ordered: Sequence[Item], texts: Mapping[str, str]) -> None:
        self._ordered, self._texts = ordered, texts
        self._opened: dict[str, list[Entry]] = {}  # by event
        self._by_key: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._within: dict[str, list[Entry]] = defaultdict(list)  # what each document announced
        self._told: dict[tuple[str, int | None], list[Entry]] = {}  # by sentence, that of which it told a turn
        self._spoken: dict[str, list[Span]] = defaultdict(list)  # by document, the triggers that told something

    def entries(self) -> Iterable[Entry]:
        return {id(one): one for group in (*self._opened.values(), *self._by_key.values()) for one in group}.values()

    def read(self, event: Event, item: Item, turn: str | None) -> None:
        """Give a record to the entries of which it tells, or open one for what it announces."""
        m, text = item.mention, self._texts.get(item.facts.id, "")
        if turn is not None or (m.modality in DONE and m.type not in SPEECH):
            self._spoken[item.facts.id].append(m.trigger)
        if turn in OF_WORD or (turn == "stalled" and m.modality == "pledged"):  # "withdrew its pledge to send …": what it is about stands in the rest of the sentence
            span = sentence_of(m, text)
            item = item._replace(about=item.about | {stem(w.lower()) for w in re.findall(r"[A-Za-z]{4,}", text[span.start : span.end])})
        elif m.modality in OPENING and m.type in SPEECH:
            item = item._replace(about=said_before(item, text[sentence_of(m, text).start : m.trigger.start]))
        own = self._opened.get(event.id)
        target = [*own, *kept_by(item, turn, self._by_key, own)] if own else best_entries(item, turn, self._by_key)
        place = (m.document, m.sentence)
        if turn in OF_WORD and m.sentence is not None:
            target = target or self._told.get(place, [])  # "broke its promise to send …" is one turn, though two records
            self._told[place] = target
        if not target and _opens(item, turn, self._texts):
            target = self._announced(event, item, turn, text)
        for one in target:
            begun = "under way" if turn is None and _arrived(one, item, self._texts) else turn
            if begun == "under way" and _expected_besides(one, item):
                continue
            _read(one, item, begun)

    def _announced(self, event: Event, item: Item, turn: str | None, text: str) -> list[Entry]:
        """The entry of which an announcement is another telling, or new ones."""
        among = [*self._within[item.facts.id], *(o for c in sorted(item.countries) for o in self._by_key.get(("", c), ()))]
        target = told_already(item, turn, among, text)
        for one in target:
            _retell(one, event, item, self._ordered, self._texts)
        new = [] if target else _start(event, item, self._ordered, self._texts)
        for one in target or new:
            for key in keys_of(item):
                if all(o is not one for o in self._by_key[key]):
                    self._by_key[key].append(one)
        self._within[item.facts.id] += new
        self._opened[event.id] = target or new
        return target or new

    def hear(self, telling: Telling) -> None:
        """Give a sentence to the open entry of which it tells: all its parties are named, and two of its words (one, where
        the deed is named, or that it was promised) or more. Where a record of the sentence speaks, that alone is heard."""
        item, where = telling.item, telling.sentence
        if any(where.start <= span.start < where.end for span in self._spoken[item.facts.id]):
            return
        found: dict[int, tuple[bool, float, str, Entry]] = {}
        for one in (o for country in sorted(item.countries) for o in self._by_key.get(("", country), ())):
            parties = {c for c in one.countries if len(c) == 3 and c.isupper()}
            if id(one) in found or not parties or not parties <= item.countries or one.state in ENDED:
                continue
            first, known = one.first.facts.published.start, item.facts.published.start
            heard = turn_for(telling, one.about, {c for c in one.concepts if c})
            if heard is None or first is None or known is None or first >= known:
                continue
            turn, concept = heard
            seen = item._replace(concept=concept, countries=frozenset(parties))
            if (score := fit(one, seen, turn)) > 0:
                sure = alike(one, seen) + (concept is not None) + telling.planned >= 2
                found[id(one)] = (sure, score, turn, one)
        if len(found) == 1 or any(sure for sure, *_ in found.values()):  # one word is enough where nothing else can be meant
            *_, turn, one = max(found.values(), key=lambda f: (f[0], f[1], when_known(f[3].first)))
            _turn_to(one, item, turn, span=where, mention=None)


def _seen(item: Item, as_of: str | None) -> bool:
    known = item.facts.published.start
    return as_of is None or known is None or known <= as_of


def _opens(item: Item, turn: str | None, texts: Mapping[str, str]) -> bool:
    m = item.mention
    if m.type == "STATE" or m.negated or turn in ("held", "fulfilled"):
        return False
    if m.modality in OPENING or turn == "mooted" or ahead(item):
        return True
    if turn == "announced" and m.type in AGREEING:
        return item.concept is not None or bool(item.about & GIVING and m.recipients)
    if turn == "announced":
        known = item.facts.published.start
        return item.concept is not None and (m.when.start is None or (known is not None and m.when.start >= later(known, -1)))
    if m.modality == "hypothetical":
        return item.concept is not None and m.type not in SPEECH and turn not in ("denied", "cancelled")
    trigger = texts.get(m.document, "")[m.trigger.start : m.trigger.end].lower()
    if m.type == "REQUEST":  # a demand made: what it asks for is still to come
        before = texts.get(m.document, "")[max(0, m.trigger.start - 80) : m.trigger.start]
        words = trigger + texts.get(m.document, "")[m.trigger.end : m.trigger.end + 30]
        said = trigger.startswith("demand") or CALLED_ON.match(words) or re.search(r"\bdemand(?:s|ed|ing)?\b[^.;]*$", before, re.IGNORECASE)
        return m.modality == "actual" and bool(said) and bool(m.actors and m.recipients)
    if m.type == "THREATEN":
        return m.modality == "actual" and not trigger.startswith("threats") and trigger not in ("threat", "menace")
    return turn in ("postponed", "cancelled", "denied") and (m.modality in DONE or m.modality == "denied") and item.concept is not None


def _start(event: Event, item: Item, ordered: Sequence[Item], texts: Mapping[str, str]) -> list[Entry]:
    m = item.mention
    kind = kind_of(item, turn_of(item, texts.get(m.document, "")))
    due = m.when if (m.modality in ("planned", "hypothetical", "demanded", "pledged") or ahead(item)) and m.when.start is not None else When()
    known = item.facts.published.start
    said_then = m.modality != "planned" and not ahead(item) and (m.when.basis not in ("stated", "relative") or known is None)
    vowed = m.modality == "pledged" and known is not None and due.grain == "day" and due.start is not None and due.start <= known
    if said_then or vowed or (due.end is not None and known is not None and due.end <= known):
        due = When()  # the day of the saying, not of the deed
    if due.start is None and item.concept == "visit" and kind == "event":
        due = _trip(item, ordered)
    sites = [p for p in m.recipients if p.kind in ("place", "organisation", "unknown", "group")]
    if item.concept == "visit" and kind == "event" and len(sites) > 1:
        return [Entry(event, item, kind, due, p) for p in sites]
    return [Entry(event, item, kind, due, None)]


def _trip(item: Item, ordered: Sequence[Item]) -> When:
    """Due within the trip that the same report tells of: the visitor is there on a known day, and more is to come."""
    people = item.people
    for other in ordered:
        m = other.mention
        if m.document == item.mention.document and m.modality == "actual" and m.type == "CONSULT" and m.when.grain == "day" and m.when.start:
            if (people & other.people) or ({p.country for p in item.mention.actors} & other.countries):
                end = dt.date.fromisoformat(m.when.start) + dt.timedelta(days=TRIP_DAYS)
                return When(start=m.when.start, end=end.isoformat(), grain="period", basis="inherited", rule="within the trip")
    return When()


def _retell(one: Entry, event: Event, item: Item, ordered: Sequence[Item], texts: Mapping[str, str]) -> None:
    """Take from another telling what it adds: words, the side that gets it, the day. The body's telling stands for that
    of the headline."""
    one.about |= item.about
    one.lands |= lands_of(item)
    one.countries |= parties_of(item) if not one.first.mention.actors else lands_of(item)
    one.concepts |= {item.concept} - {None}
    if item.mention.document != one.first.mention.document:
        return
    due = _start(event, item, ordered, texts)[0].due
    one.due = due if due.start is not None else one.due
    fuller = one.first.mention.sentence == 0 and item.mention.sentence == 1 and one.first.countries <= item.countries
    if fuller or (item.mention.actors and not one.first.mention.actors):
        one.first, one.event = item, event
    if fuller and one.kind == "event" and item.mention.modality == "pledged":  # "A to send rice", and below it "A will send rice, X promised"
        one.kind = "pledge"
        one.history = [msgspec.structs.replace(h, state=_AS_PLEDGE.get(h.state, h.state)) for h in one.history]


def _read(one: Entry, item: Item, turn: str | None) -> None:
    m = item.mention
    if one.target is not None and m.id != one.first.mention.id and not _concerns(one.target, item):
        return
    one.mentions.add(m.id)
    if m.modality in OPENING:
        one.concepts |= {item.concept} - {None}
    _turn_to(one, item, turn, span=saying(m), mention=m.id)


def _turn_to(one: Entry, item: Item, turn: str | None, *, span: Span, mention: str | None) -> None:
    """Put down the state that a report gives an item, where it is news."""
    m = item.mention
    state = _signal(one, item, turn)
    if state is None:
        return
    new = state
    if new in ("scheduled", "postponed") or (new == "announced" and (m.modality == "planned" or ahead(item))):
        _reschedule(one, item, new)
        if one.due.start is not None and not vague(one.due) and new == "announced":
            new = "scheduled"
    part = one.history and one.history[-1].document == item.facts.id and {one.state, new} == {"partly fulfilled", "fulfilled"}
    if part and new == "fulfilled" and turn != "fulfilled":
        return  # the headline that tells of it, or another clause, counts no more than what the report says in full
    if part and new == "partly fulfilled":
        one.history.pop()
    elif one.state in ("held", "fulfilled") and new in ("denied", "broken"):
        new = "disputed" if one.kind == "event" else "broken"
    elif one.state == "denied" and new in ("held", "under way", "scheduled", "announced") and one.kind == "event":
        new = "disputed"
    elif one.history and ((new == one.state and new != "postponed") or _weaker(new, one.state)):
        return
    one.history.append(
        StateChange(
            state=new, at=item.facts.published.start, mention=mention, document=item.facts.id, evidence=span, reason=_why(new, item, turn),
        )
    )


def _arrived(one: Entry, item: Item, texts: Mapping[str, str]) -> bool:
    """Whether a visitor expected for several days has only come: told as an arrival, within the time planned."""
    m, first = item.mention, one.first.mention
    if one.kind != "event" or m.modality != "actual" or m.mode != "visit" or "visit" not in one.concepts or not one.state:
        return False
    text = texts.get(m.document, "")
    said = saying(m)
    trigger = text[m.trigger.start : m.trigger.end].lower()
    if AT_START.search(text, m.trigger.end, said.end):
        return True
    plan = saying(first)
    stay = days_of(one.due) > 1 or STAYING.search(texts.get(first.document, ""), plan.start, plan.end) is not None
    return stay and trigger.startswith(("arriv", "land", "welcom", "receiv", "greet", "flew", "fly"))


def _expected_besides(one: Entry, item: Item) -> bool:
    """Whether the report that tells of a visit's beginning still expects this one: "begins a two-day trip … is due at the base on
    Tuesday" are two, and the second has not begun."""
    m = item.mention
    return "visit" in one.concepts and any(step.document == m.document and step.mention != m.id and step.state in ("announced", "scheduled") for step in one.history)


def _concerns(target: Participant, item: Item) -> bool:
    return any((p.entity or p.name) == (target.entity or target.name) for p in (*item.mention.recipients, *item.mention.actors))


def _reschedule(one: Entry, item: Item, state: str) -> None:
    """The date the report gives, if it is one still to come."""
    when, known = item.mention.when, item.facts.published.start
    if when.start is None or (known is not None and when.start < known and when.basis != "stated"):
        if state == "postponed":
            one.due = When()
        return
    if state == "postponed" and one.due.start is not None and when.start <= one.due.start:
        one.due = When()  # it names the old date
        return
    one.due = when


def _signal(one: Entry, item: Item, turn: str | None) -> CommitmentState | None:
    """What the report says of it, in the machine of its kind."""
    m = item.mention
    said: str | None = turn
    if said == "denied" and m.type == "REJECT" and one.kind == "event" and one.state in _WAITING and _own_deed(one, item):
        said = "cancelled"  # who was to go says that he will not
    if said in ("not yet", "unkept"):
        late = one.due.end is not None and (item.facts.published.start or "") >= one.due.end
        said = "broken" if late or (said == "unkept" and one.due.end is None) else "reaffirmed"  # nothing is broken before it is due
    if said == "reaffirmed":
        return "pledged" if not one.history else None
    if said is None:
        if m.modality == "denied" or m.negated:
            said = "denied"
        elif m.modality in OPENING or m.type in ("THREATEN", "REQUEST"):
            known = item.facts.published.start
            to_come = m.when.start is not None and (known is None or m.when.end is None or m.when.end > known)
            dated = (to_come and not vague(m.when)) or (one.due.start is not None and not vague(one.due))
            said = "scheduled" if dated and (m.modality == "planned" or (m.modality == "pledged" and one.kind == "event")) else "announced"
        elif m.modality == "hypothetical":
            said = "mooted"
        elif m.type in SPEECH and one.kind != "event":
            return "pledged" if not one.history else None
        elif ahead(item):
            said = "announced" if vague(m.when) else "scheduled"
        elif m.type in SPEECH and not signing(one, item):
            return None
        else:
            said = "held"
    if one.kind == "event":
        return cast("CommitmentState", _AS_EVENT.get(said, said))
    state = cast("CommitmentState", _AS_PLEDGE.get(said, said))
    if state == "fulfilled" and one.first.series:
        return "in progress"  # one exercise does not make good a pledge of regular ones
    return state


def _own_deed(one: Entry, item: Item) -> bool:
    """Whether the one side that was to act is the one that speaks now."""
    by, to = ({p.country for p in side if p.country} for side in (one.first.mention.actors, one.first.mention.recipients))
    return bool(by and to) and not by & to and by == {p.country for p in item.mention.actors}


def _weaker(new: str, old: str) -> bool:
    """An announcement read after the deed does not undo it."""
    if old in ("cancelled", "withdrawn", "denied", "broken", "superseded"):
        return new in ("mooted",)
    if old in ("postponed", "stalled"):
        return new in ("mooted", "announced", "pledged", "scheduled")
    return new in _RANK and old in _RANK and _RANK[new] < _RANK[old]


def saying(mention: EventMention) -> Span:
    """The span of the evidence that holds the trigger; the others are antecedents."""
    return next(e for e in mention.evidence if e.start <= mention.trigger.start and mention.trigger.end <= e.end)


def _why(state: str, item: Item, turn: str | None) -> str:
    source = item.facts.publisher or "a report"
    return f"{source} tells it as {turn or item.mention.modality}: {state}"


def overdue(kind: Kind, state: str, due: When, as_of: str | None) -> StateChange | None:
    """The computed state on a day: its last day has passed and no report tells of it."""
    if as_of is None or due.end is None or due.end > as_of:
        return None
    passed = f"the date has passed ({due.start}) and no report tells of it"
    if kind == "event" and state in _WAITING:
        return StateChange(state="overdue-unreported", at=due.end, mention=None, document=None, evidence=None, reason=passed)
    if kind != "event" and state == "pledged":
        return StateChange(state="lapsed-unreported", at=due.end, mention=None, document=None, evidence=None, reason=passed)
    return None


def _commitment(one: Entry, texts: Mapping[str, str], as_of: str | None) -> Commitment:
    first = one.first
    late = overdue(one.kind, one.state, one.due, as_of)
    history = (*one.history, *([late] if late else []))
    span = saying(first.mention)
    what = " ".join(texts.get(first.facts.id, "")[span.start : span.end].split())
    key = (one.target.entity or one.target.name) if one.target else ""
    return Commitment(
        id="cm_" + digest(one.event.id, first.mention.id, key),
        kind=one.kind,
        by=first.mention.actors,
        to=(one.target,) if one.target else first.mention.recipients,
        what=what,
        due=one.due,
        state=history[-1].state,
        history=history,
        mentions=tuple(sorted(one.mentions | {first.mention.id})),
        event=one.event.id,
        verifiable=one.kind == "event" or one.due.start is not None or first.concept is not None or bool(re.search(r"\d", what)),
    )


def undated(commitments: Iterable[Commitment]) -> list[Commitment]:
    """Commitments that no date could ever test."""
    return [c for c in commitments if not c.verifiable]
