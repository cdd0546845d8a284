"""A watch over made-up sites: no item lost, none twice, whatever the servers do and whenever the program is killed."""

from __future__ import annotations

import os
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from tests.store import factory

from communique import pipeline
from communique.batch import alerts
from communique.batch.alerts import Delivery, Query
from communique.batch.watch import Round, Watcher, plain_address, read_sources, run_watch
from communique.batch.web import Reply, Transient
from communique.config import Settings
from communique.errors import ConfigError, UnsupportedError, UsageError
from communique.records import CodedDocument, Derived, Document, Failure
from communique.store import Store, open_store

FEEDS = int(os.environ.get("COMMUNIQUE_WATCH_FEEDS", "6"))
ITEMS = int(os.environ.get("COMMUNIQUE_WATCH_ITEMS", "120"))
START = 1_750_000_000.0
STEP = 900.0


class Site:
    """Feeds and pages in memory, with faults; `clock` is the simulated time."""

    def __init__(self, seed: int = 3, *, faults: float = 0.05) -> None:
        self.rng = random.Random(seed)
        self.clock = START
        self.faults = faults
        self.feeds: dict[str, list[tuple[float, str]]] = {f"http://site{n}.test/rss": [] for n in range(FEEDS)}
        self.pages: dict[str, str] = {}
        self.asked: Counter[str] = Counter()

    def fill(self) -> set[tuple[str, str]]:
        """Items over a day: 70 % new texts, 15 % the same address in other dress, 15 % the same text at another
        address of the site. The (site, text) pairs that a perfect watch keeps."""
        unique: list[tuple[str, str]] = []
        wanted = set()
        for number in range(ITEMS):
            at = START + 86_400.0 * number / ITEMS * 0.9
            draw = self.rng.random()
            if unique and draw < 0.15:
                old = self.rng.choice(unique[-20:])
                host = old[0].split("/")[2]
                self.feeds[f"http://{host}/rss"].append((at, f"{old[0]}?utm_source=rss{number}#top"))
                self.pages[f"{old[0]}?utm_source=rss{number}#top"] = old[1]
                continue
            host = self.rng.choice(list(self.feeds)).split("/")[2]
            if unique and draw < 0.30:
                old = self.rng.choice(unique[-20:])
                host, text = old[0].split("/")[2], old[1]
            else:
                text = f"Report {number}: event {number % max(1, ITEMS // 3)} took place."
            url = f"http://{host}/a/{number}"
            unique.append((url, text))
            wanted.add((host, text))
            self.pages[url] = text
            self.feeds[f"http://{host}/rss"].append((at, url))
        return wanted

    def get(self, url: str, *, headers: dict[str, str] | None = None) -> Reply:
        self.asked[url] += 1
        if self.rng.random() < self.faults:
            raise Transient(f"{url}: HTTP status 500", value=500)
        if url not in self.feeds:
            return Reply(200, url, {"content-type": "text/plain"}, self.pages[url].encode())
        items = [i for i in self.feeds[url] if i[0] <= self.clock]
        tag = f'"{len(items)}"'
        if (headers or {}).get("If-None-Match") == tag:
            return Reply(304, url, {"etag": tag}, b"")
        rows = "".join(
            f"<item><title>Item</title><link>{escape(link)}</link><pubDate>{format_datetime(datetime.fromtimestamp(at, UTC))}</pubDate></item>"
            for at, link in items[-60:]
        )
        body = f'<?xml version="1.0"?><rss version="2.0"><channel><title>S</title>{rows}</channel></rss>'
        return Reply(200, url, {"etag": tag, "content-type": "application/rss+xml"}, body.encode())


def code(items: Iterable[Document | Failure]) -> Iterator[CodedDocument | Failure]:
    """One mention a report; even event numbers are Japan's, odd ones Kenya's."""
    for item in items:
        assert isinstance(item, Document)
        found = re.search(r"event (\d+)", item.text)
        if found is None:
            yield Failure(source=item.source, reason="not an article", detail="no event")
            continue
        actor = "JPN" if int(found[1]) % 2 == 0 else "KEN"
        made = factory.simple(1, actor=actor, recipient="KOR")
        import msgspec

        span = type(made.mentions[0].trigger)(*found.span())
        party = [msgspec.structs.replace(p, span=None, text=None) for p in (*made.mentions[0].actors, *made.mentions[0].recipients)]
        mention = msgspec.structs.replace(
            made.mentions[0], id="m_" + factory.digest(item.id), document=item.id, trigger=span, evidence=(span,), actors=(party[0],), recipients=(party[1],),
            when=msgspec.structs.replace(made.mentions[0].when, span=None),
        )  # fmt: skip
        article = msgspec.structs.replace(made.article, doc=item, blocks=(), header=type(made.article.header)())
        yield msgspec.structs.replace(made, article=article, mentions=(mention,), uncoded=(), entities=(), times=())


