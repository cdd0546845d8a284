"""Opening the file, and everything that may go wrong in doing so, as one line.

One SQLite library only: apsw's own, at least 3.51.3 (older ones can lose commits when one process
checkpoints while another writes), never the standard library's on the same file, and never memory-mapped.
WAL needs one host, so network file systems are refused. `synchronous=FULL`: what `add` acknowledged is on the
disk. Raw bytes lie beside the file, named by their digest, whole before any row names them.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import apsw
import msgspec
import zstandard

from communique.errors import StoreError, UsageError
from communique.store import schema
from communique.store.dialect import SQLITE, Connection

MIN_SQLITE = (3, 51, 3)
BUSY_SECONDS = 30.0
_CHECKPOINT_PAGES = 8000  # 32 MB of log; folding it in at SQLite's 1000 rewrites hot index pages at every batch
_BULK_PAGES = 32000  # 128 MB in a bulk load, whose transactions are eight times as large
NETWORK = frozenset(
    ["nfs", "nfs3", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "9p", "afs", "ceph", "lustre", "gpfs", "beegfs", "glusterfs", "fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.rclone", "fuse.s3fs", "davfs", "fuse.davfs2", "ncpfs", "vboxsf"]
)


_ROWS = 50  # of one insertion; more gain nothing
_NARROW = re.compile(r"(INSERT INTO (?:mention|fingerprint|(?:mention|event)_(?:country|entity|dyad|context|speaker))(?:\([\w, ]+\))? VALUES)(\([?,]+\))")

_SEARCHED = re.compile(r"INSERT INTO (?:text|mention)_fts\(([\w, ]+)\) VALUES\([?,]+\)")
_WORDS = 8 << 20  # characters of one step; a single text may be longer


@functools.lru_cache(maxsize=64)
def _together(sql: str) -> str | None:
    """An insertion of one narrow row as one of `_ROWS`; `None` for others, which it would slow: values are copied once
    more, and a search table writes out what it gathered before each."""
    found = _NARROW.fullmatch(sql)
    return f"{found[1]}{','.join([found[2]] * _ROWS)}" if found is not None else None


class FileConnection(apsw.Connection):
    """apsw's own connection, which says what it speaks."""

    dialect = SQLITE

    def executemany(self, sql: str, rows: Any) -> Any:  # type: ignore[override]
        """The statement for every row; narrow rows are put in fifty at a time, a third less work than one by one."""
        many = _together(sql) if isinstance(rows, list) and len(rows) >= _ROWS else None
        if many is None:
            searched = _SEARCHED.fullmatch(sql) if isinstance(rows, list) and len(rows) >= _ROWS else None
            return super().executemany(sql, rows) if searched is None else self._put_words(searched, rows)
        whole = len(rows) - len(rows) % _ROWS
        flat = (tuple(itertools.chain.from_iterable(rows[i : i + _ROWS])) for i in range(0, whole, _ROWS))
        super().executemany(many, flat)
        return super().executemany(sql, rows[whole:])

    def _put_words(self, found: re.Match[str], rows: list[Any]) -> Any:
        """Rows of a search table in few long steps, during which Python's other threads run."""
        names = found[1].count(",") + 1
        sql = f"{found[0].partition(' VALUES')[0]} SELECT {', '.join(f'value->>{i}' for i in range(names))} FROM json_each(?)"
        part: list[Any] = []
        size = 0
        for row in rows:
            part.append(row)
            size += sum(len(words) for words in row[1:])
            if size > _WORDS:
                self.execute(sql, (msgspec.json.encode(part).decode(),))
                part, size = [], 0
        return self.execute(sql, (msgspec.json.encode(part).decode(),))

    def stream(self, sql: str) -> Any:
        """The rows of a statement, never all in memory; other statements may run meanwhile."""
        return self.execute(sql)


@contextlib.contextmanager
def guard(path: Path) -> Iterator[None]:
    """Whatever SQLite raises inside, as a one-line `StoreError` that says what to do next."""
    try:
        yield
    except apsw.Error as error:
        raise _translated(path, error) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; check the disk and permissions", where=str(path)) from error


