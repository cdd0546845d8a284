"""The gazetteer in memory: `data/places.tsv.gz`, sorted by key, searched by halving; about 10 MB, loaded on first use.

A name's key is its letters without marks, in lower case, "Saint" as "st", hyphens as spaces: what differs between
two spellings of one place, and nothing else. The same function makes the keys when the table is built.
"""

from __future__ import annotations

import functools
import re
import threading
import unicodedata
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


@functools.lru_cache(maxsize=20_000)
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
    table = _table()
    wanted = key.encode("utf-8") + b"\t"
    at = _place(table, wanted)
    out: list[Entry] = []
    while table.startswith(wanted, at):
        end = table.find(b"\n", at)
        end = len(table) if end < 0 else end
        out.append(_entry(table[at:end].decode("utf-8")))
        at = end + 1
    return tuple(sorted(out, key=lambda e: -e.population))


def _place(table: bytes, wanted: bytes) -> int:
    """Where the first line stands that is not less than `wanted`. Cutting the table into lines would cost each start more
    than the halving costs a report."""
    low, high = 0, len(table)
    while low < high:
        middle = (low + high) // 2
        start = max(low, table.rfind(b"\n", low, middle) + 1)
        end = table.find(b"\n", middle, high)
        end = high if end < 0 else end
        if table[start:end] < wanted:
            low = end + 1
        else:
            high = start
    return low


def load() -> None:
    """Read the table now, where the first look-up would."""
    _table()


_loading = threading.Lock()


@functools.cache
def _read() -> bytes:
    return tables.read_bytes("places.tsv.gz")


def _table() -> bytes:
    with _loading:  # one reading, also where two threads ask at once
        return _read()


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
