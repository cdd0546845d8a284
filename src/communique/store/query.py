"""One `Filter` → rows: the only SQL that reads lists.

Mentions and events have index tables of one shape (`schema._PROJECTION`), so one builder serves both; `kind` is
the tables' prefix. A filter becomes clauses on the narrow fact row `f`. Each clause that an index can answer
alone says how ("driver"). Which to start from is decided by looking, not by statistics that age: matches are
counted up to a bound; a small set is fetched, filtered and sorted, otherwise the list is walked in its own order
until the page is full.

Keyset paging: `Filter.after` is the id of the last row seen; a page never shifts when rows are added before it.
Days not known come last whichever way the list runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple, get_args

from communique.errors import UsageError
from communique.records import EventType, Filter, Modality, Quad
from communique.store.dialect import Connection, Dialect
from communique.store.project import ABOUT, ACTOR, RECIPIENT, day_number
from communique.store.schema import UNKNOWN_DAY

Kind = Literal["mention", "event"]
_SMALL = 20000  # matches that are fetched and sorted at once; with `_BOUND`, tuned on bench/store.py
_BOUND = 40000
_DATE_COLUMNS = {"happened": "day", "published": "published", "added": "added"}
FACETS = ("type", "mode", "modality", "quad", "publisher", "place country", "actor", "recipient", "context", "year", "reviewed")


class Clause(NamedTuple):
    """One condition. `driver` is SQL that yields `m` of all matches; `ordered` that it can yield them by day."""

    sql: str
    params: tuple[Any, ...] = ()
    driver: str | None = None
    driver_params: tuple[Any, ...] = ()
    ordered: str | None = None  # "FROM ... WHERE ..." with d.day and d.m in day order


def _marks(values: tuple[Any, ...]) -> str:
    return ",".join("?" * len(values))


def match_query(text: str, dialect: Dialect) -> str:
    """A user's words as a query that cannot be malformed: all words, "phrases" kept, `word*` a prefix."""
    parts: list[tuple[str, bool]] = []
    for phrase, word in re.findall(r'"([^"]*)"|(\S+)', text):
        prefix = word.endswith("*") and len(word) > 1
        cleaned = (phrase or word.rstrip("*")).replace('"', " ").strip()
        if any(ch.isalnum() for ch in cleaned):
            parts.append((cleaned, prefix))
    if not parts:
        raise UsageError(f"nothing to search for in {text!r}; give at least one word", value=text)
    return dialect.match(parts)


def check_day(value: str, name: str) -> int:
    """A day given by a caller as a number; `UsageError` when it is none."""
    try:
        return day_number(date.fromisoformat(value[:10]).isoformat())
    except ValueError:
        raise UsageError(f"{name}={value!r} is not a date; give one like 2025-09-08", value=value) from None


def parties_of(blocs: tuple[str, ...]) -> tuple[str, ...]:
    """Members of these blocs and the bodies themselves, each once."""
    from communique import tables  # only for this: a question about odds does not wait for them

    return tuple(dict.fromkeys(p for b in blocs for p in tables.bloc_parties(b)))


def _party(kind: Kind, values: tuple[str, ...], roles: int) -> Clause:
    """Country codes and entity ids (those with a colon) among the parties in these roles."""
    values = tuple(v.removeprefix("country:") for v in values)
    tests: list[str] = []
    drivers: list[str] = []
    params: list[str] = []
    for table, column, wanted in (
        ("country", "country", tuple(v.upper() for v in values if ":" not in v)),
        ("entity", "entity", tuple(v for v in values if ":" in v)),
    ):
        if wanted:
            source = f"{kind}_{table} x WHERE x.{column} IN ({_marks(wanted)}) AND (x.roles & {roles}) <> 0"
            tests.append(f"EXISTS(SELECT 1 FROM {source} AND x.day = f.day AND x.m = f.m)")
            drivers.append(f"SELECT x.m FROM {source}")
            params += wanted
    table, column = ("entity", "entity") if ":" in values[0] else ("country", "country")
    ordered = f"{kind}_{table} d WHERE d.{column} = ? AND (d.roles & {roles}) <> 0" if len(values) == 1 else None
    return Clause(f"({' OR '.join(tests)})", tuple(params), " UNION ALL ".join(drivers), tuple(params), ordered)


