"""`reporting.json`, the words that report speech, thought and will, and `attribution.json`, the weights that choose.

From `resources/patterns/reporting.toml` (edited by hand) and `attribution.json` (made by `scripts/train_attribution.py`).
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

SOURCES = (
    "resources/patterns/reporting.toml: written for this project",
    "resources/patterns/attribution.json: weights fitted on the training part of PolNeAR 1.0.0 (Newell et al. 2018), none of its text",
)


def build(resources: Path) -> dict[str, bytes]:
    """Per part of speech and class: what it takes, and its sorted lemmas; prepositions of a cue after "+"."""
    source = tomllib.loads((resources / "patterns" / "reporting.toml").read_text(encoding="utf-8"))
    table: dict[str, object] = {}
    for part in ("verbs", "nouns", "adjectives"):
        table[part] = {
            name: {"takes": entry["takes"], "words": sorted(set(entry["words"].split()))}
            for name, entry in sorted(source[part].items())
        }
    phrases = source["phrases"]
    table["phrases"] = {"according": sorted(phrases["according"]), "unnamed": sorted(set(phrases["unnamed"].split()))}
    model = json.loads((resources / "patterns" / "attribution.json").read_text(encoding="utf-8"))
    return {
        "reporting.json": (json.dumps(table, indent=1, sort_keys=True) + "\n").encode(),
        "attribution.json": (json.dumps(model, sort_keys=True) + "\n").encode(),
    }
