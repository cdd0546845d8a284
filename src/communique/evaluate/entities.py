"""Names against a gold of typed spans (re3d): `communique score entities PATH`.

PATH is a folder of parts (each with documents.json and entities.json, an object a line) or one part. Only types that our
layers also make are compared: Person, Organisation, Location, Nationality, Temporal, Quantity, Money. A prediction is
right by overlap when it shares a character with a gold span of its type, by exactness when both ends agree (leading
articles and a final possessive left out on both sides). Gold marks phrases and their parts alike, so spans nest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from communique.errors import UsageError
from communique.evaluate._measure import bootstrap, prf
from communique.records import Annotated, Article, Block, Document, Header, Mention, Sentence, Span
from communique.text import digest, sha256_text

TYPES = ("Person", "Organisation", "Location", "Nationality", "Temporal", "Quantity", "Money")
_PERSON_PRONOUNS = frozenset(["i", "he", "she", "him", "her", "his", "hers", "me", "my"])
_GROUP_PRONOUNS = frozenset(["we", "us", "our", "they", "them", "their", "it", "its"])
_PLACES = frozenset(
    ["city", "town", "village", "camp", "area", "region", "province", "district", "border", "building", "base", "airport",
     "hospital", "mosque", "church", "bridge", "road", "river", "country", "facility", "position", "compound", "headquarters",
     "field", "dam", "port", "valley", "mountain", "neighborhood", "neighbourhood", "safehouse", "house", "tunnel", "route",
     "checkpoint", "airfield", "island", "desert", "street", "capital", "governorate", "site", "location", "entrance"]
)  # fmt: skip
_VESSELS = frozenset(["hms", "uss", "fs", "ins", "hmas", "hmcs"])
Found = tuple[str, int, int]
Row = tuple[list[Found], list[Found]]


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """Micro F1 by overlap and by exact span over comparable types, with F1 per type; units are documents.

    Raises `UsageError` when the path holds no documents.json with an entities.json beside it.
    """
    rows = [(gold, predict(text)) for text, gold in read_gold(path)]
    if options.get("predict") == "gold":
        rows = [(gold, gold) for gold, _ in rows]
    elif options.get("predict") == "nothing":
        rows = [(gold, []) for gold, _ in rows]
    return measure(rows)


def measure(rows: Sequence[Row]) -> dict[str, float | int]:
    """The figures for (gold, predicted) per document."""
    out: dict[str, float | int] = {"n": len(rows), "gold": sum(len(g) for g, _ in rows)}
    for name, exact in (("overlap", False), ("exact", True)):
        precision, recall, f1 = _micro(rows, exact=exact)
        low, high = bootstrap(rows, lambda sample, exact=exact: _micro(sample, exact=exact)[2])  # type: ignore[misc]
        out |= {f"{name}_f1": f1, f"{name}_f1_low": low, f"{name}_f1_high": high}
        out |= {f"{name}_precision": precision, f"{name}_recall": recall}
    for kind in TYPES:
        only = [([g for g in gold if g[0] == kind], [p for p in found if p[0] == kind]) for gold, found in rows]
        out[f"{kind.lower()}_overlap_f1"] = _micro(only, exact=False)[2]
        out[f"{kind.lower()}_exact_f1"] = _micro(only, exact=True)[2]
    return out


def _micro(rows: Sequence[Row], *, exact: bool) -> tuple[float, float, float]:
    right = hit = predicted = wanted = 0
    for gold, found in rows:
        right += _matched(found, gold, exact)
        hit += _matched(gold, found, exact)
        predicted += len(found)
        wanted += len(gold)
    if predicted == 0 or wanted == 0:
        return prf(0, predicted, wanted)
    precision, recall = right / predicted, hit / wanted
    total = precision + recall
    return precision, recall, 2 * precision * recall / total if total else 0.0


def _matched(these: Sequence[Found], those: Sequence[Found], exact: bool) -> int:
    if exact:
        known = set(those)
        return sum(one in known for one in these)
    by_kind: dict[str, list[Found]] = defaultdict(list)
    for one in those:
        by_kind[one[0]].append(one)
    return sum(any(a < f and s < b for _, s, f in by_kind[kind]) for kind, a, b in these)


# --- gold ---------------------------------------------------------------------------------------------


def read_gold(path: Path) -> list[tuple[str, list[Found]]]:
    """(text, gold spans) of every document of a part or of a folder of parts."""
    parts = [path] if (path / "documents.json").exists() else sorted(p for p in path.glob("*") if p.is_dir())
    out: list[tuple[str, list[Found]]] = []
    for part in parts:
        documents, entities = part / "documents.json", part / "entities.json"
        if not documents.exists() or not entities.exists():
            continue
        texts = {d["_id"]: d["text"] for d in _lines(documents)}
        gold: dict[str, set[Found]] = {key: set() for key in texts}
        for row in _lines(entities):
            if row["type"] in TYPES and row["documentId"] in texts:
                text = texts[row["documentId"]]
                gold[row["documentId"]].add((row["type"], *_bare(text, int(row["begin"]), int(row["end"]))))
        out += [(texts[key], sorted(found)) for key, found in gold.items()]
    if not out:
        raise UsageError(f"{path}: no documents.json with an entities.json beside it", where=str(path))
    return out


def _lines(path: Path) -> list[dict[str, Any]]:
    raw = [line for line in path.read_bytes().splitlines() if line.strip()]
    try:
        return [msgspec.json.decode(line) for line in raw]
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}: not one JSON object a line ({error})", where=str(path)) from error


def _bare(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without a leading article, a final possessive, or blanks at its ends."""
    match = re.match(r"\s*(?:(?:the|a|an)\s+)?", text[start:end], re.IGNORECASE)
    start += match.end() if match and match.end() < end - start else 0
    while end > start and text[end - 1].isspace():
        end -= 1
    if text[start:end].endswith(("'s", "\u2019s")):
        end -= 2
    return start, end


