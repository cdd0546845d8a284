"""Learns `resources/linking/lexical.toml` from the training topics of ECB+ (`../shared/data/ecb/train.jsonl.gz`).

    python scripts/train_linker.py TRAIN.jsonl.gz [--write]

Weights: logistic regression over pairs of mentions in one of our own document stories. Synonyms: log odds that two
different stems name one event, seen in at least three topics' pairs. The threshold is chosen by leaving topics out
(five folds): each fold's weights and synonyms come from the other topics. Development topics are never read.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))

from communique.evaluate._clusters import conll, lea  # noqa: E402
from communique.evaluate._lines import read_lines  # noqa: E402
from communique.evaluate.events import bare_mentions, clusters  # noqa: E402
from communique.link.lexical import FEATURES, Story, join, make_story, pair_features  # noqa: E402
from communique.link.stories import group  # noqa: E402

FOLDS = 5
RIDGE = 1.0
MIN_PAIRS = 3


def synonyms_of(stories: list[Story], gold: dict[str, str]) -> dict[tuple[str, str], float]:
    """Log odds, smoothed and held to ±3, that mentions with these two stems are one event."""
    same: Counter[tuple[str, str]] = Counter()
    seen: Counter[tuple[str, str]] = Counter()
    for story in stories:
        for i in range(len(story.mentions)):
            for j in range(i + 1, len(story.mentions)):
                x, y = sorted((story.stems[i], story.stems[j]))
                if x != y:
                    seen[x, y] += 1
                    same[x, y] += gold[story.mentions[i].id] == gold[story.mentions[j].id]
    base = math.log(sum(same.values()) / max(1, sum(seen.values()) - sum(same.values())))
    out = {}
    for pair, n in seen.items():
        odds = math.log((same[pair] + 0.5) / (n - same[pair] + 0.5)) - base
        if n >= MIN_PAIRS and same[pair]:
            out[pair] = round(max(-3.0, min(3.0, odds)), 2)
    return out


def fit(stories: list[Story], gold: dict[str, str], synonyms: list[dict[tuple[str, str], float]]) -> list[float]:
    """Weights by ridge logistic regression; each story weighs by its mentions, not by its pairs. `synonyms` are those
    that leave the story's own fold out, one a story, so that their weight is honest."""
    rows, answers, weight = [], [], []
    for story, known in zip(stories, synonyms, strict=True):
        total = len(story.mentions)
        for i in range(total):
            for j in range(i + 1, total):
                rows.append(pair_features(story, i, j, known))
                answers.append(float(gold[story.mentions[i].id] == gold[story.mentions[j].id]))
                weight.append(2.0 / max(1, total - 1))
    x, y, w = np.array(rows), np.array(answers), np.array(weight)

    def loss(beta: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ beta
        value = float(np.sum(w * (np.logaddexp(0, z) - y * z)) + RIDGE * beta[1:] @ beta[1:])
        slope = x.T @ (w * (1 / (1 + np.exp(-z)) - y))
        slope[1:] += 2 * RIDGE * beta[1:]
        return value, slope

    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B")
    return [round(float(b), 3) for b in found.x]


def main() -> int:
    """Train, print the left-out figures by threshold, and write with `--write`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train", type=Path)
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args()
    rows = read_lines(args.train, ("doc_id", "text", "tokens", "sentences", "mentions", "topic"))
    mentions, gold = bare_mentions(rows)
    texts = {r["doc_id"]: r["text"][r.get("body_start") or 0 :] for r in rows}
    topic = {r["doc_id"]: r["topic"] for r in rows}
    story_of = {d: n for n, members in enumerate(group(texts)) for d in members}
    by_story = defaultdict(list)
    for m in sorted(mentions, key=lambda m: m.id):
        by_story[story_of[m.document]].append(m)
    stories = [make_story(by_story[k], texts) for k in sorted(by_story)]
    fold = [topic[s.mentions[0].document] % FOLDS for s in stories]
    outside = [synonyms_of([s for s, f in zip(stories, fold, strict=False) if f != k], gold) for k in range(FOLDS)]
    fitted = []
    for k in range(FOLDS):
        chosen = [(s, f) for s, f in zip(stories, fold, strict=False) if f != k]
        inner = {f: synonyms_of([s for s, g in chosen if g != f], gold) for f in {f for _, f in chosen}}
        fitted.append(fit([s for s, _ in chosen], gold, [inner[f] for _, f in chosen]))
    key = clusters({m.id: gold[m.id] for m in mentions})
    best = (0.0, 0.5)
    for threshold in (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5):
        said = [[s.mentions[i].id for i in g] for s, f in zip(stories, fold, strict=False) for g in join(s, fitted[f], outside[f], threshold)]
        figure = conll(key, said)
        print(f"left-out topics, threshold {threshold}: conll {figure:.4f} lea {lea(key, said)[2]:.4f}", flush=True)
        best = max(best, (figure, threshold))
    weights, synonyms = fit(stories, gold, [outside[f] for f in fold]), synonyms_of(stories, gold)
    for name, value in zip(FEATURES, weights, strict=True):
        print(f"{value:+.3f}  {name}")
    if args.write:
        lines = [
            "# source: learnt by scripts/train_linker.py from ECB+ topics of the training split (Cybulska and Vossen, LREC 2014,",
            "# annotation CC BY 3.0): weights and stem pairs only, no text. licence: CC BY 3.0. date: 2026-11-22",
            f"# left-out topics: CoNLL {best[0]:.4f}", f"threshold = {best[1]}", "", "[weights]",
            *(f'"{n}" = {v}' for n, v in zip(FEATURES, weights, strict=True)), "", "[synonyms]",
            *(f'"{a} {b}" = {v}' for (a, b), v in sorted(synonyms.items()) if v > 0.5 and a.isalpha() and b.isalpha()),
        ]  # fmt: skip
        target = ROOT / "resources" / "linking" / "lexical.toml"
        target.parent.mkdir(exist_ok=True)
        target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
