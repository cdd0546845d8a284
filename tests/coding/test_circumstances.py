"""When and where of records, in the shapes that lose them or borrow another's."""

from __future__ import annotations

import pytest

from communique import pipeline

PLACES = [
    ("About 300 Guinean nurses marched through Conakry on Wednesday.", "PROTEST", "Conakry"),
    ("In Lome, about 200 Togolese students marched to the Ghanaian embassy on Tuesday.", "PROTEST", "Lome"),
    ("Two Malian soldiers were killed by Burkinabe guards on Monday near the river town of Segou.", "ASSAULT", "Segou"),
    ("Chadian Foreign Minister Amina Djarma travelled to Niamey on Thursday.", "CONSULT", "Niamey"),
    ("Four Chadian soldiers were shot dead by border guards from Sudan on Monday, the army in N'Djamena said.", "ASSAULT", None),
]


@pytest.mark.parametrize(("text", "kind", "place"), PLACES, ids=[p[0][:40] for p in PLACES])
def test_where_it_happened(text: str, kind: str, place: str | None) -> None:
    found = [m for m in pipeline.code_text(text, published="2026-03-04").mentions if m.type == kind]
    assert len(found) == 1
    assert (found[0].where.name if found[0].where else None) == place


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The European Union suspended 30 million euros of aid to Chad's customs service on Tuesday.", "2026-03-03"),
        ("Canada gave Chad four patrol boats on Tuesday.", "2026-03-03"),
        ("The two ministers' meeting was put off to Tuesday.", "2026-03-10"),
        ("Kenya is due to sign an accord with Uganda on Tuesday.", "2026-03-10"),
    ],
)
def test_the_weekday_of_what_was_done_and_of_what_was_put_off(text: str, day: str) -> None:
    times = pipeline.code_text(text, published="2026-03-05").times
    assert [t.start for t in times] == [day]


SPANS = [  # text, type, start, end, the rule's words
    ("Zambian President Ruth Banda has courted Malawi since taking office in January, but so far her offers have been rejected by Malawi.", "REJECT", "2026-01-01", "2026-03-05", "since"),
    ("Zambian President Ruth Banda took office in January, but so far her offers have been rejected by Malawi.", "REJECT", None, "2026-03-05", "up to publication"),
    ("Peru warned its neighbours on Monday about Bolivia's deepening military cooperation with Cuba.", "COOPERATE", None, "2026-03-05", "up to publication"),
]


@pytest.mark.parametrize(("text", "kind", "start", "end", "rule"), SPANS, ids=[s[0][:50] for s in SPANS])
def test_what_lasts_is_open_to_publication(text: str, kind: str, start: str | None, end: str, rule: str) -> None:
    found = [m.when for m in pipeline.code_text(text, published="2026-03-04").mentions if m.type == kind]
    assert [(w.start, w.end) for w in found] == [(start, end)]
    assert rule in (found[0].rule or "")


_STAY = "Kenyan Defence Minister Amos Kiplagat and Ugandan Defence Minister Sarah Nankya agreed in Kampala on {day} to share radar data. {then}"


@pytest.mark.parametrize(
    ("day", "then", "when"),
    [
        ("Tuesday", "During his three-day trip, Kiplagat is due to visit a Ugandan naval base on Lake Victoria.", ("2026-03-03", "2026-03-06")),
        ("Tuesday", "Kiplagat is due to visit a Ugandan naval base on Lake Victoria.", (None, None)),
        ("Tuesday", "During a three-day trip next month, Kiplagat is due to visit a Ugandan naval base.", ("2026-04-01", "2026-05-01")),
        ("Feb. 10", "During his three-day trip, Kiplagat is due to visit a Ugandan naval base on Lake Victoria.", (None, None)),
    ],
)
def test_a_plan_within_a_stay_lies_in_its_days(day: str, then: str, when: tuple[str | None, str | None]) -> None:
    text = _STAY.format(day=day, then=then)
    found = [m.when for m in pipeline.code_text(text, published="2026-03-04").mentions if m.trigger.start > text.index("due to visit")]
    assert {(w.start, w.end) for w in found} == {when}


