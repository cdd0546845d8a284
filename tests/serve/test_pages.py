"""Pages without a browser: they answer, read without JavaScript, show hostile text as text, and agree with their twins."""

from __future__ import annotations

import csv
import io
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTILE, HOSTS, LONG, addresses, twin
from tests.store.factory import event, simple

from communique.config import Settings
from communique.records import Participant, Span
from communique.serve import make_app, periods
from communique.serve.app import Site
from communique.serve.overview import visits
from communique.serve.render import day, interval_values
from communique.store import open_store
from communique.views.pages_overview import Period, matched

VOID = {"meta", "link", "input", "br", "img", "hr"}
Client = TestClient[Litestar]


class Read(HTMLParser):
    """What a page holds: tags with attributes, links, and the words of an element."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.unbalanced: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag == "a":
            self.links.append((dict(attrs).get("href") or "", ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)
        if self._open and "a" in self._open and self.links:
            href, words = self.links[-1]
            self.links[-1] = (href, words + data)


def read(html: str) -> Read:
    found = Read()
    found.feed(html)
    return found


def test_every_page_answers_and_carries_nothing_inline(client: Client) -> None:
    for address in addresses(client):
        answer = client.get(address)
        assert answer.status_code == 200, address
        page = read(answer.text)
        assert not page.unbalanced, (address, page.unbalanced[:3])
        for tag, attributes in page.tags:
            assert tag not in ("style", "iframe", "object", "embed", "img", "base"), (address, tag)
            assert "style" not in attributes, (address, tag)
            assert not [a for a in attributes if a.startswith("on")], (address, attributes)
            if tag == "script":
                assert attributes.get("src", "").startswith("/static/"), address
            for name in ("href", "src", "action"):
                assert not re.match(r"(?i)\s*(javascript|data|http|//)", attributes.get(name) or ""), (address, attributes)


def test_pages_have_a_heading_a_title_and_named_fields(client: Client) -> None:
    for address in addresses(client):
        page = read(client.get(address).text)
        assert sum(tag == "h1" for tag, _ in page.tags) == 1, address
        ids = [a["id"] for _, a in page.tags if a.get("id")]
        assert len(ids) == len(set(ids)), (address, sorted({i for i in ids if ids.count(i) > 1}))
        labelled = {a.get("for") for tag, a in page.tags if tag == "label"}
        for tag, a in page.tags:
            if tag in ("input", "select", "textarea") and a.get("type") not in ("hidden", "checkbox"):
                assert a.get("id") in labelled, (address, a)


def test_twins_hold_the_same(client: Client) -> None:
    for address in addresses(client):
        if address.startswith("/api"):
            continue
        data = client.get(twin(address, "json"))
        assert data.status_code == 200 and data.headers["content-type"].startswith("application/json"), address
        assert data.json(), address
        table = client.get(twin(address, "csv"))
        if table.status_code == 200:
            rows = list(csv.reader(io.StringIO(table.text)))
            assert all(len(row) == len(rows[0]) for row in rows), address
            assert not [c for row in rows for c in row if re.match(r"[=@+\-](?!\d+(\.\d+)?$)", c)], address
        else:
            assert table.status_code == 404, address


def test_hostile_text_is_shown_in_place_and_runs_nothing(client: Client) -> None:
    for address in addresses(client):
        html = client.get(address).text
        assert "<script>alert" not in html and "<img src=x" not in html and "<b>evil" not in html and "<i>Japan" not in html, address
        assert "49 \x00" not in html and "\u202e" not in html and "\x00" not in html, address


def test_the_text_of_a_document_is_all_there(client: Client) -> None:
    listed = client.get("/documents.json").json()["rows"]
    id = next(d["id"] for d in listed if d["source"].startswith("<b>"))
    html = client.get(f"/document/{id}").text
    article = html[html.index("<article") : html.index("</article>")]
    shown = "".join(re.sub(r'<span class="ctl" data-cp="U\+([0-9A-F]+)"[^>]*></span>', lambda m: chr(int(m[1], 16)), article))
    words = "".join(read(re.sub(r"<summary>.*?</summary>", "", shown)).words)
    squeezed = re.sub(r"\s+|\x00", "", HOSTILE)
    assert squeezed in re.sub(r"\s+|\x00|\ufffd", "", words)
    assert LONG in words


def test_marks_slice_the_text(client: Client) -> None:
    listed = client.get("/documents.json").json()["rows"]
    for row in listed:
        data = client.get(f"/document/{row['id']}.json").json()
        html = client.get(f"/document/{row['id']}").text
        for record in data["records"]:
            start, end = record["span"]
            anchored = re.search(rf'<mark class="m-trigger" id="t-{record["id"]}"[^>]*>(.*?)</mark>', html)
            assert anchored is not None
            assert "".join(read(anchored[1]).words) == data["text"][start:end] == record["trigger"]


def test_a_number_is_two_clicks_from_its_sentence(client: Client) -> None:
    brief = read(client.get("/").text)
    href = next(h for h, words in brief.links if "event" in words and h.startswith("/events"))
    listed = read(client.get(href).text)
    sentence = next(h for h, _ in listed.links if h.startswith("/document/") and "#t-" in h)
    assert f'id="{urlsplit(sentence).fragment}"' in client.get(urlsplit(sentence).path).text


def test_counts_reconcile_with_the_lists_they_open(client: Client) -> None:
    """Every link of the store's own lists whose words are a number opens a list of that many."""
    seen: dict[str, int] = {}
    for address in addresses(client):
        for href, words in read(client.get(address).text).links:
            path, query = urlsplit(href).path, urlsplit(href).query
            number = re.fullmatch(r"\s*([\d\u202f]+)(?:\s+(?:events?|mentions?|as actor|as recipient))?\s*", words)
            if path in ("/events", "/mentions", "/documents") and number:
                seen[f"{path}.json" + (f"?{query}" if query else "")] = int(number[1].replace("\u202f", ""))
    assert len(seen) > 15
    wrong = {a: (n, client.get(a).json()["total"]) for a, n in seen.items() if client.get(a).json()["total"] != n}
    assert not wrong


