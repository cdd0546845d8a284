"""How papers of many regions and registers tell an act, and what they tell that is none. Sentences of our own."""

from __future__ import annotations

import pytest

from communique import pipeline
from communique.records import EventMention

# text, then what must be there: type, mode ("-" where it does not matter), actors' countries, recipients' countries, modality
TOLD = [
    ("Ghana said it would shoot down any drone over its waters.", "THREATEN", "violence", {"GHA"}, set(), "actual"),
    ("Peru has warned that it will not tolerate any change to its border.", "THREATEN", "-", {"PER"}, set(), "actual"),
    ("Kenya insists that Somalia must first change its law on ports.", "REQUEST", "change", {"KEN"}, {"SOM"}, "actual"),
    ("Norway should widen its inspections, Denmark's foreign minister said.", "REQUEST", "change", {"DNK"}, {"NOR"}, "actual"),
    ("Peru expelled two Cuban envoys, and Cuba responded by ordering five Peruvian diplomats to leave.", "SANCTION", "expel", {"CUB"}, {"PER"}, "actual"),
    ("Angolan President João Lourenço described the decision as an act of aggression.", "ACCUSE", "disapprove", {"AGO"}, set(), "actual"),
    ("Chile called the new duty unlawful.", "ACCUSE", "disapprove", {"CHL"}, set(), "actual"),
    ("The parade drew a protest from Japan.", "ACCUSE", "disapprove", {"JPN"}, set(), "actual"),
    ("Brazil determined that Venezuelan soldiers had committed atrocities.", "ACCUSE", "allege", {"BRA"}, {"VEN"}, "actual"),
    ("Canada added six Belarusian banks to its sanctions list.", "SANCTION", "discontinue", {"CAN"}, {"BLR"}, "actual"),
    ("Three Turkish jets entered Greek airspace.", "MOBILIZE", "weapons", {"TUR"}, set(), "actual"),
    ("Nigeria's army said it had neutralised nine militants.", "ASSAULT", "-", {"NGA"}, set(), "actual"),
    ("Two Chinese vessels blocked a Vietnamese supply boat.", "COERCE", "restrict", {"CHN"}, {"VNM"}, "actual"),
    ("Ethiopian troops took the rest of Tigray within a week.", "ASSAULT", None, {"ETH"}, set(), "actual"),
    ("Sudan withdrew from most villages along the border.", "RETREAT", "withdraw", {"SDN"}, set(), "actual"),
    ("Russia staged war games along the Estonian border.", "MOBILIZE", "troops", {"RUS"}, set(), "actual"),
    ("Laos's foreign minister is expected in Hanoi next month.", "AGREE", "-", {"LAO"}, {"VNM"}, "planned"),
    ("Fiji's prime minister distanced himself from the remarks.", "REJECT", "-", {"FJI"}, set(), "actual"),
    ("Rwanda allowed the reopening of the airport for relief flights.", "RETREAT", "access", {"RWA"}, set(), "actual"),
    ("If Russia were to cut gas supplies to Moldova, prices would rise.", "SANCTION", "-", {"RUS"}, {"MDA"}, "hypothetical"),
    ("Sweden's trade minister said Stockholm would raise the duty with Beijing when she visits China in March.", "AGREE", "-", {"SWE"}, {"CHN"}, "planned"),
    ("Ecuador's president ordered the dispatch of 900 troops to the northern border.", "MOBILIZE", "troops", {"ECU"}, set(), "actual"),
    ("Seven Malian soldiers died in an ambush near the border.", "ASSAULT", "-", set(), {"MLI"}, "actual"),
    ("President Gustavo Petro of Colombia decreed a state of exception for sixty days.", "COERCE", "martial-law", {"COL"}, set(), "actual"),
    ("Chile's president reproached the Government of Bolivia for its silence.", "ACCUSE", "disapprove", {"CHL"}, {"BOL"}, "actual"),
    ("Japan's prime minister is arranging to visit Manila in July.", "AGREE", "-", {"JPN"}, {"PHL"}, "planned"),
    ("Iran's foreign ministry summoned the Swedish charge d'affaires.", "ACCUSE", "disapprove", {"IRN"}, {"SWE"}, "actual"),
    ("Kenya's foreign minister, who is on a three-day visit to Doha, praised the deal.", "CONSULT", "visit", {"KEN"}, {"QAT"}, "actual"),
    ("A shootout took place between border guards of Kyrgyzstan and Tajikistan.", "ASSAULT", "firearms", {"KGZ", "TJK"}, set(), "actual"),
    ("Two Chadian soldiers were wounded when a Sudanese drone hit their jeep.", "ASSAULT", "drone", {"SDN"}, {"TCD"}, "actual"),
    ("Qatar brokered a truce between Chad and Sudan.", "CONSULT", "third-party", {"QAT"}, {"TCD", "SDN"}, "actual"),
    ("Greece's foreign minister raised the matter with Ankara.", "CONSULT", "-", {"GRC", "TUR"}, set(), "actual"),
    ("Poland's army has deployed two Patriot batteries near the border.", "MOBILIZE", "weapons", {"POL"}, set(), "actual"),
    ("Moldova's prosecutors opened a criminal case against five Russian officers.", "ACCUSE", "investigate", {"MDA"}, {"RUS"}, "actual"),
    ("Canada said it would send 4,000 tonnes of wheat flour.", "AGREE", "-", {"CAN"}, set(), "pledged"),
    ("The Somali army has resumed mortar fire on the port.", "ASSAULT", "heavy-weapons", {"SOM"}, set(), "actual"),
    ("The US military says it carried out four strikes in Somalia this month.", "ASSAULT", "-", {"USA"}, set(), "actual"),
    ("Malawi and Zambia reopened talks on fishing rights.", "CONSULT", "-", {"MWI", "ZMB"}, set(), "actual"),
    ("Malawi's foreign minister denied that a canoe had been taken and promised to let Zambian inspectors into the harbour.", "CONCEDE", "-", {"MWI"}, {"ZMB"}, "pledged"),
    ("The main opposition party in Kenya said the mission was unlawful and asked the High Court to halt it.", "REQUEST", "-", {"KEN"}, set(), "actual"),
    ("Human Rights Watch accused Togo of breaking its word, a charge its foreign minister rejected.", "REJECT", "-", {"TGO"}, set(), "actual"),
    ("Moscow denied everything.", "STATE", "-", {"RUS"}, set(), "actual"),
    ("Algeria proposed its good offices.", "AGREE", "-", {"DZA"}, set(), "actual"),
    ("Sri Lanka's fisheries minister said Colombo would not permit bottom trawling.", "REJECT", "-", {"LKA"}, set(), "actual"),
    ("Romania's president announced a visit to Moldova.", "AGREE", "-", {"ROU"}, set(), "planned"),
    ("The African Union suspended Gabon.", "SANCTION", "expel", set(), {"GAB"}, "actual"),
    ("Guinean soldiers seized the state radio.", "COERCE", "seize", {"GIN"}, set(), "actual"),
    ("Russian hackers knocked out the cranes of two terminals.", "COERCE", "cyber", {"RUS"}, set(), "actual"),
    ("Ghana's trade minister flies to Washington tomorrow.", "AGREE", "-", {"GHA"}, {"USA"}, "planned"),
    ("Guinean soldiers seized an excavator on the river.", "COERCE", "seize", {"GIN"}, set(), "actual"),
    ("Liberia's information minister termed the act an affront to its sovereignty.", "ACCUSE", "disapprove", {"LBR"}, set(), "actual"),
    ("EU ambassadors last night approved a 21st package of sanctions against Russia.", "SANCTION", "discontinue", set(), {"RUS"}, "actual"),
    ("Iran recalled its consul general.", "SANCTION", "withdraw", {"IRN"}, set(), "actual"),
]  # fmt: skip

