"""Documents, runs and failures: in, out, and searched."""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from communique.errors import StoreError
from communique.records import (
    CodedDocument,
    DocumentFacts,
    Failure,
    Run,
)
from communique.store import acts, query, write
from communique.store.dialect import Connection, Dialect
from communique.store.flat import flat_document
from communique.store.handle import Handle, utc_now
from communique.store.rows import Rows, as_dicts
from communique.store.schema import UNKNOWN_DAY
from communique.store.shown import FACTS, PAGE, coded_of, facts_of
from communique.text import digest

RANKED = 20_000  # documents that a search ranks: about 2 µs each, and a word in more of them tells little of any
_EVERY = 2**62


class Documents(Handle):
    """What goes in and comes out by the document."""

    def add(self, coded: CodedDocument, *, raw: bytes | None = None, run: Run | None = None) -> bool:
        """Keep one coded document; False when it is already there. Returning means it is on the disk.

        With a `run` of kind "recode" a known document gets a new current coding beside the old one, and
        decisions people made carry over; False when that run has coded it already.
        """
        return self.add_many([(coded, raw)], run=run) == 1

    def add_many(
        self,
        items: Iterable[CodedDocument | tuple[CodedDocument, bytes | None]],
        *,
        run: Run | None = None,
        batch: int | None = None,
        seconds: float | None = None,
    ) -> int:
        """Keep documents in transactions of at most `batch` (256; 2048 within `bulk()`), begun anew when `seconds`
        (2; 20 within `bulk()`) have passed since the last; how many were new. Batches that were written are kept even if
        a later one fails."""
        batch = batch or (2048 if self._bulk else 256)
        seconds = seconds or (20.0 if self._bulk else 2.0)
        added = 0
        last = time.monotonic()
        waiting: list[write.Prepared] = []
        try:
            for item in items:
                coded, raw = item if isinstance(item, tuple) else (item, None)
                if self.read_only:
                    raise StoreError(f"{self._engine.name}: the store is open for reading only", where=self._engine.name)
                kept = self._keep(raw) if raw is not None else None
                waiting.append(write.prepare(coded, kept))
                if len(waiting) >= batch or time.monotonic() - last > seconds:
                    added += self._flush(waiting, run)
                    waiting = []
                    last = time.monotonic()
            return added + (self._flush(waiting, run) if waiting else 0)
        finally:
            self._ended()

    def _keep(self, raw: bytes) -> str:
        with self._engine.guard():
            return self._engine.write_blob(self._connection(), raw)

    @contextlib.contextmanager
    def bulk(self) -> Iterator[None]:
        """For loading an archive: `with store.bulk(): store.add_many(...)`. Most indexes over mentions are dropped on
        entering and made anew on leaving (about 10 s a million); meanwhile lists are right but slow. What
        `add_many` kept is on the disk as ever; after a kill inside, the next opening for writing makes the indexes."""
        if self.read_only:
            raise StoreError(f"{self._engine.name}: the store is open for reading only", where=self._engine.name)
        with self._engine.guard(), self._engine.bulk(self._connection()):
            self._bulk = True
            collecting = gc.isenabled()
            gc.disable()  # records hold no cycles, and looking for them among millions took half the time
            try:
                yield
            finally:
                self._bulk = False
                if collecting:
                    gc.enable()

    def _flush(self, items: list[write.Prepared], run: Run | None) -> int:
        if not (self._bulk and self._engine.beside):
            return sum(self._write(lambda c: write.add_batch(c, items, run, utc_now())))
        with self._engine.guard():
            connection = self._connection()
            self._local.ending = write.Ending(connection, self._engine.writing(connection), items, run, utc_now())
        return int(self._local.ending.added)

    def add_failure(self, failure: Failure) -> bool:
        """Keep a document that could not be read as a row with its reason; False when it is already there."""
        name = digest("failure", failure.source, failure.reason, failure.detail, failure.where, failure.raw_sha256)

        def run(connection: Connection) -> bool:
            connection.execute(
                "INSERT INTO failure(id, source, reason, detail, at_where, raw_sha256, added) VALUES(?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
                (name, failure.source, failure.reason, failure.detail, failure.where, failure.raw_sha256, utc_now()),
            )
            return bool(connection.changes() == 1)

        return self._write(run)

    def failures(self) -> Rows[Failure]:
        """Every document that could not be read, in order of being met."""
        sql = "SELECT source, reason, detail, at_where, raw_sha256 FROM failure ORDER BY f"
        names = ("source", "reason", "detail", "where", "raw_sha256")
        rows = self._read(lambda c: c.execute(sql).fetchall())
        return Rows([Failure(**dict(zip(names, row, strict=True))) for row in rows], as_dicts)

    def start_run(self, run: Run) -> None:
        """Enter a run; entering it twice is entering it once."""
        self._write(lambda c: write.run_key(c, run))

    def finish_run(self, run_id: str, counts: dict[str, int]) -> None:
        """Note when a run ended and what it did."""
        data = msgspec.json.encode(counts).decode()
        self._write(lambda c: c.execute("UPDATE run SET ended = ?, counts = ? WHERE id = ?", (utc_now(), data, run_id)) and None)

    def runs(self) -> Rows[Run]:
        """Every run, oldest first."""
        sql = "SELECT id, kind, coder, tables, nlp, settings, started, ended, counts FROM run ORDER BY r"
        names = ("id", "kind", "coder", "tables", "nlp", "settings", "started", "ended")

        def one(row: tuple[Any, ...]) -> Run:
            return Run(**dict(zip(names, row[:8], strict=True)), counts=msgspec.json.decode(row[8]))

        return Rows([one(row) for row in self._read(lambda c: c.execute(sql).fetchall())], as_dicts)

    def document(self, id: str, *, run: str | None = None) -> CodedDocument | None:
        """The document as coded: by its current coding, or by that of `run`. `None` when unknown."""
        return self._read(lambda c: coded_of(c, id, run))

    def text(self, id: str) -> str | None:
        """A document's text; `None` when unknown."""
        sql = "SELECT t.data FROM document d JOIN text t ON t.doc = d.doc WHERE d.id = ?"
        row = self._read(lambda c: c.execute(sql, (id,)).fetchone())
        return write.unpack_text(row[0]) if row is not None else None

    def raw(self, id: str) -> bytes | None:
        """The bytes a document was read from, if they were kept; checked against their digest."""
        row = self._read(lambda c: c.execute("SELECT raw_sha256, raw_stored FROM document WHERE id = ?", (id,)).fetchone())
        if row is None or not row[1]:
            return None
        with self._engine.guard():
            return self._engine.read_blob(self._connection(), row[0])

    def facts(self, id: str) -> DocumentFacts | None:
        """What lists need to know of a document; `None` when unknown."""
        row = self._read(lambda c: c.execute(f"SELECT {FACTS} FROM document WHERE id = ?", (id,)).fetchone())
        return facts_of(row) if row is not None else None

    def documents(
        self,
        *,
        publisher: str | None = None,
        since: str | None = None,
        until: str | None = None,
        story: str | None = None,
        text: str | None = None,
    ) -> Iterator[DocumentFacts]:
        """Documents in order of being added. `since` <= publication day < `until`; `text` are words they hold.

        Read page by page, so that no reading keeps the file's log from being folded in."""
        tests, params = _documents_where(self._engine.dialect, publisher, since, until, story, text)
        tests, params = ["doc > ?", *tests], [0, *params]
        page = f"SELECT doc, {FACTS} FROM document WHERE {' AND '.join(tests)} ORDER BY doc LIMIT {PAGE}"
        while rows := self._read(lambda c: c.execute(page, params).fetchall()):
            for row in rows:
                yield facts_of(row[1:])
            params[0] = rows[-1][0]

    def newest_documents(
        self, *, publisher: str | None = None, since: str | None = None, until: str | None = None, story: str | None = None,
        text: str | None = None, limit: int = 50, skip: int = 0,
    ) -> tuple[list[DocumentFacts], int]:  # fmt: skip
        """A page of the same documents, the last added first, and how many there are in all."""
        tests, params = _documents_where(self._engine.dialect, publisher, since, until, story, text)
        which = f"FROM document WHERE {' AND '.join(tests) or '1 = 1'}"
        keys = f"SELECT doc {which} ORDER BY doc DESC LIMIT {limit} OFFSET {skip}"
        rows = self._read(lambda c: c.execute(f"SELECT {FACTS} FROM document WHERE doc IN ({keys}) ORDER BY doc DESC", params).fetchall())
        total = self._read(lambda c: c.execute(f"SELECT count(*) {which}", params).fetchone()[0])
        return [facts_of(row) for row in rows], int(total)

    def publishers(self) -> list[dict[str, Any]]:
        """Per publisher: `documents`, `records`, `copied` (documents that are copies), `first` and `last` publication
        day, `undated`, and the agency it credits most (`agency`, `n_agency`); most documents first."""
        return self._read(acts.publishers)

    def document_rows(self, **options: str | None) -> Rows[DocumentFacts]:
        """`documents()` as a list that can become a data frame."""
        return Rows(list(self.documents(**options)), lambda found: [flat_document(f) for f in found])

    def search(self, text: str, *, limit: int = 20, among: int | None = RANKED) -> list[tuple[DocumentFacts, float]]:
        """Documents that hold the words, best first (bm25; titles weigh four times), with their rank score.

        Where more than `among` documents hold them all, those that were added last are ranked and no others, so that a
        common word is answered as soon in a large archive as in a small one; `None` ranks every one."""
        match = query.match_query(text, self._engine.dialect)
        sql = f"SELECT r.rank, {FACTS} FROM ({self._engine.dialect.best} LIMIT ?) r JOIN document d ON d.doc = r.doc ORDER BY r.rank, d.doc"
        most = _EVERY if among is None else among
        return [(facts_of(row[1:]), -row[0]) for row in self._read(lambda c: c.execute(sql, (match, most, limit)).fetchall())]



def _documents_where(
    sql: Dialect, publisher: str | None, since: str | None, until: str | None, story: str | None, text: str | None
) -> tuple[list[str], list[Any]]:
    asked = (
        (sql.same("publisher", 1), publisher),
        ("published >= ?", query.check_day(since, "since") if since else None),
        ("published < ?", query.check_day(until, "until") if until else UNKNOWN_DAY if since else None),
        ("id IN (SELECT document FROM story_document JOIN story USING (s) WHERE story.id = ?)", story),
        (f"doc IN (SELECT rowid FROM text_fts WHERE {sql.matches('text_fts')})", query.match_query(text, sql) if text else None),
    )
    return [test for test, value in asked if value is not None], [value for _, value in asked if value is not None]
