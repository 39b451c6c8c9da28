"""A whole installation of real processes, and runs in it."""

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from contract.names import DEFAULT_TASK_QUEUE, STATUS_QUERY, WorkflowType
from contract.run_document import RunDocument
from worker.local.stack import SHORT_INTERVALS, Stack
from worker.local.worker_process import WorkerProcess, embedded_environment

Found = TypeVar("Found")
PATIENCE_SECONDS = 60.0

RunHandle = WorkflowHandle[Any, RunDocument]


class World:
    """Starts runs of the sample `quick-check`, told apart by how many simulated seconds they take."""

    def __init__(self, stack: Stack, client: Client) -> None:
        self.stack = stack
        self.client = client

    async def run(self, seconds: int, **fields: object) -> RunHandle:
        """Start a run; a simulated minute takes a second."""
        return await self.client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            {"pipeline_name": "quick-check", "parameters": {"Seconds": seconds}, **fields},
            id=f"run-{uuid.uuid4().hex[:12]}",
            task_queue=DEFAULT_TASK_QUEUE,
            result_type=RunDocument,
        )

    async def result(self, run: RunHandle) -> RunDocument:
        """The document of a run that completes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await run.result()

    async def until_executing(self, run: RunHandle) -> RunDocument:
        """Wait until the run knows that its execution executes."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                document: RunDocument = await run.query(STATUS_QUERY, result_type=RunDocument)
            except RPCError:
                document = RunDocument()
            if document.sagemaker_status == "Executing":
                return document
            await asyncio.sleep(0.1)
        raise TimeoutError("the execution does not execute")

    async def until(self, look: Callable[[], Found | None]) -> Found:
        """What `look` finds, as soon as it finds something."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if found := look():
                return found
            await asyncio.sleep(0.02)
        raise TimeoutError("nothing found")

    async def until_looked_at(self, *, times: int) -> None:
        """Wait until executions were described so often since the stand-in started."""
        await self.until(lambda: self._looks() >= times)

    def _looks(self) -> int:
        calls = self.stack.standin.control("GET", "/calls")
        return int(calls.get("DescribePipelineExecution", {"received": 0})["received"])

    def worker_with(self, **settings: object) -> WorkerProcess:
        """Prepare a worker of this installation with other settings."""
        environment = embedded_environment(
            self.stack.temporal.address, self.stack.standin.endpoint_url, {**SHORT_INTERVALS, **settings}
        )
        return WorkerProcess(self.stack.worker.log, environment)

    async def restart_temporal(self, *, away_seconds: float) -> None:
        """Kill the Temporal server, and start it again on its database after a while."""
        self.stack.temporal.kill()
        await asyncio.sleep(away_seconds)
        self.stack.temporal.start()

    def executions(self, seconds: int) -> list[dict[str, Any]]:
        """The executions of the run that takes so many seconds."""
        return [
            execution
            for execution in self.stack.standin.executions("quick-check")
            if execution["parameters"]["Seconds"] == str(seconds)
        ]
