"""Who deals with whom: parties as nodes, records as the weight of the edges, cooperation and conflict apart.

An edge is an ordered pair; it knows the ids of its events, so that every line on a page opens its records. Entities
are told apart by id; a country stands for its organs when `by` is "country". Written as GraphML and GEXF without
a graph library, sorted, so that the bytes are the same each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import quoteattr

from communique.errors import UsageError
from communique.records import Event, EventMention, Filter, Participant, Record
from communique.views.codes import country_name

if TYPE_CHECKING:
    from communique.store import Store


class Node(Record, frozen=True):
    """A party. `events` counts those it takes part in."""

    id: str
    name: str
    kind: str
    country: str | None
    events: int


class Edge(Record, frozen=True):
    """What one party did towards another. `score` is the mean PLOVER score, `None` without; `records` are ids."""

    left: str
    right: str
    events: int
    cooperation: int
    conflict: int
    score: float | None
    first: str | None
    last: str | None
    records: tuple[str, ...]


class Network(Record, frozen=True):
    """Nodes and edges, sorted by id."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def network(store: Store, flt: Filter | None = None, *, by: str = "country", kind: str = "event") -> Network:
    """The network of the events (or mentions) that the filter lists, between countries or entities."""
    return network_of(store.each_event(flt) if kind == "event" else store.each_mention(flt), by=by)


def network_of(records: Iterable[Event | EventMention], *, by: str = "country") -> Network:
    """The network of these records."""
    if by not in ("country", "entity"):
        raise UsageError(f"a network is by country or by entity, not {by!r}", value=by)
    nodes: dict[str, dict[str, Any]] = {}
    edges: dict[tuple[str, str], list[Event | EventMention]] = {}
    for record in records:
        actors, recipients = _sides(record, by)
        for key, party in {**actors, **recipients}.items():
            node = nodes.setdefault(key, {"name": _name(party, by), "kind": "country" if by == "country" else party.kind, "n": 0})
            node["n"] += 1
            node["country"] = party.country
        for a in actors:
            for b in recipients or actors:
                if a != b:
                    edges.setdefault((a, b), []).append(record)
    return Network(
        nodes=tuple(Node(id=k, name=v["name"], kind=v["kind"], country=v["country"], events=v["n"]) for k, v in sorted(nodes.items())),
        edges=tuple(_edge(a, b, found) for (a, b), found in sorted(edges.items())),
    )


def _sides(record: Event | EventMention, by: str) -> tuple[dict[str, Participant], dict[str, Participant]]:
    def keyed(parties: tuple[Participant, ...]) -> dict[str, Participant]:
        return {key: p for p in parties if (key := p.country if by == "country" else p.entity)}

    return keyed(record.actors), keyed(record.recipients)


def _name(party: Participant, by: str) -> str:
    return (country_name(party.country) or party.name) if by == "country" else party.name


def _edge(a: str, b: str, found: list[Event | EventMention]) -> Edge:
    scores = [r.plover_score for r in found if r.plover_score is not None]
    days = sorted(r.when.start for r in found if r.when.start)
    return Edge(
        left=a,
        right=b,
        events=len(found),
        cooperation=sum((r.quad or "").endswith("cooperation") for r in found),
        conflict=sum((r.quad or "").endswith("conflict") for r in found),
        score=round(sum(scores) / len(scores), 4) if scores else None,
        first=days[0] if days else None,
        last=days[-1] if days else None,
        records=tuple(sorted(r.id for r in found)),
    )


_NODE = (("name", "string"), ("kind", "string"), ("country", "string"), ("events", "int"))
_EDGE = (
    ("events", "int"), ("cooperation", "int"), ("conflict", "int"), ("score", "double"), ("first", "string"), ("last", "string"),
    ("records", "string"),
)  # fmt: skip


def _values(record: Node | Edge, fields: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    out = []
    for name, _ in fields:
        value = getattr(record, name)
        if value is not None:
            out.append((name, " ".join(value) if isinstance(value, tuple) else str(value)))
    return out


def _attribute(value: str) -> str:
    return quoteattr("".join(ch for ch in value if ch >= " " or ch in "\t\n\r"))


def graphml(found: Network) -> bytes:
    """The network as GraphML 1.0."""
    out = ['<?xml version="1.0" encoding="UTF-8"?>', '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">']
    for where, fields in (("node", _NODE), ("edge", _EDGE)):
        out += [f' <key id="{where}_{name}" for="{where}" attr.name="{name}" attr.type="{kind}"/>' for name, kind in fields]
    out.append(' <graph edgedefault="directed">')
    for node in found.nodes:
        out.append(f"  <node id={_attribute(node.id)}>{_data('node', _values(node, _NODE))}</node>")
    for edge in found.edges:
        out.append(f"  <edge source={_attribute(edge.left)} target={_attribute(edge.right)}>{_data('edge', _values(edge, _EDGE))}</edge>")
    return ("\n".join([*out, " </graph>", "</graphml>"]) + "\n").encode()


def _data(where: str, values: list[tuple[str, str]]) -> str:
    return "".join(f'<data key="{where}_{name}">{_attribute(value)[1:-1]}</data>' for name, value in values)


def gexf(found: Network) -> bytes:
    """The network as GEXF 1.2, for Gephi."""
    out = [
        '<?xml version="1.0" encoding="UTF-8"?>', '<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">',
        ' <graph defaultedgetype="directed" mode="static">',
    ]  # fmt: skip
    kinds = {"int": "integer", "double": "double", "string": "string"}
    for where, fields in (("node", _NODE[1:]), ("edge", _EDGE)):
        out.append(f'  <attributes class="{where}">')
        out += [f'   <attribute id="{name}" title="{name}" type="{kinds[kind]}"/>' for name, kind in fields]
        out.append("  </attributes>")
    out.append("  <nodes>")
    for node in found.nodes:
        values = _attvalues(_values(node, _NODE[1:]))
        out.append(f"   <node id={_attribute(node.id)} label={_attribute(node.name)}>{values}</node>")
    out += ["  </nodes>", "  <edges>"]
    for number, edge in enumerate(found.edges):
        values = _attvalues(_values(edge, _EDGE))
        ends = f"source={_attribute(edge.left)} target={_attribute(edge.right)}"
        out.append(f'   <edge id="{number}" {ends} weight="{edge.events}">{values}</edge>')
    return ("\n".join([*out, "  </edges>", " </graph>", "</gexf>"]) + "\n").encode()


def _attvalues(values: list[tuple[str, str]]) -> str:
    return "<attvalues>" + "".join(f'<attvalue for="{name}" value={_attribute(value)}/>' for name, value in values) + "</attvalues>"
