"""The tables of a store, and how an older store becomes one of today.

Facts are written once: `document`, `text`, `coding`, `mention`, `judgement`, `review`, `failure`,
`change_log`, `tombstone`. Everything else is a projection of them (`*_fact`, `*_country`, `*_entity`, `*_dyad`,
`rollup_*`, `event*`, `story*`, ...): kept in the same transaction, rebuilt at will, and compared with a
recomputation by `Store.check(deep=True)`.

Only mentions of a document's *current* coding have projection rows, so no list needs to ask which run is
meant. A coding's mentions lie together in `coding.mentions` (JSON lines, compressed: a tenth of their size apart);
`mention` says which line; only a record that a person added has its own `data`. Days are integers (20250908); 99999999 stands for "not known" in sort keys only and never leaves this
room. `*_by_day` holds what most filters ask, so that a list is walked in order of time without touching the table.
The flat views `mentions`, `events` and `dyad_months` are for outside tools on a snapshot.

Migrations: `MIGRATIONS[n]` takes a store from schema n to n + 1. A store newer than `VERSION` is refused.
"""

from __future__ import annotations

import re

VERSION = 4
APPLICATION_ID = 0x434F4D51  # "COMQ"
UNKNOWN_DAY = 99999999

_PROJECTION = """
CREATE TABLE {p}_fact(
  m INTEGER PRIMARY KEY, doc INTEGER, type TEXT NOT NULL, mode TEXT, modality TEXT NOT NULL, quad TEXT,
  score REAL NOT NULL, day INTEGER NOT NULL, published INTEGER NOT NULL, added INTEGER NOT NULL,
  publisher TEXT COLLATE NOCASE, place TEXT, country TEXT, lat REAL, lon REAL, originators INTEGER NOT NULL, state TEXT) STRICT;
CREATE INDEX {p}_by_day ON {p}_fact(day, m, published, added, type, modality, quad, score, state, lat, lon);
CREATE INDEX {p}_by_published ON {p}_fact(published);
CREATE INDEX {p}_by_type ON {p}_fact(type, day);
CREATE INDEX {p}_by_publisher ON {p}_fact(publisher, day);
CREATE INDEX {p}_by_score ON {p}_fact(score);
CREATE INDEX {p}_by_doc ON {p}_fact(doc) WHERE doc IS NOT NULL;
CREATE INDEX {p}_by_mode ON {p}_fact(mode, day) WHERE mode IS NOT NULL;
CREATE INDEX {p}_by_country ON {p}_fact(country, day) WHERE country IS NOT NULL;
CREATE INDEX {p}_by_place ON {p}_fact(place COLLATE NOCASE, day) WHERE place IS NOT NULL;
CREATE INDEX {p}_by_lat ON {p}_fact(lat, lon) WHERE lat IS NOT NULL;
CREATE INDEX {p}_by_state ON {p}_fact(state) WHERE state IS NOT NULL;
CREATE TABLE {p}_country(country TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(country, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}_entity(entity TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(entity, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}_dyad(a TEXT, b TEXT, day INTEGER, m INTEGER, modality TEXT NOT NULL, quad TEXT, plover REAL,
  live INTEGER NOT NULL, PRIMARY KEY(a, b, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}_context(context TEXT, day INTEGER, m INTEGER,
  PRIMARY KEY(context, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE {p}_speaker(speaker INTEGER, day INTEGER, m INTEGER,
  PRIMARY KEY(speaker, day, m)) STRICT, WITHOUT ROWID;
"""

