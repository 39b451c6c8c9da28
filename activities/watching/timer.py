"""A timer that rests on the event loop, without a task."""

import asyncio
from collections.abc import Callable
from contextvars import Context


class Timer:
    """Calls a function once, at the earliest of the moments that it was set to."""

    def __init__(self, due: Callable[[], None], failed: Callable[[Exception], None]) -> None:
        """Prepare a timer that is not set.

        Args:
            due: What to call.
            failed: Called with what `due` raises: the loop would only log it, and nothing would be polled any more.
        """
        self._due = due
        self._failed = failed
        self._handle: asyncio.TimerHandle | None = None

    def set(self, at: float) -> None:
        """Let the timer fire at a time of the event loop, or earlier if it is set already."""
        if self._handle is None or at < self._handle.when():
            self.cancel()
            # Not in the context of the activity that happens to be first, whose ids would be in all our log events.
            self._handle = asyncio.get_running_loop().call_at(at, self._fire, context=Context())

    def cancel(self) -> None:
        """Let the timer fire no more until it is set again."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _fire(self) -> None:
        self._handle = None
        try:
            self._due()
        except Exception as error:  # noqa: BLE001 — see above
            self._failed(error)
