"""What the store does beyond keeping and listing: judging, reviewing, comparing runs, finding candidates.

Functions over a connection; `sqlite.Store` runs them inside the right transaction and documents them.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, Literal

import msgspec

from communique.errors import UsageError
from communique.records import Event, EventMention, Filter, Judgement, Review
from communique.store import project, query, review, write
from communique.store.dialect import Connection
from communique.store.project import ACTOR, RECIPIENT, day_number
from communique.store.schema import UNKNOWN_DAY
from communique.text import digest

Series = list[tuple[str, str, int, str, str | None, int, int, float]]


def _text(record: object) -> str:
    return msgspec.json.encode(record).decode()


# --- judgements ---------------------------------------------------------------------------------------


def judge(connection: Connection, rows: Sequence[Judgement]) -> int:
    """Keep judgements; how many were new."""
    before = connection.total_changes()
    connection.executemany(
        'INSERT INTO judgement(id, "left", "right", kind, by, at, withdraws, data) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING',
        [(j.id, j.left, j.right, j.kind, j.by, j.at, j.withdraws, _text(j)) for j in rows],
    )
    return int(connection.total_changes() - before)


def judgements(connection: Connection, as_of: str | None, about: Collection[str] | None, every: bool) -> list[Judgement]:
    """Judgements in order, without those withdrawn (and the withdrawals themselves) unless `every`."""
    limit = None if as_of is None else as_of + "T99" if len(as_of) == 10 else as_of
    tests, params = ["TRUE"], []
    if limit is not None:
        tests.append("j.at <= ?")
        params.append(limit)
    if not every:
        known = "" if limit is None else " AND w.at <= ?"
        tests.append(f"j.withdraws IS NULL AND NOT EXISTS(SELECT 1 FROM judgement w WHERE w.withdraws = j.id{known})")
        params += [] if limit is None else [limit]
    sql = f"SELECT j.data FROM judgement j WHERE {' AND '.join(tests)}"
    if about is None:
        rows = connection.execute(f"{sql} ORDER BY j.j", params).fetchall()
    else:
        found: dict[str, tuple[str]] = {}
        for name in about:
            for side in ("left", "right"):
                found.update({row[0]: (row[0],) for row in connection.execute(f"{sql} AND j.{side} = ?", (*params, name))})
        rows = [found[key] for key in sorted(found)]
    return [msgspec.json.decode(data, type=Judgement) for (data,) in rows]


def _verdict(left: str, right: str, kind: Literal["same event", "not same event"], by: str, why: str | None, at: str) -> Judgement:
    a, b = sorted((left, right))
    return Judgement(
        id=digest("judgement", a, b, kind, by, at), left=a, right=b, kind=kind, score=1.0, reasons=(why or "said by a reviewer",), by=by, at=at
    )


def _enter_verdicts(connection: Connection, verdicts: list[Judgement], act: Literal["merge", "split"], why: str | None) -> list[Judgement]:
    for v in verdicts:
        for name in (v.left, v.right):
            if connection.execute("SELECT 1 FROM mention WHERE id = ?", (name,)).fetchone() is None:
                raise UsageError(f"{name}: no such mention; give ids of event mentions", value=name)
        opposite = "not same event" if act == "merge" else "same event"
        sql = (
            "SELECT data FROM judgement j WHERE j.left = ? AND j.right = ? AND kind = ? AND by = ? AND withdraws IS NULL "
            "AND NOT EXISTS(SELECT 1 FROM judgement w WHERE w.withdraws = j.id)"
        )
        for (data,) in connection.execute(sql, (v.left, v.right, opposite, v.by)).fetchall():
            old = msgspec.json.decode(data, type=Judgement)
            judge(connection, [msgspec.structs.replace(v, id=digest("withdraw", old.id, v.at), kind=old.kind, withdraws=old.id)])
        judge(connection, [v])
        row = Review(
            id=digest("review", act, v.id), target=v.left, act=act, field=None, before=None, after=_text(v.right), why=why, by=v.by, at=v.at
        )
        _insert_review(connection, row)
    return verdicts


def join(
    connection: Connection, mentions: Sequence[str], kind: Literal["same event"], by: str, why: str | None, at: str
) -> list[Judgement]:
    """Verdicts that make these mentions one event, in a chain."""
    names = sorted(set(mentions))
    if len(names) < 2:
        raise UsageError("merging needs at least two mentions", value=list(mentions))
    return _enter_verdicts(connection, [_verdict(a, b, kind, by, why, at) for a, b in itertools.pairwise(names)], "merge", why)


def part(connection: Connection, left: Sequence[str], right: Sequence[str], by: str, why: str | None, at: str) -> list[Judgement]:
    """Verdicts that part every mention on the left from every one on the right."""
    if not left or not right or set(left) & set(right):
        raise UsageError("splitting needs mentions on both sides, none of them on both", value=[*left, *right])
    pairs = sorted({(a, b) for a in left for b in right})
    return _enter_verdicts(connection, [_verdict(a, b, "not same event", by, why, at) for a, b in pairs], "split", why)


# --- reviews ------------------------------------------------------------------------------------------


def _insert_review(connection: Connection, act: Review) -> bool:
    connection.execute(
        "INSERT INTO review(id, target, act, by, at, anchor, undoes, data) VALUES(?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING",
        (act.id, act.target, act.act, act.by, act.at, act.anchor, act.undoes, _text(act)),
    )
    return bool(connection.changes())


def enter(connection: Connection, act: Review, now: str) -> bool:
    """Keep an act and bring the index rows of the record it concerns up to date."""
    if connection.execute("SELECT 1 FROM review WHERE id = ?", (act.id,)).fetchone():
        return False
    if act.act == "undo":
        return _undo(connection, act, now)
    if act.act == "add":
        return _add_missed(connection, act, now)
    kind, keys = _target(connection, act.target)
    if act.act == "correct":
        act = _checked(connection, act, kind, keys)
    if kind == "mention" and act.anchor is None:
        old = write.load_mention(connection, keys[-1])
        act = msgspec.structs.replace(act, anchor=review.anchor_of(old))
    with_rows(connection, kind, keys, now, lambda: _insert_review(connection, act))
    write.log(connection, now, [("review", act.act, act.target)])
    return True


def _target(connection: Connection, target: str) -> tuple[query.Kind | None, list[int]]:
    """The kind of the record and the keys of its index rows (several when two documents gave one id)."""
    for kind in ("mention", "event"):
        keys = [row[0] for row in connection.execute(f"SELECT m FROM {kind} WHERE id = ? ORDER BY m", (target,))]
        if keys:
            return kind, keys
    for table in ("document", "commitment", "story", "judgement"):
        if connection.execute(f"SELECT 1 FROM {table} WHERE id = ?", (target,)).fetchone():
            return None, []
    raise UsageError(f"{target}: no such record; give the id of a mention, event, document, story or commitment", value=target)


def _checked(connection: Connection, act: Review, kind: query.Kind | None, keys: list[int]) -> Review:
    """The correction with `before` filled in; `UsageError` where field or value does not fit."""
    if kind is None or act.field is None:
        raise UsageError("a correction names a mention or event, and the field that is wrong", value=act.field)
    record: EventMention | Event | None
    if kind == "mention":
        record = write.load_mention(connection, keys[-1])
    else:
        record = msgspec.json.decode(connection.execute("SELECT data FROM event WHERE m = ?", (keys[-1],)).get, type=Event)
    shown = review.overlay(record, review.reviews_of(connection, act.target))[0]
    review.corrected(shown, act.field, act.after)
    return msgspec.structs.replace(act, before=_text(getattr(shown, act.field))) if act.before is None else act


def with_rows(connection: Connection, kind: query.Kind | None, keys: Iterable[int], now: str, change: Callable[[], object]) -> None:
    """Run `change`, and remake the index rows of these records around it."""
    batch = write.Batch(connection, now)
    shown = [k for k in keys if connection.execute(f"SELECT 1 FROM {kind}_fact WHERE m = ?", (k,)).fetchone()] if kind else []
    for key in shown:
        batch.remove(kind or "", key, _projected(connection, kind, key))
    batch.flush()
    change()
    for key in shown:
        batch.insert(kind or "", key, _projected(connection, kind, key))
    batch.flush()


def _projected(connection: Connection, kind: query.Kind | None, key: int) -> Any:
    if kind == "mention":
        return write.effective(connection, key)[2]
    data = connection.execute("SELECT data FROM event WHERE m = ?", (key,)).get
    return write.project_event(connection, msgspec.json.decode(data, type=Event))


def _undo(connection: Connection, act: Review, now: str) -> bool:
    """Undo an act: its record's rows are remade; a merge's or split's judgements are withdrawn."""
    row = connection.execute("SELECT data FROM review WHERE id = ?", (act.undoes,)).fetchone()
    if row is None:
        raise UsageError(f"{act.undoes}: no such act to undo; `communique review list` lists them", value=act.undoes)
    done = msgspec.json.decode(row[0], type=Review)
    root = done
    while root.act == "undo" and root.undoes is not None:
        root = msgspec.json.decode(connection.execute("SELECT data FROM review WHERE id = ?", (root.undoes,)).get, type=Review)
    targets = {root.target} | {r[0] for r in connection.execute("SELECT mention FROM carried WHERE review = ?", (root.id,))}
    keys = [row[0] for t in sorted(targets) for row in connection.execute("SELECT m FROM mention WHERE id = ?", (t,))]
    kind: query.Kind = "mention"
    if not keys:
        kind, keys = "event", [row[0] for row in connection.execute("SELECT m FROM event WHERE id = ?", (root.target,))]
    act = msgspec.structs.replace(act, target=root.target)
    if root.act == "add":
        _toggle_added(connection, root, act, now)
    else:
        with_rows(connection, kind, keys, now, lambda: _insert_review(connection, act))
    if root.act in ("merge", "split"):
        _toggle_verdict(connection, root, act, restore=done.act == "undo")
    write.log(connection, now, [("review", "undo", root.target)])
    return True


