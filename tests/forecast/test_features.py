"""Features see only what was before; ranks and shares are what the protocol says."""

from __future__ import annotations

import numpy as np
from tests.forecast import worlds

from communique.forecast import backtest
from communique.forecast.facts import Decayed
from communique.forecast.features import GROUPS, History, group_of
from communique.forecast.models import Rows, fit, fit_calibration, shares


def test_deleting_the_future_changes_no_feature() -> None:
    whole = worlds.facts()
    for day in (12, 25):
        seen = []
        for known in (whole, whole.before(day)):
            history = History(known, best=15)
            history.advance(day)
            mine = whole.day == day
            keys = np.unique(whole.subject[mine] * 10 + whole.relation[mine])
            seen.append((history.features(day, keys // 10, keys % 10), history.names))
        (a, names), (b, others) = seen
        assert names == others
        assert np.array_equal(a.candidate, b.candidate) and np.array_equal(a.start, b.start)
        assert np.array_equal(a.x, b.x) and np.array_equal(a.tail, b.tail)
        assert np.abs(a.x).sum() > 0


def test_a_changed_past_changes_features() -> None:
    whole = worlds.facts()
    rows = []
    for start in (0, 5):
        cut = whole.before(20)
        keep = cut.day >= start
        history = History(type(cut)(*(getattr(cut, c)[keep] for c in ("subject", "relation", "object", "day")), *(getattr(cut, c) for c in ("entities", "relations", "names", "labels", "role", "home", "first"))))  # fmt: skip
        history.advance(20)
        rows.append(history.features(20, np.array([3]), np.array([1])).tail)
    assert not np.array_equal(*rows)


def test_decayed_counts_fade_by_their_rate() -> None:
    counter = Decayed(np.array([5, 9]), (2.0, 10.0), 50)
    counter.add(counter.find(np.array([5, 5, 9])), 3)
    counter.add(counter.find(np.array([5])), 7)
    found = counter.at(counter.find(np.array([5, 9, 6])), 8)
    expected = [[2 * np.exp(-5 / t) + np.exp(-1 / t) for t in (2, 10)], [np.exp(-5 / t) for t in (2, 10)], [0, 0]]
    assert np.allclose(found, expected, atol=1e-5)


def _model():
    world = worlds.facts()
    history = History(world, best=15)
    rows = backtest.Gatherer(60_000)
    backtest.gather(history, rows, 15, 32)
    return world, history, fit(rows.rows(), history.names)


def test_explanations_add_up_and_ranks_follow_the_protocol() -> None:
    world, history, model = _model()
    assert {group_of(n) for n in model.names} <= set(GROUPS)
    checked = 0
    for day, q, answer in history.walk(32, 36):
        scores = model.scores(day.x)
        for row in np.random.default_rng(day.day).choice(len(scores), min(300, len(scores)), replace=False):
            assert abs(sum(model.parts(day.x[row]).values()) - scores[row]) < 1e-9
            checked += 1
        rank, stratum = backtest._ranks(day, scores, q, answer)
        for i in range(len(q)):
            assert rank[i] == _slow_rank(day, scores, q, answer, i, world.entities)
        assert set(stratum) <= {0, 1, 2}
        alone = backtest._cold_ranks(day, stratum, q, answer)
        for i in range(len(q)):
            rivals = [v for e, v in enumerate(day.sketch[q[i]]) if e not in set(answer[q == q[i]].tolist())]
            mine = day.sketch[q[i]][answer[i]]
            expected = 1 + sum(v > mine for v in rivals) + 0.5 * sum(v == mine for v in rivals)
            assert alone[i] == (expected if stratum[i] == 2 else 0)
    assert checked >= 1000


def _slow_rank(day, scores, q, answer, i, n):
    """The same from a full table: candidates by score, the rest behind by tail; others' answers out; ties mean."""
    lo, hi = day.start[q[i]], day.start[q[i] + 1]
    full = {e: (0, day.tail[q[i]][e]) for e in range(n)}
    full |= {int(c): (1, s) for c, s in zip(day.candidate[lo:hi], scores[lo:hi], strict=True)}
    mine = full[int(answer[i])]
    rivals = [v for e, v in full.items() if e not in set(answer[q == q[i]].tolist())]
    return 1 + sum(v > mine for v in rivals) + 0.5 * sum(v == mine for v in rivals)


def test_the_model_learns_the_habits_of_a_world() -> None:
    world, history, model = _model()
    found = backtest.outcomes(history, model, 32, 40)
    chance = sum(1 / r for r in range(1, world.entities + 1)) / world.entities
    assert (1 / found.rank).mean() > 2.5 * chance
    assert 0 <= backtest.calibration_error(backtest.cross_calibrated(found), found.right) < 0.15


def test_fit_finds_the_weights_that_made_the_choices() -> None:
    rng = np.random.default_rng(2)
    true = np.array([1.5, -1.0, 0.0])
    x = rng.standard_normal((4000, 8, 3)).astype(np.float32)
    p = np.exp(x @ true)
    p /= p.sum(1, keepdims=True)
    picked = np.array([rng.choice(8, p=row) for row in p])
    for i, k in enumerate(picked):
        x[i, [0, k]] = x[i, [k, 0]]
    start = np.arange(0, 8 * 4000 + 1, 8)
    model = fit(Rows(x.reshape(-1, 3), start, np.zeros(8 * 4000, np.float32)), ("sro:a", "so:b", "ro:c"), ridge=0.1)
    assert np.allclose(model.weights, true, atol=0.12)
    assert np.allclose(np.add.reduceat(shares(model.scores(x.reshape(-1, 3)), start), start[:-1]), 1)


def test_calibration_undoes_overconfidence() -> None:
    rng = np.random.default_rng(3)
    truth = rng.uniform(0.05, 0.95, 20_000)
    stated = 1 / (1 + np.exp(-2 * np.log(truth / (1 - truth))))
    line = fit_calibration(stated, rng.random(20_000) < truth)
    assert abs(line.slope - 0.5) < 0.05 and np.abs(line.probability(stated) - truth).mean() < 0.02
