"""Body extraction beside its peers, on the same pages in the same run.

    python bench/extraction.py ../shared/data/extraction/scrapinghub ../shared/data/extraction/aed [--every 1] [--ours]

Prints a line an extractor: F1 with its 95 % interval over pages, precision, recall, pages a second of processor time,
and the speed as a ratio to trafilatura's default. Each page goes through all extractors in turn, so that a busy spell
of the machine meets them alike; `--ours` leaves out the other peers. Ours counts reading, labelling and the header
(not the flattening); the peers' count extraction, and `trafilatura with header` its title, author and date too. What each loads once, it loads before (`WARM`).
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

from communique.errors import DocumentError, UsageError
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


def _trafilatura_with_header(page: ev.Page) -> str:
    """Body, title, author, date and site, which is what ours are timed for."""
    import trafilatura

    found = trafilatura.bare_extraction(page.raw, with_metadata=True)
    return (found.text or "") if found is not None else ""


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
        try:
            return ev._body_of_text(FLAT[how])[0]
        except DocumentError:
            return ""

    return run


FLAT: dict[str, str] = {}  # the page at hand, flattened; made outside the clock
# A page on which trafilatura comes to justext, whose word lists it loads once; and one on which we ask py3langid, whose model is loaded once.
WARM = b"<html><body><div><p>Le ministre a dit lundi que la route du nord reste ferm\xc3\xa9e pour trois semaines encore.</p></div>" + b"<p>x</p>" * 40 + b"</body></html>"
EXTRACTORS: dict[str, Callable[[], Callable[[ev.Page], str]]] = {
    "trafilatura": lambda: _trafilatura(),
    "trafilatura with header": lambda: _trafilatura_with_header,
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
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="", help="those whose names hold this")
    parser.add_argument("--ours", action="store_true", help="trafilatura's default and ours, without the other peers")
    args = parser.parse_args()
    try:
        pages = [page for folder in args.folders for n, page in enumerate(ev.read_pages(folder)) if n % args.every == 0]
    except UsageError as error:
        parser.error(str(error))
    names = [n for n in EXTRACTORS if args.only in n and (not args.ours or n in ("trafilatura", "trafilatura with header") or n.startswith("communique"))]
    texts, spent = run_in_turn({name: EXTRACTORS[name]() for name in names}, pages)
    rows = {}
    for name in names:
        rates = [ev.page_rates(text, page.gold["articleBody"]) for text, page in zip(texts[name], pages, strict=True)]
        f1, precision, recall = ev.f1_of(rates)
        low, high = bootstrap(rates, lambda r: ev.f1_of(r)[0])
        unseen = ev.f1_of([r for r, p in zip(rates, pages, strict=True) if ev.is_held_out(ev.site_of(p.gold["url"]))])[0]
        rate = len(pages) / spent[name]
        rows[name] = {"f1": f1, "low": low, "high": high, "precision": precision, "recall": recall, "unseen": unseen, "pages_per_s": rate}
        ratio = rate / rows.get("trafilatura", rows[name])["pages_per_s"]
        sys.stdout.write(f"{name:22} F1 {f1:.3f} [{low:.3f}, {high:.3f}]  P {precision:.3f}  R {recall:.3f}  held-out {unseen:.3f}  {rate:7.1f}/s  x{ratio:.2f}\n")
        sys.stdout.flush()
    if not sys.stdout.isatty():
        sys.stdout.write(json.dumps(rows) + "\n")
    return 0


def run_in_turn(extractors: dict[str, Callable[[ev.Page], str]], pages: list[ev.Page]) -> tuple[dict[str, list[str]], dict[str, float]]:
    """What each extractor gives a page, and its processor seconds for all of them."""
    texts: dict[str, list[str]] = {name: [] for name in extractors}
    spent = dict.fromkeys(extractors, 0.0)
    warming = (ev.Page("warm", WARM, {}), *pages[:2])
    for number, page in enumerate((*warming, *pages)):
        FLAT.update((how, ev.flatten_page(page.raw, how)) for how in ev.FLATTENINGS)
        for name, run in extractors.items():
            started = time.process_time()
            text = run(page)
            if number >= len(warming):
                spent[name] += time.process_time() - started
                texts[name].append(text)
    return texts, spent


if __name__ == "__main__":
    raise SystemExit(main())
