"""The only module that knows the order of the stages, and the only one that unpacks `Settings`.

The pure half, one document at a time: read → label → annotate → resolve → code. Then, over a store: add and
link. A document that cannot be read costs itself alone and becomes a `Failure`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import itertools
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from communique.config import Settings
from communique.errors import CommuniqueError, DocumentError
from communique.link import Linker, link_documents
from communique.records import Annotated, Article, CodedDocument, Derived, Document, Failure, Run, Sentence
from communique.text import digest
from communique.views.rebuild import link_input, link_inputs

if TYPE_CHECKING:
    from communique.resolve.importers import ActorList, Imported
    from communique.store import Store

BATCH = 32  # documents whose blocks are parsed together; memory, not results, depends on it


class Summary(msgspec.Struct, kw_only=True):
    """What one `add` did, in documents: `read` = `coded` + `known` + `not_article` + `failed`."""

    read: int = 0
    coded: int = 0
    known: int = 0
    not_article: int = 0
    failed: int = 0
    copies: int = 0
    mentions: int = 0
    events: int = 0
    failures: list[Failure] = []


def code_text(
    text: str,
    *,
    source: str = "-",
    publisher: str | None = None,
    published: str | None = None,
    url: str | None = None,
    settings: Settings | None = None,
) -> CodedDocument:
    """One report given as text, coded. `published` is an ISO date. Raises `DocumentError` if it can't be read."""
    from communique.ingest.formats import document_from_text

    doc = document_from_text(text, source=source, publisher=publisher, published=published, url=url)
    return code_document(doc, settings=settings)


def code_document(doc: Document, *, settings: Settings | None = None) -> CodedDocument:
    """A document as read, coded: the pure half of the pipeline."""
    from communique.ingest import label_article

    article = label_article(doc)
    return _code_article(article, None, settings or Settings())


def code_many(
    items: Iterable[Document | Failure], *, settings: Settings | None = None, actors: Imported | None = None
) -> Iterator[CodedDocument | Failure]:
    """The same for many, in order, their blocks parsed in batches. Failures pass through in place. `actors` are those
    of imported lists."""
    from communique.annotate.language import parse_articles
    from communique.ingest import label_article

    chosen = settings or Settings()
    source = iter(items)
    while chunk := list(itertools.islice(source, BATCH)):
        labelled: list[Article | Failure] = []
        for item in chunk:
            try:
                labelled.append(item if isinstance(item, Failure) else label_article(item))
            except DocumentError as error:
                labelled.append(_failure(item, error))
        articles = [a for a in labelled if isinstance(a, Article)]
        if articles:
            _hasten(chosen)
        parsed = iter(parse_articles(articles))
        for entry in labelled:
            if isinstance(entry, Failure):
                yield entry
                continue
            sentences = next(parsed)
            try:
                yield _code_article(entry, sentences, chosen, actors)
            except DocumentError as error:
                yield _failure(entry.doc, error)


def _hasten(settings: Settings) -> None:
    """In a process of our own, load the coder's model and the gazetteer beside the parser."""
    from communique.annotate.language import process_is_ours

    if process_is_ours() and settings.coder == "model.v1" and not _hastened.is_set():
        _hastened.set()
        threading.Thread(target=_load_early, name="load tables").start()


_hastened = threading.Event()


def _load_early() -> None:
    from communique.coding import classifier
    from communique.resolve import places

    with contextlib.suppress(CommuniqueError):  # said where the table is first needed
        classifier.load()
        places.load_gazetteer()


def code_paths(
    paths: Sequence[str | Path],
    *,
    publisher: str | None = None,
    published: str | None = None,
    settings: Settings | None = None,
    **reading: Any,
) -> Iterator[CodedDocument | Failure]:
    """Everything readable under the paths, coded, in order; what could not be read comes as `Failure`s."""
    return code_many(read_paths(paths, publisher=publisher, published=published, **reading), settings=settings)


def read_paths(
    paths: Sequence[str | Path], *, publisher: str | None = None, published: str | None = None, **reading: Any
) -> Iterator[Document | Failure]:
    """The documents under the paths, as read. See `ingest.formats.read_documents` for `reading`."""
    from communique.ingest.formats import read_documents

    for path in paths:
        yield from read_documents(path, publisher=publisher, published=published, **reading)


