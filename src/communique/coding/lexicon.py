"""The frames of `rules.v1`: which verb or noun, with which object and preposition, is which event.

Read from one built table (`resources/patterns/coding/`, whose heads explain the notation). Here only the
look-ups and the test whether a frame's conditions hold for a clause; what a frame *means* is in `rules`.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence

import msgspec

from communique import tables
from communique.coding.candidates import Clause, Tree


class Frame(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lemma's reading. `tail` are the particle or preposition words that belong to it ("call on" → "on").

    `object` is what the object's head (or its compound) must be, `object_actor`/`object_person` that it must be
    someone who can act; both absent = anything not in `not_object`. `op` names an operator on the content clause.
    `recipient` and `actor` are slots in order, the first that yields participants wins. `needs` are conditions
    on the participants found ("two": both sides named; "armed", "civil", "official": who the actor must be).
    """

    id: str
    kind: str
    tail: tuple[str, ...] = ()
    type: str | None = None
    mode: str | None = None
    cameo: str | None = None
    op: str | None = None
    object: frozenset[str] = frozenset()
    not_object: frozenset[str] = frozenset()
    object_actor: bool = False
    object_person: bool = False
    object_mod: frozenset[str] = frozenset()
    prep: str | None = None
    recipient: tuple[str, ...] = ()
    actor: tuple[str, ...] = ()
    contexts: tuple[str, ...] = ()
    reciprocal: bool = False
    needs: tuple[str, ...] = ()
    mod: frozenset[str] = frozenset()
    mod_not: frozenset[str] = frozenset()
    mod_opt: frozenset[str] = frozenset()
    mod_need: frozenset[str] = frozenset()
    of: frozenset[str] = frozenset()
    content: str | None = None
    single: str | None = None
    joint: str | None = None
    bare: str = "no"


class Lexicon(msgspec.Struct, frozen=True):
    """Frames by head lemma, and the closed lists."""

    verbs: Mapping[str, tuple[Frame, ...]]
    nouns: Mapping[str, tuple[Frame, ...]]
    classes: Mapping[str, frozenset[str]]
    support: Mapping[str, Mapping[str, frozenset[str]]]
    contexts: Mapping[str, frozenset[str]]


@functools.cache
def lexicon() -> Lexicon:
    """The built patterns, decoded once."""
    return msgspec.convert(tables.load("coding_patterns.json"), Lexicon)



_TURNING = frozenset({"down", "off", "out", "up"})


def words(section: str, name: str) -> frozenset[str]:
    """A closed list of `support.toml`, such as words("actors", "nouns")."""
    return lexicon().support[section][name]


def head_names(tree: Tree, index: int) -> set[str]:
    """The lemmas under which an object may be listed: its head, its compounds, and both joined by a hyphen."""
    head = tree.lemma(index)
    plain = head[:-1] if tree.tokens[index].pos == "PROPN" and head.endswith("s") else head
    out = {head, plain, tree.low(index)}
    for kid in tree.children(index, "compound", "amod", "nmod"):
        low = tree.lemma(kid)
        out |= {f"{low}-{head}", f"{tree.low(kid)}-{head}", f"{low}-{plain}"}
    for prep in tree.children(index, "prep"):
        if tree.low(prep) in {"of", "in"}:  # "a tonne of wheat", "$20 million in aid"
            for kid in tree.children(prep, "pobj"):
                if tree.low(prep) == "of":
                    out.add(f"{head}-of-{tree.lemma(kid)}")
                if head in words("quantities", "words") or tree.tokens[index].pos == "NUM":
                    out |= head_names(tree, kid)
    return out


def object_fits(tree: Tree, frame: Frame, heads: Collection[int], is_actor: Mapping[int, bool]) -> bool:
    """Whether an object satisfies the frame: a listed head, or someone who can act where the frame wants that."""
    if frame.not_object and any(head_names(tree, h) & frame.not_object for h in heads):
        return False
    wants = bool(frame.object) or frame.object_actor or frame.object_person
    if not wants:
        return True
    for head in heads:
        names = head_names(tree, head)
        if names & frame.object:
            if frame.object_mod and not _modifiers(tree, head) & frame.object_mod:
                continue
            return True
        if (frame.object_actor or frame.object_person) and is_actor.get(head, False):
            return True
    return False


def _modifiers(tree: Tree, index: int) -> set[str]:
    return {tree.lemma(k) for k in tree.subtree(index, without=("relcl", "acl", "conj"))} | {
        tree.low(k) for k in tree.children(index, "compound", "amod", "nmod", "nummod", "poss")
    }


