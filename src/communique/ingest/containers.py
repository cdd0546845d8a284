"""What holds several documents: feeds, JSON Lines, WARC, mail, zip, tar, gzip; streamed, capped, member by member.

Names inside archives are only ever shown, never opened, so nothing can be written outside a folder; a name that
tries is refused all the same. HTTP bodies in WARC are decoded here with a cap and never by fastwarc: with its own
decoding a partial read breaks the next record (fastwarc 2.0.1). Feeds that declare XML entities are refused. A WARC
record's or a feed's time of fetching is kept as `fetched` and dates nothing.
"""

from __future__ import annotations

import gzip
import io
import lzma
import re
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import DocumentError, TooLargeError, UnreadableError, UnsupportedError
from communique.ingest import decode, formats, guards
from communique.ingest.formats import Extra, Given
from communique.records import Document, Failure, Hint

Rows = Iterator[Document | Failure]

MAX_LINE_BYTES = 16_000_000
MAX_ITEMS = 20_000  # of one feed; the largest public feeds hold some thousands
MAX_FEEDS = 1_000  # of one OPML list
_CHUNK = 1 << 16
_ENTITY = re.compile(rb"<!ENTITY", re.IGNORECASE)


def read_large(path: Path, kind: str, given: Given) -> Rows:
    """The documents of a file that is streamed, not loaded."""
    source = str(path)
    if kind == "warc":
        with path.open("rb") as stream:
            yield from read_warc(stream, source, given)
    elif kind == "zip":
        with path.open("rb") as stream:
            yield from read_zip(stream, source, given, 0)
    elif kind == "tar":
        with path.open("rb") as stream:
            yield from read_tar(stream, source, given, 0)
    else:
        with path.open("rb") as raw:
            zipped = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            packed = path.stat().st_size if zipped else None
            yield from read_jsonl(gzip.GzipFile(fileobj=raw) if zipped else raw, source, given, packed)


def read_member(raw: bytes, kind: str, source: str, given: Given, depth: int) -> Rows:
    """The documents of a container that is in memory."""
    readers: Mapping[str, Callable[[], Rows]] = {
        "feed": lambda: read_feed(raw, source, given),
        "opml": lambda: _opml_rows(raw, source, given),
        "jsonl": lambda: read_jsonl(io.BytesIO(raw), source, given),
        "json": lambda: read_json(raw, source, given),
        "warc": lambda: read_warc(io.BytesIO(raw), source, given),
        "mail": lambda: read_mail(raw, source, given),
        "zip": lambda: read_zip(io.BytesIO(raw), source, given, depth),
        "tar": lambda: read_tar(io.BytesIO(raw), source, given, depth),
        "gzip": lambda: read_gzip(raw, source, given, depth),
    }
    if depth > 2:
        raise UnsupportedError("an archive in an archive in an archive; unpack it", where=source)
    yield from readers[kind]()


def _each(source: str, make: Callable[[], Rows]) -> Rows:
    """The rows of one member; its error is its row, and the others go on."""
    try:
        yield from make()
    except (DocumentError, OSError, EOFError, zlib.error, RecursionError, MemoryError, zipfile.BadZipFile) as error:
        yield formats.failure_of(source, error)


# --- compression and archives --------------------------------------------------------------------------


def read_gzip(raw: bytes, source: str, given: Given, depth: int) -> Rows:
    """What a gzip file holds. Raises `TooLargeError` for a bomb."""
    plain = inflate(raw, "gzip", where=source)
    name = source[:-3] if source.lower().endswith(".gz") else source
    yield from formats.from_bytes(plain, source=source, given=given, format=formats.sniff(plain[:4096], name), depth=depth + 1)


def inflate(raw: bytes, how: str, *, where: str | None = None, cap: int = guards.MAX_MEMBER_BYTES) -> bytes:
    """gzip or deflate undone, with caps on size and ratio. Raises `TooLargeError`, or `UnreadableError` if broken."""
    out: list[bytes] = []
    total = 0
    data = raw
    try:
        while data:
            engine = zlib.decompressobj(31 if how == "gzip" else 15 if data[:1] == b"\x78" else -15)
            while data and not engine.eof:
                piece = engine.decompress(data, _CHUNK * 16)
                data = engine.unconsumed_tail
                total += len(piece)
                guards.check_ratio(len(raw), total, where=where)
                if total > cap:
                    raise TooLargeError(f"over {cap:,} bytes when decompressed", where=where, value=total)
                out.append(piece)
                if not piece and not data:
                    break
            data = engine.unused_data if engine.eof and engine.unused_data[:2] == b"\x1f\x8b" else b""
    except zlib.error as error:
        raise UnreadableError(f"broken {how} data: {error}", where=where) from error
    return b"".join(out)


