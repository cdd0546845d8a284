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

from collections.abc import Iterable

import msgspec

from communique.records import Annotated, EntityRef, Mention, Span, Token
from communique.resolve._discourse import COUNTRY, SAY, Discourse, Node, nominal_type, words

_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "both": 2, "pair": 2, "duo": 2, "trio": 3, "couple": 2}
_PREFIXES = {"bilateral": 2, "trilateral": 3, "tripartite": 3, "three-way": 3, "two-way": 2, "quadrilateral": 4}
_MEET = words("meet host receive visit greet welcome summon phone call telephone accuse blame tell urge ask invite join thank brief")
_JOINT = words("work cooperate trade negotiate visit tour discuss exchange dine agree")
_WITH = ("with", "alongside")
_HE, _SHE = words("he him his himself"), words("she her hers herself")
_IT, _THEY = words("it its itself"), words("they them their theirs themselves")
_CHIEFS = words("chief minister head secretary")
_LEADERS = words("leader president minister premier chancellor king queen emir ruler dictator strongman prime taoiseach head monarch sultan")
_DIPLOMATS = words("diplomat ambassador envoy minister consul chargé affaires emissary negotiator mediator secretary")
_COUNTERPART = ("counterpart", "colleague")
_ENVOYS = words("diplomat ambassador envoy consul chargé affaires emissary mediator")
_BLOCS = words("bloc alliance union organisation organization body group association coalition club")
_REACH = 8  # sentences a definite group or body may look back; pronouns look back three
_EVENT_CLASSES = {
    "meet": "meet talk meeting summit dialogue negotiation negotiate discussion discuss consultation consult session round gathering "
    "conference encounter call ceremony speak conversation confer",
    "exercise": "exercise drill manoeuvre maneuver iteration wargame training train edition rehearse",
    "visit": "visit trip tour mission travel arrive fly journey stay stop",
    "agree": "agreement agree deal pact accord treaty memorandum declaration document text communique sign arrangement framework protocol truce ceasefire contract",
    "attack": "attack strike raid shelling shell assault bombing bomb operation offensive blast explosion airstrike bombardment "
    "incursion ambush fire launch clash fighting fight battle skirmish hit invade invasion campaign violence",
    "transfer": "transfer shipment ship delivery deliver supply send sale sell handover export provide provision",
    "release": "release free swap exchange exchange pardon",
    "penalty": "sanction measure embargo ban restriction tariff penalty restrict prohibit impose",
    "expel": "expulsion expel dismissal dismiss recall eject",
    "vote": "vote election referendum ballot poll elect",
    "build": "deployment deploy buildup reinforcement station",
    "march": "protest rally demonstration march demonstrate parade",
    "plan": "plan proposal propose offer initiative roadmap scheme blueprint",
    "claim": "accusation accuse allegation allege charge claim complaint complain",
    "words": "statement remark comment say state speech address",
    "warn": "warning warn threat threaten ultimatum",
    "ask": "request ask demand appeal call plea urge",
    "promise": "promise pledge vow assurance commitment promise guarantee",
    "close": "closure close shut shutdown blockade seal",
    "seize": "seizure seize interception intercept capture detention detain arrest",
    "kill": "killing kill death murder assassination massacre",
    "leave": "withdrawal withdraw pullout pull departure leave exit retreat",
    "test": "test launch launching fire firing",
}  # fmt: skip
_CLASS_OF: dict[str, tuple[str, ...]] = {}
for _name, _members in _EVENT_CLASSES.items():
    for _word in dict.fromkeys(_members.split()):
        _CLASS_OF[_word] = (*_CLASS_OF.get(_word, ()), _name)
_GENERIC = words("move decision step incident act action measure change response development event episode affair gesture violation reaction crisis dispute")
_STATIVE = words("be have say add tell give remain seem appear hope want believe think call describe know expect need owe deny note")
_EVENT_VERBS_OBJECT = words("criticise criticize condemn denounce describe slam decry welcome hail praise protest call view")
_INANIMATE_SUBJECT = words(
    "allow cover link run last include name mark involve follow come contain require provide begin end start expire lapse "
    "kill entail stretch cost lie apply consist bind bring set destroy damage injure"
)
_THING_OBJECT = words(
    "sign ratify approve reject close open reopen build host attend postpone cancel extend lift violate negotiate implement "
    "back endorse regret accept publish deny launch fire call describe hold cross repeat resume finish veto oppose welcome "
    "condemn hail praise adopt draft"
)
_EMPTY = words("reason comment part detail time way view number end place result case note favour favor front order behalf state")
_KINDS = {
    "kingdom": "SAU MAR JOR BHR GBR THA ESP NLD BEL SWE NOR DNK KHM BTN LSO SWZ TON", "sultanate": "OMN BRN",
    "emirate": "KWT QAT ARE", "archipelago": "IDN PHL MDV BHS SYC CPV JPN FJI SLB TON", "baltic": "EST LVA LTU",
    "island": "LKA CYP CUB JAM TWN MDG MLT ISL IRL BRB FJI MUS BHR SGP HTI TLS GRD WSM TON NRU DOM",
    "gulf": "SAU ARE QAT KWT BHR OMN", "nordic": "SWE NOR DNK FIN ISL", "andean": "BOL PER ECU COL CHL",
    "caribbean": "CUB JAM HTI DOM TTO BRB GRD BHS LCA VCT ATG DMA KNA GUY", "balkan": "ALB BIH BGR HRV XKX MKD MNE SRB GRC SVN ROU",
    "monarchy": "SAU MAR JOR BHR OMN KWT QAT GBR THA ESP NLD BEL SWE NOR DNK", "landlocked": "NPL BOL PRY MNG LAO ETH UGA RWA TCD NER MLI BFA ZMB ZWE MWI BWA AFG KAZ KGZ TJK UZB ARM",
}  # fmt: skip
_THINGS = words("vessel ship boat tanker trawler plane aircraft jet document text centre center site facility base city town port")


def resolve_chains(annotated: Annotated) -> Annotated:
    """The same record with `refs`, `antecedents` and `rule` filled for pronouns, nominals, groups and repeated names.

    Runs after names are resolved: references are copied from antecedents, and a mention that has its own keeps them.
    """
    if not annotated.mentions:
        return annotated
    chains = _Chains(Discourse(annotated))
    chains.names()
    chains.walk()
    return msgspec.structs.replace(annotated, mentions=chains.filled(annotated.mentions))