def test_facets_reconcile(client: Client) -> None:
    for path in ("/events", "/mentions"):
        html = client.get(path).text
        rows = re.findall(r'<li><a href="([^"]+)"[^>]*><span>.*?</span> <span class="num">([\d\u202f]+)</span></a></li>', html)
        assert len(rows) > 10
        for href, n in rows:
            address = href.replace("&amp;", "&").replace(path, f"{path}.json", 1)
            assert client.get(address).json()["total"] == int(n), href


def test_links_inside_the_site_lead_somewhere(client: Client) -> None:
    seen = {urlsplit(h)._replace(fragment="").geturl() for a in addresses(client) for h, _ in read(client.get(a).text).links if h.startswith("/")}
    wrong = [h for h in sorted(seen) if client.get(h).status_code != 200]
    assert not wrong


def test_etag_saves_the_answer(client: Client) -> None:
    for address in ("/events.json", "/codebook.json", "/api/events"):
        first = client.get(address)
        if address.startswith("/api"):
            continue
        again = client.get(address, headers={"if-none-match": first.headers["etag"]})
        assert again.status_code == 304 and again.content == b""


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/event/nope", 404), ("/document/nope.json", 404), ("/nothing", 404), ("/events?since=yesterday", 400), ("/events?limit=0", 400),
        ("/events?after=nope", 404), ("/timeline?lane=zzz", 400), ("/dyad/JP/KOR", 404), ("/actor/nobody", 404), ("/review?queue=zzz", 400),
        ("/documents?start=x", 400), ("/map?box=1,2", 400), ("/network?by=zzz", 400), ("/runs/diff?old=a&new=b", 404), ("/events?text=%22%22", 400),
        ("/commitments?today=x", 400), ("/search?q=%22%22", 200), ("/search?q=%00%ff", 200), ("/suggest?q=%3Cscript%3E", 200), ("/events?bloc=atlantis", 400), ("/events?bloc=eac", 200),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line(client: Client, address: str, status: int) -> None:
    answer = client.get(address)
    assert answer.status_code == status
    assert "Traceback" not in answer.text and "<script>" not in answer.text.replace("<script src", "")


