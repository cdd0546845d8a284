"""Verbs that look ahead: forecast, warnings, scoreboard, indicators, dossier."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path
from typing import Any

import click

from communique.cli import _common, _output
from communique.errors import UsageError


@click.command()
@click.argument("subject", metavar="ACTOR|AAA-BBB|EVENT")
@click.option("--since", metavar="DATE", help="From this day.")
@click.option("--until", metavar="DATE", help="Before this day.")
@click.option("--format", "form", type=click.Choice(["md", "html", "docx", "pdf", "json"]), default="md", show_default=True)
@click.option("--out", metavar="PATH", help="Write here instead of stdout.")
@_output.store_option
def dossier(subject: str, since: str | None, until: str | None, form: str, out: str | None, store_path: str | None) -> None:
    """A sourced dossier of an actor (ISO code or entity), of a dyad (JPN-KOR) or of an event: every sentence with
    the records behind it, a plot of the timeline, the ledger, and where reports differ."""
    from communique import tables
    from communique.api import make_filter
    from communique.views import brief as briefs
    from communique.views import printed

    if form in ("docx", "pdf") and out is None:
        raise UsageError(f"a {form} file is not for the terminal; give --out PATH")
    with _common.open_existing(store_path) as store:
        flt = make_filter(since=since, until=until)
        pair = subject.split("-") if "-" in subject and ":" not in subject else None
        if pair and len(pair) == 2 and all(len(p) == 3 for p in pair):
            found = briefs.dossier(store.inner, dyad=_pair(subject), flt=flt)
        elif subject.startswith("ev_"):
            found = briefs.event_dossier(store.inner, _common.event_of(store, subject))
        else:
            found = briefs.dossier(store.inner, actor=tables.party(subject), flt=flt)
        if not found.sections:
            when = " in these days" if since or until else "; `communique actors` lists who is in this store"
            raise UsageError(f"{subject}: nothing on record{when}", value=subject)
    if form == "docx":
        _write_bytes(printed.to_docx(found), out)
        return
    if form == "pdf":
        from communique.views.pdf import to_pdf

        _write_bytes(to_pdf(found), out)
        return
    _write(_rendered(found, form), out)


def _rendered(found: Any, form: str) -> str:
    import msgspec

    from communique.views import brief as briefs
    from communique.views import printed

    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    return printed.to_html(found) if form == "html" else briefs.to_markdown(found)


def _write(text: str, out: str | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}; name a file that can be written", where=out) from error


def _write_bytes(data: bytes, out: str | None) -> None:
    assert out is not None
    try:
        Path(out).write_bytes(data)
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}; name a file that can be written", where=out) from error


# --- looking ahead ----------------------------------------------------------------------------------

_as_of = click.option("--as-of", metavar="DATE", help="As seen on that day, from what was published before it (not kept); else after the last report.")
_no_ledger = click.option("--no-ledger", is_flag=True, help="Do not keep these forecasts for the scoreboard.")


@click.group()
def forecast() -> None:
    """What usually follows: odds with their reasons, from the store's own history. Every forecast printed is kept
    beside the store and scored when its time is up (`communique scoreboard`)."""


def _seen(store: Any, as_of: str | None) -> tuple[Any, int]:
    """The panel, and the ordinal of the day from which it is looked at."""
    from communique.api import checked_date
    from communique.forecast import series

    panel = series.panel_for(store.inner)
    return panel, series.as_ordinal(checked_date(as_of), panel.documents)


def _pair(text: str) -> tuple[str, str]:
    from communique.api import make_filter

    found = make_filter(dyad=text).dyad
    assert found is not None
    return found


@forecast.command("next")
@click.option("--actor", metavar="AAA", help="Whom this country may turn to next, and how.")
@click.option("--dyad", metavar="AAA-BBB", help="What may come next between two, both ways.")
@click.option("--horizon", default="7d", show_default=True, metavar="7d|2w|1m", help="How far ahead.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@_as_of
@_no_ledger
@_output.store_option
@_output.output_options
def next_(
    actor: str | None, dyad: str | None, horizon: str, limit: int, as_of: str | None, no_ledger: bool, store_path: str | None, output: str | None
) -> None:
    """Ranked counterparts and event types with probabilities, each split into reasons with the records behind them,
    and how often forecasts like it came true in a back-test on this store."""
    import msgspec

    from communique.forecast import following, series

    if (actor is None) == (dyad is None):
        raise UsageError("give either --actor AAA or --dyad AAA-BBB")
    days = series.horizon_days(horizon)
    pair = _pair(dyad) if dyad else None
    with _common.open_existing(store_path) as store:
        path = Path(store.inner.path)
        panel, origin = _seen(store, as_of)
        model = following.model_for(store.inner, panel, days, origin)
        past = panel.known_before(origin)
        found = following.likeliest(past, model, origin, actor=actor and _common.country(actor, panel.codes), dyad=pair, top=limit)
        if not no_ledger and as_of is None:  # a forecast of a day that has passed is a back-test, not a forecast
            from communique.forecast import scoreboard

            scoreboard.issue(path, past, origin, found)
    _say(panel, model.thin)
    _output.emit(
        found,
        output=output,
        columns=[
            ("probability", lambda f: f"{f.probability:.0%}" if f.probability >= 0.01 else f"{f.probability:.1%}"),
            ("who \u2192 whom", lambda f: f"{f.actor} \u2192 {f.recipient}"),
            ("type", lambda f: f.type),
            ("until", lambda f: f.end),
            ("base rate", lambda f: f"{f.history_only:.1%}"),
            ("came true", lambda f: f"{f.tested.true:.0%} of {f.tested.n}" if f.tested else "not tested"),
            ("reasons", lambda f: [f"{r.share:.1%} {r.words} {' '.join(e[:10] for e in r.evidence)}".strip() for r in f.reasons]),
        ],
        wire=msgspec.to_builtins,
    )


@forecast.command("backtest")
@click.option("--days", type=click.IntRange(28, 3650), default=365, show_default=True, help="How far back.")
@click.option("--horizon", default="7d", show_default=True, metavar="7d|2w|1m", help="How far ahead each forecast looks.")
@_as_of
@_output.store_option
@_output.output_options
def backtest_(days: int, horizon: str, as_of: str | None, store_path: str | None, output: str | None) -> None:
    """What would have been forecast in every week of the period, from what was published before it, and what came:
    Brier, log score and skill against base rates, calibration, CRPS and coverage of the intervals of counts."""
    import msgspec

    from communique.forecast import rolling, series

    ahead = series.horizon_days(horizon)
    with _common.open_existing(store_path) as store:
        panel, origin = _seen(store, as_of)
    found = rolling.backtest(panel, origin, days=days, horizon=ahead)
    _say(panel, found.thin)
    if _output.chosen(output) != "table":
        _output.emit([found], output=output, columns=[(n, attrgetter(n)) for n in found.__struct_fields__ if n != "bins"], wire=msgspec.to_builtins)
        return
    rows = [[n.replace("_", " "), "" if getattr(found, n) is None else str(getattr(found, n))] for n in found.__struct_fields__ if n != "bins"]
    _output.print_table(["figure", "value"], rows, title="back-test of this store")
    if found.bins:
        bins = [[f"{b.low:.0%}\u2013{b.high:.0%}", str(b.n), f"{b.stated:.1%}", f"{b.true:.1%}"] for b in found.bins]
        _output.print_table(["stated", "forecasts", "mean stated", "came true"], bins)


@forecast.command("counts")
@click.argument("left", metavar="AAA")
@click.argument("right", metavar="BBB")
@_as_of
@_no_ledger
@_output.store_option
@_output.output_options
def counts_(left: str, right: str, as_of: str | None, no_ledger: bool, store_path: str | None, output: str | None) -> None:
    """Events of the next week between two countries, by direction and class, with 50 and 90 % intervals, at the
    coverage of the last weeks."""
    import msgspec

    from communique.forecast import following, scoreboard

    pair = _pair(f"{left}-{right}")
    with _common.open_existing(store_path) as store:
        path = Path(store.inner.path)
        panel, origin = _seen(store, as_of)
        found = following.weekly_counts(panel, *pair, origin)
        if not no_ledger and as_of is None:  # a forecast of a day that has passed is a back-test, not a forecast
            scoreboard.issue(path, panel, origin, found)
    _say(panel, found[0].thin)
    _output.emit(
        found,
        output=output,
        columns=[
            ("who \u2192 whom", lambda f: f"{f.actor} \u2192 {f.recipient}"),
            ("class", lambda f: f.quad),
            ("week from", lambda f: f.start),
            ("mean", lambda f: f"{f.mean:.2f}"),
            ("50 %", lambda f: f"{f.low50}\u2013{f.high50}"),
            ("90 %", lambda f: f"{f.low90}\u2013{f.high90}"),
            ("weeks of record", lambda f: f.weeks),
            ("last weeks", lambda f: " ".join(map(str, f.last_weeks))),
        ],
        wire=msgspec.to_builtins,
    )


def _say(panel: Any, thin: str | None) -> None:
    """What the reader of a forecast must know first, on stderr."""
    if thin is not None:
        click.echo(f"too thin to forecast: {thin}; these are base rates, not tested", err=True)
    if panel.unplaced:
        click.echo(f"left out: {panel.unplaced} events without a day, or from reports without a publication day", err=True)


@click.command()
@click.option("--since", metavar="DATE", help="Alarms raised after this day; four weeks back when not given.")
@click.option("--rule", "only", multiple=True, metavar="RULE", help="Only these: spike level first silence threat overdue.")
@click.option("--off", multiple=True, metavar="RULE", help="Not these.")
@_as_of
@_output.store_option
@_output.output_options
def warnings(since: str | None, only: tuple[str, ...], off: tuple[str, ...], as_of: str | None, store_path: str | None, output: str | None) -> None:
    """What is out of the ordinary: spikes and changes of conflict against coverage, first-ever types, broken
    silences, corroborated threats, overdue commitments; each with its records and with how many false alarms a year
    the rule raised on this store's own history."""
    import msgspec

    from communique.api import checked_date
    from communique.forecast import series
    from communique.forecast import warnings as rules

    for name in (*only, *off):
        if name not in rules.RULES:
            raise UsageError(f"no rule {name!r}; there are: {' '.join(rules.RULES)}", value=name)
    chosen = [r for r in rules.RULES if (not only or r in only) and r not in off]
    with _common.open_existing(store_path) as store:
        panel, origin = _seen(store, as_of)
        day = checked_date(since)
        first = series.as_ordinal(day, panel.documents) if day else origin - 28
        found = rules.current(panel, first, origin - 1, rules=chosen)
        if "overdue" in chosen:
            from communique.views.ledger import commitments_as_of

            found += rules.commitment_warnings(commitments_as_of(store.inner, series.iso(origin), rebuild=as_of is not None), first, origin)
    if panel.unplaced:
        _say(panel, None)
    _output.emit(
        found,
        output=output,
        columns=[
            ("day", lambda w: w.alarm.day),
            ("rule", lambda w: w.alarm.rule),
            ("between", lambda w: " \u2013 ".join(w.alarm.pair)),
            ("false alarms a year", rules.rate_words),
            ("records", lambda w: w.alarm.commitment or " ".join(e[:10] for e in w.alarm.evidence[:5])),
            ("what", lambda w: w.alarm.words),
        ],
        wire=msgspec.to_builtins,
    )


