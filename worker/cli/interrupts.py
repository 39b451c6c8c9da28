"""SIGINT and SIGTERM of our commands."""

import asyncio
import signal
from types import FrameType
from typing import Self

from worker.cli.outcome import ExitCode


def interrupt_on_sigterm() -> None:
    """Unwind at SIGTERM as Python does at Ctrl-C, by KeyboardInterrupt: processes that were started are stopped."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


class Interrupts:
    """While it is entered, SIGINT and SIGTERM cancel the task that entered it; the first one can be made an event.

    Attributes:
        came: Set by the first signal.
        code: The exit code that belongs to the last signal.
        first_is_an_event: Whether the first signal cancels nothing.
    """

    def __init__(self) -> None:
        self.came = asyncio.Event()
        self.code = ExitCode.INTERRUPTED
        self.first_is_an_event = False
        self._task = asyncio.current_task()

    def __enter__(self) -> Self:
        """Take the signals over."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, self._received, number)
        return self

    def __exit__(self, *_: object) -> None:
        """Give the signals back."""
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().remove_signal_handler(number)

    def _received(self, number: signal.Signals) -> None:
        self.code = ExitCode.TERMINATED if number is signal.SIGTERM else ExitCode.INTERRUPTED
        if self._task is not None and (self.came.is_set() or not self.first_is_an_event):
            self._task.cancel()
        self.came.set()
