"""Who and what the sentences speak of: names, titles, demonyms, nominals, groups and pronouns, as spans.

Decided here:
- A mention does not need an entity tag. The tagger misses acronyms, surnames, exercises and datelines, so every run
  of proper nouns is a name whether the tagger saw it or not; its tags only help to cut runs and to drop dates.
- Mentions nest. "South Korean Defense Minister Ahn Gyu-Back" is one title (span the whole phrase, head the name,
  role "Defense Minister") that holds a demonym ("South Korean"). A token's own mention is the one whose *head*
  covers it; the smallest such, where several do.
- An apposition makes the same record: "Ahn Gyu-Back, the South Korean defense minister," is a title whose head is the
  name, holding the nominal "the South Korean defense minister".
- Nominals are kept only when their head can be a party, a body, a group or an occurrence; other noun phrases never
  stand for an actor, and listing them costs every later stage.
- Nothing is resolved here: `refs` stay empty. Capitals are plain names until the resolver gives their sense.

Spans leave out a leading article for names and titles, keep it for nominals ("the ministry"), and keep a possessor
("Seoul's defense ministry") but never the final "'s" of the phrase itself.
"""

from __future__ import annotations

import functools
from typing import Literal

from communique import tables
from communique.errors import TableError
from communique.records import Article, Mention, MentionKind, Sentence, Span, Token

