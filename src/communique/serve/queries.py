"""Addresses as questions: the filter that a query spells, the same question elsewhere, facets as links."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request

from communique import tables
from communique.api import make_filter
from communique.errors import UsageError
from communique.records import Filter
from communique.serve import render
from communique.serve.app import Site
from communique.store.saved import SavedQuery

Ask = Request[Any, Any, Any]
PER_PAGE = 50
MANY = frozenset({"actor", "recipient", "either", "beside", "bloc", "type", "quad", "mode", "context", "modality", "publisher"})
FACET_NAMES = {
    "type": "type", "quad": "quad", "modality": "modality", "actor": "actor", "recipient": "recipient", "publisher": "publisher",
    "mode": "mode", "context": "context", "place country": "place", "year": "year", "reviewed": "reviewed",
}  # fmt: skip


def one_id(request: Ask) -> str:
    """The id in the address, without the ending of a twin."""
    found: str = request.path_params["id"]
    for twin in render.TWINS:
        found = found.removesuffix("." + twin)
    return found


def filter_of(request: Ask, *, strict: bool = False, **defaults: Any) -> Filter:
    """The filter that the address spells; names that are not the filter's are left to the page, and so are values that
    there are not, unless it is `strict`."""
    fields: dict[str, Any] = dict(defaults)
    query = request.query_params
    for name in Filter.__struct_fields__:
        values = [v for v in query.getall(name, []) if v != ""]
        if values:
            fields[name] = tuple(values) if name in MANY else values[-1]
    if "box" in fields and isinstance(fields["box"], str):
        fields["box"] = tuple(number_of(v, "box") for v in fields["box"].split(","))
    if year := query.get("year"):
        if not (year.isdigit() and len(year) == 4):
            raise UsageError(f"year={year!r} is not a year; give one like 2025", value=year)
        fields |= {"since": f"{year}-01-01", "until": f"{int(year) + 1}-01-01"}
    for name in ("limit", "min_originators"):
        if name in fields:
            fields[name] = int(number_of(fields[name], name))
    if not 0 < fields.get("limit", PER_PAGE) <= 1000:
        raise UsageError("limit lies in 1 to 1000", value=fields["limit"])
    return make_filter(strict=strict, **{"limit": PER_PAGE, **fields})


def country_of(text: str) -> str:
    """The ISO alpha-3 code of the country that a part of an address names; where there is none, neither is the page."""
    try:
        found = tables.party(text)
    except UsageError:
        found = ":"
    if ":" in found:
        raise UsageError(f"{text}: no such country; a country is an ISO alpha-3 code such as JPN, or a name", value=text)
    return found


def strangers(asked: dict[str, list[str]]) -> list[str]:
    """Parties of the question that the tables do not know."""
    out = []
    for value in (v for name in ("actor", "recipient", "either", "beside") for v in asked.get(name, [])):
        try:
            tables.party(value)
        except UsageError:
            out.append(value)
    return out


def number_of(value: Any, name: str) -> float:
    """The value as a number; raises `UsageError` that names it."""
    try:
        return float(value)
    except ValueError:
        raise UsageError(f"{name}={value!r} is not a number", value=value) from None


def spelled(request: Ask) -> dict[str, list[str]]:
    """The address's query as name → values, without the paging."""
    query = request.query_params
    return {k: [v for v in query.getall(k) if v] for k in dict.fromkeys(query) if k != "after" and any(query.getall(k))}


def address_of(found: SavedQuery) -> str:
    """The address that opens a saved search, with all that its filter says."""
    usual = Filter(order="-date")  # what the lists show unless asked otherwise
    fields = {k: v for k in Filter.__struct_fields__ if k not in ("after", "limit") and (v := getattr(found.filter, k)) != getattr(usual, k)}
    for name, mark in (("box", ","), ("dyad", "-")):
        if fields.get(name):
            fields[name] = mark.join(map(str, fields[name]))
    return render.link(f"/{found.kind}s", **fields)


def saved_rows(site: Site, kind: str | None = None, flt: Filter | None = None) -> list[dict[str, Any]]:
    """The saved searches with their addresses; `on` where one is the list being shown."""
    return [
        {"name": q.name, "kind": q.kind, "by": q.by, "at": q.at, "href": address_of(q), "on": flt is not None and kind == q.kind and flt_key(q.filter) == flt_key(flt)}
        for q in site.store.saved_queries()
    ]  # fmt: skip


def facets_of(site: Site, kind: Any, flt: Filter, asked: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Facets with, for each value, how many it opens and the address that opens it."""
    plain = msgspec.structs.replace(flt, after=None)
    counted = site.remembered(("facets", kind, plain), lambda: site.store.facets(kind, plain, tuple(FACET_NAMES), top=12), linked=kind == "event")
    out = []
    dated = flt.date != "happened" or "since" in asked or "until" in asked
    for name, query in FACET_NAMES.items():
        chosen = asked.get(query, [])
        if name == "year" and dated:  # a year is of the day it happened, and would take the place of the dates asked for
            continue
        values = []
        for value, n in counted[name]:
            on = value in chosen
            if chosen and not on:  # two values mean either of them, so another would open more than it counts
                continue
            rest = {k: v for k, v in asked.items() if k != query}
            values.append({"value": value, "n": n, "on": on, "href": render.link("", **rest) or "?" if on else render.link("", **rest, **{query: value})})
        if values:
            out.append({"name": name, "query": query, "values": values, "chosen": bool(chosen)})
    return out


def flt_key(flt: Filter) -> Filter:
    """The filter without its page, as a key."""
    return msgspec.structs.replace(flt, after=None, limit=0, order="date")
