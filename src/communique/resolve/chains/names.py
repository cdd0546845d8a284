"""First pass: names and titles get their entities by same words, same country, surname, acronym and apposition."""

from __future__ import annotations

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links
from communique.resolve.chains.roles import COUNTERPART
from communique.resolve.chains.states import is_bare_body


def link_names(links: Links) -> None:
    """Entities for names and titles: same words, same country, surname, acronym, apposition."""
    people: dict[str, list[int]] = {}
    others: dict[str, int] = {}
    known: dict[str, int] = {}
    for node in links.d.nodes:
        if node.kind not in ("name", "title", "demonym", "metonym") or (node.kind == "name" and is_bare_body(links, node)):
            continue
        ref = node.refs[0].entity if len(node.refs) == 1 and node.type != "country" else None
        if ref is not None and ref in known:
            node.type = links.d.entities[known[ref]].type
            links.link(node, (links.d.entities[known[ref]],), "same entity")
            continue
        if node.type == "person" or (not node.refs and _surname_of(links, node, people) is not None):
            _link_person(links, node, people)
        elif node.type == "country" and node.country:
            _link_country(links, node)
        else:
            _link_other(links, node, others)
        if ref is not None and len(node.members) == 1:
            known[ref] = node.members[0]
    _surnames_before(links)
    _appositions(links)


def _link_country(links: Links, node: Node) -> None:
    assert node.country is not None
    entity = links.country_entity.get(node.country)
    if entity is None:
        links.d.new_entity(node)
        links.country_entity[node.country] = node.members[0]
    else:
        links.link(node, (links.d.entities[entity],), "same country")


def _surname_of(links: Links, node: Node, people: dict[str, list[int]]) -> int | None:
    parts = _name_parts(node.text)
    if not parts:
        return None
    found = people.get(parts[-1]) if len(parts) > 1 else people.get(parts[0])
    for entity in reversed(found or ()):
        known = _name_parts(links.d.entities[entity].text)
        if set(parts) <= set(known) or set(known) <= set(parts):
            return entity
    return None


def _link_person(links: Links, node: Node, people: dict[str, list[int]]) -> None:
    entity = _surname_of(links, node, people)
    node.type = "person"
    if entity is None:
        links.d.new_entity(node)
        parts = _name_parts(node.text)
        for part in {parts[0], parts[-1]} if parts else ():
            people.setdefault(part, []).append(node.members[0])
        return
    first = links.d.entities[entity]
    same = _name_parts(node.text) == _name_parts(first.text)
    if len(_name_parts(node.text)) > len(_name_parts(first.text)) and node.country and first.country is None:
        first.country, first.role = node.country, first.role or node.role
    if node.refs and not first.refs:
        first.refs, first.rule = node.refs, "named in full later"
    links.link(node, (first,), "same name" if same else "surname")


def _surnames_before(links: Links) -> None:
    """A headline's bare surname that the tagger took for something else is the person whom the text then names in full."""
    full: dict[str, Node] = {}
    for node in links.d.nodes:
        parts = _name_parts(node.text) if node.type == "person" and node.kind in ("name", "title") and node.refs else []
        if len(parts) > 1:
            full.setdefault(parts[-1], node)
    for node in links.d.nodes:
        person = full.get(node.text.lower()) if node.kind == "name" and not node.refs and node.type != "person" else None
        if person is not None and person.members != node.members and person.order > node.order:
            node.type = "person"
            links.link(node, (person,), "named in full later")


def _link_other(links: Links, node: Node, others: dict[str, int]) -> None:
    key = node.text.lower().removeprefix("the ")
    entity = others.get(key)
    if entity is None and node.text.isupper() and len(node.text) > 1:
        entity = next((e for k, e in others.items() if _acronym_of(node.text, links.d.entities[e].text)), None)
        if entity is not None:
            links.link(node, (links.d.entities[entity],), "acronym")
            return
    if entity is None:
        links.d.new_entity(node)
        others[key] = node.members[0]
    else:
        links.link(node, (links.d.entities[entity],), "same name")


def _appositions(links: Links) -> None:
    """A nominal inside a title's span is the person named there."""
    for nodes in links.d.by_sentence:
        for title in nodes:
            if title.kind != "title":
                continue
            for other in nodes:
                article = links.tokens(title)[other.first].text.lower() == "the"
                inside = title.first - article <= other.first and other.end <= title.end
                if inside and other.kind in ("nominal", "np") and other is not title and (other.role or other.lemma in COUNTERPART):
                    links.link(other, (title,), "apposition")
                    title.country = title.country or other.country


def _name_parts(text: str) -> list[str]:
    return [p for p in text.replace("-", " ").replace(".", " ").lower().split() if len(p) > 1 or len(text) < 3]


def _acronym_of(short: str, long: str) -> bool:
    initials = "".join(w[0] for w in long.replace("-", " ").split() if w[0].isupper())
    return len(short) > 1 and (initials == short or (initials.endswith(short) and len(short) > 2))
