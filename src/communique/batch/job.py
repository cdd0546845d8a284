"""An archive as shards: what a shard is, how one is coded, and the receipt that says it is done.

Decided here:
- **A shard is content.** Its key is the digest of its inputs (names and SHA-256), of what the caller states about
  them, of the settings and of every version that can change the outcome. Nothing of engine, worker or machine is in
  it, nor in what is written: the same bytes come out wherever and however often a shard is coded.
- **Part first, receipt after.** A worker writes the part under a temporary name, syncs it, renames it, then does the
  same with the receipt. A receipt whose part has its size is never done again; a killed worker leaves at most a
  temporary file, which the next start sweeps. Two workers on one shard are wasteful and harmless.
- **A bad document costs itself.** `Failure`s are rows of the part, counted in the receipt. A document that breaks
  the coder in a way nobody foresaw makes its batch be coded again one by one, and becomes a row too. Only what kills
  or hangs the worker costs the shard; that is tried again, then parked with its reason.
- **Parts are compressed JSON lines of `CodedDocument`**, which load without any optional package; a flat Parquet
  table of the mentions is written beside them when asked for.

Rejected: a database of tasks (one more thing to lose), progress within a shard (shards are small instead).
"""

from __future__ import annotations

import functools
import hashlib
import io
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from communique import pipeline, plugins, tables
from communique.batch import parts
from communique.batch.engines import Trouble
from communique.batch.parts import FORMAT, MAX_ERRORS, Note, Receipt
from communique.config import Settings
from communique.errors import RunError, UsageError
from communique.records import CodedDocument, Document, Failure, Record
from communique.text import digest

SHARD_BYTES = 4_000_000  # of text or pages in a folder or JSON Lines slice: some minutes of one core
SHARD_FILES = 500
PARQUET_ROWS = 1000
ATTEMPTS = 3
_WHOLE = (".warc", ".warc.gz", ".zip", ".tar", ".tgz", ".tar.gz", ".jsonl.gz", ".ndjson.gz", ".gz")
_LINES = (".jsonl", ".ndjson")
_BLOCK = 1 << 20
_RACY = 2_000_000_000  # a file changed within two seconds of being digested is digested again


class Piece(Record, frozen=True, kw_only=True):
    """One input of a shard: a whole file, a slice of bytes of a JSON Lines file (`first` is the number of its first
    line), or a slice of rows of a Parquet file. `sha256` is of the slice's bytes (Parquet: of the file)."""

    path: str
    kind: Literal["file", "lines", "rows"]
    start: int
    end: int
    sha256: str
    first: int = 1


class Shard(Record, frozen=True, kw_only=True):
    """A unit of work: pieces that are coded in order into one part."""

    key: str
    pieces: tuple[Piece, ...]


class Job(Record, frozen=True, kw_only=True):
    """What all shards of one run share. `out` is the folder of parts; it is not part of any key."""

    out: str
    settings: Settings
    versions: dict[str, str]
    publisher: str | None = None
    published: str | None = None
    parquet: bool = False


class Totals(msgspec.Struct, kw_only=True):
    """What a run came to: `shards` = `done` + `parked`, `documents` = `coded` + `not_article` + `failed`.
    `earlier` of the `done` had a receipt before this run began. `troubles` are (shard, reason) of the parked."""

    shards: int = 0
    done: int = 0
    earlier: int = 0
    parked: int = 0
    documents: int = 0
    coded: int = 0
    not_article: int = 0
    failed: int = 0
    mentions: int = 0
    seconds: float = 0.0
    troubles: list[tuple[str, str]] = []

    def take(self, receipt: Receipt) -> None:
        """Count one shard that is done."""
        self.done += 1
        for name in ("documents", "coded", "not_article", "failed", "mentions"):
            setattr(self, name, getattr(self, name) + getattr(receipt, name))


class _Known(Record, frozen=True, kw_only=True):
    """A file as it was when it was last cut into pieces."""

    size: int
    mtime_ns: int
    at_ns: int
    shard_bytes: int
    pieces: tuple[Piece, ...]


