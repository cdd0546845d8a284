"""`score counts PATH`: counts a month and country ahead (VIEWS), by the continuous ranked probability score.

PATH is a folder of `cm_features_to_octYYYY.parquet` (history up to October: `ged_sb`, its lags `ged_sb_tlag_1..6`,
`month_id`, `country_id`) and `cm_actuals_YYYY.parquet`. A window forecasts the twelve months of the year after its
October, three to fourteen months ahead, from that history alone. The width of the distribution is chosen, for each
window, on what had come true by its October: windows before it and, for the first, its own history split in two.
`crps` is the mean of the windows' means (lower is better, in deaths); intervals are bootstraps over countries.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from communique.errors import UsageError

SPREADS = (0.0, 0.2, 0.4, 0.6, 0.8)
_TARGET = "ged_sb"


def score(path: Path, **_: Any) -> dict[str, float | int]:
    """Figures of the folder at `path`. Raises `UsageError` when it holds no window, or pyarrow is absent."""
    import numpy as np

    from communique.forecast import counts

    histories, actuals = _windows(path)
    out: dict[str, float | int] = {}
    earlier: list[dict[float, float]] = []
    parts: dict[str, list[Any]] = {"own": [], "last12": [], "zero": [], "log": []}
    for year in sorted(histories):
        _months, past = histories[year]
        truth = actuals[year + 1]
        if not earlier:
            earlier.append({s: float(_crps(past[:, :6], past[:, 8:18], s).mean()) for s in SPREADS} if past.shape[1] >= 18 else {})
        known = [e for e in earlier if e]
        spread = min(SPREADS, key=lambda s: sum(e[s] for e in known)) if known else counts.SPREAD
        own = _crps(past, truth, spread)
        parts["own"].append(own.mean(1))
        parts["last12"].append(counts.crps(past[:, -12:], np.full(min(12, past.shape[1]), 1 / min(12, past.shape[1])), truth).mean(1))
        parts["zero"].append(truth.mean(1))
        parts["log"].append(_crps(np.log1p(past), np.log1p(truth), 0.0).mean(1))
        out[f"crps_{year + 1}"], out[f"spread_{year + 1}"] = float(own.mean()), spread
        out["n"] = int(out.get("n", 0)) + truth.size
        earlier.append({s: float(_crps(past, truth[:, :10], s).mean()) for s in SPREADS})  # ten of twelve were known by October
    means = {name: float(np.mean([p.mean() for p in rows])) for name, rows in parts.items()}
    low, high = _interval(parts["own"])
    first = {"crps": means["own"], "crps_low": low, "crps_high": high, "windows": len(histories)}
    return {**first, **out, "crps_last12": means["last12"], "crps_zero": means["zero"], "crps_log1p": means["log"]}


def _crps(past: Any, truth: Any, spread: float) -> Any:
    import numpy as np

    from communique.forecast import counts

    weights = counts.age_weights(np.arange(past.shape[1] - 1, -1, -1, dtype=float))
    values = counts.spread_out(past, spread)
    copies = values.shape[1] // past.shape[1]
    return counts.crps(values, np.tile(weights / copies, copies), truth)


def _interval(rows: list[Any], *, rounds: int = 1000) -> tuple[float, float]:
    import numpy as np

    rng = np.random.default_rng(7)
    drawn = [np.mean([r[rng.integers(0, len(r), len(r))].mean() for r in rows]) for _ in range(rounds)]
    return float(np.percentile(drawn, 2.5)), float(np.percentile(drawn, 97.5))


def _windows(path: Path) -> tuple[dict[int, tuple[Any, Any]], dict[int, Any]]:
    """By year of the October: (months, countries × months); by year of the actuals: countries × months. The
    countries of a window are those that both its history and its actuals hold throughout, in order of id."""
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise UsageError("reading Parquet needs pyarrow: pip install 'communique[frames]'") from error
    import numpy as np

    tables: dict[tuple[str, int], dict[tuple[int, int], float]] = {}
    for file in sorted(path.glob("cm_*.parquet")):
        found = re.fullmatch(r"cm_(features_to_oct|actuals_)(\d{4})\.parquet", file.name)
        if found:
            try:
                tables[found[1][:1], int(found[2])] = _cells(parquet.read_table(file))
            except (KeyError, OSError, ValueError) as error:
                raise UsageError(f"{file}: not a table of country-months: {error}", where=str(file)) from error
    histories: dict[int, tuple[Any, Any]] = {}
    actuals: dict[int, Any] = {}
    for (kind, year), cells in tables.items():
        goal = tables.get(("a", year + 1))
        if kind != "f" or goal is None:
            continue
        months, ahead = sorted({m for _, m in cells}), sorted({m for _, m in goal})
        countries = [c for c in sorted({c for c, _ in cells}) if all((c, m) in cells for m in months) and all((c, m) in goal for m in ahead)]
        histories[year] = months, np.array([[cells[c, m] for m in months] for c in countries], float)
        actuals[year + 1] = np.array([[goal[c, m] for m in ahead] for c in countries], float)
    if not histories:
        raise UsageError(
            f"{path}: holds no pair cm_features_to_octYYYY.parquet and cm_actuals_YYYY+1.parquet", where=str(path)
        )
    return histories, actuals


def _cells(table: Any) -> dict[tuple[int, int], float]:
    country, month = table["country_id"].to_pylist(), table["month_id"].to_pylist()
    cells: dict[tuple[int, int], float] = {}
    for lag in range(6, -1, -1):
        name = f"{_TARGET}_tlag_{lag}" if lag else _TARGET
        if name in table.column_names:
            cells |= {(c, m - lag): float(v) for c, m, v in zip(country, month, table[name].to_pylist(), strict=True)}
        elif not lag:
            raise KeyError(_TARGET)
    return cells
