"""Actor lists made elsewhere, read into one shape: Phoenix dictionaries, Wikidata-shaped CSV, FollowTheMoney JSON.

Nothing is taken on trust: codes that are no country and no sector of ours are dropped and named in `skipped`, and a line
that cannot be read is skipped and named, never half-read. Dates become half-open days; Phoenix and Wikidata end dates
are inclusive and move one day, a bare year means its first day. `overlay` lays the result over the shipped tables for
`lookup(phrase, index=...)`. CAMEO sectors are put into PLOVER's: MED (media) is JRN, HLH (health) is MED, INS and SEP
are REB (PLOVER 2.0 section 5.2 notes 3 and 4).
"""

from __future__ import annotations

import csv
import functools
import hashlib
import re
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from communique import tables
from communique.errors import UsageError
from communique.records import DateInterval, EntityRef, Record
from communique.resolve.lexicon import Entry, Index, keys_of, shared_index
from communique.text import digest

_SECTORS = {
    "COP": "COP", "GOV": "GOV", "JUD": "JUD", "LEG": "LEG", "MIL": "MIL", "PRM": "PRM", "PTY": "PTY", "REB": "REB", "SPY": "SPY",
    "UAF": "UAF", "AGR": "AGR", "BUS": "BUS", "CRM": "CRM", "CVL": "CVL", "EDU": "EDU", "ELI": "ELI", "LAB": "LAB", "OPP": "OPP",
    "REF": "REF", "REL": "REL", "MED": "JRN", "HLH": "MED", "INS": "REB", "SEP": "REB", "ENV": "SOC", "HRI": "SOC", "DEV": "SOC",
    "JRN": "JRN", "SOC": "SOC", "PRE": "PRE",
}  # fmt: skip
_OLD_CODES = {
    "ROM": "ROU", "TMP": "TLS", "ZAR": "COD", "PAL": "PSE", "WSB": "PSE", "GZS": "PSE", "KSV": "XKX", "KOS": "XKX", "BUR": "MMR",
    "SIN": "SGP", "GMY": "DEU", "SUN": "RUS", "SCG": "SRB", "YUG": "SRB",
}  # fmt: skip
_NON_STATE = frozenset(["IGO", "NGO", "IMG", "MNC", "ISM", "UNO", "EUR"])
_CODE = re.compile(r"\[([^\]]*)\]")


class Office(Record, frozen=True):
    """What an actor was, and when: `held` open where the list says no more."""

    country: str | None
    sectors: tuple[str, ...]
    igo: str | None
    held: DateInterval
    title: str | None = None


class ImportedActor(Record, frozen=True):
    """One actor of a list: its name, other names, and what it was when; `source` names the list and its key."""

    name: str
    names: tuple[str, ...]
    offices: tuple[Office, ...]
    kind: str
    source: str


class Import(Record, frozen=True):
    """The actors read, and the lines that could not be ("line 12: no code")."""

    actors: tuple[ImportedActor, ...]
    skipped: tuple[str, ...]


class ActorList(Record, frozen=True):
    """A list of actors as a store keeps it: its name (also the source in each actor's id), what was read and when."""

    name: str
    kind: str
    sha256: str
    at: str
    actors: tuple[ImportedActor, ...]
    skipped: tuple[str, ...]


_SHOWN = 20  # skipped lines that a list keeps
KINDS = ("phoenix", "wikidata", "ftm")


def read_list(path: Path, kind: str | None, *, name: str | None, at: str) -> ActorList:
    """The actors of a file of one of `KINDS`, as a list of that name (the file's own by default) imported at an instant;
    without a kind, of the one its first lines look like. Raises `UsageError` for a file of none of them, and for one
    without a single actor."""
    chosen = kind or _kind_of(path)
    if chosen not in KINDS:
        raise UsageError(f"{path}: kind {chosen!r} of actor list; there are {', '.join(KINDS)}", where=str(path), value=chosen)
    found = {"phoenix": read_phoenix, "wikidata": read_wikidata, "ftm": read_ftm}[chosen](path)
    if not found.actors:
        first = f" (first: {found.skipped[0]})" if found.skipped else ""
        raise UsageError(f"{path}: no actor in it that can be read as {chosen}{first}; name another --kind: {', '.join(KINDS)}", where=str(path))
    called = name or path.name
    actors = tuple(replace(a, source=called + a.source[len(path.name) :]) for a in found.actors)
    return ActorList(
        name=called, kind=chosen, sha256=hashlib.sha256(path.read_bytes()).hexdigest(), at=at, actors=actors, skipped=found.skipped[:_SHOWN]
    )


