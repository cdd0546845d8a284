"""`score ledger`: the state of a plan or pledge on given days. PATH is JSON Lines of `{id, reports, states}`: reports as
in `_reports`, states `{as_of, state}` with null where the ledger must not know of it yet.

The item meant is the one that the first report's mention opened; where several stand, that with most of the row's
mentions. `state` is the share of days told right; `rows` that of sequences right on every day.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from communique.evaluate._lines import read_lines
from communique.evaluate._measure import bootstrap
from communique.evaluate._reports import made
from communique.link import link_documents
from communique.records import Commitment, LinkDocument


def score(path: Path, *, mentions: str = "coder", **options: Any) -> dict[str, float | int]:
    """Shares right, over days and sequences, and by expected state (`state_<name>`)."""
    rows = read_lines(path, ("id", "reports", "states"))
    units: list[list[bool]] = []
    by_state: dict[str, list[bool]] = defaultdict(list)
    for row, reports in zip(rows, made(rows, mentions=mentions), strict=True):
        hits = []
        for wanted in row["states"]:
            said = state_on(reports, wanted["as_of"])
            hits.append(said == wanted["state"])
            by_state[(wanted["state"] or "none").replace(" ", "_")].append(hits[-1])
            if options.get("show") and not hits[-1]:
                sys.stderr.write(f"{row['id']} as of {wanted['as_of']}: {said}, not {wanted['state']}\n")
        units.append(hits)
    low, high = bootstrap(units, _share)
    out: dict[str, float | int] = {"n": len(rows), "days": sum(map(len, units)), "state": _share(units), "state_low": low, "state_high": high}
    out["rows"] = sum(all(u) for u in units) / len(units) if units else 0.0
    out.update({f"state_{name}": sum(v) / len(v) for name, v in sorted(by_state.items())})
    return out


def state_on(reports: Sequence[tuple[LinkDocument, str | None]], day: str) -> str | None:
    """The state of the item meant as of a day, or None when the ledger has none."""
    derived = link_documents([d for d, _ in reports], as_of=day)
    meant = {m for _, m in reports if m}
    found = [c for c in derived.commitments if meant & set(c.mentions)]
    if not found:
        return None

    def weight(c: Commitment) -> tuple[bool, int, str]:
        return reports[0][1] in c.mentions, len(meant & set(c.mentions)), c.id

    return max(found, key=weight).state


def _share(units: Sequence[Sequence[bool]]) -> float:
    total = sum(map(len, units))
    return sum(map(sum, units)) / total if total else 0.0