def _code_article(
    article: Article, sentences: tuple[Sentence, ...] | None, settings: Settings, actors: Imported | None = None
) -> CodedDocument:
    from communique import plugins
    from communique.annotate import annotate_article
    from communique.resolve import resolve_article

    annotated: Annotated = resolve_article(annotate_article(article, sentences), actors)
    coder = plugins.find("coders", settings.coder)
    extra: dict[str, Any] = {}
    if settings.coder in plugins.BUILT_IN["coders"]:
        from communique.coding.ontology import Decisions

        decisions = Decisions(
            version=settings.plover, accuse=settings.accuse, sanction=settings.sanction, goldstein=settings.goldstein,
            borders=settings.borders,
        )
        extra = {"coder": settings.coder, "decisions": decisions, "adapted": settings.adapted}
    mentions, uncoded = coder(annotated, threshold=settings.threshold, **extra)
    from communique import tables

    return CodedDocument(
        article=article,
        mentions=mentions,
        uncoded=uncoded,
        entities=annotated.mentions,
        times=annotated.times,
        quotations=annotated.quotations,
        places=annotated.places,
        coder=settings.coder,
        tables=tables.version() + (f"+actors.{actors.mark}" if actors else ""),
        nlp=annotated.nlp,
        settings=settings.digest(),
    )


