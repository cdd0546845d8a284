"""Turns of agency prose that were once misread: what is told and what is only claimed, meant or presupposed."""

from __future__ import annotations

import pytest

from communique import pipeline
from communique.records import EventMention

# text, then the records expected: type, actors' countries, recipients' countries, modality
ROWS = [
    ("Togo has suspended 40 million dollars in aid to the Beninese government.", [("SANCTION", {"TGO"}, {"BEN"}, "actual")]),
    ("Kenya gave the Somali ambassador 48 hours to leave the country.", [("THREATEN", {"KEN"}, {"SOM"}, "actual")]),
    ("Ghana's president gave Togo until 3 May to free the two pilots.", [("THREATEN", {"GHA"}, {"TGO"}, "actual")]),
    ("Norway plans to end its military mission in Chad by May.", [("CONCEDE", {"NOR"}, {"TCD"}, "planned")]),
    ("Zambia, which hosts 90,000 Congolese refugees, reopened the Kasumbalesa crossing.", [("RETREAT", {"ZMB"}, set(), "actual")]),
    ("Oman condemned the raid and its army vowed a crushing response.", [("ACCUSE", {"OMN"}, set(), "actual"), ("THREATEN", {"OMN"}, set(), "actual")]),
    ("Chinese Foreign Minister Wang Yi called on Prime Minister Narendra Modi on Monday.", [("CONSULT", {"CHN"}, {"IND"}, "actual")]),
    ("Algeria sent its foreign minister to Mauritania to look for a way out.", [("CONSULT", {"DZA"}, {"MRT"}, "actual")]),
    ("Togo, Ghana agree on a pipeline to Lome.", [("AGREE", {"TGO", "GHA"}, set(), "actual")]),
    ("Sweden has stopped most of its aid to Kigali, and Norway has put nine Rwandan officers under sanctions.", [("SANCTION", {"SWE"}, {"RWA"}, "actual"), ("SANCTION", {"NOR"}, {"RWA"}, "actual")]),
    ("Chad closed the crossing after shots were fired at its guards.", [("SANCTION", {"TCD"}, set(), "actual"), ("ASSAULT", set(), {"TCD"}, "actual")]),
    ("Benin and Niger signed a framework for peace in Lome.", [("SUPPORT", {"BEN", "NER"}, set(), "actual")]),
    ("Nigerien President Moussa Adakou telephoned his Togolese counterpart on Monday.", [("CONSULT", {"NER"}, {"TGO"}, "actual")]),
    ("Uruguay expelled a Russian attache suspected of spying.", [("SANCTION", {"URY"}, {"RUS"}, "actual")]),
    ("Egypt froze water talks with Ethiopia in June.", [("REJECT", {"EGY"}, {"ETH"}, "actual")]),
]  # fmt: skip


def _lands(parties: tuple[object, ...]) -> set[str]:
    return {c for p in parties if (c := getattr(p, "country", None))}


def _coded(text: str) -> list[EventMention]:
    return [m for m in pipeline.code_text(text, published="2026-05-20").mentions if m.type != "STATE"]


@pytest.mark.parametrize(("text", "records"), ROWS, ids=[row[0][:44] for row in ROWS])
def test_agency_prose(text: str, records: list[tuple[str, set[str], set[str], str]]) -> None:
    found = [(m.type, _lands(m.actors), m.modality) for m in _coded(text)]
    assert found == [(kind, actors, modality) for kind, actors, _, modality in records]
    for mention, (_, _, recipients, _) in zip(_coded(text), records, strict=True):
        assert recipients <= _lands(mention.recipients)


@pytest.mark.parametrize(
    ("text", "modality"),
    [
        ("Uganda rejected allegations by Rwanda that it supplies rifles to the rebels.", "denied"),
        ("The minister spoke after allegations that Uganda supplies rifles to Rwandan rebels.", "hypothetical"),
    ],
)
def test_what_is_only_alleged_is_no_deed(text: str, modality: str) -> None:
    assert {m.modality for m in _coded(text) if m.type == "AID"} == {modality}


def test_what_somebody_waits_for_has_not_come() -> None:
    found = _coded("Togo said there would be no talks until Benin stopped the shelling.")
    assert {m.modality for m in found if m.type == "RETREAT"} <= {"hypothetical"}


def test_what_stands_before_a_semicolon_is_not_said_by_who_follows_it() -> None:
    found = _coded("Chad closed the Kousseri border crossing; Niger said it was unlawful.")
    assert [_lands(m.actors) for m in found if m.type in {"SANCTION", "COERCE"}] == [{"TCD"}]
    assert not found[0].attribution
    found = _coded("Kenya has sent an envoy to Ethiopia; the African Union has offered its good offices.")
    assert not [a for m in found if m.type == "CONSULT" for a in m.attribution]
    assert [m.modality for m in found if m.type == "AGREE"] == ["pledged"]


