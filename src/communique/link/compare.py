"""Inside one event: who first said it, and where the reports differ.

Corroboration counts *independent originators*, not outlets: a mention leads back through its attribution chain
to the one who first said it (the ministry), else to the original of a copied text, else to the credited agency,
else to the publisher's own voice. Two outlets on one ministry statement are one; a ministry of defence and the
armed forces under it are one. A publisher that belongs to a party of the event (`resources/linking/parties.tsv`)
is flagged as a party.

A difference has a kind. Dates of different grain that agree are "precision", an announcement that later happened
is "status", a number that grew from one day to the next is "update", and only values that cannot both be true of
one moment are a "contradiction". Differences are told once for two documents, by the pair of mentions that are
most alike, so that each row points at the words a reader would lay side by side.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from communique import tables
from communique.link.events import DONE, Item, judge_pair, name_key, names_in
from communique.link.lexical import stem
from communique.records import Discrepancy, DiscrepancyKind, DocumentFacts, Originator, Participant, Span

_Row = Callable[..., Discrepancy]
_NUMBER = re.compile(
    r"\b(?P<bound>at least|more than|over|up to|fewer than|less than|about|around|some|nearly|almost)?\s*"
    r"(?P<value>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens|hundreds|thousands)"
    r"(?=\s+(?P<unit>(?:[a-z-]+\s+){0,2}[a-z-]{3,})\b)",
    re.IGNORECASE,
)
_SPELT = {w: n for n, w in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"], 1)}
_UNITS = frozenset(stem(u) for u in ["people", "soldiers", "troops", "civilians", "wounded", "killed", "dead", "injured", "hurt", "ships", "vessels", "aircraft", "jets", "planes", "missiles", "rockets", "drones", "tanks", "shells", "prisoners", "hostages", "refugees", "children", "women", "men", "policemen", "officers", "sailors", "migrants", "protesters", "tonnes", "tons", "million", "billion", "percent", "dollars", "euros", "warships", "helicopters", "fighters", "militants", "others", "homes", "houses", "villagers", "workers", "fishermen", "peacekeepers", "diplomats", "envoys", "boats", "passengers", "students", "doctors", "inspectors", "observers", "trucks", "lorries", "barrels"])  # fmt: skip
_HARM = frozenset(["killed", "wounded", "injured", "hurt", "dead", "arrested", "detained"])
_JOINS = frozenset(["and", "or", "but", "of", "in", "on", "at", "to", "from", "for", "with", "were", "was", "are", "is", "had", "have"])
_QUALIFIERS = ("complete", "completely", "full", "fully", "partial", "limited", "temporary", "temporarily", "permanent", "permanently", "unconditional", "unconditionally", "immediate", "immediately", "comprehensive", "verifiable", "irreversible", "gradual", "phased", "indefinite", "indefinitely", "humanitarian", "total")  # fmt: skip
_PURPOSE = re.compile(r"\b(?:to (?:deter|counter|curb|contain|prevent|resist|confront)|against(?: a backdrop of)?|in response to|in retaliation for|amid|in defiance of|aimed at|in support of|to (?:support|defend|protect))\b\s+(?:\S+\s*){1,7}", re.IGNORECASE)  # fmt: skip
_LISTING = re.compile(r"\b(?:such as|including|namely|among them)\b[^.;]{3,120}", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?;]\s|\n")
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_ROLES = frozenset(["president", "minister", "leader", "dictator", "ruler", "chief", "king", "queen", "premier", "chancellor", "strongman", "general", "prime", "secretary", "envoy", "ambassador", "head", "boss", "warlord", "commander", "junta", "regime"])  # fmt: skip


def originators(
    items: Sequence[Item],
    *,
    copies: Mapping[str, str],
    facts: Mapping[str, DocumentFacts],
    texts: Mapping[str, str] | None = None,
) -> tuple[Originator, ...]:
    """The independent originators of an event's mentions, in order of key. `copies` maps a document to the one whose
    text it repeats."""
    groups: dict[str, list[str]] = {}
    named: dict[str, tuple[str, str | None, str | None]] = {}
    for item in sorted(items, key=lambda i: i.mention.id):
        key, name, entity, country = _origin(_told_in_full(item, items, texts or {}), copies, facts, texts or {})
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


def _told_in_full(item: Item, items: Sequence[Item], texts: Mapping[str, str]) -> Item:
    """The first telling in the body for a headline that names no source: it has what the body says from whom it has it."""
    m = item.mention
    if any(a.cue is not None for a in m.attribution) or m.sentence != 0 or not _is_headline(item, texts):
        return item
    body = [i for i in items if i.mention.document == m.document and i.mention.id != m.id and (i.mention.sentence or 0) > 0]
    return min(body, key=lambda i: (i.mention.sentence or 0, i.mention.id), default=item)


def _is_headline(item: Item, texts: Mapping[str, str]) -> bool:
    """Whether a mention stands in a line that does not end as a sentence does."""
    text = texts.get(item.facts.id, "")
    line = text[item.mention.trigger.start :].split("\n", 1)[0].rstrip()
    return bool(line) and line[-1] not in ".!?\"'\u201d\u2019"


def _origin(
    item: Item, copies: Mapping[str, str], facts: Mapping[str, DocumentFacts], texts: Mapping[str, str]
) -> tuple[str, str, str | None, str | None]:
    """(key, name, entity, country) of who first said it."""
    source = facts.get(copies.get(item.facts.id, item.facts.id), item.facts)
    for link in item.mention.attribution:
        speaker = link.speaker
        said = texts.get(item.facts.id, "")[speaker.span.start : speaker.span.end] if speaker.span else ""
        arm = _arm(f"{said} {speaker.name}")
        if speaker.country and arm:
            return f"{speaker.country}:{arm}", speaker.name, speaker.entity, speaker.country
        if speaker.span is None and speaker.country is None:
            break  # the agency or the publisher itself: the chain ends outside the text
        return speaker.entity or speaker.name.casefold(), speaker.name, speaker.entity, speaker.country
    name = source.agency or source.publisher
    if name is None:
        return f"document {source.id}", "an unnamed publisher", None, None
    party = party_of(name, source.url)
    return name.casefold(), name, None, party


_ARMS = {
    "defence": ("defense", "defence", "military", "army", "navy", "armed", "joint", "forces", "coast", "air"),
    "foreign": ("foreign", "state department"),
    "presidency": ("presidential", "president", "presidency", "blue house", "white house", "kremlin", "elysee"),
    "interior": ("interior", "home"),
    "police": ("police",),
    "court": ("court", "prosecutor", "prosecutors"),
}


def _arm(words: str) -> str | None:
    """The arm of a government that speaks, so that "the ROK Defense Ministry" and "South Korea's military" are one."""
    low = words.lower()
    tokens = set(re.findall(r"[a-z]+", low))
    return next((arm for arm, keys in _ARMS.items() if any(k in tokens or (" " in k and k in low) for k in keys)), None)


@functools.cache
def _parties() -> tuple[dict[str, str], dict[str, str]]:
    names, domains = {}, {}
    for row in tables.load("linking.json")["parties"]:
        names[row["name"].casefold()] = row["country"]
        domains.update(dict.fromkeys(row["domains"], row["country"]))
    return names, domains


def party_of(publisher: str | None, url: str | None = None) -> str | None:
    """The country whose state or armed forces a publisher belongs to (ISO alpha-3), by name or address; else None."""
    names, domains = _parties()
    if publisher and publisher.casefold() in names:
        return names[publisher.casefold()]
    host = re.sub(r"^\w+://", "", url or "").split("/")[0].split(":")[0].lower()
    labels = host.split(".")
    return next((domains[d] for d in (".".join(labels[i:]) for i in range(len(labels))) if d in domains), None)


def discrepancies(event: str, items: Sequence[Item], texts: Mapping[str, str]) -> tuple[Discrepancy, ...]:
    """The fields on which mentions of one event from different documents differ, one row a field, kind and pair of
    documents (numbers, names and wordings: one a value). `texts` maps document ids to their texts."""
    ordered = sorted(items, key=lambda i: (i.mention.document, i.mention.trigger.start, i.mention.id))
    pairs = [(a, b) for k, a in enumerate(ordered) for b in ordered[k + 1 :] if a.mention.document != b.mention.document]
    ranked = sorted(pairs, key=lambda p: (_inherited(*p), -judge_pair(*p).score, -len(p[0].about & p[1].about), p[0].mention.id, p[1].mention.id))
    out: list[Discrepancy] = []
    seen: set[tuple[str, ...]] = set()
    for a, b in ranked[:MOST_PAIRS]:
        for row in _differences(event, a, b, texts):
            key: tuple[str, ...] = (row.field, row.kind, a.mention.document, b.mention.document)
            if row.field == "date" and not _inherited(a, b):
                key = (*key, f"{row.left_span}|{row.right_span}")
            elif row.field == "modality":
                key = (*key, str(a.concept == b.concept and _same_word(a, b, texts)))
            elif row.field != "place":
                key = (*key, f"{row.left_value}|{row.right_value}")
            if key not in seen:
                seen.add(key)
                out.append(row)
    return tuple(out)


def outcomes(event: str, plan: Item, later: Sequence[Item], texts: Mapping[str, str]) -> tuple[Discrepancy, ...]:
    """How reports of what became of a plan or pledge (`later`) differ from the report that gave it, under the event of
    the plan. The plan and its outcome are two moments, so nothing here is a contradiction: a state told later, another
    day or place, another number, a part of the whole."""
    out: dict[tuple[str | None, ...], Discrepancy] = {}
    for item in later:
        if item.mention.document == plan.mention.document:
            continue
        rows = list(_differences(event, plan, item, texts))
        if not any(r.field == "modality" for r in rows):
            rows.insert(0, _turned(event, plan, item, texts))
        for row in rows:
            if row.field in ("type", "wording") and row.kind == "label":
                continue  # a deed is called by another word than its announcement: that is no difference
            kept = msgspec.structs.replace(row, kind="update", note="planned so, and told otherwise later") if row.kind == "contradiction" else row
            out.setdefault((kept.field, kept.kind, item.mention.document, kept.left_value, kept.right_value), kept)
    return tuple(out.values())


def _turned(event: str, plan: Item, item: Item, texts: Mapping[str, str]) -> Discrepancy:
    """The row for a plan and a turn that were coded with one modality ("will send", "has postponed")."""
    said = [texts.get(i.mention.document, "")[i.mention.trigger.start : i.mention.trigger.end] for i in (plan, item)]
    return Discrepancy(
        event=event, field="status", kind="status", left=plan.mention.id, right=item.mention.id, left_span=plan.mention.trigger,
        right_span=item.mention.trigger, left_value=said[0], right_value=said[1], note="told at different times of its life",
    )  # fmt: skip


def _same_word(a: Item, b: Item, texts: Mapping[str, str]) -> bool:
    said = [texts.get(i.mention.document, "")[i.mention.trigger.start : i.mention.trigger.end].lower() for i in (a, b)]
    return stem(said[0]) == stem(said[1])


def _inherited(a: Item, b: Item) -> int:
    """How many of two mentions have their date from another sentence: those are compared last."""
    return sum(i.mention.when.basis not in ("stated", "relative") for i in (a, b))


MOST_PAIRS = 400  # of a much-reported event, the pairs most alike


def _differences(event: str, a: Item, b: Item, texts: Mapping[str, str]) -> Iterator[Discrepancy]:
    def row(
        field: str, kind: DiscrepancyKind, left: str | None, right: str | None, ls: Span | None, rs: Span | None, note: str
    ) -> Discrepancy:
        return Discrepancy(
            event=event, field=field, kind=kind, left=a.mention.id, right=b.mention.id, left_span=ls, right_span=rs,
            left_value=left, right_value=right, note=note,
        )  # fmt: skip

    yield from _when(a, b, row)
    yield from _status(a, b, texts, row)
    for role in ("actors", "recipients"):
        yield from _people(role, a, b, texts, row)
    yield from _parties_named(a, b, row)
    yield from _named(a, b, texts, row)
    yield from _where(a, b, row)
    yield from _attribution(a, b, row)
    left, right = (_Words(i, texts) for i in (a, b))
    yield from _scope(left, right, row)
    yield from _phrases(left, right, row)
    yield from _terms(left, right, row)
    yield from _numbers(a, b, left, right, row)


def _when(a: Item, b: Item, row: _Row) -> Iterable[Discrepancy]:
    x, y = a.mention.when, b.mention.when
    if x.start is None or y.start is None:
        return
    if (x.start, x.end) == (y.start, y.end):
        if x.span and y.span and {x.basis, y.basis} == {"stated", "relative"}:  # one had to be reckoned: a reader will want to see it
            yield row("date", "label", f"{x.start}/{x.end or ''}", f"{y.start}/{y.end or ''}", x.span, y.span, "the same date in other words")
        return
    apart = (x.end is not None and x.end <= y.start) or (y.end is not None and y.end <= x.start)
    planned = a.mention.modality not in DONE or b.mention.modality not in DONE
    spans = (x.span or a.mention.trigger, y.span or b.mention.trigger)
    values = (f"{x.start}/{x.end or ''}", f"{y.start}/{y.end or ''}")
    if apart and a.phase != b.phase and "end" in (a.phase, b.phase):
        return
    if not apart:
        yield row("date", "precision", *values, *spans, "one date is more exact than the other")
    elif planned:
        yield row("date", "update", *values, *spans, "the date planned and the date told later")
    else:
        yield row("date", "contradiction", *values, *spans, "the dates cannot both be right")


def _status(a: Item, b: Item, texts: Mapping[str, str], row: _Row) -> Iterable[Discrepancy]:
    x, y = a.mention, b.mention
    if x.modality != y.modality:
        yield row("modality", "status", x.modality, y.modality, x.trigger, y.trigger, "told at different times of its life")
        return
    if x.type != y.type:
        yield row("type", "label", x.type, y.type, x.trigger, y.trigger, "coded by another type")
    said = [texts.get(m.document, "")[m.trigger.start : m.trigger.end].lower() for m in (x, y)]
    if stem(said[0]) != stem(said[1]):
        yield row("wording", "label", said[0], said[1], x.trigger, y.trigger, "called by another word")


def _where(a: Item, b: Item, row: _Row) -> Iterable[Discrepancy]:
    x, y = a.mention.where, b.mention.where
    if x and y and x.name != y.name:
        spans = (x.span or a.mention.trigger, y.span or b.mention.trigger)
        yield row("place", "detail", x.name, y.name, *spans, "another place is named")
    elif (x is None) != (y is None):
        one = x or y
        assert one is not None
        if one.basis == "stated":
            note = "only one names a place"
            yield row("place", "only one", x.name if x else None, y.name if y else None, x.span if x else None, y.span if y else None, note)


def _attribution(a: Item, b: Item, row: _Row) -> Iterable[Discrepancy]:
    left, right = (next((t.speaker for t in i.mention.attribution if t.speaker.span is not None), None) for i in (a, b))
    if (left and left.name) == (right and right.name):
        return
    yield row(
        "attribution", "attribution", left.name if left else None, right.name if right else None,
        left.span if left else a.mention.trigger, right.span if right else b.mention.trigger,
        "according to another speaker" if left and right else "one names who said it, the other tells it in its own voice",
    )  # fmt: skip


def _people(role: str, a: Item, b: Item, texts: Mapping[str, str], row: _Row) -> Iterator[Discrepancy]:
    for p in getattr(a.mention, role):
        for q in getattr(b.mention, role):
            if p.kind == "person" and p.entity and p.entity == q.entity and p.text and q.text and p.span and q.span:
                yield from _person(role, (p, texts.get(a.mention.document, "")), (q, texts.get(b.mention.document, "")), row)


def _person(role: str, one: tuple[Participant, str], other: tuple[Participant, str], row: _Row) -> Iterator[Discrepancy]:
    (p, _), (q, _) = one, other
    names = set(_plain(p.name).split())
    left, right = (_name_part(r.text or "", r.span, names) or _in_full(r.name, text) for r, text in (one, other))
    if left and right and left[0] != right[0] and _plain(left[0]) == _plain(right[0]):
        yield row(role, "spelling", left[0], right[0], left[1], right[1], "one name, spelt in two ways")
    titles = [{w.lower() for w in _WORD.findall(r.text or "")} & _ROLES for r in (p, q)]
    if titles[0] and titles[1] and not titles[0] & titles[1]:
        yield row(role, "framing", p.text, q.text, p.span, q.span, "the same person by another title")


def _plain(name: str) -> str:
    return " ".join(name.casefold().replace("-", " ").split())


def _name_part(text: str, span: Span | None, names: set[str]) -> tuple[str, Span] | None:
    """The words of a phrase that are the person's name, as they stand, with their span."""
    at = [m for m in _WORD.finditer(text) if set(_plain(m.group()).split()) <= names]
    if span is None or len(at) < 2:
        return None
    return text[at[0].start() : at[-1].end()], Span(span.start + at[0].start(), span.start + at[-1].end())


