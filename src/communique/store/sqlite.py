"""The store: one SQLite file through apsw, or a schema on a PostgreSQL server; the same code and promises for both.

What a document says is a fact and is never edited; what is concluded is derived and rebuilt. `add` returning
means that the document is on the disk, whole; a process killed at any moment leaves no half document. Many
processes may have the store open; writers take turns (short transactions, 30 s of patience), readers never wait.
A `Store` may be shared by threads: each gets its own connection.

Records come back as shown: with people's standing corrections applied (`review.py`). `document()` gives what the
coder said, untouched.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import random
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from communique.errors import StoreError
from communique.records import (
    CodedDocument,
    Commitment,
    Copy,
    Discrepancy,
    Document,
    DocumentFacts,
    Event,
    EventMention,
    EventType,
    Failure,
    Filter,
    Judgement,
    Published,
    Review,
    Run,
    Story,
)
from communique.store import acts, check, connect, postgres, query, queue, review, saved, write
from communique.store.dialect import Connection, Dialect, Engine
from communique.store.flat import columns_of, flat_commitment, flat_document, flat_event, flat_mention
from communique.store.project import ACTOR, RECIPIENT, day_text, fingerprints, quote_of
from communique.store.review import Accuracy, Change
from communique.store.rows import Flat, Rows, as_dicts
from communique.store.saved import SavedQuery, Settled
from communique.store.schema import UNKNOWN_DAY
from communique.text import digest

_FACTS = "id, source, publisher, agency, author, url, title, language, dateline, published_data, chars, sha256, added, mentions"
_PAGE = 500
RANKED = 20_000  # documents that a search ranks: about 2 µs each, and a word in more of them tells little of any
_EVERY = 2**62
T = TypeVar("T")

if TYPE_CHECKING:
    from communique.store.columns import Columns


def open_store(path: str | Path, *, read_only: bool = False) -> Store:
    """The store at `path`, or at an address `postgresql://…`, made when new (unless `read_only`). Raises a one-line
    `StoreError`."""
    return Store(path, read_only=read_only)


def engine_at(address: str | Path, *, read_only: bool, busy_seconds: float) -> Engine:
    """The database at this address: a file's path, or `postgresql://…`."""
    if str(address).startswith(postgres.PREFIXES):
        return postgres.ServerEngine(str(address), read_only=read_only, busy_seconds=busy_seconds)
    return connect.FileEngine(Path(address), read_only=read_only, busy_seconds=busy_seconds)


def is_there(address: str | Path) -> bool:
    """Whether a store may be at this address: a file that exists, or any on a server, which says itself what is wrong."""
    return str(address).startswith(postgres.PREFIXES) or Path(address).exists()