@pytest.mark.parametrize(("word", "start"), [("annual ", None), ("", "2026-02-01")])
def test_one_of_a_series_borrows_no_date(word: str, start: str | None) -> None:
    text = f"Kenyan and Ugandan defence ministers met in Kampala in February 2026. The ministers praised the {word}talks between Kenya and Uganda."
    found = [m.when.start for m in pipeline.code_text(text, published="2026-03-04").mentions if m.trigger.start > text.index("praised the")]
    assert found == [start]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Talks between Ghana and Togo on the canal will resume on 23 March, the ministry said on Monday.", "2026-03-23"),
        ("Ghana and Togo have scheduled talks on dredging a canal for 23 March, a minister said on Monday.", "2026-03-23"),
        ("The joint exercise of Ghana and Togo will start on 23 March, the army told reporters on Monday.", "2026-03-23"),
    ],
)
def test_a_plan_has_its_own_day_not_that_of_the_saying(text: str, day: str) -> None:
    found = [m for m in pipeline.code_text(text, published="2026-03-04").mentions if m.type == "AGREE"]
    assert [m.when.start for m in found] == [day]


@pytest.mark.parametrize(
    ("text", "kind", "modality", "day"),
    [
        ("Ghana and Togo are considering a joint exercise off the coast, a spokesman said.", "COOPERATE", "hypothetical", None),
        ("Ghana and Togo announced that the joint exercise would take place on 23 March.", "AGREE", "pledged", "2026-03-23"),
        ("Ghana insisted that talks with Togo on the canal will go ahead on 23 March.", "AGREE", "planned", "2026-03-23"),
        ("Ghana and Togo agreed to stage joint border exercises in May.", "AGREE", "planned", "2026-05-01"),
        ("Ghana reaffirmed its pledge to double aid to Togo by 2028, officials said.", "AGREE", "pledged", "2028-01-01"),
        ("Ghana reaffirmed its pledge to aid Togo, officials said on Monday.", "AGREE", "actual", None),
    ],
)
def test_what_is_only_considered_or_still_to_come(text: str, kind: str, modality: str, day: str | None) -> None:
    found = [(m.type, m.modality, m.when.start) for m in pipeline.code_text(text, published="2026-03-04").mentions]
    assert (kind, modality, day) in found
    assert not any(k == "COOPERATE" and mood == "actual" for k, mood, _ in found)


@pytest.mark.parametrize(
    ("text", "trigger", "said_by"),
    [
        ("Oman insisted Yemen had shelled Salalah.", "shelled", [("Oman", "insisted")]),
        ("Ghana acknowledged that it had deported ten Nigerians.", "deported", [("Ghana", "acknowledged")]),
        ("Turkey reportedly shelled Iraq on Friday.", "shelled", [("unnamed source", "reportedly")]),
        ("Mali condemned the shelling of Gao by Algeria on Friday.", "condemned", []),
        ("A document seen by Reuters showed that Chad had shelled Sudan.", "shelled", [("A document seen by Reuters", "showed")]),
        ("The port ministry, quoted by Xinhua, said Togo had shelled Benin.", "shelled",
         [("The port ministry, quoted by Xinhua", "said"), ("Xinhua", "quoted by")]),
    ],
)
def test_who_says_so_where_the_cue_is_an_act_or_an_adverb(text: str, trigger: str, said_by: list[tuple[str, str]]) -> None:
    coded = pipeline.code_text(text, published="2026-05-04")
    record = next(m for m in coded.mentions if text[m.trigger.start : m.trigger.end] == trigger)
    assert [(a.speaker.name, text[a.cue.start : a.cue.end]) for a in record.attribution if a.cue] == said_by


def test_what_had_been_done_in_a_month_lies_behind() -> None:
    coded = pipeline.code_text("Jordan recalled that Syria had shelled Irbid in June.", published="2026-05-04")
    assert [m.when.start for m in coded.mentions if m.type == "ASSAULT"] == ["2025-06-01"]


DAYS = [  # text, trigger, start, end
    ("On March 2, 2026, raiders fell upon a bus and killed nine Chadian soldiers, and a week later parliament voted for a curfew.", "killed", "2026-03-02", "2026-03-03"),
    ("On 2 March 2026 Chadian troops crossed the river and shelled a Sudanese village, the army said.", "shelled", "2026-03-02", "2026-03-03"),
    ("Two Kenyan fishermen drowned on Sunday night when a Somali patrol boat rammed their dhow, the ministry said on Tuesday, hours before envoys were to meet.", "rammed", "2026-03-01", "2026-03-02"),
    ("On Monday Chad expelled the envoy after Sudan had shelled Adre.", "shelled", None, None),
    ("The bank, which has pledged aid to Togo, opened an office on Monday.", "pledged", None, None),
    ("Zambia has sheltered 3,000 Congolese since rebels drove them out in 2021.", "sheltered", "2021-01-01", "2026-03-05"),
    ("Togo has suspended all aid to Benin.", "suspended", None, "2026-03-05"),
    ("Zambia refused to attend the talks that Malawi has proposed for April 2.", "proposed", None, "2026-03-05"),
    ("Malawi proposed talks with Zambia on Monday for April 2.", "proposed", "2026-03-02", "2026-03-03"),
]


