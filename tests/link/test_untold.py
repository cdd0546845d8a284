"""Sentences without a record: they close what they name, and nothing else."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from communique.evaluate._reports import made
from communique.link import link_documents, turns
from communique.link.untold import countries_named, tellings
from communique.records import LinkDocument


def _documents(told: str, *, published: str = "2024-03-20", kind: str = "AGREE", modality: str = "planned") -> list[LinkDocument]:
    """A plan of Chad and Niger with a record, and a later report that has none."""
    plan = {
        "published": "2024-03-04",
        "text": "Chad and Niger will hold a desert patrol exercise on 20 March.",
        "mention": {"trigger": "exercise", "type": kind, "modality": modality, "actors": ["TCD", "NER"], "recipients": [], "when": ["2024-03-20", "2024-03-21", "day"]},
    }
    later = {"published": published, "text": told, "mention": {**plan["mention"], "trigger": told.split()[0]}}  # type: ignore[dict-item]
    first, second = (d for d, _ in made([{"id": "plan", "reports": [plan, later]}], mentions="hand")[0])
    return [first, msgspec.structs.replace(second, mentions=())]


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ("A desert patrol exercise of Chad and Niger has been cancelled, officials said.", "cancelled"),
        ("The desert patrol exercise that Chad was to hold with Niger has been put off.", "postponed"),
        ("The desert exercise of Chad and Niger got under way at dawn.", "under way"),
        ("Chad pulled out of the desert patrol exercise with Niger.", "cancelled"),
        ("The desert patrol exercise of Chad and Niger could be cancelled, officials said.", "scheduled"),
        ("The desert patrol exercise of Chad and Niger has not been cancelled.", "scheduled"),
        ("An earlier desert patrol exercise of Chad and Niger was cancelled in 2021.", "scheduled"),
        ("Officials of Chad and Niger spoke of the delayed desert patrol exercise.", "scheduled"),
        ("A desert patrol exercise has been cancelled by Chad.", "scheduled"),  # with whom?
        ("The border market of Chad and Niger has been suspended.", "scheduled"),  # something else
    ],
)
def test_a_sentence_closes_what_it_names(told: str, state: str) -> None:
    (item,) = link_documents(_documents(told), as_of="2024-03-20").commitments
    assert item.state == state
    last = item.history[-1]
    if state != "scheduled":
        assert last.mention is None and last.document is not None and last.evidence is not None
        assert told[last.evidence.start : last.evidence.end] == told


def test_a_report_of_the_same_day_says_nothing_of_the_plan_it_tells() -> None:
    documents = _documents("A desert patrol exercise of Chad and Niger has been cancelled.", published="2024-03-04")
    assert [c.state for c in link_documents(documents, as_of="2024-03-20").commitments] == ["scheduled"]


def test_where_a_record_of_the_sentence_speaks_it_alone_is_heard() -> None:
    told = "A desert patrol exercise of Chad and Niger has been cancelled."
    plan, later = _documents(told)
    record: dict[str, Any] = {"trigger": "cancelled", "type": "REJECT", "modality": "actual", "actors": ["PER", "CHL"], "recipients": []}
    ((other, _),) = made([{"id": "other", "reports": [{"published": "2024-03-20", "text": told, "mention": record}]}], mentions="hand")[0]
    assert [c.state for c in link_documents([plan, other], as_of="2024-03-20").commitments if c.event and "TCD" in {p.country for p in c.by}] == ["scheduled"]
    assert [c.state for c in link_documents([plan, later], as_of="2024-03-20").commitments] == ["cancelled"]


def test_a_traveller_who_is_not_going_has_cancelled() -> None:
    plan = {
        "published": "2024-03-04", "text": "Benin's foreign minister will visit Ghana on 20 March.",
        "mention": {"trigger": "visit", "type": "AGREE", "modality": "planned", "actors": ["BEN"], "recipients": ["GHA"], "when": ["2024-03-20", "2024-03-21", "day"]},
    }  # fmt: skip
    told = "The foreign minister of Benin would not be travelling to Ghana after all."
    later = {"published": "2024-03-15", "text": told, "mention": {**plan["mention"], "trigger": "minister"}}  # type: ignore[dict-item]
    first, second = (d for d, _ in made([{"id": "stay", "reports": [plan, later]}], mentions="hand")[0])
    (item,) = link_documents([first, msgspec.structs.replace(second, mentions=())], as_of="2024-03-16").commitments
    assert item.state == "cancelled"


def test_a_document_taken_out_takes_its_sentence_along() -> None:
    from communique.link.linker import Linker

    plan, later = _documents("A desert patrol exercise of Chad and Niger has been cancelled.")
    linker = Linker()
    linker.add([plan, later])
    assert [c.state for c in linker.derive(as_of="2024-03-20").commitments] == ["cancelled"]
    linker.remove([later.facts.id])
    assert [c.state for c in linker.derive(as_of="2024-03-20").commitments] == ["scheduled"]


def test_countries_are_known_by_name_adjective_and_capital() -> None:
    assert countries_named("Talks of Chadian officials in Niamey with the Malians") == {"TCD", "NER", "MLI"}
    assert countries_named("Nigerian farmers near the Gabonese border, and a Chadwick") == {"NGA", "GAB"}


def test_a_sentence_without_turn_or_country_is_no_telling() -> None:
    plan, _ = _documents("Nothing.")
    for text, number in (("It has been cancelled.", 0), ("Chad is large.", 0), ("Chad has cancelled the drill. The drill of Niger began.", 2)):
        doc = msgspec.structs.replace(plan, text=text, body=(msgspec.structs.replace(plan.body[0], start=0, end=len(text)),), mentions=())
        assert len(tellings(doc)) == number, text


def test_the_quick_look_passes_over_no_turn_word() -> None:
    told = "is cancelled, called off, scrapped, abandoned, shelved, axed, cancellation of, pulled out of talks, dropped out of talks, backed out of talks, postponed, delays, deferred, rescheduled, put off, puts off, pushed back, postponement of, suspended, froze, freezes, halted, paused, began, begun, beginning, starts, kicked off, opens, launched, completed, concludes, ends, ended, wrapped up, finished, stalled, frozen, on hold, bogged down, interrupted, disrupted, held up, under way, underway, in progress, continuing, ongoing, held, over, took place, came to an end, got underway, entered its, took effect, came into force, went into effect, broke off, ground to a halt, comes to a halt, come to a stop, will not take place, will not go ahead, will not be held, fell through, fallen through, slipped to, moved until, put back to, has stopped, left port after, no longer plans to, decided against, is stuck, is aborted, will now begin, are taking part in, broke ground on, are holding, withdrew from the talks"
    for words in told.split(", "):
        assert not list(turns.turns_in(f"it {words} ")) or turns.holds_turn(words), words
