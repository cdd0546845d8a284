"""resources/linking/ → data/linking.json: weights of the linker and the table of party publishers."""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

SOURCES = (
    "resources/linking/lexical.toml: learnt from ECB+ (Cybulska and Vossen 2014, annotation CC BY 3.0), training topics",
    "resources/linking/parties.tsv: written for this project",
)


def build(resources: Path) -> dict[str, bytes]:
    """The one table."""
    folder = resources / "linking"
    lexical = tomllib.loads((folder / "lexical.toml").read_text(encoding="utf-8"))
    parties = []
    if (folder / "parties.tsv").exists():
        lines = [x for x in (folder / "parties.tsv").read_text(encoding="utf-8").splitlines() if x.strip() and not x.startswith("#")]
        for name, country, kind, entity, domains in csv.reader(lines, delimiter="\t"):
            parties.append({"name": name, "country": country, "kind": kind, "entity": entity or None, "domains": domains.split()})
    table = {
        "lexical": {"weights": list(lexical["weights"].values()), "synonyms": lexical["synonyms"], "threshold": lexical["threshold"]},
        "parties": sorted(parties, key=lambda p: p["name"]),
    }
    return {"linking.json": (json.dumps(table, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()}
