"""Following feeds and sitemaps: every new report once into the store, none lost, nobody bothered.

A round: ask each source that is due (If-None-Match, If-Modified-Since) → note its new items as pending and save →
fetch the pages of pending items, host by host → code, store, save → link → alerts. The state is one JSON file beside
the store, replaced whole; an item leaves `pending` only after the store has it or it was given up with a reason, so a
kill at any point repeats work and loses none.

Decided here:
- **Twice is once by address and by text.** Addresses are compared without fragment and campaign parameters; texts by
  letters alone, within one site: the same words on another site are a copy, which is evidence and is kept for linking.
- The page is wanted; the feed's own text stands in where the page is forbidden, gone, or not to be had after five tries.
- A source that fails waits twice as long each time, up to a day (Retry-After is honoured); one that answers 410 waits a month.
- Hosts are asked side by side, one request at a time to each. A round takes at most `MAX_PAGES`; the rest waits.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import functools
import hashlib
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import msgspec

from communique.batch import alerts
from communique.batch.job import code_safely
from communique.batch.parts import write_file
from communique.batch.web import Reply, Transient, Web
from communique.config import Settings
from communique.errors import CommuniqueError, DocumentError, UnreadableError, UsageError
from communique.ingest import containers, decode, formats
from communique.records import CodedDocument, Document, Failure
from communique.text import digest

if TYPE_CHECKING:
    from communique.store import Store

Code = Callable[[Iterable[Document | Failure]], Iterator[CodedDocument | Failure]]

MAX_PAGES = 400  # of one round
CHUNK = 32  # pages held in memory at once
THREADS = 8
TRIES = 5  # for one page, over some hours
DAY = 86_400.0
KEEP_SEEN = 45 * DAY  # after an item was last in its feed
SITEMAP_DAYS = 3  # older entries of a sitemap are not news
SITEMAP_NEWEST = 100
SITEMAP_CHILDREN = 5
_NO_NEWS = re.compile(r"^(?:utm_\w+|fbclid|gclid|mc_[ce]id|ref|ref_src|cmpid|ns_\w+|at_\w+|smid|partner|rss)$", re.IGNORECASE)


class Source(msgspec.Struct, kw_only=True):
    """What is known of one feed or sitemap. `due` is Unix time; `note` the last trouble."""

    etag: str | None = None
    modified: str | None = None
    due: float = 0.0
    failures: int = 0
    note: str | None = None


class Pending(msgspec.Struct, kw_only=True):
    """An item that is not in the store yet. `doc` is what the feed itself says of it, if that is a text."""

    key: str
    source: str
    url: str | None = None
    doc: Document | None = None
    tries: int = 0
    due: float = 0.0


class State(msgspec.Struct, kw_only=True):
    """Everything that `watch` remembers. `seen` maps item and text keys to when they were last met."""

    sources: dict[str, Source] = {}
    pending: dict[str, Pending] = {}
    seen: dict[str, float] = {}
    unlinked: bool = False  # documents went into the store that linking has not seen
    alerts: alerts.AlertState = msgspec.field(default_factory=alerts.AlertState)


class Round(msgspec.Struct, kw_only=True):
    """What one round did. `new` items were met first; `coded` + `failed` + `duplicates` left pending in it."""

    at: str = ""
    asked: int = 0
    unchanged: int = 0
    unreachable: int = 0
    new: int = 0
    coded: int = 0
    duplicates: int = 0
    failed: int = 0
    pending: int = 0
    events: int = 0
    alerts: int = 0
    undelivered: int = 0
    troubles: list[str] = []


class _Item(NamedTuple):
    url: str | None
    doc: Document | None
    key: str


def read_sources(sources: Sequence[str]) -> tuple[str, ...]:
    """The addresses of OPML lists, text lists (one a line) and addresses given as such, each once. Raises
    `UsageError` for what is neither."""
    found: list[str] = []
    for source in sources:
        if source.startswith(("http://", "https://")):
            found.append(source)
            continue
        try:
            raw = Path(source).read_bytes()
        except OSError as error:
            raise UsageError(f"{source}: neither an address (https://…) nor a readable list ({error.strerror})", value=source) from error
        try:
            rows = [a for _, a in containers.list_opml(raw)] if b"<opml" in raw[:3000].lower() else raw.decode("utf-8").split()
        except (DocumentError, UnicodeDecodeError, ValueError) as error:
            raise UsageError(f"{source}: no list of feeds ({error}); give OPML, or one address a line", value=source) from error
        found += [r for r in rows if r.startswith(("http://", "https://"))]
    if not found:
        raise UsageError("no feeds in what was given; name an OPML list, or addresses")
    return tuple(dict.fromkeys(found))


def run_watch(
    store: Store,
    addresses: Sequence[str],
    *,
    settings: Settings | None = None,
    queries: Sequence[alerts.Query] = (),
    once: bool = False,
    every: float = 900.0,
    pages: bool = True,
    tell: Callable[[Round], None] = lambda found: None,
    state_path: str | Path | None = None,
    web: Web | None = None,
    code: Code | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Follow the addresses until interrupted, or for one round with `once`. `every` is seconds between two looks at a
    source. `web`, `code`, `clock` and `sleep` can be given by tests. Raises `UsageError` when another watch runs on
    the same state."""
    path = Path(state_path) if state_path is not None else store.path.with_name(store.path.name + ".watch.json")
    with _locked(path):
        watcher = Watcher(store, path, settings or Settings(), queries, every, pages, web or Web(), code, clock)
        while True:
            tell(watcher.round(addresses, ignore_due=once))
            if once:
                return
            sleep(min(max(watcher.next_due(addresses) - clock(), 1.0), every))