def _kind_of(path: Path) -> str:
    lines = [line.strip() for line in _text(path)[:20_000].splitlines() if line.strip() and not line.startswith("#")]
    if lines and lines[0].startswith("{"):
        return "ftm"
    if lines and "officeholderLabel" in lines[0]:
        return "wikidata"
    if any(_CODE.search(line) for line in lines[:200]):
        return "phoenix"
    raise UsageError(f"{path}: not an actor list that is known by its looks; say which with --kind: {', '.join(KINDS)}", where=str(path))


class Imported:
    """Actors of lists ready for resolving: `index` has their names over the shipped ones, `ref` gives one by its id
    with the office held on a day, `mark` tells one state of the lists from another. A name that the shipped tables
    have keeps their meaning."""

    def __init__(self, lists: Iterable[ActorList]) -> None:
        kept = list(lists)
        self.mark = digest(*(f"{one.name} {one.sha256}" for one in kept), length=8)
        self._actors = {_entity(a): a for one in kept for a in one.actors}
        self.index = Index(shared_index())
        for entity, actor in self._actors.items():
            office = actor.offices[-1] if actor.offices else None
            for alias in dict.fromkeys((actor.name, *actor.names)):
                keys = keys_of(alias)
                if sum(map(len, keys)) < 3 or not any(c.isupper() for c in alias):
                    continue  # initials and common nouns would name somebody in every text
                if shared_index().has(keys):
                    continue
                entry = Entry("person" if actor.kind == "person" else "org", entity, actor.name, alias)
                if office is not None:
                    entry = entry._replace(country=office.country, sectors=office.sectors, igo=office.igo)
                self.index.add(entry)

    def ref(self, entity: str | None, on: str | None) -> EntityRef | None:
        """The actor with this id and the office held on an ISO date; `None` when no list has it."""
        actor = self._actors.get(entity or "")
        return None if actor is None else as_ref(actor, on)

    def source(self, entity: str) -> str:
        """The list, and the key in it where it has one, that an id comes from."""
        return self._actors[entity].source


def _entity(actor: ImportedActor) -> str:
    return f"import:{actor.source}:{actor.name}"


def overlay(actors: Iterable[ImportedActor]) -> Index:
    """The shipped aliases with these laid over them, for `lookup(phrase, index=...)`; the last office counts."""
    index = Index(shared_index())
    for actor in actors:
        office = actor.offices[-1] if actor.offices else None
        entity = _entity(actor)
        for alias in (actor.name, *actor.names):
            entry = Entry("org", entity, actor.name, alias)
            if office is not None:
                entry = entry._replace(country=office.country, sectors=office.sectors, igo=office.igo)
            index.add(entry)
    return index


def as_ref(actor: ImportedActor, on: str | None = None) -> EntityRef:
    """The actor as a reference, with the office held on an ISO date (the last one without a date)."""
    held = [o for o in actor.offices if on is None or _holds(o.held, on)]
    office = held[-1] if held else None
    return EntityRef(
        entity=_entity(actor), name=actor.name,
        kind="person" if actor.kind == "person" else "organisation",
        country=office.country if office else None, sectors=office.sectors if office else (),
        igo=office.igo if office else None, office=office.title if office else None,
    )  # fmt: skip


def _holds(held: DateInterval, on: str) -> bool:
    return (held.start is None or held.start <= on) and (held.end is None or on < held.end)


# --- Phoenix (TABARI) -----------------------------------------------------------------------------------


