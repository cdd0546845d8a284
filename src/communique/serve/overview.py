"""The pages that look over many records: brief, timeline, dyads, commitments, actors, network, map, compare."""

from __future__ import annotations

import datetime as dt
import functools
import itertools
import math
import re
import shlex
import time
from collections import Counter
from typing import Any

import msgspec
from litestar.datastructures import Cookie
from markupsafe import Markup, escape

from communique import tables
from communique.errors import UsageError
from communique.records import Commitment, Filter
from communique.serve import charts, elsewhere, foresight, periods
from communique.serve.app import Site
from communique.serve.pages import Page
from communique.serve.queries import Ask, country_of, filter_of, one_id, spelled
from communique.serve.render import View, link, quad_class
from communique.serve.render import day as day_words
from communique.views.citing import calendar
from communique.views.codes import country_name, known_countries
from communique.views.compare import compare_publishers
from communique.views.dyads import GRAINS, covered, dyad_series, undated
from communique.views.ledger import as_known, commitments_as_of, overdue
from communique.views.pages_event import passage
from communique.views.pages_overview import (
    Period,
    Standing,
    actor_page,
    brief_page,
    commitment_rows,
    coverage,
    drawn_network,
    dyad_moves,
    fitting,
    periods_back,
    silent,
    spots,
    standing,
)  # fmt: skip
from communique.views.roster import busiest_parties
from communique.views.timeline import LANES, Lane, lanes
from communique.views.wording import interval_words

WIDE = 1000.0
BRIEF_WIDE = 520.0  # it stands in the narrower of two columns
LOOKED, VISIT_SECONDS = "communique_looked", 1800
BOARD = ("overdue", "due", "waiting", "under way", "done", "broken off")
BOARD_CARDS, LEDGER_ROWS, PROMISES, BETWEEN = 12, 200, 15, 12
STACKED = 8  # entries of a lane above one another; what finds no room is counted beneath
_COLUMN = {
    "overdue-unreported": "overdue", "lapsed-unreported": "overdue", "held": "done", "fulfilled": "done", "under way": "under way",
    "in progress": "under way", "partly fulfilled": "under way", "cancelled": "broken off", "denied": "broken off", "broken": "broken off",
    "withdrawn": "broken off", "disputed": "broken off", "superseded": "broken off", "stalled": "broken off",
}  # fmt: skip


def pages() -> list[tuple[Page, list[str]]]:
    """Handlers and their addresses."""
    return [
        (brief, ["/", "/brief"]), (timeline, ["/timeline"]), (dyads, ["/dyads"]), (dyad, ["/dyad/{a:str}/{id:str}"]),
        (commitments, ["/commitments"]), (commitment, ["/commitment/{id:str}"]), (actors, ["/actors"]), (actor, ["/actor/{id:str}"]),
        (network_page, ["/network"]), (map_page, ["/map"]), (compare, ["/compare"]),
    ]  # fmt: skip


def today() -> str:
    """The day it is, in UTC."""
    return dt.datetime.now(dt.UTC).date().isoformat()


def day_of(request: Ask, name: str, default: str) -> str:
    """A day from the address; raises `UsageError` for what is none."""
    value = request.query_params.get(name) or default
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise UsageError(f"{name}={value!r} is not a date; give one like 2025-09-08", value=value) from None


def period_of(site: Site, request: Ask, *, date: str, least: int = 0, most: int = 0, base: Filter | None = None) -> Period:
    """The period that the address names, or the one that fits."""
    query = request.query_params
    if query.get("since") or query.get("until"):
        return Period(query.get("since") or None, query.get("until") or None, "chosen")
    if window := periods.slid(query):
        return window
    named = query.get("period")
    found = _last(site)
    known = periods_back(found)
    for period in known:
        if period.name == named:
            return period
    if named:
        raise UsageError(f"no period called {named!r}; there are: {', '.join(p.name for p in known)}, or give since and until", value=named)
    return site.remembered(("period", date, least, most, base, found), lambda: fitting(site.store, found, date=date, least=least, most=most, base=base), linked=True)


def _spans(site: Site, request: Ask, period: Period) -> dict[str, Any]:
    """What the choice of a period needs: the named ones, and the slider over the days of all events."""
    ends = site.remembered("event days", lambda: periods.event_days(site.store), linked=True)
    return {"spans": periods_back(_last(site)), "slide": periods.slider(ends, period), "slid": "slide" in request.query_params}


def _days(site: Site) -> list[tuple[str, int]]:
    """Coverage by day, read once until the store changes."""
    return site.remembered("coverage days", site.store.documents_by_day)


def _last(site: Site) -> str | None:
    """The latest publication day of any document."""
    days = _days(site)
    return days[-1][0] if days else None


def _publishers(site: Site) -> list[dict[str, Any]]:
    return [row | {"share_copied": round(row["copied"] / row["documents"], 4)} for row in site.remembered("publishers", site.store.publishers)]


