"""Sentences that tell what became of a plan though no event record was made of them.

"Deliveries of the fuel promised to B have been interrupted" has no doer, "the summit of A and B has been cancelled" none
either: nothing is coded, yet the plan is dead. Here such sentences are found by their turn words (the table of `turns`,
where no auxiliary, negation or condition takes them back), with the countries that they name and the words that the
turn governs. They open nothing and make no event; the ledger alone reads them, and only for an item of which all parties
are named and whose own words they repeat. The step then shows document and sentence, and no record.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import NamedTuple

from communique import tables
from communique.link.events import CONCEPT, Item
from communique.link.lexical import stem
from communique.link.turns import holds_turn, pledge_turns, turns_in
from communique.records import EventMention, LinkDocument, Span
from communique.text import digest

MOST_GOVERNED = 9  # words after a verb that may be its object
SENTENCE = 600  # characters; what is longer is a list or a table
_SENTENCES = re.compile(r"(?:[^.!?\n]|[.!?](?!\s))+[.!?]?")
_WORD = re.compile(r"[^\W\d_][\w'’-]+")
_UNSURE = re.compile(
    r"\b(?:may|might|could|should|would|will|wo|must|can|not|never|nor|without|if|unless|whether|until|n't|cannot|threatens?|threatened|plans?|planned|expects?|expected|likely|about|due|avoid|prevent)\s+(?:\w+\s+){0,2}$|\bto\s+(?:be\s+|have\s+(?:been\s+)?)?$",
    re.IGNORECASE,
)
_NOT_GOING = re.compile(
    r"\b(?:will|would|is|are|was|were)(?: not|n't|n’t| no longer)(?: now)?(?: be)? (?:go|going|com(?:e|ing)|travel(?:ling|ing)?|attend(?:ing)?|visit(?:ing)?|mak(?:e|ing) the (?:trip|journey|visit))\b",
    re.IGNORECASE,
)
_BE = re.compile(r"\b(?:is|are|was|were|be|been|being|remains?|remained|got|gets)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)
_BEFORE_NOW = re.compile(r"\b(?:last year|years? ago|months ago|decades? ago|previous(?:ly)?|(?:in|since) (?:\w+ )?(?:19|20)\d\d)\b", re.IGNORECASE)
_ADJECTIVE = re.compile(r"\b(?:an?|the|its|their|his|her|this|that|long|twice|once|already)[\s-]+$", re.IGNORECASE)  # "a delayed exercise"
_PLANNED = re.compile(r"\b(?:promised|pledged|vowed|offered|agreed|planned|scheduled|announced|was to|were to|due to|after all|no longer|as planned)\b", re.IGNORECASE)
_WORD_GIVEN = re.compile(r"pledg|promis|offer|commit|vow|threat|demand|ultimatum|plan|undert|in full|agreed")
_CAPITAL = re.compile(r"(?<![\w-])[^\W\d_a-z]\w*")
_CLAUSE = re.compile(r"[,;:()]|\b(?:and|but|while|after|before|because|as)\b")


class Hit(NamedTuple):
    """A turn, with the stems and the concepts of the words that it governs."""

    turn: str
    words: frozenset[str]
    concepts: frozenset[str]


class Telling(NamedTuple):
    """One such sentence: its turns, and the sentence in the form in which the ledger weighs records."""

    item: Item
    hits: tuple[Hit, ...]
    planned: bool  # whether it says that this had been planned or promised

    @property
    def sentence(self) -> Span:
        return self.item.mention.evidence[0]


def tellings(doc: LinkDocument) -> list[Telling]:
    """The sentences of a document's body that hold a turn and name a country, in order."""
    out = []
    for body in doc.body:
        for found in _SENTENCES.finditer(doc.text, body.start, body.end):
            if found.end() - found.start() > SENTENCE:
                continue
            words = found.group()
            countries = countries_named(words)
            hits = tuple(_hits(words)) if countries else ()
            if hits and not _BEFORE_NOW.search(words):
                out.append(_telling(doc, Span(found.start(), found.end()), words, hits, countries))
    return out


