"""Processes that are killed at any moment: nothing acknowledged is lost, nothing half is left."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.store.factory import simple

from communique.records import Filter
from communique.store import connect, open_store

ROOT = Path(__file__).resolve().parents[2]
WRITER = """
import sys
from tests.store.factory import simple
from communique.store import open_store
first = int(sys.argv[2])
with open_store(sys.argv[1]) as store:
    for number in range(first, first + 100000):
        made = simple(number)
        store.add(made, raw=made.article.doc.text.encode())
        sys.stdout.write(made.article.doc.id + "\\n")
        sys.stdout.flush()
"""
ROUNDS = int(os.environ.get("COMMUNIQUE_KILL_ROUNDS", "3"))


def _start(path: str, first: int) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    return subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(first)], stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)


def test_killed_writers_lose_nothing_acknowledged(address: str) -> None:
    path = address
    open_store(path).close()
    rng = random.Random(4)
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        writers = [_start(path, (2 * number + k) * 100000) for k in range(2)]
        with open_store(path, read_only=True) as reader:
            for writer in writers:
                assert writer.stdout is not None
                acknowledged.add(writer.stdout.readline().strip())
            end = time.monotonic() + rng.uniform(0.02, 0.4)
            while time.monotonic() < end:
                found = reader.counts()
                assert found["mentions"] == found["documents"], "a reader never sees half a document"
        for writer in writers:
            os.kill(writer.pid, signal.SIGKILL)
            acknowledged.update(line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n"))
    with open_store(path) as store:
        kept = {f.id for f in store.documents()}
        assert acknowledged <= kept
        assert len(acknowledged) >= ROUNDS * 2, "each writer got at least one in before it was killed"
        assert store.check(deep=True) == []
        for name in sorted(kept)[:50]:
            assert store.raw(name) == (store.text(name) or "").encode()
        assert store.add(simple(10**7))


def test_bytes_are_kept_before_the_row_that_names_them(tmp_path: Path, monkeypatch) -> None:
    """A kill between the two leaves bytes without a row, never a row without bytes."""
    with open_store(tmp_path / "a.db") as store:
        monkeypatch.setattr(store, "_flush", lambda items, run: (_ for _ in ()).throw(KeyboardInterrupt))
        made = simple(1)
        try:
            store.add(made, raw=b"page")
        except KeyboardInterrupt:
            pass
        assert store.counts()["documents"] == 0
        assert len(list(tmp_path.glob("*.blobs/*/*.zst"))) == 1
        monkeypatch.undo()
        store.add(made, raw=b"page")
        assert store.raw(made.article.doc.id) == b"page"
        assert connect.read_blob(store.path, "f" * 64) is None


BULK_WRITER = """
import sys
from tests.store.factory import simple
from communique.store import open_store
with open_store(sys.argv[1]) as store, store.bulk():
    for number in range(int(sys.argv[2]), 100000):
        store.add_many([simple(number)])
        sys.stdout.write(str(number) + "\\n")
        sys.stdout.flush()
"""


def test_a_killed_bulk_load_keeps_its_rows_and_the_next_opening_makes_the_indexes(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    open_store(path).close()
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    writer = subprocess.Popen([sys.executable, "-c", BULK_WRITER, str(path), "0"], stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    assert writer.stdout is not None
    for _ in range(3):
        writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    lines = 3 + len([line for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n")])
    with open_store(path, read_only=True) as reader:
        assert any("missing" in problem for problem in reader.check())
        assert len(reader.mentions(Filter(order="-date", limit=0))) >= lines, "lists are right without indexes"
        assert len(reader.mentions(Filter(date="published", type=("CONSULT",), limit=3))) == 3
    with open_store(path) as store:
        assert store.check(deep=True) == []
        assert store.counts()["documents"] >= lines


def test_a_bulk_load_makes_the_same_store(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as one, open_store(tmp_path / "b.db") as two:
        one.add_many(simple(n) for n in range(20))
        with two.bulk():
            two.add_many(simple(n) for n in range(20))
        sql = "SELECT name FROM sqlite_schema WHERE name NOT LIKE '%fts%' ORDER BY name"
        assert one.sql(sql) == two.sql(sql)
        assert list(one.mentions()) == list(two.mentions())
        assert two.check(deep=True) == []
