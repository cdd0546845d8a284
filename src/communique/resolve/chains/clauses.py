"""Where a phrase stands: its clause, the subjects around and ahead of it, and what stood before in the order a reader tries."""

from __future__ import annotations

from collections.abc import Iterable

from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import Links

_ASKING = frozenset(["ask", "urge", "tell", "order", "want", "invite", "allow", "force", "press", "persuade", "call", "expect", "help", "let", "advise", "require", "enable", "beg", "compel", "instruct", "warn"])
_PARTS = frozenset(["most", "half", "part", "some", "all", "rest", "percent", "one", "none", "many", "few", "any", "both", "each", "majority", "much"])


def subject_ahead(links: Links, node: Node) -> Node | None:
    """The subject behind a fronted phrase that holds this node: "During his visit, X …"."""
    tokens = links.tokens(node)
    i = node.tok
    for _ in range(40):
        head = tokens[i].head
        if head == i:
            return None
        if tokens[head].pos in ("VERB", "AUX") and tokens[i].dep in ("prep", "advcl", "npadvmod", "pcomp", "mark", "advmod") and head > i:
            subject = subject_of(links, node.sent, head)
            if subject is not None and subject.first > node.tok:
                return subject
        i = head
    return None


def subject_of(links: Links, sent: int, verb: int) -> Node | None:
    """The subject of a verb, or of the verb that it is joined to or stands under without one of its own."""
    tokens, at = links.d.sentences[sent].tokens, links.d.at[sent]
    for _ in range(8):
        if verb < 0:
            return None
        for k in links.d.children[sent][verb]:
            if tokens[k].dep in ("nsubj", "nsubjpass") and k in at:
                return at[k]
        if tokens[verb].dep not in ("conj", "xcomp", "advcl", "aux", "pcomp", "ccomp", "prep", "acl"):
            return None
        above = tokens[verb].head
        verb = above if tokens[above].pos in ("VERB", "AUX") else links.d.governor(sent, above)
    return None


def outer_subjects(links: Links, node: Node) -> list[Node]:
    """Subjects of the clause and of the clauses around it, innermost first, standing before the node."""
    out: list[Node] = []
    tokens = links.tokens(node)
    verb = node.verb
    for _ in range(10):
        if verb < 0:
            break
        for k in links.d.children[node.sent][verb]:
            if tokens[k].dep in ("nsubj", "nsubjpass") and k in links.d.at[node.sent]:
                found = links.d.at[node.sent][k]
                if found is not node and found.tok < node.tok:
                    out.append(found)
        above = tokens[verb].head
        if above == verb:
            break
        asked = _asked(links, node.sent, verb, above)
        if asked is not None and asked is not node and asked.tok < node.tok:
            out.append(asked)
        verb = above if tokens[above].pos in ("VERB", "AUX") else links.d.governor(node.sent, above)
    return out


def _asked(links: Links, sent: int, verb: int, above: int) -> Node | None:
    """Who is to do it where one asks another: the subject of "withdraw" in "asked India to withdraw its soldiers"."""
    tokens = links.d.sentences[sent].tokens
    if tokens[verb].dep != "xcomp" or tokens[above].lemma.lower() not in _ASKING:
        return None
    return next((links.d.at[sent][k] for k in links.d.children[sent][above] if tokens[k].dep in ("dobj", "dative") and k in links.d.at[sent] and k < verb), None)


def candidates(links: Links, node: Node, sentences: int) -> Iterable[Node]:
    """Earlier phrases in the order a reader tries them: outer subjects, then per sentence subjects, then the rest."""
    seen: set[int] = set()
    forbidden = clause_mates(links, node)
    for found in outer_subjects(links, node):
        if found.order not in forbidden and found.order not in seen:
            seen.add(found.order)
            yield found
    for nodes in links.d.before(node, sentences):
        ordered = sorted(nodes, key=lambda n: (not n.subject, clause_depth(links, n), n.first))
        for found in ordered:
            if found.order not in seen and found.order not in forbidden:
                seen.add(found.order)
                yield found


def clause_depth(links: Links, node: Node) -> int:
    """How many verbs stand above the phrase's own."""
    tokens = links.tokens(node)
    i, depth = node.verb, 0
    while i >= 0 and tokens[i].head != i and depth < 8:
        i = tokens[i].head
        depth += tokens[i].pos in ("VERB", "AUX")
    return depth


def clause_mates(links: Links, node: Node) -> set[int]:
    """For "him", "them", "it" as object: the subject of the same clause cannot be meant; nor a phrase that holds it."""
    low = node.text.lower()
    out = {n.order for n in links.d.by_sentence[node.sent] if n.first <= node.first and node.end <= n.end}
    tokens, i = links.tokens(node), node.tok
    for _ in range(20):
        if tokens[i].dep in ("conj", "appos"):
            break
        i = tokens[i].head
        if tokens[i].pos in ("VERB", "AUX") or tokens[i].head == i:
            break
        if i in links.d.at[node.sent]:
            out.add(links.d.at[node.sent][i].order)
    part = is_part_of_object(links, node) or (tokens[node.tok].dep == "pobj" and tokens[tokens[tokens[node.tok].head].head].lemma.lower() in _PARTS)
    inner = not part and tokens[node.tok].dep == "pobj" and tokens[tokens[tokens[node.tok].head].head].pos not in ("VERB", "AUX")
    if inner and low in ("him", "them", "it", "her"):
        return out
    if low in ("him", "them") or (low == "it" and not node.subject) or (low == "her" and links.tokens(node)[node.tok].tag == "PRP"):
        for found in (subject_of(links, node.sent, node.verb),):
            if found is not None:
                out |= {n.order for n in links.d.nodes[: node.order] if n.members and set(n.members) <= set(found.members)}
                out |= {c.order for c in (found, *found.conjuncts)}
    return out


def is_part_of_object(links: Links, node: Node) -> bool:
    """ "arrested nine of *them*", "wounded some of *the men*": of whom a number is the object."""
    tokens = links.tokens(node)
    above = tokens[tokens[node.tok].head]
    if tokens[node.tok].dep != "pobj" or above.text.lower() != "of":
        return False
    number = tokens[above.head]
    return number.dep in ("dobj", "nsubjpass") and (number.pos == "NUM" or number.lemma.lower() in _PARTS)


def in_main_clause(links: Links, node: Node) -> bool:
    """Whether it is the subject of the main clause."""
    return node.subject and clause_depth(links, node) == 0


def is_argument(links: Links, node: Node) -> bool:
    """Whether a phrase stands on its own in the clause: not an adjective inside another, not one of several joined."""
    token = links.tokens(node)[node.tok]
    if node.kind == "demonym" or links.d.at[node.sent].get(node.tok) is not node:
        return False
    return token.dep not in ("amod", "compound", "nmod", "conj")


def is_negated(links: Links, sent: int, i: int) -> bool:
    """Whether the verb at token `i` has a negation."""
    return any(links.d.sentences[sent].tokens[k].dep == "neg" for k in links.d.children[sent][i])


def possessor_of(links: Links, node: Node) -> tuple[int, ...]:
    """The entities of "her" in "her guest"; empty without one."""
    tokens = links.tokens(node)
    for k in range(node.first, node.tok):
        if tokens[k].tag == "PRP$" and (owner := links.d.at[node.sent].get(k)) is not None:
            return owner.members
    return ()
