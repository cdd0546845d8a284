"""Bytes → Documents: text, HTML, feeds, WARC, mail, JSON Lines, archives, folders."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from communique.errors import DocumentError
from communique.ingest import decode
from communique.records import Document, Failure, Hint
from communique.text import digest, sha256_text


def document_from_text(
    text: str, *, source: str, publisher: str | None = None, published: str | None = None, url: str | None = None
) -> Document:
    """A document whose text is `text`, unchanged. Raises `UnreadableError` for text that can't be kept."""
    decode.check_text(text, where=source)
    return _document(text, source=source, raw=text.encode("utf-8"), encoding=None, publisher=publisher, published=published, url=url)


def _document(
    text: str, *, source: str, raw: bytes, encoding: str | None, publisher: str | None, published: str | None, url: str | None
) -> Document:
    sha = sha256_text(text)
    hints = [Hint(field="publisher", value=publisher, basis="given")] if publisher else []
    if published:
        hints.append(Hint(field="published", value=published, basis="given"))
    return Document(
        id=digest(sha, publisher, url), source=source, format="text", text=text, sha256=sha,
        raw_sha256=hashlib.sha256(raw).hexdigest(), url=url, encoding=encoding, hints=tuple(hints),
    )  # fmt: skip


def read_documents(
    source: str | Path, *, publisher: str | None = None, published: str | None = None, url: str | None = None, format: str | None = None
) -> Iterator[Document | Failure]:
    """Every document of a path, folder, glob or "-", and a `Failure` for each that can't be read."""
    paths = sorted(p for p in Path(source).rglob("*") if p.is_file()) if Path(source).is_dir() else [Path(source)]
    for path in paths:
        try:
            raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
            text, encoding = decode.decode_bytes(raw, where=str(path))
            yield _document(text, source=str(path), raw=raw, encoding=encoding, publisher=publisher, published=published, url=url)
        except (DocumentError, OSError) as error:
            yield Failure(source=str(path), reason=getattr(error, "reason", "unreadable"), detail=str(error))