def utc_now() -> str:
    """The instant, ISO 8601 in UTC to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Store:
    """A context manager over one store. See the module's docstring for what it promises. `path` is where files beside
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

    def __enter__(self) -> Store:
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

    def _read(self, run: Callable[[Connection], T]) -> T:
        with self._engine.guard():
            return run(self._connection())

    def _write(self, run: Callable[[Connection], T]) -> T:
        if self.read_only:
            raise StoreError(f"{self._engine.name}: the store is open for reading only", where=self._engine.name)
        with self._engine.guard(), self._engine.writing(self._connection()) as connection:
            return run(connection)

    # --- documents in ---------------------------------------------------------------------------------

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

    def _ended(self) -> None:
        """Wait for this thread's transaction that is being ended beside; raises what went wrong in it."""
        ending: write.Ending | None = getattr(self._local, "ending", None)
        if ending is not None:
            self._local.ending = None
            with self._engine.guard():
                ending.wait()

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

    # --- documents out --------------------------------------------------------------------------------

    def document(self, id: str, *, run: str | None = None) -> CodedDocument | None:
        """The document as coded: by its current coding, or by that of `run`. `None` when unknown."""
        return self._read(lambda c: _coded(c, id, run))

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
        row = self._read(lambda c: c.execute(f"SELECT {_FACTS} FROM document WHERE id = ?", (id,)).fetchone())
        return _facts(row) if row is not None else None

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
        page = f"SELECT doc, {_FACTS} FROM document WHERE {' AND '.join(tests)} ORDER BY doc LIMIT {_PAGE}"
        while rows := self._read(lambda c: c.execute(page, params).fetchall()):
            for row in rows:
                yield _facts(row[1:])
            params[0] = rows[-1][0]

    def newest_documents(
        self, *, publisher: str | None = None, since: str | None = None, until: str | None = None, story: str | None = None,
        text: str | None = None, limit: int = 50, skip: int = 0,
    ) -> tuple[list[DocumentFacts], int]:  # fmt: skip
        """A page of the same documents, the last added first, and how many there are in all."""
        tests, params = _documents_where(self._engine.dialect, publisher, since, until, story, text)
        which = f"FROM document WHERE {' AND '.join(tests) or '1 = 1'}"
        keys = f"SELECT doc {which} ORDER BY doc DESC LIMIT {limit} OFFSET {skip}"
        rows = self._read(lambda c: c.execute(f"SELECT {_FACTS} FROM document WHERE doc IN ({keys}) ORDER BY doc DESC", params).fetchall())
        total = self._read(lambda c: c.execute(f"SELECT count(*) {which}", params).fetchone()[0])
        return [_facts(row) for row in rows], int(total)

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
        sql = f"SELECT r.rank, {_FACTS} FROM ({self._engine.dialect.best} LIMIT ?) r JOIN document d ON d.doc = r.doc ORDER BY r.rank, d.doc"
        most = _EVERY if among is None else among
        return [(_facts(row[1:]), -row[0]) for row in self._read(lambda c: c.execute(sql, (match, most, limit)).fetchall())]

    # --- mentions and events --------------------------------------------------------------------------

    def mention(self, id: str) -> EventMention | None:
        """An event mention as shown (corrections applied), of its document's current coding where it is in
        that, else as last coded; `None` when unknown."""
        return self._read(lambda c: _mention(c, id))

    def mentions_of(self, ids: Iterable[str]) -> dict[str, EventMention]:
        """The mentions with these ids, each as `mention` gives it, in this order; unknown ones are left out."""
        names = list(dict.fromkeys(ids))
        return self._read(lambda c: _mentions_of(c, names))

    def mentions(self, flt: Filter | None = None) -> Rows[EventMention]:
        """One page of event mentions of the current codings; rejected ones only if the filter asks for them."""
        return self._rows("mention", flt or Filter(), self._flat_mentions)

    def events(self, flt: Filter | None = None) -> Rows[Event]:
        """One page of events as last linked; rejected ones only if the filter asks for them."""
        return self._rows("event", flt or Filter(), lambda found: [flat_event(e) for e in found])

    def event(self, id: str) -> Event | None:
        """An event as shown; `None` when unknown."""
        row = self._read(lambda c: c.execute("SELECT m FROM event WHERE id = ?", (id,)).fetchone())
        return self._read(lambda c: _shown(c, "event", [row[0]]))[0] if row is not None else None

    def each_mention(self, flt: Filter | None = None) -> Iterator[EventMention]:
        """Every mention of the list, page by page; the filter's `limit` and `after` are not used."""
        yield from self._each("mention", flt or Filter())

    def each_event(self, flt: Filter | None = None) -> Iterator[Event]:
        """Every event of the list, page by page; the filter's `limit` and `after` are not used."""
        yield from self._each("event", flt or Filter())

    def _each(self, kind: query.Kind, flt: Filter) -> Iterator[Any]:
        every = msgspec.structs.replace(flt, limit=0, after=None)

        def keys_of(connection: Connection) -> list[int]:
            held = self._held(connection, kind)
            return held.page(connection, every) if held else query.page(connection, kind, every)

        keys = self._read(keys_of)
        for start in range(0, len(keys), _PAGE):
            part = keys[start : start + _PAGE]
            yield from self._read(functools.partial(_shown, kind=kind, keys=part))

    def _rows(self, kind: query.Kind, flt: Filter, flatten: Callable[[Sequence[T]], list[Flat]]) -> Rows[T]:
        def run(connection: Connection) -> list[Any]:
            more = msgspec.structs.replace(flt, limit=flt.limit + 1) if flt.limit else flt
            held = self._held(connection, kind)
            return _shown(connection, kind, held.page(connection, more) if held else query.page(connection, kind, more))

        found = self._read(run)
        follows = bool(flt.limit) and len(found) > flt.limit
        found = found[: flt.limit] if flt.limit else found
        return Rows(found, flatten, next=found[-1].id if follows else None)

    def _flat_mentions(self, found: Sequence[EventMention]) -> list[Flat]:
        documents = {m.document for m in found}
        facts = {d: self.facts(d) for d in documents}
        texts = {d: self.text(d) or "" for d in documents}
        states = self.states(m.id for m in found)
        return [flat_mention(m, facts[m.document], quote_of(texts[m.document], m), states.get(m.id)) for m in found]

    def flat(self, records: Sequence[EventMention | Event | Commitment | DocumentFacts]) -> list[Flat]:
        """Records of one kind as flat rows: the columns of the CSV exports (docs/records.md)."""
        if not records:
            return []
        one: Any = records
        if isinstance(records[0], EventMention):
            return self._flat_mentions(one)
        if isinstance(records[0], Event):
            return [flat_event(e) for e in one]
        if isinstance(records[0], Commitment):
            return [flat_commitment(c) for c in one]
        return [flat_document(f) for f in one]

    @staticmethod
    def flat_columns(kind: str) -> tuple[str, ...]:
        """The names of the flat columns of a "mention", "event", "commitment" or "document"."""
        return columns_of(kind)

    def documents_by_day(self) -> list[tuple[str, int]]:
        """(publication day, how many documents): coverage. Documents without a date are not counted."""
        sql = "SELECT published, count(*) FROM document WHERE published < ? GROUP BY published ORDER BY published"
        return [(day_text(day) or "", n) for day, n in self._read(lambda c: c.execute(sql, (UNKNOWN_DAY,)).fetchall())]

    def quote(self, mention: EventMention) -> str:
        """The words of its evidence, parts joined by " … "."""
        return quote_of(self.text(mention.document) or "", mention)

    def states(self, ids: Iterable[str]) -> dict[str, str]:
        """Which of these mentions or events people have reviewed, and to what end."""
        names = msgspec.json.encode(list(ids)).decode()
        one = f"SELECT n.id, f.state FROM {{0}} n JOIN {{0}}_fact f ON f.m = n.m WHERE f.state IS NOT NULL AND n.id IN {self._engine.dialect.texts}"
        sql = f"{one.format('mention')} UNION {one.format('event')}"
        return dict(self._read(lambda c: c.execute(sql, (names, names)).fetchall()))

    def count(self, kind: query.Kind, flt: Filter | None = None) -> int:
        """How many rows a list of "mention" or "event" has in all."""

        def run(connection: Connection) -> int:
            held = self._held(connection, kind)
            return held.count(connection, flt or Filter()) if held else query.count(connection, kind, flt or Filter())

        return self._read(run)

    def facets(
        self, kind: query.Kind, flt: Filter | None = None, names: tuple[str, ...] = query.FACETS, *, top: int = 50
    ) -> dict[str, list[tuple[str, int]]]:
        """Per facet its commonest values and their counts; each equals the length of the list that it opens."""

        def run(connection: Connection) -> dict[str, list[tuple[str, int]]]:
            held = self._held(connection, kind)
            if held is None:
                return query.facets(connection, kind, flt or Filter(), names, top)
            return held.facets(connection, flt or Filter(), names, top)

        return self._read(run)

    def hold_columns(self) -> None:
        """Keep the narrow columns of all lists in memory, so that `count` and `facets` take milliseconds: for a server.
        They follow every change, whichever process makes it. Reading them takes about ten seconds a million rows."""
        from communique.store import columns  # numpy is not loaded for a command that asks once

        for kind in ("mention", "event"):
            held = self._read(lambda c, k=kind: columns.load(c, k))  # type: ignore[misc]
            with self._refreshing:
                self._columns[kind] = held

    def _held(self, connection: Connection, kind: query.Kind) -> Columns | None:
        """The columns as the store is now; `None` when they are not held."""
        if kind not in self._columns:
            return None
        with self._refreshing:
            held = self._columns[kind] = self._columns[kind].refreshed(connection)
        return held

    def version(self) -> int:
        """The number of the store's last change: as long as it is the same, so are all lists."""
        return self._read(query.version)

    def dyad_series(
        self, dyads: Sequence[tuple[str, str]] | None = None, *, kind: query.Kind = "mention"
    ) -> list[tuple[str, str, int, str, str | None, int, int, float]]:
        """(actor, recipient, month as 202509 or 0, modality, quad, n, n scored, sum of PLOVER scores), sorted;
        for these ordered pairs or for all."""
        return self._read(lambda c: acts.dyad_months(c, dyads, kind))

    def dyad_totals(self, *, since: str | None = None, until: str | None = None) -> list[tuple[str, str, int, int, float]]:
        """(actor, recipient, n, n scored, sum of PLOVER scores) of every ordered pair over whole months, sorted."""
        held = self._read(lambda c: self._held(c, "mention"))
        return held.dyad_totals(since, until) if held else self._read(lambda c: acts.dyad_totals(c, since, until))

    def dyad_days(
        self, dyads: Sequence[tuple[str, str]] | None = None, *, kind: query.Kind = "mention", flt: Filter | None = None
    ) -> list[tuple[str, str, int, str, str | None, int, int, float]]:
        """The same by day (20250908 or 0), from the rows themselves, narrowed by a filter if one is given."""
        return self._read(lambda c: acts.dyad_days(c, dyads, kind, flt))

    # --- for linking ----------------------------------------------------------------------------------

    def candidates(
        self, mentions: Iterable[EventMention], *, window_days: int = 30, limit: int = 500
    ) -> list[tuple[EventMention, DocumentFacts]]:
        """Mentions that may be of the same event as one of these: they share a country or entity among actors and
        recipients, and their days (or, where unknown, their publication days) lie within the window. Those handed
        in are left out; at most `limit` for each, nearest in time first."""
        found = self._read(lambda c: acts.candidates(c, list(mentions), window_days, limit))
        facts = {d: self.facts(d) for d in {m.document for m in found}}
        return [(m, f) for m in found if (f := facts[m.document]) is not None]

    def sharing_text(self, text: str, *, limit: int = 50, exclude: str | None = None) -> list[tuple[DocumentFacts, float]]:
        """Documents that share passages with this text, with the estimated share of the smaller one's, best first."""
        hashes = fingerprints(text)
        found = self._read(lambda c: acts.sharing(c, hashes, limit + 1))
        rows = [(self.facts(name), share) for name, share in found if name != exclude]
        return [(facts, share) for facts, share in rows if facts is not None][:limit]

    def judge(self, judgements: Iterable[Judgement]) -> int:
        """Keep judgements (append-only; a withdrawal is one that names another); how many were new."""
        rows = list(judgements)
        return self._write(lambda c: acts.judge(c, rows))

    def judgements(self, as_of: str | None = None, *, about: Collection[str] | None = None, all: bool = False) -> Rows[Judgement]:
        """Those that stand (all rows with `all`), as known at the end of the day `as_of` or at that instant.
        `about` keeps those that concern one of these ids."""
        return Rows(self._read(lambda c: acts.judgements(c, as_of, about, all)), as_dicts)

    def replace_derived(
        self,
        events: Sequence[Event] = (),
        stories: Sequence[Story] = (),
        commitments: Sequence[Commitment] = (),
        discrepancies: Sequence[Discrepancy] = (),
        copies: Sequence[Copy] = (),
        *,
        scope: Collection[str] | None = None,
    ) -> None:
        """Put what linking derived in place of what was, in one transaction. With `scope` (document ids) only what
        touches those documents is replaced, so whatever touched them must be handed in again. Ids that vanish are
        listed as tombstones; records that did not change are left alone."""
        derived = write.Derived(events, stories, commitments, discrepancies, copies)
        self._write(lambda c: write.replace_derived(c, derived, scope, utc_now()))

    def stories(self, *, document: str | None = None) -> Rows[Story]:
        """Stories by first day, or those that a document belongs to."""
        where = "WHERE s IN (SELECT s FROM story_document WHERE document = ?)" if document is not None else ""
        rows = self._all(f"SELECT data FROM story {where} ORDER BY s", (document,) if document else (), Story)
        return Rows(sorted(rows, key=lambda s: (s.start or "~", s.id)), as_dicts)

    def story(self, id: str) -> Story | None:
        """A story; `None` when unknown."""
        return next(iter(self._all("SELECT data FROM story WHERE id = ?", (id,), Story)), None)

    def discrepancies(self, event: str | None = None) -> Rows[Discrepancy]:
        """Where the mentions of one event (or of any) differ."""
        where, params = ("WHERE event = ?", (event,)) if event is not None else ("", ())
        return Rows(self._all(f"SELECT data FROM discrepancy {where} ORDER BY d", params, Discrepancy), as_dicts)

    def copies(self, *, document: str | None = None) -> Rows[Copy]:
        """Which documents republish which; with `document`, those that concern it on either side."""
        where, params = ("WHERE document = ? OR original = ?", (document, document)) if document is not None else ("", ())
        return Rows(self._all(f"SELECT data FROM copy {where} ORDER BY document", params, Copy), as_dicts)

    def events_of(self, *, mention: str | None = None, document: str | None = None) -> list[Event]:
        """The events that a mention or a document supports, in order of their ids."""
        table, value = ("mention", mention) if mention is not None else ("document", document)
        sql = f"SELECT x.m FROM event_{table} x JOIN event e ON e.m = x.m WHERE x.{table} = ? ORDER BY e.id"
        return self._read(lambda c: _shown(c, "event", [row[0] for row in c.execute(sql, (value,))]))

    def commitments(
        self,
        *,
        by: str | None = None,
        to: str | None = None,
        either: str | None = None,
        state: Collection[str] = (),
        kind: str | None = None,
        mention: str | None = None,
        event: str | None = None,
        due_since: str | None = None,
        due_until: str | None = None,
    ) -> Rows[Commitment]:
        """Commitments by due date, those without one last. `by`, `to`, `either` are countries."""
        tests: list[str] = ["TRUE"]
        params: list[Any] = []
        country = "k IN (SELECT k FROM commitment_country WHERE country = ? AND (roles & {}) <> 0)"
        for test, value in (
            (country.format(ACTOR), by),
            (country.format(RECIPIENT), to),
            (country.format(ACTOR | RECIPIENT), either),
            ("kind = ?", kind),
            ("event = ?", event),
            ("k IN (SELECT k FROM commitment_mention WHERE mention = ?)", mention),
            ("due >= ?", query.check_day(due_since, "due_since") if due_since else None),
            ("due < ?", query.check_day(due_until, "due_until") if due_until else None),
        ):
            if value is not None:
                tests.append(test)
                params.append(value)
        if state:
            tests.append(f"state IN ({','.join('?' * len(state))})")
            params += list(state)
        rows = self._all(f"SELECT data FROM commitment WHERE {' AND '.join(tests)} ORDER BY due, id", tuple(params), Commitment)
        return Rows(rows, lambda found: [flat_commitment(c) for c in found])

    def commitment(self, id: str) -> Commitment | None:
        """A commitment; `None` when unknown."""
        return next(iter(self._all("SELECT data FROM commitment WHERE id = ?", (id,), Commitment)), None)

    def _all(self, sql: str, params: tuple[Any, ...], record: type[T]) -> list[T]:
        return [msgspec.json.decode(data, type=record) for (data,) in self._read(lambda c: c.execute(sql, params).fetchall())]

    # --- review ---------------------------------------------------------------------------------------

    def review(self, act: Review) -> bool:
        """Keep a person's act; False when it is already there. Raises `UsageError` when the target, the field, or
        the act to undo does not exist, or the new value does not fit."""
        return self._write(lambda c: acts.enter(c, act, utc_now()))

    def reviews(self, target: str | None = None, *, by: str | None = None, since: str | None = None) -> Rows[Review]:
        """All acts in order; of one record with those carried over to it."""
        if target is not None:
            found = self._read(lambda c: review.reviews_of(c, target))
        else:
            found = self._all("SELECT data FROM review ORDER BY v", (), Review)
        kept = [r for r in found if (by is None or r.by == by) and (since is None or r.at >= since)]
        return Rows(kept, as_dicts)

    def orphans(self) -> list[tuple[Review, EventMention]]:
        """Standing decisions whose record no current coding has, with the record as it was."""
        return self._read(acts.orphans)

    def merge(self, mentions: Sequence[str], *, by: str, why: str | None = None) -> list[Judgement]:
        """A person's verdict that these mentions are of one event: judgements and review rows, in one transaction."""
        return self._write(lambda c: acts.join(c, mentions, "same event", by, why, utc_now()))

    def split(self, left: Sequence[str], right: Sequence[str], *, by: str, why: str | None = None) -> list[Judgement]:
        """A person's verdict that no mention on the left is of the same event as one on the right."""
        return self._write(lambda c: acts.part(c, left, right, by, why, utc_now()))

    def settle(self, event: str, field: str, value: str | None, *, by: str, why: str | None = None) -> Review:
        """Say which value holds where an event's reports differ in `field`: one of theirs, another, or `None` for
        neither. An act like any other: kept with who, when and why, and undone by `review` with "undo". Raises
        `UsageError` when the event has no such discrepancy."""
        act = saved.act_of(list(self.discrepancies(event)), event, field, value, by, why, utc_now())
        self.review(act)
        return act

    def settled(self, event: str | None = None) -> list[Settled]:
        """The discrepancies of one event (or of any) that stand settled, each with its decision."""
        found = list(self.discrepancies(event))
        return self._read(lambda c: saved.settled(c, found))

    def add_missed(self, document: str, trigger: tuple[int, int], type: EventType, *, by: str, why: str | None = None, **fields: Any) -> EventMention:
        """Keep a record that the coder missed, by the offsets of the words that say it. `fields` are those of an
        event mention (`actors`, `recipients`, `when`, `modality`, `evidence`, ...); without `evidence` the trigger is the evidence. Raises `UsageError` for what does not fit."""
        mention = saved.missed(document, self.text(document), trigger, type, fields)
        now = utc_now()
        act = Review(id=digest("review", mention.id, "add", by, now), target=mention.id, act="add", field=None, before=None, after=msgspec.json.encode(mention).decode(), why=why, by=by, at=now)
        self.review(act)
        return mention

    def save_query(self, name: str, flt: Filter, *, kind: query.Kind = "event", by: str, note: str | None = None) -> SavedQuery:
        """Keep a list's filter under a name; the newest under a name is the one that holds."""
        made = SavedQuery(name=saved.plain_name(name), kind=kind, filter=msgspec.structs.replace(flt, after=None), by=by, at=utc_now(), note=note)
        self._write(lambda c: saved.save(c, made))
        return made

    def saved_queries(self) -> list[SavedQuery]:
        """Every saved query, by name."""
        return self._read(saved.queries)

    def saved_query(self, name: str) -> SavedQuery | None:
        """The query under this name; `None` when there is none."""
        return next(iter(self._read(lambda c: saved.queries(c, name))), None)

    def forget_query(self, name: str, *, by: str) -> bool:
        """Take a saved query off the list (its rows stay); False when there is none."""
        return self._write(lambda c: saved.forget(c, name, by, utc_now()))

    def sample(self, n: int, flt: Filter | None = None, *, seed: int = 0) -> list[EventMention]:
        """`n` mentions of the list drawn at random, the same for the same seed and list: what `accuracy` should be
        judged on. Draw with `reviewed="none"` for ones nobody has seen."""
        every = msgspec.structs.replace(flt or Filter(), limit=0, after=None)

        def keys_of(connection: Connection) -> Sequence[int]:
            held = self._held(connection, "mention")
            return held.keys(connection, every) if held else sorted(query.page(connection, "mention", every))

        keys = self._read(keys_of)
        chosen = [int(keys[i]) for i in random.Random(seed).sample(range(len(keys)), min(n, len(keys)))]
        return self._read(lambda c: _shown(c, "mention", chosen))

    def agreement(self, left: str, right: str) -> dict[str, float | int | None]:
        """How two reviewers agree on the records both judged: `n`, `agreed`, `kappa`, `alpha` of their last
        standing verdicts (accept, reject, correct)."""
        return self._read(lambda c: acts.agreement(c, left, right))

    def disputed(self, left: str, right: str) -> list[tuple[str, str, str]]:
        """(record, verdict of `left`, verdict of `right`) where the two differ and nobody has decided since: what is to
        be adjudicated. A third reviewer's verdict, being the last, is the one that holds and takes it off this list."""
        return self._read(lambda c: acts.disputed(c, left, right))

    def accuracy(self, flt: Filter | None = None) -> list[Accuracy]:
        """Of the reviewed mentions in the list, how many were right, in all and by type, with Wilson intervals and
        the count of true records that implies. Right means accepted; the sample should be a random one."""
        return self._read(lambda c: acts.accuracy(c, flt or Filter()))

    def diff(self, old_run: str, new_run: str) -> list[Change]:
        """What a run added, removed, changed or left the same against another, document by document, for the
        documents that both coded."""
        return self._read(lambda c: acts.diff(c, old_run, new_run))

    def changes(self, since: int = 0, *, limit: int = 1000) -> list[tuple[int, str, str, str, str]]:
        """(sequence number, instant, kind, act, id) of what happened after `since`: for incremental readers."""
        sql = "SELECT seq, at, kind, act, id FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?"
        return self._read(lambda c: c.execute(sql, (since, limit)).fetchall())

    def tombstones(self) -> list[tuple[str, str, str, str]]:
        """(kind, id, instant, reason) of records that lists no longer show, oldest first."""
        return self._read(acts.tombstones)

    # --- jobs -----------------------------------------------------------------------------------------

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
        self._read(lambda c: self._engine.snapshot(c, target))
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