def _check_name(name: str) -> None:
    parts = re.split(r"[/\\]", name)
    if ".." in parts or name.startswith(("/", "\\")) or re.match(r"^[A-Za-z]:", name) or "\x00" in name:
        raise UnsupportedError(f"the member's name {name[:80]!r} points outside the archive: refused", value=name)


# What zipfile raises for damaged directories and members: offsets before the file, methods that do not exist, passwords.
_ZIP_ERRORS = (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError, RuntimeError, KeyError, EOFError, OSError, zlib.error, lzma.LZMAError, struct.error)


def read_zip(stream: Any, source: str, given: Given, depth: int) -> Rows:
    """The members of a zip file; encrypted ones, escaping names and bombs are rows with their reason."""
    try:
        archive = zipfile.ZipFile(stream)
    except _ZIP_ERRORS as error:
        raise UnreadableError(f"broken zip file: {error}", where=source) from error
    with archive:
        members = [m for m in archive.infolist() if not m.filename.endswith("/")]
        if len(members) > guards.MAX_MEMBERS:
            raise TooLargeError(f"{len(members):,} members; the limit is {guards.MAX_MEMBERS:,}", where=source)
        for member in members:
            name = f"{source}!{member.filename}"
            yield from _each(name, lambda m=member, n=name: _zip_member(archive, m, n, given, depth))  # type: ignore[misc]


def _zip_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, given: Given, depth: int) -> Rows:
    _check_name(member.filename)
    if member.flag_bits & 1:
        raise UnsupportedError("encrypted; unpack it first", where=name)
    if member.file_size > guards.MAX_MEMBER_BYTES:
        raise TooLargeError(f"{member.file_size:,} bytes; the limit is {guards.MAX_MEMBER_BYTES:,}", where=name, value=member.file_size)
    guards.check_ratio(member.compress_size, member.file_size, where=name)
    try:
        with archive.open(member) as stream:
            raw = stream.read(guards.MAX_MEMBER_BYTES + 1)
    except _ZIP_ERRORS as error:
        raise UnreadableError(f"broken member of a zip file: {error}", where=name) from error
    if len(raw) > guards.MAX_MEMBER_BYTES:
        raise TooLargeError(f"over {guards.MAX_MEMBER_BYTES:,} bytes", where=name)
    yield from formats.from_bytes(raw, source=name, given=given, depth=depth + 1)


def read_tar(stream: Any, source: str, given: Given, depth: int) -> Rows:
    """The regular files of a tar or tar.gz; links, devices and escaping names are rows with their reason."""
    try:
        with tarfile.open(fileobj=stream, mode="r|*") as archive:
            for count, member in enumerate(archive):
                if count >= guards.MAX_MEMBERS:
                    raise TooLargeError(f"over {guards.MAX_MEMBERS:,} members", where=source)
                if member.isdir():
                    continue
                name = f"{source}!{member.name}"
                yield from _each(name, lambda m=member, n=name: _tar_member(archive, m, n, given, depth))  # type: ignore[misc]
                if member.size > guards.MAX_MEMBER_BYTES:
                    raise TooLargeError("the rest is not read: skipping this member would mean unpacking it", where=name)
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise UnreadableError(f"broken tar file: {error}", where=source) from error


def _tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo, name: str, given: Given, depth: int) -> Rows:
    _check_name(member.name)
    if not member.isreg():
        raise UnsupportedError("a link or device in the archive: not read", where=name)
    if member.size > guards.MAX_MEMBER_BYTES:
        raise TooLargeError(f"{member.size:,} bytes; the limit is {guards.MAX_MEMBER_BYTES:,}", where=name, value=member.size)
    stream = archive.extractfile(member)
    raw = stream.read() if stream is not None else b""
    yield from formats.from_bytes(raw, source=name, given=given, depth=depth + 1)


# --- WARC ----------------------------------------------------------------------------------------------


