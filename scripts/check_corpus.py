"""Read the hand-labelled corpus of `resources/training/`, refuse what is malformed, print its data card.

The corpus is plain text so that a person can write and review it: one sentence a line, marks inside the words,
records after `||` (schema: `resources/training/README.md`). Everything that trains on it reads it through
`read_corpus` here, so there is one parser and one list of rules. Rejected: a JSON format, which nobody edits by hand.

Run `python scripts/check_corpus.py` (exit code 1 and one line a fault) or `--card card.json` to write the counts.
Where digests of public test sentences are at hand (`../shared/data/coding/plv_test_sha256.txt`), a sentence
that has one of them is refused, so that the corpus can be scored on those sets without a leak.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT / "resources" / "training"
DIGESTS = ROOT.parent / "shared" / "data" / "coding" / "plv_test_sha256.txt"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


MODES: dict[str, frozenset[str]] = {
    name: _words(modes)
    for name, modes in {
        "AGREE": "",
        "CONSULT": "visit third-party multilateral phone",
        "SUPPORT": "",
        "CONCEDE": "",
        "COOPERATE": "",
        "AID": "",
        "RETREAT": "withdraw release disarm ceasefire access resign",
        "REQUEST": "assist change yield meet",
        "ACCUSE": "disapprove investigate allege",
        "REJECT": "assist change yield meet",
        "THREATEN": "restrict arrest relations expel violence territory",
        "PROTEST": "demo riot strike hunger boycott obstruct vandalize",
        "SANCTION": "convict expel withdraw discontinue",
        "MOBILIZE": "troops weapons police militia",
        "COERCE": "seize restrict censor curfew martial-law arrest deport withhold misinformation cyber",
        "ASSAULT": "abduct beat torture sexual targeted destroy primitive firearms explosives suicide-attack aerial "
        "drone heavy-weapons crowd-control unconventional",
        "STATE": "",
        "NONE": "",
    }.items()
}
"""PLOVER 2.0 types and their modes (manual, chapter 3), with STATE and NONE, which are ours."""

CONTEXTS = _words(
    "military intelligence executive legislative election political_institutions pro_democracy pro_autocracy economic "
    "legal reparations human_rights rights_freedoms repression human_security gender lgbt religion_ethnicity "
    "inequality diplomatic territory peacekeeping health asylum migration disasters natural_resource environment "
    "technology terrorism cbrn cyber misinformation crime corruption illegal_drugs trafficking"
)
MODALITIES = _words("actual planned pledged demanded denied hypothetical historical")
REGIONS = _words("africa europe mena asia americas pacific global")

_MARK = re.compile(r"\{([arts]\d+):([^{}]*)\}")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open offsets into the sentence without its marks, in code points."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Label:
    """One record of a sentence: ids are those of `Sample.spans`."""

    type: str
    mode: str | None = None
    trigger: str | None = None
    actors: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    modality: str = "actual"
    contexts: tuple[str, ...] = ()
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One sentence of the corpus: clean text, its marked spans by id, its records; an empty tuple means no event."""

    text: str
    spans: dict[str, Span]
    labels: tuple[Label, ...]
    tempting: tuple[str, ...]
    group: str
    region: str
    part: str
    file: str
    line: int


def read_marks(marked: str) -> tuple[str, dict[str, Span]]:
    """The sentence without marks, and where each marked span lies in it; ValueError on nested or repeated marks."""
    pieces: list[str] = []
    spans: dict[str, Span] = {}
    at = length = 0
    for match in _MARK.finditer(marked):
        before, words = marked[at : match.start()], match.group(2)
        pieces += [before, words]
        start = length + len(before)
        length = start + len(words)
        if match.group(1) in spans:
            raise ValueError(f"mark {match.group(1)} occurs twice")
        if not words or words != words.strip():
            raise ValueError(f"mark {match.group(1)} is empty or has outer blanks")
        spans[match.group(1)] = Span(start, length)
        at = match.end()
    text = "".join([*pieces, marked[at:]])
    if "{" in text or "}" in text or "|" in text:
        raise ValueError("a brace or bar is left over: nested, unclosed or misspelt mark")
    return text, spans


