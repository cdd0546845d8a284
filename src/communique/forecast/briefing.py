"""What a brief says of the days around its end: what was unusual in the week before, and what falls due next."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import msgspec

from communique.forecast import series, warnings
from communique.views.brief import Brief, Section, Statement, _evidence, _of_commitments
from communique.views.sources import Sources

if TYPE_CHECKING:
    from communique.store import Store

WEEK, AHEAD = 7, 30  # days


def with_outlook(store: Store, found: Brief, *, until: str | None, top: int = 10) -> Brief:
    """The brief with its sections "Unusual this week" and "Due next"; every line rests on records."""
    panel = series.panel_for(store)
    origin = series.as_ordinal(until, panel.documents)
    sources = Sources(store)
    alarms = warnings.current(panel, origin - WEEK - 1, origin - 1)
    unusual = tuple(s for w in alarms[:top] if (s := _said(store, w, sources)))
    first, last = series.iso(origin), series.iso(origin + AHEAD)
    due = sorted((c for c in store.commitments() if c.due.start is not None and first <= c.due.start < last), key=lambda c: (c.due.start or "", c.id))
    sections = (
        Section(heading="Unusual this week", statements=unusual, total=len(alarms)),
        Section(heading="Due next", statements=_of_commitments(due[:top], sources), total=len(due)),
    )
    return msgspec.structs.replace(found, sections=(*found.sections, *(s for s in sections if s.total)))


def _said(store: Store, warned: warnings.Warned, sources: Sources) -> Statement | None:
    alarm = warned.alarm
    events = [e for e in (store.event(name) for name in alarm.evidence[:6]) if e is not None]
    evidence = _evidence((m for e in events for m in e.mentions[:1]), sources)
    if not evidence:
        return None
    text = f"{dt.date.fromisoformat(alarm.day)}: {' and '.join(alarm.pair)}, {alarm.rule}: {alarm.words} (false alarms a year: {warnings.rate_words(warned)})"
    return Statement(text=text, record=events[0].id, evidence=evidence, originators=0, documents=len({e.document for e in evidence}))
