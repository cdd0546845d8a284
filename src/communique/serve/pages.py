"""The pages for reading: each a function from site and request to a `View`, and the table of their addresses.

Which data a page holds is decided in `views`; how it looks, in `templates`. Here is only the way between: parse the
address, ask the views, name the template. Pages that list have a `.csv` twin, all have a `.json` one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from communique import tables
from communique.errors import UsageError
from communique.records import EventType, Modality, Quad
from communique.serve import elsewhere, render
from communique.serve.app import Site
from communique.serve.queries import (
    PER_PAGE,
    Ask,
    facets_of,
    filter_of,
    flt_key,
    number_of,
    one_id,
    saved_rows,
    spelled,
    strangers,
)
from communique.serve.render import View
from communique.views.pages_document import document_page, text_blocks
from communique.views.pages_event import event_page, nearest_part, side_by_side
from communique.views.pages_lists import document_rows, event_rows, mention_rows
from communique.views.pages_text import visible

EXPORTS = {
    "event": (("events-csv", "CSV"), ("geojson", "GeoJSON"), ("gdelt", "GDELT"), ("graphml", "GraphML")),
    "mention": (("csv", "CSV"), ("jsonl", "JSON Lines"), ("plover", "PLOVER"), ("polecat", "POLECAT"), ("icews", "ICEWS"), ("ris", "RIS"), ("bibtex", "BibTeX")),
}  # fmt: skip
CLOSED = {"type": get_args(EventType), "modality": get_args(Modality), "quad": get_args(Quad)}
Page = Callable[[Site, Ask], View]


def handlers(pages: list[tuple[Page, list[str]]]) -> list[HTTPRouteHandler]:
    """One route handler for each page and each twin."""
    return [_handler(fn, path + twin) for fn, paths in pages for path in paths for twin in _endings(path)]


def _endings(path: str) -> tuple[str, ...]:
    """The endings an address takes; those with an id at their end carry theirs inside it."""
    return ("",) if path == "/" or path.endswith("}") else ("", ".json", ".csv")


def pages() -> list[tuple[Page, list[str]]]:
    """Handlers and their addresses."""
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


def _listing(site: Site, request: Ask, kind: Any) -> dict[str, Any]:
    flt = filter_of(request, order="-date")
    asked = spelled(request)
    total = site.remembered(("count", kind, flt_key(flt)), lambda: site.store.count(kind, flt), linked=kind == "event")
    return {"flt": flt, "asked": asked, "total": total, "facets": facets_of(site, kind, flt, asked), "saved": saved_rows(site, kind, flt), "columns": site.store.flat_columns(kind)}


def events(site: Site, request: Ask) -> View:
    """Events, newest first, with facets."""
    found = _listing(site, request, "event")
    rows = site.store.events(found["flt"])
    listed = event_rows(site.store, rows)
    return _list_view("event", "Events", found, listed, rows, elsewhere.listed(request, "events", found["flt"], found["total"]))


def mentions(site: Site, request: Ask) -> View:
    """Event mentions: what single documents assert."""
    found = _listing(site, request, "mention")
    rows = site.store.mentions(found["flt"])
    listed = mention_rows(site.store, rows)
    return _list_view("mention", "Mentions", found, listed, rows, elsewhere.listed(request, "mentions", found["flt"], found["total"]))


def _list_view(kind: str, title: str, found: dict[str, Any], listed: Any, rows: Any, shown: dict[str, str]) -> View:
    data = {"kind": kind, "total": found["total"], "filter": found["asked"], "rows": listed, "next": rows.next, "saved": found["saved"]}
    return View("records.html", title, data, rows.to_dicts, found["columns"], extra={"facets": found["facets"], "exports": EXPORTS[kind], "closed": CLOSED, "strangers": strangers(found["asked"])}, how=shown)


def documents(site: Site, request: Ask) -> View:
    """Documents, newest addition first."""
    query = request.query_params
    asked = tuple(query.get(name) or None for name in ("publisher", "since", "until", "text"))
    publisher, since, until, words = asked
    start = max(0, int(number_of(query.get("start") or 0, "start")))
    found, total = site.store.newest_documents(publisher=publisher, since=since, until=until, text=words, limit=PER_PAGE, skip=start)
    more = start + PER_PAGE if start + PER_PAGE < total else None
    rows = document_rows(found)
    data = {"rows": rows, "total": total, "next": more, "filter": spelled(request)}
    asked_for = {"publisher": publisher, "since": since, "until": until, "text": words}
    shown = elsewhere.how(request, cli=f"documents {elsewhere.options(**asked_for)}", python=f"store.document_rows({elsewhere.named(**asked_for)})")
    return View("documents.html", "Documents", data, rows, how=shown)


def event(site: Site, request: Ask) -> View:
    """One event with its reports beside each other."""
    id = one_id(request)
    if request.query_params.get("part") == "nearest":
        part = nearest_part(site.store, id)
        return View("nearest.html", "The nearest report of another event", part, extra={"looked": True})
    looked = request.url.path.endswith(".json") or request.query_params.get("nearest") == "yes"
    data = event_page(site.store, id, look=looked)
    passages = {m: Markup(h) for m, h in side_by_side(site.store, data).items()}
    shown = elsewhere.how(request, cli=f"show {id}\nexplain {id}\ncompare {id}", python=f"store.event({id!r})")
    strip: dict[str, list[dict[str, Any]]] = {}
    for report in data["reports"]:  # a document once, in the order of the reports
        strip.setdefault(report["document"], []).append(report)
    return View("event.html", data["says"], data, extra={"looked": looked or data["nearest"] is not None, "strip": list(strip.values()), "passages": passages, "number_of": {r["id"]: n for n, r in enumerate(data["reports"], 1)}}, how=shown)


def document(site: Site, request: Ask) -> View:
    """One document as read, with its records."""
    id = one_id(request)
    data = document_page(site.store, id)
    groups = [[b._replace(html=tuple((at, Markup(h)) for at, h in b.html)) for b in g] for g in text_blocks(site.store, id, data)]
    shown = elsewhere.how(request, cli=f"show {id}\nexplain {id}  # why each sentence without a record has none", python=f"store.document({id!r})")
    title = data["document"]["title"] or data["document"]["source"]
    return View("document.html", title, data, extra={"groups": groups, "picked": _picked(request, data["text"]), "types": [t["name"] for t in tables.load("ontology.json")["types"]] + ["STATE"], "modalities": get_args(Modality)}, how=shown)


def _picked(request: Ask, text: str) -> dict[str, Any] | None:
    """The stretch of text that the address offers for a missed record (`?missed=12-80`), if it does."""
    asked = re.fullmatch(r"(\d{1,9})-(\d{1,9})", request.query_params.get("missed") or "", re.ASCII)
    if asked is None or not int(asked[1]) < int(asked[2]) <= len(text):
        return None
    start, end = int(asked[1]), int(asked[2])
    return {"start": start, "end": end, "quote": visible(text[start:end])}
