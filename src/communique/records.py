"""Every record that passes between stages.

Frozen `msgspec.Struct`s, keyword-only, unknown fields refused. Types are checked when decoding; what types
cannot say is checked in `__post_init__`. A record is never edited: "changing" one makes a new one with
`msgspec.structs.replace`. Absence is `None` or an empty tuple, never `""` or a sentinel.

Offsets are Unicode code points into `Document.text`, half-open. Dates are ISO 8601, intervals half-open
(`start` the first day in it, `end` the first day after it; `None` = open). Countries are ISO 3166 alpha-3,
XKX for Kosovo.

The flow: `Document` → `Article` (labelled blocks and header) → `Annotated` (sentences, mentions, times,
quotations) → `CodedDocument` (event mentions and the reasons for what was not coded) → store.
`Judgement`s join event mentions; `Event`, `Story` and `Commitment` are computed from them and never edited.
"""

from __future__ import annotations

from typing import Literal

import msgspec

# --- closed sets ------------------------------------------------------------------------------------

BlockKind = Literal["title", "byline", "dateline", "body", "caption", "credit", "furniture"]
Modality = Literal["actual", "planned", "pledged", "demanded", "denied", "hypothetical", "historical"]
EventType = Literal[
    "AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST", "ACCUSE",
    "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT", "STATE",
]  # fmt: skip
Quad = Literal["verbal cooperation", "material cooperation", "verbal conflict", "material conflict"]
PublishedBasis = Literal["header", "meta", "url", "dateline", "text", "given", "unknown"]
WhenBasis = Literal["stated", "relative", "inherited", "published", "unknown"]
WhereBasis = Literal["stated", "inherited", "dateline"]
Grain = Literal["hour", "day", "week", "month", "quarter", "season", "year", "decade", "century", "period"]
MentionKind = Literal["name", "title", "demonym", "nominal", "pronoun", "group", "metonym"]
MentionSense = Literal["government", "place", "name part", "dateline", "people", "organisation", "person", "event"]
EntityKind = Literal["country", "territory", "organisation", "person", "office", "place", "group", "unknown"]
AttributionKind = Literal["reported", "quoted", "mixed"]
UncodedReason = Literal[
    "caption", "furniture", "no actor", "negated background", "no event", "language", "low score", "duplicate title"
]
JudgementKind = Literal[
    "same event", "not same event", "copy", "follow-up", "same series", "same story", "fulfils", "changes"
]
EventState = Literal[
    "mooted", "announced", "scheduled", "under way", "held", "postponed", "cancelled", "denied",
    "disputed", "overdue-unreported",
]  # fmt: skip
PledgeState = Literal[
    "pledged", "in progress", "partly fulfilled", "fulfilled", "stalled", "broken", "withdrawn",
    "superseded", "open-ended", "lapsed-unreported",
]  # fmt: skip
CommitmentState = EventState | PledgeState
DiscrepancyKind = Literal[
    "contradiction", "precision", "scope", "status", "number", "label", "spelling", "attribution",
    "detail", "update", "framing", "only one",
]  # fmt: skip


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every record."""


# --- spans and dates --------------------------------------------------------------------------------


class Span(msgspec.Struct, frozen=True, array_like=True, order=True, gc=False):
    """Half-open code-point offsets into a document's text. Written as `[start, end]` in JSON."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"a span needs 0 <= start <= end, not {self.start}, {self.end}")


def _check_interval(start: str | None, end: str | None) -> None:
    if start is not None and end is not None and not start < end:
        raise ValueError(f"a half-open interval needs start < end, not {start}, {end}")


class DateInterval(Record, frozen=True, kw_only=True):
    """A half-open interval of days; `None` on a side means open or not known."""

    start: str | None
    end: str | None

    def __post_init__(self) -> None:
        _check_interval(self.start, self.end)


# --- ingest: document, article ----------------------------------------------------------------------


class Published(Record, frozen=True, kw_only=True):
    """When a document was published, and how we know.

    `basis` "unknown" goes with `start` and `end` None. `span` points into the text where the date stands
    there. `confidence` is 0..1. `time` is the ISO 8601 instant with its zone where the page gives one.
    """

    start: str | None = None
    end: str | None = None
    basis: PublishedBasis = "unknown"
    span: Span | None = None
    confidence: float = 0.0
    time: str | None = None
    contradicts: tuple[str, ...] = ()  # other dates the document gives, "basis: date"

    def __post_init__(self) -> None:
        _check_interval(self.start, self.end)
        if (self.basis == "unknown") != (self.start is None and self.end is None):
            raise ValueError("basis 'unknown' goes with no date, and only with no date")


