"""The codebook's rules between types, each in one place with the section of the PLOVER 2.0 manual it follows.

Everything here decides between readings of words that the frames already found; nothing looks for words of its
own beyond what a rule names. docs/codebook.md tells the same rules to readers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from communique.coding.candidates import Candidate, Clause, Party, Tree
from communique.coding.lexicon import Frame
from communique.records import EventType

COOPERATIVE = frozenset({"AGREE", "CONSULT", "SUPPORT", "COOPERATE", "AID"})
YIELDING = frozenset({"RETREAT", "CONCEDE"})
FORCE = frozenset({"PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT", "THREATEN"})
FUTURE = frozenset({"planned", "pledged"})
_CONSEQUENCE = frozenset(["consequence", "retaliation", "response", "retribution", "action", "escalation", "war", "price", "reprisal", "revenge", "strike", "attack", "sanction", "force", "countermeasure", "measure", "step", "destruction", "annihilation", "blow"])
_THREAT_MODE = {"SANCTION": "relations", "COERCE": "restrict", "ASSAULT": "violence", "MOBILIZE": "violence", "PROTEST": "restrict", "REJECT": "relations"}


def request_mode(content: str | None, mode: str | None) -> str | None:
    """REQUEST and REJECT share their modes (3.8, 3.10): what is asked or refused decides."""
    if content in {"CONSULT"}:
        return "meet"
    if content in {"AID", "COOPERATE", "AGREE", "SUPPORT"}:
        return "assist"
    if content in YIELDING:
        return "change" if mode == "resign" else "yield"
    if content is None:
        return None
    return "change"


def threat_mode(content: str | None, mode: str | None) -> str | None:
    """The mode of THREATEN is what is threatened (3.11.3)."""
    if content == "COERCE" and mode in {"arrest"}:
        return "arrest"
    if content == "COERCE" and mode == "seize":
        return "territory"
    if (content == "SANCTION" and mode == "expel") or (content == "COERCE" and mode == "deport"):
        return "expel"
    if content == "SANCTION" and mode == "discontinue":
        return "restrict"
    return _THREAT_MODE.get(content or "")


def operate(
    op: str, kind: str | None, mode: str | None, clause: Clause, content: str | None, content_mode: str | None,
    has_clause: bool, infinitive: bool, objects: set[str],
) -> tuple[EventType, str | None] | None:  # fmt: skip
    """What an operator makes of its content; `None` when it asserts nothing of its own (the content speaks)."""
    table: dict[str, Callable[[], tuple[EventType, str | None] | None]] = {
        "agree": lambda: undertaking(clause.lemma, content, content_mode, has_clause or (bool(clause.objects) and clause.lemma not in {"reaffirm", "reiterate"}) or clause.lemma == "agree"),
        "offer": lambda: undertaking(clause.lemma, content, content_mode, infinitive or content is not None),
        "state-will": lambda: undertaking(clause.lemma, content, content_mode, True) if has_clause or not objects & _PRAISE else None,  # 3.3: support that is voiced
        "refuse": lambda: ("REJECT", request_mode(content, content_mode)) if has_clause else None,
        "request": lambda: _request(clause, content, content_mode, has_clause, infinitive, objects),
        "request-that": lambda: _request(clause, content, content_mode, has_clause, infinitive, objects) if has_clause else None,
        "threaten": lambda: ("THREATEN", threat_mode(content, content_mode) or ("violence" if not has_clause else None)),
        "warn": lambda: _warning(content, content_mode, objects, clause),
        "accuse": lambda: ("ACCUSE", "allege") if has_clause or any(p in clause.preps for p in ("of", "for", "over", "with", "on")) else None,
        "stop": lambda: _stopping(content, content_mode) if has_clause else None,
        "state": lambda: ("STATE", None) if has_clause and content is None else None,
    }
    found = table.get(op)
    return None if found is None else found()


def undertaking(lemma: str, content: str | None, mode: str | None, stated: bool) -> tuple[EventType, str | None] | None:
    """3.1: an undertaking to consult, support, cooperate or aid is AGREE; 3.4: one to withdraw, release or stop is
    CONCEDE; a vow of force is THREATEN (3.11). Agreeing *on* force keeps the type of the force."""
    if not stated:
        return None
    if content in YIELDING:
        return "CONCEDE", None
    if content == "REJECT":
        return "REJECT", mode
    if content == "MOBILIZE" and lemma in {"pledge", "promise", "undertake", "resolve"}:
        return "AGREE", None  # police or soldiers promised to somebody; who vows to mobilise threatens
    if content in FORCE and lemma in {"vow", "pledge", "promise", "swear", "resolve", "undertake", "express", "signal"}:
        return "THREATEN", threat_mode(content, mode)
    if content in {"SANCTION", "COERCE", "ASSAULT", "MOBILIZE", "THREATEN"} and lemma in {"propose"}:
        return None
    if content in {"SANCTION", "COERCE", "ASSAULT", "THREATEN"}:
        return None
    return "AGREE", None


_PRAISE = frozenset({"support", "solidarity", "backing", "appreciation", "gratitude", "praise", "admiration", "thanks", "endorsement"})
_ENVOYS = frozenset({"diplomat", "ambassador", "envoy", "attache", "attaché", "consul", "charge", "nuncio"})


def _request(
    clause: Clause, content: str | None, mode: str | None, has_clause: bool, infinitive: bool, objects: set[str]
) -> tuple[EventType, str | None] | None:
    """3.8: a demand or appeal needs somebody to act, or something asked for."""
    if clause.lemma in {"order", "tell", "ask", "instruct", "command", "give"} and infinitive and content in YIELDING and mode != "resign" and objects & _ENVOYS:
        return "SANCTION", "expel"  # 3.13: diplomats told to leave are expelled
    if clause.lemma == "order" and not has_clause and content == "MOBILIZE":
        return "MOBILIZE", mode  # 3.14: who orders his own forces out sends them
    if clause.lemma in {"tell", "order", "command", "instruct", "ask", "require", "press", "beg", "pressure"} and not infinitive and (has_clause or content is None):
        return None
    if not has_clause and content is None and clause.lemma not in {"demand", "call", "appeal", "urge", "push", "plead", "seek", "press", "insist", "ask", "lobby", "petition", "clamour", "clamor"}:
        return None
    if not has_clause and not clause.objects:
        return None
    if clause.lemma == "call" and not has_clause and "on" in clause.preps and "for" not in clause.preps:
        return None  # "called on the king" is a visit
    return "REQUEST", request_mode(content, mode) or ("change" if has_clause else None)


def _warning(content: str | None, mode: str | None, objects: set[str], clause: Clause) -> tuple[EventType, str | None] | None:
    """3.11: only a warning of what the warner (or his side) will do is a threat; a weather warning is not."""
    if content in FORCE:
        return "THREATEN", threat_mode(content, mode)
    if objects & _CONSEQUENCE:
        return "THREATEN", "violence"
    if "against" in clause.preps and clause.objects:
        return "THREATEN", None
    return None


def _stopping(content: str | None, mode: str | None) -> tuple[EventType, str | None] | None:
    """3.13: ending what was given or shared is SANCTION discontinue; 3.7: ending force is RETREAT."""
    if content in {"COOPERATE", "AID", "SUPPORT", "AGREE"}:
        return "SANCTION", "discontinue"
    if content == "CONSULT":
        return "REJECT", "meet"
    if content in {"ASSAULT", "MOBILIZE", "COERCE", "SANCTION", "PROTEST"}:
        return "RETREAT", "ceasefire" if content == "ASSAULT" else None
    del mode
    return None


def noun_type(tree: Tree, frame: Frame, clause: Clause, sides: int, undone: str | None) -> tuple[EventType | None, str | None]:
    """The type of an event noun in its surroundings."""
    kind, mode = frame.type, frame.mode
    if kind == "PROTEST" and mode == "strike" and clause.verb is not None and tree.lemma(clause.verb) in {"carry", "conduct", "launch", "execute", "mount", "unleash", "perform"}:
        return "ASSAULT", None  # strikes that are carried out are fire; those that are held or staged are labour's
    if undone == "cancel" and kind in {"CONSULT", "COOPERATE"}:
        return "REJECT", "meet"  # 3.2: a cancelled meeting is REJECT
    if undone in {"cancel", "stop"} and kind in {"AGREE", "SUPPORT", "AID", "COOPERATE"}:
        return "SANCTION", "discontinue"  # 3.13
    if undone == "stop" and kind in {"ASSAULT", "COERCE", "SANCTION", "MOBILIZE", "PROTEST"}:
        return "RETREAT", None  # 3.7
    if frame.single is not None and sides < 2 and not _is_joint(tree, clause.token):
        name, _, single = frame.single.partition("/")  # 3.5, 3.14: one country's exercise is MOBILIZE
        return name, single or None  # type: ignore[return-value]
    if frame.joint is not None and (sides >= 2 or _is_joint(tree, clause.token)):
        return frame.joint, None  # type: ignore[return-value]
    if kind == "CONSULT" and mode is None and any(tree.lemma(k) in _MEDIATING and any(tree.tokens[b].dep == "agent" for b in tree.children(k)) for k in tree.children(clause.token, "acl")):
        return kind, "third-party"  # type: ignore[return-value]
    return kind, mode  # type: ignore[return-value]


_MEDIATING = frozenset({"mediate", "broker", "facilitate", "host", "sponsor", "convene", "lead", "chair", "moderate"})


def _is_joint(tree: Tree, index: int) -> bool:
    return any(tree.low(k) in {"joint", "trilateral", "bilateral", "combined", "multinational", "multilateral", "quadrilateral"} for k in tree.children(index, "amod", "compound", "nmod"))


def refine_mode(tree: Tree, kind: str, mode: str | None, clause: Clause) -> str | None:
    """Modes that the object or instrument decides: weapons before troops (3.14.1), police, and means of violence."""
    if kind == "MOBILIZE" and mode == "troops":
        near = {tree.lemma(t) for o in (*clause.objects, *clause.subjects) for t in [o, *tree.children(o, "compound", "amod", "conj")]}
        if near & {"police", "policeman", "gendarme", "coastguard", "coast", "guard"}:
            return "police"
        if near & {"militia", "militiaman", "rebel", "militant", "fighter", "guerrilla"}:
            return "militia"
        if near & {"warship", "ship", "missile", "jet", "aircraft", "bomber", "tank", "carrier", "submarine", "destroyer", "fleet", "warplane", "artillery", "drone", "battery", "frigate", "vessel", "helicopter", "patriot", "himars", "iskander", "launcher", "howitzer", "radar", "interceptor", "f-16", "f-35", "mig-31", "rafale", "s-300", "s-400", "torpedo", "system"} and not near & {"troop", "soldier"}:
            return "weapons"
    if kind == "REJECT" and mode is None:
        names = {tree.lemma(t) for o in clause.objects for t in tree.subtree(o, without=("relcl",))}
        if names & {"talk", "talks", "meeting", "negotiation", "mediation", "dialogue", "summit", "visit"}:
            return "meet"
        if names & {"overture", "offer", "aid", "help", "assistance", "invitation", "bid", "application", "cooperation", "visa", "troop", "membership"}:
            return "assist"
        if names & {"ceasefire", "truce", "release", "withdrawal", "surrender", "peace", "extradition"}:
            return "yield"
    if kind == "ASSAULT" and mode == "aerial" and any(tree.lemma(k) in {"drone", "uav"} for s in clause.subjects for k in (s, *tree.children(s, "compound"))):
        return "drone"
    if kind == "ACCUSE" and mode == "allege" and clause.lemma in {"open", "launch", "reopen"}:
        return "investigate"  # 3.9.3: a case that is opened inquires, one that is brought alleges
    return mode


# --- after modality -----------------------------------------------------------------------------------


def settle(row: Candidate, *, speaker: Callable[[], tuple[Party, ...]]) -> Candidate | None:
    """The candidate after the rules that need its modality; `None` when it asserts nothing."""
    for rule in (_speech_acts, _demanded_by_auxiliary(speaker), _refusal, _future_force, _future_family, _single_mobilize, _supposed):
        found = rule(row)
        if found is None:
            return None
        row = found
    return row


def _why(row: Candidate, reason: str, **changes: object) -> Candidate:
    return msgspec.structs.replace(row, reasons=(*row.reasons, reason), **changes)


PLEDGING = frozenset({"pledge", "promise", "vow", "commit", "undertake", "swear", "guarantee", "volunteer", "offer", "pledging", "recommit", "commitment", "undertaking", "assurance", "assure", "offering", "invite", "invitation"})


def _speech_acts(row: Candidate) -> Candidate:
    """A promise that was made is `pledged`: the act is verbal and its content is still to come."""
    if row.type in {"AGREE", "CONCEDE"} and row.lemma in PLEDGING and row.modality == "actual":
        return _why(row, "a promise: pledged", modality="pledged")
    return row


SURE = "the words leave no doubt: a deed undone, or taken up by a word for nothing else"
SURE_SCORE = 0.6  # what such a row has at least, whatever the reader makes of it


DECIDES = "the codebook's wording decides: "


def settle_read(row: Candidate) -> Candidate:
    """The candidate after the reader: what the codebook's wording decided stays so, a promise of whatever type it now
    has is pledged, a sure row stands."""
    decided = next((r.removeprefix(DECIDES).split("/") for r in row.reasons if r.startswith(DECIDES)), None)
    if decided is not None and row.type != decided[0]:
        row = msgspec.structs.replace(row, type=decided[0], mode=decided[1] or None)
    row = _speech_acts(row)
    if SURE in row.reasons and row.score < SURE_SCORE:
        row = msgspec.structs.replace(row, score=SURE_SCORE)
    return row


_TELLERS = frozenset({"announce", "say", "tell", "confirm", "report", "declare", "disclose", "reveal", "state", "add", "inform", "note", "recall", "claim", "express"})


def between_read(rows: Sequence[Candidate]) -> list[Candidate]:
    """Rules between the records of a sentence after the reader: its verb of telling is no second record beside what it tells."""
    return [row for row in rows if not (_of_reader(row) and row.kind == "verb" and row.lemma in _TELLERS and any(_told_in(row, other) for other in rows))]


def _of_reader(row: Candidate) -> bool:
    return any(r.startswith("reader alone") for r in row.reasons)


def _told_in(teller: Candidate, other: Candidate) -> bool:
    return other is not teller and other.sentence == teller.sentence and other.token > teller.token and other.type != "STATE" and _holds(teller, other)


REFUSES = "will not: a refusal (3.10)"
MUST = "what must be done is a demand of the speaker (3.8)"


def _demanded_by_auxiliary(speaker: Callable[[], tuple[Party, ...]]) -> Callable[[Candidate], Candidate | None]:
    """"X must withdraw, Y said" is Y's REQUEST to X (3.8); without a speaker it is opinion and no record."""

    def rule(row: Candidate) -> Candidate | None:
        if row.modality != "demanded" or row.kind == "noun" or any("content of" in r for r in row.reasons):
            return row  # whose order it is, the verb of ordering says, and who reports it is another
        who = speaker()
        if not who or not row.actors:
            return None
        return _why(
            row, MUST, type="REQUEST", mode=request_mode(row.type, row.mode), actors=who,
            recipients=row.actors, modality="actual", cameo="100", reciprocal=False,
        )  # fmt: skip

    return rule


