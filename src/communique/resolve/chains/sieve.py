"""Annotated → Annotated with chains: what pronouns, nominals and groups stand for, and the words that decide it.

A multi-pass sieve in the manner of Raghunathan et al. 2010 and Lee et al. 2013, precise rules first, with rules that
news prose adds. One pass gives names their entities (exact, surname, acronym, apposition); a second walks the text in
reading order and resolves each remaining phrase from what stands before it (or, for a fronted phrase and for a role
whose holder is named later, behind it). Trained resolvers were rejected: none ships its weights.

News rules: a fronted phrase looks ahead to the main subject; sentence-initial "they" takes the last plural subject;
"they" after "X met (with) Y" is both; "it said" is the last speaker; a country set must have the number that its words
say ("two", "three", "trilateral"); "his Japanese counterpart" has the role of "his" and its own country; "North
Korea's leader" is whoever the document names so; "the talks", "the drills", "such transfers" go back to their event.

What cannot be decided stays without antecedents. Every link carries its rule and the antecedents' spans.
"""

from __future__ import annotations

import msgspec

from communique.records import Annotated, EntityRef, Mention
from communique.resolve.chains.descriptions import resolve_nominal
from communique.resolve.chains.discourse import Discourse, Node
from communique.resolve.chains.groups import resolve_group
from communique.resolve.chains.links import Links
from communique.resolve.chains.names import link_names
from communique.resolve.chains.pronouns import resolve_pronoun
from communique.resolve.chains.states import copy_offices, is_bare_body, link_bare_body, name_office_states


def resolve_chains(annotated: Annotated) -> Annotated:
    """The same record with `refs`, `antecedents` and `rule` filled for pronouns, nominals, groups and repeated names.

    Runs after names are resolved: references are copied from antecedents, and a mention that has its own keeps them.
    """
    if not annotated.mentions:
        return annotated
    links = Links(Discourse(annotated))
    link_names(links)
    name_office_states(links)
    _walk(links)
    copy_offices(links)
    return msgspec.structs.replace(annotated, mentions=_filled(links, annotated.mentions))


def _walk(links: Links) -> None:
    """Pronouns, nominals and groups, in reading order; what has no antecedent becomes its own entity."""
    for node in sorted(links.d.nodes, key=lambda n: (n.sent, n.tok, n.first)):
        if node.members:
            continue
        if node.kind == "pronoun":
            resolve_pronoun(links, node)
        elif node.kind == "group" and node.lemma == "authority" and is_bare_body(links, node):
            link_bare_body(links, node)  # "the authorities" are a body of a state, not the people last named
        elif node.kind == "group":
            resolve_group(links, node)
        elif node.kind == "nominal" or (node.kind == "np" and node.definite) or node.kind == "name":  # a name here is "Parliament"
            resolve_nominal(links, node)
        if not node.members and node.kind != "pronoun" and node.rule is None:
            links.own(node)


def _filled(links: Links, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
    """The mentions with what was found; a mention with references of its own keeps them."""
    out = list(mentions)
    for node in links.d.nodes:
        if node.mention is None or (not node.antecedents and node.rule is None):
            continue
        mention = mentions[node.mention]
        found = _refs(links, node)
        named = bool(found) and all(ref.kind == "person" for ref in found) and mention.kind in ("nominal", "group", "pronoun")
        named = named or _says_more(found, mention.refs)
        refs = found if named else mention.refs or found
        rule = mention.rule if mention.refs and mention.rule and not named else node.rule
        out[node.mention] = msgspec.structs.replace(
            mention, refs=refs, antecedents=mention.antecedents or node.antecedents, rule=rule
        )
    return tuple(out)


def _refs(links: Links, node: Node) -> tuple[EntityRef, ...]:
    """What the phrase stands for: for a country as the antecedents speak of it ("four Iranians" are not what "Tehran" is),
    else as the document first names it."""
    nations = bool(node.sources) and all(links.d.entities[e].type == "country" for e in node.members)
    if nations:
        return tuple(dict.fromkeys(ref for source in node.sources for ref in source.refs or _refs(links, source)))
    return tuple(dict.fromkeys(ref for entity in node.members for ref in links.d.entities[entity].refs))


def _says_more(found: tuple[EntityRef, ...], own: tuple[EntityRef, ...]) -> bool:
    """Whether what the document says elsewhere knows the country or office of the person whom "Mr Wang" names."""
    if len(found) != 1 or len(own) != 1 or found[0].kind != "person" or own[0].kind != "person":
        return False
    more = own[0].country is None and found[0].country is not None
    return more or (own[0].entity == found[0].entity and own[0].office is None and found[0].office is not None)
