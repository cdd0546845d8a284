"""The scorer of marked pairs: gold as prediction is 1, silence is 0, and the marks are read to the character."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from communique.errors import UsageError
from communique.evaluate import coding
from communique.evaluate.coding import Row, Said
from communique.text import slice_span

LINES = [
    ("<s>Peru</s> condemned <t>Chile</t>.", "ACCUSE", 3),
    ("<s>Kenya</s> sent rice to <t>Somalia</t>.", "AID", 2),
    ("<s>Togo</s> agreed to meet <t>Benin</t>.", "AGREE", 1),
    ("<s>Gunmen</s> attacked a post of <t>Mali</t>.", "ASSAULT", 4),
    ("<s>Laos</s> freed two sailors from <t>Thailand</t>.", "YIELD", 2),
]


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    path = tmp_path / "pairs.tsv"
    rows = ["\tsentence_id\tsentence\tmarked_sentence\tgold_root\tgold_penta"]
    for number, (marked, root, penta) in enumerate(LINES):
        plain = marked
        for mark in ("<s>", "</s>", "<t>", "</t>"):
            plain = plain.replace(mark, "")
        rows.append(f"\t{number}\t{plain}\t{marked}\t{root}\t{penta}")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _perfect(rows: Sequence[Row], free: bool) -> list[Said]:
    return [Said(root=r.root, source=r.source, target=r.target) for r in rows]


def _silent(rows: Sequence[Row], free: bool) -> list[Said]:
    return [Said(root=None) for _ in rows]


def test_marks_become_offsets(gold: Path) -> None:
    row = coding.read_rows(gold)[1]
    assert row.source is not None
    assert row.target is not None
    assert (slice_span(row.text, row.source), slice_span(row.text, row.target)) == ("Kenya", "Somalia")
    assert "<" not in row.text


@pytest.mark.parametrize("metric", ["root_macro_f1", "quad_macro_f1", "binary_macro_f1", "root_accuracy"])
def test_gold_as_prediction_is_one_and_silence_is_zero(gold: Path, metric: str) -> None:
    assert coding.score(gold, predict=_perfect)[metric] == 1
    assert coding.score(gold, predict=_silent)[metric] == 0


@pytest.mark.parametrize("metric", ["both_spans", "spans_and_root"])
def test_end_to_end_bounds(gold: Path, metric: str) -> None:
    assert coding.score(gold, end_to_end="1", predict=_perfect)[metric] == 1
    assert coding.score(gold, end_to_end="1", predict=_silent)[metric] == 0


def test_wrong_spans_do_not_count(gold: Path) -> None:
    def swapped(rows: Sequence[Row], free: bool) -> list[Said]:
        return [Said(root=r.root, source=r.target, target=r.source) for r in rows]

    assert coding.score(gold, end_to_end=1, predict=swapped)["both_spans"] == 0


def test_the_rules_read_plain_pairs(gold: Path) -> None:
    assert coding.score(gold, coder="rules.v1")["root_accuracy"] >= 0.8


def test_other_files_are_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "other.tsv"
    path.write_text("a\tb\n1\t2\n", encoding="utf-8")
    with pytest.raises(UsageError):
        coding.score(path)


@pytest.mark.slow
def test_gate_on_marked_pairs(shared: Path) -> None:
    figures = coding.score(shared / "data" / "plv" / "PLV_train.tsv", limit=120, coder="rules.v1")
    assert figures["binary_macro_f1"] >= 0.75


def _scheme_of(root: str, tmp_path: Path) -> bool:
    path = tmp_path / "one.tsv"
    path.write_text(f"\tmarked_sentence\tgold_root\tgold_penta\n\t<s>Laos</s> freed two sailors from <t>Thailand</t>.\t{root}\t2\n", encoding="utf-8")
    return coding._by_cameo("", coding.read_rows(path))


def test_a_file_that_says_yield_is_read_by_cameo(tmp_path: Path) -> None:
    assert _scheme_of("YIELD", tmp_path)
    assert not _scheme_of("RETREAT", tmp_path)
    assert not _scheme_of("AGREE", tmp_path)


@pytest.mark.parametrize(
    ("kind", "code", "root"),
    [("CONCEDE", "035", "AGREE"), ("RETREAT", "0841", "YIELD"), ("SANCTION", "116", "ACCUSE"), ("SANCTION", "163", "COERCE"), ("COERCE", "191", "ASSAULT"), ("STATE", "010", None)],
)
def test_roots_by_cameo(kind: str, code: str, root: str | None) -> None:
    assert coding._root_of_code(code, kind) == root


def test_an_unknown_scheme_is_refused(gold: Path) -> None:
    with pytest.raises(UsageError, match="scheme"):
        coding.score(gold, scheme="icews", predict=_perfect)