def test_two_periods_add_up(client: Client) -> None:
    found = client.get("/compare.json?left_since=2026-03-01&left_until=2026-03-06&right_since=2026-03-06&right_until=2026-04-01").json()
    assert sum(p["total"] for p in found["periods"]) == found["total"] == 4
    for p, side in zip(found["periods"], ("first", "second"), strict=True):
        assert p["total"] == sum(r[side] for r in found["rows"]) > 0
    for bad in ("left_since=2026-03-01", "left_since=2026-03-06&left_until=2026-03-01&right_since=2026-03-06&right_until=2026-04-01"):
        assert client.get(f"/compare?{bad}").status_code == 400


def test_a_visit_ends_after_half_an_hour() -> None:
    assert visits("", 5000) == (None, "0-5000")  # the first
    assert visits("0-5000", 6800) == (None, "0-6800")  # still the first
    assert visits("0-6800", 8601) == (6800, "6800-8601")  # the second
    assert visits("6800-8601", 9000) == (6800, "6800-9000")  # loaded again: the same question
    assert visits("6800-9000", 99000) == (9000, "9000-99000")
    for bad in ("x", "1-", "-1-2", "1-2-3", "1-99999999999", "\u0661-\u0662"):
        assert visits(bad, 5000) == (None, "0-5000"), bad
    assert visits("9000-9999", 5000) == (5000, "5000-5000")  # a clock that was put back


def test_the_brief_offers_what_is_new_since_the_last_visit(fresh: Path) -> None:
    with TestClient(make_app(fresh, hosts=HOSTS)) as client:
        first = client.get("/")
        assert "last looked" not in first.text and client.get("/brief.json").json()["looked"] is None
        line = first.headers["set-cookie"].lower()
        assert "communique_looked=0-" in line and "samesite=lax" in line and "httponly" in line
        assert "communique_looked" not in client.get("/brief.json").headers.get("set-cookie", "")
    asked = {"cookie": "communique_looked=0-1767225600"}  # 2026-01-01, before anything was added
    with TestClient(make_app(fresh, hosts=HOSTS)) as client:
        again = client.get("/", headers=asked)
        assert "communique_looked=1767225600-" in again.headers["set-cookie"]
        client.cookies.clear()  # so that the requests below send the header's cookie alone
        href = next(h for h, words in read(again.text).links if "since you last looked" in words)
        assert href == "/?since=2026-01-01&date=added" == client.get("/brief.json", headers=asked).json()["looked"]["href"]
        page = client.get(href, headers=asked).text
        assert 'aria-current="true">since you last looked' in page and "</a> added;" in page
        total = client.get(twin(href, "json")).json()["total"]
        listed = next(h for h, words in read(page).links if h.startswith("/events?since=2026-01-01&date=added") and "event" in words)
        assert total == client.get(listed.replace("?", ".json?")).json()["total"] == 4
        assert client.get("/?since=2099-01-01&date=added").text.count("No event was added in this period") == 1
        assert client.get("/?date=happened").status_code == 400


def test_an_empty_store_offers_the_sample(tmp_path: Any) -> None:
    with TestClient(make_app(tmp_path / "empty.db", hosts=HOSTS)) as client:
        for address in ("/", "/events", "/documents", "/timeline", "/dyads", "/commitments", "/network", "/map", "/sources"):
            html = client.get(address).text
            assert 'action="/add/sample"' in html, address
        for address in ("/quality", "/runs", "/codebook", "/review", "/actors", "/compare", "/search"):
            assert client.get(address).status_code == 200


READING = (
    "/", "/events", "/mentions", "/search?q=kenya", "/documents", "/document/", "/event/", "/timeline?period=all", "/dyads", "/dyad/KEN/TZA", "/commitments", "/commitment/c1",
    "/actors", "/actor/country:KEN", "/network?period=all", "/map?period=all",
)  # fmt: skip


def whole(client: Client, address: str) -> str:
    """An address, its id filled in."""
    kind = {"/document/": "documents", "/event/": "events"}.get(address)
    return address + client.get(f"/{kind}.json").json()["rows"][-1]["id"] if kind else address


