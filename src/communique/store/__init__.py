"""Records kept in one SQLite file or on a PostgreSQL server: append-only facts, everything else a projection of them."""

from communique.store.rows import Rows
from communique.store.store import Store, is_there, open_store

__all__ = ["Rows", "Store", "is_there", "open_store"]
