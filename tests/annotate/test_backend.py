"""The way we run the language model reads as spaCy's own pipeline does."""

from __future__ import annotations

import functools
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from communique.annotate import language
from communique.annotate._backend import Backend

ROOT = Path(__file__).resolve().parents[2]
MARKED = re.compile(r"\{\w+:([^{}]*)\}")
TWOS = [
    "There's no deal. There are two sides, and there is, they're gonna say, nothin' left. Let's go; I ain't sure y'all got ta.",
    "There is there are there was.",
    "C'mon, he'd say: ain't\n\n  no\tway \n",
    "W",
    " ",
    "",
    "“Don’t,” she said… (Reuters) – U.S.-led forces didn't fire; Kim's can't-miss offer's off.",
]


def passages(step: int) -> list[str]:
    """Sentences of our own corpus and passages of our own cases, varied in length."""
    lines = [line.partition(" || ")[0] for p in sorted((ROOT / "resources/training").rglob("*.txt")) for line in p.read_text(encoding="utf-8").splitlines() if " || " in line]
    plain = [MARKED.sub(r"\1", MARKED.sub(r"\1", line)) for line in lines]
    cases = [json.loads(line)["text"] for p in sorted((ROOT / "tests/cases/coref").glob("*.jsonl")) for line in p.read_text(encoding="utf-8").splitlines()]
    return [*plain[::step], *cases[:: max(1, step // 10)], *(" ".join(plain[n : n + 9]) for n in range(0, len(plain), 40 * step))]


@functools.cache
def plain_pipeline() -> Any:
    import spacy

    nlp = spacy.load(language.MODEL, exclude=["senter"])
    nlp.add_pipe("communique_boundaries", first=True)
    return nlp


def told(doc: Any) -> list[tuple[Any, ...]]:
    return [
        (t.idx, t.idx + len(t.text), t.lemma_, t.pos_, t.tag_, t.dep_, f"{t.ent_iob_}-{t.ent_type_}" if t.ent_type_ else "", t.head.i, bool(t.is_sent_start), t.is_space)
        for t in doc
    ]  # fmt: skip


def test_every_token_is_read_as_the_plain_pipeline_reads_it() -> None:
    texts = [*TWOS, *passages(12)]
    assert len(texts) > 500
    backend = Backend(language._pipeline())
    assert backend._table is not None
    for n in range(0, len(texts), 100):
        some = texts[n : n + 100]
        for text, doc, words in zip(some, plain_pipeline().pipe(some), backend.read(some), strict=True):
            mine = [tuple(w) for w in words]
            mine = [(*w[:8], w[8] or k == 0, w[9]) for k, w in enumerate(mine)]
            assert mine == told(doc), text


def test_a_pattern_of_another_kind_leaves_the_models_own_components_to_it() -> None:
    import spacy

    nlp = spacy.load(language.MODEL, exclude=["senter"])
    nlp.get_pipe("attribute_ruler").add([[{"SHAPE": "dddd"}]], {"LEMMA": "year"})
    backend = Backend(nlp)
    assert backend._table is None
    (words,) = backend.read(["It ended in 1998."])
    assert [w.lemma for w in words] == ["it", "end", "in", "year", "."]


def test_known_words_are_let_go_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from communique.annotate import _backend

    monkeypatch.setattr(_backend, "_KEPT", 3)
    backend = Backend(language._pipeline())
    before = [list(backend.read([text])) for text in TWOS]
    assert [list(backend.read([text])) for text in TWOS] == before
    assert len(backend._table._known) < 60  # type: ignore[union-attr]


@pytest.mark.parametrize(("env", "expected"), [({}, "1 False"), ({"OPENBLAS_NUM_THREADS": "4"}, "4 True"), ({"OMP_NUM_THREADS": "1"}, "None False")])
def test_a_process_of_our_own_holds_matrix_products_to_one_thread(env: dict[str, str], expected: str) -> None:
    script = """
import os
from communique.annotate import language
language.own_process()
print(os.environ.get("OPENBLAS_NUM_THREADS"), language._backend().nlp.get_pipe("ner").model.ops.use_blis)
"""
    clean = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={**clean, **env})
    assert done.stdout.strip() == expected


@pytest.mark.parametrize("name", ["tok2vec", "ner"])
def test_the_kept_vector_of_a_word_hangs_on_no_other(name: str) -> None:
    from communique.annotate._backend import _Vectors

    backend = Backend(language._pipeline())
    (kept,) = (node._func for node in backend.nlp.get_pipe(name).model.walk() if node.name == "kept_vectors")
    docs = [backend.nlp.make_doc(text) for text in passages(400) if text]
    together, alone = _Vectors(kept._embed), _Vectors(kept._embed)
    first, _ = together(None, docs)
    for doc in reversed(docs):
        alone(None, [doc])
    second, _ = alone(None, docs)
    assert all((a == b).all() for a, b in zip(first, second, strict=True))
    plain = kept._embed.predict(docs)
    assert max(abs(a - b).max() for a, b in zip(first, plain, strict=True)) < 1e-4
    assert first[0].std() > 0.1
