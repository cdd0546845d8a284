"""`score lines PATH`: the kind of each line against a `lines.json` (format: shared/seeds/lines.json).

PATH is the file or its folder; the texts lie beside it under the names it gives. A label's kind is its part
before the colon; labels finer than our kinds are joined (`_KINDS`). A line counts as right when the block that
covers most of it has its kind. Also measured: title, publisher, agency, dateline and publication date.

With `labelled`, a JSON Lines file, PATH holds folders of pages (`<set>/html`, as `score extraction` reads them). Each
line of the file names a page (`set`, `id`), the digest of its text (markup taken off, a block a line), the stretch that was
read, and the spans in it that are not body or furniture, with their labels; "a|b" lets either stand, "unsure" counts
neither way. No sentence of a page is in it. Each kind is scored by itself; `_unseen` is over the sites that
`evaluate.extraction.is_held_out` names. A page that is not there is counted in `missing`, one whose text is another in `changed`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import UsageError
from communique.evaluate._lines import read_lines
from communique.evaluate._measure import bootstrap, prf
from communique.records import Article, Block

_KINDS = {
    "title_repeat": "title", "crawl_header": "furniture", "boilerplate": "furniture", "section_label": "furniture",
    "about_outlet": "furniture", "agency_credit": "credit", "site_copyright": "credit", "photo_credit": "credit",
    "date": "furniture", "note": "furniture",
}  # fmt: skip


_LABELS = {"title_repeat": "title", "agency_credit": "credit", "site_copyright": "credit", "dateline_inline": "dateline"}
_SCORED = ("title", "byline", "dateline", "date", "caption", "photo_credit", "credit", "picture")  # picture: caption or its credit


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


def score(path: Path, *, labelled: str | None = None, **options: Any) -> dict[str, float | int]:
    """Share of lines right, precision, recall and F1 of body lines, and header fields right (of those the gold has,
    `null` counted: unknown must come out as unknown)."""
    from communique.ingest import label_article
    from communique.ingest.formats import read_documents
    from communique.records import Document

    if labelled:
        return _score_labelled(path, Path(labelled))
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


# --- labels made by hand ------------------------------------------------------------------------------


def _score_labelled(path: Path, labelled: Path) -> dict[str, float | int]:
    """Precision, recall and F1 of each kind over all pages and over those of held-out sites; `n` pages, `lines` labelled."""
    from communique.evaluate.extraction import is_held_out, site_of

    counts, unseen = [], []
    missing = changed = labels = 0
    for row, page, text in _labelled_pages(path, labelled):
        missing, changed = missing + (text is None), changed + (text == "")
        if not text:
            continue
        labels += len(row["lines"])
        counts.append(_count(row, text))
        if is_held_out(site_of(page.gold.get("url") or page.id)):
            unseen.append(counts[-1])
    out: dict[str, float | int] = {"n": len(counts), "n_unseen": len(unseen), "lines": labels, "missing": missing, "changed": changed}
    for name, pages in (("", counts), ("_unseen", unseen)):
        for kind in _SCORED if pages else ():
            out[f"{kind}_n{name}"] = sum(c[kind][2] for c in pages)
            for metric, value in zip(("precision", "recall", "f1"), _rates(pages, kind), strict=True):
                out[f"{kind}_{metric}{name}"] = value
            out[f"{kind}_f1{name}_low"], out[f"{kind}_f1{name}_high"] = bootstrap(pages, lambda p, k=kind: _rates(p, k)[2])  # type: ignore[misc]
        if pages:
            kept, notes = sum(c["note"][0] for c in pages), sum(c["note"][2] for c in pages)
            out[f"notes_left_out{name}"] = kept / max(1, notes)
    return out


def _labelled_pages(path: Path, labelled: Path) -> Iterator[tuple[dict[str, Any], Any, str | None]]:
    """Each labelled page with its text: `None` when the page is not there, "" when its text is not the one labelled."""
    from communique.evaluate.extraction import flatten_page, read_pages

    rows = read_lines(labelled, ("set", "id", "text", "read", "lines"))
    for name in sorted({row["set"] for row in rows}):
        wanted = {row["id"]: row for row in rows if row["set"] == name}
        pages = read_pages(path / name) if (path / name).is_dir() else iter(())
        for page in pages:
            row = wanted.pop(page.id, None)
            if row is not None:
                text = flatten_page(page.raw, "blocks")
                same = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest().startswith(row["text"])
                yield row, page, text if same else ""
        yield from ((row, None, None) for row in wanted.values())


def _rates(pages: Sequence[dict[str, tuple[int, int, int]]], kind: str) -> tuple[float, float, float]:
    hit, said, there = (sum(page[kind][k] for page in pages) for k in range(3))
    return prf(hit, said, there)


def _count(row: dict[str, Any], text: str) -> dict[str, tuple[int, int, int]]:
    """(right, said, there) by kind on one page, over the lines of the stretch that was read."""
    from communique.ingest import label_article
    from communique.ingest.formats import document_from_text
    from communique.ingest.lines import split_lines

    doc = document_from_text(text, source="page")
    article = label_article(doc)
    gold = {(start, end): label for start, end, label in row["lines"]}
    counts = {kind: [0, 0, 0] for kind in (*_SCORED, "note")}
    for span in split_lines(doc):
        label = gold.get((span.start, span.end), "")
        if not row["read"][0] <= span.start < row["read"][1] or label == "unsure":
            continue
        wanted = {_LABELS.get(part, part) for part in label.split("|")}
        found = _found(article, span.start, span.end)
        if "note" in wanted:
            counts["note"][0] += "body" not in found
            counts["note"][2] += 1
        for kind in _SCORED:
            sought = wanted | ({"picture"} if wanted & {"caption", "photo_credit"} else set())
            # One of several labels that may stand asks for nothing of the others.
            asked, said = kind in sought and ("|" not in label or kind in found), kind in found
            counts[kind][0] += asked and said
            counts[kind][1] += said
            counts[kind][2] += asked
    return {kind: (a, b, c) for kind, (a, b, c) in counts.items()}


def _found(article: Article, start: int, end: int) -> set[str]:
    """What we say a line is; a line of the body may hold the dateline."""
    most = max(article.blocks, key=lambda b: min(b.span.end, end) - max(b.span.start, start))
    inline = article.header.dateline_span
    kinds = {"dateline"} if inline is not None and start <= inline.start < end else set()
    if most.kind == "furniture":
        return kinds | ({"date"} if most.detail == "date" else set())
    kind = "photo_credit" if most.detail == "photo credit" else most.kind
    return kinds | {kind} | ({"picture"} if kind in ("caption", "photo_credit") else set())
