"""To whom it is done: recipients that no slot of a frame names, two bodies of one state, and demands told in a clause."""

from __future__ import annotations

import pytest

from communique.coding import code_events
from communique.evaluate.coding import annotate_sentence
from communique.records import EventMention


def _coded(text: str) -> list[EventMention]:
    return [m for m in code_events(annotate_sentence(text), coder="model.v1")[0] if m.type != "STATE"]


def _one(text: str, kind: str) -> EventMention:
    found = [m for m in _coded(text) if m.type == kind]
    assert found, [(m.type, m.reasons) for m in _coded(text)]
    return found[0]


# text, type, country of the recipient and a word of its span
TOLD = [
    ("Iran arrested three Iranian journalists on Sunday.", "COERCE", "IRN", "journalists"),
    ("Kenyan police fired tear gas at Kenyan students in Nairobi.", "ASSAULT", "KEN", "students"),
    ("Sudanese troops opened fire on Ethiopian farmers near Fashaga.", "ASSAULT", "ETH", "farmers"),
    ("Russia expelled four diplomats from Poland on Friday.", "SANCTION", "POL", "Poland"),
    ("The EU demanded that Israel stop the raid.", "REQUEST", "ISR", "Israel"),
    ("France said Lebanon must guarantee the safety of aid workers.", "REQUEST", "LBN", "Lebanon"),
    ("The Polish government granted Ukraine permission to use its airspace.", "CONCEDE", "UKR", "Ukraine"),
    ("Spain accepted 300 Syrian refugees in May.", "AID", "SYR", "refugees"),
    ("A lawyer in Dakar filed a complaint with the African Union against the Chadian government.", "ACCUSE", "TCD", "Chadian"),
    ("Kenya said that Ugandan soldiers had arrested its fishermen on the lake.", "COERCE", "KEN", "fishermen"),
    ("Canada gave India a June 3 deadline to withdraw the envoys.", "THREATEN", "IND", "India"),
]


@pytest.mark.parametrize(("text", "kind", "country", "word"), TOLD)
def test_recipient_is_found(text: str, kind: str, country: str, word: str) -> None:
    recipients = _one(text, kind).recipients
    assert any(p.country == country and word in p.text for p in recipients), recipients


def test_what_is_fired_is_nobody() -> None:
    assert not _one("Police in Lima opened fire.", "ASSAULT").recipients


def test_denying_a_claim_refuses_nothing() -> None:
    assert all(m.type != "REJECT" for m in _coded("Lima denied that its consulate had financed roadblocks by Bolivian miners."))


def test_own_troops_receive_nothing() -> None:
    assert all(p.country != "RUS" for m in _coded("Russia withdrew its troops from Kherson.") for p in m.recipients)


def test_joint_parties_get_no_recipient_from_a_purpose() -> None:
    record = _one("Niger and Togo agreed in January to share intelligence against Islamic State.", "AGREE")
    assert {p.country for p in record.actors} == {"NER", "TGO"} and not record.recipients


def test_demand_of_an_unread_verb_names_who_must_act() -> None:
    record = _one("Senegal's opposition leader demanded that the interior minister apologise for the raid.", "REQUEST")
    assert [p.country for p in record.actors] == ["SEN"] and "minister" in record.recipients[0].text


def test_overthrow_of_a_named_ruler_is_coercion() -> None:
    record = _one("Mali's army overthrew President Ali Saleh last July.", "COERCE")
    assert record.recipients[0].name == "Ali Saleh"


# what a sentence must not say: text, type, country that must not act
NOT_DOERS = [
    ("The Paris attacks killed 130 people in 2015.", "FRA"),
    ("A Kabul bombing killed 12 Indian engineers on Monday.", "AFG"),
    ("The Mali attack killed ten soldiers.", "MLI"),
    ("Gunmen carried out an attack on the tomb of Imam Hassan Ali that killed 17 people in Iraq.", "IRQ"),
]


