"""Server time of every page on a large synthetic store: 50th and 95th percentile, and the size sent.

    python bench/pages.py [--mentions 300000] [--per-document 6] [--keep PATH] [--rounds 8] [--json]

Events are made one from each second mention, without linking, which has a bench of its own. The first round after the
store changed pays for the figures over the whole store; it is shown apart as `first`. Times are wall clock inside the
application, without a socket.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
import tempfile
import time
from pathlib import Path

from litestar.testing import TestClient
from store import CODES, VOCABULARY, documents

from communique.records import Event, Filter
from communique.serve import make_app, security
from communique.store import open_store

HOSTS = frozenset({"testserver.local"})


def build(path: Path, mentions: int, per_document: int) -> None:
    made = documents(mentions // per_document, per_document)
    with open_store(path) as store:
        store.add_many(made, batch=500)
        events = [event(m) for n, m in enumerate(store.each_mention(Filter(limit=0))) if n % 2 == 0]
        store.replace_derived(events)


def event(m) -> Event:
    return Event(
        id="ev_" + m.id, type=m.type, mode=m.mode, modality=m.modality, actors=m.actors, recipients=m.recipients, when=m.when, where=m.where,
        mentions=(m.id,), documents=(m.document,), publishers=("Publisher 1",), originators=(), score=m.score, contexts=m.contexts, quad=m.quad,
        plover_score=m.plover_score, headline=f"{m.actors[0].name} {m.type.lower()} {m.recipients[0].name}",
    )  # fmt: skip


def pages(store, rng: random.Random) -> dict[str, list[str]]:
    """Kind of page → addresses, different ones each time."""
    some = [m for m in store.mentions(Filter(limit=400, order="-date"))]
    country = lambda: rng.choices(CODES, [1 / (i + 1) for i in range(len(CODES))])[0]  # noqa: E731
    n = 8
    return {
        "brief": ["/"] * n, "brief, year": ["/?period=year"] * n,
        "events": [f"/events?actor={country()}" for _ in range(n)], "mentions": [f"/mentions?type={m.type}&modality={m.modality}" for m in some[:n]],
        "events, text": [f"/events?text={VOCABULARY[rng.randrange(3000)]}" for _ in range(n)], "documents": [f"/documents?publisher=Publisher+{i}" for i in range(n)],
        "document": [f"/document/{rng.choice(some).document}" for _ in range(n)], "event": [f"/event/{e.id}" for e in store.events(Filter(limit=n))],
        "timeline": [f"/timeline?either={country()}" for _ in range(n)], "dyads": ["/dyads"] * n, "dyad": [f"/dyad/{country()}/{country()}" for _ in range(n)],
        "commitments": ["/commitments"] * n, "actors": ["/actors"] * n, "actor": [f"/actor/country:{country()}" for _ in range(n)], "network": ["/network?period=week"] * n,
        "map": ["/map?period=month"] * n, "compare": [f"/compare?left=Publisher+{i}&right=Publisher+{i + 9}&period=month" for i in range(n)],
        "review": ["/review"] * n, "quality": ["/quality"] * n, "sources": ["/sources"] * n, "runs": ["/runs"] * n, "codebook": ["/codebook"] * n,
        "search": [f"/search?q={VOCABULARY[rng.randrange(3000)]}" for _ in range(n)], "suggest": [f"/suggest?q={VOCABULARY[i][:3]}" for i in range(n)],
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=300_000)
    parser.add_argument("--per-document", type=int, default=6)
    parser.add_argument("--keep", help="keep the store here, or use the one that is there")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    security.READS_PER_MINUTE = 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(args.keep) if args.keep else Path(folder) / "pages.db"
        if not path.exists():
            build(path, args.mentions, args.per_document)
        app = make_app(path, hosts=HOSTS)
        figures: dict[str, dict[str, float]] = {}
        with TestClient(app) as client:
            for kind, listed in pages(app.state.site.store, random.Random(3)).items():
                first, times, sizes = 0.0, [], []
                for number, address in enumerate([listed[0], *listed]):
                    began = time.perf_counter()
                    answer = client.get(address, headers={"accept-encoding": "identity"})
                    spent = (time.perf_counter() - began) * 1000
                    assert answer.status_code == 200, (address, answer.text[-300:])
                    if number == 0:
                        first = spent
                    else:
                        times.append(spent)
                    sizes.append(len(gzip.compress(answer.content)) / 1024)
                times.sort()
                figures[kind] = {"first_ms": round(first), "p50_ms": round(times[len(times) // 2], 1), "p95_ms": round(times[-1], 1), "kb_gz": round(max(sizes), 1)}
    if args.json:
        print(json.dumps(figures))
    else:
        for kind, row in figures.items():
            print(f"{kind:14}" + "".join(f"{k:>10} {v:>8}" for k, v in row.items()))
    print(f"slowest page at the 95th percentile: {max(f['p95_ms'] for f in figures.values())} ms", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
