"""Result lists: iterate the records, or take them as a table.

`Rows` is a frozen sequence of records that also knows how to show itself as flat columns. Frame libraries are
optional; asking for one that is not installed gives one line that says what to install.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeVar, overload

import msgspec

from communique.errors import UsageError

T = TypeVar("T")
Flat = dict[str, Any]


class Rows(Sequence[T], Generic[T]):
    """Records in order. `next` is the id to give as `Filter.after` for the next page, `None` on the last."""

    def __init__(self, records: Sequence[T], flatten: Callable[[Sequence[T]], list[Flat]], *, next: str | None = None) -> None:
        self._records = tuple(records)
        self._flatten = flatten
        self.next = next

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[T]:
        return iter(self._records)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[T, ...]: ...
    def __getitem__(self, index: int | slice) -> T | tuple[T, ...]:
        return self._records[index]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Rows):
            return bool(self._records == other._records)
        return isinstance(other, (list, tuple)) and self._records == tuple(other)

    def __hash__(self) -> int:
        return hash(self._records)

    def __repr__(self) -> str:
        return f"Rows({len(self)} records{', more follow' if self.next else ''})"

    def to_dicts(self) -> list[Flat]:
        """One flat dict a record: the columns of the CSV export."""
        return self._flatten(self._records)

    def to_pandas(self) -> Any:
        """A pandas DataFrame of the flat columns."""
        return _library("pandas").DataFrame(self.to_dicts())

    def to_polars(self) -> Any:
        """A polars DataFrame of the flat columns."""
        return _library("polars").DataFrame(self.to_dicts(), infer_schema_length=None)

    def to_arrow(self) -> Any:
        """A pyarrow Table of the flat columns."""
        return _library("pyarrow").Table.from_pylist(self.to_dicts())


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"{name} is not installed; install it with: pip install 'communique[frames]'", value=name) from error


def as_dicts(records: Sequence[Any]) -> list[Flat]:
    """Any records as flat dicts: scalars as they are, everything else as JSON text."""
    out = []
    for record in records:
        plain: Flat = msgspec.to_builtins(record)
        out.append({k: v if v is None or isinstance(v, (str, int, float, bool)) else _json(v) for k, v in plain.items()})
    return out


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
