"""The timeline of a dossier as a small plot: what happened in each period, cooperation above the line, conflict below.

One geometry (`shapes`) is drawn as SVG for a page, as PNG for a Word file and by `views.pdf`; Markdown gets a line a
period. The length of a period follows from the time covered, so that the columns stay countable. Announced, claimed
and undated events are not on the line; the caption says how many there are, lest the plot pass for the whole.
"""

from __future__ import annotations

import html
import io
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from communique.records import Event, Record
from communique.views.dyads import period_of, periods

MOST = 48  # columns
WIDTH, HEIGHT = 640.0, 190.0
_LEFT, _TOP, _BOTTOM = 34.0, 8.0, 22.0
_HAPPENED = ("actual", "historical")
COLOURS = {"cooperation": "#2a6f97", "conflict": "#b5452c", "line": "#555555", "text": "#222222"}


class Period(Record, frozen=True):
    """Events that happened in the period from `start`, by their quad class."""

    start: str
    cooperation: int
    conflict: int


class Plot(Record, frozen=True):
    """The periods from the first event to the last, and how many events are not on the line."""

    grain: str
    periods: tuple[Period, ...]
    undated: int
    not_happened: int


class Shape(NamedTuple):
    """A rectangle (`text` None) or a word whose anchor point is (x, y); measured from the top left."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    text: str | None = None
    anchor: str = "start"


def plot_of(events: Sequence[Event]) -> Plot | None:
    """The plot of these events; `None` where none of them both happened and has a day."""
    happened = [e for e in events if e.modality in _HAPPENED and e.quad is not None]
    dated = [(e.when.start[:10], e.quad or "") for e in happened if e.when.start is not None]
    if not dated:
        return None
    first, last = min(day for day, _ in dated), max(day for day, _ in dated)
    days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    grain = next((g for g, size in (("day", 1), ("week", 7), ("month", 30)) if days <= size * (MOST - 2)), "year")
    count: dict[tuple[str, bool], int] = {}
    for day, quad in dated:
        key = period_of(day, grain), quad.endswith("cooperation")
        count[key] = count.get(key, 0) + 1
    rows = tuple(Period(start=p, cooperation=count.get((p, True), 0), conflict=count.get((p, False), 0)) for p in periods(first, last, grain))
    return Plot(grain=grain, periods=rows, undated=len(happened) - len(dated), not_happened=len(events) - len(happened))


def label(start: str, grain: str) -> str:
    """A period as its axis names it."""
    return start[: {"month": 7, "year": 4}.get(grain, 10)]


def caption(plot: Plot) -> str:
    """What the plot shows and what it leaves out, in a sentence."""
    good, bad = sum(p.cooperation for p in plot.periods), sum(p.conflict for p in plot.periods)
    left = [f"{n} {words}" for n, words in ((plot.not_happened, "announced, claimed or of no class"), (plot.undated, "without a date")) if n]
    return f"Events that happened, by {plot.grain}: {good} of cooperation (above), {bad} of conflict (below)." + (f" Not drawn: {', '.join(left)}." if left else "")


def shapes(plot: Plot) -> list[Shape]:
    """What to draw on WIDTH × HEIGHT."""
    up, down = max(p.cooperation for p in plot.periods), max(p.conflict for p in plot.periods)
    room = HEIGHT - _TOP - _BOTTOM
    unit = room / max(1, up + down)
    zero = _TOP + unit * up
    slot = min(34.0, (WIDTH - _LEFT) / len(plot.periods))
    out = [Shape(_LEFT, zero - 0.4, WIDTH - _LEFT, 0.8, "line")]
    for n, most, y in ((up, up, _TOP + 4), (down, down, HEIGHT - _BOTTOM)):
        if most:
            out.append(Shape(_LEFT - 6, y, 0, 0, "text", str(n), "end"))
    for i, p in enumerate(plot.periods):
        x, width = _LEFT + slot * i + slot * 0.1, slot * 0.8
        if p.cooperation:
            out.append(Shape(x, zero - unit * p.cooperation, width, unit * p.cooperation, "cooperation"))
        if p.conflict:
            out.append(Shape(x, zero, width, unit * p.conflict, "conflict"))
    every = max(1, -(-len(plot.periods) // max(1, int(slot * len(plot.periods) // 80))))
    for i in range(0, len(plot.periods), every):
        out.append(Shape(_LEFT + slot * i, HEIGHT - 6, 0, 0, "text", label(plot.periods[i].start, plot.grain)))
    return out


def to_svg(plot: Plot) -> str:
    """The plot as an SVG element, described by its caption."""
    parts = []
    for s in shapes(plot):
        if s.text is not None:
            parts.append(f'<text x="{s.x:.1f}" y="{s.y:.1f}" text-anchor="{s.anchor}" font-size="10" font-family="sans-serif" fill="{COLOURS[s.kind]}">{html.escape(s.text)}</text>')
        else:
            parts.append(f'<rect x="{s.x:.1f}" y="{s.y:.1f}" width="{s.width:.1f}" height="{s.height:.1f}" fill="{COLOURS[s.kind]}"/>')
    said = html.escape(caption(plot))
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{said}"><title>{said}</title>{"".join(parts)}</svg>'


def to_png(plot: Plot, *, scale: int = 2) -> bytes:
    """The plot as a PNG picture, for word processors."""
    from PIL import Image, ImageDraw, ImageFont

    picture = Image.new("RGB", (int(WIDTH * scale), int(HEIGHT * scale)), "white")
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(10 * scale)
    for s in shapes(plot):
        if s.text is not None:
            draw.text((s.x * scale, s.y * scale), s.text, fill=COLOURS[s.kind], font=font, anchor="rs" if s.anchor == "end" else "ls")
        else:
            draw.rectangle((s.x * scale, s.y * scale, (s.x + s.width) * scale, (s.y + s.height) * scale), fill=COLOURS[s.kind])
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def to_lines(plot: Plot, *, width: int = 24) -> list[str]:
    """The plot in letters: a line for each period, + for cooperation and - for conflict, with the numbers."""
    most = max(max(p.cooperation, p.conflict) for p in plot.periods)
    each = max(1, -(-most // width))  # events a sign
    out = [] if each == 1 else [f"(a sign stands for {each} events, rounded up)"]
    for p in plot.periods:
        good, bad = "+" * -(-p.cooperation // each), "-" * -(-p.conflict // each)
        out.append(f"{label(p.start, plot.grain):<10} {p.cooperation:>4} {good:<{min(width, most)}} {p.conflict:>4} {bad}".rstrip())
    return out