def _in_full(name: str, text: str) -> tuple[str, Span] | None:
    """Where a document gives the name in full, spelt as it may be."""
    parts = _plain(name).split()
    found = re.search(r"\b" + r"[\s-]".join(map(re.escape, parts)) + r"\b", text, re.IGNORECASE) if len(parts) > 1 else None
    return (found.group(), Span(*found.span())) if found else None


def _parties_named(a: Item, b: Item, row: _Row) -> Iterator[Discrepancy]:
    """An organisation that only one report names, beside the parties of the other."""
    for one, other, swap in ((a, b, False), (b, a, True)):
        known = {p.entity or p.name for p in (*other.mention.actors, *other.mention.recipients)}
        beside = next((p for p in other.mention.actors if p.span is not None), None)
        for p in one.mention.actors:
            if p.kind == "organisation" and (p.entity or p.name) not in known and p.span and beside:
                yield row("actors", "detail", *_sides(p.name, beside.name, p.span, beside.span, swap=swap), f"only one names {p.name}")


_NO_NAME = frozenset(["The", "This", "That", "These", "Those", "A", "An", "Its", "Their", "Such"])  # "The drills" are not called so


def _named(a: Item, b: Item, texts: Mapping[str, str], row: _Row) -> Iterator[Discrepancy]:
    """The name of an exercise, summit or operation, where only one report gives it."""
    for one, other, swap in ((a, b, False), (b, a, True)):
        if one.named and not other.named:
            span = saying_of(one)
            found = next((m for m in names_in(texts.get(one.mention.document, ""), span.start, span.end) if name_key(m.group()) in one.named and m.group().strip() not in _NO_NAME), None)
            if found is not None:
                sides = _sides(found.group().strip(), None, Span(*found.span()), other.mention.trigger, swap=swap)
                yield row("name", "only one", *sides, "only one gives its name")


