"""Workflows of a type that a worker does not have: another worker may have it, and executes them."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.worker import Worker

from contract.pipeline_document import PipelineRunDocument
from tests.waits import PATIENCE_SECONDS
from tests.workflows.next_version import NEW_TYPE, RunOfTheNextVersion
from tests.workflows.stage import Run, Stage
from worker.service import POLLS_AT_ONCE
from worker.workflow_runner import WORKFLOW_RUNNER
from workflows import first_task
from workflows.payloads import data_converter
from workflows.unknown_type import UnknownWorkflowType

TASK_TIMEOUT = timedelta(seconds=1)
"""The SDK reports the first failure of a task and lets the later attempts time out."""

SECONDS_UNTIL_THE_NEW_WORKER_HAS_IT = 60
"""Temporal gives each attempt to either worker by chance, and lets some seconds pass between two attempts."""


async def started(stage: Stage, workflow_type: str = NEW_TYPE) -> Run:
    """Start a workflow of a type."""
    handle = await stage.client.start_workflow(
        workflow_type,
        {"pipeline_name": "a"},
        id=f"run-{uuid.uuid4().hex}",
        task_queue=stage.task_queue,
        task_timeout=TASK_TIMEOUT,
        result_type=PipelineRunDocument,
    )
    return Run(handle)


@asynccontextmanager
async def new_worker(stage: Stage) -> AsyncIterator[None]:
    """Run a worker of the next version on the same task queue; one client takes one worker of a task queue."""
    host = stage.client.service_client.config.target_host
    async with Worker(
        await Client.connect(host, data_converter=data_converter),
        task_queue=stage.task_queue,
        workflows=[RunOfTheNextVersion, UnknownWorkflowType],
        workflow_runner=WORKFLOW_RUNNER,
        # As many as the worker under test has, so that each of the two gets every second task.
        max_concurrent_workflow_task_polls=POLLS_AT_ONCE,
    ):
        yield


async def task_failure(run: Run) -> str:
    """Why a workflow task of the run failed, as soon as one has."""
    await run.has_event("WORKFLOW_TASK_FAILED")
    history = await run.handle.fetch_history()
    failed = next(e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED)
    return str(failed.workflow_task_failed_event_attributes.failure.message)


async def task_is_tried_again(run: Run) -> None:
    """Wait until the workflow task has failed.

    Not every failure is an event: the first try may be lost with the queue of the worker before, and times out then.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (await run.handle.describe()).raw_description.pending_workflow_task.attempt < 2:
        assert time.monotonic() < deadline, "the task was not tried again"
        await asyncio.sleep(0.1)


async def test_a_new_type_that_an_old_worker_gets_first_runs_on_a_new_worker(stage: Stage) -> None:
    """As in a rolling upgrade: the old worker fails the task, and both poll until the new one has it."""
    run = await started(stage)
    assert f"this worker has no workflow type '{NEW_TYPE}'; it has: SageMakerPipelineRun" in await task_failure(run)
    async with new_worker(stage):
        await run.handle.signal("end")
        document = await asyncio.wait_for(run.handle.result(), SECONDS_UNTIL_THE_NEW_WORKER_HAS_IT)
    assert document.message == "done by the new worker"


async def test_an_old_worker_never_ends_a_workflow_that_a_new_one_has_executed(
    idle_stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a rollback: however long it takes, and though the history has no command that would contradict."""
    monkeypatch.setattr(first_task, "PATIENCE", timedelta(0))
    run = await started(idle_stage)
    async with new_worker(idle_stage):
        await run.has_event("WORKFLOW_TASK_COMPLETED")
    async with idle_stage.worker():
        await run.handle.signal("end")
        await task_is_tried_again(run)
        assert (await run.handle.describe()).status is WorkflowExecutionStatus.RUNNING
    async with new_worker(idle_stage):
        assert (await run.result()).message == "done by the new worker"


async def test_a_mistyped_type_that_is_cancelled_ends_at_once(stage: Stage) -> None:
    """It has started nothing that a newer worker would have to stop."""
    run = await started(stage, "SagemakerPipelineRun")
    await task_failure(run)
    await run.handle.cancel()
    assert (await run.failure()).type == "InvalidInput"


async def test_a_mistyped_type_fails_with_the_known_ones(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an hour, which is shorter here: no worker will ever have it."""
    monkeypatch.setattr(first_task, "PATIENCE", timedelta(0))
    failure = await (await started(stage, "SagemakerPipelineRun")).failure()
    assert failure.type == "InvalidInput"
    assert "no workflow type 'SagemakerPipelineRun'; it has: SageMakerPipelineRun" in failure.message