def _dyad(kind: Kind, dyad: tuple[str, str], directed: bool) -> Clause:
    a, b = dyad[0].upper(), dyad[1].upper()
    test = f"EXISTS(SELECT 1 FROM {kind}_dyad x WHERE x.a = ? AND x.b = ? AND x.day = f.day AND x.m = f.m)"
    driver = f"SELECT m FROM {kind}_dyad WHERE a = ? AND b = ?"
    if directed:
        return Clause(test, (a, b), driver, (a, b))
    return Clause(f"({test} OR {test})", (a, b, b, a), f"{driver} UNION {driver}", (a, b, b, a))


def _plain(kind: Kind, column: str, values: tuple[Any, ...], *, index: bool) -> Clause:
    sql = f"{column} IN ({_marks(values)})"
    if not index:
        return Clause(f"+f.{sql}", values)
    ordered = f"{kind}_fact d WHERE d.{column} = ?" if len(values) == 1 else None
    return Clause(f"+f.{sql}", values, f"SELECT m FROM {kind}_fact WHERE {sql}", values, ordered)


def _publisher(sql: Dialect, values: tuple[str, ...]) -> Clause:
    """Publishers of mentions, whatever the case of their letters."""
    ordered = f"mention_fact d WHERE {sql.same('d.publisher', 1)}" if len(values) == 1 else None
    driver = f"SELECT m FROM mention_fact WHERE {sql.same('publisher', len(values))}"
    return Clause(sql.same("+f.publisher", len(values)), values, driver, values, ordered)


def _set(sql: str, *params: Any) -> Clause:
    return Clause(f"f.m IN ({sql})", params, sql, params)


def _of_documents(sql: Dialect, kind: Kind, flt: Filter) -> Iterator[Clause]:
    """Clauses on the documents behind a row: publisher, document, story."""
    if flt.publisher:
        if kind == "mention":
            yield _publisher(sql, flt.publisher)
        else:
            yield _set(
                "SELECT x.m FROM document d JOIN event_document x ON x.document = d.id "
                f"WHERE {sql.same('d.publisher', len(flt.publisher))}",
                *flt.publisher,
            )
    if flt.document is not None:
        if kind == "mention":
            yield _set("SELECT m FROM mention_fact WHERE doc = (SELECT doc FROM document WHERE id = ?)", flt.document)
        else:
            yield _set("SELECT m FROM event_document WHERE document = ?", flt.document)
    if flt.story is not None:
        story = "FROM story s JOIN story_document sd ON sd.s = s.s"
        if kind == "mention":
            yield _set(
                f"SELECT x.m {story} JOIN document d ON d.id = sd.document JOIN mention_fact x ON x.doc = d.doc WHERE s.id = ?",
                flt.story,
            )
        else:
            yield _set(f"SELECT x.m {story} JOIN event_document x ON x.document = sd.document WHERE s.id = ?", flt.story)


def _of_place(sql: Dialect, kind: Kind, flt: Filter) -> Iterator[Clause]:
    if flt.place is not None:
        if re.fullmatch(r"[A-Z]{3}", flt.place):
            yield _plain(kind, "country", (flt.place,), index=True)
        else:
            pattern = re.sub(r"([\\%_])", r"\\\1", flt.place) + "%"
            yield Clause(sql.like("+f.place"), (pattern,), f"SELECT m FROM {kind}_fact WHERE {sql.like('place')}", (pattern,))
    if flt.box is not None:
        south, west, north, east = flt.box
        lon = "lon BETWEEN ? AND ?" if west <= east else "(lon >= ? OR lon <= ?)"
        test = f"lat BETWEEN ? AND ? AND {lon}"
        params = (south, north, west, east)
        yield Clause(
            f"({test.replace('lat', '+f.lat').replace('lon', '+f.lon')})", params, f"SELECT m FROM {kind}_fact WHERE {test}", params
        )


def _of_words(sql: Dialect, kind: Kind, flt: Filter) -> Iterator[Clause]:
    if flt.text is not None:
        query = match_query(flt.text, sql)
        if kind == "mention":
            yield _set(f"SELECT rowid AS m FROM mention_fts WHERE {sql.matches('mention_fts')}", query)
        else:
            yield _set(
                "SELECT x.m FROM mention_fts t JOIN mention n ON n.m = t.rowid JOIN event_mention x ON x.mention = n.id "
                f"WHERE {sql.matches('mention_fts', 't')}",
                query,
            )
    if flt.attribution is not None:
        pattern = "%" + re.sub(r"([\\%_])", r"\\\1", flt.attribution) + "%"
        who = f"SELECT s FROM speaker WHERE {sql.like('name')} OR entity = ? OR country = ?"
        params = (pattern, flt.attribution, flt.attribution)
        source = f"{kind}_speaker x WHERE x.speaker IN ({who})"
        yield Clause(
            f"EXISTS(SELECT 1 FROM {source} AND x.day = f.day AND x.m = f.m)", params, f"SELECT DISTINCT x.m FROM {source}", params
        )


