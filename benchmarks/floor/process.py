import sys
from collections.abc import Mapping
from pathlib import Path

from worker.local.process import Process


class FloorProcess(Process):
    """`python -m benchmarks.floor` as a process."""

    def __init__(self, log: Path, environment: Mapping[str, str]) -> None:
        """Prepare the worker.

        Args:
            log: File for its output.
            environment: That of a product's worker (`Installation.worker_environment`).
        """
        super().__init__("floor", log)
        self._environment = environment

    def launch(self) -> None:
        """See base class."""
        self._spawn([sys.executable, "-m", "benchmarks.floor"], self._environment)

    def is_ready(self) -> bool:
        """Whether it polls its task queue."""
        return "worker.started" in self._output()
