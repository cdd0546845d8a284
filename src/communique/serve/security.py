"""The gate before every request: who may ask, from where, how much, and what the browser may do with the answer.

It wraps the whole application, so that no route, error page or static file is outside it. Decisions:

- Host: only the names the server was started under (DNS rebinding).
- Token: asked of everyone where one is set, as `Authorization: Bearer` or as an HttpOnly, SameSite=Strict cookie that
  the entry page sets. Compared in constant time.
- Changes (anything but GET, HEAD, OPTIONS): Origin and Sec-Fetch-Site must be this site's, and a CSRF token tied to
  the visitor's cookie must come along; a bearer token replaces it, since no browser sends that by itself.
- Bodies above the limit are refused before they are read, and cut off when they lie about their size.
- A visitor may ask so many times a minute; changes count more strictly.
- Every answer carries a Content-Security-Policy without exceptions, and tells browsers not to guess, frame or refer.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
import stat
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from communique.errors import ConfigError

MAX_BODY = 25 * 1024 * 1024
BODY_SECONDS = 60.0  # 25 MB on a line of 4 Mbit/s; a client that drips is let go
HEAD_SECONDS = 20.0  # of a request's line and headers
READS_PER_MINUTE, CHANGES_PER_MINUTE, GUESSES_PER_MINUTE = 1200, 120, 20
SESSION, ACCESS = "communique_session", "communique_token"
_MASKED = 4 * hashlib.sha256().digest_size  # characters of a token with its mask
CSRF_HEADER, CSRF_FIELD = "x-csrf-token", "csrf"
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN = frozenset({"/enter"})
_CSP = "; ".join(
    (
        "default-src 'self'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'", "object-src 'none'",
        "script-src 'self'", "style-src 'self'", "img-src 'self'", "connect-src 'self'",
    )
)  # fmt: skip
HEADERS = (
    ("content-security-policy", _CSP),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),  # "no-referrer" would make browsers send `Origin: null` with our own forms
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=()"),
)

Scope = dict[str, Any]
Receive = Callable[[], Any]
Send = Callable[[Any], Any]


class Refusal(Exception):
    """The request goes no further: a status and one line that says what would be accepted."""

    def __init__(self, status: int, line: str, *, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(line)
        self.status, self.line, self.headers = status, line, headers


def is_loopback(host: str) -> bool:
    """Whether an address is this machine's own."""
    return host in LOOPBACK or host.startswith("127.")


def read_token(path: str) -> str:
    """The token in a file, which nobody else may read. Raises `ConfigError` for a file that is open to others, is
    empty, or holds fewer than 16 characters."""
    file = Path(path)
    try:
        mode = file.stat().st_mode
        token = file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigError(f"{path}: the token file cannot be read ({error.strerror})", where=path) from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigError(f"{path}: others may read this token file; run: chmod 600 {path}", where=path)
    if len(token) < 16:
        raise ConfigError(f"{path}: a token has at least 16 characters; for one: openssl rand -hex 24", where=path)
    return token


