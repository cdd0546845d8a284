"""The whole coder on the dev families of our own corpus keeps its figures; the test families stay for `bench/coder.py`."""

from __future__ import annotations

import importlib.util
import sys
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FLOORS = {"specificity": 0.95, "precision": 0.95, "recall": 0.78, "type": 0.87, "mode": 0.88, "modality": 0.95, "direction": 0.95, "recipients": 0.83}


@pytest.mark.slow
def test_the_shipped_coder_keeps_its_figures_on_the_dev_families() -> None:
    sys.path.insert(0, str(ROOT / "bench"))
    spec = importlib.util.spec_from_file_location("coder_bench", ROOT / "bench" / "coder.py")
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    totals = defaultdict(list)
    for row in bench.read_corpus()[0]:
        if bench.part_of(row.group) == "dev":
            for name, pairs in bench.count(row, "model.v1")[0].items():
                totals[name] += pairs
    assert len(totals["event"]) > 400
    assert bench.f1(totals["event"]) >= 0.92
    missed = {name: round(bench.share(totals[name]), 3) for name, floor in FLOORS.items() if bench.share(totals[name]) < floor}
    assert not missed
    assert bench.error([(score, bool(hit)) for score, hit in totals["score"]]) <= 0.05
