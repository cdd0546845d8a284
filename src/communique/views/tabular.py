"""Event records in the tables of other systems, column by column, so that studies begun on them can go on.

The columns and their order are those of the published files (docs/design/export.md names the source of each);
what we do not know stays empty, and nothing is invented to fill a column. Multi-values keep the record's order. A
row is a report's assertion (ICEWS, POLECAT, GDELT mentions) or a merged event (GDELT events, Phoenix), as there.

Only what happened counts as an event in these systems: rows are made of records with modality actual or
historical, unless the filter asks for another modality. What is planned, denied or supposed has no column there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from communique.coding import ontology
from communique.records import DocumentFacts, Event, EventMention, Participant, Quad, When, Where
from communique.views.codes import cow, fips
from communique.views.sources import Sources

Row = Sequence[Any]
_QUAD: Mapping[Quad, int] = {"verbal cooperation": 1, "material cooperation": 2, "verbal conflict": 3, "material conflict": 4}

ICEWS = (
    "Event ID", "Event Date", "Source Name", "Source Sectors", "Source Country", "Event Text", "CAMEO Code", "Intensity",
    "Target Name", "Target Sectors", "Target Country", "Story ID", "Sentence Number", "Publisher", "City", "District", "Province",
    "Country", "Latitude", "Longitude",
)  # fmt: skip
POLECAT = (
    "Event ID", "Event Date", "Event Type", "Event Mode", "Intensity", "Quad Code", "Contexts", "Actor Name", "Actor Country", "Actor COW",
    "Primary Actor Sector", "Actor Sectors", "Actor Title", "Actor Name Raw", "Wikipedia Actor ID", "Recipient Name", "Recipient Country",
    "Recipient COW", "Primary Recipient Sector", "Recipient Sectors", "Recipient Title", "Recipient Name Raw", "Wikipedia Recipient ID",
    "Placename", "City", "District", "Province", "Country", "Latitude", "Longitude", "GeoNames ID", "Raw Placename", "Feature Type", "Source",
    "Publication Date", "Story People", "Story Organizations", "Story Locations", "Language", "Version",
)  # fmt: skip
_ACTOR = ("Code", "Name", "CountryCode", "KnownGroupCode", "EthnicCode", "Religion1Code", "Religion2Code", "Type1Code", "Type2Code", "Type3Code")
_GEO = ("Type", "Fullname", "CountryCode", "ADM1Code", "ADM2Code", "Lat", "Long", "FeatureID")
GDELT = (
    "GLOBALEVENTID", "SQLDATE", "MonthYear", "Year", "FractionDate", *(f"Actor1{c}" for c in _ACTOR), *(f"Actor2{c}" for c in _ACTOR),
    "IsRootEvent", "EventCode", "EventBaseCode", "EventRootCode", "QuadClass", "GoldsteinScale", "NumMentions", "NumSources", "NumArticles",
    "AvgTone", *(f"Actor1Geo_{c}" for c in _GEO), *(f"Actor2Geo_{c}" for c in _GEO), *(f"ActionGeo_{c}" for c in _GEO), "DATEADDED", "SOURCEURL",
)  # fmt: skip
GDELT_MENTIONS = (
    "GLOBALEVENTID", "EventTimeDate", "MentionTimeDate", "MentionType", "MentionSourceName", "MentionIdentifier", "SentenceID",
    "Actor1CharOffset", "Actor2CharOffset", "ActionCharOffset", "InRawText", "Confidence", "MentionDocLen", "MentionDocTone",
    "MentionDocTranslationInfo", "Extras",
)  # fmt: skip
PHOENIX = (
    "id_version", "date", "year", "month", "day", "source", "source_root", "source_agent", "source_others", "target", "target_root",
    "target_agent", "target_others", "code", "root_code", "quad_class", "goldstein", "issues", "lat", "lon", "place", "state", "country",
    "story_ids", "urls", "sources",
)  # fmt: skip


class Side(NamedTuple):
    """One actor of a two-sided table: the first of several; `None` throughout where there is none."""

    name: str | None
    country: str | None
    sectors: tuple[str, ...]
    title: str | None
    raw: str | None


def first(parties: Sequence[Participant]) -> Side:
    """The first party as a side."""
    if not parties:
        return Side(None, None, (), None, None)
    p = parties[0]
    return Side(p.name, p.country, p.sectors, p.office, p.text)


def pairs(record: EventMention | Event) -> list[tuple[Side, Side]]:
    """The (actor, recipient) pairs a record makes in a two-sided table: each actor with each recipient; joint actors
    of a record without recipients with each other, one way, in the record's order; else the actor alone."""
    actors = [first([p]) for p in record.actors] or [first(())]
    if record.recipients:
        return [(a, first([r])) for a in actors for r in record.recipients]
    if len(actors) > 1:
        return [(a, b) for i, a in enumerate(actors) for b in actors[i + 1 :]]
    return [(actors[0], first(()))]


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}".rstrip("0").rstrip(".")


