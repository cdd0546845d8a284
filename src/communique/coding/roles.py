"""Who takes part in a clause: the slots of a frame filled with parties, in the order the frame gives them.

A slot is a relation to the clause's verb ("subj", "obj", "dat", "with-pp"), to its object ("obj-poss", "obj-on"),
to its content clause ("ccomp-subj", "with-content"), or to an event noun ("by", "of", "between"). Slots that need
more than one step have a method of their own that says why. Nothing here knows types, except that attacks may
fall on things.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from communique.coding.candidates import Clause, Party
from communique.coding.lexicon import Frame, head_names, lexicon, noun_frames, words
from communique.coding.parties import Scene, unique

_ABOUT_VERBS = frozenset({"deter", "counter", "confront", "contain", "combat", "resist", "repel", "oppose", "stop", "prevent", "curb", "defeat", "fight", "isolate", "weaken"})
_HELPING = frozenset({"aid", "help", "assist", "support", "back", "bolster"})
_MUTUAL = frozenset({"clash", "fight", "skirmish", "battle"})
_WHEREABOUTS = frozenset({"border", "frontier", "boundary", "coast", "road", "highway", "outskirt", "outskirts", "way", "sideline", "sidelines", "line"})  # where something is, not whom it is done to
_ANY_OBJECT = frozenset({"ASSAULT", "COERCE", "RETREAT", "CONCEDE", "SANCTION"})  # their objects are people or property by nature


class Reading(Protocol):
    """What a content clause lends to its operator."""

    @property
    def actors(self) -> tuple[Party, ...]:
        """Who acts in the content."""

    @property
    def recipients(self) -> tuple[Party, ...]:
        """Whom the content concerns."""

    @property
    def content(self) -> int | None:
        """The token of its own content, if it has one."""


class Roles:
    """The participants of the clauses of one sentence."""

    def __init__(self, scene: Scene, clauses: Mapping[int, Clause]) -> None:
        self.scene = scene
        self.tree = scene.tree
        self.clauses = clauses

    def actors(self, frame: Frame, seen: Clause) -> tuple[Party, ...]:
        slots = frame.actor or ("subj",)
        for slot in slots:
            if slot == "subj":
                found = [p for s in seen.subjects for p in self.doers(s)]
            elif slot == "obj":
                found = [p for o in seen.objects for p in self.scene.parties(o, "obj", deep=False)]
            else:
                found = []
            found = [p for p in found if not self.idle(p)]
            if found:
                return unique(found)
        return ()

    def doers(self, subject: int) -> list[Party]:
        """The participants of a subject; for a paper ("a pact pledging …", "a statement condemning …") those who made it."""
        found = self.scene.parties(subject, "subj")
        if found or self.tree.lemma(subject) not in lexicon().classes["PAPERS"]:
            return found
        head = self.tree.tokens[subject].head
        if self.tree.tokens[subject].dep in {"dobj", "nsubjpass"} and head in self.clauses:
            return [p for s in self.clauses[head].subjects if s != subject for p in self.scene.parties(s, "subj")]
        return []

    def for_whom(self, speakers: tuple[Party, ...], contents: Sequence[int]) -> tuple[Party, ...]:
        """The state for which an office holder of no known country gives his word: the subject of what he promises
        ("Kenya will send troops, President X pledged")."""
        if len(speakers) != 1 or self._lands(speakers) or not self._holds_office(speakers[0].token):
            return speakers
        states = [p for c in contents[:1] if c in self.clauses for s in self.clauses[c].subjects for p in self.scene.parties(s, "content subject")]
        named = all(p.resolved and self.tree.tokens[p.token].pos == "PROPN" for p in states)
        return unique(states) if states and named and self._lands(states) else speakers

    def _holds_office(self, index: int) -> bool:
        titles = lexicon().classes["LEADERSHIP"]
        return any(self.tree.lemma(k) in titles for k in self.tree.children(index, "compound", "nmod", "amod", "appos"))

    def idle(self, party: Party) -> bool:
        """A pronoun that goes back to nobody who is known or can act names nobody."""
        token = self.tree.tokens[party.token]
        if token.pos == "PRON" and not party.resolved:
            return not self.scene.is_for_somebody(party.token)
        return not party.resolved and (token.pos == "DET" or token.ent.endswith(("DATE", "TIME", "MONEY", "PERCENT")))

    def recipients(self, frame: Frame, seen: Clause, content: Reading | None, actors: Sequence[Party]) -> tuple[Party, ...]:
        taken = {p.token for p in actors}
        for slot in frame.recipient:
            found = self.slot(slot, seen, content)
            if not found and slot == "obj" and frame.type in _ANY_OBJECT and frame.op is None and not frame.object:
                found = [self.scene.party(o, "obj") for o in seen.objects if self.tree.tokens[o].pos in {"NOUN", "PROPN"}]
            found = [p for p in found if p.token not in taken and not self.idle(p) and not self.same(p, actors) and not self._own_side(p, actors) and not self._waters(p)]
            if slot in {"obj-from", "from-pp"}:
                found = [p for p in found if self._lands((p,)) != self._lands(actors)]  # "expelled envoys from its capital"
            if found:
                return unique(found)
        return ()

    def _own_side(self, party: Party, actors: Sequence[Party]) -> bool:
        """Whether a pronoun was taken for the actors' own state: nobody does anything to "them" who are themselves."""
        if self.tree.tokens[party.token].pos != "PRON":
            return False
        lands = self._lands((party,))
        return bool(lands) and lands <= self._lands(actors)

    def _lands(self, parties: Sequence[Party]) -> frozenset[str]:
        return frozenset(r.country for p in parties for m in p.mentions for r in self.scene.all[m].refs if r.country)

    def _waters(self, party: Party) -> bool:
        """Whether a party is a sea, strait or mountain range: a place, but nobody's."""
        return not party.resolved and self.tree.tokens[party.token].ent.endswith("LOC")

    def same(self, party: Party, actors: Sequence[Party]) -> bool:
        return any(party.span.start < a.span.end and a.span.start < party.span.end for a in actors)

    def slot(self, slot: str, seen: Clause, content: Reading | None) -> list[Party]:
        """The parties in one slot of a clause; see the head of this module for the names of slots."""
        special = self._special(slot, seen, content)
        if special is not None:
            return special
        if slot.startswith("obj-"):
            return self._by_object(slot[4:], seen)
        name = slot.rsplit("-", 1)[0]
        return [p for h in seen.preps.get(name, ()) for p in self.scene.parties(h, f"pp:{name}", places=True)]

    def _special(self, slot: str, seen: Clause, content: Reading | None) -> list[Party] | None:
        parties = self.scene.parties
        table: dict[str, Callable[[], list[Party]]] = {
            "obj": lambda: [p for o in seen.objects for p in parties(o, "obj", places=True)],
            "obj-person": lambda: [p for o in seen.objects for p in parties(o, "obj", deep=False)],
            "obj-named": lambda: [p for o in seen.objects for p in parties(o, "obj", deep=False) if p.resolved],
            "obj-real": lambda: [p for o in seen.objects for p in parties(o, "obj", deep=False) if p.resolved] or [p for o in seen.objects for p in parties(o, "obj")],
            "subj": lambda: [p for s in seen.subjects for p in parties(s, "subj")],
            "dat": lambda: [p for d in seen.datives for p in parties(d, "dat", places=True)],
            "place-pp": lambda: self._destination(seen),
            "obj-host": lambda: [p for o in seen.objects for p in self.hosts(o)],
            "ccomp-subj": lambda: [p for c in seen.complements if c in self.clauses for s in self.clauses[c].subjects for p in parties(s, "content subject")],
            "to-aid": lambda: self.purpose(seen),
            "none": lambda: [],
        }
        if slot in table:
            return table[slot]()
        if slot.endswith("-content"):
            return [] if content is None else list(content.recipients) or [p for p in content.actors if p.how.startswith("obj")]
        return None

    def _destination(self, seen: Clause) -> list[Party]:
        heads = [(n, h) for n in ("to", "in", "at", "into", "for") for h in seen.preps.get(n, ())]
        found = [p for n, h in heads for p in self.scene.parties(h, f"pp:{n}", places=True)]
        return found or [p for o in seen.objects for p in self.scene.parties(o, "obj", places=True)]

    def _by_object(self, relation: str, seen: Clause) -> list[Party]:
        """Who stands in a relation to the clause's object ("obj-poss", "obj-on"); "obj-on-poss" is the owner of what follows."""
        things = [m for o in seen.objects for m in dict.fromkeys((o, *self.scene.measured(o)))]  # "$20 million in *aid* to Mali"
        if relation in {"poss", "adj"}:
            return [p for o in things for p in self.scene.slot(o, relation, "obj")]
        if relation == "pp":
            return [p for o in things for n in ("with", "to", "for", "between") for p in self.scene.slot(o, n, "obj")]
        name = relation.removesuffix("-poss")
        return [p for o in things for h in self.scene.prep_heads(o, name) for p in self.scene.parties(h, f"obj.{name}", places=True)]

    def hosts(self, token: int) -> list[Party]:
        """Who holds the event that a token names, or the event during which it took place ("a show of force by China
        during a parade")."""
        for _ in range(3):
            clause = self.clauses.get(token)
            if clause is not None and clause.kind == "noun":
                for frame in noun_frames(self.tree, clause):
                    found, _slot = self.noun_slot(frame.actor, clause, ())
                    if found:
                        return list(found)
            head = self.tree.tokens[token].head
            if self.tree.tokens[token].dep != "pobj" or self.tree.low(head) not in {"during", "at", "in"}:
                return []
            token = self.tree.tokens[head].head
        return []

    def purpose(self, seen: Clause) -> list[Party]:
        """"sent weapons to aid Russia's war": whom the infinitive of help names."""
        out: list[Party] = []
        for kid in self.tree.children(seen.token, "advcl", "xcomp"):
            if self.tree.lemma(kid) in _HELPING:
                out += [p for o in self.tree.children(kid, "dobj") for p in self.scene.parties(o, "purpose")]
        for obj in seen.objects:
            for kid in self.tree.children(obj, "acl", "relcl"):
                if self.tree.lemma(kid) in _HELPING:
                    out += [p for o in self.tree.children(kid, "dobj") for p in self.scene.parties(o, "purpose")]
        return out

    def about(self, clause: Clause, reading: Reading) -> tuple[Party, ...]:
        """Against whom or what talk and drills are meant: purposes, never recipients."""
        heads: list[int] = []
        spots = [clause.token, *([clause.verb] if clause.verb is not None else []), *([reading.content] if reading.content is not None else [])]
        spots += [o for s in spots for o in self.tree.children(s, "dobj", "xcomp")]
        for spot in dict.fromkeys(spots):
            heads += self.scene.prep_heads(spot, "against")
            for kid in self.tree.children(spot, "advcl", "xcomp", "acl"):
                if self.tree.lemma(kid) in _ABOUT_VERBS:
                    heads += [m for o in self.tree.children(kid, "dobj") for m in self.tree.conjuncts(o)]
        taken = {p.token for p in (*reading.actors, *reading.recipients)}
        return unique([p for h in heads for p in self.scene.parties(h, "about", places=True) if p.token not in taken])

    def noun_slot(self, slots: Sequence[str], clause: Clause, taken: Sequence[Party]) -> tuple[tuple[Party, ...], str | None]:
        for slot in slots:
            if slot == "none":
                return (), None
            if slot == "subj":
                found = [p for s in clause.subjects or self.claiming(clause) for p in self.scene.parties(s, "subj", deep=False)]
            elif slot in {"poss", "adj"}:
                found = self.scene.slot(clause.token, slot, "noun") or (self.cataphora(clause) if slot == "poss" else [])
            elif slot == "dat":
                found = [p for d in clause.datives for p in self.scene.parties(d, "dat")]
            else:
                heads = list(clause.preps.get("of" if slot == "whose" else slot, ()))
                if slot == "by" and not heads:
                    heads = [h for o in clause.preps.get("of", ()) for h in self.scene.prep_heads(o, "by")]
                heads = [h for h in heads if slot != "on" or self.tree.lemma(h) not in _WHEREABOUTS]
                found = [p for h in heads for p in self.scene.parties(h, f"noun.{slot}", places=slot not in {"by", "between", "whose"}, deep=slot not in {"in"})]
            if not found and slot in {"on", "against"} and taken:
                # What an attack falls on is its recipient, people or not ("a strike on a school").
                frames = lexicon().nouns.get(clause.lemma, ())
                heads = [h for h in clause.preps.get(slot, ()) if any(f.type == "ASSAULT" for f in frames) and self.tree.tokens[h].ent[2:] not in {"DATE", "TIME"}]
                found = [self.scene.party(h, f"noun.{slot}") for h in heads if self.tree.tokens[h].pos in {"NOUN", "PROPN"}]
            found = [p for p in found if not self.idle(p) and p.token not in {t.token for t in taken} and not self.same(p, taken)]
            if found:
                return unique(found), slot
        return (), None

    def claiming(self, clause: Clause) -> list[int]:
        """Who claims the deed for himself: "A claimed responsibility for the attack"."""
        tree, prep = self.tree, self.tree.tokens[clause.token].head
        credit = tree.tokens[prep].head
        verb = tree.tokens[credit].head
        if tree.low(prep) != "for" or tree.lemma(credit) not in {"responsibility", "credit"} or tree.lemma(verb) not in {"claim", "take", "admit", "accept", "acknowledge"}:
            return []
        named = [k for k in tree.children(verb, "nsubj") if not any(tree.low(d) in {"no", "neither"} for d in tree.children(k, "det"))]
        return [s for k in named for s in tree.conjuncts(k)]

    def cataphora(self, clause: Clause) -> list[Party]:
        """"During their meeting, A and B …": an unresolved owner in a leading phrase is the subject that follows."""
        owners = self.possessives(clause)
        known = [p for k in owners if self.scene.acts(k) for p in self.scene.parties(k, "noun.poss", deep=False)]
        if known or not owners:
            return known
        prep = self.tree.tokens[clause.token].head
        verb = self.tree.tokens[prep].head
        if self.tree.tokens[prep].pos != "ADP" or verb not in self.clauses or clause.token > verb:
            return []
        return [p for s in self.clauses[verb].subjects for p in self.scene.parties(s, "noun.poss", deep=False)]

    def possessives(self, clause: Clause) -> list[int]:
        """Possessive pronouns before a noun; the model hangs "their" of "their May meeting" on the month."""
        return [k for k in self.tree.subtree(clause.token, without=("relcl", "acl", "prep")) if k < clause.token and self.tree.tokens[k].tag == "PRP$"]

    def sides(self, actors: Sequence[Party], recipients: Sequence[Party]) -> int:
        refs: set[str] = set()
        loose = 0
        for party in (*actors, *recipients):
            found = [r for m in party.mentions for r in self.scene.all[m].refs]
            refs |= {r.entity or r.name for r in found}
            if not found:
                loose += 2 if self.tree.tokens[party.token].tag in {"NNS", "NNPS"} else 1
        return len(refs) + loose

    def sector(self, party: Party, wanted: set[str]) -> bool:
        return any(wanted & set(r.sectors) for m in party.mentions for r in self.scene.all[m].refs)

    def is_person(self, party: Party) -> bool:
        for m in party.mentions:
            mention = self.scene.all[m]
            if mention.kind in {"title", "pronoun"} or mention.role or any(r.kind in {"person", "office"} for r in mention.refs):
                return True
        token = self.tree.tokens[party.token]
        return token.ent.endswith("PERSON") or self.tree.lemma(party.token) in {
            "minister", "president", "leader", "envoy", "ambassador", "delegation", "official", "secretary", "king", "pope", "diplomat", "governor", "mayor", "premier", "chief", "chancellor", "lawmaker", "senator", "commander", "general", "mediator", "negotiator", "team", "adviser", "judge", "director", "head", "dictator", "prince", "emir", "sultan", "queen",
        }  # fmt: skip

    def physical(self, seen: Clause) -> bool:
        several = len(seen.subjects) > 1 or any((at := self.scene.mention_at(s)) is not None and len(self.scene.all[at].refs) > 1 for s in seen.subjects)
        if seen.lemma in _MUTUAL and several:  # "the two countries fought"
            return True
        if any(self.scene.is_place_name(o) or self.tree.low(o) in {"them", "him", "her", "us"} or self.scene.is_actor_noun(o) for o in seen.objects):
            return True
        names: set[str] = set()
        for head in seen.objects:
            names |= head_names(self.tree, head)
        classes = lexicon().classes
        return bool(names & (classes["PERSONS"] | classes["TARGETS"] | classes["PROPERTY"] | classes["TERRITORY"] | classes["DEPLOYABLE"]))

    def public(self, party: Party) -> bool:
        """Whether a participant is anybody of public life: resolved, named, or of a public, armed or collective kind.
        What private people do to each other is no political event (PLOVER 1.2)."""
        if party.resolved:
            return True
        heads = {self.tree.lemma(party.token), self.tree.low(party.token)}
        return bool(heads & words("political", "nouns")) or self.scene.is_place_name(party.token)

    def refs(self, parties: Sequence[Party]) -> frozenset[str]:
        return frozenset(r.entity or r.name for p in parties for m in p.mentions for r in self.scene.all[m].refs)