def _refusal(row: Candidate) -> Candidate:
    """What somebody will not or does not do for others is REJECT (3.10); what they did not do is denied."""
    if not row.negated or row.type not in COOPERATIVE | YIELDING:
        return row
    if row.modality in FUTURE:
        return _why(row, REFUSES, type="REJECT", mode=request_mode(row.type, row.mode), modality="actual", negated=False, cameo="120", reciprocal=False)
    return row


ANNOUNCED = "whoever would do it announces it"


def _future_force(row: Candidate) -> Candidate:
    """2.3, 3.11: force that its own doer says is to come is THREATEN, not ASSAULT with a mark of the future."""
    if row.type != "ASSAULT" or row.modality not in FUTURE or row.negated or ANNOUNCED not in row.reasons:
        return row
    row = _why(row, "force announced is THREATEN (3.11)", type="THREATEN", mode="violence", modality="actual", cameo="138")
    return _why(row, f"{DECIDES}THREATEN/violence")


def _future_family(row: Candidate) -> Candidate:
    """3.1: future CONSULT, SUPPORT, COOPERATE and AID become AGREE; 3.4: future RETREAT becomes CONCEDE."""
    if row.modality not in FUTURE:
        return row
    if row.type in {"CONSULT", "SUPPORT", "COOPERATE", "AID"}:
        # What speakers "would" do with each other, said without a date, is an undertaking; a meeting is a plan.
        said = row.type in {"SUPPORT", "COOPERATE", "AID"} and any("“would” in reported" in r for r in row.reasons)
        modality = "pledged" if said else row.modality
        return _why(row, f"future {row.type} is AGREE (3.1)", type="AGREE", mode=None, cameo="030", modality=modality)
    alone = row.recipients and any(r.startswith("reader alone") for r in row.reasons)  # what one side will do with or for the other is its plan
    if row.type == "AGREE" and row.modality == "planned" and not alone and any("“would” in reported" in r for r in row.reasons):
        return _why(row, "what the speakers would do together: pledged", modality="pledged")
    if row.type == "RETREAT":
        return _why(row, "future RETREAT is CONCEDE (3.4)", type="CONCEDE", mode=None, cameo="035")
    return row


