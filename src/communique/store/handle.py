"""One open store: its connections (one a thread), reading, writing, and closing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from communique.errors import StoreError
from communique.store import connect, postgres, query, write
from communique.store.dialect import Connection, Engine

T = TypeVar("T")

if TYPE_CHECKING:
    from communique.store.columns import Columns


def engine_at(address: str | Path, *, read_only: bool, busy_seconds: float) -> Engine:
    """The database at this address: a file's path, or `postgresql://…`."""
    if str(address).startswith(postgres.PREFIXES):
        return postgres.ServerEngine(str(address), read_only=read_only, busy_seconds=busy_seconds)
    return connect.FileEngine(Path(address), read_only=read_only, busy_seconds=busy_seconds)


def utc_now() -> str:
    """The instant, ISO 8601 in UTC to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Handle:
    """A context manager over one store. `path` is where files beside
    the store lie: the store's own path, or for one on a server a name in the current folder."""

    def __init__(self, path: str | Path, *, read_only: bool = False, busy_seconds: float = connect.BUSY_SECONDS) -> None:
        self._engine = engine_at(path, read_only=read_only, busy_seconds=busy_seconds)
        self.path = self._engine.path
        self.read_only = read_only
        self._local = threading.local()
        self._open: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._bulk = False
        self._columns: dict[query.Kind, Columns] = {}
        self._refreshing = threading.Lock()
        with self._engine.guard():
            self._engine.prepare(self._connection())

    @property
    def name(self) -> str:
        """What messages call the store: its path, or its address without a password."""
        return self._engine.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; closing twice is closing once."""
        with self._lock:
            self._closed = True
            for connection in self._open:
                connection.close()
            self._open.clear()

    def _connection(self) -> Connection:
        if self._closed:
            raise StoreError(f"{self._engine.name}: the store was closed; open it again", where=self._engine.name)
        connection: Connection = getattr(self._local, "connection", None)
        self._ended()
        if connection is None:
            connection = self._engine.connect()
            self._local.connection = connection
            with self._lock:
                self._open.append(connection)
        return connection

    def _ended(self) -> None:
        """Wait for this thread's transaction that is being ended beside; raises what went wrong in it."""
        ending: write.Ending | None = getattr(self._local, "ending", None)
        if ending is not None:
            self._local.ending = None
            with self._engine.guard():
                ending.wait()

    def _read(self, run: Callable[[Connection], T]) -> T:
        with self._engine.guard():
            return run(self._connection())

    def _write(self, run: Callable[[Connection], T]) -> T:
        if self.read_only:
            raise StoreError(f"{self._engine.name}: the store is open for reading only", where=self._engine.name)
        with self._engine.guard(), self._engine.writing(self._connection()) as connection:
            return run(connection)
