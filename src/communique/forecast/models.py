"""The additive choice model, and what turns its scores into probabilities.

`ChoiceModel` gives every candidate of a question the sum of weight × feature; the probability that it is the
answer is its share of the exponentials (a conditional logit, fitted by Newton's method with a ridge). A sum was
chosen over trees and networks because it splits exactly into reasons and loses little: see docs/design/forecast.md.
Fitting sees every answer, the hardest other candidates, and a random part of the rest that stands, by an offset,
for all of it, so that the shares stay honest.
Probabilities are calibrated by `communique.forecast.calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from communique.forecast.calibration import Calibration as Calibration
from communique.forecast.calibration import fit_calibration as fit_calibration
from communique.forecast.facts import Floats, Ints
from communique.forecast.features import Day, group_of

Doubles = npt.NDArray[np.float64]
HARD, RANDOM = 30, 20


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a forecast's log-odds: `words` say what it is, `value` how much it adds (natural log)."""

    words: str
    value: float


@dataclass(frozen=True)
class Rows:
    """Rows of choices: those of choice c are `start[c]:start[c+1]`; the first of each is the answer. `offset` is
    added to the score of rows that stand for several."""

    x: Floats
    start: Ints
    offset: Floats


@dataclass(frozen=True)
class ChoiceModel:
    """Weights by feature name. `fitted` says on how many choices."""

    names: tuple[str, ...]
    weights: Doubles
    fitted: int

    def scores(self, x: Floats) -> Doubles:
        """The score of each row."""
        found: Doubles = np.asarray(x @ self.weights.astype(np.float32).astype(np.float64), np.float64)
        return found

    def parts(self, row: Floats) -> dict[str, float]:
        """The score of one row split over the groups of features; they add up to `scores` of it."""
        out: dict[str, float] = {}
        for name, part in zip(self.names, row.astype(np.float64) * self.weights.astype(np.float32).astype(np.float64), strict=True):
            words = group_of(name)
            out[words] = out.get(words, 0.0) + float(part)
        return out


def shares(scores: Doubles, start: Ints) -> Doubles:
    """Each row's share of the exponentials of its question."""
    size = np.diff(start)
    top = np.repeat(np.maximum.reduceat(scores, start[:-1]), size)
    e = np.exp(scores - top)
    found: Doubles = e / np.repeat(np.add.reduceat(e, start[:-1]), size)
    return found


def choices(day: Day, q: Ints, answer: Ints, rng: Any) -> tuple[list[Ints], list[Floats]]:
    """Rows and offsets for fitting, a pair for each answer that is a candidate: the answer first, then the hardest
    other candidates by the score over all entities and by the pair's past, then a random part of the rest."""
    picked: list[Ints] = []
    offsets: list[Floats] = []
    bounds = np.searchsorted(q, np.arange(len(day.subject) + 1))
    for question in range(len(day.subject)):
        lo, hi = day.start[question], day.start[question + 1]
        mine = day.candidate[lo:hi]
        answers = answer[bounds[question] : bounds[question + 1]]
        rest = np.flatnonzero(~np.isin(mine, answers)) + lo
        order = np.argsort(-day.tail[question, day.candidate[rest]], kind="stable")
        hard, easy = rest[order[:HARD]], rest[order[HARD:]]
        some = easy if len(easy) <= RANDOM else rng.choice(easy, RANDOM, replace=False)
        off = np.zeros(1 + len(hard) + len(some), np.float32)
        if len(some):
            off[1 + len(hard) :] = np.log(len(easy) / len(some))
        for at in np.flatnonzero(np.isin(mine, answers)) + lo:
            picked.append(np.concatenate([[at], hard, some]))
            offsets.append(off)
    return picked, offsets


def fit(rows: Rows, names: tuple[str, ...], *, ridge: float = 3.0, steps: int = 12, start: Doubles | None = None) -> ChoiceModel:
    """The weights that make the answers likeliest, less `ridge` × squared weights (of scaled features)."""
    scale = np.sqrt(np.mean(np.square(rows.x[:: max(1, len(rows.x) // 200_000)], dtype=np.float64), axis=0))
    scale = np.where(scale > 1e-6, scale, 1.0)
    w = np.zeros(rows.x.shape[1]) if start is None else start * scale
    best, grad, hess = _slope(rows, w / scale, scale)
    best += 0.5 * ridge * float(w @ w)
    for _ in range(steps):
        move = np.linalg.solve(hess + ridge * np.eye(len(w)), grad + ridge * w)
        size = 1.0
        while size > 1e-3:
            tried = w - size * move
            value, g, h = _slope(rows, tried / scale, scale)
            value += 0.5 * ridge * float(tried @ tried)
            if value < best:
                break
            size /= 4
        else:
            break
        gain, best, w, grad, hess = best - value, value, tried, g, h
        if gain < 1e-5 * best:
            break
    return ChoiceModel(names, w / scale, len(rows.start) - 1)


def _slope(rows: Rows, w: Doubles, scale: Doubles) -> tuple[float, Doubles, Doubles]:
    """Minus log-likelihood, its gradient and Hessian, over blocks of choices."""
    k = len(w)
    loss, grad, hess = 0.0, np.zeros(k), np.zeros((k, k))
    for lo in range(0, len(rows.start) - 1, 2000):
        hi = min(lo + 2000, len(rows.start) - 1)
        a, b = rows.start[lo], rows.start[hi]
        x = rows.x[a:b] / scale.astype(np.float32)
        start = rows.start[lo : hi + 1] - a
        p = shares((x @ (w * scale).astype(np.float32)).astype(np.float64) + rows.offset[a:b], start)
        loss -= float(np.log(p[start[:-1]] + 1e-30).sum())
        weighted = x * p[:, None].astype(np.float32)
        mean = np.add.reduceat(weighted, start[:-1], axis=0)
        grad += (mean - x[start[:-1]]).sum(0)
        hess += weighted.T @ x - mean.T @ mean
    return loss, grad, hess
