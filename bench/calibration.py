"""Are the coder's scores honest? Reliability on families of our own corpus that neither training nor limits saw.

Two questions, each in ten bins of equal width. The reader: of the triggers it types with probability p, how many are
right? The record: of the records with score s that the coder makes of whole sentences, how many stand on a labelled
trigger with its type? Only records whose label is known count: those on a marked word, or in a sentence without events. Beside a
labelled record the corpus leaves acts named in passing without a label (its README), so that such a record is neither right nor wrong. The expected calibration error is the mean gap between both, weighted by how many fall in a bin.

    python bench/calibration.py [--part test] [--svg docs/calibration.svg]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "src")]

from check_corpus import Sample, part_of, read_corpus  # noqa: E402

from communique.coding import classifier, code_events  # noqa: E402
from communique.evaluate.coding import annotate_sentence  # noqa: E402
from communique.records import Span  # noqa: E402

BINS = 10
Pair = tuple[float, bool]


def reader_pairs(rows: Sequence[Sample]) -> list[Pair]:
    """Each labelled (or tempting) trigger: the probability of the best type, and whether it is the label's."""
    items, gold = [], []
    for row in rows:
        asked = [(x.trigger, x.type) for x in row.labels if x.trigger] + [(name, "NONE") for name in row.tempting]
        for name, kind in asked:
            items.append((row.text, Span(start=row.spans[name].start, end=row.spans[name].end)))
            gold.append(kind)
    out = []
    for reading, kind in zip(classifier.read_triggers(items), gold, strict=True):
        best = max(reading.types, key=reading.types.__getitem__)
        out.append((reading.types[best], best == kind))
    return out


def record_pairs(rows: Sequence[Sample], *, coder: str = "model.v1") -> list[Pair]:
    """Each record whose label is known that the coder makes of a sentence: its score, and whether a label has that trigger and type."""
    out = []
    for row in rows:
        mentions, _ = code_events(annotate_sentence(row.text), coder=coder, threshold=0.0)
        for m in mentions:
            if m.type == "STATE":
                continue
            spans = [(row.spans[x.trigger], x.type) for x in row.labels if x.trigger] + [(row.spans[n], "NONE") for n in row.tempting]
            here = [kind for s, kind in spans if s.start < m.trigger.end and m.trigger.start < s.end]
            if here or not row.labels:
                out.append((m.score, m.type in here))
    return out


def table(pairs: Sequence[Pair]) -> list[tuple[float, float, int]]:
    """Per bin that is not empty: mean score, share right, and how many."""
    out = []
    for k in range(BINS):
        inside = [p for p in pairs if min(BINS - 1, int(p[0] * BINS)) == k]
        if inside:
            out.append((sum(s for s, _ in inside) / len(inside), sum(h for _, h in inside) / len(inside), len(inside)))
    return out


def error(pairs: Sequence[Pair]) -> float:
    """The expected calibration error."""
    return sum(abs(s - r) * n for s, r, n in table(pairs)) / max(1, len(pairs))


def drawing(series: dict[str, list[tuple[float, float, int]]]) -> str:
    """A reliability plot as SVG: dots by bin, their area by count, the diagonal dashed."""
    side, edge = 320, 44
    colours = ("#1f5fa8", "#b3541e")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side + 2 * edge} {side + 2 * edge + 20}" font-family="sans-serif" font-size="12" fill="#222">',
        "<title>Reliability: score given against share right</title>",
        f'<rect x="{edge}" y="{edge}" width="{side}" height="{side}" fill="#fff" stroke="#888"/>',
        f'<path d="M{edge} {edge + side}L{edge + side} {edge}" stroke="#888" stroke-dasharray="4 4"/>',
    ]
    for k in range(0, 11, 2):
        at = k / 10 * side
        parts.append(f'<text x="{edge + at:.0f}" y="{edge + side + 16}" text-anchor="middle">{k / 10:g}</text>')
        parts.append(f'<text x="{edge - 6}" y="{edge + side - at + 4:.0f}" text-anchor="end">{k / 10:g}</text>')
    for number, (name, rows) in enumerate(series.items()):
        colour = colours[number % 2]
        points = [(edge + s * side, edge + side - r * side, n) for s, r, n in rows]
        parts.append(f'<polyline fill="none" stroke="{colour}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y, _ in points)}"/>')
        total = sum(n for *_, n in points)
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 12 * (n / total) ** 0.5:.1f}" fill="{colour}" fill-opacity=".55"/>' for x, y, n in points]
        parts.append(f'<text x="{edge + 10}" y="{edge + 18 + 16 * number}" fill="{colour}">{name}</text>')
    parts.append(f'<text x="{edge + side / 2}" y="{edge + side + 36}" text-anchor="middle">score given</text>')
    parts.append(f'<text x="14" y="{edge + side / 2}" text-anchor="middle" transform="rotate(-90 14 {edge + side / 2})">share right</text>')
    return "\n".join([*parts, "</svg>", ""])


def main() -> int:
    """Print both tables and errors; write the plot where asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["dev", "test"], default="test")
    parser.add_argument("--svg", type=Path)
    args = parser.parse_args()
    rows = [r for r in read_corpus()[0] if part_of(r.group) == args.part]
    found = {"type of a given trigger": reader_pairs(rows), "record of a bare sentence": record_pairs(rows)}
    for name, pairs in found.items():
        right = sum(h for _, h in pairs) / max(1, len(pairs))
        print(f"{name}: n {len(pairs)}, right {right:.3f}, calibration error {error(pairs):.3f}")
        for s, r, n in table(pairs):
            print(f"  score {s:.2f}  right {r:.2f}  n {n}")
    if args.svg:
        args.svg.write_text(drawing({f"{name}, error {error(p):.3f}": table(p) for name, p in found.items()}), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
