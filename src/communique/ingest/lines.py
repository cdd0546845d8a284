"""Which lines of a document are its body: the features of lines, and the small network that reads them.

A line alone says little, its neighbours much: a short sentence between paragraphs is body, the same sentence
among links is not. So each line gets about forty numbers (shape, words, topic), sees those of the lines around
it and of the whole page, and a network of one hidden layer scores it; a second network of the same shape reads
the first one's scores along the page, which is what keeps the body in one piece and ends it at the comments.
Both are plain arrays in `data/model/lines.npz`, made by `scripts/train_lines.py`; numpy alone runs them, a page
at a time, in one pass over the characters. Boosted trees on the same features scored no better and took five
times as long to run without their library.
"""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from communique import tables
from communique.records import Document, Span

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_LONG = 1500  # a line longer than this is cut at sentence ends: a page pasted as one line
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002])[\"”’')\]]*\s+(?=[\"“‘'(\[]?[A-Z0-9À-Þ\u0400-\u042f])|(?<=\u3002)")

# Character classes, one bit each; a table over the first 12,289 code points, "letter" beyond it.
_UPPER, _LOWER, _DIGIT, _SPACE, _COMMA, _STOP, _QUOTE, _BAR, _OTHER, _WIDE = range(10)
_TABLE_SIZE = 0x3001
_CLASSES = 10

_OWN = 40  # features of a line by itself, see `_own_features`
_NEAR = (-3, -2, -1, 1, 2, 3)  # neighbours whose first `_SHARED` features a line sees
_SHARED = 14
_SPREAD = (2, 6, 16)  # half widths of the windows over which features are averaged
_REFUSED, _SURE = 0.2, 0.9  # see `_agreed`
_STEPS = (-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6)  # neighbours whose first score the second network sees


class Model(NamedTuple):
    """The arrays of one model. Layers are (weights, bias) pairs; `words` gives each furniture word its weight."""

    words: dict[str, float]
    mean: Floats
    scale: Floats
    first: tuple[Floats, ...]
    mean2: Floats
    scale2: Floats
    second: tuple[Floats, ...]
    threshold: float


def split_lines(doc: Document) -> tuple[Span, ...]:
    """Spans of the non-empty lines, without white space at their edges; a very long line comes in sentences."""
    if doc.lines:
        return doc.lines
    out: list[Span] = []
    at = 0
    for piece in doc.text.splitlines(keepends=True):
        stripped = piece.strip()
        if stripped:
            start = at + len(piece) - len(piece.lstrip())
            if len(stripped) <= _LONG:
                out.append(Span(start, start + len(stripped)))
            else:
                out.extend(_sentences(stripped, start))
        at += len(piece)
    return tuple(out)


def _sentences(line: str, offset: int) -> list[Span]:
    """The pieces of a long line between sentence ends, trimmed."""
    cuts = [0, *(m.end() for m in _SENTENCE_END.finditer(line)), len(line)]
    out = []
    for a, b in itertools.pairwise(cuts):
        piece = line[a:b].rstrip()
        left = len(piece) - len(piece.lstrip())
        if piece.strip():
            out.append(Span(offset + a + left, offset + a + len(piece)))
    return out


def body_mask(doc: Document, units: Sequence[Span]) -> list[bool]:
    """Whether each line is body, by the model; all of a text of one or two lines of prose."""
    if not units:
        return []
    if doc.main:
        return _agreed(doc, units)
    scores = score_lines(doc.text, units)
    found = scores >= load_model("text").threshold
    if not found.any():
        found = _fallback(doc.text, units, scores)
    return [bool(x) for x in found]


def _agreed(doc: Document, units: Sequence[Span]) -> list[bool]:
    """Lines that the main-text extractor chose and the model does not refuse, with those the model is sure of. Both
    bounds were set on the held-out sites: aed .920 to .927, scrapinghub .986 to .985 (resiliparse: .860 to .911,
    .939 to .967); with the model's bound alone at .1 to .3 and .9 to .95 they move by less than .004."""
    chosen = set(doc.main)
    main = np.array([span in chosen for span in units])
    scores = score_lines(doc.text, units)
    found = (main & (scores > _REFUSED)) | (scores > _SURE)
    if not found.any():
        found = main
    return [bool(x) for x in found]


def _fallback(text: str, units: Sequence[Span], scores: Floats) -> npt.NDArray[np.bool_]:
    """When the model finds no body: the lines that read as sentences, in a text short enough to be a note."""
    prose = np.array([len(text[s.start : s.end].split()) >= 6 and text[s.end - 1] in ".!?\"”’)" for s in units])
    return prose & (scores >= 0.05) if len(units) > 12 else prose


