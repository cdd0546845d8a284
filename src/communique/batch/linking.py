"""The second pass over an archive: copies and events across all its parts, no process ever holding all of them.

Each stage is shards, run by the engines that code them, and each shard writes one file of named frames, then its receipt:

    spread   a part          its mentions by (month, parties), its shingles by hash, its documents' facts
    judge    month, bucket   "same event" judgements between mentions that meet there
    count    shingle range   which documents share shingles there, and how many
    add      bucket          the counts of each pair of documents summed, and the share that follows
    route    a part          its documents to where their events are made
    build    bucket          events and what their reports differ on

Between stages this process joins names alone: connected mentions (union-find over ids), which text is whose copy. What it
holds then grows with judgements and copies, not with texts. Stories and the ledger are not made here; `load` makes them.
Files of work are named by the bytes of the parts and by all settings, so a run may be stopped and started, and new parts
make new work only where they come into it.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import resource
import time
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

from communique import plugins
from communique.batch import parts
from communique.batch.engines import Trouble
from communique.errors import CheckError, RunError
from communique.link import apart, copies, events
from communique.records import (
    CodedDocument,
    Copy,
    Derived,
    Discrepancy,
    DocumentFacts,
    Event,
    Judgement,
    LinkDocument,
    Record,
)
from communique.text import digest
from communique.views.rebuild import link_input

FORMAT = "linked.v1"
BUCKETS = 8  # of party keys in a month, of pairs of documents, of events: a power of ten more for an archive of millions
RANGES = 16  # of shingle hashes


class LinkJob(Record, frozen=True, kw_only=True):
    """What all shards of one run share. `run` names this set of parts and settings, `parts` are (file, digest)."""

    folder: str
    out: str
    run: str
    parts: tuple[tuple[str, str], ...]
    buckets: int
    threshold: float


class Task(Record, frozen=True, kw_only=True):
    """One shard of a stage: `name` is its part, slot, range or bucket."""

    stage: str
    name: str


class Done(Record, frozen=True, kw_only=True):
    """A receipt: the file, its digest, where its frames lie (offset, length, rows), and counts."""

    task: Task
    file: str
    bytes: int
    sha256: str
    frames: dict[str, tuple[int, int, int]]


class Ended(Record, frozen=True, kw_only=True):
    """What a worker tells of a shard: its receipt, and its own peak memory so far."""

    done: Done
    peak_mb: float


class Linked(msgspec.Struct, kw_only=True):
    """What a run came to. `largest` is the most rows that one shard of a stage read in a frame set; `peak_mb` the most
    memory of a worker, `driver_mb` of this process."""

    parts: int = 0
    documents: int = 0
    mentions: int = 0
    judgements: int = 0
    copies: int = 0
    events: int = 0
    discrepancies: int = 0
    shards: dict[str, int] = {}
    largest: dict[str, int] = {}
    peak_mb: float = 0.0
    driver_mb: float = 0.0
    seconds: float = 0.0


Frames = dict[str, list[bytes]]


def link_archive(
    folder: str | Path, out: str | Path | None = None, *, engine: str = "serial", workers: int | None = None, timeout: float | None = None,
    attempts: int = 3, address: str | None = None, buckets: int = BUCKETS, threshold: float = 0.5,
) -> Linked:  # fmt: skip
    """Link all parts in a folder, in shards, into `out` (by default `linked` in it). Raises as `parts.receipts` does, and
    `RunError` when a shard was given up; what is done is not done again."""
    begun = time.monotonic()
    found = [(r.part, r.sha256) for r in parts.receipts(Path(folder))]
    target = Path(out) if out is not None else Path(folder) / "linked"
    target.mkdir(parents=True, exist_ok=True)
    name = digest(FORMAT, events.VERSION, str(threshold), str(buckets), *(sha for _, sha in found), length=16)
    job = LinkJob(folder=str(folder), out=str(target), run=name, parts=tuple(found), buckets=buckets, threshold=threshold)
    totals = Linked(parts=len(found))
    run = plugins.find("engines", engine)

    def stage(kind: str, names: list[str]) -> dict[str, Done]:
        ended: dict[str, Done] = {}
        specs = [msgspec.json.encode(Task(stage=kind, name=n)).decode() for n in names]
        for result in run(specs, functools.partial(run_task, job), workers=workers, timeout=timeout, attempts=attempts, address=address):
            if isinstance(result, Trouble):
                raise RunError(f"a shard of the stage {kind!r} was given up: {result.reason}; the others are kept, start it again", value=result.shard)
            ended[result.done.task.name] = result.done
            totals.peak_mb = max(totals.peak_mb, round(result.peak_mb, 1))
        totals.shards[kind] = len(ended)
        totals.largest[kind] = max((sum(n for _, _, n in d.frames.values()) for d in ended.values()), default=0)
        return ended

    spread = stage("spread", [str(k) for k in range(len(found))])
    _note_twice(job, spread, totals)
    frames = sorted({f for d in spread.values() for f in d.frames})
    stage("judge", [f for f in frames if f.startswith("slot ")])
    stage("count", [f for f in frames if f.startswith("range ")])
    stage("add", [str(k) for k in range(buckets)])
    _join_copies(job, totals)
    _join_mentions(job, [f for f in frames if f.startswith("slot ")], totals)
    stage("route", [str(k) for k in range(len(found))])
    stage("build", [str(k) for k in range(buckets)])
    for row in _events_of(job):
        totals.events += 1
        totals.discrepancies += len(row[1])
    totals.driver_mb = round(_peak(), 1)
    totals.seconds = round(time.monotonic() - begun, 3)
    parts.write_file(target / "linked.json", msgspec.json.encode(job))
    return totals


def read_linked(folder: str | Path) -> Derived:
    """What the last run into a folder came to: judgements, events, discrepancies and copies. For archives that fit into
    memory; larger ones are read file by file."""
    job = msgspec.json.decode((Path(folder) / "linked.json").read_bytes(), type=LinkJob)
    rows = [msgspec.json.decode(line, type=_Judged).row for b in range(job.buckets) for line in _frame(_path(job, "rows"), f"bucket {b}")]
    made = sorted(_events_of(job), key=lambda m: (m[0].when.start or "9999", m[0].id))
    return Derived(
        judgements=tuple(sorted(rows, key=lambda j: (j.left, j.right))),
        events=tuple(e for e, _ in made),
        discrepancies=tuple(sorted((d for _, more in made for d in more), key=lambda d: d.event)),
        copies=tuple(msgspec.json.decode(line, type=Copy) for line in _frame(_path(job, "copies"), "copies")),
    )


def run_task(job: LinkJob, spec: str) -> Ended:
    """Do one shard, or find that it is done. This is what engines call, in whatever process."""
    task = msgspec.json.decode(spec, type=Task)
    path = _path(job, task.stage, task.name)
    done = _receipt(path)
    if done is None or done.task.stage != task.stage:
        done = _write(path, task, _STAGES[task.stage](job, task.name))
    return Ended(done=msgspec.structs.replace(done, task=task), peak_mb=_peak())


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- files of frames -----------------------------------------------------------------------------------


def _path(job: LinkJob, stage: str, name: str = "") -> Path:
    """Where a shard's file lies. What depends on one part alone is named by it, so that another run finds it."""
    of_part = stage == "spread"
    key = digest(FORMAT, events.VERSION, str(job.buckets), job.parts[int(name)][1], length=16) if of_part else digest(job.run, name, length=16)
    return Path(job.out) / f"{stage}-{key}.frames"