@pytest.mark.parametrize("address", READING)
def test_reading_needs_no_script(client: Client, address: str) -> None:
    """As a browser without scripts has it: the menu is open, nothing that is read is hidden, each form says where it goes
    and has a button, and the page says how to get the same elsewhere."""
    html = client.get(whole(client, address)).text
    page = read(html)
    assert '<details class="menu" open>' in html
    assert [a.get("id") for _, a in page.tags if "hidden" in a] in ([], ["pick"]), "only the button for selected words waits for a script"
    forms: list[list[Any]] = []
    for tag, a in page.tags:
        if tag == "form":
            forms.append([a, False])
        elif tag == "button" and forms and a.get("type") != "button":
            forms[-1][1] = True
    assert all(a.get("method") in ("get", "post", "dialog") and (submit or "find" in (a.get("class") or "")) for a, submit in forms), forms
    assert all(a.get("href") for _, a in page.tags if "hx-get" in a and a.get("id") not in ("q", "goto")), "what asks by script is completion, or a link that does without"
    assert "".join(page.words).count("How to get this elsewhere") == 1 and "communique " in html and "curl" in html


def test_every_page_says_how_else_and_links_its_twin(client: Client) -> None:
    for address in addresses(client):
        html = client.get(address).text
        if not address.startswith("/api"):
            assert f'<link rel="alternate" type="application/json" href="{twin(address, "json").replace("&", "&amp;")}"' in html, address
            assert '<details class="how">' in html, address


def titles(html: str) -> list[str]:
    """What the shapes of a page's charts say."""
    return [t.strip() for t in re.findall(r"<title>(.*?)</title>", html.split("<body>")[1], re.S)]


def test_charts_say_what_their_tables_say(client: Client) -> None:
    """Each shape's words hold the numbers of the page's data; each row of the data with something to draw is drawn."""
    data, html = client.get("/brief.json?period=all").json(), client.get("/?period=all").text
    assert sorted(titles(html)) == sorted(f"{interval_values(c)}: {c['documents']}" for c in data["coverage"]) and data["coverage"]
    table = html.split("The same as a table")[1].split("</table>")[0]
    assert re.findall(r"<td>([^<]+)</td><td class=\"num\"><a[^>]*>(\d+)", table) == [(interval_values(c), str(c["documents"])) for c in data["coverage"]]

    for address in ("/dyad/KEN/TZA", "/dyad/JPN/KOR"):
        html, rows = client.get(f"{address}?grain=day").text, client.get(f"{address}.json?grain=day").json()["rows"]
        kinds = ("verbal_cooperation", "material_cooperation", "verbal_conflict", "material_conflict")
        wanted = sorted(f"{day(r['start'])}: {r[k]} {k.replace('_', ' ')}" for r in rows for k in kinds if r[k])
        drawn = sorted(t for t in titles(html) if "cooperation" in t or "conflict" in t)
        assert drawn == wanted and wanted, address
        cells = re.findall(r'<tr><td class="nowrap">([^<]+)</td><td class="nowrap">(\w+) → (\w+)</td>((?:<td class="num">[^<]*</td>)+)', html)
        shown = sorted((when, a, b, *re.findall(r'num">([^<]*)<', nums)[2:6]) for when, a, b, nums in cells)
        assert [(*r[:3], *map(int, r[3:])) for r in shown] == sorted((day(r["start"]), r["actor"], r["recipient"], *(r[k] for k in kinds)) for r in rows if r["mentions"] or r["events"])

    data, html = client.get("/map.json?period=all").json(), client.get("/map?period=all").text
    assert sorted(titles(html)) == sorted(f"{r['name']}: {r['n']} event{'s' if r['n'] > 1 else ''}" for r in data["rows"]) and data["rows"]
    assert re.findall(r'data-rows>.*', html, re.S)[0].count("<tr>") == len(data["rows"])

    data, html = client.get("/network.json?period=all").json(), client.get("/network?period=all").text
    wanted = sorted(f"{r['left_name']} and {r['right_name']}: {r['records']} events, {r['cooperation']} cooperation, {r['conflict']} conflict" for r in data["rows"])
    assert sorted(t for t in titles(html) if "cooperation" in t) == wanted and wanted
    assert all(r["cooperation"] + r["conflict"] <= r["records"] for r in data["rows"]), "an event counts once, however many did it together"

    data, html = client.get("/timeline.json?period=all").json(), client.get("/timeline?period=all").text
    dated = [r for r in data["rows"] if r["start"] or r["end"]]
    assert len(titles(html)) == len(dated) > 0 and set(re.findall(r'<a href="/event/(\w+)"><(?:circle|rect)', html)) == {r["id"] for r in dated}


