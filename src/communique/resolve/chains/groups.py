"""Groups: "the two nations", "both sides", "the defence chiefs", and bodies of states ("the bloc")."""

from __future__ import annotations

from communique.resolve.chains.agreement import BLOCS, is_bloc, stated_number
from communique.resolve.chains.clauses import candidates, possessor_of
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.fighters import link_fighters
from communique.resolve.chains.links import REACH, Links
from communique.resolve.chains.roles import role_of, same_role
from communique.resolve.chains.sets import (
    entities_of,
    link_first_countries,
    link_last_countries,
    link_last_people,
    members_as,
    plural_sets,
)
from communique.resolve.chains.wordclasses import COUNTRY, words
from communique.resolve.entities import lookup

_ANYONE = words("man woman people suspect detainee prisoner captive hostage victim attacker assailant boy girl")
_ONE_SIDED = words(
    "condemn denounce criticise criticize slam blast decry deplore urge call ask appeal demand press warn welcome praise hail commend back support "
    "offer mediate voice express advise caution counsel implore beg invite"
)  # whoever does so together is on one side of what is spoken of
_ALIKE = (
    words("soldier troop peacekeeper serviceman trooper"), words("fisherman trawlerman fisher"), words("protester demonstrator marcher"),
    words("refugee migrant"), words("rebel insurgent guerrilla militant fighter jihadist"),
)  # fmt: skip
_DOERS = words("attacker assailant")
_SUFFERERS = words("suspect detainee prisoner captive hostage victim")


def resolve_group(links: Links, node: Node) -> None:
    """A group finds its members, of the number and kind that its words say."""
    size = stated_number(links, node)
    lemma = node.lemma
    own = links.d.countries_in(node)
    if (node.refs and own) or (lemma in COUNTRY and not node.refs and link_listed(links, node)):
        return
    if len(own) > 1 or (own and lemma not in COUNTRY):
        node.members = ()
        links.link(node, own, "countries in the phrase")
        return
    if link_fighters(links, node) or _same_head(links, node, size) or (lemma in BLOCS and link_bloc(links, node)):
        return
    if lemma in COUNTRY or lemma in ("delegation", "army", "military", "force", "navy", "ministry", "parliament", "official", "troop"):
        wanted = "country"
    elif lemma in ("two", "three", "four", "both", "pair", "duo", "trio"):
        wanted = "any"
    else:
        wanted = "person"
    owner = possessor_of(links, node)  # "his guests" are not himself
    for s in range(node.sent, max(-1, node.sent - REACH), -1):
        for members in plural_sets(links, s, node):
            if lemma == "side" and _is_one_side(links, members):
                continue
            found = [m for m in members_as(links, members, wanted, node) if not owner or not set(m.members) & set(owner)]
            several = size is None and (bool(owner) or len(entities_of(links, found)) > 1)
            if found and (several or size == len(entities_of(links, found))):
                links.link(node, found, f"{wanted} set")
                return
    if wanted != "country" and size is not None and link_last_people(links, node, size):
        return
    if lemma == "side" and size == 2 and link_first_countries(links, node):
        return
    if wanted != "person":
        link_last_countries(links, node, size or 2)
    elif lemma in _ANYONE:
        _link_people(links, node)


def _is_one_side(links: Links, members: list[Node]) -> bool:
    """Whether several do together what one side does or a third party says: "Mexico and Bolivia *condemned* the raid"."""
    first = members[0]
    return len(members) > 1 and first.subject and first.verb >= 0 and links.tokens(first)[first.verb].lemma.lower() in _ONE_SIDED


def link_listed(links: Links, node: Node) -> bool:
    """ "the Baltic states", "the Nordic countries": their members, from the tables."""
    tokens = links.tokens(node)
    before = [tokens[k].text for k in range(node.first, node.tok) if tokens[k].text[0].isupper() and tokens[k].text.lower() not in ("the", "both")]
    for noun in ("states", "countries") if before else ():
        refs = lookup(f"the {' '.join(before)} {noun}")
        if len(refs) > 1 and all(ref.kind == "country" for ref in refs) and stated_number(links, node) in (None, len(refs)):
            links.stands_for(node, refs, "members of the group")
            return True
    return False


def _link_people(links: Links, node: Node) -> None:
    """ "the suspects" → the several people last spoken of as one: "two Slovak drivers"."""
    for nodes in links.d.before(node, 3):
        for found in reversed(nodes):
            active = found.subject and found.dep == "nsubj"
            if (node.lemma in _DOERS and not active) or (node.lemma in _SUFFERERS and active):
                continue  # who attacked is no victim
            if node.lemma in _DOERS and found.kind == "pronoun" and found.plural and found.antecedents:
                links.link(node, (found,), "people noun")
                return
            several = (found.plural and (found.type == "people" or found.kind == "demonym")) or found.lemma in ("crew", "team")
            if several and found.kind in ("nominal", "np", "group", "demonym"):
                links.link(node, (found,), "people noun")
                return


def _same_head(links: Links, node: Node, size: int | None) -> bool:
    """The same head noun again ("the defense chiefs" … "the defense chiefs'"), or the people who hold such a role;
    the nearest sentence that has either decides."""
    for s in range(node.sent, max(-1, node.sent - 1 - REACH), -1):
        if _role_set(links, node, size, s):
            return True
        for found in reversed(links.d.by_sentence[s]):
            if (s == node.sent and found.end > node.first) or found is node or not _same_group(links, node, found, size):
                continue
            return links.link(node, (found,), "same head")
    return False


def _same_group(links: Links, node: Node, found: Node, size: int | None) -> bool:
    if not found.plural or found.kind not in ("nominal", "group", "np"):
        return False
    same = found.lemma == node.lemma or any({found.lemma, node.lemma} <= alike for alike in _ALIKE) or (node.role and found.role and same_role(node.role, found.role))
    if not same or (found.lemma in COUNTRY and not found.antecedents):
        return False
    if size is None or len(found.members) == size:
        return True
    if len(found.members) > 1:
        return False
    return len(links.d.countries_in(found)) in (0, size)


def _role_set(links: Links, node: Node, size: int | None, sent: int) -> bool:
    """ "the ministers" → the people who hold such a role in one sentence."""
    if node.role is None:
        return False
    limit = node.first if sent == node.sent else 10**9
    holders: dict[int, Node] = {}
    for found in links.d.by_sentence[sent]:
        if found.kind == "title" and found.members and found.end <= limit:
            role = role_of(links, found)
            if role and same_role(node.role, role):
                holders.setdefault(found.members[0], found)
    return len(holders) > 1 and size in (None, len(holders)) and links.link(node, holders.values(), "people of that role")


def link_bloc(links: Links, node: Node) -> bool:
    """ "the alliance", "the bloc" for a body of states named before."""
    if links.tokens(node)[node.tok].tag not in ("NN", "NNP"):
        return False
    for found in candidates(links, node, 4):
        if found.kind in ("name", "nominal") and found.type in ("body", "unknown") and not found.plural and is_bloc(found):
            return links.link(node, (found,), "kind of body")
    return False
