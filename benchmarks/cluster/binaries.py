"""Temporal's server and its SQL tool, built once from the Go module proxy into a cache."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.command import BenchmarkFailedError, announce

MODULE: Final = "go.temporal.io/server"
COMPOSE_FILE: Final = Path(__file__).parents[2] / "docker-compose.yml"

# The last element of each package's path is the name that Go gives the program.
_PROGRAMS: Final[Mapping[str, tuple[str, str]]] = {
    "temporal-server": ("cmd/server", "server"),
    "temporal-sql-tool": ("cmd/tools/sql", "sql"),
}
_SCHEMA: Final = Path("schema", "postgresql", "v12")
_TAG: Final = re.compile(r"temporalio/server:\$\{TEMPORAL_TAG:-([\d.]+)\}")


@dataclass(frozen=True)
class Binaries:
    """A folder with `temporal-server`, `temporal-sql-tool` and the schema of its version."""

    folder: Path

    @property
    def server(self) -> Path:
        """The server's program."""
        return self.folder / "temporal-server"

    @property
    def schema(self) -> Path:
        """The folder with `postgresql/v12`."""
        return self.folder / "schema"

    @property
    def are_complete(self) -> bool:
        """Whether all of them are there; the schema is copied last."""
        return all((self.folder / part).exists() for part in (*map(Path, _PROGRAMS), _SCHEMA))


def stack_version() -> str:
    """The version of Temporal's server that docker-compose.yml runs."""
    found = _TAG.search(COMPOSE_FILE.read_text(encoding="utf-8"))
    assert found is not None  # noqa: S101 — tests/deploy keeps it so
    return found[1]


def default_cache() -> Path:
    """The folder of this user's caches that is the project's."""
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "polysync-sagemaker"


def built(version: str, cache: Path) -> Binaries:
    """Find the programs in the cache, or build them, which takes some minutes.

    Raises:
        BenchmarkFailedError: There is no Go, or the module proxy does not serve what the build needs.
    """
    binaries = Binaries(cache / f"temporal-{version}")
    if binaries.are_complete:
        return binaries
    if shutil.which("go") is None:
        raise BenchmarkFailedError("Temporal's server is built with Go, and there is no 'go' on the PATH.")
    announce(f"building Temporal's server {version} into {binaries.folder}, once")
    binaries.folder.mkdir(parents=True, exist_ok=True)
    source = Path(_go(["mod", "download", "-json", f"{MODULE}@v{version}"])["Dir"])
    packages = [f"{MODULE}/{package}@v{version}" for package, _ in _PROGRAMS.values()]
    environment = {"CGO_ENABLED": "0", "GOBIN": str(binaries.folder)}
    # The tag is that of Temporal's own Makefile.
    _go(["install", "-tags", "disable_grpc_modules", *packages], environment)
    for name, (_, go_name) in _PROGRAMS.items():
        (binaries.folder / go_name).rename(binaries.folder / name)
    shutil.copytree(source / _SCHEMA, binaries.folder / _SCHEMA, dirs_exist_ok=True, copy_function=shutil.copyfile)
    return binaries


def _go(arguments: list[str], environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run Go and read the JSON that it printed, if any."""
    ended = subprocess.run(  # noqa: S603 — a fixed command
        ["go", *arguments],  # noqa: S607 — whichever Go is on the PATH
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise BenchmarkFailedError(
            f"go {' '.join(arguments)} failed:\n{(ended.stderr or ended.stdout).strip()[-1500:]}"
        )
    return json.loads(ended.stdout) if ended.stdout.strip() else {}
