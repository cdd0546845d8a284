"""Verbs that read reports: code, add, documents."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from communique.cli import _common, _output

F = TypeVar("F", bound=Callable[..., Any])
_READING: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--format", {"metavar": "FORMAT", "help": "Read as this, whatever it looks like: text html feed opml jsonl json warc mail zip tar gzip."}),
    ("--field", {"multiple": True, "metavar": "OURS=THEIRS", "help": "Where JSON Lines keep a field, e.g. text=story (repeatable)."}),
    ("--fast", {"is_flag": True, "help": "Read HTML faster and less exactly."}),
    ("--fetch", {"is_flag": True, "help": "Allow PATH to be a web address (a page or feed), and fetch the feeds of OPML lists."}),
)


def _reading_options(function: F) -> F:
    """Add the flags that say how to read; the verb gets them as keywords for `_reading`."""
    for name, settings in reversed(_READING):
        function = click.option(name, **settings)(function)
    return function


def _reading(format: str | None, field: tuple[str, ...], fast: bool, fetch: bool) -> dict[str, Any]:
    """The flags as `read_documents` takes them. Raises `UsageError` for a format or field that does not exist."""
    from communique.errors import UsageError
    from communique.ingest.formats import FORMATS

    if format is not None and format not in FORMATS:
        raise UsageError(f"--format {format!r}: there are {', '.join(FORMATS)}", value=format)
    pairs = [item.partition("=") for item in field]
    for ours, equals, theirs in pairs:
        if ours not in _FIELDS or not equals or not theirs:
            raise UsageError(f"--field {ours + equals + theirs!r}: give OURS=THEIRS, ours being one of {', '.join(_FIELDS)}", value=ours)
    found: dict[str, Any] = {"format": format, "fast": fast, "fetch": fetch, "fields": {ours: theirs for ours, _, theirs in pairs} or None}
    return {name: value for name, value in found.items() if value}


_FIELDS = ("text", "html", "title", "url", "published", "publisher", "author", "language", "fetched")


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--published", metavar="DATE", help="When the report was published (YYYY-MM-DD), if it does not say.")
@click.option("--publisher", metavar="NAME", help="Who published it, if it does not say.")
@click.option("--coder", metavar="NAME", help="Which coder, e.g. rules.v1.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Leave out records below this score.")
@_reading_options
@_output.output_options
def code(
    paths: tuple[str, ...], published: str | None, publisher: str | None, coder: str | None, threshold: float | None, output: str | None,
    **reading: Any,
) -> int:  # fmt: skip
    """Read, label and code reports; print one object per document. Nothing is stored. `-` is stdin.

    Exit code 1 when a report could not be read; the others are printed all the same.
    """
    from communique import pipeline
    from communique.annotate.language import own_process
    from communique.api import checked_date
    from communique.records import CodedDocument, Failure
    from communique.views.wire import coded_to_wire

    own_process()
    chosen = _common.settings(coder=coder, threshold=threshold)
    how = _reading(**reading)
    found: list[CodedDocument] = []
    failures = 0
    kind = _output.chosen(output)
    for item in pipeline.code_paths(paths, publisher=publisher, published=checked_date(published), settings=chosen, **how):
        if isinstance(item, Failure):
            failures += 1
            click.echo(f"communique: {item.source}: {item.reason}: {item.detail}", err=True)
        elif kind == "jsonl":
            _output.write_json_line(coded_to_wire(item))
        else:
            found.append(item)
    if kind == "json":
        _output.write_json([coded_to_wire(c) for c in found])
    elif kind in ("csv", "table"):
        rows = [(c, m) for c in found for m in c.mentions]
        _output.emit(rows, output=kind, columns=mention_columns())
    return 1 if failures else 0


def mention_columns() -> list[tuple[str, Any]]:
    """The columns of event mentions for people: date, who, type, modality, according to whom, quote."""
    from communique.views import wire

    return [
        ("date", lambda r: _common.when_text(r[1].when.start, r[1].when.end, r[1].when.grain)),
        ("who", lambda r: wire.names(r[1].actors)),
        ("to whom", lambda r: wire.names(r[1].recipients)),
        ("type", lambda r: f"{r[1].type}/{r[1].mode}" if r[1].mode else r[1].type),
        ("modality", lambda r: r[1].modality),
        ("according to", lambda r: ", ".join(a.speaker.name for a in r[1].attribution)),
        ("quote", lambda r: wire.quote(r[0].article.doc.text, r[1])),
    ]


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--published", metavar="DATE", help="When the reports were published, if they do not say.")
@click.option("--publisher", metavar="NAME", help="Who published them, if they do not say.")
@_reading_options
@_output.store_option
@_output.output_options
def add(paths: tuple[str, ...], published: str | None, publisher: str | None, store_path: str | None, output: str | None, **reading: Any) -> int:
    """Read and code everything under PATH into the store, then link. Twice is once.

    Documents that can't be read are counted, named and kept out; the rest goes on. Exit code 1 only if nothing
    could be read at all.
    """
    import msgspec

    from communique import pipeline
    from communique.annotate.language import own_process
    from communique.api import checked_date
    from communique.api import open as open_store

    own_process()
    chosen = _common.settings(store_path)
    day = checked_date(published)
    how = _reading(**reading)
    done = 0

    def tell(_item: object) -> None:
        nonlocal done
        done += 1
        if sys.stderr.isatty():
            click.echo(f"\r{done} documents", nl=False, err=True)

    with open_store(chosen.store, settings=chosen) as store:
        summary = pipeline.add_paths(
            store.inner, paths, publisher=publisher, published=day, settings=chosen, progress=tell, **how
        )
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    for failure in summary.failures:
        click.echo(f"communique: {failure.source}: {failure.reason}: {failure.detail}", err=True)
    if _output.chosen(output) == "table":
        click.echo(
            f"{summary.read} read = {summary.coded} coded + {summary.known} known + {summary.not_article} not an article + "
            f"{summary.failed} failed; {summary.mentions} event mentions; store: {store.inner.name}"
        )
    else:
        _output.write_json(msgspec.to_builtins(summary))
    return 1 if summary.failed and not summary.coded + summary.known else 0


@click.command()
@click.option("--failed", is_flag=True, help="Those that could not be read, with the reason.")
@click.option("--publisher", metavar="NAME", help="Of this publisher.")
@click.option("--since", metavar="DATE", help="Published from this day.")
@click.option("--until", metavar="DATE", help="Published before this day.")
@click.option("--text", metavar="WORDS", help="That hold these words.")
@_output.store_option
@_output.output_options
def documents(failed: bool, store_path: str | None, output: str | None, **asked: str | None) -> None:
    """The documents of the store, or with --failed what could not be read and why."""
    with _common.open_existing(store_path) as store:
        if failed:
            _output.emit(
                store.failures(),
                output=output,
                columns=[
                    ("source", lambda f: f.source),
                    ("reason", lambda f: f.reason),
                    ("where", lambda f: f.where),
                    ("detail", lambda f: f.detail),
                ],
            )
            return
        _output.emit(
            store.documents(**asked),
            output=output,
            columns=[
                ("id", lambda d: d.id),
                ("published", lambda d: d.published.start),
                ("basis", lambda d: d.published.basis),
                ("publisher", lambda d: d.publisher),
                ("agency", lambda d: d.agency),
                ("mentions", lambda d: d.mentions),
                ("title", lambda d: d.title),
            ],
        )