def score_lines(text: str, units: Sequence[Span]) -> Floats:
    """The body score (0..1) of each line."""
    model = load_model("text")
    spans = np.array([(s.start, s.end) for s in units], dtype=np.int64)
    base = base_features(text, spans[:, 0], spans[:, 1], model.words)
    return run(model, base)


@cache
def load_model(name: str) -> Model:
    """The model of that name ("text", "html"), read once from `data/model/lines.npz`."""
    with np.load(io.BytesIO(tables.read_bytes("model/lines.npz"))) as arrays:
        return unpack({k.split("/", 1)[1]: arrays[k] for k in arrays.files if k.startswith(name + "/")})


def unpack(arrays: dict[str, npt.NDArray[Any]]) -> Model:
    """A `Model` from its arrays by name; see `scripts/train_lines.py` for how they are written."""
    words = bytes(arrays["words"]).decode("utf-8").split("\n")
    f32 = {k: v.astype(np.float32) for k, v in arrays.items() if k != "words"}
    return Model(
        words=dict(zip(words, (float(x) for x in f32["weights"]), strict=True)),
        mean=f32["mean"], scale=f32["scale"], first=tuple(f32[f"first{i}"] for i in range(4)),
        mean2=f32["mean2"], scale2=f32["scale2"], second=tuple(f32[f"second{i}"] for i in range(4)),
        threshold=float(f32["threshold"]),
    )  # fmt: skip


def run(model: Model, base: Floats) -> Floats:
    """Scores of lines from their own features: both networks."""
    inputs = (context_features(base) - model.mean) * model.scale
    first = _network(model.first, inputs)
    inputs2 = (score_features(first, inputs, base) - model.mean2) * model.scale2
    return _sigmoid(_network(model.second, inputs2))


_ONE_THREAD = 250_000  # OpenBLAS hands a product of more multiplications than 262,144 to all cores, which for these small ones only costs


def _network(layers: tuple[Floats, ...], inputs: Floats) -> Floats:
    rows = max(1, _ONE_THREAD // layers[0].size)
    hidden = np.empty((len(inputs), layers[0].shape[1]), dtype=np.float32)
    for k in range(0, len(inputs), rows):
        np.matmul(inputs[k : k + rows], layers[0], out=hidden[k : k + rows])
    hidden += layers[1]
    np.maximum(hidden, 0.0, out=hidden)
    out = hidden @ layers[2] + layers[3]
    return np.asarray(out[:, 0], dtype=np.float32)


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30, 30))), dtype=np.float32)


# --- features ------------------------------------------------------------------------------------------


@cache
def _class_table() -> npt.NDArray[np.uint8]:
    """The class of each code point below `_TABLE_SIZE`, and of all others at its end."""
    table = np.full(_TABLE_SIZE + 1, _OTHER, dtype=np.uint8)
    table[_TABLE_SIZE] = _WIDE
    for code in range(_TABLE_SIZE):
        ch = chr(code)
        if ch.isspace():
            table[code] = _SPACE
        elif ch.isupper():
            table[code] = _UPPER
        elif ch.isalpha():
            table[code] = _LOWER
        elif ch.isdigit():
            table[code] = _DIGIT
    for chars, kind in ((",;", _COMMA), (".!?…", _STOP), ("\"“”‘’'«»„", _QUOTE), ("|•·/>:»›→", _BAR)):
        for ch in chars:
            table[ord(ch)] = kind
    return table


_FUNCTION = frozenset(
    ["the", "of", "to", "and", "in", "a", "that", "for", "on", "is", "was", "with", "as", "by", "said", "at", "from", "he", "his", "has", "it", "are", "be", "its", "have", "an", "not", "were", "who", "will", "which", "had", "de", "la", "le", "les", "des", "et", "en", "un", "une", "du", "dans", "que", "pour", "el", "los", "las", "y", "del", "por", "con", "para", "se", "su", "der", "die", "und", "das", "den", "von", "zu", "mit", "ist", "dem", "ein", "eine", "auf", "für", "im", "nicht", "di", "il", "che", "per", "è", "i", "o", "da", "em", "não", "uma", "com", "и", "в", "на", "что", "с", "по", "не", "het", "van", "een", "op", "te", "dat", "og", "på", "til", "som", "för", "att"]
)


