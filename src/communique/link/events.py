"""Same event? Judgements between event mentions, and events as clusters of them.

A pair is scored from what the records say, never from the order in which they came: types that can be one event
(planned and done included), countries and people that take part, intervals of time, places, words of the
evidence. Each feature adds a weight that is printed as a reason; the sum goes through a logistic to a probability.
Disjoint dates, disjoint parties, or a person's verdict forbid: clustering takes the best pairs first and never
chains through what is forbidden. Same actors and type on another date or place is another event.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from communique.records import DocumentFacts, EventMention, Judgement, LinkDocument
from communique.text import digest

VERSION = "link.v1"
BIAS = -3.2
# Types that reports of one event use for each other; planned forms of a deed are AGREE by the codebook (future family).
FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"AGREE", "SUPPORT"}),
    frozenset({"AGREE", "COOPERATE"}),
    frozenset({"AGREE", "CONSULT"}),
    frozenset({"AGREE", "AID"}),
    frozenset({"ACCUSE", "REJECT"}),
    frozenset({"REJECT", "REQUEST"}),
    frozenset({"CONCEDE", "RETREAT"}),
    frozenset({"COERCE", "ASSAULT"}),
    frozenset({"COERCE", "SANCTION"}),
    frozenset({"MOBILIZE", "COOPERATE"}),
    frozenset({"SUPPORT", "COOPERATE"}),
)
FUTURE = frozenset({"planned", "pledged"})
_WORD = re.compile(r"[^\W\d_]{3,}")
_STOP = frozenset(
    ["the", "and", "for", "with", "that", "this", "from", "have", "has", "had", "was", "were", "are", "been", "being", "its", "their", "his", "her", "they", "them", "which", "who", "whom", "will", "would", "could", "should", "said", "says", "say", "also", "after", "before", "during", "over", "into", "between", "about", "against", "than", "then", "when", "while", "where", "there", "these", "those", "such", "other", "more", "most", "some", "any", "all", "both", "not", "but", "our", "out", "off", "per", "via", "upon", "under", "two", "three", "first", "last", "week", "month", "year", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
)


class Item(NamedTuple):
    """One event mention with what the judge reads of it."""

    mention: EventMention
    facts: DocumentFacts
    words: frozenset[str]
    countries: frozenset[str]
    people: frozenset[str]


class Verdict(NamedTuple):
    """A pair's probability, its reasons, and whether merging is forbidden whatever the score."""

    score: float
    reasons: tuple[str, ...]
    forbidden: bool


def make_items(documents: Iterable[LinkDocument]) -> list[Item]:
    """Every event mention of the documents, with its words and parties, sorted by id."""
    out = []
    for doc in documents:
        for mention in doc.mentions:
            words = " ".join(doc.text[e.start : e.end] for e in mention.evidence)
            parties = (*mention.actors, *mention.recipients)
            out.append(
                Item(
                    mention,
                    doc.facts,
                    frozenset(_stem(w) for w in _WORD.findall(words.lower()) if w not in _STOP),
                    frozenset(p.country or p.entity or p.name for p in parties),
                    frozenset(p.entity or p.name for p in parties if p.kind == "person"),
                )
            )
    return sorted(out, key=lambda i: i.mention.id)


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word


def word_weights(items: Sequence[Item]) -> dict[str, float]:
    """Inverse document frequency of the evidence words, so that common words count little."""
    seen: Counter[str] = Counter()
    for item in items:
        seen.update(item.words)
    total = max(1, len(items))
    return {w: math.log(1 + total / n) for w, n in seen.items()}


def judge_pair(a: Item, b: Item, weights: Mapping[str, float]) -> Verdict:
    """Whether two mentions report one event."""
    kind, kind_why = _types(a.mention, b.mention)
    if kind is None:
        return Verdict(0.0, (kind_why,), True)
    parts = [(kind, kind_why), *_parties(a, b), *_dates(a, b), *_places(a, b), *_wording(a, b, weights)]
    if any(value == -math.inf for value, _ in parts):
        return Verdict(0.0, tuple(why for value, why in parts if value == -math.inf), True)
    total = BIAS + sum(value for value, _ in parts)
    reasons = tuple(f"{why} ({value:+.1f})" for value, why in parts if abs(value) >= 0.05)
    return Verdict(round(1 / (1 + math.exp(-total)), 4), reasons, False)


def _types(a: EventMention, b: EventMention) -> tuple[float | None, str]:
    if "STATE" in (a.type, b.type) and a.type != b.type:
        return None, "a position is not an event"
    if a.type == b.type:
        if a.mode and b.mode and a.mode != b.mode:
            return 0.6, f"both {a.type}, by different modes"
        return 1.2, f"both {a.type}"
    pair = frozenset({a.type, b.type})
    for family in FAMILIES:
        if pair == family:
            if pair in (frozenset({"AGREE", "COOPERATE"}), frozenset({"AGREE", "CONSULT"}), frozenset({"AGREE", "AID"})):
                planned = a if a.type == "AGREE" else b
                if planned.modality not in FUTURE:
                    return None, f"{a.type} and {b.type}: an agreement is not the deed"
                return 0.8, f"{a.type} and {b.type}: announced, then done"
            return 0.2, f"{a.type} and {b.type} can be one event"
    return None, f"{a.type} and {b.type} are different events"


