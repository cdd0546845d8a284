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
    ("Ethiopian troops took the rest of Tigray within a week.", "COERCE", "seize", {"ETH"}, set(), "actual"),
    ("Sudan withdrew from most villages along the border.", "RETREAT", "withdraw", {"SDN"}, set(), "actual"),
    ("Russia staged war games along the Estonian border.", "MOBILIZE", "troops", {"RUS"}, set(), "actual"),
    ("Laos's foreign minister is expected in Hanoi next month.", "AGREE", "-", {"LAO"}, {"VNM"}, "planned"),
    ("Fiji's prime minister distanced himself from the remarks.", "REJECT", "-", {"FJI"}, set(), "actual"),
    ("Rwanda allowed the reopening of the airport for relief flights.", "RETREAT", "access", {"RWA"}, set(), "actual"),
    ("If Russia were to cut gas supplies to Moldova, prices would rise.", "SANCTION", "-", {"RUS"}, {"MDA"}, "hypothetical"),
    ("Sweden's trade minister said Stockholm would raise the duty with Beijing when she visits China in March.", "AGREE", "-", {"SWE"}, {"CHN"}, "planned"),
]  # fmt: skip

# text, and the type that it must not give as a deed
UNTOLD = [
    ("Mali's forces have also committed abuses.", "AGREE"),
    ("Amnesty International called on Chad to free the men.", "CONCEDE"),
    ("An eyewitness, Sani Garba, spoke with our correspondent in Abuja on phone.", "CONSULT"),
    ("Police prevented fifty members of the Zambian opposition from marching to parliament.", "PROTEST"),
    ("President Rodrigo Paz of Bolivia faces strikes and an empty treasury.", "CONSULT"),
    ("China condemned what it called a cowardly farce.", "PROTEST"),
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
