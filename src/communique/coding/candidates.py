"""Which clauses may assert an event, with the heads of their participants; and `Candidate`, what a coder scores.

Decided here: one `Clause` shape for every way in which a report asserts something, so that rules and models
never see the difference between "Lima condemned the raid", "the raid condemned by Lima", "Lima's
condemnation of the raid", "the raid, which Lima condemned" and "Lima, condemning the raid, said":
- a verb (finite, participle, infinitive), with its subject and object *in depth*: passives turned round,
  relative and participial clauses given their antecedent, coordinated and infinitive clauses the subject
  that they share (a controller's object where the verb passes it on: "urged Mali to …");
- a noun that the lexicon knows as an event, with the arguments that hang on it (possessive, demonym, by, of,
  between, with, on, to), and with those of its support verb ("held talks with", "the arrest was made by").
Heads are token indices into the sentence, with conjuncts spread out. Nothing here decides a type.

Rejected: a single span per role (loses joint actors); the candidate as (subject, verb, object) of finite verbs
only (half of the events in agency prose hang on nouns and participles).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from communique.records import Modality, Record, Sentence, Span, Token

SUBJECTS = frozenset({"nsubj", "csubj"})
PASSIVE_SUBJECTS = frozenset({"nsubjpass", "csubjpass"})
RELATIVIZERS = frozenset({"who", "whom", "which", "that"})
CLAUSAL = frozenset({"relcl", "acl", "advcl", "ccomp", "xcomp", "pcomp", "conj", "csubj", "parataxis"})
# Verbs whose object is the subject of their infinitive; others pass on their own subject.
SUBJECT_CONTROL = frozenset({"promise", "pledge", "vow", "threaten", "agree", "offer", "refuse", "swear"})

_MISLEMMATISED = {("stag", "staged"): "stage", ("stag", "staging"): "stage", ("tabl", "tabled"): "table", ("fir", "fired"): "fire", ("decreed", "decreed"): "decree"}

ClauseKind = Literal["verb", "noun"]


class Party(Record, frozen=True, kw_only=True):
    """A participant of a candidate: its words (`span`), its head token, the mentions (indices into
    `Annotated.mentions`) that it rests on, and how it was found ("subj", "obj.poss", "pp:with" …)."""

    span: Span
    token: int
    mentions: tuple[int, ...]
    how: str
    resolved: bool


class Candidate(Record, frozen=True, kw_only=True):
    """A clause with participants, and what `rules.v1` makes of it: all that a model needs to score it again.

    `sentence` is an index into `Annotated.sentences`, `token` the trigger's index in it. `actors` and
    `recipients` are in text order; `about` are purposes and targets of talk. `type` None means that the
    rules see no event. `features` are strings "name=value", stable across versions of one coder.
    """

    sentence: int
    token: int
    trigger: Span
    clause: Span
    kind: ClauseKind
    lemma: str
    passive: bool
    actors: tuple[Party, ...] = ()
    recipients: tuple[Party, ...] = ()
    about: tuple[Party, ...] = ()
    type: str | None = None
    mode: str | None = None
    contexts: tuple[str, ...] = ()
    cameo: str | None = None
    modality: Modality = "actual"
    negated: bool = False
    score: float = 0.0
    runner_up: tuple[str, float] | None = None
    reasons: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    content: int | None = None  # the token of the content verb or noun: "agreed to *maintain*"
    reciprocal: bool = False
    takes_up: Span | None = None  # the trigger of the earlier event that a definite noun takes up


DITRANSITIVE = frozenset({"give", "hand", "send", "offer", "award", "grant", "deny", "lend", "pay", "promise", "serve", "allocate", "refuse", "owe", "assign"})
UNDERGOING = frozenset({"face", "suffer", "receive", "sustain", "undergo", "endure", "incur", "draw", "attract"})  # verbs whose subject is done to


class Clause(msgspec.Struct, frozen=True, kw_only=True):
    """A predicate and the head tokens of its arguments (indices into the sentence, conjuncts spread out).

    `token` carries the event; `verb` is the verb whose tense and auxiliaries count (itself, or the support
    verb of a noun). `preps` maps a preposition ("out of" as "out_of") to its object heads. `complement` is
    the head of an infinitive or that-clause that it governs. `shared` holds heads inherited from elsewhere.
    """

    kind: ClauseKind
    token: int
    lemma: str
    verb: int | None
    particle: str | None = None
    passive: bool = False
    subjects: tuple[int, ...] = ()
    objects: tuple[int, ...] = ()
    datives: tuple[int, ...] = ()
    preps: Mapping[str, tuple[int, ...]] = {}
    complements: tuple[int, ...] = ()
    agent: bool = False
    support: str | None = None
    relation: str | None = None
    attribute: bool = False


class Tree:
    """Quick look-ups over one sentence's parse."""

    def __init__(self, sentence: Sentence) -> None:
        self.tokens: tuple[Token, ...] = sentence.tokens
        self.kids: list[list[int]] = [[] for _ in sentence.tokens]
        for index, token in enumerate(sentence.tokens):
            if token.head != index:
                self.kids[token.head].append(index)

    def children(self, index: int, *deps: str) -> list[int]:
        """The dependents of a token, in order, of the given relations (all when none is given)."""
        if not deps:
            return self.kids[index]
        return [k for k in self.kids[index] if self.tokens[k].dep in deps]

    def lemma(self, index: int) -> str:
        """The token's lemma in small letters, with the model's wrong ones put right."""
        lemma = self.tokens[index].lemma.lower()
        return _MISLEMMATISED.get((lemma, self.tokens[index].text.lower()), lemma)

    def low(self, index: int) -> str:
        """The token's text in small letters."""
        return self.tokens[index].text.lower()

    def conjuncts(self, index: int) -> list[int]:
        """The token and everything coordinated with it, in order."""
        out = [*self._misread_owner(index), index]
        for kid in self.children(index, "conj"):
            if self._begins_next_clause(index, kid):
                continue
            if self.nominal(kid) == self.nominal(index):
                out += self.conjuncts(kid)
        for kid in self.children(index, "appos"):
            # "A, B and C" is often read as A with an apposition "B and C".
            if self.tokens[kid].pos == "PROPN" and self.children(kid, "conj") and self.children(kid, "cc") and self.tokens[index].pos == "PROPN":
                out += self.conjuncts(kid)
            # "minister A and Mali's minister B" as minister, A its apposition, and the second minister joined to A.
            elif self.tokens[kid].ent.endswith("PERSON") and self.children(kid, "cc"):
                out += [m for k in self.children(kid, "conj") if self._titled(k) for m in self.conjuncts(k)]
        return out

    def _begins_next_clause(self, index: int, kid: int) -> bool:
        """Whether a noun joined to an object is the subject of the finite verb right after it ("condemned the raid and
        *its army* vowed revenge"), which the parser joins to the verb before."""
        after = max(self.subtree(kid)) + 1
        if self.tokens[index].dep != "dobj" or after >= len(self.tokens):
            return False
        verb = self.tokens[after]
        return verb.tag in {"VBD", "VBZ"} and verb.dep == "conj" and verb.head == self.tokens[index].head and not self.children(after, "nsubj", "nsubjpass", "cc")

    def _titled(self, index: int) -> bool:
        """Whether a noun phrase names its holder's office or owner, and so cannot be one more name of somebody else."""
        return self.tokens[index].pos == "NOUN" or bool(self._before(index)) or any(self.tokens[k].pos == "NOUN" for k in self.children(index, "compound"))

    def _misread_owner(self, index: int) -> list[int]:
        """"Chad's minister X and Mali's minister Y", "X and Malian minister Y": the parser makes X and Mali joint owners
        of Y. X, a person or unknown name (or owned itself) without possessive ending beside a country, is the first of the pair."""
        titles = self.children(index, "compound", "nmod")
        out: list[int] = []
        for kid in [k for at in (index, *titles) for k in self.children(at, "poss", "nmod", "compound")]:
            if self.tokens[kid].pos != "PROPN" or self.children(kid, "case") or not self.children(kid, "cc"):
                continue
            lands = [k for k in self.children(kid, "conj") if self.children(k, "case") or self.tokens[k].ent.endswith(("NORP", "GPE"))]
            kinds = ("PERSON", "ORG") if self.tokens[index].ent.endswith("PERSON") else ("PERSON",)  # a bare surname is often tagged ORG
            if lands and (self.tokens[kid].ent in {"", "O"} or self.tokens[kid].ent.endswith(kinds) or any(self.children(k, "case") for k in self._before(kid))):
                out.append(kid)
        return out

    def _before(self, index: int) -> list[int]:
        """The owners of a name and of its titles: "*Chad*'s minister X"."""
        return [o for k in (index, *self.children(index, "compound", "nmod")) for o in self.children(k, "poss")]

    def nominal(self, index: int) -> bool:
        """Whether the token heads a noun phrase."""
        return self.tokens[index].pos in {"NOUN", "PROPN", "PRON", "NUM", "ADJ", "DET", "X"}

    def subtree(self, index: int, *, without: Collection[str] = ()) -> list[int]:
        """All tokens under a token, itself included, in order; branches of the relations in `without` left out."""
        out, stack = [], [index]
        while stack:
            at = stack.pop()
            out.append(at)
            stack += [k for k in self.kids[at] if self.tokens[k].dep not in without]
        return sorted(out)

    def span(self, index: int, *, without: Collection[str] = ()) -> Span:
        """The text under a token, punctuation at its edges left out."""
        found = self.subtree(index, without=without)
        while len(found) > 1 and self.tokens[found[0]].pos in {"PUNCT", "SPACE"}:
            found = found[1:]
        while len(found) > 1 and self.tokens[found[-1]].pos in {"PUNCT", "SPACE", "CCONJ"}:
            found = found[:-1]
        return Span(start=self.tokens[found[0]].start, end=self.tokens[found[-1]].end)

    def path_up(self, index: int) -> Iterator[int]:
        """The token's governors, nearest first."""
        seen = {index}
        while self.tokens[index].head not in seen:
            index = self.tokens[index].head
            seen.add(index)
            yield index


