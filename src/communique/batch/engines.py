"""Engines: how shards reach workers. Each takes the list of shards and one plain function, and yields what comes.

    engine(shards, work, *, workers, timeout, attempts, address) -> Iterator[Receipt | Trouble]

An engine owns nothing but scheduling: which shard is done is for the receipts to say. All of them try a shard that
fails, hangs beyond `timeout` or takes its worker with it `attempts` times, and then yield a `Trouble`; results come in
any order. Workers hold the language model, so they live for many shards.

Ray is rented, not relied on: its own retries, data sets and actor pools are not used, because a fixed pool as large
as the cluster starves other tasks (ray#44687) and a dead actor can hang a pool (ray#62746). Actors are at most CPUs
less one, each has one shard at a time, each wait has an end, usage statistics are off.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import connection
from typing import Any

from communique.batch.parts import Receipt
from communique.errors import CommuniqueError, RunError, UsageError
from communique.records import Record

Work = Callable[[str], Receipt]
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
_START_SECONDS = 300.0  # a worker may take to begin, imports included; the time for its shard counts from then
_STARTS = 3  # workers in a row that die before they take a shard: the installation is broken, not a shard


class Trouble(Record, frozen=True, kw_only=True):
    """A shard that was given up: the last reason, and how often it was tried."""

    shard: str
    reason: str
    attempts: int


class _Queue:
    """Shards to do, with how often each was tried. One that failed goes to the end, so that others are not kept."""

    def __init__(self, shards: Sequence[str], attempts: int) -> None:
        self._todo = deque((s, 0) for s in shards)
        self._attempts = max(1, attempts)

    def take(self) -> tuple[str, int] | None:
        return self._todo.popleft() if self._todo else None

    @property
    def empty(self) -> bool:
        return not self._todo

    def failed(self, shard: str, tried: int, reason: str) -> Trouble | None:
        """The trouble, if that was the last attempt; else the shard waits for another."""
        if tried + 1 >= self._attempts:
            return Trouble(shard=shard, reason=reason, attempts=tried + 1)
        self._todo.append((shard, tried + 1))
        return None


def said(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())[:400]
    return text if isinstance(error, CommuniqueError) else f"{type(error).__name__}: {text}"


def run_serial(
    shards: Sequence[str], work: Work, *, workers: int | None = None, timeout: float | None = None, attempts: int = 3, address: str | None = None
) -> Iterator[Receipt | Trouble]:
    """One shard after another in this process; `workers` and `timeout` do not apply. A shard that kills the process
    kills the run, which can be started again."""
    queue = _Queue(shards, attempts)
    while (taken := queue.take()) is not None:
        shard, tried = taken
        try:
            yield work(shard)
        except Exception as error:  # whatever a shard raises is its own trouble
            trouble = queue.failed(shard, tried, said(error))
            if trouble is not None:
                yield trouble


# --- processes -----------------------------------------------------------------------------------------


class _Worker:
    """A child process with a pipe, and the shard it is at. Not a daemon: readers start children of their own."""

    def __init__(self, work: Work) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work))
        kept = {name: os.environ.get(name) for name in _THREADS}
        os.environ.update(dict.fromkeys(_THREADS, "1"))
        try:
            self.process.start()
        finally:
            for name, value in kept.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
        theirs.close()
        self.shard: tuple[str, int] | None = None
        self.timeout: float | None = None
        self.deadline: float | None = time.monotonic() + _START_SECONDS
        self.ready = False

    def give(self, taken: tuple[str, int], timeout: float | None) -> None:
        self.shard = taken
        self.timeout = timeout
        if self.ready:
            self.begin()
        try:
            self.pipe.send(taken[0])
        except OSError:
            pass  # it died before it could be asked; its end is noticed like any other

    def begin(self) -> None:
        """The time for the shard counts from now."""
        self.deadline = None if self.timeout is None else time.monotonic() + self.timeout

    def stop(self) -> None:
        self.pipe.close()
        if self.process.is_alive():
            self.process.kill()
        self.process.join(10)


def _serve(pipe: Any, work: Work) -> None:
    """What a child does: shards until the pipe closes, which it also does when the driver is gone."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        pipe.send(("ready", None))
        while True:
            shard = pipe.recv()
            try:
                answer: tuple[str, Any] = ("done", work(shard))
            except Exception as error:  # told to the driver, which decides
                answer = ("failed", said(error))
            pipe.send(answer)
    except (EOFError, OSError):
        return


