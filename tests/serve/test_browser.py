"""The pages in a browser: a newcomer's path, every page at three widths in light and dark, axe-core.

Needs Playwright for Python and a Chromium or Chrome on this machine; without them the tests are skipped and say so.
Nothing may be asked of another host, nothing may be refused by the content policy, and no error may be logged: each
is asserted over everything that happens here.
"""

from __future__ import annotations

import json
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import ROOT
from tests.serve.conftest import addresses

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WIDTHS = (1440, 1024, 390)
CHROMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
FIRST = """Hilltop Gazette
12 May 2025

Norway and Finland to hold border drill in June

OSLO, May 12 - Norway and Finland will hold a joint rescue exercise on June 3, Norway's defence ministry said on Monday.
Norwegian Defence Minister Tore Sandvik met his Finnish counterpart in Oslo on Monday.
"""
SECOND = """Fjord Times
4 June 2025

Norway and Finland begin rescue exercise

OSLO, June 4 - Norway and Finland held a joint rescue exercise on Tuesday, Norway's defence ministry said.
"""


class Server:
    """An application on a free port of this machine, in a thread."""

    def __init__(self, path: Path) -> None:
        import uvicorn

        from communique.serve import make_app

        self.app = make_app(path)
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.base = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        self.server = uvicorn.Server(uvicorn.Config(self.app, log_level="warning"))
        self.thread = threading.Thread(target=self.server.run, kwargs={"sockets": [self.socket]}, daemon=True)

    def __enter__(self) -> Server:
        self.thread.start()
        while not self.server.started:
            time.sleep(0.02)
        return self

    def __exit__(self, *told: object) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="LEFT OUT: Playwright for Python is not installed; the pages were not seen in a browser")
    path = next((p for p in map(shutil.which, CHROMES) if p), None)
    if path is None:
        pytest.skip("LEFT OUT: no Chromium or Chrome on this machine; the pages were not seen in a browser")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A browser page that remembers everything that went wrong on it."""

    def __init__(self, browser: Any, base: str) -> None:
        self.base = base
        self.wrong: list[str] = []
        self.context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
        self.context.add_init_script("document.addEventListener('securitypolicyviolation', e => console.error('CSP ' + e.violatedDirective + ' ' + e.blockedURI))")
        self.page = self.context.new_page()
        self.page.set_default_timeout(90_000)  # a busy machine is slow, not wrong
        self.page.on("console", lambda m: self.wrong.append(f"console: {m.text}") if m.type in ("error", "warning") else None)
        self.page.on("pageerror", lambda e: self.wrong.append(f"error: {e}"))
        self.page.on("response", lambda r: self.wrong.append(f"{r.status}: {r.url}") if r.status >= 400 else None)
        self.page.on("request", lambda r: None if r.url.startswith((base, "data:", "blob:")) else self.wrong.append(f"left the machine: {r.url}"))

    def go(self, address: str) -> Any:
        answer = self.page.goto(self.base + address)
        assert answer is not None and answer.status == 200, address
        return self.page


@pytest.fixture
def watched(chromium: Any, fresh: Path) -> Iterator[Watched]:
    with Server(fresh) as server:
        found = Watched(chromium, server.base)
        yield found
        found.context.close()
    assert not found.wrong


KINDS = ("read", "look over", "judge")


def of_kind(address: str) -> str:
    """Pages in three lots of about the same size, so that one that fails does not hide the others."""
    path = address.partition("?")[0]
    if path.startswith(("/event/", "/document/", "/copies/", "/story/", "/mentions", "/documents", "/events", "/search", "/commitment")):
        return "read"
    return "judge" if path.startswith(("/review", "/quality", "/sources", "/runs", "/codebook", "/add", "/api", "/enter", "/foresight")) else "look over"


def every_address(client: Any) -> list[str]:
    """The pages of every kind, and the states of them that have markup of their own."""
    documents = client.get("/documents.json").json()["rows"]
    return [
        *addresses(client), "/events?type=AID&since=2026-01-01", "/mentions?type=AID", "/search", "/search?q=nothing+of+the+kind", "/?since=2026-01-01&date=added",
        "/?period=all", "/timeline?lane=type&since=2026-03-01&until=2026-03-08", "/network?by=entity&period=all", f"/document/{documents[0]['id']}?missed=0-9",
        "/commitments?state=pledged", "/compare?left=Nobody&right=Harbour+Post", "/review?queue=sample", "/review?queue=second", "/review?queue=adjudicate",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_right_at_three_widths_in_light_and_dark(watched: Watched, client: Any, kind: str) -> None:
    """No sideways scrolling, and (where axe-core is installed) nothing that axe-core finds. `watched` fails on anything
    logged, refused by the content policy, answered with an error, or asked of another host."""
    source = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    axe = source.read_text(encoding="utf-8") if source.exists() else None
    csrf = watched.page.request.get(watched.base + "/api/session").json()["csrf"]
    kept = watched.page.request.post(watched.base + "/searches/save?type=AID", form={"csrf": csrf, "name": "Aid <b>& more</b>"}, max_redirects=0)
    assert kept.status == 303
    watched.context.add_cookies([{"name": "communique_looked", "value": "1767225600-1767229200", "url": watched.base}])
    found = []
    for address in (a for a in every_address(client) if of_kind(a) == kind):
        page = watched.go(address)
        if axe is not None:
            page.evaluate(axe)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                if (seen := page.evaluate("document.documentElement.scrollWidth")) > width:
                    found.append((address, scheme, width, f"{seen} px wide"))
                if axe is None or width == 1024 or (scheme == "dark" and width != 1440):  # what these show was seen at the others
                    continue
                rules = ", runOnly: ['color-contrast']" if scheme == "dark" else ""  # a scheme changes colours alone
                told = page.evaluate(f"axe.run(document, {{resultTypes: ['violations']{rules}}})")
                found += [(address, scheme, width, v["id"], v["nodes"][0]["html"][:160], v["nodes"][0].get("failureSummary", "")[:200]) for v in told["violations"]]
    assert not found, json.dumps(found, indent=1)
    if axe is None:
        pytest.skip("axe-core LEFT OUT: it is not installed (npm ci in web/); widths and the log were measured, accessibility was not")


def test_a_page_prints_its_text_without_its_controls(watched: Watched, client: Any) -> None:
    page = watched.page
    kinds: dict[str, str] = {a.partition("?")[0].split("/")[1]: a for a in addresses(client)}
    for address in kinds.values():  # one page of each kind
        watched.go(address)
        page.emulate_media(media="print")
        seen = page.evaluate("['header.top', 'footer.foot', 'button', 'nav.tabs'].flatMap(s => Array.from(document.querySelectorAll(s))).filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 80))")
        assert not seen, (address, seen)
        assert page.locator("h1").first.is_visible(), address
        page.emulate_media(media="screen")


def test_page_and_its_assets_are_light(watched: Watched) -> None:
    import gzip
    import urllib.request

    asked: list[str] = []
    watched.page.on("response", lambda r: asked.append(r.url) if r.status == 200 else None)
    for address in ("/map?period=all", "/events", "/codebook"):
        watched.go(address)
    sizes = {url: len(gzip.compress(urllib.request.urlopen(url).read())) for url in set(asked)}
    assert any("htmx" in url for url in sizes) and sum(sizes.values()) < 250_000, sizes


def wait_for(page: Any, words: str, seconds: float = 180) -> None:
    """Until the heading begins so. The content policy refuses the browser's own waiting function, which evaluates text."""
    end = time.monotonic() + seconds
    while not (told := page.locator("h1").first.inner_text()).startswith(words):
        assert time.monotonic() < end, told
        assert not told.startswith("That did not work"), page.locator("main").inner_text()
        page.wait_for_timeout(250)


