"""Bombs and broken input: each ends as a named refusal, quickly, in little memory, and the others are unharmed."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
import textwrap
import zipfile
import zlib
from pathlib import Path

import pytest

from communique.ingest import label_article
from communique.ingest.formats import read_documents
from communique.records import Document, Failure

GOOD = "Ministers of the two countries met on Monday and agreed to reopen the border crossing, an official said.\n"


def _page(inner: bytes) -> bytes:
    return b"<html><body>" + inner + b"</body></html>"


def _warc(body: bytes, *, encoding: str = "") -> bytes:
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (f"Content-Encoding: {encoding}\r\n".encode() if encoding else b"") + b"\r\n" + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://paper.example/a\r\nWARC-Date: 2025-01-02T03:04:05Z\r\n"
        "WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-000000000001>\r\nContent-Type: application/http; msgtype=response\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    ).encode()
    return head + http + b"\r\n\r\n"


def _zip(names: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return out.getvalue()


def _gzip_zeros(size: int) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = b"\0" * 1_000_000
    return b"".join(engine.compress(block) for _ in range(size // len(block))) + engine.flush()


# a thousand million "ha" when it is expanded
_LEVELS = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY l0 "ha">' + _LEVELS + b']><rss version="2.0"><channel><title>&l9;</title></channel></rss>'

BOMBS = {
    "nested.html": (lambda: _page(b"<div>" * 100_000 + b"x" + b"</div>" * 100_000), "too large", "tags|nested"),
    "deep.html": (lambda: _page(b"<div>" * 20_000 + b"x" + b"</div>" * 20_000), "too large", "nested"),
    "node.html": (lambda: _page(b"a" * 20_000_000), "too large", "bytes"),
    "attributes.html": (lambda: _page(b"<p " + b" ".join(b"a%d=1" % i for i in range(200_000)) + b">x</p>"), "too large", "attributes|bytes"),
    "bare-attributes.html": (lambda: _page(b"<p " + b" ".join(b"a%d" % i for i in range(200_000)) + b">x</p>"), "too large", "attributes|without a tag|parsed"),
    "named.html": (lambda: _page(b"".join(b"<p a%d=1>x</p>" % i for i in range(200_000))), "too large", "tags"),
    "laughs.rss": (lambda: LAUGHS, "unreadable", "entities"),
    "laughs.opml": (lambda: LAUGHS.replace(b'rss version="2.0"><channel><title>&l9;</title></channel></rss', b'opml version="2.0"><body><outline text="&l9;"/></body></opml'), "unreadable", "entities"),
    "laughs.html": (lambda: LAUGHS, "unreadable", "."),
    "zeros.txt.gz": (lambda: _gzip_zeros(100_000_000), "too large", "ratio|decompressed"),
    "record.warc": (lambda: _warc(_gzip_zeros(100_000_000), encoding="gzip"), "too large", "ratio|decompressed"),
    "slip.zip": (lambda: _zip({"../../escape.txt": GOOD.encode()}), "unsupported", "outside"),
    "bomb.zip": (lambda: _zip({"a.txt": b"\0" * 30_000_000}), "too large", "ratio"),
    "nul.txt": (lambda: b"The minister said\0\0 that\0 he would go\0.\n" * 50, "unreadable", "NUL"),
    "surrogate.txt": (lambda: "Talks \ud800 were held.\n".encode("utf-16-le", "surrogatepass"), "unreadable", "."),
    "empty.txt": (lambda: b"", "unreadable", "empty"),
    "long.txt": (lambda: b"word " * 4_000_000, "too large", "bytes"),
    "picture.jpg": (lambda: b"\xff\xd8\xff\xe0" + bytes(range(256)) * 10, "unsupported", "picture"),
    "broken.zip": (lambda: b"PK\x03\x04" + b"x" * 300, "unreadable", "zip"),
    "cut.warc.gz": (lambda: gzip.compress(_warc(b"<html><p>" + bytes(i * 7 % 251 for i in range(9000))))[:900], "unreadable", "."),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bomb_is_refused_by_name(name: str, tmp_path: Path) -> None:
    make, reason, detail = BOMBS[name]
    (tmp_path / name).write_bytes(make())
    rows = list(read_documents(tmp_path / name))
    assert rows
    assert all(isinstance(r, Failure) for r in rows)
    failure = rows[-1]
    assert isinstance(failure, Failure)
    assert failure.reason == reason, failure
    import re

    assert re.search(detail, failure.detail), failure


def test_sparse_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "sparse.txt"
    with path.open("wb") as stream:
        stream.truncate(1_000_000_000)
    (row,) = read_documents(path)
    assert isinstance(row, Failure)
    assert row.reason == "too large"


def test_others_in_the_folder_are_unharmed(tmp_path: Path) -> None:
    for name, (make, _, _) in BOMBS.items():
        if name in ("laughs.rss", "nul.txt", "slip.zip", "deep.html"):
            (tmp_path / name).write_bytes(make())
    (tmp_path / "good.txt").write_text(GOOD)
    rows = list(read_documents(tmp_path))
    assert [r.source for r in rows if isinstance(r, Document)] == [str(tmp_path / "good.txt")]
    assert len(rows) == 5


def test_endless_feed_on_stdin_is_cut(tmp_path: Path) -> None:
    script = textwrap.dedent(
        """
        import os, re
        from communique.ingest.formats import read_documents
        started = sum(os.times()[:2])
        print([(r.reason, r.detail) for r in read_documents('-')])
        print(sum(os.times()[:2]) - started, re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])
        """
    )
    feeder = "import sys\nsys.stdout.write('<rss version=\"2.0\"><channel>')\ntry:\n    while True: sys.stdout.write('<item><title>x</title></item>' * 9999)\nexcept BrokenPipeError: pass\n"
    with subprocess.Popen([sys.executable, "-c", feeder], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as endless:
        done = subprocess.run([sys.executable, "-c", script], stdin=endless.stdout, capture_output=True, text=True, timeout=20, check=False)
        endless.kill()
    assert "too large" in done.stdout, done.stderr
    seconds, kilobytes = done.stdout.splitlines()[-1].split()
    assert float(seconds) < 2.0
    assert int(kilobytes) < 300_000


def test_bombs_cost_little(tmp_path: Path) -> None:
    """Each under 2 s and 300 MB, measured in one program: processor time and peak memory, its killable workers' included."""
    for name, (make, _, _) in BOMBS.items():
        (tmp_path / name).write_bytes(make())
    with (tmp_path / "sparse.txt").open("wb") as stream:
        stream.truncate(1_000_000_000)
    code = textwrap.dedent(
        """
        import json, os, re, resource, sys
        from communique.ingest.formats import read_documents
        def spent():
            return sum(os.times()[:4])
        cost = {}
        for path in sys.argv[1:]:
            started = spent()
            for _ in read_documents(path):
                pass
            cost[os.path.basename(path)] = spent() - started
        # the peak of this program alone: its ru_maxrss would hold that of the process that started it
        own = int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1])
        print(json.dumps([cost, own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
        """
    )
    paths = [str(p) for p in sorted(tmp_path.iterdir())]
    done = subprocess.run([sys.executable, "-c", code, *paths], capture_output=True, text=True, timeout=120, check=True)
    cost, own, workers = json.loads(done.stdout)
    assert len(cost) == len(BOMBS) + 1
    assert not {name: seconds for name, seconds in cost.items() if seconds >= 2.0}
    assert own < 300_000
    assert workers < 300_000