class Hint(Record, frozen=True, kw_only=True):
    """What is known of a document from outside its text: markup metadata, a feed, a flag, a WARC header.

    Each is a fact someone stated, with `basis` saying where; the header stage decides what to believe.
    """

    field: Literal["publisher", "agency", "author", "title", "published", "language", "dateline"]
    value: str
    basis: Literal["given", "meta", "header", "url", "feed", "warc"]
    confidence: float = 1.0


class Document(Record, frozen=True, kw_only=True):
    """One report as obtained. Its text is frozen at reading: cleaning labels it, nothing rewrites it.

    `id` is a digest of text, given publisher and url (never of a path, so a file read twice is one document).
    `source` is the path or URL as named by the user. `sha256` is the digest of `text` as UTF-8,
    `raw_sha256` that of the bytes it was read from.
    `lines` are spans of text the format itself knows to be one line or block (HTML elements); empty when the
    text's own line ends say it. `tags` gives each of `lines` its HTML element path tail, or is empty.
    `main` is a hint for labelling, not a verdict.
    """

    id: str
    source: str
    format: Literal["text", "html", "feed", "jsonl", "warc", "mail"]
    text: str
    sha256: str
    raw_sha256: str
    url: str | None = None
    encoding: str | None = None
    fetched: str | None = None  # ISO 8601 with zone; never a publication date
    hints: tuple[Hint, ...] = ()
    lines: tuple[Span, ...] = ()
    tags: tuple[str, ...] = ()
    reader: str = "text.v1"
    main: tuple[Span, ...] = ()  # those of `lines` that the reader's main-text extractor chose; empty when it has none


class Block(Record, frozen=True, kw_only=True):
    """A labelled span of the text. `detail` refines the kind: "photo credit", "agency credit", "repeat"."""

    kind: BlockKind
    span: Span
    score: float = 1.0
    detail: str | None = None


class Header(Record, frozen=True, kw_only=True):
    """Who put the document out, when, in what language, and the spans that say so (`None` = not stated)."""

    publisher: str | None = None
    agency: str | None = None
    author: str | None = None
    title: str | None = None
    title_span: Span | None = None
    dateline: str | None = None
    dateline_span: Span | None = None
    agency_span: Span | None = None
    language: str | None = None
    published: Published = Published()


class Article(Record, frozen=True, kw_only=True):
    """A document with its blocks (sorted, not overlapping) and header."""

    doc: Document
    blocks: tuple[Block, ...]
    header: Header

    def __post_init__(self) -> None:
        end = 0
        for block in self.blocks:
            if block.span.start < end:
                raise ValueError("blocks must be sorted and must not overlap")
            end = block.span.end


# --- annotate and resolve ---------------------------------------------------------------------------


