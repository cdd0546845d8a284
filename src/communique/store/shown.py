"""Records by their keys, as they are shown: with people's standing corrections applied."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from communique.records import (
    CodedDocument,
    Document,
    DocumentFacts,
    Event,
    EventMention,
    Published,
)
from communique.store import query, review, write
from communique.store.dialect import Connection

FACTS = "id, source, publisher, agency, author, url, title, language, dateline, published_data, chars, sha256, added, mentions"
PAGE = 500


def facts_of(row: tuple[Any, ...]) -> DocumentFacts:
    id, source, publisher, agency, author, url, title, language, dateline, published, chars, sha256, added, mentions = row
    return DocumentFacts(
        id=id, source=source, publisher=publisher, agency=agency, author=author, url=url, title=title, language=language,
        dateline=dateline, published=msgspec.json.decode(published, type=Published), chars=chars, sha256=sha256, added=added,
        mentions=mentions,
    )  # fmt: skip


def coded_of(connection: Connection, id: str, run: str | None) -> CodedDocument | None:
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


def mention_of(connection: Connection, id: str) -> EventMention | None:
    row = connection.execute(
        "SELECT n.m FROM mention n LEFT JOIN mention_fact f ON f.m = n.m WHERE n.id = ? ORDER BY f.m IS NULL, n.m DESC LIMIT 1", (id,)
    ).fetchone()
    if row is None:
        return None
    return review.overlay(write.load_mention(connection, row[0]), review.reviews_of(connection, id))[0]


def mentions_of(connection: Connection, ids: Sequence[str]) -> dict[str, EventMention]:
    keys: dict[str, int] = {}
    judged: set[str] = set()
    for start in range(0, len(ids), PAGE):
        part = ids[start : start + PAGE]
        marks = ",".join("?" * len(part))
        sql = f"SELECT n.id, n.m FROM mention n LEFT JOIN mention_fact f ON f.m = n.m WHERE n.id IN ({marks}) ORDER BY f.m IS NULL DESC, n.m"
        keys.update(connection.execute(sql, part).fetchall())  # the last row of an id is the one that holds
        for column, table in (("target", "review"), ("mention", "carried")):
            judged.update(row[0] for row in connection.execute(f"SELECT {column} FROM {table} WHERE {column} IN ({marks})", part))
    found = write.load_mentions(connection, list(keys.values()))
    shown = {i: found[keys[i]] for i in ids if i in keys}
    return {i: review.overlay(m, review.reviews_of(connection, i))[0] if i in judged else m for i, m in shown.items()}


def shown(connection: Connection, kind: query.Kind, keys: Sequence[int]) -> list[Any]:
    """The records with these keys in this order, corrections applied."""
    states: dict[int, str | None] = {}
    found: dict[int, Any] = {}
    for start in range(0, len(keys), PAGE):
        part = keys[start : start + PAGE]
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
