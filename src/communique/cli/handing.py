"""Verbs that hand records on: export, verify, snapshot, score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from communique.cli import _common, _output
from communique.errors import CheckError, UsageError


@click.command()
@click.argument("format_name", metavar="FORMAT")
@_common.filter_options
@click.option("--out", metavar="PATH", help="Write here instead of stdout.")
@_output.store_option
def export(format_name: str, out: str | None, store_path: str | None, **flags: Any) -> None:
    """Write records in FORMAT: csv jsonl parquet plover icews polecat gdelt gdelt-mentions phoenix geojson graphml
    gexf ris bibtex csl ics xlsx events-csv commitments-csv, or panels of pairs with their zeros: dyad-day dyad-week
    dyad-month dyad-year. With --out, a datapackage.json that describes the columns is laid beside it. All that the
    filter lists, unless --limit is given."""
    import communique.views.export as exports

    if format_name not in exports.FORMATS:
        raise UsageError(f"no export called {format_name!r}; there are: {' '.join(exports.FORMATS)}", value=format_name)
    if click.get_current_context().get_parameter_source("limit") is click.core.ParameterSource.DEFAULT:
        flags["limit"] = 1_000_000
    chosen = _common.make(**flags)
    with _common.open_existing(store_path) as store:
        if out is not None:
            exports.export(store.inner, format_name, chosen, out)
        else:
            exports.export(store.inner, format_name, chosen, sys.stdout.buffer)


@click.command()
@click.argument("path", required=False, metavar="[EXPORT|STORE]")
@_output.store_option
def verify(path: str | None, store_path: str | None) -> None:
    """Re-check every quote of a store, or of an export against the store, by text and digest. Exit code 3 when one
    does not hold."""
    import communique.views.verify as verifying

    target = path if path is not None and not _is_store(path) else None
    with _common.open_existing(path if path is not None and _is_store(path) else store_path) as store:
        problems, checked = verifying.verify(store.inner, target)
    for problem in problems[:50]:
        click.echo(problem, err=True)
    if target is not None and not checked and not problems:
        click.echo("this format carries no quotes; the file is the one that datapackage.json describes")
        return
    click.echo(f"{checked} quotes checked, {len(problems)} do not hold")
    if problems:
        raise CheckError(f"{len(problems)} of {checked} quotes do not hold")


def _is_store(path: str) -> bool:
    if path.startswith(("postgresql://", "postgres://")):
        return True
    try:
        with Path(path).open("rb") as handle:
            return handle.read(15) == b"SQLite format 3"
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}; name an export or a store", where=path) from error


@click.command()
@click.argument("target", metavar="PATH")
@_output.store_option
def snapshot(target: str, store_path: str | None) -> None:
    """Write a safe copy of the store to PATH, for other tools to open while this one goes on."""
    with _common.open_existing(store_path) as store:
        click.echo(f"written: {store.snapshot(target)}", err=True)


@click.command()
@click.argument("name", metavar="NAME")
@click.argument("path", metavar="PATH")
@click.option("--end-to-end", is_flag=True, help="coding: nothing given, spans and type to be found.")
@click.option("--flatten", type=click.Choice(["text", "blocks", "wrapped"]), help="extraction: measure flattened text.")
@click.option("--fast", is_flag=True, help="extraction: the fast mode.")
@click.option("--split", type=click.Choice(["valid", "test"]), help="forecast: which part.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="Anything else that the scorer takes.")
@click.option("--json", "as_json", is_flag=True, help="One flat JSON object.")
def score(
    name: str, path: str, end_to_end: bool, flatten: str | None, fast: bool, split: str | None, options: tuple[str, ...], as_json: bool
) -> None:
    """Measure against the gold at PATH: seeds coding extraction lines dates copies times places entities
    attribution coref events stories forecast counts. Prints figures with 95 % intervals."""
    from communique import evaluate

    chosen: dict[str, Any] = {}
    for pair in options:
        key, sign, value = pair.partition("=")
        if not sign:
            raise UsageError(f"--option takes KEY=VALUE, not {pair!r}", value=pair)
        chosen[key] = value
    if end_to_end:
        chosen["end_to_end"] = True
    if fast:
        chosen["fast"] = True
    if flatten:
        chosen["flatten"] = flatten
    if split:
        chosen["split"] = split
    figures = evaluate.score(name, path, **chosen)
    if as_json or not sys.stdout.isatty():
        _output.write_json(figures)
        return
    rows = [
        [key, f"{value:g}", f"{figures[key + '_low']:.3f}\u2013{figures[key + '_high']:.3f}" if key + "_low" in figures else ""]
        for key, value in figures.items()
        if not key.endswith(("_low", "_high"))
    ]
    _output.print_table(["figure", "value", "95 % interval"], rows, title=f"{name}: {path}")
