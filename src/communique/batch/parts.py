"""Parts and receipts on disk: writing them so that a name that exists is whole, reading them, and loading them.

A part is zstd-compressed JSON lines, one row a document in reading order: `{"coded": …}` or `{"failure": …}`. Bytes
depend on content alone (fixed level, one frame, no time or host). `load_parts` checks each part against its receipt
before anything of it enters the store, and loading twice is loading once.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import secrets
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from communique.config import Settings
from communique.errors import CheckError, UsageError
from communique.records import CodedDocument, Failure, Record

if TYPE_CHECKING:
    from communique.store import Store

FORMAT = "part.v1"
MAX_ERRORS = 200  # of one receipt; the part has all
_LEVEL = 6
_BLOCK = 1 << 20


class Note(Record, frozen=True, kw_only=True):
    """One document that could not be read or coded. `n` is its place in the shard, `where` the line or offset."""

    n: int
    source: str
    reason: str
    detail: str
    where: str | None = None


class Receipt(Record, frozen=True, kw_only=True):
    """That a shard is done, and what it came to: `documents` = `coded` + `not_article` + `failed`; `reasons` counts
    the failures by reason; `errors` are the first of them. `sha256` is of the part's bytes, `content_sha256` of its
    lines before compression, `input_sha256` of each input."""

    key: str
    versions: dict[str, str]
    inputs: tuple[str, ...]
    input_sha256: tuple[str, ...]
    part: str
    bytes: int
    sha256: str
    content_sha256: str
    documents: int
    coded: int
    not_article: int
    failed: int
    mentions: int
    chars: int
    reasons: dict[str, int]
    errors: tuple[Note, ...]


class Parked(Record, frozen=True, kw_only=True):
    """That a shard was given up after `attempts`, and why. `shard` is the shard itself, to be tried again."""

    key: str
    reason: str
    attempts: int
    shard: str


class Row(Record, frozen=True, kw_only=True, omit_defaults=True):
    """One line of a part."""

    coded: CodedDocument | None = None
    failure: Failure | None = None


class Loaded(msgspec.Struct, kw_only=True):
    """What a load did: `documents` of the parts = `new` + `known` + `failures`."""

    parts: int = 0
    documents: int = 0
    new: int = 0
    known: int = 0
    failures: int = 0
    mentions: int = 0
    events: int = 0
    linked: bool = False


def part_path(folder: Path, key: str) -> Path:
    """Where the part of a shard lies."""
    return folder / f"part-{key}.jsonl.zst"


def parquet_path(folder: Path, key: str) -> Path:
    """Where the flat table of a shard's mentions lies."""
    return folder / f"part-{key}.parquet"


def receipt_path(folder: Path, key: str) -> Path:
    """Where the receipt of a shard lies."""
    return folder / f"receipt-{key}.json"


def parked_path(folder: Path, key: str) -> Path:
    """Where the reason lies for which a shard was given up."""
    return folder / f"parked-{key}.json"


def read_receipt(folder: Path, key: str) -> Receipt | None:
    """The shard's receipt if it is valid: it reads, is of this key, and its part is there with its size."""
    try:
        receipt = msgspec.json.decode(receipt_path(folder, key).read_bytes(), type=Receipt)
        size = (folder / receipt.part).stat().st_size
    except (OSError, msgspec.MsgspecError):
        return None
    good = receipt.key == key and receipt.part == part_path(folder, key).name and receipt.bytes == size
    return receipt if good else None


def read_parked(folder: Path, key: str) -> str | None:
    """Why the shard was parked, or `None` when it was not."""
    try:
        return msgspec.json.decode(parked_path(folder, key).read_bytes(), type=Parked).reason
    except (OSError, msgspec.MsgspecError):
        return None


def host_name(name: str) -> str:
    """A host's name as it stands in temporary file names."""
    return re.sub(r"[^A-Za-z0-9.]", "_", name) or "host"


def _temporary(target: Path) -> Path:
    return target.with_name(f".tmp-{host_name(socket.gethostname())}-{os.getpid()}-{secrets.token_hex(4)}-{target.name}")


def _settle(temporary: Path, target: Path) -> None:
    os.replace(temporary, target)
    handle = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError:
        pass  # some network file systems can't sync a folder; the file itself is synced
    finally:
        os.close(handle)


