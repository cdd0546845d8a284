"""What a capital, seat or country name stands for where it is used: a government, a place, or part of another name.

Decided from the parse by general rules, in this order: part of a longer name; what it belongs to ("Seoul's defense
ministry", "the streets of Kyiv"); the preposition and what governs it ("trip to", "ties with", "in"); its verb ("Moscow
warned", "missiles hit Kyiv"). A coordinated name takes the sense of the first in its list ("Moscow and Pyongyang
signed"). With no evidence a capital is a place when it is no one's subject, since an actor needs words that make it one.
The verb and noun lists are closed classes of motion, attack and place nouns, written from grammar, not from any corpus.
"""

from __future__ import annotations

from collections.abc import Sequence

from communique.records import MentionSense, Token


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_IN = _set(
    "in at inside near outside around across within through throughout above via beyond beneath off along past into onto"
    " amid surrounding"
)
_MOTION_VERBS = _set(
    "travel go fly come return arrive head move drive march rush sail journey depart leave escape flee relocate transfer deport"
    " bring take extradite evacuate walk ride dispatch invite commute advance retreat withdraw land drop tour fight push"
    " spread extend stretch set make transport airlift ship smuggle migrate fan pour stream jet whisk accompany dash race"
    " hail originate report broadcast emigrate recall expel ferry visit get bind fire launch"
)
_MOTION_NOUNS = _set(
    "trip visit travel flight journey return tour voyage arrival way road train route highway delegation mission pilgrimage"
    " departure convoy march railway ticket stop stopover move relocation kilometer kilometre km mile hour drive corridor"
    " transfer deportation extradition invitation bus entrance approach advance pipeline bridge withdrawal evacuation"
    " airlift visitor tourist migrant refugee commuter south north east west northeast northwest southeast southwest"
)
_MOVED = _set(
    "envoy delegation troop soldier minister team diplomat official representative emissary force mission ambassador"
    " negotiator plane aircraft convoy him her them president leader body remains reinforcement reporter correspondent"
    " inspector family people police tank warship officer"
)
_ATTACK_NOUNS = _set(
    "attack strike assault raid airstrike march advance offensive bombardment shelling siege barrage bombing hold grip"
    " missile rocket drone control flight curfew"
)
_REACH_VERBS = _set(
    "visit leave reach enter tour attack bomb shell strike hit bombard capture seize flee besiege rock pound encircle"
    " approach surround evacuate recapture overrun liberate storm defend control shake batter devastate paralyze engulf"
    " occupy retake quit depart traverse cross blanket lock flood hammer bombard ravage destroy raze circle patrol exit"
    " transit tie name rename host link connect join serve"
)
_STATE_VERBS = _set(
    "lie sit wake witness remain fall burn sleep swelter stand empty host become awake brace bustle host"
)
_PASSIVE_PLACE = _set(
    "hit bomb shell strike rock shake pound bombard capture seize besiege surround lock paralyze flood locate situate destroy"
    " evacuate shroud attack plunge blanket overrun liberate encircle retake target name know"
)
_PLACE_NOUNS = _set(
    "street airport suburb outskirt outskirts downtown skyline resident mayor metro subway university hospital stadium square river north"
    " south east west district neighborhood neighbourhood port city capital center centre heart area region airspace sky"
    " population citizen inhabitant hotel restaurant museum cemetery traffic weather landmark embassy church cathedral"
    " mosque market station suburbs streets park court stock bourse exchange summit meeting talk conference ceremony parade"
    " protest rally march demonstration event visit stop bureau correspondent office palace tower bridge ring highway zoo"
    " theatre theater club school college hall apartment home house building site shop gathering forum session marathon"
    " olympics games festival fair time edge limit vicinity road fall siege defender battle capture province prefecture"
    " name mosque synagogue attack bombing blast explosion siege riot police firefighter governor council resident"
)
_GOVERNMENT_NOUNS = _set(
    "government regime authority official administration diplomat spokesperson spokesman spokeswoman leadership policy envoy"
    " negotiator ally politician lawmaker elite policymaker ministry minister consensus line position view stance"
    " insider leader bureaucrat establishment source statement adviser aide decision delegation announcement"
)
_TOWARDS_GOVERNMENT = _set(
    "pressure sanction tariff reliance dependence influence criticism condemnation call curb restriction ban"
    " blame demand attack"
)
_PHYSICAL = _set(
    "flight train road distance highway route railway bus traffic corridor line ferry border travel link journey"
)
_AIMED = _set("aim direct target level lash anger angry criticism dig swipe jab frustration fury barb accusation")
_GOVERNMENT_PREPOSITIONS = _set(
    "with against between among toward towards by on upon for about behind despite like unlike versus without than over"
    " alongside beside concerning regarding under before after vis-a-vis except including"
)
_STATES = _set(
    "Alabama Alaska Arizona Arkansas California Colorado Connecticut Delaware Florida Georgia Hawaii Idaho Illinois Indiana Iowa"
    " Kansas Kentucky Louisiana Maine Maryland Massachusetts Michigan Minnesota Mississippi Missouri Montana Nebraska"
    " Nevada Ohio Oklahoma Oregon Pennsylvania Tennessee Texas Utah Vermont Virginia Washington Wisconsin Wyoming"
    " Ontario Ala. Ariz. Ark. Calif. Colo. Conn. Del. Fla. Ga. Ill. Ind. Kan. Ky. La. Md. Mass. Mich. Minn. Miss. Mo. Mont."
    " Neb. Nev. N.H. N.J. N.M. N.Y. N.C. N.D. Okla. Ore. Pa. R.I. S.C. S.D. Tenn. Vt. Va. Wash. Wis. Wyo."
)


