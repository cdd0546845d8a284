"""What the store holds over a period, for the pages that look over it: which period to show first, the brief, coverage
and silence, moves of dyads, the network's geometry, the map's points, publishers, actors."""

from __future__ import annotations

import datetime as dt
import functools
import math
import re
import statistics
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from communique import tables
from communique.records import Commitment, Event, Filter, Participant
from communique.views.brief import _rank
from communique.views.codes import country_name
from communique.views.ledger import overdue
from communique.views.network import network_of
from communique.views.pages_lists import event_rows

if TYPE_CHECKING:
    from communique.store import Store

SPANS = (("week", 7), ("month", 31), ("quarter", 92), ("year", 366))


class Period(NamedTuple):
    """Half-open ISO days; `None` on both sides is all of it. `name` is "week", "month", "quarter", "year" or "all"."""

    since: str | None
    until: str | None
    name: str


def periods_back(last: str | None) -> list[Period]:
    """The week, month, quarter and year that end with the last day there is a report from, and all."""
    if last is None:
        return [Period(None, None, "all")]
    end = dt.date.fromisoformat(last) + dt.timedelta(days=1)
    return [*(Period((end - dt.timedelta(days=n)).isoformat(), end.isoformat(), name) for name, n in SPANS), Period(None, None, "all")]


def last_day(store: Store) -> str | None:
    """The latest publication day of any document."""
    days = store.documents_by_day()
    return days[-1][0] if days else None


def fitting(store: Store, last: str | None, *, date: str, least: int = 0, most: int = 0, base: Filter | None = None) -> Period:
    """The shortest period back from the last report's day with `least` events, or the longest with at most `most`."""
    found = periods_back(last)
    for period in found if least else reversed(found):
        flt = msgspec.structs.replace(base or Filter(), since=period.since, until=period.until, date=date)
        n = store.count("event", flt)
        if (least and n >= least) or (most and n <= most):
            return period
    return found[-1] if least else found[0]


class Standing(NamedTuple):
    """All commitments as they stand on a day: those overdue, the others, and each step of the others that has a day as
    (day, which of the others), in order of days."""

    today: str
    late: list[Commitment]
    open: list[Commitment]
    steps: list[tuple[str, int]]


def standing(ledger: Iterable[Commitment], today: str) -> Standing:
    """The ledger on a day, ready to be asked what changed in a period."""
    every = [overdue(c, today) for c in ledger]
    late = [c for c in every if c.state.startswith(("overdue", "lapsed"))]
    rest = [c for c in every if not c.state.startswith(("overdue", "lapsed"))]
    return Standing(today, late, rest, sorted((h.at, n) for n, c in enumerate(rest) for h in c.history if h.at is not None))


def _changed(found: Standing, period: Period) -> list[Commitment]:
    low = bisect_left(found.steps, (period.since,)) if period.since is not None else 0
    high = bisect_left(found.steps, (period.until,)) if period.until is not None else len(found.steps)
    return [found.open[n] for n in sorted({n for _, n in found.steps[low:high]})]


def brief_page(store: Store, period: Period, held: Standing, *, date: str = "published", top: int = 12) -> dict[str, Any]:
    """New events ranked by originators, rarity and intensity; commitments changed, due, overdue, as they stand on the day of `held`."""
    flt = Filter(since=period.since, until=period.until, date=date, order="originators")  # type: ignore[arg-type]
    events = _weightiest(store, flt, _year_before(store, period), top)
    today, late = held.today, held.late
    changed = _changed(held, period)
    soon = _plus(today, 30)
    due = [c for c in held.open if c.due.start and today <= c.due.start <= soon]
    return {
        "period": period._asdict(), "date": date, "today": today,
        "events": event_rows(store, events), "total": store.count("event", flt),
        "changed": commitment_rows(changed[:top]), "n_changed": len(changed),
        "due": commitment_rows(due[:top]), "n_due": len(due),
        "overdue": commitment_rows(late[:top]), "n_overdue": len(late),
    }  # fmt: skip


