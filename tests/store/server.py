"""A throwaway PostgreSQL cluster on loopback for the tests of one process: Debian's server, started when first asked for."""

from __future__ import annotations

import contextlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


class NoServer(Exception):
    """Why there is no server to test with."""


def programs() -> Path:
    """The folder of `initdb` and `pg_ctl`: on PATH, or where Debian keeps the newest."""
    found = shutil.which("initdb")
    folders = [Path(found).parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(re.sub(r"\D", "", p.parent.name) or 0))
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise NoServer("no PostgreSQL server is installed (apt-get install postgresql)")


def _as_nobody() -> list[str]:
    """The beginning of a command that runs without root's rights, which PostgreSQL insists on."""
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise NoServer("PostgreSQL will not run as root, and there is no setpriv to run it as another user")
    user = pwd.getpwnam("nobody")
    return ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups"]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, timeout=120)
    if done.returncode:
        raise NoServer(f"{Path(command[-1]).name}: PostgreSQL would not start: {' '.join(done.stderr.split())[-200:]}")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """The address of a fresh cluster's database, without `?options`. Stopped and deleted after. Raises `NoServer`."""
    bin_folder, begin = programs(), _as_nobody()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="communique-pg-") as name:
        folder = Path(name)
        if begin:
            os.chown(folder, int(begin[2]), int(begin[4]))
        data = str(folder / "data")
        _run([*begin, str(bin_folder / "initdb"), "-U", "communique", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D", data], folder)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200 -c fsync=off -c autovacuum=off"  # only clients are killed, never the machine
        control = [*begin, str(bin_folder / "pg_ctl"), "-D", data, "-w", "-s", "-l", str(folder / "log")]
        _run([*control, "-o", options, "start"], folder)
        try:
            yield f"postgresql://communique@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], cwd=folder, check=False, timeout=60)
