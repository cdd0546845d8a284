"""`score extraction PATH`: how well the body is found, on a folder of `html/<id>.html.gz` and `ground-truth.json`.

The measure is scrapinghub's (article-extraction-benchmark, MIT): 4-word shingles, normalised per page, mean
precision and mean recall over pages, and their F1. `flatten` throws the markup away first ("text": every text
node on its line; "blocks": every block element on its line; "wrapped": one long text, wrapped at 80) and so
measures the labels of plain text. Pages of sites that the shipped line model learnt from are scored apart:
`f1_unseen` is over the rest, `n_unseen` of them.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import msgspec

from communique.errors import UsageError
from communique.evaluate._measure import bootstrap

FLATTENINGS = ("text", "blocks", "wrapped")
_TOKEN = re.compile(r"\w+")
_UNSEEN = ("script", "style", "noscript", "template", "svg", "head")
_SECOND_LEVEL = frozenset(["co", "com", "org", "net", "gov", "ac", "edu", "go", "or", "ne"])
HELD_OUT_OF = 5  # every fifth site, by digest, is never trained on


class Page(NamedTuple):
    """One page of the gold: its bytes and record."""

    id: str
    raw: bytes
    gold: dict[str, Any]


def site_of(url: str) -> str:
    """The registered domain of a URL ("news.example.co.uk" → "example.co.uk")."""
    host = (urlsplit(url if "//" in url else "//" + url).hostname or "").removeprefix("www.")
    parts = host.split(".")
    keep = 3 if len(parts) > 2 and parts[-2] in _SECOND_LEVEL and len(parts[-1]) == 2 else 2
    return ".".join(parts[-keep:])


def is_held_out(site: str) -> bool:
    """Whether a site is kept out of training: the split is a digest of its name, so it can't be chosen."""
    return int(hashlib.sha256(site.encode()).hexdigest(), 16) % HELD_OUT_OF == 0


def read_pages(path: Path) -> Iterator[Page]:
    """The pages of a folder, in id order. Raises `UsageError` for another layout."""
    truth = path / "ground-truth.json"
    if not truth.is_file():
        raise UsageError(f"{path}: no ground-truth.json; give a folder like shared/data/extraction/aed", where=str(path))
    records: dict[str, dict[str, Any]] = msgspec.json.decode(truth.read_bytes())
    for key in sorted(records):
        for name, opener in ((f"{key}.html.gz", gzip.open), (f"{key}.html", open)):
            file = path / "html" / name
            if file.is_file():
                with opener(file, "rb") as stream:
                    yield Page(key, stream.read(), records[key])
                break


def shingles(text: str) -> Counter[tuple[str, ...]]:
    """4-word shingles with their counts; a shorter text is one shingle."""
    tokens = _TOKEN.findall(text)
    if len(tokens) < 4:
        return Counter([tuple(tokens)] if tokens else [])
    return Counter(tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3))


def page_rates(predicted: str, gold: str) -> tuple[float | None, float | None]:
    """Precision and recall of one page; `None` where a side has nothing to count."""
    found, wanted = shingles(predicted), shingles(gold)
    right = (found & wanted).total()
    extra, missed = found.total() - right, wanted.total() - right
    if not extra and not missed:
        return 1.0, 1.0
    return (right / (right + extra) if right + extra else None), (right / (right + missed) if right + missed else None)


def f1_of(rates: Sequence[tuple[float | None, float | None]]) -> tuple[float, float, float]:
    """(F1, precision, recall) from the means over pages."""
    precisions = [p for p, _ in rates if p is not None]
    recalls = [r for _, r in rates if r is not None]
    p = sum(precisions) / len(precisions) if precisions else 0.0
    r = sum(recalls) / len(recalls) if recalls else 0.0
    return (2 * p * r / (p + r) if p + r else 0.0), p, r


def _strings(root: Any) -> Iterator[str]:
    for node in root.iter():
        if isinstance(node.tag, str) and node.tag not in _UNSEEN and node.text:
            yield node.text
        parent = node.getparent()
        if node.tail and node is not root and isinstance(parent.tag, str) and parent.tag not in _UNSEEN:
            yield node.tail


def flatten_page(raw: bytes, how: str) -> str:
    """The page's text without its markup, in one of `FLATTENINGS`; "" for a page that has none."""
    from communique.ingest import html

    tree = html.parse_page(raw)[0]
    body = tree.find(".//body")
    body = tree if body is None else body
    if how == "text":
        return "\n".join(s.strip() for s in _strings(body) if s.strip())
    text: str = html.flatten(tree)[0]
    return text if how == "blocks" else textwrap.fill(" ".join(text.split()), 80)


