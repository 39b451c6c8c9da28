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

from contract.job_run import JobRunInput
from contract.names import SCHEDULE_MEMO, WorkflowType
from contract.pipeline_run import PipelineRunInput
from contract.spelling import InputDocument, field_of
from worker.schedules.durations import duration_text
from worker.schedules.errors import ScheduleError
from worker.schedules.expressions import read_expression
from workflows.payloads import UnreadablePayload

RUNS: Final = frozenset({WorkflowType.PIPELINE_RUN, WorkflowType.JOB_RUN})


@dataclass(frozen=True)
class StoredSchedule:
    """What a schedule is.

    Attributes:
        description: Temporal's description.
        action: What it starts.
        memo: What an apply of ours wrote into the action's memo; empty where another client made the schedule.
        run_input: The input of its runs; None where it cannot be read.
        unreadable: Why its input, or what an apply of ours wrote, cannot be read here, in words; None if all can.
        is_locked: Whether that is for want of a key.
    """

    description: ScheduleDescription
    action: ScheduleActionStartWorkflow
    memo: Mapping[str, Any]
    run_input: Any
    unreadable: str | None = None
    is_locked: bool = False

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
        given = [_expression_of(each) for each in self.spec.calendars]
        expressions = list(dict.fromkeys(text for text in given if text is not None))
        if isinstance(remembered, list) and None not in given and self._fits(remembered, expressions):
            return [str(text) for text in remembered]
        calendars = [
            _calendar_text(each) for each, text in zip(self.spec.calendars, given, strict=True) if text is None
        ]
        return [*expressions, *calendars, *(_interval_text(each) for each in self.spec.intervals)]

    def _fits(self, remembered: list[Any], expressions: list[str]) -> bool:
        """Whether the times are still as the last apply left them: another client may have changed them."""
        without_calendar = [text for text in remembered if text not in expressions]
        return set(expressions) <= set(remembered) and len(without_calendar) == len(self.spec.intervals)

    @property
    def named_input(self) -> dict[str, Any] | None:
        """The input with its fields' own names, which other clients may spell in their way."""
        if self.run_input is None:
            return None
        is_of_pipeline = self.action.workflow == WorkflowType.PIPELINE_RUN
        document: type[InputDocument] = PipelineRunInput if is_of_pipeline else JobRunInput
        return {field_of(document, str(key)) or str(key): value for key, value in self.run_input.items()}

    @property
    def buffered(self) -> int:
        """How many starts wait until an earlier run has ended."""
        return int(self.description.raw_description.info.buffer_size)


def _expression_of(calendar: ScheduleCalendarSpec) -> str | None:
    """Return the expression that a calendar was made from; what another client wrote there is none."""
    try:
        read_expression(calendar.comment or "")
    except ValueError:
        return None
    return calendar.comment


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
    locked = next((each for each in [*arguments, *memo] if isinstance(each, UnreadablePayload) and each.locked), None)
    return StoredSchedule(
        description=description,
        action=action,
        memo=memo[0] if memo and isinstance(memo[0], Mapping) else {},
        run_input=arguments[0] if len(arguments) == 1 and isinstance(arguments[0], Mapping) else None,
        unreadable=locked.problem if locked else _problem(arguments),
        is_locked=locked is not None,
    )


def _problem(arguments: list[Any]) -> str | None:
    if len(arguments) != 1:
        return f"Its action has {len(arguments)} arguments: a run takes one, its input"
    return None if isinstance(arguments[0], Mapping) else "The input of its runs is not a JSON object"


async def _decoded(client: Client, payloads: list[Payload]) -> list[Any]:
    # Without a type hint, what is under a key that is not here is read as unreadable, and is no error.
    return await client.data_converter.decode(payloads)
