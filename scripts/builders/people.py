"""resources/people → people.json: who held which office when, a source in every row.

Our own rows come first. Wikidata's leaders of 2021-22 (CC0) fill in persons that have no row of ours; their dates are
years, and an office that had no end in October 2022 is known only until then (`known_until`).
"""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from pathlib import Path
from typing import Any

SOURCES = ("public record of offices, entered by hand, CC0-1.0", "Wikidata leaders of October 2022, CC0-1.0")
_KNOWN_UNTIL = "2022-11-01"
_OFFICES = (
    ("Prime Minister", "prime-minister"), ("Chancellor", "chancellor"), ("Premier", "prime-minister"),
    ("President of the Government", "prime-minister"), ("Taoiseach", "prime-minister"), ("King", "monarch"),
    ("Queen", "monarch"), ("Emir", "monarch"), ("Sultan", "monarch"), ("Emperor", "monarch"), ("monarch", "monarch"),
    ("Prince", "monarch"), ("Grand Duke", "monarch"), ("President", "head-of-state"), ("Supreme Leader", "supreme-leader"),
)  # fmt: skip


def slug(name: str) -> str:
    """The name as an id: ASCII letters and digits, dashes between."""
    plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _rows(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:]]


def _countries(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {"People's Republic of China": "CHN", "The Gambia": "GMB", "The Bahamas": "BHS"}
    for row in _rows(folder / "countries" / "states.tsv"):
        for name in [row["name"], *row["other_names"].split(";")]:
            found.setdefault(name, row["iso3"])
    return found


def _person(row: dict[str, str]) -> dict[str, Any]:
    names = [n for n in row["other_names"].split(";") if n]
    organisation = f"org:{row['organisation']}" if row.get("organisation") else None
    return {
        "id": f"person:{slug(row['name'])}", "name": row["name"],
        "names": [n for n in names if not n.startswith("=")], "bare": [n[1:] for n in names if n.startswith("=")],
        "country": row.get("country") or None, "organisation": organisation, "office": row["office"],
        "from": row["from"] or None, "to": row["to"] or None, "known_until": None, "source": row["source"],
    }  # fmt: skip


def _leader(row: dict[str, str], countries: dict[str, str]) -> dict[str, Any] | None:
    office = next((code for word, code in _OFFICES if row["positionLabel"].startswith(word)), None)
    iso = countries.get(row["country"])
    name = row["officeholderLabel"]
    if office is None or iso is None or " " not in name or not row["start_year"]:
        return None
    end = row["end_year"]
    return {
        "id": f"person:{slug(name)}", "name": name, "names": [], "bare": [], "country": iso, "organisation": None,
        "office": office, "from": f"{row['start_year']}-01-01", "to": f"{int(end) + 1}-01-01" if end else None,
        "known_until": None if end else _KNOWN_UNTIL, "source": f"Wikidata {row['officeholder']}, October 2022",
    }  # fmt: skip


def build(resources: Path) -> dict[str, bytes]:
    """people.json: a list of tenures."""
    folder = resources / "people"
    found = [_person(r) for name in ("holders.tsv", "organisation_heads.tsv") for r in _rows(folder / name)]
    ours = {slug(n) for p in found for n in [p["name"], *p["names"]]}
    countries = _countries(resources)
    with (folder / "wikidata_leaders_2022-10.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            leader = _leader(row, countries)
            if leader is not None and slug(leader["name"]) not in ours:
                found.append(leader)
    found.sort(key=lambda p: (p["id"], p["office"], p["from"] or ""))
    return {"people.json": (json.dumps(found, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()}
