"""Fit the model that chooses attributions: `resources/patterns/attribution.json` from PolNeAR's training part.

`python scripts/train_attribution.py ../shared/data/attribution/train.jsonl.gz` parses the articles (an hour's coffee on
one core for all 840; `--every 2` takes half), labels each candidate by whether the gold has an attribution with that cue
word and most of that content, and fits a logistic regression with an L2 penalty. A fifth of the articles chooses penalty
and threshold by token F1 of the content. Only weights by feature name are written, none of the text.
"""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np
from scipy import optimize, sparse

from communique.annotate import _choose, quotes
from communique.annotate._speech import Candidate, candidates
from communique.annotate.quotes import _quotation, _quoted_spans, find_quotations
from communique.evaluate import attribution as scorer
from communique.evaluate._articles import bare_article
from communique.records import Article, Sentence, Span
from communique.text import overlap

OUT = Path(__file__).resolve().parent.parent / "resources" / "patterns" / "attribution.json"
LEAST_SEEN = 4


def labelled(row: dict[str, Any], article: Article, sentences: tuple[Sentence, ...]) -> list[tuple[list[str], bool]]:
    """Features and label of each candidate of an article."""
    marks = _quoted_spans(article)
    out = []
    for index, sentence in enumerate(sentences):
        for made in candidates(sentence.tokens, every=True):
            found = _quotation(row["text"], sentence, index, made, marks)
            if found is not None:
                out.append(
                    (
                        _choose.features(sentence.tokens, made),
                        any(_same(g, sentence, made, found.content) for g in row["attributions"]),
                    )
                )
    return out


def _same(gold: dict[str, Any], sentence: Sentence, made: Candidate, content: tuple[Span, ...]) -> bool:
    cue = sentence.tokens[made.head]
    if not any(s < cue.end and cue.start < e for s, e in gold["cue"]):
        return False
    shared = sum(overlap(Span(start=s, end=e), c) for s, e in gold["content"] for c in content)
    return 2 * shared > min(sum(e - s for s, e in gold["content"]), sum(c.end - c.start for c in content))


def fit(rows: list[tuple[list[str], bool]], penalty: float) -> dict[str, float]:
    """Weights by feature name."""
    seen: dict[str, int] = {}
    for names, _ in rows:
        for name in names:
            seen[name] = seen.get(name, 0) + 1
    index = {name: i for i, name in enumerate(sorted(n for n, c in seen.items() if c >= LEAST_SEEN))}
    pairs = [(r, index[n]) for r, (names, _) in enumerate(rows) for n in set(names) if n in index]
    x = sparse.csr_matrix(
        (np.ones(len(pairs)), ([p[0] for p in pairs], [p[1] for p in pairs])), shape=(len(rows), len(index))
    )
    y = np.array([1.0 if label else -1.0 for _, label in rows])

    def loss(w: Any) -> Any:
        margin = y * (x @ w)
        gradient = x.T @ (-y / (1 + np.exp(np.clip(margin, -30, 30)))) + penalty * w
        return np.logaddexp(0, -margin).sum() + penalty * (w @ w) / 2, gradient

    weights = optimize.minimize(loss, np.zeros(len(index)), jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
    return {name: round(float(weights[i]), 3) for name, i in index.items() if abs(weights[i]) > 0.02}


def content_f1(
    rows: list[dict[str, Any]],
    articles: list[Article],
    parsed: list[tuple[Sentence, ...]],
    weights: dict[str, float],
    threshold: float,
) -> tuple[float, float]:
    """Token F1 of content and source with a model in place."""
    quotes.model = lambda: (weights, threshold)  # type: ignore[assignment]
    found = scorer.summary(
        [scorer.count(r, find_quotations(a, s)) for r, a, s in zip(rows, articles, parsed, strict=True)]
    )
    return float(found["content_f1"]), float(found["source_f1"])


def main() -> int:
    """Train, choose, write."""
    from communique.annotate.language import parse_articles

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--every", type=int, default=1)
    args = parser.parse_args()
    with gzip.open(args.path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for i, line in enumerate(file) if i % args.every == 0]
    articles = [bare_article(r["text"], r["doc"], published=r.get("date")) for r in rows]
    train(rows, articles, list(parse_articles(articles)))
    return 0


def train(rows: list[dict[str, Any]], articles: list[Article], parsed: list[tuple[Sentence, ...]]) -> None:
    """Fit on four fifths, choose on one, fit again on all with what was chosen, write."""
    examples = [labelled(r, a, s) for r, a, s in zip(rows, articles, parsed, strict=True)]
    part = [i for i in range(len(rows)) if i % 5 == 0]
    held = ([rows[i] for i in part], [articles[i] for i in part], [parsed[i] for i in part])
    best = (0.0, 1.0, 0.5)
    for penalty in (3.0, 8.0):
        weights = fit([e for i, es in enumerate(examples) if i % 5 for e in es], penalty)
        for threshold in (0.2, 0.25, 0.3, 0.4):
            content, source = content_f1(*held, weights, threshold)
            print(f"penalty {penalty} threshold {threshold} content {content:.4f} source {source:.4f}", flush=True)
            best = max(best, (content + source, penalty, threshold))
    weights = fit([e for es in examples for e in es], best[1])
    head = "Weights of the model that chooses attributions, by feature. Source: fitted by scripts/train_attribution.py on the training part of PolNeAR 1.0.0; none of its text is here."
    OUT.write_text(
        json.dumps({"about": head, "threshold": best[2], "weights": weights}, indent=0, sort_keys=True) + "\n",
        encoding="utf-8",
    )
    print(f"{len(weights)} weights, threshold {best[2]}, penalty {best[1]}")


if __name__ == "__main__":
    raise SystemExit(main())