def _single_mobilize(row: Candidate) -> Candidate:
    """3.14: a parade or patrol is aimed at nobody unless the text says so: "against" is a purpose."""
    if row.type == "MOBILIZE" and row.recipients:
        return msgspec.structs.replace(row, recipients=(), about=tuple(dict.fromkeys((*row.about, *row.recipients))))
    return row


def _supposed(row: Candidate) -> Candidate:
    """Suppositions and denials weigh less: more often than deeds they are asides."""
    if row.modality in {"hypothetical", "demanded"}:
        return msgspec.structs.replace(row, score=round(row.score * 0.75, 3))
    if any("purpose" in r for r in row.reasons):
        return msgspec.structs.replace(row, score=round(row.score * 0.6, 3))
    if row.modality == "denied":
        return msgspec.structs.replace(row, score=round(row.score * 0.85, 3))
    return row


def between(rows: Sequence[Candidate]) -> list[Candidate]:
    """Rules between records of one sentence."""
    out = list(rows)
    out = [r for r in out if not _inside_assault(r, out)]
    out = [r for r in out if not _told_with_conviction(r, out)]
    out = [r for r in out if not _same_journey(r, out)]
    out = _with_the_blow(out)
    out = [r for r in out if not _same_blow(r, out)]
    out = [r for r in out if not _mere_purpose(r) and not _by_the_way(r)]
    return _once(out)


