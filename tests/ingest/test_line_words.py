"""The words that decide on which lines a pattern is tried: none of them may keep a pattern from a line it matches."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.ingest import article, calendar, forms, guards, language, lines
from communique.ingest.formats import document_from_text

PARTS = [
    "By", "by ", "BY:", "Author", "written by", "Reporting by", "— Words by", "story by", "With inputs from", "with agencies", "Ana Example", "Jo Sample", "contributed to this report",
    "Additional reporting by", "Published", "Date:", "Last updated", "posted", "3 hours ago", "an hour ago", "March 3, 2024", "2024-03-03", "3/4/1999", "03.04.2024", "²", "Photo:", "(Image: Example)",
    "Picture credit:", "(AP)", "(PA Wire)", "An artist's impression", "This satellite image", "A general view", "File photo", "Pictured", "Image caption", "caption", "Illustration by", "Fotografía",
    "A combination picture", "via AP", "Courtesy of Ana", "PHOTO | FILE", "Picture – Ana", "Pic by Jo", "— AFP/File", "[Island Agency]", "Library picture", "Representative image", "[File image of it]", "Getty Images", "Reuters", "Agence France-Presse", "RFE/RL", "AFP-Jiji", "The Conversation", "1 of 4", "the harbour", "Ministers met.", " ", "–", "É", "«",
]  # fmt: skip
LINES = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(" ".join).map(str.strip).filter(bool)


def labeller(made):
    doc = document_from_text("\n".join(made), source="made")
    units = lines.split_lines(doc)
    texts = [doc.text[s.start : s.end] for s in units]
    return article._Labeller(doc, units, texts, [False] * len(units))


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12))
def test_the_words_let_every_match_through(made_lines):
    made = labeller(made_lines)
    for i, text in enumerate(made.texts):
        assert made._is_byline(i) == made._says_by(text)
        if len(text) <= 160 and text[-1:] not in "!?" and made._says_by(text):
            assert i in made.by_words
        if forms.AGO.match(text):
            assert i in made.date_words
        if forms.BYLINE_END.match(text) or forms.CONTRIBUTED.search(text):
            assert i in made.signature_words
        if forms.PICTURED.match(text) or forms.CAPTION.match(text) or forms.CAPTION_NEXT.match(text):
            assert i in made.credit_words
        if forms.PHOTO.search(text):
            assert i in made.pictured
            assert forms.has_photo_credit(text)
        if forms.PHOTO_END.search(text) and text[-1] not in ".!?":
            assert i in made.pictured
            assert forms.has_photo_credit(text)
        if article.agency_pattern().search(text) and len(text) <= 160:
            assert i in made.wired
        if forms.CREDITED.match(text):
            assert i in made.credit_words or text[0] == "("


@settings(deadline=None)
@given(st.lists(LINES, max_size=12))
def test_lines_squashed_together_are_as_each_alone(made):
    assert article._squash_lines(made) == [article._squash(line) for line in made]


@settings(deadline=None)
@given(st.lists(st.sampled_from([*article.agency_forms(), "x", "/", " ", "é", "-", "AP", "The "]), max_size=6).map("".join))
def test_agencies_by_first_letter_match_as_in_a_row(text):
    forms = sorted(article.agency_forms(), key=len, reverse=True)
    row = re.compile(r"(?<![\w/])(?:" + "|".join(map(re.escape, forms)) + r")(?!\w)")
    assert [m.span() for m in article.agency_pattern().finditer(text)] == [m.span() for m in row.finditer(text)]


WORDS = ["The", "the", "THE,", "“the”", "İstanbul", "i̇stanbul", "ΟΔΟΣ", "οδος", "ΟΔΟΣ.", "Straße", "STRASSE", "newsletter", "Newsletter!", "東京。", "\U0001f4f0", "...", "é", "É", "cookies|", "a", "(Harbour)", "harbour"]
SPACES = [" ", "\n", "\t", "\xa0", "\u2028", "\u3000", "\x1c", "  "]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(WORDS) | st.text(max_size=4), st.sampled_from(SPACES)), max_size=30))
def test_words_as_numbers_are_as_words(parts):
    text = "".join(itertools.chain.from_iterable(parts))
    text = text.encode("utf-8", "ignore").decode()
    weights = lines.load_model("text").words
    codes = lines._codes(text)
    kinds = lines._class_table().take(codes, mode="clip")
    same, weight, function, content = lines._words(text, codes, kinds, weights)
    tokens = [token.lower() for token in text.split()]
    bare = [token.strip(lines._BEFORE_AFTER) for token in tokens]
    assert [[a == b for b in same] for a in same] == [[a == b for b in tokens] for a in tokens]
    assert list(weight) == [np.float32(weights.get(word, 0.0)) for word in bare]
    assert list(function) == [word in lines._FUNCTION for word in bare]
    assert list(content) == [len(word) > 3 and word not in lines._FUNCTION for word in bare]


PIECES = [b"<", b">", b"<div>", b"</div>", b"<p>", b"</p>", b"<br>", b"<link x>", b"<li>", b"<a b='c d' e=1>", b"x" * 1999, b"x" * 2000, b"x" * 4001, b"<b " + b"a=1 " * 1100, b"<i " + b"b " * 2100]


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join))
def test_long_tags_are_found_without_looking_at_each(raw):
    codes = np.frombuffer(raw, dtype=np.uint8)
    cuts = [-1, *(i for i, code in enumerate(raw) if code == 62), len(raw)]
    assert list(guards._unclosed(raw, codes)) == [(a + 1, b) for a, b in itertools.pairwise(cuts) if b - a - 1 > guards._LONG_TAG]
    tags = [raw[m.start() : end] for a, end in itertools.pairwise(cuts) for m in re.finditer(rb"<(?=[A-Za-z])", raw[: max(0, end - guards._LONG_TAG)]) if m.start() > a]
    counted = [len(guards._QUOTED.sub(b"=v", tag).replace(b"=", b" ").split()) for tag in tags]
    assert guards._most_attributes(raw, codes, np.flatnonzero(codes == 60)) == max(counted, default=0)


@settings(deadline=None)
@given(LINES)
def test_a_date_needs_a_year_of_two_centuries(line):
    found = [(m.start(), m.end()) for m in calendar._PATTERN.finditer(line)]
    assert all((f.start, f.end) in found for f in calendar.find_dates(line))
    assert bool(found) <= ("19" in line or "20" in line)


@pytest.mark.parametrize(("text", "order"), [("on 25/12/2023 and 3/4/2024", "dmy"), ("on 12.25.1999", "mdy"), ("25-12-2023 then 12-25-2023", None), ("25/12/23", None), ("nothing", None)])
def test_the_order_of_figures(text, order):
    assert calendar.find_order(text) == order


@pytest.mark.parametrize(
    ("text", "code"),
    [("", None), ("12 - 34", None), ("The ministers of both states met in the capital and said that talks will go on.", "en"), ("東京で会談した。首相は述べたものの", "ja"),
     ("Les ministres des deux pays se sont réunis à Paris pour signer un accord sur la pêche.", "fr")],
)  # fmt: skip
def test_the_language_of_a_text(text, code):
    assert language.detect(text) == code
