"""Verbs that decide: review, quality, recode, diff, train."""

from __future__ import annotations

import datetime as dt
import getpass
from typing import Any

import click

from communique.cli import _common, _output
from communique.cli.looking import find_record
from communique.errors import UsageError

ACTS = ("list", "accept", "reject", "correct", "merge", "split", "undo", "settle", "add", "sample")


@click.command()
@click.argument("act", type=click.Choice(ACTS), metavar="ACT")
@click.argument("targets", nargs=-1, metavar="[ID...]")
@click.option("--field", metavar="NAME", help="correct: which field.")
@click.option(
    "--to", "value", metavar="VALUE",
    help="correct: its new value: parties as 'Japan; Gen Nakatani | JPN', days as 2025-09-08, 2025-09 or first/day after the last, "
    "a place by name, contexts with commas, none for nothing; or JSON as `show --json` prints it.",
)
@click.option("--span", metavar="START-END", help="add: which characters of the document say it.")
@click.option("--type", "kind", metavar="TYPE", help="add: the record's PLOVER type; other fields as a JSON object in --to, each in JSON or in words.")
@click.option("--why", metavar="TEXT", help="The reason, kept with the act.")
@click.option("--by", metavar="NAME", help="Who decides; your login when not given.")
@_output.store_option
@_output.output_options
def review(
    act: str, targets: tuple[str, ...], field: str | None, value: str | None, span: str | None, kind: str | None, why: str | None, by: str | None,
    store_path: str | None, output: str | None,
) -> None:
    """Accept, reject or correct records, merge or split events, undo. Every act is a row with who, when and why.

    ACT: list accept reject correct merge split undo settle add sample. `sample 20` draws twenty records that nobody has
    judged, at random: judge these, and `quality` counts them alone. `settle` says which value holds (--to) where an
    event's reports differ (--field); `add` keeps a record that the coder missed in a document. `merge` joins the mentions (or events) named; `split` parts
    the first mention from the others; `undo` takes the id of an act.
    """
    import msgspec

    if act == "list":
        with _common.open_existing(store_path) as store:
            _output.emit(
                store.reviews(),
                output=output,
                columns=[
                    ("at", lambda r: r.at), ("by", lambda r: r.by), ("act", lambda r: r.act), ("target", lambda r: r.target),
                    ("field", lambda r: r.field), ("before", lambda r: r.before), ("after", lambda r: r.after), ("id", lambda r: r.id), ("why", lambda r: r.why),
                ],
                wire=msgspec.to_builtins,
            )  # fmt: skip
        return
    if act == "sample":
        _draw(store_path, targets, output)
        return
    if not targets:
        raise UsageError(f"review {act} needs the id of a record; `communique mentions` lists them")
    who = by or getpass.getuser()
    with _common.open_existing(store_path, read_only=False) as store:
        if act in ("merge", "split"):
            _join(store, act, targets, who, why)
            return
        if act in ("settle", "add"):
            _settle_or_add(store, act, targets, {"field": field, "value": value, "span": span, "kind": kind}, who, why)
            return
        for target in targets:
            row = _row(store, act, target, field, value, why, who)
            store.inner.review(row)
            click.echo(f"{act}: {target} (act {row.id})", err=True)
        if act in ("undo", "reject", "correct"):
            _link(store, always=act == "undo")


def _draw(store_path: str | None, targets: tuple[str, ...], output: str | None) -> None:
    """Records at random that nobody has judged; the store remembers which."""
    import secrets

    from communique.records import Filter
    from communique.views import wire

    if len(targets) > 1 or not all(t.isascii() and t.isdigit() and 0 < int(t) <= 10_000 for t in targets):
        raise UsageError("review sample takes how many to draw, 1 to 10000; twenty already give an interval", value=targets)
    with _common.open_existing(store_path, read_only=False) as store:
        found = store.inner.sample(int(targets[0]) if targets else 20, Filter(reviewed="none"), seed=secrets.randbits(32))
        found = [m for m in found if m.coder != "by hand"]
        store.inner.mark_sampled(m.id for m in found)
        columns = [
            ("id", lambda m: m.id), ("type", lambda m: f"{m.type}/{m.mode}" if m.mode else m.type),
            ("who \u2192 whom", lambda m: wire.who_to_whom(m.actors, m.recipients)), ("modality", lambda m: m.modality), ("when", lambda m: m.when.start),
            ("quote", store.inner.quote),
        ]  # fmt: skip
        _output.emit(found, output=output, columns=columns, wire=wire.mention_to_wire)


