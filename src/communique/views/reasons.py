"""Why, and why not: what decided a record, and for each sentence without one the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from communique.link.events import judge_pair, make_items, probability
from communique.records import CodedDocument, Commitment, Event, EventMention, Judgement, Participant, Story
from communique.views.rebuild import link_inputs
from communique.views.wording import interval_words

if TYPE_CHECKING:
    from communique.store import Store


def explain(kind: str, record: Any, store: Store) -> dict[str, Any]:
    """The reasons behind a document, mention, event, commitment or story of the store, as JSON values."""
    if kind == "document":
        return {**explain_document(record), "copies": _copies(record.article.doc.id, store)}
    if kind == "mention":
        return explain_mention(record, store.document(record.document))
    if kind == "event":
        return explain_event(record, store)
    if kind == "commitment":
        return explain_commitment(record)
    story: Story = record
    return {"story": story.id, "documents": list(story.documents), "why": "they share an event or text"}


def explain_document(coded: CodedDocument) -> dict[str, Any]:
    """What was read off the page and why, each record in a line, and each uncoded stretch with its reason."""
    header, text = coded.article.header, coded.article.doc.text
    return {
        "document": coded.article.doc.id,
        "published": {"date": header.published.start, "basis": header.published.basis, "contradicts": list(header.published.contradicts)},
        "blocks": [{"kind": b.kind, "detail": b.detail, "text": _short(text[b.span.start : b.span.end])} for b in coded.article.blocks],
        "records": [f"{m.id} {m.type} {m.modality}: {'; '.join(m.reasons)}" for m in coded.mentions],
        "uncoded": [
            {"reason": u.reason, "detail": u.detail, "text": _short(text[u.span.start : u.span.end])} for u in coded.uncoded
        ],
    }


def _copies(document: str, store: Store) -> list[dict[str, Any]]:
    """The reports that share this one's text, which is likely the original, and why."""
    return [
        {"document": c.document, "original": c.original, "shared": c.shared, "agency": c.agency, "why": list(c.reasons)}
        for c in store.copies(document=document)
    ]


def explain_mention(mention: EventMention, coded: CodedDocument | None) -> dict[str, Any]:
    """Trigger, rules, score, and how each participant, date, place and speaker was found."""
    text = coded.article.doc.text if coded else ""
    found = {(m.span.start, m.span.end): m for m in (coded.entities if coded else ())}

    def party(p: Participant) -> dict[str, Any]:
        mention_ = found.get((p.span.start, p.span.end)) if p.span else None
        if mention_ is None and p.span is not None and coded is not None:
            mention_ = next((m for m in coded.entities if m.refs and p.span.start <= m.span.start and m.span.end <= p.span.end), None)
        return {
            "text": p.text,
            "name": p.name,
            "country": p.country,
            "alias": mention_.alias if mention_ else None,
            "rule": mention_.rule if mention_ else None,
            "sense": mention_.sense if mention_ else None,
            "via": [text[s.start : s.end] for s in p.via],
        }

    return {
        "mention": mention.id,
        "type": mention.type,
        "mode": mention.mode,
        "trigger": text[mention.trigger.start : mention.trigger.end],
        "coder": mention.coder,
        "score": mention.score,
        "runner_up": list(mention.runner_up) if mention.runner_up else None,
        "reasons": list(mention.reasons),
        "actors": [party(p) for p in mention.actors],
        "recipients": [party(p) for p in mention.recipients],
        "about": [party(p) for p in mention.about],
        "when": {
            "interval": interval_words(mention.when.start, mention.when.end, mention.when.grain),
            "basis": mention.when.basis,
            "rule": mention.when.rule,
            "text": text[mention.when.span.start : mention.when.span.end] if mention.when.span else None,
        },
        "where": {"name": mention.where.name, "basis": mention.where.basis} if mention.where else None,
        "attribution": [
            {"speaker": a.speaker.name, "cue": text[a.cue.start : a.cue.end] if a.cue else None, "kind": a.kind}
            for a in mention.attribution
        ],
    }


NEAR_DAYS, NEAR_MOST = (7, 30, 120), 12  # how far in time (further only where little is found), and among how many mentions, the nearest outside is looked for
NEAR_OWN = 2  # from how many of the event's own mentions: they share parties and days, so more find the same again


def _nearest(event: Event, store: Store) -> dict[str, Any] | None:
    """The mention outside that comes nearest, where no judgement leads there: judged anew, with what speaks against it."""
    own = list(store.mentions_of(event.mentions[:NEAR_MOST]).values())
    near: dict[str, str] = {}
    for days in NEAR_DAYS:
        near = {m.id: m.document for m, _ in store.candidates(own[:NEAR_OWN], window_days=days, limit=NEAR_MOST)}
        if len(near) >= NEAR_MOST:
            break
    others = near.keys() - set(event.mentions)
    names = dict.fromkeys([*(m.document for m in own), *(near[i] for i in sorted(others))])
    items = make_items(link_inputs(store, names), only={*others, *(m.id for m in own)})
    pairs = [(a, b, judge_pair(a, b)) for a in items if a.mention.id in event.mentions for b in items if b.mention.id in others]
    found = max(pairs, key=lambda p: (not p[2].forbidden, p[2].score, p[0].mention.type == p[1].mention.type, -len(p[2].reasons), p[1].mention.id), default=None)
    if found is None:
        return None
    a, b, verdict = found
    return {"left": a.mention.id, "right": b.mention.id, "kind": "not same event", "score": verdict.score, "reasons": list(verdict.reasons)}


def _chance(row: Judgement) -> float | None:
    """The calibrated probability of a machine's judgement; a person's has none."""
    return probability(row.score) if row.by.startswith("link.") else None


def explain_event(event: Event, store: Store, *, look: bool = True) -> dict[str, Any]:
    """Why each mention is in it, by the judgements that hold, and the best judgement that leads outside; where none leads there,
    the nearest mention is judged anew, unless `look` is off."""
    rows = list(store.judgements(about=set(event.mentions)))
    inside = [j for j in rows if j.left in event.mentions and j.right in event.mentions and j.kind == "same event"]
    outside = [j for j in rows if (j.left in event.mentions) != (j.right in event.mentions)]
    near = max(outside, key=lambda j: (j.score, j.id), default=None)
    return {
        "event": event.id,
        "says": event.headline,
        "outlets": list(event.publishers),
        "originators": [{"name": o.name, "party": o.party, "mentions": list(o.mentions)} for o in event.originators],
        "joined": [
            {"left": j.left, "right": j.right, "score": j.score, "probability": _chance(j), "by": j.by, "reasons": list(j.reasons)}
            for j in inside
        ],
        "nearest_outside": {"left": near.left, "right": near.right, "kind": near.kind, "score": near.score, "reasons": list(near.reasons)}
        if near
        else (_nearest(event, store) if look else None),
        "differences": [
            {"field": d.field, "kind": d.kind, "one": d.left_value, "other": d.right_value, "note": d.note}
            for d in store.discrepancies(event.id)
        ],
    }


def explain_commitment(item: Commitment) -> dict[str, Any]:
    """Each step of its life with the words' place and the reason."""
    return {
        "commitment": item.id,
        "what": item.what,
        "state": item.state,
        "due": interval_words(item.due.start, item.due.end, item.due.grain),
        "steps": [
            {"state": c.state, "known": c.at, "reason": c.reason, "mention": c.mention, "document": c.document} for c in item.history
        ],
    }


def _short(text: str, width: int = 100) -> str:
    joined = " ".join(text.split())
    return joined if len(joined) <= width else joined[: width - 1] + "…"