def _receipt(path: Path) -> Done | None:
    try:
        done = msgspec.json.decode(path.with_suffix(".json").read_bytes(), type=Done)
        return done if path.stat().st_size == done.bytes else None
    except (OSError, msgspec.MsgspecError):
        return None


def _write(path: Path, task: Task, frames: Frames) -> Done:
    import zstandard

    packer = zstandard.ZstdCompressor(level=3)
    where: dict[str, tuple[int, int, int]] = {}
    packed: list[bytes] = []
    at = 0
    for name in sorted(frames):
        data = packer.compress(b"".join(line + b"\n" for line in frames[name]))
        where[name] = (at, len(data), len(frames[name]))
        packed.append(data)
        at += len(data)
    whole = b"".join(packed)
    parts.write_file(path, whole)
    done = Done(task=task, file=path.name, bytes=len(whole), sha256=hashlib.sha256(whole).hexdigest(), frames=where)
    parts.write_file(path.with_suffix(".json"), msgspec.json.encode(done) + b"\n")
    return done


def _frame(path: Path, name: str) -> Iterator[bytes]:
    """The rows of one frame of a file, none when it has no such frame."""
    import zstandard

    done = _receipt(path)
    if done is None:
        raise CheckError(f"{path}: missing or damaged; start the run again", where=str(path))
    if name not in done.frames:
        return
    start, size, _ = done.frames[name]
    with path.open("rb") as stream:
        stream.seek(start)
        data = zstandard.ZstdDecompressor().decompress(stream.read(size), max_output_size=1 << 31)
    yield from data.splitlines()


