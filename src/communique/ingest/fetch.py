"""Fetching a URL, for `--fetch` alone: nothing in communique opens a connection unless it was asked to.

A name is resolved once; every address it has must be public, and the connection is made to that very address (the
name goes only into the Host header and TLS), so a second look-up can't lead elsewhere. Redirects are followed by
hand, each checked anew. Only http and https on their own ports; robots.txt is honoured (protego); bytes and seconds
are capped; proxies of the environment are not used. `urllib`-style fetchers check the name and connect to whatever
it resolves to later, which is the hole.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from communique.errors import DocumentError, TooLargeError, UnreadableError, UnsupportedError
from communique.records import Document, Failure

AGENT = "communique/0.1 (research; reads one page at a time; honours robots.txt)"
MAX_BYTES = 8_000_000
MAX_SECONDS = 20.0
MAX_REDIRECTS = 5
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Fetched(NamedTuple):
    """A response: its final address, type, declared charset and bytes."""

    url: str
    content_type: str
    charset: str | None
    body: bytes


def is_public(address: str) -> bool:
    """Whether an IP address is of the public internet: not loopback, private, link-local (cloud metadata), multicast,
    reserved, nor an IPv6 form that holds such an IPv4 address."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and ip in _NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def pinned_address(url: str) -> tuple[str, str, int]:
    """(address to connect to, host, port) of a URL whose every address is public. Raises `UnsupportedError` for
    another scheme, port, user name or a host that is not public, `UnreadableError` for one that does not resolve."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UnsupportedError(f"{url[:200]!r} is no URL: {error}", value=url) from error
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    if usual is None or not parts.hostname or parts.username is not None or port not in (None, usual):
        raise UnsupportedError(f"{url[:200]}: only http and https, on their own ports, without a user name", value=url)
    try:
        found = socket.getaddrinfo(parts.hostname, usual, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreadableError(f"{parts.hostname}: the name does not resolve", value=url) from error
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    if not addresses or not all(is_public(a) for a in addresses):
        raise UnsupportedError(f"{parts.hostname} is not on the public internet: refused", value=url)
    return addresses[0], parts.hostname, usual


def _get(url: str, deadline: float) -> tuple[int, dict[str, str], bytes]:
    """One request to the pinned address, no redirects; at most `MAX_BYTES` of the decoded body."""
    import httpx

    address, host, _ = pinned_address(url)
    parts = urlsplit(url)
    literal = f"[{address}]" if ":" in address else address
    target = f"{parts.scheme}://{literal}{parts.path or '/'}" + (f"?{parts.query}" if parts.query else "")
    headers = {"Host": host, "User-Agent": AGENT, "Accept": "text/html,application/xhtml+xml,application/rss+xml,application/atom+xml,text/plain;q=0.8"}
    body = bytearray()
    try:
        with (
            httpx.Client(timeout=8.0, trust_env=False, follow_redirects=False) as client,
            client.stream("GET", target, headers=headers, extensions={"sni_hostname": host}) as response,
        ):
            for piece in response.iter_bytes(65_536):
                body += piece
                if len(body) > MAX_BYTES:
                    raise TooLargeError(f"{url}: over {MAX_BYTES:,} bytes", value=url)
                if time.monotonic() > deadline:
                    raise TooLargeError(f"{url}: took over {MAX_SECONDS:.0f} s", value=url)
            return response.status_code, {k.lower(): v for k, v in response.headers.items()}, bytes(body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreadableError(f"{url}: {type(error).__name__}: {error}"[:300], value=url) from error


def allowed_by_robots(url: str, deadline: float) -> bool:
    """Whether the site's robots.txt lets us read the page; a missing file allows, a failing server forbids."""
    from protego import Protego

    parts = urlsplit(url)
    status, _, body = _get(f"{parts.scheme}://{parts.netloc}/robots.txt", deadline)
    if status >= 500:
        return False
    if status != 200:
        return True
    return bool(Protego.parse(body[:500_000].decode("utf-8", "replace")).can_fetch(url, AGENT))


def fetch(url: str) -> Fetched:
    """The page at `url`. Raises `UnsupportedError` when address or robots.txt forbid it, `TooLargeError` beyond a cap,
    `UnreadableError` when the server does not give it."""
    deadline = time.monotonic() + MAX_SECONDS
    for _ in range(MAX_REDIRECTS + 1):
        if not allowed_by_robots(url, deadline):
            raise UnsupportedError(f"{url}: robots.txt of the site does not allow it", value=url)
        status, headers, body = _get(url, deadline)
        if status in (301, 302, 303, 307, 308) and headers.get("location"):
            url = urljoin(url, headers["location"])
            continue
        if status != 200:
            raise UnreadableError(f"{url}: HTTP status {status}", value=status)
        kind, _, rest = headers.get("content-type", "").partition(";")
        charset = rest.partition("charset=")[2].strip("\"' ;") or None
        return Fetched(url, kind.strip().lower(), charset, body)
    raise UnreadableError(f"{url}: over {MAX_REDIRECTS} redirects", value=url)


def fetch_documents(url: str, *, publisher: str | None = None, published: str | None = None, fast: bool = False) -> Iterator[Document | Failure]:
    """The documents at a URL (a page, or a feed's items), or the `Failure` that says why there are none."""
    import datetime as dt

    from communique.ingest import containers, formats

    try:
        got = fetch(url)
        given = formats.Given(publisher, published, fast=fast)
        extra = formats.Extra(url=got.url, fetched=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), declared=got.charset)
        if formats.sniff(got.body[:4096], got.url) == "feed":
            yield from containers.read_feed(got.body, got.url, given)
        elif got.content_type == "text/plain":
            from communique.ingest import decode

            text, encoding = decode.decode_bytes(got.body, declared=got.charset, where=url)
            yield formats.text_document(text, source=url, raw=got.body, encoding=encoding, given=given, extra=extra)
        else:
            yield formats.html_document(got.body, source=url, given=given, extra=extra)
    except DocumentError as error:
        yield formats.failure_of(url, error)
