"""Actor lists made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from communique.errors import UsageError
from communique.resolve.entities import lookup
from communique.resolve.importers import as_ref, overlay, read_ftm, read_phoenix, read_wikidata


def test_phoenix_codes_dates_and_other_names(tmp_path: Path) -> None:
    path = tmp_path / "actors.txt"
    path.write_text(
        "# a comment\nEXAMPLE_PARTY_ [JPNPTY 071101-080831][JPNGOVPTY >080831]  # note\n+EXAMPLE_LEAGUE_\n"
        "REBEL_FRONT_ [SDNINS]\nNO_CODE_ [QQQ]\n"
    )
    found = read_phoenix(path)
    party, front = found.actors
    assert (party.name, party.names) == ("Example Party", ("Example League",))
    assert (party.offices[0].held.start, party.offices[0].held.end) == ("2007-11-01", "2008-09-01")
    assert as_ref(party, "2008-02-01").sectors == ("PTY",)
    assert as_ref(party, "2010-02-01").sectors == ("GOV", "PTY")
    assert as_ref(party, "2001-02-01").country is None
    assert front.offices[0].sectors == ("REB",)
    assert len(found.skipped) == 1 and found.skipped[0].startswith("line 5")


def test_wikidata_rows_of_one_person_are_one_actor(tmp_path: Path) -> None:
    path = tmp_path / "leaders.csv"
    path.write_text(
        "country,positionLabel,officeholderLabel,start_year,end_year\nKenya,President of Kenya,A. B.,2001,2005\n"
        "Kenya,Prime Minister of Kenya,A. B.,2008-04-01,\nAtlantis,King,C. D.,1,2\n"
    )
    found = read_wikidata(path)
    assert [a.name for a in found.actors] == ["A. B."]
    assert [(o.held.start, o.held.end) for o in found.actors[0].offices] == [
        ("2001-01-01", "2006-01-01"),
        ("2008-04-01", None),
    ]
    assert len(found.skipped) == 1


def test_wikidata_without_its_columns_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match="officeholderLabel"):
        read_wikidata(path)


def test_ftm_entities_can_be_looked_up(tmp_path: Path) -> None:
    path = tmp_path / "entities.ftm.json"
    rows = [
        {
            "id": "x1",
            "schema": "PublicBody",
            "properties": {"name": ["Zorland Water Board"], "alias": ["ZWB"], "country": ["ke"]},
        },
        {
            "id": "x2",
            "schema": "Person",
            "properties": {"name": ["Jo Q. Public"], "nationality": ["us"], "topics": ["role.judge"]},
        },
        {"id": "x3", "schema": "Vessel", "properties": {"name": ["Boat"]}},
    ]
    path.write_text("".join(json.dumps(r) + "\n" for r in rows) + "not json\n")
    found = read_ftm(path)
    assert [a.name for a in found.actors] == ["Zorland Water Board", "Jo Q. Public"]
    assert found.actors[1].offices[0].sectors == ("JUD",)
    assert len(found.skipped) == 2
    (ref,) = lookup("the Zorland Water Board", index=overlay(found.actors))
    assert (ref.country, ref.sectors) == ("KEN", ("GOV",))


def test_shipped_lists_are_read(shared: Path) -> None:
    folder = shared / "data" / "actors"
    armed = read_phoenix(folder / "Phoenix.MilNonState.actors.txt")
    assert len(armed.actors) > 500
    assert len(read_wikidata(folder / "world_leaders_wikidata_2022-10.csv").actors) > 300