def brief(site: Site, request: Ask) -> View:
    """What is new, first page of all."""
    date = request.query_params.get("date") or "published"
    if date not in ("published", "added"):
        raise UsageError(f"a brief goes by the day published or added, not {date!r}", value=date)
    period = period_of(site, request, date=date, least=10)
    day = day_of(request, "today", today())
    before, visit = visits(request.cookies.get(LOOKED, ""), int(time.time()))
    data = site.remembered(("brief", period, day, date), lambda: brief_page(site.store, period, _standing(site, day), date=date), linked=True)
    last = _last(site)
    cover = site.remembered(("coverage", period), lambda: coverage(_days(site), period))
    data = data | {
        "moves": site.remembered("moves", lambda: dyad_moves(site.store, last)), "coverage": cover,
        "silent": silent(_publishers(site), period), "counts": site.remembered("counts", site.store.counts), "last": last, "looked": _looked(before, period, date),
    }  # fmt: skip
    monthly = bool(cover) and cover[0]["end"][:7] != cover[0]["start"][:7] and cover[0]["start"].endswith("-01")
    grain = "month" if monthly and (dt.date.fromisoformat(cover[0]["end"]) - dt.date.fromisoformat(cover[0]["start"])).days > 1 else "day"
    bars = charts.columns(
        [c["documents"] for c in cover], [period_words(c["start"], grain, whole=True) for c in cover], width=BRIEF_WIDE - 34, height=90,
        hrefs=[link("/documents", since=c["start"], until=c["end"]) for c in cover],
    )  # fmt: skip
    top = max((c["documents"] for c in cover), default=0)
    labels = charts.stepped_labels([c["start"] for c in cover], charts.slot_of(len(cover), BRIEF_WIDE - 34) * len(cover), lambda s: period_words(s, grain), 84, BRIEF_WIDE - 34)
    extra = {"unusual": foresight.unusual(site), "bars": bars, "axis": charts.ticks(top, 90), "labels": labels, "grain": grain, "spans": periods_back(last)}
    chosen = Filter(since=period.since, until=period.until, date=date if period.since else "happened", order="originators")  # type: ignore[arg-type]
    told = [f"events {elsewhere.flags(chosen, data['total'])}"]
    if date == "published":  # the brief of the command line goes by publication, and has its own order
        told.insert(0, f"brief {elsewhere.options(since=period.since, until=period.until)}  # the same period, told in sentences")
    shown = elsewhere.how(
        request, cli="\n".join(told), imports="from communique.views.pages_overview import Period, brief_page, standing",
        python=f"brief_page(store.inner, Period{tuple(period)!r}, standing(store.commitments(), {day!r}), date={date!r})",
    )  # fmt: skip
    kept = Cookie(key=LOOKED, value=visit, httponly=True, samesite="lax", path="/", max_age=31_536_000)
    return View("brief.html", "Brief", data, data["events"], extra=extra, how=shown, cookies=[kept])


def _ledger(site: Site) -> list[Commitment]:
    """All commitments, read once until they may have changed."""
    return site.remembered("all commitments", lambda: list(site.store.commitments()), linked=True)


def _promises(site: Site, country: str) -> tuple[list[Commitment], list[Commitment]]:
    """The commitments that a country made, and those it received."""

    def make() -> dict[str, tuple[list[Commitment], list[Commitment]]]:
        out: dict[str, tuple[list[Commitment], list[Commitment]]] = {}
        for c in _ledger(site):
            for side, parties in enumerate((c.by, c.to)):
                for code in {p.country for p in parties if p.country}:
                    out.setdefault(code, ([], []))[side].append(c)
        return out

    return site.remembered("ledger by country", make, linked=True).get(country, ([], []))


def _between(site: Site, a: str, b: str) -> list[Commitment]:
    """The commitments in which both countries take part, by due date."""

    def make() -> dict[tuple[str, str], list[Commitment]]:
        out: dict[tuple[str, str], list[Commitment]] = {}
        for c in sorted(_ledger(site), key=lambda c: (c.due.start or "9999", c.id)):
            for pair in itertools.combinations(sorted({p.country for p in (*c.by, *c.to) if p.country}), 2):
                out.setdefault(pair, []).append(c)
        return out

    first, second = sorted((a, b))
    return site.remembered("ledger by pair", make, linked=True).get((first, second), [])


def _standing(site: Site, day: str) -> Standing:
    return site.remembered(("standing", day), lambda: standing(_ledger(site), day), linked=True)


def visits(cookie: str, now: int) -> tuple[int | None, str]:
    """When the visit before this one ended, if there was one, and the cookie that says so from now on: both times in
    seconds. A visit ends when the brief has not been opened for half an hour."""
    held = re.fullmatch(r"(\d{1,10})-(\d{1,10})", cookie, re.ASCII)
    before, last = (min(int(t), now) for t in held.groups()) if held else (0, now)
    if now - last > VISIT_SECONDS:
        before = last
    return before or None, f"{before}-{now}"


def _looked(before: int | None, period: Period, date: str) -> dict[str, Any] | None:
    """What was added since the visit before, that day included, as a period with its address."""
    if before is None:
        return None
    day = dt.datetime.fromtimestamp(before, dt.UTC).date().isoformat()
    return {"since": day, "href": link("/", since=day, date="added"), "on": date == "added" and period[:2] == (day, None)}


# --- timeline -----------------------------------------------------------------------------------------


