"""Saved queries become alerts: one an event, not one an article, delivered until they arrive.

Decided here:
- **What was told is kept by mention, not by event.** Events are rebuilt and merge; an event is news when none of its
  mentions (nor any place they stand for: document, trigger, type) was in an event that was told before. Merging never
  tells twice, coding again does not either, and a second report of a told event joins it in silence.
- **A query starts from now.** What the store holds when a query is first seen is noted as told, unless it says
  `backfill = true`.
- **First noted, then sent.** An alert enters the outbox with the state that says it was made, in one file; a delivery
  that fails stays there and is tried again with growing pauses. A receiver may get one twice if we die between
  sending and noting it: each carries the same id every time (`Idempotency-Key`, guid, UID, Message-ID).
- Webhooks are signed: `X-Communique-Signature: t=<unix time>,v1=<HMAC-SHA256 of "<t>.<body>" in hex>`. Where they go
  is the word of whoever wrote the queries file, so a private address is as good as a public one; redirects are not followed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import os
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.sax.saxutils import escape

import msgspec

from communique.batch.parts import write_file
from communique.errors import ConfigError, UsageError
from communique.records import Event, Filter, Record
from communique.text import digest

if TYPE_CHECKING:
    from communique.store import Store

KEPT = 300  # alerts that a feed or calendar file shows
MAX_TRIES = 12  # over about two days; then the alert is named as undelivered
_STATUS = {"actual": "CONFIRMED", "historical": "CONFIRMED", "denied": "CANCELLED"}  # of iCalendar; plans are tentative
_PERIODS = {"hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0}


class Delivery(Record, frozen=True, kw_only=True):
    """Where alerts go. rss, ics: `path`. webhook: `url`, `secret_file` or `secret_env`. smtp: `host`, `port`, `sender`,
    `to`, and `user`, `secret_file` or `secret_env`, `starttls` where the server wants them."""

    kind: Literal["rss", "ics", "webhook", "smtp"]
    path: str | None = None
    url: str | None = None
    secret_file: str | None = None
    secret_env: str | None = None
    host: str | None = None
    port: int = 25
    sender: str | None = None
    to: tuple[str, ...] = ()
    user: str | None = None
    starttls: bool = False

    def __post_init__(self) -> None:
        needs = {"rss": ("path",), "ics": ("path",), "webhook": ("url",), "smtp": ("host", "sender", "to")}[self.kind]
        missing = [n for n in needs if not getattr(self, n)]
        if missing:
            raise ValueError(f"a delivery of kind {self.kind} needs {', '.join(needs)}; missing: {', '.join(missing)}")
        if self.kind == "webhook" and not str(self.url).startswith(("https://", "http://")):
            raise ValueError(f"a webhook's url begins with https:// or http://, not {str(self.url)[:40]!r}")


class Query(Record, frozen=True, kw_only=True):
    """A saved query: its name, the filter as the flags of `communique events` name it, and where alerts go. `digest`
    gathers them for an hour, a day or a week into one message."""

    name: str
    filter: dict[str, Any]
    deliver: tuple[Delivery, ...]
    digest: Literal["hourly", "daily", "weekly"] | None = None
    backfill: bool = False


class Alert(Record, frozen=True, kw_only=True):
    """One event told to the readers of one query. `at` is when it was noted (ISO, UTC)."""

    id: str
    query: str
    event: str
    at: str
    headline: str
    type: str
    modality: str
    start: str | None
    end: str | None
    place: str | None
    quote: str | None
    documents: tuple[dict[str, str | None], ...]


class Waiting(msgspec.Struct, kw_only=True):
    """Alerts on their way by one delivery. `due` is Unix time."""

    query: str
    delivery: str
    alerts: list[Alert]
    tries: int = 0
    due: float = 0.0
    note: str | None = None


class QueryState(msgspec.Struct, kw_only=True):
    """What one query has told: keys of mentions, and the latest alerts for files that show them."""

    told: set[str] = set()
    latest: list[Alert] = []
    gathered: list[Alert] = []
    digest_due: float = 0.0


class AlertState(msgspec.Struct, kw_only=True):
    """All of it: one JSON file beside the store."""

    queries: dict[str, QueryState] = {}
    outbox: list[Waiting] = []


def load_queries(path: str | Path) -> tuple[Query, ...]:
    """The `[[query]]` tables of a TOML file. Raises `ConfigError` that names what does not fit."""
    where = str(path)
    try:
        data = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{where}: cannot be read ({error.strerror}); name another file", where=where) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{where}: not TOML: {error}", where=where) from error
    unknown = sorted(set(data) - {"query"})
    if unknown or not data.get("query"):
        raise ConfigError(f"{where}: a queries file holds [[query]] tables{'; unknown: ' + ', '.join(unknown) if unknown else ''}", where=where)
    try:
        found = msgspec.convert(data["query"], tuple[Query, ...])
        for query in found:
            filter_of(query)
    except (msgspec.ValidationError, UsageError, ValueError) as error:
        raise ConfigError(f"{where}: {error}", where=where) from error
    names = [q.name for q in found]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ConfigError(f"{where}: two queries are called {twice[0]!r}; what was told is kept by name", where=where)
    return found


def filter_of(query: Query) -> Filter:
    """The query's filter. Raises `UsageError` for a field that does not exist or fit."""
    from communique.api import make_filter

    return make_filter(**query.filter)


