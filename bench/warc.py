"""WARC beside warcio: records a second, and a run that is killed midway and started again.

    python bench/warc.py [--records 3000] [--size 20000]

Makes an archive of pages of our own, reads it with warcio (records and bodies, nothing more) and with our record
walk (the same work), and then in full (text, labels and header). Then a reader writes the id of each document as it
comes, is killed at half, and is started again over what is there: the ids must be those of an unbroken run. Times
are processor time, the best of three.
"""

from __future__ import annotations

import argparse
import gzip
import io
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

_READ = """
import sqlite3, sys, time
from communique.ingest.formats import read_documents
from communique.records import Document
db = sqlite3.connect(sys.argv[2])
db.execute("create table if not exists seen (id text primary key, text text)")
for row in read_documents(sys.argv[1], fast=True):
    assert isinstance(row, Document), row
    db.execute("insert or ignore into seen values (?, ?)", (row.id, row.text))
    db.commit()
"""


def make_archive(records: int, size: int) -> bytes:
    """A gzipped WARC of that many response records of about that many bytes each."""
    rng = random.Random(4)
    words = ["envoys", "ministers", "talks", "border", "crossing", "northern", "agreed", "official", "said", "on", "the", "of", "and", "in", "republic", "trade", "figures", "bank", "parliament", "april"]
    out = io.BytesIO()
    for n in range(records):
        paragraphs = []
        while sum(map(len, paragraphs)) < size * 0.8:
            paragraphs.append("<p class='story'>" + " ".join(rng.choices(words, k=60)).capitalize() + ".</p>")
        page = f"<html><head><title>Report {n}</title></head><body><article><h1>Envoys agree on crossing {n}</h1>{''.join(paragraphs)}</article></body></html>".encode()
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://p.example/{n}\r\nWARC-Date: 2025-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{n:012}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        out.write(gzip.compress(head.encode() + http + b"\r\n\r\n", 6))
    return out.getvalue()


def by_warcio(path: Path) -> int:
    """Records read, body and all."""
    from warcio.archiveiterator import ArchiveIterator

    with path.open("rb") as stream:
        return sum(len(r.content_stream().read()) > 0 for r in ArchiveIterator(stream) if r.rec_type == "response")


def by_us(path: Path) -> int:
    """The same through our record walk: every record's type, status, URL and decoded body, with its caps."""
    from communique.ingest import containers, formats

    kept, containers._web_body = containers._web_body, lambda body, kind, name, given, extra: iter([len(body)])  # type: ignore[assignment]
    try:
        with path.open("rb") as stream:
            return sum(1 for _ in containers.read_warc(stream, str(path), formats.Given()))
    finally:
        containers._web_body = kept


def timed(function: Callable[[Path], int], path: Path) -> tuple[float, int]:
    """(best processor seconds of three, records)."""
    best, count = 9e9, 0
    for _ in range(3):
        started = time.process_time()
        count = function(path)
        best = min(best, time.process_time() - started)
    return best, count


def killed_and_restarted(path: Path, folder: Path, half: int) -> bool:
    """Whether a reader killed after `half` documents and started again leaves the rows of an unbroken run."""
    broken, whole = folder / "broken.db", folder / "whole.db"
    child = subprocess.Popen([sys.executable, "-c", _READ, str(path), str(broken)])
    while child.poll() is None:
        try:
            if broken.exists() and _rows(broken, "count(*)")[0][0] >= half:
                os.kill(child.pid, signal.SIGKILL)
                child.wait()
        except sqlite3.OperationalError:
            pass
        time.sleep(0.05)
    stopped = _rows(broken, "count(*)")[0][0]
    for target in (broken, whole):
        subprocess.run([sys.executable, "-c", _READ, str(path), str(target)], check=True)
    same = _rows(broken, "id, text") == _rows(whole, "id, text")
    sys.stdout.write(f"killed at {stopped} documents; restarted: {_rows(broken, 'count(*)')[0][0]} rows, {'the same as' if same else 'NOT those of'} an unbroken run\n")
    return same


def _rows(path: Path, what: str) -> list[tuple]:
    db = sqlite3.connect(path)
    try:
        return db.execute(f"select {what} from seen order by 1").fetchall()
    finally:
        db.close()


def main() -> int:
    """Measure and print; exit code 1 when the restarted run differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--restart", type=int, default=400, help="records of the archive that is killed midway; 0 leaves it out")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "all.warc.gz"
        path.write_bytes(make_archive(args.records, args.size))
        theirs, n = timed(by_warcio, path)
        ours, m = timed(by_us, path)
        assert n == m == args.records, (n, m)
        sys.stdout.write(f"{n} records: warcio {n / theirs:.0f}/s, ours {n / ours:.0f}/s, x{theirs / ours:.2f}\n")
        if not args.restart:
            return 0
        small = Path(name) / "some.warc.gz"
        small.write_bytes(make_archive(args.restart, 4_000))
        return 0 if killed_and_restarted(small, Path(name), args.restart // 2) else 1


if __name__ == "__main__":
    raise SystemExit(main())