def read_warc(stream: Any, source: str, given: Given) -> Rows:
    """Each response, resource and conversion record: a document, or the reason why not. Requests and the archive's
    own records are no documents and are passed over."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    kinds = WarcRecordType.response | WarcRecordType.resource | WarcRecordType.conversion
    records = ArchiveIterator(stream, record_types=kinds, parse_http=True, auto_decode="none")
    while True:
        try:
            record = next(records)
        except StopIteration:
            return
        except (OSError, EOFError, ValueError, UnicodeDecodeError) as error:
            yield Failure(source=source, reason="unreadable", detail=f"the archive breaks off or is damaged: {error}"[:300])
            return
        url = record.headers.get("WARC-Target-URI") or None
        name = f"{source}!{url or record.record_id}"
        yield from _each(name, lambda r=record, u=url, n=name: _warc_record(r, u, n, given))  # type: ignore[misc]


def _warc_record(record: Any, url: str | None, name: str, given: Given) -> Rows:
    stated = record.content_length
    body = record.reader.read(guards.MAX_MEMBER_BYTES + 1)
    if len(body) > guards.MAX_MEMBER_BYTES:
        raise TooLargeError(f"a record of over {guards.MAX_MEMBER_BYTES:,} bytes", where=name)
    if len(body) < stated:
        raise UnreadableError(f"the archive breaks off in this record: {len(body):,} of {stated:,} bytes", where=name)
    http = record.http_headers
    kind = (record.http_content_type or "") if http is not None else record.headers.get("Content-Type") or ""
    kind = str(kind).split(";")[0].strip().lower()
    if http is not None:
        status = getattr(http, "status_code", None)
        if status is not None and status != 200:
            yield Failure(source=name, reason="not an article", detail=f"HTTP status {status}")
            return
        body = _http_body(body, http, name)
    extra = Extra(url=url, fetched=record.headers.get("WARC-Date") or None, format="warc", declared=getattr(record, "http_charset", None))
    yield from _web_body(body, kind, name, given, extra)


def _http_body(body: bytes, http: Any, name: str) -> bytes:
    """The body with chunks joined and Content-Encoding undone."""
    if (http.get("Transfer-Encoding") or "").lower() == "chunked" and re.match(rb"[0-9A-Fa-f]+[^\r\n]{0,40}\r?\n", body):
        body = _unchunked(body)
    encoding = (http.get("Content-Encoding") or "").strip().lower()
    if encoding in ("gzip", "x-gzip") and body[:2] == b"\x1f\x8b":
        return inflate(body, "gzip", where=name)
    if encoding == "deflate":
        return inflate(body, "deflate", where=name)
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise UnsupportedError(f"Content-Encoding {encoding!r}", where=name, value=encoding)
    return body


def _unchunked(body: bytes) -> bytes:
    out: list[bytes] = []
    at = 0
    while True:
        end = body.find(b"\n", at)
        size = re.match(rb"\s*([0-9A-Fa-f]{1,8})", body[at : end if end >= 0 else at])
        if end < 0 or size is None:
            return b"".join(out) if out else body
        length = int(size[1], 16)
        if length == 0:
            return b"".join(out)
        out.append(body[end + 1 : end + 1 + length])
        at = end + 1 + length
        at += 2 if body[at : at + 2] == b"\r\n" else 1 if body[at : at + 1] == b"\n" else 0


def _web_body(body: bytes, kind: str, name: str, given: Given, extra: Extra) -> Rows:
    """A page or text as the web delivered it; other content types are no articles."""
    if kind in ("text/html", "application/xhtml+xml", "") or (kind == "text/plain" and b"<html" in body[:2000].lower()):
        doc = formats.html_document(body, source=name, given=given, extra=extra)
        if doc.main:
            yield doc
        else:
            yield Failure(source=name, reason="not an article", detail="no main text in the page", raw_sha256=doc.raw_sha256)
    elif kind == "text/plain":
        text, encoding = decode.decode_bytes(body, declared=extra.declared, where=name)
        yield formats.text_document(text, source=name, raw=body, encoding=encoding, given=given, extra=extra)
    else:
        yield Failure(source=name, reason="not an article", detail=f"content type {kind[:60]}")


# --- feeds ---------------------------------------------------------------------------------------------


def read_feed(raw: bytes, source: str, given: Given) -> Rows:
    """The items of an RSS or Atom feed that carry text. Raises `UnreadableError` for what is no feed."""
    import fastfeedparser

    if _ENTITY.search(raw, 0, 200_000):
        raise UnreadableError("declares XML entities, which a feed does not need and a bomb does: refused", where=source)
    if len(raw) > guards.MAX_MEMBER_BYTES:
        raise TooLargeError(f"a feed of {len(raw):,} bytes; the limit is {guards.MAX_MEMBER_BYTES:,}", where=source)
    try:
        feed = fastfeedparser.parse(raw)
    except Exception as error:  # the parser raises lxml's and its own errors; each means the same here
        raise UnreadableError(f"no feed can be made of it: {str(error)[:200]}", where=source) from error
    about = feed.get("feed") or {}
    for number, entry in enumerate(feed.get("entries") or ()):
        if number >= MAX_ITEMS:
            yield Failure(source=source, reason="too large", detail=f"over {MAX_ITEMS:,} items; the rest is not read")
            return
        name = f"{source}!{entry.get('link') or entry.get('id') or number}"
        yield from _each(name, lambda e=entry, n=name: _feed_item(e, about, n, given))  # type: ignore[misc]


def _feed_item(entry: Any, about: Any, name: str, given: Given) -> Rows:
    hints = [Hint(field="title", value=entry["title"], basis="feed", confidence=0.9)] if entry.get("title") else []
    for field, value, trust in (
        ("published", entry.get("published"), 0.92), ("author", entry.get("author"), 0.85), ("publisher", about.get("title"), 0.7),
    ):  # fmt: skip
        if value:
            hints.append(Hint(field=field, value=str(value), basis="feed", confidence=trust))  # type: ignore[arg-type]
    content = max((c.get("value") or "" for c in entry.get("content") or ()), key=len, default="") or entry.get("description") or entry.get("summary") or ""
    extra = Extra(hints=tuple(hints), url=entry.get("link") or None, format="feed")
    if not content.strip():
        yield Failure(source=name, reason="not an article", detail="an item without text: only its title and link")
        return
    title = entry.get("title") or ""
    yield _titled(title, content, name, given, extra)


def _titled(title: str, content: str, name: str, given: Given, extra: Extra) -> Document:
    """A document of a title and its text or markup; a title the text does not start with is put above it."""
    import html

    if re.search(r"<(?:p|div|br|a|span|ul|h\d|strong|em|figure|img)\b", content, re.IGNORECASE):
        page = f"<html><body><h1>{html.escape(title)}</h1><article>{content}</article></body></html>"
        return formats.html_document(page, source=name, given=given, extra=extra)
    text = content if not title or content.lstrip().startswith(title.strip()) else f"{title.strip()}\n\n{content}"
    decode.check_text(text, where=name)
    return formats.text_document(text, source=name, raw=content.encode("utf-8", "surrogatepass"), encoding="utf-8", given=given, extra=extra)


def list_opml(raw: bytes) -> tuple[tuple[str, str], ...]:
    """(title, address) of each feed an OPML list names. Raises `UnreadableError` for broken lists."""
    from lxml import etree

    if _ENTITY.search(raw):
        raise UnreadableError("declares XML entities: refused")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    try:
        root = etree.fromstring(raw, parser=parser)
        if root is None:
            raise UnreadableError("no OPML can be made of it")
        return tuple((n.get("title") or n.get("text") or "", n.get("xmlUrl") or "") for n in root.iter("outline") if n.get("xmlUrl"))
    except (etree.LxmlError, ValueError) as error:  # attributes that hold surrogates can't be decoded
        raise UnreadableError(f"no OPML can be made of it: {error}") from error


def _opml_rows(raw: bytes, source: str, given: Given) -> Rows:
    """The items of each feed that the list names when fetching is on; else a row for each that says so."""
    for number, (title, address) in enumerate(list_opml(raw)):
        if number >= MAX_FEEDS:
            yield Failure(source=source, reason="too large", detail=f"over {MAX_FEEDS:,} feeds in one list; the rest is not read")
            return
        if given.fetch:
            from communique.ingest import fetch

            yield from fetch.fetch_documents(address, publisher=given.publisher, published=given.published, fast=given.fast)
        else:
            yield Failure(source=address, reason="not fetched", detail=f"a feed listed in {source} ({title[:60]}); it is read with --fetch", where=source)


# --- mail and saved pages ------------------------------------------------------------------------------


def read_mail(raw: bytes, source: str, given: Given) -> Rows:
    """A saved page (MHTML) or a mail: its HTML part, else its text. The day a page was saved is no publication date."""
    import email
    import email.policy
    import email.utils

    message = email.message_from_bytes(raw, policy=email.policy.default)
    saved = message.get_content_type() == "multipart/related" or _field_of(message, "Snapshot-Content-Location") != ""
    stamp = _field_of(message, "Date")
    subject = _field_of(message, "Subject")
    hints = [Hint(field="title", value=subject, basis="header", confidence=0.7)] if subject else []
    if stamp and not saved:
        hints.append(Hint(field="published", value=stamp, basis="header", confidence=0.75))
    sender = email.utils.parseaddr(_field_of(message, "From"))[0]
    if sender and not saved:
        hints.append(Hint(field="publisher", value=sender, basis="header", confidence=0.5))
    page, plain = _mail_parts(message)
    part = page if page is not None else plain
    if part is None:
        raise UnreadableError("a mail without text or HTML part", where=source)
    body = part.get_payload(decode=True)
    if not isinstance(body, bytes) or not body:
        raise UnreadableError("its text part is empty", where=source)
    address = _field_of(message, "Snapshot-Content-Location") or _field_of(part, "Content-Location") or None
    extra = Extra(tuple(hints), address, _iso(stamp) if saved else None, "mail", part.get_content_charset())
    if page is not None:
        yield formats.html_document(body, source=source, given=given, extra=extra)
        return
    text, encoding = decode.decode_bytes(body, declared=extra.declared, where=source)
    yield formats.text_document(text, source=source, raw=raw, encoding=encoding, given=given, extra=extra)


def _field_of(message: Any, name: str) -> str:
    """A header field as text; "" when it is not there, or so broken that the standard library's parser fails on it."""
    try:
        return str(message.get(name) or "")
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
        return ""


