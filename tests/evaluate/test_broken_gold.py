"""A gold file that is broken, or another scorer's, is refused in one line by every scorer."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from communique.errors import UsageError
from communique.evaluate import SCORERS, score

BROKEN = {
    "bytes.jsonl": bytes(range(255, 0, -1)) * 8,
    "short.jsonl.gz": gzip.compress(b'{"text": "a"}\n')[:-9],
    "plain.jsonl.gz": b"no gzip at all",
    "object.json": b'{"a": 1}',
    "empty.jsonl": b"",
}


@pytest.mark.parametrize("name", sorted(SCORERS))
@pytest.mark.parametrize("file", sorted(BROKEN))
def test_broken_gold_is_refused(tmp_path: Path, name: str, file: str) -> None:
    gold = tmp_path / file
    gold.write_bytes(BROKEN[file])
    with pytest.raises(UsageError) as refused:
        score(name, gold)
    assert file in str(refused.value) and "\n" not in str(refused.value)