def _translated(path: Path, error: apsw.Error) -> StoreError:
    kinds: list[tuple[tuple[type[apsw.Error], ...], str]] = [
        ((apsw.BusyError, apsw.LockedError), "another process has held the store for too long; try again when it is done"),
        ((apsw.NotADBError,), "this is not a store; give the path of a store, or a new path to make one"),
        ((apsw.CorruptError, apsw.FormatError), "the store is damaged; restore a snapshot, or run `communique doctor --deep`"),
        ((apsw.CantOpenError,), "the store cannot be opened; check that the folder exists and may be written"),
        ((apsw.ReadOnlyError, apsw.PermissionsError), "the store may only be read here; open it where it may be written"),
        ((apsw.FullError,), "the disk is full; make room and try again: nothing half-written was kept"),
        ((apsw.IOError,), "the disk gave an error; check it, then run `communique doctor --deep`"),
        ((apsw.ConnectionClosedError, apsw.CursorClosedError), "the store was closed; open it again"),
    ]
    for types, words in kinds:
        if isinstance(error, types):
            return StoreError(f"{path}: {words}", where=str(path), value=str(error))
    return StoreError(f"{path}: {' '.join(str(error).split())}", where=str(path), value=str(error))


def assert_library() -> None:
    """Raise `StoreError` unless the SQLite in use is one that keeps what was committed."""
    found = apsw.sqlite_lib_version()
    if tuple(int(part) for part in found.split(".")[:3]) < MIN_SQLITE:
        need = ".".join(map(str, MIN_SQLITE))
        raise StoreError(f"SQLite {found} can lose commits; apsw with SQLite {need} or newer is needed", value=found)


def filesystem_of(path: Path, mounts: str | None = None) -> str | None:
    """The type of the file system that holds `path`, from the mount table; `None` where there is no table."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
    real = os.path.realpath(path)
    best, kind = "", None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields, kinds = left.split(), right.split()
        if len(fields) < 5 or not kinds:
            continue
        point = fields[4].replace("\\040", " ")
        inside = real == point or real.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):
            best, kind = point, kinds[0]
    return kind


def check_path(path: Path, *, read_only: bool, mounts: str | None = None) -> None:
    """Raise a one-line `StoreError` for every path that cannot be a store."""
    if path.is_dir():
        raise StoreError(f"{path}: this is a folder; give the path of a store file", where=str(path))
    if not path.parent.is_dir():
        raise StoreError(f"{path}: the folder {path.parent} does not exist; make it first", where=str(path))
    if read_only and not path.exists():
        raise StoreError(f"{path}: there is no store here; make one with `communique add`", where=str(path))
    kind = filesystem_of(path.parent, mounts)
    if kind is not None and kind.lower() in NETWORK:
        raise StoreError(
            f"{path}: {kind} is a network file system, on which SQLite's locks are not safe; use a local disk, "
            "or work on a snapshot",
            where=str(path),
            value=kind,
        )


def connect(path: Path, *, read_only: bool = False, busy_seconds: float = BUSY_SECONDS) -> FileConnection:
    """A connection with the settings every user of the file must share."""
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    connection = FileConnection(str(path), flags=flags)
    connection.set_busy_timeout(int(busy_seconds * 1000))
    connection.pragma("mmap_size", 0)
    connection.pragma("foreign_keys", True)
    connection.pragma("cache_size", -128 * 1024)  # KiB, taken as needed
    connection.pragma("temp_store", 2)
    if read_only:
        connection.pragma("query_only", True)
        return connection
    if connection.pragma("journal_mode", "wal") != "wal":
        raise StoreError(f"{path}: write-ahead logging cannot be had on this disk; use a local one", where=str(path))
    connection.pragma("synchronous", 2)
    connection.wal_autocheckpoint(_CHECKPOINT_PAGES)
    return connection


def prepare(path: Path, connection: apsw.Connection, *, read_only: bool) -> None:
    """Make the tables of a new store, or bring an older one up to date; refuse a foreign or newer file."""
    if _version(path, connection) == schema.VERSION:
        if not read_only:
            mend_indexes(connection)
        return
    if read_only:
        raise StoreError(f"{path}: the store is of an older version; open it once for writing first", where=str(path))
    with transaction(connection):
        found = _version(path, connection)
        if found == 0:
            connection.execute(schema.CREATE)
            connection.pragma("application_id", schema.APPLICATION_ID)
        else:
            for step in range(found, schema.VERSION):
                connection.execute(schema.MIGRATIONS[step])
        connection.pragma("user_version", schema.VERSION)


def missing_indexes(connection: apsw.Connection) -> list[str]:
    """Names of indexes that a bulk load took away and has not made again."""
    have = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'index'")}
    return [name for name in schema.DEFERRED if name not in have]


def mend_indexes(connection: apsw.Connection) -> None:
    """Make the indexes that are missing: one transaction each, so that other writers get their turn."""
    for name in missing_indexes(connection):
        with transaction(connection):
            connection.execute(schema.DEFERRED[name].replace("CREATE INDEX", "CREATE INDEX IF NOT EXISTS"))


@contextlib.contextmanager
def bulk(connection: apsw.Connection) -> Iterator[None]:
    """Without the deferred indexes inside, with them after; the log is folded in less often. Rows are as durable as
    ever. A process killed inside leaves a store that is whole but slow to search until it is opened for writing."""
    with transaction(connection):
        for name in schema.DEFERRED:
            connection.execute(f"DROP INDEX IF EXISTS {name}")
    connection.wal_autocheckpoint(_BULK_PAGES)
    connection.pragma("threads", 2)  # that sort an index beside the one that reads
    try:
        yield
    finally:
        mend_indexes(connection)
        connection.pragma("threads", 0)
        connection.wal_autocheckpoint(_CHECKPOINT_PAGES)


def _version(path: Path, connection: apsw.Connection) -> int:
    """The schema version found; 0 for an empty file. Raises for another program's file and a newer store."""
    found, owner = connection.pragma("user_version"), connection.pragma("application_id")
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").get
    if owner != schema.APPLICATION_ID and tables:
        raise StoreError(f"{path}: this is another program's database, not a store; give a new path", where=str(path))
    if found > schema.VERSION:
        raise StoreError(
            f"{path}: the store has schema {found}, this program knows {schema.VERSION}; install a newer communique",
            where=str(path),
            value=found,
        )
    return int(found)