@pytest.mark.parametrize("whose", ["ours", "seeds"])
def test_a_newcomers_path(chromium: Any, tmp_path: Path, request: pytest.FixtureRequest, whose: str) -> None:
    """Open an empty store, take the sample, read an event, get from a number to its sentence, drop two reports (ours, and
    the two seed reports where they are there), find the exercise in the ledger, correct a record, undo, export, and go by
    keyboard alone."""
    reports, exercise = [["first.txt", FIRST], ["second.txt", SECOND]], "Norway and Finland to hold"
    if whose == "seeds":
        found = sorted((request.getfixturevalue("shared") / "seeds").glob("*.txt"))
        reports, exercise = [[f.name, f.read_text(encoding="utf-8")] for f in found], "exercise"
    with Server(tmp_path / "new.db") as server:
        watched = Watched(chromium, server.base)
        page = watched.go("/")
        page.get_by_role("button", name="Add the sample reports").click()
        wait_for(page, "Added")

        page.get_by_role("link", name="The brief", exact=True).click()
        page.locator("p.lead a").first.click()  # a number ...
        page.locator(".row q.quote a").first.click()  # ... and its sentence
        page.locator("mark.m-trigger:target").wait_for(state="attached")  # an address changes before its page is read
        assert page.url.split("#t-")[1] and page.locator("mark.m-trigger:target").count() == 1

        page.goto(server.base + "/events?min_originators=2")
        page.locator(".row").first.click(position={"x": 500, "y": 12})
        assert page.locator(".beside > li").count() >= 2 and page.locator("mark.m-same").count() > 0

        page.goto(server.base + "/add")
        handle = page.evaluate_handle(
            "files => { const t = new DataTransfer(); for (const [n, b] of files) t.items.add(new File([b], n, {type: 'text/plain'})); return t; }",
            reports,
        )
        page.dispatch_event("body", "drop", {"dataTransfer": handle})
        wait_for(page, "Added")
        assert page.locator("tbody tr").count() == 2

        page.locator("main a[href='/commitments']").click()
        assert page.locator("tbody tr", has_text=exercise).count() >= 1

        page.goto(server.base + "/mentions?order=-date")
        before = page.locator("h1 .n").inner_text()
        page.goto(server.base + "/review")
        kind = page.locator(".decide .quad").first.inner_text()
        page.keyboard.press("e")
        page.select_option("#e-mod", "denied")
        page.get_by_role("button", name="Keep the correction").click()
        assert "Undo your last: correct modality" in page.locator("main").inner_text()
        with page.expect_navigation():
            page.keyboard.press("u")
        assert page.locator(".decide .quad").first.inner_text() == kind and page.locator(".rev").count() == 0
        page.goto(server.base + "/mentions")
        assert page.locator("h1 .n").inner_text() == before

        with page.expect_download() as waiting:
            page.evaluate("() => { const a = document.createElement('a'); a.href = '/api/export/csv'; document.body.append(a); a.click(); }")
        assert Path(waiting.value.path()).read_text(encoding="utf-8").startswith("id,type")

        page.goto(server.base + "/")
        page.keyboard.press("?")
        assert page.locator("dialog#keys[open]").count() == 1
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        page.keyboard.press("j")
        page.keyboard.press("o")
        page.wait_for_url("**/event/**")
        page.keyboard.press("Control+k")
        page.keyboard.type("timel")
        page.wait_for_selector("#gotos a")
        page.keyboard.press("Enter")
        page.wait_for_url("**/timeline")
        page.keyboard.press("/")
        page.keyboard.type("japan south korea")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search**")
        assert page.locator("a[href='/dyad/JPN/KOR']").count() >= 1
        watched.context.close()
        assert not watched.wrong


