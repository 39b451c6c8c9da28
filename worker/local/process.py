"""A child process with a log file, which is waited for until it is ready and never left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

START_SECONDS: Final = 120.0
STOP_SECONDS: Final = 20.0
TAIL_LINES: Final = 15
_POLL_EVERY_SECONDS: Final = 0.02


class ProcessFailedError(Exception):
    """A process of the embedded stack did not start, or ended unexpectedly; the text has the end of its log."""


class Process(ABC):
    """One process of the embedded stack, in a process group of its own: a Ctrl-C in the terminal is ours to pass on.

    Start it from the main thread (see `worker.local.tether`).
    """

    def __init__(self, name: str, log: Path) -> None:
        """Prepare the process.

        Args:
            name: What people call it.
            log: File that its output is appended to.
        """
        self.name = name
        self.log = log
        self._child: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Its process id while it runs."""
        return self._child.pid if self._child is not None and self.is_running else None

    @property
    def is_running(self) -> bool:
        """Whether it has been started and has not ended."""
        return self._child is not None and self._child.poll() is None

    @abstractmethod
    def launch(self) -> None:
        """Start it without waiting for anything."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it is ready."""

    def start(self) -> None:
        """Start it and wait until it is ready.

        Raises:
            ProcessFailedError: It ended instead, or was not ready after `START_SECONDS`.
        """
        for pause in self._starting():
            time.sleep(pause)

    async def start_meanwhile(self) -> None:
        """Do the same as `start`, while the event loop goes on with everything else."""
        for pause in self._starting():
            await asyncio.sleep(pause)

    def terminate(self) -> None:
        """Send SIGTERM without waiting for its end."""
        if self._child is not None and self.is_running:
            os.killpg(self._child.pid, signal.SIGTERM)

    def stop(self) -> None:
        """End it with SIGTERM, or with SIGKILL if it takes longer than 20 seconds."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it with SIGKILL, as a crash would."""
        self._end(signal.SIGKILL)

    def check(self) -> None:
        """See whether it still runs.

        Raises:
            ProcessFailedError: It does not.
        """
        if not self.is_running:
            raise self.failed("ended")

    def failed(self, what: str) -> ProcessFailedError:
        """Build the error that says what happened, with the end of the log."""
        code = self._child.poll() if self._child is not None else None
        tail = "\n".join(f"  | {line}" for line in self._output().splitlines()[-TAIL_LINES:])
        exit_code = "" if code is None else f" with exit code {code}"
        return ProcessFailedError(f"{self.name} {what}{exit_code}. The end of its log {self.log}:\n{tail}")

    def _spawn(self, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._log_start = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(  # noqa: S603 — our own programs, without a shell
                [sys.executable, "-m", "worker.local.tether", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if environment is None else environment),
                start_new_session=True,
            )

    def _starting(self) -> Iterator[float]:
        """Start it, and give the seconds to wait before each further check, until it is ready."""
        self.launch()
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            is_ready = self.is_ready()
            if not self.is_running:
                raise self.failed("ended before it was ready")
            if is_ready:
                return
            yield _POLL_EVERY_SECONDS
        error = self.failed(f"was not ready after {START_SECONDS:.0f} s")
        self.kill()
        raise error

    def _output(self) -> str:
        """What it has written since its last start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def _end(self, how: signal.Signals) -> None:
        child = self._child
        if child is None or child.poll() is not None:
            return
        os.killpg(child.pid, how)
        try:
            child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