def _toggle_verdict(connection: Connection, root: Review, act: Review, *, restore: bool) -> None:
    a, b = sorted((root.target, msgspec.json.decode(root.after or '""')))
    kind: Literal["same event", "not same event"] = "same event" if root.act == "merge" else "not same event"
    first = digest("judgement", a, b, kind, root.by, root.at)
    verdict = _verdict(a, b, kind, act.by, act.why, act.at)
    if restore:
        judge(connection, [verdict])
        return
    sql = (
        "SELECT id FROM judgement j WHERE j.left = ? AND j.right = ? AND kind = ? AND withdraws IS NULL AND by <> '' AND by = "
        "(SELECT by FROM judgement WHERE id = ?) AND NOT EXISTS(SELECT 1 FROM judgement w WHERE w.withdraws = j.id)"
    )
    for (name,) in connection.execute(sql, (a, b, kind, first)).fetchall():
        judge(connection, [msgspec.structs.replace(verdict, id=digest("withdraw", name, act.at), withdraws=name)])


def _add_missed(connection: Connection, act: Review, now: str) -> bool:
    """A record that the coder missed, given by a person as JSON of an event mention in `after`."""
    try:
        mention = msgspec.json.decode(act.after or "null", type=EventMention)
    except (msgspec.DecodeError, ValueError) as error:
        raise UsageError(f"the record to add does not fit: {error}", value=act.after) from error
    if mention.id != act.target:
        raise UsageError("the act's target must be the id of the record it adds", value=act.target)
    row = connection.execute(
        "SELECT d.doc, t.data FROM document d JOIN text t ON t.doc = d.doc WHERE d.id = ?", (mention.document,)
    ).fetchone()
    if row is None:
        raise UsageError(f"{mention.document}: no such document; add it first", value=mention.document)
    if connection.execute("SELECT 1 FROM mention WHERE id = ?", (mention.id,)).fetchone():
        raise UsageError(f"{mention.id}: there is such a record already; correct it instead", value=mention.id)
    text = write.unpack_text(row[1])
    if any(span.end > len(text) for span in mention.evidence):
        raise UsageError(f"the evidence lies outside the text of {len(text)} characters", value=act.after)
    _insert_review(connection, msgspec.structs.replace(act, anchor=review.anchor_of(mention)))
    _show_added(connection, mention, row[0], text, now)
    write.log(connection, now, [("review", "add", act.target)])
    return True


