"""Write `docs/cli.md` from the program's own help: every verb, argument and option, with its help text."""

from __future__ import annotations

import sys
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def cli_text() -> str:
    """The page as it stands in docs."""
    from communique.cli import GROUPS, program

    out = [
        "# The command line",
        "",
        "One program, verbs. Data goes to stdout, talk to stderr; a table on a terminal, JSON on a pipe (`--json` `--jsonl` `--csv` `--table`",
        "force it); `-` is stdin. Exit codes: 0 ok, 1 error, 2 usage, 3 a check failed. `--store PATH` or `COMMUNIQUE_STORE` names the store.",
        "This page is written by `scripts/export_cli_docs.py` from the program's own help.",
    ]
    context = click.Context(program, info_name="communique")
    for title, verbs in GROUPS.items():
        out += ["", f"## {title}"]
        for name, _, _ in verbs:
            command = program.get_command(context, name)
            assert command is not None
            out += _verb(command, f"communique {name}", context)
    return "\n".join(out) + "\n"


def _verb(command: click.Command, path: str, parent: click.Context) -> list[str]:
    context = click.Context(command, info_name=command.name, parent=parent)
    arguments = " ".join(p.make_metavar(context) for p in command.params if isinstance(p, click.Argument))
    out = ["", f"### `{path}{' ' + arguments if arguments else ''}`", "", " ".join((command.help or "").split())]
    rows = [p.get_help_record(context) for p in command.params if isinstance(p, click.Option)]
    shown = [r for r in rows if r is not None]
    if shown:
        out += ["", "| option | |", "|---|---|"]
        out += [f"| `{flag.replace('|', chr(92) + '|')}` | {' '.join(text.split()).replace('|', chr(92) + '|')} |" for flag, text in shown]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            if inner is not None:
                out += _verb(inner, f"{path} {name}", context)
    return out


if __name__ == "__main__":
    (ROOT / "docs" / "cli.md").write_text(cli_text(), encoding="utf-8")
