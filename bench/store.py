"""A million synthetic mentions: how fast they load, and how fast every kind of question is answered.

    python bench/store.py [--mentions 1000000] [--per-document 20] [--keep PATH|postgresql://...] [--json]

The texts, countries and dates are drawn from a seeded generator with the long tails of real news (few pairs make
most records). Times are wall clock; the figures hold for the machine they were taken on.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from communique.records import (
    Article,
    Attribution,
    Block,
    CodedDocument,
    Document,
    EventMention,
    Filter,
    Header,
    Participant,
    Published,
    Span,
    Speaker,
    When,
    Where,
)  # fmt: skip
from communique.store import open_store
from communique.text import digest, sha256_text

TYPES = [("CONSULT", "verbal cooperation", 30), ("AGREE", "verbal cooperation", 12), ("SUPPORT", "verbal cooperation", 8),
         ("COOPERATE", "material cooperation", 6), ("AID", "material cooperation", 5), ("CONCEDE", "verbal cooperation", 2),
         ("RETREAT", "material cooperation", 2), ("REQUEST", "verbal conflict", 8), ("ACCUSE", "verbal conflict", 10),
         ("REJECT", "verbal conflict", 5), ("THREATEN", "verbal conflict", 4), ("PROTEST", "material conflict", 3),
         ("SANCTION", "material conflict", 2), ("MOBILIZE", "material conflict", 3), ("COERCE", "material conflict", 5),
         ("ASSAULT", "material conflict", 8)]  # fmt: skip
MODALITIES = (["actual", "planned", "pledged", "demanded", "denied", "hypothetical", "historical"], [60, 12, 8, 6, 3, 3, 8])
CODES = [f"{a}{b}{c}" for a in "ABCDEFG" for b in "ARSTUX" for c in "ABCNZ"][:200]
WEIGHTS = [1 / (i + 1) for i in range(len(CODES))]
PUBLISHERS = [f"Publisher {i}" for i in range(300)]


def vocabulary(rng: random.Random) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return ["".join(rng.choices(letters, k=rng.randint(3, 10))) for _ in range(30000)]


def documents(count: int, per_document: int, seed: int = 1) -> Iterator[CodedDocument]:
    """Coded documents, the same for the same arguments."""
    rng = random.Random(seed)
    words = vocabulary(rng)
    weights = [1 / (i + 3) for i in range(len(words))]
    cumulative = []
    total = 0.0
    for w in weights:
        total += w
        cumulative.append(total)
    start = date(2015, 1, 1)
    for number in range(count):
        text = " ".join(rng.choices(words, cum_weights=cumulative, k=380))
        doc = Document(id=digest("bench", str(number)), source=f"{number}.txt", format="text", text=text, sha256=sha256_text(text), raw_sha256="0" * 64)
        day = start + timedelta(days=rng.randrange(3650))
        header = Header(publisher=rng.choices(PUBLISHERS, [1 / (i + 1) for i in range(300)])[0], title=text[:60], language="en",
                        published=Published(start=day.isoformat(), end=(day + timedelta(days=1)).isoformat(), basis="meta", confidence=0.9))  # fmt: skip
        article = Article(doc=doc, blocks=(Block(kind="body", span=Span(0, len(text))),), header=header)
        mentions = tuple(one_mention(rng, doc, day, k, per_document) for k in range(per_document))
        yield CodedDocument(article=article, mentions=mentions, coder="bench.v1", tables="t", settings="s")


def one_mention(rng: random.Random, doc: Document, day: date, k: int, of: int) -> EventMention:
    a, b = rng.choices(CODES, WEIGHTS, k=2)
    kind = rng.choices(TYPES, [t[2] for t in TYPES])[0]
    size = len(doc.text) // of
    at = k * size
    when = day + timedelta(days=rng.randint(-10, 3))
    dated = rng.random() < 0.85
    return EventMention(
        id=digest(doc.id, str(k)), document=doc.id, type=kind[0], quad=kind[1], trigger=Span(at + 5, at + 10), evidence=(Span(at, at + size),),
        mode=rng.choice(["meet", "visit", "call"]) if kind[0] == "CONSULT" else None, modality=rng.choices(*MODALITIES)[0],
        contexts=(rng.choice(["military", "economic", "diplomatic", "territory", "human rights"]),) if rng.random() < 0.5 else (),
        actors=(Participant(span=Span(at, at + 4), text=doc.text[at : at + 4], entity=f"country:{a}", name=a, country=a, kind="country", sectors=("GOV",)),),
        recipients=(Participant(span=Span(at + 11, at + 14), text=doc.text[at + 11 : at + 14], entity=f"country:{b}", name=b, country=b, kind="country"),),
        when=When(start=when.isoformat(), end=(when + timedelta(days=1)).isoformat(), grain="day", basis="relative") if dated else When(),
        where=Where(name=f"City {a}", country=a, lat=rng.uniform(-60, 70), lon=rng.uniform(-180, 180), basis="stated", span=None) if rng.random() < 0.4 else None,
        attribution=(Attribution(speaker=Speaker(span=None, entity=None, name=f"ministry of {a}", country=a), cue=None, kind="reported"),) if rng.random() < 0.4 else (),
        score=round(rng.uniform(0.5, 1), 3), plover_score=round(rng.uniform(-10, 10), 1), coder="bench.v1", tables="t", reasons=("made by the bench",),
    )  # fmt: skip


def some_filters(rng: random.Random, count: int) -> list[Filter]:
    """Filters as people make them: one to four conditions, any order, common and rare values."""
    out = []
    while len(out) < count:
        fields: dict[str, object] = {}
        for name in rng.sample(["actor", "recipient", "either", "dyad", "type", "modality", "quad", "mode", "context", "publisher", "when",
                                "place", "text", "score", "attribution", "box", "as_of"], rng.randint(1, 4)):  # fmt: skip
            country = rng.choices(CODES, WEIGHTS)[0] if rng.random() < 0.6 else rng.choice(CODES)
            value: object = {
                "actor": (country,), "recipient": (country,), "either": (country,), "dyad": (country, rng.choices(CODES, WEIGHTS)[0]),
                "type": (rng.choice(TYPES)[0],), "modality": (rng.choice(MODALITIES[0]),), "quad": (rng.choice(TYPES)[1],), "mode": ("visit",),
                "context": ("military",), "publisher": (rng.choice(PUBLISHERS),), "place": rng.choice([country, f"City {country}"]),
                "text": rng.choice(VOCABULARY[:3000]), "score": 0.9, "attribution": f"ministry of {country}", "box": (10.0, 10.0, 30.0, 40.0),
                "as_of": "2020-06-01", "when": None,
            }[name]  # fmt: skip
            if name == "when":
                year = rng.randint(2015, 2023)
                fields |= {"since": f"{year}-03-01", "until": f"{year + 1}-01-01", "date": rng.choice(["happened", "happened", "published"])}
            else:
                fields["min_score" if name == "score" else name] = value
        out.append(Filter(**fields, order=rng.choice(["date", "date", "-date", "-date", "score"]), limit=100))  # type: ignore[arg-type]
    return out


VOCABULARY = vocabulary(random.Random(1))


def timed(run, rounds: int = 5, clock=None) -> float:
    """Median milliseconds by the clock."""
    times = []
    for _ in range(rounds):
        began = clock()
        run()
        times.append((clock() - began) * 1000)
    return statistics.median(times)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mentions", type=int, default=1_000_000)
    parser.add_argument("--per-document", type=int, default=20)
    parser.add_argument("--filters", type=int, default=200)
    parser.add_argument("--keep", help="keep the store here (a file, or an address of an empty schema), or use the one that is there")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--slow", action="store_true", help="name the slowest filters")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = args.keep or str(Path(folder) / "bench.db")
        figures: dict[str, float] = {"mentions": args.mentions, "documents": args.mentions // args.per_document}
        with open_store(path) as store:
            if not store.counts()["documents"]:
                figures |= load(store, args)
            figures |= ask(store, args, time.perf_counter, "ms")
            figures |= ask(store, args, time.process_time, "cpu_ms")
            figures["megabytes"] = round(store.counts()["bytes"] / 1e6, 1)
    print(json.dumps(figures) if args.json else "\n".join(f"{k:28} {v}" for k, v in figures.items()))
    return 0


def server_seconds(store) -> float:
    """Processor seconds of the server's process behind this store's connection, where it is on this machine."""
    connection = store._connection()
    if connection.dialect.name != "postgresql":
        return 0.0
    with contextlib.suppress(OSError):
        fields = Path(f"/proc/{connection.execute('SELECT pg_backend_pid()').get}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def load(store, args) -> dict[str, float]:
    """Load speed; making the synthetic documents is not counted."""
    spent, cpu = 0.0, -server_seconds(store)
    made = documents(args.mentions // args.per_document, args.per_document)

    def measured(run) -> None:
        nonlocal spent, cpu
        began, used = time.perf_counter(), time.process_time()
        run()
        spent += time.perf_counter() - began
        cpu += time.process_time() - used

    with contextlib.ExitStack() as stack:
        measured(lambda: stack.enter_context(store.bulk()))
        while chunk := list(itertools.islice(made, 10_240)):  # five transactions
            measured(lambda c=chunk: store.add_many(c))
            print(f"\r{store.counts()['documents']} documents", end="", file=sys.stderr)
        measured(stack.close)  # making the indexes is part of loading
    print(file=sys.stderr)
    cpu += server_seconds(store)
    return {"load_per_s": round(args.mentions / spent), "load_per_cpu_s": round(args.mentions / cpu)}


def ask(store, args, clock, unit: str) -> dict[str, float]:
    """Times of every kind of question, by wall clock or by this process's CPU (for a machine that is shared)."""

    def timed_here(run, rounds: int = 5) -> float:
        return timed(run, rounds, clock)

    rng = random.Random(9)
    pair = (CODES[0], CODES[1])
    out = {
        "pair_months": timed_here(lambda: store.dyad_series([pair])),
        "pair_days": timed_here(lambda: store.dyad_days([pair])),
        "all_dyads": timed_here(lambda: store.dyad_totals()),
        "all_dyad_months": timed_here(lambda: store.dyad_series(), 3),
        "search_top20": max(timed_here(lambda w=w: store.search(w), 3) for w in [VOCABULARY[i] for i in (0, 5, 50, 500, 3000)]),
        "search_among_all": timed_here(lambda: store.search(VOCABULARY[0], among=None), 3),
        "search_two_words": timed_here(lambda: store.search(f"{VOCABULARY[3]} {VOCABULARY[40]}")),
        "facets_type": timed_here(lambda: store.facets("mention", names=("type",)), 2),
    }
    times = []
    for flt in some_filters(rng, args.filters):
        began = clock()
        n = len(store.mentions(flt))
        times.append(((clock() - began) * 1000, n, flt))
    times.sort(key=lambda t: t[0])
    if args.slow:
        for ms, n, flt in times[-12:]:
            print(round(ms), n, {f: getattr(flt, f) for f in flt.__struct_fields__ if getattr(flt, f) not in ((), None)}, file=sys.stderr)
    out["page_p50"] = times[len(times) // 2][0]
    out["page_p95"] = times[int(len(times) * 0.95)][0]
    out["page_max"] = times[-1][0]
    return {f"{k}_{unit}": round(v, 2) for k, v in out.items()}


if __name__ == "__main__":
    raise SystemExit(main())
