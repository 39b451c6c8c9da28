"""Signs of life of an activity that waits."""

import asyncio
from itertools import pairwise

from activities.watching.heartbeats import BEATS_PER_TIMEOUT, heartbeating
from tests.unit.activities.attempt import attempt
from tests.unit.virtual_time import in_virtual_time


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


def test_activities_that_began_apart_beat_together_and_never_late() -> None:
    """A thousand watches that began whenever their runs did wake the process once a second, not a thousand times."""

    async def beats_of(begins: float) -> list[float]:
        environment = attempt(heartbeat_timeout=60)
        moments = [begins]
        environment.on_heartbeat = lambda _: moments.append(asyncio.get_running_loop().time())

        async def wait() -> None:
            async with heartbeating(lambda: 1):
                await asyncio.sleep(300)

        await asyncio.sleep(begins)
        await environment.run(wait)
        return moments

    async def all_beats() -> list[list[float]]:
        return await asyncio.gather(*(beats_of(begins) for begins in (0.1, 0.4, 0.9)))

    moments = in_virtual_time(all_beats())
    assert len(moments[0]) > BEATS_PER_TIMEOUT
    assert all(each[1:] == moments[0][1:] for each in moments)
    assert all(later - earlier <= 60 / BEATS_PER_TIMEOUT for each in moments for earlier, later in pairwise(each))


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
