"""People's decisions: laid over the records, undone by rows, carried to new codings; agreement and intervals."""

from __future__ import annotations

import msgspec
import pytest
from tests.store.factory import coded, event, mention, party, recode_run, simple

from communique.errors import UsageError
from communique.records import Filter, Review
from communique.store import Store
from communique.store.review import accuracy, cohen_kappa, krippendorff_alpha, wilson

COUNT = iter(range(10**6))


def act(target: str, kind: str, *, by: str = "ann", **fields) -> Review:
    n = next(COUNT)
    values = {"field": None, "before": None, "after": None, "why": None, **fields}
    return Review(id=f"v{n}", target=target, act=kind, by=by, at=f"2026-04-01T00:00:{n % 60:02d}.{n:06d}Z", **values)


def test_reject_hides_and_undo_shows_again(store: Store) -> None:
    made = coded()
    store.add(made)
    target = made.mentions[0].id
    no = act(target, "reject", why="it is a plan")
    assert [store.review(no), store.review(no)] == [True, False]
    assert [m.id for m in store.mentions()] == [made.mentions[1].id]
    assert [m.id for m in store.mentions(Filter(reviewed="rejected"))] == [target]
    assert store.dyad_series([("KEN", "TZA")]) == []
    assert [(k, i) for k, i, _, _ in store.tombstones()] == [("mention", target)]
    back = act(target, "undo", undoes=no.id)
    store.review(back)
    assert len(store.mentions()) == 2
    assert len(store.dyad_series([("KEN", "TZA")])) == 1
    assert store.tombstones() == []
    store.review(act(target, "undo", undoes=back.id))
    assert len(store.mentions()) == 1
    assert [r.act for r in store.reviews(target)] == ["reject", "undo", "undo"]


def test_a_correction_moves_the_record_in_every_list(store: Store) -> None:
    made = coded()
    store.add(made)
    aid = made.mentions[1]
    store.review(act(aid.id, "correct", field="type", after='"AGREE"'))
    store.review(act(aid.id, "correct", field="recipients", after=msgspec.json.encode((party(made.article.doc.text, "Tanzania", "TZA"),)).decode()))
    store.review(act(aid.id, "correct", field="when", after='{"start":"2026-05-01","end":"2026-05-02","grain":"day","basis":"stated"}'))
    shown = store.mention(aid.id)
    assert shown is not None
    assert (shown.type, shown.recipients[0].country, shown.when.start) == ("AGREE", "TZA", "2026-05-01")
    assert {m.id for m in store.mentions(Filter(recipient=("TZA",)))} == {aid.id}
    assert store.mentions(Filter(type=("AID",))) == []
    assert [row[2] for row in store.dyad_series([("JPN", "TZA")])] == [202605]
    assert store.document(made.article.doc.id) == made, "what the coder said stays"
    assert msgspec.json.decode(store.reviews(aid.id)[0].before or "") == "AID"
    assert [m.id for m in store.mentions(Filter(reviewed="corrected"))] == [aid.id]


