"""What people decided, laid over what the coder said; and how well the two agree.

A review is a row; nothing it concerns is edited. The record shown is the coded one with every standing
correction applied; its state is that of the last standing act. An undo is a row too, and can itself be undone.
After re-coding, a decision follows its record by id, else by anchor (document, trigger, type), else by a trigger
that overlaps with a type that fits; a decision that finds nothing is listed as orphaned with its old words.

Agreement: Cohen's kappa (Cohen 1960) for two coders, Krippendorff's alpha for nominal data (Krippendorff 2011)
for any number with gaps; sampled accuracy with Wilson's score interval (Wilson 1927).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

import msgspec

from communique.errors import UsageError
from communique.records import Event, EventMention, Review
from communique.store.dialect import Connection

R = TypeVar("R", bound="EventMention | Event")
CORRECTABLE = frozenset(
    ["type", "mode", "contexts", "modality", "negated", "actors", "recipients", "about", "when", "where", "attribution", "trigger", "evidence", "quad", "cameo", "plover_score", "goldstein", "headline"]
)
_STATES = {"accept": "accepted", "reject": "rejected", "correct": "corrected"}


def anchor_of(mention: EventMention) -> str:
    """Where a mention stands and what it is: how a decision finds it again after re-coding."""
    return f"{mention.document}:{mention.trigger.start}-{mention.trigger.end}:{mention.type}"


def standing(reviews: Sequence[Review]) -> list[Review]:
    """The acts that hold, in order: those not undone by an act that itself holds."""
    undone: set[str] = set()
    for review in reversed(reviews):
        if review.act == "undo" and review.undoes is not None and review.id not in undone:
            undone.add(review.undoes)
    return [r for r in reviews if r.act != "undo" and r.id not in undone]


def overlay(record: R, reviews: Sequence[Review]) -> tuple[R, str | None]:
    """The record with all standing corrections, and its state: accepted, rejected, corrected or `None`. Who accepts a
    corrected record accepts the correction: as coded it was wrong, and accuracy must not count it as right."""
    state: str | None = None
    mended = False
    for review in standing(reviews):
        if review.act == "correct" and review.field is not None:
            record, mended = corrected(record, review.field, review.after), True
        state = _STATES.get(review.act, state)
        if state == "accepted" and mended:
            state = "corrected"
    if isinstance(record, Event) and state is not None:
        record = msgspec.structs.replace(record, reviewed=state)
    return record, state


def corrected(record: R, field: str, after: str | None) -> R:
    """The record with one field replaced by JSON `after`; `UsageError` where the field or value does not fit. With its
    type go the quad class, the scores, the CAMEO code and a mode that the new type has not; with its mode the score."""
    if field not in CORRECTABLE or field not in record.__struct_fields__:
        raise UsageError(f"the field {field!r} cannot be corrected; there are: {', '.join(sorted(CORRECTABLE))}", value=field)
    try:
        value = msgspec.json.decode(after) if after is not None else None
        return msgspec.convert({**msgspec.to_builtins(record), field: value, **_following(record, field, value)}, type(record))
    except (msgspec.DecodeError, ValueError) as error:
        raise UsageError(f"{field}={after} does not fit: {error}", value=after) from error


def _following(record: EventMention | Event, field: str, value: Any) -> dict[str, Any]:
    """What follows from a corrected type or mode."""
    if value == getattr(record, field) or field not in ("type", "mode"):
        return {}
    from communique import tables  # only for this: a question about odds does not wait for them

    kind, mode = (value, record.mode) if field == "type" else (record.type, value)
    if kind not in tables.DEFAULT_CAMEO:  # refused when it is made a record
        return {}
    found = tables.measures(kind, mode)
    if field == "mode":
        return {"plover_score": found["plover_score"]}
    kept = {name: v for name, v in found.items() if name in record.__struct_fields__}
    return kept if mode is None or mode in tables.modes(kind) else kept | {"mode": None, "plover_score": tables.measures(kind, None)["plover_score"]}


def reviews_of(connection: Connection, target: str) -> list[Review]:
    """All acts on a record in order, with those carried over to it from an earlier coding, and their undoings."""
    sql = """WITH RECURSIVE r(v, id, data) AS (
        SELECT v, id, data FROM review WHERE target = ?
        UNION SELECT v, id, data FROM review WHERE id IN (SELECT review FROM carried WHERE mention = ?)
        UNION SELECT review.v, review.id, review.data FROM review JOIN r ON review.undoes = r.id)
      SELECT data FROM r ORDER BY v"""
    return [msgspec.json.decode(data, type=Review) for (data,) in connection.execute(sql, (target, target))]


def successor(old: EventMention, new: Sequence[EventMention], reviews: Sequence[Review]) -> tuple[EventMention, str] | None:
    """The mention of a new coding that an old one's decisions belong to, and how it was found."""
    for mention in new:
        if mention.id == old.id:
            return mention, "id"
    anchor = anchor_of(old)
    for mention in new:
        if anchor_of(mention) == anchor:
            return mention, "anchor"
    types = {old.type} | {msgspec.json.decode(r.after) for r in standing(reviews) if r.field == "type" and r.after}
    best: tuple[int, EventMention] | None = None
    for mention in new:
        shared = min(mention.trigger.end, old.trigger.end) - max(mention.trigger.start, old.trigger.start)
        if shared > 0 and mention.type in types and (best is None or shared > best[0]):
            best = (shared, mention)
    return (best[1], "overlap") if best is not None else None


