"""Readers: each format gives documents whose text, hints and encoding are as written."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from communique.errors import UsageError
from communique.ingest import label_article
from communique.ingest.formats import document_from_html, read_documents
from communique.records import Document, Failure

PARAGRAPHS = [
    "The transport ministers of Peru and Chile agreed on Tuesday to rebuild the railway between Tacna and Arica, the Peruvian ministry said.",
    "Work on the sixty kilometre line is to begin in May and will be paid for by both governments, according to a joint statement.",
    "“This line was our shortest way to each other for a century,” the Chilean minister told reporters after the signing in Lima.",
    "Trains between the two border cities last ran in 2012, and the track has since been damaged by floods and by theft.",
]
TITLE = "Peru and Chile agree to rebuild cross-border railway"
LD = {"@type": "NewsArticle", "headline": TITLE, "datePublished": "2025-03-04T22:10:00-05:00", "author": {"name": "Rosa Quispe"}, "publisher": {"name": "El Andino"}}


def _page(head: str = "", above: str = "") -> str:
    body = "".join(f"<p>{p}</p>" for p in PARAGRAPHS)
    nav = "".join(f"<li><a href='/{w}'>{w}</a></li>" for w in ("Home", "World", "Sport", "Opinion"))
    return (
        f"<!DOCTYPE html><html lang='en'><head><meta charset='utf-8'><title>{TITLE} | El Andino</title>{head}</head><body><nav><ul>{nav}</ul></nav>"
        f"<article><h1>{TITLE}</h1>{above}<figure><img src='a.jpg'><figcaption>Workers on the old line near Tacna. Photo: Luis Rojas</figcaption></figure>{body}</article>"
        "<aside><h3>Most read</h3><ul><li><a>Five beaches for the long weekend</a></li></ul></aside><footer>© 2025 El Andino. Privacy policy</footer></body></html>"
    )


def _docs(path: Path) -> list[Document]:
    return [d for d in read_documents(path) if isinstance(d, Document)]


def test_html_page_is_one_frozen_text() -> None:
    doc = document_from_html(_page(f"<script type='application/ld+json'>{json.dumps(LD)}</script>").encode(), source="a.html")
    article = label_article(doc)
    assert [doc.text[b.span.start : b.span.end] for b in article.blocks if b.kind == "body"] == PARAGRAPHS
    assert all(doc.text[s.start : s.end].strip() for s in doc.lines)
    assert len(doc.tags) == len(doc.lines)
    header = article.header
    assert (header.title, header.author, header.publisher) == (TITLE, "Rosa Quispe", "El Andino")
    assert (header.published.start, header.published.basis, header.published.time) == ("2025-03-04", "meta", "2025-03-04T22:10:00-05:00")
    assert [b.kind for b in article.blocks if "Luis Rojas" in doc.text[b.span.start : b.span.end]] == ["caption"]


def test_fast_mode_reads_the_same_body() -> None:
    article = label_article(document_from_html(_page(), source="a.html", fast=True))
    assert [article.doc.text[b.span.start : b.span.end] for b in article.blocks if b.kind == "body"] == PARAGRAPHS


def test_day_and_month_are_not_swapped() -> None:
    """Two of htmldate's four errors on 258 pages: 2025-05-04 read as 5 April, 2026-06-01 as 6 January."""
    for stamp, day in (("2025-05-04", "2025-05-04"), ("2026-06-01T08:00:00+02:00", "2026-06-01")):
        page = _page(f"<meta property='article:published_time' content='{stamp}'>")
        assert label_article(document_from_html(page, source="a.html")).header.published.start == day


def test_figures_that_read_both_ways_date_nothing() -> None:
    doc = document_from_html(_page(above="<p class='date'>04/05/2025</p>"), source="a.html")
    assert label_article(doc).header.published.basis == "unknown"
    from communique.ingest.calendar import find_dates, find_order

    (found,) = find_dates("04/05/2025")
    assert {found.day, found.other} == {"2025-05-04", "2025-04-05"}
    assert [f.day for f in find_dates("04/05/2025", order="dmy")] == ["2025-05-04"]
    assert find_order("updated 31/05/2025") == "dmy"
    assert find_order("05/31/2025 and 04/05/2025") == "mdy"


