"""What two reports tell in the same words, and what only sounds alike: on records made by hand, dated and not."""

from __future__ import annotations

import itertools
import random

import pytest

from communique.link import apart, events, link_documents
from communique.link.passages import alike, keys, passage
from communique.records import DocumentFacts, EventMention, LinkDocument, Participant, Published, Span, When

WIRE = (
    "Chad's foreign minister flew to Khartoum on Friday with a letter from his president. "
    "On Thursday the Sudanese interior ministry expelled two Chadian teachers after a brawl in a tea house at El Geneina. "
    "The teachers, who had taught there since the spring, were put on a lorry at dawn, the governor's office said. "
    "Libya offered to mend the bridge over the wadi, and neither side has refused. "
)
CUT = (
    "Traders in Abeche say that prices have doubled since the frontier closed. "
    "On Thursday the Sudanese interior ministry expelled two Chadian teachers after a brawl in a tea house at El Geneina. "
    "The teachers, who had taught there since the spring, were put on a lorry at dawn, the governor's office said. "
    "Libya offered to mend the bridge over the wadi. An engineer told this paper that it would take a month. "
)
FORMULA = (
    "The ministry condemned in the strongest terms the cowardly attack on the airport of {place}, which left {dead} people dead. "
    "It renews its firm and constant stand against violence and terrorism in all their forms, whatever the cause, and wishes the wounded a swift recovery."
)


def _party(name: str) -> Participant:
    code = name if len(name) == 3 and name.isupper() else None
    return Participant(span=None, text=name, name=name, country=code, kind="country" if code else "group", entity=f"country:{code}" if code else None)


def _report(name: str, text: str, kind: str, trigger: str, actors: str, recipients: str = "", *, published: str | None = None, day: str | None = None, modality: str = "actual") -> LinkDocument:
    """A report with one record; parties are parted by bars."""
    at = text.index(trigger)
    start = max(text.rfind(". ", 0, at) + 2, 0) if ". " in text[:at] else 0
    end = text.index(".", at) + 1
    sides = [tuple(_party(p) for p in side.split("|") if p) for side in (actors, recipients)]
    mention = EventMention(
        id=f"m-{name}", document=name, type=kind, modality=modality, trigger=Span(at, at + len(trigger)), evidence=(Span(start, end),),  # type: ignore[arg-type]
        actors=sides[0], recipients=sides[1], when=When(start=day, end=f"{day[:8]}{int(day[8:]) + 1:02}", grain="day", basis="stated") if day else When(),
    )  # fmt: skip
    dated = Published(start=published, end=f"{published[:8]}{int(published[8:]) + 1:02}", basis="given") if published else Published(start=None, end=None, basis="unknown")
    return LinkDocument(facts=DocumentFacts(id=name, source=name, publisher=name, published=dated), text=text, body=(Span(0, len(text)),), mentions=(mention,))


def _together(*reports: LinkDocument) -> bool:
    return all(len(link_documents(order).events) == 1 for order in itertools.permutations(reports))


def test_a_copied_sentence_is_one_event_though_one_report_has_no_date() -> None:
    wire = _report("wire", WIRE, "SANCTION", "expelled", "SDN", "TCD", published="2025-03-07", day="2025-03-06")
    assert _together(wire, _report("cut", CUT, "SANCTION", "expelled", "SDN", "TCD"))
    assert _together(wire, _report("cut", CUT, "SANCTION", "expelled", "the ministry", "two teachers"))  # read less well: the words are the same
    assert not _together(wire, _report("cut", CUT, "ASSAULT", "expelled", "SDN", "TCD"))


def test_a_sentence_whose_end_was_cut_is_still_told_alike() -> None:
    wire = _report("wire", WIRE, "AGREE", "offered", "LBY", published="2025-03-07", modality="pledged")
    assert _together(wire, _report("cut", CUT, "AGREE", "offered", "LBY", modality="pledged"))
    assert not _together(wire, _report("cut", CUT, "AGREE", "offered", "EGY", modality="pledged"))


def test_one_sentence_in_common_is_a_formula() -> None:
    alone = "Our correspondent was at the border. On Thursday the Sudanese interior ministry expelled two Chadian drivers. He saw no more lorries until the evening of the feast."
    first = _report("a", WIRE, "SANCTION", "expelled", "SDN", "TCD", published="2025-03-07", day="2025-03-06")
    assert not _together(first, _report("b", alone, "SANCTION", "expelled", "SDN", "TCD"))


@pytest.mark.parametrize(("place", "dead"), [("Goma", "14"), ("Kampala", "9"), ("Goma", "9")])
def test_a_formula_with_another_name_or_number_tells_of_something_else(place: str, dead: str) -> None:
    first = _report("a", FORMULA.format(place="Kampala", dead="14"), "ACCUSE", "condemned", "OMN", published="2025-03-07")
    other = _report("b", FORMULA.format(place=place, dead=dead), "ACCUSE", "condemned", "OMN")
    assert not _together(first, other)
    assert _together(first, _report("b", FORMULA.format(place="Kampala", dead="14"), "ACCUSE", "condemned", "OMN"))


def test_a_date_still_parts_what_is_told_alike() -> None:
    first = _report("a", WIRE, "SANCTION", "expelled", "SDN", "TCD", published="2025-03-07", day="2025-03-06")
    assert not _together(first, _report("b", CUT, "SANCTION", "expelled", "SDN", "TCD", published="2025-03-14", day="2025-03-13"))


def test_passages_say_how_much_they_share() -> None:
    def read(text: str, trigger: str) -> object:
        at = text.index(trigger)
        return passage(text, Span(at, at + len(trigger)), Span(at, at + len(trigger)))

    a, b = (read(t, "expelled") for t in (WIRE, CUT))
    c, d = (read(t, "offered") for t in (WIRE, CUT))
    assert alike(a, b) == alike(b, a) == "sentence"  # type: ignore[arg-type]
    assert alike(c, d) == alike(d, c) == "words"  # type: ignore[arg-type]
    assert alike(a, c) is None  # type: ignore[arg-type]
    assert set(keys(a)) & set(keys(b)) and set(keys(c)) & set(keys(d))  # type: ignore[arg-type]
    assert keys(read("Mali expelled an envoy.", "expelled")) == ()  # type: ignore[arg-type]


def test_slots_find_what_the_whole_finds() -> None:
    rng = random.Random(7)
    documents = []
    for n in range(40):
        text, kind, trigger = rng.choice([(WIRE, "SANCTION", "expelled"), (CUT, "SANCTION", "expelled"), (WIRE, "AGREE", "offered"), (CUT, "AGREE", "offered")])
        day = f"2025-0{rng.randint(1, 9)}-0{rng.randint(1, 8)}"
        documents.append(_report(f"d{n:02}", text, kind, trigger, rng.choice(["SDN", "LBY", "some men"]), rng.choice(["TCD", "", "EGY"]), published=rng.choice([None, day]), day=rng.choice([None, None, day])))
    items = events.make_items(documents)
    whole = {(j.left, j.right): j.score for j in events.judge(items, at="")}
    parts = [(j.left, j.right, j.score) for shard in range(4) for j in apart.judge_slots(items, lambda slot, shard=shard: hash(slot) % 4 == shard)]  # type: ignore[misc]
    assert len(parts) == len(whole)
    assert {(a, b): s for a, b, s in parts} == whole
    assert whole == {(j.left, j.right): j.score for j in link_documents(documents).judgements if j.kind == "same event"}

