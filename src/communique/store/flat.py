"""Records as flat columns: what data frames and the CSV export show, one row a record.

Several values in one cell are joined by "; " in the record's order; absence is `None`. Codes stay text. The
columns are listed in docs/records.md, and a test holds them to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from communique.records import Commitment, DocumentFacts, Event, EventMention, Participant, Span, When
from communique.store.rows import Flat
from communique.text import sha256_text


def joined(values: Iterable[str | None]) -> str | None:
    """The values that are there, once each, joined; `None` for none."""
    found = list(dict.fromkeys(v for v in values if v))
    return "; ".join(found) if found else None


def party_columns(name: str, parties: Sequence[Participant]) -> Flat:
    """Names, countries, sectors and entities of one role."""
    return {
        f"{name}s": joined(p.name for p in parties),
        f"{name}_countries": joined(p.country for p in parties),
        f"{name}_sectors": joined(s for p in parties for s in p.sectors),
        f"{name}_entities": joined(p.entity for p in parties),
    }


def flat_mention(mention: EventMention, facts: DocumentFacts | None, quote: str, state: str | None) -> Flat:
    """One event mention as a row, with the words that say it and where they stand."""
    where, when = mention.where, mention.when
    return {
        "id": mention.id,
        "type": mention.type,
        "mode": mention.mode,
        "contexts": joined(mention.contexts),
        "modality": mention.modality,
        "negated": mention.negated,
        "quad": mention.quad,
        "cameo": mention.cameo,
        "plover_score": mention.plover_score,
        "goldstein": mention.goldstein,
        **party_columns("actor", mention.actors),
        **party_columns("recipient", mention.recipients),
        "about": joined(p.name for p in mention.about),
        "when_start": when.start,
        "when_end": when.end,
        "when_grain": when.grain,
        "when_basis": when.basis,
        "place": where.name if where else None,
        "place_country": where.country if where else None,
        "lat": where.lat if where else None,
        "lon": where.lon if where else None,
        "place_basis": where.basis if where else None,
        "attribution": joined(a.speaker.name for a in mention.attribution),
        "attribution_kind": joined(a.kind for a in mention.attribution),
        "quote": quote or None,
        "spans": "; ".join(f"{s.start}-{s.end}" for s in mention.evidence),
        "trigger": f"{mention.trigger.start}-{mention.trigger.end}",
        "quote_sha256": sha256_text(quote) if quote else None,
        "score": mention.score,
        "reviewed": state,
        "coder": mention.coder or None,
        "tables": mention.tables or None,
        "document": mention.document,
        **document_columns(facts),
    }


def document_columns(facts: DocumentFacts | None) -> Flat:
    """What a record's row says of its document."""
    return {
        "publisher": facts.publisher if facts else None,
        "agency": facts.agency if facts else None,
        "title": facts.title if facts else None,
        "published": facts.published.start if facts else None,
        "published_basis": facts.published.basis if facts else None,
        "url": facts.url if facts else None,
        "text_sha256": facts.sha256 if facts else None,
    }


def flat_event(event: Event) -> Flat:
    """One event as a row, with how many reports, publishers and independent originators it rests on."""
    where, when = event.where, event.when
    return {
        "id": event.id,
        "type": event.type,
        "mode": event.mode,
        "contexts": joined(event.contexts),
        "modality": event.modality,
        "quad": event.quad,
        "plover_score": event.plover_score,
        **party_columns("actor", event.actors),
        **party_columns("recipient", event.recipients),
        "when_start": when.start,
        "when_end": when.end,
        "when_grain": when.grain,
        "when_basis": when.basis,
        "place": where.name if where else None,
        "place_country": where.country if where else None,
        "lat": where.lat if where else None,
        "lon": where.lon if where else None,
        "headline": event.headline,
        "n_mentions": len(event.mentions),
        "n_documents": len(event.documents),
        "n_publishers": len(event.publishers),
        "n_originators": len(event.originators),
        "publishers": joined(event.publishers),
        "originators": joined(o.name for o in event.originators),
        "score": event.score,
        "reviewed": event.reviewed,
        "story": event.story,
        "series": event.series,
        "mentions": joined(event.mentions),
        "documents": joined(event.documents),
    }


def flat_commitment(commitment: Commitment) -> Flat:
    """One commitment as a row: who, to whom, what, by when, how it stands, since when, and how many steps."""
    last = commitment.history[-1] if commitment.history else None
    return {
        "id": commitment.id,
        "kind": commitment.kind,
        **party_columns("actor", commitment.by),
        **party_columns("recipient", commitment.to),
        "what": commitment.what,
        "due_start": commitment.due.start,
        "due_end": commitment.due.end,
        "due_grain": commitment.due.grain,
        "state": commitment.state,
        "since": last.at if last else None,
        "reason": last.reason if last else None,
        "steps": len(commitment.history),
        "verifiable": commitment.verifiable,
        "event": commitment.event,
        "mentions": joined(commitment.mentions),
    }


def flat_document(facts: DocumentFacts) -> Flat:
    """One document as a row, without its text."""
    return {
        "id": facts.id,
        "source": facts.source,
        **document_columns(facts),
        "author": facts.author,
        "dateline": facts.dateline,
        "language": facts.language,
        "chars": facts.chars,
        "mentions": facts.mentions,
        "added": facts.added,
    }


def columns_of(kind: str) -> tuple[str, ...]:
    """The names of the flat columns of a kind of record."""
    at = Span(0, 1)
    if kind == "mention":
        return tuple(flat_mention(EventMention(id="", document="", type="STATE", trigger=at, evidence=(at,)), None, "", None))
    if kind == "event":
        return tuple(
            flat_event(
                Event(
                    id="", type="STATE", mode=None, modality="actual", actors=(), recipients=(), when=When(), where=None, mentions=(),
                    documents=(), publishers=(), originators=(), score=0.0,
                )
            )
        )  # fmt: skip
    if kind == "commitment":
        empty = Commitment(id="", kind="event", by=(), to=(), what="", due=When(), state="announced", history=(), mentions=())
        return tuple(flat_commitment(empty))
    return tuple(flat_document(DocumentFacts(id="", source="")))
