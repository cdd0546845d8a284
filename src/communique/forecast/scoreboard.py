"""Every forecast issued, what became of it, and the score: an append-only file of JSON lines beside the store.

`<store>.forecasts.jsonl` holds a line for each forecast as issued (with the day up to which it saw, the digest of the
events seen and of the code) and, once its time is up and late reports had `GRACE` days to come in, a line that
resolves it. Lines are never changed or taken out; a forecast issued twice from the same data is one. A line that
cannot be read is counted and named, never dropped in silence.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np

from communique.errors import StoreError
from communique.forecast import counts, series
from communique.forecast.following import CountForecast, Likely, code_digest, data_digest
from communique.forecast.rates import EDGES, Bin
from communique.forecast.series import Panel
from communique.text import digest

GRACE = 14  # days after the end of a forecast in which reports still come in


class Issued(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="issued"):
    """A forecast as issued. `p` for "next" (at least one event), `mean` and `size` for "count" (the class in
    `what`); `base` is what history alone said. Window [start, end)."""

    id: str
    at: str
    kind: Literal["next", "count"]
    actor: str
    recipient: str
    what: str
    start: str
    end: str
    p: float | None
    mean: float | None
    size: float | None
    base: float
    seen: int
    data: str
    code: str


class Resolved(msgspec.Struct, frozen=True, kw_only=True, tag_field="line", tag="resolved"):
    """What came of a forecast: how many events, which, and when this was looked up."""

    id: str
    at: str
    count: int
    events: tuple[str, ...]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The board: how many issued, open and resolved; Brier and log score of "next" against those of the base rate
    (`skill` = 1 - Brier / base Brier), mean CRPS of "count" against that of the mean of the record, reliability, and
    the worst misses first. Figures are None while nothing is resolved."""

    issued: int
    open: int
    resolved: int
    unreadable: int
    brier: float | None
    brier_base: float | None
    skill: float | None
    log_score: float | None
    log_score_base: float | None
    crps: float | None
    crps_base: float | None
    reliability: tuple[Bin, ...]
    worst: tuple[tuple[Issued, int, float], ...]


def ledger_path(store_path: Path) -> Path:
    """Where the forecasts of a store are kept."""
    return store_path.with_name(store_path.name + ".forecasts.jsonl")


def issue(store_path: Path, panel: Panel, origin: int, found: Iterable[Likely | CountForecast], *, now: str | None = None) -> int:
    """Append these forecasts; how many were new."""
    past = panel.known_before(origin)
    seen, data, code = len(past), data_digest(past), code_digest()
    have = {line.id for line in _read(store_path)[0] if isinstance(line, Issued)}
    at = now or dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    lines = []
    for one in found:
        key = digest(type(one).__name__, one.actor, one.recipient, _what(one), one.start, _end(one), data, code)
        if key in have:
            continue
        have.add(key)
        likely = isinstance(one, Likely)
        lines.append(
            Issued(
                id=key, at=at, kind="next" if likely else "count", actor=one.actor, recipient=one.recipient, what=_what(one), start=one.start,
                end=_end(one), p=one.probability if isinstance(one, Likely) else None, mean=one.mean if isinstance(one, CountForecast) else None,
                size=one.size if isinstance(one, CountForecast) else None,
                base=one.history_only if isinstance(one, Likely) else float(np.mean(one.last_weeks or (0,))), seen=seen, data=data, code=code,
            )
        )  # fmt: skip
    _append(store_path, lines)
    return len(lines)


def _what(one: Likely | CountForecast) -> str:
    return one.type if isinstance(one, Likely) else one.quad


def _end(one: Likely | CountForecast) -> str:
    return one.end if isinstance(one, Likely) else series.iso(dt.date.fromisoformat(one.start).toordinal() + 7)


def resolve(store_path: Path, panel: Panel, today: int, *, now: str | None = None) -> int:
    """Resolve what is due by the ordinal `today` (end + grace) from what the store now holds; how many."""
    lines, _ = _read(store_path)
    done = {line.id for line in lines if isinstance(line, Resolved)}
    at = now or dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    new = []
    for line in lines:
        if isinstance(line, Issued) and line.id not in done and _day(line.end) + GRACE <= today:
            ids = _came(panel, line)
            new.append(Resolved(id=line.id, at=at, count=len(ids), events=ids))
    _append(store_path, new)
    return len(new)