def read_phoenix(path: Path) -> Import:
    """A Phoenix or PETRARCH actor dictionary: names with codes in brackets, dated or not, "+" lines as other names."""
    actors: list[ImportedActor] = []
    skipped: list[str] = []
    name, names, offices = "", [], []  # type: str, list[str], list[Office]

    def close() -> None:
        if name and offices:
            actors.append(
                ImportedActor(
                    name=name, names=tuple(names), offices=tuple(offices), kind="organisation", source=path.name
                )
            )

    for number, line in enumerate(_text(path).splitlines(), 1):
        body = line.split("#")[0].strip()
        if not body or body.startswith(("!", "<")):
            continue
        found = [_phoenix_office(code) for code in _CODE.findall(body)]
        good = [office for office in found if office is not None]
        alias = _phoenix_name(_CODE.sub("", body))
        if len(good) < len(found):
            skipped.append(f"line {number}: code not known in {body[:60]!r}")
        if body.startswith("+"):
            names.append(alias)
        elif alias:
            close()
            name, names, offices = alias, [], good
        else:
            offices += good
    close()
    return Import(actors=tuple(actors), skipped=tuple(skipped))


def _phoenix_name(text: str) -> str:
    words = re.sub(r"\{[^}]*\}", "", text).strip().lstrip("+").replace("_", " ").split()
    return " ".join(w if "." in w or (len(w) < 4 and "'" not in w and len(words) == 1) else w.title() for w in words)


def _phoenix_office(code: str) -> Office | None:
    """ "JPNGOVMIL 071101-080831" as an office, or `None` when it begins with no code we know."""
    parts = code.split()
    if not parts or not re.fullmatch(r"(?:[A-Z]{3})+", parts[0].upper()):
        return None
    pieces = [parts[0].upper()[i : i + 3] for i in range(0, len(parts[0]), 3)]
    country = next((iso for p in pieces if (iso := _iso(p)) is not None), None)
    igo = next((p for p in reversed(pieces) if p in _NON_STATE), None)
    sectors = tuple(dict.fromkeys(_SECTORS[p] for p in pieces if p in _SECTORS and _iso(p) is None))
    if country is None and igo is None:
        return None
    held = _phoenix_dates(parts[1]) if len(parts) > 1 else DateInterval(start=None, end=None)
    return Office(country=country, sectors=sectors, igo=igo, held=held) if held is not None else None


def _phoenix_dates(text: str) -> DateInterval | None:
    try:
        if text.startswith("<"):
            return DateInterval(start=None, end=_day(text[1:]))
        if text.startswith(">"):
            return DateInterval(start=_day(text[1:], after=True), end=None)
        first, last = text.split("-")
        start, end = _day(first), _day(last, after=True)
        if start >= end and len(first) == 6:
            start = f"{int(start[:4]) - 100:04d}{start[4:]}"  # "390101-671101" begins in the century in which it ends
        return DateInterval(start=start, end=end)
    except ValueError:
        return None


def _day(text: str, *, after: bool = False) -> str:
    """A yymmdd or yyyymmdd day; two-digit years from 40 on are of the last century, as in the TABARI lists."""
    if len(text) == 6:
        text = ("19" if int(text[:2]) >= 40 else "20") + text
    if len(text) != 8:
        raise ValueError(text)
    day = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    return (day + timedelta(days=1) if after else day).isoformat()


# --- Wikidata-shaped CSV --------------------------------------------------------------------------------


def read_wikidata(path: Path) -> Import:
    """A CSV with one tenure a row: `officeholderLabel`, `country`, `positionLabel`, `start_year` or `start`, `end_year`
    or `end`. Rows of one person are one actor. Raises `UsageError` when those columns are missing."""
    rows = list(csv.DictReader(_text(path).splitlines()))
    columns = set(rows[0]) if rows else set()
    if not {"officeholderLabel", "country", "positionLabel"} <= columns:
        raise UsageError(
            f"{path}: not a table of office holders; it needs the columns officeholderLabel, country, positionLabel",
            where=str(path),
        )
    people: dict[str, list[Office]] = {}
    skipped: list[str] = []
    for number, row in enumerate(rows, 2):
        iso = _iso_of_name(row["country"] or "")
        held = _years(row.get("start") or row.get("start_year"), row.get("end") or row.get("end_year"))
        if iso is None or held is None or not row["officeholderLabel"]:
            skipped.append(f"line {number}: no country, date or name that can be read")
            continue
        office = Office(country=iso, sectors=("GOV",), igo=None, held=held, title=row["positionLabel"])
        people.setdefault(row["officeholderLabel"], []).append(office)
    actors = [
        ImportedActor(name=name, names=(), offices=tuple(offices), kind="person", source=path.name)
        for name, offices in people.items()
    ]
    return Import(actors=tuple(actors), skipped=tuple(skipped))


