"""What a page's markup says about itself: JSON-LD, meta elements, time elements; each as a `Hint` with its trust.

Read before anything visible: `datePublished` is wrong on 1.6 % of the pages that state it, the best of all date
finders on 12 % (notes/reading.md section 3). JSON-LD counts only from objects that are articles, and where a page
holds several, from the one whose headline or address is the page's. Broken JSON-LD is common; the two fields that
matter are then read with a pattern. htmldate is asked last, without its guessing mode.
"""

from __future__ import annotations

import html as html_entities
import itertools
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from communique.records import Hint

_ARTICLE = re.compile(r"Article|NewsArticle|BlogPosting|Report|Posting|WebPage|VideoObject", re.IGNORECASE)
_STRONG = re.compile(r"Article|Posting|Report", re.IGNORECASE)
_DATE_METAS = {
    "article:published_time": 0.95, "og:published_time": 0.94, "datepublished": 0.94, "publish-date": 0.92, "publishdate": 0.92, "pubdate": 0.92,
    "published_time": 0.92, "date.published": 0.92, "sailthru.date": 0.9, "parsely-pub-date": 0.93, "dc.date.issued": 0.92, "dcterms.created": 0.85,
    "article.published": 0.93, "published-date": 0.92, "article:published": 0.93, "cxenseparse:recs:publishtime": 0.92, "bt:pubdate": 0.92,
    "article_date_original": 0.92, "originalpublicationdate": 0.92, "publication_date": 0.92, "citation_publication_date": 0.85, "rnews:datepublished": 0.92,
    "dc.date": 0.85, "dcterms.date": 0.85, "dc.date.created": 0.85, "date": 0.84, "ptime": 0.85, "weibo: article:create_at": 0.85, "shareaholic:article_published_time": 0.92,
    "article:post_date": 0.92, "cxenseparse:publishtime": 0.9, "vf:published": 0.9, "dateline": 0.7, "created": 0.8, "pub_date": 0.92, "firstpublishedtime": 0.92,
}  # fmt: skip
_TITLE_METAS = {"og:title": 0.8, "twitter:title": 0.7, "headline": 0.85, "dc.title": 0.75, "title": 0.6, "parsely-title": 0.85, "sailthru.title": 0.8}
_AUTHOR_METAS = {
    "author": 0.8, "article:author": 0.7, "parsely-author": 0.85, "sailthru.author": 0.8, "dc.creator": 0.8, "byl": 0.8, "cxenseparse:author": 0.8,
    "article:author_name": 0.85, "citation_author": 0.8, "byline": 0.8, "authors": 0.8, "dcterms.creator": 0.8, "twitter:data1": 0.3,
}  # fmt: skip
_SITE_METAS = {"og:site_name": 0.9, "application-name": 0.6, "publisher": 0.7, "dc.publisher": 0.8, "cre": 0.6, "copyright": 0.3}
_LOOSE_DATE = re.compile(r"\"datePublished\"\s*:\s*\"([^\"]{8,40})\"")
_SUFFIX = re.compile(r"\s+[|\-–—»·•:]{1,2}\s+(?=[^|–—»·•]{2,45}$)")
_NOT_NAME = re.compile(r"https?:|www\.|@|\.com\b|^\d+$|^(?:admin|editor|staff|unknown|null|none|undefined|webmaster|author|guest)$", re.IGNORECASE)


def read_hints(tree: Any, url: str | None = None) -> tuple[Hint, ...]:
    """What JSON-LD, meta and time elements state, at most one hint a field and source; nothing is decided here."""
    found: dict[tuple[str, str], Hint] = {}
    said = _Said(tree)
    for hint in (*_linked_data(said), *_metas(said), *_times(said), *_names(said)):
        value = " ".join(html_entities.unescape(hint.value).split())
        if value and len(value) < 600:
            key = (hint.field, value)
            if key not in found or found[key].confidence < hint.confidence:
                found[key] = Hint(field=hint.field, value=value, basis=hint.basis, confidence=hint.confidence)
    return tuple(sorted(found.values(), key=lambda h: (h.field, -h.confidence, h.value)))


