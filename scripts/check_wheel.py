"""Build the wheel, install it into a new environment of each Python found, code a sample report there, and
compare what they print: the same bytes everywhere. Only Python 3.11 to 3.14 that really start are used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "resources" / "sample" / "01-sample-wire.txt"


def pythons() -> list[str]:
    """Interpreters to try: this one, then other minor versions that are present and start."""
    found = [sys.executable]
    if os.environ.get("COMMUNIQUE_ONE_PYTHON"):
        return found
    for minor in (11, 12, 13, 14):
        name = shutil.which(f"python3.{minor}")
        if name and minor != sys.version_info.minor:
            for candidate in (name, *pyenv(minor)):
                probe = subprocess.run([candidate, "-c", "import venv, sys; print(sys.version_info[1])"], capture_output=True, text=True, check=False)
                if probe.returncode == 0 and probe.stdout.strip() == str(minor):
                    found.append(candidate)
                    break
    return found


def pyenv(minor: int) -> list[str]:
    """Interpreters of a version manager, whose shims may refuse to start."""
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(p) for p in sorted(root.glob(f"versions/3.{minor}.*/bin/python3"))]


def sh(*command: str) -> str:
    """Output of a command that must succeed."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}  # the second start finds what the first compiled
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tempfile.gettempdir(), env=env)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command[:4])} ... failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def install(python: str, wheel: str, folder: Path) -> Path:
    """A new environment with the locked dependencies and the wheel; its interpreter."""
    sh(python, "-m", "venv", str(folder))
    inside = folder / "bin" / "python"
    lock = str(ROOT / "requirements.lock")
    if shutil.which("uv"):
        os.environ["UV_PYTHON_DOWNLOADS"] = "never"
        sh("uv", "pip", "install", "-q", "--python", str(inside), "--require-hashes", "-r", lock)
    else:
        sh(str(inside), "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", "--no-deps", "--require-hashes", "-r", lock)
    sh(str(inside), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "--no-index", wheel)
    return inside


def main() -> int:
    """Build, install, run, compare."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        sh(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(work / "dist"), str(ROOT))
        wheel = next((work / "dist").glob("*.whl"))
        print(f"wheel: {wheel.stat().st_size / 1e6:.1f} MB")
        printed = {}
        for index, python in enumerate(pythons()):
            inside = install(python, str(wheel), work / f"env{index}")
            version = sh(str(inside), "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
            sh(str(inside), "-m", "communique", "doctor")
            printed[version] = sh(str(inside), "-m", "communique", "code", "--jsonl", str(SAMPLE))
            print(f"Python {version}: installed, doctor ok, {len(printed[version])} characters coded")
        if len(set(printed.values())) != 1:
            raise SystemExit(f"Pythons disagree on the same report: {sorted(printed)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
