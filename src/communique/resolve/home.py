"""Where a report speaks from: the state that put it out itself, or the country of its dateline or publisher.

A ministry's own release says "the Ministry" and "Minister Otieno" and means its own; a paper of Lahore that writes "the
Foreign Office" means Pakistan's. Both are known from the head of the report, never from its text, and both only fill in
what the text leaves without a state. The dateline goes before the publisher: an agency reports from where it stands.
"""

from __future__ import annotations

import functools
import itertools
from typing import NamedTuple

from communique import tables
from communique.records import Article, EntityRef
from communique.resolve.lexicon import shared_index, words_of
from communique.resolve.phrases import analyse

STATE_SECTORS = frozenset({"GOV", "MIL", "LEG", "JUD", "COP"})
_HEAD_WORDS = 14  # the longest name of a ministry at the head of its release, in words
_SMALL = frozenset(["of", "the", "and", "for", "de", "des", "du", "la", "le", "del", "y", "et"])


class Home(NamedTuple):
    """ISO alpha-3 codes: `issuer`, the state whose own body put the report out; `country`, where it was written."""

    issuer: str | None = None
    country: str | None = None
    stated: bool = False  # whether a dateline says the country


def home_of(article: Article) -> Home:
    """What the head of a report says of where it speaks from; fields are `None` where it says nothing."""
    header = article.header
    lines = _head_lines(article)
    named = [header.publisher or "", *lines, *(f"{b}, {a}" for one, two in itertools.pairwise(lines) for a, b in ((one, two), (two, one)))]
    issuer = next((i for name in named if (i := _issuer(name))), None)
    dateline = _country_of_place(header.dateline or "")
    return Home(issuer, dateline or issuer or _country_of_publisher(header.publisher), dateline is not None)


def _head_lines(article: Article) -> list[str]:
    """Lines before the text that are all capitalised words: where a release names its ministry."""
    out = []
    for block in article.blocks:
        if block.kind == "body":
            first = article.doc.text[block.span.start : block.span.end]
            if not _is_name(first):
                break
        if block.kind in ("title", "byline", "dateline", "furniture", "body"):
            out.append(article.doc.text[block.span.start : block.span.end].strip())
    return [line for line in out if _is_name(line)]


def _is_name(line: str) -> bool:
    words = [w.text for w in words_of(line) if w.text[0].isalpha()]
    return 1 < len(words) <= _HEAD_WORDS and all(w[0].isupper() or w.lower() in _SMALL for w in words) and line.rstrip()[-1:] not in ".!?:"


@functools.lru_cache(maxsize=1024)
def _issuer(name: str) -> str | None:
    """The state whose body bears this name: "Ministry of Foreign Affairs of Kenya" → KEN; none for a paper or a firm."""
    words = words_of(name)
    refs = analyse(words, shared_index(), caps=name.isupper()) if words else ()
    if len(refs) != 1 or not _is_body(refs[0]) or not _is_name(name):
        return None
    return refs[0].country


def _is_body(ref: EntityRef) -> bool:
    return ref.kind in ("organisation", "office", "group", "country") and bool(STATE_SECTORS & set(ref.sectors[:1])) and "JRN" not in ref.sectors


@functools.lru_cache(maxsize=1024)
def _country_of_place(name: str) -> str | None:
    """The one country of the places that a dateline names."""
    words = words_of(name.title() if name.isupper() else name)
    found = {h.entry.country for h in shared_index().find(words) if h.entry.kind in ("capital", "city", "country", "territory")}
    return found.pop() if len(found) == 1 else None


def _country_of_publisher(name: str | None) -> str | None:
    return _publishers().get(name.casefold()) if name else None


@functools.cache
def _publishers() -> dict[str, str]:
    """Names of publishers by country, less those that two countries share."""
    table = tables.load("publishers.json")
    found: dict[str, set[str]] = {}
    for row in table["publishers"].values():
        if row["country"]:
            found.setdefault(row["name"].casefold(), set()).add(row["country"])
    return {name: next(iter(countries)) for name, countries in found.items() if len(countries) == 1}
