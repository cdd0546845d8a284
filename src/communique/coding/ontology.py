"""The event ontology: PLOVER 2.0 (1.3 selectable), its CAMEO cross-walk, scores and scales.

Facts live in `resources/ontology/` and are read from one built table. The manual contradicts itself in a
few places; each decision is a field of `Decisions`, so that a user who reads the manual otherwise changes
a setting and not the code (docs/codebook.md, "Decisions", gives the grounds of each default).

`STATE` is ours, not PLOVER's: an attributed claim or position that PLOVER does not count. It has no quad
class, no score and no CAMEO root of its own (its codes are CAMEO 01x and 02x).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Literal, cast, get_args

from communique import tables
from communique.errors import UsageError
from communique.records import EventType, Quad, Record

Version = Literal["2.0", "1.3"]
QUADS: tuple[Quad, ...] = get_args(Quad)  # in PLOVER's order, 1 to 4


class Decisions(Record, frozen=True, kw_only=True):
    """How the manual's slips are read. Each default is argued in docs/codebook.md.

    `accuse` "negative" reads the printed +3 of ACCUSE as a missing minus sign. `sanction` "text" follows
    the section (material conflict), "table" the summary table (verbal). `goldstein` picks one of the two
    scales that circulate. `crosswalk` "manual" prefers the manual's text over the printed 2021 table. `borders` "plover" counts a disputed entity under its claimed
    parent with sector PRE, "apart" under no state; its own neutral id stands in the record either way.
    """

    version: Version = "2.0"
    accuse: Literal["negative", "printed"] = "negative"
    sanction: Literal["text", "table"] = "text"
    goldstein: Literal["icews", "parus"] = "icews"
    crosswalk: Literal["manual", "table"] = "manual"
    borders: Literal["plover", "apart"] = "plover"


class Counterpart(Record, frozen=True, kw_only=True):
    """What a CAMEO code is in PLOVER."""

    type: EventType
    mode: str | None
    contexts: tuple[str, ...]


DEFAULT = Decisions()


@functools.cache
def _types() -> Mapping[str, Mapping[str, Any]]:
    return {entry["name"]: entry for entry in tables.load("ontology.json")["types"]}


def _type(name: str) -> Mapping[str, Any]:
    found = _types().get(name)
    if found is None:
        raise UsageError(f"no event type {name!r}; there are: {', '.join(event_types())} and STATE", value=name)
    return found


def event_types() -> tuple[EventType, ...]:
    """The sixteen PLOVER types in the manual's order; STATE is not one of them."""
    return cast("tuple[EventType, ...]", tuple(_types()))


def modes(name: str, *, version: Version = "2.0") -> tuple[str, ...]:
    """The modes of a type in that version of PLOVER; empty for types without modes and for STATE."""
    if name == "STATE":
        return ()
    return tuple(mode["name"] for mode in _type(name).get("modes", ()) if version in mode["versions"])


def mode_in(name: str, mode: str | None, *, version: Version = "2.0") -> str | None:
    """The mode under its name in `version`: 1.3's "ban" is 2.0's "restrict". `None` where it has none."""
    if mode is None or name == "STATE":
        return None
    for entry in _type(name).get("modes", ()):
        if entry["name"] == mode:
            if version in entry["versions"]:
                return mode
            now = entry.get("now")
            return now if now in modes(name, version=version) else None
    return None


def contexts() -> tuple[str, ...]:
    """The 37 contexts, in the manual's order."""
    return tuple(tables.load("ontology.json")["contexts"])


def sectors() -> tuple[str, ...]:
    """PLOVER's sector codes."""
    return tuple(tables.load("ontology.json")["sectors"])


def definition(name: str, mode: str | None = None) -> str:
    """What the type (or its mode) covers, in this project's words."""
    entry = _type(name)
    if mode is None:
        return str(entry["definition"])
    for found in entry.get("modes", ()):
        if found["name"] == mode:
            return str(found["definition"])
    raise UsageError(f"{name} has no mode {mode!r}; it has: {', '.join(modes(name)) or 'none'}", value=mode)


