"""The scorer of whole reports: gold as prediction is 1, silence is 0, each near miss costs what it should."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from communique.errors import UsageError
from communique.evaluate import seeds
from communique.records import (
    Article,
    Attribution,
    Block,
    CodedDocument,
    Derived,
    Document,
    Event,
    EventMention,
    Header,
    Participant,
    Span,
    Speaker,
    When,
    Where,
)

TEXT = "Peru's envoy met Chile's in Quito on 4 May 2021. Peru will send rice to Haiti, its ministry said. Buy our mugs."


def _at(words: str) -> dict[str, Any]:
    start = TEXT.index(words)
    return {"text": words, "start": start, "end": start + len(words)}


def _gold() -> dict[str, Any]:
    meeting = {
        "id": "M1", "kind": "event", "requirement": "core", "plover": {"event": "CONSULT", "mode": "third-party", "context": [], "auxiliary_mode": None},
        "acceptable_alternatives": [], "trigger": _at("met"), "quote": _at("Peru's envoy met Chile's in Quito"),
        "actors": [{"entity": "PER"}, {"entity": "CHL"}], "recipients": [], "date": {"start": "2021-05-04", "end": "2021-05-04"},
        "place": {"resolved": {"name": "Quito", "country": "EC", "lat": -0.2, "lon": -78.5}}, "status": "happened", "attribution": [],
    }  # fmt: skip
    plan = {
        "id": "M2", "kind": "commitment", "requirement": "core", "plover": {"event": "AGREE", "mode": None, "context": [], "auxiliary_mode": "future"},
        "acceptable_alternatives": ["AID+future"], "trigger": _at("will send"), "quote": _at("Peru will send rice to Haiti"),
        "actors": [{"entity": "PER"}], "recipients": [{"entity": "HTI"}], "date": {"start": None, "end": None}, "place": {"resolved": None},
        "status": "announced", "attribution": [{"holder": "ministry", "cue": _at("said")}],
    }  # fmt: skip
    for record in (meeting, plan):
        record["doc"] = "one.txt"
    return {
        "documents": [{"file": "one.txt", "publication_date": "2021-05-05"}],
        "entities": {c: {"code": c} for c in ("PER", "CHL", "HTI")},
        "records": [meeting, plan],
        "clusters": [],
        "discrepancies": [],
        "distractors": [{"id": "X", "doc": "one.txt", "span": _at("Buy our mugs")}],
        "metonym_senses": [],
    }


def _span(words: str) -> Span:
    found = _at(words)
    return Span(start=found["start"], end=found["end"])


def _who(*codes: str) -> tuple[Participant, ...]:
    return tuple(Participant(span=None, text=None, entity=c, name=c, country=c) for c in codes)


def _said() -> tuple[EventMention, ...]:
    return (
        EventMention(
            id="1", document="d", type="CONSULT", mode="third-party", trigger=_span("met"), evidence=(_span("Peru's envoy met Chile's in Quito"),), actors=_who("PER", "CHL"),
            when=When(start="2021-05-04", end="2021-05-05", basis="stated"), where=Where(name="Quito", country="ECU", lat=-0.2, lon=-78.5, basis="stated", span=None),
        ),
        EventMention(
            id="2", document="d", type="AGREE", trigger=_span("send"), evidence=(_span("Peru will send rice to Haiti"),), actors=_who("PER"), recipients=_who("HTI"),
            modality="planned", attribution=(Attribution(speaker=Speaker(span=None, entity=None, name="ministry"), cue=_span("said"), kind="reported"),),
        ),
    )  # fmt: skip


def _coded(mentions: tuple[EventMention, ...]) -> dict[str, CodedDocument]:
    doc = Document(id="d", source="one.txt", format="text", text=TEXT, sha256="", raw_sha256="")
    article = Article(doc=doc, blocks=(Block(kind="body", span=Span(start=0, end=len(TEXT))),), header=Header())
    return {"one.txt": CodedDocument(article=article, mentions=mentions)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "gold.json").write_text(json.dumps(_gold()), encoding="utf-8")
    (tmp_path / "one.txt").write_text(TEXT, encoding="utf-8")
    return tmp_path


def test_gold_as_prediction_is_one(folder: Path) -> None:
    figures = seeds.score(folder, coded=_coded(_said()), derived=Derived())
    for metric in ("core_recall", "precision", "modality", "dates", "attribution", "places", "modes", "recipients"):
        assert figures[metric] == 1, metric
    assert figures["distractors"] == 0


def test_silence_is_zero(folder: Path) -> None:
    figures = seeds.score(folder, coded=_coded(()), derived=Derived())
    assert figures["core_recall"] == figures["precision"] == figures["modality"] == 0


def test_near_misses_cost(folder: Path) -> None:
    meeting, plan = _said()
    wrong_type = seeds.score(folder, coded=_coded((meeting, msgspec.structs.replace(plan, type="REJECT"))), derived=Derived())
    assert (wrong_type["core_recall"], wrong_type["precision"]) == (0.5, 0.5)
    wrong_actor = seeds.score(folder, coded=_coded((meeting, msgspec.structs.replace(plan, actors=_who("CHL")))), derived=Derived())
    assert wrong_actor["core_recall"] == 0.5
    alternative = seeds.score(folder, coded=_coded((meeting, msgspec.structs.replace(plan, type="AID"))), derived=Derived())
    assert alternative["core_recall"] == 1
    twice = seeds.score(folder, coded=_coded((meeting, plan, msgspec.structs.replace(plan, id="3"))), derived=Derived())
    assert twice["precision"] == pytest.approx(2 / 3)
    real = seeds.score(folder, coded=_coded((meeting, msgspec.structs.replace(plan, modality="actual"))), derived=Derived())
    assert real["modality"] == 0.5


def test_statements_lie_outside_the_counts(folder: Path) -> None:
    claim = msgspec.structs.replace(_said()[1], id="9", type="STATE")
    assert seeds.score(folder, coded=_coded((*_said(), claim)), derived=Derived())["precision"] == 1


def test_a_record_from_a_distractor_is_counted(folder: Path) -> None:
    advert = msgspec.structs.replace(_said()[1], id="8", trigger=_span("Buy"), evidence=(_span("Buy our mugs"),))
    assert seeds.score(folder, coded=_coded((*_said(), advert)), derived=Derived())["distractors"] == 1


def test_links_need_one_event_for_both_reports(folder: Path) -> None:
    gold = _gold()
    other = json.loads(json.dumps(gold["records"][0])) | {"id": "N1", "doc": "two.txt"}
    gold["documents"].append({"file": "two.txt", "publication_date": None})
    gold["records"].append(other)
    gold["clusters"] = [{"event": "E", "records": ["M1", "N1"]}]
    (folder / "gold.json").write_text(json.dumps(gold), encoding="utf-8")
    coded = _coded(_said())
    twin = msgspec.structs.replace(_said()[0], id="7", document="e")
    coded["two.txt"] = msgspec.structs.replace(coded["one.txt"], mentions=(twin,))

    def event(*mentions: str) -> Event:
        return Event(id="-".join(mentions), type="CONSULT", mode=None, modality="actual", actors=(), recipients=(), when=When(), where=None, mentions=mentions, documents=(), publishers=(), originators=(), score=1.0)

    joined = seeds.score(folder, coded=coded, derived=Derived(events=(event("1", "7"), event("2"))))
    apart = seeds.score(folder, coded=coded, derived=Derived(events=(event("1"), event("7"), event("2"))))
    assert joined["links"] == 1
    assert apart["links"] == 0


def test_a_folder_without_gold_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        seeds.score(tmp_path)
    (tmp_path / "gold.json").write_text("[1, 2", encoding="utf-8")
    with pytest.raises(UsageError):
        seeds.score(tmp_path)


def test_gate_on_the_seed_reports(shared: Path) -> None:
    figures = seeds.score(shared / "seeds")
    assert figures["core_recall"] >= 0.9
    assert figures["precision"] >= 0.9
    assert figures["distractors"] == 0
    assert figures["modality"] >= 0.95