def _mail_parts(message: Any) -> tuple[Any, Any]:
    """The first HTML part and the first text part; at most 2,000 parts are looked at."""
    page = plain = None
    for number, part in enumerate(message.walk()):
        if number > 2000:
            break
        kind = part.get_content_type()
        if kind == "text/html" and page is None:
            page = part
        elif kind == "text/plain" and plain is None and not part.is_multipart():
            plain = part
    return page, plain


def _iso(stamp: str) -> str | None:
    from communique.ingest import calendar

    found = calendar.parse_stamp(stamp) if stamp else None
    return found[1] or found[0] if found is not None else None


# --- JSON Lines ----------------------------------------------------------------------------------------

# Names under which known exports keep a field: GDELT article lists, news-please, Fundus, CC-NEWS, Media Cloud.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "text": ("text", "maintext", "body", "articleBody", "plaintext", "plain_text", "article_text", "full_text", "content", "article", "story"),
    "html": ("html", "raw_html", "content_html", "page"),
    "title": ("title", "headline", "title_page", "name"),
    "url": ("url", "link", "requested_url", "source_url", "canonical_url", "uri"),
    "published": ("published", "date_publish", "publishing_date", "publish_date", "published_date", "published_at", "publishedAt", "datePublished", "pub_date", "pubDate", "publication_date", "date"),
    "publisher": ("publisher", "outlet", "site_name", "source_name", "source", "source_domain", "domain", "media_name", "site"),
    "author": ("author", "authors", "byline", "creator"),
    "language": ("language", "lang"),
    "fetched": ("fetched", "date_download", "crawl_date", "seendate", "downloaded", "crawled", "warc_date", "indexed_date"),
}  # fmt: skip