def run_batch(
    inputs: Sequence[str | Path],
    out: str | Path,
    *,
    engine: str = "serial",
    workers: int | None = None,
    settings: Settings | None = None,
    publisher: str | None = None,
    published: str | None = None,
    shard_bytes: int = SHARD_BYTES,
    parquet: bool = False,
    timeout: float | None = None,
    attempts: int = ATTEMPTS,
    address: str | None = None,
    retry_parked: bool = False,
    progress: Callable[[Receipt | Trouble], None] | None = None,
    work: Callable[[Job, str], Receipt] | None = None,
) -> Totals:
    """Code everything under `inputs` in shards into the folder `out`; what is there already is not done again.

    `timeout` is seconds a shard may take (not with the serial engine), `attempts` how often a shard that fails is
    tried before it is parked, `address` an existing cluster for engines that know clusters; `work` stands in for
    `run_shard`. Raises `UsageError` for
    inputs, engines or packages that do not exist, `RunError` when the run cannot go on.
    """
    begun = time.monotonic()
    run = plugins.find("engines", engine)
    if parquet:
        parts.need_polars("--parquet")
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    chosen = settings or Settings()
    job = Job(
        out=str(folder), settings=chosen, versions=versions(chosen), publisher=publisher, published=published, parquet=parquet
    )
    shards = plan(inputs, job, shard_bytes=shard_bytes)
    totals = Totals(shards=len(shards))
    todo = [s for s in shards if not _settled(job, s, totals, retry_parked)]
    for result in run(
        [encode(s) for s in todo], functools.partial(work or run_shard, job), workers=workers, timeout=timeout, attempts=attempts, address=address
    ):
        if isinstance(result, Trouble):
            key = msgspec.json.decode(result.shard, type=Shard).key
            _park(folder, key, result)
            totals.parked += 1
            totals.troubles.append((key, result.reason))
        else:
            totals.take(result)
            parts.parked_path(folder, result.key).unlink(missing_ok=True)
        if progress is not None:
            progress(result)
    totals.seconds = round(time.monotonic() - begun, 3)
    return totals


def encode(shard: Shard) -> str:
    """A shard as engines carry it."""
    return msgspec.json.encode(shard).decode()


def _settled(job: Job, shard: Shard, totals: Totals, retry_parked: bool) -> bool:
    """Whether nothing is to be done for the shard; if so it is counted."""
    folder = Path(job.out)
    receipt = parts.read_receipt(folder, shard.key)
    if receipt is not None and (not job.parquet or parts.parquet_path(folder, shard.key).exists()):
        totals.take(receipt)
        totals.earlier += 1
        return True
    reason = None if retry_parked or receipt is not None else parts.read_parked(folder, shard.key)
    if reason is None:
        return False
    totals.parked += 1
    totals.troubles.append((shard.key, reason))
    return True


def _park(folder: Path, key: str, trouble: Trouble) -> None:
    row = parts.Parked(key=key, reason=trouble.reason, attempts=trouble.attempts, shard=trouble.shard)
    parts.write_file(parts.parked_path(folder, key), msgspec.json.encode(row) + b"\n")


def versions(settings: Settings) -> dict[str, str]:
    """Everything that can change what is coded, by name: part of each shard's key and receipt."""
    from communique.annotate.language import model_name
    from communique.ingest.formats import HTML_READER

    return {
        "coder": settings.coder,
        "communique": _own_version(),
        "format": FORMAT,
        "nlp": model_name(),
        "reader": HTML_READER,
        "settings": settings.digest(),
        "tables": tables.version(),
    }


def _own_version() -> str:
    try:
        return metadata.version("communique")
    except metadata.PackageNotFoundError:  # run from a checkout that is not installed
        return "source"


# --- planning ------------------------------------------------------------------------------------------


def plan(inputs: Sequence[str | Path], job: Job, *, shard_bytes: int = SHARD_BYTES) -> list[Shard]:
    """The shards of the inputs, in order, each once. Digests of files that did not change are kept in `plan.json`
    of the folder of parts, so that a restart reads nothing twice. Raises `UsageError` for what does not exist."""
    kept_at = Path(job.out) / "plan.json"
    known = _read_known(kept_at)
    now: dict[str, _Known] = {}
    for path in _files(inputs):
        now[path] = _cut(path, shard_bytes, known.get(path))
    parts.write_file(kept_at, msgspec.json.encode(now))
    groups = _grouped([p for k in now.values() for p in k.pieces], shard_bytes)
    shards = [Shard(key=_key(job, group), pieces=group) for group in groups]
    return list({s.key: s for s in shards}.values())


def _read_known(path: Path) -> dict[str, _Known]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, _Known])
    except (OSError, msgspec.MsgspecError):
        return {}


def _files(inputs: Sequence[str | Path]) -> Iterator[str]:
    """The files under the inputs, those of a folder sorted, hidden ones left out; each once."""
    import glob

    seen: set[str] = set()
    for source in map(str, inputs):
        path = Path(source)
        if source == "-":
            raise UsageError("an archive is read from files, since it may be read again; give a path in place of -", value="-")
        if path.is_dir():
            inner = (p for p in sorted(path.rglob("*")) if not any(n.startswith(".") for n in p.relative_to(path).parts))
            found = [str(p) for p in inner if p.is_file()]
        else:
            found = [source] if path.is_file() else sorted(p for p in glob.glob(source, recursive=True) if Path(p).is_file())
        if not found and not path.is_dir():
            raise UsageError(f"{source}: no such file, folder or pattern", where=source, value=source)
        for name in found:
            if name not in seen:
                seen.add(name)
                yield name


