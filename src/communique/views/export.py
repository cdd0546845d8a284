"""Records as files: one function, many formats, each column listed and tested.

`export(store, format, filter, out)` writes to a path or a binary stream. Beside a path lies a Frictionless
`datapackage.json` with every column's type and the file's digest, and `tombstones.csv`, the records that earlier
exports may hold and lists no longer show. Ids are stable and unique within a table; order is the list's; the same store
gives the same bytes. A cell that a spreadsheet would run as a formula gets an apostrophe before it.

What a row is: an event mention with its quote (csv, jsonl, parquet, xlsx, plover, icews, polecat), a merged event
(events-csv, gdelt, phoenix, geojson), a pair of parties (graphml, gexf), a document (ris, bibtex, csl), a commitment
(commitments-csv, ics), a pair of countries in a period (dyad-day, dyad-week, dyad-month, dyad-year).
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import importlib
import io
import itertools
import json
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec

from communique.errors import RunError, UsageError
from communique.records import Commitment, Event, EventMention, Filter
from communique.store.query import parties_of
from communique.views import citing, tabular
from communique.views.dyads import PANEL, DyadPeriod, panel
from communique.views.network import gexf, graphml, network
from communique.views.sources import Sources

if TYPE_CHECKING:
    from communique.store import Store

_SPEECH = frozenset({"AGREE", "REQUEST", "REJECT", "THREATEN", "ACCUSE"})
_SAID = frozenset({"actual", "pledged", "demanded", "planned"})
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_CHUNK = 500


class Format(NamedTuple):
    """One way out: its usual file ending, what writes it, and whether it is text in columns."""

    ending: str
    write: Callable[[Store, Filter | None, IO[bytes]], list[str] | None]
    media: str


def export(store: Store, format: str, flt: Filter | None, out: str | Path | IO[bytes]) -> None:
    """Write the list that `flt` makes (everything for `None`) in `format` to a path or binary stream. A path is
    replaced only once the whole file is written. Raises `UsageError` for an unknown format or a missing library."""
    found = FORMATS.get(format)
    if found is None:
        raise UsageError(f"no export called {format!r}; there are: {' '.join(FORMATS)}", value=format)
    if not isinstance(out, (str, Path)):
        found.write(store, flt, out)
        return
    path = Path(out)
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as part:
            try:
                columns = found.write(store, flt, part)
                part.flush()
                os.chmod(part.name, 0o644)
                os.replace(part.name, path)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(part.name)
                raise
        _describe(store, path, format, found, columns)
    except OSError as error:
        raise RunError(f"{path}: {error.strerror}; give a path that can be written", where=str(path)) from error


# --- lists ---------------------------------------------------------------------------------------------


def _mentions(store: Store, flt: Filter | None) -> Iterator[EventMention]:
    found = store.each_mention(flt)
    return itertools.islice(found, flt.limit) if flt is not None and flt.limit else found


def _events(store: Store, flt: Filter | None) -> Iterator[Event]:
    found = store.each_event(flt)
    return itertools.islice(found, flt.limit) if flt is not None and flt.limit else found


def _counts_there(record: EventMention | Event, flt: Filter | None) -> bool:
    """Whether older systems have a row for this: it happened, or is an act of speech; any the filter asks for."""
    if flt is not None and flt.modality:
        return True
    return record.modality == "actual" or (record.type in _SPEECH and record.modality in _SAID)


def _flat_mentions(store: Store, flt: Filter | None) -> Iterator[dict[str, Any]]:
    found = _mentions(store, flt)
    while part := list(itertools.islice(found, _CHUNK)):
        yield from store.flat(part)


# --- columns --------------------------------------------------------------------------------------------


def neutral(value: Any) -> Any:
    """The value as a cell that no spreadsheet runs: text that begins like a formula gets an apostrophe before it."""
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(value):
        return "'" + value
    return value


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = value.replace("\x00", "")
    return neutral(value)


def _csv(rows: Iterable[Sequence[Any]], header: Sequence[str] | None, out: IO[bytes], *, tab: bool = False) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8", newline="", write_through=True)
    try:
        if tab:  # these tables know no quoting: white space in a cell is a space
            writer: Any = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
        else:
            writer = csv.writer(text, lineterminator="\n")
        if header is not None:
            writer.writerow(header)
        for row in rows:
            cells = [_cell(v) for v in row]
            writer.writerow([" ".join(c.split()) if tab and isinstance(c, str) else c for c in cells])
        text.flush()
    finally:
        text.detach()


def _write_dicts(rows: Iterator[dict[str, Any]], empty: Sequence[str], out: IO[bytes]) -> list[str]:
    first = next(rows, None)
    header = list(first) if first is not None else list(empty)
    every = itertools.chain([first] if first is not None else [], rows)
    _csv(([row[name] for name in header] for row in every), header, out)
    return header


def _write_csv(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
    return _write_dicts(_flat_mentions(store, flt), store.flat_columns("mention"), out)


def _write_events(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
    rows = (row for event in _events(store, flt) for row in store.flat([event]))
    return _write_dicts(rows, store.flat_columns("event"), out)


def _write_commitments(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
    rows = (row for item in _commitments(store, flt) for row in store.flat([item]))
    return _write_dicts(rows, store.flat_columns("commitment"), out)


def _commitments(store: Store, flt: Filter | None) -> list[Commitment]:
    """The commitments a filter means: its parties, and when they fall due."""
    if flt is None:
        return list(store.commitments())
    found = list(store.commitments(due_since=flt.since, due_until=flt.until))
    for wanted, sides in ((flt.actor, ("by",)), (flt.recipient, ("to",)), (flt.either, ("by", "to")), (flt.beside, ("by", "to")), (flt.bloc and parties_of(flt.bloc), ("by", "to")), (flt.dyad or (), ("by", "to"))):
        if wanted:
            keep = all if wanted is flt.dyad else any
            found = [c for c in found if keep(any(p.country == v or p.entity == v for s in sides for p in getattr(c, s)) for v in wanted)]
    return found


def _write_jsonl(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    sources = Sources(store)
    for mention in _mentions(store, flt):
        quotes = [{"span": [s.start, s.end], "text": sources.text(mention.document)[s.start : s.end]} for s in mention.evidence]
        row = {**msgspec.to_builtins(mention), "quotes": quotes, "report": msgspec.to_builtins(sources.facts(mention.document))}
        out.write(msgspec.json.encode(row) + b"\n")


def _write_plover(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    sources = Sources(store)
    for mention in _mentions(store, flt):
        out.write(msgspec.json.encode(tabular.plover_object(mention, sources)) + b"\n")


def _table(
    kind: str, columns: Sequence[str], rows: Callable[[Any, Sources], list[tabular.Row]], *, header: bool
) -> Callable[[Store, Filter | None, IO[bytes]], list[str]]:
    """A writer of one of the older systems' tab-separated tables."""

    def write(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
        sources = Sources(store)
        records: Iterator[Any] = _mentions(store, flt) if kind == "mention" else _events(store, flt)
        found = (row for record in records if _counts_there(record, flt) for row in rows(record, sources))
        _csv(found, columns if header else None, out, tab=True)
        return list(columns)

    return write


def _panel(grain: str) -> Callable[[Store, Filter | None, IO[bytes]], list[str]]:
    def write(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
        _csv(([row[name] for name in PANEL] for row in panel(store, grain=grain, flt=flt)), PANEL, out)
        return list(PANEL)

    return write


# --- libraries ------------------------------------------------------------------------------------------


def library(name: str, extra: str) -> Any:
    """The module, or a `UsageError` that says which extra brings it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(f"{name.split('.')[0]} is not installed; install it with: pip install 'communique[{extra}]'", value=name) from error


def _write_parquet(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
    rows = list(_flat_mentions(store, flt))
    columns = list(rows[0]) if rows else list(store.flat_columns("mention"))
    polars = library("polars", "frames")
    kinds = {"float": polars.Float64, "boolean": polars.Boolean, "string": polars.String}
    types = {name: kinds[_type(name)] for name in columns}
    polars.DataFrame(rows, schema=types).write_parquet(out)
    return columns


_FLOATS = frozenset({"score", "plover_score", "goldstein", "lat", "lon", "mean_score", "Intensity", "Latitude", "Longitude", "FractionDate",
    "GoldsteinScale", "AvgTone", "MentionDocTone", *(f"{who}Geo_{at}" for who in ("Actor1", "Actor2", "Action") for at in ("Lat", "Long"))})  # fmt: skip
_INTEGERS = frozenset({"n_mentions", "n_documents", "n_publishers", "n_originators", "steps", "year", "month", "day", "quad_class",
    "Sentence Number", "SQLDATE", "MonthYear", "Year", "IsRootEvent", "QuadClass", "NumMentions", "NumSources", "NumArticles", "DATEADDED",
    "EventTimeDate", "MentionTimeDate", "MentionType", "SentenceID", "Actor1CharOffset", "Actor2CharOffset", "ActionCharOffset", "InRawText",
    "Confidence", "MentionDocLen", *(f"{who}Geo_Type" for who in ("Actor1", "Actor2", "Action"))})  # fmt: skip
_COUNTED = frozenset(name for name in PANEL if name in DyadPeriod.__struct_fields__ and name not in ("start", "mean_score"))  # lists of ids elsewhere


def _type(column: str, format: str = "csv") -> str:
    """What the cells of a column hold. Codes and ids are text, whatever their characters."""
    if column in _INTEGERS or (format.startswith("dyad-") and column in _COUNTED):
        return "integer"
    return "float" if column in _FLOATS else "boolean" if column in ("negated", "verifiable") else "string"


def _write_xlsx(store: Store, flt: Filter | None, out: IO[bytes]) -> list[str]:
    openpyxl = library("openpyxl", "excel")
    cells = library("openpyxl.cell.cell", "excel")
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("mentions")
    sheet.freeze_panes = "A2"
    header: list[str] = list(store.flat_columns("mention"))
    sheet.append(header)

    def cell(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        made = cells.WriteOnlyCell(sheet, value=neutral(cells.ILLEGAL_CHARACTERS_RE.sub("", value))[:32767])
        made.data_type, made.number_format = "s", "@"  # text, so that 057 stays 057
        return made

    for row in _flat_mentions(store, flt):
        sheet.append([cell(row[name]) for name in header])
    with tempfile.SpooledTemporaryFile(max_size=1 << 24) as whole, tempfile.SpooledTemporaryFile(max_size=1 << 24) as stable:
        book.save(whole)
        _without_times(whole, stable)
        stable.seek(0)
        shutil.copyfileobj(stable, out)
    return header


_WRITTEN = re.compile(rb"(?<=>)\d{4}-\d\d-\d\dT[\d:.]+Z?(?=<)")


def _without_times(book: IO[bytes], out: IO[bytes]) -> None:
    """The workbook's archive without the time at which it was written: the same rows are the same bytes."""
    with zipfile.ZipFile(book) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            info = zipfile.ZipInfo(name)  # dated 1980
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            with old.open(name) as source, new.open(info, "w", force_zip64=True) as to:
                if name == "docProps/core.xml":
                    to.write(_WRITTEN.sub(b"1980-01-01T00:00:00Z", source.read()))
                else:
                    shutil.copyfileobj(source, to)


# --- places, networks, citations, calendars ----------------------------------------------------------------


def _write_geojson(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    features = []
    for event in _events(store, flt):
        where = event.where
        if where is None or where.lat is None or where.lon is None:
            continue
        row = store.flat([event])[0]
        properties = {k: v for k, v in row.items() if k not in ("lat", "lon")}
        properties |= {"radius_km": where.radius_km, "place_basis": where.basis}
        point = {"type": "Point", "coordinates": [round(where.lon, 5), round(where.lat, 5)]}
        features.append({"type": "Feature", "id": event.id, "geometry": point, "properties": properties})
    out.write(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False, indent=1).encode() + b"\n")


def _write_graphml(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    out.write(graphml(network(store, flt)))


def _write_gexf(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    out.write(gexf(network(store, flt)))


def _cited(format: str) -> Callable[[Store, Filter | None, IO[bytes]], None]:
    def write(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
        out.write(citing.bibliography(citing.works(_mentions(store, flt), Sources(store)), format))

    return write


def _write_ics(store: Store, flt: Filter | None, out: IO[bytes]) -> None:
    out.write(citing.calendar(_commitments(store, flt)))


FORMATS: dict[str, Format] = {
    "csv": Format("csv", _write_csv, "text/csv"),
    "jsonl": Format("jsonl", _write_jsonl, "application/jsonl"),
    "parquet": Format("parquet", _write_parquet, "application/vnd.apache.parquet"),
    "xlsx": Format("xlsx", _write_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "plover": Format("jsonl", _write_plover, "application/jsonl"),
    "icews": Format("tab", _table("mention", tabular.ICEWS, tabular.icews_rows, header=True), "text/tab-separated-values"),
    "polecat": Format("txt", _table("mention", tabular.POLECAT, tabular.polecat_rows, header=True), "text/tab-separated-values"),
    "gdelt": Format("CSV", _table("event", tabular.GDELT, tabular.gdelt_rows, header=False), "text/tab-separated-values"),
    "gdelt-mentions": Format(
        "CSV", _table("event", tabular.GDELT_MENTIONS, tabular.gdelt_mention_rows, header=False), "text/tab-separated-values"
    ),
    "phoenix": Format("txt", _table("event", tabular.PHOENIX, tabular.phoenix_rows, header=False), "text/tab-separated-values"),
    "geojson": Format("geojson", _write_geojson, "application/geo+json"),
    "graphml": Format("graphml", _write_graphml, "application/xml"),
    "gexf": Format("gexf", _write_gexf, "application/xml"),
    "ris": Format("ris", _cited("ris"), "application/x-research-info-systems"),
    "bibtex": Format("bib", _cited("bibtex"), "application/x-bibtex"),
    "csl": Format("json", _cited("csl"), "application/vnd.citationstyles.csl+json"),
    "ics": Format("ics", _write_ics, "text/calendar"),
    "events-csv": Format("csv", _write_events, "text/csv"),
    "commitments-csv": Format("csv", _write_commitments, "text/csv"),
    "dyad-day": Format("csv", _panel("day"), "text/csv"),
    "dyad-week": Format("csv", _panel("week"), "text/csv"),
    "dyad-month": Format("csv", _panel("month"), "text/csv"),
    "dyad-year": Format("csv", _panel("year"), "text/csv"),
}
_HEADLESS = frozenset({"gdelt", "gdelt-mentions", "phoenix"})


# --- the description beside ----------------------------------------------------------------------------------


def _describe(store: Store, path: Path, format: str, found: Format, columns: list[str] | None) -> None:
    """Enter the file in the folder's `datapackage.json`, and the tombstones beside it."""
    gone = path.with_name("tombstones.csv")
    with gone.open("wb") as out:
        header = ["kind", "id", "at", "reason"]
        _csv(store.tombstones(), header, out)
    package = path.with_name("datapackage.json")
    have: dict[str, Any] = {"profile": "data-package", "name": "communique-export", "resources": []}
    with contextlib.suppress(OSError, ValueError):
        old = json.loads(package.read_text(encoding="utf-8"))
        if old.get("name") == "communique-export":
            have = old
    kept = [r for r in have["resources"] if r["path"] not in (path.name, gone.name)]
    mine = [_resource(path, format, found.media, columns), _resource(gone, "csv", "text/csv", header)]
    have["resources"] = sorted([*kept, *mine], key=lambda r: str(r["path"]))
    package.write_text(json.dumps(have, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _resource(path: Path, format: str, media: str, columns: list[str] | None) -> dict[str, Any]:
    data = path.read_bytes()
    out: dict[str, Any] = {
        "name": re.sub(r"[^a-z0-9._-]+", "-", path.name.lower()),
        "path": path.name,
        "format": format,
        "mediatype": media,
        "encoding": "utf-8",
        "bytes": len(data),
        "hash": "sha256:" + hashlib.sha256(data).hexdigest(),
    }
    if columns is not None:
        out["profile"] = "tabular-data-resource"
        types = {"float": "number"}
        kinds = [_type(c, format) for c in columns]
        out["schema"] = {"fields": [{"name": c, "type": types.get(k, k)} for c, k in zip(columns, kinds, strict=True)], "missingValues": [""]}
        if "tab" in media:
            out["dialect"] = {"delimiter": "\t", "header": format not in _HEADLESS, "quoteChar": None, "lineTerminator": "\n"}
    return out
