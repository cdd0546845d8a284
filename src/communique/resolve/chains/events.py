"""Event nouns and things: "the talks", "such transfers", "the vessel" go back to a phrase or verb of the same class."""

from __future__ import annotations

from communique.records import Span
from communique.resolve.chains.agreement import still_to_come
from communique.resolve.chains.clauses import in_main_clause, is_negated
from communique.resolve.chains.discourse import Node
from communique.resolve.chains.links import REACH, Links
from communique.resolve.chains.sets import plural_members
from communique.resolve.chains.wordclasses import CLASS_OF, SAY, words

_GENERIC = words("move decision step incident act action measure change response development event episode affair gesture violation reaction crisis dispute")
_STATIVE = words("be have say add tell give remain seem appear hope want believe think call describe know expect need owe deny note")
_OWNED = frozenset({"meet", "visit", "exercise", "release", "expel", "seize", "resign"})  # "their release", "her trip"
_OWN_REACH = 3
_DEED_ENDINGS = ("tion", "sion", "ment", "al", "ing", "ure", "ance")
_THINGS = words("vessel ship boat tanker trawler plane aircraft jet document text centre center site facility base city town port")


def resolve_event(links: Links, node: Node) -> None:
    """An event noun finds its event, a thing the thing of its kind."""
    if node.lemma in _THINGS:
        _thing(links, node)
        return
    own = links.tokens(node)[node.first].tag == "PRP$"
    if own and not set(CLASS_OF.get(node.lemma, ())) & _OWNED and not _is_deed(node.lemma):
        return
    if node.lemma in CLASS_OF or _is_deed(node.lemma):
        found = event_before(links, node, node.lemma, reach=_OWN_REACH if own else REACH)
        if found is not None:
            links.link(node, (found,), "event noun")
            return
    if node.lemma in CLASS_OF:
        if "meet" in CLASS_OF[node.lemma] and not own and (joint := _joint_act(links, node)) is not None:
            links.link(node, (joint,), "meeting implied by a joint act")
            return
    if not own and node.lemma in _GENERIC and (main := main_event(links, node)) is not None:
        links.link(node, (main,), "event noun")


def _joint_act(links: Links, node: Node) -> Node | None:
    """ "X and Y agreed …" implies that they met: what "the talks" go back to where no meeting is named."""
    for s in range(node.sent - 1, -1, -1):
        tokens = links.d.sentences[s].tokens
        for found in links.d.by_sentence[s]:
            if found.subject and found.verb >= 0 and tokens[found.verb].lemma.lower() in ("agree", "pledge", "discuss", "sign"):
                if plural_members(links, found):
                    return verb_node(links, s, found.verb)
    return None


def _thing(links: Links, node: Node) -> None:
    kin = words("vessel ship boat tanker trawler freighter cruiser frigate destroyer submarine")
    paper = words("document text agreement declaration pact accord treaty deal statement communique memorandum report")
    kind = kin if node.lemma in kin else paper
    for nodes in links.d.before(node, 4):
        for found in reversed(nodes):
            if found.lemma in kind and not found.plural and found.kind != "pronoun":
                links.link(node, (found,), "kind of thing")
                return


def event_before(links: Links, node: Node, lemma: str, *, reach: int) -> Node | None:
    """The nearest phrase or verb of the same class of events; in one sentence an argument, then a verb, then any phrase."""
    classes = set(CLASS_OF.get(lemma, ()))
    for s in range(node.sent - 1, max(-1, node.sent - 1 - _OWN_REACH), -1):
        if (same := _event_verb(links, node, set(), lemma, s)) is not None:
            return same  # "the seizure" is what was seized, though an arrest stands nearer
    for s in range(node.sent, max(-1, node.sent - reach), -1):
        if s == node.sent and in_main_clause(links, node):
            continue
        phrase, argument = _event_phrase(links, node, classes, s)
        if phrase is not None and argument:
            return phrase
        found = _event_verb(links, node, classes, lemma, s) or phrase
        if found is not None:
            return found
    return None