class _Said:
    """The elements in which a page speaks of itself, in page order, gathered in two walks over its tree."""

    def __init__(self, tree: Any) -> None:
        self.root = tree.getroottree().getroot()
        self.by_tag: dict[str, list[Any]] = {tag: [] for tag in ("script", "meta", "time", "h1", "title")}
        for node in tree.iter(*self.by_tag):
            self.by_tag[node.tag].append(node)
        self.marked = [(node.get("itemprop"), node) for node in _marked()(tree)]

    def dated(self) -> list[Any]:
        """Elements marked as the date of publication."""
        return [node for mark, node in self.marked if mark == "datePublished"]

    def signed(self) -> Iterator[Any]:
        """Links to the author, the name within what is marked as the author, and marks that hold no element."""
        for mark, node in self.marked:
            linked = node.tag == "a" and node.get("rel") == "author"
            named = mark == "name" and any(above.get("itemprop") == "author" for above in node.iterancestors())
            if linked or named or (mark == "author" and next(node.iterchildren("*"), None) is None):
                yield node


@cache
def _marked() -> Any:
    from lxml import etree

    return etree.XPath("//*[@itemprop or @rel='author']")


def canonical_url(tree: Any) -> str | None:
    """The page's own address: `link rel=canonical`, else `og:url`; `None` without one."""
    for node in tree.iter("link"):
        if (node.get("rel") or "").lower() == "canonical" and (node.get("href") or "").startswith("http"):
            return str(node.get("href")).strip()
    for node in tree.iter("meta"):
        if node.get("property") == "og:url" and (node.get("content") or "").startswith("http"):
            return str(node.get("content")).strip()
    return None


# --- JSON-LD -------------------------------------------------------------------------------------------