def find_clauses(tree: Tree, nouns: Collection[str], light: Mapping[str, Collection[str]]) -> list[Clause]:
    """Every verb of the sentence, and every noun whose lemma is in `nouns`, as clauses in text order.

    `light` names the support verbs: "do" those that take the event as object, "occur" those that take it as
    subject, "in" those that take it after a preposition.
    """
    out = []
    for index, token in enumerate(tree.tokens):
        if _is_misread_noun(tree, index) and tree.lemma(index) in nouns:
            out.append(noun_clause(tree, index, light))
            continue
        if token.dep == "amod" and token.tag == "VBN" and not tree.children(index, "agent", "prep"):
            continue  # "displaced families": a state that is presupposed, and not what the sentence tells
        if token.pos == "VERB" or (token.pos == "AUX" and token.dep in {"ROOT", "conj"} and not tree.children(index, "aux")) or _is_misread_verb(tree, index):
            out.append(verb_clause(tree, index))
        if (token.pos in {"NOUN", "PROPN"} or token.tag == "VBG") and noun_lemma(tree, index) in nouns:
            out.append(noun_clause(tree, index, light))
    return out


def noun_lemma(tree: Tree, index: int) -> str:
    """The lemma of an event noun; the model leaves the plural on names ("Talks" in a headline), so take it off."""
    lemma = tree.lemma(index)
    if tree.tokens[index].pos == "PROPN" and lemma.endswith("s") and not lemma.endswith("ss"):
        return lemma[:-1]
    return lemma