def test_periods_step_earlier_and_later(client: Client) -> None:
    html = client.get("/map?since=2026-03-02&until=2026-03-05&type=AGREE").text
    steps = re.findall(r'<a rel="(prev|next)" href="([^"]+)"', html)
    assert [(rel, h.replace("&amp;", "&")) for rel, h in steps] == [("prev", "/map?since=2026-02-27&until=2026-03-02&type=AGREE"), ("next", "/map?since=2026-03-05&until=2026-03-08&type=AGREE")]


def test_a_filtered_export_is_whole(tmp_path: Path) -> None:
    """A list is shown fifty at a time; what is exported from it is all of it, unless the address says how many."""
    path = tmp_path / "many.db"
    with open_store(path) as store:
        store.add_many([simple(n) for n in range(60)])
    with TestClient(make_app(path, hosts=HOSTS)) as client:
        html = client.get("/mentions?type=CONSULT").text
        address = next(h for h, words in read(html).links if words == "CSV").replace("&amp;", "&")
        assert address == "/api/export/csv?type=CONSULT" and "Export all 60 as" in html
        assert len(client.get(address).text.splitlines()) == 61
        assert len(client.get(address + "&limit=10").text.splitlines()) == 11
        assert len(client.get("/api/export/jsonl?actor=JPN&since=2025-01-01").text.splitlines()) == 60


def test_what_hangs_on_events_is_remembered_until_they_may_have_changed(fresh: Path) -> None:
    with open_store(fresh) as store:
        site = Site(store, Settings(), read_only=False, token=None)
        made: list[int] = []

        def ask() -> int:
            return site.remembered("n", lambda: made.append(1) or len(made), linked=True)

        assert [ask(), ask()] == [1, 1]
        store.add(simple(8))  # a document of its own changes no event
        assert ask() == 1
        assert site.remembered("m", lambda: len(made)) == 1
        found = list(store.each_mention())
        store.replace_derived([event(m) for m in found])
        assert [ask(), ask()] == [2, 2]
        store.add_many([simple(n) for n in range(1000, 2010)])  # more than is looked back over: taken to be old
        assert ask() == 3


def test_an_actor_is_shown_with_how_its_words_were_matched_and_partners_with_their_events(client: Client) -> None:
    page = client.get("/actor/country:KEN.json").json()
    assert page["words"] and all(rule in ("a name of the country", "its adjective", "its capital") for _, _, rule in page["words"]), page["words"]
    assert page["partners"]
    for partner in page["partners"]:
        listed = client.get(f"/events.json?either=country:KEN&beside={partner['country']}").json()
        assert listed["total"] == partner["n"] > 0
    html = read(client.get("/actor/country:KEN").text)
    assert ("/events?either=country%3AKEN&beside=TZA", "1") in html.links


@pytest.mark.parametrize(
    ("said", "fields", "rule"),
    [
        ("Kenya", {}, "a name of the country"), ("the Kenyan", {}, "its adjective"), ("Kenyans", {}, "its people"), ("Nairobi", {}, "its capital"),
        ("Kenya’s", {}, "a name of the country"), ("the Kenyan navy", {}, "words that name the country, and a body of it"),
        ("it", {"via": (Span(0, 3),)}, "other words that it refers to"), ("the minister", {"office": "foreign-minister"}, "the office foreign minister"),
        ("Lakeside Union", {"country": None, "name": "Lakeside Union", "entity": None}, "its own name"),
        ("the union", {"country": None, "name": "Lakeside Union", "entity": "org:lake"}, "another spelling or a part of its name"),
        ("dockers", {"country": None, "name": "Lakeside Union", "entity": None}, "its words alone"),
    ],
)  # fmt: skip
def test_the_rule_that_matched_is_told(said: str, fields: dict[str, Any], rule: str) -> None:
    who = Participant(**{"span": None, "text": said, "entity": "country:KEN", "name": "Kenya", "country": "KEN", **fields})
    assert matched(who, said) == rule


