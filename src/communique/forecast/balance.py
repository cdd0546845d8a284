"""Friends and foes over time: signed ties between countries, triangles of them, blocs, and who stands between.

Two are friends in a window of half a year where cooperation prevails between them, foes where conflict does, if there
are at least three events. A triangle is balanced when the product of its signs is positive (a friend's friend is a
friend, a foe's foe is a friend). The share of balanced triangles says little by itself, so the kinds of triangles stand
beside it, and the share that signs dealt out at random would give. Windows move by four weeks.

Written with numpy: networkx takes seconds for the paths of a busy window, igraph is GPL; the tests hold triangles and
paths against networkx.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt

from communique.forecast.series import Panel, iso

Doubles = npt.NDArray[np.float64]
Signs = dict[tuple[str, str], int]
WINDOW, STEP, MOST = 182, 28, 13  # days of a window, days between windows, windows


class Triads(msgspec.Struct, frozen=True, kw_only=True):
    """Triangles with both: how many third countries, how many balanced, the share, and those that are not."""

    third: int
    balanced: int
    share: float | None
    unbalanced: tuple[str, ...]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """One window, up to the day before `until`. `friends` and `foes` count pairs of countries; `triangles` counts all
    triangles by how many of their ties are hostile (0 to 3; 0 and 2 are balanced), `share` is the balanced part and
    `by_chance` what it would be if the same signs were dealt at random. `sign` is the pair's own tie (1, -1, 0: none or
    even), `triads` its triangles, `bloc_left` and `bloc_right` who stands with each, `between_left` and `between_right`
    the part of shortest friendly paths of others that lead through each."""

    until: str
    friends: int
    foes: int
    triangles: tuple[int, int, int, int]
    share: float | None
    by_chance: float | None
    sign: int
    triads: Triads
    same_bloc: bool | None
    bloc_left: tuple[str, ...]
    bloc_right: tuple[str, ...]
    between_left: float | None
    between_right: float | None


class Ties(NamedTuple):
    """What one window says of all countries, whichever pair is asked about."""

    signs: Signs
    kinds: tuple[int, int, int, int]
    blocs: tuple[tuple[str, ...], ...]
    through: dict[str, float]


def ties(past: Panel, end: int, kept: MutableMapping[int, Ties] | None = None) -> Ties:
    """The window that ends before the ordinal `end`; from `kept`, where the caller keeps those of one `past`."""
    found = kept.get(end) if kept is not None else None
    if found is None:
        signs = signed_ties(past.take((past.day >= end - WINDOW) & (past.day < end)))
        found = Ties(signs, triangle_kinds(signs), blocs(signs), betweenness(signs))
        if kept is not None:
            kept[end] = found
    return found


def over_time(past: Panel, left: str, right: str, origin: int, *, back: int, kept: MutableMapping[int, Ties] | None = None) -> tuple[Balance, ...]:
    """The windows that end in the `back` days before `origin`, oldest first; at least the last one."""
    first, _ = past.span()
    count = min(MOST, 1 + back // STEP, 1 + max(0, origin - first - STEP) // STEP) if len(past) else 0
    ends = [origin - STEP * i for i in range(count)][::-1]
    return tuple(_balance(ties(past, end, kept), left, right, end) for end in ends)


def _balance(found: Ties, left: str, right: str, end: int) -> Balance:
    signs, kinds, groups, through = found
    friends = sum(s > 0 for s in signs.values())
    total = sum(kinds)
    p = friends / len(signs) if signs else 0.0
    sides = [next((g for g in groups if c in g), ()) for c in (left, right)]
    known = {c for pair in signs for c in pair}
    return Balance(
        until=iso(end), friends=friends, foes=len(signs) - friends, triangles=kinds, share=(kinds[0] + kinds[2]) / total if total else None,
        by_chance=p**3 + 3 * p * (1 - p) ** 2 if total else None, sign=signs.get((left, right), 0) or signs.get((right, left), 0),
        triads=triads(signs, left, right), same_bloc=bool(sides[0]) and sides[0] == sides[1] if left in known and right in known else None,
        bloc_left=sides[0], bloc_right=sides[1], between_left=through.get(left), between_right=through.get(right),
    )  # fmt: skip


def signed_ties(panel: Panel, *, least: int = 3) -> Signs:
    """+1 or -1 for each unordered pair with at least `least` events: whether cooperation or conflict prevails; pairs
    in which they are even are left out."""
    low, high = np.minimum(panel.actor, panel.recipient), np.maximum(panel.actor, panel.recipient)
    weight = np.where(np.isin(panel.quad, (0, 1)), 1, np.where(panel.quad >= 2, -1, 0))
    keep = low != high
    keys, where = np.unique(low[keep] * max(1, len(panel.codes)) + high[keep], return_inverse=True)
    total, n = np.bincount(where, weight[keep], len(keys)), np.bincount(where, minlength=len(keys))
    out = {}
    for key, s, count in zip(keys, total, n, strict=True):
        if count >= least and s != 0:
            out[panel.codes[int(key) // len(panel.codes)], panel.codes[int(key) % len(panel.codes)]] = 1 if s > 0 else -1
    return out


def triads(signs: Signs, left: str, right: str) -> Triads:
    """The triangles of the pair: balanced where the product of the three signs is positive."""

    def sign(a: str, b: str) -> int:
        return signs.get((a, b), 0) or signs.get((b, a), 0)

    own = sign(left, right)
    others = sorted({c for pair in signs for c in pair} - {left, right})
    found = {c: own * sign(left, c) * sign(right, c) for c in others}
    third = [c for c in others if found[c]]
    balanced = sum(found[c] > 0 for c in third)
    return Triads(
        third=len(third), balanced=balanced, share=balanced / len(third) if third else None, unbalanced=tuple(c for c in third if found[c] < 0)
    )


def triangle_kinds(signs: Signs) -> tuple[int, int, int, int]:
    """How many triangles have no, one, two, three hostile ties."""
    _, tie = _matrix(signs)
    good, bad = (tie > 0).astype(float), (tie < 0).astype(float)
    none, three = np.trace(good @ good @ good) / 6, np.trace(bad @ bad @ bad) / 6
    one, two = ((good @ good) * bad).sum() / 2, ((bad @ bad) * good).sum() / 2
    return round(none), round(one), round(two), round(three)


def betweenness(signs: Signs) -> dict[str, float]:
    """For each country, the part of the shortest friendly paths between all others that lead through it (Brandes, all
    sources at once)."""
    names, tie = _matrix(signs)
    near = (tie > 0).astype(float)
    n = len(names)
    if n < 3:
        return dict.fromkeys(names, 0.0)
    paths, far, level = np.eye(n), np.where(np.eye(n) > 0, 0, -1), 0
    front = np.eye(n)
    while front.any():
        level += 1
        front = (front @ near) * (far < 0)
        far[front > 0] = level
        paths += front
    leaning = np.zeros((n, n))
    for step in range(level, 0, -1):
        share = np.where(far == step, (1 + leaning) / np.maximum(paths, 1), 0.0)
        leaning += (share @ near) * paths * (far == step - 1)
    through = leaning.sum(0) - leaning.diagonal()
    return {name: float(v) / ((n - 1) * (n - 2)) for name, v in zip(names, through, strict=True)}


def _matrix(signs: Signs) -> tuple[list[str], Doubles]:
    names = sorted({c for pair in signs for c in pair})
    at = {c: i for i, c in enumerate(names)}
    tie = np.zeros((len(names), len(names)))
    for (a, b), s in signs.items():
        tie[at[a], at[b]] = tie[at[b], at[a]] = s
    return names, tie


def blocs(signs: Signs, *, rounds: int = 30) -> tuple[tuple[str, ...], ...]:
    """Groups of countries with more friends inside and foes outside: each joins, in order of name, the group where
    its signs add up highest, until nothing moves. Groups of one are left out, largest first."""
    names = sorted({c for pair in signs for c in pair})
    of = {c: i for i, c in enumerate(names)}
    near: dict[str, list[tuple[str, int]]] = {c: [] for c in names}
    for (a, b), s in signs.items():
        near[a].append((b, s))
        near[b].append((a, s))
    for _ in range(rounds):
        moved = False
        for c in names:
            gain: dict[int, int] = {}
            for other, s in near[c]:
                gain[of[other]] = gain.get(of[other], 0) + s
            best = max(gain, key=lambda g: (gain[g], -g), default=of[c])
            if gain.get(best, 0) > gain.get(of[c], 0):
                of[c], moved = best, True
        if not moved:
            break
    groups: dict[int, list[str]] = {}
    for c in names:
        groups.setdefault(of[c], []).append(c)
    return tuple(tuple(g) for g in sorted(groups.values(), key=lambda g: (-len(g), g)) if len(g) > 1)