# --- prediction ----------------------------------------------------------------------------------------


def predict(text: str) -> list[Found]:
    """Typed spans of a text from the mentions, references and times of our layers."""
    annotated = _annotated(text)
    found: set[Found] = set()
    for mention in annotated.mentions:
        kind = _kind(mention, annotated.sentences[mention.sentence], text)
        if kind is None:
            continue
        found.add((kind, *_bare(text, mention.span.start, mention.span.end)))
        if kind == "Person" and mention.kind == "title":
            found.add((kind, *_bare(text, mention.head.start, mention.head.end)))
    found |= {("Temporal", *_bare(text, t.span.start, t.span.end)) for t in annotated.times}
    for sentence in annotated.sentences:
        found |= _amounts(sentence, text, found)
        found |= _spoken(sentence, text)
    return sorted(found)


def _annotated(text: str) -> Annotated:
    from communique.annotate import annotate_article
    from communique.resolve.entities import resolve_names

    sha = sha256_text(text)
    doc = Document(id=digest(text), source="gold", format="text", text=text, sha256=sha, raw_sha256=sha)
    blocks = tuple(Block(kind="body", span=Span(start=m.start(), end=m.end())) for m in re.finditer(r"\S[^\n]*", text))
    return resolve_names(annotate_article(Article(doc=doc, blocks=blocks, header=Header())))


