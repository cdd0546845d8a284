"""Heads and lists as agencies, ministries, papers and relief bodies write them. All texts are made."""

from __future__ import annotations

import pytest

from communique.ingest import label_article
from communique.ingest.formats import document_from_text
from communique.ingest.header import match_dateline
from communique.records import Article

BODY = [
    "The foreign ministers of the two island states agreed on Tuesday to reopen the strait to fishing boats, the ministry said.",
    "Talks on a shared ferry line are to follow in the old port once the harbour authority has finished its survey.",
    "Fishermen's groups welcomed the step but asked for a seat at the table when quotas are set for the coming year.",
]
TITLE = "Island states agree to reopen the strait to fishing boats"


def _article(*lines: str) -> Article:
    return label_article(document_from_text("\n".join(lines) + "\n", source="made"))


def _kind(article: Article, line: str) -> str:
    at = article.doc.text.index(line)
    return next(b.kind for b in article.blocks if b.span.start <= at < b.span.end)


@pytest.mark.parametrize(
    ("dateline", "day", "place"),
    [
        ("DUSHANBE, 14.03.2026 /National News Agency/. – ", "2026-03-14", "DUSHANBE"),
        ("MINSK, 05.11.2025 (BelTA) - ", "2025-11-05", "MINSK"),
        ("(Nairobi, March 14, 2026) – ", "2026-03-14", "Nairobi"),
    ],
)
def test_datelines_of_state_agencies_and_relief_bodies(dateline: str, day: str, place: str) -> None:
    header = _article(TITLE, "", dateline + BODY[0], "", *BODY[1:]).header
    assert (header.published.start, header.published.basis, header.dateline) == (day, "dateline", place)


@pytest.mark.parametrize("opening", ["(AFP) - ", "(Photo) - ", "(Updated) — "])
def test_a_bracket_without_a_day_is_no_dateline(opening: str) -> None:
    header = _article(TITLE, "", opening + BODY[0], "", *BODY[1:]).header
    assert header.published.start is None and header.dateline is None


@pytest.mark.parametrize("line", ["March 14, 2026 – Ottawa, Ontario – Ministry of Foreign Affairs", "14 March 2026 - Canberra - Department of Trade"])
def test_the_head_of_a_release_dates_it(line: str) -> None:
    assert _article(TITLE, "", line, "", *BODY).header.published.start == "2026-03-14"


@pytest.mark.parametrize("line", ["March 14, 2026 – Boat show opens in the old harbour, tickets on sale now at the gate", "Reporting period: 2–8 March 2026", "2-8 March 2026"])
def test_a_period_or_an_event_does_not(line: str) -> None:
    assert _article(TITLE, "", line, "", *BODY).header.published.start is None


def test_full_stops_put_the_day_first() -> None:
    assert _article(TITLE, "By Ana Example", "12.02.2026", "", *BODY).header.published.start == "2026-02-12"
    assert _article(TITLE, "By Ana Example", "12/02/2026", "", *BODY).header.published.start is None


def test_byline_and_day_under_a_standfirst() -> None:
    header = _article(TITLE, "", "Ten years after the war over the banks, nets go out again", "", "By Ana Example | La Paz | 25 January 2026", "", *BODY).header
    assert (header.author, header.published.start) == ("Ana Example", "2026-01-25")


@pytest.mark.parametrize(
    ("line", "author"),
    [("By Ana Example in Suva", "Ana Example"), ("By Ana Example, Suva", "Ana Example"), ("By Ana Example at the Old Port", "Ana Example"), ("By Ana Example and Ben Sample", "Ana Example and Ben Sample")],
)
def test_whence_a_writer_writes_is_no_part_of_the_name(line: str, author: str) -> None:
    assert _article(TITLE, line, "", *BODY).header.author == author


@pytest.mark.parametrize("line", ["Warsaw", "Home World Sport Culture English", "HIGHLIGHTS"])
def test_a_place_a_menu_or_a_heading_is_no_publisher(line: str) -> None:
    date = "Reporting period: 2–8 March 2026" if line.isupper() else "14 March 2026"
    assert _article(TITLE, line, date, "", *BODY).header.publisher is None


