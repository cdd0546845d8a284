"""resources/countries/*.tsv and blocs.toml → countries.json: names, demonyms, capitals, seats, territories, blocs.

Regular people nouns are derived here ("Kenyan" → Kenyans); irregular ones stand in the table. What an
adjective in -ese, -sh, -ch, -ss or -ois names is left without a plural: "the Chinese" is the adjective.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

SOURCES = ("ISO 3166-1, Correlates of War and Gleditsch-Ward state numbers (facts); names by hand, CC0-1.0",)
_NO_PLURAL = ("ese", "sh", "ch", "ss", "ois", "S.", "US", "UK", "AE", "PRC", "ROK", "PRK", "DPRK", "C.", "E.", "K.")


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a TSV whose head is comment lines and one line of column names."""
    lines = [line for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"), strict=True)) for line in lines[1:]]


def split(cell: str) -> list[str]:
    """The members of a cell, separated by semicolons."""
    return [part.strip() for part in cell.split(";") if part.strip()]


def _nouns(row: dict[str, str]) -> list[list[str]]:
    stated = [part.split("/") for part in split(row["nouns"])]
    if stated:
        return stated
    return [
        [a, a + "s"]
        for a in split(row["adjectives"])
        if not a.endswith(_NO_PLURAL) and a not in (row["name"], "Philippine")
    ]


def _state(row: dict[str, str]) -> dict[str, Any]:
    cow = int(row["cow"]) if row["cow"] else None
    return {
        "id": f"country:{row['iso3']}", "iso3": row["iso3"], "iso2": row["iso2"], "cow": cow,
        "cow_abbrev": row["cow_abbrev"] or None, "gw": int(row["gw"]) if row["gw"] else cow, "name": row["name"],
        "names": split(row["other_names"]), "adjectives": split(row["adjectives"]), "nouns": _nouns(row),
        "capitals": split(row["capitals"]),
    }  # fmt: skip


def _territory(row: dict[str, str]) -> dict[str, Any]:
    return {
        "id": f"territory:{row['id']}", "name": row["name"], "country": row["country"], "status": row["status"],
        "names": split(row["other_names"]), "adjectives": split(row["adjectives"]), "seats": split(row["seats"]),
    }  # fmt: skip


def build(resources: Path) -> dict[str, bytes]:
    """countries.json."""
    folder = resources / "countries"
    table = {
        "countries": sorted((_state(r) for r in rows(folder / "states.tsv")), key=lambda c: c["iso3"]),
        "territories": sorted((_territory(r) for r in rows(folder / "territories.tsv")), key=lambda t: t["id"]),
        "seats": [
            {
                "name": r["name"],
                "country": r["country"],
                "sectors": split(r["sectors"]),
                "government": r["government"] == "1",
            }
            for r in rows(folder / "seats.tsv")
        ],
        "cities": [{"country": r["country"], "names": split(r["names"])} for r in rows(folder / "cities.tsv")],
        "blocs": tomllib.loads((folder / "blocs.toml").read_text("utf-8")),
    }
    return {"countries.json": (json.dumps(table, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()}
