"""From the head of a noun phrase to the participants it stands for.

Decided here:
- A head that has a resolved mention is that participant. Otherwise its phrase is searched for who *owns* it, in a
  fixed order: possessor ("Seoul's overtures"), demonym or compound ("Russian shelling"), by, of, from, between
  phrases. So "condemned Israel's strikes" has Israel as recipient, and the words that say so.
- Only someone who can act is a participant: resolved mentions with an actor's sense, or a noun of the actors'
  list ("gunmen", "villagers"), which stays without an entity. "Inflation" attacks nobody.
- Modifiers in coordination each count: "the South Korean and Japanese ministers" are two participants.
A capital in its sense as a place is a participant only in slots that take places (visits, attacks in).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from communique.coding.candidates import Party, Tree
from communique.coding.lexicon import lexicon, words
from communique.records import Mention, Sentence, Span

ACTING_SENSES = frozenset({"government", "people", "organisation", "person"})
_NEVER = frozenset({"name part", "dateline", "event"})
_PERSONAL = frozenset({"he", "she", "they", "it", "we", "i", "you", "him", "her", "them", "us", "who", "whom", "someone", "nobody", "everyone"})
_HAZARDS = frozenset({"typhoon", "hurricane", "storm", "cyclone", "tropical", "earthquake", "quake", "flood", "mount", "tsunami", "covid-19"})
_ACTOR_KINDS = frozenset({"country", "territory", "organisation", "person", "office", "group"})


def by_sentence(mentions: Sequence[Mention]) -> dict[int | None, list[int]]:
    """The indices of the mentions of each sentence, in order."""
    out: dict[int | None, list[int]] = {}
    for index, mention in enumerate(mentions):
        out.setdefault(mention.sentence, []).append(index)
    return out


def stands_for(mentions: Sequence[Mention], mention: Mention) -> Mention | None:
    """The phrase that an unresolved pronoun goes back to ("Gunmen … *they*"), over other pronouns; None where it goes back to none
    or to several."""
    for _ in range(8):
        if mention.kind != "pronoun" or mention.refs or len(mention.antecedents) != 1:
            break
        span = mention.antecedents[0]
        found = next((m for m in mentions if m.span == span), None)
        if found is None:
            return None
        mention = found
    return mention if mention.kind != "pronoun" and not mention.refs else None


class Scene:
    """One sentence with its tree and the mentions in it; finds the parties under a token."""

    def __init__(
        self, sentence: Sentence, number: int, mentions: Sequence[Mention], text: str, *, here: Iterable[int] | None = None
    ) -> None:
        """`here` are the indices of the sentence's mentions, where the caller knows them (`by_sentence`)."""
        self.sentence = sentence
        self.number = number
        self.tree = Tree(sentence)
        self.text = text
        self.all = mentions
        self.by_token: dict[int, list[int]] = {}
        for index in here if here is not None else by_sentence(mentions).get(number, ()):
            mention = mentions[index]
            for at, token in enumerate(sentence.tokens):
                if mention.head.start <= token.start < mention.head.end:
                    self.by_token.setdefault(at, []).append(index)
        self._add_offices()

    def _add_offices(self) -> None:
        """The noun of an office stands for its holder where the parse takes the name for an apposition: "the late
        *president* Jorge Paz"."""
        titles = [(at, self.all[at]) for at in {i for found in self.by_token.values() for i in found} if self.all[at].kind == "title"]
        for index, mention in titles:
            for at, token in enumerate(self.sentence.tokens):
                if mention.span.start <= token.start < mention.head.start and token.pos in {"NOUN", "PROPN"} and at not in self.by_token:
                    self.by_token[at] = [index]

    # --- one token ------------------------------------------------------------------------------------

    def mention_at(self, index: int) -> int | None:
        """The mention whose head covers the token; with refs before without, then the longest phrase."""
        found = self.by_token.get(index, [])
        found = [m for m in found if self.all[m].sense not in _NEVER]
        if not found:
            return None
        return max(found, key=lambda m: (bool(self.all[m].refs), self.all[m].span.end - self.all[m].span.start))

    def acts(self, index: int, *, places: bool = False) -> bool:
        """Whether the token's mention is resolved to somebody who can act (or, with `places`, to a place)."""
        at = self.mention_at(index)
        if at is None:
            return False
        mention = self.all[at]
        if not mention.refs or mention.sense in _NEVER:
            return False
        if mention.sense == "place":
            return places or mention.refs[0].kind in {"country", "territory"}
        return mention.sense in ACTING_SENSES or any(ref.kind in _ACTOR_KINDS for ref in mention.refs)

    def somebody(self) -> bool:
        """Whether any mention here is resolved to somebody who can act, or to a place that can stand for one."""
        return any(self.acts(index, places=True) for index in self.by_token)

    def is_actor_noun(self, index: int) -> bool:
        """Whether the token is a noun (or personal pronoun) of someone who can act."""
        token = self.tree.tokens[index]
        if token.pos == "PRON":
            return self.tree.low(index) in _PERSONAL
        if token.pos not in {"NOUN", "PROPN", "ADJ", "NUM"} or token.dep == "acomp":
            return False  # "shot *dead*"
        senses = [self.all[at].sense for at in self.by_token.get(index, ())]
        if senses and all(sense == "name part" for sense in senses):
            return False  # "representative to the *United Nations*"
        nouns = words("actors", "nouns")
        lemma = self.tree.lemma(index)
        return lemma in nouns or self.tree.low(index) in nouns or self._named_person(index) or _looks_personal(token.pos, lemma)

    def _named_person(self, index: int) -> bool:
        token = self.tree.tokens[index]
        if any(self.tree.low(k) in _HAZARDS for k in (index, *self.tree.children(index, "compound", "nmod"))):
            return False
        return token.ent.endswith(("PERSON", "NORP", "ORG")) and token.pos == "PROPN"

    def is_for_somebody(self, index: int) -> bool:
        """Whether the token is a pronoun that goes back to a noun of someone who can act ("Gunmen … *they*")."""
        at = self.mention_at(index)
        found = None if at is None else stands_for(self.all, self.all[at])
        if found is None:
            return False
        head = self.text[found.head.start : found.head.end].lower().split()[-1:]
        nouns = words("actors", "nouns")
        return any(w in nouns or w.removesuffix("s") in nouns or _looks_personal("NOUN", w.removesuffix("s")) for w in head)

    def is_place_name(self, index: int) -> bool:
        """Whether the tagger takes the token for a place, resolved or not."""
        token = self.tree.tokens[index]
        return token.pos == "PROPN" and token.ent.endswith(("GPE", "LOC", "FAC"))

    def can_act(self, index: int) -> bool:
        """Resolved actor or actor noun."""
        return self.acts(index) or self.is_actor_noun(index)

    # --- phrases --------------------------------------------------------------------------------------

    def parties(self, head: int, how: str, *, deep: bool = True, places: bool = False) -> list[Party]:
        """The participants that a noun phrase stands for; `deep` also looks at who owns a thing."""
        found: list[Party] = []
        for one in self.measured(head):
            direct = self._direct(one, how, places=places)
            mates = [self.party(mate, how) for mate in self._mates(one)]
            found += [p for p in mates if p.token < one] + (direct or (self.owners(one, how) if deep else [])) + [p for p in mates if p.token > one]
        return found

    def _mates(self, head: int) -> list[int]:
        """The second country of a headline's pair ("Chad, Niger agree on a pipeline"), which the parser makes an apposition."""
        mine = self._refs(head)
        out: list[int] = []
        first = min(self.tree.subtree(head))
        before = first - 2
        if self.tree.tokens[head].dep == "nsubj" and before >= 0 and self.tree.low(first - 1) == "," and self._is_country(head):
            start = self.tree.tokens[0].start
            at = self.mention_at(before)
            if at is not None and self.all[at].span.start == start and self._is_country(before) and self._refs(before) != mine and self.tree.tokens[head + 1 :] and self.tree.tokens[head + 1].pos in {"VERB", "AUX"}:
                return [before]
        for kid in self.tree.children(head, "appos"):
            after = max(self.tree.subtree(kid)) + 1
            if not (self._is_country(head) and self._is_country(kid)) or self._refs(kid) == mine or after >= len(self.tree.tokens):
                continue
            if self.tree.tokens[after].pos in {"VERB", "AUX"} and max(k for k in range(kid) if self.tree.low(k) == "," or k == 0) > head:
                out.append(kid)
        return out

    def _is_country(self, index: int) -> bool:
        at = self.mention_at(index)
        return at is not None and any(ref.kind == "country" for ref in self.all[at].refs)

    def _direct(self, head: int, how: str, *, places: bool) -> list[Party]:
        modifiers = self._joint_modifiers(head)
        if self.is_actor_noun(head) and modifiers:
            return [self.party(m, f"{how}.adj") for m in modifiers]
        if self.acts(head, places=places):
            return [self.party(head, how)]
        if places and self.is_place_name(head):
            return [self.party(head, how)]
        if self.is_actor_noun(head):
            of = self._of_members(head)
            if self._stands_to_another(head, of):  # "its *Russian* ally", "its neighbour *Ethiopia*" is that state all the same
                named = [self.party(k, how) for k in self._named_beside(head) if self.acts(k, places=True)]
                return named or [self.party(k, how, over=head) for k in self._before(head) if self.acts(k, places=True)] or [self.party(head, how)]
            if of:
                return [self.party(m, f"{how}.of") for m in of]
            owned = [k for k in self.tree.children(head, "poss", "amod", "compound", "nmod") if self.acts(k, places=True) and not self._only_qualifies(k, head)]
            if self.tree.lemma(head) in {"counterpart", "colleague"}:
                owned = [k for k in owned if self.tree.tokens[k].pos != "PRON"]  # "his Togolese counterpart" is Togo's
            if owned:
                return [self.party(k, how, over=head) for k in owned[:1]]
            return [self.party(head, how)]
        return []

    def _stands_to_another(self, head: int, members: Sequence[int]) -> bool:
        """Whether the noun says what its people are to somebody named, which makes them no part of him: "Ukraine's *allies*",
        "the *creditors* of Greece". Who they are is not said."""
        return self.tree.lemma(head) in words("relations", "nouns") and bool(members or any(self.acts(k, places=True) for k in self.tree.children(head, "poss")))

    def _named_beside(self, head: int) -> list[int]:
        """The names that say who a noun means: in apposition, or right behind it where the parse hangs both on one word."""
        behind = self.tree.tokens[head + 1 : head + 2]
        mate = [head + 1] if behind and behind[0].pos == "PROPN" and behind[0].head == self.tree.tokens[head].head else []
        return [*self.tree.children(head, "appos"), *mate]

    def measured(self, head: int) -> list[int]:
        """The nouns that a word of quantity measures ("dozens of *miners*"), else the head itself."""
        if self.tree.lemma(head) in words("quantities", "words") or self.tree.tokens[head].pos == "NUM":
            found = self.prep_heads(head, "of") or self.prep_heads(head, "in")
            if found:
                return found
        return [head]

    def _joint_modifiers(self, head: int) -> list[int]:
        """Coordinated demonyms or owners before a plural head: "the Indian and Chinese armies"."""
        for kid in self.tree.children(head, "amod", "poss", "compound", "nmod"):
            if self._only_qualifies(kid, head):
                continue
            found = [k for k in self.tree.conjuncts(kid) if self.acts(k, places=True)]
            others = [k for k in self.tree.children(head, "amod", "compound", "nmod") if self.acts(k, places=True)]
            found = list(dict.fromkeys([*self._before_comma(kid), *found, *(others if kid in others else [])]))
            if len(found) > 1 and len({self._refs(k) for k in found}) > 1:
                return found
        return []

    def _before_comma(self, modifier: int) -> list[int]:
        """The first name of a headline's pair, "Chad, Niger ministers meet", which the parser makes an apposition or subject."""
        if modifier == 2 and self.tree.low(1) == "," and self.acts(0):
            return [0]
        if modifier >= 2 and self.tree.low(modifier - 1) == "," and self.acts(modifier - 2) and all(self.tree.tokens[k].pos in {"PROPN", "ADJ"} for k in range(modifier - 1)):
            return [modifier - 2]
        return []

    def _refs(self, index: int) -> tuple[str | None, ...]:
        at = self.mention_at(index)
        return () if at is None else tuple(ref.country or ref.entity for ref in self.all[at].refs)

    def _of_members(self, head: int) -> list[int]:
        """"the ministers of Japan and Korea": whose members they are, when the head itself is not resolved to them; also
        of the second of "ships and aircraft of Japan", where the phrase hangs on the first."""
        token = self.tree.tokens[head]
        shared = token.dep == "conj" and not self.tree.children(head, "prep", "amod", "poss", "nmod", "compound", "det", "nummod")
        for prep in self.tree.children(token.head if shared else head, "prep"):
            if self.tree.low(prep) in {"of", "from"}:
                found = [m for k in self.tree.children(prep, "pobj") for m in self.tree.conjuncts(k) if self.acts(m, places=True)]
                if found:
                    return found
        return []

    def owners(self, head: int, how: str, *, order: Sequence[str] = ("poss", "adj", "by", "from", "of", "between")) -> list[Party]:
        """Who a thing, act or statement belongs to, by the first relation of `order` that names somebody."""
        for relation in order:
            found = self.slot(head, relation, how)
            if found:
                return found
        return []

    def slot(self, head: int, relation: str, how: str) -> list[Party]:
        """The participants in one relation to a noun: poss, adj, or a preposition."""
        if relation == "poss":
            heads = [m for k in self.tree.children(head, "poss") for m in self.tree.conjuncts(k)]
        elif relation == "adj":
            heads = [m for k in self._before(head) for m in self.tree.conjuncts(k) if self.acts(m, places=True) and not self._is_only_a_name(m) and not self._is_where(m, head)]
        else:
            heads = self.prep_heads(head, relation)
        out: list[Party] = []
        for one in heads:
            out += self._direct(one, f"{how}.{relation}", places=True)
        return out

    def _before(self, head: int) -> list[int]:
        """The adjectives and nouns before a noun; for "a *Saudi*-led strike" whoever leads."""
        out: list[int] = []
        for kid in self.tree.children(head, "amod", "compound", "nmod"):
            if not self._only_qualifies(kid, head):
                out += self.tree.children(kid, "npadvmod", "compound", "nmod", "amod", "advmod", "nsubj") if self.tree.low(kid) == "led" else [kid]
        return out

    def _only_qualifies(self, kid: int, head: int) -> bool:
        """Whether a name before a noun says what its people are for or were once of: "*pro-Russian* protesters", "former *Soviet* republics"."""
        if kid >= 2 and self.tree.low(kid - 1) == "-" and self.tree.low(kid - 2) in {"anti", "pro", "non"}:
            return True
        return self.tree.low(kid) == "soviet" and self.tree.lemma(head) in {"republic", "state", "nation", "country", "bloc", "satellite"}

    def _is_only_a_name(self, index: int) -> bool:
        """Whether a word before an event noun was taken for a person of whom nothing else is known: it is the event's own
        name ("the *Freedom Edge* exercise")."""
        at = self.mention_at(index)
        return at is not None and all(ref.kind == "person" and ref.country is None and ref.office is None for ref in self.all[at].refs)

    def _is_where(self, index: int, head: int) -> bool:
        """Whether a name before the word of an attack only says where it was ("the *Kabul* bombing"): a town or territory, or a
        country whose single attack names no target, unlike "*Kenyan* strikes", "*US* strikes on a convoy"."""
        at = self.mention_at(index)
        if at is None or self.all[at].kind != "name" or not any(f.type == "ASSAULT" for f in lexicon().nouns.get(self.tree.lemma(head), ())):
            return False
        if self.tree.tokens[head].tag == "NNS" and (self.prep_heads(head, "on") or self.prep_heads(head, "against")):
            return False
        if self.tree.tokens[index].text.replace(".", "").isupper():
            return False  # "a *US* drone strike": an abbreviation is used as an adjective
        kinds = {ref.kind for ref in self.all[at].refs}
        return "place" in kinds or "territory" in kinds or (kinds == {"country"} and self.tree.tokens[head].tag == "NN" and not self.prep_heads(head, "on"))

    def prep_heads(self, head: int, name: str) -> list[int]:
        preps = [p for p in self.tree.children(head, "prep", "agent") if self.tree.low(p) == name]
        return [m for p in preps for k in self.tree.children(p, "pobj") for m in self.tree.conjuncts(k)]

    def party(self, index: int, how: str, *, over: int | None = None) -> Party:
        at = self.mention_at(index)
        resolved = at is not None and bool(self.all[at].refs)
        if over is not None:
            span = self.tree.span(over, without=("relcl", "acl", "prep", "appos", "conj", "cc", "punct"))
        elif at is not None:
            span = self.all[at].span
        else:
            span = self.tree.span(index, without=("relcl", "acl", "appos", "conj", "cc", "punct", "prep"))
        return Party(span=span, token=index, mentions=() if at is None else (at,), how=how, resolved=resolved)


def _looks_personal(pos: str, lemma: str) -> bool:
    """A rule of thumb for nouns of persons that no list holds: "-ist", "-man", "-er", "-or", less the known things."""
    if pos != "NOUN" or len(lemma) < 5 or lemma in words("things", "words"):
        return False
    return lemma.endswith(("ist", "ian", "man", "men", "woman", "women", "eer", "er", "or", "people"))


def countries(party: Party, mentions: Sequence[Mention]) -> frozenset[str]:
    """The countries that a party stands for."""
    return frozenset(ref.country for at in party.mentions for ref in mentions[at].refs if ref.country)


def unique(parties: Sequence[Party]) -> tuple[Party, ...]:
    """Parties in order, one a token, and none that is only a word of another's name ("Chinese" in "Chinese Premier X")."""
    seen: dict[int, Party] = {}
    for party in parties:
        seen.setdefault(party.token, party)
    found = tuple(seen.values())
    return tuple(p for p in found if not any(q.span != p.span and q.span.start <= p.span.start and p.span.end <= q.span.end for q in found))


def overlaps(a: Span, b: Span) -> bool:
    """Whether two spans share a character."""
    return a.start < b.end and b.start < a.end
