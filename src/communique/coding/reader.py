"""`model.v1`: the rules' candidates read again by the trained reader, and the events that only it sees.

Decided here:
- Both look at every sentence that names somebody. A candidate of the rules keeps its participants, tense and
  codebook reasons; the reader weighs whether it is an event at all, and may change its type or mode when it is sure.
- A trigger that only the reader finds becomes a candidate with the spans that the reader marks, if somebody in it
  can act. Its modality is read by the same rules.
- The score is a weighted mean of both opinions; `runner_up` is the reader's next best type.
Weights and limits were set on the corpus's dev part and on paragraphs of our own, never on a gold set that is scored.

Rejected: the reader alone (it does not know the codebook's rules between records), the rules alone (they miss
what their lexicon lacks and believe every frame).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from communique.coding import adapt, classifier, codebook
from communique.coding.adapt import Adapted
from communique.coding.candidates import UNDERGOING, Candidate, Party, Tree, is_undergone, is_wished
from communique.coding.classifier import Reading, Words
from communique.coding.lexicon import lexicon, words
from communique.coding.modality import Reading as Mood
from communique.coding.modality import read_modality
from communique.coding.ontology import mode_in, quad
from communique.coding.parties import Scene, by_sentence, countries, overlaps, unique
from communique.coding.standing import ACTS_OF_SPEECH, standing
from communique.records import Annotated, Span
from communique.text import fold_same_length

RULE_WEIGHT = 0.4  # of the rules' score against the reader's "this is an event"
NOUN_WEIGHT = 0.66  # the same for an event noun with an actor of a country, which long sentences name in passing
OVERRULE = 0.80  # the reader's probability of another type from which it overrules the rules' type
BELIEVED = 0.10  # the most it may give the rules' type when it overrules
SURE_RULES = 0.88  # the rules' score from which their type stands within its quad class
NEW_TRIGGER = 0.60  # least probability of a trigger that the rules do not have
NEW_EVENT = 0.55  # least probability of its best type
NEW_TITLE = 0.70  # the same in a headline, which the text tells again in more words
NEW_JOINT = 0.97  # the same for what two do together without a recipient
NEW_WORDS = 0.45  # least mean probability of a participant's words
_HEADS = frozenset({"head-of-state", "head-of-government", "prime-minister", "monarch"})
_FALLS_ON_PLACES = frozenset({"ASSAULT", "COERCE", "AID"})
FILL_WORDS = 0.65  # the same for a recipient that the rules' slots do not give
DOER_WORDS = 0.90  # the same for an actor that they do not give
FROM_WORDS = 0.55  # … which stands right behind "from"
BARE_WORDS = 0.85  # the same for a recipient who is no known actor ("a police post")
MODE = 0.80  # least probability of a mode of a type that the rules do not give
BETTER = 0.60  # least probability of a mode that replaces the rules' where the mode is what is asked, threatened or restricted
FILL = 0.40  # least probability of a mode where rules and reader agree on the type and the rules give no mode
HONEST = ((0.0, 0.0), (0.5, 0.5), (0.86, 0.86), (1.0, 0.92))
"""Raw score to the share that was right at it, fitted on the dev families (`bench/coder.py --part dev`): a straight line from
knot to knot, even at the threshold, so that no record comes or goes by it."""


_COMING = ("AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID")
_MET = frozenset({"visit", "trip", "talk", "talks", "meeting", "summit", "exercise", "drill", "negotiation", "conference"})  # what is done, not what is undertaken


_UNDERTAKEN = frozenset({"agreement", "deal", "pledge", "promise", "offer", "vow", "commitment", "undertaking", "readiness", "willingness", "consensus", "understanding", "plan", "preparation"})


_DYING = frozenset({"die", "perish", "succumb", "fall", "drown"})
_THIRD = frozenset({"they", "he", "she", "it", "you"})
_AFTER = frozenset({"after", "before", "since", "following", "during", "amid", "despite"})
_WHEN = frozenset({"when", "after", "before", "while", "as", "since", "until", "once", "because", "where"})
_TELL_NOTHING = frozenset({"ADV", "DET", "CCONJ", "SCONJ", "PRON", "PART", "PUNCT"})


class _Spot(NamedTuple):
    sentence: int
    trigger: Span
    row: int | None  # index of the rules' candidate, None for a trigger of the reader alone


def reread(
    annotated: Annotated, rows: Sequence[Candidate], coded: Sequence[int], *, adapted: Adapted | None = None
) -> list[Candidate]:
    """The candidates after the reader: rescored, corrected, or new; in text order. `coded` are the indices of the
    sentences that may be coded; `adapted` is what the user's reviews taught."""
    scenes = _Scenes(annotated)
    spots = _spots(scenes, rows, coded)
    items = [(scenes.words(s.sentence), _inside(annotated, s)) for s in spots]
    readings = classifier.read_triggers(items)
    out: list[Candidate] = []
    for spot, reading in zip(spots, readings, strict=True):
        if spot.row is not None:
            row = weigh(rows[spot.row], reading, around=_governing_types(scenes, rows, rows[spot.row]), known=_is_of_a_state(annotated, rows[spot.row]) or _is_claimed(scenes, rows[spot.row]))
            row = _with_a_true_mode(_completed(row, scenes, reading), scenes)
            out.append(adapt.settle(row, reading, adapted) if adapted else row)
        else:
            found = _new(annotated, scenes, spot, reading)
            if found is not None and not _is_asked_for(found, rows, scenes) and not any(_tells_again(found, other, scenes) for other in out):
                out.append(adapt.settle(found, reading, adapted) if adapted else found)
    return sorted(out, key=lambda r: (r.sentence, r.trigger.start))


