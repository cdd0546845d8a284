"""The only reader of `data/`: built tables, loaded once, with their version.

People edit `resources/`; `scripts/build_data.py` turns it into `data/`, sorted, with a MANIFEST of digests.
Nothing is read at import. Each table is decoded on first use and kept (the set of tables is closed, so the
cache is bounded by it). Lookups by name and date that more than one room needs live here; anything only one
room needs lives in that room, over `load`.
"""

from __future__ import annotations

import functools
import gzip
from importlib import resources
from typing import Any

import msgspec

from communique.errors import TableError, UsageError


def read_bytes(name: str) -> bytes:
    """The bytes of `data/<name>`, decompressed when the name ends in `.gz`. Raises `TableError` when absent."""
    item = resources.files("communique").joinpath("data", *name.split("/"))
    try:
        data = item.read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise TableError(
            f"the table {name!r} is not in this installation; run scripts/build_data.py or install again", value=name
        ) from error
    return gzip.decompress(data) if name.endswith(".gz") else data


@functools.cache
def load(name: str) -> Any:
    """The decoded JSON of `data/<name>` (".json" or ".json.gz"). The result is shared: never change it."""
    return msgspec.json.decode(read_bytes(name))


def bloc_parties(bloc: str) -> tuple[str, ...]:
    """The members of a bloc (ISO alpha-3, as of the tables' date) and its own id, by its key in `blocs.toml` in any case:
    "NATO" gives ("ALB", …, "org:nato"). Raises `UsageError` that lists the blocs there are."""
    blocs = load("countries.json")["blocs"]
    key = bloc.strip().lower().removeprefix("org:").replace(" ", "-")
    if key not in blocs:
        raise UsageError(f"no bloc {bloc!r}; there are: {' '.join(sorted(blocs))}", value=bloc)
    return (*blocs[key], f"org:{key}")


@functools.cache
def manifest() -> dict[str, Any]:
    """`data/MANIFEST.json`: version, digest of all tables, and per table digest and sources."""
    found: dict[str, Any] = msgspec.json.decode(read_bytes("MANIFEST.json"))
    return found


def version() -> str:
    """The version that every event mention records, "2026.11+1a2b3c4d": the date of the tables and their digest."""
    found = manifest()
    return f"{found['version']}+{found['digest'][:8]}"
