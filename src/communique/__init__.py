"""communique reads reports of international affairs and keeps the record: who did, said or promised what to
whom, when, where, according to whom, each field tied to the words that support it.

    import communique as cq
    doc = cq.code(text, published="2025-09-08")
    store = cq.open("situation.db")

Nothing is read, loaded or fetched at import; `code`, `open`, `read` and `Store` are looked up on first use.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from communique.errors import CommuniqueError, DocumentError, RunError
from communique.records import CodedDocument, Document, Event, EventMention, Filter, Span

if TYPE_CHECKING:
    from communique.api import Store, code, open, read

__all__ = [
    "CodedDocument",
    "CommuniqueError",
    "Document",
    "DocumentError",
    "Event",
    "EventMention",
    "Filter",
    "RunError",
    "Span",
    "Store",
    "code",
    "open",
    "read",
]


def __getattr__(name: str) -> Any:
    if name in ("code", "open", "read", "Store"):
        from communique import api

        return getattr(api, name)
    raise AttributeError(f"module 'communique' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
