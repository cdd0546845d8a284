"""Place names against gold points: the share within 161 km, and of countries that are right.

The gold is JSON Lines: `text`, `toponyms [{start, end, name, lat, lon, ...}]`, `country` (English name) where the set
gives it; names without a point are left out. The spans are given to the ranker (`resolve.places.rank_places`);
a name that it can't resolve is a miss. Country right: by the gold's own country where it is given, else by the
country of the gold point's nearest town. `acc161_by_code` also counts a country or division as right by
its code, since a country's point is a convention. Where documents name their publisher, a first pass over the
file learns where each one reports from (no gold is used); `alone` leaves that out.
"""

from __future__ import annotations

import functools
import gzip
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from communique.errors import UsageError
from communique.evaluate._measure import bootstrap
from communique.records import Span
from communique.resolve._gazetteer import lookup
from communique.resolve.places import Ranked, localities, outlet_home, rank_places


class Counts(NamedTuple):
    """One document: names with a point, within 161 km, right by code or km, with a known country, country right."""

    n: int
    near: int
    coded: int
    known: int
    country: int
    found: int


def score(path: Path, *, alone: bool = False) -> dict[str, float | int]:
    """`acc161` and `country` with 95 % intervals over documents, `acc161_by_code`, `resolved`, `n` and `names`."""
    rows = list(_rows(path))
    return summary([count(row, found) for row, found in zip(rows, ranked(rows, alone=alone), strict=True)])


def ranked(rows: Sequence[dict[str, Any]], *, alone: bool = False) -> list[tuple[Ranked | None, ...]]:
    """The readings of every row's gold spans; unless `alone`, with where each publisher was seen to report from."""
    spans = [[Span(start=t["start"], end=t["end"]) for t in row["toponyms"]] for row in rows]
    sites = [{} if alone else outlet_home(row.get("publisher") or "") for row in rows]
    first = [rank_places(row["text"], s, home=site) for row, s, site in zip(rows, spans, sites, strict=True)]
    if alone or not any(row.get("publisher") for row in rows):
        return first
    for _ in range(2):  # the second time from readings that know where their publisher is
        homes = publisher_homes(rows, first)
        first = [
            rank_places(row["text"], s, home=_larger(homes.get(row.get("publisher") or "", {}), site))
            for row, s, site in zip(rows, spans, sites, strict=True)
        ]
    return first


def _larger(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {code: max(one.get(code, 0.0), other.get(code, 0.0)) for code in {*one, *other}}


def publisher_homes(
    rows: Sequence[dict[str, Any]], found: Sequence[Sequence[Ranked | None]]
) -> dict[str, dict[str, float]]:
    """Per publisher: the mean share of each division over its documents."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    documents: Counter[str] = Counter()
    for row, names in zip(rows, found, strict=True):
        if row.get("publisher"):
            documents[row["publisher"]] += 1
            for code, share in localities(names).items():
                sums[row["publisher"]][code] += share  # type: ignore[assignment]
    return {p: {code: total / documents[p] for code, total in counted.items()} for p, counted in sums.items()}


def count(row: dict[str, Any], found: Sequence[Ranked | None]) -> Counts:
    """One document's counts."""
    n = near = coded = known = country = resolved = 0
    for gold, mine in zip(row["toponyms"], found, strict=True):
        if gold.get("lat") is None:
            continue
        n += 1
        resolved += mine is not None
        close = mine is not None and distance_km(mine.entry.lat, mine.entry.lon, gold["lat"], gold["lon"]) <= 161
        near += close
        wanted = gold_country(gold)
        same = mine is not None and wanted is not None and mine.entry.country == wanted
        coded += close or (same and _same_unit(gold, mine))
        if wanted is not None:
            known += 1
            country += same
    return Counts(n, near, coded, known, country, resolved)


def gold_country(gold: dict[str, Any]) -> str | None:
    """ISO alpha-3 of the gold's country: stated, else that of the page named like a country; `None` when not known."""
    name = gold.get("country") or str(gold.get("page", "")).rpartition("/")[2].replace("_", " ").replace(
        " (country)", ""
    )
    return next((e.country for e in lookup(name) if e.kind == "country" and e.tag != "demonym"), None)


def _same_unit(gold: dict[str, Any], mine: Ranked | None) -> bool:
    if mine is None:
        return False
    code = str(gold.get("fcode") or ("PCLI" if "page" in gold else ""))
    if code.startswith("PCL"):
        return mine.entry.kind == "country"
    return code == "ADM1" and mine.entry.kind == "admin1" and mine.entry.name == gold.get("admin1")


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Great-circle distance."""
    a, b = math.radians(lat1), math.radians(lat2)
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(lon2 - lon1) / 2) ** 2
    return 12742.0 * math.asin(min(1.0, math.sqrt(h)))


def summary(counts: Sequence[Counts]) -> dict[str, float | int]:
    """The headline figures of several documents."""
    out: dict[str, float | int] = {"n": len(counts), "names": sum(c.n for c in counts)}
    for name, part, whole in (
        ("acc161", "near", "n"),
        ("country", "country", "known"),
        ("acc161_by_code", "coded", "n"),
        ("resolved", "found", "n"),
    ):
        out[name] = _share(counts, part, whole)
        if name in ("acc161", "country"):
            out[f"{name}_low"], out[f"{name}_high"] = bootstrap(
                counts, functools.partial(_share, part=part, whole=whole)
            )
    return out


def _share(counts: Sequence[Counts], part: str, whole: str) -> float:
    total = sum(getattr(c, whole) for c in counts)
    return sum(getattr(c, part) for c in counts) / total if total else 1.0


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    files = sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    seen = 0
    for file in files:
        data = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
        for line in data.splitlines():
            if not line.strip():
                continue
            row = msgspec.json.decode(line)
            if not isinstance(row, dict) or not {"text", "toponyms"} <= row.keys():
                raise UsageError(
                    f"{file}: a line has no text and toponyms; give JSON Lines as in geo/", where=str(file)
                )
            seen += 1
            yield row
    if not seen:
        raise UsageError(f"{path}: no documents; give JSON Lines with text and toponyms", where=str(path))
