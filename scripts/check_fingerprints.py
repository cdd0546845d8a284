"""Refuse any sentence of the public PLV test set in what we train on, test with or ship.

The list beside the checkout holds SHA-256 digests of those sentences. How they were normalised is not stated with
it, so every line, quoted string and sentence of resources/, tests/, docs/ and bench/ is tried in eleven forms (as
it stands; spaces folded; lower case; words only, by four definitions of a word; joined or not; with a line end).
"""

from __future__ import annotations

import gzip
import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT.parent / "shared" / "data" / "coding" / "plv_test_sha256.txt"
FOLDERS = ("resources", "tests", "docs", "bench", "src/communique/data/sample")
TEXTS = {".txt", ".md", ".toml", ".json", ".jsonl", ".csv", ".tsv", ".py", ".html", ".xml"}
MARK = re.compile(r"\{[a-z]\d+:([^{}]*)\}")
QUOTED = re.compile(r'"((?:[^"\\\n]|\\.){25,400})"')


def forms(text: str) -> set[str]:
    """The text under every normalisation tried."""
    folded = " ".join(text.split())
    low = folded.lower()
    words = [re.findall(p, low) for p in (r"[a-z0-9]+", r"\w+", r"[a-z]+", r"[\w'-]+")]
    out = {text, text.strip(), folded, low, text.strip() + "\n", folded.rstrip(".!? "), low.rstrip(".!? ")}
    out.update(" ".join(w) for w in words)
    out.update("".join(w) for w in words)
    return out


def pieces(path: Path) -> Iterator[str]:
    """Lines, the parts of marked-up lines, quoted strings and sentences of a file."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8", "replace")
    for line in text.splitlines():
        plain = MARK.sub(r"\1", line).split("||")[0]
        if len(plain) < 25:
            continue
        yield plain
        for part in (*plain.split("\t"), *QUOTED.findall(plain)):
            if len(part) >= 25:
                yield part
                yield from (s for s in re.split(r"(?<=[.!?])\s+", part) if len(s) >= 25)


def main() -> int:
    """Exit code 1 when any is found."""
    if not LIST.exists():
        print("LEFT OUT: the fingerprint check: no list beside this clone")
        return 0
    listed = set(LIST.read_text().split())
    tried = bad = 0
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.is_file() and (path.suffix in TEXTS or path.name.endswith((".tsv.gz", ".jsonl.gz"))) and path.stat().st_size < 3_000_000:
                for piece in set(pieces(path)):
                    tried += 1
                    if any(hashlib.sha256(f.encode()).hexdigest() in listed for f in forms(piece)):
                        print(f"{path.relative_to(ROOT)}: a sentence of the test set: {piece[:60]}...")
                        bad += 1
    print(f"{tried} texts tried against {len(listed)} fingerprints, {bad} found")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
