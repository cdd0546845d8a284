"""A store on a PostgreSQL server, by an address such as `postgresql://me@db.example/situation`.

One database, or one schema of it (`?options=-csearch_path%3Dname`), holds one store. The tables are those of
`schema.py` in PostgreSQL's types; `translated` is the whole difference. Every text column is collated by code point, so
that order, paging and prefixes are those of a file. Writers take turns by an advisory lock that a transaction
holds to its end: keys are given out as `max + 1`, and nothing is ever retried. Readers never wait. Raw bytes lie in the
table `blob`, put there before the row that names them, so that any host that reaches the server has all of the store.

Full text: words are taken apart here as FTS5's `unicode61` does, and stemmed by a snowball dictionary without stop words, so
that the same words find the same records. Ranks are `ts_rank`'s, not bm25, and phrases are found in a text's first 16,383 words.
Text columns cannot hold U+0000, which becomes U+FFFD there; the record itself is kept as bytes and loses nothing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import re
import time
import unicodedata
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zstandard

from communique.errors import StoreError, UsageError
from communique.store import schema
from communique.store.copying import copy_into
from communique.store.dialect import Dialect
from communique.text import digest

if TYPE_CHECKING:
    import psycopg

PREFIXES = ("postgresql://", "postgres://")
_LOCK = schema.APPLICATION_ID
_ROWS = 2000  # fetched at a time by `stream` and `select`
_MANY = 20  # rows from which COPY is quicker than statements
_MAX_WORDS, _MAX_BYTES = 100_000, 400_000  # a text's words that are searched: with positions they stay under a tsvector's 1 MB


# --- the language -------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+")


def _taken_apart(text: str) -> list[str]:
    if not text.isascii():
        text = "".join(ch for ch in unicodedata.normalize("NFD", text) if not unicodedata.combining(ch))
    return _WORD.findall(text.lower())


def _words(*texts: str) -> tuple[str, ...]:
    out = []
    for text in texts:
        words = " ".join(_taken_apart(text)[:_MAX_WORDS])
        out.append(words if len(words) * 4 <= _MAX_BYTES else words.encode()[:_MAX_BYTES].decode(errors="ignore"))
    return tuple(out)


def _match(parts: Sequence[tuple[str, bool]]) -> str:
    out = []
    for text, prefix in parts:
        words = [f"'{word}'" for word in _taken_apart(text)]
        if prefix and words:
            words[-1] += ":*"
        if words:
            out.append(f"({' <-> '.join(words)})")
    return " & ".join(out)


_FOLDED = 'lower(CAST(? AS text) COLLATE "C")'


def _same(column: str, n: int) -> str:
    return f"lower({column}) IN ({','.join([_FOLDED] * n)})"


def _matches(table: str, alias: str | None = None) -> str:
    return f"{alias or table}.words @@ to_tsquery('communique', ?)"


_WORDS = "to_tsvector('communique', CAST(? AS text))"
POSTGRES = Dialect(
    name="postgresql",
    fold=lambda column: f"lower({column})",
    same=_same,
    like=lambda column: f"lower({column}) LIKE {_FOLDED} ESCAPE '\\'",
    texts="(SELECT json_array_elements_text(CAST(? AS json)))",
    numbers="(SELECT CAST(json_array_elements_text(CAST(? AS json)) AS bigint))",
    matches=_matches,
    match=_match,
    best="SELECT f.rowid AS doc, -ts_rank('{0.25,0.25,0.25,1.0}', f.words, f.q, 1) AS rank FROM (SELECT t.rowid, t.words, q.q FROM text_fts t, "
    "to_tsquery('communique', ?) q(q) WHERE t.words @@ q.q ORDER BY t.rowid DESC LIMIT ?) f ORDER BY rank, doc",
    put_text=f"INSERT INTO text_fts(rowid, words) VALUES(?, setweight({_WORDS}, 'A') || {_WORDS})",
    put_quote=f"INSERT INTO mention_fts(rowid, words) VALUES(?, {_WORDS})",
    words=_words,
    may_name=lambda connection, index: False,
)

_QUOTED = r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\""
_MARKS = re.compile(rf"{_QUOTED}|\?|%")
_HINTS = re.compile(r"\+(?=f\.)|CROSS (?=JOIN)")  # `+f.day` and CROSS JOIN are advice to SQLite's planner alone


def _marked(sql: str) -> str:
    """`?` as psycopg's `%s`, outside of quotes; every other percent sign doubled."""
    return _MARKS.sub(lambda m: "%s" if m[0] == "?" else m[0].replace("%", "%%"), sql)


