"""Signs of life of an activity that waits."""

import asyncio

from activities.heartbeats import BEATS_PER_TIMEOUT, heartbeating
from tests.unit.activities.attempt import attempt


async def test_it_beats_several_times_within_the_timeout_and_ends_with_the_block() -> None:
    """Each beat has the details of its moment."""
    environment = attempt(heartbeat_timeout=0.06)
    beats: list[int] = []
    enough = asyncio.Event()

    def beat(details: int) -> None:
        beats.append(details)
        if len(beats) == BEATS_PER_TIMEOUT:
            enough.set()

    async def wait() -> float:
        started = asyncio.get_running_loop().time()
        async with heartbeating(lambda: len(beats)):
            await asyncio.wait_for(enough.wait(), 5)
            return asyncio.get_running_loop().time() - started

    environment.on_heartbeat = beat
    others = asyncio.all_tasks()
    took = await environment.run(wait)
    assert beats == list(range(BEATS_PER_TIMEOUT))
    assert took >= 0.06 * 0.9
    assert asyncio.all_tasks() == others


async def test_what_is_over_soon_does_not_beat() -> None:
    """A beat costs the server a write; the attempt's start is a sign of life as well."""
    environment = attempt(heartbeat_timeout=60)
    beats: list[object] = []
    environment.on_heartbeat = beats.append

    async def work() -> None:
        async with heartbeating(lambda: 1):
            await asyncio.sleep(0)

    await environment.run(work)
    assert beats == []


async def test_without_a_timeout_nobody_waits_for_beats() -> None:
    """Temporal does not ask for any then."""
    environment = attempt()
    beats: list[object] = []
    environment.on_heartbeat = beats.append

    async def wait() -> None:
        async with heartbeating(lambda: 1):
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    await environment.run(wait)
    assert beats == []