@pytest.mark.parametrize(("text", "country"), NOT_DOERS)
def test_where_it_was_is_not_who_did_it(text: str, country: str) -> None:
    records = [m for m in _coded(text) if m.type == "ASSAULT"]
    assert records and all(p.country != country and "Hassan" not in p.name for m in records for p in m.actors), records


@pytest.mark.parametrize("text", ["A US drone strike killed four militants in Somalia.", "US strikes on Somalia killed twelve.", "American shelling killed two Somali farmers."])
def test_whose_strike_it_was_is_told_by_an_adjective(text: str) -> None:
    assert [p.country for m in _coded(text) if m.type == "ASSAULT" for p in m.actors] == ["USA"]


def test_refusal_read_off_the_auxiliary_stands() -> None:
    assert [m.type for m in _coded("Norway will not lift the ban on Chilean salmon unconditionally.")] == ["REJECT"]


def test_willing_is_an_offer_and_no_deed() -> None:
    assert [(m.type, m.modality) for m in _coded("Chad is willing to withdraw its troops from Darfur.")] == [("CONCEDE", "pledged")]


def test_a_pronoun_stands_for_the_gunmen_it_goes_back_to() -> None:
    record = _one("Gunmen stormed a village in Borno on Thursday. They killed twelve farmers.", "ASSAULT")
    killed = next(m for m in _coded("Gunmen stormed a village in Borno on Thursday. They abducted an imam.") if m.mode == "abduct")
    assert record.actors[0].name == killed.actors[0].name == "Gunmen" and killed.actors[0].text == "They" and killed.actors[0].entity is None
    assert not any(p.text in {"it", "It"} for m in _coded("A storm hit a village in Borno. It killed twelve farmers.") for p in m.actors)


def test_who_is_arrested_is_not_who_arrests() -> None:
    record = _one("Four hundred people marched in Maiduguri on Friday. Police arrested nine of them.", "COERCE")
    assert [p.name for p in record.recipients] == ["Four hundred people"]


def test_who_condemns_a_deed_blames_its_doer() -> None:
    record = _one("Ethiopian troops shelled a Sudanese village on Friday. Egypt condemned the shelling.", "ACCUSE")
    assert [p.country for p in record.recipients] == ["ETH"] and record.recipients[0].via and (record.when is None or record.when.start is None)
    assert not _one("Egypt condemned the storm of protest.", "ACCUSE").recipients


def test_a_flag_that_is_burned_receives_nothing() -> None:
    assert not _one("About 400 people marched in Bogota on Friday and burned a flag.", "PROTEST").recipients


def test_who_comes_under_fire_is_hit() -> None:
    record = _one("Lima said its soldiers had come under artillery fire while on patrol inside Peru.", "ASSAULT")
    assert not record.actors and [p.text for p in record.recipients] == ["its soldiers"]
    assert [p.country for p in _one("Kharkiv came under missile attack on Monday from Russian forces.", "ASSAULT").actors] == ["RUS"]


def test_countries_that_fought_are_two_sides_under_one_word() -> None:
    record = _one("Thailand met Cambodia on Friday. The two countries fought for five days in July 2025, when forty people died.", "ASSAULT")
    assert {p.country for p in record.actors} == {"THA", "KHM"}


def test_shot_dead_is_nobody() -> None:
    record = _one("Thousands marched in Lilongwe on Friday. Police shot dead four of them.", "ASSAULT")
    assert "dead" not in {p.text for p in record.recipients}


def test_what_is_said_to_be_offered_is_no_fact() -> None:
    assert _one("Kenya said it was prepared to send police to Haiti.", "AGREE").modality == "planned"
    assert {m.modality for m in _coded("He vowed to continue the protests until President Joseph Banda steps down.") if m.type == "RETREAT"} <= {"hypothetical"}


def test_whose_soldiers_are_killed_did_not_kill_them() -> None:
    record = _one("Chad closed its border after shells landed near Tine, killing two of its soldiers.", "ASSAULT")
    assert not record.actors and [p.country for p in record.recipients] == ["TCD"]


