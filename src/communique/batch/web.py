"""Polite, conditional, guarded reading of the web for `watch`: one request at a time to a host, with an end to it.

The guard is `ingest.fetch.pinned_address`: public addresses only, http and https on their own ports, checked anew
for every redirect. The connection is made to the very address that was checked, while TLS still verifies the name.
Every read is bounded by the request's deadline, so that a server that drips a byte at a time ends like one that
hangs; bodies are capped before and after decompression. `resolve` can be given by a caller in Python (tests talk to
servers of their own that way); no flag, setting or environment variable reaches it.

Per host: requests keep a gap (or robots.txt's Crawl-delay, up to a minute); robots.txt is read once a day, a missing
one allows, one that can't be had forbids until it can (RFC 9309).
"""

from __future__ import annotations

import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import httpcore

from communique.errors import DocumentError, TooLargeError, UnreadableError, UnsupportedError
from communique.ingest import containers, fetch

Resolve = Callable[[str], tuple[str, str, int]]

GAP_SECONDS = 2.0
MAX_GAP = 60.0
MAX_HOSTS = 4_000
ROBOTS_SECONDS = 86_400.0
_REDIRECTS = (301, 302, 303, 307, 308)
_ACCEPT = "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/html;q=0.9, text/plain;q=0.8, */*;q=0.1"


class Reply(NamedTuple):
    """What a server answered: status, final address, lower-case headers, decoded body."""

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def charset(self) -> str | None:
        """The charset that the Content-Type declares."""
        return self.headers.get("content-type", "").partition("charset=")[2].split(";")[0].strip("\"' ") or None

    @property
    def content_type(self) -> str:
        """The media type without parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


class Transient(DocumentError):
    """The server can't be had just now; worth another try later. `after` is its Retry-After in seconds, if any."""

    reason = "unreachable"

    def __init__(self, message: str, *, where: str | None = None, value: object = None, after: float | None = None) -> None:
        super().__init__(message, where=where, value=value)
        self.after = after


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, left: Callable[[], float]) -> None:
        self._inner = inner
        self._left = left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._left()), self._left)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class _Pinned(httpcore.NetworkBackend):
    """Connects to the address that was checked, whatever name it is asked for."""

    def __init__(self, address: str, port: int, left: Callable[[], float]) -> None:
        self._address = address
        self._port = port
        self._left = left

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        inner = httpcore.SyncBackend().connect_tcp(self._address, self._port, self._left(), local_address, socket_options)
        return _Stream(inner, self._left)


