"""Lines of a document, and which of them are body."""

from __future__ import annotations

import re
from collections.abc import Sequence

from communique.records import Document, Span

_LINE = re.compile(r"[^\r\n\v\f\x1c-\x1e\x85\u2028\u2029]+")
_BAD = re.compile(r"(?i)\b(?:newsletter|subscribe|cookies?|log ?in|login|sign up|password|facebook|use code|privacy|comments?|advertis\w+|all rights reserved|click)\b|©")


def split_lines(doc: Document) -> tuple[Span, ...]:
    """Spans of the non-empty lines, without white space at their edges."""
    if doc.lines:
        return doc.lines
    out = []
    for match in _LINE.finditer(doc.text):
        piece = match[0]
        left = len(piece) - len(piece.lstrip())
        stripped = piece.strip()
        if stripped:
            out.append(Span(match.start() + left, match.start() + left + len(stripped)))
    return tuple(out)


def body_mask(doc: Document, units: Sequence[Span]) -> list[bool]:
    """Whether each line is body."""
    scores = [_score(doc.text[s.start : s.end]) for s in units]
    best = total = 0.0
    start = found = end = 0
    for i, value in enumerate(scores):
        if total <= 0:
            total, start = 0.0, i
        total += value
        if total > best:
            best, found, end = total, start, i + 1
    return [found <= i < end and scores[i] > 0 for i in range(len(units))]


def _score(text: str) -> float:
    words = text.split()
    if len(words) < 8 or not re.search(r"[.!?][\"”’')\]]*$", text) or _BAD.search(text):
        return -1.0
    return min(6.0, len(words) / 10)