def timeline(site: Site, request: Ask) -> View:
    """Events on lines of time, told apart by what they are: happened, announced, only claimed."""
    lane = request.query_params.get("lane") or "country"
    if lane not in LANES:
        raise UsageError(f"no lanes by {lane!r}; there are: {', '.join(LANES)}", value=lane)
    base = filter_of(request, limit=300)
    period = period_of(site, request, date="happened", least=10, base=_narrowed(base))
    flt = msgspec.structs.replace(base, since=period.since, until=period.until, order="date", date="happened", after=None)
    total = site.store.count("event", flt)
    found = lanes(site.store, flt, lane=lane)
    rows = sorted((msgspec.to_builtins(e) for one in found for e in one.entries), key=lambda e: (e["start"] or e["end"] or "9999", e["id"]))
    drawn = _drawn_lanes(found, {e.id: e.quad for e in site.store.events(flt)})
    data = {"lane": lane, "period": period._asdict(), "rows": rows, "total": total, "filter": spelled(request), "undated": sum(r["start"] is None and r["end"] is None for r in rows)}
    extra = {"drawing": drawn, "lanes": LANES, **_spans(site, request, period)}
    return View("timeline.html", "Timeline", data, rows, extra=extra, how=elsewhere.how(request, cli=f"timeline {elsewhere.flags(flt, total)}", python=f"store.events({elsewhere.keywords(flt, total)})"))


def _narrowed(flt: Filter) -> Filter:
    return msgspec.structs.replace(flt, since=None, until=None, after=None, limit=0, order="date")


def _drawn_lanes(found: list[Lane], quads: dict[str, str | None]) -> dict[str, Any]:
    """Where each entry goes: lanes below one another, entries that would overlap stacked."""
    days = [d for one in found for e in one.entries for d in (e.start, e.end) if d]
    if not days:
        return {"height": 0, "lanes": [], "ticks": []}
    first, last = dt.date.fromisoformat(min(days)), dt.date.fromisoformat(max(days))
    width = WIDE - 170
    scale = width / max(1, (last - first).days + 1)

    def x(day: str) -> float:
        return 150 + (dt.date.fromisoformat(day) - first).days * scale

    out, y = [], 26.0
    for one in found[:14]:
        marks, ends, over = [], list[float](), Counter[int]()
        for e in sorted(one.entries, key=lambda e: (e.start or e.end or "", e.id)):
            if not (e.start or e.end):
                continue
            left = x(e.start or e.end or "")
            wide = max(0.0, (x(e.end) - left) if e.start and e.end else 0.0)
            bar = wide > max(14.0, scale * 1.5)
            row = next((i for i, end in enumerate(ends) if end <= left), len(ends))
            if row >= STACKED:
                over[round(left)] += 1
                continue
            right = left + (wide if bar else 11) + 2
            ends[row : row + 1] = [right]
            marks.append({"x": round(left + (0 if bar else 5.5), 1), "y": round(y + row * 13 + 6, 1), "width": round(wide, 1), "bar": bar, "drawn": e.drawn, "quad": quad_class(quads.get(e.id)), "id": e.id, "says": e.headline, "when": e.start or e.end})
        if marks:
            tall = max(1, len(ends)) * 13 + 8
            more = _apart(over)
            tall += 14 if more else 0
            out.append({"name": _lane_name(one.name), "y": round(y, 1), "height": tall, "marks": marks, "more": more})
            y += tall
    labels = [charts.Tick(round(x(day), 1), words) for day, words in charts.days_marked(first, last)]
    return {"height": y + 6, "lanes": out, "ticks": labels}


def _apart(over: Counter[int], gap: int = 34) -> list[dict[str, int]]:
    """How many entries found no room, from left to right, those too close to be told apart as one number."""
    out: list[dict[str, int]] = []
    for x, n in sorted(over.items()):
        if out and x - out[-1]["x"] < gap:
            out[-1]["n"] += n
        else:
            out.append({"x": x, "n": n})
    return out


def _lane_name(name: str) -> str:
    if name == "none":
        return "not said"
    return (country_name(name) or name) if len(name) == 3 else name.lower() if name.isupper() else name


# --- dyads --------------------------------------------------------------------------------------------


def dyads(site: Site, request: Ask) -> View:
    """Ordered pairs of countries by how much is recorded between them."""
    query = request.query_params
    since, until = query.get("since") or None, query.get("until") or None
    found, countries = site.remembered(("dyads", since, until), lambda: _busiest_pairs(site, since, until))
    data = {"rows": _pair_rows(found[:200]), "total": len(found), "filter": spelled(request)}
    return View("dyads.html", "Dyads", data, lambda: _pair_rows(found), ("actor", "recipient", "records", "mean_score"), extra={"countries": countries}, how=elsewhere.how(request, cli=f"dyad {elsewhere.options(since=since, until=until)}", python=f"store.dyad_totals({elsewhere.named(since=since, until=until)})"))


def _busiest_pairs(site: Site, since: str | None, until: str | None) -> tuple[list[tuple[str, str, int, int, float]], list[str]]:
    """The sums of ordered pairs of two countries, most records first, and the countries by name."""
    found = [r for r in site.store.dyad_totals(since=since, until=until) if r[0] != r[1]]
    found.sort(key=lambda r: -r[2])  # they come in order of their codes
    return found, sorted({c for r in found for c in r[:2]}, key=lambda c: country_name(c) or c)


