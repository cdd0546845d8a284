"""The actors of a store: who they are, by which words they were known, which offices the reports give them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from communique.records import EntityKind, Record

if TYPE_CHECKING:
    from communique.store import Store


class Actor(Record, frozen=True, kw_only=True):
    """A party of the store's current mentions. `acts` and `receives` count mentions."""

    entity: str
    name: str
    country: str | None
    kind: EntityKind
    sectors: tuple[str, ...]
    acts: int
    receives: int


class Alias(Record, frozen=True, kw_only=True):
    """Words that stood for an actor, how they were matched, and how often."""

    text: str
    alias: str | None
    rule: str | None
    n: int


class Office(Record, frozen=True, kw_only=True):
    """An office that reports give a person: the words, from the earliest to the latest report's date, and who says
    so. `status` keeps "then", "former", "acting", "designate"."""

    role: str
    status: str | None
    first: str | None
    last: str | None
    publishers: tuple[str, ...]
    n: int


class ActorSheet(Record, frozen=True, kw_only=True):
    """Everything the store knows of an actor."""

    actor: Actor
    aliases: tuple[Alias, ...]
    offices: tuple[Office, ...]
    partners: tuple[tuple[str, int], ...]


def actors(store: Store) -> list[Actor]:
    """Every party, the most active first."""
    rows: dict[str, list[object]] = {}
    acts: Counter[str] = Counter()
    receives: Counter[str] = Counter()
    for mention in store.each_mention():
        for role, count in (("actors", acts), ("recipients", receives)):
            for p in getattr(mention, role):
                key = p.entity or p.country or p.name
                count[key] += 1
                rows.setdefault(key, [p.name, p.country, p.kind, p.sectors])
    out = [
        Actor(entity=k, name=v[0], country=v[1], kind=v[2], sectors=v[3], acts=acts[k], receives=receives[k])  # type: ignore[arg-type]
        for k, v in rows.items()
    ]
    return sorted(out, key=lambda a: (-a.acts - a.receives, a.entity))


_PARTIES = """SELECT x.entity AS entity, count(*) FILTER (WHERE (x.roles & 1) <> 0) AS acts, count(*) FILTER (WHERE (x.roles & 2) <> 0) AS receives, max(x.m) AS m
FROM event_entity x JOIN event_fact f ON f.m = x.m WHERE f.state IS DISTINCT FROM 'rejected' AND (x.roles & 3) <> 0 AND x.entity NOT LIKE 'country:%'
GROUP BY x.entity ORDER BY count(*) DESC, x.entity LIMIT ?"""


def busiest_parties(store: Store, most: int = 100) -> list[dict[str, object]]:
    """People, organisations and offices by the events they act in or receive, which are counted as lists of events count."""
    rows = list(store.sql(_PARTIES, (most,), seconds=30.0))
    ids = {row["m"]: row["id"] for row in store.sql(f"SELECT m, id FROM event WHERE m IN ({','.join(str(int(r['m'])) for r in rows)})")} if rows else {}
    out: list[dict[str, object]] = []
    for row in rows:
        event = store.event(str(ids.get(row["m"], "")))
        party = next((p for p in (*event.actors, *event.recipients) if p.entity == row["entity"]), None) if event else None
        if party is not None:
            out.append({"entity": row["entity"], "name": party.name, "kind": party.kind, "country": party.country, "as_actor": row["acts"], "as_recipient": row["receives"]})
    return out


def actor(store: Store, key: str) -> ActorSheet | None:
    """One actor by entity id, ISO code or exact name; None when no current mention has it."""
    wanted = {key, key.upper(), f"country:{key.upper()}"}
    found = next((a for a in actors(store) if a.entity in wanted or a.name.casefold() == key.casefold()), None)
    if found is None:
        return None
    partners: Counter[str] = Counter()
    documents = set()
    for mention in store.each_mention():
        parties = [(p.entity or p.country or p.name, p.name) for p in (*mention.actors, *mention.recipients)]
        if any(e == found.entity for e, _ in parties):
            documents.add(mention.document)
            partners.update({name for e, name in parties if e != found.entity})
    aliases: Counter[tuple[str, str | None, str | None]] = Counter()
    offices: dict[tuple[str, str | None], list[tuple[str | None, str | None]]] = {}
    for document in sorted(documents):
        coded = store.document(document)
        if coded is None:
            continue
        text, header = coded.article.doc.text, coded.article.header
        for m in coded.entities:
            if any(r.entity == found.entity for r in m.refs):
                aliases[text[m.span.start : m.span.end], m.alias, m.rule] += 1
                if m.role:
                    offices.setdefault((m.role, m.status), []).append((header.published.start, header.publisher))
    return ActorSheet(
        actor=found,
        aliases=tuple(Alias(text=t, alias=a, rule=r, n=n) for (t, a, r), n in aliases.most_common(50)),
        offices=tuple(_office(role, status, seen) for (role, status), seen in sorted(offices.items(), key=str)),
        partners=tuple(partners.most_common(50)),
    )


def _office(role: str, status: str | None, seen: list[tuple[str | None, str | None]]) -> Office:
    days = sorted(d for d, _ in seen if d)
    return Office(
        role=role,
        status=status,
        first=days[0] if days else None,
        last=days[-1] if days else None,
        publishers=tuple(sorted({p for _, p in seen if p})),
        n=len(seen),
    )
