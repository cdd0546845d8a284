"""The alias index: every name, demonym, capital, seat, organisation and role noun, found in one pass over words.

Text is cut into words (runs of letters and digits; every other mark is a word of its own, spaces are not words), so
"U.S.-led" and "Seoul's" fall apart where an alias may end. An alias is the tuple of its words, lower-cased and
without accents; the index maps the first word to the aliases that begin with it, longest first. Matching is on
whole words only. A word that is capitalised in the alias must be capitalised in the text; an acronym must stand in
capitals; role nouns match without case. Rejected: one regular expression per alias (thousands of scans a document)
and substring search ("Oman" in "Romania").
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Literal, NamedTuple

from communique import tables
from communique.text import fold_same_length

AliasKind = Literal[
    "country", "adjective", "people", "capital", "city", "seat", "territory", "org", "role", "person", "modifier"
]  # fmt: skip
_WORD = re.compile(r"[^\W_]+|[^\w\s]|_", re.UNICODE)
# Lower number wins where two aliases of the same length begin at one word.
_RANK: dict[str, int] = {
    "person": 0, "country": 1, "territory": 2, "seat": 3, "adjective": 4, "people": 5, "capital": 6, "org": 7, "role": 8,
    "modifier": 9, "city": 10,
}  # fmt: skip
# Acronyms that are also English words: in a line of capitals they are read as the word.
_WORD_LIKE = frozenset(
    {"US", "IS", "WHO", "ICE", "AA", "IT", "RAW", "CAR", "CARE", "PACE", "AU", "ARF", "IMO", "CAN", "MEND", "ALBA"}
)


class Word(NamedTuple):
    """A word of the text: offsets into the document, its form, and its key for comparison."""

    start: int
    end: int
    text: str
    key: str


class Entry(NamedTuple):
    """One alias and what it stands for. `words` are the forms as written in the table."""

    kind: AliasKind
    id: str | None
    name: str
    alias: str
    country: str | None = None
    sectors: tuple[str, ...] = ()
    igo: str | None = None
    office: str | None = None
    plural: bool = False
    own: bool = True
    words: tuple[str, ...] = ()


_Opened = dict[str, list[tuple[tuple[str, ...], list[Entry]]]]  # second key, "" for aliases of one word → aliases, longest first


class Hit(NamedTuple):
    """An alias found: word indices (half-open), and every reading of it, best first."""

    first: int
    last: int
    entries: tuple[Entry, ...]

    @property
    def entry(self) -> Entry:
        """The best reading."""
        return self.entries[0]


def _plain(char: str) -> str:
    if char < "\x80":
        return char
    return unicodedata.normalize("NFD", char)[0]


@functools.lru_cache(maxsize=65536)
def _key(form: str) -> str:
    return "".join(map(_plain, form)).lower() if not form.isascii() else form.lower()


def words_of(text: str, offset: int = 0) -> list[Word]:
    """The words of `text`; offsets are shifted by `offset`."""
    return [
        Word(m.start() + offset, m.end() + offset, m.group(), _key(m.group()))
        for m in _WORD.finditer(fold_same_length(text))
    ]


def keys_of(alias: str) -> tuple[str, ...]:
    """The comparison keys of an alias."""
    return tuple(_key(m.group()) for m in _WORD.finditer(fold_same_length(alias)))


class Index:
    """Aliases by first word. `extra` aliases of one document are laid over the shared ones with `over`.

    A table of ten thousand aliases costs only its first words until one is looked up: the aliases that begin with a
    word are cut and ordered when that word is first met, since a report meets a few hundred of them.
    """

    def __init__(self, base: Index | None = None) -> None:
        self._entries: dict[str, list[Entry]] = {}  # by first key, as they came
        self._opened: dict[str, _Opened] = {}
        self._base = base

    def add(self, entry: Entry) -> None:
        """Put an alias in. Readings of one alias are kept in order of kind; a role noun that is there already stays as it is."""
        first = _WORD.search(fold_same_length(entry.alias))
        if first is None:
            return
        key = _key(first.group())
        self._entries.setdefault(key, []).append(entry)
        self._opened.pop(key, None)

    def _under(self, first: str) -> _Opened | None:
        found = self._opened.get(first)
        if found is None and first in self._entries:
            found = self._opened[first] = _open(self._entries[first])
        return found

    def has(self, keys: tuple[str, ...]) -> bool:
        """Whether an alias with these keys is in it, or in the one below."""
        under = self._under(keys[0]) if keys else None
        here = under is not None and any(k == keys for k, _ in under.get(keys[1] if len(keys) > 1 else "", ()))
        return here or (self._base is not None and self._base.has(keys))

    def at(self, words: Sequence[Word], index: int, stop: int, *, caps: bool = False) -> Hit | None:
        """The longest alias that begins at `index` and ends by `stop`; the document's own win at equal length."""
        own = self._longest(words, index, stop, caps)
        other = self._base.at(words, index, stop, caps=caps) if self._base is not None else None
        if own is None or (other is not None and other.last > own.last):
            return other
        return own

    def _longest(self, words: Sequence[Word], index: int, stop: int, caps: bool) -> Hit | None:
        seconds = self._under(words[index].key)
        if seconds is None:
            return None
        second = seconds.get(words[index + 1].key, ()) if index + 1 < stop else ()
        for keys, entries in (*second, *seconds.get("", ())):
            size = len(keys)
            if index + size > stop:
                continue
            if size > 2 and any(words[index + k].key != keys[k] for k in range(2, size)):
                continue
            right = tuple(e for e in entries if _case_fits(e, words, index, caps))
            if right:
                return Hit(index, index + size, right)
        return None

    def find(self, words: Sequence[Word], first: int = 0, stop: int | None = None, *, caps: bool = False) -> list[Hit]:
        """Hits from left to right, longest first at each word, never overlapping."""
        end = len(words) if stop is None else stop
        out: list[Hit] = []
        at = first
        while at < end:
            hit = self.at(words, at, end, caps=caps)
            if hit is None:
                at += 1
            else:
                out.append(hit)
                at = hit.last
        return out


