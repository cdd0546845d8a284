"""`score seeds`: event mentions of whole reports against what a careful reader found in them.

PATH is a folder with `gold.json` and the reports it names (format: the README beside it). Each report is coded
by the pipeline; nothing of the gold is shown to it.

What counts as right. A record is found when a predicted one of the same report has an accepted type (the gold
type or one of its alternatives), the same actor countries, and overlapping evidence; meetings and cooperation
have no order, so there the countries of both roles together may agree instead. Each gold record is found by at
most one prediction and the other way round (the largest matching), so saying one thing twice costs precision.
`STATE` lies outside the counts: it neither helps nor costs.

The gold marks `status` and an auxiliary mode; our modalities answer to them as a careful reader would say it:
  historical → historical; hypothetical → hypothetical; future or announced → planned, pledged;
  happened, ongoing → actual, and `pledged` where what happened is a promise (kind commitment);
  alleged → actual (the speaker is in the attribution); claim → actual, hypothetical; negation → denied.
Dates: both ends equal, half-open against the gold's inclusive ends; where the gold has no date, none may be
given. "publication" is the report's own date, and unknown where it has none. Attribution: the innermost speaker's
cue overlaps the gold's, or nobody where the report speaks in its own voice; for a speech act the actor is its
own speaker. Places: same country, and the same name or within 50 km.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from communique.errors import UsageError
from communique.evaluate._measure import bootstrap, prf
from communique.records import CodedDocument, Derived, EventMention, Span

_TYPE = re.compile(r"^([A-Z]{3,9})(?:/|\+| |$)")
_CODE = re.compile(r"^[A-Z]{3}$")
_UNORDERED = frozenset({"CONSULT", "COOPERATE"})
_SENSES: dict[str, set[str | None]] = {
    "government": {"government"}, "place": {"place"}, "dateline place": {"dateline", "place"}, "name part (facility)": {"name part"},
    "boilerplate": {None, "name part", "place"},
}  # fmt: skip


# The gold's kinds of difference → ours that say the same.
_KINDS: dict[str, tuple[str, ...]] = {
    "granularity": ("precision", "label"), "lifecycle": ("status", "update"), "substantive": ("status", "detail", "scope"),
    "attribution": ("attribution",), "only one source": ("only one",), "framing": ("framing", "label"), "wording": ("scope", "label"),
    "detail": ("detail", "label"), "spelling": ("spelling",), "later change": ("update",), "number": ("number", "update", "precision", "contradiction"),
    "scope": ("scope", "number", "update"),
}  # fmt: skip


class Pair(NamedTuple):
    """A gold record and the prediction that found it."""

    gold: Mapping[str, Any]
    said: EventMention


def score(
    path: Path, *, coded: Mapping[str, CodedDocument] | None = None, derived: Derived | None = None, **options: Any
) -> dict[str, float | int]:
    """The figures of the gold in a folder. `coded` (report file name → its coding) and `derived` stand in for the
    pipeline, for tests; by default the reports are coded and linked here."""
    gold = _load(path)
    if coded is None:
        coded = _code(path, gold)
    if derived is None and options.get("link", "1") not in {"0", False}:
        derived = _link(coded)
    files = [d["file"] for d in gold["documents"]]
    pairs = {name: _match(gold, name, _mentions(coded, name)) for name in files}
    out: dict[str, float | int] = {"n": len(gold["records"]), "documents": len(files)}
    out.update(_record_figures(gold, files, coded, pairs))
    found = [p for name in files for p in pairs[name]]
    out.update(_field_figures(gold, found))
    out["metonyms"] = _metonyms(gold, coded)
    out.update(_link_figures(gold, found, derived))
    return out


def _load(path: Path) -> dict[str, Any]:
    source = path / "gold.json" if path.is_dir() else path
    if not source.exists():
        raise UsageError(f"{path}: no gold.json here; give a folder of reports with their gold", where=str(path))
    try:
        gold: dict[str, Any] = json.loads(source.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{source}: not JSON ({error}); give the gold.json of a seeds folder", where=str(source)) from error
    if not isinstance(gold, dict) or "records" not in gold or "documents" not in gold:
        raise UsageError(f"{source}: no `records` and `documents` in it; give the gold.json of a seeds folder", where=str(source))
    return gold


def _code(path: Path, gold: Mapping[str, Any]) -> dict[str, CodedDocument]:
    from communique.pipeline import code_paths

    folder = path if path.is_dir() else path.parent
    out: dict[str, CodedDocument] = {}
    for entry in gold["documents"]:
        for one in code_paths([str(folder / entry["file"])]):
            if isinstance(one, CodedDocument):
                out[entry["file"]] = one
    return out


def _link(coded: Mapping[str, CodedDocument]) -> Derived | None:
    if not coded:
        return None
    from communique.pipeline import link_coded

    return link_coded(list(coded.values()))


def _mentions(coded: Mapping[str, CodedDocument], name: str) -> list[EventMention]:
    found = coded.get(name)
    return [m for m in found.mentions if m.type != "STATE"] if found is not None else []


# --- records ------------------------------------------------------------------------------------------


def accepted_types(record: Mapping[str, Any]) -> frozenset[str]:
    """The PLOVER types that count as right for a gold record; empty where the gold sees no event."""
    out = {record["plover"]["event"]} if record["plover"].get("event") else set()
    for text in record.get("acceptable_alternatives") or ():
        found = _TYPE.match(text)
        if found is not None:
            out.add(found.group(1))
    return frozenset(out)


def _countries(gold: Mapping[str, Any], members: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    out = set()
    for member in members:
        entity = gold.get("entities", {}).get(member["entity"], {})
        code = entity.get("code") or member["entity"].split(".")[0]
        if isinstance(code, str) and _CODE.match(code):
            out.add(code)
    return frozenset(out)


def _said_countries(members: Sequence[Any]) -> frozenset[str]:
    return frozenset(p.country for p in members if p.country)


def _same_actors(gold: Mapping[str, Any], record: Mapping[str, Any], said: EventMention) -> bool:
    actors, ours = _countries(gold, record["actors"]), _said_countries(said.actors)
    if actors == ours:
        return True
    if said.type in _UNORDERED:
        return actors | _countries(gold, record["recipients"]) == ours | _said_countries(said.recipients)
    return False


def _overlaps(record: Mapping[str, Any], said: EventMention) -> bool:
    quote = record["quote"]
    return any(e.start < quote["end"] and quote["start"] < e.end for e in said.evidence if e.start <= said.trigger.start < e.end)


def _fits(gold: Mapping[str, Any], record: Mapping[str, Any], said: EventMention) -> bool:
    return said.type in accepted_types(record) and _overlaps(record, said) and _same_actors(gold, record, said)


def _match(gold: Mapping[str, Any], name: str, said: Sequence[EventMention]) -> list[Pair]:
    """The largest matching, core records first, nearest triggers first."""
    records = sorted((r for r in gold["records"] if r["doc"] == name), key=lambda r: r["requirement"] != "core")
    options = [
        sorted((i for i, m in enumerate(said) if _fits(gold, r, m)), key=lambda i: abs(said[i].trigger.start - records[n]["trigger"]["start"]))
        for n, r in enumerate(records)
    ]
    owner: dict[int, int] = {}

    def place(number: int, seen: set[int]) -> bool:
        for at in options[number]:
            if at in seen:
                continue
            seen.add(at)
            if at not in owner or place(owner[at], seen):
                owner[at] = number
                return True
        return False

    for number in range(len(records)):
        place(number, set())
    return [Pair(records[number], said[at]) for at, number in sorted(owner.items())]


def _record_figures(
    gold: Mapping[str, Any], files: Sequence[str], coded: Mapping[str, CodedDocument], pairs: Mapping[str, list[Pair]]
) -> dict[str, float | int]:
    rows = []
    for name in files:
        core = [r for r in gold["records"] if r["doc"] == name and r["requirement"] == "core"]
        found = sum(1 for p in pairs[name] if p.gold["requirement"] == "core")
        rows.append((found, len(core), len(pairs[name]), len(_mentions(coded, name))))
    touched = 0
    for distractor in gold.get("distractors", ()):
        span = distractor["span"]
        said = coded.get(distractor["doc"])
        for mention in said.mentions if said is not None else ():
            touched += any(e.start < span["end"] and span["start"] < e.end for e in mention.evidence)

    def recall(sample: Sequence[tuple[int, int, int, int]]) -> float:
        return prf(sum(r[0] for r in sample), 1, sum(r[1] for r in sample))[1]

    def precision(sample: Sequence[tuple[int, int, int, int]]) -> float:
        said = sum(r[3] for r in sample)
        return sum(r[2] for r in sample) / said if said else (1.0 if not sum(r[1] for r in sample) else 0.0)

    low, high = bootstrap(rows, recall)
    p_low, p_high = bootstrap(rows, precision)
    return {
        "core_recall": recall(rows), "core_recall_low": low, "core_recall_high": high,
        "precision": precision(rows), "precision_low": p_low, "precision_high": p_high,
        "said": sum(r[3] for r in rows), "core": sum(r[1] for r in rows), "distractors": touched,
    }  # fmt: skip


# --- fields -------------------------------------------------------------------------------------------


def accepted_modalities(record: Mapping[str, Any]) -> frozenset[str]:
    """Our modalities that say what the gold's status and auxiliary mode say (the table at the head)."""
    auxiliary, status = record["plover"].get("auxiliary_mode"), record.get("status")
    if auxiliary == "historical":
        return frozenset({"historical"})
    if auxiliary == "negation":
        return frozenset({"denied"})
    if auxiliary == "hypothetical" or status == "hypothetical":
        return frozenset({"hypothetical"})
    if auxiliary == "future" or status == "announced":
        return frozenset({"planned", "pledged"})
    if record.get("kind") == "commitment":
        return frozenset({"actual", "pledged"})
    if status == "claim":
        return frozenset({"actual", "hypothetical"})
    return frozenset({"actual"})


