"""Modes that the words of a clause decide: by what weapon (PLOVER 3.16.3), by which medium (3.2), whose forces (3.14.1), what is
asked or refused (3.8, 3.10) or threatened (3.11.3), whether what is closed speaks to the public (3.15).

The last word on a mode, for the rules' records and the reader's alike: a means that the record's own clause names is stronger than
the usual means of its verb ("bombarded by howitzers") and than the reader's guess. Looked for where a clause names its means, the
nearest to the deed first: the noun itself ("a rocket barrage"), with, by and using, what is fired or dropped, then who or what
does it ("helicopters fired upon …"). What is hit ("attacked a tank column") is no means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import msgspec

from communique.coding.candidates import Candidate, Tree
from communique.coding.lexicon import lexicon
from communique.records import Participant

_WEAPONS = (
    ("crowd-control", {"teargas", "tear-gas", "tear gas", "birdshot", "pellet", "rubber bullet", "rubber-coated bullet", "baton", "truncheon", "lathi", "water cannon", "pepper spray", "stun grenade"}),
    ("suicide-attack", {"suicide", "suicide bomber"}),
    ("drone", {"drone", "uav", "quadcopter", "loitering munition"}),
    ("heavy-weapons", {"rocket", "missile", "mortar", "artillery", "howitzer", "tank", "shell", "shelling", "cannon", "launcher", "grenade launcher", "rocket-propelled grenade", "gunboat", "armour", "grad"}),
    ("aerial", {"airstrike", "air-strike", "air strike", "air raid", "warplane", "jet", "fighter jet", "bomber", "aircraft", "plane", "helicopter", "gunship", "air force"}),
    ("explosives", {"bomb", "explosive", "mine", "landmine", "ied", "grenade", "car bomb", "dynamite", "bombing", "blast", "explosion"}),
    ("firearms", {"gun", "machine gun", "machine-gun", "rifle", "pistol", "gunfire", "bullet", "live round", "small arm", "gunman", "gunmen", "shooting", "firefight", "shootout"}),
    ("primitive", {"knife", "machete", "axe", "stone", "rock", "sword", "spear", "arrow", "hammer", "petrol bomb", "molotov cocktail", "arson", "knives"}),
)  # fmt: skip
_OPEN_TO_WEAPONS = frozenset({None, "aerial", "heavy-weapons", "explosives", "firearms", "primitive", "beat", "destroy"})
_WITH_GUNS = frozenset({"shell", "bombard", "pound", "pummel"})  # of artillery
_LAUNCHING = frozenset({"fire", "launch", "lob", "rain", "hurl", "throw", "drop", "unleash", "detonate", "use", "explode", "shoot", "volley", "loose", "deploy"})
_TELLING_WITH = frozenset({"with", "by", "using", "via"})
_MEDIA = frozenset(
    {"telephone", "phone", "telephone call", "phone call", "video", "videoconference", "video-conference", "video conference", "teleconference", "videolink", "video link",
     "hotline", "videoconference call", "conference call", "video call", "telephone conversation", "phone conversation", "video-link"}
)  # fmt: skip
_OVER = frozenset({"by", "over", "via", "through", "on", "use", "using", "in"})
_ASKED = (
    ("meet", {"meet", "negotiate", "talk", "confer", "settle", "mediate"}),
    ("yield", {"release", "free", "withdraw", "dismantle", "disarm", "surrender", "retreat"}),
    ("assist", {"help", "fund", "finance", "rebuild", "lend", "fetch", "intervene", "supply", "provide", "donate", "deliver", "contribute", "assist", "rescue", "evacuate", "extradite", "repair"}),
)  # fmt: skip
_THREATENED = (
    ("violence", {"attack", "bomb", "kill", "shoot", "strike back", "shell", "war", "force"}),
    ("arrest", {"jail", "imprison", "arrest", "prison", "imprisonment", "detain", "prosecute", "detention"}),
    ("expel", {"expel", "expulsion", "deport", "deportation", "evict", "eviction", "removal"}),
    ("territory", {"annex", "annexation", "occupy", "overrun", "invade", "capture"}),
    ("relations", {"sever", "tie", "relation", "cooperation", "diplomatic relation", "withdraw", "walk", "contact", "talk", "negotiation"}),
    ("restrict", {"strike", "stoppage", "tariff", "embargo", "ban", "blockade", "closure", "boycott", "curfew", "sanction", "duty", "block", "close"}),
)  # fmt: skip
_ALSO_CLOSED = frozenset({"service", "access", "station", "channel", "outlet", "press", "book", "film", "platform"})
_IRREGULAR = frozenset({"REB", "UAF"})


def by_words(row: Candidate, tree: Tree) -> Candidate:
    """The candidate with the mode that its clause's words of means decide; itself where they decide none."""
    mode = row.mode
    if row.type == "ASSAULT" and row.mode in _OPEN_TO_WEAPONS:
        mode = _weapon(tree, row.token) or mode
    elif row.type == "CONSULT" and row.mode in {None, "visit", "multilateral", "third-party"} and _is_remote(tree, row.token):
        mode = "phone"
    elif row.type in {"REQUEST", "REJECT"} and row.mode in {None, "change", "assist"}:
        mode = _first_of(_ASKED, _content(tree, row.token)) or mode
    elif row.type == "THREATEN" and row.mode in {None, "violence", "restrict", "relations"}:
        mode = _first_of(_THREATENED, _content(tree, row.token)) or mode
    elif row.type == "COERCE" and row.mode in {None, "restrict"} and _objects(tree, row.token) & (lexicon().classes["MEDIA"] - _ALSO_CLOSED):
        mode = "censor"
    if mode == row.mode:
        return row
    return msgspec.structs.replace(row, mode=mode, cameo=None, reasons=(*row.reasons, f"by its means: {mode}"))


