"""Verbs that look: lists, single records, explanations, views."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from communique import tables
from communique.cli import _common, _output
from communique.errors import UsageError

if TYPE_CHECKING:
    from communique.api import Store
    from communique.records import Commitment, Event, EventMention


def event_columns(store: Store) -> list[tuple[str, Any]]:
    """The columns of events for people."""
    from communique.views import wire
    from communique.views.wording import interval_words

    def said(event: Event) -> str:
        return ", ".join(o.name for o in event.originators)

    def first_quote(event: Event) -> str:
        return wire.best_quote(event, store.mention, store.text)

    return [
        ("date", lambda e: interval_words(e.when.start, e.when.end, e.when.grain)),
        ("who → whom", lambda e: wire.who_to_whom(e.actors, e.recipients)),
        ("type", lambda e: f"{e.type}/{e.mode}" if e.mode else e.type),
        ("modality", lambda e: e.modality),
        ("outlets", lambda e: len(e.publishers) or len(e.documents)),
        ("origins", lambda e: len(e.originators)),
        ("according to", said),
        ("id", lambda e: e.id),
        ("quote", first_quote),
    ]


@click.command()
@_common.filter_options
@click.option("--as-of", metavar="DATE", help="As it stood on that day, from what was published by then.")
@_output.store_option
@_output.output_options
def events(store_path: str | None, output: str | None, as_of: str | None, **flags: Any) -> None:
    """Events of the store: occurrences in the world, each joined from the mentions that tell of it."""
    from communique.api import checked_date
    from communique.views.wire import event_to_wire

    chosen = _common.make(**flags)
    with _common.open_existing(store_path) as store:
        if as_of is not None:
            from communique.views.sifting import events_as_of

            rows: Any = events_as_of(store.inner, checked_date(as_of) or "", chosen)
        else:
            rows = store.inner.events(chosen)
        _output.emit(rows, output=output, columns=event_columns(store), wire=event_to_wire)


@click.command()
@_common.filter_options
@click.option("--as-of", metavar="DATE", help="Only what had been published by that day.")
@_output.store_option
@_output.output_options
def mentions(store_path: str | None, output: str | None, **flags: Any) -> None:
    """Event mentions of the store: what single documents assert, each with the words that say it."""
    from communique.views import wire
    from communique.views.wording import interval_words

    with _common.open_existing(store_path) as store:

        def quote(mention: EventMention) -> str:
            return wire.quote(store.text(mention.document) or "", mention)

        _output.emit(
            store.inner.mentions(_common.make(**flags)),
            output=output,
            columns=[
                ("date", lambda m: interval_words(m.when.start, m.when.end, m.when.grain)),
                ("who → whom", lambda m: wire.who_to_whom(m.actors, m.recipients)),
                ("type", lambda m: f"{m.type}/{m.mode}" if m.mode else m.type),
                ("modality", lambda m: m.modality),
                ("according to", lambda m: ", ".join(a.speaker.name for a in m.attribution)),
                ("score", lambda m: m.score),
                ("id", lambda m: m.id),
                ("quote", quote),
            ],
            wire=wire.mention_to_wire,
        )


def find_record(store: Store, key: str) -> tuple[str, str, Any]:
    """(kind, id, record) of an id or its unique beginning. Raises `UsageError` when there is none."""
    kind, found = store.find(key)
    record = {
        "document": store.document,
        "mention": store.mention,
        "event": store.event,
        "commitment": store.commitment,
        "story": store.story,
    }[kind](found)
    if record is None:
        raise UsageError(f"{key!r} was there and is no longer current; see `communique diff`", value=key)
    return kind, found, record


@click.command()
@click.argument("record_id", metavar="ID")
@_output.store_option
@_output.output_options
def show(record_id: str, store_path: str | None, output: str | None) -> None:
    """One document, event mention, event, commitment or story, whole, with its quotes. An id's beginning will do."""
    from communique.views import wire

    with _common.open_existing(store_path) as store:
        kind, _, record = find_record(store, record_id)
        value = wire.with_quotes(kind, record, store.text, store.mention)
        if _output.chosen(output) == "table":
            for line in wire.as_lines(value):
                click.echo(_output.printable(line))
        else:
            _output.write_json(value)


