"""What was answered with a job is done, whichever server dies; leases keep two workers from one job."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec
import pytest
from litestar.testing import TestClient
from tests.serve.conftest import HOSTS

from communique.config import Settings
from communique.serve import make_app
from communique.serve.jobs import Job, Jobs
from communique.store import open_store
from communique.store.queue import TRIES, Task

TEXT = b"NAIROBI, March 3 - Kenya and Tanzania agreed on Tuesday to open a joint fisheries office, the foreign ministry said.\n"


def ended(jobs: Jobs, name: str, seconds: float = 60) -> Job:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = jobs.get(name)
        if found is not None and found.state in ("done", "failed"):
            return found
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def test_a_lease_is_one_workers_until_it_runs_out(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as store:
        task = Task("job_1", '{"id":"job_1","files":1}', [("a.txt", b"\x00\xff")], "Herald", None)
        assert [store.put_job(task), store.put_job(task)] == [True, False]
        assert store.take_job("ann", seconds=60) == task
        assert store.take_job("bob", seconds=60) is None, "it is Ann's"
        assert store.renew_job("job_1", "ann", '{"state":"reading"}', seconds=-1), "and runs out at once"
        assert store.take_job("bob", seconds=60) is not None
        assert not store.renew_job("job_1", "ann", "{}", seconds=60) and not store.end_job("job_1", "ann", "{}", "done")
        assert store.end_job("job_1", "bob", '{"state":"done"}', "done")
        assert store.job("job_1") == '{"state":"done"}' and store.take_job("ann", seconds=60) is None
        assert store.put_job(task), "once over it may be asked for again"


def test_a_job_that_kills_workers_is_given_up(tmp_path: Path) -> None:
    with open_store(tmp_path / "a.db") as store:
        store.put_job(Task("job_1", '{"id":"job_1","files":1}', [("a.txt", b"x")], None, None))
        for _ in range(TRIES):
            assert store.take_job("ann", seconds=-1) is not None
        assert store.take_job("ann", seconds=60) is None
        found = msgspec.json.decode(store.job("job_1") or "", type=Job)
        assert found.state == "failed" and "given up" in (found.error or "")


def test_the_next_server_takes_up_what_a_killed_one_left(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    settings = Settings(store=str(path))
    with open_store(path) as store:
        store.put_job(Task("job_1", '{"id":"job_1","files":1}', [("a.txt", TEXT)], "Herald", "2026-03-04"))
        assert store.take_job("killed", seconds=0.3) is not None, "by a server that dies at it"
    with open_store(path) as store:
        jobs = Jobs(store, settings, lease=0.4)
        jobs.start()
        found = ended(jobs, "job_1")
        assert (found.state, [i.state for i in found.items]) == ("done", ["coded"])
        again = jobs.add([("a.txt", TEXT)], publisher="Herald", published="2026-03-04")
        assert [i.state for i in ended(jobs, again.id).items] == ["known"]
        jobs.close()
        assert store.counts()["documents"] == 1 and store.check(deep=True) == []


def test_progress_is_sent_as_it_is_made(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app(fresh, hosts=HOSTS)
    told = iter([Job(id="j", files=1), Job(id="j", files=1), Job(id="j", files=1), Job(id="j", files=1, state="reading"), Job(id="j", files=1, state="done", records=3)])
    with TestClient(app) as client:
        assert client.get("/api/jobs/none/stream").status_code == 404
        monkeypatch.setattr(app.state.site.jobs, "get", lambda id: next(told))
        answer = client.get("/api/jobs/j/stream")
        assert answer.headers["content-type"].startswith("text/event-stream")
        events = [line.removeprefix("event: ") for line in answer.text.splitlines() if line.startswith("event: ")]
        data = [msgspec.json.decode(line.removeprefix("data: ")) for line in answer.text.splitlines() if line.startswith("data: ")]
        assert events == [Job(id="j", files=1).state, "reading", "done"], "each state once, and then the stream ends"
        assert (data[-1]["state"], data[-1]["records"]) == ("done", 3)
        assert next(told, None) is None