def _pair_rows(found: list[tuple[str, str, int, int, float]]) -> list[dict[str, Any]]:
    return [{"actor": a, "recipient": b, "records": n, "mean_score": round(total / scored, 2) if scored else None} for a, b, n, scored, total in found]


def dyad(site: Site, request: Ask) -> View:
    """One pair over time: cooperation up, conflict down, both ways apart, coverage beneath."""
    a, b = country_of(request.path_params["a"]), country_of(one_id(request))
    grain = request.query_params.get("grain") or _fitting_grain(site)
    if grain not in GRAINS:
        raise UsageError(f"no grain called {grain!r}; there are: {', '.join(GRAINS)}", value=grain)
    pairs = [(a, b), (b, a)]
    # A day or a week at a time the whole of a long store would be thousands of bars: show the newest stretch of it.
    whole, shown = request.url.path.endswith((".json", ".csv")), 120
    cover_of = site.remembered(("coverage", grain), lambda: covered(_days(site), grain))
    rows = site.remembered(("dyad", a, b, grain, whole), lambda: [msgspec.to_builtins(r) for r in dyad_series(site.store, pairs, grain=grain, fill=True, newest=None if whole else shown, documents=cover_of)])
    starts = sorted({r["start"] for r in rows})[-shown:]
    kept = [r for r in rows if starts and r["start"] >= starts[0]]
    top = max((max(r["verbal_cooperation"] + r["material_cooperation"], r["verbal_conflict"] + r["material_conflict"]) for r in kept), default=0)
    ways = [{"actor": x, "recipient": y, "bars": _dyad_bars([r for r in kept if (r["actor"], r["recipient"]) == (x, y)], top, grain)} for x, y in pairs]
    cover = {r["start"]: r["documents"] for r in kept}
    bars = charts.columns([cover[s] for s in starts], starts, width=WIDE - 40, height=40) if starts else []
    latest = site.store.events(Filter(dyad=(a, b), order="-date", limit=12))
    between = commitments_as_of(site.store, today(), among=_between(site, a, b))
    from communique.views.pages_lists import event_rows

    data = {
        "a": a, "b": b, "grain": grain, "rows": rows, "undated": site.remembered(("undated", a, b), lambda: undated(site.store, pairs)),
        "latest": event_rows(site.store, latest), "events": site.store.count("event", Filter(dyad=(a, b))),
        "mentions": site.store.count("mention", Filter(dyad=(a, b))),
        "commitments": commitment_rows(between[:BETWEEN]), "n_commitments": len(between),
        "foresight": foresight.ribbon(site, a, b),
    }  # fmt: skip
    extra = {"ways": ways, "cover": bars, "labels": charts.stepped_labels(starts, charts.slot_of(len(starts), WIDE - 40) * len(starts), lambda s: period_words(s, grain), 88, WIDE - 40), "grains": GRAINS, "top": charts.ceiling(top) if top else 0, "cover_axis": charts.ticks(max(cover.values(), default=0), 40)[:: 2] if starts else [], "table": _dyad_table(kept, grain, a, b)}
    told = elsewhere.how(
        request, cli=f"dyad {a} {b} --by {grain} --fill", imports="from communique.views.dyads import dyad_series",
        python=f"dyad_series(store.inner, {pairs!r}, grain={grain!r}, fill=True)", http=f"/dyad/{a}/{b}.json?grain={grain}",
    )  # fmt: skip
    return View("dyad.html", f"{country_name(a)} and {country_name(b)}", data, rows, extra=extra, how=told)


def _fitting_grain(site: Site) -> str:
    """Months, or weeks and days where the store spans too little for them."""
    days = _days(site)
    span = (dt.date.fromisoformat(days[-1][0]) - dt.date.fromisoformat(days[0][0])).days if days else 0
    return "month" if span > 200 else "week" if span > 45 else "day"


@functools.lru_cache(maxsize=4096)
def _period_end(start: str, grain: str) -> str:
    first = dt.date.fromisoformat(start)
    if grain == "day":
        return (first + dt.timedelta(days=1)).isoformat()
    if grain == "week":
        return (first + dt.timedelta(days=7)).isoformat()
    return (first + dt.timedelta(days=32 if grain == "month" else 367)).replace(day=1, **({} if grain == "month" else {"month": 1})).isoformat()


@functools.lru_cache(maxsize=4096)  # every pair has the same periods
def period_words(start: str, grain: str, *, whole: bool = False) -> str:
    """A period of a series as people write it: its first day for an axis, with `whole` from its first day to its last."""
    if grain in ("day", "week") and not whole:
        return day_words(start)
    return interval_words(start, _period_end(start, grain))


