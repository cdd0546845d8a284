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
import re
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

_CAMEO_OF_MODE = {
    "CONSULT": {"phone": "041", "visit": "042", "third-party": "044"},
    "RETREAT": {"release": "0841", "return": "0842", "access": "086", "ceasefire": "0871", "disarm": "0873", "withdraw": "0874"},
    "REQUEST": {"assist": "101", "change": "104", "yield": "105", "meet": "106"},
    "ACCUSE": {"disapprove": "111", "allege": "112", "investigate": "090"},
    "REJECT": {"assist": "121", "change": "123", "yield": "124", "meet": "125"},
    "THREATEN": {"arrest": "137", "expel": "136", "territory": "1382", "violence": "138"},
    "PROTEST": {"demo": "141", "hunger": "142", "boycott": "143", "obstruct": "144", "riot": "145"},
    "SANCTION": {"convict": "116", "expel": "166", "withdraw": "161"},
    "MOBILIZE": {"troops": "154", "police": "153"},
    "COERCE": {"seize": "171", "restrict": "172", "censor": "172", "curfew": "1723", "martial-law": "1724", "arrest": "173", "deport": "174"},
    "ASSAULT": {
        "abduct": "181", "beat": "182", "sexual": "1821", "torture": "1822", "explosives": "183", "suicide-attack": "1831", "targeted": "186",
        "firearms": "193", "heavy-weapons": "194", "aerial": "195", "drone": "195", "unconventional": "204",
    },
}  # fmt: skip
_CAMEO_OF_WORDS = (
    ("SANCTION", "discontinue", re.compile(r"\b(?:sanction|embargo|boycott)", re.IGNORECASE), "163"),
    ("COERCE", "seize", re.compile(r"\b(?:annex|occup)", re.IGNORECASE), "192"),
    ("COERCE", "restrict", re.compile(r"\b(?:blockad|besieg|siege)", re.IGNORECASE), "191"),
    ("ASSAULT", None, re.compile(r"\b(?:cease-?fire|truce|armistice)\b", re.IGNORECASE), "196"),
)
_INTENT = {"CONCEDE": "035", "RETREAT": "035", "PROTEST": "133", "SANCTION": "131", "COERCE": "132"}


def cameo_code(kind: str, mode: str | None = None, *, modality: str = "actual", words: str = "") -> str:
    """The CAMEO code that type, mode, modality and the record's own words decide, as deep as they decide it. CAMEO files what is
    only announced elsewhere than PLOVER 2.0: coming concessions with the intentions (035), coming protests, sanctions and
    restrictions with the threats (131 to 133)."""
    if modality in {"planned", "pledged"} and kind in _INTENT:
        return _INTENT[kind]
    for of, how, pattern, code in _CAMEO_OF_WORDS:
        if of == kind and how == mode and words and pattern.search(words):
            return code
    return _CAMEO_OF_MODE.get(kind, {}).get(mode or "", DEFAULT_CAMEO[kind])


def modes(kind: str) -> tuple[str, ...]:
    """The modes of a type, in any version of PLOVER."""
    return tuple(mode["name"] for entry in load("ontology.json")["types"] if entry["name"] == kind for mode in entry.get("modes", ()))


def measures(kind: str, mode: str | None) -> dict[str, Any]:
    """What follows from a type and mode alone, by the project's own reading of PLOVER: quad class, scores, CAMEO code."""
    book = load("ontology.json")
    cameo = cameo_code(kind, mode)
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
