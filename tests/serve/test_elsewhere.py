"""What the panel "How to get this elsewhere" shows runs as it stands, and gives what the page shows."""

from __future__ import annotations

import html
import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import msgspec
import pytest
from click.testing import CliRunner
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS, twin

from communique.cli import program
from communique.records import Filter
from communique.serve import elsewhere, make_app
from communique.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
Client = TestClient[Litestar]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A store of 60 documents in a folder of its own, under the name that the panels use."""
    import world

    path = tmp_path_factory.mktemp("elsewhere") / "communique.db"
    with open_store(path) as store:
        world.fill(store, 60, 6)
    with TestClient(make_app(path, hosts=HOSTS)) as found:
        found.app.state.folder = path.parent  # type: ignore[attr-defined]
        yield found


@pytest.fixture
def inside(client: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """In that folder, as a reader of the page would be."""
    monkeypatch.chdir(client.app.state.folder)  # type: ignore[attr-defined]
    monkeypatch.delenv("COMMUNIQUE_STORE", raising=False)
    return client


def panel(client: Client, address: str) -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text[:300])
    block = re.search(r'<details class="how">(.*?)</details>', answer.text, re.S)
    assert block, address
    return {k: html.unescape(v) for k, v in re.findall(r"<dt>(.*?)</dt><dd><code>(.*?)</code></dd>", block[1], re.S)}


def commands(shown: dict[str, str]) -> list[Any]:
    """What each command prints as JSON, without its comment."""
    out = []
    for line in shown.get("Command line", "").splitlines():
        words = shlex.split(line, comments=True)
        assert words[0] == "communique"
        found = CliRunner().invoke(program, [*words[1:], *([] if words[1] == "export" else ["--json"])])
        assert found.exit_code == 0, (line, found.output, found.exception)
        out.append(json.loads(found.stdout))
    return out


def python(shown: dict[str, str]) -> Any:
    """What the last line of the Python gives, as plain values."""
    *before, last = shown["Python"].splitlines()
    names: dict[str, Any] = {}
    exec("\n".join(before), names)
    try:
        value = eval(last, names)
        return msgspec.json.decode(msgspec.json.encode(list(value) if hasattr(value, "to_pandas") else value))
    finally:
        names["store"].inner.close()


def over_http(client: Client, shown: dict[str, str]) -> Any:
    address = re.fullmatch(r"curl 'https?://[^/]+(/[^']*)'", shown["HTTP"])
    assert address, shown["HTTP"]
    answer = client.get(address[1])
    assert answer.status_code == 200, shown["HTTP"]
    return answer.json()


def ids(rows: Any) -> list[str]:
    return [r["id"] for r in rows]


def facets(client: Client, address: str) -> dict[str, list[str]]:
    """The values by which a list can be narrowed."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(rf'href="{address}\?(\w+)=([^"&]+)"', client.get(address).text):
        found.setdefault(name, []).append(html.unescape(value))
    return found


@pytest.mark.parametrize("kind", ["events", "mentions"])
def test_lists_of_records_are_the_same_everywhere(inside: Client, kind: str) -> None:
    found = facets(inside, f"/{kind}")
    assert {"type", "quad", "modality", "actor", "publisher", "year"} <= set(found)
    asked = [f"{name}={values[0]}" for name, values in found.items()]
    pair = inside.get("/dyads.json").json()["rows"][0]
    asked += [
        "", "bloc=nato", "bloc=EU&bloc=g7", f"dyad={pair['actor']}-{pair['recipient']}&directed=true", f"type={found['type'][0]}&type={found['type'][1]}",
        "since=2018-01-01&until=2020-06-01&date=published", "box=-60,-170,70,170", f"either={pair['actor']}&beside={pair['recipient']}", "min_score=0.5", "min_originators=2", "text=%22the%22",
    ]  # fmt: skip
    some = 0
    for query in asked:
        shown = panel(inside, f"/{kind}?{query}")
        twin_ = over_http(inside, shown)
        some += bool(twin_["total"])
        (printed,), made = commands(shown), python(shown)
        assert len(printed) == len(made) == twin_["total"], (query, shown)
        assert ids(printed)[:50] == ids(made)[:50] == ids(twin_["rows"]), (query, shown)
    assert some > len(asked) - 4, "most of these find something"


def test_a_list_of_one_documents_records_is_the_same_everywhere(inside: Client) -> None:
    document = inside.get("/documents.json").json()["rows"][0]["id"]
    shown = panel(inside, f"/mentions?document={document}")
    assert ids(commands(shown)[0]) == ids(python(shown)) == ids(over_http(inside, shown)["rows"]) != []


def _timeline(client: Client, shown: dict[str, str], page: Any) -> None:
    assert ids(commands(shown)[0])[: len(page["rows"])] == ids(page["rows"])
    assert sorted(ids(python(shown))) == sorted(ids(commands(shown)[0])) and len(python(shown)) == page["total"]


def _dyads(client: Client, shown: dict[str, str], page: Any) -> None:
    printed = commands(shown)[0]
    assert len(printed) == page["total"] and [r["records"] for r in printed[:200]] == [r["records"] for r in page["rows"]]
    means = {(r["actor"], r["recipient"]): r["mean_score"] for r in printed}
    assert all(means[r["actor"], r["recipient"]] == pytest.approx(r["mean_score"], abs=0.011) for r in page["rows"] if r["mean_score"] is not None)
    assert {(a, b, n) for a, b, n, _, _ in python(shown) if a != b} == {(r["actor"], r["recipient"], r["records"]) for r in printed}


def _dyad(client: Client, shown: dict[str, str], page: Any) -> None:
    assert commands(shown)[0] == python(shown) == page["rows"] == over_http(client, shown)["rows"]


def _commitments(client: Client, shown: dict[str, str], page: Any) -> None:
    assert ids(page["rows"])[:100] == ids(python(shown))[:100] and page["total"] == len(python(shown))
    if "--as-of" not in shown["Command line"]:  # which builds the ledger anew, as the line says
        assert ids(commands(shown)[0]) == ids(python(shown))
    else:
        assert "# built anew" in shown["Command line"] and commands(shown)


def _network(client: Client, shown: dict[str, str], page: Any) -> None:
    assert python(shown)["nodes"] == page["nodes"]
    printed = {n["id"]: n for n in commands(shown)[0]["nodes"]}
    assert all(printed[n["id"]]["events"] == n["events"] for n in page["nodes"]) and len(printed) == page["all_nodes"]


def _map(client: Client, shown: dict[str, str], page: Any) -> None:
    assert [(s[0], s[6]) for s in python(shown)] == [(r["name"], r["n"]) for r in page["rows"]]
    assert sum(1 for f in commands(shown)[0]["features"] if f["geometry"]) == page["placed"]


def _brief(client: Client, shown: dict[str, str], page: Any) -> None:
    made = python(shown)
    assert made["total"] == page["total"] and made["events"] == page["events"]
    assert (made["n_changed"], made["n_due"], made["n_overdue"]) == (page["n_changed"], page["n_due"], page["n_overdue"])
    assert len(commands(shown)[-1]) == page["total"] and set(ids(page["events"])) <= set(ids(commands(shown)[-1]))


def _documents(client: Client, shown: dict[str, str], page: Any) -> None:
    assert len(commands(shown)[0]) == page["total"] == len(python(shown)) and set(ids(page["rows"])) <= set(ids(commands(shown)[0]))


def _sources(client: Client, shown: dict[str, str], page: Any) -> None:
    assert [{k: r[k] for k in p} for p, r in zip(commands(shown)[0], page["rows"], strict=True)] == commands(shown)[0] == python(shown)


def _quality(client: Client, shown: dict[str, str], page: Any) -> None:
    assert [{k: r[k] for k in p} for p, r in zip(commands(shown)[0], page["rows"], strict=True)] == commands(shown)[0]
    assert len(python(shown)) == len(page["rows"])


def _publishers(client: Client, shown: dict[str, str], page: Any) -> None:
    assert commands(shown)[0] == python(shown) == page["rows"] != []


def _periods(client: Client, shown: dict[str, str], page: Any) -> None:
    assert [len(found) for found in commands(shown)] == [p["total"] for p in page["periods"]]
    assert [dict(side) for side in python(shown)] == [{r["type"]: r[side] for r in page["rows"] if r[side]} for side in ("first", "second")]


def _runs(client: Client, shown: dict[str, str], page: Any) -> None:
    assert sorted(ids(commands(shown)[0])) == sorted(ids(page["rows"])) == sorted(ids(python(shown))) and len(commands(shown)[1]) == page["n_failures"]


def _search(client: Client, shown: dict[str, str], page: Any) -> None:
    printed = commands(shown)
    assert [len(p) for p in printed] == [n for n in (page["n_between"], page["n_events"]) if n] + ([len(printed[-1])] if page["documents"] else [])
    if page["n_events"]:
        assert ids(python(shown))[:20] == ids(page["rows"])


def _next(client: Client, shown: dict[str, str], page: Any) -> None:
    assert page["rows"] and commands(shown)[0] == page["rows"] == python(shown)


def _counts(client: Client, shown: dict[str, str], page: Any) -> None:
    assert page["rows"] and python(shown) == page["rows"]
    assert [(r["actor"], r["quad"], r["mean"]) for r in commands(shown)[0]] == [(r["actor"], r["quad"], r["mean"]) for r in page["rows"]]


def _indicators(client: Client, shown: dict[str, str], page: Any) -> None:
    assert page["indicators"]["weeks"] and commands(shown)[0]["weeks"] == page["indicators"]["weeks"] == python(shown)["weeks"]


def _warnings(client: Client, shown: dict[str, str], page: Any) -> None:
    printed = commands(shown)[0]
    of_events = [w for w in printed if w["alarm"]["rule"] != "overdue"]
    assert len(of_events) == sum(r["rule"] != "overdue" for r in page["rows"]) == len(python(shown))
    assert (printed and len(printed) == page["total"]) or "of a ledger built anew" in shown["Command line"]


def _runs_only(client: Client, shown: dict[str, str], page: Any) -> None:
    commands(shown)
    if "Python" in shown:
        assert python(shown) is not None


Check = Callable[[Client, dict[str, str], Any], None]
CHECKS: list[tuple[str, Check]] = [
    ("/", _brief), ("/?period=all", _brief), ("/?since=2018-01-01&until=2019-01-01", _brief), ("/?since=2018-01-01&date=added", _brief),
    ("/timeline", _timeline), ("/timeline?period=all&type=CONSULT", _timeline), ("/timeline?year=2018&lane=type", _timeline),
    ("/dyads", _dyads), ("/dyads?since=2018-01-01&until=2019-01-01", _dyads), ("/dyad/{a}/{b}", _dyad), ("/dyad/{a}/{b}?grain=month", _dyad),
    ("/commitments", _commitments), ("/commitments?state={state}&by={by}", _commitments), ("/commitments?between={by}-{to}", _commitments), ("/commitments?today=2018-06-01", _commitments),
    ("/commitments?today=2021-06-01&between={by}-{to}&kind={kind}", _commitments),
    ("/network", _network), ("/network?period=all&by=entity", _network), ("/network?bloc=nato&period=all", _network), ("/map", _map), ("/map?period=all&view=world&quad=verbal+cooperation", _map),
    ("/documents", _documents), ("/documents?publisher={publisher}", _documents), ("/documents?since=2018-01-01&text=the", _documents), ("/sources", _sources), ("/quality", _quality),
    ("/compare?left={publisher}&right={other}&period=all", _publishers), ("/compare?left_since=2016-01-01&left_until=2019-01-01&right_since=2019-01-01&right_until=2024-01-01", _periods),
    ("/runs", _runs), ("/search?q=the", _search), ("/search?q=Germany+France", _search), ("/search?q=%21", _runs_only),
    ("/foresight/next?actor={a}", _next), ("/foresight/next?dyad={a}-{b}&horizon=2w&as_of=2022-06-01", _next), ("/foresight/counts?dyad={a}-{b}", _counts),
    ("/foresight/indicators?dyad={a}-{b}&weeks=40", _indicators), ("/foresight/warnings?back=365", _warnings), ("/foresight/warnings?back=365&off=spike&as_of=2023-06-01", _warnings),
    ("/foresight", _runs_only), ("/foresight/next", _runs_only), ("/foresight/counts", _runs_only), ("/foresight/scoreboard", _runs_only),
    ("/actors", _runs_only), ("/actor/country:{a}", _runs_only), ("/event/{event}", _runs_only), ("/document/{document}", _runs_only), ("/commitment/{commitment}", _runs_only),
    ("/story/{story}", _runs_only), ("/review", _runs_only), ("/codebook", _runs_only), ("/compare", _runs_only),
]  # fmt: skip


@pytest.mark.parametrize(("address", "check"), CHECKS, ids=[a for a, _ in CHECKS])
def test_pages_are_the_same_everywhere(inside: Client, address: str, check: Check) -> None:
    pair = inside.get("/dyads.json").json()["rows"][0]
    names = [p["publisher"] for p in inside.get("/sources.json").json()["rows"] if p["publisher"]]
    documents = (inside.get(f"/document/{d['id']}.json").json()["document"] for d in inside.get("/documents.json").json()["rows"])
    document = next(d for d in documents if d["story"])
    promise = next(c for c in inside.get("/commitments.json?today=2021-06-01").json()["rows"] if c["by"] and c["to"] and c["by"][0]["country"] != c["to"][0]["country"])
    given = {
        "by": promise["by"][0]["country"], "to": promise["to"][0]["country"], "kind": promise["kind"], "state": next(c["state"] for c in inside.get("/commitments.json").json()["rows"] if c["id"] == promise["id"]),
        "a": pair["actor"], "b": pair["recipient"], "publisher": quote_plus(names[0]), "other": quote_plus(names[1]), "document": document["id"], "story": document["story"],
        "event": inside.get("/events.json").json()["rows"][0]["id"], "commitment": inside.get("/commitments.json").json()["rows"][0]["id"],
    }  # fmt: skip
    address = address.format(**given)
    shown = panel(inside, address)
    check(inside, shown, inside.get(twin(address, "json")).json())
    assert over_http(inside, shown)


def test_hostile_values_stay_one_word() -> None:
    """A value with quotes, a dollar sign or a line's end is one argument, and one string."""
    odd = 'it\'s "$(reboot)"; `x`\n--all #'
    flt = Filter(publisher=(odd, "-b"), text=odd, dyad=("JPN", "KOR"), box=(-10.0, 1.0, 2.5, 3.0))
    words = shlex.split(elsewhere.flags(flt), comments=True)
    assert words == ["--dyad", "JPN-KOR", "--publisher", odd, "--publisher=-b", "--box=-10.0,1.0,2.5,3.0", "--text", odd]
    assert eval(f"dict({elsewhere.keywords(flt)})")["publisher"] == (odd, "-b")
    assert eval(elsewhere.filter_words(flt), {"cq": __import__("communique")}) == flt