def _parties(a: Item, b: Item) -> list[tuple[float, str]]:
    if not a.countries or not b.countries:
        return [(-0.6, "parties not stated in one of them")]
    shared = a.countries & b.countries
    if not shared:
        return [(-math.inf, "no party in common")]
    small, large = sorted((a.countries, b.countries), key=len)
    out = [(1.6 if small == large else 0.9 if small <= large else -0.9, f"parties in common: {', '.join(sorted(shared))}")]
    actors_a = {p.country or p.name for p in a.mention.actors}
    actors_b = {p.country or p.name for p in b.mention.actors}
    directed = {"ACCUSE", "REJECT", "REQUEST", "THREATEN", "SANCTION", "COERCE", "ASSAULT", "AID"}
    if actors_a and actors_b and not actors_a & actors_b and {a.mention.type, b.mention.type} & directed:
        return [(-math.inf, "another actor")]
    if a.people and b.people:
        out.append((0.8, "same people") if a.people & b.people else (-1.0, "other people"))
    return out


def _dates(a: Item, b: Item) -> list[tuple[float, str]]:
    x, y = a.mention.when, b.mention.when
    if (x.start is None and x.end is None) or (y.start is None and y.end is None):
        return [(-0.3, "no date in one of them")]
    if (x.end is not None and y.start is not None and x.end <= y.start) or (
        y.end is not None and x.start is not None and y.end <= x.start
    ):
        return [(-math.inf, f"other dates: {x.start}..{x.end} and {y.start}..{y.end}")]
    if (x.start, x.end) == (y.start, y.end):
        return [(1.6 if x.grain == "day" else 1.0, f"same date, {x.start}")]
    return [(0.7, "one date lies within or overlaps the other")]


def _places(a: Item, b: Item) -> list[tuple[float, str]]:
    x, y = a.mention.where, b.mention.where
    if x is None or y is None:
        return []
    if x.name == y.name:
        return [(0.6, f"same place, {x.name}")]
    if x.country and y.country and x.country != y.country and x.basis == y.basis == "stated":
        return [(-2.0, f"other places, {x.name} and {y.name}")]
    return [(-0.2, f"{x.name} and {y.name}")]


def _wording(a: Item, b: Item, weights: Mapping[str, float]) -> list[tuple[float, str]]:
    shared = sum(weights.get(w, 1.0) for w in a.words & b.words)
    least = min(sum(weights.get(w, 1.0) for w in i.words) for i in (a, b))
    share = shared / least if least else 0.0
    out = [(2.4 * (share - 0.25), f"{share:.0%} of the shorter one's words")]
    if a.mention.document == b.mention.document and share < 0.3:
        out.append((-0.8, "another sentence of the same report"))
    return out


def candidate_pairs(items: Sequence[Item]) -> list[tuple[Item, Item]]:
    """Pairs worth judging: a party in common (or none stated), types that can be one event. Sorted by ids."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, item in enumerate(items):
        for country in item.countries or {"?"}:
            for family in _keys(item.mention.type):
                groups[country, family].append(index)
    pairs = {(i, j) for members in groups.values() for k, i in enumerate(members) for j in members[k + 1 :]}
    return [(items[i], items[j]) for i, j in sorted(pairs)]


def _keys(kind: str) -> list[str]:
    return [kind, *("+".join(sorted(f)) for f in FAMILIES if kind in f)]


def judge(items: Sequence[Item], *, threshold: float = 0.5, at: str) -> tuple[Judgement, ...]:
    """The machine's "same event" judgements over all candidate pairs at or above the threshold."""
    weights = word_weights(items)
    out = []
    for a, b in candidate_pairs(items):
        verdict = judge_pair(a, b, weights)
        if verdict.score < threshold or verdict.forbidden:
            continue
        left, right = sorted((a.mention.id, b.mention.id))
        out.append(
            Judgement(
                id=digest(VERSION, "same event", left, right),
                left=left,
                right=right,
                kind="same event",
                score=verdict.score,
                reasons=verdict.reasons,
                by=VERSION,
                at=at,
            )
        )
    return tuple(out)


def forbids(a: Item, b: Item) -> bool:
    """Whether two mentions cannot be one event, whatever else speaks for it."""
    return judge_pair(a, b, {}).forbidden


def cluster(items: Sequence[Item], judgements: Iterable[Judgement]) -> list[tuple[str, ...]]:
    """Sets of mention ids that are one event. People's verdicts come first, then the best machine pairs; two sets
    join only if no pair between them is forbidden. Ties go by id, so the order of input changes nothing."""
    known = {i.mention.id: i for i in items}
    rows = _standing(judgements)
    parted = {(r.left, r.right) for r in rows if r.kind == "not same event"}
    merged = {(r.left, r.right) for r in rows if r.kind == "same event" and not _by_machine(r)}
    member = {i: i for i in known}
    sets: dict[str, set[str]] = {i: {i} for i in known}

    def blocked(x: str, y: str) -> bool:
        pair = (x, y) if x < y else (y, x)
        return pair in parted or (pair not in merged and forbids(known[x], known[y]))

    together = [r for r in rows if r.kind == "same event" and r.left in known and r.right in known]
    for row in sorted(together, key=lambda r: (_by_machine(r), -r.score, r.left, r.right)):
        a, b = member[row.left], member[row.right]
        if a == b:
            continue
        if _by_machine(row) and any(blocked(x, y) for x in sets[a] for y in sets[b]):
            continue
        sets[a] |= sets.pop(b)
        for x in sets[a]:
            member[x] = a
    return sorted(tuple(sorted(s)) for s in sets.values())


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
