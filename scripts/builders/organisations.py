"""resources/organisations/organisations.tsv → organisations.json."""

from __future__ import annotations

import json
from pathlib import Path

SOURCES = ("written by hand after PLOVER 2.0 tables 5.1 and 5.2, CC0-1.0",)


def build(resources: Path) -> dict[str, bytes]:
    """organisations.json: a list of {id, name, names, country, igo, sectors}."""
    path = resources / "organisations" / "organisations.tsv"
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    found = []
    for line in lines[1:]:
        key, name, names, country, igo, sectors = line.split("\t")
        found.append(
            {
                "id": f"org:{key}",
                "name": name,
                "names": [n for n in names.split(";") if n],
                "country": country or None,
                "igo": igo or None,
                "sectors": [s for s in sectors.split(";") if s],
            }
        )
    found.sort(key=lambda o: str(o["id"]))
    return {"organisations.json": (json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()}
