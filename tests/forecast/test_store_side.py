"""Forecasts, warnings, the scoreboard and indicators on panels and a small store."""

from __future__ import annotations

import datetime as dt
import json
import math
import subprocess
import sys
from pathlib import Path

import msgspec
import numpy as np
import pytest
from tests.forecast import worlds
from tests.forecast.worlds import DAY0
from tests.store.factory import event, simple

from communique.cli import main
from communique.errors import UsageError
from communique.forecast import balance, counts, following, indicators, rates, scoreboard, series, warnings
from communique.forecast.series import iso
from communique.records import Commitment, StateChange, When
from communique.store import open_store


def test_what_was_not_published_is_not_known() -> None:
    panel = worlds.steady()
    origin = DAY0 + 7 * 30
    late = panel.known.copy()
    late[:] = np.where(panel.day >= origin - 21, origin + 5, late)
    hidden = series.replace(panel, known=late)
    assert hidden.known_before(origin).day.max() < origin - 21
    model = rates.fit(panel, origin)
    cut = panel.take(panel.known < origin)
    for a, b in zip(following.likeliest(panel, model, origin, actor="A0"), following.likeliest(cut, model, origin, actor="A0"), strict=True):
        assert (a.probability, a.reasons) == (b.probability, b.reasons)
    assert rates.fit(cut, origin) == rates.fit(panel, origin)


def test_a_probability_splits_exactly_and_opens_its_records() -> None:
    panel = worlds.steady()
    origin = DAY0 + 7 * 38
    model = rates.fit(panel, origin)
    assert model.thin is None and model.bins and model.brier is not None and model.brier_base is not None
    assert model.brier < model.brier_base
    found = following.likeliest(panel, model, origin, dyad=("A0", "B0"))
    assert found[0].type == "CONSULT" and found[0].probability > 0.5
    for one in found:
        assert abs(sum(r.share for r in one.reasons) - one.probability) < 1e-9
        assert abs(sum(r.expected for r in one.reasons) - one.expected) < 1e-9
        assert all(e in panel.ids for r in one.reasons for e in r.evidence) and all(r.evidence for r in one.reasons)
    assert any(r.evidence for r in found[0].reasons)
    assert following.likeliest(panel, model, origin, actor="ZZZ") == []


def test_a_thin_store_says_so() -> None:
    panel = worlds.steady(weeks=6, pairs=1)
    model = rates.fit(panel, DAY0 + 42)
    assert model.thin is not None and "needed" in model.thin and model.bins == ()
    empty = panel.take(np.zeros(len(panel), bool))
    assert rates.fit(empty, DAY0).thin is not None
    assert all(c.thin and c.mean == 0 for c in following.weekly_counts(empty, "A0", "B0", DAY0))


def test_a_spike_is_flagged_and_a_busy_week_is_not() -> None:
    panel = worlds.steady(spike=(30, 8))
    day = DAY0 + 7 * 30
    found = [a for a in warnings.alarms(panel, day - 1, day + 14, rules=("spike",)) if a.pair == ("A0", "B0")]
    assert found and found[0].day <= iso(day + 3) and all(e.startswith(("s", "e")) for e in found[0].evidence)
    flooded = {d: n * (30 if day <= d < day + 7 else 1) for d, n in panel.documents.items()}
    busy = series.replace(panel, documents=flooded)
    assert not [a for a in warnings.alarms(busy, day - 1, day + 6, rules=("spike",)) if a.pair == ("A0", "B0")]


def test_firsts_silences_threats_and_overdue_open_their_records() -> None:
    rows = [(f"e{i}", "AAA", "BBB", "CONSULT", series.QUADS[0], DAY0 + 2 * i, DAY0 + 2 * i, 1) for i in range(25)]
    end = DAY0 + 48
    rows += [("first", "AAA", "BBB", "SANCTION", series.QUADS[3], end + 1, end + 2, 1), ("said", "BBB", "AAA", "THREATEN", series.QUADS[2], end + 3, end + 3, 2),
             ("alone", "BBB", "AAA", "THREATEN", series.QUADS[2], end + 4, end + 4, 1), ("again", "AAA", "BBB", "CONSULT", series.QUADS[0], end + 100, end + 100, 1)]  # fmt: skip
    found = {(a.rule, a.evidence): a.day for a in warnings.alarms(series.panel_of(rows), DAY0, end + 200)}
    assert found["first", ("first",)] == iso(end + 2)  # when it was published, not when it happened
    assert ("threat", ("said",)) in found and ("threat", ("alone",)) not in found
    assert ("silence", ("again",)) in found and sum(rule == "silence" for rule, _ in found) == 1
    item = Commitment(id="c", kind="event", by=(), to=(), what="a summit", due=When(start=iso(end), end=iso(end + 1), grain="day", basis="stated"),
                      state="overdue-unreported", history=(), mentions=("m1",))  # fmt: skip
    due = warnings.commitment_warnings([item], DAY0, end + 200)
    assert due[0].alarm.evidence == ("m1",) and due[0].alarm.commitment == "c" and "no rate" not in warnings.rate_words(due[0])
    assert warnings.rate_words(due[0]) == "not known: too little history"
    assert warnings.commitment_warnings([item], end + 30, end + 200) == []