def test_a_full_lane_counts_what_it_cannot_draw(tmp_path: Path) -> None:
    with open_store(tmp_path / "full.db") as store:
        found = [simple(n, actor="KEN", recipient="TZA", day="2026-03-03", published="2026-03-04") for n in range(11)]
        store.add_many(found)
        store.replace_derived([event(c.mentions[0]) for c in found])
    with TestClient(make_app(tmp_path / "full.db", hosts=HOSTS)) as client:
        page = client.get("/timeline?period=all").text
    assert page.count("<circle") == 8 and ">+3<" in page and 'id="entries"' in page


def test_the_nearest_report_of_another_event_is_looked_for_on_demand(client: Client) -> None:
    """The page holds a link; with it, by script, and in the twin the same is told."""
    for address in (a for a in addresses(client) if a.startswith("/event/")):
        twin_of, page, asked, part = (client.get(address + tail) for tail in (".json", "", "?nearest=yes", "?part=nearest"))
        near = twin_of.json()["nearest"]
        assert ("Look for it" in page.text) != (f'href="/event/{near["event"]}"' in page.text.split('id="nearest"')[1].split("</section>")[0] if near else False)
        for html in (asked.text.split('id="nearest"')[1].split("</section>")[0], part.text):
            assert "Look for it" not in html and ((f"probability {near['score']:.2f}" in html) if near else "No other report" in html)
        assert "<html" not in part.text
    assert client.get("/event/nothing?part=nearest").status_code == 404


def test_commitments_between_two_open_as_a_list(client: Client) -> None:
    every = client.get("/commitments.json").json()["rows"]
    pairs = [sorted({p["country"] for p in (*c["by"], *c["to"]) if p["country"]}) for c in every]
    a, b = next(p for p in pairs if len(p) > 1)[:2]
    wanted = {c["id"] for c, p in zip(every, pairs, strict=True) if a in p and b in p}
    assert {c["id"] for c in client.get(f"/commitments.json?between={b}-{a}").json()["rows"]} == wanted
    html = client.get(f"/dyad/{a}/{b}").text
    assert re.search(rf'href="/commitments\?between={a}-{b}">{len(wanted)}<', html)
    assert client.get("/commitments?between=Kenya").status_code == 400


def test_actors_are_people_and_organisations_too(tmp_path: Path) -> None:
    amina = Participant(span=Span(0, 5), text="Amina", entity="person:amina-juma", name="Amina Juma", kind="person", country="KEN")
    port = Participant(span=Span(0, 4), text="port", entity="org:lake-port", name="Lake Port", kind="organisation", country="TZA")
    with open_store(tmp_path / "people.db") as store:
        found = [simple(n, actor="KEN", recipient="TZA", day="2026-03-03", published="2026-03-04") for n in range(6)]
        store.add_many(found)
        made = [event(c.mentions[0]) for c in found]
        store.replace_derived([msgspec.structs.replace(e, actors=(amina,), recipients=(port,) if n < 2 else e.recipients) for n, e in enumerate(made)])
    with TestClient(make_app(tmp_path / "people.db", hosts=HOSTS)) as client:
        parties = client.get("/actors.json").json()["parties"]
        assert [(p["entity"], p["name"], p["as_actor"], p["as_recipient"]) for p in parties] == [("person:amina-juma", "Amina Juma", 6, 0), ("org:lake-port", "Lake Port", 0, 2)]
        for p in parties:
            for side in ("actor", "recipient"):
                assert client.get("/events.json", params={side: p["entity"]}).json()["total"] == p[f"as_{side}"]
        html = client.get("/actors").text
        assert '<a href="/actor/person%3Aamina-juma"><bdi>Amina Juma</bdi></a>' in html


