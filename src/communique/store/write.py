"""Putting records in: documents with their coding, codings anew, and what linking derives.

Everything costly (encoding, compression, fingerprints, the bytes on disk) is done before the write transaction
begins, so that the file is held for milliseconds. A document's rows go in together or not at all.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec
import zstandard

from communique.errors import UnreadableError
from communique.records import (
    Article,
    CodedDocument,
    Commitment,
    Copy,
    Discrepancy,
    Document,
    Event,
    EventMention,
    Run,
    Story,
)
from communique.store import project, review
from communique.store.dialect import Connection
from communique.store.project import ACTOR, RECIPIENT, Projection, day_number, month_of
from communique.store.schema import UNKNOWN_DAY
from communique.text import digest

_encode = msgspec.json.Encoder().encode
_local = threading.local()
_STUB = Document(id="", source="", format="text", text="", sha256="", raw_sha256="")


class Prepared(NamedTuple):
    """A coded document ready to be written."""

    coded: CodedDocument
    raw_sha256: str | None  # of bytes already kept beside the store
    document: bytes
    text: bytes
    coding: bytes
    words: tuple[str, str]
    hashes: list[int]
    lines: bytes
    mentions: list[tuple[EventMention, str]]


def _squeeze(data: bytes) -> bytes:
    """Compressed, by this thread's compressor: making one takes longer than using it."""
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=3)
    packed: bytes = compressor.compress(data)
    return packed


def prepare(coded: CodedDocument, raw_sha256: str | None) -> Prepared:
    """Encode and compress. Raises `UnreadableError` for a text that cannot be kept as UTF-8."""
    article = coded.article
    doc = article.doc
    try:
        text = doc.text.encode()
        document = _encode(msgspec.structs.replace(doc, text=""))
        bare = msgspec.structs.replace(article, doc=_STUB)
        coding = _encode(msgspec.structs.replace(coded, article=bare, mentions=()))
        first: dict[str, EventMention] = {}
        for mention in coded.mentions:
            first.setdefault(mention.id, mention)
        kept = list(first.values())
        lines = b"\n".join(map(_encode, kept))
    except UnicodeEncodeError as error:
        raise UnreadableError(
            f"{doc.source}: the text holds half a character (a lone surrogate) at {error.start}; read the bytes again",
            where=doc.source,
        ) from error
    words = project.indexed_text(article)
    return Prepared(
        coded, raw_sha256, _squeeze(document), _squeeze(text), _squeeze(coding), words, project.fingerprints(words[1]),
        _squeeze(lines), [(m, project.quote_of(doc.text, m)) for m in kept],
    )  # fmt: skip


def unpack_text(data: bytes) -> str:
    """A document's text from its row."""
    return zstandard.ZstdDecompressor().decompress(data).decode()


def unpack_document(data: bytes, text: str) -> Document:
    """A document from its row, with its text."""
    plain = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(data), type=Document)
    return msgspec.structs.replace(plain, text=text)


def unpack_coding(data: bytes, doc: Document, mentions: tuple[EventMention, ...]) -> CodedDocument:
    """A coded document from its rows: exactly what was added."""
    coded = msgspec.json.decode(zstandard.ZstdDecompressor().decompress(data), type=CodedDocument)
    article = msgspec.structs.replace(coded.article, doc=doc)
    return msgspec.structs.replace(coded, article=article, mentions=mentions)


def mentions_of(connection: Connection, coding: int) -> list[EventMention]:
    """All mentions of one coding, as coded, in order."""
    data = connection.execute("SELECT mentions FROM coding WHERE c = ?", (coding,)).get
    return [msgspec.json.decode(line, type=EventMention) for line in _lines(data)]


def _lines(data: bytes) -> list[bytes]:
    plain = zstandard.ZstdDecompressor().decompress(data)
    return plain.split(b"\n") if plain else []


