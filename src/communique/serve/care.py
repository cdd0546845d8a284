"""The pages on the record itself: quality, sources, runs and failures, codebook, search, copies."""

from __future__ import annotations

import difflib
import re
import shlex
from collections import Counter
from typing import Any

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from communique import tables
from communique.errors import UsageError
from communique.records import Filter, Review
from communique.serve import elsewhere, render
from communique.serve.app import Site
from communique.serve.overview import _publishers
from communique.serve.pages import Page
from communique.serve.queries import Ask, one_id, saved_rows
from communique.serve.render import View, bloc_name, link
from communique.views.codes import country_name, known_countries
from communique.views.pages_lists import document_rows, event_rows, mention_rows
from communique.views.pages_text import inert

_TYPES = (
    ["AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT", "STATE"]
)
_PAGES = [
    ("Brief", "/"), ("Events", "/events"), ("Mentions", "/mentions"), ("Documents", "/documents"), ("Timeline", "/timeline"), ("Dyads", "/dyads"),
    ("Commitments", "/commitments"), ("Overdue commitments", "/commitments?state=overdue-unreported"), ("Actors", "/actors"), ("Network", "/network"),
    ("Map", "/map"), ("Compare", "/compare"), ("Review", "/review"), ("Quality", "/quality"), ("Sources", "/sources"), ("Runs", "/runs"),
    ("Failures", "/runs#failures"), ("Codebook", "/codebook"), ("Add", "/add"), ("API", "/api"),
]  # fmt: skip


def pages() -> list[tuple[Page, list[str]]]:
    """Handlers and their addresses."""
    return [
        (quality, ["/quality"]), (sources, ["/sources"]), (runs, ["/runs"]), (diff, ["/runs/diff"]), (codebook, ["/codebook"]),
        (search, ["/search"]), (copies, ["/copies/{a:str}/{id:str}"]), (story, ["/story/{id:str}"]),
    ]  # fmt: skip


def handlers() -> list[HTTPRouteHandler]:
    """Fragments that pages fetch."""
    return [suggest]


def quality(site: Site, request: Ask) -> View:
    """How right the record is, by people's own reviews; what was not coded, and why."""
    listed = dict(site.remembered("types", lambda: site.store.facets("mention", Filter(), ("type",), top=20))["type"])
    rows = [a._asdict() | {"listed": sum(listed.values()) if a.group == "all" else listed.get(a.group, 0)} for a in site.remembered("accuracy", lambda: site.store.accuracy())]
    found = site.remembered("calibration", lambda: _calibration(site))
    acts = list(site.store.reviews())
    reviewers = sorted({r.by for r in acts})
    pairs = [{"left": a, "right": b, **site.store.agreement(a, b)} for i, a in enumerate(reviewers) for b in reviewers[i + 1 :]][:20]
    data = {
        "rows": rows, "calibration": found, "agreement": pairs, "reviewers": reviewers, "uncoded": site.remembered("uncoded", lambda: _uncoded(site)),
        "counts": site.remembered("counts", site.store.counts), "orphans": len(site.store.orphans()),
        "corrected": _corrected(acts), "drawn": len(site.store.sampled()),
    }  # fmt: skip
    return View("quality.html", "Quality", data, rows, how=elsewhere.how(request, cli="quality", python="store.accuracy()"))


def _corrected(acts: list[Review]) -> dict[str, Any]:
    """What reviewers corrected and did not take back: how often each field, and which types were taken for which."""
    undone = {r.undoes for r in acts if r.act == "undo"}
    held = [r for r in acts if r.act == "correct" and r.id not in undone]
    fields = Counter(r.field for r in held)
    types = Counter((str(msgspec.json.decode(r.before)), str(msgspec.json.decode(r.after))) for r in held if r.field == "type" and r.before and r.after)
    return {
        "fields": [{"field": f, "n": n} for f, n in sorted(fields.items(), key=lambda x: (-x[1], str(x[0])))],
        "types": [{"coded": a, "right": b, "n": n} for (a, b), n in sorted(types.items(), key=lambda x: (-x[1], x[0]))],
    }


def _calibration(site: Site) -> list[dict[str, Any]]:
    """Reviewed records by the score that the coder gave: how many were right."""
    bins: dict[int, list[bool]] = {}
    for state in ("accepted", "rejected", "corrected"):
        for m in site.store.each_mention(Filter(reviewed=state)):
            bins.setdefault(min(9, int(m.score * 10)), []).append(state == "accepted")
    return [{"from": b / 10, "to": (b + 1) / 10, "n": len(v), "right": sum(v)} for b, v in sorted(bins.items())]