def _show_added(connection: Connection, mention: EventMention, doc: int, text: str, now: str) -> None:
    found = connection.execute("SELECT m FROM mention WHERE id = ? AND c IS NULL", (mention.id,)).fetchone()
    if found is None:
        found = (write.next_key(connection, "mention", "m"),)
        connection.execute("INSERT INTO mention(m, id, doc, c, ord, data) VALUES(?,?,?,NULL,0,?)", (*found, mention.id, doc, msgspec.json.encode(mention)))
    sql = connection.dialect
    connection.execute(sql.put_quote, (found[0], *sql.words(project.quote_of(text, mention))))
    batch = write.Batch(connection, now)
    batch.insert("mention", found[0], write.effective(connection, found[0])[2])
    batch.flush()
    connection.execute("UPDATE document SET mentions = mentions + 1 WHERE doc = ?", (doc,))


def _toggle_added(connection: Connection, root: Review, act: Review, now: str) -> None:
    """Undoing an addition takes its index rows away; undoing that puts them back."""
    m, doc, data = connection.execute("SELECT m, doc, data FROM mention WHERE id = ? AND c IS NULL", (root.target,)).fetchone()
    if connection.execute("SELECT 1 FROM mention_fact WHERE m = ?", (m,)).fetchone():
        batch = write.Batch(connection, now)
        batch.remove("mention", m, write.effective(connection, m)[2])
        batch.flush()
        connection.execute("DELETE FROM mention_fts WHERE rowid = ?", (m,))
        connection.execute("UPDATE document SET mentions = mentions - 1 WHERE doc = ?", (doc,))
        write.bury(connection, now, "mention", [root.target], "its addition was undone")
        _insert_review(connection, act)
    else:
        _insert_review(connection, act)
        text = write.unpack_text(connection.execute("SELECT data FROM text WHERE doc = ?", (doc,)).get)
        _show_added(connection, msgspec.json.decode(data, type=EventMention), doc, text, now)


