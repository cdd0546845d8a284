"""Who held which office when; the roster a document makes."""

from __future__ import annotations

from communique import tables
from communique.records import EntityRef
from communique.resolve.offices import Roster, by_surname, holder, person_ref


def test_every_tenure_has_a_source_and_dates_in_order() -> None:
    for row in tables.load("people.json"):
        assert row["source"]
        assert row["from"] is None or row["to"] is None or row["from"] < row["to"], row


def test_holder_on_a_day_is_half_open() -> None:
    last, first = holder("GBR", "prime-minister", "2024-07-04"), holder("GBR", "prime-minister", "2024-07-05")
    assert last is not None and last.name == "Rishi Sunak"
    assert first is not None and first.name == "Keir Starmer"


def test_nobody_is_named_before_the_roster_begins() -> None:
    assert holder("GBR", "prime-minister", "1900-01-01") is None


def test_two_terms_are_kept_apart() -> None:
    between, again = person_ref("person:donald-trump", "2022-06-01"), person_ref("person:donald-trump", "2025-06-01")
    assert between is not None and between.sectors == ("ELI",) and between.office is None
    assert again is not None and again.office == "head-of-state"


def test_what_is_known_only_until_a_day_is_not_stretched() -> None:
    row = next(r for r in tables.load("people.json") if r["known_until"] and r["country"])
    ref = person_ref(row["id"], "2030-01-01")
    assert ref is not None and ref.country == row["country"]
    assert ref.office is None and ref.sectors == ()


def test_surname_needs_one_holder() -> None:
    found = by_surname("Ruto", "KEN", "head-of-state")
    assert found is not None and found.name == "William Ruto"
    assert by_surname("Bush", "GBR", "prime-minister") is None


def person(name: str, country: str | None) -> EntityRef:
    return EntityRef(entity=f"person:{name}", name=name, kind="person", country=country)


def test_roster_finds_surnames_in_either_order() -> None:
    roster = Roster()
    roster.learn("Cho Tae-yul", person("Cho Tae-yul", "KOR"))
    roster.learn("Maria Rossi", person("Maria Rossi", "ITA"))
    assert (found := roster.find("Cho")) is not None and found.country == "KOR"
    assert (found := roster.find("Rossi")) is not None and found.country == "ITA"
    assert roster.find("Bianchi") is None


def test_two_people_of_one_surname_are_not_guessed() -> None:
    roster = Roster()
    roster.learn("Kim Jong Un", person("Kim Jong Un", "PRK"))
    roster.learn("Kim Yo Jong", person("Kim Yo Jong", "PRK"))
    assert roster.find("Kim") is None


def test_spelling_variants_are_one_person() -> None:
    roster = Roster()
    first = roster.learn("Ahn Gyu-back", person("Ahn Gyu-back", "KOR"))
    assert roster.learn("Ahn Gyu-Back", person("Ahn Gyu-Back", "KOR")) == first
