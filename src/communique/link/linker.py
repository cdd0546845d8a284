"""The stage as it runs over documents that come and go: what is known is kept, and only the neighbourhood of what
changed is judged again.

`Linker` holds documents, their mentions, the pairs judged the same and the sets they make. A new document is compared
with the mentions that share a party and a month with it; sets are made again only in the connected part of the graph
of judgements that it touches, and an event is built again only when its members changed or one of its documents
turned out to be a copy. The outcome is that of linking everything at once, in whatever order documents came, because
a pair's verdict never depends on the rest (see `events`) and sets never join across unconnected parts. (Copies depend
on which words are furniture; `copies.CopyPairs` looks again where words became that.)

What is left whole: stories and the ledger, which are quick passes over events. The ledger's reading of words, its
only dear part, is kept per mention.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from communique.link import compare, copies, events, lifecycle, untold
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

EPOCH = "1970-01-01T00:00:00+00:00"  # the machine's rows carry the time they are handed; tests need none
MOST_TELLERS = 8  # of a plan that many report, the reports that its outcome is held against
_Set = tuple[str, ...]


class Linker:
    """Documents linked as they come. `add` and `remove` take them; `derive` says what follows from those that are in."""

    def __init__(self, *, threshold: float = 0.5) -> None:
        self.threshold = threshold
        self.new: list[Judgement] = []  # the machine's judgements made since `derive` was last asked
        self._documents: dict[str, LinkDocument] = {}
        self._texts: dict[str, str] = {}
        self._facts: dict[str, DocumentFacts] = {}
        self._lengths: dict[str, int] = {}
        self._pairs = copies.CopyPairs()
        self._origin: dict[str, str] = {}
        self._items: dict[str, events.Item] = {}
        self._keys = events.Neighbours()
        self._rows: dict[tuple[str, str], Judgement] = {}
        self._near: dict[str, set[str]] = defaultdict(set)
        self._verdicts: tuple[Judgement, ...] = ()
        self._sets: dict[str, _Set] = {}
        self._built: dict[_Set, tuple[Event, tuple[Discrepancy, ...]] | None] = {}
        self._dirty: set[str] = set()
        self._turns: dict[str, str | None] = {}
        self._untold: dict[str, list[untold.Telling]] = {}
        self._told: dict[tuple[str, ...], tuple[Discrepancy, ...]] = {}

    def __contains__(self, document: object) -> bool:
        return document in self._documents

    def __len__(self) -> int:
        return len(self._documents)

    def add(self, documents: Iterable[LinkDocument], *, at: str = EPOCH) -> None:
        """Take documents in; one that is known already is left as it is."""
        for doc in sorted({d.facts.id: d for d in documents}.values(), key=lambda d: d.facts.id):
            name = doc.facts.id
            if name in self._documents:
                continue
            self._documents[name], self._texts[name], self._facts[name] = doc, doc.text, doc.facts
            self._lengths[name] = sum(s.end - s.start for s in doc.body)
            self._pairs.add(doc)
            if found := untold.tellings(doc):
                self._untold[name] = found
            for item in events.make_items([doc]):
                self._take(item, at)

    def remove(self, documents: Iterable[str]) -> None:
        """Forget documents: what follows is as if they had never come."""
        gone = {d for d in documents if d in self._documents}
        for name in gone:
            for mention in self._documents[name].mentions:
                item = self._items.pop(mention.id, None)
                if item is None:
                    continue
                self._keys.remove(item)
                self._turns.pop(mention.id, None)
                for other in self._near.pop(mention.id, ()):
                    self._near[other].discard(mention.id)
                    self._dirty.add(other)
                    self._rows.pop((min(mention.id, other), max(mention.id, other)), None)
                self._dirty.update(self._sets.get(mention.id, ()))
            self._untold.pop(name, None)
            del self._documents[name], self._texts[name], self._facts[name], self._lengths[name]
        self._pairs.remove(gone)
        self._told = {k: v for k, v in self._told.items() if all(m in self._items for m in k)}

    def document_of(self, mention: str) -> str | None:
        """The document that a mention stands in; `None` for one that is not known."""
        item = self._items.get(mention)
        return item.facts.id if item is not None else None

    def derive(self, verdicts: Iterable[Judgement] = (), *, as_of: str | None = None, at: str = EPOCH) -> Derived:
        """Everything that follows from the documents taken in and people's `verdicts`."""
        people = tuple(sorted(verdicts, key=lambda j: (j.at, j.id)))
        repeats = copies.choose_originals(self._pairs.shares(), self._facts, self._lengths)
        moved = self._moved(copies.originals(repeats))
        self._group(people)
        for group in {self._sets[m] for d in moved for m in self._mentions(d) if m in self._sets}:
            self._built.pop(group, None)
        for group in set(self._sets.values()) - self._built.keys():
            self._built[group] = self._build(group)
        pairs = [p for p in self._built.values() if p is not None]
        found = sorted((e for e, _ in pairs), key=lambda e: (e.when.start or "9999", e.id))
        rows = [d for _, listed in pairs for d in listed]
        known = [self._documents[k] for k in sorted(self._documents)]
        sentences = (t for name in sorted(self._untold) for t in self._untold[name])
        commitments = lifecycle.follow(found, self._items, self._texts, as_of=as_of, turns=self._turns, untold=sentences)
        rows += self._outcomes(found, commitments)
        self.new = []
        return Derived(
            judgements=(*(self._rows[k] for k in sorted(self._rows)), *people, *_outcomes(commitments, self._items, at)),
            events=tuple(found),
            stories=_stories(known, found, self._origin),
            commitments=commitments,
            discrepancies=tuple(sorted(rows, key=lambda d: d.event)),
            copies=repeats,
        )

    def _outcomes(self, found: Sequence[Event], commitments: Iterable[Commitment]) -> list[Discrepancy]:
        """Differences between a plan and what became of it, where that is an event of its own."""
        home = {m: e.id for e in found for m in e.mentions}
        out: dict[Discrepancy, None] = {}
        for one in commitments:
            plan = next((h.mention for h in one.history if h.mention), None)
            told = dict.fromkeys(h.mention for h in one.history if h.mention and plan and home.get(h.mention) != home.get(plan))
            if plan is None or plan not in home or not told:
                continue
            for told_first in self._tellers(plan):
                key = (told_first, *told)
                if key not in self._told:
                    self._told[key] = compare.outcomes(home[plan], self._items[told_first], [self._items[m] for m in told], self._texts)
                out.update(dict.fromkeys(msgspec.structs.replace(d, event=home[plan]) for d in self._told[key]))
        return list(out)

    def _tellers(self, plan: str) -> list[str]:
        """One mention of a plan for each document that tells of it in words of its own."""
        wanted = self._items[plan].mention
        found: dict[str, str] = {}
        for name in (plan, *self._sets[plan]):
            m = self._items[name].mention
            if (name == plan or m.document not in self._origin) and (m.type, m.modality) == (wanted.type, wanted.modality):
                found.setdefault(m.document, name)
        return [found[d] for d in sorted(found)][:MOST_TELLERS]

    def _mentions(self, document: str) -> Iterator[str]:
        known = self._documents.get(document)
        return (m.id for m in known.mentions) if known is not None else iter(())

    def _take(self, item: events.Item, at: str) -> None:
        name = item.mention.id
        if name in self._items:
            return
        for other in self._keys.of(item):
            a, b = sorted((item, self._items[other]), key=lambda i: i.mention.id)
            verdict = events.judge_pair(a, b)
            if verdict.score >= self.threshold and not verdict.forbidden:
                row = events.verdict_row(a, b, verdict, "same event", at)
                self._rows[row.left, row.right] = row
                self.new.append(row)
                self._near[name].add(other)
                self._near[other].add(name)
        self._items[name] = item
        self._keys.add(item)
        self._dirty.add(name)

    def _moved(self, origin: dict[str, str]) -> set[str]:
        """The documents whose original is another than it was."""
        moved = {d for d in origin.keys() | self._origin.keys() if origin.get(d) != self._origin.get(d)}
        self._origin = origin
        return moved

    def _group(self, people: tuple[Judgement, ...]) -> None:
        """Make the sets again in every connected part that changed."""
        if people != self._verdicts:
            changed = set(people) ^ set(self._verdicts)
            named = {j.withdraws for j in changed if j.withdraws}
            self._dirty.update(m for j in (*people, *self._verdicts) if j in changed or j.id in named for m in (j.left, j.right))
        said: dict[str, list[Judgement]] = defaultdict(list)
        for row in {j.id: j for j in (*people, *self._verdicts)}.values():
            said[row.left].append(row)
            said[row.right].append(row)
        self._verdicts = people
        seen: set[str] = set()
        for start in sorted(self._dirty):
            part = self._part(start, said) - seen
            if not part:
                continue
            seen |= part
            rows = [self._rows[a, b] for a in part for b in self._near.get(a, ()) if a < b]
            rows += [j for j in people if j.left in part or j.right in part]
            for group in {self._sets[m] for m in part if m in self._sets}:
                self._built.pop(group, None)
                for m in group:
                    self._sets.pop(m, None)
            members = [self._items[m] for m in sorted(part)]
            for group in events.cluster(members, rows) if len(members) > 1 else [(members[0].mention.id,)]:
                self._sets.update(dict.fromkeys(group, group))
        for name in self._dirty - self._items.keys():
            self._built.pop(self._sets.pop(name, ()), None)
        self._dirty = set()

    def _part(self, start: str, said: dict[str, list[Judgement]]) -> set[str]:
        """All mentions that judgements connect with this one, and those it stood with before."""
        part: set[str] = set()
        todo = [start]
        while todo:
            name = todo.pop()
            if name in part or name not in self._items:
                continue
            part.add(name)
            todo += self._near.get(name, ())
            todo += self._sets.get(name, ())
            todo += [m for j in said.get(name, ()) for m in (j.left, j.right)]
        return part

    def _build(self, group: _Set) -> tuple[Event, tuple[Discrepancy, ...]] | None:
        return make_event([self._items[m] for m in group], self._origin, self._facts, self._texts)


