"""How the language model is run: spaCy's own components and weights, at about half their cost.

Decided here (figures in docs/design/language.md):
- The parser and the entity recogniser are stepped from here, with the interpreter's lock held. Their own loop gives the lock
  up and takes it back for every document at every step, which costs the recogniser more than all it computes.
- Word class and lemma follow from the word, its tag and its dependency label, or from those of two words in a row, by the
  model's patterns and tables. So the model's own ruler and lemmatizer are asked once for each such triple and pair, and
  their answer is kept. When the model has a pattern of another kind, they are asked for every passage.
- The first layer of both encoders sees a word by itself; its vector is kept (`_Vectors`).
- Where numpy's matrix product is held to one thread (`bound_threads`), it stands in for spaCy's, which on many processors
  runs without vector instructions.

Nothing here decides what is read: tests compare every token with the plain pipeline's.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

_Key = tuple[int, int, int]  # a word, its tag, its label
Told = tuple[str, str, str, str]  # lemma, word class, tag, label
_FOLLOWS = frozenset({"ORTH", "TEXT", "LOWER", "TAG", "DEP", "IS_SPACE"})  # what follows from a word, its tag and its label
TEXT = "communique.text"  # where a passage keeps its text, which spaCy puts together from its tokens each time
_TABLED = ("attribute_ruler", "lemmatizer")
_KEPT = 200_000  # triples, about 40 MB; ten thousand reports have half as many


class Word(NamedTuple):
    """A token as the model reads it. `head` is an index into the passage; `first` says that a sentence begins here."""

    start: int
    end: int
    lemma: str
    pos: str
    tag: str
    dep: str
    ent: str
    head: int
    first: bool
    space: bool


class Backend:
    """A loaded spaCy pipeline, ready to read passages."""

    def __init__(self, nlp: Any) -> None:
        self.nlp = nlp
        self._reading = threading.Lock()
        self._table = _Table.of(nlp)
        skipped = _TABLED if self._table else ()
        self._steps = [(_stepper(pipe) or _plain(pipe)) for name, pipe in nlp.pipeline if name not in skipped]
        if numpy := _one_thread():
            _use_numpy(nlp)
        _keep_vectors(nlp, numpy=numpy)

    def read(self, texts: Sequence[str]) -> list[list[Word]]:
        """The words of each text, parsed together. One caller at a time: the model's parts hand each other the batch."""
        with self._reading:
            docs = [self.nlp.make_doc(text) for text in texts]
            for doc, text in zip(docs, texts, strict=True):
                doc.user_data[TEXT] = text
            for step in self._steps:
                step(docs)
            told = self._table.tell(docs) if self._table else map(_told, docs)
            return [self._words(doc, some) for doc, some in zip(docs, told, strict=True)]

    def _words(self, doc: Any, told: Sequence[Told]) -> list[Word]:
        from spacy.attrs import ENT_IOB, ENT_TYPE, HEAD, IS_SPACE, LENGTH, SENT_START, SPACY

        if not told:
            return []
        strings, ents = doc.vocab.strings, ("", "I", "O", "B")
        columns = doc.to_array([HEAD, ENT_TYPE, ENT_IOB, LENGTH, SPACY, SENT_START, IS_SPACE]).astype("int64").T.tolist()
        out, at = [], 0
        for n, ((lemma, pos, tag, dep), head, kind, iob, length, gap, sent, space) in enumerate(zip(told, *columns, strict=True)):
            ent = f"{ents[iob]}-{strings[kind & _ID]}" if kind else ""
            out.append(Word(at, at + length, lemma, pos, tag, dep, ent, n + head, sent == 1, bool(space)))
            at += length + gap
        return out


_ID = (1 << 64) - 1  # ids of strings are unsigned


