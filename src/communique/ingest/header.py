"""Who put a document out, and when: publisher, agency, author, title, dateline, language, publication date.

Every value comes from something stated: a flag, the page's own metadata, a crawl header, a credit, a date line.
Order of trust for the date: given; JSON-LD and meta (`datePublished` was wrong on 1.6 % of the pages that have
it, notes/reading.md section 3); a crawl header's "date"; a date line by the title; the URL; a dateline whose year
the credit line states. All that were found and disagree are kept in `Published.contradicts`. The day of fetching
is never the day of publication, and a date in the body or in other headlines never dates the report: without
any of the above the date is unknown.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple
from urllib.parse import urlsplit

from communique import tables
from communique.ingest import article as labels
from communique.ingest import calendar, forms
from communique.records import Article, Block, Document, Header, Hint, Published, PublishedBasis, Span
from communique.text import DATELINE_TAIL

_KEY_DATE = re.compile(
    r"^\s*(?:date|published(?: on| at)?|publication date|pub_?date|date published|posted(?: on)?|issued)\b\s*[:=\t]?\s*(?=\S)", re.IGNORECASE
)
_NOT_DATE = re.compile(r"\b(?:crawl\w*|fetched|retrieved|accessed|downloaded|scraped|event|copyright|©|last built)\b", re.IGNORECASE)
# What stands before a date that is something else's: a deadline's or founding's word, or a label that does not say "published" ("Boat show: 12 September 2025").
_ELSE_BEFORE = re.compile(
    r"(?:\b(?:for|before|until|till|by|from|since|after|through|effective|ends?|due|expires?|valid|next|est|established|founded|opens?|starts?|begins?|forecast)|[^\W\d_]\s*:)"
    r"\W*(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b\W*)?$",
    re.IGNORECASE,
)
_DATE_LABEL = re.compile(r"\b(?:created|added|filed|uploaded|online|released?|dated|time|on|pub\w*|first|reviewed|aired)\b[^:]*:", re.IGNORECASE)
_UPDATED = re.compile(r"\b(?:updated|modified|last update)\b", re.IGNORECASE)
_PUBLISHED_WORD = re.compile(r"\b(?:published|posted|issued|first published|date)\b", re.IGNORECASE)
_KEY_PUBLISHER = re.compile(r"^\s*(?:publisher|source|outlet|site)\s*[:=\t]\s*(\S.{0,60})$", re.IGNORECASE)
_DATELINE = re.compile(
    r"^\(?(?P<place>[A-ZÀ-Þ][A-ZÀ-Þ.'’\- /]{2,40}(?:,\s[A-Z][^\W\d_](?:[^\W\d_]|[.'’\- ]){0,24}?)??|[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){0,2}(?:, [A-Z][^\W\d_](?:[^\W\d_]|[.'’ -]){0,24}?)??)"
    + DATELINE_TAIL
    + r"(?:\.?\s*(?P<mark>[-–—]{1,2}|:(?=\s))|(?<=/)\.|(?<=\))(?=\s[A-Z]))\s*(?=\S)"
)
_URL_DATE = re.compile(r"/(?P<y>(?:19|20)\d\d)[/-]?(?P<m>0[1-9]|1[0-2]|(?<=[/-])[1-9](?=[/-]))[/-]?(?P<d>0[1-9]|[12]\d|3[01]|(?<=[/-])[1-9](?=/))(?:/|-|_|\.|$)|/(?P<y2>(?:19|20)\d\d)/(?P<mon>[a-z]{3})/(?P<d2>\d{1,2})/")
_ABOUT_NAME = re.compile(r"^(?:the )?(?P<name>[A-Z][\w’'&.\-]*(?: (?:of|and|the|&|[A-Z][\w’'&.\-]*)){0,5}) (?:is|was) (?:an? |published )")
_BY = re.compile(r"^(?:(?:story|reporting|written|words|text|analysis|report) )?by:?\s+", re.IGNORECASE)
_NOBODY = re.compile(r"(?:our|staff|a|the|special|web|news)\b.*\b(?:reporters?|correspondents?|staff|desk|bureau|writers?)$|(?:staff|our) ?(?:report|reporter|correspondent)?$", re.IGNORECASE)
# Whence somebody writes, behind the name: "in Lima", "at the stadium", ", Lima" (one word: with two it is another writer).
_WHENCE = re.compile(r"(?<=[^\W\d_]{2})(?:\s+(?:in|at|from)\s+(?:the\s+)?[A-ZÀ-Þ].*|,\s*[A-ZÀ-Þ][\w'’-]+)$")
_MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}\.?"
_DATE_TAIL = re.compile(rf"(?:Published|Updated|Posted|{_MONTH},? \d|\d{{1,2}}(?:st|nd|rd|th)? {_MONTH}|\d{{1,2}}[/.:-]\d{{1,2}}).*$")
_RANGE = re.compile(rf"(?:\b\d{{1,2}}|{_MONTH})\s?[–—-]\s?$")  # "2–8 February 2026" is a period, as "May – 3 June 2026" is
_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,?\s+(?:the\s+)?$", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")


_PREPOSITION = re.compile(r"(?i:by|on|in|since|from|at|after|before|until|during|for|between|under|with)\b")

# Words in capitals that open a text before a dash and are no place.
_NO_PLACE = frozenset(
    ["BREAKING", "UPDATE", "UPDATED", "EXCLUSIVE", "ANALYSIS", "OPINION", "WATCH", "VIDEO", "EXPLAINER", "EXPLAINED", "LIVE", "NEW", "JUST", "CORRECTED", "CORRECTION", "FACTBOX", "FACT",
     "TIMELINE", "INTERVIEW", "PHOTOS", "PHOTO", "PICTURES", "DEVELOPING", "NOTE", "WARNING", "COMMENT", "EDITORIAL", "REVIEW", "FEATURE", "QUESTION", "ANSWER", "URGENT", "ALERT", "LISTEN",
     "READ", "MORE", "PODCAST", "LETTER", "LETTERS", "COLUMN", "FILE", "SPECIAL", "REPORT", "NEWS", "WORLD", "POLITICS", "BUSINESS", "SPORT", "SPORTS", "PREVIEW", "RECAP", "POLL", "PRESS", "STATEMENT",
     "AND", "BUT", "THE", "YES", "NO", "SO", "IT", "WE", "HE", "SHE", "THEY", "WHAT", "WHY", "HOW", "WHO", "WHEN", "WHERE"]
)  # fmt: skip


class _Found(NamedTuple):
    """One statement of the publication date."""

    day: str
    basis: PublishedBasis
    confidence: float
    span: Span | None = None
    time: str | None = None


def read_header(article: Article) -> Header:
    """The header of a labelled article; a field nothing states is `None`, the date then has basis "unknown"."""
    doc = article.doc
    title = next((b for b in article.blocks if b.kind == "title" and b.detail != "repeat"), None)
    title_span = labels.without_subject(doc, title.span) if title is not None else None
    publisher = _publisher(article)
    agency, agency_span = _agency(article, publisher)
    place, place_span = _dateline(article)
    stated_title = _value(doc, "title")
    return Header(
        publisher=publisher,
        agency=agency,
        agency_span=agency_span,
        author=_author(article),
        title=_text(doc, title_span) if title_span is not None else stated_title,
        title_span=title_span,
        dateline=place,
        dateline_span=place_span,
        language=language_of(article),
        published=_published(article),
    )


def _text(doc: Document, span: Span) -> str:
    return " ".join(doc.text[span.start : span.end].split())


def _value(doc: Document, field: str) -> str | None:
    hints = [h for h in doc.hints if h.field == field]
    return max(hints, key=_trust).value if hints else None


def _trust(hint: Hint) -> tuple[bool, float]:
    return hint.basis == "given", hint.confidence


def host_of(url: str | None) -> str | None:
    """The host of a URL without "www."; `None` when there is none."""
    if not url:
        return None
    try:
        host = urlsplit(url).hostname
    except ValueError:
        return None
    return host.removeprefix("www.") if host else None


def known_publisher(host: str | None) -> dict[str, str] | None:
    """The table's entry (name, country, order) for a host or the domain above it; `None` when not in it."""
    table: dict[str, dict[str, str]] = tables.load("publishers.json")["publishers"]
    parts = (host or "").split(".")
    return next((table[".".join(parts[i:])] for i in range(len(parts) - 1) if ".".join(parts[i:]) in table), None)


