"""The scorer of typed names: gold as prediction is all 1, nothing is 0, and a wrong type is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from communique.errors import UsageError
from communique.evaluate import score
from communique.evaluate.entities import measure


def part(folder: Path) -> Path:
    text = "Kenyan troops left Mogadishu on Friday."
    folder.mkdir()
    (folder / "documents.json").write_text(json.dumps({"_id": "d", "text": text}) + "\n")
    rows = [
        ("Nationality", 0, 6),
        ("Organisation", 0, 13),
        ("Location", 19, 28),
        ("Temporal", 32, 38),
        ("Weapon", 0, 3),
    ]
    (folder / "entities.json").write_text(
        "".join(json.dumps({"documentId": "d", "type": t, "begin": b, "end": e}) + "\n" for t, b, e in rows)
    )
    return folder


def test_gold_is_one_and_nothing_is_zero(tmp_path: Path) -> None:
    part(tmp_path / "A")
    gold = score("entities", tmp_path, predict="gold")
    none = score("entities", tmp_path, predict="nothing")
    assert (gold["overlap_f1"], gold["exact_f1"], gold["n"], gold["gold"]) == (1.0, 1.0, 1, 4)
    assert (none["overlap_f1"], none["exact_f1"]) == (0.0, 0.0)


def test_one_part_alone_is_read(tmp_path: Path) -> None:
    assert score("entities", part(tmp_path / "A"))["overlap_f1"] > 0.9


def test_type_and_ends_count() -> None:
    gold = [("Location", 0, 5)]
    assert measure([(gold, [("Person", 0, 5)])])["overlap_f1"] == 0.0
    partly = measure([(gold, [("Location", 1, 5)])])
    assert (partly["overlap_f1"], partly["exact_f1"]) == (1.0, 0.0)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"documents\.json"):
        score("entities", tmp_path)