def _is_misread_verb(tree: Tree, index: int) -> bool:
    """A participle or headline verb that the tagger calls an adjective or noun but the parser treats as a clause."""
    token = tree.tokens[index]
    if token.dep in {"ROOT", "relcl", "advcl", "ccomp"} and token.pos in {"NOUN", "PROPN", "ADJ"}:
        that = token.dep == "ccomp" and any(tree.low(k) == "that" for k in tree.children(index, "mark"))  # "demanded that he *resign*"
        return bool(tree.children(index, "nsubj", "nsubjpass")) and not tree.children(index, "cop") and (that or bool(tree.children(index, "dobj", "xcomp")))
    return token.pos == "ADJ" and token.dep in {"acl", "conj"} and bool(tree.children(index, "agent"))


_WANTING = frozenset({"demand", "insist", "urge", "request", "recommend", "propose", "ask", "require"})


def is_wished(tree: Tree, index: int) -> bool:
    """Whether a bare verb is the subjunctive of a demand, whatever the parser hangs it on ("demanded that it pay and *allow* …"):
    the demand tells it."""
    token = tree.tokens[index]
    if token.tag != "VB" or tree.children(index, "aux", "auxpass"):
        return False
    return any(tree.lemma(k) in _WANTING and tree.tokens[k].tag in {"VBD", "VBZ", "VBP", "VBN"} and tree.low(k + 1) == "that" for k in range(index - 1))


