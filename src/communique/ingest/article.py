"""Document → Article: what every line is, as spans of the frozen text.

Which lines are body is decided by `ingest.lines` (or by the reader's main-text extractor for HTML, whose choice
`Document.main` carries). Everything else is decided here, by rules over the lines around the body: the title is
the headline-like line before the body that shares most words with it, captions end in a photo credit or stand
by one that does, credits say whose text or picture it is, and what is left is furniture. Nothing is rewritten;
a line never gets two kinds. Only forms are looked at, never a particular site or report.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache

from communique import tables
from communique.ingest import forms
from communique.records import Article, Block, BlockKind, Document, Header, Hint, Span

_TITLE_WORDS = (3, 30)
_ABOVE, _BELOW = 60, 30  # lines looked at above and below the body: in the development pages all titles lie within 55
_PASTED = 24  # a text of no more lines is what somebody pasted, not a page


def label_article(doc: Document) -> Article:
    """The document with its lines labelled and its header read. Every non-empty line is in one block; body
    lines that a hard wrap broke are one block per paragraph."""
    from communique.ingest import header, lines

    units = lines.split_lines(doc)
    texts = [doc.text[s.start : s.end] for s in units]
    body = lines.body_mask(doc, units)
    labeller = _Labeller(doc, units, texts, body)
    blocks = labeller.blocks()
    article = Article(doc=doc, blocks=blocks, header=Header())
    return Article(doc=doc, blocks=blocks, header=header.read_header(article))


class _Joined:
    """Numbered lines as one text, to look for words in all of them at once: that is what makes the patterns below affordable."""

    def __init__(self, texts: Sequence[str] | Mapping[int, str], numbers: Sequence[int]) -> None:
        self.numbers = numbers
        self.whole = "\n".join([texts[i] for i in numbers])
        self.starts = list(itertools.accumulate([len(texts[i]) + 1 for i in numbers], initial=0))
        self.known: dict[str, set[int]] = {}

    def having(self, words: Iterable[str]) -> set[int]:
        """Those of the lines in which one of the words stands."""
        return set().union(*(self._with(word) for word in words))

    def matching(self, pattern: re.Pattern[str]) -> set[int]:
        """Those in which a pattern is found that matches no line end, inside or beside it."""
        return {self.numbers[bisect_right(self.starts, match.start()) - 1] for match in pattern.finditer(self.whole)}

    def _with(self, word: str) -> set[int]:
        found = self.known.get(word)
        if found is None:
            found = self.known[word] = set()
            whole, starts = self.whole, self.starts
            at = whole.find(word)
            while at >= 0:
                k = bisect_right(starts, at)
                found.add(self.numbers[k - 1])
                at = whole.find(word, starts[k])
        return found


@cache
def agency_pattern() -> re.Pattern[str]:
    """A pattern that finds any form of any agency's name, whole words, the longest first; `agency_forms` says whose it is. One
    branch a first letter, which alone rules out most places of a text."""
    branches: dict[str, list[str]] = {}
    for form in sorted(agency_forms(), key=len, reverse=True):
        branches.setdefault(form[0], []).append(re.escape(form[1:]))
    return re.compile("|".join(rf"{re.escape(first)}(?<![\w/]{re.escape(first)})(?:{'|'.join(rest)})(?!\w)" for first, rest in branches.items()))


def _may_be_pictured(joined: _Joined, low: Mapping[int, str]) -> set[int]:
    """The lines on which `forms.PHOTO` can match."""
    marked = {i for i in joined.having(forms.PHOTO_MARKED) if low[i].rstrip()[-1:] in ")]" or ":" in low[i] or "/" in low[i] or "©" in low[i] or low[i].rstrip().endswith(("handout", "file photo"))}
    return joined.having(forms.PHOTO_CERTAIN) | marked | {i for i in joined.having(forms.PHOTO_START) if low[i].startswith(forms.PHOTO_START)}


@cache
def agency_forms() -> dict[str, str]:
    """Form as signed → the agency's name. Short forms match in capitals only, as they are written."""
    agencies: dict[str, dict[str, list[str]]] = tables.load("publishers.json")["agencies"]
    return {form: name for name, entry in agencies.items() for form in entry["forms"]}


def _hint(doc: Document, field: str) -> Hint | None:
    return next((h for h in doc.hints if h.field == field), None)


def content_words(text: str) -> set[str]:
    """The words that carry the topic: lower case, no function words, a plural or possessive end cut."""
    return {t for w in forms.WORD.findall(_plain(text).lower()) if (t := _stem(w)) not in forms.STOP and len(t) > 1}


def _stems(squashes: Iterable[str]) -> set[str]:
    """The same of lines squashed."""
    return {t for t in map(_stem, set(" ".join(squashes).split(" "))) if t not in forms.STOP and len(t) > 1}


@lru_cache(maxsize=20_000)  # the words of a few hundred pages
def _stem(word: str) -> str:
    return word.removesuffix("'s").removesuffix("s")


def _plain(text: str) -> str:
    """The text with plain apostrophes and dashes, as far as they matter inside words."""
    if text.isascii():
        return text
    for mark, plain in (("\u2019", "'"), ("\u2018", "'"), ("\u2013", "-"), ("\u2014", "-"), ("\u2010", "-"), ("\u2011", "-")):
        text = text.replace(mark, plain)
    return text


def without_subject(doc: Document, span: Span) -> Span:
    """The span of a title without the "Subject: Fwd:" of a message before it."""
    match = forms.MAIL_SUBJECT.match(doc.text[span.start : span.end])
    return Span(span.start + match.end(), span.end) if match is not None and span.start + match.end() < span.end else span


def _squash(text: str) -> str:
    return " ".join(forms.WORD.findall(_plain(text).lower()))


def _squash_lines(texts: Sequence[str]) -> list[str]:
    """`_squash` of each line (none holds a line end), in one pass."""
    if not texts:
        return []
    return [line.strip(" ") for line in " ".join(forms.WORD_OR_END.findall(_plain("\n".join(texts)).lower())).split("\n")]


def _has_digit(text: str) -> bool:
    return forms.DIGIT.search(text) is not None if text.isascii() else any(map(str.isdigit, text))


