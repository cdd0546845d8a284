"""Dated facts as arrays: who did what to whom on which day, and the counters that remember them.

A fact is (subject, relation, object, day), all whole numbers. Each fact is also seen from the other end, as
(object, relation + number of relations, subject), so that "to whom" and "by whom" are one question. Days are
counted from the first one; a folder whose days are hours (0, 24, 48, ...) is divided by its step.

Counters are arrays over sorted keys, with one column a decay scale. A row is brought up to date only when it is
touched, so that a day costs what happens on it. Keys are made from all facts at hand, but a key that has not yet
happened has count 0 and answers exactly as one that does not exist: what is known on a day is what was before it
(`tests/forecast/test_features.py` deletes the future and compares).
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from communique.errors import UsageError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
SPLITS = ("train", "valid", "test")
_BRACKET = re.compile(r"^(?P<role>.+?)[ _]*\((?P<country>[^()]+)\)$")


@dataclass(frozen=True)
class Facts:
    """Facts in order of day. `first` gives the first day of each split; `role` and `home` number, for each entity,
    the words before the brackets of its name and those within them (-1: none)."""

    subject: Ints
    relation: Ints
    object: Ints
    day: Ints
    entities: int
    relations: int
    names: tuple[str, ...]
    labels: tuple[str, ...]
    role: Ints
    home: Ints
    first: dict[str, int]

    def before(self, day: int) -> Facts:
        """These facts without everything on or after `day`."""
        keep = self.day < day
        return _replaced(self, self.subject[keep], self.relation[keep], self.object[keep], self.day[keep])

    def both_ways(self) -> tuple[Ints, Ints, Ints, Ints]:
        """(subject, relation, object, day) of every fact and of its mirror, in order of day."""
        s = np.concatenate([self.subject, self.object])
        r = np.concatenate([self.relation, self.relation + self.relations])
        o = np.concatenate([self.object, self.subject])
        t = np.concatenate([self.day, self.day])
        order = np.argsort(t, kind="stable")
        return s[order], r[order], o[order], t[order]


def _replaced(facts: Facts, s: Ints, r: Ints, o: Ints, t: Ints) -> Facts:
    return Facts(
        s, r, o, t, facts.entities, facts.relations, facts.names, facts.labels, facts.role, facts.home, facts.first
    )


def attributes(names: tuple[str, ...]) -> tuple[Ints, Ints]:
    """Role and home of each name "Role (Country)"; a name that serves as somebody's country is its own home."""
    found = [_BRACKET.match(name) for name in names]
    homes: dict[str, int] = {}
    roles: dict[str, int] = {"": 0}
    for match in found:
        if match:
            homes.setdefault(match["country"].strip(" _"), len(homes))
            roles.setdefault(match["role"].strip(" _"), len(roles))
    role = np.full(len(names), -1, np.int64)
    home = np.full(len(names), -1, np.int64)
    for i, (name, match) in enumerate(zip(names, found, strict=True)):
        if match:
            role[i], home[i] = roles[match["role"].strip(" _")], homes[match["country"].strip(" _")]
        elif name in homes:
            role[i], home[i] = 0, homes[name]
    return role, home


def read_facts(path: Path) -> Facts:
    """The facts of a folder: `train|valid|test.txt[.gz]` with subject, relation, object and day separated by tabs,
    `entity2id.txt[.gz]` and `relation2id.txt[.gz]`. Raises `UsageError` when one is absent or does not parse."""
    names, labels = _names(path, "entity2id"), _names(path, "relation2id")
    parts = {split: _rows(path, split) for split in SPLITS}
    rows = np.concatenate([parts[split] for split in SPLITS])
    if not len(rows):
        raise UsageError(f"{path}: no facts in train, valid or test", where=str(path))
    if (rows < 0).any() or rows[:, [0, 2]].max() >= len(names) or rows[:, 1].max() >= len(labels):
        raise UsageError(f"{path}: a fact names an entity or relation that the id files do not hold", where=str(path))
    days = np.unique((parts["train"] if len(parts["train"]) else rows)[:, 3])  # what comes later must not set the step
    step = int(np.gcd.reduce(np.diff(days))) if len(days) > 1 else 1
    day = (rows[:, 3] - days[0]) // step
    first = {s: int((parts[s][:, 3].min() - days[0]) // step) for s in SPLITS if len(parts[s])}
    order = np.argsort(day, kind="stable")
    role, home = attributes(names)
    s, r, o = (rows[order, k] for k in range(3))
    return Facts(s, r, o, day[order], len(names), len(labels), names, labels, role, home, first)


def _open(path: Path, stem: str) -> Any:
    for name in (f"{stem}.txt.gz", f"{stem}.txt"):
        if (path / name).is_file():
            return (gzip.open if name.endswith("gz") else open)(path / name, "rt", encoding="utf-8")
    raise UsageError(f"{path}: holds no {stem}.txt or {stem}.txt.gz; see the format in docs/design/forecast.md", where=str(path))


def _rows(path: Path, split: str) -> Ints:
    with _open(path, split) as lines:
        try:
            rows = [[int(v) for v in line.split("\t")[:4]] for line in lines if line.strip()]
            return np.array(rows, np.int64).reshape(-1, 4)
        except ValueError as error:
            raise UsageError(
                f"{path}: {split} has a line that is not four numbers separated by tabs: {error}", where=str(path)
            ) from error


def _names(path: Path, stem: str) -> tuple[str, ...]:
    with _open(path, stem) as lines:
        pairs = [line.rstrip("\n").rsplit("\t", 1) for line in lines if "\t" in line]
    try:
        found = {int(number): name.strip() for name, number in pairs}
    except ValueError as error:
        raise UsageError(f"{path}: {stem} has a line that is not name, tab, number: {error}", where=str(path)) from error
    return tuple(found.get(i, "") for i in range(max(found, default=-1) + 1))


class Decayed:
    """Counts under sorted keys that fade at several rates. `taus` are days."""

    def __init__(self, keys: Ints, taus: tuple[float, ...] = (), days: int = 1) -> None:
        self.keys = keys
        self.value = np.zeros((len(keys) + 1, len(taus)), np.float32)  # the last row answers for unknown keys
        self.last = np.full(len(keys) + 1, -1, np.int64)
        self.count = np.zeros(len(keys) + 1, np.float32)
        ages = np.arange(days + 2, dtype=np.float64)[:, None]
        self.fade = np.exp(-ages / np.array(taus or (1.0,))[None, :])[:, : len(taus)].astype(np.float32)

    def find(self, keys: Ints) -> Ints:
        """Row of each key; the last row (always zero) for one that is not there."""
        at = np.searchsorted(self.keys, keys)
        if not len(self.keys):
            return np.zeros(len(keys), np.int64)
        hit = self.keys[np.minimum(at, len(self.keys) - 1)] == keys
        return np.where(hit, at, len(self.keys))

    def add(self, rows: Ints, day: int) -> None:
        """One more of each of these rows (repeats count)."""
        ids, n = np.unique(rows, return_counts=True)
        self.value[ids] = self.at(ids, day) + n[:, None].astype(np.float32)
        self.last[ids] = day
        self.count[ids] += n

    def at(self, rows: Ints, day: int) -> Floats:
        """The faded counts of rows as of `day`, a column a scale."""
        faded: Floats = self.value[rows] * self.fade[np.minimum(day - self.last[rows], len(self.fade) - 1)]
        return faded
