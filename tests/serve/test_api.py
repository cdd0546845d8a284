"""The API: its document describes it, its lists are those of the store, and odd questions get one line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS

from communique.cli import main
from communique.records import Commitment, Event, EventMention
from communique.serve import make_app

Client = TestClient[Litestar]


def test_openapi_document_is_whole(client: Client) -> None:
    found = client.get("/api/openapi.json").json()
    assert found["openapi"].startswith("3.1")
    assert {"/api/events", "/api/mentions", "/api/documents/{id}", "/api/review"} <= set(found["paths"])
    assert not [p for p in found["paths"] if not p.startswith("/api")]
    assert "Event" in str(list(found["components"]["schemas"]))


def test_records_decode_as_records(client: Client) -> None:
    events = client.get("/api/events").json()
    assert events["total"] == len(msgspec.convert(events["rows"], list[Event]))
    msgspec.convert(client.get("/api/mentions").json()["rows"], list[EventMention])
    msgspec.convert(client.get("/api/commitments").json(), list[Commitment])


def test_paging_gives_every_row_once(client: Client) -> None:
    every = [m["id"] for m in client.get("/api/mentions").json()["rows"]]
    got, after = [], ""
    while True:
        page = client.get("/api/mentions", params={"limit": 1} | ({"after": after} if after else {})).json()
        got += [m["id"] for m in page["rows"]]
        if not page["next"]:
            break
        after = page["next"]
    assert got == every and len(set(got)) == len(got)


def test_quotes_stand_where_they_say(client: Client) -> None:
    for row in client.get("/api/mentions").json()["rows"]:
        one = client.get(f"/api/mentions/{row['id']}").json()
        text = client.get(f"/api/documents/{row['document']}").json()["text"]
        for q in one["quotes"]:
            assert text[q["span"][0] : q["span"][1]] == q["quote"]


@pytest.mark.parametrize("name", ["csv", "jsonl", "plover", "icews", "polecat", "gdelt", "geojson", "graphml", "ris", "bibtex", "ics", "dyad-month"])
def test_exports_come_as_files(client: Client, name: str) -> None:
    answer = client.get(f"/api/export/{name}")
    assert answer.status_code == 200 and "attachment" in answer.headers["content-disposition"]


@pytest.mark.parametrize(
    ("address", "status"),
    [("/api/events?limit=0", 400), ("/api/events?since=x", 400), ("/api/events?nonsense=1", 400), ("/api/events/none", 404), ("/api/export/nope", 404),
     ("/api/dyads/J/KOR", 400), ("/api/facets/zzz", 400), ("/api/search", 400), ("/api/search?q=%22%22", 400), ("/api/explain/zzzz", 404),
     ("/api/jobs/none", 404), ("/api/changes?since=-1", 400), ("/api/events?box=1,2,3", 400), ("/api/mentions?dyad=JPN", 400)],
)  # fmt: skip
def test_odd_questions(client: Client, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status, answer.text
    if status != 200:
        assert set(answer.json()) == {"error", "status"}


def test_feeds(client: Client) -> None:
    from xml.etree import ElementTree

    items = ElementTree.fromstring(client.get("/events.rss").content).findall("channel/item")
    assert len(items) == client.get("/events.json").json()["total"]
    assert client.get("/commitments.ics").text.startswith("BEGIN:VCALENDAR")
    held = client.get("/commitments.json").json()["rows"][0]
    for query, n in ((f"by={held['by'][0]['country']}", 1), (f"kind={held['kind']}", 1), ("kind=threat", 0), ("by=NRU", 0), ("since=2026-05-01", 1), ("since=2030-01-01", 0)):
        assert client.get(f"/commitments.ics?{query}").text.count("BEGIN:VEVENT") == n, query
    assert len(client.get("/events.geojson").json()["features"]) >= 1


def test_a_misspelt_filter_is_refused_and_not_left_out(client: Client) -> None:
    for path in ("/api/events", "/api/mentions", "/api/facets/event", "/api/accuracy"):
        answer = client.get(f"{path}?aktor=KEN")
        assert answer.status_code == 400 and "aktor" in answer.text and "actor, recipient" in answer.text, path
        assert client.get(f"{path}?actor=KEN").status_code == 200, path
    for path in ("/api/export/csv", "/api/documents", "/api/commitments", "/api/counts", "/api/runs"):
        answer = client.get(f"{path}?aktor=KEN")
        assert answer.status_code == 400 and "aktor" in answer.text, path
        assert client.get(path).status_code == 200, path


def test_a_verdict_over_the_api_reaches_the_event(tmp_path: Path) -> None:
    report = tmp_path / "r.txt"
    report.write_text("LIMA, March 3 - Peru and Chile held talks on copper in Lima on Monday. Kenya condemned Uganda on Monday.")
    assert main(["add", str(report), "--published", "2025-03-04", "--store", str(tmp_path / "s.db")]) == 0
    with TestClient(make_app(tmp_path / "s.db", hosts=HOSTS)) as client:
        headers = {"x-csrf-token": client.get("/api/session").json()["csrf"]}
        (record,) = client.get("/api/mentions?actor=KEN").json()["rows"]

        def told() -> list[str]:
            return [e["type"] for e in client.get("/api/events?actor=KEN").json()["rows"]]

        assert told() == ["ACCUSE"]
        for act, more, types in (("correct", {"field": "type", "value": "AID"}, ["AID"]), ("reject", {}, [])):
            answer = client.post("/api/review", json={"target": record["id"], "act": act, "by": "ana", **more}, headers=headers)
            assert answer.status_code == 201, answer.text
            assert told() == types
        assert client.post("/api/review", json={"target": record["id"], "act": "undo", "by": "ana", "undoes": answer.json()["id"]}, headers=headers).status_code == 201
        assert told() == ["AID"]
