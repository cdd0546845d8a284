"""The gold of the sister reports, with offsets, from the strings quoted in each story's `source.toml`.

`source.toml` is what people edit: it quotes the words of the reports and never counts characters. `build(folder)`
finds every quoted string and returns what `gold.json` and `lines.json` hold. A quoted string must occur once in its
report (in its record's quotation, sentence or paragraph for a trigger, an actor or a cue); otherwise `ValueError`
names it, so a careless quotation cannot point at the wrong words. A report with `copy_of` takes over the records
of its model whose words it repeats.

    python tests/cases/sister/build.py        writes gold.json and lines.json of every story
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STORIES = ("armenia-azerbaijan", "bangladesh-myanmar", "bolivia-peru", "guyana-suriname", "kenya-somalia", "niger-benin", "oman-djibouti", "serbia-montenegro")
_STOP = re.compile(r"[.!?][”\"]?\s+(?=[A-Z“\"])")
_ENCODING = "offsets are Unicode code points in the file decoded as UTF-8 (no BOM, LF line ends), half-open [start, end)"
Json = dict[str, Any]


def build(folder: Path) -> tuple[Json, Json]:
    """The contents of `gold.json` and `lines.json` of one story folder. Raises `ValueError` for words not found."""
    source = tomllib.loads((folder / "source.toml").read_text(encoding="utf-8"))
    texts = {d["id"]: (folder / d["file"]).read_text(encoding="utf-8") for d in source["documents"]}
    files = {d["id"]: d["file"] for d in source["documents"]}
    records = [_record(r, texts, files, source) for r in _with_copies(source, texts)]
    gold: Json = {
        "schema": "communique seed gold, version 1",
        "encoding": _ENCODING,
        "documents": [_document(d, texts[d["id"]]) for d in source["documents"]],
        "independence_note": source["independence"],
        "entities": source["entities"],
        "records": records,
        "clusters": _clusters(source["events"], records),
        "discrepancies": [_discrepancy(n, d, texts, files) for n, d in enumerate(source["discrepancies"], 1)],
        "distractors": [
            {"id": f"X{n:02d}", "doc": files[d[0]], "span": _span(texts[d[0]], d[1]), "why": d[2]} for n, d in enumerate(source["distractors"], 1)
        ],
        "metonym_senses": _senses(source, texts, files),
    }
    lines: Json = {
        "schema": "communique seed lines, version 1",
        "encoding": _ENCODING,
        "documents": {d["file"]: _lines(d, texts[d["id"]]) for d in source["documents"]},
    }
    return gold, lines


def _span(text: str, words: str, start: int = 0, end: int | None = None, *, key: str = "text") -> Json:
    """The one place of `words` between two offsets."""
    end = len(text) if end is None else end
    at = text.find(words, start, end)
    if at < 0:
        raise ValueError(f"not in the report: {words!r}")
    if text.find(words, at + 1, end) >= 0:
        raise ValueError(f"more than once in the report: {words!r}")
    return {key: words, "start": at, "end": at + len(words)}


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    cuts = [line, *(m.end() for m in _STOP.finditer(text, line, stop)), stop]
    left = max(c for c in cuts if c <= start)
    right = min(c for c in cuts if c >= end)
    return left, left + len(text[left:right].rstrip())


def _near(text: str, words: str, rings: Sequence[tuple[int, int]]) -> Json:
    """The words in the innermost ring (quotation, sentence, paragraph) that holds them, first occurrence there."""
    for start, end in rings:
        at = text.find(words, start, end)
        if at >= 0:
            return {"text": words, "start": at, "end": at + len(words)}
    raise ValueError(f"not in the paragraph: {words!r}")


def _with_copies(source: Json, texts: Mapping[str, str]) -> list[Json]:
    out = list(source["records"])
    for doc in source["documents"]:
        model = doc.get("copy_of")
        out += [
            {**r, "id": doc["id"] + r["id"][1:], "copied": r["id"]}
            for r in source["records"]
            if r["id"][0] == model and not r.get("headline") and r["quote"] in texts[doc["id"]]
        ]
    return out


def _record(row: Json, texts: Mapping[str, str], files: Mapping[str, str], source: Json) -> Json:
    doc = row["id"][0]
    text = texts[doc]
    quote = _span(text, row["quote"])
    left, right = _sentence(text, quote["start"], quote["end"])
    paragraph = (text.rfind("\n", 0, left) + 1, (text + "\n").find("\n", right))
    rings = ((quote["start"], quote["end"]), (left, right), paragraph)
    event, _, auxiliary = row["do"].partition("+")
    event, _, mode = event.partition("/")
    out: Json = {
        "id": row["id"],
        "doc": files[doc],
        "kind": row.get("kind", "event"),
        "requirement": "optional" if row.get("optional") else "core",
        "plover": {"event": event if event != "NONE" else None, "mode": mode or None, "context": row.get("context", []), "auxiliary_mode": auxiliary or None},
        "acceptable_alternatives": row.get("alt", []),
        "trigger": _near(text, row["trigger"], rings[:1]),
        "quote": quote,
        "sentence": {"text": text[left:right], "start": left, "end": right},
        "actors": [_member(m, text, rings) for m in row.get("actors", [])],
        "recipients": [_member(m, text, rings) for m in row.get("recipients", [])],
        "against_or_about": row.get("about", []),
        "date": _date(row.get("date"), text, rings),
        "place": _place(row.get("place"), text, rings, source["places"]),
        "status": row.get("status", "announced" if auxiliary == "future" else "happened"),
        "attribution": _attribution(row.get("by"), row["trigger"], text, rings),
        "cross_document_event": row["event"],
    }
    out.update({k: row[k] for k in ("note", "commitment") if k in row})
    if "copied" in row:
        out["note"] = f"the same words as {row['copied']}: a copy, no second source"
    return out


def _member(member: str, text: str, rings: Sequence[tuple[int, int]]) -> Json:
    """`ENTITY|words`, or `ENTITY?how` where no words of the paragraph name it."""
    if "?" in member:
        entity, _, how = member.partition("?")
        return {"entity": entity, "surface": None, "how": how}
    entity, _, words = member.partition("|")
    return {"entity": entity, "surface": _near(text, words, rings)}


def _date(row: Sequence[str] | None, text: str, rings: Sequence[tuple[int, int]]) -> Json:
    """[start, end, granularity, words]; empty strings for what is not stated."""
    if row is None:
        return {"start": None, "end": None, "granularity": "not stated", "basis": "not stated", "text": None}
    start, end, granularity, words = row
    basis = "present tense or perfect: open up to publication" if granularity == "open" else "stated"
    if words and not any(words in text[a:b] for a, b in rings[:2]):
        basis = "inherited from the same paragraph"
    return {"start": start or None, "end": end or None, "granularity": granularity, "basis": basis, "text": _near(text, words, rings) if words else None}


def _place(words: str | None, text: str, rings: Sequence[tuple[int, int]], places: Json) -> Json | None:
    """`words`, or `words|key` where the table of places has them under another key."""
    if words is None:
        return None
    words, _, key = words.partition("|")
    return {"text": _near(text, words, rings), "resolved": places[key or words], "basis": "stated"}


def _attribution(by: str | None, trigger: str, text: str, rings: Sequence[tuple[int, int]]) -> list[Json]:
    """`holder|cue`; `self` for an act of speech, whose cue is its own verb; nothing for the report's own voice."""
    if by is None:
        return [{"holder": "the report - own voice", "cue": None}]
    if by == "self":
        return [{"holder": "the actor, by the act itself", "cue": _near(text, trigger, rings[:1])}]
    holder, _, cue = by.partition("|")
    return [{"holder": holder, "cue": _near(text, cue, rings)}]


