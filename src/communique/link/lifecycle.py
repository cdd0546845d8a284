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
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, cast

from communique.link.events import CONCEPT, DONE, SPEECH, Item
from communique.link.lexical import stem
from communique.link.turns import AT_START, STAYING, sentence_of, turn_of
from communique.link.untold import Telling, turn_for
from communique.records import Commitment, CommitmentState, Event, EventMention, Participant, Span, StateChange, When
from communique.text import digest

Kind = Literal["event", "pledge", "threat", "demand"]
OPENING = frozenset({"planned", "pledged", "demanded"})
TRIP_DAYS = 8  # a visit announced without a date during a trip is due within this many days of the trip's first
VAGUE_DAYS = 123  # more than four months: a day, a month or a season is a date, "later this year" is none
_WAITING = frozenset({"mooted", "announced", "scheduled", "postponed"})
_ENDED = frozenset({"held", "cancelled", "fulfilled", "broken", "withdrawn", "superseded", "denied"})
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


class _Open:
    """One item of the ledger while reports are read."""

    def __init__(self, event: Event, first: Item, kind: Kind, due: When, target: Participant | None) -> None:
        self.event, self.first, self.kind, self.due, self.target = event, first, kind, due, target
        self.history: list[StateChange] = []
        self.mentions: set[str] = set()
        self.countries = set(_parties(first))
        self.lands = _lands(first)
        self.about = set(first.about)
        self.concepts = {first.concept} - {None}

    @property
    def state(self) -> str:
        return self.history[-1].state if self.history else ""


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
    ordered = sorted(seen, key=lambda i: _when_known(i, kept[i.mention.id]))
    without = {t.item.mention.id: t for t in untold if _seen(t.item, as_of)}
    queue = sorted([*ordered, *(t.item for t in without.values())], key=lambda i: (_day_known(i), i.mention.id in without, _when_known(i, kept.get(i.mention.id))))
    spoken: dict[str, list[Span]] = defaultdict(list)  # by document, the triggers that told something
    within: dict[str, list[_Open]] = defaultdict(list)  # what each document announced
    event_of = {m: e for e in events for m in e.mentions}
    opened: dict[str, list[_Open]] = {}
    by_key: dict[tuple[str, str], list[_Open]] = defaultdict(list)
    told: dict[tuple[str, int | None], list[_Open]] = {}
    for item in queue:
        if (telling := without.get(item.mention.id)) is not None:
            _hear(telling, by_key, spoken[item.facts.id])
            continue
        event = event_of.get(item.mention.id)
        if event is None:
            continue
        text = texts.get(item.facts.id, "")
        turn = kept[item.mention.id]
        if turn is not None or (item.mention.modality in DONE and item.mention.type not in SPEECH):
            spoken[item.facts.id].append(item.mention.trigger)
        if turn in _OF_WORD or (turn == "stalled" and item.mention.modality == "pledged"):  # "withdrew its pledge to send …": what it is about stands in the rest of the sentence
            span = sentence_of(item.mention, text)
            item = item._replace(about=item.about | {stem(w.lower()) for w in re.findall(r"[A-Za-z]{4,}", text[span.start : span.end])})
        own = opened.get(event.id)
        target = [*own, *_kept_by(item, turn, by_key, own)] if own else _best(item, turn, by_key)
        place = (item.mention.document, item.mention.sentence)
        if turn in _OF_WORD and item.mention.sentence is not None:
            target = target or told.get(place, [])  # "broke its promise to send …" is one turn, though two records
            told[place] = target
        if not target and _opens(item, turn, texts):
            target = _told_already(item, turn, [*within[item.facts.id], *(o for c in sorted(item.countries) for o in by_key.get(("", c), ()))], text)
            for one in target:
                _retell(one, event, item, ordered, texts)
                for key in _keys(item):
                    by_key[key] = [*(o for o in by_key[key] if o is not one), one]
            new = [] if target else _start(event, item, ordered, texts)
            target = target or new
            within[item.facts.id] += new
            opened[event.id] = target
            for one in new:
                for key in _keys(one.first):
                    by_key[key].append(one)
        for one in target or ():
            if turn is None and _arrived(one, item, texts):
                turn = "under way"
            _read(one, item, turn, texts)
    made = {id(one): one for group in (*opened.values(), *by_key.values()) for one in group}
    out = [_commitment(one, texts, as_of) for one in made.values() if one.history]  # words that give no state announce nothing
    return tuple(sorted(out, key=lambda c: (c.due.start or "9999", c.id)))


