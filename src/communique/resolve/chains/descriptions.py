"""Definite descriptions: "the minister", "his counterpart", "the ministry", "the kingdom", and what repeats a head noun."""

from __future__ import annotations

from communique.resolve.chains.agreement import (
    BLOCS,
    is_bloc,
    is_capital_place,
    modifiers,
    of_kind,
    still_to_come,
    words_around,
)
from communique.resolve.chains.clauses import candidates, possessor_of
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.events import event_before, resolve_event
from communique.resolve.chains.fighters import is_told_anew, link_fighters
from communique.resolve.chains.groups import link_listed, resolve_group
from communique.resolve.chains.links import REACH, Links
from communique.resolve.chains.pronouns import resolve_pronoun
from communique.resolve.chains.roles import COUNTERPART, holder_of, role_of, same_role, status_agrees
from communique.resolve.chains.sets import country_nodes, link_country_set, relation_size
from communique.resolve.chains.states import (
    WITHOUT_ARTICLE,
    is_bare_body,
    is_state_body,
    link_bare_body,
    link_bare_office,
    link_owned,
    of_state,
    placed_elsewhere,
)
from communique.resolve.chains.wordclasses import CLASS_OF, words

_ANYONE = words("man woman official suspect guest visitor host prisoner detainee victim boy girl")
_NO_STATE_BODIES = words("party group movement militia company firm front bloc network union watchdog newspaper")
_RANKS = words("general colonel admiral major captain lieutenant marshal brigadier commander commodore")
_LOCAL = words("regional local provincial municipal city district state rebel tribal traditional village")
_OF_ONE_KIND = words("ministry court bank embassy consulate parliament newspaper university hospital commission office")
_GENERIC = words("agency movement watchdog militia company firm fund network front party")


def resolve_nominal(links: Links, node: Node) -> None:
    """A definite description finds what it describes, by the kind of thing that its head noun names."""
    tokens = links.tokens(node)
    if node.role and node.lemma in COUNTERPART:
        _counterpart(links, node)
        return
    if _in_play(links, node) or (node.plural and node.type == "country" and not node.refs and link_listed(links, node)):
        return
    if node.refs and node.plural and node.type != "person" and not node.definite:
        return
    if node.plural and not node.refs and len(own := links.d.countries_in(node)) > 1 and node.type != "event":
        node.rule = "countries in the phrase"
        node.antecedents = tuple(n.span for n in own)
        node.members = tuple(dict.fromkeys(e for n in own for e in n.members))
        return
    if node.type == "event" and not node.refs and (size := relation_size(links, node)) is not None and link_country_set(links, node, size):
        return
    if node.type == "person" and (node.definite or node.country or tokens[node.first].tag == "PRP$") and tokens[node.first].text.lower() not in ("a", "an"):
        _person_nominal(links, node)
    elif not node.definite and tokens[node.first].tag != "PRP$":
        return
    elif node.type == "people" and tokens[node.first].tag == "PRP$":
        if node.lemma in ("guest", "visitor", "host", "counterpart", "colleague", "rival"):
            resolve_group(links, node)
    elif node.type == "body":
        _body(links, node)
    elif node.type == "country":
        _country_nominal(links, node)
    elif not _head_match(links, node):
        resolve_event(links, node)


def _in_play(links: Links, node: Node) -> bool:
    """What belongs to a state without naming it: "its embassy", and "parliament" without an article."""
    if links.tokens(node)[node.first].tag == "PRP$":
        return link_owned(links, node, possessor_of(links, node))
    if not node.definite and is_bare_body(links, node):
        _body(links, node)
        return True
    return False


