"""Stores for the contract suite: the same tests on each engine."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from tests.store.server import NoServer, cluster

from communique.store import Store, open_store

ENGINES = ("sqlite", "postgresql")
_number = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server's database; the test is skipped with the reason where there can be none."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'communique[postgres]'")
    try:
        with cluster() as address:
            with psycopg.connect(address, autocommit=True) as connection:
                assert connection.execute("SELECT 1").fetchone() == (1,)
            yield address
    except NoServer as error:
        pytest.skip(f"PostgreSQL: {error}")


@pytest.fixture
def schema_at(server: str) -> Iterator[Callable[[], str]]:
    """Addresses of empty stores: a schema of its own each, dropped after."""
    import psycopg

    made: list[str] = []

    def make() -> str:
        name = f"store_{next(_number)}"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}")
        made.append(name)
        return f"{server}?options={quote(f'-csearch_path={name}')}"

    yield make
    with psycopg.connect(server, autocommit=True) as connection:
        for name in made:
            connection.execute(f"DROP SCHEMA {name} CASCADE")


@pytest.fixture(params=ENGINES)
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty store may be made, on each engine."""
    if request.param == "sqlite":
        return str(tmp_path / "test.db")
    return str(request.getfixturevalue("schema_at")())


@pytest.fixture
def store(address: str) -> Iterator[Store]:
    """An empty store of each engine."""
    with open_store(address) as made:
        yield made
        assert made.check(deep=True) == []
