"""Bytes to text: which encoding, said out loud, and when bytes are no text at all.

Order: byte-order mark, the charset the container states (when it decodes strictly), UTF-8, UTF-16 without a
mark (NULs in every other byte), then charset-normalizer over a sample. Lone surrogates can't be stored as
UTF-8, so a text that holds them is refused; NUL bytes outside UTF-16 mean binary and are refused as well.
"""

from __future__ import annotations

import codecs
import re

from communique.errors import TooLargeError, UnreadableError

MAX_TEXT_BYTES = 8_000_000  # a book is 1-2 MB; the longest page in the development sets is 2.4 MB
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROLS = bytes([*range(0x00, 0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,30})", re.IGNORECASE)
_WIDER = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252", "ascii": "cp1252", "gb2312": "gb18030",
          "gbk": "gb18030", "x-sjis": "cp932", "shift_jis": "cp932", "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-31j": "cp932"}  # fmt: skip


def check_text(text: str, *, where: str | None = None) -> str:
    """The text itself. Raises `UnreadableError` for lone surrogates, NULs, control bytes or nothing but space."""
    try:
        text.encode("utf-8")  # many times faster than a search for one
    except UnicodeEncodeError as error:
        at = error.start
        raise UnreadableError(
            f"lone surrogate U+{ord(text[at]):04X} at offset {at}: not valid Unicode; save the text as UTF-8 again", where=where, value=at
        ) from None
    return _check_plain(text, where)


def _check_plain(text: str, where: str | None) -> str:
    """The checks a text strictly decoded from bytes still needs."""
    if "\x00" in text:
        raise UnreadableError(f"NUL byte at offset {text.index(chr(0))}: binary, not text", where=where, value=text.index("\x00"))
    return _check_readable(text, where)


def _check_readable(text: str, where: str | None) -> str:
    """The same for one without NULs."""
    if not text or text.isspace():
        raise UnreadableError("empty: there is no text in it", where=where)
    start = text[:20_000].encode("latin-1", "replace")
    controls = len(start) - len(start.translate(None, _CONTROLS))
    if controls > 4 and controls > min(len(text), 20_000) // 100:
        raise UnreadableError(f"{controls} control characters in its beginning: binary, not text", where=where, value=controls)
    return text


def _bare_utf16(raw: bytes) -> str | None:
    """"utf-16-le" or "utf-16-be" when NULs stand in every other byte of the beginning."""
    head = raw[:4000]
    if len(head) < 4 or b"\x00" not in head:
        return None
    even, odd = head[0::2].count(0) / len(head[0::2]), head[1::2].count(0) / len(head[1::2])
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    if even > 0.4 and odd < 0.1:
        return "utf-16-be"
    return None


def _guess(raw: bytes) -> str | None:
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:40_000]).best()
    return best.encoding if best is not None else None


_ASCII = bytes(range(0x80))
_WESTERN = bytes([0x80, 0x85, *range(0x91, 0x98), 0x99, 0xA0, 0xA3, 0xA7, 0xA9, 0xAB, 0xAE, 0xB0, 0xB4, 0xB7, 0xBB, 0xBD, 0xBF, *range(0xC0, 0xFF)])


def _is_western(raw: bytes) -> bool:
    """Whether bytes that are no UTF-8 are Windows-1252: nearly all ASCII, the others its quotes, dashes and letters. A guess by
    frequencies has too little to go by there, and took Central European pages for English text with a few accents."""
    high = raw.translate(None, _ASCII)
    cut = raw[:-3].isascii() and not raw[-1:].isascii()  # a character of UTF-8 that the end of the file cut off
    letters = len(high.translate(None, bytes(range(0x80, 0xC0))))
    few = letters <= 0.025 * len(raw) and 0 < len(high) <= 0.06 * len(raw)
    return few and not high.translate(None, _WESTERN) and not cut and raw.decode("utf-8", "ignore").isascii()


def _shifted(raw: bytes) -> tuple[str, str] | None:
    """Text in ISO-2022, which switches its sets by escapes and is ASCII as bytes."""
    if b"\x1b$" not in raw[:4096] or not raw.isascii():
        return None
    for name in ("iso2022_jp", "iso2022_jp_ext", "iso2022_kr"):
        text = _strict(raw, name)
        if text is not None and "\x1b" not in text:
            return text, name
    return None


def _strict(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _declared(declared: str | None, raw: bytes, markup: bool) -> str | None:
    if declared is None and markup:
        match = _META_CHARSET.search(raw, 0, 4096)
        declared = match[1].decode("ascii") if match is not None else None
    if declared is None:
        return None
    name = declared.strip("\"' ").lower()
    return _WIDER.get(name, name)


def decode_bytes(raw: bytes, *, declared: str | None = None, where: str | None = None, markup: bool = False) -> tuple[str, str]:
    """(text, encoding name). `declared` is what the container says (HTTP, mail). In `markup` stray NULs are
    blanked, one for one, as browsers do, a `<meta charset>` counts as declared, and bytes that break the encoding
    become U+FFFD where they are rare ("utf-8, repaired"). Raises `UnreadableError` or `TooLargeError`."""
    if len(raw) > MAX_TEXT_BYTES:
        raise TooLargeError(f"{len(raw):,} bytes of text; the limit is {MAX_TEXT_BYTES:,}. Split it", where=where, value=len(raw))
    for mark, name in _BOMS:
        if raw.startswith(mark):
            text = _strict(raw, name)
            if text is None:
                raise UnreadableError(f"starts with the mark of {name} but does not decode as it", where=where)
            return _check_plain(text, where), name
    wide = _bare_utf16(raw)
    if wide is not None:
        text = _strict(raw[: len(raw) // 2 * 2], wide)
        if text is not None:
            return _check_plain(text, where), wide
    text, name = _decode_plain(raw, _declared(declared, raw, markup), where)
    if name == "utf-8" and b"\x00" not in raw:  # bytes are searched many times faster
        return _check_readable(text, where), name
    if markup and "\x00" in text:
        text = text.replace("\x00", " ")
    return _check_plain(text, where), name


def _decode_plain(raw: bytes, declared: str | None, where: str | None) -> tuple[str, str]:
    shifted = _shifted(raw)
    if shifted is not None:
        return shifted
    for name in ("utf-8", declared):
        text = _strict(raw, name) if name else None
        if text is not None and name is not None:
            return text, name
    if declared is None and _is_western(raw):
        return raw.decode("cp1252", "replace"), "cp1252"
    mended = raw.decode("utf-8", "replace")
    bad = mended.count("\ufffd")
    if declared in (None, "utf-8", "utf8") and bad <= max(3, len(mended) // 2000):
        return mended, "utf-8, repaired"
    if b"\x00" in raw[:100_000]:
        raise UnreadableError("NUL bytes in it: binary, not text", where=where)
    guess = _guess(raw)
    if guess is None:
        raise UnreadableError("no text encoding fits these bytes; save it as UTF-8", where=where)
    return raw.decode(guess, "replace"), guess
