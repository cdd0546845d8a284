"""`score coding`: the type of an event between a given pair, and the same with nothing given.

PATH is a tab-separated file with a header and the columns `sentence`, `marked_sentence` (the pair as `<s>..</s>` and
`<t>..</t>`), `gold_root`, `gold_penta` (as in shared/data/plv); a folder holds one or more such `.tsv` files. The fifteen
roots join CONCEDE and RETREAT as YIELD. Metrics: macro F1 over the roots, the four quad classes and conflict
against cooperation, with 95 % bootstrap intervals over sentences. `end_to_end=1` gives the coder the bare sentence:
`both_spans` is the share of rows where actor and recipient of its first record, or the words that a pronoun of it
resolves to, overlap the marked pair, `spans_and_root` where the root is right too. A row for which the coder sees no event counts as wrong.

`scheme` says whose filing the gold follows. Files with the root YIELD were made from CAMEO codes (`cameo`): coming concessions stand with
the intentions (035, AGREE), convictions with the accusations (116), embargoes with COERCE as the 2021 crosswalk has it (163), announced
protests with the threats (133), blockades with ASSAULT (191). The records carry that code, and it is what is compared. `plover`
compares the type itself. By default a file that has YIELD and neither CONCEDE nor RETREAT is read by `cameo`.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from communique import tables
from communique.coding import ontology
from communique.errors import UsageError
from communique.evaluate._measure import bootstrap
from communique.records import Annotated, Article, Block, EventMention, Header, Participant, Span

if TYPE_CHECKING:
    from communique.coding.classifier import Reading

ROOTS = (
    "AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID", "YIELD", "REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION",
    "MOBILIZE", "COERCE", "ASSAULT",
)  # fmt: skip
_QUAD = {"AGREE": 1, "CONSULT": 1, "SUPPORT": 1, "COOPERATE": 2, "AID": 2, "YIELD": 2, "REQUEST": 3, "ACCUSE": 3, "REJECT": 3, "THREATEN": 3}
_MARK = re.compile(r"</?[st]>")


class Row(NamedTuple):
    """One gold row: the sentence, the two spans (`None` when not markable), and the root."""

    text: str
    source: Span | None
    target: Span | None
    root: str
    quad: int
    yields: bool = False
    """Whether the file itself says YIELD, which PLOVER 2.0 no longer has."""


class Said(NamedTuple):
    """What a coder answers for a row: a root or `None`, the spans it used, and the earlier words that these stand for
    where one is a pronoun."""

    root: str | None
    source: Span | None = None
    target: Span | None = None
    source_via: tuple[Span, ...] = ()
    target_via: tuple[Span, ...] = ()


Predict = Callable[[Sequence[Row], bool], list[Said]]


def score(
    path: Path, *, coder: str = "model.v1", end_to_end: str | int | bool = False, limit: str | int = 0, scheme: str = "", predict: Predict | None = None,
    **_: object,
) -> dict[str, float | int]:
    """The figures of a coder on the gold. `limit` takes the first rows only; `scheme` is "cameo", "plover" or empty (the file
    decides); `predict` stands in for the coder."""
    rows = read_rows(path)
    by_cameo = _by_cameo(scheme, rows)
    if int(limit):
        rows = rows[: int(limit)]
    free = str(end_to_end) in {"1", "True", "true"}
    said = (predict or _coder(coder, by_cameo=by_cameo))(rows, free)
    out: dict[str, float | int] = {"n": len(rows)}
    if free:
        out.update(_spans(rows, said))
        return out
    out.update(_types(rows, said))
    return out


def read_rows(path: Path) -> list[Row]:
    """The gold rows of a file or of every `.tsv` in a folder. Raises `UsageError` for another format."""
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    out: list[Row] = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as source:
            reader = csv.DictReader(source, delimiter="\t", quoting=csv.QUOTE_NONE)
            if not {"marked_sentence", "gold_root"} <= set(reader.fieldnames or ()):
                raise UsageError(f"{file}: no columns marked_sentence and gold_root; give a table shaped like PLV_train.tsv", where=str(file))
            out += [_row(line) for line in reader if line.get("gold_root")]
    if not out:
        raise UsageError(f"{path}: no rows to score; give a table shaped like PLV_train.tsv", where=str(path))
    return out


def _row(line: dict[str, str]) -> Row:
    marked = line["marked_sentence"]
    text, spans, at = [], {}, 0
    starts: dict[str, int] = {}
    position = 0
    for found in _MARK.finditer(marked):
        piece = marked[position : found.start()]
        text.append(piece)
        at += len(piece)
        name = found.group()[-2]
        if found.group().startswith("</"):
            if name in starts:
                spans[name] = Span(start=starts[name], end=at)
        else:
            starts[name] = at
        position = found.end()
    text.append(marked[position:])
    root = "YIELD" if line["gold_root"] in {"CONCEDE", "RETREAT"} else line["gold_root"]
    quad = int(line["gold_penta"]) if (line.get("gold_penta") or "").isdigit() else quad_of(root)
    return Row(text="".join(text), source=spans.get("s"), target=spans.get("t"), root=root, quad=quad, yields=line["gold_root"] == "YIELD")


def quad_of(root: str | None) -> int:
    """The quad class 1 to 4 of a root, 0 for no answer."""
    return 0 if root is None else _QUAD.get(root, 4)


# --- figures ------------------------------------------------------------------------------------------


def macro_f1(pairs: Sequence[tuple[object, object]]) -> float:
    """Macro F1 over the classes that occur in the gold; pairs are (gold, said)."""
    classes = sorted({str(g) for g, _ in pairs})
    total = 0.0
    for name in classes:
        hit = sum(1 for g, s in pairs if str(g) == name and str(s) == name)
        wanted = sum(1 for g, _ in pairs if str(g) == name)
        said = sum(1 for _, s in pairs if str(s) == name)
        total += 2 * hit / (wanted + said) if hit else 0.0
    return total / len(classes) if classes else 0.0


def _types(rows: Sequence[Row], said: Sequence[Said]) -> dict[str, float | int]:
    levels: dict[str, list[tuple[object, object]]] = {
        "root": [(r.root, s.root) for r, s in zip(rows, said, strict=True)],
        "quad": [(r.quad, quad_of(s.root)) for r, s in zip(rows, said, strict=True)],
        "binary": [(r.quad >= 3, None if s.root is None else quad_of(s.root) >= 3) for r, s in zip(rows, said, strict=True)],
    }
    out: dict[str, float | int] = {}
    for name, pairs in levels.items():
        low, high = bootstrap(pairs, macro_f1, rounds=300)
        out |= {f"{name}_macro_f1": macro_f1(pairs), f"{name}_macro_f1_low": low, f"{name}_macro_f1_high": high}
    out["root_accuracy"] = sum(1 for g, s in levels["root"] if g == s) / len(rows)
    out["answered"] = sum(1 for s in said if s.root is not None) / len(rows)
    return out


def _touch(a: Span | None, b: Span | None) -> bool:
    return a is not None and b is not None and a.start < b.end and b.start < a.end


def _spans(rows: Sequence[Row], said: Sequence[Said]) -> dict[str, float | int]:
    kept = [(r, s) for r, s in zip(rows, said, strict=True) if r.source is not None and r.target is not None]

    def source(row: Row, said: Said) -> bool:
        return any(_touch(row.source, span) for span in (said.source, *said.source_via))

    def target(row: Row, said: Said) -> bool:
        return any(_touch(row.target, span) for span in (said.target, *said.target_via))

    def share(sample: Sequence[tuple[Row, Said]], *, root: bool) -> float:
        good = sum(1 for r, s in sample if source(r, s) and target(r, s) and (not root or r.root == s.root))
        return good / len(sample) if sample else 0.0

    out: dict[str, float | int] = {"marked": len(kept)}
    for name, root in (("both_spans", False), ("spans_and_root", True)):
        low, high = bootstrap(kept, lambda sample, root=root: share(sample, root=root), rounds=300)  # type: ignore[misc]
        out |= {name: share(kept, root=root), f"{name}_low": low, f"{name}_high": high}
    out["source_span"] = sum(1 for r, s in kept if source(r, s)) / max(1, len(kept))
    out["target_span"] = sum(1 for r, s in kept if target(r, s)) / max(1, len(kept))
    return out


# --- coders -------------------------------------------------------------------------------------------


def _by_cameo(scheme: str, rows: Sequence[Row]) -> bool:
    if scheme not in {"", "cameo", "plover"}:
        raise UsageError(f"no scheme {scheme!r}; there are: cameo, plover", value=scheme)
    return scheme == "cameo" or (not scheme and all(r.yields for r in rows if r.root == "YIELD") and any(r.yields for r in rows))


def _coder(name: str, *, by_cameo: bool) -> Predict:
    if name == "rules.v1":
        return _by(name, by_cameo=by_cameo)
    if name == "model.v1":
        return functools.partial(_model, by_cameo=by_cameo)
    raise UsageError(f"no coder called {name!r} to score; there are: model.v1, rules.v1", value=name)


def _model(rows: Sequence[Row], free: bool, *, by_cameo: bool = False) -> list[Said]:
    """The trained reader: a given pair is marked and read; with nothing given the whole coder runs."""
    if free:
        return _by("model.v1", by_cameo=by_cameo)(rows, True)
    from communique.coding import classifier
    from communique.text import fold_same_length

    items = [(fold_same_length(r.text), [r.source] if r.source else [], [r.target] if r.target else [], None) for r in rows]
    out = []
    for row, reading in zip(rows, classifier.read_pairs(items), strict=True):
        totals: dict[str, float] = {}
        for root, p in _filed(reading, row.text) if by_cameo else ((_root(kind), p) for kind, p in reading.types.items()):
            if root is not None:
                totals[root] = totals.get(root, 0.0) + p
        out.append(Said(root=max(totals, key=lambda t: (totals[t], t))))
    return out


def _filed(reading: Reading, words: str) -> Iterator[tuple[str | None, float]]:
    """The reader's types under the roots of CAMEO: each in the shares of its modalities, the likeliest also in those of its modes."""
    coming = reading.modality["planned"] + reading.modality["pledged"]
    best = max(reading.types, key=lambda t: reading.types[t])
    for kind, p in ((k, p) for k, p in reading.types.items() if k in ROOTS or k in {"CONCEDE", "RETREAT"}):
        for mode, share in reading.modes.items() if kind == best and reading.modes else (("", 1.0),):
            for modality, part in (("planned", coming), ("actual", 1 - coming)):
                yield _root_of_code(tables.cameo_code(kind, mode or None, modality=modality, words=words), kind), p * share * part


