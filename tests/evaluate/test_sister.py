"""The sister reports: their gold is sound, and what we find in them does not fall below what was once measured.

The floors are a ratchet, not the aim: the aim is .90 for core recall and precision, and no record from a distractor.
They stand a little under the first measurement, which was made after texts and gold were committed.
"""

from __future__ import annotations

import functools
import importlib.util
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from communique.evaluate import seeds

SISTER = Path(__file__).parents[1] / "cases" / "sister"
STORIES = ("armenia-azerbaijan", "bolivia-peru", "niger-benin", "oman-djibouti")
LONG = ("bangladesh-myanmar", "guyana-suriname", "kenya-somalia", "serbia-montenegro")  # of these the second and the last stay unread
TYPES = {
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "ACCUSE", "REJECT", "THREATEN",
    "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT",
}  # fmt: skip
FLOORS = {"core_recall": 0.78, "precision": 0.79, "modality": 0.95, "attribution": 0.95, "metonyms": 0.88, "links_precision": 0.95}
LONG_FLOORS = {"core_recall": 0.42, "precision": 0.62, "modality": 0.85, "attribution": 0.82, "metonyms": 0.75}
story = pytest.mark.parametrize("name", STORIES)
every_story = pytest.mark.parametrize("name", STORIES + LONG)


@functools.lru_cache(maxsize=1)
def _builder() -> ModuleType:
    spec = importlib.util.spec_from_file_location("sister_build", SISTER / "build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _read(name: str, file: str = "gold.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SISTER / name / file).read_text(encoding="utf-8"))
    return found


def _texts(name: str) -> dict[str, str]:
    return {d["file"]: (SISTER / name / d["file"]).read_text(encoding="utf-8") for d in _read(name)["documents"]}


def _spans(value: Any, doc: str | None = None) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Every mapping with `text`, `start` and `end` below a value, with the report that it is told of."""
    if isinstance(value, list):
        for one in value:
            yield from _spans(one, doc)
    elif isinstance(value, dict):
        doc = value.get("doc", value.get("file", doc))
        if isinstance(value.get("start"), int) and isinstance(value.get("text"), str):
            yield doc, value
        for one in value.values():
            yield from _spans(one, doc)


@every_story
def test_every_span_slices_its_text(name: str) -> None:
    texts, gold = _texts(name), _read(name)
    rows = [(d, s) for key in ("documents", "records", "discrepancies", "distractors", "metonym_senses") for d, s in _spans(gold[key])]
    rows += [(file, line) for file, row in _read(name, "lines.json")["documents"].items() for line in row["lines"]]
    assert len(rows) > 200
    assert [s for d, s in rows if texts[str(d)][s["start"] : s["end"]] != s["text"]] == []


@every_story
def test_the_written_gold_is_what_its_source_says(name: str) -> None:
    gold, lines = _builder().build(SISTER / name)
    assert gold == _read(name)
    assert lines == _read(name, "lines.json")


@every_story
def test_every_id_is_defined_and_used_once(name: str) -> None:
    gold = _read(name)
    ids = [r["id"] for r in gold["records"]]
    events = {c["event"] for c in gold["clusters"]}
    files = {d["file"] for d in gold["documents"]}
    assert len(ids) == len(set(ids))
    assert {m["entity"] for r in gold["records"] for m in (*r["actors"], *r["recipients"])} <= set(gold["entities"])
    assert sorted(r for c in gold["clusters"] for r in c["records"]) == sorted(ids)
    assert {r["cross_document_event"] for r in gold["records"]} == events
    assert {d["event"] for d in gold["discrepancies"]} <= events
    assert {d[side]["doc"] for d in gold["discrepancies"] for side in ("a", "b")} <= files
    assert {x["doc"] for key in ("records", "distractors", "metonym_senses") for x in gold[key]} == files
    assert {r["plover"]["event"] for r in gold["records"] if r["plover"]["event"]} <= TYPES
    assert all(r["quote"]["start"] <= r["trigger"]["start"] < r["trigger"]["end"] <= r["quote"]["end"] for r in gold["records"])


@story
def test_every_story_has_what_it_must_try(name: str) -> None:
    gold = _read(name)
    core = [r for r in gold["records"] if r["requirement"] == "core"]
    kinds = {d["kind"] for d in gold["discrepancies"]}
    assert "lifecycle" in kinds
    assert "granularity" in kinds
    assert kinds & {"number", "scope"}
    assert any(r["plover"]["auxiliary_mode"] == "negation" for r in core)
    assert any(r["plover"]["auxiliary_mode"] == "future" for r in core)
    assert {"government", "place", "dateline place"} <= {m["sense"] for m in gold["metonym_senses"]}
    assert any("caption" in d["why"] or "picture" in d["why"] for d in gold["distractors"])
    assert all(120 <= len(text.split()) <= 330 for text in _texts(name).values())
    assert len(gold["documents"]) >= 3


def test_a_quotation_that_is_not_in_the_report_is_refused(tmp_path: Path) -> None:
    for path in (SISTER / STORIES[0]).iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    source = (tmp_path / "source.toml").read_text(encoding="utf-8")
    assert 'quote = "Armenian defence chief quits"' in source
    changed = source.replace('quote = "Armenian defence chief quits"', 'quote = "Armenian defence chief stays"')
    (tmp_path / "source.toml").write_text(changed, encoding="utf-8")
    with pytest.raises(ValueError, match="Armenian defence chief stays"):
        _builder().build(tmp_path)


@functools.lru_cache(maxsize=1)
def _measured() -> dict[str, dict[str, float | int]]:
    return {name: seeds.score(SISTER / name) for name in STORIES}


@functools.lru_cache(maxsize=1)
def _measured_long() -> dict[str, dict[str, float | int]]:
    return {name: seeds.score(SISTER / name) for name in LONG}


@pytest.mark.parametrize("figure", sorted(LONG_FLOORS))
def test_the_mean_over_the_long_stories_does_not_fall(figure: str) -> None:
    each = {name: float(row[figure]) for name, row in _measured_long().items()}
    mean = sum(each.values()) / len(each)
    assert mean >= LONG_FLOORS[figure], f"{figure} {mean:.3f} < {LONG_FLOORS[figure]}: {each}"


@pytest.mark.parametrize("figure", sorted(FLOORS))
def test_the_mean_over_the_stories_does_not_fall(figure: str) -> None:
    each = {name: float(row[figure]) for name, row in _measured().items()}
    mean = sum(each.values()) / len(each)
    assert mean >= FLOORS[figure], f"{figure} {mean:.3f} < {FLOORS[figure]}: {each}"


def test_captions_links_and_notes_give_no_record() -> None:
    assert sum(int(row["distractors"]) for row in _measured().values()) <= 1
    assert sum(int(row["false_contradictions"]) for row in _measured().values()) == 0