def _after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _gold_dates(gold: Mapping[str, Any], record: Mapping[str, Any]) -> tuple[str | None, str | None]:
    when = record.get("date") or {}
    published = next((d.get("publication_date") for d in gold["documents"] if d["file"] == record["doc"]), None)

    def side(value: str | None, end: bool) -> str | None:
        if value == "publication":
            value = published
        if value is None:
            return None
        return _after(value) if end else value

    return side(when.get("start"), False), side(when.get("end"), True)


def _same_date(gold: Mapping[str, Any], pair: Pair) -> bool:
    start, end = _gold_dates(gold, pair.gold)
    when = pair.said.when
    open_side = (pair.gold.get("date") or {}).get("granularity", "")
    if end is None and start is not None and "end not stated" in str(open_side):
        return when.start == start
    return (when.start, when.end) == (start, end)


def _same_speaker(gold: Mapping[str, Any], pair: Pair) -> bool:
    chain = pair.gold.get("attribution") or []
    cue = chain[0].get("cue") if chain else None
    said = next((a for a in pair.said.attribution if a.cue is not None), None)
    if cue is None:
        return said is None
    if said is not None and said.cue is not None and _near(said.cue, said.speaker.span, cue):
        return True
    trigger = pair.said.trigger
    return said is None and cue["start"] < trigger.end and trigger.start < cue["end"]