def _is_misread_noun(tree: Tree, index: int) -> bool:
    """A plural event noun that the tagger calls a verb but the parser makes an object ("follows mobilization drills")."""
    token = tree.tokens[index]
    return token.pos == "VERB" and token.tag in {"VBZ", "VBP"} and token.dep in {"dobj", "pobj", "nsubj", "nsubjpass"}


def verb_clause(tree: Tree, index: int) -> Clause:
    """The clause of a verb, its arguments in depth."""
    passive = _is_passive(tree, index)
    subjects, objects = _surface_arguments(tree, index, passive)
    agents = _agents(tree, index)
    datives: list[int] = []
    for kid in tree.children(index, "dative"):
        datives += _spread(tree, tree.children(kid, "pobj") or [kid]) if tree.tokens[kid].pos == "ADP" else _spread(tree, [kid])
    if passive:
        surface, objects_in_passive = subjects, objects
        subjects = agents
        objects = surface
        if surface and objects_in_passive and tree.lemma(index) in DITRANSITIVE:
            objects, datives = objects_in_passive, [*datives, *surface]  # "the consul was handed a note"
        elif not surface:
            datives = datives + objects_in_passive
    particles = tree.children(index, "prt")
    if tree.lemma(index) == "let" and not objects and (going := [k for k in tree.children(index, "ccomp") if tree.low(k) in {"go", "out"}]):
        objects, particles = _spread(tree, tree.children(going[0], "nsubj")), going  # "let the hostages *go*"
    return Clause(
        kind="verb",
        token=index,
        lemma=tree.lemma(index),
        verb=index,
        particle=tree.low(particles[0]) if particles else None,
        passive=passive,
        subjects=tuple(subjects),
        objects=tuple(objects),
        datives=tuple(datives),
        preps=prepositions(tree, index),
        complements=tuple(complements(tree, index)),
        agent=bool(agents),
        relation=tree.tokens[index].dep,
    )


def complements(tree: Tree, index: int) -> list[int]:
    """Heads of the clauses that a verb governs as its content: infinitives, that-clauses, "on doing", "of doing"."""
    out = list(tree.children(index, "xcomp", "ccomp", "oprd"))
    for prep in tree.children(index, "prep", "agent"):
        out += tree.children(prep, "pcomp")
    for kid in tree.children(index, "advcl"):
        # "pledged … to deter": an infinitive hung on as a purpose; content only where there is no object between.
        if not tree.children(index, "dobj", "xcomp", "ccomp") and any(tree.low(k) == "to" for k in tree.children(kid, "aux")):
            out.append(kid)
    spread: list[int] = []
    for head in out:
        spread.append(head)
        spread += [k for k in tree.children(head, "conj") if tree.tokens[k].tag in {"VB", "VBG"} and not tree.children(k, "nsubj", "nsubjpass")]
    return spread


def prepositions(tree: Tree, index: int) -> dict[str, tuple[int, ...]]:
    """Preposition → heads of its objects, for the prepositions that hang on a token."""
    out: dict[str, list[int]] = {}
    for prep in tree.children(index, "prep", "agent"):
        name, heads = _preposition(tree, prep)
        out.setdefault(name, []).extend(heads)
        for more in tree.children(prep, "conj"):
            name, heads = _preposition(tree, more)
            out.setdefault(name, []).extend(heads)
    return {name: tuple(heads) for name, heads in out.items()}


def _preposition(tree: Tree, prep: int) -> tuple[str, list[int]]:
    name = tree.low(prep)
    heads = tree.children(prep, "pobj")
    for inner in tree.children(prep, "prep"):
        if not heads:
            return f"{name}_{tree.low(inner)}", _spread(tree, tree.children(inner, "pobj"))
    return name, _spread(tree, heads)


def _spread(tree: Tree, heads: list[int]) -> list[int]:
    return [one for head in heads for one in tree.conjuncts(head)]


