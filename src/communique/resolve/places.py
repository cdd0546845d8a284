"""Place names of an article, resolved to points: one reading a name, chosen by all the others.

Decided:
- Candidates come from the packaged gazetteer (`_gazetteer`): countries, divisions, towns, and a hand-made list of
  the straits, seas, islands, bases, border points and venues of international affairs.
- A reading's score is a prior (kind and size) plus what the document says: the division or country named right after
  it ("Paris, Texas"), the countries and divisions that the other names stand for, towns close by, and, where the
  caller knows it, where the publisher reports from. Names vote for each other in three rounds.
- One reading per name in a document, unless its own words qualify it ("Portland, Maine").
- A name that is part of a person's or organisation's name is not a place; a venue that the list holds is one.
- "off", "near", "south of" keep their words and widen the radius: the place is then a doubt around the point.

The weights were set by hand and tuned on half of GeoVirus and LGL (see docs/design/places.md); the prior for size and
that for containment move together.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence, Set
from typing import Literal, NamedTuple

import msgspec

from communique import tables
from communique.records import GUESSED, Annotated, PlaceMention, Span
from communique.resolve import _gazetteer
from communique.resolve._gazetteer import Entry, lookup, place_key

Kind = Literal["country", "admin1", "city", "sea", "strait", "island", "base", "region", "border", "venue"]

_KIND_PRIOR = {"country": 10.5, "sea": 9.0, "strait": 9.0, "island": 7.5, "region": 8.0, "base": 8.0, "border": 7.0, "venue": 7.0,
               "admin1": 2.0, "admin2": 1.5, "city": 0.0}  # fmt: skip
_TAG_COST = {"": 0.0, "alias": 0.4, "abbreviation": 1.5, "demonym": 0.3, "capital": -3.0, "seat": 2.5}
_POPULATION = 1.0  # points a factor of ten in population
_QUALIFIED = 9.0  # the division or country named right after
_COUNTRY_VOTE, _ADMIN_VOTE, _NEAR_VOTE = 1.8, 3.0, 1.2
_COUNTY_COST = 1.5  # a bare "Lyon" for Lyon County: so says a paper of the place, seldom a report from elsewhere
_HOME = 11.0  # the publisher's own division: half the documents of LGL are of towns called as a capital is
_HOME_COUNTRY = 3.0
_HOME_VOTES = 3.0  # a publisher's other reports against one vote for each other name, where a name is in no table
_LEAST_SHARE, _LEAST_VOTES = 0.7, 1.0
_DOMAIN_SHARE, _NAMED_SHARE = 0.9, 0.6
_RENTED = frozenset({"tv", "io", "ai", "me", "co", "fm", "am", "la", "ly", "gg", "cc", "ws", "to", "nu", "st", "sh", "ag", "vc", "so"})
_ROUNDS = 3
_MAX_CANDIDATES = 80
_QUALIFIER = re.compile(
    r"\s*,\s+((?:[A-Z][\w'\u2019-]*\.?|[A-Z](?:\.[A-Z])+\.?)(?:\s(?:[A-Z][\w'\u2019-]*|of|and|the)){0,3})"
)
_OFFSET = re.compile(
    r"(?:\b(?P<far>\d[\d,.]*)\s?(?P<unit>km|kilomet(?:er|re)s?|miles?|nautical miles?)\s+)?\b(?P<word>(?:just\s|the coast\s)?off(?: the coast of)?|near|around|"
    r"close to|outside|(?:north|south|east|west)(?:east|west)?\s(?:of|from)|waters (?:off|near|around)|from|of)\s(?:the\s)?"
    r"(?:[A-Z][\w\u2019']*(?:\s[A-Z][\w\u2019']*)?(?:'s|\u2019s)\s|disputed\s|contested\s|(?:islands|waters|airspace) in the\s){0,2}$"
)
_OFFSET_WORDS = ("off", "near", "around", "close", "outside", "north", "south", "east", "west", "waters")


class Ranked(NamedTuple):
    """The chosen reading of one span, and how sure: the score's lead over the next one, squashed to 0..1."""

    entry: Entry
    score: float
    rule: str


def load_gazetteer() -> None:
    """Read the gazetteer now, where the first look-up would."""
    _gazetteer.load()