@pytest.mark.parametrize(("text", "trigger", "start", "end"), DAYS, ids=[d[0][:50] for d in DAYS])
def test_which_deed_of_a_sentence_a_time_reaches(text: str, trigger: str, start: str | None, end: str | None) -> None:
    coded = pipeline.code_text(text, published="2026-03-04")
    assert [(m.when.start, m.when.end) for m in coded.mentions if text[m.trigger.start : m.trigger.end] == trigger] == [(start, end)]


HEADLINES = [
    ("Togolese navy seizes Ghanaian trawler off Keta", "The Togolese navy seized a Ghanaian trawler on Monday, the ministry said.", "2026-03-02"),
    ("Chad shells Sudanese village", "Kenya shelled a Somali village on Monday.", None),
    ("Chad to expel Sudanese envoy", "Chad expelled Sudan's consul on Tuesday.", None),
    ("Chad shells Sudanese village", "Ministers of Chad and Sudan met on Monday in Paris. Chad shelled a village in Sudan on Sunday.", None),
]


@pytest.mark.parametrize(("title", "body", "start"), HEADLINES)
def test_a_headline_has_the_day_of_its_deed_in_the_first_sentence(title: str, body: str, start: str | None) -> None:
    coded = pipeline.code_text(f"{title}\n\n{body}\n", published="2026-03-04")
    assert [m.when.start for m in coded.mentions if m.trigger.start < len(title)] == [start]


SPOTS = [  # text, type, place, country
    ("Togolese police fired on Ghanaian traders near Wenkwa on Monday.", "ASSAULT", "Wenkwa", None),
    ("Malian soldiers killed six Nigerien herders near the village of Tin Akoff on Monday.", "ASSAULT", "Tin Akoff", None),
    ("Kenyan police beat Ugandan students outside Parliament on Monday.", "ASSAULT", None, None),
    ("An air strike on Kyaukme killed six Burmese traders on Monday.", "ASSAULT", "Kyaukme", "MMR"),
    ("Sudanese gunmen stormed the last barracks of Mellit in December 2025.", "ASSAULT", "Mellit", "SDN"),
    ("The Togolese government withdrew 600 men from Kpalime in February.", "RETREAT", "Kpalime", "TGO"),
    ("Raiders fell upon a bus near Gao and killed nine Malian soldiers.", "ASSAULT", "Gao", "MLI"),
    ("The agency has halted deliveries in Kidal, where it fed 2,000 Malians in January.", "AID", "Kidal", "MLI"),
    ("Togo dropped its suit against Benin so as not to spoil the summit in Accra.", "CONCEDE", None, None),
    ("Ministers want to stay in Mali, a week after rebels killed two Malian soldiers.", "ASSAULT", None, None),
    ("Togo's foreign minister, addressing deputies in the Ghanaian capital, condemned Nigeria.", "ACCUSE", "Accra", "GHA"),
    ("A spokesman for the Kenyan army in Nairobi accused Uganda of piracy.", "ACCUSE", None, None),
]


@pytest.mark.parametrize(("text", "kind", "place", "country"), SPOTS, ids=[s[0][:50] for s in SPOTS])
def test_which_place_is_that_of_the_deed(text: str, kind: str, place: str | None, country: str | None) -> None:
    found = [m.where for m in pipeline.code_text(text, published="2026-03-04").mentions if m.type == kind]
    assert [(w.name, w.country) if w else (None, None) for w in found] == [(place, country)]


_LEAD = "ACCRA, March 4, 2026 (Coast News) - {lead}\n\nRain fell over the city in the night and the market stayed shut.\n\n{then}\n"


@pytest.mark.parametrize(
    ("lead", "place"),
    [
        ("Ministers of Ghana and Togo held talks on Tuesday.", "Accra"),
        ("Ghana barred 40 lorries from Togo on Tuesday.", None),
    ],
)
def test_a_dateline_is_the_place_only_of_the_talks_that_the_lead_tells_of(lead: str, place: str | None) -> None:
    text = _LEAD.format(lead=lead, then="Ghana and Togo have agreed to receive an envoy.")
    found = [m.where.name if m.where else None for m in pipeline.code_text(text).mentions if text[m.trigger.start : m.trigger.end] == "agreed"]
    assert found == [place]
