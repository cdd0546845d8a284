"""Verbs that look ahead: forecast, warnings, scoreboard, indicators, dossier."""

from __future__ import annotations

from typing import Any

import click

from communique.cli import _common, _output


@click.command()
@click.argument("subject", metavar="ACTOR|AAA-BBB|EVENT")
@click.option("--since", metavar="DATE", help="From this day.")
@click.option("--until", metavar="DATE", help="Before this day.")
@click.option("--format", "form", type=click.Choice(["md", "html", "json"]), default="md", show_default=True)
@click.option("--out", metavar="PATH", help="Write here instead of stdout.")
@_output.store_option
def dossier(subject: str, since: str | None, until: str | None, form: str, out: str | None, store_path: str | None) -> None:
    """A sourced dossier of an actor (ISO code or entity), of a dyad (JPN-KOR) or of an event: every sentence with
    the records behind it, the ledger, and where reports differ."""
    from communique.api import make_filter
    from communique.views import brief as briefs

    with _common.open_existing(store_path) as store:
        flt = make_filter(since=since, until=until)
        pair = subject.split("-") if "-" in subject and ":" not in subject else None
        if pair and len(pair) == 2 and all(len(p) == 3 for p in pair):
            found = briefs.dossier(store.inner, dyad=(pair[0].upper(), pair[1].upper()), flt=flt)
        else:
            found = briefs.dossier(store.inner, actor=subject, flt=flt)
    _write(_rendered(found, form), out)


def _rendered(found: Any, form: str) -> str:
    import html

    import msgspec

    from communique.views import brief as briefs

    if form == "json":
        return msgspec.json.format(msgspec.json.encode(found), indent=1).decode() + "\n"
    text = briefs.to_markdown(found)
    if form == "md":
        return text
    lines = "\n".join(html.escape(line) for line in text.splitlines())
    return f'<!doctype html><meta charset="utf-8"><title>{html.escape(found.title)}</title><pre>{lines}</pre>\n'


def _write(text: str, out: str | None) -> None:
    from pathlib import Path

    from communique.errors import UsageError

    if out is None:
        click.echo(text, nl=False)
        return
    try:
        Path(out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{out}: {error.strerror}; name a file that can be written", where=out) from error