_FACTS = """
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE run(
  r INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, coder TEXT NOT NULL, tables TEXT NOT NULL,
  nlp TEXT, settings TEXT NOT NULL, started TEXT NOT NULL, ended TEXT, counts TEXT NOT NULL) STRICT;
CREATE TABLE document(
  doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, format TEXT NOT NULL, publisher TEXT,
  agency TEXT, author TEXT, url TEXT, title TEXT, language TEXT, dateline TEXT, published INTEGER NOT NULL,
  published_data TEXT NOT NULL, chars INTEGER NOT NULL, sha256 TEXT NOT NULL, raw_sha256 TEXT NOT NULL,
  raw_stored INTEGER NOT NULL, added TEXT NOT NULL, mentions INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE INDEX document_by_published ON document(published);
CREATE INDEX document_by_publisher ON document(publisher COLLATE NOCASE, published, agency, mentions);
CREATE INDEX document_by_raw ON document(raw_sha256);
CREATE TABLE text(doc INTEGER PRIMARY KEY REFERENCES document, hashes INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE VIRTUAL TABLE text_fts USING fts5(title, body, content='', contentless_delete=1,
  tokenize='porter unicode61 remove_diacritics 2');
CREATE TABLE fingerprint(hash INTEGER, doc INTEGER, PRIMARY KEY(hash, doc)) STRICT, WITHOUT ROWID;
CREATE TABLE coding(
  c INTEGER PRIMARY KEY, doc INTEGER NOT NULL REFERENCES document, r INTEGER NOT NULL REFERENCES run,
  at TEXT NOT NULL, current INTEGER NOT NULL, mentions BLOB NOT NULL, data BLOB NOT NULL, UNIQUE(doc, r)) STRICT;
CREATE UNIQUE INDEX coding_current ON coding(doc) WHERE current = 1;
CREATE TABLE mention(
  m INTEGER PRIMARY KEY, id TEXT NOT NULL, doc INTEGER NOT NULL REFERENCES document, c INTEGER REFERENCES coding,
  ord INTEGER NOT NULL, data BLOB) STRICT;
CREATE INDEX mention_by_id ON mention(id);
CREATE INDEX mention_by_coding ON mention(c) WHERE c IS NOT NULL;
CREATE INDEX mention_by_person ON mention(doc) WHERE c IS NULL;
CREATE VIRTUAL TABLE mention_fts USING fts5(quote, content='', contentless_delete=1,
  tokenize='porter unicode61 remove_diacritics 2');
INSERT INTO text_fts(text_fts, rank) VALUES('hashsize', 16777216);
INSERT INTO mention_fts(mention_fts, rank) VALUES('hashsize', 16777216);
CREATE TABLE speaker(s INTEGER PRIMARY KEY, name TEXT NOT NULL, entity TEXT NOT NULL, country TEXT NOT NULL,
  UNIQUE(name, entity, country)) STRICT;
CREATE TABLE failure(
  f INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
  at_where TEXT, raw_sha256 TEXT, added TEXT NOT NULL) STRICT;
CREATE TABLE judgement(
  j INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, left TEXT NOT NULL, right TEXT NOT NULL, kind TEXT NOT NULL,
  by TEXT NOT NULL, at TEXT NOT NULL, withdraws TEXT, data TEXT NOT NULL) STRICT;
CREATE INDEX judgement_left ON judgement(left);
CREATE INDEX judgement_right ON judgement(right);
CREATE INDEX judgement_withdraws ON judgement(withdraws) WHERE withdraws IS NOT NULL;
CREATE TABLE review(
  v INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, target TEXT NOT NULL, act TEXT NOT NULL, by TEXT NOT NULL,
  at TEXT NOT NULL, anchor TEXT, undoes TEXT, data TEXT NOT NULL) STRICT;
CREATE INDEX review_target ON review(target);
CREATE INDEX review_undoes ON review(undoes) WHERE undoes IS NOT NULL;
CREATE TABLE carried(review TEXT NOT NULL, mention TEXT NOT NULL, run INTEGER NOT NULL, how TEXT NOT NULL,
  PRIMARY KEY(mention, review)) STRICT, WITHOUT ROWID;
CREATE INDEX carried_review ON carried(review);
CREATE TABLE change_log(seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, kind TEXT NOT NULL,
  act TEXT NOT NULL, id TEXT NOT NULL) STRICT;
CREATE TABLE tombstone(t INTEGER PRIMARY KEY, kind TEXT NOT NULL, id TEXT NOT NULL, at TEXT NOT NULL,
  reason TEXT NOT NULL) STRICT;
CREATE INDEX tombstone_id ON tombstone(id);
CREATE TABLE rollup_dyad_month(a TEXT, b TEXT, month INTEGER, modality TEXT, quad TEXT, n INTEGER NOT NULL,
  scored INTEGER NOT NULL, plover REAL NOT NULL, PRIMARY KEY(a, b, month, modality, quad)) STRICT, WITHOUT ROWID;
"""

