import asyncio
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from benchmarks.installation import Installation
from benchmarks.pacing import until
from benchmarks.peers.executions import CLOCK_SCALE, PIPELINE, Executions, LostReplies
from benchmarks.peers.system import Ending
from contract.names import DEFAULT_TASK_QUEUE, WorkflowType
from contract.pipeline_document import PipelineRunDocument
from worker.local.process import Process

_BOTO_ATTEMPTS: Final = 5
"""Lost replies: at least as many as a client of boto sees lost before it gives up, whatever its retry mode."""

_POLL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 300.0


class Polysync:
    """This project's worker: one workflow is one run, and follows its execution to the end."""

    name = "polysync-sagemaker"

    def __init__(self, folder: Path) -> None:
        """Prepare Temporal's dev server, the stand-in and the worker, a process each.

        Args:
            folder: For their logs.
        """
        self._installation = Installation(folder, settings={}, clock_scale=CLOCK_SCALE)
        self.executions = Executions(self._installation.standin)
        self.endings: dict[str, Ending] = {}
        self._client: Client | None = None
        self._followed: set[asyncio.Task[None]] = set()

    @property
    def version(self) -> str:
        """See `System`."""
        return f"{self.name} {version(self.name)}, temporalio {version('temporalio')}"

    @property
    def pid(self) -> int:
        """See `System`: the worker."""
        return _running(self._installation.workers[0])

    @property
    def server_pid(self) -> int:
        """See `System`: Temporal's dev server."""
        return _running(self._installation.temporal)

    async def start(self) -> None:
        """See `System`."""
        self._installation.start()
        self._client = await self._installation.connect()

    async def stop(self) -> None:
        """See `System`."""
        for following in self._followed:
            following.cancel()
        await asyncio.gather(*self._followed, return_exceptions=True)
        self._installation.kill()

    async def follow(self, arns: Sequence[str], interval: float, *, polls: int = 0) -> None:  # noqa: ARG002 — a watch never gives up
        """See `System`: a run for each, closed when the workflow is."""
        runs = [{"pipeline_name": PIPELINE, "execution_arn": arn, "poll_interval": interval} for arn in arns]
        handles = await asyncio.gather(*(self._run(run) for run in runs))
        self._followed |= {
            asyncio.create_task(self._until_closed(arn, handle)) for arn, handle in zip(arns, handles, strict=True)
        }

    async def start_execution(self, parameters: Mapping[str, str], replies: LostReplies) -> str:
        """See `System`: the run itself goes on until AWS answers."""
        run = {"pipeline_name": PIPELINE, "parameters": dict(parameters), "poll_interval": _POLL_SECONDS}
        handle = await self._run(run)
        lost = replies.times or _BOTO_ATTEMPTS
        await until(lambda: replies.lost >= lost, _PATIENCE_SECONDS)
        replies.come_back()
        document = await asyncio.wait_for(handle.result(), _PATIENCE_SECONDS)
        return f"{document.status}, after {replies_word(lost)}"

    async def _run(self, run: dict[str, Any]) -> WorkflowHandle[Any, PipelineRunDocument]:
        if self._client is None:
            raise RuntimeError("not started")
        return await self._client.start_workflow(
            WorkflowType.PIPELINE_RUN,
            run,
            id=f"run-{uuid.uuid4().hex[:12]}",
            task_queue=DEFAULT_TASK_QUEUE,
            result_type=PipelineRunDocument,
        )

    async def _until_closed(self, arn: str, handle: WorkflowHandle[Any, PipelineRunDocument]) -> None:
        try:
            document = await handle.result()
            outcome, is_error = f"Completed, {document.status}", False
        except WorkflowFailureError as failure:
            cause = failure.cause
            kind = cause.type if isinstance(cause, ApplicationError) else type(cause).__name__
            outcome, is_error = f"Failed, {kind}: {cause}", True
        closed = (await handle.describe()).close_time
        if closed is None:
            raise RuntimeError(f"{handle.id} has a result and no end")
        self.endings[arn] = Ending(closed.timestamp(), outcome, is_error)


def _running(process: Process) -> int:
    if process.pid is None:
        raise process.failed("does not run")
    return process.pid


def replies_word(count: int) -> str:
    """So many lost replies, in words."""
    return "1 lost reply" if count == 1 else f"{count} lost replies"
