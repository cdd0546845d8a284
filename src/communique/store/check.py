"""Is the store well? Counts, quick checks, and the deep one that recomputes everything from the facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import StoreError
from communique.records import CodedDocument, Event
from communique.store import connect, write
from communique.store.connect import Connection
from communique.text import sha256_text

_COUNTED = (
    ("documents", "document"), ("mentions", "mention_fact"), ("events", "event"), ("stories", "story"),
    ("commitments", "commitment"), ("discrepancies", "discrepancy"), ("copies", "copy"), ("judgements", "judgement"),
    ("reviews", "review"), ("failures", "failure"), ("runs", "run"),
)  # fmt: skip
_INDEX = ("fact", "country", "entity", "dyad", "context", "speaker")


def counts(connection: Connection, path: Path) -> dict[str, int]:
    """How many of each; `mentions` counts those of current codings; `bytes` is the file's size."""
    parts = [f"(SELECT count(*) FROM {table})" for _, table in _COUNTED]
    parts.append("(SELECT count(*) FROM document WHERE mentions = 0)")
    row = connection.execute("SELECT " + ", ".join(parts)).fetchone()  # one statement: one state of the store
    out = dict(zip([*(name for name, _ in _COUNTED), "uncoded"], row or (), strict=True))
    out["bytes"] = path.stat().st_size
    return out


def run(connection: Connection, path: Path, *, deep: bool) -> list[str]:
    """Problems, one line each."""
    pragma = "integrity_check" if deep else "quick_check"
    problems = [f"file: {row[0]}" for row in connection.execute(f"PRAGMA {pragma}(20)") if row[0] != "ok"]
    problems += [f"a row of {row[0]} names a {row[2]} that is not there" for row in connection.execute("PRAGMA foreign_key_check")]
    for words, sql in (
        ("document(s) without text", "SELECT count(*) FROM document WHERE doc NOT IN (SELECT doc FROM text)"),
        ("document(s) without a current coding", "SELECT count(*) FROM document WHERE doc NOT IN (SELECT doc FROM coding WHERE current = 1)"),
        (
            "document(s) whose mentions are not all there",
            "SELECT count(*) FROM document d WHERE mentions <> (SELECT count(*) FROM mention_fact f WHERE f.doc = d.doc)",
        ),
        ("event(s) without index rows", "SELECT count(*) FROM event WHERE m NOT IN (SELECT m FROM event_fact)"),
    ):
        n = connection.execute(sql).get
        if n:
            problems.append(f"{n} {words}")
    return problems + (list(_deep(connection, path)) if deep else [])


def _deep(connection: Connection, path: Path) -> Iterator[str]:
    yield from _texts(connection, path)
    yield from _search_index(connection)
    with connect.transaction(connection) if not connection.readonly("main") else _memory(connection):
        before = {name: _content(connection, name) for name in _names()}
        connection.execute("SAVEPOINT recomputed")
        try:
            rebuild(connection, "")
            after = {name: _content(connection, name) for name in _names()}
        finally:
            connection.execute("ROLLBACK TO recomputed")
            connection.execute("RELEASE recomputed")
    for name in before:
        extra, missing = before[name] - after[name], after[name] - before[name]
        if extra or missing:
            example = next(iter(extra or missing))
            yield f"{name}: {extra.total()} row(s) too many, {missing.total()} missing; for instance {example}"


def _memory(connection: Connection) -> Any:
    raise StoreError("the deep check needs the store open for writing (it changes nothing)")


def _names() -> list[str]:
    return [f"{kind}_{table}" for kind in ("mention", "event") for table in _INDEX] + ["rollup_dyad_month"]


def _content(connection: Connection, table: str) -> Counter[tuple[Any, ...]]:
    rows = connection.execute(f"SELECT * FROM {table}")
    return Counter(tuple(round(v, 6) if isinstance(v, float) else v for v in row) for row in rows)


def _texts(connection: Connection, path: Path) -> Iterator[str]:
    """Each text against its digest, each document's layers decoded, each kept blob against its name."""
    sql = "SELECT d.doc, d.id, d.sha256, d.raw_sha256, d.raw_stored, t.data, d.data FROM document d JOIN text t ON t.doc = d.doc"
    for doc, name, sha256, raw, stored, data, document in connection.execute(sql):
        text = write.unpack_text(data)
        if sha256_text(text) != sha256:
            yield f"document {name}: its text does not match its digest"
        try:
            whole = write.unpack_document(document, text)
            for c, coding in connection.execute("SELECT c, data FROM coding WHERE doc = ?", (doc,)).fetchall():
                _: CodedDocument = write.unpack_coding(coding, whole, ())
                found = [m.id for m in write.mentions_of(connection, c)]
                if found != [row[0] for row in connection.execute("SELECT id FROM mention WHERE c = ? ORDER BY ord", (c,))]:
                    yield f"document {name}: its mentions and their list differ"
        except (msgspec.DecodeError, ValueError) as error:
            yield f"document {name}: {error}"
        if stored:
            try:
                if connect.read_blob(path, raw) is None:
                    yield f"document {name}: the bytes it was read from are gone ({raw[:12]}…)"
            except StoreError as error:
                yield str(error)


def _search_index(connection: Connection) -> Iterator[str]:
    for table, rows in (("text_fts", "SELECT doc FROM document"), ("mention_fts", "SELECT m FROM mention_fact")):
        n = connection.execute(f"SELECT count(*) FROM ({rows} EXCEPT SELECT rowid FROM {table})").get
        if n:
            yield f"{table}: {n} row(s) cannot be searched"


def rebuild(connection: Connection, now: str) -> None:
    """Make all index rows and roll-ups anew from mentions, events and reviews."""
    shown = [row[0] for row in connection.execute("SELECT m FROM mention WHERE c IN (SELECT c FROM coding WHERE current = 1)")]
    person = "SELECT m FROM mention n WHERE c IS NULL AND EXISTS(SELECT 1 FROM mention_fact f WHERE f.m = n.m)"
    shown += [row[0] for row in connection.execute(person)]
    for table in _names():
        connection.execute(f"DELETE FROM {table}")
    batch = write.Batch(connection, now)
    for index, m in enumerate(shown):
        batch.insert("mention", m, write.effective(connection, m)[2])
        if index % 1000 == 999:
            batch.flush()
    batch.flush()
    for m, data in connection.execute("SELECT m, data FROM event").fetchall():
        batch.insert("event", m, write.project_event(connection, msgspec.json.decode(data, type=Event)))
    batch.flush()

