"""What the lists read: each mention or event as the few index rows that filters and series need.

Pure functions from a record to rows. The same functions make the rows when a document is added, take them away
when it is coded again or reviewed, and recompute them for `check(deep=True)`; so what is in the file is always a
function of the facts.

A dyad row says that country `a` acted towards country `b`: every actor country with every recipient country,
and both ways between joint actors of a record without recipients (a meeting of two is each towards the other).
"""

from __future__ import annotations

import functools
import itertools
import re
import zlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from communique.records import Article, Event, EventMention, Filter, Participant, When
from communique.store.schema import UNKNOWN_DAY
from communique.text import merge_spans, slice_span

ACTOR, RECIPIENT, ABOUT = 1, 2, 4
_SHINGLE = 5  # words; short enough that light editing leaves most of a copy's shingles whole
_WORD = re.compile(r"\w+")
_KEEP = 16  # one shingle in 16 is kept: about 25 rows for a report of 400 words; its size is what the table costs


class Projection(NamedTuple):
    """The index rows of one record, without its key `m`."""

    fact: tuple[object, ...]
    day: int
    countries: dict[str, int]
    entities: dict[str, int]
    dyads: tuple[tuple[str, str], ...]
    contexts: tuple[str, ...]
    speakers: tuple[tuple[str, str, str], ...]
    live: int
    modality: str
    quad: str | None
    plover: float | None


@functools.lru_cache(maxsize=8192)  # days of two decades
def day_number(date: str | None) -> int:
    """`2025-09-08` (or an instant on that day) as 20250908; `UNKNOWN_DAY` for none or no date at all."""
    if not date:
        return UNKNOWN_DAY
    try:
        return int(date[:4]) * 10000 + int(date[5:7] or 1) * 100 + int(date[8:10] or 1)
    except ValueError:
        return UNKNOWN_DAY


def day_text(day: int) -> str | None:
    """20250908 as `2025-09-08`; `None` for a day that is not known."""
    return None if day == UNKNOWN_DAY else f"{day // 10000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def dyads_of(actors: Sequence[Participant], recipients: Sequence[Participant]) -> tuple[tuple[str, str], ...]:
    """The ordered pairs of different countries that a record counts for, sorted."""
    if len(actors) == 1 and len(recipients) == 1:  # nine in ten
        a, b = actors[0].country, recipients[0].country
        return ((a, b),) if a and b and a != b else ()
    left = {p.country for p in actors if p.country}
    right = {p.country for p in recipients if p.country} if recipients else left
    return tuple(sorted((a, b) for a in left for b in right if a != b))


def project(
    record: EventMention | Event,
    *,
    doc: int | None,
    published: int,
    added: int,
    publisher: str | None,
    state: str | None,
) -> Projection:
    """The index rows of a mention (with its document's key) or of an event (`doc` None)."""
    countries: dict[str, int] = {}
    entities: dict[str, int] = {}
    if isinstance(record, EventMention):
        about, attribution, originators = record.about, record.attribution, 1
    else:
        about, attribution, originators = (), (), len(record.originators)
    for role, parties in ((ACTOR, record.actors), (RECIPIENT, record.recipients), (ABOUT, about)):
        for party in parties:
            country, entity = party.country, party.entity
            if country:
                countries[country] = countries.get(country, 0) | role
            if entity and not entity.startswith("country:"):
                entities[entity] = entities.get(entity, 0) | role
    speakers: tuple[tuple[str, str, str], ...] = ()
    if attribution:
        speakers = tuple(sorted({(a.speaker.name, a.speaker.entity or "", a.speaker.country or "") for a in attribution}))
    day, where = day_number(record.when.start), record.where
    place = (where.name, where.country, where.lat, where.lon) if where is not None else (None, None, None, None)
    modality, quad, contexts = record.modality, record.quad, record.contexts
    return Projection(
        (
            doc, record.type, record.mode, modality, quad, record.score, day, published, added,
            publisher, *place, originators, state,
        ),
        day, countries, entities, dyads_of(record.actors, record.recipients),
        contexts if len(contexts) < 2 else tuple(sorted(set(contexts))),
        speakers, 0 if state == "rejected" else 1, modality, quad, record.plover_score,
    )  # fmt: skip


def month_of(day: int) -> int:
    """20250908 → 202509; 0 for a day that is not known."""
    return 0 if day == UNKNOWN_DAY else day // 100


def quote_of(text: str, mention: EventMention) -> str:
    """The words of the evidence, in order, parts that do not touch joined by " … ", line ends made spaces."""
    if len(mention.evidence) == 1:
        return " ".join(slice_span(text, mention.evidence[0]).split())
    return " … ".join(" ".join(slice_span(text, span).split()) for span in merge_spans(mention.evidence))


def indexed_text(article: Article) -> tuple[str, str]:
    """Title, and the text a search should find: everything but furniture; the whole text if nothing is labelled."""
    text, title = article.doc.text, article.header.title or ""
    if not article.blocks:
        return title, text
    kept = [slice_span(text, block.span) for block in article.blocks if block.kind not in ("furniture", "title")]
    return title, "\n".join(kept)


def fingerprints(body: str) -> list[int]:
    """A sample of the body's shingles as 32-bit numbers: texts that share passages share some of them.

    Which are kept depends on their first two words alone, so a brief's sample is part of the long report's that it
    was cut from. The first and the last are always kept, so that no text is without.
    """
    words = _WORD.findall(body.lower())
    if not words:
        return []
    crc = zlib.crc32
    pairs = map(crc, map(str.encode, map("\0".join, itertools.pairwise(words))))  # all in C: this is a load's dearest line
    starts = [i for i, number in enumerate(pairs) if number % _KEEP == 0]
    last = max(0, len(words) - _SHINGLE)
    shingles = {crc(" ".join(words[i : i + _SHINGLE]).encode()) for i in (*starts, 0, last) if i <= last}
    return sorted(shingles)


def due_day(when: When) -> int:
    """The last day of what is due: the day before `end`, else `start`; unknown if neither is known."""
    return day_number(when.end or when.start)


def countries_of(parties: Iterable[Participant]) -> set[str]:
    """The countries among them."""
    return {party.country for party in parties if party.country}


EVERYTHING = Filter(limit=0)