class _Chains:
    def __init__(self, discourse: Discourse) -> None:
        self.d = discourse
        self.country_entity: dict[str, int] = {}
        self.cache: dict[int, list[list[Node]]] = {}

    # --- first pass: names

    def names(self) -> None:
        """Entities for names and titles: same words, same country, surname, acronym, apposition."""
        people: dict[str, list[int]] = {}
        others: dict[str, int] = {}
        known: dict[str, int] = {}
        for node in self.d.nodes:
            if node.kind not in ("name", "title", "demonym", "metonym"):
                continue
            ref = node.refs[0].entity if len(node.refs) == 1 and node.type != "country" else None
            if ref is not None and ref in known:
                node.type = self.d.entities[known[ref]].type
                self._link(node, (self.d.entities[known[ref]],), "same entity")
                continue
            if node.type == "person" or (not node.refs and self._surname_of(node, people) is not None):
                self._link_person(node, people)
            elif node.type == "country" and node.country:
                self._link_country(node)
            else:
                self._link_other(node, others)
            if ref is not None and len(node.members) == 1:
                known[ref] = node.members[0]
        self._appositions()

    def _link_country(self, node: Node) -> None:
        assert node.country is not None
        entity = self.country_entity.get(node.country)
        if entity is None:
            self.d.new_entity(node)
            self.country_entity[node.country] = node.members[0]
        else:
            self._link(node, (self.d.entities[entity],), "same country")

    def _surname_of(self, node: Node, people: dict[str, list[int]]) -> int | None:
        parts = _name_parts(node.text)
        if not parts:
            return None
        found = people.get(parts[-1]) if len(parts) > 1 else people.get(parts[0])
        for entity in reversed(found or ()):
            known = _name_parts(self.d.entities[entity].text)
            if set(parts) <= set(known) or set(known) <= set(parts):
                return entity
        return None

    def _link_person(self, node: Node, people: dict[str, list[int]]) -> None:
        entity = self._surname_of(node, people)
        node.type = "person"
        if entity is None:
            self.d.new_entity(node)
            parts = _name_parts(node.text)
            for part in {parts[0], parts[-1]} if parts else ():
                people.setdefault(part, []).append(node.members[0])
            return
        first = self.d.entities[entity]
        same = _name_parts(node.text) == _name_parts(first.text)
        if len(_name_parts(node.text)) > len(_name_parts(first.text)) and node.country and first.country is None:
            first.country, first.role = node.country, first.role or node.role
        self._link(node, (first,), "same name" if same else "surname")

    def _link_other(self, node: Node, others: dict[str, int]) -> None:
        key = node.text.lower().removeprefix("the ")
        entity = others.get(key)
        if entity is None and node.text.isupper() and len(node.text) > 1:
            entity = next((e for k, e in others.items() if _acronym_of(node.text, self.d.entities[e].text)), None)
            if entity is not None:
                self._link(node, (self.d.entities[entity],), "acronym")
                return
        if entity is None:
            self.d.new_entity(node)
            others[key] = node.members[0]
        else:
            self._link(node, (self.d.entities[entity],), "same name")

    def _appositions(self) -> None:
        """A nominal inside a title's span is the person named there."""
        for nodes in self.d.by_sentence:
            for title in nodes:
                if title.kind != "title":
                    continue
                for other in nodes:
                    inside = title.first <= other.first and other.end <= title.end
                    if inside and other.kind in ("nominal", "np") and other is not title and (other.role or other.lemma in _COUNTERPART):
                        self._link(other, (title,), "apposition")
                        title.country = title.country or other.country

    # --- second pass: in reading order

    def walk(self) -> None:
        """Pronouns, nominals and groups, in reading order; what has no antecedent becomes its own entity."""
        for node in sorted(self.d.nodes, key=lambda n: (n.sent, n.tok, n.first)):
            if node.members:
                continue
            if node.kind == "pronoun":
                self._pronoun(node)
            elif node.kind == "group":
                self._group(node)
            elif node.kind in ("nominal", "np") and (node.kind == "nominal" or node.definite):
                self._nominal(node)
            if not node.members and node.kind != "pronoun" and node.rule is None:
                self._own(node)

    def _own(self, node: Node) -> None:
        self.d.new_entity(node)

    def _link(self, node: Node, antecedents: Iterable[Node], rule: str) -> bool:
        found = [a for a in antecedents if a is not node]
        if not found:
            return False
        for antecedent in found:
            if not antecedent.members:
                self._own(antecedent)
        node.members = tuple(dict.fromkeys(e for a in found for e in a.members))
        node.antecedents = tuple(dict.fromkeys(a.span for a in found))
        node.rule = rule
        if node.gender and len(node.members) == 1:
            self.d.genders.setdefault(node.members[0], node.gender)
        return True

    # --- pronouns

    def _pronoun(self, node: Node) -> None:
        low = node.text.lower()
        if low in ("who", "whom", "which", "whose", "that"):
            self._relative(node, low)
        elif low in _HE or low in _SHE:
            node.gender = "m" if low in _HE else "f"
            self._person(node)
        elif low in _IT:
            self._it(node)
        elif low in _THEY:
            node.plural = True
            self._they(node)

    def _tokens(self, node: Node) -> tuple[Token, ...]:
        return self.d.sentences[node.sent].tokens

    def _relative(self, node: Node, low: str) -> None:
        tokens = self._tokens(node)
        verb = node.verb
        for _ in range(6):
            if verb < 0 or tokens[verb].dep in ("relcl", "acl"):
                break
            verb = tokens[verb].head if tokens[verb].head != verb else -1
        if verb < 0 or tokens[verb].dep not in ("relcl", "acl"):
            return
        head = self.d.at[node.sent].get(tokens[verb].head)
        if head is None:
            return
        if low == "which" and tokens[verb].lemma.lower() in _EVENT_VERBS_OBJECT and not node.subject:
            head = self._criticised(node, verb, head)
        node.plural = head.plural
        self._link(node, (head,), "relative clause")

    def _criticised(self, node: Node, verb: int, head: Node) -> Node:
        """Nobody condemns an act of their own: skip a noun that belongs to the clause's subject for the nearest other event."""
        tokens = self._tokens(node)
        subjects = [n for n in self.d.by_sentence[node.sent] if n.subject and n.verb == verb and n.country]
        if not subjects or head.country != subjects[0].country:
            return head
        found = [
            n for n in self.d.by_sentence[node.sent]
            if n.end <= node.first and n is not head and n.lemma in _CLASS_OF and n.country != subjects[0].country and n.kind != "name"
            and tokens[n.tok].pos == "NOUN"
        ]  # fmt: skip
        return next((n for n in reversed(found) if n.lemma in _CLASS_OF and any(c in _CLASS_OF[n.lemma] for c in ("exercise", "attack", "meet", "agree", "build", "march"))), found[-1] if found else head)

    def _main_subject(self, node: Node) -> Node | None:
        """The subject behind a fronted phrase that holds this node: "During his visit, X …"."""
        tokens = self._tokens(node)
        i = node.tok
        for _ in range(40):
            head = tokens[i].head
            if head == i:
                return None
            if tokens[head].pos in ("VERB", "AUX") and tokens[i].dep in ("prep", "advcl", "npadvmod", "pcomp", "mark", "advmod") and head > i:
                subject = self._subject_of(node.sent, head)
                if subject is not None and subject.first > node.tok:
                    return subject
            i = head
        return None

    def _subject_of(self, sent: int, verb: int) -> Node | None:
        """The subject of a verb, or of the verb that it is joined to or stands under without one of its own."""
        tokens, at = self.d.sentences[sent].tokens, self.d.at[sent]
        for _ in range(8):
            if verb < 0:
                return None
            for k in self.d.children[sent][verb]:
                if tokens[k].dep in ("nsubj", "nsubjpass") and k in at:
                    return at[k]
            if tokens[verb].dep not in ("conj", "xcomp", "advcl", "aux", "pcomp", "ccomp", "prep", "acl"):
                return None
            above = tokens[verb].head
            verb = above if tokens[above].pos in ("VERB", "AUX") else self.d.governor(sent, above)
        return None

    def _outer_subjects(self, node: Node) -> list[Node]:
        """Subjects of the clause and of the clauses around it, innermost first, standing before the node."""
        out: list[Node] = []
        tokens = self._tokens(node)
        verb = node.verb
        for _ in range(10):
            if verb < 0:
                break
            for k in self.d.children[node.sent][verb]:
                if tokens[k].dep in ("nsubj", "nsubjpass") and k in self.d.at[node.sent]:
                    found = self.d.at[node.sent][k]
                    if found is not node and found.tok < node.tok:
                        out.append(found)
            above = tokens[verb].head
            if above == verb:
                break
            verb = above if tokens[above].pos in ("VERB", "AUX") else self.d.governor(node.sent, above)
        return out

    def _candidates(self, node: Node, sentences: int) -> Iterable[Node]:
        """Earlier phrases in the order a reader tries them: outer subjects, then per sentence subjects, then the rest."""
        seen: set[int] = set()
        forbidden = self._clause_mates(node)
        for found in self._outer_subjects(node):
            if found.order not in forbidden and found.order not in seen:
                seen.add(found.order)
                yield found
        for nodes in self.d.before(node, sentences):
            ordered = sorted(nodes, key=lambda n: (not n.subject, self._depth(n), n.first))
            for found in ordered:
                if found.order not in seen and found.order not in forbidden:
                    seen.add(found.order)
                    yield found

    def _depth(self, node: Node) -> int:
        tokens = self._tokens(node)
        i, depth = node.verb, 0
        while i >= 0 and tokens[i].head != i and depth < 8:
            i = tokens[i].head
            depth += tokens[i].pos in ("VERB", "AUX")
        return depth

    def _clause_mates(self, node: Node) -> set[int]:
        """For "him", "them", "it" as object: the subject of the same clause cannot be meant; nor a phrase that holds it."""
        low = node.text.lower()
        out = {n.order for n in self.d.by_sentence[node.sent] if n.first <= node.first and node.end <= n.end}
        tokens, i = self._tokens(node), node.tok
        for _ in range(20):
            if tokens[i].dep in ("conj", "appos"):
                break
            i = tokens[i].head
            if tokens[i].pos in ("VERB", "AUX") or tokens[i].head == i:
                break
            if i in self.d.at[node.sent]:
                out.add(self.d.at[node.sent][i].order)
        inner = tokens[node.tok].dep == "pobj" and tokens[tokens[tokens[node.tok].head].head].pos not in ("VERB", "AUX")
        if inner and low in ("him", "them", "it", "her"):
            return out
        if low in ("him", "them") or (low == "it" and not node.subject) or (low == "her" and self._tokens(node)[node.tok].tag == "PRP"):
            for found in (self._subject_of(node.sent, node.verb),):
                if found is not None:
                    out |= {n.order for n in self.d.nodes[: node.order] if n.members and n.members == found.members}
                    out |= {c.order for c in (found, *found.conjuncts)}
        return out

    def _fits_person(self, node: Node, found: Node) -> bool:
        if found.plural or len(found.members) > 1 or False:
            return False
        if found.kind == "pronoun" and not found.members:
            return False
        if found.type != "person" and not (found.members and self.d.entities[found.members[0]].type == "person"):
            return False
        known = found.gender or (self.d.genders.get(found.members[0], "") if found.members else "")
        return not known or not node.gender or known == node.gender

    def _person(self, node: Node) -> None:
        ahead = self._main_subject(node)
        if ahead is not None and self._fits_person(node, ahead) and (self._tokens(node)[node.tok].tag == "PRP$" or node.subject):
            self._link(node, (ahead,), "fronted phrase")
            return
        counterpart = self._of_counterpart(node)
        for found in self._candidates(node, 3):
            if self._fits_person(node, found) and found is not counterpart:
                self._link(node, (found,), "person pronoun")
                return
        if ahead is not None and self._fits_person(node, ahead):
            self._link(node, (ahead,), "fronted phrase")

    def _of_counterpart(self, node: Node) -> Node | None:
        return next(
            (n for n in self.d.by_sentence[node.sent] if n.kind == "title" and n.first <= node.first and node.end <= n.end), None
        )

    # --- it

    def _pleonastic(self, node: Node) -> bool:
        tokens, i = self._tokens(node), node.tok
        if tokens[i].dep == "expl":
            return True
        if not node.subject or node.verb < 0:
            return False
        verb = tokens[node.verb]
        kids = [tokens[k] for k in self.d.children[node.sent][node.verb]]
        if verb.lemma.lower() in ("be", "seem", "appear", "remain", "become", "take", "happen", "follow"):
            adjective = any(k.dep == "acomp" for k in kids)
            clause = any(k.dep in ("ccomp", "xcomp", "csubj", "advcl") for k in kids)
            predicate = any(k.dep == "attr" and k.lemma.lower() in ("time", "day", "year") for k in kids)
            return predicate or (adjective and clause) or (verb.lemma.lower() in ("seem", "appear") and clause)
        return False

    def _fits_it(self, found: Node) -> bool:
        if found.plural or len(found.members) > 1 or found.conjuncts or found.type in ("person", "people"):
            return False
        if found.kind == "pronoun":
            return bool(found.members) and self.d.entities[found.members[0]].type not in ("person", "people")
        return not (found.members and self.d.entities[found.members[0]].type in ("person", "people"))

    def _agent(self, node: Node) -> bool:
        """Whether a phrase can speak and act: a body, a state, a capital."""
        kind = self.d.entities[node.members[0]].type if node.members else node.type
        return kind in ("body", "country", "unknown") and node.kind != "np"

    def _it(self, node: Node) -> None:
        if self._pleonastic(node):
            node.rule = "pleonastic"
            return
        tokens = self._tokens(node)
        ahead = self._main_subject(node)
        if ahead is not None and self._fits_it(ahead) and tokens[node.tok].tag == "PRP$":
            self._link(node, (ahead,), "fronted phrase")
            return
        speaks = node.subject and node.verb >= 0 and tokens[node.verb].lemma.lower() in SAY
        if speaks and self._speaker(node):
            return
        if self._event_subject(node):
            return
        agent = True if speaks or self._volition(node) else False if self._inanimate(node) else None
        fitting = [n for n in self._candidates(node, 2) if self._fits_it(n) and self._argument(n) and n.lemma not in _EMPTY]
        if agent is False:
            fitting.sort(key=lambda n: (n.sent != node.sent, -n.sent, n.dep not in ("dobj", "nsubj", "nsubjpass", "attr")))
        chosen = [n for n in fitting if agent is None or self._agent(n) == agent] or ([] if agent else fitting)
        if chosen:
            self._link(node, (chosen[0],), "it")

    def _inanimate(self, node: Node) -> bool:
        """Whether the verb says that a thing is meant: "it was moved", "it allows", "signed it"."""
        tokens, i = self._tokens(node), node.tok
        if node.verb < 0:
            return False
        verb = tokens[node.verb].lemma.lower()
        if tokens[i].dep == "nsubjpass":
            return verb not in ("expect", "ask", "force", "elect", "found", "ready", "prepare", "warn", "tell")
        if node.subject:
            return verb in _INANIMATE_SUBJECT
        return tokens[i].dep in ("dobj", "oprd") and verb in _THING_OBJECT

    def _argument(self, node: Node) -> bool:
        """Whether a phrase stands on its own in the clause: not an adjective inside another, not one of several joined."""
        token = self._tokens(node)[node.tok]
        if node.kind == "demonym" or self.d.at[node.sent].get(node.tok) is not node:
            return False
        return token.dep not in ("amod", "compound", "nmod", "conj")

    def _volition(self, node: Node) -> bool:
        """Whether the clause needs a body or a state: "it would respond", "its navy", an embedded clause of speech."""
        tokens = self._tokens(node)
        if tokens[node.tok].tag == "PRP$":
            owner = tokens[tokens[node.tok].head].lemma.lower()
            return nominal_type(owner, False) in ("body", "person") or owner in ("navy", "troop", "soldier", "ambassador", "right", "border", "jet")
        subjects = self._outer_subjects(node)
        return node.subject and any(tokens[s.verb].lemma.lower() in SAY and self._agent(s) for s in subjects if s.verb >= 0 and s.verb != node.verb)

    def _speaker(self, node: Node) -> bool:
        """ "it said": whoever spoke last, a body or a state."""
        for s in range(node.sent, max(-1, node.sent - 4), -1):
            tokens = self.d.sentences[s].tokens
            spoken = [
                n for n in self.d.by_sentence[s]
                if n.subject and n.verb >= 0 and tokens[n.verb].lemma.lower() in SAY and (s < node.sent or n.end <= node.first)
            ]  # fmt: skip
            for found in sorted(spoken, key=lambda n: (self._depth(n), -n.first)):
                if self._fits_it(found) and self._agent(found) and found.verb != (node.verb if s == node.sent else -2):
                    return self._link(node, (found,), "it + speech")
        return False

    def _event_subject(self, node: Node) -> bool:
        """ "It was the first visit": the predicate names the event that is meant."""
        if not node.subject or node.verb < 0:
            return False
        tokens = self._tokens(node)
        for k in self.d.children[node.sent][node.verb]:
            if tokens[k].dep == "attr" and tokens[k].lemma.lower() in _CLASS_OF and tokens[node.verb].lemma == "be":
                found = self._event_before(node, tokens[k].lemma.lower(), reach=3) or self._main_event(node)
                if found is not None:
                    return self._link_event(node, found, "it + event noun")
        return False

    # --- they

    def _they(self, node: Node) -> None:
        tokens = self._tokens(node)
        ahead = self._main_subject(node)
        if ahead is not None and (members := self._plural_members(ahead)) and (tokens[node.tok].tag == "PRP$" or node.subject):
            self._link(node, members, "fronted phrase")
            return
        forbidden = self._clause_mates(node)
        for found in self._outer_subjects(node):
            if found.order in forbidden or any(c.order in forbidden for c in found.conjuncts):
                continue
            both = self._meeting_set(node.sent, found, node)
            members = both or self._plural_members(found)
            if members and all(m.order not in forbidden for m in members):
                self._link(node, members, "met with" if both else "plural subject")
                return
        for s in range(node.sent, max(-1, node.sent - 4), -1):
            for members in self._sets(s, node):
                if not any(m.order in forbidden for m in members) and self._they_fits(node, members):
                    self._link(node, members, "last plural")
                    return

    def _they_fits(self, node: Node, members: list[Node]) -> bool:
        tokens = self._tokens(node)
        acts = node.subject and node.verb >= 0 and tokens[node.verb].lemma.lower() in SAY
        if tokens[node.tok].tag == "PRP$" and nominal_type(tokens[tokens[node.tok].head].lemma.lower(), True) in ("people", "body", "person"):
            acts = True
        return not acts or all(self._party(m) for m in members)

    def _plural_members(self, node: Node) -> list[Node]:
        """The node and its conjuncts when together they are several; the node alone when it is plural."""
        if node.conjuncts:
            return [node, *node.conjuncts]
        if node.plural or len(node.members) > 1:
            return [node]
        return []

    def _meeting_set(self, sent: int, subject: Node, before: Node | None) -> list[Node]:
        """Subject and partner of "X met (with) Y", "X held talks with Y"; empty when there is no such partner."""
        if subject.verb < 0:
            return []
        tokens, kids, at = self.d.sentences[sent].tokens, self.d.children[sent], self.d.at[sent]
        verb = subject.verb
        partners: list[Node] = []
        reach = [verb, *(k for k in kids[verb] if tokens[k].dep in ("dobj", "xcomp", "prep"))]
        reach += [k for top in reach[1:] if tokens[top].pos == "VERB" for k in kids[top] if tokens[k].dep in ("dobj", "xcomp")]
        for top in reach:
            if tokens[top].dep != "prep" and not set(_CLASS_OF.get(tokens[top].lemma.lower(), ("meet",) if tokens[top].lemma.lower() in _JOINT else ())) & {"meet", "agree", "exercise"}:
                if tokens[top].lemma.lower() not in _MEET:
                    continue
            for k in kids[top]:
                if tokens[k].dep == "prep" and tokens[k].text.lower() in _WITH:
                    partners += [at[j] for j in kids[k] if j in at]
            if tokens[top].lemma.lower() in _MEET:
                partners += [at[k] for k in kids[top] if tokens[k].dep in ("dobj", "dative") and k in at]
        limit = before.first if before is not None and before.sent == sent else 10**9
        partners = [p for p in partners if self._party(p) and p.tok < limit and not (p.first <= limit < p.end)]
        if not partners or not self._party(subject):
            return []
        out = [subject, *subject.conjuncts]
        for partner in partners:
            out += [partner, *partner.conjuncts]
        return list(dict.fromkeys(out))

    def _party(self, node: Node) -> bool:
        kind = self.d.entities[node.members[0]].type if node.members else node.type
        return kind in ("person", "people", "country", "body", "unknown") and (node.kind != "np" or kind == "people")

    def _sets(self, sent: int, before: Node) -> list[list[Node]]:
        """Sets that a plural could take in a sentence, the likeliest first; only what stands before the node."""
        if sent < before.sent and sent in self.cache:
            return self.cache[sent]
        ranked: list[tuple[int, int, list[Node]]] = []
        limit = before.first if sent == before.sent else 10**9
        inside = {id(c) for n in self.d.by_sentence[sent] for c in n.conjuncts}
        for node in self.d.by_sentence[sent]:
            if node.end > limit or id(node) in inside or self.d.at[sent].get(node.tok) is not node:
                continue
            depth = self._depth(node)
            main = node.subject and depth == 0
            if node.subject and (both := self._meeting_set(sent, node, before)):
                ranked.append((2 if main else 5, node.first, both))
            members = [m for m in self._plural_members(node) if m.end <= limit]
            if members and (len(members) > 1 or node.plural or len(node.members) > 1):
                if node.kind == "pronoun" and not node.members:
                    continue
                weak = node.type in ("thing", "event") and len(members) == 1
                ranked.append(((0 if main else 1 if node.subject else 4) + (3 if weak else 0), node.first if not weak else -node.first, members))
        out = [members for _, _, members in sorted(ranked, key=lambda r: (r[0], r[1]))]
        if sent < before.sent:
            self.cache[sent] = out
        return out

    # --- groups

    def _group(self, node: Node) -> None:
        size = self._size(node)
        lemma = node.lemma
        own = self.d.countries_in(node)
        if node.refs and own:
            return
        if len(own) > 1 or (own and lemma not in COUNTRY):
            node.members = ()
            self._link(node, own, "countries in the phrase")
            return
        if self._same_head(node, size) or (lemma in _BLOCS and self._bloc(node)):
            return
        if lemma in COUNTRY or lemma in ("delegation", "army", "military", "force", "navy", "ministry", "parliament", "official", "troop"):
            wanted = "country"
        elif lemma in ("two", "three", "four", "both", "pair", "duo", "trio"):
            wanted = "any"
        else:
            wanted = "person"
        for s in range(node.sent, max(-1, node.sent - _REACH), -1):
            for members in self._sets(s, node):
                found = self._as(members, wanted, node)
                if found and ((size is None and len(self._entities(found)) > 1) or size == len(self._entities(found))):
                    self._link(node, found, f"{wanted} set")
                    return
        if wanted != "country" and size is not None and self._last_people(node, size):
            return
        if wanted != "person":
            self._last_countries(node, size or 2)

    def _size(self, node: Node) -> int | None:
        tokens = self._tokens(node)
        for k in range(node.first, node.end):
            if (size := _NUMBERS.get(tokens[k].text.lower())) is not None:
                return size
        head = tokens[tokens[node.tok].head]
        nearby = [head, *(tokens[k] for k in self.d.children[node.sent][tokens[node.tok].head])]
        for token in nearby:
            if (size := _PREFIXES.get(token.text.lower())) is not None:
                return size
        return None

    def _entities(self, nodes: Iterable[Node]) -> set[int]:
        return {e for n in nodes for e in n.members} | {-1 - n.order for n in nodes if not n.members}

    def _same_head(self, node: Node, size: int | None) -> bool:
        """The same head noun again ("the defense chiefs" … "the defense chiefs'"), or the people who hold such a role;
        the nearest sentence that has either decides."""
        for s in range(node.sent, max(-1, node.sent - 1 - _REACH), -1):
            if self._role_set(node, size, s):
                return True
            for found in reversed(self.d.by_sentence[s]):
                if (s == node.sent and found.end > node.first) or found is node or not self._same_group(node, found, size):
                    continue
                return self._link(node, (found,), "same head")
        return False

    def _same_group(self, node: Node, found: Node, size: int | None) -> bool:
        if not found.plural or found.kind not in ("nominal", "group", "np"):
            return False
        same = found.lemma == node.lemma or (node.role and found.role and _same_role(node.role, found.role))
        if not same or (found.lemma in COUNTRY and not found.antecedents):
            return False
        if size is None or len(found.members) == size:
            return True
        if len(found.members) > 1:
            return False
        return len(self.d.countries_in(found)) in (0, size)

    def _role_set(self, node: Node, size: int | None, sent: int) -> bool:
        """ "the ministers" → the people who hold such a role in one sentence."""
        if node.role is None:
            return False
        limit = node.first if sent == node.sent else 10**9
        holders: dict[int, Node] = {}
        for found in self.d.by_sentence[sent]:
            if found.kind == "title" and found.members and found.end <= limit:
                role = self._role_of(found)
                if role and _same_role(node.role, role):
                    holders.setdefault(found.members[0], found)
        return len(holders) > 1 and size in (None, len(holders)) and self._link(node, holders.values(), "people of that role")

    def _role_of(self, node: Node) -> str | None:
        if node.role and not _stand_in(node.role):
            return node.role
        if node.members and (first := self.d.entities[node.members[0]]).role and first is not node:
            return first.role
        return self.counterparts().get(node.members[0]) if node.members else None

    def counterparts(self) -> dict[int, str]:
        out: dict[int, str] = {}
        for nodes in self.d.by_sentence:
            for n in nodes:
                if n.lemma in _COUNTERPART and n.members and n.role and not _stand_in(n.role):
                    out[n.members[0]] = n.role
        return out

    def _as(self, members: list[Node], wanted: str, node: Node) -> list[Node]:
        """The members as countries or as people; empty when one of them is neither."""
        if wanted == "any":
            return members if all(self._party(m) for m in members) else []
        if wanted == "person":
            kinds = [self.d.entities[m.members[0]].type if m.members else m.type for m in members]
            return members if all(k in ("person", "people") for k in kinds) else []
        out: dict[str, Node] = {}
        for member in members:
            nodes = self._country_nodes(member, node)
            if not nodes:
                return []
            for found in nodes:
                out.setdefault(found.country or found.text, found)
        return list(out.values())

    def _country_nodes(self, member: Node, near: Node) -> list[Node]:
        """The countries that a member belongs to or is."""
        if member.type == "country" and member.country:
            return [member]
        inner = self.d.countries_in(member)
        if inner:
            return inner
        out: list[Node] = []
        for entity in member.members:
            first = self.d.entities[entity]
            key = first.country or member.country
            if first.type == "country" and first.country:
                out.append(first)
            elif key is not None and key in self.country_entity:
                out.append(self.d.entities[self.country_entity[key]])
            else:
                inner = self.d.countries_in(first)
                if not inner:
                    return []
                out += inner
        return out

    def _last_countries(self, node: Node, size: int) -> None:
        """The countries of the last sentence that speaks of just so many, subjects and their partners before others."""
        for s in range(node.sent, max(-1, node.sent - 4), -1):
            limit = node.first if s == node.sent else 10**9
            found: dict[int, Node] = {}
            for other in self.d.by_sentence[s]:
                if other.type == "country" and other.members and other.end <= limit and other.kind in ("name", "demonym", "metonym"):
                    found.setdefault(other.members[0], other)
            if len(found) == size:
                self._link(node, found.values(), "countries of the sentence")
                return
        recent: dict[int, Node] = {}
        for other in reversed([n for n in self.d.nodes if (n.sent, n.end) < (node.sent, node.first + 1)]):
            if other.type == "country" and other.members and other.kind in ("name", "demonym", "metonym") and node.sent - other.sent <= 4:
                recent.setdefault(other.members[0], other)
                if len(recent) == size:
                    self._link(node, list(recent.values())[::-1], "last countries")
                    return

    def _last_people(self, node: Node, size: int) -> bool:
        recent: dict[int, Node] = {}
        for s in range(node.sent, max(-1, node.sent - 4), -1):
            limit = node.first if s == node.sent else 10**9
            for other in self.d.by_sentence[s]:
                if other.type == "person" and len(other.members) == 1 and other.end <= limit:
                    recent.setdefault(other.members[0], other)
            if len(recent) >= size:
                break
        return len(recent) == size and self._link(node, recent.values(), "last people")

    # --- nominals

    def _nominal(self, node: Node) -> None:
        tokens = self._tokens(node)
        if node.role and node.lemma in _COUNTERPART:
            self._counterpart(node)
            return
        if node.refs and node.plural and node.type != "person" and not node.definite:
            return
        if node.plural and not node.refs and len(own := self.d.countries_in(node)) > 1 and node.type != "event":
            node.rule = "countries in the phrase"
            node.antecedents = tuple(n.span for n in own)
            node.members = tuple(dict.fromkeys(e for n in own for e in n.members))
            return
        if node.type == "event" and not node.refs and (size := self._prefix(node)) is not None and self._country_set(node, size):
            return
        if node.type == "person" and (node.definite or node.country or tokens[node.first].tag == "PRP$") and tokens[node.first].text.lower() not in ("a", "an"):
            self._person_nominal(node)
        elif not node.definite and tokens[node.first].tag != "PRP$":
            return
        elif node.type == "people" and tokens[node.first].tag == "PRP$":
            if node.lemma in ("guest", "visitor", "host", "counterpart", "colleague", "rival"):
                self._group(node)
        elif node.type == "body":
            self._body(node)
        elif node.type == "country":
            self._country_nominal(node)
        else:
            if not self._head_match(node):
                owned = tokens[node.first].tag == "PRP$"
                if not owned or set(_CLASS_OF.get(node.lemma, ())) & {"meet", "visit", "exercise"}:
                    self._event(node)

    def _prefix(self, node: Node) -> int | None:
        """The number in "the trilateral partnership", for a relation between states rather than an occurrence."""
        if node.lemma not in ("partnership", "alliance", "relationship", "cooperation", "tie", "relation", "framework", "trade"):
            return None
        tokens = self._tokens(node)
        return next((n for k in range(node.first, node.tok) if (n := _PREFIXES.get(tokens[k].text.lower())) is not None), None)

    def _country_set(self, node: Node, size: int) -> bool:
        for s in range(node.sent, max(-1, node.sent - 3), -1):
            for members in self._sets(s, node):
                found = self._as(members, "country", node)
                if found and len(self._entities(found)) == size:
                    return self._link(node, found, "country set")
        return False

    def _modifiers(self, node: Node) -> set[str]:
        tokens = self._tokens(node)
        skip = ("the", "this", "that", "such", "these", "those", "latest", "same", "'s", "’s")
        return {tokens[k].lemma.lower() for k in range(node.first, node.tok) if tokens[k].text.lower() not in skip and tokens[k].text[0].isalpha()}

    def _head_match(self, node: Node) -> bool:
        """Strict head match: same head noun, no modifier that the earlier phrase lacks."""
        mods = self._modifiers(node)
        event = node.lemma in _CLASS_OF
        for nodes in self.d.before(node, _REACH):
            for found in reversed(nodes):
                if found is node or found.kind == "pronoun" or (found.plural != node.plural and not event):
                    continue
                head = found.lemma == node.lemma or (found.kind == "name" and found.text.lower().split()[-1:] == [node.lemma])
                if head and mods <= self._modifiers(found) | self._tail(found) and not self._still_to_come(node, found):
                    return self._link(node, (found,), "same head")
        return False

    def _still_to_come(self, node: Node, found: Node) -> bool:
        """ "more talks" that someone agreed to hold are not "the latest talks"."""
        mine, theirs = self._tokens(node), self._tokens(found)
        past = any(mine[k].text.lower() in ("latest", "recent") for k in range(node.first, node.tok))
        return past and any(theirs[k].text.lower() in ("more", "further", "future", "next", "another", "new") for k in range(found.first, found.tok))

    def _tail(self, node: Node) -> set[str]:
        tokens = self._tokens(node)
        return {t.lemma.lower() for t in tokens[node.end : node.end + 4]} | {w.lower() for w in node.text.split()}

    def _counterpart(self, node: Node) -> None:
        """ "his Japanese counterpart": the role of "his", the country that stands in the phrase."""
        tokens = self._tokens(node)
        owner = next((self.d.at[node.sent].get(k) for k in range(node.first, node.tok) if tokens[k].tag == "PRP$"), None)
        if owner is not None and not owner.members:
            self._pronoun(owner)
        holder = self.d.entities[owner.members[0]] if owner is not None and len(owner.members) == 1 else None
        if node.antecedents or holder is None:
            return
        if node.country is not None:
            found = self._holder(node, node.country, holder.role or "")
            if found is not None and found.members != holder.members:
                self._link(node, (found,), "counterpart")
            return
        for found in self._candidates(node, 3):
            if found.type == "person" and len(found.members) == 1 and found.members != holder.members and found.kind == "title":
                self._link(node, (found,), "counterpart")
                return

    def _holder(self, node: Node, country: str, role: str) -> Node | None:
        """Who in the document holds such a role for that country, the nearest before, else the first behind."""
        found: Node | None = None
        for other in self.d.nodes:
            if other.kind != "title" or other.country != country or not other.members:
                continue
            held = self._role_of(other) or ""
            if role and not _same_role(role, held):
                continue
            if (other.sent, other.end) <= (node.sent, node.first) or found is None:
                found = other
        return found

    def _person_nominal(self, node: Node) -> None:
        role = node.role or node.lemma
        if node.country is not None:
            found = self._holder(node, node.country, role)
            if found is not None:
                self._link(node, (found,), "role + country")
            return
        for loose in (False, True):
            for nodes in self.d.before(node, _REACH):
                for found in sorted(nodes, key=lambda n: (not n.subject, -n.first)):
                    if found.type != "person" or found.plural or len(found.members) > 1 or found.kind == "pronoun":
                        continue
                    held = self._role_of(found) or found.lemma
                    if found.lemma == node.lemma or _same_role(role, held, loose=loose):
                        self._link(node, (found,), "same role")
                        return
        if node.lemma in ("man", "woman", "official", "suspect", "guest", "visitor", "host"):
            owner = self._possessor(node)
            for found in self._candidates(node, 2):
                if found.type == "person" and not found.plural and len(found.members) < 2 and (not owner or found.members != owner):
                    self._link(node, (found,), "person noun")
                    return

    def _possessor(self, node: Node) -> tuple[int, ...]:
        """The entities of "her" in "her guest"; empty without one."""
        tokens = self._tokens(node)
        for k in range(node.first, node.tok):
            if tokens[k].tag == "PRP$" and (owner := self.d.at[node.sent].get(k)) is not None:
                return owner.members
        return ()

    def _bloc(self, node: Node) -> bool:
        """ "the alliance", "the bloc" for a body of states named before."""
        if self._tokens(node)[node.tok].tag not in ("NN", "NNP"):
            return False
        for found in self._candidates(node, 4):
            if found.kind in ("name", "nominal") and found.type in ("body", "unknown") and not found.plural and _is_bloc(found):
                return self._link(node, (found,), "kind of body")
        return False

    def _body(self, node: Node) -> None:
        if node.country is not None:
            self._same_body(node)
            return
        tokens = self._tokens(node)
        if tokens[node.first].tag == "PRP$" or self._head_match(node) or any(t.pos == "PROPN" for t in tokens[node.first : node.tok]):
            return
        blocs = node.lemma in _BLOCS
        for found in self._candidates(node, 4):
            if found.plural or found.type not in ("body", "unknown") or found.kind not in ("name", "nominal") or found.conjuncts:
                continue
            if _is_bloc(found) if blocs else found.kind == "nominal":
                self._link(node, (found,), "kind of body")
                return
        if node.lemma in ("government", "administration", "military", "army", "navy", "leadership", "regime"):
            self._last_country(node)

    def _same_body(self, node: Node) -> None:
        """A body with its country again: "Ghana's defence ministry" … "the Ghanaian ministry"."""
        for nodes in self.d.before(node, _REACH):
            for found in reversed(nodes):
                same = found.lemma == node.lemma or found.text.lower().endswith(node.lemma)
                if same and found.country == node.country and found.type == "body" and found is not node and not found.plural:
                    mine, theirs = self._modifiers(node), self._modifiers(found) | self._tail(found)
                    if len(mine - theirs) <= 1:
                        self._link(node, (found,), "same body")
                        return

    def _capital_place(self, node: Node) -> bool:
        """Whether a phrase is a city that stands for itself ("left for Doha"), not a country."""
        return node.place and node.refs != () and node.refs[0].name.lower() not in node.text.lower()

    def _of_kind(self, node: Node, found: Node) -> bool:
        """Whether a country can be called "the kingdom", "the Baltic state"; true where we know nothing."""
        tokens = self._tokens(node)
        sets = [_KINDS[w] for k in range(node.first, node.end) if (w := tokens[k].lemma.lower()) in _KINDS]
        country = found.country or (self.d.entities[found.members[0]].country if len(found.members) == 1 else None)
        return country is None or len(country) != 3 or not country.isupper() or all(country in s.split() for s in sets)

    def _country_nominal(self, node: Node) -> None:
        if node.lemma in ("side", "party", "capital", "power", "government", "territory", "member", "economy", "partner"):
            if self._head_match(node) or node.lemma not in ("government", "economy"):
                return
        self._last_country(node)

    def _last_country(self, node: Node) -> None:
        owner = self._possessor(node)
        for found in self._candidates(node, 3):
            kind = self.d.entities[found.members[0]].type if len(found.members) == 1 else ""
            if (owner and found.members == owner) or not self._of_kind(node, found):
                continue
            if kind == "country" and not found.conjuncts and found.kind != "demonym" and not self._capital_place(found):
                self._link(node, (found,), "country noun")
                return
            if kind == "person" and found.subject and (nodes := self._country_nodes(found, node)) and len(nodes) == 1:
                self._link(node, nodes, "country of the subject")
                return

    # --- events

    def _event(self, node: Node) -> None:
        if node.lemma in _THINGS:
            self._thing(node)
            return
        if node.lemma not in _CLASS_OF and node.lemma not in _GENERIC:
            return
        if node.lemma in _CLASS_OF:
            found = self._event_before(node, node.lemma, reach=_REACH)
            if found is not None:
                self._link_event(node, found, "event noun")
                return
            own = self._tokens(node)[node.first].tag == "PRP$"
            if "meet" in _CLASS_OF[node.lemma] and not own and (joint := self._joint_act(node)) is not None:
                self._link_event(node, joint, "meeting implied by a joint act")
                return
        if node.lemma in _GENERIC and (main := self._main_event(node)) is not None:
            self._link_event(node, main, "event noun")

    def _joint_act(self, node: Node) -> Node | None:
        """ "X and Y agreed …" implies that they met: what "the talks" go back to where no meeting is named."""
        for s in range(node.sent - 1, -1, -1):
            tokens = self.d.sentences[s].tokens
            for found in self.d.by_sentence[s]:
                if found.subject and found.verb >= 0 and tokens[found.verb].lemma.lower() in ("agree", "pledge", "discuss", "sign"):
                    if self._plural_members(found):
                        return self._verb_node(s, found.verb)
        return None

    def _thing(self, node: Node) -> None:
        kin = words("vessel ship boat tanker trawler freighter cruiser frigate destroyer submarine")
        paper = words("document text agreement declaration pact accord treaty deal statement communique memorandum report")
        kind = kin if node.lemma in kin else paper
        for nodes in self.d.before(node, 4):
            for found in reversed(nodes):
                if found.lemma in kind and not found.plural and found.kind != "pronoun":
                    self._link(node, (found,), "kind of thing")
                    return

    def _event_before(self, node: Node, lemma: str, *, reach: int) -> Node | int | None:
        """The nearest phrase or verb of the same class of events, a phrase of the same sentence rank first."""
        classes = set(_CLASS_OF[lemma])
        for s in range(node.sent, max(-1, node.sent - reach), -1):
            limit = node.first if s == node.sent else 10**9
            if s == node.sent and self._main_clause(node):
                continue
            best: Node | int | None = None
            rank = 9
            for found in self.d.by_sentence[s]:
                if found.end > limit or found is node or found.kind == "pronoun" or self._still_to_come(node, found) or not classes & set(self._classes(found)):
                    continue
                if found.country is not None and node.country is not None and found.country != node.country:
                    continue
                value = 0 if found.dep in ("dobj", "nsubj", "nsubjpass", "attr") else 1
                if value < rank or (value == rank and value == 1):
                    best, rank = found, value
            tokens = self.d.sentences[s].tokens
            if best is None or rank > 0:
                for i, token in enumerate(tokens):
                    if token.pos == "VERB" and not self._negated(s, i) and token.end <= (self.d.sentences[s].span.end if s < node.sent else node.span.start):
                        if classes & set(_CLASS_OF.get(token.lemma.lower(), ())) or _derived(lemma, token.lemma.lower()):
                            best = i
                            break
            if isinstance(best, int):
                return self._verb_node(s, best)
            if best is not None:
                return best
        return None

    def _negated(self, sent: int, i: int) -> bool:
        return any(self.d.sentences[sent].tokens[k].dep == "neg" for k in self.d.children[sent][i])

    def _main_clause(self, node: Node) -> bool:
        return node.subject and self._depth(node) == 0

    def _classes(self, node: Node) -> tuple[str, ...]:
        if node.type == "event" and node.kind == "name":
            low = node.text.lower()
            return ("exercise",) if low.startswith(("exercise", "operation")) else _CLASS_OF.get(low.split()[-1], ("exercise",))
        if node.kind == "name":
            return ("exercise",) if node.text.startswith("Exercise") else ()
        if node.lemma in ("package", "programme", "program", "regime", "round", "series", "wave", "campaign"):
            tokens = self._tokens(node)
            inner = [c for k in range(node.first, node.tok) for c in _CLASS_OF.get(tokens[k].lemma.lower(), ())]
            return (*_CLASS_OF.get(node.lemma, ()), *inner)
        return _CLASS_OF.get(node.lemma, ())

    def _verb_node(self, sent: int, i: int) -> Node:
        token = self.d.sentences[sent].tokens[i]
        span = Span(start=token.start, end=token.end)
        return Node(
            order=10**6, sent=sent, first=i, end=i + 1, tok=i, span=span, head=span, kind="verb", text=token.text,
            lemma=token.lemma.lower(), type="event", plural=False,
        )  # fmt: skip

    def _main_event(self, node: Node) -> Node | None:
        """The main act of the last sentence that reports one: under a verb of speech, what is said to have happened."""
        for s in range(node.sent - 1, max(-1, node.sent - 4), -1):
            tokens = self.d.sentences[s].tokens
            root = next((i for i, t in enumerate(tokens) if t.head == i), -1)
            for _ in range(3):
                below = next((k for k in self.d.children[s][root] if tokens[k].dep == "ccomp"), -1) if root >= 0 else -1
                if below < 0 or tokens[root].lemma.lower() not in SAY:
                    break
                root = below
            if root >= 0 and tokens[root].pos == "VERB" and tokens[root].lemma.lower() not in _STATIVE:
                return self._verb_node(s, root)
        return None

    def _link_event(self, node: Node, found: Node | int, rule: str) -> bool:
        assert isinstance(found, Node)
        return self._link(node, (found,), rule)

    # --- result

    def filled(self, mentions: tuple[Mention, ...]) -> tuple[Mention, ...]:
        """The mentions with what was found; a mention with references of its own keeps them."""
        out = list(mentions)
        for node in self.d.nodes:
            if node.mention is None or (not node.antecedents and node.rule is None):
                continue
            mention = mentions[node.mention]
            found = self._refs(node)
            named = bool(found) and all(ref.kind == "person" for ref in found) and mention.kind in ("nominal", "group", "pronoun")
            named = named or _says_more(found, mention.refs)
            refs = found if named else mention.refs or found
            rule = mention.rule if mention.refs and mention.rule and not named else node.rule
            out[node.mention] = msgspec.structs.replace(
                mention, refs=refs, antecedents=mention.antecedents or node.antecedents, rule=rule
            )
        return tuple(out)

    def _refs(self, node: Node) -> tuple[EntityRef, ...]:
        found: list[EntityRef] = []
        for entity in node.members:
            found += [ref for ref in self.d.entities[entity].refs if ref not in found]
        return tuple(found)