def _of_dates(flt: Filter) -> Iterator[Clause]:
    column = _DATE_COLUMNS[flt.date]
    if flt.since is not None:
        yield Clause(f"f.{column} >= ?", (check_day(flt.since, "since"),))
    if flt.until is not None:
        yield Clause(f"f.{column} < ?", (check_day(flt.until, "until"),))
    elif flt.since is not None:
        yield Clause(f"f.{column} < ?", (UNKNOWN_DAY,))
    if flt.as_of is not None:
        day = check_day(flt.as_of, "as_of")
        yield Clause("(+f.published <= ? OR (+f.published = ? AND +f.added <= ?))", (day, UNKNOWN_DAY, day))


def _of_judgement(kind: Kind, flt: Filter) -> Iterator[Clause]:
    """Clauses on what was concluded: score, corroboration, review."""
    if flt.min_score is not None:
        yield Clause("+f.score >= ?", (flt.min_score,))
    if flt.min_originators is not None:
        if kind == "event":
            yield Clause("+f.originators >= ?", (flt.min_originators,))
        else:
            yield _set(
                "SELECT n.m FROM event_fact e JOIN event_mention x ON x.m = e.m JOIN mention n ON n.id = x.mention WHERE e.originators >= ?",
                flt.min_originators,
            )
    if flt.reviewed is None:
        yield Clause("+f.state IS DISTINCT FROM 'rejected'")
    elif flt.reviewed == "none":
        yield Clause("+f.state IS NULL")
    else:
        yield _plain(kind, "state", (flt.reviewed,), index=True)._replace(ordered=None)


def clauses(sql: Dialect, kind: Kind, flt: Filter) -> list[Clause]:
    """Every condition of the filter. Rejected records are left out unless the filter asks for them."""
    out: list[Clause] = []
    for values, roles in (
        (flt.actor, ACTOR),
        (flt.recipient, RECIPIENT),
        (flt.either, ACTOR | RECIPIENT | ABOUT),
        (flt.beside, ACTOR | RECIPIENT | ABOUT),
    ):
        if values:
            out.append(_party(kind, values, roles))
    if flt.bloc:
        out.append(_party(kind, parties_of(flt.bloc), ACTOR | RECIPIENT | ABOUT))
    if flt.dyad is not None:
        out.append(_dyad(kind, flt.dyad, flt.directed))
    for column, values, index in (
        ("type", flt.type, True),
        ("mode", flt.mode, True),
        ("quad", flt.quad, False),
        ("modality", flt.modality, False),
    ):
        if values:
            out.append(_plain(kind, column, values, index=index))
    if flt.context:
        source = f"{kind}_context x WHERE x.context IN ({_marks(flt.context)})"
        ordered = f"{kind}_context d WHERE d.context = ?" if len(flt.context) == 1 else None
        test = f"EXISTS(SELECT 1 FROM {source} AND x.day = f.day AND x.m = f.m)"
        out.append(Clause(test, flt.context, f"SELECT DISTINCT x.m FROM {source}", flt.context, ordered))
    for part in (_of_documents(sql, kind, flt), _of_place(sql, kind, flt), _of_words(sql, kind, flt), _of_dates(flt), _of_judgement(kind, flt)):
        out.extend(part)
    return out


def _joined(parts: list[Clause]) -> tuple[str, list[Any]]:
    return " AND ".join(c.sql for c in parts) or "TRUE", [p for c in parts for p in c.params]


def _smallest(connection: Connection, found: list[Clause]) -> tuple[Clause | None, int]:
    """The clause with the fewest matches, counted up to the bound; `None` where no index can help."""
    best, fewest = None, _BOUND + 1
    for clause in found:
        if clause.driver is not None:
            sql = f"SELECT count(*) FROM ({clause.driver} LIMIT {min(fewest, _BOUND)}) q"
            n = connection.execute(sql, clause.driver_params).get
            if n < fewest:
                best, fewest = clause, n
    return best, fewest


