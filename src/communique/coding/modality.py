"""Whether a clause tells of a deed, a plan, a promise, a demand, a denial, a supposition, or the past.

Read off, in this order, the first that speaks winning: conditionals and possibility ("if", "could", "would have"),
embedding verbs ("denied attacking", "agreed to release", "demanded the release"), negation whose scope holds the
predicate, future forms ("will", "is due to", "plans to", a scheduled infinitive), background ("in 1994", "since
2015" more than a year and a half before the report's own time). A speech act that took place is actual: the
demand was made, whatever becomes of what it demands; a promise is `pledged` (docs/codebook.md, "Modality").
"""

from __future__ import annotations

from typing import NamedTuple

from communique.coding.candidates import Tree
from communique.records import Modality

_POSSIBLE = frozenset({"may", "might", "could"})
_FUTURE = frozenset({"will", "shall", "'ll", "wo", "ll"})
_NEGATIVE = frozenset({"not", "n't", "never", "n’t", "nor", "hardly", "no"})
_DUE = frozenset({"due", "set", "scheduled", "expected", "slated", "poised", "likely", "about", "bound", "supposed", "ready", "going", "planned", "tipped", "prepared"})
# "hop": what the parser makes of "hopes" and "hoped".
_PLANNING = frozenset({"plan", "intend", "aim", "prepare", "schedule", "expect", "want", "hope", "hop", "decide", "set", "slate", "wish", "consider", "mull", "contemplate", "propose", "arrange", "gear"})
_PROMISING = frozenset({"pledge", "promise", "vow", "commit", "undertake", "swear", "guarantee", "offer", "volunteer"})
_AGREEING = frozenset({"agree", "consent", "accept", "resolve"})
_DEMANDING = frozenset({"demand", "urge", "ask", "call", "order", "request", "appeal", "press", "beg", "implore", "tell", "instruct", "require", "seek", "insist", "want", "pressure"})
_DENYING = frozenset({"deny", "disavow", "refute"})
_REFUSING_TO_BELIEVE = _DENYING | {"reject", "dismiss", "dispute", "rebut", "contest", "debunk", "rubbish"}
_LETTING = frozenset({"let", "help", "make", "have", "allow", "enable", "get"})  # "agreed to let relatives visit"
_CLAIMS = frozenset({"allegation", "accusation", "claim", "assertion", "insinuation", "rumour", "rumor", "speculation", "suspicion", "suggestion", "denial"})
_DOUBTING = frozenset({"doubt", "fear", "imagine", "suppose", "suggest"})
_TRYING = frozenset({"try", "push", "lobby", "campaign", "struggle", "strive", "scramble", "need", "long", "yearn", "aspire", "angle", "attempt", "seek", "threaten", "warn", "risk", "avoid", "prevent", "stop", "forbid", "bar", "ban", "prohibit", "consider", "rule", "oppose", "reject"})
_LEAVING = frozenset({"fail", "refuse", "decline", "neglect", "forget", "omit", "hesitate"})  # to do it
_FORGOING = frozenset({("hold", "from"), ("decide", "against"), ("stop", "of"), ("refrain", "from"), ("abstain", "from"), ("desist", "from"), ("shy", "from"), ("back", "from"), ("balk", "at"), ("baulk", "at"), ("opt", "against"), ("shrink", "from")})  # doing it
_NEARLY = frozenset({"almost", "nearly"})
_TALKING_OF = frozenset({"discuss", "debate", "explore", "weigh", "contemplate", "ponder", "broach", "suggest", "recommend", "advocate", "favour", "favor", "oppose", "talk", "talks", "negotiation", "discussion", "consultation"})
_CONDITION = frozenset({"if", "unless", "whether", "should", "were", "had"})
_IF = frozenset({"if", "unless"})
_HINDERING = frozenset({"prevent", "stop", "bar", "block", "keep", "forbid", "prohibit", "dissuade", "discourage", "deter", "ban", "restrain", "hinder"})
_WHEN = frozenset({"when", "once", "after", "as", "before"})
_OPENING = frozenset({"begin", "start", "open", "resume", "commence", "take"})
_SPEAKING = frozenset({"say", "tell", "announce", "state", "report", "add", "note", "declare", "claim", "confirm", "write", "reveal", "suggest", "argue", "insist", "maintain", "believe", "think", "explain"})


class Reading(NamedTuple):
    """The modality, whether a negation holds the predicate, and the words that decided."""

    modality: Modality
    negated: bool
    reason: str


