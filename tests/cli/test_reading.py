"""The main job from the command line."""

import json
import subprocess
import sys

import pytest

from communique.cli import main as main_here

REPORT = """LIMA, March 3 - Peru and Chile signed an accord on copper exports in Lima on Monday, Peru's foreign ministry said.

Chile's trade minister will visit Arequipa next week, the ministry said.
"""


def main(argv):
    """The program as users start it: a process of its own, so that no other test's state is in it."""
    done = subprocess.run([sys.executable, "-m", "communique", *argv], capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout)
    sys.stderr.write(done.stderr)
    return done.returncode


@pytest.fixture
def report(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(REPORT)
    return path


def test_code_prints_the_promised_shape(report, capsys):
    assert main(["code", str(report), "--published", "2025-03-03", "--jsonl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    found = json.loads(lines[0])
    assert set(found) >= {"document", "blocks", "mentions", "uncoded"}
    assert found["document"]["published"]["start"] == "2025-03-03"
    assert found["document"]["chars"] == len(REPORT)
    for block in found["blocks"]:
        assert 0 <= block["span"][0] < block["span"][1] <= len(REPORT)
    assert found["mentions"], "a signed accord is a record"
    for mention in found["mentions"]:
        assert set(mention) >= {
            "id", "type", "mode", "contexts", "modality", "trigger", "evidence", "actors", "recipients", "when", "where",
            "attribution", "score", "quad", "cameo", "plover_score", "coder", "tables",
        }  # fmt: skip
        for person in mention["actors"] + mention["recipients"]:
            if person["span"]:
                assert REPORT[slice(*person["span"])] == person["text"]


def test_twice_is_once(report, tmp_path, capsys):
    store = str(tmp_path / "s.db")
    assert main(["add", str(report), "--store", store]) == 0
    first = json.loads(capsys.readouterr().out)
    assert main(["add", str(report), "--store", store]) == 0
    second = json.loads(capsys.readouterr().out)
    assert (first["coded"], second["coded"], second["known"]) == (1, 0, 1)
    main(["mentions", "--store", store, "--json"])
    assert len(json.loads(capsys.readouterr().out)) == first["mentions"]


def test_stdin_is_a_dash(report, capsys, monkeypatch):
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(REPORT.encode()), encoding="utf-8"))
    assert main_here(["code", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["document"]["source"] == "-"


def test_show_explain_verify_and_lists_agree(report, tmp_path, capsys):
    store = str(tmp_path / "s.db")
    main(["add", str(report), "--store", store])
    capsys.readouterr()
    main(["events", "--store", store, "--json"])
    events = json.loads(capsys.readouterr().out)
    assert events
    for event in events:
        assert main(["show", event["id"], "--store", store, "--json"]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert shown["quotes"]
        assert all(q["quote"] == REPORT[slice(*q["span"])] for q in shown["quotes"])
        assert main(["explain", event["mentions"][0], "--store", store, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["reasons"]
    assert main(["verify", store]) == 0
    assert "0 do not hold" in capsys.readouterr().out