def rank_places(
    text: str, spans: Sequence[Span], *, home: Mapping[str, float] | None = None, demonyms: bool = True
) -> tuple[Ranked | None, ...]:
    """The reading of each span, in the order given; `None` where the gazetteer has none and nothing says its country.

    `home` gives shares of countries and GeoNames divisions ("USA" → 0.9, "US.TX" → 0.8) that the publisher reports from, if
    known; see `localities`. `demonyms` also reads "Italian" as its country. A name without a reading ("Kentford") gets the
    country in which the document's other places, or nearly all of the publisher's, lie: a reading without a point
    (`lat` and `lon` are not numbers) under the rule "lies with the others".
    """
    names = [_clean(text[s.start : s.end]) for s in spans]
    qualifiers = [_qualifier(text, s) for s in spans]
    pool = {n: _candidates(n, demonyms) for n in dict.fromkeys(names)}
    votes = _votes(names, qualifiers, pool, home or {})
    out: list[Ranked | None] = []
    for name, qualifier in zip(names, qualifiers, strict=True):
        scored = sorted(((_score(e, name, qualifier, votes, home or {}), e) for e in pool[name]), key=lambda p: -p[0])
        if not scored:
            out.append(_with_the_others(name, qualifier, votes, home or {}))
            continue
        lead = scored[0][0] - scored[1][0] if len(scored) > 1 else 6.0
        rule = (
            "qualified"
            if qualifier and _fits(scored[0][1], qualifier)
            else "only reading"
            if len(scored) == 1
            else "ranked"
        )
        out.append(Ranked(scored[0][1], 1 / (1 + math.exp(-lead / 2)), rule))
    return tuple(out)


def localities(found: Sequence[Ranked | None]) -> dict[str, float]:
    """Shares of countries and of first-level divisions among the resolved towns and divisions: where a publisher reports from."""
    out: dict[str, float] = {}
    for codes in (
        [r.entry.admin1 for r in found if r is not None and r.entry.admin1],
        [r.entry.country for r in found if r is not None and r.entry.country and r.entry.admin1],
    ):
        out |= {code: n / len(codes) for code, n in Counter(codes).items()}
    return out


def outlet_home(address: str) -> dict[str, float]:
    """Shares, as of `localities`, of where an outlet reports from, by its site alone: the country of its domain ("….com.ge"),
    and the divisions of the towns that its name begins with ("columbuslocalnews.com"); empty when neither says."""
    host = re.sub(r"^(?:\w+://)?(?:www\.)?", "", address.lower()).split("/")[0]
    labels = host.split(".")
    country = _domains().get(labels[-1]) if len(labels) > 1 else None
    out = {country: _DOMAIN_SHARE} if country is not None else {}
    names = [label for label in labels[:-1] if len(label) > 3]
    towns = _towns_in(names[-1], country) if names else []
    total = sum(e.population for e in towns)
    for entry in towns:
        out[entry.admin1] = out.get(entry.admin1, 0.0) + _NAMED_SHARE * entry.population / total
    return out


def _towns_in(label: str, country: str | None) -> list[Entry]:
    """Towns of the longest name that a site's name begins with; none where that is a country's name too."""
    whole = label.split("-")[0] if "-" in label else label
    for end in range(min(len(whole), 24), 4, -1):
        found = lookup(whole[:end])
        if any(e.kind == "country" and e.tag != "demonym" for e in found):
            return []
        towns = [e for e in found if e.kind == "city" and e.tag in ("", "capital") and e.population >= _LEAST_TOWN]
        towns = [e for e in towns if country in (None, e.country)]
        if towns:
            return towns
    return []


@functools.cache
def _domains() -> dict[str, str]:
    """Country domains, less those that anyone rents."""
    rows = tables.load("countries.json")["countries"]
    return {r["iso2"].lower(): r["iso3"] for r in rows if r["iso2"] and r["iso2"].lower() not in _RENTED} | {"uk": "GBR"}