_NAMES = re.compile(r"(?:The )?[A-Z][\w.&'’-]*(?: (?:of|and|&|the|de|la|del)| [A-Z(][\w.&'’)-]*){0,5}(?: \([^()]{2,20}\))?")
_OWNER = re.compile(
    r"\W*(?:\(c\)|©|copyright)\s*(?:copyright\s*)?(?:\d{4}(?:\s*[-–]\s*\d{4})?,?\s*(?:by\s+)?)?(?P<name>(?:The )?[A-Z][\w.&'’-]*(?: (?:of|and|&)| [A-Z][\w&'’-]*){0,4})",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[A-Z][\w.&'’-]*(?: [A-Z][\w.&'’-]*){0,3}")


def _publisher(article: Article) -> str | None:
    doc = article.doc
    given = _value(doc, "publisher")
    if given is not None:
        return given
    for block in _crawl_headers(article):
        line = doc.text[block.span.start : block.span.end]
        match = _KEY_PUBLISHER.match(line)
        if match is not None:
            return re.split(r"\s+[|·•]\s+", match[1])[0].strip()
        rest = _after_date(line)
        if rest is not None:
            return rest
    known = known_publisher(host_of(doc.url))
    if known is not None:
        return known["name"]
    for block in article.blocks:
        if block.detail == "about publisher":
            match = _ABOUT_NAME.match(doc.text[block.span.start : block.span.end])
            if match is not None:
                return match["name"]
    return _masthead(article) or _publisher_line(article) or _publisher_below(article) or next((name for name, _ in _owners(article)), None)


