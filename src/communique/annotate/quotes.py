"""Who is said to have said what: speaker, cue and content of every attribution in an article.

`_speech` proposes candidates from the parse of each sentence; here they are chosen, joined with quotation marks, and
carried over sentence ends. Decided:
- A quotation's content is what lies between the marks, over as many sentences as they hold; a second quotation in
  the same paragraph, and paragraphs that each open with a mark and follow one another, belong to the speaker named last.
- Content without marks is the clause, phrase or object that the reporting word governs; "according to X" governs
  its clause. A headline's "Kremlin: no talks" has the colon as cue.
- Reports of will and belief ("wants", "fears that", "called for") count as attributions: an event in them is said by
  their source, not by the publisher. `rule` names the class, so that a reader may keep speech alone.
- `speaker` is None where nobody is named ("is believed to have fled"); a nameless source ("officials") is a speaker.
- Attributions may lie inside one another (an agency reports what a ministry said); both are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from communique.annotate._choose import accepted, model
from communique.annotate._speech import Candidate, candidates, speaker_of
from communique.records import Article, AttributionKind, Quotation, Sentence, Span
from communique.text import fold_same_length, merge_spans, overlap, trim

_OPEN_CLOSE = re.compile(r'"|\'\'|``')
_COLON = re.compile(r"\s*([^:\"]{2,70}?)\s?:\s+(?=\S)")
# Who a headline may name behind its colon as saying the rest.
_SOURCES = frozenset(
    ["minister", "ministry", "official", "spokesman", "spokeswoman", "spokesperson", "president", "premier", "chancellor", "governor", "mayor", "police", "army", "military", "navy", "government", "source", "report", "media", "agency", "tv", "television", "radio", "witness", "rebel", "militia", "court", "prosecutor", "embassy", "ambassador", "envoy", "diplomat", "parliament", "lawmaker", "commission", "coalition", "monitor", "watchdog", "activist", "resident", "medic", "analyst", "expert", "document", "data", "survey", "general", "chief"]
)
_LOOSE = 30  # characters; shorter quotations are not carried over to the speaker of the paragraph
_MIN_QUOTE = 12  # characters; shorter quoted pieces are names of things, not speech


def find_quotations(article: Article, sentences: Sequence[Sentence], *, learnt: bool = True) -> tuple[Quotation, ...]:
    """The attributions of an article in text order.

    Spans are of `article.doc.text`. `content` has several pieces where a cue or an aside parts it. `sentence` is the
    index of the sentence that holds the cue. `learnt` False lets the table of reporting words choose alone.
    """
    chooser = model() if learnt else None
    text = article.doc.text
    marks = _quoted_spans(article)
    found: list[Quotation] = []
    for index, sentence in enumerate(sentences):
        title = article.blocks[sentence.block].kind == "title"
        for candidate in candidates(sentence.tokens, every=chooser is not None):
            if not accepted(sentence.tokens, candidate, chooser):
                continue
            made = _quotation(text, sentence, index, candidate, marks)
            if made is not None:
                found.append(made)
        colon = _headline(text, sentence, index, title)
        if colon is not None:
            found.append(colon)
    found = [q for q in found if not any(_within_cue(q, other) for other in found)]
    return tuple(
        sorted(
            _with_loose_quotes(article, sentences, found, marks), key=lambda q: (q.content[0], q.cue or q.content[0])
        )
    )


def _within_cue(one: Quotation, other: Quotation) -> bool:
    """Whether a cue is only a part of another one: "saying" in "was quoted as saying"."""
    if one.cue is None or other.cue is None or one.cue == other.cue:
        return False
    return other.cue.start <= one.cue.start and one.cue.end <= other.cue.end


def outermost(found: Sequence[Quotation]) -> tuple[Quotation, ...]:
    """The attributions whose cue (or content) lies in no other one's content."""
    out = []
    for one in found:
        here = one.cue or one.content[0]
        if not any(other is not one and any(overlap(here, c) for c in other.content) for other in found):
            out.append(one)
    return tuple(out)


# --- quotation marks ---------------------------------------------------------------------------------


def _quoted_spans(article: Article) -> list[Span]:
    """What lies between double quotation marks, marks included, paragraph by paragraph; an unclosed one runs to the
    end of its paragraph."""
    out: list[Span] = []
    for block in article.blocks:
        plain = fold_same_length(article.doc.text[block.span.start : block.span.end])
        at = 0
        for piece in re.split(r"(\n\s*\n)", plain):
            out.extend(
                Span(start=s.start + at + block.span.start, end=s.end + at + block.span.start) for s in _marks(piece)
            )
            at += len(piece)
    return out


def _marks(text: str) -> list[Span]:
    out: list[Span] = []
    opened: int | None = None
    for found in _OPEN_CLOSE.finditer(text):
        before = text[found.start() - 1 : found.start()]
        after = text[found.end() : found.end() + 1]
        opening = found[0] == "``" or (
            before in ("", " ", "\n", "(", "[", "-") and after not in ("", " ", "\n", ".", ",")
        )
        if opened is None and opening:
            opened = found.start()
        elif opened is not None and not (opening and before in (" ", "\n")):
            out.append(Span(start=opened, end=found.end()))
            opened = None
    if opened is not None and len(text) - opened > _MIN_QUOTE:
        out.append(Span(start=opened, end=len(text.rstrip())))
    return out


