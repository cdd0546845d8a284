"""Verbs for many reports at once: batch over an archive, load its parts, watch feeds."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from typing import Any

import click

from communique.cli import _common, _output
from communique.errors import UsageError


def _engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What every verb that runs in shards takes."""
    for option in (
        click.option("--timeout", type=click.FloatRange(1), default=3600.0, show_default=True, metavar="SECONDS", help="Longest a shard may take."),
        click.option("--address", metavar="HOST:PORT", help="An existing Ray cluster, or auto."),
        click.option("--workers", type=click.IntRange(1), metavar="N", help="How many; default one a core (ray: CPUs less one)."),
        click.option("--engine", default="serial", show_default=True, metavar="NAME", help="serial, processes, ray, or an installed one."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", required=True, metavar="DIR", help="Where parts and receipts go; what is there is not done again.")
@_engine_options
@click.option("--attempts", type=click.IntRange(1, 20), default=3, show_default=True, help="Tries before a shard is parked.")
@click.option("--shard-mb", type=click.FloatRange(0.001, 4000), default=4.0, show_default=True, help="Size of a slice of files or lines.")
@click.option("--parquet", is_flag=True, help="Also write a flat Parquet table of mentions beside each part (needs polars).")
@click.option("--retry-parked", is_flag=True, help="Try shards again that were given up.")
@click.option("--published", metavar="DATE", help="When the reports were published, if they do not say.")
@click.option("--publisher", metavar="NAME", help="Who published them, if they do not say.")
@click.option("--coder", metavar="NAME", help="Which coder, e.g. rules.v1.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Leave out records below this score.")
def batch(
    inputs: tuple[str, ...], out: str, engine: str, workers: int | None, address: str | None, timeout: float, attempts: int,
    shard_mb: float, parquet: bool, retry_parked: bool, published: str | None, publisher: str | None, coder: str | None,
    threshold: float | None,
) -> int:  # fmt: skip
    """Code an archive (WARC, JSON Lines, Parquet, zip, tar, folders) in shards into DIR; `communique load DIR` brings
    it into a store. May be stopped and started at any time, by any engine. Prints the totals as JSON.

    Exit code 1 when a shard was given up; the others are done all the same.
    """
    import msgspec

    from communique.annotate.language import own_process
    from communique.api import checked_date
    from communique.batch.engines import Trouble
    from communique.batch.job import run_batch
    from communique.batch.parts import Receipt

    own_process()
    done = 0

    def tell(result: Receipt | Trouble) -> None:
        nonlocal done
        done += 1
        if isinstance(result, Trouble):
            click.echo(f"communique: a shard was given up after {result.attempts} attempts: {result.reason}", err=True)
        elif sys.stderr.isatty():
            click.echo(f"\r{done} shards", nl=False, err=True)

    totals = run_batch(
        inputs, out, engine=engine, workers=workers, settings=_common.settings(coder=coder, threshold=threshold), publisher=publisher,
        published=checked_date(published), shard_bytes=max(1, int(shard_mb * 1_000_000)), parquet=parquet, timeout=timeout,
        attempts=attempts, address=address, retry_parked=retry_parked, progress=tell,
    )  # fmt: skip
    if sys.stderr.isatty():
        click.echo("\r", nl=False, err=True)
    _output.write_json(msgspec.to_builtins(totals))
    return 1 if totals.parked else 0


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--no-link", is_flag=True, help="Only bring the documents in.")
@_output.store_option
def load(folder: str, no_link: bool, store_path: str | None) -> None:
    """Bring the parts of a batch into the store, then link. Twice is once. Exit code 3 for a damaged part."""
    import msgspec

    from communique.api import open as open_store
    from communique.batch.parts import load_parts

    chosen = _common.settings(store_path)
    with open_store(chosen.store, settings=chosen) as store:
        loaded = load_parts(store.inner, folder, settings=chosen, link=not no_link)
    _output.write_json(msgspec.to_builtins(loaded))


@click.command()
@click.argument("folder", metavar="DIR")
@click.option("--out", metavar="DIR", help="Where the outcome goes; default `linked` in DIR.")
@_engine_options
@click.option("--attempts", type=click.IntRange(1, 20), default=3, show_default=True, help="Tries before the run stops for a shard.")
@click.option("--buckets", type=click.IntRange(1, 10_000), default=8, show_default=True, help="Shards a month of mentions, and of events.")
def link(
    folder: str, out: str | None, engine: str, workers: int | None, address: str | None, timeout: float, attempts: int, buckets: int
) -> None:  # fmt: skip
    """Find copies and events across all parts of a batch, in shards by month and parties, so that no process holds the
    archive. For archives too large to `load` into one store. May be stopped and started. Prints the totals as JSON.

    Stories and the ledger of commitments need a store: `communique load` makes them. Exit code 3 for a damaged part.
    """
    import msgspec

    from communique.batch.linking import link_archive

    totals = link_archive(
        folder, out, engine=engine, workers=workers, address=address, timeout=timeout, attempts=attempts, buckets=buckets,
        threshold=_common.settings().link_threshold,
    )  # fmt: skip
    _output.write_json(msgspec.to_builtins(totals))


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option("--once", is_flag=True, help="One round over what is due, then stop.")
@click.option("--every", default="15m", show_default=True, metavar="TIME", help="How often, e.g. 90s, 15m, 2h.")
@click.option("--queries", metavar="FILE", help="Saved queries (TOML) whose new events become alerts.")
@click.option("--feed-text", is_flag=True, help="Take the text that the feeds carry; fetch no pages.")
@_output.store_option
def watch(sources: tuple[str, ...], once: bool, every: str, queries: str | None, feed_text: bool, store_path: str | None) -> None:
    """Follow feeds and sitemaps (an OPML list, or addresses): new reports are coded into the store and linked, and
    events that match saved queries become alerts. Stop with Ctrl-C. Prints a line of JSON a round.
    """
    import msgspec

    from communique.annotate.language import own_process
    from communique.api import open as open_store
    from communique.batch.alerts import load_queries
    from communique.batch.watch import Round, read_sources, run_watch

    own_process()
    chosen = _common.settings(store_path)
    seconds = interval_seconds(every)
    addresses = read_sources(sources)
    saved = load_queries(queries) if queries else ()

    def tell(found: Round) -> None:
        _output.write_json_line(msgspec.to_builtins(found))
        sys.stdout.flush()
        for trouble in found.troubles:
            click.echo(f"communique: {trouble}", err=True)

    with open_store(chosen.store, settings=chosen) as store:
        run_watch(store.inner, addresses, settings=chosen, queries=saved, once=once, every=seconds, pages=not feed_text, tell=tell)


def interval_seconds(value: str) -> float:
    """"90s", "15m", "2h", "1d" or bare seconds, as seconds. Raises `UsageError` for anything else or under 10 s."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s*([smhd]?)", value.strip().lower())
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] if match else 0.0
    if seconds < 10:
        raise UsageError(f"--every {value!r}: give a time from 10 s, such as 90s, 15m, 2h or 1d", value=value)
    return seconds
