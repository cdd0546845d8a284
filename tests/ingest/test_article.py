"""Labels of plain text: the two seed reports, reports made here, and properties that must hold for any."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communique.errors import UnreadableError
from communique.evaluate import score
from communique.ingest import label_article
from communique.ingest.formats import document_from_text
from communique.records import Article

TITLE = "Kenya and Tanzania sign accord on sharing the waters of the lake"
BODY = [
    "NAIROBI, March 2 (Reuters) - Kenya and Tanzania signed an accord on Saturday on sharing the waters of the lake that lies between them, officials of both countries said.",
    "The foreign ministers of the two countries met in the Kenyan capital for three days of talks, which had been put off twice since last year.",
    "“We have waited for this day for a long time,” the Tanzanian minister told reporters, adding that the accord would be sent to parliament in April.",
    "Fishing communities on both shores have clashed over nets and licences, and at least nine people were killed in the worst of the fighting last summer.",
    "The accord sets up a joint patrol and a commission that is to meet every three months, according to a statement by the Kenyan foreign ministry.",
]
CAPTION = "The foreign ministers of Kenya and Tanzania shake hands in Nairobi. (Photo by Amani Otieno/AFP)"
TOP = ["Home", "World", "Business", "Sport", "Subscribe to our newsletter", "Log in / Register", "Weather 24°C"]
BOTTOM = [
    "Share this article", "Leave a comment", "Most read", "Ten beaches to visit this summer", "Rain expected in the highlands", "Advertise with us",
    "Terms of use", "Privacy policy", "Follow us on Facebook", "Five recipes for busy parents", "Sign up for breaking news alerts", "All rights reserved",
]  # fmt: skip


def _label(text: str) -> Article:
    return label_article(document_from_text(text, source="test"))


def _texts(article: Article, kind: str) -> list[str]:
    return [article.doc.text[b.span.start : b.span.end] for b in article.blocks if b.kind == kind]


def _report(top: list[str], bottom: list[str], caption_at: int | None = None, repeat: bool = False) -> str:
    body = list(BODY)
    if caption_at is not None:
        body.insert(caption_at, CAPTION)
    head = [TITLE, "", TITLE] if repeat else [TITLE]
    return "\n".join([*top, "", *head, "", "By Jane Doe", "2 March 2024", "", "\n\n".join(body), "", "© 2024 Thomson Reuters", "", *bottom])


def test_report_is_labelled() -> None:
    article = _label(_report(TOP, BOTTOM, caption_at=2))
    assert _texts(article, "body") == BODY
    assert _texts(article, "title") == [TITLE]
    assert _texts(article, "caption") == [CAPTION]
    header = article.header
    assert (header.agency, header.author, header.dateline, header.language) == ("Reuters", "Jane Doe", "NAIROBI", "en")
    assert (header.published.start, header.published.end, header.published.basis) == ("2024-03-02", "2024-03-03", "text")
    assert header.published.span is not None
    assert article.doc.text[header.published.span.start : header.published.span.end] == "2 March 2024"


def test_photo_credit_is_no_text_credit() -> None:
    text = _report(TOP, BOTTOM, caption_at=1).replace("© 2024 Thomson Reuters", "").replace("(Reuters) ", "")
    assert _label(text).header.agency is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False), st.integers(0, len(BODY)) | st.none(), st.booleans())
def test_body_stands_whatever_stands_around_it(rng: random.Random, caption_at: int | None, repeat: bool) -> None:
    top, bottom = list(TOP), list(BOTTOM)
    rng.shuffle(top)
    rng.shuffle(bottom)
    article = _label(_report(top, bottom, caption_at, repeat))
    assert _texts(article, "body") == BODY
    assert set(_texts(article, "title")) == {TITLE}
    assert [b.detail for b in article.blocks if b.kind == "title"] == ([None, "repeat"] if repeat else [None])


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_labelled_whole(text: str) -> None:
    try:
        article = _label(text)
    except UnreadableError:
        return
    covered = bytearray(len(text))
    for block in article.blocks:
        piece = text[block.span.start : block.span.end]
        assert piece
        assert piece == piece.strip()
        covered[block.span.start : block.span.end] = b"\x01" * len(piece)
    assert all(c or ch.isspace() for c, ch in zip(covered, text, strict=True))


def test_a_text_of_one_line_is_labelled() -> None:
    assert len(_label("00000 0 0").blocks) == 1


def test_wrapped_paragraph_is_one_block() -> None:
    import textwrap

    text = TITLE + "\n\n" + "\n\n".join(textwrap.fill(p, 80) for p in BODY)
    assert [" ".join(t.split()) for t in _texts(_label(text), "body")] == BODY


def test_no_date_is_invented() -> None:
    text = _report(TOP, ["What is on this week: Sept 1-7, 2025", *BOTTOM]).replace("2 March 2024", "").replace("2024 ", "")
    article = _label(text)
    assert article.header.published.basis == "unknown"
    assert article.header.published.start is None


def test_crawl_day_is_no_publication_day() -> None:
    text = "crawled 2025-10-11 12:00\n" + _report(TOP, BOTTOM).replace("2 March 2024", "").replace("2024 ", "")
    assert _label(text).header.published.start is None


def test_crawl_header_gives_date_and_publisher() -> None:
    article = _label(" date 2024-03-02  The Lake Gazette\n" + _report(TOP, BOTTOM))
    assert article.header.publisher == "The Lake Gazette"
    assert (article.header.published.start, article.header.published.basis) == ("2024-03-02", "header")
    assert article.header.published.span is not None
    assert article.doc.text[article.header.published.span.start : article.header.published.span.end] == "date 2024-03-02"


def test_contradicting_dates_are_kept() -> None:
    article = _label("date 2024-03-05  The Lake Gazette\n" + _report(TOP, BOTTOM))
    assert article.header.published.start == "2024-03-05"
    assert "text: 2024-03-02" in article.header.published.contradicts


def test_seed_lines(shared: Path) -> None:
    found = score("lines", shared / "seeds")
    assert found["accuracy"] == 1.0
    assert found["header"] == 1.0


@pytest.mark.parametrize("at", range(len(BODY) + 1))
def test_picture_with_alternative_text_is_no_body(at: int) -> None:
    """A phrase above a caption that ends in a credit, wherever the picture stood, and the paragraph under it."""
    body = list(BODY)
    body[at:at] = ["Kenyan president visits the lake", "A view of the lake and its two shores. Image: REUTERS/Otieno"]
    article = _label("\n\n".join([TITLE, "By Jane Doe", *body, "© 2024 Thomson Reuters", *BOTTOM]))
    assert _texts(article, "body") == BODY
    assert "Kenyan president visits the lake" in _texts(article, "caption")


def test_seed_bodies_stand_whatever_stands_around_them(shared: Path) -> None:
    """Furniture below the text shuffled, the headline doubled, the picture's lines moved anywhere: 100 ways a report."""
    gold = json.loads((shared / "seeds" / "lines.json").read_text())["documents"]
    for report in gold.values():
        lines = report["lines"]
        inside = [i for i, line in enumerate(lines) if line["label"].startswith("body")]
        top, body, tail = lines[: inside[0]], lines[inside[0] : inside[-1] + 1], lines[inside[-1] + 1 :]
        picture = [line for line in top if line["label"].startswith("caption")]
        for seed in range(100):
            rng = random.Random(seed)
            moved = rng.random() < 0.7
            above = [line for line in top if not (moved and line in picture)]
            for i in [i for i, line in enumerate(above) if line["label"] == "title" and rng.random() < 0.5]:
                above.insert(i, above[i])
            told = list(body)
            at = rng.randrange(len(told) + 1)
            told[at:at] = picture if moved else []
            furniture = [line for line in tail if line["label"].startswith("boilerplate")]
            rng.shuffle(furniture)
            below = [line for line in tail if line not in furniture] + furniture
            article = _label("\n\n".join(line["text"] for line in [*above, *told, *below]))
            assert _texts(article, "body") == [line["text"].strip() for line in body], seed


