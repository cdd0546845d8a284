"""From candidates to event mentions: participants, roles of visits, contexts, codes, evidence, ids.

A field is filled from words or stays empty. `when`, `where` and attribution come from the
annotated layers, read in `circumstances`; participants come from the mentions of the candidate's
parties, one `Participant` for each thing that a mention stands for. A definite event noun without participants
of its own ("the drills") takes those of the event it takes up, and says so in `via`; if there is none it is not
coded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, cast

import msgspec

from communique import tables
from communique.coding import means, ontology
from communique.coding.candidates import Candidate, Party, Tree
from communique.coding.circumstances import Circumstances
from communique.coding.lexicon import lexicon, words
from communique.coding.parties import stands_for
from communique.records import (
    Annotated,
    EventMention,
    EventType,
    Mention,
    Modality,
    Participant,
    Span,
    Where,
)
from communique.text import contains, digest, merge_spans, slice_span, trim

CODER = "rules.v1"
_JOINT_WORDS = {"trilateral": 3, "tripartite": 3, "three-way": 3, "bilateral": 2}
_JOINT_REACH = 5  # sentences back that a word like "trilateral" may look for its parties
_TAKEN_UP = frozenset({"CONSULT", "COOPERATE", "MOBILIZE", "ASSAULT"})
_DEEDS = frozenset({"ASSAULT", "COERCE", "SANCTION", "THREATEN", "MOBILIZE", "REJECT"})  # what others condemn


def assemble(
    annotated: Annotated, rows: Sequence[Candidate], *, coder: str, threshold: float, decisions: ontology.Decisions = ontology.DEFAULT
) -> list[tuple[Candidate, EventMention]]:
    """The event mentions of the candidates whose score reaches `threshold`, with the candidate each came from."""
    rows = [row for row in rows if row.type is not None]
    trees = {row.sentence: Tree(annotated.sentences[row.sentence]) for row in rows}
    rows = [means.by_words(row, trees[row.sentence]) for row in _blame(annotated, _take_up(annotated, _fill_joint(annotated, rows, trees)), trees)]
    circumstances = Circumstances(annotated, rows, trees)
    out: list[tuple[Candidate, EventMention]] = []
    for number, row in enumerate(rows):
        where = circumstances.where(number)
        if row.score < threshold:
            continue
        record = _record(annotated, row, where, circumstances, number, coder, trees[row.sentence], decisions)
        if record is not None:
            out.append((row, record))
    return out


# --- joint events -------------------------------------------------------------------------------------


def _fill_joint(annotated: Annotated, rows: Sequence[Candidate], trees: Mapping[int, Tree]) -> list[Candidate]:
    """"The trilateral exercise": whose it is, when fewer parties are named than the word counts and the report has
    just told of exactly that many acting together."""
    out: list[Candidate] = []
    for row in rows:
        wanted = joint_word(trees[row.sentence], row.token) if row.kind == "noun" and row.type in {"COOPERATE", "CONSULT"} else None
        mine = _lands(annotated.mentions, (*row.actors, *row.recipients))
        if wanted is not None and len(mine) < wanted:
            for earlier in reversed(out):
                everyone = (*earlier.actors, *earlier.recipients)
                theirs = _lands(annotated.mentions, everyone)
                if len(theirs) == wanted and mine <= theirs and row.sentence - earlier.sentence <= _JOINT_REACH:
                    row = msgspec.structs.replace(row, actors=(*row.actors, *_via(everyone)), recipients=(), reciprocal=True, score=max(row.score, 0.6), reasons=(*row.reasons, f"{wanted} sides as in sentence {earlier.sentence + 1}"))
                    break
        out.append(row)
    return out


# --- events taken up ----------------------------------------------------------------------------------


def _take_up(annotated: Annotated, rows: Sequence[Candidate]) -> list[Candidate]:
    """Rows without participants get those of the last event of their kind; those that find none are left out."""
    out: list[Candidate] = []
    for row in rows:
        if _only_recalls(annotated, row, out):
            continue
        if row.actors or row.recipients:
            out.append(row)
            continue
        found = next((o for o in reversed(out) if _may_take_up(annotated, row, o)), None) or _occasion(annotated, row, out)
        if found is not None:
            # A plan told of earlier ("will hold drills") and what it became are two records of one event.
            out.append(
                msgspec.structs.replace(
                    row, type=found.type if found.type in _TAKEN_UP else row.type, mode=row.mode if row.type == found.type else None,
                    takes_up=found.trigger, actors=_via(found.actors), recipients=_via(found.recipients) if found.type in _TAKEN_UP else (),
                    reciprocal=found.reciprocal or row.reciprocal,
                    score=min(row.score + 0.1, found.score), reasons=(*row.reasons, f"takes up the event of sentence {found.sentence + 1}"),
                )
            )  # fmt: skip
    return out


def _occasion(annotated: Annotated, row: Candidate, earlier: Sequence[Candidate]) -> Candidate | None:
    """"The talks": when no meeting was told of, the occasion on which several countries agreed or declared something."""
    if row.type != "CONSULT" or not row.reciprocal:
        return None
    fit = [o for o in earlier if o.type in {"AGREE", "SUPPORT"} and o.modality in {"actual", "pledged"} and len(_lands(annotated.mentions, o.actors)) > 1]
    return fit[-1] if fit and row.sentence - fit[-1].sentence <= 8 else None


def _blame(annotated: Annotated, rows: Sequence[Candidate], trees: Mapping[int, Tree]) -> list[Candidate]:
    """"Egypt condemned *the shelling*": the recipients are the doers of the deed that the phrase goes back to (3.9 blames actors)."""
    out: list[Candidate] = []
    for row in rows:
        if row.type == "ACCUSE" and row.actors and not row.recipients:
            found = _deed(annotated, row, trees[row.sentence], [o for o in rows if o.type in _DEEDS and o.actors])
            mine = _lands(annotated.mentions, row.actors)
            if found is not None and not mine & _lands(annotated.mentions, found.actors):
                row = msgspec.structs.replace(row, recipients=_via(found.actors), reasons=(*row.reasons, f"recipient: who did the deed of sentence {found.sentence + 1}"))
        out.append(row)
    return out


def _deed(annotated: Annotated, row: Candidate, tree: Tree, deeds: Sequence[Candidate]) -> Candidate | None:
    """The deed that the object of a verb of blame goes back to."""
    objects = [k for k in tree.children(row.token, "dobj", "nsubjpass", "prep") if tree.tokens[k].dep != "prep" or tree.low(k) == "of"]
    heads = [p for k in objects for p in (tree.children(k, "pobj") if tree.tokens[k].dep == "prep" else [k])]
    spans = [tree.tokens[h] for h in heads]
    frontier = [m for m in annotated.mentions if m.sentence == row.sentence and any(m.head.start <= t.start < m.head.end for t in spans)]
    for _ in range(6):
        behind = [span for m in frontier for span in m.antecedents]
        found = next((o for span in behind for o in deeds if o.trigger.start < span.end and span.start < o.trigger.end), None)
        if found is not None:
            return found
        frontier = [m for m in annotated.mentions if m.span in behind]
    return None


def _only_recalls(annotated: Annotated, row: Candidate, earlier: Sequence[Candidate]) -> bool:
    """"During his trip, …": a meeting or visit already told of, named again only to say when something else was."""
    if row.type != "CONSULT" or row.kind != "noun":
        return False
    tree = Tree(annotated.sentences[row.sentence])
    token = tree.tokens[row.token]
    if token.dep != "pobj" or tree.low(token.head) not in {"during", "after", "before", "at", "in", "following"}:
        return False
    mine = _lands(annotated.mentions, row.actors)
    return any(o.type == "CONSULT" and mine <= _lands(annotated.mentions, (*o.actors, *o.recipients)) for o in earlier if o.sentence < row.sentence)


def _family(row: Candidate) -> str:
    """The number of the frame that read the row: nouns of one frame name one kind of occasion."""
    found = next((f for f in row.features if f.startswith("frame=")), "")
    return found.rsplit(".", 1)[-1]


def _may_take_up(annotated: Annotated, row: Candidate, earlier: Candidate) -> bool:
    if row.type not in _TAKEN_UP or not earlier.actors:
        return False
    talks = row.type == "CONSULT" and earlier.type == "CONSULT" and row.reciprocal == earlier.reciprocal
    same = talks or (row.lemma == "iteration" and earlier.type == "COOPERATE") or _family(row) == _family(earlier)
    if earlier.modality in {"planned", "pledged", "hypothetical"}:
        return False
    return same and row.sentence - earlier.sentence <= (2 if row.lemma == "iteration" else 6)


def _via(parties: Sequence[Party]) -> tuple[Party, ...]:
    return tuple(msgspec.structs.replace(p, how=f"via.{p.how}") for p in parties)


# --- who visits whom ----------------------------------------------------------------------------------


class _Roles(NamedTuple):
    actors: tuple[Participant, ...]
    recipients: tuple[Participant, ...]
    mode: str | None
    why: str | None = None


def _roles(row: Candidate, actors: tuple[Participant, ...], recipients: tuple[Participant, ...], where: Where | None) -> _Roles:
    """PLOVER 3.2: the visitor is the actor, the host the recipient; where roles are unclear all are actors."""
    everyone = (*actors, *(p for p in recipients if not _among(p, actors)))
    lands = {p.country for p in everyone if p.country}
    if row.mode == "third-party" and any(r.startswith("the reader's mode") for r in row.reasons):
        row = msgspec.structs.replace(row, mode=None)  # a third party is a matter of the place, which the rule below reads
    if row.type != "CONSULT" or not actors or (row.mode is not None and not row.reciprocal) or len(lands) < 2:
        return _Roles(actors, recipients, row.mode)
    if row.mode == "phone" and recipients:
        return _Roles(actors, recipients, row.mode)  # who calls and who is called is told; nobody is a host
    country = where.country if where is not None else None
    hosts = tuple(p for p in everyone if country and p.country == country)
    guests = tuple(p for p in everyone if p not in hosts)
    if hosts and guests:
        return _Roles(guests, hosts, row.mode or "visit", "visitor acts, host receives (3.2)")
    mode = row.mode or ("third-party" if country else "multilateral" if len(lands) > 2 else None)
    return _Roles(everyone, (), mode, "roles unclear: all are actors (3.2)")


def _lands(mentions: Sequence[Mention], parties: Sequence[Party]) -> set[str]:
    return {ref.country for p in parties for m in p.mentions for ref in mentions[m].refs if ref.country}


# --- one record ---------------------------------------------------------------------------------------


def _record(
    annotated: Annotated,
    row: Candidate,
    where: Where | None,
    circumstances: Circumstances,
    number: int,
    coder: str,
    tree: Tree,
    decisions: ontology.Decisions,
) -> EventMention | None:
    doc = annotated.article.doc
    kind = cast(EventType, row.type)
    actors = participants(annotated, row.actors)
    receiving = [p for p in row.recipients if kind in _LANDMARKS_SUFFER or not _is_landmark(tree, p)]
    received = participants(annotated, receiving)
    recipients = tuple(p for p in received if not _among(p, actors))
    if kind == "ASSAULT" and received and not recipients and tree.tokens[row.token].tag == "VBG" and all(_is_owned(p) and " own " not in (p.text or "") for p in received):
        actors, recipients = (), received  # "shells landed in Chad, killing two of *its* soldiers": not its own deed
    actors, recipients, said_mode, why = _roles(row, actors, recipients, where)
    mode = ontology.mode_in(kind, means.of_forces(kind, said_mode, actors), version=decisions.version)
    if not actors and not recipients:
        return None
    when = circumstances.when(number)
    modality = circumstances.modality(number)
    cameo = _cameo(row, kind, mode, modality, doc.text)
    return EventMention(
        id=digest(doc.id, kind, f"{row.trigger.start}:{row.trigger.end}", *[f"{p.entity or p.name}:{p.span}" for p in (*actors, *recipients)]),
        document=doc.id,
        type=kind,
        trigger=row.trigger,
        evidence=_evidence(annotated, row),
        mode=mode,
        contexts=_contexts(row, tree),
        modality=modality,
        negated=row.negated,
        actors=actors,
        recipients=recipients,
        about=tuple(p for p in participants(annotated, row.about) if p.entity is not None),
        when=when,
        where=where,
        attribution=circumstances.attribution(number),
        score=round(min(1.0, row.score), 3),
        quad=ontology.quad(kind, decisions=decisions),
        cameo=cameo,
        plover_score=ontology.score(kind, mode, decisions=decisions),
        goldstein=ontology.goldstein(cameo, decisions=decisions),
        coder=coder,
        tables=tables.version(),
        sentence=row.sentence,
        reasons=row.reasons if why is None else (*row.reasons, why),
        runner_up=row.runner_up,
    )


def _cameo(row: Candidate, kind: EventType, mode: str | None, modality: Modality, text: str) -> str:
    """The frame's code where it says more than the type does; else what mode, modality and the words after the trigger decide."""
    after = text[row.trigger.start : row.trigger.end + 60].split("\n")[0]
    decided = tables.cameo_code(kind, mode, modality=modality, words=after.split(". ")[0])
    if row.cameo is None or row.cameo == tables.DEFAULT_CAMEO[kind] or modality in {"planned", "pledged"}:
        return decided if row.cameo is None or decided != tables.DEFAULT_CAMEO[kind] else row.cameo
    return row.cameo


