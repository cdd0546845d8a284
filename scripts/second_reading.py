"""How far a second reader agrees with the corpus: raw agreement and Cohen's kappa by field, with 95 % intervals.

    python scripts/second_reading.py [--json] [--show]

`resources/training/second_reading.tsv` holds what another reader made of every sentence of the corpus,
seen without marks, labels or file names, in mixed order: the digest of the sentence, then its records as
`TYPE/mode modality actor>recipient`, joined by ` ; `, where actor and recipient are words of the spans. Records of one
sentence are paired by type, then by order, which favours agreement; one that only one reader has is paired with NONE. `same_types` is the share of
sentences with the same types, which depends on no pairing. Mode, modality, actor, recipient and direction are compared
where both give the same type; a party is the marked phrase (or phrases) of the corpus that holds the second reader's
word, "none", or "other". Intervals are bootstraps over sentences (1,000 draws). `--adjudicate FILE` writes the sentences
whose types differ with both readings in random order of the two, for a third reader who is not told whose they are.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

from check_corpus import CORPUS, Sample, read_corpus

READING = CORPUS / "second_reading.tsv"
DRAWS = 1000
Record = tuple[str, str, str, str, str]  # type, mode, modality, actor words, recipient words
Pair = tuple[str, str]


def key(text: str) -> str:
    """What stands for a sentence in the file."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def read_second() -> dict[str, list[Record]]:
    """The second reader's records by sentence."""
    out: dict[str, list[Record]] = {}
    for line in READING.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition("\t")
            out[name] = [_record(r) for r in rest.split(" ; ") if r != "NONE"]
    return out


def _record(text: str) -> Record:
    kind, modality, parties = text.split(" ")
    name, _, mode = kind.partition("/")
    actor, _, recipient = parties.partition(">")
    return name, mode, modality, actor, recipient


def first_reading(sample: Sample) -> list[Record]:
    """The corpus' own records of a sentence, sentences without an event as an empty list."""
    words = {name: sample.text[s.start : s.end] for name, s in sample.spans.items()}
    return [
        (r.type, r.mode or "", r.modality, ",".join(words[a] for a in r.actors), ",".join(words[a] for a in r.recipients))
        for r in sample.labels
        if r.type != "NONE"
    ]


def pair(first: list[Record], second: list[Record]) -> list[tuple[Record | None, Record | None]]:
    """Records of the two readers side by side."""
    left, out = list(second), []
    rest = []
    for one in first:
        same = next((two for two in left if two[0] == one[0]), None)
        if same is None:
            rest.append(one)
        else:
            left.remove(same)
            out.append((one, same))
    for one in rest:
        out.append((one, left.pop(0) if left else None))
    return [*out, *((None, two) for two in left)]


def fields(first: list[Record], second: list[Record], parties: tuple[str, ...] = ()) -> dict[str, list[Pair]]:
    """What each reader says, field by field, for one sentence with these phrases marked as parties, in their order."""
    out: dict[str, list[Pair]] = {"event": [("yes" if first else "no", "yes" if second else "no")]}
    out |= {field: [] for field in ("type", "mode", "modality", "actor", "recipient", "direction")}
    for one, two in pair(first, second) or [(None, None)]:
        out["type"].append((one[0] if one else "NONE", two[0] if two else "NONE"))
        if one and two and one[0] == two[0]:
            out["mode"].append((f"{one[0]}/{one[1]}", f"{two[0]}/{two[1]}"))
            out["modality"].append((one[2], two[2]))
            out["actor"].append((_phrases(one[3], parties), _phrases(two[3], parties)))
            out["recipient"].append((_phrases(one[4], parties), _phrases(two[4], parties)))
            if one[3] and one[4] and two[3] and two[4]:
                out["direction"].append(("forward", _direction(one, two)))
    return out


