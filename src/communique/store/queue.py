"""Jobs that outlive the process that took them in: rows with a lease, and no broker.

A job's files lie in its row until it ends. A worker takes the oldest that waits, or whose worker has stopped renewing its
lease, and renews while it works; a worker that lost its lease (it slept, or was thought dead) is told so at its next
renewal and stops. A job taken three times without an end is given up: whatever is in it kills workers.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import zstandard

from communique.store.dialect import Connection

TRIES = 3


class Task(NamedTuple):
    """A job as a worker gets it. `data` is its progress as JSON."""

    id: str
    data: str
    files: list[tuple[str, bytes]]
    publisher: str | None
    published: str | None


def put(connection: Connection, task: Task, now: float) -> bool:
    """Enter a job as waiting; False when the same one waits or runs already."""
    row = connection.execute("SELECT state FROM job WHERE id = ?", (task.id,)).fetchone()
    if row is not None and row[0] in ("waiting", "running"):
        return False
    connection.execute("DELETE FROM job WHERE id = ?", (task.id,))
    given = msgspec.json.encode([[[n, base64.b64encode(b).decode()] for n, b in task.files], task.publisher, task.published])
    connection.execute(
        "INSERT INTO job(id, state, data, given, owner, lease, tries, at) VALUES(?,'waiting',?,?,NULL,0,0,?)",
        (task.id, task.data, zstandard.ZstdCompressor(level=3).compress(given), now),
    )
    return True


def take(connection: Connection, owner: str, now: float, seconds: float) -> Task | None:
    """The oldest job that waits or was left by its worker, now this worker's for so long; `None` when there is none."""
    lost = connection.execute("SELECT j, data FROM job WHERE state = 'running' AND lease < ? AND tries >= ?", (now, TRIES)).fetchall()
    for j, data in lost:
        told = msgspec.json.encode({**msgspec.json.decode(data), "state": "failed", "error": f"given up: {TRIES} workers stopped while at it"}).decode()
        connection.execute("UPDATE job SET state = 'failed', given = NULL, data = ? WHERE j = ?", (told, j))
    sql = "SELECT j, id, data, given FROM job WHERE state = 'waiting' OR (state = 'running' AND lease < ?) ORDER BY j LIMIT 1"
    row = connection.execute(sql, (now,)).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE job SET state = 'running', owner = ?, lease = ?, tries = tries + 1 WHERE j = ?", (owner, now + seconds, row[0]))
    files, publisher, published = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(row[3]))
    return Task(row[1], row[2], [(n, base64.b64decode(b)) for n, b in files], publisher, published)


def renew(connection: Connection, id: str, owner: str, data: str, now: float, seconds: float) -> bool:
    """Keep the lease and the progress; False when the job is another worker's by now."""
    connection.execute(
        "UPDATE job SET data = ?, lease = ? WHERE id = ? AND owner = ? AND state = 'running'", (data, now + seconds, id, owner)
    )
    return bool(connection.changes() == 1)


def end(connection: Connection, id: str, owner: str, data: str, state: str) -> bool:
    """The job is over; its files are let go. False when it is another worker's by now."""
    connection.execute(
        "UPDATE job SET data = ?, state = ?, given = NULL, owner = NULL WHERE id = ? AND owner = ? AND state = 'running'",
        (data, state, id, owner),
    )
    return bool(connection.changes() == 1)


def progress(connection: Connection, ids: Sequence[str]) -> list[str]:
    """The progress of these jobs as JSON, of those that are known."""
    found = [connection.execute("SELECT data FROM job WHERE id = ?", (i,)).fetchone() for i in ids]
    return [row[0] for row in found if row is not None]