def sense_of(tokens: Sequence[Token], first: int, last: int, *, seat: bool = False) -> tuple[MentionSense, str]:
    """The sense of the name at tokens[first:last] and the rule that decided ("in", "possessive:noun", ...).

    `seat` is for buildings that name a government: they are a place only after a preposition of place.
    """
    top = _top(tokens, first, last)
    beside = _beside(tokens, first, last)
    if beside is not None:
        return beside
    return _by_role(tokens, top, last, seat, 0)


def _top(tokens: Sequence[Token], first: int, last: int) -> int:
    """The token of the name whose head lies outside it."""
    for i in range(first, last):
        if not first <= tokens[i].head < last or tokens[i].head == i:
            return i
    return last - 1


def _beside(tokens: Sequence[Token], first: int, last: int) -> tuple[MentionSense, str] | None:
    after = tokens[last].text.lower() if last < len(tokens) else ""
    then = tokens[last + 1] if last + 1 < len(tokens) else None
    if after == "-" and then is not None:
        place = then.text.lower() in ("based", "born", "area")
        return ("place", "hyphen:place") if place else ("government", "hyphen")
    if after.startswith("-"):
        return ("place", "hyphen:place") if after in ("-based", "-born", "-area") else ("government", "hyphen")
    if (first > 0 and tokens[first - 1].text.lower() in ("pro-", "anti-", "pro", "anti")) or (
        first > 1 and tokens[first - 1].text == "-" and tokens[first - 2].text.lower() in ("pro", "anti")
    ):
        return "government", "hyphen"
    if after == "," and then is not None and then.text.lower() == "where":
        return "place", "where"
    if after == "where":
        return "place", "where"
    if after == "," and then is not None and then.text in _STATES:
        return "place", "state follows"
    return None


def is_us_town(tokens: Sequence[Token], last: int) -> bool:
    """Whether the name is a town of a U.S. state that follows it ("Lebanon, Ohio")."""
    return last + 1 < len(tokens) and tokens[last].text == "," and tokens[last + 1].text in _STATES


def _children(tokens: Sequence[Token], at: int) -> list[int]:
    return [i for i, t in enumerate(tokens) if t.head == at and i != at]


def _by_role(tokens: Sequence[Token], top: int, last: int, seat: bool, depth: int) -> tuple[MentionSense, str]:
    token = tokens[top]
    if last < len(tokens) and tokens[last].text in ("'s", "'", "’s", "’") and tokens[last].dep == "case":
        return _owned(tokens, top, seat)
    dep, head = token.dep, token.head
    if dep == "poss":
        return _owned(tokens, top, seat)
    if dep == "conj" and depth < 6 and head != top:
        return _by_role(tokens, head, head + 1, seat, depth + 1)
    if dep == "pobj":
        return _after_preposition(tokens, head, seat)
    if dep == "npadvmod" and last + 2 < len(tokens) and tokens[last].text == "," and tokens[last + 1].dep == "nsubj" and tokens[last + 1].head == head and head == last + 2:
        return _subject(tokens, head, seat)  # a headline's pair: "*Seoul*, Tokyo agree on …"
    if dep in ("nsubj", "csubj", "agent"):
        return _subject(tokens, head, seat)
    if dep == "nsubjpass":
        place = not seat and tokens[head].lemma.lower() in _PASSIVE_PLACE
        return ("place", "subject of attack") if place else ("government", "subject")
    if dep in ("dobj", "dative", "obj"):
        place = tokens[head].lemma.lower() in _REACH_VERBS and not (
            seat and tokens[head].lemma.lower() not in ("visit", "leave", "reach", "enter", "tour")
        )
        return ("place", "object of motion") if place else ("government", "object")
    if dep in ("compound", "nmod", "amod"):
        return _modifier(tokens, head, seat)
    if dep == "appos":
        return _apposed(tokens, head, seat, depth)
    return ("government", "seat") if seat else _loose(tokens, top)


def _owned(tokens: Sequence[Token], top: int, seat: bool) -> tuple[MentionSense, str]:
    lemma = tokens[tokens[top].head].lemma.lower()
    if (
        not seat
        and lemma in _PLACE_NOUNS
        and lemma
        not in (
            "attack",
            "visit",
            "protest",
            "capital",
            "office",
            "police",
            "embassy",
            "court",
            "summit",
            "rally",
            "march",
            "talk",
            "home",
            "defender",
            "council",
            "position",
        )
    ):
        return "place", "possessive:place noun"
    return "government", "possessive"


