"""HTML → one frozen text with the span and element path of each line, and which lines are main text.

The walk is ours because no extractor gives offsets: every visible text node is written once, in page order, one
block element a line, and later stages only label lines of that text. The main text is chosen by trafilatura on
the same tree (precision mode: best of its modes on news, notes/reading.md section 2); its paragraphs are found
again among our lines, so what it rewrites or drops never reaches the record.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from communique.records import Span

_SKIP = frozenset(
    (
        "script", "style", "noscript", "template", "svg", "iframe", "object", "embed", "canvas", "audio", "video", "math",
        "head", "select", "option", "datalist", "button", "input", "textarea", "map", "area", "dialog",
    )
)  # fmt: skip
_INLINE = frozenset(
    (
        "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "ins",
        "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u",
        "var", "wbr", "nobr", "td", "th",
    )
)  # fmt: skip
_CELLS = ("td", "th")  # a row of a data table is one line; cells that hold blocks break it themselves
_ROLES = {  # what class and id names hint at; where several stand in them, the leftmost counts
    "byline": "by-?line author writer contributor", "caption": "caption cutline credit", "comments": "comment disqus",
    "related": "related recommend most-?read trending teaser promo more- also recirc outbrain taboola", "share": "share social follow",
    "nav": r"\bnav menu breadcrumb header topbar", "footer": "footer copyright legal",
    "signup": "newsletter subscri paywall signup sign-up login cookie consent", "ad": r"\bads?\b advert sponsor", "date": "date timestamp published pubtime",
    "title": "headline title", "tagged": r"\btags?\b topics? keyword", "sidebar": "sidebar widget aside rail",
    "content": "article-?(?:body|text|content) story-?(?:body|text|content) post-?(?:body|text|content) entry-?content main-?content",
}  # fmt: skip
_PATH = 4  # elements of the path kept for a line: enough to tell figure>figcaption and li>a from div>p


@cache
def _role_pattern() -> re.Pattern[str]:
    """Any name of `_ROLES`, in small letters. One branch a first letter: that letter alone rules out most places, which
    makes it a dozen times as fast as the names side by side."""
    branches: dict[str, list[str]] = {}
    for name in " ".join(_ROLES.values()).split():
        bare = name.removeprefix(r"\b")
        branches.setdefault(bare[0], []).append((rf"(?<=\b{bare[0]})" if bare != name else "") + bare[1:])
    return re.compile("|".join(f"{letter}(?:{'|'.join(rest)})" for letter, rest in branches.items()))


@cache  # as many as `_role_pattern` matches, about eighty
def _role_of(name: str) -> str:
    return next(role for role, names in _ROLES.items() if re.fullmatch(names.replace(" ", "|"), name))


class Flat:
    """The text of a page and its lines; filled by `flatten`."""

    __slots__ = ("_children", "_roles", "length", "line", "parts", "path", "spans", "tags")

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.spans: list[Span] = []
        self.tags: list[str] = []
        self.line: list[str] = []
        self.path: str = ""
        self._roles: dict[str, str] = {}
        self._children: dict[tuple[str, str], str] = {}

    def role(self, attributes: str) -> str:
        """The role that class and id names hint at ("byline", "related", …), or ""."""
        found = self._roles.get(attributes)
        if found is None:
            match = _role_pattern().search(attributes.lower())
            found = self._roles[attributes] = _role_of(match[0]) if match is not None else ""
        return found

    def child(self, path: str, name: str) -> str:
        """The path of an element: the last `_PATH` elements, divisions in a row as one."""
        found = self._children.get((path, name))
        if found is None:
            plain = name in ("div", "section", "body", "center")
            last = path.rsplit(">", 1)[-1]
            if plain and (not path or last == "div"):
                found = path or "div"
            else:
                found = ">".join([*(path.split(">")[-(_PATH - 1) :] if path else ()), "div" if plain else name])
            self._children[path, name] = found
        return found

    def flush(self, path: str) -> None:
        """End the line; nothing when it holds only white space."""
        if not self.line:
            return
        text = " ".join("".join(self.line).split())
        self.line = []
        if text:
            self.parts.append(text)
            self.spans.append(Span(self.length, self.length + len(text)))
            self.tags.append(path)
            self.length += len(text) + 1


def flatten(root: Any) -> tuple[str, tuple[Span, ...], tuple[str, ...]]:  # noqa: C901 - the hot loop: calls cost more than they explain
    """(text, line spans, path of each line) of an lxml tree; the tree is not changed."""
    flat = Flat()
    paths: list[str] = [""]
    body = root.find(".//body") if root.tag != "body" else root
    start = body if body is not None else root
    todo: list[Any] = [start]
    while todo:
        node = todo.pop()
        if node.__class__ is tuple:  # the end of an element
            tail, block = node
            if block:
                flat.flush(paths[-1])
                paths.pop()
            if tail:
                flat.line.append(tail)
            continue
        tag = node.tag
        tail = node.tail
        if tag.__class__ is not str or tag in _SKIP:
            if tail:
                flat.line.append(tail)
            continue
        if tag in _INLINE:
            if tag in _CELLS:
                flat.line.append(" ")
            if node.text:
                flat.line.append(node.text)
            if len(node):
                if tail:
                    todo.append((tail, False))
                todo.extend(reversed(node))
            elif tail:
                flat.line.append(tail)
            continue
        if tag == "br" or tag == "hr":
            flat.flush(paths[-1])
            if tail:
                flat.line.append(tail)
            continue
        flat.flush(paths[-1])
        name = tag
        attributes = (node.get("class") or "") + " " + (node.get("id") or "")
        if attributes != " ":
            role = flat.role(attributes)
            if role:
                name = tag + "." + role
        path = flat.child(paths[-1], name)
        paths.append(path)
        todo.append((tail, True))
        if node.text:
            flat.line.append(node.text)
        if len(node):
            todo.extend(reversed(node))
    flat.flush("")
    return "\n".join(flat.parts), tuple(flat.spans), tuple(flat.tags)


def parse_page(raw: bytes | str) -> tuple[Any, str]:
    """(lxml tree, encoding) of a page. Raises `UnreadableError` when no tree comes of it."""
    from lxml import html as lxml_html

    from communique.errors import UnreadableError
    from communique.ingest import decode

    text, encoding = decode.decode_bytes(raw, markup=True) if isinstance(raw, bytes) else (raw, "str")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1)
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except Exception as error:  # lxml raises ParserError, XMLSyntaxError, AssertionError and ValueError alike
        raise UnreadableError(f"no HTML can be made of it: {error}") from error
    return tree, encoding


# --- main text -----------------------------------------------------------------------------------------


def _compact(text: str) -> str:
    return "".join(text.replace("|", " ").split())


def main_lines(text: str, spans: tuple[Span, ...], extracted: str) -> tuple[Span, ...]:
    """The lines of `text` (as `flatten` makes them: white space is single spaces) that an extractor's output holds:
    short ones must be a line of it, long ones lie in it or share half of their 4-word shingles with it. What the
    output holds once is taken once, from the place on the page where most of it stands together (the body, not a
    teaser that repeats its first sentence)."""
    output = [_compact(line.lstrip("-•* ")) for line in extracted.split("\n")]
    whole, single = "".join(output), frozenset(output)
    found: list[tuple[int, int, int]] = []  # line, where it stands in `whole`, its length there
    shared = _Shared(extracted)
    cursor = 0
    for i, line in enumerate(text.replace("|", "").replace(" ", "").split("\n")):
        size = len(line)
        if size < 25 and line not in single:
            continue
        at = whole.find(line, cursor)
        at = whole.find(line, 0, cursor + size) if at < 0 else at
        if at >= 0:
            found.append((i, at, size))
            cursor = at + size if size >= 25 else cursor
        elif size > 60 and shared.half(text[spans[i].start : spans[i].end]):
            found.append((i, -1, size))
    keep = shared.new(_uncovered(found, len(whole)), found, text, spans)
    return tuple(s for i, s in enumerate(spans) if i in keep)


class _Shared:
    """Whether a text shares half of its 4-word shingles with the output, which is looked at on first use only: most texts
    that do not are told by single words, so the output's shingles are never made."""

    def __init__(self, output: str) -> None:
        self.output = output
        self.words: frozenset[str] | None = None
        self.spaced = ""

    def half(self, text: str) -> bool:
        if self.words is None:
            words = self.output.split()
            self.words, self.spaced = frozenset(words), f" {' '.join(words)} "
        grams = _grams(text)
        known = self.words
        likely = [g for g in grams if g[0] in known and g[1] in known and g[2] in known and g[3] in known]
        if not grams or len(likely) < 0.5 * len(grams):
            return False
        return sum(f" {' '.join(g)} " in self.spaced for g in likely) >= 0.5 * len(grams)

    def new(self, keep: set[int], found: list[tuple[int, int, int]], text: str, spans: tuple[Span, ...]) -> set[int]:
        """`keep` with those lines found by shingles alone that are not yet said by the lines kept."""
        loose = [i for i, at, _ in found if at < 0]
        if not loose:
            return keep
        said = {g for i in keep for g in _grams(text[spans[i].start : spans[i].end])}
        for i in loose:
            grams = _grams(text[spans[i].start : spans[i].end])
            if sum(g in said for g in grams) < 0.5 * len(grams):
                keep.add(i)
                said.update(grams)
        return keep


