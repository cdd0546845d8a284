"""What pronouns, groups and nominals stand for."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.annotate.test_language import ODD

from communique.evaluate.coref import closure, plain_article, resolved, score

CASES = Path(__file__).resolve().parent.parent / "cases" / "coref"


def antecedents(text: str, phrase: str) -> set[str]:
    annotated = resolved(plain_article(text))
    mention = next(m for m in annotated.mentions if text[m.span.start : m.span.end] == phrase)
    return {text[f[0].start : f[0].end] for f in closure(annotated, mention)}


@pytest.mark.parametrize(
    ("text", "phrase", "expected"),
    [
        ("During his stay, Peruvian President Luis Soto opened a port.", "his", {"Peruvian President Luis Soto"}),
        ("Chad's army said it would withdraw.", "it", {"Chad's army"}),
        ("Mali and Niger signed a pact. The two countries will trade.", "The two countries", {"Mali", "Niger"}),
        ("Mali, Chad and Niger signed a pact. The two countries will trade.", "The two countries", set()),
        ("Fiji and Tonga held naval drills. The exercise ended on Friday.", "The exercise", {"naval drills"}),
    ],
)
def test_an_anaphor_finds_its_antecedents(text: str, phrase: str, expected: set[str]) -> None:
    got = antecedents(text, phrase)
    assert got == expected if expected else len(got) != 3


def test_it_that_means_nothing_gets_nothing() -> None:
    assert antecedents("Oman spoke. It is unclear whether Iran will reply.", "It") == set()


def test_the_labelled_anaphors_hold() -> None:
    assert score(CASES / "dev.jsonl")["accuracy"] >= 0.88
    assert score(CASES / "unseen.jsonl")["accuracy"] >= 0.80


def test_the_seeds_hold(shared: Path) -> None:
    assert score(shared / "seeds" / "coref.json")["right"] >= 44


@pytest.mark.parametrize("text", ODD)
def test_bad_input_is_no_error(text: str) -> None:
    for mention in resolved(plain_article(text)).mentions:
        for span in mention.antecedents:
            assert span.end <= len(text)
