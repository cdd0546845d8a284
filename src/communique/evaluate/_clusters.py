"""Agreement of two partitions of the same things: MUC, B3, CEAFe, LEA, CoNLL and pairs.

Definitions: Vilain 1995 (MUC), Bagga and Baldwin 1998 (B3), Luo 2005 (CEAFe, phi 4), Moosavi and Strube 2016 (LEA,
with singletons as clusters that link to themselves). Each function takes key and response as lists of sets over the
same things and gives precision, recall and F1.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from communique.evaluate._measure import prf

Partition = Sequence[Collection[str]]
Figures = tuple[float, float, float]


def _where(clusters: Partition) -> dict[str, int]:
    return {item: n for n, members in enumerate(clusters) for item in members}


def _f(precision: float, recall: float) -> Figures:
    return precision, recall, 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def muc(key: Partition, response: Partition) -> Figures:
    """Links kept: for each cluster, its size less the number of parts the other side breaks it into."""

    def kept(one: Partition, other: Partition) -> tuple[int, int]:
        at = _where(other)
        right = sum(len(c) - len({at.get(i, f"alone {i}") for i in c}) for c in one)
        return right, sum(len(c) - 1 for c in one)

    right_r, all_r = kept(key, response)
    right_p, all_p = kept(response, key)
    if all_p == 0 and all_r == 0:
        return 1.0, 1.0, 1.0
    return _f(right_p / all_p if all_p else 0.0, right_r / all_r if all_r else 0.0)


def b_cubed(key: Partition, response: Partition) -> Figures:
    """For each thing, the share of its cluster that is right, and of its gold cluster that is found."""
    keys, said = [set(c) for c in key], [set(c) for c in response]
    in_key, in_said = _where(key), _where(response)
    items = sorted(in_key.keys() & in_said.keys())
    if not items:
        return (1.0, 1.0, 1.0) if not in_key and not in_said else (0.0, 0.0, 0.0)
    shared = [len(keys[in_key[i]] & said[in_said[i]]) for i in items]
    precision = sum(n / len(said[in_said[i]]) for n, i in zip(shared, items, strict=True)) / len(in_said)
    recall = sum(n / len(keys[in_key[i]]) for n, i in zip(shared, items, strict=True)) / len(in_key)
    return _f(precision, recall)


def ceaf_e(key: Partition, response: Partition) -> Figures:
    """The best one-to-one matching of clusters by 2|a ∩ b| / (|a| + |b|)."""
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    if not key or not response:
        return (1.0, 1.0, 1.0) if not key and not response else (0.0, 0.0, 0.0)
    at = _where(response)
    gain = np.zeros((len(key), len(response)))
    for n, members in enumerate(key):
        for item in members:
            if item in at:
                gain[n, at[item]] += 1
    sizes = np.array([len(c) for c in key])[:, None] + np.array([len(c) for c in response])[None, :]
    gain = 2 * gain / sizes
    rows, columns = linear_sum_assignment(-gain)
    best = float(gain[rows, columns].sum())
    return _f(best / len(response), best / len(key))


def lea(key: Partition, response: Partition) -> Figures:
    """Share of links found, each cluster weighing by its size; a singleton counts when it stays alone."""

    def resolved(one: Partition, other: Partition) -> float:
        at = _where(other)
        size = [len(c) for c in other]
        total = 0.0
        for members in one:
            n = len(members)
            if n == 1:
                (item,) = members
                total += float(item in at and size[at[item]] == 1)
                continue
            parts: dict[int, int] = {}
            for item in members:
                if item in at:
                    parts[at[item]] = parts.get(at[item], 0) + 1
            total += n * sum(p * (p - 1) / 2 for p in parts.values()) / (n * (n - 1) / 2)
        weight = sum(len(c) for c in one)
        return total / weight if weight else 0.0

    if not key and not response:
        return 1.0, 1.0, 1.0
    return _f(resolved(response, key), resolved(key, response))


def pairs(key: Partition, response: Partition) -> Figures:
    """Precision, recall and F1 of pairs that stand in one cluster."""
    at = _where(key)
    right = 0
    for members in response:
        parts: dict[int, int] = {}
        for item in members:
            if item in at:
                parts[at[item]] = parts.get(at[item], 0) + 1
        right += sum(p * (p - 1) // 2 for p in parts.values())
    said, wanted = (sum(len(c) * (len(c) - 1) // 2 for c in side) for side in (response, key))
    return prf(right, said, wanted)


def conll(key: Partition, response: Partition) -> float:
    """The mean F1 of MUC, B3 and CEAFe."""
    measures: tuple[Callable[[Partition, Partition], Figures], ...] = (muc, b_cubed, ceaf_e)
    return sum(m(key, response)[2] for m in measures) / 3