def orphans(connection: Connection) -> list[tuple[Review, EventMention]]:
    """Standing decisions on mentions that are in no current coding and were not carried over."""
    rows = connection.execute(
        "SELECT v.data, (SELECT max(n.m) FROM mention n WHERE n.id = v.target) FROM review v "
        "WHERE v.act IN ('accept', 'reject', 'correct') AND EXISTS(SELECT 1 FROM mention n WHERE n.id = v.target) "
        "AND NOT EXISTS(SELECT 1 FROM mention n JOIN mention_fact f ON f.m = n.m WHERE n.id = v.target) "
        "AND NOT EXISTS(SELECT 1 FROM carried x JOIN mention n ON n.id = x.mention JOIN mention_fact f ON f.m = n.m WHERE x.review = v.id) "
        "ORDER BY v.v"
    ).fetchall()
    found = [(msgspec.json.decode(a, type=Review), write.load_mention(connection, m)) for a, m in rows]
    return [(r, m) for r, m in found if r in review.standing(review.reviews_of(connection, r.target))]


def _verdicts(connection: Connection) -> dict[str, dict[str, str]]:
    """Per record, each reviewer's last standing verdict, in the order in which they were last given."""
    verdicts: dict[str, dict[str, str]] = {}
    rows = [msgspec.json.decode(data, type=Review) for (data,) in connection.execute("SELECT data FROM review ORDER BY v")]
    for act in review.standing(rows):
        if act.act in ("accept", "reject", "correct"):
            said = verdicts.setdefault(act.target, {})
            said.pop(act.by, None)
            said[act.by] = act.act
    return verdicts


