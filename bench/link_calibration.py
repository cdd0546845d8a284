"""How far a pair's score can be read as a probability: Platt's fit on the pairs of the link cases, through the coder.

    python bench/link_calibration.py [--fit hard unseen] [--check fresh]

Pairs are those that linking looks at and nothing forbids, one label each (same story's same event or not). Prints the
fit (`events.SLOPE`, `events.SHIFT`), the error of calibration with each story left out of its own fit (ten folds),
and that of the `--check` sets. The fitted sets are the ones that linking's rules were mended on, so their figure flatters.
"""

from __future__ import annotations

import argparse
import itertools
import json
import math
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from communique.evaluate._reports import made
from communique.link.events import candidate_pairs, judge_pair, make_items

CASES = Path(__file__).resolve().parent.parent / "tests" / "cases" / "link"
Pair = tuple[str, float, bool]  # story, log-odds of the score, same event


def pairs_of(name: str) -> list[Pair]:
    """The labelled pairs of a case file."""
    rows = [json.loads(line) for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    out: list[Pair] = []
    for row, reports in zip(rows, made(rows, mentions="coder"), strict=True):
        items = {i.mention.id: i for i in make_items([d for d, _ in reports])}
        event = {m: r["event"] for (_, m), r in zip(reports, row["reports"], strict=True) if m}
        looked_at = {frozenset((a.mention.id, b.mention.id)) for a, b in candidate_pairs(list(items.values()))}
        for a, b in itertools.combinations(sorted(event), 2):
            verdict = judge_pair(items[a], items[b])
            if not verdict.forbidden and frozenset((a, b)) in looked_at:
                score = min(max(verdict.score, 1e-4), 1 - 1e-4)
                out.append((row["id"], math.log(score / (1 - score)), event[a] == event[b]))
    return out


def _squash(x: float) -> float:
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, x))))


def fit(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Slope and shift by Newton's steps, with Platt's targets."""
    yes = sum(same for _, _, same in pairs)
    high, low = (yes + 1) / (yes + 2), 1 / (len(pairs) - yes + 2)
    slope, shift = 1.0, 0.0
    for _ in range(100):
        ga = gb = haa = hab = hbb = 1e-9
        for _, x, same in pairs:
            p = _squash(slope * x + shift)
            off, weight = p - (high if same else low), p * (1 - p)
            ga, gb, haa, hab, hbb = ga + off * x, gb + off, haa + weight * x * x, hab + weight * x, hbb + weight
        size = haa * hbb - hab * hab
        slope, shift = slope - (hbb * ga - hab * gb) / size, shift - (haa * gb - hab * ga) / size
    return slope, shift


def error(said: Sequence[tuple[float, bool]]) -> float:
    """Expected error of calibration over five bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, same in said:
        bins[min(4, int(p * 5))].append((p, same))
    return sum(abs(sum(p - same for p, same in b)) for b in bins.values()) / len(said)


def main() -> None:
    """Fit, and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fit", nargs="+", default=["hard", "unseen"])
    parser.add_argument("--check", nargs="*", default=["fresh"])
    wanted = parser.parse_args()
    known = [p for name in wanted.fit for p in pairs_of(name)]
    stories = sorted({p[0] for p in known})
    out: list[tuple[float, bool]] = []
    for k in range(10):
        held = set(stories[k::10])
        slope, shift = fit([p for p in known if p[0] not in held])
        out += [(_squash(slope * x + shift), same) for story, x, same in known if story in held]
    slope, shift = fit(known)
    sys.stdout.write(f"slope {slope:.2f} shift {shift:.2f} from {len(known)} pairs; error {error([(_squash(x), s) for _, x, s in known]):.3f} as scored, {error(out):.3f} left out\n")
    for name in wanted.check:
        pairs = pairs_of(name)
        sys.stdout.write(f"{name}: {len(pairs)} pairs, error {error([(_squash(x), s) for _, x, s in pairs]):.3f} as scored, {error([(_squash(slope * x + shift), s) for _, x, s in pairs]):.3f} fitted\n")


if __name__ == "__main__":
    main()