def test_utc_stamp_gives_the_papers_own_day() -> None:
    head = f"<script type='application/ld+json'>{json.dumps(LD | {'datePublished': '2025-03-05T03:10:00Z'})}</script>"
    page = _page(head + "<meta name='pubdate' content='2025-03-04T22:10:00-05:00'>")
    found = label_article(document_from_html(page, source="a.html")).header.published
    assert found.start == "2025-03-04"
    assert found.time == "2025-03-04T22:10:00-05:00"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_text_encodings_are_found_and_stated(encoding: str, tmp_path: Path) -> None:
    text = "\n\n".join([TITLE, *PARAGRAPHS, "Señor Núñez said the café was closed."])
    (tmp_path / "a.txt").write_bytes(text.encode(encoding, "replace"))
    (doc,) = _docs(tmp_path / "a.txt")
    if encoding != "cp1252":
        assert doc.text == text
    assert doc.encoding
    assert "Peru and Chile" in doc.text


def test_feed_items_are_documents(tmp_path: Path) -> None:
    items = "".join(
        f"<item><title>{TITLE}</title><link>http://andino.example/{i}</link><pubDate>Tue, 04 Mar 2025 10:00:00 +0000</pubDate>"
        f"<description><![CDATA[{''.join(f'<p>{p}</p>' for p in PARAGRAPHS)}]]></description></item>"
        for i in range(2)
    )
    (tmp_path / "a.rss").write_text(f"<?xml version='1.0'?><rss version='2.0'><channel><title>El Andino</title>{items}<item><title>Only a title</title></item></channel></rss>")
    rows = list(read_documents(tmp_path / "a.rss"))
    docs = [r for r in rows if isinstance(r, Document)]
    assert [d.url for d in docs] == ["http://andino.example/0", "http://andino.example/1"]
    assert [r.reason for r in rows if isinstance(r, Failure)] == ["not an article"]
    header = label_article(docs[0]).header
    assert (header.published.start, header.publisher, header.title) == ("2025-03-04", "El Andino", TITLE)


SHAPES = {
    "news-please": {"maintext": "\n".join(PARAGRAPHS), "title": TITLE, "url": "http://a.example/1", "date_publish": "2025-03-04 10:00:00", "date_download": "2025-03-06 01:00:00", "source_domain": "a.example", "authors": ["Rosa Quispe"]},
    "fundus": {"title": TITLE, "body": {"summary": [], "sections": [{"headline": [], "paragraphs": PARAGRAPHS}]}, "authors": ["Rosa Quispe"], "publishing_date": "2025-03-04T10:00:00+00:00"},
    "plain": {"text": "\n\n".join(PARAGRAPHS), "headline": TITLE, "published": "2025-03-04", "author": "Rosa Quispe"},
    "html": {"html": _page(f"<script type='application/ld+json'>{json.dumps(LD)}</script>"), "url": "http://a.example/1"},
}  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
def test_json_lines_of_known_shapes(shape: str, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps(SHAPES[shape]) + "\nnot json\n" + json.dumps({"id": 1}) + "\n")
    rows = list(read_documents(tmp_path / "a.jsonl"))
    assert [type(r) for r in rows] == [Document, Failure, Failure]
    assert isinstance(rows[0], Document)
    article = label_article(rows[0])
    assert (article.header.title, article.header.author, article.header.published.start) == (TITLE, "Rosa Quispe", "2025-03-04")
    assert sum(b.kind == "body" for b in article.blocks) >= 3


def test_json_field_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"inhalt": PARAGRAPHS[0]}) + "\n")
    (row,) = read_documents(tmp_path / "a.jsonl", fields={"text": "inhalt"})
    assert isinstance(row, Document)