def run_processes(
    shards: Sequence[str], work: Work, *, workers: int | None = None, timeout: float | None = None, attempts: int = 3, address: str | None = None
) -> Iterator[Receipt | Trouble]:
    """Child processes of this machine, one a core unless `workers` says otherwise. One that dies or overruns is
    replaced. Raises `RunError` when children can't start at all."""
    queue = _Queue(shards, attempts)
    count = min(workers or os.cpu_count() or 1, len(shards))
    crew: list[_Worker] = []
    stillborn = 0
    try:
        crew = [_Worker(work) for _ in range(count)]
        for worker in crew:
            _next(worker, queue, timeout)
        while busy := [w for w in crew if w.shard is not None]:
            _wait(busy)
            for worker in busy:
                result, alive = _look(worker, queue)
                if not alive:
                    stillborn = 0 if worker.ready else stillborn + 1
                    if stillborn >= _STARTS:
                        raise RunError("worker processes end before they begin; `communique doctor` checks the installation")
                    worker.stop()
                    crew[crew.index(worker)] = worker = _Worker(work)
                if worker.shard is None:
                    _next(worker, queue, timeout)
                if result is not None:
                    yield result
            for worker in crew:  # a shard that failed may have come back while others were idle
                if worker.shard is None:
                    _next(worker, queue, timeout)
    finally:
        for worker in crew:
            worker.stop()


def _next(worker: _Worker, queue: _Queue, timeout: float | None) -> None:
    taken = queue.take()
    if taken is not None:
        worker.give(taken, timeout)


def _wait(busy: list[_Worker]) -> None:
    ends = [w.deadline for w in busy if w.deadline is not None]
    left = None if not ends else max(0.0, min(ends) - time.monotonic())
    connection.wait([w.pipe for w in busy] + [w.process.sentinel for w in busy], timeout=left)


def _look(worker: _Worker, queue: _Queue) -> tuple[Receipt | Trouble | None, bool]:
    """What has become of a worker's shard, and whether the worker is still good."""
    assert worker.shard is not None
    shard, tried = worker.shard
    try:
        if worker.pipe.poll():
            kind, value = worker.pipe.recv()
            if kind == "ready":
                worker.ready = True
                worker.begin()
                return None, True
            worker.shard = None
            return (value if kind == "done" else queue.failed(shard, tried, value)), True
        if worker.process.is_alive():
            if worker.deadline is None or time.monotonic() < worker.deadline:
                return None, True
            reason = "took longer than the time allowed for a shard"
        else:
            reason = f"the worker died (exit code {worker.process.exitcode})"
    except (EOFError, OSError):
        worker.process.join(5)
        reason = f"the worker died (exit code {worker.process.exitcode})"
    worker.shard = None
    return queue.failed(shard, tried, reason), False


# --- Ray -----------------------------------------------------------------------------------------------


