"""resources/ontology/ → data/ontology.json: PLOVER types, modes, contexts, scores, and the CAMEO cross-walk."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path
from typing import Any

SOURCES = (
    "PLOVER 2.0 and 1.3 manuals and CAMEO2PLOVER-2021, Open Event Data Alliance (openeventdata/PLOVER), CC BY-SA 4.0; facts only, own wording",
    "CAMEO: Philip A. Schrodt and others; scales from andybega/icews (MIT) and openeventdata/phoenix_pipeline (MIT)",
)


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def counterpart(text: str) -> dict[str, Any]:
    """"TYPE/mode+context+context" as a record."""
    head, *contexts = text.strip().split("+")
    name, _, mode = head.partition("/")
    return {"type": name, "mode": mode or None, "contexts": contexts}


def _number(text: str) -> float | None:
    return float(text) if text else None


def build(resources: Path) -> dict[str, bytes]:
    """The one table of the ontology."""
    folder = resources / "ontology"
    plover = tomllib.loads((folder / "plover.toml").read_text(encoding="utf-8"))
    preferred = {row["code"]: counterpart(row["counterpart"]) for row in _rows(folder / "cameo_preferred.tsv")}
    cameo: dict[str, Any] = {}
    for row in _rows(folder / "cameo.tsv"):
        printed = [counterpart(part) for part in row["table"].split("|") if part.strip()]
        cameo[row["code"]] = {
            "name": row["name"] or None,
            "level": int(row["level"]),
            "goldstein": {"icews": _number(row["goldstein_icews"]), "parus": _number(row["goldstein_parus"])},
            "quad": {"gdelt": int(row["quad_gdelt"] or 0), "phoenix": int(row["quad_phoenix"] or 0)},
            "root_type": row["root"] or None,
            "printed": printed[0] if printed else None,
            "preferred": preferred.get(row["code"], printed[0] if printed else None),
        }
    unknown = sorted(preferred.keys() - cameo.keys())
    if unknown:
        raise SystemExit(f"cameo_preferred.tsv names codes that are not CAMEO: {unknown}")
    table = {**plover, "cameo": cameo}
    return {"ontology.json": (json.dumps(table, ensure_ascii=False, sort_keys=True, indent=0) + "\n").encode()}