def _came(panel: Panel, line: Issued) -> tuple[str, ...]:
    mine = panel.between(line.actor, line.recipient)
    inside = (mine.day >= _day(line.start)) & (mine.day < _day(line.end))
    if line.kind == "next":
        of = mine.kind == (mine.kinds.index(line.what) if line.what in mine.kinds else -1)
    else:
        of = mine.quad == series.QUADS.index(line.what)
    return mine.take(inside & of).ids


def score(store_path: Path, *, worst: int = 10) -> Score:
    """The board of a store, from its file alone."""
    lines, unreadable = _read(store_path)
    came = {line.id: line.count for line in lines if isinstance(line, Resolved)}
    issued = [line for line in lines if isinstance(line, Issued)]
    pairs = [(line, came[line.id]) for line in issued if line.id in came]
    odds = [(line, n, line.p, line.base) for line, n in pairs if line.p is not None]
    sums = [(line, n, line.mean) for line, n in pairs if line.mean is not None]
    p, y, base = (np.array(v, float) for v in ([o[2] for o in odds], [o[1] > 0 for o in odds], [o[3] for o in odds]))
    brier, flat = (float(np.mean((v - y) ** 2)) if len(y) else None for v in (p, base))
    crps = [counts.nb_crps(n, mean, math.inf if line.size is None else line.size) for line, n, mean in sums]
    misses = [(line, n, abs(q - (n > 0))) for line, n, q, _ in odds] + [(line, n, c) for (line, n, _), c in zip(sums, crps, strict=True)]
    misses.sort(key=lambda m: (-m[2], m[0].id))
    return Score(
        issued=len(issued), open=len(issued) - len(pairs), resolved=len(pairs), unreadable=unreadable, brier=brier, brier_base=flat,
        skill=1 - brier / flat if brier is not None and flat else None, log_score=_log(p, y), log_score_base=_log(base, y),
        crps=float(np.mean(crps)) if crps else None, crps_base=float(np.mean([abs(n - line.base) for line, n, _ in sums])) if sums else None,
        reliability=_reliability(p, y), worst=tuple(misses[:worst]),
    )  # fmt: skip


def _log(p: Any, y: Any) -> float | None:
    if not len(y):
        return None
    q = np.clip(np.where(y > 0, p, 1 - p), 1e-4, 1)
    return float(-np.log(q).mean())


def _reliability(p: Any, y: Any) -> tuple[Bin, ...]:
    out = []
    for low, high in itertools.pairwise(EDGES):
        mine = (p >= low) & ((p < high) | (high == 1.0))
        if mine.any():
            out.append(Bin(low=low, high=high, n=int(mine.sum()), stated=float(p[mine].mean()), true=float(y[mine].mean())))
    return tuple(out)


def _day(text: str) -> int:
    return dt.date.fromisoformat(text).toordinal()


def _read(store_path: Path) -> tuple[list[Issued | Resolved], int]:
    """The lines that can be read, and how many cannot."""
    try:
        raw = ledger_path(store_path).read_bytes()
    except FileNotFoundError:
        return [], 0
    except OSError as error:
        raise StoreError(f"{ledger_path(store_path)}: {error.strerror}; the forecasts issued cannot be read", where=str(store_path)) from error
    lines: list[Issued | Resolved] = []
    bad = 0
    decoder = msgspec.json.Decoder(Issued | Resolved)
    for line in raw.splitlines():
        try:
            lines.append(decoder.decode(line))
        except msgspec.DecodeError:
            bad += 1
    return lines, bad


def _append(store_path: Path, lines: Iterable[Issued | Resolved]) -> None:
    data = b"".join(msgspec.json.encode(line) + b"\n" for line in lines)
    if not data:
        return
    try:
        with ledger_path(store_path).open("ab") as out:
            out.write(data)
    except OSError as error:
        raise StoreError(
            f"{ledger_path(store_path)}: {error.strerror}; forecasts are only issued where they can be kept (--no-ledger leaves them out)",
            where=str(store_path),
        ) from error