def _day(when: When, published: str | None) -> str | None:
    """The event's first day, else the day of publication, as those systems date everything."""
    return (when.start or published or "")[:10] or None


def cameo_code(record: EventMention | Event, mentions: Sequence[EventMention] = ()) -> str | None:
    """The CAMEO code of a mention, or the commonest of an event's; else the root of its type."""
    codes = [m.cameo for m in mentions if m.cameo]
    if isinstance(record, EventMention) and record.cameo:
        return record.cameo
    if codes:
        return min(sorted(set(codes)), key=lambda c: -codes.count(c))
    roots = ontology.cameo_roots(record.type) if record.type != "STATE" else ("01",)
    return roots[0] if roots else None


def _goldstein(code: str | None) -> float | None:
    return ontology.goldstein(code) if code else None


def _place(where: Where | None) -> tuple[str | None, str | None, str | None, str | None]:
    if where is None:
        return None, None, None, None
    return where.name, where.country, _number(where.lat), _number(where.lon)


def icews_rows(mention: EventMention, sources: Sources) -> list[Row]:
    """ICEWS rows of one mention: one for each pair, the id numbered after the first."""
    facts = sources.facts(mention.document)
    place, country, lat, lon = _place(mention.where)
    code = cameo_code(mention)
    out: list[Row] = []
    for number, (a, b) in enumerate(pairs(mention)):
        out.append((
            mention.id if number == 0 else f"{mention.id}-{number + 1}", _day(mention.when, facts.published.start), a.name, ",".join(a.sectors),
            sources.country_name(a.country), (ontology.cameo_name(code) if code else None) or mention.type, code, _number(_goldstein(code)), b.name,
            ",".join(b.sectors), sources.country_name(b.country), mention.document, mention.sentence + 1 if mention.sentence is not None else None,
            facts.publisher, place, None, None, sources.country_name(country), lat, lon,
        ))  # fmt: skip
    return out


def polecat_rows(mention: EventMention, sources: Sources) -> list[Row]:
    """POLECAT rows of one mention: all its actors and recipients in one row, as there."""
    facts = sources.facts(mention.document)
    place, country, lat, lon = _place(mention.where)
    raw = sources.words(mention.document, mention.where.span) if mention.where else None

    def side(parties: Sequence[Participant]) -> tuple[str | None, ...]:
        countries = [p.country for p in parties if p.country]
        sectors = [s for p in parties for s in p.sectors]
        return (
            _join(p.name for p in parties), _join(countries), _join(cow(c) for c in countries), sectors[0] if sectors else None, _join(sectors),
            _join(p.office for p in parties), _join(p.text for p in parties), None,
        )  # fmt: skip

    return [(
        mention.id, _day(mention.when, facts.published.start), mention.type, mention.mode, _number(mention.plover_score),
        mention.quad.upper() if mention.quad else None, _join(mention.contexts), *side(mention.actors), *side(mention.recipients), place, place,
        None, None, country, lat, lon, None, raw, None, facts.publisher, facts.published.start, None, None, None, facts.language, mention.coder,
    )]  # fmt: skip


