"""What sentences from everywhere assert: type, mode, who and whom; and what looks alike and asserts nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from communique.records import EventMention

Code = Callable[[str], list[EventMention]]

# sentence, type, mode (None = any), actor countries, recipient countries
ASSERTED = [
    ("Peru condemned the arrest of two fishermen by Chile's navy.", "ACCUSE", "disapprove", {"PER"}, {"CHL"}),
    ("Ethiopia was accused by Egypt of filling the dam too fast.", "ACCUSE", "allege", {"EGY"}, {"ETH"}),
    ("France recalled its ambassador from Niger on Friday.", "SANCTION", "withdraw", {"FRA"}, {"NER"}),
    ("The European Union imposed sanctions on Belarus over the elections.", "SANCTION", "discontinue", None, {"BLR"}),
    ("Brazil expelled Nicaragua's ambassador on Thursday.", "SANCTION", "expel", {"BRA"}, {"NIC"}),
    ("India and Bangladesh signed a transit agreement in June.", "SUPPORT", None, {"IND", "BGD"}, set()),
    ("Kenya agreed to share flood data with Uganda.", "AGREE", None, {"KEN"}, {"UGA"}),
    ("Colombia pledged to return the stolen statues to Egypt.", "CONCEDE", None, {"COL"}, None),
    ("Japan has sent generators and blankets to Turkey.", "AID", None, {"JPN"}, {"TUR"}),
    ("Pakistan released 40 Indian fishermen.", "RETREAT", "release", {"PAK"}, {"IND"}),
    ("France withdrew its last troops from Mali.", "RETREAT", "withdraw", {"FRA"}, {"MLI"}),
    ("Morocco refused to meet Algeria's envoy.", "REJECT", "meet", {"MAR"}, None),
    ("Sudan rejected Ethiopia's proposal.", "REJECT", None, {"SDN"}, {"ETH"}),
    ("Greece urged Turkey to release the two soldiers.", "REQUEST", "yield", {"GRC"}, {"TUR"}),
    ("Poland called on Belarus to free the journalist.", "REQUEST", "yield", {"POL"}, {"BLR"}),
    ("Iran threatened to attack Israel.", "THREATEN", "violence", {"IRN"}, {"ISR"}),
    ("Israeli warplanes bombed a depot in Syria.", "ASSAULT", "aerial", {"ISR"}, None),
    ("Ukrainian drones struck a refinery in Russia.", "ASSAULT", "drone", {"UKR"}, None),
    ("Myanmar's army shelled villages near the Thai border.", "ASSAULT", "heavy-weapons", {"MMR"}, None),
    ("Turkey detained eleven opposition mayors.", "COERCE", "arrest", {"TUR"}, None),
    ("Russia blocked the website of a Georgian newspaper.", "COERCE", "censor", {"RUS"}, None),
    ("China held a military parade in Beijing.", "MOBILIZE", "weapons", {"CHN"}, set()),
    ("South Africa and Zambia held joint military exercises near Lusaka.", "COOPERATE", None, {"ZAF", "ZMB"}, None),
    ("Thousands of protesters marched against the government in Nairobi.", "PROTEST", "demo", None, None),
    ("The presidents of Chad and Niger met in Paris.", "CONSULT", "third-party", {"TCD", "NER"}, set()),
    ("Canada's prime minister visited India on Monday.", "CONSULT", "visit", {"CAN"}, {"IND"}),
    ("Spain's prime minister resigned on Sunday.", "RETREAT", "resign", {"ESP"}, set()),
    ("Norway opened an investigation into a Russian shipping company.", "ACCUSE", "investigate", {"NOR"}, {"RUS"}),
    ("Australia cancelled talks with Fiji.", "REJECT", "meet", {"AUS"}, {"FJI"}),
    ("Iraq and Kuwait held talks on the shared oilfield.", "CONSULT", None, {"IRQ", "KWT"}, set()),
]

# sentence, a type that must not be found
NOT_ASSERTED = [
    ("Germany threatened France through wing attacks until the striker was substituted at halftime.", "THREATEN"),
    ("The film bombed at the box office in Mexico.", "ASSAULT"),
    ("A typhoon struck Taiwan on Sunday.", "ASSAULT"),
    ("Inflation attacked household budgets in Argentina.", "ASSAULT"),
    ("Wolves killed eleven sheep in Romania.", "ASSAULT"),
    ("Denmark declined to comment.", "REJECT"),
    ("Lisbon is the capital of Portugal.", "CONSULT"),
    ("Chile will hold talks with Bolivia next week.", "CONSULT"),  # future: AGREE
    ("Italy and Malta said they would cooperate on fisheries.", "COOPERATE"),
    ("The navies of Japan and India held mobilisation drills.", "MOBILIZE"),  # joint: COOPERATE
]


@pytest.mark.parametrize(("text", "kind", "mode", "actors", "recipients"), ASSERTED, ids=[row[0][:40] for row in ASSERTED])
def test_asserted(code: Code, text: str, kind: str, mode: str | None, actors: set[str] | None, recipients: set[str] | None) -> None:
    found = [m for m in code(text) if m.type == kind]
    assert found, [(m.type, m.reasons) for m in code(text)]
    record = found[0]
    if mode is not None:
        assert record.mode == mode
    if actors is not None:
        assert {p.country for p in record.actors if p.country} == actors
    if recipients is not None:
        assert {p.country for p in record.recipients if p.country} == recipients
    assert record.modality in {"actual", "pledged"}


@pytest.mark.parametrize(("text", "kind"), NOT_ASSERTED, ids=[row[0][:40] for row in NOT_ASSERTED])
def test_not_asserted(code: Code, text: str, kind: str) -> None:
    assert kind not in {m.type for m in code(text)}


def test_against_is_a_purpose_and_no_recipient(code: Code) -> None:
    record = next(m for m in code("Finland and Estonia agreed to train together against Russia.") if m.type == "AGREE")
    assert "RUS" not in {p.country for p in record.recipients}


def test_joint_actors_share_one_record(code: Code) -> None:
    found = [m for m in code("The foreign ministers of Ghana and Togo condemned the coup in Niger.") if m.type == "ACCUSE"]
    assert len(found) == 1
    assert {p.country for p in found[0].actors} == {"GHA", "TGO"}


def test_an_office_holder_gives_the_word_of_the_state_that_is_to_act(code: Code) -> None:
    for text, actors in (
        ("Kenya will send 500 tents to Somalia, President Samuel Kiprop promised on Monday.", {"KEN"}),
        ("President Samuel Kiprop promised that workers would be paid.", {None}),
    ):
        record = next(m for m in code(text) if m.type == "AGREE" and m.modality == "pledged")
        assert {p.country for p in record.actors} == actors


def test_what_promised_help_is_for_is_no_threat(code: Code) -> None:
    text = "Ghana will send another 600 soldiers to Togo to help fight rebels in the north, President Paul Mensa promised on Monday."
    assert "THREATEN" not in {m.type for m in code(text) if m.trigger.start == text.index("fight")}