def participants(annotated: Annotated, parties: Sequence[Party]) -> tuple[Participant, ...]:
    """One participant for each thing that the parties stand for, in order, none twice."""
    text = annotated.article.doc.text
    out: list[Participant] = []
    for party in parties:
        refs = [(m, ref) for m in party.mentions for ref in annotated.mentions[m].refs]
        via = tuple(a for m in party.mentions for a in annotated.mentions[m].antecedents)
        span = trim(text, party.span)
        if party.how.startswith("via."):
            via = (*via, span)
        words_ = slice_span(text, span)
        if not refs:
            behind = next((f for m in party.mentions if (f := stands_for(annotated.mentions, annotated.mentions[m])) is not None), None)
            named = words_ if behind is None else slice_span(text, behind.span)
            out.append(Participant(span=span, text=words_, entity=None, name=" ".join(named.split()), via=via, kind="group" if _plural(named) else "unknown", sectors=_sectors(named)))
        for _, ref in refs:
            out.append(
                Participant(
                    span=span, text=words_, entity=ref.entity, name=ref.name, country=ref.country, sectors=ref.sectors, kind=ref.kind,
                    office=ref.office, igo=ref.igo, via=via,
                )
            )  # fmt: skip
    kept: dict[tuple[str | None, str], Participant] = {}
    for one in out:
        kept.setdefault((one.entity, one.name), one)
    return tuple(kept.values())


