"""Which state a body or office belongs to that names none: "its embassy", "the army", "parliament", "his counterpart".

An owner decides first: "its embassy" is the state's for which "its" stands. Without one, a report that speaks of one state
is about that state's army; where it speaks of several, the place where the body acts decides ("police … in Montreal"), then
the nearest sentence, of this and the two before, that speaks of just one state. A sentence that speaks of two leaves the army without a state, unless the
report's dateline or publisher is of one of them: unknown stays unknown. A city decides only where no state is named. In a
state's own release, "the Ministry" and "Minister Otieno" are that state's.
What belongs to a state is read from the same tables as "Chad's army", so it has its sectors.
"""

from __future__ import annotations

from collections import Counter

from msgspec.structs import replace

from communique.records import EntityRef
from communique.resolve.chains.clauses import possessor_of
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.roles import head_of_role, is_stand_in
from communique.resolve.chains.wordclasses import words
from communique.resolve.entities import lookup
from communique.resolve.lexicon import country_names

_BODIES = words("army navy military parliament congress senate legislature cabinet government presidency treasury opposition police authorities")
_COMPOUND_BODIES = {
    "force": words("air armed security"), "guard": words("coast national border"), "bank": words("central national"),
    "court": words("supreme constitutional"), "commission": words("electoral election"),
    "assembly": words("national"), "forces": words("armed"),
    "ministry": words("foreign defence defense interior finance health energy justice trade economy education agriculture oil transport"),
}  # fmt: skip
WITHOUT_ARTICLE = words("parliament congress police authorities")
_OWNED = _BODIES | words(
    "embassy consulate ministry minister president premier chancellor force guard bank court troop soldier ambassador envoy "
    "office spokesman spokeswoman spokesperson administration diplomat lawmaker delegation negotiator air-force agency fleet"
)
_OFFICES = words("president minister premier chancellor king queen emir sultan")
_NATIONAL = _OFFICES | words("general colonel admiral marshal brigadier commander chief commodore")
_OFFICE_WORDS = words("prime foreign defence defense interior finance home health justice energy vice trade economy")
_WHERE = words("in at near outside across")
_MEETING = words("meet receive host visit greet welcome call telephone phone summon")
_SENT = words("envoy ambassador emissary delegation counterpart diplomat consul")
_NEAR = 2  # sentences back in which the one state spoken of is the one in play
_PRIMARY = frozenset({"GOV", "MIL", "LEG", "JUD", "COP"})
_INFERRED = frozenset({"body of the state in play", "belongs to its owner", "office of the state in play", "counterpart's office",
                       "body of the issuing state"})


def is_bare_body(links: Links, node: Node) -> bool:
    """Whether the words name a body that every state has one of: "the army", "parliament", "the Supreme Court"."""
    if node.refs:
        return False
    tokens = links.tokens(node)
    headline = links.d.sentences[node.sent].block in links.d.titles
    article = headline or tokens[node.first - (node.kind == "name" and node.first > 0)].text.lower() == "the"
    low = [tokens[k].text.lower() for k in range(node.first, node.end) if tokens[k].text.lower() != "the"]
    if len(low) > 2 and low[:2] == ["ministry", "of"]:
        return set(low[2:]) - {"and", "of", "affairs"} <= _COMPOUND_BODIES["ministry"]
    head, before = (low[-1], set(low[:-1])) if low else ("", set())
    if head in _BODIES:
        return not before and (article or head in WITHOUT_ARTICLE)
    return bool(before) and before <= _COMPOUND_BODIES.get(head, frozenset())


def is_state_body(node: Node) -> bool:
    """Whether the head noun is a body of one kind in a state, so that no other kind of body is meant by it."""
    return node.lemma in _BODIES or node.lemma in ("embassy", "consulate", "ministry", "court", "bank")


def link_bare_body(links: Links, node: Node) -> bool:
    """A body without a state becomes that of the state in play; false where two are and nothing decides."""
    if issuer := _issuer_of(links, node):
        links.stands_for(node, (of_state(issuer, _words(links, node)) or _state(issuer),), "body of the issuing state")
        return True
    state = _beside(links, node) or state_in_play(links, node)
    country = state.refs[0].country if state is not None else links.d.home.country if _from_home(links) else None
    if country is None:
        return False
    links.stands_for(node, (of_state(country, _words(links, node)) or _state(country),), "body of the state in play")
    node.antecedents = (state.span,) if state is not None else ()
    return True


def _beside(links: Links, node: Node) -> Node | None:
    """The body of the same state that it is joined to: "talks between *the government* and the opposition"."""
    tokens = links.tokens(node)
    first = links.d.at[node.sent].get(tokens[node.tok].head) if tokens[node.tok].dep == "conj" else None
    if first is None or not is_state_body(first) or len(first.members) != 1:
        return None
    known = links.d.entities[first.members[0]]
    return known if len(known.refs) == 1 and known.refs[0].country else None


