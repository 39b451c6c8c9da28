"""Schedules of a test, whose runs end as the test says."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from temporalio import workflow
from temporalio.client import Client, WorkflowExecutionDescription
from temporalio.exceptions import ApplicationError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from contract.names import SCHEDULED_TIME_ATTRIBUTE, WorkflowType
from tests.waits import PATIENCE_SECONDS
from worker.schedules.applying import Applied, Applying
from worker.schedules.backfilling import Backfilled, Backfilling, Wanted
from worker.schedules.definition import Overlap, ScheduleDefinition
from worker.schedules.stored import StoredSchedule, read_schedule

_SEVERAL = 2


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class StubRun:
    """Ends at once, or waits, as its parameters say."""

    failing_days: ClassVar[set[int]] = set()
    waiting_days: ClassVar[set[int]] = set()

    @workflow.run
    async def run(self, _: Any) -> None:
        """See base class."""
        day = workflow.info().typed_search_attributes[SCHEDULED_TIME_ATTRIBUTE].day
        if day in self.failing_days:
            raise ApplicationError("no data", type="ExecutionFailed")
        if day in self.waiting_days:
            await workflow.wait_condition(lambda: False)


class Schedules:
    """Schedules under a name of the test's own."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.name = f"schedule-{uuid.uuid4().hex[:8]}"
        self.queue = f"queue-{self.name}"

    @asynccontextmanager
    async def worker(self, *, failing: set[int] = frozenset(), waiting: set[int] = frozenset()) -> AsyncIterator[None]:  # type: ignore[assignment]
        """A worker for the runs; days of the month on which they fail, or stay open."""
        StubRun.failing_days, StubRun.waiting_days = set(failing), set(waiting)
        async with Worker(
            self.client, task_queue=self.queue, workflows=[StubRun], workflow_runner=UnsandboxedWorkflowRunner()
        ):
            yield

    async def apply(
        self, when: str | list[str], *, owner: str | None = None, dry_run: bool = False, **options: Any
    ) -> Applied:
        """Apply a definition."""
        given = {"name": self.name, "when": when, "task_queue": self.queue, "pipeline": "quick-check", **options}
        definition = ScheduleDefinition.model_validate(given)
        return await Applying(self.client, datetime.now(UTC), owner=owner, dry_run=dry_run).apply(definition)

    async def stored(self) -> StoredSchedule:
        """The schedule as it is."""
        found = await read_schedule(self.client, self.name)
        assert found is not None
        return found

    async def backfill(
        self,
        first: datetime,
        last: datetime,
        *,
        all_times: bool = False,
        overlap: Overlap = Overlap.BUFFER_ALL,
        dry_run: bool = False,
    ) -> Backfilled:
        """Backfill a range."""
        backfilling = Backfilling(self.client, await self.stored(), datetime.now(UTC))
        return await backfilling.run(Wanted(first, last, all_times, overlap, dry_run))

    async def buffers(self, number: int) -> None:
        """Wait until so many starts are buffered; at least, if it is more than none or one."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not _fits((await self.stored()).buffered, number):  # noqa: ASYNC110 — Temporal has no event for it
                await asyncio.sleep(0.1)

    async def end_the_open_run(self) -> None:
        """Terminate the one run that is open."""
        (run,) = (await self.stored()).description.info.running_actions
        await self.client.get_workflow_handle(run.workflow_id).terminate()  # type: ignore[attr-defined]

    async def runs(self) -> list[WorkflowExecutionDescription]:
        """The latest run of each time that a backfill or the schedule started, as far as they are recent."""
        recent = (await self.stored()).description.info.recent_actions
        names = {result.action.workflow_id for result in recent}  # type: ignore[attr-defined]
        return [await self.client.get_workflow_handle(name).describe() for name in sorted(names)]


def _fits(buffered: int, number: int) -> bool:
    return buffered == number if number < _SEVERAL else buffered >= number


def hours_ago(hours: int) -> datetime:
    """A full hour of the past."""
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(hours=hours)