class Watcher:
    """The state of one watch and what a round does with it."""

    def __init__(
        self, store: Store, path: Path, settings: Settings, queries: Sequence[alerts.Query], every: float, pages: bool, web: Web,
        code: Code | None, clock: Callable[[], float],
    ) -> None:  # fmt: skip
        self._store = store
        self._path = path
        self._settings = settings
        self._queries = queries
        self._every = every
        self._pages = pages
        self._web = web
        self._code: Code = code or functools.partial(code_safely, settings=settings)
        self._clock = clock
        self.state = _read_state(path)

    def next_due(self, addresses: Sequence[str]) -> float:
        """When something is to be done next, as Unix time."""
        times = [self.state.sources[a].due for a in addresses if a in self.state.sources]
        times += [p.due for p in self.state.pending.values()] + [w.due for w in self.state.alerts.outbox]
        return min(times, default=self._clock())

    def round(self, addresses: Sequence[str], *, ignore_due: bool = False) -> Round:
        """One round; see the module's docstring. With `ignore_due` every source is asked that is not failing."""
        now = self._clock()
        done = Round(at=dt.datetime.fromtimestamp(now, dt.UTC).isoformat(timespec="seconds"))
        alerts.prime(self._store, self._queries, self.state.alerts)
        self._ask_sources(addresses, done, now, ignore_due)
        self.save()
        self._empty_pending(done, now)
        if self.state.unlinked:
            from communique import pipeline

            done.events = len(pipeline.link_store(self._store, settings=self._settings).events)
            self.state.unlinked = False
        done.alerts = alerts.find_alerts(self._store, self._queries, self.state.alerts, now=now)
        self.save()
        for line in alerts.deliver(self._queries, self.state.alerts, now=now, save=self.save):
            done.troubles.append(line)
            done.undelivered += 1
        self._forget(now)
        self.save()
        done.pending = len(self.state.pending)
        return done

    def save(self) -> None:
        """Put the state on the disk, whole."""
        write_file(self._path, msgspec.json.encode(self.state))

    def _forget(self, now: float) -> None:
        old = [k for k, at in self.state.seen.items() if at < now - KEEP_SEEN]
        for key in old:
            del self.state.seen[key]

    # --- sources -----------------------------------------------------------------------------------

    def _ask_sources(self, addresses: Sequence[str], done: Round, now: float, ignore_due: bool) -> None:
        due = []
        for address in addresses:
            source = self.state.sources.setdefault(address, Source())
            if source.due <= now or (ignore_due and not source.failures):
                due.append(address)
        done.asked = len(due)
        for address, reply in _by_host(due, lambda a: a, self._ask):
            source = self.state.sources[address]
            try:
                if isinstance(reply, BaseException):
                    raise reply
                if reply.status == 304:
                    done.unchanged += 1
                else:
                    self._take_items(address, reply, done, now)
                    source.etag, source.modified = reply.headers.get("etag"), reply.headers.get("last-modified")
                source.failures, source.note, source.due = 0, None, now + self._every
            except CommuniqueError as error:
                done.unreachable += 1
                source.failures += 1
                source.note = str(error)[:300]
                source.due = now + self._pause(address, source.failures, error)
                done.troubles.append(f"{source.note}; asked again in {_words(source.due - now)}")

    def _ask(self, address: str) -> Reply:
        source = self.state.sources[address]
        headers = {}
        if source.etag:
            headers["If-None-Match"] = source.etag
        if source.modified:
            headers["If-Modified-Since"] = source.modified
        reply = self._web.get(address, headers=headers)
        if reply.status not in (200, 304):
            raise UnreadableError(f"{address}: HTTP status {reply.status}", value=reply.status)
        return reply

    def _pause(self, address: str, failures: int, error: CommuniqueError) -> float:
        if error.value == 410:
            return 30 * DAY
        spread = 0.75 + int(digest(address, str(failures))[:4], 16) / 0x20000  # 0.75 to 1.25, so that not all come at once
        pause = min(self._every * 2.0 ** min(failures - 1, 20) * spread, DAY)
        return max(pause, getattr(error, "after", None) or 0.0)

    def _take_items(self, address: str, reply: Reply, done: Round, now: float) -> None:
        for item in self._items(address, reply, now):
            known = item.key in self.state.seen
            self.state.seen[item.key] = now
            if not known:
                done.new += 1
                self.state.pending[item.key] = Pending(key=item.key, source=address, url=item.url, doc=item.doc, due=now)

    def _items(self, address: str, reply: Reply, now: float) -> Iterator[_Item]:
        head = reply.body[:3000].lower()
        if b"<sitemapindex" in head:
            for child in _sitemap(reply.body, b"sitemap", now)[:SITEMAP_CHILDREN]:
                try:
                    inner = self._web.get(child)
                    if inner.status == 200:
                        yield from _sitemap_items(inner.body, now)
                except DocumentError:
                    continue  # the next look at the index comes by it again
        elif b"<urlset" in head:
            yield from _sitemap_items(reply.body, now)
        else:
            yield from _feed_items(address, reply)

    # --- pages -------------------------------------------------------------------------------------

    def _empty_pending(self, done: Round, now: float) -> None:
        due = [p for p in self.state.pending.values() if p.due <= now]
        due = sorted(due, key=lambda p: p.due)[:MAX_PAGES]
        for start in range(0, len(due), CHUNK):
            self._take_pages(due[start : start + CHUNK], done, now)
            self.save()

    def _take_pages(self, chunk: list[Pending], done: Round, now: float) -> None:
        documents: dict[str, tuple[Pending, Document, bytes | None]] = {}  # by the text's letters
        for entry, reply in _by_host(chunk, lambda p: p.url or p.source, self._fetch):
            if isinstance(reply, Transient) and entry.tries + 1 < TRIES:
                entry.tries += 1
                entry.due = now + max(self._every * 2.0 ** (entry.tries - 1), reply.after or 0.0)
                continue
            try:
                doc = self._document(entry, reply)
            except (DocumentError, RecursionError) as error:
                reason = getattr(error, "reason", "unreadable")
                self._drop(entry, Failure(source=entry.url or entry.source, reason=reason, detail=str(error)[:300]), done)
                continue
            text = _text_key(doc)
            if text in self.state.seen or text in documents:
                done.duplicates += 1
                del self.state.pending[entry.key]
            else:
                documents[text] = (entry, doc, reply.body if isinstance(reply, Reply) else None)
        self._keep(documents, done, now)

    def _keep(self, documents: dict[str, tuple[Pending, Document, bytes | None]], done: Round, now: float) -> None:
        """Code and store. A text counts as seen only once it is stored or refused: the state is saved before that,
        and a text that a killed watch had noted without keeping it would be taken for a repetition, and lost."""
        if documents and not self.state.unlinked:
            self.state.unlinked = True
            self.save()
        coded = self._code([doc for _, doc, _ in documents.values()])
        for (text, (entry, doc, raw)), item in zip(documents.items(), coded, strict=True):
            if isinstance(item, Failure):
                self._drop(entry, item, done)
                self.state.seen[text] = now
                continue
            same = raw is not None and hashlib.sha256(raw).hexdigest() == doc.raw_sha256
            self._store.add(item, raw=raw if same else None)
            done.coded += 1
            self.state.seen[text] = now
            self.state.pending.pop(entry.key, None)

    def _drop(self, entry: Pending, failure: Failure, done: Round) -> None:
        self._store.add_failure(failure)
        done.failed += 1
        done.troubles.append(f"{failure.source}: {failure.reason}: {failure.detail}")
        self.state.pending.pop(entry.key, None)

    def _fetch(self, entry: Pending) -> Reply | None:
        """The page of an item; `None` where none is wanted or there is no address."""
        if entry.url is None or (not self._pages and entry.doc is not None):
            return None
        reply = self._web.get(entry.url)
        if reply.status != 200:
            raise UnreadableError(f"{entry.url}: HTTP status {reply.status}", value=reply.status)
        return reply

    def _document(self, entry: Pending, reply: Reply | BaseException | None) -> Document:
        """The document of an item: its page, else what the feed itself says. Raises the page's error when that is
        nothing."""
        try:
            if isinstance(reply, BaseException):
                raise reply
            if reply is not None and entry.url is not None:
                doc = self._page(entry, entry.url, reply)
                if doc.main or entry.doc is None:
                    return doc
        except DocumentError:
            if entry.doc is None:
                raise
        if entry.doc is None:
            raise UnreadableError("an item without text or address", value=entry.source)
        return entry.doc

    def _page(self, entry: Pending, url: str, reply: Reply) -> Document:
        stamp = dt.datetime.fromtimestamp(self._clock(), dt.UTC).isoformat(timespec="seconds")
        hints = entry.doc.hints if entry.doc is not None else ()
        extra = formats.Extra(hints=hints, url=url, fetched=stamp, declared=reply.charset)
        if reply.content_type == "text/plain":
            text, encoding = decode.decode_bytes(reply.body, declared=reply.charset, where=url)
            return formats.text_document(text, source=url, raw=reply.body, encoding=encoding, given=formats.Given(), extra=extra)
        if reply.content_type not in ("", "text/html", "application/xhtml+xml"):
            raise UnreadableError(f"{url}: content type {reply.content_type[:60]}", value=reply.content_type)
        return formats.html_document(reply.body, source=url, given=formats.Given(), extra=extra)