def _document(row: Json, text: str) -> Json:
    out: Json = {k: row[k] for k in ("id", "file", "publisher", "origin", "dateline") if k in row}
    out["chars"] = len(text)
    out["publication_date"] = row.get("published")
    out["title_span"] = _span(text, row["title"])
    first, last = _span(text, row["body"][0]), _span(text, row["body"][1])
    out["body_span"] = [first["start"], last["end"]]
    return out


def _clusters(events: Mapping[str, str], records: Sequence[Json]) -> list[Json]:
    out = []
    for event, title in events.items():
        own = [r for r in records if r["cross_document_event"] == event]
        names = sorted({r["id"][0] for r in own})
        told = "only " + names[0] if len(names) == 1 else " and ".join(names)
        out.append(
            {"event": event, "title": title, "records": [r["id"] for r in own], "reported_by": told, "core": any(r["requirement"] == "core" for r in own)}
        )
    return out


def _discrepancy(number: int, row: Json, texts: Mapping[str, str], files: Mapping[str, str]) -> Json:
    out: Json = {"id": f"D{number:02d}", "kind": row["kind"], "field": row["field"]}
    for side in ("a", "b"):
        doc, words = row[side]
        out[side] = {"doc": files[doc], **_span(texts[doc], words)}
    return {**out, "verdict": row["verdict"], "event": row["event"]}


def _senses(source: Json, texts: Mapping[str, str], files: Mapping[str, str]) -> list[Json]:
    """Rows [document, word, context that holds it once, sense, entity]; copies take over the rows of their model."""
    rows = [tuple(r) for r in source["metonyms"]]
    for doc in source["documents"]:
        rows += [(doc["id"], *r[1:]) for r in source["metonyms"] if r[0] == doc.get("copy_of") and r[3] != "dateline place" and r[2] in texts[doc["id"]]]
    out = []
    for doc, word, context, sense, entity in rows:
        around = _span(texts[doc], context)
        inner = _near(texts[doc], word, ((around["start"], around["end"]),))
        out.append({"doc": files[doc], **inner, "sense": sense, "entity": entity, "context": context})
    return out


def _lines(row: Json, text: str) -> Json:
    labels = {start: label for label, starts in row["labels"].items() for start in starts}
    out, at = [], 0
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            label = next((labels[s] for s in labels if line.startswith(s)), "body")
            out.append({"line": number, "start": at, "end": at + len(line), "label": label, "text": line})
        at += len(line) + 1
    return {
        "lines": out, "title": row["title"], "outlet": row.get("outlet"), "publisher": row["publisher"], "agency": row.get("agency"),
        "publication_date": row.get("published"), "dateline_place": row.get("dateline"), "syndicated": row.get("syndicated"), "language": "en",
        "traps": row.get("traps", []),
    }  # fmt: skip


def main() -> int:
    """Write the files of every story."""
    for story in STORIES:
        for name, data in zip(("gold.json", "lines.json"), build(HERE / story), strict=True):
            (HERE / story / name).write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
