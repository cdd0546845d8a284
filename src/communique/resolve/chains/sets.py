"""Plural sets: which parties of a sentence "they" or "the two sides" could take, and their countries or people."""

from __future__ import annotations

from collections.abc import Iterable

from communique.resolve.chains.agreement import SET_PREFIXES, is_party
from communique.resolve.chains.clauses import clause_depth
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.wordclasses import CLASS_OF, words

_MEET = words("meet host receive visit greet welcome summon phone call telephone accuse blame tell urge ask invite join thank brief")
_TELL = words("tell ask urge")
_JOINT = words("work cooperate trade negotiate visit tour discuss exchange dine agree")
_WITH = ("with", "alongside")


def plural_members(links: Links, node: Node) -> list[Node]:
    """The node and its conjuncts when together they are several; the node alone when it is plural."""
    if node.conjuncts:
        return [node, *node.conjuncts]
    if node.plural or len(node.members) > 1:
        return [node]
    return []


def meeting_set(links: Links, sent: int, subject: Node, before: Node | None) -> list[Node]:
    """Subject and partner of "X met (with) Y", "X held talks with Y"; empty when there is no such partner."""
    if subject.verb < 0:
        return []
    tokens, kids, at = links.d.sentences[sent].tokens, links.d.children[sent], links.d.at[sent]
    verb = subject.verb
    partners: list[Node] = []
    reach = [verb, *(k for k in kids[verb] if tokens[k].dep in ("dobj", "xcomp", "prep"))]
    reach += [k for top in reach[1:] if tokens[top].pos == "VERB" for k in kids[top] if tokens[k].dep in ("dobj", "xcomp")]
    for top in reach:
        if tokens[top].dep != "prep" and not set(CLASS_OF.get(tokens[top].lemma.lower(), ("meet",) if tokens[top].lemma.lower() in _JOINT else ())) & {"meet", "agree", "exercise"}:
            if tokens[top].lemma.lower() not in _MEET:
                continue
        for k in kids[top]:
            if tokens[k].dep == "prep" and tokens[k].text.lower() in _WITH:
                partners += [at[j] for j in kids[k] if j in at]
        if tokens[top].lemma.lower() in _MEET:
            partners += [at[k] for k in kids[top] if tokens[k].dep in ("dobj", "dative") and k in at]
    limit = before.first if before is not None and before.sent == sent else 10**9
    partners = [p for p in partners if is_party(links, p) and p.tok < limit and not (p.first <= limit < p.end)]
    if not partners or not is_party(links, subject):
        return []
    if tokens[verb].lemma.lower() in _TELL and before is not None and before.sent == sent and (partners[0].plural or partners[0].conjuncts):
        return [partners[0], *partners[0].conjuncts]  # "told reporters that they …"
    if tokens[verb].lemma.lower() in _TELL and (before is None or before.sent != sent) and not any(tokens[k].text.lower() in _WITH for k in kids[verb]):
        return []  # whoever tells a paper something is no "they" with it
    out = [subject, *subject.conjuncts]
    for partner in partners:
        out += [partner, *partner.conjuncts]
    return list(dict.fromkeys(out))


def plural_sets(links: Links, sent: int, before: Node) -> list[list[Node]]:
    """Sets that a plural could take in a sentence, the likeliest first; only what stands before the node."""
    if sent < before.sent and sent in links.cache:
        return links.cache[sent]
    ranked: list[tuple[int, int, list[Node]]] = []
    limit = before.first if sent == before.sent else 10**9
    inside = {id(c) for n in links.d.by_sentence[sent] for c in n.conjuncts}
    for node in links.d.by_sentence[sent]:
        if node.end > limit or id(node) in inside or links.d.at[sent].get(node.tok) is not node:
            continue
        tokens = links.d.sentences[sent].tokens
        if sent < before.sent and node.dep in ("dobj", "dative") and tokens[tokens[node.tok].head].lemma.lower() in _TELL and not node.plural:
            continue  # "told Radio Lome. They …": not the paper that was told
        depth = clause_depth(links, node)
        main = node.subject and depth == 0
        if node.subject and (both := meeting_set(links, sent, node, before)):
            ranked.append((2 if main else 5, node.first, both))
        members = [m for m in plural_members(links, node) if m.end <= limit]
        if members and (len(members) > 1 or node.plural or len(node.members) > 1):
            if node.kind == "pronoun" and not node.members:
                continue
            weak = node.type in ("thing", "event") and len(members) == 1
            ranked.append(((0 if main else 1 if node.subject else 4) + (3 if weak else 0), node.first if not weak else -node.first, members))
    out = [members for _, _, members in sorted(ranked, key=lambda r: (r[0], r[1]))]
    if sent < before.sent:
        links.cache[sent] = out
    return out


