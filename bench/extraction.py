"""Body extraction beside its peers, on the same pages in the same run.

    python bench/extraction.py ../shared/data/extraction/scrapinghub [--every 1]

Prints a line an extractor: F1 with its 95 % interval over pages, precision, recall, pages a second, and the speed
as a ratio to trafilatura's default. Ours counts reading, labelling and the header; the peers' count extraction.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from communique.errors import DocumentError
from communique.evaluate import extraction as ev
from communique.evaluate._measure import bootstrap


def _ours(fast: bool) -> Callable[[ev.Page], str]:
    def run(page: ev.Page) -> str:
        try:
            return ev._body_of_html(page, fast)[0]
        except DocumentError:
            return ""

    return run


def _trafilatura(**options: bool) -> Callable[[ev.Page], str]:
    import trafilatura

    return lambda page: trafilatura.extract(page.raw, **options) or ""


def _resiliparse(page: ev.Page) -> str:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    return str(extract_plain_text(HTMLTree.parse(page.raw.decode("utf-8", "replace")), main_content=True, alt_texts=False))


def _readability(page: ev.Page) -> str:
    from lxml import html
    from readability import Document

    try:
        return str(html.fromstring(Document(page.raw.decode("utf-8", "replace")).summary()).text_content())
    except Exception:  # a page it can't read scores as nothing found
        return ""


def _flattened(how: str) -> Callable[[ev.Page], str]:
    def run(page: ev.Page) -> str:
        text = ev.flatten_page(page.raw, how)
        started = time.process_time()
        try:
            body = ev._body_of_text(text)[0]
        except DocumentError:
            body = ""
        SPENT[how] = SPENT.get(how, 0.0) + time.process_time() - started
        return body

    return run


SPENT: dict[str, float] = {}
EXTRACTORS: dict[str, Callable[[], Callable[[ev.Page], str]]] = {
    "trafilatura": lambda: _trafilatura(),
    "trafilatura precision": lambda: _trafilatura(favor_precision=True),
    "trafilatura fast": lambda: _trafilatura(fast=True),
    "resiliparse": lambda: _resiliparse,
    "readability": lambda: _readability,
    "communique": lambda: _ours(False),
    "communique fast": lambda: _ours(True),
    "communique text": lambda: _flattened("text"),
    "communique blocks": lambda: _flattened("blocks"),
    "communique wrapped": lambda: _flattened("wrapped"),
}


def main() -> int:
    """Measure and print; JSON on a pipe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    pages = [p for n, p in enumerate(ev.read_pages(args.folder)) if n % args.every == 0]
    rows = {}
    for name, make in EXTRACTORS.items():
        if args.only and args.only not in name:
            continue
        run = make()
        run(pages[0])
        SPENT.clear()
        started = time.process_time()
        texts = [run(page) for page in pages]
        spent = sum(SPENT.values()) or time.process_time() - started
        rates = [ev.page_rates(text, page.gold["articleBody"]) for text, page in zip(texts, pages, strict=True)]
        f1, precision, recall = ev.f1_of(rates)
        low, high = bootstrap(rates, lambda r: ev.f1_of(r)[0])
        unseen = ev.f1_of([r for r, p in zip(rates, pages, strict=True) if ev.is_held_out(ev.site_of(p.gold["url"]))])[0]
        rows[name] = {"f1": f1, "low": low, "high": high, "precision": precision, "recall": recall, "unseen": unseen, "pages_per_s": len(pages) / spent}
        ratio = rows[name]["pages_per_s"] / rows.get("trafilatura", rows[name])["pages_per_s"]
        sys.stdout.write(f"{name:22} F1 {f1:.3f} [{low:.3f}, {high:.3f}]  P {precision:.3f}  R {recall:.3f}  held-out {unseen:.3f}  {len(pages) / spent:7.1f}/s  x{ratio:.2f}\n")
        sys.stdout.flush()
    if not sys.stdout.isatty():
        sys.stdout.write(json.dumps(rows) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
