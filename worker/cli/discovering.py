"""Discovering pipelines through Temporal, so that the worker's credentials are used and none of this machine's."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError, TerminatedError
from temporalio.service import RPCError

from contract.byte_limits import MAX_SUMMARY_BYTES, cut
from contract.discovery import PipelineDiscovery, PipelineDiscoveryInput
from contract.failures import FailureType
from contract.names import WorkflowType
from worker.cli.connection import temporal_is_away
from worker.cli.outcome import CommandError, ExitCode
from worker.cli.run_reading import failure_text

POLL_EVERY_SECONDS: Final = 1.0
PATIENCE_WITH_WORKERS_SECONDS: Final = 4.0
CANCEL_WITHIN_SECONDS: Final = 3.0

LONGEST_DISCOVERY: Final = timedelta(hours=2)
"""A discovery whose command was killed ends after this."""

Handle = WorkflowHandle[Any, PipelineDiscovery]


@dataclass(frozen=True)
class Discovering:
    """Starts discoveries and waits for them."""

    client: Client
    task_queue: str
    report: Callable[[str], None]
    """Called with what holds the discovery up, each time that changes."""

    async def all_pages(self, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
        """Discover every page, one workflow each, and put them together.

        Raises:
            CommandError: A discovery failed, or was ended by another client.
        """
        found = page = await self.one_page(wanted)
        while page.next_token:
            page = await self.one_page(wanted.model_copy(update={"next_token": page.next_token}))
            found.jobs += page.jobs
            found.problems += page.problems
            found.total = page.total
        found.next_token = None
        return found

    async def one_page(self, wanted: PipelineDiscoveryInput) -> PipelineDiscovery:
        """Discover one page; see `all_pages` for what it raises."""
        handle = await self.client.start_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            wanted.model_dump(mode="json", exclude_unset=True),
            id=f"discovery-{wanted.platform}-{uuid.uuid4().hex[:8]}",
            task_queue=self.task_queue,
            result_type=PipelineDiscovery,
            execution_timeout=LONGEST_DISCOVERY,
            static_summary=cut(f"Pipelines {wanted.name_prefix}* on {wanted.platform}", MAX_SUMMARY_BYTES),
        )
        try:
            return await self._outcome(handle)
        except asyncio.CancelledError:
            with suppress(RPCError, TimeoutError):
                await asyncio.wait_for(handle.cancel(), CANCEL_WITHIN_SECONDS)
            raise

    async def _outcome(self, handle: Handle) -> PipelineDiscovery:
        waiting = asyncio.create_task(handle.result())
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
        except WorkflowFailureError as error:
            raise _as_command_error(error, handle.id) from None
        finally:
            waiting.cancel()

    async def _trouble(self, handle: Handle, *, patient: bool) -> str | None:
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


def _as_command_error(error: WorkflowFailureError, workflow_id: str) -> CommandError:
    match error.cause:
        case ApplicationError(type=FailureType.INVALID_INPUT) as cause:
            return CommandError(cause.message, ExitCode.USAGE)
        case ApplicationError() as cause:
            return CommandError(f"{cause.type}: {cause.message}", ExitCode.RUN_FAILED)
        case CancelledError() | TerminatedError():
            return CommandError(f"Another client ended the discovery {workflow_id}.", ExitCode.CANCELLED)
        case cause:
            return CommandError(f"The discovery {workflow_id} failed: {cause}", ExitCode.RUN_FAILED)