_LANDMARKS_SUFFER = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "PROTEST", "RETREAT"})


def _is_landmark(tree: Tree, party: Party) -> bool:
    """Whether an unresolved party is a natural feature or a building ("the Korean Peninsula"): it can be attacked or left,
    but nobody agrees with it or visits it as a host."""
    return not party.resolved and tree.tokens[party.token].ent.endswith(("LOC", "FAC"))


def _among(one: Participant, others: Sequence[Participant]) -> bool:
    """Whether a participant is one of the others; two bodies of one state ("police", "students") are two."""
    return any((one.entity, one.name) == (o.entity, o.name) and not _apart_within(one, o) for o in others)


def _is_owned(one: Participant) -> bool:
    """Whether a participant is named as somebody's own: "its soldiers"."""
    return (one.text or "").lower().startswith(("its ", "his ", "her ", "their "))


def _apart_within(a: Participant, b: Participant) -> bool:
    """Whether two participants of one name are two bodies of a state by their sectors, neither of them the other's own ("its troops")."""
    own = _is_owned(a) or _is_owned(b)
    return not own and a.span != b.span and not set(a.sectors or ("GOV",)) & set(b.sectors or ("GOV",))


def _plural(text: str) -> bool:
    return text.lower().rstrip().endswith("s") or text.lower() in {"people", "police", "gunmen", "villagers"}