def _open(entries: Sequence[Entry]) -> _Opened:
    """The aliases that begin with one word, by their second key, longest first."""
    at: dict[tuple[str, ...], list[Entry]] = {}
    for entry in entries:
        forms = tuple(m.group() for m in _WORD.finditer(fold_same_length(entry.alias)))
        readings = at.setdefault(tuple(map(_key, forms)), [])
        if entry.kind != "role" or all(other.kind != "role" for other in readings):
            readings.append(entry._replace(words=forms))
    out: _Opened = {}
    for keys, readings in sorted(at.items(), key=lambda item: -len(item[0])):
        readings.sort(key=lambda e: _RANK[e.kind])
        out.setdefault(keys[1] if len(keys) > 1 else "", []).append((keys, readings))
    return out


def _case_fits(entry: Entry, words: Sequence[Word], index: int, caps: bool) -> bool:
    if entry.kind in ("role", "modifier"):
        if entry.alias.isupper():
            return words[index].text[:2].isupper()
        seen = words[index].text
        return caps or len(entry.words) > 1 or len(seen) > 5 or not seen.isupper()
    if caps and len(entry.words) == 1 and entry.alias in _WORD_LIKE:
        return False
    for k, form in enumerate(entry.words):
        seen = words[index + k].text
        if form.isupper() and form.isalpha() and len(form) > 1:
            if not seen.isupper():
                return False
        elif len(form) <= 4 and not form[1:].islower() and len(form) > 1 and form.isalpha():
            if seen != form:  # LeT, AfD: the case is what tells them from words
                return False
        elif form[0].isupper() and not seen[0].isupper():
            return False
    return True


@functools.cache
def country_names() -> dict[str, str]:
    """English name by ISO alpha-3."""
    return {row["iso3"]: row["name"] for row in tables.load("countries.json")["countries"]}


# --- building the shared index -----------------------------------------------------------------------


def plural_of(noun: str) -> str:
    """The plural of a role noun: its head is the word before " of ", " to ", " for ", " in ", else the last one."""
    head, tail = noun, ""
    if " " in noun or "-" in noun:
        found = re.match(r"^(.*?)( (?:of|to|for|in|general of) .*|-in-chief|-general)?$", noun)
        head, tail = (found[1], found[2] or "") if found else (noun, "")
    if head.endswith(("men", "people", "personnel", "police", "s'", "ss")) and not head.endswith("ss"):
        return head + tail
    if head.endswith("man") and not head.endswith(("human", "german")):
        return head[:-3] + "men" + tail
    if head.endswith("y") and head[-2:-1] not in "aeiou":
        return head[:-1] + "ies" + tail
    if head.endswith(("ch", "sh", "x", "ss")):
        return head + "es" + tail
    if head.endswith("s"):
        return head + tail
    return head + "s" + tail