def entities_of(links: Links, nodes: Iterable[Node]) -> set[int]:
    """The entities of several phrases; one of its own for each that has none yet."""
    return {e for n in nodes for e in n.members} | {-1 - n.order for n in nodes if not n.members}


def members_as(links: Links, members: list[Node], wanted: str, node: Node) -> list[Node]:
    """The members as countries or as people; empty when one of them is neither."""
    if wanted == "any":
        return members if all(is_party(links, m) for m in members) else []
    if wanted == "person":
        kinds = [links.d.entities[m.members[0]].type if m.members else m.type for m in members]
        return members if all(k in ("person", "people") for k in kinds) else []
    out: dict[str, Node] = {}
    for member in members:
        nodes = country_nodes(links, member, node)
        if not nodes:
            return []
        for found in nodes:
            out.setdefault(found.country or found.text, found)
    return list(out.values())


def country_nodes(links: Links, member: Node, near: Node) -> list[Node]:
    """The countries that a member belongs to or is."""
    if member.type == "country" and member.country:
        return [member]
    inner = links.d.countries_in(member)
    if inner:
        return inner
    out: list[Node] = []
    for entity in member.members:
        first = links.d.entities[entity]
        key = first.country or member.country
        if first.type == "country" and first.country:
            out.append(first)
        elif key is not None and key in links.country_entity:
            out.append(links.d.entities[links.country_entity[key]])
        else:
            inner = links.d.countries_in(first)
            if not inner:
                return []
            out += inner
    return out


def relation_size(links: Links, node: Node) -> int | None:
    """The number in "the trilateral partnership", for a relation between states rather than an occurrence."""
    if node.lemma not in ("partnership", "alliance", "relationship", "cooperation", "tie", "relation", "framework", "trade"):
        return None
    tokens = links.tokens(node)
    return next((n for k in range(node.first, node.tok) if (n := SET_PREFIXES.get(tokens[k].text.lower())) is not None), None)


def link_country_set(links: Links, node: Node, size: int) -> bool:
    """The nearest set of just so many countries."""
    for s in range(node.sent, max(-1, node.sent - 3), -1):
        for members in plural_sets(links, s, node):
            found = members_as(links, members, "country", node)
            if found and len(entities_of(links, found)) == size:
                return links.link(node, found, "country set")
    return False


def link_last_countries(links: Links, node: Node, size: int) -> None:
    """The countries of the last sentence that speaks of just so many, subjects and their partners before others."""
    for s in range(node.sent, max(-1, node.sent - 4), -1):
        limit = node.first if s == node.sent else 10**9
        found: dict[int, Node] = {}
        for other in links.d.by_sentence[s]:
            if _is_party(other) and other.end <= limit:
                found.setdefault(other.members[0], other)
        if len(found) == size:
            links.link(node, found.values(), "countries of the sentence")
            return
    recent: dict[int, Node] = {}
    for other in reversed([n for n in links.d.nodes if (n.sent, n.end) < (node.sent, node.first + 1)]):
        if _is_party(other) and node.sent - other.sent <= 4:
            recent.setdefault(other.members[0], other)
            if len(recent) == size:
                links.link(node, list(recent.values())[::-1], "last countries")
                return


def link_first_countries(links: Links, node: Node) -> bool:
    """The two countries of the first sentence that names countries, mostly the headline, when they are just two."""
    for s in range(node.sent):
        found: dict[int, Node] = {}
        for other in links.d.by_sentence[s]:
            if _is_party(other):
                found.setdefault(other.members[0], other)
        if found:
            return len(found) == 2 and links.link(node, found.values(), "countries of the headline")
    return False


def _is_party(node: Node) -> bool:
    """Whether a phrase names a state as more than the place of something: "met *in Seoul*" makes Seoul no side."""
    return node.type == "country" and bool(node.members) and node.kind in ("name", "demonym", "metonym") and not node.place


def link_last_people(links: Links, node: Node, size: int) -> bool:
    """The people last spoken of, when they are just so many."""
    recent: dict[int, Node] = {}
    for s in range(node.sent, max(-1, node.sent - 4), -1):
        limit = node.first if s == node.sent else 10**9
        for other in links.d.by_sentence[s]:
            if other.type == "person" and len(other.members) == 1 and other.end <= limit:
                recent.setdefault(other.members[0], other)
        if len(recent) >= size:
            break
    return len(recent) == size and links.link(node, recent.values(), "last people")
