"""The API: records as they are, over HTTP. Reading is GET; the two POSTs (a review, a text to add) take JSON.

Answers are the records of `records.py` as JSON, with an ETag of their content. Lists page by key: `next` is what to
give as `after`. The OpenAPI 3.1 document stands at /api/openapi.json. Names of parameters are those of `Filter`, the
same as on the command line and in Python.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import io
from collections.abc import AsyncIterator
from email.utils import format_datetime
from typing import Annotated, Any, Literal
from xml.sax.saxutils import escape

import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPI, OpenAPIMediaType, OpenAPIResponse, OpenAPIType, Reference, Schema
from litestar.params import Parameter
from litestar.plugins import OpenAPISchemaPlugin
from litestar.response import ServerSentEvent, ServerSentEventMessage

from communique import tables
from communique.api import checked_date, make_filter
from communique.errors import UsageError
from communique.records import (
    Commitment,
    DocumentFacts,
    Event,
    EventMention,
    EventType,
    Failure,
    Filter,
    Modality,
    Quad,
    Review,
    Run,
    Span,
    Story,
)
from communique.serve import acts, render
from communique.serve import jobs as work
from communique.serve.app import Site
from communique.serve.overview import ledger_calendar, today
from communique.serve.queries import country_of, filter_of
from communique.serve.render import View
from communique.store.handle import utc_now
from communique.store.saved import SavedQuery, Settled
from communique.text import digest
from communique.views.dyads import DyadPeriod, dyad_series
from communique.views.export import FORMATS, export
from communique.views.ledger import commitments_as_of
from communique.views.pages_text import inert_title
from communique.views.timeline import headline_of
from communique.views.wire import with_quotes

Ask = Request[Any, Any, Any]
Several = list[str] | None
_CODES = sorted(c["iso3"] for c in tables.load("countries.json")["countries"])
Country = Annotated[Several, Parameter(description="ISO alpha-3 codes, or entity ids such as org:nato, person:…", max_items=50, schema_extra={"items": {"type": "string", "anyOf": [{"enum": _CODES}, {"pattern": "^[a-z]{2,20}:[A-Za-z0-9-]{1,80}$"}]}})]
Bloc = Annotated[Several, Parameter(description="a member of this bloc on either side, or the body itself", max_items=20, schema_extra={"items": {"type": "string", "enum": sorted(tables.load("countries.json")["blocs"])}})]
Types = Annotated[list[EventType] | None, Parameter(max_items=50)]
Quads = Annotated[list[Quad] | None, Parameter(max_items=4)]
Modalities = Annotated[list[Modality] | None, Parameter(max_items=10)]
Pair = Annotated[str | None, Parameter(description="two countries, AAA-BBB, in either direction", schema_extra={"pattern": f"^({'|'.join(_CODES)})-({'|'.join(_CODES)})$"})]
Box = Annotated[str | None, Parameter(description="south,west,north,east in degrees", pattern=r"^-?[0-9]{1,3}(\.[0-9]{1,9})?(,-?[0-9]{1,3}(\.[0-9]{1,9})?){3}$")]
Words = Annotated[str | None, Parameter(description="words that must all be there; \"a phrase\"; beg* for beginnings", max_length=300, pattern="[A-Za-z0-9]")]
Word = Annotated[str | None, Parameter(max_length=300)]
Day = Annotated[str | None, Parameter(description="an ISO day, YYYY-MM-DD", max_length=10, schema_extra={"format": "date"})]
Id = Annotated[str, Parameter(min_length=1, max_length=80)]
Size = Annotated[int, Parameter(ge=1, le=1000)]


class Events(msgspec.Struct, kw_only=True):
    """One page of events."""

    total: int
    rows: list[Event]
    next: str | None


class Mentions(msgspec.Struct, kw_only=True):
    """One page of event mentions."""

    total: int
    rows: list[EventMention]
    next: str | None


class Documents(msgspec.Struct, kw_only=True):
    """One page of documents without their text."""

    total: int
    rows: list[DocumentFacts]
    next: int | None


class Verdict(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A person's act on a record. `value` is the field's new value, as JSON."""

    target: str
    act: Literal["accept", "reject", "correct", "undo"]
    field: str | None = None
    value: Any = None
    why: str | None = None
    by: str = "api"
    undoes: str | None = None


