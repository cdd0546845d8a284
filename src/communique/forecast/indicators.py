"""Cooperation and conflict between two countries by week, side by side, never one number.

Each row has, for both directions, events by quad class with the coverage of the week (documents published), the mean
intensity where records carry one, and the share of cooperation shrunk towards a half where little is known. Change
points are found by exact segmentation (PELT's criterion by dynamic programming) of the weekly conflict counts under a
Poisson cost. PLOVER's score and both Goldstein scales stand beside the counts, each direction by itself; the balance of
triads and the blocs around the pair are followed over time (`forecast.balance`).
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import numpy.typing as npt

from communique.coding import ontology
from communique.forecast import series
from communique.forecast.balance import Balance, Ties, Triads, over_time, ties, triads
from communique.forecast.series import Panel

if TYPE_CHECKING:
    from communique.store import Store

Doubles = npt.NDArray[np.float64]
Triple = tuple[float | None, float | None, float | None]  # PLOVER, Goldstein of ICEWS, Goldstein of Phoenix
Scorer = Callable[[tuple[str, ...]], dict[str, Triple]]
_SCALES = (ontology.Decisions(goldstein="icews"), ontology.Decisions(goldstein="parus"))


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Mean scores of the events of one direction in a week that have one: PLOVER's, and Goldstein's on both scales that
    circulate (of ICEWS and of the Phoenix pipeline), by the CAMEO code; `n` events have any."""

    n: int
    plover: float | None
    goldstein_icews: float | None
    goldstein_parus: float | None


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
    scores_left_to_right: Scores | None = None
    scores_right_to_left: Scores | None = None


class Indicators(msgspec.Struct, frozen=True, kw_only=True):
    """The weeks, the days at which conflict changed level, the triads and blocs of the last half year, the balance of
    each half year that ended within those weeks, and what is missing."""

    left: str
    right: str
    weeks: tuple[Week, ...]
    changes: tuple[str, ...]
    triads: Triads
    blocs: tuple[tuple[str, ...], ...]
    balance: tuple[Balance, ...]
    thin: str | None


def scorer(store: Store) -> Scorer:
    """What reads the scores of events off a store: PLOVER's of the event, Goldstein's of the commonest CAMEO code of
    its mentions."""

    def read(ids: tuple[str, ...]) -> dict[str, Triple]:
        events = [e for e in (store.event(name) for name in ids) if e is not None]
        mentions = store.mentions_of(m for e in events for m in e.mentions)
        out: dict[str, Triple] = {}
        for e in events:
            codes = [m.cameo for m in (mentions.get(name) for name in e.mentions) if m is not None and m.cameo]
            code = max(sorted(set(codes)), key=codes.count, default=None)
            icews, parus = (ontology.goldstein(code, decisions=d) if code else None for d in _SCALES)
            out[e.id] = e.plover_score, icews, parus
        return out

    return read


def indicators(panel: Panel, left: str, right: str, origin: int, *, back: int = 26, scores: Scorer | None = None, kept: MutableMapping[int, Ties] | None = None) -> Indicators:
    """The indicators of a pair for the last `back` weeks before the ordinal `origin`, from what was known then; with
    the scores that `scores` reads for events. `kept` holds the windows of all countries, where the caller keeps them from pair to pair."""
    from scipy import special  # scipy.stats takes a second and a half to import

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
    scored = [_weekly_scores(p, start, weeks, scores) for p in (there, home)]
    rows = []
    for w in range(weeks):
        good, bad = int(both[w, :2].sum()), int(both[w, 2:].sum())
        low, high = (float(special.betaincinv(good + 1, bad + 1, q)) for q in (0.05, 0.95))
        n = int(both[w].sum())
        rows.append(
            Week(
                start=series.iso(start + 7 * w), left_to_right=_four(a[w]), right_to_left=_four(b[w]), documents=int(documents[w]),
                cooperation=(good + 1) / (n + 2), cooperation_low=low, cooperation_high=high,
                asymmetry=float((a[w].sum() - b[w].sum()) / n) if n else None, change=w in cuts,
                scores_left_to_right=scored[0][w], scores_right_to_left=scored[1][w],
            )
        )  # fmt: skip
    recent = ties(past, origin, kept)
    total = int(both.sum())
    thin = None if total >= 20 else f"{total} events between the two in {weeks} weeks: too few to read a trend from"
    return Indicators(
        left=left, right=right, weeks=tuple(rows), changes=tuple(series.iso(start + 7 * c) for c in cuts), triads=triads(recent.signs, left, right),
        blocs=recent.blocs, balance=over_time(past, left, right, origin, back=7 * back, kept=kept), thin=thin,
    )  # fmt: skip


def _weekly_scores(mine: Panel, start: int, weeks: int, scores: Scorer | None) -> list[Scores | None]:
    """The means of each week of one direction; `None` for all where nothing reads scores."""
    if scores is None:
        return [None] * weeks
    inside = mine.take((mine.day >= start) & (mine.day < start + 7 * weeks))
    read = scores(inside.ids)
    found: list[list[Triple]] = [[] for _ in range(weeks)]
    for name, day in zip(inside.ids, inside.day.tolist(), strict=True):
        if name in read:
            found[(day - start) // 7].append(read[name])
    return [_means(rows) for rows in found]


def _means(rows: list[Triple]) -> Scores:
    columns = [[v for v in column if v is not None] for column in zip(*rows, strict=True)] or [[], [], []]
    plover, icews, parus = (sum(c) / len(c) if c else None for c in columns)
    return Scores(n=sum(any(v is not None for v in row) for row in rows), plover=plover, goldstein_icews=icews, goldstein_parus=parus)


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