class _Table:
    """What the model's ruler and lemmatizer say of a word with its tag and label, and of two in a row that a pattern of
    two tokens speaks of ("there is", "gon na")."""

    def __init__(self, nlp: Any, double: Sequence[Any]) -> None:
        from spacy.matcher import Matcher

        self._vocab = nlp.vocab
        self._ruler, self._lemmatizer = (nlp.get_pipe(name) for name in _TABLED)
        self._halves = Matcher(nlp.vocab, validate=False)
        for n, two in enumerate(one for rule in double for one in rule["patterns"]):
            for half, token in enumerate(two):
                self._halves.add(str(2 * n + half), [[token]])
        self._known: dict[_Key, Told] = {}
        self._half: dict[_Key, int] = {}  # which halves of patterns a word may be, one bit each
        self._pairs: dict[tuple[_Key, _Key], Sequence[Told]] = {}

    @classmethod
    def of(cls, nlp: Any) -> _Table | None:
        """The table of a pipeline; `None` when its components are not those that are known here."""
        if [n for n in nlp.pipe_names if n in _TABLED] != list(_TABLED):
            return None
        ruler, lemmatizer = (nlp.get_pipe(name) for name in _TABLED)
        shapes = [(rule, {len(one) for one in rule["patterns"]}) for rule in ruler.patterns]
        tokens = [token for rule, _ in shapes for one in rule["patterns"] for token in one]
        if lemmatizer.mode not in ("rule", "lookup") or lemmatizer.overwrite or any(not set(t) <= _FOLLOWS for t in tokens):
            return None
        if any(sizes != {1} and sizes != {2} for _, sizes in shapes):
            return None
        _quicken(lemmatizer)
        return cls(nlp, [r for r, sizes in shapes if sizes == {2}])

    def tell(self, docs: Sequence[Any]) -> Iterator[Sequence[Told]]:
        """The word classes and lemmas of passages."""
        from spacy.attrs import DEP, ORTH, TAG

        if len(self._known) > _KEPT:
            self._known.clear()
            self._half.clear()
            self._pairs.clear()
        keys: list[list[_Key]] = [list(zip(*doc.to_array([ORTH, TAG, DEP]).T.tolist(), strict=True)) if len(doc) else [] for doc in docs]
        self._learn(dict.fromkeys(key for some in keys for key in some if key not in self._known))
        for doc, some in zip(docs, keys, strict=True):
            told = [self._known[key] for key in some]
            twos = [n for n in range(len(some) - 1) if some[n] in self._half and self._half[some[n]] << 1 & self._half.get(some[n + 1], 0) & _SECOND]
            if any(b - a == 1 for a, b in itertools.pairwise(twos)):
                told = list(_told(self._lemmatizer(self._ruler(doc))))
            else:
                for n in twos:
                    told[n : n + 2] = self._pair(some[n], some[n + 1])
            yield told

    def _learn(self, new: Iterable[_Key]) -> None:
        keys = list(new)
        if not keys:
            return
        made = self._made(keys)
        self._ruler.set_annotations(made, [match for match in self._ruler.match(made) if match[3] - match[2] == 1])
        self._lemmatizer(made)
        self._known.update(zip(keys, _told(made), strict=True))
        for name, start, _ in self._halves(made, allow_missing=True):
            self._half[keys[start]] = self._half.get(keys[start], 0) | 1 << int(self._vocab.strings[name])

    def _pair(self, one: _Key, other: _Key) -> Sequence[Told]:
        if (one, other) not in self._pairs:
            self._pairs[one, other] = _told(self._lemmatizer(self._ruler(self._made([one, other]))))
        return self._pairs[one, other]

    def _made(self, keys: Sequence[_Key]) -> Any:
        """A passage of these words, without a tree."""
        import numpy as np
        from spacy.attrs import DEP, TAG
        from spacy.tokens import Doc

        made: Any = Doc(self._vocab, words=[self._vocab.strings[orth] for orth, _, _ in keys])
        return made.from_array([TAG, DEP], np.array([key[1:] for key in keys], dtype="uint64"))


_SECOND = sum(1 << n for n in range(1, 128, 2))


def _told(doc: Any) -> Sequence[Told]:
    return [(t.lemma_, t.pos_, t.tag_, t.dep_) for t in doc]


def _quicken(lemmatizer: Any) -> None:
    """Let the lemmatizer look up its word lists as sets, which it goes through word by word otherwise."""
    if "lemma_index" in lemmatizer.lookups:
        table = lemmatizer.lookups.get_table("lemma_index")
        for kind, words in list(table.items()):
            if isinstance(words, list):
                table[kind] = frozenset(words)


def _stepper(pipe: Any) -> Any:
    """The parser or recogniser as a step over passages; `None` for anything else."""
    if not all(hasattr(pipe, name) for name in ("transition_states", "moves", "cfg")) or pipe.cfg.get("beam_width", 1) != 1:
        return None

    def step(docs: Sequence[Any]) -> None:
        states = pipe.moves.init_batch(docs)
        live = [state for state in states if not state.is_final()]
        if live:
            model = pipe.model.predict(docs)
            while live:
                live = pipe.transition_states(live, model.predict(live))
            model.clear_memory()
        pipe.set_annotations(docs, states)

    return step


