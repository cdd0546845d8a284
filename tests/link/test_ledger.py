"""The ledger's turns, on records made by hand: what only begins, what is open, whose pledge is told again."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from communique.evaluate._reports import made
from communique.link import link_documents
from communique.records import Participant

Report = tuple[str, str, dict[str, Any]]


def _says(trigger: str, kind: str, modality: str, actors: str, recipients: str = "", when: tuple[str, str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"trigger": trigger, "type": kind, "modality": modality, "actors": actors.split(), "recipients": recipients.split(), "when": list(when) if when else None, **more}


CASES: dict[str, tuple[list[Report], list[tuple[str, str]]]] = {
    "whoever arrives for three days is still there": (
        [
            ("2024-03-01", "Ghana will receive Benin, whose envoy will visit on 12 March.", _says("visit", "AGREE", "planned", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"))),
            ("2024-03-13", "Benin's envoy arrived in Ghana on Tuesday for a three-day visit.", _says("arrived", "CONSULT", "actual", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"), mode="visit")),
        ],
        [("2024-03-02", "scheduled"), ("2024-03-14", "under way")],
    ),
    "whoever arrives for talks has come": (
        [
            ("2024-03-01", "Ghana will receive Benin, whose envoy will visit on 12 March.", _says("visit", "AGREE", "planned", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"))),
            ("2024-03-13", "Benin's envoy arrived in Ghana on Tuesday to see its president.", _says("arrived", "CONSULT", "actual", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"), mode="visit")),
        ],
        [("2024-03-14", "held")],
    ),
    "a drill whose month is still to come is announced, also where it was coded as done": (
        [("2025-07-18", "Kenya, Oman coast guards to drill jointly off Mombasa in August.", _says("drill", "AGREE", "actual", "KEN OMN", "", ("2025-08-01", "2025-09-01", "month")))],
        [("2025-07-19", "scheduled"), ("2025-09-02", "overdue-unreported")],
    ),
    "later this year is no date, and can be overdue": (
        [("2024-03-01", "Malta and Italy will hold a joint exercise later this year.", _says("exercise", "AGREE", "planned", "MLT ITA", "", ("2024-03-01", "2025-01-01", "year")))],
        [("2024-03-02", "announced"), ("2025-02-01", "overdue-unreported")],
    ),
    "an invitation without a day is mooted": (
        [
            ("2024-03-01", "Ghana invited Benin to visit its ports.", _says("invited", "AGREE", "actual", "GHA", "BEN")),
            ("2024-03-20", "Benin will visit Ghana on 2 April.", _says("visit", "AGREE", "planned", "BEN", "GHA", ("2024-04-02", "2024-04-03", "day"))),
        ],
        [("2024-03-02", "mooted"), ("2024-03-21", "scheduled")],
    ),
    "the day of a promise is not the day it is due": (
        [
            ("2024-03-04", "Norway promised on Monday to provide Nepal with tents.", _says("promised", "AGREE", "pledged", "NOR", "NPL", ("2024-03-04", "2024-03-05", "day"))),
            ("2024-05-20", "Norway delivered tents to Nepal.", _says("delivered", "AID", "actual", "NOR", "NPL", ("2024-05-19", "2024-05-20", "day"))),
        ],
        [("2024-04-20", "pledged"), ("2024-05-21", "fulfilled")],
    ),
    "what one state will send another is promised": (
        [("2024-03-04", "Norway will send 40 nurses to Nepal.", _says("send", "AGREE", "planned", "NOR", "NPL"))],
        [("2024-03-05", "pledged")],
    ),
    "some of what was promised": (
        [
            ("2024-03-04", "Norway promised Nepal 90 trucks for its army.", _says("promised", "AGREE", "pledged", "NOR", "NPL")),
            ("2024-04-09", "Norway handed over 30 of the 90 trucks that it had promised to Nepal.", _says("handed", "AID", "actual", "NOR", "NPL", ("2024-04-08", "2024-04-09", "day"))),
        ],
        [("2024-04-10", "partly fulfilled")],
    ),
    "a plan insisted on after a denial is disputed": (
        [
            ("2024-03-04", "Peru and Chile will hold talks on 20 March.", _says("talks", "AGREE", "planned", "PER CHL", "", ("2024-03-20", "2024-03-21", "day"))),
            ("2024-03-06", "Chile denied that it would hold talks with Peru.", _says("talks", "CONSULT", "denied", "CHL PER")),
            ("2024-03-08", "Peru said that talks with Chile will go ahead on 20 March.", _says("talks", "AGREE", "planned", "PER CHL", "", ("2024-03-20", "2024-03-21", "day"))),
        ],
        [("2024-03-07", "denied"), ("2024-03-09", "disputed")],
    ),
    "a truce that took effect is under way": (
        [
            ("2024-03-04", "Peru and Chile plan a ceasefire from 9 March.", _says("ceasefire", "AGREE", "planned", "PER CHL", "", ("2024-03-09", "2024-03-10", "day"))),
            ("2024-03-10", "The ceasefire between Peru and Chile took effect on Saturday.", _says("ceasefire", "RETREAT", "actual", "PER CHL", "", ("2024-03-09", "2024-03-10", "day"), mode="ceasefire")),
        ],
        [("2024-03-05", "scheduled"), ("2024-03-11", "under way")],
    ),
    "a visitor expected for a week has only come": (
        [
            ("2024-03-01", "Benin's envoy will travel to Ghana on 12 March for a week-long visit.", _says("travel", "AGREE", "planned", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"))),
            ("2024-03-13", "Benin's envoy arrived in Ghana on Tuesday.", _says("arrived", "CONSULT", "actual", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"), mode="visit")),
        ],
        [("2024-03-02", "scheduled"), ("2024-03-14", "under way")],
    ),
    "who is welcomed at the start of a visit is there": (
        [
            ("2024-03-01", "Benin's envoy will travel to Ghana on 12 March.", _says("travel", "AGREE", "planned", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"))),
            ("2024-03-13", "Benin's envoy was welcomed in Ghana at the start of a visit.", _says("welcomed", "CONSULT", "actual", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"), mode="visit")),
        ],
        [("2024-03-14", "under way")],
    ),
    "a paper signed to do a thing announces it": (
        [("2024-03-01", "Ghana and Benin signed an agreement to chart their lagoons.", _says("signed", "AGREE", "actual", "GHA BEN"))],
        [("2024-03-02", "announced")],
    ),
    "who agreed to free others has given his word": (
        [
            ("2024-03-01", "Ghana agreed to release six sailors of Benin.", _says("agreed", "CONCEDE", "actual", "GHA", "BEN")),
            ("2024-03-20", "Ghana released two sailors of Benin, fewer than half of those it had promised to free.", _says("released", "RETREAT", "actual", "GHA", "BEN", ("2024-03-19", "2024-03-20", "day"))),
        ],
        [("2024-03-02", "pledged"), ("2024-03-21", "partly fulfilled")],
    ),
    "what was mooted in other words is announced": (
        [
            ("2024-03-01", "Ghana and Benin may sit together in a cabinet of both again.", _says("sit", "CONSULT", "hypothetical", "GHA BEN")),
            ("2024-03-20", "Ghana and Benin will hold a joint cabinet session on 2 April.", _says("hold", "AGREE", "planned", "GHA BEN", "", ("2024-04-02", "2024-04-03", "day"))),
            ("2024-04-03", "Ghana and Benin held a cabinet session on Tuesday.", _says("held", "CONSULT", "actual", "GHA BEN", "", ("2024-04-02", "2024-04-03", "day"))),
        ],
        [("2024-03-02", "mooted"), ("2024-03-21", "scheduled"), ("2024-04-04", "held")],
    ),
    "what a host hopes for is mooted": (
        [
            ("2024-03-01", "Ghana hopes to receive Benin's envoy this year.", _says("receive", "AGREE", "planned", "BEN", "GHA", ("2024-01-01", "2025-01-01", "year"), mode="visit")),
            ("2024-03-20", "Benin's envoy will visit Ghana on 2 April.", _says("visit", "AGREE", "planned", "BEN", "GHA", ("2024-04-02", "2024-04-03", "day"))),
        ],
        [("2024-03-02", "mooted"), ("2024-03-21", "scheduled"), ("2024-05-02", "overdue-unreported")],
    ),
    "a promise whose content stands before the verb is known by it": (
        [
            ("2024-03-01", "Ghana would send 90 engineers to mend a dam, its premier promised at a press conference.", _says("promised", "AGREE", "pledged", "GHA")),
            ("2024-03-20", "Ghana took back its promise to send engineers to the dam.", _says("took", "REJECT", "actual", "GHA")),
        ],
        [("2024-03-02", "pledged"), ("2024-03-21", "withdrawn")],
    ),
    "a word is kept by what is done before its day": (
        [
            ("2024-03-01", "Ghana promised to withdraw its troops from Benin by the end of May.", _says("withdraw", "AGREE", "pledged", "GHA", "BEN", ("2024-05-01", "2024-06-01", "month"))),
            ("2024-03-20", "Ghana withdrew its troops from Benin.", _says("withdrew", "RETREAT", "actual", "GHA", "BEN", ("2024-03-19", "2024-03-20", "day"))),
        ],
        [("2024-03-02", "pledged"), ("2024-03-21", "fulfilled")],
    ),
    "a word not kept by its day is broken by who says so": (
        [
            ("2024-03-01", "Ghana promised to withdraw its troops from Benin by the end of May.", _says("withdraw", "AGREE", "pledged", "GHA", "BEN", ("2024-05-01", "2024-06-01", "month"))),
            ("2024-06-20", "Ghana has not withdrawn its troops from Benin despite its promise.", _says("withdrawn", "RETREAT", "denied", "GHA", "BEN")),
        ],
        [("2024-06-10", "lapsed-unreported"), ("2024-06-21", "broken")],
    ),
    "who was to travel says that he will not": (
        [
            ("2024-03-01", "Benin's envoy will visit Ghana on 12 March.", _says("visit", "AGREE", "planned", "BEN", "GHA", ("2024-03-12", "2024-03-13", "day"))),
            ("2024-03-08", "Benin's envoy will not travel to Ghana.", _says("travel", "REJECT", "actual", "BEN", "GHA")),
        ],
        [("2024-03-09", "cancelled")],
    ),
    "what is only talked of is mooted, also where it was coded as done": (
        [("2024-03-01", "Benin and Ghana discussed holding a joint drill.", _says("drill", "COOPERATE", "actual", "BEN GHA"))],
        [("2024-03-02", "mooted")],
    ),
    "those taking part in a drill have not ended it": (
        [
            ("2024-03-01", "Benin and Ghana will hold a drill from 11 to 15 March.", _says("drill", "AGREE", "planned", "BEN GHA", "", ("2024-03-11", "2024-03-16", "period"))),
            ("2024-03-13", "Benin and Ghana are taking part in a drill.", _says("drill", "COOPERATE", "actual", "BEN GHA", "", ("2024-03-11", "2024-03-14", "period"))),
        ],
        [("2024-03-02", "scheduled"), ("2024-03-14", "under way")],
    ),
    "a plan whose day is now another was put off": (
        [
            ("2024-03-01", "Benin and Ghana will hold a drill on 11 March.", _says("drill", "AGREE", "planned", "BEN GHA", "", ("2024-03-11", "2024-03-12", "day"))),
            ("2024-03-08", "A drill of Benin and Ghana will now take place in May.", _says("drill", "COOPERATE", "planned", "BEN GHA", "", ("2024-05-01", "2024-06-01", "month"))),
        ],
        [("2024-03-09", "postponed"), ("2024-04-20", "postponed"), ("2024-06-20", "overdue-unreported")],
    ),
    "what is being planned, and what an invitation accepted brings, is announced": (
        [
            ("2024-03-01", "Benin and Ghana are planning a drill.", _says("drill", "AGREE", "actual", "BEN GHA")),
        ],
        [("2024-03-02", "announced")],
    ),
    "what a state said that it would lend is promised": (
        [("2024-03-01", "Ghana said it would lend Benin six ships.", _says("said", "AGREE", "actual", "GHA", "BEN"))],
        [("2024-03-02", "pledged")],
    ),
    "a word given again by a day is due on it": (
        [
            ("2024-03-01", "Ghana reaffirmed its pledge to double aid to Benin by 2026.", _says("reaffirmed", "AGREE", "pledged", "GHA", "BEN", ("2026-01-01", "2027-01-01", "year"))),
        ],
        [("2024-03-02", "pledged"), ("2027-02-01", "lapsed-unreported")],
    ),
    "talks that are offered are mooted": (
        [("2024-03-01", "Ghana offered talks to Benin.", _says("offered", "AGREE", "pledged", "GHA", "BEN"))],
        [("2024-03-02", "mooted")],
    ),
    "a report dismissed as false is denied": (
        [
            ("2024-03-01", "Ghana and Benin will sign a treaty on 20 March.", _says("sign", "AGREE", "planned", "GHA BEN", "", ("2024-03-20", "2024-03-21", "day"))),
            ("2024-03-04", "Ghana dismissed as false a report that it would sign a treaty with Benin.", _says("sign", "AGREE", "pledged", "GHA", "BEN")),
        ],
        [("2024-03-05", "denied")],
    ),
    "a pledge is not kept by a blow": (
        [
            ("2024-03-01", "Ghana pledged to rebuild the old airport terminal of Benin.", _says("pledged", "AGREE", "pledged", "GHA", "BEN")),
            ("2024-03-20", "Ghana shelled the old airport terminal of Benin.", _says("shelled", "ASSAULT", "actual", "GHA", "BEN", ("2024-03-19", "2024-03-20", "day"))),
        ],
        [("2024-03-21", "pledged")],
    ),
    "a pledge is not kept by what was done before it": (
        [
            ("2024-03-01", "Ghana pledged to give Benin new fishing boats.", _says("pledged", "AGREE", "pledged", "GHA", "BEN")),
            ("2024-03-20", "Ghana gave Benin fishing boats on 10 January.", _says("gave", "AID", "actual", "GHA", "BEN", ("2024-01-10", "2024-01-11", "day"))),
        ],
        [("2024-03-21", "pledged")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_turn_in_words(name: str) -> None:
    told, wanted = CASES[name]
    row = {"id": name, "reports": [{"published": day, "text": text, "mention": mention} for day, text, mention in told]}
    documents = [d for d, _ in made([row], mentions="hand")[0]]
    for day, state in wanted:
        assert {c.state for c in link_documents(documents, as_of=day).commitments} == {state}, day


def test_a_demand_is_followed_whatever_word_carries_it() -> None:
    report = {"published": "2024-03-04", "text": "Niger demanded that Chad release its truck drivers.", "mention": _says("release", "REQUEST", "actual", "NER", "TCD", mode="yield")}
    urged = {"published": "2024-03-04", "text": "Niger urged that Chad release its truck drivers.", "mention": _says("release", "REQUEST", "actual", "NER", "TCD", mode="yield")}
    called = {"published": "2024-03-04", "text": "Niger called on Chad to release its truck drivers.", "mention": _says("called", "REQUEST", "actual", "NER", "TCD", mode="yield")}
    for told, kinds in ((report, ["demand"]), (called, ["demand"]), (urged, [])):
        documents = [d for d, _ in made([{"id": "demand", "reports": [told]}], mentions="hand")[0]]
        assert [c.kind for c in link_documents(documents).commitments] == kinds


def test_a_pledge_taken_up_by_a_report_of_its_fulfilment_is_no_second_one() -> None:
    row = {"id": "again", "reports": [
        {"published": "2024-03-04", "text": "Norway promised Nepal 90 trucks for its army.", "mention": _says("promised", "AGREE", "pledged", "NOR", "NPL")},
        {"published": "2024-04-09", "text": "Norway brought the trucks that it had promised to Nepal.", "mention": _says("promised", "AGREE", "pledged", "NOR", "NPL")},
    ]}  # fmt: skip
    documents = [d for d, _ in made([row], mentions="hand")[0]]
    assert [(c.kind, len(c.mentions)) for c in link_documents(documents).commitments] == [("pledge", 2)]


def test_a_stop_still_to_come_is_not_the_meeting_of_that_day() -> None:
    day = ("2024-05-06", "2024-05-08", "period")
    row = {"id": "stop", "reports": [
        {"published": "2024-05-06", "text": "Benin's envoy is due to visit the Harbour Museum and the Volta Dam.", "mention": _says("visit", "AGREE", "planned", "BEN", "", day)},
        {"published": "2024-05-07", "text": "Benin's envoy met Ghana's president on Monday.", "mention": _says("met", "CONSULT", "actual", "BEN", "GHA", ("2024-05-06", "2024-05-07", "day"))},
    ]}  # fmt: skip
    (planned, _), (met, _) = made([row], mentions="hand")[0]
    sites = tuple(Participant(span=None, text=n, entity=None, name=n, country="GHA", sectors=(), kind="place") for n in ("Harbour Museum", "Volta Dam"))
    planned = msgspec.structs.replace(planned, mentions=tuple(msgspec.structs.replace(m, recipients=sites) for m in planned.mentions))
    derived = link_documents([planned, met], as_of="2024-07-01")
    assert len(derived.events) == 2
    assert [(c.state, c.to[0].name) for c in derived.commitments] == [("overdue-unreported", "Harbour Museum"), ("overdue-unreported", "Volta Dam")]


def test_what_two_sides_do_for_each_other_is_two_plans() -> None:
    text = "Niger will free ten sailors of Chad, and Chad will hand over two pilots of Niger."
    (free, _), (hand, _) = made([{"id": "swap", "reports": [
        {"published": "2024-03-04", "text": text, "mention": _says("free", "AGREE", "planned", "NER", "TCD", ("2024-03-12", "2024-03-13", "day"))},
        {"published": "2024-03-04", "text": text, "mention": _says("hand", "AGREE", "planned", "TCD", "NER")},
    ]}], mentions="hand")[0]  # fmt: skip
    both = tuple(msgspec.structs.replace(m, document=free.facts.id, sentence=1) for d in (free, hand) for m in d.mentions)
    (a, b) = link_documents([msgspec.structs.replace(free, mentions=both)]).commitments
    assert {p.country for p in a.by} != {p.country for p in b.by}


def test_a_visit_still_expected_has_not_begun_with_the_trip() -> None:
    text = "Benin's envoy began a two-day trip to Ghana. He is due to visit a port in Ghana on Wednesday."
    stay = ("2024-03-12", "2024-03-14", "period")
    expected = _says("visit", "AGREE", "planned", "BEN", "GHA", stay, mode="visit")
    begun = _says("trip", "CONSULT", "actual", "BEN", "GHA", stay, mode="visit")
    rows = [{"id": "a", "reports": [{"published": "2024-03-12", "text": text, "mention": m} for m in (expected, begun)]}]
    (doc, _), (other, _) = made(rows, mentions="hand")[0]
    both = [*doc.mentions, *(msgspec.structs.replace(m, document=doc.facts.id) for m in other.mentions)]
    found = link_documents([msgspec.structs.replace(doc, mentions=tuple(both))], as_of="2024-03-20").commitments
    assert [c.state for c in found] == ["overdue-unreported"], found
