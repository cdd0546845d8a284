"""Plans, hopes and what came to nothing are not told as deeds, whatever the noun."""

from __future__ import annotations

import pytest

from communique.coding import code_events
from communique.evaluate.coding import annotate_sentence

EVENTS = {
    "talks": ("talks between Laos and Nepal", True),
    "visit": ("a visit by Norway's king to Ghana", False),
    "exercise": ("a joint exercise by Chile and Brazil", False),
    "withdrawal": ("the withdrawal of Turkish troops from Libya", False),
    "signing": ("the signing of a fishing accord by Gabon and Angola", False),
}
WORDINGS = {
    "planned": ("{s} {has} been set for 3 May.", "{s} {is} slated for May.", "{s} {is} on the agenda for May.", "{s} {is} in the works.", "{s} {is} due on Monday.",
                "{s} {is} to take place in May.", "{s} {is} imminent.", "{s} {was} scheduled for May.", "Preparations for {o} have begun.", "{s} {was} agreed for May."),
    "hypothetical": ("{s} {is} likely.", "{s} {is} under discussion.", "{s} {is} possible.", "The envoy spoke of the prospect of {o}.", "Hopes for {o} have faded.", "Mali hopes for {o}."),
    "denied": ("{s} {has} yet to take place.", "{s} fell through.", "There are no plans for {o}, officials said.", "Plans for {o} were dropped.", "Nothing has come of {o}.",
               "{s} {was} ruled out.", "{s} {has} not been scheduled."),
    "actual": ("{s} took place on Monday.", "{s} ended on Friday.", "{s} went ahead on Friday."),
}  # fmt: skip


def _row(event: str, wording: str) -> str:
    words, many = EVENTS[event]
    forms = {"is": "are", "was": "were", "has": "have"} if many else {"is": "is", "was": "was", "has": "has"}
    return wording.format(s=words[0].upper() + words[1:], o=words, **forms)


@pytest.mark.parametrize("modality", WORDINGS)
@pytest.mark.parametrize("event", EVENTS)
def test_what_governs_a_noun_says_whether_it_was_done(event: str, modality: str) -> None:
    wrong, told = [], 0
    for wording in WORDINGS[modality]:
        text = _row(event, wording)
        said = [m for m in code_events(annotate_sentence(text), coder="model.v1", threshold=0.5)[0] if m.type not in {"REJECT", "REQUEST"}]
        told += bool(said)
        if any(m.modality != modality for m in said):
            wrong.append((text, [(m.type, m.modality) for m in said]))
    assert not wrong
    assert told >= len(WORDINGS[modality]) / 2, "silence is no proof of a plan"


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("Togo and Benin have yet to sign the accord.", "denied"), ("Togo's president left Accra without signing the accord with Benin.", "denied"),
        ("Togo and Benin failed to sign the accord.", "denied"), ("Togo decided against imposing sanctions on Benin.", "denied"),
        ("Togo held off from imposing sanctions on Benin.", "denied"), ("Togo is no longer sending aid to Benin.", "denied"),
        ("Togo almost attacked Benin in March.", "denied"), ("Rather than attack Benin, the army of Togo withdrew from Ghana.", "actual"),
        ("Instead of meeting the envoy of Benin, Togo's president flew to Paris.", "denied"), ("Togo said it was not planning to withdraw from the pact with Benin.", "denied"),
        ("Togo and Benin are close to signing a treaty.", "hypothetical"), ("Togo's president is unlikely to visit Benin.", "hypothetical"),
        ("Had Togo attacked the bridge, Benin would have responded.", "hypothetical"), ("Togo had promised to send police to Benin.", "pledged"),
        ("Togo signed the accord with Benin without delay.", "actual"), ("Togo did not fail to sign the accord with Benin.", "actual"),
    ],
)  # fmt: skip
def test_verbs_left_undone(text: str, modality: str) -> None:
    said = code_events(annotate_sentence(text), coder="model.v1", threshold=0.5)[0]
    assert modality in {m.modality for m in said}, [(m.type, m.modality) for m in said]
    if modality != "actual" or "Rather" in text:
        assert not any(m.modality == "actual" and m.type in {"SUPPORT", "SANCTION", "AID", "ASSAULT"} for m in said)
