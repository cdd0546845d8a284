"""An archive coded by processes and by a Ray cluster that loses an actor, a node and its driver: the same parts?

    python bench/archive.py [--records 5000] [--files 40] [--paragraphs 3] [--seed 4] [--keep FOLDER]

Makes WARC files of the development pages: each record is a page cut to a few of its paragraphs, with noise of our own
between them, and one record in eight is junk (no page, broken bytes, an empty body, an error page, a request). Then

1. `communique batch --engine processes` codes it;
2. `--engine ray` codes it on two nodes of this machine, undisturbed: its processor time against that of 1;
3. the same into another folder, while an actor is killed, a node is removed, and the driver is killed and started again.

Prints whether the parts of all three have the same digests, whether each shard was done once, whether the totals add
up, and the processor seconds of 1 and 2 (driver, workers, and all that Ray starts).
Without the package ray only step 1 is run, with a line that says so.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import hashlib
import importlib.util
import io
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETS = (ROOT.parent / "shared/data/extraction/aed/html", ROOT.parent / "shared/data/extraction/scrapinghub/html")
MOST_BYTES = 40_000  # of a page: larger ones only take longer
MARK = f"COMMUNIQUE_ARCHIVE_BENCH={os.getpid()}"
_CLUSTER = """
import sys
from ray.cluster_utils import Cluster
out = sys.stdout
sys.stdout = sys.stderr
cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
node = cluster.add_node(num_cpus=2)
print(cluster.address, file=out, flush=True)
for line in sys.stdin:
    cluster.remove_node(node, allow_graceful=False) if line.strip() == "remove" else cluster.shutdown()
    print("done", file=out, flush=True)
"""
_PARAGRAPH = re.compile(rb"<p[ >].*?</p>", re.S | re.I)
_NOISE = (b"<p>Envoys of the two ministries met again on Tuesday.</p>", b"<div class='ad'>Subscribe to our evening letter</div>", b"<p>\xff\xfe broken \x80 bytes</p>")


def record(number: int, page: bytes, kind: bytes = b"response", status: bytes = b"200 OK", mime: bytes = b"text/html") -> bytes:
    """One gzipped WARC record."""
    http = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + mime + b"\r\n\r\n" + page
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind.decode()}\r\nWARC-Target-URI: http://archive.example/{number}\r\nWARC-Date: 2025-01-02T03:04:05Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{number:012}>\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n"
    )
    return gzip.compress(head.encode() + http + b"\r\n\r\n", 6)


def cut(rng: random.Random, page: bytes, paragraphs: int) -> bytes:
    """The page with at most that many of its paragraphs, in order, and noise between them."""
    spans = [m.span() for m in _PARAGRAPH.finditer(page)]
    start = rng.randrange(max(1, len(spans) - paragraphs))
    kept = set(spans[start : start + paragraphs])
    out, at = io.BytesIO(), 0
    for span in spans:
        out.write(page[at : span[0]])
        if span in kept:
            out.write(page[span[0] : span[1]] + (rng.choice(_NOISE) if rng.random() < 0.2 else b""))
        at = span[1]
    out.write(page[at:])
    return out.getvalue()


def make_archive(folder: Path, *, records: int, files: int, paragraphs: int, seed: int) -> None:
    """`files` WARC files that hold `records` records together; the same bytes for the same arguments."""
    rng = random.Random(seed)
    found = sorted(p for s in SETS for p in s.glob("*.html.gz"))
    if not found:
        raise SystemExit("archive: the development pages (../shared/data/extraction) are not beside this checkout")
    pages = [p for p in (gzip.decompress(p.read_bytes()) for p in found) if len(p) <= MOST_BYTES]
    outs = [io.BytesIO() for _ in range(files)]
    for n in range(records):
        page = cut(rng, rng.choice(pages), paragraphs)
        junk = rng.randrange(40)
        if junk == 0:
            made = record(n, rng.randbytes(4000), mime=b"application/octet-stream")
        elif junk == 1:
            made = record(n, b"")
        elif junk == 2:
            made = record(n, b"<html><body>Not found</body></html>", status=b"404 Not Found")
        elif junk == 3:
            made = record(n, page, kind=b"request")
        elif junk == 4:
            made = record(n, page[: len(page) // 3] + rng.randbytes(200))
        else:
            made = record(n, page)
        outs[n % files].write(made)
    for n, out in enumerate(outs):
        (folder / f"part-{n:03}.warc.gz").write_bytes(out.getvalue())


def batch(source: Path, out: Path, *more: str) -> subprocess.Popen[bytes]:
    """The verb as users start it."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]), "OMP_NUM_THREADS": "1", "RAY_USAGE_STATS_ENABLED": "0"}
    command = [sys.executable, "-m", "communique", "batch", str(source), "--out", str(out), *more]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