def load_mentions(connection: Connection, keys: Sequence[int]) -> dict[int, EventMention]:
    """Mentions by their keys, as coded; each coding is unpacked once."""
    out: dict[int, EventMention] = {}
    codings: dict[int, list[bytes]] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        sql = f"SELECT m, c, ord, data FROM mention WHERE m IN ({','.join('?' * len(part))})"
        rows = connection.execute(sql, part).fetchall()
        wanted = sorted({c for _, c, _, data in rows if data is None and c not in codings})
        if wanted:
            sql = f"SELECT c, mentions FROM coding WHERE c IN ({','.join('?' * len(wanted))})"
            codings.update((c, _lines(packed)) for c, packed in connection.execute(sql, wanted))
        for m, c, order, data in rows:
            out[m] = msgspec.json.decode(codings[c][order] if data is None else data, type=EventMention)
    return out


def load_mention(connection: Connection, m: int) -> EventMention:
    """One mention by its key, as coded."""
    return load_mentions(connection, [m])[m]


def implied_run(coded: CodedDocument, now: str) -> Run:
    """The run of a document added without one: all that were coded alike share it."""
    key = digest("run", coded.coder, coded.tables, coded.nlp, coded.settings)
    return Run(id=key, kind="add", coder=coded.coder, tables=coded.tables, nlp=coded.nlp, settings=coded.settings, started=now)


def run_key(connection: Connection, run: Run) -> int:
    """The row of a run, made when new."""
    found = connection.execute("SELECT r FROM run WHERE id = ?", (run.id,)).fetchone()
    if found is not None:
        return int(found[0])
    sql = "INSERT INTO run(id, kind, coder, tables, nlp, settings, started, ended, counts) VALUES(?,?,?,?,?,?,?,?,?) RETURNING r"
    row = (run.id, run.kind, run.coder, run.tables, run.nlp, run.settings, run.started, run.ended, _encode(run.counts).decode())
    return int(connection.execute(sql, row).get)


def log(connection: Connection, at: str, rows: Iterable[tuple[str, str, str]]) -> None:
    """Enter (kind, act, id) in the change log."""
    connection.executemany("INSERT INTO change_log(at, kind, act, id) VALUES(?,?,?,?)", [(at, *row) for row in rows])


# --- documents ----------------------------------------------------------------------------------------


def _document_row(key: int, item: Prepared, now: str) -> tuple[Any, ...]:
    doc = item.coded.article.doc
    return (key, doc.id, doc.source, doc.format, *_header_row(item.coded.article), len(doc.text), doc.sha256,
            item.raw_sha256 or doc.raw_sha256, int(item.raw_sha256 is not None), now, len(item.mentions), item.document)  # fmt: skip


def _header_row(article: Article) -> tuple[Any, ...]:
    h = article.header
    published = _encode(h.published).decode()
    return (h.publisher, h.agency, h.author, article.doc.url, h.title, h.language, h.dateline, day_number(h.published.start), published)


class _Inserts(NamedTuple):
    """The statements that put one kind's index rows in."""

    fact: str
    country: str
    entity: str
    dyad: str
    context: str
    speaker: str


def _inserts(kind: str) -> _Inserts:
    widths = {"fact": 17, "country": 4, "entity": 4, "dyad": 8, "context": 3, "speaker": 3}
    return _Inserts(**{table: f"INSERT INTO {kind}_{table} VALUES({','.join('?' * n)})" for table, n in widths.items()})


_INSERT = {kind: _inserts(kind) for kind in ("mention", "event")}
_SORTED = tuple(f"INSERT INTO {table}" for table in ("fingerprint", "mention_country", "mention_entity", "mention_dyad", "mention_context", "mention_speaker"))