def _dyad_bars(rows: list[dict[str, Any]], top: float, grain: str) -> Markup:
    """Stacked bars around a zero line at 70: cooperation above, conflict below, material next to the line. Written here, as
    hundreds of shapes are slow in a template; numbers, ISO codes and days are all that goes in."""
    if not rows or not top:
        return Markup()
    most, slot, out = charts.ceiling(top), charts.slot_of(len(rows), WIDE - 40), []
    wide = round(max(0.8, slot - min(2, slot * 0.25)), 2)
    base = escape(link("/mentions", dyad=f"{rows[0]['actor']}-{rows[0]['recipient']}", directed="true", modality="actual") + "&since=")
    for i, row in enumerate(rows):
        if not row["mentions"]:
            continue
        opens = f"{base}{row['start']}&amp;until={_period_end(row['start'], grain)}&amp;quad="
        words, x = period_words(row["start"], grain, whole=True), round(slot * i + 0.5, 2)
        for names, sign in ((("material_cooperation", "verbal_cooperation"), -1), (("material_conflict", "verbal_conflict"), 1)):
            y = 70.0
            for name in names:
                tall, quad = 64.0 * row[name] / most, name.replace("_", " ")
                if row[name]:
                    at = round(y - tall if sign < 0 else y, 2)
                    out.append(f'<a href="{opens}{quad.replace(" ", "+")}"><rect class="f-{quad_class(quad)}" x="{x}" y="{at}" width="{wide}" height="{round(tall, 2)}"><title>{words}: {row[name]} {quad}</title></rect></a>')
                y += tall * sign
    return Markup("\n".join(out))


def _dyad_table(rows: list[dict[str, Any]], grain: str, a: str, b: str) -> Markup:
    """The rows of the series that have anything, as the table has them; written here for the same reason as the bars."""
    base = escape(link("/mentions", dyad=f"{a}-{b}", modality="actual") + "&since=")
    out = []
    for r in rows:
        if r["mentions"] or r["events"]:
            mean = "–" if r["mean_score"] is None else f"{r['mean_score']:.2f}".replace("-", "−")
            numbers = (r["events"], r["mentions"], r["verbal_cooperation"], r["material_cooperation"], r["verbal_conflict"], r["material_conflict"], mean, r["documents"])
            cells = "".join(f'<td class="num">{n}</td>' for n in numbers)
            out.append(f'<tr><td class="nowrap">{period_words(r["start"], grain, whole=True)}</td><td class="nowrap">{r["actor"]} → {r["recipient"]}</td>{cells}<td><a class="go" href="{base}{r["start"]}&amp;until={_period_end(r["start"], grain)}">both ways</a></td></tr>')
    return Markup("\n".join(out))


# --- commitments --------------------------------------------------------------------------------------


KINDS = ("event", "pledge", "threat", "demand")


def _asked_ledger(site: Site, request: Ask) -> tuple[str, str | None, str | None, str | None, str | None, tuple[str, str] | None, dict[str, Any]]:
    """What the address asks of the ledger, and that part of it."""
    query = request.query_params
    day = day_of(request, "today", today())
    state, kind, by, to = (query.get(k) or None for k in ("state", "kind", "by", "to"))
    between = _pair_of(query.get("between") or None)
    found = site.remembered(("board", day, by, to, kind, state, between), lambda: _board(site, day, by, to, kind, state, between), linked=True)
    return day, by, to, kind, state, between, found


def commitments(site: Site, request: Ask) -> View:
    """The ledger: who promised what to whom by when, and how it stands."""
    day, by, to, kind, state, between, found = _asked_ledger(site, request)
    asked = {"by": by, "to": to, "kind": kind, "state": state}
    past = day < today()
    words = elsewhere.named(by=by, to=to, kind=kind, state=(state,) if state else None, between=between)
    told = elsewhere.how(
        request, cli=f"commitments {elsewhere.options(as_of=day if day != today() else None, **asked, between='-'.join(between) if between else None)}{'  # built anew from what had been published by then' if past else ''}",
        imports=f"from communique.views.ledger import {'as_known, ' if past else ''}commitments_as_of",
        python=f"commitments_as_of(store.inner, {day!r}, among={f'[k for c in store.commitments() if (k := as_known(c, {day!r}))]' if past else 'store.commitments()'}{', ' if words else ''}{words})",
    )  # fmt: skip
    data = {"rows": found["rows"], "total": len(found["all"]), "today": day, "states": found["states"], "filter": spelled(request)}
    return View("commitments.html", "Commitments", data, lambda: site.store.flat(found["all"]), site.store.flat_columns("commitment"), extra={"board": found["board"], "past": past, "kinds": KINDS}, how=told)


def _pair_of(asked: str | None) -> tuple[str, str] | None:
    """The two countries of `JPN-KOR`, in order; raises `UsageError` for what is no pair."""
    if asked is None:
        return None
    codes = sorted(asked.upper().split("-"))
    if len(codes) != 2 or any(len(c) != 3 or not c.isalpha() for c in codes):
        raise UsageError(f"between={asked!r} is no pair; give two ISO alpha-3 codes like JPN-KOR", value=asked)
    return codes[0], codes[1]


def _among(site: Site, day: str, by: str | None, to: str | None, between: tuple[str, str] | None) -> list[Commitment]:
    """The smallest part of the ledger at hand that holds all that is asked for, by what had been reported on the day."""
    if between:
        found = _between(site, *between)
    else:
        found = _promises(site, by.upper())[0] if by else _promises(site, to.upper())[1] if to else _ledger(site)
    return found if day >= today() else [c for c in (as_known(c, day) for c in found) if c is not None]


