"""Builds web/ into src/communique/serve/static: bundled islands, one stylesheet, htmx, the world's outline, with
hashed names and `assets.json`. With `--check` it builds beside and compares, and fails on any difference.

    python scripts/build_web.py [--check]

Needs node and npm, and the packages of web/package-lock.json (`npm ci` in web/). Without them it says so and leaves the
committed assets as they are: installing and running communique never needs node.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
OUT = ROOT / "src" / "communique" / "serve" / "static"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="build beside and compare with what is committed")
    args = parser.parse_args()
    if shutil.which("node") is None or shutil.which("npm") is None:
        print("LEFT OUT: node and npm are not installed, so the pages' assets were not rebuilt")
        return 0
    if not (WEB / "node_modules" / "esbuild").is_dir():
        found = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=WEB, check=False)
        if found.returncode != 0:
            print("LEFT OUT: the packages of web/ could not be installed, so the pages' assets were not rebuilt")
            return 0
    with tempfile.TemporaryDirectory() as folder:
        built = build(Path(folder))
        if args.check:
            return compare(built)
        write(built)
    return 0


def build(folder: Path) -> dict[str, bytes]:
    """Hashed file name → bytes, with `assets.json` naming them."""
    run("npx", "--no-install", "tsc", "-p", ".")
    for name in ("app.ts", "app.css"):
        kind = ["--bundle", "--format=iife", "--target=es2021"] if name.endswith(".ts") else []
        run("npx", "--no-install", "esbuild", f"src/{name}", *kind, "--minify", "--legal-comments=none", f"--outdir={folder}", "--log-level=warning")
    run("node", "world.mjs", str(folder / "world.svg"))
    shutil.copy(WEB / "node_modules" / "htmx.org" / "dist" / "htmx.min.js", folder / "htmx.js")
    shutil.copy(WEB / "src" / "icon.svg", folder / "icon.svg")
    built: dict[str, bytes] = {}
    names = {}
    for file in sorted(folder.iterdir()):
        data = file.read_bytes()
        names[file.name] = f"{file.stem}-{hashlib.sha256(data).hexdigest()[:10]}{file.suffix}"
        built[names[file.name]] = data
    built["assets.json"] = (json.dumps(names, indent=1, sort_keys=True) + "\n").encode()
    return built


def run(*words: str) -> None:
    subprocess.run(words, cwd=WEB, check=True)


def write(built: dict[str, bytes]) -> None:
    """Put the build in place of what was."""
    OUT.mkdir(parents=True, exist_ok=True)
    for old in OUT.iterdir():
        if old.name not in built:
            old.unlink()
    for name, data in built.items():
        (OUT / name).write_bytes(data)
    print("\n".join(f"{len(data):8} {name}" for name, data in built.items()))


def compare(built: dict[str, bytes]) -> int:
    """Say what differs from what is committed."""
    there = {f.name: f.read_bytes() for f in OUT.iterdir()} if OUT.is_dir() else {}
    wrong = sorted(name for name in {*there, *built} if there.get(name) != built.get(name))
    if wrong:
        print(f"the committed assets are not those of web/: {', '.join(wrong)}; run: python scripts/build_web.py")
        return 1
    print(f"{len(built)} assets are those of web/")
    return 0


if __name__ == "__main__":
    sys.exit(main())
