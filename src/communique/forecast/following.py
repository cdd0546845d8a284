"""Forecasts of a store: who does what to whom next, and how much, each with its reasons and records.

`likeliest` ranks (actor, recipient, type) by calibrated probability of at least one event within the horizon;
`weekly_counts` gives, for each direction and quad class, the count of the next week with 50 and 90 % intervals.
The fitted model lies beside the store (`<store>.forecast-model.json`) and is fitted anew when the store has grown by a
tenth, the code has changed or another day is asked for; nothing of it cannot be made again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from communique.forecast import counts, rates, series
from communique.forecast.rates import PARTS, RateModel
from communique.forecast.series import Panel

if TYPE_CHECKING:
    from communique.store import Store

SHOWN = 3  # records named for each reason
MODELS = 6  # kept beside the store: a few horizons
_OPENS = {0: 30, 1: 180, 2: 100_000}  # days back in which a part's records lie


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a probability: `share` of it (the shares add up to the probability) and of the expected number, and
    the latest events that it was read from."""

    words: str
    share: float
    expected: float
    evidence: tuple[str, ...]


class Likely(msgspec.Struct, frozen=True, kw_only=True):
    """One forecast: at least one event of `type` from `actor` to `recipient` in [start, end). `history_only` is what
    the base rate of the type alone gives. `tested` says how back-tested forecasts like it came out."""

    actor: str
    recipient: str
    type: str
    start: str
    end: str
    probability: float
    expected: float
    history_only: float
    reasons: tuple[Reason, ...]
    tested: rates.Bin | None
    thin: str | None


class CountForecast(msgspec.Struct, frozen=True, kw_only=True):
    """Events of a quad class from `actor` to `recipient` in the week from `start`: mean and central intervals, from
    so many weeks of record at this coverage (documents a week, lately and expected)."""

    actor: str
    recipient: str
    quad: str
    start: str
    mean: float
    low50: int
    high50: int
    low90: int
    high90: int
    size: float | None
    last_weeks: tuple[int, ...]
    weeks: int
    coverage: float
    thin: str | None


def code_digest() -> str:
    """Digest of the modules that make forecasts."""
    h = hashlib.sha256()
    for name in ("series", "rates", "following", "counts", "calibration"):
        h.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return h.hexdigest()[:16]


def data_digest(panel: Panel) -> str:
    """Digest of the events that a forecast saw: their ids in order, and the day each became known."""
    ids = np.array(panel.ids, "S")
    order = np.argsort(ids, kind="stable")
    h = hashlib.sha256(f"{ids.dtype.itemsize} ".encode())
    h.update(ids[order].tobytes())
    h.update(panel.known[order].astype("<i8").tobytes())
    return h.hexdigest()[:16]


def model_for(store: Store, panel: Panel, horizon: int, until: int, *, keep: bool = True) -> RateModel:
    """The model kept beside the store if it still fits, else one fitted now on the store's panel and kept (if `keep`,
    and the folder can be written)."""
    found = kept_model(store, panel, horizon, until)
    if found is not None:
        return found
    model = rates.fit(panel, until, horizon=horizon)
    if keep:
        place, key = _model_place(store, panel, horizon, until)
        others = {k: m for k, m in _kept(place).items() if k.split(" ")[0] == key.split(" ")[0] and k != key}
        newest = dict(list(others.items())[-(MODELS - 1) :])
        try:
            place.write_bytes(msgspec.json.encode(newest | {key: model}))
        except OSError:
            pass  # a store in a folder that cannot be written is still forecast, only slower
    return model


def kept_model(store: Store, panel: Panel, horizon: int, until: int) -> RateModel | None:
    """The model kept beside the store for this horizon and day, if there is one that still fits."""
    place, key = _model_place(store, panel, horizon, until)
    return _kept(place).get(key)


def _model_place(store: Store, panel: Panel, horizon: int, until: int) -> tuple[Path, str]:
    size = round(np.log(max(1, len(panel))) * 10)
    return store.path.with_name(store.path.name + ".forecast-model.json"), f"{code_digest()} {horizon} {until // 7} {size}"


def _kept(place: Path) -> dict[str, RateModel]:
    try:
        return msgspec.json.decode(place.read_bytes(), type=dict[str, RateModel])
    except (OSError, msgspec.DecodeError):
        return {}


def _of_kinds(panel: Panel, kinds: tuple[str, ...]) -> Panel:
    """The panel numbered by these kinds; events of others left out."""
    if panel.kinds == kinds:
        return panel
    number = np.array([kinds.index(k) if k in kinds else -1 for k in panel.kinds], np.int64)
    kind = number[panel.kind] if len(number) else panel.kind
    return replace(panel, kind=kind, kinds=kinds).take(kind >= 0)