def noun_fits(tree: Tree, frame: Frame, index: int, lemma: str) -> bool:
    """Whether the noun's modifiers and of-phrase allow the frame."""
    near = {tree.lemma(k) for k in _nominal_modifiers(tree, index)} | {tree.low(k) for k in _nominal_modifiers(tree, index)}
    near |= {part for word in list(near) for part in word.split("-")}
    if frame.mod and not near & frame.mod:
        return False
    if frame.mod_not & near:
        return False
    if lemma in frame.mod_need and not near & frame.mod_opt:
        return False
    if frame.of:
        of = [k for p in tree.children(index, "prep") if tree.low(p) == "of" for k in tree.children(p, "pobj")]
        if not any(head_names(tree, k) & frame.of for k in of):
            return False
    return True


def _nominal_modifiers(tree: Tree, index: int) -> list[int]:
    out = []
    for kid in tree.children(index, "compound", "amod", "nmod", "nummod"):
        out.append(kid)
        out += _nominal_modifiers(tree, kid)
        out += [k for k in tree.children(kid, "conj")]
    return out


def verb_frames(tree: Tree, clause: Clause, is_actor: Mapping[int, bool]) -> list[tuple[Frame, Clause]]:
    """The frames whose words and object fit, most specific first, each with the clause as the frame sees it
    (the object of a lexical preposition becomes the object)."""
    out: list[tuple[int, Frame, Clause]] = []
    for frame in lexicon().verbs.get(clause.lemma, ()):
        seen = _with_tail(tree, clause, frame.tail)
        if seen is None:
            continue
        if frame.type == "ASSAULT" and not frame.tail and clause.particle in _TURNING:
            continue  # a law that is struck down is hit by nobody
        if frame.prep is not None and frame.prep not in clause.preps:
            continue
        if not object_fits(tree, frame, seen.objects, is_actor):
            continue
        rank = 4 * len(frame.tail) + 2 * bool(frame.object or frame.object_actor or frame.object_person) + 3 * bool(frame.prep) + bool(frame.object_mod)
        rank += 3 * bool(frame.op is not None and clause.complements)  # a content clause is what an operator reads
        if frame.tail and clause.objects and seen.objects != clause.objects:
            rank -= 5  # "returned the statues to Egypt" is about the statues before it is about going to Egypt
        out.append((rank, frame, seen))
    out.sort(key=lambda row: -row[0])
    return [(frame, seen) for _, frame, seen in out]


def _only_dates(tree: Tree, heads: Sequence[int]) -> bool:
    return bool(heads) and all(tree.tokens[h].ent.endswith(("DATE", "TIME")) for h in heads)


def _with_tail(tree: Tree, clause: Clause, tail: tuple[str, ...]) -> Clause | None:
    """The clause when the words of `tail` stand in it: as particle, preposition(s), or fixed following words."""
    if not tail:
        return clause
    name = "_".join(tail)
    if _only_dates(tree, [k for p in tree.children(clause.token, "prep") if tree.low(p) == tail[-1] for k in tree.children(p, "pobj")]):
        return None  # "called the king *on Monday*"
    if len(tail) == 1 and clause.preps.get(name) and clause.objects and all(tree.tokens[h].ent.endswith(("DATE", "TIME")) for h in clause.preps[name]):
        return None  # "fired them on Monday" does not fire on Monday
    if clause.particle == tail[0]:
        rest = "_".join(tail[1:])
        if not rest:
            return clause
        if rest in clause.preps:
            return msgspec.structs.replace(clause, objects=clause.preps[rest])
    if name in clause.preps and not clause.preps[name] and len(tail) == 1:
        return clause  # "called on the king" with the king read as an object
    if name in clause.preps:
        return msgspec.structs.replace(clause, objects=clause.objects or clause.preps[name]) if not clause.objects else (
            clause if len(tail) == 1 and clause.passive else msgspec.structs.replace(clause, objects=clause.preps[name])
        )
    if len(tail) == 1 and tail[0] in {"back", "home"} and clause.objects and any(tree.low(k) == tail[0] and tree.tokens[k].dep == "advmod" and k > clause.token for k in tree.subtree(clause.token, without=("conj", "ccomp", "advcl", "relcl"))):
        return clause  # "sent two boats with migrants *back* to A"
    following = [tree.low(k) for k in range(clause.token + 1, min(len(tree.tokens), clause.token + 2 + len(tail)))]
    if tuple(following[: len(tail)]) == tail and (len(tail) > 1 or clause.particle is None):
        return clause
    if len(tail) > 1 and all(word in following for word in tail[:-1]) and tail[-1] in clause.preps:
        return msgspec.structs.replace(clause, objects=clause.preps[tail[-1]])
    return None


def noun_frames(tree: Tree, clause: Clause) -> list[Frame]:
    """The frames of an event noun whose modifiers fit, those with more conditions first."""
    found = [f for f in lexicon().nouns.get(clause.lemma, ()) if noun_fits(tree, f, clause.token, clause.lemma)]
    return sorted(found, key=lambda f: -(2 * bool(f.mod) + 2 * bool(f.of) + bool(f.mod_need)))
