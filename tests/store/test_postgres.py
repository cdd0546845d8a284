"""What is PostgreSQL's own: addresses, locks, dropped connections, the translation. What a store promises is in test_contract.py."""

from __future__ import annotations

import re
from collections.abc import Callable

import psycopg
import pytest
from tests.store.factory import coded, simple

from communique.cli import main
from communique.errors import StoreError, UsageError
from communique.records import Filter
from communique.store import Store, is_there, open_store, postgres, schema

Make = Callable[[], str]


def _one_line(info: pytest.ExceptionInfo[StoreError]) -> str:
    words = str(info.value)
    assert "\n" not in words
    assert len(words) > 20
    return words


def _schema(address: str) -> str:
    return re.search(r"search_path%3D(\w+)", address)[1]  # type: ignore[index]


def test_statements_are_translated_and_quotes_left_alone() -> None:
    assert postgres.spoken("SELECT m FROM x d CROSS JOIN y f ON f.m = d.m WHERE +f.day > ?", True) == "SELECT m FROM x d JOIN y f ON f.m = d.m WHERE f.day > %s"
    assert postgres.spoken("SELECT '?', \"a?\", 5 % 3 WHERE x LIKE '%' AND y = ?", True) == "SELECT '?', \"a?\", 5 %% 3 WHERE x LIKE '%%' AND y = %s"
    assert postgres.spoken("SELECT 5 % 3", False) == "SELECT 5 % 3"
    script = postgres.translated(schema.CREATE)
    assert not re.search(r"STRICT|ROWID|INTEGER|BLOB|NOCASE|VIRTUAL|printf", script)
    assert script.count("CREATE TABLE") == len(re.findall("CREATE TABLE", schema.CREATE))
    assert script.count("CREATE INDEX") == len(re.findall("CREATE INDEX", schema.CREATE))


def test_words_are_taken_apart_within_a_vectors_size() -> None:
    assert postgres.POSTGRES.words("L'Été 2025, Kenya's_foreign ministry") == ("l ete 2025 kenya s foreign ministry",)
    assert postgres.POSTGRES.match([("joint Fisheries", False), ("col:x", True)]) == "('joint' <-> 'fisheries') & ('col' <-> 'x':*)"
    assert len(postgres.POSTGRES.words("\u00fc" * 10**6)[0].encode()) <= 400_000


def test_a_text_too_long_for_one_vector_is_kept_and_found(schema_at: Make) -> None:
    with open_store(schema_at()) as store:
        made = coded("Head\n\n" + " ".join(f"{i:x}w" for i in range(300_000)), ())
        assert store.add(made)
        assert store.document(made.article.doc.id) == made
        assert [f.id for f, _ in store.search("1fw")] == [made.article.doc.id]


def test_addresses_that_cannot_be_a_store(server: str, schema_at: Make) -> None:
    port = re.search(r":(\d+)/", server)[1]  # type: ignore[index]
    foreign = schema_at()
    with psycopg.connect(foreign, autocommit=True) as other:
        other.execute("CREATE TABLE theirs(x int)")
    for address, words, read_only in (
        ("postgresql://a:hush@127.0.0.1:1/none", "cannot be reached", False),
        (f"postgresql://a:hush@127.0.0.1:{port}/none", "cannot be reached", False),
        ("postgresql://a:hush@127.0.0.1/none?nonsense=1", "not the address", False),
        (foreign, "another program", False),
        (f"{server}?options=-csearch_path%3Dabsent", "CREATE SCHEMA", False),
        (schema_at(), "no store here", True),
    ):
        assert is_there(address)
        with pytest.raises(StoreError) as info:
            open_store(address, read_only=read_only)
        assert words in _one_line(info)
        assert "hush" not in f"{info.value} {info.value.where}"


def test_a_newer_schema_is_refused_and_an_older_one_brought_up_to_date(schema_at: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    address = schema_at()
    with open_store(address) as store:
        store.add(coded())
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION - 1, "ALTER TABLE failure ADD COLUMN note TEXT; CREATE TABLE more(x INTEGER PRIMARY KEY, y BLOB) STRICT")
    with pytest.raises(StoreError, match="older version"):
        open_store(address, read_only=True)
    with open_store(address) as store:
        assert store.sql("SELECT note FROM failure").to_dicts() == []
        assert store.check(deep=True) == []
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION, "CREATE TABLE half(x INTEGER); SELECT nonsense")
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(StoreError):
        open_store(address)
    monkeypatch.setattr(schema, "VERSION", schema.VERSION - 1)
    with open_store(address) as store:
        assert store.sql("SELECT to_regclass('half') AS half").to_dicts() == [{"half": None}], "a migration that fails leaves nothing"
    monkeypatch.setattr(schema, "VERSION", schema.VERSION - 1)
    with pytest.raises(StoreError, match="newer"):
        open_store(address)


def test_a_locked_store_says_so(schema_at: Make) -> None:
    address = schema_at()
    with Store(address, busy_seconds=0.05) as store, Store(address) as other, other._engine.writing(other._connection()):
        with pytest.raises(StoreError) as info:
            store.add(coded())
        assert "another process" in _one_line(info)
        assert store.counts()["documents"] == 0, "readers are not blocked"
    with Store(address) as store:
        assert store.add(coded())


def test_read_only_is_kept_by_the_server_too(schema_at: Make) -> None:
    address = schema_at()
    with open_store(address) as store:
        store.add(coded(), raw=b"page")
    with open_store(address, read_only=True) as store:
        assert len(store.mentions()) == 2
        assert store.check(deep=True) == []
        assert store.raw(store.facts(coded().article.doc.id).id) == b"page"  # type: ignore[union-attr]
        with pytest.raises(StoreError, match="reading only"):
            store.add(simple(1))
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            store._connection().execute("DELETE FROM mention")