def _objects(value: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if depth > 6:
        return
    if isinstance(value, list):
        for item in value[:200]:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for key in ("@graph", "mainEntity", "mainEntityOfPage", "hasPart"):
            if isinstance(value.get(key), (dict, list)):
                yield from _objects(value[key], depth + 1)


def _linked_data(said: _Said) -> Iterator[Hint]:
    """Hints from the JSON-LD objects that are articles, the strongest kind first."""
    found: list[tuple[float, dict[str, Any]]] = []
    loose: list[str] = []
    for node in said.by_tag["script"]:
        if "ld+json" not in (node.get("type") or "") or not node.text:
            continue
        text = node.text.strip().removeprefix("<![CDATA[").removesuffix("]]>").strip().rstrip(";")
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            loose += _LOOSE_DATE.findall(text)[:1]
            continue
        for item in _objects(data):
            kind = item.get("@type")
            kinds = " ".join(map(str, kind)) if isinstance(kind, list) else str(kind)
            if _ARTICLE.search(kinds):
                found.append((0.97 if _STRONG.search(kinds) else 0.8, item))
    found.sort(key=lambda pair: -pair[0])
    strong = [pair for pair in found if pair[0] == found[0][0]]
    for trust, item in strong[:1]:
        yield from _article_hints(item, trust)
    for trust, item in found[1:4]:
        yield from (h for h in _article_hints(item, trust - 0.1) if h.field != "title" or trust > 0.9)
    for value in loose[:1]:
        yield Hint(field="published", value=value, basis="meta", confidence=0.93)


def _article_hints(item: dict[str, Any], trust: float) -> Iterator[Hint]:
    simple = (("headline", "title", 0.9), ("datePublished", "published", 1.0), ("inLanguage", "language", 0.9), ("dateline", "dateline", 1.0))
    for key, field, weight in simple:
        value = item.get(key)
        if isinstance(value, str) and value.strip():
            yield Hint(field=field, value=value, basis="meta", confidence=round(trust * weight, 3))  # type: ignore[arg-type]
    names = [n for n in _people(item.get("author") or item.get("creator")) if not _NOT_NAME.search(n)]
    if names:
        yield Hint(field="author", value=", ".join(dict.fromkeys(names)), basis="meta", confidence=trust)
    for name in _people(item.get("publisher"))[:1]:
        yield Hint(field="publisher", value=name, basis="meta", confidence=round(trust * 0.9, 3))


def _people(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value.strip()] if value.strip() else []
    if isinstance(value, dict):
        return _people(value.get("name"))
    if isinstance(value, list):
        return [name for item in value[:20] for name in _people(item)]
    return []


# --- meta, time and title elements ---------------------------------------------------------------------


def _metas(said: _Said) -> Iterator[Hint]:
    authors: dict[str, list[str]] = {}
    for node in said.by_tag["meta"]:
        name = (node.get("property") or node.get("name") or node.get("itemprop") or "").strip().lower()
        value = (node.get("content") or "").strip()
        if not name or not value:
            continue
        if name in _DATE_METAS:
            yield Hint(field="published", value=value, basis="meta", confidence=_DATE_METAS[name])
        elif name in _TITLE_METAS:
            yield Hint(field="title", value=value, basis="meta", confidence=_TITLE_METAS[name])
        elif name in _SITE_METAS:
            yield Hint(field="publisher", value=value, basis="meta", confidence=_SITE_METAS[name])
        elif name in _AUTHOR_METAS and not _NOT_NAME.search(value) and len(value) < 150:
            authors.setdefault(name, []).append(value)
    for name, values in authors.items():
        yield Hint(field="author", value=", ".join(dict.fromkeys(values)), basis="meta", confidence=_AUTHOR_METAS[name])
    if said.root.get("lang"):
        yield Hint(field="language", value=said.root.get("lang"), basis="meta", confidence=0.6)


def _times(said: _Said) -> Iterator[Hint]:
    """`<time>` elements: marked as publication, or the first one of the page's article."""
    plain: list[str] = []
    for node in said.by_tag["time"][:40]:
        value = node.get("datetime") or ""
        marks = " ".join((node.get("itemprop") or "", node.get("class") or "", node.get("pubdate") or "" if node.get("pubdate") is None else "pubdate")).lower()
        if not re.match(r"\s*(?:19|20)\d\d-?\d\d-?\d\d", value):
            continue
        if "datepublished" in marks or "pubdate" in marks or "entry-date" in marks or ("published" in marks and "updated" not in marks):
            yield Hint(field="published", value=value, basis="meta", confidence=0.88)
        elif "modif" not in marks and "updat" not in marks:
            plain.append(value)
    if plain and len({v[:10] for v in plain}) == 1:
        yield Hint(field="published", value=plain[0], basis="meta", confidence=0.75)
    for node in said.dated()[:3]:
        value = node.get("content") or node.get("datetime") or ""
        if value:
            yield Hint(field="published", value=value, basis="meta", confidence=0.88)


def _names(said: _Said) -> Iterator[Hint]:
    """The h1 when there is one, and the title element without the site's name."""
    heads = [" ".join("".join(n.itertext()).split()) for n in said.by_tag["h1"][:4]]
    heads = [h for h in heads if 8 < len(h) < 300]
    if len(heads) == 1:
        yield Hint(field="title", value=heads[0], basis="meta", confidence=0.86)
    node = next(iter(said.by_tag["title"]), None)
    if node is not None and node.text:
        text = " ".join(node.text.split())
        yield Hint(field="title", value=_SUFFIX.split(text)[0] if len(_SUFFIX.split(text)[0]) > 12 else text, basis="meta", confidence=0.65)
    for node in itertools.islice(said.signed(), 4):
        name = " ".join("".join(node.itertext()).split())
        if 3 < len(name) < 60 and not _NOT_NAME.search(name):
            yield Hint(field="author", value=name, basis="meta", confidence=0.75)
            break


def guessed_date(tree: Any, url: str | None) -> Hint | None:
    """What htmldate finds without its extensive search: for pages that no element above dates."""
    from htmldate import find_date

    try:
        value = find_date(tree, extensive_search=False, original_date=True, url=url)
    except Exception:  # htmldate on broken trees raises whatever lxml and dateparser raise; no date is an answer
        return None
    if not value or _day_of_else(tree, value, url):
        return None
    return Hint(field="published", value=value, basis="meta", confidence=0.55)


def _day_of_else(tree: Any, day: str, url: str | None) -> bool:
    """Whether the day is that of a picture's address or of a report in a list of reports, and not of the page's address."""
    path = day.replace("-", "/")
    if path in (url or ""):
        return False
    pictures = (n.get("content") or "" for n in tree.iter("meta") if (n.get("property") or n.get("name") or "").lower() in ("og:image", "twitter:image", "og:image:url", "og:image:secure_url"))
    if any(f"/{path}/" in address for address in pictures):
        return True
    return any("itemListElement" in (n.text or "") and day in (n.text or "") for n in tree.iter("script") if "ld+json" in (n.get("type") or ""))