def _uncoded(site: Site, most: int = 60) -> dict[str, Any]:
    """Why sentences were not coded, over the newest documents."""
    facts, _ = site.store.newest_documents(limit=most)
    found: dict[str, int] = {}
    for f in facts:
        coded = site.store.document(f.id)
        for u in coded.uncoded if coded else ():
            found[u.reason] = found.get(u.reason, 0) + 1
    return {"documents": len(facts), "reasons": sorted(found.items(), key=lambda r: (-r[1], r[0]))}


def sources(site: Site, request: Ask) -> View:
    """Per publisher what it gave, and how much of that was copied."""
    rows = _publishers(site)
    return View("sources.html", "Sources", {"rows": rows[:500], "total": len(rows), "documents": sum(r["documents"] for r in rows)}, rows, how=elsewhere.how(request, cli="sources", python="store.publishers()"))


def runs(site: Site, request: Ask) -> View:
    """Every pass of coding, and what could not be read."""
    found = [msgspec.to_builtins(r) for r in reversed(site.store.runs())]
    failed = [msgspec.to_builtins(f) for f in site.store.failures()]
    data = {"rows": found[:200], "total": len(found), "failures": failed[:300], "n_failures": len(failed), "counts": site.remembered("counts", site.store.counts), "tombstones": [dict(zip(("kind", "id", "at", "reason"), t, strict=True)) for t in site.store.tombstones()][-100:]}
    return View("runs.html", "Runs and failures", data, found, how=elsewhere.how(request, cli="diff  # without two runs: the runs\ndocuments --failed", python="store.runs()"))


def diff(site: Site, request: Ask) -> View:
    """What one run changed against another."""
    query = request.query_params
    old, new = query.get("old") or "", query.get("new") or ""
    changes = [c._asdict() for c in site.store.diff(old, new)]
    counts: dict[str, int] = {}
    for c in changes:
        counts[c["kind"]] = counts.get(c["kind"], 0) + 1
    rows = [c for c in changes if c["kind"] != "same"]
    return View("diff.html", "Difference of two runs", {"old": old, "new": new, "counts": counts, "rows": rows[:500], "total": len(rows)}, rows, how=elsewhere.how(request, cli=f"diff {shlex.quote(old)} {shlex.quote(new)}", python=f"store.diff({old!r}, {new!r})"))


def _different(rows: list[dict[str, Any]], most: int = 2) -> list[dict[str, Any]]:
    """The first rows whose words are not the same: copies would show one sentence twice."""
    return list({row["quote"]: row for row in reversed(rows)}.values())[::-1][:most]


def codebook(site: Site, request: Ask) -> View:
    """The types, modes and contexts in our words, each with examples of this store."""
    book = tables.load("ontology.json")
    examples = site.remembered("examples", lambda: {t: _different(mention_rows(site.store, site.store.mentions(Filter(type=(t,), order="score", limit=6)))) for t in _TYPES})
    counts = dict(site.remembered("types", lambda: site.store.facets("mention", Filter(), ("type",), top=20))["type"])
    types = [*book["types"], {"name": "STATE", "definition": "An attributed claim or position that is no event; outside the event counts.", "quad": None, "cameo": [], "score_20": None, "section": None}]
    rows = [{k: t.get(k) for k in ("name", "definition", "quad", "cameo", "score_20", "section")} | {"modes": t.get("modes", []), "examples": examples.get(t["name"], []), "n": counts.get(t["name"], 0)} for t in types]
    data = {"rows": rows, "contexts": sorted(book["contexts"].items()), "sectors": sorted(book["sectors"].items()), "modalities": MODALITIES}
    flat = [{k: r[k] for k in ("name", "definition", "quad", "score_20", "n")} for r in rows]
    return View("codebook.html", "Codebook", data, flat, how=elsewhere.how(request, cli="mentions --type AGREE --order score --limit 6  # of each type so", imports="from communique import tables", python="tables.load('ontology.json')['types']"))


MODALITIES = [
    ("actual", "It happened or is happening."), ("planned", "It is announced or expected."), ("pledged", "Somebody undertook to do it."),
    ("demanded", "Somebody asked that it be done."), ("denied", "It is said not to have happened."), ("hypothetical", "It is supposed or conditional."),
    ("historical", "It happened earlier and is told as background."),
]  # fmt: skip


