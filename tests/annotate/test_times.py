"""Time expressions: the cases of `tests/cases/times`, what must be refused, and properties of every result."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from communique.annotate import _calendar as cal
from communique.annotate.times import find_times, tag_text
from communique.evaluate import times as scorer
from communique.evaluate._articles import bare_article

CASES = Path(__file__).parent.parent / "cases" / "times"


def _cases() -> list[dict[str, str]]:
    rows = []
    for path in sorted(CASES.glob("*.tsv")):
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
        rows.extend(csv.DictReader(lines, delimiter="\t", restval=""))
    return rows


@pytest.mark.parametrize("case", _cases(), ids=lambda c: f"{c['words']}|{c['text'][:24]}")
def test_case(case: dict[str, str]) -> None:
    published = None if case["published"] == "-" else case["published"]
    found = {case["text"][t.span.start : t.span.end]: t for t in tag_text(case["text"], published)}
    assert case["words"] in found, sorted(found)
    told = found[case["words"]]
    got = (told.type, told.value, told.start or "", told.end or "", told.mod or "")
    assert got == (case["type"], case["value"], case["start"], case["end"], case["mod"])
    assert told.basis == (case["basis"] or "unknown")


@pytest.mark.parametrize(
    "text",
    [
        "Officials may march on the palace, and the guards might fall.",
        "Some 2000 people lost their homes.",
        "The plant makes 1950 tons a day.",
        "Security Council Resolution 1970 was cited.",
        "The 37-year-old pilot was released.",
        "Will Smith and June Carter were not there.",
        "The second is that nobody asked.",
        "They paid $1999 for it.",
    ],
)
def test_refused(text: str) -> None:
    assert [t for t in tag_text(text, "2025-09-08") if t.type in ("DATE", "TIME")] == []


@pytest.mark.parametrize(
    "text",
    [
        "The envoy made a second attempt.",
        "About three-quarters of the grain is imported.",
        "The channel's 60 Minutes showed the film.",
        "Some twenty twenty-five people came.",
    ],
)
def test_no_duration_and_no_year(text: str) -> None:
    assert tag_text(text, "2025-09-08") == ()


def test_a_list_of_days_stops_at_a_count_of_people() -> None:
    found = [t.value for t in tag_text("On April 24 and 25 people were arrested.", "2025-09-08")]
    assert found == ["2025-04-24"]
    apart = [(t.start, t.end) for t in tag_text("Talks were held on March 1 and 5 in Oslo.", "2025-09-08")]
    assert apart == [("2025-03-01", "2025-03-02"), ("2025-03-05", "2025-03-06")]


def test_ages_are_not_times() -> None:
    assert tag_text("A 37-year-old pilot, 12 years old then, was freed.", "2025-09-08") == ()


def test_a_date_that_two_continents_read_differently_is_left() -> None:
    assert tag_text("It was dated 03/04/2025.", "2025-09-08") == ()
    assert [t.value for t in tag_text("It was dated 23/04/2025.", None)] == ["2025-04-23"]


def test_nothing_leans_on_the_clock() -> None:
    text = "Yesterday, last month, on Friday, in June, on 4 July, this year and three weeks ago they met."
    for told in tag_text(text, None):
        assert told.start is None and told.end is None and told.basis == "unknown"


def test_spans_slice_and_intervals_are_ordered() -> None:
    text = "On Monday and from Sept. 1 to Sept. 7, and in the 1990s, “last Friday”, the sides — since May 2021 — met at 10:30 a.m."
    found = tag_text(text, "2025-09-08")
    assert len(found) >= 7
    for told in found:
        assert text[told.span.start : told.span.end].strip() == text[told.span.start : told.span.end] != ""
        assert told.start is None or told.end is None or told.start < told.end
    assert all(a.span.end <= b.span.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(
    "text",
    ["900,000 days ago it began", "999,999 centuries ago it began", "on 9999-12-31", "in the past 900,000 weeks"],
)
def test_times_outside_the_calendar_have_no_interval(text: str) -> None:
    assert all(t.start is None for t in tag_text(text, "2025-09-08"))


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("The sides have agreed to open the crossing in December.", "2025-12-01"),
        ("The two agreed on Monday to open the crossing.", "2025-09-08"),
        ("The captain could not be reached Wednesday.", "2025-09-03"),
        ("The court meets on Friday, when the envoys will hear its ruling.", "2025-09-12"),
    ],
)
def test_the_parse_tells_the_direction(text: str, start: str) -> None:
    from communique.annotate.language import parse_article

    article = bare_article(text, "case", published="2025-09-08")
    assert [t.start for t in find_times(article, parse_article(article))][:1] == [start]


def test_the_dateline_is_the_anchor_when_nothing_else_is() -> None:
    import msgspec

    article = bare_article("The envoys met on Tuesday.", "x")
    dated = msgspec.structs.replace(
        article, header=msgspec.structs.replace(article.header, dateline="GENEVA, 5 March 2024")
    )
    assert [t.start for t in find_times(dated, ())] == ["2024-03-05"]
    undated = msgspec.structs.replace(
        article, header=msgspec.structs.replace(article.header, dateline="GENEVA, March 5")
    )
    assert [t.start for t in find_times(undated, ())] == [None]


def test_a_publication_month_places_months_but_not_weekdays() -> None:
    import msgspec

    from communique.records import Published

    article = bare_article("They met on Tuesday, and in June.", "x")
    published = Published(start="2025-09-01", end="2025-10-01", basis="text")
    dated = msgspec.structs.replace(article, header=msgspec.structs.replace(article.header, published=published))
    assert [t.start for t in find_times(dated, ())] == [None, "2025-06-01"]


@pytest.mark.parametrize(
    ("value", "days"),
    [
        ("2024-02", ("2024-02-01", "2024-03-01")), ("2024-W01", ("2024-01-01", "2024-01-08")), ("2020-W53", ("2020-12-28", "2021-01-04")),
        ("2024-WI", ("2024-12-01", "2025-03-01")), ("2024-Q4", ("2024-10-01", "2025-01-01")), ("2024-02-29T09:00", ("2024-02-29", "2024-03-01")),
    ],
)  # fmt: skip
def test_intervals(value: str, days: tuple[str, str]) -> None:
    found = cal.interval(value)
    assert found is not None and (found[0].isoformat(), found[1].isoformat()) == days


@pytest.mark.parametrize("value", ["2023-02-29", "2025-W54", "PAST_REF", "P3D", "FY2025", "XXXX-09-15", "0000"])
def test_no_interval(value: str) -> None:
    assert cal.interval(value) is None


def test_easter_and_thanksgiving() -> None:
    assert [cal.easter(y).isoformat() for y in (2000, 2024, 2038)] == ["2000-04-23", "2024-03-31", "2038-04-25"]
    day = cal.holiday("thanksgiving", 2023)
    assert day is not None and day.isoformat() == "2023-11-23"


def test_scorer_on_gold_and_on_nothing() -> None:
    gold = [(0, 6, "2025-09"), (10, 14, "P3D")]
    assert scorer.summary([scorer.count(gold, gold)])["value_f1"] == 1
    assert scorer.summary([scorer.count([], gold)])["relaxed_f1"] == 0
    half = scorer.count([(0, 4, "2025-09"), (10, 14, "P4D")], gold)
    assert (half.strict, half.relaxed, half.value) == (1, 2, 1)


def test_gate(shared: Path) -> None:
    found = scorer.score(shared / "data" / "time" / "tbaq.jsonl.gz", parse=False)
    assert found["n"] == 128
    assert found["relaxed_f1"] > 0.91 and found["value_f1"] > 0.74


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The council adopted resolution 2790 (2026).", []),
        ("Decree No. 12 of 2021 bans such flights.", []),
        ("It shipped 2790 tons in 2021.", ["2021"]),
        ("He met aides between 2 and 5 April.", ["2026-04-02/2026-04-05"]),
        ("He met aides between April 2 and 5.", ["2026-04-02", "2026-04-05"]),
        ("The vote is on the 15th of next month.", ["2026-07-15"]),
        ("Jets crossed the line in March 2023 and again in July.", ["2023-03", "2023-07"]),
        ("In May the two met. Later that day they left.", ["2026-05", "XXXX-XX-XX"]),
        ("Aid rose in fiscal year 2025-26.", ["FY2025/FY2026"]),
    ],
)
def test_numbers_of_laws_are_no_times_and_pairs_share_month_or_year(text: str, expected: list[str]) -> None:
    assert [t.value for t in tag_text(text, "2026-06-10")] == expected


def test_between_makes_a_range_of_two_days() -> None:
    spans = {(t.start, t.end) for t in tag_text("He met aides between April 2 and 5.", "2026-06-10")}
    assert spans == {("2026-04-02", "2026-04-06")}