def _weightiest(store: Store, flt: Filter, before: Mapping[tuple[str, str], int], top: int) -> list[Event]:
    """The `top` events of most weight among the 600 with most originators. Few are read where those left cannot reach them: a
    weight is at most four times the originators."""
    found: list[Event] = []
    for limit in (150, 600):
        read = list(store.events(msgspec.structs.replace(flt, limit=limit)))
        found = sorted(read, key=lambda e: (-weight(e, before), *_rank(e)))[:top]
        if len(read) < limit or weight(found[-1], before) > 4 * len(read[-1].originators):
            break
    return found


def _year_before(store: Store, period: Period) -> dict[tuple[str, str], int]:
    """Records of each ordered pair of countries in the twelve whole months before the period."""
    if period.since is None:
        return {}
    first = dt.date.fromisoformat(period.since).replace(day=1)
    return {(a, b): n for a, b, n, _, _ in store.dyad_totals(since=first.replace(year=max(1, first.year - 1)).isoformat(), until=first.isoformat())}


def weight(event: Event, before: Mapping[tuple[str, str], int]) -> float:
    """Independent originators × rarity × intensity. Rarity is 2 for a pair of countries without a record in the year before
    and falls to 1 as it has more; 1 for all where that year has no records, and for what is of no pair. Intensity is
    1 at a PLOVER score of 0, 2 at ±10."""
    sides = [[p.country for p in parties if p.country] for parties in (event.actors, event.recipients)]
    pairs = [before.get((a, b), 0) for a in sides[0] for b in sides[1] or sides[0] if a != b] if before else []
    return len(event.originators) * (1 + 1 / (1 + min(pairs)) if pairs else 1.0) * (1 + abs(event.plover_score or 0.0) / 10)


