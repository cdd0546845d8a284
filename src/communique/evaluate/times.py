"""Time expressions against TIMEX3 gold: spans strictly and loosely, and values over loose matches.

The gold is JSON Lines as in TempEval-3 data: `doc`, `text`, `dct`, `timex [{start, end, type, value}]`. Measures are
those of TempEval-3: strict F1 (same span), relaxed F1 (spans overlap, each used once), and value F1 (relaxed
matches whose value is right, over all predicted and all gold). Values are compared as strings after undoing two
spellings of one thing: a trailing X of decades and centuries, and the seconds of a clock time.
"""

from __future__ import annotations

import functools
import gzip
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from communique.annotate.times import tag_text
from communique.errors import UsageError
from communique.evaluate._measure import bootstrap, prf

_Item = tuple[int, int, str]


class Counts(NamedTuple):
    """One document's counts."""

    predicted: int
    gold: int
    strict: int
    relaxed: int
    value: int


def score(path: Path, *, parse: bool = True) -> dict[str, float | int]:
    """`value_f1`, `relaxed_f1`, `strict_f1` with 95 % intervals over documents, precision and recall of relaxed,
    and `n` documents. `parse` False measures the tagger on bare text, without a sentence parse."""
    rows = list(_rows(path))
    predicted = _tagged(rows, parse)
    return summary([count(p, _gold(row)) for p, row in zip(predicted, rows, strict=True)])


def summary(counts: Sequence[Counts]) -> dict[str, float | int]:
    """The headline figures of the counts of several documents."""
    out: dict[str, float | int] = {"n": len(counts), "expressions": sum(c.gold for c in counts)}
    for name in ("value", "relaxed", "strict"):
        low, high = bootstrap(counts, functools.partial(_f1, name=name))
        out[f"{name}_f1"], out[f"{name}_f1_low"], out[f"{name}_f1_high"] = _f1(counts, name), low, high
    right, made, wanted = (sum(getattr(c, k) for c in counts) for k in ("relaxed", "predicted", "gold"))
    out["relaxed_precision"], out["relaxed_recall"], _ = prf(right, made, wanted)
    return out


def _f1(counts: Sequence[Counts], name: str) -> float:
    return prf(sum(getattr(c, name) for c in counts), sum(c.predicted for c in counts), sum(c.gold for c in counts))[2]


def count(predicted: Sequence[_Item], gold: Sequence[_Item]) -> Counts:
    """Greedy one-to-one matching, exact spans first, then by overlap in text order."""
    free = set(range(len(gold)))
    pairs: list[tuple[int, int]] = []
    for exact in (True, False):
        for i, (start, end, _) in enumerate(predicted):
            if any(i == p for p, _ in pairs):
                continue
            for j in sorted(free):
                same = (start, end) == gold[j][:2]
                if same if exact else start < gold[j][1] and gold[j][0] < end:
                    pairs.append((i, j))
                    free.discard(j)
                    break
    strict = sum(predicted[i][:2] == gold[j][:2] for i, j in pairs)
    value = sum(normal(predicted[i][2]) == normal(gold[j][2]) for i, j in pairs)
    return Counts(len(predicted), len(gold), strict, len(pairs), value)


def normal(value: str) -> str:
    """A value with the spellings of one thing made the same: "199" and "199X", "T09:00" and "T09:00:00"."""
    text = value.strip().upper()
    if len(text) == 4 and text[:2].isdigit() and text.endswith("X"):
        text = text.rstrip("X")
    head, mark, clock = text.partition("T")
    return f"{head}T{clock[:5]}" if mark and clock[:1].isdigit() and not text.startswith("P") else text


def _gold(row: dict[str, Any]) -> list[_Item]:
    return [(t["start"], t["end"], t["value"]) for t in row["timex"]]


def _tagged(rows: Sequence[dict[str, Any]], parse: bool) -> list[list[_Item]]:
    if not parse:
        return [[(t.span.start, t.span.end, t.value) for t in tag_text(r["text"], r["dct"][:10])] for r in rows]
    from communique.annotate.language import parse_articles
    from communique.annotate.times import find_times
    from communique.evaluate._articles import bare_article

    articles = [bare_article(row["text"], row["doc"], published=row["dct"][:10]) for row in rows]
    parsed = parse_articles(articles)
    return [
        [(t.span.start, t.span.end, t.value) for t in find_times(article, sentences)]
        for article, sentences in zip(articles, parsed, strict=True)
    ]


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    files = sorted(p for p in path.glob("*.jsonl*")) if path.is_dir() else [path]
    seen = 0
    for file in files:
        data = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
        for line in data.splitlines():
            if line.strip():
                row = msgspec.json.decode(line)
                if not isinstance(row, dict) or not {"text", "timex", "dct"} <= row.keys():
                    raise UsageError(
                        f"{file}: a line has no text, dct and timex; give JSON Lines as in time/", where=str(file)
                    )
                seen += 1
                yield row
    if not seen:
        raise UsageError(f"{path}: no documents; give JSON Lines with text, dct and timex", where=str(path))
