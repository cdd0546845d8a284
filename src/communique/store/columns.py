"""Counts and facets of a long-running reader: the narrow columns of the lists held in memory.

SQL counts what one filter matches well, but a page shows a dozen facets, each a pass over everything that matches: a
second on 300,000 mentions. Held as arrays the same columns are counted in milliseconds. A server holds them
(`Store.hold_columns`); a command that asks once does not, since reading them costs more than one answer.

`Columns` is a snapshot that is never changed. `refreshed` makes the next one from the change log: rows that were
added are appended, rows that people or a new coding changed are read again, and after more than that everything is.
About 60 bytes a row; a million mentions with their events take some 120 MB.

Conditions that need text, places by name, speakers, entities, pairs or documents are asked of SQL, which has indexes
for them; all others are answered here. Both must agree with `query`, which a test holds them to.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from communique.errors import UsageError
from communique.records import Filter
from communique.store import query
from communique.store.dialect import Connection
from communique.store.project import ABOUT, ACTOR, RECIPIENT
from communique.store.schema import UNKNOWN_DAY

Ints = NDArray[np.signedinteger[Any]]
Bools = NDArray[np.bool_]
Keys = NDArray[np.intp]
_CODED = ("type", "mode", "modality", "quad", "publisher", "country", "state")
_NUMBERS = ("day", "published", "added", "originators")
_REALS = ("score", "lat", "lon")
_FACT = ", ".join(("m", *_CODED, *_NUMBERS, *_REALS))
_MANY = 20_000  # changes after which everything is read again
_FEW = 8  # a list of at most one in so many rows is counted by its rows, a longer one by all values
_ASKED = 32  # lists whose rows a snapshot remembers, a byte a row each
_FACET_COLUMN = {"type": "type", "mode": "mode", "modality": "modality", "quad": "quad", "publisher": "publisher", "place country": "country", "reviewed": "state"}


class Words:
    """Values of a column as numbers, in order of being met; case does not tell publishers apart, as in the file."""

    def __init__(self, *, fold: bool) -> None:
        self.values: list[str] = []
        self._codes: dict[str, int] = {}
        self._met: dict[str | None, int] = {None: -1}
        self._fold = fold
        self._ways: Ways | None = None

    def key(self, value: str) -> str:
        """What tells a value from others."""
        return value.translate(_LOWER) if self._fold else value

    def codes(self, values: Iterable[str | None]) -> list[int]:
        """The numbers of values, given when new; -1 for none."""
        met = self._met
        out = []
        for value in values:
            found = met.get(value)
            if found is None and value is not None:
                found = met[value] = self._codes.setdefault(self.key(value), len(self.values))
                if found == len(self.values):
                    self.values.append(value)
            out.append(-1 if found is None else found)
        return out

    def known(self, values: tuple[str, ...]) -> list[int]:
        """Numbers of those values that occur."""
        return [self._codes[self.key(v)] for v in values if self.key(v) in self._codes]

    def ways(self) -> Ways:
        """The values of "dyad" taken apart, with their order; made anew where there are more of them."""
        found = self._ways
        if found is None or len(found.pairs) != len(self.values):
            names = list(self.values)
            rank = np.empty(len(names), np.int64)
            rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
            found = self._ways = Ways([(a, b) for a, _, b in (name.partition("-") for name in names)], rank)
        return found


class Ways(NamedTuple):
    """Ordered pairs of countries by their numbers, and where each stands in order."""

    pairs: list[tuple[str, str]]
    rank: Keys


_LOWER = {ord(c): ord(c.lower()) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}  # SQLite's NOCASE folds these alone


_NO_WORDS = Words(fold=False)


class Pairs(msgspec.Struct, frozen=True):
    """Values of which a row may have several: (row, value's number, roles), and for ordered pairs of countries the record's score."""

    m: Keys
    code: Ints
    roles: Ints
    value: NDArray[np.float64] | None = None
    made: dict[str, tuple[Keys, Keys]] = msgspec.field(default_factory=dict)

    def of(self, keys: Keys, size: int) -> Keys:
        """Where the values of these rows stand, without looking at those of all others."""
        order, starts = self._by_row(size)
        first = starts.take(keys)
        many = starts.take(keys + 1) - first
        within = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
        return order.take(np.repeat(first, many) + within)  # type: ignore[no-any-return]

    def _by_row(self, size: int) -> tuple[Keys, Keys]:
        """The positions in order of their rows, and where each row's begin in that order; made when first asked for."""
        found = self.made.get("rows")
        if found is None:
            starts = np.zeros(size + 1, np.intp)
            np.cumsum(np.bincount(self.m, minlength=size), out=starts[1:])
            found = self.made["rows"] = (np.argsort(self.m, kind="stable"), starts)
        return found


class Columns(msgspec.Struct, frozen=True):
    """One kind's columns as of one change (`seq`). Arrays are indexed by the rows' keys."""

    kind: query.Kind
    seq: int
    live: Bools
    coded: dict[str, Ints]
    numbers: dict[str, Ints]
    reals: dict[str, NDArray[np.float64]]
    pairs: dict[str, Pairs]
    words: dict[str, Words]  # shared with later snapshots: they only ever grow
    asked: dict[Filter, Bools] = msgspec.field(default_factory=dict)

    def refreshed(self, connection: Connection) -> Columns:
        """The columns as the store is now."""
        return _refreshed(connection, self)

    def count(self, connection: Connection, flt: Filter) -> int:
        """How many rows the filter lists."""
        return int(self._matches(connection, flt).sum())

    def page(self, connection: Connection, flt: Filter) -> list[int]:
        """Keys of the rows of one page in order, as `query.page` has them."""
        return _page(connection, self, flt, self._matches(connection, flt))

    def keys(self, connection: Connection, flt: Filter) -> Any:
        """Keys of all rows of the list, in their own order."""
        return np.flatnonzero(self._matches(connection, flt))

    def _matches(self, connection: Connection, flt: Filter) -> Bools:
        """Which rows the filter lists, remembered for the other questions that a page asks about the same list."""
        key = msgspec.structs.replace(flt, after=None, limit=0, order="date")
        found = self.asked.get(key)
        if found is None:
            while len(self.asked) >= _ASKED:
                self.asked.pop(next(iter(self.asked)), None)
            found = self.asked[key] = matches(connection, self, flt)
        return found

    def facets(self, connection: Connection, flt: Filter, names: tuple[str, ...], top: int) -> dict[str, list[tuple[str, int]]]:
        """Per facet its commonest values among the rows that the filter lists, as `query.facets` has them."""
        return _facets(self, self._matches(connection, flt), names, top)

    def dyad_totals(self, since: str | None, until: str | None) -> list[tuple[str, str, int, int, float]]:
        """Sums of every ordered pair of countries over whole months, as `acts.dyad_totals` has them."""
        return _dyad_totals(self, since, until)


def load(connection: Connection, kind: query.Kind) -> Columns:
    """All columns, read anew."""
    seq = query.version(connection)
    empty = np.empty(0, np.int32)
    words = {name: Words(fold=name == "publisher") for name in (*_CODED, "context", "dyad")}
    base = Columns(
        kind=kind, seq=seq, live=np.empty(0, np.bool_), coded=dict.fromkeys(_CODED, empty), numbers=dict.fromkeys(_NUMBERS, empty),
        reals=dict.fromkeys(_REALS, np.empty(0)), pairs={name: Pairs(np.empty(0, np.intp), empty, empty) for name in _sources(kind)}, words=words,
    )  # fmt: skip
    return _with(connection, base, seq, 0, [])


def _refreshed(connection: Connection, old: Columns) -> Columns:
    seq = query.version(connection)
    if seq == old.seq:
        return old
    rows = connection.execute("SELECT kind, act, id FROM change_log WHERE seq > ? ORDER BY seq LIMIT ?", (old.seq, _MANY + 1)).fetchall()
    changed = _changed(connection, old.kind, np.flatnonzero(old.live), rows) if len(rows) <= _MANY else None
    if changed is None:
        return load(connection, old.kind)
    return _with(connection, old, seq, len(old.live), sorted(k for k in changed if k < len(old.live)))


def _changed(connection: Connection, kind: query.Kind, held: NDArray[np.intp], rows: list[tuple[str, str, str]]) -> set[int] | None:
    """Keys of rows held already that may have changed; `None` where the log does not say which."""
    keys: set[int] = set()

    def add(sql: str, value: str) -> None:
        keys.update(row[0] for row in connection.execute(sql, (value,)))

    for what, act, name in rows:
        if what == "document" and act == "add":
            continue
        if what == "document" and act == "recode":
            if kind == "mention":
                add("SELECT n.m FROM document d JOIN coding c ON c.doc = d.doc JOIN mention n ON n.c = c.c WHERE d.id = ?", name)
                add("SELECT n.m FROM document d JOIN mention n ON n.doc = d.doc AND n.c IS NULL WHERE d.id = ?", name)
            else:
                add("SELECT m FROM event_document WHERE document = ?", name)
        elif what == "review":
            add(f"SELECT m FROM {kind} WHERE id = ?", name)
            if kind == "mention":
                add("SELECT n.m FROM review v JOIN carried x ON x.review = v.id JOIN mention n ON n.id = x.mention WHERE v.target = ?", name)
        elif what == "event" and act in ("add", "change"):
            if kind == "event":
                add("SELECT m FROM event WHERE id = ?", name)
        elif what != "event" or act != "remove":
            return None
    if kind == "event" and any(row[:2] == ("event", "remove") for row in rows):
        left = np.array([row[0] for row in connection.execute("SELECT m FROM event_fact")], np.int64)
        keys.update(np.setdiff1d(held, left).tolist())
    return keys


def _sources(kind: query.Kind) -> dict[str, str]:
    """The tables of columns with several values a row, as (m, value, roles)."""
    out = {"party": f"SELECT m, country, roles FROM {kind}_country", "context": f"SELECT m, context, 1 FROM {kind}_context"}
    if kind == "event":
        out["publisher"] = "SELECT x.m, d.publisher, 1 FROM event_document x JOIN document d ON d.id = x.document WHERE d.publisher IS NOT NULL"
        out["report"] = "SELECT x.m, n.m, 1 FROM event_mention x JOIN mention n ON n.id = x.mention"  # its mentions, by key
    else:
        out["dyad"] = "SELECT m, a || '-' || b, live, plover FROM mention_dyad"
    return out


def _vocabulary(name: str) -> str:
    return "country" if name == "party" else name


def _with(connection: Connection, old: Columns, seq: int, first: int, again: list[int]) -> Columns:
    """The old columns with the rows from key `first` on, and those to be read `again`."""
    rows = connection.execute(f"SELECT {_FACT} FROM {old.kind}_fact WHERE m >= ?", (first,)).fetchall()
    for part in _parts(again):
        rows += connection.execute(f"SELECT {_FACT} FROM {old.kind}_fact WHERE m IN ({','.join('?' * len(part))})", part).fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * (1 + len(_CODED) + len(_NUMBERS) + len(_REALS))
    at = np.array(columns[0], np.int64)
    size = max(len(old.live), int(at.max(initial=-1)) + 1)
    gone = np.array(again, np.int64)

    def grown(array: Any, values: object, fill: object) -> Any:
        out = np.full(size, fill, array.dtype)
        out[: len(array)] = array
        out[gone] = fill
        out[at] = values
        return out

    coded = {n: grown(old.coded[n], old.words[n].codes(columns[1 + i]), -1) for i, n in enumerate(_CODED)}
    numbers = {n: grown(old.numbers[n], columns[1 + len(_CODED) + i], 0) for i, n in enumerate(_NUMBERS)}
    reals = {n: grown(old.reals[n], [np.nan if v is None else v for v in columns[1 + len(_CODED) + len(_NUMBERS) + i]], np.nan) for i, n in enumerate(_REALS)}
    pairs = {n: _paired(connection, old, n, sql, (first, size), again) for n, sql in _sources(old.kind).items()}
    return Columns(
        kind=old.kind, seq=seq, live=grown(old.live, True, False), coded=coded, numbers=numbers, reals=reals, pairs=pairs, words=old.words,
    )  # fmt: skip


def _parts(keys: list[int]) -> list[list[int]]:
    return [keys[i : i + 500] for i in range(0, len(keys), 500)]


def _paired(connection: Connection, old: Columns, name: str, sql: str, bounds: tuple[int, int], again: list[int]) -> Pairs:
    joined = "AND" if " WHERE " in sql else "WHERE"
    key = "x.m" if "x.m" in sql else "m"
    rows = connection.execute(f"{sql} {joined} {key} >= ? AND {key} < ?", bounds).fetchall()
    for part in _parts(again):
        rows += connection.execute(f"{sql} {joined} {key} IN ({','.join('?' * len(part))})", part).fetchall()
    had, words = old.pairs[name], old.words.get(_vocabulary(name), _NO_WORDS)
    kept = ~np.isin(had.m, again) if again else np.ones(len(had.m), np.bool_)
    m, values, roles, *scores = zip(*rows, strict=True) if rows else ((), (), (), *([()] if name == "dyad" else []))
    codes = values if name == "report" else words.codes(values)
    new: list[Any] = [np.array(m, np.intp), np.array(codes, np.int32), np.array(roles, np.int32)]
    if name == "publisher":  # one with two reports of an event counts once
        _, first_met = np.unique(new[0] << 32 | new[1], return_index=True)
        new = [part[first_met] for part in new]
    value = None
    if scores:
        before = np.empty(0) if had.value is None else had.value[kept]
        value = np.concatenate([before, np.array([np.nan if v is None else v for v in scores[0]], np.float64)])
    rest, coded, held = (np.concatenate([a[kept], b]) for a, b in zip((had.m, had.code, had.roles), new, strict=True))
    return Pairs(rest, coded, held, value)


# --- answering ------------------------------------------------------------------------------------------


def matches(connection: Connection, columns: Columns, flt: Filter) -> Bools:
    """Which rows the filter lists."""
    kept: dict[str, object] = {}
    mask = columns.live.copy()
    for name, values in (("type", flt.type), ("mode", flt.mode), ("quad", flt.quad), ("modality", flt.modality)):
        if values:
            mask &= _among(columns.coded[name], columns.words[name].known(values))
    _placed(columns, flt, mask, kept)
    for name in ("dyad", "document", "story", "text", "attribution", "box"):
        if getattr(flt, name) is not None:
            kept[name] = getattr(flt, name)
    kept |= {"directed": True} if flt.dyad is not None and flt.directed else {}
    if flt.bloc:
        parties = query.parties_of(flt.bloc)
        states = _having(columns, "party", columns.words["country"].known(tuple(p for p in parties if ":" not in p)), ACTOR | RECIPIENT | ABOUT)
        mask &= states | _asked(connection, columns, Filter(either=tuple(p for p in parties if ":" in p)))
    _dates(columns, flt, mask)
    _judged(columns, flt, mask, kept)
    if kept:
        mask &= _asked(connection, columns, Filter(**kept))  # type: ignore[arg-type]
    return mask


def _asked(connection: Connection, columns: Columns, rest: Filter) -> Bools:
    """Which rows meet the conditions that SQL has indexes for."""
    out = np.ones(len(columns.live), np.bool_)
    if columns.kind == "event" and rest.text is not None:
        out &= _reported_with(connection, columns.pairs["report"], len(out), rest.text)
        rest = msgspec.structs.replace(rest, text=None)
    for clause in query.clauses(connection.dialect, columns.kind, rest):
        if clause.driver is not None:
            keys = np.array([row[0] for row in connection.execute(clause.driver, clause.driver_params)], np.int64)
            some = np.zeros(len(out), np.bool_)
            some[keys[keys < len(out)]] = True
            out &= some
    return out


def _reported_with(connection: Connection, reports: Pairs, size: int, text: str) -> Bools:
    """Which events have a mention with these words in its quote."""
    clause = next(c for c in query.clauses(connection.dialect, "mention", Filter(text=text)) if c.driver is not None)
    keys = np.array([row[0] for row in connection.execute(clause.driver, clause.driver_params)], np.int64)
    said = np.zeros(max(int(keys.max(initial=0)), int(reports.code.max(initial=0))) + 1, np.bool_)
    said[keys] = True
    out = np.zeros(size, np.bool_)
    out[reports.m.take(np.flatnonzero(said.take(reports.code)))] = True
    return out


def _placed(columns: Columns, flt: Filter, mask: Bools, kept: dict[str, object]) -> None:
    """Where, who published, about what, and between whom."""
    if flt.place is not None and len(flt.place) == 3 and flt.place.isascii() and flt.place.isalpha() and flt.place.isupper():
        mask &= _among(columns.coded["country"], columns.words["country"].known((flt.place,)))
    elif flt.place is not None:
        kept["place"] = flt.place
    if flt.publisher:
        known = columns.words["publisher"].known(flt.publisher)
        mask &= _among(columns.coded["publisher"], known) if columns.kind == "mention" else _having(columns, "publisher", known, 1)
    if flt.context:
        mask &= _having(columns, "context", columns.words["context"].known(flt.context), 1)
    for name, values, roles in (("actor", flt.actor, ACTOR), ("recipient", flt.recipient, RECIPIENT), ("either", flt.either, ACTOR | RECIPIENT | ABOUT), ("beside", flt.beside, ACTOR | RECIPIENT | ABOUT)):
        codes = tuple(v.removeprefix("country:") for v in values)
        if any(":" in v for v in codes):
            kept[name] = values
        elif codes:
            mask &= _having(columns, "party", columns.words["country"].known(tuple(v.upper() for v in codes)), roles)


def _having(columns: Columns, name: str, known: list[int], roles: int) -> Bools:
    pairs = columns.pairs[name]
    out = np.zeros(len(columns.live), np.bool_)
    out[pairs.m.take(np.flatnonzero(_among(pairs.code, known) & ((pairs.roles & roles) != 0)))] = True
    return out


def _among(codes: Ints, known: list[int]) -> Bools:
    return codes == known[0] if len(known) == 1 else np.isin(codes, known)


def _dates(columns: Columns, flt: Filter, mask: Bools) -> None:
    days = columns.numbers[query._DATE_COLUMNS[flt.date]]
    if flt.since is not None:
        mask &= days >= query.check_day(flt.since, "since")
    if flt.until is not None:
        mask &= days < query.check_day(flt.until, "until")
    elif flt.since is not None:
        mask &= days < UNKNOWN_DAY
    if flt.as_of is not None:
        day, published = query.check_day(flt.as_of, "as_of"), columns.numbers["published"]
        mask &= (published <= day) | ((published == UNKNOWN_DAY) & (columns.numbers["added"] <= day))


def _judged(columns: Columns, flt: Filter, mask: Bools, kept: dict[str, object]) -> None:
    if flt.min_score is not None:
        mask &= columns.reals["score"] >= flt.min_score
    if flt.min_originators is not None:
        if columns.kind == "event":
            mask &= columns.numbers["originators"] >= flt.min_originators
        else:
            kept["min_originators"] = flt.min_originators
    state, words = columns.coded["state"], columns.words["state"]
    if flt.reviewed is None:
        mask &= ~_among(state, words.known(("rejected",)))
    elif flt.reviewed == "none":
        mask &= state == -1
    else:
        mask &= _among(state, words.known((flt.reviewed,)))


def _page(connection: Connection, columns: Columns, flt: Filter, mask: Bools) -> list[int]:
    keys = np.flatnonzero(mask)
    if flt.order in ("score", "originators"):
        values = -(columns.reals if flt.order == "score" else columns.numbers)[flt.order].take(keys)
    else:
        values = columns.numbers[query._DATE_COLUMNS[flt.date]].take(keys)
        if flt.order == "-date":
            values, keys = np.where(values == UNKNOWN_DAY, 1, -values), -keys
    if flt.after is not None:
        last = query._after(connection, columns.kind, flt) or {}
        value, key = _place_of(last, flt)
        later = np.flatnonzero((values > value) | ((values == value) & (keys > key)))
        values, keys = values.take(later), keys.take(later)
    if flt.limit and len(keys) > flt.limit:
        near = np.flatnonzero(values <= np.partition(values, flt.limit - 1)[flt.limit - 1])
        values, keys = values.take(near), keys.take(near)
    order = np.lexsort((keys, values))[: flt.limit or None]
    return np.abs(keys.take(order)).tolist()  # type: ignore[no-any-return]


def _place_of(last: dict[str, Any], flt: Filter) -> tuple[float, int]:
    """Where a row stands in the order of a list."""
    if flt.order in ("score", "originators"):
        return -last[flt.order], last["m"]
    day = last[query._DATE_COLUMNS[flt.date]]
    if flt.order == "-date":
        return (1 if day == UNKNOWN_DAY else -day), -last["m"]
    return day, last["m"]


def _facets(columns: Columns, mask: Bools, names: tuple[str, ...], top: int) -> dict[str, list[tuple[str, int]]]:
    unknown = [name for name in names if name not in query.FACETS]
    if unknown:
        raise UsageError(f"no facet called {unknown[0]!r}; there are: {', '.join(query.FACETS)}", value=unknown[0])
    out: dict[str, list[tuple[str, int]]] = {}
    keys = np.flatnonzero(mask)
    listed: dict[str, Keys] = {}
    for name in names:
        if name == "year":
            counts = np.bincount(columns.numbers["day"].take(keys) // 10000)[: UNKNOWN_DAY // 10000]
            pairs = [(str(v), int(counts[v])) for v in np.flatnonzero(counts)]
        else:
            words, counts = _counted(columns, keys, mask, name, listed)
            pairs = [(words.values[i], int(counts[i])) for i in np.flatnonzero(counts)]
        out[name] = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:top]
    return out


def _counted(columns: Columns, keys: Keys, mask: Bools, name: str, listed: dict[str, Keys]) -> tuple[Words, Ints]:
    """How many rows of the mask have each value of the facet; a row may have several. `listed` keeps where the values of
    the rows stand, for the next facet of the same source."""
    roles = {"actor": ACTOR, "recipient": RECIPIENT}
    if name in roles or name == "context" or (name == "publisher" and columns.kind == "event"):
        source = "party" if name in roles else name
        pairs = columns.pairs[source]
        words, wanted = columns.words[_vocabulary(source)], roles.get(name, 1)
        if source not in listed:
            few = len(keys) * _FEW < len(mask)
            listed[source] = pairs.of(keys, len(mask)) if few else np.flatnonzero(mask.take(pairs.m))
        codes = pairs.code.take(listed[source])
        if name in roles:
            codes = np.where((pairs.roles.take(listed[source]) & wanted) != 0, codes, -1)  # several times as fast as picking out those kept
        return words, np.bincount(codes + 1)[1:]
    column = _FACET_COLUMN[name]
    return columns.words[column], np.bincount(columns.coded[column].take(keys) + 1)[1:]


def _dyad_totals(columns: Columns, since: str | None, until: str | None) -> list[tuple[str, str, int, int, float]]:
    pairs, names = columns.pairs["dyad"], columns.words["dyad"].values
    days = columns.numbers["day"]
    months = np.where(days == UNKNOWN_DAY, 0, days // 100)  # as the roll-up has what lacks a date
    low = query.check_day(since, "since") // 100 if since else 0
    high = query.check_day(until, "until") // 100 if until else UNKNOWN_DAY
    at = np.flatnonzero((pairs.roles == 1) & ((months >= low) & (months < high)).take(pairs.m))
    codes = pairs.code.take(at)
    value = np.empty(0) if pairs.value is None else pairs.value.take(at)
    n = np.bincount(codes, minlength=len(names))
    scored = np.bincount(codes, ~np.isnan(value), minlength=len(names)).astype(np.int64)
    total = np.bincount(codes, np.nan_to_num(value), minlength=len(names))
    met = np.flatnonzero(n)
    ways = columns.words["dyad"].ways()
    met = met[np.argsort(ways.rank.take(met), kind="stable")]
    rows = zip(met.tolist(), n[met].tolist(), scored[met].tolist(), total[met].tolist(), strict=True)
    return [(*ways.pairs[i], k, s, t) for i, k, s, t in rows]
