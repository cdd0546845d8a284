"""Whether an event noun stands for a deed: what the words that govern it say.

"Talks *have been set for* Friday" and "a visit *is on the agenda*" tell plans, "*plans for* a visit *were dropped*" and
"the signing *has yet to take place*" that nothing was done, "the *prospect* of a strike" a supposition, "*calls for* a
withdrawal" a demand. Looked at, from the noun outwards: its modifiers, the predicate of which it is the subject, the
noun or verb whose object it is. `None` where none of them speaks: then the noun is told as a fact. The values and what
each means: docs/codebook.md, "Modality".
"""

from __future__ import annotations

from communique.coding.candidates import Tree
from communique.coding.modality import Reading, is_negated
from communique.records import Modality

ACTS_OF_SPEECH = frozenset({"REQUEST", "ACCUSE", "REJECT", "THREATEN", "AGREE"})  # done by being said, whatever becomes of what is said
_WHOLES = frozenset({"round", "series", "start", "launch", "resumption", "holding", "beginning", "opening", "session", "phase", "stage", "part", "set", "edition", "date", "signing"})
_BEFORE: dict[str, Modality] = {
    **dict.fromkeys(("planned", "upcoming", "forthcoming", "future", "scheduled", "expected", "imminent", "impending", "postponed", "pending", "next"), "planned"),
    **dict.fromkeys(("possible", "potential", "hypothetical", "feared", "proposed", "mooted", "rumoured", "rumored", "prospective", "would-be", "eventual", "threatened"), "hypothetical"),
    **dict.fromkeys(("cancelled", "canceled", "aborted", "foiled", "thwarted", "averted", "abandoned", "scrapped", "non-existent"), "denied"),
}  # fmt: skip
# What is said of an event in the passive: "was set for", "has been proposed", "was called off".
_SAID_OF: dict[str, Modality] = {
    **dict.fromkeys(("slate", "slat", "schedule", "plan", "expect", "prepare", "arrange", "fix", "pencil", "envisage", "foresee", "earmark", "await", "agree", "announce", "postpone", "delay", "defer", "put_off", "push_back", "hold_up"), "planned"),
    **dict.fromkeys(("consider", "discuss", "mull", "weigh", "float", "moot", "debate", "rumour", "rumor", "fear", "explore", "contemplate", "threaten"), "hypothetical"),
    **dict.fromkeys(("propose", "request", "demand", "seek", "suggest", "urge"), "demanded"),
    **dict.fromkeys(("cancel", "drop", "scrap", "shelve", "abandon", "avert", "prevent", "foil", "thwart", "abort", "ditch", "forestall", "call_off", "rule_out", "head_off", "avoid", "refuse", "deny"), "denied"),
}  # fmt: skip
_IS: dict[str, Modality] = {
    **dict.fromkeys(("due", "imminent", "pending", "scheduled", "expected", "near", "overdue"), "planned"),
    **dict.fromkeys(("likely", "possible", "probable", "conceivable", "unlikely", "improbable", "uncertain", "inevitable", "desirable", "necessary", "unclear", "doubtful", "unavoidable"), "hypothetical"),
    **dict.fromkeys(("impossible", "unthinkable", "inconceivable", "off", "dead"), "denied"),
}  # fmt: skip
_IS_IN: dict[tuple[str, str], Modality] = {
    **{("on", w): "planned" for w in ("agenda", "card", "calendar", "schedule", "horizon")},
    **{("in", w): "planned" for w in ("work", "pipeline", "offing", "sight", "prospect", "preparation", "planning")},
    ("under", "preparation"): "planned",
    **{("under", w): "hypothetical" for w in ("discussion", "consideration", "review", "negotiation", "study")},
    **{("in", w): "hypothetical" for w in ("doubt", "question", "balance")},
    ("on", "table"): "hypothetical",
    ("off", "table"): "denied",
    ("off", "agenda"): "denied",
}
_NOUNS: dict[str, Modality] = {
    **dict.fromkeys(("plan", "preparation", "arrangement", "schedule", "timetable", "date", "groundwork", "countdown", "venue", "invitation", "eve", "run-up", "runup"), "planned"),
    **dict.fromkeys(("prospect", "possibility", "chance", "hope", "fear", "likelihood", "risk", "danger", "idea", "speculation", "option", "suggestion", "rumour", "rumor", "scenario", "expectation", "need", "worry", "concern", "spectre", "specter", "desire", "appetite", "opportunity", "readiness", "doubt", "precondition", "condition", "threat", "warning"), "hypothetical"),
    **dict.fromkeys(("call", "demand", "request", "appeal", "push", "pressure", "plea", "petition", "bid", "proposal"), "demanded"),
    **dict.fromkeys(("absence", "lack", "cancellation", "avoidance"), "denied"),
}  # fmt: skip
_VERBS_FOR: dict[tuple[str, str], Modality] = {
    **{(w, "for"): "planned" for w in ("prepare", "plan", "gear", "ready")},
    **{(w, "for"): "hypothetical" for w in ("hope", "hop", "wait", "wish", "long", "brace", "ask")},
    **{(w, "for"): "demanded" for w in ("call", "push", "press", "lobby", "appeal", "plead", "beg", "campaign", "argue")},
    **{(w, "of"): "hypothetical" for w in ("warn", "talk", "dream", "think")},
    ("talk", "about"): "hypothetical",
    ("agree", "on"): "planned",
    ("decide", "against"): "denied",
    ("advise", "against"): "denied",
    ("warn", "against"): "hypothetical",
}
_OBJECT_OF = {k: v for k, v in _SAID_OF.items() if k not in {"announce", "agree", "postpone", "delay", "defer", "put_off", "push_back", "hold_up", "suggest", "urge"}} | {"oppose": "hypothetical"}
_FALSE = frozenset({"false", "untrue", "baseless", "unfounded", "wrong", "fabricated", "groundless"})
_TOLD = frozenset({"report", "claim", "allegation", "rumour", "rumor", "account", "story"})
_PAPERS = frozenset({"deal", "plan", "bill", "proposal", "draft", "agreement", "accord", "roadmap", "programme", "program", "agenda", "law", "legislation", "treaty", "pact", "motion", "resolution", "text", "clause", "talk", "negotiation", "discussion", "constitution"})
_PROVIDE = frozenset({"provide", "call", "include", "envisage", "envision", "foresee", "allow", "permit", "authorise", "authorize", "enable", "require", "propose", "stipulate", "focus", "centre", "center", "cover", "address", "contain", "mandate"})
_HAPPENING = frozenset({"happen", "occur", "materialise", "materialize", "come", "take", "begin", "start", "follow"})
_SUPPOSING = frozenset({"follow", "mean", "violate", "breach", "constitute", "amount", "require"})
_BEING = frozenset({"be", "remain", "look", "seem", "appear", "become"})