# --- what is new ---------------------------------------------------------------------------------------


def prime(store: Store, queries: Sequence[Query], state: AlertState) -> None:
    """Note what the store holds as told, for queries met for the first time that do not ask for it."""
    for query in queries:
        if query.name not in state.queries:
            state.queries[query.name] = QueryState()
            if not query.backfill:
                for event in store.each_event(filter_of(query)):
                    state.queries[query.name].told |= _keys(store, event)


def find_alerts(store: Store, queries: Sequence[Query], state: AlertState, *, now: float) -> int:
    """Note an alert for each event that is new to a query, and put it on its way; how many there were."""
    made = 0
    for query in queries:
        kept = state.queries.setdefault(query.name, QueryState())
        fresh = []
        for event in store.each_event(filter_of(query)):
            if _is_told(store, event, kept):
                kept.told.update(event.mentions)
                continue
            kept.told |= _keys(store, event)
            fresh.append(_alert(store, query, event, now))
        made += len(fresh)
        kept.latest = (kept.latest + fresh)[-KEPT:]
        if query.digest is None:
            _post(query, fresh, state, files=True)
        else:
            kept.gathered += fresh
            _post(query, fresh, state, files=True, messages=False)
    return made


def _is_told(store: Store, event: Event, kept: QueryState) -> bool:
    if event.id in kept.told or not kept.told.isdisjoint(event.mentions):
        return True
    return not kept.told.isdisjoint(_keys(store, event))


def _keys(store: Store, event: Event) -> set[str]:
    """What an event is known by: its id, its mentions, and where those stand, which outlives coding again."""
    keys = {event.id, *event.mentions}
    for id in event.mentions:
        mention = store.mention(id)
        if mention is not None:
            keys.add(digest(mention.document, str(mention.trigger.start), mention.type))
    return keys


def _alert(store: Store, query: Query, event: Event, now: float) -> Alert:
    first = store.mention(event.mentions[0]) if event.mentions else None
    facts = [f for f in (store.facts(d) for d in event.documents[:20]) if f is not None]
    who = ", ".join(p.name for p in event.actors) or "someone"
    whom = ", ".join(p.name for p in event.recipients)
    return Alert(
        id="alert_" + digest(query.name, *sorted(event.mentions)),
        query=query.name,
        event=event.id,
        at=dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="seconds"),
        headline=event.headline or f"{who}: {event.type}{' - ' + whom if whom else ''}",
        type=event.type,
        modality=event.modality,
        start=event.when.start,
        end=event.when.end,
        place=event.where.name if event.where else None,
        quote=store.quote(first) if first is not None else None,
        documents=tuple({"id": f.id, "title": f.title, "publisher": f.publisher, "url": f.url} for f in facts),
    )


def _post(query: Query, alerts: list[Alert], state: AlertState, *, files: bool = False, messages: bool = True) -> None:
    """Put alerts on their way. Files show all at once; a message takes one alert, or a digest's."""
    if not alerts:
        return
    for delivery in query.deliver:
        name = _delivery_id(delivery)
        if delivery.kind in ("rss", "ics"):
            if files and not any((w.query, w.delivery) == (query.name, name) for w in state.outbox):
                state.outbox.append(Waiting(query=query.name, delivery=name, alerts=[]))
        elif messages:
            groups = [alerts] if query.digest is not None else [[a] for a in alerts]
            state.outbox += [Waiting(query=query.name, delivery=name, alerts=g) for g in groups]