def make_event(
    members: list[events.Item], origin: dict[str, str], facts: dict[str, DocumentFacts], texts: dict[str, str]
) -> tuple[Event, tuple[Discrepancy, ...]] | None:
    """The event that mentions judged to be one make, with what they differ on; `None` for a single position (STATE)."""
    if all(i.mention.type == "STATE" for i in members) and len(members) == 1:
        return None
    event = _event(members, origin, facts, texts)
    return event, compare.discrepancies(event.id, members, texts)


def link_documents(
    documents: Sequence[LinkDocument],
    *,
    verdicts: Iterable[Judgement] = (),
    threshold: float = 0.5,
    as_of: str | None = None,
    at: str = EPOCH,
) -> Derived:
    """Judgements between all mentions of the documents, and the events, stories, commitments, discrepancies and
    copies that follow. `verdicts` are people's judgements, which outrank the machine's. `as_of` (ISO day) hides
    what was published later and says which dates have passed. Order of documents changes nothing."""
    linker = Linker(threshold=threshold)
    linker.add((d for d in documents if as_of is None or (d.facts.published.start or "") <= as_of), at=at)
    return linker.derive(verdicts, as_of=as_of, at=at)


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
        headline=_headline(best.type, best.mode, best.modality, actors, recipients, where),
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
    return tuple(p for p in out.values() if not _named_better(p, out.values()))


