"""Event mentions ↔ those already known: judgements, and what follows from them. `link_documents` is the stage, `Linker` the
same for documents that come and go."""

from communique.link.linker import Linker, link_documents

__all__ = ["Linker", "link_documents"]
