"""A store on a server as one plain file: what `snapshot` gives where there is no file to copy.

The rows are the same in both databases, so tables are copied as they stand, in one state of the store. Only the
search tables are made anew, from the texts.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from communique.store import project, write
from communique.store.connect import FileEngine, transaction
from communique.store.dialect import Connection

_ROWS = 2000


def copy_into(source: Connection, target: Path) -> None:
    """Every table of the store that `source` reads in one state, as a new file at `target`, there when it is whole."""
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)
    engine = FileEngine(part, read_only=False, busy_seconds=1.0)
    file = engine.connect()
    try:
        engine.prepare(file)
        tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%\\_fts%' ESCAPE '\\' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name <> 'meta' ORDER BY rowid"
        with transaction(file):
            for (table,) in file.execute(tables).fetchall():
                columns = [row[1] for row in file.execute(f"PRAGMA table_info({table})")]
                names = ", ".join(f'"{name}"' for name in columns)
                put = f"INSERT INTO {table}({names}) VALUES({','.join('?' * len(columns))})"
                _fill(file, put, source.stream(f"SELECT {names} FROM {table}"))
            lists = source.stream("SELECT key, value FROM meta WHERE key LIKE 'actors:%'")
            _fill(file, "INSERT INTO meta(key, value) VALUES(?, ?)", lists)
            _fill(file, file.dialect.put_text, _texts(file))
            _fill(file, file.dialect.put_quote, _quotes(file))
        file.pragma("journal_mode", "delete")
    finally:
        file.close()
    os.replace(part, target)


def _fill(file: Connection, put: str, rows: Iterable[tuple[Any, ...]]) -> None:
    each = iter(rows)
    while some := list(islice(each, _ROWS)):
        file.executemany(put, some)


def _texts(file: Connection) -> Iterator[tuple[Any, ...]]:
    sql = "SELECT d.doc, d.data, t.data, c.data FROM document d JOIN text t ON t.doc = d.doc JOIN coding c ON c.doc = d.doc AND c.current = 1"
    for doc, document, text, coding in file.execute(sql):
        whole = write.unpack_document(document, write.unpack_text(text))
        yield (doc, *project.indexed_text(write.unpack_coding(coding, whole, ()).article))


def _quotes(file: Connection) -> Iterator[tuple[Any, ...]]:
    each = iter(file.execute("SELECT m, doc FROM mention_fact ORDER BY m").fetchall())
    while some := list(islice(each, _ROWS)):
        mentions = write.load_mentions(file, [m for m, _ in some])
        sql = "SELECT data FROM text WHERE doc = ?"
        texts = {doc: write.unpack_text(file.execute(sql, (doc,)).get) for doc in {doc for _, doc in some}}
        yield from ((m, project.quote_of(texts[doc], mentions[m])) for m, doc in some)