def base_features(text: str, starts: Ints, ends: Ints, words: dict[str, float]) -> Floats:
    """[lines, 40] features of each line by itself and of its place in the page. One pass over the characters gives
    their classes; what is counted a line is counted in one `bincount`, what is counted a word over word starts."""
    codes = _codes(text)
    kinds = _class_table().take(codes, mode="clip")
    kinds[codes == 0x3002] = _STOP  # the full stop of Chinese and Japanese; all else beyond the table is "wide"
    n = len(starts)
    line_of_char = np.zeros(len(kinds), dtype=np.intp)
    line_of_char[starts] = _CLASSES
    np.cumsum(line_of_char, out=line_of_char)  # (line + 1) * _CLASSES; the space between two lines counts as the first's
    line_of_char += kinds
    per = np.bincount(line_of_char, minlength=(n + 1) * _CLASSES).reshape(n + 1, _CLASSES)[1:].T.astype(np.float32)
    begins = kinds != _SPACE
    begins[1:] &= kinds[:-1] == _SPACE
    begins[starts] = True
    word_starts = np.flatnonzero(begins)
    first, last = np.searchsorted(word_starts, starts), np.searchsorted(word_starts, ends)
    capital = np.concatenate(([0], np.cumsum(kinds[word_starts] == _UPPER)))
    lexical = _word_features(_words(text, codes, kinds, words), first, last)
    return _own_features(kinds, per, starts, ends, (last - first).astype(np.float32), capital[last] - capital[first], lexical)


def _word_features(words: tuple[Any, Floats, Floats, Floats], first: Any, last: Any) -> Floats:
    """Per line: share of function words, furniture weight (sum, mean, highest), topic shared with long lines."""
    same, weight, function, content = words
    count = len(same)
    last = np.minimum(last, count)
    first = np.minimum(first, last)
    length = last - first
    safe = np.maximum(length, 1).astype(np.float32)
    sums = np.zeros((3, count + 1))
    np.cumsum((function, weight, content), axis=1, out=sums[:, 1:])
    per = sums[:, last] - sums[:, first]
    out = np.zeros((len(first), 7), dtype=np.float32)
    out[:, 0] = per[0] / safe
    out[:, 1] = np.clip(per[1], -12, 12)
    out[:, 2] = per[1] / safe
    if not count:
        return out
    filled = length > 0  # reduceat takes no empty runs
    runs = first[filled]
    out[filled, 3] = np.minimum(np.minimum.reduceat(weight, runs), 0.0) if len(runs) else 0.0
    long = length >= 14
    inside = np.repeat(long[filled], np.diff(np.append(runs, count))) if len(runs) else np.zeros(count, dtype=bool)
    inside = np.concatenate((np.zeros(count - len(inside), dtype=bool), inside))
    topic = np.bincount(same[inside], minlength=count)[same].astype(np.float32) * content
    shared = np.log1p(np.maximum(topic - inside, 0.0)) * content
    both = np.zeros((2, count + 1))
    np.cumsum((shared, shared > 0), axis=1, out=both[:, 1:])
    total, times = both[:, last] - both[:, first]
    named = np.maximum(per[2], 1.0)
    out[:, 4] = total / named
    out[:, 5] = np.log1p(np.maximum(total, 0.0))
    out[:, 6] = times / named
    return out


# --- words as numbers: no string is made of any word ------------------------------------------------------

_BASE, _MIXED = 0x9E3779B97F4A7C15, 0xD6E8FEB86659FD93  # odd; any would do
_BEFORE_AFTER = ".,;:!?\"“”‘’'()[]|"  # taken off a word's ends before it is looked up


def _words(text: str, codes: Any, kinds: Any, weights: dict[str, float]) -> tuple[Any, Floats, Floats, Floats]:
    """Of each word between white space: a number that the same words share, capitals or not; its furniture weight;
    whether it is a function word; whether a content word (1 or 0)."""
    space = kinds == _SPACE
    if "\u0130" in text or "\u03a3" in text or (kinds == _WIDE).any():  # small letters of another number, or by what follows
        codes = _codes(text.lower())
        space = _class_table().take(codes, mode="clip") == _SPACE
    edges = np.flatnonzero(np.diff(space, prepend=True, append=True))
    starts, ends = edges[0::2], edges[1::2]
    sums, back = _hash_sums(codes)
    at, same = _numbered((sums[ends] - sums[starts]) * back[starts])
    starts, ends = _trimmed(codes, starts[at], ends[at])
    hashes = (sums[ends] - sums[starts]) * back[starts]
    lexicon, values = _lexicon(weights)
    found = np.searchsorted(lexicon, hashes)
    weight, function = values[:, np.where(lexicon[found] == hashes, found, len(lexicon) - 1)]
    content = ((ends - starts > 3) & (function == 0)).astype(np.float32)
    return same, weight[same], function[same], content[same]


