"""The agreement of two readers of the corpus: the measure, and that its file still belongs to the corpus."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
second_reading = pytest.importorskip("second_reading")


def test_kappa_of_a_known_table() -> None:
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert second_reading.kappa(pairs) == pytest.approx(0.4)


def test_records_are_paired_by_type_then_by_order() -> None:
    first = [("AID", "", "actual", "Chad", "Mali"), ("REJECT", "meet", "actual", "Chad", "")]
    second = [("REJECT", "yield", "denied", "Chad", ""), ("AGREE", "", "actual", "Chad", "Mali")]
    got = second_reading.fields(first, second)
    assert sorted(got["type"]) == [("AID", "AGREE"), ("REJECT", "REJECT")]
    assert got["mode"] == [("REJECT/meet", "REJECT/yield")]
    assert got["modality"] == [("actual", "denied")]
    assert second_reading.fields([], [])["type"] == [("NONE", "NONE")]


def test_a_turned_pair_is_seen() -> None:
    one, two = ("AID", "", "actual", "Qatar", "Lebanon"), ("AID", "", "actual", "Lebanon", "Qatar")
    assert second_reading.fields([one], [two])["direction"] == [("forward", "backward")]


def test_every_second_reading_belongs_to_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(second_reading, "DRAWS", 4)  # the intervals are not what is tested
    found, _ = second_reading.measure()
    assert found["gone"] == 0 and found["sentences"] >= 5133
    assert found["type_kappa"] < 1


def test_a_party_is_the_marked_phrase_that_holds_the_word() -> None:
    parties = ("Kenya and Tanzania", "an aide", "Zambian officials")
    one = ("CONSULT", "", "actual", "Kenya and Tanzania", "Zambian officials")
    two = ("CONSULT", "", "actual", "Kenya,Tanzania", "envoy")
    got = second_reading.fields([one], [two], parties)
    assert got["actor"] == [("0", "0")]
    assert got["recipient"] == [("2", "other")]


def test_the_third_reader_is_not_told_whose_a_reading_is() -> None:
    rows = second_reading.differing()
    assert rows
    assert {row["swapped"] for row in rows} == {True, False}