# --- one candidate -----------------------------------------------------------------------------------


def _quotation(text: str, sentence: Sentence, index: int, made: Candidate, marks: Sequence[Span]) -> Quotation | None:
    tokens = sentence.tokens
    cue = Span(start=tokens[made.cue[0]].start, end=tokens[made.cue[-1]].end)
    pieces = _runs(text, sentence, made.content)
    beside = _beside(text, cue, _source_span(text, sentence, made), marks)
    if made.complement == "ccomp" and any(_continues(text, sentence, m, marks) for m in beside):
        beside = ()  # the second quotation of whoever spoke before; "The minister added that" opens a sentence of its own
    if beside and made.rule.startswith("verb") and not any(overlap(m, p) for m in beside for p in pieces):
        # a quotation next to the speaker is what is said; an object that the parse found instead is whom it was said to
        pieces = merge_spans([*pieces, *beside]) if made.complement == "ccomp" else beside
    if not pieces:
        return None
    held = [
        m for m in marks if m.end - m.start > _MIN_QUOTE and not overlap(m, cue) and any(overlap(m, p) for p in pieces)
    ]
    pieces = merge_spans([*pieces, *held])
    speaker = _source_span(text, sentence, made)
    return Quotation(
        content=tuple(pieces), speaker=speaker, cue=cue, kind=_kind(pieces, marks), sentence=index, rule=made.rule
    )


def _continues(text: str, sentence: Sentence, mark: Span, marks: Sequence[Span]) -> bool:
    """Whether a quotation that ended before the sentence is the second of its paragraph, and so the earlier speaker's."""
    if mark.end > sentence.span.start or text[mark.end - 2] not in ".!?" or mark.end - mark.start < _LOOSE or not _sentence_like(text, mark):
        return False
    return any(m.end < mark.start and "\n" not in text[m.end : mark.start] for m in marks)


def _beside(text: str, cue: Span, speaker: Span | None, marks: Sequence[Span]) -> tuple[Span, ...]:
    """The quotation that stands right before or after a cue and its speaker: '"…," Mr. Orr said on Monday.'"""
    start = min(cue.start, speaker.start) if speaker else cue.start
    end = max(cue.end, speaker.end) if speaker else cue.end
    for mark in marks:
        if mark.end <= start and not re.search(r"[^\s,]", text[mark.end : start]):
            return (mark,)
        gap = text[end : mark.start]
        if mark.start >= end and len(gap) < 110 and re.fullmatch(r"[^.!?\"\n]*[,:]\s?", gap):
            return (mark,)
    return ()


def _runs(text: str, sentence: Sentence, positions: Sequence[int]) -> tuple[Span, ...]:
    """Positions as spans of text: neighbours joined, bare punctuation at the edges dropped."""
    spans: list[Span] = []
    run: list[int] = []
    for p in [*positions, -10]:
        if run and p != run[-1] + 1:
            spans.append(Span(start=sentence.tokens[run[0]].start, end=sentence.tokens[run[-1]].end))
            run = []
        run.append(p)
    return tuple(s for s in (_edges(text, s) for s in spans) if s.end - s.start > 1)


