"""Citations of the documents behind records (RIS, BibTeX, CSL-JSON), and commitments as a calendar.

A work's note carries what makes a citation checkable: each quote with its character range, the digest of the text and
the coder that read it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from communique.errors import UsageError
from communique.records import Commitment, DocumentFacts, EventMention, Record
from communique.views.codes import country_name
from communique.views.sources import Sources


class Work(Record, frozen=True):
    """A document as it is cited, with the notes on its quotes."""

    facts: DocumentFacts
    notes: tuple[str, ...]


def works(mentions: Iterable[EventMention], sources: Sources) -> list[Work]:
    """The documents that these records rest on, each once, in order of publication."""
    notes: dict[str, list[str]] = {}
    for m in mentions:
        spans = ", ".join(f"{s.start}-{s.end}" for s in m.evidence)
        notes.setdefault(m.document, []).append(f'"{sources.quote(m)}" (characters {spans}; record {m.id}, {m.type}, {m.modality}; coder {m.coder})')
    found = [Work(facts=sources.facts(d), notes=(*lines, f"text SHA-256 {sources.facts(d).sha256}")) for d, lines in notes.items()]
    return sorted(found, key=lambda w: (w.facts.published.start or "~", w.facts.id))


def bibliography(found: Sequence[Work], format: str) -> bytes:
    """The works in "ris", "bibtex" or "csl"."""
    if format == "ris":
        return "".join(_ris(w) for w in found).encode()
    if format == "bibtex":
        return "\n".join(_bibtex(w) for w in found).encode()
    if format == "csl":
        return json.dumps([_csl(w) for w in found], ensure_ascii=False, indent=1).encode() + b"\n"
    raise UsageError(f"no citation format called {format!r}; there are: ris, bibtex, csl", value=format)


def citation(mention: EventMention, sources: Sources) -> str:
    """One record as a footnote: publisher, title, date, quote, range, digest."""
    facts = sources.facts(mention.document)
    spans = ", ".join(f"{s.start}-{s.end}" for s in mention.evidence)
    said = " < ".join(a.speaker.name for a in mention.attribution)
    parts = [
        facts.author, facts.publisher, f'"{facts.title}"' if facts.title else None, facts.published.start or "no date", f"according to {said}" if said else None,
        f"“{sources.quote(mention)}”", f"characters {spans} of text SHA-256 {facts.sha256}", mention.coder or None, facts.url,
    ]  # fmt: skip
    return ", ".join(p for p in parts if p) + "."


def _line(value: str) -> str:
    return " ".join(value.split())


def _ris(work: Work) -> str:
    f = work.facts
    rows: list[tuple[str, str | None]] = [
        ("TY", "NEWS"), ("ID", f.id), ("TI", f.title), ("AU", f.author), ("T2", f.publisher), ("PB", f.agency),
        ("DA", f.published.start.replace("-", "/") if f.published.start else None), ("PY", f.published.start[:4] if f.published.start else None),
        ("LA", f.language), ("UR", f.url), *(("N1", note) for note in work.notes), ("ER", ""),
    ]  # fmt: skip
    return "".join(f"{tag}  - {_line(value)}\n" for tag, value in rows if value is not None)


_TEX = str.maketrans({
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_", "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
})  # fmt: skip


def _bibtex(work: Work) -> str:
    f = work.facts
    year, month = (f.published.start[:4], str(int(f.published.start[5:7]))) if f.published.start else (None, None)
    rows = [
        ("title", f.title), ("author", f.author), ("journal", f.publisher), ("year", year), ("month", month), ("date", f.published.start),
        ("url", f.url), ("langid", f.language), ("note", " / ".join(work.notes)),
    ]  # fmt: skip
    body = "".join(f"  {name} = {{{_line(value).translate(_TEX)}}},\n" for name, value in rows if value)
    return f"@article{{{f.id},\n{body}}}\n"


def _csl(work: Work) -> dict[str, Any]:
    f = work.facts
    issued = {"date-parts": [[int(part) for part in f.published.start[:10].split("-")]]} if f.published.start else None
    rows = {
        "id": f.id, "type": "article-newspaper", "title": f.title, "author": [{"literal": f.author}] if f.author else None,
        "container-title": f.publisher, "issued": issued, "URL": f.url, "language": f.language, "note": "\n".join(work.notes),
    }  # fmt: skip
    return {k: v for k, v in rows.items() if v is not None}


# --- calendar -----------------------------------------------------------------------------------------------


_UTC = (
    "BEGIN:VTIMEZONE", "TZID:Etc/UTC", "BEGIN:STANDARD", "DTSTART:19700101T000000", "TZOFFSETFROM:+0000", "TZOFFSETTO:+0000", "END:STANDARD",
    "END:VTIMEZONE",
)  # fmt: skip


def calendar(found: Iterable[Commitment]) -> bytes:
    """Commitments with a due date as iCalendar all-day events (RFC 5545); those without a date are left out.
    A calendar has at least one component: an empty one names its time zone."""
    out = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//communique//commitments//EN", "CALSCALE:GREGORIAN"]
    for item in found:
        if item.due.start is None and item.due.end is None:
            continue
        out += _vevent(item)
    if "BEGIN:VEVENT" not in out:
        out += _UTC
    return ("\r\n".join(_folded(line) for line in [*out, "END:VCALENDAR"]) + "\r\n").encode()


def _vevent(item: Commitment) -> list[str]:
    by, to = _names(item.by), _names(item.to)
    start, end = item.due.start or item.due.end, item.due.end
    told = [f"{c.at or 'undated'}: {c.state} ({c.reason})" for c in item.history]
    known = [c.at for c in item.history if c.at]
    stamp = (known[-1] if known else "1970-01-01")[:10].replace("-", "") + "T000000Z"
    status = "CANCELLED" if item.state in ("cancelled", "withdrawn") else "CONFIRMED" if item.state in ("held", "fulfilled", "scheduled") else "TENTATIVE"
    title = f"{by}{' → ' + to if to else ''}: {item.what} ({item.state})"
    lines = ["BEGIN:VEVENT", f"UID:{item.id}@communique", f"DTSTAMP:{stamp}", f"DTSTART;VALUE=DATE:{(start or '').replace('-', '')[:8]}"]
    if end is not None and item.due.start is not None:
        lines.append(f"DTEND;VALUE=DATE:{end.replace('-', '')[:8]}")
    return [*lines, f"SUMMARY:{_escaped(title)}", f"DESCRIPTION:{_escaped(chr(10).join(told))}", f"STATUS:{status}", "END:VEVENT"]


def _names(parties: Sequence[Any]) -> str:
    return ", ".join(dict.fromkeys(str(p.name or country_name(p.country)) for p in parties))


def _escaped(value: str) -> str:
    for char, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "")):
        value = value.replace(char, safe)
    return value


def _folded(line: str) -> str:
    """At most 75 octets a line; what follows begins with a space."""
    out: list[str] = []
    rest = line
    while len(rest.encode()) > 75 - bool(out):
        size = 75 - bool(out)
        while len(rest[:size].encode()) > 75 - bool(out):
            size -= 1
        out.append(rest[:size])
        rest = rest[size:]
    return "\r\n ".join([*out, rest])