def agreement(connection: Connection, left: str, right: str) -> dict[str, float | int | None]:
    """Agreement of two reviewers on the records both judged."""
    both = [(v[left], v[right]) for v in _verdicts(connection).values() if left in v and right in v]
    return {
        "n": len(both),
        "agreed": sum(a == b for a, b in both),
        "kappa": review.cohen_kappa(both),
        "alpha": review.krippendorff_alpha(dict(enumerate(both))),
    }


def disputed(connection: Connection, left: str, right: str) -> list[tuple[str, str, str]]:
    """Records on which the two differ and no third reviewer has spoken last."""
    found = [(name, v) for name, v in _verdicts(connection).items() if left in v and right in v and v[left] != v[right]]
    return sorted((name, v[left], v[right]) for name, v in found if list(v)[-1] in (left, right))


def accuracy(connection: Connection, flt: Filter) -> list[review.Accuracy]:
    """Accuracy in all, then by the type that was coded; of the records drawn at random alone, once some were drawn. What
    people added is none of the coder's."""
    states: dict[str, list[str]] = {}
    totals: dict[str, int] = {}
    drawn = sampled(connection)
    unseen = msgspec.structs.replace(flt, reviewed="none")
    for value, n in query.facets(connection, "mention", unseen, ("type",), 100)["type"]:
        totals[value] = n
    base, params = query._matching(connection, "mention", unseen)
    for (value,) in connection.execute(f"SELECT f.type {base} AND f.m IN (SELECT m FROM mention WHERE c IS NULL)", params):
        totals[value] -= 1
    for state in ("accepted", "rejected", "corrected"):
        base, params = query._matching(connection, "mention", msgspec.structs.replace(flt, reviewed=state))
        for key, value in connection.execute(f"SELECT f.m, f.type {base}", params).fetchall():
            name, coding = connection.execute("SELECT id, c FROM mention WHERE m = ?", (key,)).fetchone()
            if coding is None:
                continue
            coded = value if state == "accepted" else write.load_mention(connection, key).type
            totals[coded] = totals.get(coded, 0) + 1
            if not drawn or name in drawn:
                states.setdefault(coded, []).append(state)
    groups = sorted(name for name, n in totals.items() if n)
    every = review.accuracy("all", [s for v in states.values() for s in v], sum(totals.values()))
    return [every, *(review.accuracy(name, states.get(name, []), totals[name]) for name in groups)]


_DRAWN = "sampled:"  # before the id of a mention that was drawn at random, among the facts of the file


def sampled(connection: Connection) -> set[str]:
    """Ids of the mentions that were drawn at random to be judged."""
    rows = connection.execute("SELECT key FROM meta WHERE key LIKE ?", (_DRAWN + "%",))
    return {key.removeprefix(_DRAWN) for (key,) in rows}


def mark_sampled(connection: Connection, ids: Iterable[str], now: str) -> None:
    """Remember that these were drawn at random."""
    for name in ids:
        connection.execute("INSERT INTO meta(key, value) VALUES(?, ?) ON CONFLICT(key) DO NOTHING", (_DRAWN + name, now))


def diff(connection: Connection, old_run: str, new_run: str) -> list[review.Change]:
    """Changes between two runs, in document order."""
    keys = []
    for name in (old_run, new_run):
        row = connection.execute("SELECT r FROM run WHERE id = ?", (name,)).fetchone()
        if row is None:
            raise UsageError(f"{name}: no such run; `communique diff` without names lists them", value=name)
        keys.append(row[0])
    sql = "SELECT a.c, b.c FROM coding a JOIN coding b ON b.doc = a.doc WHERE a.r = ? AND b.r = ? ORDER BY a.doc"
    pairs = connection.execute(sql, keys).fetchall()
    return [c for a, b in pairs for c in review.compare_codings(write.mentions_of(connection, a), write.mentions_of(connection, b))]


