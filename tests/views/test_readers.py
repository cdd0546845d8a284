"""Exports read again by readers that share nothing with the writers: the rules of R's readr, JSON schemas of RFC 7946
and CSL, networkx, and strict parsers of RIS, BibTeX and iCalendar (RFC 5545)."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import networkx
import openpyxl
import pyarrow.parquet
import pytest
from tests.store.factory import TEXT, coded

from communique.records import Filter
from communique.store import Store
from communique.views import tabular
from communique.views.codes import fips
from communique.views.export import FORMATS, export, neutral

HEADLESS = {"gdelt": tabular.GDELT, "gdelt-mentions": tabular.GDELT_MENTIONS, "phoenix": tabular.PHOENIX}
TABBED = ("icews", "polecat", *HEADLESS)


def written(store: Store, name: str, flt: Filter | None = None) -> bytes:
    out = io.BytesIO()
    export(store, name, flt, out)
    return out.getvalue()


# --- delimited files, by the rules of readr --------------------------------------------------------------

_WHOLE = re.compile(r"-?(0|[1-9]\d*)")
_REAL = re.compile(r"[+-]?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


def _fits(kind: str, value: str) -> bool:
    if kind == "logical":
        return value in ("T", "F", "TRUE", "FALSE", "true", "false", "True", "False")
    if kind == "integer":
        return _WHOLE.fullmatch(value) is not None and abs(int(value)) < 2**31
    if kind == "double":
        return _REAL.fullmatch(value) is not None
    form = {"date": r"\d{4}-\d\d-\d\d", "datetime": r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?"}.get(kind)
    if form is None:
        return True
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return re.fullmatch(form, value) is not None


def guessed(values: list[str]) -> str:
    """A column's type as `read_csv(guess_max = 1000, guess_integer = TRUE)` takes it; raises where a later cell does
    not fit. NA is the empty cell and `NA` alone; a number with a leading zero is text."""
    known = [v not in ("", "NA") for v in values]
    first = [v for v, there in zip(values[:1000], known, strict=False) if there]
    kinds = ("logical", "integer", "double", "date", "datetime", "character")
    kind = next(k for k in kinds if all(_fits(k, v) for v in first))
    for number, (value, there) in enumerate(zip(values, known, strict=True), 1):
        if there and not _fits(kind, value):
            raise ValueError(f"row {number}: expected {kind}, actual {value!r}")
    return kind


def rows_of(data: bytes, *, tab: bool) -> list[list[str]]:
    """The cells; raises for a file that readr would warn about."""
    text = data.decode("utf-8")
    if "\r" in text or "\x00" in text or not text.endswith("\n") or text.startswith("\ufeff"):
        raise ValueError("line ends, NUL or byte order mark")
    if tab:
        found = [line.split("\t") for line in text[:-1].split("\n")]
    else:
        found = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    if len({len(row) for row in found}) != 1:
        raise ValueError("rows of different lengths")
    return found


# c character, i integer, d double, D date, l logical (with a *: no cell of the sample is filled)
_PARTIES = "actors=c actor_countries=c actor_sectors=c actor_entities=c recipients=c recipient_countries=c recipient_sectors=c recipient_entities=c"
_PANEL = (
    "iso1=c iso2=c ccode1=i ccode2=i gwcode1=i gwcode2=i start=D year=i month=i mentions=i events=i verbal_cooperation=i "
    "material_cooperation=i verbal_conflict=i material_conflict=i mean_score=d documents=i"
)
TYPES = {
    "csv": "id=c type=c mode=c contexts=c modality=c negated=l quad=c cameo=c plover_score=d goldstein=* " + _PARTIES + " about=* when_start=D "
    "when_end=D when_grain=c when_basis=c place=c place_country=c lat=d lon=d place_basis=c attribution=c attribution_kind=c quote=c spans=c "
    "trigger=c quote_sha256=c score=d reviewed=* coder=c tables=c document=c publisher=c agency=* title=c published=D published_basis=c url=c "
    "text_sha256=c",
    "events-csv": "id=c type=c mode=c contexts=c modality=c quad=c plover_score=d " + _PARTIES + " when_start=D when_end=D when_grain=c when_basis=c "
    "place=c place_country=c lat=d lon=d headline=c n_mentions=i n_documents=i n_publishers=i n_originators=i publishers=c originators=c score=d "
    "reviewed=* story=c series=* mentions=c documents=c",
    "commitments-csv": "id=c kind=c " + _PARTIES + " what=c due_start=D due_end=D due_grain=c state=c since=D reason=c steps=i verifiable=l event=* "
    "mentions=c",
    "dyad-day": _PANEL, "dyad-week": _PANEL, "dyad-month": _PANEL, "dyad-year": _PANEL.replace("month=i", "month=*"),
    "icews": "Event ID=c|Event Date=D|Source Name=c|Source Sectors=c|Source Country=c|Event Text=c|CAMEO Code=c|Intensity=i|Target Name=c|"
    "Target Sectors=c|Target Country=c|Story ID=c|Sentence Number=*|Publisher=c|City=c|District=*|Province=*|Country=c|Latitude=d|Longitude=d",
    "polecat": "Event ID=c|Event Date=D|Event Type=c|Event Mode=*|Intensity=d|Quad Code=c|Contexts=c|Actor Name=c|Actor Country=c|Actor COW=c|"
    "Primary Actor Sector=c|Actor Sectors=c|Actor Title=*|Actor Name Raw=c|Wikipedia Actor ID=*|Recipient Name=c|Recipient Country=c|"
    "Recipient COW=i|Primary Recipient Sector=c|Recipient Sectors=c|Recipient Title=*|Recipient Name Raw=c|Wikipedia Recipient ID=*|Placename=c|"
    "City=c|District=*|Province=*|Country=c|Latitude=d|Longitude=d|GeoNames ID=*|Raw Placename=c|Feature Type=*|Source=c|Publication Date=D|"
    "Story People=*|Story Organizations=*|Story Locations=*|Language=c|Version=c",
    "gdelt": "GLOBALEVENTID=d SQLDATE=i MonthYear=i Year=i FractionDate=d " + " ".join(
        f"Actor{n}Code=c Actor{n}Name=c Actor{n}CountryCode=c Actor{n}KnownGroupCode=* Actor{n}EthnicCode=* Actor{n}Religion1Code=* "
        f"Actor{n}Religion2Code=* Actor{n}Type1Code=c Actor{n}Type2Code=* Actor{n}Type3Code=*" for n in (1, 2)
    ) + " IsRootEvent=i EventCode=c EventBaseCode=c EventRootCode=c QuadClass=i GoldsteinScale=i NumMentions=i NumSources=i NumArticles=i AvgTone=* "
    + " ".join(
        f"Actor{n}Geo_Type=i Actor{n}Geo_Fullname=* Actor{n}Geo_CountryCode=* Actor{n}Geo_ADM1Code=* Actor{n}Geo_ADM2Code=* Actor{n}Geo_Lat=* "
        f"Actor{n}Geo_Long=* Actor{n}Geo_FeatureID=*" for n in (1, 2)
    ) + " ActionGeo_Type=i ActionGeo_Fullname=c ActionGeo_CountryCode=c ActionGeo_ADM1Code=c ActionGeo_ADM2Code=* ActionGeo_Lat=d ActionGeo_Long=d "
    "ActionGeo_FeatureID=* DATEADDED=d SOURCEURL=c",
    "gdelt-mentions": "GLOBALEVENTID=d EventTimeDate=d MentionTimeDate=d MentionType=i MentionSourceName=c MentionIdentifier=c SentenceID=* "
    "Actor1CharOffset=i Actor2CharOffset=i ActionCharOffset=i InRawText=i Confidence=i MentionDocLen=i MentionDocTone=* "
    "MentionDocTranslationInfo=* Extras=c",
    "phoenix": "id_version=c date=i year=i month=c day=c source=c source_root=c source_agent=c source_others=* target=c target_root=c target_agent=c "
    "target_others=* code=c root_code=c quad_class=i goldstein=i issues=c lat=d lon=d place=c state=* country=c story_ids=c urls=c sources=c",
}  # fmt: skip
_LETTERS = {"character": "c", "integer": "i", "double": "d", "date": "D", "datetime": "T", "logical": "l"}


@pytest.mark.parametrize("name", TYPES)
def test_readr_guesses_the_types_that_are_meant(linked: Store, name: str) -> None:
    rows = rows_of(written(linked, name), tab=name in TABBED)
    header = list(HEADLESS[name]) if name in HEADLESS else rows.pop(0)
    assert rows
    found = {}
    for at, column in enumerate(header):
        values = [row[at] for row in rows]
        found[column] = _LETTERS[guessed(values)] if any(values) else "*"
    parts = TYPES[name].split("|" if "|" in TYPES[name] else None)
    assert found == dict(part.rsplit("=", 1) for part in parts)
    assert list(found) == header


def test_every_delimited_format_is_in_the_table() -> None:
    assert set(TYPES) == {name for name, f in FORMATS.items() if f.media in ("text/csv", "text/tab-separated-values")}


def test_no_code_reads_as_not_available() -> None:
    assert fips("NAM") == "WA"


def test_the_rules_of_readr_can_fail() -> None:
    assert guessed(["057", "112"]) == "character"
    assert guessed(["5", "NA", ""]) == "integer"
    assert guessed(["3000000000"]) == "double"
    assert guessed(["2026-02-30"]) == "character"
    assert guessed(["2026-02-28T10:00:00Z"]) == "datetime"
    assert guessed(["n/a"]) == "character"
    with pytest.raises(ValueError, match="row 1001"):
        guessed(["1"] * 1000 + ["x"])
    for data, tab in ((b"a,b\n1\n", False), (b"a\tb\n1\t2\t3\n", True), (b"a\r\n1\r\n", False), (b"a\n1", False), (b"\xef\xbb\xbfa\n1\n", False)):
        with pytest.raises(ValueError, match=r"line ends|lengths"):
            rows_of(data, tab=tab)


def test_parquet_and_xlsx_hold_every_cell_of_the_csv(linked: Store) -> None:
    header, *rows = rows_of(written(linked, "csv"), tab=False)
    table = pyarrow.parquet.read_table(io.BytesIO(written(linked, "parquet")))
    sheet = openpyxl.load_workbook(io.BytesIO(written(linked, "xlsx"))).active
    names, *cells = sheet.iter_rows(values_only=True)
    assert table.column_names == list(names) == header

    def as_text(value: Any) -> str:
        return "" if value is None else str(value).lower() if isinstance(value, bool) else str(neutral(value))

    def number(text: str) -> object:
        return float(text) if _REAL.fullmatch(text) else text

    for found in ([list(r.values()) for r in table.to_pylist()], cells):
        assert [[number(as_text(v)) for v in row] for row in found] == [[number(v) for v in row] for row in rows]
    kinds = {f.name: str(f.type) for f in table.schema}
    assert (kinds["lat"], kinds["negated"]) == ("double", "bool")
    assert kinds["cameo"] in ("string", "large_string", "string_view")


# --- GeoJSON, by RFC 7946 ----------------------------------------------------------------------------------

_POSITION = {"type": "array", "minItems": 2, "maxItems": 3, "prefixItems": [
    {"type": "number", "minimum": -180, "maximum": 180}, {"type": "number", "minimum": -90, "maximum": 90}, {"type": "number"},
]}  # fmt: skip


def _list(items: dict[str, Any], least: int = 0) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least}


_COORDINATES = {
    "Point": _POSITION, "MultiPoint": _list(_POSITION), "LineString": _list(_POSITION, 2), "MultiLineString": _list(_list(_POSITION, 2)),
    "Polygon": _list(_list(_POSITION, 4)), "MultiPolygon": _list(_list(_list(_POSITION, 4))),
}  # fmt: skip
_FOREIGN = ("coordinates", "geometries", "geometry", "properties", "features")  # section 7.1: not where they mean something else
_BARRED = {name: False for name in _FOREIGN} | {"crs": False}
_GEOMETRY = {"oneOf": [
    {"type": "object", "required": ["type", "coordinates"], "properties": {**_BARRED, "type": {"const": kind}, "coordinates": shape}}
    for kind, shape in _COORDINATES.items()
]}  # fmt: skip
RFC7946 = jsonschema_rs.Draft202012Validator({
    "type": "object", "required": ["type", "features"],
    "properties": {**_BARRED, "type": {"const": "FeatureCollection"}, "features": _list({
        "type": "object", "required": ["type", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"}, "id": {"type": ["string", "number"]}, "geometry": {"oneOf": [{"type": "null"}, _GEOMETRY]},
            "properties": {"type": ["object", "null"]}, "coordinates": False, "geometries": False, "features": False, "crs": False,
        },
    })},
})  # fmt: skip


def closed_rings(found: dict[str, Any]) -> bool:
    """What no schema can say: each ring of a polygon ends where it begins."""
    for geometry in (f["geometry"] for f in found["features"] if f["geometry"]):
        if geometry["type"] in ("Polygon", "MultiPolygon"):
            parts = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
            if any(ring[0] != ring[-1] for part in parts for ring in part):
                return False
    return True


def test_geojson_is_that_of_rfc_7946(linked: Store) -> None:
    found = json.loads(written(linked, "geojson").decode("utf-8"))
    RFC7946.validate(found)
    assert closed_rings(found)
    ids = [f["id"] for f in found["features"]]
    assert len(set(ids)) == len(ids) == 1
    assert found["features"][0]["geometry"] == {"type": "Point", "coordinates": [36.82, -1.29]}
    RFC7946.validate(json.loads(written(linked, "geojson", Filter(actor=("ATA",)))))


@pytest.mark.parametrize(
    "geometry",
    [{"type": "Point", "coordinates": [-1.29, 136.82]}, {"type": "Point", "coordinates": [36.8]}, {"type": "Point", "coordinates": ["36.8", "1"]},
     {"type": "point", "coordinates": [1, 2]}, {"type": "LineString", "coordinates": [[1, 2]]}, {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 0]]]},
     {"type": "Point"}, {"type": "Point", "coordinates": [1, 2], "crs": {}}],
)  # fmt: skip
def test_the_schema_refuses_what_the_rfc_does(geometry: dict[str, Any]) -> None:
    feature = {"type": "Feature", "geometry": geometry, "properties": {}}
    assert not RFC7946.is_valid({"type": "FeatureCollection", "features": [feature]})
    feature["geometry"] = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]}
    assert not closed_rings({"features": [feature]})


# --- networks ------------------------------------------------------------------------------------------


def test_both_network_files_hold_the_same_graph(linked: Store) -> None:
    one = networkx.read_graphml(io.BytesIO(written(linked, "graphml")))
    other = networkx.read_gexf(io.BytesIO(written(linked, "gexf")))
    assert set(one.nodes) == set(other.nodes)
    assert set(one.edges) == set(other.edges)
    events = {e.id for e in linked.each_event()}
    for name, values in one.nodes.items():
        assert other.nodes[name]["label"] == values["name"]
        assert {k: other.nodes[name][k] for k in ("kind", "country", "events")} == {k: values[k] for k in ("kind", "country", "events")}
    for pair, values in one.edges.items():
        assert {k: v for k, v in other.edges[pair].items() if k not in ("id", "weight")} == {k: v for k, v in values.items() if k != "id"}
        assert other.edges[pair]["weight"] == values["events"] == len(values["records"].split())
        assert set(values["records"].split()) <= events
        assert isinstance(values["score"], float)


# --- citations -----------------------------------------------------------------------------------------


def read_ris(text: str) -> list[dict[str, list[str]]]:
    """RIS records: `XX  - value` lines, TY first, ER last and empty; nothing between records."""
    out: list[dict[str, list[str]]] = []
    inside = False
    for line in text.removesuffix("\n").split("\n"):
        match = re.fullmatch(r"([A-Z][A-Z0-9])  - (.*)", line)
        if match is None or (match[1] == "TY") == inside:
            raise ValueError(line)
        if match[1] == "TY":
            out.append({})
            inside = True
        if match[1] == "ER":
            if match[2]:
                raise ValueError(line)
            inside = False
        out[-1].setdefault(match[1], []).append(match[2])
    if inside:
        raise ValueError("no ER")
    return out


_PLAIN = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^", **{"\\" + c: c for c in "{}%&#$_"}}


def read_bibtex(text: str) -> dict[str, dict[str, str]]:
    """BibTeX entries with braced values, TeX undone. Raises for a special that is not escaped or a brace left open."""
    out: dict[str, dict[str, str]] = {}
    at = 0

    def take(pattern: str) -> re.Match[str]:
        nonlocal at
        match = re.compile(pattern).match(text, at)
        if match is None:
            raise ValueError(f"expected {pattern} at {text[at : at + 30]!r}")
        at = match.end()
        return match

    while at < len(text):
        key = take(r"\s*@article\{([A-Za-z0-9_:-]+),\s*")[1]
        if key in out:
            raise ValueError(f"{key} twice")
        fields = out[key] = {}
        while text[at] != "}":
            name = take(r"([a-z]+) = \{")[1]
            value = take(r"(?:\\text[a-z]+\{\}|\\[{}%&#$_]|[^\\{}%&#$_~^])*")[0]
            take(r"\},\s*")
            if name in fields:
                raise ValueError(f"{name} twice")
            fields[name] = re.sub(r"\\text[a-z]+\{\}|\\.", lambda m: _PLAIN[m[0]], value)
        take(r"\}\s*")
    return out


_TEXT = {"type": "string", "minLength": 1}
CSL = jsonschema_rs.Draft202012Validator({
    "type": "array", "items": {
        "type": "object", "required": ["id", "type"], "additionalProperties": False,
        "properties": {
            "id": _TEXT, "type": {"const": "article-newspaper"}, "title": _TEXT, "container-title": _TEXT, "URL": _TEXT, "language": _TEXT, "note": _TEXT,
            "author": _list({"type": "object", "required": ["literal"], "additionalProperties": False, "properties": {"literal": _TEXT}}, 1),
            "issued": {"type": "object", "additionalProperties": False, "required": ["date-parts"], "properties": {"date-parts": {
                "type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "array", "minItems": 1, "maxItems": 3, "items": {"type": "integer"}},
            }}},
        },
    },
})  # fmt: skip


def test_three_citation_formats_tell_the_same(linked: Store) -> None:
    ris = {r["ID"][0]: r for r in read_ris(written(linked, "ris").decode("utf-8"))}
    bib = read_bibtex(written(linked, "bibtex").decode("utf-8"))
    works = json.loads(written(linked, "csl"))
    CSL.validate(works)
    assert list(ris) == list(bib) == [w["id"] for w in works]
    assert set(ris) == {f.id for f in linked.documents()}
    for work in works:
        facts, one, other = linked.facts(work["id"]), ris[work["id"]], bib[work["id"]]
        assert facts is not None
        assert one["TI"] == [other["title"]] == [work["title"]] == [facts.title]
        assert one["T2"] == [other["journal"]] == [work["container-title"]] == [facts.publisher]
        assert one.get("UR", [None])[0] == other.get("url") == work.get("URL") == facts.url
        day = "-".join(f"{part:02d}" for part in work["issued"]["date-parts"][0])
        assert one["DA"] == [day.replace("-", "/")]
        assert day == other["date"] == facts.published.start
        assert one["N1"] == other["note"].split(" / ") == work["note"].split("\n")
        assert any(facts.sha256 in note for note in one["N1"])


def test_bibtex_gives_every_special_back(linked: Store) -> None:
    title = "5% of A&B's {#1} cost $2_000 ~ 2^3 \\ more"
    linked.add(coded(f"{title}\n\n{TEXT.split(chr(10), 1)[1]}", source="special.txt"))
    assert title in {entry["title"] for entry in read_bibtex(written(linked, "bibtex").decode("utf-8")).values()}


def test_the_citation_readers_can_fail() -> None:
    for text in ("TY  - NEWS\nTI  - a\n", "TI  - a\nER  - \n", "TY  - NEWS\nloose\nER  - \n", "TY - NEWS\nER  - \n"):
        with pytest.raises(ValueError, match=r"."):
            read_ris(text)
    for text in ("@article{a,\n  title = {5 % b},\n}\n", "@article{a,\n  title = {{b},\n}\n", "@article{a,\n  title = {b}\n}\n"):
        with pytest.raises(ValueError, match="expected"):
            read_bibtex(text)
    assert read_bibtex("@article{a,\n  title = {\\{5\\% \\textbackslash{} \\_\\}},\n}\n") == {"a": {"title": "{5% \\ _}"}}
    assert not CSL.is_valid([{"id": "a", "type": "book"}])
    assert not CSL.is_valid([{"id": "a", "type": "article-newspaper", "issued": {"date-parts": [["2026"]]}}])


# --- calendar ------------------------------------------------------------------------------------------


def read_calendar(data: bytes) -> list[dict[str, str]]:
    """The VEVENTs of an iCalendar stream (RFC 5545): CRLF, lines of at most 75 octets, unfolded as octets, text
    unescaped. Raises for what the RFC does not let be."""
    lines = data.split(b"\r\n")
    if lines.pop() != b"" or any(b"\n" in line or b"\r" in line or len(line) > 75 for line in lines):
        raise ValueError("line ends or length")
    for line in lines:
        line.decode("utf-8")  # our folds split no character
    joined = data[:-2].replace(b"\r\n ", b"").decode("utf-8").split("\r\n")
    out: list[dict[str, str]] = []
    open_: list[str] = []
    head: dict[str, str] = {}
    for line in joined:
        match = re.fullmatch(r"([A-Z-]+)((?:;[A-Z-]+=[^;:,\"]+)*):(.*)", line)
        if match is None or any(ord(ch) < 32 and ch != "\t" for ch in line):
            raise ValueError(line)
        name, value = match[1], match[3]
        if name == "BEGIN":
            open_.append(value)
            if value == "VEVENT":
                out.append({})
            continue
        if name == "END":
            if open_.pop() != value:
                raise ValueError(line)
            continue
        where = head if open_ == ["VCALENDAR"] else out[-1] if open_ == ["VCALENDAR", "VEVENT"] else None
        if where is None or name in where:
            raise ValueError(line)
        if name in ("SUMMARY", "DESCRIPTION"):
            if re.search(r"(?<!\\)(?:\\\\)*[;,]", value) or re.search(r"(?<!\\)(?:\\\\)*\\(?![\\;,nN])", value):
                raise ValueError(line)
            value = re.sub(r"\\(.)", lambda m: "\n" if m[1] in "nN" else m[1], value)
        if name in ("DTSTART", "DTEND"):
            if match[2] != ";VALUE=DATE":
                raise ValueError(line)
            value = dt.datetime.strptime(value, "%Y%m%d").date().isoformat()
        if name == "DTSTAMP":
            dt.datetime.strptime(value, "%Y%m%dT%H%M%SZ")
        where[name] = value
    if open_ or head.get("VERSION") != "2.0" or not head.get("PRODID"):
        raise ValueError("calendar")
    for event in out:
        if not {"UID", "DTSTAMP", "DTSTART"} <= set(event) or event.get("DTEND", "9") <= event["DTSTART"]:
            raise ValueError(f"event {event}")
        if event.get("STATUS") not in ("TENTATIVE", "CONFIRMED", "CANCELLED"):
            raise ValueError("status")
    return out


def test_the_calendar_is_that_of_rfc_5545(linked: Store) -> None:
    found = read_calendar(written(linked, "ics"))
    (item,) = linked.commitments()
    assert found == [{
        "UID": f"{item.id}@communique", "DTSTAMP": "20260304T000000Z", "DTSTART": item.due.start, "DTEND": item.due.end,
        "SUMMARY": f"Japan → Kenya: {item.what} (pledged)", "DESCRIPTION": "2026-03-04: pledged (first said)", "STATUS": "TENTATIVE",
    }]  # fmt: skip


def test_the_calendar_reader_can_fail(linked: Store) -> None:
    good = written(linked, "ics")
    for old, new in ((b"\r\n", b"\n"), (b"\\;", b";"), (b"DTSTAMP", b"X-STAMP"), (b"20260701", b"20260601"), (b"END:VEVENT\r\n", b""), (b"VERSION:2.0", b"VERSION:1.0")):
        assert old in good
        with pytest.raises(ValueError, match=r"."):
            read_calendar(good.replace(old, new))


# --- the description beside ----------------------------------------------------------------------------------


CODES = {
    "ccode1", "ccode2", "gwcode1", "gwcode2", "Event ID", "CAMEO Code", "Actor COW", "Recipient COW", "GLOBALEVENTID", "EventCode", "EventBaseCode",
    "EventRootCode", "code", "root_code", "GeoNames ID", "Story ID", "date",
}  # fmt: skip


def test_the_package_describes_every_file(linked: Store, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    names = {}
    for name, form in FORMATS.items():
        names[f"{name}.{form.ending}"] = name
        export(linked, name, None, folder / f"{name}.{form.ending}")
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = {r["path"]: r for r in package["resources"]}
    assert set(resources) == {*names, "tombstones.csv"} == {p.name for p in folder.iterdir()} - {"datapackage.json"}
    assert len({r["name"] for r in package["resources"]}) == len(package["resources"])
    for path, resource in resources.items():
        data = (folder / path).read_bytes()
        assert resource["bytes"] == len(data)
        assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
        assert resource["format"] == names.get(path, "csv")
        fields = [f["name"] for f in resource.get("schema", {}).get("fields", ())]
        dialect = resource.get("dialect", {})
        if path.endswith(".parquet"):
            assert fields == pyarrow.parquet.read_schema(io.BytesIO(data)).names
        elif path.endswith(".xlsx"):
            assert fields == list(next(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)))
        elif resource["mediatype"] in ("text/csv", "text/tab-separated-values"):
            rows = rows_of(data, tab=dialect.get("delimiter") == "\t")
            headless = dialect.get("header") is False
            assert headless == (names.get(path) in HEADLESS)
            assert fields == (list(HEADLESS[names[path]]) if headless else rows[0])
            assert len(rows[-1]) == len(fields)
            types = {f["name"]: f["type"] for f in resource["schema"]["fields"]}
            for field, cells in zip(fields, zip(*rows[0 if headless else 1 :], strict=True), strict=False):
                told = [cell for cell in cells if cell]
                whole = [cell for cell in told if re.fullmatch(r"-?(0|[1-9]\d*)", cell)]
                if types[field] in ("integer", "number"):
                    assert all(re.fullmatch(r"-?\d+" if types[field] == "integer" else r"-?\d+(\.\d+)?(e-?\d+)?", cell) for cell in told), (path, field)
                else:
                    assert not told or len(whole) < len(told) or field in CODES, f"{path}: {field} holds whole numbers and is called {types[field]}"
        else:
            assert not fields, path
