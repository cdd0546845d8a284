"""Where two databases speak differently, and the one interface both are used through.

All SQL of this room is written once, in what SQLite and PostgreSQL share (upserts with a named target, `RETURNING`,
`IS DISTINCT FROM`, `NULLS FIRST`). The few things that have no shared form are the fields of `Dialect`: letters
of either case, full text, and lists handed in as one parameter. An `Engine` is one database at one address: how
it is opened, locked, read in one state, and where raw bytes lie. `connect.py` has the one for a file, `postgres.py` the
one for a server. No query builder and no mapper: a statement in the code is the statement that runs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

Connection: TypeAlias = Any
"""An `apsw.Connection` or a `postgres.Connection`: `execute` (a cursor with `get`, `fetchone`, `fetchall`, iteration),
`executemany`, `stream`, `changes`, `total_changes` and `dialect`. Neither library types what a row holds; that is
stated by the record it is decoded into."""


class Dialect(NamedTuple):
    """What has no form in SQL that both understand."""

    name: str
    fold: Callable[[str], str]
    """A column as it is grouped when the case of ASCII letters does not count."""
    same: Callable[[str, int], str]
    """A test that a column is one of so many parameters, whatever the case of ASCII letters."""
    like: Callable[[str], str]
    """A test that a column is like a parameter (`%`, `_`, escaped by a backslash), whatever the case."""
    texts: str
    """`(SELECT ...)` over the strings of one parameter, a JSON array."""
    numbers: str
    """The same over integers."""
    matches: Callable[..., str]
    """A test that a row of a search table (under an alias) matches one parameter made by `match`."""
    match: Callable[[Sequence[tuple[str, bool]]], str]
    """(word or phrase, whether it is a prefix) as a query that wants all of them."""
    best: str
    """Of the documents that match one parameter the last so many (a second one): with their rank, lowest is best, in that order."""
    put_text: str
    """The statement that makes a document's title and body searchable: key, then what `words` makes of both."""
    put_quote: str
    """The same for a mention's quote."""
    words: Callable[..., tuple[str, ...]]
    """Texts as the search tables take them in."""
    may_name: Callable[[Connection, str], bool]
    """Whether a statement may name this index to be walked: it is there, and the database takes such advice."""


class Engine(Protocol):
    """One store's database. `name` is what messages call it, `path` where files beside the store lie."""

    name: str
    path: Path
    dialect: Dialect
    beside: bool
    """Whether a transaction gains by being ended by another thread than the one that began it."""

    def connect(self) -> Connection: ...
    def prepare(self, connection: Connection) -> None:
        """Make the tables of a new store, or bring an older one up to date; refuse what is no store, or a newer one."""
        ...

    def guard(self) -> AbstractContextManager[None]:
        """Whatever the database raises inside, as a one-line `StoreError` that says what to do next."""
        ...

    def writing(self, connection: Connection) -> AbstractContextManager[Connection]:
        """One write transaction; writers take turns. Rolled back whole on any exception."""
        ...

    def reading(self, connection: Connection) -> AbstractContextManager[Connection]:
        """One state of the store throughout; writes nothing."""
        ...

    def bulk(self, connection: Connection) -> AbstractContextManager[None]: ...
    def write_blob(self, connection: Connection, raw: bytes) -> str: ...
    def read_blob(self, connection: Connection, sha256: str) -> bytes | None: ...
    def size(self, connection: Connection) -> int: ...
    def problems(self, connection: Connection, deep: bool) -> list[str]: ...
    def select(self, statement: str, params: Sequence[Any], seconds: float, rows: int) -> list[dict[str, Any]]: ...
    def snapshot(self, connection: Connection, target: Path) -> None: ...


def _matches(table: str, alias: str | None = None) -> str:
    return f"{alias}.{table} MATCH ?" if alias else f"{table} MATCH ?"


def _match(parts: Sequence[tuple[str, bool]]) -> str:
    return " ".join(f'"{words}"{"*" if prefix else ""}' for words, prefix in parts)


def _may_name(connection: Connection, index: str) -> bool:
    """Whether the index is there; during a bulk load it may not be."""
    return connection.execute("SELECT 1 FROM sqlite_schema WHERE type = 'index' AND name = ?", (index,)).fetchone() is not None


SQLITE = Dialect(
    name="sqlite",
    fold=lambda column: f"{column} COLLATE NOCASE",
    same=lambda column, n: f"{column} COLLATE NOCASE IN ({','.join('?' * n)})",
    like=lambda column: f"{column} LIKE ? ESCAPE '\\'",
    texts="(SELECT value FROM json_each(?))",
    numbers="(SELECT value FROM json_each(?))",
    matches=_matches,
    match=_match,
    best="SELECT doc, rank FROM (SELECT rowid AS doc, bm25(text_fts, 4.0, 1.0) AS rank FROM text_fts WHERE text_fts MATCH ? "
    "ORDER BY rowid DESC LIMIT ?) q ORDER BY rank, doc",
    put_text="INSERT INTO text_fts(rowid, title, body) VALUES(?,?,?)",
    put_quote="INSERT INTO mention_fts(rowid, quote) VALUES(?,?)",
    words=lambda *texts: texts,
    may_name=_may_name,
)