def test_a_speaker_tagged_on_behind_a_place_is_found() -> None:
    found = _coded("Kenya, Oman and India began their exercise on Monday in waters off Pate Island, Kenya's Joint Chiefs of Staff said.")
    assert [m.attribution[0].speaker.country for m in found if m.type == "COOPERATE"] == ["KEN"]


def test_a_bill_is_not_yet_a_departure() -> None:
    found = _coded("Iran's parliament is considering a bill to leave the Nuclear Non-Proliferation Treaty.")
    assert {m.modality for m in found if m.type == "SANCTION"} <= {"hypothetical", "planned"}


def test_speakers_end_where_their_relative_clause_begins() -> None:
    found = _coded("NATO, which has 3,700 peacekeepers in Kosovo, said it would step up patrols in Bosnia.")
    assert {m.attribution[0].speaker.name for m in found} == {"NATO"}
    found = _coded("Kenya withdrew its team from Uganda on Wednesday, citing safety.")
    assert not [a for m in found for a in m.attribution]


@pytest.mark.parametrize(
    "text",
    [
        "The European Union will pay for schools for displaced families in Chad.",
        "Niger said the visitors had no authority to make such a request.",
        "Angola accepted a report that analysts have called credible.",
    ],
)
def test_presupposed_and_impossible_acts_are_no_records(text: str) -> None:
    assert not [m for m in _coded(text) if m.type in {"SANCTION", "REQUEST", "CONSULT"}]


def test_one_attack_is_one_record() -> None:
    found = _coded("A Chadian patrol ship fired on a Nigerien supply boat near Baga, injuring two sailors.")
    assert [m.type for m in found] == ["ASSAULT"]
    text = "Kenya's president spoke of a shooting on their disputed border that killed three Kenyan guards and wounded nine."
    found = _coded(text)
    assert [(m.type, m.trigger.start) for m in found if m.type == "ASSAULT"] == [("ASSAULT", text.index("killed"))]


def test_a_time_that_only_qualifies_a_noun_is_not_the_event_s() -> None:
    found = _coded("The Kenyans were deported by Tanzania under a 2019 law.")
    assert [(m.type, m.when.start) for m in found] == [("COERCE", None)]
    found = _coded("The Gambian envoy, who arrived on Monday, condemned Senegal.")
    assert [m.when.start for m in found if m.type == "ACCUSE"] == [None]


def test_a_later_mr_is_the_minister_named_before() -> None:
    found = _coded("Chinese Foreign Minister Wang Yi met Kenya's president on Monday. Mr Wang will travel to Uganda on Friday.")
    assert _lands(found[-1].actors) == {"CHN"}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("CARACAS/BOGOTA (Reuters), July 18, 2025 - ", "CARACAS/BOGOTA"),
        ("New Delhi, Aug. 19, 2025: ", "New Delhi"),
        ("MOSCOW, July 2. /TASS/. ", "MOSCOW"),
        ("Accra, Nov. 3, GNA - ", "Accra"),
    ],
)
def test_no_dateline_is_read_as_part_of_its_sentence(line: str, place: str) -> None:
    text = f"Chad frees two Kenyans\n\n{line}Chad on Friday freed two Kenyans held since May."
    coded = pipeline.code_text(text, published="2025-08-20")
    assert coded.article.header.dateline == place
    found = [m for m in coded.mentions if m.trigger.start > len(line) + 20]
    assert [(m.type, _lands(m.actors)) for m in found] == [("RETREAT", {"TCD"})]


def test_what_happened_before_does_not_borrow_the_day_of_what_came_after() -> None:
    found = _coded(
        "Kenya's president met Uganda's president in Kampala on Monday. He visited Uganda one month after Uganda's president had travelled to Nairobi."
    )
    assert [m.when.start for m in found if m.where and m.where.name == "Nairobi"] == [None]


def test_a_meeting_in_the_land_of_one_side_is_a_visit() -> None:
    found = _coded("Kenyan Foreign Minister Musa Koech met Ugandan Foreign Minister Ruth Akello in Kampala on Monday.")
    assert [(m.type, m.mode, _lands(m.actors), _lands(m.recipients)) for m in found] == [("CONSULT", "visit", {"KEN"}, {"UGA"})]


def test_the_name_of_an_exercise_is_nobody_who_acts() -> None:
    found = _coded("Three-nation Steady Harbour exercise begins off Mombasa\n\nKenya, Oman and India began their Steady Harbour exercise on Monday.")
    assert all(_lands(m.actors) for m in found)


def test_a_headline_s_infinitive_is_a_plan() -> None:
    found = _coded("Kenya, Oman coast guards to drill jointly off Mombasa in August\n\nThe coast guards met on Monday.")
    assert [m.modality for m in found if m.trigger.start < 64] == ["planned"]