_NO_MASTHEAD = re.compile(r"['’]s\b|[a-z][A-Z]{2}|\b(?:Leading|Contact|About|Latest|Breaking|Edition[A-Z]|Subscribe|Home)\b")  # a slogan, a section, two elements run together


def _masthead(article: Article) -> str | None:
    """The paper's name among the first lines of a page, before a bar, dash or wide gap: by its form ("… Herald"), or because the line
    that says whose page it is names it too. In the letters in which it stands elsewhere when the masthead is all capitals."""
    doc = article.doc
    if doc.main or doc.lines:
        return None
    above = itertools.takewhile(lambda b: b.kind not in ("title", "body"), article.blocks[:5])
    owned = " ".join(_text(doc, b.span) for b in article.blocks if b.detail == "site copyright")
    for k, block in enumerate(above):
        if block.kind != "furniture" or block.detail is not None:
            continue
        name = forms.MASTHEAD_END.split(doc.text[block.span.start : block.span.end].strip(" ☰≡|·•"))[0].strip()
        if not _NAMES.fullmatch(name) or name.upper() in _places() or name.lower() in forms.SECTION or _is_menu(name) or _NO_MASTHEAD.search(name):
            continue
        formed = k < 2 and " " in name and not name.endswith(("News", "NEWS")) and forms.PAPER.match(name.title() if name.isupper() else name)
        owner = re.search(rf"\b{re.escape(name)}\b", owned, re.IGNORECASE) if " " in name else next((n for n, _ in _owners(article) if n.casefold() == name.casefold()), None)
        if formed or owner:
            other = re.search(rf"\b{re.escape(name)}\b", doc.text[block.span.end :].replace(name, ""), re.IGNORECASE) if name.isupper() else None
            return other[0] if other is not None else name
    return None


def _publisher_below(article: Article) -> str | None:
    """The paper that the line below the text names: "Published in The Northern Post, May 3rd, 2026", "Published: 3 May 2026 | Northern Post"."""
    for i in _below(article):
        text = _text(article.doc, article.blocks[i].span)
        match = forms.PUT_OUT.match(text)
        if match is not None and match["paper"]:
            return match["paper"]
        rest = next((text[f.end :] for f in calendar.find_dates(text)), "").strip(" |–—-·•")
        if rest and _NAMES.fullmatch(rest) and rest.upper() not in _places():
            return rest
    return None


def _publisher_line(article: Article) -> str | None:
    """A short line of names beside a bare date above the body ("Northern Post", "14 May 2024")."""
    above = list(itertools.takewhile(lambda b: b.kind != "body", article.blocks))
    for one, other in itertools.pairwise(above):
        for line, date in ((one, other), (other, one)):
            if date.detail == "date" and line.kind == "furniture" and line.detail is None:
                text = _text(article.doc, line.span)
                dated = _text(article.doc, date.span)
                period = any(_RANGE.search(dated[: f.start]) for f in calendar.find_dates(dated))
                if _NAMES.fullmatch(text) and text.upper() not in _places() and not forms.ACTION.match(text) and text.lower() not in forms.SECTION and not _is_menu(text) and not period:
                    return text
    return None


