"""Saved queries open the list they were saved from; settled differences stand until undone; missed records by offsets."""

from __future__ import annotations

import msgspec
import pytest
from tests.store.factory import coded, event, simple

from communique.errors import UsageError
from communique.records import Discrepancy, Filter, Review
from communique.store import Store


def test_a_saved_query_opens_the_same_list(store: Store) -> None:
    store.add_many([coded(), simple(1, actor="KEN", recipient="TZA"), simple(2, actor="JPN", recipient="KOR")])
    flt = Filter(actor=("KEN",), order="-date", limit=5)
    store.save_query("Kenya acts", flt, kind="mention", by="ann", note="weekly")
    store.save_query("all", Filter(), by="bob")
    found = store.saved_query("Kenya acts")
    assert found is not None and found.filter == flt and (found.kind, found.by, found.note) == ("mention", "ann", "weekly")
    assert [m.id for m in store.mentions(found.filter)] == [m.id for m in store.mentions(flt)] != []
    assert [q.name for q in store.saved_queries()] == ["Kenya acts", "all"]
    store.save_query("all", Filter(type=("AGREE",)), by="ann")
    assert store.saved_query("all") is not None and store.saved_query("all").filter.type == ("AGREE",)
    assert [store.forget_query("all", by="ann"), store.forget_query("all", by="ann")] == [True, False]
    assert [q.name for q in store.saved_queries()] == ["Kenya acts"]
    for bad in ("", "  ", "x" * 121):
        with pytest.raises(UsageError):
            store.save_query(bad, Filter(), by="ann")


def test_a_settled_difference_stands_until_undone_and_survives_relinking(store: Store) -> None:
    one, two = coded(), simple(1, actor="KEN", recipient="TZA", type="AGREE")
    store.add_many([one, two])
    left, right = one.mentions[0], two.mentions[0]
    both = event(left, right)
    differs = Discrepancy(event=both.id, field="actors", kind="scope", left=left.id, right=right.id, left_span=None, right_span=None, left_value="Kenya; Tanzania", right_value="Kenya")
    store.replace_derived([both], [], [], [differs])
    assert store.settled() == []
    act = store.settle(both.id, "actors", "Kenya; Tanzania", by="ann", why="the communiqué names both")
    (held,) = store.settled(both.id)
    assert (held.value, held.review.by, held.review.why, held.discrepancy) == ("Kenya; Tanzania", "ann", "the communiqué names both", differs)
    assert store.event(both.id).reviewed is None, "settling says which report holds; it is no verdict on the record"
    renamed = msgspec.structs.replace(both, id="another")
    store.replace_derived([renamed], [], [], [msgspec.structs.replace(differs, event="another", left=right.id, right=left.id)])
    assert [s.value for s in store.settled("another")] == ["Kenya; Tanzania"], "found again by the two mentions"
    store.review(Review(id="u1", target=act.target, act="undo", field=None, before=None, after=None, why=None, by="ann", at="2099-01-01T00:00:00Z", undoes=act.id))
    assert store.settled() == []
    with pytest.raises(UsageError, match="no such discrepancy"):
        store.settle("another", "place", "Nairobi", by="ann")


def test_a_missed_record_is_added_by_its_offsets(store: Store) -> None:
    made = coded()
    store.add(made)
    doc = made.article.doc
    at = doc.text.index("Tanzania")
    added = store.add_missed(doc.id, (at, at + 8), "CONSULT", by="ann", why="not coded", modality="planned", when={"start": "2026-05-01", "end": "2026-05-02", "grain": "day", "basis": "stated"})
    assert added.id in {m.id for m in store.mentions(Filter(type=("CONSULT",), modality=("planned",)))}
    assert store.quote(added) == "Tanzania"
    for trigger, fields in (((0, 10**6), {}), ((5, 5), {}), ((0, 4), {"modality": "maybe"}), ((0, 4), {"nonsense": 1}), ((0, 4), {"evidence": [[0, 10**6]]})):
        with pytest.raises(UsageError):
            store.add_missed(doc.id, trigger, "CONSULT", by="ann", **fields)
    with pytest.raises(UsageError):
        store.add_missed("none", (0, 4), "CONSULT", by="ann")


def test_what_two_reviewers_dispute_is_listed_until_a_third_decides(store: Store) -> None:
    made = [coded(), simple(1, actor="KEN", recipient="TZA"), simple(2, actor="JPN", recipient="KOR")]
    store.add_many(made)
    ids = [m.mentions[0].id for m in made]

    def says(n: int, target: str, what: str, by: str) -> None:
        store.review(Review(id=f"d{n}", target=target, act=what, field=None, before=None, after=None, why=None, by=by, at=f"2026-05-01T00:00:{n:02d}Z"))

    for n, (target, ann, bob) in enumerate(zip(ids, ("accept", "accept", "reject"), ("accept", "reject", "accept"), strict=True)):
        says(2 * n, target, ann, "ann")
        says(2 * n + 1, target, bob, "bob")
    assert store.agreement("ann", "bob")["agreed"] == 1
    assert store.disputed("ann", "bob") == sorted([(ids[1], "accept", "reject"), (ids[2], "reject", "accept")])
    says(9, ids[1], "accept", "cleo")
    assert store.disputed("ann", "bob") == [(ids[2], "reject", "accept")]
    assert store.states([ids[1]]) == {ids[1]: "accepted"}
