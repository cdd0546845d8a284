"""The pages that look ahead: odds with reasons and hit rates, intervals, switches, the scoreboard, without scripts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS
from tests.store.factory import event, simple

from communique.forecast import scoreboard
from communique.records import Commitment, When
from communique.serve import foresight, make_app
from communique.store import open_store

PAGES = ("/foresight", "/foresight/next?actor=KEN", "/foresight/next?dyad=KEN-TZA", "/foresight/counts?dyad=KEN-TZA",
         "/foresight/warnings?back=365", "/foresight/scoreboard", "/foresight/indicators?dyad=KEN-TZA", "/dyad/KEN/TZA")  # fmt: skip


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty weeks of a busy pair that falls out with itself at the end, and two quieter ones."""
    rng = random.Random(3)
    path = tmp_path_factory.mktemp("foresight") / "store.db"
    docs = []
    start = date(2026, 1, 5)
    for n in range(240):
        day = start + timedelta(days=rng.randrange(205))
        a, b = rng.choice([("KEN", "TZA")] * 4 + [("TZA", "KEN")] * 3 + [("JPN", "KOR"), ("KOR", "JPN")])
        docs.append(simple(n, actor=a, recipient=b, day=day.isoformat(), type=rng.choice(["AGREE", "CONSULT"]), published=(day + timedelta(days=1)).isoformat()))
    for n in range(240, 252):
        day = start + timedelta(days=200 + n % 6)
        docs.append(simple(n, actor="KEN", recipient="TZA", day=day.isoformat(), type="THREATEN", published=day.isoformat()))
    made = docs[0].mentions[0]
    promise = Commitment(
        id="cm_1", kind="event", by=made.actors, to=made.recipients, what="a summit", due=When(start="2026-07-10", end="2026-07-11", grain="day", basis="stated"),
        state="scheduled", history=(), mentions=(made.id,),
    )  # fmt: skip
    with open_store(path) as store:
        store.add_many(docs)
        store.replace_derived([event(m, quad="verbal conflict" if m.type == "THREATEN" else "verbal cooperation") for d in docs for m in d.mentions], [], [promise], [])
    return path


@pytest.fixture
def client(path: Path) -> Iterator[TestClient[Litestar]]:
    """A client of a server over it."""
    with TestClient(make_app(path, hosts=HOSTS)) as found:
        yield found


def test_every_probability_has_its_hit_rate_its_reasons_and_their_records(client: TestClient[Litestar]) -> None:
    found = client.get("/foresight/next.json?actor=KEN").json()
    assert found["thin"] is None and found["test"]["skill"] > -1
    for f in found["rows"]:
        assert abs(sum(r["share"] for r in f["reasons"]) - f["probability"]) < 1e-9
    assert any(f["tested"] for f in found["rows"])
    page = client.get("/foresight/next?actor=KEN").text
    for record in re.findall(r'href="/event/([0-9a-f]+)"', page)[:5]:
        assert client.get(f"/event/{record}").status_code == 200
    assert page.count("/event/") > 10 and "Came true" in page and "Base rate" in page


def test_csv_has_a_row_a_forecast(client: TestClient[Litestar]) -> None:
    lines = client.get("/foresight/next.csv?dyad=KEN-TZA").text.splitlines()
    assert lines[0].startswith("actor,recipient,type,start,end,probability") and len(lines) > 3


def test_counts_show_both_intervals_in_order(client: TestClient[Litestar]) -> None:
    rows = client.get("/foresight/counts.json?dyad=KEN-TZA").json()["rows"]
    assert len(rows) == 8 and all(r["low90"] <= r["low50"] <= r["high50"] <= r["high90"] for r in rows)
    assert max(r["high90"] for r in rows) > 0
    assert client.get("/foresight/counts?dyad=KEN-TZA").text.count("<rect") == 16


def test_a_rule_can_be_turned_off_and_states_its_false_alarms(client: TestClient[Litestar]) -> None:
    on = client.get("/foresight/warnings.json?back=365").json()
    assert any(w["rule"] == "spike" for w in on["rows"])
    off = client.get("/foresight/warnings.json?back=365&off=spike").json()
    assert not any(w["rule"] == "spike" for w in off["rows"]) and off["off"] == ["spike"]
    page = client.get("/foresight/warnings?back=365&off=spike").text
    assert "turn on" in page and "turn off" in page and "not known: too little history" in page  # less than three pair-years
    assert client.get("/foresight/warnings?off=nonsense").status_code == 400


def test_a_kept_forecast_lands_on_the_board_once(client: TestClient[Litestar], path: Path) -> None:
    page = client.get("/foresight/next?dyad=KEN-TZA")
    token = re.search(r'name="csrf" value="([^"]+)"', page.text)
    assert token is not None
    form = {"csrf": token[1], "dyad": "KEN-TZA", "actor": "", "horizon": "7d"}
    kept = scoreboard.ledger_path(path)
    kept.unlink(missing_ok=True)
    for _ in range(2):
        assert client.post("/foresight/keep", data=form, headers={"origin": "http://testserver.local"}, follow_redirects=False).status_code == 303
    board = client.get("/foresight/scoreboard.json").json()["board"]
    assert board["issued"] == len(kept.read_text().splitlines()) > 3
    assert client.post("/foresight/keep", data={"dyad": "KEN-TZA"}, headers={"origin": "http://testserver.local"}).status_code in (400, 403)


def test_looking_issues_nothing(client: TestClient[Litestar], path: Path) -> None:
    kept = scoreboard.ledger_path(path)
    before = kept.read_bytes() if kept.exists() else b""
    for address in PAGES:
        assert client.get(address).status_code == 200
    assert (kept.read_bytes() if kept.exists() else b"") == before