def honest(row: Candidate) -> Candidate:
    """The candidate with its score as the share of records that were right at such a score."""
    for (x0, y0), (x1, y1) in itertools.pairwise(HONEST):
        if row.score <= x1:
            return msgspec.structs.replace(row, score=round(y0 + (row.score - x0) * (y1 - y0) / (x1 - x0), 4))
    return msgspec.structs.replace(row, score=HONEST[-1][1])


def _with_a_true_mode(row: Candidate, scenes: _Scenes) -> Candidate:
    """The candidate without a mode that only the reader gives and the sentence does not bear: talks with a third party
    need one, a suicide attack the word."""
    if row.mode not in {"third-party", "suicide-attack"} or not any(r == f"the reader's mode: {row.mode}" for r in row.reasons):
        return row
    if row.mode == "suicide-attack":
        borne = re.search(r"suicide|bomber|blew (?:him|her|them)sel", scenes.words(row.sentence), re.IGNORECASE) is not None
    else:
        mentions = scenes.annotated.mentions
        lands = frozenset().union(*(countries(p, mentions) for p in (*row.actors, *row.recipients)))
        borne = any(ref.country not in lands for m in mentions if m.sentence == row.sentence for ref in m.refs)
    return row if borne else msgspec.structs.replace(row, mode=None, reasons=(*row.reasons, "but nothing there bears it"))


def _completed(row: Candidate, scenes: _Scenes, reading: Reading) -> Candidate:
    """A candidate of the rules with the recipients that only the reader finds, where the rules' slots found none and one
    side alone acts."""
    if not row.actors:
        row = _with_its_doer(row, scenes, reading)
    lands = [countries(p, scenes.annotated.mentions) for p in row.actors]
    if row.recipients or not row.actors or row.reciprocal or row.type == "MOBILIZE" or _asks_for_force(row) or len(frozenset().union(*lands)) > 1:
        return row
    base = scenes.annotated.sentences[row.sentence].span.start
    found = _parties(scenes.scene(row.sentence), base, reading.words, "R", least=FILL_WORDS)
    found = tuple(r for r in found if all(not overlaps(r.span, a.span) for a in row.actors) and not _is_the_state_itself(r, scenes.annotated, lands[0]))
    scene = scenes.scene(row.sentence)
    found = tuple(r for r in found if (row.type == "REJECT" or not _only_mediates(scene, r)) and not _of_another_clause(scene, row.token, r))
    if row.type not in _FALLS_ON_PLACES:
        found = tuple(r for r in found if not _is_a_place(r, scenes.annotated))
    if not found:
        return row
    return msgspec.structs.replace(row, recipients=found, reasons=(*row.reasons, "recipient: the reader's"))


