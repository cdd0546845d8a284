"""Which country, organisation, person or office a name stands for, in a bare phrase or in a document.

Order of decisions for one document: the acronyms it defines; the aliases of the tables in its sentences, less those that
are part of another name; the people it introduces by role; then each mention by its words, and what no mention covers.
What the document says of itself wins over the tables. A mention is resolved by its head: "North Korea's nuclear threat" is
no actor, so it gets no reference, while the "North Korea" in it does. Every reference says its alias and rule.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from communique import tables
from communique.records import Annotated, EntityRef, Mention, MentionKind, MentionSense, Sentence, Span, Token
from communique.resolve.home import home_of
from communique.resolve.lexicon import Entry, Hit, Index, Word, country_names, shared_index, words_of
from communique.resolve.offices import Roster, by_surname
from communique.resolve.phrases import NATION, analyse, analyse_hits
from communique.resolve.senses import is_us_town, sense_of

if TYPE_CHECKING:
    from communique.resolve.importers import Imported

_ACRONYM = re.compile(r"\(\s*(?:the\s+|or\s+)?[\"']?([A-Z][A-Za-z&./-]{1,11})[\"']?\s*\)")
_SMALL = frozenset(["of", "the", "and", "for", "in", "on", "to", "de", "da", "du", "des", "la", "et", "del", "a"])
# Nouns that make a name before them part of a geographic or other proper name, not a party.
_GEOGRAPHIC = frozenset(
    ["sea", "ocean", "gulf", "peninsula", "strait", "straits", "canal", "island", "islands", "river", "mountains", "desert",
     "basin", "plateau", "channel", "bay", "valley", "highlands", "subcontinent", "straits", "archipelago", "delta", "war"]
)  # fmt: skip
_REACHES = frozenset({"lower", "upper", "middle"})
_EVENT_FIRST = frozenset(["exercise", "operation", "typhoon", "hurricane", "cyclone"])
_NOT_PARTIES = frozenset(
    ["alliance", "movement", "intelligence", "mission", "division", "public", "command", "leadership"]
)
# Posts that stand in another state than their own: "the embassy in Lomé" is not Togo's.
_ABROAD = frozenset(
    ["embassy", "embassies", "consulate", "consulates", "ambassador", "ambassadors", "envoy", "envoys", "consul", "mission", "commission",
     "diplomat", "diplomats", "attaché", "chargé"]
)  # fmt: skip
# Acronyms that need a word beside them, since they are also words or other bodies.
_SIGNS = {
    "IS": frozenset(["islamic", "isis", "isil", "daesh", "jihadist", "jihadists", "mosul", "raqqa", "caliphate"]),
    "CAR": frozenset(["bangui", "touadera", "seleka", "minusca"]), "AA": frozenset(["arakan", "rakhine", "myanmar"]),
    "RAW": frozenset(["india", "indian", "delhi"]), "PCA": frozenset(["arbitration", "hague"]), "ARF": frozenset(["asean"]),
    "PACE": frozenset(["strasbourg", "europe"]), "MEND": frozenset(["niger", "nigeria", "delta"]), "CARE": frozenset(["aid", "humanitarian"]),
    "BIS": frozenset(["basel", "banks"]), "SAS": frozenset(["special", "british"]), "EFF": frozenset(["malema", "africa"]),
    "ICE": frozenset(["immigration", "immigrants", "customs", "deportation", "deportations", "migrants"]),
    "WHO": frozenset(["health", "geneva", "disease", "virus", "outbreak", "vaccine", "epidemic", "cholera", "ebola", "flu", "hospital"]),
}  # fmt: skip
_WELL_KNOWN = frozenset(
    ["CIA", "FBI", "NSA", "IDF", "BBC", "CNN", "PLA", "KGB", "FSB", "GRU", "IRGC", "RSF", "PKK", "AP", "AFP", "RT", "ISI", "MI5", "MI6",
     "NPR", "CBS", "NBC", "GOP", "DEA", "DHS", "IRA", "PLO", "KCNA", "NHK", "TASS", "FARC", "ELN", "JSDF", "USMC", "RAF", "M23", "SBU"]
)  # fmt: skip
_OTHER_CONGRESSES = frozenset(
    ["PER", "MEX", "BRA", "COL", "ARG", "CHL", "PHL", "HND", "GTM", "ECU", "IND", "ESP", "BOL", "PRY"]
)
_US_SIGNS = frozenset(
    ["atlanta", "savannah", "republican", "democrat", "democratic", "kemp", "raffensperger", "ossoff", "warnock"]
)
_GEO_SIGNS = frozenset(
    ["tbilisi", "georgian", "georgians", "caucasus", "abkhazia", "ossetia", "batumi", "saakashvili", "kobakhidze"]
)


def lookup(phrase: str, *, on: str | None = None, index: Index | None = None) -> tuple[EntityRef, ...]:
    """What a bare actor phrase stands for ("a Kenyan court" → KEN, JUD): one reference for each party, or none.

    `on` (ISO date) decides who held an office then; `index` lays further names over the shipped ones
    (`importers.overlay`). Nothing outside the tables and the words is guessed.
    """
    several = members(slug(re.sub(r"^the ", "", phrase, flags=re.IGNORECASE)))
    if (
        several
        and index is None
        and f"org:{slug(re.sub('^the ', '', phrase, flags=re.IGNORECASE))}" not in _organisations()
    ):
        return several
    return analyse(words_of(phrase), index or shared_index(), caps=phrase.isupper(), on=on)


def members(bloc: str) -> tuple[EntityRef, ...]:
    """The states of a bloc or group by its key in blocs.toml ("asean", "baltic-states"), as of the tables' date; none
    for a key that is not there."""
    table = tables.load("countries.json")
    names = country_names()
    return tuple(
        EntityRef(entity=f"country:{iso}", name=names[iso], kind="country", country=iso)
        for iso in table["blocs"].get(bloc.removeprefix("org:"), ())
    )


def resolve_names(annotated: Annotated, imported: Imported | None = None) -> Annotated:
    """The same record with references on its names, titles, demonyms and described parties, and mentions added for
    aliases that no mention covered. Pronouns and descriptions without a nation keep empty references."""
    return _Document(annotated, imported).resolved()


def slug(name: str) -> str:
    """A name as an id: ASCII letters and digits in lower case, dashes between."""
    plain = unicodedata.normalize("NFD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


def _beside(ref: EntityRef, own: EntityRef) -> EntityRef:
    """An imported actor as the list has it, with what the report itself says of it (a role, a group of it) kept."""
    if ref.office is not None or ref.kind == "group":
        return replace(ref, country=ref.country or own.country, sectors=ref.sectors or own.sectors)
    return own


class _Line:
    """One sentence: its words, the aliases in it, and the tokens by position."""

    def __init__(self, text: str, sentence: Sentence, index: Index) -> None:
        span = sentence.span
        self.tokens: Sequence[Token] = sentence.tokens
        raw = text[span.start : span.end]
        self.words = words_of(raw, span.start)
        self._starts = [w.start for w in self.words]
        self._ends = [w.end for w in self.words]
        self._token_starts = [t.start for t in self.tokens]
        self._token_ends = [t.end for t in self.tokens]
        self.caps = raw.isupper()
        self.hits = index.find(self.words, caps=self.caps)
        plain = [w for w in self.words if w.text[0].isalpha() and len(w.text) > 3]
        self.titled = (
            len(plain) > 3
            and raw.rstrip()[-1:] not in ".!?\"'"
            and sum(w.text[0].isupper() for w in plain) > 0.7 * len(plain)
        )
        self.parts: set[int] = set()  # first words of hits that are only part of another name

    def word_range(self, span: Span) -> tuple[int, int]:
        """Indices of the words within the span."""
        first = bisect_left(self._starts, span.start)
        return first, max(first, bisect_right(self._ends, span.end))

    def token_range(self, start: int, end: int) -> tuple[int, int]:
        """Indices of the tokens that overlap the offsets."""
        first, last = bisect_right(self._token_ends, start), bisect_left(self._token_starts, end)
        return (first, last) if first < last else (0, 0)

    def inside(self, first: int, last: int, index: Index) -> list[Hit]:
        """Hits within these words, counted from `first`."""
        cut = any(h.first < first < h.last or h.first < last < h.last for h in self.hits)
        found = index.find(self.words, first, last, caps=self.caps) if cut else self.hits
        return [
            h._replace(first=h.first - first, last=h.last - first)
            for h in found
            if h.first >= first and h.last <= last and h.first not in self.parts
        ]


class _Document:
    """The names of one document."""

    def __init__(self, annotated: Annotated, imported: Imported | None = None) -> None:
        self.annotated = annotated
        self.imported = imported
        self.text = annotated.article.doc.text
        published = annotated.article.header.published
        self.on = published.start
        self.index = Index(imported.index if imported is not None else shared_index())
        self.acronyms: set[str] = set()
        self.home = home_of(annotated.article).country
        self._learn_acronyms()
        self.lines = [_Line(self.text, s, self.index) for s in annotated.sentences]
        self.keys = {w.key for line in self.lines for w in line.words}
        self.nations = {
            e.country for line in self.lines for h in line.hits for e in h.entries
            if e.country and (e.kind in NATION or e.kind in ("city", "person"))
        }  # fmt: skip
        for line in self.lines:
            line.hits = [self._at_home(kept) for h in line.hits if (kept := self._fitting(h)) is not None]
            self._drop_parts(line)
        for mention in annotated.mentions:
            if mention.kind == "name":
                self._drop_in_long_name(mention)
        self.roster = Roster()

    def resolved(self) -> Annotated:
        """The annotated record with references."""
        mentions = list(self.annotated.mentions)
        people: dict[int, EntityRef] = {}
        for i, mention in enumerate(mentions):
            if mention.kind == "title":
                ref = self._introduced(mention)
                if ref is not None:
                    people[i] = ref
        for mention in mentions:
            if mention.kind == "name" and self._is_person(mention):
                self._note_person(mention)
        out = [self._resolve(m, people.get(i)) for i, m in enumerate(mentions)]
        out += self._missed(out)
        if self.imported is not None:
            out = [self._of_list(m, self.imported) for m in out]
        out.sort(key=lambda m: (m.span.start, -m.span.end, m.head.start))
        return replace(self.annotated, mentions=tuple(out))

    def _of_list(self, mention: Mention, imported: Imported) -> Mention:
        """The mention with what an imported actor was on the report's day, where it names one, and the list that says so."""
        found = [imported.ref(ref.entity, self.on) for ref in mention.refs]
        if not any(found):
            return mention
        refs = tuple(_beside(ref, own) if own is not None else ref for ref, own in zip(mention.refs, found, strict=True))
        source = next(imported.source(own.entity) for own in found if own is not None and own.entity)
        return replace(mention, refs=refs, rule=f"{mention.rule}, list {source}")

    # --- acronyms --------------------------------------------------------------------------------

    def _learn_acronyms(self) -> None:
        for sentence in self.annotated.sentences:
            base = sentence.span.start
            raw = self.text[base : sentence.span.end]
            for match in _ACRONYM.finditer(raw):
                long = _long_form(words_of(raw[: match.start()], base), match[1])
                if long:
                    self._define(match[1], long)

    def _define(self, acronym: str, long: list[Word]) -> None:
        name = self.text[long[0].start : long[-1].end]
        refs = analyse(long, shared_index(), on=self.on)
        known = shared_index().at(long, 0, len(long))
        if known is not None and known.last == len(long):
            entry = known.entry._replace(alias=acronym)
        elif len(refs) == 1:
            ref = refs[0]
            entry = Entry("org", f"org:{slug(name)}", name, acronym, ref.country, ref.sectors, ref.igo)
        else:
            entry = Entry("org", f"org:{slug(name)}", name, acronym)
        if entry.kind not in NATION:
            self.index.add(entry._replace(alias=name))
        self.index.add(entry)
        self.acronyms.add(acronym)

    def _fitting(self, hit: Hit) -> Hit | None:
        """The hit with the reading this document supports; short acronyms of national bodies need their nation."""
        alias = hit.entry.alias
        if (
            alias == "Congress"
            and hit.entry.kind == "seat"
            and (self.nations & _OTHER_CONGRESSES or "USA" not in self.nations)
        ):
            rest = tuple(e for e in hit.entries if e.kind != "seat")
            return hit._replace(entries=rest) if rest else None
        if not alias.isupper() or len(alias) > 4 or alias in self.acronyms or hit.entry.kind not in ("org", "country"):
            return hit
        if alias in _SIGNS:
            return hit if self.keys & _SIGNS[alias] else None
        if hit.entry.kind != "org" or hit.entry.igo == "MNC":
            return hit
        fits = tuple(e for e in hit.entries if e.country is None or e.country in self.nations)
        if fits:
            return hit._replace(entries=fits)
        return hit if alias in _WELL_KNOWN else None

    def _at_home(self, hit: Hit) -> Hit:
        """The hit as the body of the state that the report speaks from, where several states call theirs by this name and
        the text does not name the state that the tables think of first: "the Foreign Office" in a paper of Lahore."""
        first, names = hit.entry, country_names()
        if first.kind != "org" or first.alias.isupper() or not any(e.kind == "role" for e in hit.entries):
            return hit
        if self.home not in names or self.home == first.country or first.country in self.nations:
            return hit
        found = lookup(f"{names[self.home]}'s {first.alias}", on=self.on)
        if len(found) != 1 or found[0].country != self.home:
            return hit
        ref = found[0]
        own = first._replace(id=ref.entity, name=ref.name, country=ref.country, sectors=ref.sectors, office=ref.office)
        return hit._replace(entries=(own, *hit.entries[1:]))

    # --- names that are part of other names --------------------------------------------------------

    def _drop_parts(self, line: _Line) -> None:
        for hit in line.hits:
            kind = hit.entry.kind
            if (kind in NATION or kind == "city") and (
                self._part_of_name(line, hit) or self._not_the_country(line, hit)
            ):
                line.parts.add(hit.first)

    def _drop_in_long_name(self, mention: Mention) -> None:
        """A capital or city that opens a name whose last word no table knows: "Seoul National Cemetery"."""
        line = self.lines[mention.sentence]
        first, last = line.word_range(mention.span)
        if line.titled or last - first < 2 or any(h.first < last <= h.last for h in line.hits):
            return
        end = line.words[last - 1]
        token = line.tokens[line.token_range(end.start, end.end)[0]]
        if not end.text[0].isupper() or token.pos != "PROPN" or token.ent.endswith(("DATE", "TIME")):
            return
        for hit in line.hits:
            if first <= hit.first and hit.last < last and hit.entry.kind in ("capital", "city", "seat"):
                if all(w.text[0].isupper() or w.key in _SMALL for w in line.words[hit.last : last]):
                    line.parts.add(hit.first)

    def _part_of_name(self, line: _Line, hit: Hit) -> bool:
        words, after = line.words, hit.last
        following = words[after] if after < len(words) else None
        if following is not None and following.key in _GEOGRAPHIC and following.text[0].isupper():
            return True
        if hit.entry.kind in ("adjective", "people") or line.caps:
            return False
        if following is not None and self._joins(line, after) and following.start == words[after - 1].end + 1:
            return True
        before = words[hit.first - 1] if hit.first else None
        if before is None or hit.first < 2 or before.end + 1 != words[hit.first].start or before.key in _SMALL:
            return False
        return self._joins(line, hit.first - 1) and self._same_entity(line, before, words[hit.first])

    def _joins(self, line: _Line, at: int) -> bool:
        """Whether the word is a capitalised one that no table knows and that the parse reads as part of a name."""
        word = line.words[at]
        if not word.text[0].isupper() or len(word.text) < 2 or word.text.isupper():
            return False
        if any(h.first <= at < h.last for h in line.hits):
            return False
        first, last = line.token_range(word.start, word.end)
        return last > first and line.tokens[first].pos == "PROPN"

    def _same_entity(self, line: _Line, one: Word, two: Word) -> bool:
        a, b = line.token_range(one.start, one.end)[0], line.token_range(two.start, two.end)[0]
        tags = {line.tokens[i].ent[2:] for i in (a, b)}
        return len(tags) == 1 and tags <= {"PERSON", "ORG", "FAC", "WORK_OF_ART"}

    def _not_the_country(self, line: _Line, hit: Hit) -> bool:
        last = line.token_range(line.words[hit.last - 1].start, line.words[hit.last - 1].end)[1]
        if is_us_town(line.tokens, last):
            return True
        if hit.entry.alias in ("American", "Americans"):
            return hit.first > 0 and line.words[hit.first - 1].key in ("central", "latin", "south", "north", "pan", "inter", "-")
        if hit.entry.alias == "Georgia":
            return bool(self.keys & _US_SIGNS) and not self.keys & _GEO_SIGNS
        if hit.entry.alias in ("Korea", "Korean"):
            return "pyongyang" in self.keys and not self.keys & {"seoul", "south", "rok"}
        return False

    # --- people ----------------------------------------------------------------------------------

    def _name_words(self, mention: Mention, line: _Line) -> tuple[int, int]:
        """The words of the person's name: the head, and capitalised unknown words right before it."""
        first, last = line.word_range(mention.head)
        low = line.word_range(mention.span)[0]
        while first > low:
            word = line.words[first - 1]
            known = any(h.first <= first - 1 < h.last and h.entry.kind not in ("city", "person") for h in line.hits)
            if known or not word.text[0].isupper() or word.end + 1 < line.words[first].start or word.text.isupper():
                break
            first -= 1
        return first, last

    def _introduced(self, mention: Mention) -> EntityRef | None:
        """The person a title introduces, entered in the roster."""
        line = self.lines[mention.sentence]
        first, last = self._name_words(mention, line)
        if first >= last:
            return None
        name = self.text[line.words[first].start : line.words[last - 1].end]
        low, high = line.word_range(mention.span)
        high = self._past_nation_of(line, high) if high <= last else self._past_house(line, high)
        rest = line.words[low:first] + line.words[last:high]
        while rest and rest[0].key in (",", "'", "("):
            rest = rest[1:]
        said = analyse_hits(rest, self._rest_hits(line, low, first, last, high, len(rest)), on=self.on) if rest else ()
        table = self._in_table(line, first, last) or _office_holder(name, said)
        known = self.roster.find(name) if last - first == 1 else None
        ref = _person_from(name, said, table, known)
        return self.roster.learn(ref.name if known else name, ref)

    @staticmethod
    def _past_nation_of(line: _Line, end: int) -> int:
        """Where a titled name ends with the "of" and nation behind it: "President Ana Sol *of Chile*"."""
        if end + 1 >= len(line.words) or line.words[end].key != "of":
            return end
        at = end + 1 + (line.words[end + 1].key == "the")
        hit = next((h for h in line.hits if h.first == at and h.entry.kind in ("country", "territory")), None)
        return end if hit is None else hit.last

    @staticmethod
    def _past_house(line: _Line, end: int) -> int:
        """Where an apposition ends with whom its holder works for: "Mercy Auma, a spokeswoman *for Kenya's army*"."""
        if end + 1 >= len(line.words) or line.words[end].key not in ("for", "of", "at", "with"):
            return end
        at, stop = end + 1, end
        while at < len(line.words):
            hit = next((h for h in line.hits if h.first == at), None)
            if hit is not None and hit.entry.kind in (*NATION, "org", "role", "modifier") and hit.first not in line.parts:
                at = stop = hit.last
            elif line.words[at].key in ("the", "'", "s") and at <= stop + 2:
                at += 1
            else:
                break
        return stop

    def _rest_hits(self, line: _Line, low: int, first: int, last: int, high: int, size: int) -> list[Hit]:
        before = line.inside(low, first, self.index) if first > low else []
        after = line.inside(last, high, self.index) if high > last else []
        gap = first - low
        found = before + [h._replace(first=h.first + gap, last=h.last + gap) for h in after]
        lost = (first - low) + (high - last) - size  # leading marks that were cut
        return [h._replace(first=h.first - lost, last=h.last - lost) for h in found if h.first >= lost]

    def _in_table(self, line: _Line, first: int, last: int) -> EntityRef | None:
        hit = self.index.at(line.words, first, last, caps=line.caps)
        if hit is None or hit.last != last or hit.entry.kind != "person":
            return None
        found = analyse_hits(line.words[first:last], [hit._replace(first=0, last=last - first)], on=self.on)
        return found[0] if found else None

    def _is_person(self, mention: Mention) -> bool:
        line = self.lines[mention.sentence]
        first, last = line.token_range(mention.head.start, mention.head.end)
        tags = {line.tokens[i].ent[2:] for i in range(first, last)}
        return tags == {"PERSON"}

    def _stands_in(self, line: _Line, mention: Mention) -> bool:
        """Whether the name hangs on "in", "near" and the like, as people do not."""
        last = line.token_range(mention.head.start, mention.head.end)[1]
        if last == 0:
            return False
        token = line.tokens[last - 1]
        return token.dep == "pobj" and line.tokens[token.head].text.lower() in (
            "in",
            "near",
            "outside",
            "inside",
            "around",
            "across",
        )

    def _note_person(self, mention: Mention) -> None:
        line = self.lines[mention.sentence]
        first, last = line.word_range(mention.head)
        if (
            last - first < 2
            or self._stands_in(line, mention)
            or any(h.first >= first and h.last <= last and h.entry.kind in ("org", "role") for h in line.hits)
            or any(h.first == first and h.last == last and h.entry.kind in ("capital", "seat") for h in line.hits)
        ):
            return
        name = self.text[mention.head.start : mention.head.end]
        if self._in_table(line, first, last) is None and self.roster.find(name) is None:
            self.roster.learn(name, EntityRef(entity=f"person:{slug(name)}", name=name, kind="person"))

    # --- mentions --------------------------------------------------------------------------------

    def _resolve(self, mention: Mention, person: EntityRef | None) -> Mention:
        if mention.refs or mention.kind == "pronoun":
            return mention
        line = self.lines[mention.sentence]
        if person is not None:
            current = self.roster.find(person.name) or person
            return replace(mention, refs=(current,), sense="person", alias=person.name, rule="role and name")
        first, last = line.word_range(mention.span)
        if first >= last:
            return mention
        alone = next((h for h in line.hits if h.first == first and h.last == last), None)
        if alone is not None and alone.entry.kind not in ("role", "modifier", "people"):
            return self._named(replace(mention, kind="name"), line, first, last)
        if mention.kind in ("nominal", "group", "title"):
            return self._described(mention, line, first, last)
        return self._named(mention, line, first, last)

    def _described(self, mention: Mention, line: _Line, first: int, last: int) -> Mention:
        hits = line.inside(first, last, self.index)
        low, high = line.word_range(mention.head)
        heads = range(high - 1 - first, low - 1 - first, -1)  # "president-elect" has two words, the role in the first
        heading = next((h for head in heads for h in hits if h.first <= head < h.last), None)
        if heading is None or heading.entry.kind == "modifier":
            return mention
        if heading.entry.name in _NOT_PARTIES or (heading.entry.kind == "adjective"):
            return mention
        end = self._with_complement(mention, line, last)
        if end > last:
            hits = line.inside(first, end, self.index)
        refs = tuple(r for r in analyse_hits(line.words[first:end], hits, on=self.on) if r.country or r.igo or r.entity)
        if not refs:
            return mention
        return replace(mention, refs=refs, alias=heading.entry.alias, rule="role and nation")

    def _with_complement(self, mention: Mention, line: _Line, last: int) -> int:
        """Where the phrase ends with the "of", "from" or place complement that hangs on its head."""
        if last >= len(line.words) or line.words[last].key not in ("of", "from", "for", "in", "at"):
            return last
        if line.words[last].key in ("in", "at", "for") and line.words[last - 1].key in _ABROAD:
            return last
        if line.words[last].key != "of" and self._is_owned(mention, line):
            return last
        head = line.token_range(mention.head.start, mention.head.end)[1] - 1
        at = line.token_range(line.words[last].start, line.words[last].end)[0]
        if at >= len(line.tokens) or (line.tokens[at].head != head and line.words[last].key != "of"):
            return last
        members = _subtree(line.tokens, at)
        stop = line.tokens[max(members)].end
        end = last
        while end < len(line.words) and line.words[end].end <= stop:
            end += 1
        return _past_nations(line, end)

    @staticmethod
    def _is_owned(mention: Mention, line: _Line) -> bool:
        """Whether a pronoun says whose it is: "*its* troops in Mali", "*its* ambassador from Kigali"."""
        first, last = line.token_range(mention.span.start, mention.span.end)
        return first < last and line.tokens[first].tag == "PRP$"

    def _named(self, mention: Mention, line: _Line, first: int, last: int) -> Mention:
        hits = [h for h in line.hits if h.first < last and h.last > first]
        whole = next((h for h in hits if h.first <= first and h.last >= last), None)
        name = self.text[mention.head.start : mention.head.end]
        if whole is not None and whole.last - whole.first > last - first:
            return self._within_name(mention, line, first, last, whole)
        if whole is not None:
            if whole.first in line.parts:
                return replace(mention, sense="name part", alias=whole.entry.alias, rule="part of a longer name")
            person = self.roster.find(name)
            if person is not None and whole.entry.kind in NATION and not self.roster.is_surname(name):
                person = None  # nobody is called by a first name that a state has: "Chad Bowers said Chad …"
            if person is not None and whole.entry.kind not in ("person", "org") and self._is_person(mention):
                return replace(mention, refs=(person,), sense="person", alias=person.name, rule="named before")
            return self._by_alias(mention, line, whole)
        if line.words[first].key in _EVENT_FIRST:
            return replace(mention, sense="event", rule="event word")
        person = self.roster.find(name)
        if person is not None:
            return replace(mention, refs=(person,), sense="person", alias=person.name, rule="named before")
        return self._composed(mention, line, first, last, name)

    def _within_name(self, mention: Mention, line: _Line, first: int, last: int, whole: Hit) -> Mention:
        """A nation inside the name of an organisation or person: "Japan" in "Japan Coast Guard"."""
        hit = self.index.at(line.words, first, last, caps=line.caps)
        if hit is None or hit.last != last or whole.entry.kind in NATION:
            return mention
        if hit.entry.kind not in ("country", "adjective", "territory"):
            return replace(mention, sense="name part", alias=hit.entry.alias, rule="part of a longer name")
        return replace(self._by_alias(mention, line, hit), sense="name part")

    def _composed(self, mention: Mention, line: _Line, first: int, last: int, name: str) -> Mention:
        """A name that no table has: its nation and kind from the words in it ("Kenya Revenue Authority")."""
        hits = line.inside(first, last, self.index)
        kinds = {h.entry.kind for h in hits}
        if not hits and self._stands_in(line, mention):
            return replace(mention, sense="place", rule="unknown name after a preposition of place")
        if (
            hits
            and hits[0].first == 0
            and hits[0].entry.kind in ("country", "adjective")
            and hits[-1].last != last - first
        ):
            return self._national_body(mention, line, hits[0], name)
        if not kinds & {"role", "org"} or hits[-1].last != last - first:
            return mention
        refs = analyse_hits(line.words[first:last], hits, on=self.on)
        refs = tuple(r for r in refs if r.country or r.igo)
        if not refs:
            return mention
        if len(refs) == 1 and refs[0].kind in ("group", "office") and not hits[-1].entry.plural:
            made = refs[0].entity if "org" in kinds and refs[0].entity else f"org:{slug(name)}"
            if refs[0].office and refs[0].country:
                made = f"org:{refs[0].country.lower()}-{refs[0].office}"
            refs = (replace(refs[0], entity=made, name=name, kind="organisation"),)
        return replace(mention, refs=refs, alias=hits[-1].entry.alias, rule="nation and kind in the name")

    def _national_body(self, mention: Mention, line: _Line, hit: Hit, name: str) -> Mention:
        """A body that only its nation is known of ("Sudan Doctors Network"), where the tagger calls it one."""
        first, last = line.token_range(mention.head.start, mention.head.end)
        if {line.tokens[i].ent[2:] for i in range(first, last)} != {"ORG"} or hit.entry.country is None:
            return mention
        ref = EntityRef(entity=f"org:{slug(name)}", name=name, kind="organisation", country=hit.entry.country)
        return replace(mention, refs=(ref,), sense="organisation", alias=hit.entry.alias, rule="nation in the name")

    def _by_alias(self, mention: Mention, line: _Line, hit: Hit) -> Mention:
        words = line.words[hit.first : hit.last]
        entry = hit.entry
        local = entry.alias in self.acronyms
        if entry.kind in ("capital", "seat", "city"):
            return self._seat(mention, line, hit)
        refs = analyse_hits(words, [Hit(0, len(words), hit.entries)], on=self.on)
        owner = self._owner(line, hit) if entry.kind == "org" else None
        if owner is not None:
            owned = line.inside(owner.first, hit.last, self.index)
            refs = analyse_hits(line.words[owner.first : hit.last], owned, on=self.on)
        refs = tuple(r for r in refs if r.country or r.igo or r.entity)
        if not refs:
            return mention
        sense: MentionSense | None = None
        if entry.kind == "people":
            sense = "people"
        elif entry.kind == "person":
            sense = "person"
            refs = (self.roster.learn(refs[0].name, refs[0]),)
        elif entry.kind == "org":
            sense = "organisation"
        elif entry.kind in ("country", "territory"):
            sense = self._place_only(line, hit)
        kind: MentionKind = (
            "demonym" if entry.kind in ("adjective", "people") and mention.kind == "name" else mention.kind
        )
        rule = "acronym defined in the text" if local else f"table: {entry.kind}"
        return replace(mention, refs=refs, kind=kind, sense=sense, alias=entry.alias, rule=rule)

    def _owner(self, line: _Line, hit: Hit) -> Hit | None:
        """The nation right before a body's name that another nation's body shares: "Pakistan's Foreign Office"."""
        if not any(e.kind == "role" for e in hit.entries):
            return None
        at = hit.first
        while at > 0 and line.words[at - 1].key in ("'", "s"):
            at -= 1
        owner = next((h for h in line.hits if h.last == at and h.entry.kind in NATION), None)
        return owner if owner is not None and owner.entry.country != hit.entry.country else None

    def _place_only(self, line: _Line, hit: Hit) -> MentionSense | None:
        """ "place" where the words around a country's name leave no doubt, else None: a country is both."""
        first, last = line.token_range(line.words[hit.first].start, line.words[hit.last - 1].end)
        if last <= first:
            return None
        sense, rule = sense_of(line.tokens, first, last)
        sure = rule.startswith(
            ("after in", "after at", "after to:motion", "after from:motion", "object of motion", "where")
        )
        return "place" if sense == "place" and sure else None

    def _seat(self, mention: Mention, line: _Line, hit: Hit) -> Mention:
        entry = hit.entry
        first, last = line.token_range(line.words[hit.first].start, line.words[hit.last - 1].end)
        if last <= first:
            return mention
        sense, rule = sense_of(line.tokens, first, last, seat=entry.kind == "seat")
        if entry.kind == "city":
            sense = "place"
        if sense == "place":
            place = EntityRef(
                entity=f"place:{(entry.country or '').lower()}-{slug(entry.alias)}",
                name=entry.alias,
                kind="place",
                country=entry.country,
            )
            return replace(mention, refs=(place,), sense="place", alias=entry.alias, rule=rule)
        ref = EntityRef(
            entity=entry.id, name=entry.name if entry.kind == "capital" else country_names().get(entry.country or "", entry.name),
            kind="organisation" if entry.igo else "country", country=None if entry.igo else entry.country,
            sectors=entry.sectors, igo=entry.igo,
        )  # fmt: skip
        return replace(mention, refs=(ref,), kind="metonym", sense=sense, alias=entry.alias, rule=rule)

    # --- aliases without a mention ----------------------------------------------------------------

    def _missed(self, have: list[Mention]) -> list[Mention]:
        spans = {(m.span.start, m.span.end) for m in have} | {(m.head.start, m.head.end) for m in have}
        names = [m for m in have if m.kind in ("name", "metonym", "demonym")]
        out: list[Mention] = []
        for number, line in enumerate(self.lines):
            for hit in line.hits:
                if hit.entry.kind in ("role", "modifier"):
                    continue
                span = Span(start=line.words[hit.first].start, end=line.words[hit.last - 1].end)
                if (span.start, span.end) in spans:
                    continue
                inside = [m for m in names if m.span.start <= span.start and span.end <= m.span.end]
                if hit.first not in line.parts and any(m.refs and m.refs[0].kind == "person" for m in inside):
                    continue
                kind: MentionKind = "demonym" if hit.entry.kind in ("adjective", "people") else "name"
                new = Mention(span=span, head=span, kind=kind, sentence=number)
                region = hit.entry.kind in ("capital", "seat", "city") and hit.first > 0 and line.words[hit.first - 1].key in _REACHES  # "Lower Juba" is far from Juba
                if hit.first in line.parts or (region and any(m.span.start < span.start for m in inside)):
                    out.append(replace(new, sense="name part", alias=hit.entry.alias, rule="part of a longer name"))
                    continue
                made = self._by_alias(new, line, hit)
                if made.refs:
                    out.append(made)
        return out


