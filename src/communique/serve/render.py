"""From a view's data to a page and its twins.

A page is a function that returns a `View`: a template, plain data, and rows where it is a list. The same data goes out
as HTML, as `.json` and as `.csv` at the same address, so that a page never shows what its twin lacks. Answers carry a
weak ETag of their content. Templates escape everything; the only markup made outside them comes from
`views.pages_text`, which escapes piece by piece.
"""

from __future__ import annotations

import csv
import datetime as dt
import functools
import gzip
import hashlib
import io
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.datastructures import Cookie
from markupsafe import Markup

from communique import tables
from communique.records import Participant, When
from communique.serve import charts, security
from communique.views.codes import country_name
from communique.views.export import neutral
from communique.views.pages_text import inert, inert_title
from communique.views.wire import names
from communique.views.wording import interval_words

HERE = Path(__file__).parent
TWINS = ("json", "csv")
_TOKEN = secrets.token_hex(32)  # stands in a page for the visitor's token until its ETag is known
QUADS = {"verbal cooperation": "vc", "material cooperation": "mc", "verbal conflict": "vx", "material conflict": "mx"}
PAGE_NAMES = ("period", "since", "until", "view", "lane", "by", "slide", "slide_from", "slide_days", "order", "limit")  # of a query, not of its filter
GLYPHS = {"vc": "○", "mc": "●", "vx": "△", "mx": "▲", "none": "·"}


@dataclass(frozen=True)
class View:
    """What a page shows. `data` is JSON-able once msgspec has turned records into values; `extra` goes to the template
    alone (rendered text, geometry). `rows` make the CSV; `None` where the page is not a list."""

    template: str
    title: str
    data: dict[str, Any]
    rows: Sequence[Mapping[str, Any]] | Callable[[], Sequence[Mapping[str, Any]]] | None = None  # a function where flattening costs
    columns: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    how: Mapping[str, str] = field(default_factory=dict)
    status: int = 200
    twins: bool = True
    cookies: Sequence[Cookie] = ()  # set with the page, never with a twin


def answer(view: View, request: Request[Any, Any, Any], twin: str | None) -> Response[bytes]:
    """The view as the page, or as one of its twins; 304 where the visitor has it already."""
    if twin == "json":
        body, media = as_json(view.data), "application/json"
    elif twin == "csv":
        body, media = as_csv((view.rows() if callable(view.rows) else view.rows) or (), view.columns), "text/csv"
    else:
        body, media = page(view, request).encode("utf-8", "replace"), "text/html"
    found = sent(request, body, media, status=view.status)
    if twin is None:
        found.cookies.extend(view.cookies)
    return found


