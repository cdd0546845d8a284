"""Warnings on a year of coded events: stated and measured false-alarm rates, and named crises.

    python bench/forecast.py warnings ../shared/data/forecast/icews14
    python bench/forecast.py warnings ../shared/data/forecast/icews18 --before-test    rates only, of another year
    python bench/forecast.py store --events 100000          time and memory of `forecast next` on a synthetic store

Events come in the format of `communique.forecast.facts`; an entity counts for the country in its brackets or for
itself; relations are matched to CAMEO by name. The rules and thresholds are those of
`communique.forecast.warnings`; the spike rule was loosened once after a first look at these crises (docs/design/forecast.md). Every
four weeks a rate is stated from what is known by then and measured in the four weeks after. The crises are only looked up at the end.
"""

from __future__ import annotations

import argparse
import datetime as dt
import difflib
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

CRISES = (
    ("China", "Vietnam", "2014-05-02", "oil rig placed in disputed waters"),
    ("Israel", "Palestinian Territory, Occupied", "2014-07-01", "Gaza war"),
    ("North Korea", "South Korea", "2014-10-07", "exchanges of fire"),
)
START = dt.date(2014, 1, 1).toordinal()


def relation_types(labels: tuple[str, ...]) -> dict[int, tuple[str, str]]:
    """(PLOVER type, quad) of each relation whose name CAMEO knows."""
    from communique.coding import ontology

    def plain(text: str) -> str:
        text = text.lower().replace("_", " ").replace(",", "").replace(" not specified below", "")
        return " ".join("".join(c if c.isalnum() else " " for c in text).split())

    by_name = {plain(ontology.cameo_name(code) or ""): code for code in sorted(ontology.cameo_codes(), key=len, reverse=True)}
    out = {}
    for number, label in enumerate(labels):
        name = plain(label)
        near = [name] if name in by_name else difflib.get_close_matches(name, by_name, n=1, cutoff=0.8)
        found = ontology.from_cameo(by_name[near[0]]) if near else None
        if found is not None and found.type != "STATE":
            out[number] = found.type, ontology.quad(found.type) or ""
    return out


def panel_of_facts(path: Path, *, before_test: bool = False) -> Any:
    """The panel of a folder of dated facts, all of it or what is before test, published on the day it happened."""
    from communique.forecast.facts import read_facts
    from communique.forecast.series import panel_of

    facts = read_facts(path)
    if before_test:
        facts = facts.before(facts.first["test"])
    types = relation_types(facts.labels)
    homes: dict[int, str] = {}
    for i, name in enumerate(facts.names):
        if facts.home[i] >= 0:
            inside = name.rsplit("(", 1)[1].rstrip(")") if name.endswith(")") else name
            homes[i] = inside.replace("_", " ").strip()
    rows, documents = [], {}
    for n, (s, r, o, day) in enumerate(zip(facts.subject.tolist(), facts.relation.tolist(), facts.object.tolist(), facts.day.tolist(), strict=True)):
        documents[START + day] = documents.get(START + day, 0) + 1
        if s in homes and o in homes and homes[s] != homes[o] and r in types:
            rows.append((str(n), homes[s], homes[o], *types[r], START + day, START + day, 1))
    return panel_of(rows, documents), len(types), len(facts.labels)


def warnings(path: Path, *, before_test: bool = False) -> dict[str, Any]:
    """Stated and measured rates of each rule, and the first alarm of each crisis (not with `before_test`)."""
    from communique.forecast import warnings as rules

    panel, known, all_labels = panel_of_facts(path, before_test=before_test)
    names = ("spike", "level", "first", "silence")
    out: dict[str, Any] = {"relations_matched": known, "relations": all_labels, "events": len(panel)}
    end = int(panel.day.max()) + 1
    out["pairs"] = len(rules.pairs_of(panel))
    out.update(rolling_rates(panel, names, end))
    out["stated by other pairs"] = other_pairs(panel, names, end)
    told, rules.TOLD = rules.TOLD, 1  # what the figures would be if a rate were claimed from any count at all
    out["claimed from any count"] = rolling_rates(panel, names, end)
    rules.TOLD = told
    if before_test:
        return out
    raised = list(rules.alarms(panel, START + 28, START + 365, rules=("spike", "level")))
    for a, b, onset, words in CRISES:
        mine = [x for x in raised if set(x.pair) == {a, b}]
        out[f"{a} - {b}"] = {"onset": onset, "what": words, "alarms": [f"{x.day} {x.rule}: {x.words} (p {x.tail:.1g})" for x in mine]}
    return out