def _numbered(values: Any) -> tuple[Any, Any]:
    """(where each value stands once, the number of each), as `np.unique` gives them in twice the time."""
    order = np.argsort(values)
    ordered = values[order]
    new = np.ones(len(values), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=new[1:])
    number = np.empty(len(values), dtype=np.intp)
    number[order] = np.cumsum(new) - 1
    return order[new], number


def _codes(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)


def _trimmed(codes: Any, starts: Any, ends: Any) -> tuple[Any, Any]:
    """The ends of each word moved inwards over `_BEFORE_AFTER`; the arrays given are changed."""
    edge = _edge_table()
    for at, step, looked in ((starts, 1, 0), (ends, -1, -1)):
        todo = np.arange(len(at))
        while len(todo):
            todo = todo[edge.take(codes[at[todo] + looked], mode="clip")]
            at[todo] += step
            todo = todo[starts[todo] < ends[todo]]
    return starts, ends


@cache
def _edge_table() -> npt.NDArray[np.bool_]:
    table = np.zeros(_TABLE_SIZE + 1, dtype=bool)
    table[[ord(ch) for ch in _BEFORE_AFTER]] = True
    return table


def _mixed(codes: Any) -> Any:
    mixed = codes * np.uint64(_MIXED)
    return mixed ^ (mixed >> np.uint64(29))


@cache
def _mixed_table() -> Any:
    """What stands for each code point below `_TABLE_SIZE` in a hash, capitals as small letters."""
    return _mixed(np.array([ord(chr(code).lower()[0]) for code in range(_TABLE_SIZE)], dtype=np.uint64))


def _hash_sums(codes: npt.NDArray[np.uint32]) -> tuple[Any, Any]:
    """(sums, back): `(sums[b] - sums[a]) * back[a]` is the hash of characters a to b, a polynomial modulo 2**64."""
    powers, back = _powers(max(1 << 15, 1 << len(codes).bit_length()))
    mixed = _mixed_table().take(codes, mode="clip")
    wide = codes >= _TABLE_SIZE
    if wide.any():
        mixed[wide] = _mixed(codes[wide])
    mixed *= powers[: len(codes)]
    sums = np.zeros(len(codes) + 1, dtype=np.uint64)
    np.cumsum(mixed, out=sums[1:])
    return sums, back


@lru_cache(maxsize=2)
def _powers(count: int) -> tuple[Any, Any]:
    """The powers of `_BASE` and of its inverse modulo 2**64."""
    out = []
    for base in (_BASE, pow(_BASE, -1, 1 << 64)):
        factors = np.full(count + 1, base, dtype=np.uint64)
        factors[0] = 1
        out.append(np.cumprod(factors))
    return out[0], out[1]


_LEXICONS: dict[int, tuple[dict[str, float], Any, Floats]] = {}  # by the identity of the weights, which it keeps alive


def _lexicon(weights: dict[str, float]) -> tuple[Any, Floats]:
    """The hashes of all words that mean something, sorted, and (furniture weight, is a function word) of each; the last is
    no word, for those not among them."""
    known = _LEXICONS.get(id(weights))
    if known is None:
        if len(_LEXICONS) > 8:
            _LEXICONS.clear()
        words = sorted(weights.keys() | _FUNCTION)
        ends = np.cumsum([len(word) for word in words])
        starts = ends - [len(word) for word in words]
        sums, back = _hash_sums(_codes("".join(words)))
        hashes = (sums[ends] - sums[starts]) * back[starts]
        order = np.argsort(hashes)
        values = np.array([[weights.get(word, 0.0) for word in words] + [0.0], [float(word in _FUNCTION) for word in words] + [0.0]], dtype=np.float32)
        values[:, :-1] = values[:, order]
        known = _LEXICONS[id(weights)] = (weights, np.append(hashes[order], np.uint64(2**64 - 1)), values)
    return known[1], known[2]


