"""Caps on hostile or broken input, and the killable worker.

lxml-based tools return nothing and say nothing for very deep or very large pages (notes/reading.md section 8), and
some take quadratic time. So a page is looked at as bytes before anything parses it: size, tags, nesting, attributes.
Beyond the hard caps it is refused by name; between soft and hard caps it is parsed in a child process with a wall
clock and a memory limit. Ordinary pages (all 602 of the development sets) meet neither and pay under a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
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
_CLOSE_P = (ord("p"), ord(">") | 32)
_RAW = re.compile(rb"<(script|style)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)


def check_page(raw: bytes, *, where: str | None = None) -> bool:
    """Whether the page should be parsed in a worker. Raises `TooLargeError` when it meets a hard cap."""
    import numpy as np

    size = len(raw)
    if size > MAX_PAGE_BYTES:
        raise _too_large(f"{size:,} bytes of HTML", MAX_PAGE_BYTES, where, size)
    codes = np.frombuffer(raw, dtype=np.uint8)
    opens = np.flatnonzero(codes == 60)
    tags = len(opens)
    if tags > MAX_TAGS:
        raise _too_large(f"{tags:,} tags", MAX_TAGS, where, tags)
    attributes = int(np.count_nonzero(codes == 61))
    if attributes > MAX_ATTRIBUTES:
        raise _too_large(f"{attributes:,} attributes", MAX_ATTRIBUTES, where, attributes)
    longest = size if tags == 0 else max(map(len, raw.split(b"<"))) if size > MAX_TEXT_NODE else 0
    if longest > MAX_TEXT_NODE:
        raise _too_large(f"a text of {longest:,} bytes without a tag", MAX_TEXT_NODE, where, longest)
    crowded = _most_attributes(raw, codes, opens)
    if crowded > MAX_ON_ONE:
        raise _too_large(f"{crowded:,} attributes on one element", MAX_ON_ONE, where, crowded)
    if size <= _SOFT_BYTES and tags <= _SOFT_TAGS and _depth_bound(codes, opens) <= _SOFT_DEPTH:
        return False
    depth, attributes, most = _depth(raw)
    if depth > MAX_DEPTH:
        raise _too_large(f"{depth:,} elements nested", MAX_DEPTH, where, depth)
    if attributes > MAX_ATTRIBUTES or most > MAX_ATTRIBUTES // 6:
        raise _too_large(f"{max(attributes, most):,} attributes", MAX_ATTRIBUTES, where, attributes)
    return True


def _most_attributes(raw: bytes, codes: Any, opens: Any) -> int:
    """Attributes on the most crowded element, of those whose tag is over 4 kB (parsers take quadratic time)."""
    import numpy as np

    most = looked = 0
    for start, end in _unclosed(raw, codes):
        first, last = np.searchsorted(opens, (start, end - _LONG_TAG))
        for at in opens[first : min(last, first + 200 - looked)]:
            looked += 1
            if raw[at + 1 : at + 2].isalpha():
                tag = _QUOTED.sub(b"=v", raw[at:end])
                most = max(most, len(tag.replace(b"=", b" ").split()))
    return most


def _unclosed(raw: bytes, codes: Any) -> Iterator[tuple[int, int]]:
    """Where over 4 kB stand without a ">": from behind one to the next. Each holds a whole block of half that size without
    one, and those are found in one pass."""
    half = _LONG_TAG // 2
    blocks = len(codes) // half
    end = -1
    for block in (~(codes[: blocks * half] == 62).reshape(blocks, half).any(axis=1)).nonzero()[0]:
        if block * half < end:
            continue  # of the stretch before
        start, end = raw.rfind(b">", 0, block * half) + 1, raw.find(b">", (block + 1) * half)
        end = len(raw) if end < 0 else end
        if end - start > _LONG_TAG:
            yield start, end


@cache
def _pair_table() -> Any:
    """Of each two first letters of a tag's name whether it counts as void."""
    import numpy as np

    table = np.zeros(1 << 16, dtype=bool)
    table[[*_VOID_PAIRS, _P_PAIR]] = True
    return table


def _depth_bound(codes: Any, opens: Any) -> int:
    """A number no smaller than the deepest nesting, in a few passes over the bytes: every tag that is not closed
    and not one of the common void elements counts as open for ever."""
    import numpy as np

    at = opens[: np.searchsorted(opens, len(codes) - 3)]
    if not len(at):
        return 0
    first, second, third = codes[at + 1] | 32, codes[at + 2] | 32, codes[at + 3] | 32
    pair = (first.astype(np.uint16) << 8) | second
    void = _pair_table()[pair] | ((pair == _LINK_PAIR) & (third == 110))
    steps = ((first >= 97) & (first <= 122) & ~void).astype(np.int32)
    steps -= (first == 47) & ~((second == _CLOSE_P[0]) & (third == _CLOSE_P[1]))  # "/" has bit 32 set already
    depth = np.cumsum(steps)
    return int((depth - np.minimum.accumulate(np.minimum(depth, 0))).max())


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
