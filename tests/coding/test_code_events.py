"""The stage as a whole: spans, ids, reasons, and what is never coded."""

from __future__ import annotations

import pytest

from communique.annotate import annotate_article
from communique.coding import code_events
from communique.errors import UsageError
from communique.ingest.formats import document_from_text
from communique.records import Annotated, Article, Block, Header, Published, Span
from communique.resolve import resolve_article
from communique.text import slice_span

TITLE = "Kenya and Somalia reopen border post"
BODY = (
    "The foreign ministers of Kenya and Somalia met in Nairobi on 4 May 2021 and agreed to reopen the border post at Mandera. "
    "Somalia recalled its envoy from Kenya in December 2020, accusing Nairobi of interfering in its elections. "
    "The weather was fine."
)
CAPTION = "Kenya's president visits Somalia. Photo: sample"


@pytest.fixture(scope="module")
def annotated() -> Annotated:
    text = "\n\n".join([TITLE, TITLE, CAPTION, BODY])
    doc = document_from_text(text, source="sample")
    spans, at = [], 0
    for kind, part in (("title", TITLE), ("title", TITLE), ("caption", CAPTION), ("body", BODY)):
        at = text.index(part, at)
        spans.append(Block(kind=kind, span=Span(start=at, end=at + len(part))))  # type: ignore[arg-type]
        at += len(part)
    header = Header(published=Published(start="2021-05-05", end="2021-05-06", basis="given"))
    return resolve_article(annotate_article(Article(doc=doc, blocks=tuple(spans), header=header)))


def test_spans_slice_their_text_and_evidence_holds_the_trigger(annotated: Annotated) -> None:
    text = annotated.article.doc.text
    records, _ = code_events(annotated)
    assert records
    for record in records:
        assert any(e.start <= record.trigger.start and record.trigger.end <= e.end for e in record.evidence)
        for participant in (*record.actors, *record.recipients):
            if participant.span is not None:
                assert slice_span(text, participant.span) == participant.text


def test_twice_is_once(annotated: Annotated) -> None:
    first, second = code_events(annotated), code_events(annotated)
    assert first == second
    assert len({r.id for r in first[0]}) == len(first[0])


def test_captions_are_never_coded_and_say_so(annotated: Annotated) -> None:
    text = annotated.article.doc.text
    records, uncoded = code_events(annotated)
    start = text.index(CAPTION)
    assert not [r for r in records if start <= r.trigger.start < start + len(CAPTION)]
    assert [u.reason for u in uncoded if u.span.start == start] == ["caption"]


def test_a_repeated_title_is_coded_at_most_once(annotated: Annotated) -> None:
    records, uncoded = code_events(annotated)
    assert not [r for r in records if r.trigger.start < len(TITLE)]
    assert "duplicate title" in {u.reason for u in uncoded}


def test_every_sentence_has_a_record_or_a_reason(annotated: Annotated) -> None:
    records, uncoded = code_events(annotated)
    coded = {r.sentence for r in records}
    for number, sentence in enumerate(annotated.sentences):
        assert number in coded or any(u.span == sentence.span for u in uncoded)


def test_dates_come_from_words(annotated: Annotated) -> None:
    records, _ = code_events(annotated)
    met = next(r for r in records if r.type == "CONSULT")
    recalled = next(r for r in records if r.type == "SANCTION")
    assert (met.when.start, met.when.end) == ("2021-05-04", "2021-05-05")
    assert (recalled.when.start, recalled.when.end) == ("2020-12-01", "2021-01-01")


def test_the_host_of_a_meeting_receives(annotated: Annotated) -> None:
    met = next(r for r in code_events(annotated)[0] if r.type == "CONSULT")
    assert met.mode == "visit"
    assert {p.country for p in met.actors} == {"SOM"}
    assert {p.country for p in met.recipients} == {"KEN"}


def test_a_higher_threshold_never_adds(annotated: Annotated) -> None:
    low, high = code_events(annotated, threshold=0.3)[0], code_events(annotated, threshold=0.9)[0]
    assert {r.id for r in high} <= {r.id for r in low}
    assert all(r.score >= 0.9 for r in high)


def test_an_unknown_coder_is_a_usage_error(annotated: Annotated) -> None:
    with pytest.raises(UsageError):
        code_events(annotated, coder="oracle.v9")


def test_disputed_entities_count_under_a_state_or_none_as_the_setting_says() -> None:
    from communique import pipeline
    from communique.config import Settings

    text = "Abkhazia arrested three Georgian officers on Monday."
    for borders, country, sectors in (("plover", "GEO", ("PRE",)), ("apart", None, ())):
        (record,) = pipeline.code_text(text, settings=Settings(borders=borders)).mentions
        (actor,) = record.actors
        assert (actor.entity, actor.name) == ("territory:abkhazia", "Abkhazia")
        assert (actor.country, actor.sectors) == (country, sectors)
        assert [r.country for r in record.recipients] == ["GEO"]


def test_kosovo_stands_for_itself_in_both_profiles() -> None:
    from communique import pipeline
    from communique.config import Settings

    for borders in ("plover", "apart"):
        (record,) = pipeline.code_text("Kosovo expelled two Serbian diplomats.", settings=Settings(borders=borders)).mentions
        assert [a.country for a in record.actors] == ["XKX"]


def test_the_readers_mode_fills_what_the_rules_leave_open_and_only_for_its_own_type() -> None:
    from communique.coding.candidates import Candidate
    from communique.coding.classifier import Reading
    from communique.coding.reader import weigh
    from communique.records import Span

    span = Span(start=0, end=4)

    def row(mode: str | None) -> Candidate:
        return Candidate(sentence=0, token=0, trigger=span, clause=span, kind="verb", lemma="x", passive=False, type="RETREAT", mode=mode, score=0.9)

    def reading(kind: str, p: float) -> Reading:
        types = dict.fromkeys(("RETREAT", "SANCTION", "NONE"), 0.1) | {kind: 0.8}
        return Reading(types=types, modes={"withdraw": p, "expel": 1 - p}, modality={}, contexts={}, words=(), reversed_=0.0)

    assert weigh(row(None), reading("RETREAT", 0.6)).mode == "withdraw"
    assert weigh(row("release"), reading("RETREAT", 0.9)).mode == "release"
    assert weigh(row(None), reading("SANCTION", 0.6)).mode is None
    assert weigh(row(None), reading("RETREAT", 0.3)).mode is None