def test_joint_patrols_are_of_both() -> None:
    record = _one("India and Vietnam carried out joint patrols in May.", "COOPERATE")
    assert {p.country for p in record.actors} == {"IND", "VNM"}
    assert [p.country for p in _one("Manila plans to hold joint patrols with Japan in December.", "AGREE").recipients] == ["JPN"]


def test_attending_at_home_is_no_visit() -> None:
    assert all(m.mode != "visit" for m in _coded("Kenyan President William Ruto attended a cabinet meeting in Nairobi on Wednesday."))
    assert _one("Kenyan President William Ruto attended a summit in Kampala on Wednesday.", "CONSULT").recipients[0].country == "UGA"


def test_calling_somebody_on_a_day_is_a_telephone_call() -> None:
    found = _coded("Prime Minister Anna Berg called Chilean President Luis Soto on Monday to congratulate him on his election.")
    assert ("CONSULT", "phone", "actual") in [(m.type, m.mode, m.modality) for m in found] and all(m.type != "REQUEST" for m in found)


def test_a_march_through_a_town_is_not_against_it() -> None:
    assert not _one("Hundreds of Bolivian miners marched through La Paz on Wednesday to demand a new trial, police said.", "PROTEST").recipients


def test_what_is_agreed_between_their_own_bodies_has_no_recipient() -> None:
    record = _one("Nigerien minister Moussa Ali and Togolese minister Kofi Mensah agreed to resume regular talks between their ministries.", "AGREE")
    assert {p.country for p in record.actors} == {"NER", "TGO"} and not record.recipients


def test_a_host_is_not_told_by_a_country_that_is_only_guessed() -> None:
    record = _one("Lebanon's Najib Mikati met the French president at the Elysee on Friday.", "CONSULT")
    assert [p.country for p in record.actors] == ["LBN"] and [p.country for p in record.recipients] == ["FRA"]


UNDONE = [
    "A visit by Vietnam's president, which had been planned for May, has been put off until autumn.",
    "Talks between Chad and Niger have been called off.",
]


@pytest.mark.parametrize("text", UNDONE)
def test_what_was_called_off_was_not_held(text: str) -> None:
    assert {m.type for m in _coded(text)} == {"REJECT"}


@pytest.mark.parametrize(
    ("text", "countries"),
    [
        ("Belarusian troops began a week of exercises with Russian paratroopers near Brest on Friday.", {"BLR", "RUS"}),
        ("Kenya and Oman held a second round of naval drills off Lamu.", {"KEN", "OMN"}),
    ],
)
def test_a_stretch_of_exercises_is_the_exercises(text: str, countries: set[str]) -> None:
    record = _one(text, "COOPERATE")
    assert {p.country for p in (*record.actors, *record.recipients)} == countries


def test_second_wish_of_a_demand_is_no_deed() -> None:
    found = _coded("Chilufya demanded that Angola pay compensation to the families and allow Zambian investigators into Moxico.")
    assert [m.type for m in found] == ["REQUEST"]


def test_who_says_it_does_not_do_it() -> None:
    assert not _coded('"Minsk trades in people," the Estonian foreign minister, Mart Saar, said in Luxembourg.')


def test_capitals_of_a_headline_pair_both_act() -> None:
    assert {p.country for p in _one("Seoul, Tokyo agree to share missile data.", "AGREE").actors} == {"KOR", "JPN"}


def test_who_expelled_is_found_behind_from() -> None:
    record = _one("Three envoys of the African Union have been expelled from Eritrea.", "SANCTION")
    assert {p.country for p in record.actors} == {"ERI"} and record.recipients


def test_whose_proposal_is_refused_is_no_mere_mediator() -> None:
    record = _one("A Sudanese rebel leader rejected the draft truce proposed by the African Union.", "REJECT")
    assert any(p.entity == "org:au" for p in record.recipients), record.recipients


def test_a_minister_of_the_same_state_can_be_refused_something() -> None:
    record = _one("Kenya's president on Friday refused a request from the finance minister to dismiss a judge.", "REJECT")
    assert any("finance minister" in p.text for p in record.recipients), record.recipients