def link(store: Store, *, settings: Settings | None = None) -> Derived:
    """Events by the number in their words."""
    groups: dict[str, list] = {}
    for mention in store.each_mention():
        groups.setdefault(store.quote(mention), []).append(mention)
    derived = Derived(events=tuple(factory.event(*found) for _, found in sorted(groups.items())))
    store.replace_derived(events=derived.events, stories=(), commitments=(), discrepancies=(), copies=())
    return derived


@pytest.fixture(autouse=True)
def _linked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "link_store", link)


def watcher(store: Store, path: Path, site: Site, queries: tuple[Query, ...] = (), *, coder: object = code) -> Watcher:
    return Watcher(store, path / "state.json", Settings(), queries, STEP, True, site, coder, lambda: site.clock)  # type: ignore[arg-type]


def kept(store: Store) -> Counter[tuple[str, str]]:
    return Counter((f.source.split("/")[2], store.text(f.id) or "") for f in store.documents())


def test_simulated_day_loses_nothing_and_tells_each_event_once(tmp_path: Path) -> None:
    site = Site()
    wanted = site.fill()
    query = Query(name="Japan", filter={"actor": "JPN"}, deliver=(Delivery(kind="rss", path=str(tmp_path / "japan.xml")),))
    rounds, told = 0, 0
    with open_store(tmp_path / "a.db") as store:
        watch = watcher(store, tmp_path, site, (query,))
        while site.clock < START + 86_400 * 1.4:
            if rounds % 25 == 10:  # killed while coding: what was in hand is done again by the next process
                watch = watcher(store, tmp_path, site, (query,), coder=dying(3))
                try:
                    watch.round(list(site.feeds))
                except KeyboardInterrupt:
                    pass
                watch = watcher(store, tmp_path, site, (query,))
            done = watch.round(list(site.feeds))
            told += done.alerts
            rounds += 1
            site.clock += STEP
        found = kept(store)
        assert set(found) == wanted, "no item is lost"
        assert max(found.values()) == 1, "none is kept twice"
        assert not watch.state.pending
        events = {e.id for e in store.each_event() if e.actors[0].country == "JPN"}
        assert told == len(events) > 10
    text = (tmp_path / "japan.xml").read_text()
    assert text.count("<item>") == min(told, alerts.KEPT)
    assert len(set(re.findall(r"<guid[^>]*>([^<]+)", text))) == text.count("<item>")


def test_what_was_in_hand_when_the_watch_was_killed_is_kept_later(tmp_path: Path) -> None:
    site = Site(faults=0.0)
    wanted = site.fill()
    site.clock += 86_400
    with open_store(tmp_path / "a.db") as store:
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                watcher(store, tmp_path, site, coder=dying(0)).round(list(site.feeds))
            assert not kept(store)
        watcher(store, tmp_path, site).round(list(site.feeds))
        assert kept(store) == Counter(dict.fromkeys(wanted, 1))


def dying(after: int) -> object:
    def coder(items: Iterable[Document | Failure]) -> Iterator[CodedDocument | Failure]:
        for number, item in enumerate(code(items)):
            if number == after:
                raise KeyboardInterrupt
            yield item

    return coder


def test_unchanged_feed_costs_one_conditional_question(tmp_path: Path) -> None:
    site = Site(faults=0.0)
    site.fill()
    with open_store(tmp_path / "a.db") as store:
        watch = watcher(store, tmp_path, site)
        site.clock += 86_400
        watch.round(list(site.feeds))
        before = sum(site.asked.values())
        site.clock += STEP
        done = watch.round(list(site.feeds))
        assert (done.asked, done.unchanged, done.new) == (FEEDS, FEEDS, 0)
        assert sum(site.asked.values()) - before == FEEDS


def test_failing_source_is_left_alone_longer_each_time(tmp_path: Path) -> None:
    site = Site(faults=1.0)
    url = next(iter(site.feeds))
    with open_store(tmp_path / "a.db") as store:
        watch = watcher(store, tmp_path, site)
        pauses = []
        for _ in range(12):
            watch.round([url])
            pauses.append(watch.state.sources[url].due - site.clock)
            site.clock = watch.state.sources[url].due
        assert pauses[1] > pauses[0] and max(pauses) <= 86_400 and pauses[-1] > 40_000
        site.faults = 0.0
        site.clock += 1
        watch.round([url])
        assert watch.state.sources[url].failures == 0 and watch.state.sources[url].note is None


def test_page_that_cannot_be_had_leaves_the_feeds_own_text(tmp_path: Path) -> None:
    feed = (
        '<?xml version="1.0"?><rss version="2.0"><channel><title>S</title><item><title>T</title><link>http://s.test/a</link>'
        "<description>Report 1: event 4 took place, says the feed.</description></item></channel></rss>"
    )

    class Forbidding(Site):
        def get(self, url: str, *, headers: dict[str, str] | None = None) -> Reply:
            if url.endswith("rss"):
                return Reply(200, url, {"content-type": "application/rss+xml"}, feed.encode())
            raise UnsupportedError("robots.txt of the site does not allow it")

    with open_store(tmp_path / "a.db") as store:
        done = watcher(store, tmp_path, Forbidding()).round(["http://s.test/rss"])
        assert (done.coded, done.failed) == (1, 0)
        assert "says the feed" in next(iter(kept(store)))[1]