def _delivery_id(delivery: Delivery) -> str:
    return digest(delivery.kind, delivery.path, delivery.url, delivery.host, *delivery.to)


# --- delivering ----------------------------------------------------------------------------------------


def deliver(queries: Sequence[Query], state: AlertState, *, now: float, save: Callable[[], None] = lambda: None) -> Iterator[str]:
    """Send what is due; `save` is called after each that arrived. Yields a line for each that did not."""
    for query in queries:
        kept = state.queries.get(query.name)
        if kept is not None and query.digest is not None:
            if kept.gathered and kept.digest_due == 0.0:
                kept.digest_due = now + _PERIODS[query.digest]
            if kept.gathered and now >= kept.digest_due:
                _post(query, kept.gathered, state)
                kept.gathered, kept.digest_due = [], 0.0
    known = {(q.name, _delivery_id(d)): (q, d) for q in queries for d in q.deliver}
    for waiting in list(state.outbox):
        entry = known.get((waiting.query, waiting.delivery))
        if entry is None:
            state.outbox.remove(waiting)
            yield f"{waiting.query}: {len(waiting.alerts)} alerts dropped: the queries file no longer says where they go"
        elif waiting.due <= now:
            yield from _send_one(entry[0], entry[1], waiting, state, now)
            save()


def _send_one(query: Query, delivery: Delivery, waiting: Waiting, state: AlertState, now: float) -> Iterator[str]:
    try:
        _send(query, delivery, waiting, state.queries[query.name], now)
    except Exception as error:  # httpx, smtplib and the file system each raise their own; the alert waits for all alike
        waiting.tries += 1
        waiting.note = f"{type(error).__name__}: {error}"[:300]
        waiting.due = now + min(60.0 * 2 ** (waiting.tries - 1), 21_600.0)
        what = f"{query.name}: {delivery.kind} not delivered ({waiting.note})"
        if waiting.tries >= MAX_TRIES:
            state.outbox.remove(waiting)
            yield f"{what}; given up after {waiting.tries} tries: {', '.join(a.headline for a in waiting.alerts)[:200]}"
        else:
            yield f"{what}; tried again"
        return
    state.outbox.remove(waiting)


def _send(query: Query, delivery: Delivery, waiting: Waiting, kept: QueryState, now: float) -> None:
    if delivery.kind == "rss":
        _write(delivery, to_rss(query, kept.latest))
    elif delivery.kind == "ics":
        _write(delivery, to_ics(query, kept.latest))
    elif delivery.kind == "webhook":
        _post_webhook(query, delivery, waiting.alerts, now)
    else:
        _mail(query, delivery, waiting.alerts)


def _write(delivery: Delivery, text: str) -> None:
    path = Path(str(delivery.path))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, text.encode("utf-8"))


def _secret(delivery: Delivery) -> str | None:
    if delivery.secret_file:
        return Path(delivery.secret_file).read_text(encoding="utf-8").strip()
    if delivery.secret_env:
        value = os.environ.get(delivery.secret_env)
        if not value:
            raise ConfigError(f"{delivery.secret_env} is not set, which secret_env names", value=delivery.secret_env)
        return value
    return None


def sign(secret: str, stamp: int, body: bytes) -> str:
    """The value of `X-Communique-Signature` for a body sent at Unix time `stamp`."""
    return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.'.encode() + body, hashlib.sha256).hexdigest()}"


def _post_webhook(query: Query, delivery: Delivery, alerts: list[Alert], now: float) -> None:
    import httpx

    body = msgspec.json.encode({"query": query.name, "alerts": alerts})
    headers = {"Content-Type": "application/json", "Idempotency-Key": digest(*(a.id for a in alerts))}
    secret = _secret(delivery)
    if secret is not None:
        headers["X-Communique-Signature"] = sign(secret, int(now), body)
    with httpx.Client(timeout=10.0, trust_env=False, follow_redirects=False) as client, client.stream(
        "POST", str(delivery.url), content=body, headers=headers
    ) as response:
        if not 200 <= response.status_code < 300:
            raise OSError(f"the receiver answered {response.status_code}")


