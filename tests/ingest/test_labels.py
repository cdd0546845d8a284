"""Who wrote it, when, and what the picture shows: lines about the head of a text without markup."""

import pytest

from communique.ingest import label_article
from communique.ingest.formats import document_from_text

TITLE = "Arland and Bessin agree to open the northern crossing"
BODY = [
    "Arland and Bessin agreed on Monday to open the northern crossing to lorries after four years, the two governments said in a statement.",
    "The crossing was closed when the two states quarrelled about tolls, and traders on both sides have lost money every month since then.",
    "Officials of Arland said the first lorries would pass in April, once the customs houses have been repaired and staff have been hired.",
    "The two governments will meet again in the autumn to talk about the southern crossing, which remains shut to all but local people.",
]
MENU = ["Home", "World", "Business"]


def _kinds(*head, body=BODY, foot=("Most read", "Terms of use")):
    article = label_article(document_from_text("\n\n".join([*MENU, TITLE, *head, *body, *foot]), source="t"))
    text = article.doc.text
    return {text[b.span.start : b.span.end]: (b.kind, b.detail) for b in article.blocks}


@pytest.mark.parametrize("line", [
    "By Ana Example", "By Ana Example and Cam Exampleson on March 3, 2025 at 3:53PM PST", "March 3, 2025 by Ana Example",
    "9:45 AM PST 3/30/2025 by Ana Example", "By Ana Example Updated March 3, 2025, 10:28am EST",
])  # fmt: skip
def test_a_byline_may_hold_the_date(line):
    assert _kinds(line)[line][0] == "byline"


def test_the_name_stands_under_by_and_the_role_under_the_name():
    found = _kinds("By", "Ana Example", "Senior Editor", "March 3, 2025")
    assert [found[x][0] for x in ("By", "Ana Example", "Senior Editor")] == ["byline"] * 3
    assert found["March 3, 2025"] == ("furniture", "date")


@pytest.mark.parametrize("line", [
    "Published: Mar 3, 2025 4:13 PM EST", "Last updated: 2025/03/03 at 9:01 PM", "Monday 3 March 2025 09:25", "4 days ago",
    "Updated 5:27 am CST, Monday, March 3, 2025",
])  # fmt: skip
def test_a_line_that_holds_only_a_date_is_a_date(line):
    assert _kinds("By Ana Example", line)[line] == ("furniture", "date")


def test_a_sentence_with_a_date_is_no_date_line():
    body = ["The accord of March 3, 2025 was signed in the capital, and it is to be read in both parliaments.", *BODY]
    assert _kinds("By Ana Example", body=body)[body[0]][0] == "body"


def test_the_byline_of_another_report_is_none_of_ours():
    other = ("Harbour workers of Bessin vote to end their strike", "By Cam Exampleson", "Ten gardens to see this spring", "By Eve Exampleson")
    found = _kinds("By Ana Example", foot=other)
    assert found["By Ana Example"][0] == "byline"
    assert found["By Eve Exampleson"][0] == "furniture"


def test_a_sentence_over_a_credit_is_a_caption_and_a_heading_is_not():
    caption, heading = "Lorries wait at the northern crossing of Arland.", "Why the crossing was closed"
    body = [*BODY[:2], caption, "(Image credit: Cam Exampleson)", heading, *BODY[2:]]
    found = _kinds("By Ana Example", body=body)
    assert found[caption][0] == "caption"
    assert found["(Image credit: Cam Exampleson)"] == ("credit", "photo credit")
    assert found[heading][0] != "caption"


def test_a_path_that_ends_in_the_headline_is_not_the_headline():
    article = label_article(document_from_text("\n".join([*MENU, "Home News World " + TITLE, TITLE, "By Ana Example", *BODY]), source="t"))
    assert article.header.title == TITLE
