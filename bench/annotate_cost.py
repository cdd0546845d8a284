"""Time of annotate + resolve against the bare parse, in one run on one core: `python bench/annotate_cost.py [N]`.

The texts are the project's labelled anaphor passages, joined into articles of about 400 words. Rounds alternate and the
fastest of each counts. Prints seconds per stage and the ratio.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from communique.annotate import annotate_article
from communique.annotate.language import _pipeline, parse_articles
from communique.annotate.mentions import find_mentions
from communique.evaluate.coref import plain_article
from communique.resolve.chains import resolve_chains
from communique.resolve.entities import resolve_names

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "coref"


def main(count: int = 20) -> None:
    texts = [json.loads(line)["text"] for f in sorted(CASES.glob("*.jsonl")) for line in f.read_text().splitlines()]
    articles = [plain_article("\n".join(texts[(i + k) % len(texts)] for k in range(9))) for i in range(count)]
    nlp = _pipeline()
    best: dict[str, float] = {}

    def clock(name: str, start: float) -> None:
        best[name] = min(best.get(name, 1e9), time.process_time() - start)

    for _ in range(3):
        start = time.process_time()
        for _doc in nlp.pipe([line for a in articles for line in a.doc.text.split("\n")], batch_size=64):
            pass
        clock("bare parse", start)
        start = time.process_time()
        parsed = list(parse_articles(articles))
        clock("parse with records", start)
        start = time.process_time()
        for article, sentences in zip(articles, parsed, strict=True):
            find_mentions(article, sentences)
        clock("mentions", start)
        start = time.process_time()
        annotated = [annotate_article(a, s) for a, s in zip(articles, parsed, strict=True)]
        clock("annotate (mentions, times, quotations)", start)
        start = time.process_time()
        named = [resolve_names(a) for a in annotated]
        clock("names", start)
        start = time.process_time()
        for a in named:
            resolve_chains(a)
        clock("chains", start)
    for name, seconds in best.items():
        print(f"{name:42s} {seconds:7.2f} s  {seconds / best['bare parse']:5.2f}x")
    total = sum(best[k] for k in ("parse with records", "annotate (mentions, times, quotations)", "names", "chains"))
    print(f"{'all':42s} {total:7.2f} s  {total / best['bare parse']:5.2f}x of the bare parse (target 1.35)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
