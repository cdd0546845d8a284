"""resources/patterns/coding/ → data/coding_patterns.json: frames of verbs and nouns, classes, cues, context words."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

SOURCES = ("Event patterns written for this project from the PLOVER codebook, CC BY 4.0",)
_LISTS = {"object", "not_object", "recipient", "actor", "contexts", "mod", "mod_not", "mod_opt", "mod_need", "of", "object_mod", "needs"}


def _expand(words: str, classes: dict[str, list[str]]) -> list[str]:
    out: list[str] = []
    for word in words.split():
        if word.isupper() and word.isalpha() and len(word) > 2:
            if word not in classes:
                raise SystemExit(f"no class {word}")
            out += classes[word]
        else:
            out.append(word)
    return sorted(dict.fromkeys(out))


def _frame(entry: dict[str, Any], kind: str, number: int, classes: dict[str, list[str]]) -> list[tuple[str, dict[str, Any]]]:
    frame: dict[str, Any] = {"kind": kind}
    for key, value in entry.items():
        if key == "lemmas":
            continue
        if key in _LISTS:
            ordered = key in {"recipient", "actor", "contexts", "needs"}
            frame[key] = value.split() if ordered else _expand(value, classes)
        else:
            frame[key] = value
    out = []
    for lemma in dict.fromkeys(entry["lemmas"].split()):
        head, *rest = lemma.split("_")
        name = f"{kind}.{entry.get('type', entry.get('op', ''))}.{lemma}.{number}".lower()
        out.append((head, {**frame, "id": name, "tail": rest}))
    return out


def _words(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def build(resources: Path) -> dict[str, bytes]:
    """One table: `verbs` and `nouns` by head lemma, `classes`, `support`, `contexts`."""
    folder = resources / "patterns" / "coding"
    classes = {name: sorted(dict.fromkeys(words.split())) for name, words in _words(folder / "classes.toml")["classes"].items()}
    tables: dict[str, dict[str, list[dict[str, Any]]]] = {"verbs": {}, "nouns": {}}
    number = 0
    for path in sorted(folder.glob("*.toml")):
        data = _words(path)
        for kind, table in (("verb", "verbs"), ("noun", "nouns")):
            for entry in data.get(kind, ()):
                number += 1
                for head, frame in _frame(entry, kind, number, classes):
                    tables[table].setdefault(head, []).append(frame)
    support = {
        section: {name: sorted(set(words.split())) for name, words in entries.items()}
        for section, entries in _words(folder / "support.toml").items()
    }
    contexts = {name: sorted(set(words.split())) for name, words in _words(folder / "contexts.toml")["contexts"].items()}
    table = {**tables, "classes": classes, "support": support, "contexts": contexts}
    return {"coding_patterns.json": (json.dumps(table, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n").encode()}
