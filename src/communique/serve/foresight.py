"""The pages that look ahead: what may come next, how much, warnings, the scoreboard, indicators of a pair.

Beside every probability stands how often forecasts like it came true, beside every warning how often its rule was
wrong; both are counted on the store's own history. Looking at a page issues nothing: a forecast enters the scoreboard
when it is kept, by the button here or by the command. Every chart has its table, every page its twins.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
from litestar import Response, post
from litestar.handlers import HTTPRouteHandler

from communique import tables
from communique.errors import UsageError
from communique.forecast import balance, following, indicators, rates, scoreboard, series
from communique.forecast import warnings as rules
from communique.forecast.series import Panel
from communique.serve import elsewhere
from communique.serve.app import Site
from communique.serve.pages import Page
from communique.serve.queries import Ask, spelled
from communique.serve.render import View, link
from communique.views.codes import country_name
from communique.views.ledger import commitments_as_of

SHOWN, HORIZONS, BACK = 20, ("7d", "2w", "1m"), (28, 91, 365)
RIBBON = 3  # forecasts on the page of a pair
FRONT_EVENTS = 5_000  # above this, the first page does not wait for warnings
RIBBON_EVENTS = 20_000  # above this, the ribbon waits for a model that is already there
SHORT_QUADS = {"verbal cooperation": "Verbal coop.", "material cooperation": "Material coop.", "verbal conflict": "Verbal conflict", "material conflict": "Material conflict"}  # fmt: skip


def pages() -> list[tuple[Page, list[str]]]:
    """Handlers and their addresses."""
    return [
        (overview, ["/foresight"]), (next_page, ["/foresight/next"]), (counts_page, ["/foresight/counts"]),
        (warnings_page, ["/foresight/warnings"]), (board_page, ["/foresight/scoreboard"]), (indicators_page, ["/foresight/indicators"]),
    ]  # fmt: skip


def handlers() -> list[HTTPRouteHandler]:
    """Routes that take POST."""
    return [keep]


# --- what all of them need ----------------------------------------------------------------------------


def panel_of(site: Site) -> Panel:
    """The events of the store over time, kept until it changes."""
    return site.remembered("foresight panel", lambda: series.panel_for(site.store, keep=not site.read_only))


def past_of(site: Site, origin: int) -> Panel:
    """What was known before a day: cut once for the day after the last report, anew for others."""
    panel = panel_of(site)
    if origin != series.as_ordinal(None, panel.documents):
        return panel.known_before(origin)
    return site.remembered(("foresight past", origin), lambda: panel.known_before(origin))


def origin_of(site: Site, request: Ask) -> int:
    """The day looked from: the address's, else the day after the last report."""
    value = request.query_params.get("as_of") or None
    if value is not None:
        try:
            dt.date.fromisoformat(value)
        except ValueError:
            raise UsageError(f"as_of={value!r} is not a date; give one like 2025-09-08", value=value) from None
    return series.as_ordinal(value, panel_of(site).documents)


def asked_of(site: Site, request: Ask) -> tuple[str | None, tuple[str, str] | None]:
    """The actor or the pair that the address names (neither: none was chosen)."""
    actor, dyad = request.query_params.get("actor") or None, request.query_params.get("dyad") or None
    if actor is not None and dyad is not None:
        raise UsageError("give either actor=AAA or dyad=AAA-BBB, not both", value=dyad)
    if dyad is None:
        return _code(actor) if actor else None, None
    parts = dyad.split("-")
    if len(parts) != 2 or parts[0].upper() == parts[1].upper():
        raise UsageError(f"dyad={dyad!r} is no pair; give two ISO alpha-3 codes like JPN-KOR", value=dyad)
    return None, (_code(parts[0]), _code(parts[1]))


def _code(text: str) -> str:
    found = tables.party(text)
    if ":" in found:
        raise UsageError(f"{text!r} is no country; give an ISO alpha-3 code like JPN", value=text)
    return found