@click.command()
@click.argument("record_id", metavar="ID")
@_output.store_option
@_output.output_options
def explain(record_id: str, store_path: str | None, output: str | None) -> None:
    """Why a record is as it is: trigger, rule or score, aliases, date rule, link reasons, nearest that was not
    joined. For a document also why each sentence without a record has none."""
    from communique.views import reasons, wire

    with _common.open_existing(store_path) as store:
        kind, _, record = find_record(store, record_id)
        value = reasons.explain(kind, record, store.inner)
        if _output.chosen(output) == "table":
            for line in wire.as_lines(value):
                click.echo(_output.printable(line))
        else:
            _output.write_json(value)


@click.command()
@_common.filter_options
@_output.store_option
@_output.output_options
def timeline(store_path: str | None, output: str | None, **flags: Any) -> None:
    """Events in order of time, those without a date last."""
    from communique.views.wire import event_to_wire

    flags.setdefault("order", "date")
    with _common.open_existing(store_path) as store:
        rows = list(store.inner.events(_common.make(**flags)))
        rows.sort(key=lambda e: (e.when.start or "9999", e.when.end or "9999", e.id))
        _output.emit(rows, output=output, columns=event_columns(store), wire=event_to_wire)


@click.command()
@click.option("--as-of", metavar="DATE", help="The ledger as of that day; today when not given.")
@click.option("--state", multiple=True, metavar="STATE", help="Only in this state, e.g. overdue-unreported.")
@click.option("--by", metavar="ISO3", help="Made by this country.")
@click.option("--to", metavar="ISO3", help="Made to this country.")
@click.option("--between", metavar="AAA-BBB", help="In which both countries take part, on any side.")
@click.option("--kind", type=click.Choice(["event", "pledge", "threat", "demand"]), help="Only of this kind.")
@_output.store_option
@_output.output_options
def commitments(
    as_of: str | None, state: tuple[str, ...], by: str | None, to: str | None, between: str | None, kind: str | None,
    store_path: str | None, output: str | None,
) -> None:  # fmt: skip
    """The ledger: everything announced, promised, threatened or demanded, and what became of it."""
    from typing import get_args

    import msgspec

    from communique.api import checked_date, make_filter
    from communique.records import EventState, PledgeState
    from communique.views import ledger, wire
    from communique.views.wording import interval_words

    states = (*get_args(EventState), *get_args(PledgeState))
    for name in state:
        if name not in states:
            raise UsageError(f"no state {name!r}; there are: {' '.join(dict.fromkeys(states))}", value=name)
    by, to = by and tables.party(by), to and tables.party(to)
    with _common.open_existing(store_path) as store:
        day = checked_date(as_of)
        rows = ledger.commitments_as_of(
            store.inner, day or dt.date.today().isoformat(), rebuild=day is not None, by=by, to=to, kind=kind, state=state, between=make_filter(dyad=between).dyad
        )

        def evidence(item: Commitment) -> str:
            return "; ".join(f"{c.state} ({c.at or 'undated'})" for c in item.history)

        _output.emit(
            rows,
            output=output,
            columns=[
                ("due", lambda c: interval_words(c.due.start, c.due.end, c.due.grain)),
                ("by → to", lambda c: wire.who_to_whom(c.by, c.to)),
                ("kind", lambda c: c.kind),
                ("state", lambda c: c.state),
                ("history", evidence),
                ("id", lambda c: c.id),
                ("what", lambda c: c.what),
            ],
            wire=msgspec.to_builtins,
        )