def standing(tree: Tree, index: int) -> Reading | None:
    """What the words that govern an event noun say of it; `None` when they leave it a fact."""
    for at in _wholes(tree, index):
        for look in (_modified, _predicated, _governed):
            found = look(tree, at)
            if found is not None:
                return found
    return None


def _reading(modality: Modality, words: str) -> Reading:
    return Reading(modality, modality == "denied", words)


def _wholes(tree: Tree, index: int) -> list[int]:
    """The noun, and what it is a part of: "the next *round* of talks"."""
    out = [index]
    at = tree.tokens[index]
    if at.dep == "pobj" and tree.low(at.head) == "of":
        above = tree.tokens[at.head].head
        if tree.lemma(above) in _WHOLES:
            out.append(above)
    return out


def _modified(tree: Tree, index: int) -> Reading | None:
    for kid in tree.children(index, "amod"):
        found = _BEFORE.get(tree.low(kid))
        if found is not None:
            return _reading(found, f"“{tree.low(kid)}” before the noun")
    return None


def _full(tree: Tree, verb: int) -> str:
    """The lemma with its particle: "call_off"."""
    particle = [tree.low(k) for k in tree.children(verb, "prt")]
    lemma = tree.tokens[verb].lemma.lower() if tree.tokens[verb].pos == "VERB" else tree.lemma(verb)
    return f"{lemma}_{particle[0]}" if particle else lemma