def test_saved_mail_page(tmp_path: Path) -> None:
    (tmp_path / "a.mhtml").write_text(
        "From: <Saved by a browser>\nSnapshot-Content-Location: http://andino.example/7\nSubject: x\nDate: Thu, 6 Mar 2025 09:00:00 -0000\nMIME-Version: 1.0\n"
        'Content-Type: multipart/related; type="text/html"; boundary="B"\n\n--B\nContent-Type: text/html; charset=utf-8\n\n' + _page() + "\n--B--\n"
    )
    (doc,) = _docs(tmp_path / "a.mhtml")
    assert (doc.url, doc.format) == ("http://andino.example/7", "mail")
    assert doc.fetched is not None
    assert label_article(doc).header.published.start is None


def test_archive_members_keep_their_names(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar.gz", "w:gz") as archive:
        for name, text in (("x/one.txt", PARAGRAPHS[0]), ("x/two.html", _page())):
            info = tarfile.TarInfo(name)
            info.size = len(text.encode())
            archive.addfile(info, io.BytesIO(text.encode()))
    assert [Path(d.source).name for d in _docs(tmp_path / "a.tar.gz")] == ["one.txt", "two.html"]


def test_folder_says_what_it_leaves_out(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(PARAGRAPHS[0])
    (tmp_path / "b.csv").write_text("a,b\n")
    assert [type(r) for r in read_documents(tmp_path)] == [Document, Failure]
    assert len(list(read_documents(str(tmp_path / "*.txt")))) == 1


def test_nothing_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        list(read_documents(tmp_path / "none.txt"))


def test_given_facts_outrank_the_page() -> None:
    doc = document_from_html(_page(f"<script type='application/ld+json'>{json.dumps(LD)}</script>"), source="a", publisher="Ours", published="2025-03-01")
    header = label_article(doc).header
    assert (header.publisher, header.published.start, header.published.basis) == ("Ours", "2025-03-01", "given")
    assert "meta: 2025-03-04" in header.published.contradicts


def test_english_with_a_few_accents_is_western():
    text = PROSE + " “It’s a café – really,” she said of the façade in Ångström Street."
    doc = one_of(text.encode("cp1252"))
    assert (doc.text, doc.encoding) == (text, "cp1252")


def test_one_accent_is_not_replaced():
    doc = one_of((PROSE + " She left the café at noon.").encode("cp1252"))
    assert doc.text.endswith("She left the café at noon.")


def test_a_character_cut_off_at_the_end_does_not_change_the_encoding():
    doc = one_of((PROSE + " She left the caf").encode() + "é".encode()[:1])
    assert doc.encoding == "utf-8, repaired"


@pytest.mark.parametrize("encoding", ["iso2022_jp", "iso2022_kr"])
def test_sets_switched_by_escapes_are_read(encoding):
    text = {"iso2022_jp": "両国の外相は火曜日に会談し、国境を再び開くことで合意した。", "iso2022_kr": "두 나라 외무장관은 화요일에 만나 국경을 다시 열기로 합의했다."}[encoding]
    doc = one_of(text.encode(encoding))
    assert (doc.text, doc.encoding) == (text, encoding)


def test_a_record_that_the_archive_breaks_off_in_is_named(tmp_path):
    page = ("<html><body><p>" + PROSE + "</p></body></html>").encode()
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + page
    head = "WARC/1.0\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:00000001-0000-0000-0000-000000000000>\r\nWARC-Target-URI: https://paper.example/1\r\n"
    head += f"WARC-Date: 2025-04-01T00:00:00Z\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    for name, cut, ends in (("whole.warc", None, "Document"), ("cut.warc", -30, "Failure")):
        record = head.encode() + http + b"\r\n\r\n"
        (tmp_path / name).write_bytes(record[:cut] if cut else record)
        (row,) = read_documents(tmp_path / name)
        assert type(row).__name__ == ends
    assert "breaks off in this record" in row.detail


PROSE = "The ministers of both states met in the harbour town on Tuesday and agreed to open the border again, officials said. Talks will go on next month."


def one_of(raw):
    from communique.ingest.formats import Given, from_bytes

    (doc,) = from_bytes(raw, source="made.txt", given=Given())
    return doc
