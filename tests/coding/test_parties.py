"""Who did it to whom in the shapes that lose or turn round a participant."""

from __future__ import annotations

import pytest

from communique import pipeline

SHAPES = [
    ("Ships and aircraft of Japan and India trained together on Monday.", "COOPERATE", {"JPN", "IND"}, set()),
    ("The Chilean consul was handed a protest note by Bolivian officials on Friday.", "ACCUSE", {"BOL"}, {"CHL"}),
    ("Peru's Supreme Court overturned the conviction of a Bolivian trader last week.", "CONCEDE", {"PER"}, {"BOL"}),
    ("La Paz nevertheless accused the Peruvian embassy of paying the miners.", "ACCUSE", {"BOL"}, {"PER"}),
    ("Oman and Yemen agreed on Monday to reaffirm the ban on mines in the Arabian Sea.", "AGREE", {"OMN", "YEM"}, set()),
    ("Chad's Defence Minister Issa Malloum and Sudan's Defence Minister Hassan Kabroun agreed on Monday to patrol the border with Libya.", "AGREE", {"TCD", "SDN"}, {"LBY"}),
    ("Chad's interior minister Limane Mahamat and Sudan's envoy Omar Bashir signed a border accord on Tuesday.", "SUPPORT", {"TCD", "SDN"}, set()),
    ("Emmanuel Macron and German Chancellor Friedrich Merz condemned the strike.", "ACCUSE", {"FRA", "DEU"}, set()),
    ("Japanese Defence Minister Gen Nakatani and South Korean Defence Minister Ahn Gyu-back agreed to keep training together.", "AGREE", {"JPN", "KOR"}, set()),
    ("French and German ministers met Turkish officials in Ankara.", "CONSULT", {"FRA", "DEU"}, {"TUR"}),
    ("Zambia's president Hakainde Hichilema and Kenya's president William Ruto condemned the raid.", "ACCUSE", {"ZMB", "KEN"}, set()),
    ("Polish President Karol Nawrocki, along with Lithuanian President Gitanas Nauseda, condemned Russia's drone flights.", "ACCUSE", {"POL", "LTU"}, {"RUS"}),
    ("France, together with Germany, imposed sanctions on Belarus on Tuesday.", "SANCTION", {"FRA", "DEU"}, {"BLR"}),
    ("Serbian Prime Minister Duro Macut met Hungary's Viktor Orban, joined by Slovak leader Robert Fico, in Budapest.", "CONSULT", {"SRB", "SVK"}, {"HUN"}),
    ("Armenia suffered an attack by Azerbaijani forces on Tuesday.", "ASSAULT", {"AZE"}, {"ARM"}),
    ("Sudan is facing criticism from Kenya over the camps.", "ACCUSE", {"KEN"}, {"SDN"}),
    ("Lebanon received aid worth 40 million dollars from Qatar on Tuesday.", "AID", {"QAT"}, {"LBN"}),
    ("The president of the United States sanctioned Russia along with Belarus on Friday.", "SANCTION", {"USA"}, {"RUS"}),
]


@pytest.mark.parametrize(("text", "kind", "actors", "recipients"), SHAPES, ids=[s[0][:40] for s in SHAPES])
def test_who_did_it_to_whom(text: str, kind: str, actors: set[str], recipients: set[str]) -> None:
    found = [m for m in pipeline.code_text(text, published="2025-09-12").mentions if m.type == kind]
    assert len(found) == 1
    assert {a.country for a in found[0].actors} == actors
    assert {r.country for r in found[0].recipients} == recipients


def test_who_condemns_a_coup_did_not_do_it() -> None:
    found = pipeline.code_text("Kenya condemned the coup in Gabon on Monday.", published="2025-09-12").mentions
    assert [m.type for m in found if any(a.country == "KEN" for a in m.actors)] == ["ACCUSE"]


def test_sanctions_on_a_country_are_not_placed_there() -> None:
    found = pipeline.code_text("Canada imposed sanctions on Belarus on Tuesday.", published="2025-09-12").mentions
    assert [m.where for m in found] == [None]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("Allies end Northern Shield drills", "COOPERATE"), ("Seoul and Washington end annual drills", "COOPERATE"), ("Seoul suspended its drills with Washington on Friday.", "REJECT")],
)
def test_drills_that_end_were_held_and_those_suspended_were_not(text: str, kind: str) -> None:
    assert {m.type for m in pipeline.code_text(text, published="2025-09-12").mentions} <= {kind}


