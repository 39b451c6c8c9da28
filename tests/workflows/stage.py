"""A run's whole world for one test: a Temporal server, a stand-in, a worker with task queues of its own."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, TypeVar

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client

from contract.names import WorkflowType
from contract.pipeline_document import PipelineRunDocument
from tests.standin.definitions import JsonObject, job
from tests.standin.process import Standin
from tests.waits import PATIENCE_SECONDS
from tests.workflows.run_under_test import RunUnderTest
from worker.platform_calls import open_platform_calls
from worker.service import build_workers
from worker.settings import Settings

Found = TypeVar("Found")
EachRun = TypeVar("EachRun", bound=RunUnderTest[Any])


async def until(look: Callable[[], Found | None], *, seconds: float = PATIENCE_SECONDS) -> Found:
    """What `look` finds, as soon as it finds something; the event loop goes on meanwhile."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        await asyncio.sleep(0.02)
    raise TimeoutError(f"nothing found within {seconds} s")


class Run(RunUnderTest[PipelineRunDocument]):
    """One pipeline run under test."""

    document_type = PipelineRunDocument


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

    async def reset_to_first_task(self, run: EachRun) -> EachRun:
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
        handle = self.client.get_workflow_handle(run.handle.id, run_id=reset.run_id, result_type=run.document_type)
        return type(run)(handle)

    def the_execution(self, pipeline: str) -> JsonObject:
        """The one execution of a pipeline: fails if there are none or several."""
        executions = self.standin.executions(pipeline)
        assert len(executions) == 1, executions
        return executions[0]

    def finish(self, pipeline: str, *, failure: str | None = None) -> None:
        """End the open steps of the one execution of a pipeline, and with them the execution."""
        execution = self.the_execution(pipeline)["execution_arn"].rpartition("/")[2]
        self.standin.control("POST", f"/executions/{execution}/finish", {"failure": failure})

    def calls(self, operation: str) -> JsonObject:
        """How often an operation was called since the test began, by answer."""
        found: JsonObject = self.standin.control("GET", "/calls").get(operation, {"received": 0, "by_code": {}})
        return found