def _subject(tokens: Sequence[Token], verb: int, seat: bool) -> tuple[MentionSense, str]:
    lemma = tokens[verb].lemma.lower()
    if seat:
        return "government", "subject"
    if lemma == "be":
        attributes = {tokens[i].lemma.lower() for i in _children(tokens, verb) if tokens[i].dep in ("attr", "acomp")}
        if attributes & {"capital", "city", "home", "town", "quiet", "calm", "host", "hub", "center", "centre", "port"}:
            return "place", "subject:city"
        return "government", "subject"
    if lemma in _STATE_VERBS:
        if lemma in ("remain", "stand", "become", "fall", "brace"):
            kids = {tokens[i].lemma.lower() for i in _children(tokens, verb)}
            if lemma != "fall" and not kids & {"calm", "quiet", "tense", "city", "capital"}:
                return "government", "subject"
        if lemma == "host":
            return "government", "subject"
        return "place", "subject:state"
    return "government", "subject"


def _modifier(tokens: Sequence[Token], head: int, seat: bool) -> tuple[MentionSense, str]:
    lemma = tokens[head].lemma.lower()
    if seat or lemma in _GOVERNMENT_NOUNS:
        return "government", "modifier"
    return "place", "modifier:noun"


def _apposed(tokens: Sequence[Token], head: int, seat: bool, depth: int) -> tuple[MentionSense, str]:
    if tokens[head].lemma.lower() in ("capital", "city", "town"):
        return "place", "apposition:city"
    if depth < 6 and tokens[head].pos == "PROPN" and head != tokens[head].head:
        return _by_role(tokens, head, head + 1, seat, depth + 1)
    return ("government", "seat") if seat else ("place", "default")


def _loose(tokens: Sequence[Token], top: int) -> tuple[MentionSense, str]:
    """A name the parse left without a role: a headline's first word before a verb or colon is its subject."""
    if top + 1 < len(tokens) and top <= 1:
        following = tokens[top + 1]
        if following.text == ":" or following.pos in ("VERB", "AUX"):
            return "government", "headline"
    return "place", "default"


def _after_preposition(tokens: Sequence[Token], at: int, seat: bool) -> tuple[MentionSense, str]:
    word = tokens[at].text.lower()
    governor = tokens[at].head
    lemma = tokens[governor].lemma.lower()
    noun = tokens[governor].pos in ("NOUN", "PROPN", "NUM")
    if word == "at" and lemma in _AIMED:
        return "government", "after at:aimed"
    if word in _IN:
        return "place", f"after {word}"
    if word == "of":
        if seat or lemma not in _PLACE_NOUNS | _MOTION_NOUNS:
            return "government", "after of"
        return "place", "after of:place noun"
    if word == "agent" or (word == "by" and tokens[at].dep == "agent"):
        return "government", "agent"
    if word == "to":
        return _to(tokens, governor, lemma, noun)
    if word == "from":
        place = lemma in (_MOTION_NOUNS if noun else _MOTION_VERBS) or tokens[governor].pos in ("ADV", "SCONJ", "ADP")
        return ("place", "after from:motion") if place else ("government", "after from")
    if word in ("on", "upon", "over", "at"):
        if (noun and lemma in _ATTACK_NOUNS) or lemma in (
            "descend",
            "converge",
            "march",
            "advance",
            "fire",
            "rain",
            "fly",
            "explode",
        ):
            return "place", f"after {word}:attack"
        return "government", f"after {word}"
    if word == "for":
        bound = lemma in ("leave", "depart", "bind", "head", "set", "embark", "bound", "departure", "flight")
        return ("place", "after for:motion") if bound else ("government", "after for")
    if word in ("toward", "towards"):
        going = lemma in _MOTION_VERBS or lemma in _MOTION_NOUNS
        return ("place", "after toward:motion") if going else ("government", "after toward")
    if word == "between" and lemma in _PHYSICAL:
        return "place", "after between:travel"
    if word in _GOVERNMENT_PREPOSITIONS:
        return "government", f"after {word}"
    return ("government", "seat") if seat else ("place", "default")


def _to(tokens: Sequence[Token], governor: int, lemma: str, noun: bool) -> tuple[MentionSense, str]:
    if lemma in ("send", "dispatch", "bring", "transfer", "take", "move", "deliver"):
        objects = [t for i in _children(tokens, governor) if (t := tokens[i]).dep in ("dobj", "nsubjpass")]
        moved = any(t.lemma.lower() in _MOVED or t.ent.endswith("PERSON") for t in objects)
        return ("place", "after to:sent people") if moved else ("government", "after to:sent things")
    if noun and lemma in _MOTION_NOUNS:
        return "place", "after to:motion"
    if not noun and lemma in _MOTION_VERBS:
        return "place", "after to:motion"
    if tokens[governor].dep == "prep" or tokens[governor].text.lower() in ("back", "close", "en"):
        return ("place", "after to") if tokens[governor].text.lower() == "back" else ("government", "after to")
    return "government", "after to"
