"""A run's whole world for one test: a Temporal server, a stand-in, a worker with task queues of its own."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError

from contract.names import CANCEL_SIGNAL, STATUS_QUERY, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase
from tests.standin.definitions import JsonObject, job
from tests.standin.process import Standin
from worker.platform_calls import open_platform_calls
from worker.service import build_workers
from worker.settings import Settings

PATIENCE_SECONDS = 60.0
Found = TypeVar("Found")


async def until(look: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds something; the event loop goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nothing found within {seconds} s")


@dataclass
class Run:
    """One run under test."""

    handle: WorkflowHandle[Any, PipelineRunDocument]

    async def result(self) -> PipelineRunDocument:
        """The document of a run that completes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.handle.result()

    async def failure(self) -> ApplicationError:
        """The failure of a run that fails."""
        with pytest.raises(WorkflowFailureError) as raised:
            await asyncio.wait_for(self.handle.result(), PATIENCE_SECONDS)
        assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
        return raised.value.cause

    async def closes_as_canceled(self) -> PipelineRunDocument:
        """Wait for a run that closes as Canceled; its document."""
        with pytest.raises(WorkflowFailureError) as raised:
            await asyncio.wait_for(self.handle.result(), PATIENCE_SECONDS)
        assert isinstance(raised.value.cause, CancelledError), raised.value.cause
        return await self.document()

    async def closes_as_cancelled(self) -> PipelineRunDocument:
        """Wait for a run that completes as Cancelled, or closes as Canceled where the native cancel came in time."""
        with suppress(WorkflowFailureError):
            return await self.result()
        return await self.closes_as_canceled()

    async def document(self) -> PipelineRunDocument:
        """The answer of the status query."""
        document: PipelineRunDocument = await self.handle.query(STATUS_QUERY, result_type=PipelineRunDocument)
        return document

    async def reaches(self, condition: Callable[[PipelineRunDocument], bool]) -> PipelineRunDocument:
        """Wait until the document fulfils a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(document := await self.document()):
            assert time.monotonic() < deadline, f"the run stays at {document}"
            await asyncio.sleep(0.02)
        return document

    async def reaches_phase(self, phase: Phase) -> PipelineRunDocument:
        """Wait until the run is in a phase."""
        return await self.reaches(lambda document: document.phase is phase)

    async def cancel_by_signal(self, *arguments: object) -> None:
        """Send the cancel signal."""
        await self.handle.signal(CANCEL_SIGNAL, args=list(arguments))

    async def has_event(self, name: str) -> None:
        """Wait until the history has an event."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while name not in await self.events():
            assert time.monotonic() < deadline, f"no {name}"
            await asyncio.sleep(0.05)

    async def events(self) -> list[str]:
        """Names of the history's events, without their common prefix."""
        history = await self.handle.fetch_history()
        return [EventType.Name(event.event_type).removeprefix("EVENT_TYPE_") for event in history.events]


class Stage:
    """Starts runs on task queues of its own, and counts what came of them in the stand-in."""

    def __init__(self, client: Client, standin: Standin) -> None:
        self.client = client
        self.standin = standin
        self.task_queue = f"sagemaker-{uuid.uuid4().hex[:8]}"

    def pipeline(self, *, seconds: float = 60, fail: str = "") -> str:
        """Create a pipeline of one job that takes simulated `seconds`, and fails if given a reason; its name."""
        return self.standin.create([job("Train", seconds=seconds, fail=fail)])

    def worker(self, **settings: Any) -> AbstractAsyncContextManager[None]:
        """Run this stage's worker, in this process."""
        whole = {
            "task_queue": self.task_queue,
            "region": "us-east-1",
            "endpoint_url": self.standin.url,
            "heartbeat_timeout": 5,
            "aws_threads": 8,
            **settings,
        }
        # Below the floor of a real worker's setting, for the sake of short tests: a copy is not validated.
        return self._worker(Settings(**whole).model_copy(update={"poll_interval": 0.1, **settings}))

    @asynccontextmanager
    async def _worker(self, settings: Settings) -> AsyncIterator[None]:
        calls = open_platform_calls(settings)
        main, watches = build_workers(self.client, settings, calls)
        async with main, watches:
            yield
        calls.close()

    async def start(self, *arguments: object, workflow_id: str | None = None, **options: Any) -> Run:
        """Start a run with exactly these workflow arguments."""
        handle = await self.client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            args=list(arguments),
            id=workflow_id or f"run-{uuid.uuid4().hex[:12]}",
            task_queue=self.task_queue,
            result_type=PipelineRunDocument,
            **options,
        )
        return Run(handle)

    async def run(self, pipeline: str, **fields: object) -> Run:
        """Start a run of a pipeline."""
        return await self.start({"pipeline_name": pipeline, **fields})

    async def reset_to_first_task(self, run: Run) -> Run:
        """Reset a run to its first workflow task, as `temporal workflow reset --type FirstWorkflowTask` does."""
        history = await run.handle.fetch_history()
        first_task = next(e for e in history.events if e.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED)
        reset = await self.client.workflow_service.reset_workflow_execution(
            ResetWorkflowExecutionRequest(
                namespace=self.client.namespace,
                workflow_execution=WorkflowExecution(workflow_id=run.handle.id),
                reason="test",
                workflow_task_finish_event_id=first_task.event_id,
                request_id=str(uuid.uuid4()),
            )
        )
        return Run(self.client.get_workflow_handle(run.handle.id, run_id=reset.run_id, result_type=PipelineRunDocument))

    def the_execution(self, pipeline: str) -> JsonObject:
        """The one execution of a pipeline: fails if there are none or several."""
        executions = self.standin.executions(pipeline)
        assert len(executions) == 1, executions
        return executions[0]

    def calls(self, operation: str) -> JsonObject:
        """How often an operation was called since the test began, by answer."""
        found: JsonObject = self.standin.control("GET", "/calls").get(operation, {"received": 0, "by_code": {}})
        return found
