"""Shards: the same bytes for any engine, nothing done twice, bad documents and bad shards cost themselves."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest
from tests.batch.helpers import quick, quick_shard

from communique import pipeline
from communique.batch import job as jobs
from communique.batch import parts
from communique.batch.job import run_batch
from communique.config import Settings
from communique.errors import CheckError, RunError, UsageError
from communique.records import Failure
from communique.store import open_store

ROOT = Path(__file__).resolve().parents[2]
TEXT = "{n} ministers from Kenya and Tanzania signed a fisheries agreement in Nairobi on Tuesday, the foreign ministry said."


def archive(folder: Path, files: int = 6) -> Path:
    folder.mkdir()
    for n in range(files):
        (folder / f"{n:02}.txt").write_text(TEXT.format(n=n + 2) + "\n")
    (folder / "wire.jsonl").write_text("".join(json.dumps({"text": TEXT.format(n=n + 100)}) + "\n" for n in range(7)) + "not json\n")
    return folder


def digests(folder: Path) -> dict[str, str]:
    kept = [p for p in sorted(folder.iterdir()) if p.name.startswith(("part-", "receipt-"))]
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}


def totals_add_up(found: jobs.Totals) -> bool:
    return found.shards == found.done + found.parked and found.documents == found.coded + found.not_article + found.failed


def test_same_bytes_with_any_engine_and_number_of_workers(tmp_path: Path) -> None:
    source = archive(tmp_path / "in", files=2)
    ways = [("serial", 1), ("processes", 1), ("processes", 2)]
    found = []
    for number, (engine, workers) in enumerate(ways):
        out = tmp_path / f"out{number}"
        totals = run_batch([source], out, engine=engine, workers=workers, shard_bytes=300, timeout=300)
        assert totals_add_up(totals) and totals.parked == 0 and totals.failed == 1 and totals.coded == 9
        found.append(digests(out))
    assert found[0] == found[1] == found[2]
    assert len(found[0]) >= 6
    rows = [c for p in sorted((tmp_path / "out0").glob("part-*.zst")) for c in parts.read_part(p)]
    direct = list(pipeline.code_paths([source / "00.txt"]))
    assert direct[0] in rows, "a part holds what `code` gives"


def test_second_run_does_nothing_and_lost_receipt_is_made_again(tmp_path: Path) -> None:
    source = archive(tmp_path / "in")
    out = tmp_path / "out"
    first = run_batch([source], out, shard_bytes=300, work=quick_shard)
    before = {p: p.stat().st_mtime_ns for p in out.glob("part-*")}
    again = run_batch([source], out, shard_bytes=300, work=quick_shard)
    assert again.earlier == again.done == first.shards > 3
    assert again.coded == first.coded
    assert {p: p.stat().st_mtime_ns for p in out.glob("part-*")} == before
    receipt = sorted(out.glob("receipt-*"))[0]
    said = receipt.read_bytes()
    receipt.unlink()
    part = out / json.loads(said)["part"]
    part.write_bytes(part.read_bytes()[:-3])
    third = run_batch([source], out, shard_bytes=300, work=quick_shard)
    assert third.earlier == first.shards - 1
    assert receipt.read_bytes() == said


def test_key_follows_content_settings_and_what_the_caller_states(tmp_path: Path) -> None:
    source = archive(tmp_path / "in", files=1)
    out = tmp_path / "out"
    out.mkdir()

    def keys(**changes: object) -> list[str]:
        settings = Settings(threshold=0.5)
        base = jobs.Job(out=str(out), settings=settings, versions=jobs.versions(settings))
        return [s.key for s in jobs.plan([source], msgspec.structs.replace(base, **changes))]

    first = keys()
    assert keys() == first == keys(parquet=True)
    assert not set(keys(published="2025-01-01")) & set(first)
    assert not set(keys(versions={"coder": "other"})) & set(first)
    (source / "00.txt").write_text("Another text.")
    assert len(set(keys()) & set(first)) == len(first) - 1


def test_lines_keep_their_numbers_across_slices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    path = tmp_path / "wire.jsonl"
    path.write_text("\n".join(json.dumps({"text": TEXT.format(n=n + 2)}) for n in range(10)))
    out = tmp_path / "out"
    totals = run_batch([path], out, shard_bytes=400)
    assert totals.shards > 2
    sources = [c.article.doc.source for p in out.glob("part-*.zst") for c in parts.read_part(p)]
    assert sorted(sources) == sorted(f"{path}:{n}" for n in range(1, 11))


def test_surprising_document_costs_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    source = archive(tmp_path / "in", files=4)
    (source / "01.txt").write_text("A SURPRISE for the coder")
    (source / "02.txt").write_text("A REFUSED text")
    (source / "03.txt").write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00")
    totals = run_batch([source], tmp_path / "out")
    assert (totals.coded, totals.failed, totals.parked) == (8, 4, 0)
    receipts = list(parts.receipts(tmp_path / "out"))
    reasons: dict[str, int] = {}
    for receipt in receipts:
        for name, count in receipt.reasons.items():
            reasons[name] = reasons.get(name, 0) + count
    assert reasons["error"] == 1 and sum(reasons.values()) == 4
    notes = [n for r in receipts for n in r.errors]
    assert any("ZeroDivisionError" in n.detail and n.source.endswith("01.txt") for n in notes)
    assert any(n.source.endswith("wire.jsonl:8") for n in notes)


def test_bad_shards_are_parked_and_the_rest_is_done(tmp_path: Path) -> None:
    source = archive(tmp_path / "in", files=3)
    for name in ("die.txt", "flaky.txt", "hang.txt", "raise.txt"):
        (source / name).write_text(TEXT.format(n=name))
    out = tmp_path / "out"
    options = {"engine": "processes", "workers": 2, "shard_bytes": 50, "timeout": 4.0, "attempts": 2, "work": quick_shard}
    totals = run_batch([source], out, **options)  # type: ignore[arg-type]
    assert totals_add_up(totals)
    assert totals.parked == 3
    said = " ".join(reason for _, reason in totals.troubles)
    assert "died" in said and "longer than the time" in said and "can't be done" in said
    assert len(list(out.glob("parked-*.json"))) == 3
    again = run_batch([source], out, **options)  # type: ignore[arg-type]
    assert (again.done, again.earlier, again.parked) == (totals.done, totals.done, 3), "parked shards are left alone"
    (source / "raise.txt").unlink()
    assert not list(out.glob(".tmp-*"))


def test_parked_shard_is_tried_again_on_demand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    source = archive(tmp_path / "in", files=1)

    def broken(job: jobs.Job, spec: str) -> parts.Receipt:
        raise RunError("the disk is full")

    assert run_batch([source], tmp_path / "out", work=broken).parked == 2
    totals = run_batch([source], tmp_path / "out", retry_parked=True)
    assert (totals.done, totals.parked) == (2, 0)
    assert not list((tmp_path / "out").glob("parked-*"))


DRIVER = """
import sys
from tests.batch.helpers import quick_shard
from communique.batch.job import run_batch
if __name__ == "__main__":
    run_batch([sys.argv[1]], sys.argv[2], engine="processes", workers=2, shard_bytes=50, work=quick_shard, progress=lambda r: print(r.key, flush=True))
