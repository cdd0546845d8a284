"""Same event, from words alone: mentions that come as bare spans, without type, parties or dates.

Used where all that is known of a mention is its trigger and its text (event sets of others). Documents are grouped
into stories first; inside a story every two mentions get a probability from features of their words, with weights
learnt on the training topics of ECB+ (`resources/linking/lexical.toml`, `scripts/train_linker.py`), and average
link joins them. Document stories matter more than any cleverness about single words (docs/design/linking.md).

Nothing here is used for coded event mentions, which have types, parties and dates: see `events`.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from communique import tables
from communique.link.stories import STOP, group

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FEATURES = (
    "bias", "same lemma", "same stem", "known synonyms", "known strangers", "sentence", "window", "document", "sentence, other word",
    "window, same lemma", "sentence, same lemma", "one report", "one report, same lemma", "first sentences", "reporting", "reporting, window", "pointing", "lemma is common",
    "names", "names differ", "both plain", "synonyms, sentence",
)  # fmt: skip
_HEAD_STOPS = frozenset(["of", "in", "on", "at", "to", "for", "with", "from", "by", "against", "about", "into", "over", "after", "before", "as", "up", "off", "out", "down", "back", "through", "that"])
_POINTING = frozenset(["it", "this", "that", "these", "those", "what", "which", "so", "one", "do", "does", "did", "done", "doing", "happen", "happened", "happens", "be", "was", "is", "were", "been", "has", "had", "have"])
_REPORTING = frozenset(["say", "tell", "report", "announce", "state", "add", "confirm", "claim", "declare", "note", "explain", "admit", "reveal", "describe", "call", "accord", "quote", "comment", "speak"])
_IRREGULAR = {
    f: lemma
    for lemma, forms in {
        "say": "said says saying", "be": "is was were are been being am", "have": "has had having", "go": "went gone goes going",
        "take": "took taken taking", "make": "made making", "give": "gave given giving", "get": "got gotten getting", "come": "came coming",
        "die": "died dies dying dead death deaths", "kill": "killed kills killing killings", "shoot": "shot shots shooting shootings",
        "win": "won wins winning winner", "lose": "lost losing loss losses", "leave": "left leaving", "find": "found finding", "tell": "told telling",
        "strike": "struck stricken striking strikes", "steal": "stole stolen stealing theft", "break": "broke broken breaking", "fall": "fell fallen falling",
        "hit": "hits hitting", "cut": "cuts cutting", "run": "ran running runs", "hold": "held holding", "meet": "met meeting meetings",
        "begin": "began begun beginning", "choose": "chose chosen choosing choice", "buy": "bought buying", "sell": "sold selling sale sales",
        "flee": "fled fleeing", "fight": "fought fighting", "lead": "led leading", "send": "sent sending", "pay": "paid paying payment",
        "see": "saw seen seeing", "speak": "spoke spoken speaking speech", "rise": "rose risen rising", "shake": "shook shaken shaking",
        "tear": "tore torn", "wear": "wore worn", "throw": "threw thrown", "know": "knew known knowing", "drive": "drove driven driving",
        "replace": "replacement replaced replacing", "succeed": "successor succeeded succession", "think": "thought", "bring": "brought", "catch": "caught",
        "injure": "injured injury injuries injuring", "marry": "married marriage marries", "deny": "denied denies denial", "acquire": "acquired acquisition acquiring acquires",
        "arrest": "arrested arrests arresting", "announce": "announced announcement announces announcing", "lie": "lay lain", "become": "became",
        "keep": "kept", "feel": "felt", "put": "puts putting", "set": "sets setting", "sue": "sued sues suing suit", "plead": "pleaded pled plea pleading",
    }.items()
    for f in forms.split()
}  # fmt: skip
_SUFFIXES = ("izations", "ization", "ations", "ation", "itions", "ition", "ments", "ment", "ances", "ance", "ings", "ing", "ions", "ion", "ers", "er", "ors", "or", "als", "al", "ies", "ied", "ed", "es", "s", "e", "y")  # fmt: skip
_WORD = re.compile(r"[a-z][a-z'-]*|\d[\d,.]*")


class Bare(NamedTuple):
    """A mention as words: an id, its document, trigger tokens, and the tokens around it. `sentence` counts from 0."""

    id: str
    document: str
    words: tuple[str, ...]
    sentence_words: tuple[str, ...]
    window: tuple[str, ...]
    sentence: int


def head_of(words: Sequence[str]) -> str:
    """The head word of a trigger: the last before a preposition ("attack on the town" → attack)."""
    lowered = [w.lower() for w in words]
    for place, word in enumerate(lowered):
        if place and word in _HEAD_STOPS:
            return lowered[place - 1]
    return lowered[-1] if lowered else ""


def lemma(word: str) -> str:
    """The dictionary form, near enough: irregular forms by table, regular endings by rule."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, length, back in (("ies", 5, "y"), ("ied", 5, "y"), ("sses", 5, "ss"), ("ing", 6, ""), ("ed", 5, ""), ("es", 6, "e"), ("s", 4, "")):
        if word.endswith(ending) and len(word) >= length and not word.endswith("ss"):
            base = word[: -len(ending)] + back
            if ending in ("ing", "ed"):
                base = base[:-1] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "sl" else base
            return base.rstrip("e") if ending in ("es", "ing", "ed") else base
    return word.rstrip("e") if len(word) > 4 else word


@functools.lru_cache(maxsize=65536)  # the words of a language, not of an archive
def stem(word: str) -> str:
    """The word without derivational endings, so that "resigned" and "resignation" agree."""
    base = _IRREGULAR.get(word, word)
    for ending in _SUFFIXES if base.endswith(_SUFFIXES) else ():
        if base.endswith(ending) and len(base) - len(ending) >= 3:
            base = base[: -len(ending)]
            break
    return base[:-1] if len(base) > 3 and base[-1] == base[-2] else base.rstrip("ei") if len(base) > 3 else base