def _plain(pipe: Any) -> Any:
    def step(docs: Sequence[Any]) -> None:
        if hasattr(pipe, "predict"):
            pipe.set_annotations(docs, pipe.predict(docs))
        else:
            for doc in docs:
                pipe(doc)

    return step


class _Vectors:
    """What the model knows of each word by itself, before it looks at the neighbours: the first layer of an encoder, which
    depends on a few features of the word alone, asked once for each combination of them."""

    def __init__(self, embed: Any) -> None:
        self._embed = embed
        self._columns = embed.layers[0].attrs["columns"]
        self._at: dict[bytes, int] = {}
        self._rows: Any = None

    def __call__(self, _model: Any, docs: Sequence[Any], is_train: bool = False) -> tuple[list[Any], Any]:
        import numpy as np

        if len(self._at) > _KEPT_VECTORS:
            self._at.clear()
        features = np.concatenate([doc.to_array(self._columns).reshape(len(doc), len(self._columns)) for doc in docs])
        keys = features.view(f"V{8 * features.shape[1]}").ravel().tolist()
        new = {key: n for n, key in reversed(list(enumerate(keys))) if key not in self._at}
        if new:
            self._learn(features[list(new.values())], list(new))
        vectors = self._rows[[self._at[key] for key in keys]]
        return np.split(vectors, np.cumsum([len(doc) for doc in docs])[:-1]), None

    def _learn(self, features: Any, keys: Sequence[bytes]) -> None:
        import numpy as np

        value: Any = [np.concatenate([features, np.repeat(features[:1], -len(keys) % _ROWS, axis=0)])]
        for layer in self._embed.layers[1:]:
            value = layer.predict(value)
        made = value[0][: len(keys)]
        first = len(self._at)
        if self._rows is None or first + len(keys) > len(self._rows):
            old = made[:0] if self._rows is None else self._rows[:first]
            self._rows = np.concatenate([old, made, np.zeros((len(old) + len(keys), made.shape[1]), dtype=made.dtype)])
        else:
            self._rows[first : first + len(keys)] = made
        self._at.update((key, first + n) for n, key in enumerate(keys))


_KEPT_VECTORS = 50_000  # in each of two encoders, 40 MB at most
_ROWS = 8  # of a matrix product in which no row hangs on its place or its neighbours


def _keep_vectors(nlp: Any, *, numpy: bool) -> None:
    """Put `_Vectors` in the place of the first layer of every encoder that is built as this model's are. What is kept must
    not hang on the words that were met first, so numpy's product, whose last bits do, is taken eight rows at a time."""
    import numpy as np
    from thinc.api import Model, NumpyOps

    class ByRows(NumpyOps):  # type: ignore[misc]
        def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
            if out is not None or trans1 or not trans2 or len(x) % _ROWS:
                return super().gemm(x, y, out=out, trans1=trans1, trans2=trans2)
            return np.matmul(x.reshape(-1, _ROWS, x.shape[1]), y.T).reshape(len(x), -1)

    for _, pipe in nlp.pipeline:
        model: Any = getattr(pipe, "model", None)
        for node in list(model.walk()) if hasattr(model, "walk") else []:
            embed = node.get_ref("embed") if node.has_ref("embed") else None
            if embed is not None and node.layers[0] is embed and embed.layers and embed.layers[0].name == "extract_features":
                kept: Any = Model("kept_vectors", _Vectors(embed))
                node.layers[0] = kept
                if numpy:
                    for part in embed.walk():
                        part.ops = ByRows(use_blis=False)


_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def bound_threads() -> None:
    """Hold numpy's matrix products to one thread, in a process of our own in which numpy is not loaded yet."""
    if "numpy" not in sys.modules and not any(os.environ.get(name) for name in _THREADS):
        os.environ[_THREADS[0]] = "1"


def _one_thread() -> bool:
    return next((os.environ[name] for name in _THREADS if os.environ.get(name)), "") == "1"


def _use_numpy(nlp: Any) -> None:
    for _, pipe in nlp.pipeline:
        model: Any = getattr(pipe, "model", None)
        if hasattr(model, "walk"):
            for node in model.walk():
                if hasattr(node.ops, "use_blis"):
                    node.ops.use_blis = False