class Batch:
    """Rows of several documents, gathered and then written table by table."""

    def __init__(self, connection: Connection, now: str) -> None:
        self.connection = connection
        self.now = now
        self.tables: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.rollup: Counter[tuple[str, str, int, str, str]] = Counter()
        self.scored: dict[tuple[str, str, int, str, str], tuple[int, float]] = {}
        self._speakers: dict[tuple[str, str, str], int] = {}
        self._searched = frozenset((connection.dialect.put_text, connection.dialect.put_quote))

    def put(self, sql: str, row: tuple[Any, ...]) -> None:
        self.tables[sql].append(row)

    def speaker(self, who: tuple[str, str, str]) -> int:
        """The row of a speaker, made when new."""
        key = self._speakers.get(who)
        if key is None:
            sql = "SELECT s FROM speaker WHERE name = ? AND entity = ? AND country = ?"
            row = self.connection.execute(sql, who).fetchone()
            if row is None:
                row = (self.connection.execute("INSERT INTO speaker(name, entity, country) VALUES(?,?,?) RETURNING s", who).get,)
            key = self._speakers[who] = int(row[0])
        return key

    def count(self, p: Projection, sign: int) -> None:
        """Add a mention to the dyad-month sums, or (`sign` -1) take it away."""
        if not p.live:
            return
        for a, b in p.dyads:
            key = (a, b, month_of(p.day), p.modality, p.quad or "")
            self.rollup[key] += sign
            n, total = self.scored.get(key, (0, 0.0))
            if p.plover is not None:
                self.scored[key] = (n + sign, total + sign * p.plover)

    def insert(self, kind: str, m: int, p: Projection) -> None:
        """The index rows of one record."""
        sql, day, tables = _INSERT[kind], p.day, self.tables
        tables[sql.fact].append((m, *p.fact))
        if p.countries:
            tables[sql.country] += [(value, day, m, roles) for value, roles in p.countries.items()]
        if p.entities:
            tables[sql.entity] += [(value, day, m, roles) for value, roles in p.entities.items()]
        if p.dyads:
            tables[sql.dyad] += [(a, b, day, m, p.modality, p.quad, p.plover, p.live) for a, b in p.dyads]
        if p.contexts:
            tables[sql.context] += [(context, day, m) for context in p.contexts]
        for who in p.speakers:
            tables[sql.speaker].append((self.speaker(who), day, m))
        if kind == "mention":
            self.count(p, 1)

    def remove(self, kind: str, m: int, p: Projection) -> None:
        """Take the index rows of one record away again; `p` is what they were made from."""
        self.put(f"DELETE FROM {kind}_fact WHERE m = ?", (m,))
        for table, values in (("country", p.countries), ("entity", p.entities), ("context", p.contexts)):
            for value in values:
                self.put(f"DELETE FROM {kind}_{table} WHERE {table} = ? AND day = ? AND m = ?", (value, p.day, m))
        for a, b in p.dyads:
            self.put(f"DELETE FROM {kind}_dyad WHERE a = ? AND b = ? AND day = ? AND m = ?", (a, b, p.day, m))
        for who in p.speakers:
            self.put(f"DELETE FROM {kind}_speaker WHERE speaker = ? AND day = ? AND m = ?", (self.speaker(who), p.day, m))
        if kind == "mention":
            self.count(p, -1)

    def flush(self, *, words: bool = True) -> None:
        """Write all rows, deletions first in the order they were asked for; without `words` those of the search tables
        wait for the next flush."""
        later = {} if words else {sql: rows for sql, rows in self.tables.items() if sql in self._searched}
        for sql, rows in self.tables.items():
            if sql in later:
                continue
            if sql.startswith(_SORTED):  # neighbours in the tree together: a page is touched once a batch
                rows.sort()
            self.connection.executemany(sql, rows)
        self.tables.clear()
        self.tables.update(later)
        changed = [(*key, n, *self.scored.get(key, (0, 0.0))) for key, n in self.rollup.items()]
        self.connection.executemany(
            "INSERT INTO rollup_dyad_month VALUES(?,?,?,?,?,?,?,?) ON CONFLICT(a, b, month, modality, quad) DO UPDATE SET "
            "n = rollup_dyad_month.n + excluded.n, scored = rollup_dyad_month.scored + excluded.scored, plover = CASE "
            "WHEN rollup_dyad_month.scored + excluded.scored = 0 THEN 0.0 ELSE rollup_dyad_month.plover + excluded.plover END",
            changed,
        )
        gone = [key for key, n in self.rollup.items() if n < 0]
        self.connection.executemany(
            "DELETE FROM rollup_dyad_month WHERE a=? AND b=? AND month=? AND modality=? AND quad=? AND n = 0", gone
        )
        self.rollup.clear()
        self.scored.clear()