class Web:
    """Reads addresses; safe to share between threads. `seconds` bounds one `get` from first to last byte, redirects
    and robots.txt included; waiting for the host's turn is not counted."""

    def __init__(
        self,
        *,
        resolve: Resolve = fetch.pinned_address,
        gap: float = GAP_SECONDS,
        seconds: float = fetch.MAX_SECONDS,
        max_bytes: int = fetch.MAX_BYTES,
        sleep: Callable[[float], None] = time.sleep,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._resolve = resolve
        self._gap = gap
        self._seconds = seconds
        self._max_bytes = max_bytes
        self._sleep = sleep
        self._context = context
        self._lock = threading.Lock()
        self._turns: OrderedDict[str, float] = OrderedDict()
        self._robots: OrderedDict[str, tuple[float, Any]] = OrderedDict()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Reply:
        """The answer to a GET, redirects followed. Raises `UnsupportedError` where address or robots.txt forbid it,
        `TooLargeError` beyond a cap, `Transient` when the server can't be had (408, 425, 429, 5xx included)."""
        deadline = time.monotonic() + self._seconds
        for _ in range(fetch.MAX_REDIRECTS + 1):
            rules, waited = self._rules(url, deadline)
            deadline += waited
            if rules is not None and not rules.can_fetch(url, fetch.AGENT):
                raise UnsupportedError(f"{url}: robots.txt of the site does not allow it", value=url)
            deadline += self._take_turn(url, rules)
            reply = self._ask(url, deadline, headers or {})
            if reply.status in _REDIRECTS and reply.headers.get("location"):
                url = urljoin(url, reply.headers["location"])
                continue
            if reply.status in (408, 425, 429) or reply.status >= 500:
                raise Transient(f"{url}: HTTP status {reply.status}", value=reply.status, after=_retry_after(reply))
            return reply
        raise UnreadableError(f"{url}: over {fetch.MAX_REDIRECTS} redirects", value=url)

    def _take_turn(self, url: str, rules: Any = None) -> float:
        """Wait until the host may be asked again; how long that took."""
        host = urlsplit(url).netloc.lower()
        asked = rules.crawl_delay(fetch.AGENT) if rules is not None else None
        gap = min(max(self._gap, float(asked or 0.0)), max(MAX_GAP, self._gap))
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._turns.get(host, 0.0))
            self._turns[host] = turn + gap
            self._turns.move_to_end(host)
            while len(self._turns) > MAX_HOSTS:
                self._turns.popitem(last=False)
        if turn > now:
            self._sleep(turn - now)
        return turn - now

    def _rules(self, url: str, deadline: float) -> tuple[Any, float]:
        """The site's robots.txt, parsed, or `None` when it has none; and the seconds waited for turns."""
        parts = urlsplit(url)
        site = f"{parts.scheme}://{parts.netloc.lower()}"
        with self._lock:
            kept = self._robots.get(site)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1], 0.0
        from protego import Protego

        waited, target = 0.0, f"{site}/robots.txt"
        for _ in range(fetch.MAX_REDIRECTS + 1):
            waited += self._take_turn(target)
            reply = self._ask(target, deadline + waited, {})
            if reply.status not in _REDIRECTS or not reply.headers.get("location"):
                break
            target = urljoin(target, reply.headers["location"])
        if reply.status >= 500:
            raise Transient(f"{site}/robots.txt: HTTP status {reply.status}; nothing is read until it can be", value=reply.status, after=_retry_after(reply))
        rules = Protego.parse(reply.body[:500_000].decode("utf-8", "replace")) if reply.status == 200 else None
        with self._lock:
            self._robots[site] = (time.monotonic() + ROBOTS_SECONDS, rules)
            while len(self._robots) > MAX_HOSTS:
                self._robots.popitem(last=False)
        return rules, waited

    def _ask(self, url: str, deadline: float, headers: Mapping[str, str]) -> Reply:
        """One request to the checked address, no redirects."""
        address, host, port = self._resolve(url)

        def left() -> float:
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                raise httpcore.ReadTimeout(f"took over {self._seconds:.0f} s")
            return seconds

        sent = {"User-Agent": fetch.AGENT, "Accept": _ACCEPT, "Accept-Encoding": "gzip", "Connection": "close", **headers}
        sent["Host"] = host if urlsplit(url).port is None else f"{host}:{urlsplit(url).port}"
        try:
            with (
                httpcore.ConnectionPool(ssl_context=self._tls(), network_backend=_Pinned(address, port, left), max_connections=1) as pool,
                pool.stream("GET", url.partition("#")[0], headers=list(sent.items())) as response,
            ):
                found = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
                body = self._read(response, url)
                return Reply(response.status, url, found, self._decoded(body, found, url))
        except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise Transient(f"{url}: {type(error).__name__}: {error}"[:300], value=url) from error
        except (ValueError, UnicodeError) as error:
            raise UnsupportedError(f"{url[:200]!r} is no URL: {error}", value=url) from error

    def _read(self, response: Any, url: str) -> bytes:
        body = bytearray()
        for piece in response.iter_stream():
            body += piece
            if len(body) > self._max_bytes:
                raise TooLargeError(f"{url}: over {self._max_bytes:,} bytes", value=url)
        return bytes(body)

    def _decoded(self, body: bytes, headers: Mapping[str, str], url: str) -> bytes:
        how = headers.get("content-encoding", "").strip().lower()
        if how in ("gzip", "x-gzip", "deflate") and body:
            return containers.inflate(body, "deflate" if how == "deflate" else "gzip", where=url, cap=self._max_bytes)
        if how not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise UnsupportedError(f"{url}: Content-Encoding {how[:40]!r}", value=how)
        return body

    def _tls(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                import httpx

                self._context = httpx.create_ssl_context(trust_env=False)
            return self._context


def _retry_after(reply: Reply) -> float | None:
    """Seconds that the server asks us to stay away, at most a day."""
    import email.utils

    value = reply.headers.get("retry-after", "").strip()
    if value.isdigit():
        return float(min(int(value[:9]), 86_400))
    try:
        return min(max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time()), 86_400.0)
    except (ValueError, TypeError):
        return None
