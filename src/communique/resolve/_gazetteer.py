"""The gazetteer in memory: `data/places.tsv.gz`, sorted by key, searched by halving; about 40 MB, loaded on first use.

A name's key is its letters without marks, in lower case, "Saint" as "st", hyphens as spaces: what differs between
two spellings of one place, and nothing else. The same function makes the keys when the table is built.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left
from typing import NamedTuple

from communique import tables

_SPECIAL = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "þ": "th", "ə": "a", "-": " ",
                          "–": " ", "'": "", "’": "", "‘": "", "ʼ": "", "ʻ": "", "`": "", ".": "", "“": "", "”": "", '"': ""})  # fmt: skip


class Entry(NamedTuple):
    """One reading of a name. `kind` is of `PlaceMention.kind`, or "admin2"; `exact` False for another name or demonym."""

    name: str
    kind: str
    country: str | None
    admin1: str  # "US.TX"; "" when none
    admin2: str
    population: int
    lat: float
    lon: float
    geonameid: int | None
    radius_km: float
    tag: str  # "" its own name, "alias", "abbreviation", "demonym"


def place_key(name: str) -> str:
    """The key under which a name stands in the table."""
    text = unicodedata.normalize("NFKD", name.replace("İ", "I").lower().translate(_SPECIAL))
    text = "".join(ch for ch in text if not unicodedata.combining(ch))
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"^(?:saint|sainte|ste)\b", "st", text)


def lookup(name: str) -> tuple[Entry, ...]:
    """All readings of a name, largest first; empty when the gazetteer has none."""
    return _found(place_key(name))


@functools.lru_cache(maxsize=20_000)
def _found(key: str) -> tuple[Entry, ...]:
    lines = _lines()
    wanted = key.encode("utf-8") + b"\t"
    at = bisect_left(lines, wanted)
    out: list[Entry] = []
    while at < len(lines) and lines[at].startswith(wanted):
        out.append(_entry(lines[at].decode("utf-8")))
        at += 1
    return tuple(sorted(out, key=lambda e: -e.population))


@functools.cache
def _lines() -> list[bytes]:
    return tables.read_bytes("places.tsv.gz").split(b"\n")


def _entry(line: str) -> Entry:
    _, name, kind, country, admin1, admin2, population, lat, lon, number, radius, tag = line.split("\t")
    return Entry(
        name,
        kind,
        country or None,
        admin1,
        admin2,
        int(population or 0),
        float(lat),
        float(lon),
        int(number) if number else None,
        float(radius),
        tag,
    )
