"""Rolling-origin back-test of who acts on whom next: fit on days before, ask every day, score, then learn the day.

Protocol (single step, both directions, time-aware filter): each fact of the scored days asks for its object given
subject and relation, and for its subject given object and relation; other true answers of the same question on the
same day are taken out before ranking; ties take their mean rank; entities that are no candidates rank behind, by
the score over all entities. Features of a day see the days before it and nothing else.

What is chosen, and on what: features, ridge and windows on the valid split. Valid is scored by weights fitted on the
last days of train, and calibrated on its other half of days. Test is scored by weights fitted once more, the same way,
on the last days of train and valid together; its calibration is the line that valid chose for the first weights. The
model is not fitted again within a split; histories see every day before the one asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from communique.forecast.calibration import calibration_error as calibration_error
from communique.forecast.facts import Flags, Floats, Ints
from communique.forecast.features import Day, History
from communique.forecast.models import (
    HARD,
    RANDOM,
    Calibration,
    ChoiceModel,
    Doubles,
    Rows,
    choices,
    fit_calibration,
    shares,
)

FIT_ROWS = 1_300_000
STRATA = ("recurrent", "dyad only", "cold")


@dataclass
class Outcomes:
    """What became of the questions: for each fact its rank, stratum (0 recurrent, 1 pair only, 2 cold), day, and for
    a cold one its rank by the low-rank sketch alone (else 0); for each distinct question the share of the first
    candidate, whether it was an answer, and the day."""

    rank: Doubles
    stratum: Ints
    day: Ints
    by_sketch: Doubles
    share: Doubles
    right: Flags
    asked: Ints


class Gatherer:
    """Rows to fit on, in one block of memory that is only taken as it fills; what no longer fits is left out."""

    def __init__(self, capacity: int = FIT_ROWS, *, sample: float = 1.0, seed: int = 1) -> None:
        self.capacity, self.sample, self.rng = capacity, sample, np.random.default_rng(seed)
        self.x = np.empty((0, 0), np.float32)
        self.sizes: list[int] = []
        self.offsets: list[Floats] = []
        self.filled = 0

    def add(self, day: Day, q: Ints, answer: Ints) -> None:
        """Take the choices of (part of) a day."""
        if self.sample < 1.0:
            keep = (self.rng.random(len(day.subject)) < self.sample)[q]
            q, answer = q[keep], answer[keep]
        picked, offset = choices(day, q, answer, self.rng)
        end = self.filled + sum(len(p) for p in picked)
        if not len(self.x):
            self.x = np.empty((self.capacity, day.x.shape[1]), np.float32)
        if not picked or end > self.capacity:
            return
        self.x[self.filled : end] = day.x[np.concatenate(picked)]
        self.filled = end
        self.sizes += [len(p) for p in picked]
        self.offsets += offset

    def rows(self) -> Rows:
        """What was gathered."""
        offset = np.concatenate(self.offsets) if self.offsets else np.zeros(0, np.float32)
        return Rows(self.x[: self.filled], np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64), offset)


def share_of_questions(history: History, first: int, last: int, *, rows: int = FIT_ROWS) -> float:
    """The share of the questions of these days whose choices fit into so many rows."""
    asked = int(((history.t >= first) & (history.t < last)).sum())
    return min(1.0, rows / (1 + HARD + RANDOM) / max(1, asked))


def gather(history: History, into: Gatherer, first: int, last: int) -> None:
    """Fill `into` from the days first..last-1; `history` stands at `last` afterwards."""
    share, into.sample = into.sample, 1.0
    for day, q, answer in history.walk(first, last, sample=share, seed=1):
        into.add(day, q, answer)
    into.sample = share
    history.advance(last)


def outcomes(history: History, model: ChoiceModel, first: int, last: int, *, sample: float = 1.0, into: Gatherer | None = None) -> Outcomes:
    """Ask every question of first..last-1 in order of day and keep how each came out; with `into`, gather rows to fit
    a later model on as well."""
    kept: list[tuple[Any, ...]] = []
    for day, q, answer in history.walk(first, last, sample=sample, seed=2):
        scores = model.scores(day.x)
        share, right = _first(day, scores, q, answer, history.n)
        rank, stratum = _ranks(day, scores, q, answer)
        by_sketch = _cold_ranks(day, stratum, q, answer)
        kept.append((rank, stratum, np.full(len(rank), day.day), by_sketch, share, right, np.full(len(share), day.day)))
        if into is not None:
            into.add(day, q, answer)
    history.advance(last)
    joined = [np.concatenate(part) for part in zip(*kept, strict=True)] if kept else [np.zeros(0)] * 7
    return Outcomes(*joined)


def _first(day: Day, scores: Doubles, q: Ints, answer: Ints, n: int) -> tuple[Doubles, Flags]:
    """Share of the best candidate of each question, and whether it is one of the answers."""
    share = shares(scores, day.start)
    best = np.array([lo + int(np.argmax(scores[lo:hi])) for lo, hi in zip(day.start[:-1], day.start[1:], strict=True)])
    right = np.isin(np.arange(len(best)) * n + day.candidate[best], q * n + answer)
    return share[best], right


def _ranks(day: Day, scores: Doubles, q: Ints, answer: Ints) -> tuple[Doubles, Ints]:
    """Filtered rank and stratum of every answer."""
    rank, stratum = np.zeros(len(q)), np.full(len(q), 2)
    bounds = np.searchsorted(q, np.arange(len(day.subject) + 1))
    for question in range(len(day.subject)):
        lo, hi = int(day.start[question]), int(day.start[question + 1])
        answers = answer[bounds[question] : bounds[question + 1]]
        at = lo + np.searchsorted(day.candidate[lo:hi], answers)
        inside = (at < hi) & (day.candidate[np.minimum(at, hi - 1)] == answers)
        others = np.ones(hi - lo, bool)
        others[at[inside] - lo] = False
        rivals = np.sort(scores[lo:hi][others])
        for i, (one, position, known) in enumerate(zip(answers, at, inside, strict=True)):
            row = bounds[question] + i
            if known:
                mine = scores[position]
                below = np.searchsorted(rivals, mine, "left"), np.searchsorted(rivals, mine, "right")
                rank[row] = 1 + len(rivals) - below[1] + 0.5 * (below[1] - below[0])
                stratum[row] = 0 if day.fact_seen[position] else 1 if day.pair_seen[position] else 2
            else:
                outside = np.ones(day.tail.shape[1], bool)
                outside[day.candidate[lo:hi]] = False
                outside[answers] = False
                values, mine = day.tail[question][outside], day.tail[question][one]
                rank[row] = 1 + len(rivals) + (values > mine).sum() + 0.5 * (values == mine).sum()
    return rank, stratum


def _cold_ranks(day: Day, stratum: Ints, q: Ints, answer: Ints) -> Doubles:
    """Filtered rank of every cold answer among all entities by the low-rank sketch alone; 0 for the others."""
    rank = np.zeros(len(q))
    for row in np.flatnonzero(stratum == 2):
        values = day.sketch[q[row]]
        rivals = np.ones(len(values), bool)
        rivals[answer[q == q[row]]] = False
        mine = values[answer[row]]
        rank[row] = 1 + (values[rivals] > mine).sum() + 0.5 * (values[rivals] == mine).sum()
    return rank


def calibrate(found: Outcomes) -> Calibration:
    """The line on the log-odds of the first candidate's share that fits these outcomes best."""
    return fit_calibration(found.share, found.right)


def cross_calibrated(found: Outcomes) -> Doubles:
    """Probabilities of the first candidates, those of each half of the days by the line fitted on the other."""
    p = np.zeros(len(found.share))
    days = np.unique(found.asked)
    for half in (0, 1):
        mine = np.isin(found.asked, days[half::2])
        p[mine] = fit_calibration(found.share[~mine], found.right[~mine]).probability(found.share[mine])
    return p