_DOCUMENT = "INSERT INTO document VALUES(" + ",".join("?" * 20) + ")"
_CODING = "INSERT INTO coding VALUES(?,?,?,?,?,?,?)"
_MENTION = "INSERT INTO mention(m, id, doc, c, ord) VALUES(?,?,?,?,?)"


def next_key(connection: Connection, table: str, column: str) -> int:
    return int(connection.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").get)


def add_batch(connection: Connection, items: Sequence[Prepared], run: Run | None, now: str) -> list[bool]:
    """Write new documents inside the caller's transaction; per item whether it was new (or newly coded)."""
    out, words = add_rows(connection, items, run, now)
    words.flush()
    return out


def add_rows(connection: Connection, items: Sequence[Prepared], run: Run | None, now: str) -> tuple[list[bool], Batch]:
    """The same without making the new words searchable: that is for `flush` of the batch, in the same transaction."""
    batch = Batch(connection, now)
    sql = connection.dialect
    doc, c, m = (next_key(connection, t, k) for t, k in (("document", "doc"), ("coding", "c"), ("mention", "m")))
    runs: dict[str, int] = {}
    fresh: set[str] = set()
    out: list[bool] = []
    anew: list[tuple[int, Prepared]] = []
    for item in items:
        name = item.coded.article.doc.id
        found = connection.execute("SELECT doc FROM document WHERE id = ?", (name,)).fetchone()
        if name in fresh or found is not None:
            again = run is not None and run.kind == "recode" and found is not None
            if again:
                anew.append((len(out), item))
            out.append(False)
            continue
        fresh.add(name)
        this = run or implied_run(item.coded, now)
        if this.id not in runs:
            runs[this.id] = run_key(connection, this)
        batch.put(_DOCUMENT, _document_row(doc, item, now))
        batch.put("INSERT INTO text VALUES(?,?,?)", (doc, len(item.hashes), item.text))
        batch.put(sql.put_text, (doc, *sql.words(*item.words)))
        batch.put(_CODING, (c, doc, runs[this.id], now, 1, item.lines, item.coding))
        for value in item.hashes:
            batch.put("INSERT INTO fingerprint VALUES(?,?)", (value, doc))
        m = _put_mentions(batch, item, doc, c, m)
        doc, c = doc + 1, c + 1
        out.append(True)
    batch.flush(words=False)
    log(connection, now, [("document", "add", name) for name in fresh])
    for index, item in anew:
        out[index] = recode_one(connection, item, run, now)
    return out, batch


class Ending:
    """A transaction that is ended beside: its rows are written by the thread that makes this, then their words are made
    searchable and all is committed by another, so that the next documents are prepared meanwhile. Nobody may use the connection
    until `wait` returns; only then the documents are on the disk."""

    def __init__(
        self, connection: Connection, writing: AbstractContextManager[Connection], items: Sequence[Prepared], run: Run | None, now: str
    ) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(writing)
            out, words = add_rows(connection, items, run, now)
            self._transaction = stack.pop_all()
        self.added = sum(out)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._end, args=(words,), name="commit")
        self._thread.start()

    def _end(self, words: Batch) -> None:
        try:
            with self._transaction:
                words.flush()
        except BaseException as error:
            self._error = error

    def wait(self) -> None:
        """Return when the documents are on the disk; raise what kept them from it."""
        self._thread.join()
        if self._error is not None:
            raise self._error


def _put_mentions(batch: Batch, item: Prepared, doc: int, c: int, m: int) -> int:
    """The rows of a new document's mentions; the next free key."""
    header = item.coded.article.header
    published, added = day_number(header.published.start), day_number(batch.now)
    sql = batch.connection.dialect
    for order, (mention, quote) in enumerate(item.mentions):
        p = project.project(mention, doc=doc, published=published, added=added, publisher=header.publisher, state=None)
        batch.put(_MENTION, (m, mention.id, doc, c, order))
        batch.put(sql.put_quote, (m, *sql.words(quote)))
        batch.insert("mention", m, p)
        m += 1
    return m