def saying_of(item: Item) -> Span:
    """The evidence that holds the trigger."""
    m = item.mention
    return next(e for e in m.evidence if e.start <= m.trigger.start and m.trigger.end <= e.end)


def _sides(
    one: str | None, other: str | None, span: Span | None, counterpart: Span | None, *, swap: bool
) -> tuple[str | None, str | None, Span | None, Span | None]:
    """(left value, right value, left span, right span), the other way round with `swap`."""
    return (other, one, counterpart, span) if swap else (one, other, span, counterpart)


class _Words:
    """The saying of a mention (the evidence that holds its trigger), for finding phrases with their spans."""

    def __init__(self, item: Item, texts: Mapping[str, str]) -> None:
        m, span = item.mention, saying_of(item)
        self.whole = texts.get(m.document, "")
        self.start, self.text, self.item = span.start, texts.get(m.document, "")[span.start : span.end], item
        self.trigger = m.trigger
        stop = _SENTENCE_END.search(self.whole, span.end)
        self.sentence = self.whole[span.start : min(stop.start(), span.end + 200) if stop else span.end + 200]  # evidence may stop short of it

    def span(self, start: int, end: int) -> Span:
        return Span(self.start + start, self.start + end)

    def word(self, wanted: str) -> Span | None:
        """The first word with this stem, at or after the trigger if there is one."""
        found = [m for m in _WORD.finditer(self.text) if stem(m.group().lower()) == wanted]
        later = [m for m in found if self.start + m.start() >= self.trigger.start]
        one = next(iter(later or found), None)
        return self.span(one.start(), one.end()) if one else None

    def matter(self) -> list[re.Match[str]]:
        """The words that follow the trigger in its clause, without the small ones."""
        rest = self.whole[self.start : self.trigger.end + 160]
        start = self.trigger.end - self.start
        stop = _STOPS.search(rest, start)
        return [m for m in _WORD.finditer(rest, start, stop.start() if stop else len(rest)) if m.group().lower() not in _LITTLE]