@pytest.mark.parametrize(("publisher", "url"), [("A", None), (None, "http://a.example/1"), ("B", None)])
def test_id_is_of_content_publisher_and_url(publisher: str | None, url: str | None) -> None:
    one = document_from_text(BODY[0], source="here", publisher=publisher, url=url)
    two = document_from_text(BODY[0], source="there", publisher=publisher, url=url)
    assert one.id == two.id
    assert one.id != document_from_text(BODY[0], source="here").id


def _labelled(text: str) -> Article:
    return label_article(document_from_text(text, source="a"))


PROSE = (
    "Envoys of the two republics met on Monday and agreed to reopen the northern crossing, an official said.\n\n"
    "The foreign minister told reporters that the talks would go on in April, and that the border police had been told.\n\n"
    "The ministry of trade declined to comment on the figures, which the bank had given to parliament a week before.\n"
)


@pytest.mark.parametrize(
    "line",
    ["By Ana Example", "ByAna Example", "By Ana ExampleDec 22, 2023", "Ana Example, Staff Writer", "Ana Example Political Correspondent", "Ana Example 8:41 PM on December 20, 2023", "Aug 12, 2021 / Ana Example", "by Ana Example - 12/22/23 11:35 AM ET"],
)
def test_author_in_text_without_markup(line: str) -> None:
    article = _labelled(f"Envoys agree to reopen northern crossing\n\n{line}\n\n{PROSE}")
    assert article.header.author == "Ana Example"


@pytest.mark.parametrize("line", ["World News", "Czech Republic", "Contributing Reporter"])
def test_no_author_without_a_sign_of_one(line: str) -> None:
    assert _labelled(f"{line}\n\nEnvoys agree to reopen northern crossing\n\n{PROSE}").header.author is None


@pytest.mark.parametrize(("start", "place"), [("BREAKING - ", None), ("EXCLUSIVE: ", None), ("SMITH: ", None), ("WATCH — ", None), ("NAIROBI: ", "NAIROBI"), ("PORT VALE — ", "PORT VALE"), ("NEW DELHI - ", "NEW DELHI"), ("THE HAGUE, Netherlands -- ", "THE HAGUE, Netherlands"), ("LIMA -- ", "LIMA"), ("Nairobi: ", "Nairobi"), ("Bogota, March 8 (EFE) ", "Bogota"), ("Harbour Union (HU) ", None), ("Analysts: ", None), ("ACCRA, May 3 (Reuters) - ", "ACCRA")])
def test_capitals_before_a_mark_are_a_place_only_if_nothing_speaks_against_it(start: str, place: str | None) -> None:
    assert _labelled(f"Envoys agree to reopen northern crossing\n\n{start}{PROSE}").header.dateline == place