def model_of(site: Site, horizon: int, origin: int) -> rates.RateModel:
    """The model of the store for this horizon and day."""
    return site.remembered(("foresight model", horizon, origin), lambda: following.model_for(site.store, panel_of(site), horizon, origin, keep=not site.read_only))


def _likely(site: Site, request: Ask) -> tuple[list[following.Likely], str, int, rates.RateModel]:
    actor, pair = asked_of(site, request)
    horizon = request.query_params.get("horizon") or "7d"
    origin = origin_of(site, request)
    model = model_of(site, series.horizon_days(horizon), origin)
    past = past_of(site, origin)
    key = ("foresight next", actor, pair, horizon, origin)
    return site.remembered(key, lambda: following.likeliest(past, model, origin, actor=actor, dyad=pair, top=SHOWN)), horizon, origin, model


def _records(site: Site, ids: set[str]) -> dict[str, str]:
    """What to call each of these events in a link: its day and type."""
    panel = panel_of(site)
    rows = site.remembered("foresight rows", lambda: {name: i for i, name in enumerate(panel.ids)})
    return {name: f"{series.iso(int(panel.day[rows[name]]))} {panel.kinds[panel.kind[rows[name]]]}" for name in sorted(ids) if name in rows}


def _busiest(site: Site, origin: int, most: int = 12) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Countries and pairs with the most events of the last half year, for a visitor who has none in mind."""
    actors, pairs = site.remembered(("foresight busiest", origin), lambda: _active(past_of(site, origin), origin))
    return actors[:most], pairs[:most]


def _active(past: Panel, origin: int, most: int = 40) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    recent = past.take(past.day >= origin - 182)
    actors: dict[str, int] = {}
    pairs: dict[str, int] = {}
    for a, b in zip(recent.actor.tolist(), recent.recipient.tolist(), strict=True):
        actors[recent.codes[a]] = actors.get(recent.codes[a], 0) + 1
        if a != b:
            name = "-".join(sorted((recent.codes[a], recent.codes[b])))
            pairs[name] = pairs.get(name, 0) + 1
    tops = [sorted(found.items(), key=lambda f: (-f[1], f[0]))[:most] for found in (actors, pairs)]
    return tops[0], tops[1]


def _told(verb: str, python: str, request: Ask, *, module: str = "", origin: int | None = None) -> dict[str, str]:
    """How to get the same elsewhere. `origin` where it is of a day: then the Python has the panel of events at hand, and the
    command the address's day, if it names one."""
    as_of = request.query_params.get("as_of")
    names = ", ".join(sorted({*([] if origin is None else ["series"]), *([module] if module else [])}))
    before = "" if origin is None else f"panel = series.panel_for(store.inner, keep=False)\norigin = series.as_ordinal({as_of!r}, panel.documents)\n"
    return elsewhere.how(request, cli=f"{verb} --as-of {as_of}" if as_of and origin is not None else verb, imports=f"from communique.forecast import {names}" if names else "", python=before + python)


def _warnings_told(request: Ask, origin: int, back: int, off: tuple[str, ...]) -> dict[str, str]:
    """The same for warnings: those of the events, and those of the ledger unless they are switched off."""
    only = f", rules={tuple(r for r in rules.RULES if r not in off)!r}" if off else ""
    python = f"warnings.current(panel, origin - {back}, origin - 1{only})"
    verb = f"warnings --since {series.iso(origin - back)}{''.join(f' --off {o}' for o in off)}"
    told = _told(verb, f"{python}  # beside these, the overdue commitments of the ledger", request, module="warnings", origin=origin)
    if request.query_params.get("as_of"):
        told["Command line"] += "  # the overdue of a ledger built anew from what had been published by then"
    return told


# --- overview -----------------------------------------------------------------------------------------


