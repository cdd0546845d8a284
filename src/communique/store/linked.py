"""What linking reads, judges and derives: candidates, judgements, stories, commitments."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from communique.records import (
    Commitment,
    Copy,
    Discrepancy,
    DocumentFacts,
    Event,
    EventMention,
    Judgement,
    Story,
)
from communique.store import acts, query, write
from communique.store.flat import flat_commitment
from communique.store.handle import utc_now
from communique.store.lists import Lists
from communique.store.project import ACTOR, RECIPIENT, fingerprints
from communique.store.rows import Rows, as_dicts
from communique.store.shown import shown

T = TypeVar("T")


class Linked(Lists):
    """What is concluded between documents."""

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

    def judged_documents(self) -> set[str]:
        """Documents of which people judged or added a record: there the coding alone is not what stands."""
        sql = (
            "SELECT d.id FROM mention_fact f JOIN document d ON d.doc = f.doc WHERE f.state IS NOT NULL "
            "UNION SELECT d.id FROM mention n JOIN document d ON d.doc = n.doc WHERE n.c IS NULL"
        )
        return self._read(lambda c: {row[0] for row in c.execute(sql)})

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
        return self._read(lambda c: shown(c, "event", [row[0] for row in c.execute(sql, (value,))]))

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
