"""Counts from columns in memory are those of SQL, at first and after every kind of change."""

from __future__ import annotations

import random
from itertools import count

import msgspec
import pytest
from tests.store.factory import coded, document, event, mention, party, recode_run, simple

from communique.errors import UsageError
from communique.records import Filter, Review
from communique.store import Store, acts, query

FILTERS = [
    Filter(), Filter(type=("CONSULT", "AID")), Filter(actor=("jpn",)), Filter(recipient=("country:KOR",)), Filter(either=("KEN", "USA")),
    Filter(actor=("org:kenya-mfa",)), Filter(actor=("JPN", "org:kenya-mfa")), Filter(dyad=("KOR", "JPN")), Filter(dyad=("JPN", "KOR"), directed=True), Filter(quad=("verbal conflict",)),
    Filter(mode=("material",)), Filter(context=("economic",)), Filter(modality=("pledged",)), Filter(attribution="ministry"),
    Filter(publisher=("HARBOUR post", "Nobody")), Filter(place="KEN"), Filter(place="nairo"), Filter(box=(-10, 30, 10, 40)),
    Filter(since="2025-09-01"), Filter(until="2025-09-05"), Filter(since="2025-09-03", until="2026-01-01", date="published"),
    Filter(date="added", since="2000-01-01"), Filter(text="fisheries"), Filter(reviewed="accepted"), Filter(reviewed="rejected"), Filter(reviewed="none"),
    Filter(min_score=0.85), Filter(min_originators=1), Filter(as_of="2025-10-01"), Filter(story="s1"), Filter(type=("AID",), actor=("JPN",), since="2025-01-01"),
]  # fmt: skip


def agree(store: Store) -> None:
    for kind in ("mention", "event"):
        for flt in FILTERS:
            assert store.count(kind, flt) == store._read(lambda c, k=kind, f=flt: query.count(c, k, f)), (kind, flt)
            _pages_agree(store, kind, flt)
            found = store.facets(kind, flt, top=500)
            plain = store._read(lambda c, k=kind, f=flt: query.facets(c, k, f, query.FACETS, 500))
            plain["publisher"] = [(v, n) for v, n in plain["publisher"] if n]
            assert _folded(found) == _folded(plain), (kind, flt)
    for since, until in ((None, None), ("2025-09-01", None), (None, "2025-10-01"), ("2025-09-01", "2025-10-01"), ("2031-01-01", None)):
        held = store._read(lambda c: store._held(c, "mention")).dyad_totals(since, until)
        plain = store._read(lambda c, a=since, b=until: acts.dyad_totals(c, a, b))
        assert [row[:4] for row in held] == [row[:4] for row in plain]
        assert [row[4] for row in held] == pytest.approx([row[4] for row in plain])


def _pages_agree(store: Store, kind, flt: Filter) -> None:
    for order in ("date", "-date", "score", "originators"):
        for date in ("happened", "published"):
            asked, after = msgspec.structs.replace(flt, order=order, date=date, limit=7), None
            for _ in range(3):
                asked = msgspec.structs.replace(asked, after=after)
                rows = (store.mentions if kind == "mention" else store.events)(asked)
                more = msgspec.structs.replace(asked, limit=8)
                keys = store._read(lambda c, f=more: query.page(c, kind, f))[:7]
                plain = store._read(lambda c, k=keys: [c.execute(f"SELECT id FROM {kind} WHERE m = ?", (m,)).fetchone()[0] for m in k])
                assert [r.id for r in rows] == plain, (kind, asked)
                after = rows.next
                if after is None:
                    break


def _folded(facets: dict[str, list[tuple[str, int]]]) -> dict[str, list[tuple[str, int]]]:
    """Which spelling stands for a publisher is open."""
    return {k: sorted((v.lower() if k == "publisher" else v, n) for v, n in rows) for k, rows in facets.items()}


def various(number: int):
    rng = random.Random(number)
    return simple(
        number, actor=rng.choice(["JPN", "KEN", "USA"]), recipient=rng.choice(["KOR", "TZA"]), type=rng.choice(["CONSULT", "ACCUSE", "AID"]),
        day=rng.choice([None, "2025-09-02", "2025-09-08"]), publisher=rng.choice(["Harbour Post", "harbour post", None]), published=rng.choice([None, "2025-09-04", "2025-12-01"]),
    )  # fmt: skip


def link(store: Store, size: int) -> None:
    found = list(store.each_mention(Filter(limit=0)))
    papers = ("Harbour Post",)
    store.replace_derived([event(*found[i : i + size], publishers=papers) for i in range(0, len(found), size)])


def test_a_short_list_is_counted_by_its_rows_as_by_all(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add_many([coded(), *map(various, range(60))])
    link(store, 2)
    store.hold_columns()
    for few in (0, 10**6):  # always, never
        monkeypatch.setattr("communique.store.columns._FEW", few)
        agree(store)


def test_columns_count_as_sql_does_after_every_change(store: Store) -> None:
    store.add_many([coded(), *map(various, range(25))])
    link(store, 2)
    store.hold_columns()
    agree(store)
    loaded = dict(store._columns)
    store.add_many([*map(various, range(25, 40)), coded(publisher="Another", url="https://b.example/")])
    agree(store)
    link(store, 3)  # events vanish, change and appear
    agree(store)
    numbers = count()

    def act(target: str, what: str, **fields: str) -> Review:
        made = Review(id=f"r{next(numbers)}", target=target, act=what, by="ana", at="2026-01-01T00:00:00Z", **{"field": None, "before": None, "after": None, "why": None, **fields})
        assert store.review(made)
        return made

    some = list(store.mentions(Filter(limit=6)))
    act(some[0].id, "accept")
    refused = act(some[1].id, "reject")
    act(some[2].id, "correct", field="type", after='"ASSAULT"')
    act(store.events()[0].id, "reject")
    agree(store)
    act(some[1].id, "undo", undoes=refused.id)
    doc = coded().article.doc
    added = store.add_missed(doc.id, (40, 45), "AID", by="ana")
    agree(store)
    undone = store.reviews(added.id)[0]
    act(added.id, "undo", undoes=undone.id)
    agree(store)
    other = mention(doc, "ACCUSE", "agreed", "Kenya and Tanzania agreed", actors=(party(doc.text, "Kenya", "KEN"),), recipients=(party(doc.text, "Tanzania", "TZA"),))
    store.add(coded(mentions=(other,), doc=doc, publisher="Renamed"), run=recode_run())
    agree(store)
    assert loaded["mention"].kind == "mention"
    assert store._columns["mention"].seq == store.version()


def test_columns_follow_another_process(store: Store, address: str) -> None:
    store.add_many(map(various, range(5)))
    store.hold_columns()
    with Store(address) as other:
        other.add(various(6))
        link(other, 2)
    agree(store)


def test_many_changes_read_everything_again(store: Store, monkeypatch) -> None:
    from communique.store import columns

    store.add_many(map(various, range(5)))
    store.hold_columns()
    monkeypatch.setattr(columns, "_MANY", 3)
    store.add_many(map(various, range(5, 15)))
    agree(store)


def test_an_empty_store_and_an_unknown_facet(store: Store) -> None:
    store.hold_columns()
    agree(store)
    with pytest.raises(UsageError, match="no facet"):
        store.facets("mention", names=("nonsense",))
    store.add(coded(doc=document(), mentions=()))
    agree(store)
    assert store.count("mention", msgspec.structs.replace(Filter(), limit=3)) == 0
