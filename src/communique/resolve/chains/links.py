"""What has been linked so far: the entities that each phrase stands for, and the rule and antecedents of each link."""

from __future__ import annotations

from collections.abc import Iterable

from communique.records import EntityRef, Token
from communique.resolve.chains.discourse import Discourse, Node

REACH = 8  # sentences a definite group or body may look back; pronouns look back three


class Links:
    """The discourse `d`, the entity of each country, the plural sets already found per sentence, and the states of the report."""

    def __init__(self, discourse: Discourse) -> None:
        self.d = discourse
        self.country_entity: dict[str, int] = {}
        self.cache: dict[int, list[list[Node]]] = {}
        self.states: dict[str, Node] | None = None

    def tokens(self, node: Node) -> tuple[Token, ...]:
        """The tokens of a phrase's sentence."""
        return self.d.sentences[node.sent].tokens

    def own(self, node: Node) -> None:
        """A phrase that stands for something new."""
        self.d.new_entity(node)

    def link(self, node: Node, antecedents: Iterable[Node], rule: str) -> bool:
        """Lets a phrase stand for what its antecedents stand for; false when none of them is another phrase."""
        found = [a for a in antecedents if a is not node]
        if not found:
            return False
        for antecedent in found:
            if not antecedent.members:
                self.own(antecedent)
        node.members = tuple(dict.fromkeys(e for a in found for e in a.members))
        node.antecedents = tuple(dict.fromkeys(a.span for a in found))
        node.sources, node.rule = tuple(found), rule
        if node.gender and len(node.members) == 1:
            self.d.genders.setdefault(node.members[0], node.gender)
        return True

    def stands_for(self, node: Node, refs: tuple[EntityRef, ...], rule: str) -> None:
        """A phrase that names nothing itself but is known to stand for these."""
        node.refs, node.rule = refs, rule
        node.country = refs[0].country if len(refs) == 1 else None
        self.own(node)
