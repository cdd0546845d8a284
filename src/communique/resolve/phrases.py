"""What a bare actor phrase stands for: country, PLOVER sectors and non-state code, from its words alone.

A phrase is read as head segment and what follows it. In the head segment the last role noun is the head; nations before
it are its country; an organisation before it takes the place of a general head ("Hezbollah fighters", "court
officials": what they are comes from the word before). A post-modifier gives what the head segment left open, by
prepositions that say belonging ("of", "from", "for"), then by those that say place ("in", "at"); "to", "against" and
"with" never do: an ambassador to Japan is not Japan's. Nations joined by commas, "and" or a dash each give one reference.
Two full phrases joined by "and" are read apart. Sector rules: PLOVER 2.0 table 5.2 and notes; former holders of
an office are ELI; actors of a partially recognised entity add PRE. The order of sectors is primary first.
Rejected: a parse of the phrase (bare phrases parse badly, and the caller may have no parse).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from communique.records import EntityKind, EntityRef
from communique.resolve.lexicon import Entry, Hit, Index, Word, country_names
from communique.resolve.offices import person_ref


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


NATION = frozenset({"country", "adjective", "people", "capital", "seat", "territory"})
_BELONG = frozenset({"of", "from", "for", "within"})
_PLACE = frozenset(
    {"in", "at", "inside", "outside", "near", "around", "across", "on", "aboard", "along", "based", "throughout"}
)
_STOP = (
    _BELONG
    | _PLACE
    | _set(
        "to with against by who whom which that whose under over after before during about between among into toward towards"
        " accused suspected loyal opposed allied aligned backed supported led held said killed wounded working living fleeing"
        " protesting fighting operating serving representing linked fired armed detained jailed injured affected trapped"
        " demanding seeking calling carrying wearing carried hired recruited trained stationed deployed staying where when as"
        " tasked charged convicted imprisoned investigating handling returning stranded displaced:pp owned run campaigning"
        " travelling traveling crossing gathered attending guarding patrolling blocking ( :"
    )
)
_HYPHEN_SKIP = _set(
    "backed aligned linked funded supported occupied held controlled armed made owned allied sponsored trained friendly"
    " affiliated inspired registered flagged language speaking style built born educated era brokered mediated"
)
_GENERIC = _set(
    "secretary-general director-general side bloc alliance coalition movement faction wing cell delegate participant signatory leader leadership head chief spokesman spokeswoman spokesperson official authority authorities member commander delegation negotiator"
    " adviser advisor aide secretary director representative envoy force forces fighter troops troop combatant militant gunman gunmen"
    " agent commissioner politician figure supporter loyalists supporters inspector state regime personnel agency bureau"
    " department office council commission administration operative investigator observers monitors deputy employee employees"
    " worker workers staff negotiating-team chairman head-of-delegation critic activist campaigner representatives soldier man men"
    " people woman women crew mediator mission administrator unit team command brigade battalion senior-official governor"
    " spokesperson analyst recruit paramilitaries militia militants insurgent insurgents government governors president secretary-general"
    " expert experts lawyer lawyers mercenary mercenaries radical guard ranger deputies service volunteers volunteer families"
    " family relatives detainee detainees prisoner prisoners inmate inmates hostage hostages captive captives veteran"
    " general-secretary military-commander military-leader senior-aide press-secretary military-spokesman group"
)
_ARMED = frozenset({"REB", "PRM", "CRM"})
_FORCE = frozenset({"MIL", "GOV", "PRM", "UAF", "REB", "CVL"})
_FOLLOWERS = _set(
    "supporter supporters loyalists loyalist families family relatives critic critics lawyer lawyers opponents"
)
# What a state does: "victims of Russian airstrikes" are not Russia's.
_DEEDS = _set(
    "sanctions airstrikes strikes strike airstrike attack attacks war policy policies aggression bombing bombings bombardment"
    " occupation invasion rule pressure tariffs threats threat shelling repression influence interference raids offensive"
    " raid crackdown blockade intervention espionage propaganda drones missiles weapons arms aid policy"
)
# Role nouns that before another noun are adjectives: "National Security Bureau", "state company".
_ADJECTIVAL = _set(
    "national state public general major private country nation people youth capital side party-state head chief deputy"
)
_JOIN = frozenset({",", "and", "&", "/", "-", "or"})


class Reading:
    """What a segment yields: nations, organisations, sectors, and the entry that decided."""

    def __init__(self) -> None:
        self.nations: list[Entry] = []
        self.orgs: list[Entry] = []
        self.persons: list[Entry] = []
        self.roles: list[Entry] = []
        self.cities: list[Entry] = []
        self.sectors: list[str] = []
        self.added: list[str] = []
        self.generic = True
        self.former = False

    @property
    def empty(self) -> bool:
        """Whether nothing was recognised."""
        return not (self.nations or self.orgs or self.roles or self.persons)


def analyse(words: Sequence[Word], index: Index, *, caps: bool = False, on: str | None = None) -> tuple[EntityRef, ...]:
    """References of the phrase made of `words`: one for each party it names, none when nothing is known."""
    return analyse_hits(words, index.find(words, caps=caps), on=on)


def analyse_hits(words: Sequence[Word], hits: list[Hit], *, on: str | None = None) -> tuple[EntityRef, ...]:
    """The same with the aliases already found; `on` is the day that decides who held an office."""
    found = _refs(words, _agreeing(hits))
    return tuple(_dated(ref, on) if ref.kind == "person" else ref for ref in found)


def _agreeing(hits: list[Hit]) -> list[Hit]:
    """Hits with the reading that agrees with the nations named beside them ("ADF rebels in Congo")."""
    nations = {h.entry.country for h in hits if h.entry.kind in NATION or h.entry.kind == "city"}
    out = []
    for hit in hits:
        if hit.entry.kind == "org" and len(hit.entries) > 1 and hit.entry.country not in nations:
            fits = tuple(e for e in hit.entries if e.country in nations and e.kind == "org")
            hit = hit._replace(entries=(*fits, *(e for e in hit.entries if e not in fits)))
        out.append(hit)
    return out


def _dated(ref: EntityRef, on: str | None) -> EntityRef:
    known = person_ref(ref.entity, on) if ref.entity else None
    if known is None or (ref.sectors and ref.office is None and ref.sectors != known.sectors):
        return ref
    return known


def _refs(words: Sequence[Word], hits: list[Hit]) -> tuple[EntityRef, ...]:
    parts = _coordinated(words, hits)
    if len(parts) > 1:
        out: list[EntityRef] = []
        for part in parts:
            for ref in _one(words, part[0], part[1], hits):
                if all((ref.entity, ref.country, ref.sectors) != (o.entity, o.country, o.sectors) for o in out):
                    out.append(ref)
        return tuple(out)
    return _one(words, 0, len(words), hits)


def _inside(hits: list[Hit], at: int) -> bool:
    return any(h.first <= at < h.last for h in hits)


def _within(hits: list[Hit], first: int, last: int) -> list[Hit]:
    return [h for h in hits if h.first >= first and h.last <= last]


def _coordinated(words: Sequence[Word], hits: list[Hit]) -> list[tuple[int, int]]:
    """The phrase cut at commas and "and" where every part is a full phrase of its own."""
    cuts = [i for i, w in enumerate(words) if w.key in ("and", ",", "&") and not _inside(hits, i)]
    first_stop = next(
        (i for i, w in enumerate(words) if i and w.key in _STOP and words[i - 1].key != "-" and not _inside(hits, i)),
        len(words),
    )
    cuts = [i for i in cuts if i < first_stop or _stands_alone(hits, i + 1, len(words))]
    if not cuts:
        return [(0, len(words))]
    edges = [-1, *cuts, len(words)]
    parts = [(a + 1, b) for a, b in itertools.pairwise(edges) if b > a + 1]
    if len(parts) < 2 or not all(_full(words, hits, a, b) for a, b in parts):
        return [(0, len(words))]
    last = _within(hits, *parts[-1])
    if (
        _roles_of(last)
        and all(_bare_nation(_within(hits, a, b)) for a, b in parts[:-1])
        and last[0].entry.kind in NATION
    ):
        plural = last[-1].entry.plural or last[-1].entry.alias.endswith("s")
        if plural and (
            _possessive(words, last[0]) or last[0].entry.kind == "adjective" or words[parts[-1][0] - 1].key != ","
        ):
            return [(0, len(words))]
    return parts


def _stands_alone(hits: list[Hit], first: int, last: int) -> bool:
    kinds = {h.entry.kind for h in _within(hits, first, last)}
    return bool(kinds & {"org", "person"}) or ("role" in kinds and bool(kinds & NATION))


def _possessive(words: Sequence[Word], hit: Hit) -> bool:
    return hit.last < len(words) and words[hit.last].key == "'"


def _bare_nation(found: list[Hit]) -> bool:
    return len(found) == 1 and found[0].entry.kind in NATION


def _roles_of(found: list[Hit]) -> list[Hit]:
    return [h for h in found if h.entry.kind == "role"]


def _full(words: Sequence[Word], hits: list[Hit], first: int, last: int) -> bool:
    """Whether the words could be an actor on their own: a nation's noun, an organisation, a person, or nation and role."""
    found = _within(hits, first, last)
    if not found:
        return False
    kinds = {h.entry.kind for h in found}
    if kinds & {"org", "person"}:
        return True
    nation = kinds & NATION
    if "role" in kinds:
        return bool(nation)
    return bool(nation - {"adjective"})