@click.command()
@click.argument("event_id", metavar="EVENT|PUBLISHER")
@click.argument("other", metavar="[PUBLISHER]", required=False)
@click.option("--since", metavar="DATE", help="Two publishers: reports published from this day.")
@click.option("--until", metavar="DATE", help="Two publishers: reports published before this day.")
@_output.store_option
@_output.output_options
def compare(event_id: str, other: str | None, since: str | None, until: str | None, store_path: str | None, output: str | None) -> None:
    """One event, report by report: who says what, and the fields on which they differ. Or, given the names of two
    publishers instead of EVENT, the events that one of them reports and the other does not."""
    import msgspec

    with _common.open_existing(store_path) as store:
        if other is not None:
            _compare_publishers(store, event_id, other, since, until, output)
            return
        kind, found, _ = find_record(store, event_id)
        if kind != "event":
            raise UsageError(f"{event_id!r} is a {kind}; compare takes an event", value=event_id)
        _output.emit(
            store.discrepancies(found),
            output=output,
            columns=[
                ("field", lambda d: d.field),
                ("kind", lambda d: d.kind),
                ("one", lambda d: d.left_value),
                ("other", lambda d: d.right_value),
                ("note", lambda d: d.note),
            ],
            wire=msgspec.to_builtins,
        )


def _compare_publishers(store: Store, left: str, right: str, since: str | None, until: str | None, output: str | None) -> None:
    from communique.api import make_filter
    from communique.views import compare as comparing

    known = {str(p["publisher"]).casefold() for p in store.publishers() if p["publisher"]}
    for name in (left, right):
        if name.casefold() not in known:
            raise UsageError(f"no document of a publisher called {name!r}; `communique sources` lists them", value=name)
    flt = make_filter(publisher=(left, right), since=since, until=until, date="published")
    _output.emit(
        comparing.compare_publishers(store.inner, left, right, flt),
        output=output,
        columns=[
            ("date", lambda d: d.start),
            ("type", lambda d: d.type),
            ("only in", lambda d: d.only),
            ("id", lambda d: d.event),
            ("what", lambda d: d.headline),
        ],
        wire=_builtins,
    )


@click.command()
@_output.store_option
@_output.output_options
def sources(store_path: str | None, output: str | None) -> None:
    """The publishers: how much each gave, how much of that was copied, whom it credits most, from when to when."""
    with _common.open_existing(store_path) as store:
        _output.emit(
            store.publishers(),
            output=output,
            columns=[
                ("publisher", lambda p: p["publisher"]), ("documents", lambda p: p["documents"]), ("mentions", lambda p: p["records"]),
                ("copies", lambda p: p["copied"]), ("usual agency", lambda p: p["agency"]), ("first", lambda p: p["first"]),
                ("last", lambda p: p["last"]), ("no date", lambda p: p["undated"]),
            ],
            wire=dict,
        )  # fmt: skip


@click.command()
@_output.store_option
@_output.output_options
def stories(store_path: str | None, output: str | None) -> None:
    """Developments, each with the documents that follow it."""
    import msgspec

    with _common.open_existing(store_path) as store:
        _output.emit(
            store.stories(),
            output=output,
            columns=[
                ("from", lambda s: s.start),
                ("to", lambda s: s.end),
                ("documents", lambda s: len(s.documents)),
                ("id", lambda s: s.id),
                ("title", lambda s: s.title),
            ],
            wire=msgspec.to_builtins,
        )