@pytest.mark.parametrize(
    "bad",
    [
        {"kind": "correct", "field": "type", "after": '"NONSENSE"'}, {"kind": "correct", "field": "id", "after": '"x"'},
        {"kind": "correct", "field": "when", "after": "{"}, {"kind": "correct", "field": None}, {"kind": "undo", "undoes": "none"},
        {"kind": "correct", "field": "evidence", "after": "[]"}, {"kind": "add", "after": "null"}, {"target": "none", "kind": "accept"},
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_whole(store: Store, bad) -> None:
    made = coded()
    store.add(made)
    values = {"target": made.mentions[0].id, **bad}
    with pytest.raises(UsageError):
        store.review(act(values.pop("target"), values.pop("kind"), **values))
    assert len(store.reviews()) == 0
    assert len(store.mentions()) == 2


def test_a_missed_record_is_added_and_survives_recoding(store: Store) -> None:
    made = coded()
    doc = made.article.doc
    store.add(made)
    missed = mention(doc, "CONSULT", "open", "open a joint fisheries office", actors=(party(doc.text, "Kenya", "KEN"),))
    add = act(missed.id, "add", after=msgspec.json.encode(missed).decode())
    store.review(add)
    assert len(store.mentions(Filter(text="joint office"))) == 2
    store.add(coded(doc=doc, mentions=made.mentions[:1], coder="hand.v2"), run=recode_run())
    assert {m.id for m in store.mentions()} == {missed.id, made.mentions[0].id}
    undo = act(missed.id, "undo", undoes=add.id)
    store.review(undo)
    assert {m.id for m in store.mentions()} == {made.mentions[0].id}
    store.review(act(missed.id, "undo", undoes=undo.id))
    assert len(store.mentions()) == 2


def test_thirty_decisions_survive_recoding_or_are_listed(store: Store) -> None:
    items = [simple(i) for i in range(30)]
    store.add_many(items)
    for i, item in enumerate(items):
        store.review(act(item.mentions[0].id, ("accept", "reject")[i % 2]))
    run = recode_run()
    for i, item in enumerate(items):
        doc, old = item.article.doc, item.mentions[0]
        actors = old.actors if i < 10 else ()  # another id at the same anchor from the tenth on
        new = () if i >= 25 else (mention(doc, "CONSULT", "met", doc.text, actors=actors, recipients=old.recipients, when=old.when),)
        store.add(coded(doc.text, new, doc=doc, coder="hand.v2"), run=run)
    assert store.count("mention", Filter(reviewed="accepted")) == 13
    assert store.count("mention", Filter(reviewed="rejected")) == 12
    orphans = store.orphans()
    assert len(orphans) == 5
    assert {m.id for _, m in orphans} == {item.mentions[0].id for item in items[25:]}
    kinds = [c.kind for c in store.diff(store.runs()[0].id, run.id)]
    assert (kinds.count("same"), kinds.count("changed"), kinds.count("removed")) == (10, 15, 5)


def test_events_are_reviewed_too_and_keep_it_when_rebuilt(store: Store) -> None:
    made = coded()
    store.add(made)
    e = event(made.mentions[0])
    store.replace_derived([e])
    store.review(act(e.id, "correct", field="headline", after='"A better line"'))
    shown = store.event(e.id)
    assert shown is not None
    assert (shown.headline, shown.reviewed) == ("A better line", "corrected")
    store.replace_derived([event(made.mentions[0], score=0.5)])
    again = store.event(e.id)
    assert again is not None
    assert (again.headline, again.score) == ("A better line", 0.5)
    store.review(act(e.id, "reject"))
    assert store.events() == []


def test_merge_and_split_are_judgements_that_can_be_undone(store: Store) -> None:
    a, b = simple(1), simple(2)
    store.add_many([a, b])
    pair = [a.mentions[0].id, b.mentions[0].id]
    store.merge(pair, by="ann", why="one meeting")
    assert [(j.kind, j.by, j.score) for j in store.judgements()] == [("same event", "ann", 1.0)]
    store.split(pair[:1], pair[1:], by="ann")
    assert [j.kind for j in store.judgements()] == ["not same event"]
    last = store.reviews()[-1]
    undo = act(last.target, "undo", undoes=last.id)
    store.review(undo)
    assert list(store.judgements()) == []
    store.review(act(last.target, "undo", undoes=undo.id))
    assert [j.kind for j in store.judgements()] == ["not same event"]
    for bad in (lambda: store.merge(pair[:1], by="x"), lambda: store.merge([*pair, "none"], by="x"), lambda: store.split(pair, pair, by="x")):
        with pytest.raises(UsageError):
            bad()


def test_two_reviewers_and_sampled_accuracy(store: Store) -> None:
    items = [simple(i, type="CONSULT" if i % 2 else "ACCUSE") for i in range(20)]
    store.add_many(items)
    for i, item in enumerate(items[:10]):
        store.review(act(item.mentions[0].id, "accept" if i < 8 else "reject", by="ben"))
    for i, item in enumerate(items[:10]):
        store.review(act(item.mentions[0].id, "accept" if i < 6 else "reject", by="ann"))
    found = store.agreement("ann", "ben")
    assert (found["n"], found["agreed"]) == (10, 8)
    assert found["kappa"] == pytest.approx((0.8 - (0.6 * 0.8 + 0.4 * 0.2)) / (1 - (0.6 * 0.8 + 0.4 * 0.2)))
    whole = store.accuracy()[0]
    assert (whole.right, whole.n, whole.total) == (6, 10, 20)
    assert whole.low < 0.6 < whole.high
    assert len({m.id for m in store.sample(5, seed=1)}) == 5
    assert [m.id for m in store.sample(5, seed=1)] == [m.id for m in store.sample(5, seed=1)]
    assert {m.id for m in store.sample(99, Filter(reviewed="none"))} == {i.mentions[0].id for i in items[10:]}
    assert sum(a.total for a in store.accuracy()[1:]) == 20


def test_statistics_against_published_values() -> None:
    low, high = wilson(17, 20)
    assert (round(low, 2), round(high, 2)) == (0.64, 0.95)
    assert wilson(0, 0) == (0.0, 1.0)
    table = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15
    assert cohen_kappa(table) == pytest.approx(0.4)
    assert cohen_kappa([]) is None
    # Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C: four observers, twelve units, nominal
    rows = [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None], [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
        [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None], [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
    ]  # fmt: skip
    units = {i: [r[i] for r in rows if r[i] is not None] for i in range(12)}
    assert krippendorff_alpha(units) == pytest.approx(0.743, abs=0.001)
    assert krippendorff_alpha({1: ["a"]}) is None
    assert accuracy("all", ["accepted"] * 17 + ["rejected"] * 3, 118)[-2:] == (75, 112)


def test_documents_with_verdicts_are_known_and_draws_remembered(store: Store) -> None:
    first, second = coded(), simple(1, actor="KEN", recipient="TZA", day="2026-03-01", published="2026-03-02")
    store.add_many([first, second])
    names = [first.article.doc.id, second.article.doc.id]
    assert store.judged_documents() == set() == store.sampled()
    made = store.add_missed(names[1], (0, 3), "AID", by="ana")
    assert (made.quad, made.plover_score, made.coder) == ("material cooperation", 10.0, "by hand")
    assert store.judged_documents() == {names[1]}
    (left, right) = first.mentions[:2]
    for target, act in ((left, "accept"), (right, "reject")):
        store.review(Review(id=f"{act}1", target=target.id, act=act, field=None, before=None, after=None, why=None, by="ana", at="2026-03-03T00:00:00Z"))  # type: ignore[arg-type]
    assert store.judged_documents() == set(names)
    assert store.accuracy()[0][1:3] == (1, 2)
    store.mark_sampled([left.id])
    store.mark_sampled([left.id])
    assert store.sampled() == {left.id} and store.accuracy()[0][1:3] == (1, 1)
    assert sum(row.total for row in store.accuracy()[1:]) == store.accuracy()[0].total == 3  # what was added is not the coder's
