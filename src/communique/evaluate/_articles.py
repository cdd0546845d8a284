"""Articles made of the bare texts of gold files: one body block, and what the file says of the header."""

from __future__ import annotations

from datetime import date, timedelta

from communique.records import Article, Block, Document, Header, Published, Span
from communique.text import sha256_text


def bare_article(text: str, source: str, *, published: str | None = None, publisher: str | None = None) -> Article:
    """An article whose whole text is one body block; `published` an ISO day, `None` for unknown."""
    digest = sha256_text(text)
    doc = Document(id=digest[:16], source=source, format="text", text=text, sha256=digest, raw_sha256=digest)
    when = Published()
    if published:
        after = date.fromisoformat(published[:10]) + timedelta(days=1)
        when = Published(start=published[:10], end=after.isoformat(), basis="given", confidence=1.0)
    blocks = (Block(kind="body", span=Span(start=0, end=len(text))),) if text else ()
    return Article(doc=doc, blocks=blocks, header=Header(publisher=publisher, published=when))
