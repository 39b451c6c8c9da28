"""Workers end by SIGTERM during each activity: what is under way is finished, or handed over."""

import asyncio

from contract.discovery import PipelineDiscovery
from contract.names import WorkflowType
from contract.run import RunStatus
from tests.faults.concurrency import concurrent
from tests.faults.durations import PATIENCE_SECONDS
from tests.faults.evidence import assert_sound
from tests.faults.installation import FOR_EVER, Crew, Installation, has_ended, until
from tests.standin.definitions import job

SHORT_DRAIN_SECONDS = 1


async def relieve(installation: Installation, crew: Crew, held: str) -> None:
    """Terminate the crew's worker, whose reply is held back until it has ended, and hire the next one."""
    crew.workers[0].terminate()
    await has_ended(crew.workers[0])
    installation.lift(held)
    await crew.hire()


@concurrent
async def test_a_start_under_way_is_finished_before_the_worker_ends(installation: Installation) -> None:
    """Its reply comes during the drain: AWS hears of the start once."""
    pipeline = installation.pipeline(seconds=FOR_EVER)
    held = installation.hold("StartPipelineExecution", pipeline)
    async with installation.crew(drain_timeout=60) as crew:
        run = await crew.run(pipeline)
        await installation.holds(held)
        crew.workers[0].terminate()
        await until(lambda: "worker.draining" in crew.workers[0].log.read_text())
        installation.lift(held)
        await has_ended(crew.workers[0])
        await crew.hire()
        await run.executes()
        await run.signal_cancel()
        execution = await assert_sound(installation, run, RunStatus.CANCELLED)
    assert execution["starts_accepted"] == 1


@concurrent
async def test_a_start_that_outlasts_the_drain_is_handed_over(installation: Installation) -> None:
    """Its reply never comes: the next worker gets the same execution."""
    pipeline = installation.pipeline(seconds=120)
    held = installation.hold("StartPipelineExecution", pipeline)
    async with installation.crew(drain_timeout=SHORT_DRAIN_SECONDS) as crew:
        run = await crew.run(pipeline)
        await installation.holds(held)
        await relieve(installation, crew, held)
        execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 2


@concurrent
async def test_a_watch_is_handed_over_at_once(installation: Installation) -> None:
    """Nothing waits for the heartbeat timeout, which is longer than this case."""
    pipeline = installation.pipeline(seconds=1200)
    async with installation.crew(heartbeat_timeout=3600) as crew:
        run = await crew.run(pipeline)
        await run.executes()
        # A watch that is handed out in the very instant of a shutdown is only noticed by its heartbeat timeout
        # (temporalio/temporal#9203), so this one has to have begun.
        await watch_looks(installation, pipeline)
        crew.workers[0].terminate()
        await has_ended(crew.workers[0])
        await crew.hire()
        execution = await assert_sound(installation, run)
    assert execution["starts_accepted"] == 1


async def watch_looks(installation: Installation, pipeline: str) -> None:
    """Wait until the watch of an execution that was started has looked at it."""
    seen_by_the_start = installation.the_execution(pipeline)["last_shown_at"]
    await until(lambda: installation.the_execution(pipeline)["last_shown_at"] > seen_by_the_start)


@concurrent
async def test_a_stop_that_outlasts_the_drain_is_handed_over(installation: Installation) -> None:
    """AWS accepted it, its reply never comes: the next worker hears that the execution is being stopped."""
    pipeline = installation.pipeline(seconds=FOR_EVER)
    async with installation.crew(drain_timeout=SHORT_DRAIN_SECONDS) as crew:
        run = await crew.run(pipeline)
        await run.executes()
        held = installation.hold("StopPipelineExecution", pipeline)
        await run.signal_cancel()
        await installation.holds(held)
        await relieve(installation, crew, held)
        await assert_sound(installation, run, RunStatus.CANCELLED)


@concurrent
async def test_a_discovery_is_handed_over(installation: Installation) -> None:
    """The next worker tells all pipelines, each once."""
    prefix = installation.standin.create([job("Train")])
    names = [installation.standin.create([job("Train")], name=f"{prefix}-{number}") for number in range(5)]
    held = installation.standin.fault("DescribePipeline", "hold_reply", pipeline=names[2])
    async with installation.crew(drain_timeout=SHORT_DRAIN_SECONDS) as crew:
        discovery = await installation.client.start_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            {"name_prefix": f"{prefix}-"},
            id=f"discovery-{prefix}",
            task_queue=crew.task_queue,
            result_type=PipelineDiscovery,
        )
        await installation.holds(held)
        await relieve(installation, crew, held)
        found = await asyncio.wait_for(discovery.result(), PATIENCE_SECONDS)
    assert [each.external_id for each in found.jobs] == names
