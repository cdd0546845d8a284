"""Mutate pages, feeds, mail, archives and texts of our own and read them: nothing but documents and named failures.

    python bench/fuzz_ingest.py [--inputs 20000] [--seed 1] [--keep FOLDER]

Each input goes through `formats.from_bytes` and `label_article`. A crash is any exception that is no `DocumentError`
or no `Failure`, a span outside its text, a text that is not valid Unicode, or an input that takes over `SLOW`
seconds of processor time. Prints a line a crash and one of totals; exit code 1 when there was one. The same seed
gives the same inputs, whatever the machine.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import sys
import time
import traceback
import zipfile
from collections import Counter
from pathlib import Path

from communique.errors import DocumentError
from communique.ingest import formats, label_article
from communique.records import Article, Document, Failure

SLOW = 5.0
_PARAGRAPHS = (
    "PORT VALE, March 3 (Reuters) - Envoys of the two republics met on Monday and agreed to reopen the northern crossing, an official said.",
    "“We will not accept conditions,” the foreign minister told reporters, adding that talks would go on in April.",
    "The ministry declined to comment. Exports fell 3.5% in 2024, the bank's figures show; see https://paper.example/a?b=1&c=2.",
    "Los ministros acordaron el martes una tregua de diez días, según el gobierno.",
    "外相は月曜日に会談し、国境の再開で合意した。",
    "Министры встретились в понедельник и договорились о перемирии.",
)
_FURNITURE = ("Home | World | Business", "By Ana Example", "14 May 2024", "Image: Example/Getty Images", "© 2024 Example News. All rights reserved.", "Sign up for our newsletter", "SEOUL", "date 2024-05-14  Example Post")
_TOKENS = (
    b"<", b">", b"</p>", b"<div>", b"<p a='", b"\"", b"&#", b"&#x110000;", b"&#xd800;", b"&nbsp", b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?xml version='1.0'?>", b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"<script type='application/ld+json'>{\"@type\":\"NewsArticle\",\"datePublished\":", b"</script>", b"<title>", b"<meta charset=utf-7>", b"<meta property='article:published_time' content='", b"<time datetime='2024-13-45T99:99Z'>",
    b"<base href='http://[bad'>", b"<link rel=canonical href='http://[bad'>", b"<table><tr><td>", b"<svg><style>", b"<template>", b"<plaintext>", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\x80", b"\r", b"\x1b", b"\x85",
    "\u2028".encode(), "\u0130\u0130".encode(), "\u202e".encode(), b"\n\n\n", b" " * 300, b"A" * 3000, b"31/12/9999", b"0000-00-00", b"99999999999999999999", b"1e999", b"NaN", b"[" * 400, b"{\"a\":" * 200, b"null", b"\\ud800", b"Content-Length: -1\r\n",
    b"Content-Encoding: br\r\n", b"Transfer-Encoding: chunked\r\n", b"charset=\"nonsense\"", b"--B\r\n", b"=?utf-8?q?=ff?=", b"../../x", b"WARC/1.0\r\n", b"PK\x03\x04", b"\x1f\x8b\x08",
)  # fmt: skip


def _lines(rng: random.Random) -> list[str]:
    body = [rng.choice(_PARAGRAPHS) for _ in range(rng.randrange(1, 7))]
    return [*rng.sample(_FURNITURE, rng.randrange(0, 5)), "Envoys agree to reopen northern crossing", *body, *rng.sample(_FURNITURE, rng.randrange(0, 4))]


def _html(rng: random.Random) -> bytes:
    tags = ("p", "p", "p", "div", "li", "h2", "figcaption", "span", "td", "blockquote")
    inner = "".join(f"<{(t := rng.choice(tags))} class='{rng.choice(('story-body', 'byline', 'related', 'nav', 'x'))}'>{line}</{t}>" for line in _lines(rng))
    data = json.dumps({"@type": "NewsArticle", "headline": "Envoys agree", "datePublished": "2024-05-14T10:00:00Z", "author": [{"name": "Ana Example"}]})
    head = f"<title>Envoys agree | Example</title><meta charset=utf-8><meta name=author content='Ana Example'><script type='application/ld+json'>{data}</script>"
    return f"<!doctype html><html lang=en><head>{head}</head><body><article><h1>Envoys agree</h1>{inner}</article></body></html>".encode()


def _text(rng: random.Random) -> bytes:
    joiner = rng.choice(("\n", "\n\n", "\r\n", " ", "\t"))
    return joiner.join(_lines(rng)).encode(rng.choice(("utf-8", "utf-8", "utf-8", "utf-16", "utf-16-le")))


def _feed(rng: random.Random) -> bytes:
    items = "".join(f"<item><title>{rng.choice(_FURNITURE)}</title><link>https://p.example/{n}</link><pubDate>Tue, 14 May 2024 10:00:00 GMT</pubDate><description>{rng.choice(_PARAGRAPHS)}</description></item>" for n in range(3)).replace("&", "&amp;")
    if rng.random() < 0.5:
        return f"<?xml version='1.0'?><rss version='2.0'><channel><title>Example</title>{items}</channel></rss>".encode()
    return f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Example</title><entry><title>Envoys</title><updated>2024-05-14T10:00:00Z</updated><content type='html'>&lt;p&gt;{rng.choice(_PARAGRAPHS)[:60]}&lt;/p&gt;</content></entry></feed>".encode()


def _json(rng: random.Random) -> bytes:
    values: list[object] = [None, 3, [], {}, "", "14/05/2024", ["a", "b"], {"name": "x"}, True, "\x00"]
    keys = ("title", "url", "date", "source", "authors", "lang", "date_download", "html", "body", "content")
    rows = [{"text": "\n".join(_lines(rng))} | {k: rng.choice(values) for k in rng.sample(keys, 4)} for _ in range(2)]
    return "\n".join(json.dumps(r) for r in rows).encode() if rng.random() < 0.7 else json.dumps(rows).encode()


def _mail(rng: random.Random) -> bytes:
    head = "From: Example Post <a@p.example>\r\nSubject: =?utf-8?q?Envoys_agree?=\r\nDate: Tue, 14 May 2024 10:00:00 +0900\r\nMIME-Version: 1.0\r\n"
    parts = b"--B\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + "\n".join(_lines(rng)).encode() + b"\r\n--B\r\nContent-Type: text/html\r\n\r\n" + _html(rng) + b"\r\n--B--\r\n"
    return head.encode() + b"Content-Type: multipart/alternative; boundary=B\r\n\r\n" + parts


def _warc(rng: random.Random) -> bytes:
    out = b""
    for n in range(2):
        body = _html(rng) if rng.random() < 0.5 else _text(rng)
        packed = rng.random() < 0.3
        body = gzip.compress(body, 1) if packed else body
        http = b"HTTP/1.1 200 OK\r\nContent-Type: " + rng.choice((b"text/html", b"text/plain", b"image/png")) + b"\r\n" + (b"Content-Encoding: gzip\r\n" if packed else b"") + b"\r\n" + body
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://p.example/{n}\r\nWARC-Date: 2025-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:uuid:0-{n}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        out += head.encode() + http + b"\r\n\r\n"
    return out


def _zip(rng: random.Random) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for n, make in enumerate((_text, _feed)):
            archive.writestr(f"{n}.txt", make(rng))
    return out.getvalue()


def _opml(rng: random.Random) -> bytes:
    return b'<opml version="2.0"><body><outline text="Example" xmlUrl="https://p.example/rss"/><outline text="B" xmlUrl=""/></body></opml>'


# How often each kind is tried: pages cost most, texts are the commonest input.
MAKERS = ((_text, 8), (_html, 4), (_feed, 2), (_json, 3), (_mail, 1), (_warc, 1), (_zip, 1), (_opml, 1))


def mutate(data: bytes, rng: random.Random) -> bytes:
    """The bytes with one to eight random edits: flips, tokens put in, pieces cut, doubled, moved or dropped."""
    out = bytearray(data)
    for _ in range(rng.randrange(0, 9)):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.choice((1, 2, 8, 60, 600)))
        kind = rng.randrange(6)
        if kind == 0 and at < len(out):
            out[at] = rng.randrange(256)
        elif kind in (1, 2):
            out[at:at] = rng.choice(_TOKENS)
        elif kind == 3:
            del out[at:end]
        elif kind == 4:
            out[at:at] = bytes(out[at:end]) * rng.choice((1, 2, 20))
        else:
            piece = bytes(out[at:end])
            del out[at:end]
            where = rng.randrange(len(out) + 1)
            out[where:where] = piece
    return gzip.compress(bytes(out), 1) if rng.random() < 0.03 else bytes(out[: rng.randrange(len(out) + 1)] if rng.random() < 0.05 else out)


def check(article: Article) -> None:
    """Raises `AssertionError` for an article whose spans or text do not hold."""
    text = article.doc.text
    text.encode("utf-8")
    spans = [b.span for b in article.blocks] + [*article.doc.lines, *article.doc.main]
    header = article.header
    spans += [s for s in (header.title_span, header.dateline_span, header.agency_span, header.published.span) if s is not None]
    for span in spans:
        assert 0 <= span.start <= span.end <= len(text), f"{span} outside a text of {len(text)}"


def try_one(data: bytes, fast: bool, counts: Counter[str]) -> None:
    """Read and label one input; what is no crash is counted."""
    given = formats.Given(fast=fast)
    for row in formats._guarded("input", lambda: formats.from_bytes(data, source="input", given=given)):
        assert isinstance(row, (Document, Failure))
        if isinstance(row, Failure):
            counts[row.reason] += 1
            assert row.detail
            continue
        try:
            check(label_article(row))
            counts["labelled"] += 1
        except DocumentError as error:
            counts[error.reason] += 1


def main() -> int:
    """Run, print, and say by the exit code whether anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="write each crashing input here")
    args = parser.parse_args()
    kinds = [make for make, times in MAKERS for _ in range(times)]
    counts: Counter[str] = Counter()
    crashes = 0
    for number in range(args.start, args.start + args.inputs):
        rng = random.Random(args.seed * 1_000_003 + number)
        data = mutate(rng.choice(kinds)(rng), rng)
        started = time.process_time()
        try:
            try_one(data, rng.random() < 0.8, counts)
            spent = time.process_time() - started
            assert spent < SLOW, f"took {spent:.1f} s"
        except Exception:  # whatever it is, it is what we look for
            crashes += 1
            sys.stdout.write(f"input {number}: {traceback.format_exc(limit=-2).strip()}\n")
            if args.keep:
                args.keep.mkdir(parents=True, exist_ok=True)
                (args.keep / f"{number}.bin").write_bytes(data)
        if number % 1000 == 999:
            sys.stdout.write(f"{number + 1} inputs, {crashes} crashes, {dict(counts)}\n")
            sys.stdout.flush()
    sys.stdout.write(f"{args.inputs} inputs, {crashes} crashes: {dict(sorted(counts.items()))}\n")
    return 1 if crashes else 0


if __name__ == "__main__":
    raise SystemExit(main())
