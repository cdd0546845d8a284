"""Reviewing from the pages: verdicts are rows, corrections show, undo brings back, another name is another coder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS

from communique.errors import UsageError
from communique.records import EventMention, Span
from communique.serve import acts, make_app
from communique.serve.jobs import plain_name

Client = TestClient[Litestar]


@pytest.fixture
def client(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setattr(acts, "relink", lambda site: None)  # the events of this store were made by hand
    with TestClient(make_app(fresh, hosts=HOSTS)) as found:
        yield found


def post(client: Client, path: str, **data: str) -> str:
    data["csrf"] = client.get("/api/session").json()["csrf"]
    answer = client.post(path, data=data, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def agree(client: Client) -> str:
    return str(client.get("/mentions.json?type=AID").json()["rows"][0]["id"])


def test_reject_hides_and_undo_brings_back(client: Client) -> None:
    id = agree(client)
    before = client.get("/mentions.json").json()["total"]
    post(client, "/review/act", target=id, act="reject")
    assert client.get("/mentions.json").json()["total"] == before - 1
    page = client.get("/review").text
    undoes = page.split('name="undoes" value="')[1].split('"')[0]
    post(client, "/review/act", target=id, act="undo", undoes=undoes)
    assert client.get("/mentions.json").json()["total"] == before


def test_correction_shows_everywhere(client: Client) -> None:
    id = agree(client)
    post(client, "/review/act", target=id, act="correct", type="SUPPORT", modality="actual", mode="", actors="Japan | JPN\nSouth Korea | KOR", recipients="Kenya | KEN", when_start="2026-03-02", when_end="2026-03-03")
    row = client.get("/mentions.json?type=SUPPORT").json()["rows"][0]
    assert row["id"] == id and row["reviewed"] == "corrected" and [a["country"] for a in row["actors"]] == ["JPN", "KOR"]
    assert row["when"]["start"] == "2026-03-02" and row["mode"] is None
    log = client.get(f"/api/reviews?target={id}").json()
    assert {r["field"] for r in log} == {"type", "modality", "mode", "actors", "when"} and all(r["before"] for r in log)


def test_a_correction_that_cannot_be_is_refused(client: Client) -> None:
    for data in ({"actors": "Atlantis | ATL"}, {"when_start": "soon"}, {"type": "DANCE"}, {}):
        body = {"csrf": client.get("/api/session").json()["csrf"], "target": agree(client), "act": "correct", **data}
        answer = client.post("/review/act", data=body, follow_redirects=False)
        assert answer.status_code == 400 and "Traceback" not in answer.text, data


def test_a_difference_is_settled_and_opened_again(client: Client) -> None:
    event = next(e["id"] for e in client.get("/events.json").json()["rows"] if client.get(f"/event/{e['id']}.json").json()["discrepancies"])
    there = post(client, "/review/settle", event=event, field="actors", side="left")
    assert there == f"/event/{event}" and "settled by" in client.get(there).text and "<u>" not in client.get(there).text
    held = client.get(f"/event/{event}.json").json()["discrepancies"][0]["settled"]
    assert held["value"] == "Kenya; <u>Tanzania</u>"
    assert post(client, "/review/act", act="undo", target=held["target"], undoes=held["id"], back=there) == there
    assert client.get(f"/event/{event}.json").json()["discrepancies"][0]["settled"] is None
    body = {"csrf": client.get("/api/session").json()["csrf"], "event": event, "field": "place", "side": "left"}
    assert client.post("/review/settle", data=body, follow_redirects=False).status_code == 404


def test_a_search_is_saved_opened_and_deleted(client: Client) -> None:
    asked = "?type=AID&since=2026-03-01&dyad=KEN-TZA&box=-12%2C30%2C5%2C42"
    there = post(client, f"/searches/save{asked}", name="Lake <b>aid</b>", kind="mention")
    wanted = client.get("/mentions.json" + asked).json()
    assert client.get(there.replace("?", ".json?")).json()["total"] == wanted["total"]
    row = client.get("/events.json").json()["saved"][0]
    assert (row["name"], row["kind"], row["on"]) == ("Lake <b>aid</b>", "mention", False) and client.get("/search.json").json()["saved"] == [row]
    opened = client.get(row["href"].replace("?", ".json?")).json()
    assert [r["id"] for r in opened["rows"]] == [r["id"] for r in wanted["rows"]] and opened["saved"][0]["on"]
    html = client.get(row["href"]).text
    assert 'action="/searches/forget"' in html and "<b>aid" not in html and 'aria-current="true"><bdi>Lake' in html
    post(client, "/searches/save?type=AGREE", name="Lake <b>aid</b>")
    assert [(s["kind"], s["href"]) for s in client.get("/events.json").json()["saved"]] == [("event", "/events?type=AGREE")]
    assert post(client, "/searches/forget", name="Lake <b>aid</b>", back="/events?type=AGREE") == "/events?type=AGREE"
    assert client.get("/events.json").json()["saved"] == []


def test_a_search_that_cannot_be_saved_is_refused(client: Client) -> None:
    csrf = client.get("/api/session").json()["csrf"]
    for path, data, status in [("save?type=AID", {"name": " "}, 400), ("save?since=soon", {"name": "a"}, 400), ("save", {"name": "a", "kind": "x"}, 400), ("forget", {"name": "a"}, 404)]:
        assert client.post(f"/searches/{path}", data={"csrf": csrf, **data}, follow_redirects=False).status_code == status, path
    assert client.post("/searches/save?type=AID", data={"name": "a"}, follow_redirects=False).status_code == 403
    assert client.get("/events.json").json()["saved"] == []


def test_second_coder_and_agreement(client: Client) -> None:
    id = agree(client)
    post(client, "/review/name", name="Ann", back="/review")
    post(client, "/review/act", target=id, act="accept")
    post(client, "/review/name", name="Ben", back="/review")
    page = client.get("/review.json?queue=second").json()
    assert page["record"]["id"] == id
    post(client, "/review/act", target=id, act="reject", queue="second")
    assert client.get("/quality.json").json()["agreement"][0]["n"] == 1
    post(client, "/review/name", name="Cleo", back="/review")
    assert client.get("/review.json?queue=adjudicate").json()["record"]["id"] == id


def test_queue_goes_on_and_skips(client: Client) -> None:
    first = client.get("/review.json").json()["record"]["id"]
    there = post(client, "/review/act", target=first, act="skip", queue="uncertain")
    assert client.get(there.replace("/review?", "/review.json?")).json()["record"]["id"] != first
    post(client, "/review/act", target=first, act="accept", queue="uncertain")
    rows = client.get("/quality.json").json()["rows"]
    assert rows[0]["n"] == 1 and rows[0]["right"] == 1 and rows[0]["low"] < 1


def test_sample_is_of_what_nobody_judged(client: Client) -> None:
    seen = set()
    while (record := client.get("/review.json?queue=sample").json()["record"]) is not None:
        assert record["id"] not in seen
        seen.add(record["id"])
        post(client, "/review/act", target=record["id"], act="accept")
    assert len(seen) == client.get("/mentions.json").json()["total"]


def test_corrections_of_nothing_are_none() -> None:
    shown = EventMention(id="m", document="d", type="AGREE", trigger=Span(0, 1), evidence=(Span(0, 1),))
    assert acts.corrections(shown, {"type": "AGREE", "modality": "actual", "mode": " ", "actors": "\n", "when_start": "", "when_end": ""}) == {}
    with pytest.raises(UsageError, match="is not a date"):
        acts.corrections(shown, {"when_start": "8/9/2025"})


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\report.txt", "report.txt"), ("a\u202eb.txt", "ab.txt"), ("..", "unnamed.txt"), ("", "unnamed.txt"), ("x" * 300, "x" * 120)],
)  # fmt: skip
def test_names_of_files_are_only_names(given: str, kept: str) -> None:
    assert plain_name(given) == kept
