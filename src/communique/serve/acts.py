"""What changes the store from the pages: adding documents, and reviewing. Every act answers with a redirect (303), so
that a reload repeats nothing; every form works without JavaScript."""

from __future__ import annotations

import hmac
import random
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie, UploadFile
from litestar.handlers import HTTPRouteHandler
from markupsafe import Markup

from communique import pipeline, tables
from communique.api import checked_date
from communique.errors import UsageError
from communique.records import EventMention, Filter, Participant, Review
from communique.serve import elsewhere, render, security
from communique.serve import jobs as work
from communique.serve.app import Site
from communique.serve.care import MODALITIES
from communique.serve.pages import Page
from communique.serve.queries import Ask, filter_of, one_id, spelled
from communique.serve.render import View
from communique.store.handle import utc_now
from communique.text import digest
from communique.views.entering import SAID, field_value, parties
from communique.views.pages_document import record_row
from communique.views.pages_event import passage

MOST_FILES, SMALL = 500, 800
QUEUES = {
    "uncertain": "least sure first, of the newest", "sample": "a random record, for an accuracy you can report",
    "second": "what others judged and you did not", "adjudicate": "where two reviewers differ",
}  # fmt: skip


def pages() -> list[tuple[Page, list[str]]]:
    """Handlers and their addresses."""
    return [(add_page, ["/add"]), (job_page, ["/job/{id:str}"]), (review_page, ["/review"]), (review_one, ["/review/{id:str}"])]


def handlers() -> list[HTTPRouteHandler]:
    """Routes that take POST."""
    return [add, add_sample, act, settle, save_search, forget_search, merge, split, name, enter_page, enter]


def back_to(address: str) -> Response[bytes]:
    """A redirect inside this site; anything else goes home."""
    inside = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return Response(b"", status_code=303, headers={"location": address if inside else "/"}, media_type="text/plain")


@get("/enter", include_in_schema=False, sync_to_thread=False)
def enter_page(request: Ask) -> Response[bytes]:
    """Where a visitor gives the token, once."""
    return render.answer(View("enter.html", "Enter", {"wrong": False}, twins=False), request, None)


@post("/enter", include_in_schema=False, status_code=303)
async def enter(request: Ask) -> Response[bytes]:
    """The token into a cookie that scripts cannot read and other sites cannot send."""
    site: Site = request.app.state.site
    given = str((await request.form()).get("token") or "").strip()
    if site.token is None:
        return back_to("/")
    if not hmac.compare_digest(given.encode(), site.token.encode()):
        return render.answer(View("enter.html", "Enter", {"wrong": True}, twins=False, status=403), request, None)
    found = back_to("/")
    found.headers["set-cookie"] = security.access_cookie(site.token)
    return found


# --- adding -------------------------------------------------------------------------------------------


def add_page(site: Site, request: Ask) -> View:
    """Drop files, paste a text."""
    return View("add.html", "Add", {"most": MOST_FILES, "counts": site.remembered("counts", site.store.counts)}, how={"Command line": "communique add PATH…", "Python": "import communique as cq\ncq.open('communique.db').add(['PATH'])", "HTTP": f"curl -H 'Content-Type: application/json' -H 'X-CSRF-Token: …' -d '{{\"text\": \"…\"}}' {request.base_url}api/documents"})


def job_page(site: Site, request: Ask) -> View:
    """How far a job is; asks again by itself until it is done."""
    found = site.jobs.get(one_id(request))
    if found is None:
        raise UsageError(f"{one_id(request)}: no such job on this server; what it added is in the record", value=one_id(request))
    data = work.job_values(found)
    going = found.state not in ("done", "failed")
    return View("job.html", "Adding" if going else "Added", {"job": data}, data["items"])


@post("/add/files", include_in_schema=False, status_code=303)
async def add(request: Ask) -> Response[bytes]:
    """Files and pasted text into a job."""
    site: Site = request.app.state.site
    form = await request.form()
    files = [(work.plain_name(f.filename), await f.read()) for f in form.getall("files", []) if isinstance(f, UploadFile) and f.filename]
    text = str(form.get("text") or "").replace("\r\n", "\n")
    if text.strip():
        files.append((f"pasted-{digest(text, length=8)}.txt", text.encode("utf-8", "replace")))
    if not files:
        raise UsageError("there is nothing to add: choose files, or paste a text")
    if len(files) > MOST_FILES:
        raise UsageError(f"{len(files)} files are too many at once; at most {MOST_FILES}, or use `communique add`", value=len(files))
    published = checked_date(str(form.get("published") or "").strip() or None)
    job = site.jobs.add(files, publisher=str(form.get("publisher") or "").strip() or None, published=published)
    return back_to(f"/job/{job.id}")


