"""The only reader of `data/`: built tables, loaded once, with their version.

People edit `resources/`; `scripts/build_data.py` turns it into `data/`, sorted, with a MANIFEST of digests.
Nothing is read at import. Each table is decoded on first use and kept (the set of tables is closed, so the
cache is bounded by it). Lookups by name and date that more than one room needs live here; anything only one
room needs lives in that room, over `load`.
"""

from __future__ import annotations

import difflib
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


def party(value: str) -> str:
    """The country code or entity id that a filter's word for a party means: "jpn" and "Japan" give "JPN", "NATO" gives
    "org:nato"; an id (with a colon) stands as it is. Raises `UsageError` that says what is near, or between which to choose."""
    word = value.strip()
    if ":" in word:
        return word.removeprefix("country:")
    codes, names = _parties()
    if word.upper() in codes:
        return word.upper()
    found = names.get(word.casefold(), ())
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{value!r} may be any of: {', '.join(found)}; give one of these", value=value)
    near = [p for name in difflib.get_close_matches(word.casefold(), names, 3) for p in names[name]]
    hint = f"; near it: {' '.join(dict.fromkeys(near))}" if near else ""
    raise UsageError(f"no country or actor {value!r}; give an ISO alpha-3 code (JPN), a name (Japan), or an entity's id (org:nato){hint}", value=value)


@functools.cache
def _parties() -> tuple[frozenset[str], dict[str, tuple[str, ...]]]:
    """All country codes; and by name without case the countries, else the organisations, else the people that bear it."""
    rows = load("countries.json")["countries"]
    kinds = (
        [(c["iso3"], (c["name"], *c["names"], *c["adjectives"])) for c in rows],
        [(o["id"], (o["name"], *o["names"])) for o in load("organisations.json")],
        [(p["id"], (p["name"], *p["names"])) for p in load("people.json")],
    )
    names: dict[str, tuple[str, ...]] = {}
    for kind in kinds:
        met: dict[str, dict[str, None]] = {}
        for key, called in kind:
            for name in called:
                met.setdefault(name.casefold(), {})[key] = None
        for name, keys in met.items():
            names.setdefault(name, tuple(keys))
    return frozenset(c["iso3"] for c in rows), names


@functools.cache
def choices(field: str) -> tuple[str, ...]:
    """What a filter's `mode`, `context` or `sector` may be: the ontology's names, sorted."""
    book = load("ontology.json")
    if field == "mode":
        return tuple(sorted({mode["name"] for kind in book["types"] for mode in kind.get("modes", ())}))
    return tuple(sorted(book[f"{field}s"]))


DEFAULT_CAMEO = {
    "AGREE": "030", "CONSULT": "040", "SUPPORT": "050", "CONCEDE": "080", "COOPERATE": "060", "AID": "070", "RETREAT": "087",
    "REQUEST": "100", "ACCUSE": "110", "REJECT": "120", "THREATEN": "130", "PROTEST": "140", "SANCTION": "160", "MOBILIZE": "150",
    "COERCE": "170", "ASSAULT": "180", "STATE": "010",
}  # fmt: skip
"""The CAMEO code of a record of which no more than the type is known."""


def modes(kind: str) -> tuple[str, ...]:
    """The modes of a type, in any version of PLOVER."""
    return tuple(mode["name"] for entry in load("ontology.json")["types"] if entry["name"] == kind for mode in entry.get("modes", ()))


def measures(kind: str, mode: str | None) -> dict[str, Any]:
    """What follows from a type and mode alone, by the project's own reading of PLOVER: quad class, scores, CAMEO code."""
    book = load("ontology.json")
    cameo = DEFAULT_CAMEO[kind]
    code = cameo
    while book["cameo"][code]["goldstein"]["icews"] is None and len(code) > 2:
        code = code[:-1]
    entry = next((t for t in book["types"] if t["name"] == kind), None)
    scored = [m["score"] for m in (entry or {}).get("modes", ()) if m["name"] == mode and "score" in m and "2.0" in m["versions"]]
    score = None if entry is None else float(scored[0] if scored else entry["score_20"])
    goldstein = book["cameo"][code]["goldstein"]["icews"]
    return {
        "quad": None if entry is None else entry["quad"], "plover_score": score, "cameo": cameo,
        "goldstein": None if goldstein is None else float(goldstein),
    }  # fmt: skip


@functools.cache
def manifest() -> dict[str, Any]:
    """`data/MANIFEST.json`: version, digest of all tables, and per table digest and sources."""
    found: dict[str, Any] = msgspec.json.decode(read_bytes("MANIFEST.json"))
    return found


def version() -> str:
    """The version that every event mention records, "2026.11+1a2b3c4d": the date of the tables and their digest."""
    found = manifest()
    return f"{found['version']}+{found['digest'][:8]}"
