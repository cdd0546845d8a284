"""Every quote checked again: text against digest, spans against text, an export's words against the store's.

Nothing is believed: a text is hashed anew, each span sliced anew. `verify(store)` walks the store; `verify(store, path)`
reads an export back: csv, jsonl, plover and parquet, which carry quotes; others are held to their digest in
`datapackage.json`, and refused without one, since nothing in them could be checked.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from communique.errors import UsageError
from communique.records import CodedDocument, EventMention, Filter, Span
from communique.text import sha256_text
from communique.views.export import library
from communique.views.sources import Sources

if TYPE_CHECKING:
    from communique.store import Store

csv.field_size_limit(1 << 30)


def verify(store: Store, target: str | Path | None = None) -> tuple[list[str], int]:
    """(problems, one line each; how many quotes were checked) of a store, or of an export against it."""
    return _verify_store(store) if target is None else _verify_export(store, Path(target))


def _verify_store(store: Store) -> tuple[list[str], int]:
    problems: list[str] = []
    checked = 0
    judged = store.judged_documents()
    for facts in store.documents():
        coded = store.document(facts.id)
        if coded is None:
            problems.append(f"document {facts.id}: it cannot be read back")
            continue
        text = coded.article.doc.text
        if not sha256_text(text) == facts.sha256 == coded.article.doc.sha256:
            problems.append(f"document {facts.id} ({facts.source}): its text does not match its digest")
        own = {m.id: m for m in coded.mentions}
        left = store.mentions(Filter(document=facts.id, limit=0)) if facts.id in judged else ()  # as people left them, and added
        for mention in (*coded.mentions, *(m for m in left if own.get(m.id) != m)):
            checked += 1
            problems += [f"mention {mention.id} of document {facts.id}: {words}" for words in mention_problems(mention, text)]
        problems += [f"document {facts.id}: {words}" for words in _layer_problems(coded)]
    return problems, checked


def mention_problems(mention: EventMention, text: str) -> list[str]:
    """What does not hold of one mention against its document's text."""
    out = []
    spans: list[tuple[str, Span | None]] = [("trigger", mention.trigger), *(("evidence", s) for s in mention.evidence)]
    spans += [("when", mention.when.span), ("where", mention.where.span if mention.where else None)]
    for link in mention.attribution:
        spans += [("speaker", link.speaker.span), ("cue", link.cue)]
    for name, span in spans:
        if span is not None and span.end > len(text):
            out.append(f"{name} {span.start}-{span.end} lies outside the text of {len(text)} characters")
    for party in (*mention.actors, *mention.recipients, *mention.about):
        if party.span is None:
            continue
        if party.text is not None and text[party.span.start : party.span.end] != party.text:
            out.append(f"{party.name}: the words at {party.span.start}-{party.span.end} are not {party.text!r}")
    if not any(text[s.start : s.end].strip() for s in mention.evidence):
        out.append("its evidence has no words")
    return out


def _layer_problems(coded: CodedDocument) -> Iterator[str]:
    end = len(coded.article.doc.text)
    for name, spans in (
        ("block", [b.span for b in coded.article.blocks]),
        ("time", [t.span for t in coded.times]),
        ("place", [p.span for p in coded.places]),
        ("entity", [m.span for m in coded.entities]),
    ):
        if any(span.end > end for span in spans):
            yield f"a {name} lies outside its text"


# --- exports ---------------------------------------------------------------------------------------------------


def _verify_export(store: Store, path: Path) -> tuple[list[str], int]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name an export", where=str(path)) from error
    known = _digest_problems(path, data)
    problems = known or []
    rows = _rows(path, data)
    if known is None and rows is None:
        raise UsageError(
            f"{path}: nothing in it can be checked: it carries no quotes (csv, jsonl, parquet and plover exports do), and no datapackage.json "
            "beside it tells its digest",
            where=str(path),
        )
    sources = Sources(store)
    checked = 0
    for number, (id, document, quotes, digest) in enumerate(rows or [], 1):
        where = f"{path.name}, row {number}, record {id}"
        facts = store.facts(document)
        if facts is None:
            problems.append(f"{where}: its document {document} is not in the store")
            continue
        if digest and digest != facts.sha256:
            problems.append(f"{where}: the text it quotes has another digest")
        text = sources.text(document)
        for spans, words in quotes:
            checked += 1
            if not _same(text, spans, words):
                problems.append(f"{where}: the words at {', '.join(f'{s}-{e}' for s, e in spans)} are others")
    return problems, checked


def _same(text: str, spans: list[tuple[int, int]], words: str) -> bool:
    """Whether the words stand at these places, white space and the mark between parts aside."""
    if any(not 0 <= s < e <= len(text) for s, e in spans):
        return False
    from communique.text import merge_spans

    merged = merge_spans([Span(s, e) for s, e in spans])
    said = " … ".join(" ".join(text[s.start : s.end].split()) for s in merged)
    return " ".join(words.split()) in (said, "'" + said)


def _digest_problems(path: Path, data: bytes) -> list[str] | None:
    """What the data package beside the file says against it; `None` where none tells of it."""
    package = path.with_name("datapackage.json")
    try:
        resources = json.loads(package.read_text(encoding="utf-8"))["resources"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    found = [r for r in resources if isinstance(r, dict) and r.get("path") == path.name]
    want = "sha256:" + hashlib.sha256(data).hexdigest()
    return [f"{path.name}: the file is not the one that {package.name} describes" for r in found if r.get("hash") != want] if found else None


Row = tuple[str, str, list[tuple[list[tuple[int, int]], str]], str | None]


def _rows(path: Path, data: bytes) -> list[Row] | None:
    """The rows with quotes; `None` for a format that carries none."""
    if data[:4] == b"PAR1":
        return _parquet_rows(path, data)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if text.startswith("{\n"):  # one object over many lines, as GeoJSON is: no list of records
        return None
    head = text.lstrip()[:1]
    try:
        if head == "{":
            return [row for line in text.splitlines() if line.strip() for row in _json_row(json.loads(line))]
        if text.startswith("id,"):
            return [row for item in csv.DictReader(text.splitlines(keepends=True)) for row in _csv_row(item)]
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise UsageError(f"{path}: this is not an export that can be read back: {error}", where=str(path)) from error
    return None if text.strip() else []


def _parquet_rows(path: Path, data: bytes) -> list[Row]:
    import io

    polars = library("polars", "frames")
    try:
        frame = polars.read_parquet(io.BytesIO(data))
    except (polars.exceptions.PolarsError, OSError) as error:
        raise UsageError(f"{path}: this is not an export that can be read back: {error}", where=str(path)) from error
    return [row for item in frame.iter_rows(named=True) for row in _csv_row(item)]


def _json_row(item: dict[str, Any]) -> Iterator[Row]:
    if "quotes" in item:
        quotes = [([(q["span"][0], q["span"][1])], q["text"]) for q in item["quotes"]]
        yield item["id"], item["document"], quotes, item["report"]["sha256"]
    elif "text_info" in item:
        info = item["text_info"]
        yield item["id"], info["text_story"], [([(s, e) for s, e in info["spans"]], item["text"])], info["text_sha256"]


def _csv_row(item: dict[str, str]) -> Iterator[Row]:
    if "quote" in item and "spans" in item and "document" in item:
        spans = [(int(a), int(b)) for a, b in (part.split("-") for part in item["spans"].split("; "))]
        yield item["id"], item["document"], [(spans, item["quote"])], item.get("text_sha256")
