"""Same event? Judgements between event mentions, and events as clusters of them.

A pair is scored from what the records say, never from the order in which they came and never from the rest of the
corpus, so that a verdict stays what it was when other documents come and go: types that can be one event (planned
and done included), what is done (`concept`), countries, people and offices that take part, intervals of time,
places, and the words between this trigger and the next. Each feature adds a weight that is printed as a reason; the
sum goes through a logistic. Disjoint dates, other parties, other places or a person's verdict forbid: clustering
takes the best pairs first and never chains through what is forbidden. Same actors and type on another date or
place is another event; an agreement is not the meeting at which it was made. What two reports tell in one copied
sentence is one event, dated or not (`passages`).
"""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from communique import tables
from communique.link.lexical import stem
from communique.link.passages import Alike, Passage, alike, keys, passage
from communique.records import DocumentFacts, EventMention, Judgement, LinkDocument, Participant, Span, When
from communique.text import digest

VERSION = "link.v2"
BIAS = -3.0
FUTURE = frozenset({"planned", "pledged", "demanded", "hypothetical"})
DONE = frozenset({"actual", "historical"})
# Acts of speech: what was said decides whether two are one, far more than who said it when.
SPEECH = frozenset({"AGREE", "SUPPORT", "CONCEDE", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "STATE"})
# Types that reports of one event use for each other.
FAMILIES: tuple[frozenset[str], ...] = tuple(
    frozenset(pair)
    for pair in (
        ("AGREE", "SUPPORT"), ("AGREE", "CONCEDE"), ("ACCUSE", "REJECT"), ("REJECT", "REQUEST"), ("CONCEDE", "RETREAT"), ("COERCE", "ASSAULT"),
        ("COERCE", "SANCTION"), ("MOBILIZE", "COOPERATE"), ("SUPPORT", "COOPERATE"), ("ACCUSE", "PROTEST"), ("MOBILIZE", "ASSAULT"), ("COERCE", "MOBILIZE"),
    )
)  # fmt: skip
DIRECTED = frozenset({"ACCUSE", "REJECT", "REQUEST", "THREATEN", "SANCTION", "COERCE", "ASSAULT", "AID"})
# What is done, by the words that name it; two mentions of one concept may be one deed whatever the wording.
_CONCEPTS = {
    "meeting": "meet meeting met talks talk summit dialogue consultation consultations negotiation negotiations negotiate discuss discussion discussions conference session round",
    "visit": "visit visits visited visiting trip tour travel travelled traveled arrive arrived arrival fly flew flown stopover attend attended attendance",
    "call": "call calls phone telephone phoned telephoned spoke",
    "drill": "drill drills exercise exercises exercised manoeuvre manoeuvres maneuver maneuvers wargame wargames iteration training trained train rehearse rehearsal",
    "parade": "parade parades march-past show",
    "launch": "launch launches launched test tests tested fire fired firing missile missiles rocket rockets",
    "strike": "strike strikes struck attack attacks attacked raid raids shelling shelled bombard bombarded bombed bombing airstrike clash clashes clashed fighting",
    "sign": "sign signed signing pact treaty accord agreement deal memorandum",
    "sanction": "sanction sanctions sanctioned blacklist blacklisted embargo",
    "aid": "aid assistance donate donated deliver delivered delivery shipment shipments shipped grant loan",
    "withdraw": "withdraw withdraws withdrew withdrawn withdrawing withdrawal pull pulled pulling pullout pullback leave left",
    "release": "release released free freed swap swapped exchange exchanged",
    "patrol": "patrol patrols patrolled patrolling", "resign": "resign resigned resignation",
    "ceasefire": "ceasefire truce armistice",
}  # fmt: skip
CONCEPT = {word: name for name, words in _CONCEPTS.items() for word in words.split()}
_NEAR = (frozenset({"meeting", "visit"}),)
_START = frozenset(["begin", "began", "begun", "begins", "start", "started", "starts", "starting", "kick", "kicked", "open", "opened", "opens", "launch", "launched", "from"])
_END = frozenset(["end", "ended", "ends", "complete", "completed", "completes", "conclude", "concluded", "concludes", "wrap", "wrapped", "finish", "finished", "close", "closed"])
_SERIES = re.compile(r"\b(annual|annually|yearly|weekly|monthly|biannual|biennial|quarterly|regular|semi-annual|twice-yearly)\b", re.IGNORECASE)
NAMED = re.compile(r"\b(?:(?:Exercise|Operation|Summit|Forum|Dialogue|Conference)\s+)?(?:[A-Z][a-z]+[\s-]){1,3}(?:Exercise|Operation|Summit|Forum|Dialogue|Conference|Drill|Games?)\b|\b(?:Exercise|Operation)\s+(?:[A-Z][\w-]+\s?){1,3}|\b(?:[A-Z][a-z]+[\s-]){1,2}(?:[A-Z][a-z]+\s)?(?=(?:(?:military|naval|joint|air|defen[cs]e|war)\s)?(?:exercises?|drills?|war ?games?)\b)")
_FOR = re.compile(r"\bfor (?:an? |the |their )?(?:[\w-]+ )?(summit|talks|meeting|conference|visit|drills?|exercises?)\b", re.IGNORECASE)
_TRIP = re.compile(r"(?:go|going|come|coming|travel|travell?ing) to [A-Z]")  # "would not be going to Athens"
_WORD = re.compile(r"[^\W\d_][\w'-]+|\d[\d,.]*\d|\d")
_AFTER, _BEFORE = 16, 8  # words of a clause on either side of its trigger that say what it is about
_STOP = frozenset(
    ["the", "and", "for", "with", "that", "this", "from", "have", "has", "had", "was", "were", "are", "been", "being", "its", "their", "his", "her", "they", "them", "which", "who", "whom", "will", "would", "could", "should", "said", "says", "say", "also", "after", "before", "during", "over", "into", "between", "about", "against", "than", "then", "when", "while", "where", "there", "these", "those", "such", "other", "more", "most", "some", "any", "all", "both", "not", "but", "our", "out", "off", "per", "via", "upon", "under", "two", "three", "first", "last", "day", "days", "week", "weeks", "month", "months", "year", "years", "hours", "few", "later", "earlier", "ago", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december", "on", "in", "of", "to", "at", "by", "as", "a", "an", "is", "be", "it", "he", "she", "we", "i", "or", "if", "new", "next", "today", "yesterday", "tomorrow", "according", "ministry", "minister", "government", "president", "officials", "official", "spokesman", "spokeswoman", "statement", "country", "countries", "nation", "nations"]
)  # fmt: skip
_GENERIC = frozenset(stem(w) for w in ["agree", "pledge", "vow", "promise", "reaffirm", "meet", "talks", "hold", "held", "conduct", "take", "took", "place", "joint", "military", "security", "cooperation", "cooperate", "relations", "countries", "leaders", "sides", "side", "more", "continue", "keep", "maintain", "commitment", "importance", "announce", "plan", "seek", "planning"]) | {"defens", "tie"}  # fmt: skip
_SAME = {"defence": "defens", "military": "defens", "armed": "defens", "programme": "program", "nuclear": "nuclear", "denuclearisation": "denucleariz", "denuclearization": "denucleariz", "relations": "tie", "ties": "tie", "bonds": "tie"}  # fmt: skip
_OFFICES = ("defen", "foreign", "president", "prime", "financ", "trade", "interior", "king", "chancellor", "secretary of state", "vice")


class Item(NamedTuple):
    """One event mention with what the judge reads of it."""

    mention: EventMention
    facts: DocumentFacts
    words: frozenset[str]  # stems of the whole evidence
    about: frozenset[str]  # stems of the clause, without the parties' names
    concept: str | None
    phase: str | None  # "start", "end"
    named: frozenset[str]  # proper names of exercises and the like
    series: str | None  # the word that says it recurs
    countries: frozenset[str]
    people: frozenset[str]
    told: Passage = Passage()  # the words as they stand


class Verdict(NamedTuple):
    """A pair's probability, its reasons, and whether merging is forbidden whatever the score."""

    score: float
    reasons: tuple[str, ...]
    forbidden: bool


def make_items(documents: Iterable[LinkDocument], only: Collection[str] | None = None) -> list[Item]:
    """Every event mention of the documents (of `only` these ids), with its words and parties, sorted by id."""
    out = []
    for doc in documents:
        triggers = sorted((m.trigger.start, m.trigger.end) for m in doc.mentions)
        names = _names(doc)
        for mention in doc.mentions:
            if only is None or mention.id in only:
                out.append(_item(doc, mention, triggers, names))
    return sorted(out, key=lambda i: i.mention.id)


def _names(doc: LinkDocument) -> frozenset[str]:
    """Words of all parties' names in the document: they are compared as parties, not as words."""
    words: set[str] = set()
    for m in doc.mentions:
        for p in (*m.actors, *m.recipients, *m.about):
            words.update(w.lower() for w in _WORD.findall(f"{p.text or ''} {p.name}") if w[0].isupper())
    return frozenset(words)


_DAYS = frozenset(["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "on", "annual", "regular", "joint"])  # between verb and deed


def _item(doc: LinkDocument, mention: EventMention, triggers: Sequence[tuple[int, int]], names: frozenset[str]) -> Item:
    evidence = " ".join(doc.text[e.start : e.end] for e in mention.evidence)
    saying = next(e for e in mention.evidence if e.start <= mention.trigger.start and mention.trigger.end <= e.end)
    trigger = doc.text[mention.trigger.start : mention.trigger.end].lower()
    bounds = [*triggers, *_telling(mention)]
    low = max([saying.start, *(end for _, end in bounds if end <= mention.trigger.start)])
    high = min([_clause_end(doc.text, saying), *(start for start, _ in bounds if start >= mention.trigger.end)])
    before = _WORD.findall(doc.text[low : mention.trigger.start])[-_BEFORE:]
    after = _WORD.findall(doc.text[mention.trigger.end : high])[:_AFTER]
    clause = [*(before if mention.type not in SPEECH or not after else ()), *_WORD.findall(trigger), *after]
    parties = (*mention.actors, *mention.recipients)
    concept = next((CONCEPT[w] for w in reversed(_WORD.findall(trigger)) if w in CONCEPT), None)
    if concept is None:
        undertaken = mention.type == "AGREE"  # "agreed on Monday to hold annual drills"; praise of an annual drill is no drill
        near = [w.lower() for w in after if not undertaken or w not in _DAYS][:6]
        concept = next((CONCEPT[w] for w in near if w in CONCEPT), None)
    if concept is None and mention.type == "REJECT":  # "the drill with B had been put off"
        concept = next((CONCEPT[w.lower()] for w in reversed(before) if w.lower() in CONCEPT), None)
    if concept is None and (gathering := _FOR.search(doc.text, mention.trigger.end, high)):  # "will gather in C on Monday for a summit"
        concept = CONCEPT[gathering.group(1).lower()]
    hosted = trigger.startswith(("receiv", "host", "welcom")) and any(p.kind in ("person", "office", "group") and p.country for p in parties)
    if concept is None and mention.type == "REJECT" and _TRIP.match(doc.text, mention.trigger.start):
        concept = "visit"
    if concept is None and (mention.mode == "visit" or (hosted and mention.type in ("AGREE", "CONSULT"))):
        concept = "visit"
    if mention.type == "ASSAULT" and concept in ("release", "sign", "meeting", "visit"):
        concept = "strike"  # fire that is exchanged
    series = _SERIES.search(doc.text[low:high])
    return Item(
        mention, doc.facts,
        frozenset(_stems(_WORD.findall(evidence), frozenset())), frozenset(_stems(clause, names)), concept,
        _phase([w.lower() for w in (*before, *_WORD.findall(trigger), *after[:4])]),
        frozenset(key for m in names_in(doc.text, saying.start, saying.end, names) if (key := name_key(m.group()))),  # "The drills" name nothing
        series.group(1).lower() if series else None,
        frozenset(p.country or p.entity or p.name for p in parties),
        frozenset(p.entity or p.name for p in parties if p.kind == "person"),
        passage(doc.text, mention.trigger, saying),
    )  # fmt: skip


def _telling(mention: EventMention) -> list[tuple[int, int]]:
    """Where its sentence says who told it and how ("the minister said"): no part of what is told."""
    spans = [s for a in mention.attribution for s in (a.cue, a.speaker.span) if s is not None]
    return [(s.start, s.end) for s in spans]


def _clause_end(text: str, saying: Span) -> int:
    """The end of the sentence, where the evidence stops short of it."""
    if text[saying.start : saying.end].rstrip("\"'’”) \n").endswith((".", "!", "?")):
        return saying.end
    stop = re.compile(r"[.!?;]\s|[.!?;]?\n|$").search(text, saying.end)
    return min(stop.start(), saying.end + 120) if stop else saying.end


def _stems(words: Iterable[str], leave: frozenset[str]) -> Iterator[str]:
    for word in words:
        low = word.lower().removesuffix("'s")
        if low not in _STOP and low not in leave and len(low) > 1 and not (low.isdigit() and len(low) < 3):
            yield _SAME.get(low) or stem(low.replace("isation", "ization").replace("defence", "defense"))


def names_in(text: str, start: int, end: int, parties: frozenset[str] = frozenset()) -> Iterator[re.Match[str]]:
    """The names that exercises, operations and summits have there; nations and the words of `parties` make none ("Kenyan naval
    drills"), nor does one capital that only opens the sentence ("Routine drills")."""
    for found in NAMED.finditer(text, start, end):
        own = [w for w in re.findall(r"[\w'’-]+", found.group()) if w[0].isupper() and w.lower() not in _STOP]
        own = [w for w in own if not set(w.lower().split("-")) <= (parties | _nation_words())]
        if own and not (len(own) == 1 and found.start() == start and own[0] not in ("Exercise", "Operation")):
            yield found


@functools.cache
def _nation_words() -> frozenset[str]:
    """Lower-case words of the names and adjectives of countries."""
    rows = tables.load("countries.json")["countries"]
    return frozenset(w.lower() for r in rows for n in (r["name"], *r.get("names", ()), *r.get("adjectives", ())) for w in re.findall(r"\w+", n))


def name_key(name: str) -> str:
    """A name as it is compared: without what all such names share."""
    return " ".join(w for w in name.casefold().replace("-", " ").split() if w not in ("exercise", "operation", "the", "military", "naval", "joint", "annual"))


def _phase(words: Sequence[str]) -> str | None:
    said = set(words)
    return "end" if said & _END else "start" if said & _START else None


def judge_pair(a: Item, b: Item) -> Verdict:
    """Whether two mentions report one event."""
    same = told_alike(a, b)
    parties = [(1.4, "one sentence in both reports")] if same == "sentence" else _parties(a, b)
    parts = [*_types(a, b), *parties, *_dates(a, b), *_places(a, b), *_wording(a, b, same)]
    stops = tuple(why for value, why in parts if value == -math.inf)
    if stops:
        return Verdict(0.0, stops, True)
    total = BIAS + sum(value for value, _ in parts)
    reasons = tuple(f"{why} ({value:+.1f})" for value, why in parts if abs(value) >= 0.05)
    return Verdict(round(1 / (1 + math.exp(-total)), 4), reasons, False)


def told_alike(a: Item, b: Item) -> Alike | None:
    """How much of one text two reports have around their triggers. Where it is less than the sentence, neither may say what
    the other does not: a formula in which only a name or a number is another tells of something else."""
    same = alike(a.told, b.told) if a.mention.document != b.mention.document else None
    return same if same == "sentence" or a.about <= b.about or b.about <= a.about else None


SLOPE, SHIFT = 1.74, 0.75  # Platt's fit on 132 labelled pairs (bench/link_calibration.py)


def probability(score: float) -> float:
    """How often a pair with this score is one event, as fitted on labelled pairs; the scores themselves are timid."""
    if score <= 0.0:
        return 0.0
    held = min(max(score, 1e-4), 1 - 1e-4)
    return round(1 / (1 + math.exp(-SLOPE * math.log(held / (1 - held)) - SHIFT)), 4)


_PRAISE = frozenset(stem(w) for w in ["highlight", "highlighted", "praise", "praised", "welcome", "welcomed", "hail", "hailed", "commend", "commended", "laud", "lauded", "applaud", "applauded", "underline", "underlined", "stressed", "emphasised", "emphasized"])


def _types(a: Item, b: Item) -> list[tuple[float, str]]:
    x, y = a.mention, b.mention
    if ("STATE" in (x.type, y.type)) and x.type != y.type:
        return [(-math.inf, "a position is not an event")]
    if x.negated != y.negated or (x.modality == "denied") != (y.modality == "denied"):
        if not (x.modality in FUTURE or y.modality in FUTURE or x.type == y.type):
            return [(-math.inf, "one is said not to have happened")]
    if x.document == y.document and {x.type, y.type} <= SPEECH and _one_sentence(a.mention, b.mention) and x.trigger != y.trigger:
        return [(-math.inf, "two acts told side by side in one sentence")]
    if x.type == y.type:
        if x.mode and y.mode and x.mode != y.mode:
            return [(0.3, f"both {x.type}, by different modes")]
        return [(1.0, f"both {x.type}")]
    if _announces(a, b) or _announces(b, a):
        return [(1.0, f"{x.type} and {y.type}: one {a.concept}, announced and told")]
    if frozenset({x.type, y.type}) in FAMILIES and a.concept == b.concept == "ceasefire":
        return [(1.0, f"{x.type} and {y.type}: a ceasefire, agreed and kept")]
    if {x.type, y.type} == {"SUPPORT", "COOPERATE"} and any(i.mention.type == "SUPPORT" and i.about & _PRAISE for i in (a, b)):
        return [(-math.inf, "praise of a deed is not the deed")]
    if frozenset({x.type, y.type}) in FAMILIES:
        return [(0.1, f"{x.type} and {y.type} can be one event")]
    return [(-math.inf, f"{x.type} and {y.type} are different events")]


def _one_sentence(x: EventMention, y: EventMention) -> bool:
    return x.sentence == y.sentence if x.sentence is not None and y.sentence is not None else False


def _announces(a: Item, b: Item) -> bool:
    """Whether `a` is the plan (coded as the agreement to do it) and `b` the deed, of one concept."""
    x, y = a.mention, b.mention
    if x.type not in ("AGREE", "CONCEDE", "THREATEN", "REQUEST") or x.modality not in ("planned", "pledged", "demanded", "denied"):
        return False
    return a.concept is not None and (a.concept == b.concept or frozenset({a.concept, b.concept}) in _NEAR) and y.type not in SPEECH


def _parties(a: Item, b: Item) -> list[tuple[float, str]]:
    if not a.countries or not b.countries:
        return [(-0.8, "parties not stated in one of them")]
    shared = a.countries & b.countries
    if not shared:
        return [(-math.inf, "no party in common")]
    small, large = sorted((a.countries, b.countries), key=len)
    out = [(1.4 if small == large else 0.6 if small <= large else -1.2, f"parties in common: {', '.join(sorted(shared))}")]
    actors = [{p.country or p.name for p in i.mention.actors} for i in (a, b)]
    types = {a.mention.type, b.mention.type}
    if actors[0] and actors[1] and not actors[0] & actors[1] and types & (DIRECTED | SPEECH) - {"AGREE"}:
        return [(-math.inf, "another actor")]
    targets = [{p.country or p.name for p in i.mention.recipients} for i in (a, b)]
    if targets[0] and targets[1] and not targets[0] & targets[1] and types & DIRECTED and actors[0] == actors[1]:
        return [(-math.inf, "another recipient")]
    if _other_way(a, b):
        return [(-math.inf, "a visit the other way")]
    if _elsewhere(a, b) or _elsewhere(b, a):
        return [(-math.inf, "a visit still to come to sites that the other does not name")]
    if _abroad(a, b) or _abroad(b, a):
        out.append((-2.5, "a visit there, and a meeting at the visitor's own place"))
    return [*out, *_persons(a, b)]


def _sides(item: Item) -> tuple[set[str], set[str]]:
    """The visitor's and the host's countries of a visit; empty for anything else."""
    m = item.mention
    if item.concept != "visit":
        return set(), set()
    visitors = {p.country for p in m.actors if p.country}
    return visitors, {p.country for p in m.recipients if p.country} - visitors


def _other_way(a: Item, b: Item) -> bool:
    """Whether the visitor of one is the host of the other and the other way round."""
    (visitors, hosts), (others, theirs) = _sides(a), _sides(b)
    return bool(visitors & theirs and hosts & others) and not visitors & others


SITES = frozenset({"place", "organisation", "unknown", "group"})  # kinds of what is visited beside a country and its people


def _elsewhere(a: Item, b: Item) -> bool:
    """Whether `a` is a visit still to come to named sites ("is due to visit the cemetery") and `b` a meeting or visit
    with somebody else there: a stop on the way, not the trip."""
    to = a.mention.recipients
    if a.concept != "visit" or a.mention.modality not in FUTURE or b.concept not in ("visit", "meeting") or not to or any(p.kind not in SITES or (p.entity is None and not p.name[:1].isupper()) for p in to):
        return False
    other = {p.entity or p.name for p in b.mention.recipients} | {p.name for p in b.mention.recipients}
    return bool(other) and not other & {n for p in to for n in (p.entity or p.name, p.name)}


def _abroad(a: Item, b: Item) -> bool:
    """Whether `a` is a visit and `b` is told to be in the visitor's country, not the host's."""
    (visitors, hosts), place = _sides(a), b.mention.where
    return bool(hosts) and place is not None and place.basis == "stated" and place.country in visitors and b.concept in ("visit", "meeting")


def _persons(a: Item, b: Item) -> Iterator[tuple[float, str]]:
    if a.people & b.people:
        yield 0.8, "same people"
    for country in sorted(a.countries & b.countries):
        mine, theirs = (_of(i, country) for i in (a, b))
        people = [{p.entity or p.name for p in side if p.kind == "person"} for side in (mine, theirs)]
        if people[0] and people[1] and not people[0] & people[1]:
            yield -2.5, f"other people of {country}"
        offices = [{o for p in side for o in _OFFICES if o in f"{p.office or ''} {p.name} {p.text or ''}".lower()} for side in (mine, theirs)]
        if offices[0] and offices[1] and not offices[0] & offices[1] and not (people[0] and people[0] & people[1]):
            yield -2.5, f"other offices of {country}"


def _of(item: Item, country: str) -> list[Participant]:
    return [p for p in (*item.mention.actors, *item.mention.recipients) if p.country == country]


def _known(item: Item) -> str | None:
    return item.facts.published.start


def _dates(a: Item, b: Item) -> list[tuple[float, str]]:
    x, y = a.mention.when, b.mention.when
    if x.start and y.start and _apart(x, y) and _phases(a, b):
        return [(0.6, "one tells how it began, the other how it ended")]
    for first, second in ((a, b), (b, a)):
        stop = _impossible(first, second)
        if stop:
            return [(-math.inf, stop)]
    if x.start is None or y.start is None:
        if (x.end and y.start and x.end <= y.start) or (y.end and x.start and y.end <= x.start):
            return [(-math.inf, f"other dates: {x.start}..{x.end} and {y.start}..{y.end}")]
        return [_undated(a, b)]
    if _apart(x, y):
        return [(-math.inf, f"other dates: {x.start}..{x.end} and {y.start}..{y.end}")]
    if (x.start, x.end) == (y.start, y.end):
        return [(1.6 if x.grain in ("day", "hour") else 0.9, f"same date, {x.start}")]
    wide = max(_days(x), _days(y))
    return [(0.8 if wide <= 8 else 0.5 if wide <= 31 else -0.2, "one date lies within or overlaps the other")]


def _undated(a: Item, b: Item) -> tuple[float, str]:
    times = [_extent(i) for i in (a, b)]
    if times[0] and times[1]:
        gap = max(0, (times[1][0] - times[0][1]).days, (times[0][0] - times[1][1]).days)
        if gap > 45:
            return -2.0, f"no date in one of them, and {gap} days between the reports"
        if gap > 10 and all(i.mention.modality in DONE for i in (a, b)):
            return -1.2, f"no date in one of them, and {gap} days between"
        if gap <= 3:
            return 0.3, "no date in one of them, told within days"
    return -0.4, "no date in one of them"


def _extent(item: Item) -> tuple[dt.date, dt.date] | None:
    """The first and last day on which a mention may have happened: of its date, else that of its report."""
    when, known = item.mention.when, _known(item)
    first = when.start or known
    if first is None:
        return None
    start = dt.date.fromisoformat(first[:10])
    if when.start is None or when.end is None:
        return start, start
    return start, max(start, dt.date.fromisoformat(when.end[:10]) - dt.timedelta(days=1))


def _apart(x: When, y: When) -> bool:
    return bool((x.end and y.start and x.end <= y.start) or (y.end and x.start and y.end <= x.start))


def _days(when: When) -> int:
    if when.start is None or when.end is None:
        return 9999
    return (dt.date.fromisoformat(when.end[:10]) - dt.date.fromisoformat(when.start[:10])).days


def _phases(a: Item, b: Item) -> bool:
    """Whether two dates are the beginning and end of one thing that lasts: same concept, within a month."""
    first, second = (a, b) if (a.mention.when.start or "") <= (b.mention.when.start or "") else (b, a)
    if first.concept is None or first.concept != second.concept or first.concept in ("strike", "launch", "call"):
        return False
    opens = first.phase == "start" or first.mention.modality in FUTURE
    start, end = first.mention.when.start, second.mention.when.start
    if start is None or end is None or second.phase != "end" or not opens:
        return False
    return (dt.date.fromisoformat(end[:10]) - dt.date.fromisoformat(start[:10])).days <= 31


def _impossible(a: Item, b: Item) -> str | None:
    """What one report told as done, before the day on which the other has it happen; or planned after it was done."""
    told, when = _known(a), b.mention.when
    if told is None:
        return None
    own = a.mention.when.start
    if own is not None and own > told:
        return None  # its own day was still to come: a plan told as if done
    if a.mention.modality in DONE and when.start is not None and when.start > told:
        return f"told as done on {told}, before {when.start}"
    ends = when.end
    if a.mention.modality in ("planned", "pledged") and b.mention.modality in DONE and ends is not None and ends <= told and _days(when) <= 8:
        return f"still to come on {told}, after {ends}"
    return None


def _places(a: Item, b: Item) -> list[tuple[float, str]]:
    x, y = a.mention.where, b.mention.where
    if x is None or y is None:
        return []
    if x.name == y.name:
        return [(0.5 if x.basis == y.basis == "stated" else 0.2, f"same place, {x.name}")]
    firm = x.basis == y.basis == "stated"
    if x.country and y.country and x.country != y.country:
        return [(-math.inf if firm else -1.2, f"other places, {x.name} and {y.name}")]
    points = [p for p in (x, y) if p.lat is not None and p.lon is not None and (p.radius_km or 0) < 80]
    if len(points) == 2 and _kilometres(x.lat or 0, x.lon or 0, y.lat or 0, y.lon or 0) > 60:
        return [(-math.inf if firm else -1.0, f"other places, {x.name} and {y.name}")]
    return [(-0.2, f"{x.name} and {y.name}")]


def _kilometres(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    p, q = math.radians(a_lat), math.radians(b_lat)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b_lon - a_lon) / 2) ** 2
    return 12742 * math.asin(min(1.0, math.sqrt(h)))


_SAYING = frozenset(stem(w) for w in ["agree", "agreed", "agreement", "pledge", "pledged", "promise", "promised", "vow", "vowed", "accuse", "accused", "reaffirm", "reaffirmed", "criticise", "criticised", "criticize", "criticized", "condemn", "condemned", "denounce", "denounced", "reject", "rejected", "demand", "demanded", "urge", "urged", "call", "called", "ask", "asked", "threaten", "threatened", "warn", "warned", "support", "supported", "praise", "praised", "welcome", "welcomed", "back", "backed", "say", "said", "sign", "signed"])  # fmt: skip


def _weight(words: Iterable[str]) -> float:
    return sum(0.0 if w in _SAYING else 0.3 if w in _GENERIC else 1.0 for w in words)


def _wording(a: Item, b: Item, same: Alike | None) -> list[tuple[float, str]]:
    out = []
    shared = a.about & b.about
    least = max(2.0, min(_weight(a.about), _weight(b.about)))
    share = min(1.0, _weight(shared) / least)
    speech = a.mention.type in SPEECH and b.mention.type in SPEECH and not (_plan(a) and _plan(b))
    scale, zero = (6.0, 0.45) if speech else (2.0, 0.2)
    if same is not None:
        out.append((scale * (1.0 - zero), "told in the same words"))
    elif speech and min(_weight(a.about), _weight(b.about)) < 1.0 and _one_day(a, b) and _whole(a, b) >= 0.4:
        out.append((0.0, "one says nothing of the matter beside the act, and the sentences are alike"))
    else:
        out.append((scale * (share - zero), f"{share:.0%} of what the shorter one says"))
    if a.named and b.named:
        out.append((1.5, f"both name {sorted(a.named & b.named)[0]}") if a.named & b.named else (-2.0, "other names"))
    if not speech and same is None and a.concept != b.concept and frozenset({a.concept or "", b.concept or ""}) not in _NEAR:
        both = a.concept and b.concept
        out.append((-2.0 if both else -0.6, f"{a.concept or 'something'} and {b.concept or 'something'}"))
    elif not speech and a.concept is not None:
        out.append((0.5, f"a {a.concept} in both"))
    if a.mention.document == b.mention.document:
        out.append((-0.3, "told in one report"))
    if (a.mention.modality == "historical") != (b.mention.modality == "historical") and a.mention.document == b.mention.document:
        out.append((-2.0, "one is background"))
    return out


def _one_day(a: Item, b: Item) -> bool:
    """Whether both tell, in one modality, of the same parties on one and the same day."""
    x, y = a.mention, b.mention
    same = (x.when.start, x.when.end, x.modality) == (y.when.start, y.when.end, y.modality)
    return same and x.when.grain == "day" and x.document != y.document and a.countries == b.countries


def _whole(a: Item, b: Item) -> float:
    """The share of the shorter sentence's words that both sentences have."""
    least = min(_weight(a.words), _weight(b.words))
    return _weight(a.words & b.words) / least if least >= 2.0 else 0.0


def _plan(item: Item) -> bool:
    """Whether the record is a plan of a deed that has a name of its own ("will hold drills"), not an act of speech."""
    return item.mention.modality == "planned" and item.concept is not None


def candidate_pairs(items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pairs worth judging: parties in common (or none stated) in a month in common, or, where one is of no known time, told
    in the same words. Sorted by ids."""
    near = Neighbours()
    known: dict[str, Item] = {}
    pairs = []
    for item in sorted(items, key=lambda i: i.mention.id):
        pairs += [(known[other], item) for other in near.of(item)]
        near.add(item)
        known[item.mention.id] = item
    return sorted(pairs, key=lambda p: (p[0].mention.id, p[1].mention.id))


class Neighbours:
    """The mentions a new one is worth judging with: `candidate_pairs` for those that come and go."""

    def __init__(self) -> None:
        self._both: dict[tuple[str, str], set[str]] = defaultdict(set)  # two parties in a month
        self._any: dict[tuple[str, str], set[str]] = defaultdict(set)  # one party in a month
        self._alone: dict[tuple[str, str], set[str]] = defaultdict(set)  # the same, of those with no other party
        self._worded: dict[tuple[str, str], set[str]] = defaultdict(set)  # words
        self._timeless: dict[tuple[str, str], set[str]] = defaultdict(set)  # the same, of those of no known time
        self._told: dict[str, Item] = {}

    def of(self, item: Item) -> list[str]:
        """Ids of the neighbours taken in, sorted."""
        both, one = _slots(item)
        found: set[str] = set()
        for key in both:
            found |= self._both.get(key, set())
        for key in one:
            found |= (self._any if len(item.countries) <= 1 else self._alone).get(key, set())
        for key in worded_slots(item):
            held = (self._worded if timeless(item) else self._timeless).get(key, set())
            found.update(other for other in held if told_alike(item, self._told[other]))
        found.discard(item.mention.id)
        return sorted(found)

    def add(self, item: Item) -> None:
        """Take a mention in."""
        for held in self._held(item):
            held.add(item.mention.id)
        self._told[item.mention.id] = item

    def remove(self, item: Item) -> None:
        """Forget a mention."""
        for held in self._held(item):
            held.discard(item.mention.id)
        self._told.pop(item.mention.id, None)

    def _held(self, item: Item) -> Iterator[set[str]]:
        both, one = _slots(item)
        yield from (self._both[key] for key in both)
        yield from (self._any[key] for key in one)
        if len(item.countries) <= 1:
            yield from (self._alone[key] for key in one)
        worded = worded_slots(item)
        yield from (self._worded[key] for key in worded)
        if timeless(item):
            yield from (self._timeless[key] for key in worded)


def _slots(item: Item) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """(two parties and a month, one party and a month) under which a mention is looked for."""
    named = sorted(item.countries) or ["?"]
    months = _months(item)
    both = [(f"{a} {b}", month) for month in months for k, a in enumerate(named) for b in named[k + 1 :]]
    return both, [(country, month) for month in months for country in named]


WORDED = "="  # the first letter of a "month" of words
_SHARDS = 16  # into how many of them words are divided, by their last digit


def worded_slots(item: Item) -> list[tuple[str, str]]:
    """(words, a name in place of a month) under which a mention is looked for by what is of no known time."""
    return [(f"{WORDED} {name}", f"{WORDED}{int(name, 16) % _SHARDS:x}") for name in keys(item.told)]


def timeless(item: Item) -> bool:
    """Whether neither a mention nor its report has a date."""
    return item.mention.when.start is None and item.mention.when.end is None and _known(item) is None


def _months(item: Item) -> list[str]:
    """The months a mention may be told in or happen in: those of its date, else of its report and the one before."""
    when, known = item.mention.when, _known(item)
    out: set[str] = set()
    if when.start is not None:
        first = dt.date.fromisoformat(when.start[:10])
        last = dt.date.fromisoformat(when.end[:10]) - dt.timedelta(days=1) if when.end else first
        if (last - first).days <= 400:
            year, month = first.year, first.month
            while (year, month) <= (last.year, last.month):
                out.add(f"{year:04}-{month:02}")
                year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    if not out or item.phase or item.mention.modality in FUTURE:
        base = known or when.end or when.start
        if base is None:
            return ["?", *sorted(out)]
        day = dt.date.fromisoformat(base[:10])
        out.add(base[:7])
        out.add((day.replace(day=1) - dt.timedelta(days=1)).isoformat()[:7])
    return sorted(out)


def judge(items: Sequence[Item], *, threshold: float = 0.5, at: str) -> tuple[Judgement, ...]:
    """The machine's "same event" judgements over all candidate pairs at or above the threshold."""
    out = []
    for a, b in candidate_pairs(items):
        verdict = judge_pair(a, b)
        if verdict.score >= threshold and not verdict.forbidden:
            out.append(verdict_row(a, b, verdict, "same event", at))
    return tuple(out)


def verdict_row(a: Item, b: Item, verdict: Verdict, kind: str, at: str) -> Judgement:
    """The judgement of a pair as a row; `left < right`."""
    left, right = sorted((a.mention.id, b.mention.id))
    return Judgement(
        id=digest(VERSION, kind, left, right), left=left, right=right, kind=kind,  # type: ignore[arg-type]
        score=verdict.score, reasons=verdict.reasons, by=VERSION, at=at,
    )  # fmt: skip


def forbids(a: Item, b: Item) -> bool:
    """Whether two mentions cannot be one event, whatever else speaks for it."""
    return judge_pair(a, b).forbidden


def cluster(items: Sequence[Item], judgements: Iterable[Judgement]) -> list[tuple[str, ...]]:
    """Sets of mention ids that are one event. People's verdicts come first, then the best machine pairs; two sets
    join only if no pair between them is forbidden and the pairs speak for it on the whole. Ties go by id, so the
    order of input changes nothing."""
    known = {i.mention.id: i for i in items}
    rows = _standing(judgements)
    parted = {(r.left, r.right) for r in rows if r.kind == "not same event"}
    merged = {(r.left, r.right) for r in rows if r.kind == "same event" and not _by_machine(r)}
    member = {i: i for i in known}
    sets: dict[str, set[str]] = {i: {i} for i in known}

    def mean(one: set[str], other: set[str]) -> float:
        scores = []
        for x in one:
            for y in other:
                pair = (x, y) if x < y else (y, x)
                if pair in parted:
                    return 0.0
                verdict = judge_pair(known[x], known[y])
                if verdict.forbidden and pair not in merged:
                    return 0.0
                scores.append(verdict.score)
        return sum(scores) / len(scores)

    together = [r for r in rows if r.kind == "same event" and r.left in known and r.right in known]
    for row in sorted(together, key=lambda r: (_by_machine(r), -r.score, r.left, r.right)):
        a, b = member[row.left], member[row.right]
        if a == b or (_by_machine(row) and mean(sets[a], sets[b]) < MEAN):
            continue
        sets[a] |= sets.pop(b)
        for x in sets[a]:
            member[x] = a
    return sorted(tuple(sorted(s)) for s in sets.values())


MEAN = 0.35  # the average probability over all pairs of two sets that may join


def _by_machine(row: Judgement) -> bool:
    return row.by.startswith("link.")


def _standing(judgements: Iterable[Judgement]) -> list[Judgement]:
    """Rows that hold: not withdrawn; for one pair a person's latest verdict replaces the machine's."""
    rows = list(judgements)
    gone = {r.withdraws for r in rows if r.withdraws}
    best: dict[tuple[str, str], Judgement] = {}
    for row in sorted((r for r in rows if r.id not in gone and not r.withdraws), key=lambda r: (r.at, r.id)):
        if row.kind not in ("same event", "not same event"):
            continue
        known = best.get((row.left, row.right))
        if known is None or _by_machine(known) or not _by_machine(row):
            best[row.left, row.right] = row
    return [best[k] for k in sorted(best)]