def test_tar_links_and_escapes_are_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.tar"
    with tarfile.open(path, "w") as archive:
        link = tarfile.TarInfo("link.txt")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        archive.addfile(link)
        for name in ("/abs.txt", "good.txt"):
            info = tarfile.TarInfo(name)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD.encode()))
    rows = list(read_documents(path))
    assert [type(r) for r in rows] == [Failure, Failure, Document]


def test_partial_read_then_next_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trap of fastwarc 2.0.1: a record read in part must not break the next one."""
    from communique.ingest import guards

    monkeypatch.setattr(guards, "MAX_MEMBER_BYTES", 4000)
    page = _page(b"<article><h1>Border talks</h1>" + b"".join(f"<p>{GOOD.strip()} Number {i} of the list was read out.</p>".encode() for i in range(9)) + b"</article>")
    path = tmp_path / "two.warc.gz"
    path.write_bytes(gzip.compress(_warc(gzip.compress(bytes(i * i % 251 for i in range(20_000))), encoding="gzip")) + gzip.compress(_warc(page)))
    rows = list(read_documents(path))
    assert [type(r) for r in rows] == [Failure, Document]


def test_worker_is_killed_at_its_time() -> None:
    import time

    from communique.errors import TooLargeError
    from communique.ingest import guards

    with pytest.raises(TooLargeError, match="given up"):
        guards.in_worker(time.sleep, 30, seconds=0.2)


def test_zip_whose_directory_points_before_the_file(tmp_path: Path) -> None:
    """Found by bench/fuzz_ingest.py: a cut archive makes zipfile seek to a negative offset."""
    whole = _zip({"a.txt": GOOD.encode() * 20, "b.txt": GOOD.encode() * 30})
    path = tmp_path / "cut.zip"
    path.write_bytes(whole[:40] + whole[100:])
    rows = list(read_documents(path))
    assert rows
    assert {r.reason for r in rows if isinstance(r, Failure)} == {"unreadable"}


def test_zip_member_without_a_name(tmp_path: Path) -> None:
    """Found by bench/fuzz_ingest.py: the standard library looks for the last letter of an empty name."""
    path = tmp_path / "nameless.zip"
    path.write_bytes(_zip({"b.txt": b"", "a.txt": GOOD.encode()}).replace(b"b.txt", b"\0.txt"))  # zipfile cuts a name at NUL
    rows = list(read_documents(path))
    assert [type(r) for r in rows] == [Failure, Document]


def test_mail_with_a_broken_sender(tmp_path: Path) -> None:
    """Found by bench/fuzz_ingest.py: the standard library's parser of addresses fails on some."""
    from email.message import Message

    from communique.ingest.containers import _field_of

    class Broken(Message):
        def get(self, name: str, failobj: object = None) -> object:  # type: ignore[override]
            raise AttributeError("'str' object has no attribute 'token_type'")

    assert _field_of(Broken(), "From") == ""


