"""resources/roles → roles.json: role nouns with sectors and office, and words that change a role's sector.

The PLOVER agents list (MIT) fills in behind our own rows: a noun of ours wins. Its words for people, places and
things that are not roles in news prose (single common words with several readings) are kept out by `SKIP`.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

SOURCES = (
    "written by hand after PLOVER 2.0 table 5.2, CC0-1.0",
    "PLOVER_agents.txt, Open Event Data Alliance, MIT",
)
_NAMES = "COP GOV JUD LEG MIL PRM PTY REB SPY UAF UNK AGR BUS CRM CVL EDU ELI JRN LAB MED OPP PRE REF REL SOC"
_SECTORS = frozenset(_NAMES.split())


def _rows(path: Path) -> list[list[str]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [line.split("\t") for line in lines[1:]]


def _plover(path: Path) -> dict[str, list[str]]:
    """Nouns of the PLOVER agents list that have at least two words or seven letters: noun → sectors."""
    found: dict[str, list[str]] = {}
    for line in path.read_text("utf-8", "replace").splitlines():
        match = re.match(r"^([A-Z][A-Z_'-]+?)_?\s*(?:\{[^}]*\})?\s*\[~([A-Z]{3,6})\]", line)
        if match is None or "!" in line.split("[")[0]:
            continue
        noun = match[1].replace("_", " ").strip().lower()
        codes = [match[2][i : i + 3] for i in range(0, len(match[2]), 3)]
        if all(c in _SECTORS for c in codes) and " " in noun:
            found[noun] = codes
    return found


def build(resources: Path) -> dict[str, bytes]:
    """roles.json: {"roles": [{noun, sectors, office, own}], "modifiers": [{word, sector, how, of}]}."""
    folder = resources / "roles"
    roles: dict[str, dict[str, object]] = {}
    for sectors, office, nouns in _rows(folder / "roles.tsv"):
        for noun in nouns.split(";"):
            if noun:
                roles[noun] = {
                    "noun": noun,
                    "sectors": [s for s in sectors.split(";") if s],
                    "office": office or None,
                    "own": True,
                }
    for noun, codes in _plover(folder / "PLOVER_agents.txt").items():
        roles.setdefault(noun, {"noun": noun, "sectors": codes, "office": None, "own": False})
    modifiers = [
        {"word": word, "sector": sector, "how": how, "of": of.split(";")}
        for sector, word, how, of in _rows(folder / "modifiers.tsv")
    ]
    table = {"roles": [roles[n] for n in sorted(roles)], "modifiers": sorted(modifiers, key=lambda m: str(m["word"]))}
    return {"roles.json": (json.dumps(table, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()}
