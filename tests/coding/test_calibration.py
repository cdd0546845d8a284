"""The calibration bench counts what it says: bins, error and plot on made-up scores with known answers."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from communique.coding import reader
from communique.coding.candidates import Candidate
from communique.records import Span

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bench():
    spec = importlib.util.spec_from_file_location("calibration", ROOT / "bench" / "calibration.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_honest_scores_have_no_error(bench) -> None:
    pairs = [(0.75, k < 75) for k in range(100)] + [(0.25, k < 25) for k in range(100)]
    assert bench.error(pairs) == pytest.approx(0)


def test_overconfidence_is_its_gap(bench) -> None:
    pairs = [(0.95, k < 60) for k in range(100)]
    assert bench.error(pairs) == pytest.approx(0.35)
    assert bench.table(pairs) == [(pytest.approx(0.95), 0.6, 100)]


def test_a_score_of_one_falls_in_the_last_bin(bench) -> None:
    assert bench.table([(1.0, True), (0.95, True)]) == [(pytest.approx(0.975), 1.0, 2)]


def test_the_plot_is_well_formed_and_holds_every_bin(bench) -> None:
    rows = bench.table([(0.15, False), (0.55, True), (0.95, True)])
    tree = ElementTree.fromstring(bench.drawing({"made up": rows}))
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}circle")) == 3


def test_training_files_written_after_a_look_are_never_scored(bench) -> None:
    assert {bench.part_of(f"c/{n}/{k}") for n in ("conflict", "modes") for k in range(200)} == {"train"}
    assert {bench.part_of(f"a/{k}") for k in range(200)} == {"train", "dev", "test"}


def test_an_honest_score_keeps_the_order_and_the_threshold() -> None:
    raw = [n / 100 for n in range(101)]
    row = Candidate(sentence=0, token=0, trigger=Span(start=0, end=1), clause=Span(start=0, end=1), kind="verb", lemma="meet", passive=False, type="CONSULT")
    told = [reader.honest(msgspec.structs.replace(row, score=s)).score for s in raw]
    assert told == sorted(told)
    assert [s >= 0.5 for s in told] == [s >= 0.5 for s in raw]
    assert all(t <= s + 1e-9 for s, t in zip(raw, told, strict=True))