def tombstones(connection: Connection) -> list[tuple[str, str, str, str]]:
    """Records that are gone and have not come back, and those people rejected."""
    buried = connection.execute(
        "SELECT kind, id, at, reason FROM tombstone t WHERE CASE kind "
        "WHEN 'mention' THEN NOT EXISTS(SELECT 1 FROM mention n JOIN mention_fact f ON f.m = n.m WHERE n.id = t.id) "
        "WHEN 'event' THEN NOT EXISTS(SELECT 1 FROM event e WHERE e.id = t.id) "
        "ELSE NOT EXISTS(SELECT 1 FROM commitment k WHERE k.id = t.id) END ORDER BY at, t"
    )
    gone = list({row[:2]: row for row in buried}.values())  # the last time each went
    for kind in ("mention", "event"):
        sql = (
            f"SELECT '{kind}', n.id, max(v.at), 'rejected by a reviewer' FROM {kind}_fact f JOIN {kind} n ON n.m = f.m "
            "LEFT JOIN carried x ON x.mention = n.id JOIN review v ON v.target = n.id OR v.id = x.review "
            "WHERE f.state = 'rejected' GROUP BY n.id"
        )
        gone += connection.execute(sql).fetchall()
    return sorted(gone, key=lambda row: (row[2], row[0], row[1]))


# --- candidates for linking ---------------------------------------------------------------------------


def candidates(connection: Connection, mentions: Sequence[EventMention], window_days: int, limit: int) -> list[EventMention]:
    """Mentions near in time that share a party; see `Store.candidates`."""
    given = {m.id for m in mentions}
    found: dict[int, None] = {}
    for mention in mentions:
        day = day_number(mention.when.start)
        if day == UNKNOWN_DAY:
            sql = "SELECT published FROM document WHERE id = ?"
            row = connection.execute(sql, (mention.document,)).fetchone()
            day = row[0] if row is not None else UNKNOWN_DAY
        keys: dict[int, int] = {}
        for table, values in _shared_keys(mention):
            for value in values:
                for m, distance in _near(connection, table, value, day, window_days, limit):
                    keys[m] = min(distance, keys.get(m, distance))
        found.update(dict.fromkeys(sorted(keys, key=lambda m: (keys[m], m))[: limit + len(given)]))
    chosen = sorted(found)
    records = write.load_mentions(connection, chosen)
    for start in range(0, len(chosen), 500):
        part = chosen[start : start + 500]
        marked = f"SELECT m FROM mention_fact WHERE state IS NOT NULL AND m IN ({','.join('?' * len(part))})"
        for (m,) in connection.execute(marked, part).fetchall():
            records[m] = write.effective(connection, m)[0]
    return [records[m] for m in chosen if records[m].id not in given]


def _shared_keys(mention: EventMention) -> list[tuple[str, list[str]]]:
    parties = (*mention.actors, *mention.recipients)
    countries = sorted({p.country for p in parties if p.country})
    entities = sorted({p.entity for p in parties if p.entity and not p.entity.startswith("country:")})
    return [("country", countries), ("entity", entities)]


