"""`score dates PATH`: publication dates, exact, wrong, or left unknown.

PATH is an extraction folder (`ground-truth.json` with `date`) or JSON Lines of {html or text, published, url};
`published` null means that the page states none, and then unknown is the right answer. In a folder, a file
`adjudicated` (JSON Lines of {id, published}) replaces the gold of the pages it names: gold dates of the aed set
were typed by hand and many are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import DocumentError, UsageError
from communique.evaluate._measure import bootstrap
from communique.records import Document


def _of_folder(path: Path, adjudicated: str | None) -> Iterator[tuple[bytes | str, bool, str | None, str | None]]:
    from communique.evaluate.extraction import read_pages

    settled: dict[str, str | None] = {}
    if adjudicated:
        for line in Path(adjudicated).read_bytes().splitlines():
            row = msgspec.json.decode(line)
            settled[row["id"]] = row["published"]
    for page in read_pages(path):
        if adjudicated and page.id not in settled:
            continue
        gold = settled[page.id] if adjudicated else (page.gold.get("date") or None)
        if gold is not None or adjudicated:
            yield page.raw, True, page.gold.get("url"), gold


def _of_lines(path: Path) -> Iterator[tuple[bytes | str, bool, str | None, str | None]]:
    import gzip

    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    for number, line in enumerate(data.splitlines(), 1):
        row = msgspec.json.decode(line)
        if not isinstance(row, dict) or not (row.get("html") or row.get("text")):
            raise UsageError(f"{path}:{number}: a line needs html or text, and published", where=f"{path}:{number}")
        html = row.get("html")
        yield html or row["text"], bool(html), row.get("url"), row.get("published")


def _read(content: bytes | str, is_html: bool, url: str | None) -> Document:
    from communique.ingest.formats import document_from_html, document_from_text

    if is_html:
        return document_from_html(content, source="page", url=url)
    return document_from_text(str(content), source="page", url=url)


def score(path: Path, *, adjudicated: str | None = None, every: Any = 1, **options: Any) -> dict[str, float | int]:
    """Shares of pages: `exact` (unknown where none is stated counts), `wrong`, `unknown` (stated but not found)."""
    from communique.ingest import label_article

    rows = _of_folder(path, adjudicated) if path.is_dir() else _of_lines(path)
    outcomes: list[str] = []
    for number, (content, is_html, url, gold) in enumerate(rows):
        if number % int(every):
            continue
        try:
            found = label_article(_read(content, is_html, url)).header.published.start
        except DocumentError:
            found = None
        wanted = gold[:10] if gold else None
        outcomes.append("exact" if found == wanted else "unknown" if found is None else "wrong")
    out: dict[str, float | int] = {"n": len(outcomes)}
    for name in ("exact", "wrong", "unknown"):
        out[name] = outcomes.count(name) / max(1, len(outcomes))
        out[f"{name}_low"], out[f"{name}_high"] = bootstrap(outcomes, lambda v, k=name: v.count(k) / len(v))  # type: ignore[misc]
    return out
