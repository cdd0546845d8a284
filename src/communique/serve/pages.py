"""The pages for reading: each a function from site and request to a `View`, and the table of their addresses.

Which data a page holds is decided in `views`; how it looks, in `templates`. Here is only the way between: parse the
address, ask the views, name the template. Pages that list have a `.csv` twin, all have a `.json` one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from communique.api import make_filter
from communique.errors import UsageError
from communique.records import Filter
from communique.serve import render
from communique.serve.app import Site
from communique.serve.render import View
from communique.views.pages_document import document_page, text_blocks
from communique.views.pages_event import event_page, side_by_side
from communique.views.pages_lists import document_rows, event_rows, mention_rows

Ask = Request[Any, Any, Any]
Page = Callable[[Site, Ask], View]
PER_PAGE = 50
MANY = frozenset({"actor", "recipient", "either", "type", "quad", "mode", "context", "modality", "publisher"})
FACET_NAMES = {
    "type": "type", "quad": "quad", "modality": "modality", "actor": "actor", "recipient": "recipient", "publisher": "publisher",
    "mode": "mode", "context": "context", "place country": "place", "year": "year", "reviewed": "reviewed",
}  # fmt: skip


def handlers() -> list[HTTPRouteHandler]:
    """One route handler for each page and each twin."""
    return [_handler(fn, path + twin) for fn, paths in _pages() for path in paths for twin in _endings(path)]


def _endings(path: str) -> tuple[str, ...]:
    """The endings an address takes; those with an id at their end carry theirs inside it."""
    return ("",) if path == "/" or path.endswith("}") else ("", ".json", ".csv")


def _pages() -> list[tuple[Page, list[str]]]:
    return [
        (events, ["/events"]), (mentions, ["/mentions"]), (documents, ["/documents"]),
        (event, ["/event/{id:str}"]), (document, ["/document/{id:str}"]),
    ]  # fmt: skip


def _handler(fn: Page, path: str) -> HTTPRouteHandler:
    @get(path, include_in_schema=False, sync_to_thread=True)
    def handler(request: Request[Any, Any, Any]) -> Response[bytes]:
        twin = next((t for t in render.TWINS if request.url.path.endswith("." + t)), None)
        view = fn(request.app.state.site, request)
        if twin == "csv" and view.rows is None:
            raise UsageError("there is no such page: this one is not a list; its .json twin has all of it")
        return render.answer(view, request, twin)

    return handler


def one_id(request: Ask) -> str:
    """The id in the address, without the ending of a twin."""
    found: str = request.path_params["id"]
    for twin in render.TWINS:
        found = found.removesuffix("." + twin)
    return found


def filter_of(request: Ask, **defaults: Any) -> Filter:
    """The filter that the address spells; names that are not the filter's are left to the page."""
    fields: dict[str, Any] = dict(defaults)
    query = request.query_params
    for name in Filter.__struct_fields__:
        values = [v for v in query.getall(name, []) if v != ""]
        if values:
            fields[name] = tuple(values) if name in MANY else values[-1]
    if "box" in fields and isinstance(fields["box"], str):
        fields["box"] = tuple(_number(v, "box") for v in fields["box"].split(","))
    if year := query.get("year"):
        if not (year.isdigit() and len(year) == 4):
            raise UsageError(f"year={year!r} is not a year; give one like 2025", value=year)
        fields |= {"since": f"{year}-01-01", "until": f"{int(year) + 1}-01-01"}
    for name in ("limit", "min_originators"):
        if name in fields:
            fields[name] = int(_number(fields[name], name))
    if not 0 < fields.get("limit", PER_PAGE) <= 1000:
        raise UsageError("limit lies in 1 to 1000", value=fields["limit"])
    return make_filter(**{"limit": PER_PAGE, **fields})


def _number(value: Any, name: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"{name}={value!r} is not a number", value=value) from None


def spelled(request: Ask) -> dict[str, list[str]]:
    """The address's query as name → values, without the paging."""
    query = request.query_params
    return {k: [v for v in query.getall(k) if v] for k in dict.fromkeys(query) if k != "after" and any(query.getall(k))}


def how(path: str, request: Ask, verb: str, python: str) -> dict[str, str]:
    """The same question on the command line, in Python, and over HTTP."""
    asked = spelled(request)
    flags = " ".join(f"--{k.replace('_', '-')} {_quoted(v)}" for k, vs in asked.items() for v in vs)
    words = ", ".join(f"{k}={vs[0]!r}" if len(vs) == 1 else f"{k}={tuple(vs)!r}" for k, vs in asked.items())
    address = render.link(f"{path}.json", **asked)
    return {
        "Command line": f"communique {verb} {flags}".strip(),
        "Python": python.replace("…", words),
        "HTTP": f"curl '{str(request.base_url).rstrip('/')}{address}'",
    }


