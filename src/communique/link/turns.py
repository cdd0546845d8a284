"""What a report says became of a plan, seen in the words around the record's trigger: the turn.

Patterns of two forms: the word before the deed within one clause ("postponed the talks", "took back its offer to
send …"), or after it ("the talks … were called off"). The table is ours, written from the states of the ledger.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from communique.link.events import Item
from communique.records import EventMention, Span

_DEEDS = frozenset({"CONSULT", "COOPERATE", "MOBILIZE", "AID"})  # what can be announced by one word and coded as done
_GAP = r"(?:[^\s,;.]+\s+){0,7}?"
_PLEDGE = r"(?:pledge|promise|offer|commitment|vow|threat|demand|ultimatum|plan|undertaking|word)s?\b"
_GIVEN = r"\b(?:promised|pledged|vowed|agreed|despite (?:its|their|his|her|an? )\s?(?:\w+ )?(?:promise|pledge|vow))\b"
_COUNT = r"(?:\d[\d,.]*|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|(?:a )?hundred|dozens)"
_STAY = re.compile(r"^[^.;]{0,60}?\b(?:for|on|starting|beginning) (?:an? |his |her |their |its )?(?:[\w-]+ )?(?:\w+[ -]days?|weeks?[ -]?long|\w+[ -]weeks?)\b[^.;]{0,40}?\b(?:visit|trip|tour|stay)\b", re.IGNORECASE)
_RUMOUR = r"(?:(?:an?|the|all|any|media|press|local|foreign|news) ){0,3}(?:reports?|rumou?rs?|talk|suggestions?|speculation|claims?)(?: (?:of|that|about)(?: (?:it|he|she|they))?)?"
STAYING = re.compile(r"\b(?:\w+[ -]days?|weeks?[ -]?long|\w+[ -]weeks?)\b[^.;]{0,40}?\b(?:visit|trip|tour|stay)\b|\b(?:visit|trip|tour|stay) of (?:\w+ )?(?:days|weeks?)\b", re.IGNORECASE)
AT_START = re.compile(r"[^.;]{0,60}?\b(?:at the (?:start|beginning|outset) of|to (?:start|begin)|starting|beginning|opening) (?:an?|the|his|her|their|its) (?:[\w-]+ ){0,3}(?:visit|trip|tour|stay)\b", re.IGNORECASE)
# state → (words that govern the deed, words that follow it)
_ACTIVE = {
    "cancelled": r"cancel(?:s|led|ed|ling)?|call(?:s|ed|ing)? off|scrap(?:s|ped)?|abandon(?:s|ed)?|shelv(?:e|es|ed)|cancellation of|axed"
    r"|(?:will|would) no longer|no longer (?:plans?|intends?) to|decid(?:e|es|ed) (?:not to|against)"
    r"|(?:pull(?:s|ed)? out of|drop(?:s|ped)? out of|back(?:s|ed)? out of|withdr[ae]ws? from|withdrawn from)(?= (?:\S+ ){0,6}?(?:talks|summit|meeting|conference|visit|trip|drills?|exercises?|ceremony|signing|deal|agreement|plan)\b)",
    "postponed": r"postpon(?:e|es|ed|ing)|delay(?:s|ed|ing)?|defer(?:s|red)?|reschedul(?:e|es|ed)|put(?:s)? off|push(?:es|ed)? back|postponement of",
    "stalled": r"suspend(?:s|ed)?|froze|frozen|freez(?:e|es)|halt(?:s|ed)|paus(?:e|es|ed)",
    "under way": r"beg[au]n|begin(?:s|ning)?|(?<!the )start(?:s|ed|ing)?|kick(?:s|ed) off|open(?:s|ed)|launch(?:es|ed)|br(?:oke|eaks|oken) ground (?:on|for)"
    r"|(?:is|are) (?:now |currently )?(?:taking part in|holding|staging|conducting|carrying out|hosting|attending|paying|on (?:an?|the|his|her|their))",
    "held": r"(?:left|departed|returned|flew home) (?:\S+ ){0,5}?(?:after|from)|complet(?:e|es|ed)|conclud(?:e|es|ed)|end(?:s|ed)|wrap(?:s|ped) up|finish(?:es|ed)",
    "denied": rf"den(?:y|ies|ied)(?: that)?|rul(?:e|es|ed) out|no plans? (?:for|to)|(?:dismiss(?:es|ed)|reject(?:s|ed)|rubbish(?:es|ed)) (?:as \w+ )?{_RUMOUR}|no such|will not|would not|won't|never (?:held|took)",
    "mooted": r"think(?:s|ing)? of|look(?:s|ing)? at|explor(?:e|es|ed|ing)|in talks (?:on|about) (?:holding|staging|a possible)|consider(?:s|ed|ing)?|weigh(?:s|ed|ing)?|mull(?:s|ed|ing)?|float(?:s|ed)|propos(?:e|es|ed|ing)|(?:hop(?:es?|ed|ing)|wish(?:es|ed)?|want(?:s|ed)?|would like|(?:is|are|was|were) (?:keen|eager|ready|willing)) to|suggest(?:s|ed)|may|might|could|discuss(?:ed|ing)? (?:holding|the possibility of)",
    "announced": r"announc(?:e|es|ed|ing)|schedul(?:e|es|ed|ing)|agree(?:s|d)? to (?:hold|stage|conduct|host)|plan(?:s|ned|ning)?(?: to (?:hold|stage|conduct|host))?",
}  # fmt: skip
_PASSIVE = {
    "cancelled": r"cancell?ed|called off|scrapped|abandoned|shelved|axed|dropped|aborted|off(?= *(?:[,.;]|$))",
    "postponed": r"postponed|delayed|deferred|rescheduled|put off|pushed back",
    "stalled": r"stalled|suspended|frozen|halted|on hold|paused|bogged down|interrupted|disrupted|held up|stuck|blocked",
    "under way": r"under ?way|in progress|continuing|ongoing|begun|started",
    "held": r"held|concluded|completed|over|finished",
    "denied": r"ruled out|not planned|denied|false|untrue|baseless|unfounded|invented",
}  # fmt: skip
_LATE = {
    "held": r"took place|was held|were held|ended|concluded|came to an end|wrapped up",
    "under way": r"began|begins|started|kicked off|opened|got under ?way|entered (?:its|their)|took effect|came into (?:force|effect)|went into (?:force|effect)",
    "stalled": r"stalled|has stalled|have stalled|broke off|on hold|(?:has|have) stopped|stopped|(?:come|came|grinds?|ground) to a (?:halt|stop|standstill)",
    "cancelled": r"will not (?:now )?(?:take place|go ahead|be held)|(?:fell|fallen) through",
    "denied": r"(?:did not|never|would not|had not) (?:take place|taken place|took place|happen|go ahead)|not (?:be held|take place)",
    "postponed": r"(?:slip(?:s|ped)?|moved|put back|pushed back|shifted) (?:to|until)|will now (?:take place|be held|start|begin|open|meet)",
}  # fmt: skip
_OF_PLEDGES = {
    "broken": rf"(?:brok?en?|breach(?:es|ed)|violat(?:es|ed)|renege(?:s|d) on|failed to (?:keep|honou?r|meet)|went back on|gone back on|did not keep) {_GAP}{_PLEDGE}"
    rf"|\b(?:fail(?:s|ed)?|refus(?:es|ed)) to \w+ [^.;]{{0,60}}?{_GIVEN}",
    "not yet": rf"\b(?:has|have|had) (?:not yet|yet to|still not|so far not|not so far) (?:\w+ )?[^.;]{{0,60}}?{_GIVEN}|\bis yet to \w+ [^.;]{{0,60}}?{_GIVEN}",
    "unkept": rf"\b(?:did not|didn't|has not|have not|had not|hasn't|never) (?!say|said|comment|giv|confirm|explain|set|know|deny|denied|name|specify)\w+ [^.;]{{0,60}}?{_GIVEN}",
    "withdrawn": rf"(?:withdr[ae]w|withdrawn|retract(?:s|ed)|took back|take back|rescind(?:s|ed)|revok(?:e|es|ed)|drop(?:s|ped)|backed (?:out of|away from)|lift(?:s|ed)) {_GAP}{_PLEDGE}",
    "fulfilled": rf"(?:fulfil(?:s|led|ls|ling)?|honou?red|kept|made good(?: on)?|carried out|met) {_GAP}{_PLEDGE}"
    r"|\b(?:promised|pledged|offered)(?: \S+){0,5}? (?:arrived|reached|landed|(?:was|were|have been|has been) (?:delivered|handed over|unloaded|opened|completed|finished|released|freed))\b",
    "reaffirmed": r"reaffirm(?:s|ed)?|reiterat(?:e|es|ed)|repeat(?:s|ed)|renew(?:s|ed)|restat(?:e|es|ed)|stood by|confirm(?:s|ed) (?:its|their|his|her)",
    "superseded": rf"(?:replac(?:e|es|ed)|supersed(?:e|es|ed)) {_GAP}{_PLEDGE}|\b(?:instead of|in place of|rather than) (?:\S+ ){{1,7}}?(?:promised|pledged|planned|offered)",
    "on the way": r"\b(?:is|are) (?:now )?(?:on (?:its|their) way|being (?:sent|shipped|delivered|withdrawn))\b",
    "partly fulfilled": rf"\b{_COUNT} of (?:the|its|their) (?:promised|pledged|agreed)\b|" r"\ba first (?:\S+ ){0,2}?of (?:the|its|their) [^.;]{0,60}?\b(?:promised|pledged)|\b(?:the )?first (?:\S+ )?of (?:the |its |an? )?\S+ (?:\S+ )?(?:promised|pledged)|\bpart of (?:the|its|their) (?:promised|pledged)|\b(?:half|some|part|most|a third|a quarter) of (?:the|its|their) [^.;]{0,60}?\b(?:promised|pledged)"
    rf"|(?<!last )(?<!final )(?<!remaining )(?<!all )\b{_COUNT} of (?:the|its|their) (?:[\w,.-]+ ){{1,6}}?(?:(?:that|which) )?(?:\w+ )?(?:(?:had|has|have) )?(?:promised|pledged|agreed|offered|vowed)\b|partly (?:fulfil|kept|met|deliver)"
    rf"|\b(?:the )?first (?:of|(?:\S+ ){{1,3}}?of) (?:the |its |their |an? )?(?:[\w,.$€£-]+ ){{1,4}}?(?:(?:that|which) )?(?:it|they|he|she|[A-Z]\w+) (?:(?:had|has|have) )?(?:promised|pledged|offered|vowed)\b"
    r"|\b(?:fewer|less) than (?:half|a third|a quarter|all) of (?:the|those|what|its|their)\b[^.;]{0,60}?\b(?:promised|pledged|offered|vowed|agreed)",
    "in progress": r"\b(?:is|are|now) (?:half|partly|two-thirds|nearly|almost) (?:complete|completed|finished|built)\b|\b(?:has|have) begun \w+ing|\b(?:began|started|begun) (?:\w+ing|to \w+)|is (?:now )?(?:sending|delivering|withdrawing|preparing)|\bthe first (?:\S+ ){1,3}?(?:left|sailed|departed|set out)\b",
    "done": r"\b(?:the last|all) (?:of )?(?:the |its |\S+ )?(?:\S+ )?(?:promised|pledged)|in full"
    r"|\b(?:all|the (?:last|final|remaining) (?:\S+ )?of) (?:of )?(?:the |its |their )?(?:[\w,.$€£-]+ ){1,4}?(?:(?:that|which) )?(?:\w+ ){0,2}?(?:(?:had|has|have) )?(?:promised|pledged|offered)\b",
}  # fmt: skip


@functools.cache
def _compiled(kind: str) -> dict[str, re.Pattern[str]]:
    table = {"active": _ACTIVE, "passive": _PASSIVE, "late": _LATE, "pledge": _OF_PLEDGES}[kind]
    form = {
        "active": r"\b(?:WORDS)\b\s+GAP$",
        "passive": r"^[\w'’-]*[^;.]{0,120}?\b(?:is|are|was|were|be|been|being|remain|remains|remained)\b\s+(?:\w+\s+){0,2}?(?:WORDS)\b",
        "late": r"^[\w'’-]*[^;.]{0,120}?\b(?:WORDS)\b",
        "pledge": r"(?:WORDS)",
    }[kind]
    gaps = {"denied": _GAP.replace("7", "12")}  # "denied on Friday that it would hold a joint naval …"
    return {state: re.compile(form.replace("GAP", gaps.get(state, _GAP)).replace("WORDS", words), re.IGNORECASE) for state, words in table.items()}


_PLAIN = ("cancelled", "postponed", "stalled", "under way", "held")  # turns that can be read without the record of a deed


@functools.cache
def _turn_words() -> tuple[re.Pattern[str], tuple[tuple[str, str, re.Pattern[str]], ...]]:
    tables = (("active", _ACTIVE), ("passive", _PASSIVE), ("late", _LATE))
    rows = [(form, state, table[state]) for form, table in tables for state in _PLAIN if state in table]
    return re.compile(rf"\b(?:{'|'.join(words for _, _, words in rows)})\b"), tuple((f, s, re.compile(rf"(?:{words})\b")) for f, s, words in rows)


def turns_in(words: str) -> Iterator[tuple[Span, str, str]]:
    """The turn words of a sentence (in lower case): where, the form as in the tables ("active", "passive", "late"), and
    the state."""
    some, rows = _turn_words()
    for found in some.finditer(words):
        for form, state, pattern in rows:
            if (m := pattern.match(words, found.start())) is not None:
                yield Span(m.start(), m.end()), form, state


# The first letters (at most four) of a word that every turn of `_PLAIN` holds: one quick look, for there are many sentences.
_HEADS = frozenset(
    [
        "aban", "abor", "atte", "axed", "back", "bega", "begi", "begu", "bloc", "bogg", "brok", "call", "came", "canc", "carr", "come", "comp", "conc", "cond", "cont",
        "deci", "defe", "dela", "depa", "disr", "drop", "end", "ende", "ends", "ente", "fall", "fell", "fini", "flew", "free", "froz", "got", "grin", "grou", "halt",
        "held", "hold", "host", "inte", "kick", "laun", "left", "long", "move", "now", "off", "ongo", "open", "over", "paus", "payi", "post", "prog", "pull", "push",
        "put", "puts", "resc", "retu", "scra", "shel", "slip", "stag", "stal", "star", "stop", "stuc", "susp", "taki", "took", "unde", "went", "with", "wrap",
    ]
)  # fmt: skip


def holds_turn(words: str) -> bool:
    """Whether a sentence (in lower case) may hold one of the turn words."""
    return "will not " in words or not _HEADS.isdisjoint(w[:4] for w in words.split())


def pledge_turns() -> dict[str, re.Pattern[str]]:
    """The turns that name the pledge itself ("took back its promise"), which a whole sentence tells."""
    return {state: pattern for state, pattern in _compiled("pledge").items() if state not in ("reaffirmed", "in progress")}


_STOP = re.compile(r"[.!?]\s|\n|;")


def sentence_of(mention: EventMention, text: str) -> Span:
    """The sentence around the trigger, which may reach further than the record's own clause."""
    start = max((m.end() for m in _STOP.finditer(text, max(0, mention.trigger.start - 400), mention.trigger.start)), default=None)
    stop = _STOP.search(text, mention.trigger.end)
    own = next(e for e in mention.evidence if e.start <= mention.trigger.start and mention.trigger.end <= e.end)
    first = own.start if start is None and mention.trigger.start > 400 else (start or 0)
    return Span(min(first, mention.trigger.start), max(mention.trigger.end, stop.start() if stop else len(text)))