def _one(words: Sequence[Word], first: int, last: int, hits: list[Hit]) -> tuple[EntityRef, ...]:
    found = _within(hits, first, last)
    stop = _segment_end(words, found, first, last)
    head = _read(words, _within(found, first, stop), first, stop)
    _complete(head, words, found, stop, last)
    return _as_refs(head, words, first, stop)


def _segment_end(words: Sequence[Word], found: list[Hit], first: int, last: int) -> int:
    for i in range(first, last):
        if i == first or _inside(found, i):
            continue
        if words[i].key in _STOP and words[i - 1].key != "-":
            return i
        if words[i].key == "," and not any(
            h.first == i + 1 or h.first == i + 2 for h in found if h.entry.kind in NATION
        ):
            return i
    return last


def _read(words: Sequence[Word], found: list[Hit], first: int, stop: int) -> Reading:
    out = Reading()
    modifiers: list[Entry] = []
    for hit in found:
        entry, kind = hit.entry, hit.entry.kind
        if kind in ("org", "person") and entry.country and _owns(words, hit, found):
            if all(n.country != entry.country for n in out.nations):
                out.nations.append(_country_of(entry))
        elif kind in NATION | {"city", "org", "person"} and _only_attribute(words, hit):
            continue
        elif kind == "modifier":
            modifiers.append(entry)
        elif kind == "role":
            modifier = next((e for e in hit.entries if e.kind == "modifier"), None)
            if modifier is not None and hit is not found[-1]:
                modifiers.append(modifier)
            out.roles.append(entry)
        elif kind == "city":
            out.cities.append(entry)
        elif kind == "person":
            out.persons.append(entry)
        elif (role := _as_role(out, hit)) is not None:
            out.roles.append(role)
        elif kind == "org":
            if not out.orgs or _joined(words, found, hit):
                out.orgs.append(entry)
        elif not out.nations or _joined(words, found, hit):
            out.nations.append(entry)
    out.roles = [r for r in out.roles[:-1] if r.alias not in _ADJECTIVAL] + out.roles[-1:]
    _settle(out, modifiers, _roles_joined(words, found))
    return out


