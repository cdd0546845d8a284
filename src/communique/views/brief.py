"""What is new, in sentences that each carry their evidence; and the dossier of an actor or pair.

Every statement is made from a record's fields and names the records, documents and quotes it rests on; a statement
without them is not made. Ranking is plain: independent originators, then documents, then intensity; the figures
stand beside it. Nothing is summarised by guess.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import msgspec

from communique.records import Commitment, Event, Filter, Record
from communique.store.query import parties_of
from communique.views.codes import country_name
from communique.views.plot import Plot, caption, plot_of, to_lines
from communique.views.sources import Sources
from communique.views.timeline import headline_of

if TYPE_CHECKING:
    from communique.store import Store


class Evidence(Record, frozen=True):
    """The words a statement rests on."""

    mention: str
    document: str
    publisher: str | None
    published: str | None
    quote: str
    spans: tuple[tuple[int, int], ...]
    sha256: str


class Statement(Record, frozen=True):
    """One sentence and its evidence; `record` is the id of the event or commitment it is of."""

    text: str
    record: str
    evidence: tuple[Evidence, ...]
    originators: int
    documents: int


class Section(Record, frozen=True):
    """A heading with its statements; `total` is how many there are in all."""

    heading: str
    statements: tuple[Statement, ...]
    total: int


class Brief(Record, frozen=True):
    """A brief: what it covers, its sections, and how many documents stand behind it; a dossier has a plot too."""

    title: str
    since: str | None
    until: str | None
    sections: tuple[Section, ...]
    documents: int
    undated: int
    plot: Plot | None = None


def brief(store: Store, *, since: str | None = None, until: str | None = None, flt: Filter | None = None, top: int = 10) -> Brief:
    """Events first published in [since, until), ranked; and commitments that changed or fall due in it."""
    base = flt or Filter()
    chosen = msgspec.structs.replace(base, since=since, until=until, date="published", limit=0, after=None)
    sources = Sources(store)
    events = sorted(store.each_event(chosen), key=_rank)
    parties = {*base.actor, *base.recipient, *base.either, *parties_of(base.bloc), *(base.dyad or ())}
    commitments = [c for c in store.commitments() if _touches(c, parties)]
    changed = [c for c in commitments if any(_within(h.at, since, until) for h in c.history)]
    due = [c for c in commitments if _within(c.due.start, since, until) and c not in changed]
    sections = [
        Section(heading="Events", statements=tuple(s for e in events[:top] if (s := _of_event(e, sources))), total=len(events)),
        Section(heading="Commitments that changed", statements=_of_commitments(changed[:top], sources), total=len(changed)),
        Section(heading="Commitments due", statements=_of_commitments(due[:top], sources), total=len(due)),
    ]
    title = f"Brief, {since or 'the beginning'} to {until or 'now'}"
    documents = len({d for e in events for d in e.documents})
    undated = sum(e.when.start is None for e in events)
    return Brief(title=title, since=since, until=until, sections=tuple(s for s in sections if s.total), documents=documents, undated=undated)


def event_dossier(store: Store, event: Event) -> Brief:
    """All that is known of one event: what its reports say, and where they differ."""
    sources = Sources(store)
    differ = _of_discrepancies(store, [event], sources)
    told = tuple(s for s in (_of_event(event, sources),) if s)
    sections = (Section(heading="Event", statements=told, total=1), Section(heading="Where reports differ", statements=differ, total=len(differ)))
    title = f"Dossier: {headline_of(event)}"
    return Brief(title=title, since=None, until=None, sections=tuple(s for s in sections if s.total), documents=len(event.documents), undated=int(event.when.start is None))


def _of_discrepancies(store: Store, events: Sequence[Event], sources: Sources) -> tuple[Statement, ...]:
    out = []
    for event in events:
        if len(event.mentions) < 2:
            continue
        for d in store.discrepancies(event.id):
            evidence = _evidence((d.left, d.right), sources)
            if evidence:
                text = f"{headline_of(event)}: {d.field} {d.left_value or 'not said'} / {d.right_value or 'not said'} ({d.kind})"
                out.append(Statement(text=text, record=event.id, evidence=evidence, originators=0, documents=len({e.document for e in evidence})))
    return tuple(out)


def dossier(store: Store, *, actor: str | None = None, dyad: tuple[str, str] | None = None, flt: Filter | None = None) -> Brief:
    """All that is known of an actor or pair: events by time, commitments made and received, where reports differ."""
    base = flt or Filter()
    chosen = msgspec.structs.replace(base, either=(actor,) if actor else base.either, dyad=dyad or base.dyad, order="date", limit=0, after=None)
    sources = Sources(store)
    events = list(store.each_event(chosen))
    parties = {*([actor] if actor else []), *(dyad or ())}
    commitments = [c for c in store.commitments() if _touches(c, parties)]
    statements = tuple(s for e in events if (s := _of_event(e, sources)))
    differ = _of_discrepancies(store, events, sources)
    sections = [
        Section(heading="Events in order of time", statements=statements, total=len(events)),
        Section(heading="Commitments", statements=_of_commitments(commitments, sources), total=len(commitments)),
        Section(heading="Where reports differ", statements=differ, total=len(differ)),
    ]
    name = " and ".join(country_name(c) or c for c in ((actor,) if actor else dyad or ("everyone",)))
    documents = len({d for e in events for d in e.documents})
    undated = sum(e.when.start is None for e in events)
    return Brief(
        title=f"Dossier: {name}", since=base.since, until=base.until, sections=tuple(s for s in sections if s.total), documents=documents, undated=undated,
        plot=plot_of(events),
    )  # fmt: skip


def _rank(event: Event) -> tuple[int, int, float, str]:
    return -len(event.originators), -len(event.documents), -abs(event.plover_score or 0.0), event.id


def _within(day: str | None, since: str | None, until: str | None) -> bool:
    return day is not None and (since is None or day >= since) and (until is None or day < until)


def _touches(item: Commitment, parties: set[str]) -> bool:
    return not parties or any(p.country in parties or p.entity in parties for p in (*item.by, *item.to))


def _evidence(mentions: Iterable[str], sources: Sources) -> tuple[Evidence, ...]:
    out = []
    for name in mentions:
        mention = sources.mention(name)
        quote = sources.quote(mention) if mention is not None else ""
        if mention is None or not quote:
            continue
        facts = sources.facts(mention.document)
        out.append(
            Evidence(
                mention=name, document=mention.document, publisher=facts.publisher, published=facts.published.start, quote=quote,
                spans=tuple((s.start, s.end) for s in mention.evidence), sha256=facts.sha256,
            )
        )  # fmt: skip
    return tuple(sorted(out, key=lambda e: (e.published or "~", e.mention)))


def _of_event(event: Event, sources: Sources) -> Statement | None:
    evidence = _evidence(event.mentions, sources)
    if not evidence:
        return None
    when = event.when.start or "date not stated"
    said = "" if event.modality in ("actual", "historical") else f" [{event.modality}]"
    text = f"{when}: {headline_of(event)}{said}"
    return Statement(text=text, record=event.id, evidence=evidence, originators=len(event.originators), documents=len(event.documents))


def _of_commitments(found: Sequence[Commitment], sources: Sources) -> tuple[Statement, ...]:
    out = []
    for item in found:
        evidence = _evidence(item.mentions, sources)
        if not evidence:
            continue
        by = ", ".join(p.name for p in item.by) or "unnamed"
        to = ", ".join(p.name for p in item.to)
        due = f", due {item.due.start}" if item.due.start else ""
        documents = len({e.document for e in evidence})
        text = f"{by}{' → ' + to if to else ''}: {item.what}{due} ({item.state})"
        out.append(Statement(text=text, record=item.id, evidence=evidence, originators=0, documents=documents))
    return tuple(out)


def to_markdown(found: Brief) -> str:
    """The brief as Markdown with numbered footnotes: every statement's quotes, ranges and digests; the plot in letters."""
    lines = [f"# {_plain(found.title)}", ""]
    if found.plot is not None:
        lines += [_plain(caption(found.plot)), "", "```", *to_lines(found.plot), "```", ""]
    notes = Notes()
    for section in found.sections:
        lines += [f"## {section.heading} ({len(section.statements)} of {section.total})", ""]
        for statement in section.statements:
            marks = "".join(f"[^{notes.number(_note(e))[0]}]" for e in statement.evidence)
            lines.append(f"- {_plain(statement.text)}{marks}")
        lines.append("")
    return "\n".join([*lines, *(f"[^{n}]: {_plain(words)}" for n, words in enumerate(notes.words, 1))]) + "\n"


class Notes:
    """Footnotes in order; the same words of the same record have one number, however many statements rest on them."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._known: dict[str, int] = {}

    def number(self, words: str) -> tuple[int, bool]:
        """The note's number, and whether it is new."""
        n = self._known.setdefault(words, len(self.words) + 1)
        new = n > len(self.words)
        if new:
            self.words.append(words)
        return n, new


def _note(e: Evidence) -> str:
    spans = ", ".join(f"{a}-{b}" for a, b in e.spans)
    who = ", ".join(v for v in (e.publisher, e.published) if v) or "publisher not stated"
    return f"{who}: “{e.quote}” (characters {spans} of text SHA-256 {e.sha256[:16]}…, record {e.mention})"


def _plain(text: str) -> str:
    """Text from reports as inert Markdown: no tags, links or emphasis of its own."""
    kept = html.escape(" ".join(text.split()), quote=False)
    for char in "\\`*_[]|":
        kept = kept.replace(char, "\\" + char)
    return kept