def _predicated(tree: Tree, index: int) -> Reading | None:
    """What the predicate says of its subject."""
    dep, head = tree.tokens[index].dep, tree.tokens[index].head
    if dep not in {"nsubj", "nsubjpass"} or tree.tokens[head].pos not in {"VERB", "AUX"}:
        return None
    infinitives = [k for k in tree.children(head, "xcomp", "advcl") if any(tree.low(a) == "to" for a in tree.children(k, "aux"))]
    found = _to_come(tree, head, bool(infinitives))
    if found is not None:
        return found
    if dep == "nsubjpass":
        return _said_of(tree, head, bool(infinitives))
    if tree.lemma(head) in _BEING:
        return _is(tree, head, bool(infinitives))
    return _happened(tree, head, bool(infinitives))


def _to_come(tree: Tree, head: int, infinitive: bool) -> Reading | None:
    """ "Has yet to begin", "is to take place", "would be illegal"."""
    lemma = tree.lemma(head)
    if infinitive and lemma in {"have", "be"}:
        if any(tree.low(k) == "yet" for k in tree.children(head, "advmod")):
            return _reading("denied", "“yet to”: not so far")
        if lemma == "be" and not tree.children(head, "acomp", "attr"):
            return _reading("planned", "“is to”")
    if any(tree.low(k) == "would" for k in tree.children(head, "aux")) and (lemma in _SUPPOSING or (lemma == "be" and tree.children(head, "acomp", "attr"))):
        return _reading("hypothetical", "“would”")
    return None


def _said_of(tree: Tree, head: int, infinitive: bool) -> Reading | None:
    """What was decided of it: "was set for", "has been proposed", "was called off"."""
    lemma = _full(tree, head)
    if lemma == "set":
        timed = infinitive or any(tree.low(k) in {"for", "to", "on", "in", "down"} for k in tree.children(head, "prep", "prt"))
        return _negatable(tree, head, "planned", "“set for”") if timed else None
    found = _SAID_OF.get(lemma)
    return None if found is None else _negatable(tree, head, found, f"“{tree.low(head)}”")


def _happened(tree: Tree, head: int, infinitive: bool) -> Reading | None:
    """What came of it: "fell through", "failed to materialise", "looms", "never happened"."""
    lemma = _full(tree, head)
    if lemma == "fall_through" or (lemma == "fall" and any(tree.low(k) == "through" for k in tree.children(head, "advmod"))):
        return _reading("denied", "“fell through”")
    if lemma == "fail" and infinitive:
        return _reading("denied", "“failed to”")
    if lemma in _HAPPENING and is_negated(tree, head):
        return _reading("denied", f"not “{tree.low(head)}”")
    if lemma in {"loom", "beckon", "near", "approach"}:
        return _reading("planned", f"“{tree.low(head)}”: to come")
    return None


def _is(tree: Tree, head: int, infinitive: bool) -> Reading | None:
    """What it is said to be: "is likely", "is on the agenda", "is under discussion"."""
    for kid in tree.children(head, "acomp", "attr", "advmod"):
        found = _IS.get(tree.low(kid))
        if found is not None and not (infinitive and found == "planned"):
            return _negatable(tree, head, found, f"“{tree.low(kid)}”")
    for kid in tree.children(head, "prep"):
        for noun in tree.children(kid, "pobj"):
            found = _IS_IN.get((tree.low(kid), tree.lemma(noun)))
            if found is not None:
                return _negatable(tree, head, found, f"“{tree.low(kid)} … {tree.low(noun)}”")
    return None


def _negatable(tree: Tree, verb: int, modality: Modality, words: str) -> Reading:
    """The reading of a predicate, or its contrary where it is negated: "has not been scheduled"."""
    if is_negated(tree, verb) and modality != "denied":
        return _reading("denied", f"not {words}")
    return _reading(modality, words)