def _undated(text: str) -> str:
    """The text without its dates, hours and the words that go with them."""
    from communique.ingest import calendar

    if not _has_digit(text):
        return text
    for found in reversed(list(calendar.find_dates(text))):
        text = text[: found.start] + " " + text[found.end :]
    return forms.DATE_WORDS.sub(" ", text).strip(" \t|,-–—·•@()")


def _tells(item: str) -> bool:
    """Whether an item of a list is a sentence: it ends in a full stop and has five words and more."""
    return item.rstrip()[-1:] == "." and len(forms.WORD.findall(item)) >= 5


def _is_signature(text: str) -> bool:
    """Whether a line says who else wrote, edited or sent the text, and is no sentence that begins alike ("Edited by a diplomat, the draft …")."""
    return forms.BYLINE_END.match(text) is not None and not forms.is_sentence(text)


def _runs(numbers: Iterable[int]) -> list[list[int]]:
    """Neighbouring numbers together."""
    out: list[list[int]] = []
    for i in numbers:
        if out and i == out[-1][-1] + 1:
            out[-1].append(i)
        else:
            out.append([i])
    return out


class _Labeller:
    """The labels of one document's lines, filled in by passes of which each only takes unlabelled lines."""

    def __init__(self, doc: Document, units: Sequence[Span], texts: list[str], body: Sequence[bool]) -> None:
        self.doc, self.units, self.texts = doc, units, texts
        self.kinds: list[BlockKind | None] = [None] * len(units)
        self.details: list[str | None] = [None] * len(units)
        self.body = [i for i, is_body in enumerate(body) if is_body]
        self.first = self.body[0] if self.body else len(units)
        self.last = self.body[-1] if self.body else -1
        self.head = self._head()
        # Far from the body everything is furniture: lines there are not looked at (site menus run to hundreds).
        self.near = range(max(0, self.first - _ABOVE), min(len(units), self.last + _BELOW)) if self.body else range(len(units))
        low = {i: texts[i].lower() for i in self.near}
        joined = _Joined(low, [i for i in self.near if len(low[i]) <= 700])
        self.pictured = {i for i in _may_be_pictured(joined, low) if forms.PHOTO.search(texts[i])} | {i for i in joined.having(forms.PHOTO_END_WORDS) if forms.ends_in_credit(texts[i])}
        self.pictured -= {i for i in self.pictured if forms.PHOTOS_TELL.match(texts[i])}
        self.owned = {i for i in joined.having(forms.OWNED_WORDS) if len(low[i]) <= 500}
        # Lines in which a pattern can match at all: each pattern below needs one of these words, so the others are not tried on it.
        self.by_words = joined.having(forms.BY_WORDS)
        self.date_words = joined.having(forms.DATE_LINE_WORDS)
        self.credit_words = joined.having(forms.CREDIT_WORDS)
        self.signature_words = joined.having(forms.SIGNATURE_WORDS)
        short = _Joined(texts, [i for i in self.near if len(texts[i]) <= 160])
        self.wired = short.matching(agency_pattern())
        self.known_bylines: dict[int, bool] = {}
        self.known_dates: dict[int, bool] = {}

    def _head(self) -> int:
        """Where the text begins: the first body line but for stray ones, a gap of four lines away from the rest of it."""
        total = sum(len(self.texts[i]) for i in self.body)
        told, head = 0, self.first
        for a, b in itertools.pairwise(self.body):
            told += len(self.texts[a])
            if told > 0.12 * total or b - self.first > 25:
                break
            if b - a > 4:
                head = b
        return head

    def blocks(self) -> tuple[Block, ...]:
        """All passes, then one block a line; neighbouring pieces of one wrapped paragraph are joined."""
        self._pasted()
        self._last_paragraph()
        self._body_edges()
        self._lists()
        self._keyed()
        self._mail()
        title = self._title()
        self._credits()
        self._dates(title)
        self._bylines()
        self._captions()
        self._datelines(title)
        for i in self.body:
            self._set(i, "body")
        return self._joined()

    def _set(self, i: int, kind: BlockKind, detail: str | None = None) -> None:
        if self.kinds[i] is None:
            self.kinds[i], self.details[i] = kind, detail

    def _pasted(self) -> None:
        """Short texts without markup: what reads as a sentence between or beside body lines is body, and a slug is not. The line
        model learnt from whole pages, where a short sentence at the end of the text is seldom the text's."""
        self.body = [i for i in self.body if not (len(self.texts[i]) < 90 and forms.SLUG.match(self.texts[i]))]
        if self.doc.main or len(self.units) > _PASTED or not self.body:
            return
        inside = set(self.body)
        for step, edge in ((1, self.body[-1]), (-1, self.body[0])):
            i = edge + step
            while 0 <= i < len(self.texts) and (self._reads_as_sentence(i) or self._heads_nothing(i)):
                if not self._heads_nothing(i):  # a date or a byline stands between
                    inside.add(i)
                i += step
        inside |= {i for i in range(self.body[0], self.body[-1]) if self._reads_as_sentence(i)}
        self.body = sorted(inside)
        self.first, self.last = self.body[0], self.body[-1]
        self.head = self._head()

    def _reads_as_sentence(self, i: int) -> bool:
        """Whether a line is a sentence or a paragraph of a report, by its form alone."""
        text = self.texts[i].strip()
        if forms.ENDED.search(text) is None or len(forms.WORD.findall(text)) < 3 or not (text[0].isupper() or text[0].isdigit() or text[0] in "\"“‘'«„"):
            return False
        about = forms.ASKS.search(text) or forms.NOTE.match(text) or forms.ABOUT.match(text) or _is_signature(text) or forms.ELSEWHERE.match(text) or forms.CAPTION.match(text) or forms.PICTURED.match(text)
        return about is None and not (i in self.pictured or self._copyright(i) or self._beside_picture(i) or self._is_byline(i) or self._is_date(i))

    def _mail(self) -> None:
        """The head of a message: its lines are furniture, the last subject is the title unless the text has the same as its headline."""
        found = [i for i in range(min(len(self.units), 40)) if len(self.texts[i]) < 300 and forms.MAIL.match(self.texts[i])]
        runs = [run for run in _runs(found) if len(run) > 1 and any(forms.MAIL_SUBJECT.match(self.texts[i]) for i in run)]
        if not runs:
            return
        subjects = [i for run in runs for i in run if forms.MAIL_SUBJECT.match(self.texts[i])]
        value = _squash(forms.MAIL_SUBJECT.sub("", self.texts[subjects[-1]]))
        again = value and any(_squash(self.texts[i]) == value for i in range(subjects[-1] + 1, len(self.texts)))
        for i in itertools.chain.from_iterable(runs):
            if i == subjects[-1] and not again and " " in value:
                self._set(i, "title")
            else:
                self._set(i, "furniture", "mail header")
        for i in range(runs[-1][-1]):
            if forms.FORWARDED.match(self.texts[i]) or i < runs[0][0]:
                self._set(i, "furniture")
        self._unlabelled()

    def _unlabelled(self) -> None:
        """Takes out of the body what has got another label."""
        self.body = [i for i in self.body if self.kinds[i] is None]
        if self.body:
            self.first, self.last = self.body[0], self.body[-1]
            self.head = max(self.head, self.first)

    def _last_paragraph(self) -> None:
        """Text without markup: the paragraph after the last body line, over a caption, when it is a sentence on the body's topic.
        The model sees what follows, and a last paragraph has the furniture at its heels."""
        if self.doc.main or len(self.body) < 3:
            return
        after = [i for i in range(self.last + 1, min(self.last + 4, len(self.texts))) if not (self._beside_picture(i) or forms.ELSEWHERE.match(self.texts[i]))][:1]
        for i in after:
            text = self.texts[i].rstrip()
            prose = text[-1:] in ".”\"" and len(forms.WORD.findall(text)) >= 8 and text[:1].isupper()
            if not prose or self._copyright(i) or i in self.pictured or forms.FURNITURE.search(text) or forms.ABOUT.match(text) or forms.NOTE.match(text) or _is_signature(text):
                continue
            told = " ".join(self.texts[j] for j in self.body)
            named = {w for w in forms.WORD.findall(text) if w[0].isupper() and len(w) > 3} & set(forms.WORD.findall(told))
            linked = forms.ELSEWHERE.match(self.texts[i - 1]) is not None
            if linked and forms.ASKS.search(text):
                continue
            if named or linked or len(content_words(text) & content_words(told)) >= 3:
                self.body.append(i)
                self.last = i

    def _beside_picture(self, i: int) -> bool:
        """Whether a line ends in a photo credit or is a phrase above one that does."""
        return i in self.pictured or (i + 1 in self.pictured and self._is_phrase(i))

    def _body_edges(self) -> None:
        """Notes about the publisher or the text itself, and signatures, taken off the ends of the body."""
        edges = {*self.body[-4:], *self.body[:2], *range(max(0, self.first - 3), self.first), *range(self.last + 1, self.last + 4)}
        for i in sorted(i for i in edges if 0 <= i < len(self.texts)):
            text, outer = self.texts[i], i not in self.body or i in self.body[-2:] + self.body[:1]
            if outer and forms.ABOUT.match(text) and len(text) < 400 and len(self.body) > 2:
                self._set(i, "furniture", "about publisher")
            elif (forms.NOTE.match(text) or (i in self.body[-2:] and len(text) < 90 and forms.PUT_OUT.match(text))) and len(self.body) > 2:
                self._set(i, "furniture", "note")
            elif _is_signature(text) and len(text) < 300:
                self._set(i, "byline", "signature")
        self.body = [i for i in self.body if self.kinds[i] is None]
        if self.body:
            self.first, self.last = self.body[0], self.body[-1]

    def _lists(self) -> None:
        """Text without markup: items of a list that tell something are text, headlines that point to other reports are not."""
        if self.doc.main or not self.body:
            return
        self.body = [i for i in self.body if len(self.texts[i]) > 160 or not (forms.ADDRESS.match(self.texts[i]) or forms.HOOK.match(self.texts[i]) or (i not in self.body[:1] and self._points_elsewhere(i)))] or self.body
        told: set[str] | None = None  # looked up where there is a list
        inside = set(self.body)
        for run in _runs(i for i in range(self.first + 1, min(len(self.texts), self.last + 20)) if forms.ITEM.match(self.texts[i])):
            items = [i for i in run if _tells(self.texts[i]) or forms.DATED_ITEM.match(self.texts[i])]
            loose = [i for i in items if i not in inside and self.kinds[i] is None and not forms.FURNITURE.search(self.texts[i]) and i not in self.owned]
            if len(items) * 2 <= len(run) or len(items) < 2 or not loose:
                continue
            told = content_words(" ".join(self.texts[i] for i in self.body)) if told is None else told
            shared = len(content_words(" ".join(self.texts[i] for i in items)) & told)
            if shared >= 3 or (shared and len(items) > 2):
                inside |= set(loose)
        self.body = sorted(inside)
        self.first, self.last = self.body[0], self.body[-1]

    def _points_elsewhere(self, i: int) -> bool:
        """Whether a line names another report: "READ ALSO: …", or a headline with the day of its report."""
        return forms.POINTS.search(self.texts[i]) is not None or forms.ELSEWHERE.match(self.texts[i]) is not None

    def _keyed(self) -> None:
        """Lines that a crawler wrote above the page ("date 2025-03-01  Some Paper", "url: …")."""
        for i in range(min(8, len(self.units), self.first)):
            if forms.KEYED.match(self.texts[i]):
                key = forms.KEYED.match(self.texts[i])["key"].lower()  # type: ignore[index]
                stated = key == "published" and i and not forms.KEYED.match(self.texts[i - 1]) and self._is_date(i)
                credited = key == "source" and not all(forms.KEYED.match(text) for text in self.texts[:i])
                if key in ("title", "headline") or stated or credited:  # the page's own words
                    continue
                self._set(i, "furniture", "crawl header")

    def _title(self) -> int | None:
        """The index of the title line; repeats of it get detail "repeat"."""
        if "title" in self.kinds:  # the subject of a message
            return self.kinds.index("title")
        stated = _hint(self.doc, "title")
        best, best_score = None, 0.0
        wanted = _squash(stated.value) if stated is not None else ""
        stop = max(self.first, self.head) if self.body else len(self.units)
        within = frozenset() if wanted else frozenset(i for i in self.body if i >= self.head and i != self.first)  # a sentence of the body is no headline
        squashed = [""] * len(self.texts)
        looked = [i for i in self.near if 8 < len(self.texts[i]) < 300 and i not in within]
        told, above = self.body[:12], [i for i in looked if i <= stop]
        squashes = _squash_lines([self.texts[i] for i in itertools.chain(told, above)])
        topic, lead = _stems(squashes[: len(told)]), _stems(squashes[: min(3, len(told))])
        for i, squash in zip(above, squashes[len(told) :], strict=True):
            squashed[i] = squash
        self._squash_repeats(squashed, [i for i in looked if i > stop], wanted)
        times = Counter(squashed)
        scores = {i: self._title_score(i, topic, lead, squashed, times, wanted, stop) for i in range(self.near.start, stop)}
        for i, score in scores.items():
            if score > best_score:
                best, best_score = i, score
        if best is not None and not wanted:
            best = None if self._told_better(self.first, best) else self._headline_of(best, scores, squashed)
        exact = [i for i in self.near if squashed[i] and squashed[i] == wanted and self.kinds[i] is None]
        if exact and (best is None or squashed[best] != wanted):
            best = next((i for i in exact if i < len(self.doc.tags) and "h1" in self.doc.tags[i]), exact[0])
        if best is None and self.body:
            best = self._over_standfirst(self._headline_first())
        if best is None:
            best = self._phrase_above()
        best = self._taken_from_body(best, stated=bool(wanted))
        if best is None:
            return None
        first = self.near.start if wanted else max(self.near.start, best - 12)
        best = next(i for i in range(first, best + 1) if squashed[i] == squashed[best] and self.kinds[i] is None)
        self.kinds[best] = "title"
        for i in looked:
            squash = squashed[i]
            if squash != squashed[best]:
                continue
            again = i < stop or i not in self.body or i == self.body[0]  # next to the body, not a sentence of it
            again = again and self.texts[i].lstrip()[:1] not in ">»"
            if i != best and squash and again and (i >= first and (i < self.last or i - self.last < 3)):
                self._set(i, "title", "repeat")
        self.body = [i for i in self.body if self.kinds[i] is None]
        return best

    def _squash_repeats(self, squashed: list[str], below: list[int], wanted: str) -> None:
        """Fill in what lines below say where it may be what one above says: where they begin with the same letters."""
        begins = {match[0] for squash in {*squashed, wanted} if (match := forms.LETTERS.match(squash)) is not None}
        alike = [i for i in below if (match := forms.LETTERS.search(self.texts[i].lower())) is not None and match[0] in begins]
        for i, squash in zip(alike, _squash_lines([self.texts[i] for i in alike]), strict=True):
            squashed[i] = squash

    def _headline_of(self, best: int, scores: dict[int, float], squashed: list[str]) -> int:
        """The headline where a path to the page that ends in it, or the line below it (the deck), won."""
        longer = squashed[best].split(" ")
        for i in range(best + 1, min(best + 8, self.head + 1, len(squashed))):
            own = squashed[i].split(" ") if squashed[i] else []
            if len(own) >= 4 and len(own) < len(longer) and longer[-len(own) :] == own and (scores.get(i, 0.0) > 0 or i == self.first):
                return i
        above = best - 1
        if scores.get(above, 0.0) >= 0.6 * scores[best] and squashed[above].count(" ") >= 6 and self.texts[above].rstrip()[-1:] != ".":
            return above
        return best

    def _signed_below(self, i: int) -> float:
        """How near below line `i` a line says who wrote the text, or when: 1 for the next two lines, less to the fifth."""
        for k in range(i + 1, min(i + 6, len(self.texts), max(self.first, self.head) + 1)):
            if self._is_byline(k) or self._is_date(k):
                return 1.0 if k - i <= 2 else 0.4
        return 0.0

    def _copyright(self, i: int) -> bool:
        if i not in self.owned or (match := forms.COPYRIGHT.search(self.texts[i])) is None:
            return False
        text = self.texts[i]
        prose = forms.ENDED.search(text) is not None and not forms.OWNS.search(text)  # "a treaty on copyright"
        return not prose and not (match[0].lower() == "(c)" and text.lstrip().startswith(match[0]) and text[match.end() :].lstrip()[:1].islower())

    def _headline_first(self) -> int | None:
        """The first body line but for dates, when it is a headline that the line model took for text."""
        k = next((k for k, i in enumerate(self.body[:4]) if not self._heads_nothing(i)), None)
        if k is None or k + 1 >= len(self.body):
            return None
        text = self.texts[self.body[k]]
        words = len(forms.WORD.findall(text))
        if forms.ITEM.match(text) or len(text) >= 160 or forms.ENDED.search(text) or re.search(r",[\"”]$", text) or words > 25:
            return None
        told = content_words(" ".join(self.texts[i] for i in self.body[k + 1 : k + 4]))
        return self.body[k] if words >= 4 or (words >= 2 and content_words(text) & told) else None

    def _taken_from_body(self, best: int | None, *, stated: bool) -> int | None:
        """The title, no longer a body line. Where it was the only one, what stands below a title that the source states is the
        body; else the only line of a text is its body and no headline."""
        if best is None or best not in self.body:
            return best
        rest = [i for i in self.body if i != best] or [i for i in range(best + 1, len(self.texts)) if stated and self.kinds[i] is None and self.texts[i].strip()]
        if not rest:
            return None
        self.body, self.first, self.last = rest, rest[0], max(rest[-1], rest[0])
        return best

    def _told_better(self, first: int, best: int) -> bool:
        """Text without markup: whether the first body line is a headline by its form and says what the text tells, which the line above doesn't."""
        if self.doc.main or not self.body or best >= first or self._headline_first() != first:
            return False
        told = content_words(" ".join(self.texts[i] for i in self.body[1:5]))
        above, own = (len(content_words(self.texts[i]) & told) for i in (best, first))
        return above <= 1 and own >= above + 2

    def _over_standfirst(self, best: int | None) -> int | None:
        """The few words above a headline found among the body lines, in a pasted text: they are the title, it is the standfirst."""
        above = None if best is None or best != self.first else self._phrase_above()
        if above is None or forms.PAPER.match(self.texts[above]) or not content_words(self.texts[above]) & content_words(" ".join(self.texts[i] for i in self.body if i != best)):
            return best
        return above

    def _phrase_above(self) -> int | None:
        """In a pasted text: the first line, when it stands above the body, is a phrase and nothing else."""
        if self.doc.main or len(self.units) > _PASTED or not self.body:
            return None
        i = next((i for i in range(self.first) if self.kinds[i] is None and not self._heads_nothing(i)), None)
        if i is None or any(self.kinds[k] is None and not self._heads_nothing(k) for k in range(i + 1, self.first)):
            return None
        text = self.texts[i]
        words = forms.WORD.findall(text)
        plain = 2 <= len(words) <= 25 and len(text) < 160 and text[0].isupper() and not forms.ENDED.search(text) and not forms.ASKS.search(text) and not forms.ACTION.match(text) and not forms.CITY.match(text + ",")
        known = content_words(text) & content_words(" ".join(self.texts[k] for k in self.body))
        return i if plain and (known or self._signed_below(i) or self._heads_nothing(i + 1)) and i not in self.pictured and i not in self.owned else None

    def _heads_nothing(self, i: int) -> bool:
        """Whether a line is a date, a byline, a place with its date or a slug: no headline whatever stands around it."""
        text = self.texts[i]
        return self._is_byline(i) or self._signs_for_paper(text) or self._is_date(i) or self._place_and_date(i) or (len(text) < 90 and forms.SLUG.match(text) is not None)

    def _signs_for_paper(self, text: str) -> bool:
        """Whether a line is a person's name and a paper's ("Lena Hartwig, The Coastal Herald")."""
        match = forms.SIGNED.match(text) if len(text) < 90 and ("," in text or text[-1:] == ")") else None
        paper = match["after"] if match is not None and (text[-1] != ")" or " " in (match["after"] or "").strip()) else None
        return match is not None and paper is not None and forms.PAPER.match(paper.strip(" ()")) is not None and not forms.NO_PERSON.search(match["name"])

    def _place_and_date(self, i: int) -> bool:
        """Whether a line is a known place and a whole date, and nothing else ("Havana, 16 January 2025")."""
        from communique.ingest import calendar, header

        text = self.texts[i].strip()
        if len(text) > 60 or not _has_digit(text) or forms.WORD.match(text) is None or next(calendar.find_dates(text), None) is None:
            return False
        rest = _undated(text).rstrip(" ,.:")
        return text.startswith(rest) and forms.CITY.match(rest) is not None and len(rest) < 35 and header.is_place(rest.split(",")[0])

    def _is_dateline(self, i: int) -> bool:
        """Whether a line is a whole dateline and nothing else ("NAIROBI, May 3 (Agency)")."""
        from communique.ingest import header

        text = self.texts[i].strip()
        match = header.match_dateline(text + " – X") if len(text) < 70 and _has_digit(text) else None
        return match is not None and match["date"] is not None and match["agency"] is not None and match.end() == len(text) + 3

    def _title_score(self, i: int, topic: set[str], lead: set[str], squashed: list[str], times: Counter[str], wanted: str, stop: int) -> float:
        text = self.texts[i]
        if not squashed[i] or self.kinds[i] is not None:
            return 0.0
        words = squashed[i].split(" ")
        if not _TITLE_WORDS[0] <= len(words) <= _TITLE_WORDS[1] or i in self.pictured or self._copyright(i) or forms.BYLINE.match(text):
            return 0.0
        own = {t for t in map(_stem, words) if t not in forms.STOP and len(t) > 1}
        if not own or forms.ELSEWHERE.match(text) or forms.CRUMBS.match(text) or len(forms.BARRED.findall(text)) > 2 or forms.READING_TIME.match(text) or (forms.CLOCK.match(text) and len(words) <= 6) or len(forms.GAP.findall(text.strip())) > 2 or text.lstrip()[:1] in "•●▪◦‣":
            return 0.0
        shared = len(own & topic) / len(own) if topic else 0.5
        score = 0.5 * shared + 0.6 * min(1.0, len(own & lead) / 7) + 0.1 * min(1.0, len(words) / 8)
        if wanted:
            theirs = set(squashed[i].split())
            ours = set(wanted.split())
            both = len(theirs & ours) / max(1, len(theirs | ours))
            score += 1.5 * both + (1.0 if squashed[i] == wanted else 0.0)
        score += 0.25 if times[squashed[i]] > 1 else 0.0
        score -= 0.3 if text.rstrip()[-1:] in ".;:," else 0.0
        score -= 0.3 if text.lstrip()[:1] in ">»/|" or len(words) > 24 else 0.0
        if score < -0.5:  # nothing below adds up to the least that counts
            return 0.0
        score += 0.25 * self._signed_below(i)
        score -= 0.3 if forms.CAPTION.match(text) else 0.0
        if i < 3 and not wanted:  # a masthead
            name = forms.MASTHEAD_END.split(text.strip())[0]
            score -= 0.9 if forms.PAPER.match(name.title() if name.isupper() else name) and (name != text.strip() or len(own & lead) < 2) else 0.0
        score += 0.2 / (1 + max(0, stop - i - 1))
        if self.doc.tags and i < len(self.doc.tags):
            score += 0.5 if "h1" in self.doc.tags[i] else 0.0
            score -= 0.3 if re.search(r"\b(?:figcaption|nav|aside|footer|li|img)\b", self.doc.tags[i]) else 0.0
        if score < 0.3 or not (topic & own or not forms.FURNITURE.search(text)) or self._signs_for_paper(text):
            return 0.0
        return 0.0 if (_has_digit(text) and (self._is_date(i) or self._place_and_date(i))) or (len(text) < 90 and forms.SLUG.match(text)) else score

    def _credits(self) -> None:
        """Whose text it is ("agency credit"), whose site ("site copyright"), whose picture ("photo credit")."""
        inside = frozenset(self.body)
        for i in sorted((self.owned | self.wired) & frozenset(self.near)):
            text = self.texts[i]
            if self.kinds[i] is not None or (i in inside and len(text) > 120) or len(text) > 400:
                continue
            if self._copyright(i) and (len(text) < 160 or text.lstrip()[0] in "©("):
                agency = i in self.wired or forms.AGENCY_LIKE.search(text) or (len(text) > 160 and agency_pattern().search(text))
                near = i <= self.last + 3 or len(self.units) - self.last < 6
                self._set(i, "credit", "agency credit" if agency and near else "site copyright")
            elif len(text) < 80 and self._names_agency(text, i):
                self._set(i, "credit", "agency credit")
        self._desks(inside)
        self.body = [i for i in self.body if self.kinds[i] is None]

    def _desks(self, inside: frozenset[int]) -> None:
        """Lines by the body that say whence the text comes by their form: "Source: NAME", "City reporter and NAME News Agency"."""
        for i in range(max(self.near.start, self.first - 8, self._top_of_text()), min(self.near.stop, self.last + 3)):
            text = self.texts[i]
            if self.kinds[i] is not None or len(text) > 90 or (i in inside and len(text) > 60):
                continue
            if i not in inside and forms.SOURCED.match(text):
                self._set(i, "credit", "agency credit")
            elif i < self.head + 3 and (match := forms.DESK_LINE.match(text)) is not None:
                named = match["agency"] is not None and (forms.AGENCY_LIKE.search(match["agency"]) or agency_pattern().search(match["agency"]))
                self._set(i, "credit" if named else "byline", "agency credit" if named else None)
            elif i < self.head + 3 and i not in inside and forms.AGENCY_LIKE.fullmatch(_undated(text)):
                self._set(i, "credit", "agency credit")

    def _top_of_text(self) -> int:
        """The line below the title; the first of all without one."""
        return self.kinds.index("title") + 1 if "title" in self.kinds else 0

    def _names_agency(self, text: str, i: int) -> bool:
        """Whether a line says "Source: AGENCY", or holds nothing but names of agencies and stands by the body."""
        if i not in self.wired:
            return False
        rest = agency_pattern().sub("", text)
        keyed = re.match(r"\W*(?:source|agencies|agency|text)\s*[:/-]", text, re.IGNORECASE)
        return keyed is not None or (self._by_the_body(i) and re.fullmatch(r"(?:\W|and|agencies)*", rest) is not None)

    def _by_the_body(self, i: int) -> bool:
        return self.first - 8 <= i <= self.last + 4

    def _captions(self) -> None:
        """Lines that end in a photo credit, and the description that stands beside such a line."""
        inside = frozenset(self.body)
        for i in self.near:
            text = self.texts[i]
            if self.kinds[i] is not None or len(text) > 600:
                continue
            tag = self.doc.tags[i] if i < len(self.doc.tags) else ""
            if not tag and i not in self.pictured and i not in self.credit_words and i - 1 not in self.pictured and i - 1 not in self.credit_words and text[0] != "(":
                continue
            if (i not in inside or len(text) < 60) and forms.CREDITED.match(text) and len(text) < 160 and "figcaption" not in tag and not (len(text) > 50 and text[-1] == "." and text[0] not in "(["):
                self._set(i, "credit", "photo credit")
            elif (forms.PICTURED.match(text) and len(text) < 400) or (i and forms.CAPTION_NEXT.match(self.texts[i - 1])):
                self._set(i, "caption")
            elif "figcaption" in tag or (i in self.pictured and not self._sentence_of_body(i)):
                short = i in self.pictured and len(forms.WORD.findall(text)) <= 6
                self._set(i, "credit" if short else "caption", "photo credit" if short else None)
            elif tag.endswith("img"):
                self._set(i, "caption", "alt text")
            elif i not in inside and self._by_the_body(i) and forms.CAPTION.match(text):
                self._set(i, "caption")
        self._sourced_captions(inside)
        self._beside_captions(inside)

    def _sourced_captions(self, inside: frozenset[int]) -> None:
        """Text without markup: between title and end of the text, phrases that end in whose picture it is ("… | NAME", "… (Navy media)")
        or stand under a portrait."""
        if self.doc.main:
            return
        for i in range(max(self._top_of_text(), self.near.start), self.last):
            text = self.texts[i]
            if self.kinds[i] is not None or len(text) > 220 or (i < self.first - 8):
                continue
            named = self.first < i and i in inside and forms.PERSON_PICTURED.match(text) and all(forms.ENDED.search(self.texts[k]) for k in (i - 1, i + 1))
            if named or self._sources_picture(i):
                self._set(i, "caption")
            elif i and i not in inside and self.kinds[i - 1] == "caption" and forms.RELEASED.match(text):
                self._set(i, "credit", "photo credit")

    def _sources_picture(self, i: int) -> bool:
        """Whether a phrase ends in the source of a picture: behind a bar, in brackets above the text."""
        text = self.texts[i]
        match = forms.SOURCE_END.search(text)
        if match is None or len(forms.WORD.findall(_undated(text[: match.start()]))) < 4 or forms.FURNITURE.search(text) or self._heads_nothing(i):
            return False
        if match["name"] is not None:
            return i < self.first or i in self.body
        if match["bar"] is not None:
            return len(match["bar"]) > 2 and len(forms.BARRED.findall(text)) == 1 and (i < self.first or i in self.body)
        if forms.PICTURE_OWNER.search(match["bracket"]):
            return i < self.first or i in self.body
        if not forms.ENDED.search(text[: match.start()]):
            return False
        initials = "".join(w[0] for w in forms.WORD.findall(text[: match.start()]) if w[0].isupper())
        return i <= self.head and len(match["bracket"]) > 2 and not (match["bracket"].isupper() and initials.endswith(match["bracket"]))

    def _beside_captions(self, inside: frozenset[int]) -> None:
        """The line above a caption or photo credit that describes the picture."""
        for i in self.near[:-1]:
            beside = self.kinds[i + 1] == "caption" or self.details[i + 1] == "photo credit"
            if not beside or forms.COUNTED.match(self.texts[i]):
                continue
            if i in inside and self._is_phrase(i) and not (i and self.kinds[i - 1] == "title") and (self.kinds[i + 1] == "caption" or i < self.head + 2):
                self._set(i, "caption", "alt text")
            elif i in inside and i > self.first and self.details[i + 1] == "photo credit" and self._is_sentence(i):
                self._set(i, "caption")
            elif self.kinds[i] is None and i not in inside and i < self.last and not self._is_byline(i):
                if len(forms.WORD.findall(self.texts[i])) >= 4 and not forms.FURNITURE.search(self.texts[i]) and not forms.GAP.search(self.texts[i].strip()):
                    self._set(i, "caption", "alt text" if self.kinds[i + 1] == "caption" else None)
        self.body = [i for i in self.body if self.kinds[i] is None]

    def _sentence_of_body(self, i: int) -> bool:
        """Whether a body line only mentions a picture: long, and its photo words are not at its end."""
        text = self.texts[i]
        return i in self.body and len(text) > 140 and not forms.has_photo_credit(text[-90:])

    def _is_sentence(self, i: int) -> bool:
        """Whether a line is one short sentence, as a caption above its credit is."""
        text = self.texts[i].rstrip()
        return self.kinds[i] is None and 20 < len(text) < 200 and text[-1:] == "." and re.search(r"[.!?][\"”’)]* [\"“‘(]?[A-Z]", text) is None

    def _is_phrase(self, i: int) -> bool:
        """Whether a line is a few words without a full stop, as the alternative text of a picture is and a paragraph is not."""
        text = self.texts[i].rstrip()
        return self.kinds[i] is None and len(text) < 120 and text[-1:] not in ".!?:;,\"”’'" and 4 <= len(forms.WORD.findall(text)) <= 16

    def _bylines(self) -> None:
        stated = _hint(self.doc, "author")
        names = _squash(stated.value) if stated is not None else ""
        inside = frozenset(self.body)
        title = self.kinds.index("title") if "title" in self.kinds else self.first
        above = max(self.near.start, min(self.first - 8, self.head - 8, title - 2))
        top = max(self.first, self.head)
        signed = self._signed(range(above, min(len(self.units), self._below_standfirst(top) + 3)), title, inside)
        headed = False
        for i in range(above, min(self.near.stop, self.last + 5)):
            text = self.texts[i]
            if self.kinds[i] is not None or len(text) > 160:
                continue
            ours = _squash(text) if names else ""
            marked = i < len(self.doc.tags) and ".byline" in self.doc.tags[i] and forms.NAME.match(text) is not None
            by = self._is_byline(i)
            if by and headed and i > top and i - 1 not in inside and not forms.AUTHOR.match(text):
                continue  # under a headline of another report
            follows = self.kinds[i - 1] == "byline" and i > 0 and i not in inside and i <= top + 3 and self._follows_byline(i)
            named = bool(ours) and (ours in (names, f"by {names}") or (names in ours and i < self.first))
            wired = i in self.wired and i not in self.pictured and i not in inside and i < self.first and forms.STAFF.search(text) and _squash(text).count(" ") < 8
            named = named and i not in self.pictured
            by = by and i not in self.pictured
            desk = i <= top and i > title and forms.STAFF_LINE.match(text) is not None
            if by or named or wired or desk or (follows and i not in self.pictured) or i == signed or (marked and i not in inside):
                self._set(i, "byline")
                headed = headed or i <= top + 3
            elif i > top and len(text) < 120 and i in self.signature_words and (forms.CONTRIBUTED.search(text) or _is_signature(text)):
                self._set(i, "byline", "signature")
        self.body = [i for i in self.body if self.kinds[i] is None]

    def _below_standfirst(self, top: int) -> int:
        """The first body line behind a standfirst that is set apart from the text by a few lines; `top` without one."""
        after = next((i for i in self.body if i > top), top)
        return after if top in self.body and len(self.texts[top]) < 200 and 1 < after - top < 10 else top

    def _is_byline(self, i: int) -> bool:
        """Whether a line says "by NAME", with or without a date on it."""
        if i in self.near and i not in self.by_words:
            return False
        found = self.known_bylines.get(i)
        if found is None:
            found = self.known_bylines[i] = self._says_by(self.texts[i])
        return found

    def _says_by(self, text: str) -> bool:
        if len(text) > 160 or text[-1:] in "!?":
            return False
        if forms.BYLINE.match(text) or forms.GLUED_BY.match(text) or forms.AUTHOR.match(text) or forms.BY_ALONE.match(text):
            undated = _undated(text)
            return len(forms.WORD.findall(undated)) <= 14 and not forms.is_sentence(text, undated)
        return text[:1].isascii() and _has_digit(text) and forms.DATED_BY.match(_undated(text)) is not None

    def _is_date(self, i: int) -> bool:
        """Whether a line holds a date or says how long ago, and nothing else."""
        found = self.known_dates.get(i)
        if found is None:
            text = self.texts[i]
            ago = (i in self.date_words or i not in self.near) and len(text) <= 120 and forms.AGO.match(text.strip()) is not None
            found = self.known_dates[i] = ago or (len(text) <= 120 and ("20" in text or "19" in text) and self._only_dated(text))
        return found

    def _only_dated(self, text: str) -> bool:
        from communique.ingest import calendar

        found = next(calendar.find_dates(text), None)
        if found is None:
            return False
        rest = _undated(text)
        return forms.TWO_LETTERS.search(rest) is None or (forms.CLOCK.match(text) is not None and forms.CITY.match(rest) is not None and len(rest) < 25)

    def _heads_release(self, i: int) -> bool:
        """Whether a line is the head of a release: its date, a place and the body that puts it out."""
        from communique.ingest import calendar, header

        text = self.texts[i]
        if len(text) > 110 or not _has_digit(text):
            return False
        found = next(calendar.find_dates(text), None)
        return found is not None and header.released(text, found)

    def _follows_byline(self, i: int) -> bool:
        """Whether the line under a byline goes on with it: the name under "By", the same name again, what the writer is."""
        text, before = self.texts[i], self.texts[i - 1]
        if len(text) > 70 or forms.FURNITURE.search(text) or text[-1:] in ".!?:":
            return False
        if forms.BY_ALONE.match(before):
            return text[:1].isupper() and len(forms.WORD.findall(text)) <= 9
        return _squash(text) == _squash(before) or (text[:1].isupper() and forms.ROLE.search(_undated(text)) is not None and len(forms.WORD.findall(_undated(text))) <= 6)

    def _dates(self, title: int | None) -> None:
        """Lines about the head of the text that hold nothing but a date."""
        top = max(self.first, self.head)
        start = top - 8 if title is None else title - 3
        for i in range(max(start, self.near.start, 0), min(top + 6, len(self.units))):
            if self.kinds[i] is None and (i < top + 3 or i not in self.body) and i not in self.body[3:] and (self._is_date(i) or self._heads_release(i)):
                self._set(i, "furniture", "date")
            elif self.kinds[i] is None and i <= top + 1 and i not in self.body[1:] and (self._place_and_date(i) or (title is not None and i > title and self._is_dateline(i))):
                masthead = title is not None and i < title - 1  # of the page, not of the text
                self._set(i, "furniture" if masthead else "dateline", "date" if masthead else None)
        signed = self.last if self.last == len(self.units) - 1 else self.last + 1  # a statement ends with its place and day
        if len(self.body) > 1 and 0 < signed < len(self.units) and self.kinds[signed] is None and self._place_and_date(signed):
            self._set(signed, "dateline")
        self._unlabelled()

    def _signed(self, around: range, title: int, inside: frozenset[int]) -> int | None:
        """The line about the head of the text that is a person's name without "by", if something else says that it
        signs the text: a role or a date on the line, a date line beside it, or the name again below the text."""
        from communique.ingest import calendar

        if any(self._is_byline(i) for i in around if i not in inside):
            return None
        for i in sorted(around, key=lambda i: i < title):  # under the title first
            text = self.texts[i]
            if self.kinds[i] is not None or (i in inside and i != self.first) or len(text) > 90 or forms.FURNITURE.search(text):
                continue
            match = forms.SIGNED.match(text)
            if match is None or forms.ROLE.search(match["name"]) or forms.NO_PERSON.search(match["name"]) or (match["name"].isupper() and i < self.first - 6) or (i < title and (forms.PAPER.match(match["name"]) or len(forms.BARRED.findall(text)) > 1)):
                continue
            rest = match["before"] or match["after"]
            if (title == i - 1 and i + 1 in (self.first, self.head)) or self._signs_for_paper(text):
                return i
            if rest is not None and (next(calendar.find_dates(rest), None) is not None or re.search(r"\b\d+ (?:hour|day|week|month)s?\b", rest)):
                return i
            reach = (i - 1, i + 1) if rest is not None else (i - 2, i - 1, i + 1, i + 2)
            beside = [k for k in reach if 0 <= k < len(self.texts) and k not in inside and len(self.texts[k]) < 60]
            if rest is not None:
                if i > title and any(self._is_date(k) for k in beside):
                    return i
                continue
            below = [self.texts[k] for k in range(self.last + 1, min(self.last + 12, len(self.texts))) if k not in self.owned]
            dated = i >= title and any(next(calendar.find_dates(self.texts[k]), None) or (i > title and forms.AGO.match(self.texts[k])) for k in beside)
            if match["role"] or dated or any(t.startswith(match["name"]) for t in below):
                return i
        return None

    def _datelines(self, title: int | None) -> None:
        """A place name alone on its line between title and body; and lines that hold nothing but a date."""
        from communique.ingest import calendar, header

        start = 0 if title is None else title + 1
        for i in range(max(start, self.first - 8), self.first):
            text = self.texts[i].strip()
            if self.kinds[i] is not None or len(text) > 60:
                continue
            found = next(calendar.find_dates(text), None)
            if found is not None and found.end - found.start > len(text) * 0.4:
                self._set(i, "furniture", "date")
            elif i == self.first - 1 and self._is_city(i, text) and (text.isupper() or "," in text or header.is_place(text)) and (len(text) > 3 or header.is_place(text)):
                self._set(i, "dateline")
        if self.first and self.first - 1 > start - 1:
            self._dateline_further_up(start)
        for i in self.body[:3]:  # a place between byline and text that was taken for text
            if self.kinds[i] is None and i + 1 in self.body and i - 1 not in self.body and len(self.texts[i]) < 40 and header.is_place(self.texts[i]):
                self._set(i, "dateline")
        self.body = [i for i in self.body if self.kinds[i] is None]

    def _is_city(self, i: int, text: str) -> bool:
        return forms.CITY.match(text) is not None and text.lower() not in forms.SECTION and not forms.SLUG.match(text) and not forms.FURNITURE.search(text) and not forms.ACTION.match(text) and i not in self.wired

    def _dateline_further_up(self, start: int) -> None:
        """A place in capitals one or two lines above the body, when only credits or dates lie between."""
        from communique.ingest import header

        for i in range(self.first - 2, max(start, self.first - 4) - 1, -1):
            between = self.kinds[i + 1]
            if between is None or between == "body" or "dateline" in self.kinds[i + 1 : self.first]:
                return
            text = self.texts[i].strip()
            if self.kinds[i] is None and ((text.isupper() and len(text) > 3) or header.is_place(text)) and self._is_city(i, text):
                self._set(i, "dateline")
                return

    def _joined(self) -> tuple[Block, ...]:
        """Blocks in order; body pieces with no blank line and no sentence end between them are one paragraph."""
        out: list[Block] = []
        text = self.doc.text
        for i, span in enumerate(self.units):
            kind = self.kinds[i] or "furniture"
            last = out[-1] if out else None
            if last is not None and kind == last.kind == "body" and self._continues(i, text[last.span.end : span.start]):
                out[-1] = Block(kind="body", span=Span(last.span.start, span.end))
            else:
                out.append(Block(kind=kind, span=span, detail=self.details[i]))
        return tuple(out)

    def _continues(self, i: int, between: str) -> bool:
        """Whether line `i` goes on with the sentence of the line before it: a hard wrap, not a new paragraph."""
        if self.doc.lines or between.count("\n") > 1 or i == 0:
            return not between
        if forms.ITEM.match(self.texts[i]):
            return False
        before, here = self.texts[i - 1].rstrip(), self.texts[i].lstrip()
        return before[-1:] not in ".!?\"”’):;…" or here[:1].islower()
