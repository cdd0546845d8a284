"""Annotated → event mentions: which clauses assert an event, of what type, who acts on whom, how real it is.

`code_events` is the stage; the parts are `ontology` (the scheme), `lexicon` and `candidates` (clauses that may
assert an event), `rules` and `codebook` (what they assert), `modality`, `circumstances` (when, where, according
to whom) and `fields` (the record).
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from communique.coding.ontology import DEFAULT, Decisions
from communique.errors import UsageError
from communique.records import Annotated, BlockKind, EventMention, Participant, Uncoded, UncodedReason
from communique.text import slice_span

__all__ = ["code_events"]

_UNCODED_BLOCKS: dict[BlockKind, UncodedReason] = {"caption": "caption", "furniture": "furniture", "credit": "furniture", "byline": "furniture"}
_CODED_BLOCKS = frozenset({"title", "body"})
CODERS = ("model.v1", "rules.v1")


def code_events(
    annotated: Annotated, *, coder: str = "rules.v1", threshold: float = 0.5, decisions: Decisions | None = None, adapted: str = ""
) -> tuple[tuple[EventMention, ...], tuple[Uncoded, ...]]:
    """The event mentions of a document in text order, and the reason for every sentence or block without one.

    `decisions` says how the manual's slips are read and which draft's modes count (docs/codebook.md).
    `adapted` names a file of `communique train`, whose correction is applied (model.v1 only).
    `threshold` is the least score (0..1) that makes a record; what falls below it is uncoded with "low score".
    Captions, credits and page furniture are never coded, and a title printed twice only once. Raises
    `UsageError` for a coder that is not known.
    """
    from communique.coding.fields import assemble
    from communique.coding.rules import propose, sporting

    if coder not in CODERS:
        raise UsageError(f"no coder called {coder!r} here; there are: {', '.join(CODERS)}", value=coder)
    repeats = _repeated(annotated)
    played = sporting(annotated)
    coded = [n for n in range(len(annotated.sentences)) if n not in repeats and n not in played and _block_kind(annotated, n) in _CODED_BLOCKS]
    allowed = frozenset(coded)
    rows = [row for row in propose(annotated) if row.sentence in allowed]
    name = coder
    if coder == "model.v1":
        from communique.coding import adapt, classifier, codebook, reader

        if not classifier.available():
            raise UsageError("model.v1 is not in this installation; use rules.v1, or install a release", value=coder)
        taught = adapt.load(adapted) if adapted else None
        rows = codebook.between_read([codebook.settle_read(row) for row in reader.reread(annotated, rows, coded, adapted=taught)])
        rows = [reader.honest(row) for row in rows]
        name = f"{coder}@{classifier.model_digest()}" + (f"+{adapt.mark(taught)}" if taught else "")
    records = [record for _, record in assemble(annotated, rows, coder=name, threshold=threshold, decisions=decisions or DEFAULT)]
    records = _distinct(records)
    if decisions is not None and decisions.borders == "apart":
        records = [_apart(record) for record in records]
    weak = {row.sentence for row in rows}
    return tuple(records), _uncoded(annotated, records, repeats, weak)


def _block_kind(annotated: Annotated, sentence: int) -> BlockKind:
    return annotated.article.blocks[annotated.sentences[sentence].block].kind


def _repeated(annotated: Annotated) -> frozenset[int]:
    """Sentences of a title that is printed again further on: the last copy, next to the body, is the one that is
    coded; a body sentence that repeats the title is coded and the title is not."""
    out: set[int] = set()
    later: set[str] = set()
    for number in range(len(annotated.sentences) - 1, -1, -1):
        sentence = annotated.sentences[number]
        words = " ".join(slice_span(annotated.article.doc.text, sentence.span).casefold().split())
        if annotated.article.blocks[sentence.block].kind == "title" and words in later:
            out.add(number)
        later.add(words)
    return frozenset(out)


def _apart(record: EventMention) -> EventMention:
    """The record with disputed entities counted under no state (setting `borders`)."""

    def free(parties: tuple[Participant, ...]) -> tuple[Participant, ...]:
        return tuple(
            msgspec.structs.replace(p, country=None, sectors=tuple(s for s in p.sectors if s != "PRE"))
            if (p.entity or "").startswith("territory:") and "PRE" in p.sectors
            else p
            for p in parties
        )

    return msgspec.structs.replace(record, actors=free(record.actors), recipients=free(record.recipients), about=free(record.about))


def _distinct(records: Sequence[EventMention]) -> list[EventMention]:
    seen: dict[str, EventMention] = {}
    for record in sorted(records, key=lambda r: (r.trigger.start, r.trigger.end, r.type)):
        seen.setdefault(record.id, record)
    return list(seen.values())


def _uncoded(
    annotated: Annotated, records: Sequence[EventMention], repeats: frozenset[int], weak: set[int]
) -> tuple[Uncoded, ...]:
    out: list[Uncoded] = []
    for block in annotated.article.blocks:
        reason = _UNCODED_BLOCKS.get(block.kind)
        if reason is not None:
            out.append(Uncoded(span=block.span, reason=reason, detail=block.detail))
    coded = {record.sentence for record in records}
    for number, sentence in enumerate(annotated.sentences):
        if number in coded or _block_kind(annotated, number) not in _CODED_BLOCKS:
            continue
        out.append(Uncoded(span=sentence.span, reason=_reason(number, repeats, weak)))
    return tuple(sorted(out, key=lambda u: (u.span.start, u.span.end)))


def _reason(number: int, repeats: frozenset[int], weak: set[int]) -> UncodedReason:
    if number in repeats:
        return "duplicate title"
    return "low score" if number in weak else "no event"
