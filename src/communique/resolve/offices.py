"""Who held which office when: the shipped roster, and the one a document makes by its own words.

The shipped roster (people.json) is small, dated and has a source in every row. A document's own appositions ("ROK Defense
Minister Ahn Gyu-back") win over it, since they say what held when they were written; the table fills in what a text
takes as known ("Putin said"). What the table only knows until some day is not stretched beyond it: the country
stays, the office does not. A name with no dated office on the day is a former holder (ELI) when its last term is over.
"""

from __future__ import annotations

import functools
from typing import Any

from communique import tables
from communique.records import EntityRef
from communique.resolve.lexicon import keys_of
from communique.resolve.names import same_person

_OFFICE_SECTORS: dict[str, tuple[str, ...]] = {
    "defence-minister": ("GOV", "MIL"), "commander": ("MIL",), "rebel": ("REB",), "opposition": ("OPP",),
    "party-leader": ("PTY", "GOV"), "prosecutor": ("JUD",),
}  # fmt: skip
_FAMILY_FIRST = frozenset({"KOR", "PRK", "CHN", "TWN", "VNM", "HKG", "SGP", "KHM", "MMR"})


@functools.cache
def _tenures() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in tables.load("people.json"):
        found.setdefault(row["id"], []).append(row)
    for rows in found.values():
        rows.sort(key=lambda r: r["from"] or "")
    return found


@functools.cache
def _organisations() -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in tables.load("organisations.json")}


def person_ref(person: str, on: str | None = None) -> EntityRef | None:
    """The person of the shipped roster with the office held on that ISO date (the last known one without a date).

    `None` when the roster has no such id.
    """
    rows = _tenures().get(person)
    if not rows:
        return None
    row, state = _tenure_on(rows, on)
    org = _organisations().get(row["organisation"] or "")
    sectors = tuple(org["sectors"]) if org else _OFFICE_SECTORS.get(row["office"], ("GOV",))
    office = row["office"]
    if state == "former":
        sectors, office, org = ("ELI",), None, None
    elif state == "unknown":
        sectors, office, org = (), None, None
    return EntityRef(
        entity=person, name=row["name"], kind="person", country=row["country"] or (org["country"] if org else None),
        sectors=sectors, office=office, igo=org["igo"] if org else None,
    )  # fmt: skip


def _tenure_on(rows: list[dict[str, Any]], on: str | None) -> tuple[dict[str, Any], str]:
    if on is None:
        return rows[-1], "held"
    for row in reversed(rows):
        begun = row["from"] is None or row["from"] <= on
        if begun and (row["to"] is None or on < row["to"]):
            unknown = row["known_until"] is not None and on >= row["known_until"]
            return row, "unknown" if unknown else "held"
    past = [r for r in rows if r["to"] is not None and r["to"] <= on]
    return (past[-1], "former") if past else (rows[0], "unknown")


def holder(country: str, office: str, on: str) -> EntityRef | None:
    """Who held an office of a country on an ISO date, by the shipped roster; `None` when it does not know."""
    for person, rows in _tenures().items():
        for row in rows:
            if row["country"] != country or row["office"] != office:
                continue
            row_on, state = _tenure_on([row], on)
            if state == "held" and row_on["from"] is not None:
                return person_ref(person, on)
    return None


def by_surname(surname: str, country: str, office: str) -> EntityRef | None:
    """The one person of the shipped roster with that surname who held that office of that country, else `None`."""
    key = keys_of(surname)
    found = set()
    for person, rows in _tenures().items():
        for row in rows:
            if row["country"] == country and row["office"] == office:
                names = keys_of(row["name"])
                last = names[0] if country in _FAMILY_FIRST else names[-1]
                if key == (last,) or any(key == keys_of(bare) for bare in row["bare"]):
                    found.add(person)
    if len(found) != 1:
        return None
    person = found.pop()
    row = _tenures()[person][-1]
    return EntityRef(
        entity=person, name=row["name"], kind="person", country=country, office=office,
        sectors=_OFFICE_SECTORS.get(office, ("GOV",)),
    )  # fmt: skip


class Roster:
    """The persons a document names in full, with what it says of them."""

    def __init__(self) -> None:
        self._people: list[tuple[tuple[str, ...], EntityRef]] = []
        self._found: dict[str, EntityRef | None] = {}  # answers since the last name was learnt

    def learn(self, name: str, ref: EntityRef) -> EntityRef:
        """Enter a full name; a later spelling of one already known gives that one, completed by what is new."""
        self._found.clear()
        keys = tuple(k for k in keys_of(name) if k.isalnum())
        for i, (known, have) in enumerate(self._people):
            if known == keys or (len(known) > 1 and len(keys) > 1 and same_person(have.name, name) >= 0.9):
                merged = _completed(have, ref)
                self._people[i] = (known, merged)
                return merged
        self._people.append((keys, ref))
        return ref

    def find(self, name: str) -> EntityRef | None:
        """The person of this document that the words name: in full, by surname, or by a token only one of them has."""
        if name not in self._found:
            self._found[name] = self._search(name)
        return self._found[name]

    def is_surname(self, name: str) -> bool:
        """Whether a person of this document has the word as surname."""
        keys = tuple(k for k in keys_of(name) if k.isalnum())
        return len(keys) != 1 or any(len(known) > 1 and keys[0] == _surname(known, ref) for known, ref in self._people)

    def _search(self, name: str) -> EntityRef | None:
        keys = tuple(k for k in keys_of(name) if k.isalnum())
        if not keys or not self._people:
            return None
        if len(keys) > 1:
            for known, ref in self._people:
                if (
                    known == keys
                    or (len(known) > 1 and same_person(ref.name, name) >= 0.9)
                    or known[-len(keys) :] == keys
                ):
                    return ref
            return None
        surnames = [r for known, r in self._people if len(known) > 1 and keys[0] == _surname(known, r)]
        if len({r.entity for r in surnames}) == 1:
            return surnames[0]
        if surnames:
            return None
        tokens = [r for known, r in self._people if keys[0] in known and len(keys[0]) > 2]
        return tokens[0] if len({r.entity for r in tokens}) == 1 else None


def _surname(known: tuple[str, ...], ref: EntityRef) -> str:
    return known[0] if ref.country in _FAMILY_FIRST else known[-1]


def _completed(have: EntityRef, new: EntityRef) -> EntityRef:
    if have.country is None and new.country is not None:
        return EntityRef(
            entity=have.entity, name=have.name, kind="person", country=new.country, sectors=new.sectors or have.sectors,
            office=new.office or have.office, igo=new.igo or have.igo,
        )  # fmt: skip
    if not have.sectors and new.sectors and new.country in (None, have.country):
        return EntityRef(
            entity=have.entity, name=have.name, kind="person", country=have.country, sectors=new.sectors,
            office=new.office, igo=have.igo or new.igo,
        )  # fmt: skip
    return have
