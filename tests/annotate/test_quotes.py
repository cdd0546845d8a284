"""Attributions: the cases of `tests/cases/quotes`, quotations over sentence ends, and the scorer."""

from __future__ import annotations

import csv
from pathlib import Path

import msgspec
import pytest

from communique.annotate.language import parse_article
from communique.annotate.quotes import find_quotations, outermost
from communique.evaluate import attribution as scorer
from communique.evaluate._articles import bare_article
from communique.records import Article, Block, Quotation, Span

CASES = Path(__file__).parent.parent / "cases" / "quotes"


def _cases() -> list[dict[str, str]]:
    rows = []
    for path in sorted(CASES.glob("*.tsv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        rows.extend(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return rows


def _found(article: Article) -> tuple[Quotation, ...]:
    return find_quotations(article, parse_article(article))


def _words(text: str, span: Span | None) -> str:
    return "-" if span is None else text[span.start : span.end]


@pytest.mark.parametrize("case", _cases(), ids=lambda c: c["text"][:32])
def test_case(case: dict[str, str]) -> None:
    text = case["text"]
    found = [
        (_words(text, q.speaker), _words(text, q.cue), " | ".join(_words(text, c) for c in q.content), q.kind)
        for q in _found(bare_article(text, "case"))
    ]
    assert (case["speaker"], case["cue"], case["content"], case["kind"]) in found


@pytest.mark.parametrize(
    "text",
    ["The dam was finished in spring.", "Two ships left the harbour at dawn.", "Rain fell on the border villages."],
)
def test_nothing_is_said(text: str) -> None:
    assert _found(bare_article(text, "case")) == ()


def test_a_quotation_goes_on_after_its_cue() -> None:
    text = '"The road is open," Colonel Batbayar said. "Trucks may pass from tomorrow. Nobody will be searched."'
    found = [q for q in _found(bare_article(text, "case")) if q.speaker and "Batbayar" in _words(text, q.speaker)]
    held = "".join(_words(text, c) for q in found for c in q.content)
    assert "The road is open" in held and "Nobody will be searched" in held


def test_paragraphs_that_open_with_marks_go_on() -> None:
    text = '"The dam must be filled slowly," Minister Tesfaye said.\n\n"We have waited twelve years for the turbines to turn."'
    found = _found(bare_article(text, "case"))
    assert any(
        "twelve years" in _words(text, c) for q in found if "Tesfaye" in _words(text, q.speaker) for c in q.content
    )


def test_headline_colon() -> None:
    text = "Kremlin: no talks planned before spring"
    article = bare_article(text, "case")
    titled = msgspec.structs.replace(article, blocks=(Block(kind="title", span=Span(start=0, end=len(text))),))
    found = [q for q in _found(titled) if q.rule == "colon"]
    assert [(_words(text, q.speaker), _words(text, q.content[0])) for q in found] == [
        ("Kremlin", "no talks planned before spring")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The envoy was quoted as saying that Togo had closed the port.", [("The envoy", "was quoted as saying")]),
        ("Per the embassy, Togo closed the port on Friday.", [("the embassy", "Per")]),
        ("As the governor put it, Togo closed the port on Friday.", [("the governor", "put it")]),
        ("The port ministry, quoted by Xinhua, said Togo had closed the port.", [("Xinhua", "quoted by"), ("The port ministry, quoted by Xinhua", "said")]),
    ],
)
def test_forms_that_name_who_says_so(text: str, expected: list[tuple[str, str]]) -> None:
    found = _found(bare_article(text, "case"))
    assert [(_words(text, q.speaker), _words(text, q.cue)) for q in found] == expected


@pytest.mark.parametrize(
    ("title", "speaker"),
    [
        ("Togo closed two ports: minister", "minister"),
        ("Togo closed two ports - UN", "UN"),
        ("Togo closed two ports: a history", None),
        ("Togo closed two ports: what is known", None),
    ],
)
def test_a_headline_names_its_source_behind_the_colon(title: str, speaker: str | None) -> None:
    article = bare_article(title, "case")
    article = msgspec.structs.replace(article, blocks=(Block(kind="title", span=Span(start=0, end=len(title))),))
    found = [q for q in _found(article) if q.rule == "colon"]
    assert [_words(title, q.speaker) for q in found] == ([speaker] if speaker else [])


def test_a_second_quotation_is_not_of_whom_the_next_sentence_names() -> None:
    text = '"They came at night," Ada Kone said. "They burned the mill and the two boats." The mayor added that nobody died.'
    mayor = next(q for q in _found(bare_article(text, "case")) if _words(text, q.cue) == "added")
    assert [_words(text, c) for c in mayor.content] == ["that nobody died"]


def test_spans_slice_and_lie_in_the_text() -> None:
    text = 'Diplomats fear the truce will fail. "It is over," one said, adding that both sides "had given up hope" of peace.'
    found = _found(bare_article(text, "case"))
    assert found
    for q in found:
        for span in (*q.content, q.speaker, q.cue):
            assert span is None or 0 <= span.start < span.end <= len(text)
            assert span is None or text[span.start : span.end].strip() == text[span.start : span.end]


def test_outermost_drops_what_lies_in_another() -> None:
    text = "The agency reported that the ministry said the pass was closed."
    found = _found(bare_article(text, "case"))
    assert [_words(text, q.speaker) for q in outermost(found)] == ["The agency"]
    assert {"The agency", "the ministry"} <= {_words(text, q.speaker) for q in found}


def _row() -> dict[str, object]:
    text = "The mayor said the bridge was safe."
    return {"text": text, "attributions": [{"source": [[0, 9]], "cue": [[10, 14]], "content": [[15, 34]]}]}


def test_scorer_on_gold_and_on_nothing() -> None:
    row = _row()
    gold = Quotation(
        content=(Span(start=15, end=34),), speaker=Span(start=0, end=9), cue=Span(start=10, end=14), kind="reported"
    )
    full = scorer.summary([scorer.count(row, [gold])])
    assert full["content_f1"] == full["source_f1"] == full["cue_f1"] == 1
    none = scorer.summary([scorer.count(row, [])])
    assert none["content_f1"] == 0 and none["source_recall"] == 0


def test_gate(shared: Path) -> None:
    rows = [r for i, r in enumerate(scorer._rows(shared / "data" / "attribution" / "dev.jsonl.gz")) if i % 6 == 0]
    found = scorer.summary([scorer.count(r, _found(bare_article(r["text"], r["doc"]))) for r in rows])
    assert found["content_f1"] > 0.74 and found["source_f1"] > 0.66
