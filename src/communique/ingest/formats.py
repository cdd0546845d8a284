"""Bytes → Documents: which format it is, and one reader for each; every input ends as a Document or a Failure.

What a file is, its first bytes say; its name only breaks ties. Text stays as it was decoded. Markup is flattened
once (`ingest.html`). Containers (feeds, JSON Lines, WARC, archives, mail) live in `ingest.containers` and hand
their members back here. A reader raises `DocumentError`; `read_documents` turns that into a `Failure` row with
its reason and goes on with the next, so that one bad member never costs the rest.
"""

from __future__ import annotations

import glob
import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from communique.errors import DocumentError, TooLargeError, UnreadableError, UnsupportedError, UsageError
from communique.ingest import decode, guards
from communique.records import Document, Failure, Hint, Span
from communique.text import digest, sha256_text

Format = Literal["text", "html", "feed", "opml", "jsonl", "json", "warc", "mail", "zip", "tar", "gzip"]
FORMATS: tuple[Format, ...] = ("text", "html", "feed", "opml", "jsonl", "json", "warc", "mail", "zip", "tar", "gzip")
SUFFIXES: Mapping[str, Format] = {
    ".txt": "text", ".text": "text", ".html": "html", ".htm": "html", ".xhtml": "html", ".rss": "feed", ".atom": "feed", ".rdf": "feed",
    ".xml": "feed", ".opml": "opml", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".warc": "warc", ".eml": "mail", ".mht": "mail",
    ".mhtml": "mail", ".zip": "zip", ".tar": "tar", ".tgz": "tar", ".gz": "gzip",
}  # fmt: skip
HTML_READER, FAST_READER = "html.v1", "html.fast.v1"
_MAIL = re.compile(rb"\A(?:[A-Za-z][A-Za-z0-9-]*: ?[^\r\n]*\r?\n(?:[ \t][^\r\n]*\r?\n)*){2,}")
_MAIL_FIELD = re.compile(rb"^(?:from|mime-version|received|return-path|subject|message-id|delivered-to|content-type):", re.IGNORECASE | re.MULTILINE)
_HTML_START = re.compile(rb"\A\s*(?:<!--.*?-->\s*)*(?:<!doctype html|<html|<head|<body|<article|<div|<p[ >]|<meta|<script|<title)", re.IGNORECASE | re.DOTALL)
_BINARY = (
    (b"%PDF", "a PDF; save its text"), (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database; give it as --store"), (b"\xd0\xcf\x11\xe0", "an Office file; save its text"), (b"BZh", "bzip2; unpack it"),
    (b"\xfd7zXZ", "xz; unpack it"), (b"7z\xbc\xaf", "7-Zip; unpack it"), (b"Rar!", "RAR; unpack it"), (b"\x28\xb5\x2f\xfd", "zstd; unpack it"),
)  # fmt: skip


_MARKUP: tuple[tuple[bytes, Format], ...] = ((b"<opml", "opml"), (b"<rss", "feed"), (b"<feed", "feed"), (b"<rdf:rdf", "feed"))


class Given(NamedTuple):
    """What the caller states about all documents of a source; it outranks what the documents say."""

    publisher: str | None = None
    published: str | None = None
    url: str | None = None
    fast: bool = False
    fields: Mapping[str, str] | None = None
    fetch: bool = False

    def hints(self) -> tuple[Hint, ...]:
        out = [Hint(field="publisher", value=self.publisher, basis="given")] if self.publisher else []
        if self.published:
            out.append(Hint(field="published", value=self.published, basis="given"))
        return tuple(out)


class Extra(NamedTuple):
    """What the container states about one member."""

    hints: tuple[Hint, ...] = ()
    url: str | None = None
    fetched: str | None = None
    format: Literal["text", "html", "feed", "jsonl", "warc", "mail"] | None = None
    declared: str | None = None


def document_from_text(
    text: str, *, source: str, publisher: str | None = None, published: str | None = None, url: str | None = None
) -> Document:
    """A document whose text is `text`, unchanged. Raises `UnreadableError` for text that can't be kept."""
    decode.check_text(text, where=source)
    return text_document(text, source=source, raw=text.encode("utf-8"), encoding=None, given=Given(publisher, published, url))


def text_document(
    text: str, *, source: str, raw: bytes, encoding: str | None, given: Given, extra: Extra = Extra()  # noqa: B008
) -> Document:
    """A document of plain text, with what caller and container state."""
    sha = sha256_text(text)
    url = given.url or extra.url
    return Document(
        id=digest(sha, given.publisher, url), source=source, format=extra.format or "text", text=text, sha256=sha,
        raw_sha256=hashlib.sha256(raw).hexdigest(), url=url, encoding=encoding, fetched=extra.fetched, hints=given.hints() + extra.hints,
    )  # fmt: skip


def document_from_html(
    raw: bytes | str, *, source: str, publisher: str | None = None, published: str | None = None, url: str | None = None, fast: bool = False
) -> Document:
    """A document of one page: text with line spans and paths, main lines, hints. `fast` takes resiliparse's main
    text in place of trafilatura's. Raises `TooLargeError` for a page that meets a cap, `UnreadableError` for none."""
    return html_document(raw, source=source, given=Given(publisher, published, url, fast))


def html_document(raw: bytes | str, *, source: str, given: Given, extra: Extra = Extra()) -> Document:  # noqa: B008
    """The same with what the container states."""
    data = raw if isinstance(raw, bytes) else raw.encode("utf-8", "surrogatepass")
    heavy = guards.check_page(data, where=source)
    args = (raw, given.url or extra.url, given.fast, extra.declared)
    page = guards.in_worker(_read_page, *args, where=source) if heavy else _read_page(*args)
    if not page.text:
        raise UnreadableError("no visible text in the page", where=source)
    if len(data) > 300_000 and len(page.text) < 200 and data.count(b"<") > 10_000:
        raise UnreadableError("the parser gave up on this page: next to no text came of it", where=source)
    sha = sha256_text(page.text)
    url = given.url or extra.url or page.url
    return Document(
        id=digest(sha, given.publisher, url), source=source, format=extra.format or "html", text=page.text, sha256=sha,
        raw_sha256=hashlib.sha256(data).hexdigest(), url=url, encoding=page.encoding, fetched=extra.fetched,
        hints=given.hints() + extra.hints + page.hints, lines=page.lines, tags=page.tags, main=page.main, reader=FAST_READER if given.fast else HTML_READER,
    )  # fmt: skip


class _Page(NamedTuple):
    text: str
    lines: tuple[Span, ...]
    tags: tuple[str, ...]
    main: tuple[Span, ...]
    hints: tuple[Hint, ...]
    url: str | None
    encoding: str


def _read_page(raw: bytes | str, url: str | None, fast: bool, declared: str | None) -> _Page:
    """Everything a page gives, in one go: this is what runs in the worker."""
    from communique.ingest import html, metadata

    page, encoding = decode.decode_bytes(raw, declared=declared, markup=True) if isinstance(raw, bytes) else (decode.check_text(raw), "str")
    if fast:
        return _read_fast(page, raw if isinstance(raw, bytes) and encoding == "utf-8" else page.encode("utf-8", "replace"), encoding, url)
    tree = html.parse_page(page)[0]
    text, spans, tags = html.flatten(tree)
    hints = metadata.read_hints(tree, url)
    address = url or metadata.canonical_url(tree)
    if not any(h.field == "published" and h.confidence >= 0.8 for h in hints):
        guess = metadata.guessed_date(tree, address)
        hints = (*hints, guess) if guess is not None else hints
    return _Page(text, spans, tags, html.main_lines(text, spans, html.extract_main(tree, address)), hints, address, encoding)


def _read_fast(page: str, data: bytes, encoding: str, url: str | None) -> _Page:
    """The same by resiliparse, without element paths and without guessing at a date; `data` is the page in UTF-8."""
    from communique.ingest import html, metadata

    text, spans, main = html.fast_page(page)
    tree = html.parse_page(html.stated_only(data))[0]
    return _Page(text, spans, (), main, metadata.read_hints(tree, url), url or metadata.canonical_url(tree), encoding)


# --- from a path to documents --------------------------------------------------------------------------


def read_documents(
    source: str | Path, *, publisher: str | None = None, published: str | None = None, url: str | None = None, format: str | None = None,
    fast: bool = False, fields: Mapping[str, str] | None = None, fetch: bool = False,
) -> Iterator[Document | Failure]:  # fmt: skip
    """Every document of a file, folder, glob or "-" (stdin), in order, and a `Failure` for each that can't be read.
    With `fetch` also of an address (a page or a feed), and of the feeds that an OPML list names; without it no
    connection is opened.

    `publisher`, `published` and `url` are what the caller knows and outrank what is read. `format` overrides what
    the bytes look like; `fields` maps our names (text, html, title, url, published, publisher, author, language,
    fetched) to those of a JSON Lines file. Raises `UsageError` for a source that does not exist, or an address
    without `fetch`.
    """
    if format is not None and format not in FORMATS:
        raise UsageError(f"format {format!r}: there are {', '.join(FORMATS)}", value=format)
    given = Given(publisher, published, url, fast, fields, fetch)
    if _ADDRESS.match(str(source)):
        yield from _from_address(str(source), given)
        return
    for path in _paths(str(source)):
        if path == "-":
            yield from _guarded("-", lambda: _from_stream(given, format))
        elif Path(path).is_dir() or format is not None or Path(str(source)) == Path(path) or _suffix(path) is not None:
            yield from _guarded(path, lambda path=path: _from_file(Path(path), given, format))
        else:
            kinds = " ".join(sorted(SUFFIXES))
            yield Failure(source=path, reason="unsupported", detail=f"not one of {kinds}; name the file itself to read it as text")


_ADDRESS = re.compile(r"https?://", re.IGNORECASE)


def _from_address(url: str, given: Given) -> Iterator[Document | Failure]:
    if not given.fetch:
        raise UsageError(f"{url[:200]}: addresses are fetched only with --fetch; or save the page and give the file", value=url)
    from communique.ingest import fetch

    yield from fetch.fetch_documents(url, publisher=given.publisher, published=given.published, fast=given.fast)


def _paths(source: str) -> list[str]:
    if source == "-":
        return ["-"]
    path = Path(source)
    if path.is_dir():
        return [str(p) for p in sorted(path.rglob("*")) if p.is_file() and not any(part.startswith(".") for part in p.relative_to(path).parts)]
    if path.exists():
        return [source]
    found = sorted(p for p in glob.glob(source, recursive=True) if Path(p).is_file())
    if not found:
        raise UsageError(f"{source}: no such file, folder or pattern; give a path, or - for stdin", where=source, value=source)
    return found


def _suffix(name: str) -> Format | None:
    low = name.lower()
    if low.endswith((".tar.gz", ".tgz")):
        return "tar"
    if low.endswith(".gz"):
        return _suffix(low[:-3]) or "gzip"
    return SUFFIXES.get(Path(low).suffix)


def _guarded(source: str, make: Any) -> Iterator[Document | Failure]:
    """The documents of one source; an error that ends it becomes its last row."""
    try:
        yield from make()
    except (DocumentError, OSError, RecursionError, MemoryError) as error:
        yield failure_of(source, error)


def failure_of(source: str, error: BaseException, raw: bytes | None = None) -> Failure:
    """The row for an error: reason, message, where."""
    reason = getattr(error, "reason", "unreadable")
    detail = f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    digest_ = hashlib.sha256(raw).hexdigest() if raw is not None else None
    return Failure(source=source, reason=reason, detail=detail, where=getattr(error, "where", None), raw_sha256=digest_)


def _from_stream(given: Given, format: str | None) -> Iterator[Document | Failure]:
    raw = sys.stdin.buffer.read(guards.MAX_FILE_BYTES + 1)
    if len(raw) > guards.MAX_FILE_BYTES:
        raise TooLargeError(f"over {guards.MAX_FILE_BYTES:,} bytes on stdin; give a file", where="-")
    yield from from_bytes(raw, source="-", given=given, format=format)


def _from_file(path: Path, given: Given, format: str | None) -> Iterator[Document | Failure]:
    from communique.ingest import containers

    if not path.is_file():
        raise UnsupportedError("not a regular file", where=str(path))
    with path.open("rb") as stream:
        head = stream.read(4096)
    kind = format or sniff(head, str(path))
    if kind == "gzip":
        kind = _suffix(str(path)[:-3]) or "gzip" if str(path).lower().endswith(".gz") else "gzip"
        kind = kind if kind in ("warc", "jsonl", "tar") else "gzip"
    if kind in ("warc", "jsonl", "zip", "tar"):
        yield from containers.read_large(path, kind, given)
        return
    size = path.stat().st_size
    if size > guards.MAX_FILE_BYTES:
        raise TooLargeError(f"{size:,} bytes; the limit for one {kind} file is {guards.MAX_FILE_BYTES:,}", where=str(path), value=size)
    yield from from_bytes(path.read_bytes(), source=str(path), given=given, format=kind)


def sniff(head: bytes, name: str) -> Format:
    """The format of something that starts with `head`. Raises `UnsupportedError` for known binary formats."""
    for magic, what in _BINARY:
        if head.startswith(magic):
            raise UnsupportedError(f"{what}: text, HTML, feeds, mail, JSON Lines, WARC, zip and tar are read", where=name)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return "zip"
    if head.startswith(b"WARC/"):
        return "warc"
    if head[257:262] == b"ustar":
        return "tar"
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    low = start[:3000].lower()
    named = _suffix(name)
    if low.startswith(b"<"):
        for mark, kind in _MARKUP:
            if mark in low and b"<html" not in low.split(mark, 1)[0]:
                return kind
        if _HTML_START.match(start) or b"<html" in low:
            return "html"
    elif low[:1] == b"{" or (low[:1] == b"[" and named in ("json", "jsonl")):
        return "json" if named == "json" or low[:1] == b"[" else "jsonl"
    elif _MAIL.match(start) and (named == "mail" or len(_MAIL_FIELD.findall(start)) >= 2):
        return "mail"
    elif b"<html" in low and b"</" in head:
        return "html"
    return named if named in ("html", "feed", "mail", "jsonl") and start[:1] in (b"<", b"{") else "text"


def from_bytes(raw: bytes, *, source: str, given: Given, format: str | None = None, depth: int = 0) -> Iterator[Document | Failure]:
    """The documents in bytes already read: a file, a member of an archive, a response."""
    from communique.ingest import containers

    kind = format or sniff(raw[:4096], source)
    if kind == "text":
        text, encoding = decode.decode_bytes(raw, where=source)
        yield text_document(text, source=source, raw=raw, encoding=encoding, given=given)
    elif kind == "html":
        yield html_document(raw, source=source, given=given)
    else:
        yield from containers.read_member(raw, kind, source, given, depth)