_SMALL = 800  # documents, up to which a verdict moves events at once


def _link(store: Any, *, always: bool = True) -> None:
    """Derive events anew: what was joined, parted, rejected or corrected, or is so no more. In a large store a single
    verdict waits for the next `add`, and that is said."""
    from communique import pipeline

    if not always and store.counts()["documents"] > _SMALL:
        click.echo("the record is changed; the events follow with the next `communique add`", err=True)
        return
    pipeline.link_store(store.inner, settings=store.settings)


def _settle_or_add(store: Any, act: str, targets: tuple[str, ...], given: dict[str, str | None], who: str, why: str | None) -> None:
    import re


    if len(targets) != 1:
        raise UsageError(f"review {act} takes one id")
    kind, found, _ = find_record(store, targets[0])
    value = given["value"]
    if act == "settle":
        if kind != "event" or given["field"] is None or value is None:
            raise UsageError("review settle takes an event's id, --field NAME and --to VALUE (null for neither)")
        row = store.inner.settle(found, given["field"], None if value == "null" else value, by=who, why=why)
        click.echo(f"settle: {found} (act {row.id})", err=True)
        return
    at = re.fullmatch(r"(\d+)-(\d+)", given["span"] or "")
    if kind != "document" or at is None or given["kind"] is None:
        raise UsageError("review add takes a document's id, --span START-END and --type TYPE")
    fields = _other_fields(value, given["kind"].upper())
    made = store.inner.add_missed(found, (int(at[1]), int(at[2])), given["kind"].upper(), by=who, why=why, **fields)
    _link(store, always=False)
    click.echo(f"add: {made.id}: {store.inner.quote(made)}", err=True)


def _other_fields(value: str | None, kind: str) -> dict[str, Any]:
    """The fields of an added record from a JSON object whose values are JSON or words."""
    import msgspec

    from communique.records import EventMention, Span
    from communique.views.entering import field_value

    try:
        fields = msgspec.json.decode(value) if value is not None else {}
    except msgspec.DecodeError:
        fields = None
    if not isinstance(fields, dict):
        raise UsageError('--to must be a JSON object of the record\'s other fields, such as {"actors": "Japan", "when": "2025-09-08"}', value=value)
    blank = EventMention(id="", document="", type=kind, trigger=Span(0, 1), evidence=(Span(0, 1),))  # type: ignore[arg-type]
    for name in fields:
        if name not in blank.__struct_fields__:
            raise UsageError(f"no field {name!r}; there are: {', '.join(blank.__struct_fields__)}", value=name)
    return {name: field_value(name, v, blank) if isinstance(v, str) else v for name, v in fields.items()}


def _join(store: Any, act: str, targets: tuple[str, ...], who: str, why: str | None) -> None:
    groups = []
    for target in targets:
        kind, found, record = find_record(store, target)
        if kind not in ("mention", "event"):
            raise UsageError(f"{target!r} is a {kind}; {act} takes event mentions or events", value=target)
        groups.append(list(record.mentions) if kind == "event" else [found])
    if len(groups) < 2:
        raise UsageError(f"review {act} takes at least two records")
    if act == "merge":
        store.inner.merge([m for g in groups for m in g], by=who, why=why)
    else:
        store.inner.split(groups[0], [m for g in groups[1:] for m in g], by=who, why=why)
    _link(store)
    click.echo(f"{act}: {', '.join(targets)}", err=True)