def _seen(item: Item, as_of: str | None) -> bool:
    known = item.facts.published.start
    return as_of is None or known is None or known <= as_of


def _when_known(item: Item, turn: str | None = None) -> tuple[str, bool, str, str, int, str]:
    """Publication; for a report without a date, after the event it tells as past. Of one day's reports, what was
    done first comes first ("opened it on Wednesday … had postponed it in September"); a delay and the new date told
    after it, in the order of the text."""
    m = item.mention
    if turn == "postponed" and item.facts.published.start is not None:
        return item.facts.published.start, False, item.facts.published.start, m.document, m.trigger.start, m.id
    told = item.facts.published.start or m.when.end or m.when.start or "9999"
    done = m.when.start if m.when.start is not None and m.when.basis in ("stated", "relative") and m.modality in DONE else told
    return told, m.modality in DONE, done, m.document, m.trigger.start, m.id


def _day_known(item: Item) -> str:
    return _when_known(item)[0]


def _hear(telling: Telling, by_key: Mapping[tuple[str, str], list[_Open]], spoken: Iterable[Span]) -> None:
    """Give a sentence to the open item of which it tells: all its parties are named, and two of its words (one, where
    the deed is named, or that it was promised) or more. Where a record of the sentence speaks, that alone is heard."""
    item, where = telling.item, telling.sentence
    if any(where.start <= span.start < where.end for span in spoken):
        return
    found: dict[int, tuple[float, str, _Open]] = {}
    for one in (o for country in sorted(item.countries) for o in by_key.get(("", country), ())):
        parties = {c for c in one.countries if len(c) == 3 and c.isupper()}
        if id(one) in found or not parties or not parties <= item.countries or one.state in _ENDED:
            continue
        first, known = one.first.facts.published.start, item.facts.published.start
        heard = turn_for(telling, one.about, {c for c in one.concepts if c})
        if heard is None or first is None or known is None or first >= known:
            continue
        turn, concept = heard
        seen = item._replace(concept=concept, countries=frozenset(parties))
        if _alike(one, seen) + (concept is not None) + telling.planned >= 2 and (score := _fit(one, seen, turn)) > 0:
            found[id(one)] = (score, turn, one)
    if found:
        _, turn, one = max(found.values(), key=lambda f: (f[0], _when_known(f[2].first)))
        _turn_to(one, item, turn, span=where, mention=None)


def _opens(item: Item, turn: str | None, texts: Mapping[str, str]) -> bool:
    m = item.mention
    if m.type == "STATE" or m.negated or turn in ("held", "fulfilled"):
        return False
    if m.modality in OPENING or turn == "mooted" or _ahead(item):
        return True
    if turn == "announced" and m.type in _AGREEING:
        return item.concept is not None
    if turn == "announced":
        return item.concept is not None and m.when.start is None
    if m.modality == "hypothetical":
        return item.concept is not None and m.type not in SPEECH and turn not in ("denied", "cancelled")
    trigger = texts.get(m.document, "")[m.trigger.start : m.trigger.end].lower()
    if m.type == "REQUEST":  # a demand made: what it asks for is still to come
        before = texts.get(m.document, "")[max(0, m.trigger.start - 80) : m.trigger.start]
        words = trigger + texts.get(m.document, "")[m.trigger.end : m.trigger.end + 30]
        said = trigger.startswith("demand") or _CALLED_ON.match(words) or re.search(r"\bdemand(?:s|ed|ing)?\b[^.;]*$", before, re.IGNORECASE)
        return m.modality == "actual" and bool(said) and bool(m.actors and m.recipients)
    if m.type == "THREATEN":
        return m.modality == "actual" and not trigger.startswith("threats") and trigger not in ("threat", "menace")
    return turn in ("postponed", "cancelled", "denied") and (m.modality in DONE or m.modality == "denied") and item.concept is not None


def _ahead(item: Item) -> bool:
    """Whether a deed coded as done has a day that was still to come when it was told ("plan talks on 10 August")."""
    m, known = item.mention, item.facts.published
    deed = m.type not in SPEECH or (m.type == "AGREE" and item.concept is not None)
    return m.modality == "actual" and deed and m.when.start is not None and known.start is not None and m.when.start >= (known.end or _later(known.start, 1))


def _vague(when: When) -> bool:
    """Whether a date leaves open so much ("later this year") that nothing is scheduled yet, though it can be overdue."""
    return _days(when) > VAGUE_DAYS


