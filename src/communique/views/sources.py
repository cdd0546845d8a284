"""What the words of a record are: its document's facts, text and quotes, each read once per export."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from communique.records import DocumentFacts, EventMention, Span
from communique.text import digest, slice_span
from communique.views.codes import country_name

if TYPE_CHECKING:
    from communique.store import Store

T = TypeVar("T")
_KEPT = 2000  # documents and mentions remembered at a time; records of one document come close together


class Sources:
    """A reader of a store that remembers the last few thousand documents and mentions."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._facts: OrderedDict[str, DocumentFacts] = OrderedDict()
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._mentions: OrderedDict[str, EventMention | None] = OrderedDict()

    def facts(self, document: str) -> DocumentFacts:
        """A document's facts; only its id where the store has lost it."""
        return _remembered(self._facts, document, lambda: self._store.facts(document) or DocumentFacts(id=document, source=document))

    def text(self, document: str) -> str:
        """A document's text; "" where the store has lost it."""
        return _remembered(self._texts, document, lambda: self._store.text(document) or "")

    def mention(self, id: str) -> EventMention | None:
        """A mention as shown."""
        return _remembered(self._mentions, id, lambda: self._store.mention(id))

    def preload(self, ids: Iterable[str]) -> None:
        """Read these mentions at once; one by one they cost several times as much."""
        self._mentions.update(self._store.mentions_of([i for i in ids if i not in self._mentions][:_KEPT]))
        while len(self._mentions) > 2 * _KEPT:
            self._mentions.popitem(last=False)

    def words(self, document: str, span: Span | None) -> str | None:
        """The words at a span, white space made plain."""
        return " ".join(slice_span(self.text(document), span).split()) or None if span is not None else None

    def quote(self, mention: EventMention) -> str:
        """The words of the evidence, parts that do not touch joined by " … "."""
        from communique.text import merge_spans

        parts = (self.words(mention.document, span) for span in merge_spans(mention.evidence))
        return " … ".join(part for part in parts if part)

    @staticmethod
    def country_name(iso3: str | None) -> str | None:
        """The country's name."""
        return country_name(iso3)

    @staticmethod
    def number(id: str, index: int) -> int:
        """A stable whole number for tables whose ids are numbers: the first 52 bits of a digest."""
        return int(digest("number", id, str(index), length=13), 16)


def _remembered(kept: OrderedDict[str, T], key: str, make: Callable[[], T]) -> T:
    if key in kept:
        kept.move_to_end(key)
        return kept[key]
    value = kept[key] = make()
    if len(kept) > _KEPT:
        kept.popitem(last=False)
    return value