@post("/add/sample", include_in_schema=False, sync_to_thread=True, status_code=303)
def add_sample(request: Ask) -> Response[bytes]:
    """The shipped sample into a job."""
    site: Site = request.app.state.site
    return back_to(f"/job/{site.jobs.add(work.sample_files()).id}")


# --- reviewing ----------------------------------------------------------------------------------------


def reviewer_of(request: Ask) -> str:
    """Who judges, as they named themselves."""
    return "".join(ch for ch in request.cookies.get("communique_reviewer", "") if ch.isprintable()).strip()[:60] or "reviewer"


def _skipped(request: Ask) -> list[str]:
    return [s for s in (request.query_params.get("skip") or "").split(",") if s][-50:]


def next_in(site: Site, queue: str, who: str, skipped: list[str]) -> EventMention | None:
    """The record to judge next; `None` when the queue is empty."""
    reviews = list(site.store.reviews()) if queue in ("second", "adjudicate") else []
    if queue == "uncertain":
        found = [m for m in site.store.mentions(Filter(reviewed="none", order="-date", limit=200)) if m.id not in skipped]
        return min(found, key=lambda m: (m.score, m.id), default=None)
    if queue == "sample":
        return _sampled(site, skipped)
    verdicts: dict[str, dict[str, str]] = {}
    for r in reviews:
        if r.act in ("accept", "reject", "correct"):
            verdicts.setdefault(r.target, {})[r.by] = r.act
    wanted = [
        t for t, by in verdicts.items()
        if t not in skipped and ((queue == "second" and who not in by) or (queue == "adjudicate" and len(set(by.values())) > 1 and len(by) > 1 and who not in by))
    ]  # fmt: skip
    return next((m for m in map(site.store.mention, wanted) if m is not None), None)


def _sampled(site: Site, skipped: list[str]) -> EventMention | None:
    """A random unreviewed record, each as likely as any other."""
    drawn = site.store.sample(len(skipped) + 1, Filter(reviewed="none"), seed=random.randrange(2**32))
    return next((m for m in drawn if m.id not in skipped), None)


def review_page(site: Site, request: Ask) -> View:
    """The next decision of a queue."""
    queue = request.query_params.get("queue") or "uncertain"
    if queue not in QUEUES:
        raise UsageError(f"no queue called {queue!r}; there are: {', '.join(QUEUES)}", value=queue)
    skipped = _skipped(request)
    found = next_in(site, queue, reviewer_of(request), skipped)
    return _review_view(site, request, found, queue, skipped)


def review_one(site: Site, request: Ask) -> View:
    """One record to judge or correct."""
    id = one_id(request)
    found = site.store.mention(id)
    if found is None:
        raise UsageError(f"{id}: no such record", value=id)
    queue = request.query_params.get("queue")  # the one to go on with, after an undone verdict
    return _review_view(site, request, found, queue if queue in QUEUES else None, _skipped(request))


def _review_view(site: Site, request: Ask, found: EventMention | None, queue: str | None, skipped: list[str]) -> View:
    who = reviewer_of(request)
    log = [msgspec.to_builtins(r) for r in reversed(site.store.reviews())][:30]
    undone = {r["undoes"] for r in log if r["act"] == "undo"}
    last = next((r for r in log if r["by"] == who and r["act"] != "undo" and r["id"] not in undone), None)
    data: dict[str, Any] = {"queue": queue, "queues": QUEUES, "record": None, "log": log, "last": last, "reviewer_name": who, "skipped": skipped, "history": []}
    extra: dict[str, Any] = {"passage": "", "undone": undone, "types": [t["name"] for t in tables.load("ontology.json")["types"]] + ["STATE"], "modalities": [m for m, _ in MODALITIES], "parties_text": {}, "r": None}
    if found is not None:
        text = site.store.text(found.document) or ""
        coded = site.store.document(found.document)
        facts = site.store.facts(found.document)
        event = next((e.id for e in site.store.events_of(mention=found.id)), None)
        row = record_row(found, coded, text, site.store.states([found.id]).get(found.id), event)
        data |= {"record": row | {"publisher": facts.publisher if facts else None, "published": facts.published.start if facts else None}}
        data["history"] = msgspec.to_builtins(list(site.store.reviews(found.id)))
        extra |= {"passage": Markup(passage(text, found)), "parties_text": {role: _lines_of(getattr(found, role)) for role in ("actors", "recipients")}, "r": data["record"]}
    extra["modes"] = sorted({m["name"] for t in tables.load("ontology.json")["types"] for m in t.get("modes", [])})
    told = elsewhere.how(request, cli="review list  # the acts so far", python="store.reviews()", http="/api/reviews")
    return View("review.html", "Review", data, extra=extra, how=told)


