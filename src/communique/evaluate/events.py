"""`score events`: mentions of events joined across documents. PATH is the format of `shared/data/ecb`.

The usual setting: gold event mentions (types ACTION_* and NEG_ACTION_*) in validated sentences, all chains counted,
singletons too. No topic and no document cluster is given; the stories are our own. Two baselines run on the same
mentions: `baseline_*` joins mentions with one head lemma anywhere (it knows of no topics either), and
`baseline_stories_*` does so inside our own document stories, which is the harder one to beat.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from communique.evaluate._clusters import b_cubed, ceaf_e, conll, lea, muc
from communique.evaluate._lines import read_lines
from communique.evaluate._measure import bootstrap
from communique.evaluate._reports import made
from communique.link import link_documents
from communique.link.lexical import Bare, head_of, lemma, link_bare
from communique.link.stories import group

WINDOW = 5


def score(path: Path, **options: Any) -> dict[str, float | int]:
    """CoNLL, B3, MUC, CEAFe and LEA F1 of the links found, and of the two baselines."""
    rows = read_lines(path, ())
    if rows and "reports" in rows[0]:
        return score_reports(rows, **options)
    rows = read_lines(path, ("doc_id", "text", "tokens", "sentences", "mentions"))
    mentions, gold = bare_mentions(rows)
    texts = {r["doc_id"]: r["text"][r.get("body_start") or 0 :] for r in rows}
    key = clusters(gold)
    said = link_bare(mentions, texts)
    story_of = {d: str(n) for n, members in enumerate(group(texts)) for d in members}
    anywhere = clusters({m.id: lemma(head_of(m.words)) for m in mentions})
    inside = clusters({m.id: f"{story_of[m.document]} {lemma(head_of(m.words))}" for m in mentions})
    out: dict[str, float | int] = {"n": len(mentions), "documents": len(rows), "chains": len(key), "said": len(said)}
    out["conll"] = conll(key, said)
    out["conll_low"], out["conll_high"] = bootstrap(_topics(rows, mentions, key, said), _mean_conll, rounds=100)
    for name, measure in (("b3", b_cubed), ("lea", lea), ("muc", muc), ("ceafe", ceaf_e)):
        out[f"{name}_precision"], out[f"{name}_recall"], out[name] = measure(key, said)
    out["baseline_conll"], out["baseline_lea"] = conll(key, anywhere), lea(key, anywhere)[2]
    out["baseline_stories_conll"], out["baseline_stories_lea"] = conll(key, inside), lea(key, inside)[2]
    return out


def score_reports(rows: Sequence[dict[str, Any]], *, mentions: str = "coder", **options: Any) -> dict[str, float | int]:
    """Sets of short reports with the same words, `event` naming the one each tells of: the mentions meant, linked by
    the stage itself. A report from which nothing was coded stays alone."""
    units = []
    for row, reports in zip(rows, made(rows, mentions=mentions), strict=True):
        derived = link_documents([d for d, _ in reports])
        event_of = {m: e.id for e in derived.events for m in e.mentions}
        key = clusters({f"{row['id']}/{k}": r["event"] for k, r in enumerate(row["reports"])})
        said = clusters({f"{row['id']}/{k}": event_of.get(m or "", f"alone {k}") for k, (_, m) in enumerate(reports)})
        units.append((key, said))
        if options.get("show") and sorted(key) != sorted(said):
            sys.stderr.write(f"{row['id']}: {key}, found {said}\n")

    def measure(sample: Sequence[tuple[list[list[str]], list[list[str]]]], place: int = 2) -> float:
        weights = [sum(map(len, k)) for k, _ in sample]
        parts = [b_cubed(k, s)[place] * w for (k, s), w in zip(sample, weights, strict=True)]
        return sum(parts) / sum(weights) if weights else 0.0

    precision, recall = measure(units, 0), measure(units, 1)
    low, high = bootstrap(units, measure)
    return {
        "n": len(rows), "reports": sum(len(r["reports"]) for r in rows), "b3_precision": precision, "b3_recall": recall,
        "b3": 2 * precision * recall / (precision + recall) if precision + recall else 0.0, "b3_low": low, "b3_high": high,
    }  # fmt: skip


def clusters(chains: dict[str, str]) -> list[list[str]]:
    """Mention id → chain, as clusters."""
    out: dict[str, list[str]] = defaultdict(list)
    for name in sorted(chains):
        out[chains[name]].append(name)
    return [out[k] for k in sorted(out)]


def bare_mentions(rows: Sequence[dict[str, Any]]) -> tuple[list[Bare], dict[str, str]]:
    """The event mentions of the rows' validated sentences, and the gold chain of each."""
    mentions, gold = [], {}
    for row in rows:
        words = [row["text"][start:end] for start, end in row["tokens"]]
        listed = row.get("validated")
        valid = set(range(len(row["sentences"])) if listed is None else listed)
        for m in row["mentions"]:
            if m["sentence"] not in valid or not m["type"].startswith(("ACTION", "NEG_ACTION")):
                continue
            first, end = row["sentences"][m["sentence"]]
            low, high = min(m["tokens"]), max(m["tokens"])
            around = [*words[max(first, low - WINDOW) : low], *words[high + 1 : min(end, high + 1 + WINDOW)]]
            trigger = tuple(words[t] for t in m["tokens"])
            mentions.append(Bare(m["id"], row["doc_id"], trigger, tuple(words[first:end]), tuple(around), m["sentence"]))
            gold[m["id"]] = m["chain"]
    return mentions, gold


def _topics(rows: Sequence[dict[str, Any]], mentions: Sequence[Bare], key: Sequence[Sequence[str]], said: Sequence[Sequence[str]]) -> list[float]:
    """CoNLL of each topic by itself (each document where no topic is given): the units of the interval."""
    topic = {r["doc_id"]: str(r.get("topic", r["doc_id"])) for r in rows}
    of = {m.id: topic[m.document] for m in mentions}
    out = []
    for name in sorted(set(of.values())):
        sides = [[c for c in ([i for i in members if of[i] == name] for members in side) if c] for side in (key, said)]
        out.append(conll(sides[0], sides[1]))
    return out


def _mean_conll(sample: Sequence[float]) -> float:
    return sum(sample) / len(sample) if sample else 0.0
