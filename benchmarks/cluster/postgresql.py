"""PostgreSQL from the operating system's packages, as a process with its data in a folder."""

import os
import pwd
import shutil
import subprocess
from pathlib import Path
from typing import Final

from benchmarks.command import BenchmarkFailedError
from worker.local.ports import LOOPBACK, free_port
from worker.local.process import Process

USER: Final = "temporal"
"""Superuser of the database, as in docker-compose.yml."""

ACCOUNT: Final = "postgres"
"""The account that PostgreSQL runs as where this process is root, which PostgreSQL refuses."""

CONNECTIONS: Final = 400
"""Of the server's processes: 20 and 10 each by default, more than PostgreSQL's 100 together."""

_DEBIAN: Final = Path("/usr/lib/postgresql")


class PostgreSQL(Process):
    """An empty database server on this machine; its settings are PostgreSQL's defaults but for the connections."""

    def __init__(self, folder: Path) -> None:
        """Prepare the server with its data and its log in a folder.

        Raises:
            BenchmarkFailedError: PostgreSQL is not installed.
        """
        super().__init__("PostgreSQL", folder / "postgresql.log")
        self._data = folder / "postgresql"
        self._programs = programs()
        self.port = free_port(0)

    def launch(self) -> None:
        """See base class."""
        self._data.mkdir()
        if os.geteuid() == 0:
            account = pwd.getpwnam(ACCOUNT)
            os.chown(self._data, account.pw_uid, account.pw_gid)
            # The account looks into the folder; mkdtemp makes it for its owner alone.
            self._data.parent.chmod(0o755)
        initialise = [str(self._programs / "initdb"), "--auth=trust", f"--username={USER}", str(self._data)]
        made = subprocess.run([*_as_account(), *initialise], capture_output=True, text=True, check=False)  # noqa: S603 — a fixed command
        if made.returncode != 0:
            raise BenchmarkFailedError(f"initdb failed: {made.stderr.strip()[-1000:]}")
        options = [f"listen_addresses={LOOPBACK}", f"port={self.port}", f"unix_socket_directories={self._data}"]
        options.append(f"max_connections={CONNECTIONS}")
        server = [str(self._programs / "postgres"), "-D", str(self._data)]
        self._spawn([*_as_account(), *server, *(f"--{option}" for option in options)])

    def is_ready(self) -> bool:
        """Whether it accepts connections."""
        asking = [str(self._programs / "pg_isready"), f"--host={LOOPBACK}", f"--port={self.port}"]
        return subprocess.run(asking, capture_output=True, check=False).returncode == 0  # noqa: S603 — a fixed command


def programs() -> Path:
    """Find the folder of PostgreSQL's programs: Debian's newest, else that of `initdb` on the PATH.

    Raises:
        BenchmarkFailedError: There is none.
    """
    versions = sorted(_DEBIAN.glob("*/bin/initdb"), key=lambda path: int(path.parents[1].name))
    found = versions[-1] if versions else shutil.which("initdb")
    if found is None:
        raise BenchmarkFailedError("PostgreSQL is not installed; on Debian it is the package postgresql.")
    return Path(found).resolve().parent


def _as_account() -> list[str]:
    if os.geteuid() != 0:
        return []
    # A change of the user clears the setting by which a child ends with its parent.
    return ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups", "--pdeathsig=KILL"]
