"""The API (filled in below the pages)."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler


def handlers() -> list[HTTPRouteHandler]:
    """Routes under /api."""
    return []
