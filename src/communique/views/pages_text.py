"""A document's text as inert HTML with any number of spans lit, overlapping as they may.

The text is split at every boundary of every span; each piece is escaped and wrapped in one `<mark>` for each span that
covers it, longest outside, with `data-ids` of the records concerned. Nothing else of the source ever becomes markup.
Characters that steer the display (C0, bidirectional overrides, zero-width joins outside emoji) are shown as named
boxes, so that what is read is what is stored. Offsets are code points; `data-at` gives each line's first offset.
"""

from __future__ import annotations

import html
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

_STEERING = frozenset(chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0xFEFF, 0x00AD, 0x2028, 0x2029))
_KEPT = frozenset("\n\t")
_SUSPECT = re.compile("[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f\\xad\\u061c\\u200b-\\u200f\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ud800-\\udfff\\ufeff]")
"""What `_steers` may find to steer: text without any is looked at once, not character by character."""


HIDDEN = frozenset({"Cc", "Cf", "Cs"})
"""Categories of characters that cannot be selected or typed faithfully."""


class Mark(NamedTuple):
    """A span to light: half-open code points, a class name, the ids of the records it belongs to, a title, and the
    name by which an address reaches it."""

    start: int
    end: int
    kind: str
    ids: tuple[str, ...] = ()
    title: str = ""
    anchor: str = ""


class Piece(NamedTuple):
    """A stretch of text without boundaries inside, and the marks that cover it, longest first."""

    start: int
    end: int
    marks: tuple[Mark, ...]


def pieces(start: int, end: int, marks: Iterable[Mark]) -> list[Piece]:
    """[start, end) split at every boundary of the marks, in order and without gaps. Empty marks are left out."""
    inside = [m for m in marks if m.start < m.end and m.start < end and m.end > start]
    cuts = sorted({start, end, *(max(start, m.start) for m in inside), *(min(end, m.end) for m in inside)})
    order = sorted(inside, key=lambda m: (m.start - m.end, m.start, m.kind, m.ids))
    opening = sorted(order, key=lambda m: m.start)
    active: list[Mark] = []
    out, upcoming = [], 0
    rank = {id(m): n for n, m in enumerate(order)}
    for a, b in itertools.pairwise(cuts):
        while upcoming < len(opening) and opening[upcoming].start <= a:
            active.append(opening[upcoming])
            upcoming += 1
        active = [m for m in active if m.end > a]
        out.append(Piece(a, b, tuple(sorted(active, key=lambda m: rank[id(m)]))))
    return out


def lit(text: str, start: int, end: int, marks: Sequence[Mark] = ()) -> str:
    """`text[start:end]` as HTML with the marks lit."""
    return "".join(_wrapped(inert(text[p.start : p.end]), p.start, start, p.marks) for p in pieces(start, end, marks))


def _wrapped(inner: str, at: int, floor: int, marks: Sequence[Mark]) -> str:
    for mark in reversed(marks):
        anchor = f' id="{html.escape(mark.anchor)}"' if mark.anchor and at == max(mark.start, floor) else ""
        ids = f' data-ids="{html.escape(" ".join(mark.ids))}"' if mark.ids else ""
        title = f' title="{html.escape(inert_title(mark.title))}"' if mark.title else ""
        inner = f'<mark class="m-{mark.kind}"{anchor}{ids}{title}>{inner}</mark>'
    return inner


def inert(text: str) -> str:
    """Text as HTML that shows every character and runs none."""
    if _SUSPECT.search(text) is None:
        return html.escape(text)
    return "".join(_shown(text))


def _shown(text: str) -> Iterable[str]:
    plain: list[str] = []
    for at, char in enumerate(text):
        if _steers(char, text, at):
            yield html.escape("".join(plain))
            plain.clear()
            yield f'<span class="ctl" data-cp="U+{ord(char):04X}" title="{html.escape(_name(char))}"></span>'
        else:
            plain.append(char)
    yield html.escape("".join(plain))


def _steers(char: str, text: str, at: int) -> bool:
    if char in _KEPT or char == "\r":
        return False
    if char in _STEERING or "\ud800" <= char <= "\udfff":
        return True
    if char in "\u200b\u200c\u200d\u2060":
        before, after = text[at - 1 : at], text[at + 1 : at + 2]
        joins = before and after and not before.isascii() and not after.isascii()
        return not joins
    return unicodedata.category(char) == "Cc"


def inert_title(text: str) -> str:
    """Text for an attribute: steering characters replaced, the rest as it is (escape it all the same)."""
    if _SUSPECT.search(text) is None:
        return text
    return "".join("\ufffd" if _steers(c, text, i) else c for i, c in enumerate(text))


def visible(text: str) -> str:
    """The text without what steers the display: what of it a form can offer and get back."""
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in HIDDEN)


def _name(char: str) -> str:
    return unicodedata.name(char, f"control character U+{ord(char):04X}").lower()


def lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The lines of [start, end) as half-open offsets without their line ends; empty ones are left out."""
    out, at = [], start
    while at <= end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        if text[at:stop].strip():
            out.append((at, stop))
        at = stop + 1
    return out


def around(text: str, start: int, end: int, *, most: int = 320, fits: Callable[[str], bool] = str.isspace) -> tuple[int, int]:
    """A window of about `most` characters that holds [start, end) and begins and ends between words."""
    spare = max(0, most - (end - start)) // 2
    low, high = max(0, start - spare), min(len(text), end + spare)
    stop = text.rfind("\n", low, start)
    low = stop + 1 if stop >= 0 else low
    stop = text.find("\n", end, high)
    high = stop if stop >= 0 else high
    while low > 0 and low < start and not fits(text[low - 1]) and start - low < most:
        low += 1
    while high < len(text) and high > end and not fits(text[high]) and high - end < most:
        high -= 1
    return low, high