@contextlib.contextmanager
def transaction(connection: apsw.Connection) -> Iterator[apsw.Connection]:
    """One write transaction that takes its lock at once; rolled back whole on any exception."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


# --- one reading statement from outside ----------------------------------------------------------------


def select(connection: Connection, statement: str, params: Sequence[Any], seconds: float, rows: int) -> list[dict[str, Any]]:
    """Rows of one read-only statement; stops with `StoreError` at the time limit, `UsageError` for anything else."""
    end = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > end, 10_000)
    connection.set_authorizer(_only_reads)
    try:
        cursor = connection.cursor()
        cursor.execute(statement, tuple(params))
        try:
            names = [column[0] for column in cursor.get_description()]
        except apsw.ExecutionCompleteError:
            return []
        out = []
        for row in cursor:
            out.append(dict(zip(names, row, strict=True)))
            if len(out) >= rows:
                break
        return out
    except apsw.InterruptError as error:
        raise StoreError(f"the query took more than {seconds:g} s; narrow it, or take a snapshot", value=statement) from error
    except (apsw.AuthError, apsw.ReadOnlyError) as error:
        raise UsageError("only reading is allowed here: one SELECT", value=statement) from error
    except (apsw.SQLError, apsw.BindingsError) as error:
        raise UsageError(f"the query is not understood: {' '.join(str(error).split())}", value=statement) from error


_READS = frozenset({apsw.SQLITE_SELECT, apsw.SQLITE_READ, apsw.SQLITE_FUNCTION, apsw.SQLITE_RECURSIVE})


def _only_reads(action: int, first: str | None, second: str | None, database: str | None, trigger: str | None) -> int:
    if action in _READS or (action == apsw.SQLITE_PRAGMA and first in ("table_info", "table_xinfo", "data_version")):
        return int(apsw.SQLITE_OK)
    return int(apsw.SQLITE_DENY)


# --- raw bytes beside the file ----------------------------------------------------------------------


def blob_path(store: Path, sha256: str) -> Path:
    """Where the bytes with this digest lie: `<store>.blobs/ab/<sha256>.zst`."""
    return store.with_name(store.name + ".blobs") / sha256[:2] / f"{sha256}.zst"


def write_blob(store: Path, raw: bytes) -> str:
    """Keep the bytes, durably and whole, and return their SHA-256. Keeping them twice is keeping them once."""
    sha256 = hashlib.sha256(raw).hexdigest()
    path = blob_path(store, sha256)
    if path.exists():
        return sha256
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".part-", delete=False) as part:
        part.write(zstandard.ZstdCompressor(level=6).compress(raw))
        part.flush()
        os.fsync(part.fileno())
    os.replace(part.name, path)
    for folder in (path.parent, path.parent.parent):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    return sha256


def read_blob(store: Path, sha256: str) -> bytes | None:
    """The bytes with this digest, checked against it; `None` when they were not kept."""
    path = blob_path(store, sha256)
    try:
        packed = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        raw = zstandard.ZstdDecompressor().decompress(packed)
    except zstandard.ZstdError as error:
        raise StoreError(f"{path}: the kept bytes are damaged; restore them from a copy", where=str(path)) from error
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise StoreError(f"{path}: the kept bytes do not match their digest; restore them from a copy", where=str(path))
    return raw


# --- the file as an engine --------------------------------------------------------------------------------


class FileEngine:
    """A store in one SQLite file; see `dialect.Engine`."""

    dialect = SQLITE
    beside = True

    def __init__(self, path: Path, *, read_only: bool, busy_seconds: float) -> None:
        assert_library()
        check_path(path, read_only=read_only)
        self.path, self.name = path, str(path)
        self._read_only, self._busy_seconds = read_only, busy_seconds

    def connect(self) -> Connection:
        return connect(self.path, read_only=self._read_only, busy_seconds=self._busy_seconds)

    def prepare(self, connection: Connection) -> None:
        prepare(self.path, connection, read_only=self._read_only)

    def guard(self) -> AbstractContextManager[None]:
        return guard(self.path)

    def writing(self, connection: Connection) -> AbstractContextManager[Connection]:
        return transaction(connection)

    @contextlib.contextmanager
    def reading(self, connection: Connection) -> Iterator[Connection]:
        connection.execute("BEGIN")
        try:
            yield connection
        finally:
            connection.execute("ROLLBACK")

    def bulk(self, connection: Connection) -> AbstractContextManager[None]:
        return bulk(connection)

    def write_blob(self, connection: Connection, raw: bytes) -> str:
        return write_blob(self.path, raw)

    def read_blob(self, connection: Connection, sha256: str) -> bytes | None:
        return read_blob(self.path, sha256)

    def size(self, connection: Connection) -> int:
        """Of the file and its log, where what is not yet folded in lies."""
        log = self.path.with_name(self.path.name + "-wal")
        return self.path.stat().st_size + (log.stat().st_size if log.exists() else 0)

    def problems(self, connection: Connection, deep: bool) -> list[str]:
        """What the library finds wrong with the file's pages, references and indexes."""
        pragma = "integrity_check" if deep else "quick_check"
        found = [f"file: {row[0]}" for row in connection.execute(f"PRAGMA {pragma}(20)") if row[0] != "ok"]
        found += [f"a row of {row[0]} names a {row[2]} that is not there" for row in connection.execute("PRAGMA foreign_key_check")]
        missing = missing_indexes(connection)
        if missing:
            found.append(f"{len(missing)} index(es) missing: a bulk load runs or was stopped; open the store for writing to mend it")
        return found

    def select(self, statement: str, params: Sequence[Any], seconds: float, rows: int) -> list[dict[str, Any]]:
        connection = connect(self.path, read_only=True, busy_seconds=self._busy_seconds)
        try:
            return select(connection, statement, params, seconds, rows)
        finally:
            connection.close()

    def snapshot(self, connection: Connection, target: Path) -> None:
        with contextlib.closing(connect(self.path, read_only=True, busy_seconds=self._busy_seconds)) as reader:
            reader.pragma("query_only", False)  # which forbids writing any file; this one is opened for reading all the same
            reader.execute("VACUUM INTO ?", (str(target),))