def test_documents_of_a_killed_round_are_linked_by_the_next(tmp_path: Path) -> None:
    site = Site(faults=0.0)
    site.feeds["http://site0.test/rss"] = [(START - 1, "http://site0.test/a")]
    site.pages["http://site0.test/a"] = "Report 1: event 2 took place."
    with open_store(tmp_path / "a.db") as store:
        watch = watcher(store, tmp_path, site)
        watch._ask_sources(["http://site0.test/rss"], Round(), site.clock, False)
        watch._empty_pending(Round(), site.clock)  # ... and killed before linking
        assert (store.count("mention"), store.count("event")) == (1, 0)
        done = watcher(store, tmp_path, site).round(["http://site0.test/rss"])
        assert (done.coded, done.events, store.count("event")) == (0, 1, 1)


def test_gone_page_is_a_named_failure(tmp_path: Path) -> None:
    site = Site(faults=0.0)
    site.feeds["http://site0.test/rss"] = [(START - 1, "http://site0.test/gone")]
    get = site.get
    site.get = lambda url, headers=None: Reply(404, url, {}, b"") if url.endswith("gone") else get(url, headers=headers)  # type: ignore[method-assign]
    with open_store(tmp_path / "a.db") as store:
        done = watcher(store, tmp_path, site).round(["http://site0.test/rss"])
        assert (done.failed, done.pending) == (1, 0)
        assert [f.source for f in store.failures()] == ["http://site0.test/gone"]


def test_sitemaps_give_their_fresh_addresses(tmp_path: Path) -> None:
    day = datetime.fromtimestamp(START, UTC).date().isoformat()
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><sitemap><loc>http://m.test/news.xml</loc><lastmod>{day}</lastmod></sitemap></sitemapindex>"
    urls = (
        f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>http://m.test/new</loc><lastmod>{day}</lastmod></url>"
        "<url><loc>http://m.test/old</loc><lastmod>2001-01-01</lastmod></url></urlset>"
    )

    class Mapped(Site):
        def get(self, url: str, *, headers: dict[str, str] | None = None) -> Reply:
            body = {"http://m.test/map.xml": index, "http://m.test/news.xml": urls}.get(url)
            if body is not None:
                return Reply(200, url, {"content-type": "text/xml"}, body.encode())
            return Reply(200, url, {"content-type": "text/plain"}, b"Report 1: event 2 took place.")

    with open_store(tmp_path / "a.db") as store:
        watcher(store, tmp_path, Mapped()).round(["http://m.test/map.xml"])
        assert [f.url for f in store.documents()] == ["http://m.test/new"]


def test_addresses_compare_without_dress() -> None:
    plain = plain_address("https://Paper.example/a?id=3")
    assert plain_address("http://paper.example/a?utm_source=x&id=3&fbclid=9#top") == plain
    assert plain_address("http://paper.example/a?id=4") != plain
    assert plain_address("http://[bad") == "http://[bad"


def test_sources_are_lists_or_addresses(tmp_path: Path) -> None:
    opml = tmp_path / "feeds.opml"
    opml.write_text('<opml version="2.0"><body><outline text="A" xmlUrl="https://a.test/rss"/><outline text="B" xmlUrl="file:///etc/passwd"/></body></opml>')
    assert read_sources([str(opml), "https://b.test/rss", "https://a.test/rss"]) == ("https://a.test/rss", "https://b.test/rss")
    with pytest.raises(UsageError):
        read_sources([str(tmp_path / "nowhere.opml")])
    with pytest.raises(UsageError, match="no feeds"):
        read_sources(["/dev/null"])


def test_only_one_watch_on_a_state(tmp_path: Path) -> None:
    site = Site(faults=0.0)
    with open_store(tmp_path / "a.db") as store:

        def nested(found: object) -> None:
            with pytest.raises(UsageError, match="another watch"):
                run_watch(store, ["http://site0.test/rss"], once=True, web=site, code=code)  # type: ignore[arg-type]

        run_watch(store, ["http://site0.test/rss"], once=True, web=site, code=code, tell=nested)  # type: ignore[arg-type]


def test_damaged_state_and_queries_are_named(tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text("{")
    with open_store(tmp_path / "a.db") as store, pytest.raises(UsageError, match="damaged"):
        watcher(store, tmp_path, Site())
    for text in ("[[query]]\nname = 3", "[query", "x = 1", '[[query]]\nname = "a"\nfilter = {actr = "JPN"}\ndeliver = [{kind = "rss", path = "x"}]',
                 '[[query]]\nname = "a"\nfilter = {}\ndeliver = [{kind = "webhook"}]'):  # fmt: skip
        (tmp_path / "q.toml").write_text(text)
        with pytest.raises(ConfigError, match=r"q\.toml"):
            alerts.load_queries(tmp_path / "q.toml")
