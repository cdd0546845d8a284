"""Names to functions: built-ins first, then installed entry points. Nothing is imported until asked for.

A named choice is a string with a version ("rules.v1"). A plug-in announces itself under one of the groups
`communique.coders`, `communique.readers`, `communique.engines`, `communique.exports` in its own metadata; its
name and version go into each mention's provenance. Signatures:

    coder   (annotated: Annotated, *, threshold: float) -> (tuple[EventMention, ...], tuple[Uncoded, ...])
    reader  (path: Path) -> Iterator[Document | Failure]
    engine  (shards: Sequence[str], work: Callable[[str], Receipt]) -> Iterator[Receipt]
    export  (store: Store, filter: Filter, out: BinaryIO) -> None
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from importlib import metadata
from typing import Any

from communique.errors import UsageError

BUILT_IN: dict[str, dict[str, str]] = {
    "coders": {
        "rules.v1": "communique.coding:code_events",
        "model.v1": "communique.coding:code_events",
    },
    "readers": {},
    "engines": {
        "serial": "communique.batch.engines:run_serial",
        "processes": "communique.batch.engines:run_processes",
        "ray": "communique.batch.engines:run_ray",
    },
    "exports": {},
}


def names(group: str) -> tuple[str, ...]:
    """The names known in a group, built-ins first, then installed ones."""
    installed = [point.name for point in metadata.entry_points(group=f"communique.{group}")]
    return tuple(dict.fromkeys([*BUILT_IN[group], *installed]))


def find(group: str, name: str) -> Callable[..., Any]:
    """The function called `name` in `group`. Raises `UsageError` that lists what there is."""
    target = BUILT_IN[group].get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
        return found
    for point in metadata.entry_points(group=f"communique.{group}"):
        if point.name == name:
            loaded: Callable[..., Any] = point.load()
            return loaded
    raise UsageError(f"no {group[:-1]} called {name!r}; there are: {', '.join(names(group)) or 'none'}", value=name)
