"""Verbs that run things: serve, doctor, demo, and the archive's batch, load and watch."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click

from communique.cli import _common, _output
from communique.errors import CheckError, CommuniqueError, StoreError


@click.command()
@_output.store_option
@click.option("--host", metavar="ADDRESS", help="Where to listen; loopback unless a token is set.")
@click.option("--port", type=click.IntRange(0, 65535), help="Which port; 0 takes a free one.")
@click.option("--read-only", is_flag=True, help="Open the store read only; no reviewing, no adding.")
@click.option("--token-file", metavar="PATH", help="A file with the access token (mode 0600); needed off loopback.")
def serve(store_path: str | None, host: str | None, port: int | None, read_only: bool, token_file: str | None) -> None:
    """The pages and the API on this machine. Stop with Ctrl-C."""
    from communique.annotate.language import own_process
    from communique.serve import run
    from communique.store import is_there

    own_process()
    chosen = _common.settings(store_path, host=host, port=port)
    if not is_there(chosen.store):
        raise StoreError(f"{chosen.store}: no such store; `communique add PATH` makes one", where=chosen.store)
    run(chosen, read_only=read_only, token_file=token_file)


@click.command()
@_output.store_option
@click.option("--deep", is_flag=True, help="Recompute the store's roll-ups and compare.")
def doctor(store_path: str | None, deep: bool) -> None:
    """Check the installation, and the store if there is one. Exit code 3 when something is wrong."""
    from communique.store import is_there

    problems = []
    for name, check in (
        ("language model", _check_language),
        ("tables", _check_tables),
        ("SQLite", _check_sqlite),
        ("sample report", _check_sample),
    ):
        start = time.monotonic()
        try:
            told = check()
            click.echo(f"ok    {name}: {told} ({time.monotonic() - start:.1f} s)")
        except Exception as error:  # a check-up reports whatever is wrong
            problems.append(name)
            click.echo(f"WRONG {name}: {type(error).__name__}: {error}")
    chosen = _common.settings(store_path)
    if is_there(chosen.store):
        with _common.open_existing(store_path) as store:
            found = store.check(deep=deep)
            click.echo(f"{'WRONG' if found else 'ok   '} store {store.inner.name}: {'; '.join(found) or store.counts()}")
            problems.extend(found)
    elif store_path is not None:
        raise StoreError(f"{store_path}: no such store", where=store_path)
    if problems:
        raise CheckError(f"{len(problems)} checks failed: {', '.join(problems)}")


def _check_language() -> str:
    from communique.annotate.language import model_name, parse_text

    sentences = parse_text("France and Germany signed a treaty in Paris.")
    if len(sentences) != 1:
        raise CheckError(f"one sentence was read as {len(sentences)}")
    return model_name()


def _check_tables() -> str:
    from communique import tables

    found = tables.manifest()["tables"]
    for name in found:
        tables.read_bytes(name)
    return f"{len(found)} tables, version {tables.version()}"


def _check_sqlite() -> str:
    import apsw

    with tempfile.TemporaryDirectory() as folder:
        from communique.store import open_store

        open_store(Path(folder) / "check.db").close()
    return f"SQLite {apsw.sqlite_lib_version()} through apsw {apsw.apsw_version()}"


def _check_sample() -> str:
    from communique import pipeline, tables

    text = tables.read_bytes("sample/01-sample-wire.txt").decode()
    coded = pipeline.code_text(text, source="sample")
    if not coded.mentions:
        raise CheckError("no record was found in the sample report")
    return f"{len(coded.mentions)} records from one report"


@click.command()
@click.option("--no-serve", is_flag=True, help="Stop after printing.")
@click.option("--port", type=click.IntRange(0, 65535), help="Which port to serve on.")
def demo(no_serve: bool, port: int | None) -> None:
    """Code the shipped sample reports, link them, print the record, and serve the pages on this machine."""
    from communique.annotate.language import own_process
    from communique.api import open as open_store
    from communique.cli.demo import print_demo, sample_files

    own_process()
    folder = Path(tempfile.mkdtemp(prefix="communique-demo-"))
    start = time.monotonic()
    chosen = _common.settings(str(folder / "demo.db"), port=port)
    paths = sample_files(folder)
    with open_store(chosen.store, settings=chosen) as store:
        summary = store.add(paths)
        print_demo(store, summary, seconds=time.monotonic() - start)
    if no_serve:
        return
    from communique.serve import run

    click.echo("Pages: open the address below; Ctrl-C stops. The sample store goes when the system clears its temporary files.", err=True)
    try:
        run(chosen, read_only=False)
    except CommuniqueError as error:
        click.echo(f"communique: {error}", err=True)
        sys.exit(1)