@click.command()
@click.option("--worst", type=click.IntRange(0, 1000), default=10, show_default=True, help="So many of the worst misses.")
@_output.store_option
@_output.output_options
def scoreboard(worst: int, store_path: str | None, output: str | None) -> None:
    """Every forecast issued from this store, and how it fared: Brier, log score, CRPS, reliability, skill against
    base rates, worst misses first. What is due is resolved from the store as it now stands; nothing is deleted."""
    import datetime as dt

    import msgspec

    from communique.forecast import scoreboard as board
    from communique.forecast import series

    with _common.open_existing(store_path) as store:
        path = Path(store.inner.path)
        panel = series.panel_for(store.inner)
        seen = series.as_ordinal(None, panel.documents)
        board.resolve(path, panel, min(seen, dt.date.today().toordinal()))
        found = board.score(path, worst=worst)
    if _output.chosen(output) != "table":
        _output.emit([found], output=output, columns=[(n, attrgetter(n)) for n in _BOARD], wire=msgspec.to_builtins)
        return
    rows = [[name.replace("_", " "), "none resolved yet" if getattr(found, name) is None else f"{getattr(found, name):.4g}"] for name in _BOARD]
    _output.print_table(["figure", "value"], rows, title=f"forecasts of {path.name}")
    if found.reliability:
        bins = [[f"{b.low:.0%}\u2013{b.high:.0%}", str(b.n), f"{b.stated:.1%}", f"{b.true:.1%}"] for b in found.reliability]
        _output.print_table(["stated", "forecasts", "mean stated", "came true"], bins)
    if found.worst:
        misses = [[f.start, f"{f.actor} \u2192 {f.recipient}", f.what, f"{f.p:.1%}" if f.p is not None else f"{f.mean:.1f}", str(n)] for f, n, _ in found.worst]
        _output.print_table(["from", "who \u2192 whom", "what", "forecast", "events that came"], misses, title="worst misses")