def _says_more(found: tuple[EntityRef, ...], own: tuple[EntityRef, ...]) -> bool:
    """Whether an earlier, fuller mention knows the country of the person whom "Mr Wang" names."""
    people = all(ref.kind == "person" for ref in (*found, *own))
    return len(found) == len(own) == 1 and people and own[0].country is None and found[0].country is not None


def _stand_in(role: str) -> bool:
    return role.lower().endswith(_COUNTERPART)


def _is_bloc(node: Node) -> bool:
    """Whether a body has several states in it: coded so, without a country, or called a union, league, nations."""
    if node.refs and node.refs[0].igo:
        return True
    return node.country is None or bool(set(node.text.lower().split()) & (_BLOCS | {"league", "nations", "community"}))


def _name_parts(text: str) -> list[str]:
    return [p for p in text.replace("-", " ").replace(".", " ").lower().split() if len(p) > 1 or len(text) < 3]


def _acronym_of(short: str, long: str) -> bool:
    initials = "".join(w[0] for w in long.replace("-", " ").split() if w[0].isupper())
    return len(short) > 1 and (initials == short or (initials.endswith(short) and len(short) > 2))


def _same_role(one: str, other: str, *, loose: bool = True) -> bool:
    """Whether two role phrases can name one office: same last noun, envoy for ambassador; `loose` also takes chief for
    minister, leader for president, diplomat for foreign minister."""
    a, b = one.lower().replace("defence", "defense").split(), other.lower().replace("defence", "defense").split()
    head_a, head_b = _singular(a[-1]), _singular(b[-1])
    fields_a, fields_b = set(a[:-1]) & _FIELDS, set(b[:-1]) & _FIELDS
    if fields_a and fields_b and fields_a != fields_b:
        return False
    if head_a == head_b:
        return True
    pair = {head_a, head_b}
    if pair <= _ENVOYS:
        return True
    if not loose:
        return False
    if pair <= _CHIEFS and (fields_a or fields_b):
        return True
    if "leader" in pair and pair <= _LEADERS:
        return not (fields_a | fields_b) - {"prime"}
    return ("diplomat" in pair and pair <= _DIPLOMATS) or ("envoy" in pair and pair <= _DIPLOMATS)


_FIELDS = words("defense foreign prime interior finance trade home energy justice health migration vice deputy economy")


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _derived(noun: str, verb: str) -> bool:
    """Whether the noun is made from the verb: "deployment" deploy, "closure" close."""
    stem = verb.rstrip("e")
    return len(stem) >= 4 and noun.startswith(stem)
