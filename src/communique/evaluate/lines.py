"""`score lines PATH`: the kind of each line against a `lines.json` (format: shared/seeds/lines.json).

PATH is the file or its folder; the texts lie beside it under the names it gives. A label's kind is its part
before the colon; labels finer than our kinds are joined (`_KINDS`). A line counts as right when the block that
covers most of it has its kind. Also measured: title, publisher, agency, dateline and publication date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from communique.errors import UsageError
from communique.evaluate._measure import prf
from communique.records import Article, Block

_KINDS = {
    "title_repeat": "title", "crawl_header": "furniture", "boilerplate": "furniture", "section_label": "furniture",
    "about_outlet": "furniture", "agency_credit": "credit", "site_copyright": "credit", "photo_credit": "credit",
    "date": "furniture", "note": "furniture",
}  # fmt: skip


def kind_of(label: str) -> str:
    """Our kind for a gold label."""
    head = label.split(":")[0]
    return _KINDS.get(head, head)


def _kind_at(blocks: tuple[Block, ...], start: int, end: int) -> str | None:
    best, most = None, 0
    for block in blocks:
        shared = min(block.span.end, end) - max(block.span.start, start)
        if shared > most:
            best, most = block.kind, shared
    return best


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """Share of lines right, precision, recall and F1 of body lines, and header fields right (of those the gold has,
    `null` counted: unknown must come out as unknown)."""
    from communique.ingest import label_article
    from communique.ingest.formats import read_documents
    from communique.records import Document

    file = path / "lines.json" if path.is_dir() else path
    gold = msgspec.json.decode(file.read_bytes()).get("documents") if file.is_file() else None
    if not isinstance(gold, dict):
        raise UsageError(f"{path}: no lines.json with documents; give one like shared/seeds/lines.json", where=str(path))
    right = total = hit = said = there = fields = fields_right = 0
    for name, record in gold.items():
        for doc in read_documents(file.parent / name):
            if not isinstance(doc, Document):
                continue
            article = label_article(doc)
            for line in record["lines"]:
                want, got = kind_of(line["label"]), _kind_at(article.blocks, line["start"], line["end"])
                total, right = total + 1, right + (want == got)
                hit, said, there = hit + (want == got == "body"), said + (got == "body"), there + (want == "body")
            n, ok = _header_right(article, record)
            fields, fields_right = fields + n, fields_right + ok
    precision, recall, f1 = prf(hit, said, there)
    return {
        "n": len(gold), "lines": total, "accuracy": right / max(1, total), "body_precision": precision, "body_recall": recall,
        "body_f1": f1, "header": fields_right / max(1, fields), "header_n": fields,
    }  # fmt: skip


def _header_right(article: Article, record: dict[str, Any]) -> tuple[int, int]:
    header = article.header
    pairs = [
        ("title", header.title), ("agency", header.agency), ("outlet", header.publisher), ("publication_date", header.published.start),
        ("dateline_place", header.dateline),
    ]  # fmt: skip
    known = [(record[key], found) for key, found in pairs if key in record]
    return len(known), sum(want == got for want, got in known)