Status = Literal["then", "former", "acting", "designate", "late", "deputy"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ROLES = _words(
    "minister president premier chancellor secretary ambassador envoy spokesman spokeswoman spokesperson general "
    "admiral colonel commander chief head leader chairman chairwoman chairperson director governor mayor senator "
    "lawmaker congressman congresswoman legislator parliamentarian king queen prince princess crown emir sultan pope "
    "dictator diplomat adviser advisor aide officer judge prosecutor lieutenant captain marshal commissioner "
    "coordinator speaker negotiator undersecretary delegate rapporteur monarch ruler strongman warlord candidate "
    "politician activist analyst expert counterpart vice-president vice-premier consul attaché cleric ayatollah "
    "archbishop cardinal patriarch sheikh taoiseach deputy counsellor counselor official dissident founder "
    "brigadier commodore sergeant major ombudsman mediator emissary colleague chargé guest suspect host"
)
_COUNTERPART = _words("counterpart colleague")
_RANKS = _words(
    "gen. lt. lt col. adm. maj. capt. brig. sgt. cmdr. mr. mrs. ms. dr. sen. rep. gov. gen vice mr mrs ms dr prof. sir"
)
_ROLE_MODIFIERS = _words(
    "defense defence foreign prime vice deputy interior finance trade home external first chief acting interim former "
    "ex then top senior outgoing incoming caretaker transitional late permanent special crown supreme security national "
    "army navy military air police intelligence opposition state energy oil economy justice health environment policy "
    "affairs parliament parliamentary presidential assistant under joint rebel militia union party press commerce "
    "agriculture transport education labour labor culture information deputy-general nuclear climate human rights"
)
_BODIES = _words(
    "ministry government military army navy force parliament congress senate cabinet administration department agency "
    "authority council commission court tribunal committee police embassy mission delegation command coalition alliance "
    "bloc union organisation organization group party militia faction movement regime junta office bureau bank company "
    "firm institute watchdog body secretariat assembly presidency consulate opposition rebel insurgent guard kremlin "
    "premiership treasury legislature service task-force squad troop soldier fleet monarchy court-martial newspaper network"
)
_PEOPLE = _words(
    "official troop soldier rebel fighter insurgent militant protester demonstrator migrant refugee lawmaker voter citizen "
    "analyst expert diplomat man woman people student worker villager resident fisherman sailor pilot crew journalist "
    "hostage prisoner detainee separatist guerrilla gunman force mediator observer inspector monitor negotiator delegate "
    "farmer doctor victim suspect activist attacker supporter crowd envoy dissident politician couple pair duo trio "
    "captive driver herder teacher trader fisher miner nurse engineer priest passenger tourist civilian smuggler pirate settler "
    "banker monk volunteer trafficker contractor lawyer widow national"
)
_COUNTRY_NOUNS = _words(
    "country nation state ally neighbour neighbor side party partner power government capital republic kingdom economy "
    "member adversary rival foe signatory superpower island archipelago territory sheikhdom emirate"
)
_EVENTS = _words(
    "talk meeting summit drill exercise visit trip transfer agreement deal pact accord treaty ceasefire truce attack strike "
    "raid offensive invasion operation assault bombing blast launch test war conflict clash protest rally demonstration "
    "strike election vote referendum coup sanction embargo ban blockade tariff measure decision move statement announcement "
    "declaration pledge promise commitment offer proposal plan request demand call threat warning dispute incident killing "
    "arrest detention expulsion withdrawal deployment patrol parade shelling incursion sale shipment delivery aid loan "
    "grant assistance partnership cooperation dialogue negotiation consultation conference session round gathering call "
    "ceremony maneuver manoeuvre wargame iteration resolution remark comment accusation allegation denial decree "
    "law bill crackdown massacre explosion hijacking seizure interception collision mediation initiative project "
    "framework memorandum communique protocol handover release swap exchange encounter discussion tour crisis standoff "
    "evacuation mission violation escalation release mutiny uprising siege airstrike bombardment ambush purge dismissal "
    "appointment resignation inauguration overture response reaction step event episode act action programme program"
)
_THINGS = _words(
    "vessel ship boat tanker trawler freighter plane aircraft jet helicopter drone missile rocket satellite document text "
    "report centre center facility site base plant bridge pipeline port border crossing post tunnel canal claim budget fighting"
)
_EVENT_ENDINGS = ("tion", "sion", "ment", "ure", "ing", "ance", "sal", "val", "age")
_SINGULAR_SETS = _words("pair duo trio bloc coalition alliance")
_NUMBER_HEADS = _words("two three four five six seven both all")
_DEFINITE = _words("the this that these those such both its his her their")
_PRONOUNS = _words(
    "he him his himself she her hers herself it its itself they them their theirs themselves who whom whose which that"
)
_NAME_TYPES = _words("PERSON ORG GPE NORP LOC FAC EVENT LAW PRODUCT WORK_OF_ART")
_DATE_TYPES = _words("DATE TIME PERCENT MONEY QUANTITY ORDINAL CARDINAL")
_CALENDAR = _words(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may june july august "
    "september october november december jan. feb. mar. apr. jun. jul. aug. sept. sep. oct. nov. dec. am pm gmt utc"
)
_JOINERS = _words("of de del della di da do dos du des la le el al bin ibn bint van von der den ter ben y e & for")
_OFFICERS = _words("general colonel admiral major captain lieutenant marshal brigadier commander commodore sergeant")
_PLACE_FIRST = _words("new north northern south southern east eastern west western central san santa saint st. los las el port fort lake mount")
_APPOINTING = _words("elect name appoint declare proclaim make choose install nominate reappoint elevate")
_STATUS: dict[str, Status] = {
    "then": "then", "former": "former", "ex": "former", "ousted": "former", "deposed": "former", "acting": "acting",
    "interim": "acting", "caretaker": "acting", "designate": "designate", "elect": "designate", "incoming": "designate",
    "late": "late", "slain": "late", "deputy": "deputy", "vice": "deputy", "assistant": "deputy",
}  # fmt: skip
_LEFT_DEPS = _words("det amod compound poss nummod nmod predet quantmod nounmod")


@functools.cache
def role_nouns() -> frozenset[str]:
    """Lower-case singular nouns that name a person's role: the built table's where there is one, and the built-in ones."""
    try:
        table = tables.load("roles.json")
    except TableError:
        return _ROLES
    found = table.get("person_nouns", ()) if isinstance(table, dict) else ()
    return _ROLES | {word for word in found if isinstance(word, str) and " " not in word}


@functools.cache
def nation_words() -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
    """Lower-case names of countries and territories, and their adjectives and peoples, as tuples of words; empty without
    the built table."""
    try:
        table = tables.load("countries.json")
    except TableError:
        return frozenset(), frozenset()
    names: set[tuple[str, ...]] = set()
    peoples: set[tuple[str, ...]] = set()
    for row in (*table.get("countries", ()), *table.get("territories", ())):
        names |= {_split(name) for name in (row["name"], *row.get("names", ()))}
        peoples |= {_split(word) for word in row.get("adjectives", ())}
        peoples |= {_split(word) for pair in row.get("nouns", ()) for word in pair}
    return frozenset(names), frozenset(peoples - names)


def _split(name: str) -> tuple[str, ...]:
    return tuple(name.lower().split())


def find_mentions(article: Article, sentences: tuple[Sentence, ...]) -> tuple[Mention, ...]:
    """All mentions in text order (outer before inner at the same start), spans into the document's text, unresolved."""
    out: list[Mention] = []
    for index, sentence in enumerate(sentences):
        out += _Finder(index, sentence).find()
    return tuple(sorted(out, key=lambda m: (m.span.start, -m.span.end, m.head.start)))


class _Finder:
    """One sentence: its tokens, the left edges of its phrases, and what has been found so far."""

    def __init__(self, index: int, sentence: Sentence) -> None:
        self.index = index
        self.tokens = sentence.tokens
        self.low = [t.text.lower() for t in sentence.tokens]
        self.ents = [t.ent[2:] for t in sentence.tokens]
        self.left = _left_edges(sentence.tokens)
        self.found: dict[tuple[int, int, int, int], Mention] = {}
        self.named: dict[int, Mention] = {}  # last token of a name → its mention
        self.nations = self._nations()
        self.runs = self._name_runs()

    def _nations(self) -> dict[int, tuple[int, MentionKind]]:
        """Where a country's name or adjective starts → where it ends, and which of the two."""
        names, peoples = nation_words()
        out: dict[int, tuple[int, MentionKind]] = {}
        reach = 0
        for i, token in enumerate(self.tokens):
            if i < reach or not token.text[0].isupper():
                continue
            for size in (4, 3, 2, 1):
                words = tuple(self.low[i : i + size])
                if words in names or words in peoples:
                    out[i] = (i + len(words), "name" if words in names else "demonym")
                    reach = i + len(words)
                    break
        return out

    def find(self) -> list[Mention]:
        used: set[int] = set()
        roles = role_nouns()
        for i, token in enumerate(self.tokens):
            if i not in used and token.pos in ("NOUN", "PROPN", "ADJ") and _role_form(self.low[i], token, roles) and not self._only_deputy(i):
                used |= self._title(i)
        for start, end in self.runs:
            self._name(start, end, used)
        for i, token in enumerate(self.tokens):
            if token.tag in ("PRP", "PRP$", "WP", "WDT", "WP$") or token.pos == "PRON":
                self._pronoun(i)
            elif token.pos in ("NOUN", "PROPN") and i not in used:
                self._nominal(i)
            elif token.pos in ("NUM", "DET", "ADJ") and self.low[i] in _NUMBER_HEADS:
                self._bare_number(i)
        self._appositions()
        return list(self.found.values())

    # --- names

    def _is_name_token(self, i: int) -> bool:
        token, text = self.tokens[i], self.tokens[i].text
        if self.ents[i] in _DATE_TYPES or self.low[i] in _CALENDAR:
            return False
        if not text[0].isalpha():
            return False
        if text[0].isupper() or not text[0].islower():
            if token.pos == "PROPN" or (
                len(text) > 1 and text.isupper() and token.pos in ("NOUN", "ADJ", "X", "VERB", "INTJ")
            ):
                return True
            if self.ents[i] in _NAME_TYPES and token.pos not in ("DET", "ADP", "PRON", "PART", "CCONJ", "SCONJ", "AUX"):
                return True
            if i == 0:
                return self.low[0] in ("exercise", "operation") and self.tokens[-1].start > token.end
            return token.pos in ("NOUN", "ADJ") and self.low[i - 1] not in ('"', "'", ":", "(", "“")
        return False

    def _name_runs(self) -> list[tuple[int, int]]:
        """Runs of proper nouns as (first, after last), cut where the tagger starts a person."""
        out: list[tuple[int, int]] = []
        i, n = 0, len(self.tokens)
        flags = [self._is_name_token(k) for k in range(n)]
        while i < n:
            if not flags[i]:
                i += 1
                continue
            j = i + 1
            while j < n:
                if flags[j] and not self._cut(j):
                    j += 1
                elif (step := self._bridge(j, flags)) > 0:
                    j += step
                else:
                    break
            out.append((i, j))
            i = j
        return out

    def _cut(self, j: int) -> bool:
        return (
            self.tokens[j].ent == "B-PERSON" and self.ents[j - 1] in ("GPE", "NORP") and self.tokens[j - 1].pos == "ADJ"
        )

    def _bridge(self, j: int, flags: list[bool]) -> int:
        """How many tokens from `j` on join two parts of one name: hyphens, "of", particles."""
        tokens, n = self.tokens, len(self.tokens)
        if tokens[j].text in ("-", "–", "‑") and tokens[j].start == tokens[j - 1].end and j + 1 < n:
            follower = tokens[j + 1]
            if follower.start == tokens[j].end and follower.text[0].isalpha() and self.low[j + 1] not in _STATUS:
                return 2
            return 0
        same = self.ents[j] and tokens[j].ent[0] == "I" and self.ents[j] in _NAME_TYPES
        if same and j + 1 < n and tokens[j].text not in (",", "'s", "’s", "'", "’") and tokens[j + 1].ent[:1] == "I":
            return 1
        if self.low[j] in _JOINERS and j + 1 < n and flags[j + 1]:
            if self.low[j] in ("of", "for") and self.ents[j - 1] in ("PERSON",):
                return 0
            return 2 if self.low[j] not in ("of", "for") or _of_joins(tokens[j - 1], self.low[j - 1]) else 0
        if (
            self.low[j] == "of"
            and j + 2 < n
            and self.low[j + 1] == "the"
            and flags[j + 2]
            and _of_joins(tokens[j - 1], self.low[j - 1])
        ):
            return 3
        return 0

    def _name(self, start: int, end: int, used: set[int]) -> None:
        while start < end and start in used:
            start += 1
        while end > start and end - 1 in used:
            end -= 1
        if start >= end or all(k in used for k in range(start, end)):
            return
        if start - 1 in used and self.low[start] == "of" and end - start > 1:
            start += 1  # what a holder's name left of "Ana Sol of Chile"
        if self.low[start] == "the" and end - start > 1:
            start += 1
        kind = self._name_kind(start, end)
        self._nested(start, end)
        self._add(start, end, start, end, kind)

    def _name_kind(self, start: int, end: int) -> MentionKind:
        if start in self.nations and self.nations[start][0] == end:
            return self.nations[start][1]
        last = self.tokens[end - 1]
        if self.ents[end - 1] == "NORP" or (last.pos == "ADJ" and last.tag != "NNP"):
            return "demonym"
        return "name"

    def _nested(self, start: int, end: int) -> None:
        """Countries and peoples inside a longer name: "ROK" in "ROK Defense Ministry"."""
        k = start
        while k < end:
            if k in self.nations and self.nations[k][0] <= end:
                stop, nation = self.nations[k]
                if stop - k < end - start:
                    self._add(k, stop, k, stop, nation)
                k = stop
                continue
            if self.ents[k] in ("GPE", "NORP"):
                stop = k + 1
                while stop < end and self.tokens[stop].ent == "I-" + self.ents[k]:
                    stop += 1
                k += self.low[k] == "the" and stop - k > 1
                if stop - k < end - start:
                    kind: MentionKind = "demonym" if self.ents[k] == "NORP" else "name"
                    self._add(k, stop, k, stop, kind)
                k = stop
            else:
                k += 1
        first = self.tokens[start]
        if end - start > 1 and self.ents[start] not in ("GPE", "NORP") and _acronym(first.text):
            self._add(start, start + 1, start, start + 1, "name")

    # --- titles and roles

    def _only_deputy(self, i: int) -> bool:
        """Whether "deputy" says which minister, speaker or chief the next words name, not a member of a parliament."""
        if self.low[i] != "deputy":
            return False
        k = i + 1
        while k < len(self.low) and self.low[k] in _ROLE_MODIFIERS and self.low[k] not in role_nouns():
            k += 1
        return k < len(self.low) and self.low[k] in role_nouns()

    def _title(self, i: int) -> set[int]:
        """A role noun with what stands before it and the name behind it; the tokens that are thereby used."""
        plural = self.tokens[i].tag in ("NNS", "NNPS") or (
            self.low[i].endswith("s") and self.low[i] not in role_nouns()
        )
        first, role_first, status = self._role_left(i)
        after, role_end, right_status = self._role_right(i)
        status = right_status or status
        chosen = right_status == "designate"  # "president-elect": the phrase hangs on "elect"
        head_end = role_end if chosen else i + 1
        role = self._text(role_first, i + 1 if chosen else role_end)
        appointed = None if plural else self._appointed(i, role_first)
        if appointed is not None:
            self._add(appointed[0], role_end, *appointed, "title", role=role, status=status)
            return set(range(appointed[0], role_end))
        name = None if plural else self._name_after(after)
        if name is not None and not (name[0] == after and self.tokens[i].pos == "ADJ" and self.low[i] not in _RANKS):
            self._before(first, role_first)
            if self.low[i] in _COUNTERPART:
                first = min(first, self._np_start(i), self._possessor(first))
                self._add(first, i + 1, i, i + 1, "nominal", role=role)
            self._add(first, name[1], name[0], name[1], "title", role=role, status=status)
            return set(range(role_first, name[1]))
        if (
            self.tokens[i].pos == "ADJ"
            or self.low[i] in _RANKS
            or (self.tokens[head_end - 1].dep == "compound"
            and not self._heads(head_end - 1))
        ):
            return set()
        first = min(first, self._np_start(head_end - 1))
        kind: MentionKind = "group" if self._is_group(i, first, plural) else "nominal"
        self._before(first, role_first)
        self._add(first, role_end, i, head_end, kind, role=role, status=status)
        return set(range(role_first, role_end))

    def _appointed(self, i: int, role_first: int) -> tuple[int, int] | None:
        """The name right before a role that someone is given: "elected *Ana Sol* president"."""
        head = self.tokens[self.tokens[i].head]
        if head.pos != "VERB" or head.lemma.lower() not in _APPOINTING:
            return None
        run = next(((start, end) for start, end in self.runs if end == role_first), None)
        if run is None or any(self.ents[k] in ("NORP", "ORG") or k in self.nations for k in range(*run)):
            return None
        return run

    def _possessor(self, first: int) -> int:
        return first - 1 if first > 0 and self.tokens[first - 1].tag == "PRP$" else first

    def _heads(self, i: int) -> bool:
        head = self.tokens[i].head
        return not (head > i and self.tokens[head].pos in ("NOUN", "PROPN"))

    def _role_left(self, i: int) -> tuple[int, int, Status | None]:
        """Where the phrase before role noun `i` begins, where the role itself begins, and its status word."""
        status: Status | None = None
        k = i
        while k > 0 and self._role_modifier(k - 1, i):
            k -= 1
            status = _STATUS.get(self.low[k], status)
        role_first = k
        while role_first < i and (
            (self.low[role_first] in _STATUS
            and _STATUS[self.low[role_first]] != "deputy")
            or not self.low[role_first][0].isalnum()
        ):
            role_first += 1
        first = k
        k -= 1
        while k >= 0 and self._country_word(k):
            if self.low[k] in _STATUS:
                status = _STATUS[self.low[k]]
            first = k
            k -= 1
        while first < role_first and not self.low[first][0].isalnum():
            first += 1
        return first, role_first, status

    def _role_modifier(self, k: int, i: int) -> bool:
        word = self.low[k]
        if word in _ROLE_MODIFIERS or (word in _RANKS and k < i) or word in ("'s-", "-"):
            return word != "-" or self.low[k - 1] in _STATUS or self.low[k - 1] in _ROLE_MODIFIERS
        token = self.tokens[k]
        if any(first <= k < end for first, (end, _) in self.nations.items()):
            return False
        if word in role_nouns() and token.head >= k and token.pos in ("NOUN", "PROPN", "ADJ"):
            return True
        if self.ents[k] in ("GPE", "NORP", "PERSON") or token.pos not in ("NOUN", "PROPN") or _acronym(token.text):
            return False
        return (
            token.dep in ("compound", "nmod", "amod")
            and k < token.head <= i + 8
            and word not in _CALENDAR
            and (token.text[0].islower() or self.ents[k] == "")
        )

    def _country_word(self, k: int) -> bool:
        """Whether token `k` belongs to a country, body or possessor in front of a role."""
        token = self.tokens[k]
        if self.low[k] in _STATUS or self.low[k] in ("'s", "’s", "'", "’"):
            return True
        if token.text == "-":
            return k > 0 and self.tokens[k - 1].end == token.start
        if self.low[k] in ("and", ",", "or") or self.low[k] in _CALENDAR or self.ents[k] in _DATE_TYPES:
            return False
        if self.ents[k] in ("GPE", "NORP", "ORG") or any(first <= k < end for first, (end, _) in self.nations.items()):
            return self.low[k] != "the"
        return (
            token.pos == "PROPN"
            or (token.pos == "ADJ" and token.text[0].isupper() and k > 0)
            or (token.pos in ("NOUN", "ADJ") and token.dep in ("compound", "amod") and token.head > k)
        )

    def _role_right(self, i: int) -> tuple[int, int, Status | None]:
        """Where a name could begin behind role noun `i`, where the role ends, and "-designate" or "-elect"."""
        low, n = self.low, len(self.tokens)
        status: Status | None = None
        k = i + 1
        if k + 1 < n and low[k] == "-" and low[k + 1] in ("designate", "elect", "general"):
            status = _STATUS.get(low[k + 1])
            k += 2
        elif k < n and low[k] in ("designate", "elect"):
            status = "designate"
            k += 1
        elif k < n and low[k] == "general" and low[i] == "secretary":
            k += 1
        if low[i] == "head" and low[k : k + 2] in (["of", "state"], ["of", "government"]):
            k += 2
        end = k
        if (
            k + 1 < n
            and low[k] in ("of", "for")
            and low[i] in ("minister", "secretary", "chief", "commander", "head", "chairman")
        ):
            j = k + 1 + (low[k + 1] == "the")
            stop = j
            while stop < n and (
                self._is_name_token(stop) or low[stop] in ("and", "of", "affairs", "staff", "defence", "defense")
            ):
                if self.tokens[stop].ent == "B-PERSON":
                    break
                stop += 1
            while stop > j and low[stop - 1] in ("and", "of"):
                stop -= 1
            if stop > j and self.ents[stop - 1] not in ("GPE", "NORP"):
                k = end = stop
        return k, end, status

    def _is_forename(self, k: int) -> bool:
        """Whether a word that the model takes for a people's name is no people known, and stands between a title and a name:
        "Foreign Minister *Ashfaq* Majumder"."""
        return k not in self.nations and 0 < k < len(self.tokens) - 1 and self.tokens[k - 1].text[0].isupper() and self._is_name_token(k + 1)

    def _name_after(self, k: int) -> tuple[int, int] | None:
        """The name that starts at token `k`, as (first, after last)."""
        tokens, n = self.tokens, len(self.tokens)
        while k < n and self.low[k] in _RANKS and (self.low[k].endswith(".") or (k + 2 < n and self._is_name_token(k + 2))):
            k += 1
        while k + 1 < n and self.low[k] in _OFFICERS and tokens[k].text[0].isupper() and self._is_name_token(k + 1):
            k += 1  # "army chief General *Tito Vera*"
        if k >= n or not tokens[k].text[0].isalpha() or not self._is_name_token(k) or (self.ents[k] == "NORP" and not self._is_forename(k)):
            return None
        if (
            tokens[k].dep in ("nsubj", "nsubjpass", "dobj")
            and tokens[k - 1].dep in ("nsubj", "dobj", "pobj")
            and self.ents[k] in ("GPE", "ORG")
        ):
            return None
        for start, end in self.runs:
            if start <= k < end:
                if self.ents[k] == "GPE" and end - k == 1 and tokens[k].head > k:
                    return None
                return k, self._without_nation(k, end)
        return None

    def _without_nation(self, first: int, end: int) -> int:
        """Where a holder's name ends when "of" and a nation follow: "President *Ana Sol* of Chile"."""
        for k in range(first + 1, end - 1):
            nation = k + 1 + (self.low[k + 1] == "the")
            if self.low[k] == "of" and nation in self.nations and self.nations[nation][0] >= end:
                return k
        return end

    def _before(self, first: int, role_first: int) -> None:
        """The countries and bodies in front of a role, as mentions of their own."""
        k = first
        while k < role_first:
            if not self._is_name_token(k) or self.low[k] in _STATUS:
                k += 1
                continue
            stop = k + 1
            while stop < role_first and (
                self._is_name_token(stop) or (self.low[stop] in _JOINERS and stop + 1 < role_first)
            ):
                if self.tokens[stop].ent[:1] == "B" and self.ents[stop - 1]:
                    break
                stop += 1
            self._nested(k, stop)
            self._add(k, stop, k, stop, self._name_kind(k, stop))
            k = stop

    # --- nominals, groups, pronouns

    def _nominal(self, i: int) -> None:
        token = self.tokens[i]
        lemma = token.lemma.lower()
        if token.pos == "PROPN" and token.text[0].isupper() and token.tag in ("NNP", "NNPS") and i > 0:
            if lemma not in _BODIES and lemma not in _EVENTS:
                return
        if token.dep == "compound" and not self._heads(i):
            return
        first = self._np_start(i)
        if not (lemma in _BODIES or lemma in _PEOPLE or lemma in _COUNTRY_NOUNS or lemma in _EVENTS):
            if self.low[first] not in _DEFINITE or not (lemma in _THINGS or lemma.endswith(_EVENT_ENDINGS)):
                return
        plural = token.tag in ("NNS", "NNPS")
        kind: MentionKind = "group" if self._is_group(i, first, plural) else "nominal"
        if self._covered(i):
            return
        self._add(first, i + 1, i, i + 1, kind)

    def _covered(self, i: int) -> bool:
        start, end = self.tokens[i].start, self.tokens[i].end
        return any(m.head.start <= start and end <= m.head.end for m in self.named.values())

    def _is_group(self, i: int, first: int, plural: bool) -> bool:
        """Definite plurals that stand for a set already named: "the two nations", "both sides", "the defense chiefs"."""
        lemma = self.tokens[i].lemma.lower()
        if lemma in _SINGULAR_SETS:
            return self.low[first] == "the"
        if not plural or (
            lemma not in _COUNTRY_NOUNS and lemma not in role_nouns() and lemma not in _PEOPLE and lemma not in _BODIES
        ):
            return False
        words = self.low[first:i]
        if "both" in words:
            return True
        if any(self.ents[k] in ("GPE", "NORP", "ORG") for k in range(first, i)):
            return False
        return bool(words) and words[0] in ("the", "these", "those", "all")

    def _bare_number(self, i: int) -> None:
        """ "the two", "both", "all three" as a phrase of its own."""
        token = self.tokens[i]
        if token.dep not in ("nsubj", "nsubjpass", "dobj", "pobj", "poss", "conj") or self.low[i] == "all":
            return
        first = self._np_start(i)
        if self.low[i] == "both" or self.low[first] in ("the", "these", "those", "all"):
            if i + 1 >= len(self.tokens) or self.low[i + 1] != "of":
                self._add(first, i + 1, i, i + 1, "group")

    def _pronoun(self, i: int) -> None:
        word, token = self.low[i], self.tokens[i]
        if word in ("both", "all", "two") and token.dep in ("nsubj", "nsubjpass", "dobj", "pobj"):
            self._bare_number(i)
        if word not in _PRONOUNS:
            return
        if word == "that" and token.dep not in ("nsubj", "nsubjpass", "dobj"):
            return
        if token.tag in ("WP", "WDT", "WP$") and token.dep not in ("nsubj", "nsubjpass", "dobj", "poss", "pobj"):
            return
        self._add(i, i + 1, i, i + 1, "pronoun")

    def _appositions(self) -> None:
        """A name and a role in apposition, either way round, as one title."""
        heads: dict[int, tuple[int, int, Mention]] = {}
        for (first, end, head_first, head_end), mention in self.found.items():
            heads.setdefault(head_end - 1, (first, end, mention))
            heads.setdefault(head_first, (first, end, mention))
        for i, token in enumerate(self.tokens):
            if token.dep != "appos" or token.head == i:
                continue
            left, right = heads.get(token.head), heads.get(i)
            if right is not None and (left is None or left[2].kind == "name") and (holder := self._role_above(token.head, right)) is not None:
                left = heads.get(holder)
            if left is None or right is None or left[0] >= right[0]:
                continue
            self._join(left, right)

    def _role_above(self, at: int, right: tuple[int, int, Mention]) -> int | None:
        """The role whose complement a person's name was hung on: "the envoy for *Libya*, Marta Ruiz,"."""
        first, end, mention = right
        if mention.kind != "name" or any(k in self.nations for k in range(first, end)) or self.low[first - 1] != ",":
            return None
        person = self.ents[end - 1] == "PERSON" or (end - first > 1 and self.ents[end - 1] == "GPE" and self.low[first] not in _PLACE_FIRST)
        if not person:
            return None
        for _ in range(6):
            head = self.tokens[at].head
            if head == at or self.tokens[at].dep not in ("pobj", "prep"):
                return None
            at = head
            if self.low[at] in role_nouns():
                return at
        return None

    def _join(self, left: tuple[int, int, Mention], right: tuple[int, int, Mention]) -> None:
        name, role = (left, right) if left[2].kind in ("name", "title") else (right, left)
        if name[2].kind not in ("name", "title") or role[2].kind != "nominal" or role[2].role is None:
            return
        first, end = min(left[0], right[0]), max(left[1], right[1])
        if self.low[first] == "the":
            first += 1
        head = name[2].head
        span = Span(start=self.tokens[first].start, end=self.tokens[end - 1].end)
        if name[2].kind == "title" and name[2].role is not None:
            return
        self.found[(first, end, -1, head.start)] = Mention(
            span=span,
            head=head,
            kind="title",
            sentence=self.index,
            role=role[2].role,
            status=role[2].status,
            rule="apposition",
        )

    # --- shared

    def _np_start(self, i: int) -> int:
        """The first token of the base noun phrase that ends at `i`."""
        first = i
        for k in range(i - 1, max(-1, i - 30), -1):
            token = self.tokens[k]
            if token.head == i and token.dep in _LEFT_DEPS:
                first = min(first, self.left[k])
        return first

    def _text(self, first: int, end: int) -> str:
        parts = [self.tokens[first].text]
        for k in range(first + 1, end):
            parts.append(" " * (self.tokens[k].start > self.tokens[k - 1].end) + self.tokens[k].text)
        return "".join(parts)

    def _add(
        self, first: int, end: int, head_first: int, head_end: int, kind: MentionKind, *,
        role: str | None = None, status: Status | None = None,
    ) -> None:  # fmt: skip
        key = (first, end, head_first, head_end)
        if key in self.found:
            return
        tokens = self.tokens
        mention = Mention(
            span=Span(start=tokens[first].start, end=tokens[end - 1].end),
            head=Span(start=tokens[head_first].start, end=tokens[head_end - 1].end),
            kind=kind, sentence=self.index, role=role, status=status,
        )  # fmt: skip
        self.found[key] = mention
        if kind in ("name", "title"):
            self.named[end - 1] = mention


def _role_form(word: str, token: Token, roles: frozenset[str]) -> bool:
    if word in roles or (word in _RANKS and token.pos == "PROPN"):
        return True
    return token.tag in ("NNS", "NNPS") and (token.lemma.lower() in roles or word.removesuffix("s") in roles)


def _of_joins(token: Token, word: str) -> bool:
    """Whether "of" behind this word can be inside a name: "Republic of", "Ministry of", not "Ukraine of"."""
    return token.ent[2:] != "GPE" and word not in ("day", "hours")


def _acronym(text: str) -> bool:
    return 2 <= len(text) <= 6 and text.isupper() and text.isalpha()


def _left_edges(tokens: tuple[Token, ...]) -> list[int]:
    left = list(range(len(tokens)))
    for i in range(len(tokens)):
        k = i
        for _ in range(64):
            head = tokens[k].head
            if head == k or left[head] <= i:
                break
            left[head] = i
            k = head
    return left