def section(name: str) -> str:
    """The section of the manual that defines the type, such as "3.10"."""
    return str(_type(name)["section"])


def requires_recipient(name: str) -> bool:
    """Whether PLOVER codes this type only with a recipient (manual, section 3, per type)."""
    return name != "STATE" and bool(_type(name)["recipient_required"])


def quad(name: str, *, decisions: Decisions = DEFAULT) -> Quad | None:
    """The quad class of a type; `None` for STATE."""
    if name == "STATE":
        return None
    entry = _type(name)
    if decisions.sanction == "table" and "quad_table" in entry:
        return cast(Quad, entry["quad_table"])
    return cast(Quad, entry["quad"])


def quad_number(name: str, *, decisions: Decisions = DEFAULT) -> int | None:
    """The quad class as PLOVER numbers it, 1 to 4; `None` for STATE."""
    found = quad(name, decisions=decisions)
    return None if found is None else QUADS.index(found) + 1


def score(name: str, mode: str | None = None, *, decisions: Decisions = DEFAULT) -> float | None:
    """PLOVER's conflict-cooperation score, −10 to 10: in 2.0 of the mode where it has one, else of the type."""
    if name == "STATE":
        return None
    entry = _type(name)
    if decisions.version == "1.3":
        return float(entry["score_13"])
    for found in entry.get("modes", ()):
        if found["name"] == mode and "score" in found and "2.0" in found["versions"]:
            return float(found["score"])
    if decisions.accuse == "printed" and "printed_20" in entry:
        return float(entry["printed_20"])
    return float(entry["score_20"])


def cameo_roots(name: str) -> tuple[str, ...]:
    """The CAMEO roots (or 3-digit codes, for CONCEDE and RETREAT) that the type covers."""
    return ("01", "02") if name == "STATE" else tuple(_type(name)["cameo"])


def cameo_codes() -> tuple[str, ...]:
    """All 319 CAMEO codes, sorted."""
    return tuple(sorted(tables.load("ontology.json")["cameo"]))


def cameo_name(code: str) -> str | None:
    """What CAMEO calls the code; `None` for codes that only a scale lists."""
    return cast("str | None", _cameo(code)["name"])


def _cameo(code: str) -> Mapping[str, Any]:
    found = tables.load("ontology.json")["cameo"].get(code)
    if found is None:
        raise UsageError(f"no CAMEO code {code!r}; codes have two to four digits, such as 03, 030 or 0311", value=code)
    return cast("Mapping[str, Any]", found)


def goldstein(code: str, *, decisions: Decisions = DEFAULT) -> float | None:
    """The Goldstein value of a CAMEO code on the chosen scale; a code without one takes its parent's."""
    while len(code) >= 2:
        value = _cameo(code)["goldstein"][decisions.goldstein]
        if value is not None:
            return float(value)
        code = code[:-1]
    return None


def from_cameo(code: str, *, decisions: Decisions = DEFAULT) -> Counterpart | None:
    """What a CAMEO code is in PLOVER: by the table, else by its root; `None` for 01x and 02x (our STATE)."""
    entry = _cameo(code)
    found = entry["preferred" if decisions.crosswalk == "manual" else "printed"]
    if found is None:
        root = entry["root_type"]
        return None if root is None else Counterpart(type=root, mode=None, contexts=())
    mode = found["mode"]
    if decisions.crosswalk == "manual":
        mode = mode_in(found["type"], mode, version=decisions.version)
    return Counterpart(type=found["type"], mode=mode, contexts=tuple(found["contexts"]))


def root_type(code: str) -> EventType | None:
    """The PLOVER type of a CAMEO code's root alone; `None` for 01 and 02 (our STATE)."""
    return cast("EventType | None", _cameo(code)["root_type"])


def disputed_parent(code: str) -> str | None:
    """The claimed parent (alpha-3) that PLOVER folds a partially recognised entity into, with sector PRE."""
    found: str | None = tables.load("ontology.json")["disputed"].get(code)
    return found