def _row(store: Any, act: str, target: str, field: str | None, value: str | None, why: str | None, who: str) -> Any:
    import msgspec

    from communique.records import Review
    from communique.store.review import CORRECTABLE
    from communique.text import digest
    from communique.views.entering import field_value

    now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    anchor = before = after = None
    found = target
    if act != "undo":
        kind, found, record = find_record(store, target)
        if kind not in ("mention", "event"):
            raise UsageError(f"{target!r} is a {kind}; review takes event mentions and events", value=target)
        if kind == "mention":
            anchor = msgspec.json.encode([record.document, msgspec.to_builtins(record.trigger), record.type]).decode()
    if act == "correct":
        if field is None or value is None:
            raise UsageError("review correct needs --field NAME and --to VALUE")
        if field not in CORRECTABLE or field not in record.__struct_fields__:
            raise UsageError(f"no field {field!r} to correct; there are: {', '.join(f for f in record.__struct_fields__ if f in CORRECTABLE)}", value=field)
        before = msgspec.json.encode(getattr(record, field)).decode()
        after = msgspec.json.encode(field_value(field, value, record)).decode()
    return Review(
        id=digest(act, found, field, after, who, now), target=found, act=act, field=field, before=before, after=after,  # type: ignore[arg-type]
        why=why, by=who, at=now, anchor=anchor, undoes=found if act == "undo" else None,
    )  # fmt: skip


@click.command()
@_common.filter_options
@_output.store_option
@_output.output_options
def quality(store_path: str | None, output: str | None, **flags: Any) -> None:
    """How right the records are: by type, the share accepted among those reviewed, with a 95 % Wilson interval and
    the count it implies."""
    with _common.open_existing(store_path) as store:
        drawn = store.inner.sampled()
        said = f"of {len(drawn)} records drawn at random" if drawn else "of records that people picked, which says little of the rest: `communique review sample 20` draws some at random"
        click.echo(said, err=True)
        _output.emit(
            store.accuracy(_common.make(**flags)),
            output=output,
            columns=[
                ("type", lambda a: a.group),
                ("right", lambda a: a.right),
                ("reviewed", lambda a: a.n),
                ("share", lambda a: a.share),
                ("low", lambda a: round(a.low, 3)),
                ("high", lambda a: round(a.high, 3)),
                ("coded", lambda a: a.total),
                ("true, low", lambda a: a.true_low),
                ("true, high", lambda a: a.true_high),
            ],
            wire=lambda a: a._asdict(),
        )


@click.command()
@click.argument("left", metavar="NAME")
@click.argument("right", metavar="NAME")
@_output.store_option
@_output.output_options
def agreement(left: str, right: str, store_path: str | None, output: str | None) -> None:
    """How two reviewers agree on the records both judged (Cohen's kappa, Krippendorff's alpha), then the records on
    which they differ and nobody has decided since: a third reviewer's verdict settles each."""
    with _common.open_existing(store_path) as store:
        found = store.inner.agreement(left, right)
        click.echo(", ".join(f"{k} {v:.3f}" if isinstance(v, float) else f"{k} {'-' if v is None else v}" for k, v in found.items()), err=True)
        _output.emit(
            store.inner.disputed(left, right),
            output=output,
            columns=[("record", lambda r: r[0]), (left, lambda r: r[1]), (right, lambda r: r[2])],
            wire=lambda r: {"record": r[0], left: r[1], right: r[2]},
        )