def resolve_places(annotated: Annotated, *, home: Mapping[str, float] | None = None) -> Annotated:
    """The same article with `places` filled: one `PlaceMention` a name of a place in title, body and dateline, in text order.
    Without `home`, the site that the document is from says what it can. A name that no table has is kept, with its country and
    no point, only where the tagger calls it a town or state, or where "near", "off" or "the town of" before it says so; with these
    words it is kept without a country too. "The Somali capital" is the capital by name."""
    text = annotated.article.doc.text
    beside = _names_beside(annotated)
    spans = _place_spans(annotated, beside)
    if home is None:
        home = outlet_home(annotated.article.doc.url or "")
    ranked = rank_places(text, spans, home=home, demonyms=False)
    named = _tagged_towns(annotated)
    places = []
    for span, found in zip(spans, ranked, strict=True):
        if found is not None and (span in named or span in beside or not math.isnan(found.entry.lat)):
            places.append(_mention(text, span, found))
        elif found is None and span in beside:
            places.append(PlaceMention(span=span, name=_clean(text[span.start : span.end]), kind="region", score=0.5, rule="named only"))
    places = sorted([*places, *_capitals(annotated)], key=lambda p: p.span.start)
    return msgspec.structs.replace(annotated, places=tuple(places))


def _with_the_others(name: str, qualifier: tuple[Entry, ...], votes: _Votes, home: Mapping[str, float]) -> Ranked | None:
    """The country of a name that the gazetteer lacks: the one named after it, or where nearly all others lie."""
    named = {q.country for q in qualifier if q.country}
    if len(named) == 1:
        return Ranked(_unknown(name, named.pop() or ""), 0.5, "qualified")
    shares = {code: votes.country.get(code, 0.0) + _HOME_VOTES * home.get(code, 0.0) for code in {*votes.country, *home} if "." not in code}
    total = sum(shares.values())
    best = max(shares, key=lambda code: shares[code], default="")
    if not best or shares[best] < _LEAST_SHARE * total or total < _LEAST_VOTES:
        return None
    return Ranked(_unknown(name, best), 0.5, GUESSED)


def _unknown(name: str, country: str) -> Entry:
    return Entry(name, "region", country, "", "", 0, math.nan, math.nan, None, math.nan, "")


# --- candidates and votes ----------------------------------------------------------------------------


@functools.lru_cache(maxsize=8192)
def _clean(name: str) -> str:
    text = " ".join(name.replace("\u2019", "'").split())
    text = re.sub(r"'s?$", "", text)
    return re.sub(r"^(?:[Tt]he)\s+", "", text) if len(text) > 8 else text


def _candidates(name: str, demonyms: bool) -> tuple[Entry, ...]:
    found: list[Entry] = []
    for form in _forms(name):
        found.extend(lookup(form))
        if found:
            break
    if not found and demonyms and name in _territories():
        found.extend(lookup(_territories()[name]))
    if not name.endswith("County"):
        found.extend(e for e in lookup(f"{name} County") if e.kind == "admin2")
    short = len(name) <= 3 and name.isalpha()
    kept = [
        e
        for e in found
        if (demonyms or e.tag != "demonym")
        and (e.tag != "abbreviation" or name.isupper() or "." in name or len(name) > 3)
    ]
    if short:
        kept = [
            e
            for e in kept
            if (e.tag in ("alias", "abbreviation") and name.isupper())
            or e.kind == "country"
            or (name.istitle() and e.tag in ("", "capital"))
        ]
    return _seated(kept[:_MAX_CANDIDATES])


@functools.cache
def _territories() -> dict[str, str]:
    """Names of disputed and dependent territories by their adjectives ("Abkhaz")."""
    return {word: r["name"] for r in tables.load("countries.json")["territories"] for word in (*r.get("adjectives", ()), *(w for pair in r.get("nouns", ()) for w in pair))}


