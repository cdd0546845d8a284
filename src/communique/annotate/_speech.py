"""Candidate attributions of one sentence, from its parse: source, cue and content as sets of token positions.

A reporting word (table `reporting.json`: verbs, nouns, adjectives, each with what it takes as content) proposes a
candidate where the parse gives it that content; "according to" and its like, and a colon after a name, propose one
without a verb. Choosing among candidates, quotation marks and what crosses sentences are `quotes`' business.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from communique import tables
from communique.records import Token

_NO_SOURCE = frozenset({"it", "there", "this", "that", "which", "what", "these", "those"})
_CUE_HELPERS = frozenset({"aux", "auxpass", "neg", "prt"})
_EDGE = frozenset({",", ";", ":", "--", "-", "\u2014", "\u2013", ".", "\n", " ", ""})


class Candidate(NamedTuple):
    """A proposed attribution within one sentence; positions are indices into its tokens, sorted."""

    cue: tuple[int, ...]
    source: tuple[int, ...]
    content: tuple[int, ...]
    rule: str
    head: int  # the cue's own word
    complement: str = ""
    lemma: str = ""


class Tree:
    """A sentence's tokens with children and subtrees at hand."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self.tokens = tokens
        self.children: list[list[int]] = [[] for _ in tokens]
        self.root = 0
        for i, token in enumerate(tokens):
            if token.head == i:
                self.root = i
            else:
                self.children[token.head].append(i)

    def subtree(self, at: int, without: Iterable[int] = ()) -> list[int]:
        """Positions below and at `at`, in order, leaving out the subtrees of `without`."""
        stop, out, todo = set(without), [], [at]
        while todo:
            here = todo.pop()
            if here in stop:
                continue
            out.append(here)
            todo.extend(self.children[here])
        return sorted(out)

    def child(self, at: int, *deps: str) -> int | None:
        """The first child in one of these relations."""
        return next((c for c in self.children[at] if self.tokens[c].dep in deps), None)


@functools.cache
def lexicon() -> tuple[dict[str, frozenset[str]], dict[str, frozenset[str]], dict[str, frozenset[str]], dict[str, str]]:
    """Verb → what it may take ("say/clause"), noun → the same, adjective → the same, and each verb's first class."""
    table: dict[str, Any] = tables.load("reporting.json")
    out: list[dict[str, frozenset[str]]] = []
    first: dict[str, str] = {}
    for part in ("verbs", "nouns", "adjectives"):
        found: dict[str, set[str]] = {}
        for name, entry in table[part].items():
            for word in entry["words"]:
                found.setdefault(word, set()).update(f"{name}/{take}" for take in entry["takes"])
                if part == "verbs":
                    first.setdefault(word, name)
        out.append({word: frozenset(takes) for word, takes in found.items()})
    return out[0], out[1], out[2], first


def candidates(tokens: Sequence[Token], *, every: bool = False) -> list[Candidate]:
    """The candidates of a sentence in text order. `every` also proposes words outside the table (rule "open")."""
    tree = Tree(tokens)
    out: list[Candidate] = []
    for i, token in enumerate(tokens):
        if token.pos in ("VERB", "AUX"):
            out.extend(_of_verb(tree, i, every))
        elif token.pos == "NOUN":
            out.extend(_of_noun(tree, i))
        elif token.pos == "ADJ" or (token.tag in ("VBN", "JJ") and token.dep == "acomp"):
            out.extend(_of_adjective(tree, i))
    out.extend(_according(tree))
    return out


