"""Actor lists made elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from communique.annotate import annotate_article
from communique.errors import UsageError
from communique.ingest import label_article
from communique.ingest.formats import document_from_text
from communique.resolve import resolve_article
from communique.resolve.entities import lookup
from communique.resolve.importers import Imported, as_ref, overlay, read_ftm, read_list, read_phoenix, read_wikidata


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


def test_a_span_of_two_digit_years_begins_before_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "actors.txt"
    path.write_text("OLD_MARSHAL_ [UGAGOV 350101-670601]\n")
    (marshal,) = read_phoenix(path).actors
    assert (marshal.offices[0].held.start, marshal.offices[0].held.end) == ("1935-01-01", "1967-06-02")


def _lists(tmp_path: Path, text: str) -> Imported:
    path = tmp_path / "own.csv"
    path.write_text("country,positionLabel,officeholderLabel,start,end\n" + text)
    return Imported([read_list(path, None, name="own", at="2026-03-05T00:00:00+00:00")])


def test_an_imported_person_has_the_office_of_the_reports_day_and_names_its_list(tmp_path: Path) -> None:
    imported = _lists(tmp_path, "Kenya,Trade Envoy,Wanjiru Odhiambo,2020-01-01,2024-12-31\n")
    article = label_article(document_from_text("Wanjiru Odhiambo met Ugandan officials in Kampala on Tuesday.", source="-", published="2024-03-05"))
    mentions = resolve_article(annotate_article(article), imported).mentions
    (named,) = [m for m in mentions if m.refs and m.refs[0].entity == "import:own:Wanjiru Odhiambo"]
    assert (named.refs[0].country, named.refs[0].sectors, named.refs[0].office) == ("KEN", ("GOV",), "Trade Envoy")
    assert named.rule is not None and named.rule.endswith("list own")
    later = label_article(document_from_text("Wanjiru Odhiambo met Ugandan officials in Kampala on Tuesday.", source="-", published="2026-03-05"))
    offices = [m.refs[0].office for m in resolve_article(annotate_article(later), imported).mentions if m.refs and m.refs[0].name == "Wanjiru Odhiambo"]
    assert offices == [None]


def test_a_name_of_the_tables_keeps_its_meaning(tmp_path: Path) -> None:
    path = tmp_path / "actors.txt"
    path.write_text("JAPAN_ [KENREB]\nUN_ [KENREB]\nLAKE_GUARD_FRONT_ [UGAREB]\n")
    imported = Imported([read_list(path, "phoenix", name=None, at="2026-03-05T00:00:00+00:00")])
    assert [r.entity for r in lookup("Japan", index=imported.index)] == ["country:JPN"]
    assert [r.entity for r in lookup("Lake Guard Front", index=imported.index)] == ["import:actors.txt:Lake Guard Front"]


@pytest.mark.parametrize(("text", "kind"), [("Nothing of the kind.\n", None), ("Nothing of the kind.\n", "phoenix"), ("{}\n", "ftm"), ("", None)])
def test_a_file_without_actors_is_refused(tmp_path: Path, text: str, kind: str | None) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text)
    with pytest.raises(UsageError, match="--kind"):
        read_list(path, kind, name=None, at="2026-03-05T00:00:00+00:00")