def _edges(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while end > start and text[end - 1] in " \n\t,;:.-\u2013\u2014":
        end -= 1
    while start < end and text[start] in " \n\t,;:.-\u2013\u2014":
        start += 1
    return Span(start=start, end=end)


def _source_span(text: str, sentence: Sentence, made: Candidate) -> Span | None:
    if not made.source:
        return None
    tokens = sentence.tokens
    last = made.source[0]
    for p in made.source[1:]:
        if any(c in made.cue for c in range(last + 1, p)):
            break
        last = p
    return trim(text, Span(start=tokens[made.source[0]].start, end=tokens[last].end))


def _kind(pieces: Sequence[Span], marks: Sequence[Span]) -> AttributionKind:
    total = sum(p.end - p.start for p in pieces)
    quoted = sum(overlap(p, m) for p in pieces for m in marks)
    if quoted >= 0.85 * total:
        return "quoted"
    return "mixed" if quoted else "reported"


def _headline(text: str, sentence: Sentence, index: int, title: bool) -> Quotation | None:
    """ "Kremlin: no talks planned" in a title, or a line that is a name, a colon and a quotation."""
    line = text[sentence.span.start : sentence.span.end]
    if title and (tail := _tail(text, sentence, index)) is not None:
        return tail
    found = _COLON.match(line)
    if found is None:
        return None
    names = [t for t in sentence.tokens if t.start < sentence.span.start + found.end(1) and t.pos != "PUNCT"]
    rest = line[found.end() :]
    quoted = fold_same_length(rest[:1]) == '"'
    if (
        not names
        or len(names) > 6
        or not any(t.pos in ("PROPN", "NOUN") for t in names)
        or any(t.pos in ("VERB", "AUX", "NUM") for t in names)
    ):
        return None
    if not (
        quoted
        or title
        or (len(line) < 140 and not line.rstrip().endswith((".", "?", "!")) and names[-1].pos == "PROPN")
    ):
        return None
    start = sentence.span.start
    colon = start + line.index(":", found.end(1))
    return Quotation(
        content=(_edges(text, Span(start=start + found.end(), end=sentence.span.end)),),
        speaker=Span(start=start + found.start(1), end=start + found.end(1)), cue=Span(start=colon, end=colon + 1),
        kind="quoted" if quoted else "reported", sentence=index, rule="colon",
    )  # fmt: skip


_TAIL = re.compile(r"(?P<said>\S[^\"]{12,}?)\s?(?P<colon>:|\s[-\u2013\u2014])\s+(?P<who>[^:,.!?\"]{2,50})$")


def _tail(text: str, sentence: Sentence, index: int) -> Quotation | None:
    """ "Mali expelled two envoys: minister" in a title: a clause, and behind the colon nothing but who says so."""
    found = _TAIL.fullmatch(text[sentence.span.start : sentence.span.end].rstrip())
    if found is None:
        return None
    start = sentence.span.start
    who = [t for t in sentence.tokens if t.start >= start + found.start("who")]
    clause = any(t.pos in ("VERB", "AUX") for t in sentence.tokens if t.end <= start + found.end("said"))
    if not clause or not 0 < len(who) <= 5 or any(t.pos in ("VERB", "AUX", "NUM", "ADP", "PRON") for t in who):
        return None
    last = who[-1]
    if last.lemma.lower() not in _SOURCES and not (last.text.isupper() and len(last.text) > 1):
        return None
    colon = Span(start=start + found.start("colon"), end=start + found.end("colon"))
    return Quotation(
        content=(Span(start=start + found.start("said"), end=start + found.end("said")),),
        speaker=Span(start=start + found.start("who"), end=start + found.end("who")), cue=trim(text, colon), kind="reported",
        sentence=index, rule="colon",
    )  # fmt: skip


# --- quotations that stand alone ---------------------------------------------------------------------


def _with_loose_quotes(
    article: Article, sentences: Sequence[Sentence], found: list[Quotation], marks: Sequence[Span]
) -> list[Quotation]:
    """Quoted sentences that no candidate holds go to the speaker of the paragraph, else of the paragraph before."""
    text = article.doc.text
    out = sorted(found, key=lambda q: (q.cue or q.content[0]).start)
    for mark in marks:
        if mark.end - mark.start < _LOOSE or any(
            overlap(mark, c) * 2 > mark.end - mark.start for q in out for c in q.content
        ):
            continue
        if not _sentence_like(text, mark):
            continue
        host = _host(text, out, mark)
        if host is None:
            made = _after_colon(text, sentences, mark)
            if made is not None:
                out.append(made)
            continue
        pieces = merge_spans([*out[host].content, mark], gap=2)
        out[host] = msgspec.structs.replace(out[host], content=pieces)
    return out


def _after_colon(text: str, sentences: Sequence[Sentence], mark: Span) -> Quotation | None:
    """A quotation that a colon or comma introduces without a reporting word: the subject of the clause said it."""
    if not re.search(r"[:,]\s?$", text[max(0, mark.start - 3) : mark.start]):
        return None
    for index, sentence in enumerate(sentences):
        if sentence.span.start <= mark.start < sentence.span.end or sentence.span.end in range(
            mark.start - 2, mark.start + 1
        ):
            found = speaker_of(sentence.tokens, mark.start)
            if found is None:
                return None
            made = Candidate(found[0], found[1], (), "introduced", found[0][0])
            cue = Span(start=sentence.tokens[found[0][0]].start, end=sentence.tokens[found[0][-1]].end)
            return Quotation(
                content=(mark,), speaker=_source_span(text, sentence, made), cue=cue, kind="quoted", sentence=index, rule="introduced"
            )  # fmt: skip
    return None


def _sentence_like(text: str, mark: Span) -> bool:
    first = next((ch for ch in text[mark.start : mark.end] if ch.isalpha()), "")
    before = text[max(0, mark.start - 2) : mark.start].strip()
    return (
        first.isupper()
        and (not before or before in '.!?:"\u201d\n')
        and text[mark.start : mark.end].rstrip("\"'\u201d\u2019 ")[-1:] in ".,!?\u2026-\u2014"
    )


def _host(text: str, found: Sequence[Quotation], mark: Span) -> int | None:
    """The attribution that a quoted piece continues: the last one before it with quoted content, in this paragraph
    or, when the paragraph is all quotation, in the one before."""
    paragraph = max(text.rfind("\n\n", 0, mark.start), text.rfind("\n", 0, mark.start), 0)
    best = None
    for i, one in enumerate(found):
        here = one.cue or one.content[0]
        if here.start < mark.start and (one.kind != "reported" or text[here.end : here.end + 1] == ":"):
            if here.start >= paragraph or (
                not text[paragraph : mark.start].strip() and text.count("\n\n", here.start, mark.start) <= 2
            ):
                best = i
    return best