def _telling(doc: LinkDocument, span: Span, words: str, hits: tuple[Hit, ...], countries: frozenset[str]) -> Telling:
    lead = len(words) - len(words.lstrip())
    span = Span(span.start + lead, span.end)
    mention = EventMention(
        id="tl_" + digest("telling", doc.facts.id, str(span.start)), document=doc.facts.id, type="STATE", mode=None, modality="actual",
        trigger=Span(span.start, span.start + 1), evidence=(span,), sentence=None, actors=(), recipients=(),
    )  # fmt: skip
    stems = frozenset(stem(w.lower()) for w in _WORD.findall(words) if len(w) > 3)
    item = Item(mention=mention, facts=doc.facts, words=stems, about=stems, concept=None, phase=None, named=frozenset(), series=None, countries=countries, people=frozenset())
    return Telling(item, hits, _PLANNED.search(words) is not None)


def _hits(words: str) -> Iterator[Hit]:
    low = words.lower()
    for state, pattern in pledge_turns().items() if _WORD_GIVEN.search(low) else ():
        if (found := pattern.search(words)) and not _UNSURE.search(words[: found.start()]):
            yield _hit({"done": "fulfilled", "on the way": "in progress"}.get(state, state), words)
    if ("not" in low or "n't" in low or "n’t" in low or "no longer" in low) and _NOT_GOING.search(words):
        yield Hit("cancelled", frozenset(), frozenset({"visit", "meeting"}))
    if not holds_turn(low):
        return
    for at, form, state in turns_in(low):
        before, after = words[: at.start], words[at.end :]
        if _UNSURE.search(before) or (form == "active" and _ADJECTIVE.search(before)) or (form == "passive") != (_BE.search(before) is not None):
            continue
        if form == "active":
            governed = " ".join(_CLAUSE.split(after, maxsplit=1)[0].split()[:MOST_GOVERNED])
        else:
            governed = before
        yield _hit(state, governed)


def _hit(turn: str, governed: str) -> Hit:
    found = [w.lower() for w in _WORD.findall(governed)]
    return Hit(turn, frozenset(stem(w) for w in found if len(w) > 3), frozenset(CONCEPT[w] for w in found if w in CONCEPT))


@functools.cache
def _names() -> dict[str, tuple[tuple[str, str], ...]]:
    """Every name, adjective and capital of a country with its code, by its first word, the longest first."""
    known: dict[str, str] = {}
    for row in tables.load("countries.json")["countries"]:
        for name in (row["name"], *row.get("names", ()), *row.get("capitals", ()), *row.get("adjectives", ()), *(n for pair in row.get("nouns", ()) for n in pair)):
            if len(name) > 3 and name[0].isupper():
                known.setdefault(name, row["iso3"])
    by_first: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, code in known.items():
        by_first[_CAPITAL.match(name).group()].append((name, code))  # type: ignore[union-attr]
    return {first: tuple(sorted(names, key=lambda n: (-len(n[0]), n))) for first, names in by_first.items()}


def countries_named(words: str) -> frozenset[str]:
    """ISO codes of the countries that words name, by name, adjective or capital."""
    names = _names()
    found: set[str] = set()
    done = 0
    for m in _CAPITAL.finditer(words):
        for name, code in names.get(m.group(), ()) if m.start() >= done else ():
            end = m.start() + len(name)
            if words.startswith(name, m.start()) and not words[end : end + 1].isalnum():
                found.add(code)
                done = end
                break
    return frozenset(found)


def turn_for(telling: Telling, about: Collection[str], concepts: Collection[str]) -> tuple[str, str | None] | None:
    """The turn that the sentence tells of something with these words, and the concept by which it names it."""
    for hit in telling.hits:
        same = sorted(hit.concepts & set(concepts))
        if same or hit.words & set(about):
            return hit.turn, (same[0] if same else None)
    return None
