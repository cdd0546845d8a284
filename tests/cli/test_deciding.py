"""Verdicts from the command line."""

import json

from communique.cli import main

REPORTS = (
    "Peru and Chile held talks on copper in Lima on 3 March.",
    "Kenya and Uganda held talks on fishing in Kampala on 5 March.",
)


def _out(capsys, *argv):
    assert main([*argv]) == 0
    return json.loads(capsys.readouterr().out)


def _sets(capsys, path):
    return sorted(len(e["mentions"]) for e in _out(capsys, "events", "--store", path, "--json"))


def test_a_bloc_and_a_limit_choose_what_is_exported(tmp_path, capsys):
    path = str(tmp_path / "s.db")
    texts = tmp_path / "reports.jsonl"
    texts.write_text("".join(json.dumps({"text": t, "url": f"http://a.example/{k}", "published": "2025-03-06"}) + "\n" for k, t in enumerate(REPORTS)))
    assert main(["add", str(texts), "--store", path]) == 0
    sizes = {}
    for flags in ((), ("--bloc", "EAC"), ("--bloc", "eac", "--bloc", "nato"), ("--bloc", "nato"), ("--limit", "1")):
        capsys.readouterr()
        assert main(["export", "jsonl", *flags, "--store", path]) == 0
        sizes[flags] = len(capsys.readouterr().out.splitlines())
    assert list(sizes.values()) == [2, 1, 1, 0, 1]
    assert main(["export", "jsonl", "--bloc", "atlantis", "--store", path]) == 2
    assert "there are: aes arab-league" in capsys.readouterr().err


def test_a_merge_outlives_what_comes_and_is_undone_at_once(tmp_path, capsys):
    path = str(tmp_path / "s.db")
    texts = tmp_path / "reports.jsonl"
    texts.write_text("".join(json.dumps({"text": t, "url": f"http://a.example/{k}", "published": "2025-03-06"}) + "\n" for k, t in enumerate(REPORTS)))
    assert main(["add", str(texts), "--store", path]) == 0
    capsys.readouterr()
    before = _sets(capsys, path)
    assert before == [1, 1]
    ids = [e["id"] for e in _out(capsys, "events", "--store", path, "--json")]
    assert main(["review", "merge", *ids, "--store", path]) == 0
    capsys.readouterr()
    assert _sets(capsys, path) == [2]
    later = tmp_path / "later.jsonl"
    later.write_text(json.dumps({"text": "Fiji and Samoa held talks on tuna on 4 March.", "url": "http://a.example/9", "published": "2025-03-06"}) + "\n")
    assert main(["add", str(later), "--store", path]) == 0
    capsys.readouterr()
    assert _sets(capsys, path) == [1, 2]
    act = next(r["id"] for r in _out(capsys, "review", "list", "--store", path, "--json") if r["act"] == "merge")
    assert main(["review", "undo", act, "--store", path]) == 0
    capsys.readouterr()
    assert _sets(capsys, path) == [1, 1, 1]