def test_one_statement_cannot_end_the_reading_transaction(schema_at: Make) -> None:
    with open_store(schema_at()) as store:
        store.add(coded())
        for bad in (
            "SELECT 1; COMMIT; DELETE FROM change_log", "COMMIT", "WITH x AS (DELETE FROM change_log RETURNING 1) SELECT * FROM x",
            "SELECT set_config('transaction_read_only', 'off', false)", "COPY mention TO PROGRAM 'cat'", "SELECT nextval('change_log_seq_seq')",
        ):  # fmt: skip
            with pytest.raises(UsageError, match=r"only reading|not understood"):
                store.sql(bad)
        assert len(store.changes()) == 1
        assert store.sql("SELECT id FROM mentions WHERE type = ? AND score > ?;", ["AGREE", 0.5]).to_dicts() == [{"id": coded().mentions[0].id}]
        assert store.sql("SELECT sum(n) AS n, '100%' AS all FROM rollup_dyad_month").to_dicts() == [{"n": 3, "all": "100%"}]
        assert len(store.sql("SELECT * FROM generate_series(1, 100000)", rows=4500)) == 4500
        with pytest.raises(StoreError, match="took more than"):
            store.sql("SELECT pg_sleep(5)", seconds=0.1)


def test_a_dropped_connection_loses_nothing_and_is_dialled_anew(schema_at: Make) -> None:
    address = schema_at()
    drop = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'communique' AND pid <> pg_backend_pid()"
    with open_store(address) as store, psycopg.connect(address, autocommit=True) as other:
        store.add(simple(1))
        other.execute(drop)
        with pytest.raises(StoreError) as info:
            store.add(simple(2))
        assert "hung up" in _one_line(info)
        assert store.add(simple(2))

        def half(connection) -> None:
            connection.execute("INSERT INTO tombstone(kind, id, at, reason) VALUES(?,?,?,?)", ("mention", "x", "now", "half"))
            other.execute(drop)
            connection.execute("INSERT INTO tombstone(kind, id, at, reason) VALUES(?,?,?,?)", ("mention", "y", "now", "half"))

        with pytest.raises(StoreError):
            store._write(half)
        assert store.sql("SELECT count(*) AS n FROM tombstone").to_dicts() == [{"n": 0}]
        assert store.counts()["documents"] == 2
        assert store.check(deep=True) == []


def test_the_deep_check_sees_what_was_tampered_with(schema_at: Make) -> None:
    with open_store(schema_at()) as store:
        store.add(coded(), raw=b"page")
        store.add(simple(1))
        connection = store._connection()
        assert store.check(deep=True) == []
        for change, words in (
            ("UPDATE rollup_dyad_month SET n = n + 1", "rollup_dyad_month"),
            ("DELETE FROM mention_country WHERE country = 'TZA'", "mention_country"),
            ("DELETE FROM mention_fact WHERE m = 1", "not all there"),
            ("UPDATE document SET sha256 = 'x' WHERE doc = 1", "digest"),
            ("DELETE FROM mention_fts WHERE rowid = 2", "cannot be searched"),
            ("DROP INDEX mention_by_id", "mention_by_id"),
            ("DELETE FROM blob", "gone"),
            ("INSERT INTO mention(m, id, doc, ord) VALUES(9, 'x', 99, 0)", "name a document that is not there"),
        ):
            connection.execute(change)
            assert any(words in line for line in store.check(deep=True)), change


def test_the_same_documents_give_the_same_lists_as_in_a_file(schema_at: Make, tmp_path) -> None:
    items = [coded(), *(simple(i, actor=("JPN", "PRK")[i % 2], day=f"2025-0{1 + i % 9}-1{i % 10}", publisher=("Élan", "ÉLAN", "elan", None)[i % 4], score=i / 40) for i in range(40))]
    with open_store(schema_at()) as one, open_store(tmp_path / "a.db") as two:
        for store in (one, two):
            store.add_many(items, batch=9)
        for order in ("date", "-date", "score", "originators"):
            for extra in ({}, {"actor": ("PRK",)}, {"publisher": ("ELAN",)}, {"publisher": ("élan",)}, {"text": "talk*"}, {"attribution": "MINISTRY"}, {"place": "nai"}):
                flt = Filter(order=order, limit=0, **extra)
                assert [m.id for m in one.mentions(flt)] == [m.id for m in two.mentions(flt)], flt
        assert one.dyad_series() == two.dyad_series()
        assert one.dyad_totals() == two.dyad_totals()
        assert one.facets("mention", names=("type", "actor", "year", "reviewed")) == two.facets("mention", names=("type", "actor", "year", "reviewed"))
        assert [n for _, n in one.facets("mention")["publisher"]] == [n for _, n in two.facets("mention")["publisher"]]
        assert one.sql("SELECT id, day, published, type FROM mentions ORDER BY id") == two.sql("SELECT id, day, published, type FROM mentions ORDER BY id")
        assert one.find(items[3].mentions[0].id[:10]) == two.find(items[3].mentions[0].id[:10])


def test_the_command_line_takes_an_address(schema_at: Make, capsys, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = schema_at()
    with open_store(address) as store:
        store.add(coded())
    for command in (["mentions", "--jsonl"], ["events"], ["documents", "--jsonl"], ["verify"], ["export", "csv", "--out", str(tmp_path / "out")], ["snapshot", str(tmp_path / "copy.db")]):
        assert not main([*command, "--store", address]), capsys.readouterr().err
    with open_store(tmp_path / "copy.db", read_only=True) as copy:
        assert copy.counts()["mentions"] == 2
