"""The command line: one program, verbs; each verb parses, calls one library function, and prints.

Verbs are listed here with the module that holds them, so that `communique --help` imports nothing else and one
verb never pays for another. A user's mistake is one line on stderr and exit code 1 or 2; a check that failed is
3; a traceback means our bug.
"""

from __future__ import annotations

import atexit
import functools
import gc
import importlib
import os
import sys

import click

from communique.errors import CheckError, CommuniqueError, UsageError

GROUPS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "Read and code": (
        ("code", "reading", "Code reports and print the records; nothing is stored."),
        ("add", "reading", "Code reports into the store, then link. Twice is once."),
        ("documents", "reading", "List documents, or those that failed, with the reason."),
    ),
    "Look": (
        ("events", "looking", "List events: occurrences, each joined from its mentions."),
        ("mentions", "looking", "List event mentions: what single documents assert."),
        ("show", "looking", "One record, event, document or commitment, whole, with its quotes."),
        ("explain", "looking", "Why a record is so, and why a sentence has none."),
        ("timeline", "looking", "Events in order of time."),
        ("dyad", "looking", "Two countries: what each did to the other, by period."),
        ("network", "looking", "Who acts on whom."),
        ("commitments", "looking", "The ledger: what was announced or promised, and what became of it."),
        ("compare", "looking", "One event, report by report, field by field."),
        ("brief", "looking", "What is new, due, overdue and unusual."),
        ("actors", "looking", "The actors of the store."),
        ("actor", "looking", "One actor: names, offices, partners, commitments."),
        ("sources", "looking", "The publishers, with how much each gave and copied."),
        ("stories", "looking", "Developments, each with the documents that follow it."),
    ),
    "Decide": (
        ("review", "deciding", "Accept, reject, correct, merge, split, settle, add, undo."),
        ("agreement", "deciding", "How two reviewers agree, and what is to be adjudicated."),
        ("query", "deciding", "Questions kept by name: save, list, run, forget."),
        ("quality", "deciding", "How right the records are, by your own reviews."),
        ("train", "deciding", "Teach the coder from your reviews; before and after on a held-back share."),
        ("recode", "deciding", "Code the store again with today's coder."),
        ("diff", "deciding", "What two runs coded differently, and why."),
    ),
    "Foresee": (
        ("forecast", "foreseeing", "What usually follows: odds with their reasons."),
        ("warnings", "foreseeing", "Spikes, firsts, broken silences, overdue commitments."),
        ("scoreboard", "foreseeing", "Every forecast issued, and how it fared."),
        ("indicators", "foreseeing", "Cooperation and conflict between two countries, by week."),
        ("dossier", "foreseeing", "A sourced dossier of an actor, dyad or event."),
    ),
    "Hand on": (
        ("export", "handing", "Write records in another program's format."),
        ("verify", "handing", "Re-check every quote against the stored text."),
        ("snapshot", "handing", "A safe copy of the store for other tools."),
        ("score", "handing", "Measure against gold, yours or the project's."),
    ),
    "Run": (
        ("batch", "archiving", "Code an archive in shards, on one machine or many."),
        ("load", "archiving", "Import the parts of a batch into the store, then link."),
        ("link", "archiving", "Link the parts of a batch in shards, without a store."),
        ("watch", "archiving", "Follow feeds; alert on saved queries."),
        ("serve", "running", "The pages and the API, on this machine."),
        ("mcp", "mcp", "Serve the store to a language-model client, read only."),
        ("doctor", "running", "Check the installation and the store."),
        ("demo", "running", "The shipped sample: code, link, print, serve."),
    ),
}
VERBS = {name: (module, text) for group in GROUPS.values() for name, module, text in group}


class _Program(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"communique.cli.{VERBS[cmd_name][0]}")
        found: click.Command = getattr(module, cmd_name)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], VERBS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; `communique --help` lists the verbs"
            raise click.UsageError(f"no verb called {args[0]!r}{hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for title, verbs in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl([(name, text) for name, _, text in verbs])


@click.command(cls=_Program, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="communique", message="communique %(version)s")
def program() -> None:
    """Read reports of international affairs and keep the record: who did, said or promised what to whom,
    when, where, according to whom - each field tied to the words that support it.

    Data goes to stdout, talk to stderr; a table on a terminal, JSON on a pipe; `-` is stdin.
    Exit codes: 0 ok, 1 error, 2 usage, 3 a check failed.
    """


def main(argv: list[str] | None = None) -> int:
    """Run the program; the exit code."""
    _spare_the_collector()
    try:
        result = program.main(args=argv, prog_name="communique", standalone_mode=False)
    except click.ClickException as error:
        print_error(error.format_message())
        return 2 if isinstance(error, click.UsageError) else 1
    except click.Abort:
        print_error("stopped")
        return 1
    except CommuniqueError as error:
        print_error(str(error))
        return 3 if isinstance(error, CheckError) else 2 if isinstance(error, UsageError) else 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print_error("stopped")
        return 1
    return result if isinstance(result, int) else 0


@functools.cache
def _spare_the_collector() -> None:
    """Look for cycles a tenth as often while modules and tables load, and not at all among what is left at exit, where
    the system takes everything back: together a tenth of `code` from a cold start."""
    gc.set_threshold(20_000, 10, 10)
    atexit.register(gc.freeze)


def print_error(message: str) -> None:
    """One line on stderr."""
    click.echo(f"communique: {' '.join(message.split())}", err=True)