def _bag(words: Sequence[str], rarity: Mapping[str, float]) -> dict[str, float]:
    bag = {w.lower(): rarity.get(w.lower(), 0.0) for w in words if w.lower() not in STOP and w[:1].isalnum()}
    norm = math.sqrt(sum(v * v for v in bag.values())) or 1.0
    return {w: v / norm for w, v in bag.items()}


def _dot(a: Mapping[str, float], b: Mapping[str, float]) -> float:
    return sum(v * b[w] for w, v in a.items() if w in b)


class Story(NamedTuple):
    """What the features need of one story's mentions, in order."""

    mentions: tuple[Bare, ...]
    lemmas: tuple[str, ...]
    stems: tuple[str, ...]
    sentences: tuple[dict[str, float], ...]
    windows: tuple[dict[str, float], ...]
    documents: dict[str, dict[str, float]]
    names: tuple[frozenset[str], ...]
    common: dict[str, float]


def make_story(mentions: Sequence[Bare], texts: Mapping[str, str]) -> Story:
    """Prepare the mentions of one story. `texts` maps its documents to their text."""
    documents = {d: Counter(_WORD.findall(texts[d].lower())) for d in sorted({m.document for m in mentions})}
    frequency = Counter(w for c in documents.values() for w in c)
    total = len(documents)
    rarity = {w: math.log((2 + total) / (1 + n)) + 0.1 for w, n in frequency.items()}
    lemmas = tuple(lemma(head_of(m.words)) for m in mentions)
    counts = Counter(lemmas)
    return Story(
        tuple(mentions), lemmas, tuple(stem(head_of(m.words)) for m in mentions),
        tuple(_bag(m.sentence_words, rarity) for m in mentions), tuple(_bag(m.window, rarity) for m in mentions),
        {d: _bag(list(c), rarity) for d, c in documents.items()},
        tuple(frozenset(w.lower() for w in m.window if w[:1].isupper()) for m in mentions),
        {k: n / max(1, len(mentions)) for k, n in counts.items()},
    )  # fmt: skip


def pair_features(story: Story, i: int, j: int, synonyms: Mapping[tuple[str, str], float]) -> list[float]:
    """The features of two mentions of one story, in the order of `FEATURES`."""
    a, b = story.mentions[i], story.mentions[j]
    same, alike = float(story.lemmas[i] == story.lemmas[j]), float(story.stems[i] == story.stems[j])
    same = max(same, 0.0)
    x, y = story.stems[i], story.stems[j]
    known = synonyms.get((x, y) if x < y else (y, x), 0.0)
    sentence, window = _dot(story.sentences[i], story.sentences[j]), _dot(story.windows[i], story.windows[j])
    one = float(a.document == b.document)
    document = 0.0 if one else _dot(story.documents[a.document], story.documents[b.document])
    reporting = float(story.lemmas[i] in _REPORTING and story.lemmas[j] in _REPORTING)
    pointing = float(story.lemmas[i] in _POINTING or story.lemmas[j] in _POINTING)
    n, m = story.names[i], story.names[j]
    shared = len(n & m) / min(len(n), len(m)) if n and m else 0.0
    differ = float(bool(n and m) and not n & m)
    other = 1.0 - max(same, alike)
    return [
        1.0, same, alike, max(known, 0.0) * other, min(known, 0.0) * other, sentence, window, document, sentence * other,
        window * same, sentence * same, one, one * same, float(a.sentence <= 2 and b.sentence <= 2) * max(same, alike), reporting, reporting * window, pointing,
        story.common[story.lemmas[i]] * same, shared * same, differ * same, float(not n and not m) * same, max(known, 0.0) * other * sentence,
    ]  # fmt: skip


def join(story: Story, weights: Sequence[float], synonyms: Mapping[tuple[str, str], float], threshold: float) -> list[list[int]]:
    """Clusters of the story's mentions by average link of their pairs' probabilities."""
    import numpy as np
    from scipy.cluster.hierarchy import fcluster, linkage
    total = len(story.mentions)
    if total < 2:
        return [[i] for i in range(total)]
    rows = np.array([pair_features(story, i, j, synonyms) for i in range(total) for j in range(i + 1, total)])
    probability: NDArray[np.float64] = 1 / (1 + np.exp(-rows @ np.asarray(weights)))
    labels = fcluster(linkage(1 - probability, "average"), 1 - threshold, "distance")
    groups: dict[int, list[int]] = defaultdict(list)
    for index, label in enumerate(labels.tolist()):
        groups[label].append(index)
    return [groups[k] for k in sorted(groups)]


def model() -> tuple[list[float], dict[tuple[str, str], float], float]:
    """(weights, synonyms, threshold) as learnt; synonyms are pairs of stems with their log odds."""
    table: Any = tables.load("linking.json")["lexical"]
    synonyms = {tuple(k.split(" ", 1)): v for k, v in table["synonyms"].items()}
    return list(table["weights"]), synonyms, table["threshold"]


def link_bare(mentions: Sequence[Bare], texts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Clusters of mention ids over all documents, sorted. `texts` maps every document to its text."""
    weights, synonyms, threshold = model()
    story_of = {d: n for n, members in enumerate(group(texts)) for d in members}
    by_story: dict[int, list[Bare]] = defaultdict(list)
    for mention in sorted(mentions, key=lambda m: m.id):
        by_story[story_of[mention.document]].append(mention)
    out = []
    for number in sorted(by_story):
        story = make_story(by_story[number], texts)
        out += [tuple(story.mentions[i].id for i in g) for g in join(story, weights, synonyms, threshold)]
    return sorted(out)
