"""`reporting.json`: the words that report speech, thought and will, from `resources/patterns/reporting.toml`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

SOURCES = ("resources/patterns/reporting.toml: written for this project",)


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
    return {"reporting.json": (json.dumps(table, indent=1, sort_keys=True) + "\n").encode()}