# --- coding anew ---------------------------------------------------------------------------------------


def effective(connection: Connection, m: int) -> tuple[EventMention, str | None, Projection]:
    """A mention of a current coding as shown: corrections applied, with its state and index rows."""
    row = connection.execute(
        "SELECT n.doc, d.published, d.added, d.publisher FROM mention n JOIN document d ON d.doc = n.doc WHERE n.m = ?", (m,)
    ).fetchone()
    assert row is not None
    doc, published, added, publisher = row
    record = load_mention(connection, m)
    shown, state = review.overlay(record, review.reviews_of(connection, record.id))
    p = project.project(shown, doc=doc, published=published, added=day_number(added), publisher=publisher, state=state)
    return shown, state, p


def recode_one(connection: Connection, item: Prepared, run: Run | None, now: str) -> bool:
    """Make a new coding of a known document the current one; the old one stays. False when this run had it."""
    assert run is not None
    r = run_key(connection, run)
    name = item.coded.article.doc.id
    doc = int(connection.execute("SELECT doc FROM document WHERE id = ?", (name,)).get)
    if connection.execute("SELECT 1 FROM coding WHERE doc = ? AND r = ?", (doc, r)).fetchone():
        return False
    batch = Batch(connection, now)
    old: list[EventMention] = []
    kept = connection.execute("SELECT f.m, n.c FROM mention_fact f JOIN mention n ON n.m = f.m WHERE f.doc = ?", (doc,)).fetchall()
    for m, coding in kept:
        batch.remove("mention", m, effective(connection, m)[2])
        if coding is not None:
            batch.put("DELETE FROM mention_fts WHERE rowid = ?", (m,))
            old.append(load_mention(connection, m))
    batch.flush()
    connection.execute("UPDATE coding SET current = 0 WHERE doc = ?", (doc,))
    c = next_key(connection, "coding", "c")
    connection.execute(_CODING, (c, doc, r, now, 1, item.lines, item.coding))
    _update_header(connection, doc, item)
    m = next_key(connection, "mention", "m")
    sql = connection.dialect
    for order, (mention, quote) in enumerate(item.mentions):
        connection.execute(_MENTION, (m + order, mention.id, doc, c, order))
        connection.execute(sql.put_quote, (m + order, *sql.words(quote)))
    carry_over(connection, old, [mention for mention, _ in item.mentions], r)
    for key in [*range(m, m + len(item.mentions)), *(m for m, coding in kept if coding is None)]:
        batch.insert("mention", key, effective(connection, key)[2])
    batch.flush()
    connection.execute("UPDATE document SET mentions = (SELECT count(*) FROM mention_fact f WHERE f.doc = ?) WHERE doc = ?", (doc, doc))
    new = {mention.id for mention, _ in item.mentions}
    bury(connection, now, "mention", [mention.id for mention in old if mention.id not in new], f"not in run {run.id}")
    log(connection, now, [("document", "recode", name)])
    return True


def _update_header(connection: Connection, doc: int, item: Prepared) -> None:
    columns = "publisher=?, agency=?, author=?, url=?, title=?, language=?, dateline=?, published=?, published_data=?"
    row = _header_row(item.coded.article)
    connection.execute(f"UPDATE document SET {columns} WHERE doc = ?", (*row, doc))
    connection.execute("DELETE FROM text_fts WHERE rowid = ?", (doc,))
    connection.execute(connection.dialect.put_text, (doc, *connection.dialect.words(*item.words)))


def carry_over(connection: Connection, old: Sequence[EventMention], new: Sequence[EventMention], r: int) -> None:
    """Give decisions on old mentions to their successors, where those do not bear the same id."""
    for mention in old:
        reviews = review.reviews_of(connection, mention.id)
        found = review.successor(mention, new, reviews) if reviews else None
        if found is None or found[1] == "id":
            continue
        for item in reviews:
            connection.execute("INSERT INTO carried VALUES(?,?,?,?) ON CONFLICT DO NOTHING", (item.id, found[0].id, r, found[1]))