def _is_passive(tree: Tree, index: int) -> bool:
    token = tree.tokens[index]
    if tree.children(index, "nsubjpass", "auxpass", "csubjpass"):
        return True
    if token.tag == "VBN" and token.dep == "acl":
        return not (tree.children(index, "nsubj") and tree.children(index, "aux"))  # "accusations that it *had armed* the rebels"
    if tree.children(index, "agent"):
        return True
    if token.tag == "VBN" and token.dep in {"advcl", "conj"} and not tree.children(index, "aux", "nsubj"):
        if token.dep == "conj":
            return _is_passive(tree, token.head)
        return True
    return token.tag == "VBN" and token.dep == "amod"


def _agents(tree: Tree, index: int) -> list[int]:
    out: list[int] = []
    for kid in tree.children(index, "agent"):
        out += _spread(tree, tree.children(kid, "pobj"))
    if not out and tree.tokens[index].tag == "VBN":
        for kid in tree.children(index, "prep"):
            if tree.low(kid) == "by":
                out += _spread(tree, tree.children(kid, "pobj"))
    return out


def _surface_arguments(tree: Tree, index: int, passive: bool) -> tuple[list[int], list[int]]:
    """Surface subject and object heads, with what the clause shares with or inherits from its surroundings."""
    subjects = _spread(tree, tree.children(index, "nsubj", "nsubjpass"))
    if len(subjects) > 1 and 1 in tree.children(index) and tree.low(1) == ":":
        subjects = [k for k in subjects if k > 1]  # "*Panama:* the government has ordered …": a heading that was read as a subject
    objects = _spread(tree, tree.children(index, "dobj", "obj"))
    if not objects and tree.lemma(index) == "call":  # "called the king to wish him well": a name read as what somebody is called
        objects = [k for k in tree.children(index, "oprd") if tree.tokens[k].ent.endswith("PERSON")]
    antecedent = _antecedent(tree, index)
    relative = [k for k in [*subjects, *objects] if tree.low(k) in RELATIVIZERS and tree.tokens[k].tag in {"WDT", "WP", "WP$", "IN"}]
    if antecedent is not None and relative and all(tree.low(k) in {"that", "which"} for k in relative):
        antecedent = _thing(tree, antecedent, index)
    if antecedent is not None:
        if relative:
            subjects = _replace(tree, subjects, relative, antecedent)
            objects = _replace(tree, objects, relative, antecedent)
        elif tree.tokens[index].dep == "relcl" and subjects and not objects and not _has_relative_adverb(tree, index):
            objects = tree.conjuncts(antecedent) if tree.tokens[index].tag != "VBN" or not passive else objects
        elif not subjects and not _is_aim(tree, index, antecedent):
            subjects = _spread(tree, [antecedent])
    if not subjects:
        subjects = _misread_subject(tree, index) or inherited_subjects(tree, index)
    return [*subjects, *_companions(tree, index, subjects)], objects


_BLOWS = frozenset({"attack", "assault", "bombing", "strike", "airstrike", "raid", "blast", "explosion", "shelling", "shooting", "ambush", "barrage", "bombardment", "massacre", "offensive"})


def _thing(tree: Tree, noun: int, verb: int) -> int:
    """What "that" or "which" stands for: no person, and what kills is a blow rather than what it fell on ("an attack on the
    shrine of X *that* killed ten")."""
    ups = list(tree.path_up(noun))
    if tree.lemma(verb) in {"kill", "wound", "injure"} and tree.lemma(noun) not in _BLOWS:
        noun = next((up for up in ups if tree.lemma(up) in _BLOWS), noun)
    if not tree.tokens[noun].ent.endswith("PERSON"):
        return noun
    return next((up for up in ups if tree.tokens[up].pos == "NOUN" and not tree.tokens[up].ent.endswith("PERSON")), noun)


# Nouns whose infinitive says what they are for; it has somebody else as its subject ("no authority to ask").
_AIMS = frozenset(["authority", "power", "right", "mandate", "permission", "plan", "intention", "decision", "offer", "proposal", "bid", "effort", "attempt", "threat", "call", "demand", "order", "willingness", "readiness", "ability", "need", "move", "request", "chance", "opportunity", "pressure", "pledge", "promise", "commitment", "agreement", "deal", "refusal", "reason", "way", "time", "bill", "motion", "resolution", "desire", "wish", "vow", "campaign", "mission"])


def _is_aim(tree: Tree, index: int, noun: int) -> bool:
    """Whether a clause is the infinitive of a noun that cannot do it."""
    return tree.tokens[index].tag == "VB" and tree.lemma(noun) in _AIMS


