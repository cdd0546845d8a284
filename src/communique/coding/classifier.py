"""The trained reader `model.v1`: triggers, participants, type, mode, modality and contexts from one small encoder.

An int8 ONNX model (onnxruntime, one thread, CPU) reads a sentence with marks round spans: no mark gives triggers;
the trigger marked gives the spans of actors, recipients and speakers and the labels; actor and recipient marked
gives the labels of that pair. Trained by `scripts/train_coder.py` on `resources/training/`. Scores are softmax
probabilities at the temperature fitted on the corpus's dev part. The session is made on first use and kept.

One input at a time: the model scales what it computes by the largest value of its batch, so that in a batch a sentence's
scores would depend on its neighbours; and padding cost more than a batch of sixteen saved (docs/design/coding.md).

Rejected: torch at run time (2 GB); a second encoder for spans (twice the cost for no measured gain); fp32 (2.5 times the
time of int8 on a processor with AVX2 alone).
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from communique import tables
from communique.records import Span

NAME = "model.v1"
_FOLDER = "model/coder"

Floats = NDArray[np.float32]


class Words(NamedTuple):
    """A span that the model found, offsets into the text handed in, and its mean probability."""

    role: str  # "A" actor, "R" recipient, "S" speaker, "T" trigger
    start: int
    end: int
    score: float


class Reading(NamedTuple):
    """What the model makes of one marked sentence. `types`, `modes`, `modality` and `contexts` are probabilities by
    name; `modes` are those of the best type alone, "" for none. `reversed_` is the probability that the marked pair
    stands the wrong way round."""

    types: dict[str, float]
    modes: dict[str, float]
    modality: dict[str, float]
    contexts: dict[str, float]
    words: tuple[Words, ...]
    reversed_: float


class _Card(msgspec.Struct):
    types: list[str]
    modes: list[str]
    modalities: list[str]
    contexts: list[str]
    tags: list[str]
    marks: dict[str, tuple[int, int]]
    length: int
    temperature: float
    trained_on: str = ""


class _Reader:
    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.card = msgspec.json.decode(tables.read_bytes(f"{_FOLDER}/coder.json"), type=_Card)
        self.session = onnxruntime.InferenceSession(
            tables.read_bytes(f"{_FOLDER}/coder.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self.tokenizer = Tokenizer.from_str(tables.read_bytes(f"{_FOLDER}/tokenizer.json").decode())

    def encode(self, text: str, spans: Sequence[tuple[str, int, int]]) -> tuple[list[int], dict[str, list[int]], list[tuple[int, int]]]:
        """ids with marks, positions of each role's opening marks, and offsets by id ((0, 0) for marks)."""
        found = self.tokenizer.encode(text, add_special_tokens=False)
        opened: dict[int, list[str]] = {}
        closed: dict[int, list[str]] = {}
        for role, start, end in spans:
            inside = [k for k, (a, b) in enumerate(found.offsets) if a < end and b > start]
            if inside:
                opened.setdefault(inside[0], []).append(role)
                closed.setdefault(inside[-1], []).append(role)
        ids, offsets = [101], [(0, 0)]
        where: dict[str, list[int]] = {"A": [], "R": [], "T": []}
        for k, (token, offset) in enumerate(zip(found.ids, found.offsets, strict=True)):
            for role in opened.get(k, ()):
                where[role].append(len(ids))
                ids.append(self.card.marks[role][0])
                offsets.append((0, 0))
            ids.append(token)
            offsets.append(offset)
            for role in closed.get(k, ()):
                ids.append(self.card.marks[role][1])
                offsets.append((0, 0))
        limit = self.card.length - 1
        return [*ids[:limit], 102], {r: [p for p in ps if p < limit] for r, ps in where.items()}, [*offsets[:limit], (0, 0)]

    def run(self, inputs: Sequence[tuple[str, Sequence[tuple[str, int, int]]]], outputs: list[str]) -> list[tuple[list[Floats], list[tuple[int, int]]]]:
        """The named outputs for each input, in order, with the offsets of its ids."""
        out = []
        for text, spans in inputs:
            ids, places, offsets = self.encode(text, spans)
            marks = {r: np.zeros((1, len(ids)), dtype=np.float32) for r in "ART"}
            for role, at in places.items():
                marks[role][0, at] = 1 / max(1, len(at))
            feed = {"ids": np.array([ids], dtype=np.int64), "a": marks["A"], "r": marks["R"], "t": marks["T"]}
            out.append(([g[0] for g in self.session.run(outputs, feed)], offsets))
        return out


