"""Deed, plan, promise, demand, denial, supposition: measured on sentences of our own, as a share and one by one."""

from __future__ import annotations

from collections.abc import Callable

from communique.coding.candidates import Tree
from communique.coding.modality import background, read_modality
from communique.records import Annotated

# sentence, the verb, what it is
SENTENCES = [
    ("Ghana arrested three smugglers.", "arrested", "actual"),
    ("Nepal has signed the accord.", "signed", "actual"),
    ("The accord was signed by Nepal.", "signed", "actual"),
    ("Ecuador is negotiating with the guerrillas.", "negotiating", "actual"),
    ("Police fired on the crowd, killing nine people.", "killing", "actual"),
    ("Oman, which hosted the talks, thanked both sides.", "hosted", "actual"),
    ("Chad began evacuating the town.", "evacuating", "actual"),
    ("Serbia will sign the accord on Monday.", "sign", "planned"),
    ("Serbia is due to sign the accord.", "sign", "planned"),
    ("Serbia plans to sign the accord.", "sign", "planned"),
    ("Serbia is expected to sign the accord.", "sign", "planned"),
    ("Serbia is going to sign the accord.", "sign", "planned"),
    ("Serbia is set to sign the accord.", "sign", "planned"),
    ("Ministers intend to visit Lima.", "visit", "planned"),
    ("Ministers are preparing to visit Lima.", "visit", "planned"),
    ("The ministry said Serbia would sign the accord.", "sign", "planned"),
    ("Serbia would sign the accord with Chad in May, the presidency announced on Monday.", "sign", "planned"),
    ("Serbia would sign an accord with the Republic of Chad in May, the presidency in Belgrade announced on Monday.", "sign", "planned"),
    ("Serbia insisted that it would sign the accord.", "sign", "planned"),
    ("Serbia insisted that Mali sign the accord.", "sign", "demanded"),
    ("Serbia hopes to sign the accord.", "sign", "planned"),
    ("Serbia would sign such an accord, the one announced in Chad.", "sign", "hypothetical"),
    ("Serbia agreed to sign the accord.", "sign", "planned"),
    ("Serbia pledged to sign the accord.", "sign", "pledged"),
    ("Serbia promised to withdraw its troops.", "withdraw", "pledged"),
    ("Bolivia vowed to free the prisoners.", "free", "pledged"),
    ("Bolivia committed to free the prisoners.", "free", "pledged"),
    ("Lawyers demanded that Bolivia free the prisoners.", "free", "demanded"),
    ("Lawyers urged Bolivia to free the prisoners.", "free", "demanded"),
    ("Lawyers called on Bolivia to free the prisoners.", "free", "demanded"),
    ("Bolivia must free the prisoners.", "free", "demanded"),
    ("Bolivia should free the prisoners.", "free", "demanded"),
    ("Lawyers asked the court to free the prisoners.", "free", "demanded"),
    ("Mali did not attack the convoy.", "attack", "denied"),
    ("Mali denied attacking the convoy.", "attacking", "denied"),
    ("Mali denied that its army attacked the convoy.", "attacked", "denied"),
    ("Mali has never attacked its neighbours.", "attacked", "denied"),
    ("Mali left without attacking the convoy.", "attacking", "denied"),
    ("If Mali attacks the convoy, the talks end.", "attacks", "hypothetical"),
    ("Mali could attack the convoy.", "attack", "hypothetical"),
    ("Mali might attack the convoy.", "attack", "hypothetical"),
    ("Mali may have attacked the convoy.", "attacked", "hypothetical"),
    ("Mali would have attacked the convoy.", "attacked", "hypothetical"),
    ("Mali tried to attack the convoy.", "attack", "hypothetical"),
    ("Unless Mali releases the crew, ships stay away.", "releases", "hypothetical"),
    ("Mali threatened to attack the convoy.", "attack", "hypothetical"),
]


def _read(annotated: Annotated, verb: str) -> str:
    for sentence in annotated.sentences:
        for at, token in enumerate(sentence.tokens):
            if token.text == verb:
                return read_modality(Tree(sentence), at).modality
    raise AssertionError(f"no {verb}")


def test_modality_of_own_sentences(annotate: Callable[[str], Annotated]) -> None:
    wrong = [(text, verb, want, got) for text, verb, want in SENTENCES if (got := _read(annotate(text), verb)) != want]
    share = 1 - len(wrong) / len(SENTENCES)
    assert share >= 0.92, wrong


def test_background_begins_a_year_and_a_half_back() -> None:
    assert background("1994-01-01", "1995-01-01", "2025-03-01", since=False, grain="year")
    assert not background("2024-06-01", "2024-07-01", "2025-09-08", since=False, grain="month")
    assert not background("2025-09-01", "2025-09-02", None, since=False, grain="day")
