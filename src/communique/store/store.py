"""The store: one SQLite file through apsw, or a schema on a PostgreSQL server; the same code and promises for both.

What a document says is a fact and is never edited; what is concluded is derived and rebuilt. `add` returning
means that the document is on the disk, whole; a process killed at any moment leaves no half document. Many
processes may have the store open; writers take turns (short transactions, 30 s of patience), readers never wait.
A `Store` may be shared by threads: each gets its own connection.

Records come back as shown: with people's standing corrections applied (`review.py`). `document()` gives what the
coder said, untouched.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from communique.errors import StoreError
from communique.store import acts, check, connect, postgres, queue
from communique.store.handle import utc_now
from communique.store.judged import Judged
from communique.store.rows import Flat, Rows


def open_store(path: str | Path, *, read_only: bool = False) -> Store:
    """The store at `path`, or at an address `postgresql://…`, made when new (unless `read_only`). Raises a one-line
    `StoreError`."""
    return Store(path, read_only=read_only)


def is_there(address: str | Path) -> bool:
    """Whether a store may be at this address: a file that exists, or any on a server, which says itself what is wrong."""
    return str(address).startswith(postgres.PREFIXES) or Path(address).exists()


class Store(Judged):
    """A context manager over one store. See the module's docstring for what it promises."""

    def put_job(self, task: queue.Task) -> bool:
        """Enter a job as waiting, on the disk; False when the same one waits or runs already."""
        return self._write(lambda c: queue.put(c, task, time.time()))

    def take_job(self, owner: str, *, seconds: float) -> queue.Task | None:
        """The oldest job that waits or whose lease ran out, leased to `owner` for so long; `None` when there is none."""
        return self._write(lambda c: queue.take(c, owner, time.time(), seconds))

    def renew_job(self, id: str, owner: str, data: str, *, seconds: float) -> bool:
        """Note a job's progress (JSON) and keep its lease; False when another worker has it by now."""
        return self._write(lambda c: queue.renew(c, id, owner, data, time.time(), seconds))

    def end_job(self, id: str, owner: str, data: str, state: Literal["done", "failed"]) -> bool:
        """A job is over and its files are let go; False when another worker has it by now."""
        return self._write(lambda c: queue.end(c, id, owner, data, state))

    def job(self, id: str) -> str | None:
        """A job's progress as JSON; `None` when unknown."""
        return next(iter(self._read(lambda c: queue.progress(c, [id]))), None)

    # --- doors for analysts, and care -------------------------------------------------------------------

    def find(self, prefix: str) -> tuple[str, str]:
        """(kind, id) of the one document, mention, event, story, commitment, run, judgement or review whose id
        starts so. Raises `UsageError` when there is none, or more than one."""
        return self._read(lambda c: acts.find(c, prefix))

    def sql(self, statement: str, params: Sequence[Any] = (), *, seconds: float = 10.0, rows: int = 100_000) -> Rows[Flat]:
        """The rows of a read-only SQL statement as dicts, within a time limit. The tables are those of
        docs/records.md; the flat views are `mentions`, `events`, `dyad_months`."""
        with self._engine.guard():
            return Rows(self._engine.select(statement, params, seconds, rows), list)

    def snapshot(self, path: str | Path) -> Path:
        """A copy of the store as one plain file for outside tools, whole even while others write. Raises
        `StoreError` when the path exists. The raw bytes beside the store are not copied."""
        target = Path(path)
        if target.exists():
            raise StoreError(f"{target}: this exists already; give a new path for the snapshot", where=str(target))
        connect.check_path(target, read_only=False)
        try:
            self._read(lambda c: self._engine.snapshot(c, target))
        except BaseException:
            target.unlink(missing_ok=True)  # half a copy would look like one
            raise
        return target

    def counts(self) -> dict[str, int]:
        """How many of each there are, and the file's size in bytes."""
        return self._read(lambda c: check.counts(c, self._engine))

    def check(self, *, deep: bool = False) -> list[str]:
        """Problems found, one line each; none is well. `deep` recomputes every index row and roll-up from the
        facts and compares, re-checks every text's digest and every kept blob."""
        return self._read(lambda c: check.run(c, self._engine, deep=deep))

    def rebuild(self) -> None:
        """Make every index row and roll-up anew from the facts, in one transaction."""
        self._write(lambda c: check.rebuild(c, utc_now()))