def _join(values: Any) -> str | None:
    found = list(dict.fromkeys(str(v) for v in values if v))
    return ";".join(found) or None


def _gdelt_actor(side: Side) -> tuple[str | None, ...]:
    types = [*side.sectors[:3], None, None, None][:3]
    code = "".join(v for v in (side.country, *side.sectors[:3]) if v) or None
    return (code, side.name.upper() if side.name else None, side.country, None, None, None, None, *types)


def _gdelt_geo(where: Where | None) -> tuple[str | None, ...]:
    if where is None:
        return ("0", None, None, None, None, None, None, None)
    kind = "1" if where.lat is None else "4"
    code = fips(where.country)
    return (kind, where.name, code, code, None, _number(where.lat), _number(where.lon), None)


def gdelt_rows(event: Event, sources: Sources) -> list[Row]:
    """GDELT 2.0 rows of one event. `AvgTone` is empty: we measure no tone."""
    mentions = [m for m in map(sources.mention, event.mentions) if m is not None]
    documents = [sources.facts(d) for d in event.documents]
    day = _day(event.when, min((d.published.start for d in documents if d.published.start), default=None))
    code = cameo_code(event, mentions)
    date = day.replace("-", "") if day else None
    fraction = f"{int(day[:4]) + (int(day[5:7]) - 1) / 12 + (int(day[8:10]) - 1) / 365:.4f}" if day else None
    added = min((d.added for d in documents if d.added), default=None)
    blank = ("0", None, None, None, None, None, None, None)
    out: list[Row] = []
    for number, (a, b) in enumerate(pairs(event)):
        out.append((
            sources.number(event.id, number), date, date[:6] if date else None, date[:4] if date else None, fraction, *_gdelt_actor(a),
            *_gdelt_actor(b), "1", code, code[:3] if code else None, code[:2] if code else None, _QUAD.get(event.quad) if event.quad else None,
            _number(_goldstein(code)), len(event.mentions), len(event.publishers), len(event.documents), None, *blank, *blank,
            *_gdelt_geo(event.where), _stamp(added), next((d.url or d.source for d in documents), None),
        ))  # fmt: skip
    return out


def _stamp(instant: str | None) -> str | None:
    """`2025-09-08T10:11:12…` as 20250908101112."""
    return "".join(ch for ch in instant[:19] if ch.isdigit()).ljust(14, "0") if instant else None


def gdelt_mention_rows(event: Event, sources: Sources) -> list[Row]:
    """GDELT 2.0 mention rows of one event: one a report, with the offsets of the words; unknown offsets are -1."""
    out: list[Row] = []
    for name in event.mentions:
        mention = sources.mention(name)
        if mention is None:
            continue
        facts = sources.facts(mention.document)
        happened = _stamp(_day(mention.when, facts.published.start))
        offsets = [_offset(mention.actors), _offset(mention.recipients), mention.trigger.start]
        out.append((
            sources.number(event.id, 0), happened, _stamp(facts.published.time or facts.published.start), "1", facts.publisher,
            facts.url or facts.source, mention.sentence + 1 if mention.sentence is not None else None, *offsets, "1",
            round(mention.score * 100), facts.chars, None, None, f"sha256={facts.sha256};mention={mention.id}",
        ))  # fmt: skip
    return out


def _offset(parties: Sequence[Participant]) -> int:
    return parties[0].span.start if parties and parties[0].span is not None else -1


