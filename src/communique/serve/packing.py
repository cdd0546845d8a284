"""Answers packed with gzip on their way out.

Litestar's own middleware would do for pages; it does not tell `gzip;q=0` from `gzip`, packs what is packed already, and
names `Vary` only on what it packed. Decided here:

- Text of at least `LEAST` bytes is packed for who accepts gzip. Every answer that could be packed says `Vary:
  Accept-Encoding`, packed or not. ETags are weak (`render.sent`), since one stands for both forms.
- Nothing is packed for a request that another site made (`Sec-Fetch-Site`): whoever can make a visitor's browser ask for
  pages with words of their choosing, and sees how long the answers are, could else guess what stands beside them (BREACH).
  The session's cookie does not come with such requests either, and the token in our forms is masked anew for each
  answer (`security.masked`), so that its length tells nothing; see docs/design/security.md.
- Streams pass as they are. Long answers are packed in a thread, so that others do not wait.
"""

from __future__ import annotations

import asyncio
import functools
import gzip
from collections.abc import Iterable
from typing import Any

LEAST = 600  # below, the header costs what packing saves
LEVEL = 6
_LONG = 256 * 1024
_TEXT = ("text/", "application/json", "application/xml", "application/rss+xml", "application/geo+json", "image/svg+xml")
_STREAM = "text/event-stream"
Header = tuple[bytes, bytes]


class Packing:
    """An ASGI application around another one."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer as the application does, packed where that is wanted and safe."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wanted, start = _wanted(scope["headers"]), dict[str, Any]()

        async def packed(message: dict[str, Any]) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                if message["status"] != 304 and not _could(message["headers"]):  # what stands for an answer varies as it would
                    await send(message)
                    return
                start = {**message, "headers": _varied(message["headers"])}
                return
            if not start:
                await send(message)
                return
            first, start = start, {}
            body = message.get("body", b"")
            if wanted and not message.get("more_body") and len(body) >= LEAST and first["status"] == 200:
                pack = functools.partial(gzip.compress, body, LEVEL, mtime=0)
                body = await asyncio.to_thread(pack) if len(body) > _LONG else pack()
                kept = [(k, v) for k, v in first["headers"] if k.lower() != b"content-length"]
                first["headers"] = [*kept, (b"content-encoding", b"gzip"), (b"content-length", str(len(body)).encode())]
                message = {**message, "body": body}
            await send(first)
            await send(message)

        await self.app(scope, receive, packed)


def accepts(header: str) -> bool:
    """Whether an Accept-Encoding header takes gzip."""
    found: dict[str, float] = {}
    for part in header.lower().split(","):
        name, *options = (p.strip() for p in part.split(";"))
        quality = next((o[2:] for o in options if o.startswith("q=")), "1")
        found[name] = float(quality) if quality.replace(".", "", 1).isdigit() else 0.0
    return found.get("gzip", found.get("*", 0.0)) > 0


def _wanted(headers: Iterable[Header]) -> bool:
    told = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in headers}
    return accepts(told.get("accept-encoding", "")) and told.get("sec-fetch-site", "none") in ("same-origin", "none")


def _could(headers: Iterable[Header]) -> bool:
    told = {k.lower(): v for k, v in headers}
    media = told.get(b"content-type", b"").decode("latin-1").lower()
    return media.startswith(_TEXT) and not media.startswith(_STREAM) and b"content-encoding" not in told


def _varied(headers: Iterable[Header]) -> list[Header]:
    """The headers with Accept-Encoding among what the answer varies by."""
    listed = list(headers)
    named = [v for k, v in listed if k.lower() == b"vary"]
    return [*((k, v) for k, v in listed if k.lower() != b"vary"), (b"vary", b", ".join([*named, b"accept-encoding"]))]