def _seated(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """The readings with divisions marked that hold a large town of the same name: the town is then what news means."""
    towns = {e.admin1: e.population for e in reversed(entries) if e.kind == "city" and e.admin1}
    return tuple(
        e._replace(tag="seat") if e.kind == "admin1" and towns.get(e.admin1, 0) * 7 > max(1, e.population) else e
        for e in entries
    )


def _forms(name: str) -> tuple[str, ...]:
    """The name as it stands, then with what English adds or leaves out ("Jeju Province", "City of X", "Fort"/"Ft.")."""
    forms = [name]
    plain = re.sub(r"^(?:City|Town|Village|Province|State|Republic|County|Port|Gulf) of\s+", "", name)
    plain = re.sub(
        r"\s+(?:[Pp]rovince|[Ss]tate|[Rr]egion|[Dd]istrict|[Cc]ity|[Pp]refecture|[Gg]overnorate|[Oo]blast|[Tt]ownship|[Mm]unicipality|area|[Ii]slands?)$",
        "",
        plain,
    )
    forms.append(plain)
    forms.append(
        re.sub(
            r"^(?:[Nn]orth|[Ss]outh|[Ee]ast|[Ww]est|[Cc]entral|[Nn]orth-?[Ee]ast|[Ss]outh-?[Ww]est|[Nn]orth-?[Ww]est|[Ss]outh-?[Ee]ast)(?:ern)?\s+",
            "",
            name,
        )
    )
    forms.append(re.sub(r"^Mt\.?\s", "Mount ", re.sub(r"^Ft\.?\s", "Fort ", name)))
    forms.append(name.removesuffix("s"))
    forms.append(re.sub(r"ians?$", "ia", name))
    forms.append(re.sub(r"^(?:El|Al)[ -]", "Al ", name))
    if name.endswith("County"):
        forms.append(name.removesuffix("County").strip())
    return tuple(dict.fromkeys(f for f in forms if len(f) > 1))


class _Votes(NamedTuple):
    country: Mapping[str, float]
    admin: Mapping[str, float]
    county: Mapping[str, float]
    points: Sequence[tuple[str, float, float, float]]
    own: Mapping[str, tuple[Mapping[str, float], Mapping[str, float]]]


def _votes(
    names: Sequence[str],
    qualifiers: Sequence[tuple[Entry, ...]],
    pool: Mapping[str, tuple[Entry, ...]],
    home: Mapping[str, float],
) -> _Votes:
    """What the names say about countries and divisions: each distinct name has one vote, spread over its readings."""
    votes = _Votes({}, {}, {}, (), {})
    for _ in range(_ROUNDS):
        country: dict[str, float] = defaultdict(float)
        admin: dict[str, float] = defaultdict(float)
        county: dict[str, float] = defaultdict(float)
        points: list[tuple[str, float, float, float]] = []
        own: dict[str, tuple[dict[str, float], dict[str, float]]] = {}
        for name in pool:
            shares = _shares(name, _first_qualifier(name, names, qualifiers), pool[name], votes, home)
            mine: tuple[dict[str, float], dict[str, float]] = (defaultdict(float), defaultdict(float))
            for share, entry in shares:
                if entry.country:
                    country[entry.country] += share
                    mine[0][entry.country] += share
                if entry.admin1:
                    admin[entry.admin1] += share
                    mine[1][entry.admin1] += share
                if entry.admin2:
                    county[entry.admin2] += share
                if share > 0.2 and entry.kind in ("city", "admin2", "base", "venue"):
                    points.append((name, entry.lat, entry.lon, share))
            own[name] = mine
        votes = _Votes(country, admin, county, points[:200], own)
    return votes


def _first_qualifier(name: str, names: Sequence[str], qualifiers: Sequence[tuple[Entry, ...]]) -> tuple[Entry, ...]:
    return next((q for n, q in zip(names, qualifiers, strict=True) if n == name and q), ())


def _shares(
    name: str, qualifier: tuple[Entry, ...], entries: Sequence[Entry], votes: _Votes, home: Mapping[str, float]
) -> list[tuple[float, Entry]]:
    scored = [(_score(e, name, qualifier, votes, home), e) for e in entries]
    if not scored:
        return []
    top = max(s for s, _ in scored)
    weights = [(math.exp(s - top), e) for s, e in scored]
    total = sum(w for w, _ in weights)
    return [(w / total, e) for w, e in weights]


def _score(entry: Entry, name: str, qualifier: tuple[Entry, ...], votes: _Votes, home: Mapping[str, float]) -> float:
    score = _KIND_PRIOR.get(entry.kind, 0.0) - _TAG_COST.get(entry.tag, 0.0)
    if entry.kind in ("city", "admin2"):
        score += _POPULATION * math.log10(max(entry.population, 100))
    elif entry.kind == "admin1":
        score += 0.95 * math.log10(max(entry.population, 100))
    if entry.kind == "admin1" and entry.tag == "alias":
        score -= 2.0
    if entry.tag in ("", "capital") and place_key(name) != place_key(entry.name):
        score -= _COUNTY_COST if entry.kind == "admin2" else 0.5
    if qualifier and _fits(entry, qualifier):
        score += _QUALIFIED
    own = votes.own.get(name, ({}, {}))
    if entry.country:
        score += _COUNTRY_VOTE * math.log1p(
            max(0.0, votes.country.get(entry.country, 0.0) - own[0].get(entry.country, 0.0))
        )
        if entry.kind != "country":
            score += _HOME_COUNTRY * home.get(entry.country, 0.0)
    if entry.admin1:
        score += _ADMIN_VOTE * math.log1p(max(0.0, votes.admin.get(entry.admin1, 0.0) - own[1].get(entry.admin1, 0.0)))
        score += _HOME * home.get(entry.admin1, 0.0)
    if entry.kind in ("city", "admin2"):
        score += _NEAR_VOTE * math.log1p(_company(entry, name, votes.points))
    return score


def _company(entry: Entry, name: str, points: Sequence[tuple[str, float, float, float]]) -> float:
    """How many other names of the document have a likely reading within about 100 km."""
    total, scale = 0.0, math.cos(math.radians(entry.lat))
    for other, lat, lon, share in points:
        if other != name and abs(lat - entry.lat) < 0.9 and abs(lon - entry.lon) * scale < 0.9:
            total += share
    return total


def _qualifier(text: str, span: Span) -> tuple[Entry, ...]:
    """The readings, as country or division, of the name right after a comma: "Paris, Texas"."""
    found = _QUALIFIER.match(text, span.end, span.end + 60)
    if found is None:
        return ()
    words = found[1].replace("\u2019", "'").removesuffix("'s").split(" ")
    for size in range(len(words), 0, -1):
        for form in (" ".join(words[:size]), " ".join(words[:size]).rstrip(".")):
            hits = tuple(
                e for e in lookup(form) if e.kind in ("country", "admin1", "admin2", "region") and e.tag != "demonym"
            )
            if hits and (len(form) > 2 or form.isupper()):
                return hits
    return ()


def _fits(entry: Entry, qualifier: tuple[Entry, ...]) -> bool:
    for q in qualifier:
        if q.kind == "country" and entry.kind != "country" and entry.country == q.country:
            return True
        if q.kind == "admin1" and entry.admin1 == q.admin1 and entry.kind not in ("admin1", "country"):
            return True
        if q.kind == "admin2" and entry.admin2 and entry.admin2 == q.admin2 and entry.kind == "city":
            return True
    return False


# --- finding the names -------------------------------------------------------------------------------

_PLACE_TYPES = frozenset({"GPE", "LOC", "FAC"})
_TAKEN_TYPES = frozenset({"PERSON", "ORG", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"})
_CAPITAL_RUN = re.compile(r"\b[A-Z][\w\u2019'-]*(?:\s(?:(?:of|the|al|el|de|la|du|and)\s)?[A-Z][\w\u2019'-]*){0,4}")
_NOT_PLACES = frozenset(
    [
        "may",
        "march",
        "general",
        "major",
        "central",
        "union",
        "liberty",
        "independence",
        "congress",
        "parliament",
        "house",
        "senate",
        "of",
        "the",
    ]
)


def _place_spans(annotated: Annotated, beside: Set[Span]) -> list[Span]:
    """Spans of names that stand as places: the NER's, and names of the hand-made list and of countries that it missed."""
    text = annotated.article.doc.text
    spans: list[Span] = []
    taken: list[Span] = []
    lands = _countries_named(annotated)
    for sentence in annotated.sentences:
        for kind, start, end in _entities(sentence.tokens):
            span = _hyphenated(text, _trimmed(text, Span(start=start, end=end)))
            found = lookup(_clean(text[span.start : span.end]))
            venue = any(e.kind in ("venue", "base") for e in found)
            qualifier = _qualifier(text, span) if found and kind in _TAKEN_TYPES else ()
            if kind in _PLACE_TYPES or venue or any(_fits(e, qualifier) for e in found) or (kind not in ("DATE", "TIME") and (_is_town(text, span, found) or _is_local(annotated, span, found, lands))):
                spans.append(span)
            elif kind in _TAKEN_TYPES:
                taken.append(span)
    spans.extend(span for span in beside if not any(s.start < span.end and span.start < s.end for s in spans))
    taken = [t for t in taken if t not in beside]
    for sentence in annotated.sentences:
        spans.extend(_listed(text, sentence.span, [*spans, *taken]))
    line = annotated.article.header.dateline_span
    if line is not None and line.end > line.start and not any(s.start < line.end and line.start < s.end for s in spans):
        spans.append(line)
    return sorted(set(spans))


def _hyphenated(text: str, span: Span) -> Span:
    """The whole of a name with hyphens of which the tagger took a part: no report from "*Guinea*-Bissau" is one from Guinea."""
    left, right = _BEFORE_HYPHEN.search(text[max(0, span.start - 40) : span.start]), _AFTER_HYPHEN.match(text[span.end : span.end + 40])
    if left is None and right is None:
        return span
    whole = Span(start=span.start - (len(left[0]) if left else 0), end=span.end + (len(right[0]) if right else 0))
    return whole if lookup(_clean(text[whole.start : whole.end])) else span


_BEFORE_HYPHEN = re.compile(r"\b(?:[A-Z]\w+-)+$")
_AFTER_HYPHEN = re.compile(r"(?:-[A-Z]\w+)+\b")
_IN_A_TOWN = re.compile(
    r"\b(?:in|near|outside|around|through|across|off|outskirts of|suburbs? of|(?:city|town|port|village|capital) of"
    r"|(?:north|south|east|west)(?:-?(?:east|west))?(?:ern)? of|(?:km|kilomet(?:re|er)s?|miles?) (?:from|off|of)"
    r"|(?:travel\w*|flew|fl(?:y|ies|ying|own)|went|trips?|journeys?|visits?|head(?:s|ed|ing)?|return(?:s|ed|ing)?|moved?|sent|drove|march(?:ed|ing)?) (?:back )?to)\s$",
    re.IGNORECASE,
)


_AT_A_PLACE = re.compile(
    r"(?:\b(?:(?:air ?)?(?:raids?|strikes?|assaults?|attacks?) (?:on|at|in)|(?:bombardment|shelling|bombing|siege|capture) of|from|in|near|at|outside"
    r"|(?:garrison|barracks|airport|airfield|outskirts|town|city|village|port|district) of))\s$",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\b(?:near|outside|off|(?:outskirts|suburbs?|town|city|village|port|hamlet|district|island|garrison|barracks) of"
    r"|(?:north|south|east|west)(?:-?(?:east|west))?(?:ern)? of|(?:km|kilomet(?:re|er)s?|miles?) (?:from|off|of))\s"
    r"(?P<name>[A-Z][\w\u2019'-]*[\w](?:\s[A-Z][\w\u2019'-]*\w){0,2})"
)


def _names_beside(annotated: Annotated) -> frozenset[Span]:
    """The spans of names that only a place can have where they stand, whoever the tagger takes them for: "near *Afgooye*", "the
    town of *Gedo*". Names of people, bodies and countries that the document knows are none."""
    text = annotated.article.doc.text
    out: set[Span] = set()
    for sentence in annotated.sentences:
        for hit in _BESIDE.finditer(text, sentence.span.start, sentence.span.end):
            span = _trimmed(text, Span(start=hit.start("name"), end=hit.end("name")))
            inside = [t for t in sentence.tokens if t.start < span.end and span.start < t.end]
            if not inside or inside[-1].dep != "pobj" or sentence.tokens[inside[-1].head].pos != "ADP" or any(t.pos != "PROPN" for t in inside):
                continue
            kinds = {t.ent.partition("-")[2] for t in inside}
            words = _clean(text[span.start : span.end])
            if kinds <= {"", "PERSON", "ORG", "GPE", "LOC", "FAC"} and len(kinds) == 1 and not words.isupper() and not _is_known(annotated, span):
                out.add(span)
    return frozenset(out)


def _is_known(annotated: Annotated, span: Span) -> bool:
    """Whether a name is one that the tables know as of someone, or that the document gives someone more fully."""
    text = annotated.article.doc.text
    words = text[span.start : span.end]
    if {w.lower() for w in words.split()} & _NOT_PLACES:
        return True
    for mention in annotated.mentions:
        if mention.kind == "name" and mention.sense != "place" and mention.span.start < span.end and span.start < mention.span.end:
            if any(ref.kind != "person" or ref.country or ref.office or ref.sectors for ref in mention.refs):
                return True  # a bare name with no word on who it is may be the tagger's mistake
    last = words.split()[-1]
    return any(  # "John Oketch" elsewhere: "near Oketch" is near him
        t.text == last and t.start != span.end - len(last) and sentence.tokens[i - 1].pos == "PROPN" and sentence.tokens[i - 1].head == i and sentence.tokens[i - 1].text not in words.split()
        for sentence in annotated.sentences
        for i, t in enumerate(sentence.tokens)
        if i
    )


def _countries_named(annotated: Annotated) -> frozenset[str]:
    """The countries that the document's mentions stand for or belong to."""
    return frozenset(ref.country for m in annotated.mentions for ref in m.refs if ref.country)


def _is_local(annotated: Annotated, span: Span, found: Sequence[Entry], lands: frozenset[str]) -> bool:
    """Whether a name that the NER takes for a person or body is a town or division, however small, of a country that the document
    names, where the words before it want a place: "an air strike on Mora"."""
    text = annotated.article.doc.text
    return (
        _AT_A_PLACE.search(text[max(0, span.start - 32) : span.start]) is not None
        and any(e.kind in ("city", "admin1") and e.country in lands and e.tag in ("", "alias", "capital") for e in found)
        and not _is_known(annotated, span)
    )


_THE_CAPITAL = re.compile(r"\b(?:in|near|outside|to|from|around|at|on|of) the (?P<name>(?P<adjective>[A-Z][\w-]+(?:\s[A-Z][\w-]+){0,2})\scapital)\b(?! (?:[a-z]+ )?(?:of|market|punishment|gains|flows|flight|stock)\b)")


def _capitals(annotated: Annotated) -> list[PlaceMention]:
    """The capitals named by their country's adjective: "in the *Somali capital*"."""
    text = annotated.article.doc.text
    out: list[PlaceMention] = []
    for sentence in annotated.sentences:
        for hit in _THE_CAPITAL.finditer(text, sentence.span.start, sentence.span.end):
            found = _by_adjective().get(hit["adjective"])
            if found is not None:
                place = _mention(text, Span(start=hit.start("name"), end=hit.end("name")), Ranked(found, 0.9, "the capital of"))
                out.append(msgspec.structs.replace(place, name=found.name))
    return out


_TWO_SEATS = frozenset({"BDI", "BEN", "CIV", "ISR", "NLD"})  # of these "the capital" is one town or the other


@functools.cache
def _by_adjective() -> dict[str, Entry]:
    """Capitals by their country's adjectives; the one that the table lists first, but where it depends on the writer."""
    out: dict[str, Entry] = {}
    for row in tables.load("countries.json")["countries"]:
        towns = (e for name in row["capitals"][:1] if row["iso3"] not in _TWO_SEATS for e in lookup(name))
        found = next((e for e in towns if e.kind == "city" and e.country == row["iso3"] and e.tag == "capital"), None)
        if found is not None:
            out |= {word: found._replace(name=row["capitals"][0]) for word in row["adjectives"]}
    return out


def _tagged_towns(annotated: Annotated) -> frozenset[Span]:
    """The spans that the tagger calls a town, division or country."""
    text = annotated.article.doc.text
    found = (e for sentence in annotated.sentences for e in _entities(sentence.tokens))
    return frozenset(_trimmed(text, Span(start=start, end=end)) for kind, start, end in found if kind == "GPE")


def _is_town(text: str, span: Span, found: Sequence[Entry]) -> bool:
    """Whether a name that the NER takes for a person or body is a town: "met in Kraków"."""
    return bool(_IN_A_TOWN.search(text[max(0, span.start - 32) : span.start])) and any(
        e.kind == "city" and e.population >= _LEAST_TOWN and e.tag in ("", "capital") for e in found
    )


def _entities(tokens: Sequence[object]) -> list[tuple[str, int, int]]:
    out: list[tuple[str, int, int]] = []
    for token in tokens:
        ent: str = getattr(token, "ent", "")
        if ent.startswith("B-"):
            out.append((ent[2:], getattr(token, "start", 0), getattr(token, "end", 0)))
        elif ent.startswith("I-") and out:
            out[-1] = (out[-1][0], out[-1][1], getattr(token, "end", 0))
    return out


_ARTICLE = re.compile(r"(?:[Tt]he|[Tt]his|[Aa])\s+")
_TRAILING = re.compile(r"(?:'s|\u2019s|['\u2019,.\s])+$")
_WORDS = re.compile(r"\S+")
_INITIALS_END = re.compile(r"(?:\.[A-Za-z])\.$")


def _trimmed(text: str, span: Span) -> Span:
    words = text[span.start : span.end]
    lead = _ARTICLE.match(words)
    tail = _TRAILING.search(words) if words and (words[-1] in "s'\u2019,." or words[-1].isspace()) and not _INITIALS_END.search(words) else None
    start = span.start + (lead.end() if lead else 0)
    return Span(start=start, end=max(start, span.start + tail.start() if tail else span.end))


def _listed(text: str, within: Span, held: Sequence[Span]) -> list[Span]:
    """Runs of capitals in a sentence that name a country, sea, island, base … and lie in no other name."""
    out: list[Span] = []
    for run in _CAPITAL_RUN.finditer(text, within.start, within.end):
        words = list(_WORDS.finditer(run[0]))
        at = 0
        while at < len(words):
            for last in range(len(words) - 1, at - 1, -1):
                span = _trimmed(text, Span(start=run.start() + words[at].start(), end=run.start() + words[last].end()))
                if _is_listed(text, span) and not any(h.start < span.end and span.start < h.end for h in held):
                    out.append(span)
                    at = last
                    break
            at += 1
    return out


_BEFORE_A_TOWN = re.compile(
    r"\b(?:in|near|off|at|from|to|around|outside|towards?|of|and)\s(?:the (?:city|town|port) of\s)?$"
)
_LEAST_TOWN = 20_000  # people; smaller towns that the NER misses are more often other words


def _is_listed(text: str, span: Span) -> bool:
    """Whether a run of capitals names a country or a listed feature, or, after a preposition of place, a larger town."""
    clean = _clean(text[span.start : span.end])
    if len(clean) < 4 or clean.lower() in _NOT_PLACES:
        return False
    found = lookup(clean)
    if any(e.kind not in ("city", "admin2", "admin1") and e.tag in ("", "alias") for e in found):
        return True
    return bool(_BEFORE_A_TOWN.search(text[max(0, span.start - 30) : span.start])) and any(
        e.kind == "city" and e.population >= _LEAST_TOWN and e.tag != "abbreviation" for e in found
    )


# --- the record --------------------------------------------------------------------------------------


def _mention(text: str, span: Span, found: Ranked) -> PlaceMention:
    entry = found.entry
    wording, radius = _wording(text, span, entry)
    kind: Kind = "region" if entry.kind == "admin2" else entry.kind  # type: ignore[assignment]
    if math.isnan(entry.lat):
        return PlaceMention(span=span, name=_clean(text[span.start : span.end]), kind=kind, country=entry.country, wording=wording, score=round(found.score, 3), rule=found.rule)
    return PlaceMention(
        span=span, name=_shown(text[span.start : span.end], entry), kind=kind, country=entry.country, lat=entry.lat, lon=entry.lon, radius_km=radius,
        geonameid=entry.geonameid, wording=wording, score=round(found.score, 3), rule=found.rule,
    )  # fmt: skip


def _shown(words: str, entry: Entry) -> str:
    """The table's name; for towns and divisions the document's own spelling of it, which is the English one."""
    clean = _clean(words)
    if entry.kind not in ("city", "admin1", "admin2") or clean.isupper() or clean.endswith("."):
        return entry.name
    return clean


def _wording(text: str, span: Span, entry: Entry) -> tuple[Span | None, float]:
    """The phrase that keeps a place at a distance ("off Jeju Island"), and the radius that it makes."""
    found = _OFFSET.search(text[max(0, span.start - 90) : span.start])
    if found is None or (not found["far"] and not any(w in found["word"] for w in _OFFSET_WORDS)):
        return None, entry.radius_km
    start = span.start - (min(90, span.start) - found.start())
    far = 50.0
    if found["far"]:
        size = float(found["far"].replace(",", "").rstrip(".") or 0)
        far = size * (1.852 if "nautical" in found["unit"] else 1.609 if "mile" in found["unit"] else 1.0)
    return Span(start=start, end=span.end), entry.radius_km + far
