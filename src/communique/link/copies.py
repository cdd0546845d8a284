"""Republished text: which document repeats which, how much of it, and which is the likely original.

A containment index over sampled shingles: every run of six words is hashed, one hash in six is kept, and an
inverted index counts the hashes that two documents share. The share is taken of the *shorter* document, because
papers cut wire copy: Jaccard at the usual thresholds misses most of that use (figures in docs/design/linking.md).

The index takes documents as they arrive and holds them as sorted arrays in levels that double, twelve bytes an
entry, so that 200,000 reports stay under a gigabyte; its answers do not depend on the order of arrival. A text
too short for four samples keeps all of its shingles, which count only against another such text.
"""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from communique.records import Copy, DocumentFacts, LinkDocument, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHINGLE = 6  # words
SAMPLE = 6  # one hash in this many is kept
MIN_SHARE = 0.3  # of the shorter document's sampled shingles
EXCERPT = 60  # words in common below which it may be a quotation: then they must be most of the shorter text
MOST = 0.6
MIN_SHINGLES = 4  # sampled; a text with fewer is compared on all of its shingles
MIN_SHARED = 3  # shingles in common below which nothing is said
COMMON = 200  # a shingle in more documents than this is site furniture, not copy
RECENT = 1 << 16  # entries kept in the unsorted tail before they are sorted into a level

_WORD = re.compile(r"\w+")
_FACTOR = 0x9E3779B97F4A7C15  # odd, so that it has an inverse modulo 2^64


@functools.cache
def _word_table() -> NDArray[np.bool_]:
    """Which code points belong to words, as `\\w` has it; the last entry stands for all beyond the basic plane."""
    import numpy as np

    return np.array([*(chr(c).isalnum() or c == 0x5F for c in range(0xFFFF)), True], dtype=np.bool_)


@functools.lru_cache(maxsize=24)  # one entry a power of two of text length
def _powers(size: int) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The factor's powers and those of its inverse."""
    import numpy as np

    out = []
    for base in (_FACTOR, pow(_FACTOR, -1, 1 << 64)):
        powers = np.full(size, base, dtype=np.uint64)
        powers[0] = 1
        out.append(np.cumprod(powers, dtype=np.uint64))
    return out[0], out[1]


def _word_hashes(text: str) -> NDArray[np.uint64]:
    """A hash of each word, in order: the sum of its letters times powers of one factor, told from the running sum over
    the whole text, so that no loop runs over words."""
    import numpy as np

    letters = np.frombuffer(text.lower().encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
    if not len(letters):
        return np.zeros(0, dtype=np.uint64)
    size = 1 << len(letters).bit_length()
    powers, inverses = _powers(size)
    inside = _word_table()[np.minimum(letters, 0xFFFF)]
    edges = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    bounds = np.concatenate((edges[:0] if not inside[0] else [0], edges, [len(letters)] if inside[-1] else edges[:0])).astype(np.intp)
    running = np.zeros(len(letters) + 1, dtype=np.uint64)
    np.cumsum(letters * powers[: len(letters)], out=running[1:])
    starts, ends = bounds[::2], bounds[1::2]
    value = (running[ends] - running[starts]) * inverses[starts]
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xD6E8FEB86659FD93)
    value ^= value >> np.uint64(32)
    return value


def _all_shingles(text: str) -> NDArray[np.uint64]:
    """The hashes of every run of six words, in order of text."""
    import numpy as np

    hashes = _word_hashes(text)
    if len(hashes) < SHINGLE:
        return np.zeros(0, dtype=np.uint64)
    count = len(hashes) - SHINGLE + 1
    factor = np.uint64(1_000_003)
    value = hashes[:count].copy()
    for k in range(1, SHINGLE):
        value *= factor
        value += hashes[k : k + count]
    value ^= value >> np.uint64(29)
    return value


def shingles(text: str, *, sample: int = SAMPLE) -> frozenset[int]:
    """Hashes of the sampled word runs of the text; all of them when fewer than four are sampled."""
    every = _all_shingles(text)
    kept = every[every % sample == 0]
    return frozenset((kept if len(kept) >= MIN_SHINGLES else every).tolist())


