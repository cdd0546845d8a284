"""Output options that every listing verb shares: JSON on a pipe, a table on a terminal, or as asked."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import click
import msgspec

F = TypeVar("F", bound=Callable[..., Any])
FORMATS = ("json", "jsonl", "csv", "table")


def output_options(function: F) -> F:
    """Add `--json --jsonl --csv --table`; the verb gets one argument `output`, resolved for where stdout goes."""
    for name in reversed(FORMATS):
        function = click.option(f"--{name}", "output", flag_value=name, help=f"Print {name}.")(function)
    return function


def store_option(function: F) -> F:
    """Add `--store PATH` (also COMMUNIQUE_STORE, or `store` in communique.toml)."""
    return click.option(
        "--store", "store_path", metavar="PATH", help="The store: a file, or postgresql://USER@HOST/DATABASE; else COMMUNIQUE_STORE, else communique.db here."
    )(function)


def chosen(output: str | None) -> str:
    """The format to print: as asked, else a table on a terminal and JSON on a pipe."""
    if output is not None:
        return output
    return "table" if sys.stdout.isatty() else "json"


def emit(
    rows: Iterable[Any],
    *,
    output: str | None,
    columns: Sequence[tuple[str, Callable[[Any], object]]],
    wire: Callable[[Any], Any] = lambda row: row,
    title: str | None = None,
) -> None:
    """Print rows: `columns` make the table and the CSV, `wire` what goes into JSON. A list on `--json`, a line a
    row on `--jsonl`. Rows are streamed except for tables."""
    kind = chosen(output)
    if kind == "jsonl":
        for row in rows:
            write_json_line(wire(row))
    elif kind == "json":
        write_json([wire(row) for row in rows])
    elif kind == "csv":
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow([name for name, _ in columns])
        for row in rows:
            out.writerow([neutral(cell(get(row))) for _, get in columns])
    else:
        print_table([name for name, _ in columns], [[cell(get(row)) for _, get in columns] for row in rows], title=title)


def write_json(value: Any) -> None:
    """One JSON document, indented."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=1).decode() + "\n")


def write_json_line(value: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")


def cell(value: object) -> str:
    """A value as it stands in a cell: nothing for None, members joined by "; "."""
    if value is None:
        return ""
    if isinstance(value, (tuple, list)):
        return "; ".join(cell(v) for v in value)
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def neutral(text: str) -> str:
    """The text so that a spreadsheet shows it and never runs it: a leading = + - @ or control gets a quote."""
    if text[:1] in ("=", "+", "@", "\t", "\r") or (text[:1] == "-" and not text[1:2].isdigit()):
        return "'" + text
    return text


def printable(text: str) -> str:
    """The text without control and direction-changing characters, which could rewrite a terminal line."""
    return "".join(
        " " if ch in "\t\r\n" else "\ufffd" if ord(ch) < 32 or ord(ch) == 127 or ch in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068" else ch
        for ch in text
    )


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None) -> None:
    """A plain table that fits the terminal; the last column takes what is left and wraps."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 140, highlight=False, markup=False)
    if not rows:
        click.echo("nothing found", err=True)
        return
    table = Table(box=SIMPLE_HEAD, title=title, title_justify="left", pad_edge=False, expand=False)
    for index, name in enumerate(head):
        last = index == len(head) - 1
        table.add_column(name, overflow="fold", ratio=None, no_wrap=False, max_width=None if last else 30)
    for row in rows:
        table.add_row(*[Text(printable(value)) for value in row])
    console.print(table)