def _near(connection: Connection, table: str, value: str, day: int, window_days: int, limit: int) -> list[tuple[int, int]]:
    """(key, distance) of live mentions with this party on days in the window, or without a day but published in it."""
    roles = ACTOR | RECIPIENT
    live = "JOIN mention_fact f ON f.m = x.m AND f.state IS DISTINCT FROM 'rejected'"
    base = f"SELECT x.m, abs(coalesce(nullif(x.day, {UNKNOWN_DAY}), f.published) - ?) FROM mention_{table} x {live} WHERE x.{table} = ? AND (x.roles & {roles}) <> 0"
    if day == UNKNOWN_DAY:
        return list(connection.execute(f"{base} ORDER BY x.m DESC LIMIT {limit}", (day, value)))
    low, high = query.shift_day(day, -window_days), query.shift_day(day, window_days + 1)
    dated = connection.execute(f"{base} AND x.day >= ? AND x.day < ? ORDER BY 2 LIMIT {limit}", (day, value, low, high)).fetchall()
    undated = connection.execute(
        f"{base} AND x.day = {UNKNOWN_DAY} AND f.published >= ? AND f.published < ? ORDER BY 2 LIMIT {limit}", (day, value, low, high)
    ).fetchall()
    return [*dated, *undated]


def sharing(connection: Connection, hashes: Sequence[int], limit: int) -> list[tuple[str, float]]:
    """Documents by the share of sampled shingles in common, of the smaller sample."""
    if not hashes:
        return []
    rows = connection.execute(
        "SELECT max(d.id), count(*) AS n, max(t.hashes) FROM fingerprint x JOIN document d ON d.doc = x.doc JOIN text t ON t.doc = x.doc "
        f"WHERE x.hash IN {connection.dialect.numbers} GROUP BY x.doc ORDER BY n DESC, x.doc LIMIT {limit * 4}",
        (_text(hashes),),
    )
    out = [(name, min(1.0, n / min(own, len(hashes)))) for name, n, own in rows]
    return sorted(out, key=lambda row: (-row[1], row[0]))[:limit]


# --- who published ---------------------------------------------------------------------------------------


def publishers(connection: Connection) -> list[dict[str, Any]]:
    """What each publisher gave; see `Store.publishers`."""
    sql = (
        "SELECT publisher, agency, count(*), min(published), max(CASE WHEN published < 99999999 THEN published END), "
        "sum(CASE WHEN published = 99999999 THEN 1 ELSE 0 END) FROM document GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2"
    )
    out: dict[str, dict[str, Any]] = {}  # lists take publishers whatever their case, so they are counted so

    def row_of(name: str | None) -> dict[str, Any]:
        return out.setdefault((name or "").lower(), {"publisher": name or None, "documents": 0, "records": 0, "copied": 0, "first": UNKNOWN_DAY, "last": 0, "undated": 0, "agency": None, "n_agency": 0})

    for name, agency, n, first, last, undated in connection.execute(sql).fetchall():
        row = row_of(name)
        row["documents"] += n
        row["undated"] += int(undated)
        row["first"], row["last"] = min(row["first"], first), max(row["last"], last or 0)
        if agency and n > row["n_agency"]:
            row["agency"], row["n_agency"] = agency, n
    for name, n in connection.execute("SELECT publisher, count(*) FROM mention_fact WHERE state IS NULL OR state <> 'rejected' GROUP BY 1").fetchall():
        row_of(name)["records"] += n
    for name, n in connection.execute("SELECT d.publisher, count(*) FROM copy c JOIN document d ON d.id = c.document GROUP BY 1").fetchall():
        row_of(name)["copied"] += n
    for row in out.values():
        row["first"] = project.day_text(row["first"])
        row["last"] = project.day_text(row["last"]) if row["last"] else None
    return sorted(out.values(), key=lambda row: (-row["documents"], row["publisher"] or ""))


# --- series --------------------------------------------------------------------------------------------


