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
from communique.text import digest

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


def test_an_undone_verdict_comes_back_within_its_queue(client: Client) -> None:
    """The record is shown again, with the queue to go on with and what was skipped; skipping works there."""
    id = client.get("/review.json?queue=uncertain").json()["record"]["id"]
    on = post(client, "/review/act", target=id, act="accept", queue="uncertain", skip="x")
    page = client.get(on).text
    form = page.split('name="undoes" value="')[1]
    back = form.split('name="back" value="')[1].split('"')[0].replace("&amp;", "&")
    assert post(client, "/review/act", target=id, act="undo", undoes=form.split('"')[0], back=back) == f"/review/{id}?queue=uncertain&skip=x"
    again = client.get(back).text
    assert 'data-key="skip"' in again and f'name="target" value="{id}"' in again and 'name="queue" value="uncertain"' in again
    assert post(client, "/review/act", target=id, act="skip", queue="uncertain", skip="x") == f"/review?queue=uncertain&skip=x,{id}"
    assert 'data-key="skip"' not in client.get(f"/review/{id}?queue=nosuch").text


def test_correction_shows_everywhere(client: Client) -> None:
    id = agree(client)
    post(client, "/review/act", target=id, act="correct", type="SUPPORT", modality="actual", mode="", actors="Japan | JPN\nSouth Korea | KOR", recipients="Kenya | KEN", when_start="2026-03-02", when_end="2026-03-03")
    row = client.get("/mentions.json?type=SUPPORT").json()["rows"][0]
    assert row["id"] == id and row["reviewed"] == "corrected" and [a["country"] for a in row["actors"]] == ["JPN", "KOR"]
    assert row["when"]["start"] == "2026-03-02" and row["mode"] is None
    log = client.get(f"/api/reviews?target={id}").json()
    assert {r["field"] for r in log} == {"type", "modality", "mode", "actors", "when"} and all(r["before"] for r in log)
    told = client.get("/quality.json").json()["corrected"]
    assert told["types"] == [{"coded": "AID", "right": "SUPPORT", "n": 1}] and [f["n"] for f in told["fields"]] == [1] * 5
    assert "Types taken for another" in client.get("/quality").text
    undoes = next(r["id"] for r in log if r["field"] == "type")
    post(client, "/review/act", target=id, act="undo", undoes=undoes)
    assert client.get("/quality.json").json()["corrected"]["types"] == []


def test_a_correction_that_cannot_be_is_refused(client: Client) -> None:
    for data in ({"actors": "Atlantis | ATL"}, {"when_start": "soon"}, {"type": "DANCE"}, {}):
        body = {"csrf": client.get("/api/session").json()["csrf"], "target": agree(client), "act": "correct", **data}
        answer = client.post("/review/act", data=body, follow_redirects=False)
        assert answer.status_code == 400 and "Traceback" not in answer.text, data


def test_a_difference_is_settled_and_opened_again(client: Client) -> None:
    event = next(e["id"] for e in client.get("/events.json").json()["rows"] if client.get(f"/event/{e['id']}.json").json()["discrepancies"])
    there = post(client, "/review/settle", event=event, field="actors", value=digest("Kenya; <u>Tanzania</u>", length=12))
    assert there == f"/event/{event}" and "settled by" in client.get(there).text and "<u>" not in client.get(there).text
    held = client.get(f"/event/{event}.json").json()["discrepancies"][0]["settled"]
    assert held["value"] == "Kenya; <u>Tanzania</u>"
    assert post(client, "/review/act", act="undo", target=held["target"], undoes=held["id"], back=there) == there
    assert client.get(f"/event/{event}.json").json()["discrepancies"][0]["settled"] is None
    body = {"csrf": client.get("/api/session").json()["csrf"], "event": event, "field": "place", "value": ""}
    assert client.post("/review/settle", data=body, follow_redirects=False).status_code == 404
    assert client.post("/review/settle", data=body | {"field": "actors", "value": "Atlantis"}, follow_redirects=False).status_code == 404


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
    assert acts.corrections(shown, {"contexts": "", "where": ""}) == {}


def test_every_field_of_the_form_is_taken(client: Client) -> None:
    record = next(r for r in client.get("/mentions.json").json()["rows"] if r["type"] != "ASSAULT")
    form = {"type": "ASSAULT", "mode": "aerial", "contexts": "military, Human Rights", "where": "Busan", "actors": "Japan\nRebels | KEN", "when_start": "2025-03-01", "when_end": "2025-03-03"}
    post(client, "/review/act", target=record["id"], act="correct", **form)
    found = client.get(f"/api/mentions/{record['id']}").json()
    assert (found["type"], found["mode"], found["quad"], found["contexts"]) == ("ASSAULT", "aerial", "material conflict", ["human_rights", "military"])
    assert found["where"]["country"] == "KOR" and found["where"]["lat"] is not None and found["when"]["end"] == "2025-03-03"
    assert [(p["name"], p["country"]) for p in found["actors"]] == [("Japan", "JPN"), ("Rebels", "KEN")]
    assert f'value="{found["where"]["name"]}"' in client.get(f"/review/{record['id']}").text


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\x\\report.txt", "report.txt"), ("a\u202eb.txt", "ab.txt"), ("..", "unnamed.txt"), ("", "unnamed.txt"), ("x" * 300, "x" * 120)],
)  # fmt: skip
def test_names_of_files_are_only_names(given: str, kept: str) -> None:
    assert plain_name(given) == kept