@click.command()
@click.argument("left", metavar="[AAA]", required=False)
@click.argument("right", metavar="[BBB]", required=False)
@click.option("--by", "grain", type=click.Choice(["day", "week", "month", "year"]), default="month", show_default=True)
@click.option("--fill", is_flag=True, help="Periods without events too, with zeros.")
@click.option("--since", metavar="DATE", help="Without AAA and BBB: from the month of this day.")
@click.option("--until", metavar="DATE", help="Without AAA and BBB: before the month of this day.")
@_output.store_option
@_output.output_options
def dyad(left: str | None, right: str | None, grain: str, fill: bool, since: str | None, until: str | None, store_path: str | None, output: str | None) -> None:
    """What two countries did to each other, by period and direction: events, mentions, cooperation and conflict.
    Without AAA and BBB: all pairs, by how much is recorded of what one did to the other."""
    import msgspec

    from communique.api import make_filter
    from communique.views import dyads

    if left is None:
        _all_dyads(store_path, since, until, output)
        return
    if right is None:
        raise click.UsageError("dyad takes two countries; without any it lists all pairs")
    pair = make_filter(dyad=f"{left}-{right}").dyad
    assert pair is not None
    with _common.open_existing(store_path) as store:
        _output.emit(
            dyads.dyad_series(store.inner, [pair, (pair[1], pair[0])], grain=grain, fill=fill),
            output=output,
            columns=[
                ("from", lambda d: d.start),
                ("who → whom", lambda d: f"{d.actor} → {d.recipient}"),
                ("events", lambda d: d.events),
                ("mentions", lambda d: d.mentions),
                ("documents", lambda d: d.documents),
                ("verbal coop.", lambda d: d.verbal_cooperation),
                ("material coop.", lambda d: d.material_cooperation),
                ("verbal conflict", lambda d: d.verbal_conflict),
                ("material conflict", lambda d: d.material_conflict),
                ("mean score", lambda d: d.mean_score),
            ],
            wire=msgspec.to_builtins,
        )


def _all_dyads(store_path: str | None, since: str | None, until: str | None, output: str | None) -> None:
    with _common.open_existing(store_path) as store:
        rows = [r for r in store.dyad_totals(since=since, until=until) if r[0] != r[1]]
        _output.emit(
            sorted(rows, key=lambda r: -r[2]),
            output=output,
            columns=[("who → whom", lambda r: f"{r[0]} → {r[1]}"), ("mentions", lambda r: r[2]), ("mean score", lambda r: round(r[4] / r[3], 2) if r[3] else None)],
            wire=lambda r: {"actor": r[0], "recipient": r[1], "records": r[2], "mean_score": round(r[4] / r[3], 2) if r[3] else None},
        )


@click.command()
@_common.filter_options
@click.option("--by", type=click.Choice(["country", "entity"]), default="country", show_default=True)
@_output.store_option
@_output.output_options
def network(by: str, store_path: str | None, output: str | None, **flags: Any) -> None:
    """Who acts on whom: one row a pair, with cooperation and conflict apart. `export graphml` gives the graph."""
    import msgspec

    from communique.views import network as networks

    with _common.open_existing(store_path) as store:
        found = networks.network(store.inner, _common.make(**flags), by=by)
        if _output.chosen(output) in ("json", "jsonl"):
            _output.write_json(msgspec.to_builtins(found))
            return
        _output.emit(
            found.edges,
            output=output,
            columns=[
                ("who", lambda e: e.left),
                ("whom", lambda e: e.right),
                ("events", lambda e: e.events),
                ("cooperation", lambda e: e.cooperation),
                ("conflict", lambda e: e.conflict),
                ("mean score", lambda e: e.score),
                ("first", lambda e: e.first),
                ("last", lambda e: e.last),
            ],
        )


@click.command()
@click.option("--since", metavar="DATE", help="From this day.")
@click.option("--until", metavar="DATE", help="Before this day.")
@click.option("--top", type=click.IntRange(1, 200), default=10, show_default=True, help="How many lines a section.")
@_output.store_option
@_output.output_options
def brief(since: str | None, until: str | None, top: int, store_path: str | None, output: str | None) -> None:
    """What is new, due, overdue: every sentence with its records. Markdown on a terminal, JSON on a pipe."""
    import msgspec

    from communique.api import checked_date
    from communique.forecast import briefing
    from communique.views import brief as briefs

    with _common.open_existing(store_path) as store:
        found = briefs.brief(store.inner, since=checked_date(since), until=checked_date(until), top=top)
        found = briefing.with_outlook(store.inner, found, until=checked_date(until), top=top)
        if _output.chosen(output) == "table":
            click.echo("\n".join(_output.printable(line) for line in briefs.to_markdown(found).splitlines()))
        else:
            _output.write_json(msgspec.to_builtins(found))


