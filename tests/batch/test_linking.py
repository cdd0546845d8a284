"""The second pass in shards: its outcome is that of linking everything in one process."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import msgspec
import pytest
from tests.link.test_incremental import _coded

from communique.batch import linking, parts
from communique.errors import CheckError, RunError
from communique.link import link_documents
from communique.records import Derived, DocumentFacts, EventMention, LinkDocument, Participant, Published, Span, When

PAIRS = [("KEN", "UGA"), ("PER", "BOL"), ("OMN", "DJI"), ("KEN", "PER"), ("NOR", "FIN")]
ACTS = [("CONSULT", "met"), ("AID", "delivered grain to"), ("ACCUSE", "accused"), ("COOPERATE", "held drills with"), ("AGREE", "agreed to meet")]
FILLER = "The crossing stayed open through the night while lorries waited in two long rows and the drivers slept beside the road"


def _report(number: int, rng: random.Random, text: str | None = None) -> LinkDocument:
    """A report around the turn of a month, one to three mentions; every fifth names one party alone, some no date."""
    a, b = PAIRS[number // 3 % len(PAIRS)]
    day = dt.date(2026, 1, 28) + dt.timedelta(days=number // 4)
    lines, mentions = [], []
    if text is None:
        for _ in range(rng.randint(1, 3)):
            kind, verb = rng.choice(ACTS)
            lines.append((kind, verb, f"{a} {verb} {b} over {rng.choice(['water', 'fish', 'rail', 'a border post'])}."))
        text = "\n".join(line for _, _, line in lines) + f"\nNote {number}. " + " ".join(rng.sample(FILLER.split(), 18)) + "."
    at = 0
    for kind, verb, line in lines:
        start = text.index(verb, at)
        when = When(start=day.isoformat(), end=(day + dt.timedelta(days=1)).isoformat(), grain="day", basis="stated") if rng.random() < 0.8 else When()
        who = tuple(Participant(span=None, text=None, name=c, country=c, kind="country", entity=f"country:{c}") for c in ((a,) if rng.random() < 0.2 else (a, b)))
        modality = "planned" if rng.random() < 0.2 else "actual"
        mentions.append(EventMention(
            id=f"m{number:04}-{start:03}", document=f"d{number:04}", type=kind, modality=modality, trigger=Span(start, start + len(verb)),
            evidence=(Span(at, at + len(line)),), actors=who[:1], recipients=who[1:], when=when,
        ))  # fmt: skip
        at += len(line) + 1
    published = Published(start=(day + dt.timedelta(days=1)).isoformat(), end=(day + dt.timedelta(days=2)).isoformat(), basis="given")
    facts = DocumentFacts(id=f"d{number:04}", source="made", publisher=f"Paper {number % 7}", published=published)
    return LinkDocument(facts=facts, text=text, body=(Span(0, len(text)),), mentions=tuple(mentions))


def _archive(folder: Path, documents: list[LinkDocument], size: int) -> None:
    """Parts of so many documents, with their receipts; the first document stands in the last part once more."""
    folder.mkdir(exist_ok=True)
    for n, start in enumerate(range(0, len(documents), size)):
        some = documents[start : start + size]
        some = some if start + size < len(documents) else [*some, documents[0]]
        with parts.PartWriter(parts.part_path(folder, f"k{n:02}")) as writer:
            for doc in some:
                writer.write(_coded(doc))
        receipt = parts.Receipt(
            key=f"k{n:02}", versions={}, inputs=(), input_sha256=(), part=parts.part_path(folder, f"k{n:02}").name, bytes=writer.bytes, sha256=writer.sha256,
            content_sha256=writer.content_sha256, documents=len(some), coded=len(some), not_article=0, failed=0, mentions=0, chars=0, reasons={}, errors=(),
        )  # fmt: skip
        parts.write_file(parts.receipt_path(folder, f"k{n:02}"), msgspec.json.encode(receipt))


def _made(count: int) -> list[LinkDocument]:
    rng = random.Random(7)
    first = [_report(n, rng) for n in range(count)]
    # Copies: whole and cut, of texts in other parts.
    more = [_report(count + n, rng, text=first[n * 5].text + (" It was said again." if n % 2 else "")) for n in range(count // 8)]
    return [*first, *more]


def _together(folder: Path) -> Derived:
    """The same parts linked in one process, as `load` would read them."""
    seen: dict[str, LinkDocument] = {}
    for receipt in parts.receipts(folder):
        for item in parts.read_part(folder / receipt.part):
            doc = linking.link_input(item)  # type: ignore[arg-type]
            seen.setdefault(doc.facts.id, doc)
    return link_documents(list(seen.values()))


def _same(apart: Derived, whole: Derived) -> None:
    assert list(apart.judgements) == [j for j in whole.judgements if j.kind == "same event"]
    assert sorted(apart.events, key=lambda e: e.id) == sorted(whole.events, key=lambda e: e.id)
    assert apart.copies == whole.copies
    key = msgspec.json.encode
    home = {m: e.id for e in whole.events for m in e.mentions}
    inside = [d for d in whole.discrepancies if home[d.left] == home[d.right]]  # between a plan and its outcome: with the ledger
    assert sorted(apart.discrepancies, key=key) == sorted(inside, key=key)


@pytest.mark.parametrize(("size", "buckets"), [(17, 3), (50, 1), (500, 8)])
def test_shards_come_to_what_one_process_comes_to(tmp_path: Path, size: int, buckets: int) -> None:
    _archive(tmp_path / "parts", _made(160), size)
    totals = linking.link_archive(tmp_path / "parts", buckets=buckets)
    whole = _together(tmp_path / "parts")
    assert totals.documents == 180 and totals.copies == len(whole.copies) >= 15
    assert totals.judgements > 100 and any(len(e.documents) > 2 for e in whole.events)
    months = {e.when.start[:7] for e in whole.events if e.when.start}
    assert len(months) >= 3
    _same(linking.read_linked(tmp_path / "parts" / "linked"), whole)


def test_children_write_the_same_bytes_and_a_second_run_does_nothing(tmp_path: Path) -> None:
    _archive(tmp_path / "parts", _made(48), 20)
    one = linking.link_archive(tmp_path / "parts", tmp_path / "one", buckets=2)
    two = linking.link_archive(tmp_path / "parts", tmp_path / "two", engine="processes", workers=2, buckets=2)
    files = {p.name: p.read_bytes() for p in (tmp_path / "one").iterdir() if p.name != "linked.json"}
    assert files == {p.name: p.read_bytes() for p in (tmp_path / "two").iterdir() if p.name != "linked.json"}
    assert (one.events, one.judgements, one.copies) == (two.events, two.judgements, two.copies)
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "one").glob("spread-*")}
    linking.link_archive(tmp_path / "parts", tmp_path / "one", buckets=2)
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "one").glob("spread-*")}


def test_a_lost_file_is_made_again_and_a_damaged_part_stops_the_run(tmp_path: Path) -> None:
    _archive(tmp_path / "parts", _made(32), 20)
    linking.link_archive(tmp_path / "parts", buckets=2)
    found = sorted((tmp_path / "parts" / "linked").glob("judge-*.frames"))[0]
    kept = found.read_bytes()
    found.write_bytes(kept[:-1])
    linking.link_archive(tmp_path / "parts", buckets=2)
    assert found.read_bytes() == kept
    part = sorted((tmp_path / "parts").glob("part-*"))[0]
    part.write_bytes(part.read_bytes()[:-3])
    with pytest.raises(CheckError):
        linking.link_archive(tmp_path / "parts", buckets=2)


def test_a_shard_that_is_given_up_stops_the_run_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _archive(tmp_path / "parts", _made(16), 20)
    monkeypatch.setitem(linking._STAGES, "add", lambda job, name: 1 / 0)  # type: ignore[dict-item,return-value]
    with pytest.raises(RunError, match="stage 'add'"):
        linking.link_archive(tmp_path / "parts", buckets=2, attempts=1)
