"""From a model's share to a probability that is kept: a straight line on the log-odds, fitted to what came true."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Calibration:
    """Log-odds of being right = `slope` × log-odds of the share + `shift`."""

    slope: float = 1.0
    shift: float = 0.0

    def probability(self, share: Doubles) -> Doubles:
        """Calibrated probability of each share."""
        found: Doubles = 1 / (1 + np.exp(-(self.slope * odds(share) + self.shift)))
        return found


def odds(p: Doubles) -> Doubles:
    """Log-odds, kept finite."""
    q = np.clip(p, 1e-9, 1 - 1e-9)
    found: Doubles = np.log(q / (1 - q))
    return found


def fit_calibration(share: Doubles, right: Flags, *, steps: int = 50) -> Calibration:
    """The line on the log-odds that makes `right` likeliest; the identity when there is too little to tell."""
    if len(share) < 50 or right.all() or not right.any():
        return Calibration()
    x = np.stack([odds(share), np.ones(len(share))], axis=1)
    w = np.array([1.0, 0.0])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w)))
        move = np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + 1e-6 * np.eye(2), x.T @ (p - right))
        w = w - move
        if np.abs(move).max() < 1e-9:
            break
    return Calibration(float(w[0]), float(w[1]))


def calibration_error(p: Doubles, right: Flags, *, bins: int = 15) -> float:
    """Expected calibration error: mean distance of stated and observed share over equal-width bins."""
    if not len(p):
        return 0.0
    of = np.minimum((p * bins).astype(int), bins - 1)
    n = np.bincount(of, minlength=bins)
    gap = np.abs(np.bincount(of, p, bins) - np.bincount(of, right.astype(float), bins))
    return float(gap.sum() / n.sum())
