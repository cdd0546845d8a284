"""Which candidates are attributions: a linear model over what the parse says of each, learnt, or the table alone.

The rules take every word of the table in every construction that the table allows, and no other word. The model
sees the same candidates and those of words outside the table, and weighs word, construction, source and content.
Its weights (`attribution.json`, made by `scripts/train_attribution.py`) are plain numbers by feature name; without
that file the rules stand alone. It was trained on the training part of PolNeAR and on nothing else.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from typing import Any

from communique import tables
from communique.annotate._speech import Candidate
from communique.errors import TableError
from communique.records import Token

_PRONOUNS = frozenset(
    {
        "he",
        "she",
        "they",
        "we",
        "i",
        "you",
        "it",
        "who",
        "which",
        "that",
        "this",
        "one",
        "those",
        "some",
        "many",
        "most",
        "others",
    }
)


_SURE = frozenset({"according to", "passive quoted"})  # say who said it in so many words; rare in what the model saw


@functools.cache
def model() -> tuple[dict[str, float], float] | None:
    """Weights by feature and the least score that counts; `None` where no model is installed."""
    try:
        table: dict[str, Any] = tables.load("attribution.json")
    except TableError:
        return None
    return table["weights"], float(table["threshold"])


def accepted(tokens: Sequence[Token], made: Candidate, chooser: tuple[dict[str, float], float] | None) -> bool:
    """Whether a candidate is an attribution: by the model, or by the table where there is none."""
    if chooser is None:
        return made.rule != "verb open"
    return made.rule in _SURE or probability(chooser[0], features(tokens, made)) >= chooser[1]


def probability(weights: dict[str, float], named: Sequence[str]) -> float:
    """The logistic of the sum of weights."""
    total = sum(weights.get(name, 0.0) for name in named)
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def features(tokens: Sequence[Token], made: Candidate) -> list[str]:
    """The names of what holds of a candidate."""
    cue, content = tokens[made.head], [tokens[p] for p in made.content]
    first = next((t for t in content if t.pos != "PUNCT"), None)
    words = {tokens[p].text.lower() for p in made.cue if p != made.head}
    out = [
        "bias", f"rule={made.rule}", f"lemma={made.lemma}", f"tag={cue.tag}", f"dep={cue.dep}", f"takes={made.complement}",
        f"lemma={made.lemma} {made.complement}", f"rule={made.rule} {made.complement}", f"long={min(6, len(content) // 4)}",
        f"quoted={_quoted(content)}", f"rule={made.rule} quoted={_quoted(content)}",
    ]  # fmt: skip
    if first is not None:
        out += [
            f"opens={first.text.lower() if first.pos in ('SCONJ', 'PART', 'ADP', 'DET', 'PRON') else first.pos}",
            f"before={first.start < cue.start}",
        ]
    out += [
        f"with={w}"
        for w in words
        & {
            "not",
            "n't",
            "will",
            "would",
            "could",
            "may",
            "might",
            "can",
            "should",
            "has",
            "have",
            "had",
            "to",
            "also",
            "is",
            "was",
        }
    ]
    out += _source_features(tokens, made)
    return out


def _source_features(tokens: Sequence[Token], made: Candidate) -> list[str]:
    if not made.source:
        return ["source=none", f"source=none {made.rule}"]
    inside = set(made.source)
    head = next((p for p in made.source if tokens[p].head not in inside or tokens[p].head == p), made.source[0])
    token = tokens[head]
    kind = token.text.lower() if token.text.lower() in _PRONOUNS else token.ent[2:] or token.pos
    out = [f"source={kind}", f"source={kind} {made.rule}", f"far={min(4, abs(made.head - head) // 4)}"]
    if token.pos == "NOUN":
        out.append(f"source lemma={token.lemma.lower()}")
    return out


def _quoted(content: Sequence[Token]) -> str:
    marks = sum(t.text in ('"', "``", "''", "\u201c", "\u201d") for t in content)
    return "no" if not marks else "all" if content[0].text in ('"', "``", "\u201c") else "part"
