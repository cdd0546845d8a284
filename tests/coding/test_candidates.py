"""One clause shape for active, passive, relative, participial and nominal ways of saying a thing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from communique.coding.candidates import Tree, find_clauses
from communique.coding.lexicon import lexicon
from communique.records import Annotated

WAYS = [
    ("Lima condemned the raid.", "condemn", ["Lima"], ["raid"]),
    ("The raid was condemned by Lima.", "condemn", ["Lima"], ["raid"]),
    ("The raid condemned by Lima ended at dawn.", "condemn", ["Lima"], ["raid"]),
    ("The raid, which Lima condemned, ended at dawn.", "condemn", ["Lima"], ["raid"]),
    ("Officers who condemned the raid resigned.", "condemn", ["Officers"], ["raid"]),
    ("Lima and Quito condemned the raid and the arrests.", "condemn", ["Lima", "Quito"], ["raid", "arrests"]),
    ("Lima recalled its envoy and condemned the raid.", "condemn", ["Lima"], ["raid"]),
    ("Lima agreed to condemn the raid.", "condemn", ["Lima"], ["raid"]),
    ("Quito urged Lima to condemn the raid.", "condemn", ["Lima"], ["raid"]),
]


@pytest.mark.parametrize(("text", "lemma", "subjects", "objects"), WAYS, ids=[w[0] for w in WAYS])
def test_arguments_in_depth(annotate: Callable[[str], Annotated], text: str, lemma: str, subjects: list[str], objects: list[str]) -> None:
    sentence = annotate(text).sentences[0]
    tree = Tree(sentence)
    lex = lexicon()
    clause = next(c for c in find_clauses(tree, lex.nouns.keys(), lex.support["light"]) if c.lemma == lemma)
    assert [sentence.tokens[i].text for i in clause.subjects] == subjects
    assert [sentence.tokens[i].text for i in clause.objects] == objects


def test_a_support_verb_lends_its_subject(annotate: Callable[[str], Annotated]) -> None:
    sentence = annotate("Amman held talks with Baghdad on Monday.").sentences[0]
    lex = lexicon()
    clause = next(c for c in find_clauses(Tree(sentence), lex.nouns.keys(), lex.support["light"]) if c.kind == "noun")
    assert [sentence.tokens[i].text for i in clause.subjects] == ["Amman"]
    assert [sentence.tokens[i].text for i in clause.preps["with"]] == ["Baghdad"]
    assert clause.support == "do"