def _with_its_doer(row: Candidate, scenes: _Scenes, reading: Reading) -> Candidate:
    """A candidate of the rules with the actor that only the reader finds in its clause ("were expelled *from B*")."""
    scene = scenes.scene(row.sentence)
    tree = scene.tree
    base = scenes.annotated.sentences[row.sentence].span.start

    def behind_from(party: Party) -> bool:
        head = tree.tokens[party.token].head
        return tree.low(head) == "from" and tree.tokens[head].head == row.token

    less_sure = [p for p in _parties(scene, base, reading.words, "A", least=FROM_WORDS) if behind_from(p)]
    found = unique([*_parties(scene, base, reading.words, "A", least=DOER_WORDS), *less_sure])
    if not row.passive and row.kind == "verb" and _has_subject(scene, row.token):
        below = set(tree.subtree(row.token))
        found = tuple(a for a in found if a.token in below)  # "bombs that fell … and killed two": whoever is named elsewhere did not
    found = tuple(a for a in found if (a.resolved or tree.tokens[a.token].pos == "PROPN") and all(not overlaps(a.span, r.span) for r in row.recipients) and not _of_another_clause(scene, row.token, a))
    return msgspec.structs.replace(row, actors=found, reasons=(*row.reasons, "actor: the reader's")) if found else row


def _has_subject(scene: Scene, token: int) -> bool:
    """Whether a verb has a subject in words, its own or that of the verb it is joined to."""
    tree = scene.tree
    for _ in range(6):
        if tree.children(token, "nsubj", "nsubjpass"):
            return True
        if tree.tokens[token].dep != "conj":
            return False
        token = tree.tokens[token].head
    return False


def _only_mediates(scene: Scene, party: Party) -> bool:
    """Whether a party only brought the deed about: "agreed to a truce *brokered by* C"."""
    tree = scene.tree
    head = tree.tokens[party.token].head
    return tree.low(head) == "by" and tree.lemma(tree.tokens[head].head) in {"broker", "mediate", "sponsor", "facilitate", "back", "propose", "draft", "host", "negotiate"}


def _of_another_clause(scene: Scene, token: int, party: Party) -> bool:
    """Whether a party stands in a clause of time, reason or description beside the deed ("declared an emergency *after* a
    candidate was shot"), or deep in what is said: the roles of a record come from one clause."""
    tree, at = scene.tree, party.token
    while at != token and tree.tokens[at].head != at:
        dep = tree.tokens[at].dep
        timed = dep == "advcl" and any(tree.low(k) in _WHEN for k in tree.children(at, "mark", "advmod"))
        if dep in {"relcl", "parataxis"} or timed or (dep == "prep" and tree.low(at) in _AFTER):
            return True
        at = tree.tokens[at].head
    return tree.low(party.token) in {"country", "nation", "state"} and any(tree.low(k) == "the" for k in tree.children(party.token, "det"))


def _asks_for_force(row: Candidate) -> bool:
    """Whether what is asked for falls on somebody else than whoever is asked: "called for sanctions against B"."""
    return row.type == "REQUEST" and any(f"content reads as {kind}" in row.reasons for kind in codebook.FORCE)


def _is_the_state_itself(party: Party, annotated: Annotated, lands: frozenset[str]) -> bool:
    """Whether a party is no more than the actor's own state, or a head of it."""
    refs = [ref for m in party.mentions for ref in annotated.mentions[m].refs]
    return bool(refs) and all((ref.kind == "country" or (ref.kind == "office" and ref.office in _HEADS)) and ref.country in lands for ref in refs)


def _governing_types(scenes: _Scenes, rows: Sequence[Candidate], row: Candidate) -> frozenset[str]:
    """The types of the candidates whose triggers govern a noun of this one: what the reader sees around it."""
    if row.kind != "noun":
        return frozenset()
    above = set(scenes.scene(row.sentence).tree.path_up(row.token))
    return frozenset(o.type for o in rows if o.type and o.sentence == row.sentence and o.token in above and o.token != row.token)


def _is_a_place(party: Party, annotated: Annotated) -> bool:
    """Whether all that a party is known as is a town or the like."""
    refs = [ref for m in party.mentions for ref in annotated.mentions[m].refs]
    return bool(refs) and all(ref.kind == "place" for ref in refs)


def _is_of_a_state(annotated: Annotated, row: Candidate) -> bool:
    """Whether somebody who acts in it is known to be of a country."""
    return any(ref.country for p in row.actors for m in p.mentions for ref in annotated.mentions[m].refs)


