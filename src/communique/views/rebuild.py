"""Events and ledger rebuilt in memory from the store's mentions and judgements, now or as of a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import msgspec

from communique.link import link_documents
from communique.records import CodedDocument, Derived, DocumentFacts, EventMention, Filter, LinkDocument
from communique.store.review import overlay

if TYPE_CHECKING:
    from communique.store import Store


def link_inputs(store: Store, names: Iterable[str] | None = None, *, as_of: str | None = None) -> list[LinkDocument]:
    """What linking reads, for every document of the store or for those named: the records as people left them, rejected
    ones out and added ones in, by what they had decided at the end of the day `as_of`."""
    out = []
    judged = store.judged_documents()
    for facts in store.documents() if names is None else [f for f in map(store.facts, names) if f is not None]:
        if as_of is not None and facts.published.start is None and facts.added is not None and facts.added[:10] > as_of:
            continue  # no day says when it was out: it was known when it was added, as lists have it
        coded = store.document(facts.id)
        if coded is not None:
            out.append(link_input(coded, facts, mentions=_standing(store, coded, as_of) if facts.id in judged else None))
    return out


def _standing(store: Store, coded: CodedDocument, as_of: str | None) -> tuple[EventMention, ...]:
    name = coded.article.doc.id
    own = {m.id for m in coded.mentions}
    added = [m for m in store.mentions(Filter(document=name, limit=0)) if m.id not in own]
    out = []
    for mention in (*coded.mentions, *added):
        acts = [r for r in store.reviews(mention.id) if as_of is None or r.at[:10] <= as_of]
        if mention.id not in own:
            made = next((r for r in acts if r.act == "add" and r.after is not None), None)
            if made is None:
                continue
            mention = msgspec.json.decode(made.after or "", type=EventMention)
        shown, state = overlay(mention, acts)
        if state != "rejected":
            out.append(shown)
    return tuple(sorted(out, key=lambda m: (m.trigger.start, m.trigger.end)))


def link_input(coded: CodedDocument, facts: DocumentFacts | None = None, *, mentions: tuple[EventMention, ...] | None = None) -> LinkDocument:
    """What linking reads of one coded document, with these mentions where people had their say on its own."""
    return LinkDocument(
        facts=facts or document_facts(coded),
        text=coded.article.doc.text,
        body=tuple(b.span for b in coded.article.blocks if b.kind == "body"),
        mentions=coded.mentions if mentions is None else mentions,
    )


def document_facts(coded: CodedDocument) -> DocumentFacts:
    """The facts of a coded document that lists and linking need."""
    doc, header = coded.article.doc, coded.article.header
    return DocumentFacts(
        id=doc.id,
        source=doc.source,
        publisher=header.publisher,
        agency=header.agency,
        author=header.author,
        url=doc.url,
        title=header.title,
        language=header.language,
        dateline=header.dateline,
        published=header.published,
        chars=len(doc.text),
        sha256=doc.sha256,
        mentions=len(coded.mentions),
    )


def derive_as_of(store: Store, day: str, *, threshold: float = 0.5) -> Derived:
    """Events and ledger as they stood on a day (ISO): from what had been published by then, and people's verdicts
    given by then. Writes nothing."""
    verdicts = [j for j in store.judgements() if not j.by.startswith("link.") and j.at[:10] <= day]
    return link_documents(link_inputs(store, as_of=day), verdicts=verdicts, threshold=threshold, as_of=day)