@pytest.mark.parametrize("stamp", ["2024-05-14T99:10:00Z", "2024-05-14T10:00:00+99:00", "Tue, 14 May 2024 10:00 +99999999999999999999"])
def test_clock_time_that_no_clock_shows(stamp: str, tmp_path: Path) -> None:
    """Found by bench/fuzz_ingest.py: the day stands, or nothing does; the page is read."""
    page = f"<html><head><meta property='article:published_time' content='{stamp}'></head><body><h1>Envoys agree</h1><p>{GOOD * 4}</p></body></html>"
    (tmp_path / "a.html").write_text(page)
    (tmp_path / "a.eml").write_text(f"From: a@b.example\nDate: {stamp}\nSubject: Envoys agree\n\n{GOOD * 4}")
    rows = list(read_documents(tmp_path))
    assert [type(r) for r in rows] == [Document, Document]
    for row in rows:
        assert isinstance(row, Document)
        assert label_article(row).header.published.start in ("2024-05-14", None)


def test_opml_with_bytes_that_are_no_utf8(tmp_path: Path) -> None:
    """Found by bench/fuzz_ingest.py: what lxml recovers may hold attributes that it can't decode."""
    path = tmp_path / "a.opml"
    path.write_bytes(b'<opml version="2.0"><body><outline text="a\xed\xa0\x80b" xmlUrl="https://p.example/rss"/></body></opml>')
    (row,) = read_documents(path)
    assert isinstance(row, Failure)
    assert row.reason in ("unreadable", "not fetched")
