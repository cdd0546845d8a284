"""The words that decide on which lines a pattern is tried: none of them may keep a pattern from a line it matches."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communique.ingest import article, calendar, language
from communique.ingest.formats import document_from_text

PARTS = [
    "By", "by ", "BY:", "Author", "written by", "Reporting by", "— Words by", "story by", "With inputs from", "with agencies", "Ana Example", "Jo Sample", "contributed to this report",
    "Additional reporting by", "Published", "Date:", "Last updated", "posted", "3 hours ago", "an hour ago", "March 3, 2024", "2024-03-03", "3/4/1999", "03.04.2024", "²", "Photo:", "(Image: Example)",
    "Picture credit:", "(AP)", "(PA Wire)", "An artist's impression", "This satellite image", "A general view", "File photo", "Pictured", "Image caption", "caption", "Illustration by", "Fotografía",
    "A combination picture", "via AP", "Courtesy of Ana", "[File image of it]", "Getty Images", "Reuters", "Agence France-Presse", "RFE/RL", "AFP-Jiji", "The Conversation", "1 of 4", "the harbour", "Ministers met.", " ", "–", "É", "«",
]  # fmt: skip
LINES = st.lists(st.sampled_from(PARTS), min_size=1, max_size=4).map(" ".join).map(str.strip).filter(bool)


def labeller(lines):
    doc = document_from_text("\n".join(lines), source="made")
    from communique.ingest import lines as reader

    units = reader.split_lines(doc)
    texts = [doc.text[s.start : s.end] for s in units]
    return article._Labeller(doc, units, texts, [False] * len(units))


@settings(deadline=None)
@given(st.lists(LINES, min_size=1, max_size=12))
def test_the_words_let_every_match_through(lines):
    made = labeller(lines)
    for i, text in enumerate(made.texts):
        assert made._is_byline(i) == made._says_by(text)
        if len(text) <= 160 and text[-1:] not in "!?" and made._says_by(text):
            assert i in made.by_words
        if article._AGO.match(text):
            assert i in made.date_words
        if article._BYLINE_END.match(text) or article._CONTRIBUTED.search(text):
            assert i in made.signature_words
        if article._PICTURED.match(text) or article._CAPTION.match(text) or article._CAPTION_NEXT.match(text):
            assert i in made.credit_words
        if article._PHOTO.search(text):
            assert i in made.pictured
            assert article._photo(text)
        if article.agency_pattern().search(text) and len(text) <= 160:
            assert i in made.wired
        if article._CREDITED.match(text):
            assert i in made.credit_words or text[0] == "("


@settings(deadline=None)
@given(st.lists(LINES, max_size=12))
def test_lines_squashed_together_are_as_each_alone(lines):
    assert article._squash_lines(lines) == [article._squash(line) for line in lines]


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
