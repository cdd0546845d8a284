"""`rules.v1`: from clauses to candidates with a type, by frames of verbs and nouns and a few operators.

How a clause is read:
1. its frames (lexicon) whose words, object and participants fit, most specific first;
2. an *operator* reads its content clause: "agreed to share" AGREE, "agreed to withdraw" CONCEDE, "refused to
   meet" REJECT meet, "threatened to expel" THREATEN expel, "urged X to release" REQUEST yield; what it reads it
   consumes, so that the content is no second record;
3. a support verb lends its subject and prepositions to an event noun ("held talks with"), and a noun with
   participants of its own is an event even without one ("Russia's invasion of Ukraine").
What the codebook says about types *between themselves* is in `codebook`; modality is in `modality`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from communique.coding import codebook
from communique.coding.candidates import (
    Candidate,
    Clause,
    Party,
    find_clauses,
    finite_above,
    is_undergone,
    is_wished,
    noun_lemma,
    verb_clause,
)
from communique.coding.conditions import WORDED, gives_time, investigating, meets
from communique.coding.lexicon import Frame, head_names, lexicon, noun_frames, verb_frames, words
from communique.coding.modality import Reading, is_negated, read_modality
from communique.coding.parties import Scene, by_sentence, countries, unique
from communique.coding.roles import Roles
from communique.coding.standing import ACTS_OF_SPEECH, standing
from communique.records import Annotated, Span
from communique.text import contains

_SPEECH = frozenset({"comment", "say", "elaborate", "answer", "discuss", "disclose", "specify", "confirm", "name", "identify", "speak", "respond", "reply", "give", "provide", "reveal"})
_HELPING = frozenset({"aid", "help", "assist", "support", "back", "bolster"})
_TELLING = frozenset({"say", "deny", "announce", "confirm", "state", "declare", "admit", "insist", "maintain"})
_WEIGHING = frozenset({"consider", "mull", "weigh", "contemplate", "ponder", "float"})  # who does so has decided nothing
_READYING = frozenset({"prepare", "draft", "ready"})
_TAKES_UP = frozenset({"iteration"})  # names nothing but another of a series of events
_BOUNDED = frozenset({"exercise", "drill", "drills", "manoeuvre", "maneuver", "wargame", "war-game", "rehearsal"})  # what runs its course
_DEALINGS = frozenset({"AGREE", "CONSULT", "SUPPORT", "COOPERATE", "RETREAT", "REJECT", "SANCTION", "REQUEST", "CONCEDE", "THREATEN"})
_HERALDING = frozenset({"announce", "schedule", "plan", "propose", "arrange", "herald"})  # what is announced is to come
_ENACTING = frozenset({"approve", "adopt", "renew", "extend", "prolong"})  # sanctions that are approved are imposed, not backed
_DECIDING = frozenset({"regrets-others", "worded-ill", "listed", "crime-content"})  # conditions by which the wording decides the type
_VIOLENT = frozenset({"rape", "gang-rape", "abduct", "kidnap", "assassinate", "behead", "torture", "massacre", "lynch", "machine-gun", "firebomb"})  # said of people, nothing else is meant
_PRESS = frozenset({"reporter", "journalist", "correspondent", "newsman", "newsmen", "pressman", "pressmen", "media", "press", "interviewer", "broadcaster", "newspaper"})
_INSTRUMENTS = frozenset(["attack", "strike", "airstrike", "raid", "shelling", "bombing", "bomb", "missile", "rocket", "drone", "shell", "blast", "explosion", "grenade", "gunfire", "bullet", "artillery", "warplane", "mine", "ambush", "offensive", "barrage", "bombardment", "mortar", "assault", "shooting", "decree", "law", "ban", "crackdown", "clash"])


def sporting(annotated: Annotated) -> frozenset[int]:
    """The sentences of a sports report in which nothing of public life is told: there nations play, visit and attack."""
    lemmas = [{t.lemma.lower() for t in s.tokens} | {t.text.lower() for t in s.tokens} for s in annotated.sentences]
    used = frozenset().union(*lemmas)
    own = used & (words("sport", "words") | words("sport", "strong"))
    if len(own) < 3 or len(own | (used & words("sport", "topic"))) < 8:
        return frozenset()
    return frozenset(n for n, found in enumerate(lemmas) if not found & words("sport", "public"))


class Reading1(msgspec.Struct, frozen=True, kw_only=True):
    """What a clause asserts before modality: type, participants, and the frame that said so."""

    type: str
    mode: str | None
    cameo: str | None
    contexts: tuple[str, ...]
    frame: str
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    reciprocal: bool
    score: float
    content: int | None = None
    consumed: tuple[int, ...] = ()
    trigger_end: int | None = None
    note: str = ""


def propose(annotated: Annotated) -> tuple[Candidate, ...]:
    """Every candidate of the document that the rules read as an event, in text order; modality set, dates not."""
    out: list[Candidate] = []
    text = annotated.article.doc.text
    here = by_sentence(annotated.mentions)
    enacting: int | None = None
    for number, sentence in enumerate(annotated.sentences):
        if not sentence.tokens:
            continue
        out += _Analyst(Scene(sentence, number, annotated.mentions, text, here=here.get(number, ())), enacting=enacting).candidates()
        enacting = _enacting(annotated, number, here.get(number, ())) or enacting
    return tuple(out)


def _enacting(annotated: Annotated, number: int, here: Sequence[int]) -> int | None:
    """The mention of the body that what follows is told of, where a sentence breaks off after it ("…, the Security Council:")."""
    span = annotated.sentences[number].span
    if annotated.article.doc.text[span.start : span.end].rstrip()[-1:] not in (":", ","):
        return None
    last = [m for m in here if any(r.kind in ("organisation", "country", "group") for r in annotated.mentions[m].refs) and span.end - annotated.mentions[m].span.end <= 3]
    return last[-1] if last else None


class _Analyst:
    """The readings of one sentence."""

    def __init__(self, scene: Scene, *, enacting: int | None = None) -> None:
        self.scene = scene
        self.enacting = enacting  # the mention whose acts items without a subject list ("4. Welcomes the decision …")
        self.tree = scene.tree
        lex = lexicon()
        self.clauses = {c.token: c for c in reversed(find_clauses(scene.tree, lex.nouns.keys(), lex.support["light"]))}
        self.roles = Roles(scene, self.clauses)
        self.actor_map = {i: scene.can_act(i) for i in range(len(scene.tree.tokens))}

    # --- whole sentence -------------------------------------------------------------------------------

    def candidates(self) -> list[Candidate]:
        if self._is_out_of_domain():
            return []
        consumed: set[int] = set()
        rows: list[Candidate] = []
        order = sorted(self.clauses.values(), key=lambda c: (c.kind == "noun", self._depth(c.token), c.token))
        for clause in order:
            if clause.token in consumed or (clause.kind == "verb" and is_wished(self.tree, clause.token)):
                continue
            reading = self.read(clause, strict=True) or self._obligation(clause)
            if reading is None:
                continue
            consumed |= set(reading.consumed) | {clause.token}
            row = self._candidate(clause, reading)
            if row is not None:
                rows.append(row)
        rows += self._demands(consumed)
        rows = [*self._answers(codebook.between(rows)), *self._in_return(rows)]
        return sorted(rows, key=lambda r: r.trigger.start)

    def _demands(self, consumed: set[int]) -> list[Candidate]:
        """What somebody named must or should do, said by somebody named, whatever it is: the speaker's REQUEST (3.8)."""
        out = []
        for clause in self.clauses.values():
            found = self._demanded(clause) if clause.token not in consumed else None
            if found is None:
                continue
            who, whom = found
            mood = read_modality(self.tree, clause.token)
            reading = Reading1(type="REQUEST", mode="change", cameo="100", contexts=(), frame=f"verb.request.{clause.lemma}.must", actors=who, recipients=whom, reciprocal=False, score=0.88)
            token = self.tree.tokens[clause.token]
            out.append(Candidate(
                sentence=self.scene.number, token=clause.token, trigger=Span(start=token.start, end=token.end), clause=self._extent(clause, reading), kind="verb", lemma=clause.lemma,
                passive=False, actors=who, recipients=whom, about=(), type="REQUEST", mode="change", contexts=(), cameo="100", modality="actual", negated=False, score=reading.score,
                content=None, reciprocal=False, reasons=("what must be done is a demand of the speaker (3.8)",), features=self._features(clause, reading, mood),
            ))  # fmt: skip
        return out

    def _demanded(self, clause: Clause) -> tuple[tuple[Party, ...], tuple[Party, ...]] | None:
        """Who says that who must do what the clause tells; `None` where it is no demand, or nobody named says so or is meant."""
        if clause.kind != "verb" or clause.passive or not clause.subjects or not self._obliged(clause.token):
            return None
        mood = read_modality(self.tree, clause.token)
        if mood.modality != "demanded" or mood.negated or any(self.tree.low(k) in {"if", "whether"} for k in self.tree.children(clause.token, "mark")):
            return None
        who = self._speaker(clause)
        whom = unique([p for s in clause.subjects for p in self.scene.parties(s, "content subject") if p.resolved and not self.roles.idle(p)])
        if not whom or not any(p.resolved or self.roles.public(p) or self.tree.tokens[p.token].ent.endswith("ORG") for p in who) or self.roles.refs(who) & self.roles.refs(whom):
            return None
        return who, whom

    def _would_not_bear(self, token: int) -> bool:
        """"will not tolerate", "would not stand idly by": what a warning of force says of its speaker."""
        will = {self.tree.low(k) for k in self.tree.children(token, "aux")} & {"will", "would", "wo", "shall", "'ll"}
        return bool(will) and self.tree.lemma(token) in {"tolerate", "accept", "allow", "permit", "stand", "hesitate", "sit", "bear", "ignore"} and is_negated(self.tree, token)

    def _obliged(self, token: int) -> bool:
        return bool({self.tree.low(k) for k in self.tree.children(token, "aux")} & {"must", "should", "ought"})

    def _answers(self, rows: list[Candidate]) -> list[Candidate]:
        """A refusal without a doer answers the approach told before it in the sentence: "A sought talks with B, but
        A's offers were rebuffed" is refused by B."""
        out = []
        for row in rows:
            if row.type == "REJECT" and not row.actors and row.recipients:
                asked = [r for r in rows if r.type in {"AGREE", "REQUEST", "CONSULT"} and r.recipients and r.token < row.token and self.roles.refs(r.actors) == self.roles.refs(row.recipients)]
                if asked and self.roles.refs(row.recipients):
                    row = msgspec.structs.replace(row, actors=asked[-1].recipients, reasons=(*row.reasons, "refused by whom the approach was made to"))
            out.append(row)
        return out

    def _in_return(self, rows: Sequence[Candidate]) -> list[Candidate]:
        """"A sent B arms in exchange for food": what comes back goes from B to A."""
        out = []
        for row in rows:
            if row.type != "AID" or not row.actors or not row.recipients:
                continue
            for at, token in enumerate(self.tree.tokens):
                if self.tree.low(at) not in {"exchange", "return"} or token.dep != "pobj" or row.token not in {at, *self.tree.path_up(at)}:
                    continue
                for thing in self.scene.prep_heads(at, "for") or [h for p in self.tree.children(self.tree.tokens[at].head, "prep") for h in self.tree.children(p, "pobj")]:
                    if head_names(self.tree, thing) & lexicon().classes["AID"]:
                        spot = self.tree.tokens[thing]
                        out.append(msgspec.structs.replace(
                            row, token=thing, trigger=Span(start=spot.start, end=spot.end), kind="noun", lemma=self.tree.lemma(thing), actors=row.recipients,
                            recipients=row.actors, about=(), clause=Span(start=token.start - 3 if token.start > 3 else 0, end=spot.end),
                            reasons=("given in exchange", row.reasons[-1]), score=min(row.score, 0.75),
                        ))  # fmt: skip
                        break
        return out

    def _depth(self, token: int) -> int:
        return sum(1 for _ in self.tree.path_up(token))

    def _is_out_of_domain(self) -> bool:
        """Sport and show business use the words of war and diplomacy; two of their own words betray them."""
        found = {self.tree.lemma(i) for i in range(len(self.tree.tokens))} | {self.tree.low(i) for i in range(len(self.tree.tokens))}
        strong = found & (words("sport", "strong") | words("market", "strong"))
        return bool(strong) or len(found & words("sport", "words")) >= 2 or len(found & words("market", "words")) >= 2

    # --- one clause -----------------------------------------------------------------------------------

    def read(self, clause: Clause, *, strict: bool) -> Reading1 | None:
        """The best reading of a clause; `strict` asks for participants, a content clause does not need them."""
        if clause.kind == "noun":
            return self._read_noun(clause, strict=strict)
        if not strict and clause.lemma in words("light", "do") and (light := self._light(clause)) is not None:
            return light
        plain: Reading1 | None = None
        for frame, seen in verb_frames(self.tree, clause, self.actor_map):
            if frame.op is not None:
                found = self._operate(frame, seen, strict=strict)
            else:
                found = self._read_frame(frame, seen, strict=strict)
            if found is not None:
                plain = found
                break
        return plain

    def _light(self, clause: Clause) -> Reading1 | None:
        """The reading of a support verb inside a content clause: that of its event noun."""
        heads = [*clause.objects, *[h for hs in clause.preps.values() for h in hs]]
        for head in heads:
            noun = self.clauses.get(head)
            if noun is not None and noun.kind == "noun":
                found = self._read_noun(noun, strict=False)
                if found is not None:
                    return msgspec.structs.replace(found, consumed=(*found.consumed, head), content=head)
        return None

    def _read_frame(self, frame: Frame, seen: Clause, *, strict: bool) -> Reading1 | None:
        assert frame.type is not None
        if frame.mode == "phone" and not self._rings(seen):
            return None
        if frame.type == "AID" and seen.lemma == "give" and gives_time(self.tree, seen.token):
            return None
        if frame.type == "ASSAULT" and any(self.tree.lemma(s) in lexicon().classes["PAPERS"] for s in seen.subjects):
            return None
        if frame.type == "ASSAULT" and self.tree.children(seen.token, "ccomp") and any(self.tree.low(k) == "back" for k in self.tree.children(seen.token)):
            return None  # "shot back that the drill was lawful"
        if frame.type == "ASSAULT" and seen.lemma == "shoot" and seen.particle == "off":
            return None  # "shoots off a letter"
        actors = self._acting(frame, seen)
        recipients = self.roles.recipients(frame, seen, None, actors)
        if seen.passive and recipients and not actors and frame.id.split(".")[2] in words("cancel", "verbs"):
            actors = self._teller(seen, recipients)
        if frame.type == "CONSULT" and self._to_the_press(seen, recipients):
            return None
        if not recipients and not actors and seen.passive and frame.type == "COERCE" and frame.mode == "seize":
            recipients = unique([self.scene.party(o, "obj") for o in seen.objects])  # "two boats were impounded"
        promised = strict and frame.type == "AID" and not recipients and any(p.resolved for p in actors) and self._is_future(seen)
        if not promised and not meets(self.roles, frame, seen, actors, recipients, only=None if strict else WORDED):
            return None
        if strict and not actors and not self._may_lack_actor(frame, seen, recipients):
            return None
        if frame.type == "MOBILIZE" and strict and self.roles.purpose(seen):
            return None  # forces sent to help somebody are AID (3.14): its frame comes next
        consumed = [o for o in seen.objects if frame.object and seen.lemma not in words("react", "verbs") and seen.lemma != "attend"]
        if frame.type == "CONSULT":  # "met for talks" is one meeting
            consumed += [h for n in ("for", "in", "during") for h in seen.preps.get(n, ()) if h in self.clauses]
        consumed += [k for k in self.tree.children(seen.token, "advcl", "xcomp") if self.tree.lemma(k) in _HELPING] if frame.type == "AID" else []
        consumed += investigating(self.tree, seen.token, seen.objects) if "investigating" in frame.needs else []
        if "physical" in frame.needs and not strict and not (recipients or self.roles.physical(seen)):
            return None
        return Reading1(
            type=frame.type, mode=self._frame_mode(frame, seen), cameo=frame.cameo, contexts=frame.contexts, frame=frame.id,
            actors=actors, recipients=recipients, reciprocal=frame.reciprocal, score=self._score(frame.type, actors, recipients, frame),
            consumed=tuple(consumed), note=f"{codebook.DECIDES}{frame.type}/{frame.mode or ''}" if _DECIDING & set(frame.needs) or (frame.type == "SANCTION" and seen.lemma in _ENACTING) else "",
        )  # fmt: skip

    def _is_future(self, seen: Clause) -> bool:
        """Whether help is still to come: as AGREE it needs no recipient (3.1), as AID it does (3.6)."""
        mood = read_modality(self.tree, seen.token)
        return mood.modality in codebook.FUTURE and not mood.negated

    def _to_the_press(self, seen: Clause, recipients: Sequence[Party]) -> bool:
        """Whether who is spoken to is the press: what is said to reporters is a statement, no consultation (3.2)."""
        heads = {self.tree.lemma(p.token) for p in recipients} | {self.tree.lemma(h) for n in ("to", "with") for h in seen.preps.get(n, ())} | {self.tree.lemma(o) for o in seen.objects}
        return bool(heads & _PRESS) and not any(p.resolved and self.tree.lemma(p.token) not in _PRESS for p in recipients)

    def _obligation(self, clause: Clause) -> Reading1 | None:
        """"B must guarantee access, A said": what a state or a body of it must do, whatever it is, is a demand of the
        speaker (3.8), whom the codebook's rule finds or drops the clause."""
        tree = self.tree
        if clause.kind != "verb" or clause.passive or tree.tokens[clause.token].dep != "ccomp" or not any(tree.low(k) == "must" for k in tree.children(clause.token, "aux")):
            return None
        actors = unique([p for s in clause.subjects for p in self.scene.parties(s, "subj", deep=False) if p.resolved])
        if not actors or clause.lemma in {"be", "have", "know", "remain"}:
            return None
        return Reading1(type="REQUEST", mode="change", cameo="100", contexts=(), frame="auxiliary.request.must", actors=actors, recipients=(), reciprocal=False, score=0.8)

    def _rings(self, seen: Clause) -> bool:
        """Whether "call" is a telephone call: not "called the plan unlawful", "called on the king", "called for calm"."""
        if seen.lemma != "call":
            return True
        named = {k for k in self.tree.children(seen.token, "oprd") if k not in seen.objects}
        return not named and not self.tree.children(seen.token, "attr", "acomp", "ccomp") and not any(self.tree.low(k) in {"on", "for", "off", "in", "out"} and not self.tree.children(k, "pobj", "pcomp") for k in self.tree.children(seen.token, "prep", "prt"))

    def _may_lack_actor(self, frame: Frame, seen: Clause, recipients: Sequence[Party]) -> bool:
        """A deed without a doer is told in the passive, or of a weapon or attack ("a missile hit the port"); in the
        active voice, whoever or whatever else does it is nobody who can act (storms, markets, illness)."""
        if recipients and frame.recipient == ("subj",) and frame.type == "ASSAULT":
            return True  # "eleven soldiers died in an ambush"
        if not recipients or frame.actor == ("none",):
            return False
        if seen.passive:
            return True
        return any(self.tree.lemma(s) in _INSTRUMENTS or noun_lemma(self.tree, s) in _INSTRUMENTS for s in seen.subjects)

    def _frame_mode(self, frame: Frame, seen: Clause) -> str | None:
        return codebook.refine_mode(self.tree, frame.type or "", frame.mode, seen)

    # --- participants ---------------------------------------------------------------------------------

    def _acting(self, frame: Frame, seen: Clause) -> tuple[Party, ...]:
        """Who acts in a clause: the parties of its slots, or the body that a resolution's items are told of."""
        found = self.roles.actors(frame, seen)
        if found or self.enacting is None or seen.subjects or seen.passive or (frame.actor or ("subj",))[0] != "subj" or not self._heads_item(seen.token):
            return found
        mention = self.scene.all[self.enacting]
        return (Party(span=mention.span, token=seen.token, mentions=(self.enacting,), how="via.enacting", resolved=True),)

    def _heads_item(self, token: int) -> bool:
        """Whether a verb is (or goes on with) the verb without a subject that opens its sentence in the present: "Strongly *condemns* …"."""
        at = token
        while self.tree.tokens[at].head != at and self.tree.tokens[at].dep in {"conj", "xcomp"}:
            head = self.tree.tokens[at].head
            above = finite_above(self.tree, head)
            at = above if above is not None and self.tree.tokens[at].tag == "VBZ" and self.tree.tokens[head].tag == "VB" else head
        root = self.tree.tokens[at]
        return root.head == at and root.tag == "VBZ" and not self.tree.children(at, "nsubj", "nsubjpass", "expl") and all(t.tag in {"RB", "LS", "CC"} or t.pos in {"PUNCT", "NUM", "SPACE"} for t in self.tree.tokens[:at])

    # --- conditions -----------------------------------------------------------------------------------

    def _score(self, kind: str, actors: Sequence[Party], recipients: Sequence[Party], frame: Frame) -> float:
        good = any(p.resolved for p in actors)
        if actors and recipients:
            base = 0.92 if good else 0.8
        elif actors:
            base = 0.85 if good else 0.66
            if kind in {"AID", "SANCTION"} or (kind == "COOPERATE" and self.roles.sides(actors, recipients) < 2):
                base = 0.55
        else:
            base = 0.62
        if frame.object or frame.tail or frame.object_actor:
            base += 0.03
        if not any(self.roles.public(p) for p in (*actors, *recipients)):
            base = min(base, 0.45)
        return min(base, 0.95)

    def _others_do(self, actors: Sequence[Party], warner: Sequence[Party]) -> bool:
        """Whether those who would act are known, and of no country of those who warn."""
        theirs, own = (frozenset().union(*(countries(p, self.scene.all) for p in side)) for side in (actors, warner))
        return bool(theirs and own) and not theirs & own

    # --- operators ------------------------------------------------------------------------------------

    def _operate(self, frame: Frame, seen: Clause, *, strict: bool) -> Reading1 | None:
        heads = [c for c in seen.complements if c in self.clauses and c != seen.token]
        if frame.op == "refuse" and any(self.tree.lemma(c) in _SPEECH for c in heads):
            return None  # "declined to comment" refuses nobody anything
        if frame.op == "state" and any(self._demanded(self.clauses[c]) for c in heads):
            return None  # "insists that A must amend its law": what must be done is the demand (3.8)
        if frame.op == "warn" and strict and any(self._would_not_bear(c) for c in heads) and (warner := self._acting(frame, seen)):
            return Reading1(type="THREATEN", mode=None, cameo="130", contexts=(), frame=frame.id, actors=warner, recipients=self.roles.recipients(frame, seen, None, warner),
                            reciprocal=False, score=self._score("THREATEN", warner, (), frame), content=heads[0], consumed=tuple(heads), note="a warning of what will not be borne")  # fmt: skip
        infinitive = [c for c in heads if self._is_infinitive(c)]
        contents = [r for c in heads if (r := self.read(self.clauses[c], strict=False)) is not None]
        nominal = [r for o in seen.objects if o in self.clauses and (r := self.read(self.clauses[o], strict=False)) is not None] if not heads else []
        content = contents[0] if contents else (nominal[0] if nominal else None)
        if frame.op == "warn" and content is not None and not heads and self._others_do(content.actors, self._acting(frame, seen)):
            return None  # a warning of what others may do is no threat (3.11)
        if frame.op == "agree" and len(heads) > 1 and content is not None and content.content != heads[0] and self.read(self.clauses[heads[0]], strict=False) is None:
            content = None  # "agreed to set up a commission and to withdraw": what is named first decides
        found = codebook.operate(frame.op or "", frame.type, frame.mode, seen, content.type if content else None, content.mode if content else None,
                                 bool(heads), bool(infinitive), self._object_words(seen))  # fmt: skip
        if found is None:
            return None
        kind, mode = found
        actors = self._acting(frame, seen)
        if kind in {"AGREE", "THREATEN"}:
            actors = self.roles.for_whom(actors, heads)
        recipients = self.roles.recipients(frame, seen, content, actors)
        if kind == "MOBILIZE":
            recipients = ()
        if not recipients and frame.op in {"agree", "offer", "state-will"}:
            recipients = self._with_in_content(heads, actors)
        if strict and not actors and not (seen.passive and recipients):
            return None
        if strict and frame.op in {"agree", "refuse", "threaten", "state-will", "state"} and not actors:
            return None
        consumed = [*heads, *[x for r in contents for x in r.consumed], *seen.objects, *self._objects_of(heads)]
        return Reading1(
            type=kind, mode=mode, cameo=frame.cameo if kind == frame.type else None, contexts=(), frame=frame.id, actors=actors,
            recipients=recipients, reciprocal=False, score=self._score(kind, actors, recipients, frame),
            content=heads[0] if heads else (seen.objects[0] if seen.objects else None), consumed=tuple(consumed),
            note=f"content reads as {content.type}" if content else "",
        )  # fmt: skip

    def _is_infinitive(self, token: int) -> bool:
        return self.tree.tokens[token].tag == "VB" and any(self.tree.low(k) == "to" for k in self.tree.children(token, "aux"))

    def _object_words(self, seen: Clause) -> set[str]:
        return {name for o in seen.objects for name in head_names(self.tree, o)}

    def _objects_of(self, heads: Sequence[int]) -> list[int]:
        """Tokens of the content's own object, which is no second event: "agreed to hold more *talks*"."""
        out: list[int] = []
        for head in heads:
            for kid in self.tree.children(head, "dobj", "prep"):
                out += [k for k in self.tree.conjuncts(kid)] if self.tree.tokens[kid].dep == "dobj" else [m for k in self.tree.children(kid, "pobj") for m in self.tree.conjuncts(k) if self.tree.low(kid) in {"on", "of", "in"}]
            out += [k for k in self.tree.children(head, "xcomp", "conj") if self.tree.tokens[k].tag in {"VB", "VBG"} or self.tree.tokens[k].dep == "xcomp"]
        return out

    def _with_in_content(self, heads: Sequence[int], actors: Sequence[Party]) -> tuple[Party, ...]:
        found: list[Party] = []
        for head in heads:
            spots = [head, *self.tree.children(head, "dobj", "xcomp")]
            for spot in spots:
                for name in ("with", "to", "for", "between"):
                    if name in {"to", "for"} and spot == head and self.tree.tokens[head].pos != "VERB":
                        continue
                    found += [p for p in self.scene.slot(spot, name, "content") if p.resolved or name == "with"]
                if found:
                    break
            if not found:
                found += [p for o in self.tree.children(head, "dobj") for p in self.scene.parties(o, "content.obj", deep=False) if p.resolved]
        return unique([p for p in found if not self.roles.same(p, actors) and not self.roles.idle(p) and not self._their_own(p, actors)])

    def _their_own(self, party: Party, actors: Sequence[Party]) -> bool:
        """Whether "their" in what was agreed means the actors: "A and B agreed on talks between their ministries"."""
        if not any(self.tree.tokens[k].tag in {"PRP", "PRP$"} for k in (party.token, *self.tree.children(party.token, "poss"))):
            return False
        mine, theirs = ({ref.country for p in side for m in p.mentions for ref in self.scene.all[m].refs} for side in ((party,), actors))
        return mine <= theirs

    # --- nouns ----------------------------------------------------------------------------------------

    def _read_noun(self, clause: Clause, *, strict: bool) -> Reading1 | None:
        for frame in noun_frames(self.tree, clause):
            found = self._read_noun_frame(frame, clause, strict=strict)
            if found is not None:
                return None if self._is_part_of_a_name(clause, found) else found
        return None

    def _is_part_of_a_name(self, clause: Clause, found: Reading1) -> bool:
        """Whether the noun only stands in the name of who acts: "Amnesty International" grants nobody an amnesty."""
        token = self.tree.tokens[clause.token]
        return token.pos == "PROPN" and any(p.span.start <= token.start and token.end <= p.span.end for p in found.actors)

    def _part_lifted(self, clause: Clause) -> bool:
        """Whether the noun is what a verb ends a part of: "lifted most of its *sanctions*" imposes none."""
        of = self.tree.tokens[clause.token].head
        part = self.tree.tokens[of].head
        ends = self.tree.lemma(self.tree.tokens[part].head) in {"lift", "ease", "end", "remove", "waive", "suspend", "drop", "revoke", "relax", "scrap", "abolish", "repeal"}
        return clause.relation == "pobj" and self.tree.low(of) == "of" and self.tree.tokens[part].dep == "dobj" and ends

    def _read_noun_frame(self, frame: Frame, clause: Clause, *, strict: bool) -> Reading1 | None:
        if self._part_lifted(clause):
            return None
        actors, actor_slot = self.roles.noun_slot(frame.actor, clause, ())
        if clause.verb is not None and clause.support in {"do", "in"} and is_undergone(self.tree, clause.verb) and not verb_clause(self.tree, clause.verb).passive:
            suffering = set(verb_clause(self.tree, clause.verb).subjects)  # "the president faces strikes" does not strike
            actors = tuple(p for p in actors if p.token not in suffering)
        recipients, _ = self.roles.noun_slot(frame.recipient, clause, actors)
        if actor_slot in {"adj", "poss"} and not recipients and frame.recipient and frame.recipient[-1] == "poss":
            recipients, actors = actors, ()
        if frame.reciprocal and recipients and not actors:
            actors = self._teller(clause, recipients)
        if frame.reciprocal and not recipients and not actors and clause.support in {"do", "occur"}:
            told = self._teller(clause, ())
            actors = told if self.roles.sides(told, ()) > 1 else ()  # "A and B announced that the drill would take place"
        if strict and not self._noun_stands(frame, clause, actors, recipients):
            return None
        kind, mode = codebook.noun_type(self.tree, frame, clause, self.roles.sides(actors, recipients), self._cancelled(clause))
        if frame.type is None or kind is None:
            return None
        linked = not actors and not recipients
        score = self._score(kind, actors, recipients, frame) - (0.1 if clause.support is None else 0.0)
        return Reading1(
            type=kind, mode=mode, cameo=frame.cameo if kind == frame.type else None, contexts=frame.contexts, frame=frame.id, actors=actors,
            recipients=recipients, reciprocal=frame.reciprocal, score=0.55 if linked else score,
            consumed=(clause.verb,) if clause.verb is not None and clause.support in {"do", "in"} else (),
            note="participants from the event it takes up" if linked else "",
        )  # fmt: skip

    def _teller(self, clause: Clause, others: Sequence[Party]) -> tuple[Party, ...]:
        """The other side of a joint deed that names only one: the state that tells of it ("A denied that it would
        hold drills with B", "A said the drill with B was put off")."""
        for up in self.tree.path_up(clause.verb if clause.verb is not None else clause.token):
            if self.tree.tokens[up].pos == "VERB" and self.tree.lemma(up) in _TELLING:
                subjects = [s for k in self.tree.children(up, "nsubj") for s in self.tree.conjuncts(k)]
                found = [p for s in subjects for p in self.scene.parties(s, "teller") if p.resolved and self.roles.public(p)]
                return unique([p for p in found if not self.roles.same(p, others)])
        return ()

    def _cancelled(self, clause: Clause) -> str | None:
        if clause.verb is None or clause.support != "do":
            return None
        lemma = self.tree.lemma(clause.verb)
        particle = self.tree.children(clause.verb, "prt")
        full = f"{lemma}_{self.tree.low(particle[0])}" if particle else lemma
        if lemma == "end" and clause.lemma in _BOUNDED:
            return None  # drills that end were held
        for name in ("cancel", "stop"):
            if lemma in words(name, "verbs") or full in words(name, "verbs"):
                return name
        return None

    def _noun_stands(self, frame: Frame, clause: Clause, actors: Sequence[Party], recipients: Sequence[Party]) -> bool:
        """Whether a noun asserts an event here: by its support verb, or by the participants it names itself."""
        support = clause.support
        any_side = bool(actors or recipients)
        if frame.bare == "both":
            return bool(actors) and bool(recipients)
        if support in {"do", "in"} and clause.verb is not None and self.tree.lemma(clause.verb) not in words("react", "verbs"):
            return any_side or frame.bare == "link"
        if support == "be":
            return any_side and frame.bare != "no" and self.roles.sides(actors, recipients) >= 1 and frame.bare in {"link", "actor", "two-or-occur", "two"}
        if frame.bare == "no":
            return False
        two = bool(actors) and bool(recipients)
        if frame.bare == "two":
            return two or (frame.reciprocal and self.roles.sides(actors, recipients) >= 2)
        if frame.bare == "two-or-occur":
            return two or (support == "occur" and any_side)
        if frame.bare == "two-or-passive":
            return two
        if frame.bare == "occur":
            return support == "occur" and any_side
        if frame.bare == "actor":
            if frame.type == "THREATEN" and {self.tree.low(k) for k in self.tree.children(clause.token, "amod")} & {"so-called", "perceived", "alleged", "supposed", "growing", "looming", "called"}:
                return False
            if frame.type == "THREATEN" and not any(not self.scene.acts(k, places=True) for k in self.tree.children(clause.token, "amod", "compound")):
                return False  # "North Korean threats" names an attitude; "its ongoing missile threat" a standing one
            return any(p.resolved or p.how in {"noun.by", "noun.poss", "noun.from"} for p in actors)
        if frame.bare == "link":
            return self._definite(clause) or (bool(actors) and (support == "occur" or self.roles.sides(actors, recipients) >= 2))
        return any_side

    def _definite(self, clause: Clause) -> bool:
        """A definite event noun takes up an event already told of ("the talks", "their meeting")."""
        if clause.relation not in {"nsubj", "nsubjpass", "pobj", "attr"} or self.tree.tokens[clause.token].pos == "PROPN":
            return False
        if clause.relation == "pobj" and self.tree.low(self.tree.tokens[clause.token].head) not in {"during", "at", "after", "before", "following", "in"}:
            return False
        return any(self.tree.low(k) in {"the", "this", "these", "those"} for k in self.tree.children(clause.token, "det")) or bool(self.roles.possessives(clause))

    # --- the record -----------------------------------------------------------------------------------

    def _candidate(self, clause: Clause, reading: Reading1) -> Candidate | None:
        spot = clause.verb if clause.verb is not None and clause.support in {"do", "in", "occur"} else clause.token
        mood = read_modality(self.tree, spot, noun=clause.kind == "noun")
        if clause.kind == "noun" and clause.verb is None:
            mood = self._bare_noun_mood(clause)
        if clause.kind == "noun" and clause.verb is not None and self.tree.lemma(clause.verb) in _HERALDING and mood.modality == "actual" and reading.type in {"CONSULT", "COOPERATE", "AID"}:
            mood = Reading("planned", False, f"object of “{self.tree.lemma(clause.verb)}”")
        if clause.kind == "noun" and clause.verb is not None and self.tree.lemma(clause.verb) in _WEIGHING and mood.modality == "actual":
            mood = Reading("hypothetical", False, f"object of “{self.tree.lemma(clause.verb)}”")
        if clause.kind == "noun" and clause.verb is not None and self.tree.lemma(clause.verb) in _READYING and mood.modality == "actual":
            mood = Reading("planned", False, f"object of “{self.tree.lemma(clause.verb)}”")
        if clause.kind == "noun" and mood.modality == "actual" and reading.type not in ACTS_OF_SPEECH:
            mood = standing(self.tree, clause.token) or mood
        if reading.type == "PROTEST" and reading.mode in {None, "demo"} and self._is_official(reading.actors):
            # 3.12, 3.9: what a government protests by is words.
            reading = msgspec.structs.replace(reading, type="ACCUSE", mode="disapprove", cameo="111", note=f"{codebook.DECIDES}ACCUSE/disapprove")
        if reading.type in _DEALINGS and reading.actors and not any(p.resolved for p in (*reading.actors, *reading.recipients)) and all(self.tree.lemma(p.token) in words("firms", "nouns") for p in reading.actors):
            return None  # PLOVER 1.2: what single firms agree on is no event
        if any(p.how == "via.enacting" for p in reading.actors) and "“decides”" in mood.reason:
            mood = Reading("actual", mood.negated, "what a body decides in an item of its resolution it does")
        if reading.type == "COERCE" and clause.lemma in {"suspend", "exclude", "expel"} and self._is_body(reading.actors) and any(self.scene.all[m].refs and self.scene.all[m].refs[0].country for p in reading.recipients for m in p.mentions):
            reading = msgspec.structs.replace(reading, type="SANCTION", mode="expel", cameo="160", note=f"{codebook.DECIDES}SANCTION/expel")  # 3.13: a body puts a member out
        token = self.tree.tokens[clause.token]
        row = Candidate(
            sentence=self.scene.number, token=clause.token, trigger=Span(start=token.start, end=token.end), clause=self._extent(clause, reading),
            kind=clause.kind, lemma=clause.lemma, passive=clause.passive, actors=reading.actors, recipients=reading.recipients,
            about=self.roles.about(clause, reading), type=reading.type, mode=reading.mode, contexts=reading.contexts, cameo=reading.cameo,
            modality=mood.modality, negated=mood.negated, score=reading.score, content=reading.content, reciprocal=reading.reciprocal,
            reasons=tuple(r for r in (f"frame {reading.frame}", reading.note, f"{mood.modality}: {mood.reason}", self._sure(clause, reading), self._announced(clause, reading, mood)) if r),
            features=self._features(clause, reading, mood),
        )  # fmt: skip
        return codebook.settle(row, speaker=lambda: self._speaker(clause))

    def _sure(self, clause: Clause, reading: Reading1) -> str:
        """Why the words leave no doubt that this is an event, however short the sentence; "" where they do."""
        verb = reading.frame.split(".")[2] in words("cancel", "verbs") if clause.kind == "verb" else self._cancelled(clause) == "cancel"
        undone = reading.type == "REJECT" and verb and any(p.resolved for p in reading.actors)
        violent = reading.type == "ASSAULT" and clause.kind == "verb" and clause.lemma in _VIOLENT and any(self.tree.lemma(p.token) in words("persons", "nouns") or p.resolved for p in reading.recipients)
        return codebook.SURE if undone or violent or (clause.kind == "noun" and clause.lemma in _TAKES_UP) else ""

    def _is_official(self, actors: Sequence[Party]) -> bool:
        """Whether all who act are states or their organs: a country's own name, a government, ministry, embassy or officer of state."""

        def official(party: Party) -> bool:
            token = self.tree.tokens[party.token]
            refs = [r for m in party.mentions for r in self.scene.all[m].refs]
            organ = self.tree.lemma(party.token) in {"government", "ministry", "embassy", "state", "authority", "minister", "ambassador", "foreign-ministry"}
            return organ or (token.pos == "PROPN" and token.tag != "NNPS" and any(r.kind == "country" for r in refs))

        return bool(actors) and all(official(p) for p in actors)

    def _is_body(self, actors: Sequence[Party]) -> bool:
        """Whether who acts is a body of several states."""
        refs = [r for p in actors for m in p.mentions for r in self.scene.all[m].refs]
        return bool(refs) and all(r.kind == "organisation" and r.country is None for r in refs)

    def _announced(self, clause: Clause, reading: Reading1, mood: Reading) -> str:
        """That whoever acts says himself what he will do ("A said it would shoot", "A will strike"); "" where another says so."""
        if clause.kind == "noun" or clause.passive or self._for_purpose(clause.token) or mood.modality not in {"planned", "pledged"} or not reading.actors:
            return ""
        if not any(w in mood.reason for w in ("auxiliary", "“would”", "“vowed”", "“pledged”", "“promised”")):
            return ""
        who = self._speaker(clause)
        same = bool(self.roles.refs(who) & self.roles.refs(reading.actors)) or any(self.tree.tokens[p.token].pos == "PRON" and not p.resolved for p in reading.actors)
        return codebook.ANNOUNCED if not who or same else ""

    def _for_purpose(self, token: int) -> bool:
        """Whether a deed is only what another is for ("will send soldiers to help *fight* the rebels")."""
        own = self.tree.tokens[token]
        if own.dep == "xcomp" and self.tree.lemma(own.head) == "help":
            return self._for_purpose(own.head)
        return own.dep == "advcl" and self._is_infinitive(token)

    def _bare_noun_mood(self, clause: Clause) -> Reading:
        """A noun without support: what the governing verb says of it ("cancelled", "planned", "denied")."""
        modifiers = {self.tree.low(k) for k in self.tree.children(clause.token, "amod", "det", "neg")}
        if modifiers & {"planned", "upcoming", "forthcoming", "proposed", "future", "scheduled", "expected", "next", "imminent"}:
            return Reading("planned", False, "modifier of the noun")
        if modifiers & {"possible", "potential", "alleged-not", "hypothetical", "any", "feared"}:
            return Reading("hypothetical", False, "modifier of the noun")
        if modifiers & {"no"}:
            return Reading("denied", True, "“no”")
        head = self.tree.tokens[clause.token].head
        lemma = self.tree.lemma(head)
        if clause.relation in {"dobj", "pobj", "nsubjpass"}:
            verb = head if self.tree.tokens[head].pos in {"VERB", "AUX"} else self.tree.tokens[head].head
            lemma = self.tree.lemma(verb)
            if lemma in {"demand", "urge", "seek", "request", "call", "want", "propose"}:
                return Reading("demanded", False, f"object of “{lemma}”")
            if lemma in {"plan", "prepare", "schedule"} and clause.relation == "dobj":
                return Reading("planned", False, f"object of “{lemma}”")
            if lemma in {"prevent", "avoid", "avert", "fear", "deter", "stop", "risk", "threaten"} and clause.lemma != "threat":
                return Reading("hypothetical", False, f"object of “{lemma}”")
            if lemma == "deny":
                return Reading("denied", True, "object of “deny”")
        return Reading("actual", False, "named as a fact")

    def _speaker(self, clause: Clause) -> tuple[Party, ...]:
        """Who says the clause, when it is the content of a verb of saying in the same sentence."""
        for up in [clause.token, *self.tree.path_up(clause.token)]:
            verb = self.tree.tokens[up]
            if verb.pos == "VERB" and self.tree.lemma(up) in {"say", "tell", "insist", "add", "argue", "state", "stress", "warn", "declare", "write"} and up != clause.token:
                subjects = [s for k in self.tree.children(up, "nsubj") for s in self.tree.conjuncts(k)]
                return unique([p for s in subjects for p in self.scene.parties(s, "speaker") if not self.roles.idle(p)])
        return ()

    def _extent(self, clause: Clause, reading: Reading1) -> Span:
        """The words a reader needs: the clause, with its participants, without later sentences or speech tags."""
        spot = clause.verb if clause.verb is not None and clause.support in {"do", "in", "occur"} else clause.token
        span = self.tree.span(spot, without=("conj", "cc", "punct", "parataxis") if self.tree.tokens[spot].dep != "ROOT" else ("punct",))
        parts = [span, Span(start=self.tree.tokens[clause.token].start, end=self.tree.tokens[clause.token].end)]
        for party in (*reading.actors, *reading.recipients):
            if contains(self.scene.sentence.span, party.span):
                parts.append(party.span)
        if reading.content is not None:
            parts.append(Span(start=self.tree.tokens[reading.content].start, end=self.tree.tokens[reading.content].end))
        return Span(start=min(p.start for p in parts), end=max(p.end for p in parts))

    def _features(self, clause: Clause, reading: Reading1, mood: Reading) -> tuple[str, ...]:
        token = self.tree.tokens[clause.token]
        rows: dict[str, Any] = {
            "frame": reading.frame, "type": reading.type, "mode": reading.mode, "kind": clause.kind, "lemma": clause.lemma,
            "dep": token.dep, "tag": token.tag, "passive": clause.passive, "support": clause.support, "modality": mood.modality,
            "negated": mood.negated, "actors": len(reading.actors), "recipients": len(reading.recipients),
            "actor_how": reading.actors[0].how if reading.actors else None, "recipient_how": reading.recipients[0].how if reading.recipients else None,
            "actor_resolved": any(p.resolved for p in reading.actors), "recipient_resolved": any(p.resolved for p in reading.recipients),
            "content": noun_lemma(self.tree, reading.content) if reading.content is not None else None,
        }  # fmt: skip
        return tuple(f"{name}={value}" for name, value in sorted(rows.items()) if value is not None)
