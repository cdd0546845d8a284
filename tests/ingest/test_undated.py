"""Reports that state no day of publication, each with dates that are something else's: none may become the report's day.

All pages are made. Each case is a page in HTML or in plain text (or both): the report below, with one kind of false date put about it.
"""

from __future__ import annotations

import pytest

from communique.ingest import label_article
from communique.ingest.formats import document_from_html, document_from_text

TITLE = "Ferry talks resume between the two island governments"
BODY = [
    "Officials from the two island governments resumed talks on a shared ferry line, the transport ministry said in a statement.",
    "The line would link the northern harbour with the old port across the strait, and carry both passengers and freight.",
    "Fishermen's groups fear that the route will cut through their grounds and have asked for a seat at the table.",
    "A second round of talks is to follow once the harbour authority has finished its survey of the sea bed.",
]
MORE = {
    "event in the text": "The two sides signed their first accord on 12 May 2019 in the old port, and renewed it on June 3, 2022.",
    "event to come": "A conference on the line will open on 14 October 2027 in the northern harbour.",
    "history": "The harbour was opened on 1 July 1994 after a war that ended on 9 April 1991.",
    "day and month": "The survey began on 3 March and will end by 15 November.",
    "month alone": "The line was first proposed in September 2018.",
    "birthday": "The minister, born on 4 February 1966, has led the talks since they began.",
    "deadline": "Bids are due by 2026-11-30, according to the tender.",
    "quoted date": "“On 7 June 2021 we were promised a ferry,” said a captain.",
    "season": "Work could start in the spring of 2028.",
}
ABOVE = {
    "today's clock": ["Saturday, 28 November 2026 14:05 | 12°C Harbourtown"],
    "menu of issues": ["Issue 14, March 2023", "Issue 13, February 2023"],
    "events list": ["Upcoming events", "Harbour festival: 3 July 2025", "Boat show: 12 September 2025"],
    "weather": ["Forecast for 3 July 2025: rain"],
    "crawl day": ["crawled: 2025-03-01", "url: http://paper.example/ferry"],
    "fetched": ["fetched 2025-03-01T10:11:12Z"],
    "picture's date": ["The old port, seen on 3 May 2020. Photo: Ana Example"],
    "edition": ["Established 12 March 1921"],
    "membership": ["Subscribe before 31 December 2025 and save"],
}
BELOW = {
    "copyright year": ["© 2024 Island Courier. All rights reserved."],
    "copyright years": ["Copyright 2001-2025 Island Courier"],
    "comment dates": ["2 comments", "harbour_cat", "3 March 2024 at 10:12", "About time this was settled.", "old salt", "4 March 2024 at 08:30", "They said so last year as well."],
    "related reports": ["Related articles", "Bridge plan dropped", "12 January 2023", "New port opens", "15 February 2023"],
    "most read": ["Most read", "1. Storm closes the strait - 02/11/2022", "2. Mayor resigns - 15/11/2022"],
    "archive": ["Archive", "January 2024", "December 2023", "November 2023"],
    "policy": ["Privacy policy (updated 25 May 2018)", "Terms of use, effective 1 January 2020"],
    "next event": ["Next public hearing: 9 December 2026, town hall"],
    "calendar": ["November 2026", "Mo Tu We Th Fr Sa Su", "1 2 3 4 5 6 7", "8 9 10 11 12 13 14"],
    "software": ["Site last built 2026-01-05 by Pagemaker 3.2"],
    "obituary box": ["In memory of our founder, 3 May 1931 - 8 June 2015"],
    "advertisement": ["Advertisement", "Sale ends 30 November 2026"],
}


def _text(above: list[str], body: list[str], below: list[str]) -> str:
    return "\n".join(["Home", "News", "Sport", *above, "", TITLE, "", *body, "", *below]) + "\n"