def _actors(row: Candidate) -> set[int]:
    return {p.token for p in row.actors}


def _inside_assault(row: Candidate, rows: Sequence[Candidate]) -> bool:
    """3.14: a mobilisation told within an assault is not coded apart."""
    return row.type == "MOBILIZE" and any(o.type == "ASSAULT" and o.modality == "actual" and _actors(o) & _actors(row) for o in rows)


def _told_with_conviction(row: Candidate, rows: Sequence[Candidate]) -> bool:
    """3.9: an allegation told together with the conviction is not coded."""
    return row.type == "ACCUSE" and row.mode == "allege" and any(o.type == "SANCTION" and o.mode == "convict" for o in rows)


_CASUALTIES = frozenset({"kill", "wound", "injure", "hurt", "maim", "destroy", "damage"})


def _same_blow(row: Candidate, rows: Sequence[Candidate]) -> bool:
    """One attack is one record: what it did ("shelled the town, killing two", "killed three and wounded ten") is no
    second one unless it names another party, nor is its noun beside the verb that says what it did."""
    if row.type != "ASSAULT" or row.negated:
        return False
    others = [o for o in rows if o is not row and o.type == "ASSAULT" and o.modality == row.modality]
    if row.kind == "noun" and row.actors and not row.recipients:  # "an Israeli raid hit the port"
        return any(o.kind == "verb" and o.recipients and o.token > row.token and _actors(o) == _actors(row) and _holds(row, o) for o in others)
    if row.kind == "noun":
        return not row.actors and any(o.kind == "verb" and o.lemma in _CASUALTIES and o.recipients and o.token > row.token and _holds(row, o) for o in others)
    if row.lemma not in _CASUALTIES or any(p.resolved for p in row.recipients):
        return False
    return any(
        o.token < row.token and _holds(o, row) and (o.kind == "verb" or bool(o.actors)) and (not row.actors or _actors(row) <= _actors(o))
        for o in others
    )


