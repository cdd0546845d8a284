"""Work that outlives a request: reading, coding and linking what was handed in, one job at a time, in a thread.

A job's progress is what the thread last wrote; pages and the API read it. Documents are durable as they come, so a
server that stops in the middle loses only what was not yet read, and adding the same again continues.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any

import msgspec

from communique import pipeline
from communique.config import Settings
from communique.errors import CommuniqueError
from communique.records import Document, Failure
from communique.store import Store
from communique.text import digest

_LOG = logging.getLogger(__name__)
_KEPT = 200


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
    """The jobs of one server, newest kept."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="communique-add")

    def get(self, id: str) -> Job | None:
        """A job by its id; `None` when unknown or forgotten."""
        return self._jobs.get(id)

    def add(self, files: Sequence[tuple[str, bytes]], *, publisher: str | None = None, published: str | None = None) -> Job:
        """Start reading files (name, bytes); a job for the same files that is still there is the same job."""
        name = "job_" + digest(publisher, published, *(part for n, b in files for part in (n, b)))
        with self._lock:
            old = self._jobs.get(name)
            if old is not None and old.state in ("waiting", "reading", "linking"):
                return old
            job = self._jobs[name] = Job(id=name, files=len(files))
            while len(self._jobs) > _KEPT:
                self._jobs.pop(next(iter(self._jobs)))
        self._pool.submit(self._run, job, list(files), publisher, published)
        return job

    def close(self) -> None:
        """Let the running job end, drop those that wait."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _run(self, job: Job, files: list[tuple[str, bytes]], publisher: str | None, published: str | None) -> None:
        try:
            with tempfile.TemporaryDirectory(prefix="communique-add-") as folder:
                paths = {_written(Path(folder), n, name, data): name for n, (name, data) in enumerate(files)}
                self._read(job, paths, publisher, published)
            if any(i.state == "coded" for i in job.items):
                job.state = "linking"
                job.events = len(pipeline.link_store(self._store, settings=self._settings).events)
            job.state = "done"
        except CommuniqueError as error:
            job.error, job.state = str(error), "failed"
        except Exception:  # a thread has nobody to raise to
            _LOG.exception("job %s failed", job.id)
            job.error, job.state = "something went wrong here; the server's log says what", "failed"

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

        for item in pipeline.code_many(unknown(), settings=self._settings):
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
