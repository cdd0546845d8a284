"""People under arms without a name: "the rebels", "the militants", "the armed group" for the body that a report has named."""

from __future__ import annotations

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.wordclasses import words

_FIGHTERS = words("militant rebel insurgent gunman fighter jihadist islamist extremist separatist guerrilla terrorist insurgency")
_GROUPS = words("group movement militia organisation organization faction")
_PLAIN = words("the armed rebel militant insurgent jihadist islamist extremist separatist guerrilla same")
_ARMED = frozenset({"REB", "UAF", "PRM"})


def link_fighters(links: Links, node: Node) -> bool:
    """A definite phrase of fighters goes back to the one armed body named last; false where none is, or two are in one sentence."""
    if node.refs or not _is_of_fighters(links, node):
        return False
    for nodes in links.d.before(node, node.sent):
        named: dict[str, Node] = {}
        for found in nodes:
            entity = next((ref.entity for ref in found.refs if ref.kind == "organisation" and _ARMED & set(ref.sectors) and ref.entity), None)
            if entity is not None:
                named[entity] = found
        if len(named) == 1:
            return links.link(node, named.values(), "the armed body named last")
        if named:
            return False
    return False


def _is_of_fighters(links: Links, node: Node) -> bool:
    """Whether the phrase says no more than that they are fighters: "the militants", "the armed group"; not "the Chadian rebels"."""
    tokens = links.tokens(node)
    before = {tokens[k].text.lower() for k in range(node.first, node.tok)}
    if "the" not in before or not before <= _PLAIN or is_told_anew(links, node):
        return False
    if any(tokens[k].text.lower() in {"of", "from", "in"} for k in links.d.children[node.sent][node.tok]):
        return False
    return (node.plural and node.lemma in _FIGHTERS) or node.lemma == "insurgency" or (not node.plural and node.lemma in _GROUPS)


def is_told_anew(links: Links, node: Node) -> bool:
    """Whether a clause says which is meant ("the militia *that he raised*"), so that it is told of for the first time; not "the militants, who …"."""
    tokens = links.tokens(node)
    apart = [t.text for t in tokens[node.tok + 1 : node.tok + 2]] == [","]
    return not apart and any(tokens[k].dep in {"relcl", "acl"} for k in links.d.children[node.sent][node.tok])
