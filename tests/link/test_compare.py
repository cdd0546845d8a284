"""Where reports of one event, or of a plan and what became of it, differ: on records made by hand."""

from __future__ import annotations

import pytest

from communique.evaluate._reports import made
from communique.link import link_documents
from communique.link.compare import quantities
from communique.link.events import probability
from communique.records import Derived

MAY = ["2024-05-01", "2024-06-01", "month"]
SIXTH = ["2024-05-06", "2024-05-07", "day"]


def _report(day: str, text: str, **mention: object) -> dict[str, object]:
    return {"published": day, "text": text, "mention": {"modality": "actual", "recipients": [], "when": None, **mention}}


def _linked(*reports: dict[str, object]) -> Derived:
    return link_documents([d for d, _ in made([{"id": "x", "reports": reports}], mentions="hand")[0]])


def _rows(*reports: dict[str, object]) -> set[tuple[str, str, str | None, str | None]]:
    found = _linked(*reports).discrepancies
    assert not any(d.kind == "contradiction" for d in found)
    return {(d.field, d.kind, d.left_value, d.right_value) for d in found} | {(d.field, d.kind, d.right_value, d.left_value) for d in found}


@pytest.mark.parametrize(
    ("text", "values", "words"),
    [
        ("Chad expelled two Libyan diplomats.", (2, 2), "two Libyan diplomats"),
        ("More than 40 heavily armed men came.", (40, float("inf")), "40 heavily armed men"),
        ("In the blast two were killed.", (2, 2), "two were killed"),
        ("Up to 30 houses burnt down.", (0, 30), "30 houses"),
    ],
)
def test_a_number_is_read_with_what_stands_between_it_and_its_unit(text: str, values: tuple[float, float], words: str) -> None:
    [(low, high, (start, end))] = quantities(text).values()
    assert (low, high) == values
    assert text[start:end] == words


def test_a_number_does_not_reach_over_a_joint() -> None:
    assert sorted(v[:2] for v in quantities("Nine soldiers and three civilians died.").values()) == [(3, 3), (9, 9)]
    assert quantities("Two of the envoys stayed.") == {}


def test_a_plan_and_what_became_of_it_differ_by_status_and_day() -> None:
    plan = _report("2024-05-02", "Kenya will free 14 Ugandan fishermen on 6 May.", type="CONCEDE", trigger="free", modality="planned", actors=["KEN"], recipients=["UGA"], when=SIXTH)
    done = _report("2024-05-09", "Kenya freed twelve Ugandan fishermen on 8 May.", type="RETREAT", trigger="freed", actors=["KEN"], recipients=["UGA"], when=["2024-05-08", "2024-05-09", "day"])
    rows = _rows(plan, done)
    assert ("modality", "status", "planned", "actual") in rows
    assert ("number", "update", "14 Ugandan fishermen", "twelve Ugandan fishermen") in rows


def test_a_plan_put_off_is_told_at_another_time_of_its_life() -> None:
    plan = _report("2024-05-02", "Kenya and Uganda will hold a border drill on 6 May.", type="AGREE", trigger="drill", modality="planned", actors=["KEN", "UGA"], when=SIXTH)
    off = _report("2024-05-04", "Kenya postponed the border drill with Uganda.", type="REJECT", trigger="postponed", actors=["KEN"], recipients=["UGA"])
    derived = _linked(plan, off)
    assert len(derived.events) == 2
    planned = next(e.id for e in derived.events if e.modality == "planned")
    assert [(d.field, d.event) for d in derived.discrepancies if d.kind == "status"] == [("modality", planned)]


def test_a_copy_adds_no_differences_of_its_own() -> None:
    text = "Kenya and Uganda will hold a border drill on 6 May. " + "The drill is to train rangers who guard the lake and its fishing villages against cattle thieves from further north. " * 3
    plan = _report("2024-05-02", text, type="AGREE", trigger="drill", modality="planned", actors=["KEN", "UGA"], when=SIXTH)
    held = _report("2024-05-08", "Kenya and Uganda held a border drill on 6 May.", type="COOPERATE", trigger="drill", actors=["KEN", "UGA"], when=SIXTH)
    off = _report("2024-05-04", "Kenya postponed the border drill with Uganda to 20 May.", type="REJECT", trigger="postponed", actors=["KEN"], recipients=["UGA"], when=["2024-05-20", "2024-05-21", "day"])
    one = [d for d in _linked(plan, off).discrepancies if d.field in ("status", "modality")]
    two = [d for d in _linked(plan, {**plan, "published": "2024-05-03"}, off).discrepancies if d.field in ("status", "modality")]
    assert len(one) == len(two) == 1
    assert _linked(plan, held).discrepancies


