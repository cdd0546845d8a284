"""publishers.json: how agencies sign their text, and which site is whose, from `resources/publishers/*.tsv`."""

from __future__ import annotations

import json
from pathlib import Path

SOURCES = ("written for this project, Apache-2.0",)


def _rows(path: Path, columns: int) -> list[list[str]]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != columns:
            raise SystemExit(f"{path.name}:{number}: {len(cells)} columns where {columns} are needed")
        rows.append(cells)
    return sorted(rows)


def build(resources: Path) -> dict[str, bytes]:
    """`{"agencies": {name: {country, forms}}, "publishers": {domain: {name, country, order}}}`."""
    folder = resources / "publishers"
    table = {
        "agencies": {n: {"country": c, "forms": sorted(f.split("|"))} for n, c, f in _rows(folder / "agencies.tsv", 3)},
        "publishers": {
            d: {"name": n, "country": c, "order": o} for d, n, c, o in _rows(folder / "publishers.tsv", 4)
        },
    }
    return {"publishers.json": (json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()}