_loading = threading.Lock()


@functools.lru_cache(maxsize=1)
def _made() -> _Reader:
    return _Reader()


def _reader() -> _Reader:
    with _loading:
        return _made()


def load() -> None:
    """Load the model now, where the first reading would. Most of its half second needs no interpreter, so that it can pass
    in a thread beside other work."""
    _reader()


def available() -> bool:
    """Whether the model is in this installation."""
    return f"{_FOLDER}/coder.onnx" in tables.manifest()["tables"]


def model_digest() -> str:
    """First hex digits of the model's digest, for provenance."""
    digest: str = tables.manifest()["tables"][f"{_FOLDER}/coder.onnx"]["sha256"]
    return digest[:8]


def trained_on() -> str:
    """What the shipped model was trained on, as its card says."""
    return _reader().card.trained_on


def find_triggers(sentences: Sequence[str], *, least: float = 0.5) -> list[tuple[Words, ...]]:
    """For each sentence the words that assert an event (score at least `least`), offsets into the sentence."""
    got = _reader().run([(s, ()) for s in sentences], ["trig"])
    return [tuple(w for w in _spans(outs[0], offsets, ["O", "B-T", "I-T"]) if w.score >= least) for outs, offsets in got]


def read_triggers(items: Sequence[tuple[str, Span]]) -> list[Reading]:
    """For each (sentence, trigger span in it) who acts, who receives, who says so, and what it is."""
    return _read([(text, [("T", t.start, t.end)]) for text, t in items])


def read_pairs(items: Sequence[tuple[str, Sequence[Span], Sequence[Span], Span | None]]) -> list[Reading]:
    """For each (sentence, actor spans, recipient spans, trigger or None) what passes between the pair."""
    marked = [
        (
            text,
            [
                *(("A", s.start, s.end) for s in actors),
                *(("R", s.start, s.end) for s in recipients),
                *([("T", trigger.start, trigger.end)] if trigger else []),
            ],
        )
        for text, actors, recipients, trigger in items
    ]
    return _read(marked)


def _read(inputs: Sequence[tuple[str, Sequence[tuple[str, int, int]]]]) -> list[Reading]:
    reader = _reader()
    card = reader.card
    got = reader.run(inputs, ["type", "mode", "modality", "contexts", "direction", "args"])
    out = []
    for (types, modes, modality, contexts, direction, args), offsets in got:
        probs = _softmax(types / card.temperature)
        best = card.types[int(probs.argmax())]
        own = [k for k, name in enumerate(card.modes) if name.startswith(best + "/")]
        chosen = _softmax(modes[own]) if own else np.zeros(0, dtype=np.float32)
        out.append(
            Reading(
                types={t: float(p) for t, p in zip(card.types, probs, strict=True)},
                modes={card.modes[k].partition("/")[2]: float(p) for k, p in zip(own, chosen, strict=True)},
                modality={m: float(p) for m, p in zip(card.modalities, _softmax(modality), strict=True)},
                contexts={c: float(p) for c, p in zip(card.contexts, 1 / (1 + np.exp(-contexts)), strict=True)},
                words=_spans(args, offsets, card.tags),
                reversed_=float(_softmax(direction)[1]),
            )
        )
    return out


def _softmax(values: Floats) -> Floats:
    shifted = np.exp(values - values.max())
    result: Floats = shifted / shifted.sum()
    return result


def _spans(logits: Floats, offsets: Sequence[tuple[int, int]], names: Sequence[str]) -> tuple[Words, ...]:
    """BIO tags to spans in text order; an I- without its B- starts one; a word's pieces hang together."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    probs = shifted / shifted.sum(-1, keepdims=True)
    out: list[Words] = []
    role, start, end, scores = "", 0, 0, [0.0]

    def close() -> None:
        if role:
            out.append(Words(role, start, end, float(np.mean(scores))))

    for k, (a, b) in enumerate(offsets):
        if b <= a or k >= len(probs):
            continue
        best = int(probs[k].argmax())
        name = names[best]
        score = float(probs[k, best])
        joined = bool(role) and a == end  # the next piece of one word
        if joined and (name == "O" or name[2:] != role or name[0] == "B"):
            end = b
            continue
        if name == "O":
            close()
            role = ""
        elif name[0] == "B" or name[2:] != role:
            close()
            role, start, end, scores = name[2:], a, b, [score]
        else:
            end = b
            scores.append(score)
    close()
    return tuple(out)
