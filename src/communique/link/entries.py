"""Entries of the ledger and the search for the one that a report speaks of.

An entry is one plan, pledge, threat or demand while reports are read. A report goes to the open entry of the same deed
and parties whose date is nearest; what it announces is looked for among those that its own headline or another clause
has opened. All is decided from the records and the words around their triggers, never from the rest of the corpus.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal

from communique.link.events import CONCEPT, DONE, SPEECH, Item
from communique.link.lexical import stem
from communique.records import Event, Participant, StateChange, When

Kind = Literal["event", "pledge", "threat", "demand"]
OPENING = frozenset({"planned", "pledged", "demanded"})
KEPT_LATE_DAYS = 180  # how long after its day a promise can still be made good
VAGUE_DAYS = 123  # more than four months: a day, a month or a season is a date, "later this year" is none
ENDED = frozenset({"held", "cancelled", "fulfilled", "broken", "withdrawn", "superseded", "denied"})


class Entry:
    """One item of the ledger while reports are read."""

    def __init__(self, event: Event, first: Item, kind: Kind, due: When, target: Participant | None) -> None:
        self.event, self.first, self.kind, self.due, self.target = event, first, kind, due, target
        self.history: list[StateChange] = []
        self.mentions: set[str] = set()
        self.countries = set(parties_of(first))
        self.lands = lands_of(first)
        self.about = set(first.about)
        self.concepts = {first.concept} - {None}

    @property
    def state(self) -> str:
        return self.history[-1].state if self.history else ""


def when_known(item: Item, turn: str | None = None) -> tuple[str, bool, str, str, int, str]:
    """Publication; for a report without a date, after the event it tells as past. Of one day's reports, what was
    done first comes first ("opened it on Wednesday … had postponed it in September"); a delay and the new date told
    after it, in the order of the text."""
    m = item.mention
    if turn == "postponed" and item.facts.published.start is not None:
        return item.facts.published.start, False, item.facts.published.start, m.document, m.trigger.start, m.id
    told = item.facts.published.start or m.when.end or m.when.start or "9999"
    done = m.when.start if m.when.start is not None and m.when.basis in ("stated", "relative") and m.modality in DONE else told
    return told, m.modality in DONE, done, m.document, m.trigger.start, m.id


def ahead(item: Item) -> bool:
    """Whether a deed coded as done has a day that was still to come when it was told ("plan talks on 10 August")."""
    m, known = item.mention, item.facts.published
    deed = m.type not in SPEECH or (m.type == "AGREE" and item.concept is not None)
    return m.modality == "actual" and deed and m.when.start is not None and known.start is not None and m.when.start >= (known.end or later(known.start, 1))


def vague(when: When) -> bool:
    """Whether a date leaves open so much ("later this year") that nothing is scheduled yet, though it can be overdue."""
    return days_of(when) > VAGUE_DAYS


def kind_of(item: Item, turn: str | None) -> Kind:
    m = item.mention
    if m.type == "THREATEN" and turn != "mooted" and m.modality not in ("planned", "pledged") and not item.about & _PROMISE:
        return "threat"
    if m.modality == "demanded" or (m.type == "REQUEST" and turn != "mooted"):
        return "demand"
    if turn == "mooted" and item.concept is not None and m.type != "THREATEN":
        return "event"
    if turn == "announced" and (m.type == "CONCEDE" or (item.concept in (None, "aid") and item.about & GIVING and lands_of(item))):
        return "pledge"
    if m.modality == "pledged" or m.type in ("AID", "THREATEN") or _gift(item) or turn in ("withdrawn", "broken", "unkept", "not yet", "stalled", "reaffirmed"):
        return "pledge"
    return "event"


def _gift(item: Item) -> bool:
    """Whether what is planned is something that one state gives another ("will send 40 nurses to B"): a promise."""
    m = item.mention
    by, to = ({p.country or p.name for p in side} for side in (m.actors, m.recipients))
    return m.type == "AGREE" and m.modality == "planned" and item.concept in (None, "aid") and bool(item.about & GIVING) and bool(by and to) and not by & to


GIVING = frozenset(stem(w) for w in ["give", "send", "lend", "supply", "provide", "donate", "deliver", "grant", "ship"])
CALLED_ON = re.compile(r"call(?:s|ed)? (?:on|upon) (?:\S+ ){1,5}?to\b|order(?:s|ed)? (?:\S+ ){1,5}?to\b", re.IGNORECASE)
AGREEING = frozenset({"AGREE", "CONCEDE", "SUPPORT"})
_HOSTILE = frozenset({"ASSAULT", "COERCE", "SANCTION", "PROTEST", "ACCUSE"})
_PROMISE = frozenset(stem(w) for w in ["pledge", "pledged", "promise", "promised", "offer", "offered", "vow", "vowed"])
OF_WORD = frozenset({"withdrawn", "broken", "unkept", "not yet", "superseded", "reaffirmed", "fulfilled", "partly fulfilled"})


def told_already(item: Item, turn: str | None, among: Iterable[Entry], text: str) -> list[Entry]:
    """The item of which these words are only another telling: that of the headline, another clause of its own
    sentence ("will send nurses, X promised"; "will meet in C to discuss"), or a pledge taken up later ("the trucks that
    it promised")."""
    kind = kind_of(item, turn)
    if kind not in ("pledge", "event") or turn in OF_WORD:
        return []
    m, lands = item.mention, lands_of(item)
    by = {p.country or p.name for p in m.actors}
    for one in among:
        first = one.first.mention
        if one.kind != kind or one.target is not None or first.id == m.id:
            continue
        near = first.document == m.document and m.sentence is not None and first.sentence is not None and (m.sentence == first.sentence or (first.sentence == 0 and m.sentence == 1))
        if kind == "event":
            theirs = {p.country or p.name for p in first.actors}
            turned = bool(by and theirs and not by & theirs and m.sentence == first.sentence)  # "A will free ten, and B will hand over two"
            if near and not turned and item.countries == one.countries and _one_plan(one, item):
                return [one]
            continue
        theirs = {p.country or p.name for p in first.actors}
        if (by != theirs and not (near and not (by and theirs))) or (lands and one.lands and not lands & one.lands):
            continue
        again = first.document != m.document and _TAKEN_UP.search(text[max(0, m.trigger.start - 60) : m.trigger.start]) is not None
        if near or (again and (lands & one.lands or alike(one, item) > 1)):
            return [one]
    return []


def _one_plan(one: Entry, item: Item) -> bool:
    """Whether two clauses of a report can tell one plan: the deed is the same, or one leaves it unnamed, and at most one
    of them dates it."""
    named = item.concept is None or not one.concepts or item.concept in one.concepts or {item.concept, *one.concepts} == {"meeting", "visit"}
    return named and item.mention.modality == one.first.mention.modality == "planned" and (one.due.start is None or item.mention.when.start is None)


def lands_of(item: Item) -> set[str]:
    """The countries of the side that something is promised to."""
    return {p.country for p in item.mention.recipients if p.country}


_TAKEN_UP = re.compile(r"\b(?:that|which|it|they|he|she)\s+(?:\w+\s+){0,2}?(?:(?:had|has|have)\s+)?$", re.IGNORECASE)


def keys_of(item: Item) -> list[tuple[str, str]]:
    concepts = {item.concept or ""} | {CONCEPT[w] for w in item.about if w in CONCEPT}
    return [(c, country) for c in sorted(concepts | {""}) for country in sorted(_with_host(item, parties_of(item)))]


def best_entries(item: Item, turn: str | None, by_key: Mapping[tuple[str, str], list[Entry]]) -> list[Entry]:
    """The open items that this report speaks of: same deed and parties, the date nearest. Several only for the sites
    of one visit."""
    found: dict[int, Entry] = {id(o): o for key in keys_of(item) for o in by_key.get(key, ())}
    scored = [(score, o) for o in found.values() if (score := fit(o, item, turn)) > 0]
    if not scored:
        return []
    top = max(score for score, _ in scored)
    latest = max((when_known(o.first) for score, o in scored if score == top))
    return [o for score, o in scored if score == top and when_known(o.first) == latest]


def kept_by(item: Item, turn: str | None, by_key: Mapping[tuple[str, str], list[Entry]], own: Sequence[Entry]) -> list[Entry]:
    """The pledge that a deed makes good, when the deed was announced too and has an entry of its own."""
    if turn not in (None, "held") or item.mention.modality not in DONE or item.mention.type in SPEECH:
        return []
    mine = {id(o) for o in own}
    others = {k: [o for o in v if o.kind != "event" and id(o) not in mine] for k, v in by_key.items()}
    return best_entries(item, turn, others)


def fit(one: Entry, item: Item, turn: str | None) -> float:
    m, known = item.mention, item.facts.published.start
    opened = one.first.facts.published.start
    if one.first.mention.id == m.id or (known and opened and known < opened):
        return 0.0
    if one.state in ENDED and turn not in ("denied",) and not (one.state == "cancelled" and turn == "held") and not (one.state == "denied" and one.kind == "event"):
        return 0.0
    if m.type in SPEECH and turn is None and m.modality in DONE and not signing(one, item):
        return 0.0
    if m.modality in OPENING and turn is None and not _continues(one, item):
        return 0.0
    mine = _with_host(one.first, one.countries) if item.concept == "meeting" else one.countries
    theirs = parties_of(item)
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
    words = alike(one, item)
    if not same and words < (1 if turn not in (None, "held") or _same_dyad(one, item) or _firmer(one, item) else 2):
        return 0.0
    if len(one.countries) == 1 and len(item.countries) > 1 and words == 0 and not named:
        return 0.0  # a party alone and a deed with somebody else
    date = _date_fit(one, item, turn)
    return 0.0 if date == 0 else (2.0 if same else 0.5) + words * 0.3 + date


def parties_of(item: Item) -> set[str]:
    """Who takes part, without those that only a common noun names ("60 detainees"), where others are known."""
    known = {p.country or p.entity or p.name for p in (*item.mention.actors, *item.mention.recipients) if p.country or p.entity or p.kind not in ("group", "unknown")}
    return known or set(item.countries)


def _with_host(item: Item, countries: Collection[str]) -> set[str]:
    """The parties, and for a meeting the country in which it is told to be held."""
    where = item.mention.where
    host = {where.country} if item.concept == "meeting" and where is not None and where.country and where.basis == "stated" else set()
    return {*countries, *host}


def signing(one: Entry, item: Item) -> bool:
    """Whether a paper that was to be signed is signed: an act of speech that is the deed announced."""
    return one.kind == "event" and item.concept == "sign" and "sign" in one.concepts


def _continues(one: Entry, item: Item) -> bool:
    """Whether a further announcement is of the same plan: one without a date gets it, a pledge is made again."""
    if one.kind == "event":
        same = item.concept is not None and item.concept in one.concepts
        return (same or _firmer(one, item)) and (one.due.start is None or _narrower(item.mention.when, one.due))
    return item.mention.modality != "planned" and item.mention.type == one.first.mention.type


def _firmer(one: Entry, item: Item) -> bool:
    """Whether what was mooted in words that name no deed ("may sit together") is announced, by the same parties."""
    return one.state == "mooted" and (item.concept is None or not one.concepts) and item.countries == one.countries and alike(one, item) > 0


def _narrower(when: When, due: When) -> bool:
    """Whether a date lies within one of more than a month ("later this year", then "on 2 May")."""
    if when.start is None or when.end is None or due.start is None or due.end is None:
        return False
    wide = (dt.date.fromisoformat(due.end[:10]) - dt.date.fromisoformat(due.start[:10])).days > 31
    return wide and due.start <= when.start and when.end <= due.end and (when.start, when.end) != (due.start, due.end)


def _answers(one: Entry, item: Item, actors: set[str]) -> bool:
    """Whether the deed is by the one who threatened, or by the one of whom it was demanded."""
    wanted = one.first.mention.actors if one.kind == "threat" else one.first.mention.recipients or one.first.mention.actors
    return bool(actors & {p.country or p.name for p in wanted})


def _persons(item: Item, country: str) -> set[str]:
    parties = (*item.mention.actors, *item.mention.recipients)
    return {p.entity or p.name for p in parties if p.country == country and p.kind == "person"}


def _same_dyad(one: Entry, item: Item) -> bool:
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


_CONTENT_FIRST = re.compile(r"\b(?:will|would|shall)\b.*,[^,]*$", re.DOTALL)


def said_before(item: Item, before: str) -> frozenset[str]:
    """What a promise is about: where the verb stands behind its content ("A will send B boats, X promised"), the words
    before it too, without the parties' names. `before` is the sentence up to the verb."""
    if _CONTENT_FIRST.search(before) is None:
        return item.about
    names = {stem(w) for p in (*item.mention.actors, *item.mention.recipients) for w in re.findall(r"[a-z]{2,}", f"{p.name} {p.text or ''}".lower())}
    return item.about | (item.words - names)


def alike(one: Entry, item: Item) -> int:
    return len({w for w in one.about & item.about if len(w) > 2} - _FILLER)


def _date_fit(one: Entry, item: Item, turn: str | None) -> float:
    """0 when the dates say it is another one; else nearer is more."""
    when, known = item.mention.when, item.facts.published.start
    if one.due.start is None:
        first = one.first.mention.when.start
        opened = one.first.facts.published.start
        if turn in (None, "held") and item.mention.modality in DONE and when.end and opened and when.end <= opened and when.basis in ("stated", "relative"):
            return 0.0  # done before the word was given
        if turn is None and when.start is None and known is None:
            # nothing says that the deed came after the word, but that one was still to come and the other is done
            return 0.1 if one.kind == "event" and not one.first.series and _same_dyad(one, item) and alike(one, item) > 1 else 0.0
        return 0.0 if turn is None and when.end and first and when.end <= first else 0.3
    if turn in ("postponed", "cancelled", "denied", "stalled", "withdrawn", "mooted", "superseded"):
        earliest = min(when.start or known or "", known or "")
        return 0.0 if earliest and one.due.end and earliest >= later(one.due.end, 30) else 0.5
    told = when.start or known
    if told is None:
        return 0.1
    if one.kind != "event":  # a word is kept by what is done before its day, and late is not never
        opened = one.first.facts.published.start or one.due.start
        return 1.0 if opened <= told < later(one.due.end or one.due.start, KEPT_LATE_DAYS) else 0.0
    if when.start is None and turn not in ("held", "under way"):
        return 0.2 if later(one.due.start, -3) <= told <= later(one.due.end or one.due.start, 30) else 0.0
    lasting = item.phase == "end" or (one.first.concept == "drill" and turn is not None)
    low, high = one.due.start, later(one.due.end or one.due.start, 21 if lasting or when.start is None else 2)
    return 1.0 if low <= told < high or (when.end and when.start and when.start < high and when.end > low) else 0.0


def later(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day[:10]) + dt.timedelta(days=days)).isoformat()


def days_of(when: When) -> int:
    if when.start is None or when.end is None:
        return 0
    return (dt.date.fromisoformat(when.end[:10]) - dt.date.fromisoformat(when.start[:10])).days