def read_modality(tree: Tree, index: int, *, noun: bool = False) -> Reading:
    """The modality of the predicate at a token (for a noun with support: of the support verb). Without regard to
    dates: `background` decides historical, once the time is known."""
    negated = is_negated(tree, index)
    for check in (_conditional, _embedding, _doubtful, _future):
        found = check(tree, index)
        if found is not None:
            return Reading(found.modality, negated, found.reason)
    if negated:
        return Reading("denied", True, "negation")
    return Reading("actual", False, "no mark of anything but fact" if not noun else "named as a fact")


def is_negated(tree: Tree, index: int) -> bool:
    """Whether "not", "never", "no X" or "without" has the predicate in its scope."""
    for kid in tree.children(index):
        token = tree.tokens[kid]
        if token.dep == "advmod" and tree.low(kid) in _NEARLY:
            return True
        if token.dep == "advmod" and tree.low(kid) == "longer" and any(tree.low(k) == "no" for k in tree.children(kid)):
            return True
        if token.dep == "neg" or (token.dep in {"advmod", "preconj"} and tree.low(kid) in _NEGATIVE):
            return not _only(tree, kid)
        if token.dep == "det" and tree.low(kid) in {"no", "neither"} and tree.nominal(index):
            return True
        if token.dep in {"nsubj", "nsubjpass", "dobj"} and any(tree.low(d) in {"no", "neither"} and tree.tokens[d].dep in {"det", "neg"} for d in tree.children(kid)):
            return True
    head = tree.tokens[index].head
    if tree.tokens[index].dep == "pcomp" and _forgone(tree, head):
        return True
    if any(tree.low(k) == "than" and k > 0 and tree.low(k - 1) == "rather" for k in tree.children(index, "mark")):
        return True  # "rather than attack"
    if tree.tokens[index].dep == "xcomp" and tree.lemma(head) in _LEAVING:
        return False  # "did not fail to sign"
    if tree.tokens[index].dep in {"xcomp", "conj"} and tree.tokens[head].pos in {"VERB", "AUX"} and head != index:
        own_subject = tree.children(index, "nsubj", "nsubjpass", "aux", "auxpass")
        return (tree.tokens[index].dep == "xcomp" or not own_subject) and is_negated(tree, head) and not _contrast(tree, index)
    return False


def _forgone(tree: Tree, prep: int) -> bool:
    """Whether what follows the preposition was left undone: "without", "instead of", "held off from", "stopped short of"."""
    above = tree.tokens[prep].head
    if tree.low(prep) == "without":
        return True
    beside = {tree.low(k) for k in range(max(0, prep - 1), prep)}
    if tree.low(prep) == "of" and beside & {"instead", "short"}:
        return "instead" in beside or tree.lemma(above) == "stop" or tree.lemma(tree.tokens[above].head) == "stop"
    return (tree.lemma(above), tree.low(prep)) in _FORGOING


def _only(tree: Tree, index: int) -> bool:
    return index + 1 < len(tree.tokens) and tree.low(index + 1) in {"only", "just", "merely"}


def _contrast(tree: Tree, index: int) -> bool:
    head = tree.tokens[index].head
    return any(tree.low(k) in {"but"} for k in tree.children(head, "cc")) and tree.tokens[index].dep == "conj"


def _auxiliaries(tree: Tree, index: int) -> list[str]:
    out = [tree.low(k) for k in tree.children(index, "aux", "auxpass")]
    token = tree.tokens[index]
    if token.dep == "conj" and not out and not tree.children(index, "nsubj", "nsubjpass") and tree.tokens[token.head].pos in {"VERB", "AUX"}:
        if token.tag in {"VB", "VBN", "VBG"}:
            return _auxiliaries(tree, token.head)
    return out


def _conditional(tree: Tree, index: int) -> Reading | None:
    for spot in (index, *_carriers(tree, index)):
        first = next((tree.low(k) for k in tree.children(spot) if tree.low(k) in (_CONDITION if spot == index else _IF) and tree.tokens[k].dep in {"mark", "advmod"}), None)
        if first is not None:
            return Reading("hypothetical", False, f"within “{first}”")
    if tree.tokens[index].tag == "VBG" and tree.tokens[index].dep == "csubj":
        return Reading("hypothetical", False, "named as the subject, not told")
    if _awaited(tree, index):
        return Reading("hypothetical", False, "within “until”: awaited")
    if any(tree.low(k) in {"had", "should", "were"} and tree.tokens[k].dep == "aux" and any(k < s < index for s in tree.children(index, "nsubj", "nsubjpass")) for k in tree.children(index, "aux")) and tree.tokens[index].dep in {"advcl", "ccomp"} and not tree.children(index, "mark"):
        return Reading("hypothetical", False, "“had” before its subject: a condition")
    auxiliaries = _auxiliaries(tree, index)
    if _POSSIBLE & set(auxiliaries):
        return Reading("hypothetical", False, f"auxiliary “{next(a for a in auxiliaries if a in _POSSIBLE)}”")
    if "would" in auxiliaries and ("have" in auxiliaries or _has_condition(tree, index) or not _reported(tree, index)):
        return Reading("hypothetical", False, "“would” without a report of a plan")
    if "should" in auxiliaries or "must" in auxiliaries or "ought" in auxiliaries:
        return Reading("demanded", False, f"auxiliary “{'should' if 'should' in auxiliaries else 'must'}”")
    return None