def other_pairs(panel: Any, names: tuple[str, ...], end: int) -> dict[str, Any]:
    """The same with every rate stated from one half of the pairs (by the parity of their names' digest) and counted on
    the other half, both ways round: neither the pairs nor the weeks counted have been seen by the rate."""
    import zlib

    low, high = (f(panel.actor, panel.recipient) for f in (np.minimum, np.maximum))
    half = np.array([zlib.crc32(f"{panel.codes[a]} {panel.codes[b]}".encode()) % 2 for a, b in zip(low, high, strict=True)])
    sums = {name: [0.0, 0] for name in names}
    for one in (0, 1):
        mine, others = panel.take(half == one), panel.take(half != one)
        for name, (stated, false) in _rolled(others, mine, names, end).items():
            sums[name][0] += stated
            sums[name][1] += false
    return {name: {"false_stated": round(a, 1), "false_measured": b, "ratio": round(b / a, 2) if a else None} for name, (a, b) in sums.items()}


def _rolled(stating: Any, counted: Any, names: tuple[str, ...], end: int) -> dict[str, tuple[float, int]]:
    from communique.forecast import warnings as rules

    out = dict.fromkeys(names, (0.0, 0))
    for at in range(START + 168, end - 2 * 28 + 1, 28):
        stated = rules.backtest(stating, START + 91, at, rules=names)
        came = rules.backtest(counted, at, at + 28 + rules.AFTER, rules=names)
        ahead = rules.coming(counted.take(counted.day <= at), stated, at, 28)
        for name in names:
            if ahead[name] is not None:
                out[name] = out[name][0] + ahead[name], out[name][1] + came[name].false
    return out


def rolling_rates(panel: Any, names: tuple[str, ...], end: int) -> dict[str, Any]:
    """False alarms stated at the start of each four weeks, from the rate then known and the pairs' traffic until then,
    against those counted in the four weeks: summed over the year."""
    from communique.forecast import warnings as rules

    sums: dict[str, list[Any]] = {name: [0.0, 0, 0, 0.0, 0] for name in names}
    for at in range(START + 168, end - 2 * 28 + 1, 28):
        stated = rules.backtest(panel, START + 91, at, rules=names)
        came = rules.backtest(panel, at, at + 28 + rules.AFTER, rules=names)
        ahead = rules.coming(panel.take(panel.day <= at), stated, at, 28)
        for name in names:
            b, total = came[name], sums[name]
            if ahead[name] is not None:
                total[0] += ahead[name]
                total[1] += b.false
                total[2] += b.alarms
                total[3] += b.pair_years
                total[4] += 1
    return {
        name: {
            "periods_with_a_rate": periods, "pair_years": round(years, 1), "alarms": n, "false_stated": round(stated, 1), "false_measured": false,
            "ratio": false / stated if stated else None,
        }
        for name, (stated, false, n, years, periods) in sums.items()
    }  # fmt: skip


def store(events: int) -> dict[str, Any]:
    """Seconds of fitting, of `forecast next` and of a year's back-test on a synthetic store; peak memory in MB."""
    import random

    from communique.forecast import rates, series
    from communique.forecast import warnings as rules

    rng = random.Random(4)
    codes = [f"C{i:02d}" for i in range(80)]
    weights = [1 / (i + 1) for i in range(80)]
    kinds = [("CONSULT", series.QUADS[0]), ("AGREE", series.QUADS[0]), ("AID", series.QUADS[1]), ("ACCUSE", series.QUADS[2]),
             ("THREATEN", series.QUADS[2]), ("MOBILIZE", series.QUADS[3]), ("ASSAULT", series.QUADS[3])]  # fmt: skip
    rows: list[Any] = []
    while len(rows) < events:
        a, b = rng.choices(codes, weights, k=2)
        if a != b:
            day = START + rng.randrange(1500)
            rows.append((str(len(rows)), a, b, *rng.choice(kinds), day, day + rng.randrange(3), 1))
    panel = series.panel_of(rows)
    out: dict[str, Any] = {"events": len(panel)}
    until = START + 1500
    began = time.perf_counter()
    model = rates.fit(panel, until)
    out["fit_s"] = round(time.perf_counter() - began, 2)
    from communique.forecast import following

    began = time.perf_counter()
    following.likeliest(panel, model, until, actor="C03")
    out["next_ms"] = round(1000 * (time.perf_counter() - began))
    began = time.perf_counter()
    rules.backtest(panel, until - 365, until)
    out["warnings_backtest_s"] = round(time.perf_counter() - began, 2)
    out["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return out


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["warnings", "store"])
    parser.add_argument("path", nargs="?", type=Path)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--before-test", action="store_true")
    args = parser.parse_args()
    found = warnings(args.path, before_test=args.before_test) if args.what == "warnings" else store(args.events)
    json.dump(found, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