def _kind(item: Item, turn: str | None) -> Kind:
    m = item.mention
    if m.type == "THREATEN" and turn != "mooted" and m.modality not in ("planned", "pledged") and not item.about & _PROMISE:
        return "threat"
    if m.modality == "demanded" or m.type == "REQUEST":
        return "demand"
    if m.type == "CONCEDE" and turn == "announced":
        return "pledge"
    if m.modality == "pledged" or m.type in ("AID", "THREATEN") or _gift(item) or turn in ("withdrawn", "broken", "stalled", "reaffirmed"):
        return "pledge"
    return "event"


def _gift(item: Item) -> bool:
    """Whether what is planned is something that one state gives another ("will send 40 nurses to B"): a promise."""
    m = item.mention
    by, to = ({p.country or p.name for p in side} for side in (m.actors, m.recipients))
    return m.type == "AGREE" and m.modality == "planned" and item.concept in (None, "aid") and bool(item.about & _GIVING) and bool(by and to) and not by & to


_GIVING = frozenset(stem(w) for w in ["give", "send", "lend", "supply", "provide", "donate", "deliver", "grant", "ship"])
_CALLED_ON = re.compile(r"call(?:s|ed)? (?:on|upon) (?:\S+ ){1,5}?to\b|order(?:s|ed)? (?:\S+ ){1,5}?to\b", re.IGNORECASE)
_AGREEING = frozenset({"AGREE", "CONCEDE", "SUPPORT"})
_HOSTILE = frozenset({"ASSAULT", "COERCE", "SANCTION", "PROTEST", "ACCUSE"})
_PROMISE = frozenset(stem(w) for w in ["pledge", "pledged", "promise", "promised", "offer", "offered", "vow", "vowed"])
_OF_WORD = frozenset({"withdrawn", "broken", "superseded", "reaffirmed", "fulfilled", "partly fulfilled"})


def _start(event: Event, item: Item, ordered: Sequence[Item], texts: Mapping[str, str]) -> list[_Open]:
    m = item.mention
    kind = _kind(item, turn_of(item, texts.get(m.document, "")))
    due = m.when if (m.modality in ("planned", "hypothetical", "demanded", "pledged") or _ahead(item)) and m.when.start is not None else When()
    known = item.facts.published.start
    said_then = m.modality != "planned" and not _ahead(item) and (m.when.basis not in ("stated", "relative") or known is None)
    vowed = m.modality == "pledged" and known is not None and due.grain == "day" and due.start is not None and due.start <= known
    if said_then or vowed or (due.end is not None and known is not None and due.end <= known):
        due = When()  # the day of the saying, not of the deed
    if due.start is None and item.concept == "visit" and kind == "event":
        due = _trip(item, ordered)
    sites = [p for p in m.recipients if p.kind in ("place", "organisation", "unknown", "group")]
    if item.concept == "visit" and kind == "event" and len(sites) > 1:
        return [_Open(event, item, kind, due, p) for p in sites]
    return [_Open(event, item, kind, due, None)]


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


def _told_already(item: Item, turn: str | None, among: Iterable[_Open], text: str) -> list[_Open]:
    """The item of which these words are only another telling: that of the headline, another clause of its own
    sentence ("will send nurses, X promised"; "will meet in C to discuss"), or a pledge taken up later ("the trucks that
    it promised")."""
    kind = _kind(item, turn)
    if kind not in ("pledge", "event") or turn in _OF_WORD:
        return []
    m, lands = item.mention, _lands(item)
    by = {p.country or p.name for p in m.actors}
    for one in among:
        first = one.first.mention
        if one.kind != kind or one.target is not None or first.id == m.id:
            continue
        near = first.document == m.document and m.sentence is not None and first.sentence is not None and (m.sentence == first.sentence or (first.sentence == 0 and m.sentence == 1))
        if kind == "event":
            if near and item.countries == one.countries and _one_plan(one, item):
                return [one]
            continue
        theirs = {p.country or p.name for p in first.actors}
        if (by != theirs and not (near and not (by and theirs))) or (lands and one.lands and not lands & one.lands):
            continue
        again = first.document != m.document and _TAKEN_UP.search(text[max(0, m.trigger.start - 60) : m.trigger.start]) is not None
        if near or (again and (lands & one.lands or _alike(one, item) > 1)):
            return [one]
    return []