def read_label(record: str) -> Label:
    """The record written as `TYPE/mode t=t1 a=a1,a2 r=r1 m=actual c=legal s=s1 neg`; ValueError when malformed."""
    kind, *fields = record.split()
    name, _, mode = kind.partition("/")
    if name not in MODES:
        raise ValueError(f"unknown type {name}")
    if mode and mode not in MODES[name]:
        raise ValueError(f"{name} has no mode {mode}")
    negated = "neg" in fields
    given: dict[str, tuple[str, ...]] = {}
    for field in fields:
        if field == "neg":
            continue
        key, equals, value = field.partition("=")
        if not equals or key not in "tarmcs" or key in given:
            raise ValueError(f"cannot read field {field}")
        given[key] = tuple(part for part in value.split(",") if part)
    modality = (given.get("m") or ("actual",))[0]
    if modality not in MODALITIES:
        raise ValueError(f"unknown modality {modality}")
    if unknown := set(given.get("c", ())) - CONTEXTS:
        raise ValueError(f"unknown context {', '.join(sorted(unknown))}")
    if len(given.get("t", ())) > 1:
        raise ValueError("more than one trigger")
    return Label(
        name,
        mode or None,
        (given.get("t") or (None,))[0],
        given.get("a", ()),
        given.get("r", ()),
        given.get("s", ()),
        modality,
        given.get("c", ()),
        negated,
    )


def check_label(label: Label, spans: dict[str, Span]) -> None:
    """Nothing when the record can stand on these spans; ValueError otherwise."""
    wanted = [*label.actors, *label.recipients, *label.speakers, *([label.trigger] if label.trigger else [])]
    if missing := [name for name in wanted if name not in spans]:
        raise ValueError(f"no mark {', '.join(missing)}")
    if label.type == "NONE":
        return
    if label.trigger is None:
        raise ValueError(f"{label.type} without a trigger")
    if set(label.actors) & set(label.recipients):
        raise ValueError("one span is both actor and recipient")


def read_line(line: str) -> tuple[str, dict[str, Span], tuple[Label, ...], tuple[str, ...]]:
    """Text, spans, records and the tempting triggers of NONE from one line of the corpus; ValueError when malformed."""
    marked, *records = (part.strip() for part in line.split("||"))
    if not records:
        raise ValueError("no record after ||")
    text, spans = read_marks(marked)
    labels = tuple(read_label(record) for record in records)
    for label in labels:
        check_label(label, spans)
    events = tuple(label for label in labels if label.type != "NONE")
    used = {name for label in events for name in (*label.actors, *label.recipients, *label.speakers, label.trigger)}
    tempting = tuple(label.trigger for label in labels if label.type == "NONE" and label.trigger)
    if events and (idle := set(spans) - used - set(tempting)):
        raise ValueError(f"mark {', '.join(sorted(idle))} serves no record")
    if len({(label.type, label.mode, label.trigger, label.actors, label.recipients) for label in events}) < len(events):
        raise ValueError("the same record twice")
    return text, spans, events, tempting


def read_file(path: Path, faults: list[str]) -> Iterator[Sample]:
    """The sentences of one file; a line that cannot be read becomes one line in `faults`."""
    group = region = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        place = f"{path.parent.name}/{path.name}:{number}"
        if line.startswith("#"):
            key, _, value = line[1:].partition(":")
            if key.strip() == "group":
                group, region = f"{path.parent.name}/{path.stem}/{value.strip()}", "global"
            elif key.strip() == "region":
                region = value.strip()
                if region not in REGIONS:
                    faults.append(f"{place}: unknown region {region}")
            continue
        try:
            text, spans, labels, tempting = read_line(line)
            if not group:
                raise ValueError("a sentence before the first # group")
        except ValueError as error:
            faults.append(f"{place}: {error}")
            continue
        yield Sample(text, spans, labels, tempting, group, region, path.parent.name, path.name, number)


def read_corpus(folder: Path = CORPUS) -> tuple[list[Sample], list[str]]:
    """All samples of all parts in file order, and the faults found, one line each."""
    faults: list[str] = []
    samples = [sample for path in sorted(folder.glob("*/*.txt")) for sample in read_file(path, faults)]
    return samples, faults


