"""What people do to the record: reviews, saved queries, samples and agreement."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from communique.records import (
    EventMention,
    EventType,
    Filter,
    Judgement,
    Review,
)
from communique.store import acts, query, review, saved
from communique.store.dialect import Connection
from communique.store.handle import utc_now
from communique.store.linked import Linked
from communique.store.review import Accuracy, Change
from communique.store.rows import Rows, as_dicts
from communique.store.saved import SavedQuery, Settled
from communique.store.shown import shown
from communique.text import digest

_LIST = "actors:"  # before the name of a list of actors, among the facts of the file


class Judged(Linked):
    """The acts of people, and what is counted from them."""

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

    def keep_list(self, name: str, text: str) -> None:
        """Keep a list of actors under its name, in place of the one that had it. The text is the pipeline's own."""
        sql = "INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value"
        self._write(lambda c: c.execute(sql, (_LIST + name, text)))

    def kept_lists(self) -> dict[str, str]:
        """The lists of actors, by name, as `keep_list` got them."""
        sql = "SELECT key, value FROM meta WHERE key LIKE ? ORDER BY key"
        return {key[len(_LIST) :]: text for key, text in self._read(lambda c: c.execute(sql, (_LIST + "%",)).fetchall())}

    def forget_list(self, name: str) -> bool:
        """Take a list of actors out; False when there is none of that name."""
        if name not in self.kept_lists():
            return False
        self._write(lambda c: c.execute("DELETE FROM meta WHERE key = ?", (_LIST + name,)))
        return True

    def sample(self, n: int, flt: Filter | None = None, *, seed: int = 0) -> list[EventMention]:
        """`n` mentions of the list drawn at random, the same for the same seed and list: what `accuracy` should be
        judged on. Draw with `reviewed="none"` for ones nobody has seen."""
        every = msgspec.structs.replace(flt or Filter(), limit=0, after=None)

        def keys_of(connection: Connection) -> Sequence[int]:
            held = self._held(connection, "mention")
            return held.keys(connection, every) if held else sorted(query.page(connection, "mention", every))

        keys = self._read(keys_of)
        chosen = [int(keys[i]) for i in random.Random(seed).sample(range(len(keys)), min(n, len(keys)))]
        return self._read(lambda c: shown(c, "mention", chosen))

    def mark_sampled(self, ids: Iterable[str]) -> None:
        """Remember that these mentions were drawn at random: from then on `accuracy` counts verdicts on such ones alone,
        since those on records that people picked (the least sure first, say) tell nothing of the rest."""
        names = list(ids)
        self._write(lambda c: acts.mark_sampled(c, names, utc_now()))

    def sampled(self) -> set[str]:
        """The mentions that `mark_sampled` was told of."""
        return self._read(acts.sampled)

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
        the count of true records that implies. Right means accepted as coded. Of those drawn at random (`mark_sampled`),
        where some were; else of all that people judged."""
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
