"""Temporal's server and SageMaker's endpoint go away altogether, each in an installation of its own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.run import RunStatus
from tests.faults.concurrency import concurrent, lasting
from tests.faults.durations import TEMPORAL_GONE_SECONDS, simulated
from tests.faults.evidence import assert_sound
from tests.faults.installation import FOR_EVER, Installation


@asynccontextmanager
async def own_installation(launches: asyncio.Semaphore) -> AsyncIterator[Installation]:
    """An installation whose servers may be killed."""
    with TemporaryDirectory() as folder:
        installation = Installation(Path(folder), launches=launches)
        try:
            await installation.open()
            yield installation
        finally:
            installation.close()


@lasting
async def test_a_temporal_server_that_is_killed_and_gone_for_a_minute(_: Installation) -> None:  # noqa: PT019 — no fixture
    """One run ends meanwhile, one goes on, one is starting; one is cancelled as soon as it is back."""
    async with own_installation(asyncio.Semaphore()) as installation, installation.crew() as crew:
        seconds = (simulated(TEMPORAL_GONE_SECONDS / 2), simulated(TEMPORAL_GONE_SECONDS + 15), FOR_EVER)
        running = [await crew.run(installation.pipeline(seconds=each)) for each in seconds]
        for run in running:
            await run.executes()
        running.append(await crew.run(installation.pipeline()))
        installation.stack.temporal.kill()
        await asyncio.sleep(TEMPORAL_GONE_SECONDS)
        await installation.launch(installation.stack.temporal)
        cancelled = running.pop(2)
        await cancelled.signal_cancel()
        await assert_sound(installation, cancelled, RunStatus.CANCELLED)
        for run in running:
            await assert_sound(installation, run)


@concurrent
async def test_a_temporal_server_that_is_restarted_at_once(beside: Installation) -> None:
    """In the order in which a deployment does it, with SIGTERM."""
    async with own_installation(beside.launches) as installation, installation.crew() as crew:
        runs = [await crew.run(installation.pipeline(seconds=seconds)) for seconds in (FOR_EVER, 600)]
        for run in runs:
            await run.executes()
        runs.append(await crew.run(installation.pipeline()))
        installation.stack.temporal.stop()
        await installation.launch(installation.stack.temporal)
        await runs[0].signal_cancel()
        await assert_sound(installation, runs[0], RunStatus.CANCELLED)
        for run in runs[1:]:
            await assert_sound(installation, run)


@concurrent
async def test_an_endpoint_that_is_gone_is_sat_out(beside: Installation) -> None:
    """Connections are refused: what runs goes on afterwards, and what was asked for meanwhile starts once."""
    async with own_installation(beside.launches) as installation, installation.crew() as crew:
        running = await crew.run(installation.pipeline(seconds=180))
        await running.executes()
        asked_for = installation.pipeline()
        installation.stack.standin.kill()
        starting = await crew.run(asked_for)
        await asyncio.sleep(3)
        await installation.launch(installation.stack.standin)
        await assert_sound(installation, running)
        await assert_sound(installation, starting)