def _is_asked_for(new: Candidate, rows: Sequence[Candidate], scenes: _Scenes) -> bool:
    """Whether a new candidate is the infinitive of what another asks or threatens: "gave B until Friday *to free* the crew"."""
    tree = scenes.scene(new.sentence).tree
    if not any(tree.low(k) == "to" for k in tree.children(new.token, "aux")):
        return False
    above = set(tree.path_up(new.token))
    return any(o.sentence == new.sentence and o.type in {"REQUEST", "THREATEN"} and o.token in above and {p.token for p in o.actors} & {p.token for p in new.actors} for o in rows)


def _is_claimed(scenes: _Scenes, row: Candidate) -> bool:
    """Whether somebody claims the deed for himself: "claimed responsibility *for the attack*"."""
    tree = scenes.scene(row.sentence).tree
    head = tree.tokens[row.token].head
    return tree.low(head) == "for" and tree.lemma(tree.tokens[head].head) in {"responsibility", "credit"}


def _tells_again(new: Candidate, other: Candidate, scenes: _Scenes) -> bool:
    """Whether a new candidate only says once more what another of its sentence says: one governs the other
    ("held talks", "demanded the return"), and the type or the doers are the same."""
    if new.sentence != other.sentence:
        return False
    tree = scenes.scene(new.sentence).tree
    near = _governs(tree, new.token, other.token) or _governs(tree, other.token, new.token)
    mine, theirs = {p.token for p in new.actors}, {p.token for p in other.actors}
    if mine and theirs and not mine & theirs and new.kind == other.kind == "verb":
        return False  # "A has stopped its aid and B has put C under sanctions"
    same = new.type == other.type or mine == theirs
    if near and mine == theirs and new.type == "AGREE" and other.type == "CONCEDE":
        return True  # "is *willing* to withdraw"
    return near and same and (new.type == other.type or other.content == new.token or new.kind != other.kind)


def _governs(tree: Tree, above: int, below: int) -> bool:
    """Whether one trigger stands under the other within one clause: of two that are joined ("dissolved the party *and stripped* its
    leader of his seat") each is a deed of its own."""
    at = below
    for up in tree.path_up(below):
        if tree.tokens[at].dep == "conj" and tree.tokens[at].pos == "VERB":
            return False
        if up == above:
            return True
        at = up
    return False


class _Scenes:
    """Scenes and folded sentence texts, each made once."""

    def __init__(self, annotated: Annotated) -> None:
        self.annotated = annotated
        self.text = fold_same_length(annotated.article.doc.text)
        self._made: dict[int, Scene] = {}
        self._here = by_sentence(annotated.mentions)

    def words(self, number: int) -> str:
        """The sentence's text, same length as in the document."""
        span = self.annotated.sentences[number].span
        return self.text[span.start : span.end]

    def scene(self, number: int) -> Scene:
        """The scene of a sentence."""
        if number not in self._made:
            sentence = self.annotated.sentences[number]
            self._made[number] = Scene(sentence, number, self.annotated.mentions, self.annotated.article.doc.text, here=self._here.get(number, ()))
        return self._made[number]


def _spots(scenes: _Scenes, rows: Sequence[Candidate], coded: Sequence[int]) -> list[_Spot]:
    """Where the reader looks: every trigger of the rules, and its own triggers in sentences in which somebody named can
    act (`_new` needs one)."""
    annotated = scenes.annotated
    named = {m.sentence for m in annotated.mentions if m.refs}
    wanted = [n for n in coded if (n in named and scenes.scene(n).somebody()) or _names_the_public(scenes.scene(n))]
    spots = [_Spot(row.sentence, row.trigger, k) for k, row in enumerate(rows)]
    taken = [(row.sentence, row.trigger, row.content, row.lemma) for row in rows]
    found = classifier.find_triggers([scenes.words(n) for n in wanted], least=NEW_TRIGGER)
    for number, seen in zip(wanted, found, strict=True):
        base = annotated.sentences[number].span.start
        tokens = annotated.sentences[number].tokens
        for w in seen:
            span = Span(start=base + w.start, end=base + w.end)
            near = [
                t
                for t in taken
                if t[0] == number
                and (overlaps(t[1], span) or (t[2] is not None and span.start <= tokens[t[2]].start < span.end))
            ]
            if not near:
                spots.append(_Spot(number, span, None))
    return spots