def _facts(row: tuple[Any, ...]) -> DocumentFacts:
    id, source, publisher, agency, author, url, title, language, dateline, published, chars, sha256, added, mentions = row
    return DocumentFacts(
        id=id, source=source, publisher=publisher, agency=agency, author=author, url=url, title=title, language=language,
        dateline=dateline, published=msgspec.json.decode(published, type=Published), chars=chars, sha256=sha256, added=added,
        mentions=mentions,
    )  # fmt: skip


def _coded(connection: Connection, id: str, run: str | None) -> CodedDocument | None:
    which = "c.current = 1" if run is None else "c.r = (SELECT r FROM run WHERE id = ?)"
    row = connection.execute(
        "SELECT c.c, d.data, t.data, c.data FROM document d JOIN text t ON t.doc = d.doc JOIN coding c ON c.doc = d.doc "
        f"WHERE d.id = ? AND {which}",
        (id,) if run is None else (id, run),
    ).fetchone()
    if row is None:
        return None
    doc: Document = write.unpack_document(row[1], write.unpack_text(row[2]))
    return write.unpack_coding(row[3], doc, tuple(write.mentions_of(connection, row[0])))


def _mention(connection: Connection, id: str) -> EventMention | None:
    row = connection.execute(
        "SELECT n.m FROM mention n LEFT JOIN mention_fact f ON f.m = n.m WHERE n.id = ? ORDER BY f.m IS NULL, n.m DESC LIMIT 1", (id,)
    ).fetchone()
    if row is None:
        return None
    return review.overlay(write.load_mention(connection, row[0]), review.reviews_of(connection, id))[0]


