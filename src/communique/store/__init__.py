"""Records kept: one SQLite file, append-only facts, everything else a projection of them."""

from communique.store.rows import Rows
from communique.store.sqlite import Store, open_store

__all__ = ["Rows", "Store", "open_store"]