def _inside(annotated: Annotated, spot: _Spot) -> Span:
    base = annotated.sentences[spot.sentence].span.start
    return Span(start=max(0, spot.trigger.start - base), end=max(0, spot.trigger.end - base))


def weigh(row: Candidate, reading: Reading, *, around: frozenset[str] = frozenset(), known: bool = False) -> Candidate:
    """A candidate of the rules (`known`: with an actor of a country) in the light of the reader, which may not give it one of the types `around` it: the verb of
    "agreed to work against the threat" is what makes the threat look like an agreement."""
    nothing = reading.types["NONE"]
    weight = NOUN_WEIGHT if row.kind == "noun" and known else RULE_WEIGHT
    score = weight * row.score + (1 - weight) * (1 - nothing)
    ranked = sorted(((p, t) for t, p in reading.types.items() if t != "NONE"), reverse=True)
    best, kind = ranked[0]
    changes: dict[str, object] = {"score": round(min(1.0, score), 4)}
    reasons = [f"reader: {kind} {best:.2f}, no event {nothing:.2f}"]
    if best >= OVERRULE and reading.types.get(row.type or "", 0.0) <= BELIEVED and kind not in around and _may_overrule(row, kind):
        changes |= {"type": kind, "mode": None, "cameo": None}
        reasons.append(f"the reader overrules {row.type}")
        if kind == "PROTEST":
            changes["recipients"] = tuple(p for p in row.recipients if p.resolved or p.how != "obj")  # what a crowd burns is nobody
        if kind == "AGREE" and row.kind == "noun" and row.modality == "actual":
            changes["modality"] = "planned"  # a visit or talks read as an agreement are to come
            reasons.append(f"planned: a {row.type} that is only agreed on")
    final = str(changes.get("type", row.type))
    if final != row.type:
        changes["mode"] = _mode(final, reading, MODE)
    elif row.mode is None and row.cameo != "192":  # where the rules' type stands, so does their mode; a captured town has none
        changes["mode"] = _mode(final, reading, FILL)
        if changes["mode"] is not None:
            reasons.append(f"the reader's mode: {changes['mode']}")
    elif row.type in _CONTENT_IS_THE_MODE and row.cameo != "192" and not any(r.startswith(codebook.DECIDES) for r in row.reasons):
        better = _mode(final, reading, BETTER)
        if better not in (None, row.mode):
            changes["mode"] = better
            reasons.append(f"the reader's mode: {better}, not {row.mode}")
    runner = next(((t, round(p, 4)) for p, t in ranked if t != final), None)
    return msgspec.structs.replace(row, **changes, runner_up=runner, reasons=(*row.reasons, *reasons))


def _may_overrule(row: Candidate, kind: str) -> bool:
    """Whether the reader may put `kind` for the rules' type: not where the codebook's wording decides (signing is
    SUPPORT, what is announced is CONCEDE and what is done RETREAT), nor within a quad class against sure rules."""
    if row.cameo in {"125", "139"}:  # meetings called off (3.2) and ultimatums are told in so many words
        return False
    if {codebook.MUST, codebook.REFUSES, codebook.SURE} & set(row.reasons):
        return False  # told in so many words, which the reader's types do not know
    if row.type == "COOPERATE" and kind == "MOBILIZE" and row.kind == "noun":
        return False  # 3.5: the rules have counted whose exercise it is
    if row.type == "SANCTION" and kind == "COERCE" and row.lemma in {"close", "shut", "shutter"}:
        return False  # 3.13: a crossing that is closed cuts what was shared
    if row.type == "REJECT" and kind == "SANCTION" and row.lemma in {"block", "veto", "oppose", "stall", "obstruct"}:
        return False  # whoever blocks sanctions imposes none
    if row.type == "REJECT" and row.lemma in _REFUSALS and quad(kind) in {"verbal cooperation", "material cooperation"}:
        return False  # a drill that "was ruled out" has not been held
    if row.type == "ASSAULT" and quad(kind) in {"verbal cooperation", "material cooperation"}:
        return False  # "traded fire" is no trade
    if row.kind == "noun" and kind == "REJECT" and (row.negated or row.type == "ACCUSE"):
        return False  # "has not been scheduled" refuses nobody, nor do the accusations that are rejected
    if row.type == "AGREE" and row.modality == "planned" and kind in {"CONSULT", "SUPPORT", "COOPERATE", "AID"}:
        return False  # what is to come is AGREE, whatever it will be when it has come (3.1)
    if kind in (row.type, "STATE") or frozenset((kind, row.type)) in _WORDING_DECIDES:
        return False
    return row.type is None or quad(kind) != quad(row.type) or row.score < SURE_RULES


