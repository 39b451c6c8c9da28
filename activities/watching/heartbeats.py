"""Signs of life while an activity waits, so that one whose worker died is noticed and given to another worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from temporalio import activity

BEATS_PER_TIMEOUT: Final = 2
"""The SDK sends a beat, and what came meanwhile 0.8 of the timeout later (documentation of `temporalio.worker.Worker`).
With two per timeout there is always one to send, and a busy event loop may be late by half the timeout before the
server misses it; more would only be encoded and thrown away."""

_TICKS_PER_BEAT: Final = 30
"""Beats that fall due within one tick (1 s with a timeout of 60 s) go out together: waking the event loop, the core's
threads and the server for each one costs more than the beat itself. `docs/performance.md` has the figures."""


@asynccontextmanager
async def heartbeating(details: Callable[[], object]) -> AsyncIterator[None]:
    """Heartbeat in the background for as long as the block runs: on a timer, for a task for each watch costs memory.

    Args:
        details: Gives the heartbeat's details at each beat. They outlive the attempt: the next one reads them, and
            the Web UI shows them on the pending activity.
    """
    timeout = activity.info().heartbeat_timeout
    if timeout is None:
        yield
        return
    beats = _Beats(details, timeout / BEATS_PER_TIMEOUT)
    try:
        yield
    finally:
        beats.end()


class _Beats:
    def __init__(self, details: Callable[[], object], every: timedelta) -> None:
        self._details = details
        self._seconds = every.total_seconds()
        # None at once: the server counts from the attempt's start, a short activity needs none at all, and the SDK
        # would hold the next one back for 0.8 of the timeout, however much there is to tell by then.
        self._plan()

    def _plan(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._seconds
        # A timer keeps the context in which it is made, and so the activity that beats.
        self._next = loop.call_at(due - due % (self._seconds / _TICKS_PER_BEAT), self._beat)

    def _beat(self) -> None:
        self._plan()
        activity.heartbeat(self._details())

    def end(self) -> None:
        self._next.cancel()
