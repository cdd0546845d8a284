"""What a frame needs of the participants and words of its clause, by name: the `needs` of the patterns.

One function a condition, so that a pattern file can be read without the code and a new condition is one line here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from communique.coding.candidates import Clause, Party, Tree
from communique.coding.lexicon import Frame, lexicon, words
from communique.coding.modality import is_negated
from communique.coding.parties import countries
from communique.coding.roles import Roles

# Conditions that words alone decide: they hold for a content clause too, which need not name its people.
WORDED = frozenset({"court", "custody", "captive", "riotous", "worded-ill", "worded-well", "crime-content", "listed", "takes-place", "hinders", "regrets-others", "regrets-own"})
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


def _abroad(case: Case) -> bool:
    """Whether the recipient is of another country than the actor, as far as both are known: who attends at home visits nobody."""
    mine, theirs = ({c for p in side for c in countries(p, case.roles.scene.all)} for side in (case.actors, case.recipients))
    return not (mine and theirs and mine >= theirs)


def _court(case: Case) -> bool:
    tree = case.roles.tree
    return _kind(case, "court") and any(tree.low(k) in _JUDGED for k in tree.subtree(case.seen.token))


def _custody(case: Case) -> bool:
    return any(case.roles.tree.lemma(h) in _CUSTODY for heads in case.seen.preps.values() for h in heads)


def _confined(case: Case) -> bool:
    """Whether somebody is said to be held somewhere or for long: "are *being* held", "was held *at* a barracks", "held *without* charge"."""
    tree, token = case.roles.tree, case.seen.token
    being = any(tree.low(k) == "being" for k in tree.children(token, "auxpass"))
    return case.seen.passive and (being or any(name in case.seen.preps for name in ("in", "at", "without", "inside", "under")))


def _captive(case: Case) -> bool:
    tree = case.roles.tree
    return any(tree.low(k) in {"captive", "hostage"} for k in tree.subtree(case.seen.token, without=("relcl",)))


def gives_time(tree: Tree, token: int) -> bool:
    """Whether a verb of giving sets a term for doing something: "gave Mali *until* May *to free* them", "*48 hours to leave*"."""
    until = any(tree.low(k) == "until" for k in tree.children(token, "prep", "mark"))
    term = any(tree.lemma(k) in _TERMS for k in tree.children(token, "npadvmod", "dobj", "dep", "oprd"))
    to_do = any(tree.low(a) == "to" for k in tree.subtree(token, without=("ccomp",)) if tree.tokens[k].tag == "VB" for a in tree.children(k, "aux"))
    return (until or term) and to_do


def _armed_or_joint(case: Case) -> bool:
    tree = case.roles.tree
    return _armed(case) or any(tree.low(k) in {"jointly", "together", "alongside"} for k in tree.children(case.seen.token, "advmod", "prep"))


def _worded(case: Case, name: str) -> bool:
    """Whether what something is called is a word of blame or of praise: "described the move *as an act of aggression*"."""
    tree, token = case.roles.tree, case.seen.token
    if any(tree.low(o) == "what" for o in case.seen.objects):
        return False  # "condemned what it called a farce": the blame is told by the other verb
    heads = [h for n in ("as",) for h in case.seen.preps.get(n, ())] + tree.children(token, "oprd", "attr", "acomp")
    heads += [k for p in tree.children(token, "prep") if tree.low(p) == "as" for k in tree.children(p, "amod", "pobj", "pcomp", "advmod")]
    heads += [k for o in case.seen.objects for p in tree.children(o, "prep") if tree.low(p) == "as" for k in tree.children(p, "amod", "pobj", "pcomp")]
    for thing in case.seen.objects:  # the model takes a quoted name for an apposition, and a judging adjective for a modifier behind its noun
        heads += [k for k in tree.children(thing, "appos", "amod", "oprd") if k > thing]
    heads += [k for k in tree.children(token, "ccomp") if tree.tokens[k].pos in {"NOUN", "ADJ"}]
    near = {tree.lemma(k) for h in heads for k in tree.subtree(h, without=("relcl", "advcl"))} | {tree.low(k) for h in heads for k in tree.subtree(h, without=("relcl", "advcl"))}
    other = words("judging", "good" if name == "bad" else "bad")
    return bool(near & words("judging", name)) and not near & other and not near & {"not", "no", "never"}


def _crime_content(case: Case) -> bool:
    tree = case.roles.tree
    heads = [k for k in tree.children(case.seen.token, "ccomp")] + list(case.seen.objects)
    return any(tree.lemma(k) in words("judging", "crimes") for h in heads for k in tree.subtree(h, without=("relcl", "advcl")))


def _regrets_others(case: Case) -> bool:
    """Whether what is regretted is a deed of somebody else: "expressed regret that *the sponsors* had ignored it"."""
    tree = case.roles.tree
    mine = case.roles.refs(case.actors)
    for thing in (*case.seen.objects, case.seen.token):
        for content in tree.children(thing, "acl", "ccomp"):
            for subject in tree.children(content, "nsubj"):
                theirs = case.roles.refs(case.roles.scene.parties(subject, "regretted"))
                if tree.tokens[subject].pos != "PRON" and case.roles.scene.can_act(subject) and not (mine and theirs & mine):
                    return True
    return False


def _listed(case: Case) -> bool:
    tree = case.roles.tree
    for name in ("to", "on"):
        for head in case.seen.preps.get(name, ()):
            near = {tree.lemma(k) for k in tree.subtree(head, without=("relcl",))}
            if tree.lemma(head) == "blacklist" or (tree.lemma(head) == "list" and near & {"sanction", "sanctions", "terror", "terrorist", "terrorism", "entity", "no-fly", "black", "wanted", "export"}):
                return True
    return False


def _takes_place(case: Case) -> bool:
    """Whether what is taken is a place, or a part of one: "took Goma", "recaptured much of the valley"."""
    tree, scene = case.roles.tree, case.roles.scene
    for thing in case.seen.objects:
        inner = [k for p in tree.children(thing, "prep") if tree.low(p) == "of" for k in tree.children(p, "pobj")]
        part = tree.lemma(thing) in words("quantities", "words") | {"rest", "remainder", "swathe", "swath", "area", "control"}
        unknown = tree.tokens[thing].pos == "PROPN" and not tree.tokens[thing].ent.endswith("PERSON") and case.seen.lemma in {"recapture", "retake", "overrun", "conquer"}
        if unknown or scene.is_place_name(thing) or any(scene.is_place_name(k) or (part and (tree.tokens[k].pos == "PROPN" or tree.lemma(k) in lexicon().classes["TERRITORY"])) for k in inner):
            return True
    return False


def _will(case: Case) -> bool:
    return bool({case.roles.tree.low(k) for k in case.roles.tree.children(case.seen.token, "aux")} & {"will", "would", "wo", "shall", "'ll"})


def _of_state(case: Case) -> bool:
    """Under arms or in authority, or a state by name."""
    return _armed(case) or _kind(case, "authority") or any(p.resolved for p in case.actors)


def _moving(case: Case) -> bool:
    """Somebody under arms, or craft of a state: "three Russian jets entered Estonian airspace"."""
    return _armed(case) or bool(case.heads & {"jet", "aircraft", "plane", "drone", "helicopter", "ship", "vessel", "submarine", "bomber", "fighter", "balloon", "missile", "warship", "boat"})


_INVESTIGATING = frozenset({"investigate", "probe", "examine", "inquire", "enquire", "look", "review"})


def investigating(tree: Tree, token: int, objects: Sequence[int]) -> list[int]:
    """The infinitives that say what a body is set up for, where it is an inquiry."""
    return [k for spot in (token, *objects) for k in tree.children(spot, "advcl", "acl", "xcomp", "relcl") if tree.lemma(k) in _INVESTIGATING]


def _hinders(case: Case) -> bool:
    tree = case.roles.tree
    return any(tree.low(p) == "from" and tree.children(p, "pcomp") for p in tree.children(case.seen.token, "prep"))


_ABDUCTORS = frozenset({"gunman", "gunmen", "bandit", "militant", "rebel", "kidnapper", "hoodlum", "insurgent", "jihadist", "militia", "militiaman", "attacker", "assailant", "fighter", "soldier", "agent", "men", "man"})


NEEDS: Mapping[str, Callable[[Case], bool]] = {
    "abroad": _abroad,
    "abductors": lambda c: bool(c.heads & _ABDUCTORS) or _armed(c),
    "actor": lambda c: bool(c.actors),
    "actor-named": lambda c: any(p.resolved for p in c.actors),
    "actor-or-passive": lambda c: bool(c.actors) or c.seen.passive,
    "actor-or-recipient": lambda c: bool(c.actors or c.recipients),
    "armed": _armed,
    "armed-or-joint": _armed_or_joint,
    "authority": lambda c: not c.actors or any(p.resolved for p in c.actors) or _kind(c, "authority"),
    "body": lambda c: any(ref.kind == "organisation" for p in c.recipients for at in p.mentions for ref in c.roles.scene.all[at].refs),
    "captive": _captive,
    "civil": _civil,
    "confined": _confined,
    "court": _court,
    "crime-content": _crime_content,
    "crowd": lambda c: bool(c.heads & (words("kinds", "civil") - {"group", "opposition"})),
    "custody": _custody,
    "deadline": lambda c: gives_time(c.roles.tree, c.seen.token),
    "hackers": lambda c: bool(c.heads & {"hacker", "hackers", "cyberattack", "cyber-attack", "ransomware", "malware", "virus"}),
    "hinders": _hinders,
    "investigating": lambda c: bool(investigating(c.roles.tree, c.seen.token, c.seen.objects)),
    "labour": lambda c: _kind(c, "labour"),
    "listed": _listed,
    "moving": _moving,
    "no-target": _no_target,
    "of-state": _of_state,
    "official": lambda c: any(c.roles.is_person(p) for p in c.actors),
    "physical": lambda c: bool(c.recipients) or c.roles.physical(c.seen),
    "recipient": lambda c: bool(c.recipients),
    "recipient-named": _recipient_named,
    "regrets-others": _regrets_others,
    "regrets-own": lambda c: not _regrets_others(c),
    "riotous": lambda c: bool(c.heads & _RIOTOUS),
    "sanctioned": lambda c: any(c.roles.tree.lemma(h) in {"sanction", "embargo"} for h in c.seen.preps.get("under", ())),
    "takes-place": _takes_place,
    "two": lambda c: c.roles.sides(c.actors, c.recipients) >= 2,
    "two-official": lambda c: c.roles.sides(c.actors, c.recipients) >= 2,
    "will": _will,
    "will-not": lambda c: _will(c) and is_negated(c.roles.tree, c.seen.token),
    "worded-ill": lambda c: _worded(c, "bad"),
    "worded-well": lambda c: _worded(c, "good"),
}