def run_ray(
    shards: Sequence[str], work: Work, *, workers: int | None = None, timeout: float | None = None, attempts: int = 3, address: str | None = None
) -> Iterator[Receipt | Trouble]:
    """Actors of a Ray cluster: one started on this machine, or the one at `address` ("auto", "host:port"). All nodes
    must see inputs and output folder under the same paths. Raises `UsageError` when the package is missing."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    try:
        import ray
    except ImportError as error:
        raise UsageError("the engine ray needs the package ray: pip install 'communique[ray]', or take --engine processes") from error
    if not shards:
        return
    started = not ray.is_initialized()
    # Ray tells of dead workers and nodes on standard output, where the batch's own answer must stand alone.
    with contextlib.redirect_stdout(sys.stderr):
        if started:
            options: dict[str, Any] = {"address": address} if address else {"include_dashboard": False}
            try:
                ray.init(log_to_driver=False, configure_logging=False, **options)
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise RunError(f"no Ray cluster at {address or 'this machine'}: {said(error)}", value=address) from error
        try:
            yield from _Actors(ray, work, timeout).run(_Queue(shards, attempts), _actor_count(ray, workers, len(shards)))
        finally:
            if started:
                ray.shutdown()


def _actor_count(ray: Any, workers: int | None, shards: int) -> int:
    """At most CPUs less one, so that the cluster can always place something else."""
    free = max(1, int(ray.cluster_resources().get("CPU", 1)) - 1)
    return max(1, min(workers or free, free, shards))


class _Coder:
    """What an actor is: the function, in a process that keeps its model."""

    def ready(self) -> bool:
        return True

    def run(self, work: Work, shard: str) -> tuple[str, Any]:
        try:
            return "done", work(shard)
        except Exception as error:  # told to the driver, which decides
            return "failed", said(error)


class _Actors:
    """A crew of actors, each with one shard at a time. A shard goes only to an actor that has answered: one that
    waits for a place the cluster no longer has (a node was lost) must not hold a shard back."""

    def __init__(self, ray: Any, work: Work, timeout: float | None) -> None:
        self._ray = ray
        self._timeout = timeout
        self._work = ray.put(work)
        environment = {"env_vars": dict.fromkeys(_THREADS, "1")}
        self._make = ray.remote(num_cpus=1, max_restarts=0, max_task_retries=0, runtime_env=environment)(_Coder)
        self._starting: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._busy: dict[Any, tuple[Any, str, int, float]] = {}

    def run(self, queue: _Queue, count: int) -> Iterator[Receipt | Trouble]:
        for _ in range(count):
            self._start()
        quiet = time.monotonic()
        while True:
            while self._idle and (taken := queue.take()) is not None:
                actor = self._idle.pop()
                ends = time.monotonic() + self._timeout if self._timeout is not None else float("inf")
                self._busy[actor.run.remote(self._work, taken[0])] = (actor, *taken, ends)
            if not self._busy and queue.empty:
                break
            yield from self._settled(queue)
            if self._busy or self._idle:
                quiet = time.monotonic()
            elif time.monotonic() - quiet > _START_SECONDS:
                raise RunError("no actor of the cluster answers; look at `ray status`, then run the batch again")
        for actor in [*self._idle, *self._starting.values()]:
            self._ray.kill(actor)

    def _start(self) -> None:
        actor = self._make.remote()
        self._starting[actor.ready.remote()] = actor

    def _settled(self, queue: _Queue) -> Iterator[Receipt | Trouble]:
        """What came of the shards that ended; actors that ended are replaced."""
        ready, _ = self._ray.wait([*self._busy, *self._starting], num_returns=1, timeout=1.0)
        for reference in ready:
            actor, shard, tried, _ = self._busy.pop(reference, (self._starting.pop(reference, None), "", 0, 0.0))
            try:
                answer = self._ray.get(reference)
            except self._ray.exceptions.RayError as error:
                self._start()
                result = queue.failed(shard, tried, f"the actor died: {said(error)[:200]}") if shard else None
            else:
                self._idle.append(actor)
                result = None if answer is True else answer[1] if answer[0] == "done" else queue.failed(shard, tried, answer[1])
            if result is not None:
                yield result
        for reference in [r for r, entry in self._busy.items() if time.monotonic() > entry[3]]:
            actor, shard, tried, _ = self._busy.pop(reference)
            self._ray.kill(actor)
            self._start()
            trouble = queue.failed(shard, tried, "took longer than the time allowed for a shard")
            if trouble is not None:
                yield trouble
