"""What `schedule show` and `schedule list` report of a schedule."""

import asyncio
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel
from temporalio.client import (
    Client,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionResult,
    WorkflowExecutionDescription,
)
from temporalio.service import RPCError, RPCStatusCode

from contract.names import STATUS_ATTRIBUTE, WorkflowType
from contract.time_zones import time_zone
from worker.schedules.building import overlap_name
from worker.schedules.differences import DEFAULT_CATCH_UP
from worker.schedules.durations import duration_text
from worker.schedules.listing import each_schedule
from worker.schedules.stored import StoredSchedule
from worker.schedules.times import next_times

_SHOWN: Final = 5


class ComingTime(BaseModel):
    """A coming time, as an instant and by the clock of the schedule's zone."""

    time: datetime
    local: str
    is_doubled: bool = False


class PastStart(BaseModel):
    """A run that the schedule started."""

    scheduled_time: datetime
    started_at: datetime
    workflow_id: str
    status: str


class ScheduleView(BaseModel):
    """All that is known of a schedule."""

    name: str
    when: list[str]
    time_zone: str
    runs: str
    what: str | None
    task_queue: str
    overlap: str
    catch_up: str
    jitter: str
    pause_on_failure: bool
    start: datetime | None
    end: datetime | None
    owner: str | None
    paused: bool
    note: str | None
    open_runs: int
    buffered: int
    missed: int
    skipped: int
    next: list[ComingTime]
    last: list[PastStart]
    run_input: Any
    unreadable: str | None


def coming_time(time: datetime, zone_name: str, *, is_doubled: bool = False) -> ComingTime:
    """Show a time in a zone, which may be one that only the server knows."""
    try:
        local = time.astimezone(time_zone(zone_name))
    except ValueError:
        local = time
    return ComingTime(time=time, local=local.isoformat(timespec="seconds"), is_doubled=is_doubled)


async def view_schedule(client: Client, stored: StoredSchedule, now: datetime) -> ScheduleView:
    """Report a schedule with its coming times and the last runs, each with its status."""
    schedule, info, zone = stored.description.schedule, stored.description.info, stored.zone_name
    last = await asyncio.gather(*(_past_start(client, result) for result in reversed(info.recent_actions)))
    return ScheduleView(
        name=stored.name,
        when=stored.when,
        time_zone=zone,
        runs=stored.action.workflow,
        what=_what(stored),
        task_queue=stored.action.task_queue,
        overlap=overlap_name(schedule.policy.overlap),
        catch_up=duration_text(schedule.policy.catchup_window or DEFAULT_CATCH_UP),
        jitter=duration_text(schedule.spec.jitter) if schedule.spec.jitter else "0s",
        pause_on_failure=schedule.policy.pause_on_failure,
        start=schedule.spec.start_at,
        end=schedule.spec.end_at,
        owner=stored.owner,
        paused=schedule.state.paused,
        note=schedule.state.note,
        open_runs=len(info.running_actions),
        buffered=stored.buffered,
        missed=info.num_actions_missed_catchup_window,
        skipped=info.num_actions_skipped_overlap,
        next=await _next(client, stored, now),
        last=list(last),
        run_input=stored.run_input,
        unreadable=stored.unreadable,
    )


async def _next(client: Client, stored: StoredSchedule, now: datetime) -> list[ComingTime]:
    state, zone = stored.description.schedule.state, stored.zone_name
    if state.limited_actions and not state.remaining_actions:
        return []
    # Of the schedule itself, so that reading writes nothing: with the jitter, where it has one.
    found = await next_times(client, stored.name, now, zone, _SHOWN)
    return [coming_time(each.time, zone, is_doubled=each.is_doubled and bool(stored.spec.calendars)) for each in found]


async def _past_start(client: Client, result: ScheduleActionResult) -> PastStart:
    assert isinstance(result.action, ScheduleActionExecutionStartWorkflow)  # noqa: S101 — the only action there is
    try:
        description = await _started(client, result.action)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        status = "gone"
    else:
        temporal = description.status.name.capitalize() if description.status else "Unknown"
        status = description.typed_search_attributes.get(STATUS_ATTRIBUTE) or temporal
    return PastStart(
        scheduled_time=result.scheduled_at,
        started_at=result.started_at,
        workflow_id=result.action.workflow_id,
        status=status,
    )


async def _started(client: Client, start: ScheduleActionExecutionStartWorkflow) -> WorkflowExecutionDescription:
    """Describe the latest run that goes back to a start; a backfill starts another one under the same workflow id."""
    latest = await client.get_workflow_handle(start.workflow_id).describe()
    # Empty where the server does not report the first run.
    if latest.raw_description.workflow_execution_info.first_run_id in {"", start.first_execution_run_id}:
        return latest
    return await client.get_workflow_handle(start.workflow_id, run_id=start.first_execution_run_id).describe()


def _what(stored: StoredSchedule) -> str | None:
    """Return the pipeline or the kind of job, as far as the input can be read."""
    field = "pipeline_name" if stored.action.workflow == WorkflowType.PIPELINE_RUN else "job"
    value = (stored.named_input or {}).get(field)
    return value if isinstance(value, str) else None


async def list_schedules(client: Client, now: datetime) -> list[ScheduleView]:
    """Report all schedules that start runs of ours, by name."""
    return await each_schedule(client, lambda stored: view_schedule(client, stored, now))
