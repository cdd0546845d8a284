"""Single wordings that were once read wrongly: type, modality and who is acted on."""

from __future__ import annotations

import pytest

from communique.coding import code_events
from communique.evaluate.coding import annotate_sentence


@pytest.mark.parametrize(
    ("text", "type_", "modality", "actors", "recipients"),
    [
        ("Vietnam and Laos traded fire near the border on Friday.", "ASSAULT", "actual", ["Vietnam", "Laos"], []),
        ("Vietnam and Laos traded accusations over the dam.", "ACCUSE", "actual", ["Vietnam", "Laos"], []),
        ("Protesters hurled bottles at police in Accra.", "PROTEST", "actual", ["Protesters"], ["police"]),
        ("The guerrillas agreed to a truce brokered by Norway.", "CONCEDE", "actual", ["The guerrillas"], []),
        ("Jordan opened its airspace to Iraqi aircraft.", "RETREAT", "actual", ["Jordan"], ["Iraqi aircraft"]),
        ("Australia is drafting new sanctions on Burmese officials.", "SANCTION", "planned", ["Australia"], ["Burmese officials"]),
        ("The visit of the Danish prime minister to Nuuk ended on Friday.", "CONSULT", "actual", ["the Danish prime minister"], ["Nuuk"]),
        ("A rebel group claimed responsibility for an attack on a Moroccan patrol.", "ASSAULT", "actual", ["A rebel group"], ["a Moroccan patrol"]),
        ("Malawi declared a curfew after an opposition candidate was shot.", "COERCE", "actual", ["Malawi"], []),
        ("ASEAN lifted most of its sanctions on Laos.", "RETREAT", "actual", ["ASEAN"], ["Laos"]),
        ("The United Arab Emirates rejected accusations by the government of Chad that it had armed the rebels.", "AID", "denied", ["it"], ["the rebels"]),
        ("Malta blocked new EU sanctions on Chad.", "REJECT", "actual", ["Malta"], ["EU"]),
        ("Talks between Fiji and Samoa begin on Monday.", "AGREE", "planned", ["Fiji", "Samoa"], []),
        ("Talks between Fiji and Samoa began on Monday.", "CONSULT", "actual", ["Fiji", "Samoa"], []),
    ],
)
def test_a_wording_is_read_for_what_it_says(text: str, type_: str, modality: str, actors: list[str], recipients: list[str]) -> None:
    said = [m for m in code_events(annotate_sentence(text), coder="model.v1", threshold=0.5)[0] if m.type == type_]
    assert [m.modality for m in said] == [modality]
    assert [[text[p.span.start : p.span.end] for p in side] for side in (said[0].actors, said[0].recipients)] == [actors, recipients]


@pytest.mark.parametrize("text", ["Austria's Constitutional Court struck down the law.", "No group has claimed responsibility for the blast in Lima.", "Oman came close to signing a pact with Iran.",
                                  "The ministers of Oman and Iran discussed signing a pact."])  # fmt: skip
def test_what_is_not_told_has_no_record(text: str) -> None:
    assert not [m for m in code_events(annotate_sentence(text), coder="model.v1", threshold=0.5)[0] if m.type in {"ASSAULT", "SUPPORT"} and m.actors and m.modality == "actual"]


@pytest.mark.parametrize("text", ["Peru and Ecuador held talks on Monday.", "Rebels ambushed a patrol in Mali."])
def test_a_mode_needs_words_that_bear_it(text: str) -> None:
    assert not {m.mode for m in code_events(annotate_sentence(text), coder="model.v1", threshold=0.5)[0]} & {"third-party", "suicide-attack"}