def _carriers(tree: Tree, index: int) -> list[int]:
    """The verbs that only carry a predicate on: "*were* to cut", "*begin* to withdraw", and the verb it is coordinated
    with under one subject ("if they *stop* and withdraw")."""
    out = []
    at = index
    while tree.tokens[at].head != at:
        dep, head = tree.tokens[at].dep, tree.tokens[at].head
        own = tree.children(at, "nsubj", "nsubjpass", "mark")
        if not (dep == "xcomp" or (dep == "conj" and not own)) or tree.tokens[head].pos not in {"VERB", "AUX"}:
            break
        out.append(head)
        at = head
    return out


def _awaited(tree: Tree, index: int) -> bool:
    """Whether the clause is what a refusal or plan waits for: "no talks until the shelling stops"."""
    if tree.tokens[index].dep != "advcl" or not any(tree.low(k) in {"until", "till"} for k in tree.children(index, "mark")):
        return False
    head = tree.tokens[index].head
    below = [head, *tree.children(head)]
    refused = is_negated(tree, head) or any(tree.low(k) in {"no", "neither"} for b in below for k in tree.children(b, "det", "neg"))
    yet = tree.tokens[index].tag in {"VBZ", "VBP"} or tree.tokens[head].tag == "VB"  # "vowed to march until the president *steps* down"
    return refused or yet or bool((_FUTURE | {"would"}) & set(_auxiliaries(tree, head))) or tree.lemma(head) in _TRYING


def _has_condition(tree: Tree, index: int) -> bool:
    return any(tree.low(m) in {"if", "unless"} for k in tree.children(index, "advcl") for m in tree.children(k, "mark"))


def _reported(tree: Tree, index: int) -> bool:
    """Whether the clause is somebody's reported speech: "would" is then the future of the speaker."""
    for up in [index, *tree.path_up(index)]:
        if tree.lemma(up) in _SPEAKING or tree.lemma(up) in _PROMISING:
            if up != index:
                return True
        for kid in tree.children(up, "parataxis", "ccomp", "advcl"):
            if tree.lemma(kid) in _SPEAKING and kid != index:
                return True
    if any(_tag_behind(tree, k) for k in range(index + 1, len(tree.tokens))):
        return True
    # Agency prose leaves the tag out: "The two sides would also form a committee." is reported speech of before.
    return "also" in {tree.low(k) for k in tree.children(index, "advmod")}


def _tag_behind(tree: Tree, index: int) -> bool:
    """Whether a verb of saying ends the sentence behind a comma and its subject ("…, the presidency announced on
    Monday"), which the parser takes for an attribute of that noun or joins to the deed."""
    token = tree.tokens[index]
    attribute = token.dep in {"acl", "relcl"} and token.tag in {"VBD", "VBZ"} and not tree.children(index, "nsubj")
    joined = token.dep == "conj" and bool(tree.children(index, "nsubj")) and not tree.children(token.head, "cc")
    if not (attribute or joined) or tree.lemma(index) not in _SPEAKING | _PROMISING or tree.children(index, "mark"):
        return False
    comma = max((k for k in range(index) if tree.low(k) == ","), default=-1)
    return comma > 0 and all(tree.tokens[k].pos not in {"VERB", "AUX", "PRON", "CCONJ", "SCONJ"} for k in range(comma + 1, index))


def _embedding(tree: Tree, index: int) -> Reading | None:
    """What the nearest governing verb says of the clause, when the clause is its content."""
    at = index
    for up in tree.path_up(index):
        dep = tree.tokens[at].dep
        if dep == "relcl" and tree.tokens[at].tag == "VB":
            dep = "acl"  # "a bill to leave the treaty"
        lemma = tree.lemma(up)
        if dep == "conj" and tree.tokens[at].tag in {"VBD", "VBZ", "VBP"}:
            return None  # a finite verb beside an infinitive is beside its governor ("agreed to meet and signed")
        if dep in {"xcomp", "ccomp", "pcomp", "prep", "dobj", "pobj", "advcl", "oprd", "acl"} and tree.tokens[up].pos in {"VERB", "AUX", "NOUN", "ADJ"}:
            found = _embedded(tree, lemma, dep, up, at)
            if found is not None:
                return found
        if dep == "ccomp" and lemma in _LETTING:
            at = up
            continue
        if dep not in {"xcomp", "pcomp", "prep", "conj", "oprd", "acomp"} and not (dep == "advcl" and tree.tokens[at].tag == "VB"):
            return None
        at = up
    return None


