"""Build `src/communique/data/` from `resources/`; `--check` fails on any difference and changes nothing.

Each module in `scripts/builders/` has `build(resources: Path) -> dict[str, bytes]` (name in data/ → content;
sorted, no time stamps; gzip with mtime 0) and `SOURCES`, a tuple of credits. The model under `data/model/` is
made by `scripts/train_*.py`, not here, and is only entered in the manifest.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "src" / "communique" / "data"
VERSION = "2026.11"


def collect() -> tuple[dict[str, bytes], dict[str, list[str]]]:
    """Every built file and the credits of each, from all builders in name order."""
    files: dict[str, bytes] = {}
    credit: dict[str, list[str]] = {}
    for path in sorted((ROOT / "scripts" / "builders").glob("[a-z]*.py")):
        spec = importlib.util.spec_from_file_location(f"builders_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module
        spec.loader.exec_module(module)
        for name, content in module.build(ROOT / "resources").items():
            if name in files:
                raise SystemExit(f"two builders make {name}")
            files[name] = content
            credit[name] = list(getattr(module, "SOURCES", ()))
    return files, credit


def made_manifest(files: dict[str, bytes], credit: dict[str, list[str]]) -> bytes:
    """The MANIFEST: digests per table, and one over all of them."""
    entries = {
        name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content), "sources": credit.get(name, [])}
        for name, content in sorted(files.items())
    }
    total = hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()
    return (json.dumps({"version": VERSION, "digest": total, "tables": entries}, indent=1, sort_keys=True) + "\n").encode()


def main() -> int:
    """Build or check; exit code 1 when `--check` finds a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    files, credit = collect()
    model = DATA / "model"
    for path in sorted(model.rglob("*")) if model.is_dir() else []:
        if path.is_file():
            files[str(path.relative_to(DATA))] = path.read_bytes()
    files["MANIFEST.json"] = made_manifest(files, credit)
    have = {str(p.relative_to(DATA)): p for p in DATA.rglob("*") if p.is_file() and p.name != "__init__.py" and "__pycache__" not in p.parts}
    wrong = sorted(n for n in files.keys() | have.keys() if n not in files or n not in have or have[n].read_bytes() != files[n])
    if args.check:
        for name in wrong:
            print(f"differs: {name}", file=sys.stderr)
        return 1 if wrong else 0
    for name in wrong:
        if name in files:
            (DATA / name).parent.mkdir(parents=True, exist_ok=True)
            (DATA / name).write_bytes(files[name])
        else:
            have[name].unlink()
    print(f"{len(files)} tables, {len(wrong)} changed")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
