"""The whole coder on bare sentences of our own corpus, in families that nothing was tuned on: every figure in one run.

    python bench/coder.py [--part test | long] [--coder model.v1] [--wrong]

- events: is there an event in the sentence (F1, and specificity: sentences without one that got no record)?
- triggers: records that stand on a labelled trigger (precision over those whose label is known, recall over all labels).
- type, mode (where the type is right), modality, actors and recipients of the records that stand on a labelled trigger.
- direction: of records in the passive or on a noun, whose label has actor and recipient and which name both: not turned round.
- calibration: mean gap of score and share right, in ten bins, over records whose label is known.

A label is known where the record stands on a marked trigger or tempting word, or in a sentence without events. Beside a labelled
record the corpus leaves acts named in passing unlabelled (its README says so), so that such a record is neither right nor wrong.
Intervals are 95 % bootstrap over sentences (events, specificity) or records. STATE is outside every count.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "src"), str(ROOT / "bench")]

from calibration import error  # noqa: E402
from check_corpus import Sample, part_of, read_corpus  # noqa: E402

from communique.coding import code_events  # noqa: E402
from communique.evaluate._measure import bootstrap  # noqa: E402
from communique.evaluate.coding import annotate_sentence  # noqa: E402
from communique.records import Annotated, EventMention, Participant  # noqa: E402

Counts = dict[str, list[tuple[float, ...]]]
AIMS = {"event F1": 0.93, "specificity": 0.95, "type": 0.90, "direction": 0.95, "modality": 0.92, "mode": 0.85}


def touch(a: Any, b: Any) -> bool:
    """Whether two spans share a character."""
    return a is not None and b is not None and bool(a.start < b.end and b.start < a.end)


def count(row: Sample, coder: str) -> tuple[Counts, list[str]]:
    """What one sentence adds to each figure, and what was wrong in it."""
    annotated = annotate_sentence(row.text)
    found, _ = code_events(annotated, coder=coder, threshold=0.5)
    records = [m for m in found if m.type != "STATE"]
    labels = [x for x in row.labels if x.trigger and x.type != "STATE"]
    out: Counts = defaultdict(list)
    wrong = []
    out["event"].append((float(bool(records) and bool(labels)), float(bool(records)), float(bool(labels))))
    if not labels:
        out["specificity"].append((float(not records), 1.0))
    matched = set()
    for label in labels:
        here = [m for m in records if touch(m.trigger, row.spans[label.trigger])]
        best = next((m for m in here if m.type == label.type), here[0] if here else None)
        out["recall"].append((float(best is not None), 1.0))
        if best is None:
            wrong.append(f"missed {label.type}")
            continue
        matched.add(best.id)
        out["type"].append((float(best.type == label.type), 1.0))
        if best.type != label.type:
            wrong.append(f"{label.type} as {best.type}")
            continue
        modality = "denied" if label.negated and label.modality == "actual" else label.modality
        out["modality"].append((float(best.modality == modality), 1.0))
        if label.mode:
            out["mode"].append((float(best.mode == label.mode), 1.0))
            if best.mode != label.mode:
                wrong.append(f"{label.type}/{label.mode} as /{best.mode}")
        _roles(row, label, best, annotated, out)
    for m in records:
        known = m.id in matched or not row.labels or any(touch(m.trigger, row.spans[n]) for n in row.tempting)
        if known:
            out["precision"].append((float(m.id in matched), 1.0))
            if m.id not in matched:
                wrong.append(f"no event, said {m.type}")
            out["score"].append((m.score, float(any(touch(m.trigger, row.spans[x.trigger]) and x.type == m.type for x in labels))))
    return out, wrong


def _roles(row: Sample, label: Any, record: EventMention, annotated: Annotated, out: Counts) -> None:
    """Participants found, and for the passive and for nouns whether they stand the right way round."""

    def spans(names: Sequence[str]) -> list[Any]:
        return [row.spans[n] for n in names]

    def hits(golden: list[Any], said: Sequence[Participant]) -> Iterable[tuple[float, float]]:
        return ((float(any(touch(g, p.span) for p in said)), 1.0) for g in golden)

    def hits_of(said: Sequence[Participant], golden: list[Any]) -> Iterable[tuple[float, float]]:
        return ((float(any(touch(g, p.span) for g in golden)), 1.0) for p in said if p.span is not None)

    actors, recipients = spans(label.actors), spans(label.recipients)
    out["actors"] += hits(actors, record.actors)
    out["recipients"] += hits(recipients, record.recipients)
    out["actors right"] += hits_of(record.actors, actors)
    out["recipients right"] += hits_of(record.recipients, recipients)
    if not (actors and recipients and record.actors and record.recipients and _turned(annotated, record)):
        return
    turned = any(touch(g, p.span) for g in recipients for p in record.actors) or any(touch(g, p.span) for g in actors for p in record.recipients)
    out["direction"].append((float(not turned), 1.0))


def _turned(annotated: Annotated, record: EventMention) -> bool:
    """Whether the record's trigger is a noun or a verb in the passive."""
    for sentence in annotated.sentences:
        for at, token in enumerate(sentence.tokens):
            if touch(token, record.trigger) and token.pos == "NOUN":
                return True
            if touch(token, record.trigger) and token.pos == "VERB" and any(t.head == at and t.dep in {"auxpass", "nsubjpass", "agent"} for t in sentence.tokens):
                return True
    return False


def share(pairs: Sequence[tuple[float, ...]]) -> float:
    """The share of hits."""
    return sum(p[0] for p in pairs) / max(1, len(pairs))


def f1(pairs: Sequence[tuple[float, ...]]) -> float:
    """F1 of sentences with an event."""
    hit, said, gold = (sum(p[k] for p in pairs) for k in range(3))
    return 2 * hit / max(1.0, said + gold)


def main() -> int:
    """Print each figure with its interval, its number and its aim."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=["train", "dev", "test", "long"], default="test")
    parser.add_argument("--coder", default="model.v1")
    parser.add_argument("--wrong", action="store_true", help="print the sentences with what was wrong (dev only: the test part stays unread)")
    args = parser.parse_args()
    if args.wrong and args.part in {"test", "long"}:
        parser.error(f"the {args.part} part stays unread; use --part dev")
    rows = [r for r in read_corpus()[0] if part_of(r.group) == args.part]
    totals: Counts = defaultdict(list)
    for row in rows:
        counted, wrong = count(row, args.coder)
        for name, pairs in counted.items():
            totals[name] += pairs
        if args.wrong and wrong:
            print("; ".join(wrong), "|", row.text)
    print(f"{args.part} part, {len(rows)} sentences, {args.coder}")
    lines = [("event F1", "event", f1), *((n, n, share) for n in ("specificity", "precision", "recall", "type", "mode", "modality", "direction", "actors", "recipients", "actors right", "recipients right"))]
    for name, key, figure in lines:
        pairs = totals[key]
        low, high = bootstrap(pairs, figure, rounds=300)
        print(f"  {name:16} {figure(pairs):.3f} [{low:.3f}, {high:.3f}]  n {len(pairs)}" + (f"  aim {AIMS[name]}" if name in AIMS else ""))
    print(f"  calibration      {error([(s, bool(h)) for s, h in totals['score']]):.3f}  n {len(totals['score'])}  aim 0.04")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
