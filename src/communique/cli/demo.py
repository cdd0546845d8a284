"""What `communique demo` prints: the sample's record as a table a stranger understands."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from communique import tables
from communique.cli._output import printable
from communique.views import ledger, wire
from communique.views.wording import interval_words


def sample_files(folder: Path) -> list[Path]:
    """The shipped sample reports, written into a folder; their paths in name order."""
    out = []
    for name in sorted(n for n in tables.manifest()["tables"] if n.startswith("sample/")):
        path = folder / name.removeprefix("sample/")
        path.write_bytes(tables.read_bytes(name))
        out.append(path)
    return out


def _corroborated(event: Any) -> tuple[int, int, bool, int, str]:
    """Order of telling: most outlets to an originator first, then the record with a date and the most parties."""
    outlets = len(event.publishers)
    return len(event.originators) - outlets, -outlets, event.when.start is None, -len(event.actors) - len(event.recipients), event.id


def print_demo(store: Any, summary: Any, *, seconds: float) -> None:
    """The events with the words that say them, the corroboration line, and the ledger."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False, markup=False)
    events = sorted(store.events(limit=1000), key=lambda e: (e.when.start or "9999", e.id))
    table = Table(box=SIMPLE_HEAD, pad_edge=False, show_lines=False)
    for name, width in (("date", 13), ("who \u2192 whom", 32), ("type", 12), ("modality", 9), ("according to", 22), ("quote", None)):
        table.add_column(name, width=width, overflow="fold")
    for event in events:
        table.add_row(
            interval_words(event.when.start, event.when.end, event.when.grain),
            Text(printable(wire.who_to_whom(event.actors, event.recipients))),
            f"{event.type} {event.mode}" if event.mode else event.type,
            event.modality,
            Text(printable(", ".join(o.name for o in event.originators))),
            Text(printable(wire.best_quote(event, store.mention, store.text))),
        )
    click.echo(
        f"{summary.read} sample reports (publishers invented, wording ours): {summary.mentions} event mentions, "
        f"{len(events)} events, {summary.copies} copy, in {seconds:.1f} s\n"
    )
    console.print(table)
    for event in sorted(events, key=_corroborated)[:1]:
        outlets, origins = len(event.publishers), len(event.originators)
        click.echo(
            f"1 event, {outlets} outlets, {origins} independent originator{'s' if origins != 1 else ''}: "
            f"{wire.who_to_whom(event.actors, event.recipients)} ({event.type}, {', '.join(event.publishers)})"
        )
    rows = ledger.commitments_as_of(store.inner, "2025-10-01")
    if rows:
        click.echo("\nWhat was announced or promised, and what became of it (as of 1 Oct 2025):")
        for item in rows:
            steps = " → ".join(c.state for c in item.history)
            due = interval_words(item.due.start, item.due.end, item.due.grain) or "no date"
            click.echo(printable(f"  {steps:<32} {due:<14} {wire.names(item.by)}: {item.what[:90]}"))
    click.echo()
