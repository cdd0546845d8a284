"""Questions kept by name, and differences between reports that a person settled.

A saved query is the `Filter` of a list under a name: the newest under a name is the one that holds, and older ones
stay as rows, so that what a count meant last month can be looked up. Settling a discrepancy is a review act on
the event: which value holds, who says so and why, with both reports' words beside it. It changes no record (a
correction does that) and can be undone. An event's id changes when linking groups its mentions anew, so a decision finds its
discrepancy by event and field, else by the two mentions that differ.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from communique.errors import UsageError
from communique.records import Discrepancy, EventMention, EventType, Filter, Review
from communique.store.dialect import Connection
from communique.store.review import standing
from communique.text import digest

_MAX_NAME = 120


class SavedQuery(msgspec.Struct, frozen=True, kw_only=True):
    """A list's filter under a name. `kind` is the list it is of."""

    name: str
    kind: Literal["event", "mention"]
    filter: Filter
    by: str
    at: str
    note: str | None = None


class Settled(msgspec.Struct, frozen=True, kw_only=True):
    """A discrepancy and the standing decision about it; `value` is what holds, `None` for neither."""

    discrepancy: Discrepancy
    value: str | None
    review: Review


def plain_name(name: str) -> str:
    """The name in one line of printable characters; `UsageError` when nothing is left of it, or too much."""
    found = "".join(ch if ch.isprintable() else "\ufffd" for ch in " ".join(name.split()))
    if not found or len(found) > _MAX_NAME:
        raise UsageError(f"a query's name is 1 to {_MAX_NAME} characters", value=name)
    return found


def save(connection: Connection, query: SavedQuery) -> None:
    """Keep a query under its name."""
    name = plain_name(query.name)
    if query.filter.limit < 0:
        raise UsageError("a list's limit is 0 (all) or more", value=query.filter.limit)
    plain = msgspec.structs.replace(query.filter, after=None)
    connection.execute(
        "INSERT INTO saved_query(name, kind, filter, by, at, note) VALUES(?,?,?,?,?,?)",
        (name, query.kind, msgspec.json.encode(plain).decode(), query.by, query.at, query.note),
    )


def queries(connection: Connection, name: str | None = None) -> list[SavedQuery]:
    """The query that holds under each name, by name; those forgotten are left out."""
    where, params = ("", ()) if name is None else ("WHERE name = ?", (name,))
    sql = f"SELECT name, kind, filter, by, at, note FROM saved_query {where} ORDER BY q"
    last = {row[0]: row for row in connection.execute(sql, params).fetchall()}
    return [
        SavedQuery(name=n, kind=kind, filter=msgspec.json.decode(flt, type=Filter), by=by, at=at, note=note)
        for n, kind, flt, by, at, note in sorted(last.values())
        if flt is not None
    ]


def forget(connection: Connection, name: str, by: str, at: str) -> bool:
    """Take a name off the list by a row that says so; False when there is none."""
    found = queries(connection, name)
    if found:
        sql = "INSERT INTO saved_query(name, kind, filter, by, at, note) VALUES(?,?,NULL,?,?,NULL)"
        connection.execute(sql, (name, found[0].kind, by, at))
    return bool(found)


def act_of(found: list[Discrepancy], event: str, field: str, value: str | None, by: str, why: str | None, at: str) -> Review:
    """The act that settles the event's discrepancy in this field; `UsageError` where it has none."""
    one = next((d for d in found if d.field == field), None)
    if one is None:
        there = ", ".join(sorted({d.field for d in found})) or "none"
        raise UsageError(f"no such discrepancy: the reports of event {event} do not differ in {field!r}; they do in: {there}", value=field)
    after = msgspec.json.encode(value).decode()
    return Review(
        id=digest("review", event, "settle", field, after, by, at), target=event, act="settle", field=field,
        before=msgspec.json.encode(one).decode(), after=after, why=why, by=by, at=at,
    )  # fmt: skip


def settled(connection: Connection, found: list[Discrepancy]) -> list[Settled]:
    """Those of the discrepancies that stand settled, in their order, each with its last standing decision."""
    sql = "SELECT data FROM review WHERE act = 'settle' OR undoes IS NOT NULL ORDER BY v"
    acts = [msgspec.json.decode(data, type=Review) for (data,) in connection.execute(sql).fetchall()]
    by_event: dict[tuple[str, str], Review] = {}
    by_pair: dict[tuple[str, str, str], Review] = {}
    for act in standing(acts):
        if act.act == "settle" and act.field is not None:
            by_event[act.target, act.field] = act
            old = msgspec.json.decode(act.before or "null", type=Discrepancy)
            by_pair[old.left, old.right, act.field] = act
    out = []
    for one in found:
        hit = by_event.get((one.event, one.field)) or by_pair.get((one.left, one.right, one.field)) or by_pair.get((one.right, one.left, one.field))
        if hit is not None:
            out.append(Settled(discrepancy=one, value=msgspec.json.decode(hit.after or "null"), review=hit))
    return out


def missed(document: str, text: str | None, trigger: tuple[int, int], type: EventType, fields: dict[str, Any]) -> EventMention:
    """The event mention that a person found at these offsets; `UsageError` where it does not fit the text or the record."""
    from communique import tables

    if text is None:
        raise UsageError(f"{document}: no such document; add it first", value=document)
    if type not in tables.DEFAULT_CAMEO:
        raise UsageError(f"no type {type!r}; there are: {' '.join(tables.DEFAULT_CAMEO)}", value=type)
    start, end = trigger
    fixed = {"id", "document", "trigger", "type"} & set(fields)
    if fixed:
        raise UsageError(f"the record's {sorted(fixed)[0]!r} is given beside its other fields", value=sorted(fixed))
    if not 0 <= start < end <= len(text):
        raise UsageError(f"{start}-{end} lies outside the text of {len(text)} characters", value=trigger)
    plain: dict[str, Any] = msgspec.to_builtins(fields)
    evidence = plain.pop("evidence", None) or [[start, end]]
    if any(b > len(text) for _, b in evidence):
        raise UsageError(f"the evidence lies outside the text of {len(text)} characters", value=evidence)
    name = digest("missed", document, f"{start}-{end}", type, msgspec.json.encode(plain, order="deterministic").decode())
    whole = {"id": name, "document": document, "type": type, "trigger": [start, end], "evidence": evidence, "score": 1.0, "coder": "by hand", **tables.measures(type, plain.get("mode")), **plain}
    try:
        return msgspec.convert(whole, EventMention)
    except (msgspec.ValidationError, ValueError) as error:
        raise UsageError(f"the record does not fit: {error}", value=fields) from error
