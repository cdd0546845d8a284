"""What comes next in a store: expected events of each type between two countries, as a sum of plain rates.

The expected number of events of a type from a to b in the next days is a weighted sum of rates that are each read
off records: the same type of late, over months, over the whole record; the pair's traffic; the other direction; what
usually follows what the pair did lately; and the base rate of the type. A sum of non-negative parts was chosen so
that both the expectation and the probability split exactly, and each part opens the records it was read from. The
weights are fitted on the store's own history by rolling origin (EM for a mixture of Poisson rates), the probability is
calibrated on later origins than those fitted on, and the back-test's own reliability table comes with every figure.
A store too thin for that says so and shows default weights.
"""

from __future__ import annotations

import itertools
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from communique.forecast.calibration import Calibration, fit_calibration
from communique.forecast.series import Panel, iso

Doubles = npt.NDArray[np.float64]
PARTS = (
    "same type in the last weeks", "same type in the last months", "same type over the whole record",
    "the pair's traffic, by the usual share of the type", "the same type the other way",
    "what usually follows what the pair did in the last two weeks", "base rate of the type",
)  # fmt: skip
DEFAULT = (0.25, 0.25, 0.25, 0.1, 0.05, 0.05, 0.05)
THIN_EVENTS, THIN_DAYS, ORIGINS, PAIRS = 150, 120, 40, 1500
EDGES = (0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """Back-tested forecasts stated between `low` and `high`: how many, their mean, and how many came true."""

    low: float
    high: float
    n: int
    stated: float
    true: float


class RateModel(msgspec.Struct, frozen=True, kw_only=True):
    """Weights of `PARTS`, the table of what follows what, and how the back-test went. `thin` says that the weights
    are defaults, and why."""

    horizon: int
    kinds: tuple[str, ...]
    weights: tuple[float, ...]
    base: tuple[float, ...]  # events of each type a day and active pair
    follows: tuple[tuple[float, ...], ...]
    slope: float
    shift: float
    bins: tuple[Bin, ...]
    brier: float | None
    brier_base: float | None
    origins: int
    thin: str | None
    since: int
    until: str

    def probability(self, expected: Doubles) -> Doubles:
        """Calibrated probability of at least one event, from the expected number."""
        raw = -np.expm1(-np.maximum(expected, 1e-12))
        return Calibration(self.slope, self.shift).probability(raw)

    def hit_rate(self, p: float) -> Bin | None:
        """The back-test's outcomes for forecasts like this one."""
        return next((b for b in self.bins if b.low <= p < b.high or (p >= 1.0 and b.high >= 1.0)), None)


def rates(
    panel: Panel, origin: int, pairs: npt.NDArray[np.int64], base: Doubles, follows: Doubles, horizon: int, *, since: int | None = None
) -> Doubles:
    """pairs × types × parts: expected events in `horizon` days by each part, from rows before `origin` (the caller
    has taken out what was not yet known). `since` is the first day of the whole record, where the panel is a part."""
    n, kinds = len(pairs), len(base)
    out = np.zeros((n, kinds, len(PARTS)))
    first = since if since is not None else int(panel.day.min()) if len(panel) else origin
    span = max(1.0, float(origin - first))
    width = int(max(panel.actor.max(initial=0), panel.recipient.max(initial=0), pairs.max(initial=0))) + 1
    keys = pairs[:, 0] * width + pairs[:, 1]
    order = np.argsort(keys)
    for turn, (a, b) in enumerate(((panel.actor, panel.recipient), (panel.recipient, panel.actor))):
        at = np.searchsorted(keys[order], a * width + b)
        row = order[np.minimum(at, n - 1)] if n else at
        mine = (keys[row] == a * width + b) if n else np.zeros(len(panel), bool)
        row, kind, age = row[mine], panel.kind[mine], (origin - panel.day[mine]).astype(float)
        if turn == 0:
            for part, tau in ((0, 15.0), (1, 90.0)):
                np.add.at(out, (row, kind, part), np.exp(-age / tau) / (tau * -np.expm1(-span / tau)))
            np.add.at(out, (row, kind, 2), 1 / (span + 30))
            traffic = np.bincount(row, np.exp(-age / 30) / (30 * -np.expm1(-span / 30)), n)
            out[:, :, 3] = traffic[:, None] * (base / max(base.sum(), 1e-12))[None, :]
        else:
            np.add.at(out, (row, kind, 4), np.exp(-age / 30) / (30 * -np.expm1(-span / 30)))
        late = age <= 14
        seen = np.flatnonzero(np.bincount(row[late] * kinds + kind[late]))  # np.unique would load numpy.ma
        np.add.at(out[:, :, 5], seen // kinds, follows[seen % kinds] / max(1, horizon))
    out[:, :, 6] = base[None, :]
    found: Doubles = out * horizon
    return found


def fit(panel: Panel, until: int, *, horizon: int = 7, seed: int = 5) -> RateModel:
    """The model fitted on what was known before the ordinal `until`."""
    past = panel.known_before(until)
    start, _ = past.span()
    pairs = np.unique(np.stack([past.actor, past.recipient], 1), axis=0) if len(past) else np.zeros((0, 2), np.int64)
    base, follows = _base(past, pairs), _follows(past, horizon)
    why = None
    if len(past) < THIN_EVENTS:
        why = f"{len(past)} events; {THIN_EVENTS} are needed to fit and test"
    elif until - start < THIN_DAYS:
        why = f"{until - start} days of record; {THIN_DAYS} are needed to fit and test"
    if why is not None:
        return _model(past, horizon, DEFAULT, base, follows, Calibration(), (), None, None, 0, why, until)
    if len(pairs) > PAIRS:
        pairs = pairs[np.sort(np.random.default_rng(seed).choice(len(pairs), PAIRS, replace=False))]  # `_trials` searches them
    origins = np.unique(np.linspace(start + (until - start) // 3, until - horizon - 1, ORIGINS).astype(int))
    x, y, when = _trials(past, pairs, origins, horizon)
    early = when < len(origins) * 2 // 3
    weights = _em(x[early], y[early])
    later = ~early
    raw = -np.expm1(-np.maximum(x[later] @ weights, 1e-12))
    right = y[later] > 0
    line = fit_calibration(raw, right)
    p, flat = line.probability(raw), -np.expm1(-np.maximum(x[later][:, 6], 1e-12))
    flat *= right.mean() / max(1e-9, flat.mean())
    briers = float(np.mean((p - right) ** 2)), float(np.mean((np.minimum(flat, 1) - right) ** 2))
    return _model(past, horizon, tuple(float(w) for w in weights), base, follows, line, bins(p, right), *briers, len(origins), None, until)


def _model(
    past: Panel, horizon: int, weights: tuple[float, ...], base: Doubles, follows: Doubles, line: Calibration, bins: tuple[Bin, ...],
    brier: float | None, brier_base: float | None, origins: int, thin: str | None, until: int,
) -> RateModel:  # fmt: skip
    return RateModel(
        horizon=horizon, kinds=past.kinds, weights=weights, base=tuple(float(v) for v in base),
        follows=tuple(tuple(float(v) for v in row) for row in follows), slope=line.slope, shift=line.shift, bins=bins, brier=brier,
        brier_base=brier_base, origins=origins, thin=thin, since=past.span()[0] or until,
        until=iso(until),
    )  # fmt: skip


def _base(panel: Panel, pairs: Any) -> Doubles:
    first, last = panel.span()
    return np.asarray((np.bincount(panel.kind, minlength=len(panel.kinds)) + 0.1) / (max(1, len(pairs)) * max(30.0, last - first)), np.float64)


def _follows(panel: Panel, horizon: int) -> Doubles:
    """[before, after]: how many events of `after` came within the horizon after one of `before`, in the same pair
    either way, less what chance alone would bring; over the number of `before`, shrunk towards none."""
    kinds = len(panel.kinds)
    out = np.zeros((kinds, kinds))
    low, high = np.minimum(panel.actor, panel.recipient), np.maximum(panel.actor, panel.recipient)
    order = np.lexsort((panel.day, high, low))
    pair, day, kind = low[order] * len(panel.codes) + high[order], panel.day[order], panel.kind[order]
    for step in range(1, 31):
        same = (pair[step:] == pair[:-step]) & (day[step:] > day[:-step]) & (day[step:] - day[:-step] <= horizon)
        np.add.at(out, (kind[:-step][same], kind[step:][same]), 1)
    return np.asarray(out / (np.bincount(kind, minlength=kinds) + 20.0)[:, None], np.float64)


def _trials(past: Panel, pairs: Any, origins: Any, horizon: int) -> tuple[Doubles, Doubles, Any]:
    """Rows of parts and the counts that came, for every pair, type and origin; and the number of the origin."""
    xs, ys, when = [], [], []
    width = len(past.codes)
    keys = pairs[:, 0] * width + pairs[:, 1]
    for number, origin in enumerate(origins):
        then = past.known_before(int(origin))
        x = rates(then, int(origin), pairs, _base(then, pairs), _follows(then, horizon), horizon)
        coming = (past.day >= origin) & (past.day < origin + horizon)
        at = np.searchsorted(keys, past.actor[coming] * width + past.recipient[coming])
        hit = keys[np.minimum(at, len(keys) - 1)] == past.actor[coming] * width + past.recipient[coming]
        y = np.zeros(x.shape[:2])
        np.add.at(y, (at[hit], past.kind[coming][hit]), 1)
        some = x[:, :, :6].sum(2) > 0
        xs.append(x[some])
        ys.append(y[some])
        when.append(np.full(int(some.sum()), number))
    return np.concatenate(xs), np.concatenate(ys), np.concatenate(when)


def _em(x: Doubles, y: Doubles, *, rounds: int = 60) -> Doubles:
    """Non-negative weights that make the counts likeliest, each count a Poisson of the weighted sum."""
    w = np.array(DEFAULT)
    total = x.sum(0) + 1e-9
    hit = y > 0
    for _ in range(rounds):
        share = y[hit] / np.maximum(x[hit] @ w, 1e-12)
        w = w * (x[hit] * share[:, None]).sum(0) / total
        w = np.maximum(w, 1e-9)
    found: Doubles = w
    return found


def bins(p: Doubles, right: Any) -> tuple[Bin, ...]:
    """How forecasts came out, by the range they were stated in."""
    out = []
    for low, high in itertools.pairwise(EDGES):
        mine = (p >= low) & ((p < high) | (high == 1.0))
        if mine.any():
            out.append(Bin(low=low, high=high, n=int(mine.sum()), stated=float(p[mine].mean()), true=float(right[mine].mean())))
    return tuple(out)