# --- helpers -------------------------------------------------------------------------------------------


def _by_host(items: Sequence, key: Callable, run: Callable) -> Iterator[tuple]:  # type: ignore[type-arg]
    """(item, result or error) for each item: hosts side by side, the items of a host one after another."""
    hosts: dict[str, list] = {}  # type: ignore[type-arg]
    for item in items:
        hosts.setdefault((urlsplit(key(item)).hostname or "").lower(), []).append(item)

    def one(group: list) -> list[tuple]:  # type: ignore[type-arg]
        out = []
        for item in group:
            try:
                out.append((item, run(item)))
            except (CommuniqueError, OSError, ValueError, RecursionError) as error:
                out.append((item, error if isinstance(error, CommuniqueError) else UnreadableError(f"{type(error).__name__}: {error}"[:300])))
        return out

    with ThreadPoolExecutor(THREADS, thread_name_prefix="watch") as pool:
        for rows in pool.map(one, hosts.values()):
            yield from rows


def _feed_items(address: str, reply: Reply) -> Iterator[_Item]:
    for row in containers.read_feed(reply.body, reply.url, formats.Given()):
        if isinstance(row, Document):
            url = row.url if row.url and row.url.startswith(("http://", "https://")) else None
            yield _Item(url, row, _item_key(url) if url else digest("item", address, row.sha256))
        else:
            link = row.source.rpartition("!")[2]
            if link.startswith(("http://", "https://")) and link != reply.url:
                yield _Item(link, None, _item_key(link))