def _scope(left: _Words, right: _Words, row: _Row) -> Iterator[Discrepancy]:
    """A qualifier that only one report gives to a word that both have: "complete denuclearisation"."""
    for one, other, swap in ((left, right, False), (right, left, True)):
        theirs = {w.group().lower() for w in _WORD.finditer(other.text)}
        for m in re.finditer(r"\b(" + "|".join(_QUALIFIERS) + r")\s+(?:and\s+\w+\s+)?([a-z-]+)", one.text, re.IGNORECASE):
            word = m.group(1).lower()
            counterpart = other.word(stem(m.group(2).lower()))
            if word in theirs or counterpart is None or word.removesuffix("ly") in theirs:
                continue
            sides = _sides(word, None, one.span(m.start(), m.end()), counterpart, swap=swap)
            yield row("wording", "scope", *sides, f"only one says {word!r}")


def _phrases(left: _Words, right: _Words, row: _Row) -> Iterator[Discrepancy]:
    """Purpose or backdrop in other words; particulars that only one lists."""
    for m in _PURPOSE.finditer(left.text):
        for n in _PURPOSE.finditer(right.text):
            mine, theirs = (x.group().strip(" ,.") for x in (m, n))
            stems = [{stem(w.lower()) for w in _WORD.findall(t) if w[0].isupper() or len(w) > 5} for t in (mine, theirs)]
            if stems[0] & stems[1] and mine.split()[:2] != theirs.split()[:2]:
                yield row("purpose", "framing", mine, theirs, left.span(*m.span()), right.span(*n.span()), "what it is aimed at, in other words")
    for one, other, swap in ((left, right, False), (right, left, True)):
        for m in re.finditer(r"\bto ([a-z]{4,})\b", one.sentence):
            done = _as_fact(one, m, other)
            if done is not None:
                sides = _sides(m.group(), done.group(), one.span(*m.span()), other.span(*done.span()), swap=swap)
                yield row("purpose", "status", *sides, "one tells as a purpose what the other tells as a fact")
    for one, other, swap in ((left, right, False), (right, left, True)):
        for m in _LISTING.finditer(one.text):
            head = next((w for w in reversed(_WORD.findall(one.text[: m.start()])) if other.word(stem(w.lower())) and len(w) > 4), None)
            if head is None or _LISTING.search(other.text):
                continue
            sides = _sides(m.group().strip(), head, one.span(*m.span()), other.word(stem(head.lower())), swap=swap)
            yield row("wording", "detail", *sides, "only one gives particulars")


