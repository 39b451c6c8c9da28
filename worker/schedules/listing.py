"""The schedules that start runs of ours, whichever client made them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from temporalio.client import Client

from worker.schedules.errors import ScheduleError
from worker.schedules.preview import is_preview
from worker.schedules.stored import RUNS, StoredSchedule, read_schedule

_READ_AT_ONCE: Final = 8

Found = TypeVar("Found")


async def each_schedule(client: Client, use: Callable[[StoredSchedule], Awaitable[Found]]) -> list[Found]:
    """Read all schedules, several at once, and return what `use` makes of each, by name."""
    turns = asyncio.Semaphore(_READ_AT_ONCE)

    async def used(name: str) -> list[Found]:
        async with turns:
            try:
                stored = await read_schedule(client, name)
            except ScheduleError:
                return []
            return [] if stored is None else [await use(stored)]

    names = [
        listed.id
        async for listed in await client.list_schedules()
        if not is_preview(listed.id)
        and (listed.schedule is None or getattr(listed.schedule.action, "workflow", None) in RUNS)
    ]
    return [found for each in await asyncio.gather(*(used(name) for name in sorted(names))) for found in each]