def _governed(tree: Tree, index: int) -> Reading | None:
    """What the noun or verb says whose object it is."""
    token = tree.tokens[index]
    if token.dep == "dobj" and tree.tokens[token.head].pos == "VERB":
        if _provided(tree, token.head):
            return _reading("hypothetical", f"“{tree.low(token.head)}”, of a paper")
        found = _OBJECT_OF.get(_full(tree, token.head))
        return None if found is None else _negatable(tree, token.head, found, f"object of “{tree.low(token.head)}”")
    if token.dep != "pobj":
        return None
    prep = token.head
    above = tree.tokens[prep].head
    if tree.low(prep) == "of" and tree.low(above) == "ahead":
        return None if {"last", "previous", "earlier"} & {tree.low(k) for k in tree.children(index, "amod")} else _reading("planned", "“ahead of”")
    if tree.tokens[above].pos == "VERB":
        return _behind_verb(tree, above, prep)
    if tree.tokens[above].pos not in {"NOUN", "PROPN"} or tree.low(prep) not in {"for", "of", "to", "about", "on"}:
        return None
    return _behind_noun(tree, above, prep)


def _behind_verb(tree: Tree, verb: int, prep: int) -> Reading | None:
    """ "Hopes for", "warned of", "agreed on"."""
    if (tree.lemma(verb), tree.low(prep)) == ("come", "of") and any(tree.low(k) in {"nothing", "little"} for k in tree.children(verb, "nsubj")):
        return _reading("denied", "“nothing has come of”")
    if _provided(tree, verb):
        return _reading("hypothetical", f"“{tree.low(verb)}”, of a paper")
    found = _VERBS_FOR.get((tree.tokens[verb].lemma.lower(), tree.low(prep)))
    return None if found is None else _negatable(tree, verb, found, f"“{tree.low(verb)} {tree.low(prep)}”")


def _behind_noun(tree: Tree, noun: int, prep: int) -> Reading | None:
    """ "Plans for", "the prospect of", "in case of", "reports of" that are untrue."""
    if tree.lemma(noun) in {"case", "event"} and tree.tokens[noun].dep == "pobj" and tree.low(tree.tokens[noun].head) == "in":
        return _reading("hypothetical", f"“in {tree.low(noun)} of”")
    if tree.lemma(noun) in _TOLD and (false := _untrue(tree, noun)):
        return _reading("denied", f"{tree.low(noun)} that is “{false}”")
    found = _NOUNS.get(tree.lemma(noun))
    return None if found is None else _dropped(tree, noun) or _reading(found, f"“{tree.low(noun)} {tree.low(prep)}”")


def _provided(tree: Tree, verb: int) -> bool:
    """Whether a paper or talks are what provides for it ("the deal calls for", "the bill would allow", "talks focused on")."""
    return tree.tokens[verb].lemma.lower() in _PROVIDE and any(tree.lemma(k) in _PAPERS for k in tree.children(verb, "nsubj"))


def _untrue(tree: Tree, index: int) -> str:
    """The word by which a report is called untrue; "" where it is not."""
    head = tree.tokens[index].head
    if tree.tokens[index].dep == "nsubj" and tree.lemma(head) in _BEING:
        return next((tree.low(k) for k in tree.children(head, "acomp", "attr") if tree.low(k) in _FALSE), "")
    refused = tree.tokens[index].dep in {"dobj", "nsubjpass"} and tree.lemma(head) in {"deny", "reject", "dismiss", "refute", "rebut"}
    return tree.low(head) if refused else ""


def _dropped(tree: Tree, index: int) -> Reading | None:
    """That there is no such plan, or no longer: "*no* plans for", "plans for … *were dropped*", "*scrapped* plans for"."""
    if any(tree.low(k) in {"no", "neither"} for k in tree.children(index, "det", "neg")):
        return _reading("denied", f"no “{tree.low(index)}”")
    for look in (_predicated, _governed):
        found = look(tree, index)
        if found is not None and found.modality == "denied":
            return found
    return None
