"""An event loop whose clock jumps to the next timer: minutes of waiting take milliseconds, and always the same way."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Its time is a number, which waiting increases."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self._now

    def pass_time(self, seconds: float) -> None:
        """Let time pass at once."""
        self._now += seconds


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout:
            self._loop.pass_time(timeout)
        return super().select(0)


def in_virtual_time(main: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; its result."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
