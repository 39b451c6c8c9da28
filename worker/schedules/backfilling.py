"""Starting the runs of past times: of all, or of the times that have no run."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client, ScheduleBackfill, WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from worker.schedules.building import overlap_policy
from worker.schedules.definition import Overlap
from worker.schedules.errors import ScheduleError
from worker.schedules.stored import StoredSchedule, read_schedule
from worker.schedules.times import MAX_TIMES, matching_times, schedule_with, zone_of

_FOR_SEVERAL: Final = frozenset({Overlap.BUFFER_ALL, Overlap.ALLOW_ALL})
_DESCRIBES_AT_ONCE: Final = 10
_CONFIRMED_WITHIN_SECONDS: Final = 15
_CONFIRMED_EVERY_SECONDS: Final = 0.3
_BACKFILLED_AT_ONCE: Final = 10
"""Temporal buffers so many times of a backfill, and the next ones when a run has ended (BackfillsPerIteration)."""

_MISSING: Final = frozenset(
    {WorkflowExecutionStatus.FAILED, WorkflowExecutionStatus.TIMED_OUT, WorkflowExecutionStatus.TERMINATED}
)


@dataclass(frozen=True)
class Wanted:
    """What a backfill asks for.

    Attributes:
        first: The first time, included; by the clock of the schedule's zone where it names none.
        last: The last time, included; likewise.
        all_times: Whether times that have a run are started as well.
        overlap: What becomes of a start while another run is open.
        dry_run: Whether nothing is started.
    """

    first: datetime
    last: datetime
    all_times: bool
    overlap: Overlap
    dry_run: bool


@dataclass(frozen=True)
class Backfilled:
    """What a backfill started.

    Attributes:
        name: The schedule.
        asked: The nominal times whose runs were asked for.
        there: The nominal times that have a run.
        started: Of those asked for, how many have a run by now; the others are buffered.
    """

    name: str
    asked: list[datetime] = field(default_factory=list)
    there: list[datetime] = field(default_factory=list)
    started: int = 0


class Backfilling:
    """Backfills one schedule."""

    def __init__(self, client: Client, stored: StoredSchedule, now: datetime) -> None:
        """Take the schedule, and the time."""
        self._client = client
        self._stored = stored
        self._now = now
        self._nominal: list[datetime] = []

    async def run(self, wanted: Wanted) -> Backfilled:
        """Start the runs of past times.

        Raises:
            ScheduleError: The times are none, too many, too old to be judged, or the overlap policy would lose some.
        """
        times = await self._times(wanted)
        if not wanted.all_times:
            await self._refuse_unknown(times)
        before = await self._each(times)
        there = [] if wanted.all_times else [time for time, run in before.items() if _has_run(run)]
        asked = [time for time in times if time not in there]
        if len(asked) > 1 and wanted.overlap not in _FOR_SEVERAL:
            raise ScheduleError(
                f"--overlap {wanted.overlap} would start one of {len(asked)} times and drop the others; choose "
                "buffer-all (one after the other) or allow-all (at once)."
            )
        if not asked or wanted.dry_run:
            return Backfilled(self._stored.name, asked, there)
        policy = overlap_policy(wanted.overlap)
        requests = [ScheduleBackfill(time, self._end(time), overlap=policy) for time in asked]
        await self._client.get_schedule_handle(self._stored.name).backfill(*requests)
        return Backfilled(self._stored.name, asked, there, await self._confirmed(asked, before, wanted.overlap))

    async def _times(self, wanted: Wanted) -> list[datetime]:
        """Return the nominal times to judge, and keep those around them."""
        first, last = self._instant(wanted.first), self._instant(wanted.last)
        if last > self._now:
            raise ScheduleError(f"--to must not be later than now, {self._now:%Y-%m-%dT%H:%M:%SZ}.")
        if last < first:
            raise ScheduleError("--to must not be earlier than --from.")
        name, spec = self._stored.name, self._stored.spec
        async with schedule_with(self._client, spec, name) as asked:
            self._nominal = await matching_times(self._client, asked, first, last + (spec.jitter or timedelta()))
        if len(self._nominal) >= MAX_TIMES:
            raise ScheduleError(f"There are {MAX_TIMES} times or more in this range; choose a shorter one.")
        return [time for time in self._nominal if time <= last]

    def _instant(self, time: datetime) -> datetime:
        return (time if time.tzinfo else time.replace(tzinfo=zone_of(self._stored.zone_name))).astimezone(UTC)

    def _end(self, time: datetime) -> datetime:
        """Return the end of a range which has one time only; with a jitter, Temporal judges the time of the start."""
        jitter = self._stored.spec.jitter
        if not jitter:
            return time
        later = next((other for other in self._nominal if other > time), None)
        return time + jitter if later is None else min(time + jitter, later - timedelta(milliseconds=1))

    async def _refuse_unknown(self, times: Sequence[datetime]) -> None:
        """Refuse where nothing says which times have a run.

        Raises:
            ScheduleError: The times are older than the runs that the namespace keeps, or starts are buffered.
        """
        answer = await self._client.workflow_service.describe_namespace(
            DescribeNamespaceRequest(namespace=self._client.namespace)
        )
        kept_since = self._now - answer.config.workflow_execution_retention_ttl.ToTimedelta()
        if old := [time for time in times if time < kept_since]:
            raise ScheduleError(
                f"The namespace keeps closed runs since {kept_since:%Y-%m-%dT%H:%M:%SZ} only, so that nothing says "
                f"whether earlier times ran: {len(old)} of the {len(times)}, from {old[0]:%Y-%m-%dT%H:%M:%SZ}. Begin "
                "later with --from, or start each time, again if it ran, with --all."
            )
        if buffered := self._stored.buffered:
            raise ScheduleError(
                f"Buffered starts: {buffered}, and Temporal does not say for which times. Wait until they "
                "have started, or start each time, buffered or not, with --all."
            )

    async def _each(self, times: Sequence[datetime]) -> dict[datetime, WorkflowExecutionDescription | None]:
        turns = asyncio.Semaphore(_DESCRIBES_AT_ONCE)

        async def described(time: datetime) -> WorkflowExecutionDescription | None:
            async with turns:
                return await self._latest(time)

        return dict(zip(times, await asyncio.gather(*(described(time) for time in times)), strict=True))

    async def _latest(self, time: datetime) -> WorkflowExecutionDescription | None:
        """Return the latest run of a time. Its id is asked for, since visibility lags behind."""
        workflow_id = f"{self._stored.action.id}-{time:%Y-%m-%dT%H:%M:%SZ}"
        try:
            return await self._client.get_workflow_handle(workflow_id).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return None

    async def _confirmed(
        self,
        asked: Sequence[datetime],
        before: Mapping[datetime, WorkflowExecutionDescription | None],
        overlap: Overlap,
    ) -> int:
        """Wait until Temporal has taken the starts up, so that a second backfill sees them; return how many run."""
        deadline = asyncio.get_running_loop().time() + _CONFIRMED_WITHIN_SECONDS
        while True:
            # In this order: what is open by now has a run that the second answer has.
            present = await read_schedule(self._client, self._stored.name)
            started = sum(
                run is not None and run.run_id != (known.run_id if (known := before[time]) else None)
                for time, run in (await self._each(asked)).items()
            )
            if started == len(asked) or asyncio.get_running_loop().time() > deadline:
                return started
            is_under_way = present is not None and bool(present.description.info.running_actions)
            waiting = present.buffered - self._stored.buffered if present is not None and is_under_way else 0
            if overlap is not Overlap.ALLOW_ALL and waiting + started >= min(len(asked), _BACKFILLED_AT_ONCE):
                return started
            await asyncio.sleep(_CONFIRMED_EVERY_SECONDS)


def _has_run(run: WorkflowExecutionDescription | None) -> bool:
    """Return whether the latest run of a time is open, succeeded or was cancelled."""
    return run is not None and run.status not in _MISSING
