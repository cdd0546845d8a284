"""What any store promises. After every test here the deep check recomputes all index rows and compares."""

from __future__ import annotations

import random
import threading

import msgspec
import pytest
from tests.store.factory import coded, document, event, mention, party, recode_run, sample_mentions, simple

from communique.errors import StoreError, UnreadableError, UsageError
from communique.records import (
    Commitment,
    Copy,
    Discrepancy,
    Failure,
    Filter,
    Judgement,
    Participant,
    Run,
    Span,
    StateChange,
    Story,
    When,
)  # fmt: skip
from communique.store import Store


def test_what_was_added_comes_back_whole(store: Store) -> None:
    made = coded()
    assert store.add(made, raw=b"<html>the page</html>") is True
    doc = made.article.doc
    assert store.document(doc.id) == made
    assert store.text(doc.id) == doc.text
    assert store.raw(doc.id) == b"<html>the page</html>"
    facts = store.facts(doc.id)
    assert facts is not None
    assert (facts.publisher, facts.title, facts.chars, facts.mentions) == ("Lakeside Herald", "Lakeside accord signed", len(doc.text), 2)
    assert facts.published == made.article.header.published
    assert store.mention(made.mentions[0].id) == made.mentions[0]
    assert store.quote(made.mentions[1]) == "Japan pledged boats worth $2 million to Kenya."


def test_twice_is_once_and_unknown_is_none(store: Store) -> None:
    made = coded()
    assert [store.add(made), store.add(made)] == [True, False]
    assert store.add_many([made, simple(1), simple(1), simple(2)]) == 2
    assert store.counts()["mentions"] == 4
    assert store.document("nothing") is None
    assert store.facts("nothing") is None
    assert store.mention("nothing") is None
    assert store.event("nothing") is None
    assert store.text("nothing") is None


def test_order_of_input_changes_no_list(tmp_path, store: Store) -> None:
    items = [simple(i, day=f"2025-0{1 + i % 9}-1{i % 10}") for i in range(40)]
    store.add_many(items)
    random.Random(3).shuffle(items)
    with Store(tmp_path / "other.db") as other:
        other.add_many(items, batch=7)
        day = [(m.when.start, m.id) for m in other.mentions(Filter(limit=0))]
        assert sorted(day) == sorted((m.when.start, m.id) for m in store.mentions(Filter(limit=0)))
        assert [d for d, _ in day] == sorted(d for d, _ in day)
        assert other.facets("mention") == store.facets("mention")
        assert other.dyad_series() == store.dyad_series()


def test_a_text_that_is_no_unicode_is_refused_by_name(store: Store) -> None:
    bad = coded("half \ud800 a character", ())
    with pytest.raises(UnreadableError, match=r"sample\.txt"):
        store.add(bad)
    assert store.counts()["documents"] == 0


def test_odd_texts_survive(store: Store) -> None:
    for text in ("\x00 nul and \U0001f30d", "é́ combining \r\n line ends \u2028", " ", "'; DROP TABLE mention; --"):
        made = coded(text, ())
        assert store.add(made)
        assert store.document(made.article.doc.id) == made


def test_the_size_counts_what_is_still_in_the_log(store: Store) -> None:
    empty = store.counts()["bytes"]
    store.add(coded())
    assert store.counts()["bytes"] > max(empty, 4096)


def test_failures_are_rows(store: Store) -> None:
    failure = Failure(source="a.bin", reason="unreadable", detail="no text in it", where="byte 0")
    assert [store.add_failure(failure), store.add_failure(failure)] == [True, False]
    assert list(store.failures()) == [failure]


def test_runs_are_kept(store: Store) -> None:
    store.add(coded())
    store.start_run(Run(id="r1", kind="add", coder="c", tables="t", nlp=None, settings="s", started="2026-01-01T00:00:00Z"))
    store.finish_run("r1", {"documents": 3})
    last = store.runs()[-1]
    assert (len(store.runs()), last.id, last.counts) == (2, "r1", {"documents": 3})
    assert last.ended is not None