_DERIVED = """
CREATE TABLE event(m INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT;
CREATE TABLE event_mention(mention TEXT, m INTEGER, PRIMARY KEY(mention, m)) STRICT, WITHOUT ROWID;
CREATE INDEX event_mention_by_event ON event_mention(m);
CREATE TABLE event_document(document TEXT, m INTEGER, PRIMARY KEY(document, m)) STRICT, WITHOUT ROWID;
CREATE INDEX event_document_by_event ON event_document(m);
CREATE TABLE story(s INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
CREATE TABLE story_document(document TEXT, s INTEGER, PRIMARY KEY(document, s)) STRICT, WITHOUT ROWID;
CREATE INDEX story_document_by_story ON story_document(s);
CREATE TABLE commitment(k INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL,
  due INTEGER NOT NULL, event TEXT, data TEXT NOT NULL) STRICT;
CREATE TABLE commitment_country(country TEXT, k INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(country, k)) STRICT, WITHOUT ROWID;
CREATE TABLE commitment_mention(mention TEXT, k INTEGER, PRIMARY KEY(mention, k)) STRICT, WITHOUT ROWID;
CREATE TABLE discrepancy(d INTEGER PRIMARY KEY, event TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX discrepancy_event ON discrepancy(event);
CREATE TABLE copy(document TEXT PRIMARY KEY, original TEXT NOT NULL, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX copy_original ON copy(original);
"""

_SAVED = """
CREATE TABLE saved_query(q INTEGER PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, filter TEXT, by TEXT NOT NULL,
  at TEXT NOT NULL, note TEXT) STRICT;
CREATE INDEX saved_query_name ON saved_query(name);
"""
_JOBS = """
CREATE TABLE job(j INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL, data TEXT NOT NULL, given BLOB,
  owner TEXT, lease REAL NOT NULL, tries INTEGER NOT NULL, at REAL NOT NULL) STRICT;
CREATE INDEX job_open ON job(state) WHERE state IN ('waiting', 'running');
"""

_DAY = "CASE WHEN {d} = 99999999 THEN NULL ELSE printf('%04d-%02d-%02d', {d}/10000, {d}/100%100, {d}%100) END"
_VIEWS = f"""
CREATE VIEW mentions AS SELECT n.id, d.id AS document, f.type, f.mode, f.modality, f.quad, f.score,
  {_DAY.format(d="f.day")} AS day, {_DAY.format(d="f.published")} AS published, f.publisher, f.place, f.country,
  f.lat, f.lon, f.state AS reviewed
  FROM mention_fact f JOIN mention n ON n.m = f.m JOIN document d ON d.doc = n.doc;
CREATE VIEW events AS SELECT e.id, f.type, f.mode, f.modality, f.quad, f.score,
  {_DAY.format(d="f.day")} AS day, f.place, f.country, f.lat, f.lon, f.originators, f.state AS reviewed
  FROM event_fact f JOIN event e ON e.m = f.m;
CREATE VIEW dyad_months AS SELECT a AS actor, b AS recipient, month, modality, quad, n AS mentions,
  CASE WHEN scored > 0 THEN plover / scored END AS mean_score FROM rollup_dyad_month;
"""

CREATE = _FACTS + _PROJECTION.format(p="mention") + _DERIVED + _PROJECTION.format(p="event") + _SAVED + _JOBS + _VIEWS

_INDEX = re.compile(r"CREATE INDEX ((?:mention|event)_by_\w+) ON [^;]+;")
DEFERRED = {m[1]: m[0] for m in _INDEX.finditer(CREATE) if m[1].startswith("mention_") and m[1] not in ("mention_by_doc", "mention_by_coding", "mention_by_person")}
"""Indexes that a bulk load does without, by name: one sort at the end is a fraction of a million insertions."""

_LOOKED_UP = """
DROP INDEX document_by_publisher;
CREATE INDEX document_by_publisher ON document(publisher COLLATE NOCASE, published, agency, mentions);
CREATE INDEX story_document_by_story ON story_document(s);
"""
MIGRATIONS: dict[int, str] = {1: _SAVED, 2: _JOBS, 3: _LOOKED_UP}
"""`n: SQL` that takes a store from schema n to n + 1; run inside one transaction."""
