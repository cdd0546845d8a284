"""`score stories`: documents grouped by the event they report. PATH is the format of `shared/data/ecb`: JSON Lines
with `doc_id`, `text`, `body_start` and `subtopic` (the gold story; with `topic` where given).

No topic is shown to the grouping. `stream_b3` is that of documents arriving one by one in order of id digest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from communique.evaluate._clusters import b_cubed, pairs
from communique.evaluate._lines import read_lines
from communique.evaluate._measure import bootstrap
from communique.link.stories import Stream, group
from communique.text import digest


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """B3 and pairwise F1 of the stories found, with precision and recall, and of the stream."""
    rows = read_lines(path, ("doc_id", "text", "subtopic"))
    texts = {r["doc_id"]: r["text"][r.get("body_start") or 0 :] for r in rows}
    gold: dict[tuple[Any, str], list[str]] = defaultdict(list)
    for row in rows:
        gold[row.get("topic"), row["subtopic"]].append(row["doc_id"])
    key, said = list(gold.values()), group(texts)
    precision, recall, f1 = b_cubed(key, said)
    low, high = bootstrap(key, lambda sample: _part(sample, said))
    pair_precision, pair_recall, pair_f1 = pairs(key, said)
    out: dict[str, float | int] = {
        "n": len(rows), "stories": len(key), "said": len(said),
        "b3": f1, "b3_low": low, "b3_high": high, "b3_precision": precision, "b3_recall": recall,
        "pairwise_f1": pair_f1, "pairwise_precision": pair_precision, "pairwise_recall": pair_recall,
    }  # fmt: skip
    if options.get("stream", "1") not in {"0", False}:
        stream = Stream()
        for name in sorted(texts, key=digest):
            stream.take(name, texts[name])
        out["stream_b3"] = b_cubed(key, stream.stories())[2]
    return out


def _part(sample: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> float:
    """B3 on some gold stories (drawn with replacement, each drawn once counts once): said groups cut to them."""
    kept = list({tuple(s) for s in sample})
    inside = {name for members in kept for name in members}
    cut = [[n for n in members if n in inside] for members in said]
    return b_cubed(kept, [c for c in cut if c])[2]