# --- search -------------------------------------------------------------------------------------------


def _names() -> list[tuple[str, str, str, str]]:
    """(words, what is shown for them, kind, address) of everything that has a page of its own in the tables."""
    out = [(country_name(c) or c, "country", f"/actor/country:{c}") for c in known_countries()]
    for row in tables.load("countries.json")["countries"]:
        out += [(n, "country", f"/actor/country:{row['iso3']}") for n in row["names"]]
    out += [(p["name"], "person", f"/actor/{p['id']}") for p in tables.load("people.json")]
    out += [(t, "type", f"/events?type={t}") for t in _TYPES]
    return [*((words, words, kind, href) for words, kind, href in (*out, *((n, "page", href) for n, href in _PAGES))), *_bodies()]


def _bodies() -> list[tuple[str, str, str, str]]:
    """The same of organisations under all their names, and of blocs under those of their body."""
    bodies = {o["id"]: o for o in tables.load("organisations.json")}
    out = [(words, o["name"] if words == o["name"] else f"{o['name']} ({words})", "organisation", f"/actor/{id}") for id, o in bodies.items() for words in (o["name"], *o["names"])]
    for bloc in tables.load("countries.json")["blocs"]:
        name = bloc_name(bloc)
        body = bodies.get(f"org:{bloc}", {"name": name, "names": []})
        shown = f"{body['name']}: members"
        out += [(words, shown, "bloc", f"/events?bloc={bloc}") for words in dict.fromkeys((name, body["name"], *body["names"]))]
    return out


def _matches(site: Site, words: str, most: int) -> list[dict[str, str]]:
    folded = words.casefold().strip()
    if not folded:
        return [{"name": n, "kind": "page", "href": href} for n, href in _PAGES[:most]]
    scored = []
    names = [*site.remembered("names", _names), *((p["publisher"], p["publisher"], "publisher", link("/events", publisher=p["publisher"])) for p in _publishers(site)[:300] if p["publisher"])]
    for words_, name, kind, href in names:
        text = words_.casefold()
        if text.startswith(folded):
            scored.append((0, len(words_), name, kind, href))
        elif f" {folded}" in text:
            scored.append((1, len(words_), name, kind, href))
    seen: dict[str, dict[str, str]] = {}
    for _, _, name, kind, href in sorted(scored):
        seen.setdefault(href, {"name": name, "kind": kind, "href": href})
    return list(seen.values())[:most]


def countries_in(words: str) -> list[str]:
    """Country codes that the words name, in order."""
    folded = " " + re.sub(r"[^\w]+", " ", words).casefold() + " "
    found: dict[str, tuple[int, int]] = {}
    for row in tables.load("countries.json")["countries"]:
        for name in (row["name"], row["iso3"], *row["names"], *row["adjectives"]):
            if name.isupper() and len(name) <= 3 and name not in re.findall(r"\w+", words):
                continue
            at = folded.find(f" {name.casefold()} ")
            if at >= 0 and (row["iso3"] not in found or len(name) > found[row["iso3"]][1]):
                found[row["iso3"]] = (at, len(name))
    inside = {c for c, (at, n) in found.items() for d, (bt, m) in found.items() if c != d and bt <= at and at + n <= bt + m and n < m}
    return sorted(set(found) - inside, key=lambda c: found[c])


