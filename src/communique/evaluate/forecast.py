"""`score forecast PATH --split valid|test`: who acts on whom next, ranked, one day ahead.

PATH is a folder of dated facts (see `communique.forecast.facts.read_facts`). Everything is fitted on days before the
split that is scored and calibrated on valid (for valid: on its other half of days); see `communique.forecast.backtest`. `mrr hits1 hits3 hits10` count each fact once in each direction; `ece` is of the first
answer of each distinct question as a user sees it. Intervals are 95 % bootstraps over days. No figure here may be
compared with one from another split of the same events.
"""

from __future__ import annotations

import resource
import time
from pathlib import Path
from typing import Any

from communique.errors import UsageError

BIG = 300_000  # facts in train; from here on, fit on fewer days and a sample of questions
FIT_DAYS, FIT_DAYS_BIG = 90, 24
VALID_BIG = 0.25  # before test, so much of valid calibrates and is fitted on; the rest would add minutes and no rows


def score(path: Path, *, split: str = "valid", sample: str | float = 1.0, **_: Any) -> dict[str, float | int]:
    """Figures of one split of the folder at `path`. `sample` asks only that share of its questions. Raises
    `UsageError` for an unknown split or a folder of another shape."""
    from communique.forecast import backtest
    from communique.forecast.facts import read_facts
    from communique.forecast.features import History
    from communique.forecast.models import fit

    if split not in ("valid", "test"):
        raise UsageError(f"no split {split!r}; there are: valid test", value=split)
    started, worked = time.monotonic(), time.process_time()
    facts = read_facts(path)
    if "valid" not in facts.first or split not in facts.first:
        raise UsageError(f"{path}: {split} holds no facts", where=str(path))
    valid, last = facts.first["valid"], facts.first.get("test", int(facts.day[-1]) + 1)
    if split == "valid":
        facts = facts.before(last)
    days = FIT_DAYS_BIG if int((facts.day < valid).sum()) > BIG else FIT_DAYS
    part = float(sample)
    history, first = History(facts), max(0, valid - days)
    rows = backtest.Gatherer(sample=backtest.share_of_questions(history, first, last if split == "test" else valid))
    backtest.gather(history, rows, first, valid)
    model = fit(rows.rows(), history.names)
    asked = part
    if split == "test":
        asked = VALID_BIG if days == FIT_DAYS_BIG else 1.0
        rows.sample = min(1.0, rows.sample / asked)
    found = backtest.outcomes(history, model, valid, last, sample=asked, into=rows if split == "test" else None)
    if split == "valid":
        p = backtest.cross_calibrated(found)
    else:
        line = backtest.calibrate(found)
        model = fit(rows.rows(), history.names, start=model.weights)
        found = backtest.outcomes(history, model, last, int(facts.day[-1]) + 1, sample=part)
        p = line.probability(found.share)
    figures = _figures(found, p)
    figures["features"], figures["fitted_on"] = len(model.names), model.fitted
    figures["seconds"] = round(time.monotonic() - started, 1)
    figures["processor_seconds"] = round(time.process_time() - worked, 1)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return figures


def _figures(found: Any, p: Any) -> dict[str, float | int]:
    import numpy as np

    from communique.forecast.backtest import STRATA, calibration_error

    values = {
        "mrr": 1 / found.rank,
        "hits1": (found.rank <= 1).astype(float),
        "hits3": (found.rank <= 3).astype(float),
        "hits10": (found.rank <= 10).astype(float),
    }
    out: dict[str, float | int] = {"n": len(found.rank), "questions": len(p)}
    for name, value in values.items():
        out[name] = float(value.mean())
        out[name + "_low"], out[name + "_high"] = _by_day(value, found.day)
    out["ece"] = calibration_error(p, found.right)
    out["ece_low"], out["ece_high"] = _ece_by_day(p, found)
    out["ece_uncalibrated"] = calibration_error(found.share, found.right)
    out["brier"] = float(np.mean((p - found.right) ** 2))
    for number, name in enumerate(STRATA):
        mine = found.stratum == number
        word = name.replace(" ", "_")
        out[f"share_{word}"] = float(mine.mean())
        out[f"mrr_{word}"] = float(values["mrr"][mine].mean()) if mine.any() else 0.0
        out[f"hits10_{word}"] = float(values["hits10"][mine].mean()) if mine.any() else 0.0
    cold = found.stratum == 2
    if cold.any():
        alone = 1 / found.by_sketch[cold]
        out["mrr_cold_by_sketch_alone"] = float(alone.mean())
        out["mrr_cold_by_sketch_alone_low"], out["mrr_cold_by_sketch_alone_high"] = _by_day(alone, found.day[cold])
        out["hits10_cold_by_sketch_alone"] = float((found.by_sketch[cold] <= 10).mean())
    return out


def _by_day(value: Any, day: Any, *, rounds: int = 1000) -> tuple[float, float]:
    """95 % interval of the mean, days drawn with replacement."""
    import numpy as np

    _, number = np.unique(day, return_inverse=True)
    total, n = np.bincount(number, value), np.bincount(number)
    rng = np.random.default_rng(7)
    drawn = rng.integers(0, len(n), (rounds, len(n)))
    means = total[drawn].sum(1) / n[drawn].sum(1)
    return float(np.percentile(means, 2.5)), float(np.percentile(means, 97.5))


def _ece_by_day(p: Any, found: Any, *, rounds: int = 200) -> tuple[float, float]:
    import numpy as np

    from communique.forecast.backtest import calibration_error

    days, number = np.unique(found.asked, return_inverse=True)
    rows = [np.flatnonzero(number == k) for k in range(len(days))]
    rng = np.random.default_rng(7)
    values = []
    for _ in range(rounds):
        chosen = np.concatenate([rows[k] for k in rng.integers(0, len(days), len(days))])
        values.append(calibration_error(p[chosen], found.right[chosen]))
    return float(np.percentile(values, 2.5)), float(np.percentile(values, 97.5))