_COERCIVE = frozenset({"163"})  # embargoes and sanctions, by the crosswalk of 2021


def _root_of_code(code: str, kind: str) -> str | None:
    """The root under which CAMEO files a record of that code."""
    if kind == "STATE":
        return None
    return "COERCE" if code[:3] in _COERCIVE else _root(ontology.root_type(code) or "")


def annotate_sentence(text: str) -> Annotated:
    """One bare sentence through parse, mentions and names, as the body of a document without date or publisher; a dateline is
    read as one."""
    from communique.annotate import annotate_article
    from communique.ingest.formats import document_from_text
    from communique.ingest.header import match_dateline
    from communique.resolve import resolve_article

    doc = document_from_text(text, source="sentence")
    head = match_dateline(doc.text)
    header = Header(dateline=head["place"], dateline_span=Span(start=head.start("place"), end=head.end("place"))) if head else Header()
    article = Article(doc=doc, blocks=(Block(kind="body", span=Span(start=0, end=len(doc.text))),), header=header)
    return resolve_article(annotate_article(article))


def _by(coder: str, *, by_cameo: bool = False) -> Predict:
    def predict(rows: Sequence[Row], free: bool) -> list[Said]:
        from communique.coding import code_events

        out = []
        for row in rows:
            mentions, _ = code_events(annotate_sentence(row.text), coder=coder, threshold=0.0)
            out.append(_first(mentions, by_cameo=by_cameo) if free else _between(row, mentions, by_cameo=by_cameo))
        return out

    return predict