def _quoted(value: str) -> str:
    return value if value.replace("-", "").replace("_", "").isalnum() else "'" + value.replace("'", "'\\''") + "'"


def facets_of(site: Site, kind: Any, flt: Filter, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Facets with, for each value, how many it opens and the address that opens it."""
    plain = msgspec.structs.replace(flt, after=None)
    counted = site.remembered(("facets", kind, plain), lambda: site.store.facets(kind, plain, tuple(FACET_NAMES), top=12))
    out = []
    for name, query in FACET_NAMES.items():
        chosen = asked.get(query, [])
        values = []
        for value, n in counted[name]:
            on = value in chosen
            rest = {k: v for k, v in asked.items() if k != query}
            values.append({"value": value, "n": n, "on": on, "href": render.link("", **rest) or "?" if on else render.link("", **rest, **{query: value})})
        if values:
            out.append({"name": name, "query": query, "values": values, "chosen": bool(chosen)})
    return out


def _listing(site: Site, request: Ask, kind: Any) -> dict[str, Any]:
    flt = filter_of(request, order="-date")
    asked = spelled(request)
    total = site.remembered(("count", kind, flt_key(flt)), lambda: site.store.count(kind, flt))
    return {"flt": flt, "asked": asked, "total": total, "facets": facets_of(site, kind, flt, asked)}


def flt_key(flt: Filter) -> Filter:
    """The filter without its page, as a key."""
    return msgspec.structs.replace(flt, after=None, limit=0, order="date")


def events(site: Site, request: Ask) -> View:
    """Events, newest first, with facets."""
    found = _listing(site, request, "event")
    rows = site.store.events(found["flt"])
    listed = event_rows(site.store, rows)
    return _list_view("event", "Events", found, listed, rows, how("/events", request, "events", "store.events(…)"))


def mentions(site: Site, request: Ask) -> View:
    """Event mentions: what single documents assert."""
    found = _listing(site, request, "mention")
    rows = site.store.mentions(found["flt"])
    listed = mention_rows(site.store, rows)
    return _list_view("mention", "Mentions", found, listed, rows, how("/mentions", request, "mentions", "store.mentions(…)"))


def _list_view(kind: str, title: str, found: dict[str, Any], listed: Any, rows: Any, shown: dict[str, str]) -> View:
    data = {"kind": kind, "total": found["total"], "filter": found["asked"], "rows": listed, "next": rows.next}
    return View("records.html", title, data, rows.to_dicts(), extra={"facets": found["facets"]}, how=shown)


def documents(site: Site, request: Ask) -> View:
    """Documents: those that hold the words, best first, else in order of being added."""
    query = request.query_params
    words, publisher = query.get("text") or None, query.get("publisher") or None
    if words:
        found = [f for f, _ in site.store.search(words, limit=200) if publisher is None or f.publisher == publisher]
        total, more = len(found), None
    else:
        start = int(_number(query.get("start") or 0, "start"))
        every = site.remembered(("documents", publisher), lambda: list(site.store.documents(publisher=publisher)))
        ordered = list(reversed(every))
        found, total = ordered[start : start + PER_PAGE], len(ordered)
        more = start + PER_PAGE if start + PER_PAGE < total else None
    rows = document_rows(found)
    data = {"rows": rows, "total": total, "next": more, "filter": spelled(request)}
    return View("documents.html", "Documents", data, rows, how=how("/documents", request, "events", "store.documents(…)"))


def event(site: Site, request: Ask) -> View:
    """One event with its reports beside each other."""
    id = one_id(request)
    data = event_page(site.store, id)
    passages = {m: Markup(h) for m, h in side_by_side(site.store, data).items()}
    shown = {"Command line": f"communique show {id}", "Python": f'store.event("{id}")', "HTTP": f"curl '{request.base_url}event/{id}.json'"}
    return View("event.html", data["says"], data, extra={"passages": passages, "number_of": {r["id"]: n for n, r in enumerate(data["reports"], 1)}}, how=shown)


def document(site: Site, request: Ask) -> View:
    """One document as read, with its records."""
    id = one_id(request)
    data = document_page(site.store, id)
    groups = [[b._replace(html=tuple(Markup(h) for h in b.html)) for b in g] for g in text_blocks(site.store, id, data)]
    shown = {"Command line": f"communique show {id}", "Python": f'store.document("{id}")', "HTTP": f"curl '{request.base_url}document/{id}.json'"}
    title = data["document"]["title"] or data["document"]["source"]
    return View("document.html", title, data, extra={"groups": groups}, how=shown)
