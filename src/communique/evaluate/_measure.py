"""What every scorer shares: precision, recall, F1, and bootstrap intervals over documents."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def prf(right: float, predicted: float, gold: float) -> tuple[float, float, float]:
    """Precision, recall and F1 from counts. Nothing predicted and nothing to find is 1, 1, 1."""
    if predicted == 0 and gold == 0:
        return 1.0, 1.0, 1.0
    precision = right / predicted if predicted else 0.0
    recall = right / gold if gold else 0.0
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def bootstrap(units: Sequence[T], statistic: Callable[[Sequence[T]], float], *, rounds: int = 500, seed: int = 7) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile of `statistic` over units drawn with replacement (units = documents)."""
    if not units:
        return 0.0, 0.0
    rng = random.Random(seed)
    values = sorted(statistic([units[rng.randrange(len(units))] for _ in units]) for _ in range(rounds))
    return values[int(0.025 * rounds)], values[min(rounds - 1, int(0.975 * rounds))]