class Limiter:
    """How many requests each visitor made in the last minute; the oldest visitors are forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def allow(self, visitor: str, kind: str, most: int) -> bool:
        """Count one request; False when it is one too many."""
        now, key = self._clock(), (visitor, kind)
        began, n = self._seen.pop(key, (now, 0))
        if now - began >= 60:
            began, n = now, 0
        self._seen[key] = (began, n + 1)
        if len(self._seen) > 10_000:
            self._seen.popitem(last=False)
        return n < most


class Gate:
    """An ASGI application around another one. `hosts` are the names it answers to; `None` for any (tests)."""

    def __init__(
        self, app: Any, *, hosts: frozenset[str], token: str | None, read_only: bool, max_body: int = MAX_BODY
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.token = token
        self.read_only = read_only
        self.max_body = max_body
        self.limiter = Limiter()
        self.body_seconds = BODY_SECONDS
        self._secret = secrets.token_bytes(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass what is allowed; answer the rest here."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        session, fresh = self._session(headers)
        cookies = [_cookie(SESSION, session)] if fresh else []
        started = False

        async def guarded(message: dict[str, Any]) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": [*message["headers"], *_encoded(HEADERS), *_encoded([("set-cookie", c) for c in cookies])]}
            await send(message)

        try:
            self._check(scope, headers, session)
            scope.setdefault("state", {})
            scope["state"]["csrf"] = self.csrf(session)
            body = receive if scope["method"] in _SAFE else await self._body(scope, headers, session, receive)
            await self.app(scope, body, guarded)
        except Refusal as refusal:
            if not started:
                await _answer(guarded, refusal)

    def csrf(self, session: str) -> str:
        """The token that a visitor's forms carry."""
        return hmac.new(self._secret, session.encode(), hashlib.sha256).hexdigest()

    def _session(self, headers: Mapping[str, str]) -> tuple[str, bool]:
        known = cookies_of(headers).get(SESSION, "")
        if len(known) == 43 and known.replace("-", "").replace("_", "").isalnum():
            return known, False
        return secrets.token_urlsafe(32), True

    def _check(self, scope: Scope, headers: Mapping[str, str], session: str) -> None:
        host = headers.get("host", "")
        if _name_of(host) not in self.hosts:
            raise Refusal(421, "this server does not answer to that Host name")
        visitor = (scope.get("client") or ("local", 0))[0]
        change = scope["method"] not in _SAFE
        most = CHANGES_PER_MINUTE if change else READS_PER_MINUTE
        if not self.limiter.allow(visitor, "change" if change else "read", most):
            raise Refusal(429, f"more than {most} requests in a minute; wait a little", headers=(("retry-after", "30"),))
        path = scope["path"]
        if not (path in _OPEN or path.startswith("/static/")) and not self._known(headers):
            if not self.limiter.allow(visitor, "guess", GUESSES_PER_MINUTE):
                raise Refusal(429, "too many requests without a token; wait a minute", headers=(("retry-after", "60"),))
            raise _unknown(headers)
        if change and path in _OPEN and not self.limiter.allow(visitor, "guess", GUESSES_PER_MINUTE):
            raise Refusal(429, "too many tries; wait a minute", headers=(("retry-after", "60"),))
        if change:
            self._check_change(scope, headers, host)

    def _known(self, headers: Mapping[str, str]) -> bool:
        return self.token is None or self._bearer(headers) or _same(cookies_of(headers).get(ACCESS, ""), _hash(self.token))

    def _bearer(self, headers: Mapping[str, str]) -> bool:
        given = headers.get("authorization", "")
        return self.token is not None and given.lower().startswith("bearer ") and _same(given[7:].strip(), self.token)

    def _check_change(self, scope: Scope, headers: Mapping[str, str], host: str) -> None:
        if self.read_only and scope["path"] not in _OPEN:
            raise Refusal(405, "this server was started --read-only", headers=(("allow", "GET, HEAD"),))
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise Refusal(403, "changes are taken from this site's own pages only (Sec-Fetch-Site)")
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != host:
            raise Refusal(403, "changes are taken from this site's own pages only (Origin)")
        size = headers.get("content-length", "0")
        if not size.isdigit() or int(size) > self.max_body:
            raise Refusal(413, f"a request may hold at most {self.max_body // 1024 // 1024} MB")

    async def _body(self, scope: Scope, headers: Mapping[str, str], session: str, receive: Receive) -> Receive:
        """The body read whole (up to the limit), its CSRF token checked, and handed on."""
        parts, size, more = [], 0, True
        loop = asyncio.get_running_loop()
        until = loop.time() + self.body_seconds
        while more:
            try:
                message = await asyncio.wait_for(receive(), max(0.0, until - loop.time()))
            except TimeoutError:
                raise Refusal(408, f"the request's body did not come within {self.body_seconds:g} s") from None
            if message["type"] == "http.disconnect":
                raise Refusal(400, "the request ended early")
            part = message.get("body", b"")
            size += len(part)
            if size > self.max_body:
                raise Refusal(413, f"a request may hold at most {self.max_body // 1024 // 1024} MB")
            parts.append(part)
            more = message.get("more_body", False)
        body = b"".join(parts)
        if not self._bearer(headers) and not _same(unmasked(_csrf_in(headers, body)), self.csrf(session)):
            raise Refusal(403, "the form's CSRF token is missing or old; load the page again and repeat (API: GET /api/session)")
        sent = False

        async def again() -> dict[str, Any]:
            nonlocal sent
            if sent:
                found: dict[str, Any] = await receive()
                return found
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        return again


