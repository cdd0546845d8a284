"""Plain news wording through the whole pipeline: what the ledger, the names of drills and the originators make of it."""

from __future__ import annotations

import pytest

from communique.link import link_documents
from communique.link.events import names_in
from communique.pipeline import code_text
from communique.records import Derived
from communique.views.rebuild import link_input


def _linked(*reports: tuple[str, str]) -> Derived:
    coded = [code_text(f"{text}\n", published=day, publisher=f"Paper {n}", source=f"r{n}") for n, (day, text) in enumerate(reports)]
    return link_documents([link_input(c) for c in coded])


def _states(*reports: tuple[str, str]) -> list[list[str]]:
    return [[step.state for step in one.history] for one in _linked(*reports).commitments]


PLEDGE = ("2026-01-05", "Ghana pledged to send 90 nurses to Malawi by June 1.")


def test_nothing_is_broken_before_it_is_due() -> None:
    early = ("2026-02-09", "Ghana has not yet sent the 90 nurses that it promised to Malawi, a UN official said on Monday.")
    late = ("2026-06-08", "Ghana has not sent the 90 nurses that it promised to Malawi, a UN official said on Monday.")
    assert _states(PLEDGE, early) == [["pledged"]]
    assert _states(PLEDGE, early, late) == [["pledged", "broken"]]


def test_a_pledge_without_a_day_that_was_not_kept_is_broken() -> None:
    first = ("2026-01-05", "Ghana pledged to send 90 nurses to Malawi.")
    assert _states(first, ("2026-02-09", "Ghana did not send the 90 nurses that it promised to Malawi, a UN official said.")) == [["pledged", "broken"]]
    assert _states(first, ("2026-02-09", "Ghana has not yet sent the 90 nurses that it promised to Malawi, a UN official said.")) == [["pledged"]]


def test_the_day_of_an_announcement_is_not_that_of_the_plan() -> None:
    found = _linked(
        ("2026-01-12", "Fiji and Tonga will hold a naval drill, the Fijian navy announced on Monday."),
        ("2026-01-20", "Fiji and Tonga will hold their naval drill on February 10, the Tongan army said."),
    )
    assert [[step.state for step in one.history] for one in found.commitments] == [["announced", "scheduled"]]
    assert found.commitments[0].due.start == "2026-02-10"


def test_a_deed_is_found_behind_the_day_of_the_agreement() -> None:
    assert _states(("2026-01-05", "Ghana and Benin agreed on Monday to hold annual naval drills in the gulf.")) == [["announced"]]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Fiji and Tonga held naval drills.", []),
        ("The Kenyan naval drills ended.", []),
        ("Routine drills ended.", []),
        ("Fiji and Tonga held Coral Shield naval drills.", ["Coral Shield"]),
        ("Fiji joined Exercise Coral Shield on Monday.", ["Exercise Coral Shield"]),
    ],
)
def test_what_is_a_name_of_a_drill(text: str, names: list[str]) -> None:
    assert [m.group().strip() for m in names_in(text, 0, len(text))] == names


def test_a_headline_has_its_news_from_whom_the_body_has_it() -> None:
    text = "Fiji, Tonga hold naval drills\n\nSUVA, May 4 (Reuters) - Fiji and Tonga held naval drills on Sunday, Fiji's defence ministry said on Monday. The drills lasted for six hours."
    found = _linked(("2026-05-04", text))
    event = next(e for e in found.events if len(e.mentions) > 1)
    assert [o.name for o in event.originators] == ["Fiji's defence ministry"]


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("Ghana pledged on Friday to send 90 nurses to Malawi by June 1.", "2026-06-01"),
        ("Ghana promised on Friday that it would give Malawi ten boats in June.", "2026-06-01"),
        ("Ghana pledged on Friday to send Malawi 90 nurses.", None),
    ],
)
def test_a_word_given_falls_due_on_the_day_of_what_is_promised(text: str, due: str | None) -> None:
    assert [one.due.start for one in _linked(("2026-03-06", text)).commitments] == [due]


def test_a_day_behind_a_word_of_saying_is_past() -> None:
    coded = code_text("Chad said on Monday it would free two men.\n", published="2026-03-06")
    assert [t.start for t in coded.times] == ["2026-03-02"]


def test_praise_of_a_drill_is_not_the_drill() -> None:
    found = _linked(
        ("2026-05-04", "Fiji and Tonga held Exercise Coral Shield off Suva on Sunday, Fiji's navy said."),
        ("2026-05-05", "The defence ministers of Fiji and Tonga highlighted the importance of the annual trilateral Exercise Coral Shield."),
    )
    assert sorted(len(e.mentions) for e in found.events) == [1, 1]


def _joined(*reports: tuple[str, str]) -> bool:
    """Whether some event stands in all the reports."""
    return any(len(e.documents) == len(reports) for e in _linked(*reports).events)


def test_who_told_it_is_no_part_of_what_is_told() -> None:
    plan = ("2026-03-04", "Zambia will withdraw its consul from Harare next week, Interior Minister Grace Mulenga told deputies in Lusaka.")
    assert _joined(plan, ("2026-03-30", "Zambia withdrew its consul from Harare a few days later."))
    assert not _joined(plan, ("2026-03-30", "Malawi withdrew its consul from Harare a few days later."))


def test_a_minister_who_does_not_go_calls_off_the_visit() -> None:
    plan = ("2026-02-02", "Peruvian Foreign Minister Rosa Quispe will visit Quito on February 20 for talks with her Ecuadorean counterpart, diplomats said on Monday.")
    assert _states(plan, ("2026-02-13", "Peruvian Foreign Minister Rosa Quispe would not be going to Quito next week, the Peruvian foreign ministry said on Friday.")) == [["scheduled", "cancelled"]]