def speaker_of(tokens: Sequence[Token], before: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Cue and source of the last clause with a subject that ends before an offset; `None` when there is none."""
    tree = Tree(tokens)
    for i in reversed(range(len(tokens))):
        if tokens[i].end <= before and tokens[i].pos in ("VERB", "AUX"):
            source = _source(tree, i, False)
            if source and tokens[source[-1]].end <= before:
                return _cue(tree, i, None), tuple(source)
    return None


# --- verbs -------------------------------------------------------------------------------------------


def _of_verb(tree: Tree, at: int, every: bool) -> list[Candidate]:
    lemma = tree.tokens[at].lemma.lower()
    takes = _takes(tree, at, lemma)
    if not takes and not every:
        return []
    if tree.tokens[at].text.lower() in ("citing", "quoting"):
        return []  # names a further source: `_according`
    classes = {t.partition("/")[0] for t in takes}
    passive = _is_passive(tree, at)
    if passive and "be_said" in classes:
        found = _passive(tree, at)
        if found:
            return [found]
    options = [o for o in _complements(tree, at) if o[0] != "parataxis" or "say" in classes]
    ranked = [(o, [t for t in takes if t.endswith("/" + _needs(o[0]))]) for o in options]
    for (name, head, positions), fits in sorted(ranked, key=lambda r: not r[1]):
        rule = min(fits, key=_class_order) if fits else "open"
        if rule == "open" and not every:
            continue
        source = _source(tree, at, passive)
        cue = _cue(tree, at, head if name.startswith("prep") else None)
        content = tuple(p for p in positions if p not in source and p not in cue)
        if content:
            return [Candidate(cue, tuple(source), content, f"verb {rule}", at, name, lemma)]
    if any(t.endswith("/quote") for t in takes) and not passive:
        source = _source(tree, at, False)
        if source:  # what it reports is a quotation that the parse left out
            return [Candidate(_cue(tree, at, None), tuple(source), (), "verb say/quote", at, "quote", lemma)]
    return []


_CLASSES = ("say", "ask", "think", "speak_of", "show", "want", "be_said")


def _class_order(take: str) -> int:
    return _CLASSES.index(take.partition("/")[0])


def _is_passive(tree: Tree, at: int) -> bool:
    """ "Was dismissed", and the bare participles of "asked about it, he …" and "remarks made by …"."""
    token = tree.tokens[at]
    if tree.child(at, "auxpass") is not None:
        return True
    return token.tag == "VBN" and token.dep in ("advcl", "acl") and tree.child(at, "aux", "nsubj") is None


def _needs(complement: str) -> str:
    return {"ccomp": "clause", "parataxis": "quote", "xcomp": "to", "dobj+xcomp": "object+to"}.get(complement, "object")


def _takes(tree: Tree, at: int, lemma: str) -> set[str]:
    verbs = lexicon()[0]
    found = set(verbs.get(lemma, ()))
    for child in tree.children[at]:
        if tree.tokens[child].dep in ("prep", "prt"):
            found |= {t for t in verbs.get(f"{lemma}+{tree.tokens[child].text.lower()}", ())}
    return found


def _complements(tree: Tree, at: int) -> list[tuple[str, int, list[int]]]:
    """What could be this verb's content, best first: name of the relation, its head, its positions."""
    tokens, out = tree.tokens, []
    dobj, xcomp = tree.child(at, "dobj"), tree.child(at, "xcomp")
    for child in tree.children[at]:
        if tokens[child].dep == "ccomp":
            out.append(("ccomp", child, tree.subtree(child)))
    if (
        not out
        and tokens[at].dep in ("parataxis", "ccomp", "advcl")
        and tokens[at].head != at
        and tree.child(at, "nsubj") is not None
    ):
        inner = set(tree.subtree(at))
        rest = [p for p in tree.subtree(tokens[at].head) if p not in inner]
        if tokens[at].dep == "parataxis" or (at > 0 and _bracketed(tree, at)):
            out.append(("parataxis", tokens[at].head, rest))
    if xcomp is not None and dobj is not None:
        out.append(("dobj+xcomp", xcomp, sorted(tree.subtree(dobj) + tree.subtree(xcomp))))
    elif xcomp is not None:
        out.append(("xcomp", xcomp, tree.subtree(xcomp)))
    if dobj is not None:
        extra = [
            c
            for c in tree.children[at]
            if c > dobj and tokens[c].dep in ("oprd", "prep") and tokens[c].text.lower() in ("as", "for", "of", "to")
        ]
        out.append(("dobj", dobj, sorted({*tree.subtree(dobj), *(p for c in extra for p in tree.subtree(c))})))
    subject = tree.child(at, "nsubjpass")
    if subject is not None and tree.child(at, "agent") is not None:
        out.append(("subject", subject, tree.subtree(subject)))
    for child in tree.children[at]:
        if tokens[child].dep == "prep" and tokens[child].text.lower() in (
            "for",
            "on",
            "of",
            "about",
            "to",
            "at",
            "against",
            "with",
            "out",
            "upon",
        ):
            below = [p for p in tree.subtree(child) if p != child]
            if below:
                out.append(("prep " + tokens[child].text.lower(), child, below))
    return out


def _bracketed(tree: Tree, at: int) -> bool:
    """Whether the clause at `at` is set off by commas or ends the sentence after one: ", the ministry said"."""
    inside = tree.subtree(at)
    before = tree.tokens[inside[0] - 1].text if inside[0] else ""
    return before in (",", '"', "\u201d", "''") and len(inside) <= 18


def _source(tree: Tree, at: int, passive: bool) -> list[int]:
    """The positions of who says it: the subject, the agent of a passive, or what the verb's governor gives."""
    tokens = tree.tokens
    if passive:
        agent = tree.child(at, "agent")
        inner = tree.child(agent, "pobj") if agent is not None else None
        return tree.subtree(inner) if inner is not None else []
    here = at
    for _ in range(6):
        subject = tree.child(here, "nsubj", "nsubjpass")
        if subject is not None:
            return _trimmed(tree, [p for p in tree.subtree(subject, without=(at,))], at)
        dep, head = tokens[here].dep, tokens[here].head
        if head == here:
            return _tagged_on(tree, at)
        if dep in ("acl", "relcl") and tokens[head].pos in ("NOUN", "PROPN", "PRON"):
            return _owner(tree, head, at)
        if dep in ("conj", "xcomp", "advcl", "pcomp", "ccomp", "prep", "aux", "dep", "dobj", "parataxis"):
            here = head
            continue
        return []
    return []


def _tagged_on(tree: Tree, at: int) -> list[int]:
    """The noun phrase between the last comma and a verb that ends the sentence without a subject ("off Jeju Island, *the
    coast guard* said."), which the parser hangs on the word before the comma."""
    tokens = tree.tokens
    if tokens[at].tag not in ("VBD", "VBZ", "VBP") or any(t.pos not in ("PUNCT", "SPACE") for t in tokens[at + 1 :]):
        return []
    start = next((k + 1 for k in range(at - 1, 0, -1) if tokens[k].text == ","), at)
    phrase = list(range(start, at))
    named = phrase and tokens[at - 1].pos in ("NOUN", "PROPN", "PRON")
    return phrase if named and all(tokens[k].pos in ("NOUN", "PROPN", "PRON", "ADJ", "DET", "NUM", "PART", "ADP", "CCONJ") for k in phrase) else []


def _owner(tree: Tree, noun: int, at: int) -> list[int]:
    """Of "a statement saying": the one who issued it, else the noun phrase itself."""
    poss = tree.child(noun, "poss")
    if poss is not None:
        return tree.subtree(poss)
    head = tree.tokens[noun].head
    if tree.tokens[noun].dep in ("dobj", "pobj") and tree.tokens[noun].lemma.lower() in lexicon()[1] | {
        "letter": 1,
        "speech": 1,
    }:
        for _ in range(3):
            subject = tree.child(head, "nsubj")
            if subject is not None:
                return tree.subtree(subject)
            if tree.tokens[head].head == head:
                break
            head = tree.tokens[head].head
    return [p for p in tree.subtree(noun) if p < at]


def _trimmed(tree: Tree, positions: list[int], at: int) -> list[int]:
    while positions and tree.tokens[positions[-1]].text in (",", ";", "--"):
        positions.pop()
    return positions


def _cue(tree: Tree, at: int, prep: int | None) -> tuple[int, ...]:
    """The verb with its helpers, and adverbs that stand between or right before."""
    found = {at, *(c for c in tree.children[at] if tree.tokens[c].dep in _CUE_HELPERS and abs(c - at) <= 4)}
    if prep is not None and prep - at <= 2:
        found.add(prep)
    low, high = min(found), max(found)
    if low and tree.tokens[low - 1].dep == "advmod" and tree.tokens[low - 1].head == at:
        low -= 1
    inner = [
        p
        for p in range(low, high + 1)
        if p in found or (tree.tokens[p].head == at and tree.tokens[p].dep in ("advmod", "npadvmod"))
    ]
    return tuple(inner)


def _passive(tree: Tree, at: int) -> Candidate | None:
    """ "Is believed to have fled", "was quoted as saying that": the subject belongs to what is said."""
    tokens = tree.tokens
    subject = tree.child(at, "nsubjpass", "nsubj")
    lemma = tokens[at].lemma.lower()
    agent = tree.child(at, "agent")
    source = tree.subtree(tree.child(agent, "pobj") or agent) if agent is not None else []
    to, that = tree.child(at, "xcomp"), tree.child(at, "ccomp")
    quoted = next((c for c in tree.children[at] if tokens[c].dep == "prep" and tokens[c].text.lower() == "as"), None)
    if quoted is not None and subject is not None:
        inner = tree.child(quoted, "pcomp")
        said = tree.child(inner, "ccomp", "dobj") if inner is not None else None
        if inner is not None and said is not None:
            cue = tuple(sorted({*_cue(tree, at, None), quoted, inner}))
            return Candidate(
                cue, tuple(tree.subtree(subject)), tuple(tree.subtree(said)), "passive quoted", at, "as", lemma
            )
    inner = to if to is not None else that
    if inner is None:
        return None
    impersonal = (subject is not None and tokens[subject].text.lower() in ("it", "there")) or subject is None
    content = tree.subtree(inner) + ([] if impersonal or subject is None else tree.subtree(subject))
    cue = _cue(tree, at, None)
    return Candidate(
        cue, tuple(source), tuple(sorted(set(content) - set(source) - set(cue))), "passive said", at, "be", lemma
    )


# --- nouns, adjectives, according to -----------------------------------------------------------------


def _of_noun(tree: Tree, at: int) -> list[Candidate]:
    tokens = tree.tokens
    lemma = tokens[at].lemma.lower()
    takes = lexicon()[1].get(lemma)
    if not takes:
        return []
    inner = next(
        (
            c
            for c in tree.children[at]
            if c > at and tokens[c].dep in ("acl", "ccomp", "relcl") and _that_or_to(tree, c, takes)
        ),
        None,
    )
    kind = "clause"
    if inner is None and any(t.endswith("/of") for t in takes):
        of = next(
            (c for c in tree.children[at] if c > at and tokens[c].dep == "prep" and tokens[c].text.lower() == "of"),
            None,
        )
        inner, kind = of, "of"
    if inner is None:
        return []
    source = _noun_source(tree, at, inner)
    if kind == "of" and not source:
        return []
    content = [p for p in tree.subtree(inner) if not (kind == "of" and p == inner)]
    cue = [at] if kind == "clause" else [at, inner]
    return (
        [
            Candidate(
                tuple(cue), tuple(source), tuple(p for p in content if p not in source), f"noun {kind}", at, kind, lemma
            )
        ]
        if content
        else []
    )


def _that_or_to(tree: Tree, clause: int, takes: frozenset[str]) -> bool:
    words = {tree.tokens[c].text.lower() for c in tree.children[clause] if tree.tokens[c].dep in ("mark", "aux")}
    return "that" in words or ("to" in words and any(t.endswith("/to") for t in takes))


def _noun_source(tree: Tree, at: int, inner: int) -> list[int]:
    tokens = tree.tokens
    poss = tree.child(at, "poss")
    if poss is not None:
        return tree.subtree(poss)
    for child in tree.children[at]:
        if (
            tokens[child].dep in ("prep", "agent")
            and tokens[child].text.lower() in ("by", "from")
            and (child < inner or tokens[child].text.lower() == "by")
        ):
            pobj = tree.child(child, "pobj")
            if pobj is not None:
                return tree.subtree(pobj)
    head = tokens[at].head
    if tokens[at].dep in ("dobj", "attr", "pobj"):
        for _ in range(2):
            subject = tree.child(head, "nsubj")
            if subject is not None:
                return tree.subtree(subject)
            head = tokens[head].head
    return []


def _of_adjective(tree: Tree, at: int) -> list[Candidate]:
    tokens = tree.tokens
    takes = lexicon()[2].get(tokens[at].text.lower())
    if not takes:
        return []
    inner = next((c for c in tree.children[at] if c > at and tokens[c].dep in ("ccomp", "xcomp")), None)
    if inner is None:
        inner = next(
            (
                c
                for c in tree.children[at]
                if c > at and tokens[c].dep == "prep" and tokens[c].text.lower() in ("about", "of", "that")
            ),
            None,
        )
    if inner is None:
        return []
    source = _source(tree, tokens[at].head if tokens[at].dep in ("acomp", "oprd", "conj") else at, False)
    content = [p for p in tree.subtree(inner) if not (tokens[inner].dep == "prep" and p == inner)]
    if not source or not content:
        return []
    verb = tokens[at].head
    cue = sorted({at, verb} if tokens[at].dep == "acomp" and at - verb <= 3 else {at})
    return [
        Candidate(
            tuple(cue), tuple(source), tuple(content), "adjective", at, tokens[inner].dep, tokens[at].text.lower()
        )
    ]


_TELLERS = frozenset(
    ["official", "source", "statement", "report", "ministry", "document", "agency", "minister", "spokesman", "spokeswoman", "spokesperson", "people", "person", "diplomat", "data", "media", "newspaper",
     "study", "letter", "witness", "medic", "doctor", "police", "authority", "aide", "adviser", "intelligence", "memo", "cable", "record", "expert", "analyst", "lawmaker", "lawyer", "figure", "paper",
     "broadcaster", "military", "army", "government", "president", "commander", "resident", "survey", "transcript", "filing"]
)  # fmt: skip


def _can_tell(tree: Tree, at: int | None) -> bool:
    """Whether what is cited is somebody or a paper, and not a reason ("citing safety")."""
    return at is not None and (tree.tokens[at].pos == "PROPN" or tree.tokens[at].lemma.lower() in _TELLERS)


def _according(tree: Tree) -> list[Candidate]:
    tokens, out = tree.tokens, []
    for i, token in enumerate(tokens):
        word = token.text.lower()
        follows = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
        if word == "according" and follows == "to":
            to = i + 1
            inner = tree.child(to, "pobj") if tree.child(to, "pobj") is not None else tree.child(i, "pobj")
            source = tree.subtree(inner) if inner is not None else []
            cue, top = [i, to], i
        elif word in ("citing", "quoting") and _can_tell(tree, tree.child(i, "dobj")):
            source = tree.subtree(tree.child(i, "dobj") or i)
            cue, top = [i], i
        elif word == "per" and (i == 0 or tokens[i - 1].text == ",") and (follows == "the" or _can_tell(tree, tree.child(i, "pobj"))):
            source = tree.subtree(tree.child(i, "pobj") or i)
            cue, top = [i], i
        elif word == "put" and follows == "it" and (said := _as_put(tree, i)) is not None:
            source = tree.subtree(said)
            cue, top = [i, i + 1], i
        elif word in _ON_BEHALF and follows == "by" and (teller := _retold_by(tree, i)) is not None:
            source = tree.subtree(teller)
            told = set(tree.subtree(i)) | set(source)
            content = [p for p in _clause_of(tree, i) if p not in told]
            out.append(Candidate((i, i + 1), tuple(_trimmed(tree, source, i)), tuple(content), "according to", i, "retold", word))
            continue
        else:
            continue
        if not source:
            continue
        source = _trimmed(tree, source, i)
        phrase = set(tree.subtree(top)) | set(source) | set(cue)
        clause = _clause_of(tree, top)
        content = [p for p in clause if p not in phrase and p not in cue]
        if content:
            out.append(Candidate(tuple(cue), tuple(source), tuple(content), "according to", i, "according", word))
    return out


_ON_BEHALF = frozenset({"quoted", "cited", "carried"})  # by whom a statement reached the reader


def _as_put(tree: Tree, at: int) -> int | None:
    """Who put it so: "as the UN *put it*"."""
    if not any(t.text.lower() == "as" for t in tree.tokens[max(0, at - 6) : at]):
        return None
    subject = tree.child(at, "nsubj")
    return subject if subject is not None and subject < at else None


def _retold_by(tree: Tree, at: int) -> int | None:
    """The agency or paper that carried somebody's words: "the ministry, quoted *by Anadolu*, said"."""
    by = tree.child(at, "agent", "prep")
    teller = tree.child(by, "pobj") if by is not None and tree.tokens[by].text.lower() == "by" else None
    apart = tree.tokens[at].dep in ("acl", "advcl", "amod") and tree.tokens[at].tag == "VBN"
    return teller if apart and teller is not None and tree.tokens[teller].pos == "PROPN" else None


def _clause_of(tree: Tree, at: int) -> list[int]:
    """The clause that a phrase modifies: up to the nearest verb with a subject that the sentence or a "and" clause
    holds; the whole sentence when in doubt."""
    here = at
    for _ in range(8):
        head = tree.tokens[here].head
        if head == here:
            break
        here = head
        if tree.tokens[here].pos in ("VERB", "AUX") and tree.child(here, "nsubj", "nsubjpass") is not None:
            if tree.tokens[here].dep == "conj":
                return tree.subtree(here)
            if tree.tokens[here].dep == "ROOT":
                later = [
                    c
                    for c in tree.children[here]
                    if tree.tokens[c].dep == "conj" and c > at > here and tree.child(c, "nsubj") is not None
                ]
                return tree.subtree(here, without=later)
    return list(range(len(tree.tokens)))