def part_of(group: str) -> str:
    """train, dev, test or long, by the family's name alone. `c/` was written after the errors on PLV's training rows were
    seen, `d/` after those on long sentences of wire services, `e/` from what the coder still confused, `f/` along the codes of CAMEO, so they
    teach only and are never scored. Of `g/`, long sentences of several events, a tenth of the families is the part `long`, which only scores;
    `g/forms` teaches whole, since some of the coder's errors on it were looked at."""
    if group.startswith(("c/", "d/", "e/", "f/", "g/forms/")):
        return "train"
    value = int(hashlib.sha256(f"family:{group}".encode()).hexdigest(), 16) % 20
    if group.startswith("g/"):
        return "long" if value in {2, 3} else "train"
    return "dev" if value < 2 else "test" if value < 4 else "train"


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).split())


FINGERPRINTS: tuple[Callable[[str], str], ...] = (
    _plain,
    lambda text: _plain(text).casefold(),
    lambda text: " ".join(_WORD.findall(_plain(text).casefold())),
    lambda text: "".join(_WORD.findall(_plain(text).casefold())),
    lambda text: " ".join(re.findall(r"[a-z0-9]+", _plain(text).casefold())),
    lambda text: "".join(re.findall(r"[a-z0-9]+", _plain(text).casefold())),
)
"""The list does not say how its sentences were normalised, so every usual way is tried; one match refuses."""


def digests_of(text: str) -> set[str]:
    """SHA-256 of the sentence under each way of normalising."""
    return {hashlib.sha256(way(text).encode()).hexdigest() for way in FINGERPRINTS}


def find_repeats(samples: list[Sample]) -> list[str]:
    """One line for each sentence that occurs twice, whatever its case and punctuation."""
    seen: dict[str, str] = {}
    faults = []
    for sample in samples:
        key = " ".join(_WORD.findall(sample.text.casefold()))
        place = f"{sample.part}/{sample.file}:{sample.line}"
        if key in seen:
            faults.append(f"{place}: repeats {seen[key]}")
        seen.setdefault(key, place)
    return faults


def find_leaks(samples: list[Sample], digests: Path = DIGESTS) -> list[str]:
    """One line for each sentence whose digest is in the list; empty when the list is not there."""
    if not digests.is_file():
        return []
    refused = set(digests.read_text(encoding="ascii").split())
    return [
        f"{sample.part}/{sample.file}:{sample.line}: is a sentence of a public test set"
        for sample in samples
        if digests_of(sample.text) & refused
    ]


def count_corpus(samples: list[Sample]) -> dict[str, object]:
    """The data card: sentences, records, and counts by part, type, mode, modality, context, region and length."""
    labels = [label for sample in samples for label in sample.labels]
    events = [label for label in labels if label.type != "STATE"]
    words = sorted(len(sample.text.split()) for sample in samples)
    return {
        "sentences": len(samples),
        "records": len(labels),
        "families": len({sample.group for sample in samples}),
        "no_event": sum(not sample.labels for sample in samples),
        "no_event_with_tempting_word": sum(not sample.labels and bool(sample.tempting) for sample in samples),
        "state_only": sum(bool(s.labels) and all(x.type == "STATE" for x in s.labels) for s in samples),
        "two_or_more_records": sum(len(sample.labels) > 1 for sample in samples),
        "negated": sum(label.negated for label in labels),
        "attributed": sum(bool(label.speakers) for label in labels),
        "without_recipient": sum(not label.recipients for label in events),
        "words": {"least": words[0], "median": words[len(words) // 2], "most": words[-1]} if words else {},
        "part": dict(Counter(sample.part for sample in samples)),
        "type": dict(Counter(label.type for label in labels).most_common()),
        "mode": dict(sorted(Counter(f"{label.type}/{label.mode}" for label in labels if label.mode).items())),
        "modality": dict(Counter(label.modality for label in labels).most_common()),
        "region": dict(Counter(sample.region for sample in samples).most_common()),
        "context": dict(Counter(context for label in labels for context in label.contexts).most_common()),
    }


def main() -> int:
    """Check and count; exit code 1 when a fault was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=CORPUS)
    parser.add_argument("--card", type=Path, help="write the counts to this file as JSON")
    args = parser.parse_args()
    samples, faults = read_corpus(args.folder)
    faults += find_repeats(samples) + find_leaks(samples)
    card = json.dumps(count_corpus(samples), indent=1)
    print(card)
    if args.card is not None:
        args.card.write_text(card + "\n", encoding="utf-8")
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
