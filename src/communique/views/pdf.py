"""A brief or dossier as a PDF, with its plot, numbered notes that link both ways, and page numbers.

Written with ReportLab (BSD), loaded only when a PDF is asked for; its Bitstream Vera fonts are embedded, as the part
of them that is used. Vera has the Latin letters of Europe and no others: a word in other letters is spelled in Latin
ones between ‹ › and the file says how many there are, rather than showing empty boxes. The HTML and Word forms keep
every letter. The same brief gives the same bytes.
"""

from __future__ import annotations

import html
import io
import re
from typing import Any

from anyascii import anyascii

from communique.views import plot as plots
from communique.views.brief import Brief, Notes
from communique.views.printed import note

_PLAIN = {"→": "->", "↩": "^", "\u00a0": " ", "\u202f": " ", "\u2011": "-", "\u2212": "-"}
_SIZES = {"title": 16, "heading": 12, "body": 9.5, "note": 7.5}


class _Speller:
    """Text as the font can show it; `changed` counts the words that had to be spelled in other letters."""

    def __init__(self, covered: Any) -> None:
        self.covered = covered
        self.changed = 0

    def __call__(self, text: str) -> str:
        kept = "".join(_PLAIN.get(c, c) if c.isprintable() or c.isspace() else " " for c in text)
        return html.escape(re.sub(r"\S+", self._word, " ".join(kept.split())), quote=False)

    def _word(self, found: re.Match[str]) -> str:
        word = found[0]
        if all(ord(c) in self.covered for c in word):
            return word
        self.changed += 1
        spelled = "".join(c if ord(c) in self.covered else anyascii(c) or "?" for c in word)
        return f"‹{spelled}›"


def to_pdf(found: Brief) -> bytes:
    """The brief as a PDF file."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.lib.units import cm
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

    for name, file in (("Vera", "Vera.ttf"), ("Vera-Bold", "VeraBd.ttf")):
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, file))
    spell = _Speller(pdfmetrics.getFont("Vera").face.charToGlyph)

    def style(name: str, **more: Any) -> Any:
        size = _SIZES[name]
        return ParagraphStyle(name, fontName="Vera-Bold" if name in ("title", "heading") else "Vera", fontSize=size, leading=size * 1.4, splitLongWords=1, **more)

    body, small = style("body", leftIndent=10, bulletIndent=0, spaceAfter=3), style("note", spaceAfter=2)
    heading = style("heading", spaceBefore=10, spaceAfter=4, keepWithNext=1)
    rows: list[Any] = [Paragraph(spell(found.title), style("title", spaceAfter=8))]
    if found.plot is not None:
        rows += [_drawing(found.plot), Paragraph(spell(plots.caption(found.plot)), small), Spacer(1, 6)]
    notes = Notes()
    for section in found.sections:
        rows.append(Paragraph(spell(f"{section.heading} ({len(section.statements)} of {section.total})"), heading))
        for statement in section.statements:
            marks = []
            for e in statement.evidence:
                n, new = notes.number(note(e))
                anchor = f'<a name="m{n}"/>' if new else ""
                marks.append(f'{anchor}<a href="#n{n}" color="#2a6f97">{n}</a>')
            raised = f" <super>{', '.join(marks)}</super>" if marks else ""
            rows.append(Paragraph(spell(statement.text) + raised, body, bulletText="•"))
    if notes.words:
        rows.append(Paragraph("Notes", heading))
        rows += [Paragraph(f'<a name="n{n}"/>{n}. {spell(words)} <a href="#m{n}" color="#2a6f97">^</a>', small) for n, words in enumerate(notes.words, 1)]
    if spell.changed:
        words = f"{spell.changed} words in letters that this file's font lacks are spelled in Latin letters, between ‹ ›; the HTML and Word forms keep them as they are."
        rows.insert(1, Paragraph(spell(words), small))
    out = io.BytesIO()
    title = " ".join(found.title.split())
    made = SimpleDocTemplate(out, pagesize=A4, leftMargin=2 * cm, rightMargin=2 * cm, topMargin=2 * cm, bottomMargin=2 * cm, title=title, author="communique", lang="en", invariant=1)
    made.build(rows, onFirstPage=_numbered, onLaterPages=_numbered)
    return out.getvalue()


def _numbered(canvas: Any, made: Any) -> None:
    canvas.setFont("Vera", 7.5)
    canvas.drawRightString(made.pagesize[0] - made.rightMargin, made.bottomMargin - 16, str(canvas.getPageNumber()))


def _drawing(plot: plots.Plot) -> Any:
    """The plot as vectors, as wide as the text."""
    from reportlab.graphics.shapes import Drawing, Rect, String
    from reportlab.lib.colors import HexColor

    scale = 0.75
    drawn = Drawing(plots.WIDTH * scale, plots.HEIGHT * scale)
    for s in plots.shapes(plot):
        colour = HexColor(plots.COLOURS[s.kind])
        if s.text is not None:
            drawn.add(String(s.x * scale, (plots.HEIGHT - s.y) * scale, s.text, fontName="Vera", fontSize=7, fillColor=colour, textAnchor=s.anchor))
        else:
            y = (plots.HEIGHT - s.y - s.height) * scale
            drawn.add(Rect(s.x * scale, y, s.width * scale, s.height * scale, fillColor=colour, strokeColor=None))
    return drawn
