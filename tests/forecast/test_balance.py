"""Signed ties over time: triangles and paths held against networkx, windows that see only their own half year."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import networkx as nx
import numpy as np
import pytest
from tests.forecast.worlds import DAY0
from tests.store.factory import event, simple

from communique.coding import ontology
from communique.forecast import balance, indicators, series
from communique.store import open_store

QUADS = series.QUADS


def _signs(seed: int, n: int = 14) -> balance.Signs:
    rng = np.random.default_rng(seed)
    names = [f"C{i:02d}" for i in range(n)]
    return {pair: int(rng.choice([1, 1, -1])) for pair in itertools.combinations(names, 2) if rng.random() < 0.4}


@pytest.mark.parametrize("seed", range(5))
def test_triangles_and_paths_agree_with_networkx(seed: int) -> None:
    signs = _signs(seed)
    graph = nx.Graph()
    for (a, b), s in signs.items():
        graph.add_edge(a, b, sign=s)
    hostile = [0, 0, 0, 0]
    for three in nx.enumerate_all_cliques(graph):
        if len(three) == 3:
            hostile[sum(graph[a][b]["sign"] < 0 for a, b in itertools.combinations(three, 2))] += 1
    assert balance.triangle_kinds(signs) == tuple(hostile)
    friendly = nx.Graph()
    friendly.add_nodes_from(graph)
    friendly.add_edges_from(pair for pair, s in signs.items() if s > 0)
    expected = nx.betweenness_centrality(friendly)
    found = balance.betweenness(signs)
    assert found.keys() == expected.keys() and all(abs(found[c] - expected[c]) < 1e-9 for c in found)


def test_a_pair_that_falls_out_changes_sign_and_bloc() -> None:
    rows = []

    def met(a: str, b: str, quad: int, first: int, days: int) -> None:
        for day in range(first, first + days, 7):
            name = f"{a}{b}{quad}{day}"
            rows.append((name, a, b, "CONSULT" if quad < 2 else "ACCUSE", QUADS[quad], DAY0 + day, DAY0 + day, 1))

    met("AAA", "BBB", 0, 0, 200)
    met("AAA", "BBB", 2, 200, 400)
    met("AAA", "CCC", 0, 0, 600)
    met("BBB", "CCC", 0, 0, 600)
    panel = series.panel_of(rows)
    found = indicators.indicators(panel, "AAA", "BBB", DAY0 + 600, back=52).balance
    assert [b.until for b in found] == sorted(b.until for b in found) and found[-1].until == series.iso(DAY0 + 600) and len(found) == 13
    first, last = found[0], found[-1]
    assert (first.sign, first.triangles, first.share, first.same_bloc) == (1, (1, 0, 0, 0), 1.0, True)
    assert (last.sign, last.triangles, last.share) == (-1, (0, 1, 0, 0), 0.0)
    assert last.triads.unbalanced == ("CCC",) and (last.friends, last.foes) == (2, 1)
    assert last.by_chance == pytest.approx((2 / 3) ** 3 + 3 * (2 / 3) * (1 / 3) ** 2)
    early = panel.take(panel.day < DAY0 + 400)  # the future taken out: the earlier windows are the same
    again = {b.until: b for b in indicators.indicators(early, "AAA", "BBB", DAY0 + 404, back=52).balance}
    assert all(again[b.until] == b for b in indicators.indicators(panel, "AAA", "BBB", DAY0 + 404, back=52).balance)
    empty = panel.take(np.zeros(len(panel), bool))
    assert indicators.indicators(empty, "AAA", "BBB", DAY0).balance == ()


def test_scores_are_means_of_each_direction() -> None:
    rows = [("e1", "AAA", "BBB", "AID", QUADS[1], DAY0, DAY0, 1), ("e2", "AAA", "BBB", "AID", QUADS[1], DAY0 + 1, DAY0 + 1, 1),
            ("e3", "BBB", "AAA", "ACCUSE", QUADS[2], DAY0 + 2, DAY0 + 2, 1), ("e4", "BBB", "AAA", "ACCUSE", QUADS[2], DAY0 + 9, DAY0 + 9, 1)]  # fmt: skip
    known = {"e1": (8.0, 7.0, None), "e2": (4.0, None, None), "e3": (-2.0, -2.0, -1.5), "e4": (None, None, None)}
    asked: list[tuple[str, ...]] = []

    def read(ids: tuple[str, ...]) -> dict[str, indicators.Triple]:
        asked.append(ids)
        return {i: known[i] for i in ids}

    weeks = indicators.indicators(series.panel_of(rows), "AAA", "BBB", DAY0 + 14, back=2, scores=read).weeks
    there, home = weeks[0].scores_left_to_right, weeks[0].scores_right_to_left
    assert there == indicators.Scores(n=2, plover=6.0, goldstein_icews=7.0, goldstein_parus=None)
    assert home == indicators.Scores(n=1, plover=-2.0, goldstein_icews=-2.0, goldstein_parus=-1.5)
    assert weeks[1].scores_right_to_left == indicators.Scores(n=0, plover=None, goldstein_icews=None, goldstein_parus=None)
    assert asked == [("e1", "e2"), ("e3", "e4")]


def test_scores_of_a_store_are_those_of_its_codes(tmp_path: Path) -> None:
    docs = [simple(n, day="2026-03-01", published="2026-03-02") for n in range(3)]
    coded = [msgspec.structs.replace(d, mentions=(msgspec.structs.replace(d.mentions[0], cameo=code),)) for d, code in zip(docs, ("190", "190", "036"), strict=True)]
    made = [d.mentions[0] for d in coded]
    with open_store(tmp_path / "s.db") as store:
        store.add_many(coded)
        joined = event(*made, plover_score=-9.0)
        store.replace_derived([joined], [], [], [])
        found = indicators.scorer(store)((joined.id, "no such event"))
    assert found == {joined.id: (-9.0, *(ontology.goldstein("190", decisions=ontology.Decisions(goldstein=scale)) for scale in ("icews", "parus")))}