# 3.8, 3.11.3, 3.15: the mode is what is asked, threatened or restricted, of which the rules see only the verb.
_CONTENT_IS_THE_MODE = frozenset({"REQUEST", "THREATEN", "COERCE"})
_REFUSALS = frozenset({"rule", "rule_out", "reject", "refuse", "decline", "dismiss", "spurn", "rebuff", "turn", "turn_down", "veto", "scrap", "cancel", "call_off"})
_TRADED = frozenset({"fire", "gunfire", "blows", "shots", "shells", "strikes", "barbs", "accusations", "insults", "threats", "blame"})
_WORDING_DECIDES = frozenset({frozenset({"SUPPORT", "AGREE"}), frozenset({"CONCEDE", "SANCTION"}), frozenset({"RETREAT", "SANCTION"}), frozenset({"CONCEDE", "RETREAT"}), frozenset({"CONCEDE", "AGREE"})})


def _mode(kind: str, reading: Reading, least: float) -> str | None:
    """The reader's mode, which is one of its best type and of no other, though names recur ("withdraw")."""
    if not reading.modes or max(reading.types, key=reading.types.__getitem__) != kind:
        return None
    mode, p = max(reading.modes.items(), key=lambda m: m[1])
    return mode_in(kind, mode) if p >= least else None


def _new(annotated: Annotated, scenes: _Scenes, spot: _Spot, reading: Reading) -> Candidate | None:
    """A candidate from the reader alone; None when it is unsure, or nobody named can act in it."""
    kind, p = max(reading.types.items(), key=lambda t: t[1])
    coming = sum(reading.types[t] for t in _COMING) if kind in _COMING else 0.0
    title = annotated.article.blocks[annotated.sentences[spot.sentence].block].kind == "title"
    if kind in ("NONE", "STATE") or max(p, coming) < (NEW_TITLE if title else NEW_EVENT):
        return None
    scene = scenes.scene(spot.sentence)
    base = annotated.sentences[spot.sentence].span.start
    actors = _parties(scene, base, reading.words, "A")
    recipients = tuple(r for r in _parties(scene, base, reading.words, "R") if all(not overlaps(r.span, a.span) for a in actors))
    if not any(a.resolved or _is_public(scene, a) for a in actors) and not (actors and any(r.resolved for r in recipients)):
        return None
    token = _head(scene, spot.trigger)
    if token is None or scene.tree.tokens[token].pos in _TELL_NOTHING or scene.tree.tokens[token].dep == "prt":
        return None
    if scene.tree.tokens[token].pos == "ADP" and not any(scene.tree.tokens[k].start < spot.trigger.end for k in scene.tree.children(token, "pobj")):
        return None  # "in talks" tells something, a bare "on" nothing
    if kind == "COOPERATE" and not recipients and p < NEW_JOINT and not any(scene.tree.lemma(k) in lexicon().nouns for k in scene.tree.subtree(token)):
        return None  # "A and B drive on the left" looks like a deed of both
    if scene.tree.lemma(token) in _DYING:  # "six soldiers *died* when gunmen attacked": who dies did not do it
        actors, recipients = _of_the_dead(scene, token, (*actors, *recipients))
        if not actors:
            return None
    actors, recipients = (tuple(p for p in side if scene.tree.lemma(token) in _DYING or not _is_elsewhere(scene, token, p)) for side in (actors, recipients))
    if _is_done_to(scene, token, actors, recipients):
        actors, recipients = recipients, actors
    elif not recipients and (told := [a for a in actors if _is_given_to(scene, token, a)]):
        actors, recipients = tuple(a for a in actors if a not in told), tuple(told)
    shown = scene.tree.tokens[token]
    if _is_no_deed(scene, token, kind) or is_wished(scene.tree, token) or _only_speaks(scene, token, actors):
        return None
    mood = read_modality(scene.tree, _content(scene, token), noun=shown.pos == "NOUN")
    if shown.pos == "NOUN" and mood.modality == "actual" and (kind not in ACTS_OF_SPEECH or (kind == "AGREE" and scene.tree.lemma(token) not in _UNDERTAKEN)):
        mood = standing(scene.tree, token) or (Mood("planned", False, f"“{shown.lemma}” that is agreed on") if kind == "AGREE" and scene.tree.lemma(token) in _MET else mood)
    if p < NEW_EVENT:  # 3.1: what is to come is AGREE, whichever of these it will be
        if mood.modality not in {"planned", "pledged"}:
            return None
        kind, p = "AGREE", coming
    row = Candidate(
        sentence=spot.sentence,
        token=token,
        trigger=Span(start=shown.start, end=shown.end),
        clause=scene.tree.span(token, without=("punct",)),
        kind="noun" if shown.pos in ("NOUN", "PROPN") else "verb",
        lemma=scene.tree.lemma(token),
        passive=False,
        actors=actors,
        recipients=recipients,
        type=kind,
        mode=_mode(kind, reading, MODE),
        modality=mood.modality,
        negated=mood.negated,
        score=round(p * (1 - reading.types["NONE"]), 4),
        reasons=(f"reader alone: {kind} {p:.2f}", f"{mood.modality}: {mood.reason}"),
        contexts=tuple(sorted(c for c, v in reading.contexts.items() if v >= 0.6)),
    )
    return codebook.settle(row, speaker=lambda: _parties(scene, base, reading.words, "S"))