def test_a_read_only_server_writes_no_file(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "s.db"
    with open_store(path) as store:
        store.snapshot(copy)
    with TestClient(make_app(copy, hosts=HOSTS, read_only=True)) as client:
        for address in PAGES:
            assert client.get(address).status_code == 200
        assert "/foresight/keep" not in client.get("/foresight/next?actor=KEN").text
    assert not [f.name for f in tmp_path.iterdir() if "forecast" in f.name]


def test_the_page_of_a_pair_carries_a_ribbon(client: TestClient[Litestar]) -> None:
    page = client.get("/dyad/KEN/TZA").text
    assert "Likeliest within a week" in page and "base rate" in page and re.search(r"such odds came true|not tested", page)


@pytest.mark.parametrize("address", ["/foresight/next?actor=K", "/foresight/next?dyad=KEN", "/foresight/next?actor=KEN&dyad=KEN-TZA", "/foresight/next?actor=KEN&horizon=9y", "/foresight/counts?actor=KEN", "/foresight/indicators?dyad=KEN-TZA&weeks=0", "/foresight/warnings?back=3", "/foresight?as_of=never"])
def test_what_cannot_be_answered_is_said_in_a_line(client: TestClient[Litestar], address: str) -> None:
    found = client.get(address)
    assert found.status_code == 400 and "Traceback" not in found.text


def test_as_of_sees_only_what_was_published_before(client: TestClient[Litestar]) -> None:
    early = client.get("/foresight/indicators.json?dyad=KEN-TZA&as_of=2026-06-01").json()
    assert early["rows"] and max(r["week"] for r in early["rows"]) < "2026-06-01"
    assert not any(r["KEN_TZA_verbal_conflict"] for r in early["rows"])


def test_an_overdue_warning_opens_its_commitment(client: TestClient[Litestar]) -> None:
    found = [w for w in client.get("/foresight/warnings.json?back=91").json()["rows"] if w["rule"] == "overdue"]
    assert [w["commitment"] for w in found] == ["cm_1"]
    page = client.get("/foresight/warnings?back=91").text
    assert 'href="/commitment/cm_1"' in page and client.get("/commitment/cm_1").status_code == 200


def test_the_api_answers_as_the_pages_do(client: TestClient[Litestar]) -> None:
    for api, page, rows in (("actors/KEN/next", "next.json?actor=KEN", "rows"), ("dyads/ken/tza/next", "next.json?dyad=KEN-TZA", "rows"),
                            ("dyads/KEN/TZA/counts", "counts.json?dyad=KEN-TZA", "rows"), ("dyads/KEN/TZA/indicators", "indicators.json?dyad=KEN-TZA", "indicators"),
                            ("scoreboard?worst=50", "scoreboard.json", "board")):  # fmt: skip
        assert client.get(f"/api/foresight/{api}").json() == client.get(f"/foresight/{page}").json()[rows]
    told = client.get("/api/foresight/warnings?back=365&off=spike").json()
    assert [w["alarm"]["day"] for w in told] == [w["day"] for w in client.get("/foresight/warnings.json?back=365&off=spike").json()["rows"]]
    assert told and not any(w["alarm"]["rule"] == "spike" for w in told)
    early = client.get("/api/foresight/dyads/KEN/TZA/indicators?as_of=2026-06-01").json()
    assert max(w["start"] for w in early["weeks"]) < "2026-06-01"
    assert client.get("/api/foresight/dyads/KEN/ken/next").status_code == 404 and client.get("/api/foresight/warnings?off=omens").status_code == 400
    paths = client.get("/api/openapi.json").json()["paths"]
    assert sum(path.startswith("/api/foresight/") for path in paths) == 6
    assert client.get("/foresight?as_of=9999-12-31").status_code == 200 == client.get("/api/foresight/actors/KEN/next?as_of=0001-01-01").status_code


def test_the_first_page_says_what_was_unusual(client: TestClient[Litestar], monkeypatch: pytest.MonkeyPatch) -> None:
    page = client.get("/").text
    part = page[page.index("Unusual in the week before") :]
    assert "KEN – TZA" in part and "/event/" in part[: part.index("All warnings")] and "false alarms a year" in part
    monkeypatch.setattr(foresight, "FRONT_EVENTS", 10)  # a large store: the first page does not wait
    assert "Unusual in the week before" not in client.get("/").text


def test_indicators_show_scores_and_the_balance_over_time(client: TestClient[Litestar]) -> None:
    found = client.get("/foresight/indicators.json?dyad=KEN-TZA").json()
    assert {"KEN_TZA_plover", "TZA_KEN_goldstein_icews", "KEN_TZA_goldstein_parus"} <= set(found["rows"][0])
    assert found["indicators"]["balance"][-1]["until"] == found["as_of"]
    page = client.get("/foresight/indicators?dyad=KEN-TZA").text
    assert "Friends and foes over time" in page and "Goldstein (Phoenix)" in page and "By chance" in page


def test_a_country_that_there_is_not_has_no_page(client: TestClient[Litestar]) -> None:
    for path in ("/dyad/JPN/QQQ", "/dyad/JPN/Atlantis", "/api/dyads/JPN/QQQ", "/api/foresight/actors/QQQ/next", "/api/foresight/dyads/JPN/QQQ/counts"):
        answer = client.get(path)
        assert answer.status_code == 404 and "no such country" in answer.text, path
    assert client.get("/dyad/Kenya/tza.json").json() == client.get("/dyad/KEN/TZA.json").json()
