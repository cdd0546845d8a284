"""What several verbs share: opening the store, filters from flags, finding a record."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, TypeVar

import click

from communique.errors import StoreError, UsageError

if TYPE_CHECKING:
    from communique.api import Store
    from communique.config import Settings
    from communique.records import Filter

F = TypeVar("F", bound=Callable[..., Any])


def settings(store_path: str | None = None, **flags: Any) -> Settings:
    """Settings from file, environment and flags."""
    from communique.config import load_settings

    return load_settings(store=store_path, **flags)


def open_existing(store_path: str | None, *, read_only: bool = True) -> Store:
    """The store, which must be there. Raises `StoreError` that says how to make one."""
    from communique.api import open as open_store
    from communique.store import is_there

    chosen = settings(store_path)
    if not is_there(chosen.store):
        raise StoreError(
            f"{chosen.store}: no such store; `communique add PATH` makes one, or name another with --store", where=chosen.store
        )
    return open_store(chosen.store, read_only=read_only, settings=chosen)


_FILTERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--actor", {"multiple": True, "metavar": "ISO3", "help": "Acting country or entity: JPN, Japan, org:nato (repeatable)."}),
    ("--recipient", {"multiple": True, "metavar": "ISO3", "help": "Country or entity acted on."}),
    ("--either", {"multiple": True, "metavar": "ISO3", "help": "On either side."}),
    ("--beside", {"multiple": True, "metavar": "ISO3", "help": "On either side as well, with --either."}),
    ("--bloc", {"multiple": True, "metavar": "NAME", "help": "A member of this bloc on either side, or the bloc itself: nato eu g7 asean …"}),
    ("--dyad", {"metavar": "AAA-BBB", "help": "Two countries, in either direction."}),
    ("--directed", {"is_flag": True, "default": None, "help": "Of the dyad, only what the first does towards the second."}),
    ("--type", {"multiple": True, "metavar": "TYPE", "help": "PLOVER type, e.g. AGREE."}),
    ("--quad", {"multiple": True, "metavar": "QUAD", "help": "E.g. 'verbal conflict'."}),
    ("--mode", {"multiple": True, "metavar": "MODE", "help": "PLOVER mode, e.g. visit."}),
    ("--context", {"multiple": True, "metavar": "CONTEXT", "help": "PLOVER context, e.g. military."}),
    ("--modality", {"multiple": True, "metavar": "MODALITY", "help": "actual planned pledged demanded denied hypothetical historical."}),
    ("--publisher", {"multiple": True, "metavar": "NAME", "help": "Who put the report out."}),
    ("--attribution", {"metavar": "TEXT", "help": "Said by a speaker whose name holds this."}),
    ("--document", {"metavar": "ID", "help": "Told by this document."}),
    ("--story", {"metavar": "ID", "help": "Of this story."}),
    ("--place", {"metavar": "NAME", "help": "Where it happened."}),
    ("--since", {"metavar": "DATE", "help": "From this day (YYYY-MM-DD)."}),
    ("--until", {"metavar": "DATE", "help": "Before this day."}),
    ("--date", {"type": click.Choice(["happened", "published", "added"]), "default": None, "help": "Which date is meant."}),
    ("--text", {"metavar": "WORDS", "help": "Words of the report."}),
    ("--min-originators", {"type": int, "metavar": "N", "help": "At least N independent originators."}),
    ("--min-score", {"type": click.FloatRange(0, 1), "metavar": "S", "help": "Coder's score at least S (0..1)."}),
    ("--box", {"metavar": "S,W,N,E", "help": "Placed in this box of degrees."}),
    ("--reviewed", {"type": click.Choice(["accepted", "rejected", "corrected", "none"]), "default": None, "help": "By what people decided."}),
    ("--order", {"type": click.Choice(["date", "-date", "score", "originators"]), "default": None, "help": "In which order."}),
    ("--limit", {"type": click.IntRange(1, 1_000_000), "default": 100, "show_default": True, "help": "At most N rows."}),
)


def filter_options(function: F) -> F:
    """Add the flags of the one `Filter`; the verb gets them as keywords for `make`."""
    for name, settings_ in reversed(_FILTERS):
        function = click.option(name, **settings_)(function)
    return function


def make(**flags: Any) -> Filter:
    """The filter of the flags. Raises `UsageError` that names what does not fit."""
    from communique import tables
    from communique.api import make_filter

    if flags.get("box"):
        flags["box"] = _box(flags["box"])
    chosen = make_filter(**{k: v for k, v in flags.items() if v not in (None, ())})
    for name, values in (("mode", chosen.mode), ("context", chosen.context)):
        known = tables.choices(name)
        for value in set(values) - set(known):  # a coder of one's own may have others
            near = difflib.get_close_matches(value, known, 5, 0.5)
            click.echo(f"communique: {value!r} is no {name} of PLOVER; docs/codebook.md lists them{'; near it: ' + ' '.join(near) if near else ''}", err=True)
    if chosen.since and chosen.until and chosen.until <= chosen.since:
        raise UsageError(f"--until {chosen.until} is not after --since {chosen.since}; no day lies between them", value=chosen.until)
    return chosen


def _box(value: str) -> tuple[float, ...]:
    try:
        south, west, north, east = (float(part) for part in value.split(","))
    except ValueError:
        raise UsageError(f"--box {value!r} is not four numbers; give south,west,north,east", value=value) from None
    if not -90 <= south <= north <= 90:
        raise UsageError(f"--box {value!r}: south {south:g} and north {north:g} are not latitudes in this order; give south,west,north,east", value=value)
    return south, west, north, east


def country(value: str, known: Collection[str] = ()) -> str:
    """The ISO alpha-3 code of a country given by code or name. Raises `UsageError` for what is none. The tables are not
    read for one of the codes `known` to the caller."""
    if value.upper() in known:
        return value.upper()
    from communique import tables

    found = tables.party(value)
    if ":" in found:
        raise UsageError(f"{value!r} is {found}, no country; give an ISO alpha-3 code (JPN)", value=value)
    return found


def event_of(store: Store, key: str) -> Any:
    """The event of an id or its unique beginning. Raises `UsageError` when there is none."""
    kind, found = store.find(key)
    event = store.event(found) if kind == "event" else None
    if event is None:
        raise UsageError(f"{key!r} is no event; `communique events` lists them", value=key)
    return event


def when_text(start: str | None, end: str | None, grain: str | None = None) -> str:
    """An interval as people write it, with its precision: "8 Sep 2025", "Sep 2025", "1-7 Sep 2025"; "" if unknown."""
    from communique.views.wording import interval_words

    return interval_words(start, end, grain)
