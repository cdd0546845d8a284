"""What the reference rules look at: every phrase of a document as a node with its place in the clause.

A node is a mention, or a plain noun phrase that only serves as an antecedent ("the border crossing"). It knows its
clause (governing verb, subject or not), its number, gender and type (person, body, country, event, thing), the country
that stands in it, and the entities it was found to stand for. Entities are small integers; names get theirs here by
exact match, surname, acronym and apposition; pronouns, nominals and groups get theirs in `chains`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from communique.records import Annotated, EntityRef, Mention, Sentence, Span, Token
from communique.resolve.chains.wordclasses import (
    COUNTRY,
    FEMALE,
    FEMALE_NAMES,
    MALE,
    MALE_NAMES,
    PEOPLE,
    RELATED,
    NodeType,
    nominal_type,
)
from communique.resolve.home import home_of
from communique.resolve.phrases import only_qualifies
from communique.text import fold_same_length

_SUBJECT = ("nsubj", "nsubjpass", "csubj")
_CLIMB = ("conj", "appos", "compound", "nmod", "flat", "nummod", "amod")


def _is_one(mention: Mention, head: str) -> bool:
    """Whether a name that looks plural is one state or body: "ECOWAS", "the United Arab Emirates"."""
    return mention.kind == "name" and (head.isupper() or (len(mention.refs) == 1 and mention.refs[0].kind in {"country", "organisation"}))


@dataclass(slots=True, eq=False)
class Node:
    """One phrase: tokens [first, end) of its sentence, `tok` the syntactic head, `members` the entities it stands for."""

    order: int
    sent: int
    first: int
    end: int
    tok: int
    span: Span
    head: Span
    kind: str
    text: str
    lemma: str
    type: NodeType
    plural: bool
    mention: int | None = None
    gender: str = ""
    country: str | None = None
    role: str | None = None
    status: str | None = None
    refs: tuple[EntityRef, ...] = ()
    subject: bool = False
    dep: str = ""
    verb: int = -1
    definite: bool = False
    place: bool = False  # a place name that stands for the place itself
    members: tuple[int, ...] = ()
    antecedents: tuple[Span, ...] = ()
    sources: tuple[Node, ...] = ()  # the antecedents as phrases
    rule: str | None = None
    conjuncts: list[Node] = field(default_factory=list)


class Discourse:
    """The nodes of a document in text order, and what the sentences say about them."""

    def __init__(self, annotated: Annotated) -> None:
        self.text = annotated.article.doc.text
        self.home = home_of(annotated.article)
        self.sentences = annotated.sentences
        self.titles = {i for i, b in enumerate(annotated.article.blocks) if b.kind == "title"}
        self.nodes: list[Node] = []
        self.at: list[dict[int, Node]] = []  # per sentence: token → the largest node whose syntactic head it is
        self.by_sentence: list[list[Node]] = []
        self.children: list[list[list[int]]] = []
        self.entities: list[Node] = []  # entity → its first node
        self.genders: dict[int, str] = {}
        self._keys: dict[str, str] = {}
        mentions: list[list[int]] = [[] for _ in annotated.sentences]
        for number, mention in enumerate(annotated.mentions):
            if 0 <= mention.sentence < len(mentions):
                mentions[mention.sentence].append(number)
        for index, sentence in enumerate(annotated.sentences):
            self._sentence(index, sentence, [(n, annotated.mentions[n]) for n in mentions[index]])
        for order, node in enumerate(self.nodes):
            node.order = order
        self._countries()

    # --- building

    def _sentence(self, index: int, sentence: Sentence, mentions: list[tuple[int, Mention]]) -> None:
        tokens = sentence.tokens
        kids: list[list[int]] = [[] for _ in tokens]
        for i, token in enumerate(tokens):
            if token.head != i:
                kids[token.head].append(i)
        self.children.append(kids)
        starts = {t.start: i for i, t in enumerate(tokens)}
        ends = {t.end: i + 1 for i, t in enumerate(tokens)}
        nodes: list[Node] = []
        for number, mention in mentions:
            node = self._mention_node(index, tokens, starts, ends, number, mention)
            if node is not None:
                nodes.append(node)
        at: dict[int, Node] = {}
        titled = {k for node in nodes if node.kind == "title" for k in range(node.first, node.end)}
        for node in nodes:
            held = at.get(node.tok)
            if held is None or (node.end - node.first > held.end - held.first):
                at[node.tok] = node
        for i, token in enumerate(tokens):
            if i not in at and token.pos in ("NOUN", "PROPN") and token.dep not in ("compound", "npadvmod") and token.ent[2:] not in ("DATE", "TIME"):
                node = self._plain_node(index, tokens, kids, i)
                if i in titled and node.type == "person":
                    node.type = "thing"  # the role inside "Foreign Minister Ana Sol", whose holder is the title
                nodes.append(node)
                at[i] = node
        nodes.sort(key=lambda n: (n.first, -n.end))
        self.at.append(at)
        self.by_sentence.append(nodes)
        self.nodes += nodes
        for node in nodes:
            self._place(node, tokens)
        for i, node in at.items():
            joined = [k for k in self._conjuncts(tokens, kids, i) if k in at]
            node.conjuncts = [at[k] for k in joined if not node.first <= k < node.end]  # "Trinidad and Tobago" is one

    def _mention_node(
        self, index: int, tokens: tuple[Token, ...], starts: dict[int, int], ends: dict[int, int], number: int, mention: Mention
    ) -> Node | None:  # fmt: skip
        first, end = starts.get(mention.span.start), ends.get(mention.span.end)
        head_first, head_end = starts.get(mention.head.start), ends.get(mention.head.end)
        if first is None or end is None or head_first is None or head_end is None or head_first >= head_end:
            return None
        tok = head_end - 1
        for k in range(head_first, head_end):
            if not head_first <= tokens[k].head < head_end or tokens[k].head == k:
                tok = k
                break
        token = tokens[tok]
        lemma = token.lemma.lower()
        node = Node(
            order=0, sent=index, first=first, end=end, tok=tok, span=mention.span, head=mention.head, kind=mention.kind,
            text=self.text[mention.head.start : mention.head.end], lemma=lemma, type="unknown",
            plural=(token.tag in ("NNS", "NNPS") and mention.kind != "title" and not _is_one(mention, token.text)) or mention.kind == "group", mention=number, role=mention.role, status=mention.status, refs=mention.refs,
            definite=tokens[first].text.lower() in ("the", "this", "that", "these", "those", "such", "both"),
        )  # fmt: skip
        node.place = mention.sense == "place"
        node.type = _type_of(node, mention, token)
        node.gender = _gender_of(node, tokens, head_first)
        return node

    def _plain_node(self, index: int, tokens: tuple[Token, ...], kids: list[list[int]], i: int) -> Node:
        left = [k for k in kids[i] if k < i and tokens[k].dep in ("det", "amod", "compound", "poss", "nummod", "nmod")]
        first = min(left, default=i)
        span = Span(start=tokens[first].start, end=tokens[i].end)
        lemma = tokens[i].lemma.lower()
        kind = "np"
        node_type: NodeType = "people" if tokens[i].ent[2:] == "PERSON" else "thing"
        if lemma in PEOPLE:
            node_type = nominal_type(lemma, tokens[i].tag in ("NNS", "NNPS"))
        return Node(
            order=0, sent=index, first=first, end=i + 1, tok=i, span=span, head=Span(start=tokens[i].start, end=tokens[i].end),
            kind=kind, text=tokens[i].text, lemma=lemma, type=node_type, plural=tokens[i].tag in ("NNS", "NNPS"),
            definite=tokens[first].text.lower() in ("the", "this", "that", "these", "those"),
        )  # fmt: skip

    def _place(self, node: Node, tokens: tuple[Token, ...]) -> None:
        i = node.tok
        for _ in range(20):
            if tokens[i].dep in _CLIMB and tokens[i].head != i and tokens[tokens[i].head].pos not in ("VERB", "AUX"):
                i = tokens[i].head
            else:
                break
        node.dep = tokens[i].dep
        node.subject = node.dep in _SUBJECT
        node.verb = self.governor(node.sent, i)

    def governor(self, sent: int, i: int) -> int:
        """The nearest verb above token `i`, or -1."""
        tokens = self.sentences[sent].tokens
        for _ in range(60):
            head = tokens[i].head
            if head == i:
                return i if tokens[i].pos in ("VERB", "AUX") else -1
            i = head
            if tokens[i].pos in ("VERB", "AUX"):
                return i
        return -1

    def _conjuncts(self, tokens: tuple[Token, ...], kids: list[list[int]], i: int) -> list[int]:
        out: list[int] = []
        frontier = [i]
        while frontier:
            k = frontier.pop()
            for child in kids[k]:
                if tokens[child].dep == "conj" or (tokens[child].dep == "appos" and tokens[child].pos == "PROPN" and tokens[k].pos == "PROPN" and self._series(tokens, kids, child)):
                    out.append(child)
                    frontier.append(child)
        return sorted(out)

    @staticmethod
    def _series(tokens: tuple[Token, ...], kids: list[list[int]], i: int) -> bool:
        return any(tokens[k].dep in ("cc", "conj") for k in kids[i])

    # --- countries

    def country_key(self, text: str) -> str:
        """One key for "Kenya" and "Kenyan" where no table has resolved them: a shared beginning of four letters."""
        low = fold_same_length(text).lower().removeprefix("the ").strip()
        if low not in self._keys:
            stem = low[: max(4, len(low) - 3)]
            match = next((v for k, v in self._keys.items() if _alike(k, low, stem)), None)
            self._keys[low] = match or low
        return self._keys[low]

    def _countries(self) -> None:
        for nodes in self.by_sentence:
            for node in nodes:
                if node.type == "country" and node.kind in ("name", "demonym", "metonym"):
                    node.country = _ref_country(node) or self.country_key(node.text)
            for node in nodes:
                if node.country is None:
                    node.country = _ref_country(node) or self._inner_country(node, nodes)

    def _inner_country(self, node: Node, nodes: list[Node]) -> str | None:
        if node.kind == "pronoun":
            return None
        for other in nodes:
            if other.country is not None and other is not node and node.first <= other.first and other.end <= node.end and other.kind != "title":
                return other.country
        return None

    def countries_in(self, node: Node) -> list[Node]:
        """The country nodes inside a phrase: two in "the Turkish and Azerbaijani presidents", none in "Iran-backed militias", and in
        "Haiti's Dominican neighbours" not whose neighbours they are."""
        found: dict[str, Node] = {}
        low = [t.text.lower() for t in self.sentences[node.sent].tokens]
        for other in self.by_sentence[node.sent]:
            if other.type == "country" and other.country and node.first <= other.first and other.end <= node.end and other is not node:
                owner = node.lemma in RELATED and self.sentences[node.sent].tokens[other.tok].dep == "poss"
                if owner or only_qualifies(low, other.first, other.end):
                    continue
                found.setdefault(other.country, other)
        tokens = self.sentences[node.sent].tokens
        for k in self.children[node.sent][node.tok]:
            if tokens[k].dep == "prep" and tokens[k].text.lower() in ("of", "from", "for") and k < node.tok + 4:
                for j in self.children[node.sent][k]:
                    inner = self.at[node.sent].get(j)
                    if inner is not None:
                        for part in (inner, *inner.conjuncts):
                            if part.type == "country" and part.country:
                                found.setdefault(part.country, part)
        return list(found.values())

    def before(self, node: Node, sentences: int) -> Iterator[list[Node]]:
        """Nodes of the same sentence that end before this one starts, then those of earlier sentences, nearest first."""
        yield [n for n in self.by_sentence[node.sent] if n.end <= node.first]
        for s in range(node.sent - 1, max(-1, node.sent - 1 - sentences), -1):
            yield self.by_sentence[s]

    def new_entity(self, node: Node) -> None:
        node.members = (len(self.entities),)
        self.entities.append(node)
        if node.gender:
            self.genders[node.members[0]] = node.gender


def _alike(known: str, low: str, stem: str) -> bool:
    short, long = sorted((known, low), key=len)
    return (" " not in short and long.startswith(short[: max(4, len(short) - 1)]) and len(long) - len(short) <= 4) or (
        " " in known and " " in low and known[: len(known) - 1].startswith(stem[: len(known) - 1]) and abs(len(known) - len(low)) <= 2
    )


def _ref_country(node: Node) -> str | None:
    found = {ref.country for ref in node.refs if ref.country}
    return found.pop() if len(found) == 1 else None


def _type_of(node: Node, mention: Mention, token: Token) -> NodeType:
    if mention.refs:
        kind = mention.refs[0].kind
        if kind in ("country", "territory") and (mention.kind != "nominal" or node.lemma in COUNTRY):
            return "country"
        if kind == "person" or (kind == "office" and mention.role is not None):
            return "people" if node.plural else "person"
        if kind == "organisation":
            return "body"
    if mention.kind == "title":
        return "person"
    if mention.kind in ("name", "demonym", "metonym"):
        ent = token.ent[2:]
        if ent in ("GPE", "NORP") or mention.kind in ("demonym", "metonym"):
            return "country"
        if ent == "PERSON":
            return "person"
        if ent == "EVENT":
            return "event"
        return "body" if ent == "ORG" else "unknown"
    if mention.kind == "pronoun":
        return "unknown"
    if mention.role is not None:
        return "people" if node.plural else "person"
    return nominal_type(node.lemma, node.plural)


def _gender_of(node: Node, tokens: tuple[Token, ...], head_first: int) -> str:
    """ "m" or "f" by a title, a noun, or the given name that a name of several words begins with; empty where none says."""
    for k in range(node.first, node.end):
        low = tokens[k].text.lower().rstrip(".")
        if low in ("mr", "sir") or (low in MALE and low != "chairman"):
            return "m"
        if low in ("mrs", "ms", "dame") or low in FEMALE:
            return "f"
    given = tokens[head_first].text.lower()
    if node.type != "person" or node.kind not in ("name", "title") or head_first + 1 >= node.end:
        return ""
    return "f" if given in FEMALE_NAMES else "m" if given in MALE_NAMES else ""
