"""Events as of a day pass the same filter as those of the store: each condition keeps what the store's list keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.store.factory import act_reject

from communique.cli import program
from communique.errors import UsageError
from communique.records import Filter
from communique.store import Store
from communique.views.rebuild import derive_as_of
from communique.views.sifting import events_as_of, sift

ASKED = [
    {}, {"type": ("AGREE",)}, {"type": ("AID", "ACCUSE")}, {"mode": ("material",)}, {"quad": ("verbal conflict",)}, {"modality": ("pledged",)},
    {"context": ("economic",)}, {"actor": ("JPN",)}, {"actor": ("country:ken",)}, {"actor": ("TZA", "PRK")}, {"recipient": ("KEN",)},
    {"either": ("PRK",)}, {"dyad": ("KEN", "JPN")}, {"dyad": ("KEN", "JPN"), "directed": True}, {"dyad": ("JPN", "KEN"), "directed": True},
    {"publisher": ("harbour post",)}, {"publisher": ("@Evening, Paper", "Nobody")}, {"attribution": "FOREIGN"}, {"attribution": "KEN"},
    {"attribution": "nobody"}, {"place": "KEN"}, {"place": "nai"}, {"place": "Nairobi West"}, {"box": (-5.0, 30.0, 5.0, 40.0)},
    {"box": (-5.0, 170.0, 5.0, 40.0)}, {"box": (0.0, 30.0, 5.0, 40.0)}, {"since": "2026-03-01"}, {"since": "2026-03-04"}, {"until": "2026-03-03"},
    {"since": "2026-03-05", "date": "published"}, {"until": "2026-03-05", "date": "published"}, {"since": "2026-04-01", "date": "added"},
    {"text": "fisheries"}, {"text": "loudly"}, {"min_originators": 2}, {"min_score": 0.95}, {"min_score": 0.5}, {"reviewed": "none"},
    {"reviewed": "rejected"}, {"story": "s1"}, {"story": "none"}, {"order": "-date"}, {"order": "score"}, {"order": "originators"},
]  # fmt: skip


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_each_condition_keeps_what_the_store_keeps(linked: Store, asked) -> None:
    every = list(linked.each_event())
    linked.review(act_reject(next(e.id for e in every if e.type == "AID")))
    every = [linked.event(e.id) for e in every]
    flt = Filter(limit=0, **asked)
    found = [e.id for e in sift([e for e in every if e is not None], flt, linked)]
    want = [e.id for e in linked.each_event(flt)]
    assert sorted(found) == sorted(want)
    if asked.get("order") not in ("-date",):  # which of two without a day comes first is the store's own affair
        assert found == want


def test_the_conditions_above_tell_events_apart(linked: Store) -> None:
    """No case passes because all answers are empty or all are whole."""
    sizes = {len(list(linked.each_event(Filter(limit=0, **asked)))) for asked in ASKED}
    assert sizes == {0, 1, 2, 3}


def test_a_review_counts_from_its_day(linked: Store) -> None:
    def listed(day: str, **asked) -> list[str]:
        return [e.id for e in events_as_of(linked, day, Filter(limit=0, **asked))]

    linked.replace_derived(derive_as_of(linked, "2026-04-01").events)
    before = listed("2026-04-01")
    assert len(before) >= 2
    linked.review(act_reject(before[0]))  # on 2 April
    assert listed("2026-04-01") == before
    assert listed("2026-04-02") == before[1:]
    assert listed("2026-04-02", reviewed="rejected") == before[:1]
    assert events_as_of(linked, "2026-04-01", Filter(limit=1))[0].id == before[0]
    with pytest.raises(UsageError, match="since"):
        listed("2026-04-01", since="soon")


def test_the_verb_obeys_its_flags(tmp_path: Path, linked: Store) -> None:
    def listed(*flags: str) -> list[dict]:
        done = CliRunner().invoke(program, ["events", "--store", str(tmp_path / "linked.db"), "--as-of", "2026-03-31", "--json", *flags])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    every = listed()
    assert {e["type"] for e in every} == {"AGREE", "AID", "ACCUSE"}
    assert {e["type"] for e in listed("--type", "ACCUSE")} == {"ACCUSE"}
    assert {e["modality"] for e in listed("--modality", "pledged")} == {"pledged"}
    assert {e["type"] for e in listed("--actor", "JPN")} == {"AID", "ACCUSE"}
    assert {e["type"] for e in listed("--dyad", "KEN-TZA")} == {"AGREE"}
    assert listed("--actor", "FJI") == []
    assert len(listed("--limit", "1")) == 1
