"""The public surface is a list; importing it costs nothing heavy."""

import subprocess
import sys

import communique


def test_the_public_names():
    assert communique.__all__ == sorted(communique.__all__)
    assert set(communique.__all__) == {
        "CodedDocument", "CommuniqueError", "Document", "DocumentError", "Event", "EventMention", "Filter", "RunError",
        "Span", "Store", "code", "open", "read",
    }  # fmt: skip
    for name in communique.__all__:
        assert getattr(communique, name) is not None


def test_what_is_public_can_be_completed(tmp_path):
    assert set(communique.__all__) <= set(dir(communique))
    with communique.open(tmp_path / "s.db") as store:
        assert {"add", "events", "sql", "snapshot", "documents", "commitments"} <= set(dir(store))


def test_importing_loads_nothing_heavy():
    heavy = "{'spacy', 'numpy', 'scipy', 'onnxruntime', 'trafilatura', 'litestar', 'apsw', 'lxml', 'rich'}"
    code = f"import sys, communique, communique.cli; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_lists_every_verb_and_every_verb_loads():
    import click

    from communique.cli import VERBS, program

    context = click.Context(program)
    for name in VERBS:
        command = program.get_command(context, name)
        assert command is not None, name
        assert command.help, f"{name} has no help"
