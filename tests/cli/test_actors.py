"""Lists of actors, from import to what reports say of them."""

import csv
import json

from communique.cli import main

REPORT = "The Lake Guard Front attacked a Kenyan border post near Busia on Monday, officials said.\n"


def _acting(capsys, path):
    assert main(["actors", "--store", path, "--csv"]) == 0
    return {row["entity"]: (row["country"], row["sectors"]) for row in csv.DictReader(capsys.readouterr().out.splitlines())}


def test_imported_actors_are_known_to_what_is_added_and_coded_again(tmp_path, capsys):
    path, listed, report = str(tmp_path / "s.db"), tmp_path / "fronts.txt", tmp_path / "report.txt"
    listed.write_text("LAKE_GUARD_FRONT_ [UGAREB]\nSHORE_LEAGUE_ [QQQ]\n")
    report.write_text(REPORT)
    assert main(["actors", "import", str(listed), "--store", path, "--json"]) == 0
    out = capsys.readouterr()
    assert [(x["name"], x["kind"], x["actors"]) for x in json.loads(out.out)] == [("fronts.txt", "phoenix", 1)]
    assert "left out: line 2" in out.err
    assert main(["add", str(report), "--published", "2026-03-05", "--store", path]) == 0
    capsys.readouterr()
    assert _acting(capsys, path)["import:fronts.txt:Lake Guard Front"] == ("UGA", "REB")
    assert main(["actors", "import", str(listed), "--store", path, "--json"]) == 0
    assert main(["actors", "forget", "fronts.txt", "--store", path]) == 0
    assert main(["recode", "--store", path]) == 0
    capsys.readouterr()
    assert not [e for e in _acting(capsys, path) if e.startswith("import:")]


def test_a_mistake_is_one_line(tmp_path, capsys):
    path, wrong = str(tmp_path / "s.db"), tmp_path / "wrong.txt"
    wrong.write_text("Nothing of the kind.\n")
    for command in (["import", str(wrong)], ["import", str(tmp_path / "none.csv")], ["import", str(tmp_path)]):
        assert main(["actors", *command, "--store", path]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 1
    assert main(["actors", "lists", "--store", str(tmp_path / "none.db")]) == 1
    capsys.readouterr()


def test_a_list_is_replaced_by_name_and_forgotten_once(tmp_path, capsys):
    path, one = str(tmp_path / "s.db"), tmp_path / "one.csv"
    one.write_text("country,positionLabel,officeholderLabel,start,end\nKenya,Trade Envoy,Wanjiru Odhiambo,2020,\n")
    for _ in range(2):
        assert main(["actors", "import", str(one), "--name", "ours", "--kind", "wikidata", "--store", path]) == 0
    capsys.readouterr()
    assert main(["actors", "lists", "--store", path, "--json"]) == 0
    assert [x["name"] for x in json.loads(capsys.readouterr().out)] == ["ours"]
    assert [main(["actors", "forget", "ours", "--store", path]) for _ in range(2)] == [0, 2]