def _is_public(scene: Scene, party: Party) -> bool:
    """Whether a party without a name is of public life all the same ("police", "rebels", "a court"); the rules ask the same."""
    return bool({scene.tree.lemma(party.token), scene.tree.low(party.token)} & words("political", "nouns"))


def _names_the_public(scene: Scene) -> bool:
    """Whether somebody of public life is spoken of in a sentence, by a noun alone."""
    nouns = words("political", "nouns")
    return any(t.pos == "NOUN" and (scene.tree.lemma(k) in nouns or scene.tree.low(k) in nouns) for k, t in enumerate(scene.tree.tokens))


def _content(scene: Scene, token: int) -> int:
    """The verb whose form tells the standing of what is said or offered: "said it *would resume* aid", "is willing to *help*"."""
    if scene.tree.lemma(token) not in {"say", "tell", "add", "ready", "willing", "prepared"}:
        return token
    return next(iter(scene.tree.children(token, "ccomp", "xcomp")), token)


def _is_no_deed(scene: Scene, token: int, kind: str) -> bool:
    """Whether the words of a trigger that only the reader has tell of nothing done to anybody."""
    tree = scene.tree
    lemma = tree.lemma(token)

    def below(*words: str, under: tuple[str, ...]) -> bool:
        return any(tree.low(k) in words for k in tree.children(token, *under))

    return (
        any(t.text == "?" for t in tree.tokens[token:])  # who asks whether it happened does not tell it
        or (tree.tokens[token].pos == "NOUN" and tree.low(tree.tokens[token].head) == "under")  # talks that are "under discussion" are told by their own noun
        or (lemma == "trade" and token + 1 < len(tree.tokens) and tree.low(token + 1) in _TRADED)  # "A and B trade fire": a headline's verb that was read as commerce
        or (lemma in {"deny", "dispute", "refute"} and bool(tree.children(token, "ccomp")))  # who denies *that* something happened refuses nobody anything
        or (lemma in {"come", "raise"} and below("close", "near", "possibility", "prospect", "chance", "hope", under=("advmod", "acomp", "dobj")))
        or (lemma == "claim" and below("responsibility", "credit", under=("dobj",)))  # whoever claims an attack accuses nobody
        or (kind == "AID" and tree.tokens[token].dep == "relcl" and tree.tokens[token].tag in {"VBZ", "VBP"})  # "Zambia, which hosts refugees, …": a lasting state
        or (kind == "AGREE" and lemma == "term")  # "on speaking terms"
        or lemma == "stay"  # who stays away has not stopped firing
        or lemma in {"hope", "hop", "agenda"}  # whoever hopes for it has not agreed to it,
        or (kind == "THREATEN" and lemma in {"fear", "worry"})  # and whoever fears it does not threaten it
        or (lemma in {"speak", "talk"} and below("of", "about", under=("prep",)))  # whoever speaks of a thing does nothing to anybody
    )