def _embedded(tree: Tree, lemma: str, dep: str, up: int, at: int) -> Reading | None:
    if dep == "prep" and lemma in _HINDERING and tree.low(at) == "from" and tree.children(at, "pcomp"):
        return Reading("denied", True, f"what “{tree.low(up)}” kept from happening")
    infinitive = tree.tokens[at].tag == "VB" or dep in {"pcomp", "prep", "xcomp"}
    word = f"“{tree.low(up)}”"
    if lemma in _DENYING:
        return Reading("denied", True, f"content of {word}")
    if lemma in _CLAIMS and dep in {"acl", "ccomp", "relcl"} and any(tree.low(k) == "that" for k in tree.children(at, "mark")):
        refused = lemma == "denial" or tree.lemma(tree.tokens[up].head) in _REFUSING_TO_BELIEVE
        return Reading("denied", True, f"{word} that is rejected") if refused else Reading("hypothetical", False, f"content of {word}")
    if tree.tokens[up].dep == "amod":
        return None
    if dep in {"xcomp", "ccomp", "advcl", "oprd", "acl"} and (infinitive or dep == "ccomp"):
        if lemma in _PROMISING or lemma in {"commitment", "pledge", "promise", "vow"}:
            return Reading("pledged", False, f"content of {word}")
        if lemma in _AGREEING and infinitive:
            return Reading("planned", False, f"content of {word}")
        if lemma in _PLANNING and infinitive and dep != "ccomp":
            return Reading(*(("denied", True) if is_negated(tree, up) else ("planned", False)), f"content of {word}")
        left = _left_undone(tree, up, at, infinitive=infinitive and dep == "xcomp")
        if left is not None:
            return left
        if lemma == "insist" and dep == "ccomp" and (tree.tokens[at].tag != "VB" or (_FUTURE | {"would"}) & set(_auxiliaries(tree, at))):
            return None  # "insisted that the talks will go ahead" says so; "insisted that it leave" demands
        rings = lemma == "call" and dep == "advcl" and any(tree.tokens[k].dep in {"dobj", "oprd"} for k in tree.children(up))  # "called the king to thank him"
        if lemma in _DEMANDING and (infinitive or dep == "ccomp") and (lemma != "tell" or dep == "xcomp") and not rings:
            return Reading("demanded", False, f"content of {word}")
        if lemma in _TRYING | _DOUBTING and infinitive:
            return Reading("hypothetical", False, f"content of {word}")
        if lemma in {"plan", "intention", "decision", "offer", "proposal", "bid", "effort", "attempt", "threat", "call", "demand", "order", "bill", "motion", "draft", "petition", "resolution", "referendum", "willingness", "readiness", "ability", "right", "authority", "power", "permission", "mandate"} and dep == "acl":
            return Reading("planned" if lemma in {"plan", "intention", "decision", "willingness", "readiness"} else "hypothetical", False, f"content of {word}")
    return None


def _left_undone(tree: Tree, up: int, at: int, *, infinitive: bool) -> Reading | None:
    """ "Failed to sign", "have yet to sign"."""
    word = f"“{tree.low(up)}”"
    if infinitive and tree.lemma(up) in _LEAVING and not is_negated(tree, up):
        if tree.lemma(at) in _AGREEING:
            return Reading("hypothetical", False, f"content of {word}")  # "failed to agree" denies no talks
        return Reading("denied", True, f"content of {word}")
    if tree.lemma(up) in {"have", "be"} and tree.tokens[at].dep == "xcomp" and any(tree.low(k) == "yet" for k in tree.children(up, "advmod")):
        return Reading("denied", True, "“yet to”: not so far")
    return None


