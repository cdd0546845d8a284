"""Quality gates: every score in floors.json is measured and must not fall below its floor.

A floor stands a little under the figure measured when it was set, with the digest of the corpus it was measured
on; another corpus is an error, not a pass. `--update NAME` raises floors to the measured value less the margin;
lowering one takes `--lower NAME`. Two scorers run at a time.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
FLOORS = ROOT / "bench" / "floors.json"
MARGIN = 0.005


def corpus_digest(path: Path) -> str:
    """Digest of a file, or of every file under a folder in name order."""
    h = hashlib.sha256()
    for file in [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file()):
        h.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return h.hexdigest()[:16]


def measure(gate: dict) -> tuple[dict, float]:
    """The figures of one gate, and the seconds it took."""
    start = time.monotonic()
    options = [f"{k}={v}" for k, v in gate.get("options", {}).items()]
    command = [sys.executable, "-m", "communique.evaluate", gate["name"], str(SHARED / gate["path"]), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    return json.loads(done.stdout), time.monotonic() - start


def main() -> int:
    """Measure all gates (or those named); exit code 1 when one is below its floor."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--update", action="store_true", help="raise floors to what was measured less the margin")
    parser.add_argument("--lower", action="store_true", help="allow --update to lower a floor")
    args = parser.parse_args()
    gates = json.loads(FLOORS.read_text())
    wanted = [g for g in gates if not args.names or g["id"] in args.names or g["name"] in args.names]
    if not SHARED.exists():
        print("LEFT OUT: all gates: no ../shared beside this clone")
        return 0
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [(g, pool.submit(measure, g)) for g in wanted]
        for gate, job in jobs:
            try:
                figures, seconds = job.result()
            except RuntimeError as error:
                print(f"FAIL {gate['id']}: {error}")
                bad += 1
                continue
            digest = corpus_digest(SHARED / gate["path"])
            if gate.get("corpus") not in (None, digest):
                print(f"FAIL {gate['id']}: the corpus changed ({gate['corpus']} -> {digest})")
                bad += 1
            gate["corpus"] = digest
            for metric, floor in gate.get("floors", {}).items():
                value = figures.get(metric)
                low = value is None or value < floor
                bad += low
                print(f"{'FAIL' if low else 'ok  '} {gate['id']:<22} {metric:<24} {value} (floor {floor})  {seconds:.0f} s")
                if args.update and value is not None and (value - MARGIN > floor or (args.lower and value < floor)):
                    gate["floors"][metric] = round(value - MARGIN, 3)
            for metric, ceiling in gate.get("ceilings", {}).items():
                value = figures.get(metric)
                high = value is None or value > ceiling
                bad += high
                print(f"{'FAIL' if high else 'ok  '} {gate['id']:<22} {metric:<24} {value} (at most {ceiling})")
    if args.update:
        FLOORS.write_text(json.dumps(gates, indent=1) + "\n")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