def sent(
    request: Request[Any, Any, Any], body: bytes, media: str, *, status: int = 200, name: str | None = None
) -> Response[bytes]:
    """Bytes with their ETag; 304 without a body where they have not changed. The ETag is weak: it stands for the answer
    packed or not, and for a page whatever mask its forms' token wears."""
    csrf = request.scope.get("state", {}).get("csrf", "")
    held = _TOKEN.encode() in body
    etag = f'W/"{hashlib.sha256(body + csrf.encode() if held else body).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "vary": "cookie, accept, hx-request"}
    if name is not None:
        headers["content-disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    if status == 200 and etag[2:] in [t.strip().removeprefix("W/") for t in request.headers.get("if-none-match", "").split(",")]:
        return Response(b"", status_code=304, headers=headers, media_type=media)
    if held:
        body = body.replace(_TOKEN.encode(), security.masked(csrf).encode())
    return Response(body, status_code=status, headers=headers, media_type=media)


def as_json(data: Any) -> bytes:
    """Values and records as JSON, a line a top-level key would be hard to read, so indented."""
    return msgspec.json.format(msgspec.json.encode(plain(data)), indent=1) + b"\n"


def plain(data: Any) -> Any:
    """Records turned into JSON values, lone surrogates made replacement characters."""
    values = msgspec.to_builtins(data)
    try:
        msgspec.json.encode(values)
    except (UnicodeEncodeError, ValueError):
        values = json.loads(json.dumps(values).encode().decode("utf-8", "replace").encode("utf-16", "surrogatepass").decode("utf-16", "replace"))
    return values


def as_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """Rows as CSV with a header; cells that a spreadsheet would run get an apostrophe before them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    header = list(columns) or list(rows[0] if rows else ())
    writer.writerow(header)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in header])
    return out.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        value = "; ".join(map(str, value))
    return "" if value is None else neutral(value)


def page(view: View, request: Request[Any, Any, Any]) -> str:
    """The view's HTML."""
    context = {
        "title": view.title, "how": view.how, "path": request.url.path, "query": request.url.query,
        "csrf": _TOKEN, "read_only": request.app.state.read_only, "twins": _twins(view, request),
        "partial": request.headers.get("hx-request") == "true", "reviewer": request.cookies.get("communique_reviewer", "reviewer"),
    }  # fmt: skip
    return environment().get_template(view.template).render(**context, **view.extra, **view.data)


def _twins(view: View, request: Request[Any, Any, Any]) -> list[tuple[str, str]]:
    if view.status != 200 or not view.twins:
        return []
    base = request.url.path.rstrip("/") or "/brief"
    query = f"?{request.url.query}" if request.url.query else ""
    found = [("json", f"{base}.json{query}")]
    return found + ([("csv", f"{base}.csv{query}")] if view.rows is not None else [])


@functools.cache
def environment() -> Environment:
    """The templates: escaping on, undefined names an error."""
    env = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        auto_reload=False,  # else each use of a template asks the disk whether it changed
    )
    env.filters.update(
        inert=lambda text: Markup(inert(str(text or ""))), interval=interval, who=names, country=country_name,
        number=number, share=share, attr=lambda text: inert_title(str(text or "")), day=day, short=short, enc=lambda s: _encoded(str(s)),
    )  # fmt: skip
    env.globals.update(
        static=static, quad_of=quad_class, glyph_of=lambda q: GLYPHS[quad_class(q)], interval_of=interval_values, party_links=party_links, without=without, kept_only=kept_only, bloc_words=bloc_words, PAGE_NAMES=PAGE_NAMES, chosen=chosen, said=said, stepped=stepped, link=link, charts=charts, QUADS=QUADS, version=_version(),
    )  # fmt: skip
    return env


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("communique")
    except PackageNotFoundError:
        return "unknown"


@functools.cache
def assets() -> dict[str, str]:
    """Name → hashed file name of the built assets."""
    found: dict[str, str] = json.loads((HERE / "static" / "assets.json").read_text(encoding="utf-8"))
    return found


@functools.cache  # a handful of small files, named in `assets.json`
def asset_bytes(name: str) -> bytes:
    """The bytes of a built asset."""
    return (HERE / "static" / name).read_bytes()


@functools.cache  # packed once a process: a step of the build would commit each file twice
def packed_asset(name: str) -> bytes:
    """A built asset packed with gzip."""
    return gzip.compress(asset_bytes(name), 9, mtime=0)


def static(name: str) -> str:
    """The address of a built asset."""
    return f"/static/{assets()[name]}"


def quad_class(quad: str | None) -> str:
    """The class name of a quad class, "none" for what counts as neither."""
    return QUADS.get(quad or "", "none")


def link(path: str, /, **query: Any) -> str:
    """An address with a query, names without a value left out, lists repeated."""
    pairs = [(k, v) for k, values in query.items() for v in (values if isinstance(values, (list, tuple)) else [values]) if v not in (None, "")]
    return path + ("?" + "&".join(f"{_quoted(k)}={_quoted(str(v))}" for k, v in pairs) if pairs else "")


_quoted = functools.lru_cache(maxsize=4096)(quote_plus)  # a page has hundreds of addresses of the same few values


def party_links(parties: Sequence[Any], nobody: str = "") -> Markup:
    """Names as links to their actors, records or plain values; written here, as lists have hundreds. `nobody` stands for none."""
    out = []
    for p in parties:
        name, entity = (p.get("name"), p.get("entity")) if isinstance(p, Mapping) else (p.name, p.entity)
        words = f"<bdi>{inert(str(name or ''))}</bdi>"
        out.append(f'<a href="/actor/{_encoded(entity)}">{words}</a>' if entity else words)
    return Markup(", ".join(out)) if out else Markup('<span class="faint">{}</span>').format(nobody)


