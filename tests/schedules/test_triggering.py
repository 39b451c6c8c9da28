"""Runs started at once on the real server: none is dropped without a word."""

import asyncio
import re

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.schedules.stub_runs import Schedules
from tests.waits import PATIENCE_SECONDS
from worker.schedules.definition import Overlap
from worker.schedules.errors import ScheduleError
from worker.schedules.triggering import Triggered, trigger_run

EACH_DAY = set(range(1, 32))


@pytest.fixture
async def schedules(temporal: WorkflowEnvironment) -> Schedules:
    """Schedules of a test."""
    return Schedules(temporal.client)


async def trigger(schedules: Schedules, overlap: Overlap | None = None) -> Triggered:
    """Trigger the schedule as it is; a second later, since the id of a run has its second."""
    await asyncio.sleep(1.1)
    return await trigger_run(schedules.client, await schedules.stored(), overlap)


async def open_runs(schedules: Schedules, number: int) -> list[str]:
    """Wait until so many runs are open; return their ids."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found := (await schedules.stored()).description.info.running_actions) != number:  # noqa: ASYNC110 — Temporal has no event for it
            await asyncio.sleep(0.1)
    return [run.workflow_id for run in found]  # type: ignore[attr-defined]


async def started(schedules: Schedules, number: int) -> list[str]:
    """Wait until so many runs were started; return their ids."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while len(found := await schedules.runs()) != number:  # noqa: ASYNC110 — see above
            await asyncio.sleep(0.1)
    return [run.id for run in found]


async def test_a_start_that_would_be_skipped_is_refused(schedules: Schedules) -> None:
    """With the open run and the remedy; a policy of the trigger's own is passed on."""
    await schedules.apply("@hourly", paused=True)
    async with schedules.worker(waiting=EACH_DAY):
        assert await trigger(schedules) == Triggered("skip", 0)
        (run,) = await open_runs(schedules, 1)
        why = f"has an open run, {run}, and the schedule's overlap policy, skip, would drop the start. Wait until"
        with pytest.raises(ScheduleError, match=re.escape(why)):
            await trigger(schedules)
        assert await trigger(schedules, Overlap.ALLOW_ALL) == Triggered("allow-all", 1)
        # Temporal does not count a run with allow-all among those that its policies wait for.
        assert run in await started(schedules, 2)


async def test_a_start_beyond_the_buffer_is_refused(schedules: Schedules) -> None:
    """Buffer-one has room for one."""
    await schedules.apply("@hourly", paused=True, overlap="buffer-one")
    async with schedules.worker(waiting=EACH_DAY):
        await trigger(schedules)
        await open_runs(schedules, 1)
        assert await trigger(schedules) == Triggered("buffer-one", 1)
        await schedules.buffers(1)
        with pytest.raises(ScheduleError, match="buffer-one, would drop the start, since another one is buffered"):
            await trigger(schedules)
