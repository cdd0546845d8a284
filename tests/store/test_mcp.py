"""The tools a language-model client gets: every answer has ids and quotes, claims fail closed, corrections only queue."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
import pytest
from tests.store.factory import TEXT, coded, event

from communique import mcp
from communique.errors import UsageError
from communique.store import open_store


@pytest.fixture
def filled(tmp_path: Path):
    made = coded()
    with open_store(tmp_path / "a.db") as store:
        store.add(made)
        store.replace_derived(events=[event(made.mentions[0]), event(made.mentions[1])])
        yield store


def _quotes(value: object) -> list[dict]:
    if isinstance(value, dict):
        own = [q for q in value.get("quotes", ())]
        return own + [q for v in value.values() for q in _quotes(v)]
    return [q for v in value for q in _quotes(v)] if isinstance(value, (list, tuple)) else []


def test_every_reading_tool_answers_with_quotes_at_their_offsets(filled) -> None:
    made = coded()
    agreed = event(made.mentions[0]).id
    arguments = {
        "get_document": {"id": made.article.doc.id}, "search_events": {"actor": "KEN"}, "get_event": {"id": agreed},
        "get_evidence": {"id": agreed}, "timeline": {"actor": "KEN"}, "dyad_series": {"actor": "JPN", "recipient": "KEN"},
        "compare_sources": {"id": agreed}, "explain_record": {"id": agreed},
    }  # fmt: skip
    for name, given in arguments.items():
        answer = mcp.TOOLS[name](filled, **given)
        found = _quotes(answer)
        assert found, name
        for quote in found:
            assert quote["document"] == made.article.doc.id
            assert TEXT[quote["start"] : quote["end"]] == quote["text"], name
        assert msgspec.json.encode(answer)
    found = mcp.search_documents(filled, "fisheries")["documents"]
    assert [d["id"] for d in found] == [made.article.doc.id]
    assert mcp.ledger_of(filled)["commitments"] == []
    assert len(mcp.TOOLS) == 12


@pytest.mark.parametrize(
    "claim",
    [
        "Japan pledged boats worth $3 million to Kenya.",  # another number
        "Kenya pledged boats worth $2 million to Japan.",  # the other way round
        "Japan did not pledge boats worth $2 million to Kenya.",
        "Japan delivered boats worth $2 million to Kenya.",  # a pledge is not a deed
        "Japan boats worth $2 million to Kenya",  # the turning word left out
        "Tanzania and Uganda agreed on Tuesday.",
        "Japan",
        "???",
    ],
)
def test_claims_that_no_quote_says_are_not_in_the_corpus(filled, claim: str) -> None:
    answer = mcp.check_claims(filled, claim)
    assert [c["verdict"] for c in answer["claims"]] == ["not in corpus"]
    assert not answer["all_supported"]


def test_a_claim_is_supported_with_its_quote_and_who_said_so(filled) -> None:
    answer = mcp.check_claims(filled, "Kenya and Tanzania agreed on Tuesday to open a joint fisheries office. The moon is cheese.")
    first, second = answer["claims"]
    assert first["verdict"] == "supported"
    assert first["support"][0]["said_by"] == ["Kenya's foreign ministry"]
    assert TEXT[first["support"][0]["quotes"][0]["start"] :].startswith("Kenya and Tanzania agreed")
    assert second == {"claim": "The moon is cheese.", "verdict": "not in corpus", "support": []}
    assert not answer["all_supported"]
    assert not mcp.check_claims(filled, "")["all_supported"], "nothing claimed is nothing supported"


def test_a_proposed_correction_only_queues(filled) -> None:
    name = coded().mentions[0].id
    before = filled.mention(name)
    answer = mcp.propose_correction(filled, name, "type", "CONSULT", "they only talked")
    assert answer["applied"] is False
    assert filled.mention(name) == before
    assert len(filled.reviews()) == 0
    lines = mcp.proposals_path(filled).read_bytes().splitlines()
    assert [msgspec.json.decode(line)["target"] for line in lines] == [name]
    for target, field, why in (("nothing", "type", "x"), (name, "id", "x"), (name, "colour", "x"), (name, "type", " ")):
        with pytest.raises(UsageError):
            mcp.propose_correction(filled, target, field, "CONSULT", why)


def test_unknown_ids_and_filters_are_one_line(filled) -> None:
    for call in (
        lambda: mcp.get_event(filled, "zz"), lambda: mcp.get_document(filled, "zz"), lambda: mcp.get_evidence(filled, "zz"),
        lambda: mcp.search_events(filled, actor="KEN", limit=0),
    ):  # fmt: skip
        with pytest.raises(UsageError) as caught:
            call()
        assert "\n" not in str(caught.value)


def test_the_extra_is_named_when_it_is_not_installed(filled, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "mcp", None)
    for name in ("mcp.server.fastmcp", "mcp.server.mcpserver"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UsageError, match=r"communique\[mcp\]"):
        mcp.make_server(filled)


def test_the_server_lists_and_runs_the_tools(filled) -> None:
    pytest.importorskip("mcp", reason="the extra mcp is not installed")
    import asyncio

    server = mcp.make_server(filled)
    assert {t.name for t in asyncio.run(server.list_tools())} == set(mcp.TOOLS)
    answer = asyncio.run(server.call_tool("search_documents", {"words": "fisheries"}))
    assert "Lakeside Herald" in str(answer)