def test_alarms_do_not_depend_on_what_came_later() -> None:
    panel = worlds.steady(spike=(30, 8))
    day = DAY0 + 7 * 31
    cut = panel.take(np.maximum(panel.known, panel.day) <= day)
    assert list(warnings.alarms(panel, DAY0, day)) == list(warnings.alarms(cut, DAY0, day))


def test_rates_are_counted_and_withheld_when_there_is_too_little() -> None:
    panel = worlds.steady(pairs=12, weeks=52)
    rate = warnings.backtest(panel, DAY0 + 84, DAY0 + 364)
    spike = rate["spike"]
    assert 6 <= spike.pairs <= 12 and spike.false <= spike.alarms and spike.low is not None and spike.low <= spike.false / spike.pair_years <= spike.high < 5
    assert (spike.false_a_year is None) == (spike.false < warnings.TOLD)
    warned = warnings.Warned(alarm=next(warnings.alarms(worlds.steady(spike=(30, 8)), DAY0, DAY0 + 364, rules=("spike",))), rate=spike)
    assert f"{spike.false} of {spike.alarms} alarms were false" in warnings.rate_words(warned)
    none = msgspec.structs.replace(spike, alarms=0, false=0, false_a_year=None, high=0.2)
    assert "no such alarm before" in warnings.rate_words(warnings.Warned(alarm=warned.alarm, rate=none))
    every = warnings.backtest(worlds.steady(pairs=40, weeks=104), DAY0 + 84, DAY0 + 728)
    claimed = [r for r in every.values() if r.false_a_year is not None]
    assert claimed and all(r.false >= warnings.TOLD and r.false_a_pair_year == r.false / r.pair_years for r in claimed)
    short = warnings.backtest(worlds.steady(pairs=1, weeks=20), DAY0 + 84, DAY0 + 140)
    assert short["spike"].false_a_year is None


def test_rates_are_taken_over_what_could_have_raised_the_rule() -> None:
    days = [*range(0, 60, 3), 60 + 90, 60 + 93]  # every third day, then ninety days of silence: broken after 56
    panel = series.panel_of([(f"e{n}", "AAA", "BBB", "CONSULT", series.QUADS[0], DAY0 + d, DAY0 + d, 1) for n, d in enumerate(days)])
    (_, mine), *_ = warnings.by_pair(panel)
    assert warnings.quiet_days(mine, DAY0, DAY0 + 200) == 150 - (57 + 56)
    assert warnings.quiet_days(mine, DAY0, DAY0 + 140) == 140 - (57 + 56) and warnings.quiet_days(mine, DAY0, DAY0 + 100) == 0
    heard = warnings.heard("level", DAY0, [DAY0 + 10], DAY0, DAY0 + 365)
    assert heard[:10].all() and not heard[10:150].any() and heard[150:].all()
    assert warnings.heard("spike", DAY0, [DAY0 + 10], DAY0, DAY0 + 365).all()  # its peace is no longer than a rate looks ahead


def test_overdue_commitments_are_counted_against_what_came_later() -> None:
    def item(n: int, *told: tuple[int, str]) -> Commitment:
        steps = tuple(StateChange(state=state, at=iso(day), mention=f"m{n}", document="d", evidence=None, reason="said") for day, state in told)
        return Commitment(id=f"c{n}", kind="event", by=(), to=(), what="talks", due=When(start=iso(DAY0 + 49), end=iso(DAY0 + 50), grain="day", basis="stated"),
                          state="scheduled", history=steps, mentions=(f"m{n}",))  # fmt: skip

    ledger = [item(1, (DAY0, "scheduled")), item(2, (DAY0, "scheduled"), (DAY0 + 60, "held")), item(3, (DAY0, "scheduled"), (DAY0 + 90, "held")),
              item(4, (DAY0, "scheduled"), (DAY0 + 20, "cancelled")), item(5, (DAY0, "scheduled"), (DAY0 + 50, "held"))]  # fmt: skip
    found = warnings.commitment_rate(ledger, DAY0 + 100)
    assert (found.alarms, found.false) == (4, 2)  # told ten days late, and on the day after its last day; one was called off before
    assert warnings.commitment_rate(ledger, DAY0 + 60).alarms == 0  # four weeks have not yet passed