# text, and the type that it must not give as a deed
UNTOLD = [
    ("Mali's forces have also committed abuses.", "AGREE"),
    ("Amnesty International called on Chad to free the men.", "CONCEDE"),
    ("An eyewitness, Sani Garba, spoke with our correspondent in Abuja on phone.", "CONSULT"),
    ("Police prevented fifty members of the Zambian opposition from marching to parliament.", "PROTEST"),
    ("President Rodrigo Paz of Bolivia faces strikes and an empty treasury.", "CONSULT"),
    ("China condemned what it called a cowardly farce.", "PROTEST"),
    ("China's Foreign Ministry shot back that the training was lawful.", "ASSAULT"),
    ("Analysts in Japan speak of the so-called China threat.", "THREATEN"),
    ("Uganda's army said the sides had expressed their firm support for the plan.", "AGREE"),
    ("Greece's premier shoots off letter to Ankara.", "ASSAULT"),
    ("Extraditing him is not in Poland's interest, the Polish premier said.", "COOPERATE"),
    ("North Korea called the offer a foolish dream.", "AGREE"),
    ("Ghana's trade minister flies to Washington tomorrow.", "CONSULT"),
    ("Volvo fired 1,200 staff in Sweden on Monday.", "ASSAULT"),
]


def _lands(parties: tuple[object, ...]) -> set[str]:
    return {c for p in parties if (c := getattr(p, "country", None))}


