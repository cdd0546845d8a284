"""Briefs to print and for Word: every statement keeps its notes, and nothing from a report is markup."""

from __future__ import annotations

import io
import zipfile

import msgspec
import pypdf
from lxml import etree
from tests.store.factory import event, simple

from communique.records import When
from communique.views import plot as plots
from communique.views.brief import Brief, Evidence, Section, Statement, to_markdown
from communique.views.pdf import to_pdf
from communique.views.plot import Period, Plot
from communique.views.printed import to_docx, to_html

PLOT = Plot(grain="month", periods=(Period(start="2026-01-01", cooperation=3, conflict=0), Period(start="2026-02-01", cooperation=0, conflict=1)), undated=2, not_happened=0)


def _brief() -> Brief:
    e = Evidence(mention="m1", document="d1", publisher="Harbour <b>Post</b>", published="2026-03-05", quote="Kenya & Tanzania \x07 agreed\ud800", spans=((3, 9),), sha256="a" * 64)
    told = Statement(text="2026-03-03: Kenya <script>x</script>", record="e1", evidence=(e, msgspec.structs.replace(e, mention="m2")), originators=1, documents=1)
    again = Statement(text="Kenya again", record="e2", evidence=(e,), originators=1, documents=1)  # rests on the first note
    return Brief(title="Dossier: <KEN>", since=None, until=None, sections=(Section(heading="Events", statements=(told, again), total=2),), documents=1, undated=0)


def test_html_is_inert_and_links_each_note() -> None:
    page = to_html(_brief())
    assert "<script" not in page and "<b>" not in page and "&lt;KEN&gt;" in page
    assert page.count('<li id="n') == 2 == page.count(' id="m') and page.count('href="#n') == 3 and "@page" in page
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


def test_the_plot_stands_in_every_form() -> None:
    found = msgspec.structs.replace(_brief(), plot=PLOT)
    page = to_html(found)
    assert page.count("<rect") == 3 and "3 of cooperation" in page and "2 without a date" in page  # the line and two columns
    assert etree.fromstring(plots.to_svg(PLOT)).get("role") == "img"
    lines = to_markdown(found).splitlines()
    assert "2026-01       3 +++    0" in lines and "2026-02       0        1 -" in lines
    with zipfile.ZipFile(io.BytesIO(to_docx(found))) as file:
        picture = file.read("word/media/plot.png")
        assert picture.startswith(b"\x89PNG") and "media/plot.png" in file.read("word/_rels/document.xml.rels").decode()
        tree = etree.fromstring(file.read("word/document.xml"))
        assert [b.get("{http://schemas.openxmlformats.org/officeDocument/2006/relationships}embed") for b in tree.iter("{*}blip")] == ["rId1"]
    assert to_docx(found) == to_docx(found)


def test_the_pdf_reads_back_and_names_what_it_could_not_show() -> None:
    plain = pypdf.PdfReader(io.BytesIO(to_pdf(msgspec.structs.replace(_brief(), plot=PLOT))))
    words = "\n".join(page.extract_text() for page in plain.pages)
    assert "Dossier: <KEN>" in words and "2026-03-03: Kenya <script>x</script>" in words and "3 of cooperation" in words and "2026-01" in words
    assert "1. Harbour <b>Post</b>, 2026-03-05" in words and "letters that this file" not in words
    links = [a.get_object() for page in plain.pages for a in page.get("/Annots", ())]
    assert len(links) == 5 and all(a["/Subtype"] == "/Link" for a in links)  # three marks, two ways back
    told = Statement(text="Erdoğan met 김정은 and Лавров → Tokyo", record="e1", evidence=(), originators=1, documents=1)
    foreign = msgspec.structs.replace(_brief(), sections=(Section(heading="Events", statements=(told,), total=1),))
    page = pypdf.PdfReader(io.BytesIO(to_pdf(foreign))).pages[0].extract_text()
    assert "Erdoğan met ‹GimJeongEun› and ‹Lavrov› -> Tokyo" in " ".join(page.split()) and "2 words in letters that this file's font lacks" in page
    assert to_pdf(foreign) == to_pdf(foreign)


def test_a_plot_has_few_columns_and_says_what_it_leaves_out() -> None:
    made = [event(simple(n, day=day, published="2026-03-05").mentions[0], quad=quad) for n, (day, quad) in enumerate(
        [("2026-01-01", "verbal cooperation"), ("2026-01-03", "material conflict"), ("2026-01-03", "verbal conflict")])]  # fmt: skip
    near = plots.plot_of(made)
    assert near is not None and near.grain == "day" and [(p.cooperation, p.conflict) for p in near.periods] == [(1, 0), (0, 0), (0, 2)]
    planned = msgspec.structs.replace(made[0], modality="planned")
    undated = msgspec.structs.replace(made[0], when=When())
    far = msgspec.structs.replace(made[0], when=When(start="2021-06-01", end="2021-06-02", grain="day", basis="stated"))
    found = plots.plot_of([*made, planned, undated, far])
    assert found is not None and found.grain == "year" and len(found.periods) == 6 and (found.undated, found.not_happened) == (1, 1)
    assert "1 announced, claimed or of no class, 1 without a date" in plots.caption(found)
    assert plots.plot_of([planned, undated]) is None
    assert all(0 <= s.x <= plots.WIDTH and 0 <= s.y <= plots.HEIGHT for s in plots.shapes(found))