def _named_better(one: Participant, others: Iterable[Participant]) -> bool:
    """Whether another report names the same party more exactly: a person for the country or for the person's own office,
    the country (or anybody of it) for its capital or for an office or group without a name."""
    kin = [p for p in others if p is not one and p.country is not None and p.country == one.country]
    if one.kind == "country":
        return any(p.kind == "person" for p in kin)
    if one.kind == "place":
        return any(p.kind != "place" for p in kin)
    if one.kind in ("office", "group"):
        return any(p.kind == "country" or (p.kind == "person" and p.office in (None, one.office)) for p in kin)
    return False


_DOES = {  # what one party does to another, and what it does where nobody is named; the first word takes the ending
    "AGREE": ("agree with", "agree"), "CONSULT": ("hold talks with", "hold talks"), "SUPPORT": ("support", "voice support"),
    "CONCEDE": ("make a concession to", "make a concession"), "COOPERATE": ("cooperate with", "cooperate"), "AID": ("aid", "give aid"),
    "RETREAT": ("give way to", "step back"), "REQUEST": ("ask", "make a demand or appeal"), "ACCUSE": ("criticise", "criticise"),
    "REJECT": ("rebuff", "refuse"), "THREATEN": ("threaten", "make a threat"), "PROTEST": ("protest against", "protest"),
    "SANCTION": ("sanction", "impose sanctions or cut ties"), "MOBILIZE": ("mobilise against", "mobilise"), "COERCE": ("coerce", "use force short of violence"),
    "ASSAULT": ("attack", "attack"), "STATE": ("state a position on", "state a position"),
}  # fmt: skip


_AROUND = ("Island", "Islands", "Strait", "Sea", "Gulf", "Bay", "Ocean", "Base", "Airport", "Reef", "Shoal", "Crossing")  # not "in" these


def _headline(
    kind: str, mode: str | None, modality: str, actors: tuple[Participant, ...], recipients: tuple[Participant, ...], where: Where | None
) -> str:
    who = list(dict.fromkeys(p.name for p in actors)) or ["Someone not named"]
    whom = [n for n in dict.fromkeys(p.name for p in recipients) if n not in who]
    does = "visit" if mode == "visit" and whom else _DOES[kind][0 if whom else 1]
    place = f"{'at' if where.name.endswith(_AROUND) else 'in'} {where.name}" if where and where.name not in whom else ""
    parts = [_listed(who), _of_one(does) if len(who) == 1 else does, _listed(whom), place, f"({modality})" if modality != "actual" else ""]
    return " ".join(p for p in parts if p)


def _listed(names: list[str]) -> str:
    """Names as a sentence has them: "a", "a and b", "a, b and c"."""
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


def _of_one(does: str) -> str:
    """The verb phrase for a single party."""
    verb, _, rest = does.partition(" ")
    return f"{verb}s {rest}".strip()


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
