"""Stores for the contract suite. A second engine joins by adding its name and how to make an empty one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from communique.store import Store, open_store

ENGINES: dict[str, Callable[[Path], Store]] = {"sqlite": lambda folder: open_store(folder / "test.db")}


@pytest.fixture(params=sorted(ENGINES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each engine."""
    with ENGINES[request.param](tmp_path) as made:
        yield made
        assert made.check(deep=True) == []
