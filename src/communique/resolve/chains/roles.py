"""Offices as words of the text: who holds which, and when two role phrases can name one office."""

from __future__ import annotations

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.wordclasses import words

COUNTERPART = ("counterpart", "colleague")
_CHIEFS = words("chief minister head secretary")
_LEADERS = words("leader president minister premier chancellor king queen emir ruler dictator strongman prime taoiseach head monarch sultan")
_LEADERS |= {"head of state"}
_MONARCHS = words("monarch king queen emir sultan ruler")
_NOT_STATES = words("opposition party rebel militia union separatist community religious student gang cartel protest strike tribal spiritual group faction")
_PREMIERS = words("premier minister chancellor taoiseach")
_DIPLOMATS = words("diplomat ambassador envoy minister consul chargé affaires emissary negotiator mediator secretary")
_ENVOYS = words("diplomat ambassador envoy consul chargé affaires emissary mediator")
_LEAVING = words("resign quit step dismiss sack fire oust remove depose topple leave retire replace impeach")
_FIELDS = words(
    "defense foreign prime interior finance trade home energy justice health migration vice deputy economy security agriculture fisheries shipping "
    "transport education labour labor environment water oil information communications planning tourism culture sport immigration intelligence"
)


def role_of(links: Links, node: Node) -> str | None:
    """The role that a phrase, or whoever it stands for, is known to hold."""
    if node.role and not is_stand_in(node.role):
        return node.role
    if node.members and (first := links.d.entities[node.members[0]]).role and first is not node:
        return first.role
    return _counterpart_roles(links).get(node.members[0]) if node.members else None


def _counterpart_roles(links: Links) -> dict[int, str]:
    out: dict[int, str] = {}
    for nodes in links.d.by_sentence:
        for n in nodes:
            if n.lemma in COUNTERPART and n.members and n.role and not is_stand_in(n.role):
                out[n.members[0]] = n.role
    return out


def holder_of(links: Links, node: Node, country: str, role: str) -> Node | None:
    """Who in the document holds such a role for that country, one called the same before one called alike, the nearest
    before, else the first behind."""
    for loose in (False, True):
        found: Node | None = None
        for other in links.d.nodes:
            if other.kind != "title" or other.country != country or not other.members:
                continue
            held = role_of(links, other) or ""
            if (role and not (held and same_role(role, held, loose=loose))) or not status_agrees(links, node, other):
                continue
            if (other.sent, other.end) <= (node.sent, node.first) or found is None:
                found = other
        if found is not None:
            return found
    return None


def head_of_role(role: str) -> str:
    """The noun of a role phrase, in lower case: minister for "Minister of Health" as for "Health Minister"."""
    low = role.lower()
    if low.endswith(("head of state", "head of government")):
        return "head of state"
    parts = low.split()
    return parts[parts.index("of") - 1] if "of" in parts[1:] else parts[-1]


def same_role(one: str, other: str, *, loose: bool = True) -> bool:
    """Whether two role phrases can name one office: same last noun, envoy for ambassador; `loose` also takes chief for
    minister, leader for president, diplomat for foreign minister."""
    a, b = one.lower().replace("defence", "defense"), other.lower().replace("defence", "defense")
    head_a, head_b = _singular(head_of_role(a)), _singular(head_of_role(b))
    fields_a, fields_b = set(a.split()) & _FIELDS - {head_a}, set(b.split()) & _FIELDS - {head_b}
    if fields_a and fields_b and fields_a != fields_b:
        return False
    if head_a == head_b:
        return True
    pair = {head_a, head_b}
    if pair <= _ENVOYS:
        return True
    if not loose:
        return False
    if pair <= _CHIEFS and (fields_a or fields_b):
        return True
    if pair <= _PREMIERS and "prime" in fields_a | fields_b:
        return True
    if pair <= _MONARCHS:
        return True
    if "leader" in pair and _NOT_STATES & set((a if head_a == "leader" else b).split()):
        return False
    if pair & {"leader", "head of state"} and pair <= _LEADERS:
        return not (fields_a | fields_b) - {"prime"}
    return ("diplomat" in pair and pair <= _DIPLOMATS) or ("envoy" in pair and pair <= _DIPLOMATS)


def status_agrees(links: Links, node: Node, other: Node) -> bool:
    """Whether "the former minister" can be that minister: called former too, or said to have left before."""
    if node.status != "former" or other.status == "former":
        return True
    if (other.sent, other.first) >= (node.sent, node.first):
        return False
    told = (t.lemma.lower() for s in range(other.sent, node.sent) for t in links.d.sentences[s].tokens if t.pos == "VERB")
    return any(lemma in _LEAVING for lemma in told)


def is_stand_in(role: str) -> bool:
    """Whether a role is a reference to another's: "counterpart", "colleague"."""
    return role.lower().endswith(COUNTERPART)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