def _cut(path: str, shard_bytes: int, known: _Known | None) -> _Known:
    stat = os.stat(path)
    same = known is not None and (known.size, known.mtime_ns, known.shard_bytes) == (stat.st_size, stat.st_mtime_ns, shard_bytes)
    if known is not None and same and known.mtime_ns + _RACY < known.at_ns:
        return known
    low = path.lower()
    if low.endswith(_LINES):
        pieces = tuple(_cut_lines(path, shard_bytes))
    elif low.endswith(".parquet"):
        pieces = tuple(_cut_rows(path))
    else:
        pieces = (Piece(path=path, kind="file", start=0, end=stat.st_size, sha256=_sha256_file(path)),)
    return _Known(size=stat.st_size, mtime_ns=stat.st_mtime_ns, at_ns=time.time_ns(), shard_bytes=shard_bytes, pieces=pieces)


def _cut_lines(path: str, shard_bytes: int) -> Iterator[Piece]:
    """Slices of whole lines, each of at least `shard_bytes` but for the last."""
    start = end = 0
    first = line = 1
    hasher = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while data := stream.readline(_BLOCK):
            hasher.update(data)
            end += len(data)
            if not data.endswith(b"\n"):
                continue
            line += 1
            if end - start >= shard_bytes:
                yield Piece(path=path, kind="lines", start=start, end=end, sha256=hasher.hexdigest(), first=first)
                start, first, hasher = end, line, hashlib.sha256()
    if end > start:
        yield Piece(path=path, kind="lines", start=start, end=end, sha256=hasher.hexdigest(), first=first)


def _cut_rows(path: str) -> Iterator[Piece]:
    polars = parts.need_polars(f"reading {path}")
    sha = _sha256_file(path)
    try:
        rows = int(polars.scan_parquet(path).select(polars.len()).collect().item())
    except Exception as error:  # polars raises errors of its own and of Rust; each means the same here
        raise UsageError(f"{path}: no Parquet file can be made of it: {str(error)[:200]}", where=path) from error
    for start in range(0, rows, PARQUET_ROWS):
        yield Piece(path=path, kind="rows", start=start, end=min(start + PARQUET_ROWS, rows), sha256=sha, first=start + 1)


def _grouped(pieces: Iterable[Piece], shard_bytes: int) -> Iterator[tuple[Piece, ...]]:
    """Small whole files side by side in one shard; containers, slices and large files alone."""
    group: list[Piece] = []
    for piece in pieces:
        size = piece.end - piece.start
        alone = piece.kind != "file" or piece.path.lower().endswith(_WHOLE) or size >= shard_bytes
        full = len(group) >= SHARD_FILES or sum(p.end - p.start for p in group) + size > shard_bytes
        if group and (alone or full):
            yield tuple(group)
            group = []
        if alone:
            yield (piece,)
        else:
            group.append(piece)
    if group:
        yield tuple(group)


def _key(job: Job, pieces: tuple[Piece, ...]) -> str:
    return digest(
        msgspec.json.encode(job.versions, order="sorted"), job.publisher, job.published, msgspec.json.encode(pieces), length=24
    )


def _sha256_file(path: str) -> str:
    hasher = hashlib.sha256()
    with Path(path).open("rb") as stream:
        while block := stream.read(_BLOCK):
            hasher.update(block)
    return hasher.hexdigest()


# --- one shard -----------------------------------------------------------------------------------------


def run_shard(job: Job, spec: str) -> Receipt:
    """Code one shard, or find that it is done. This is what engines call, in whatever process.

    Raises `RunError` when an input is not what it was when the run was planned.
    """
    shard = msgspec.json.decode(spec, type=Shard)
    folder = Path(job.out)
    receipt = parts.read_receipt(folder, shard.key)
    if receipt is None:
        receipt = _write(job, shard, folder)
    if job.parquet and not parts.parquet_path(folder, shard.key).exists():
        parts.write_parquet(folder, receipt)
    return receipt


