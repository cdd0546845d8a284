"""Processes that are killed at any moment: nothing acknowledged is lost, nothing half is left.

`COMMUNIQUE_KILL_ROUNDS=50` makes fifty rounds; three by default.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
from tests.store.factory import simple

from communique.records import Filter
from communique.store import connect, open_store, write

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


READER = """
import sys
from communique.store import open_store
with open_store(sys.argv[1], read_only=True) as store:
    while True:
        found = store.counts()
        shown = len(store.mentions())
        sys.stdout.write(f"{found['documents']} {found['mentions']} {shown}\\n")
        sys.stdout.flush()
"""
SERVER = """
import sys
import uvicorn
from communique.serve import make_app
app = make_app(sys.argv[1], hosts=frozenset({"127.0.0.1"}))
uvicorn.run(app, fd=int(sys.argv[2]), log_level="critical")
"""


def _spawn(code: str, *args: str, **options: object) -> subprocess.Popen[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT, **options)  # type: ignore[call-overload,no-any-return]


def test_two_writers_a_reader_and_a_server_all_killed(tmp_path: Path) -> None:
    """The server writes too: it is asked to save a search, and what it acknowledged must be there after its death."""
    path = tmp_path / "a.db"
    open_store(path).close()
    rng = random.Random(7)
    acknowledged: set[str] = set()
    saved: set[str] = set()
    answered = 0
    for number in range(ROUNDS):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = _spawn(SERVER, str(path), str(listening.fileno()), pass_fds=(listening.fileno(),))
            base = f"http://127.0.0.1:{listening.getsockname()[1]}"
        reader = _spawn(READER, str(path))
        writers = [_start(path, (2 * number + k) * 100000) for k in range(2)]
        for writer in writers:
            assert writer.stdout is not None
            acknowledged.add(writer.stdout.readline().strip())
        assert reader.stdout is not None
        seen = [reader.stdout.readline()]
        with httpx.Client(base_url=base, timeout=30) as client:
            assert client.get("/api/counts").status_code == 200
            headers = {"origin": base, "x-csrf-token": client.get("/api/session").json()["csrf"]}
            end = time.monotonic() + rng.uniform(0.05, 0.5)
            while time.monotonic() < end:
                name = f"search {number} {answered}"
                answer = client.post("/api/queries", json={"name": name, "kind": "mention", "by": "ana"}, headers=headers)
                assert answer.status_code in (200, 201), answer.text
                saved.add(name)
                answered += 1
        everyone = [*writers, reader, server]
        rng.shuffle(everyone)
        for process in everyone:
            os.kill(process.pid, signal.SIGKILL)
            time.sleep(rng.uniform(0, 0.02))
        for writer in writers:
            acknowledged.update(line.strip() for line in writer.communicate()[0].splitlines(keepends=True) if line.endswith("\n"))
        seen += [line for line in reader.communicate()[0].splitlines(keepends=True) if line.endswith("\n")]
        server.communicate()
        for line in seen:
            documents, mentions, shown = map(int, line.split())
            assert documents == mentions, "a reader never sees half a document"
            assert shown <= 100
    with open_store(path) as store:
        kept = {f.id for f in store.documents()}
        assert acknowledged <= kept
        assert saved <= {q.name for q in store.saved_queries()}
        assert answered >= ROUNDS
        assert store.check(deep=True) == []  # integrity, index rows, and each row's bytes against their digest
        named = {row["raw_sha256"] for row in store.sql("SELECT raw_sha256 FROM document WHERE raw_stored = 1", rows=10_000_000)}
        lying = {p.name.removesuffix(".zst") for p in tmp_path.glob("*.blobs/*/*.zst")}
        assert named <= lying, "a row never names bytes that are not there"
        assert len(lying - named) <= 2 * ROUNDS, "at most the one that each writer was about to name"


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


def test_what_cannot_be_committed_beside_is_raised_and_kept_out(tmp_path: Path, monkeypatch) -> None:
    """The words and the commit of a bulk load are another thread's work; its failure is the caller's."""
    with open_store(tmp_path / "a.db") as store, store.bulk():
        store.add_many([simple(0)])
        plain = write.Batch.flush
        monkeypatch.setattr(write.Batch, "flush", lambda self, *, words=True: plain(self, words=False) if not words else 1 / 0)
        for number in (1, 2):
            try:
                store.add_many([simple(number)])
            except ZeroDivisionError:
                continue
            raise AssertionError("a document that was not committed was acknowledged")
        monkeypatch.undo()
        assert store.counts()["documents"] == 1
        assert store.add_many([simple(1), simple(2)]) == 2
        assert store.check(deep=False) == [f"{len(connect.missing_indexes(store._connection()))} index(es) missing: a bulk load runs or was stopped; open the store for writing to mend it"]


def test_a_bulk_load_makes_the_same_store(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as one, open_store(tmp_path / "b.db") as two:
        one.add_many(simple(n) for n in range(20))
        with two.bulk():
            two.add_many(simple(n) for n in range(20))
        sql = "SELECT name FROM sqlite_schema WHERE name NOT LIKE '%fts%' ORDER BY name"
        assert one.sql(sql) == two.sql(sql)
        assert list(one.mentions()) == list(two.mentions())
        assert two.check(deep=True) == []