# --- lists ---------------------------------------------------------------------------------------------


def test_paging_sees_each_row_once(store: Store) -> None:
    store.add_many([simple(i, day=None if i % 5 == 0 else f"2025-03-{1 + i % 20:02d}", score=i / 60) for i in range(57)])
    fresh = 1000
    for order in ("date", "-date", "score", "originators"):
        for date in ("happened", "published", "added"):
            whole = [m.id for m in store.mentions(Filter(order=order, date=date, limit=0))]
            assert len(set(whole)) == len(whole) >= 57
            paged, after = [], None
            while True:
                page = store.mentions(Filter(order=order, date=date, limit=10, after=after))
                paged += [m.id for m in page]
                if page.next is None:
                    break
                after = page.next
                if len(paged) == 20:  # a row that comes in meanwhile shifts nothing that follows
                    fresh += 1
                    store.add(simple(fresh, day="2024-01-01", score=1.0, published=None))
            assert [p for p in paged if p in whole] == whole
    down = [m.when.start for m in store.mentions(Filter(order="-date", limit=0))]
    assert down == sorted((d for d in down if d), reverse=True) + [None] * 12


def test_a_filter_means_what_it_says(store: Store) -> None:
    made = coded()
    store.add(made)
    store.add_many([simple(1, day="2025-01-01"), simple(2, actor="PRK", type="ACCUSE", publisher="Harbour Post", published=None)])
    agree, aid = made.mentions
    cases = {
        (agree.id, aid.id): [Filter(either=("KEN",)), Filter(bloc=("eac",)), Filter(bloc=("nato", "EAC")), Filter(place=None, publisher=("lakeside herald",), since=None, either=("ken",))],
        (agree.id,): [
            Filter(actor=("KEN",)), Filter(actor=("org:none", "TZA")), Filter(dyad=("TZA", "KEN")), Filter(context=("economic",)),
            Filter(place="Nai"), Filter(place="KEN"), Filter(box=(-2, 36, 0, 37)), Filter(attribution="foreign ministry"),
            Filter(attribution="KEN"), Filter(text="fisheries office"), Filter(text='"joint fisheries"'), Filter(text="fisher*"),
            Filter(since="2026-01-01"), Filter(type=("AGREE", "ASSAULT")), Filter(date="happened", since="2026-03-03", until="2026-03-04"),
        ],
        (aid.id,): [
            Filter(recipient=("KEN",)), Filter(dyad=("KEN", "JPN")), Filter(modality=("pledged",)), Filter(mode=("material",)),
            Filter(quad=("material cooperation",)), Filter(actor=("country:JPN",), recipient=("country:KEN",)), Filter(text="boats"),
            Filter(bloc=("org:g7",), either=("KEN",)),
        ],
        (): [
            Filter(actor=("USA",)), Filter(bloc=("mercosur",)), Filter(text="newsletter"), Filter(place="Nai%"), Filter(box=(0, 0, 1, 1)), Filter(min_originators=2),
            Filter(since="2026-03-04"), Filter(document="none"), Filter(story="none"), Filter(reviewed="accepted"), Filter(attribution="%"),
        ],
    }  # fmt: skip
    for want, filters in cases.items():
        for flt in filters:
            found = store.mentions(flt)
            assert {m.id for m in found} == set(want), flt
            assert store.count("mention", flt) == len(want)
    assert len(store.mentions(Filter(document=made.article.doc.id, min_score=0.85))) == 1
    assert len(store.mentions(Filter(date="published", since="2026-03-04", until="2026-03-05"))) == 3
    assert len(store.mentions(Filter(date="added", since="2020-01-01"))) == 4
    assert len(store.mentions(Filter(as_of="2026-03-03"))) == 0
    for bad in (Filter(since="soon"), Filter(text="  !"), Filter(after="none"), Filter(as_of="2025-13-01"), Filter(bloc=("atlantis",))):
        with pytest.raises(UsageError):
            store.mentions(bad)


