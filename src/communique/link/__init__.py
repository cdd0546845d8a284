"""Event mentions ↔ those already known: judgements, and what follows from them. `link_documents` is the stage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from communique.link import compare, copies, events, lifecycle
from communique.records import (
    Commitment,
    Derived,
    Discrepancy,
    DocumentFacts,
    Event,
    Judgement,
    JudgementKind,
    LinkDocument,
    Participant,
    Story,
    When,
    Where,
)
from communique.text import digest

__all__ = ["link_documents"]

_EPOCH = "1970-01-01T00:00:00+00:00"  # the machine's rows carry the time they are handed; tests need none


def link_documents(
    documents: Sequence[LinkDocument],
    *,
    verdicts: Iterable[Judgement] = (),
    threshold: float = 0.5,
    as_of: str | None = None,
    at: str = _EPOCH,
) -> Derived:
    """Judgements between all mentions of the documents, and the events, stories, commitments, discrepancies and
    copies that follow. `verdicts` are people's judgements, which outrank the machine's. `as_of` (ISO day) hides
    what was published later and says which dates have passed. Order of documents changes nothing."""
    unique = {d.facts.id: d for d in documents}  # the same document handed in twice is one
    known = [d for d in unique.values() if as_of is None or (d.facts.published.start or "") <= as_of]
    known.sort(key=lambda d: d.facts.id)
    repeats = copies.find_copies(known)
    origin = copies.originals(repeats)
    facts = {d.facts.id: d.facts for d in known}
    texts = {d.facts.id: d.text for d in known}
    items = events.make_items(known)
    judged = (*events.judge(items, threshold=threshold, at=at), *verdicts)
    by_id = {i.mention.id: i for i in items}
    found: list[Event] = []
    rows: list[Discrepancy] = []
    for group in events.cluster(items, judged):
        members = [by_id[m] for m in group]
        if all(i.mention.type == "STATE" for i in members) and len(members) == 1:
            continue
        event = _event(members, origin, facts, texts)
        found.append(event)
        rows.extend(compare.discrepancies(event.id, members, texts))
    found.sort(key=lambda e: (e.when.start or "9999", e.id))
    stories = _stories(known, found, origin)
    commitments = lifecycle.follow(found, by_id, texts, as_of=as_of)
    return Derived(
        judgements=(*judged, *_outcomes(commitments, by_id, at)),
        events=tuple(found),
        stories=stories,
        commitments=commitments,
        discrepancies=tuple(rows),
        copies=repeats,
    )


def _outcomes(commitments: Iterable[Commitment], items: dict[str, events.Item], at: str) -> list[Judgement]:
    """What the ledger found between mentions: "fulfils" (the word given, then the deed) and "changes" (the plan, then
    what became of it), each once."""
    rows: dict[str, Judgement] = {}
    for item in commitments:
        first = next((h.mention for h in item.history if h.mention), None)
        for change in item.history[1:]:
            if first is None or change.mention is None or change.mention == first:
                continue
            kind: JudgementKind = "fulfils" if change.state in ("held", "fulfilled", "partly fulfilled", "in progress", "under way") else "changes"
            name = digest(events.VERSION, kind, change.mention, first)
            rows[name] = Judgement(
                id=name, left=change.mention, right=first, kind=kind, score=0.8, reasons=(change.reason,), by=events.VERSION, at=at
            )
    return [rows[k] for k in sorted(rows)]


def _event(
    members: list[events.Item], origin: dict[str, str], facts: dict[str, DocumentFacts], texts: dict[str, str]
) -> Event:
    """The event as its best mentions tell it: deeds before announcements, exact dates before wide ones."""
    ranked = sorted(members, key=_rank)
    best = ranked[0].mention
    when = min((i.mention.when for i in ranked), key=_width)
    where = next((i.mention.where for i in ranked if i.mention.where), None)
    publishers = dict.fromkeys(i.facts.publisher for i in sorted(members, key=lambda i: i.facts.id) if i.facts.publisher)
    actors, recipients = _union(ranked, "actors"), _union(ranked, "recipients")
    taken = {p.entity or p.name for p in actors}
    first = min(members, key=lambda i: (i.facts.published.start or "9999", i.mention.document, i.mention.trigger.start))
    return Event(
        id="ev_" + digest("event", first.mention.id),
        type=best.type,
        mode=best.mode,
        modality=best.modality,
        actors=actors,
        recipients=tuple(p for p in recipients if (p.entity or p.name) not in taken),
        when=when,
        where=where,
        mentions=tuple(sorted(i.mention.id for i in members)),
        documents=tuple(sorted({i.facts.id for i in members})),
        publishers=tuple(publishers),
        originators=compare.originators(members, copies=origin, facts=facts, texts=texts),
        score=best.score,
        contexts=tuple(sorted({c for i in members for c in i.mention.contexts})),
        quad=best.quad,
        plover_score=best.plover_score,
        series=_series(members),
        headline=_headline(best.type, best.modality, actors, recipients, when, where),
    )


def _series(members: list[events.Item]) -> str | None:
    """The series of which this event is one instance: by its name, or by deed and parties where a report says that it
    recurs ("annual", "weekly"). Instances share the id; they are never one event."""
    names = sorted({n for i in members for n in i.named})
    recurs = any(i.series for i in members)
    concept = next((i.concept for i in members if i.concept), None)
    parties = sorted({c for i in members for c in i.countries})
    if names and (recurs or concept == "drill"):
        return "sr_" + digest("series", names[0])
    return "sr_" + digest("series", concept, *parties) if recurs and concept and parties else None


def _rank(item: events.Item) -> tuple[int, int, float, str]:
    deed = {"actual": 0, "historical": 0, "planned": 1, "pledged": 1}.get(item.mention.modality, 2)
    return deed, -len(item.mention.actors), -item.mention.score, item.mention.id


def _width(when: When) -> tuple[int, str, str]:
    order = ["hour", "day", "week", "month", "quarter", "season", "year", "decade", "century", "period", None]
    return (order.index(when.grain) if when.start else 99, when.start or "", when.end or "")


def _union(members: list[events.Item], role: str) -> tuple[Participant, ...]:
    out: dict[str, Participant] = {}
    for item in members:
        for p in getattr(item.mention, role):
            key = p.entity or (f"{p.country}" if p.country else p.name)
            out.setdefault(key, p)
    countries_of_people = {p.country for p in out.values() if p.kind == "person"}
    return tuple(p for p in out.values() if not (p.kind == "country" and p.country in countries_of_people))


_VERBS = {
    "AGREE": "agree", "CONSULT": "consult", "SUPPORT": "support", "CONCEDE": "concede to", "COOPERATE": "cooperate with",
    "AID": "aid", "RETREAT": "retreat", "REQUEST": "ask", "ACCUSE": "accuse or disapprove of", "REJECT": "reject",
    "THREATEN": "threaten", "PROTEST": "protest", "SANCTION": "sanction", "MOBILIZE": "mobilise", "COERCE": "coerce",
    "ASSAULT": "attack", "STATE": "state a position",
}  # fmt: skip


def _headline(
    kind: str, modality: str, actors: tuple[Participant, ...], recipients: tuple[Participant, ...], when: When, where: Where | None
) -> str:
    who = ", ".join(dict.fromkeys(p.name for p in actors)) or "Someone not named"
    whom = ", ".join(dict.fromkeys(p.name for p in recipients))
    parts = [who, _VERBS[kind], whom, f"in {where.name}" if where else "", f"({modality})" if modality != "actual" else ""]
    return " ".join(p for p in parts if p)


def _stories(documents: list[LinkDocument], found: list[Event], origin: dict[str, str]) -> tuple[Story, ...]:
    """Documents joined by a shared event or by shared text."""
    parent = {d.facts.id: d.facts.id for d in documents}

    def root(x: str) -> str:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    pairs = [(e.documents[0], other) for e in found for other in e.documents[1:]] + list(origin.items())
    for a, b in sorted(pairs):
        x, y = sorted((root(a), root(b)))
        parent[y] = x
    groups: dict[str, list[LinkDocument]] = defaultdict(list)
    for doc in documents:
        groups[root(doc.facts.id)].append(doc)
    out = []
    for members in groups.values():
        dated = sorted(d.facts.published.start for d in members if d.facts.published.start)
        first = min(members, key=lambda d: (d.facts.published.start or "9999", d.facts.id))
        ids = tuple(sorted(d.facts.id for d in members))
        out.append(
            Story(
                id="st_" + digest("story", first.facts.id), documents=ids, title=first.facts.title or first.facts.source,
                start=dated[0] if dated else None, end=dated[-1] if dated else None,
            )
        )
    return tuple(sorted(out, key=lambda s: (s.start or "9999", s.id)))