def test_the_scoreboard_keeps_everything_and_scores_it(tmp_path: Path) -> None:
    panel = worlds.steady()
    store, origin = tmp_path / "s.db", DAY0 + 7 * 36
    model = rates.fit(panel, origin)
    found = following.likeliest(panel, model, origin, actor="A0")
    weekly = following.weekly_counts(panel, "A0", "B0", origin)
    assert scoreboard.issue(store, panel, origin, [*found, *weekly]) == len(found) + len(weekly)
    assert scoreboard.issue(store, panel, origin, found) == 0
    assert scoreboard.resolve(store, panel, origin + 10) == 0  # late reports may still come
    before = scoreboard.ledger_path(store).read_bytes()
    assert scoreboard.resolve(store, panel, origin + 60) == len(found) + len(weekly)
    assert scoreboard.ledger_path(store).read_bytes().startswith(before)
    with scoreboard.ledger_path(store).open("ab") as out:
        out.write(b"{broken\n")
    board = scoreboard.score(store)
    assert (board.issued, board.open, board.unreadable) == (len(found) + len(weekly), 0, 1)
    mine = panel.between("A0", "B0")
    for line, n, _ in board.worst:
        if line.kind == "next" and line.recipient == "B0":
            kind = mine.kind == mine.kinds.index(line.what)
            assert n == (kind & (mine.day >= origin) & (mine.day < origin + 7)).sum()
    assert board.brier is not None and 0 <= board.brier < 1 and board.crps is not None


def test_indicators_stand_beside_each_other() -> None:
    panel = worlds.steady(weeks=40)
    found = indicators.indicators(panel, "A0", "B0", DAY0 + 280)
    assert len(found.weeks) == 26 and found.thin is None
    assert sum(sum(w.left_to_right) for w in found.weeks) > 0 and all(w.cooperation_low < w.cooperation < w.cooperation_high for w in found.weeks)
    assert indicators.change_points(np.array([1.0] * 12 + [9.0] * 12)) == [12]
    assert indicators.change_points(np.array([2.0] * 30)) == []
    signs = {("A", "B"): 1, ("A", "C"): -1, ("B", "C"): -1, ("A", "D"): 1, ("B", "D"): -1}
    triads = indicators.triads(signs, "A", "B")
    assert (triads.third, triads.balanced, triads.unbalanced) == (2, 1, ("D",))
    assert balance.blocs({("A", "B"): 1, ("C", "D"): 1, ("A", "C"): -1}) == (("A", "B"), ("C", "D"))


def test_counts_score_and_stay_honest() -> None:
    past = np.array([[0.0, 0.0, 3.0, 5.0]])
    weights = counts.age_weights(np.array([3.0, 2.0, 1.0, 0.0]))
    found = counts.crps(past, weights, np.array([[4.0]]))[0, 0]
    pairs = sum(weights[i] * weights[j] * abs(past[0, i] - past[0, j]) for i in range(4) for j in range(4))
    assert abs(found - (float((weights * abs(past[0] - 4)).sum()) - pairs / 2)) < 1e-9
    quiet = counts.empirical(np.zeros(12))
    assert quiet.mean == 0 and quiet.interval(0.9) == (0, 0)
    assert counts.empirical(np.array([0.0, 4, 8])).interval(0.5)[1] >= 4
    assert abs(counts.nb_crps(0, 1e-9, np.inf)) < 1e-6 and counts.upper_tail(3, 0.2, np.inf) < 0.01


