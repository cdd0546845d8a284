"""Reports as people paste them: a few lines, in many house styles. Each line of each report has its label."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pytest

from communique.ingest import label_article
from communique.ingest.formats import document_from_text
from communique.records import Article

CASES = [json.loads(line) for line in (Path(__file__).parents[1] / "cases" / "pasted" / "reports.jsonl").read_text("utf-8").splitlines()]

PARAGRAPHS = (
    "The foreign ministers of Peru and Chile met in Arica on Tuesday to discuss fishing rights along their maritime border.",
    "The two agreed to hold a second round of talks in Lima next month, the Peruvian ministry said.",
    "Chile said it would send its deputy minister.",
    "“We have no quarrel with our neighbours,” the Chilean minister, Rosa Paredes, told reporters.",
    "Peru did not comment.",
    "Fishermen in Arica have complained for years that the patrols of both navies keep them from their grounds.",
    "It was the third round this year.",
)
BYLINES = ("By Lena Hartwig, The Coastal Herald", "By Lena Hartwig", "By Lena Hartwig and Omar Said, Coastal Times", "BY LENA HARTWIG, Daily Sentinel")
DATES = ("14 May 2025", "May 14, 2025", "Wednesday, 14 May 2025", "2025-05-14", "14.05.2025")


def _read(text: str) -> Article:
    return label_article(document_from_text(text, source="pasted"))


def _kinds(article: Article) -> list[str]:
    text = article.doc.text
    return [block.kind for block in article.blocks for _ in text[block.span.start : block.span.end].split("\n")]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"].strip()[:40])
def test_pasted_report(case: dict[str, object]) -> None:
    article = _read(str(case["text"]))
    assert _kinds(article) == case["lines"]
    header = article.header
    assert (header.title, header.author, header.published.start) == (case["title"], case["author"], case["published"])


@pytest.mark.parametrize("count", range(1, len(PARAGRAPHS) + 1))
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_text_without_a_head_is_all_body(count: int, gap: str) -> None:
    for start in range(len(PARAGRAPHS)):
        chosen = [PARAGRAPHS[(start + k) % len(PARAGRAPHS)] for k in range(count)]
        article = _read(gap.join(chosen))
        assert [b.kind for b in article.blocks] == ["body"] * count
        assert article.header.title is None and article.header.published.start is None


@pytest.mark.parametrize("byline", BYLINES)
@pytest.mark.parametrize("date", DATES)
def test_byline_and_date_line_first(byline: str, date: str) -> None:
    for count, gap in itertools.product((1, 2, 3, 6), ("\n", "\n\n")):
        article = _read(gap.join([byline, date, *PARAGRAPHS[:count]]))
        assert _kinds(article) == ["byline", "furniture", *["body"] * count]
        header = article.header
        assert header.title is None and (header.author or "").lower().startswith("lena hartwig")
        assert "Herald" not in (header.author or "") and header.published.start == "2025-05-14"


@pytest.mark.parametrize("date", [*DATES, "14/05/2025"])
@pytest.mark.parametrize("title", ["Peru and Chile discuss fishing rights", "Ministers meet in Arica"])
@pytest.mark.parametrize("byline", ["", "By Lena Hartwig", "Lena Hartwig, The Coastal Herald"])
def test_title_over_byline_and_date(title: str, byline: str, date: str) -> None:
    for count, gap in itertools.product((1, 2, 4), ("\n", "\n\n")):
        head = [title, *([byline] if byline else []), date]
        kinds = ["title", *(["byline"] if byline else []), "furniture"]
        assert _kinds(_read(gap.join([*head, *PARAGRAPHS[:count]]))) == [*kinds, *["body"] * count]


@pytest.mark.parametrize(
    "line",
    ["Sign up for our newsletter.", "Follow us on our Telegram channel.", "Read the full report on www.example.org.", "© 2025 Example Post. All rights reserved."],
)
def test_last_line_that_asks_is_no_text(line: str) -> None:
    assert _kinds(_read("\n\n".join([*PARAGRAPHS[:3], line])))[-1] != "body"


@pytest.mark.parametrize("line", ["Ana Torres, Lima", "Signing of the accord, 20 August 2025", "Deadline: Lima, 20 August 2025", "Conference in Lima, 3 March 2026"])
def test_last_line_that_is_no_place_and_day_dates_nothing(line: str) -> None:
    assert _read("\n\n".join([*PARAGRAPHS[:3], line])).header.published.start is None