def _issuer_of(links: Links, node: Node) -> str | None:
    """The state that put the report out, of whose own bodies it writes with a capital: "the Government", "the Ministry"."""
    own = node.tok > 0 and links.tokens(node)[node.tok].text[:1].isupper()  # a capital that the sentence does not ask for
    return links.d.home.issuer if own else None


def _from_home(links: Links) -> bool:
    """Whether a report that names no state at all has a dateline: its army is that country's."""
    return links.d.home.stated and not states_of_report(links)


def link_owned(links: Links, node: Node, owner: tuple[int, ...]) -> bool:
    """What a state, or someone who speaks for one, calls "its embassy", "her ministry", "their troops"."""
    if node.refs or node.lemma not in _OWNED or (len(owner) > 1 and not node.plural):
        return False
    found = [ref for one in owner if (ref := _of_owner(links, node, links.d.entities[one])) is not None]
    if not found or len(found) < len(owner):
        return False
    links.stands_for(node, tuple(dict.fromkeys(found)), "belongs to its owner")  # no antecedent: the envoy is not the state
    return True


def _of_owner(links: Links, node: Node, holder: Node) -> EntityRef | None:
    ref = holder.refs[0] if len(holder.refs) == 1 else None
    if ref is None or ref.country is None or not (ref.kind == "country" or _PRIMARY & set(ref.sectors[:1])):
        return None
    return of_state(ref.country, _words(links, node)) or _state(ref.country)


def state_in_play(links: Links, node: Node) -> Node | None:
    """The one state of the report, else where the body acts, else the one state of the nearest sentence that speaks of any,
    of this and the two before, else of its states the one that the report speaks from."""
    known = states_of_report(links)
    if len(known) == 1:
        only = next(iter(known.values()))
        return None if _private(only.refs[0]) else only
    scene, known_place = _scene(links, node)
    if scene is not None or not known_place:
        return scene
    if (main := _main_state(links)) is not None:
        return main
    for s in range(node.sent, max(-1, node.sent - 1 - _NEAR), -1):
        limit = node.first if s == node.sent else 10**9
        parties, places = _states([n for n in links.d.by_sentence[s] if n.end <= limit])
        if found := parties or {code: n for code, n in places.items() if not _private(n.refs[0])}:
            return next(iter(found.values())) if len(found) == 1 else found.get(links.d.home.country or "")
    return None


def _main_state(links: Links) -> Node | None:
    """The state that the report speaks from, where it names it at least three times and twice as often as any other: the army of
    a report about Malawi stays Malawi's when Britain has been heard."""
    home = links.d.home.country if links.d.home.stated else None
    counted = Counter(ref.country for n in links.d.nodes if n.rule not in _INFERRED for ref in n.refs if ref.country)
    others = max((k for code, k in counted.items() if code != home), default=0)
    return states_of_report(links).get(home) if home is not None and counted[home] >= max(3, 2 * others) else None


def _scene(links: Links, node: Node) -> tuple[Node | None, bool]:
    """The place in one country where a body that is the subject is or acts ("police *in Lyon* clashed with students"), and whether
    every such place is known: of what acts in a town that no table has, no earlier sentence says the state."""
    if not node.subject or node.verb < 0:
        return None, True
    tokens = links.tokens(node)
    found: dict[str, Node] = {}
    known = True
    for other in links.d.by_sentence[node.sent]:
        preposition = tokens[other.tok].head
        if other.first <= node.end or other.kind != "name" or tokens[preposition].text.lower() not in _WHERE:
            continue
        top = tokens[preposition].head
        if top != node.tok and node.verb not in (top, tokens[top].head):
            continue
        if len(other.refs) == 1 and other.refs[0].country:
            found.setdefault(other.refs[0].country, other)
        elif tokens[other.tok].ent.endswith("GPE") or top == node.tok:
            known = False
    return (next(iter(found.values())) if len(found) == 1 else None), known


def placed_elsewhere(links: Links, node: Node, found: Node) -> bool:
    """Whether a sentence names a place of another country than the body has that its bare words might go back to: "students *in
    Accra* clashed with police" after the police of Lagos."""
    tokens = links.tokens(node)
    lands = {ref.country for ref in found.refs if ref.country}
    here = {
        n.refs[0].country for n in links.d.by_sentence[node.sent]
        if n.kind in ("name", "metonym") and len(n.refs) == 1 and tokens[tokens[n.tok].head].text.lower() in _WHERE
    }  # fmt: skip
    return bool(lands) and bool(here - {None}) and not lands & here


def states_of_report(links: Links) -> dict[str, Node]:
    """The states that the whole report names, by code, as parties or as places."""
    if links.states is None:
        parties, places = _states(links.d.nodes)
        links.states = places | parties
    return links.states


def _states(nodes: list[Node]) -> tuple[dict[str, Node], dict[str, Node]]:
    """The states that phrases name as parties, and those that they name as places or by a firm or paper of theirs."""
    parties: dict[str, Node] = {}
    places: dict[str, Node] = {}
    for node in nodes:
        for ref in node.refs:
            if ref.country is None or node.rule in _INFERRED:
                continue
            group = places if ref.kind == "place" or _private(ref) else parties
            if ref.country not in group or (node.type == "country" and group[ref.country].type != "country"):
                group[ref.country] = node
    return parties, places