def import_actors(store: Store, path: str | Path, *, kind: str | None = None, name: str | None = None) -> ActorList:
    """Read an actor list ("phoenix", "wikidata", "ftm") into the store; one of the same name gives way to it. What is added
    or coded again from now on knows its actors. Raises `UsageError` for a file that is no such list."""
    from communique.resolve.importers import read_list

    made = read_list(Path(path), kind, name=name, at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"))
    store.keep_list(made.name, msgspec.json.encode(made).decode())
    return made


def actor_lists(store: Store) -> list[ActorList]:
    """The lists of actors in the store, by name."""
    kept = store.kept_lists()
    if not kept:
        return []
    from communique.resolve.importers import ActorList

    return [msgspec.json.decode(text, type=ActorList) for text in kept.values()]


def imported_actors(store: Store) -> Imported | None:
    """The actors of the store's lists, ready for resolving; `None` when it has none."""
    lists = actor_lists(store)
    if not lists:
        return None
    from communique.resolve.importers import Imported

    return Imported(lists)


def _failure(item: Document | Failure, error: DocumentError) -> Failure:
    if isinstance(item, Failure):
        return item
    return Failure(
        source=item.source, reason=error.reason, detail=str(error), where=error.where, raw_sha256=item.raw_sha256
    )


def add_paths(
    store: Store,
    paths: Sequence[str | Path],
    *,
    publisher: str | None = None,
    published: str | None = None,
    settings: Settings | None = None,
    progress: Callable[[CodedDocument | Failure], None] | None = None,
    **reading: Any,
) -> Summary:
    """Read, code and store everything under the paths, then link. Twice is once: a document that is known is not
    coded again. Each document is durable when `progress` is called for it; a stop in between loses none of those."""
    done = Summary()

    def unknown() -> Iterator[Document | Failure]:
        for item in read_paths(paths, publisher=publisher, published=published, **reading):
            done.read += 1
            if isinstance(item, Document) and store.facts(item.id) is not None:
                done.known += 1
            else:
                yield item

    for item in code_many(unknown(), settings=settings, actors=imported_actors(store)):
        if isinstance(item, Failure):
            store.add_failure(item)
            done.failures.append(item)
            done.not_article += item.reason == "not an article"
            done.failed += item.reason != "not an article"
        elif store.add(item, raw=_raw_bytes(item.article.doc)):
            done.coded += 1
            done.mentions += len(item.mentions)
        else:
            done.known += 1
        if progress is not None:
            progress(item)
    if done.coded:
        derived = link_store(store, settings=settings)
        done.copies = len(derived.copies)
        done.events = len(derived.events)
    return done


def _raw_bytes(doc: Document) -> bytes | None:
    """The bytes the document was read from, when it is a file of its own that still says the same."""
    if doc.format not in ("text", "html", "mail"):
        return None
    try:
        raw = Path(doc.source).read_bytes()
    except (OSError, ValueError):
        return None
    return raw if hashlib.sha256(raw).hexdigest() == doc.raw_sha256 else None


class _Linked:
    """What linking keeps of an open store between two calls, so that only what changed is judged and written."""

    def __init__(self, threshold: float) -> None:
        self.threshold = threshold
        self.linker = Linker(threshold=threshold)
        self.seen = 0  # the last line of the store's log that is taken in
        self.written: Derived | None = None


_linked: weakref.WeakKeyDictionary[Store, _Linked] = weakref.WeakKeyDictionary()
_linking = threading.Lock()


def link_store(store: Store, *, settings: Settings | None = None) -> Derived:
    """Judge and derive over the store, and write the outcome in one transaction. The first call on an open store reads
    all of it; later ones read what the log says is new, judge its neighbourhood, and write what came out otherwise."""
    chosen = settings or Settings()
    with _linking:
        return _link_store(store, chosen.link_threshold)


def _link_store(store: Store, threshold: float) -> Derived:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    kept = _linked.pop(store, None)  # put back when all is written: what failed half-way is not built on
    news = _news(store, kept.seen if kept is not None else 0)
    names: dict[str, None] = {}
    if kept is None or kept.threshold != threshold or not {(kind, act) for _, kind, act, _ in news} <= _TAKEN:
        kept = _Linked(threshold)  # nothing is known yet, or somebody else wrote what was derived
        kept.linker.add(link_inputs(store), at=now)
    else:
        names = dict.fromkeys(name for _, kind, _, name in news if kind == "document")
        judged = store.mentions_of(name for _, kind, act, name in news if kind == "review" and act in ("reject", "correct"))
        names |= dict.fromkeys(m.document for m in judged.values())
        kept.linker.remove(name for name in names if name in kept.linker)
        kept.linker.add(link_inputs(store, names), at=now)
    fresh = kept.linker.new
    derived = kept.linker.derive([j for j in store.judgements() if not j.by.startswith("link.")], at=now)
    known = {j.id for j in (kept.written or derived).judgements} if kept.written else set()
    store.judge(derived.judgements if kept.written is None else [*fresh, *(j for j in derived.judgements if j.id not in known)])
    _write_derived(store, derived, kept, names)
    kept.written = derived
    kept.seen = max([kept.seen, *(seq for seq, *_ in news)])
    kept.seen = max([kept.seen, *(seq for seq, kind, *_ in _news(store, kept.seen) if kind == "event")])
    _linked[store] = kept
    return derived


# What the log may tell without the kept state being thrown away: documents, and decisions that are read anew each time.
_TAKEN = {("document", "add"), ("document", "recode"), *(("review", act) for act in ("accept", "reject", "correct", "merge", "split", "settle"))}


def _news(store: Store, since: int) -> list[tuple[int, str, str, str]]:
    """(sequence number, kind, act, id) of the log after a line."""
    out: list[tuple[int, str, str, str]] = []
    while rows := store.changes(since, limit=10_000):
        out += [(seq, kind, act, name) for seq, _, kind, act, name in rows]
        since = rows[-1][0]
    return out


def _write_derived(store: Store, derived: Derived, kept: _Linked, names: Iterable[str]) -> None:
    """Put what was derived in place of what was: everything, or only the records around the documents whose records
    came out otherwise than last time."""
    before, where = kept.written, kept.linker.document_of
    if before is None:
        scope: set[str] | None = None
    else:
        scope = set(names)
        scope.update(d for event in set(before.events) ^ set(derived.events) for d in event.documents)
        scope.update(d for story in set(before.stories) ^ set(derived.stories) for d in story.documents)
        scope.update(c.document for c in set(before.copies) ^ set(derived.copies))
        scope.update(d for c in set(before.commitments) ^ set(derived.commitments) for m in c.mentions if (d := where(m)))
        homes = {e.id: e.documents for e in (*before.events, *derived.events)}
        scope.update(d for row in set(before.discrepancies) ^ set(derived.discrepancies) for d in homes[row.event])

    def near(documents: Iterable[str | None]) -> bool:
        return scope is None or not scope.isdisjoint(documents)

    events = [e for e in derived.events if near(e.documents)]
    told = {e.id for e in events}
    store.replace_derived(
        events=events,
        stories=[s for s in derived.stories if near(s.documents)],
        commitments=[c for c in derived.commitments if near(where(m) for m in c.mentions)],
        discrepancies=[d for d in derived.discrepancies if d.event in told],
        copies=[c for c in derived.copies if near([c.document])],
        scope=scope,
    )


def link_coded(coded: Sequence[CodedDocument], *, as_of: str | None = None, threshold: float = 0.5) -> Derived:
    """Judge and derive over coded documents without a store."""
    return link_documents([link_input(c) for c in coded], threshold=threshold, as_of=as_of)


def recode_store(
    store: Store, *, settings: Settings | None = None, progress: Callable[[CodedDocument], None] | None = None
) -> Run:
    """Code every document of the store again with today's coder, beside the old coding, and link. Nothing published
    is overwritten; people's decisions carry over by anchor. Returns the run, with counts."""
    chosen = settings or Settings()
    from communique import plugins, tables
    from communique.annotate.language import model_name

    plugins.find("coders", chosen.coder)  # a name that is none leaves no run behind
    actors = imported_actors(store)
    version = tables.version() + (f"+actors.{actors.mark}" if actors else "")
    started = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    run = Run(
        id="run_" + digest("recode", chosen.coder, version, chosen.digest(), started),
        kind="recode",
        coder=chosen.coder,
        tables=version,
        nlp=model_name(),
        settings=chosen.digest(),
        started=started,
    )
    store.start_run(run)
    counts = {"documents": 0, "mentions": 0, "failed": 0}
    known = [c.article.doc for c in (store.document(f.id) for f in list(store.documents())) if c is not None]
    for item in code_many(known, settings=chosen, actors=actors):
        if isinstance(item, Failure):
            counts["failed"] += 1
            continue
        store.add(item, run=run)
        counts["documents"] += 1
        counts["mentions"] += len(item.mentions)
        if progress is not None:
            progress(item)
    store.finish_run(run.id, counts)
    link_store(store, settings=chosen)
    return msgspec.structs.replace(run, counts=counts)