def _event_phrase(links: Links, node: Node, classes: set[str], sent: int) -> tuple[Node | None, bool]:
    """The first argument of such a class in a sentence, else its last other phrase; and whether it is an argument."""
    limit = node.first if sent == node.sent else 10**9
    last: Node | None = None
    for found in links.d.by_sentence[sent]:
        if found.end > limit or found is node or found.kind == "pronoun" or still_to_come(links, node, found):
            continue
        if not classes & set(_classes(links, found)):
            continue
        if found.country is not None and node.country is not None and found.country != node.country:
            continue
        if found.dep in ("dobj", "nsubj", "nsubjpass", "attr"):
            return found, True
        last = found
    return last, False


def _event_verb(links: Links, node: Node, classes: set[str], lemma: str, sent: int) -> Node | None:
    sentence = links.d.sentences[sent]
    limit = sentence.span.end if sent < node.sent else node.span.start
    for i, token in enumerate(sentence.tokens):
        if token.pos != "VERB" or token.end > limit or is_negated(links, sent, i) or (sent == node.sent and i == node.verb):
            continue
        verb = token.lemma.lower()
        if classes & set(CLASS_OF.get(verb, ())) or _derived(lemma, verb):
            return verb_node(links, sent, i)
    return None


def _classes(links: Links, node: Node) -> tuple[str, ...]:
    if node.type == "event" and node.kind == "name":
        low = node.text.lower()
        return ("exercise",) if low.startswith(("exercise", "operation")) else CLASS_OF.get(low.split()[-1], ("exercise",))
    if node.kind == "name":
        return ("exercise",) if node.text.startswith("Exercise") else ()
    if node.lemma in ("package", "programme", "program", "regime", "round", "series", "wave", "campaign"):
        tokens = links.tokens(node)
        inner = [c for k in range(node.first, node.tok) for c in CLASS_OF.get(tokens[k].lemma.lower(), ())]
        return (*CLASS_OF.get(node.lemma, ()), *inner)
    return CLASS_OF.get(node.lemma, ())


def verb_node(links: Links, sent: int, i: int) -> Node:
    """A verb as an antecedent."""
    token = links.d.sentences[sent].tokens[i]
    span = Span(start=token.start, end=token.end)
    return Node(
        order=10**6, sent=sent, first=i, end=i + 1, tok=i, span=span, head=span, kind="verb", text=token.text,
        lemma=token.lemma.lower(), type="event", plural=False,
    )  # fmt: skip


def main_event(links: Links, node: Node) -> Node | None:
    """The main act of the last sentence that reports one: under a verb of speech, what is said to have happened."""
    for s in range(node.sent - 1, max(-1, node.sent - 4), -1):
        tokens = links.d.sentences[s].tokens
        root = next((i for i, t in enumerate(tokens) if t.head == i), -1)
        for _ in range(3):
            below = next((k for k in links.d.children[s][root] if tokens[k].dep == "ccomp"), -1) if root >= 0 else -1
            if below < 0 or tokens[root].lemma.lower() not in SAY:
                break
            root = below
        if root >= 0 and tokens[root].pos == "VERB" and tokens[root].lemma.lower() not in _STATIVE:
            return verb_node(links, s, root)
    return None


def _is_deed(noun: str) -> bool:
    """Whether a noun's ending says that a verb is in it: "denial", "shooting", "appointment"."""
    return len(noun) > 5 and noun.endswith(_DEED_ENDINGS)


def _derived(noun: str, verb: str) -> bool:
    """Whether the noun is made from the verb: "deployment" deploy, "closure" close, "denial" deny."""
    stem = verb.rstrip("e")
    if verb.endswith("y") and len(verb) >= 4 and noun.startswith(verb[:-1] + "i"):
        return True
    return (len(stem) >= 4 and noun.startswith(stem)) or noun in (stem + "ing", stem + stem[-1] + "ing")