def _is_menu(line: str) -> bool:
    """Whether a line of names is a row of a site's sections: five words and more with nothing between them."""
    words = line.split()
    return len(words) >= 5 and all(w[0].isupper() for w in words)


def _owners(article: Article) -> list[tuple[str, Span]]:
    """The names in copyright lines below the text, in order, with their spans."""
    out = []
    for block in article.blocks:
        if block.kind == "credit" and block.detail in ("site copyright", "agency credit"):
            match = _OWNER.match(article.doc.text[block.span.start : block.span.end])
            if match is not None:
                start = block.span.start + match.start("name")
                out.append((match["name"].strip(), Span(start, start + len(match["name"].rstrip()))))
    return out


def _crawl_headers(article: Article) -> Iterator[Block]:
    return (b for b in article.blocks if b.detail == "crawl header")


def _after_date(line: str) -> str | None:
    """What stands after the date of a crawl header, set off by two spaces, a tab or a bar: the publisher."""
    key = _KEY_DATE.match(line)
    found = next(calendar.find_dates(line), None)
    if key is None or found is None or found.start > key.end() + 12:
        return None
    rest = re.match(r"(?:[T ]\d{2}:\d{2}\S*)?(?:\s{2,}|\s*[|\t]\s*|\s+[–—-]\s+)(\S.{1,60})$", line[found.end :])
    return rest[1].strip() if rest is not None and not rest[1][0].isdigit() else None


def _agency(article: Article, publisher: str | None) -> tuple[str | None, Span | None]:
    """The agency credited with the text: a credit line, the dateline's brackets, a byline, a signature."""
    doc, pattern, names = article.doc, labels.agency_pattern(), labels.agency_forms()
    own = known_publisher(host_of(doc.url))
    for block in article.blocks:
        if block.detail == "agency credit":
            match = pattern.search(doc.text, block.span.start, block.span.end) or forms.AGENCY_LIKE.search(doc.text, block.span.start, block.span.end)
            if match is not None:
                return names.get(match[0], match[0]), Span(match.start(), match.end())
            sourced = forms.SOURCED.match(_text(doc, block.span))
            if sourced is not None and sourced["name"] != publisher and not sourced["name"].endswith("agencies"):
                start = doc.text.index(sourced["name"].split()[0], block.span.start + sourced.start("name"))
                return sourced["name"], Span(start, block.span.end)
    for block in article.blocks:
        if block.kind in ("body", "dateline"):
            tail = " – X" if block.kind == "dateline" else ""
            head = _DATELINE.match(doc.text[block.span.start : min(block.span.end, block.span.start + 120)] + tail)
            if head is not None and head["agency"] and not _no_place(head):
                match = pattern.search(head["agency"]) or _BRACKETED.search(head["agency"])
                if match is not None and not _is_aside(doc.text[block.span.start : block.span.end], head) and match[0].upper() not in _states():
                    start = block.span.start + head.start("agency") + match.start()
                    return names.get(match[0], match[0]), Span(start, start + len(match[0]))
            break
    for block in article.blocks:
        if block.kind in ("byline", "dateline"):
            match = pattern.search(doc.text, block.span.start, block.span.end)
            if match is not None and (own is None or names[match[0]] != own["name"]):
                return names[match[0]], Span(match.start(), match.end())
    stated = _value(doc, "agency")
    return (stated, None) if stated is not None else _other_owner(article, publisher)


def _other_owner(article: Article, publisher: str | None) -> tuple[str | None, Span | None]:
    """Of two owners in copyright lines, the one that is not the publisher: the text is credited to it."""
    owners = _owners(article)
    words = set((publisher or "").casefold().split())
    foreign = [(name, span) for name, span in owners if not words & set(name.casefold().split())]
    return foreign[0] if foreign and len(foreign) < len(owners) else (None, None)


