"""When, where and according to whom: the annotated layers read for each candidate.

When: the time expression that hangs on the candidate's own words; else, for talk and meetings, that of the event
that the same parties are told to have had nearby (basis "inherited"); for something that has happened at some
time or is under way, the open interval up to publication. Otherwise unknown. A deadline within what was agreed is
not the time of the agreement, nor the day of proposed talks that of the proposal. A headline takes the day of its deed in the
first sentence that tells of one. Where: the same, with places; a dateline only for talks between those of whose talks the lead tells.
According to whom: quotations whose content holds the trigger, innermost first, then the agency.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from datetime import date, timedelta

from communique.coding.candidates import Candidate, Party, Tree
from communique.coding.modality import background
from communique.records import (
    GUESSED,
    Annotated,
    Attribution,
    Mention,
    Modality,
    PlaceMention,
    Span,
    Speaker,
    TimeExpression,
    When,
    Where,
)
from communique.text import overlap

_TALK = frozenset({"AGREE", "CONSULT", "SUPPORT", "CONCEDE", "REQUEST", "REJECT", "ACCUSE", "STATE"})
_JOINT = frozenset({"AGREE", "CONSULT", "SUPPORT"})  # what several do where the report is from
_PLACE_PREPS = frozenset({"in", "at", "near", "off", "outside", "around", "inside", "across", "along", "over", "to", "into", "on", "through", "throughout", "of"})
_GROUND = frozenset({"ASSAULT", "COERCE", "MOBILIZE", "COOPERATE", "AID", "PROTEST"})  # types whose acts "on" or "over" a country happen there
_SETTLEMENTS = frozenset({"town", "city", "village", "port", "capital", "suburb", "district", "province", "region", "state", "island", "city-state", "township", "camp", "resort"})
_SITES = frozenset({"garrison", "barracks", "airport", "airfield", "base", "harbour", "harbor", "market", "hospital", "outskirts", "street"})  # "the barracks of Gao" are there
_LEAVING = frozenset({"withdraw", "evacuate", "retreat"})
_STANDING = frozenset({"threat", "tie", "relation", "cooperation", "collaboration", "partnership", "alliance"})
_UNDER_WAY = frozenset({"growing", "deepening", "expanding", "increasing", "mounting", "rising", "ongoing", "continuing", "continued", "existing"})
_SO_FAR = frozenset({"so far", "thus far", "to date", "until now", "since then"})
_STAYS = frozenset({"trip", "visit", "tour", "stay", "stop", "stopover", "mission"})
_RUNNING = frozenset({"start", "begin", "open", "resume", "take", "run", "last", "continue", "end", "conclude", "finish", "go", "kick", "follow", "happen", "occur"})  # what a deed itself does at its time
_AGREEING = frozenset({"agree", "decide", "undertake", "settle"})
_AGAIN = frozenset({"reaffirm", "reiterate", "renew", "restate", "repeat", "confirm"})
_PROPOSING = frozenset({"propose", "suggest", "offer", "invite", "call", "request", "ask", "demand"})
_SAYING = frozenset({"say", "tell", "report", "announce", "confirm", "add", "state", "claim", "reveal", "disclose", "declare"})
_WHO = re.compile(r",? (?=(?:who|whose|whom|which)\b)")  # where a speaker's relative clause begins
_HEARSAY = frozenset({"reportedly", "allegedly", "purportedly", "supposedly"})
_TOLD = "verb say/clause"  # a cue that is an act and tells a clause as well: "complained that", "acknowledged that"
_REACH = 8  # sentences back (or two forward, when there is nothing before) that a time may be inherited from


class Circumstances:
    """The times, places and speakers of a document's candidates, by their number."""

    def __init__(self, annotated: Annotated, rows: Sequence[Candidate], trees: Mapping[int, Tree]) -> None:
        self.annotated = annotated
        self.rows = rows
        self.trees = trees
        self.now = _now(annotated)
        self._own: list[tuple[TimeExpression, bool] | None] = [self._own_time(n) for n in range(len(rows))]
        self._plans = {n: time for n in range(len(rows)) if (time := self._plan(n)) is not None}
        self._places = [self._own_place(n) for n in range(len(rows))]

    def _plan(self, number: int) -> TimeExpression | None:
        """The day still to come of what was agreed ("agreed to stage drills in May"): with no day of its own, the
        agreement is the announcement of that plan."""
        row = self.rows[number]
        known = self.annotated.article.header.published.end
        if row.type not in {"AGREE", "CONCEDE"} or row.modality != "actual" or row.content is None or known is None or self._own[number] is not None:
            return None
        tree = self.trees[row.sentence]
        if row.lemma not in _AGREEING or tree.tokens[row.content].pos != "VERB":
            return None
        for time in self.annotated.times:
            at = _token_at(tree, time.span) if time.start is not None and time.start >= known and time.type in {"DATE", "TIME"} else None
            if at is not None and row.content in {at, *tree.path_up(at)} and not any(tree.low(up) in {"until", "by", "before", "since"} for up in tree.path_up(at)):
                return time
        return None

    # --- when -----------------------------------------------------------------------------------------

    def when(self, number: int) -> When:
        """When the candidate's event happened or is to happen."""
        own = self._own[number]
        if own is not None:
            return self._from_time(*own)
        if number in self._plans:
            return self._from_time(self._plans[number], False)
        tense = self._tense(number)
        if tense in {"perfect", "present"} and self.rows[number].modality == "actual" and not self._is_title(number):
            return self._so_far(number) or self._until_publication()
        stay = self._during_stay(number)
        if stay is not None:
            return stay
        source = self._told_again(number) if self._is_title(number) else None if self._recurring(number) else self._source(number)
        if source is not None:
            time, since = self._own[source] or (None, False)
            if time is not None:
                found = self._from_time(time, since)
                return When(start=found.start, end=found.end, grain=found.grain, basis="inherited", span=found.span, rule=f"of the event in sentence {self.rows[source].sentence + 1}")
        return When()

    def _until_publication(self) -> When:
        published = self.annotated.article.header.published
        if published.end is None:
            return When()
        return When(start=None, end=published.end, basis="published", rule="some time up to publication")

    def _so_far(self, number: int) -> When | None:
        """The time from a "since" of the same sentence to publication, for what "so far" happened in it."""
        row = self.rows[number]
        tree = self.trees[row.sentence]
        words = " ".join(t.text.lower() for t in tree.tokens)
        if self.annotated.article.header.published.end is None or not any(f" {w} " in f" {words} " for w in _SO_FAR):
            return None
        for time in self.annotated.times:
            at = _token_at(tree, time.span) if time.type == "DATE" and time.start is not None else None
            if at is not None and at < row.token and any(tree.low(k) == "since" for k in [*tree.path_up(at), *self._marks(tree, at)]):
                return self._from_time(time, True)
        return None

    def _marks(self, tree: Tree, at: int) -> list[int]:
        """The words that open the clauses above a token: "since" in "since she took office in May"."""
        return [k for up in tree.path_up(at) for k in tree.children(up, "mark", "prep") if k < at]

    def _during_stay(self, number: int) -> When | None:
        """The days in which what is planned "during his three-day visit" must lie, where an event of that stay is dated:
        from that day, and at most as many days on as the stay has."""
        row = self.rows[number]
        if row.modality not in {"planned", "pledged"}:
            return None
        days = self._days_of_stay(row)
        if days is None:
            return None
        mine, now = self._lands(number), self.now
        for other in range(number - 1, -1, -1):
            time, since = self._own[other] or (None, True)
            if time is None or since or time.grain not in {"day", "hour"} or time.start is None or now is None:
                continue
            first = date.fromisoformat(time.start[:10])
            if mine & self._lands(other) and self.rows[other].modality == "actual" and timedelta(0) <= date.fromisoformat(now[:10]) - first < timedelta(days):
                return When(start=first.isoformat(), end=(first + timedelta(days)).isoformat(), basis="inherited", grain="period", span=time.span, rule=f"a stay of {days} days with the event in sentence {self.rows[other].sentence + 1}")
        return None

    def _days_of_stay(self, row: Candidate) -> int | None:
        """How many days the stay has in which the candidate is told to lie ("during her two-day trip"); `None` without one."""
        tree = self.trees[row.sentence]
        for time in self.annotated.times:
            found = re.fullmatch(r"P(\d{1,2})D", time.value) if time.type == "DURATION" else None
            at = _token_at(tree, time.span) if found else None
            if found is None or at is None:
                continue
            above = [at, *tree.path_up(at)][:6]
            stay = next((k for k in above if tree.lemma(k) in _STAYS), None)
            if stay is not None and stay != row.token and any(tree.low(k) in {"during", "on"} for k in above) and any(tree.low(k) in {"his", "her", "their", "its", "the", "this"} for k in tree.children(stay, "poss", "det")):
                return int(found[1])
        return None

    def _recurring(self, number: int) -> bool:
        """Whether the event is named as one of a series ("the annual exercise"): then it has no date but one of its own."""
        row = self.rows[number]
        tree = self.trees[row.sentence]
        if row.kind != "noun":
            return False
        name = {row.token}
        if tree.tokens[row.token].dep in {"compound", "appos", "nmod"}:
            name.add(tree.tokens[row.token].head)
        name |= {k for n in name for k in tree.children(n, "compound", "nmod")}
        for time in self.annotated.times:
            at = _token_at(tree, time.span) if time.type == "SET" else None
            if at is not None and tree.tokens[at].head in name:
                return True
        return False

    def _from_time(self, time: TimeExpression, since: bool) -> When:
        if since:
            end = self.annotated.article.header.published.end
            if time.start is not None and end is not None and time.start < end:
                return When(start=time.start, end=end, basis=time.basis, grain=time.grain, span=time.span, rule="since")
            return When(start=time.start, end=None, basis=time.basis if time.start else "unknown", grain=time.grain, span=time.span, rule="since")
        if time.start is None and time.end is None:
            return When()
        return When(start=time.start, end=time.end, basis=time.basis, grain=time.grain, span=time.span, rule=time.rule)

    def _own_time(self, number: int) -> tuple[TimeExpression, bool] | None:
        row = self.rows[number]
        tree = self.trees[row.sentence]
        header = self.annotated.article.header.published.span
        best: tuple[int, TimeExpression, bool] | None = None
        word = row.modality == "pledged" and self._due(number) is not None
        for time in self.annotated.times:
            if time.type not in {"DATE", "TIME"} or (time.start is None and time.end is None):
                continue
            at = _token_at(tree, time.span)
            if word and self._past(time):
                continue  # "pledged on Friday to send … by May 1": a word given has the day on which it falls due
            if at is None or (header is not None and overlap(header, time.span)):
                continue
            if row.modality == "hypothetical" and self._past(time):
                continue  # "discussed holding a drill on Monday", of today: the day of the discussion
            if self._still_to_come(row, tree, at, time):
                continue
            if self._qualifies(tree, at, time) and tree.tokens[at].head not in self._spots(number):
                continue
            if time.grain == "day" and self._before_or_after(tree, row.token) and at not in tree.subtree(row.token):
                continue
            found = self._attached(number, tree, at, past=self._past(time))
            if found is None:
                continue
            distance, since = found
            if best is None or distance < best[0]:
                best = (distance, time, since)
        return None if best is None else (best[1], best[2])

    def _still_to_come(self, row: Candidate, tree: Tree, at: int, time: TimeExpression) -> bool:
        """Whether a time is that of what a deed now done is about: "has proposed talks *for July 2*", "called on Monday for a vote *in May*"."""
        if row.modality != "actual" or row.lemma not in _PROPOSING or tree.tokens[row.token].tag not in {"VBD", "VBN"}:
            return False
        known = self.annotated.article.header.published.end
        return (known is not None and time.start is not None and time.start >= known) or tree.low(tree.tokens[at].head) == "for"

    def _due(self, number: int) -> TimeExpression | None:
        """The day still to come in what a pledge promises, where the pledge is the verb itself and has a day of its own."""
        row, tree = self.rows[number], self.trees[self.rows[number].sentence]
        known = self.annotated.article.header.published.end
        inside = set(tree.subtree(row.token)) if row.content is not None and known is not None else set()
        for time in self.annotated.times if inside else ():
            at = _token_at(tree, time.span) if time.start is not None and known is not None and time.start >= known and time.type == "DATE" else None
            if at in inside and row.content in {at, *tree.path_up(at or 0)}:
                return time
        return None

    def _past(self, time: TimeExpression) -> bool:
        """Whether a time is over when the report comes out."""
        known = self.annotated.article.header.published.end
        return known is not None and time.end is not None and time.end <= known

    def _attached(self, number: int, tree: Tree, at: int, *, past: bool = False) -> tuple[int, bool] | None:
        """How far up the tree the candidate is from a time's token, and whether "since" lies between; `None` when
        another event (or the content of this one) lies nearer."""
        row = self.rows[number]
        spots = self._spots(number)
        beside = [n for n, other in enumerate(self.rows) if n != number and other.sentence == row.sentence and not (past and other.modality == "hypothetical")]
        others = {s for n in beside for s in self._spots(n)} - spots
        since = False
        path = [at, *tree.path_up(at)]
        for steps, up in enumerate(path):
            word = tree.low(up)
            if word == "since":
                since = True
            if word in {"until", "by", "before"} and tree.tokens[up].pos in {"ADP", "SCONJ"} and row.modality == "actual" and word != "by":
                return None
            if up in spots:
                if since and tree.tokens[up].pos in {"NOUN", "PROPN"}:
                    return None
                return steps, since
            if row.content == up and row.modality == "actual" and tree.tokens[up].pos == "VERB":
                return None
            if tree.tokens[up].dep == "relcl" and (tree.tokens[up].head not in spots or (up not in spots and self._says(tree, up))):
                return None  # "the envoy, who came on Monday, said …": the time of the relative clause only
            if up in others and not self._shares(tree, spots, up) and not self._beside(tree, row, up):
                return None
            if self._while(tree, row.token, up) or (up not in others and not since and self._opens_both(tree, at, up, row.token)):
                return steps + 1, since
            if up in others and (self._beside(tree, row, up) or (not since and self._opens_both(tree, at, up, row.token))):
                return steps + 1, since
            since = since or self._since_clause(tree, up)
        return None if since else self._only_event(row, tree, path, spots)

    def _only_event(self, row: Candidate, tree: Tree, path: Sequence[int], spots: set[int]) -> tuple[int, bool] | None:
        """Whether a time whose way up to the root is `path` dates the one event of its sentence, though it hangs elsewhere."""
        root = path[-1]
        if tree.lemma(root) in _SAYING and root != row.token and root not in spots and self._told_by(tree, row.token, root):
            return None  # "…, the ministry said on Monday" dates the saying
        mine = {row.token, *tree.path_up(row.token)} | spots
        if any(tree.tokens[up].tag in {"VBD", "VBZ", "VBP"} and tree.tokens[up].dep in {"conj", "advcl"} and up not in mine for up in path):
            return None  # "has warned of it, and held drills in 2022": the time of another deed, event or not
        if any(tree.tokens[up].dep == "relcl" and up not in path for up in mine):
            return None  # "the bank, which has pledged aid, met on Monday": not the time of the relative clause
        if self._before_or_after(tree, row.token) and any(tree.tokens[up].dep == "conj" for up in tree.path_up(row.token)):
            return None  # "was planned for April but put off after A recalled its envoy": two clauses away
        alone = sum(1 for other in self.rows if other.sentence == row.sentence) == 1
        if alone and (row.kind == "verb" or tree.tokens[row.token].head == root) and root in set(tree.path_up(row.token)) | {row.token}:
            return len(path), False
        return None

    @staticmethod
    def _while(tree: Tree, token: int, up: int) -> bool:
        """Whether a token is the verb of a when-clause on another word, which then has its time: "died *on Monday* when gunmen *fired*"."""
        told = tree.tokens[token]
        return told.dep in {"advcl", "relcl"} and told.head == up != token and told.tag in {"VBD", "VBN"} and any(tree.low(k) == "when" for k in tree.children(token, "advmod", "mark"))

    @staticmethod
    def _since_clause(tree: Tree, up: int) -> bool:
        """Whether a word is the verb of a clause that "since" opens: "has sheltered them *since soldiers drove them out* in 2017"."""
        return any(tree.low(k) == "since" for k in tree.children(up, "mark"))

    @staticmethod
    def _says(tree: Tree, up: int) -> bool:
        """Whether a clause tells who announced the thing, which dates the saying: "a drill that the navy announced on Monday"."""
        return tree.lemma(up) in _SAYING and bool(tree.children(up, "nsubj"))

    @staticmethod
    def _opens_both(tree: Tree, at: int, first: int, second: int) -> bool:
        """Whether a time opens the sentence of two coordinated deeds: "On Monday police raided the house and seized the files"."""
        subjects = tree.children(first, "nsubj", "nsubjpass")
        opening = bool(subjects) and at < min(subjects)
        return opening and tree.tokens[second].dep == "conj" and tree.tokens[second].head == first and tree.tokens[second].tag in {"VBD", "VBN"} and "had" not in {tree.low(k) for k in tree.children(second, "aux")}

    @staticmethod
    def _before_or_after(tree: Tree, token: int) -> bool:
        """Whether a token stands in a clause told as before or after the main one: "left on Sunday, a day after X pardoned them"."""
        return any(tree.tokens[k].dep in {"advcl", "pcomp"} and any(tree.low(m) in {"after", "before", "since", "until"} for m in [*tree.children(k, "mark"), tree.tokens[k].head]) for k in [token, *tree.path_up(token)])

    @staticmethod
    def _qualifies(tree: Tree, at: int, time: TimeExpression) -> bool:
        """Whether a time only qualifies a noun: "an 18th-century law", "after the July coup" are the time of that thing."""
        first = next((k for k, t in enumerate(tree.tokens) if t.start >= time.span.start), at)
        told = tree.tokens[at].dep in {"amod", "compound", "nmod", "nummod"} and tree.tokens[tree.tokens[at].head].pos == "NOUN"
        return told and first > 0 and tree.low(first - 1) in {"a", "an", "the"}

    def _told_by(self, tree: Tree, token: int, root: int) -> bool:
        """Whether the candidate stands in what the root verb says."""
        below = token
        for up in tree.path_up(token):
            if up == root:
                return tree.tokens[below].dep in {"ccomp", "parataxis"}
            below = up
        return False

    def _shares(self, tree: Tree, spots: set[int], other: int) -> bool:
        """Whether the candidate is coordinated with (or hangs on) the event that the time belongs to."""
        for spot in spots:
            at = spot
            for up in tree.path_up(spot):
                if tree.tokens[at].dep not in {"conj", "relcl", "advcl", "xcomp", "acl"}:
                    break
                if up == other and tree.tokens[at].dep in {"conj"}:
                    return True
                at = up
        return False

    def _beside(self, tree: Tree, row: Candidate, other: int) -> bool:
        """Whether the other event is what this one attends or is told of in a participle: they share time and place."""
        attended = row.lemma == "attend" and (tree.tokens[row.token].head == other or other in tree.children(row.token, "dobj"))
        going = row.mode == "visit" and any(other in tree.children(k, "dobj") for k in tree.children(row.token, "advcl", "xcomp") if tree.lemma(k) == "attend")
        head = tree.tokens[row.token].head
        reached = tree.lemma(head) == "attend" and row.token in tree.children(head, "dobj") and tree.tokens[head].head == other
        return attended or going or reached

    def _spots(self, number: int) -> set[int]:
        """The tokens that stand for the candidate: its trigger, its support verb, and a planned content."""
        row = self.rows[number]
        tree = self.trees[row.sentence]
        spots = {row.token}
        token = tree.tokens[row.token]
        if row.kind == "noun":
            head = token.head
            if token.dep in {"dobj", "nsubjpass"} and tree.tokens[head].pos == "VERB" and head != row.token:
                spots.add(head)
            if token.dep == "nsubj" and tree.tokens[head].pos == "VERB" and tree.lemma(head) in _RUNNING:
                spots.add(head)  # "the talks would resume on 3 May"
            spots |= {k for k in tree.children(row.token, "relcl", "acl") if tree.tokens[k].tag == "VBN"}
        if row.content is not None and row.modality != "actual":
            spots.add(row.content)
        return spots

    def _tense(self, number: int) -> str:
        row = self.rows[number]
        tree = self.trees[row.sentence]
        spot = row.token
        if row.kind == "noun":
            if row.lemma in _STANDING and any(tree.low(k) in _UNDER_WAY for k in tree.children(spot, "amod")):
                return "present"
            carrier = next((k for k in self._spots(number) if k != spot and tree.tokens[k].pos == "VERB"), None)
            if carrier is not None and self._is_perfect(tree, carrier):
                return "perfect"  # "has halted all *deliveries*"
            bare = tree.tokens[spot].head == spot or tree.tokens[tree.tokens[spot].head].pos not in {"VERB", "AUX"}
            return "present" if row.type in {"THREATEN", "COOPERATE"} and bare and row.lemma in _STANDING else "noun"
        if self._is_perfect(tree, spot):
            return "perfect"
        kids = {tree.low(k) for k in tree.children(spot, "aux", "auxpass")}
        tag = tree.tokens[spot].tag
        if tag in {"VBZ", "VBP"} or kids & {"is", "are", "'s"} or (tree.low(spot) in _UNDER_WAY and not kids):
            return "present"
        return "past"

    @staticmethod
    def _is_perfect(tree: Tree, verb: int) -> bool:
        kids = {tree.low(k) for k in tree.children(verb, "aux", "auxpass")}
        return bool(kids & {"has", "have", "'ve", "been"}) and "had" not in kids

    def _is_title(self, number: int) -> bool:
        sentence = self.annotated.sentences[self.rows[number].sentence]
        return self.annotated.article.blocks[sentence.block].kind == "title"

    def _source(self, number: int) -> int | None:
        """The dated event nearby that this talk is part of: same parties, at most a few sentences away."""
        row = self.rows[number]
        if row.takes_up is not None:
            taken = next((n for n, other in enumerate(self.rows) if n != number and other.trigger == row.takes_up), None)
            return None if taken is None else taken if self._own[taken] is not None else self._source(taken)
        if row.type not in _TALK and not any(p.how.startswith("via.") for p in row.actors):
            return None
        aside = self._before_or_after(self.trees[row.sentence], row.token)
        mine = self._lands(number)
        if len(mine) < 2 and not any(p.how.startswith("via.") for p in row.actors):
            return None  # one country does many things; two and more together are one occasion
        best: tuple[int, int] | None = None
        for other, earlier in enumerate(self.rows):
            if other == number or self._own[other] is None or earlier.modality not in {"actual", "pledged"}:
                continue
            if aside and not (earlier.sentence == row.sentence and self._before_or_after(self.trees[row.sentence], earlier.token)):
                continue  # "visited a month after Y had travelled to Z and agreed …": only what is told in that clause
            gap = row.sentence - earlier.sentence
            theirs = self._lands(other)
            if not (mine <= theirs or theirs <= mine) or len(theirs & mine) < min(2, len(mine)):
                continue
            if -2 <= gap <= _REACH:
                cost = gap if gap >= 0 else 2 * _REACH - gap
                cost += 0 if earlier.type == "CONSULT" or gap == 0 else 1
                cost += 0 if mine == theirs else 2
                if best is None or cost < best[0]:
                    best = (cost, other)
        return None if best is None else best[1]

    def _told_again(self, number: int) -> int | None:
        """The dated event that a headline's deed is told as in the first sentence of the text that tells of one: of its type,
        by the same doer, to nobody else, and the only day of such."""
        row = self.rows[number]
        body = [n for n, other in enumerate(self.rows) if not self._is_title(n)]
        first = min((self.rows[n].sentence for n in body), default=None)
        if row.modality != "actual" or not row.actors:
            return self._source(number)
        same: dict[str, int] = {}
        for n in body:
            other, (time, since) = self.rows[n], self._own[n] or (None, True)
            if other.sentence != first or (other.type, other.modality) != (row.type, "actual"):
                continue
            to, they = self._whom(row.recipients), self._whom(other.recipients)
            if not self._whom(row.actors) & self._whom(other.actors) or (to and they and not to & they):
                continue
            if time is None or since or time.grain not in {"day", "hour"} or time.start is None:
                return self._source(number)
            same.setdefault(time.start[:10], n)
        return next(iter(same.values())) if len(same) == 1 else self._source(number)

    def _whom(self, parties: Sequence[Party]) -> frozenset[str]:
        """The entities, else countries, that parties stand for."""
        return frozenset(ref.country or ref.entity or ref.name for p in parties for m in p.mentions for ref in self.annotated.mentions[m].refs)

    def _lands(self, number: int) -> frozenset[str]:
        row = self.rows[number]
        return frozenset(
            ref.country for p in (*row.actors, *(row.recipients if row.type in {"CONSULT", "COOPERATE"} else ())) for m in p.mentions for ref in self.annotated.mentions[m].refs if ref.country
        )

    def modality(self, number: int) -> Modality:
        """The candidate's modality, historical where its time is long before the report's own."""
        row = self.rows[number]
        own = self._own[number]
        if number in self._plans:
            return "planned"
        if own is not None and self._given_again(row, own[0]):
            return "pledged"
        if row.modality == "actual" and own is not None and background(own[0].start, own[0].end, self.now, since=own[1], grain=own[0].grain):
            return "historical"
        if row.modality == "actual" and own is None and self._behind_history(number):
            return "historical"
        return row.modality

    def _given_again(self, row: Candidate, time: TimeExpression) -> bool:
        """Whether a word is given again whose day is still to come ("reaffirmed its pledge to double aid by 2028"): the
        day is that of the deed promised, as with "pledged to double aid by 2028"."""
        known = self.annotated.article.header.published.end
        return row.type == "AGREE" and row.modality == "actual" and row.lemma in _AGAIN and known is not None and time.start is not None and time.start >= known

    def _behind_history(self, number: int) -> bool:
        """Whether the candidate is told as before or during a deed that is itself background: "closed it in 1999 *after B imposed* sanctions"."""
        row = self.rows[number]
        tree = self.trees[row.sentence]
        path = [row.token, *tree.path_up(row.token)]
        below = next((k for k in path if tree.tokens[k].dep == "advcl" and any(tree.low(m) in {"after", "when", "while", "as"} for m in tree.children(k, "mark", "advmod"))), None)
        if below is None:
            return False
        above = tree.tokens[below].head
        return any(n != number and other.sentence == row.sentence and other.token == above and self._own[n] is not None and self.modality(n) == "historical" for n, other in enumerate(self.rows))

    # --- where ----------------------------------------------------------------------------------------

    def where(self, number: int) -> Where | None:
        """Where the event happened; `None` where no words say so."""
        own = self._places[number]
        if own is not None:
            return own
        source = None if self._recurring(number) else self._source(number)
        if source is not None and self._places[source] is not None and self._own[number] is None:
            found = self._places[source]
            assert found is not None
            return Where(name=found.name, country=found.country, lat=found.lat, lon=found.lon, basis="inherited", span=found.span, radius_km=found.radius_km)
        return self._dateline(number)

    def _dateline(self, number: int) -> Where | None:
        """The dateline, for talks and undertakings of several countries of which its country is one."""
        row = self.rows[number]
        span = self.annotated.article.header.dateline_span
        if span is None or row.type not in _JOINT or row.modality not in {"actual", "pledged"} or self._is_title(number) or row.mode == "phone":
            return None
        lands = self._lands(number)
        if self._paragraph(number) > 1 and not any(self.rows[n].type in _JOINT and len(lands & self._lands(n)) > 1 and self._paragraph(n) < 2 for n in range(len(self.rows))):
            return None  # the lead told of no talks between them
        name = (self.annotated.article.header.dateline or "").casefold()
        for place in self.annotated.places:
            if (overlap(place.span, span) or place.name.casefold() == name) and len(lands) > 1 and place.country in lands:
                return Where(name=place.name, country=place.country, lat=place.lat, lon=place.lon, basis="dateline", span=span, radius_km=place.radius_km)
        return None

    def _paragraph(self, number: int) -> int:
        """Which body block, from 0, the candidate stands in."""
        at = self.annotated.sentences[self.rows[number].sentence].block
        return sum(1 for block in self.annotated.article.blocks[:at] if block.kind == "body")

    def _own_place(self, number: int) -> Where | None:
        row = self.rows[number]
        tree = self.trees[row.sentence]
        best: tuple[int, Where] | None = None
        for span, where in self._place_spans(row.sentence):
            at = _token_at(tree, span)
            if at is not None and self._clause_of(tree, at, row.token):
                return where
            if at is None or self._of_speaker(tree, at, self._spots(number)) or not self._place_governed(tree, at, row) or self._elsewhere(tree, at, row):
                continue
            found = self._attached(number, tree, at) or self._same_ground(number, tree, at)
            if found is not None and (best is None or found[0] < best[0]):
                best = (found[0], where)
        return None if best is None else best[1]

    @staticmethod
    def _clause_of(tree: Tree, at: int, token: int) -> bool:
        """Whether a token is the verb of a clause that tells what happens at a place: "in Gao, *where it fed* the displaced"."""
        told = tree.tokens[token]
        return told.dep == "relcl" and told.head == at and any(tree.low(k) == "where" for k in tree.children(token, "advmod"))

    def _elsewhere(self, tree: Tree, at: int, row: Candidate) -> bool:
        """Whether a place lies outside the clause told as before or after another, or inside what is done for a purpose."""
        below = {k for spot in {row.token, *(up for up in [tree.tokens[row.token].head] if row.kind == "noun" and tree.tokens[up].pos == "VERB")} for k in tree.subtree(spot)}
        if at not in below and self._before_or_after(tree, row.token):
            return True
        aims = (k for k in tree.path_up(at) if tree.tokens[k].dep == "advcl" and tree.tokens[k].tag == "VB")
        return row.mode != "visit" and any(k != row.token and k != row.content and k in below for k in aims)

    def _same_ground(self, number: int, tree: Tree, at: int) -> tuple[int, bool] | None:
        """The reach of a place of the deed right before, which is no record, to the violence it led to: "fell upon a convoy
        *near Gao* and killed its drivers"."""
        row = self.rows[number]
        token = tree.tokens[row.token]
        if row.type not in {"ASSAULT", "COERCE"} or token.dep != "conj" or tree.tokens[token.head].pos != "VERB" or tree.children(row.token, "nsubj", "nsubjpass"):
            return None
        spots = {s for n, other in enumerate(self.rows) if n != number and other.sentence == row.sentence for s in self._spots(n)}
        for steps, up in enumerate([at, *tree.path_up(at)]):
            if up == token.head:
                return steps + 1, False
            if up in spots or tree.tokens[up].dep in {"relcl", "conj", "advcl", "ccomp"}:
                return None
        return None

    def _place_governed(self, tree: Tree, at: int, row: Candidate) -> bool:
        """Whether a place hangs on a preposition of place, and not on a participant ("the president of Peru")."""
        if tree.tokens[at].dep in {"poss", "amod"}:
            return False
        for up in [at, *tree.path_up(at)]:
            if tree.tokens[up].pos == "ADP":
                name = tree.low(up)
                if name == "from":
                    return row.type == "RETREAT" or row.lemma in _LEAVING
                if name in {"to", "into"}:
                    return row.type == "CONSULT" or row.mode in {"visit"}
                if name == "of" and tree.lemma(tree.tokens[up].head) in _SETTLEMENTS:
                    continue  # "near the town of Gaya" hangs on "near"
                if name == "of" and row.type in _GROUND and tree.lemma(tree.tokens[up].head) in _SITES:
                    return not self._is_country(tree, at)
                if name == "of" or (name in {"on", "over"} and row.type not in _GROUND and self._is_country(tree, at)):
                    return False
                return name in _PLACE_PREPS
            if tree.tokens[up].pos not in {"PROPN", "NOUN", "ADJ", "PUNCT"}:
                return row.mode == "visit" and tree.tokens[at].dep == "dobj"
        return False

    def _of_speaker(self, tree: Tree, at: int, spots: Set[int]) -> bool:
        """Whether a place only says where a speaker sits ("soldiers were shot, *the army in Niamey* says"), and not where the doer
        of this very deed speaks ("the minister, *addressing deputies in Niamey*, accused …")."""
        above = [at, *tree.path_up(at)]
        spans = [q.speaker for q in self.annotated.quotations if q.speaker is not None]
        held = [k for k in above if tree.tokens[k].pos in {"NOUN", "PROPN"} and any(s.start <= tree.tokens[k].start < s.end for s in spans)]
        doer = next((tree.tokens[k].head for k in above if tree.tokens[k].dep == "acl" and tree.tokens[k].tag == "VBG"), None)
        return bool(held) and (doer is None or tree.tokens[doer].dep != "nsubj" or tree.tokens[doer].head not in spots)

    def _is_country(self, tree: Tree, at: int) -> bool:
        """Whether a token names a whole country: "sanctions on Chad" are not imposed there."""
        token = tree.tokens[at]
        found = _best_mention(self.annotated.mentions, Span(start=token.start, end=token.end))
        return found is not None and any(ref.kind == "country" for ref in found.refs)

    def _place_spans(self, sentence: int) -> list[tuple[Span, Where]]:
        span = self.annotated.sentences[sentence].span
        out: list[tuple[Span, Where]] = []
        for place in self.annotated.places:
            if overlap(place.span, span):
                out.append((place.span, Where(name=place.name, country=self._country_of(place), lat=place.lat, lon=place.lon, basis="stated", span=place.wording or place.span, radius_km=place.radius_km)))
        if self.annotated.places:
            return out
        for mention in self.annotated.mentions:
            if mention.sentence == sentence and mention.sense == "place" and mention.refs:
                ref = mention.refs[0]
                out.append((mention.head, Where(name=ref.name, country=ref.country, lat=None, lon=None, basis="stated", span=mention.span)))
        return out

    def _country_of(self, place: PlaceMention) -> str | None:
        """The country of a place as a table or the words have it: that of the mention there for a name which only lies with the
        report's other places, since a record holds no guess."""
        if place.rule != GUESSED:
            return place.country
        found = _best_mention(self.annotated.mentions, place.span)
        return next((ref.country for ref in found.refs if ref.kind == "place"), None) if found is not None else None

    # --- according to whom ----------------------------------------------------------------------------

    def attribution(self, number: int) -> tuple[Attribution, ...]:
        """The chain of speakers, innermost first; empty when the publisher speaks in its own voice."""
        trigger = self.rows[number].trigger
        held = [q for q in self.annotated.quotations if any(c.start <= trigger.start < c.end for c in q.content)]
        held.sort(key=lambda q: sum(c.end - c.start for c in q.content))
        acts = {r.trigger.start for r in self.rows if r.type != "STATE"}
        out: list[Attribution] = []
        for quote in held:
            if quote.cue is not None and quote.cue.start in acts and quote.kind == "reported" and quote.rule != _TOLD:
                continue  # "agreed to", "criticised": the cue is a record of its own, not a report of this one
            speaker = self._speaker(quote.speaker)
            out.append(Attribution(speaker=speaker, cue=quote.cue, kind=quote.kind))
        if not out and (word := self._hearsay(trigger)) is not None:
            out.append(Attribution(speaker=Speaker(span=None, entity=None, name="unnamed source"), cue=word, kind="reported"))
        header = self.annotated.article.header
        if header.agency is not None:
            out.append(Attribution(speaker=Speaker(span=header.agency_span, entity=None, name=header.agency), cue=None, kind="reported"))
        return tuple(out)

    def _hearsay(self, trigger: Span) -> Span | None:
        """The adverb by which the report leaves a deed to others: "*reportedly* shelled", "was *allegedly* held"."""
        sentence = next((s for s in self.annotated.sentences if s.span.start <= trigger.start < s.span.end), None)
        for token in sentence.tokens if sentence is not None else ():
            head = sentence.tokens[token.head] if sentence is not None else token
            if token.text.lower() in _HEARSAY and trigger.start <= head.start < trigger.end:
                return Span(start=token.start, end=token.end)
        return None

    def _named_by(self, span: Span) -> Mention | None:
        """The mention that the head of a speaker's phrase belongs to: "*police* in Pristina"."""
        sentence = next((s for s in self.annotated.sentences if s.span.start <= span.start < s.span.end), None)
        inside = [i for i, t in enumerate(sentence.tokens) if t.start < span.end and span.start < t.end] if sentence else []
        at = next((i for i in inside if sentence and (sentence.tokens[i].head not in inside or sentence.tokens[i].head == i)), None)
        if sentence is None or at is None:
            return None
        token = sentence.tokens[at]
        found = [m for m in self.annotated.mentions if m.refs and m.head.start <= token.start < m.head.end and m.sense != "place"]
        return max(found, key=lambda m: m.span.end - m.span.start, default=None)

    def _speaker(self, span: Span | None) -> Speaker:
        if span is None:
            return Speaker(span=None, entity=None, name="unnamed source")
        text = self.annotated.article.doc.text
        head = _WHO.split(text[span.start : span.end], maxsplit=1)[0].rstrip(" ,")
        found = self._named_by(span) or _best_mention(self.annotated.mentions, Span(start=span.start, end=span.start + max(1, len(head))))
        if found is not None and _BY.search(text[span.start : found.span.start]):
            found = None  # "a document seen by Reuters" is not Reuters
        if found is None or not found.refs:
            return Speaker(span=span, entity=None, name=" ".join(text[span.start : span.end].split()))
        ref = found.refs[0]
        return Speaker(span=span, entity=ref.entity, name=ref.name, country=ref.country)


_BY = re.compile(r"\b(?:by|to|with|against|near)\s(?:the\s)?$")


def _best_mention(mentions: Sequence[Mention], span: Span) -> Mention | None:
    found = [m for m in mentions if overlap(m.span, span) and m.refs]
    return max(found, key=lambda m: (overlap(m.span, span) / max(m.span.end - m.span.start, span.end - span.start)), default=None)


def _token_at(tree: Tree, span: Span) -> int | None:
    """The token that governs the others within a span of this sentence."""
    inside = [i for i, t in enumerate(tree.tokens) if t.start < span.end and span.start < t.end]
    if not inside:
        return None
    for at in inside:
        if tree.tokens[at].head not in inside or tree.tokens[at].head == at:
            return at
    return inside[0]


def _now(annotated: Annotated) -> str | None:
    """The report's own time: its publication, else the latest dated day that it speaks of as past or present."""
    published = annotated.article.header.published
    if published.start is not None:
        return published.start
    starts = [t.start for t in annotated.times if t.start is not None and t.type == "DATE"]
    return max(starts, default=None)