def _country_of(entry: Entry) -> Entry:
    iso = entry.country or ""
    return Entry("country", f"country:{iso}", country_names().get(iso, iso), entry.alias, iso)


def _owns(words: Sequence[Word], hit: Hit, found: list[Hit]) -> bool:
    """Whether only the country passes on: "the Hamas-run health ministry", "Bolsonaro's supporters"."""
    after = [w.key for w in words[hit.last : hit.last + 2]]
    if hit.entry.kind == "person":
        return after == ["'", "s"] and any(h.entry.kind == "role" and h.first > hit.last for h in found)
    return after[:1] == ["-"] and after[-1] in ("run", "led", "controlled", "held")


def _as_role(out: Reading, hit: Hit) -> Entry | None:
    """The reading as a role noun of a body that another nation owns: "Pakistan's Foreign Office", "Peru's Congress"."""
    if not out.nations or hit.entry.kind not in ("org", "seat"):
        return None
    if hit.entry.kind == "org" and hit.entry.country in (None, out.nations[0].country):
        return None
    return next((e for e in hit.entries if e.kind == "role"), None)


def _only_attribute(words: Sequence[Word], hit: Hit) -> bool:
    """Whether the name only qualifies: "Iran-backed", "anti-French"."""
    return only_qualifies([w.key for w in words], hit.first, hit.last)


