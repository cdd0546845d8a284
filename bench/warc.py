"""WARC beside warcio: records a second, and a run that is killed midway and started again.

    python bench/warc.py [--records 3000] [--size 20000]

Makes an archive of pages of our own, reads it with warcio (records and bodies, nothing more) and with our record
walk (the same work), and then in full (text, labels and header). Then `communique add` reads an archive of short
reports, some of them broken, into a store, is killed when half of them are in, and is started again: the store must
be that of an unbroken run (documents with their texts, records, events, failures), and well. Times are processor
time, the best of three.
"""

from __future__ import annotations

import argparse
import gzip
import io
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_ACTS = (
    "The foreign ministers of {a} and {b} met in {c} on Monday and agreed to reopen the northern crossing, an official said.",
    "{a} expelled two diplomats of {b} on Tuesday and accused them of spying, the foreign ministry in {c} said in a statement.",
    "{a} will send food aid to {b} next month, its government announced after talks in {c} that had lasted for two days.",
)
_STATES = (("Kenya", "Uganda", "Nairobi"), ("Peru", "Bolivia", "Lima"), ("Norway", "Latvia", "Oslo"), ("Oman", "Iran", "Muscat"))


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


def make_reports(records: int) -> bytes:
    """A gzipped WARC of short reports with something to code in each; every ninth record is no report or is broken."""
    out = io.BytesIO()
    for n in range(records):
        a, b, c = _STATES[n % len(_STATES)]
        told = " ".join(act.format(a=a, b=b, c=c) for act in (_ACTS[n % 3], _ACTS[(n + n // 3) % 3]))
        page = f"<html><head><title>Report {n} of the day</title></head><body><article><h1>{a} and {b}: report {n} of the day</h1><p>{told}</p><p>Item {n} of the record was read out in {c}.</p></article></body></html>".encode()
        page = (b"", b"\x00" * 400, b"<html><body>" + b"<div>" * 5000 + b"x")[n // 9 % 3] if n % 9 == 8 else page
        http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
        head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://p{n % 5}.example/{n}\r\nWARC-Date: 2025-01-02T03:04:05Z\r\nWARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{n:012}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
        out.write(gzip.compress(head.encode() + http + b"\r\n\r\n", 6))
    return out.getvalue()


def killed_and_restarted(path: Path, folder: Path, half: int) -> bool:
    """Whether `communique add`, killed when `half` documents are in and started again, leaves the store of an unbroken run."""
    broken, whole = folder / "broken.db", folder / "whole.db"
    add = [sys.executable, "-m", "communique", "add", str(path), "--json", "--store"]
    child = subprocess.Popen([*add, str(broken)], stdout=subprocess.DEVNULL)
    while child.poll() is None and _documents(broken) < half:
        time.sleep(0.05)
    child.kill()
    child.wait()
    stopped = _documents(broken)
    for target in (broken, whole):
        subprocess.run([*add, str(target)], check=True, stdout=subprocess.DEVNULL)
    same, there = contents(broken) == contents(whole), _documents(broken)
    sys.stdout.write(f"killed at {stopped} documents; started again: {there} documents, {'the same store as' if same else 'NOT the store of'} an unbroken run\n")
    return same and stopped < there


def contents(path: Path) -> dict[str, list[Any]]:
    """What a store holds, without the times at which it came in. Raises `AssertionError` when the store is not well."""
    from communique.store import open_store

    with open_store(path, read_only=True) as store:
        assert store.check(deep=True) == [], path
        return {
            "documents": sorted((d.id, d.source, store.text(d.id), d.mentions) for d in store.documents()),
            "records": list(store.sql("select id, document, type, mode, modality, score, day, place from mentions order by id")),
            "events": list(store.sql("select * from events order by id")),
            "failures": sorted((f.source, f.reason, f.detail) for f in store.failures()),
        }


def _documents(path: Path) -> int:
    from communique.errors import CommuniqueError
    from communique.store import open_store

    try:
        with open_store(path, read_only=True) as store:
            return int(store.counts()["documents"])
    except CommuniqueError:  # not there yet
        return 0


def main() -> int:
    """Measure and print; exit code 1 when the restarted run differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=3000)
    parser.add_argument("--size", type=int, default=20_000)
    parser.add_argument("--restart", type=int, default=200, help="records of the archive that is killed midway; 0 leaves it out")
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
        small.write_bytes(make_reports(args.restart))
        return 0 if killed_and_restarted(small, Path(name), args.restart // 2) else 1


if __name__ == "__main__":
    raise SystemExit(main())
