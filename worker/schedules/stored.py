"""A schedule as Temporal has it, whichever client made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleDescription,
    ScheduleIntervalSpec,
    ScheduleRange,
    ScheduleSpec,
)
from temporalio.service import RPCError, RPCStatusCode

from contract.names import SCHEDULE_MEMO, WorkflowType
from worker.schedules.durations import duration_text
from worker.schedules.errors import ScheduleError

RUNS: Final = frozenset({WorkflowType.PIPELINE_RUN, WorkflowType.JOB_RUN})


@dataclass(frozen=True)
class StoredSchedule:
    """What a schedule is.

    Attributes:
        description: Temporal's description.
        action: What it starts.
        memo: What an apply of ours wrote into the action's memo; empty where another client made the schedule.
        run_input: The input of its runs; None where it cannot be read.
    """

    description: ScheduleDescription
    action: ScheduleActionStartWorkflow
    memo: Mapping[str, Any]
    run_input: Any

    @property
    def name(self) -> str:
        """The schedule's id."""
        return self.description.id

    @property
    def spec(self) -> ScheduleSpec:
        """Its times."""
        return self.description.schedule.spec

    @property
    def zone_name(self) -> str:
        """The zone of its calendars."""
        return self.spec.time_zone_name or "UTC"

    @property
    def owner(self) -> str | None:
        """The owner of the file that made it."""
        owner = self.memo.get("owner")
        return owner if isinstance(owner, str) else None

    @property
    def when(self) -> list[str]:
        """Its expressions, as they were given; what another client made is described from the times."""
        remembered = self.memo.get("when")
        comments = list(dict.fromkeys(each.comment for each in self.spec.calendars if each.comment))
        if isinstance(remembered, list) and self._fits(remembered, comments):
            return [str(text) for text in remembered]
        calendars = [_calendar_text(each) for each in self.spec.calendars if not each.comment]
        return [*comments, *calendars, *(_interval_text(each) for each in self.spec.intervals)]

    def _fits(self, remembered: list[Any], comments: list[str]) -> bool:
        """Whether the times are still as the last apply left them: another client may have changed them."""
        is_all_ours = all(each.comment for each in self.spec.calendars)
        without_calendar = [text for text in remembered if text not in comments]
        return is_all_ours and set(comments) <= set(remembered) and len(without_calendar) == len(self.spec.intervals)

    @property
    def buffered(self) -> int:
        """How many starts wait until an earlier run has ended."""
        return int(self.description.raw_description.info.buffer_size)


def _calendar_text(calendar: ScheduleCalendarSpec) -> str:
    """Describe a calendar by the fields that restrict it; its weekdays count from 0, Sunday."""
    fields = [
        ("second", calendar.second, "0"),
        ("minute", calendar.minute, ""),
        ("hour", calendar.hour, ""),
        ("day", calendar.day_of_month, "1-31"),
        ("month", calendar.month, "1-12"),
        ("year", calendar.year, ""),
        ("weekday", calendar.day_of_week, "0-6"),
    ]
    parts = [(name, ",".join(_range_text(each) for each in ranges), every) for name, ranges, every in fields]
    return f"calendar({', '.join(f'{name} {text}' for name, text, every in parts if text not in {'', every})})"


def _range_text(values: ScheduleRange) -> str:
    step = f"/{values.step}" if values.step > 1 else ""
    return f"{values.start}-{values.end}{step}" if values.end > values.start else f"{values.start}"


def _interval_text(interval: ScheduleIntervalSpec) -> str:
    offset = f", {duration_text(interval.offset)} after" if interval.offset else ""
    return f"every {duration_text(interval.every)}{offset}"


async def read_schedule(client: Client, name: str) -> StoredSchedule | None:
    """Read a schedule; None if there is none of that name.

    Raises:
        ScheduleError: It starts no run of ours.
    """
    try:
        description = await client.get_schedule_handle(name).describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    return await stored_schedule(client, description)


async def stored_schedule(client: Client, description: ScheduleDescription) -> StoredSchedule:
    """Decode what a description holds.

    Raises:
        ScheduleError: It starts no run of ours.
    """
    action = description.schedule.action
    if not isinstance(action, ScheduleActionStartWorkflow) or action.workflow not in RUNS:
        kind = action.workflow if isinstance(action, ScheduleActionStartWorkflow) else "no workflow"
        raise ScheduleError(f"The schedule '{description.id}' starts {kind}, not {' or '.join(sorted(RUNS))}.")
    arguments = await _decoded(client, [each for each in action.args if isinstance(each, Payload)])
    payload = (action.memo or {}).get(SCHEDULE_MEMO)
    memo = await _decoded(client, [payload] if isinstance(payload, Payload) else [])
    return StoredSchedule(
        description=description,
        action=action,
        memo=memo[0] if memo and isinstance(memo[0], Mapping) else {},
        run_input=arguments[0] if len(arguments) == 1 and isinstance(arguments[0], Mapping) else None,
    )


async def _decoded(client: Client, payloads: list[Payload]) -> list[Any]:
    # Without a type hint, what is under a key that is not here is read as unreadable, and is no error.
    return await client.data_converter.decode(payloads)