def link_bare_office(links: Links, node: Node) -> bool:
    """ "The president" whom a report about one state does not name, as that state's."""
    known = _states_named(links)
    before = {links.tokens(node)[k].text.lower() for k in range(node.first, node.tok)} - {"the"}
    if len(known) != 1 or not node.definite or node.status or node.lemma not in _OFFICES or not before <= _OFFICE_WORDS:
        return False
    ref = of_state(next(iter(known)), _words(links, node))
    if ref is None or ref.kind != "office":
        return False
    links.stands_for(node, (ref,), "office of the state in play")
    return True


def _states_named(links: Links) -> dict[str, Node]:
    """The one state of the report, when it is the only one and more than a town or paper of it is named."""
    known = states_of_report(links)
    return known if len(known) == 1 and all(n.refs[0].kind != "place" and not _private(n.refs[0]) for n in known.values()) else {}


def _private(ref: EntityRef) -> bool:
    """Whether a reference is to a firm, paper or person of a state, which says little of the state that a report is about."""
    return ref.kind in ("organisation", "person") and not _PRIMARY & set(ref.sectors[:1])


def name_office_states(links: Links) -> None:
    """Named holders of a national office without a state ("Health Minister Rosa Díaz"): of the state that a report about
    one state is about."""
    home = links.d.home
    spoken_from = home.issuer or (home.country if home.stated and home.country in states_of_report(links) else None)
    known = [spoken_from] if spoken_from else list(_states_named(links))
    for node in links.d.nodes if len(known) == 1 else ():
        ref = _person(node)
        if ref is not None and ref.country is None and ref.igo is None and _is_national(links, node) and (spoken_from or not _meets_another(links, node, known[0])):
            _amend(links, node, replace(ref, country=known[0]), "office of the state in play")


def _meets_another(links: Links, node: Node, country: str) -> bool:
    """Whether the sentence names somebody else who speaks for that state: "President Adan met *the envoy of Chad*" is no word on Adan's."""
    tokens = links.tokens(node)
    meets = node.verb >= 0 and tokens[node.verb].lemma.lower() in _MEETING
    return any(
        (meets or n.lemma in _SENT) and n is not node and n.members != node.members and (n.end <= node.first or n.first >= node.end) and n.kind in ("nominal", "title")
        and any(ref.country == country and ref.kind in {"person", "office", "group", "country"} for ref in n.refs) and n.type in {"person", "people"}
        for n in links.d.by_sentence[node.sent]
    )  # fmt: skip


def _is_national(links: Links, node: Node) -> bool:
    """Whether a title is an office of a whole state, and no other name stands in it ("Wisconsin Governor", "Erie captain")."""
    tokens, role = links.tokens(node), (node.role or "").lower()
    if not role or head_of_role(role) not in _NATIONAL:
        return False
    own = set(role.replace("-", " ").split()) | {"the", "then", "former", "acting", ",", "-", "elect", "designate"}
    name = {t.lower() for t in node.text.split()}
    words_in = [tokens[k] for k in range(node.first, node.end)]
    return all(t.text.lower() in own | name | _NATIONAL or t.pos not in ("PROPN", "NOUN") for t in words_in)


def copy_offices(links: Links) -> None:
    """Named counterparts ("her Ugandan counterpart, Sarah Nabirye") hold the office of whoever "her" stands for."""
    for node in links.d.nodes:
        ref = _person(node)
        if ref is None or ref.office is not None or ref.country is None or not node.role or not is_stand_in(node.role):
            continue
        owner = possessor_of(links, node)
        other = links.d.entities[owner[0]].refs if len(owner) == 1 else ()
        if len(other) == 1 and other[0].office is not None and other[0].country != ref.country:
            _amend(links, node, replace(ref, office=other[0].office, sectors=other[0].sectors), "counterpart's office")


def _person(node: Node) -> EntityRef | None:
    found = node.refs[0] if node.kind == "title" and len(node.refs) == 1 else None
    return found if found is not None and found.kind == "person" else None


def _amend(links: Links, node: Node, ref: EntityRef, rule: str) -> None:
    first = links.d.entities[node.members[0]] if node.members else node
    first.refs = node.refs = (ref,)
    first.country = node.country = ref.country
    for one in (first, node):
        one.rule = one.rule or rule


def _words(links: Links, node: Node) -> str:
    tokens = links.tokens(node)
    return " ".join(tokens[k].text for k in range(node.first, node.end) if tokens[k].tag not in ("DT", "PRP$"))


def _state(country: str) -> EntityRef:
    return EntityRef(entity=f"country:{country}", name=country_names().get(country, country), kind="country", country=country)


def of_state(country: str, description: str) -> EntityRef | None:
    """What the tables make of "Chad's army": one reference of that state, or None."""
    found = lookup(f"{country_names()[country]}'s {description}") if country in country_names() else ()
    return found[0] if len(found) == 1 and found[0].country == country else None