def _board(site: Site, day: str, by: str | None, to: str | None, kind: str | None, state: str | None, between: tuple[str, str] | None) -> dict[str, Any]:
    """The ledger on a day: all of it in order, the rows that are shown, how many stand in each state, the board's cards."""
    every = commitments_as_of(site.store, day, by=by, to=to, kind=kind, among=_among(site, day, by, to, between))
    found = [c for c in every if state is None or c.state == state]
    columns: dict[str, list[Commitment]] = {name: [] for name in BOARD}
    soon = (dt.date.fromisoformat(day) + dt.timedelta(days=30)).isoformat()
    for c in found:
        columns[_column_of(c, soon)].append(c)
    rows = [row | {"column": _column_of(c, soon)} for c, row in zip(found, commitment_rows(found[:LEDGER_ROWS]), strict=False)]
    states = sorted(Counter(c.state for c in every).items(), key=lambda s: (-s[1], s[0]))
    return {"all": found, "rows": rows, "states": states, "board": [(name, commitment_rows(cards[:BOARD_CARDS]), len(cards)) for name, cards in columns.items()]}


def _column_of(c: Commitment, soon: str) -> str:
    """The column of the board that a commitment stands in; what falls due by the day `soon` is due."""
    if c.state in _COLUMN:
        return _COLUMN[c.state]
    return "due" if c.due.start and c.due.start <= soon else "waiting"


def ledger_calendar(site: Site, request: Ask) -> bytes:
    """The commitments that the page shows under the same query, those with a date, as iCalendar."""
    return calendar(_asked_ledger(site, request)[-1]["all"])


def commitment(site: Site, request: Ask) -> View:
    """One commitment with the words behind each step."""
    id = one_id(request)
    found = site.store.commitment(id)
    if found is None:
        raise UsageError(f"{id}: no such commitment", value=id)
    item = overdue(found, day_of(request, "today", today()))
    steps: list[dict[str, Any]] = []
    lit: dict[int, str] = {}
    for n, h in enumerate(item.history):
        mention = site.store.mention(h.mention) if h.mention else None
        facts = site.store.facts(h.document) if h.document else None
        steps.append(msgspec.to_builtins(h) | {"publisher": facts.publisher if facts else None, "title": facts.title if facts else None})
        if mention is not None:
            lit[n] = Markup(passage(site.store.text(mention.document) or "", mention))
        elif h.document and h.evidence:  # a sentence of which no record was made
            lit[n] = (site.store.text(h.document) or "")[h.evidence.start : h.evidence.end]
    data = {"commitment": msgspec.to_builtins(item), "row": commitment_rows([item])[0], "steps": steps}
    return View("commitment.html", item.what, data, extra={"lit": lit}, how=elsewhere.how(request, cli=f"show {id}", python=f"store.commitment({id!r})"))


# --- actors -------------------------------------------------------------------------------------------


def actors(site: Site, request: Ask) -> View:
    """Countries by how many events they take part in, on either side; people and organisations likewise."""
    facets = site.remembered("actor facets", lambda: site.store.facets("event", Filter(), ("actor", "recipient"), top=300))
    as_actor, as_recipient = dict(facets["actor"]), dict(facets["recipient"])
    rows: list[dict[str, Any]] = [{"country": c, "name": country_name(c), "as_actor": as_actor.get(c, 0), "as_recipient": as_recipient.get(c, 0)} for c in {*as_actor, *as_recipient}]
    rows.sort(key=lambda r: (-r["as_actor"] - r["as_recipient"], r["country"]))
    parties = site.remembered("busiest parties", lambda: busiest_parties(site.store), linked=True)
    return View("actors.html", "Actors", {"rows": rows, "total": len(rows), "parties": parties}, rows, how=elsewhere.how(request, cli="actors  # counted in mentions", python="store.facets('event', cq.Filter(), ('actor', 'recipient'), top=300)"))


def actor(site: Site, request: Ask) -> View:
    """One actor: sides, partners, words, offices, commitments, newest events."""
    id = one_id(request)
    if id.upper() in known_countries():
        id = f"country:{id.upper()}"
    if ":" not in id:
        raise UsageError(f"{id}: no such actor; actors are named like country:JPN or person:…", value=id)
    page = site.remembered(("actor", id), lambda: actor_page(site.store, id))
    country = id.removeprefix("country:") if id.startswith("country:") else None
    offices = [p for p in tables.load("people.json") if p["id"] == id or (country is not None and p["country"] == country)]
    offices = sorted(offices, key=lambda p: (p.get("from") or "", p["name"]), reverse=True)[:25]
    day = day_of(request, "today", today())
    sides = [commitments_as_of(site.store, day, among=found) for found in _promises(site, country)] if country else [[], []]
    most = None if request.url.path.endswith(".json") else PROMISES
    made, received = (commitment_rows(found[:most]) for found in sides)
    data = page | {"country": country, "n_made": len(sides[0]), "n_received": len(sides[1]), "offices": [{k: p.get(k) for k in ("id", "name", "office", "organisation", "country", "from", "to", "known_until", "source")} for p in offices], "made": made, "received": received}
    if not page["mentions"] and not offices and country is None:
        raise UsageError(f"{id}: no such actor in this store", value=id)
    part = Filter(either=(id,), order="-date")
    told = elsewhere.how(request, cli=f"actor {shlex.quote(id)}\nevents {elsewhere.flags(part, page['events']['either'])}", python=f"store.events({elsewhere.keywords(part, page['events']['either'])})")
    return View("actor.html", page["name"], data, page["latest"], extra={}, how=told)