def _companions(tree: Tree, index: int, subjects: list[int]) -> list[int]:
    """Who acts beside the subject: "X, along with Y, condemned", "X met Z, joined by Y". After the verb "along with"
    may belong to the object and is left alone."""
    out: list[int] = []
    for prep in [k for head in (index, *subjects) for k in tree.children(head, "prep", "advmod") if k < index]:
        if not subjects or prep < subjects[0]:
            continue
        if tree.low(prep) == "with" and any(tree.low(k) in {"along", "together"} for k in tree.children(prep, "advmod")):
            out += _spread(tree, tree.children(prep, "pobj"))
        elif tree.low(prep) in {"along", "together"}:
            out += [k for inner in tree.children(prep, "prep") if tree.low(inner) == "with" for k in _spread(tree, tree.children(inner, "pobj"))]
    for verb in [k for head in (index, *subjects) for k in tree.children(head, "advcl", "acl") if tree.low(k) in {"joined", "accompanied"} and tree.tokens[k].tag == "VBN"]:
        if subjects and not tree.children(verb, "nsubj", "nsubjpass", "aux"):
            out += _agents(tree, verb)
    return [k for k in out if k not in subjects]


def _misread_subject(tree: Tree, index: int) -> list[int]:
    """A name right before a finite verb that the model takes for an adverb ("Nauru expelled …"), or the noun phrase
    between "after" or "before" and a verb that the model coordinates with the one before ("a day after *a court* ruled")."""
    if tree.tokens[index].tag not in {"VBD", "VBZ", "VBP"}:
        return []
    if tree.tokens[index].dep == "conj" and not any(tree.tokens[k].dep == "cc" for k in range(tree.tokens[index].head, index)):
        for prep in (k for k in range(tree.tokens[index].head + 1, index) if tree.low(k) in {"after", "before", "since", "until"}):
            phrase = [k for k in tree.children(prep, "pobj") if max(tree.subtree(k)) == index - 1]
            if phrase:
                return _spread(tree, phrase)
    if tree.tokens[index].dep == "conj":
        # "condemned the raid and *its army* vowed revenge": read as condemned [the raid and its army].
        for obj in tree.children(tree.tokens[index].head, "dobj"):
            phrase = [k for k in tree.children(obj, "conj") if max(tree.subtree(k)) == index - 1]
            if phrase:
                return _spread(tree, phrase)
    found = [k for k in tree.children(index, "advmod", "npadvmod", "dep", "compound", "intj", "amod") if k < index and tree.tokens[k].pos == "PROPN"]
    return found[-1:]


def _has_relative_adverb(tree: Tree, index: int) -> bool:
    return any(tree.low(k) in {"where", "when", "why"} for k in tree.subtree(index, without=("relcl", "ccomp", "conj")))


def _replace(tree: Tree, heads: list[int], relative: list[int], antecedent: int) -> list[int]:
    out: list[int] = []
    for head in heads:
        out += tree.conjuncts(antecedent) if head in relative else [head]
    return out


def _antecedent(tree: Tree, index: int) -> int | None:
    token = tree.tokens[index]
    if token.dep in {"relcl", "acl", "amod"} and token.head != index:
        return token.head
    return None


def finite_above(tree: Tree, index: int) -> int | None:
    """The nearest finite verb above an infinitive; `None` without one."""
    return next((up for up in tree.path_up(index) if tree.tokens[up].tag in {"VBZ", "VBD", "VBP"}), None)


def _beside(tree: Tree, index: int) -> int:
    """The verb that a coordinated verb really goes on with: a finite one with a finite one ("welcomes the decision to send
    a team and *requests* …"), the plain past with what found the past perfect ("found that they had looted it and *expelled* them")."""
    token, head = tree.tokens[index], tree.tokens[index].head
    other = tree.tokens[head]
    if token.dep != "conj":
        return head
    if token.tag == "VBD" and other.tag == "VBN" and other.dep == "ccomp" and "had" in {tree.low(k) for k in tree.children(head, "aux")}:
        return other.head
    if token.tag in {"VBZ", "VBD"} and other.tag == "VB":
        above = finite_above(tree, head)
        return head if above is None else above
    return head