"""


def test_killed_driver_leaves_every_shard_once_after_restart(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    for n in range(12):
        (source / f"slow{n:02}.txt").write_text(TEXT.format(n=n))
    out = tmp_path / "out"
    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    env = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    driver = subprocess.Popen([sys.executable, str(script), str(source), str(out)], stdout=subprocess.PIPE, env=env, cwd=ROOT, text=True)
    assert driver.stdout is not None
    assert driver.stdout.readline().strip()
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    driver.stdout.close()
    time.sleep(0.7)  # its orphans end with the shard they are at
    early = len(list(out.glob("receipt-*")))
    assert 0 < early < 12
    (out / ".tmp-nowhere-1-x-part").write_text("left by another machine, fresh: not ours to sweep")
    totals = run_batch([source], out, engine="serial", shard_bytes=50, work=quick_shard)
    assert (totals.shards, totals.done, totals.coded, totals.parked) == (12, 12, 12, 0)
    assert totals.earlier >= early
    ids = [c.article.doc.id for r in parts.receipts(out) for c in parts.read_part(out / r.part) if not isinstance(c, Failure)]
    assert len(ids) == len(set(ids)) == 12
    whole = tmp_path / "whole"
    run_batch([source], whole, shard_bytes=50, work=quick_shard)
    assert digests(whole) == digests(out)


def test_input_that_changes_meanwhile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    source = archive(tmp_path / "in", files=1)
    job = jobs.Job(out=str(tmp_path), settings=Settings(), versions={})
    shard = jobs.plan([source / "00.txt"], job)[0]
    (source / "00.txt").write_text("Changed.")
    with pytest.raises(RunError, match="changed"):
        jobs.run_shard(job, jobs.encode(shard))
    assert not list(tmp_path.glob("part-*")) and not list(tmp_path.glob(".tmp-*"))


def test_parquet_in_and_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    polars = pytest.importorskip("polars")
    monkeypatch.setattr(pipeline, "code_many", quick)
    monkeypatch.setattr(jobs, "PARQUET_ROWS", 2)
    polars.DataFrame({"text": [TEXT.format(n=n) for n in range(5)], "title": ["A", None, "C", "D", "E"]}).write_parquet(tmp_path / "in.parquet")
    totals = run_batch([tmp_path / "in.parquet"], tmp_path / "out", parquet=True)
    assert (totals.shards, totals.coded) == (3, 5)
    table = polars.read_parquet(str(tmp_path / "out" / "part-*.parquet"))
    assert table.height == 5 and set(table["type"]) == {"AGREE"}


def test_load_is_idempotent_and_checks_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    out = tmp_path / "out"
    totals = run_batch([archive(tmp_path / "in")], out, shard_bytes=300)
    with open_store(tmp_path / "a.db") as store:
        first = parts.load_parts(store, out)
        assert (first.new, first.failures, first.known, first.linked) == (totals.coded, 1, 0, True)
        kept = store.counts()
        second = parts.load_parts(store, out)
        assert (second.new, second.known) == (0, totals.coded)
        assert {k: v for k, v in store.counts().items() if k != "bytes"} == {k: v for k, v in kept.items() if k != "bytes"}
        assert store.check(deep=True) == []
        part = sorted(out.glob("part-*.zst"))[0]
        data = bytearray(part.read_bytes())
        data[len(data) // 2] ^= 1
        part.write_bytes(bytes(data))
        with pytest.raises(CheckError, match="not the bytes"):
            parts.load_parts(store, out)
        with pytest.raises(UsageError, match="no receipts"):
            parts.load_parts(store, tmp_path / "nowhere")


def test_stdin_and_missing_paths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="read again"):
        run_batch(["-"], tmp_path / "out")
    with pytest.raises(UsageError, match="no such file"):
        run_batch([tmp_path / "nowhere"], tmp_path / "out")
    with pytest.raises(UsageError, match="no engine"):
        run_batch([tmp_path], tmp_path / "out", engine="steam")


def test_ray_without_its_package_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"communique\[ray\]"):
        run_batch([archive(tmp_path / "in", files=1)], tmp_path / "out", engine="ray")


def test_what_ray_prints_stays_out_of_the_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    class Loud:
        @staticmethod
        def is_initialized() -> bool:
            return False

        @staticmethod
        def init(**_: object) -> None:
            sys.stdout.write("a node was lost")
            raise ConnectionError("no cluster")

    monkeypatch.setitem(sys.modules, "ray", Loud)
    with pytest.raises(RunError, match="no Ray cluster"):
        run_batch([archive(tmp_path / "in", files=1)], tmp_path / "out", engine="ray")
    said = capsys.readouterr()
    assert said.out == "" and "a node was lost" in said.err


def record(url: str, status: int, kind: str, body: bytes) -> bytes:
    http = f"HTTP/1.1 {status} X\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2025-09-08T10:00:00Z\r\nWARC-Record-ID: <urn:x:{len(url)}{status}>\r\n"
    return f"{head}Content-Type: application/http; msgtype=response\r\nContent-Length: {len(http)}\r\n\r\n".encode() + http + b"\r\n\r\n"


def test_every_record_of_a_warc_ends_as_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    text = TEXT.format(n=4).encode()
    rows = [record(f"http://a.example/{n}", 200, "text/plain", text + str(n).encode()) for n in range(5)]
    rows[2:2] = [record("http://a.example/gone", 404, "text/html", b"no"), record("http://a.example/i", 200, "image/png", b"\x89PNG")]
    whole = b"".join(rows)
    (tmp_path / "whole.warc").write_bytes(whole)
    (tmp_path / "cut.warc").write_bytes(whole[:-250])
    totals = run_batch([tmp_path / "whole.warc", tmp_path / "cut.warc"], tmp_path / "out")
    assert totals_add_up(totals) and totals.parked == 0 and totals.shards == 2
    receipts = {r.inputs[0].rpartition("/")[2].partition("[")[0]: r for r in parts.receipts(tmp_path / "out")}
    assert (receipts["whole.warc"].coded, receipts["whole.warc"].not_article, receipts["whole.warc"].failed) == (5, 2, 0)
    cut = receipts["cut.warc"]
    assert cut.coded in (4, 5) and cut.documents >= 6, "what stands before the cut is kept"