_SECTOR_WORDS = (
    ("COP", "police gendarmerie officers constables"), ("MIL", "army troops soldiers navy military marines airmen warplanes"),
    ("REB", "rebels rebel insurgents guerrillas separatists fighters"), ("UAF", "gunmen gunman attackers militants assailants militia militiamen bandits"),
    ("CVL", "protesters demonstrators civilians villagers residents people activists crowd crowds"), ("LAB", "workers unions union miners drivers nurses teachers"),
    ("EDU", "students student pupils teachers"), ("JRN", "journalists journalist reporters reporter"), ("REF", "refugees migrants refugee migrant"),
    ("JUD", "court judge judges prosecutors prosecutor tribunal"), ("LEG", "parliament lawmakers senators legislators"), ("OPP", "opposition"),
    ("GOV", "government ministry minister officials president authorities"), ("BUS", "company firm companies"), ("CRM", "gang gangs cartel pirates kidnappers smugglers"),
)  # fmt: skip


def _sectors(text: str) -> tuple[str, ...]:
    found = set(text.lower().split())
    return tuple(code for code, names in _SECTOR_WORDS if found & set(names.split()))[:2]


def _evidence(annotated: Annotated, row: Candidate) -> tuple[Span, ...]:
    """The clause, the participants outside it, and the earlier words that say whom a pronoun means."""
    text = annotated.article.doc.text
    spans = [trim(text, row.clause)]
    for party in (*row.actors, *row.recipients):
        if party.how.startswith("via.") or not contains(row.clause, party.span):
            spans.append(trim(text, party.span))
        for m in party.mentions:
            if annotated.mentions[m].kind in {"pronoun", "nominal", "group"}:
                spans += [a for a in annotated.mentions[m].antecedents if _in_body(annotated, a)]
    if not contains(spans[0], row.trigger):
        spans.append(row.trigger)
    return merge_spans(spans)