def test_facets_reconcile_with_the_lists_they_open(store: Store) -> None:
    rng = random.Random(5)
    places = ["JPN", "KOR", "PRK", "USA"]
    for i in range(80):
        a, b = rng.sample(places, 2)
        store.add(simple(i, actor=a, recipient=b, type=rng.choice(["CONSULT", "ACCUSE", "AGREE"]), modality=rng.choice(["actual", "planned"]),
                         day=rng.choice(["2024-05-05", "2025-05-05", None]), publisher=rng.choice(["P1", "P2", None])))  # fmt: skip
    opened = {
        "type": lambda v: {"type": (v,)}, "modality": lambda v: {"modality": (v,)}, "publisher": lambda v: {"publisher": (v,)},
        "actor": lambda v: {"actor": (v,)}, "recipient": lambda v: {"recipient": (v,)}, "quad": lambda v: {"quad": (v,)},
        "year": lambda v: {"since": f"{v}-01-01", "until": f"{int(v) + 1}-01-01"},
    }  # fmt: skip
    body = Participant(span=Span(0, 6), text="Report", name="NATO", entity="org:nato")
    made = simple(80, actor="KOR", recipient="PRK")
    store.add(msgspec.structs.replace(made, mentions=(msgspec.structs.replace(made.mentions[0], actors=(body,)),)))
    for fields in ({"either": ("JPN",)}, {"bloc": ("nato",)}):
        for name, counts in store.facets("mention", Filter(**fields, limit=0), tuple(opened)).items():
            assert counts, name
            for value, n in counts:
                flt = Filter(**fields, limit=0, **opened[name](value))
                assert len(store.mentions(flt)) == n == store.count("mention", flt), (name, value)
    of_nato = [m for m in store.mentions(Filter(bloc=("nato",), limit=0)) if not any(p.country == "USA" for p in (*m.actors, *m.recipients))]
    assert [m.actors[0].entity for m in of_nato] == ["org:nato"]
    with pytest.raises(UsageError):
        store.facets("mention", names=("nonsense",))


def test_filters_agree_with_plain_python(store: Store) -> None:
    """Every planner path gives the set that a loop over all records gives."""
    rng = random.Random(11)
    items = []
    for i in range(150):
        a, b = rng.sample(["JPN", "KOR", "PRK", "USA", "KEN"], 2)
        items.append(simple(i, actor=a, recipient=b, type=rng.choice(["CONSULT", "ACCUSE"]), score=rng.random(),
                            day=rng.choice([None, "2025-01-05", "2025-02-05", "2025-03-05"])))  # fmt: skip
    store.add_many(items)
    everything = [m for c in items for m in c.mentions]
    for _ in range(60):
        actor, kind = rng.choice(["JPN", "KEN", None]), rng.choice(["CONSULT", None])
        least, since = rng.choice([None, 0.5]), rng.choice([None, "2025-02-01"])
        flt = Filter(actor=(actor,) if actor else (), type=(kind,) if kind else (), min_score=least, since=since, limit=0,
                     order=rng.choice(["date", "-date", "score"]), date="happened")  # fmt: skip
        want = {
            m.id for m in everything
            if (not actor or m.actors[0].country == actor) and (not kind or m.type == kind)
            and (least is None or m.score >= least) and (since is None or (m.when.start is not None and m.when.start >= since))
        }  # fmt: skip
        assert {m.id for m in store.mentions(flt)} == want


def test_search_finds_words_and_ranks_titles_first(store: Store) -> None:
    store.add_many([coded("Fisheries accord\n\nA short note.", ()), coded("Other news\n\nThe fisheries note of the day.", ()), simple(1)])
    found = store.search("fisheries")
    assert [f.title for f, _ in found] == ["Fisheries accord", "Other news"]
    assert found[0][1] > found[1][1]
    assert [f.title for f in store.documents(text="note day")] == ["Other news"]
    for odd in ('"', "AND", "NEAR(", "a:b", "-x", '"unclosed', "col:*", "()"):
        try:
            store.search(odd)
        except UsageError:
            continue


