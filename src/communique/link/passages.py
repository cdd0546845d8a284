"""Told in the same words? The passage around a trigger, and whether another report has it too.

A report without a date has no days by which to be judged, yet where it repeats a dated one word for word it tells the same:
the sentence, not the day, says which event is meant. Decided here for two passages alone, so that a verdict does not
depend on what else is known (a document's copies do: see `copies`). A run of words in common that holds the trigger is not
enough, since the news has its formulas ("fired a missile toward the sea, the general staff said"): the words around it must be
shared as well, beyond what one sentence repeats, and no number may stand against another. Words are kept as hashes, four
bytes each, odd for those with a digit.
"""

from __future__ import annotations

import functools
import itertools
import re
import zlib
from array import array
from collections.abc import Sequence
from typing import Literal, NamedTuple

from communique.records import Span

RUN = 6  # words in one run that holds the trigger
COPIED = 20  # words that stand in shared runs, of the passage
AROUND = 40  # words of a passage on either side of its trigger
_CHARS = 10 * AROUND
_WORD = re.compile(r"\w+")
_STOP = re.compile(r"[.!?][\"'’”)]*\s|\n")

Alike = Literal["sentence", "words"]


class Passage(NamedTuple):
    """The words around a trigger: `at` is the place of its first word, `size` how many it has, `start` and `end` the sentence."""

    words: bytes = b""
    at: int = 0
    size: int = 0
    start: int = 0
    end: int = 0


def passage(text: str, trigger: Span, sentence: Span) -> Passage:
    """The passage around a trigger; `sentence` is what its evidence covers, and is widened to the stops around it."""
    low, high = max(0, trigger.start - _CHARS), min(len(text), trigger.end + _CHARS)
    before = list(_WORD.finditer(text, low, trigger.start))[-AROUND:]
    inside = _WORD.findall(text, trigger.start, trigger.end)
    after = list(itertools.islice(_WORD.finditer(text, trigger.end, high), AROUND))
    stops = [m.end() for m in _STOP.finditer(text, low, trigger.start)]
    first = min(sentence.start, stops[-1] if stops else low)
    stop = _STOP.search(text, trigger.end, high)
    last = max(sentence.end, stop.start() if stop else high)
    words = array("I", map(_hash, (*(m.group() for m in before), *inside, *(m.group() for m in after))))
    at, size = len(before), len(inside)
    return Passage(words.tobytes(), at, size, sum(m.start() < first for m in before), at + size + sum(m.start() < last for m in after))


def alike(a: Passage, b: Passage) -> Alike | None:
    """Whether two passages are one text: "sentence" where they have the whole of the trigger's sentence in common, "words"
    where only a run around the trigger; `None` for what is not copied, too little to say, or has other numbers."""
    if min(len(a.words), len(b.words)) < 4 * COPIED or not a.size or a.words[4 * a.at : 4 * (a.at + a.size)] != b.words[4 * b.at : 4 * (b.at + b.size)]:
        return None
    x, y = _read(a), _read(b)
    left = _common(x[: a.at][::-1], y[: b.at][::-1])
    right = _common(x[a.at :], y[b.at :])
    if left + right < RUN or _copied(x, y) < COPIED:
        return None
    whole = all(p.at - left <= p.start and p.at + right >= p.end for p in (a, b))
    if whole:
        return "sentence"
    numbers = [{w for w in words[p.start : p.end] if w & 1} for p, words in ((a, x), (b, y))]
    return "words" if numbers[0] <= numbers[1] or numbers[1] <= numbers[0] else None


def keys(one: Passage) -> tuple[str, ...]:
    """Names under which passages with the same words around their triggers find each other: the least hash of the runs that
    begin before the trigger and of those that lead up to it. None for a passage too short to be told alike."""
    words = _read(one)
    if len(words) < COPIED:
        return ()
    sides = (range(one.at - 2, one.at + 1), range(one.at - RUN + 1, one.at - 2))
    found = [[zlib.crc32(words[k : k + RUN].tobytes()) for k in side if k >= 0 and k + RUN <= len(words)] for side in sides]
    return tuple(f"{min(values):08x}" for values in found if values)


@functools.lru_cache(maxsize=1 << 15)  # the words that come again and again
def _hash(word: str) -> int:
    found = zlib.crc32(word.lower().encode("utf-8", "surrogatepass"))
    return found | 1 if any(c.isdigit() for c in word) else found & ~1


def _read(one: Passage) -> array[int]:
    out = array("I")
    out.frombytes(one.words)
    return out


def _common(x: Sequence[int], y: Sequence[int]) -> int:
    """How many words two sequences have in common from the first on."""
    return next((k for k, (p, q) in enumerate(zip(x, y, strict=False)) if p != q), min(len(x), len(y)))


def _copied(x: Sequence[int], y: Sequence[int]) -> int:
    """How many words of `x` stand in runs that `y` has too."""
    runs = {tuple(y[k : k + RUN]) for k in range(len(y) - RUN + 1)}
    held = {w for k in range(len(x) - RUN + 1) if tuple(x[k : k + RUN]) in runs for w in range(k, k + RUN)}
    return len(held)
