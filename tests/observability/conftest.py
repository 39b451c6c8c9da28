import asyncio
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.operatorservice.v1 import RemoveSearchAttributesRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.worker import Worker

from contract.names import CANCEL_SIGNAL, DEFAULT_TASK_QUEUE, STATUS_ATTRIBUTE, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from tests.observability.scrape import Scrape
from tests.replay.changed_run import WaitsFirst
from tests.waits import PATIENCE_SECONDS
from worker.local.ports import free_port
from worker.local.stack import Stack
from worker.search_attributes import ensure_search_attributes

RunHandle = WorkflowHandle[Any, PipelineRunDocument]


class Observed:
    """A stack whose worker, a process, is looked at from outside."""

    def __init__(self, folder: Path) -> None:
        self.metrics_address, self.health_address = (f"127.0.0.1:{free_port()}" for _ in range(2))
        settings = {
            "poll_interval": 1,
            "metrics_address": self.metrics_address,
            "health_address": self.health_address,
        }
        self.stack = Stack(folder, clock_scale=60, settings=settings, events=True)
        self.fresh = Scrape("")
        """What the worker told before anything had happened."""

    async def run(self, client: Client, pipeline: str = "quick-check", **parameters: str) -> RunHandle:
        """Start a run."""
        return await client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            {"pipeline_name": pipeline, "parameters": parameters},
            id=f"run-{uuid.uuid4().hex[:12]}",
            task_queue=DEFAULT_TASK_QUEUE,
            result_type=PipelineRunDocument,
        )

    async def until(self, condition: Callable[[Scrape], bool]) -> Scrape:
        """Wait for a scrape that fulfils a condition."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                scrape = await asyncio.to_thread(Scrape.of, self.metrics_address)
                if condition(scrape):
                    return scrape
                await asyncio.sleep(0.1)


@pytest.fixture(scope="session")
async def observed(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Observed]:
    """A stack whose worker went through whatever has a metric of its own."""
    watched = Observed(tmp_path_factory.mktemp("observed"))
    with watched.stack as stack:
        stack.start(with_worker=False)
        client = await stack.connect()
        foreign = await _run_of_another_version(watched, client)
        stack.worker.start()
        watched.fresh = await watched.until(lambda scrape: "polysync_sagemaker_build_info" in scrape.names)
        await _live_through_everything(watched, client)
        await watched.until(lambda scrape: "temporal_workflow_task_execution_failed_total" in scrape.names)
        await foreign.terminate()
        await _run_that_the_server_refuses(watched, client)
        yield watched


async def _run_of_another_version(watched: Observed, client: Client) -> RunHandle:
    """Start a run on a worker whose workflow has another sequence of commands, for the real one to stumble over."""
    # Without a cache no task waits for this worker after its end.
    async with Worker(client, task_queue=DEFAULT_TASK_QUEUE, workflows=[WaitsFirst], max_cached_workflows=0):
        run = await watched.run(client)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await _events(run))[-1] != EventType.EVENT_TYPE_TIMER_STARTED:
                pass
    return run


async def _events(run: RunHandle) -> list[int]:
    """The types of the history's events."""
    return [event.event_type async for event in run.fetch_history_events(wait_new_event=False)]


async def _run_that_the_server_refuses(watched: Observed, client: Client) -> None:
    """Let a run set a search attribute that somebody has removed, which its workflow task repeats for ever."""
    name = STATUS_ATTRIBUTE.name
    await client.operator_service.remove_search_attributes(
        RemoveSearchAttributesRequest(namespace=client.namespace, search_attributes=[name])
    )
    run = await watched.run(client)
    await watched.until(lambda scrape: "temporal_request_failure_total" in scrape.names)
    await run.terminate()
    assert await ensure_search_attributes(client, register=True) == [name]


async def _live_through_everything(watched: Observed, client: Client) -> None:
    standin = watched.stack.standin

    def fault(operation: str, effect: str, **more: object) -> None:
        standin.control("POST", "/faults", {"operation": operation, "effect": effect, "times": 1, **more})

    fault("StartPipelineExecution", "throttle")
    fault("DescribePipelineExecution", "error", code="SomethingNew", message="arn:aws:sagemaker:secret")
    fault("DescribePipelineExecution", "access_denied")
    succeeds, cancelled, stopped_late = [
        await watched.run(client, Seconds=seconds) for seconds in ("60", "100001", "100002")
    ]
    fails = await watched.run(client, "no-such-pipeline")
    await succeeds.result()
    with pytest.raises(WorkflowFailureError):
        await fails.result()
    await cancelled.signal(CANCEL_SIGNAL)
    await cancelled.result()
    fault("StartPipelineExecution", "error", code="ResourceLimitExceeded", message="The account-level limit is 1")
    waits = await watched.run(client, Seconds="100003")
    await watched.until(lambda scrape: scrape.value("polysync_sagemaker_quota_waits_total") > 0)
    for run in (waits, stopped_late):
        await run.cancel()
        with pytest.raises(WorkflowFailureError):
            await run.result()