def test_a_common_word_ranks_the_last_added_and_as_they_rank_among_all(store: Store) -> None:
    made = [coded(f"Note {n}\n\nThe harbour note{' on fisheries' * (1 + n * 3 % 10)} and {'boats ' * (n % 3)}.", ()) for n in range(10)]
    store.add_many(made)
    every = store.search("fisheries", among=None)
    assert store.search("fisheries") == every
    assert len({rank for _, rank in every}) > 5
    last = {c.article.doc.id for c in made[-4:]}
    assert store.search("fisheries", among=4) == [found for found in every if found[0].id in last]
    assert [f.id for f, _ in store.search("fisheries", limit=2, among=4)] == [f.id for f, _ in every if f.id in last][:2]
    assert every[0][0].id not in last, "the best of all is an early one, so that the test can fail"


def test_an_archive_loaded_in_bulk_is_the_same_store(tmp_path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("communique.store.connect._WORDS", 500)
    odd = ['Odd\n\nA "quoted" boat\x00s\x07 \\ \U0001f600 \u2028 caf\u00e9 end.', "[1, 2]\n\n{} null"]
    items = [*(coded(text, ()) for text in odd), coded(), *(simple(n, actor=("JPN", "KEN", "TZA")[n % 3], day=f"2025-03-{1 + n % 27:02d}") for n in range(150))]
    with Store(tmp_path / "other.db") as plain, store.bulk():
        plain.add_many(items, batch=7)

        def each():
            for item in items:
                assert store.facts(item.article.doc.id) is None, "a load may ask the store between two documents"
                yield item

        assert store.add_many(each(), batch=60) == len(items)
        assert store.add_many(items, batch=60) == 0
        assert store.dyad_series() == plain.dyad_series()
        assert list(store.mentions(Filter(limit=0))) == list(plain.mentions(Filter(limit=0)))
        for words in ("quoted", "boat", "cafe end", "null", "talks", "met 77", "fisheries"):
            assert [f.id for f in store.documents(text=words)] == [f.id for f in plain.documents(text=words)], words
            assert [m.id for m in store.mentions(Filter(text=words))] == [m.id for m in plain.mentions(Filter(text=words))], words
        assert [f.id for f in store.documents(text="cafe end")] == [items[0].article.doc.id]
    assert store.check(deep=True) == []


def test_a_bulk_load_that_fails_keeps_whole_batches(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken():
        yield from (simple(n) for n in range(65))
        raise KeyboardInterrupt

    with store.bulk():
        with pytest.raises(KeyboardInterrupt):
            store.add_many(broken(), batch=60)
        assert store.counts()["documents"] == 60
        monkeypatch.setattr("communique.store.write.Batch.flush", lambda self, **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            store.add_many([simple(n) for n in range(65, 70)])
        monkeypatch.undo()
        assert store.counts()["documents"] == 60
        assert store.add_many([simple(n) for n in range(70)]) == 10
    assert store.check(deep=True) == []


def test_documents_are_listed_by_publisher_date_and_story(store: Store) -> None:
    a, b = coded(), simple(7, publisher="Harbour Post", published="2025-09-09")
    store.add_many([a, b])
    store.replace_derived(stories=[Story(id="s1", documents=(b.article.doc.id,), title="t", start="2025-09-08", end=None)])
    assert [f.id for f in store.documents()] == [a.article.doc.id, b.article.doc.id]
    assert [f.id for f in store.documents(publisher="harbour post")] == [b.article.doc.id]
    assert [f.id for f in store.documents(since="2026-01-01")] == [a.article.doc.id]
    assert [f.id for f in store.documents(story="s1")] == [b.article.doc.id]
    assert [m.id for m in store.mentions(Filter(story="s1"))] == [b.mentions[0].id]


def test_frames_hold_the_same_rows(store: Store) -> None:
    store.add(coded())
    rows = store.mentions()
    flat = rows.to_dicts()
    assert rows.to_pandas().shape == rows.to_polars().shape == (2, len(flat[0]))
    assert rows.to_arrow().column_names == list(flat[0])
    assert flat[0]["quote"].startswith("Kenya and Tanzania agreed")
    assert flat[0]["when_start"] == "2026-03-03"


# --- derived records ------------------------------------------------------------------------------------


def _commitment(name: str, m) -> Commitment:
    change = StateChange(state="pledged", at="2026-03-04", mention=m.id, document=m.document, evidence=m.trigger, reason="said so")
    return Commitment(id=name, kind="pledge", by=m.actors, to=m.recipients, what="boats", due=When(start="2026-06-01", end="2026-07-01", basis="stated"),
                      state="pledged", history=(change,), mentions=(m.id,))  # fmt: skip


def test_derived_records_are_replaced_whole(store: Store) -> None:
    made = coded()
    store.add(made)
    agree, aid = made.mentions
    e1, e2 = event(agree), event(aid)
    gap = Discrepancy(event=e1.id, field="when", kind="precision", left=agree.id, right=aid.id, left_span=None, right_span=None,
                      left_value="2026-03-03", right_value=None)  # fmt: skip
    copy = Copy(document=made.article.doc.id, original="else", shared=0.9, reasons=("same words",))
    store.replace_derived([e1, e2], [], [_commitment("c1", aid)], [gap], [copy])
    assert {e.id for e in store.events()} == {e1.id, e2.id}
    assert store.event(e1.id) == e1
    assert list(store.discrepancies(e1.id)) == [gap]
    assert list(store.copies(document="else")) == [copy]
    assert [e.id for e in store.events_of(mention=aid.id)] == [e2.id]
    assert [c.id for c in store.commitments(by="JPN", to="KEN", state=("pledged",), due_since="2026-06-15")] == ["c1"]
    assert len(store.commitments(by="KEN")) == 0
    assert [e.id for e in store.events(Filter(publisher=("lakeside herald",), actor=("JPN",)))] == [e2.id]
    assert {e.id for e in store.events(Filter(text="boats"))} == {e2.id}
    assert len(store.mentions(Filter(min_originators=1))) == 2
    seen = store.changes()[-1][0]
    store.replace_derived([e1])
    assert [e.id for e in store.events()] == [e1.id]
    assert [(k, i) for k, i, _, _ in store.tombstones()] == [("commitment", "c1"), ("event", e2.id)]
    assert [(kind, act, name) for _, _, kind, act, name in store.changes(seen)] == [("event", "remove", e2.id)]
    store.replace_derived([e1, e2])
    assert ("event", e2.id) not in [(k, i) for k, i, _, _ in store.tombstones()]


def test_a_scope_leaves_the_rest_alone(store: Store) -> None:
    a, b = simple(1), simple(2)
    store.add_many([a, b])
    ea, eb = event(a.mentions[0]), event(b.mentions[0])
    store.replace_derived([ea, eb], [Story(id="s", documents=(a.article.doc.id,), title="t", start=None, end=None)])
    changed = event(a.mentions[0], id=ea.id, headline="another line")
    store.replace_derived([changed], commitments=[_commitment("c2", a.mentions[0])], scope={a.article.doc.id})
    assert store.event(ea.id) == changed
    assert store.event(eb.id) == eb
    assert len(store.stories()) == 0
    store.replace_derived([], scope={a.article.doc.id})
    assert [e.id for e in store.events()] == [eb.id]
    assert len(store.commitments()) == 0


def test_judgements_stand_until_withdrawn_as_of_any_day(store: Store) -> None:
    one = Judgement(id="j1", left="a", right="b", kind="same event", score=0.9, reasons=("r",), by="link.v1", at="2026-01-01T00:00:00Z")
    gone = Judgement(id="j2", left="a", right="b", kind="same event", score=0.0, reasons=("r",), by="ann", at="2026-01-03T00:00:00Z", withdraws="j1")
    assert store.judge([one, one]) == 1
    assert store.judge([gone]) == 1
    assert list(store.judgements()) == []
    assert list(store.judgements("2026-01-02")) == [one]
    assert list(store.judgements("2026-01-03")) == []
    assert list(store.judgements("2025-12-31")) == []
    assert list(store.judgements(all=True)) == [one, gone]
    assert list(store.judgements(about=["b"], all=True)) == [one, gone]
    assert list(store.judgements(about=["c"])) == []


def test_candidates_share_a_party_and_a_time(store: Store) -> None:
    base = simple(1, day="2025-09-08")
    near, far = simple(2, day="2025-09-20"), simple(3, day="2025-12-20")
    other, undated = simple(4, actor="KEN", recipient="TZA", day="2025-09-08"), simple(5, day=None, published="2025-09-10")
    store.add_many([base, near, far, other, undated])
    found = store.candidates(base.mentions, window_days=30)
    assert {m.id for m, _ in found} == {near.mentions[0].id, undated.mentions[0].id}
    assert all(f.id == m.document for m, f in found)
    assert len(store.candidates(base.mentions, window_days=30, limit=1)) <= 2


def test_documents_sharing_text_are_found(store: Store) -> None:
    words = [f"word{i}" for i in range(400)]
    whole, half, other = " ".join(words), " ".join(words[:150]), " ".join(f"else{i}" for i in range(400))
    docs = [coded("T\n\n" + t, ()) for t in (whole, half, other)]
    store.add_many(docs)
    found = store.sharing_text(half)
    assert {f.id for f, _ in found} == {docs[0].article.doc.id, docs[1].article.doc.id}
    assert found[0][1] > 0.8
    assert docs[1].article.doc.id not in {f.id for f, _ in store.sharing_text(half, exclude=docs[1].article.doc.id)}


def test_dyad_series_count_both_ways_for_joint_actors(store: Store) -> None:
    store.add_many([coded(), *(simple(i, day="2025-09-08") for i in range(3)), simple(9, day=None)])
    series = store.dyad_series()
    assert [(a, b, month, n) for a, b, month, *_, n, _, _ in series] == [
        ("JPN", "KEN", 0, 1), ("JPN", "KOR", 0, 1), ("JPN", "KOR", 202509, 3), ("KEN", "TZA", 202603, 1), ("TZA", "KEN", 202603, 1),
    ]  # fmt: skip
    assert [row[2:] for row in store.dyad_days([("JPN", "KOR")])][1] == (20250908, "actual", "verbal cooperation", 3, 3, 6.0)
    assert len(store.dyad_days([("JPN", "KOR")], flt=Filter(since="2025-09-01"))) == 1


# --- coding anew ------------------------------------------------------------------------------------------


def test_coding_anew_keeps_the_old_beside_the_new(store: Store) -> None:
    made = coded()
    doc = made.article.doc
    store.add(made)
    kept, changed = made.mentions[0], mention(doc, "AID", "pledged", "Japan pledged boats worth $2 million to Kenya.",
                                              actors=(party(doc.text, "Japan", "JPN"),), modality="planned")  # fmt: skip
    extra = mention(doc, "CONSULT", "open", "Kenya and Tanzania agreed on Tuesday to open a joint fisheries office", actors=kept.actors)
    again = coded(doc=doc, mentions=(kept, changed, extra), coder="hand.v2")
    run = recode_run()
    assert store.add(again) is False
    assert [store.add(again, run=run), store.add(again, run=run)] == [True, False]
    assert store.document(doc.id) == again
    first = store.runs()[0].id
    assert store.document(doc.id, run=first) == made
    assert {m.id for m in store.mentions()} == {m.id for m in again.mentions}
    assert store.mention(made.mentions[1].id) == made.mentions[1]
    changes = {(c.kind, c.fields) for c in store.diff(first, run.id)}
    kinds = [c.kind for c in store.diff(first, run.id)]
    assert len(made.mentions) == len(kinds) - kinds.count("added"), "every old mention is the same, changed or removed"
    assert len(again.mentions) == len(kinds) - kinds.count("removed"), "every new one is the same, changed or added"
    assert changes == {("same", ()), ("changed", ("mode", "modality", "recipients")), ("added", ())}
    assert [(k, i) for k, i, _, _ in store.tombstones()] == [("mention", made.mentions[1].id)]
    with pytest.raises(UsageError):
        store.diff(first, "none")


def test_find_takes_a_prefix(store: Store) -> None:
    made = coded()
    store.add(made)
    assert store.find(made.article.doc.id) == ("document", made.article.doc.id)
    assert store.find(made.mentions[0].id[:9]) == ("mention", made.mentions[0].id)
    for bad in ("", "zzzz", "'"):
        with pytest.raises(UsageError):
            store.find(bad)


def test_sql_reads_and_only_reads(store: Store) -> None:
    store.add(coded())
    assert store.sql("SELECT type, count(*) AS n FROM mentions GROUP BY type ORDER BY type").to_dicts() == [{"type": "AGREE", "n": 1}, {"type": "AID", "n": 1}]
    for bad in ("DELETE FROM mention", "ATTACH 'x' AS y", "PRAGMA writable_schema=1", "SELEC 1", "CREATE TABLE x(y)", "SELECT ?", "INSERT INTO meta VALUES(1,2)"):
        with pytest.raises(UsageError):
            store.sql(bad)
    with pytest.raises(StoreError, match="took more than"):
        store.sql("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n", seconds=0.1)


def test_lists_of_actors_are_kept_by_name_and_go_into_a_snapshot(store: Store, tmp_path) -> None:
    store.keep_list("fronts", "one")
    store.keep_list("fronts", "two")
    store.keep_list("envoys", "three")
    assert store.kept_lists() == {"envoys": "three", "fronts": "two"}
    with Store(store.snapshot(tmp_path / "copy.db")) as copy:
        assert copy.kept_lists() == store.kept_lists()
    assert (store.forget_list("fronts"), store.forget_list("fronts")) == (True, False)


def test_snapshot_is_a_store(store: Store, tmp_path) -> None:
    store.add(coded())
    path = store.snapshot(tmp_path / "copy.db")
    with Store(path, read_only=True) as copy:
        assert copy.counts()["mentions"] == 2
        assert copy.mentions() == store.mentions()
        assert [m.id for m in copy.mentions(Filter(text="fisheries"))] == [m.id for m in store.mentions(Filter(text="fisheries"))] != []
        assert [f.id for f, _ in copy.search("newsletter accord")] == [f.id for f, _ in store.search("newsletter accord")]
        assert [f.id for f, _ in copy.search("accord")] == [f.id for f, _ in store.search("accord")] != []
        assert copy.check(deep=True) == []
    with pytest.raises(StoreError, match="exists already"):
        store.snapshot(path)


def test_threads_share_a_store(store: Store) -> None:
    errors: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for i in range(8):
                store.add(simple(number * 100 + i))
                store.mentions(Filter(limit=5))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert store.counts()["documents"] == 32


def test_mentions_are_never_edited(store: Store) -> None:
    """Spans stay what they were: the sample's own spans slice the stored text."""
    made = coded()
    store.add(made)
    text = store.text(made.article.doc.id) or ""
    for m in store.mentions():
        for p in (*m.actors, *m.recipients):
            assert p.span is not None
            assert text[p.span.start : p.span.end] == p.text
    assert sample_mentions(document()) == made.mentions
    assert Span(0, 1) == Span(0, 1)