def _agreed_to(m: EventMention, words: str) -> bool:
    """Whether it is the agreement to do a thing: "agreed to hold joint patrols", "scheduled a meeting" announce it."""
    when = r"(?:on \w+ )?"
    form = rf"(?:agree[sd]? {when}(?:to (?:hold|stage|conduct|host|run|mount)|on holding)|schedule[sd]?|announce[sd]?|arrange[sd]?|sign(?:s|ed)? (?:an?|the) (?:[\w-]+ ){{0,3}}?(?:agreement|deal|pact|accord|memorandum|contract|treaty) (?:(?:on|in) \w+ ){{0,2}}to (?!end\b)[a-z]+|prepar(?:es?|ed|ing)|accept(?:s|ed)? (?:an?|the|\S+'s) invitation to|said {when}(?:that )?(?:it|he|she|they) (?:would|will) [a-z]+)\b"
    if m.type == "CONCEDE":
        return re.match(r"agree[sd]? to (?!postpone|delay|cancel|defer|call|put|drop)[a-z]+\b", words, re.IGNORECASE) is not None
    return m.type in ("AGREE", "SUPPORT") and re.match(form, words, re.IGNORECASE) is not None


def _begun(item: Item, text: str, span: Span) -> str | None:
    """What a deed told as done only begins: whoever arrives for three days is still there, who is invited has not come."""
    m, known = item.mention, item.facts.published
    trigger = text[m.trigger.start : m.trigger.end].lower()
    if trigger.startswith("arriv") and _STAY.search(text[m.trigger.end : span.end]):
        return "under way"
    ahead = m.when.start is not None and known.end is not None and m.when.start >= known.end
    if m.type == "AGREE" and trigger.startswith("offer") and item.concept == "meeting":
        return "mooted"  # talks are not one side's to give
    if m.type == "AGREE" and trigger.startswith("invit") and item.concept is not None and m.actors and m.recipients and not ahead:
        return "mooted"
    return None


