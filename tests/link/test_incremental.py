"""Linking as documents come, through the store: the outcome is that of linking everything at once."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.link.test_link import _core, _documents, _rows

from communique import pipeline
from communique.evaluate._reports import made
from communique.link import Linker, link_documents
from communique.records import Article, Block, CodedDocument, Document, Header, Judgement, LinkDocument
from communique.store import Store, open_store
from communique.text import sha256_text
from communique.views.reasons import explain_event


def _coded(doc: LinkDocument) -> CodedDocument:
    sha = sha256_text(doc.text)
    source = Document(id=doc.facts.id, source=doc.facts.source, format="text", text=doc.text, sha256=sha, raw_sha256=sha)
    header = Header(publisher=doc.facts.publisher, published=doc.facts.published)
    article = Article(doc=source, blocks=tuple(Block(kind="body", span=s) for s in doc.body), header=header)
    return CodedDocument(article=article, mentions=doc.mentions, uncoded=(), entities=(), times=(), quotations=(), places=(), coder="hand.v1", tables="t", nlp="none", settings="s")


def _held(store: Store) -> dict[str, list[Any]]:
    """All that linking wrote, without the instants at which it did."""
    rows = {
        "events": list(store.events()),
        "stories": list(store.stories()),
        "commitments": list(store.commitments()),
        "discrepancies": list(store.discrepancies()),
        "copies": list(store.copies()),
        "judgements": [msgspec.structs.replace(j, at="") for j in store.judgements() if j.kind == "same event"],
    }
    return {k: sorted(v, key=lambda r: msgspec.json.encode(r)) for k, v in rows.items()}


def _store(path: Path, batches: list[list[LinkDocument]]) -> dict[str, list[Any]]:
    with open_store(path) as store:
        for batch in batches:
            for doc in batch:
                store.add(_coded(doc))
            pipeline.link_store(store)
        assert store.check(deep=True) == []
        return _held(store)


def _batches(documents: list[LinkDocument], rng: random.Random) -> list[list[LinkDocument]]:
    rest, out = list(documents), []
    rng.shuffle(rest)
    while rest:
        size = rng.randint(1, 9)
        out.append(rest[:size])
        rest = rest[size:]
    return out


def _mixed() -> list[LinkDocument]:
    sequences = [d for row in made(_rows("ledger/sequences.jsonl")[:14], mentions="hand") for d, _ in row]
    return [*_documents(10), *sequences]


@pytest.mark.parametrize("seed", range(3))
def test_the_store_holds_the_same_in_whatever_order_documents_came(tmp_path: Path, seed: int) -> None:
    documents = _mixed()
    whole = _store(tmp_path / "whole.db", [documents])
    assert whole["events"] and whole["commitments"] and whole["judgements"]
    assert _store(tmp_path / "parts.db", _batches(documents, random.Random(seed))) == whole


def test_a_store_opened_again_goes_on(tmp_path: Path) -> None:
    documents = _mixed()
    whole = _store(tmp_path / "whole.db", [documents])
    path = tmp_path / "parts.db"
    _store(path, [documents[:20], documents[20:30]])
    assert _store(path, [documents[30:40], documents[40:]]) == whole


def test_adding_twice_changes_nothing(tmp_path: Path) -> None:
    documents = _mixed()
    whole = _store(tmp_path / "whole.db", [documents])
    assert _store(tmp_path / "twice.db", [documents, documents[:7], documents]) == whole


def test_two_writers_of_one_store(tmp_path: Path) -> None:
    documents = _mixed()
    whole = _store(tmp_path / "whole.db", [documents])
    with open_store(tmp_path / "two.db") as one, open_store(tmp_path / "two.db") as other:
        for at in range(0, len(documents), 10):
            store = (one, other)[at // 10 % 2]
            for doc in documents[at : at + 10]:
                store.add(_coded(doc))
            pipeline.link_store(store)
        assert _held(one) == whole


def test_only_what_is_new_is_read_and_only_its_neighbours_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = _mixed()
    read: list[str] = []
    real = Store.document

    def document(self: Store, id: str, *, run: str | None = None) -> CodedDocument | None:
        read.append(id)
        return real(self, id, run=run)

    with open_store(tmp_path / "s.db") as store:
        for doc in documents[:-1]:
            store.add(_coded(doc))
        pipeline.link_store(store)
        monkeypatch.setattr(Store, "document", document)
        store.add(_coded(documents[-1]))
        pipeline.link_store(store)
    assert read == [documents[-1].facts.id]


def test_a_verdict_holds_and_can_be_taken_back(tmp_path: Path) -> None:
    documents = _mixed()
    with open_store(tmp_path / "s.db") as store:
        for doc in documents[:30]:
            store.add(_coded(doc))
        before = pipeline.link_store(store)
        event = next(e for e in before.events if len(e.mentions) == 2)
        store.split([event.mentions[0]], [event.mentions[1]], by="ana", why="two meetings")
        parted = pipeline.link_store(store)
        assert not any(set(event.mentions) <= set(e.mentions) for e in parted.events)
        for doc in documents[30:]:
            store.add(_coded(doc))
        later = pipeline.link_store(store)
        assert not any(set(event.mentions) <= set(e.mentions) for e in later.events)
        assert {e.id for e in store.events()} == {e.id for e in later.events}


@pytest.mark.parametrize("seed", range(4))
def test_coming_and_going_leaves_no_trace(seed: int) -> None:
    rng = random.Random(seed)
    documents = _mixed()
    stay = [d for d in documents if rng.random() < 0.7]
    linker = Linker()
    for batch in _batches(documents, rng):
        linker.add(batch)
        if rng.random() < 0.5:
            linker.derive()
        gone = [d.facts.id for d in batch if d not in stay and rng.random() < 0.5]
        linker.remove(gone)
    verdicts = _verdicts(linker) if seed % 2 else []
    linker.derive(verdicts)
    linker.remove([d.facts.id for d in documents if d not in stay])
    linker.add(documents[:5])
    linker.remove([d.facts.id for d in documents[:5] if d not in stay])
    assert _core(linker.derive()) == _core(link_documents(stay))


def _verdicts(linker: Linker) -> list[Judgement]:
    """A person's merge of two events, to be withdrawn again."""
    one, two = linker.derive().events[:2]
    left, right = sorted((one.mentions[0], two.mentions[0]))
    return [Judgement(id="v", left=left, right=right, kind="same event", score=1.0, reasons=("mine",), by="ana", at="2026-01-01T00:00:00+00:00")]


def test_explain_shows_the_nearest_that_is_another_event(tmp_path: Path) -> None:
    documents = [d for d, _ in made(_rows("link/hard.jsonl")[:1], mentions="hand")[0]]
    with open_store(tmp_path / "s.db") as store:
        for doc in documents:
            store.add(_coded(doc))
        first, second = pipeline.link_store(store).events
        said = [explain_event(e, store) for e in (first, second)]
    near = said[0]["nearest_outside"]
    joined = [j for one in said for j in one["joined"]]
    assert joined
    assert all(j["probability"] >= j["score"] >= 0.5 for j in joined)
    assert near["left"] in first.mentions
    assert near["right"] in second.mentions
    assert near["score"] == 0.0
    assert any("2024-0" in why for why in near["reasons"])
