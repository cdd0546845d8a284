"""What changes the store: adding documents, reviewing."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler


def handlers() -> list[HTTPRouteHandler]:
    """Routes that take POST."""
    return []
