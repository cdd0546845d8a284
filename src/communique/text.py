"""Offsets: slicing, shifting, overlap, same-length normalisation, UTF-16 for the browser; and the shape of a dateline.

Every offset in communique is a Unicode code point, half-open, into `Document.text`. Text is normalised
for comparison only, one character for one character (`fold_same_length`), so that an offset found in the
folded copy is an offset in the text. NFKC and friends change lengths and are never used on stored text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from communique.records import Span

_SAME_LENGTH = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201a": "'", "\u201b": "'", "\u2032": "'", "\u02bc": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u201f": '"', "\u00ab": '"', "\u00bb": '"', "\u2033": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2015": "-", "\u2212": "-",
        "\u00a0": " ", "\u2002": " ", "\u2003": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u3000": " ",
    }
)  # fmt: skip

# What follows the place of a dateline: the day, the agency, or the day behind the agency (groups date, agency, late). One
# pattern, for whoever reads the header and whoever cuts it off the sentence.
_DAY = r"[,.]?\s+(?:(?:[A-Z][a-z]{2,8}\.? \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}\.?)(?:,? (?:19|20)\d\d)?|\d{1,2}\.\d{1,2}\.(?:19|20)\d\d)"
_AGENCY = r"\([^()\n]{2,40}\)|/[A-Z][^/\n]{1,30}/|(?<=\d, )[A-Z]{2,7}(?=\s+[-–—])"
DATELINE_TAIL = rf"(?P<date>{_DAY})?[,.]?\s*(?P<agency>{_AGENCY})?(?P<late>{_DAY})?\)?"


def fold_same_length(text: str) -> str:
    """The text with typographic quotes, dashes and spaces made plain; same length, so offsets carry over."""
    return text if text.isascii() else text.translate(_SAME_LENGTH)


def slice_span(text: str, span: Span) -> str:
    """`text[span.start:span.end]`."""
    return text[span.start : span.end]


def shift(span: Span, by: int) -> Span:
    """The span moved by `by` code points."""
    return Span(start=span.start + by, end=span.end + by)


def overlap(a: Span, b: Span) -> int:
    """How many code points both spans cover; 0 when they only touch."""
    return max(0, min(a.end, b.end) - max(a.start, b.start))


def contains(outer: Span, inner: Span) -> bool:
    """Whether `inner` lies wholly within `outer`."""
    return outer.start <= inner.start and inner.end <= outer.end


def cover(spans: Iterable[Span]) -> Span | None:
    """The smallest span that holds all of them; `None` for none."""
    found = list(spans)
    if not found:
        return None
    return Span(start=min(s.start for s in found), end=max(s.end for s in found))


def merge_spans(spans: Iterable[Span], *, gap: int = 0) -> tuple[Span, ...]:
    """Sorted spans in which those that overlap, touch, or lie at most `gap` apart are one."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if out and span.start <= out[-1].end + gap:
            out[-1] = Span(start=out[-1].start, end=max(out[-1].end, span.end))
        else:
            out.append(span)
    return tuple(out)


def trim(text: str, span: Span) -> Span:
    """The span without white space at its edges; empty at its start when nothing is left."""
    start, end = span.start, span.end
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start=start, end=end)


def utf16_offsets(text: str, positions: Sequence[int]) -> list[int]:
    """Each code-point position as a UTF-16 code-unit position, for JavaScript strings. Order is kept."""
    order = sorted(range(len(positions)), key=positions.__getitem__)
    out = [0] * len(positions)
    at, units = 0, 0
    for index in order:
        position = positions[index]
        units += position - at + sum(1 for ch in text[at:position] if ord(ch) > 0xFFFF)
        at = position
        out[index] = units
    return out


def digest(*parts: str | bytes | None, length: int = 16) -> str:
    """A stable id from content: hex of SHA-256 over the parts, each length-prefixed; `None` differs from ''."""
    h = hashlib.sha256()
    for part in parts:
        if part is None:
            h.update(b"-1:")
            continue
        data = part if isinstance(part, bytes) else part.encode("utf-8", "surrogatepass")
        h.update(str(len(data)).encode() + b":" + data)
    return h.hexdigest()[:length]


def sha256_text(text: str) -> str:
    """SHA-256 of the text's UTF-8 bytes, in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