def _as_fact(one: _Words, purpose: re.Match[str], other: _Words) -> re.Match[str] | None:
    """The word by which the other report tells as done what one tells as aim ("to upgrade its radars", "upgraded
    radars"): of the same stem, not an infinitive, with two words after it in common."""
    after = {stem(w.lower()) for w in _WORD.findall(one.sentence[purpose.end() :])[:8] if len(w) > 3}
    for m in _WORD.finditer(other.sentence):
        if m.group().lower().endswith("ed") and stem(m.group().lower()) == stem(purpose.group(1).lower()) and not other.sentence[: m.start()].endswith("to "):
            theirs = {stem(w.lower()) for w in _WORD.findall(other.sentence[m.end() :])[:8] if len(w) > 3}
            if len(after & theirs) > 1:
                return m
    return None


_TERMS = frozenset({"AGREE", "CONCEDE", "SUPPORT"})
_LITTLE = frozenset(["a", "an", "the", "to", "on", "of", "in", "for", "and", "at", "with", "its", "their", "they", "by"])
_STOPS = re.compile(r"[,;:.()\n]|\b(?:after|before|during|when|while|which|who|that|as|but|amid|said|according)\b", re.IGNORECASE)


def _terms(left: _Words, right: _Words, row: _Row) -> Iterator[Discrepancy]:
    """What is agreed, in other words: both clauses end alike and differ by a word or three ("deepen … ties", "forming
    closer … ties"). Of agreements the very words matter."""
    if left.item.mention.type not in _TERMS or left.item.mention.type != right.item.mention.type:
        return
    mine, theirs = left.matter(), right.matter()
    stems = [[stem(m.group().lower()) for m in side] for side in (mine, theirs)]
    shared = set(stems[0]) & set(stems[1])
    own = [[m for m, s in zip(side, listed, strict=True) if s not in shared] for side, listed in ((mine, stems[0]), (theirs, stems[1]))]
    if len(shared) >= 2 and all(1 <= len(side) <= 3 for side in own):
        spans = [(s[0].start(), s[-1].end()) for s in own]
        values = [" ".join(m.group() for m in s) for s in own]
        yield row("wording", "label", *values, left.span(*spans[0]), right.span(*spans[1]), "what is agreed, in other words")