# --- network, map, compare ------------------------------------------------------------------------------


def network_page(site: Site, request: Ask) -> View:
    """Who deals with whom in a period."""
    by = request.query_params.get("by") or "country"
    base = filter_of(request, limit=1)
    period = period_of(site, request, date="happened", most=1200, base=_narrowed(base))
    flt = msgspec.structs.replace(_narrowed(base), since=period.since, until=period.until, date="happened")
    total = site.store.count("event", flt)
    if total > 20_000:
        raise UsageError(f"{total} events are too many to draw; give a shorter period", value=total)
    drawn = site.remembered(("network", by, flt), lambda: drawn_network(list(site.store.each_event(flt)), by), linked=True)
    places = charts.circle(len(drawn["nodes"]), cx=480, cy=330, radius=255)
    at = {n["id"]: p for n, p in zip(drawn["nodes"], places, strict=True)}
    nodes = [n | {"x": x, "y": y, "r": round(4 + 2.2 * math.sqrt(n["events"]), 1) if n["events"] < 60 else 21, "end": "end" if x < 470 else "start" if x > 490 else "middle", "dx": -1 if x < 470 else 1 if x > 490 else 0} for n, (x, y) in zip(drawn["nodes"], places, strict=True)]
    named = {n["id"]: n["name"] for n in nodes}
    rows = [e | {"left_name": named[e["left"]], "right_name": named[e["right"]]} for e in drawn["edges"]]
    told = elsewhere.how(
        request, cli=f"network {elsewhere.flags(flt)}{' --by entity' if by == 'entity' else ''}  # each way apart, all parties",
        imports="from communique.views.pages_overview import drawn_network",
        python=f"drawn_network(list(store.each_event({elsewhere.filter_words(flt)})), {by!r})",
    )  # fmt: skip
    kept = {k: v for k, v in spelled(request).items() if k not in ("period", "since", "until", "by", *periods.NAMES)} | {"since": [period.since or ""], "until": [period.until or ""]}
    for e in rows:  # a line is a pair of parties, so where the page is narrowed by such a pair already, it opens no list
        pair = {"dyad": f"{e['left']}-{e['right']}"} if by == "country" else {"either": e["left"], "beside": e["right"]}
        e["href"] = None if pair.keys() & kept.keys() else link("/events", **kept, **pair)
    lines = [_curve(e, at) for e in rows[:90]]
    data = {"by": by, "period": period._asdict(), "nodes": drawn["nodes"], "rows": rows, "total": total, "all_nodes": drawn["all_nodes"], "filter": spelled(request)}
    extra = {"lines": lines, "placed": nodes, **_spans(site, request, period)}
    return View("network.html", "Network", data, rows, extra=extra, how=told)


def _curve(e: dict[str, Any], at: dict[str, tuple[float, float]]) -> dict[str, Any]:
    (x1, y1), (x2, y2) = at[e["left"]], at[e["right"]]
    mx, my = (x1 + x2) / 2 + (480 - (x1 + x2) / 2) * 0.35, (y1 + y2) / 2 + (330 - (y1 + y2) / 2) * 0.35
    kind = "mx" if e["conflict"] > e["cooperation"] else "mc" if e["cooperation"] > e["conflict"] else "none"
    return e | {"d": f"M{x1} {y1}Q{mx:.1f} {my:.1f} {x2} {y2}", "width": round(1 + 1.6 * math.log1p(e["records"]), 1), "kind": kind}


def map_page(site: Site, request: Ask) -> View:
    """Where events happened, with the doubt; what only the dateline says is drawn apart."""
    base = filter_of(request, limit=1000)
    period = period_of(site, request, date="happened", least=10, base=_narrowed(base))
    flt = msgspec.structs.replace(base, since=period.since, until=period.until, date="happened", order="-date", after=None, limit=1000)
    found = site.remembered(("map", flt), lambda: spots(site.store, flt), linked=True)
    total = site.store.count("event", flt)
    whole = request.query_params.get("view") == "world"
    drawn = [charts.equal_earth(s.lat, s.lon) for s in found]
    frame = charts.framed(() if whole else drawn)
    rows, points, discs = [], [], list[tuple[float, float, float, str]]()
    kept = {k: v for k, v in spelled(request).items() if k not in ("period", "since", "until", "view", *periods.NAMES)}
    for s, (x, y) in zip(found, drawn, strict=True):
        box = f"{s.lat - 0.0004:.6f},{s.lon - 0.0004:.6f},{s.lat + 0.0004:.6f},{s.lon + 0.0004:.6f}"
        href = link("/events", **{**kept, "box": box, "since": period.since, "until": period.until})
        rows.append(s._asdict() | {"href": href})
        kind = "mx" if s.conflict > s.cooperation else "mc" if s.cooperation > s.conflict else "none"
        x, y = frame.at(x, y)
        radius = round(2.5 + 1.8 * math.sqrt(s.n), 1) if s.n < 80 else 19
        doubt = round(min(60 * frame.zoom, (s.radius_km or 0) * frame.zoom * 960 / 34500), 1)
        discs.append((x, y, radius, s.name))
        points.append({"x": x, "y": y, "r": radius, "doubt": doubt, "kind": kind, "name": s.name, "n": s.n, "href": href, "dateline": s.basis == "dateline"})
    told = elsewhere.how(
        request, cli=f"export geojson {elsewhere.flags(msgspec.structs.replace(flt, order='date'))}  # a feature an event",
        imports="from communique.views.pages_overview import spots", python=f"spots(store.inner, {elsewhere.filter_words(flt)[:-1]}, limit=1000))",
    )  # fmt: skip
    data = {"rows": rows, "placed": sum(s.n for s in found), "total": total, "period": period._asdict(), "filter": spelled(request)}
    middle = round(sum(x * s.n for (x, _, _, _), s in zip(discs, found, strict=True)) / max(1, sum(s.n for s in found)) / 9.6) or 50
    extra = {"points": points, "middle": middle, "frame": frame, "whole": whole, "names": charts.lettered(discs), "closer": charts.framed(drawn).zoom > 1, **_spans(site, request, period)}
    return View("map.html", "Map", data, rows, extra=extra, how=told)


