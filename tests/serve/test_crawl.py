"""Every link opens, and every number that opens a list is how many the list holds.

The crawl starts at the brief and follows every link, so many addresses of each kind of page as the budget allows. Facets
combine without end, so addresses with more than `DEEPEST` parameters are checked as the end of a link and not opened for
theirs. `./test` crawls a store of 30 documents; `COMMUNIQUE_CRAWL=2000` one of 2,000, deeper, which takes minutes;
`-s` prints how many pages and numbers it saw.
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS

from communique.serve import make_app, security
from communique.store import open_store

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "bench"))
DOCUMENTS = int(os.environ.get("COMMUNIQUE_CRAWL", "30"))
EACH = 1 if DOCUMENTS < 1000 else 3  # addresses of one kind of page that are opened; ten numbers each way are checked
DEEPEST = 1 if DOCUMENTS < 1000 else 2
WALKED = 300  # lists up to this length are read to their end
LISTS = ("/events", "/mentions", "/documents", "/commitments")
START = (
    "/", "/events", "/mentions", "/documents", "/timeline", "/dyads", "/commitments", "/actors", "/network", "/map", "/compare", "/review", "/quality", "/sources", "/runs",
    "/codebook", "/search?q=the", "/foresight", "/add", "/api", "/?period=year", "/?period=all", "/timeline?period=all&lane=type", "/network?period=all", "/map?period=all",
    "/compare?left=Publisher+0&right=Publisher+1", "/compare?left_since=2016-01-01&left_until=2019-01-01&right_since=2019-01-01&right_until=2024-01-01",
)  # fmt: skip


class Link(NamedTuple):
    href: str
    words: str


class Links(HTMLParser):
    """A page's links with their words; titles of shapes inside count as words."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Link] = []
        self._open: list[str] = []
        self._href: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":  # a facet that is chosen counts what is shown, and opens the list without it
            self._href, self._open = dict(attrs).get("href"), ["×" if dict(attrs).get("aria-current") == "true" else ""]

    def handle_data(self, data: str) -> None:
        self._open.append(re.sub(r"(?<=\d)[\u202f\u00a0](?=\d{3})", "", data))  # thin groups of a number

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href is not None:
            self.found.append(Link(self._href, " ".join("".join(self._open).split())))
            self._href = None


def number_in(link: Link) -> int | None:
    """The number that a link's words give for what it opens: "1 234 events", "CONSULT 12", "2025-09-01: 3"."""
    words = re.sub(r"\b\d{4}(-\d{2}){1,2}\b", "", link.words)  # days and months
    words = re.sub(r"(\d{1,2}(–\d{1,2})? )?\b(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4}\b", "", words)  # the same in words
    words = re.sub(r"\bPublisher \d+\b", "", words)
    if "×" in words or re.search(r"\d%|\d\.\d|\d–\d", words):
        return None
    found = re.findall(r"(?<![\w.])\d+(?![\w.])", words)
    if words.startswith("19") or words.startswith("20"):  # a year facet, "2016 34"
        found = found[1:] if re.match(r"(19|20)\d\d\b", words) and len(found) > 1 else found
    return int(found[0 if ": " in words else -1]) if found else None


def kind_of(address: str) -> str:
    """Which addresses are of one kind: the same page asked for by the same names."""
    parts = urlsplit(address)
    path = re.sub(r"^(/\w+)/.*", r"\1/…", parts.path)
    return path + "?" + "&".join(sorted({name for name, _ in parse_qsl(parts.query)}))


class Crawl:
    """What was seen: pages, lists with their lengths, and what does not hold."""

    def __init__(self, client: TestClient[Litestar]) -> None:
        self.client = client
        self.wrong: list[str] = []
        self.lengths: dict[str, int | None] = {}
        self.checked = Counter[str]()
        self.opened = Counter[str]()

    def run(self, start: tuple[str, ...]) -> None:
        """Open pages breadth first."""
        waiting, met = deque(start), set(start)
        rng = random.Random(1)
        while waiting:
            address = waiting.popleft()
            if address not in start and len(parse_qsl(urlsplit(address).query)) > DEEPEST:
                continue
            if self.opened[kind_of(address)] >= EACH * (6 if "…" in kind_of(address) else 1):  # records differ more than lists
                continue
            self.opened[kind_of(address)] += 1
            answer = self.client.get(address)
            if answer.status_code != 200:
                self.wrong.append(f"{address}: {answer.status_code}")
                continue
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            links = Links(answer.text).found
            self.check(address, links)
            rng.shuffle(links)  # so that the budget of a kind is not spent on one page's
            for link in links:
                target = urljoin(address, link.href).partition("#")[0]
                if target.startswith("/") and target not in met and not target.startswith("/static"):
                    met.add(target)
                    waiting.append(target)

    def check(self, page: str, links: list[Link]) -> None:
        """Each number that opens a list against the list."""
        for link in links:
            target = urljoin(page, link.href).partition("#")[0]
            number = number_in(link)
            if urlsplit(target).path not in LISTS or number is None:
                continue
            if self.checked[kind_of(page) + " → " + kind_of(target)] >= 10 * EACH:
                continue
            self.checked[kind_of(page) + " → " + kind_of(target)] += 1
            length = self.length(target)
            if length != number:
                self.wrong.append(f"{page}: “{link.words}” opens {target}, which holds {length}")

    def length(self, address: str) -> int | None:
        """How many a list holds, read to its end where it is not long; `None` where its own total is another."""
        if address not in self.lengths:
            path, _, query = address.partition("?")
            page = self.client.get(f"{path}.json?{query}").json()
            total: int | None = page.get("total")
            if path in ("/events", "/mentions") and total is not None and total <= WALKED and page.get("next"):
                page = self.client.get(f"{path}.json?{query}&limit={WALKED + 1}").json()
                total = total if len(page["rows"]) == total else None
            self.lengths[address] = total
        return self.lengths[address]


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crawl]:
    import world

    path = tmp_path_factory.mktemp("crawl") / "world.db"
    with open_store(path) as store:
        world.fill(store, DOCUMENTS, 6)
    before = security.READS_PER_MINUTE
    security.READS_PER_MINUTE = 1_000_000
    try:
        app: Any = make_app(path, hosts=HOSTS)
        with TestClient(app) as client:
            found = Crawl(client)
            began = time.process_time()
            found.run(START)
            sys.stderr.write(f"\n{DOCUMENTS} documents: {sum(found.opened.values())} pages opened, {len(found.lengths)} lists counted, {sum(found.checked.values())} numbers checked, {len(found.wrong)} wrong, {time.process_time() - began:.0f} s of processor time\n")
            yield found
    finally:
        security.READS_PER_MINUTE = before


def test_every_link_opens_and_every_number_reconciles(crawled: Crawl) -> None:
    assert not crawled.wrong, "\n".join(crawled.wrong[:40]) + f"\n{len(crawled.wrong)} in all"


def test_the_crawl_saw_what_there_is(crawled: Crawl) -> None:
    pages = {kind.partition("?")[0] for kind in crawled.opened}
    assert {"/", "/events", "/event/…", "/document/…", "/actor/…", "/dyad/…", "/commitment/…", "/story/…", "/copies/…", "/review/…"} <= pages
    assert sum(crawled.checked.values()) > 300, crawled.checked
    for page in ("/", "/events", "/actors", "/map", "/network", "/sources", "/codebook", "/dyad/…", "/actor/…", "/compare"):
        assert any(k.startswith(page + "?") and n for k, n in crawled.checked.items()), f"no number of {page} was checked"
