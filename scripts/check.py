"""Everything `./test` runs, two at a time, with one line each: the wheel beside lint, types, import rules, built files and
gates, then the tests by two workers. Prints the output of what failed, says loudly what could not be measured, ends with
a count."""

from __future__ import annotations

import concurrent.futures
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(PYTHON).parent
TAIL = 12_000  # characters of a failed step's output that are shown
WHEEL = [PYTHON, "scripts/check_wheel.py"]
GATES = [PYTHON, "bench/gates.py"]

STATIC = {
    "ruff": [str(BIN / "ruff"), "check", "src", "tests", "scripts", "bench"],
    "mypy": [PYTHON, "-m", "mypy"],
    "import rules": [str(BIN / "lint-imports")],
    "built tables": [PYTHON, "scripts/build_data.py", "--check"],
    "training corpus": [PYTHON, "scripts/check_corpus.py"],
    "fingerprints": [PYTHON, "scripts/check_fingerprints.py"],
    "web assets": [PYTHON, "scripts/build_web.py", "--check"],
}


def run(name: str, command: list[str]) -> tuple[str, int, float, str]:
    """Run one step; its name, exit code, seconds and output."""
    start = time.monotonic()
    env = dict(os.environ, OMP_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1", COLUMNS="140")
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return name, done.returncode, time.monotonic() - start, done.stdout


def told(result: tuple[str, int, float, str]) -> bool:
    """Print the step's line, and its output when it failed; whether it passed."""
    name, code, seconds, output = result
    print(f"{'ok  ' if code == 0 else 'FAIL'} {name:<18} {seconds:6.1f} s", flush=True)
    if code != 0:
        print(output[-TAIL:], flush=True)
    for line in output.splitlines():
        if line.startswith("LEFT OUT:"):
            print("     " + line, flush=True)
    return code == 0


def main() -> int:
    """All steps; exit code 1 if any failed."""
    good = bad = 0

    def count(passed: bool) -> None:
        nonlocal good, bad
        good, bad = (good + 1, bad) if passed else (good, bad + 1)

    # The wheel waits for downloads and installs for most of its minutes, so it goes first and beside all that is not a test.
    steps = {"wheel": WHEEL, **STATIC}
    shared = (ROOT.parent / "shared" / "seeds" / "gold.json").exists()
    if shared:
        steps["gates"] = GATES
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in concurrent.futures.as_completed([pool.submit(run, *item) for item in steps.items()]):
            result = done.result()
            if result[0] == "gates":
                print(result[3][-TAIL:], flush=True)
                result = (*result[:3], "")
            count(told(result))
    name, code, seconds, output = run("tests", [PYTHON, "-m", "pytest", "-n", "2", "--dist", "loadfile", "-rs", "--durations=8"])
    print(output[-TAIL:], flush=True)
    count(told((name, code, seconds, "")))
    if not any(shutil.which(n) for n in ("chromium", "google-chrome", "chrome", "chromium-browser")):
        print("LEFT OUT: every test that needs a browser: no Chromium or Chrome was found", flush=True)
    if not shared:
        print("LEFT OUT: the quality gates of bench/floors.json: no ../shared beside this clone", flush=True)
    print(f"steps: {good} passed, {bad} failed", flush=True)
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