def _kind(mention: Mention, sentence: Sentence, text: str) -> str | None:
    word = text[mention.head.start : mention.head.end].lower()
    if mention.kind == "pronoun":
        return "Person" if word in _PERSON_PRONOUNS else "Organisation" if word in _GROUP_PRONOUNS else None
    if mention.kind == "title" or mention.sense == "person":
        return "Person"
    if mention.kind == "demonym":
        return "Nationality" if mention.sense != "name part" else None
    if mention.sense == "place":
        return "Location"
    if mention.sense in ("event", "name part") or word.split(" ")[0] in _VESSELS:
        return None
    if mention.kind in ("nominal", "group"):
        return _described(mention, sentence, word)
    if mention.refs:
        kind = mention.refs[0].kind
        if kind in ("country", "territory", "place"):
            return "Organisation" if mention.kind == "metonym" else "Location"
        return "Person" if kind == "person" else "Organisation"
    return _tagged(mention, sentence)


def _described(mention: Mention, sentence: Sentence, word: str) -> str | None:
    tokens = [t for t in sentence.tokens if mention.head.start <= t.start < mention.head.end]
    lemma = tokens[-1].lemma.lower() if tokens else word
    plural = bool(tokens) and tokens[-1].tag in ("NNS", "NNPS")
    if lemma in _PLACES:
        return "Location"
    if mention.role is not None and not plural:
        return "Person"
    if mention.refs and mention.refs[0].kind in ("group", "organisation", "office"):
        return "Organisation"
    return "Organisation" if _is_party(lemma) else None


def _is_party(lemma: str) -> bool:
    """Whether the noun is one of the table's parties: soldiers, a militia, a ministry."""
    from communique.resolve.lexicon import shared_index, words_of

    words = words_of(lemma)
    hit = shared_index().at(words, 0, len(words)) if words else None
    return lemma in ("enemy", "ally", "partner", "adversary") or (
        hit is not None and hit.entry.kind == "role" and hit.entry.sectors != ("UNK",)
    )


def _spoken(sentence: Sentence, text: str) -> set[Found]:
    """First persons ("we", "our") and described places ("the camp"), which no actor layer keeps."""
    out: set[Found] = set()
    tokens = sentence.tokens
    for i, token in enumerate(tokens):
        low = token.text.lower()
        if token.pos == "PRON" and low in ("we", "us", "our", "i", "my", "me") and token.text != "US":
            out.add(("Person" if low in _PERSON_PRONOUNS else "Organisation", token.start, token.end))
        if token.pos == "NOUN" and token.lemma.lower() in _PLACES and token.dep != "compound":
            first = i
            while (
                first > 0
                and tokens[first - 1].head == i
                and tokens[first - 1].pos in ("ADJ", "NOUN", "PROPN", "NUM", "DET")
            ):
                first -= 1
            out.add(("Location", *_bare(text, tokens[first].start, token.end)))
    return out


def _tagged(mention: Mention, sentence: Sentence) -> str | None:
    tags = [t.ent[2:] for t in sentence.tokens if mention.head.start <= t.start < mention.head.end and t.ent]
    table = {
        "PERSON": "Person",
        "ORG": "Organisation",
        "GPE": "Location",
        "LOC": "Location",
        "FAC": "Location",
        "NORP": "Nationality",
    }
    return table.get(tags[-1]) if tags else None


def _amounts(sentence: Sentence, text: str, have: set[Found]) -> set[Found]:
    out: set[Found] = set()
    at: list[int] | None = None
    kind = ""
    for token in (*sentence.tokens, None):
        tag = token.ent[2:] if token is not None and token.ent else ""
        now = {"CARDINAL": "Quantity", "QUANTITY": "Quantity", "PERCENT": "Quantity", "MONEY": "Money"}.get(tag, "")
        if token is not None and tag == "CARDINAL" and (token.pos != "NUM" or token.text.lower() == "one"):
            now = ""
        if at is not None and (token is None or now != kind or token.ent.startswith("B")):
            out.add((kind, *_bare(text, at[0], at[1])))
            at = None
        if now and token is not None:
            at = [at[0] if at is not None else token.start, token.end]
            kind = now
    times = [(s, e) for k, s, e in have if k == "Temporal"]
    return {o for o in out if not any(s < o[2] and o[1] < e for s, e in times)}