class Token(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One token: offsets into the document, and the parse. `head` is an index into the sentence's tokens
    (its own index at the root). `ent` is the NER type with its IOB letter ("B-GPE"), or ""."""

    start: int
    end: int
    text: str
    lemma: str
    pos: str
    tag: str
    dep: str
    head: int
    ent: str = ""


class Sentence(Record, frozen=True, kw_only=True):
    """A sentence of one block, with its tokens in order. `block` is an index into `Article.blocks`."""

    span: Span
    block: int
    tokens: tuple[Token, ...]


class EntityRef(Record, frozen=True, kw_only=True):
    """What a mention stands for. `entity` is an id of the tables ("country:JPN", "org:usindopacom",
    "person:gen-nakatani") or of the roster learnt from documents; `None` where it stays unknown."""

    entity: str | None
    name: str
    kind: EntityKind
    country: str | None = None
    sectors: tuple[str, ...] = ()
    office: str | None = None
    igo: str | None = None  # PLOVER's code for non-state actors: IGO UNO EUR NGO ISM IMG MNC


class Mention(Record, frozen=True, kw_only=True):
    """A span that names someone, something or some place, and what it was resolved to.

    `span` is the whole phrase ("South Korean Defense Minister Ahn Gyu-Back"), `head` its head word(s).
    `refs` has several members for a group ("the two nations"); none when nothing is known.
    `sense` says what a place name stands for here. `antecedents` are spans of earlier (or later) mentions
    that decided the reference; they are part of the evidence. `alias` and `rule` say how it was resolved.
    `sentence` is an index into `Annotated.sentences`.
    """

    span: Span
    head: Span
    kind: MentionKind
    sentence: int
    refs: tuple[EntityRef, ...] = ()
    sense: MentionSense | None = None
    antecedents: tuple[Span, ...] = ()
    alias: str | None = None
    rule: str | None = None
    score: float = 1.0
    role: str | None = None  # the role noun, as it stands: "Defense Minister"
    status: Literal["then", "former", "acting", "designate", "late", "deputy"] | None = None


class TimeExpression(Record, frozen=True, kw_only=True):
    """A time expression: its TIMEX3 value and, where it can be resolved, a half-open interval of days.

    `start` and `end` are both None when unresolved (no publication date, a set, a bare duration).
    `basis` is "stated" for a calendar date, "relative" for one that leans on the publication date.
    """

    span: Span
    type: Literal["DATE", "TIME", "DURATION", "SET"]
    value: str
    start: str | None = None
    end: str | None = None
    grain: Grain | None = None
    basis: WhenBasis = "unknown"
    mod: str | None = None  # TIMEX3 mod: START MID END APPROX BEFORE AFTER ...
    rule: str | None = None
    sentence: int | None = None


class Quotation(Record, frozen=True, kw_only=True):
    """Who is said to have said what. Spans are of the text; `speaker` None for a source without a name."""

    content: tuple[Span, ...]
    speaker: Span | None
    cue: Span | None
    kind: AttributionKind
    sentence: int | None = None
    rule: str | None = None


GUESSED = "lies with the others"  # the `rule` of a place whose country no table and no word states, only the report's other places


class PlaceMention(Record, frozen=True, kw_only=True):
    """A place name resolved to a point. `radius_km` is the doubt; `country` ISO alpha-3, which no record takes over
    where `rule` is `GUESSED`; `wording` keeps the phrase ("off South Korea's Jeju Island")."""

    span: Span
    name: str
    kind: Literal["country", "admin1", "city", "sea", "strait", "island", "base", "region", "border", "venue"]
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    radius_km: float | None = None
    geonameid: int | None = None
    wording: Span | None = None
    score: float = 1.0
    rule: str | None = None


class Annotated(Record, frozen=True, kw_only=True):
    """An article with the layers that the coder reads. `nlp` names the language model and its version."""

    article: Article
    sentences: tuple[Sentence, ...]
    mentions: tuple[Mention, ...] = ()
    times: tuple[TimeExpression, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    nlp: str | None = None


# --- coding: event mentions -------------------------------------------------------------------------


class Participant(Record, frozen=True, kw_only=True):
    """An actor or recipient of an event mention: the words, and what they stand for.

    `span` is None only where the participant is understood from a stated link (a pronoun's or group's
    antecedent), which `via` then points to. `text` is the span's words.
    """

    span: Span | None
    text: str | None
    entity: str | None
    name: str
    country: str | None = None
    sectors: tuple[str, ...] = ()
    kind: EntityKind = "unknown"
    office: str | None = None
    igo: str | None = None
    via: tuple[Span, ...] = ()


class When(Record, frozen=True, kw_only=True):
    """When the event happened or is to happen; both ends None and basis "unknown" if nothing says so."""

    start: str | None = None
    end: str | None = None
    grain: Grain | None = None
    basis: WhenBasis = "unknown"
    span: Span | None = None
    rule: str | None = None

    def __post_init__(self) -> None:
        _check_interval(self.start, self.end)


class Where(Record, frozen=True, kw_only=True):
    """Where the event happened; the record's `where` is None rather than a guess."""

    name: str
    country: str | None
    lat: float | None
    lon: float | None
    basis: WhereBasis
    span: Span | None
    radius_km: float | None = None


class Speaker(Record, frozen=True, kw_only=True):
    """Who is said to have said it. `span` None for the publisher or agency itself."""

    span: Span | None
    entity: str | None
    name: str
    country: str | None = None


class Attribution(Record, frozen=True, kw_only=True):
    """One link of a speaker chain, innermost first: the ministry, then the agency that reports it."""

    speaker: Speaker
    cue: Span | None
    kind: AttributionKind


class EventMention(Record, frozen=True, kw_only=True):
    """What one document asserts, with the words that support it.

    `id` is a digest of document, type, trigger and participants. `evidence` are the spans a reader needs
    to see; `trigger` lies within them. Joint actors share one record (PLOVER 2.4.2). `about` are parties
    that are purpose or target of talk, not recipients ("against North Korea's threats").
    `reasons` say in words which rule, features or score decided; `runner_up` the next best type.
    """

    id: str
    document: str
    type: EventType
    trigger: Span
    evidence: tuple[Span, ...]
    mode: str | None = None
    contexts: tuple[str, ...] = ()
    modality: Modality = "actual"
    negated: bool = False
    actors: tuple[Participant, ...] = ()
    recipients: tuple[Participant, ...] = ()
    about: tuple[Participant, ...] = ()
    when: When = When()
    where: Where | None = None
    attribution: tuple[Attribution, ...] = ()
    score: float = 1.0
    quad: Quad | None = None
    cameo: str | None = None
    plover_score: float | None = None
    goldstein: float | None = None
    coder: str = ""
    tables: str = ""
    sentence: int | None = None
    reasons: tuple[str, ...] = ()
    runner_up: tuple[str, float] | None = None

    def __post_init__(self) -> None:
        if not self.evidence:
            raise ValueError("no record without words that say it: evidence is empty")
        if not any(e.start <= self.trigger.start and self.trigger.end <= e.end for e in self.evidence):
            raise ValueError("the trigger must lie within the evidence")
        if not 0.0 <= self.score <= 1.0:
            raise ValueError(f"a score lies in 0..1, not {self.score}")


class Uncoded(Record, frozen=True, kw_only=True):
    """A sentence or block from which nothing was coded, and why."""

    span: Span
    reason: UncodedReason
    detail: str | None = None


class CodedDocument(Record, frozen=True, kw_only=True):
    """One document after the pure half of the pipeline: what the store takes in.

    `times`, `entities`, `quotations` and `places` are kept so that pages can show why.
    `settings` is the digest of the settings that can change the outcome.
    """

    article: Article
    mentions: tuple[EventMention, ...]
    uncoded: tuple[Uncoded, ...] = ()
    entities: tuple[Mention, ...] = ()
    times: tuple[TimeExpression, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    coder: str = ""
    tables: str = ""
    nlp: str | None = None
    settings: str = ""


class DocumentFacts(Record, frozen=True, kw_only=True):
    """What linking and lists need to know of a document without its text. `added` is an ISO instant (UTC)."""

    id: str
    source: str
    publisher: str | None = None
    agency: str | None = None
    author: str | None = None
    url: str | None = None
    title: str | None = None
    language: str | None = None
    dateline: str | None = None
    published: Published = Published()
    chars: int = 0
    sha256: str = ""
    added: str | None = None
    mentions: int = 0


class Failure(Record, frozen=True, kw_only=True):
    """A document that could not be read, or is not an article: kept as a row with its reason."""

    source: str
    reason: str
    detail: str
    where: str | None = None
    raw_sha256: str | None = None


# --- link: judgements and what is computed from them -----------------------------------------------


class Judgement(Record, frozen=True, kw_only=True):
    """A verdict that joins (or parts) two things, with its reasons. A person's outranks the machine's.

    `left` and `right` are ids of event mentions or documents; `left < right` for symmetric kinds.
    `score` is a calibrated probability in 0..1. `at` is an ISO 8601 instant in UTC; `by` is "machine" with
    its version ("link.v1") or a person's name. A withdrawal is another row with `withdraws` = its id.
    """

    id: str
    left: str
    right: str
    kind: JudgementKind
    score: float
    reasons: tuple[str, ...]
    by: str
    at: str
    withdraws: str | None = None


class Copy(Record, frozen=True, kw_only=True):
    """That `document` republishes text of `original`. `shared` is the share of the shorter one's text."""

    document: str
    original: str
    shared: float
    reasons: tuple[str, ...]
    agency: str | None = None


class Originator(Record, frozen=True, kw_only=True):
    """Who first said it, as far as the documents say: a ministry, an agency, a publisher's own voice."""

    name: str
    entity: str | None
    country: str | None
    party: bool = False  # whether it is a party to the event
    mentions: tuple[str, ...] = ()


class Event(Record, frozen=True, kw_only=True):
    """The occurrence in the world: event mentions judged the same. `originators` are the independent ones."""

    id: str
    type: EventType
    mode: str | None
    modality: Modality
    actors: tuple[Participant, ...]
    recipients: tuple[Participant, ...]
    when: When
    where: Where | None
    mentions: tuple[str, ...]
    documents: tuple[str, ...]
    publishers: tuple[str, ...]
    originators: tuple[Originator, ...]
    score: float
    contexts: tuple[str, ...] = ()
    quad: Quad | None = None
    plover_score: float | None = None
    series: str | None = None
    story: str | None = None
    headline: str | None = None  # one line that says it, made from the fields
    reviewed: str | None = None  # accepted, rejected, corrected


class Story(Record, frozen=True, kw_only=True):
    """Documents that follow one development."""

    id: str
    documents: tuple[str, ...]
    title: str
    start: str | None
    end: str | None


class Discrepancy(Record, frozen=True, kw_only=True):
    """A field in which two mentions of one event differ (or a plan and what became of it), and of what kind that is."""

    event: str
    field: str
    kind: DiscrepancyKind
    left: str
    right: str
    left_span: Span | None
    right_span: Span | None
    left_value: str | None
    right_value: str | None
    note: str = ""


class StateChange(Record, frozen=True, kw_only=True):
    """One step of a commitment's life. `document` and `evidence` are None only for computed states (overdue-unreported,
    lapsed-unreported), `mention` also where a sentence of which no record was made tells of it ("the summit of A and B
    has been cancelled"). `at` is the day it became known (publication)."""

    state: CommitmentState
    at: str | None
    mention: str | None
    document: str | None
    evidence: Span | None
    reason: str


class Commitment(Record, frozen=True, kw_only=True):
    """An announced or pledged event followed to its outcome. `history` is in order of becoming known."""

    id: str
    kind: Literal["event", "pledge", "threat", "demand"]
    by: tuple[Participant, ...]
    to: tuple[Participant, ...]
    what: str
    due: When
    state: CommitmentState
    history: tuple[StateChange, ...]
    mentions: tuple[str, ...]
    event: str | None = None
    verifiable: bool = True


class LinkDocument(Record, frozen=True, kw_only=True):
    """What linking reads of one document: its facts, text, body spans and event mentions."""

    facts: DocumentFacts
    text: str
    body: tuple[Span, ...]
    mentions: tuple[EventMention, ...]


class Derived(Record, frozen=True, kw_only=True):
    """Everything computed from mentions and judgements; rebuilt, never edited."""

    judgements: tuple[Judgement, ...] = ()
    events: tuple[Event, ...] = ()
    stories: tuple[Story, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    discrepancies: tuple[Discrepancy, ...] = ()
    copies: tuple[Copy, ...] = ()


# --- review and runs --------------------------------------------------------------------------------


class Review(Record, frozen=True, kw_only=True):
    """A person's act on a record; append-only. `before` and `after` are JSON of the field concerned.

    `anchor` (document id, trigger span, type) lets a decision find its record again after re-coding.
    """

    id: str
    target: str
    act: Literal["accept", "reject", "correct", "add", "merge", "split", "settle", "undo"]
    field: str | None
    before: str | None
    after: str | None
    why: str | None
    by: str
    at: str
    anchor: str | None = None
    undoes: str | None = None


class Run(Record, frozen=True, kw_only=True):
    """One pass of coding or linking, and everything needed to repeat it."""

    id: str
    kind: Literal["add", "recode", "link", "load"]
    coder: str
    tables: str
    nlp: str | None
    settings: str
    started: str
    ended: str | None = None
    counts: dict[str, int] = {}


# --- the one filter ---------------------------------------------------------------------------------


class Filter(Record, frozen=True, kw_only=True):
    """What a list shows; one record for the command line, Python, API and pages alike.

    Country arguments are ISO alpha-3. `since` <= day < `until`. `date` says which day is meant.
    """

    actor: tuple[str, ...] = ()
    recipient: tuple[str, ...] = ()
    either: tuple[str, ...] = ()  # on any side
    beside: tuple[str, ...] = ()  # on any side as well: with `either`, what two parties take part in together or against each other
    bloc: tuple[str, ...] = ()  # on any side a member of one of these ("nato", "eu", "g7"), or the body itself
    dyad: tuple[str, str] | None = None
    directed: bool = False  # of the dyad, only what the first does towards the second
    type: tuple[str, ...] = ()
    quad: tuple[str, ...] = ()
    mode: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    attribution: str | None = None
    publisher: tuple[str, ...] = ()
    document: str | None = None
    story: str | None = None
    min_originators: int | None = None
    place: str | None = None
    box: tuple[float, float, float, float] | None = None  # south, west, north, east
    since: str | None = None
    until: str | None = None
    date: Literal["happened", "published", "added"] = "happened"
    text: str | None = None
    reviewed: Literal["accepted", "rejected", "corrected", "none"] | None = None
    min_score: float | None = None
    as_of: str | None = None
    limit: int = 100
    after: str | None = None  # keyset: the id of the last row seen
    order: Literal["date", "-date", "score", "originators"] = "date"
