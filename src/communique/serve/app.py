"""The application: pages, twins, API and static files over one store, behind the gate of `security.py`."""

from __future__ import annotations

import gc
import logging
import sys
from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from threading import Lock, Thread
from typing import Any, TypeVar

from litestar import Litestar, Request, Response, get
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from communique.config import Settings
from communique.errors import CommuniqueError, ConfigError, DocumentError, StoreError, UsageError
from communique.serve import packing, render, security
from communique.serve.jobs import Jobs
from communique.store import Store, open_store

T = TypeVar("T")
_LOOKED_BACK = 1000  # changes after which all that is remembered is taken to be old
_LOG = logging.getLogger(__name__)
_MEDIA = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".json": "application/json"}


class Site:
    """What every handler needs: the store, how it is set, and a memory that forgets when the store changes."""

    def __init__(self, store: Store, settings: Settings, *, read_only: bool, token: str | None) -> None:
        self.store = store
        self.settings = settings
        self.read_only = read_only
        self.token = token
        self.jobs = Jobs(store, settings)
        self._warming: Thread | None = None
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = Lock()
        self._seen = self._linked = 0

    def version(self) -> int:
        """The number of the store's last change."""
        return self.store.version()

    def warm(self) -> None:
        """Have the store count from memory, as soon as it has read what that takes; until then it asks the file."""

        def read() -> None:
            try:
                self.store.hold_columns()
            except StoreError as error:
                _LOG.warning("counting from the file: %s", error)

        self._warming = Thread(target=read, name="columns", daemon=True)
        self._warming.start()

    def settle(self) -> None:
        """Once the columns are held, take all that lives by now out of the collector's rounds: a round over a store's worth of
        records stopped every page for 0.2 s. For a process that does nothing but serve; what lives now is never collected."""

        def freeze() -> None:
            if self._warming is not None:
                self._warming.join()
            gc.collect()
            gc.freeze()

        Thread(target=freeze, name="settle", daemon=True).start()

    def close(self) -> None:
        """Wait for what still reads, and close the store."""
        if self._warming is not None:
            self._warming.join()
        self.store.close()

    def linked(self) -> int:
        """The number of the last change that is more than a document added: as long as it is the same, so are events and commitments."""
        version = self.version()
        with self._lock:
            seen, linked = self._seen, self._linked
        if version != seen:
            rows = self.store.changes(seen, limit=_LOOKED_BACK) if seen else []
            told = len(rows) < _LOOKED_BACK and seen
            linked = max((seq for seq, _, kind, act, _ in rows if (kind, act) != ("document", "add")), default=linked) if told else version
            with self._lock:
                self._seen, self._linked = version, linked
        return linked

    def remembered(self, key: Hashable, make: Callable[[], T], *, linked: bool = False) -> T:
        """What `make` gives, kept until the store changes (for figures over the whole store); with `linked` until
        events or commitments may have."""
        version = self.linked() if linked else self.version()
        with self._lock:
            found = self._kept.get(key)
        if found is not None and found[0] == version:
            value: T = found[1]
            return value
        value = make()
        with self._lock:
            self._kept[key] = (version, value)
            self._kept.move_to_end(key)
            while len(self._kept) > 256:
                self._kept.popitem(last=False)
        return value


def build(
    store_path: str | Path, *, read_only: bool = False, token: str | None = None, settings: Settings | None = None,
    hosts: frozenset[str] | None = None,
) -> Litestar:  # fmt: skip
    """The application. See `communique.serve.make_app`."""
    from communique.serve import acts, api, care, foresight, missed, overview, pages

    store = open_store(store_path, read_only=read_only)
    site = Site(store, settings or Settings(store=str(store_path)), read_only=read_only, token=token)
    app = Litestar(
        route_handlers=[*pages.handlers([*pages.pages(), *overview.pages(), *care.pages(), *acts.pages(), *foresight.pages()]), *care.handlers(), *api.handlers(), *acts.handlers(), missed.add_missed, *foresight.handlers(), static_file],
        state=State({"site": site, "read_only": read_only}),
        exception_handlers={CommuniqueError: on_error, HTTPException: on_http, Exception: on_bug},
        openapi_config=OpenAPIConfig(
            title="communique", version=render._version(), path="/api/schema", render_plugins=[JsonRenderPlugin()],
            description="The record of who did, said or promised what to whom, with the words that say so. Reading is GET.",
        ),
        plugins=[api.SpanAsPair()],
        on_startup=[site.jobs.start, site.warm],
        on_shutdown=[site.jobs.close, site.close],
        logging_config=None,
    )  # fmt: skip
    api.refusals(app.openapi_schema)
    app.asgi_handler = security.Gate(
        packing.Packing(app.asgi_handler), hosts=hosts or security.LOOPBACK, token=token, read_only=read_only
    )  # type: ignore[assignment]
    return app


