"""Server time of every page on a large synthetic store, the size sent, and the first paint in a browser.

    python bench/pages.py [--documents 50000] [--per-document 6] [--keep PATH] [--rounds 20] [--only NAME] [--changing] [--cold] [--browser] [--json]

Each kind of page is asked for at `--rounds` addresses, different ones where the page takes any. `first` is the first
request of a kind after the store was opened, which pays for the figures over the whole store; it is shown apart.
Measured once the server holds the lists' columns in memory; how long reading them took is told first. With `--cold` they
are never read: that is what pages cost until then, asked of the file (the reader's own time, which comes on top, is not
in it). With `--changing` a document is added before each request, so that nothing remembered holds. `ms` is wall clock inside
the application, without a socket; `cpu` is this process's time for the same request, the client's share included.
`kb` is the page with its scripts, styles and images, as it is sent: compressed.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import json
import math
import random
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import world
from litestar.testing import TestClient
from store import TYPES, VOCABULARY

from communique.records import Filter
from communique.serve import make_app, render, security
from communique.store import open_store

HOSTS = frozenset({"testserver.local", "127.0.0.1", "localhost"})
CHROMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def build(path: Path, documents: int, per_document: int) -> None:
    with open_store(path) as store:
        world.fill(store, documents, per_document)


def pages(store, rng: random.Random, n: int) -> dict[str, list[str]]:
    """Kind of page → addresses, different ones each time."""
    some = rng.sample(list(store.mentions(Filter(limit=2000, order="-date"))), 400)
    events = rng.sample(list(store.events(Filter(limit=2000, order="originators"))), 200)
    papers = sorted({m.document for m in some})
    codes = world.countries()
    weights = [1 / (i + 1) for i in range(len(codes))]
    commitments, stories, copies = list(store.commitments())[:400], list(store.stories())[:400], list(store.copies())[:400]

    def country() -> str:
        return rng.choices(codes, weights)[0]

    def pair() -> tuple[str, str]:
        a, b = country(), country()
        return (a, b) if a != b else pair()

    def times(make) -> list[str]:
        return [make() for _ in range(n)]

    word = lambda: VOCABULARY[rng.randrange(3000)]  # noqa: E731
    return {
        "brief": ["/"] * n, "brief, any": times(lambda: f"/?period={rng.choice(['week', 'month', 'quarter', 'year', 'all'])}"),
        "events": ["/events"] * n, "events, actor": times(lambda: f"/events?actor={country()}"), "events, dyad": times(lambda: "/events?dyad={}-{}".format(*pair())),
        "events, type": times(lambda: f"/events?type={rng.choice(TYPES)[0]}&since={rng.randint(2015, 2023)}-03-01"), "events, publisher": [f"/events?publisher=Publisher+{i}" for i in range(n)],
        "mentions": ["/mentions"] * n, "mentions, two": times(lambda: f"/mentions?type={(m := rng.choice(some)).type}&modality={m.modality}"),
        "mentions, actor": times(lambda: f"/mentions?either={country()}"), "mentions, text": times(lambda: f"/mentions?text={word()}"), "events, text": times(lambda: f"/events?text={word()}"),
        "documents": ["/documents"] * n, "documents, publisher": [f"/documents?publisher=Publisher+{i}" for i in range(n)], "documents, text": times(lambda: f"/documents?text={word()}"),
        "document": times(lambda: f"/document/{rng.choice(papers)}"), "event": times(lambda: f"/event/{rng.choice(events).id}"),
        "timeline": ["/timeline"] * n, "timeline, actor": times(lambda: f"/timeline?either={country()}"), "dyads": ["/dyads"] * n, "dyad": times(lambda: "/dyad/{}/{}".format(*pair())),
        "dyad, days": times(lambda: "/dyad/{}/{}?grain=day".format(*pair())), "commitments": ["/commitments"] * n, "commitments, by": times(lambda: f"/commitments?by={country()}"),
        "commitment": times(lambda: f"/commitment/{rng.choice(commitments).id}"), "actors": ["/actors"] * n, "actor": times(lambda: f"/actor/country:{country()}"),
        "network": ["/network"] * n, "network, actor": times(lambda: f"/network?either={country()}"), "map": ["/map"] * n, "map, actor": times(lambda: f"/map?either={country()}"),
        "compare": [f"/compare?left=Publisher+{i}&right=Publisher+{i + 9}" for i in range(n)],
        "compare, periods": times(lambda: f"/compare?left_since={(y := rng.randint(2015, 2022))}-01-01&left_until={y + 1}-01-01&right_since={y + 1}-01-01&right_until={y + 2}-01-01"),
        "story": times(lambda: f"/story/{rng.choice(stories).id}"), "copies": times(lambda: f"/copies/{(c := rng.choice(copies)).document}/{c.original}"),
        "review": ["/review"] * n, "review, one": times(lambda: f"/review/{rng.choice(some).id}"), "quality": ["/quality"] * n, "sources": ["/sources"] * n, "runs": ["/runs"] * n,
        "codebook": ["/codebook"] * n, "search": times(lambda: f"/search?q={word()}"), "search, two": times(lambda: f"/search?q={word()}+{word()}"), "suggest": [f"/suggest?q={VOCABULARY[i][:3]}" for i in range(n)],
        "add": ["/add"] * n, "api": ["/api"] * n,
        "foresight": ["/foresight"] * n, "foresight, next": times(lambda: f"/foresight/next?actor={country()}"), "foresight, counts": times(lambda: "/foresight/counts?dyad={}-{}".format(*pair())),
        "foresight, warnings": ["/foresight/warnings"] * n, "foresight, scoreboard": ["/foresight/scoreboard"] * n, "foresight, indicators": times(lambda: "/foresight/indicators?dyad={}-{}".format(*pair())),
        "event, nearest": times(lambda: f"/event/{rng.choice(events).id}?part=nearest"),
    }  # fmt: skip


def quantile(times: list[float], share: float) -> float:
    """The smallest time that this share of them does not exceed (nearest rank)."""
    return sorted(times)[max(0, math.ceil(len(times) * share) - 1)]


def asset_kb(html: str) -> float:
    """The compressed size of what a page loads."""
    names = set(re.findall(r'(?:href|src)="/static/([^"#]+)', html))
    return sum(len(render.packed_asset(name)) for name in names) / 1024


def measure(client: Any, listed: list[str], before=lambda: None) -> dict[str, float]:
    """Times of one kind of page in milliseconds, and the largest answer."""
    walls, used, kb, html = list[float](), list[float](), 0.0, ""
    for address in [listed[0], *listed]:
        before()
        began, cpu = time.perf_counter(), time.process_time()
        answer = client.get(address, headers={"accept-encoding": "gzip"})
        walls.append((time.perf_counter() - began) * 1000)
        used.append((time.process_time() - cpu) * 1000)
        if answer.status_code != 200 and "too many" not in answer.text:
            raise SystemExit(f"{address}: {answer.status_code} {answer.text[-300:]}")
        kb, html = max((kb, html), (int(answer.headers["content-length"]) / 1024, answer.text))
    found = {"first": walls[0], "p50": quantile(walls[1:], 0.5), "p95": quantile(walls[1:], 0.95), "cpu_p50": quantile(used[1:], 0.5), "cpu_p95": quantile(used[1:], 0.95)}
    return {k: round(v, 1) for k, v in found.items()} | {"kb": round(kb + asset_kb(html), 1)}


SENT = "performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource')).reduce((n, e) => n + e.transferSize, 0)"


def paint(path: Path, listed: dict[str, list[str]], visits: int = 3) -> dict[str, dict[str, float]]:
    """Per kind of page in Chromium: the first contentful paint in milliseconds from the start of the navigation, the median of
    visits to different addresses with an empty cache, and the most that was sent, as the browser counts it."""
    import shutil
    import threading

    import uvicorn
    from playwright.sync_api import sync_playwright

    app = make_app(path, hosts=HOSTS)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)  # ends with the process, should the browser fail
    thread.start()
    while not server.started:
        time.sleep(0.05)
    app.state.site._warming.join()
    gc.collect()
    gc.freeze()
    base = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    out = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=next(p for p in map(shutil.which, CHROMES) if p), args=["--no-sandbox", "--disable-gpu"])
        for kind, addresses in listed.items():
            if kind in ("suggest", "event, nearest"):  # parts of pages
                continue
            found = [visit(browser, base + a) for a in [addresses[0], *addresses[-visits:]]][1:]  # the first fills what the server remembers
            out[kind] = {"paint": round(statistics.median(ms for ms, _ in found), 1), "sent_kb": round(max(n for _, n in found) / 1024, 1)}
            print(f"{kind:22}" + "".join(f"  {k} {v:>7}" for k, v in out[kind].items()), file=sys.stderr, flush=True)
        browser.close()
    server.should_exit = True
    thread.join()
    return out


def visit(browser: Any, address: str) -> tuple[float, float]:
    """First paint and bytes sent of one visit by a browser that has nothing kept."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    tab = context.new_page()
    tab.set_default_timeout(300_000)  # a busy machine is slow, not wrong
    tab.goto(address, wait_until="load")
    while not tab.evaluate("performance.getEntriesByName('first-contentful-paint').length"):  # no wait_for_function: the content policy refuses its eval
        time.sleep(0.02)
    found = tab.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"), tab.evaluate(SENT)
    context.close()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--per-document", type=int, default=6)
    parser.add_argument("--keep", help="keep the store here, or use the one that is there")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="only pages whose name begins so")
    parser.add_argument("--changing", action="store_true", help="add a document before each request")
    parser.add_argument("--cold", action="store_true", help="without the columns in memory, as while they are being read")
    parser.add_argument("--browser", action="store_true", help="measure the first paint too")
    parser.add_argument("--only-browser", action="store_true", help="measure the first paint alone")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    security.READS_PER_MINUTE = 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(args.keep) if args.keep else Path(folder) / "pages.db"
        if not path.exists():
            build(path, args.documents, args.per_document)
        app = make_app(path, hosts=HOSTS)
        store = app.state.site.store
        fresh = iter(world.documents(1_000_000, args.per_document)) if args.changing else None
        if fresh is not None:
            for _ in range(store.counts()["documents"]):
                next(fresh)
        figures: dict[str, dict[str, float]] = {}
        if args.cold:
            store.hold_columns = lambda: None
        began = time.process_time()
        with TestClient(app) as client:
            app.state.site._warming.join()
            gc.collect()
            gc.freeze()  # as `serve` does (`Site.settle`)
            print(f"columns: {time.process_time() - began:.1f} s of processor time", file=sys.stderr)
            print({k: v for k, v in store.counts().items() if v}, file=sys.stderr)
            listed = {k: v for k, v in pages(store, random.Random(3), args.rounds).items() if k.startswith(args.only)}
            for kind, addresses in listed.items() if not args.only_browser else ():
                figures[kind] = measure(client, addresses, (lambda: store.add(next(fresh))) if fresh is not None else lambda: None)
                if not args.json:
                    print(f"{kind:22}" + "".join(f"  {k} {v:>7}" for k, v in figures[kind].items()), flush=True)
        if args.browser or args.only_browser:
            for kind, seen in paint(path, listed).items():
                figures.setdefault(kind, {}).update(seen)
    if args.json:
        print(json.dumps(figures))
    with contextlib.suppress(ValueError):
        painted = [f for f in figures.values() if "paint" in f]
        if painted:
            print(f"latest first paint {max(f['paint'] for f in painted)} ms, most sent {max(f['sent_kb'] for f in painted)} KB", file=sys.stderr)
        timed = [f for f in figures.values() if "p95" in f]
        print(f"slowest page at the 95th percentile: {max(f['p95'] for f in timed)} ms, of processor time {max(f['cpu_p95'] for f in timed)} ms, largest {max(f['kb'] for f in timed)} KB", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