def overview(site: Site, request: Ask) -> View:
    """Where to start: warnings of the last four weeks, how the forecasts fared, whom to ask about."""
    panel, origin = panel_of(site), origin_of(site, request)
    found = warned(site, origin, 28)
    actors, pairs = _busiest(site, origin)
    listed = _warning_rows(found[:8])
    data: dict[str, Any] = {
        "as_of": series.iso(origin), "events": len(panel), "unplaced": panel.unplaced, "warnings": listed, "n_warnings": len(found),
        "board": board(site, 3), "actors": [{"actor": a, "events": n} for a, n in actors], "pairs": [{"dyad": p, "events": n} for p, n in pairs],
    }  # fmt: skip
    told = _warnings_told(request, origin, 28, ())
    return View("foresight.html", "Foresight", data, listed, extra={"names": _names(site, found)}, how=told)


# --- what next ----------------------------------------------------------------------------------------


def next_page(site: Site, request: Ask) -> View:
    """Ranked counterparts and types with probabilities, each split into reasons that open their records."""
    actor, pair = asked_of(site, request)
    base: dict[str, Any] = {"actor": actor, "dyad": "-".join(pair) if pair else None, "filter": spelled(request)}
    if actor is None and pair is None:
        origin = origin_of(site, request)
        actors, pairs = _busiest(site, origin, 40)
        data = base | {"as_of": series.iso(origin), "horizon": "7d", "rows": [], "thin": None, "test": None}
        extra: dict[str, Any] = {"actors": actors, "pairs": pairs, "horizons": HORIZONS, "names": {}, "forecasts": []}
        return View("foresight_next.html", "What may come next", data, [], extra=extra, how=_told("", "", request))
    found, horizon, origin, model = _likely(site, request)
    rows: list[dict[str, Any]] = [
        {
            "actor": f.actor, "recipient": f.recipient, "type": f.type, "start": f.start, "end": f.end, "probability": f.probability, "expected": f.expected,
            "base_rate": f.history_only, "came_true": f.tested.true if f.tested else None, "tested_on": f.tested.n if f.tested else None,
            "reasons": [f"{r.share:.4f} {r.words}" for r in f.reasons], "records": list(dict.fromkeys(e for r in f.reasons for e in r.evidence)),
        }
        for f in found
    ]  # fmt: skip
    test = None
    if model.brier is not None and model.brier_base:
        test = {"brier": model.brier, "brier_base": model.brier_base, "skill": 1 - model.brier / model.brier_base, "origins": model.origins, "bins": model.bins}
    data = base | {"as_of": series.iso(origin), "horizon": horizon, "rows": msgspec.to_builtins(found), "thin": model.thin, "test": test}
    ids = {e for f in found for r in f.reasons for e in r.evidence}
    drawn: list[Any] = [_drawn(f) for f in found]
    extra = {"names": _records(site, ids), "horizons": HORIZONS, "actors": (), "pairs": (), "forecasts": drawn}
    flag = f"--actor {actor}" if actor else f"--dyad {base['dyad']}"
    title = f"{country_name(actor) or actor}: what may come next" if actor else f"{' and '.join(country_name(c) or c for c in pair or ())}: what may come next"
    return View("foresight_next.html", title, data, rows, extra=extra, how=_told(
        f"forecast next {flag} --horizon {horizon} --limit {SHOWN} --no-ledger", f"model = following.model_for(store.inner, panel, {series.horizon_days(horizon)}, origin, keep=False)\nfollowing.likeliest(panel, model, origin, {f'actor={actor!r}' if actor else f'dyad={pair!r}'}, top={SHOWN})",
        request, module="following", origin=origin,
    ))


def _drawn(f: following.Likely) -> dict[str, Any]:
    """A forecast with its bar: the reasons side by side, as wide as their shares of the probability."""
    kinds, x, parts = ("mc", "vc", "none", "vx", "mx", "none", "none"), 0.0, []
    for n, r in enumerate(f.reasons):
        parts.append({"x": round(x, 2), "width": round(240 * r.share, 2), "kind": kinds[n % len(kinds)], "words": r.words, "share": r.share})
        x += 240 * r.share
    return {"f": f, "parts": parts, "ratio": f.probability / f.history_only if f.history_only else None}