def _grams(text: str) -> list[tuple[str, ...]]:
    words = text.split()
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))


def _uncovered(found: list[tuple[int, int, int]], size: int) -> set[int]:
    """The lines to keep: runs of neighbouring lines, longest first, each only where nothing stands yet."""
    runs: list[list[tuple[int, int, int]]] = []
    for item in found:
        if runs and item[0] - runs[-1][-1][0] <= 4:
            runs[-1].append(item)
        else:
            runs.append([item])
    covered = bytearray(size)
    keep: set[int] = set()
    for run in sorted(runs, key=lambda r: -sum(x[2] for x in r)):
        for i, at, length in run:
            if at >= 0 and covered.count(1, at, at + length) <= length // 2:
                covered[at : at + length] = b"\x01" * length
                keep.add(i)
    return keep


# What trafilatura takes out of its copy before it looks for text. It makes three copies and searches them first, so taking
# these out beforehand saves a third of its time and changes nothing. The first can't hold others of their kind.
_UNREAD_SINGLE = ("script", "style", "head", "input", "source", "link", "textarea")
_UNREAD = ("svg", "nav", "aside", "footer", "button", "select", "noscript", "iframe", "picture", "video", "label", "audio", "canvas", "object", "time")


def _drop_unread(tree: Any) -> None:
    """The tree without those elements, text behind them kept. Where one stands in another of its kind trafilatura takes out
    some of them only: that kind stays as it is, and so does what such elements stand in. Scripts that tell of a forum stay as well."""
    from lxml import etree

    kept: set[str] = set()
    for node in tree.iter(*_UNREAD):
        if next(node.iterancestors(node.tag), None) is not None:
            kept.update(above.tag for above in node.iterancestors(*_UNREAD, *_UNREAD_SINGLE))
    if any("DiscussionForumPosting" in (node.text or "") for node in tree.iter("script")):
        kept.update(("script", "head"))
    etree.strip_elements(tree, *(tag for tag in (*_UNREAD_SINGLE, *_UNREAD) if tag not in kept), with_tail=False)