def _without_article(names: list[str]) -> list[str]:
    """The names, those that only add an article to another left out."""
    bare = [n[4:] if n.startswith("the ") else n for n in names]
    return list(dict.fromkeys(n for n in bare if not (n.startswith("The ") and n[4:] in bare)))


def _states(rows: list[dict[str, Any]]) -> Iterable[Entry]:
    for row in rows:
        key, name, iso = row["id"], row["name"], row["iso3"]
        named = _without_article([name, *row["names"]])
        for alias in named:
            yield Entry("country", key, name, alias, iso)
        for alias in row["adjectives"]:
            if alias not in named:
                yield Entry("adjective", key, name, alias, iso)
        for single, plural in row["nouns"]:
            for alias in dict.fromkeys((single, plural)):
                if alias not in row["adjectives"]:
                    yield Entry("people", key, name, alias, iso, ("CVL",), plural=alias == plural)
        for alias in row["capitals"]:
            yield Entry("capital", key, name, alias, iso, ("GOV",))


def _territories(rows: list[dict[str, Any]]) -> Iterable[Entry]:
    for row in rows:
        key, name, iso = row["id"], row["name"], row["country"]
        extra = ("PRE",) if row["status"] == "disputed" and name not in ("Crimea", "Jammu and Kashmir") else ()
        for alias in [name, *row["names"]]:
            yield Entry("territory", key, name, alias, iso, extra)
        for alias in row["adjectives"]:
            yield Entry("adjective", key, name, alias, iso, extra)
            if not alias.endswith(("ese", "sh", "s", "i")) and alias != name:
                yield Entry("people", key, name, alias + "s", iso, ("CVL", *extra), plural=True)
        for alias in row["seats"]:
            yield Entry("capital", key, name, alias, iso, ("GOV", *extra))


def _countries(table: dict[str, Any]) -> Iterable[Entry]:
    yield from _states(table["countries"])
    yield from _territories(table["territories"])
    for row in table["seats"]:
        if row["government"]:
            iso = row["country"]
            yield Entry("seat", f"country:{iso}", row["name"], row["name"], iso, tuple(row["sectors"]))
    yield Entry("capital", "org:eu", "European Union", "Brussels", "BEL", ("GOV",), "EUR")
    for row in table["cities"]:
        for alias in row["names"]:
            yield Entry("city", f"country:{row['country']}", alias, alias, row["country"])


def _roles(table: dict[str, Any]) -> Iterable[Entry]:
    for row in table["roles"]:
        noun, sectors, own = row["noun"], tuple(row["sectors"]), row["own"]
        if noun.rsplit(" ", 1)[-1] in ("to", "at", "for", "in", "of"):
            continue  # "ambassador to" would hide the word that says that what follows is not whose he is
        yield Entry("role", None, noun, noun, sectors=sectors, office=row["office"], own=own)
        several = plural_of(noun)
        if several != noun:
            yield Entry("role", None, noun, several, sectors=sectors, office=row["office"], plural=True, own=own)
    for row in table["modifiers"]:
        scope = ";".join(row["of"])
        yield Entry("modifier", row["how"], row["word"], row["word"], sectors=(row["sector"],), office=scope)


@functools.cache
def shared_index() -> Index:
    """The index of all shipped tables; built once, on first use."""
    index = Index()
    for entry in _countries(tables.load("countries.json")):
        index.add(entry)
    for row in tables.load("organisations.json"):
        for alias in _without_article([row["name"], *row["names"]]):
            index.add(Entry("org", row["id"], row["name"], alias, row["country"], tuple(row["sectors"]), row["igo"]))
    for row in tables.load("people.json"):
        for alias in [row["name"], *row["names"], *row["bare"]]:
            index.add(Entry("person", row["id"], row["name"], alias, row["country"], office=row["office"]))
    for entry in _roles(tables.load("roles.json")):
        index.add(entry)
    return index
