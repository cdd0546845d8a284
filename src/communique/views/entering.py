"""What people write for a record's fields, made the field's value: one reading for the command line and the pages.

"Japan; Gen Nakatani | JPN" are parties, "2025-09" is a month, "Seoul" a place with its point. What begins like JSON is
taken as JSON, in the form that `communique show ID --json` prints, so that nothing is out of reach.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterable
from typing import Any, get_args

import msgspec

from communique import tables
from communique.errors import UsageError
from communique.records import EventType, Modality, Participant, Quad, Span, When, Where
from communique.resolve.places import rank_places
from communique.views.codes import country_name

SAID = "said by a reviewer"
_CLOSED: dict[str, tuple[str, ...]] = {"type": get_args(EventType), "modality": get_args(Modality), "quad": get_args(Quad)}
_NONE = frozenset({"", "none", "null", "unknown"})


def field_value(field: str, written: str, record: Any) -> Any:
    """The value, as plain data, that the words mean for this field of this mention or event. Raises `UsageError` that says
    what is accepted."""
    text = written.strip()
    if text[:1] in ("[", "{"):
        return _from_json(field, text)
    if field in _CLOSED:
        return None if field == "quad" and text.lower() in _NONE else _one_of(field, text, _CLOSED[field])
    if field == "mode":
        return None if text.lower() in _NONE else _one_of("mode", text, tables.modes(record.type), of=record.type)
    if field == "contexts":
        known = (*tables.choices("context"), *record.contexts)
        return [] if text.lower() in _NONE else sorted({_one_of("context", v, known) for v in re.split(r"[,;]", text) if v.strip()})
    if field in ("actors", "recipients", "about"):
        return msgspec.to_builtins([] if text.lower() in _NONE else parties(text, getattr(record, field)))
    if field == "when":
        return msgspec.to_builtins(interval(text))
    if field == "where":
        return None if text.lower() in _NONE else msgspec.to_builtins(place(text))
    if field in ("trigger", "evidence"):
        spans = [_span(field, part) for part in text.split(";")]
        return spans[0] if field == "trigger" else spans
    return _plain(field, text)


def _from_json(field: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(f"{field}: this begins like JSON and is none: {error}", value=text) from None


def _plain(field: str, text: str) -> Any:
    if field == "negated":
        return _one_of("answer", text, ("true", "false")) == "true"
    if field in ("plover_score", "goldstein"):
        if text.lower() in _NONE:
            return None
        try:
            return float(text)
        except ValueError:
            raise UsageError(f"{field} {text!r} is not a number", value=text) from None
    if field == "attribution":
        raise UsageError("attribution takes JSON, in the form that `communique show ID --json` prints", value=text)
    return None if text == "null" else text


def _one_of(name: str, text: str, accepted: Iterable[str], *, of: str = "") -> str:
    found = {_plainly(v): v for v in accepted}
    if _plainly(text) not in found:
        there = f"{of} has" if of else "there are"
        raise UsageError(f"no {name} {text.strip()!r}; {there}: {', '.join(found.values()) or 'none'}", value=text)
    return found[_plainly(text)]


def _plainly(text: str) -> str:
    return re.sub(r"[\s_-]+", " ", text.strip().lower())


def parties(written: str, old: Iterable[Participant] = ()) -> tuple[Participant, ...]:
    """Parties from "name", "name | ISO code" or a code or id, one a line or parted by ";". One that the record has already
    stays as it is, with its words."""
    known = {(p.name.casefold(), p.country): p for p in old}
    named = {p.name.casefold(): p for p in old}
    out: list[Participant] = []
    for piece in re.split(r"[;\n]", written.replace("\r", "")):
        name, bar, code = (part.strip() for part in piece.partition("|"))
        if not name:
            continue
        country = _country(code) if bar and code else None
        kept = known.get((name.casefold(), country)) or (None if bar and code else named.get(name.casefold()))
        out.append(kept or _party(name, country))
    return tuple(out)


def _country(code: str) -> str:
    found = tables.party(code)
    if ":" in found:
        raise UsageError(f"{code!r} is no country's ISO alpha-3 code", value=code)
    return found


def _party(name: str, country: str | None) -> Participant:
    try:
        found = tables.party(name)
    except UsageError:
        if re.fullmatch(r"[A-Z]{3}", name):
            raise
        found = ""
    if found and ":" not in found and country in (None, found):
        return Participant(span=None, text=None, entity=f"country:{found}", name=country_name(found) or name, country=found, kind="country")
    kind = found.partition(":")[0]
    for table, label in (("organisations.json", "organisation"), ("people.json", "person")):
        row = next((r for r in tables.load(table) if r["id"] == found), None) if kind in ("org", "person") else None
        if row is not None and country in (None, row["country"]):
            return Participant(span=None, text=None, entity=found, name=row["name"], country=row["country"], kind=label)  # type: ignore[arg-type]
    return Participant(span=None, text=None, entity=found if ":" in found and ":" in name else None, name=name, country=country)


def interval(written: str) -> When:
    """A day, month or year, or "FIRST/DAY AFTER THE LAST"; unknown for nothing."""
    if written.strip().lower() in _NONE:
        return When()
    start, bar, end = (part.strip() for part in written.partition("/"))
    try:
        first, after, grain = _stretch(start)
        if bar:
            return When(start=first.isoformat(), end=_stretch(end)[0].isoformat(), grain="period", basis="stated", rule=SAID)
    except ValueError:
        raise UsageError(f"when {written!r}: give a day (2025-09-08), a month (2025-09), a year, or first/day after the last", value=written) from None
    return When(start=first.isoformat(), end=after.isoformat(), grain=grain, basis="stated", rule=SAID)  # type: ignore[arg-type]


def _stretch(text: str) -> tuple[dt.date, dt.date, str]:
    if re.fullmatch(r"\d{4}", text):
        return dt.date(int(text), 1, 1), dt.date(int(text) + 1, 1, 1), "year"
    if month := re.fullmatch(r"(\d{4})-(\d{2})", text):
        first = dt.date(int(month[1]), int(month[2]), 1)
        return first, (first + dt.timedelta(days=32)).replace(day=1), "month"
    day = dt.date.fromisoformat(text)
    return day, day + dt.timedelta(days=1), "day"


def place(written: str) -> Where:
    """A place by its name, or "name | ISO code" where there are several; its point from the gazetteer, none where that has
    no such name."""
    name, bar, code = (part.strip() for part in written.partition("|"))
    country = _country(code) if bar and code else None
    text = f"{name}, {country_name(country)}" if country else name
    best = rank_places(text, [Span(0, len(name))], demonyms=False)[0]
    if best is None or math.isnan(best.entry.lat) or country not in (None, best.entry.country):
        return Where(name=name, country=country, lat=None, lon=None, basis="stated", span=None)
    found = best.entry
    return Where(name=found.name, country=found.country, lat=found.lat, lon=found.lon, basis="stated", span=None, radius_km=found.radius_km)


def _span(field: str, text: str) -> Any:
    at = re.fullmatch(r"\s*(\d+)-(\d+)\s*", text)
    if at is None or int(at[1]) >= int(at[2]):
        raise UsageError(f"{field} {text.strip()!r}: give characters of the document, START-END", value=text)
    return msgspec.to_builtins(Span(int(at[1]), int(at[2])))
