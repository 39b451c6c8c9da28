"""A run whose document, end and history tests ask for, whatever its type."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflow.v1 import PendingActivityInfo
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError, CancelledError

from contract.names import CANCEL_SIGNAL, STATUS_QUERY
from contract.run import Phase, RunDocument
from tests.waits import PATIENCE_SECONDS

Document = TypeVar("Document", bound=RunDocument)


@dataclass
class RunUnderTest(Generic[Document]):
    """One run under test, of a type that its subclass names."""

    document_type: ClassVar[type[RunDocument]]
    handle: WorkflowHandle[Any, Document]

    async def result(self) -> Document:
        """The document of a run that completes."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.handle.result()

    async def failure(self) -> ApplicationError:
        """The failure of a run that fails."""
        with pytest.raises(WorkflowFailureError) as raised:
            await asyncio.wait_for(self.handle.result(), PATIENCE_SECONDS)
        assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
        return raised.value.cause

    async def closes_as_canceled(self) -> Document:
        """Wait for a run that closes as Canceled; its document."""
        with pytest.raises(WorkflowFailureError) as raised:
            await asyncio.wait_for(self.handle.result(), PATIENCE_SECONDS)
        assert isinstance(raised.value.cause, CancelledError), raised.value.cause
        return await self.document()

    async def closes_as_cancelled(self) -> Document:
        """Wait for a run that completes as Cancelled, or closes as Canceled where the native cancel came in time."""
        with suppress(WorkflowFailureError):
            return await self.result()
        return await self.closes_as_canceled()

    async def document(self) -> Document:
        """The answer of the status query."""
        document: Document = await self.handle.query(STATUS_QUERY, result_type=self.document_type)
        return document

    async def reaches(self, condition: Callable[[Document], bool]) -> Document:
        """Wait until the document fulfils a condition."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition(document := await self.document()):
            assert time.monotonic() < deadline, f"the run stays at {document}"
            await asyncio.sleep(0.02)
        return document

    async def reaches_phase(self, phase: Phase) -> Document:
        """Wait until the run is in a phase."""
        return await self.reaches(lambda document: document.phase is phase)

    async def waits_because(self, why: str) -> None:
        """Wait until the failure of an activity that is tried again contains a text."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not any(why in each.last_failure.message for each in await self._pending_activities()):
            assert time.monotonic() < deadline, f"no activity waits because of {why}"
            await asyncio.sleep(0.05)

    async def attempts(self, condition: Callable[[int], bool]) -> int:
        """Wait until the number of attempts of the one activity under way fulfils a condition; the number."""
        deadline, attempt = time.monotonic() + PATIENCE_SECONDS, 0
        while time.monotonic() < deadline:
            for pending in await self._pending_activities():
                attempt = pending.attempt
                if condition(attempt):
                    return attempt
            await asyncio.sleep(0.05)
        raise TimeoutError(f"attempt {attempt}")

    async def _pending_activities(self) -> Sequence[PendingActivityInfo]:
        return (await self.handle.describe()).raw_description.pending_activities

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