def turn_of(item: Item, text: str) -> str | None:
    """The turn that the words around the trigger tell ("postponed", "under way", "withdrawn" …), or None."""
    m = item.mention
    span = sentence_of(m, text)
    whole = text[span.start : span.end]
    for state, pattern in _compiled("pledge").items():
        if pattern.search(whole):
            return _SHORT.get(state, state)
    if m.modality in ("actual", "pledged") and (begun := _begun(item, text, span)):
        return begun
    before, trigger, after = text[span.start : m.trigger.start], text[m.trigger.start : m.trigger.end], text[m.trigger.end : span.end]
    if m.modality == "actual" and _agreed_to(m, trigger + after):
        return "announced"
    talked = re.search(rf"\b{_ONLY_TALKED}\s+(?:\S+\s+){{0,5}}?$", before, re.IGNORECASE) is not None or re.match(_ONLY_TALKED, trigger + after, re.IGNORECASE) is not None
    if m.modality == "actual" and m.type in _DEEDS and not talked and trigger.lower().endswith("ing") and _GOING_ON.search(before):
        return "under way"
    for state, pattern in _compiled("active").items():
        if pattern.search(before) or re.match(rf"(?:{_ACTIVE[state]})\b", f"{trigger}{after[:80]}", re.IGNORECASE):
            if not _active_fits(m, state, talked, _PLANNING_OF.search(before) is not None):
                continue
            return "mooted" if state == "denied" and re.search(r"\b(?:will|would) not rule out", whole) else state
    for kind in ("passive", "late"):
        for state, pattern in _compiled(kind).items():
            if pattern.search(after) and (m.modality not in _TO_COME or state not in ("held", "under way") or (m.modality == "pledged" and _OF_A_THING.search(before))):
                return state
    return None


