"""Makes sets of edited copies and measures the copy finder on them.

    python bench/copies.py make OUT.jsonl [--source FOLDER ...] [--seed 7]
    python bench/copies.py score OUT.jsonl
    python bench/copies.py memory [--documents 200000]

The recipe is that of `../shared/data/extraction/near_duplicates.md`: real article bodies, three edited copies of
three kinds each, of eleven kinds, and beside it a new headline, another order of paragraphs, a paraphrased lead
and, as hard negatives, reports that quote an excerpt. A source folder holds a `ground-truth.json` whose records
have `articleBody`. `memory` fills an index with made documents of news length and prints megabytes.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data" / "extraction"
BRITISH = {"defense": "defence", "color": "colour", "labor": "labour", "center": "centre", "program": "programme", "organization": "organisation"}
FURNITURE = ["Sign up to our newsletter", "Log in to comment on this report", "Trending now", "Share this page with friends", "More from this section"]
LEADS = ["A report published on {n} pages of paper set out what follows.", "What follows was set out by those concerned, item {n} of a long list."]


def paragraphs(text: str) -> list[str]:
    """Paragraphs; a body given in one piece is cut into groups of three sentences."""
    parts = [p.strip() for p in re.split(r"\n+", text) if p.strip()]
    if len(parts) < 4:
        said = re.split(r"(?<=[.!?])\s+", " ".join(parts))
        parts = [" ".join(said[i : i + 3]) for i in range(0, len(said), 3)]
    return parts


def _cut(share: float) -> Callable[..., str]:
    return lambda p, rng, other: "\n".join(p[: max(2, round(share * len(p)))])


def _words(share: float) -> Callable[..., str]:
    def edit(p: list[str], rng: random.Random, other: list[str]) -> str:
        every = " ".join(p).split()
        out = []
        for paragraph in p:
            kept = []
            for word in paragraph.split():
                if rng.random() >= share:
                    kept.append(word)
                elif rng.random() < 0.5:
                    kept.append(rng.choice(every))
            out.append(" ".join(kept))
        return "\n".join(out)

    return edit


def _inserted(p: list[str], rng: random.Random, other: list[str]) -> str:
    out = list(p)
    for piece in other[:2]:
        out.insert(rng.randint(1, len(out)), piece)
    return "\n".join(out)


def _house(p: list[str], rng: random.Random, other: list[str]) -> str:
    text = [re.sub(r"\w+", lambda m: BRITISH.get(m.group(), m.group()), q).replace("U.S.", "US") for q in p]
    if len(text) > 3:
        text.pop(rng.randrange(1, len(text)))
    return "\n".join(["LONDON, May 3 (Wire) - " + text[0], *text[1:], "(Wire)"])


def _dropped(p: list[str], rng: random.Random, other: list[str]) -> str:
    return "\n".join([p[0], *(q for q in p[1:] if rng.random() >= 0.3)])


def _furniture(p: list[str], rng: random.Random, other: list[str]) -> str:
    return "\n".join([*rng.sample(FURNITURE, 3), *p, *rng.sample(FURNITURE, 3)])


def _embedded(p: list[str], rng: random.Random, other: list[str]) -> str:
    return "\n".join([*other[:4], *p[: max(1, len(p) // 2)]])


def _shuffled(p: list[str], rng: random.Random, other: list[str]) -> str:
    out = list(p)
    rng.shuffle(out)
    return "\n".join(out)


def _headline(p: list[str], rng: random.Random, other: list[str]) -> str:
    return "\n".join(["What we know so far about it: " + " ".join(rng.sample(" ".join(p).split(), 5)), *p])


def _lead(p: list[str], rng: random.Random, other: list[str]) -> str:
    return "\n".join([rng.choice(LEADS).format(n=rng.randint(2, 90)), *p[1:]])


KINDS: dict[str, Callable[..., str]] = {
    "cut_75": _cut(0.75), "cut_50": _cut(0.5), "cut_25": _cut(0.25), "inserted": _inserted, "words_2": _words(0.02),
    "words_5": _words(0.05), "words_10": _words(0.10), "house": _house, "dropped": _dropped, "furniture": _furniture,
    "embedded": _embedded,
}  # fmt: skip
MORE: dict[str, Callable[..., str]] = {"headline": _headline, "order": _shuffled, "lead": _lead}


def sharing(bodies: dict[str, str]) -> dict[str, set[str]]:
    """Originals that really share text: a fifth of the shorter one's runs of eight words, counted in full."""
    runs = {}
    for name, text in bodies.items():
        words = re.findall(r"\w+", text.lower())
        runs[name] = {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
    holders: dict[tuple[str, ...], list[str]] = {}
    for name, mine in runs.items():
        for run in mine:
            holders.setdefault(run, []).append(name)
    counts: dict[tuple[str, str], int] = {}
    for held in holders.values():
        for a in held:
            for b in held:
                if a < b:
                    counts[a, b] = counts.get((a, b), 0) + 1
    out: dict[str, set[str]] = {}
    for (a, b), n in counts.items():
        if n >= 0.2 * min(len(runs[a]), len(runs[b])):
            out.setdefault(a, set()).add(b)
            out.setdefault(b, set()).add(a)
    return out


def make(sources: list[Path], seed: int) -> list[dict[str, object]]:
    """The set: originals, three copies of the eleven kinds and one of the further kinds each, and for one in two a
    report of another matter that quotes an excerpt of it (no copy)."""
    rng = random.Random(seed)
    bodies = []
    for source in sources:
        records = json.loads((source / "ground-truth.json").read_text(encoding="utf-8"))
        bodies += [(f"{source.name}:{k}", r["articleBody"]) for k, r in sorted(records.items()) if len(r["articleBody"]) > 1200]
    parts = {name: paragraphs(text) for name, text in bodies}
    shares = sharing(dict(bodies))
    rows: list[dict[str, object]] = []
    for k, (name, text) in enumerate(bodies):
        rows.append({"id": name, "text": text, "copy_of": None, "also": sorted(shares.get(name, ()))})
        chosen = [*rng.sample(sorted(KINDS), 3), rng.choice(sorted(MORE))]
        for kind in chosen:
            other_name = rng.choice(bodies)[0]
            while other_name == name:
                other_name = rng.choice(bodies)[0]
            edited = {**KINDS, **MORE}[kind](parts[name], rng, parts[other_name])
            held = {*shares.get(name, ()), *([other_name] if kind in ("inserted", "embedded") else [])}
            rows.append({"id": f"{name}#{kind}", "text": edited, "copy_of": name, "kind": kind, "also": sorted(held)})
        if k % 2:
            host = parts[bodies[(k + 1) % len(bodies)][0]]
            words = " ".join(parts[name]).split()
            quote = " ".join(words[10 : 10 + rng.randint(25, 45)])
            mixed = [" ".join(rng.sample(q.split(), len(q.split()))) for q in host[:8]]
            mixed.insert(2, f"“{quote},” it said.")
            rows.append({"id": f"{name}#quoted", "text": "\n".join(mixed), "copy_of": None, "kind": "quoted"})
    rng.shuffle(rows)
    return rows


def memory(documents: int) -> dict[str, float]:
    """Megabytes and documents a second of processor time for an index of so many made documents of some 600 words."""
    sys.path.insert(0, str(ROOT / "src"))
    from communique.link.copies import CopyIndex

    rng = random.Random(1)
    vocabulary = [f"w{i}" for i in range(40_000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    index = CopyIndex()
    started = time.process_time()
    spent = 0.0
    for n in range(documents):
        text = " ".join(rng.choices(vocabulary, k=600))
        at = time.process_time()
        index.take(str(n), text)
        spent += time.process_time() - at
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"documents": documents, "megabytes": (after - before) / 1024, "docs_per_s": documents / spent, "seconds": time.process_time() - started}


def main() -> int:
    """See the module's head."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["make", "score", "memory"])
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--source", action="append", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--documents", type=int, default=200_000)
    args = parser.parse_args()
    if args.what == "memory":
        print(json.dumps(memory(args.documents), indent=1))
        return 0
    if args.path is None:
        parser.error("give a path")
    if args.what == "make":
        sources = args.source or [SHARED / "aed", SHARED / "scrapinghub"]
        args.path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in make(sources, args.seed)), encoding="utf-8")
        return 0
    sys.path.insert(0, str(ROOT / "src"))
    from communique.evaluate import score

    print(json.dumps(score("copies", args.path), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