def _page(above: list[str], body: list[str], below: list[str], head: str = "") -> str:
    def rows(lines: list[str]) -> str:
        return "".join(f"<div>{line}</div>" for line in lines)

    prose = "".join(f"<p>{p}</p>" for p in body)
    return (
        f"<html><head><title>{TITLE}</title>{head}</head><body><div class='top'>{rows(above)}</div><article><h1>{TITLE}</h1>{prose}</article>"
        f"<div class='bottom'>{rows(below)}</div></body></html>"
    )


CASES = [
    *((f"body: {name}", [], [*BODY[:3], line, *BODY[3:]], []) for name, line in MORE.items()),
    *((f"body first: {name}", [], [BODY[0], line, *BODY[1:]], []) for name, line in list(MORE.items())[:3]),
    *((f"above: {name}", lines, BODY, []) for name, lines in ABOVE.items()),
    *((f"below: {name}", [], BODY, lines) for name, lines in BELOW.items()),
    ("all together", [line for lines in ABOVE.values() for line in lines], [*BODY, *MORE.values()], [line for lines in BELOW.values() for line in lines]),
]
HEADS = {
    "modified alone is no publication": "<meta name='revised' content='2025-04-03'>",
    "expiry": "<meta name='expires' content='2030-01-01'>",
    "copyright": "<meta name='copyright' content='2019-2024 Island Courier'>",
    "event in JSON-LD": "<script type='application/ld+json'>{\"@type\": \"Event\", \"name\": \"Boat show\", \"startDate\": \"2025-09-12\"}</script>",
    "another report in JSON-LD": "<script type='application/ld+json'>{\"@type\": \"ItemList\", \"itemListElement\": [{\"@type\": \"NewsArticle\", \"headline\": \"Bridge plan dropped\", \"datePublished\": \"2023-01-12\"}]}</script>",
    "organisation in JSON-LD": "<script type='application/ld+json'>{\"@type\": \"Organization\", \"name\": \"Island Courier\", \"foundingDate\": \"1921-03-12\"}</script>",
    "style sheet with a version": "<link rel='stylesheet' href='/css/site.20240203.css'>",
    "picture's path": "<meta property='og:image' content='http://paper.example/img/2021/05/06/port.jpg'>",
}


def test_there_are_enough_of_them():
    assert len(CASES) * 2 + len(HEADS) >= 70


@pytest.mark.parametrize(("name", "above", "body", "below"), CASES, ids=[c[0] for c in CASES])
@pytest.mark.parametrize("form", ["text", "html", "fast"])
def test_no_day_is_invented(form, name, above, body, below):
    if form == "text":
        doc = document_from_text(_text(above, body, below), source="made")
    else:
        doc = document_from_html(_page(above, body, below), source="made", fast=form == "fast")
    published = label_article(doc).header.published
    assert (published.basis, published.start) == ("unknown", None), published


@pytest.mark.parametrize(
    "line",
    ["5 March 2024", "Published: 5 March 2024", "Date: Tuesday, 5 March 2024", "Tuesday, March 5, 2024 at 10:12", "Ana Example | 5 March 2024", "World - 5 March 2024", "5 March 2024 · 3 min read"],
)
def test_a_day_of_the_report_by_its_title_is_read(line):
    doc = document_from_text("\n".join([TITLE, line, "", *BODY]) + "\n", source="made")
    assert label_article(doc).header.published.start == "2024-03-05"


@pytest.mark.parametrize("name", HEADS)
@pytest.mark.parametrize("form", ["html", "fast"])
def test_markup_of_something_else_dates_nothing(form, name):
    doc = document_from_html(_page([], BODY, [], HEADS[name]), source="made", fast=form == "fast")
    published = label_article(doc).header.published
    assert (published.basis, published.start) == ("unknown", None), published


def test_the_same_page_with_its_day_is_dated():
    for form in ("text", "html"):
        below = BELOW["related reports"]
        if form == "text":
            doc = document_from_text(_text([], ["Published: 5 March 2024", *BODY], below), source="made")
        else:
            doc = document_from_html(_page(ABOVE["events list"], BODY, below, "<meta property='article:published_time' content='2024-03-05T10:00:00+00:00'>"), source="made")
        assert label_article(doc).header.published.start == "2024-03-05"