@pytest.mark.parametrize(("mean", "size"), [(0.02, np.inf), (3.0, np.inf), (0.4, 0.05), (7.5, 1.3), (120.0, 9.0)])
def test_quantiles_and_tails_add_up_the_single_counts(mean: float, size: float) -> None:
    def chance(k: int) -> float:
        if np.isinf(size):
            return math.exp(k * math.log(mean) - mean - math.lgamma(k + 1))
        log = math.lgamma(k + size) - math.lgamma(size) - math.lgamma(k + 1)
        return math.exp(log + size * math.log(size / (size + mean)) + k * math.log(mean / (size + mean)))

    below = np.cumsum([chance(k) for k in range(1500)])
    for p in (0.05, 0.25, 0.5, 0.75, 0.95, 0.9999):
        assert counts.nb_quantile(p, mean, size) == int(np.searchsorted(below, p))
    for count in (1, 2, 9, 200):
        assert abs(counts.upper_tail(count, mean, size) - (1 - below[count - 1])) < 1e-9
    observed = 4
    assert abs(counts.nb_crps(observed, mean, size) - float(np.square(below - (np.arange(1500) >= observed)).sum())) < 1e-3


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A store of a few months of talks between two countries."""
    path = tmp_path / "small.db"
    with open_store(path) as store:
        documents = [simple(n, day=iso(DAY0 + 3 * n), published=iso(DAY0 + 3 * n + 1)) for n in range(30)]
        store.add_many(documents)
        store.replace_derived([event(d.mentions[0]) for d in documents], [], [])
    return path


def test_the_verbs_run_on_a_store(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for verb in (["forecast", "next", "--actor", "JPN"], ["forecast", "next", "--dyad", "JPN-KOR", "--horizon", "2w"],
                 ["forecast", "counts", "JPN", "KOR"], ["warnings"], ["scoreboard"], ["indicators", "JPN", "KOR"]):  # fmt: skip
        for form in ("--json", "--table", "--csv"):
            assert main([*verb, "--store", str(small), form]) == 0, verb
    found = capsys.readouterr()
    assert "too thin to forecast" in found.err
    assert main(["forecast", "next", "--actor", "JPN", "--store", str(small), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    kept = scoreboard.score(small).issued
    assert kept > 0 and main(["forecast", "next", "--actor", "JPN", "--as-of", iso(DAY0 + 40), "--store", str(small), "--json"]) == 0
    assert scoreboard.score(small).issued == kept  # seen with hindsight: not a forecast
    capsys.readouterr()
    assert rows[0]["type"] == "CONSULT" and rows[0]["recipient"] == "KOR" and rows[0]["thin"]
    assert main(["forecast", "next", "--store", str(small)]) == 2
    assert main(["warnings", "--rule", "omens", "--store", str(small)]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_horizons() -> None:
    assert [series.horizon_days(t) for t in ("7d", "2w", "1m")] == [7, 14, 30]
    for bad in ("", "7", "x", "0d", "9999d"):
        with pytest.raises(UsageError):
            series.horizon_days(bad)


def test_a_spike_is_found_from_before_the_record_began() -> None:

    start = dt.date(2026, 1, 5).toordinal()
    rows = [(f"q{n}", "AAA", "BBB", "CONSULT", "verbal cooperation", start + n, start + n, 1) for n in range(0, 200, 2)]
    rows += [(f"h{n}", "AAA", "BBB", "THREATEN", "verbal conflict", start + 195 + n, start + 195 + n, 1) for n in range(5)]
    panel = series.panel_of(rows)
    for first in (start - 300, start + 90):
        found = [a for a in warnings.alarms(panel, first, start + 210, rules=("spike",))]
        assert [a.day for a in found] == [series.iso(start + 197)]


def test_many_pairs_are_sampled_without_losing_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    codes = [f"C{i:02d}" for i in range(12)]
    rows = []
    for n in range(4000):
        a, b = rng.choice(12, 2, replace=False)
        day = DAY0 + int(rng.integers(300))
        rows.append((f"e{n}", codes[a], codes[b], "CONSULT", "verbal cooperation", day, day, 1))
    panel = series.panel_of(rows)
    monkeypatch.setattr(rates, "PAIRS", 60)  # of 132: what came must still be found in the sample
    model = rates.fit(panel, DAY0 + 300)
    found = following.likeliest(panel, model, DAY0 + 300, actor="C03", top=100)
    expected = 1 - np.exp(-4000 / 132 / 300 * 7)
    assert abs(np.mean([f.probability for f in found]) - expected) < 0.1


def test_the_copy_of_the_panel_follows_the_store(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        for n in range(3):
            doc = simple(n, day=f"2026-03-0{n + 1}", published="2026-03-05")
            store.add_many([doc])
            store.replace_derived([event(m) for d in store.mentions() for m in [d]], [], [], [])
            first, again, read = series.panel_for(store), series.panel_for(store), series.read_panel(store)
            for found in (first, again):
                assert found.ids == read.ids and len(found) == n + 1 and found.documents == read.documents
                assert np.array_equal(found.day, read.day) and found.codes == read.codes and found.unplaced == read.unplaced
        copy = tmp_path / "s.db.forecast-panel.npz"
        copy.write_bytes(copy.read_bytes()[:100])  # cut off: read again, not believed
        assert series.panel_for(store).ids == read.ids


def test_asking_for_odds_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    with open_store(tmp_path / "s.db") as store:
        docs = [simple(n, actor="KEN", recipient="TZA", day=f"2026-03-0{n + 1}", published="2026-03-05") for n in range(4)]
        store.add_many(docs)
        store.replace_derived([event(m) for d in docs for m in d.mentions], [], [], [])
    assert main(["forecast", "next", "--actor", "KEN", "--no-ledger", "--store", str(tmp_path / "s.db"), "--json"]) == 0  # fits
    ask = f"main(['forecast', 'next', '--actor', 'KEN', '--no-ledger', '--store', {str(tmp_path / 's.db')!r}, '--json'])"
    heavy = "{'communique.pipeline', 'communique.link', 'communique.tables', 'communique.forecast.scoreboard', 'numpy.ma', 'scipy', 'rich', 'spacy'}"
    code = f"import sys; from communique.cli import main; {ask}; print(sorted({heavy} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert '"probability"' in done.stdout and done.stderr.splitlines()[-1] == "[]"
    where = f"'--store', {str(tmp_path / 's.db')!r}, '--json'"
    ask = f"main(['brief', {where}]); main(['warnings', {where}]); main(['indicators', 'KEN', 'TZA', {where}])"
    code = f"import sys; from communique.cli import main; {ask}; print('scipy.stats' in sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[-1] == "False"  # its distributions take longer to import than the answer


def test_a_backtest_says_what_would_have_been_said() -> None:
    from communique.forecast import rolling

    rng = np.random.default_rng(8)
    rows = []
    for n in range(900):
        a, b = [("AAA", "BBB"), ("BBB", "AAA"), ("CCC", "DDD")][int(rng.choice(3, p=[0.6, 0.3, 0.1]))]
        day = DAY0 + int(rng.integers(500))
        kind, quad = [("CONSULT", series.QUADS[0]), ("ACCUSE", series.QUADS[2])][int(rng.integers(2))]
        rows.append((f"e{n}", a, b, kind, quad, day, day + 1, 1))
    panel = series.panel_of(rows)
    found = rolling.backtest(panel, DAY0 + 500, days=210)
    assert found.thin is None and found.origins == 30 and found.forecasts == 30 * 6
    assert found.skill is not None and found.skill > 0.1 and found.ece is not None and found.ece < 0.12
    assert found.within90 is not None and 0.85 < found.within90 <= 1 and found.crps is not None and found.crps_base is not None
    assert sum(b.n for b in found.bins) == found.forecasts
    known = panel.take(panel.known < DAY0 + 430)  # the future taken out: the earlier weeks are forecast alike
    p, base, _ = rolling._odds(panel, panel.known_before(DAY0 + 400), rates.fit(panel, DAY0 + 400), DAY0 + 400, 7)
    q, flat, _ = rolling._odds(known, known.known_before(DAY0 + 400), rates.fit(known, DAY0 + 400), DAY0 + 400, 7)
    assert np.array_equal(p, q) and np.array_equal(base, flat)
    assert rolling.backtest(panel.take(np.arange(40)), DAY0 + 300).thin is not None


def test_a_brief_says_what_was_unusual_and_what_falls_due(tmp_path: Path) -> None:
    from communique.forecast import briefing
    from communique.views import brief

    docs = [simple(n, actor="KEN", recipient="TZA", day=iso(DAY0 + 2 * n), published=iso(DAY0 + 2 * n)) for n in range(100)]
    docs += [simple(200 + n, actor="KEN", recipient="TZA", day=iso(DAY0 + 195 + n), published=iso(DAY0 + 195 + n), type="THREATEN") for n in range(5)]
    made = [m for d in docs for m in d.mentions]
    promise = Commitment(
        id="c1", kind="pledge", by=made[0].actors, to=made[0].recipients, what="boats", state="pledged", history=(), mentions=(made[0].id,),
        due=When(start=iso(DAY0 + 210), end=iso(DAY0 + 211), grain="day", basis="stated"),
    )  # fmt: skip
    with open_store(tmp_path / "s.db") as store:
        store.add_many(docs)
        store.replace_derived([event(m, quad="verbal conflict" if m.type == "THREATEN" else "verbal cooperation") for m in made], [], [promise], [])
        found = briefing.with_outlook(store, brief.brief(store), until=iso(DAY0 + 201))
    sections = {s.heading: s for s in found.sections}
    assert {"spike", "first"} <= {rule for rule in warnings.RULES for s in sections["Unusual this week"].statements if f", {rule}:" in s.text}
    assert [s.record for s in sections["Due next"].statements] == ["c1"]
    assert all(s.evidence for heading in ("Unusual this week", "Due next") for s in sections[heading].statements)