@pytest.mark.parametrize(
    ("text", "kind", "cameo"),
    [
        ("Ethiopian troops captured two villages near Adwa.", "ASSAULT", "192"),
        ("Rebels in Sudan overran the army base at Kadugli.", "ASSAULT", "192"),
        ("Azerbaijan annexed the district in 2020.", "COERCE", "192"),
        ("Ghana's junta seized a gold mine of a Canadian company.", "COERCE", "171"),
    ],
)
def test_a_captured_town_is_fighting_and_a_seized_mine_is_not(text: str, kind: str, cameo: str) -> None:
    record = _one(text, kind)
    assert record.cameo == cameo and (kind == "COERCE" or record.mode is None)


@pytest.mark.parametrize(
    "text",
    [
        "Malta and Cyprus drive on the left.", "Cape Verde and Senegal are separated by six hundred kilometres of rough sea.",
        "Peru ships rice to Chile? Not yet",
    ],
)  # fmt: skip
def test_a_likeness_or_a_question_is_no_deed(text: str) -> None:
    assert not _coded(text)


def test_what_an_ultimatum_asks_for_is_not_done_by_who_gives_it() -> None:
    found = _coded("Ghana's president gave Togo until 3 May to free the fishermen.")
    assert [m.type for m in found] == ["THREATEN"]


@pytest.mark.parametrize(
    ("text", "kind", "actors", "recipients"),
    [
        ("The ship was handed over to Somali officials on 2 August.", "RETREAT", [], ["SOM"]),
        ("Ghana lodged a protest with Togo over three bombs that came down on a village and killed two farmers.", "ASSAULT", [], [None]),
        ("Algerian guards sent two lorries with ninety migrants back to Niger on Friday.", "COERCE", ["DZA"], [None]),
        ("Forty Ghanaian sailors are being held in a warehouse in Tripoli.", "COERCE", [], ["GHA"]),
        ("Togo's rebels let the hostages go on Friday.", "RETREAT", ["TGO"], [None]),
        ("Peru is bringing home its engineers from Haiti.", "SANCTION", ["PER"], ["HTI"]),
        ("On August 9 Togo's troops clashed near the border with smugglers.", "ASSAULT", ["TGO"], [None]),
    ],
)  # fmt: skip
def test_who_did_it_and_to_whom_in_passives_and_relatives(text: str, kind: str, actors: list[str], recipients: list[str | None]) -> None:
    record = _one(text, kind)
    assert [a.country for a in record.actors] == actors
    assert [r.country for r in record.recipients] == recipients


def test_each_of_two_joined_verbs_tells_a_deed() -> None:
    found = _coded("Bahrain dissolved the main opposition party in 2016 and stripped its cleric of his citizenship.")
    assert [m.type for m in found] == ["COERCE", "COERCE"]


def test_speaking_terms_are_no_agreement() -> None:
    assert not _coded("Lome and Accra are on speaking terms again.")


def test_people_of_public_life_need_no_name() -> None:
    found = _coded("Rebels drummed the mayor out of the valley.") or _coded("Police dragged a journalist off a bus.")
    assert found and all(p.country is None for m in found for p in m.actors)


def test_whom_they_hit_is_not_hit_by_who_says_so() -> None:
    assert not [m for m in _coded('"They hit us with sticks," says Omar Faruk, 34, a driver from Lome.') if m.actors]


def test_a_handover_does_nothing_itself() -> None:
    found = _coded("The handover follows a truce that Togo's army and the rebels signed on Friday.")
    assert not [a for m in found for a in m.actors if "handover" in (a.text or "")]


def test_who_stays_away_has_not_stopped_firing() -> None:
    assert not _coded("The rebels stayed away for two days after an air strike on the town.")


@pytest.mark.parametrize("text", ["Six Ghanaian soldiers of a UN force died on Tuesday when rebels ambushed a convoy.", "Four Kenyan soldiers fell on Tuesday."])
def test_the_dead_did_not_do_it(text: str) -> None:
    assert not [a for m in _coded(text) for a in m.actors if a.country in {"GHA", "KEN"}]