def dyad_months(connection: Connection, dyads: Sequence[tuple[str, str]] | None, kind: query.Kind, modality: Sequence[str] = ()) -> Series:
    """Sums by month: from the roll-up for mentions, from the rows for events; of these modalities only, if any is given."""
    test = f" AND {{}}modality IN ({','.join('?' * len(modality))})" if modality else ""
    if kind == "event":
        return _dyad_rows(connection, dyads, kind, "CASE WHEN x.day = 99999999 THEN 0 ELSE x.day / 100 END", None, test.format("x."), modality)
    columns = "a, b, month, modality, nullif(quad, ''), n, scored, plover"
    if dyads is None:
        sql = f"SELECT {columns} FROM rollup_dyad_month WHERE TRUE{test.format('')} ORDER BY a, b, month, modality, quad"
        return list(connection.execute(sql, tuple(modality)))
    sql = f"SELECT {columns} FROM rollup_dyad_month WHERE a = ? AND b = ?{test.format('')} ORDER BY month, modality, quad"
    return [row for pair in dyads for row in connection.execute(sql, (*pair, *modality))]


def dyad_totals(connection: Connection, since: str | None, until: str | None) -> list[tuple[str, str, int, int, float]]:
    """Sums over months from that of `since` to the one before that of `until`; all, dated or not, without them."""
    low = query.check_day(since, "since") // 100 if since else 0
    high = query.check_day(until, "until") // 100 if until else 999999
    sql = "SELECT a, b, CAST(sum(n) AS BIGINT), CAST(sum(scored) AS BIGINT), sum(plover) FROM rollup_dyad_month WHERE month >= ? AND month < ? GROUP BY a, b ORDER BY a, b"
    return list(connection.execute(sql, (low, high)))


def dyad_days(connection: Connection, dyads: Sequence[tuple[str, str]] | None, kind: query.Kind, flt: Filter | None) -> Series:
    """Sums by day from the rows themselves."""
    return _dyad_rows(connection, dyads, kind, "CASE WHEN x.day = 99999999 THEN 0 ELSE x.day END", flt)


def _dyad_rows(
    connection: Connection, dyads: Sequence[tuple[str, str]] | None, kind: query.Kind, period: str, flt: Filter | None,
    where: str = "", given: Sequence[str] = (),
) -> Series:  # fmt: skip
    params = list[Any](given)
    if flt is not None and dyads is not None:  # a pair has few rows: each is looked at, not all that the filter lists
        tests, params = query._joined(query.clauses(connection.dialect, kind, flt))
        where = f" AND EXISTS(SELECT 1 FROM {kind}_fact f WHERE f.m = x.m AND {tests})"
    elif flt is not None:
        keys, params = query._matching(connection, kind, flt)
        where = f" AND x.m IN (SELECT f.m {keys})"
    sql = (
        f"SELECT x.a, x.b, {period} AS t, x.modality, x.quad, count(*), count(x.plover), coalesce(sum(x.plover), 0.0) "
        f"FROM {kind}_dyad x WHERE x.live = 1 {{}}{where} GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5 NULLS FIRST"
    )
    if dyads is None:
        return list(connection.execute(sql.format(""), params))
    return [row for pair in dyads for row in connection.execute(sql.format("AND x.a = ? AND x.b = ?"), (*pair, *params))]


# --- doors --------------------------------------------------------------------------------------------

_TABLES = ("document", "mention", "event", "story", "commitment", "run", "judgement", "review")


def find(connection: Connection, prefix: str) -> tuple[str, str]:
    """The one record whose id starts with `prefix`."""
    found: list[tuple[str, str]] = []
    if not prefix:
        raise UsageError("give an id, or the beginning of one", value=prefix)
    for table in _TABLES:
        sql = f"SELECT DISTINCT id FROM {table} WHERE id >= ? AND id < ? LIMIT 3"
        found += [(table, row[0]) for row in connection.execute(sql, (prefix, prefix + "\U0010ffff"))]
    exact = [item for item in found if item[1] == prefix]
    if len(exact) == 1 or len(found) == 1:
        return (exact or found)[0]
    if not found:
        raise UsageError(f"{prefix}: no record has this id; `communique mentions` and `events` list them", value=prefix)
    some = ", ".join(f"{kind} {name}" for kind, name in found[:4])
    raise UsageError(f"{prefix}: more than one record begins so ({some}); give more of the id", value=prefix)
