"""Waiting for the result of a workflow that is no run: a discovery or a deployment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.service import RPCError

from contract.failures import FailureType
from contract.names import DEFAULT_TASK_QUEUE
from worker.cli.connection import Connection, TaskQueueOption, temporal_is_away
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.run_reading import failure_text
from worker.cli.screen import progress

POLL_EVERY_SECONDS: Final = 1.0
PATIENCE_WITH_WORKERS_SECONDS: Final = 4.0

_ABOUT_THE_INPUT: Final = frozenset({FailureType.INVALID_INPUT, FailureType.INVALID_DEFINITION})
"""Failures of what the caller gave: exit code 2."""

R = TypeVar("R")


@dataclass(frozen=True)
class Waiting:
    """Waits, and reports what holds a workflow up."""

    client: Client
    task_queue: str
    report: Callable[[str], None]
    """Called with what holds the workflow up, each time that changes."""

    async def outcome(self, handle: WorkflowHandle[Any, Any], result: Awaitable[R], what: str) -> R:
        """Wait for the result of a workflow.

        Args:
            handle: The workflow.
            result: Its result, or that of an update of it.
            what: What the workflow is, for the text of an error, such as `discovery`.

        Raises:
            CommandError: The workflow failed, or was ended by another client.
        """
        waiting = asyncio.ensure_future(result)
        began = asyncio.get_running_loop().time()
        reported = None
        try:
            while not waiting.done():
                await asyncio.wait({waiting}, timeout=POLL_EVERY_SECONDS)
                patient = asyncio.get_running_loop().time() - began < PATIENCE_WITH_WORKERS_SECONDS
                if not waiting.done() and (trouble := await self._trouble(handle, patient=patient)) != reported:
                    reported = trouble
                    self.report(trouble or "A worker answers again.")
            return waiting.result()
        except (WorkflowFailureError, WorkflowUpdateFailedError) as error:
            raise _as_command_error(error.cause, handle.id, what) from None
        finally:
            waiting.cancel()

    async def _trouble(self, handle: WorkflowHandle[Any, Any], *, patient: bool) -> str | None:
        try:
            description = await handle.describe()
        except RPCError as error:
            if not temporal_is_away(error):
                raise
            return "Temporal does not answer; waiting for it."
        pending = description.raw_description.pending_activities
        if pending and pending[0].HasField("last_failure"):
            return f"Attempt {pending[0].attempt}: {await failure_text(self.client, pending[0])}"
        if not pending and not patient and description.raw_description.HasField("pending_workflow_task"):
            return f"No worker answers on the task queue '{self.task_queue}'; waiting for one."
        return None


@dataclass(frozen=True)
class Workers:
    """How a command reaches the workers, whose credentials it uses in place of this machine's."""

    connection: Connection
    task_queue: TaskQueueOption = DEFAULT_TASK_QUEUE

    async def waiting(self) -> Waiting:
        """Connect to Temporal; it raises what `Connection.open` raises."""
        return Waiting(await self.connection.open(), self.task_queue, progress.print)


def _as_command_error(cause: BaseException, workflow_id: str, what: str) -> CommandError:
    match cause:
        case ApplicationError(type=kind) if kind == FailureType.INVALID_INPUT:
            return CommandError(cause.message, ExitCode.USAGE)
        case ApplicationError(type=kind):
            code = ExitCode.USAGE if kind in _ABOUT_THE_INPUT else ExitCode.RUN_FAILED
            return CommandError(f"{kind}: {cause.message}", code)
        case CancelledError() | TerminatedError():
            return CommandError(f"Another client ended the {what} {workflow_id}.", ExitCode.CANCELLED)
        case _:
            return CommandError(f"The {what} {workflow_id} failed: {cause}", ExitCode.RUN_FAILED)
