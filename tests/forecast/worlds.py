"""Small made-up worlds: dated facts with habits, and panels of events."""

from __future__ import annotations

from datetime import date

import numpy as np

from communique.forecast.facts import Facts, attributes
from communique.forecast.series import QUADS, Panel, panel_of

DAY0 = date(2025, 1, 6).toordinal()  # a Monday


def facts(*, entities: int = 40, relations: int = 5, days: int = 40, a_day: int = 25, seed: int = 0) -> Facts:
    """Facts in which every subject has three favourite partners and one favourite relation."""
    rng = np.random.default_rng(seed)
    names = tuple([f"Land{i}" for i in range(10)] + [f"Minister ({f'Land{i % 10}'})" for i in range(10, entities)])
    rows = []
    for day in range(days):
        for s in rng.integers(0, entities, a_day):
            o = (s * 7 + rng.integers(1, 4)) % entities if rng.random() < 0.8 else rng.integers(0, entities)
            r = s % relations if rng.random() < 0.7 else rng.integers(0, relations)
            rows.append((int(s), int(r), int(o), day))
    table = np.array(sorted(set(rows), key=lambda x: x[3]), np.int64)
    role, home = attributes(names)
    s, r, o, t = table.T
    first = {"train": 0, "valid": days - 8, "test": days - 4}
    return Facts(s, r, o, t, entities, relations, names, tuple(f"r{i}" for i in range(relations)), role, home, first)


def steady(*, weeks: int = 40, pairs: int = 4, rate: float = 1.5, hostile: float = 0.3, seed: int = 1, spike: tuple[int, int] | None = None) -> Panel:
    """Pairs A0-B0, A1-B1, ... that talk and quarrel at a steady rate, those of even number five times as much; `spike` = (week, events) of A0 assaulting B0."""
    rng = np.random.default_rng(seed)
    rows = []
    for pair in range(pairs):
        for week in range(weeks):
            for kind, quad, mean in (("CONSULT", QUADS[0], rate), ("ACCUSE", QUADS[2], hostile)):
                for _ in range(rng.poisson(mean * (1.6 if pair % 2 == 0 else 0.3))):
                    day = DAY0 + 7 * week + int(rng.integers(0, 7))
                    rows.append((f"e{len(rows)}", f"A{pair}", f"B{pair}", kind, quad, day, day + int(rng.integers(0, 2)), 1))
    if spike is not None:
        week, n = spike
        rows += [(f"s{i}", "A0", "B0", "ASSAULT", QUADS[3], DAY0 + 7 * week + i % 3, DAY0 + 7 * week + i % 3, 1) for i in range(n)]
    documents = {DAY0 + d: 20 for d in range(7 * weeks)}
    return panel_of(rows, documents)
