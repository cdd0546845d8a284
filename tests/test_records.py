"""What types cannot say is refused on construction; the schema in docs is that of the records."""

import json
from pathlib import Path

import msgspec
import pytest

from communique import records as r
from communique.records import Span

ROOT = Path(__file__).resolve().parent.parent


def mention(**changes):
    fields = {"id": "m", "document": "d", "type": "AGREE", "trigger": Span(2, 4), "evidence": (Span(0, 9),)}
    return r.EventMention(**(fields | changes))


@pytest.mark.parametrize("start, end", [(5, 4), (-1, 3)])
def test_spans_run_forwards(start, end):
    with pytest.raises(ValueError, match="start <= end"):
        Span(start, end)


def test_no_record_without_words():
    with pytest.raises(ValueError, match="without words"):
        mention(evidence=())


def test_trigger_lies_within_the_evidence():
    with pytest.raises(ValueError, match="trigger"):
        mention(evidence=(Span(5, 9),))


def test_intervals_are_half_open():
    with pytest.raises(ValueError, match="half-open"):
        r.When(start="2025-09-08", end="2025-09-08", basis="stated")
    assert r.DateInterval(start=None, end="2025-09-08").start is None


def test_unknown_date_and_unknown_basis_go_together():
    with pytest.raises(ValueError, match="unknown"):
        r.Published(start="2025-09-08", end="2025-09-09", basis="unknown")
    with pytest.raises(ValueError, match="unknown"):
        r.Published(basis="header")


def test_blocks_are_sorted_and_apart():
    doc = r.Document(id="d", source="-", format="text", text="abcdef", sha256="", raw_sha256="")
    with pytest.raises(ValueError, match="overlap"):
        r.Article(doc=doc, blocks=(r.Block(kind="body", span=Span(0, 4)), r.Block(kind="body", span=Span(3, 6))), header=r.Header())


def test_unknown_fields_and_wrong_values_are_refused_on_decoding():
    good = msgspec.json.encode(mention())
    assert msgspec.json.decode(good, type=r.EventMention) == mention()
    for bad in (good.replace(b'"AGREE"', b'"AGREED"'), good[:-1] + b',"colour":"red"}'):
        with pytest.raises(msgspec.ValidationError):
            msgspec.json.decode(bad, type=r.EventMention)


def test_the_schema_in_docs_is_that_of_the_records():
    import importlib.util

    spec = importlib.util.spec_from_file_location("export_schema", ROOT / "scripts" / "export_schema.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "schema.json").read_text() == module.schema_text(), "run scripts/export_schema.py"
    assert "EventMention" in json.loads(module.schema_text())["$defs"]