def inherited_subjects(tree: Tree, index: int) -> list[int]:
    """The subject heads that a clause without its own takes over: of its first conjunct, its matrix, or its controller."""
    token = tree.tokens[index]
    head = token.head
    serial = token.dep == "dep" and token.tag in {"VBD", "VBZ"} and token.tag == tree.tokens[head].tag  # "called on A to …, demanded that …, and decided …"
    if head == index or (token.dep not in CLAUSAL and not serial):
        return []
    if token.dep in {"ccomp"} and tree.children(index, "nsubj", "nsubjpass"):
        return []
    head = _beside(tree, index)
    if token.dep == "pcomp":
        while tree.tokens[head].pos == "ADP" and tree.tokens[head].head != head:
            head = tree.tokens[head].head
    if tree.tokens[head].pos == "ADJ" and tree.tokens[head].dep == "acomp":
        return _spread(tree, tree.children(tree.tokens[head].head, "nsubj", "nsubjpass")) or inherited_subjects(tree, tree.tokens[head].head)
    if tree.tokens[head].pos not in {"VERB", "AUX"}:
        if token.dep == "conj" or tree.tokens[head].dep in {"ROOT", "attr", "acomp"}:
            own = _spread(tree, tree.children(head, "nsubj", "nsubjpass"))
            return own or ([] if token.dep != "pcomp" else [head])
        return [] if not tree.children(head, "poss") else _spread(tree, tree.children(head, "poss"))
    if token.dep in {"xcomp", "pcomp", "ccomp"} and tree.lemma(head) not in SUBJECT_CONTROL:
        controller = _spread(tree, tree.children(head, "dobj"))
        if controller:
            return controller
        on = [k for p in tree.children(head, "prep") if tree.low(p) in {"on", "for", "upon", "to"} for k in tree.children(p, "pobj")]
        if on and token.dep == "xcomp":
            return _spread(tree, on)
    found = _spread(tree, tree.children(head, "nsubj", "nsubjpass"))
    if any(tree.low(k) in RELATIVIZERS for k in found):
        antecedent = _antecedent(tree, head)
        found = _spread(tree, [antecedent]) if antecedent is not None else found
    if not found and (antecedent := _antecedent(tree, head)) is not None:
        return _spread(tree, [antecedent])
    return found or inherited_subjects(tree, head)


# --- nouns --------------------------------------------------------------------------------------------


def is_undergone(tree: Tree, verb: int) -> bool:
    """Whether the subject of an active verb is done to: "faced sanctions", "came *under* fire"."""
    return tree.lemma(verb) in UNDERGOING or (tree.lemma(verb) == "come" and any(tree.low(k) == "under" for k in tree.children(verb, "prep")))


def _turn_round(preps: dict[str, list[int]], subjects: list[int]) -> None:
    """"A faced sanctions from B": the subject is who it is done to, "from" says who does it."""
    preps.setdefault("by", []).extend(preps.pop("from", []))
    for name in ("against", "of", "to"):
        preps.setdefault(name, list(subjects))
    preps["on"] = list(subjects)  # not "while on patrol"


_EFFORTS = frozenset({"effort", "attempt", "mission", "initiative", "bid", "drive"})  # "launched a mediation *effort* between A and B"


def noun_clause(tree: Tree, index: int, light: Mapping[str, Collection[str]]) -> Clause:
    """The clause of an event noun: its own arguments, and those of the verb that supports it. In a name ("Exercise
    Northern Shield") the arguments hang on the name's head, which then is the clause's token."""
    lemma = noun_lemma(tree, index)
    head = tree.tokens[index].head
    if tree.tokens[index].dep == "compound" and ((tree.tokens[index].pos == tree.tokens[head].pos == "PROPN") or (lemma == "mediation" and tree.lemma(head) in _EFFORTS)):
        index = head
    preps = _own_phrases(tree, index)
    verb, support = _support(tree, index, light)
    subjects: list[int] = []
    attribute = False
    datives: list[int] = []
    if verb is not None and support in {"do", "in"}:
        clause = verb_clause(tree, verb)
        subjects = [s for s in clause.subjects if s not in tree.conjuncts(index) and s != index]
        datives = [d for d in clause.datives if d != index]
        for name, heads in clause.preps.items():
            mine = [h for h in heads if h != index and index not in tree.conjuncts(h)]
            if name != "by" or not clause.passive:
                preps.setdefault(name, []).extend(mine)
        if not clause.passive and is_undergone(tree, verb):
            _turn_round(preps, subjects)
            subjects, datives = [], []
    elif verb is not None and support == "occur":
        for name, heads in prepositions(tree, verb).items():
            preps.setdefault(name, []).extend(heads)
    elif verb is not None and support == "be":
        attribute = True
        preps = {**{n: list(h) for n, h in prepositions(tree, verb).items()}, **preps}
    for kid in tree.children(index, "acl", "relcl"):
        if tree.tokens[kid].tag == "VBN":
            inner = verb_clause(tree, kid)
            if tree.lemma(kid) in light["do"]:
                subjects += list(inner.subjects)
            for name, heads in inner.preps.items():
                if name not in {"by", "in"} or tree.lemma(kid) in light["do"]:
                    preps.setdefault(name, []).extend(h for h in heads if name != "by")
    return Clause(
        kind="noun",
        token=index,
        lemma=lemma,
        verb=verb,
        subjects=tuple(dict.fromkeys(subjects)),
        datives=tuple(datives),
        preps={name: tuple(dict.fromkeys(heads)) for name, heads in preps.items()},
        complements=tuple(tree.children(index, "acl", "ccomp")),
        support=support,
        relation=tree.tokens[index].dep,
        attribute=attribute,
    )


