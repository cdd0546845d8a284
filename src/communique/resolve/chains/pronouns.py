"""Pronouns: he and she, it, they, and the relatives."""

from __future__ import annotations

from communique.resolve.chains.agreement import fits_person, fits_thing, is_agent, is_party
from communique.resolve.chains.clauses import (
    candidates,
    clause_depth,
    clause_mates,
    is_argument,
    is_part_of_object,
    outer_subjects,
    subject_ahead,
)
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.events import event_before, main_event
from communique.resolve.chains.links import Links
from communique.resolve.chains.sets import meeting_set, plural_members, plural_sets
from communique.resolve.chains.wordclasses import CLASS_OF, SAY, nominal_type, words

_HE, _SHE = words("he him his himself"), words("she her hers herself")
_IT, _THEY = words("it its itself"), words("they them their theirs themselves")
_EVENT_VERBS_OBJECT = words("criticise criticize condemn denounce describe slam decry welcome hail praise protest call view")
_INANIMATE_SUBJECT = words(
    "allow cover link run last include name mark involve follow come contain require provide begin end start expire lapse "
    "kill entail stretch cost lie apply consist bind bring set destroy damage injure bar prohibit permit oblige"
)
_THING_OBJECT = words(
    "sign ratify approve reject close open reopen build host attend postpone cancel extend lift violate negotiate implement "
    "back endorse regret accept publish deny launch fire call describe hold cross repeat resume finish veto oppose welcome "
    "condemn hail praise adopt draft confirm verify initial shelve shut seal block run"
)
# What some verbs are done to: "it must be ratified" means the treaty, not the nearest noun.
_OBJECTS = {
    "sign": ("agree",), "ratify": ("agree",), "initial": ("agree",), "implement": ("agree", "plan"), "impose": ("penalty",), "lift": ("penalty",),
    "confirm": ("leave", "attack", "kill", "test", "seize", "release", "visit", "meet", "agree"),
}
_CUSTODY = words(
    "suspect accuse charge detain hold arrest jail convict try release free sentence execute deport rescue kill injure wound "
    "hospitalise hospitalize extradite indict acquit pardon imprison question"
)
_HARM = words(
    "kill murder assassinate execute attack shell bomb bombard strike hit ambush raid shoot wound injure torture beat rape abduct kidnap capture "
    "arrest detain seize expel deport harass intimidate target intercept hijack loot burn destroy massacre poison threaten blockade besiege down sink"
)
_OF_STATES = words("minister premier army navy embassy parliament cabinet border territory airspace coastguard")
_COLLECTIVES = words("crew team delegation family couple gang staff crowd party squad public police pair")
_EMPTY = words("reason comment part detail time way view number end place result case note favour favor front order behalf state")


def resolve_pronoun(links: Links, node: Node) -> None:
    """A pronoun finds its antecedents, each kind by its own rules; it keeps none when nothing decides."""
    low = node.text.lower()
    if low in ("who", "whom", "which", "whose", "that"):
        _relative(links, node, low)
    elif low in _HE or low in _SHE:
        node.gender = "m" if low in _HE else "f"
        _person(links, node)
    elif low in _IT:
        _it(links, node)
    elif low in _THEY:
        node.plural = True
        _they(links, node)


def _relative(links: Links, node: Node, low: str) -> None:
    tokens = links.tokens(node)
    verb = node.verb
    for _ in range(6):
        if verb < 0 or tokens[verb].dep in ("relcl", "acl"):
            break
        verb = tokens[verb].head if tokens[verb].head != verb else -1
    if verb < 0 or tokens[verb].dep not in ("relcl", "acl"):
        return
    head = links.d.at[node.sent].get(tokens[verb].head)
    if low in ("who", "whom"):
        head = _someone(links, node, tokens[verb].head)
    if head is None:
        return
    if low == "which" and tokens[verb].lemma.lower() in _EVENT_VERBS_OBJECT and not node.subject:
        head = _criticised(links, node, verb, head)
    node.plural = head.plural
    links.link(node, (head,), "relative clause")


