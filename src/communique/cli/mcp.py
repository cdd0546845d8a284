"""The verb `mcp`: the store for a language-model client, over standard input and output."""

from __future__ import annotations

import click

from communique.cli import _common, _output


@click.command()
@_output.store_option
def mcp(store_path: str | None) -> None:
    """Serve the store to a language-model client over stdin and stdout, read only. Needs the extra `mcp`."""
    from communique import mcp as room

    with _common.open_existing(store_path) as store:
        room.serve(store.inner)