def _with_the_blow(rows: list[Candidate]) -> list[Candidate]:
    """"Two soldiers were wounded when a drone hit their jeep": one attack, whose doer the second clause names."""
    out = list(rows)
    for row in rows:
        if row.lemma not in _CASUALTIES or not row.passive or row.actors or not row.recipients:
            continue
        for other in rows:
            if other.type == "ASSAULT" and other.kind == "verb" and other.actors and other.token > row.token and other.modality == row.modality and "dep=advcl" in other.features and _holds(row, other):
                told = _why(row, "by whom, the clause of the blow says", actors=other.actors, mode=row.mode or other.mode, score=max(row.score, other.score))
                out = [told if r is row else r for r in out if r is not other or any(p.resolved for p in other.recipients)]
                break
    return out


def _holds(outer: Candidate, inner: Candidate) -> bool:
    return outer.clause.start <= inner.trigger.start < outer.clause.end


def _by_the_way(row: Candidate) -> bool:
    """Whether an accusation without an accuser only describes somebody ("expelled an attaché suspected of spying")."""
    return row.type == "ACCUSE" and row.passive and not row.actors and "dep=acl" in row.features


def _mere_purpose(row: Candidate) -> bool:
    """What somebody did something for ("stormed the house to arrest him") has not been told as done or announced, unless
    it is to meet, help or sign."""
    return row.type in FORCE | YIELDING and any("a purpose, not said" in r for r in row.reasons)


