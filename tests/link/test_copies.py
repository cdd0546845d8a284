"""Copies: cut, edited and embedded text is found; quotations and independent reports are not."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from communique.evaluate import score
from communique.link import copies
from communique.link.copies import CopyIndex, differing_lines, find_copies
from communique.records import DocumentFacts, LinkDocument, Published, Span

WORDS = ["harbour", "council", "border", "river", "minister", "signal", "bridge", "treaty", "valley", "market", "engine", "winter", "letter", "office", "mountain", "corridor", "pipeline", "ferry", "convoy", "embassy", "tariff", "quota", "vessel", "airfield"]


def _text(seed: int, paragraphs: int = 10) -> str:
    rng = random.Random(seed)
    return "\n".join(" ".join(f"{rng.choice(WORDS)}{rng.randrange(40)}" for _ in range(45)) for _ in range(paragraphs))


def _doc(name: str, text: str, *, publisher: str, day: str | None = None, agency: str | None = None) -> LinkDocument:
    published = Published(start=day, end=None, basis="given", confidence=1.0) if day else Published()
    facts = DocumentFacts(id=name, source=name, publisher=publisher, agency=agency, published=published)
    return LinkDocument(facts=facts, text=text, body=(Span(0, len(text)),), mentions=())


def test_a_cut_to_a_quarter_is_found_and_another_text_is_not() -> None:
    index = CopyIndex()
    index.add("whole", _text(1))
    index.add("other", _text(2))
    assert [name for name, _ in index.matches("\n".join(_text(1).split("\n")[:3]))] == ["whole"]
    assert index.matches(_text(3)) == []


def test_an_excerpt_in_another_report_is_no_copy() -> None:
    index = CopyIndex()
    index.add("whole", _text(1))
    quote = " ".join(_text(1).split()[10:45])
    assert index.matches(_text(5) + "\n" + quote) == []


def test_removing_a_document_leaves_the_others_as_they_were() -> None:
    index = CopyIndex()
    for n in range(4):
        index.add(str(n), _text(n))
    index.remove("2")
    assert index.matches(_text(2)) == []
    assert [name for name, _ in index.matches(_text(1))] == ["1"]


def test_levels_answer_like_the_tail(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {str(n): _text(n % 7, 4 + n % 5) for n in range(40)}
    small = CopyIndex()
    for name, text in texts.items():
        small.add(name, text)
    monkeypatch.setattr("communique.link.copies.RECENT", 100)
    settled = CopyIndex()
    for name, text in texts.items():
        settled.add(name, text)
    for text in texts.values():
        assert small.matches(text) == settled.matches(text)


def test_the_original_is_told_by_credit_then_time_and_order_does_not_matter() -> None:
    text = _text(9)
    agency = _doc("a", text, publisher="Harbour Wire", day="2024-03-02")
    paper = _doc("b", text.split("\n", 1)[1], publisher="Valley Post", day="2024-03-01", agency="Harbour Wire")
    later = _doc("c", text, publisher="Ferry Times", day="2024-03-05")
    rows = find_copies([agency, paper, later])
    assert {(r.document, r.original) for r in rows} == {("b", "a"), ("c", "a")}
    assert "credits Harbour Wire" in rows[0].reasons[0]
    assert rows == find_copies([later, paper, agency])


def test_the_lines_that_differ_are_spans() -> None:
    a = _doc("a", "One line here.\nA second line.\nThe third.", publisher="P")
    b = _doc("b", "One line here.\nThe third.\nA new end.", publisher="Q")
    gone, new = differing_lines(a, b)
    assert [a.text[s.start : s.end] for s in gone] == ["A second line."]
    assert [b.text[s.start : s.end] for s in new] == ["A new end."]


def test_the_score_is_one_for_exact_copies_and_counts_what_was_missed(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": _text(1), "copy_of": None}, {"id": "b", "text": _text(1), "copy_of": "a"}, {"id": "c", "text": _text(2), "copy_of": None}]
    path = tmp_path / "set.jsonl"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert score("copies", path)["recall"] == score("copies", path)["precision"] == 1.0
    rows[2]["copy_of"] = "a"
    path.write_text("".join(json.dumps(r) + "\n" for r in rows))
    assert score("copies", path)["recall"] == pytest.approx(1 / 3)


def test_furniture_counts_for_nobody_in_whatever_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that more documents share than `COMMON` are no sign of a copy, also for those who came before the rest."""
    monkeypatch.setattr(copies, "COMMON", 6)
    rng = random.Random(4)
    words = [f"w{n}" for n in range(400)]
    notice = " ".join(rng.choice(words) for _ in range(90))
    texts = {f"d{n}": f"{notice} {' '.join(rng.choice(words) for _ in range(40))}" for n in range(9)}
    texts["copy"] = texts["d3"].removeprefix(notice)[:180] + " and so on"
    found = []
    for seed in range(6):
        order = sorted(texts)
        random.Random(seed).shuffle(order)
        pairs = copies.CopyPairs()
        for name in order:
            pairs.add(_doc(name, texts[name], publisher="P"))
            if seed % 2:
                pairs.shares()
        found.append(dict(pairs.shares()))
    assert all(f == found[0] for f in found)
    assert ("copy", "d3") in found[0]
    assert len(found[0]) == 1


@pytest.mark.parametrize("text", ["", ".", "one", " two words ", "Élan vital, über-all snake_case\n42 κόσμε 😀 end", "İstanbul’da 3.5"])
def test_words_are_hashed_as_they_are_split(text: str) -> None:
    words = copies._WORD.findall(text.lower())
    hashes = copies._word_hashes(text).tolist()
    assert len(hashes) in (len(words), len(words) + text.count("😀"))
    assert len(set(hashes)) == len(set(hashes[: len(words)])) or "😀" in text
    if "😀" not in text:
        assert hashes == [copies._word_hashes(f"- {w}")[0] for w in words]
