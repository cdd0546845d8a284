"""What notebooks use: `read`, `code`, `open`. Thin: parse the arguments, call the pipeline or the store. The pipeline is
imported by what codes, so that a question to a store does not wait for it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, get_args

import msgspec

from communique.config import Settings, load_settings
from communique.errors import UsageError
from communique.records import (
    Block,
    CodedDocument,
    Document,
    EventMention,
    EventType,
    Failure,
    Filter,
    Modality,
    Quad,
    Uncoded,
)

if TYPE_CHECKING:
    from communique import pipeline
    from communique.store import Store as _Store


class Coded:
    """One coded report: `.document`, `.blocks`, `.mentions`, `.uncoded`, `.text`; shows itself in a notebook with
    its spans lit. `.record` is the whole `CodedDocument`, `.to_dict()` the object that `communique code` prints."""

    def __init__(self, record: CodedDocument) -> None:
        self.record = record

    @property
    def document(self) -> Document:
        """The document as read."""
        return self.record.article.doc

    @property
    def text(self) -> str:
        """The text that every span indexes."""
        return self.record.article.doc.text

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The labelled spans of the text, in order."""
        return self.record.article.blocks

    @property
    def mentions(self) -> tuple[EventMention, ...]:
        """What the document asserts, in reading order."""
        return self.record.mentions

    @property
    def uncoded(self) -> tuple[Uncoded, ...]:
        """Sentences without a record, each with the reason."""
        return self.record.uncoded

    def to_dict(self) -> dict[str, Any]:
        """The object that `communique code --jsonl` prints for this document."""
        from communique.views.wire import coded_to_wire

        return coded_to_wire(self.record)

    def __repr__(self) -> str:
        return f"<Coded {self.document.source}: {len(self.mentions)} event mentions>"

    def _repr_html_(self) -> str:
        from communique.views.wire import coded_to_html

        return coded_to_html(self.record)


def read(
    path: str | Path, *, publisher: str | None = None, published: str | None = None
) -> Iterator[Document | Failure]:
    """The documents under a path, as read; what could not be read comes as a `Failure` with its reason."""
    from communique import pipeline

    return pipeline.read_paths([path], publisher=publisher, published=checked_date(published))


def code(
    text: str,
    *,
    published: str | dt.date | None = None,
    publisher: str | None = None,
    url: str | None = None,
    settings: Settings | None = None,
) -> Coded:
    """A report given as text, coded. `published` is an ISO date; without one and without a date in the text,
    relative dates stay unresolved. Raises `DocumentError` for text that cannot be read."""
    from communique import pipeline

    return Coded(
        pipeline.code_text(text, published=checked_date(published), publisher=publisher, url=url, settings=settings)
    )


class Store:
    """A store of coded reports. A context manager; many processes may open the same file.

    `add(paths)` reads, codes and links; `events(...)`, `mentions(...)` take the fields of `Filter` as keywords
    and give rows with `.to_pandas()`, `.to_polars()`, `.to_arrow()`. Everything else is the store's own
    (`documents`, `event`, `commitments`, `sql`, `snapshot` …).
    """

    def __init__(self, store: _Store, settings: Settings) -> None:
        self.inner = store
        self.settings = settings

    def add(self, paths: str | Path | Iterable[str | Path], **options: Any) -> pipeline.Summary:
        """Read, code, store and link everything under the paths; what happened, in counts. Twice is once."""
        from communique import pipeline

        listed = [paths] if isinstance(paths, (str, Path)) else list(paths)
        return pipeline.add_paths(self.inner, listed, settings=self.settings, **options)

    def events(self, **filters: Any) -> Any:
        """Rows of `Event` that pass the filter."""
        return self.inner.events(make_filter(**filters))

    def mentions(self, **filters: Any) -> Any:
        """Rows of `EventMention` that pass the filter."""
        return self.inner.mentions(make_filter(**filters))

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.inner)})

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.inner.close()


def open(path: str | Path, *, read_only: bool = False, settings: Settings | None = None) -> Store:
    """Open a store, made if absent (not when read-only). Raises `StoreError` that says what is wrong with the file."""
    from communique.store import open_store

    return Store(open_store(path, read_only=read_only), settings or load_settings())


_SINGLE = {"actor", "recipient", "either", "beside", "bloc", "type", "quad", "mode", "context", "modality", "publisher"}


def make_filter(*, strict: bool = True, **fields: Any) -> Filter:
    """A `Filter` from keywords: one value or several where several are allowed, "JPN-KOR" for a dyad, dates as
    text or `date`; parties by code, name or id. Raises `UsageError` naming the field that does not exist or fit, and
    for a party, type, quad class or modality that there is not: an empty list would look like an answer. Not `strict`
    lets those pass, for pages that say so beside the empty list. Modes and contexts may be a coder's own."""
    for name, value in list(fields.items()):
        if value is None:
            del fields[name]
        elif name not in Filter.__struct_fields__:
            raise UsageError(f"no filter called {name!r}; there are: {', '.join(Filter.__struct_fields__)}", value=name)
        elif name in _SINGLE:
            fields[name] = (value,) if isinstance(value, str) else tuple(value)
        elif name == "dyad" and isinstance(value, str):
            fields[name] = _dyad(value, strict)
        elif name in ("since", "until", "as_of"):
            fields[name] = checked_date(value)
    for name in ("actor", "recipient", "either", "beside"):
        if name in fields:
            fields[name] = tuple(_party(v, strict) for v in fields[name])
    if "bloc" in fields:
        from communique import tables

        fields["bloc"] = tuple(tables.bloc_parties(v)[-1].removeprefix("org:") for v in fields["bloc"])
    for name in _CLOSED:
        if name in fields:
            fields[name] = tuple(_choice(name, v, strict) for v in fields[name])
    try:
        return msgspec.convert(fields, Filter, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(f"that filter does not fit: {error}") from error


_CLOSED = {"type": get_args(EventType), "quad": get_args(Quad), "modality": get_args(Modality)}


def _party(value: str, strict: bool) -> str:
    from communique import tables  # here, so that a question about odds does not wait for them

    try:
        return tables.party(value)
    except UsageError:
        if strict:
            raise
        return value.upper() if len(value) <= 10 else value


def _choice(name: str, value: str, strict: bool) -> str:
    """The value as the codebook writes it."""
    found = {v.lower(): v for v in _CLOSED[name]}.get(value.strip().lower().replace("_", " ").replace("-", " "))
    if found is None and strict:
        raise UsageError(f"no {name} {value!r}; there are: {(', ' if name == 'quad' else ' ').join(_CLOSED[name])}", value=value)
    return found or value


def _dyad(value: str, strict: bool) -> tuple[str, str]:
    parts = value.upper().replace(",", "-").split("-")
    if len(parts) != 2 or not all(len(p) == 3 and p.isalpha() for p in parts):
        raise UsageError(f"a dyad is two ISO alpha-3 codes such as JPN-KOR, not {value!r}", value=value)
    return _party(parts[0], strict), _party(parts[1], strict)


def checked_date(value: str | dt.date | None) -> str | None:
    """The date as ISO text. Raises `UsageError` for anything that is not a calendar day (YYYY-MM-DD)."""
    if value is None:
        return None
    if isinstance(value, dt.date):
        return value.isoformat()[:10]
    try:
        return dt.date.fromisoformat(value.strip()[:10]).isoformat()
    except ValueError:
        raise UsageError(f"{value!r} is not a date; write it as YYYY-MM-DD, for example 2025-09-08", value=value) from None
