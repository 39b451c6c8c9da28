"""The one loop of retries inside a process; retries that must survive the process are Temporal's."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from typing import TypeVar

R = TypeVar("R")


async def retrying(call: Callable[[], Awaitable[R]], pause: Callable[[Exception, int], float | None]) -> R:
    """Call until a call succeeds; a cancelled caller ends the loop.

    Args:
        call: Makes one attempt.
        pause: Given the error and the number of attempts so far, returns the seconds before the next attempt, or None
            to raise the error.

    Raises:
        Exception: What the last attempt raised.
    """
    for attempts in count(1):
        try:
            return await call()
        except Exception as error:
            seconds = pause(error, attempts)
            if seconds is None:
                raise
        await asyncio.sleep(seconds)
    raise AssertionError("unreachable")
