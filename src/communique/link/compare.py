"""Inside one event: who first said it, and where the reports differ.

Corroboration counts *independent originators*, not outlets: a mention leads back through its attribution chain
to the one who first said it (the ministry), else to the original of a copied text, else to the credited agency,
else to the publisher's own voice. Two outlets on one ministry statement are one.

A difference has a kind. Dates of different grain that agree are "precision", an announcement that later happened
is "status", and only disjoint values of one grain and one modality are a "contradiction".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from communique.link.events import Item
from communique.records import Discrepancy, DiscrepancyKind, DocumentFacts, Originator, Span

_Row = Callable[[str, DiscrepancyKind, str | None, str | None, Span | None, Span | None, str], Discrepancy]
_NUMBER = re.compile(r"\b(?:at least |about |some |nearly |more than |up to )?(\d{1,3}(?:,\d{3})+|\d+)\b")
_QUALIFIERS = frozenset(["complete", "full", "partial", "limited", "temporary", "permanent", "unconditional", "immediate", "comprehensive"])


def originators(
    items: Sequence[Item], *, copies: Mapping[str, str], facts: Mapping[str, DocumentFacts]
) -> tuple[Originator, ...]:
    """The independent originators of an event's mentions, in order of name. `copies` maps a document to the one
    whose text it repeats."""
    groups: dict[str, list[str]] = {}
    named: dict[str, tuple[str, str | None, str | None]] = {}
    for item in items:
        key, name, entity, country = _origin(item, copies, facts)
        groups.setdefault(key, []).append(item.mention.id)
        named.setdefault(key, (name, entity, country))
    parties = {p.country for i in items for p in (*i.mention.actors, *i.mention.recipients) if p.country}
    return tuple(
        Originator(
            name=named[k][0],
            entity=named[k][1],
            country=named[k][2],
            party=named[k][2] in parties if named[k][2] else False,
            mentions=tuple(sorted(groups[k])),
        )
        for k in sorted(groups)
    )


def _origin(
    item: Item, copies: Mapping[str, str], facts: Mapping[str, DocumentFacts]
) -> tuple[str, str, str | None, str | None]:
    if item.mention.attribution:
        speaker = item.mention.attribution[0].speaker
        key = speaker.entity or (f"{speaker.country}:{_office(speaker.name)}" if speaker.country else speaker.name.casefold())
        return key, speaker.name, speaker.entity, speaker.country
    source = facts.get(copies.get(item.facts.id, item.facts.id), item.facts)
    name = source.agency or source.publisher
    if name is None:
        return source.id, "publisher not stated", None, None
    return name.casefold(), name, None, None


def _office(name: str) -> str:
    words = re.findall(r"[a-z]+", name.lower().replace("defence", "defense"))
    kept = [w for w in words if w in ("defense", "foreign", "ministry", "military", "president", "army", "navy", "police", "court")]
    return " ".join(kept) or name.casefold()


def discrepancies(event: str, items: Sequence[Item], texts: Mapping[str, str]) -> tuple[Discrepancy, ...]:
    """The fields on which mentions of one event from different documents differ, one row a field and pair of
    documents. `texts` maps document ids to their texts."""
    out: list[Discrepancy] = []
    ordered = sorted(items, key=lambda i: (i.mention.document, i.mention.trigger.start, i.mention.id))
    seen: set[tuple[str, str, str, str, str]] = set()
    for k, a in enumerate(ordered):
        for b in ordered[k + 1 :]:
            if a.mention.document == b.mention.document:
                continue
            for row in _differences(event, a, b, texts):
                key = (row.field, row.kind, a.mention.document, b.mention.document, f"{row.left_value}|{row.right_value}")
                if key not in seen:
                    seen.add(key)
                    out.append(row)
    return tuple(out)


def _differences(event: str, a: Item, b: Item, texts: Mapping[str, str]) -> Iterable[Discrepancy]:
    def row(
        field: str, kind: DiscrepancyKind, left: str | None, right: str | None, ls: Span | None, rs: Span | None, note: str
    ) -> Discrepancy:
        return Discrepancy(
            event=event, field=field, kind=kind, left=a.mention.id, right=b.mention.id, left_span=ls, right_span=rs,
            left_value=left, right_value=right, note=note,
        )  # fmt: skip

    yield from _when(a, b, row)
    x, y = a.mention, b.mention
    if x.modality != y.modality:
        yield row("modality", "status", x.modality, y.modality, x.trigger, y.trigger, "told at different times of its life")
    elif x.type != y.type:
        yield row("type", "label", x.type, y.type, x.trigger, y.trigger, "coded by another type")
    for role in ("actors", "recipients"):
        yield from _people(role, a, b, row)
    if x.where and y.where and x.where.name != y.where.name:
        yield row("place", "detail", x.where.name, y.where.name, x.where.span, y.where.span, "another place is named")
    elif (x.where is None) != (y.where is None):
        one = x.where or y.where
        assert one is not None
        yield row(
            "place",
            "only one",
            x.where.name if x.where else None,
            y.where.name if y.where else None,
            x.where.span if x.where else None,
            y.where.span if y.where else None,
            "only one names a place",
        )
    left = x.attribution[0].speaker if x.attribution else None
    right = y.attribution[0].speaker if y.attribution else None
    if (left and left.name) != (right and right.name):
        yield row(
            "attribution",
            "attribution",
            left.name if left else None,
            right.name if right else None,
            left.span if left else None,
            right.span if right else None,
            "according to another speaker",
        )
    yield from _scope(a, b, texts, row)


def _when(a: Item, b: Item, row: _Row) -> Iterable[Discrepancy]:
    x, y = a.mention.when, b.mention.when
    if x.start is None or y.start is None or (x.start, x.end) == (y.start, y.end):
        return
    apart = (x.end is not None and x.end <= y.start) or (y.end is not None and y.end <= x.start)
    kind: DiscrepancyKind = "contradiction" if apart and a.mention.modality == b.mention.modality else "precision"
    note = "the dates cannot both be right" if kind == "contradiction" else "one date is more exact than the other"
    yield row("date", kind, f"{x.start}/{x.end or ''}", f"{y.start}/{y.end or ''}", x.span, y.span, note)


def _people(role: str, a: Item, b: Item, row: _Row) -> Iterable[Discrepancy]:
    for p in getattr(a.mention, role):
        for q in getattr(b.mention, role):
            if p.entity and p.entity == q.entity and p.text and q.text and p.text != q.text and p.kind == "person":
                same = p.text.casefold().replace("-", " ") == q.text.casefold().replace("-", " ")
                yield row(
                    role, "spelling" if same else "framing", p.text, q.text, p.span, q.span, "the same person, in other words"
                )


def _scope(a: Item, b: Item, texts: Mapping[str, str], row: _Row) -> Iterable[Discrepancy]:
    for word in sorted((a.words ^ b.words) & {_stemmed(q) for q in _QUALIFIERS}):
        span_a, span_b = (_find(i, word, texts) for i in (a, b))
        yield row(
            "wording", "scope", word if span_a else None, word if span_b else None, span_a, span_b, f"only one says {word!r}"
        )
    numbers = [
        {m.group(1).replace(",", ""): Span(e.start + m.start(1), e.start + m.end(1))
         for e in i.mention.evidence for m in _NUMBER.finditer(texts.get(i.facts.id, "")[e.start : e.end])}
        for i in (a, b)
    ]  # fmt: skip
    if len(numbers[0]) == len(numbers[1]) == 1 and numbers[0].keys() != numbers[1].keys():
        (left, ls), (right, rs) = (next(iter(n.items())) for n in numbers)
        if not (left.startswith("20") and len(left) == 4) and not (right.startswith("20") and len(right) == 4):
            yield row("number", "number", left, right, ls, rs, "another number")


def _stemmed(word: str) -> str:
    from communique.link.events import _stem

    return _stem(word)


def _find(item: Item, stem: str, texts: Mapping[str, str]) -> Span | None:
    text = texts.get(item.facts.id, "")
    for e in item.mention.evidence:
        match = re.search(rf"\b{re.escape(stem)}\w*", text[e.start : e.end], re.IGNORECASE)
        if match:
            return Span(e.start + match.start(), e.start + match.end())
    return None
