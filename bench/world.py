"""A synthetic archive with everything a store can hold, for benches of pages and for the crawler test.

Documents and mentions are those of `store.py` between real countries; added to them are what linking and people add:
events of one to five reports, stories, copies, commitments, differences, judgements, reviews, documents without a
date or publisher or record, sentences left uncoded, and files that could not be read. The same for the same arguments.
"""

from __future__ import annotations

import importlib.util
import itertools
import random
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

from communique.records import (
    CodedDocument,
    Commitment,
    Copy,
    Discrepancy,
    Event,
    EventMention,
    Failure,
    Filter,
    Judgement,
    Originator,
    Published,
    Review,
    Span,
    StateChange,
    Story,
    Uncoded,
    When,
)  # fmt: skip
from communique.store import Store
from communique.text import digest
from communique.views.codes import known_countries

# Loaded by its path: where tests run, "store" is their folder of that name.
_SPEC = importlib.util.spec_from_file_location("bench_store", Path(__file__).with_name("store.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
plain = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(plain)

AT = "2026-01-01T00:00:00Z"


def countries() -> list[str]:
    """Countries, the ones written of most first; their order is drawn once."""
    found = known_countries()
    random.Random(5).shuffle(found)
    return found


def documents(count: int, per_document: int) -> Iterator[CodedDocument]:
    """Coded documents; a few lack their date, publisher or records."""
    names = countries()
    code_of = dict(zip(plain.CODES, names, strict=False))
    rng = random.Random(2)
    for coded in plain.documents(count, per_document):
        header, drawn = coded.article.header, rng.random()
        if drawn < 0.03:
            header = _with(header, published=Published())
        elif drawn < 0.05:
            header = _with(header, publisher=None)
        mentions = () if drawn > 0.97 else tuple(_placed(m, code_of) for m in coded.mentions)
        uncoded = tuple(Uncoded(span=Span(at, at + 60), reason=rng.choice(["no event", "no actor", "caption", "furniture"])) for at in (100, 900))
        yield _with(coded, article=_with(coded.article, header=header), mentions=mentions, uncoded=uncoded)


def _with(record, **fields):
    import msgspec

    return msgspec.structs.replace(record, **fields)


def _placed(m: EventMention, code_of: dict[str, str]) -> EventMention:
    def party(p):
        code = code_of[p.country]
        return _with(p, country=code, entity=f"country:{code}", name=code)

    where = m.where and _with(m.where, country=code_of[m.where.country], name=f"City {code_of[m.where.country]}")
    said = tuple(_with(a, speaker=_with(a.speaker, name=f"ministry of {code_of[a.speaker.country]}", country=code_of[a.speaker.country])) for a in m.attribution)
    return _with(m, actors=tuple(map(party, m.actors)), recipients=tuple(map(party, m.recipients)), where=where, attribution=said)


def fill(store: Store, count: int, per_document: int) -> None:
    """Put the whole archive into an empty store."""
    with store.bulk():
        store.add_many(documents(count, per_document), batch=1024)
    rng = random.Random(3)
    facts = {f.id: f for f in store.documents()}
    events = list(_events(store.each_mention(Filter(limit=0)), facts, rng))
    stories = list(_stories(list(facts.values()), rng))
    story_of = {d: s.id for s in stories for d in s.documents}
    events = [_with(e, story=story_of.get(e.documents[0])) for e in events]
    store.replace_derived(events, stories, list(_commitments(events, rng)), list(_differences(events, rng)), list(_copies(list(facts), rng)))
    store.judge(_judgements(events, rng))
    for number in range(max(3, count // 250)):
        store.add_failure(Failure(source=f"broken-{number}.html", reason="no text", detail="nothing readable was found"))
    _reviews(store, events, rng, max(12, min(600, count // 80)))


def _events(mentions: Iterable[EventMention], facts, rng: random.Random) -> Iterator[Event]:
    every = iter(mentions)
    while group := list(itertools.islice(every, rng.choice([1, 1, 1, 2, 2, 3, 5]))):
        first = group[0]
        papers = tuple(dict.fromkeys(m.document for m in group))
        publishers = tuple(dict.fromkeys(p for d in papers if (p := facts[d].publisher)))
        said = tuple(Originator(name=a.speaker.name, entity=None, country=a.speaker.country, mentions=(m.id,)) for m in group for a in m.attribution)
        yield Event(
            id="ev_" + first.id, type=first.type, mode=first.mode, modality=first.modality, actors=first.actors, recipients=first.recipients,
            when=first.when, where=first.where, mentions=tuple(m.id for m in group), documents=papers, publishers=publishers, originators=said,
            score=first.score, contexts=first.contexts, quad=first.quad, plover_score=first.plover_score,
            headline=f"{first.actors[0].name} {first.type.lower()} {first.recipients[0].name}",
        )  # fmt: skip


def _stories(facts, rng: random.Random) -> Iterator[Story]:
    at = 0
    while at < len(facts):
        size = rng.choice([2, 3, 4, 8])
        group, at = facts[at : at + size], at + size + rng.choice([0, 1, 2])
        days = sorted(f.published.start for f in group if f.published.start)
        yield Story(id=digest("story", group[0].id), documents=tuple(f.id for f in group), title=group[0].title or "", start=days[0] if days else None, end=days[-1] if days else None)


def _copies(names: list[str], rng: random.Random) -> Iterator[Copy]:
    for number in range(1, len(names)):
        if rng.random() < 0.08:
            yield Copy(document=names[number], original=names[number - 1], shared=0.9, reasons=("the same passages",), agency=None)


def _commitments(events: list[Event], rng: random.Random) -> Iterator[Commitment]:
    kinds = {"planned": ("event", "announced"), "pledged": ("pledge", "pledged"), "demanded": ("demand", "pledged")}
    for e in events:
        if e.modality not in kinds or rng.random() > 0.3:
            continue
        kind, state = kinds[e.modality]
        day = date.fromisoformat(e.when.start) if e.when.start else None
        steps = [StateChange(state=state, at=day and day.isoformat(), mention=e.mentions[0], document=e.documents[0], evidence=None, reason="first said")]
        if kind == "event" and rng.random() < 0.4:
            steps.append(StateChange(state=rng.choice(["held", "postponed", "cancelled"]), at=day and (day + timedelta(days=9)).isoformat(), mention=e.mentions[-1], document=e.documents[-1], evidence=None, reason="reported later"))
        due = day and day + timedelta(days=rng.choice([3, 30, 400, 6000]))
        when = When(start=due.isoformat(), end=(due + timedelta(days=1)).isoformat(), grain="day", basis="stated") if due else When()
        yield Commitment(
            id=digest("commitment", e.id), kind=kind, by=e.actors, to=e.recipients, what=f"{e.type.lower()} {e.recipients[0].name}", due=when,
            state=steps[-1].state, history=tuple(steps), mentions=e.mentions[:1], event=e.id,
        )  # fmt: skip


def _differences(events: list[Event], rng: random.Random) -> Iterator[Discrepancy]:
    for e in events:
        if len(e.mentions) > 1 and rng.random() < 0.3:
            yield Discrepancy(event=e.id, field="modality", kind="status", left=e.mentions[0], right=e.mentions[1], left_span=None, right_span=None, left_value="planned", right_value="actual")


def _judgements(events: list[Event], rng: random.Random) -> Iterator[Judgement]:
    for e in events:
        for a, b in itertools.pairwise(sorted(e.mentions)):
            yield Judgement(id=digest("judgement", a, b), left=a, right=b, kind="same event", score=0.9, reasons=("same day",), by="link.v1", at=AT)


def _reviews(store: Store, events: list[Event], rng: random.Random, count: int) -> None:
    for number, e in enumerate(rng.sample(events, min(count, len(events)))):
        target = e.id if number % 12 == 0 else e.mentions[0]
        for who in ("ana", "ben")[: 1 + (number % 3 == 0)]:
            act = rng.choice(["accept", "accept", "accept", "reject", "correct"])
            value = {"field": "type", "after": '"CONSULT"'} if act == "correct" else {"field": None, "after": None}
            store.review(Review(id=digest("review", target, who), target=target, act=act, before=None, why=None, by=who, at=AT, **value))
