"""`score coref PATH`: how many labelled anaphors get exactly their antecedents.

PATH is a file shaped like `coref.json` of the seeds (its documents and `gold.json` beside it), or a JSON Lines file (or a
folder of them) of `{id, text, mentions: [{span, kind, antecedents: [[span, …], …]}]}`, one list of naming spans per entity.

A mention counts only when the set is right: every gold entity is met and nothing else is named. Antecedents are
followed through other anaphors until they reach a phrase that names something, so a link to a wrongly resolved pronoun
is wrong. An empty gold list is met by no antecedent and no reference.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import UsageError
from communique.evaluate._measure import bootstrap
from communique.records import Annotated, Article, Block, Document, Header, Mention, Span
from communique.text import digest, overlap, sha256_text

Verdict = tuple[str, bool, str]  # kind, right, what was found


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """`accuracy` over all anaphors with its interval over documents, `n`, and accuracy and count by kind."""
    units = [[(kind, ok) for kind, ok, _ in verdicts] for _, verdicts in judge(path)]
    result: dict[str, float | int] = {"n": sum(len(u) for u in units), "documents": len(units)}
    result["right"] = sum(ok for unit in units for _, ok in unit)
    result["accuracy"] = _accuracy(units)
    result["accuracy_low"], result["accuracy_high"] = bootstrap(units, _accuracy)
    for kind in sorted({kind for unit in units for kind, _ in unit}):
        found = [ok for unit in units for k, ok in unit if k == kind]
        result[f"{kind}_accuracy"] = sum(found) / len(found)
        result[f"{kind}_n"] = len(found)
    return result


def judge(path: Path) -> list[tuple[str, list[Verdict]]]:
    """Per document its id and the verdict on every labelled mention, in order."""
    if path.is_file() and path.suffix == ".json":
        return _judge_seeds(path)
    files = sorted([*path.glob("*.jsonl"), *path.glob("*.jsonl.gz")]) if path.is_dir() else [path]
    if path.is_dir() and (path / "coref.json").exists():
        return _judge_seeds(path / "coref.json")
    if not files:
        raise UsageError(f"{path}: no .jsonl file and no coref.json here", where=str(path))
    return [_judge_row(row) for file in files for row in _rows(file)]


def _accuracy(units: Iterable[list[tuple[str, bool]]]) -> float:
    found = [ok for unit in units for _, ok in unit]
    return sum(found) / len(found) if found else 0.0


def _rows(file: Path) -> list[dict[str, Any]]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    try:
        rows = [msgspec.json.decode(line) for line in data.splitlines() if line.strip()]
        for row in rows:
            row["text"], row["mentions"]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise UsageError(f"{file}: each line must be an object with text and mentions ({error})", where=str(file)) from error
    return rows


def _judge_row(row: dict[str, Any]) -> tuple[str, list[Verdict]]:
    annotated = resolved(plain_article(row["text"]))
    out: list[Verdict] = []
    for gold in row["mentions"]:
        span = Span(*gold["span"])
        mention = _mention_at(annotated, span)
        found = closure(annotated, mention) if mention is not None else []
        sets = [[Span(*s) for s in entity] for entity in gold["antecedents"]]
        ok = all(any(_meets(f, entity) for f in found) for entity in sets) and all(
            any(_meets(f, entity) for entity in sets) for f in found
        )
        if not sets:
            ok = not found and (mention is None or not mention.refs)
        text = annotated.article.doc.text
        out.append((gold.get("kind", "anaphor"), ok, f"{text[span.start:span.end]} -> {[text[f[0].start:f[0].end] for f in found]}"
                    f" ({mention.rule if mention else 'no mention'})"))  # fmt: skip
    return str(row.get("id", digest(row["text"]))), out


def plain_article(text: str, *, source: str = "text") -> Article:
    """An article whose paragraphs are all body; a dateline that opens the text is known as one."""
    from communique.ingest.header import match_dateline

    sha = sha256_text(text)
    doc = Document(id=digest(text), source=source, format="text", text=text, sha256=sha, raw_sha256=sha)
    blocks: list[Block] = []
    at = 0
    for line in text.split("\n"):
        if line.strip():
            blocks.append(Block(kind="body", span=Span(at, at + len(line))))
        at += len(line) + 1
    dateline = match_dateline(text)
    span = Span(*dateline.span("place")) if dateline is not None else None
    return Article(doc=doc, blocks=tuple(blocks), header=Header(dateline_span=span))


def resolved(article: Article) -> Annotated:
    """The article annotated, its names and chains resolved."""
    from communique.annotate import annotate_article
    from communique.resolve.chains import resolve_chains

    annotated = annotate_article(article)
    try:
        from communique.resolve.entities import resolve_names
    except ModuleNotFoundError:
        return resolve_chains(annotated)
    return resolve_chains(resolve_names(annotated))


def _mention_at(annotated: Annotated, span: Span) -> Mention | None:
    """The mention that ends with the same head as the gold span and shares most of it."""
    best: tuple[int, Mention] | None = None
    for mention in annotated.mentions:
        shared = overlap(mention.span, span)
        if not shared or not span.start <= mention.head.start < span.end or abs(mention.head.end - span.end) > 2:
            continue
        miss = abs(mention.span.start - span.start) + abs(mention.span.end - span.end)
        if best is None or miss < best[0]:
            best = (miss, mention)
    return best[1] if best is not None and best[0] <= max(12, span.end - span.start) else None


def _meets(found: tuple[Span, ...], spans: list[Span]) -> bool:
    return any(overlap(f, s) for f in found for s in spans)


def closure(annotated: Annotated, mention: Mention) -> list[tuple[Span, ...]]:
    """What finally names the things the mention stands for, following antecedents through other anaphors: for each, the
    span reached and the spans of the same name that it goes back to. A body of a state ("the electoral commission") names
    itself, and goes back to its state."""
    by_span = {(m.span.start, m.span.end): m for m in annotated.mentions}
    out: list[tuple[Span, ...]] = []
    frontier = list(mention.antecedents)
    seen: set[Span] = set()
    while frontier:
        span = frontier.pop(0)
        if span in seen:
            continue
        seen.add(span)
        via = by_span.get((span.start, span.end))
        names = via is None or via.kind not in ("pronoun", "group", "nominal") or via.rule == "body of the state in play"
        if via is not None and via.antecedents and not names:
            frontier += via.antecedents
        else:
            out.append((span, *(via.antecedents if via is not None else ())))
    return out


# --- the seeds' shape -------------------------------------------------------------------------------


def _judge_seeds(path: Path) -> list[tuple[str, list[Verdict]]]:
    data = msgspec.json.decode(path.read_bytes())
    gold_path = path.parent / "gold.json"
    gold = msgspec.json.decode(gold_path.read_bytes()) if gold_path.exists() else {}
    out = []
    if not isinstance(data, dict) or not isinstance(data.get("documents"), dict):
        raise UsageError(f"{path}: no documents in it; give a file shaped like the coref.json of a seeds folder", where=str(path))
    for name, mentions in sorted(data["documents"].items()):
        file = path.parent / name
        if not file.exists():
            raise UsageError(f"{file}: the document that {path.name} speaks of is not beside it", where=str(file))
        annotated = resolved(_seed_article(file.read_text(encoding="utf-8"), name))
        out.append((name, [_seed_verdict(annotated, m, gold, name) for m in mentions]))
    return out


def _seed_article(text: str, name: str) -> Article:
    from communique.records import Document as _Document

    try:
        from communique.ingest import label_article
        from communique.ingest.formats import document_from_text
    except ImportError:
        return plain_article(text, source=name)
    doc: _Document = document_from_text(text, source=name)
    return label_article(doc)


def _seed_verdict(annotated: Annotated, row: dict[str, Any], gold: dict[str, Any], name: str) -> Verdict:
    span = Span(row["start"], row["end"])
    mention = _mention_at(annotated, span)
    kind = str(row["kind"]).split(" ")[0].strip("(").split("/")[0].lower()
    if mention is None:
        return kind, not row["refers_to"], f"{row['text']} -> no mention"
    spans = [found[0] for found in closure(annotated, mention)]
    text = annotated.article.doc.text
    shown = f"{row['text']} -> refs {[r.name for r in mention.refs]} spans {[text[s.start:s.end] for s in spans]} ({mention.rule})"
    if kind == "not":
        return kind, mention.sense not in ("government", "organisation", "people"), shown
    wanted = row["refers_to"]
    events = [w for w in wanted if w not in gold.get("entities", {})]
    if events:
        areas = _event_areas(gold, name, events)
        names = [str(n).lower() for n in row["antecedents"]]
        said = [text[s.start : s.end].lower() for s in spans]
        ok = all(any(overlap(s, a) for a in areas) or any(w in n for n in names) for s, w in zip(spans, said, strict=True))
        return kind, bool(spans) and ok, shown
    return kind, _entities_right(annotated, mention, spans, [gold["entities"][w] for w in wanted], wanted), shown


def _event_areas(gold: dict[str, Any], name: str, events: list[str]) -> list[Span]:
    return [
        Span(q["start"], q["end"])
        for record in gold.get("records", ())
        if record.get("doc") == name and record.get("cross_document_event") in events
        for q in _listed(record.get("quote"))
    ]


def _listed(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _entities_right(
    annotated: Annotated, mention: Mention, spans: list[Span], wanted: list[dict[str, Any]], ids: list[str]
) -> bool:
    """Whether refs (or, without any, the antecedents' words) name the wanted entities and no other."""
    text = annotated.article.doc.text
    found = [(r.name, r.country, r.kind) for r in mention.refs] or [(text[s.start : s.end], None, "unknown") for s in spans]
    if not found:
        return False
    return all(any(_is(f, w, i) for f in found) for w, i in zip(wanted, ids, strict=True)) and all(
        any(_is(f, w, i) for w, i in zip(wanted, ids, strict=True)) for f in found
    )


def _is(found: tuple[str, str | None, str], entity: dict[str, Any], number: str) -> bool:
    name, country, kind = found
    low = name.lower()
    aliases = [str(entity.get("name", "")), *entity.get("aliases", ())]
    if any(low == a.lower() or (len(low) > 3 and low in a.lower()) or (len(a) > 3 and a.lower() in low) for a in aliases):
        return True
    code = entity.get("code") or number.split(".")[0]
    return country == code and (("." not in number) == (kind in ("country", "territory")) or kind in ("office", "organisation"))