def _mentions_of(connection: Connection, ids: Sequence[str]) -> dict[str, EventMention]:
    keys: dict[str, int] = {}
    judged: set[str] = set()
    for start in range(0, len(ids), _PAGE):
        part = ids[start : start + _PAGE]
        marks = ",".join("?" * len(part))
        sql = f"SELECT n.id, n.m FROM mention n LEFT JOIN mention_fact f ON f.m = n.m WHERE n.id IN ({marks}) ORDER BY f.m IS NULL DESC, n.m"
        keys.update(connection.execute(sql, part).fetchall())  # the last row of an id is the one that holds
        for column, table in (("target", "review"), ("mention", "carried")):
            judged.update(row[0] for row in connection.execute(f"SELECT {column} FROM {table} WHERE {column} IN ({marks})", part))
    found = write.load_mentions(connection, list(keys.values()))
    shown = {i: found[keys[i]] for i in ids if i in keys}
    return {i: review.overlay(m, review.reviews_of(connection, i))[0] if i in judged else m for i, m in shown.items()}


def _shown(connection: Connection, kind: query.Kind, keys: Sequence[int]) -> list[Any]:
    """The records with these keys in this order, corrections applied."""
    states: dict[int, str | None] = {}
    found: dict[int, Any] = {}
    for start in range(0, len(keys), _PAGE):
        part = keys[start : start + _PAGE]
        marks = ",".join("?" * len(part))
        states.update(connection.execute(f"SELECT m, state FROM {kind}_fact WHERE m IN ({marks})", part).fetchall())
        if kind == "event":
            rows = connection.execute(f"SELECT m, data FROM event WHERE m IN ({marks})", part)
            found.update({m: msgspec.json.decode(data, type=Event) for m, data in rows})
    if kind == "mention":
        found = write.load_mentions(connection, keys)
    out: list[Any] = []
    for key in keys:
        if key not in found or key not in states:
            continue  # taken away between the two readings by another process
        one = found[key]
        out.append(one if states[key] is None else review.overlay(one, review.reviews_of(connection, one.id))[0])
    return out
