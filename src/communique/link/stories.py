"""Stories: documents that follow one development, grouped by their words alone.

Words count by how rare they are; names (words with a capital inside a sentence) count three times, because two
reports on earthquakes share every word but the names. Grouping is average link in two passes: the first over all
documents, the second inside each group with the rarity of words counted in that group only, which is what parts
two earthquakes. The thresholds were chosen on the training topics of ECB+ (docs/design/linking.md).

`Stream` does the same as documents arrive: each goes to the group it is nearest to on average, and the open
groups are grouped again from time to time, so that early mistakes do not stay.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUGH = 0.90  # average distance at which groups still join, over all documents
FINE = 0.94  # the same inside a group, by that group's own rarity of words
NAME_WEIGHT = 3.0
RARITY = 1.3  # power of the inverse document frequency
MIN_FINE = 4  # groups smaller than this are not parted again
MOST = 4000  # documents grouped at once; more go through `Stream`

_TOKEN = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d,.]*\d|\d")
STOP = frozenset(
    ["the", "a", "an", "and", "of", "to", "in", "on", "for", "at", "by", "with", "from", "that", "this", "it", "its", "is", "are", "was", "were", "be", "been", "has", "have", "had", "he", "she", "they", "his", "her", "their", "as", "but", "or", "not", "who", "which", "said", "say", "says", "after", "before", "will", "would", "also", "about", "into", "up", "out", "over", "more", "than", "when", "while", "we", "i", "you"]
)


def word_counts(text: str) -> Counter[str]:
    """Words and pairs of words of a text, names weighing more; the rows of all vectors here."""
    out: Counter[str] = Counter()
    for line in text.split("\n"):
        before: str | None = None
        for place, token in enumerate(_TOKEN.findall(line)):
            word = token.lower().removesuffix("'s")
            if word not in STOP and (len(word) > 1 or word.isdigit()):
                out[word] += NAME_WEIGHT if place and token[0].isupper() else 1  # type: ignore[assignment]
                if before is not None:
                    out[f"{before} {word}"] += 1
            before = word
    return out


def similarities(counts: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """Cosine between every two documents, with the rarity of words counted in these documents."""
    import numpy as np

    matrix = _vectors(counts)
    product: Any = (matrix @ matrix.T).toarray()
    return np.asarray(product, dtype=np.float64)


def _vectors(counts: Sequence[Counter[str]]) -> Any:
    import numpy as np
    from scipy.sparse import csr_matrix, diags

    frequency = Counter(word for c in counts for word in c)
    columns = {word: n for n, word in enumerate(sorted(w for w, n in frequency.items() if n > 1))}
    total = len(counts)
    rows, cols, values = [], [], []
    for row, c in enumerate(counts):
        for word in sorted(columns.keys() & c.keys()):
            rows.append(row)
            cols.append(columns[word])
            values.append((1 + math.log(c[word])) * math.log((1 + total) / (1 + frequency[word])) ** RARITY)
    matrix = csr_matrix((values, (rows, cols)), shape=(total, len(columns)))
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1))).ravel()
    norms[norms == 0] = 1.0
    return diags(1 / norms) @ matrix


def _average_link(similarity: NDArray[np.float64], limit: float) -> list[int]:
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    if len(similarity) < 2:
        return [1] * len(similarity)
    distance = np.maximum(1 - similarity, 0)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform((distance + distance.T) / 2, checks=False), "average")
    return [int(x) for x in fcluster(tree, limit, "distance")]


def group(texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The documents (id → text) in stories, each story's ids sorted, stories by first id. Order changes nothing."""
    names = sorted(texts)
    counts = [word_counts(texts[n]) for n in names]
    return sorted(tuple(names[i] for i in members) for members in _two_passes(counts))


def _two_passes(counts: Sequence[Counter[str]]) -> list[list[int]]:
    out = []
    for rough in _by_label(_average_link(similarities(counts), ROUGH)):
        if len(rough) < MIN_FINE:
            out.append(rough)
            continue
        fine = _by_label(_average_link(similarities([counts[i] for i in rough]), FINE))
        out.extend([rough[i] for i in members] for members in fine)
    return out


def _by_label(labels: Sequence[int]) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for index, label in enumerate(labels):
        groups.setdefault(label, []).append(index)
    return [groups[k] for k in sorted(groups)]


class Stream:
    """Stories as documents arrive. `take` places one; `stories` gives the groups so far. After every `settle` new
    documents all that are open are grouped again together; `window` bounds how many stay open."""

    def __init__(self, *, settle: int = 25, window: int = MOST) -> None:
        self.settle = settle
        self.window = window
        self._open: dict[str, Counter[str]] = {}
        self._closed: list[tuple[str, ...]] = []
        self._groups: list[list[str]] = []
        self._seen: Counter[str] = Counter()
        self._since = 0

    def take(self, document: str, text: str) -> tuple[str, ...]:
        """Place a document; the ids of its story so far, itself among them. A known one changes nothing."""
        for members in self._groups:
            if document in members:
                return tuple(sorted(members))
        counts = word_counts(text)
        self._open[document] = counts
        self._seen.update(counts.keys())
        self._since += 1
        if self._since >= self.settle:
            self._regroup()
        else:
            self._place(document, counts)
        return next(tuple(sorted(g)) for g in self._groups if document in g)

    def stories(self) -> list[tuple[str, ...]]:
        """All stories, closed and open, sorted."""
        return sorted([*self._closed, *(tuple(sorted(g)) for g in self._groups)])

    def _place(self, document: str, counts: Counter[str]) -> None:
        best, nearest = None, 1 - ROUGH
        mine = self._weighted(counts)
        for members in self._groups:
            near = sum(_cosine(mine, self._weighted(self._open[m])) for m in members) / len(members)
            if near >= nearest:
                best, nearest = members, near
        if best is None:
            self._groups.append([document])
        else:
            best.append(document)

    def _weighted(self, counts: Counter[str]) -> dict[str, float]:
        total = len(self._open)
        return {w: (1 + math.log(n)) * math.log((1 + total) / (1 + self._seen[w])) ** RARITY for w, n in counts.items() if self._seen[w] > 1}

    def _regroup(self) -> None:
        self._since = 0
        if len(self._open) > self.window:
            self._close()
        names = sorted(self._open)
        self._groups = [[names[i] for i in g] for g in _two_passes([self._open[n] for n in names])]

    def _close(self) -> None:
        """Close the groups whose documents all came in the older half of what is open."""
        order = list(self._open)
        old = set(order[: len(order) // 2])
        for members in [g for g in self._groups if old.issuperset(g)]:
            self._closed.append(tuple(sorted(members)))
            for name in members:
                self._seen.subtract(self._open.pop(name).keys())


def _cosine(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    dot = sum(v * b[w] for w, v in a.items() if w in b)
    norm = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return dot / norm if norm else 0.0