def _lines_of(parties: tuple[Participant, ...]) -> str:
    return "\n".join(f"{p.name} | {p.country}" if p.country else p.name for p in parties)


@post("/review/act", include_in_schema=False, status_code=303)
async def act(request: Ask) -> Response[bytes]:
    """One verdict: accept, reject, correct, undo, skip."""
    site: Site = request.app.state.site
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    target, done, queue = form.get("target", ""), form.get("act", ""), form.get("queue") or None
    skipped = [s for s in form.get("skip", "").split(",") if s]
    if done == "skip":
        return back_to(f"/review?queue={queue or 'uncertain'}&skip={','.join([*skipped, target][-50:])}")
    if queue == "sample" and done in ("accept", "reject", "correct") and site.store.mention(target) is not None:
        site.store.mark_sampled([target])  # one of a random draw, which alone says how right the rest is
    changed = _entered(site, request, form, target, done)
    if changed:
        relink(site)
    if queue:
        return back_to(f"/review?queue={queue}&skip={','.join(skipped)}")
    return back_to(form.get("back") or f"/review/{target}")


def _entered(site: Site, request: Ask, form: dict[str, str], target: str, done: str) -> bool:
    who, now = reviewer_of(request), utc_now()
    why = form.get("why") or None
    if done in ("accept", "reject"):
        return site.store.review(Review(id=digest("review", target, done, who, now), target=target, act=done, field=None, before=None, after=None, why=why, by=who, at=now))  # type: ignore[arg-type]
    if done == "undo":
        undoes = form.get("undoes") or None
        return site.store.review(Review(id=digest("review", "undo", undoes, who, now), target=target, act="undo", field=None, before=None, after=None, why=why, by=who, at=now, undoes=undoes))
    if done != "correct":
        raise UsageError(f"no act called {done!r}; there are: accept, reject, correct, undo, skip", value=done)
    shown = site.store.mention(target)
    if shown is None:
        raise UsageError(f"{target}: no such record", value=target)
    changes = corrections(shown, form)
    if not changes:
        raise UsageError("nothing was changed; alter a field first, or accept the record as it is")
    for field, value in changes.items():
        after = msgspec.json.encode(value).decode()
        site.store.review(Review(id=digest("review", target, "correct", field, after, who, now), target=target, act="correct", field=field, before=None, after=after, why=why, by=who, at=now))
    return True


def corrections(shown: EventMention, form: dict[str, str]) -> dict[str, Any]:
    """Field → new value for what the form says otherwise than the record. Raises `UsageError` for a value that
    cannot be."""
    out: dict[str, Any] = {}
    for field in ("type", "modality", "mode", "contexts", "where"):
        if field in form and form[field].strip() != _written(shown, field) and (form[field].strip() or field not in ("type", "modality")):
            retyped = msgspec.structs.replace(shown, type=out["type"]) if "type" in out else shown
            out[field] = field_value(field, form[field], retyped)
    for role in ("actors", "recipients"):
        if role in form:
            found = parties(form[role], getattr(shown, role))
            if found != getattr(shown, role):
                out[role] = msgspec.to_builtins(found)
    if "when_start" in form:
        start, end = checked_date(form["when_start"].strip() or None), checked_date(form.get("when_end", "").strip() or None)
        if (start, end) != (shown.when.start, shown.when.end):
            when = {**msgspec.to_builtins(shown.when), "start": start, "end": end, "basis": "stated" if start or end else "unknown", "rule": SAID}
            out["when"] = when
    return out


