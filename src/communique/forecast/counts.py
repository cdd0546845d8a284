"""How much: a predictive distribution of a count from the recent past of the same series.

The distribution is the series' own recent values, each weighted by how old it is (the mean of several exponential
rates, so that no single rate has to be right) and widened on the log scale, since next month is seldom exactly as
one of the last. Zeros stay zero: a quiet series is forecast quiet, and says so. On VIEWS country-months this simple
form beats the neural nets tried there (docs/design/forecast.md). For small weekly counts of events a negative
binomial with the same weighted mean carries the tail instead (`negative_binomial`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
SCALES = (3.0, 6.0, 12.0, 24.0)  # periods
SPREAD = 0.4  # standard deviation on the log scale; used where no earlier window can choose it
_QUANTILES = np.array([-1.2815515655, -0.5244005127, 0.0, 0.5244005127, 1.2815515655])


@dataclass(frozen=True)
class Distribution:
    """Values in order, with weights that add up to 1."""

    values: Doubles
    weights: Doubles

    @property
    def mean(self) -> float:
        """The expected value."""
        return float(self.values @ self.weights)

    def quantile(self, p: float) -> float:
        """The least value with at least `p` of the weight at or below it."""
        at = int(np.searchsorted(np.cumsum(self.weights), p - 1e-12))
        return float(self.values[min(at, len(self.values) - 1)])

    def interval(self, share: float) -> tuple[float, float]:
        """The central interval that holds `share` of the weight."""
        return self.quantile((1 - share) / 2), self.quantile((1 + share) / 2)

    def at_least(self, value: float) -> float:
        """The probability of `value` or more."""
        return float(self.weights[self.values >= value].sum())


def age_weights(ages: Doubles, scales: tuple[float, ...] = SCALES) -> Doubles:
    """Weights of values by age in periods (0 = the last one); they add up to 1."""
    total = np.zeros(len(ages))
    for scale in scales:
        one = np.exp(-ages / scale)
        total += one / one.sum()
    found: Doubles = total / total.sum()
    return found


def spread_out(values: Doubles, spread: float) -> Doubles:
    """Five copies of each value (last axis), moved on the log scale by the quantiles of a normal of that width.
    Zeros stay."""
    if spread <= 0:
        return values
    moved = [np.where(values > 0, np.expm1(np.maximum(np.log1p(values) + q * spread, 0.0)), 0.0) for q in _QUANTILES]
    found: Doubles = np.concatenate(moved, axis=-1)
    return found


def empirical(history: Doubles, *, spread: float = SPREAD, scales: tuple[float, ...] = SCALES) -> Distribution:
    """The distribution of the next values of a series, given its past in order of time (last value last)."""
    if not len(history):
        return Distribution(np.zeros(1), np.ones(1))
    weights = age_weights(np.arange(len(history) - 1, -1, -1, dtype=float), scales)
    values = spread_out(np.asarray(history, float), spread)
    order = np.argsort(values, kind="stable")
    copies = len(values) // len(history)
    return Distribution(values[order], np.tile(weights / copies, copies)[order])


def crps(values: Doubles, weights: Doubles, actual: Doubles) -> Doubles:
    """Continuous ranked probability score of weighted values (n × k) against actual values (n × m): lower is better,
    0 is perfect, in units of the count."""
    near = np.einsum("nkm,k->nm", np.abs(values[:, :, None] - actual[:, None, :]), weights)
    order = np.argsort(values, axis=1)
    v = np.take_along_axis(values, order, axis=1)
    w = weights[order]
    below = np.cumsum(w, axis=1) - w
    apart = 2 * (w * v * (2 * below + w - 1)).sum(1)
    found: Doubles = near - 0.5 * apart[:, None]
    return found


def negative_binomial(history: Doubles, exposure: Doubles, ahead: float, *, scale: float = 12.0) -> tuple[float, float]:
    """(mean, size) of the next count: rate per exposure from the weighted past, spread from its moments; a small
    size means a heavy tail, `inf` a Poisson. `ahead` is the exposure expected."""
    if not len(history) or exposure.sum() <= 0:
        return 0.0, float("inf")
    weights = age_weights(np.arange(len(history) - 1, -1, -1, dtype=float), (scale,))
    rate = float((weights * history).sum() / max(1e-9, (weights * exposure).sum()))
    expected = rate * exposure
    over = float((weights * ((history - expected) ** 2 - expected)).sum())
    base = float((weights * expected**2).sum())
    mean = rate * ahead
    return mean, float("inf") if over <= 0 else max(0.05, base / over)


# scipy.special, not scipy.stats: the same functions without the second and a half that importing its distributions takes.


def upper_tail(count: float, mean: float, size: float) -> float:
    """The probability of `count` or more under that negative binomial."""
    from scipy import special

    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    k = math.floor(count - 1)
    return float(special.pdtrc(k, mean) if np.isinf(size) else special.betaincc(size, k + 1, size / (size + mean)))


def _at_most(k: Any, mean: float, size: float) -> Any:
    """The probability of `k` or fewer, for a whole number or an array of them."""
    from scipy import special

    return special.pdtr(k, mean) if np.isinf(size) else special.betainc(size, k + 1, size / (size + mean))


def nb_quantile(p: float, mean: float, size: float) -> int:
    """The least count with at least `p` (0..1, both excluded) at or below it under that negative binomial."""
    from scipy import special

    if mean <= 0:
        return 0
    near = special.pdtrik(p, mean) if np.isinf(size) else special.nbdtrik(p, size, size / (size + mean))
    k = max(0, math.ceil(near))
    while k and _at_most(k - 1, mean, size) >= p:
        k -= 1
    while _at_most(k, mean, size) < p:
        k += 1
    return k


def nb_crps(count: float, mean: float, size: float) -> float:
    """The continuous ranked probability score of that negative binomial for a count that came."""
    if mean <= 0:
        return float(count)
    top = int(max(count, nb_quantile(0.9999, mean, size))) + 1
    k = np.arange(top)
    below = _at_most(k, mean, size)
    return float(np.square(below - (k >= count)).sum())