def _someone(links: Links, node: Node, i: int) -> Node | None:
    """Whom "who" stands by: the phrase that its clause hangs on, or the one above it that can be a person ("the governor
    of Kano, who …"), else the nearest person before it."""
    tokens, at = links.tokens(node), links.d.at[node.sent]
    held = at.get(i)
    if held is None or not _nobody(links, held):
        return held
    for _ in range(6):
        i = tokens[i].head
        if i in at and not _nobody(links, at[i]) and i < node.tok:
            return at[i]
        if tokens[i].pos in ("VERB", "AUX") or tokens[i].head == i:
            break
    near = [n for n in links.d.by_sentence[node.sent] if n.end <= node.first and n.type in ("person", "people") and n.kind != "pronoun"]
    return near[-1] if near else held


def _nobody(links: Links, node: Node) -> bool:
    """Whether a phrase is a place, a thing or an occurrence, which nobody calls "who"."""
    kind = links.d.entities[node.members[0]].type if len(node.members) == 1 else node.type
    return kind in ("country", "thing", "event") and not (node.kind in ("demonym", "np") and node.plural)


def _criticised(links: Links, node: Node, verb: int, head: Node) -> Node:
    """Nobody condemns an act of their own: skip a noun that belongs to the clause's subject for the nearest other event."""
    tokens = links.tokens(node)
    subjects = [n for n in links.d.by_sentence[node.sent] if n.subject and n.verb == verb and n.country]
    if not subjects or head.country != subjects[0].country:
        return head
    found = [
        n for n in links.d.by_sentence[node.sent]
        if n.end <= node.first and n is not head and n.lemma in CLASS_OF and n.country != subjects[0].country and n.kind != "name"
        and tokens[n.tok].pos == "NOUN"
    ]  # fmt: skip
    return next((n for n in reversed(found) if n.lemma in CLASS_OF and any(c in CLASS_OF[n.lemma] for c in ("exercise", "attack", "meet", "agree", "build", "march"))), found[-1] if found else head)


def _person(links: Links, node: Node) -> None:
    ahead = subject_ahead(links, node)
    if ahead is not None and fits_person(links, node, ahead) and (links.tokens(node)[node.tok].tag == "PRP$" or node.subject):
        links.link(node, (ahead,), "fronted phrase")
        return
    counterpart = _of_counterpart(links, node)
    for found in candidates(links, node, 3):
        if fits_person(links, node, found) and found is not counterpart:
            links.link(node, (found,), "person pronoun")
            return
    if ahead is not None and fits_person(links, node, ahead):
        links.link(node, (ahead,), "fronted phrase")


def _of_counterpart(links: Links, node: Node) -> Node | None:
    return next(
        (n for n in links.d.by_sentence[node.sent] if n.kind == "title" and n.first <= node.first and node.end <= n.end), None
    )


def _pleonastic(links: Links, node: Node) -> bool:
    tokens, i = links.tokens(node), node.tok
    if tokens[i].dep == "expl":
        return True
    if not node.subject or node.verb < 0:
        return False
    verb = tokens[node.verb]
    kids = [tokens[k] for k in links.d.children[node.sent][node.verb]]
    if verb.lemma.lower() in ("be", "seem", "appear", "remain", "become", "take", "happen", "follow"):
        adjective = any(k.dep == "acomp" for k in kids)
        clause = any(k.dep in ("ccomp", "xcomp", "csubj", "advcl") for k in kids)
        predicate = any(k.dep == "attr" and k.lemma.lower() in ("time", "day", "year") for k in kids)
        return predicate or (adjective and clause) or (verb.lemma.lower() in ("seem", "appear") and clause)
    return False


