"""Reading gold in JSON Lines: one file (.jsonl, .jsonl.gz) or a folder of them, in name order."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from communique.errors import UsageError


def read_lines(path: Path, needed: Sequence[str]) -> list[dict[str, Any]]:
    """The objects of the file or files. Raises `UsageError` naming file and line for anything else, or when one
    lacks a needed field."""
    files = [path] if path.is_file() else sorted(p for p in path.iterdir() if p.name.endswith((".jsonl", ".jsonl.gz")))
    if not files:
        raise UsageError(f"{path}: no .jsonl or .jsonl.gz here; give a file or folder of that format", where=str(path))
    out: list[dict[str, Any]] = []
    for file in files:
        try:
            raw = file.read_bytes()
            text = (gzip.decompress(raw) if file.name.endswith(".gz") else raw).decode("utf-8")
        except (OSError, EOFError, UnicodeDecodeError) as error:
            raise UsageError(f"{file}: cannot be read as JSON Lines ({error})", where=str(file)) from error
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip():
                out.append(_row(line, f"{file}:{number}", needed))
    return out


def _row(line: str, where: str, needed: Sequence[str]) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where}: not JSON ({error})", where=where) from error
    missing = [n for n in needed if not isinstance(row, dict) or n not in row]
    if missing:
        raise UsageError(f"{where}: a line needs {', '.join(needed)}; missing: {', '.join(missing)}", where=where)
    assert isinstance(row, dict)
    return row
