"""Offices as words of the text: who holds which, and when two role phrases can name one office."""

from __future__ import annotations

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.wordclasses import words

COUNTERPART = ("counterpart", "colleague")
_CHIEFS = words("chief minister head secretary")
_LEADERS = words("leader president minister premier chancellor king queen emir ruler dictator strongman prime taoiseach head monarch sultan")
_DIPLOMATS = words("diplomat ambassador envoy minister consul chargé affaires emissary negotiator mediator secretary")
_ENVOYS = words("diplomat ambassador envoy consul chargé affaires emissary mediator")
_FIELDS = words("defense foreign prime interior finance trade home energy justice health migration vice deputy economy")


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
    """Who in the document holds such a role for that country, the nearest before, else the first behind."""
    found: Node | None = None
    for other in links.d.nodes:
        if other.kind != "title" or other.country != country or not other.members:
            continue
        held = role_of(links, other) or ""
        if role and not same_role(role, held):
            continue
        if (other.sent, other.end) <= (node.sent, node.first) or found is None:
            found = other
    return found


def same_role(one: str, other: str, *, loose: bool = True) -> bool:
    """Whether two role phrases can name one office: same last noun, envoy for ambassador; `loose` also takes chief for
    minister, leader for president, diplomat for foreign minister."""
    a, b = one.lower().replace("defence", "defense").split(), other.lower().replace("defence", "defense").split()
    head_a, head_b = _singular(a[-1]), _singular(b[-1])
    fields_a, fields_b = set(a[:-1]) & _FIELDS, set(b[:-1]) & _FIELDS
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
    if "leader" in pair and pair <= _LEADERS:
        return not (fields_a | fields_b) - {"prime"}
    return ("diplomat" in pair and pair <= _DIPLOMATS) or ("envoy" in pair and pair <= _DIPLOMATS)


def is_stand_in(role: str) -> bool:
    """Whether a role is a reference to another's: "counterpart", "colleague"."""
    return role.lower().endswith(COUNTERPART)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
