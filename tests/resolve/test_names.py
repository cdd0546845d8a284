"""Whether two written names are one person's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communique.resolve.names import same_person

PAIRS = Path(__file__).parent.parent / "cases" / "names" / "pairs.tsv"


def pairs(part: str) -> list[list[str]]:
    lines = [line for line in PAIRS.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [row for row in (line.split("\t") for line in lines[1:]) if row[3] == part]


@pytest.mark.parametrize("part", ["dev", "unseen"])
def test_pairs(part: str) -> None:
    table = pairs(part)
    wrong = [(a, b) for a, b, same, _ in table if (same_person(a, b) >= 0.5) != (same == "1")]
    assert len(table) >= 100
    assert sum(row[2] == "0" for row in table) >= len(table) // 3
    assert not wrong


@pytest.mark.parametrize("part", ["dev", "unseen"])
def test_order_of_the_two_does_not_matter(part: str) -> None:
    assert not [(a, b) for a, b, _, _ in pairs(part) if same_person(a, b) != same_person(b, a)]


def test_surname_is_weaker_than_a_full_name() -> None:
    assert (
        0.5 <= same_person("Zelensky", "Volodymyr Zelenskyy") < same_person("Volodymyr Zelensky", "Volodymyr Zelenskyy")
    )
    assert same_person("Lee", "Lee Jae-myung") >= 0.5


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_scores_between_zero_and_one(a: str, b: str) -> None:
    assert 0.0 <= same_person(a, b) <= 1.0