def _head_match(links: Links, node: Node) -> bool:
    """Strict head match: same head noun, no modifier that the earlier phrase lacks."""
    mods = modifiers(links, node)
    event = node.lemma in CLASS_OF
    for nodes in links.d.before(node, REACH):
        for found in reversed(nodes):
            if found is node or found.kind == "pronoun" or (found.plural != node.plural and not event):
                continue
            head = found.lemma == node.lemma or (found.kind == "name" and found.text.lower().split()[-1:] == [node.lemma])
            if head and node.lemma in WITHOUT_ARTICLE and placed_elsewhere(links, node, found):
                continue
            if head and mods <= modifiers(links, found) | words_around(links, found) and not still_to_come(links, node, found):
                later = event_before(links, node, node.lemma, reach=REACH) if event and not mods else None
                if later is not None and later.sent > found.sent:  # another attack was told of since
                    return links.link(node, (later,), "event noun")
                return links.link(node, (found,), "same head")
    return False


def _counterpart(links: Links, node: Node) -> None:
    """ "his Japanese counterpart", "Haddad's counterpart": the role of the other, the country that stands in the phrase."""
    owner = _counterpart_of(links, node)
    holder = links.d.entities[owner.members[0]] if owner is not None and len(owner.members) == 1 else None
    if node.antecedents or owner is None or holder is None:
        return
    role = role_of(links, owner) or ""
    own = [n for n in links.d.countries_in(node) if not owner.first <= n.first < owner.end]
    if len(own) == 1 and own[0].country is not None:
        found = holder_of(links, node, own[0].country, role)
        if found is not None and found.members != holder.members:
            links.link(node, (found,), "counterpart")
        elif role and (ref := of_state(own[0].country, role)) is not None:
            links.stands_for(node, (ref,), "counterpart's office")
        return
    for found in candidates(links, node, 3):
        fits = found.type == "person" and len(found.members) == 1 and found.members != holder.members and found.kind == "title"
        if fits and (not role or same_role(role, role_of(links, found) or "")):
            links.link(node, (found,), "counterpart")
            return


def _counterpart_of(links: Links, node: Node) -> Node | None:
    """Whose counterpart it is: the phrase of "his", or of "Haddad's"."""
    tokens, at = links.tokens(node), links.d.at[node.sent]
    for k in range(node.first, node.tok):
        if k in at and (tokens[k].tag == "PRP$" or (tokens[k].dep == "poss" and tokens[k].head == node.tok)):
            if tokens[k].tag == "PRP$" and not at[k].members:
                resolve_pronoun(links, at[k])
            return at[k]
    return None


def _person_nominal(links: Links, node: Node) -> None:
    role = node.role or node.lemma
    if node.country is not None:
        found = holder_of(links, node, node.country, role)
        if found is not None:
            links.link(node, (found,), "role + country")
        return
    for loose in (False, True):
        for nodes in links.d.before(node, REACH):
            for found in sorted(nodes, key=lambda n: (not n.subject, -n.first)):
                if found.type != "person" or found.plural or len(found.members) > 1 or found.kind == "pronoun":
                    continue
                held = role_of(links, found) or found.lemma
                if not status_agrees(links, node, found):
                    continue
                if found.lemma == node.lemma or same_role(role, held, loose=loose) or _has_rank(links, node, found):
                    links.link(node, (found,), "same role")
                    return
    if link_bare_office(links, node):
        return
    if node.lemma in _ANYONE:
        owner = possessor_of(links, node)
        for found in candidates(links, node, 2):
            if found.type == "person" and not found.plural and len(found.members) < 2 and (not owner or found.members != owner):
                links.link(node, (found,), "person noun")
                return


def _has_rank(links: Links, node: Node, found: Node) -> bool:
    """ "the general" for "army chief General Tito Vera"."""
    tokens = links.tokens(found)
    return found.kind == "title" and node.lemma in _RANKS and any(tokens[k].text.lower() == node.lemma for k in range(found.first, found.end))