def _one_plan(one: _Open, item: Item) -> bool:
    """Whether two clauses of a report can tell one plan: the deed is the same, or one leaves it unnamed, and at most one
    of them dates it."""
    named = item.concept is None or not one.concepts or item.concept in one.concepts
    return named and item.mention.modality == one.first.mention.modality == "planned" and (one.due.start is None or item.mention.when.start is None)


def _retell(one: _Open, event: Event, item: Item, ordered: Sequence[Item], texts: Mapping[str, str]) -> None:
    """Take from another telling what it adds: words, the side that gets it, the day. The body's telling stands for that
    of the headline."""
    one.about |= item.about
    one.lands |= _lands(item)
    one.countries |= _parties(item) if not one.first.mention.actors else _lands(item)
    one.concepts |= {item.concept} - {None}
    if item.mention.document != one.first.mention.document:
        return
    due = _start(event, item, ordered, texts)[0].due
    one.due = due if due.start is not None else one.due
    fuller = one.first.mention.sentence == 0 and item.mention.sentence == 1 and one.first.countries <= item.countries
    if fuller or (item.mention.actors and not one.first.mention.actors):
        one.first, one.event = item, event


def _lands(item: Item) -> set[str]:
    """The countries of the side that something is promised to."""
    return {p.country for p in item.mention.recipients if p.country}


_TAKEN_UP = re.compile(r"\b(?:that|which|it|they|he|she)\s+(?:\w+\s+){0,2}?(?:(?:had|has|have)\s+)?$", re.IGNORECASE)


def _keys(item: Item) -> list[tuple[str, str]]:
    concepts = {item.concept or ""} | {CONCEPT[w] for w in item.about if w in CONCEPT}
    return [(c, country) for c in sorted(concepts | {""}) for country in sorted(_with_host(item, _parties(item)))]


def _best(item: Item, turn: str | None, by_key: Mapping[tuple[str, str], list[_Open]]) -> list[_Open]:
    """The open items that this report speaks of: same deed and parties, the date nearest. Several only for the sites
    of one visit."""
    found: dict[int, _Open] = {id(o): o for key in _keys(item) for o in by_key.get(key, ())}
    scored = [(score, o) for o in found.values() if (score := _fit(o, item, turn)) > 0]
    if not scored:
        return []
    top = max(score for score, _ in scored)
    latest = max((_when_known(o.first) for score, o in scored if score == top))
    return [o for score, o in scored if score == top and _when_known(o.first) == latest]


def _kept_by(item: Item, turn: str | None, by_key: Mapping[tuple[str, str], list[_Open]], own: Sequence[_Open]) -> list[_Open]:
    """The pledge that a deed makes good, when the deed was announced too and has an entry of its own."""
    if turn not in (None, "held") or item.mention.modality not in DONE or item.mention.type in SPEECH:
        return []
    mine = {id(o) for o in own}
    others = {k: [o for o in v if o.kind != "event" and id(o) not in mine] for k, v in by_key.items()}
    return _best(item, turn, others)


def _fit(one: _Open, item: Item, turn: str | None) -> float:
    m, known = item.mention, item.facts.published.start
    opened = one.first.facts.published.start
    if one.first.mention.id == m.id or (known and opened and known < opened):
        return 0.0
    if one.state in _ENDED and turn not in ("denied",) and not (one.state == "cancelled" and turn == "held") and not (one.state == "denied" and one.kind == "event"):
        return 0.0
    if m.type in SPEECH and turn is None and m.modality in DONE and not _signing(one, item):
        return 0.0
    if m.modality in OPENING and turn is None and not _continues(one, item):
        return 0.0
    mine = _with_host(one.first, one.countries) if item.concept == "meeting" else one.countries
    theirs = _parties(item)
    if not mine & theirs:
        theirs = _with_host(item, theirs)  # who was to host it is told as the place of it
    shared = mine & theirs
    if not shared or not (theirs <= mine or mine <= theirs or len(shared) > 1):
        return 0.0
    actors = {p.country or p.name for p in m.actors}
    if one.kind in ("event", "pledge") and turn in (None, "held") and m.type in _HOSTILE and m.type != one.first.mention.type and "strike" not in one.concepts:
        return 0.0  # what was promised is not kept by a blow
    if one.kind in ("threat", "demand") and turn is None and m.modality in DONE and not _answers(one, item, actors):
        return 0.0
    if any(_persons(one.first, c) and _persons(item, c) and not _persons(one.first, c) & _persons(item, c) for c in shared):
        return 0.0
    named = one.first.named & item.named
    if one.first.named and item.named and not named:
        return 0.0
    same = bool(item.concept and item.concept in one.concepts) or bool(named)
    words = _alike(one, item)
    if not same and words < (1 if turn not in (None, "held") or _same_dyad(one, item) or _firmer(one, item) else 2):
        return 0.0
    if len(one.countries) == 1 and len(item.countries) > 1 and words == 0 and not named:
        return 0.0  # a party alone and a deed with somebody else
    date = _date_fit(one, item, turn)
    return 0.0 if date == 0 else (2.0 if same else 0.5) + words * 0.3 + date