def masked(token: str) -> str:
    """The token as a page carries it: another string for each answer, so that the length of a packed page, which holds it
    beside words that others may have chosen, tells nothing of it."""
    raw = bytes.fromhex(token)
    mask = secrets.token_bytes(len(raw))
    return mask.hex() + bytes(a ^ b for a, b in zip(mask, raw, strict=True)).hex()


def unmasked(value: str) -> str:
    """The token behind a mask; what wears none as it is."""
    try:
        raw = bytes.fromhex(value)
    except ValueError:
        return value
    half = len(raw) // 2
    return bytes(a ^ b for a, b in zip(raw[:half], raw[half:], strict=True)).hex() if len(value) == _MASKED else value


def access_cookie(token: str) -> str:
    """The Set-Cookie line that remembers who gave the token; it holds a digest, not the token."""
    return _cookie(ACCESS, _hash(token))


def cookies_of(headers: Mapping[str, str]) -> dict[str, str]:
    """The cookies of a request; none when the header cannot be read."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _cookie(name: str, value: str) -> str:
    return f"{name}={value}; Path=/; HttpOnly; SameSite=Strict"


def _hash(token: str) -> str:
    return hashlib.sha256(b"communique access:" + token.encode()).hexdigest()


def _same(a: str, b: str) -> bool:
    return hmac.compare_digest(a.encode(), b.encode())


def _name_of(host: str) -> str:
    """The name of a Host header without its port; "" when it is malformed."""
    if any(ch in host for ch in "@/\\?# \t,"):
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _csrf_in(headers: Mapping[str, str], body: bytes) -> str:
    if headers.get(CSRF_HEADER):
        return headers[CSRF_HEADER]
    kind = headers.get("content-type", "")
    if kind.startswith("application/x-www-form-urlencoded"):
        return parse_qs(body.decode("latin-1")).get(CSRF_FIELD, [""])[0]
    if kind.startswith("multipart/form-data"):
        marker = f'name="{CSRF_FIELD}"\r\n\r\n'.encode()
        at = body.find(marker)
        return body[at + len(marker) :].split(b"\r\n", 1)[0][:_MASKED].decode("latin-1") if at >= 0 else ""
    return ""


def _unknown(headers: Mapping[str, str]) -> Refusal:
    if "text/html" in headers.get("accept", ""):
        return Refusal(303, "give the token first", headers=(("location", "/enter"),))
    return Refusal(401, "a token is needed: Authorization: Bearer …", headers=(("www-authenticate", "Bearer"),))


def _encoded(pairs: Any) -> list[tuple[bytes, bytes]]:
    return [(k.encode("latin-1"), v.encode("latin-1")) for k, v in pairs]


async def _answer(send: Send, refusal: Refusal) -> None:
    body = (refusal.line + "\n").encode()
    headers = [("content-type", "text/plain; charset=utf-8"), ("content-length", str(len(body))), ("cache-control", "no-store"), *refusal.headers]
    await send({"type": "http.response.start", "status": refusal.status, "headers": _encoded(headers)})
    await send({"type": "http.response.body", "body": body})
