"""The times of a schedule, asked of Temporal's server, which alone knows what its clock changes do to them."""

from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from temporalio.api.workflowservice.v1 import ListScheduleMatchingTimesRequest
from temporalio.client import Client, ScheduleSpec

from contract.time_zones import time_zone
from worker.schedules.preview import previewed

MAX_TIMES: Final = 1000
"""In one answer of ListScheduleMatchingTimes."""

_HORIZONS: Final = tuple(timedelta(days=days) for days in (0.1, 2, 40, 400, 4000, 30000))
_ONE_YEAR: Final = timedelta(days=366)
_AROUND_A_CHANGE: Final = timedelta(hours=4)


@dataclass(frozen=True)
class NextTime:
    """A coming time.

    Attributes:
        time: The instant.
        is_doubled: Whether the clock on the wall shows it twice, and the schedule has both.
    """

    time: datetime
    is_doubled: bool


async def matching_times(client: Client, schedule_id: str, first: datetime, last: datetime) -> list[datetime]:
    """Return the times of a schedule, with its jitter, from one instant to another, both included; at most `MAX_TIMES`.

    Raises:
        RPCError: There is no such schedule, or Temporal is away.
    """
    request = ListScheduleMatchingTimesRequest(namespace=client.namespace, schedule_id=schedule_id)
    # Temporal leaves the beginning itself out.
    request.start_time.FromDatetime(first - timedelta(milliseconds=1))
    request.end_time.FromDatetime(last)
    answer = await client.workflow_service.list_schedule_matching_times(request)
    return [found.ToDatetime(tzinfo=UTC) for found in answer.start_time]


@asynccontextmanager
async def schedule_with(client: Client, spec: ScheduleSpec, schedule_id: str | None) -> AsyncIterator[str]:
    """Have a schedule that answers with the nominal times of a spec.

    Args:
        client: Temporal.
        spec: The times.
        schedule_id: A schedule that has them, if there is one. It cannot answer where it has a jitter.
    """
    if schedule_id is not None and not spec.jitter:
        yield schedule_id
        return
    async with previewed(client, spec) as preview:
        yield preview


async def next_times(client: Client, schedule_id: str, after: datetime, zone_name: str, number: int) -> list[NextTime]:
    """Return the coming times of a schedule."""
    found: list[datetime] = []
    for horizon in _HORIZONS:
        found = await matching_times(client, schedule_id, after, after + horizon)
        if len(found) > number:
            break
    twice = doubled(found, zone_name)
    return [NextTime(time, time in twice) for time in found[:number]]


def doubled(times: Iterable[datetime], zone_name: str) -> set[datetime]:
    """Return the times that have the same time on the wall as another one; none in a zone that is not known here."""
    zone = zone_of(zone_name)
    by_wall = {time: time.astimezone(zone).replace(tzinfo=None) for time in times}
    counts = Counter(by_wall.values())
    return {time for time, wall in by_wall.items() if counts[wall] > 1}


async def next_doubled(client: Client, schedule_id: str, after: datetime, zone_name: str) -> datetime | None:
    """Return the next doubled time within a year, the first of both; None if there is none."""
    for change in _changes_back(zone_of(zone_name), after):
        found = await matching_times(client, schedule_id, change - _AROUND_A_CHANGE, change + _AROUND_A_CHANGE)
        if twice := doubled(found, zone_name):
            return min(twice)
    return None


def _changes_back(zone: ZoneInfo, after: datetime) -> list[datetime]:
    """Return when the zone's clock goes back within a year, to the hour."""
    hours = [after + timedelta(hours=number) for number in range(int(_ONE_YEAR.total_seconds()) // 3600)]
    offsets = [hour.astimezone(zone).utcoffset() or timedelta() for hour in hours]
    return [hours[at] for at in range(1, len(hours)) if offsets[at] < offsets[at - 1]]


def zone_of(name: str) -> ZoneInfo:
    """Return the zone of a schedule; UTC for one that only the server knows."""
    try:
        return time_zone(name)
    except ValueError:
        return time_zone("UTC")