@click.group(invoke_without_command=True)
@_output.store_option
@_output.output_options
@click.pass_context
def actors(context: click.Context, store_path: str | None, output: str | None) -> None:
    """The actors of the store, with how often each acts; or the lists of actors that were imported into it."""
    from communique.views import roster

    if context.invoked_subcommand is not None:
        return
    with _common.open_existing(store_path) as store:
        _output.emit(
            roster.actors(store.inner),
            output=output,
            columns=[
                ("entity", lambda a: a.entity),
                ("name", lambda a: a.name),
                ("country", lambda a: a.country),
                ("kind", lambda a: a.kind),
                ("sectors", lambda a: a.sectors),
                ("acts", lambda a: a.acts),
                ("receives", lambda a: a.receives),
            ],
            wire=_builtins,
        )


@actors.command("import")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["phoenix", "wikidata", "ftm"]), help="What FILE is; told from its first lines if left out.")
@click.option("--name", metavar="NAME", help="What to call the list; the file's name if left out.")
@_output.store_option
@_output.output_options
def import_list(file: Path, kind: str | None, name: str | None, store_path: str | None, output: str | None) -> None:
    """Import a list of actors: a Phoenix or PETRARCH dictionary, a Wikidata-shaped CSV of office holders, or FollowTheMoney
    entities as JSON lines. From now on `add` and `recode` know them; each keeps the list as its source. A list of the
    same name is replaced. Names that the shipped tables have keep their meaning."""
    from communique import pipeline
    from communique.api import open as open_store

    chosen = _common.settings(store_path)
    with open_store(chosen.store, settings=chosen) as store:
        made = pipeline.import_actors(store.inner, file, kind=kind, name=name)
    for line in made.skipped[:3]:
        click.echo(f"communique: {file}: left out: {line}", err=True)
    _emit_lists([made], output)


@actors.command("lists")
@_output.store_option
@_output.output_options
def show_lists(store_path: str | None, output: str | None) -> None:
    """The lists of actors in the store, with when each was imported."""
    from communique import pipeline

    with _common.open_existing(store_path) as store:
        _emit_lists(pipeline.actor_lists(store.inner), output)


@actors.command("forget")
@click.argument("name", metavar="NAME")
@_output.store_option
def forget_list(name: str, store_path: str | None) -> None:
    """Take a list of actors out of the store; `recode` then codes without it."""
    with _common.open_existing(store_path, read_only=False) as store:
        if not store.inner.forget_list(name):
            raise UsageError(f"no list of actors {name!r} in this store; `communique actors lists` lists them", value=name)


def _emit_lists(lists: list[Any], output: str | None) -> None:
    _output.emit(
        lists,
        output=output,
        columns=[("list", lambda x: x.name), ("kind", lambda x: x.kind), ("actors", lambda x: len(x.actors)), ("imported", lambda x: x.at), ("sha256", lambda x: x.sha256)],
        wire=lambda x: {"name": x.name, "kind": x.kind, "actors": len(x.actors), "imported": x.at, "sha256": x.sha256, "skipped": list(x.skipped)},
    )


@click.command()
@click.argument("key", metavar="ID")
@_output.store_option
@_output.output_options
def actor(key: str, store_path: str | None, output: str | None) -> None:
    """One actor: the words that stood for it and how each was matched, offices with the dates of the reports that
    say so, partners. ID is an entity ("person:...") or an ISO code."""
    from communique.views import roster, wire

    with _common.open_existing(store_path) as store:
        found = roster.actor(store.inner, key)
        if found is None:
            raise UsageError(f"no actor {key!r} in this store; `communique actors` lists them", value=key)
        if _output.chosen(output) == "table":
            for line in wire.as_lines(_builtins(found)):
                click.echo(_output.printable(line))
        else:
            _output.write_json(_builtins(found))


def _builtins(value: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(value)