def _near(cue: Span, speaker: Span | None, wanted: Mapping[str, int]) -> bool:
    spans = [cue, *([speaker] if speaker is not None else [])]
    return any(s.start < wanted["end"] and wanted["start"] < s.end for s in spans)


def _same_place(pair: Pair) -> bool | None:
    """`None` where the gold gives no place with a point and we give none either: nothing to measure."""
    resolved = (pair.gold.get("place") or {}).get("resolved")
    where = pair.said.where
    if not resolved:
        return None if where is None else False
    if where is None:
        return False
    if where.name.casefold() == str(resolved.get("name", "")).casefold():
        return True
    lat, lon = resolved.get("lat"), resolved.get("lon")
    if where.lat is None or where.lon is None or lat is None or lon is None:
        return False
    return _kilometres(where.lat, where.lon, lat, lon) <= 50


def _kilometres(a_lat: float, a_lon: float, b_lat: float, b_lon: float) -> float:
    p, q = math.radians(a_lat), math.radians(b_lat)
    h = math.sin((q - p) / 2) ** 2 + math.cos(p) * math.cos(q) * math.sin(math.radians(b_lon - a_lon) / 2) ** 2
    return 12742 * math.asin(min(1.0, math.sqrt(h)))


def _share(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _field_figures(gold: Mapping[str, Any], found: Sequence[Pair]) -> dict[str, float | int]:
    places = [p for pair in found if (p := _same_place(pair)) is not None]
    return {
        "matched": len(found),
        "modality": _share([p.said.modality in accepted_modalities(p.gold) for p in found]),
        "dates": _share([_same_date(gold, p) for p in found]),
        "attribution": _share([_same_speaker(gold, p) for p in found]),
        "places": _share(places),
        "modes": _share([p.said.mode == p.gold["plover"].get("mode") for p in found if p.said.type == p.gold["plover"]["event"] and p.gold["plover"].get("mode")]),
        "recipients": _share([_countries(gold, p.gold["recipients"]) == _said_countries(p.said.recipients) for p in found if p.said.type not in _UNORDERED]),
    }  # fmt: skip


def _metonyms(gold: Mapping[str, Any], coded: Mapping[str, CodedDocument]) -> float:
    right = []
    for row in gold.get("metonym_senses", ()):
        said = coded.get(row["doc"])
        if said is None:
            right.append(False)
            continue
        over = [m for m in said.entities if m.head.start < row["end"] and row["start"] < m.head.end and m.span.end - m.span.start <= row["end"] - row["start"] + 3]
        sense = over[0].sense if over else None
        in_header = (span := said.article.header.dateline_span) is not None and span.start < row["end"] and row["start"] < span.end
        if row["sense"] == "dateline place" and in_header:
            sense = "dateline"
        if row["sense"] == "name part (facility)" and sense is None:
            sense = "name part"
        right.append(sense in _SENSES.get(row["sense"], {row["sense"]}))
    return _share(right)


# --- links --------------------------------------------------------------------------------------------


def _link_figures(gold: Mapping[str, Any], found: Sequence[Pair], derived: Derived | None) -> dict[str, float | int]:
    """`links`: pairwise F1 of "same event" over matched records of different reports; gold pairs whose records were
    not both found count as missed. `differences`: share of the gold's two-sided discrepancies with one of ours on
    both spans. `differences_hit` of `differences_all` counts the one-sided ones too ("only A names it"): by a row of ours
    of kind "only one" there, or by an event there that we have from this report alone though its story has others.
    `differences_kind` counts those whose kind answers to the gold's as well. `false_contradictions`: ours that the gold does not call a contradiction."""
    if derived is None:
        return {"links": 0.0, "differences": 0.0, "false_contradictions": 0}
    event_of = {m: e.id for e in derived.events for m in e.mentions}
    cluster = {r: c["event"] for c in gold.get("clusters", ()) for r in c["records"]}
    doc = {r["id"]: r["doc"] for r in gold["records"]}
    core = {r["id"] for r in gold["records"] if r["requirement"] == "core"}
    wanted = {frozenset((a, b)) for a in cluster for b in cluster if a < b and cluster[a] == cluster[b] and doc[a] != doc[b] and {a, b} <= core}
    said: set[frozenset[str]] = set()
    for a in found:
        for b in found:
            ids = (a.gold["id"], b.gold["id"])
            if ids[0] < ids[1] and a.said.document != b.said.document and event_of.get(a.said.id) is not None and event_of.get(a.said.id) == event_of.get(b.said.id):
                said.add(frozenset(ids))
    good = {p for p in said if len({cluster.get(r) for r in p}) == 1 and None not in {cluster.get(r) for r in p}}
    recall_hits = len(said & wanted)
    precision = len(good) / len(said) if said else (1.0 if not wanted else 0.0)
    recall = recall_hits / len(wanted) if wanted else 1.0
    links = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    two = [d for d in gold.get("discrepancies", ()) if d.get("a") and d.get("b")]
    hit = [any(_both(d, row.left_span, row.right_span) for row in derived.discrepancies) for d in two]
    kinds = [any(_both(d, row.left_span, row.right_span) and row.kind in _KINDS.get(d["kind"], ()) for row in derived.discrepancies) for d in two]
    real = [d for d in two if str(d.get("verdict", "")).startswith(("contradict", "real contradiction"))]
    false = sum(1 for row in derived.discrepancies if row.kind == "contradiction" and not any(_both(d, row.left_span, row.right_span) for d in real))
    shared = {d for story in derived.stories if len(story.documents) > 1 for d in story.documents}
    alone = {m for e in derived.events if len(e.documents) == 1 and e.documents[0] in shared for m in e.mentions}
    told = {(cluster.get(p.gold["id"]), p.gold["doc"]) for p in found if p.said.id in alone}
    one = [
        (d.get("event"), (d.get("a") or d["b"])["doc"]) in told or _one_sided(d, derived)
        for d in gold.get("discrepancies", ()) if bool(d.get("a")) != bool(d.get("b"))
    ]  # fmt: skip
    return {
        "links": links, "links_precision": precision, "links_recall": recall, "links_wanted": len(wanted),
        "differences": _share(hit), "differences_hit": sum(hit) + sum(one), "differences_kind": sum(kinds) + sum(one), "differences_all": len(hit) + len(one), "false_contradictions": false,
    }  # fmt: skip


def _one_sided(row: Mapping[str, Any], derived: Derived) -> bool:
    side = row.get("a") or row["b"]
    spans = [s for d in derived.discrepancies if d.kind == "only one" for s in (d.left_span, d.right_span) if s is not None]
    return any(s.start < side["end"] and side["start"] < s.end for s in spans)


def _both(row: Mapping[str, Any], left: Span | None, right: Span | None) -> bool:
    if left is None or right is None:
        return False

    def touches(span: Span, side: Mapping[str, int]) -> bool:
        return span.start < side["end"] and side["start"] < span.end

    a, b = row["a"], row["b"]
    return (touches(left, a) and touches(right, b)) or (touches(left, b) and touches(right, a))