def ribbon(site: Site, a: str, b: str) -> dict[str, Any] | None:
    """For the page of a pair: the likeliest next events and the warnings of four weeks. None where there is nothing."""
    panel = panel_of(site)
    if not len(panel):
        return None
    origin = series.as_ordinal(None, panel.documents)
    rows: list[dict[str, Any]] = []
    thin = None
    if len(panel) <= RIBBON_EVENTS or following.kept_model(site.store, panel, 7, origin) is not None:
        model = model_of(site, 7, origin)
        thin = model.thin
        past = past_of(site, origin)
        found = site.remembered(("foresight ribbon", a, b), lambda: following.likeliest(past, model, origin, dyad=(a, b), top=RIBBON))
        rows = [{"actor": f.actor, "recipient": f.recipient, "type": f.type, "probability": f.probability, "base_rate": f.history_only, "came_true": f.tested.true if f.tested else None, "tested_on": f.tested.n if f.tested else None, "end": f.end} for f in found]
    return {"rows": rows, "thin": thin, "as_of": series.iso(origin)}


def unusual(site: Site) -> dict[str, Any] | None:
    """For the first page: the alarms of the week before the last report, without commitments, which it has already.
    None where the store is so large that a first page should not wait for them; /foresight has them."""
    if site.remembered("counts", site.store.counts)["events"] > FRONT_EVENTS:
        return None
    panel = panel_of(site)
    if not len(panel):
        return None
    origin = series.as_ordinal(None, panel.documents)
    found = [w for w in warned(site, origin, 7) if w.alarm.rule != "overdue"]
    return {"as_of": series.iso(origin), "rows": _warning_rows(found[:6]), "total": len(found), "names": _names(site, found[:6])}


@post("/foresight/keep", include_in_schema=False, status_code=303)
async def keep(request: Ask) -> Response[bytes]:
    """The forecasts of a page onto the scoreboard, as they stand now."""
    from communique.serve.acts import back_to

    site: Site = request.app.state.site
    form = await request.form()
    what, dyad, actor, horizon = (str(form.get(k) or "") for k in ("what", "dyad", "actor", "horizon"))
    left, _, right = dyad.partition("-")
    pair = (_code(left), _code(right)) if dyad else None
    if pair is None and not actor:
        raise UsageError("there is nothing to keep: give an actor or a pair")
    n = await asyncio.to_thread(_issue, site, what == "counts", pair, _code(actor) if actor else None, horizon or "7d")
    return back_to(link("/foresight/scoreboard", kept=str(n)))


def _issue(site: Site, how_much: bool, pair: tuple[str, str] | None, actor: str | None, horizon: str) -> int:
    panel = panel_of(site)
    origin = series.as_ordinal(None, panel.documents)
    if how_much and pair is not None:
        return scoreboard.issue(site.store.path, panel, origin, following.weekly_counts(panel, *pair, origin))
    model = model_of(site, series.horizon_days(horizon), origin)
    return scoreboard.issue(site.store.path, panel, origin, following.likeliest(panel, model, origin, actor=actor, dyad=pair, top=SHOWN))


# --- how much -----------------------------------------------------------------------------------------


def counts_page(site: Site, request: Ask) -> View:
    """Next week's counts between two, by direction and class, with their intervals."""
    actor, pair = asked_of(site, request)
    if actor is not None:
        raise UsageError("counts are of a pair: give dyad=AAA-BBB", value=actor)
    origin = origin_of(site, request)
    found = following.weekly_counts(past_of(site, origin), *pair, origin) if pair else []
    rows = msgspec.to_builtins(found)
    data = {"dyad": "-".join(pair) if pair else None, "as_of": series.iso(origin), "rows": rows, "thin": found[0].thin if found else None, "filter": spelled(request)}
    extra = {"ways": _ways(found), "pairs": _busiest(site, origin, 40)[1], "short": SHORT_QUADS, "evidence": _of_weeks(pair, origin)}
    names = " and ".join(country_name(c) or c for c in pair) + ": how much next week" if pair else "How much next week"
    verb = f"forecast counts {' '.join(pair)} --no-ledger" if pair else ""
    told = _told(verb, f"following.weekly_counts(panel, {pair[0]!r}, {pair[1]!r}, origin)", request, module="following", origin=origin) if pair else _told("", "", request)
    return View("foresight_counts.html", names, data, rows, extra=extra, how=told)