def extract_main(tree: Any, url: str | None) -> str:
    """trafilatura's main text of the tree, in precision mode without its slow fallbacks; "" when it finds none. The
    tree is of no use afterwards."""
    from trafilatura import bare_extraction

    _drop_unread(tree)
    found = bare_extraction(tree, url=url, favor_precision=True, fast=True, include_comments=False, include_tables=True, with_metadata=False)
    text = getattr(found, "text", None) if found is not None else None
    return text or ""


def fast_page(page: str) -> tuple[str, tuple[Span, ...], tuple[Span, ...]]:
    """(text, line spans, main lines) of a page by resiliparse alone: a tenth of trafilatura's time, less exact, and
    no element paths. Both texts come from one parse; the main text is found again in the whole one."""
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(page)
    whole = extract_plain_text(tree, preserve_formatting=True, list_bullets=False, alt_texts=False)
    main = extract_plain_text(tree, main_content=True, preserve_formatting=True, list_bullets=False, alt_texts=False)
    kept = [" ".join(line.split()) for line in str(whole).split("\n")]
    kept = [line for line in kept if line]
    spans, at = [], 0
    for line in kept:
        spans.append(Span(at, at + len(line)))
        at += len(line) + 1
    text = "\n".join(kept)
    return text, tuple(spans), main_lines(text, tuple(spans), str(main))


# After "<", in bytes: they are searched in a third of the time, and the first letter alone rules out most elements.
_STATED_TAGS = (
    rb"title\b.*?</title\s*>|meta\b[^>]*>|link\b[^>]*\bcanonical\b[^>]*>|script\b[^>]{0,200}\bld\+json\b.*?</script\s*>|h1\b.{0,2000}?</h1\s*>"
    rb"|time\b[^>]*>|a\b[^>]{0,300}\brel=[\"']?author\b.{0,500}?</a\s*>"
)
_STATED = re.compile(rb"<(?=[atmlshATMLSH])(?:" + _STATED_TAGS + rb")", re.IGNORECASE | re.DOTALL)
_ROOT = re.compile(rb"<html\b[^>]{0,500}>", re.IGNORECASE)


def stated_only(page: bytes) -> str:
    """A page in UTF-8 without all but the elements in which it speaks of itself: fit for `metadata.read_hints`, parsed in a
    fraction of the time."""
    root = _ROOT.search(page, 0, 5000)
    stated = (root[0] if root is not None else b"<html>") + b"<body>" + b"\n".join(_STATED.findall(page)) + b"</body></html>"
    return stated.decode("utf-8", "replace")
