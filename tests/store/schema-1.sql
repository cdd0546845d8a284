-- The tables of a store of schema 1, as released. Never edited: migrations are tested from it.

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
CREATE INDEX document_by_publisher ON document(publisher, published);
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

CREATE TABLE mention_fact(
  m INTEGER PRIMARY KEY, doc INTEGER, type TEXT NOT NULL, mode TEXT, modality TEXT NOT NULL, quad TEXT,
  score REAL NOT NULL, day INTEGER NOT NULL, published INTEGER NOT NULL, added INTEGER NOT NULL,
  publisher TEXT COLLATE NOCASE, place TEXT, country TEXT, lat REAL, lon REAL, originators INTEGER NOT NULL, state TEXT) STRICT;
CREATE INDEX mention_by_day ON mention_fact(day, m, published, added, type, modality, quad, score, state, lat, lon);
CREATE INDEX mention_by_published ON mention_fact(published);
CREATE INDEX mention_by_type ON mention_fact(type, day);
CREATE INDEX mention_by_publisher ON mention_fact(publisher, day);
CREATE INDEX mention_by_score ON mention_fact(score);
CREATE INDEX mention_by_doc ON mention_fact(doc) WHERE doc IS NOT NULL;
CREATE INDEX mention_by_mode ON mention_fact(mode, day) WHERE mode IS NOT NULL;
CREATE INDEX mention_by_country ON mention_fact(country, day) WHERE country IS NOT NULL;
CREATE INDEX mention_by_place ON mention_fact(place COLLATE NOCASE, day) WHERE place IS NOT NULL;
CREATE INDEX mention_by_lat ON mention_fact(lat, lon) WHERE lat IS NOT NULL;
CREATE INDEX mention_by_state ON mention_fact(state) WHERE state IS NOT NULL;
CREATE TABLE mention_country(country TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(country, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE mention_entity(entity TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(entity, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE mention_dyad(a TEXT, b TEXT, day INTEGER, m INTEGER, modality TEXT NOT NULL, quad TEXT, plover REAL,
  live INTEGER NOT NULL, PRIMARY KEY(a, b, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE mention_context(context TEXT, day INTEGER, m INTEGER,
  PRIMARY KEY(context, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE mention_speaker(speaker INTEGER, day INTEGER, m INTEGER,
  PRIMARY KEY(speaker, day, m)) STRICT, WITHOUT ROWID;

CREATE TABLE event(m INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data BLOB NOT NULL) STRICT;
CREATE TABLE event_mention(mention TEXT, m INTEGER, PRIMARY KEY(mention, m)) STRICT, WITHOUT ROWID;
CREATE INDEX event_mention_by_event ON event_mention(m);
CREATE TABLE event_document(document TEXT, m INTEGER, PRIMARY KEY(document, m)) STRICT, WITHOUT ROWID;
CREATE INDEX event_document_by_event ON event_document(m);
CREATE TABLE story(s INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, data TEXT NOT NULL) STRICT;
CREATE TABLE story_document(document TEXT, s INTEGER, PRIMARY KEY(document, s)) STRICT, WITHOUT ROWID;
CREATE TABLE commitment(k INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL,
  due INTEGER NOT NULL, event TEXT, data TEXT NOT NULL) STRICT;
CREATE TABLE commitment_country(country TEXT, k INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(country, k)) STRICT, WITHOUT ROWID;
CREATE TABLE commitment_mention(mention TEXT, k INTEGER, PRIMARY KEY(mention, k)) STRICT, WITHOUT ROWID;
CREATE TABLE discrepancy(d INTEGER PRIMARY KEY, event TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE INDEX discrepancy_event ON discrepancy(event);
CREATE TABLE copy(document TEXT PRIMARY KEY, original TEXT NOT NULL, data TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX copy_original ON copy(original);

CREATE TABLE event_fact(
  m INTEGER PRIMARY KEY, doc INTEGER, type TEXT NOT NULL, mode TEXT, modality TEXT NOT NULL, quad TEXT,
  score REAL NOT NULL, day INTEGER NOT NULL, published INTEGER NOT NULL, added INTEGER NOT NULL,
  publisher TEXT COLLATE NOCASE, place TEXT, country TEXT, lat REAL, lon REAL, originators INTEGER NOT NULL, state TEXT) STRICT;
CREATE INDEX event_by_day ON event_fact(day, m, published, added, type, modality, quad, score, state, lat, lon);
CREATE INDEX event_by_published ON event_fact(published);
CREATE INDEX event_by_type ON event_fact(type, day);
CREATE INDEX event_by_publisher ON event_fact(publisher, day);
CREATE INDEX event_by_score ON event_fact(score);
CREATE INDEX event_by_doc ON event_fact(doc) WHERE doc IS NOT NULL;
CREATE INDEX event_by_mode ON event_fact(mode, day) WHERE mode IS NOT NULL;
CREATE INDEX event_by_country ON event_fact(country, day) WHERE country IS NOT NULL;
CREATE INDEX event_by_place ON event_fact(place COLLATE NOCASE, day) WHERE place IS NOT NULL;
CREATE INDEX event_by_lat ON event_fact(lat, lon) WHERE lat IS NOT NULL;
CREATE INDEX event_by_state ON event_fact(state) WHERE state IS NOT NULL;
CREATE TABLE event_country(country TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(country, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE event_entity(entity TEXT, day INTEGER, m INTEGER, roles INTEGER NOT NULL,
  PRIMARY KEY(entity, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE event_dyad(a TEXT, b TEXT, day INTEGER, m INTEGER, modality TEXT NOT NULL, quad TEXT, plover REAL,
  live INTEGER NOT NULL, PRIMARY KEY(a, b, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE event_context(context TEXT, day INTEGER, m INTEGER,
  PRIMARY KEY(context, day, m)) STRICT, WITHOUT ROWID;
CREATE TABLE event_speaker(speaker INTEGER, day INTEGER, m INTEGER,
  PRIMARY KEY(speaker, day, m)) STRICT, WITHOUT ROWID;

CREATE VIEW mentions AS SELECT n.id, d.id AS document, f.type, f.mode, f.modality, f.quad, f.score,
  CASE WHEN f.day = 99999999 THEN NULL ELSE printf('%04d-%02d-%02d', f.day/10000, f.day/100%100, f.day%100) END AS day, CASE WHEN f.published = 99999999 THEN NULL ELSE printf('%04d-%02d-%02d', f.published/10000, f.published/100%100, f.published%100) END AS published, f.publisher, f.place, f.country,
  f.lat, f.lon, f.state AS reviewed
  FROM mention_fact f JOIN mention n ON n.m = f.m JOIN document d ON d.doc = n.doc;
CREATE VIEW events AS SELECT e.id, f.type, f.mode, f.modality, f.quad, f.score,
  CASE WHEN f.day = 99999999 THEN NULL ELSE printf('%04d-%02d-%02d', f.day/10000, f.day/100%100, f.day%100) END AS day, f.place, f.country, f.lat, f.lon, f.originators, f.state AS reviewed
  FROM event_fact f JOIN event e ON e.m = f.m;
CREATE VIEW dyad_months AS SELECT a AS actor, b AS recipient, month, modality, quad, n AS mentions,
  CASE WHEN scored > 0 THEN plover / scored END AS mean_score FROM rollup_dyad_month;