def serve(settings: Settings, *, read_only: bool, token_file: str | None) -> None:
    """Serve until stopped. See `communique.serve.run`."""
    import socket

    import uvicorn

    token = security.read_token(token_file) if token_file is not None else None
    if not security.is_loopback(settings.host) and token is None:
        raise ConfigError(
            f"{settings.host} is not this machine alone, and then a token is needed: --token-file PATH (mode 0600)", value=settings.host
        )
    hosts = security.LOOPBACK | {settings.host.lower()} | ({socket.gethostname().lower(), socket.getfqdn().lower()} if token else frozenset())
    app = build(settings.store, read_only=read_only, token=token, settings=settings, hosts=frozenset(hosts))
    app.on_startup.append(app.state.site.settle)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigError(f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); give another --port", value=settings.port) from error
        port = listening.getsockname()[1]
        name = f"[{settings.host}]" if ":" in settings.host else settings.host
        sys.stderr.write(f"communique: http://{name}:{port}/ {'(read only) ' if read_only else ''}- Ctrl-C stops\n")
        sys.stderr.flush()
        uvicorn.Server(configured(app)).run(sockets=[listening])


def configured(app: Litestar) -> Any:
    """How uvicorn serves the application: a client that lets its request's head drip is let go, as one that drips its body is."""
    import uvicorn
    from uvicorn.protocols.http.auto import AutoHTTPProtocol

    class Patient(AutoHTTPProtocol):  # type: ignore[misc,valid-type]
        """uvicorn's protocol, with a time for each request's head; its own clocks know only silence after an answer."""

        head: Any = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self.expect()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.head is None and not self.asked():
                self.expect()

        def connection_lost(self, error: Exception | None) -> None:
            if self.head is not None:
                self.head.cancel()
            super().connection_lost(error)

        def asked(self) -> bool:
            return self.cycle is not None and not self.cycle.response_complete

        def expect(self) -> None:
            self.head = self.loop.call_later(security.HEAD_SECONDS, self.let_go, self.cycle)

        def let_go(self, before: Any) -> None:
            self.head = None
            if self.cycle is not before:  # requests came meanwhile: what drips now is another's head
                if not self.asked():
                    self.expect()
            elif not self.asked():
                self.transport.close()

    return uvicorn.Config(app, http=Patient, log_level="warning", server_header=False, timeout_keep_alive=10, h11_max_incomplete_event_size=32 * 1024)


@get("/static/{name:str}", include_in_schema=False, sync_to_thread=False)
def static_file(name: str, request: Request[Any, Any, Any]) -> Response[bytes]:
    """A built asset, by its hashed name only; kept by browsers for good."""
    if name not in render.assets().values():
        return Response(b"no such file\n", status_code=404, media_type="text/plain")
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    packed = packing.accepts(request.headers.get("accept-encoding", ""))  # whoever asks: these hold no secret
    if packed:
        headers |= {"content-encoding": "gzip", "vary": "accept-encoding"}
    return Response(render.packed_asset(name) if packed else render.asset_bytes(name), headers=headers, media_type=_MEDIA[Path(name).suffix])


def on_error(request: Request[Any, Any, Any], error: CommuniqueError) -> Response[bytes]:
    """A mistake of the visitor's, or a store that cannot be read: one line, as a page or as JSON."""
    status = 503 if isinstance(error, StoreError) else 422 if isinstance(error, DocumentError) else 400
    if (isinstance(error, UsageError) and "no such" in str(error)) or (isinstance(error, UsageError) and "no record has" in str(error)):
        status = 404
    if isinstance(error, StoreError) and "reading only" in str(error):
        status = 405
    return _told(request, status, str(error))


def on_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """A route that is not there, or a request that does not fit it."""
    line = "there is no such page" if error.status_code == 404 else error.detail or "the request does not fit"
    extra = getattr(error, "extra", None)
    if error.status_code == 400 and isinstance(extra, list):
        line = "; ".join(f"{e.get('key', '')}: {e.get('message', '')}" for e in extra if isinstance(e, dict)) or line
    return _told(request, error.status_code, line, dict(error.headers or {}))


def on_bug(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """A mistake of ours: told as one, with the trace in the log and not on the page."""
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _told(request, 500, "something went wrong here; the server's log says what")


def _told(request: Request[Any, Any, Any], status: int, line: str, headers: dict[str, str] | None = None) -> Response[bytes]:
    path = request.url.path
    if path.startswith("/api") or path.endswith((".json", ".csv")):
        return Response(render.as_json({"error": line, "status": status}), status_code=status, media_type="application/json", headers=headers)
    view = render.View("error.html", f"{status}", {"status": status, "line": line}, status=status)
    return render.answer(view, request, None)