def _phrases(words: str, parties: tuple[str, ...]) -> str:
    """Which of the marked phrases the words stand in, by number; words in two phrases count for the first."""
    found = (next((str(n) for n, phrase in enumerate(parties) if word in phrase), "other") for word in words.split(",") if word)
    return "+".join(sorted(set(found))) or "none"


def _direction(one: Record, two: Record) -> str:
    if all(w in one[3] for w in two[3].split(",")):
        return "forward"
    return "backward" if all(w in one[4] for w in two[3].split(",")) else "other"


def kappa(pairs: list[Pair]) -> float:
    """Cohen's kappa; 1 where both say one and the same thing throughout."""
    n = len(pairs)
    seen = sum(a == b for a, b in pairs) / n
    left, right = Counter(a for a, _ in pairs), Counter(b for _, b in pairs)
    chance = sum(left[v] * right[v] for v in left) / n**2
    return 1.0 if chance == 1 else (seen - chance) / (1 - chance)


def _parties(sample: Sample) -> tuple[str, ...]:
    spans = [s for name, s in sample.spans.items() if name[0] in "ars"]
    return tuple(sample.text[s.start : s.end] for s in sorted(spans, key=lambda s: s.start))


def differing() -> list[dict[str, Any]]:
    """Sentences whose types differ, with both readings in an order that a digest decides (`swapped`: the second first)."""
    second = read_second()
    out = []
    for sample in read_corpus()[0]:
        name = key(sample.text)
        mine, theirs = first_reading(sample), second.get(name)
        if theirs is None or sorted(r[0] for r in mine) == sorted(r[0] for r in theirs):
            continue
        swapped = int(name, 16) % 2 == 1
        readings = [theirs, mine] if swapped else [mine, theirs]
        out.append({"key": name, "text": sample.text, "readings": [["/".join(r[:2]).rstrip("/") + f" {r[2]} {r[3]}>{r[4]}" for r in one] or ["NONE"] for one in readings], "swapped": swapped})
    return out


def measure() -> tuple[dict[str, float], Counter[Pair]]:
    """Figures by field, and the pairs of types that differ."""
    second = read_second()
    samples = {key(s.text): s for s in read_corpus()[0]}
    gone = [name for name in second if name not in samples]
    rows = [fields(first_reading(samples[name]), records, _parties(samples[name])) for name, records in second.items() if name in samples]
    same = sum(sorted(r[0] for r in first_reading(samples[n])) == sorted(r[0] for r in records) for n, records in second.items() if n in samples)
    out: dict[str, float] = {"sentences": len(rows), "gone": len(gone), "same_types": same / len(rows)}
    rng = random.Random(1)
    draws = [rng.choices(rows, k=len(rows)) for _ in range(DRAWS)]
    for field in ("event", "type", "mode", "modality", "actor", "recipient", "direction"):
        pairs = [p for row in rows for p in row[field]]
        out[f"{field}_n"] = len(pairs)
        out[f"{field}_agreement"] = sum(a == b for a, b in pairs) / len(pairs)
        if field != "direction":  # one reader's side is fixed there: agreement only
            found = sorted(kappa([p for row in draw for p in row[field]]) for draw in draws)
            out |= {f"{field}_kappa": kappa(pairs), f"{field}_kappa_low": found[DRAWS // 40], f"{field}_kappa_high": found[-DRAWS // 40]}
    return out, Counter(p for row in rows for p in row["type"] if p[0] != p[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="also the types that were taken for others")
    parser.add_argument("--adjudicate", type=Path, help="write the sentences whose types differ there, as JSON Lines without `swapped`")
    args = parser.parse_args()
    if args.adjudicate:
        rows = [{k: v for k, v in row.items() if k != "swapped"} for row in differing()]
        args.adjudicate.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
        return
    found, differ = measure()
    if args.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:22} {value:.3f}" if isinstance(value, float) else f"{name:22} {value}")
    for (first, second), count in differ.most_common() if args.show else ():
        print(f"corpus {first:10} second reader {second:10} {count}")


if __name__ == "__main__":
    main()