def _coded(text: str) -> list[EventMention]:
    return list(pipeline.code_text(text, published="2026-05-20").mentions)


@pytest.mark.parametrize(("text", "kind", "mode", "actors", "recipients", "modality"), TOLD, ids=[row[0][:44] for row in TOLD])
def test_told(text: str, kind: str, mode: str, actors: set[str], recipients: set[str], modality: str) -> None:
    found = [m for m in _coded(text) if m.type == kind and _lands(m.actors) == actors and mode in ("-", m.mode)]
    assert found, _coded(text)
    assert recipients <= _lands(found[0].recipients) and found[0].modality == modality


@pytest.mark.parametrize(("text", "kind"), UNTOLD, ids=[row[0][:44] for row in UNTOLD])
def test_untold(text: str, kind: str) -> None:
    assert not [m for m in _coded(text) if m.type == kind and m.modality == "actual"]


def test_who_orders_an_attack_is_not_who_reports_it() -> None:
    found = _coded("Judge Kimberly Prost said that the accused had ordered his men to attack the quarter.")
    assert all("Prost" not in str(p) for m in found if m.type == "ASSAULT" for p in m.actors)


def test_what_is_announced_is_one_record() -> None:
    assert len([m for m in _coded("Hungary announced in April that it would leave the International Criminal Court.") if m.type != "STATE"]) == 1


def test_a_year_belongs_to_its_own_clause() -> None:
    found = _coded("Peru has warned that it will not tolerate any change to its border, and staged war games along the river in 2022.")
    assert {m.modality for m in found if m.type == "THREATEN"} == {"actual"}


def test_a_time_that_opens_the_sentence_dates_both_deeds() -> None:
    found = _coded("On Monday Kosovo's police raided three post offices and confiscated the cash.")
    assert {m.when.start for m in found if m.when and m.type == "COERCE"} == {"2026-05-18"} and len(found) == 2


def test_the_plain_past_goes_on_with_the_finding() -> None:
    found = [m for m in _coded("Canada found that Burmese officers had committed atrocities and sanctioned their leader.") if m.type == "SANCTION"]
    assert [_lands(m.actors) for m in found] == [{"CAN"}]


def test_the_items_of_a_resolution_are_acts_of_its_body() -> None:
    text = (
        "The foreign ministers of the region met in Gaborone on the crisis in Madagascar and heard a briefing by the chairperson of the commission.\n\n"
        "Acting under Article 7 of its Protocol, the UN Security Council:\n\n1. Strongly condemns the overthrow of the Government of Madagascar;\n\n"
        "2. Decides to suspend the participation of Madagascar in all activities of the Union;\n\n3. Demands that the military authorities release all prisoners;\n\n"
        "4. Welcomes the decision of Botswana to send a panel of elders and requests the Chairperson to appoint an envoy.\n"
    )
    found = [(m.type, m.modality) for m in _coded(text) if any("Security Council" in (p.name or "") for p in m.actors)]
    assert found == [("ACCUSE", "actual"), ("SANCTION", "actual"), ("REQUEST", "actual"), ("SUPPORT", "actual"), ("REQUEST", "actual")]


MATCH = (
    "Italy invaded a hostile ground and left with the spoils as the striker fired the winner in the last minute of the match.\n\n"
    "The visitors attacked from the whistle, and the Serbian goalkeeper kept his side in the game until half time.\n\n"
    "Serbia's coach praised Italy and agreed to play a second leg in Rome next season; England visit Albania in the other qualifier.\n\n"
    "Outside the stadium Serbian riot police used tear gas against protesters and detained eleven students.\n"
)


def test_what_nations_do_in_a_match_is_no_event() -> None:
    assert {m.type for m in _coded(MATCH)} <= {"ASSAULT", "COERCE"}
    assert all({"SRB"} >= _lands(m.actors) for m in _coded(MATCH))
    assert any(m.type == "COERCE" for m in _coded(MATCH))


def test_what_came_before_background_is_background() -> None:
    found = _coded("Niger closed the border bridge in 2021 after Benin imposed sanctions on it.")
    assert {m.modality for m in found} == {"historical"} and len(found) == 2
