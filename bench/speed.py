"""What the whole chain costs beside bare trafilatura and spaCy, on the same pages in the same run.

    python bench/speed.py [FOLDER ...] [--articles 60] [--json] [--profile]
    python bench/speed.py --growth 100 1000 10000

A folder holds pages (.html, .html.gz); by default those of the development sets. Costs are CPU seconds of one core, so that a busy
machine shifts them little; every way runs in a process of its own, whose peak memory is its own. The bare way
extracts each page with trafilatura and parses what comes with the same spaCy model; `same text` parses exactly the
blocks that our chain parses, which is the floor under `parse`. Growth is the exponent b of cost = a * n^b, fitted on a
quarter, a half and the whole of the articles (coding: the articles in order; load and link: their coded records). `--growth`
fits it over the numbers given, on short reports of one length made of the project's own labelled passages.
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import json
import math
import os
import pstats
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
ROOT = Path(__file__).resolve().parent.parent
SETS = (ROOT.parent / "shared/data/extraction/aed/html", ROOT.parent / "shared/data/extraction/scrapinghub/html")
CPU = time.process_time


def pages(folders: list[str], count: int) -> list[tuple[str, bytes]]:
    """`count` pages spread over all there are, by name."""
    found = [p for f in folders for p in sorted(Path(f).rglob("*")) if p.name.endswith((".html", ".htm", ".html.gz"))]
    if not found:
        raise SystemExit("speed: no pages (.html, .html.gz) in the folders given")
    step = max(1, len(found) // count)
    chosen = found[::step][:count]
    return [(p.name, gzip.decompress(p.read_bytes()) if p.suffix == ".gz" else p.read_bytes()) for p in chosen]


def bare(items: list[tuple[str, bytes]]) -> dict:
    """trafilatura and spaCy alone."""
    import spacy
    import trafilatura

    from communique.annotate.language import MODEL

    start = CPU()
    nlp = spacy.load(MODEL)
    nlp("A first sentence warms everything up.")
    loaded = CPU() - start
    start = CPU()
    texts = [trafilatura.extract(raw) or "" for _, raw in items]
    extracted = CPU() - start
    start = CPU()
    for _ in nlp.pipe(texts, batch_size=32):
        pass
    parsed = CPU() - start
    stages = {"extract": extracted, "parse": parsed}
    return {"load": loaded, "stages": stages, "docs": sum(map(bool, texts)), "words": sum(len(t.split()) for t in texts)}


def same_text(items: list[tuple[str, bytes]]) -> dict:
    """spaCy alone on the blocks that the chain parses, block by block in batches."""
    import spacy

    from communique.annotate.language import MODEL

    nlp = spacy.load(MODEL)
    nlp("A first sentence warms everything up.")
    blocks = [a.doc.text[b.span.start : b.span.end] for a in _articles(items) for b in a.blocks if b.kind in ("title", "body")]
    start = CPU()
    for _ in nlp.pipe(sorted(blocks, key=len), batch_size=64):
        pass
    return {"stages": {"parse": CPU() - start}, "words": sum(len(b.split()) for b in blocks)}


def _articles(items: list[tuple[str, bytes]]) -> list:
    from communique.errors import DocumentError
    from communique.ingest import label_article
    from communique.ingest.formats import document_from_html

    out = []
    for name, raw in items:
        try:
            out.append(label_article(document_from_html(raw, source=name)))
        except DocumentError:
            continue
    return out


def ours(items: list[tuple[str, bytes]]) -> dict:
    """The chain by stage, then as the pipeline runs it, growth, and load and link."""
    from communique import pipeline
    from communique.config import Settings
    from communique.errors import DocumentError
    from communique.ingest.formats import document_from_html

    start = CPU()
    pipeline.code_text("France and Germany signed a treaty in Paris on Monday, officials said.")
    loaded = CPU() - start
    docs, start = [], CPU()
    for name, raw in items:
        try:
            docs.append(document_from_html(raw, source=name))
        except DocumentError:
            continue
    stages = {"read": CPU() - start, **_by_stage(docs)}
    totals, coded = [], []
    for part in (len(docs) // 4, len(docs) // 2, len(docs)):
        start = CPU()
        coded = list(pipeline.code_many(docs[:part], settings=Settings()))
        totals.append((part, CPU() - start))
    good = [c for c in coded if hasattr(c, "article")]
    words = sum(len(c.article.doc.text[b.span.start : b.span.end].split()) for c in good for b in c.article.blocks if b.kind in ("title", "body"))
    stored = [(n, _load_and_link(good[:n])) for n in (len(good) // 4, len(good) // 2, len(good))]
    return {
        "load": loaded, "stages": stages, "chain": stages["read"] + totals[-1][1], "docs": len(good), "words": words,
        "mentions": sum(len(c.mentions) for c in good), "coding_exponent": exponent(totals), "store_exponent": exponent(stored),
        "store_and_link": stored[-1][1],
    }  # fmt: skip


def _by_stage(docs: list) -> dict[str, float]:
    """CPU seconds of each stage after reading, one after another over all documents."""
    from communique import plugins
    from communique.annotate import annotate_article
    from communique.annotate.language import parse_articles
    from communique.config import Settings
    from communique.ingest import label_article
    from communique.resolve import resolve_article

    coder, chosen, spent = plugins.find("coders", Settings().coder), Settings(), {}
    start = CPU()
    articles = [label_article(d) for d in docs]
    spent["label"] = CPU() - start
    start = CPU()
    parsed = list(parse_articles(articles))
    spent["parse"] = CPU() - start
    start = CPU()
    annotated = [annotate_article(a, s) for a, s in zip(articles, parsed, strict=True)]
    spent["annotate"] = CPU() - start
    start = CPU()
    resolved = [resolve_article(a) for a in annotated]
    spent["resolve"] = CPU() - start
    start = CPU()
    for one in resolved:
        coder(one, threshold=chosen.threshold, coder=chosen.coder)
    spent["code"] = CPU() - start
    return spent


def _load_and_link(coded: list) -> float:
    from communique import pipeline
    from communique.store import open_store

    with tempfile.TemporaryDirectory() as folder, open_store(Path(folder) / "speed.db") as store:
        start = CPU()
        store.add_many(coded)
        pipeline.link_store(store)
        return CPU() - start


def exponent(points: list[tuple[int, float]]) -> float:
    """The slope of log cost over log count, least squares."""
    logs = [(math.log(n), math.log(max(t, 1e-9))) for n, t in points if n]
    if len(logs) < 2:
        return float("nan")
    mx, my = (sum(p[i] for p in logs) / len(logs) for i in (0, 1))
    return sum((x - mx) * (y - my) for x, y in logs) / sum((x - mx) ** 2 for x, _ in logs)


def growth(sizes: list[int]) -> None:
    """CPU seconds to code so many short reports, and to load and link as many made ones, and the exponents."""
    from communique import pipeline
    from communique.config import Settings
    from communique.ingest.formats import document_from_text

    cases = ROOT / "tests" / "cases" / "coref"
    passages = [json.loads(line)["text"] for f in sorted(cases.glob("*.jsonl")) for line in f.read_text(encoding="utf-8").splitlines()]
    passages = [" ".join(" ".join(passages[n : n + 3]).split()[:40]) for n in range(len(passages) - 2)]
    _load_and_link([pipeline.code_text(f"France and Germany signed a treaty in Paris on Monday, officials said. {p}") for p in passages[:20]])  # warm
    coding, storing = [], []
    for size in sizes:
        texts = (f"{passages[n % len(passages)]}\n\nThe report was number {n} of its year. {passages[(7 * n + 3) % len(passages)]}" for n in range(size))
        docs = [document_from_text(text, source=f"made {n}", published="2026-03-02") for n, text in enumerate(texts)]
        start = CPU()
        for _ in pipeline.code_many(docs, settings=Settings()):
            pass
        coding.append((size, CPU() - start))
        print(f"{size:6} reports of 90 words: code {coding[-1][1]:8.2f} CPU s", flush=True)
    for size in sizes:
        storing.append((size, _load_and_link(_made(size))))
        print(f"{size:6} made reports of one mention: load and link {storing[-1][1]:7.2f} CPU s", flush=True)
    print(f"growth {sizes[0]} to {sizes[-1]}: coding n^{exponent(coding):.3f}, load and link n^{exponent(storing):.3f}")


def _made(size: int) -> list:
    """The reports of `bench/linking.py` (forty a day, two to an event, no text in common) as coded documents."""
    from linking import documents

    from communique.records import Article, Block, CodedDocument, Document, Header
    from communique.text import sha256_text

    out = []
    for made in documents(size):
        sha = sha256_text(made.text)
        doc = Document(id=made.facts.id, source="bench", format="text", text=made.text, sha256=sha, raw_sha256=sha)
        article = Article(doc=doc, blocks=(Block(kind="body", span=made.body[0]),), header=Header(publisher="Paper", published=made.facts.published))
        out.append(CodedDocument(article=article, mentions=made.mentions, coder="made", tables="made", settings="made"))
    return out


WAYS = {"bare": bare, "same text": same_text, "ours": ours}


def apart(way: str, args: argparse.Namespace) -> dict:
    """A way in a process of its own."""
    command = [sys.executable, __file__, *args.folders, "--articles", str(args.articles), "--way", way]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, env=env)
    if done.returncode:
        raise SystemExit(done.returncode)  # its own words stand above
    return json.loads(done.stdout)


def report(found: dict[str, dict]) -> None:
    for way, one in found.items():
        total = one.get("chain", sum(one["stages"].values()))
        stages = "  ".join(f"{k} {v:.2f}" for k, v in one["stages"].items())
        per = f"{one['docs'] / total:6.2f} docs/s  " if "docs" in one else " " * 15
        print(f"{way:10} {total:7.2f} CPU s  {per}{one['words'] / total:8.0f} words/s  {one['peak_mb']:5.0f} MB  ({stages})")
    us, them, floor = found["ours"], found["bare"], found["same text"]
    whole, plain = us["chain"] / us["words"], sum(them["stages"].values()) / them["words"]
    parse = us["stages"]["parse"] / floor["stages"]["parse"]
    print(f"ratio to bare, by word: {whole / plain:.2f} whole; read+label to extract {_per_doc(us, them):.2f}; parse to spaCy on the same text {parse:.2f}")
    rest = {k: v / floor["stages"]["parse"] for k, v in us["stages"].items()}
    print("each stage to spaCy on the same text: " + "  ".join(f"{k} {v:.2f}" for k, v in rest.items()))
    print(f"start-up {us['load']:.1f} CPU s (bare {them['load']:.1f}); growth: coding n^{us['coding_exponent']:.2f}, store and link n^{us['store_exponent']:.2f} "
          f"({us['store_and_link']:.2f} CPU s for {us['docs']}); {us['mentions']} event mentions; articles of 500 words: {us['words'] / us['chain'] / 500:.1f}/s a core")  # fmt: skip


def _per_doc(us: dict, them: dict) -> float:
    return (us["stages"]["read"] + us["stages"]["label"]) / us["docs"] / (them["stages"]["extract"] / them["docs"])


def profile(items: list[tuple[str, bytes]]) -> None:
    """Where the chain spends its time, function by function."""
    from communique import pipeline

    pipeline.code_text("France and Germany signed a treaty in Paris on Monday, officials said.")
    profiler = cProfile.Profile()
    profiler.enable()
    list(pipeline.code_many([a.doc for a in _articles(items)]))
    profiler.disable()
    for order in ("tottime", "cumulative"):
        pstats.Stats(profiler).strip_dirs().sort_stats(order).print_stats(45)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", default=[str(s) for s in SETS])
    parser.add_argument("--articles", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("--growth", type=int, nargs="+", metavar="N", help="numbers of short reports")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        one = WAYS[args.way](pages(args.folders, args.articles))
        one["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(one))
    elif args.growth:
        growth(args.growth)
    elif args.profile:
        profile(pages(args.folders, args.articles))
    else:
        found = {way: apart(way, args) for way in WAYS}
        print(json.dumps(found)) if args.json else report(found)


if __name__ == "__main__":
    main()
