"""Mentions and events by filter: pages, counts, facets, series."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from communique.records import (
    Commitment,
    DocumentFacts,
    Event,
    EventMention,
    Filter,
)
from communique.store import acts, query
from communique.store.dialect import Connection
from communique.store.documents import Documents
from communique.store.flat import columns_of, flat_commitment, flat_document, flat_event, flat_mention
from communique.store.project import day_text, quote_of
from communique.store.rows import Flat, Rows
from communique.store.schema import UNKNOWN_DAY
from communique.store.shown import PAGE, mention_of, mentions_of, shown

T = TypeVar("T")

if TYPE_CHECKING:
    from communique.store.columns import Columns


class Lists(Documents):
    """What lists and series show."""

    def mention(self, id: str) -> EventMention | None:
        """An event mention as shown (corrections applied), of its document's current coding where it is in
        that, else as last coded; `None` when unknown."""
        return self._read(lambda c: mention_of(c, id))

    def mentions_of(self, ids: Iterable[str]) -> dict[str, EventMention]:
        """The mentions with these ids, each as `mention` gives it, in this order; unknown ones are left out."""
        names = list(dict.fromkeys(ids))
        return self._read(lambda c: mentions_of(c, names))

    def mentions(self, flt: Filter | None = None) -> Rows[EventMention]:
        """One page of event mentions of the current codings; rejected ones only if the filter asks for them."""
        return self._rows("mention", flt or Filter(), self._flat_mentions)

    def events(self, flt: Filter | None = None) -> Rows[Event]:
        """One page of events as last linked; rejected ones only if the filter asks for them."""
        return self._rows("event", flt or Filter(), lambda found: [flat_event(e) for e in found])

    def event(self, id: str) -> Event | None:
        """An event as shown; `None` when unknown."""
        row = self._read(lambda c: c.execute("SELECT m FROM event WHERE id = ?", (id,)).fetchone())
        return self._read(lambda c: shown(c, "event", [row[0]]))[0] if row is not None else None

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
        for start in range(0, len(keys), PAGE):
            part = keys[start : start + PAGE]
            yield from self._read(functools.partial(shown, kind=kind, keys=part))

    def _rows(self, kind: query.Kind, flt: Filter, flatten: Callable[[Sequence[T]], list[Flat]]) -> Rows[T]:
        def run(connection: Connection) -> list[Any]:
            more = msgspec.structs.replace(flt, limit=flt.limit + 1) if flt.limit else flt
            held = self._held(connection, kind)
            return shown(connection, kind, held.page(connection, more) if held else query.page(connection, kind, more))

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
        self, dyads: Sequence[tuple[str, str]] | None = None, *, kind: query.Kind = "mention", modality: Sequence[str] = ()
    ) -> list[tuple[str, str, int, str, str | None, int, int, float]]:
        """(actor, recipient, month as 202509 or 0, modality, quad, n, n scored, sum of PLOVER scores), sorted;
        for these ordered pairs or for all, of these modalities or of all."""
        return self._read(lambda c: acts.dyad_months(c, dyads, kind, modality))

    def dyad_totals(self, *, since: str | None = None, until: str | None = None) -> list[tuple[str, str, int, int, float]]:
        """(actor, recipient, n, n scored, sum of PLOVER scores) of every ordered pair over whole months, sorted."""
        held = self._read(lambda c: self._held(c, "mention"))
        return held.dyad_totals(since, until) if held else self._read(lambda c: acts.dyad_totals(c, since, until))

    def dyad_days(
        self, dyads: Sequence[tuple[str, str]] | None = None, *, kind: query.Kind = "mention", flt: Filter | None = None
    ) -> list[tuple[str, str, int, str, str | None, int, int, float]]:
        """The same by day (20250908 or 0), from the rows themselves, narrowed by a filter if one is given."""
        return self._read(lambda c: acts.dyad_days(c, dyads, kind, flt))