def _plus(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()


def commitment_rows(found: Iterable[Commitment]) -> list[dict[str, Any]]:
    """Commitments as plain values."""
    return [
        {
            "id": c.id, "kind": c.kind, "what": c.what, "state": c.state, "due": msgspec.to_builtins(c.due),
            "by": [_party(p) for p in c.by], "to": [_party(p) for p in c.to], "steps": len(c.history),
            "known": next((h.at for h in c.history if h.at), None), "changed": c.history[-1].at if c.history else None,
            "document": next((h.document for h in c.history if h.document), None), "mention": next((h.mention for h in c.history if h.mention), None),
            "event": c.event, "verifiable": c.verifiable,
        }
        for c in found
    ]  # fmt: skip


def _party(p: Any) -> dict[str, Any]:
    return {"name": p.name, "entity": p.entity or (f"country:{p.country}" if p.country else None), "country": p.country}


def coverage(every: Sequence[tuple[str, int]], period: Period) -> list[dict[str, Any]]:
    """Documents a day (`Store.documents_by_day`), or a whole month where the period is longer than half a year; empty days
    are zeros."""
    low = bisect_left(every, (period.since,)) if period.since is not None else 0
    high = bisect_left(every, (period.until,)) if period.until is not None else len(every)
    days = list(every[low:high])
    if not days:
        return []
    first, last = dt.date.fromisoformat(period.since or days[0][0]), dt.date.fromisoformat(days[-1][0])
    by_month = (last - first).days > 190
    if by_month:  # a month's bar counts, and opens, the month
        low = bisect_left(every, (first.replace(day=1).isoformat(),))
        days = list(every[low : bisect_left(every, ((last.replace(day=1) + dt.timedelta(days=32)).replace(day=1).isoformat(),))])
    counted: Counter[str] = Counter()
    for day, n in days:
        counted[day[:7] + "-01" if by_month else day] += n
    out = []
    at = first.replace(day=1) if by_month else first
    while at <= last:
        after = (at + dt.timedelta(days=32)).replace(day=1) if by_month else at + dt.timedelta(days=1)
        out.append({"start": at.isoformat(), "end": after.isoformat(), "documents": counted.get(at.isoformat(), 0)})
        at = after
    return out


def dyad_moves(store: Store, last: str | None, *, top: int = 6) -> list[dict[str, Any]]:
    """Ordered pairs whose month differs most from their own last twelve, in records; with the usual range (the middle
    80 of 100 of those months). Pairs with fewer than five records in the month and before are left out."""
    if last is None:
        return []
    month = dt.date.fromisoformat(last).replace(day=1)
    back = [month]
    for _ in range(12):
        back.append((back[-1] - dt.timedelta(days=1)).replace(day=1))
    end = (month + dt.timedelta(days=32)).replace(day=1).isoformat()
    now = {(a, b): n for a, b, n, _, _ in store.dyad_totals(since=month.isoformat(), until=end) if a != b}
    year = {(a, b): n for a, b, n, _, _ in store.dyad_totals(since=back[-1].isoformat(), until=month.isoformat()) if a != b}
    pairs = [p for p in {*now, *year} if now.get(p, 0) + year.get(p, 0) >= 5]
    pairs.sort(key=lambda p: (-abs(_surprise(now.get(p, 0), year.get(p, 0) / 12)), p))
    keys = {d.year * 100 + d.month for d in back[1:]}
    out = []
    for a, b in pairs[:top]:
        months: Counter[int] = Counter({k: 0 for k in keys})
        for row in store.dyad_series([(a, b)]):
            if row[2] in keys:
                months[row[2]] += row[5]
        values = sorted(months.values())
        low, high = values[1], values[-2]
        out.append({"actor": a, "recipient": b, "month": month.isoformat(), "month_end": end, "records": now.get((a, b), 0), "usual_low": low, "usual_high": high, "mean": round(statistics.fmean(values), 1)})
    return out


def _surprise(n: int, usual: float) -> float:
    """How far a count lies from its usual one, in root counts (about standard deviations of a Poisson count)."""
    return 2 * (math.sqrt(n) - math.sqrt(usual))


def silent(rows: Sequence[dict[str, Any]], period: Period) -> list[dict[str, Any]]:
    """Publishers with at least three documents of which none falls in the period."""
    if period.since is None:
        return []
    return [r for r in rows if r["publisher"] and r["documents"] >= 3 and r["last"] and r["last"] < period.since][:12]


class Spot(NamedTuple):
    """A place with its events: degrees, the doubt in kilometres, and how it is known."""

    name: str
    country: str | None
    lat: float
    lon: float
    radius_km: float | None
    basis: str
    n: int
    cooperation: int
    conflict: int
    says: str


def spots(store: Store, flt: Filter) -> list[Spot]:
    """Events with a place, gathered by point, most first."""
    found: dict[tuple[float, float], list[Any]] = {}
    for event in store.events(msgspec.structs.replace(flt, box=(-90.0, -180.0, 90.0, 180.0))):
        if event.where is not None and event.where.lat is not None and event.where.lon is not None:
            found.setdefault((event.where.lat, event.where.lon), []).append(event)
    out = []
    for (lat, lon), events in found.items():
        where = events[0].where
        bases = {e.where.basis for e in events}
        out.append(Spot(
            where.name, where.country, lat, lon, where.radius_km, "dateline" if bases == {"dateline"} else min(bases - {"dateline"}), len(events),
            sum((e.quad or "").endswith("cooperation") for e in events), sum((e.quad or "").endswith("conflict") for e in events),
            events[0].headline or "",
        ))  # fmt: skip
    return sorted(out, key=lambda s: (-s.n, s.name))


def drawn_network(events: Sequence[Event], by: str, *, most: int = 22) -> dict[str, Any]:
    """The busiest parties on a circle, and what goes on between them, both ways together: what both did counts once."""
    found = network_of(events, by=by)
    nodes = sorted(found.nodes, key=lambda n: (-n.events, n.id))[:most]
    kept = {n.id for n in nodes}
    pairs: dict[tuple[str, str], dict[str, Any]] = {}
    for e in found.edges:
        if e.left in kept and e.right in kept:
            a, b = sorted((e.left, e.right))
            one = pairs.setdefault((a, b), {"left": a, "right": b, "records": set()})
            one["records"] |= set(e.records)
    sides = {e.id: (e.quad or "").rpartition(" ")[2] for e in events}
    edges = [{**p, "records": len(p["records"]), **{side: sum(sides.get(id) == side for id in p["records"]) for side in ("conflict", "cooperation")}} for p in pairs.values()]
    return {"nodes": [msgspec.to_builtins(n) for n in nodes], "edges": sorted(edges, key=lambda e: (-e["records"], e["left"], e["right"])), "all_nodes": len(found.nodes)}


@functools.cache
def _spelled() -> dict[tuple[str, str], str]:
    """(country, folded words) → which list of the tables has them."""
    out: dict[tuple[str, str], str] = {}
    for row in tables.load("countries.json")["countries"]:
        lists = {"a name of the country": [row["name"], *row["names"]], "its adjective": row["adjectives"], "its people": [w for pair in row["nouns"] for w in pair], "its capital": row["capitals"]}
        for rule, found in lists.items():
            for word in found:
                out.setdefault((row["iso3"], word.casefold()), rule)
    return out


def matched(p: Participant, said: str) -> str:
    """By what the words of a party were matched, as its record and the tables tell it."""
    if p.via:
        return "other words that it refers to"
    if p.office:
        return "the office " + p.office.replace("-", " ")
    plain = said.casefold().removeprefix("the ").removesuffix("'s").removesuffix("’s")
    if p.country and (rule := _spelled().get((p.country, plain))):
        return rule
    if plain == p.name.casefold():
        return "its name in the tables" if p.entity else "its own name"
    if p.country and any((p.country, w) in _spelled() for w in re.findall(r"[^\W\d_]+", plain)):
        return "words that name the country, and a body of it"
    return "another spelling or a part of its name" if p.entity else "its words alone"


def actor_page(store: Store, id: str, *, sample: int = 200) -> dict[str, Any]:
    """What is known of an actor: how often on which side, with whom, under which words, and the newest events."""
    base = Filter(either=(id,))
    events = {"either": store.count("event", base), "actor": store.count("event", Filter(actor=(id,))), "recipient": store.count("event", Filter(recipient=(id,)))}
    facets = store.facets("event", base, ("actor", "recipient", "type", "quad", "modality"), top=20)
    mentions = store.mentions(Filter(either=(id,), order="-date", limit=sample))
    words: Counter[str] = Counter()
    rules: dict[str, str] = {}
    names: Counter[str] = Counter()
    for m in mentions:
        for p in (*m.actors, *m.recipients, *m.about):
            if (p.entity or f"country:{p.country}") == id:
                names[p.name] += 1
                if p.text:
                    said = " ".join(p.text.split())
                    words[said] += 1
                    rules.setdefault(said, matched(p, said))
    own = id.removeprefix("country:")
    partners: Counter[str] = Counter()
    for side in ("actor", "recipient"):
        partners.update({v: n for v, n in facets[side] if v != own})
    name = country_name(own) if id.startswith("country:") else (names.most_common(1)[0][0] if names else id)
    return {
        "id": id, "name": name, "events": events, "mentions": store.count("mention", base), "types": facets["type"], "quads": facets["quad"],
        "modalities": facets["modality"], "partners": [{"country": p, "n": store.count("event", Filter(either=(id,), beside=(p,)))} for p, _ in partners.most_common(12)], "sampled": len(mentions),
        "words": [(w, n, rules[w]) for w, n in words.most_common(20)], "latest": event_rows(store, store.events(Filter(either=(id,), order="-date", limit=15))),
    }  # fmt: skip