@click.command()
@click.argument("act", type=click.Choice(("list", "save", "run", "forget")), metavar="ACT")
@click.argument("name", required=False)
@click.option("--kind", type=click.Choice(("event", "mention")), default="event", show_default=True, help="save: of which list.")
@click.option("--note", metavar="TEXT", help="save: what it is for.")
@click.option("--by", metavar="NAME", help="Who; your login when not given.")
@_common.filter_options
@click.option("--as-of", metavar="DATE", help="save, run: only what had been published by that day.")
@_output.store_option
@_output.output_options
def query(act: str, name: str | None, kind: Any, note: str | None, by: str | None, store_path: str | None, output: str | None, **flags: Any) -> None:
    """Questions kept by name. ACT: `save` keeps the filter of the flags, `run` opens its list, `list`, `forget`."""
    import msgspec

    with _common.open_existing(store_path, read_only=act in ("list", "run")) as store:
        if act == "list":
            columns = [
                ("name", lambda q: q.name), ("kind", lambda q: q.kind), ("rows", lambda q: store.inner.count(q.kind, q.filter)),
                ("by", lambda q: q.by), ("at", lambda q: q.at), ("note", lambda q: q.note),
            ]  # fmt: skip
            _output.emit(store.inner.saved_queries(), output=output, columns=columns, wire=msgspec.to_builtins)
            return
        if name is None:
            raise UsageError(f"query {act} needs a name")
        if act == "save":
            made = store.inner.save_query(name, _common.make(**flags), kind=kind, by=by or getpass.getuser(), note=note)
            click.echo(f"saved: {made.name}: {store.inner.count(made.kind, made.filter)} {made.kind}s", err=True)
        elif act == "forget":
            if not store.inner.forget_query(name, by=by or getpass.getuser()):
                raise UsageError(f"no saved query {name!r}; `communique query list` lists them", value=name)
        else:
            _run_query(store, name, output, flags.get("as_of"))


def _run_query(store: Any, name: str, output: str | None, as_of: str | None) -> None:
    import msgspec

    from communique.api import checked_date
    from communique.cli.looking import event_columns
    from communique.views.wire import event_to_wire, mention_to_wire

    found = store.inner.saved_query(name)
    if found is None:
        raise UsageError(f"no saved query {name!r}; `communique query list` lists them", value=name)
    flt = msgspec.structs.replace(found.filter, as_of=checked_date(as_of)) if as_of else found.filter
    if found.kind == "event":
        _output.emit(store.inner.events(flt), output=output, columns=event_columns(store), wire=event_to_wire)
        return
    columns = [("type", lambda m: m.type), ("when", lambda m: m.when.start), ("quote", store.inner.quote), ("id", lambda m: m.id)]
    _output.emit(store.inner.mentions(flt), output=output, columns=columns, wire=mention_to_wire)


@click.command()
@click.option("--coder", metavar="NAME", help="Which coder, e.g. model.v1.")
@click.option("--threshold", type=click.FloatRange(0, 1), help="Leave out records below this score.")
@_output.store_option
def recode(coder: str | None, threshold: float | None, store_path: str | None) -> None:
    """Code every document of the store again with today's coder, beside the old run. Decisions carry over."""
    from communique import pipeline
    from communique.annotate.language import own_process
    from communique.api import Store

    own_process()
    chosen = _common.settings(store_path, coder=coder, threshold=threshold)
    with _common.open_existing(store_path, read_only=False) as store:
        before = [r.id for r in store.runs() if r.kind != "recode" or r.ended is not None]
        run = pipeline.recode_store(Store(store.inner, chosen).inner, settings=chosen)
        click.echo(f"run {run.id}: {run.counts['documents']} documents, {run.counts['mentions']} event mentions")
        if before:
            click.echo(f"compare: communique diff {before[-1]} {run.id}", err=True)
        for row, mention in store.orphans():
            said = f" {row.field} to {row.after}" if row.act == "correct" else ""
            click.echo(f"orphaned: {row.act}{said} by {row.by} of {mention.type} {mention.id}, “{store.inner.quote(mention)}”: no record stands there now", err=True)


