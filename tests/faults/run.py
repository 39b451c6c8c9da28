"""A run in an installation whose workers and servers come and go."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError

from contract.any_document import AnyRunDocument
from contract.names import CANCEL_SIGNAL
from contract.pipeline_document import PipelineRunDocument
from contract.run import Phase
from tests.faults.durations import PATIENCE_SECONDS
from worker.cli.run_reading import Ending, Handle, query, wait_for_ending

_AGAIN_SECONDS = 0.3


@dataclass
class Run:
    """One run, which has a pipeline of its own, so that its executions can be counted."""

    handle: Handle
    pipeline: str

    async def document(self) -> PipelineRunDocument:
        """What a worker answers to the status query; an empty document while there is none."""
        return _of_a_pipeline(await query(self.handle) or PipelineRunDocument())

    async def reaches(self, condition: Callable[[PipelineRunDocument], bool]) -> PipelineRunDocument:
        """Wait until the document fulfils a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(document := await self.document()):
            assert time.monotonic() < deadline, f"the run stays at {document}"
            await asyncio.sleep(_AGAIN_SECONDS)
        return document

    async def executes(self) -> PipelineRunDocument:
        """Wait until the run knows that its execution executes."""
        return await self.reaches(lambda document: document.sagemaker_status == "Executing")

    async def reaches_phase(self, phase: Phase) -> PipelineRunDocument:
        """Wait until the run is in a phase."""
        return await self.reaches(lambda document: document.phase is phase)

    async def signal_cancel(self, *arguments: object) -> None:
        """Send the cancel signal."""
        await self.handle.signal(CANCEL_SIGNAL, args=list(arguments))

    async def ending(self, *, within: float = PATIENCE_SECONDS) -> Ending:
        """How the run closed, whatever becomes of the connection to Temporal meanwhile."""
        try:
            async with asyncio.timeout(within):
                while True:
                    try:
                        return await wait_for_ending(self.handle)
                    except RPCError:
                        await asyncio.sleep(_AGAIN_SECONDS)
        except TimeoutError:
            found = (await self.handle.describe()).raw_description
            last = [EventType.Name(event.event_type) for event in (await self.handle.fetch_history()).events[-12:]]
            raise AssertionError(
                f"open after {within} s: {await query(self.handle) or 'no worker answers'}; pending: "
                f"{found.pending_activities}, {found.pending_workflow_task}; last events: {last}"
            ) from None

    async def closes_or_tries_on(self, attempts: int) -> bool:
        """Wait until the run has closed, or an activity of it is past so many attempts; whether it has closed."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (description := await self.handle.describe()).status is WorkflowExecutionStatus.RUNNING:
            pending = description.raw_description.pending_activities
            if any(each.attempt > attempts for each in pending):
                return False
            assert time.monotonic() < deadline, f"the run stays at {pending}"
            await asyncio.sleep(_AGAIN_SECONDS)
        return True

    async def closing_document(self, ending: Ending) -> PipelineRunDocument:
        """The document of a closed run; a cancelled workflow keeps none, so a worker tells it."""
        return _of_a_pipeline(ending.document or await self.reaches_phase(Phase.CLOSED))


def _of_a_pipeline(document: AnyRunDocument) -> PipelineRunDocument:
    assert isinstance(document, PipelineRunDocument)
    return document
