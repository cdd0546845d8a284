"""Republished text: which document repeats which, how much of it, and which is the likely original.

A containment index over sampled shingles: every run of eight words is hashed, one hash in eight is kept, and an
inverted index counts the hashes that two documents share. The share is taken of the *shorter* document, because
papers cut wire copy: Jaccard at the usual thresholds misses most of that use (notes in docs/design/linking.md).
The index takes documents as they arrive; its answer does not depend on their order.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from communique.records import Copy, DocumentFacts, LinkDocument

SHINGLE = 8  # words
SAMPLE = 8  # one hash in this many is kept
MIN_SHARE = 0.35  # of the shorter document's sampled shingles
MIN_SHINGLES = 3  # sampled; a text with fewer is compared on all of its shingles
COMMON = 200  # a shingle in more documents than this is site furniture, not copy

_WORD = re.compile(r"\w+")
_MASK = (1 << 64) - 1


@functools.lru_cache(maxsize=200_000)  # bounded: a vocabulary, not a corpus
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def shingles(text: str, *, sample: int = SAMPLE) -> frozenset[int]:
    """Hashes of the sampled word runs of the text. Short texts give all of theirs, so that briefs compare too."""
    words = [_word_hash(w) for w in _WORD.findall(text.lower())]
    if len(words) < SHINGLE:
        return frozenset()
    out = []
    for at in range(len(words) - SHINGLE + 1):
        value = 0
        for word in words[at : at + SHINGLE]:
            value = (value * 1_000_003 ^ word) & _MASK
        out.append(value ^ (value >> 29))
    kept = frozenset(v for v in out if v % sample == 0)
    return kept if len(kept) >= MIN_SHINGLES else frozenset(out)


def body_text(doc: LinkDocument) -> str:
    """The text of the document's body blocks, a paragraph a line."""
    return "\n".join(doc.text[s.start : s.end] for s in doc.body)


class CopyIndex:
    """Documents' shingles, inverted. `matches` before `add` asks for what is already there."""

    def __init__(self, *, min_share: float = MIN_SHARE) -> None:
        self.min_share = min_share
        self._where: dict[int, list[int]] = {}
        self._ids: list[str] = []
        self._sizes: list[int] = []

    def matches(self, text: str) -> list[tuple[str, float]]:
        """Documents that share text with this one, with the share of the shorter, largest first."""
        mine = shingles(text)
        counts: Counter[int] = Counter()
        for value in mine:
            holders = self._where.get(value, ())
            if len(holders) <= COMMON:
                counts.update(holders)
        found = []
        for index, shared in counts.items():
            share = shared / max(1, min(len(mine), self._sizes[index]))
            if share >= self.min_share and shared >= 2:
                found.append((self._ids[index], min(1.0, share)))
        return sorted(found, key=lambda m: (-m[1], m[0]))

    def add(self, document: str, text: str) -> None:
        """Put a document into the index."""
        mine = shingles(text)
        index = len(self._ids)
        self._ids.append(document)
        self._sizes.append(len(mine))
        for value in mine:
            self._where.setdefault(value, []).append(index)


def find_copies(documents: Sequence[LinkDocument]) -> tuple[Copy, ...]:
    """Each document that republishes another's text, with its likely original. One row a copy; the original of a
    chain is the first of it. Order of input changes nothing."""
    index = CopyIndex()
    facts = {d.facts.id: d.facts for d in documents}
    length = {d.facts.id: sum(s.end - s.start for s in d.body) for d in documents}
    pairs: dict[tuple[str, str], float] = {}
    for doc in sorted(documents, key=lambda d: d.facts.id):
        text = body_text(doc)
        for other, share in index.matches(text):
            pairs[min(doc.facts.id, other), max(doc.facts.id, other)] = share
        index.add(doc.facts.id, text)
    best: dict[str, Copy] = {}
    for (a, b), share in sorted(pairs.items()):
        original, copy, reasons = _order(facts[a], facts[b], length)
        row = Copy(document=copy.id, original=original.id, shared=round(share, 3), reasons=reasons, agency=copy.agency)
        known = best.get(copy.id)
        if known is None or (row.shared, row.original) > (known.shared, known.original):
            best[copy.id] = row
    return tuple(_rooted(row, best) for _, row in sorted(best.items()))


def _order(a: DocumentFacts, b: DocumentFacts, length: dict[str, int]) -> tuple[DocumentFacts, DocumentFacts, tuple[str, ...]]:
    """(original, copy, why): by credit, then time, then completeness, then id so that order never matters."""
    for x, y in ((a, b), (b, a)):
        if y.agency and x.publisher and y.agency.casefold() in x.publisher.casefold() and y.publisher != x.publisher:
            return x, y, (f"{y.publisher or 'the other'} credits {y.agency}",)
    if a.published.start and b.published.start and a.published.start != b.published.start:
        first, second = sorted((a, b), key=lambda f: f.published.start or "")
        return first, second, (f"published first ({first.published.start} before {second.published.start})",)
    if length[a.id] != length[b.id]:
        longer, shorter = sorted((a, b), key=lambda f: -length[f.id])
        return longer, shorter, ("more complete",)
    first, second = sorted((a, b), key=lambda f: f.id)
    return first, second, ("nothing tells which was first",)


def _rooted(row: Copy, best: dict[str, Copy]) -> Copy:
    import msgspec

    original, seen = row.original, {row.document}
    while original in best and best[original].original not in seen:
        seen.add(original)
        original = best[original].original
    return row if original == row.original else msgspec.structs.replace(row, original=original)


def originals(copies: Iterable[Copy]) -> dict[str, str]:
    """Document id → the id of the document whose text it repeats."""
    return {c.document: c.original for c in copies}
