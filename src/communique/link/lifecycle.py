"""The ledger: every announced event, plan, pledge, threat and demand, followed to what became of it.

Two machines. An *event* is announced, scheduled (its date known), under way, held; or postponed, cancelled,
denied, disputed; or, when its date has passed and no report tells of it, overdue-unreported: a passed date never
implies held. A *pledge* is pledged, in progress, fulfilled, broken, withdrawn; open-ended when nothing could ever
show that it was kept. Each state change carries the mention and the words that say it. `as_of` is the day on
which the ledger is read; what was published later is not seen, and today's date is never looked up here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from communique.link.events import Item
from communique.records import Commitment, CommitmentState, Event, EventMention, Span, StateChange, When
from communique.text import digest

CANCELLED = frozenset(["cancel", "cancelled", "canceled", "scrap", "scrapped", "called", "abandon", "abandoned"])
POSTPONED = frozenset(["postpone", "postponed", "delay", "delayed", "reschedule", "rescheduled", "suspend", "suspended"])
_DONE = {"actual", "historical"}


def follow(
    events: Sequence[Event], items: Mapping[str, Item], texts: Mapping[str, str], *, as_of: str | None
) -> tuple[Commitment, ...]:
    """One commitment for each event that some report announced, promised, threatened or demanded, sorted by due
    date. `as_of` is an ISO day, or None to leave open what is due."""
    out = []
    for event in events:
        members = [items[m] for m in event.mentions if m in items and _seen(items[m], as_of)]
        opening = [i for i in members if i.mention.modality in ("planned", "pledged", "demanded") or i.mention.type == "THREATEN"]
        if not opening or any(i.mention.type == "STATE" for i in opening):
            continue
        out.append(_commitment(event, opening, members, texts, as_of))
    return tuple(sorted(out, key=lambda c: (c.due.start or "9999", c.id)))


def _seen(item: Item, as_of: str | None) -> bool:
    known = item.facts.published.start
    return as_of is None or known is None or known <= as_of


def _kind(item: Item) -> str:
    if item.mention.type == "THREATEN":
        return "threat"
    if item.mention.modality == "demanded" or item.mention.type == "REQUEST":
        return "demand"
    return "event" if item.mention.modality == "planned" else "pledge"


def _commitment(
    event: Event, opening: list[Item], members: list[Item], texts: Mapping[str, str], as_of: str | None
) -> Commitment:
    first = min(opening, key=lambda i: (i.facts.published.start or "9999", i.mention.id))
    kinds = {_kind(i) for i in opening}
    kind = "event" if "event" in kinds else _kind(first)
    due = next((i.mention.when for i in opening if i.mention.modality == "planned" and i.mention.when.start), When())
    history = _history(kind, due, opening, members, texts)
    state = history[-1].state
    if as_of is not None and state in ("announced", "scheduled", "mooted") and due.end is not None and due.end <= as_of:
        change = StateChange(
            state="overdue-unreported", at=due.end, mention=None, document=None, evidence=None,
            reason=f"the date has passed ({due.start}) and no report tells of it",
        )  # fmt: skip
        history, state = [*history, change], change.state
    text = texts.get(first.facts.id, "")
    e = saying(first.mention)
    return Commitment(
        id="cm_" + digest(event.id, first.mention.id),
        kind=kind,  # type: ignore[arg-type]
        by=first.mention.actors,
        to=first.mention.recipients,
        what=" ".join(text[e.start : e.end].split()),
        due=due,
        state=state,
        history=tuple(history),
        mentions=tuple(sorted(i.mention.id for i in members)),
        event=event.id,
        verifiable=kind == "event" or due.start is not None,
    )


def saying(mention: EventMention) -> Span:
    """The span of the evidence that holds the trigger; the others are antecedents."""
    return next(e for e in mention.evidence if e.start <= mention.trigger.start and mention.trigger.end <= e.end)


def _history(kind: str, due: When, opening: list[Item], members: list[Item], texts: Mapping[str, str]) -> list[StateChange]:
    out: list[StateChange] = []
    for item in sorted(members, key=lambda i: (i.facts.published.start or "9999", i.mention.trigger.start, i.mention.id)):
        state = _state(kind, item, due, texts.get(item.facts.id, ""))
        if not out or (out[-1].state != state and not _weaker(state, out[-1].state)):
            out.append(
                StateChange(
                    state=state, at=item.facts.published.start, mention=item.mention.id, document=item.facts.id,
                    evidence=saying(item.mention), reason=_why(state, item),
                )
            )
    return out


def _state(kind: str, item: Item, due: When, text: str) -> CommitmentState:
    mention = item.mention
    words = set(text[mention.trigger.start : mention.trigger.end].lower().split())
    if words & CANCELLED and mention.modality in _DONE:
        return "cancelled" if kind == "event" else "withdrawn"
    if words & POSTPONED and mention.modality in _DONE:
        return "postponed" if kind == "event" else "stalled"
    if mention.modality == "denied":
        return "denied" if kind == "event" else "broken"
    if kind != "event":
        return "fulfilled" if mention.modality in _DONE and mention.type not in ("AGREE", "THREATEN", "REQUEST") else "pledged"
    if mention.modality in _DONE and mention.type != "AGREE":
        return "held"
    return "scheduled" if mention.when.start is not None else "announced"


def _weaker(new: CommitmentState, old: CommitmentState) -> bool:
    """An announcement read after the deed does not undo it."""
    rank: dict[str, int] = {"mooted": 0, "announced": 1, "pledged": 1, "scheduled": 2, "under way": 3, "held": 4, "fulfilled": 4}
    return new in rank and old in rank and rank[new] < rank[old]


def _why(state: CommitmentState, item: Item) -> str:
    source = item.facts.publisher or "a report"
    return f"{source} tells it as {item.mention.modality}: {state}"


def undated(commitments: Iterable[Commitment]) -> list[Commitment]:
    """Commitments that no date could ever test."""
    return [c for c in commitments if not c.verifiable]
