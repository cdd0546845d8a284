"""Events and ledger rebuilt in memory from the store's mentions and judgements, now or as of a day."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from communique.link import link_documents
from communique.records import CodedDocument, Derived, DocumentFacts, LinkDocument

if TYPE_CHECKING:
    from communique.store import Store


def link_inputs(store: Store, names: Iterable[str] | None = None) -> list[LinkDocument]:
    """What linking reads, for every document of the store or for those named."""
    out = []
    for facts in store.documents() if names is None else [f for f in map(store.facts, names) if f is not None]:
        coded = store.document(facts.id)
        if coded is not None:
            out.append(link_input(coded, facts))
    return out


def link_input(coded: CodedDocument, facts: DocumentFacts | None = None) -> LinkDocument:
    """What linking reads of one coded document."""
    return LinkDocument(
        facts=facts or document_facts(coded),
        text=coded.article.doc.text,
        body=tuple(b.span for b in coded.article.blocks if b.kind == "body"),
        mentions=coded.mentions,
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
    return link_documents(link_inputs(store), verdicts=verdicts, threshold=threshold, as_of=day)