def _body_of_text(text: str) -> tuple[str, Any]:
    from communique.ingest import label_article
    from communique.ingest.formats import document_from_text

    article = label_article(document_from_text(text, source="page"))
    return "\n".join(text[b.span.start : b.span.end] for b in article.blocks if b.kind == "body"), article


def _body_of_html(page: Page, fast: bool) -> tuple[str, Any]:
    from communique.ingest import label_article
    from communique.ingest.formats import document_from_html

    article = label_article(document_from_html(page.raw, source=page.id, url=page.gold.get("url"), fast=fast))
    text = article.doc.text
    return "\n".join(text[b.span.start : b.span.end] for b in article.blocks if b.kind == "body"), article


def score(path: Path, *, fast: Any = 0, flatten: str | None = None, every: Any = 1, **options: Any) -> dict[str, float | int]:
    """F1, precision and recall of the body, with title and author where the gold has them. `fast` measures the
    fast mode; `every` = k only each k-th page. Processor time counts reading and labelling, not flattening or scoring."""
    if flatten is not None and flatten not in FLATTENINGS:
        raise UsageError(f"flatten {flatten!r}: there are {', '.join(FLATTENINGS)}", value=flatten)
    from communique.errors import DocumentError

    rates: list[tuple[float | None, float | None]] = []
    unseen: list[tuple[float | None, float | None]] = []
    headers: list[tuple[dict[str, Any], Any]] = []
    spent = 0.0
    failed = 0
    for number, page in enumerate(read_pages(path)):
        if number % int(every):
            continue
        text = flatten_page(page.raw, flatten) if flatten else ""
        started = time.process_time()
        try:
            body, article = _body_of_text(text) if flatten else _body_of_html(page, bool(int(fast)))
            headers.append((page.gold, article.header))
        except DocumentError:
            body, failed = "", failed + 1
        spent += time.process_time() - started
        rates.append(page_rates(body, page.gold.get("articleBody") or ""))
        if is_held_out(site_of(page.gold.get("url") or page.id)):
            unseen.append(rates[-1])
    return _figures(rates, unseen, failed, spent) | _header_figures(headers)


def _figures(rates: list[tuple[float | None, float | None]], unseen: list[tuple[float | None, float | None]], failed: int, spent: float) -> dict[str, float | int]:
    f1, precision, recall = f1_of(rates)
    low, high = bootstrap(rates, lambda r: f1_of(r)[0])
    out: dict[str, float | int] = {
        "n": len(rates), "f1": f1, "f1_low": low, "f1_high": high, "precision": precision, "recall": recall,
        "failed": failed, "pages_per_s": len(rates) / spent if spent else 0.0,
        "f1_unseen": f1_of(unseen)[0], "n_unseen": len(unseen),
    }  # fmt: skip
    if unseen:
        out["f1_unseen_low"], out["f1_unseen_high"] = bootstrap(unseen, lambda r: f1_of(r)[0])
    return out


def _words(value: str) -> list[str]:
    return _TOKEN.findall(value.lower())


def same_title(found: str | None, gold: str) -> bool:
    """Whether one title holds the other, word for word: gold titles often lack or carry a site's suffix."""
    a, b = " ".join(_words(found or "")), " ".join(_words(gold))
    return bool(a) and (a in b or b in a) and min(len(a), len(b)) >= 0.5 * max(len(a), len(b))


def same_author(found: str | None, gold: str) -> bool:
    """Whether any gold author's last name, or the whole of a one-word name, stands in what was found."""
    ours = set(_words(found or ""))
    people = [_words(p) for p in re.split(r",|;|\band\b|&", gold) if _words(p)]
    return any(p[-1] in ours and len(ours & set(p)) >= min(2, len(p)) for p in people)


def _header_figures(headers: list[tuple[dict[str, Any], Any]]) -> dict[str, float | int]:
    out: dict[str, float | int] = {}
    titles = [same_title(h.title, g["title"]) for g, h in headers if g.get("title")]
    authors = [same_author(h.author or h.agency, g["authors"]) for g, h in headers if g.get("authors")]
    for name, found in (("title", titles), ("author", authors)):
        if found:
            out[name] = sum(found) / len(found)
            out[f"{name}_n"] = len(found)
            out[f"{name}_low"], out[f"{name}_high"] = bootstrap(found, lambda v: sum(v) / len(v))
    return out