def _numbers(a: Item, b: Item, left: _Words, right: _Words, row: _Row) -> Iterator[Discrepancy]:
    mine, theirs = quantities(left.text), quantities(right.text)
    for unit in sorted(mine.keys() & theirs.keys()):
        (low, high, m), (low2, high2, n) = mine[unit], theirs[unit]
        if (low, high) == (low2, high2):
            continue
        values = (" ".join(left.text[slice(*m)].split()), " ".join(right.text[slice(*n)].split()))
        spans = (left.span(*m), right.span(*n))
        days = (a.facts.published.start, b.facts.published.start)
        if max(low, low2) <= min(high, high2):
            yield row("number", "precision", *values, *spans, f"numbers of {unit} that can both be right")
        elif days[0] and days[1] and days[0] != days[1]:
            yield row("number", "update", *values, *spans, f"another number of {unit}, on another day")
        else:
            yield row("number", "number", *values, *spans, f"another number of {unit}")


def quantities(text: str) -> dict[str, tuple[float, float, tuple[int, int]]]:
    """Unit → (least, most, (start, end)) for the counted things of a passage: "at least 12 soldiers" is (12, inf).
    Only units that count people, arms or money; a unit counted twice is left out."""
    out: dict[str, tuple[float, float, tuple[int, int]]] = {}
    twice = set()
    for m in _NUMBER.finditer(text):
        words = m.group("unit").lower().split()
        stop = next((k for k, w in enumerate(words) if w in _JOINS or w in _SPELT), len(words))
        at = next((k for k, w in enumerate(words[:stop]) if stem(w) in _UNITS), None)
        if stop == 0 and words[0] in ("were", "was") and words[1:2] and words[1] in _HARM:
            at = 1  # "two were killed"
        unit = stem(words[at]) if at is not None else None
        value = m.group("value").lower().replace(",", "")
        if unit is None:
            continue
        twice.update({unit} & out.keys())
        named = re.compile(rf"\b{re.escape(words[at or 0])}\b", re.IGNORECASE).search(text, m.end())
        out[unit] = (*_bounds(value, (m.group("bound") or "").lower()), (m.start("value"), named.end() if named else m.end()))
    return {u: v for u, v in out.items() if u not in twice}


def _bounds(value: str, bound: str) -> tuple[float, float]:
    infinite = float("inf")
    vague = {"dozens": (24.0, 199.0), "hundreds": (200.0, 1999.0), "thousands": (2000.0, 99999.0)}
    if value in vague:
        return vague[value]
    number = float(_SPELT.get(value) or value)
    if bound in ("at least", "more than", "over"):
        return number, infinite
    if bound in ("up to", "fewer than", "less than"):
        return 0.0, number
    if bound in ("about", "around", "some", "nearly", "almost"):
        return 0.9 * number, 1.1 * number
    return number, number