def search(site: Site, request: Ask) -> View:
    """One box: pages of their own first, then events and documents that hold the words."""
    words = (request.query_params.get("q") or "").strip()[:300]
    found = _matches(site, words, 8) if words else []
    named = countries_in(words)
    if len(named) >= 2:
        a, b = named[:2]
        found.insert(0, {"name": f"{country_name(a)} and {country_name(b)}", "kind": "dyad", "href": f"/dyad/{a}/{b}"})
    found += [{"name": country_name(c) or c, "kind": "country", "href": f"/actor/country:{c}"} for c in named if f"/actor/country:{c}" not in {f["href"] for f in found}]
    events: list[dict[str, Any]] = []
    documents: list[dict[str, Any]] = []
    n_events = 0
    if any(ch.isalnum() for ch in words):
        flt = Filter(text=words, order="-date", limit=20)
        n_events = site.store.count("event", flt)
        events = event_rows(site.store, site.store.events(flt))
        documents = document_rows(f for f, _ in site.store.search(words, limit=20))
    between = event_rows(site.store, site.store.events(Filter(dyad=(named[0], named[1]), order="-date", limit=10))) if len(named) >= 2 else []
    pair = f"{named[0]}-{named[1]}" if len(named) >= 2 else None
    n_between = site.store.count("event", Filter(dyad=(named[0], named[1]))) if pair else 0
    asked = Filter(text=words or None, order="-date")
    told = elsewhere.listed(request, "events", asked, n_events) if n_events else elsewhere.how(request)
    if documents:
        told["Command line"] = "\n".join(filter(None, (told.get("Command line"), f"communique documents {elsewhere.options(text=words)}")))
    if n_between:
        told["Command line"] = "\n".join(filter(None, (f"communique events {elsewhere.flags(Filter(dyad=(named[0], named[1]), order='-date'), n_between)}", told.get("Command line"))))
    data = {"words": words, "matches": found, "pair": pair, "between": between, "n_between": n_between, "rows": events, "n_events": n_events, "documents": documents, "saved": saved_rows(site)}
    return View("search.html", f"Search: {words}" if words else "Search", data, events, extra={"search_words": words}, how=told)


@get("/suggest", include_in_schema=False, sync_to_thread=True)
def suggest(request: Ask) -> Response[bytes]:
    """Links that begin with what is typed, as a fragment."""
    site: Site = request.app.state.site
    words = (request.query_params.get("q") or "").strip()[:100]
    found = _matches(site, words, 9)
    named = countries_in(words)
    if len(named) >= 2:
        found.insert(0, {"name": f"{country_name(named[0])} and {country_name(named[1])}", "kind": "dyad", "href": f"/dyad/{named[0]}/{named[1]}"})
    if words:
        found.append({"name": f"All that holds “{words}”", "kind": "search", "href": link("/search", q=words)})
    body = render.environment().get_template("suggest.html").render(found=found)
    return render.sent(request, body.encode("utf-8", "replace"), "text/html")


# --- copies and stories ---------------------------------------------------------------------------------


def copies(site: Site, request: Ask) -> View:
    """Two documents that share text: what only one of them has."""
    a, b = request.path_params["a"], one_id(request)
    texts = [site.store.text(d) for d in (a, b)]
    facts = [site.store.facts(d) for d in (a, b)]
    if None in texts or None in facts:
        raise UsageError("no such document", value=a)
    left, right = ([line for line in (t or "").splitlines() if line.strip()] for t in texts)
    rows = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        rows.append({"tag": tag, "left": left[i1:i2], "right": right[j1:j2]})
    lit = [_line_diff(r) if r["tag"] == "replace" and len(r["left"]) == len(r["right"]) else None for r in rows]
    data = {"left": document_rows([f for f in facts[:1] if f])[0], "right": document_rows([f for f in facts[1:] if f])[0], "rows": rows}
    return View("copies.html", "Two reports that share text", data, extra={"lit": lit}, how=elsewhere.how(request, cli=f"explain {a}\nexplain {b}", python=f"store.text({a!r}), store.text({b!r})"))


def _line_diff(row: dict[str, Any]) -> list[tuple[Markup, Markup]]:
    out = []
    for left, right in zip(row["left"], row["right"], strict=True):
        a, b = left.split(" ")[:2000], right.split(" ")[:2000]
        sides: tuple[list[str], list[str]] = ([], [])
        for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            for side, words in ((sides[0], a[i1:i2]), (sides[1], b[j1:j2])):
                if words:
                    text = inert(" ".join(words))
                    side.append(text if tag == "equal" else f'<mark class="m-same">{text}</mark>')
        out.append((Markup(" ".join(sides[0])), Markup(" ".join(sides[1]))))
    return out


def story(site: Site, request: Ask) -> View:
    """A story: its documents and events."""
    id = one_id(request)
    found = site.store.story(id)
    if found is None:
        raise UsageError(f"{id}: no such story", value=id)
    facts = [f for f in (site.store.facts(d) for d in found.documents[:200]) if f is not None]
    rows = event_rows(site.store, site.store.events(Filter(story=id, order="date", limit=100)))
    data = {"story": msgspec.to_builtins(found), "documents": document_rows(facts), "rows": rows}
    return View("story.html", found.title, data, rows, how=elsewhere.how(request, cli=f"show {id}\nevents --story {id}", python=f"store.events(story={id!r})"))
