import asyncio
import uuid
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from benchmarks.fleet import REQUESTS_AT_ONCE
from benchmarks.installation import Installation
from benchmarks.pacing import at_most, until
from benchmarks.peers.followed import CLOCK_SCALE, Followed, LostReplies
from benchmarks.peers.system import Ending
from contract.names import DEFAULT_TASK_QUEUE
from contract.run import RunDocument
from worker.local.process import Process

_BOTO_ATTEMPTS: Final = 5
"""Lost replies: at least as many as a client of boto sees lost before it gives up, whatever its retry mode."""

_POLL_SECONDS: Final = 1.0
_PATIENCE_SECONDS: Final = 300.0


class Polysync:
    """This project's worker: one workflow is one run, and follows its execution or job to the end."""

    name = "polysync-sagemaker"

    def __init__(self, folder: Path, kind: type[Followed]) -> None:
        """Prepare Temporal's dev server, the stand-in and the worker, a process each.

        Args:
            folder: For their logs.
            kind: What is followed.
        """
        self._installation = Installation(folder, settings={}, clock_scale=CLOCK_SCALE)
        self.followed = kind(self._installation.standin)
        self.endings: dict[str, Ending] = {}
        self._client: Client | None = None
        self._waiting: set[asyncio.Task[None]] = set()

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
        for waiting in self._waiting:
            waiting.cancel()
        await asyncio.gather(*self._waiting, return_exceptions=True)
        self._installation.kill()

    async def follow(self, arns: Sequence[str], interval: float, *, polls: int = 0) -> None:  # noqa: ARG002 — a watch never gives up
        """See `System`: a run for each, closed when the workflow is."""
        handles = await at_most(
            REQUESTS_AT_ONCE, lambda arn: self._run(self.followed.follow_input(arn), interval), arns
        )
        self._waiting |= {
            asyncio.create_task(self._until_closed(arn, handle)) for arn, handle in zip(arns, handles, strict=True)
        }

    async def start_one(self, seconds: str, replies: LostReplies) -> str:
        """See `System`: the run itself goes on until AWS answers."""
        handle = await self._run(self.followed.start_input(seconds), _POLL_SECONDS)
        lost = replies.times or _BOTO_ATTEMPTS
        await until(lambda: replies.lost >= lost, _PATIENCE_SECONDS)
        replies.come_back()
        document = await asyncio.wait_for(handle.result(), _PATIENCE_SECONDS)
        return f"{document.status}, after {replies_word(lost)}"

    async def start_one_and_die(self, seconds: str, until_sent: Callable[[], bool]) -> str:
        """See `System`: Temporal gives the run to the next worker."""
        handle = await self._run(self.followed.start_input(seconds), _POLL_SECONDS)
        await until(until_sent, _PATIENCE_SECONDS)
        await self.replace_process()
        document = await asyncio.wait_for(handle.result(), _PATIENCE_SECONDS)
        return f"{document.status}, by the next worker"

    async def replace_process(self) -> None:
        """See `System`: the worker; what it followed stands in Temporal's server."""
        worker = self._installation.workers[0]
        worker.kill()
        await worker.start_meanwhile()

    async def _run(self, given: dict[str, Any], interval: float) -> WorkflowHandle[Any, RunDocument]:
        if self._client is None:
            raise RuntimeError("not started")
        return await self._client.start_workflow(
            self.followed.workflow,
            {**given, "poll_interval": interval},
            id=f"run-{uuid.uuid4().hex[:12]}",
            task_queue=DEFAULT_TASK_QUEUE,
            result_type=self.followed.document,
        )

    async def _until_closed(self, arn: str, handle: WorkflowHandle[Any, RunDocument]) -> None:
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