def test_a_purpose_in_one_and_a_fact_in_the_other() -> None:
    plan = _report("2024-05-02", "Kenya and Uganda will hold a drill on 6 May to repair coastal radar stations.", type="AGREE", trigger="drill", modality="planned", actors=["KEN", "UGA"], when=SIXTH)
    done = _report("2024-05-08", "The drill of Kenya and Uganda on 6 May saw repaired coastal radar stations.", type="COOPERATE", trigger="drill", actors=["KEN", "UGA"], when=SIXTH)
    assert ("purpose", "status", "to repair", "repaired") in _rows(plan, done)
    assert not any(r[0] == "purpose" for r in _rows(plan, {**done, "text": "The drill of Kenya and Uganda on 6 May began after repaired roads opened."}))


def test_what_is_agreed_in_other_words() -> None:
    one = _report("2024-05-07", "Kenya and Uganda agreed to deepen fishing and railway ties.", type="AGREE", trigger="agreed", actors=["KEN", "UGA"], when=SIXTH)
    two = _report("2024-05-07", "Uganda and Kenya agreed on forging closer fishing and railway ties.", type="AGREE", trigger="agreed", actors=["UGA", "KEN"], when=SIXTH)
    assert ("wording", "label", "deepen", "forging closer") in _rows(one, two)
    assert not any(r[:2] == ("wording", "label") for r in _rows(one, {**one, "published": "2024-05-08"}))


def test_a_name_that_only_one_gives() -> None:
    one = _report("2024-05-07", "Kenya and Uganda held Exercise Silver Heron on 6 May.", type="COOPERATE", trigger="Exercise", actors=["KEN", "UGA"], when=SIXTH)
    two = _report("2024-05-07", "Uganda and Kenya held an exercise on 6 May.", type="COOPERATE", trigger="exercise", actors=["UGA", "KEN"], when=SIXTH)
    assert any(r[:2] == ("name", "only one") and "Exercise Silver Heron" in r for r in _rows(one, two))
    assert not any(r[0] == "name" for r in _rows(one, {**one, "published": "2024-05-08"}))
    other = _report("2024-05-07", "The drills of Kenya and Uganda on 6 May went well.", type="COOPERATE", trigger="drills", actors=["KEN", "UGA"], when=SIXTH)
    assert not any(r[0] == "name" for r in _rows(other, two)), "what begins a sentence is no name"


def test_a_visit_the_other_way_is_another() -> None:
    there = _report("2024-05-07", "Kenya's minister visited Uganda.", type="CONSULT", trigger="visited", actors=["KEN"], recipients=["UGA"], when=MAY)
    back = _report("2024-05-09", "Uganda's minister visited Kenya.", type="CONSULT", trigger="visited", actors=["UGA"], recipients=["KEN"], when=MAY)
    assert len(_linked(there, back).events) == 2
    assert len(_linked(there, {**there, "published": "2024-05-08"}).events) == 1


def test_a_ceasefire_agreed_and_kept_is_one() -> None:
    agreed = _report("2024-05-05", "Kenya and Uganda agreed to a ceasefire from 6 May.", type="CONCEDE", trigger="agreed", actors=["KEN", "UGA"], when=["2024-05-05", "2024-05-06", "day"])
    told = _report("2024-06-20", "A ceasefire between Kenya and Uganda took effect in May.", type="RETREAT", trigger="ceasefire", actors=["KEN", "UGA"], when=MAY)
    derived = _linked(agreed, told)
    assert len(derived.events) == 1
    assert [d.kind for d in derived.discrepancies if d.field == "date"] == ["precision"]


def test_a_score_has_a_probability_that_grows_with_it() -> None:
    said = [probability(s / 20) for s in range(21)]
    assert said == sorted(said)
    assert said[0] == 0.0
    assert said[4] < 0.2
    assert said[10] > 0.6  # the scores are timid: half is more likely one event than not
    assert 0.9 < said[16] < said[20] <= 1.0