def test_a_table_without_rows_has_its_header(client: Client) -> None:
    for kind in ("events", "mentions"):
        whole, none = (client.get(f"/{kind}.csv{question}").text.splitlines() for question in ("", "?since=2099-01-01"))
        assert none == whole[:1] and none[0].startswith("id,") and len(whole) > 1
    assert client.get("/foresight/scoreboard.csv").text.startswith("kind,actor,recipient")


def test_an_empty_list_names_the_types_there_are(client: Client) -> None:
    html = client.get("/events?type=WAR").text
    assert "There is no type “<bdi>WAR</bdi>”" in html and "ASSAULT" in html.split("there are:")[1]
    assert "There is no type" not in client.get("/events?type=PROTEST&text=nothingofthekind").text
    assert "no country or actor “<bdi>Atlantis</bdi>”" in client.get("/events?actor=Atlantis").text
    assert client.get("/events.json?actor=Japan").json()["total"] == client.get("/events.json?actor=JPN").json()["total"]
    assert client.get("/api/events?actor=Atlantis").status_code == 400


def test_a_window_slides_over_the_days_of_all_events(client: Client) -> None:
    """The slider's number, with the day it counts from, names the same days whenever it is opened, with or without scripts."""
    page = client.get("/map?since=2026-03-03&until=2026-03-05&type=AGREE").text
    form = re.search(r"<form[^>]*data-slide.*?</form>", page, re.S)
    assert form
    fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', form[0]))
    assert fields["type"] == "AGREE" and fields["slide_days"] == "2" and "since" not in fields
    moved = {**fields, "slide": str(int(fields["slide"]) + 1)}
    assert client.get("/map.json", params=moved).json()["period"] == {"since": "2026-03-05", "until": "2026-03-07", "name": "chosen"}
    after = client.get("/map", params=moved).text
    assert f'value="{moved["slide"]}" autofocus' in after and "5–6 Mar 2026</output>" in after
    assert not re.search(r'href="/map\?[^"]*period=week[^"]*slide', after), "another period is not slid"
    for wrong in ("slide=x", "slide=-1", "slide=1&slide_days=0", "slide=99999&slide_days=4000"):
        assert client.get(f"/network?slide_from=2026-03-03&{wrong}").status_code == 400, wrong
    assert client.get("/timeline?period=fortnight").status_code == 400
    assert periods.slider(None, Period(None, None, "all")) is None
    assert periods.slider(("2026-03-03", "2026-03-03"), Period(None, None, "all")) is None
    wide = periods.slider(("1945-05-08", "2026-03-03"), Period("2026-02-24", "2026-03-03", "week"))
    assert wide == {"from": "2014-08-26", "days": 7, "at": 600, "steps": 600}


def test_numbers_of_the_network_open_what_the_page_was_narrowed_to(client: Client) -> None:
    for query in ("period=all&type=AGREE", "period=all&by=entity&modality=actual", "period=all&bloc=sadc"):
        page = client.get(f"/network?{query}")
        rows = client.get(f"/network.json?{query}").json()["rows"]
        assert rows or "bloc" in query, query
        for row in rows:
            assert row["href"].replace("&", "&amp;") in page.text
            assert client.get(row["href"].replace("/events?", "/events.json?")).json()["total"] == row["records"], (query, row)
    assert not any(r["href"] for r in client.get("/network.json?period=all&dyad=KEN-TZA").json()["rows"])


def test_a_period_without_events_offers_all_of_it_and_not_the_sample(client: Client) -> None:
    for page in ("/map", "/network", "/timeline"):
        html = client.get(f"{page}?since=1990-01-01&until=1990-02-01&type=AGREE").text
        assert f'href="{page}?type=AGREE&amp;period=all">Show all of it</a>' in html and "Add the sample reports" not in html, page


