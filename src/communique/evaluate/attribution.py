"""Attributions against PolNeAR gold: token F1 of content, source and cue.

The gold is JSON Lines: `text`, `attributions [{source, cue, content}]`, each a list of `[start, end]`; `discard` marks
text that is no part of the report. A token is a run of letters and digits or a single other sign; a token that any
attribution holds in a role counts for that role (the corpus allows no nesting, so only outermost attributions are
compared). `sourceless` counts gold attributions that name no source, `sourceless_content_found` those whose content we hold.
"""

from __future__ import annotations

import functools
import gzip
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from communique.annotate.quotes import find_quotations, outermost
from communique.errors import UsageError
from communique.evaluate._articles import bare_article
from communique.evaluate._measure import bootstrap, prf
from communique.records import Quotation, Span

ROLES = ("content", "source", "cue")
_TOKEN = re.compile(r"\w+|[^\w\s]")


class Counts(NamedTuple):
    """Per role: tokens right, predicted and gold; and gold attributions without a source that we found so."""

    right: dict[str, int]
    predicted: dict[str, int]
    gold: dict[str, int]
    sourceless: int
    sourceless_found: int


def score(path: Path, *, rules: bool = False) -> dict[str, float | int]:
    """`content_f1`, `source_f1`, `cue_f1` (tokens) with precision, recall and 95 % intervals over articles, and the
    count of attributions without a named source, and of those whose content was found. `rules` leaves the model out."""
    from communique.annotate.language import parse_articles

    rows = list(_rows(path))
    articles = [bare_article(r["text"], r["doc"], published=r.get("date")) for r in rows]
    parsed = parse_articles(articles)
    found = [find_quotations(a, s, learnt=not rules) for a, s in zip(articles, parsed, strict=True)]
    return summary([count(r, q) for r, q in zip(rows, found, strict=True)])


def count(row: dict[str, Any], found: Sequence[Quotation]) -> Counts:
    """One article's token counts."""
    tokens = [(m.start(), m.end()) for m in _TOKEN.finditer(row["text"])]
    skipped = _held(tokens, row.get("discard", ()))
    kept = outermost(found)
    mine = {
        "content": _held(tokens, [(s.start, s.end) for q in kept for s in q.content]),
        "source": _held(tokens, _spans(q.speaker for q in kept)),
        "cue": _held(tokens, _spans(q.cue for q in kept)),
    }
    gold = {role: _held(tokens, [s for a in row["attributions"] for s in a[role]]) for role in ROLES}
    nameless = [_held(tokens, a["content"]) for a in row["attributions"] if not a["source"]]
    return Counts(
        {r: len((mine[r] & gold[r]) - skipped) for r in ROLES}, {r: len(mine[r] - skipped) for r in ROLES},
        {r: len(gold[r] - skipped) for r in ROLES}, len(nameless),
        sum(2 * len(n & mine["content"]) > len(n) for n in nameless),
    )  # fmt: skip


def summary(counts: Sequence[Counts]) -> dict[str, float | int]:
    """The headline figures of several articles."""
    out: dict[str, float | int] = {"n": len(counts)}
    for role in ROLES:
        out[f"{role}_precision"], out[f"{role}_recall"], out[f"{role}_f1"] = _prf(counts, role)
        low, high = bootstrap(counts, functools.partial(_f1, role=role))
        out[f"{role}_f1_low"], out[f"{role}_f1_high"] = low, high
    out["sourceless"] = sum(c.sourceless for c in counts)
    out["sourceless_content_found"] = sum(c.sourceless_found for c in counts)
    return out


def _prf(counts: Sequence[Counts], role: str) -> tuple[float, float, float]:
    return prf(
        sum(c.right[role] for c in counts), sum(c.predicted[role] for c in counts), sum(c.gold[role] for c in counts)
    )


def _f1(counts: Sequence[Counts], role: str) -> float:
    return _prf(counts, role)[2]


def _spans(found: Iterator[Span | None] | Any) -> list[tuple[int, int]]:
    return [(s.start, s.end) for s in found if s is not None]


def _held(tokens: Sequence[tuple[int, int]], spans: Any) -> set[int]:
    ordered = sorted((s, e) for s, e in spans)
    out: set[int] = set()
    for s, e in ordered:
        out.update(i for i in _within(tokens, s, e))
    return out


def _within(tokens: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[int]:
    from bisect import bisect_left

    at = bisect_left(tokens, (start, -1))
    while at < len(tokens) and tokens[at][0] < end:
        yield at
        at += 1


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    files = sorted(path.glob("*.jsonl*")) if path.is_dir() else [path]
    seen = 0
    for file in files:
        data = gzip.decompress(file.read_bytes()) if file.name.endswith(".gz") else file.read_bytes()
        for line in data.splitlines():
            if not line.strip():
                continue
            row = msgspec.json.decode(line)
            if not isinstance(row, dict) or not {"text", "attributions"} <= row.keys():
                raise UsageError(
                    f"{file}: a line has no text and attributions; give JSON Lines as in attribution/", where=str(file)
                )
            seen += 1
            yield row
    if not seen:
        raise UsageError(f"{path}: no articles; give JSON Lines with text and attributions", where=str(path))
