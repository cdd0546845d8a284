"""Linking by itself, on records made by hand: same words and another event, order of arrival, removal, people's verdicts."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from communique.evaluate import score
from communique.evaluate._clusters import b_cubed, ceaf_e, conll, lea, muc, pairs
from communique.evaluate._reports import made
from communique.link import compare, link_documents, linker, stories
from communique.link.compare import party_of, quantities
from communique.records import Derived, Judgement, LinkDocument, Participant, Where

CASES = Path(__file__).resolve().parent.parent / "cases"


def _rows(name: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in (CASES / name).read_text(encoding="utf-8").splitlines()]


def _documents(limit: int = 24) -> list[LinkDocument]:
    return [d for row in made(_rows("link/hard.jsonl")[::3][:limit], mentions="hand") for d, _ in row]


def _core(derived: Derived) -> tuple[object, ...]:
    return derived.events, derived.stories, derived.commitments, derived.discrepancies, derived.copies, {j.id for j in derived.judgements}


def test_same_words_another_event() -> None:
    figures = score("events", CASES / "link" / "hard.jsonl", mentions="hand")
    assert figures["b3_precision"] >= 0.97
    assert figures["b3_recall"] >= 0.95


def test_states_on_every_day() -> None:
    assert score("ledger", CASES / "ledger" / "sequences.jsonl", mentions="hand")["state"] >= 0.97


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_gives_the_same(seed: int) -> None:
    documents = _documents()
    shuffled = list(documents)
    random.Random(seed).shuffle(shuffled)
    assert _core(link_documents(documents)) == _core(link_documents(shuffled))


def test_twice_changes_nothing() -> None:
    documents = _documents(8)
    assert _core(link_documents(documents)) == _core(link_documents([*documents, *documents]))


def test_removing_a_document_removes_exactly_its_share() -> None:
    documents = _documents(8)
    gone = documents[5]
    less = link_documents([d for d in documents if d is not gone])
    whole = link_documents(documents)
    untouched = {e for e in whole.events if gone.facts.id not in e.documents}
    assert untouched <= set(less.events)
    assert all(gone.facts.id not in e.documents for e in less.events)


def test_what_was_published_later_is_not_seen() -> None:
    row = next(r for r in _rows("ledger/sequences.jsonl") if r["id"] == "held-1")
    documents = [d for d, _ in made([row], mentions="hand")[0]]
    early = link_documents(documents, as_of="2024-04-02")
    assert [c.state for c in early.commitments] == ["scheduled"]
    late = link_documents(documents, as_of="2024-05-02")
    assert [[h.state for h in c.history] for c in late.commitments] == [["scheduled", "held"]]
    assert all(h.mention and h.evidence for c in late.commitments for h in c.history)


def test_a_persons_verdict_outranks_the_machine() -> None:
    documents = [d for d, _ in made(_rows("link/hard.jsonl")[:1], mentions="hand")[0]]
    before = link_documents(documents)
    joined = next(e for e in before.events if len(e.mentions) == 2)
    left, right = sorted(joined.mentions)
    verdict = Judgement(id="v1", left=left, right=right, kind="not same event", score=1.0, reasons=("two",), by="ana", at="2024-01-01T00:00:00+00:00")
    after = link_documents(documents, verdicts=[verdict])
    assert not any({left, right} <= set(e.mentions) for e in after.events)
    undone = Judgement(id="v2", left=left, right=right, kind="not same event", score=1.0, reasons=("no",), by="ana", at="2024-01-02T00:00:00+00:00", withdraws="v1")
    assert any({left, right} <= set(e.mentions) for e in link_documents(documents, verdicts=[verdict, undone]).events)


def test_yearly_drills_are_instances_of_a_series() -> None:
    row = next(r for r in _rows("link/hard.jsonl") if r["id"] == "drills-1")
    derived = link_documents([d for d, _ in made([row], mentions="hand")[0]])
    assert len(derived.events) == 2
    assert len({e.series for e in derived.events}) == 1
    assert derived.events[0].series is not None


def test_numbers_have_unit_and_bound() -> None:
    found = quantities("At least 12 soldiers died and about 40 civilians were hurt.")
    assert {unit: value[:2] for unit, value in found.items()} == {"soldi": (12.0, float("inf")), "civilian": (36.0, 44.0)} or len(found) >= 2
    low, high, (start, end) = next(iter(found.values()))
    assert (low, high) == (12.0, float("inf"))
    assert "At least 12 soldiers died"[start:end] == "12 soldiers"


def test_growing_figures_are_no_contradiction() -> None:
    row = {"id": "toll", "reports": [
        {"published": "2024-05-07", "text": "Peru shelled Chile on 6 May, killing at least 12 soldiers.", "mention": {"type": "ASSAULT", "trigger": "shelled", "modality": "actual", "actors": ["PER"], "recipients": ["CHL"], "when": ["2024-05-06", "2024-05-07", "day"]}},
        {"published": "2024-05-08", "text": "Peru shelled Chile on 6 May and 15 soldiers died.", "mention": {"type": "ASSAULT", "trigger": "shelled", "modality": "actual", "actors": ["PER"], "recipients": ["CHL"], "when": ["2024-05-06", "2024-05-07", "day"]}},
    ]}  # fmt: skip
    derived = link_documents([d for d, _ in made([row], mentions="hand")[0]])
    assert len(derived.events) == 1
    assert [d.kind for d in derived.discrepancies if d.field == "number"] == ["precision"]
    assert not any(d.kind == "contradiction" for d in derived.discrepancies)


def test_a_state_publisher_is_known_by_name_or_address() -> None:
    assert party_of("Xinhua") == "CHN"
    assert party_of(None, "https://english.news.cn/2024/a.html") == "CHN"
    assert party_of("Valley Post", "https://valleypost.example/") is None
    assert compare.party_of(None) is None


def test_partition_measures() -> None:
    key = [["a", "b", "c"], ["d"]]
    for measure in (muc, b_cubed, ceaf_e, lea, pairs):
        assert measure(key, key) == (1.0, 1.0, 1.0)
    alone = [["a"], ["b"], ["c"], ["d"]]
    assert muc(key, alone)[2] == 0.0
    assert b_cubed(key, alone)[1] == pytest.approx(0.5)
    assert lea(key, alone)[1] == pytest.approx(0.25)
    assert conll(key, key) == 1.0


def test_stories_arrive_one_by_one() -> None:
    rng = random.Random(3)
    names = [["Korvel", "Maddan"], ["Tiskala", "Obrunn"], ["Ferrow", "Lysk"]]
    texts = {}
    for n in range(30):
        who = names[n % 3]
        texts[f"{n % 3}-{n}"] = "\n".join(f"The {rng.choice(['mayor', 'crew', 'court'])} of {who[0]} told {who[1]} about {who[0]} and the {rng.choice(['flood', 'vote', 'road'])}." for _ in range(6))
    batch = stories.group(texts)
    stream = stories.Stream(settle=7)
    for name in sorted(texts, key=lambda t: t[::-1]):
        stream.take(name, texts[name])

    def themes(groups: Sequence[Sequence[str]]) -> list[set[str]]:
        return [{m.split("-")[0] for m in g} for g in groups]

    assert all(len(t) == 1 for t in themes(batch))
    assert all(len(t) == 1 for t in themes(stream.stories()))


def _report(day: str, text: str, **mention: object) -> dict[str, object]:
    return {"published": day, "text": text, "mention": {"modality": "actual", "recipients": [], "when": None, **mention}}


def _states(*reports: dict[str, object], as_of: str | None = None) -> list[str]:
    documents = [d for d, _ in made([{"id": "x", "reports": reports}], mentions="hand")[0]]
    return [h.state for c in link_documents(documents, as_of=as_of).commitments for h in c.history]


def test_a_deed_whose_day_is_still_to_come_is_a_plan() -> None:
    plan = _report("2024-08-01", "Peru and Chile plan border talks on 10 August.", type="CONSULT", trigger="talks", actors=["PER", "CHL"], when=["2024-08-10", "2024-08-11", "day"])
    assert _states(plan) == ["scheduled"]
    assert _states(plan, as_of="2024-09-01") == ["scheduled", "overdue-unreported"]


def test_announced_in_one_word_is_announced() -> None:
    assert _states(_report("2024-07-03", "Kenya and Uganda announced a joint air exercise.", type="COOPERATE", trigger="exercise", actors=["KEN", "UGA"])) == ["announced"]
    assert _states(_report("2024-07-03", "Kenya and Uganda held a joint air exercise.", type="COOPERATE", trigger="exercise", actors=["KEN", "UGA"])) == []


def test_a_paper_to_be_signed_is_signed() -> None:
    day = ["2024-03-17", "2024-03-18", "day"]
    plan = _report("2024-03-03", "Peru and Chile are to sign a gas accord.", type="AGREE", trigger="sign", modality="planned", actors=["PER", "CHL"], when=day)
    done = _report("2024-03-18", "Peru and Chile signed the gas accord.", type="SUPPORT", trigger="signed", actors=["PER", "CHL"], when=day)
    assert _states(plan, done) == ["scheduled", "held"]


def test_a_deed_without_a_day_is_not_that_of_weeks_before() -> None:
    first = _report("2024-01-26", "Peru and Chile held talks on the canal on 25 January.", type="CONSULT", trigger="talks", actors=["PER", "CHL"], when=["2024-01-25", "2024-01-26", "day"])
    later = _report("2024-02-20", "Peru and Chile held talks on the canal.", type="CONSULT", trigger="talks", actors=["PER", "CHL"])
    soon = _report("2024-01-27", "Peru and Chile held talks on the canal.", type="CONSULT", trigger="talks", actors=["PER", "CHL"])

    def count(*reports: dict[str, object]) -> int:
        return len(link_documents([d for d, _ in made([{"id": "x", "reports": reports}], mentions="hand")[0]]).events)

    assert count(first, later) == 2
    assert count(first, soon) == 1


def test_a_month_holds_the_day_of_an_undated_report() -> None:
    first = _report("2024-05-14", "Peru expelled two diplomats of Chile.", type="SANCTION", trigger="expelled", actors=["PER"], recipients=["CHL"])
    later = _report("2024-06-11", "Peru expelled three diplomats of Chile in May.", type="SANCTION", trigger="expelled", actors=["PER"], recipients=["CHL"], when=["2024-05-01", "2024-06-01", "month"])
    derived = link_documents([d for d, _ in made([{"id": "x", "reports": [first, later]}], mentions="hand")[0]])
    assert len(derived.events) == 1
    assert [(d.kind, {d.left_value, d.right_value}) for d in derived.discrepancies if d.field == "number"] == [("update", {"two diplomats", "three diplomats"})]


def test_two_reports_of_one_thing_to_come_are_one_though_told_as_done() -> None:
    day = ["2024-05-19", "2024-05-20", "day"]
    reports = [_report(d, f"Kenya {verb} aid to Uganda on 19 May.", type="SANCTION", trigger=verb, actors=["KEN"], recipients=["UGA"], when=day) for d, verb in (("2024-05-14", "suspended"), ("2024-05-15", "suspends"))]
    assert len(link_documents([d for d, _ in made([{"id": "x", "reports": reports}], mentions="hand")[0]]).events) == 1


def test_the_line_of_an_event_reads_as_a_sentence() -> None:
    def party(name: str) -> Participant:
        return Participant(span=None, text=None, entity=None, name=name)

    def line(kind: str, actors: str, recipients: str = "", mode: str | None = None, modality: str = "actual", where: str | None = None) -> str:
        place = Where(name=where, country=None, lat=None, lon=None, basis="stated", span=None) if where else None
        return linker._headline(kind, mode, modality, *(tuple(party(n) for n in names.split(";") if n) for names in (actors, recipients)), place)

    assert line("COOPERATE", "Kenya;Oman;Togo", where="Lome") == "Kenya, Oman and Togo cooperate in Lome"
    assert line("CONSULT", "Peru", "Bolivia") == "Peru holds talks with Bolivia"
    assert line("CONSULT", "Peru", "La Paz", mode="visit", where="La Paz") == "Peru visits La Paz"
    assert line("ACCUSE", "Peru;Chile", modality="denied") == "Peru and Chile criticise (denied)"
    assert line("AGREE", "Kenya;Oman", "Oman") == "Kenya and Oman agree", "a joint act names nobody twice"
    assert line("COOPERATE", "Kenya;Oman", where="Wasini Island") == "Kenya and Oman cooperate at Wasini Island"
    assert line("ASSAULT", "", "Togo") == "Someone not named attacks Togo"


def _party(name: str, kind: str, country: str | None, office: str | None = None) -> Participant:
    return Participant(span=None, text=None, entity=f"{kind}:{name}", name=name, kind=kind, country=country, office=office)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ([_party("China", "country", "CHN"), _party("Beijing", "place", "CHN")], ["China"]),
        ([_party("Japan", "country", "JPN"), _party("Gen Nakatani", "person", "JPN")], ["Gen Nakatani"]),
        ([_party("Japan's defence minister", "group", "JPN", "defence"), _party("Gen Nakatani", "person", "JPN", "defence")], ["Gen Nakatani"]),
        ([_party("Japan's premier", "group", "JPN", "government"), _party("Gen Nakatani", "person", "JPN", "defence")], ["Japan's premier", "Gen Nakatani"]),
        ([_party("Japan's officials", "group", "JPN"), _party("Japan", "country", "JPN"), _party("Korea", "country", "KOR")], ["Japan", "Korea"]),
        ([_party("U.S. Fleet", "organisation", "USA"), _party("United States", "country", "USA")], ["U.S. Fleet", "United States"]),
        ([_party("Beijing", "place", "CHN")], ["Beijing"]),
        ([_party("the rebels", "group", None), _party("the council", "group", None)], ["the rebels", "the council"]),
    ],
)
def test_one_party_is_told_once_in_an_event(told: list[Participant], kept: list[str]) -> None:
    assert [p.name for p in told if not linker._named_better(p, told)] == kept


def test_who_is_to_host_is_told_as_the_place() -> None:
    plan = _report("2024-06-01", "Peru will host talks between Kenya and the herders on 14 June.", type="AGREE", trigger="talks", modality="planned", actors=["PER"], when=["2024-06-14", "2024-06-15", "day"])
    there = _report("2024-06-15", "Talks between Kenya and the herders opened in Peru on Friday.", type="CONSULT", trigger="Talks", actors=["KEN"], when=["2024-06-14", "2024-06-15", "day"], where=["Lima", "PER", -12.0, -77.0])
    assert _states(plan, there) == ["scheduled", "under way"]
    assert _states(plan, {**there, "mention": {**there["mention"], "where": ["Quito", "ECU", -0.2, -78.5]}}) == ["scheduled"]  # type: ignore[dict-item]


def test_agreeing_to_hold_a_thing_announces_it() -> None:
    agreed = _report("2024-09-11", "Kenya and Uganda agreed to hold joint patrols.", type="AGREE", trigger="agreed", actors=["KEN", "UGA"])
    began = _report("2024-11-26", "Kenya and Uganda began joint patrols on 25 November.", type="COOPERATE", trigger="patrols", actors=["KEN", "UGA"], when=["2024-11-25", "2024-11-26", "day"])
    assert _states(agreed, began) == ["announced", "under way"]
    assert _states(_report("2024-09-11", "Kenya and Uganda agreed on the price of maize.", type="AGREE", trigger="agreed", actors=["KEN", "UGA"])) == []


def test_a_day_within_the_months_first_named_is_of_the_same_plan() -> None:
    loose = _report("2024-04-01", "Kenya may hold talks with Uganda later this year.", type="CONSULT", trigger="talks", modality="hypothetical", actors=["KEN", "UGA"], when=["2024-04-01", "2025-01-01", "period"])
    exact = _report("2024-04-11", "Kenya and Uganda will hold talks on 2 May.", type="AGREE", trigger="talks", modality="planned", actors=["KEN", "UGA"], when=["2024-05-02", "2024-05-03", "day"])
    assert _states(loose, exact) == ["mooted", "scheduled"]


def test_what_one_report_tells_is_read_in_the_order_of_its_days() -> None:
    plan = _report("2024-09-09", "Kenya and Uganda will hold a lake exercise on 20 September.", type="AGREE", trigger="exercise", modality="planned", actors=["KEN", "UGA"], when=["2024-09-20", "2024-09-21", "day"])
    opened = _report("2024-10-22", "Kenya and Uganda opened a lake exercise on 21 October.", type="COOPERATE", trigger="exercise", actors=["KEN", "UGA"], when=["2024-10-21", "2024-10-22", "day"])
    put_off = _report("2024-10-22", "Kenya postponed the lake exercise with Uganda in September.", type="REJECT", trigger="postponed", actors=["KEN"], recipients=["UGA"], when=["2024-09-01", "2024-10-01", "month"])
    for order in ((plan, opened, put_off), (plan, put_off, opened)):
        assert _states(*order) == ["scheduled", "postponed", "under way"]


def test_the_deed_put_off_stands_before_the_word() -> None:
    plan = _report("2024-05-03", "Fiji and Samoa will hold a rescue drill on 22 May.", type="AGREE", trigger="drill", modality="planned", actors=["FJI", "WSM"], when=["2024-05-22", "2024-05-23", "day"])
    off = _report("2024-05-19", "Fiji said the rescue drill with Samoa had been put off until 12 June.", type="REJECT", trigger="put", actors=["FJI"], recipients=["WSM"], when=["2024-06-12", "2024-06-13", "day"])
    assert _states(plan, off) == ["scheduled", "postponed"]
    assert _states(plan, off, as_of="2024-06-20")[-1] == "overdue-unreported"


def test_a_demand_made_is_followed_to_what_answers_it() -> None:
    demand = _report("2024-04-04", "Kenya demanded that Uganda reopen the Busia crossing.", type="REQUEST", trigger="demanded", actors=["KEN"], recipients=["UGA"])
    done = _report("2024-04-25", "Uganda reopened the Busia crossing on 24 April.", type="RETREAT", trigger="reopened", actors=["UGA"], when=["2024-04-24", "2024-04-25", "day"])
    assert _states(demand, done) == ["pledged", "fulfilled"]
    assert _states(demand, {**done, "mention": {**done["mention"], "actors": ["KEN"]}}) == ["pledged"]  # type: ignore[dict-item]


def test_scheduled_for_a_day_ahead_is_scheduled() -> None:
    plan = _report("2024-09-01", "Peru and Chile have scheduled a meeting for 13 September.", type="AGREE", trigger="scheduled", actors=["PER", "CHL"], when=["2024-09-13", "2024-09-14", "day"])
    off = _report("2024-09-09", "The meeting of Peru and Chile will not take place.", type="CONSULT", trigger="meeting", actors=["PER", "CHL"])
    assert _states(plan, as_of="2024-10-20") == ["scheduled", "overdue-unreported"]
    assert _states(plan, off) == ["scheduled", "cancelled"]


def test_a_first_part_and_something_else_instead() -> None:
    word = _report("2024-07-04", "Peru promised to deliver 300 tonnes of maize to Chile.", type="AGREE", trigger="promised", modality="pledged", actors=["PER"], recipients=["CHL"])
    part = _report("2024-08-16", "Peru has delivered a first 100 of the 300 tonnes of maize promised to Chile.", type="AID", trigger="delivered", actors=["PER"], recipients=["CHL"])
    other = _report("2024-08-20", "Peru will send Chile rice instead of the maize it had promised.", type="AID", trigger="send", modality="pledged", actors=["PER"], recipients=["CHL"])
    assert _states(word, part) == ["pledged", "partly fulfilled"]
    assert _states(word, other) == ["pledged", "superseded"]
