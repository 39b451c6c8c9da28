"""Heartbeats while an activity waits, so that the server gives it to another worker when its worker dies."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from temporalio import activity

BEATS_PER_TIMEOUT: Final = 2
"""The SDK sends one heartbeat and throttles the following ones for 0.8 of the timeout (documentation of
`temporalio.worker.Worker`). With two per timeout there is always one to send, and a busy event loop may be late by half
the timeout before the server times the activity out; more would only be encoded and dropped."""

_TICKS_PER_BEAT: Final = 30
"""Heartbeats that fall due within one tick (1 s with a timeout of 60 s) are sent together: waking the event loop, the
core's threads and the server for each one costs more than the heartbeat itself (figures: `docs/performance.md`)."""


@asynccontextmanager
async def heartbeating(details: Callable[[], object]) -> AsyncIterator[None]:
    """Send heartbeats as long as the block runs: on a timer, because a task for each watch would cost memory.

    Args:
        details: Returns the details of each heartbeat. They outlive the attempt: the next attempt can read them, and
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
        # No heartbeat at once: the server counts from the attempt's start, a short activity needs none at all, and the
        # SDK would throttle the next one for 0.8 of the timeout, whatever has happened by then.
        self._plan()

    def _plan(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._seconds
        # The timer keeps the context in which it is made, and with it the activity that sends the heartbeat.
        self._next = loop.call_at(due - due % (self._seconds / _TICKS_PER_BEAT), self._beat)

    def _beat(self) -> None:
        self._plan()
        activity.heartbeat(self._details())

    def end(self) -> None:
        self._next.cancel()