def phoenix_rows(event: Event, sources: Sources) -> list[Row]:
    """Phoenix rows of one event: CAMEO actor codes split into root, agent and the rest."""
    mentions = [m for m in map(sources.mention, event.mentions) if m is not None]
    documents = [sources.facts(d) for d in event.documents]
    day = _day(event.when, min((d.published.start for d in documents if d.published.start), default=None))
    code = cameo_code(event, mentions)
    place, country, lat, lon = _place(event.where)
    year, month, date = (day[:4], day[5:7], day[8:10]) if day else (None, None, None)
    urls, names = [d.url or d.source for d in documents], [d.publisher for d in documents if d.publisher]
    quad = _QUAD.get(event.quad) if event.quad else None
    out: list[Row] = []
    for number, (a, b) in enumerate(pairs(event)):
        out.append((
            f"{event.id}-{number + 1}_v1", day.replace("-", "") if day else None, year, month, date, *_phoenix_actor(a), *_phoenix_actor(b), code,
            code[:2] if code else None, quad, _number(_goldstein(code)), ";".join(event.contexts) or None, lat, lon, place, None, country,
            ";".join(event.documents), ";".join(urls), ";".join(dict.fromkeys(names)) or None,
        ))  # fmt: skip
    return out


def _phoenix_actor(side: Side) -> tuple[str | None, ...]:
    whole = "".join(v for v in (side.country, *side.sectors) if v) or None
    return (whole, side.country, side.sectors[0] if side.sectors else None, ";".join(side.sectors[1:]) or None)


def plover_object(mention: EventMention, sources: Sources) -> dict[str, Any]:
    """One mention in PLOVER's JSON, with `text_info.start` and `end` filled: offsets of the evidence in the text that
    `text_info.text_sha256` names."""
    facts = sources.facts(mention.document)
    start, end = min(s.start for s in mention.evidence), max(s.end for s in mention.evidence)
    when = mention.when

    def people(parties: Sequence[Participant]) -> list[dict[str, Any]]:
        return [
            {"name": p.name, "code": p.country or p.igo or "", "sector": list(p.sectors), "text": p.text or "", "id": p.entity or ""} for p in parties
        ]  # fmt: skip

    where = mention.where
    return {
        "id": mention.id,
        "has_event": mention.type != "STATE",
        "date": _day(when, facts.published.start) or "",
        "time": "",
        "enddate": when.end or "",
        "endtime": "",
        "actor": people(mention.actors),
        "recipient": people(mention.recipients),
        "event": [mention.type],
        "event_loc": {"name": where.name, "country": where.country, "lat": where.lat, "lon": where.lon} if where else {},
        "event_text": [sources.words(mention.document, mention.trigger) or ""],
        "quad_code": mention.quad or "",
        "event_scale": mention.plover_score,
        "mode": [m for m in (mention.mode, _auxiliary(mention)) if m],
        "context": list(mention.contexts),
        "link": facts.url or "",
        "text": sources.quote(mention),
        "text_info": {
            "sequence": (mention.sentence or 0) + 1 if mention.sentence is not None else None,
            "start": start,
            "end": end,
            "text_story": mention.document,
            "spans": [[s.start, s.end] for s in mention.evidence],
            "text_sha256": facts.sha256,
        },
        "cite_info": _cite(facts, mention),
        "coder": mention.coder,
        "coded_date": (facts.added or "")[:10],
        "coded_time": (facts.added or "")[11:19],
        "comment": "; ".join(f"according to {a.speaker.name}" for a in mention.attribution),
    }


_AUXILIARY = {"planned": "future", "pledged": "future", "hypothetical": "hypothetical", "historical": "historical", "denied": "negation"}


def _auxiliary(mention: EventMention) -> str | None:
    """PLOVER's auxiliary mode for our modality, where it has one."""
    return _AUXILIARY.get(mention.modality)


def _cite(facts: DocumentFacts, mention: EventMention) -> dict[str, Any]:
    return {
        "corpus": "",
        "citation": "",
        "url": facts.url or "",
        "title": facts.title or "",
        "language": facts.language or "",
        "publication": facts.publisher or "",
        "license": "",
        "copyright": "",
        "coder": mention.coder,
        "codebook": "PLOVER 2.0",
        "version": mention.tables,
    }
