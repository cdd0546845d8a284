"""Timeline, dyads, network, comparison and brief over the small linked store."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from tests.store.factory import event, simple

from communique.errors import UsageError
from communique.records import Commitment, Filter, Originator, StateChange, When
from communique.store import Store
from communique.views.brief import brief, dossier, to_markdown
from communique.views.compare import compare_event, compare_publishers
from communique.views.dyads import covered, dyad_series, panel, period_of, periods, undated
from communique.views.ledger import as_known
from communique.views.network import network
from communique.views.pages_overview import weight
from communique.views.timeline import lanes, timeline


def test_timeline_tells_plans_from_deeds_and_puts_undated_last(linked: Store) -> None:
    found = timeline(linked)
    assert [(e.start, e.drawn) for e in found] == [("2026-03-03", "solid"), (None, "hollow"), (None, "solid")]
    assert {lane.name: len(lane.entries) for lane in lanes(linked)} == {"JPN": 2, "KEN": 1}
    assert len(timeline(linked, Filter(type=("AID",), limit=5))) == 1
    with pytest.raises(UsageError):
        timeline(linked, lane="mood")


def test_dyads_count_reports_and_events_apart(linked: Store) -> None:
    rows = {(r.actor, r.recipient): r for r in dyad_series(linked)}
    row = rows["KEN", "TZA"]
    assert (row.start, row.mentions, row.events, row.verbal_cooperation, row.documents) == ("2026-03-01", 2, 1, 2, 3)
    assert row.mean_score == pytest.approx((6.5 + 2.0) / 2)
    assert rows["TZA", "KEN"].mentions == 1
    assert ("JPN", "KEN") not in rows, "a pledge has not happened"
    assert undated(linked) == 1
    for grain, start in (("day", "2026-03-03"), ("week", "2026-03-02"), ("year", "2026-01-01")):
        assert dyad_series(linked, [("KEN", "TZA")], grain=grain)[0].start == start
    narrowed = dyad_series(linked, [("KEN", "TZA")], flt=Filter(publisher=("Harbour Post",)))
    assert [r.mentions for r in narrowed] == [1]
    with pytest.raises(UsageError):
        dyad_series(linked, grain="hour")


def test_the_panel_is_filled_and_joins_on_codes(linked: Store) -> None:
    linked.add(simple(50, actor="KEN", recipient="TZA", day="2025-12-31", published="2026-01-01"))
    rows = panel(linked, [("KEN", "TZA")], grain="month")
    assert [(r["start"], r["mentions"]) for r in rows] == [("2025-12-01", 1), ("2026-01-01", 0), ("2026-02-01", 0), ("2026-03-01", 2)]
    assert (rows[0]["ccode1"], rows[0]["ccode2"], rows[0]["gwcode1"], rows[0]["year"], rows[0]["month"]) == (501, 510, 501, 2025, 12)
    every = panel(linked, grain="month")
    assert len({(r["iso1"], r["iso2"], r["start"]) for r in every}) == len(every)
    window = panel(linked, [("KEN", "TZA")], grain="year", flt=Filter(since="2024-01-01", until="2026-01-01"))
    assert [(r["start"], r["mentions"]) for r in window] == [("2024-01-01", 0), ("2025-01-01", 1)]


def test_periods_are_unbroken() -> None:
    assert list(periods("2024-12-30", "2025-01-13", "week")) == ["2024-12-30", "2025-01-06", "2025-01-13"]
    assert list(periods("2023-11-15", "2024-03-01", "month")) == ["2023-11-01", "2023-12-01", "2024-01-01", "2024-02-01", "2024-03-01"]
    assert list(periods("2024-02-28", "2024-03-01", "day")) == ["2024-02-28", "2024-02-29", "2024-03-01"]
    assert len(list(periods("1999-05-05", "2024-03-01", "year"))) == 26
    assert period_of("2024-03-03", "week") == "2024-02-26"


def test_every_edge_names_its_records(linked: Store) -> None:
    found = network(linked)
    events = {e.id for e in linked.events(Filter(limit=0))}
    assert all(set(edge.records) <= events and len(edge.records) == edge.events for edge in found.edges)
    assert {n.id: n.events for n in found.nodes} == {"JPN": 2, "KEN": 2, "PRK": 1, "TZA": 1}
    by_entity = network(linked, by="entity", kind="mention")
    assert "country:KEN" in {n.id for n in by_entity.nodes}
    with pytest.raises(UsageError):
        network(linked, by="mood")


def test_reports_stand_side_by_side(linked: Store) -> None:
    id = next(e.id for e in linked.events(Filter(type=("AGREE",))))
    found = compare_event(linked, id)
    assert [c.publisher for c in found.columns] == ["Lakeside Herald", "Harbour Post"]
    assert found.agree["type"]
    assert not found.agree["actors"]
    assert found.agree["where"], "what only one says is no disagreement"
    assert found.silent == ("@Evening, Paper",)
    assert {d.only for d in compare_publishers(linked, "lakeside herald", "@Evening, Paper")} == {"lakeside herald", "@Evening, Paper"}
    with pytest.raises(UsageError):
        compare_event(linked, "none")


def test_every_sentence_of_a_brief_has_its_words(linked: Store) -> None:
    found = brief(linked, since="2026-03-01", until="2026-07-01")
    assert [s.heading for s in found.sections] == ["Events", "Commitments that changed"]
    for section in found.sections:
        for statement in section.statements:
            assert statement.evidence
            for e in statement.evidence:
                text = linked.text(e.document) or ""
                assert " … ".join(" ".join(text[a:b].split()) for a, b in e.spans) == e.quote
    assert brief(linked, since="2030-01-01").sections == ()
    text = to_markdown(dossier(linked, actor="KEN"))
    assert "# Dossier: Kenya" in text
    assert text.count("[^1]") == 2
    assert "\\[pledged\\]" in text


def test_an_event_without_words_is_not_told(linked: Store) -> None:
    ghost = event(simple(99).mentions[0], documents=())
    linked.replace_derived([ghost])
    assert all(not s.statements for s in brief(linked).sections)


def test_the_brief_weighs_originators_rarity_and_intensity() -> None:
    told = Originator(name="a", entity=None, country=None, mentions=())
    one, other = simple(1, actor="JPN", recipient="KOR").mentions[0], simple(2, actor="KEN", recipient="TZA").mentions[0]
    plain, strong = (event(one, originators=(told,), plover_score=s) for s in (0.0, -10.0))
    assert weight(plain, {}) == 1 and weight(strong, {}) == 2 and weight(event(one, originators=(told, told), plover_score=0.0), {}) == 2
    before = {("JPN", "KOR"): 9}
    assert weight(plain, before) == pytest.approx(1.1) and weight(event(other, originators=(told,), plover_score=0.0), before) == 2, "a pair new to the year counts double"
    assert weight(event(one, originators=(told,), recipients=(), plover_score=None), before) == 1


def test_the_newest_periods_are_the_end_of_the_whole_series(linked: Store) -> None:
    pairs = [("KEN", "TZA"), ("TZA", "KEN"), ("JPN", "KOR")]
    for grain in ("day", "week", "month", "year"):
        whole = dyad_series(linked, pairs, grain=grain, fill=True)
        starts = sorted({r.start for r in whole})
        for newest in (1, 2, 5, 1000):
            last = dyad_series(linked, pairs, grain=grain, fill=True, newest=newest, documents=covered(linked.documents_by_day(), grain))
            assert last == [r for r in whole if r.start in starts[-newest:]], (grain, newest)
    assert dyad_series(linked, [("FRA", "DEU")], grain="day", fill=True, newest=5) == []


def test_a_commitment_of_a_day_has_the_steps_reported_by_then() -> None:
    steps = tuple(StateChange(state=state, at=at, mention=None, document=None, evidence=None, reason="told") for state, at in (("scheduled", "2026-03-04"), ("postponed", None), ("held", "2026-03-09")))
    item = Commitment(id="c1", kind="event", by=(), to=(), what="a drill", state="held", history=steps, due=When(start="2026-03-08", end="2026-03-09", grain="day", basis="stated"), mentions=())
    assert as_known(item, "2026-03-09") is item
    before = as_known(item, "2026-03-08")
    assert before is not None and before.state == "postponed" and [h.at for h in before.history] == ["2026-03-04", None]
    told_later = msgspec.structs.replace(item, history=steps[2:])
    assert as_known(told_later, "2026-03-08") is None


def test_a_document_is_explained_with_its_copies(tmp_path: Path) -> None:
    import communique as cq
    from communique.views.reasons import explain

    body = "SUVA, May 4 (Reuters) - " + " ".join(f"Fiji and Tonga held naval drill number {n} in the bay, and the crews then sailed home to rest." for n in range(9))
    for name in ("one", "two"):
        (tmp_path / f"{name}.txt").write_text(f"The {name.title()} Post\n\nPublished 2026-05-0{4 + (name == 'two')}\n\n{body}\n", "utf-8")
    with cq.open(tmp_path / "s.db") as store:
        store.add([tmp_path / "one.txt", tmp_path / "two.txt"])
        inner = store.inner
        told = [explain("document", inner.document(facts.id), inner)["copies"] for facts in inner.documents()]
    assert len(told) == 2
    assert told[0] == told[1]
    assert told[0][0]["shared"] > 0.9
    assert told[0][0]["why"]