def test_words_are_selected_for_a_missed_record(watched: Watched) -> None:
    """With the pointer: drag over words beyond flags, hidden characters and emoji; the record's span holds just these.
    With the keyboard alone: `m`, the words, the type, Enter; and back with the card's button."""
    rows = json.loads(watched.page.request.get(watched.base + "/documents.json").body())["rows"]
    id = next(r["id"] for r in rows if r["source"].startswith("<b>"))
    page = watched.go(f"/document/{id}")
    held = json.loads(page.request.get(f"{watched.base}/document/{id}.json").body())["text"]

    select = """([from, to]) => { const p = Array.from(document.querySelectorAll('article p')).find(p => p.textContent.includes(from)); const w = document.createTreeWalker(p, 4);
      const r = document.createRange(); let n; while ((n = w.nextNode())) { const a = n.data.indexOf(from), b = n.data.indexOf(to); if (a >= 0) r.setStart(n, a); if (b >= 0) r.setEnd(n, b + to.length); }
      const s = getSelection(); s.removeAllRanges(); s.addRange(r); }"""
    page.evaluate(select, ["of a breach", "lgo said"])
    page.locator("#pick").click()
    assert page.locator("#missed[open]").count() == 1 and page.evaluate("document.activeElement.id") == "n-type"
    start, end = (int(page.locator(f"#missed input[name={name}]").input_value()) for name in ("start", "end"))
    assert held[start:end] == held[held.index("of a breach") : held.index("lgo said") + 8]
    page.evaluate("getSelection().removeAllRanges()")
    page.evaluate(select, ["aeroK htroN", "North Korea"])  # over two overrides, a flag and a joined emoji
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("m")
    start, end = (int(page.locator(f"#missed input[name={name}]").input_value()) for name in ("start", "end"))
    assert held[start:end] == held[held.index("aeroK") : held.index("North Korea of") + 11] and len(page.locator("#n-quote").input_value()) > end - start - 3
    page.select_option("#n-type", "CONSULT")
    with page.expect_navigation():
        page.get_by_role("button", name="Add the record").click()
    made = page.locator("mark.m-trigger:target")
    assert made.count() >= 1 and page.locator(".rev", has_text="by hand").count() == 1

    page.goto(f"{watched.base}/document/{id}")
    page.keyboard.press("m")
    assert page.evaluate("document.activeElement.id") == "n-quote"
    page.keyboard.type("said")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("THREATEN")
    while page.evaluate("document.activeElement.id") != "n-why":
        page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".rev", has_text="by hand").count() == 2
    page.get_by_role("button", name="Take it back").last.press("Shift+Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".rev", has_text="by hand").count() == 1