def _write(job: Job, shard: Shard, folder: Path) -> Receipt:
    counts: dict[str, int] = dict.fromkeys(("coded", "not_article", "failed", "mentions", "chars"), 0)
    reasons: dict[str, int] = {}
    errors: list[Note] = []
    target = parts.part_path(folder, shard.key)
    with parts.PartWriter(target) as writer:
        for number, item in enumerate(code_safely(_documents(job, shard), job.settings)):
            if isinstance(item, Failure):
                counts["not_article" if item.reason == "not an article" else "failed"] += 1
                reasons[item.reason] = reasons.get(item.reason, 0) + 1
                if len(errors) < MAX_ERRORS and item.reason != "not an article":
                    errors.append(Note(n=number, source=item.source, reason=item.reason, detail=item.detail[:300], where=item.where))
            else:
                counts["coded"] += 1
                counts["mentions"] += len(item.mentions)
                counts["chars"] += len(item.article.doc.text)
            writer.write(item)
    receipt = Receipt(
        key=shard.key,
        versions=job.versions,
        inputs=tuple(f"{p.path}[{p.start}:{p.end}]" for p in shard.pieces),
        input_sha256=tuple(p.sha256 for p in shard.pieces),
        part=target.name,
        bytes=writer.bytes,
        sha256=writer.sha256,
        content_sha256=writer.content_sha256,
        documents=counts["coded"] + counts["not_article"] + counts["failed"],
        **counts,
        reasons=dict(sorted(reasons.items())),
        errors=tuple(errors),
    )
    parts.write_file(parts.receipt_path(folder, shard.key), msgspec.json.format(msgspec.json.encode(receipt), indent=1) + b"\n")
    return receipt


def code_safely(items: Iterable[Document | Failure], settings: Settings) -> Iterator[CodedDocument | Failure]:
    """`pipeline.code_many`, but a document that raises what no stage promises costs itself alone: its batch is coded
    again one by one, and it becomes a `Failure` with reason "error". `RunError`s still stop the shard."""
    source = iter(items)
    while chunk := list(itertools.islice(source, pipeline.BATCH)):
        try:
            found = list(pipeline.code_many(chunk, settings=settings))
        except RunError:
            raise
        except Exception:  # a bug met by one document; which one is found below
            found = [coded for item in chunk for coded in _code_one(item, settings)]
        yield from found


def _code_one(item: Document | Failure, settings: Settings) -> list[CodedDocument | Failure]:
    try:
        return list(pipeline.code_many([item], settings=settings))
    except RunError:
        raise
    except Exception as error:  # see code_safely
        sha = item.raw_sha256
        return [Failure(source=item.source, reason="error", detail=f"{type(error).__name__}: {error}"[:300], raw_sha256=sha)]


def _documents(job: Job, shard: Shard) -> Iterator[Document | Failure]:
    for piece in shard.pieces:
        if piece.kind == "file":
            if _sha256_file(piece.path) != piece.sha256:
                raise _changed(piece)
            yield from pipeline.read_paths([piece.path], publisher=job.publisher, published=job.published)
        else:
            from communique.ingest import containers
            from communique.ingest.formats import Given

            data = _slice(piece) if piece.kind == "lines" else _rows(piece)
            stream = _Numbered(io.BytesIO(data), piece.first)
            yield from containers.read_jsonl(stream, piece.path, Given(job.publisher, job.published))


def _slice(piece: Piece) -> bytes:
    with Path(piece.path).open("rb") as stream:
        stream.seek(piece.start)
        data = stream.read(piece.end - piece.start)
    if hashlib.sha256(data).hexdigest() != piece.sha256:
        raise _changed(piece)
    return data


def _rows(piece: Piece) -> bytes:
    """The rows of a Parquet slice as JSON lines; nulls are left out, so that the reader sees them as absent."""
    polars = parts.need_polars(f"reading {piece.path}")
    frame = polars.scan_parquet(piece.path).slice(piece.start, piece.end - piece.start).collect()
    rows = ({k: v for k, v in row.items() if v is not None} for row in frame.iter_rows(named=True))
    return b"\n".join(msgspec.json.encode(row, enc_hook=str) for row in rows)


def _changed(piece: Piece) -> RunError:
    return RunError(f"{piece.path}: changed while the run went on; run the batch again", where=piece.path)


class _Numbered:
    """A stream of lines whose numbers begin at `first`: as many empty lines as came before stand in for them."""

    def __init__(self, stream: BinaryIO, first: int) -> None:
        self._stream = stream
        self._skip = first - 1

    def readline(self, size: int = -1) -> bytes:
        if self._skip:
            self._skip -= 1
            return b"\n"
        return self._stream.readline(size)


def _sweep(folder: Path) -> None:
    """Remove temporary files of processes of this machine that no longer run, and any of over a day."""
    for path in folder.glob(".tmp-*"):
        try:
            host, pid = path.name.split("-")[1:3]
            mine = host == parts.host_name(socket.gethostname())
            if (mine and not _runs(int(pid))) or time.time() - path.stat().st_mtime > 86_400:
                path.unlink(missing_ok=True)
        except (OSError, ValueError):
            continue


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
