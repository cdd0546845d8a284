"""Small charts as SVG geometry: plain numbers in, shapes out. Templates draw them with classes, never with inline
styles, which the content policy refuses. Every chart stands beside the table of the same numbers."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple


class Bar(NamedTuple):
    """A rectangle with what it stands for."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    label: str
    href: str | None


class Tick(NamedTuple):
    """A label at a place on an axis."""

    at: float
    label: str


def nice_step(top: float, most: int = 4) -> float:
    """A step of 1, 2 or 5 times a power of ten that gives at most `most` steps up to `top`."""
    if top <= 0:
        return 1.0
    raw = top / most
    power = 10.0 ** math.floor(math.log10(raw))
    return max(1.0, next(power * m for m in (1, 2, 5, 10) if power * m >= raw))


def ticks(top: float, height: float, base: float = 0.0) -> list[Tick]:
    """Labels of a vertical axis from 0 to at least `top`, measured from the bottom upwards."""
    step = nice_step(top)
    count = max(1, math.ceil(top / step))
    return [Tick(base + height - height * i / count, f"{int(step * i):,}".replace(",", "\u202f")) for i in range(count + 1)]


def ceiling(top: float) -> float:
    """The value at the top of the axis that `ticks` makes."""
    step = nice_step(top)
    return step * max(1, math.ceil(top / step))


def thinned(labels: Sequence[str], width: float, each: float = 64.0) -> list[Tick]:
    """As many of the labels as fit along `width`, evenly."""
    if not labels:
        return []
    every = max(1, math.ceil(len(labels) * each / width))
    slot = width / len(labels)
    return [Tick(slot * (i + 0.5), labels[i]) for i in range(0, len(labels), every)]


def days_marked(first: dt.date, last: dt.date, most: int = 8) -> list[tuple[str, str]]:
    """At most `most` days to mark on an axis from `first` to `last`, each with its words: the first days of months or
    years where the stretch is long, else every so many days."""
    span = (last - first).days + 1
    if span <= most * 14:
        step = max(1, math.ceil(span / most))
        found = [first + dt.timedelta(days=i) for i in range(0, span, step)]
        return [(d.isoformat(), f"{d.day} {d:%b}" + (f" {d.year}" if i == 0 or d.year != found[i - 1].year else "")) for i, d in enumerate(found)]
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step = next((n for n in (1, 2, 3, 6, 12) if months / n <= most), 12 * math.ceil(months / 12 / most))
    start = first.year * 12 + (first.month - 1 if first.day == 1 else first.month)
    marks = range(-(-start // step) * step, last.year * 12 + last.month, step)
    return [(f"{m // 12:04d}-{m % 12 + 1:02d}-01", str(m // 12) if step >= 12 else f"{dt.date(m // 12, m % 12 + 1, 1):%b} {m // 12}") for m in marks]


def stepped_labels(starts: Sequence[str], width: float, words: Callable[[str], str], each: float, room: float) -> list[Tick]:
    """`thinned`, with the starts of periods in words, and none that would stick out of a drawing with so much room."""
    return [Tick(t.at, words(t.label)) for t in thinned(starts, width, each) if t.at + each * 0.4 <= room]


def slot_of(count: int, width: float, most: float = 34.0) -> float:
    """How wide one bar's place is: a few bars do not fill the width, lest they look like areas."""
    return min(most, width / max(1, count))


def columns(
    values: Sequence[float], labels: Sequence[str], *, width: float, height: float, kind: str = "bar", hrefs: Sequence[str | None] = (), top: float | None = None
) -> list[Bar]:
    """Bars from the bottom up, one a value."""
    if not values:
        return []
    most = ceiling(max(values) if top is None else top)
    slot = slot_of(len(values), width)
    gap = min(2.0, slot * 0.2)
    out = []
    for i, value in enumerate(values):
        tall = height * value / most
        out.append(Bar(round(slot * i + gap / 2, 2), round(height - tall, 2), round(max(0.5, slot - gap), 2), round(tall, 2), kind, labels[i], hrefs[i] if hrefs else None))
    return out


def equal_earth(lat: float, lon: float, width: float = 960.0, height: float = 468.0) -> tuple[float, float]:
    """A point of the Equal Earth projection (Šavrič, Patterson and Jenny 2018) on a map of this size."""
    a1, a2, a3, a4 = 1.340264, -0.081106, 0.000893, 0.003796
    lam, phi = math.radians(lon), math.radians(max(-90.0, min(90.0, lat)))
    theta = math.asin(math.sqrt(3) / 2 * math.sin(phi))
    t2 = theta * theta
    t6 = t2**3
    x = 2 * math.sqrt(3) * lam * math.cos(theta) / (3 * (9 * a4 * t6 * t2 + 7 * a3 * t6 + 3 * a2 * t2 + a1))
    y = a4 * theta**9 + a3 * theta**7 + a2 * theta**3 + a1 * theta
    scale = width / (2 * 2.7066299836)
    return round(width / 2 + x * scale, 2), round(height / 2 - y * scale, 2)


class Frame(NamedTuple):
    """A part of the map enlarged: a point (x, y) of the whole lies at (left + zoom * x, top + zoom * y)."""

    zoom: float
    left: float
    top: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        return round(self.left + self.zoom * x, 1), round(self.top + self.zoom * y, 1)


def framed(points: Sequence[tuple[float, float]], *, pad: float = 34.0, most: float = 6.0, width: float = 960.0, height: float = 468.0) -> Frame:
    """The frame that holds these points of the map with some room around, enlarged at most so far; the whole where that
    would gain little."""
    if not points:
        return Frame(1.0, 0.0, 0.0)
    xs, ys = zip(*points, strict=True)
    wide, tall = max(xs) - min(xs) + 2 * pad, max(ys) - min(ys) + 2 * pad
    zoom = round(min(most, width / wide, height / tall), 2)
    if zoom < 1.3:
        return Frame(1.0, 0.0, 0.0)
    left, top = width / 2 - zoom * (min(xs) + max(xs)) / 2, height / 2 - zoom * (min(ys) + max(ys)) / 2
    return Frame(zoom, round(min(0.0, max(width * (1 - zoom), left)), 1), round(min(0.0, max(height * (1 - zoom), top)), 1))


def lettered(spots: Sequence[tuple[float, float, float, str]], *, most: int = 14, width: float = 960.0, height: float = 468.0) -> list[tuple[float, float, str, str]]:
    """Names beside discs (x, y, radius, name), the first first, where they cover neither a name nor a disc: (x, y, anchor, name)."""
    taken = [(x - r, y - r, x + r, y + r) for x, y, r, _ in spots]
    out: list[tuple[float, float, str, str]] = []
    for x, y, r, name in spots:
        if len(out) >= most:
            break
        long = 6.2 * len(name)
        for anchor, left in (("start", x + r + 4), ("end", x - r - 4 - long)):
            box = (left, y - 7, left + long, y + 7)
            if box[0] >= 0 and box[2] <= width and box[1] >= 0 and box[3] <= height and not any(box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in taken):
                taken.append(box)
                out.append((round(left if anchor == "start" else left + long, 1), round(y + 4, 1), anchor, name))
                break
    return out


def circle(count: int, *, cx: float, cy: float, radius: float) -> list[tuple[float, float]]:
    """So many points evenly around a circle, the first on top."""
    return [
        (round(cx + radius * math.sin(2 * math.pi * i / max(1, count)), 1), round(cy - radius * math.cos(2 * math.pi * i / max(1, count)), 1))
        for i in range(count)
    ]