def page(connection: Connection, kind: Kind, flt: Filter) -> list[int]:
    """Keys of the rows of one page in order: `flt.limit` of them, all when it is 0."""
    found = clauses(connection.dialect, kind, flt)
    after = _after(connection, kind, flt)
    if flt.order in ("score", "originators"):
        column = "score" if flt.order == "score" else "originators"
        if after is not None:
            found.append(Clause(f"(f.{column} < ? OR (f.{column} = ? AND f.m > ?))", (after[column], after[column], after["m"])))
        return _walk(connection, kind, found, f"f.{column} DESC, f.m", flt.limit, None)
    column = _DATE_COLUMNS[flt.date]
    down = flt.order == "-date"
    if not down:
        if after is not None:
            found.append(Clause(f"(f.{column}, f.m) > (?, ?)", (after[column], after["m"])))
        return _walk(connection, kind, found, f"f.{column}, f.m", flt.limit, column)
    return _page_down(connection, kind, found, column, after, flt.limit)


def _page_down(
    connection: Connection, kind: Kind, found: list[Clause], column: str, after: dict[str, Any] | None, limit: int
) -> list[int]:
    """Newest first: days that are known, then those that are not."""
    out: list[int] = []
    if after is None or after[column] != UNKNOWN_DAY:
        known = [*found, Clause(f"f.{column} < ?", (UNKNOWN_DAY,))]
        if after is not None:
            known.append(Clause(f"(f.{column}, f.m) < (?, ?)", (after[column], after["m"])))
        out = _walk(connection, kind, known, f"f.{column} DESC, f.m DESC", limit, column)
    if limit and len(out) >= limit:
        return out
    unknown = [*found, Clause(f"f.{column} = ?", (UNKNOWN_DAY,))]
    if after is not None and after[column] == UNKNOWN_DAY:
        unknown.append(Clause("f.m < ?", (after["m"],)))
    return out + _walk(connection, kind, unknown, f"f.{column} DESC, f.m DESC", limit - len(out) if limit else 0, column)


def _walk(connection: Connection, kind: Kind, found: list[Clause], order: str, limit: int, column: str | None) -> list[int]:
    """Run the list from its best start. `column` is the date column the order goes by, `None` for other orders."""
    best, fewest = _smallest(connection, found)
    rest = [c for c in found if c is not best]
    tail = f" ORDER BY {order}" + (f" LIMIT {limit}" if limit else "")
    if best is not None and best.ordered is not None and column == "day" and limit:
        where, params = _joined(rest)
        source = best.ordered.replace(" WHERE ", f" CROSS JOIN {kind}_fact f ON f.m = d.m WHERE ")
        sql = f"SELECT f.m FROM {source} AND {where.replace('f.day', 'd.day')} ORDER BY {order.replace('f.', 'd.')} LIMIT {limit}"
        return [row[0] for row in connection.execute(sql, (*best.driver_params, *params))]
    if best is not None and best.driver is not None and (fewest <= _SMALL or not limit):
        where, params = _joined(rest)
        sql = f"SELECT f.m FROM (SELECT DISTINCT m FROM ({best.driver}) q) d CROSS JOIN {kind}_fact f ON f.m = d.m WHERE {where}{tail}"
        return [row[0] for row in connection.execute(sql, (*best.driver_params, *params))]
    where, params = _joined(found)
    index = f" INDEXED BY {kind}_by_{column}" if column in ("day", "published") and connection.dialect.may_name(connection, f"{kind}_by_{column}") else ""
    floor = f"f.{column} >= 0 AND " if index else ""
    sql = f"SELECT f.m FROM {kind}_fact f{index} WHERE {floor}{where}{tail}"
    return [row[0] for row in connection.execute(sql, params)]


def _after(connection: Connection, kind: Kind, flt: Filter) -> dict[str, Any] | None:
    if flt.after is None:
        return None
    sql = (
        f"SELECT f.m, f.day, f.published, f.added, f.score, f.originators FROM {kind} n JOIN {kind}_fact f ON f.m = n.m "
        "WHERE n.id = ?"
    )
    row = connection.execute(sql, (flt.after,)).fetchone()
    if row is None:
        raise UsageError(f"after={flt.after!r}: no such {kind} in the list; start again from the first page", value=flt.after)
    return dict(zip(("m", "day", "published", "added", "score", "originators"), row, strict=True))