def likeliest(
    panel: Panel, model: RateModel, origin: int, *, actor: str | None = None, dyad: tuple[str, str] | None = None, top: int = 20
) -> list[Likely]:
    """The likeliest next events of an actor, or between two (both ways), best first, from what was known before
    `origin`. Empty when the store has nothing of them."""
    past = _of_kinds(panel.known_before(origin), model.kinds)
    pairs = _pairs(past, actor, dyad)
    if not len(pairs):
        return []
    x = rates.rates(past, origin, pairs, np.array(model.base), np.array(model.follows), model.horizon, since=model.since)
    weights = np.array(model.weights)
    expected = x @ weights
    p = model.probability(expected.ravel()).reshape(expected.shape)
    flat = -np.expm1(-x[:, :, 6])
    order = np.argsort(-p, axis=None, kind="stable")[:top]
    out = []
    for at in order:
        pair, kind = np.unravel_index(at, p.shape)
        a, b = (panel.codes[int(c)] for c in pairs[pair])
        parts = x[pair, kind] * weights
        reasons = _reasons(past, (int(pairs[pair][0]), int(pairs[pair][1])), int(kind), parts, float(p[pair, kind]), origin)
        out.append(
            Likely(
                actor=a, recipient=b, type=model.kinds[int(kind)], start=series.iso(origin), end=series.iso(origin + model.horizon),
                probability=float(p[pair, kind]), expected=float(expected[pair, kind]), history_only=float(flat[pair, kind]), reasons=reasons,
                tested=model.hit_rate(float(p[pair, kind])), thin=model.thin,
            )
        )  # fmt: skip
    return out


def _pairs(past: Panel, actor: str | None, dyad: tuple[str, str] | None) -> np.ndarray:
    known = {c: i for i, c in enumerate(past.codes)}
    if dyad is not None:
        both = [(known[a], known[b]) for a, b in (dyad, dyad[::-1]) if a in known and b in known]
        return np.array(both, np.int64).reshape(-1, 2)
    number = known.get(actor or "", -1)
    others = np.flatnonzero(np.bincount(past.recipient[past.actor == number]))
    return np.stack([np.full(len(others), number), others], 1)


def _reasons(past: Panel, pair: tuple[int, int], kind: int, parts: np.ndarray, p: float, origin: int) -> tuple[Reason, ...]:
    there = np.flatnonzero((past.actor == pair[0]) & (past.recipient == pair[1]))
    back = np.flatnonzero((past.actor == pair[1]) & (past.recipient == pair[0]))
    total = float(parts.sum()) or 1.0
    out = []
    for number in np.argsort(-parts):
        if parts[number] <= 0:
            continue
        if number in _OPENS:
            rows = there[(past.kind[there] == kind) & (past.day[there] >= origin - _OPENS[int(number)])]
        elif number == 4:
            rows = back[past.kind[back] == kind]
        elif number == 5:  # either way, as in `rates.rates`
            rows = np.sort(np.concatenate([there, back]))
            rows = rows[past.day[rows] >= origin - 14]
        else:
            rows = there if number == 3 else np.flatnonzero(past.kind == kind)
        words = f"{PARTS[int(number)]} ({len(rows)} events)"
        if not len(rows):  # an older event that fades out but still counts a little
            rows = there[past.kind[there] == kind][-1:]
            words = f"{PARTS[int(number)]} (none; the last one {origin - int(past.day[rows[0]])} days ago)"
        share = float(parts[number])
        latest = tuple(past.ids[i] for i in rows[::-1][:SHOWN])
        out.append(Reason(words=words, share=p * share / total, expected=share, evidence=latest))
    return tuple(out)


def weekly_counts(panel: Panel, a: str, b: str, origin: int, *, back: int = 52) -> list[CountForecast]:
    """The next week's counts between two, by direction and quad class, from what was known before `origin`."""
    past = panel.known_before(origin)
    first, _ = past.span()
    weeks = min(back, (origin - first) // 7) if len(past) else 0
    thin = None if weeks >= 12 else f"{weeks} whole weeks of record; twelve are needed"
    start = origin - 7 * weeks
    cover = np.maximum(series.coverage(past, start, weeks), 1).astype(float)
    ahead = float(cover[-4:].mean()) if weeks else 0.0
    out = []
    for x, y in ((a, b), (b, a)):
        mine = past.between(x, y)
        for number, quad in enumerate(series.QUADS):
            history = series.weekly(mine, start, weeks, quads=(number,)).astype(float)
            mean, size = counts.negative_binomial(history, cover, ahead)
            low90, low50, high50, high90 = (counts.nb_quantile(q, mean, size) for q in (0.05, 0.25, 0.75, 0.95))
            out.append(
                CountForecast(
                    actor=x, recipient=y, quad=quad, start=series.iso(origin), mean=mean, low50=low50, high50=high50, low90=low90,
                    high90=high90, size=None if np.isinf(size) else size, last_weeks=tuple(int(v) for v in history[-8:]), weeks=weeks,
                    coverage=ahead, thin=thin,
                )
            )  # fmt: skip
    return out