class Meter(threading.Thread):
    """Processor seconds of every process that carries our mark in its environment, looked at four times a second: Ray
    lets nobody wait for its workers, so the system's sums of ended children miss them."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._seen: dict[tuple[str, str], float] = {}

    def run(self) -> None:
        while True:
            self._look()
            time.sleep(0.25)

    def _look(self) -> None:
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and int(entry.name) != os.getpid():
                with contextlib.suppress(OSError):
                    if MARK.encode() in (entry / "environ").read_bytes():
                        fields = (entry / "stat").read_text().rpartition(")")[2].split()
                        self._seen[entry.name, fields[19]] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def seconds(self) -> float:
        """So far."""
        return sum(dict(self._seen).values())


def parts(folder: Path) -> dict[str, str]:
    """Digest of each part by name."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.name.startswith("part-")}


def totals(process: subprocess.Popen[bytes]) -> dict[str, object]:
    """What the verb printed."""
    printed = process.communicate()[0]
    if process.returncode:
        raise SystemExit(f"archive: batch ended with {process.returncode}")
    return json.loads(printed)


def receipts(folder: Path) -> int:
    """Shards done so far."""
    return sum(p.name.startswith("receipt-") for p in folder.iterdir()) if folder.exists() else 0


def wait_for(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    """Until so many shards are done, or the driver has ended."""
    while receipts(folder) < count and process.poll() is None:
        time.sleep(0.2)


def kill_actor() -> bool:
    """Kill one process that runs an actor of ours."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                if (entry / "cmdline").read_bytes().startswith(b"ray::_Coder"):
                    os.kill(int(entry.name), signal.SIGKILL)
                    return True
    return False


class Cluster:
    """Two nodes of two processors each on this machine, in a process of their own (`cluster.py` of the package ray)."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, "-c", _CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.address = self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def tell(self, word: str) -> None:
        """`remove` takes the second node away without notice, `stop` ends everything."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        self._answer()


def disturbed(source: Path, out: Path, cluster: Cluster, shards: int) -> tuple[dict[str, object], list[str]]:
    """The run with all three losses, and what was done to it."""
    told = []
    driver = batch(source, out, "--engine", "ray", "--address", cluster.address)
    wait_for(out, shards // 5, driver)
    told.append(f"actor killed at {receipts(out)} shards" if kill_actor() else "no actor found to kill")
    wait_for(out, 2 * shards // 5, driver)
    cluster.tell("remove")
    told.append(f"node removed at {receipts(out)}")
    wait_for(out, 3 * shards // 5, driver)
    driver.kill()
    driver.communicate()
    told.append(f"driver killed at {receipts(out)} and started again")
    return totals(batch(source, out, "--engine", "ray", "--address", cluster.address)), told


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=5000)
    parser.add_argument("--files", type=int, default=40)
    parser.add_argument("--paragraphs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--keep", type=Path, help="work here and leave everything")
    args = parser.parse_args()
    os.environ.update([MARK.split("=")])
    with tempfile.TemporaryDirectory() as temporary:
        return run(args, args.keep or Path(temporary))


def run(args: argparse.Namespace, folder: Path) -> int:
    """Everything; 0 when the parts agree."""
    source = folder / "archive"
    source.mkdir(parents=True, exist_ok=True)
    make_archive(source, records=args.records, files=args.files, paragraphs=args.paragraphs, seed=args.seed)
    print(f"{args.records} records in {args.files} WARC files, {sum(p.stat().st_size for p in source.iterdir()) / 1e6:.0f} MB", flush=True)
    meter = Meter()
    meter.start()
    start = time.monotonic()
    first = totals(batch(source, folder / "processes", "--engine", "processes"))
    plain = meter.seconds()
    print(f"processes: {plain:.0f} CPU s, {time.monotonic() - start:.0f} s by the clock; {json.dumps(first)}", flush=True)
    want = parts(folder / "processes")
    if importlib.util.find_spec("ray") is None:
        print("LEFT OUT: the runs on Ray: the package ray is not installed")
        return 0
    good = True
    for name in ("ray", "ray, disturbed"):
        before, start = meter.seconds(), time.monotonic()
        cluster, out, told = Cluster(), folder / name.replace(", ", "-"), []
        if name == "ray":
            found = totals(batch(source, out, "--engine", "ray", "--address", cluster.address, "--workers", "2"))
        else:
            found, told = disturbed(source, out, cluster, args.files)
        used = meter.seconds() - before
        cluster.tell("stop")
        got = parts(out)
        good = good and got == want
        ratio = f" ({used / plain:.3f} of processes)" if name == "ray" else ""
        print(f"{name}: {used:.0f} CPU s{ratio}, {time.monotonic() - start:.0f} s by the clock; {len(got)} of {len(want)} parts, same bytes: {got == want}; {'; '.join(told)} {json.dumps(found)}", flush=True)
        print(f"  files left beside parts and receipts: {sorted(p.name for p in out.iterdir() if not p.name.startswith(('part-', 'receipt-')))}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