def _own_phrases(tree: Tree, index: int) -> dict[str, list[int]]:
    """The prepositional phrases of an event noun, and of the noun that only measures it."""
    preps = {name: list(heads) for name, heads in prepositions(tree, index).items()}
    whole = _stretch(tree, index)
    for name, heads in prepositions(tree, whole).items() if whole != index else ():
        preps.setdefault(name, []).extend(h for h in heads if name != "of")
    return preps


_STRETCHES = frozenset({"day", "week", "fortnight", "month", "round", "series", "string", "phase", "leg", "session", "set", "pair", "couple"})


def _stretch(tree: Tree, index: int) -> int:
    """The noun that only says how long or how often an event is ("a *week* of exercises", "a second *round* of talks"),
    else the event noun itself."""
    prep = tree.tokens[index].head
    if tree.tokens[index].dep != "pobj" or tree.low(prep) != "of" or tree.lemma(tree.tokens[prep].head) not in _STRETCHES:
        return index
    return tree.tokens[prep].head


def _support(tree: Tree, index: int, light: Mapping[str, Collection[str]]) -> tuple[int | None, str | None]:
    """The verb that carries a noun's event, and how: "do" (held talks), "occur" (talks began), "in" (engaged in
    talks), "be" (it was a visit); a verb without meaning of its own only. (None, None) where there is none."""
    top = index
    while tree.tokens[top].dep == "conj" and tree.nominal(tree.tokens[top].head):
        top = tree.tokens[top].head
    top = _stretch(tree, top)
    token = tree.tokens[top]
    head = token.head
    lemma = tree.lemma(head)
    for kid in tree.children(index, "acl"):
        if tree.tokens[kid].tag == "VBN" and tree.lemma(kid) in light["do"]:
            return kid, "do"
    phrase = "_".join([lemma, *(tree.low(k) for k in tree.children(head, "prt")[:1])])  # "kicked off the drill"
    naming = lemma == "call" and (tree.children(head, "oprd", "ccomp", "xcomp") or any(k > index and tree.tokens[k].dep == "appos" for k in tree.children(index)))
    if naming:
        return None, None  # "called the offer a dream" calls no offer
    if token.dep in {"dobj", "obj", "nsubjpass"} and (lemma in light["do"] or phrase in light["do"]):
        return head, "do"
    if token.dep in {"nsubj"} and lemma in light["occur"]:
        return head, "occur"
    if token.dep == "nsubj" and tree.tokens[head].dep in {"relcl"} and lemma in light["occur"]:
        return head, "occur"
    if token.dep == "attr" and tree.tokens[head].pos in {"AUX", "VERB"}:
        return head, "be"
    if token.dep == "pobj":
        up = tree.tokens[head].head
        if tree.tokens[up].pos in {"VERB", "AUX"} and f"{tree.lemma(up)}_{tree.low(head)}" in light["in"]:
            return up, "in"
    for kid in tree.children(index, "relcl", "acl"):
        if tree.tokens[kid].dep == "relcl" and tree.lemma(kid) in light["occur"]:
            return kid, "occur"
        if tree.tokens[kid].tag == "VBN" and tree.lemma(kid) in light["do"]:
            return kid, "do"
    return None, None
