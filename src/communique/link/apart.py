"""Linking in pieces, for archives that fit into no one process: what each piece holds, and what it decides.

The outcome is that of `link_documents`, because a pair's verdict depends on the pair alone. Decided here:
- A mention stands in *slots*: (month, key of its parties), those under which `events.Neighbours` finds it, which are a
  month before and after where a report may speak of either. Two mentions that are worth judging share a slot; they are
  judged in the first one that they share, so no pair across the border of two windows is missed and none judged twice.
  What is of no known time is looked for by its words as well: those slots have a mark in place of the month.
- Copies: each sampled shingle is a slot of its own. What holds too many documents is left out there, the counts of a pair
  are added up over all slots, and `share_of` says what they come to.
- Events are made of a connected set of judgements at a time, with the differences inside them. Those between a plan and
  what became of it come with the ledger, which is not made here.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from communique.link import copies, events
from communique.link.linker import EPOCH, make_event
from communique.records import Discrepancy, DocumentFacts, Event, Judgement, LinkDocument

Slot = tuple[str, str]  # month ("2026-11", "?", "=a" for words), key of parties or words ("KEN UGA", "KEN", "?", "= 0a1b2c3d")


def slots(item: events.Item) -> list[Slot]:
    """Where a mention is looked for, sorted."""
    both, one = events._slots(item)
    return sorted({(month, key) for key, month in (*both, *one, *events.worded_slots(item))})


def judge_slots(
    items: Iterable[events.Item], mine: Callable[[Slot], bool], *, threshold: float = 0.5, at: str = EPOCH
) -> Iterator[Judgement]:
    """"Same event" judgements over the pairs whose first common slot is one of `mine`."""
    held: dict[Slot, list[events.Item]] = defaultdict(list)
    where: dict[str, list[Slot]] = {}
    for item in sorted({i.mention.id: i for i in items}.values(), key=lambda i: i.mention.id):
        where[item.mention.id] = slots(item)
        for slot in where[item.mention.id]:
            if mine(slot):
                held[slot].append(item)
    for slot, members in sorted(held.items()):
        for a, b in _meeting(slot, members):
            if _first_common(where, a, b) == slot:
                verdict = events.judge_pair(a, b)
                if verdict.score >= threshold and not verdict.forbidden:
                    yield events.verdict_row(a, b, verdict, "same event", at)


def _meeting(slot: Slot, members: Sequence[events.Item]) -> Iterator[tuple[events.Item, events.Item]]:
    """The pairs of a slot that are looked at: all under two parties; under one, those of which one names no other; under
    words, those told alike of which one is of no known time."""
    if slot[0].startswith(events.WORDED):
        yield from (pair for pair in _against(members, events.timeless) if events.told_alike(*pair))
    elif " " in slot[1]:
        yield from itertools.combinations(members, 2)
    else:
        yield from _against(members, _alone)


def _against(members: Sequence[events.Item], mark: Callable[[events.Item], bool]) -> Iterator[tuple[events.Item, events.Item]]:
    """The pairs of which one at least has the mark."""
    for k, a in enumerate(members):
        yield from ((a, b) for b in (members[k + 1 :] if mark(a) else filter(mark, members[k + 1 :])))


def _alone(item: events.Item) -> bool:
    return len(item.countries) <= 1


def _first_common(where: Mapping[str, list[Slot]], a: events.Item, b: events.Item) -> Slot | None:
    """The first slot in which both stand and their pair is looked at."""
    shared = set(where[b.mention.id]).intersection(where[a.mention.id])
    return next((s for s in sorted(shared) if any(_meeting(s, (a, b)))), None)


def share_of(sampled: tuple[int, int], full: tuple[int, int], kept: int, rest: int) -> float | None:
    """The share of the shorter of two texts that both hold, or `None` where it is too little to say so. `sampled` and
    `full` are the shingles of each (`full` 0 for a text that is not short); `kept` and `rest` those they share."""
    both_short = all(full)
    number, least = (kept + rest, min(full)) if both_short else (kept, min(sampled))
    words = number if both_short else number * copies.SAMPLE
    if number < copies.MIN_SHARED or number < copies.MIN_SHARE * least:
        return None
    return min(1.0, number / least) if words >= copies.EXCERPT or number >= copies.MOST * least else None


def build_events(
    documents: Sequence[LinkDocument], wanted: Callable[[str], bool], rows: Sequence[Judgement], *,
    originals: dict[str, str], facts: Mapping[str, DocumentFacts],
) -> Iterator[tuple[Event, tuple[Discrepancy, ...]]]:  # fmt: skip
    """The events of the mentions that are `wanted` here, each set whole, sorted by id. `facts` are those of documents that
    others repeat; the given documents' own are known."""
    items = {i.mention.id: i for i in events.make_items(documents) if wanted(i.mention.id)}
    known = {**facts, **{d.facts.id: d.facts for d in documents}}
    texts = {d.facts.id: d.text for d in documents}
    joined = Sets()
    near: dict[str, list[Judgement]] = defaultdict(list)
    for row in rows:
        joined.join(row.left, row.right)
    for row in rows:
        near[joined.root(row.left)].append(row)
    parts: dict[str, list[events.Item]] = defaultdict(list)
    for name in sorted(items):
        parts[joined.root(name)].append(items[name])
    made = []
    for root, members in parts.items():
        groups = events.cluster(members, near[root]) if len(members) > 1 else [(members[0].mention.id,)]
        made += [make_event([items[m] for m in group], originals, known, texts) for group in groups]
    yield from sorted((m for m in made if m is not None), key=lambda m: m[0].id)


class Sets:
    """Union-find over names: which are connected, by the least name of each set."""

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._parent)

    def root(self, name: str) -> str:
        """The least name of the set that a name stands in (itself, when nothing joined it)."""
        at = name
        while (up := self._parent.get(at, at)) != at:
            at = up
        while (up := self._parent.get(name, name)) != at:
            self._parent[name], name = at, up
        return at

    def join(self, a: str, b: str) -> None:
        """Make one set of two."""
        x, y = sorted((self.root(a), self.root(b)))
        self._parent.setdefault(x, x)
        self._parent[y] = x