def _years(start: str | None, end: str | None) -> DateInterval | None:
    try:
        first = (
            None
            if not start
            else f"{int(start):04d}-01-01"
            if len(start) <= 4
            else date.fromisoformat(start[:10]).isoformat()
        )
        last = None
        if end:
            whole = len(end) <= 4
            last = (
                f"{int(end) + 1:04d}-01-01" if whole else (date.fromisoformat(end[:10]) + timedelta(days=1)).isoformat()
            )
        return DateInterval(start=first, end=last)
    except ValueError:
        return None


# --- FollowTheMoney ---------------------------------------------------------------------------------------

_FTM_SECTORS = {"PublicBody": ("GOV",), "Company": ("BUS",), "Organization": (), "Person": (), "LegalEntity": ()}
_FTM_TOPICS = {
    "gov": "GOV", "gov.head": "GOV", "gov.executive": "GOV", "gov.legislative": "LEG", "gov.judicial": "JUD", "gov.security": "SPY",
    "gov.national": "GOV", "pol.party": "PTY", "role.judge": "JUD", "role.diplo": "GOV", "role.journo": "JRN", "role.act": "CVL",
    "role.spy": "SPY", "crime": "CRM", "crime.terror": "REB", "mil": "MIL", "rel": "REL", "role.oligarch": "BUS",
}  # fmt: skip


def read_ftm(path: Path) -> Import:
    """FollowTheMoney entities, one JSON object a line: persons and bodies with name, alias, country and topics."""
    actors: list[ImportedActor] = []
    skipped: list[str] = []
    for number, line in enumerate(_text(path).splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = msgspec.json.decode(line)
            actor = _ftm_actor(row, path.name)
        except (msgspec.DecodeError, TypeError, KeyError, AttributeError, ValueError):
            actor = None
        if actor is None:
            skipped.append(f"line {number}: not a person or body with a name")
        else:
            actors.append(actor)
    return Import(actors=tuple(actors), skipped=tuple(skipped))


def _ftm_actor(row: dict[str, Any], source: str) -> ImportedActor | None:
    schema, facts = row["schema"], row["properties"]
    names = [str(n) for n in facts.get("name", ())]
    if schema not in _FTM_SECTORS or not names:
        return None
    places = [*facts.get("nationality", ()), *facts.get("country", ()), *facts.get("jurisdiction", ())]
    country = next((iso for p in places if (iso := _iso_of_code(str(p))) is not None), None)
    topics = tuple(dict.fromkeys(_FTM_TOPICS[t] for t in facts.get("topics", ()) if t in _FTM_TOPICS))
    title = next(iter(facts.get("position", ())), None)
    office = Office(
        country=country,
        sectors=topics or _FTM_SECTORS[schema],
        igo=None,
        held=DateInterval(start=None, end=None),
        title=title,
    )
    others = tuple(dict.fromkeys([*names[1:], *(str(a) for a in facts.get("alias", ()))]))
    kind = "person" if schema == "Person" else "organisation"
    return ImportedActor(name=names[0], names=others, offices=(office,), kind=kind, source=f"{source}#{row['id']}")


# --- shared ---------------------------------------------------------------------------------------------


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig", "replace").replace("\x1a", "")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror})", where=str(path)) from error


@functools.cache
def _codes() -> tuple[frozenset[str], dict[str, str], dict[str, str]]:
    rows = tables.load("countries.json")["countries"]
    names = {n.lower(): r["iso3"] for r in rows for n in [r["name"], *r["names"]]}
    return frozenset(r["iso3"] for r in rows), {r["iso2"].lower(): r["iso3"] for r in rows}, names


def _iso(code: str) -> str | None:
    code = _OLD_CODES.get(code, code)
    return code if code in _codes()[0] else None


def _iso_of_code(code: str) -> str | None:
    return _codes()[1].get(code.lower()) or _iso(code.upper())


def _iso_of_name(name: str) -> str | None:
    plain = name.lower().removeprefix("the ")
    return _codes()[2].get(plain) or _codes()[2].get(name.lower())
