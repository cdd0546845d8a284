"""A record that the coder missed, added on the document's page: from selected words, or from words typed into the form.

The page sends code-point offsets beside the words; they are believed only where the text there holds these very words,
else the words are looked for. What is shown as a named box, and white space, cannot be selected or typed faithfully,
so both are left out of the comparison. The record says that it was made by hand, by whom and when; taking it back is
undoing the act.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Response, post

from communique.api import checked_date
from communique.coding import ontology
from communique.errors import UsageError
from communique.records import Participant, Span, When
from communique.serve import acts
from communique.serve.app import Site
from communique.serve.care import countries_in
from communique.serve.queries import Ask
from communique.store.handle import utc_now
from communique.text import fold_same_length
from communique.views.codes import country_name, known_countries
from communique.views.pages_text import HIDDEN

BY_HAND = "by hand"


@post("/review/missed", include_in_schema=False, status_code=303)
async def add_missed(request: Ask) -> Response[bytes]:
    """Keep the record that the form describes, and go to its words."""
    site: Site = request.app.state.site
    form = {k: str(v).replace("\r\n", "\n") for k, v in (await request.form()).multi_items()}
    who, id = acts.reviewer_of(request), form.get("document", "")
    text = site.store.text(id)
    if text is None:
        raise UsageError(f"{id}: no such document", value=id)
    trigger, fields = record_of(text, form)
    why = form.get("why", "").strip() or None
    note = f"added by hand by {who}, {utc_now().replace('T', ' ').rstrip('Z')}" + (f": {why}" if why else "")
    kept = site.store.add_missed(id, (trigger.start, trigger.end), form.get("type", ""), by=who, why=why, reasons=(note,), **fields)  # type: ignore[arg-type]
    acts.relink(site)
    return acts.back_to(f"/document/{id}#t-{kept.id}")


def record_of(text: str, form: Mapping[str, str]) -> tuple[Span, dict[str, Any]]:
    """The span of the act's word, and the other fields of the record that the form describes. Raises `UsageError` that
    says what to enter instead."""
    said = words_at(text, form.get("quote", ""), form.get("start", ""), form.get("end", ""))
    act = form.get("act", "").strip()
    trigger = found_in(text, act, said, what="the word of the act") if act else said
    kind, mode = form.get("type", ""), form.get("mode", "").strip() or None
    if kind != "STATE" and kind not in ontology.event_types():
        raise UsageError(f"{kind!r} is no type; there are: {', '.join(ontology.event_types())}, STATE", value=kind)
    if mode is not None and mode not in ontology.modes(kind):
        raise UsageError(f"{kind} has no mode {mode!r}; it has: {', '.join(ontology.modes(kind)) or 'none'}", value=mode)
    parties = {role: parties_of(form.get(role, ""), text, said) for role in ("actors", "recipients")}
    start, end = (checked_date(form.get(f"when_{side}", "").strip() or None) for side in ("start", "end"))
    if start and not end:
        end = (dt.date.fromisoformat(start) + dt.timedelta(days=1)).isoformat()
    when = When(start=start, end=end, grain="day" if _one_day(start, end) else None, basis="stated" if start or end else "unknown", rule="said by a reviewer" if start or end else None)
    fields = {"evidence": (said,), "mode": mode, "modality": form.get("modality") or "actual", **parties, "when": when, "coder": BY_HAND}
    return trigger, msgspec.to_builtins(fields)


def _one_day(start: str | None, end: str | None) -> bool:
    return bool(start and end and (dt.date.fromisoformat(end) - dt.date.fromisoformat(start)).days == 1)


def words_at(text: str, quote: str, start: str = "", end: str = "") -> Span:
    """Where the quoted words stand: at the given offsets if the text there holds them, else where they are found."""
    if not squeezed(quote)[0]:
        raise UsageError("there are no words: select some in the text, or copy the sentence that says it into the form")
    if start.isascii() and start.isdigit() and end.isascii() and end.isdigit():
        a, b = int(start), int(end)
        if a < b <= len(text) and squeezed(text[a:b])[0] == squeezed(quote)[0]:
            held = squeezed(text[a:b])[1]
            return Span(a + held[0], a + held[-1] + 1)
    return found_in(text, quote, Span(0, len(text)), what="the quoted words")


def found_in(text: str, quote: str, span: Span, *, what: str) -> Span:
    """The one place in the span that holds the quote, whatever its white space and hidden characters."""
    wanted = squeezed(quote)[0]
    plain, at = squeezed(text[span.start : span.end])
    first = plain.find(wanted)
    if first < 0:
        raise UsageError(f"{what} are not in the text as they stand here; copy them from the page" if what.endswith("words") else f"{what}, {quote!r}, is not among the quoted words", value=quote)
    if plain.find(wanted, first + 1) >= 0:
        raise UsageError(f"{what} stand more than once there; take more of the words around them", value=quote)
    return Span(span.start + at[first], span.start + at[first + len(wanted) - 1] + 1)


def squeezed(text: str) -> tuple[str, list[int]]:
    """The text without white space and hidden characters, quotes and dashes made plain; and where each character stood."""
    kept = [(c, i) for i, c in enumerate(fold_same_length(text)) if not c.isspace() and unicodedata.category(c) not in HIDDEN]
    return "".join(c for c, _ in kept), [i for _, i in kept]


def parties_of(lines: str, text: str, said: Span) -> tuple[Participant, ...]:
    """Parties from lines of `name | ISO code`; a name that is a country's needs no code. Their words are pointed to where
    the name stands in the quoted words."""
    out = []
    for line in lines.split("\n"):
        name, _, code = (part.strip() for part in line.partition("|"))
        if not name:
            continue
        named = countries_in(name)
        country = code.upper() or (named[0] if len(named) == 1 else None)
        if country is not None and country not in known_countries():
            raise UsageError(f"{code!r} is no country's ISO alpha-3 code", value=code)
        at = fold_same_length(text[said.start : said.end]).find(fold_same_length(name))
        span = Span(said.start + at, said.start + at + len(name)) if at >= 0 else None
        own = country is not None and (name == country_name(country) or name.upper() == country)
        out.append(Participant(
            span=span, text=text[span.start : span.end] if span else None, entity=f"country:{country}" if own else None,
            name=name, country=country, kind="country" if own else "unknown",
        ))  # fmt: skip
    return tuple(out)
