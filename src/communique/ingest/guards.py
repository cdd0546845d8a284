"""Caps on hostile or broken input, and the killable worker.

lxml-based tools return nothing and say nothing for very deep or very large pages (notes/reading.md section 8), and
some take quadratic time. So a page is looked at as bytes before anything parses it: size, tags, nesting, attributes.
Beyond the hard caps it is refused by name; between soft and hard caps it is parsed in a child process with a wall
clock and a memory limit. Ordinary pages (all 602 of the development sets) meet neither and pay under a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from communique.errors import TooLargeError

T = TypeVar("T")

MAX_FILE_BYTES = 64_000_000  # of one plain file; WARC, zip and tar are streamed and capped by member
MAX_PAGE_BYTES = 8_000_000
MAX_MEMBER_BYTES = 32_000_000  # one member or record, decompressed
MAX_RATIO = 200  # decompressed to compressed; real pages reach 30, text of one repeated word 100
MAX_MEMBERS = 200_000
MAX_DEPTH = 600  # unclosed elements; real pages stay under 120, trafilatura's own guard is 1,000
MAX_TAGS = 120_000
MAX_ATTRIBUTES = 120_000
MAX_ON_ONE = 6_000  # attributes of one element; one page of the development sets has 2,932
MAX_TEXT_NODE = 2_000_000
WALL_SECONDS = 1.5
MEMORY_BYTES = 2_000_000_000
_SOFT_BYTES = 1_500_000
_SOFT_TAGS = 30_000
_SOFT_DEPTH = 250

_TAG = re.compile(rb"<(/?)([A-Za-z][A-Za-z0-9:-]*)([^<>]*)(>?)")
_VOID = frozenset((b"br", b"img", b"hr", b"input", b"meta", b"link", b"area", b"base", b"col", b"embed", b"source", b"track", b"wbr", b"param"))
_IMPLIED = frozenset((b"p", b"li", b"td", b"tr", b"th", b"option", b"dt", b"dd", b"tbody", b"thead"))  # a parser closes these itself
_LONG_TAG = 4_000
_QUOTED = re.compile(rb"=\s*(?:\"[^\"]*\"|'[^']*')")
_VOID_PAIRS = tuple(256 * a + b for a, b in (b"br", b"hr", b"im", b"in", b"me", b"wb"))
_LINK_PAIR = 256 * ord("l") + ord("i")  # <link, told from <li by its third letter
_P_PAIR = 256 * ord("p") + (ord(">") | 32)  # <p>: often left open
_CLOSE_P = (256 * ord("p") + (ord(">") | 32),)
_RAW = re.compile(rb"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def check_page(raw: bytes, *, where: str | None = None) -> bool:
    """Whether the page should be parsed in a worker. Raises `TooLargeError` when it meets a hard cap."""
    size = len(raw)
    if size > MAX_PAGE_BYTES:
        raise _too_large(f"{size:,} bytes of HTML", MAX_PAGE_BYTES, where, size)
    tags = raw.count(b"<")
    if tags > MAX_TAGS:
        raise _too_large(f"{tags:,} tags", MAX_TAGS, where, tags)
    attributes = raw.count(b"=")
    if attributes > MAX_ATTRIBUTES:
        raise _too_large(f"{attributes:,} attributes", MAX_ATTRIBUTES, where, attributes)
    longest = size if tags == 0 else max(map(len, raw.split(b"<"))) if size > MAX_TEXT_NODE else 0
    if longest > MAX_TEXT_NODE:
        raise _too_large(f"a text of {longest:,} bytes without a tag", MAX_TEXT_NODE, where, longest)
    crowded = _most_attributes(raw)
    if crowded > MAX_ON_ONE:
        raise _too_large(f"{crowded:,} attributes on one element", MAX_ON_ONE, where, crowded)
    if size <= _SOFT_BYTES and tags <= _SOFT_TAGS and _depth_bound(raw) <= _SOFT_DEPTH:
        return False
    depth, attributes, most = _depth(raw)
    if depth > MAX_DEPTH:
        raise _too_large(f"{depth:,} elements nested", MAX_DEPTH, where, depth)
    if attributes > MAX_ATTRIBUTES or most > MAX_ATTRIBUTES // 6:
        raise _too_large(f"{max(attributes, most):,} attributes", MAX_ATTRIBUTES, where, attributes)
    return True


def _most_attributes(raw: bytes) -> int:
    """Attributes on the most crowded element, of those whose tag is over 4 kB (parsers take quadratic time)."""
    import numpy as np

    codes = np.frombuffer(raw, dtype=np.uint8)
    opens, closes = np.flatnonzero(codes == 60), np.flatnonzero(codes == 62)
    ends = np.append(closes, len(codes))[np.searchsorted(closes, opens)]
    most = 0
    for start in opens[(ends - opens) > _LONG_TAG][:200]:
        if raw[start + 1 : start + 2].isalpha():
            end = raw.find(b">", start)
            tag = _QUOTED.sub(b"=v", raw[start : end if end >= 0 else len(raw)])
            most = max(most, len(tag.replace(b"=", b" ").split()))
    return most


def _depth_bound(raw: bytes) -> int:
    """A number no smaller than the deepest nesting, in a few passes over the bytes: every tag that is not closed
    and not one of the common void elements counts as open for ever."""
    import numpy as np

    codes = np.frombuffer(raw, dtype=np.uint8)
    at = np.flatnonzero(codes == 60)
    at = at[at < len(codes) - 3]
    first, second, third = ((codes[at + k] | 32).astype(np.int32) for k in (1, 2, 3))
    closing = first == 47  # "/" has bit 32 set already
    letter = (first >= 97) & (first <= 122)
    pair = first * 256 + second
    void = np.isin(pair, _VOID_PAIRS) | ((pair == _LINK_PAIR) & (third == 110)) | (pair == _P_PAIR)
    steps = np.where(closing, np.where(np.isin(second * 256 + third, _CLOSE_P), 0, -1), np.where(letter & ~void, 1, 0))
    depth = np.cumsum(steps)
    return int((depth - np.minimum.accumulate(np.minimum(depth, 0))).max()) if len(depth) else 0


def _too_large(what: str, limit: int, where: str | None, value: int) -> TooLargeError:
    return TooLargeError(f"{what}; the limit is {limit:,}. It is no news page as it stands", where=where, value=value)


def _depth(raw: bytes) -> tuple[int, int, int]:
    """(deepest nesting, attributes, most attributes on an element), counted by tags; scripts left out."""
    depth = deepest = attributes = most = 0
    for match in _TAG.finditer(_RAW.sub(b"", raw)):
        closing, name, rest, _ = match.groups()
        if closing:
            if name.lower() not in _IMPLIED:
                depth = max(0, depth - 1)
            continue
        if rest:
            count = rest.count(b"=")
            count = max(count, len(rest.split()) if len(rest) > 2000 else 0)
            attributes += count
            most = max(most, count)
        low = name.lower()
        if low not in _VOID and low not in _IMPLIED and not rest.endswith(b"/"):
            depth += 1
            deepest = max(deepest, depth)
    return deepest, attributes, most


def check_ratio(compressed: int, plain: int, *, where: str | None = None) -> None:
    """Raises `TooLargeError` when decompression blew up more than `MAX_RATIO` times beyond the first 1 MB."""
    if plain > 1_000_000 and plain > MAX_RATIO * max(1, compressed):
        raise TooLargeError(
            f"decompressing {compressed:,} bytes gave over {plain:,}: ratio over {MAX_RATIO}, a decompression bomb", where=where, value=plain
        )


def in_worker(function: Callable[..., T], *args: Any, where: str | None = None, seconds: float = WALL_SECONDS) -> T:
    """`function(*args)` in a child process that is killed after `seconds`. Raises `TooLargeError` when it was, or
    when it died of its memory limit; a `DocumentError` of the function is raised as it is."""
    import multiprocessing

    context: Any = multiprocessing.get_context("fork" if "fork" in multiprocessing.get_all_start_methods() else "spawn")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(send, function, args), daemon=True)
    child.start()
    send.close()
    try:
        if not receive.poll(seconds):
            raise TooLargeError(f"still being parsed after {seconds} s; given up", where=where, value=seconds)
        try:
            ok, value = receive.recv()
        except EOFError as error:
            raise TooLargeError("parsing it took more memory than is allowed", where=where) from error
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        receive.close()
    if not ok:
        raise value
    found: T = value
    return found


def _child(send: Any, function: Callable[..., Any], args: tuple[Any, ...]) -> None:
    from communique.errors import CommuniqueError, UnreadableError

    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    except (ImportError, ValueError, OSError):
        pass
    try:
        send.send((True, function(*args)))
    except CommuniqueError as error:
        send.send((False, error))
    except Exception as error:  # the parent must hear of it, whatever it is
        send.send((False, UnreadableError(f"parsing failed: {type(error).__name__}: {str(error)[:200]}")))
