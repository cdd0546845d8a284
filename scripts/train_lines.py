"""Train the line model (`src/communique/data/model/lines.npz`) on pages whose article text is known.

    python scripts/train_lines.py ../shared/data/extraction/scrapinghub ../shared/data/extraction/aed [--folds 5]

Each page is flattened in several ways, so that the model does not learn one flattener; a line is body when at
least half of its words lie in 4-word shingles of the gold text. Sites, not pages, are split: with `--folds` every
site is scored by a model that never saw it; the shipped model never sees the sites that
`communique.evaluate.extraction.is_held_out` names. Word weights are learnt on other pages than those the networks
are fitted to (inner folds), else the networks trust them too much. Fixed seeds; numpy only.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import random
import re
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from communique.evaluate import extraction as ev
from communique.ingest import html, lines
from communique.records import Document

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "src" / "communique" / "data" / "model" / "lines.npz"
TOKEN = re.compile(r"\w+")
HIDDEN = 40
EPOCHS = 12
SEEDS = (1, 2, 3)
INNER = 4
MOST_WORDS = 2500


class Flat(NamedTuple):
    """One flattening of one page: text, line spans, whether each is body."""

    how: str
    text: str
    spans: Any
    body: Any


class Sample(NamedTuple):
    """A page with its flattenings."""

    set: str
    id: str
    site: str
    gold: str
    flats: list[Flat]


def labels(text: str, spans: Any, gold: str) -> Any:
    """1 for a line of which half the words lie in shingles of the gold; shingles may cross line ends."""
    wanted = set(ev.shingles(gold))
    found = [(m.start(), m[0]) for m in TOKEN.finditer(text)]
    words = [w for _, w in found]
    inside = np.zeros(len(words) + 1)
    for i in range(len(words) - 3):
        if tuple(words[i : i + 4]) in wanted:
            inside[i : i + 4] = 1
    at = np.array([s for s, _ in found] or [0])
    first, last = np.searchsorted(at, spans[:, 0]), np.searchsorted(at, spans[:, 1])
    sums = np.concatenate(([0], np.cumsum(inside[: len(words)])))
    count = last - first
    share = (sums[last] - sums[first]) / np.maximum(count, 1)
    return ((share >= 0.5) & (count > 0)).astype(np.float32)


def flattenings(raw: bytes, rng: random.Random) -> dict[str, str]:
    """The ways in which a page may have become text."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = html.parse_page(raw)[0]
    body = tree.find(".//body")
    body = tree if body is None else body
    blocks = html.flatten(tree)[0]
    strings = list(ev._strings(body))
    return {
        "blocks": blocks,
        "spaced": blocks.replace("\n", "\n\n"),
        "text": "\n".join(s.strip() for s in strings if s.strip()),
        "source": "".join(strings),
        "wrapped": textwrap.fill(" ".join(blocks.split()), 80),
        "paragraphs": "\n".join(textwrap.fill(line, rng.choice((72, 80, 100))) for line in blocks.split("\n")),
        "plain": extract_plain_text(HTMLTree.parse(raw.decode("utf-8", "replace")), main_content=False, preserve_formatting=True),
    }


def read_samples(folders: list[Path]) -> list[Sample]:
    """All pages of the folders, flattened and labelled."""
    rng = random.Random(5)
    out = []
    for folder in folders:
        for page in ev.read_pages(folder):
            flats = []
            for how, text in flattenings(page.raw, rng).items():
                if not text.strip():
                    continue
                doc = Document(id="", source="", format="text", text=text, sha256="", raw_sha256="")
                spans = np.array([(s.start, s.end) for s in lines.split_lines(doc)], dtype=np.int64)
                flats.append(Flat(how, text, spans, labels(text, spans, page.gold["articleBody"])))
            out.append(Sample(folder.name, page.id, ev.site_of(page.gold["url"]), page.gold["articleBody"], flats))
    return out