def body_text(doc: LinkDocument) -> str:
    """The text of the document's body blocks, a paragraph a line."""
    return "\n".join(doc.text[s.start : s.end] for s in doc.body)


class CopyIndex:
    """Documents' shingles, inverted. `matches` before `add` asks for what is already there; `take` does both."""

    def __init__(self, *, min_share: float = MIN_SHARE) -> None:

        self.min_share = min_share
        self._ids: list[str] = []
        self._sampled: list[int] = []  # sampled shingles of each document
        self._full: list[int] = []  # all of its shingles, when it is short; else 0
        self._levels: list[tuple[NDArray[np.uint64], NDArray[np.uint32]]] = []
        self._recent: dict[int, int | list[int]] = {}  # most are held by one document
        self._pending = 0
        self._gone: set[int] = set()
        self.crowded = False  # whether some shingle is in more than `COMMON` documents
        self._unsure: set[int] = set()  # documents that were compared by a shingle which has become common since

    def __len__(self) -> int:
        return len(self._ids) - len(self._gone)

    def matches(self, text: str) -> list[tuple[str, float]]:
        """Documents that share text with this one, with the share of the shorter, largest first."""
        return self._matches(*_parts(text))

    def add(self, document: str, text: str) -> None:
        """Put a document into the index."""
        self._add(document, *_parts(text))

    def take(self, document: str, text: str) -> list[tuple[str, float]]:
        """`matches`, then `add`. Shingles that have become common by now no longer count: see `again`."""
        kept, rest = _parts(text)
        found = self._matches(kept, rest, arriving=True)
        self._add(document, kept, rest)
        return found

    def unsure(self) -> list[str]:
        """Documents whose answers rested on a shingle that has become common since they were asked for; each is named
        once. Asking for their `matches` again makes the whole what it would have been in any other order."""
        names = [self._ids[i] for i in sorted(self._unsure - self._gone)]
        self._unsure = set()
        return names

    def remove(self, document: str) -> None:
        """Forget a document; the others' answers are as if it had never come."""
        self._gone.update(i for i, name in enumerate(self._ids) if name == document)

    def _matches(self, kept: NDArray[np.uint64], rest: NDArray[np.uint64], *, arriving: bool = False) -> list[tuple[str, float]]:
        shared = self._holders(kept.tolist(), kept, arriving)
        also = self._holders(rest.tolist(), rest, arriving) if len(rest) else {}
        whole = len(kept) + len(rest) if len(kept) < MIN_SHINGLES else 0
        found = []
        for index, number in (shared | {i: shared.get(i, 0) for i in also if self._full[i]}).items():
            if index in self._gone:
                continue
            if whole and self._full[index]:
                number, least = number + also.get(index, 0), min(whole, self._full[index])
                words = number
            else:
                least, words = min(len(kept), self._sampled[index]), number * SAMPLE
            if number < MIN_SHARED or number < self.min_share * least:
                continue
            if words >= EXCERPT or number >= MOST * least:
                found.append((self._ids[index], min(1.0, number / least)))
        return sorted(found, key=lambda m: (-m[1], m[0]))

    def _holders(self, values: list[int], array: NDArray[np.uint64], arriving: bool) -> dict[int, int]:
        """How many of the values each document holds; values held by too many are left out. `arriving`: by one that is
        about to come, so that it counts as a holder too."""
        lookup = self._recent.get
        held: dict[int, list[int]] = {k: [found] if isinstance(found, int) else found for k, value in enumerate(values) if (found := lookup(value)) is not None}
        for hashes, documents in self._levels:
            low = hashes.searchsorted(array)
            low[low == len(hashes)] = 0
            hit = (hashes[low] == array).nonzero()[0]
            if len(hit):
                high = hashes.searchsorted(array[hit], "right")
                for k, start, end in zip(hit.tolist(), low[hit].tolist(), high.tolist(), strict=True):
                    more = documents[start:end].tolist()
                    held[k] = [*held[k], *more] if k in held else more
        counts: dict[int, int] = {}
        for found in held.values():
            if len(found) + arriving > COMMON:
                self.crowded = True
                if arriving and len(found) == COMMON:
                    self._unsure.update(found)
                continue
            for index in found:
                counts[index] = counts.get(index, 0) + 1
        return counts

    def _add(self, document: str, kept: NDArray[np.uint64], rest: NDArray[np.uint64]) -> None:
        index = len(self._ids)
        self._ids.append(document)
        self._sampled.append(len(kept))
        self._full.append(len(kept) + len(rest) if len(rest) else 0)
        recent = self._recent
        values = kept.tolist() + rest.tolist()
        for value in values:
            if (known := recent.get(value)) is None:
                recent[value] = index
            else:
                recent[value] = [known, index] if isinstance(known, int) else [*known, index]
        self._pending += len(kept) + len(rest)
        if self._pending >= RECENT:
            self._settle()

    def _settle(self) -> None:
        """Sort the tail into a level and merge levels of like size, so that there are ever only a few."""
        import numpy as np

        pairs = [(v, i) for v, held in self._recent.items() for i in ((held,) if isinstance(held, int) else held)]
        level = (np.array([v for v, _ in pairs], dtype=np.uint64), np.array([i for _, i in pairs], dtype=np.uint32))
        self._recent, self._pending = {}, 0
        while self._levels and len(self._levels[-1][0]) <= 2 * len(level[0]):
            older = self._levels.pop()
            level = (np.concatenate([older[0], level[0]]), np.concatenate([older[1], level[1]]))
        order = np.argsort(level[0], kind="stable")
        self._levels.append((level[0][order], level[1][order]))