@functools.lru_cache(maxsize=2048)  # statements differ by the number of values in a list, not by the values
def spoken(sql: str, marked: bool) -> str:
    """A statement of this room as PostgreSQL takes it."""
    plain = _HINTS.sub("", sql)
    return _marked(plain) if marked else plain


_TYPES: tuple[tuple[str, Any], ...] = (
    (r"CREATE VIRTUAL TABLE [^;]+;|INSERT INTO \w+_fts[^;]+;", ""),
    (r"\) STRICT(, WITHOUT ROWID)?", ")"),
    (r"(?<=CREATE TABLE mention\()[^;]+", lambda m: re.sub(r" REFERENCES \w+", "", m[0])),  # a fourth of loading; `problems` looks instead
    (r"INTEGER PRIMARY KEY( AUTOINCREMENT)?", "bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY"),
    (r"\b(publisher|place) COLLATE NOCASE|\b(publisher)(?=, (?:day|published)\))", r"lower(\1\2)"),
    (r"\bTEXT( COLLATE NOCASE)?", 'text COLLATE "C"'),
    (r"\bINTEGER\b", "bigint"),
    (r"\bREAL\b", "double precision"),
    (r"\bBLOB\b", "bytea"),
    (r"\b(left|right)\b", r'"\1"'),
    (r"printf\('%04d-%02d-%02d', ([\w.]+)/[^)]+\)", r"""to_char(\1, 'FM0000"-"00"-"00')"""),
)


def translated(script: str) -> str:
    """Tables, indexes and views of `schema.py` in PostgreSQL's types."""
    for pattern, to in _TYPES:
        script = re.sub(pattern, to, script)
    return script


_KINDS = (
    "asciiword, word, numword, asciihword, hword, numhword, hword_asciipart, hword_part, hword_numpart, email, host, url, url_path, file, "
    "protocol, sfloat, float, int, uint, version"
)
_OWN = f"""
CREATE TEXT SEARCH DICTIONARY communique_stem (TEMPLATE = snowball, Language = english);
CREATE TEXT SEARCH CONFIGURATION communique (PARSER = default);
ALTER TEXT SEARCH CONFIGURATION communique ADD MAPPING FOR {_KINDS} WITH communique_stem;
CREATE TABLE text_fts(rowid bigint PRIMARY KEY, words tsvector NOT NULL);
CREATE INDEX text_fts_words ON text_fts USING gin(words);
CREATE TABLE mention_fts(rowid bigint PRIMARY KEY, words tsvector NOT NULL);
CREATE INDEX mention_fts_words ON mention_fts USING gin(words);
CREATE TABLE blob(sha256 text COLLATE "C" PRIMARY KEY, data bytea NOT NULL);
INSERT INTO meta VALUES('application', 'communique');
"""


# --- the connection -----------------------------------------------------------------------------------

_PLAIN_INSERT = re.compile(r"INSERT INTO (\w+(?:\([^)]*\))?) VALUES\([?,]+\)")
_INSERT = re.compile(r"(INSERT INTO \w+(?:\([^)]*\))?) VALUES\((.*)\)( ON CONFLICT.*)?", re.DOTALL)


@functools.lru_cache(maxsize=256)
def _together(sql: str, types: tuple[str, ...]) -> str | None:
    """An insertion of one row as one of many, a list for each parameter; `None` for anything else."""
    found = _INSERT.fullmatch(sql)
    if found is None:
        return None
    numbers = itertools.count()
    values = re.sub(r"\?", lambda _: f"u.c{next(numbers)}", found[2])
    lists = ", ".join(f"CAST(%s AS {kind}[])" for kind in types)
    names = ", ".join(f"c{i}" for i in range(len(types)))
    return f"{found[1]} SELECT {values} FROM unnest({lists}) AS u({names}){found[3] or ''}"


_OF = {int: "bigint", float: "double precision", str: "text", bytes: "bytea"}