@click.command()
@click.argument("old", metavar="[RUN]", required=False)
@click.argument("new", metavar="[RUN]", required=False)
@_output.store_option
@_output.output_options
def diff(old: str | None, new: str | None, store_path: str | None, output: str | None) -> None:
    """What two runs coded differently: added, removed, changed, with the fields and reasons. Without RUN: the runs."""
    if old is not None and new is None:
        raise click.UsageError("diff takes two runs; `communique diff` without any lists them")
    with _common.open_existing(store_path) as store:
        if old is None or new is None:
            _list_runs(store, output)
            return
        known = [r.id for r in store.runs()]
        for name in (old, new):
            if name not in known:
                raise UsageError(f"no run {name!r}; there are: {', '.join(known) or 'none'}", value=name)
        _output.emit(
            store.diff(old, new),
            output=output,
            columns=[
                ("change", lambda c: c.kind), ("document", lambda c: c.document), ("old", lambda c: c.old),
                ("new", lambda c: c.new), ("fields", lambda c: c.fields), ("reasons", lambda c: c.reasons),
            ],
            wire=lambda c: c._asdict(),
        )  # fmt: skip


def _list_runs(store: Any, output: str | None) -> None:
    """All runs, the oldest first."""
    import msgspec

    columns = [("run", lambda r: r.id), ("started", lambda r: r.started), ("kind", lambda r: r.kind), ("coder", lambda r: r.coder), ("tables", lambda r: r.tables)]
    _output.emit(store.runs(), output=output, columns=columns, wire=msgspec.to_builtins)


@click.command()
@click.option("--out", metavar="FILE", help="Where the correction goes; STORE.coder.json when not given.")
@click.option("--force", is_flag=True, help="Keep it even when the held-back share came out worse.")
@_output.store_option
def train(out: str | None, force: bool, store_path: str | None) -> None:
    """Teach the coder from the reviews of a store: accepted, rejected and retyped records.

    Three documents in ten only measure. The correction is kept only if types come out no worse on them than
    before, or with --force. It takes seconds and needs nothing beyond this installation.
    """
    from communique.coding import adapt

    with _common.open_existing(store_path) as store:
        examples = _examples(store)
        target = out or f"{store.inner.path}.coder.json"
    taught = adapt.learn(examples)
    held = taught.held
    click.echo(f"{taught.examples} reviewed records; types right on {held.n} held back: before {held.before:.3f}, after {held.after:.3f}")
    if held.after < held.before and not force:
        raise UsageError("not kept: the held-back share came out worse; review more records, or --force")
    adapt.save(taught, target)
    click.echo(f'written: {target}. To use it set adapted = "{target}" in communique.toml, then `communique recode`', err=True)


def _examples(store: Any) -> list[Any]:
    """The reviewed records as examples, each with the type that was coded and the type that the reviewers left."""
    import msgspec

    from communique.coding.adapt import Example
    from communique.records import Span
    from communique.store.review import standing
    from communique.text import fold_same_length

    acts: dict[str, list[Any]] = {}
    for act in store.inner.reviews():
        acts.setdefault(act.target if act.act != "undo" else "", []).append(act)
    undone = {a.undoes for a in acts.pop("", [])}
    out = []
    sentences: dict[str, list[Any]] = {}
    for target in sorted(acts):
        held = [a for a in standing(acts[target]) if a.act in ("accept", "reject", "correct") and a.id not in undone]
        mention = store.inner.mention(target) if held else None
        if mention is None:
            continue
        retyped = [a for a in held if a.field == "type"]
        coded = msgspec.json.decode(retyped[0].before) if retyped and retyped[0].before else mention.type
        last = [a.act for a in held if a.act != "correct"]
        true = "NONE" if last and last[-1] == "reject" else mention.type
        place = _sentence(store, mention, sentences)
        text = fold_same_length(store.inner.text(mention.document) or "")[place.start : place.end]
        inside = Span(start=mention.trigger.start - place.start, end=mention.trigger.end - place.start)
        out.append(Example(document=mention.document, sentence=text, trigger=inside, coded=coded, true=true))
    return out


def _sentence(store: Any, mention: Any, made: dict[str, list[Any]]) -> Any:
    """The sentence of a mention's trigger; `made` keeps what was parsed, by document."""
    from communique.annotate.language import parse_articles

    if mention.document not in made:
        (parsed,) = parse_articles([store.inner.document(mention.document).article])
        made[mention.document] = [s.span for s in parsed]
    return next(s for s in made[mention.document] if s.start <= mention.trigger.start < s.end)
