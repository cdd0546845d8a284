"""Which sentences the trained reader looks through for events that the rules do not have.

Looking is the dearest thing in coding, and in general news three sentences in a hundred that name somebody gain a record
by it. So a linear model over the parse says first whether some word may be such an event: its lemma, its tag and
relation, and where those who can act hang on it. Its weights (`gate.json`, made by `scripts/train_gate.py` on the
corpus's train part, threshold set on its dev part) are plain numbers by feature name; without them every sentence that
names somebody is looked through. Rules' candidates are read whatever it says. What it loses: docs/design/coding.md.

Rejected: at least two parties in a sentence (as quick, but loses one in six right records); the encoder's word vectors as
features, with and without a hidden layer (no better on unseen families).
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from typing import Any

from communique import tables
from communique.coding.parties import Scene
from communique.errors import TableError


@functools.cache
def model() -> tuple[dict[str, float], float] | None:
    """Weights by feature and the least score; `None` where none are installed."""
    try:
        table: dict[str, Any] = tables.load("gate.json")
    except TableError:
        return None
    return table["weights"], float(table["threshold"])


def worth_reading(scene: Scene, taken: Collection[int]) -> bool:
    """Whether the reader should look through a sentence, whose tokens in `taken` the rules have read as events."""
    chosen = model()
    acting = _acting(scene)
    if not acting:  # the reader's own events need somebody resolved
        return False
    if chosen is None:
        return True
    weights, least = chosen
    return any(sum(weights.get(name, 0.0) for name in names) >= least for _, names in described(scene, taken, acting))


def described(scene: Scene, taken: Collection[int], acting: Collection[int] | None = None) -> Iterator[tuple[int, list[str]]]:
    """Each verb and noun that the rules have not taken, with the names of what holds of it."""
    tree = scene.tree
    who = frozenset(_acting(scene) if acting is None else acting)
    count = f"acting={min(3, len(who))}"
    for index, token in enumerate(tree.tokens):
        if token.pos not in ("VERB", "NOUN") or index in taken:
            continue
        out = ["bias", f"{token.pos}={token.lemma.lower()}", f"tag={token.tag}", f"dep={token.dep}", count]
        relations = set()
        for kid in tree.kids[index]:
            dep = tree.tokens[kid].dep
            if kid in who:
                relations.add(f"who={dep}")
            elif scene.can_act(kid):
                relations.add(f"some={dep}")
            if any(k in who for k in tree.kids[kid]):
                relations.add(f"below={dep}")
        if token.dep in ("xcomp", "conj", "advcl") and any(k in who and tree.tokens[k].dep == "nsubj" for k in tree.kids[token.head]):
            relations.add("shared")
        for name in sorted(relations):
            out += [name, f"{token.pos} {name}"]
        yield index, out


def _acting(scene: Scene) -> list[int]:
    return [index for index in scene.by_token if scene.acts(index, places=True)]
