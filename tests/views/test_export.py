"""Every export: the exact columns, read again by an independent reader, the same bytes each time, nothing runs."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import zipfile
from pathlib import Path

import networkx
import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest
from tests.store.factory import act_reject

from communique.errors import RunError, UsageError
from communique.records import Filter
from communique.store import Store
from communique.views import tabular
from communique.views.export import FORMATS, export, neutral
from communique.views.verify import verify

GOLDEN = Path(__file__).parent / "golden"
STABLE = [name for name in FORMATS if name not in ("parquet", "xlsx")]


def written(store: Store, name: str, flt: Filter | None = None) -> bytes:
    out = io.BytesIO()
    export(store, name, flt, out)
    return out.getvalue()


@pytest.mark.parametrize("name", STABLE)
def test_the_bytes_are_those_of_the_golden_file(linked: Store, name: str) -> None:
    """`COMMUNIQUE_GOLDEN=write` writes them anew: read the difference before you commit it."""
    path = GOLDEN / f"{name}.txt"
    found = written(linked, name)
    if os.environ.get("COMMUNIQUE_GOLDEN") == "write":
        path.write_bytes(found)
    assert found == path.read_bytes()
    assert found == written(linked, name)


@pytest.mark.parametrize(
    ("name", "columns", "count"),
    [("icews", tabular.ICEWS, 20), ("polecat", tabular.POLECAT, 40), ("gdelt", tabular.GDELT, 61), ("gdelt-mentions", tabular.GDELT_MENTIONS, 16),
     ("phoenix", tabular.PHOENIX, 26)],
)  # fmt: skip
def test_tables_have_the_columns_of_their_systems(linked: Store, name: str, columns, count: int) -> None:
    assert len(columns) == len(set(columns)) == count
    headless = name in ("gdelt", "gdelt-mentions", "phoenix")
    data = written(linked, name)
    frame = pd.read_csv(io.BytesIO(data), sep="\t", header=None if headless else 0, dtype=str, quoting=csv.QUOTE_NONE, keep_default_na=False)
    assert frame.shape[1] == count
    assert len(frame) >= 2
    assert headless or list(frame.columns) == list(columns)
    first = frame.iloc[:, 0]
    assert name == "gdelt-mentions" or first.is_unique
    assert all(line.count(b"\t") == count - 1 for line in data.splitlines())


def test_values_stand_in_their_columns(linked: Store) -> None:
    icews = pd.read_csv(io.BytesIO(written(linked, "icews")), sep="\t", dtype=str, keep_default_na=False)
    row = icews[icews["CAMEO Code"] == "057"].iloc[0]
    assert (row["Source Name"], row["Target Name"], row["Event Date"]) == ("Kenya", "Tanzania", "2026-03-03")
    assert (row["City"], row["Latitude"], row["Publisher"]) == ("Nairobi", "-1.29", "Lakeside Herald")
    gdelt = pd.read_csv(io.BytesIO(written(linked, "gdelt")), sep="\t", header=None, names=list(tabular.GDELT), dtype=str, keep_default_na=False)
    row = gdelt[gdelt["EventCode"] == "057"].iloc[0]
    assert (row["SQLDATE"], row["Actor1CountryCode"], row["EventRootCode"], row["QuadClass"]) == ("20260303", "KEN", "05", "1")
    assert (row["NumMentions"], row["NumSources"], row["SOURCEURL"]) == ("2", "2", "https://lakeside.example/accord")
    assert (row["ActionGeo_CountryCode"], row["AvgTone"]) == ("KE", "")
    mentions = pd.read_csv(io.BytesIO(written(linked, "gdelt-mentions")), sep="\t", header=None, names=list(tabular.GDELT_MENTIONS), dtype=str)
    assert set(mentions["GLOBALEVENTID"]) == set(gdelt["GLOBALEVENTID"])
    polecat = pd.read_csv(io.BytesIO(written(linked, "polecat")), sep="\t", dtype=str, keep_default_na=False)
    assert "pledged" not in " ".join(polecat["Event Type"])
    assert polecat[polecat["Event Type"] == "AGREE"].iloc[0]["Actor Name"] == "Kenya;Tanzania"
    assert set(polecat["Event Type"]) == {"AGREE", "ACCUSE"}, "a pledge of aid is no aid given"
    asked = pd.read_csv(io.BytesIO(written(linked, "polecat", Filter(modality=("pledged",)))), sep="\t", dtype=str)
    assert list(asked["Event Type"]) == ["AID"]


def test_a_workbook_holds_no_time_of_writing(linked: Store) -> None:
    data = written(linked, "xlsx")
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        assert {info.date_time for info in book.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert set(re.findall(rb"\d{4}-\d\d-\d\dT[\d:]+Z", book.read("docProps/core.xml"))) == {b"1980-01-01T00:00:00Z"}
    assert data == written(linked, "xlsx")


def test_an_empty_calendar_has_a_component(linked: Store) -> None:
    lines = written(linked, "ics", Filter(actor=("ZZZ",))).decode().split("\r\n")
    assert [line for line in lines if line.startswith("BEGIN:")] == ["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "BEGIN:STANDARD"]
    assert "BEGIN:VTIMEZONE" not in written(linked, "ics").decode()


def test_csv_parquet_and_xlsx_hold_the_same_rows(linked: Store, tmp_path: Path) -> None:
    frame = pd.read_csv(io.BytesIO(written(linked, "csv")), dtype=str, keep_default_na=False)
    assert list(frame.columns) == list(linked.flat_columns("mention"))
    assert set(frame["id"]) == {m.id for m in linked.mentions(Filter(limit=0))}
    assert frame[frame["cameo"] == "057"].shape[0] == 1
    table = pyarrow.parquet.read_table(io.BytesIO(written(linked, "parquet")))
    assert (table.num_rows, table.column_names) == (4, list(frame.columns))
    sheet = openpyxl.load_workbook(io.BytesIO(written(linked, "xlsx"))).active
    rows = list(sheet.iter_rows(values_only=True))
    assert [r[0] for r in rows[1:]] == list(frame["id"])
    cameo = rows[0].index("cameo")
    assert "057" in {r[cameo] for r in rows}
    assert all(c.data_type != "f" for row in sheet.iter_rows() for c in row)


def test_no_cell_is_a_formula(linked: Store) -> None:
    for value in ("=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1"):
        assert neutral(value) == "'" + value
    for value in ("-1.5", "+2", "1e5", "-3.4E-5", "plain", "", None, -1, -2.5, True):
        assert neutral(value) == value
    for name in ("csv", "events-csv", "icews", "gdelt", "phoenix", "polecat"):
        reader = csv.reader(io.StringIO(written(linked, name).decode()), delimiter="," if name.endswith("csv") else "\t")
        for row in reader:
            for cell in row:
                assert not re.match(r"[=@+\t\r]|-(?!\d)", cell), (name, cell)


def test_jsonl_and_plover_point_into_the_text(linked: Store) -> None:
    for line in written(linked, "jsonl").splitlines():
        row = json.loads(line)
        text = linked.text(row["document"]) or ""
        assert row["report"]["sha256"] == hashlib.sha256(text.encode()).hexdigest()
        for quote in row["quotes"]:
            start, end = quote["span"]
            assert text[start:end] == quote["text"]
    rows = [json.loads(line) for line in written(linked, "plover").splitlines()]
    want = ["id", "has_event", "date", "time", "enddate", "endtime", "actor", "recipient", "event", "event_loc", "event_text", "quad_code",
            "event_scale", "mode", "context", "link", "text", "text_info", "cite_info", "coder", "coded_date", "coded_time", "comment"]  # fmt: skip
    for row in rows:
        assert list(row) == want
        text = linked.text(row["text_info"]["text_story"]) or ""
        assert " ".join(text[row["text_info"]["start"] : row["text_info"]["end"]].split()) == row["text"]
    assert any(row["mode"] == ["material", "future"] for row in rows)


def test_networks_are_read_by_networkx(linked: Store) -> None:
    for name, read in (("graphml", networkx.read_graphml), ("gexf", networkx.read_gexf)):
        graph = read(io.BytesIO(written(linked, name)))
        assert graph.is_directed()
        assert set(graph.nodes) == {"KEN", "TZA", "JPN", "PRK"}
        assert set(graph.edges) >= {("KEN", "TZA"), ("TZA", "KEN"), ("JPN", "KEN"), ("JPN", "PRK")}
        assert graph.edges["JPN", "PRK"]["conflict"] == 1


def test_places_citations_and_calendar_are_well_formed(linked: Store) -> None:
    found = json.loads(written(linked, "geojson"))
    assert [f["geometry"]["coordinates"] for f in found["features"]] == [[36.82, -1.29]]
    works = json.loads(written(linked, "csl"))
    assert len(works) == 3
    assert works[0]["issued"]["date-parts"] == [[2026, 3, 4]]
    ris = written(linked, "ris").decode()
    assert ris.count("TY  - NEWS\n") == ris.count("ER  - ") == 3
    bib = written(linked, "bibtex").decode()
    assert bib.count("@article{") == 3
    assert bib.count("{") == bib.count("}")
    ics = written(linked, "ics").decode()
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))
    unfolded = ics.replace("\r\n ", "")
    assert "SUMMARY:Japan → Kenya: boats\\; worth $2 million\\, and" in unfolded
    assert "DTSTART;VALUE=DATE:20260601\r\nDTEND;VALUE=DATE:20260701" in unfolded


def test_a_path_gets_its_description_and_tombstones(linked: Store, tmp_path: Path) -> None:
    target = linked.mentions().to_dicts()[0]["id"]
    linked.review(act_reject(target))
    folder = tmp_path / "out"
    folder.mkdir()
    export(linked, "csv", None, folder / "records.csv")
    export(linked, "gdelt", None, folder / "events.CSV")
    package = json.loads((folder / "datapackage.json").read_text())
    assert [r["path"] for r in package["resources"]] == ["events.CSV", "records.csv", "tombstones.csv"]
    for resource in package["resources"]:
        data = (folder / resource["path"]).read_bytes()
        assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert resource["bytes"] == len(data)
    fields = [f["name"] for f in package["resources"][1]["schema"]["fields"]]
    assert fields == (folder / "records.csv").read_text().splitlines()[0].split(",")
    assert target in (folder / "tombstones.csv").read_text()
    assert target not in (folder / "records.csv").read_text()
    assert sorted(p.name for p in folder.iterdir()) == ["datapackage.json", "events.CSV", "records.csv", "tombstones.csv"]


def test_filters_and_limits_hold(linked: Store) -> None:
    assert len(written(linked, "jsonl", Filter(actor=("JPN",))).splitlines()) == 2
    assert len(written(linked, "jsonl", Filter(limit=1)).splitlines()) == 1
    assert len(written(linked, "commitments-csv", Filter(actor=("USA",))).splitlines()) == 1
    assert len(written(linked, "commitments-csv", Filter(actor=("JPN",))).splitlines()) == 2


def test_an_empty_list_is_a_whole_file(linked: Store) -> None:
    nothing = Filter(actor=("ATA",))
    for name in FORMATS:
        data = written(linked, name, nothing)
        if name in ("csv", "events-csv", "commitments-csv", "icews", "polecat") or name.startswith("dyad-"):
            assert len(data.splitlines()) == 1
        elif name in ("graphml", "gexf"):
            assert len({"graphml": networkx.read_graphml, "gexf": networkx.read_gexf}[name](io.BytesIO(data)).nodes) == 0


def test_what_cannot_be_written_says_so(linked: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no export called"):
        export(linked, "doc", None, io.BytesIO())
    with pytest.raises(RunError, match="can be written"):
        export(linked, "csv", None, tmp_path / "no" / "such.csv")


def test_verify_sees_every_kind_of_tampering(linked: Store, tmp_path: Path) -> None:
    assert verify(linked) == ([], 4)
    for name in ("csv", "jsonl", "plover"):
        path = tmp_path / f"a.{name}"
        export(linked, name, None, path)
        assert verify(linked, path) == ([], 4), name
        path.write_bytes(path.read_bytes().replace(b"Tanzania agreed", b"Tanzania refused"))
        problems, _ = verify(linked, path)
        assert any("are others" in p for p in problems), name
        assert any("datapackage" in p for p in problems), name
    path = tmp_path / "a.parquet"
    export(linked, "parquet", None, path)
    assert verify(linked, path) == ([], 4)
    for name in ("icews", "geojson", "graphml", "ris"):
        path = tmp_path / f"b.{name}"
        export(linked, name, None, path)
        assert verify(linked, path) == ([], 0), name  # held to its digest
        path.write_bytes(path.read_bytes() + b" ")
        assert verify(linked, path)[0], name
        (tmp_path / "datapackage.json").unlink()
        with pytest.raises(UsageError, match="nothing in it can be checked"):
            verify(linked, path)
    connection = linked._connection()
    connection.execute("UPDATE text SET data = (SELECT data FROM text WHERE doc = 3) WHERE doc = 1")
    problems, checked = verify(linked)
    assert checked == 4
    assert any("digest" in p for p in problems)
    assert any("the words at" in p for p in problems)
    with pytest.raises(UsageError):
        verify(linked, tmp_path / "none.csv")
