"""Briefs to print and for Word: every statement keeps its notes, and nothing from a report is markup."""

from __future__ import annotations

import io
import zipfile

from lxml import etree

from communique.views.brief import Brief, Evidence, Section, Statement
from communique.views.printed import to_docx, to_html


def _brief() -> Brief:
    e = Evidence(mention="m1", document="d1", publisher="Harbour <b>Post</b>", published="2026-03-05", quote="Kenya & Tanzania \x07 agreed\ud800", spans=((3, 9),), sha256="a" * 64)
    told = Statement(text="2026-03-03: Kenya <script>x</script>", record="e1", evidence=(e, e), originators=1, documents=1)
    return Brief(title="Dossier: <KEN>", since=None, until=None, sections=(Section(heading="Events", statements=(told,), total=1),), documents=1, undated=0)


def test_html_is_inert_and_links_each_note() -> None:
    page = to_html(_brief())
    assert "<script" not in page and "<b>" not in page and "&lt;KEN&gt;" in page
    assert page.count('href="#n') == 2 == page.count('<li id="n') and "@page" in page
    page.encode()


def test_docx_is_whole_and_carries_the_notes() -> None:
    data = to_docx(_brief())
    assert data == to_docx(_brief())
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        assert file.testzip() is None and set(file.namelist()) == {"[Content_Types].xml", "_rels/.rels", "word/document.xml"}
        for name in file.namelist():
            tree = etree.fromstring(file.read(name))
        words = "\n".join(t.text or "" for t in tree.iter("{*}t"))
    assert "Dossier: <KEN>" in words and "1. Harbour <b>Post</b>, 2026-03-05" in words and " 1, 2" in words
