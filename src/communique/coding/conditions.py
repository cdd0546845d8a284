"""What a frame needs of the participants and words of its clause, by name: the `needs` of the patterns.

One function a condition, so that a pattern file can be read without the code and a new condition is one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from communique.coding.candidates import Clause, Party, Tree
from communique.coding.lexicon import Frame, words
from communique.coding.roles import Roles

# Conditions that words alone decide: they hold for a content clause too, which need not name its people.
WORDED = frozenset({"court", "custody", "captive", "riotous"})
_JUDGED = frozenset({"guilty", "liable", "unlawful", "unconstitutional", "illegal", "conviction", "against", "unlawfully", "culpable", "law"})
_CUSTODY = frozenset({"custody", "detention", "jail", "prison", "arrest"})
_RIOTOUS = frozenset({"rioter", "youth", "hooligan", "mob", "looter", "crowd", "protester", "demonstrator"})
_TERMS = frozenset({"hour", "day", "week", "month", "deadline", "ultimatum"})
_TARGETING = ("at", "on", "into", "towards", "toward")


class Case(NamedTuple):
    """A clause with the participants that a frame found in it."""

    roles: Roles
    seen: Clause
    actors: Sequence[Party]
    recipients: Sequence[Party]
    heads: frozenset[str]


def meets(
    roles: Roles, frame: Frame, seen: Clause, actors: Sequence[Party], recipients: Sequence[Party], *, only: frozenset[str] | None
) -> bool:
    """Whether the frame's conditions hold; `only` restricts the test to some of them."""
    tree = roles.tree
    heads = frozenset({tree.lemma(p.token) for p in actors} | {tree.lemma(s) for s in seen.subjects})
    case = Case(roles, seen, actors, recipients, heads)
    return all(NEEDS[need](case) for need in frame.needs if only is None or need in only)


def _kind(case: Case, name: str) -> bool:
    return bool(case.heads & words("kinds", name))


def _sector(case: Case, *wanted: str) -> bool:
    return any(case.roles.sector(p, set(wanted)) for p in case.actors)


def _armed(case: Case) -> bool:
    return _kind(case, "armed") or _sector(case, "MIL", "REB", "UAF", "PRM")


def _civil(case: Case) -> bool:
    if _kind(case, "civil") or _sector(case, "CVL", "OPP", "LAB", "SOC", "EDU", "AGR"):
        return True
    ruling = words("kinds", "armed") | words("kinds", "authority")
    tree, scene = case.roles.tree, case.roles.scene
    return any(
        tree.tokens[p.token].pos == "NOUN" and scene.is_actor_noun(p.token) and not case.roles.is_person(p) and tree.lemma(p.token) not in ruling
        for p in case.actors
    )  # fmt: skip


def _no_target(case: Case) -> bool:
    heads = [h for name in _TARGETING for h in case.seen.preps.get(name, ())]
    return not any(p.resolved for h in heads for p in case.roles.scene.parties(h, "pp", deep=False))


def _recipient_named(case: Case) -> bool:
    return any(p.resolved or case.roles.scene.is_place_name(p.token) or case.roles.public(p) for p in case.recipients)


def _court(case: Case) -> bool:
    tree = case.roles.tree
    return _kind(case, "court") and any(tree.low(k) in _JUDGED for k in tree.subtree(case.seen.token))


def _custody(case: Case) -> bool:
    return any(case.roles.tree.lemma(h) in _CUSTODY for heads in case.seen.preps.values() for h in heads)


def _captive(case: Case) -> bool:
    tree = case.roles.tree
    return any(tree.low(k) in {"captive", "hostage"} for k in tree.subtree(case.seen.token, without=("relcl",)))


def gives_time(tree: Tree, token: int) -> bool:
    """Whether a verb of giving sets a term for doing something: "gave Mali *until* May *to free* them", "*48 hours to leave*"."""
    until = any(tree.low(k) == "until" for k in tree.children(token, "prep", "mark"))
    term = any(tree.lemma(k) in _TERMS for k in tree.children(token, "npadvmod", "dobj", "dep", "oprd"))
    to_do = any(tree.low(a) == "to" for k in tree.subtree(token, without=("relcl", "ccomp")) if tree.tokens[k].tag == "VB" for a in tree.children(k, "aux"))
    return (until or term) and to_do


def _armed_or_joint(case: Case) -> bool:
    tree = case.roles.tree
    return _armed(case) or any(tree.low(k) in {"jointly", "together", "alongside"} for k in tree.children(case.seen.token, "advmod", "prep"))


NEEDS: Mapping[str, Callable[[Case], bool]] = {
    "actor": lambda c: bool(c.actors),
    "actor-named": lambda c: any(p.resolved for p in c.actors),
    "actor-or-passive": lambda c: bool(c.actors) or c.seen.passive,
    "actor-or-recipient": lambda c: bool(c.actors or c.recipients),
    "armed": _armed,
    "armed-or-joint": _armed_or_joint,
    "authority": lambda c: not c.actors or any(p.resolved for p in c.actors) or _kind(c, "authority"),
    "captive": _captive,
    "civil": _civil,
    "court": _court,
    "crowd": lambda c: bool(c.heads & (words("kinds", "civil") - {"group", "opposition"})),
    "custody": _custody,
    "deadline": lambda c: gives_time(c.roles.tree, c.seen.token),
    "labour": lambda c: _kind(c, "labour"),
    "no-target": _no_target,
    "official": lambda c: any(c.roles.is_person(p) for p in c.actors),
    "physical": lambda c: bool(c.recipients) or c.roles.physical(c.seen),
    "recipient": lambda c: bool(c.recipients),
    "recipient-named": _recipient_named,
    "riotous": lambda c: bool(c.heads & _RIOTOUS),
    "sanctioned": lambda c: any(c.roles.tree.lemma(h) in {"sanction", "embargo"} for h in c.seen.preps.get("under", ())),
    "two": lambda c: c.roles.sides(c.actors, c.recipients) >= 2,
    "two-official": lambda c: c.roles.sides(c.actors, c.recipients) >= 2,
}