_BOARD = ("issued", "open", "resolved", "unreadable", "brier", "brier_base", "skill", "log_score", "log_score_base", "crps", "crps_base")


@click.command()
@click.argument("left", metavar="AAA")
@click.argument("right", metavar="BBB")
@click.option("--weeks", type=click.IntRange(1, 1000), default=26, show_default=True, help="How far back.")
@_as_of
@_output.store_option
@_output.output_options
def indicators(left: str, right: str, weeks: int, as_of: str | None, store_path: str | None, output: str | None) -> None:
    """Cooperation and conflict between two countries by week: verbal and material, both ways, with coverage, PLOVER's
    score and both Goldstein scales, change points; and the balance of triads and blocs over time. The figures stand
    beside each other; there is no single index."""
    import msgspec

    from communique.forecast import indicators as figures

    pair = _pair(f"{left}-{right}")
    with _common.open_existing(store_path) as store:
        panel, origin = _seen(store, as_of)
        found = figures.indicators(panel, *pair, origin, back=weeks, scores=figures.scorer(store.inner))
    _say(panel, None)
    if found.thin:
        click.echo(found.thin, err=True)
    if _output.chosen(output) == "json":
        _output.write_json(msgspec.to_builtins(found))
        return
    columns: list[tuple[str, Any]] = [("week from", lambda w: w.start), ("documents", lambda w: w.documents)]
    for number, name in enumerate(("verbal coop.", "material coop.", "verbal conflict", "material conflict")):
        columns.append((name, lambda w, n=number: f"{w.left_to_right[n]} / {w.right_to_left[n]}"))
    columns += [
        ("cooperation, 90 %", lambda w: f"{w.cooperation:.2f} ({w.cooperation_low:.2f}\u2013{w.cooperation_high:.2f})"),
        ("asymmetry", lambda w: w.asymmetry),
        ("PLOVER", lambda w: _both(w, "plover")),
        ("Goldstein (ICEWS)", lambda w: _both(w, "goldstein_icews")),
        ("Goldstein (Phoenix)", lambda w: _both(w, "goldstein_parus")),
        ("change", lambda w: "level of conflict changes" if w.change else None),
    ]
    _output.emit(found.weeks, output=output, columns=columns, wire=msgspec.to_builtins, title=f"{pair[0]} \u2192 {pair[1]} / {pair[1]} \u2192 {pair[0]}")
    if _output.chosen(output) == "table":
        share = "none" if found.triads.share is None else f"{found.triads.balanced} of {found.triads.third} balanced"
        click.echo(f"triads with third countries: {share}; unbalanced: {' '.join(found.triads.unbalanced) or 'none'}")
        for bloc in found.blocs[:6]:
            click.echo(f"bloc: {' '.join(bloc)}")
        rows = [[cell(b) for _, cell in _BALANCE] for b in found.balance]
        _output.print_table([name for name, _ in _BALANCE], rows, title="half years of signed ties")


def _both(week: Any, name: str) -> str:
    """A mean score of both directions, "-" where no event has one."""
    values = [getattr(s, name) if s is not None else None for s in (week.scores_left_to_right, week.scores_right_to_left)]
    return " / ".join("-" if v is None else f"{v:+.1f}" for v in values)


def _share(value: float | None) -> str:
    return "none" if value is None else f"{value:.0%}"


_BALANCE: list[tuple[str, Any]] = [
    ("before", lambda b: b.until),
    ("friends, foes", lambda b: f"{b.friends}, {b.foes}"),
    ("triangles by hostile ties 0 1 2 3", lambda b: " ".join(map(str, b.triangles))),
    ("balanced", lambda b: _share(b.share)),
    ("by chance", lambda b: _share(b.by_chance)),
    ("the pair", lambda b: {1: "friends", -1: "foes", 0: "no tie"}[b.sign]),
    ("its triangles balanced", lambda b: f"{b.triads.balanced} of {b.triads.third}"),
    ("same bloc", lambda b: "" if b.same_bloc is None else "yes" if b.same_bloc else "no"),
    ("paths through each", lambda b: f"{_share(b.between_left)}, {_share(b.between_right)}"),
]