def picked(client: Client, text: str, quote: str, **more: str) -> dict[str, str]:
    """The form for a missed record over these words of the report whose text holds `text`."""
    for row in client.get("/documents.json").json()["rows"]:
        held = str(client.get(f"/document/{row['id']}.json").json()["text"])
        if text in held:
            return {"document": row["id"], "quote": quote, "type": "CONSULT", "modality": "actual"} | more
    raise AssertionError(text)


def test_a_missed_record_is_added_by_its_words_and_taken_back(client: Client) -> None:
    form = picked(client, "\U0001f1ef\U0001f1f5", "\U0001f469\u200d\U0001f680 North Korea of  a breach", act="breach", actors="Japan\nits envoy | KOR", when_start="2026-03-05", mode="visit", why="<b>told</b>")
    there = post(client, "/review/missed", **form)
    page, _, id = there.partition("#t-")
    data = client.get(f"{page}.json").json()
    row = next(r for r in data["records"] if r["id"] == id)
    assert data["text"][slice(*row["span"])] == row["trigger"] == "breach" and row["quote"] == "\U0001f469\u200d\U0001f680 North Korea of a breach"
    assert (row["type"], row["mode"], row["quad"], row["coder"], row["when"]["start"], row["when"]["end"]) == ("CONSULT", "visit", "verbal cooperation", "by hand", "2026-03-05", "2026-03-06")
    assert [(p["country"], p["entity"]) for p in row["actors"]] == [("JPN", "country:JPN"), ("KOR", "country:KOR")]
    assert row["added"]["by"] == "reviewer" and row["why"]["reasons"][0].startswith("added by hand by reviewer, 20")
    html = client.get(page).text
    assert f'id="t-{id}"' in html and "by hand, <bdi>reviewer" in html and "<b>told" not in html
    assert id in {r["id"] for r in client.get("/mentions.json?type=CONSULT").json()["rows"]}
    post(client, "/review/act", target=id, act="undo", undoes=row["added"]["id"], back=page)
    assert id not in {r["id"] for r in client.get(f"{page}.json").json()["records"]}
    assert post(client, "/review/missed", **form).startswith(page), "what was taken back can be added again"


def test_offsets_of_selected_words_count_only_where_these_words_stand(client: Client) -> None:
    form = picked(client, "\U0001f1ef\U0001f1f5", "n")
    text = str(client.get(f"/document/{form['document']}.json").json()["text"])
    at = text.index("accused")
    for start, end, kept in ((at + 1, at + 3, "cc"), (text.index("aeroK") - 1, text.index("aeroK") + 5, "aeroK")):
        there = post(client, "/review/missed", **form | {"quote": kept, "start": str(start), "end": str(end)})
        rows = client.get(f"/document/{form['document']}.json").json()["records"]
        assert next(r for r in rows if there.endswith(r["id"]))["trigger"] == kept
    for wrong, told in [
        ({"quote": "accused", "start": "0", "end": "4"}, 303), ({"quote": "n"}, 400), ({"quote": "no such words"}, 400), ({"quote": " \n"}, 400), ({"quote": "accused", "act": "of"}, 400),
        ({"quote": "accused", "type": "DANCE"}, 400), ({"quote": "accused", "actors": "X | ATL"}, 400), ({"quote": "accused", "when_start": "soon"}, 400), ({"quote": "accused", "mode": "tea"}, 400),
        ({"quote": "accused", "modality": "maybe"}, 400), ({"quote": "accused", "document": "none"}, 400),
    ]:  # fmt: skip
        body = form | {"csrf": client.get("/api/session").json()["csrf"]} | wrong
        answer = client.post("/review/missed", data=body, follow_redirects=False)
        assert (answer.status_code in (400, 404)) == (told == 400) and "Traceback" not in answer.text, wrong


def test_a_stretch_without_a_record_is_offered_in_the_form(client: Client) -> None:
    form = picked(client, "\U0001f1ef\U0001f1f5", "")
    text = str(client.get(f"/document/{form['document']}.json").json()["text"])
    at = text.index("Japan")
    html = client.get(f"/document/{form['document']}?missed={at}-{at + 13}").text
    assert f'name="start" value="{at}"' in html and "Japan &lt;img sr</textarea>" in html and 'id="missed" open' in html
    for wrong in ("9-3", "0-99999999", "x", "1-2-3"):
        assert 'id="missed" open' not in client.get(f"/document/{form['document']}?missed={wrong}").text


def test_what_the_api_adds_is_measured_like_the_rest(client: Client) -> None:
    form = picked(client, "\U0001f1ef\U0001f1f5", "")
    sent = {"document": form["document"], "start": 0, "end": 7, "type": "AID"}
    csrf = client.get("/api/session").json()["csrf"]
    made = client.post("/api/missed", json=sent, headers={"x-csrf-token": csrf}).json()
    assert (made["quad"], made["coder"]) == ("material cooperation", "by hand")