def _only_speaks(scene: Scene, token: int, actors: Sequence[Party]) -> bool:
    """Whether the trigger stands within quotation marks with a subject of its own ("*Minsk* trades in people"), and everybody who
    is said to act outside them: they only say it. "We have halted …" is theirs."""

    def quoted(at: int) -> bool:
        return sum(t.text in {'"', "“", "”"} for t in scene.tree.tokens[:at]) % 2 == 1

    named = any(scene.tree.tokens[k].pos in {"NOUN", "PROPN"} or scene.tree.low(k) in _THIRD for k in [*scene.tree.children(token, "nsubj"), *scene.tree.children(scene.tree.tokens[token].head, "nsubj")] if quoted(k))
    return bool(actors) and quoted(token) and named and not any(quoted(p.token) for p in actors)


def _of_the_dead(scene: Scene, token: int, parties: Sequence[Party]) -> tuple[tuple[Party, ...], tuple[Party, ...]]:
    """Who is said beside a verb of dying, and its subject."""
    dead = {k for s in scene.tree.children(token, "nsubj") for k in scene.tree.subtree(s)}
    return tuple(p for p in parties if p.token not in dead and scene.can_act(p.token)), tuple(p for p in parties if p.token in dead)


def _is_elsewhere(scene: Scene, token: int, party: Party) -> bool:
    """Whether a party stands in a clause of time beside the trigger ("were put off *when A asked*"), or in one that describes
    another thing ("the handover follows a truce *that A signed*")."""
    tree = scene.tree
    ups = list(tree.path_up(party.token))
    mine = {token, *tree.path_up(token)}
    if any(tree.tokens[up].dep == "relcl" and up not in mine and tree.tokens[up].head != token for up in ups):
        return True
    if token not in ups:
        return False
    return any(tree.tokens[up].dep == "advcl" and any(tree.low(k) in _WHEN for k in tree.children(up, "mark", "advmod")) for up in ups[: ups.index(token)])


def _is_given_to(scene: Scene, token: int, party: Party) -> bool:
    """Whether the passive says that something went to a party, which then is no doer: "was handed over *to B*"."""
    tree, at = scene.tree, party.token
    while tree.tokens[at].dep in {"amod", "compound", "poss", "nmod"}:
        at = tree.tokens[at].head
    head = tree.tokens[at].head
    return tree.low(head) == "to" and tree.tokens[head].head == token and bool(tree.children(token, "auxpass"))


def _is_done_to(scene: Scene, token: int, actors: Sequence[Party], recipients: Sequence[Party]) -> bool:
    """Whether the reader has them the wrong way round: "A received aid *from* B" is an act of B."""
    tree = scene.tree
    verb = tree.tokens[token].lemma.lower() if tree.tokens[token].pos == "VERB" else tree.lemma(tree.tokens[token].head)
    if verb == "come" and tree.tokens[token].pos == "VERB" and is_undergone(tree, token):  # "its soldiers *came under fire*"
        return bool(actors) and all(a.token < token for a in actors)
    if verb not in UNDERGOING | {"get", "secure", "win", "obtain"} or not actors or not recipients:
        return False
    return all(any(tree.low(up) == "from" for up in tree.path_up(r.token)) for r in recipients) and any(a.token < token for a in actors)


def _parties(scene: Scene, base: int, words: Sequence[Words], role: str, *, least: float = NEW_WORDS) -> tuple[Party, ...]:
    """The participants that the reader's spans of a role (mean probability at least `least`) stand for."""
    found: list[Party] = []
    for w in words:
        if w.role != role or w.score < least:
            continue
        span = Span(start=base + w.start, end=base + w.end)
        head = _head(scene, span)
        if head is None:
            continue
        for one in scene.tree.conjuncts(head):
            if scene.tree.tokens[one].start < span.end:
                named = scene.parties(one, "reader", places=role == "R")
                if not named and role == "R" and w.score >= BARE_WORDS and scene.tree.tokens[one].pos in {"NOUN", "PROPN"}:
                    named = [scene.party(one, "reader")]
                found += named
    return unique([p for p in found if p.resolved or role == "R" or scene.can_act(p.token)])


def _head(scene: Scene, span: Span) -> int | None:
    """The token of a span whose governor lies outside it."""
    inside = [k for k, t in enumerate(scene.tree.tokens) if t.start < span.end and t.end > span.start and t.pos not in ("PUNCT", "SPACE")]
    for k in inside:
        head = scene.tree.tokens[k].head
        if head not in inside or head == k:
            return k
    return inside[0] if inside else None