def test_a_bloc_is_offered_by_its_short_name_and_said_in_words(client: Client) -> None:
    """The box knows organisations by all their names, offers the members of a bloc, and pages say what a bloc stands for."""
    for typed, body, bloc in (("eu", "org:eu", "eu"), ("G7", "org:g7", "g7"), ("asean", "org:asean", "asean"), ("nato", "org:nato", "nato"), ("arab lea", "org:arab-league", "arab-league")):
        found = client.get("/suggest", params={"q": typed}).text
        assert f'href="/actor/{body}"' in found and f'href="/events?bloc={bloc}"' in found, typed
    assert "Gulf states: members" in client.get("/suggest?q=gulf").text
    for page in ("/events", "/map", "/network", "/timeline"):
        html = client.get(f"{page}?bloc=NATO&type=AGREE{'' if page == '/events' else '&period=all'}").text
        assert "NATO: one of its 32 members" in html and 'aria-label="Remove type AGREE"' in html, page
    assert "P5: one of the 5 members" in client.get("/events?bloc=p5").text
    assert client.get("/map?bloc=atlantis").status_code == 400


def test_overviews_say_what_they_are_narrowed_to(client: Client) -> None:
    """Each condition is a link that takes it away; period, view and lane are no conditions."""
    for page, rest in (("/map", "view=world&period=all"), ("/network", "by=entity&period=all"), ("/timeline", "lane=type&period=all")):
        html = client.get(f"{page}?{rest}&type=AGREE&actor=KEN").text
        assert f'href="{page}?{rest}&amp;type=AGREE" aria-label="Remove actor KEN"'.replace("&period", "&amp;period") in html, page
        assert html.count('class="chip"') == 2 and "clear all" in html
        assert 'class="chip"' not in client.get(f"{page}?{rest}").text


def test_largest_moves_open_their_mentions(tmp_path: Path) -> None:
    """A move counts its month, and neither what is planned for later nor the way back."""
    with open_store(tmp_path / "s.db") as store:
        days = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-05-01", "2025-11-03"]
        store.add_many([simple(n, actor="JPN", recipient="KOR", day=day, published="2026-03-07") for n, day in enumerate(days)])
        store.add_many([simple(20, actor="KOR", recipient="JPN", day="2026-03-05", published="2026-03-07")])
    with TestClient(make_app(tmp_path / "s.db", hosts=HOSTS)) as client:
        page, (move,) = client.get("/?period=all").text, client.get("/brief.json").json()["moves"]
        assert (move["actor"], move["recipient"], move["records"]) == ("JPN", "KOR", 5)
        address = f"/mentions?dyad=JPN-KOR&directed=true&since={move['month']}&until={move['month_end']}"
        assert f'href="{address}"'.replace("&", "&amp;") in page
        assert client.get(address.replace("/mentions?", "/mentions.json?")).json()["total"] == 5


def test_the_ledger_says_what_it_is_narrowed_to(client: Client) -> None:
    """Every condition is a chip, kept by the form, and followed by the calendar."""
    page = client.get("/commitments?between=KEN-TZA&state=pledged").text
    assert 'aria-label="Remove between KEN-TZA"' in page and 'href="/commitments.ics?between=KEN-TZA&amp;state=pledged"' in page
    assert '<input type="hidden" name="between" value="KEN-TZA">' in page and '<input type="hidden" name="state" value="pledged">' in page
    held = client.get("/commitments.json").json()["rows"][0]
    page = client.get(f"/commitments?kind={held['kind']}&state={held['state']}").text
    assert f'href="/commitments?kind={held["kind"]}" aria-current="true"' in page, "a state that is chosen is taken away by the same link"
    assert "The whole ledger" in client.get("/commitments?kind=threat").text and "Add the sample" not in client.get("/commitments?kind=threat").text


def test_words_that_only_documents_hold_are_found(client: Client) -> None:
    import re

    document = client.get("/documents.json").json()["rows"][0]["id"]
    words = dict.fromkeys(re.findall(r"[A-Za-z]{5,}", client.get(f"/document/{document}.json").text))
    only = 0
    for word in list(words)[:80]:
        answer = client.get(f"/search?q={word}")
        assert answer.status_code == 200, word
        only += "communique documents" in answer.text and "communique events --text" not in answer.text
    assert only, "no such word was met"