def _author(article: Article) -> str | None:
    stated = _value(article.doc, "author")
    if stated is not None:
        return stated
    for block in article.blocks:
        if block.kind == "byline" and block.detail != "signature":
            line = _text(article.doc, block.span)
            text = re.sub(r"^By(?=[A-ZÀ-Þ][\w.'’-]* [A-ZÀ-Þ])", "", _BY.sub("", line))
            signed = forms.SIGNED.match(text)
            named = signed is not None and (signed["role"] or (signed["before"] and text == line))  # after "by" the name comes first
            text = signed["name"] if signed is not None and named else _DATE_TAIL.sub("", text)
            name = re.split(r"\s*(?:[|•·–—]|\s-\s|,\s*(?=[A-Z]{2,}\b)|\bUpdated\b|\bPublished\b|\d)", text)[0].strip(" ,")
            name = _WHENCE.sub("", _without_paper(re.split(r"\s/\s", name)[0]))
            if _NOBODY.match(name) or line.startswith("From ") or (forms.DESK_LINE.match(line) and not line.lower().endswith("staff")):
                continue
            if name and not labels.agency_pattern().fullmatch(name):
                return name
    return None


def _without_paper(name: str) -> str:
    """The writer's name without the paper or agency behind it ("Lena Hartwig, The Coastal Herald")."""
    bracketed = re.fullmatch(r"([^()]+?) \(([^()]+)\)", name)
    head, comma, tail = (bracketed[1], ", ", bracketed[2]) if bracketed is not None else name.rpartition(", ")
    joint = re.fullmatch(r"(.+?) (?:and|&) (?:[A-Z]{2,6}|[Aa]gencies)", name)
    if joint is not None and not joint[1].isupper():
        return joint[1]
    return head if comma and (forms.PAPER.match(tail) or labels.agency_pattern().fullmatch(tail)) else name


def _dateline(article: Article) -> tuple[str | None, Span | None]:
    doc = article.doc
    for block in article.blocks:
        if block.kind == "dateline":
            return _place_of(doc, block.span)
    first = next((b for b in article.blocks if b.kind == "body"), None)
    if first is None:
        return _value(doc, "dateline"), None
    match = match_dateline(doc.text[first.span.start : first.span.start + 160])
    if match is None:
        return _value(doc, "dateline"), None
    place, start = match["place"].rstrip(" ,-–"), first.span.start + match.start("place")
    return place, Span(start, start + len(place))


def _place_of(doc: Document, span: Span) -> tuple[str, Span]:
    """The place in a dateline that has a line of its own, without its day and agency."""
    text = doc.text[span.start : span.end]
    match = match_dateline(text + " – X")
    days = [found.start for found in calendar.find_dates(text)]
    end = match.end("place") if match is not None and (match["date"] or match["agency"]) else days[0] if days else len(text)
    place = re.sub(r"[\s|,.·•–—-]*(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day)?[\s|,.·•–—-]*$", "", text[:end]) or text
    return " ".join(place.split()), Span(span.start, span.start + len(place))


def match_dateline(text: str) -> re.Match[str] | None:
    """The dateline a paragraph starts with ("SEOUL, Sept 8 (Reuters) - "): groups place, date, agency, and late
    for a day behind the agency. A place in small letters counts only with a date or agency after it."""
    match = _DATELINE.match(text)
    if match is None or (text[0] == "(" and not match["date"]) or _is_aside(text, match) or _no_place(match):
        return None
    if match["mark"] is None and not text[: match.end()].rstrip().endswith("."):
        return match if match["date"] and match["agency"] else None
    if match["date"] or match["agency"]:
        return match
    place = match["place"].split(",")[0].strip(" -")
    known = place.upper() in _places()
    around = text[match.start("mark") - 1 : match.end("mark") + 1]
    if match["mark"] == "-" and around == around.strip() and not (known and text[match.end()].isupper()):
        return None  # "US-backed", "EU-China": a hyphen inside a word
    if known and match["mark"] == ":":
        return match if place.isupper() or text[match.end() : match.end() + 1].isupper() else None
    if not place.isupper() or (place.split()[0] in _NO_PLACE and not known) or match["mark"] == ":":
        return None
    return match