@functools.lru_cache(maxsize=4096)
def _encoded(entity: str) -> str:
    return quote(entity, safe="")


def interval(when: When | None) -> str:
    """A date in words with its precision; "" when unknown."""
    return interval_words(when.start, when.end, when.grain) if when is not None else ""


def interval_values(when: Mapping[str, Any]) -> str:
    """The same for a date that is plain values already."""
    return _interval(when.get("start"), when.get("end"), when.get("grain"))


_interval = functools.lru_cache(maxsize=4096)(interval_words)  # a list has the same few days many times


def said(field: str, value: str) -> str:
    """A value of a compared field as people write it: dates in words."""
    if field.casefold() not in ("when", "date") or "/" not in value:
        return value
    start, end = (None if day in ("", "None") else day for day in value.split("/", 1))
    return interval_words(start, end)


def stepped(since: str | None, until: str | None, by: int) -> tuple[str, str] | None:
    """The period of the same length before (-1) or after (1) this one; `None` where it has no two ends."""
    try:
        a, b = dt.date.fromisoformat(since or ""), dt.date.fromisoformat(until or "")
        return (a + (b - a) * by).isoformat(), (b + (b - a) * by).isoformat()
    except (ValueError, OverflowError):
        return None


def without(asked: Mapping[str, Sequence[str]], name: str, value: str) -> dict[str, list[str]]:
    """A query without one of its values."""
    return {k: [v for v in vs if (k, v) != (name, value)] for k, vs in asked.items()}


def kept_only(asked: Mapping[str, Sequence[str]], names: Sequence[str]) -> dict[str, Sequence[str]]:
    """A query with nothing but these of its names."""
    return {k: vs for k, vs in asked.items() if k in names}


def bloc_name(bloc: str) -> str:
    """The key of a bloc as a name: "gulf-states" is Gulf states, "p5" P5."""
    return bloc.upper() if len(bloc) < 4 else bloc.replace("-", " ").capitalize()


def bloc_words(bloc: str) -> str:
    """What a bloc in a filter stands for, with how many members the tables have."""
    *members, body = tables.bloc_parties(bloc)
    name = next((o["name"] for o in tables.load("organisations.json") if o["id"] == body), None)
    of_it = f"{len(members)} members as of the tables of {tables.manifest()['version']}"
    return f"{name}: one of its {of_it} or the body itself, on either side." if name else f"{bloc_name(bloc)}: one of the {of_it}, on either side."


def chosen(asked: Mapping[str, Sequence[str]], name: str, default: str = "") -> str:
    """The first value a query has for a name."""
    return next(iter(asked.get(name, ())), default)


def day(value: str | None) -> str:
    """An ISO day in words; "" for none."""
    if not value:
        return ""
    try:
        return _day(value[:10])
    except ValueError:
        return value


@functools.lru_cache(maxsize=4096)
def _day(value: str) -> str:
    found = dt.date.fromisoformat(value)
    return interval_words(value, (found + dt.timedelta(days=1)).isoformat())


def number(value: float | int | None) -> str:
    """A number with thin groups: 12 345; "" for none."""
    if value is None:
        return ""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.2f}"
    return text.replace(",", "\u202f")


def share(value: float | None) -> str:
    """A share as whole per cent; "" for none."""
    return "" if value is None else f"{100 * value:.0f} %"


def short(text: str | None, width: int = 160) -> str:
    """The text on one line, cut at a width."""
    joined = " ".join((text or "").split())
    return joined if len(joined) <= width else joined[: width - 1].rstrip() + "…"


def people(parties: Sequence[Participant]) -> list[dict[str, str | None]]:
    """Participants as links need them."""
    return [{"name": p.name, "entity": p.entity or (f"country:{p.country}" if p.country else None), "country": p.country} for p in parties]
