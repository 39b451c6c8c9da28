"""Many small jobs, in a bounded number at once or each at its moment, and waiting for what they bring about."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final, TypeVar

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_LOOK_EVERY_SECONDS: Final = 0.1


async def at_most(limit: int, job: Callable[[Item], Awaitable[Outcome]], items: Iterable[Item]) -> list[Outcome]:
    """Do a job for each item, `limit` of them at once; outcomes in the order of the items."""
    room = asyncio.Semaphore(limit)

    async def bounded(item: Item) -> Outcome:
        async with room:
            return await job(item)

    return await asyncio.gather(*(bounded(item) for item in items))


def random_moments(count: int, seconds: float, *, seed: int = 0) -> list[float]:
    """Draw so many moments within some seconds, in order; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 — repeatable chance, no secret
    return sorted(chance.uniform(0, seconds) for _ in range(count))


async def at_moments(
    moments: Sequence[float], job: Callable[[Item], Awaitable[Outcome]], items: Sequence[Item]
) -> list[Outcome]:
    """Do a job for each item at its moment, in seconds from now; one that takes long does not delay the next."""
    began = time.monotonic()

    async def timed(moment: float, item: Item) -> Outcome:
        await asyncio.sleep(max(0.0, began + moment - time.monotonic()))
        return await job(item)

    return await asyncio.gather(*(timed(moment, item) for moment, item in zip(moments, items, strict=True)))


async def until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until a condition holds, at most so many seconds; whether it holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() >= deadline:
            return False
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
    return True