def _of_weeks(pair: tuple[str, str] | None, origin: int) -> str | None:
    return link("/events", dyad="-".join(pair), since=series.iso(origin - 56), until=series.iso(origin), modality="actual") if pair else None


def _ways(found: list[following.CountForecast]) -> list[dict[str, Any]]:
    """A chart for each direction: a row a class, the bands of 90 and 50 %, the mean, and last week as a mark."""
    out = []
    for first in range(0, len(found), 4):
        four = found[first : first + 4]
        top = max(1, *(max(f.high90, *(f.last_weeks or (0,))) for f in four))
        scale = 760 / top
        bands = [
            {
                "quad": f.quad, "y": 14 + 30 * i, "x90": round(scale * f.low90, 1), "w90": round(scale * (f.high90 - f.low90), 1), "x50": round(scale * f.low50, 1),
                "w50": round(max(2.0, scale * (f.high50 - f.low50)), 1), "mean": round(scale * min(top, f.mean), 1), "last": round(scale * f.last_weeks[-1], 1) if f.last_weeks else None, "f": f,
            }
            for i, f in enumerate(four)
        ]  # fmt: skip
        step = max(1, -(-top // 4))
        marks = sorted({*range(0, top, step), top} - {m for m in range(0, top, step) if 0 < top - m < step / 2})
        out.append({"actor": four[0].actor, "recipient": four[0].recipient, "bands": bands, "ticks": [(round(scale * m, 1), m) for m in marks]})
    return out


# --- warnings -----------------------------------------------------------------------------------------


def warned(site: Site, origin: int, back: int) -> list[rules.Warned]:
    """Alarms of the days before an ordinal, latest first."""
    panel = panel_of(site)

    def make() -> list[rules.Warned]:
        found = rules.current(panel, origin - back, origin - 1)
        return found + rules.commitment_warnings(commitments_as_of(site.store, series.iso(origin)), origin - back, origin)

    return sorted(site.remembered(("foresight warnings", origin, back), make), key=lambda w: (w.alarm.day, w.alarm.rule), reverse=True)


def _warning_rows(found: list[rules.Warned]) -> list[dict[str, Any]]:
    return [
        {
            "day": w.alarm.day, "rule": w.alarm.rule, "left": w.alarm.pair[0], "right": w.alarm.pair[1], "what": w.alarm.words, "tail": w.alarm.tail,
            "false_a_year_this_pair": w.pair_false_a_year, "false_a_year_all": w.rate.false_a_year if w.rate else None,
            "alarms_a_year_all": w.rate.alarms_a_year if w.rate else None, "records": list(w.alarm.evidence),
            "commitment": w.alarm.commitment, "known": rules.rate_words(w),
        }
        for w in found
    ]  # fmt: skip


def _names(site: Site, found: list[rules.Warned]) -> dict[str, str]:
    return _records(site, {e for w in found for e in w.alarm.evidence[:6]})


def warnings_page(site: Site, request: Ask) -> View:
    """What is out of the ordinary, each rule with its count of false alarms and a switch."""
    query = request.query_params
    off = tuple(dict.fromkeys(v for v in query.getall("off", []) if v))
    for name in off:
        if name not in rules.RULES:
            raise UsageError(f"no rule {name!r}; there are: {' '.join(rules.RULES)}", value=name)
    back = query.get("back") or "28"
    if back not in {str(b) for b in BACK}:
        raise UsageError(f"back={back!r} days are not offered; there are: {' '.join(map(str, BACK))}", value=back)
    origin = origin_of(site, request)
    every = warned(site, origin, int(back))
    found = [w for w in every if w.alarm.rule not in off]
    rated = {w.alarm.rule: w.rate for w in every if w.rate is not None}
    table = []
    for name in rules.RULES:
        rate, others = rated.get(name), [o for o in off if o != name]
        table.append({
            "rule": name, "on": name not in off, "now": sum(w.alarm.rule == name for w in every), "borne_out": rules.BORNE_OUT[name],
            "rate": msgspec.to_builtins(rate) if rate else None, "href": link("/foresight/warnings", off=others if name in off else [*off, name], back=back, as_of=query.get("as_of")),
        })  # fmt: skip
    rows = _warning_rows(found)
    data = {"as_of": series.iso(origin), "back": int(back), "off": list(off), "rules": [{k: v for k, v in t.items() if k != "href"} for t in table], "rows": rows[:300], "total": len(rows), "filter": spelled(request)}
    extra = {"switches": table, "names": _names(site, found[:300]), "backs": BACK}
    return View("foresight_warnings.html", "Warnings", data, rows, extra=extra, how=_warnings_told(request, origin, int(back), tuple(off)))


# --- scoreboard ---------------------------------------------------------------------------------------


def board(site: Site, worst: int) -> dict[str, Any]:
    """The scoreboard as values, with so many of the worst misses; what is due is resolved first."""
    if not site.read_only:
        panel = panel_of(site)
        scoreboard.resolve(site.store.path, panel, min(series.as_ordinal(None, panel.documents), dt.date.today().toordinal()))
    found = scoreboard.score(site.store.path, worst=worst)
    built: dict[str, Any] = msgspec.to_builtins(found)
    built["worst"] = [msgspec.to_builtins(line) | {"count": n, "miss": miss} for line, n, miss in found.worst]
    return built


_MISSES = ("kind", "actor", "recipient", "what", "start", "end", "p", "mean", "base", "count", "miss", "at", "seen", "data", "code", "id")


def board_page(site: Site, request: Ask) -> View:
    """Every forecast issued and how it fared: figures, reliability, worst misses first."""
    found = board(site, 50)
    points = [
        {"x": round(40 + 260 * b["stated"], 1), "y": round(270 - 260 * b["true"], 1), "r": round(3 + 1.6 * min(9.0, b["n"] ** 0.5) / 2, 1), **b}
        for b in found["reliability"]
    ]
    rows = [{k: w[k] for k in _MISSES} for w in found["worst"]]
    data = {"board": found, "rows": rows, "kept": request.query_params.get("kept") or None}
    return View("foresight_board.html", "Scoreboard", data, rows, _MISSES, extra={"points": points}, how=_told("scoreboard", "scoreboard.score(store.path, worst=50)", request, module="scoreboard"))


# --- indicators ---------------------------------------------------------------------------------------


def indicators_of(site: Site, pair: tuple[str, str], origin: int, weeks: int) -> indicators.Indicators:
    """The indicators of a pair with the scores of its events, kept until the store changes."""
    def make() -> indicators.Indicators:
        windows: dict[int, balance.Ties] = site.remembered(("foresight windows", origin), dict)  # of all countries: the same for every pair
        return indicators.indicators(past_of(site, origin), *pair, origin, back=weeks, scores=indicators.scorer(site.store), kept=windows)

    return site.remembered(("foresight indicators", pair, origin, weeks), make)


def indicators_page(site: Site, request: Ask) -> View:
    """Cooperation and conflict of a pair by week, beside coverage; triads and blocs. Never one number."""
    actor, pair = asked_of(site, request)
    if actor is not None:
        raise UsageError("indicators are of a pair: give dyad=AAA-BBB", value=actor)
    weeks = request.query_params.get("weeks") or "26"
    if not weeks.isdigit() or not 1 <= int(weeks) <= 520:
        raise UsageError(f"weeks={weeks!r} lies not in 1 to 520", value=weeks)
    origin = origin_of(site, request)
    found = indicators_of(site, pair, origin, int(weeks)) if pair else None
    rows = [_week_row(w, found) for w in found.weeks] if found else []
    data: dict[str, Any] = {"dyad": "-".join(pair) if pair else None, "as_of": series.iso(origin), "weeks": int(weeks), "rows": rows, "indicators": msgspec.to_builtins(found) if found else None, "filter": spelled(request)}
    extra = {"drawn": _indicator_chart(found) if found else None, "pairs": _busiest(site, origin, 40)[1]}
    title = " and ".join(country_name(c) or c for c in pair) + ": indicators" if pair else "Indicators"
    verb = f"indicators {' '.join(pair)} --weeks {weeks}" if pair else ""
    told = _told(verb, f"indicators.indicators(panel, {pair[0]!r}, {pair[1]!r}, origin, back={weeks}, scores=indicators.scorer(store.inner))", request, module="indicators", origin=origin) if pair else _told("", "", request)
    return View("foresight_indicators.html", title, data, rows, extra=extra, how=told)


def _week_row(w: indicators.Week, found: indicators.Indicators) -> dict[str, Any]:
    row: dict[str, Any] = {"week": w.start, "documents": w.documents}
    for name, way in ((f"{found.left}_{found.right}", w.left_to_right), (f"{found.right}_{found.left}", w.right_to_left)):
        for quad, n in zip(series.QUADS, way, strict=True):
            row[f"{name}_{quad.replace(' ', '_')}"] = n
    for name, scores in ((f"{found.left}_{found.right}", w.scores_left_to_right), (f"{found.right}_{found.left}", w.scores_right_to_left)):
        row |= {f"{name}_{field}": getattr(scores, field, None) for field in ("plover", "goldstein_icews", "goldstein_parus")}
    return row | {"cooperation": w.cooperation, "cooperation_low": w.cooperation_low, "cooperation_high": w.cooperation_high, "asymmetry": w.asymmetry, "change": w.change}


def _indicator_chart(found: indicators.Indicators) -> dict[str, Any]:
    """Cooperation above the line, conflict below, both ways together; the shrunk share with its interval underneath."""
    weeks = found.weeks
    slot = min(34.0, 950 / max(1, len(weeks)))
    sums = [[a + b for a, b in zip(w.left_to_right, w.right_to_left, strict=True)] for w in weeks]
    top = max(1, *(max(s[0] + s[1], s[2] + s[3]) for s in sums)) if sums else 1
    bars, band = [], []
    for i, (w, s) in enumerate(zip(weeks, sums, strict=True)):
        x, wide = round(slot * i + 0.5, 2), round(max(0.8, slot - min(2, slot * 0.25)), 2)
        until = series.iso(dt.date.fromisoformat(w.start).toordinal() + 7)
        href = link("/events", dyad=f"{found.left}-{found.right}", since=w.start, until=until, modality="actual")
        for order, sign in (((1, 0), -1), ((3, 2), 1)):
            y = 70.0
            for k in order:
                tall = 62.0 * s[k] / top
                if s[k]:
                    bars.append({"x": x, "y": round(y - tall if sign < 0 else y, 2), "width": wide, "height": round(tall, 2), "kind": ("vc", "mc", "vx", "mx")[k], "label": f"{w.start}: {s[k]} {series.QUADS[k]}", "href": href})
                y += tall * sign
        band.append({"x": round(x + wide / 2, 2), "low": round(60 - 56 * w.cooperation_low, 1), "high": round(60 - 56 * w.cooperation_high, 1), "at": round(60 - 56 * w.cooperation, 1), "label": f"{w.start}: {w.cooperation:.2f} ({w.cooperation_low:.2f} to {w.cooperation_high:.2f})"})
    cuts = [{"x": round(slot * i, 1), "label": w.start} for i, w in enumerate(weeks) if w.change]
    every = max(1, -(-len(weeks) * 80 // 950))
    labels = [(round(slot * (i + 0.5), 1), weeks[i].start) for i in range(0, len(weeks), every)]
    return {"bars": bars, "band": band, "cuts": cuts, "labels": labels, "top": top, "wide": round(slot * len(weeks), 1)}
