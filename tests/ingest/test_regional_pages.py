"""Raw pages of regional papers: every line has its label, the header says what the page states."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from communique.ingest import label_article
from communique.ingest.formats import Given, document_from_text, from_bytes
from communique.ingest.header import match_dateline
from communique.records import Article, Document

PAGES = sorted((Path(__file__).parents[1] / "cases" / "regional").glob("*.txt"))
KINDS = {"t": "title", "b": "body", "y": "byline", "d": "dateline", "c": "caption", "r": "credit", "f": "furniture"}
UNTOLD = {("rwanda", "publisher"), ("namibia", "publisher"), ("namibia", "author"), ("maldives", "publisher"), ("trinidad", "publisher")}  # stated in no form that we know

HEAD = ["Envoys of two island states meet over the strait", "By Ana Example", "3 May 2026", ""]
REST = ["The two governments have not said when the talks will go on, an official said on Wednesday.", "Ministers of both states met in the old port last week and agreed to open the strait to lorries and ferries."]


def _read(path: Path) -> tuple[dict[str, str], list[tuple[str, str]]]:
    head, *rest = path.read_text("utf-8").split("\n")
    lines = [(label, text) for label, bar, text in (line.partition("| ") for line in rest) if bar]
    return dict(re.findall(r"(\w+)=((?:(?! \w+=).)*)", head)), lines


def _article(*lines: str) -> Article:
    return label_article(document_from_text("\n".join(lines) + "\n", source="made"))


def _kind(article: Article, line: str) -> str:
    at = article.doc.text.index(line)
    return next(b.kind for b in article.blocks if b.span.start <= at < b.span.end)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_each_line_has_its_label(path: Path) -> None:
    raw = path.read_text("utf-8").split("\n")[1:]
    text = "\n".join(line.partition("| ")[2] if "| " in line else line for line in raw)
    article = label_article(document_from_text(text, source="made"))
    at, wrong = 0, []
    for line in raw:
        label, bar, words = line.partition("| ")
        words = words if bar else line
        if bar:
            found = next(b.kind for b in article.blocks if b.span.start <= at + len(words) // 2 < b.span.end)
            if found not in [KINDS[c] for c in label]:
                wrong.append((label, found, words))
        at += len(words) + 1
    assert wrong == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_the_header_says_what_the_page_states(path: Path) -> None:
    wanted, lines = _read(path)
    header = _article(*(text for _, text in lines)).header
    assert header.title == next(text for label, text in lines if label == "t")
    assert header.published.start == wanted.get("published")
    assert (header.agency, header.dateline) == (wanted.get("agency"), wanted.get("dateline"))
    for field, found in (("publisher", header.publisher), ("author", header.author)):
        if (path.stem, field) not in UNTOLD:
            assert found == (wanted.get(field) or None), field


@pytest.mark.parametrize(
    "sentence",
    [
        "By Tuesday the rebels had taken three villages.", "By noon the army had left.", "By contrast, the two island states have signed.", "By Friday, General Omar Sample had pulled his men out.",
        "By sending troops, the mainland broke the accord.", "By December the two states will have opened two posts.", "By local standards the talks were short.",
        "From the old port to the capital, traders closed their shops in protest.", "Photo studios in the old port were looted by rebels on Monday night, residents said.",
        "Photos from the strait show dredgers, the ministry said on Tuesday.", "Images from space show that the mainland has begun to fill the dam.", "Photographs of the dead were shown on television on Sunday.",
        "Advertisement for arms in a paper led police to the smugglers, the court heard.", "Share prices fell on both islands after the mainland closed the strait.", "Subscribers lost their service after rebels blew up a mast.",
        "Written by hand, the note offered the mainland a truce.", "Edited by a diplomat, the draft accord was sent to both capitals.", "With agencies of the union gone, the island has asked the mainland for wheat.",
        "This report was handed to the president by the court on Monday.", "Copyright pirates in the capital were arrested by police.", "Words by the envoy angered the mainland.",
        "Analysis by the army shows that the drone came from the mainland.", "Courtesy calls on the king were made by both premiers.", "Register of voters: the two states have agreed to share lists.",
    ],
)  # fmt: skip
def test_first_words_that_only_look_like_a_byline_credit_or_link(sentence: str) -> None:
    assert _kind(_article(*HEAD, sentence, "", REST[0], "", REST[1]), sentence) == "body"
    assert _kind(_article(*HEAD, REST[1], "", sentence, "", REST[0]), sentence) == "body"
    assert _kind(_article(sentence, "", REST[0], "", REST[1]), sentence) == "body"


@pytest.mark.parametrize("line", ["By Ana Example", "By Ana Example and Omar Sample in the Old Port", "By Ana Example, a lawyer and former minister", "BY ANA EXAMPLE", "By April Example", "By Our Reporter", "By Ana Example on Monday, May 4th, 2026 at 11:04 a.m."])
def test_bylines_are_still_bylines(line: str) -> None:
    assert _kind(_article(HEAD[0], line, "", REST[1], "", REST[0]), line) == "byline"


@pytest.mark.parametrize(
    "ending",
    [
        ". PHOTO | FILE", ". PHOTO | FILE | DAILY", ". Photo – Island Herald/Ana Example", ". File photo", ". Photo by Ana Example", " – Islandpic by OMAR SAMPLE", ". — AFP/File", " [Island Media Agency]",
        " (Navy media)", " | Courtesy", " | INA", ". Pic: Ana Example", " (Photo: Ana Example)", ". Picture: FILE", ". OMAR SAMPLE", " (Courtesy of/Fishing Ministry)", " | Image courtesy of the ministry",
    ],
)  # fmt: skip
def test_a_line_that_ends_in_whose_picture_it_is_is_a_caption(ending: str) -> None:
    caption = "Boats wait at the jetty of the old port before the strait was shut" + ending
    for article in (_article(*HEAD, caption, "", REST[1], "", REST[0], "", REST[1]), _article(*HEAD, REST[1], "", REST[0], "", caption, "", *REST)):
        assert _kind(article, caption) in ("caption", "credit") and article.header.title == HEAD[0]


@pytest.mark.parametrize("line", ["READ ALSO: Boat show opens on the island", "ALSO READ | Boat show opens on the island", "READ: Boat show opens on the island", "RELATED: Boat show opens on the island", "@anaexample", "ana@herald.example"])
def test_links_and_addresses_between_paragraphs_are_no_text(line: str) -> None:
    article = _article(*HEAD, REST[1], "", line, "", REST[0], "", REST[1])
    assert _kind(article, line) == "furniture" and article.header.title == HEAD[0]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("NATO – Russia's old foe – has sent ships.", None), ("ECOWAS – the bloc of the west – has met.", None), ("SUDAN – once the largest state – has met.", None), ("By March 3 – the last day – it had met.", None),
        ("Foreign Minister Ana Example (Labour) - A former judge - met him.", None), ("In Goma, May 3 (AFP) - Two men met.", None), ("Suva (Fiji) - Ministers met.", "Suva"), ("Suva, 3 March – Ministers met.", "Suva"),
        ("MWANZA — Two men met.", "MWANZA"), ("KAMPALA, 3 May (AFP) – at least two men met.", "KAMPALA"), ("PESHAWAR: Two men met.", "PESHAWAR"),
    ],
)  # fmt: skip
def test_what_opens_a_text_before_a_dash(text: str, place: str | None) -> None:
    match = match_dateline(text)
    assert (match["place"].strip() if match is not None else None) == place


def test_a_desk_and_an_agency_sign_a_text() -> None:
    article = _article("Island Herald | News of the strait", "Sunday, 3 May 2026", HEAD[0], "City reporter and Strait News Agency", "", REST[1], "", REST[0])
    header = article.header
    assert (header.publisher, header.agency, header.author, header.published.start) == ("Island Herald", "Strait News Agency", None, "2026-05-03")


def test_a_feeds_item_whose_title_alone_looks_like_text_is_read() -> None:
    """Found by bench/fuzz_ingest.py: the title was the only line that the model took for text."""
    title, text = "Sign up for our newsletter", "外相は月曜日に会談し、国境の再開で合意した。"
    feed = f"<?xml version='1.0'?><rss version='2.0'><channel><title>Example</title><item><title>{title}</title><link>https://p.example/0</link><description>{text}</description></item></channel></rss>"
    (doc,) = from_bytes(feed.encode(), source="made.xml", given=Given())
    assert isinstance(doc, Document)
    article = label_article(doc)
    assert article.header.title == title
    assert [b.kind for b in article.blocks] == ["title", "body"]