def bury(connection: Connection, at: str, kind: str, ids: Iterable[str], reason: str) -> None:
    """List records that are no longer shown, so that users of an export can delete theirs."""
    connection.executemany("INSERT INTO tombstone(kind, id, at, reason) VALUES(?,?,?,?)", [(kind, i, at, reason) for i in ids])


# --- what linking derives ------------------------------------------------------------------------------


class Derived(NamedTuple):
    """Everything that is rebuilt from mentions and judgements."""

    events: Sequence[Event] = ()
    stories: Sequence[Story] = ()
    commitments: Sequence[Commitment] = ()
    discrepancies: Sequence[Discrepancy] = ()
    copies: Sequence[Copy] = ()


def project_event(connection: Connection, record: Event) -> Projection:
    """An event's index rows: published and added when its first document was; originators as its speakers."""
    shown, state = review.overlay(record, review.reviews_of(connection, record.id))
    sql = f"SELECT min(published), min(added) FROM document WHERE id IN ({','.join('?' * len(record.documents))})"
    row = connection.execute(sql, record.documents).fetchone() or (None, None)
    published = row[0] if row[0] is not None else UNKNOWN_DAY
    p = project.project(shown, doc=None, published=published, added=day_number(row[1]), publisher=None, state=state)
    speakers = tuple(sorted({(o.name, o.entity or "", o.country or "") for o in record.originators}))
    return p._replace(speakers=speakers)


def replace_derived(connection: Connection, derived: Derived, scope: Collection[str] | None, now: str) -> None:
    """Put the derived records in place of the old ones: all, or those that touch documents in `scope`."""
    _replace_events(connection, derived.events, scope, now)
    _replace_stories(connection, derived.stories, scope)
    _replace_commitments(connection, derived.commitments, scope, now)
    events = {d.event for d in derived.discrepancies} | {e.id for e in derived.events}
    if scope is None:
        connection.execute("DELETE FROM discrepancy")
        connection.execute("DELETE FROM copy")
    connection.executemany("DELETE FROM discrepancy WHERE event = ?", [(e,) for e in events])
    connection.execute("DELETE FROM discrepancy WHERE event NOT IN (SELECT id FROM event)")
    connection.executemany("INSERT INTO discrepancy(event, data) VALUES(?,?)", [(d.event, _text(d)) for d in derived.discrepancies])
    connection.executemany("DELETE FROM copy WHERE document = ?", [(d,) for d in scope or ()])
    put = "INSERT INTO copy VALUES(?,?,?) ON CONFLICT(document) DO UPDATE SET original = excluded.original, data = excluded.data"
    connection.executemany(put, [(c.document, c.original, _text(c)) for c in {c.document: c for c in derived.copies}.values()])


def _text(record: object) -> str:
    return _encode(record).decode()