def _no_place(match: re.Match[str]) -> bool:
    """Whether what stands where a place does is another thing: a preposition's phrase ("By March 3 – …"), a bloc ("NATO – …"), or, before
    a bracket that holds no agency known, a name in small letters that is no city known ("Foreign Minister (NAME) - …")."""
    place = match["place"].strip(" -–")
    dated, agency = match["date"] or match["late"], match["agency"]
    if _PREPOSITION.match(place) or (agency is not None and not dated and not re.search(r"[A-ZÀ-Þ]", agency)):
        return True
    if not dated and not agency:
        return place in _blocs()
    bracket = (agency or "").strip("()/ ")
    if agency is None or labels.agency_pattern().search(agency) or forms.AGENCY_LIKE.search(agency):
        return False
    return not place.isupper() and not is_place(place.split(",")[0]) and (not dated or bracket.isdigit())


@cache
def _blocs() -> frozenset[str]:
    """Blocs and bodies of states by the short names that stand in capitals."""
    table: dict[str, dict[str, list[str]]] = tables.load("countries.json")
    return frozenset(name.upper() for name in table["blocs"]) | {"UN", "EU", "AU", "US", "UK", "IMF", "WHO", "IAEA", "ICC", "ICJ", "WTO", "WFP", "UNHCR", "UNICEF", "OPEC", "OSCE", "SADC", "GCC", "CARICOM", "MERCOSUR", "RSF", "IDF", "IRGC", "M23"}


def _is_aside(text: str, match: re.Match[str]) -> bool:
    """Whether what stands behind the dash goes on in small letters ("NATO – the alliance that … – sent"), with no day or known agency before."""
    known = match["date"] or match["late"] or (match["agency"] and labels.agency_pattern().search(match["agency"]))
    return not known and match["mark"] is not None and match["mark"] != ":" and text[match.end() : match.end() + 1].islower()


@cache
def _states() -> frozenset[str]:
    """Names of countries in capitals: "Suva (Fiji) - " names no agency."""
    table: dict[str, list[dict[str, str]]] = tables.load("countries.json")
    return frozenset(entry["name"].upper() for entry in table["countries"])


@cache
def _places() -> frozenset[str]:
    """Capitals and large cities in capitals: before a colon nothing else is taken for a place (it may be who speaks)."""
    table: dict[str, list[dict[str, list[str]]]] = tables.load("countries.json")
    names = (name for key, field in (("countries", "capitals"), ("cities", "names")) for entry in table[key] for name in entry.get(field, ()))
    return frozenset(name.upper() for name in names)


def is_place(name: str) -> bool:
    """Whether a name is a capital's or a large city's, in any case."""
    return name.strip().upper() in _places()


def language_of(article: Article) -> str | None:
    """ISO 639-1 code of the body's language, or of all text when there is no body; `None` when undecided."""
    from communique.ingest import language

    parts, size = [], 0
    for block in article.blocks:
        if block.kind == "body" and size < language.MOST:
            parts.append(_text(article.doc, block.span))
            size += len(parts[-1]) + 1
    body = " ".join(parts)
    return language.detect(body or article.doc.text[:4000])


# --- the publication date ------------------------------------------------------------------------------


def _published(article: Article) -> Published:
    """The most trusted statement, with those that disagree with it."""
    found = sorted(_statements(article), key=lambda f: -f.confidence)
    if not found:
        return Published()
    best = _shown(_local(found[0], found), found)
    others = dict.fromkeys(f"{f.basis}: {f.day}" for f in found if f.day != best.day)
    agree = {f.basis for f in found if f.day == best.day}
    confidence = min(1.0, best.confidence + 0.02 * (len(agree) - 1) - (0.05 if others else 0.0))
    span = best.span or next((f.span for f in found if f.day == best.day and f.span), None)
    return Published(
        start=best.day, end=calendar.next_day(best.day), basis=best.basis, span=span,
        confidence=round(confidence, 3), time=best.time, contradicts=tuple(others),
    )  # fmt: skip


def _local(best: _Found, found: list[_Found]) -> _Found:
    """The day where the paper is, when `best` is an instant in UTC: another statement gives the same instant in its
    own zone, or the visible date is the day before (after) and the hour fits zones west (east) of Greenwich."""
    if best.time is None or not best.time.endswith("+00:00") or len(best.time) < 16:
        return best
    instant = dt.datetime.fromisoformat(best.time)
    for other in found:
        if other.day == best.day:
            continue
        if other.time and len(other.time) > 19 and not other.time.endswith("+00:00"):
            if abs((dt.datetime.fromisoformat(other.time) - instant).total_seconds()) < 120:
                return other._replace(confidence=best.confidence)
        elif other.basis in ("text", "meta"):
            days = (dt.date.fromisoformat(other.day) - dt.date.fromisoformat(best.day)).days
            if (days == -1 and instant.hour < 10) or (days == 1 and instant.hour >= 11):
                return other._replace(confidence=best.confidence, time=best.time)
    return best