def _parties(item: Item) -> set[str]:
    """Who takes part, without those that only a common noun names ("60 detainees"), where others are known."""
    known = {p.country or p.entity or p.name for p in (*item.mention.actors, *item.mention.recipients) if p.country or p.entity or p.kind not in ("group", "unknown")}
    return known or set(item.countries)


def _with_host(item: Item, countries: Collection[str]) -> set[str]:
    """The parties, and for a meeting the country in which it is told to be held."""
    where = item.mention.where
    host = {where.country} if item.concept == "meeting" and where is not None and where.country and where.basis == "stated" else set()
    return {*countries, *host}


def _signing(one: _Open, item: Item) -> bool:
    """Whether a paper that was to be signed is signed: an act of speech that is the deed announced."""
    return one.kind == "event" and item.concept == "sign" and "sign" in one.concepts


def _continues(one: _Open, item: Item) -> bool:
    """Whether a further announcement is of the same plan: one without a date gets it, a pledge is made again."""
    if one.kind == "event":
        same = item.concept is not None and item.concept in one.concepts
        return (same or _firmer(one, item)) and (one.due.start is None or _narrower(item.mention.when, one.due))
    return item.mention.modality != "planned" and item.mention.type == one.first.mention.type


def _firmer(one: _Open, item: Item) -> bool:
    """Whether what was mooted in words that name no deed ("may sit together") is announced, by the same parties."""
    return one.state == "mooted" and (item.concept is None or not one.concepts) and item.countries == one.countries and _alike(one, item) > 0


def _narrower(when: When, due: When) -> bool:
    """Whether a date lies within one of more than a month ("later this year", then "on 2 May")."""
    if when.start is None or when.end is None or due.start is None or due.end is None:
        return False
    wide = (dt.date.fromisoformat(due.end[:10]) - dt.date.fromisoformat(due.start[:10])).days > 31
    return wide and due.start <= when.start and when.end <= due.end and (when.start, when.end) != (due.start, due.end)


def _answers(one: _Open, item: Item, actors: set[str]) -> bool:
    """Whether the deed is by the one who threatened, or by the one of whom it was demanded."""
    wanted = one.first.mention.actors if one.kind == "threat" else one.first.mention.recipients or one.first.mention.actors
    return bool(actors & {p.country or p.name for p in wanted})


def _persons(item: Item, country: str) -> set[str]:
    parties = (*item.mention.actors, *item.mention.recipients)
    return {p.entity or p.name for p in parties if p.country == country and p.kind == "person"}


def _same_dyad(one: _Open, item: Item) -> bool:
    """The same side acts on the same other side, as when what was promised to someone is sent to him."""
    pairs = []
    for m in (one.first.mention, item.mention):
        pairs.append(({p.country or p.name for p in m.actors}, {p.country or p.name for p in m.recipients}))
    (by, to), (actor, recipient) = pairs
    where = item.mention.where
    if not recipient and where is not None and where.country and where.basis == "stated":
        recipient = {where.country} - actor  # "the nurses arrived in B"
    return by == actor and (to == recipient if to else item.mention.type == "AID") and bool(recipient)


_FILLER = frozenset(["send", "sent", "deliver", "pledg", "promis", "threat", "threaten", "demand", "agre", "call", "plan", "will", "held", "hold", "tak", "took", "plac"])


def _alike(one: _Open, item: Item) -> int:
    return len({w for w in one.about & item.about if len(w) > 2} - _FILLER)