def _replace_events(connection: Connection, events: Sequence[Event], scope: Collection[str] | None, now: str) -> None:
    have: dict[str, tuple[int, bytes]] = {}
    if scope is None:
        have = {i: (m, d) for m, i, d in connection.execute("SELECT m, id, data FROM event")}
    else:
        sql = "SELECT e.m, e.id, e.data FROM event_document x JOIN event e ON e.m = x.m WHERE x.document = ?"
        for document in scope:
            have.update({i: (m, d) for m, i, d in connection.execute(sql, (document,))})
        for event in events:  # an event that reappears under its id is a change, never a second row
            row = connection.execute("SELECT m, data FROM event WHERE id = ?", (event.id,)).fetchone()
            if row is not None:
                have[event.id] = (row[0], row[1])
    batch = Batch(connection, now)
    acts: list[tuple[str, str, str]] = []
    wanted = {event.id: event for event in events}
    for name, (m, data) in have.items():
        old = msgspec.json.decode(data, type=Event)
        if name in wanted and _encode(wanted[name]) == data:
            continue
        batch.remove("event", m, project_event(connection, old))
        for table in ("event", "event_mention", "event_document"):
            batch.put(f"DELETE FROM {table} WHERE m = ?", (m,))
        acts.append(("event", "change" if name in wanted else "remove", name))
    batch.flush()
    free = max(next_key(connection, "event", "m"), *(m + 1 for m, _ in have.values()), 0)  # keys of changed events are kept for them
    for name, event in wanted.items():
        data = _encode(event)
        if name in have and have[name][1] == data:
            continue
        m, free = (have[name][0], free) if name in have else (free, free + 1)
        batch.put("INSERT INTO event VALUES(?,?,?)", (m, name, data))
        for mention in dict.fromkeys(event.mentions):
            batch.put("INSERT INTO event_mention VALUES(?,?)", (mention, m))
        for document in dict.fromkeys(event.documents):
            batch.put("INSERT INTO event_document VALUES(?,?)", (document, m))
        batch.insert("event", m, project_event(connection, event))
        if name not in have:
            acts.append(("event", "add", name))
    batch.flush()
    bury(connection, now, "event", [i for _, act, i in acts if act == "remove"], "its mentions are judged otherwise now")
    log(connection, now, acts)


def _replace_stories(connection: Connection, stories: Sequence[Story], scope: Collection[str] | None) -> None:
    if scope is None:
        connection.execute("DELETE FROM story_document")
        connection.execute("DELETE FROM story")
    else:
        keys = [row[0] for d in scope for row in connection.execute("SELECT s FROM story_document WHERE document = ?", (d,))]
        keys += [row[0] for s in stories for row in connection.execute("SELECT s FROM story WHERE id = ?", (s.id,))]
        connection.executemany("DELETE FROM story_document WHERE s = ?", [(k,) for k in keys])
        connection.executemany("DELETE FROM story WHERE s = ?", [(k,) for k in keys])
    for story in stories:
        key = connection.execute("INSERT INTO story(id, data) VALUES(?,?) RETURNING s", (story.id, _text(story))).get
        connection.executemany("INSERT INTO story_document VALUES(?,?) ON CONFLICT DO NOTHING", [(d, key) for d in story.documents])


def _replace_commitments(
    connection: Connection, commitments: Sequence[Commitment], scope: Collection[str] | None, now: str
) -> None:
    tables = ("commitment_country", "commitment_mention", "commitment")
    have = {row[0] for row in connection.execute("SELECT id FROM commitment")} if scope is None else set()
    if scope is None:
        for table in tables:
            connection.execute(f"DELETE FROM {table}")
    else:
        sql = (
            "SELECT x.k, k.id FROM document d JOIN mention n ON n.doc = d.doc JOIN commitment_mention x ON x.mention = n.id "
            "JOIN commitment k ON k.k = x.k WHERE d.id = ?"
        )
        rows = [row for d in scope for row in connection.execute(sql, (d,))]
        rows += [row for c in commitments for row in connection.execute("SELECT k, id FROM commitment WHERE id = ?", (c.id,))]
        have = {name for _, name in rows}
        for table in tables:
            connection.executemany(f"DELETE FROM {table} WHERE k = ?", [(k,) for k, _ in rows])
    for c in commitments:
        key = connection.execute(
            "INSERT INTO commitment(id, kind, state, due, event, data) VALUES(?,?,?,?,?,?) RETURNING k",
            (c.id, c.kind, c.state, project.due_day(c.due), c.event, _text(c)),
        ).get
        roles: Counter[str] = Counter()
        for role, parties in ((ACTOR, c.by), (RECIPIENT, c.to)):
            for country in project.countries_of(parties):
                roles[country] |= role
        connection.executemany("INSERT INTO commitment_country VALUES(?,?,?)", [(v, key, r) for v, r in roles.items()])
        connection.executemany("INSERT INTO commitment_mention VALUES(?,?) ON CONFLICT DO NOTHING", [(v, key) for v in c.mentions])
    bury(connection, now, "commitment", sorted(have - {c.id for c in commitments}), "its mentions are judged otherwise now")