def _matching(connection: Connection, kind: Kind, flt: Filter) -> tuple[str, list[Any]]:
    """"FROM ... WHERE ..." of all rows `f` the filter matches, without page or order."""
    found = clauses(connection.dialect, kind, flt)
    best, fewest = _smallest(connection, found)
    if best is None or best.driver is None or fewest > _BOUND:
        where, params = _joined(found)
        return f"FROM {kind}_fact f WHERE {where}", params
    where, params = _joined([c for c in found if c is not best])
    sql = f"FROM (SELECT DISTINCT m FROM ({best.driver}) q) d CROSS JOIN {kind}_fact f ON f.m = d.m WHERE {where}"
    return sql, [*best.driver_params, *params]


def count(connection: Connection, kind: Kind, flt: Filter) -> int:
    """How many rows the list has in all."""
    sql, params = _matching(connection, kind, flt)
    return int(connection.execute(f"SELECT count(*) {sql}", params).get)


def facets(connection: Connection, kind: Kind, flt: Filter, names: tuple[str, ...], top: int) -> dict[str, list[tuple[str, int]]]:
    """Per facet its values and how many rows of this list have each; adding a value to the filter opens as many.

    A facet whose field the filter already fixes counts within it. Values that a row lacks are not listed.
    """
    base, params = _matching(connection, kind, flt)
    fold = connection.dialect.fold
    columns = {
        "mode": "f.mode", "place country": "f.country", "reviewed": "f.state",
        "year": f"CASE WHEN f.day < {UNKNOWN_DAY} THEN CAST(f.day / 10000 AS TEXT) END",
    }  # fmt: skip
    joins = {
        "actor": (f"{kind}_country", "country", f"(x.roles & {ACTOR}) <> 0"),
        "recipient": (f"{kind}_country", "country", f"(x.roles & {RECIPIENT}) <> 0"),
        "context": (f"{kind}_context", "context", "TRUE"),
    }
    unknown = [name for name in names if name not in FACETS]
    if unknown:
        raise UsageError(f"no facet called {unknown[0]!r}; there are: {', '.join(FACETS)}", value=unknown[0])
    closed = _closed(connection, base, params, [name for name in names if name in _CLOSED])
    out: dict[str, list[tuple[str, int]]] = {}
    for name in names:
        if name in closed:
            out[name] = closed[name][:top]
            continue
        if kind == "event" and name == "publisher":
            sql = (
                "SELECT min(d.publisher) AS v, count(DISTINCT x.m) AS n FROM event_document x JOIN document d ON d.id = x.document "
                f"WHERE d.publisher IS NOT NULL AND x.m IN (SELECT f.m {base}) GROUP BY {fold('d.publisher')}"
            )
        elif name == "publisher":
            sql = f"SELECT min(f.publisher) AS v, count(*) AS n {base} AND f.publisher IS NOT NULL GROUP BY {fold('f.publisher')}"
        elif name in columns:
            sql = f"SELECT {columns[name]} AS v, count(*) AS n {base} AND {columns[name]} IS NOT NULL GROUP BY 1"
        else:
            table, column, test = joins[name]
            sql = f"SELECT x.{column} AS v, count(*) AS n FROM {table} x WHERE {test} AND x.m IN (SELECT f.m {base}) GROUP BY 1"
        out[name] = [(str(v), n) for v, n in connection.execute(f"{sql} ORDER BY n DESC, v LIMIT {top}", params)]
    return out


_CLOSED: dict[str, tuple[str, ...]] = {"type": get_args(EventType), "modality": get_args(Modality), "quad": get_args(Quad)}


def _closed(connection: Connection, base: str, params: list[Any], names: list[str]) -> dict[str, list[tuple[str, int]]]:
    """Counts of fields whose values are a closed set, all in one pass: grouping would sort every row."""
    if not names:
        return {}
    wanted = [(name, value) for name in names for value in _CLOSED[name]]
    sums = ", ".join(f"count(*) FILTER (WHERE +f.{name} = '{value}')" for name, value in wanted)
    row = connection.execute(f"SELECT {sums} {base}", params).fetchone()
    out: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for (name, value), n in zip(wanted, row, strict=True):
        if n:
            out[name].append((value, n))
    return {name: sorted(found, key=lambda item: (-item[1], item[0])) for name, found in out.items()}


def version(connection: Connection) -> int:
    """The number of the store's last change."""
    return int(connection.execute("SELECT coalesce(max(seq), 0) FROM change_log").fetchone()[0])


def shift_day(day: int, days: int) -> int:
    """The day number `days` later; unknown stays unknown."""
    if day == UNKNOWN_DAY:
        return day
    moved = date(day // 10000, day // 100 % 100, day % 100) + timedelta(days=days)
    return moved.year * 10000 + moved.month * 100 + moved.day