def _bucket(name: str, count: int) -> int:
    return zlib.crc32(name.encode()) % count


# --- stages --------------------------------------------------------------------------------------------


class _Placed(NamedTuple):
    """A mention as it travels: which part it came from, and what a judge reads of it."""

    part: int
    item: events.Item


class _Judged(NamedTuple):
    left: int  # the parts of both mentions
    right: int
    row: Judgement


class _Text(NamedTuple):
    """What is known of a document's text without the text: samples, all shingles when it is short, length."""

    facts: DocumentFacts
    length: int


class _Routed(NamedTuple):
    wanted: tuple[str, ...]
    doc: LinkDocument


def _documents(job: LinkJob, part: int) -> Iterator[LinkDocument]:
    name = Path(job.parts[part][0]).name
    for item in parts.read_part(Path(job.folder) / name):
        if isinstance(item, CodedDocument):
            yield link_input(item)


def _spread(job: LinkJob, name: str) -> Frames:
    out: Frames = defaultdict(list)
    encode = msgspec.json.Encoder(order="sorted").encode
    for doc in _documents(job, int(name)):
        kept, rest = copies._parts(copies.body_text(doc))
        full = len(kept) + len(rest) if len(rest) else 0
        out["facts"].append(encode(_Text(doc.facts, sum(s.end - s.start for s in doc.body))))
        for short, values in ((0, kept), (1, rest)):
            for value in values.tolist():
                out[f"range {value % RANGES:02}"].append(encode((value, doc.facts.id, short, len(kept), full)))
        for item in events.make_items([doc]):
            line = encode(item)
            for shard in {_shard(job, slot) for slot in apart.slots(item)}:
                out[shard].append(line)
            out["mentions"].append(b"1")
    return out


def _shard(job: LinkJob, slot: apart.Slot) -> str:
    return f"slot {slot[0]} {_bucket(slot[1], job.buckets)}"


def _placed(job: LinkJob, name: str) -> Iterator[_Placed]:
    decode = msgspec.json.Decoder(events.Item).decode
    for part in range(len(job.parts)):
        twice = _twice(job, part)
        for line in _frame(_path(job, "spread", str(part)), name):
            item = decode(line)
            if item.facts.id not in twice:
                yield _Placed(part, item)


def _judge(job: LinkJob, name: str) -> Frames:
    home: dict[str, int] = {}
    items = []
    for part, item in _placed(job, name):
        home[item.mention.id] = part
        items.append(item)
    rows = apart.judge_slots(items, lambda slot: _shard(job, slot) == name, threshold=job.threshold)
    return {"rows": [msgspec.json.encode(_Judged(home[r.left], home[r.right], r)) for r in rows]}