def compare(site: Site, request: Ask) -> View:
    """Two publishers: what one reports and the other does not; or two periods: how many events of each type."""
    query = request.query_params
    if any(query.get(f"{side}_{end}") for side in ("left", "right") for end in ("since", "until")):
        return _compared_periods(site, request)
    left, right = query.get("left") or None, query.get("right") or None
    known = [p for p in _publishers(site) if p["publisher"]]
    data: dict[str, Any] = {"left": left, "right": right, "rows": [], "both": None, "total": 0, "period": None, "periods": None, "unknown": []}
    if left and right:
        period = period_of(site, request, date="published", most=3000, base=Filter(publisher=(left, right)))
        flt = Filter(publisher=(left, right), since=period.since, until=period.until, date="published")
        sides = [site.store.count("event", msgspec.structs.replace(flt, publisher=(name,))) for name in (left, right)]
        total = site.store.count("event", flt)
        rows = site.remembered(("compare", left, right, flt), lambda: [msgspec.to_builtins(d) for d in compare_publishers(site.store, left, right, flt, most=400)])
        only = [total - sides[1], total - sides[0]]
        data |= {"unknown": [name for name in (left, right) if name not in {p["publisher"] for p in known}], "rows": rows, "both": total - sum(only), "total": total, "period": period._asdict(), "only": only}
    else:
        flt = Filter()
    told = elsewhere.how(
        request, cli=f"compare {shlex.quote(left)} {shlex.quote(right)} {elsewhere.options(since=flt.since, until=flt.until)}" if left and right else "",
        imports="from communique.views.compare import compare_publishers" if left and right else "",
        python=f"compare_publishers(store.inner, {left!r}, {right!r}, {elsewhere.filter_words(flt)})" if left and right else "",
    )  # fmt: skip
    return View("compare.html", "Compare", data, data["rows"], extra={"publishers": [p["publisher"] for p in known], "spans": periods_back(_last(site))}, how=told)


def _by_type(site: Site, flt: Filter) -> tuple[int, dict[str, int]]:
    """How many events the filter lets through, in all and of each type."""
    return site.remembered(("by type", flt), lambda: (site.store.count("event", flt), dict(site.store.facets("event", flt, ("type",), top=100)["type"])))


def _compared_periods(site: Site, request: Ask) -> View:
    """Events first reported in each of two periods, by type, each number with the list it counts."""
    sides: list[dict[str, Any]] = []
    for side in ("left", "right"):
        since, until = day_of(request, f"{side}_since", ""), day_of(request, f"{side}_until", "")
        if since >= until:
            raise UsageError(f"a period ends after it begins; {since} to before {until} is none", value=until)
        flt = Filter(since=since, until=until, date="published")
        total, types = _by_type(site, flt)
        sides.append({"since": since, "until": until, "total": total, "types": types, "href": link("/events", since=since, until=until, date="published")})
    names = sorted({t for s in sides for t in s["types"]}, key=lambda t: (-sum(s["types"].get(t, 0) for s in sides), t))
    rows = [{"type": t, "first": sides[0]["types"].get(t, 0), "second": sides[1]["types"].get(t, 0)} for t in names]
    data: dict[str, Any] = {"left": None, "right": None, "rows": rows, "periods": [{k: v for k, v in s.items() if k != "types"} for s in sides], "unknown": [], "total": sum(s["total"] for s in sides)}
    periods = [Filter(since=s["since"], until=s["until"], date="published") for s in sides]
    told = elsewhere.how(
        request, cli="\n".join(f"events {elsewhere.flags(flt, s['total'])}" for flt, s in zip(periods, sides, strict=True)),
        python=f"[store.facets('event', flt, ('type',), top=100)['type'] for flt in ({', '.join(map(elsewhere.filter_words, periods))})]",
    )  # fmt: skip
    return View("compare.html", "Compare", data, rows, extra={"publishers": [p["publisher"] for p in _publishers(site) if p["publisher"]], "spans": []}, how=told)