def _doubtful(tree: Tree, index: int) -> Reading | None:
    """ "Unlikely to visit", "close to signing", "talks on reopening"."""
    token, head = tree.tokens[index], tree.tokens[index].head
    above = tree.tokens[head].head if token.dep == "pcomp" else head
    if token.tag == "VBG" and token.dep in {"xcomp", "pcomp", "dobj"} and tree.lemma(above) in _TALKING_OF:
        return Reading("hypothetical", False, f"content of “{tree.low(above)}”")
    if token.dep == "xcomp" and tree.tokens[head].pos == "ADJ" and tree.low(head) in {"unlikely", "reluctant", "loath", "hesitant", "unwilling", "unable"}:
        return Reading("hypothetical", False, f"“{tree.low(head)} to”")
    if token.dep == "pcomp" and tree.low(head) in {"to", "of"} and tree.lemma(tree.tokens[head].head) in {"close", "near", "verge", "brink", "cusp", "point"}:
        return Reading("hypothetical", False, f"“{tree.low(tree.tokens[head].head)} {tree.low(head)}”")
    return None


def _future(tree: Tree, index: int) -> Reading | None:
    auxiliaries = _auxiliaries(tree, index)
    if _FUTURE & set(auxiliaries):
        return Reading("planned", False, "future auxiliary")
    if "would" in auxiliaries:
        return Reading("planned", False, "“would” in reported speech")
    token = tree.tokens[index]
    head = token.head
    if token.dep == "advcl" and token.tag in {"VBZ", "VBP"} and not tree.children(index, "aux") and any(tree.low(k) in _WHEN for k in tree.children(index, "mark", "advmod")):
        if (_FUTURE | {"would"}) & set(_auxiliaries(tree, head)):
            return Reading("planned", False, "“when” it comes, within what is planned")
    if token.tag in {"VBZ", "VBP"} and not tree.children(index, "aux", "neg") and _in_timetable(tree, index):
        return Reading("planned", False, "the present of a timetable: “flies there tomorrow”, “begins on Monday”")
    if tree.low(index) in {"due", "expected", "scheduled", "slated"} and token.pos in {"ADJ", "VERB"} and not tree.children(index, "dobj"):
        return Reading("planned", False, f"“{tree.low(index)}”")  # "is due in Cairo on Monday"
    if token.dep in {"xcomp", "advcl", "ccomp", "oprd"} and head != index and "to" in {tree.low(k) for k in tree.children(index, "aux")}:
        if tree.low(head) in _DUE or (tree.lemma(head) == "go" and tree.tokens[head].tag == "VBG"):
            return Reading("planned", False, f"“{tree.low(head)} to”")
        if tree.low(head) == "willing":
            return Reading("pledged", False, "“willing to”")
        if tree.lemma(head) == "be":
            due = [tree.low(k) for k in tree.children(head, "acomp") if tree.low(k) in _DUE]
            return Reading("planned", False, f"“{due[0] if due else 'is'} to”")
    if token.dep == "advcl" and token.tag == "VB" and "to" in {tree.low(k) for k in tree.children(index, "aux")}:
        return Reading("planned", False, "a purpose, not said to be reached")
    if token.dep == "xcomp" and tree.tokens[head].pos == "ADJ" and tree.low(head) in _DUE:
        return Reading("planned", False, f"“{tree.low(head)} to”")
    if token.tag == "VB" and "to" in {tree.low(k) for k in tree.children(index, "aux")} and (token.dep == "ROOT" or not _is_finite(tree)):
        return Reading("planned", False, "headline infinitive")
    return None


def _to_come(tree: Tree, index: int) -> bool:
    """Whether a time word names what is still to come: "tomorrow", "next week"."""
    return tree.low(index) == "tomorrow" or (tree.lemma(index) in {"week", "month", "year", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} and any(tree.low(k) == "next" for k in tree.children(index, "amod")))


def _in_timetable(tree: Tree, index: int) -> bool:
    """Whether the present tells what is to come: "flies there tomorrow", "begins on Monday", "starts in May"."""
    if any(_to_come(tree, k) for k in tree.children(index, "npadvmod", "advmod")):
        return True
    spots = [k for p in tree.children(index, "prep") if tree.low(p) in {"on", "in", "from"} for k in tree.children(p, "pobj")]
    return tree.lemma(index) in _OPENING and any(tree.tokens[k].ent[2:] == "DATE" for k in spots + tree.children(index, "npadvmod"))


def _is_finite(tree: Tree) -> bool:
    """Whether the sentence has a finite verb: a headline without one tells its plan by the infinitive ("A, B to hold talks")."""
    return any(t.tag in {"VBD", "VBZ", "VBP", "MD"} for t in tree.tokens)


def background(start: str | None, end: str | None, now: str | None, *, since: bool, grain: str | None) -> bool:
    """Whether an actual event is told as background: it ended more than a year and a half before the report's own
    time, or is a year or more that "since" reaches back to."""
    if now is None or start is None:
        return False
    last = end or start
    months = (int(now[:4]) - int(last[:4])) * 12 + int(now[5:7]) - int(last[5:7])
    return months > 18