def test_a_court_named_after_a_time_word_is_the_one_that_convicted() -> None:
    text = "Bolivia expelled two diplomats of Chile on Thursday, a day after a court in Santiago convicted a former Bolivian mining chief of fraud."
    found = pipeline.code_text(text, published="2025-09-12").mentions
    convicted = [m for m in found if m.mode == "convict"]
    assert [{a.country for a in m.actors} for m in convicted] == [{"CHL"}]


def test_a_threat_that_is_agreed_to_be_met_is_no_agreement() -> None:
    text = "The Indian and Australian defence ministers agreed on Monday to keep close cooperation with Tokyo against China's missile threat."
    found = pipeline.code_text(text, published="2025-09-12").mentions
    assert [{a.country for a in m.actors} for m in found if m.type == "AGREE"] == [{"IND", "AUS"}]


def test_a_bare_surname_before_another_states_minister_acts_with_him() -> None:
    text = (
        "Japanese Defence Minister Gen Nakatani travelled to Seoul on Monday.\n\n"
        "Nakatani and South Korean Defence Minister Ahn Gyu-back agreed to resume regular talks between their ministries."
    )
    agreed = [m for m in pipeline.code_text(text, published="2025-09-12").mentions if m.type == "AGREE"]
    assert [{a.country for a in m.actors} for m in agreed] == [{"JPN", "KOR"}]
    assert agreed[0].recipients == ()


def _sides(text: str) -> set[tuple[str, tuple[str | None, ...], tuple[str | None, ...]]]:
    return {(m.type, tuple(a.country for a in m.actors), tuple(r.country for r in m.recipients)) for m in pipeline.code_text(text, published="2025-09-12").mentions}


@pytest.mark.parametrize(
    "text",
    [
        "Ukraine's allies pledged more shells on Monday.", "The allies of Ukraine condemned the raid on Kharkiv.", "Greece's creditors demanded further cuts from Athens.",
        "Russia's rivals met in Vilnius.", "Anti-China protesters burned shops in Hanoi.", "Pro-Russian protesters stormed the town hall in Gagauzia.",
        "Anti-Maduro demonstrators marched on the palace.", "Non-EU countries criticised the levy.", "Former Soviet republics signed a pact.",
        "Turkey-backed rebels and US-backed Kurdish fighters clashed near Manbij.", "US-backed forces attacked a base on Monday.",
    ],
)  # fmt: skip
def test_what_people_are_to_a_state_does_not_make_them_its_own(text: str) -> None:
    found = _sides(text)
    assert found and {c for _, actors, _ in found for c in actors} == {None}


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("Haiti's Dominican neighbours deported ninety people.", "DOM"), ("Putin's army shelled Kharkiv.", "RUS"), ("Maduro's supporters clashed with police.", "VEN"),
        ("An Emirati-led strike on a Yemeni fishing boat killed twelve people.", "ARE"),
    ],
)  # fmt: skip
def test_a_state_that_is_named_beside_the_relation_still_acts(text: str, country: str) -> None:
    assert {actors for _, actors, _ in _sides(text)} == {(country,)}


@pytest.mark.parametrize(("text", "country"), [("Kenya accused its neighbour Ethiopia of plans to end the truce.", "ETH"), ("Russia condemned its former partner Armenia.", "ARM")])
def test_a_neighbour_that_is_named_is_that_state(text: str, country: str) -> None:
    assert {recipients for _, _, recipients in _sides(text)} == {(country,)}


def test_allies_act_beside_the_state_whose_they_are() -> None:
    assert ("ASSAULT", ("USA", None), (None,)) in _sides("The United States and its allies bombed a camp in Raqqa.")


def test_the_body_to_which_somebody_is_accredited_does_not_act() -> None:
    assert "United Nations" not in {a.name for m in pipeline.code_text("Peru's ambassador and permanent representative to the United Nations rejected a military solution.", published="2025-09-12").mentions for a in m.actors}


def test_a_heading_before_a_colon_does_not_act() -> None:
    assert {actors for _, actors, _ in _sides("Panama: Since March, the US government has ordered nine hundred migrants to wait in camps.")} == {("USA",)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Qatar launched a mediation effort between Chad and Sudan.", ("CONSULT", ("QAT",), ("TCD", "SDN"))),
        ("The Brazilian president attended a meeting of the Andean Community in Quito.", ("CONSULT", ("BRA",), (None,))),
        ("Protesters burned the Albanian flag.", ("PROTEST", (None,), ("ALB",))),
        ("The Swiss authorities gave account details of forty people to the Ghanaian government.", ("COOPERATE", ("CHE",), ("GHA",))),
    ],
)
def test_deeds_that_hang_on_their_object(text: str, expected: tuple[object, ...]) -> None:
    assert _sides(text) == {expected}