def _mail(query: Query, delivery: Delivery, alerts: list[Alert]) -> None:
    import smtplib
    from email.message import EmailMessage

    message = EmailMessage()
    lead = alerts[0].headline if len(alerts) == 1 else f"{len(alerts)} events"
    message["Subject"] = " ".join(f"[{query.name}] {lead}".split())[:200]
    message["From"] = str(delivery.sender)
    message["To"] = ", ".join(delivery.to)
    message["Message-ID"] = f"<{digest(*(a.id for a in alerts))}@communique.invalid>"
    message.set_content("\n\n".join(_plain(a) for a in alerts))
    with smtplib.SMTP(str(delivery.host), delivery.port, timeout=20) as server:
        if delivery.starttls:
            import ssl

            server.starttls(context=ssl.create_default_context())
        if delivery.user:
            server.login(delivery.user, _secret(delivery) or "")
        server.send_message(message)


def _plain(alert: Alert) -> str:
    when = "" if alert.start is None else f" ({alert.start})"
    lines = [f"{alert.headline}{when}", f"{alert.type}, {alert.modality}" + (f", {alert.place}" if alert.place else "")]
    lines += [f'"{alert.quote}"'] if alert.quote else []
    lines += [" - ".join(v for v in (d["publisher"], d["title"], d["url"]) if v) for d in alert.documents]
    return "\n".join(lines)


def to_rss(query: Query, alerts: Sequence[Alert]) -> str:
    """An RSS 2.0 feed of the query, newest first."""
    from email.utils import format_datetime

    rows = []
    for alert in reversed(alerts):
        link = next((d["url"] for d in alert.documents if d["url"]), None)
        stamp = format_datetime(dt.datetime.fromisoformat(alert.at))
        rows.append(
            f"<item><title>{_xml(alert.headline)}</title>" + (f"<link>{_xml(link)}</link>" if link else "")
            + f'<guid isPermaLink="false">{alert.id}</guid><pubDate>{stamp}</pubDate><category>{alert.type}</category>'
            f"<description>{_xml(_plain(alert))}</description></item>"
        )  # fmt: skip
    head = f"<title>{_xml(query.name)}</title><link>about:blank</link><description>Events that match the saved query {_xml(query.name)}</description>"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>{head}\n' + "\n".join(rows) + "\n</channel></rss>\n"


def _xml(text: str) -> str:
    return escape("".join(c for c in text if c in "\t\n" or c >= " "))


def to_ics(query: Query, alerts: Sequence[Alert]) -> str:
    """An iCalendar of the alerts whose events have a day; those without one are left out."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//communique//alerts//EN", f"X-WR-CALNAME:{_ics(query.name)}"]
    for alert in alerts:
        if alert.start is None:
            continue
        stamp = dt.datetime.fromisoformat(alert.at).astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        lines += ["BEGIN:VEVENT", f"UID:{alert.id}@communique.invalid", f"DTSTAMP:{stamp}"]
        lines.append(f"DTSTART;VALUE=DATE:{alert.start[:10].replace('-', '')}")
        lines += [f"DTEND;VALUE=DATE:{alert.end[:10].replace('-', '')}"] if alert.end else []
        lines += [f"SUMMARY:{_ics(alert.headline)}", f"DESCRIPTION:{_ics(_plain(alert))}", f"CATEGORIES:{alert.type}"]
        lines += [f"LOCATION:{_ics(alert.place)}"] if alert.place else []
        lines += [f"STATUS:{_STATUS.get(alert.modality, 'TENTATIVE')}", "END:VEVENT"]
    return "\r\n".join(_folded(line) for line in [*lines, "END:VCALENDAR"]) + "\r\n"


def _ics(text: str) -> str:
    plain = "".join(c for c in text if c == "\n" or c >= " ")
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """RFC 5545: at most 75 bytes a line, the rest indented, never within a character."""
    out, size = [], 0
    for char in line:
        width = len(char.encode("utf-8"))
        if size + width > 74:
            out.append("\r\n ")
            size = 1
        out.append(char)
        size += width
    return "".join(out)
