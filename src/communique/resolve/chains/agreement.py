"""Whether two phrases can be one: number, gender, what acts and what is a thing, what a country or body can be called."""

from __future__ import annotations

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.wordclasses import words

SET_PREFIXES = {"bilateral": 2, "trilateral": 3, "tripartite": 3, "three-way": 3, "two-way": 2, "quadrilateral": 4}
BLOCS = words("bloc alliance union organisation organization body group association coalition club")
_KINDS = {
    "kingdom": "SAU MAR JOR BHR GBR THA ESP NLD BEL SWE NOR DNK KHM BTN LSO SWZ TON", "sultanate": "OMN BRN",
    "emirate": "KWT QAT ARE", "archipelago": "IDN PHL MDV BHS SYC CPV JPN FJI SLB TON", "baltic": "EST LVA LTU",
    "island": "LKA CYP CUB JAM TWN MDG MLT ISL IRL BRB FJI MUS BHR SGP HTI TLS GRD WSM TON NRU DOM",
    "gulf": "SAU ARE QAT KWT BHR OMN", "nordic": "SWE NOR DNK FIN ISL", "andean": "BOL PER ECU COL CHL",
    "caribbean": "CUB JAM HTI DOM TTO BRB GRD BHS LCA VCT ATG DMA KNA GUY", "balkan": "ALB BIH BGR HRV XKX MKD MNE SRB GRC SVN ROU",
    "monarchy": "SAU MAR JOR BHR OMN KWT QAT GBR THA ESP NLD BEL SWE NOR DNK", "landlocked": "NPL BOL PRY MNG LAO ETH UGA RWA TCD NER MLI BFA ZMB ZWE MWI BWA AFG KAZ KGZ TJK UZB ARM",
}  # fmt: skip
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "both": 2, "pair": 2, "duo": 2, "trio": 3, "couple": 2}


def fits_person(links: Links, node: Node, found: Node) -> bool:
    """Whether he or she can be that phrase: one person, of no other gender, and no predicate ("elected her president")."""
    if found.plural or len(found.members) > 1 or (found.dep in ("oprd", "attr") and found.kind in ("np", "nominal") and not found.definite):
        return False
    if found.kind == "pronoun" and not found.members:
        return False
    if found.type != "person" and not (found.members and links.d.entities[found.members[0]].type == "person"):
        return False
    known = found.gender or (links.d.genders.get(found.members[0], "") if found.members else "")
    return not known or not node.gender or known == node.gender


def fits_thing(links: Links, found: Node) -> bool:
    """Whether "it" can be that phrase: one, and nobody."""
    if found.plural or len(found.members) > 1 or found.conjuncts or found.type in ("person", "people"):
        return False
    if found.kind == "pronoun":
        return bool(found.members) and links.d.entities[found.members[0]].type not in ("person", "people")
    return not (found.members and links.d.entities[found.members[0]].type in ("person", "people"))


def is_agent(links: Links, node: Node) -> bool:
    """Whether a phrase can speak and act: a body, a state, a capital."""
    kind = links.d.entities[node.members[0]].type if node.members else node.type
    return kind in ("body", "country", "unknown") and node.kind != "np"


def is_party(links: Links, node: Node) -> bool:
    """Whether a phrase can act together with others: people, states, bodies."""
    kind = links.d.entities[node.members[0]].type if node.members else node.type
    if kind == "country" and is_capital_place(links, node):
        return False
    return kind in ("person", "people", "country", "body", "unknown") and (node.kind != "np" or kind == "people")


def is_capital_place(links: Links, node: Node) -> bool:
    """Whether a phrase is a city that stands for itself ("left for Doha"), not a country."""
    unknown = node.kind == "name" and not node.refs and node.type == "country" and node.dep == "pobj"  # "took place at Luvo"
    city = bool(node.refs) and (node.refs[0].kind == "place" or node.refs[0].name.lower() not in node.text.lower())
    return unknown or (node.place and (city or not node.refs))


def of_kind(links: Links, node: Node, found: Node) -> bool:
    """Whether a country can be called "the kingdom", "the Baltic state"; true where we know nothing."""
    tokens = links.tokens(node)
    sets = [_KINDS[w] for k in range(node.first, node.end) if (w := tokens[k].lemma.lower()) in _KINDS]
    country = found.country or (links.d.entities[found.members[0]].country if len(found.members) == 1 else None)
    return country is None or len(country) != 3 or not country.isupper() or all(country in s.split() for s in sets)


def is_bloc(node: Node) -> bool:
    """Whether a body has several states in it: coded so, without a country, or called a union, league, nations."""
    if node.refs and node.refs[0].igo:
        return True
    if node.lemma in ("ministry", "army", "navy", "court", "bank", "parliament", "police", "government", "embassy"):
        return False
    return node.country is None or bool(set(node.text.lower().split()) & (BLOCS | {"league", "nations", "community"}))


def stated_number(links: Links, node: Node) -> int | None:
    """How many a group says it is ("the two", "trilateral"); None where it does not say."""
    tokens = links.tokens(node)
    for k in range(node.first, node.end):
        if (size := _NUMBERS.get(tokens[k].text.lower())) is not None:
            return size
    head = tokens[tokens[node.tok].head]
    nearby = [head, *(tokens[k] for k in links.d.children[node.sent][tokens[node.tok].head])]
    for token in nearby:
        if (size := SET_PREFIXES.get(token.text.lower())) is not None:
            return size
    return None


def modifiers(links: Links, node: Node) -> set[str]:
    """The words before the head, without articles and the like."""
    tokens = links.tokens(node)
    skip = ("the", "this", "that", "such", "these", "those", "latest", "same", "'s", "’s")
    return {tokens[k].lemma.lower() for k in range(node.first, node.tok) if tokens[k].text.lower() not in skip and tokens[k].text[0].isalpha()}


def words_around(links: Links, node: Node) -> set[str]:
    """The words of the head itself and the four behind the phrase."""
    tokens = links.tokens(node)
    return {t.lemma.lower() for t in tokens[node.end : node.end + 4]} | {w.lower() for w in node.text.split()}


def still_to_come(links: Links, node: Node, found: Node) -> bool:
    """ "more talks" that someone agreed to hold are not "the latest talks"."""
    mine, theirs = links.tokens(node), links.tokens(found)
    past = any(mine[k].text.lower() in ("latest", "recent") for k in range(node.first, node.tok))
    return past and any(theirs[k].text.lower() in ("more", "further", "future", "next", "another", "new") for k in range(found.first, found.tok))
