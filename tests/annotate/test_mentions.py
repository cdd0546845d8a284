"""Names, titles, nominals and pronouns as spans."""

from __future__ import annotations

import pytest
from tests.annotate.test_language import ODD

from communique.annotate.language import parse_article
from communique.annotate.mentions import find_mentions
from communique.evaluate.coref import plain_article


def found(text: str) -> dict[str, tuple[str, str, str | None, str | None]]:
    article = plain_article(text)
    return {
        text[m.span.start : m.span.end]: (m.kind, text[m.head.start : m.head.end], m.role, m.status)
        for m in find_mentions(article, parse_article(article))
    }


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("Kenyan Foreign Minister Amina Wanjiru left.", "Kenyan Foreign Minister Amina Wanjiru",
         ("title", "Amina Wanjiru", "Foreign Minister", None)),
        ("They met then-UK Defence Secretary Ben Wallace.", "then-UK Defence Secretary Ben Wallace",
         ("title", "Ben Wallace", "Defence Secretary", "then")),
        ("Acting President Oscar Mba spoke.", "Acting President Oscar Mba", ("title", "Oscar Mba", "President", "acting")),
        ("Marta Ruiz, Colombia's defense minister, left.", "Marta Ruiz, Colombia's defense minister",
         ("title", "Marta Ruiz", "defense minister", None)),
        ("The two countries signed a pact.", "The two countries", ("group", "countries", None, None)),
        ("Nairobi's foreign ministry said so.", "Nairobi's foreign ministry", ("nominal", "ministry", None, None)),
        ("Exercise Desert Shield began.", "Exercise Desert Shield", ("name", "Exercise Desert Shield", None, None)),
        ("The UAE agreed.", "UAE", ("name", "UAE", None, None)),
    ],
)  # fmt: skip
def test_a_phrase_is_found_whole(text: str, span: str, expected: tuple[str, str, str | None, str | None]) -> None:
    assert found(text).get(span) == expected


@pytest.mark.parametrize("text", ["On Monday it rained.", "In March, three dozen died."])
def test_days_and_months_are_not_names(text: str) -> None:
    assert not [s for s, m in found(text).items() if m[0] in ("name", "title")]


@pytest.mark.parametrize("text", ODD)
def test_spans_lie_in_the_text(text: str) -> None:
    article = plain_article(text)
    for mention in find_mentions(article, parse_article(article)):
        assert mention.span.start <= mention.head.start < mention.head.end <= mention.span.end <= len(text)
