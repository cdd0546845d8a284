"""Back-test of a store's forecasts: what would have been said, week by week, and what came.

Every week of the period is an origin. Odds and counts are made as they would have been then, from what had been
published before it, by a model fitted anew every thirteen weeks on that alone; what came is read from the store as it
now stands. Pairs are those with an event in the half year before the origin, the busiest first. The figures are those of
the scoreboard, over forecasts that nobody had to issue.
"""

from __future__ import annotations

import math

import msgspec
import numpy as np

from communique.forecast import counts, rates, series
from communique.forecast.calibration import calibration_error
from communique.forecast.rates import Bin
from communique.forecast.series import Panel

REFIT, MOST_PAIRS, COUNT_PAIRS, WEEKS = 91, 1000, 40, 52


class Tested(msgspec.Struct, frozen=True, kw_only=True):
    """What the back-test found. `skill` is 1 - Brier / Brier of the types' base rates; `within50` and `within90` are the
    shares of weekly counts inside their intervals. Figures are None where nothing could be tested."""

    since: str
    until: str
    origins: int
    forecasts: int
    brier: float | None
    brier_base: float | None
    skill: float | None
    log_score: float | None
    log_score_base: float | None
    ece: float | None
    bins: tuple[Bin, ...]
    counts: int
    crps: float | None
    crps_base: float | None
    within50: float | None
    within90: float | None
    thin: str | None


def backtest(panel: Panel, until: int, *, days: int = 365, horizon: int = 7) -> Tested:
    """Forecasts of every week in the `days` before the ordinal `until`, against what came."""
    first, last = until - days, until - horizon
    model: rates.RateModel | None = None
    fitted, thin = first - REFIT, None
    stated: list[np.ndarray] = []
    flat: list[np.ndarray] = []
    came: list[np.ndarray] = []
    sums: list[tuple[float, float, bool, bool]] = []
    origins = 0
    for origin in range(first, last + 1, 7):
        past = panel.known_before(origin)
        if model is None or origin - fitted >= REFIT:
            model, fitted = rates.fit(past, origin, horizon=horizon), origin
        if model.thin is not None:
            thin, model = model.thin, None  # try again next week
            continue
        origins += 1
        p, base, y = _odds(panel, past, model, origin, horizon)
        stated.append(p)
        flat.append(base)
        came.append(y)
        sums += _counts(panel, past, origin)
    return _tested(first, until, origins, stated, flat, came, sums, thin if not origins else None)


def _odds(panel: Panel, past: Panel, model: rates.RateModel, origin: int, horizon: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probability, base rate and outcome of every pair and type of one origin."""
    kinds = np.array([past.kinds.index(k) for k in model.kinds])
    recent = past.take(past.day >= origin - 182)
    width = len(panel.codes)
    keys, n = np.unique(recent.actor * width + recent.recipient, return_counts=True)
    keys = np.sort(keys[np.argsort(-n, kind="stable")][:MOST_PAIRS])
    pairs = np.stack([keys // width, keys % width], 1)
    x = rates.rates(past, origin, pairs, np.array(model.base), np.array(model.follows), horizon, since=model.since)
    p = model.probability((x @ np.array(model.weights)).ravel())
    base = -np.expm1(-x[:, :, 6]).ravel()
    coming = (panel.day >= origin) & (panel.day < origin + horizon)
    key = panel.actor[coming] * width + panel.recipient[coming]
    at = np.searchsorted(keys, key)
    hit = keys[np.minimum(at, len(keys) - 1)] == key if len(keys) else np.zeros(len(key), bool)
    y = np.zeros((len(keys), len(kinds)), bool)
    y[at[hit], panel.kind[coming][hit]] = True
    return p, base, y.ravel()


def _counts(panel: Panel, past: Panel, origin: int) -> list[tuple[float, float, bool, bool]]:
    """CRPS, CRPS of the mean of the record, and inside 50 and 90 %, of next week's counts of the busiest pairs."""
    first, _ = past.span()
    weeks = min(WEEKS, (origin - first) // 7)
    if weeks < 12:
        return []
    start = origin - 7 * weeks
    cover = np.maximum(series.coverage(past, start, weeks), 1).astype(float)
    ahead = float(cover[-4:].mean())
    recent = past.take(past.day >= start)
    width = len(panel.codes)
    keys, n = np.unique(recent.actor * width + recent.recipient, return_counts=True)
    out = []
    for key in keys[np.argsort(-n, kind="stable")][:COUNT_PAIRS].tolist():
        mine = recent.take(recent.actor * width + recent.recipient == key)
        now = panel.take((panel.actor * width + panel.recipient == key) & (panel.day >= origin) & (panel.day < origin + 7))
        for quad in range(4):
            history = series.weekly(mine, start, weeks, quads=(quad,)).astype(float)
            count = int((now.quad == quad).sum())
            mean, size = counts.negative_binomial(history, cover, ahead)
            low90, low50, high50, high90 = (counts.nb_quantile(q, mean, size) for q in (0.05, 0.25, 0.75, 0.95))
            base = float(np.abs(history[:, None] - count).mean() - 0.5 * np.abs(history[:, None] - history[None, :]).mean())
            out.append((counts.nb_crps(count, mean, size), base, low50 <= count <= high50, low90 <= count <= high90))
    return out


def _tested(
    first: int, until: int, origins: int, stated: list[np.ndarray], flat: list[np.ndarray], came: list[np.ndarray],
    sums: list[tuple[float, float, bool, bool]], thin: str | None,
) -> Tested:  # fmt: skip
    p, base, y = (np.concatenate(v) if v else np.zeros(0) for v in (stated, flat, came))
    y = y.astype(float)
    brier, brier_base = (float(np.mean((v - y) ** 2)) if len(y) else None for v in (p, base))
    logs = [float(-np.log(np.clip(np.where(y > 0, v, 1 - v), 1e-4, 1)).mean()) if len(y) else None for v in (p, base)]
    table = np.array(sums, float).reshape(-1, 4)
    means = [float(v) for v in table.mean(0)] if len(table) else [math.nan] * 4
    crps, crps_base, within50, within90 = (m if len(table) else None for m in means)
    return Tested(
        since=series.iso(first), until=series.iso(until), origins=origins, forecasts=len(y), brier=brier, brier_base=brier_base,
        skill=1 - brier / brier_base if brier is not None and brier_base else None, log_score=logs[0], log_score_base=logs[1],
        ece=calibration_error(p, y > 0) if len(y) else None, bins=rates.bins(p, y > 0) if len(y) else (), counts=len(table), crps=crps,
        crps_base=crps_base, within50=within50, within90=within90, thin=thin,
    )  # fmt: skip