def _in_body(annotated: Annotated, span: Span) -> bool:
    return any(b.kind == "body" and contains(b.span, span) for b in annotated.article.blocks)


def _contexts(row: Candidate, tree: Tree) -> tuple[str, ...]:
    """The frame's contexts, and those whose words stand in the clause."""
    inside = [i for i, t in enumerate(tree.tokens) if row.clause.start <= t.start < row.clause.end]
    found: set[str] = set()
    for at in inside:
        lemma = tree.lemma(at)
        found |= {lemma, tree.low(at)}
        if at + 1 < len(tree.tokens):
            found.add(f"{lemma}-{tree.lemma(at + 1)}")
    out = list(row.contexts)
    for name, vocabulary in lexicon().contexts.items():
        if found & vocabulary and name not in out:
            out.append(name)
    order = ontology.contexts()
    return tuple(sorted((c for c in out if c in order), key=order.index))


def joint_word(tree: Tree, index: int) -> int | None:
    """How many sides a modifier of the noun claims: "trilateral" 3; `None` without one."""
    for kid in tree.children(index, "amod", "compound", "nmod"):
        if tree.low(kid) in _JOINT_WORDS:
            return _JOINT_WORDS[tree.low(kid)]
    return None


def is_background_noun(lemma: str) -> bool:
    """Whether a support verb of reaction governs; kept here for the explain view."""
    return lemma in words("react", "verbs")
