"""Lit text: pieces cover the text without gaps, and what is shown is what is stored, whatever it is."""

from __future__ import annotations

import datetime as dt
import html
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from communique.serve import charts, render
from communique.text import utf16_offsets
from communique.views.pages_event import shared_words
from communique.views.pages_text import Mark, around, inert, lines, lit, pieces

TEXTS = st.text(st.sampled_from("ab <>&\"'\n\u202e\u200d\U0001f469\u0301\u0645\x00\ud800 "), max_size=60)
MARKS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=8).map(lambda ps: [Mark(min(p), max(p), f"k{n}", (str(n),)) for n, p in enumerate(ps)])


def shown(markup: str) -> str:
    """The text that a reader of the markup gets, named boxes turned back."""
    back = re.sub(r'<span class="ctl" data-cp="U\+([0-9A-F]+)"[^>]*></span>', lambda m: chr(int(m[1], 16)), markup)
    return html.unescape(re.sub(r"</?(mark|span)[^>]*>", "", back)) if "\x00" not in back else re.sub(r"</?(mark|span)[^>]*>", "", back)


@given(TEXTS, MARKS)
@settings(max_examples=200, deadline=None)
def test_pieces_cover_without_gaps(text: str, marks: list[Mark]) -> None:
    found = pieces(0, len(text), marks)
    assert "".join(text[p.start : p.end] for p in found) == text
    for piece in found:
        assert {m for m in marks if m.start < piece.end and m.end > piece.start and m.start < m.end} == set(piece.marks)


@given(TEXTS, MARKS)
@settings(max_examples=200, deadline=None)
def test_markup_is_balanced_and_holds_the_text(text: str, marks: list[Mark]) -> None:
    markup = lit(text, 0, len(text), marks)
    assert markup.count("<mark") == markup.count("</mark>")
    bare = re.sub(r"<(/?)(mark|span)[^>]*>", "", markup)
    assert "<" not in bare and ">" not in bare
    assert not any(ch in markup for ch in "\u202e\x00\ud800")
    if "\x00" not in text:
        assert shown(markup) == text


def test_overlapping_marks_nest_in_each_piece() -> None:
    markup = lit("one two three", 0, 13, [Mark(0, 7, "a", ("1",), "", "here"), Mark(4, 13, "b", ("2",))])
    assert markup == (
        '<mark class="m-a" id="here" data-ids="1">one </mark><mark class="m-b" data-ids="2"><mark class="m-a" data-ids="1">two</mark></mark>'
        '<mark class="m-b" data-ids="2"> three</mark>'
    )


def test_emoji_keep_their_joins_and_bidi_marks_are_named() -> None:
    assert inert("\U0001f469\u200d\U0001f680") == "\U0001f469\u200d\U0001f680"
    assert 'data-cp="U+202E"' in inert("a\u202eb") and "\u202e" not in inert("a\u202eb")


def test_utf16_offsets_of_lit_words() -> None:
    text = "\U0001f600 talks \U0001f1ef\U0001f1f5 end"
    at = [text.index("talks"), text.index("end")]
    units = text.encode("utf-16-le")
    assert [units[2 * u :].decode("utf-16-le")[:3] for u in utf16_offsets(text, at)] == ["tal", "end"]


@given(st.text(st.sampled_from("word \n"), min_size=1, max_size=200), st.integers(0, 200), st.integers(0, 200), st.integers(1, 80))
def test_windows_hold_what_they_are_around(text: str, a: int, b: int, most: int) -> None:
    start, end = sorted((min(a, len(text)), min(b, len(text))))
    low, high = around(text, start, end, most=most)
    assert 0 <= low <= start and end <= high <= len(text)


def test_lines_leave_out_what_is_empty() -> None:
    text = "a\n\n  \nbc\n"
    assert [text[x:y] for x, y in lines(text, 0, len(text))] == ["a", "bc"]


def test_shared_words_are_of_two_documents() -> None:
    assert shared_words({"a": ["The ministers signed the accord"], "b": ["Accord signed, they say"], "c": ["Nothing"]}) == {"signed", "accord"}
    assert shared_words({"a": ["accord", "accord again"]}) == set()


def test_days_marked_are_few_round_and_within() -> None:
    for first, last in [((2025, 9, 8), (2025, 9, 8)), ((2025, 9, 8), (2025, 12, 20)), ((2025, 1, 31), (2026, 3, 1)), ((2021, 1, 1), (2026, 11, 16)), ((1900, 5, 2), (2026, 1, 1))]:
        a, b = dt.date(*first), dt.date(*last)
        found = charts.days_marked(a, b)
        assert 1 <= len(found) <= 8 and all(a.isoformat() <= day <= b.isoformat() for day, _ in found), found
    assert charts.days_marked(dt.date(2021, 1, 1), dt.date(2026, 11, 16))[:2] == [("2021-01-01", "2021"), ("2022-01-01", "2022")]
    assert charts.days_marked(dt.date(2025, 12, 30), dt.date(2026, 1, 2))[1:3] == [("2025-12-31", "31 Dec"), ("2026-01-01", "1 Jan 2026")]


def test_periods_step_by_their_own_length() -> None:
    assert render.stepped("2025-09-01", "2025-09-08", -1) == ("2025-08-25", "2025-09-01")
    assert render.stepped("2025-09-01", "2025-09-08", 1) == ("2025-09-08", "2025-09-15")
    assert render.stepped(None, "2025-09-08", 1) is None and render.stepped("9999-01-01", "9999-12-31", 1) is None


def test_compared_dates_are_worded() -> None:
    assert render.said("when", "2025-09-15/2025-09-16") == "15 Sep 2025" and render.said("when", "None/2025-09-16") == "before 16 Sep 2025"
    assert render.said("where", "A/B") == "A/B" and render.said("when", "soon") == "soon"
    assert render.said("date", "2025-09-15/") == "from 15 Sep 2025"
