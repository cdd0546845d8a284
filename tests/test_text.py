"""Offsets hold on any text."""

import json
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from communique import text as t
from communique.records import Span

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=80)


@given(TEXTS)
def test_folding_keeps_every_offset(text):
    folded = t.fold_same_length(text)
    assert len(folded) == len(text)
    assert all(a == b or not b.isalnum() for a, b in zip(text, folded, strict=True))


@given(TEXTS, st.data())
def test_utf16_offsets_agree_with_javascript_units(text, data):
    at = data.draw(st.lists(st.integers(0, len(text)), max_size=6))
    assert t.utf16_offsets(text, at) == [len(text[:k].encode("utf-16-le")) // 2 for k in at]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=12))
def test_merged_spans_cover_the_same_characters(pairs):
    spans = [Span(a, a + n) for a, n in pairs]
    merged = t.merge_spans(spans)
    assert {k for s in spans for k in range(s.start, s.end)} == {k for s in merged for k in range(s.start, s.end)}
    assert all(a.end < b.start for a, b in pairwise(merged))


def test_digest_tells_parts_apart():
    assert t.digest("ab", "c") != t.digest("a", "bc")
    assert t.digest(None) != t.digest("")
    assert t.digest("x") == t.digest("x")


def test_a_span_is_written_as_two_numbers():
    import msgspec

    assert json.loads(msgspec.json.encode(Span(3, 9))) == [3, 9]
    assert msgspec.json.decode(b"[3, 9]", type=Span) == Span(3, 9)


@given(TEXTS, st.data())
def test_trim_takes_white_space_only(text, data):
    start = data.draw(st.integers(0, len(text)))
    span = Span(start, data.draw(st.integers(start, len(text))))
    inner = t.trim(text, span)
    assert text[span.start : span.end].strip() == text[inner.start : inner.end]