def _own_features(kinds: Any, per: Floats, starts: Ints, ends: Ints, words: Floats, capitals: Any, lexical: Floats) -> Floats:
    n = len(starts)
    chars = (ends - starts).astype(np.float32)
    size = np.maximum(chars, 1.0)
    count = np.maximum(words, 1.0)
    tail, before = kinds[ends - 1], kinds[np.maximum(ends - 2, starts)]
    head = kinds[starts]
    stop = (tail == _STOP) | ((tail == _QUOTE) & ((before == _STOP) | (before == _COMMA)))
    previous = np.concatenate(([0], ends[:-1]))
    after = np.concatenate((starts[1:], ends[-1:]))
    wide = per[_WIDE] + words
    log_chars, log_words = np.log1p(chars), np.log1p(wide)
    total = max(1.0, float(chars.sum()))
    seen = (np.cumsum(chars) - chars / 2) / total
    longest = np.maximum(chars.max(), 1.0)
    columns = (
        log_words, log_chars, stop, per[_STOP] / count, per[_COMMA] / count, lexical[:, 0], lexical[:, 1], lexical[:, 2], lexical[:, 3],
        capitals / count, lexical[:, 4], lexical[:, 6], np.minimum(chars, 600) / 600, (stop & (words >= 8)),
        lexical[:, 5], per[_UPPER] / size, per[_DIGIT] / size, per[_QUOTE] / count, per[_BAR] / count, per[_WIDE] / size,
        per[_LOWER] / size, tail == _BAR, head == _UPPER, head == _LOWER, head == _DIGIT, head == _QUOTE, tail == _COMMA,
        np.minimum(starts - previous, 4), np.minimum(after - ends, 4), np.arange(n) / n, seen, np.log1p(n),
        np.log1p(total), chars / longest, np.minimum(words, 4) / 4, wide / total * n / 10,
        np.mean(chars > 80), float(chars[stop].sum()) / total, float(chars.std()) / (1 + float(chars.mean())),
        float(np.mean(lexical[:, 0])),
    )  # fmt: skip
    out = np.empty((_OWN, n), dtype=np.float32)  # here and below a feature is a row until the end: rows are written in one go
    for k, column in enumerate(columns):
        out[k] = column
    return out.T


def _shift_into(out: Floats, rows: Floats, by: int) -> None:
    """Line i of `out` becomes line i+by of `rows`; lines off the page stay as they are (0)."""
    if by == 0:
        out[:] = rows
    elif by < 0:
        out[..., -by:] = rows[..., :by]
    elif by < rows.shape[-1]:
        out[..., :-by] = rows[..., by:]


def _averages_into(out: Floats, rows: Floats, halves: Sequence[int]) -> None:
    """The means of each row over lines i-half..i+half, a window after another."""
    width, n = rows.shape
    sums = np.zeros((width, n + 1))
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    at = np.arange(n)
    for k, half in enumerate(halves):
        low, high = np.maximum(at - half, 0), np.minimum(at + half + 1, n)
        out[k * width : (k + 1) * width] = (sums[:, high] - sums[:, low]) / (high - low)


def context_features(base: Floats) -> Floats:
    """A line's own features, its neighbours', and averages over three windows."""
    rows = base.T
    own, n = rows.shape
    shared = rows[:_SHARED]
    out = np.zeros((own + _SHARED * (len(_NEAR) + len(_SPREAD)), n), dtype=np.float32)
    out[:own] = rows
    for k, by in enumerate(_NEAR):
        _shift_into(out[own + k * _SHARED : own + (k + 1) * _SHARED], shared, by)
    _averages_into(out[own + len(_NEAR) * _SHARED :], shared, _SPREAD)
    return out.T


def score_features(first: Floats, inputs: Floats, base: Floats) -> Floats:
    """What the second network reads: scores of the neighbours, scores summed before and after, and the line."""
    p = _sigmoid(first)
    mass = np.asarray(p * np.expm1(base[:, 1]), dtype=np.float32)
    total = max(1.0, float(mass.sum()))
    before = (np.cumsum(mass) - mass) / total
    n, steps = len(base), len(_STEPS)
    out = np.zeros((steps + 13 + base.shape[1], n), dtype=np.float32)
    for k, by in enumerate(_STEPS):
        _shift_into(out[k], p, by)
    _averages_into(out[steps : steps + 3], p[None], (3, 8, 20))
    _averages_into(out[steps + 3 : steps + 6], (mass * np.float32(0.005))[None], (3, 8, 20))
    rest = (before, 1 - before - mass / total, mass / total, np.log1p(total), p.max(), p.mean(), np.clip(first, -8, 8))
    for k, row in enumerate(rest, steps + 6):
        out[k] = row
    out[steps + 13 :] = inputs.T[: base.shape[1]]
    return out.T
