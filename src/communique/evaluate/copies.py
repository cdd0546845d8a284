"""`score copies`: who republished whom. PATH is JSON Lines of `{id, text, copy_of}` (null for an original; `kind`
may name the edit, `also` lists other ids whose text it truly holds).

The pairs to find are (original, copy) and two copies of one original, as `shared/data/extraction/near_duplicates.md`
has it. A found pair is right when both come from one original, or when one of the two truly holds the other's text
(`also`). Speed is documents a second on one core, reading excluded.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from communique.evaluate._lines import read_lines
from communique.evaluate._measure import bootstrap, prf
from communique.link.copies import CopyIndex


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """Recall and precision of pairs, and recall by kind of edit (`recall_<kind>`: the copy with its original)."""
    rows = read_lines(path, ("id", "text"))
    root = {r["id"]: r.get("copy_of") or r["id"] for r in rows}
    also = {r["id"]: set(r.get("also") or ()) for r in rows}
    index = CopyIndex()
    started = time.process_time()
    found = [(r["id"], [other for other, _ in index.take(r["id"], r["text"])]) for r in rows]
    seconds = time.process_time() - started
    said: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, others in found:
        for other in others:
            said[root[name]].append((name, other))
    members: dict[str, list[str]] = defaultdict(list)
    for name, origin in root.items():
        members[origin].append(name)
    units = []
    for origin in sorted(set(members) | set(said)):
        pairs = said.get(origin, [])
        same = sum(1 for a, b in pairs if root[a] == root[b])
        true = sum(1 for a, b in pairs if root[a] == root[b] or _holds(a, b, also, root))
        n = len(members.get(origin, ()))
        units.append((same, true, len(pairs), n * (n - 1) // 2))
    out: dict[str, float | int] = {"n": len(rows), "pairs": sum(u[3] for u in units)}
    for name, statistic in (("recall", _recall), ("precision", _precision)):
        out[name] = statistic(units)
        out[f"{name}_low"], out[f"{name}_high"] = bootstrap(units, statistic)
    out["docs_per_s"] = len(rows) / seconds if seconds else 0.0
    out.update(_by_kind(rows, found, root))
    return out


def _holds(a: str, b: str, also: dict[str, set[str]], root: dict[str, str]) -> bool:
    mine, theirs = also.get(a, set()) | {root[a]}, also.get(b, set()) | {root[b]}
    return bool(mine & theirs)


def _recall(units: Sequence[tuple[int, int, int, int]]) -> float:
    return prf(sum(u[0] for u in units), 1, sum(u[3] for u in units))[1] if any(u[3] for u in units) else 1.0


def _precision(units: Sequence[tuple[int, int, int, int]]) -> float:
    said = sum(u[2] for u in units)
    return sum(u[1] for u in units) / said if said else 1.0 if not any(u[3] for u in units) else 0.0


def _by_kind(rows: list[dict[str, Any]], found: list[tuple[str, list[str]]], root: dict[str, str]) -> dict[str, float]:
    pairs = {frozenset((name, other)) for name, others in found for other in others}
    kinds: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        if row.get("copy_of") and row.get("kind"):
            kinds[row["kind"]].append(frozenset((row["id"], row["copy_of"])) in pairs)
    return {f"recall_{kind}": sum(hits) / len(hits) for kind, hits in sorted(kinds.items())}