def _body(links: Links, node: Node) -> None:
    if node.country is not None:
        _same_body(links, node)
        return
    tokens = links.tokens(node)
    if node.kind == "name":
        if not _same_name(links, node):
            link_bare_body(links, node)
        return
    if tokens[node.first].tag == "PRP$" or link_fighters(links, node) or _head_match(links, node) or _is_of_somebody_else(links, node):
        return
    if any(t.pos == "PROPN" and t.text[0].isupper() and t.text not in ("UN", "U.N.") for t in tokens[node.first : node.tok]):
        return
    if is_bare_body(links, node):
        if not link_bare_body(links, node) and node.lemma in ("government", "administration"):
            _last_country(links, node)
        return
    if node.lemma in ("administration", "leadership", "regime"):
        _last_country(links, node)
        return
    if node.lemma in _OF_ONE_KIND or (node.lemma in _GENERIC and is_told_anew(links, node)):
        return  # a ministry is no other body, whatever was named last
    blocs = node.lemma in BLOCS
    for found in candidates(links, node, 4):
        if found.plural or found.type not in ("body", "unknown") or found.kind not in ("name", "nominal") or found.conjuncts:
            continue
        if _one_of_a_kind(found) and (is_state_body(node) or node.lemma in _NO_STATE_BODIES):
            continue  # an embassy is no army, and a party no election commission
        if is_bloc(found) if blocs else found.kind == "nominal" or (node.lemma in _GENERIC and found.type == "body"):
            links.link(node, (found,), "kind of body")
            return


def _is_of_somebody_else(links: Links, node: Node) -> bool:
    """Whether a body is told to be one that no other words name: "the *regional* administration", "the ministry *of Jubaland*"."""
    tokens = links.tokens(node)
    local = any(tokens[k].text.lower() in _LOCAL for k in range(node.first, node.tok))
    children = links.d.children[node.sent]
    return local or any(tokens[j].pos == "PROPN" for k in children[node.tok] if tokens[k].text.lower() == "of" for j in children[k])


def _one_of_a_kind(found: Node) -> bool:
    return is_state_body(found) or found.rule == "body of the state in play"


def _same_name(links: Links, node: Node) -> bool:
    """ "the Supreme Court" again."""
    for nodes in links.d.before(node, REACH):
        for found in nodes:
            if found.kind == "name" and found.text == node.text and found is not node:
                return links.link(node, (found,), "same name")
    return False


def _same_body(links: Links, node: Node) -> None:
    """A body with its country again: "Ghana's defence ministry" … "the Ghanaian ministry"."""
    for nodes in links.d.before(node, REACH):
        for found in reversed(nodes):
            same = found.lemma == node.lemma or found.text.lower().endswith(node.lemma)
            if same and found.country == node.country and found.type == "body" and found is not node and not found.plural:
                mine, theirs = modifiers(links, node), modifiers(links, found) | words_around(links, found)
                if len(mine - theirs) <= 1:
                    links.link(node, (found,), "same body")
                    return


def _country_nominal(links: Links, node: Node) -> None:
    if node.lemma in ("country", "nation", "homeland", "state") and links.tokens(node)[node.first].tag == "PRP$":
        _country_of_owner(links, node)
        return
    if node.lemma in ("side", "party", "capital", "power", "government", "territory", "member", "economy", "partner"):
        if _head_match(links, node) or node.lemma not in ("government", "economy"):
            return
    _last_country(links, node)


def _country_of_owner(links: Links, node: Node) -> None:
    """ "his country", "their countries": those of whoever "his" stands for."""
    owner = links.d.at[node.sent].get(next(k for k in range(node.first, node.tok) if links.tokens(node)[k].tag == "PRP$"))
    if owner is not None and owner.members:
        links.link(node, country_nodes(links, owner, node), "country of its owner")


def _last_country(links: Links, node: Node) -> None:
    if node.plural:
        return
    owner = possessor_of(links, node)
    for found in candidates(links, node, 3):
        kind = links.d.entities[found.members[0]].type if len(found.members) == 1 else ""
        if (owner and found.members == owner) or not of_kind(links, node, found):
            continue
        if kind == "country" and not found.conjuncts and found.kind != "demonym" and not is_capital_place(links, found):
            links.link(node, (found,), "country noun")
            return
        if kind == "person" and found.subject and (nodes := country_nodes(links, found, node)) and len(nodes) == 1:
            links.link(node, nodes, "country of the subject")
            return