def _it(links: Links, node: Node) -> None:
    if _pleonastic(links, node):
        node.rule = "pleonastic"
        return
    tokens = links.tokens(node)
    ahead = subject_ahead(links, node)
    if ahead is not None and fits_thing(links, ahead) and tokens[node.tok].tag == "PRP$":
        links.link(node, (ahead,), "fronted phrase")
        return
    if _of_the_speaker(links, node):
        return
    if tokens[node.tok].tag == "PRP$" and tokens[tokens[node.tok].head].dep == "conj":  # "the RSF and its allies"
        first = links.d.at[node.sent].get(tokens[tokens[node.tok].head].head)
        if first is not None and first is not node and not first.plural and len(first.members) < 2 and is_agent(links, first):
            links.link(node, (first,), "it: of the first of two")
            return
    speaks = node.subject and node.verb >= 0 and tokens[node.verb].lemma.lower() in SAY
    if speaks and _speaker(links, node):
        return
    if _event_subject(links, node):
        return
    agent = True if speaks or _volition(links, node) else False if _inanimate(links, node) else None
    fitting = [n for n in candidates(links, node, 2) if fits_thing(links, n) and is_argument(links, n) and n.lemma not in _EMPTY]
    if agent is False:
        fitting.sort(key=lambda n: (n.sent != node.sent, -n.sent, n.dep not in ("dobj", "nsubj", "nsubjpass", "attr")))
    if not speaks and (done := _done_to(links, node)):
        fitting.sort(key=lambda n: not done & set(CLASS_OF.get(n.lemma, ())))
    chosen = [n for n in fitting if agent is None or is_agent(links, n) == agent] or ([] if agent else fitting)
    if chosen and tokens[node.tok].tag == "PRP$" and tokens[tokens[node.tok].head].lemma.lower() in _OF_STATES and not chosen[0].country:
        chosen = [n for n in chosen if n.country] or chosen  # an association has no foreign minister
    if chosen:
        links.link(node, (chosen[0],), "it")


def _of_the_speaker(links: Links, node: Node) -> bool:
    """ "Peru said that Chile had arrested *its* fishermen": the owner of what somebody harms is whoever says so, not the doer."""
    tokens, i = links.tokens(node), node.tok
    if tokens[i].tag != "PRP$":
        return False
    i = tokens[i].head
    while tokens[i].dep == "pobj" and tokens[tokens[i].head].text.lower() == "of":  # "two of its commanders"
        i = tokens[tokens[i].head].head
    if tokens[i].dep == "pobj" and tokens[tokens[i].head].text.lower() in ("on", "at"):
        i = tokens[i].head
    harm = tokens[i].head
    if tokens[i].dep not in ("dobj", "prep") or tokens[harm].lemma.lower() not in _HARM:
        return False
    around = [n for n in outer_subjects(links, node) if n.verb >= 0]
    if not any(n.verb == harm for n in around):
        return False
    for found in around:
        if found.verb == harm or tokens[found.verb].lemma.lower() not in SAY:
            continue
        members = tuple(plural_members(links, found)) if node.plural else (found,) if fits_thing(links, found) and is_agent(links, found) else ()
        if members:
            return links.link(node, members, "owner of the harmed")
    return False


def _inanimate(links: Links, node: Node) -> bool:
    """Whether the verb says that a thing is meant: "it was moved", "it allows", "signed it"."""
    tokens, i = links.tokens(node), node.tok
    if node.verb < 0:
        return False
    verb = tokens[node.verb].lemma.lower()
    if tokens[i].dep == "nsubjpass":
        return verb not in ("expect", "ask", "force", "elect", "found", "ready", "prepare", "warn", "tell")
    if node.subject:
        return verb in _INANIMATE_SUBJECT
    return tokens[i].dep in ("dobj", "oprd") and verb in _THING_OBJECT


def _done_to(links: Links, node: Node) -> set[str]:
    """The kinds of event noun that the verb wants where "it" stands."""
    tokens = links.tokens(node)
    if node.verb < 0 or tokens[node.tok].dep not in ("nsubjpass", "dobj"):
        return set()
    return set(_OBJECTS.get(tokens[node.verb].lemma.lower(), ()))


def _volition(links: Links, node: Node) -> bool:
    """Whether the clause needs a body or a state: "it would respond", "its navy", an embedded clause of speech."""
    tokens = links.tokens(node)
    if tokens[node.tok].tag == "PRP$":
        owner = tokens[tokens[node.tok].head].lemma.lower()
        return nominal_type(owner, False) in ("body", "person") or owner in ("navy", "troop", "soldier", "ambassador", "right", "border", "jet")
    subjects = outer_subjects(links, node)
    return node.subject and any(tokens[s.verb].lemma.lower() in SAY and is_agent(links, s) for s in subjects if s.verb >= 0 and s.verb != node.verb)


