"""Cooperation and conflict between two countries by week, side by side, never one number.

Each row has, for both directions, events by quad class with the coverage of the week (documents published), the mean
intensity where records carry one, and the share of cooperation shrunk towards a half where little is known. Change
points are found by exact segmentation (PELT's criterion by dynamic programming) of the weekly conflict counts under a
Poisson cost; the balance of triads says how many triangles of friends and foes around the pair have a positive product.
"""

from __future__ import annotations

import msgspec
import numpy as np
import numpy.typing as npt

from communique.forecast import series
from communique.forecast.series import Panel

Doubles = npt.NDArray[np.float64]


class Week(msgspec.Struct, frozen=True, kw_only=True):
    """One week: events by quad class from left to right and back, documents of the week, cooperation's shrunk share
    with its 90 % interval, and how one-sided the week was (-1..1: right acts alone .. left acts alone)."""

    start: str
    left_to_right: tuple[int, int, int, int]
    right_to_left: tuple[int, int, int, int]
    documents: int
    cooperation: float
    cooperation_low: float
    cooperation_high: float
    asymmetry: float | None
    change: bool


class Triads(msgspec.Struct, frozen=True, kw_only=True):
    """Triangles with both: how many third countries, how many balanced, the share, and those that are not."""

    third: int
    balanced: int
    share: float | None
    unbalanced: tuple[str, ...]


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """The weeks, the days at which conflict changed level, the triads of the last half year, and what is missing."""

    left: str
    right: str
    weeks: tuple[Week, ...]
    changes: tuple[str, ...]
    triads: Triads
    blocs: tuple[tuple[str, ...], ...]
    thin: str | None


def indicators(panel: Panel, left: str, right: str, origin: int, *, back: int = 26) -> Indicators:
    """The indicators of a pair for the last `back` weeks before the ordinal `origin`, from what was known then."""
    from scipy import stats

    past = panel.known_before(origin)
    first, _ = past.span()
    weeks = max(0, min(back, (origin - first) // 7)) if len(past) else 0
    start = origin - 7 * weeks
    there, home = past.between(left, right), past.between(right, left)
    a = np.stack([series.weekly(there, start, weeks, quads=(q,)) for q in range(4)], 1)
    b = np.stack([series.weekly(home, start, weeks, quads=(q,)) for q in range(4)], 1)
    documents = series.coverage(past, start, weeks)
    both = a + b
    cuts = change_points(both[:, 2:].sum(1).astype(float))
    rows = []
    for w in range(weeks):
        good, bad = int(both[w, :2].sum()), int(both[w, 2:].sum())
        low, high = (float(stats.beta.ppf(q, good + 1, bad + 1)) for q in (0.05, 0.95))
        n = int(both[w].sum())
        rows.append(
            Week(
                start=series.iso(start + 7 * w), left_to_right=_four(a[w]), right_to_left=_four(b[w]), documents=int(documents[w]),
                cooperation=(good + 1) / (n + 2), cooperation_low=low, cooperation_high=high,
                asymmetry=float((a[w].sum() - b[w].sum()) / n) if n else None, change=w in cuts,
            )
        )  # fmt: skip
    recent = past.take(past.day >= origin - 182)
    signs = signed_ties(recent)
    total = int(both.sum())
    thin = None if total >= 20 else f"{total} events between the two in {weeks} weeks: too few to read a trend from"
    return Indicators(
        left=left, right=right, weeks=tuple(rows), changes=tuple(series.iso(start + 7 * c) for c in cuts), triads=triads(signs, left, right),
        blocs=blocs(signs), thin=thin,
    )  # fmt: skip


def _four(row: npt.NDArray[np.int64]) -> tuple[int, int, int, int]:
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def change_points(counts: Doubles, *, penalty: float | None = None) -> list[int]:
    """Indices at which the mean of a count series changes: the segmentation with the least Poisson cost plus a penalty
    for each cut (3 log n by default). Exact, quadratic in the length."""
    n = len(counts)
    if n < 6:
        return []
    fine = 3 * np.log(n) if penalty is None else penalty
    total = np.concatenate([[0.0], np.cumsum(counts)])
    best, before = np.full(n + 1, np.inf), np.zeros(n + 1, np.int64)
    best[0] = -fine
    for end in range(1, n + 1):
        starts = np.arange(end)
        s, m = total[end] - total[:end], end - starts
        with np.errstate(divide="ignore", invalid="ignore"):
            cost = 2 * np.where(s > 0, s - s * np.log(s / m), 0.0)
        value = best[:end] + cost + fine
        before[end] = int(np.argmin(value))
        best[end] = value[before[end]]
    cuts, at = [], n
    while at > 0:
        at = int(before[at])
        if at > 0:
            cuts.append(at)
    return cuts[::-1]


def signed_ties(panel: Panel, *, least: int = 3) -> dict[tuple[str, str], int]:
    """+1 or -1 for each unordered pair with at least `least` events: whether cooperation or conflict prevails; pairs
    in which they are even are left out."""
    low, high = np.minimum(panel.actor, panel.recipient), np.maximum(panel.actor, panel.recipient)
    weight = np.where(np.isin(panel.quad, (0, 1)), 1, np.where(panel.quad >= 2, -1, 0))
    keep = low != high
    keys, where = np.unique(low[keep] * max(1, len(panel.codes)) + high[keep], return_inverse=True)
    total, n = np.bincount(where, weight[keep], len(keys)), np.bincount(where, minlength=len(keys))
    out = {}
    for key, s, count in zip(keys, total, n, strict=True):
        if count >= least and s != 0:
            out[panel.codes[int(key) // len(panel.codes)], panel.codes[int(key) % len(panel.codes)]] = 1 if s > 0 else -1
    return out


def triads(signs: dict[tuple[str, str], int], left: str, right: str) -> Triads:
    """The triangles of the pair: balanced where the product of the three signs is positive."""

    def sign(a: str, b: str) -> int:
        return signs.get((a, b), 0) or signs.get((b, a), 0)

    own = sign(left, right)
    others = sorted({c for pair in signs for c in pair} - {left, right})
    found = {c: own * sign(left, c) * sign(right, c) for c in others}
    third = [c for c in others if found[c]]
    balanced = sum(found[c] > 0 for c in third)
    return Triads(
        third=len(third), balanced=balanced, share=balanced / len(third) if third else None, unbalanced=tuple(c for c in third if found[c] < 0)
    )


def blocs(signs: dict[tuple[str, str], int], *, rounds: int = 30) -> tuple[tuple[str, ...], ...]:
    """Groups of countries with more friends inside and foes outside: each joins, in order of name, the group where
    its signs add up highest, until nothing moves. Groups of one are left out, largest first."""
    names = sorted({c for pair in signs for c in pair})
    of = {c: i for i, c in enumerate(names)}
    near: dict[str, list[tuple[str, int]]] = {c: [] for c in names}
    for (a, b), s in signs.items():
        near[a].append((b, s))
        near[b].append((a, s))
    for _ in range(rounds):
        moved = False
        for c in names:
            gain: dict[int, int] = {}
            for other, s in near[c]:
                gain[of[other]] = gain.get(of[other], 0) + s
            best = max(gain, key=lambda g: (gain[g], -g), default=of[c])
            if gain.get(best, 0) > gain.get(of[c], 0):
                of[c], moved = best, True
        if not moved:
            break
    groups: dict[int, list[str]] = {}
    for c in names:
        groups.setdefault(of[c], []).append(c)
    return tuple(tuple(g) for g in sorted(groups.values(), key=lambda g: (-len(g), g)) if len(g) > 1)
