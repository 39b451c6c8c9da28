"""Signs of life while an activity waits, so that one whose worker died is noticed and given to another worker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final

from temporalio import activity

BEATS_PER_TIMEOUT: Final = 3


@asynccontextmanager
async def heartbeating(details: Callable[[], object]) -> AsyncIterator[None]:
    """Heartbeat in the background, three times per heartbeat timeout, for as long as the block runs.

    Args:
        details: Gives the heartbeat's details at each beat. They outlive the attempt: the next one reads them, and
            the Web UI shows them on the pending activity.
    """
    beats = asyncio.create_task(_beat(details))
    try:
        yield
    finally:
        beats.cancel()
        with suppress(asyncio.CancelledError):
            await beats


async def _beat(details: Callable[[], object]) -> None:
    timeout = activity.info().heartbeat_timeout
    if timeout is None:
        return
    while True:
        activity.heartbeat(details())
        await asyncio.sleep(timeout.total_seconds() / BEATS_PER_TIMEOUT)