def _written(shown: EventMention, field: str) -> str:
    """What the form says of a field that nobody changed."""
    if field == "contexts":
        return ", ".join(shown.contexts)
    if field == "where":
        return shown.where.name if shown.where is not None else ""
    return getattr(shown, field) or ""


def relink(site: Site) -> None:
    """Derive events anew after a verdict; in a large store that is left to the next `add`."""
    if site.store.counts()["documents"] <= SMALL:
        pipeline.link_store(site.store, settings=site.settings)


@post("/review/merge", include_in_schema=False, status_code=303)
async def merge(request: Ask) -> Response[bytes]:
    """Two records are of one event."""
    site: Site = request.app.state.site
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    site.store.merge([form.get("left", ""), form.get("right", "")], by=reviewer_of(request), why=form.get("why"))
    pipeline.link_store(site.store, settings=site.settings)
    return back_to(_event_of(site, form.get("left", ""), form.get("back", "/events")))


@post("/review/settle", include_in_schema=False, status_code=303)
async def settle(request: Ask) -> Response[bytes]:
    """Which of the values holds where the reports of an event differ, by its digest; none, when it is empty."""
    site: Site = request.app.state.site
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    id, field, key = form.get("event", ""), form.get("field", ""), form.get("value", "")
    found = {digest(v, length=12): v for d in site.store.discrepancies(id) if d.field == field for v in (d.left_value, d.right_value) if v is not None}
    if not found or (key and key not in found):
        raise UsageError("there is no such difference to settle: open the event again", value=field)
    site.store.settle(id, field, found.get(key), by=reviewer_of(request), why=form.get("why") or None)
    return back_to(f"/event/{id}")


@post("/searches/save", include_in_schema=False, status_code=303)
async def save_search(request: Ask) -> Response[bytes]:
    """The filter that the address spells, kept under the name in the form; a name used again is replaced."""
    site: Site = request.app.state.site
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    kind = form.get("kind", "event")
    if kind not in ("event", "mention"):
        raise UsageError(f"there are no saved searches of {kind!r}; there are: event, mention", value=kind)
    flt = filter_of(request, order="-date", limit=Filter().limit)
    site.store.save_query(form.get("name", ""), flt, kind=kind, by=reviewer_of(request))  # type: ignore[arg-type]
    return back_to(render.link(f"/{kind}s", **spelled(request)))


@post("/searches/forget", include_in_schema=False, status_code=303)
async def forget_search(request: Ask) -> Response[bytes]:
    """A saved search off the list."""
    site: Site = request.app.state.site
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    if not site.store.forget_query(form.get("name", ""), by=reviewer_of(request)):
        raise UsageError("there is no such saved search any more", value=form.get("name", ""))
    return back_to(form.get("back") or "/events")


@post("/review/split", include_in_schema=False, status_code=303)
async def split(request: Ask) -> Response[bytes]:
    """Some reports of an event are of another one."""
    site: Site = request.app.state.site
    form = await request.form()
    event = site.store.event(str(form.get("event") or ""))
    if event is None:
        raise UsageError("there is no such event any more; go back and load it again")
    right = [str(m) for m in form.getall("mention", [])]
    left = [m for m in event.mentions if m not in right]
    site.store.split(left, right, by=reviewer_of(request), why=str(form.get("why") or "") or None)
    pipeline.link_store(site.store, settings=site.settings)
    return back_to(_event_of(site, left[0], "/events"))


def _event_of(site: Site, mention: str, default: str) -> str:
    return next((f"/event/{e.id}" for e in site.store.events_of(mention=mention)), default)


@post("/review/name", include_in_schema=False, status_code=303)
async def name(request: Ask) -> Response[bytes]:
    """Who judges from now on."""
    form = {k: str(v) for k, v in (await request.form()).multi_items()}
    who = "".join(ch for ch in form.get("name", "") if ch.isascii() and (ch.isalnum() or ch in " .-_@")).strip()[:60] or "reviewer"
    found = back_to(form.get("back") or "/review")
    found.cookies.append(Cookie(key="communique_reviewer", value=who, httponly=True, samesite="strict", path="/", max_age=31_536_000))
    return found