def word_weights(samples: list[Sample]) -> dict[str, float]:
    """Log odds of body against the rest for words of short lines (under 30 words), seen on enough pages."""
    body: Counter[str] = Counter()
    rest: Counter[str] = Counter()
    for sample in samples:
        flat = sample.flats[0]
        seen: dict[str, set[str]] = {"b": set(), "r": set()}
        for (a, b), is_body in zip(flat.spans, flat.body, strict=True):
            tokens = flat.text[a:b].lower().split()
            if len(tokens) < 30 or is_body:
                seen["b" if is_body else "r"].update(t.strip(".,;:!?\"“”‘’'()[]|") for t in tokens)
        body.update(seen["b"])
        rest.update(seen["r"])
    weight = {}
    for word in body.keys() | rest.keys():
        if word and body[word] + rest[word] >= 10 and not any(c.isdigit() for c in word):
            value = float(np.log((body[word] + 2) / (rest[word] + 2)))
            if abs(value) > 0.5:
                weight[word] = round(value, 2)
    top = sorted(weight, key=lambda w: (-abs(weight[w]) * np.log(body[w] + rest[w]), w))[:MOST_WORDS]
    return {w: weight[w] for w in sorted(top)}


def fit(inputs: Any, target: Any, weight: Any, seed: int, epochs: int = EPOCHS) -> tuple[Any, ...]:
    """One hidden layer of rectified units by Adam on weighted log loss; arrays of both layers."""
    rng = np.random.default_rng(seed)
    n, width = inputs.shape
    p = [rng.normal(0, np.sqrt(2 / width), (width, HIDDEN)), np.zeros(HIDDEN), rng.normal(0, np.sqrt(1 / HIDDEN), (HIDDEN, 1)), np.zeros(1)]
    p = [x.astype(np.float32) for x in p]
    m, v = [np.zeros_like(x) for x in p], [np.zeros_like(x) for x in p]
    step, batch, total = 0, 512, epochs * (n // 512 + 1)
    for _ in range(epochs):
        order = rng.permutation(n)
        for k in range(0, n, batch):
            at = order[k : k + batch]
            x = inputs[at] * (rng.random((len(at), width), dtype=np.float32) > 0.1) / 0.9
            pre = x @ p[0] + p[1]
            hid = np.maximum(pre, 0)
            keep = (rng.random(hid.shape, dtype=np.float32) > 0.2) / np.float32(0.8)
            hid *= keep
            out = (hid @ p[2] + p[3])[:, 0]
            err = ((1 / (1 + np.exp(-np.clip(out, -30, 30))) - target[at]) * weight[at] / weight[at].sum()).astype(np.float32)[:, None]
            back = (err @ p[2].T) * (pre > 0) * keep
            grads = [x.T @ back + 1e-5 * p[0], back.sum(0), hid.T @ err, err.sum(0)]
            step += 1
            rate = 2e-3 * 0.5 * (1 + np.cos(np.pi * step / total))
            for i, g in enumerate(grads):
                m[i] += 0.1 * (g - m[i])
                v[i] += 0.001 * (g * g - v[i])
                p[i] -= rate * (m[i] / (1 - 0.9**step)) / (np.sqrt(v[i] / (1 - 0.999**step)) + 1e-8)
    return tuple(p)


def widened(nets: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Several networks as one that gives their mean."""
    return (
        np.concatenate([n[0] for n in nets], axis=1), np.concatenate([n[1] for n in nets]),
        np.concatenate([n[2] for n in nets]) / len(nets), np.mean([n[3] for n in nets], axis=0),
    )  # fmt: skip


def weights_of(flat: Flat) -> Any:
    """The weight of each line: its length, so that a page counts as the measure counts it."""
    size = np.maximum(flat.spans[:, 1] - flat.spans[:, 0], 1) ** 0.6 + 2
    return (size / size.sum()).astype(np.float32)


def standard(x: Any) -> tuple[Any, Any]:
    """Mean and inverse deviation per column."""
    return x.mean(0), (1 / (x.std(0) + 1e-3)).astype(np.float32)


def train(samples: list[Sample], log: bool = False) -> lines.Model:
    """The whole model from these pages."""
    rng = random.Random(3)
    fold = {s.id: int(hashlib.sha256(s.site.encode()).hexdigest(), 16) // 7 % INNER for s in samples}
    rows = []
    for k in range(INNER):
        words = word_weights([s for s in samples if fold[s.id] != k])
        for s in samples:
            if fold[s.id] == k:
                for flat in rng.sample(s.flats, min(4, len(s.flats))):
                    base = lines.base_features(flat.text, flat.spans[:, 0], flat.spans[:, 1], words)
                    rows.append((k, base, flat.body, weights_of(flat)))
    contexts = [lines.context_features(r[1]) for r in rows]
    x = np.concatenate(contexts)
    y, w = np.concatenate([r[2] for r in rows]), np.concatenate([r[3] for r in rows])
    mean, scale = standard(x)
    owner = np.concatenate([np.full(len(r[1]), r[0]) for r in rows])
    x = ((x - mean) * scale).astype(np.float32)
    scores = np.zeros(len(x), dtype=np.float32)
    for k in range(INNER):  # the second network must see scores as they are on unseen pages
        net = fit(x[owner != k], y[owner != k], w[owner != k], 7 + k, epochs=6)
        scores[owner == k] = lines._network(net, x[owner == k])
    first = widened([fit(x, y, w, seed) for seed in SEEDS])
    parts, at = [], 0
    for row in rows:
        n = len(row[1])
        parts.append(lines.score_features(scores[at : at + n], x[at : at + n], row[1]))
        at += n
    x2 = np.concatenate(parts)
    mean2, scale2 = standard(x2)
    x2 = ((x2 - mean2) * scale2).astype(np.float32)
    second = widened([fit(x2, y, w, seed) for seed in SEEDS])
    if log:
        print(f"{len(rows)} texts, {len(x)} lines, {x.shape[1]} + {x2.shape[1]} inputs", file=sys.stderr)
    return lines.Model(word_weights(samples), mean, scale, first, mean2, scale2, second, 0.5)


def pack(model: lines.Model, prefix: str) -> dict[str, Any]:
    """The arrays of a model by name, as half precision floats."""
    out = {"words": np.frombuffer("\n".join(model.words).encode(), dtype=np.uint8), "weights": np.array(list(model.words.values()))}
    out |= {"mean": model.mean, "scale": model.scale, "mean2": model.mean2, "scale2": model.scale2, "threshold": np.array(model.threshold)}
    out |= {f"first{i}": a for i, a in enumerate(model.first)} | {f"second{i}": a for i, a in enumerate(model.second)}
    return {f"{prefix}/{k}": a if a.dtype == np.uint8 else a.astype(np.float32 if "mean" in k or "scale" in k else np.float16) for k, a in out.items()}


def measure(model: lines.Model, samples: list[Sample]) -> dict[tuple[str, str], list[Any]]:
    """Precision and recall of each page by set and flattening."""
    out: dict[tuple[str, str], list[Any]] = {}
    for s in samples:
        for flat in s.flats:
            p = lines.run(model, lines.base_features(flat.text, flat.spans[:, 0], flat.spans[:, 1], model.words))
            body = "\n".join(flat.text[a:b] for (a, b), v in zip(flat.spans, p, strict=True) if v >= model.threshold)
            out.setdefault((s.set, flat.how), []).append(ev.page_rates(body, s.gold))
    return out


def report(found: dict[tuple[str, str], list[Any]]) -> None:
    """A line a set and flattening."""
    for key in sorted(found):
        low, high = ev.bootstrap(found[key], lambda r: ev.f1_of(r)[0], rounds=200)
        print(f"{key[0]:12} {key[1]:11} F1 {ev.f1_of(found[key])[0]:.3f} [{low:.3f}, {high:.3f}]  P {ev.f1_of(found[key])[1]:.3f} R {ev.f1_of(found[key])[2]:.3f}  n {len(found[key])}")


def main() -> int:
    """Measure by folds if asked, then train and write the shipped model."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--folds", type=int, default=0)
    parser.add_argument("--one-fold", action="store_true")
    parser.add_argument("--cache", type=Path)
    args = parser.parse_args()
    if args.cache and args.cache.exists():
        samples = pickle.loads(args.cache.read_bytes())
    else:
        samples = read_samples(args.folders)
        if args.cache:
            args.cache.write_bytes(pickle.dumps(samples))
    found: dict[tuple[str, str], list[Any]] = {}
    for k in range(args.folds):
        part = [int(hashlib.sha256(("fold" + s.site).encode()).hexdigest(), 16) % args.folds == k for s in samples]
        model = train([s for s, test in zip(samples, part, strict=True) if not test])
        for key, rates in measure(model, [s for s, test in zip(samples, part, strict=True) if test]).items():
            found.setdefault(key, []).extend(rates)
        if args.one_fold:
            break
    report(found)
    if args.one_fold:
        return 0
    model = train([s for s in samples if not ev.is_held_out(s.site)], log=True)
    OUT.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(OUT, **pack(model, "text"))
    print(f"{OUT.stat().st_size} bytes; held-out sites:")
    report(measure(model, [s for s in samples if ev.is_held_out(s.site)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