def read_jsonl(stream: Any, source: str, given: Given, packed: int | None = None) -> Rows:
    """A document a line; a line that is no object or holds no text is a row with its number. `packed` is the size of
    the compressed file, against which what comes out is measured."""
    number = spent = 0
    while True:
        number += 1
        try:
            line = stream.readline(MAX_LINE_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            yield Failure(source=f"{source}:{number}", reason="unreadable", detail=f"broken from here on: {error}")
            return
        if not line:
            return
        spent += len(line)
        name = f"{source}:{number}"
        if len(line) > MAX_LINE_BYTES:
            yield Failure(source=name, reason="too large", detail=f"a line of over {MAX_LINE_BYTES:,} bytes; the rest is not read")
            return
        if packed is not None:
            guards.check_ratio(packed, spent, where=source)
        if line.strip():
            yield from _each(name, lambda b=line, n=name: _json_row(b, n, given))  # type: ignore[misc]


def read_json(raw: bytes, source: str, given: Given) -> Rows:
    """One object, or a list of them (also under "articles" or "documents")."""
    try:
        data = msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        if b"\n" in raw.strip() and raw.lstrip()[:1] == b"{":
            yield from read_jsonl(io.BytesIO(raw), source, given)
            return
        raise UnreadableError(f"broken JSON: {error}", where=source) from error
    if isinstance(data, dict):
        inner = next((data[k] for k in ("articles", "documents", "items") if isinstance(data.get(k), list)), None)
        data = inner if inner is not None else [data]
    if not isinstance(data, list):
        raise UnsupportedError("JSON that is neither an object nor a list of objects", where=source)
    for number, item in enumerate(data):
        name = f"{source}:{number}" if len(data) > 1 else source
        yield from _each(name, lambda i=item, n=name: _json_object(i, n, given))  # type: ignore[misc]


def _json_row(line: bytes, name: str, given: Given) -> Rows:
    try:
        item = msgspec.json.decode(line.lstrip(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableError(f"broken JSON: {error}", where=name) from error
    yield from _json_object(item, name, given)


def _json_object(item: Any, name: str, given: Given) -> Rows:
    if not isinstance(item, dict):
        raise UnsupportedError(f"a line must be a JSON object, not {type(item).__name__}", where=name)
    value = {field: _field(item, field, given.fields) for field in _FIELDS}
    hints = [
        Hint(field=field, value=found, basis="meta", confidence=trust)  # type: ignore[arg-type]
        for field, trust in (("title", 0.9), ("published", 0.9), ("publisher", 0.8), ("author", 0.9), ("language", 0.6))
        if (found := value[field])
    ]
    if value["publisher"] and "." in value["publisher"] and " " not in value["publisher"]:
        hints = [h for h in hints if h.field != "publisher"]  # a domain: the table of publishers knows its name
    fetched = value["fetched"]
    extra = Extra(tuple(hints), value["url"], _iso(fetched) if fetched else None, "jsonl")
    if value["text"]:
        yield _titled_text(value["title"] or "", value["text"], name, given, extra)
    elif value["html"] and "<" in value["html"]:
        yield formats.html_document(value["html"], source=name, given=given, extra=extra)
    else:
        have = ", ".join(sorted(item)[:12])
        raise UnsupportedError(f"no text in it (fields: {have}); name its field, as in text=FIELD", where=name)


def _titled_text(title: str, text: str, name: str, given: Given, extra: Extra) -> Document:
    whole = text if not title or text.lstrip().startswith(title.strip()) else f"{title.strip()}\n\n{text}"
    decode.check_text(whole, where=name)
    return formats.text_document(whole, source=name, raw=text.encode("utf-8"), encoding="utf-8", given=given, extra=extra)


def _field(item: dict[str, Any], field: str, fields: Mapping[str, str] | None) -> str | None:
    """The value of one of our fields as a string; `None` when it is not there or of another shape."""
    if fields is not None and field in fields:
        return _flat(item.get(fields[field]))
    for key in _FIELDS[field]:
        found = item.get(key)
        if field == "html" and isinstance(found, dict):  # Fundus keeps the page in an object
            found = found.get("content")
        if field == "text" and isinstance(found, dict):
            found = _fundus_body(found)
        if field == "publisher" and isinstance(found, dict):
            found = found.get("name") or found.get("title")
        flat = _flat(found)
        if flat:
            return flat
    inner = item.get("html")
    if isinstance(inner, dict):
        if field == "url":
            return _flat(inner.get("responded_url") or inner.get("requested_url"))
        if field == "publisher":
            return _flat((inner.get("source_info") or {}).get("publisher"))
        if field == "fetched":
            return _flat(inner.get("crawl_date"))
    return None


def _flat(value: Any) -> str | None:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, list) and value and all(isinstance(v, str) for v in value):
        return ", ".join(value)
    return None


def _fundus_body(body: dict[str, Any]) -> str | None:
    """Fundus' body: a summary, then sections of a headline and paragraphs."""
    parts = list(body.get("summary") or ())
    for section in body.get("sections") or ():
        if isinstance(section, dict):
            parts += [*(section.get("headline") or ()), *(section.get("paragraphs") or ())]
    return "\n\n".join(p for p in parts if isinstance(p, str)) or None