def only_qualifies(words: Sequence[str], first: int, last: int) -> bool:
    """Whether the name at words[first:last], all in small letters, only qualifies what follows: "Iran-backed", "anti-French"."""
    if words[last : last + 1] == ["-"] and any(w in _HYPHEN_SKIP for w in words[last + 1 : last + 2]):
        return True
    return first >= 2 and words[first - 1] == "-" and words[first - 2] in ("anti", "pro", "non")


def _joined(words: Sequence[Word], found: list[Hit], hit: Hit) -> bool:
    """Whether only joining words stand between this hit and the one before."""
    before = [h for h in found if h.last <= hit.first]
    if not before:
        return False
    between = [w.key for w in words[before[-1].last : hit.first]]
    return (
        bool(between)
        and all(k in _JOIN or k in ("the", "'", "s") for k in between)
        and any(k in _JOIN for k in between)
    )


def _roles_joined(words: Sequence[Word], found: list[Hit]) -> bool:
    roles = _roles_of(found)
    return len(roles) > 1 and words[roles[-1].first - 1].key in ("and", "&") and roles[-2].last == roles[-1].first - 1


def _settle(out: Reading, modifiers: list[Entry], joined: bool) -> None:
    """The sectors of the segment from its roles and modifiers."""
    if out.roles:
        head = out.roles[-1]
        out.generic = head.name.replace(" ", "-") in _GENERIC
        out.sectors = list(head.sectors)
        before = out.roles[:-1]
        if joined:
            for role in before:
                out.sectors += [s for s in role.sectors if s not in out.sectors]
        elif before and out.generic:
            out.sectors = list(before[-1].sectors)
            out.generic = before[-1].name in _GENERIC
        elif before:
            out.sectors += [s for s in before[-1].sectors if s not in out.sectors and s not in ("GOV", "CVL", "UNK")]
    for modifier in modifiers:
        sector, scope = modifier.sectors[0], (modifier.office or "").split(";")
        if not out.sectors:
            out.added.append(sector)
        elif sector in out.sectors:
            continue
        elif modifier.id == "replace" and out.sectors[0] in scope:
            out.sectors = [sector]
            out.former = out.former or sector == "ELI"
        elif modifier.id == "add" and any(s in scope for s in out.sectors):
            out.sectors.append(sector)


def _complete(head: Reading, words: Sequence[Word], found: list[Hit], stop: int, last: int) -> None:
    """Fill what the head segment left open from its post-modifiers, nearest first."""
    at = stop
    asked = [(_BELONG, True), (_PLACE, False)]
    for openers, belongs in asked:
        at = stop
        while at < last:
            end = _segment_end(words, found, at + 1, last) if at + 1 < last else last
            if words[at].key in openers:
                if belongs and words[end - 1].key in _DEEDS:
                    at = max(end, at + 1)
                    continue
                inner = _read(words, _within(found, at + 1, end), at + 1, end)
                _merge(head, inner, belongs=belongs)
            at = max(end, at + 1)


