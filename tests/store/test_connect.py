"""Opening: every path that cannot be a store gives one line; the library and the settings are the safe ones."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import apsw
import pytest
from tests.store.factory import coded, simple

from communique.errors import StoreError
from communique.records import Filter
from communique.store import Store, connect, open_store, schema


def _one_line(info: pytest.ExceptionInfo[StoreError]) -> str:
    words = str(info.value)
    assert "\n" not in words
    assert len(words) > 20
    return words


def test_paths_that_cannot_be_a_store(tmp_path: Path) -> None:
    junk, empty_folder = tmp_path / "junk.db", tmp_path / "folder"
    junk.write_bytes(b"this is not a database at all" * 100)
    empty_folder.mkdir()
    foreign = tmp_path / "foreign.db"
    other = sqlite3.connect(foreign)
    other.execute("CREATE TABLE theirs(x)")
    other.commit()
    other.close()
    for path, words, read_only in (
        (tmp_path / "no" / "such" / "a.db", "does not exist", False),
        (empty_folder, "folder", False),
        (junk, "not a store", False),
        (junk, "not a store", True),
        (foreign, "another program", False),
        (tmp_path / "absent.db", "no store here", True),
    ):
        with pytest.raises(StoreError) as info:
            open_store(path, read_only=read_only)
        assert words in _one_line(info)
    assert junk.read_bytes().startswith(b"this is not")


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    open_store(path).close()
    raw = apsw.Connection(str(path))
    raw.pragma("user_version", schema.VERSION + 1)
    raw.close()
    with pytest.raises(StoreError) as info:
        open_store(path)
    assert "newer" in _one_line(info)


def test_an_older_store_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    with open_store(path) as store:
        store.add(coded())
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION - 1, "ALTER TABLE failure ADD COLUMN note TEXT")
    with pytest.raises(StoreError, match="older version"):
        open_store(path, read_only=True)
    with open_store(path) as store:
        assert store._connection().pragma("user_version") == schema.VERSION
        assert store.sql("SELECT note FROM failure").to_dicts() == []
        assert store.check(deep=True) == []
    monkeypatch.setitem(schema.MIGRATIONS, schema.VERSION, "CREATE TABLE half(x); SELECT nonsense")
    monkeypatch.setattr(schema, "VERSION", schema.VERSION + 1)
    with pytest.raises(StoreError):
        open_store(path)
    raw = apsw.Connection(str(path))
    assert raw.pragma("user_version") == schema.VERSION - 1, "a migration that fails leaves nothing"
    assert raw.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'half'").get == 0
    raw.close()


def test_a_store_of_schema_1_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    raw = apsw.Connection(str(path))
    raw.execute(Path(__file__).with_name("schema-1.sql").read_text(encoding="utf-8"))
    raw.pragma("application_id", schema.APPLICATION_ID)
    raw.pragma("user_version", 1)
    raw.close()
    new = tmp_path / "new.db"
    open_store(new).close()
    with open_store(path) as store, open_store(new) as fresh:
        listed = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
        assert store.sql(listed).to_dicts() == fresh.sql(listed).to_dicts(), "the same tables as in a new store"
        store.add(coded())
        store.save_query("all", Filter(), by="ann")
        assert store.check(deep=True) == []


def test_a_locked_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with Store(path, busy_seconds=0.05) as store, Store(path) as other:
        other._connection().execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError) as info:
            store.add(coded())
        assert "another process" in _one_line(info)
        assert store.counts()["documents"] == 0, "readers are not blocked"
        other._connection().execute("ROLLBACK")
        assert store.add(coded())


def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_store(path) as store:
        store.add_many(simple(i) for i in range(200))
    data = bytearray(path.read_bytes())
    for at in range(8192, len(data) - 4096, 4096):
        data[at : at + 200] = b"\xff" * 200
    path.write_bytes(bytes(data))
    with pytest.raises(StoreError) as info:
        _read_all(path)
    assert "damaged" in _one_line(info)


def _read_all(path: Path) -> None:
    with open_store(path) as store:
        list(store.documents())
        store.mentions()
        store.counts()


def test_read_only_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    with open_store(path) as store:
        store.add(coded())
    with open_store(path, read_only=True) as store:
        assert len(store.mentions()) == 2
        assert store.check(deep=True) == []
        with pytest.raises(StoreError, match="reading only"):
            store.add(simple(1))
        with pytest.raises(StoreError, match="reading only"):
            store.judge([])
    assert not list(tmp_path.glob("*.blobs/**/*.zst"))


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = open_store(tmp_path / "a.db")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.mentions()


def test_the_settings_are_the_safe_ones(tmp_path: Path) -> None:
    connect.assert_library()
    with open_store(tmp_path / "a.db") as store:
        connection = store._connection()
        assert connection.pragma("journal_mode") == "wal"
        assert connection.pragma("synchronous") == 2
        assert connection.pragma("foreign_keys") == 1
        assert not connection.pragma("mmap_size")


def test_an_old_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apsw, "sqlite_lib_version", lambda: "3.51.2")
    with pytest.raises(StoreError, match=r"3\.51\.2"):
        connect.assert_library()


def test_network_file_systems_are_refused(tmp_path: Path) -> None:
    mounts = (
        "22 1 0:20 / / rw - ext4 /dev/sda rw\n"
        "40 22 0:33 / /mnt/share\\040one rw shared:1 - nfs4 host:/x rw\n"
        f"41 22 0:34 / {tmp_path} rw - cifs //host/x rw\n"
    )
    assert connect.filesystem_of(Path("/mnt/share one/deep/a.db"), mounts) == "nfs4"
    assert connect.filesystem_of(Path("/mnt/share onerous"), mounts) == "ext4"
    with pytest.raises(StoreError, match="network file system"):
        connect.check_path(tmp_path / "a.db", read_only=False, mounts=mounts)


def test_blobs_are_whole_and_checked(tmp_path: Path) -> None:
    store = tmp_path / "a.db"
    name = connect.write_blob(store, b"bytes" * 1000)
    assert connect.write_blob(store, b"bytes" * 1000) == name
    path = connect.blob_path(store, name)
    assert (path.parent.name, path.suffix) == (name[:2], ".zst")
    assert connect.read_blob(store, name) == b"bytes" * 1000
    assert not list(path.parent.glob(".part-*"))
    assert connect.read_blob(store, "0" * 64) is None
    other = connect.write_blob(store, b"other")
    path.write_bytes(connect.blob_path(store, other).read_bytes())
    with pytest.raises(StoreError, match="digest"):
        connect.read_blob(store, name)
    path.write_bytes(b"junk")
    with pytest.raises(StoreError, match="damaged"):
        connect.read_blob(store, name)


def test_the_deep_check_sees_what_was_tampered_with(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as store:
        store.add(coded(), raw=b"page")
        store.add(simple(1))
        connection = store._connection()
        assert store.check(deep=True) == []
        for change, words in (
            ("UPDATE rollup_dyad_month SET n = n + 1", "rollup_dyad_month"),
            ("DELETE FROM mention_country WHERE country = 'TZA'", "mention_country"),
            ("DELETE FROM mention_fact WHERE m = 1", "not all there"),
            ("UPDATE document SET sha256 = 'x' WHERE doc = 1", "digest"),
        ):
            connection.execute("SAVEPOINT t")
            connection.execute(change)
            connection.execute("RELEASE t")
            assert any(words in line for line in store.check(deep=True)), change
        store.rebuild()
        assert [line for line in store.check(deep=True) if "digest" not in line] == []
        connect.blob_path(store.path, connection.execute("SELECT raw_sha256 FROM document WHERE raw_stored").get).unlink()
        assert any("gone" in line for line in store.check(deep=True))