def _shown(best: _Found, found: list[_Found]) -> _Found:
    """The day the page shows its readers, when its markup states an earlier one but also the shown one: magazines
    put out old addresses afresh. A day shown as an update does not count (its trust is lower)."""
    if best.basis != "meta":
        return best
    for other in found:
        if other.basis == "text" and other.confidence >= 0.85 and other.day > best.day:
            backed = next((f for f in found if f.basis == "meta" and f.day == other.day), None)
            if backed is not None:
                return other._replace(confidence=0.8, time=backed.time)
    return best


def _statements(article: Article) -> Iterator[_Found]:
    doc = article.doc
    order = _order(doc)
    for hint in doc.hints:
        if hint.field == "published":
            stamp = calendar.parse_stamp(hint.value, order=order)
            if stamp is not None and not (hint.confidence < 0.6 and (_reads_both_ways(stamp[0], doc, order) or _shown_for_else(stamp[0], doc, order))):
                basis: PublishedBasis = "given" if hint.basis == "given" else "header" if hint.basis == "header" else "meta"
                trust = 1.0 if basis == "given" else min(hint.confidence, 0.97)
                yield _Found(stamp[0], basis, trust, time=stamp[1])
    yield from _header_dates(article, order)
    yield from _visible_dates(article, order)
    day = url_day(doc.url)
    if day is not None:
        yield _Found(day, "url", 0.8)
    yield from _dateline_date(article)


def _reads_both_ways(day: str, doc: Document, order: str | None) -> bool:
    """Whether a guessed day stands in the text only as figures that may as well be another day."""
    found = list(calendar.find_day(doc.text[:60_000], day, order=order))
    return bool(found) and all(f.other is not None for f in found)


@cache
def _orders() -> dict[str, str]:
    return {"mdy": "mdy", "dmy": "dmy", "ymd": "dmy"}


def _order(doc: Document) -> str | None:
    """The order of day and month in figures: from dates of this text, else from the publisher's own habit."""
    known = known_publisher(host_of(doc.url))
    if known is None or "/" in doc.text or "." in doc.text:
        seen = calendar.find_order(doc.text[:60_000])
        if seen is not None:
            return seen
    return (_orders()[known["order"]] if known is not None else None)


def _header_dates(article: Article, order: str | None) -> Iterator[_Found]:
    doc = article.doc
    for block in _crawl_headers(article):
        line = doc.text[block.span.start : block.span.end]
        if _KEY_DATE.match(line) is None or _NOT_DATE.search(line):
            continue
        found = next(calendar.find_dates(line, order=order), None)
        if found is not None and found.other is None:
            stamp = calendar.parse_stamp(line[found.start : found.end + 30])
            yield _Found(found.day, "header", 0.95, Span(block.span.start, block.span.start + found.end), stamp[1] if stamp else None)


def _visible_dates(article: Article, order: str | None) -> Iterator[_Found]:
    """Date lines by the title or by the body's beginning: date alone, after "Published", or heading a release; updates
    count less."""
    doc, blocks = article.doc, article.blocks
    title = next((i for i, b in enumerate(blocks) if b.kind == "title" and b.detail != "repeat"), None)
    first = next((i for i, b in enumerate(blocks) if b.kind == "body"), None)
    if first is None:
        return
    start = max(0, (title if title is not None and title < first else first) - 4)
    for i in [*range(start, first), *_under_standfirst(article, first), *_below(article)]:
        block = blocks[i]
        text = doc.text[block.span.start : block.span.end]
        if block.kind in ("title", "caption") or block.detail == "crawl header" or len(text) > 160 or _NOT_DATE.search(text):
            continue
        for found in calendar.find_dates(text, order=order):
            before = text[max(0, found.start - 30) : found.start]
            word = bool(_PUBLISHED_WORD.search(before))
            weekday = _WEEKDAY.search(before)
            alone = found.end - found.start + (len(weekday[0]) if weekday else 0) >= 0.3 * len(text) or released(text, found)
            if found.other is not None or not (word or alone or block.kind == "byline") or (not word and _of_something_else(text, found)):
                continue
            trust = 0.6 if _UPDATED.search(before) and not word else 0.9 if word else 0.85
            yield _Found(found.day, "text", trust, Span(block.span.start + found.start, block.span.start + found.end))