def _sitemap_items(raw: bytes, now: float) -> Iterator[_Item]:
    for url in _sitemap(raw, b"url", now)[:SITEMAP_NEWEST]:
        yield _Item(url, None, _item_key(url))


def _sitemap(raw: bytes, element: bytes, now: float) -> list[str]:
    """The addresses of a sitemap or of an index, newest first; those that say they are old are left out."""
    from lxml import etree

    if b"<!entity" in raw[:200_000].lower():
        raise UnreadableError("a sitemap that declares XML entities: refused")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
    root = etree.fromstring(raw, parser=parser)
    rows = []
    oldest = dt.datetime.fromtimestamp(now, dt.UTC).date() - dt.timedelta(days=SITEMAP_DAYS)
    for node in root.iter(f"{{*}}{element.decode()}") if root is not None else ():
        loc = (node.findtext("{*}loc") or "").strip()
        stamp = (node.findtext("{*}lastmod") or node.findtext(".//{*}publication_date") or "").strip()
        if loc.startswith(("http://", "https://")) and (not stamp or stamp[:10] >= oldest.isoformat()):
            rows.append((stamp, loc))
    return [loc for _, loc in sorted(rows, reverse=True)]


def _item_key(url: str) -> str:
    return digest("url", plain_address(url))


def plain_address(url: str) -> str:
    """An address as it is compared: host in lower case, no fragment, no campaign parameters, http as https."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if not _NO_NEWS.match(k)]
    scheme = "https" if parts.scheme == "http" else parts.scheme
    return urlunsplit((scheme, parts.netloc.lower(), parts.path or "/", urlencode(kept), ""))


def _text_key(doc: Document) -> str:
    """A text as it is compared: its letters and digits, within one site."""
    host = (urlsplit(doc.url or doc.source).hostname or "").lower().removeprefix("www.")
    text = "".join(doc.text[s.start : s.end] for s in doc.main) or doc.text
    return digest("text", host, re.sub(r"\W+", "", text).lower())


def _words(seconds: float) -> str:
    return f"{seconds / 3600:.1f} h" if seconds >= 3600 else f"{seconds / 60:.0f} min"


def _read_state(path: Path) -> State:
    try:
        return msgspec.json.decode(path.read_bytes(), type=State)
    except FileNotFoundError:
        return State()
    except (OSError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path}: the state of the watch is damaged ({error}); move it away to begin anew", where=str(path)) from error


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.with_name(path.name + ".lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise UsageError(f"{path}: another watch runs on this state; stop it, or give another store", where=str(path)) from error
        yield