def _count(job: LinkJob, name: str) -> Frames:
    names: list[str] = []
    number: dict[str, int] = {}
    known: list[tuple[int, int]] = []
    values, owners, shorts = [], [], []
    for part in range(len(job.parts)):
        twice = _twice(job, part)
        for line in _frame(_path(job, "spread", str(part)), name):
            value, doc, short, sampled, full = msgspec.json.decode(line, type=tuple[int, str, int, int, int])
            if doc in twice:
                continue
            if doc not in number:
                number[doc] = len(names)
                names.append(doc)
                known.append((sampled, full))
            values.append(value)
            owners.append(number[doc])
            shorts.append(short)
    counts: Counter[tuple[int, int, int]] = Counter()
    order = np.argsort(np.array(values, dtype=np.uint64), kind="stable")
    sorted_values = np.array(values, dtype=np.uint64)[order]
    edges = [0, *(np.flatnonzero(sorted_values[1:] != sorted_values[:-1]) + 1).tolist(), len(values)] if values else [0]
    for start, end in itertools.pairwise(edges):
        if not 1 < end - start <= copies.COMMON:
            continue
        held = sorted({owners[k] for k in order[start:end].tolist()})
        short = shorts[int(order[start])]
        counts.update((a, b, short) for k, a in enumerate(held) for b in held[k + 1 :])
    out: Frames = defaultdict(list)
    for (a, b, short), n in sorted(counts.items()):
        x, y = (a, b) if names[a] < names[b] else (b, a)
        row = (names[x], names[y], n * (1 - short), n * short, known[x], known[y])
        out[f"pairs {_bucket(names[x], job.buckets)}"].append(msgspec.json.encode(row))
    return out


_PairRow = tuple[str, str, int, int, tuple[int, int], tuple[int, int]]


def _add(job: LinkJob, name: str) -> Frames:
    total: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    known: dict[str, tuple[int, int]] = {}
    for k in range(RANGES):
        path = _path(job, "count", f"range {k:02}")
        if not path.exists():
            continue  # no document had a shingle in that range
        for line in _frame(path, f"pairs {name}"):
            a, b, kept, rest, of_a, of_b = msgspec.json.decode(line, type=_PairRow)
            total[a, b][0] += kept
            total[a, b][1] += rest
            known[a], known[b] = of_a, of_b
    out = []
    for (a, b), (kept, rest) in sorted(total.items()):
        share = apart.share_of((known[a][0], known[b][0]), (known[a][1], known[b][1]), kept, rest)
        if share is not None:
            out.append(msgspec.json.encode((a, b, share)))
    return {"shares": out}


def _route(job: LinkJob, name: str) -> Frames:
    home = dict(msgspec.json.decode(line, type=tuple[str, str]) for line in _frame(_path(job, "homes"), f"part {name}"))
    twice = _twice(job, int(name))
    out: Frames = defaultdict(list)
    for doc in _documents(job, int(name)):
        if doc.facts.id in twice:
            continue
        wanted: dict[int, list[str]] = defaultdict(list)
        for mention in doc.mentions:
            wanted[_bucket(home.get(mention.id, doc.facts.id), job.buckets)].append(mention.id)
        for bucket, ids in wanted.items():
            out[f"bucket {bucket}"].append(msgspec.json.encode(_Routed(tuple(ids), doc)))
    return out


def _build(job: LinkJob, name: str) -> Frames:
    decode = msgspec.json.Decoder(_Routed).decode
    routed = [decode(line) for part in range(len(job.parts)) for line in _frame(_path(job, "route", str(part)), f"bucket {name}")]
    wanted = {m for one in routed for m in one.wanted}
    rows = [msgspec.json.decode(line, type=_Judged).row for line in _frame(_path(job, "rows"), f"bucket {name}")]
    repeats = [msgspec.json.decode(line, type=Copy) for line in _frame(_path(job, "copies"), "copies")]
    facts = {t.facts.id: t.facts for t in (msgspec.json.decode(line, type=_Text) for line in _frame(_path(job, "copies"), "originals"))}
    made = apart.build_events([one.doc for one in routed], wanted.__contains__, rows, originals=copies.originals(repeats), facts=facts)
    return {"events": [msgspec.json.encode(row) for row in made]}


