"""Workers die by SIGKILL at the worst moments: one run still has one execution, and tells its true end."""

import asyncio

from contract.discovery import PipelineDiscovery
from contract.names import WorkflowType
from contract.run import RunStatus
from tests.faults.concurrency import concurrent, lasting
from tests.faults.durations import PATIENCE_SECONDS, WORKERS_GONE_SECONDS, simulated
from tests.faults.evidence import assert_never_started, assert_sound
from tests.faults.installation import FOR_EVER, Installation
from tests.standin.definitions import job


@concurrent
async def test_a_worker_killed_between_acceptance_and_completion_starts_no_second_execution(
    installation: Installation,
) -> None:
    """AWS accepted the start, its reply is held back, the worker dies: the next worker gets the same execution."""
    pipeline = installation.pipeline(seconds=120)
    held = installation.hold("StartPipelineExecution", pipeline)
    async with installation.crew() as crew:
        run = await crew.run(pipeline)
        await installation.holds(held)
        crew.workers[0].kill()
        assert installation.the_execution(pipeline)["starts_accepted"] == 1
        installation.lift(held)
        await crew.hire()
        execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 2, "the second start was answered by the first execution"


@concurrent
async def test_a_cancel_after_such_a_crash_leaves_nothing_running(installation: Installation) -> None:
    """Cancelled while no worker is there and nobody knows the execution: it is found under its token and stopped."""
    pipeline = installation.pipeline(seconds=FOR_EVER)
    held = installation.hold("StartPipelineExecution", pipeline)
    async with installation.crew() as crew:
        run = await crew.run(pipeline)
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await run.signal_cancel()
        await crew.hire()
        execution = await assert_sound(installation, run, RunStatus.CANCELLED)
    assert execution["stops_accepted"] == 1


@concurrent
async def test_a_worker_killed_during_the_watch_is_replaced(installation: Installation) -> None:
    """The execution goes on in SageMaker, and the next worker takes the watch over."""
    pipeline = installation.pipeline(seconds=300)
    async with installation.crew() as crew:
        run = await crew.run(pipeline)
        await run.executes()
        crew.workers[0].kill()
        await crew.hire()
        execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 1


@concurrent
async def test_a_worker_killed_between_a_stops_acceptance_and_completion_stops_once(installation: Installation) -> None:
    """AWS accepted the stop, its reply is held back, the worker dies: the next one hears that it is being stopped."""
    pipeline = installation.pipeline(seconds=FOR_EVER)
    async with installation.crew() as crew:
        run = await crew.run(pipeline)
        await run.executes()
        held = installation.hold("StopPipelineExecution", pipeline)
        await run.signal_cancel({"reason": "the worker dies of it"})
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        execution = await assert_sound(installation, run, RunStatus.CANCELLED)
    assert execution["starts_accepted"] == 1


@lasting
async def test_all_workers_gone_for_ten_minutes_lose_nothing(installation: Installation) -> None:
    """One run ends meanwhile, one goes on, one is cancelled, one is asked for, one is asked for and taken back."""
    short, long = simulated(WORKERS_GONE_SECONDS / 2), simulated(WORKERS_GONE_SECONDS + 20)
    async with installation.crew(workers=2) as crew:
        ended, goes_on, cancelled = [
            await crew.run(installation.pipeline(seconds=seconds)) for seconds in (short, long, FOR_EVER)
        ]
        for run in (ended, goes_on, cancelled):
            await run.executes()
        for worker in crew.workers:
            worker.kill()
        await cancelled.signal_cancel()
        asked, taken_back = [await crew.run(installation.pipeline()) for _ in range(2)]
        await taken_back.signal_cancel()
        await asyncio.sleep(WORKERS_GONE_SECONDS)
        assert installation.the_execution(cancelled.pipeline)["status"] == "Executing"
        await crew.hire()
        for run in (ended, goes_on, asked):
            await assert_sound(installation, run)
        await assert_sound(installation, cancelled, RunStatus.CANCELLED)
        await assert_never_started(installation, taken_back)


@concurrent
async def test_a_discovery_outlives_its_killed_worker(installation: Installation) -> None:
    """Half of the pipelines are described, the worker dies: the next one tells them all, each once."""
    prefix = installation.standin.create([job("Train")])
    names = [f"{prefix}-{number:02}" for number in range(20)]
    for name in names:
        installation.standin.create([job("Train")], name=name)
    held = installation.standin.fault("DescribePipeline", "hold_reply", pipeline=names[10])
    async with installation.crew() as crew:
        discovery = await installation.client.start_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            {"name_prefix": f"{prefix}-"},
            id=f"discovery-{prefix}",
            task_queue=crew.task_queue,
            result_type=PipelineDiscovery,
        )
        await installation.holds(held)
        crew.workers[0].kill()
        installation.lift(held)
        await crew.hire()
        found = await asyncio.wait_for(discovery.result(), PATIENCE_SECONDS)
    assert [each.external_id for each in found.jobs] == names
    assert found.problems == []
