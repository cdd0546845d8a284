"""What is known on a day of who may act on whom: candidates, and some eighty numbers for each.

For a question (subject, relation, ?) on a day the candidates are all past partners of the subject and the best few
by a score over all entities (filter over similar subjects, role and home, popularity). Each candidate gets numbers
from everything before the day and nothing else: how often and how lately the same fact, the pair, the object under
the relation, the object; which relations of the pair tend to be followed by this one; what similar subjects do;
a low-rank sketch of who meets whom; how role and home fit; and products of the strongest with three facts of the
question (how well known the subject is, under this relation, and how much the relation repeats itself).
They are sums of logs and shares, so that a linear score over them splits into reasons (`GROUPS`).
Days are walked once, in order; only the state and one day's rows are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from communique.forecast.facts import Decayed, Facts, Flags, Floats, Ints

SRO_TAUS = (1.5, 6.0, 25.0, 100.0)
SO_TAUS = (1.5, 6.0, 25.0, 100.0)
RO_TAUS = (3.0, 15.0, 60.0)
RULE_AGES = (1, 3, 7, 15, 40)  # days since the pair's earlier relation; the last bucket is open
RANK = 48
CHUNK = 320
ROLES = 150

GROUPS: dict[str, tuple[str, ...]] = {
    "same fact before": ("sro",),
    "same pair before": ("so", "dir"),
    "what usually follows": ("rule",),
    "acts often so": ("ro",),
    "active of late": ("o",),
    "similar subjects": ("cf", "svd", "dense"),
    "role and home": ("type",),
}


@dataclass(frozen=True)
class Day:
    """The questions of one day (or part of one). `rows` of `x` for question q are `start[q]:start[q+1]`, each a
    `candidate`; `tail` is the score of every entity that orders those who are no candidates, `sketch` that of the
    low-rank sketch alone."""

    day: int
    subject: Ints
    relation: Ints
    start: Ints
    candidate: Ints
    x: Floats
    tail: Floats
    sketch: Floats
    pair_seen: Flags
    fact_seen: Flags


def group_of(name: str) -> str:
    """The reason, in words, that a feature belongs to."""
    stem = name.split("*")[0].split(":")[0]
    return next(words for words, stems in GROUPS.items() if stem in stems)


def _log(v: Any, floor: float) -> Any:
    return np.log((v + floor) / floor)


class History:
    """Everything before the day it has been brought to, and the features that follow from it."""

    def __init__(self, facts: Facts, *, best: int = 120, horizon: int | None = None) -> None:
        self.n, self.rels, self.best = facts.entities, 2 * facts.relations, best
        self.facts = facts
        self.s, self.r, self.o, self.t = facts.both_ways()
        days = int(self.t[-1]) + 2 if len(self.t) else 1
        self.days = horizon or days
        self.sro = Decayed(np.unique(self._sro(self.s, self.r, self.o)), SRO_TAUS, self.days)
        self.so = Decayed(np.unique(self.s * self.n + self.o), SO_TAUS, self.days)
        self.fwd = Decayed(self.so.keys, (30.0,), self.days)
        self.sr = Decayed(np.unique(self.s * self.rels + self.r), (25.0,), self.days)
        self.ro = Decayed(np.unique(self.r * self.n + self.o), RO_TAUS, self.days)
        self.ent = Decayed(np.arange(self.n), (1.5, 10.0, 60.0), self.days)
        self.rel = Decayed(np.arange(self.rels), (60.0,), self.days)
        keys = self.sro.keys
        self.k_r = keys % self.rels
        self.k_so = keys // self.rels
        self.k_s, self.k_o = self.k_so // self.n, self.k_so % self.n
        self.pair_start = np.searchsorted(self.k_so, self.so.keys)
        self.pair_end = np.append(self.pair_start[1:], len(keys))
        self.rule = np.zeros((len(RULE_AGES), self.rels, self.rels), np.float32)
        self.body = np.zeros(self.rels, np.float32)
        self.again = np.zeros(self.rels, np.float32)
        self.pair_again = np.zeros(self.rels, np.float32)
        self._types(facts)
        self.basis: Any = None
        self.seen = 0

    def _sro(self, s: Ints, r: Ints, o: Ints) -> Ints:
        return (s * self.n + o) * self.rels + r

    def _types(self, facts: Facts) -> None:
        """Counts of role and home; those without one share a number of their own."""
        roles, count = np.unique(facts.role, return_counts=True)
        common = roles[(count >= 3) & (roles > 0)]
        common = common[np.argsort(-count[np.searchsorted(roles, common)], kind="stable")][:ROLES]
        self.roles = len(common) + 3
        lookup = {int(v): i + 2 for i, v in enumerate(common)}
        named = {-1: 0, 0: 1}
        self.role = np.array([named.get(int(v), lookup.get(int(v), len(common) + 2)) for v in facts.role])
        self.homes = int(facts.home.max(initial=-1)) + 2
        self.home = facts.home + 1
        self.role_role = np.zeros((self.rels, self.roles, self.roles), np.float32)
        self.rel_role = np.zeros((self.rels, self.roles), np.float32)
        self.pair_role = np.zeros((self.roles, self.roles), np.float32)
        self.home_home = np.zeros((self.homes, self.homes), np.float32)
        self.rel_home = np.zeros((self.rels, self.homes), np.float32)
        self.same = np.zeros((self.rels, self.roles), np.float32)
        self.asked = np.zeros((self.rels, self.roles), np.float32)

    # --- walking ------------------------------------------------------------------------------------

    def walk(self, first: int, last: int, *, sample: float = 1.0, seed: int = 0) -> Iterator[tuple[Day, Ints, Ints]]:
        """For every day in first..last-1 that has facts: the questions its facts ask, with (question, object) of
        the answers; then the day is learnt. `sample` asks only that share of the questions."""
        rng = np.random.default_rng(seed)
        self.advance(first)
        for day in np.unique(self.t[self.seen : np.searchsorted(self.t, last)]):
            lo, hi = np.searchsorted(self.t, [day, day + 1])
            yield from self._ask(int(day), slice(int(lo), int(hi)), sample, rng)
            self.learn(int(day))

    def _ask(self, day: int, now: slice, sample: float, rng: Any) -> Iterator[tuple[Day, Ints, Ints]]:
        keys, q = np.unique(self.s[now] * self.rels + self.r[now], return_inverse=True)
        o = self.o[now]
        if sample < 1.0:
            keep = rng.random(len(keys)) < sample
            number = np.cumsum(keep) - 1
            o, q = o[keep[q]], number[q[keep[q]]]
            keys = keys[keep]
        order = np.argsort(q, kind="stable")
        q, o = q[order], o[order]
        self._prepare(day, np.unique(keys // self.rels))
        for lo in range(0, len(keys), CHUNK):
            part = keys[lo : lo + CHUNK]
            mine = (q >= lo) & (q < lo + CHUNK)
            yield self.features(day, part // self.rels, part % self.rels), q[mine] - lo, o[mine]

    def advance(self, day: int) -> None:
        """Learn every fact before `day` that was not learnt yet."""
        for one in np.unique(self.t[self.seen : np.searchsorted(self.t, day)]):
            self.learn(int(one))

    def learn(self, day: int) -> None:
        """Take in the facts of one day (each day once, in order)."""
        lo, hi = np.searchsorted(self.t, [day, day + 1])
        s, r, o = self.s[lo:hi], self.r[lo:hi], self.o[lo:hi]
        if not len(s):
            return
        self.seen = int(hi)
        key, pair = self.sro.find(self._sro(s, r, o)), self.so.find(s * self.n + o)
        self._learn_rules(r, key, pair, day)
        self.sro.add(key, day)
        self.so.add(pair, day)
        self.fwd.add(pair[r < self.rels // 2], day)
        self.sr.add(self.sr.find(s * self.rels + r), day)
        self.ro.add(self.ro.find(r * self.n + o), day)
        self.ent.add(o, day)
        self.rel.add(r, day)
        a, b, ha, hb = self.role[s], self.role[o], self.home[s], self.home[o]
        np.add.at(self.role_role, (r, a, b), 1)
        np.add.at(self.rel_role, (r, b), 1)
        np.add.at(self.pair_role, (a, b), 1)
        np.add.at(self.rel_home, (r, hb), 1)
        np.add.at(self.asked, (r, a), 1)
        same = (ha == hb) & (ha > 0)
        np.add.at(self.same, (r[same], a[same]), 1)
        np.add.at(self.home_home, (ha[~same], hb[~same]), 1)

    def _learn_rules(self, r: Ints, key: Ints, pair: Ints, day: int) -> None:
        np.add.at(self.again, r[self.sro.count[key] > 0], 1)
        np.add.at(self.pair_again, r[self.so.count[pair] > 0], 1)
        row, entry = self._entries(pair)
        bucket = np.searchsorted(RULE_AGES[:-1], day - self.sro.last[entry])
        np.add.at(self.rule, (bucket, self.k_r[entry], r[row]), 1)
        np.add.at(self.body, self.k_r[np.unique(key)], 1)

    def _entries(self, pair: Ints) -> tuple[Ints, Ints]:
        """(row, key) for every relation that has been seen between each of these pairs."""
        known = pair < len(self.pair_start)
        at = np.where(known, pair, 0)
        size = np.where(known, self.pair_end[at] - self.pair_start[at], 0)
        row = np.repeat(np.arange(len(pair)), size)
        shift = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
        entry = self.pair_start[at][row] + shift
        live = self.sro.count[entry] > 0
        return row[live], entry[live]

    # --- over all entities --------------------------------------------------------------------------

    def _prepare(self, day: int, subjects: Ints) -> None:
        """What one day's questions share: the weighted graph, similar subjects, the low-rank sketch."""
        live = np.flatnonzero(self.so.count[:-1] > 0)
        a, b = self.so.keys[live] // self.n, self.so.keys[live] % self.n
        weight = np.log1p(self.so.count[live] * 0.5 + 2.0 * self.so.at(live, day)[:, 2])
        graph: Any = sparse.csr_matrix((weight.astype(np.float32), (a, b)), shape=(self.n, self.n))
        norm = np.sqrt(np.asarray(graph.multiply(graph).sum(1)).ravel()) + 1e-6
        degree = np.asarray(graph.sum(1)).ravel() + 1.0
        unit: Any = sparse.diags(1 / norm).astype(np.float32) @ graph
        self.index = np.full(self.n, -1, np.int64)
        self.index[subjects] = np.arange(len(subjects))
        alike = (unit[subjects] @ unit.T).tocsr()
        alike.data = alike.data**2
        self.alike = alike
        self.unit = (sparse.diags(1 / degree).astype(np.float32) @ graph).tocsr()
        self.met = graph[subjects]
        self.cf_any = np.asarray((alike @ self.unit).todense(), np.float32)
        mass = np.asarray(alike.sum(1)) + 0.05
        self.cf_any /= mass.astype(np.float32)
        self.mass = mass.ravel().astype(np.float32)
        fresh = np.log1p(3.0 * self.so.at(live, day)[:, 1])
        lately = sparse.csr_matrix((fresh.astype(np.float32), (a, b)), shape=(self.n, self.n))
        busy = np.asarray(lately.sum(1)).ravel() + 0.5
        lately = (sparse.diags(1 / busy).astype(np.float32) @ lately).tocsr()
        self.hop = (lately[subjects] @ lately).toarray()
        self.partner, self.like = unit.tocsr(), unit.T.tocsr()
        self._sketch(sparse.diags(1 / np.sqrt(degree)).astype(np.float32) @ graph @ sparse.diags(1 / np.sqrt(degree)).astype(np.float32), subjects)
        self._by_relation(day)
        live = np.flatnonzero(self.ro.count[:-1] > 0)
        where = self.ro.keys[live] // self.n, self.ro.keys[live] % self.n
        self.under = sparse.csr_matrix((self.ro.at(live, day)[:, 2], where), shape=(self.rels, self.n))

    def _sketch(self, scaled: Any, subjects: Ints) -> None:
        """One step a day of subspace iteration on the scaled graph; the projection is the sketch of who meets whom."""
        steps = 1
        if self.basis is None:
            self.basis = np.random.default_rng(3).standard_normal((self.n, RANK)).astype(np.float32)
            steps = 6
        for _ in range(steps):
            self.basis = np.linalg.qr(scaled @ self.basis + 0.01 * self.basis)[0].astype(np.float32)
        self.svd = np.asarray((scaled[subjects] @ self.basis) @ self.basis.T, np.float32)

    def _by_relation(self, day: int) -> None:
        """Rows (subject, relation) → objects, weighted, for the filter within one relation."""
        live = np.flatnonzero(self.sro.count[:-1] > 0)
        rows = self.sr.find(self.k_s[live] * self.rels + self.k_r[live])
        weight = np.log1p(self.sro.count[live] * 0.5 + 2.0 * self.sro.at(live, day)[:, 3])
        shape = (len(self.sr.keys) + 1, self.n)
        table = sparse.csr_matrix((weight.astype(np.float32), (rows, self.k_o[live])), shape=shape)
        size = np.asarray(table.sum(1)).ravel() + 0.5
        self.acts = (sparse.diags(1 / size).astype(np.float32) @ table).tocsr()
        by_r = np.argsort(self.sr.keys % self.rels, kind="stable")
        self.r_rows = by_r[self.sr.count[by_r] > 0]
        self.r_start = np.searchsorted((self.sr.keys % self.rels)[self.r_rows], np.arange(self.rels + 1))

    def _within(self, s: Ints, r: Ints) -> tuple[Floats, Floats]:
        """For each question: what subjects like this one do under this relation, over all entities; and the mass."""
        out = np.zeros((len(s), self.n), np.float32)
        mass = np.zeros(len(s), np.float32)
        for one in np.unique(r):
            mine = np.flatnonzero(r == one)
            rows = self.r_rows[self.r_start[one] : self.r_start[one + 1]]
            if not len(rows):
                continue
            who = self.sr.keys[rows] // self.rels
            alike = self.alike[self.index[s[mine]]][:, who]
            out[mine] = np.asarray((alike @ self.acts[rows]).todense(), np.float32)
            mass[mine] = np.asarray(alike.sum(1)).ravel()
        out /= (mass + 0.05)[:, None]
        return out, mass

    def _past_objects(self, s: Ints, r: Ints) -> Floats:
        """For each question: how alike each entity is, by its partners, to past objects of the same question."""
        past = self.acts[self.sr.find(s * self.rels + r)]
        return np.asarray(((past @ self.partner) @ self.like).toarray(), np.float32)

    def _fit_of_type(self, s: Ints, r: Ints) -> tuple[Floats, Floats, Floats]:
        """Log of how well each entity's role, and its home, fit the question; and the log share of both for all."""
        base = (self.pair_role.sum(0) + 0.5) / (self.pair_role.sum() + 0.5 * self.roles)
        rel = (self.rel_role[r] + 5 * base) / (self.rel_role[r].sum(1, keepdims=True) + 5)
        own = self.role_role[r, self.role[s]]
        rel = (own + 5 * rel) / (own.sum(1, keepdims=True) + 5)
        role = np.log(rel / base).astype(np.float32)
        all_home = (self.home_home.sum(0) + 0.5) / (self.home_home.sum() + 0.5 * self.homes)
        own = self.home_home[self.home[s]]
        abroad = (own + 5 * all_home) / (own.sum(1, keepdims=True) + 5)
        prior = self.same[r].sum(1) / (self.asked[r].sum(1) + 5)
        p = (self.same[r, self.role[s]] + 4 * prior) / (self.asked[r, self.role[s]] + 4)
        p = np.where(self.home[s] > 0, p, 0.0)
        share = abroad * (1 - p)[:, None]
        share[np.arange(len(s)), self.home[s]] += p
        home = np.log(share / all_home).astype(np.float32)
        return role, home, np.log(p + 0.02).astype(np.float32)

    # --- features -----------------------------------------------------------------------------------

    def features(self, day: int, s: Ints, r: Ints) -> Day:
        """Candidates and features of the questions (s, r, ?) asked on `day`, from what has been learnt."""
        if len(s) and (not hasattr(self, "index") or (self.index[s] < 0).any()):
            self._prepare(day, np.unique(s))
        within, mass = self._within(s, r)
        role, home, _ = self._fit_of_type(s, r)
        every = np.arange(self.n)
        ro = self.under[r].toarray()
        active = self.ent.at(every, day)[:, 2]
        popular = (active + 0.05) / (active.sum() + 1)
        any_cf = self.cf_any[self.index[s]]
        sketch = self.svd[self.index[s]]
        items = self._past_objects(s, r)
        hop = self.hop[self.index[s]]
        share = ro / (self.rel.at(r, day)[:, :1] + 1)
        typed = np.exp(np.clip(role[:, self.role] + home[:, self.home], -12, 6)) * popular
        typed /= typed.sum(1, keepdims=True)
        tail = np.log(0.35 * any_cf + 0.35 * within + 0.15 * share + 0.3 * typed + 1e-7).astype(np.float32)
        start, q, o = self._candidates(s, tail)
        parts = self._local(day, s, r, q, o)
        wide = {
            "cf:any": _log(any_cf[q, o], 1e-4), "cf:any share": any_cf[q, o], "cf:relation": _log(within[q, o], 1e-4),
            "cf:relation share": within[q, o], "svd:sketch": sketch[q, o], "svd:log": _log(np.maximum(sketch[q, o], 0), 1e-3),
            "cf:objects": _log(items[q, o], 1e-2), "cf:objects raw": items[q, o], "cf:late": _log(hop[q, o], 1e-3),
            "dense:all": tail[q, o] + 16.0, "type:role": role[q, self.role[o]], "type:home": home[q, self.home[o]],
            "type:home same": (self.home[s][q] == self.home[o]) & (self.home[o] > 0),
            "type:state": self.role[o] == 1, "type:both states": (self.role[o] == 1) & (self.role[s][q] == 1),
            "type:unnamed": self.role[o] == 0, "type:fit": _log(typed[q, o], 1e-5), "cf:mass": _log(within[q, o], 1e-3) * mass[q] / (mass[q] + 1),
        }  # fmt: skip
        parts.update(wide)
        self._cross(parts, day, s, r, q)
        self.names = tuple(parts)
        x = np.empty((len(q), len(parts)), np.float32)
        for column, value in enumerate(parts.values()):
            x[:, column] = value
        seen = parts["so:seen"] > 0, parts["sro:seen"] > 0
        return Day(day, s, r, start, o, x, tail, sketch, seen[0], seen[1])

    def _candidates(self, s: Ints, tail: Floats) -> tuple[Ints, Ints, Ints]:
        take = min(self.best, self.n)
        flag = np.zeros((len(s), self.n), bool)
        top = np.argpartition(-tail, take - 1, axis=1)[:, :take]
        flag[np.arange(len(s))[:, None], top] = True
        past = self.met[self.index[s]]
        flag[np.repeat(np.arange(len(s)), np.diff(past.indptr)), past.indices] = True
        q, o = np.nonzero(flag)
        return np.searchsorted(q, np.arange(len(s) + 1)), q, o

    def _local(self, day: int, s: Ints, r: Ints, q: Ints, o: Ints) -> dict[str, Any]:
        sq, rq = s[q], r[q]
        out: dict[str, Any] = {}
        key = self.sro.find(self._sro(sq, rq, o))
        pair = self.so.find(sq * self.n + o)
        under = self.ro.find(rq * self.n + o)
        of = self.sr.find(sq * self.rels + rq)
        v, c = self.sro.at(key, day), self.sro.count[key]
        sr, srn = self.sr.at(of, day)[:, 0], self.sr.count[of]
        for k in range(len(SRO_TAUS)):
            out[f"sro:decay {k}"] = _log(v[:, k], 0.03)
        out |= self._age("sro", day, self.sro.last[key])
        out |= {"sro:count": np.log1p(c), "sro:share": c / (srn + 1), "sro:share late": v[:, 2] / (sr + 0.5), "sro:log share": _log(c / (srn + 1), 0.01), "sro:log late": _log(v[:, 2] / (sr + 0.5), 0.01)}  # fmt: skip
        w, n = self.so.at(pair, day), self.so.count[pair]
        mine, all_n = self.ent.at(sq, day), self.ent.count[sq]
        for k in range(len(SO_TAUS)):
            out[f"so:decay {k}"] = _log(w[:, k], 0.03)
        out |= self._age("so", day, self.so.last[pair])
        kinds = np.bincount(self._entries(pair)[0], minlength=len(q))
        out |= {"so:count": np.log1p(n), "so:share": n / (all_n + 1), "so:share late": w[:, 2] / (mine[:, 1] + mine[:, 2] * 0.3 + 0.5), "so:log share": _log(n / (all_n + 1), 0.003), "so:kinds": np.log1p(kinds)}  # fmt: skip
        fwd = self.fwd.at(pair, day)[:, 0]
        back = self.fwd.at(self.so.find(o * self.n + sq), day)[:, 0]
        asks = rq < self.rels // 2
        out |= {"dir:same": _log(np.where(asks, fwd, back), 0.05), "dir:other": _log(np.where(asks, back, fwd), 0.05)}
        out |= self._rules(day, rq, pair)
        u, m = self.ro.at(under, day), self.ro.count[under]
        total = self.rel.at(rq, day)[:, 0] + 1
        for k in range(len(RO_TAUS)):
            out[f"ro:decay {k}"] = _log(u[:, k], 0.05)
        out |= {"ro:count": np.log1p(m), "ro:share": u[:, 2] / total, "ro:log share": _log(u[:, 2] / total, 1e-4)}
        e = self.ent.at(o, day)
        out |= {f"o:decay {k}": _log(e[:, k], 0.1) for k in range(3)}
        out |= {"o:count": np.log1p(self.ent.count[o]), "o:new": self.ent.count[o] == 0}
        return out

    def _age(self, name: str, day: int, last: Ints) -> dict[str, Any]:
        age = np.where(last >= 0, day - last, 10_000).astype(np.float32)
        return {f"{name}:seen": (last >= 0).astype(np.float32), f"{name}:yesterday": age <= 1, f"{name}:this week": age <= 7, f"{name}:near": 1 / age, f"{name}:log age": np.where(last >= 0, np.log(age), 0.0)}  # fmt: skip

    def _rules(self, day: int, rq: Ints, pair: Ints) -> dict[str, Any]:
        """What the pair did before, and how often the relation asked about followed: 1 - Π(1 - confidence)."""
        row, entry = self._entries(pair)
        bucket = np.searchsorted(RULE_AGES[:-1], day - self.sro.last[entry])
        body = self.k_r[entry]
        confidence = np.minimum(self.rule[bucket, body, rq[row]] / (self.body[body] + 20), 0.95)
        miss = -np.log1p(-confidence)
        total = np.bincount(row, miss, len(pair))
        late = np.bincount(row, miss * (bucket <= 2), len(pair))
        most = np.zeros(len(pair))
        np.maximum.at(most, row, confidence)
        lift = confidence / ((self.rel.count[rq[row]] / max(1.0, float(self.rel.count.sum()))) + 1e-4)
        strong = np.bincount(row, np.log1p(lift * 0.05), len(pair))
        return {
            "rule:any": 1 - np.exp(-total), "rule:log any": _log(total, 0.003), "rule:week": _log(late, 0.003),
            "rule:best": _log(most, 0.003), "rule:lift": np.log1p(strong),
        }  # fmt: skip

    def _cross(self, parts: dict[str, Any], day: int, s: Ints, r: Ints, q: Ints) -> None:
        """Products of the strongest features with what kind of question it is."""
        known = np.log1p(self.ent.count[s]) / 4 - 1
        under = np.log1p(self.sr.count[self.sr.find(s * self.rels + r)]) / 2 - 0.7
        again = 2 * (self.again[r] + 1) / (self.rel.count[r] + 2) - 0.8
        pairs = 2 * (self.pair_again[r] + 1) / (self.rel.count[r] + 2) - 1.2
        for name in ("sro:decay 2", "so:decay 2", "rule:log any", "cf:relation", "cf:any", "ro:log share", "type:home", "type:fit", "cf:objects", "dense:all"):
            for word, value in (("known", known), ("asked", under), ("repeats", again), ("pairs", pairs)):
                if word == "pairs" and not name.startswith(("so", "rule", "cf")):
                    continue
                parts[f"{name}*{word}"] = parts[name] * value[q]