def _date_fit(one: _Open, item: Item, turn: str | None) -> float:
    """0 when the dates say it is another one; else nearer is more."""
    when, known = item.mention.when, item.facts.published.start
    if one.due.start is None:
        first = one.first.mention.when.start
        opened = one.first.facts.published.start
        if turn in (None, "held") and item.mention.modality in DONE and when.end and opened and when.end <= opened and when.basis in ("stated", "relative"):
            return 0.0  # done before the word was given
        if turn is None and when.start is None and known is None:
            # nothing says that the deed came after the word, but that one was still to come and the other is done
            return 0.1 if one.kind == "event" and not one.first.series and _same_dyad(one, item) and _alike(one, item) > 1 else 0.0
        return 0.0 if turn is None and when.end and first and when.end <= first else 0.3
    if turn in ("postponed", "cancelled", "denied", "stalled", "withdrawn", "mooted", "superseded"):
        earliest = min(when.start or known or "", known or "")
        return 0.0 if earliest and one.due.end and earliest >= _later(one.due.end, 30) else 0.5
    told = when.start or known
    if told is None:
        return 0.1
    if when.start is None and turn not in ("held", "under way"):
        return 0.2 if _later(one.due.start, -3) <= told <= _later(one.due.end or one.due.start, 30) else 0.0
    lasting = item.phase == "end" or (one.first.concept == "drill" and turn is not None)
    low, high = one.due.start, _later(one.due.end or one.due.start, 21 if lasting or when.start is None else 2)
    return 1.0 if low <= told < high or (when.end and when.start and when.start < high and when.end > low) else 0.0


def _later(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day[:10]) + dt.timedelta(days=days)).isoformat()


def _read(one: _Open, item: Item, turn: str | None, texts: Mapping[str, str]) -> None:
    m = item.mention
    if one.target is not None and m.id != one.first.mention.id and not _concerns(one.target, item):
        return
    one.mentions.add(m.id)
    if m.modality in OPENING:
        one.concepts |= {item.concept} - {None}
    _turn_to(one, item, turn, span=saying(m), mention=m.id)


def _turn_to(one: _Open, item: Item, turn: str | None, *, span: Span, mention: str | None) -> None:
    """Put down the state that a report gives an item, where it is news."""
    m = item.mention
    state = _signal(one, item, turn)
    if state is None:
        return
    new = state
    if new in ("scheduled", "postponed") or (new == "announced" and (m.modality == "planned" or _ahead(item))):
        _reschedule(one, item, new)
        if one.due.start is not None and not _vague(one.due) and new == "announced":
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


def _arrived(one: _Open, item: Item, texts: Mapping[str, str]) -> bool:
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
    stay = _days(one.due) > 1 or STAYING.search(texts.get(first.document, ""), plan.start, plan.end) is not None
    return stay and trigger.startswith(("arriv", "land", "welcom", "receiv", "greet", "flew", "fly"))


def _days(when: When) -> int:
    if when.start is None or when.end is None:
        return 0
    return (dt.date.fromisoformat(when.end[:10]) - dt.date.fromisoformat(when.start[:10])).days


def _concerns(target: Participant, item: Item) -> bool:
    return any((p.entity or p.name) == (target.entity or target.name) for p in (*item.mention.recipients, *item.mention.actors))


def _reschedule(one: _Open, item: Item, state: str) -> None:
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


def _signal(one: _Open, item: Item, turn: str | None) -> CommitmentState | None:
    """What the report says of it, in the machine of its kind."""
    m = item.mention
    said: str | None = turn
    if said == "reaffirmed":
        return "pledged" if not one.history else None
    if said is None:
        if m.modality == "denied" or m.negated:
            said = "denied"
        elif m.modality in OPENING or m.type in ("THREATEN", "REQUEST"):
            known = item.facts.published.start
            ahead = m.when.start is not None and (known is None or m.when.end is None or m.when.end > known)
            dated = (ahead and not _vague(m.when)) or (one.due.start is not None and not _vague(one.due))
            said = "scheduled" if dated and (m.modality == "planned" or (m.modality == "pledged" and one.kind == "event")) else "announced"
        elif m.modality == "hypothetical":
            said = "mooted"
        elif m.type in SPEECH and one.kind != "event":
            return "pledged" if not one.history else None
        elif _ahead(item):
            said = "announced" if _vague(m.when) else "scheduled"
        elif m.type in SPEECH and not _signing(one, item):
            return None
        else:
            said = "held"
    if one.kind == "event":
        return cast("CommitmentState", _AS_EVENT.get(said, said))
    state = cast("CommitmentState", _AS_PLEDGE.get(said, said))
    if state == "fulfilled" and one.first.series:
        return "in progress"  # one exercise does not make good a pledge of regular ones
    return state


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


def _commitment(one: _Open, texts: Mapping[str, str], as_of: str | None) -> Commitment:
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