def write_file(target: Path, data: bytes) -> None:
    """Bytes under a name that, once it exists, holds all of them, also after a power cut."""
    temporary = _temporary(target)
    try:
        with temporary.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        _settle(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


class PartWriter:
    """Writes the rows of one part; leaving the block without error gives it its name. Then `bytes`, `sha256` and
    `content_sha256` are known."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._temporary = _temporary(target)
        self._content = hashlib.sha256()
        self._encoder = msgspec.json.Encoder(order="sorted")
        self.bytes = 0
        self.sha256 = self.content_sha256 = ""

    def __enter__(self) -> PartWriter:
        import zstandard

        self._file: BinaryIO = self._temporary.open("wb")
        self._packer: Any = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).stream_writer(self._file, closefd=False)
        return self

    def write(self, item: CodedDocument | Failure) -> None:
        """One row."""
        row = Row(failure=item) if isinstance(item, Failure) else Row(coded=item)
        line = self._encoder.encode(row) + b"\n"
        self._content.update(line)
        self._packer.write(line)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._packer.close()
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                self.bytes, self.sha256 = _measured(self._temporary)
                self.content_sha256 = self._content.hexdigest()
                _settle(self._temporary, self._target)
        finally:
            self._file.close()
            self._temporary.unlink(missing_ok=True)


def _measured(path: Path) -> tuple[int, str]:
    hasher = hashlib.sha256()
    size = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            hasher.update(block)
            size += len(block)
    return size, hasher.hexdigest()


def read_part(path: Path) -> Iterator[CodedDocument | Failure]:
    """The documents of a part, in order, streamed. Raises `CheckError` for one that is damaged."""
    import zstandard

    decoder = msgspec.json.Decoder(Row)
    try:
        with path.open("rb") as stream, zstandard.ZstdDecompressor().stream_reader(stream) as reader:
            for line in io.BufferedReader(reader, _BLOCK):
                row = decoder.decode(line)
                item = row.coded if row.coded is not None else row.failure
                if item is not None:
                    yield item
    except (zstandard.ZstdError, msgspec.MsgspecError, OSError) as error:
        raise CheckError(f"{path}: damaged ({error}); remove it and its receipt, and run the batch again", where=str(path)) from error


def receipts(folder: Path) -> Iterator[Receipt]:
    """Every receipt of a folder of parts, by key. Raises `UsageError` when there is none, `CheckError` for one that
    is damaged or whose part is missing or not the one it was written for."""
    found = sorted(folder.glob("receipt-*.json")) if folder.is_dir() else []
    if not found:
        raise UsageError(f"{folder}: no receipts here; give the folder that `communique batch --out` wrote", where=str(folder))
    for path in found:
        try:
            receipt = msgspec.json.decode(path.read_bytes(), type=Receipt)
            size, sha = _measured(folder / Path(receipt.part).name)
        except (OSError, msgspec.MsgspecError) as error:
            raise CheckError(f"{path}: damaged, or without its part ({error}); remove it and run the batch again", where=str(path)) from error
        if (size, sha) != (receipt.bytes, receipt.sha256):
            raise CheckError(f"{receipt.part}: not the bytes its receipt was written for; remove both, run the batch again", where=str(path))
        yield receipt


def load_parts(
    store: Store, folder: str | Path, *, settings: Settings | None = None, link: bool = True, progress: Callable[[Receipt], None] | None = None
) -> Loaded:
    """Bring all parts of a folder into the store, then link (unless told not to, or nothing is new and events are
    there). Documents the store knows are passed over. Raises as `receipts` does, before the damaged part enters."""
    from communique import pipeline

    done = Loaded()
    with contextlib.nullcontext() if store.counts()["documents"] else store.bulk():  # nobody lists an empty store meanwhile
        for receipt in receipts(Path(folder)):
            done.parts += 1
            done.new += store.add_many(_fresh(store, Path(folder) / Path(receipt.part).name, done))
            if progress is not None:
                progress(receipt)
    done.known = done.documents - done.failures - done.new
    if link and (done.new or not store.count("event")):
        done.events = len(pipeline.link_store(store, settings=settings).events)
        done.linked = True
    return done


def _fresh(store: Store, part: Path, done: Loaded) -> Iterator[CodedDocument]:
    """The documents of a part that the store does not know; what could not be read goes in on the way."""
    for item in read_part(part):
        done.documents += 1
        if isinstance(item, Failure):
            store.add_failure(item)
            done.failures += 1
        elif store.facts(item.article.doc.id) is not None:
            done.known += 1
        else:
            done.mentions += len(item.mentions)
            yield item


# --- the flat table ------------------------------------------------------------------------------------


def need_polars(what: str) -> Any:
    """The polars package. Raises `UsageError` that names the extra which brings it."""
    try:
        import polars
    except ImportError as error:
        raise UsageError(f"{what} needs the package polars: pip install 'communique[frames]'") from error
    return polars


def write_parquet(folder: Path, receipt: Receipt) -> Path:
    """The mentions of a part as a flat Parquet table (the columns of the CSV exports), beside the part."""
    from communique.store.flat import columns_of, flat_mention
    from communique.store.project import quote_of
    from communique.views.rebuild import document_facts

    polars = need_polars("--parquet")
    rows = []
    for item in read_part(folder / receipt.part):
        if isinstance(item, CodedDocument):
            facts = document_facts(item)
            rows += [flat_mention(m, facts, quote_of(item.article.doc.text, m), None) for m in item.mentions]
    numbers = {"plover_score", "goldstein", "lat", "lon", "score"}
    schema = {n: polars.Float64 if n in numbers else polars.Boolean if n == "negated" else polars.String for n in columns_of("mention")}
    out = io.BytesIO()
    polars.DataFrame([{k: r.get(k) for k in schema} for r in rows], schema=schema).write_parquet(out, compression="zstd")
    target = parquet_path(folder, receipt.key)
    write_file(target, out.getvalue())
    return target