def _root(kind: str) -> str | None:
    if kind in {"CONCEDE", "RETREAT"}:
        return "YIELD"
    return kind if kind in ROOTS else None


def _ends(mention: EventMention) -> tuple[Participant | None, Participant | None]:
    """The first actor and the first recipient; of actors alone the first two that stand apart."""
    actors = list({p.span: p for p in reversed(mention.actors) if p.span is not None}.values())[::-1]
    recipients = [p for p in mention.recipients if p.span is not None]
    return (actors[0] if actors else None), (recipients[0] if recipients else actors[1] if len(actors) > 1 else None)


def _rooted(mention: EventMention, *, by_cameo: bool) -> str | None:
    return _root_of_code(mention.cameo or "", mention.type) if by_cameo else _root(mention.type)


def _first(mentions: Sequence[EventMention], *, by_cameo: bool) -> Said:
    """The record a reader would name first: complete before incomplete, then by score, then by place."""
    best = sorted(mentions, key=lambda m: (None in _ends(m), -m.score, m.trigger.start))
    if not best:
        return Said(root=None)
    source, target = _ends(best[0])
    return Said(
        root=_rooted(best[0], by_cameo=by_cameo),
        source=source.span if source else None,
        target=target.span if target else None,
        source_via=source.via if source else (),
        target_via=target.via if target else (),
    )


def _between(row: Row, mentions: Sequence[EventMention], *, by_cameo: bool) -> Said:
    """The type of the record whose participants are the marked pair; else of the one that shares most with it."""

    def fit(mention: EventMention) -> tuple[int, float]:
        actors, recipients = [p.span for p in mention.actors], [p.span for p in mention.recipients]
        hits = 2 * any(_touch(row.source, s) for s in actors) + 2 * any(_touch(row.target, s) for s in recipients)
        hits += any(_touch(row.target, s) for s in actors) + any(_touch(row.source, s) for s in recipients)
        return hits, mention.score

    ranked = sorted((m for m in mentions if _root(m.type)), key=fit, reverse=True)
    return Said(root=_rooted(ranked[0], by_cameo=by_cameo)) if ranked else Said(root=None)