def _past_nations(line: _Line, end: int) -> int:
    """Where a list of nations that the parse cut short ends: "of Japan and the Republic of Korea"."""
    at = end
    if at == 0 or not any(h.last == at and h.entry.kind in NATION for h in line.hits):
        return end
    while at < len(line.words) and line.words[at].key in (",", "and", "&", "the"):
        at += 1
        hit = next((h for h in line.hits if h.first == at and h.entry.kind in NATION), None)
        if hit is not None:
            at = end = hit.last
    return end


def _office_holder(name: str, said: tuple[EntityRef, ...]) -> EntityRef | None:
    """The roster's holder of the office said, when the bare surname is theirs and no other holder's."""
    if " " in name or not said or said[0].country is None or said[0].office is None:
        return None
    return by_surname(name, said[0].country, said[0].office)


@functools.cache
def _organisations() -> frozenset[str]:
    """Keys by which a bloc is also an organisation: its id and the slugs of its names."""
    rows = tables.load("organisations.json")
    return frozenset([r["id"] for r in rows] + [f"org:{slug(n)}" for r in rows for n in [r["name"], *r["names"]]])


def _long_form(words: list[Word], acronym: str) -> list[Word]:
    """The words before the bracket whose initials spell the acronym, or none."""
    letters = [c.lower() for c in acronym if c.isupper()]
    if len(letters) < 2:
        return []
    at, left = len(words) - 1, len(letters) - 1
    while at >= 0 and left >= 0 and len(words) - at < 4 * len(letters):
        word = words[at]
        if not word.text[0].isalnum() and word.text not in "-'&,.":
            return []
        if word.key[0] == letters[left]:
            left -= 1
            if left < 0:
                return words[at:] if word.text[0].isupper() else []
        elif word.key not in _SMALL and word.text[0].isalnum() and word.text[0].isupper() is False and word.key != "s":
            return []
        at -= 1
    return []


def _subtree(tokens: Sequence[Token], top: int) -> set[int]:
    members = {top}
    grown = True
    while grown:
        grown = False
        for i, token in enumerate(tokens):
            if i not in members and token.head in members and token.dep not in ("relcl", "acl"):
                members.add(i)
                grown = True
    return members


def _person_from(name: str, said: tuple[EntityRef, ...], table: EntityRef | None, known: EntityRef | None) -> EntityRef:
    """What the text says of the person, on top of the table's entry or the person named before."""
    base = known or table
    entity = base.entity if base is not None else f"person:{slug(name)}"
    full = base.name if base is not None else name
    word = said[0] if said else None
    country = word.country if word is not None and word.country else (base.country if base is not None else None)
    if table is not None and word is not None and word.country and table.country and word.country != table.country:
        entity, full = f"person:{slug(name)}", name  # another person of that name
    sectors = word.sectors if word is not None and word.sectors else (base.sectors if base is not None else ())
    office = word.office if word is not None else (base.office if base is not None else None)
    igo = word.igo if word is not None else (base.igo if base is not None else None)
    return EntityRef(entity=entity, name=full, kind="person", country=country, sectors=sectors, office=office, igo=igo)
