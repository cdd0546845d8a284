"""Scores against gold: `communique score NAME PATH`. One module a name, each with
`score(path, **options) -> dict` of flat numbers (0..1 unless said), `n`, and `<metric>_low`/`_high`
(95 % bootstrap over documents) for each headline metric. Users' own files of the same shape work too.
"""

from __future__ import annotations

import gzip
import importlib
from pathlib import Path
from typing import Any

from communique.errors import UsageError

SCORERS = {
    "seeds": "communique.evaluate.seeds",
    "coding": "communique.evaluate.coding",
    "extraction": "communique.evaluate.extraction",
    "lines": "communique.evaluate.lines",
    "dates": "communique.evaluate.dates",
    "copies": "communique.evaluate.copies",
    "times": "communique.evaluate.times",
    "places": "communique.evaluate.places",
    "entities": "communique.evaluate.entities",
    "attribution": "communique.evaluate.attribution",
    "coref": "communique.evaluate.coref",
    "events": "communique.evaluate.events",
    "stories": "communique.evaluate.stories",
    "ledger": "communique.evaluate.ledger",
    "forecast": "communique.evaluate.forecast",
    "counts": "communique.evaluate.counts",
}


def score(name: str, path: str | Path, **options: Any) -> dict[str, float | int]:
    """The figures of scorer `name` on the gold at `path`. Raises `UsageError` for an unknown name or a path
    that does not hold that scorer's format."""
    module = SCORERS.get(name)
    if module is None:
        raise UsageError(f"no score called {name!r}; there are: {', '.join(sorted(SCORERS))}", value=name)
    found = Path(path)
    if not found.exists():
        raise UsageError(f"{path}: no such file or folder; give the gold to measure against", where=str(path))
    import msgspec

    run = importlib.import_module(module).score
    try:
        result: dict[str, float | int] = run(found, **options)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: not in the format of {name!r} ({error}); docs/scores.md names a file for each score", where=str(path)) from error
    if not result.get("n", 1) and not any(v for v in result.values() if isinstance(v, int)):  # nor anything counted as left out
        raise UsageError(f"{path}: holds nothing to measure for {name!r}", where=str(path))
    return result
