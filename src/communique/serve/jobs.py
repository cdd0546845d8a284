"""Work that outlives a request and a server: reading, coding and linking what was handed in.

A job is a row of the store with its files (`store/queue.py`): what was answered with a job is on the disk. One thread
works, under a lease that it renews; what a killed server left undone is taken up by the next one, or by another server of the
same store, when the lease has run out. Documents are kept as they come and known ones are passed over, so taking a job up again repeats
nothing.
"""

from __future__ import annotations

import logging
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Event, Lock, Thread
from typing import Any

import msgspec

from communique import pipeline
from communique.config import Settings
from communique.errors import CommuniqueError
from communique.records import Document, Failure
from communique.store import Store
from communique.store.queue import Task
from communique.text import digest

_LOG = logging.getLogger(__name__)
_LEASE = 60.0  # seconds; renewed four times in it


def _json(job: Job) -> str:
    return msgspec.json.encode(msgspec.structs.replace(job, items=list(job.items))).decode()


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One document of a job: coded, known already, or kept out with a reason."""

    source: str
    state: str
    document: str | None = None
    title: str | None = None
    records: int = 0
    reason: str | None = None


class Job(msgspec.Struct, kw_only=True):
    """A job as pages and the API show it. `state` is waiting, reading, linking, done or failed."""

    id: str
    files: int
    state: str = "waiting"
    items: list[Item] = []
    records: int = 0
    events: int = 0
    error: str | None = None


class Jobs:
    """The jobs of one store, and this server's worker for them."""

    def __init__(self, store: Store, settings: Settings, *, lease: float = _LEASE) -> None:
        self._store = store
        self._settings = settings
        self._lease = lease
        self._owner = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._now: Job | None = None
        self._lock = Lock()
        self._wake, self._stop = Event(), Event()
        self._thread: Thread | None = None

    def get(self, id: str) -> Job | None:
        """A job by its id, whichever process works at it; `None` when unknown."""
        now = self._now
        if now is not None and now.id == id:
            return now
        data = self._store.job(id)
        return msgspec.json.decode(data, type=Job) if data is not None else None

    def add(self, files: Sequence[tuple[str, bytes]], *, publisher: str | None = None, published: str | None = None) -> Job:
        """Take files (name, bytes) in, durably, to be read by and by; the same files that wait or are read are the same job."""
        name = "job_" + digest(publisher, published, *(part for n, b in files for part in (n, b)))
        job = Job(id=name, files=len(files))
        fresh = self._store.put_job(Task(name, _json(job), list(files), publisher, published))
        self.start()
        self._wake.set()
        return job if fresh else self.get(name) or job

    def start(self) -> None:
        """Begin working: at what is added, and at what a server that was stopped left undone."""
        with self._lock:
            if self._thread is None and not self._store.read_only and not self._stop.is_set():
                self._thread = Thread(target=self._work, name="communique-add", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Let the running job end; those that wait stay for the next server."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._stop.is_set():
            self._wake.clear()
            try:
                task = self._store.take_job(self._owner, seconds=self._lease)
            except CommuniqueError:
                _LOG.exception("no job could be taken")
                task = None
            if task is None:
                self._wake.wait(min(5.0, self._lease))
            else:
                self._run(task)

    def _run(self, task: Task) -> None:
        job = self._now = Job(id=task.id, files=len(task.files))
        halt = Event()
        beat = Thread(target=self._beat, args=(job, halt), daemon=True)
        beat.start()
        try:
            with tempfile.TemporaryDirectory(prefix="communique-add-") as folder:
                paths = {_written(Path(folder), n, name, data): name for n, (name, data) in enumerate(task.files)}
                self._read(job, paths, task.publisher, task.published)
            job.state = "linking"  # always: a worker that stopped may have kept documents and not linked them
            if job.items:
                job.events = len(pipeline.link_store(self._store, settings=self._settings).events)
            job.state = "done"
        except CommuniqueError as error:
            job.error, job.state = str(error), "failed"
        except Exception:  # a thread has nobody to raise to
            _LOG.exception("job %s failed", job.id)
            job.error, job.state = "something went wrong here; the server's log says what", "failed"
        halt.set()
        beat.join()
        try:
            self._store.end_job(job.id, self._owner, _json(job), "done" if job.state == "done" else "failed")
        except CommuniqueError:
            _LOG.exception("job %s: its end could not be noted; its lease runs out", job.id)

    def _beat(self, job: Job, halt: Event) -> None:
        """Renew the lease and note progress until the job ends."""
        while not halt.wait(self._lease / 4):
            try:
                if not self._store.renew_job(job.id, self._owner, _json(job), seconds=self._lease):
                    _LOG.warning("job %s was taken by another worker", job.id)
                    return
            except CommuniqueError:
                _LOG.exception("job %s: its lease could not be renewed", job.id)

    def _read(self, job: Job, paths: dict[Path, str], publisher: str | None, published: str | None) -> None:
        job.state = "reading"
        raws = {path: path.read_bytes() for path in paths}

        def unknown() -> Iterator[Document | Failure]:
            for path, name in paths.items():
                for found in pipeline.read_paths([path], publisher=publisher, published=published):
                    item = msgspec.structs.replace(found, source=found.source.replace(str(path), name))
                    if isinstance(item, Document) and self._store.facts(item.id) is not None:
                        job.items.append(Item(source=item.source, state="known", document=item.id))
                    else:
                        yield item

        for item in pipeline.code_many(unknown(), settings=self._settings, actors=pipeline.imported_actors(self._store)):
            if isinstance(item, Failure):
                self._store.add_failure(item)
                job.items.append(Item(source=item.source, state="kept out", reason=f"{item.reason}: {item.detail}"))
                continue
            doc = item.article.doc
            raw = next((b for p, b in raws.items() if paths[p] == doc.source and doc.format in ("text", "html", "mail")), None)
            self._store.add(item, raw=raw if raw is not None and _digest(raw) == doc.raw_sha256 else None)
            job.records += len(item.mentions)
            job.items.append(Item(source=doc.source, state="coded", document=doc.id, title=item.article.header.title, records=len(item.mentions)))


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def _written(folder: Path, number: int, name: str, data: bytes) -> Path:
    """The bytes in a file of our own naming; only the ending of the visitor's name is kept, and only a plain one."""
    ending = "".join(s for s in Path(name).suffixes[-2:] if s[1:].isalnum() and len(s) <= 8)
    path = folder / f"{number:04d}{ending or '.txt'}"
    path.write_bytes(data)
    return path


def plain_name(name: str) -> str:
    """A file's name without folders and steering characters, at most 120 characters."""
    kept = "".join(ch for ch in name.replace("\\", "/").rsplit("/", 1)[-1] if ch.isprintable())
    return kept.strip(". ")[:120] or "unnamed.txt"


def sample_files() -> list[tuple[str, bytes]]:
    """The shipped sample reports."""
    from communique import tables

    names = sorted(n for n in tables.manifest()["tables"] if n.startswith("sample/"))
    return [(n.removeprefix("sample/"), tables.read_bytes(n)) for n in names]


def job_values(job: Job) -> dict[str, Any]:
    """The job as JSON values."""
    found: dict[str, Any] = msgspec.to_builtins(job)
    return found