def _parts(text: str) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """(sampled shingles, the others when the text is too short to be judged by samples), each once."""
    import numpy as np

    every = _all_shingles(text)
    chosen = every % np.uint64(SAMPLE) == 0
    kept = _once(every[chosen])
    return kept, _once(every[~chosen]) if len(kept) < MIN_SHINGLES else every[:0]


def _once(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The values sorted, each once; a third of the price of numpy's `unique` for so few."""
    import numpy as np

    values.sort()
    if len(values) < 2:
        return values
    keep = np.empty(len(values), dtype=bool)
    keep[0] = True
    np.not_equal(values[1:], values[:-1], out=keep[1:])
    return values[keep]


class CopyPairs:
    """Documents that share text, in pairs, kept up as they come and go. The outcome is the same in any order."""

    def __init__(self) -> None:
        self._index = CopyIndex()
        self._shares: dict[tuple[str, str], float] = {}
        self._texts: dict[str, LinkDocument] = {}

    def add(self, doc: LinkDocument) -> None:
        """Take a document in."""
        self._texts[doc.facts.id] = doc
        self._put(doc.facts.id, self._index.take(doc.facts.id, body_text(doc)))

    def remove(self, documents: Iterable[str]) -> None:
        """Forget documents."""
        gone = set(documents)
        for name in gone:
            del self._texts[name]
            self._index.remove(name)
        self._shares = {pair: share for pair, share in self._shares.items() if gone.isdisjoint(pair)}
        if gone and self._index.crowded:  # what was common may be so no longer
            self._index, self._shares = CopyIndex(), {}
            for _, doc in sorted(self._texts.items()):
                self.add(doc)

    def shares(self) -> dict[tuple[str, str], float]:
        """The pairs, ids in order, with the share of the shorter text that both hold."""
        again = self._index.unsure()
        known = set(again)
        if known:
            self._shares = {pair: share for pair, share in self._shares.items() if known.isdisjoint(pair)}
        for name in again:
            self._put(name, [m for m in self._index.matches(body_text(self._texts[name])) if m[0] != name])
        return self._shares

    def _put(self, name: str, found: Iterable[tuple[str, float]]) -> None:
        for other, share in found:
            self._shares[min(name, other), max(name, other)] = share


def find_copies(documents: Sequence[LinkDocument]) -> tuple[Copy, ...]:
    """Each document that republishes another's text, with its likely original. One row a copy; the original of a
    chain is the first of it. Order of input changes nothing."""
    facts = {d.facts.id: d.facts for d in documents}
    length = {d.facts.id: sum(s.end - s.start for s in d.body) for d in documents}
    pairs = CopyPairs()
    for doc in sorted({d.facts.id: d for d in documents}.values(), key=lambda d: d.facts.id):
        pairs.add(doc)
    return choose_originals(pairs.shares(), facts, length)


def choose_originals(
    pairs: Mapping[tuple[str, str], float], facts: Mapping[str, DocumentFacts], length: Mapping[str, int]
) -> tuple[Copy, ...]:
    """From pairs of documents that share text (with the share), each copy with its likely original and why.
    `length` is the characters of each body."""
    best: dict[str, Copy] = {}
    for (a, b), share in sorted(pairs.items()):
        original, copy, reasons = _order(facts[a], facts[b], length)
        row = Copy(document=copy.id, original=original.id, shared=round(share, 3), reasons=reasons, agency=copy.agency)
        known = best.get(copy.id)
        if known is None or (row.shared, row.original) > (known.shared, known.original):
            best[copy.id] = row
    return tuple(_rooted(row, best) for _, row in sorted(best.items()))


def _order(
    a: DocumentFacts, b: DocumentFacts, length: Mapping[str, int]
) -> tuple[DocumentFacts, DocumentFacts, tuple[str, ...]]:
    """(original, copy, why): by credit, then time, then completeness, then id so that order never matters."""
    for x, y in ((a, b), (b, a)):
        if y.agency and x.publisher and y.agency.casefold() in x.publisher.casefold() and y.publisher != x.publisher:
            return x, y, (f"{y.publisher or 'the other'} credits {y.agency}",)
    times = [f.published.time or f.published.start for f in (a, b)]
    days = [f.published.start for f in (a, b)]
    if days[0] and days[1] and (days[0] != days[1] or (a.published.time and b.published.time and times[0] != times[1])):
        first, second = (a, b) if _instant(a) < _instant(b) else (b, a)
        at = (first.published.start, second.published.start) if days[0] != days[1] else (first.published.time, second.published.time)
        return first, second, (f"published first ({at[0]} before {at[1]})",)
    for x, y in ((a, b), (b, a)):
        if y.agency and not x.agency:
            return x, y, (f"{y.publisher or 'the other'} credits {y.agency}, this one nobody",)
    if length[a.id] != length[b.id]:
        longer, shorter = sorted((a, b), key=lambda f: -length[f.id])
        return longer, shorter, ("more complete",)
    first, second = sorted((a, b), key=lambda f: f.id)
    return first, second, ("nothing tells which was first",)


def _instant(facts: DocumentFacts) -> tuple[str, float, str]:
    import datetime as dt

    moment = 0.0
    if facts.published.time:
        try:
            at = dt.datetime.fromisoformat(facts.published.time)
            moment = (at if at.tzinfo else at.replace(tzinfo=dt.UTC)).timestamp()
        except ValueError:
            moment = 0.0
    return facts.published.start or "9999", moment, facts.id


def _rooted(row: Copy, best: Mapping[str, Copy]) -> Copy:
    original, seen = row.original, {row.document}
    while original in best and best[original].original not in seen:
        seen.add(original)
        original = best[original].original
    return row if original == row.original else msgspec.structs.replace(row, original=original)


def originals(copies: Iterable[Copy]) -> dict[str, str]:
    """Document id → the id of the document whose text it repeats."""
    return {c.document: c.original for c in copies}


def differing_lines(original: LinkDocument, copy: LinkDocument) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """(paragraphs of the original's body that the copy lacks, those of the copy that the original lacks), as spans
    of either text. Letter case, quotes and spacing do not count as a difference."""
    a, b = _paragraphs(original), _paragraphs(copy)
    matcher = difflib.SequenceMatcher(None, [key for key, _ in a], [key for key, _ in b], autojunk=False)
    gone: list[Span] = []
    new: list[Span] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag != "equal":
            gone.extend(span for _, span in a[i:j])
            new.extend(span for _, span in b[k:m])
    return tuple(gone), tuple(new)


def _paragraphs(doc: LinkDocument) -> list[tuple[str, Span]]:
    out = []
    for span in doc.body:
        for line in re.finditer(r"[^\n]*\S[^\n]*", doc.text[span.start : span.end]):
            words = " ".join(_WORD.findall(line.group().lower()))
            out.append((words, Span(span.start + line.start(), span.start + line.end())))
    return out