def of_forces(kind: str, mode: str | None, actors: Sequence[Participant]) -> str | None:
    """MOBILIZE by armed groups alone is "militia" unless weapons are what is shown (3.14.1)."""
    irregular = bool(actors) and all(_IRREGULAR & set(p.sectors) for p in actors)
    return "militia" if kind == "MOBILIZE" and mode in {None, "troops", "police"} and irregular else mode


def _content(tree: Tree, token: int) -> set[str]:
    """The verbs and nouns of what is asked, refused or threatened: the heads of its clause or phrase, with that clause's objects."""
    heads = [k for k in tree.children(token, "xcomp", "ccomp", "dobj") if tree.tokens[k].pos in {"VERB", "NOUN"}]
    for preposition in tree.children(token, "prep"):
        if tree.low(preposition) in {"with", "for", "of"}:
            heads += tree.children(preposition, "pobj", "pcomp")
    victims = set(tree.children(token, "dobj")) if any(tree.tokens[k].dep != "dobj" for k in heads) else set()
    heads = [k for k in heads if k not in victims]
    objects = [o for k in heads if tree.tokens[k].pos == "VERB" for o in tree.children(k, "dobj")]
    return {tree.lemma(k) for k in (*heads, *objects)}


def _objects(tree: Tree, token: int) -> set[str]:
    """The lemmas of what is acted on, passive subjects among them."""
    return {tree.lemma(k) for k in tree.children(token, "dobj", "nsubjpass")}


def _first_of(table: Sequence[tuple[str, set[str]]], named: set[str]) -> str | None:
    return next((mode for mode, words in table if named & words), None)


def _weapon(tree: Tree, token: int) -> str | None:
    for slot in _slots(tree, token):
        found = _first_of(_WEAPONS, set(_names(tree, slot)) - ({"gun"} if tree.lemma(token) in _WITH_GUNS else set()))
        if found is not None:
            return found
    return None


def _slots(tree: Tree, token: int) -> Iterator[list[int]]:
    """The places of a clause that name its means, the nearest first, each as token indices."""
    if tree.tokens[token].pos not in {"VERB", "AUX"}:
        yield [token, *tree.children(token, "compound", "amod", "nmod")]
    with_ = [p for p in tree.children(token, "prep", "agent", "advcl") if tree.lemma(p) in _TELLING_WITH or tree.low(p) in _TELLING_WITH]
    with_ += [v for v in tree.children(token, "advcl", "xcomp") if tree.lemma(v) == "use"]
    yield from ([k for k in tree.subtree(p, without=("relcl", "advcl")) if k != token] for p in with_)
    if tree.lemma(token) in _LAUNCHING:
        yield [k for o in tree.children(token, "dobj") for k in _phrase(tree, o)]
    yield [k for s in tree.children(token, "nsubj") for k in _phrase(tree, s)]


def _phrase(tree: Tree, noun: int) -> list[int]:
    """A noun with what stands before it, and what a quantity is of ("volleys of rockets")."""
    out = [noun, *tree.children(noun, "compound", "amod", "nmod")]
    for preposition in tree.children(noun, "prep"):
        if tree.low(preposition) == "of":
            out += [k for thing in tree.children(preposition, "pobj") for k in (thing, *tree.children(thing, "compound", "amod", "nmod", "conj"))]
    return out + [k for other in tree.children(noun, "conj") for k in (other, *tree.children(other, "compound", "amod", "nmod"))]


def _names(tree: Tree, indices: Iterable[int]) -> Iterator[str]:
    """Lemmas, and pairs of words that stand together."""
    for k in indices:
        lemma = tree.lemma(k).lower()
        yield lemma
        if k:
            yield f"{tree.low(k - 1)} {lemma}"


def _is_remote(tree: Tree, token: int) -> bool:
    near = [token] if tree.tokens[token].pos == "NOUN" else []
    near += tree.children(token, "compound", "amod", "nmod") if near else [k for o in tree.children(token, "dobj") for k in (o, *tree.children(o, "compound", "amod", "nmod"))]
    for preposition in tree.subtree(token, without=("relcl", "ccomp", "conj", "advcl")):
        if tree.tokens[preposition].dep == "prep" and tree.low(preposition) in _OVER:
            near += [k for thing in tree.children(preposition, "pobj") for k in (thing, *tree.children(thing, "compound"))]
    return bool(set(_names(tree, near)) & _MEDIA)
