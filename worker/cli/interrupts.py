"""SIGTERM treated like Ctrl-C, so that a command which started processes stops them before it ends."""

import signal
from types import FrameType


def interrupt_on_sigterm() -> None:
    """Unwind at SIGTERM as Python does at Ctrl-C, by KeyboardInterrupt."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