_STAGES: dict[str, Callable[[LinkJob, str], Frames]] = {
    "spread": _spread, "judge": _judge, "count": _count, "add": _add, "route": _route, "build": _build,
}  # fmt: skip


# --- what this process joins ---------------------------------------------------------------------------


def _note_twice(job: LinkJob, spread: Mapping[str, Done], totals: Linked) -> None:
    """Documents in more than one part count where they come first, as in a load; and the totals."""
    seen: set[bytes] = set()
    again: Frames = {}
    for part in range(len(job.parts)):
        more: list[bytes] = []
        mine: set[bytes] = set()
        for line in _frame(_path(job, "spread", str(part)), "facts"):
            name = msgspec.json.decode(line, type=_Text).facts.id
            key = hashlib.sha256(name.encode()).digest()[:8]
            if key in seen:
                more.append(msgspec.json.encode(name))
            else:
                mine.add(key)
        seen |= mine
        again[f"part {part}"] = more
        totals.mentions += spread[str(part)].frames.get("mentions", (0, 0, 0))[2]
    totals.documents = len(seen)
    _write(_path(job, "twice"), Task(stage="twice", name=""), again)


def _twice(job: LinkJob, part: int) -> frozenset[str]:
    return frozenset(msgspec.json.decode(line, type=str) for line in _frame(_path(job, "twice"), f"part {part}"))


def _join_copies(job: LinkJob, totals: Linked) -> None:
    shares: dict[tuple[str, str], float] = {}
    for bucket in range(job.buckets):
        for line in _frame(_path(job, "add", str(bucket)), "shares"):
            a, b, share = msgspec.json.decode(line, type=tuple[str, str, float])
            shares[a, b] = share
    concerned = {name for pair in shares for name in pair}
    texts: dict[str, _Text] = {}
    for part in range(len(job.parts)):
        for line in _frame(_path(job, "spread", str(part)), "facts"):
            text = msgspec.json.decode(line, type=_Text)
            if text.facts.id in concerned:
                texts.setdefault(text.facts.id, text)
    repeats = copies.choose_originals(shares, {k: t.facts for k, t in texts.items()}, {k: t.length for k, t in texts.items()})
    originals = sorted({c.original for c in repeats})
    frames = {"copies": [msgspec.json.encode(c) for c in repeats], "originals": [msgspec.json.encode(texts[o]) for o in originals]}
    _write(_path(job, "copies"), Task(stage="copies", name=""), frames)
    totals.copies = len(repeats)


def _join_mentions(job: LinkJob, shards: list[str], totals: Linked) -> None:
    """Connected mentions get one home: the bucket in which their events are made."""
    joined = apart.Sets()
    part_of: dict[str, int] = {}

    def judged() -> Iterator[tuple[bytes, _Judged]]:
        for shard in shards:
            for line in _frame(_path(job, "judge", shard), "rows"):
                yield line, msgspec.json.decode(line, type=_Judged)

    for _, one in judged():
        joined.join(one.row.left, one.row.right)
        part_of[one.row.left], part_of[one.row.right] = one.left, one.right
        totals.judgements += 1
    rows: Frames = defaultdict(list)
    for line, one in judged():
        rows[f"bucket {_bucket(joined.root(one.row.left), job.buckets)}"].append(line)
    homes: Frames = defaultdict(list)
    for name in sorted(part_of):
        homes[f"part {part_of[name]}"].append(msgspec.json.encode((name, joined.root(name))))
    _write(_path(job, "rows"), Task(stage="rows", name=""), rows)
    _write(_path(job, "homes"), Task(stage="homes", name=""), homes)


def _events_of(job: LinkJob) -> Iterator[tuple[Event, tuple[Discrepancy, ...]]]:
    for bucket in range(job.buckets):
        for line in _frame(_path(job, "build", str(bucket)), "events"):
            yield msgspec.json.decode(line, type=tuple[Event, tuple[Discrepancy, ...]])