class NewText(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A report to add."""

    text: Annotated[str, msgspec.Meta(pattern=r"[^\s]")]
    publisher: str | None = None
    published: dt.date | None = None
    name: str | None = None


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120, pattern=r"[^\s]")]


class NewQuery(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """The name for a list; which list is said by the address's parameters, as for the list itself."""

    name: Name
    kind: Literal["event", "mention"] = "event"
    note: str | None = None
    by: str = "api"


class Forget(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A saved query to take off the list."""

    name: str
    by: str = "api"


class Decision(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Which value holds where the reports of an event differ."""

    event: str
    field: str
    value: str | None = None
    why: str | None = None
    by: str = "api"


class Missed(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A record that the coder missed: where its words stand, and the other fields of an event mention."""

    document: str
    start: Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]
    end: Annotated[int, msgspec.Meta(ge=1, le=100_000_000)]
    type: EventType
    fields: dict[str, Any] = {}
    why: str | None = None
    by: str = "api"


def refusals(document: OpenAPI) -> None:
    """Say of every operation how it refuses: one shape, whatever the status."""
    line = Schema(type=OpenAPIType.OBJECT, required=["error", "status"], properties={"error": Schema(type=OpenAPIType.STRING), "status": Schema(type=OpenAPIType.INTEGER)})
    document.components.schemas["Refused"] = line
    for name, schema in document.components.schemas.items():
        if name.endswith(_CLOSED):
            schema.additional_properties = False
    content = {"application/json": OpenAPIMediaType(schema=Reference(ref="#/components/schemas/Refused"))}
    for path, item in (document.paths or {}).items():
        for operation in (item.get, item.post):
            if operation is not None:
                found = operation.responses or {}
                good: Any = next(iter(found.values()))
                if path == "/api/export/{format}":
                    good.content = {f.media: OpenAPIMediaType(schema=Schema()) for f in FORMATS.values()}
                elif any(getattr(c.schema, "type", None) == OpenAPIType.STRING for c in (getattr(good, "content", None) or {}).values()):
                    good.content = {"application/json": OpenAPIMediaType(schema=Schema())}  # records with their quotes, as bytes
                for status, words in _REFUSALS.items():
                    found[status] = OpenAPIResponse(description=words, content=dict(content))
                operation.responses = found


_CLOSED = ("Verdict", "NewText", "NewQuery", "Forget", "Decision", "Missed")
_REFUSALS = {
    "400": "The request does not fit.", "401": "A token is needed.", "403": "The request comes from elsewhere.", "404": "There is no such record.",
    "405": "The store is read only, or the method is not offered.", "408": "The body came too slowly.", "413": "The body is too large.", "415": "The body is not JSON.",
    "421": "The Host is not this server.", "429": "Too many requests; wait a minute.", "503": "The store cannot be read now.",
}  # fmt: skip


class SpanAsPair(OpenAPISchemaPlugin):
    """Spans travel as [start, end]; msgspec writes them so, and the OpenAPI document has to say so."""

    @staticmethod
    def is_plugin_supported_type(value: Any) -> bool:
        return value is Span

    def to_openapi_schema(self, field_definition: Any, schema_creator: Any) -> Schema:
        """A pair of offsets."""
        whole = Schema(type=OpenAPIType.INTEGER, minimum=0)
        return Schema(type=OpenAPIType.ARRAY, items=whole, min_items=2, max_items=2, description="[start, end): code points of the document's text")


def handlers() -> list[Any]:
    """Routes under /api, and the other formats of pages."""
    from communique.serve import odds

    routes = [
        index, openapi, session, events, event, mentions, mention, documents, document, commitments, commitment, stories, story, dyads, dyad, facets,
        search, explain_record, runs, failures, changes, exported, add_review, reviews, add_text, job, job_stream, counts,
        queries, keep_query, drop_query, settled, settle, missed, agreement, disputed, accuracy, diff, *odds.routes(),
    ]  # fmt: skip
    return [Router("/api", route_handlers=routes, tags=["communique"], before_request=refuse_unknown), *(_other(path, name) for path, name in _OTHERS.items()), rss, ics]


def refuse_unknown(request: Ask) -> None:
    """`UsageError` for a parameter that the address does not take: a filter misspelt would list everything."""
    taken = request.route_handler.parsed_fn_signature.parameters
    names = {name: getattr(field.kwarg_definition, "query", None) or name for name, field in taken.items()}  # "state" is `states` here
    known = [names[name] for name in taken if name not in {"request", "asked", "data", *request.path_params}]
    if "asked" in taken or "format" in taken:
        known += [name for name in (*Filter.__struct_fields__, "year") if name not in known]
    for name in request.query_params:
        if name not in known:
            raise UsageError(f"no parameter called {name!r}; there are: {', '.join(known) or 'none'}", value=name)


def site_of(request: Ask) -> Site:
    """The site behind a request."""
    found: Site = request.app.state.site
    return found


def sent(request: Ask, value: Any, status: int = 200) -> Response[bytes]:
    """A value as JSON with its ETag."""
    return render.sent(request, msgspec.json.encode(render.plain(value)), "application/json", status=status)


def contract(request: Ask) -> dict[str, Any]:
    """The OpenAPI document as values, written out once for each application."""
    state = request.app.state
    found: dict[str, Any] | None = getattr(state, "contract", None)
    if found is None:
        found = state.contract = request.app.openapi_schema.to_schema()
    return found


@get("/", include_in_schema=False, sync_to_thread=True)
def index(request: Ask) -> Response[bytes]:
    """What there is, for people."""
    paths = contract(request)["paths"]
    rows = []
    for path, item in sorted(paths.items()):
        for method, operation in item.items():
            rows.append({"method": method.upper(), "path": path, "does": operation.get("description") or operation.get("summary", ""), "takes": [p["name"] for p in operation.get("parameters", [])]})
    view = View("api.html", "API", {"rows": rows, "formats": sorted(FORMATS)}, rows, how={"HTTP": f"curl '{request.base_url}api/openapi.json'"}, twins=False)
    return render.answer(view, request, None)


@get("/openapi.json", include_in_schema=False, sync_to_thread=True)
def openapi(request: Ask) -> Response[bytes]:
    """The contract, OpenAPI 3.1."""
    return sent(request, contract(request))


@get("/session", sync_to_thread=False)
def session(request: Ask) -> dict[str, str]:
    """The CSRF token for POSTs without a bearer token; send it as X-CSRF-Token together with the cookie."""
    return {"csrf": request.scope.get("state", {}).get("csrf", "")}


@get("/counts", sync_to_thread=True)
def counts(request: Ask) -> dict[str, int]:
    """How many of each the store holds."""
    return site_of(request).store.counts()


def asked_filter(
    request: Ask, actor: Country = None, recipient: Country = None, either: Country = None, beside: Country = None, bloc: Bloc = None, dyad: Pair = None, type: Types = None,
    quad: Quads = None, mode: Several = None, context: Several = None, modality: Modalities = None, attribution: Word = None,
    publisher: Several = None, document: Word = None, story: Word = None, min_originators: Annotated[int, msgspec.Meta(ge=0, le=1000)] | None = None,
    place: Word = None, box: Box = None, since: Day = None, until: Day = None, date: Literal["happened", "published", "added"] = "happened",
    text: Words = None, reviewed: Literal["accepted", "rejected", "corrected", "none"] | None = None,
    min_score: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None, as_of: Day = None, limit: Size = 50, after: Word = None,
    order: Literal["date", "-date", "score", "originators"] = "date",
) -> Filter:  # fmt: skip
    """The filter that the query spells: the parameters of every list, documented once."""
    return filter_of(request, strict=True)


_ASKED = {"asked": Provide(asked_filter, sync_to_thread=False)}


@get("/events", sync_to_thread=True, dependencies=_ASKED)
def events(request: Ask, asked: Filter) -> Events:
    """Events that the filter lists."""
    store, flt = site_of(request).store, asked
    rows = store.events(flt)
    return Events(total=store.count("event", flt), rows=list(rows), next=rows.next)


@get("/events/{id:str}", sync_to_thread=True)
def event(request: Ask, id: Id) -> Response[bytes]:
    """One event with the quotes of its mentions."""
    return _one(request, "event", site_of(request).store.event(id), id)


@get("/mentions", sync_to_thread=True, dependencies=_ASKED)
def mentions(request: Ask, asked: Filter) -> Mentions:
    """Event mentions that the filter lists: what single documents assert."""
    store, flt = site_of(request).store, asked
    rows = store.mentions(flt)
    return Mentions(total=store.count("mention", flt), rows=list(rows), next=rows.next)


@get("/mentions/{id:str}", sync_to_thread=True)
def mention(request: Ask, id: Id) -> Response[bytes]:
    """One event mention with its quotes."""
    return _one(request, "mention", site_of(request).store.mention(id), id)


def _one(request: Ask, kind: str, record: Any, id: str) -> Response[bytes]:
    if record is None:
        raise UsageError(f"{id}: no such {kind}", value=id)
    store = site_of(request).store
    return sent(request, with_quotes(kind, record, store.text, store.mention))


@get("/documents", sync_to_thread=True)
def documents(
    request: Ask, publisher: Word = None, since: Day = None, until: Day = None, story: Word = None, text: Words = None, limit: Size = 50,
    start: Annotated[int, Parameter(ge=0, le=100_000_000)] = 0,
) -> Documents:  # fmt: skip
    """Documents in order of being added."""
    store = site_of(request).store
    found = list(store.documents(publisher=publisher, since=checked_date(since), until=checked_date(until), story=story, text=text))
    after = start + limit
    return Documents(total=len(found), rows=found[start:after], next=after if after < len(found) else None)


@get("/documents/{id:str}", sync_to_thread=True)
def document(request: Ask, id: Id) -> Response[bytes]:
    """One document as coded: text, blocks, mentions, and why the rest is not coded."""
    return _one(request, "document", site_of(request).store.document(id), id)


@get("/commitments", sync_to_thread=True)
def commitments(request: Ask, by: Word = None, to: Word = None, kind: Literal["event", "pledge", "threat", "demand"] | None = None, states: Annotated[Several, Parameter(query="state")] = None, as_of: Day = None) -> list[Commitment]:
    """Commitments as they stand on a day (today unless given), overdue first."""
    return commitments_as_of(site_of(request).store, checked_date(as_of) or today(), by=by, to=to, kind=kind, state=states or ())


@get("/commitments/{id:str}", sync_to_thread=True)
def commitment(request: Ask, id: Id) -> Response[bytes]:
    """One commitment with its history and quotes."""
    return _one(request, "commitment", site_of(request).store.commitment(id), id)


@get("/stories", sync_to_thread=True)
def stories(request: Ask, document: Word = None) -> list[Story]:
    """Stories by first day, or those of one document."""
    return list(site_of(request).store.stories(document=document))


@get("/stories/{id:str}", sync_to_thread=True)
def story(request: Ask, id: Id) -> Response[bytes]:
    """One story."""
    return _one(request, "story", site_of(request).store.story(id), id)


@get("/dyads", sync_to_thread=True)
def dyads(request: Ask, since: Day = None, until: Day = None) -> list[dict[str, Any]]:
    """Ordered pairs of countries with their records and mean PLOVER score, over whole months."""
    rows = site_of(request).store.dyad_totals(since=checked_date(since), until=checked_date(until))
    return [{"actor": a, "recipient": b, "records": n, "mean_score": round(total / scored, 4) if scored else None} for a, b, n, scored, total in rows]


@get("/dyads/{a:str}/{b:str}", sync_to_thread=True)
def dyad(request: Ask, a: Annotated[str, Parameter(pattern="^[A-Za-z]{3}$")], b: Annotated[str, Parameter(pattern="^[A-Za-z]{3}$")], grain: Literal["day", "week", "month", "year"] = "month", fill: bool = False) -> list[DyadPeriod]:
    """One pair over time, both ways."""
    a, b = country_of(a), country_of(b)
    pairs = [(a, b), (b, a)]
    return dyad_series(site_of(request).store, pairs, grain=grain, fill=fill)


@get("/facets/{kind:str}", sync_to_thread=True, dependencies=_ASKED)
def facets(request: Ask, kind: Literal["event", "mention"], asked: Filter) -> Response[bytes]:
    """Per facet its commonest values and counts, within the filter that the query spells."""
    return sent(request, site_of(request).store.facets(kind, asked))


@get("/search", sync_to_thread=True)
def search(request: Ask, q: Annotated[str, Parameter(min_length=1, max_length=300, pattern="[A-Za-z0-9]")], limit: Annotated[int, Parameter(ge=1, le=200)] = 20) -> list[dict[str, Any]]:
    """Documents that hold the words, best first, with their rank score; where more than 20,000 hold them, of those that were added last."""
    return [msgspec.to_builtins(f) | {"rank": round(rank, 4)} for f, rank in site_of(request).store.search(q, limit=limit)]


@get("/explain/{id:str}", sync_to_thread=True)
def explain_record(request: Ask, id: Id) -> Response[bytes]:
    """Why a document, mention, event, commitment or story is as it is, and for a document why not."""
    from communique.views.reasons import explain

    store = site_of(request).store
    kind, key = store.find(id)
    reader: dict[str, Any] = {"document": store.document, "mention": store.mention, "event": store.event, "commitment": store.commitment, "story": store.story}
    if kind not in reader:
        raise UsageError(f"{id}: no such record to explain; a {kind} speaks for itself", value=id)
    return sent(request, explain(kind, reader[kind](key), store))


@get("/runs", sync_to_thread=True)
def runs(request: Ask) -> list[Run]:
    """Every pass of coding, oldest first."""
    return list(site_of(request).store.runs())


@get("/failures", sync_to_thread=True)
def failures(request: Ask) -> list[Failure]:
    """What could not be read, and why."""
    return list(site_of(request).store.failures())


@get("/changes", sync_to_thread=True)
def changes(request: Ask, since: Annotated[int, Parameter(ge=0, le=2**53)] = 0, limit: Size = 1000) -> list[dict[str, Any]]:
    """What changed after a sequence number, for readers that keep up."""
    return [dict(zip(("seq", "at", "kind", "act", "id"), row, strict=True)) for row in site_of(request).store.changes(since, limit=limit)]


@get("/export/{format:str}", sync_to_thread=True)
def exported(request: Ask, format: Annotated[str, Parameter(max_length=40, schema_extra={"enum": sorted(FORMATS)})]) -> Response[bytes]:
    """The list that the query's filter makes in a format of `communique export`."""
    return _export(request, format)


def _export(request: Ask, format: str) -> Response[bytes]:
    found = FORMATS.get(format)
    if found is None:
        raise UsageError(f"no such export: {format!r}; there are: {' '.join(FORMATS)}", value=format)
    flt = msgspec.structs.replace(filter_of(request), after=None) if request.url.query else None
    if flt is not None and not request.query_params.get("limit"):  # a list is shown by pages, and handed on whole
        flt = msgspec.structs.replace(flt, limit=0)
    out = io.BytesIO()
    export(site_of(request).store, format, flt, out)
    return render.sent(request, out.getvalue(), found.media, name=f"communique{found.ending}")


@get("/reviews", sync_to_thread=True)
def reviews(request: Ask, target: Word = None) -> list[Review]:
    """People's acts in order, of one record or of all."""
    return list(site_of(request).store.reviews(target))


@post("/review", sync_to_thread=True, status_code=201)
def add_review(request: Ask, data: Verdict) -> Review:
    """Keep a person's act. Append-only; an undo is an act too. Events follow at once, in a large store with the next `add`."""
    now = utc_now()
    after = msgspec.json.encode(data.value).decode() if data.act == "correct" else None
    act = Review(id=digest("review", data.target, data.act, data.field, after, data.by, now), target=data.target, act=data.act, field=data.field, before=None, after=after, why=data.why, by=data.by, at=now, undoes=data.undoes)
    site_of(request).store.review(act)
    if data.act in ("reject", "correct", "undo"):
        acts.relink(site_of(request))
    return act


@get("/queries", sync_to_thread=True)
def queries(request: Ask) -> list[SavedQuery]:
    """Saved queries, by name."""
    return site_of(request).store.saved_queries()


@post("/queries", sync_to_thread=True, status_code=201, dependencies=_ASKED)
def keep_query(request: Ask, data: NewQuery, asked: Filter) -> SavedQuery:
    """Keep the list that the address spells under a name; the newest under a name holds."""
    return site_of(request).store.save_query(data.name, asked, kind=data.kind, by=data.by, note=data.note)


@post("/queries/forget", sync_to_thread=True, status_code=200)
def drop_query(request: Ask, data: Forget) -> dict[str, bool]:
    """Take a saved query off the list; its rows stay."""
    return {"forgotten": site_of(request).store.forget_query(data.name, by=data.by)}


@get("/settled", sync_to_thread=True)
def settled(request: Ask, event: Word = None) -> list[Settled]:
    """Discrepancies that a person settled, of one event or of all."""
    return site_of(request).store.settled(event)


@post("/settle", sync_to_thread=True, status_code=201)
def settle(request: Ask, data: Decision) -> Review:
    """Say which value holds where an event's reports differ; undone like any act."""
    return site_of(request).store.settle(data.event, data.field, data.value, by=data.by, why=data.why)


@post("/missed", sync_to_thread=True, status_code=201)
def missed(request: Ask, data: Missed) -> EventMention:
    """Keep a record that the coder missed; its event follows as with a review."""
    made = site_of(request).store.add_missed(data.document, (data.start, data.end), data.type, by=data.by, why=data.why, **data.fields)
    acts.relink(site_of(request))
    return made


@get("/agreement", sync_to_thread=True)
def agreement(request: Ask, left: Id, right: Id) -> dict[str, float | None]:
    """How two reviewers agree on the records both judged: Cohen's kappa and Krippendorff's alpha."""
    return site_of(request).store.agreement(left, right)


@get("/disputed", sync_to_thread=True)
def disputed(request: Ask, left: Id, right: Id) -> list[dict[str, str]]:
    """Records on which two reviewers differ and nobody has decided since."""
    return [dict(zip(("record", "left", "right"), row, strict=True)) for row in site_of(request).store.disputed(left, right)]


@get("/accuracy", sync_to_thread=True, dependencies=_ASKED)
def accuracy(request: Ask, asked: Filter) -> Response[bytes]:
    """Of the reviewed mentions that the filter lists, how many were right, by type, with Wilson intervals and the
    counts of true records they imply."""
    return sent(request, [a._asdict() for a in site_of(request).store.accuracy(asked)])


@get("/diff", sync_to_thread=True)
def diff(request: Ask, old: Id, new: Id) -> Response[bytes]:
    """What two runs coded differently, document by document."""
    return sent(request, [c._asdict() for c in site_of(request).store.diff(old, new)])


@post("/text", sync_to_thread=True, status_code=202)
def add_text(request: Ask, data: NewText) -> work.Job:
    """A report to read, code, keep and link; the answer is the job to ask for."""
    if not data.text.strip():
        raise UsageError("the text is empty")
    name = work.plain_name(data.name or f"text-{digest(data.text, length=8)}.txt")
    return site_of(request).jobs.add([(name, data.text.encode("utf-8", "replace"))], publisher=data.publisher, published=checked_date(data.published))


@get("/jobs/{id:str}", sync_to_thread=False)
def job(request: Ask, id: Id) -> Response[bytes]:
    """How far a job is."""
    found = site_of(request).jobs.get(id)
    if found is None:
        raise UsageError(f"{id}: no such job on this server", value=id)
    return sent(request, work.job_values(found))


@get("/jobs/{id:str}/stream", include_in_schema=False)
async def job_stream(request: Ask, id: str) -> ServerSentEvent:
    """The same as server-sent events until the job is done, for at most ten minutes."""
    site = site_of(request)
    if site.jobs.get(id) is None:
        raise UsageError(f"{id}: no such job on this server", value=id)

    async def told() -> AsyncIterator[ServerSentEventMessage]:
        last = b""
        for _ in range(1500):
            found = site.jobs.get(id)
            if found is None:
                return
            now = msgspec.json.encode(found)
            if now != last:
                yield ServerSentEventMessage(data=now.decode(), event=found.state)
                last = now
            if found.state in ("done", "failed"):
                return
            await asyncio.sleep(0.4)

    return ServerSentEvent(told())


# --- other formats of pages -----------------------------------------------------------------------------

_OTHERS = {"/events.geojson": "geojson", "/network.graphml": "graphml", "/documents.bib": "bibtex", "/documents.ris": "ris"}


def _other(path: str, format: str) -> HTTPRouteHandler:
    @get(path, include_in_schema=False, sync_to_thread=True)
    def handler(request: Request[Any, Any, Any]) -> Response[bytes]:
        return _export(request, format)

    return handler


@get("/commitments.ics", include_in_schema=False, sync_to_thread=True)
def ics(request: Ask) -> Response[bytes]:
    """The ledger as a calendar, narrowed as its page is; by due dates as `since` and `until` of an export."""
    if {"since", "until"} & set(request.query_params):
        return _export(request, "ics")
    return render.sent(request, ledger_calendar(site_of(request), request), "text/calendar", name="communique.ics")


@get("/events.rss", include_in_schema=False, sync_to_thread=True)
def rss(request: Ask) -> Response[bytes]:
    """The newest events of a list as a feed: a watch is a filter's address."""
    store, base = site_of(request).store, str(request.base_url).rstrip("/")
    items = []
    for e in store.events(msgspec.structs.replace(make_filter(limit=50), **_asked(request))):
        day = dt.datetime.fromisoformat(e.when.start).replace(tzinfo=dt.UTC) if e.when.start else None
        title = escape(inert_title(headline_of(e)))
        items.append(f"<item><title>{title}</title><link>{base}/event/{e.id}</link><guid isPermaLink=\"false\">{e.id}</guid>" + (f"<pubDate>{format_datetime(day)}</pubDate>" if day else "") + f"<description>{len(e.documents)} reports, {len(e.originators)} independent originators</description></item>")
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>communique: events</title><link>{base}/events</link><description>{escape(request.url.query) or "all events"}</description>{"".join(items)}</channel></rss>\n'
    return render.sent(request, body.encode("utf-8", "replace"), "application/rss+xml")


def _asked(request: Ask) -> dict[str, Any]:
    flt = filter_of(request, order="-date")
    return {name: getattr(flt, name) for name in Filter.__struct_fields__}


__all__ = ["SpanAsPair", "handlers", "refusals"]
