"""The pages and the API, on this machine. `run` serves a store; `make_app` is the application itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from litestar import Litestar

    from communique.config import Settings

__all__ = ["make_app", "run"]


def run(settings: Settings, *, read_only: bool = False, token_file: str | None = None) -> None:
    """Serve the store of `settings` on its host and port until stopped; the address goes to stderr. Raises
    `ConfigError` for an address off this machine without a token."""
    from communique.serve.app import serve

    serve(settings, read_only=read_only, token_file=token_file)


def make_app(
    store_path: str | Path, *, read_only: bool = False, token: str | None = None, settings: Settings | None = None,
    hosts: frozenset[str] | None = None,
) -> Litestar:  # fmt: skip
    """The application over one store. With `token` every request needs it. `hosts` are the Host names it answers to."""
    from communique.serve.app import build

    return build(store_path, read_only=read_only, token=token, settings=settings, hosts=hosts)