def _under_standfirst(article: Article, first: int) -> Iterator[int]:
    """The byline and date line right under a standfirst, which is the first body block and short."""
    blocks = article.blocks
    if blocks[first].span.end - blocks[first].span.start > 300:
        return
    for i in range(first + 1, min(first + 9, len(blocks))):
        if blocks[i].kind == "body":
            return
        if blocks[i].kind == "byline" or blocks[i].detail == "date":
            yield i


def _below(article: Article) -> Iterator[int]:
    """The line right below the text that says where and when it was published."""
    blocks = article.blocks
    last = max((i for i, b in enumerate(blocks) if b.kind == "body"), default=None)
    if last is None:
        return
    for i in range(last + 1, min(last + 4, len(blocks))):
        text = article.doc.text[blocks[i].span.start : blocks[i].span.end]
        if blocks[i].kind == "dateline" or (len(text) < 90 and blocks[i].kind in ("furniture", "byline", "credit") and forms.PUT_OUT.match(text)):
            yield i


def released(line: str, found: calendar.FoundDate) -> bool:
    """Whether a line is a release's own head: the date, then places and bodies set off by dashes ("3 May 2026 – Ottawa –
    Ministry of Trade")."""
    rest = re.match(r"\s*[–—-]\s+(\S.*)$", line[found.end :])
    if rest is None or line[: found.start].strip(" (") or len(line) > 110:
        return False
    parts = re.split(r"\s[–—-]\s", rest[1])
    named = all(_NAMES.fullmatch(q.strip()) for p in parts for q in p.split(","))
    return named and any(q.strip().upper() in _places() for p in parts for q in p.split(","))


def _of_something_else(line: str, found: calendar.FoundDate) -> bool:
    """Whether the words of a line give its date to something other than the report: an event, a deadline, a forecast, the fetching."""
    before = line[max(0, found.start - 60) : found.start]
    if _NOT_DATE.search(line) or "°" in line or _RANGE.search(before):
        return True
    return _ELSE_BEFORE.search(before) is not None and not _UPDATED.search(before) and not _DATE_LABEL.search(before)


def _shown_for_else(day: str, doc: Document, order: str | None) -> bool:
    """Whether a guessed day stands in the text, and everywhere as the day of something else."""
    lines = [line for line in doc.text[:60_000].split("\n") if day[:4] in line]
    shown = [_of_something_else(line, f) for line in lines for f in calendar.find_day(line, day, order=order)]
    return bool(shown) and all(shown)


def url_day(url: str | None) -> str | None:
    """The day a URL's path states (/2025/09/08/, /20250908-…, /2025/sep/08/); `None` without one."""
    match = _URL_DATE.search(url or "")
    if match is None:
        return None
    text = f"{match['d2']} {match['mon']} {match['y2']}" if match["y2"] else f"{match['y']}-{match['m']}-{match['d']}"
    found = next(calendar.find_dates(text), None)
    return found.day if found is not None else None


def _dateline_date(article: Article) -> Iterator[_Found]:
    """A dateline's day with the year it states, or the one year that the agency's own credit states."""
    doc = article.doc
    first = next((b for b in article.blocks if b.kind == "body"), None)
    if first is None:
        return
    match = match_dateline(doc.text[first.span.start : first.span.start + 160])
    if match is None or not (match["date"] or match["late"]):
        return
    at = "date" if match["date"] else "late"
    span = Span(first.span.start + match.start(at), first.span.start + match.end(at))
    whole = next(calendar.find_dates(match[at]), None)
    if whole is not None:
        yield _Found(whole.day, "dateline", 0.85, span)
        return
    years = {
        y for b in article.blocks if b.detail == "agency credit" for y in _YEAR.findall(doc.text[b.span.start : b.span.end])
    }
    found = calendar.find_month_day(match[at])
    if found is not None and len(years) == 1:
        day = next(calendar.find_dates(f"{years.pop()}-{found[0]}-{found[1]}"), None)
        if day is not None:
            yield _Found(day.day, "dateline", 0.7, span)
