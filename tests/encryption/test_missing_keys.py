"""Keys that come late, never, or go: nothing is lost, and what waits tells for which key."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from contract.run import Phase, RunStatus
from tests.encryption.conftest import NEW, OLD, StageWith
from tests.encryption.exported import kept, pending_activities
from tests.workflows.stage import Run, Stage, until
from workflows import first_task
from workflows.pipeline_run import SageMakerPipelineRun

LONG = 30_000

TRIED_AGAIN_AFTER = timedelta(seconds=1)
"""A task timeout: the SDK reports the first failure of a task and lets the later attempts time out."""


async def has_task_failure(run: Run, client: Client) -> str:
    """Wait until a workflow task fails; why, as a client with the keys reads it."""
    await run.has_event("WORKFLOW_TASK_FAILED")
    failed = next(e for e in (await kept(run)).events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    attributes = failed.workflow_task_failed_event_attributes
    return str(await client.data_converter.decode_failure(attributes.failure))


def with_keys_of(stage: Stage, run: Run) -> Any:
    """A handle that reads with another client's keys."""
    return stage.client.get_workflow_handle_for(SageMakerPipelineRun.run, run.handle.id)


async def until_failure(run: Run, stage: Stage, told: str) -> None:
    """Wait until the pending activity's last failure tells something."""
    while True:
        for pending in await pending_activities(run):
            error = await stage.client.data_converter.decode_failure(pending.last_failure)
            if told in f"{error} {error.__cause__}":
                return
        await asyncio.sleep(0.05)


async def test_a_run_whose_key_is_not_here_yet_waits_for_it(stage_with: StageWith) -> None:
    """The task fails and is tried again, telling the key and the remedy; with the key the run goes on."""
    early, late = stage_with(NEW), stage_with(OLD)
    pipeline = early.pipeline()
    async with late.worker():
        run = await early.start({"pipeline_name": pipeline}, task_timeout=TRIED_AGAIN_AFTER)
        why = await has_task_failure(run, late.client)
    assert why.startswith(
        "LockedInputError: A payload cannot be read: it is encrypted under the key '2026-11', and the keys here are: "
        "2026-05. Add '2026-11' to POLYSYNC_SAGEMAKER_ENCRYPTION_KEYS"
    )
    assert early.standin.executions(pipeline) == []
    both = stage_with(OLD, NEW)
    async with both.worker():
        assert (await Run(with_keys_of(both, run)).result()).status is RunStatus.SUCCESS
    assert len(early.standin.executions(pipeline)) == 1


async def test_a_key_that_never_comes_fails_the_run(stage_with: StageWith, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was started, so the caller hears of it after an hour, which is shorter here."""
    monkeypatch.setattr(first_task, "PATIENCE", timedelta(0))
    stranger, stage = stage_with(NEW), stage_with(OLD)
    pipeline = stage.pipeline()
    async with stage.worker():
        run = await stranger.run(pipeline)
        failure = await Run(with_keys_of(stage, run)).failure()
    assert failure.type == "InvalidInput"
    assert "encrypted under the key '2026-11'" in failure.message
    assert stage.standin.executions(pipeline) == []


@pytest.mark.parametrize("how", ["signal", "native"])
async def test_a_cancel_does_not_wait_for_a_key(stage_with: StageWith, how: str) -> None:
    """Nothing was started."""
    stranger, stage = stage_with(NEW), stage_with(OLD)
    pipeline = stage.pipeline()
    async with stage.worker():
        run = await stranger.start({"pipeline_name": pipeline}, task_timeout=TRIED_AGAIN_AFTER)
        await has_task_failure(run, stage.client)
        here = Run(with_keys_of(stage, run))
        await (here.cancel_by_signal() if how == "signal" else here.handle.cancel())
        failure = await here.failure()
    assert failure.type == "InvalidInput"
    assert "encrypted under the key '2026-11'" in failure.message
    assert stage.standin.executions(pipeline) == []


async def test_a_worker_that_lost_a_key_does_not_lose_the_run(
    stage_with: StageWith, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long it takes: its execution runs, so the run is never given up, and goes on with the key."""
    monkeypatch.setattr(first_task, "PATIENCE", timedelta(0))
    stage, without = stage_with(OLD), stage_with(NEW)
    pipeline = stage.pipeline(seconds=LONG)
    async with stage.worker():
        run = await stage.start({"pipeline_name": pipeline}, task_timeout=TRIED_AGAIN_AFTER)
        await run.reaches_phase(Phase.RUNNING)
    async with without.worker():
        await run.cancel_by_signal()
        assert "encrypted under the key '2026-05'" in await has_task_failure(run, without.client)
    async with stage.worker():
        assert (await run.result()).status is RunStatus.CANCELLED
    assert len(stage.standin.executions(pipeline)) == 1


async def test_a_signal_under_a_strange_key_stops_the_run_all_the_same(stage_with: StageWith) -> None:
    """Only its reason is lost: somebody wants this execution stopped."""
    stage, stranger = stage_with(NEW), stage_with(OLD)
    async with stage.worker():
        run = await stage.run(stage.pipeline(seconds=LONG))
        await run.reaches_phase(Phase.RUNNING)
        await Run(with_keys_of(stranger, run)).cancel_by_signal({"reason": "never read"})
        assert (await run.result()).status is RunStatus.CANCELLED
    assert "WORKFLOW_TASK_FAILED" not in await run.events()


async def test_a_start_that_is_taken_over_without_its_key_is_tried_again(stage_with: StageWith) -> None:
    """The activity's input is locked: it waits for a worker with the key, and one execution comes of it."""
    stage, without = stage_with(OLD), stage_with(NEW)
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "throttle", times=1)
    async with stage.worker():
        run = await stage.run(pipeline, check_parameters=False)
        await until(lambda: stage.calls("StartPipelineExecution")["received"])
    async with without.worker():
        await until_failure(run, without, "2026-05")
    async with stage.worker():
        assert (await run.result()).status is RunStatus.SUCCESS
    assert len(stage.standin.executions(pipeline)) == 1


async def test_what_an_attempt_remembered_under_another_key_fails_no_start(stage_with: StageWith) -> None:
    """Temporal's SDK would fail the activity for good if heartbeat details could not be decoded."""
    stage, ahead = stage_with(OLD), stage_with(NEW, OLD)
    pipeline = stage.pipeline()
    stage.standin.fault("StartPipelineExecution", "throttle", times=2)
    async with stage.worker():
        run = await stage.run(pipeline, check_parameters=False)
        await until(lambda: stage.calls("StartPipelineExecution")["received"])
    async with ahead.worker():
        await until(lambda: stage.calls("StartPipelineExecution")["received"] > 1)
    details = [pending.heartbeat_details for pending in await pending_activities(run)]
    assert [each.payloads[0].metadata["encryption-key-id"] for each in details] == [b"2026-11"]
    async with stage.worker():
        assert (await run.result()).status is RunStatus.SUCCESS
    assert len(stage.standin.executions(pipeline)) == 1