def _merge(head: Reading, inner: Reading, *, belongs: bool) -> None:
    if belongs and head.generic and not head.former and not (head.roles and head.roles[-1].name in _FOLLOWERS):
        if inner.roles and not head.orgs and inner.sectors:
            head.sectors = list(inner.sectors)
            head.generic = inner.generic
    if belongs and not head.orgs and not head.nations:
        head.orgs = list(inner.orgs)
    if not head.nations and not head.orgs and inner.persons and inner.persons[0].country and head.roles:
        person = inner.persons[0]
        head.nations = [_country_of(person)]
    if not head.nations and not (head.orgs and (head.orgs[0].country or head.orgs[0].igo)):
        head.nations = list(inner.nations)
        if not head.nations and inner.cities:
            head.nations = [inner.cities[0]]
        if not head.nations and inner.orgs and not belongs and inner.orgs[0].country:
            head.nations = [inner.orgs[0]]


def _sectors_with(org: Entry, head: Reading) -> tuple[str, ...]:
    """Sectors of a role within an organisation."""
    if not head.roles:
        return tuple(dict.fromkeys([*org.sectors, *head.added]))
    if head.former:
        return tuple(head.sectors)
    if org.sectors and org.sectors[0] in _ARMED and head.sectors and head.sectors[0] in _FORCE:
        return org.sectors
    if head.generic and org.sectors:
        return org.sectors
    if head.generic and org.igo:
        return () if set(head.sectors) <= {"GOV", "CVL", "UNK", "LAB"} else tuple(head.sectors)
    if org.sectors and set(head.sectors) <= {"CVL", "UNK", "GOV"}:
        return org.sectors
    return tuple(head.sectors)


def _as_refs(head: Reading, words: Sequence[Word], first: int, stop: int) -> tuple[EntityRef, ...]:
    if head.persons:
        return tuple(_person(p, head) for p in head.persons[:1])
    if head.orgs:
        return tuple(_org(org, head) for org in head.orgs)
    nations = head.nations or head.cities
    if not nations:
        if not head.roles:
            return ()
        return (EntityRef(entity=None, name=head.roles[-1].alias, kind="unknown", sectors=tuple(head.sectors)),)
    return tuple(_nation(_country_of(nation) if nation.kind == "city" and nation.id == f"country:{nation.country}" else nation, head) for nation in nations)


def _person(entry: Entry, head: Reading) -> EntityRef:
    sectors = tuple(head.sectors) if (head.roles and not head.generic) or head.former else ()
    office = head.roles[-1].office if head.roles and not head.former else None
    return EntityRef(
        entity=entry.id,
        name=entry.name,
        kind="person",
        country=entry.country,
        sectors=sectors,
        office=office,
        igo=entry.igo,
    )


def _org(org: Entry, head: Reading) -> EntityRef:
    country = org.country
    if country is None and org.igo not in ("IGO", "UNO", "EUR") and head.nations:
        country = head.nations[0].country
    kind: EntityKind = "group" if head.roles else "organisation"
    return EntityRef(
        entity=org.id, name=org.name, kind=kind, country=country, sectors=_sectors_with(org, head), igo=org.igo
    )


def _nation(nation: Entry, head: Reading) -> EntityRef:
    sectors = list(head.sectors)
    if not head.roles:
        if nation.kind in ("people", "seat", "capital"):
            sectors = list(nation.sectors)
        sectors += [s for s in head.added if s not in sectors]
    if "PRE" in nation.sectors and "PRE" not in sectors:
        sectors.append("PRE")
    office = head.roles[-1].office if head.roles and not head.former else None
    if head.roles and nation.igo is None:
        entity = f"office:{(nation.country or '').lower()}-{office}" if office else nation.id
        held: EntityKind = "office" if office else "group"
        owner = f"{nation.name}'" if nation.name.endswith("s") else f"{nation.name}'s"
        name = f"{owner} {head.roles[-1].name}" if office else nation.name
        return EntityRef(
            entity=entity, name=name, kind=held, country=nation.country, sectors=tuple(sectors), office=office
        )
    if nation.igo is not None:
        return EntityRef(
            entity=nation.id, name=nation.name, kind="organisation", sectors=tuple(sectors), igo=nation.igo
        )
    kind: EntityKind = "territory" if (nation.id or "").startswith("territory:") else "country"
    if nation.kind == "people":
        kind = "group"
    return EntityRef(entity=nation.id, name=nation.name, kind=kind, country=nation.country, sectors=tuple(sectors))