def _types(columns: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    return tuple(_OF[next((type(v) for v in column if v is not None), str)] for column in columns)


class Connection:
    """psycopg's connection as the rest of the room uses one. Dials anew when the server dropped it."""

    dialect = POSTGRES

    def __init__(self, dial: Any) -> None:
        self._dial = dial
        self._raw: Any = dial()
        self._shut = False
        self._changed = self._total = 0

    @property
    def raw(self) -> Any:
        """psycopg's own."""
        if self._raw.closed and not self._shut:
            self._raw = self._dial()
        return self._raw

    def execute(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """A cursor over the statement's rows."""
        cursor = self.raw.execute(spoken(sql, bool(params)), params or None)
        self._count(cursor)
        return cursor

    def executemany(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """The statement for every row; plain insertions by COPY, others of many rows as one statement over lists (so the
        rows of an upsert must differ in their keys)."""
        plain = _PLAIN_INSERT.fullmatch(sql) if len(rows) >= _MANY else None
        with self.raw.cursor() as cursor:
            if plain is not None:
                with cursor.copy(f"COPY {plain[1]} FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            elif rows:
                columns = list(zip(*rows, strict=True)) if len(rows) >= _MANY else []
                many = _together(sql, _types(columns)) if columns else None
                if many is not None:
                    cursor.execute(many, [list(column) for column in columns])
                else:
                    cursor.executemany(spoken(sql, True), rows)
            self._count(cursor)

    def _count(self, cursor: Any) -> None:
        self._changed = max(cursor.rowcount, 0)
        self._total += self._changed

    def stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a statement, never all in memory; inside a transaction only."""
        with self.raw.cursor(name="communique_stream") as cursor:
            cursor.itersize = _ROWS
            yield from cursor.execute(sql)

    def changes(self) -> int:
        """Rows that the last statement wrote."""
        return self._changed

    def total_changes(self) -> int:
        """Rows that were written through this connection."""
        return self._total

    def close(self) -> None:
        """Hang up, for good."""
        self._shut = True
        self._raw.close()


def _library() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise StoreError("a store on PostgreSQL needs psycopg; install it with: pip install 'communique[postgres]'", value="psycopg") from error
    return psycopg


def _dialled(address: str, settings: dict[str, str]) -> Any:
    """A connection of psycopg with the settings every user of the store must share."""
    import psycopg
    from psycopg.types.string import StrDumperUnknown

    class Cursor(psycopg.Cursor[Any]):
        @property
        def get(self) -> Any:
            """The first column of the first row; `None` without rows."""
            row = self.fetchone()
            return None if row is None else row[0]

    class Text(StrDumperUnknown):
        def dump(self, obj: str) -> Any:
            return super().dump(obj.replace("\0", "\ufffd"))

    raw: psycopg.Connection[Any] = psycopg.connect(address, autocommit=True, cursor_factory=Cursor, client_encoding="utf8")
    raw.adapters.register_dumper(str, Text)
    raw.execute(
        "SELECT " + ", ".join(f"set_config('{name}', '{value}', false)" for name, value in settings.items())
        + ", CASE WHEN current_setting('synchronous_commit') = 'off' THEN set_config('synchronous_commit', 'on', false) END"
    )  # fmt: skip
    return raw


# --- the server as an engine --------------------------------------------------------------------------


class ServerEngine:
    """A store on a server; see `dialect.Engine`."""

    dialect = POSTGRES
    beside = False

    def __init__(self, address: str, *, read_only: bool, busy_seconds: float) -> None:
        self._psycopg = _library()
        self._address, self._read_only, self._busy = address, read_only, busy_seconds
        try:
            parts = self._psycopg.conninfo.conninfo_to_dict(address)
        except self._psycopg.Error as error:
            raise StoreError("this is not the address of a PostgreSQL database; give one like postgresql://user@host/database") from error
        host, port = parts.get("host") or parts.get("hostaddr") or "", parts.get("port")
        user = f"{parts['user']}@" if parts.get("user") else ""
        base = parts.get("dbname") or parts.get("user") or "postgres"
        self.name = f"postgresql://{user}{host}{f':{port}' if port else ''}/{base}"
        """The address without its password and options."""
        self.path = Path(f"{re.sub(r'[^A-Za-z0-9_-]', '-', str(base))}-{digest(self.name, str(parts.get('options')))[:8]}")
        self._connect_timeout = {} if parts.get("connect_timeout") else {"connect_timeout": "10"}

    def connect(self) -> Connection:
        settings = {
            "lock_timeout": str(max(1, int(self._busy * 1000))), "plan_cache_mode": "force_custom_plan", "jit": "off",
            "client_min_messages": "warning", "standard_conforming_strings": "on", "application_name": "communique",
            "default_transaction_read_only": "on" if self._read_only else "off",
        }  # fmt: skip
        address = self._psycopg.conninfo.make_conninfo(self._address, **self._connect_timeout)
        return Connection(lambda: _dialled(address, settings))

    def prepare(self, connection: Connection) -> None:
        if self._version(connection) == schema.VERSION:
            return
        if self._read_only:
            what = "the store is of an older version; open it once for writing first" if self._version(connection) else "there is no store here; make one with `communique add`"
            raise StoreError(f"{self.name}: {what}", where=self.name)
        with self.writing(connection):
            found = self._version(connection)
            if found == 0:
                connection.execute(translated(schema.CREATE) + _OWN)
            else:
                for step in range(found, schema.VERSION):
                    connection.execute(translated(schema.MIGRATIONS[step]))
            put = "INSERT INTO meta VALUES('schema', ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
            connection.execute(put, (str(schema.VERSION),))

    def _version(self, connection: Connection) -> int:
        """The schema version found; 0 for an empty schema. Raises for another program's tables and a newer store."""
        if connection.execute("SELECT current_schema()").get is None:
            raise StoreError(f"{self.name}: the schema that the address names is not there; make it with CREATE SCHEMA first", where=self.name)
        if connection.execute("SHOW server_encoding").get != "UTF8":
            raise StoreError(f"{self.name}: the database is not in UTF-8; make one with ENCODING 'UTF8'", where=self.name)
        tables = {row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")}
        if not tables:
            return 0
        meta = dict(connection.execute("SELECT key, value FROM meta").fetchall()) if {"meta", "rollup_dyad_month"} <= tables else {}
        if meta.get("application") != "communique":
            raise StoreError(f"{self.name}: these are another program's tables, not a store; give an empty database or schema", where=self.name)
        found = int(meta["schema"])
        if found > schema.VERSION:
            raise StoreError(
                f"{self.name}: the store has schema {found}, this program knows {schema.VERSION}; install a newer communique",
                where=self.name, value=found,
            )  # fmt: skip
        return found

    @contextlib.contextmanager
    def guard(self) -> Iterator[None]:
        try:
            yield
        except self._psycopg.Error as error:
            raise self._said(error) from error

    def _said(self, error: psycopg.Error) -> StoreError:
        errors, first = self._psycopg.errors, " ".join(str(error).split())
        kinds: list[tuple[tuple[type[Exception], ...], str]] = [
            ((errors.LockNotAvailable,), "another process has held the store for too long; try again when it is done"),
            ((errors.ReadOnlySqlTransaction,), "the store may only be read here; open it where it may be written"),
            ((errors.InsufficientPrivilege,), "this role may not do that; give it rights on the store's tables"),
            ((errors.DiskFull, errors.OutOfMemory, errors.TooManyConnections), "the server has no room left; make some and try again: nothing half-written was kept"),
            ((errors.DataCorrupted, errors.IndexCorrupted), "the store is damaged; restore a dump, or run `communique doctor --deep`"),
            ((errors.UndefinedTable, errors.UndefinedColumn), "a table of the store is missing; restore a dump"),
            ((self._psycopg.OperationalError, self._psycopg.InterfaceError), "the server cannot be reached, or hung up; check the address and the server, then try again"),
        ]  # fmt: skip
        for types, words in kinds:
            if isinstance(error, types):
                return StoreError(f"{self.name}: {words}", where=self.name, value=first)
        return StoreError(f"{self.name}: {first}", where=self.name, value=first)

    @contextlib.contextmanager
    def writing(self, connection: Connection) -> Iterator[Connection]:
        with self._within(connection, "BEGIN", "COMMIT"):
            connection.execute("SELECT pg_advisory_xact_lock(?, hashtext(current_schema()))", (_LOCK,))
            yield connection

    @contextlib.contextmanager
    def reading(self, connection: Connection) -> Iterator[Connection]:
        with self._within(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "ROLLBACK"):
            yield connection

    @contextlib.contextmanager
    def _within(self, connection: Connection, begin: str, end: str) -> Iterator[None]:
        connection.execute(begin)
        raw = connection.raw
        try:
            yield
        except BaseException:
            if not raw.closed:
                raw.execute("ROLLBACK")
            raise
        if connection.raw is not raw:  # hung up and dialled anew in between: the transaction is gone
            raise StoreError(f"{self.name}: the server hung up in the middle; nothing was kept, try again", where=self.name)
        done = connection.execute(end).statusmessage
        if done != end:
            raise StoreError(f"{self.name}: the server did not keep the transaction; try again", where=self.name, value=done)

    @contextlib.contextmanager
    def bulk(self, connection: Connection) -> Iterator[None]:
        """Indexes stay: dropping one would make every reader wait. Batches are larger, and the planner is told of the rows after."""
        yield
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall():
            connection.execute(f'ANALYZE "{table}"')

    def write_blob(self, connection: Connection, raw: bytes) -> str:
        sha256 = hashlib.sha256(raw).hexdigest()
        if connection.execute("SELECT 1 FROM blob WHERE sha256 = ?", (sha256,)).fetchone() is None:
            packed = zstandard.ZstdCompressor(level=6).compress(raw)
            connection.execute("INSERT INTO blob VALUES(?,?) ON CONFLICT DO NOTHING", (sha256, packed))
        return sha256

    def read_blob(self, connection: Connection, sha256: str) -> bytes | None:
        packed = connection.execute("SELECT data FROM blob WHERE sha256 = ?", (sha256,)).get
        if packed is None:
            return None
        try:
            raw = zstandard.ZstdDecompressor().decompress(packed)
        except zstandard.ZstdError as error:
            raise StoreError(f"{self.name}: the kept bytes {sha256[:12]}… are damaged; restore them from a dump", where=self.name) from error
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise StoreError(f"{self.name}: the kept bytes {sha256[:12]}… do not match their digest; restore them from a dump", where=self.name)
        return raw

    def size(self, connection: Connection) -> int:
        """Of the store's tables and their indexes."""
        sql = "SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class WHERE relkind = 'r' AND relnamespace = CAST(current_schema() AS regnamespace)"
        return int(connection.execute(sql).get)

    def problems(self, connection: Connection, deep: bool) -> list[str]:
        """Indexes that are missing or were left half made. Pages are the server's own to check (pg_amcheck)."""
        wanted = set(re.findall(r"INDEX (\w+) ON", translated(schema.CREATE) + _OWN))
        sql = "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indisvalid AND c.relnamespace = CAST(current_schema() AS regnamespace)"
        missing = wanted - {row[0] for row in connection.execute(sql)}
        found = [f"{len(missing)} index(es) missing or invalid ({', '.join(sorted(missing)[:3])}); make them again"] if missing else []
        for name, table in (("doc", "document"), ("c", "coding")):
            sql = f"SELECT count(*) FROM mention n WHERE n.{name} IS NOT NULL AND NOT EXISTS(SELECT 1 FROM {table} t WHERE t.{name} = n.{name})"
            if n := connection.execute(sql).get:
                found.append(f"{n} row(s) of mention name a {table} that is not there")
        return found

    def select(self, statement: str, params: Sequence[Any], seconds: float, rows: int) -> list[dict[str, Any]]:
        """Through a cursor, which takes one statement that returns rows and nothing else, in a transaction that only reads."""
        psycopg = self._psycopg
        plain = statement.strip().removesuffix(";")
        end = time.monotonic() + seconds
        connection = self.connect()
        try:
            raw = connection.raw
            raw.execute("BEGIN READ ONLY")
            raw.execute(f"SELECT set_config('statement_timeout', '{max(1, int(seconds * 1000))}', true)")
            raw.execute(f"DECLARE asked NO SCROLL CURSOR FOR {_marked(plain) if params else plain}", tuple(params) or None, prepare=True)
            out: list[dict[str, Any]] = []
            while len(out) < rows:
                if time.monotonic() > end:
                    raise psycopg.errors.QueryCanceled("time is up")
                found = raw.execute(f"FETCH {min(_ROWS, rows - len(out))} FROM asked")
                names = [column.name for column in found.description or ()]
                part = found.fetchall()
                out += [dict(zip(names, map(_number, row), strict=True)) for row in part]
                if len(part) < _ROWS:
                    break
            return out
        except psycopg.errors.QueryCanceled as error:
            raise StoreError(f"the query took more than {seconds:g} s; narrow it", value=statement) from error
        except (psycopg.ProgrammingError, psycopg.DataError, psycopg.NotSupportedError, psycopg.InternalError) as error:
            if not re.match(r"(?i)[\s(]*(select|with|values|table)\b", plain) or str(error.sqlstate).startswith("25"):
                raise UsageError("only reading is allowed here: one SELECT", value=statement) from error
            raise UsageError(f"the query is not understood: {' '.join(str(error).split())}", value=statement) from error
        finally:
            connection.close()

    def snapshot(self, connection: Connection, target: Path) -> None:
        """One plain file, in the state of now; the raw bytes stay on the server."""
        with self.reading(connection):
            copy_into(connection, target)


def _number(value: Any) -> Any:
    """Sums of integers come as decimals: as the plain numbers they are in a file."""
    if not isinstance(value, Decimal):
        return value
    return int(value) if value == value.to_integral_value() else float(value)
