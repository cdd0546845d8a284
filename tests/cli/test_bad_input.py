"""Bad input, verb by verb: one line on stderr that starts with the program's name, the promised exit code, and no
traceback. Exit codes: 1 error, 2 usage, 3 a check failed."""

from __future__ import annotations

import os
import stat

import pytest

from communique.cli import VERBS, main


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COMMUNIQUE_STORE", raising=False)
    (tmp_path / "empty.txt").write_bytes(b"")
    (tmp_path / "binary.bin").write_bytes(bytes(range(256)) * 64)
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk" / "noise.dat").write_bytes(os.urandom(4096))
    (tmp_path / "junk.db").write_bytes(b"not a database at all, only text\n" * 40)
    (tmp_path / "report.txt").write_text("PARIS, Sept 8 - France and Germany signed a treaty in Paris on Monday, officials said.\n")
    return tmp_path


def run(capsys, *argv):
    code = main(list(argv))
    out = capsys.readouterr()
    assert "Traceback" not in out.err
    return code, out.out, out.err


def told(err):
    lines = [line for line in err.splitlines() if line.strip()]
    assert lines, "nothing was said"
    assert all(line.startswith("communique: ") for line in lines), err
    assert all(len(line) < 500 for line in lines)
    return lines


# What needs a store, with arguments that would do if there were one.
NEED_STORE = {
    "documents": [], "events": [], "mentions": [], "show": ["x"], "explain": ["x"], "timeline": [], "dyad": ["JPN", "KOR"],
    "network": [], "commitments": [], "compare": ["x"], "brief": [], "actors": [], "actor": ["JPN"], "stories": [], "sources": [],
    "review": ["list"], "agreement": ["ann", "bob"], "query": ["list"], "quality": [], "train": [], "recode": [], "diff": ["a", "b"], "export": ["csv"], "verify": [], "snapshot": ["copy.db"],
    "serve": [], "mcp": [], "forecast": ["next", "--actor", "PRK"], "warnings": [], "scoreboard": [], "indicators": ["JPN", "KOR"], "dossier": ["JPN"],
}  # fmt: skip


@pytest.mark.parametrize("verb", sorted(NEED_STORE))
def test_no_store_says_how_to_make_one(here, capsys, verb):
    code, _, err = run(capsys, verb, *NEED_STORE[verb], "--store", "none.db")
    assert code == 1
    assert len(told(err)) == 1
    assert "none.db" in err


@pytest.mark.parametrize("verb", sorted(NEED_STORE))
def test_a_store_that_is_none_is_refused(here, capsys, verb):
    code, _, err = run(capsys, verb, *NEED_STORE[verb], "--store", "junk.db")
    assert code == 1
    assert len(told(err)) == 1


@pytest.mark.parametrize("verb", ["code", "add"])
@pytest.mark.parametrize("path", ["missing.txt", "empty.txt", "binary.bin", "junk"])
def test_files_that_hold_no_report(here, capsys, verb, path):
    code, _, err = run(capsys, verb, path, *(["--store", "s.db"] if verb == "add" else []))
    assert code in (1, 2)
    assert any(path.split(".")[0] in line or "noise" in line for line in told(err))


@pytest.mark.parametrize("verb", ["code", "add"])
@pytest.mark.parametrize("value", ["yesterday", "2025-13-40", "08/09/2025"])
def test_bad_dates(here, capsys, verb, value):
    code, _, err = run(capsys, verb, "report.txt", "--published", value)
    assert code == 2
    assert value in told(err)[0]


@pytest.mark.parametrize(
    "argv",
    [
        ["nosuchverb"], ["code"], ["add"], ["events", "--limit", "0"], ["show"], ["export"], ["score"], ["score", "nosuch", "x"],
        ["score", "seeds", "nowhere"], ["code", "report.txt", "--threshold", "7"], ["snapshot"], ["compare"], ["diff", "a"], ["dyad", "JPN"],
    ],
)  # fmt: skip
def test_usage(here, capsys, argv):
    code, _, err = run(capsys, *argv)
    assert code == 2
    assert len(told(err)) == 1


def test_a_good_report_beside_bad_ones_is_coded(here, capsys):
    code, out, err = run(capsys, "add", "empty.txt", "report.txt", "binary.bin", "--store", "s.db", "--json")
    assert code == 0
    assert '"coded": 1' in out
    assert '"failed": 2' in out
    assert len(told(err)) == 2


def test_filters_that_name_nothing(here, capsys):
    assert main(["add", "report.txt", "--store", "s.db"]) == 0
    capsys.readouterr()
    for argv in (
        ["events", "--type", "PARTY"], ["events", "--modality", "maybe"], ["events", "--dyad", "JAPAN"], ["events", "--since", "soon"],
        ["events", "--actor", "QQQ"], ["mentions", "--either", "Atlantis"], ["events", "--dyad", "JPN-QQQ"], ["events", "--quad", "verbal"],
        ["events", "--min-score", "3"], ["events", "--box", "39,124,33,132"], ["events", "--since", "2025-02-02", "--until", "2025-02-02"],
        ["commitments", "--state", "soon"], ["commitments", "--by", "Atlantis"], ["indicators", "JPN", "QQQ"], ["forecast", "counts", "JPN", "QQQ"],
        ["forecast", "next", "--actor", "org:nato"], ["dossier", "Atlantis"], ["dossier", "JPN"], ["dossier", "ev_none"],
        ["export", "docx"], ["show", "zzzz"], ["explain", "zzzz"],
    ):  # fmt: skip
        code, _, err = run(capsys, *argv, "--store", "s.db")
        assert code == 2, argv
        assert len(told(err)) == 1


def test_parties_go_by_name_and_odd_modes_are_told(here, capsys):
    assert main(["add", "report.txt", "--store", "s.db"]) == 0
    capsys.readouterr()
    lists = [run(capsys, "events", "--either", name, "--store", "s.db") for name in ("FRA", "fra", "France", "french", "country:FRA")]
    assert lists[0][1].count("ev_") >= 1
    assert all(one == lists[0] for one in lists)
    code, _, err = run(capsys, "events", "--mode", "waltz", "--store", "s.db")
    assert code == 0 and "no mode of PLOVER" in told(err)[0]
    assert run(capsys, "dossier", "France", "--store", "s.db")[1].startswith("# Dossier: France")


def test_a_newer_store_is_refused(here, capsys):
    import apsw

    assert main(["add", "report.txt", "--store", "s.db"]) == 0
    capsys.readouterr()
    connection = apsw.Connection("s.db")
    connection.execute("pragma user_version = 9999")
    connection.execute("update meta set value = '9999' where key like '%schema%'") if _has_meta(connection) else None
    connection.close()
    code, _, err = run(capsys, "events", "--store", "s.db")
    assert code == 1
    assert "newer" in told(err)[0]


def _has_meta(connection):
    return bool(list(connection.execute("select 1 from sqlite_master where name = 'meta'")))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(here, capsys):
    (here / "locked").mkdir()
    (here / "locked").chmod(stat.S_IRUSR | stat.S_IXUSR)
    code, _, err = run(capsys, "add", "report.txt", "--store", "locked/s.db")
    assert code == 1
    told(err)


def test_every_verb_is_in_this_table():
    assert set(VERBS) == set(NEED_STORE) | {"code", "add", "score", "batch", "link", "load", "watch", "doctor", "demo"}
