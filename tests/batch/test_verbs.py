"""The verbs: exit codes, JSON on stdout, one line for a mistake."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.batch.helpers import quick

from communique import pipeline
from communique.cli import main
from communique.cli.archiving import interval_seconds
from communique.errors import UsageError


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pipeline, "code_many", quick)
    monkeypatch.chdir(tmp_path)


def test_batch_then_load(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.txt").write_text("Kenya and Tanzania signed an agreement.")
    (tmp_path / "in" / "b.txt").write_bytes(b"%PDF-1.4 no text")
    assert main(["batch", "in", "--out", "parts"]) == 0
    totals = json.loads(capsys.readouterr().out)
    assert (totals["documents"], totals["coded"], totals["failed"]) == (2, 1, 1)
    for new in (1, 0):
        assert main(["load", "parts", "--store", "a.db"]) == 0
        assert json.loads(capsys.readouterr().out)["new"] == new


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["batch", "nowhere", "--out", "parts"], 2, "no such file"),
        (["batch", ".", "--out", "parts", "--engine", "steam"], 2, "serial, processes, ray"),
        (["load", "nowhere"], 2, "no receipts"),
        (["watch", "nowhere.opml", "--once"], 2, "neither an address"),
        (["watch", "https://a.test/rss", "--once", "--every", "soon"], 2, "15m"),
        (["watch", "https://a.test/rss", "--once", "--queries", "nowhere.toml"], 1, "cannot be read"),
    ],
)
def test_mistake_is_one_line(arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == code
    said = capsys.readouterr().err
    assert words in said and said.count("\n") == 1 and "Traceback" not in said


def test_watch_names_a_source_it_may_not_ask(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "http://127.0.0.1/rss", "--once", "--store", "a.db"]) == 0
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert (found["asked"], found["unreachable"], found["coded"]) == (1, 1, 0)
    assert "not on the public internet" in err


def test_intervals() -> None:
    assert [interval_seconds(v) for v in ("90s", "15m", "2h", "1d", "60")] == [90, 900, 7200, 86400, 60]
    for bad in ("", "5s", "m", "-3m", "1e9"):
        with pytest.raises(UsageError):
            interval_seconds(bad)