def _speaker(links: Links, node: Node) -> bool:
    """ "it said": whoever spoke last, a body or a state."""
    for s in range(node.sent, max(-1, node.sent - 4), -1):
        tokens = links.d.sentences[s].tokens
        spoken = [
            n for n in links.d.by_sentence[s]
            if n.subject and n.verb >= 0 and tokens[n.verb].lemma.lower() in SAY and (s < node.sent or n.end <= node.first)
        ]  # fmt: skip
        for found in sorted(spoken, key=lambda n: (clause_depth(links, n), -n.first)):
            if fits_thing(links, found) and is_agent(links, found) and found.verb != (node.verb if s == node.sent else -2):
                return links.link(node, (found,), "it + speech")
    return False


def _event_subject(links: Links, node: Node) -> bool:
    """ "It was the first visit": the predicate names the event that is meant."""
    if not node.subject or node.verb < 0:
        return False
    tokens = links.tokens(node)
    for k in links.d.children[node.sent][node.verb]:
        if tokens[k].dep == "attr" and tokens[k].lemma.lower() in CLASS_OF and tokens[node.verb].lemma == "be":
            found = event_before(links, node, tokens[k].lemma.lower(), reach=3) or main_event(links, node)
            if found is not None:
                return links.link(node, (found,), "it + event noun")
    return False


def _they(links: Links, node: Node) -> None:
    tokens = links.tokens(node)
    ahead = subject_ahead(links, node)
    if ahead is not None and (members := plural_members(links, ahead)) and (tokens[node.tok].tag == "PRP$" or node.subject):
        links.link(node, members, "fronted phrase")
        return
    forbidden = clause_mates(links, node)
    if _they_again(links, node) or _in_custody(links, node) or _of_the_speaker(links, node):
        return
    for found in outer_subjects(links, node):
        if found.order in forbidden or any(c.order in forbidden for c in found.conjuncts):
            continue
        both = meeting_set(links, node.sent, found, node) if found.subject else []
        members = both or plural_members(links, found)
        if members and all(m.order not in forbidden for m in members):
            links.link(node, members, "met with" if both else "plural subject")
            return
    for s in range(node.sent, max(-1, node.sent - 4), -1):
        for members in plural_sets(links, s, node):
            if not any(m.order in forbidden for m in members) and _they_fits(links, node, members):
                links.link(node, members, "last plural")
                return
    for found in candidates(links, node, 2):
        force = found.kind == "name" and bool(found.refs) and found.refs[0].kind in ("organisation", "group")
        if (force or (found.lemma in _COLLECTIVES and found.kind != "name")) and found.order not in forbidden:
            links.link(node, (found,), "several as one")
            return


def _they_again(links: Links, node: Node) -> bool:
    """ "rescued them and gave them water": the same object twice in one sentence is one."""
    tokens = links.tokens(node)
    if tokens[node.tok].dep not in ("dobj", "dative"):
        return False
    for found in reversed(links.d.by_sentence[node.sent]):
        same = found.end <= node.first and found.kind == "pronoun" and found.text.lower() == node.text.lower()
        if same and found.members and tokens[found.tok].dep in ("dobj", "dative"):
            return links.link(node, (found,), "same object")
    return False


def _in_custody(links: Links, node: Node) -> bool:
    """ "They are suspected of …": people to whom something was done, rather than the police who did it."""
    tokens = links.tokens(node)
    if tokens[node.tok].dep != "nsubjpass" or tokens[node.verb].lemma.lower() not in _CUSTODY:
        return False
    for nodes in links.d.before(node, 3):
        for found in nodes:
            if found.plural and (found.type == "people" or found.kind == "pronoun") and (found.dep in ("dobj", "nsubjpass") or is_part_of_object(links, found)):
                return links.link(node, (found,), "people it was done to")
    return False


def _they_fits(links: Links, node: Node, members: list[Node]) -> bool:
    tokens = links.tokens(node)
    acts = node.subject and node.verb >= 0 and tokens[node.verb].lemma.lower() in SAY
    if tokens[node.tok].tag == "PRP$" and nominal_type(tokens[tokens[node.tok].head].lemma.lower(), True) in ("people", "body", "person"):
        acts = True
    return not acts or all(is_party(links, m) for m in members)