_TRAVEL = frozenset({"travel", "fly", "go", "head", "journey", "arrive", "visit", "come", "return", "jet"})


def _same_journey(row: Candidate, rows: Sequence[Candidate]) -> bool:
    """3.2: travelling somewhere to attend something is one visit."""
    if row.lemma not in {"attend", "meet", "confer", "talk", "hold", "visit"} or row.kind != "verb":
        return False
    return any(
        o is not row and o.token < row.token and _actors(o) == _actors(row) and (o.mode == "visit" or (o.cameo == "030" and o.lemma in _TRAVEL))
        and row.type in {"CONSULT", "AGREE"} and any("purpose" in r for r in row.reasons)
        for o in rows
    )  # fmt: skip


def _once(rows: list[Candidate]) -> list[Candidate]:
    """One record for one assertion: a noun beside a verb of the same type and people says the same thing."""
    out: list[Candidate] = []
    for row in sorted(rows, key=lambda r: (r.kind == "noun", -r.score)):
        twin = any(
            row.kind == "noun" and row.token > o.token and "support=do" not in row.features and o.type == row.type and _actors(o) == _actors(row) and o.clause.start <= row.trigger.start < o.clause.end
            and {p.token for p in o.recipients} == {p.token for p in row.recipients}
            for o in out
        )  # fmt: skip
        if not twin:
            out.append(row)
    return out
