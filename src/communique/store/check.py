"""Is the store well? Counts, quick checks, and the deep one that recomputes everything from the facts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from communique.errors import StoreError
from communique.records import CodedDocument, Event
from communique.store import write
from communique.store.dialect import Connection, Engine
from communique.text import sha256_text

_COUNTED = (
    ("documents", "document"), ("mentions", "mention_fact"), ("events", "event"), ("stories", "story"),
    ("commitments", "commitment"), ("discrepancies", "discrepancy"), ("copies", "copy"), ("judgements", "judgement"),
    ("reviews", "review"), ("failures", "failure"), ("runs", "run"),
)  # fmt: skip
_INDEX = ("fact", "country", "entity", "dyad", "context", "speaker")


def counts(connection: Connection, engine: Engine) -> dict[str, int]:
    """How many of each; `mentions` counts those of current codings; `bytes` is what the store takes on the disk."""
    parts = [f"(SELECT count(*) FROM {table})" for _, table in _COUNTED]
    parts.append("(SELECT count(*) FROM document WHERE mentions = 0)")
    row = connection.execute("SELECT " + ", ".join(parts)).fetchone()  # one statement: one state of the store
    out = dict(zip([*(name for name, _ in _COUNTED), "uncoded"], row or (), strict=True))
    out["bytes"] = engine.size(connection)
    return out


def run(connection: Connection, engine: Engine, *, deep: bool) -> list[str]:
    """Problems, one line each."""
    problems = engine.problems(connection, deep)
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
    return problems + (list(_deep(connection, engine)) if deep else [])


def _deep(connection: Connection, engine: Engine) -> Iterator[str]:
    """Texts, blobs, search index; then every index row recomputed. Writes nothing, and needs no memory for the rows:
    two tables are the same when they have as many rows and the sums of their rows' hashes are equal."""
    yield from _texts(connection, engine)
    yield from _search_index(connection)
    with engine.reading(connection):
        wanted, rollup = _recomputed(connection)
        for name in _names()[:-1]:
            found = _Sum()
            for row in connection.stream(f"SELECT * FROM {name}"):
                found.add(row)
            if found != wanted.get(name, _Sum()):
                yield f"{name}: {found.rows} rows, {wanted.get(name, _Sum()).rows} expected, and they differ; mend it with Store.rebuild()"
        for a, b, month, modality, quad, n, scored, plover in connection.stream("SELECT * FROM rollup_dyad_month"):
            known = rollup.pop((a, b, month, modality, quad), (0, 0, 0.0))
            if (n, scored) != known[:2] or abs(plover - known[2]) > 1e-6 * max(1.0, n):
                yield f"rollup_dyad_month: {a} to {b} in {month}: {n} mentions, {known[0]} expected; mend it with Store.rebuild()"
        if any(n for n, _, _ in rollup.values()):
            yield f"rollup_dyad_month: {len(rollup)} month(s) missing; mend it with Store.rebuild()"


class _Sum:
    """How many rows, and the sum of their hashes: the same for the same rows in any order."""

    def __init__(self) -> None:
        self.rows = 0
        self.total = 0

    def add(self, row: tuple[Any, ...]) -> None:
        self.rows += 1
        self.total = (self.total + hash(row)) & 0xFFFFFFFFFFFFFFFF

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Sum) and (self.rows, self.total) == (other.rows, other.total)

    __hash__ = None  # type: ignore[assignment]


def _recomputed(connection: Connection) -> tuple[dict[str, _Sum], dict[tuple[str, str, int, str, str], tuple[int, int, float]]]:
    """What the index tables and the roll-up should hold, from mentions, events and reviews."""
    batch = write.Batch(connection, "")
    sums: dict[str, _Sum] = {}

    def drain() -> None:
        for sql, rows in batch.tables.items():
            known = sums.setdefault(sql.split()[2], _Sum())
            for row in rows:
                known.add(row)
        batch.tables.clear()

    for m in _shown_keys(connection):
        batch.insert("mention", m, write.effective(connection, m)[2])
        drain()
    for m, data in connection.execute("SELECT m, data FROM event").fetchall():
        batch.insert("event", m, write.project_event(connection, msgspec.json.decode(data, type=Event)))
        drain()
    return sums, {key: (n, *batch.scored.get(key, (0, 0.0))) for key, n in batch.rollup.items()}


def _shown_keys(connection: Connection) -> list[int]:
    """The mentions that lists should show: those of current codings, and what people added and did not undo."""
    shown = [row[0] for row in connection.execute("SELECT m FROM mention WHERE c IN (SELECT c FROM coding WHERE current = 1)")]
    person = "SELECT m FROM mention n WHERE c IS NULL AND EXISTS(SELECT 1 FROM mention_fact f WHERE f.m = n.m)"
    return shown + [row[0] for row in connection.execute(person)]


def _names() -> list[str]:
    return [f"{kind}_{table}" for kind in ("mention", "event") for table in _INDEX] + ["rollup_dyad_month"]


def _texts(connection: Connection, engine: Engine) -> Iterator[str]:
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
                if engine.read_blob(connection, raw) is None:
                    yield f"document {name}: the bytes it was read from are gone ({raw[:12]}…)"
            except StoreError as error:
                yield str(error)


def _search_index(connection: Connection) -> Iterator[str]:
    for table, rows in (("text_fts", "SELECT doc FROM document"), ("mention_fts", "SELECT m FROM mention_fact")):
        n = connection.execute(f"SELECT count(*) FROM ({rows} EXCEPT SELECT rowid FROM {table}) q").get
        if n:
            yield f"{table}: {n} row(s) cannot be searched"


def rebuild(connection: Connection, now: str) -> None:
    """Make all index rows and roll-ups anew from mentions, events and reviews."""
    shown = _shown_keys(connection)
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