# --- agreement and sampled accuracy -----------------------------------------------------------------


def cohen_kappa(pairs: Iterable[tuple[Hashable, Hashable]]) -> float | None:
    """Chance-corrected agreement of two coders on the same units; `None` without units or without variation."""
    found = list(pairs)
    if not found:
        return None
    n = len(found)
    agreed = sum(a == b for a, b in found) / n
    left, right = Counter(a for a, _ in found), Counter(b for _, b in found)
    chance = sum(left[value] * right[value] for value in left) / (n * n)
    return None if chance == 1 else (agreed - chance) / (1 - chance)


def krippendorff_alpha(units: Mapping[Hashable, Sequence[Hashable]]) -> float | None:
    """Nominal alpha over units coded by at least two; `None` when nothing can be compared or nothing varies."""
    share: dict[tuple[Hashable, Hashable], float] = {}
    for values in units.values():
        if len(values) < 2:
            continue
        for i, a in enumerate(values):
            for j, b in enumerate(values):
                if i != j:
                    share[a, b] = share.get((a, b), 0.0) + 1 / (len(values) - 1)
    totals: dict[Hashable, float] = {}
    for (a, _), weight in share.items():
        totals[a] = totals.get(a, 0.0) + weight
    n = sum(totals.values())
    expected = n * n - sum(v * v for v in totals.values())
    if n <= 1 or expected == 0:
        return None
    observed = sum(weight for (a, b), weight in share.items() if a != b)
    return 1 - (n - 1) * observed / expected


def wilson(right: int, n: int, *, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % score interval of a share, `(0, 1)` for n = 0: 17 of 20 is 0.64 to 0.95."""
    if n == 0:
        return 0.0, 1.0
    p = right / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


class Accuracy(NamedTuple):
    """How often sampled records were right. `true_low` and `true_high` are the corrected count of `total`."""

    group: str
    right: int
    n: int
    share: float | None
    low: float
    high: float
    total: int
    true_low: int
    true_high: int


def accuracy(group: str, states: Sequence[str], total: int) -> Accuracy:
    """From the reviewed states of a sample: accepted is right, rejected and corrected are not."""
    right, n = sum(s == "accepted" for s in states), len(states)
    low, high = wilson(right, n)
    return Accuracy(group, right, n, right / n if n else None, low, high, total, math.floor(low * total), math.ceil(high * total))


# --- two runs -----------------------------------------------------------------------------------------

_COMPARED = ("type", "mode", "contexts", "modality", "negated", "actors", "recipients", "when", "where", "attribution")


class Change(NamedTuple):
    """One difference between two runs. `fields` names what changed; empty for what was added or removed."""

    kind: str
    document: str
    old: str | None
    new: str | None
    fields: tuple[str, ...]
    reasons: tuple[str, ...]


def compare_codings(old: Sequence[EventMention], new: Sequence[EventMention]) -> list[Change]:
    """Added, removed, changed and unchanged mentions of one document. Each mention appears once."""
    out: list[Change] = []
    left = list(new)
    for mention in old:
        found = successor(mention, left, ())
        match = found[0] if found is not None else _same_trigger(mention, left)
        if match is None:
            out.append(Change("removed", mention.document, mention.id, None, (), mention.reasons))
            continue
        left.remove(match)
        fields = tuple(f for f in _COMPARED if getattr(mention, f) != getattr(match, f))
        reasons = tuple(f"{f}: {_said(mention, f)} → {_said(match, f)}" for f in fields)
        out.append(Change("changed" if fields else "same", mention.document, mention.id, match.id, fields, reasons))
    out.extend(Change("added", mention.document, None, mention.id, (), mention.reasons) for mention in left)
    return out


def _same_trigger(mention: EventMention, new: Sequence[EventMention]) -> EventMention | None:
    return next((m for m in new if m.trigger == mention.trigger), None)


def _said(mention: EventMention, field: str) -> str:
    value = getattr(mention, field)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