_ONLY_TALKED = r"(?:explor(?:e|es|ed|ing)|discuss(?:ed|ing)? holding|(?:in )?talks (?:on|about) (?:holding|a possible)|float(?:s|ed)|propos(?:e|es|ed|ing)|consider(?:s|ed|ing)?|weigh(?:s|ed|ing)?|mull(?:s|ed|ing)?|suggest(?:s|ed|ing)?|think(?:s|ing)? of|look(?:s|ing)? at)\b"
_GOING_ON = re.compile(r"\b(?:is|are)(?: now| currently| still)? $", re.IGNORECASE)
_OF_A_THING = re.compile(r"\b(?:that|which)\s+(?:\S+\s+){0,4}?$", re.IGNORECASE)  # "the bridge that A promised … was opened"
_SHORT = {"done": "fulfilled", "on the way": "in progress"}
_PLANNING_OF = re.compile(r"\b(?:plan(?:s|ned|ning)?|prepar(?:es?|ed|ing)|schedul(?:es?|ed|ing))\s+(?:\S+\s+){0,7}?$", re.IGNORECASE)
_TO_COME = frozenset({"planned", "pledged", "demanded"})


def _active_fits(m: EventMention, state: str, only_talked: bool, planning: bool) -> bool:
    """Whether a record can be that of which a verb says so: what is done is not mooted, what is to come not begun."""
    done = m.modality in ("actual", "historical")
    if state == "mooted":
        return not done or (m.type in _DEEDS | {"AGREE", "REQUEST"} and only_talked)
    if state == "announced":
        return done and (m.type in _DEEDS or (m.type == "AGREE" and planning))
    return not (state in ("held", "under way") and m.modality in _TO_COME)