def test_a_picture_marked_at_its_start_is_a_caption() -> None:
    line = "[Photo] A patrol boat fires its water cannon during an exercise off the old port. Navy handout"
    assert _kind(_article(TITLE, "", line, "", *BODY), line) == "caption"


def test_headlines_with_a_bracketed_day_point_elsewhere() -> None:
    lines = ["More on this topic:", "Minister: “We will not sell the port” (12.12.2025)", "Navy sends three more boats to the banks (03.12.2025)"]
    article = _article(TITLE, "", BODY[0], "", *lines, "", *BODY[1:])
    assert [_kind(article, line) for line in lines[1:]] == ["furniture"] * 2


def test_items_that_tell_something_are_text() -> None:
    told = ["• The relief office distributed food to 6,000 people on the two island states.", "• The harbour authority has closed the old port to fishing boats.", "• Norway has pledged two million euros for the ferry line."]
    article = _article(TITLE, "", *BODY, "", "RESPONSE", *told, "", "Next report: 16 March 2026")
    assert [_kind(article, line) for line in told] == ["body"] * 3
    links = ["• Storm closes the strait", "• Mayor resigns over ferry line", "• Ten things to do on the islands"]
    article = _article(TITLE, "", *BODY, "", "Most read", *links)
    assert [_kind(article, line) for line in links] == ["furniture"] * 3


def test_a_dated_list_of_what_happened_is_text() -> None:
    told = ["- November 2024: The two island states agree on a truce over the fishing boats", "- February 2025: The ministry reopens the ferry line to the old port"]
    article = _article(TITLE, "", *BODY, "", "How we got here", *told)
    assert [_kind(article, line) for line in told] == ["body"] * 2


def test_an_item_is_no_headline() -> None:
    article = _article("ISLAND STATES", "Situation Report No. 14", "", "HIGHLIGHTS", "• Island states agree to reopen the strait to fishing boats", "", *BODY)
    assert article.header.title is None or not article.header.title.startswith("•")


@pytest.mark.parametrize(
    ("line", "day", "paper"),
    [("Published: 19 March 2026 | Times of the Isles", "2026-03-19", "Times of the Isles"), ("Published in The Island Herald, November 30th, 2025", "2025-11-30", "The Island Herald")],
)
def test_the_line_below_the_text_says_where_and_when(line: str, day: str, paper: str) -> None:
    header = _article(TITLE, "", *BODY, "", line).header
    assert (header.published.start, header.publisher) == (day, paper)


def test_the_head_of_a_brief_is_nobodys_name() -> None:
    assert _article(TITLE, "", "Island Brief - Tuesday 12 May 2026", "", *BODY).header.author is None


def test_a_weekday_belongs_to_its_date() -> None:
    assert _article(TITLE, "", "Harbour Morning Notes - Wednesday 13 May 2026", "", *BODY).header.published.start == "2026-05-13"


def test_a_spanish_agency_dateline() -> None:
    header = _article(TITLE, "", "QUITO (EFE). May 11, 2026.- " + BODY[0], "", *BODY[1:]).header
    assert (header.published.start, header.agency, header.dateline) == ("2026-05-11", "EFE", "QUITO")


def test_clock_day_and_town_are_a_date_line() -> None:
    header = _article("Main  Society  Politics  Sport", "19:24, 13.05.2026, Batken", TITLE, "", *BODY).header
    assert (header.published.start, header.title) == ("2026-05-13", TITLE)


@pytest.mark.parametrize("line", ["By Our Staff Reporter", "Our Correspondent", "Department Press Briefing - April 2, 2026"])
def test_nobody_in_particular_is_no_author(line: str) -> None:
    assert _article(TITLE, line, "", *BODY).header.author is None


def test_a_line_that_names_another_report_is_no_text() -> None:
    line = "Read also: Presidents of the two island states open three markets"
    assert _kind(_article(TITLE, "", BODY[0], "", line, "", *BODY[1:]), line) == "furniture"


@pytest.mark.parametrize("opening", ["US-backed forces attacked a base.", "UN-led talks were to begin on Thursday.", "EU-China talks ended without a text."])
def test_a_hyphen_inside_a_word_is_no_dateline(opening: str) -> None:
    assert match_dateline(opening) is None
