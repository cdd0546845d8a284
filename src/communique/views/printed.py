"""A brief or dossier as a page to print and as a Word file, footnotes, plot and all.

The HTML is one file without scripts or outside references. The .docx is the least that word processors ask for: one
document part with headings, the plot as a picture, list paragraphs and numbered notes at the end. `views.pdf` makes the PDF.
"""

from __future__ import annotations

import html
import io
import zipfile

from communique.views import plot as plots
from communique.views.brief import Brief, Evidence, Notes

_STYLE = (
    "body{font:11pt/1.45 Georgia,serif;max-width:44rem;margin:2rem auto;padding:0 1rem;color:#111;background:#fff}"
    "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem;break-after:avoid}li{margin:.3rem 0;break-inside:avoid}"
    "figure{margin:1rem 0;break-inside:avoid}figcaption{font-size:9pt}svg{width:100%;height:auto}"
    "sup a{text-decoration:none}ol.notes{font-size:9pt;border-top:1px solid #999;padding-top:.6rem;overflow-wrap:anywhere}"
    "@page{margin:2cm}@media print{body{margin:0;max-width:none;padding:0}}"
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DAY = (1980, 1, 1, 0, 0, 0)  # the same brief gives the same bytes


def note(e: Evidence) -> str:
    """Where a statement's words stand, in a line."""
    spans = ", ".join(f"{a}-{b}" for a, b in e.spans)
    who = ", ".join(v for v in (e.publisher, e.published) if v) or "publisher not stated"
    return f"{who}: “{e.quote}” (characters {spans} of text SHA-256 {e.sha256[:16]}…, record {e.mention})"


def to_html(found: Brief) -> str:
    """The brief as one page with linked footnotes, made for printing."""
    body = [f"<h1>{_text(found.title)}</h1>"]
    if found.plot is not None:
        body.append(f"<figure>{plots.to_svg(found.plot)}<figcaption>{_text(plots.caption(found.plot))}</figcaption></figure>")
    notes = Notes()
    for section in found.sections:
        body.append(f"<h2>{_text(section.heading)} ({len(section.statements)} of {section.total})</h2><ul>")
        for statement in section.statements:
            marks = ""
            for e in statement.evidence:
                n, new = notes.number(note(e))
                anchor = f' id="m{n}"' if new else ""
                marks += f'<sup><a{anchor} href="#n{n}">{n}</a></sup> '
            body.append(f"<li>{_text(statement.text)} {marks}</li>")
        body.append("</ul>")
    head = f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{_text(found.title)}</title><style>{_STYLE}</style></head>'
    listed = "".join(f'<li id="n{n}">{_text(words)} <a href="#m{n}">↩</a></li>' for n, words in enumerate(notes.words, 1))
    ending = f'<ol class="notes">{listed}</ol>' if listed else ""
    return f"{head}\n<body>\n" + "\n".join(body) + f"\n{ending}\n</body></html>\n"


def to_docx(found: Brief) -> bytes:
    """The brief as a Word file."""
    rows = [_paragraph(found.title, size=32, bold=True)]
    if found.plot is not None:
        rows += [_picture(plots.caption(found.plot)), _paragraph(plots.caption(found.plot), size=18)]
    notes = Notes()
    for section in found.sections:
        rows.append(_paragraph(f"{section.heading} ({len(section.statements)} of {section.total})", size=26, bold=True))
        for statement in section.statements:
            marks = ", ".join(str(notes.number(note(e))[0]) for e in statement.evidence)
            rows.append(_paragraph("• " + statement.text, marks=marks))
    if notes.words:
        rows.append(_paragraph("Notes", size=26, bold=True))
        rows += [_paragraph(f"{n}. {words}", size=18) for n, words in enumerate(notes.words, 1)]
    page = '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="0" w:footer="0" w:gutter="0"/></w:sectPr>'
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="png" ContentType="image/png"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{"".join(rows)}{page}</w:body></w:document>',
    }
    if found.plot is not None:
        parts["word/_rels/document.xml.rels"] = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type="{_OFFICE}/image" Target="media/plot.png"/></Relationships>'
        parts["word/media/plot.png"] = plots.to_png(found.plot)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(zipfile.ZipInfo(name, _DAY), text if isinstance(text, bytes) else '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n' + text)
    return out.getvalue()


def _picture(words: str) -> str:
    """The plot as a drawing in a line of its own, as wide as the text (17 cm), with words for who cannot see it."""
    wide = 17 * 360_000
    size = f'cx="{wide}" cy="{int(wide * plots.HEIGHT / plots.WIDTH)}"'
    said = _text(words)
    picture = (
        f'<pic:pic xmlns:pic="{_DRAWING}/picture"><pic:nvPicPr><pic:cNvPr id="1" name="plot.png" descr="{said}"/><pic:cNvPicPr/></pic:nvPicPr>'
        '<pic:blipFill><a:blip r:embed="rId1"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        f'<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    return (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{_DRAWING}/wordprocessingDrawing"><wp:extent {size}/><wp:docPr id="1" name="Plot" descr="{said}"/>'
        f'<a:graphic xmlns:a="{_DRAWING}/main"><a:graphicData uri="{_DRAWING}/picture">{picture}</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
    )


def _paragraph(text: str, *, size: int = 22, bold: bool = False, marks: str = "") -> str:
    look = f'<w:rPr>{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr>'
    raised = f'<w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr><w:t xml:space="preserve"> {marks}</w:t></w:r>' if marks else ""
    return f'<w:p><w:pPr><w:spacing w:after="80"/></w:pPr><w:r>{look}<w:t xml:space="preserve">{_text(text)}</w:t></w:r>{raised}</w:p>'


def _text(text: str) -> str:
    """Text from reports on one line, escaped, without characters that XML cannot hold."""
    kept = "".join(c if c.isprintable() and not 0xD800 <= ord(c) <= 0xDFFF else " " for c in text)
    return html.escape(" ".join(kept.split()))
