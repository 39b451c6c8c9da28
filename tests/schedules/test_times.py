"""What the real server makes of the calendars: a sample of the expressions, and the clock changes of six zones."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from temporalio.client import Client, ScheduleHandle, ScheduleSpec
from temporalio.testing import WorkflowEnvironment

from contract.time_zones import time_zone
from tests.unit.worker import cron_oracle
from tests.waits import PATIENCE_SECONDS
from worker.schedules import preview
from worker.schedules.building import Building
from worker.schedules.definition import ScheduleDefinition
from worker.schedules.preview import previewed
from worker.schedules.stored import read_schedule
from worker.schedules.times import matching_times, next_doubled, next_times, schedule_with

NOW = datetime(2026, 7, 1, tzinfo=UTC)


def spec(when: str, **options: object) -> ScheduleSpec:
    """The times of an expression."""
    given = {"name": f"times-{uuid.uuid4().hex}", "when": when, "pipeline": "quick-check", **options}
    return Building(ScheduleDefinition.model_validate(given), None, NOW).schedule({}).spec


@asynccontextmanager
async def schedule(temporal: WorkflowEnvironment, when: str, **options: object) -> AsyncIterator[str]:
    """A schedule that has the times of an expression."""
    async with schedule_with(temporal.client, spec(when, **options), None) as schedule_id:
        yield schedule_id


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 0 L * ? *)",
        "cron(0 0 LW * ? *)",
        "cron(0 0 1W * ? *)",
        "cron(0 0 31W * ? *)",
        "cron(0 0 ? * 6L *)",
        "cron(0 0 ? * 3#5 *)",
        "cron(0 0 29 2 ? *)",
        "cron(0 0 ? NOV-FEB FRI-MON 2024-2031/3)",
    ],
)
async def test_the_server_has_the_same_dates(temporal: WorkflowEnvironment, expression: str) -> None:
    """Over twenty years, as far as one answer of the server reaches."""
    first, last = datetime(2020, 1, 1, tzinfo=UTC), datetime(2039, 12, 31, tzinfo=UTC)
    async with schedule(temporal, expression) as schedule_id:
        found = await matching_times(temporal.client, schedule_id, first, last)
    wanted = list(cron_oracle.dates_of(expression))
    assert [time.date() for time in found] == wanted[: len(found)]
    assert len(found) == min(len(wanted), 1000)


@pytest.mark.parametrize(
    ("zone", "when", "day", "instants"),
    [
        # Forward: the time that the clock leaves out is skipped.
        ("America/New_York", "cron(30 2 * * ? *)", date(2026, 3, 8), []),
        ("Europe/Berlin", "cron(30 2 * * ? *)", date(2026, 3, 29), []),
        ("Europe/London", "cron(30 1 * * ? *)", date(2026, 3, 29), []),
        ("Pacific/Auckland", "cron(30 2 * * ? *)", date(2026, 9, 27), []),
        ("Africa/Casablanca", "cron(30 2 * * ? *)", date(2026, 3, 22), []),
        # Half an hour is moved, not skipped.
        ("Australia/Lord_Howe", "cron(15 2 * * ? *)", date(2026, 10, 4), ["2026-10-03T15:45:00"]),
        # Back: New York has both times, the others the second.
        ("America/New_York", "cron(30 1 * * ? *)", date(2026, 11, 1), ["2026-11-01T05:30:00", "2026-11-01T06:30:00"]),
        ("Europe/Berlin", "cron(30 2 * * ? *)", date(2026, 10, 25), ["2026-10-25T01:30:00"]),
        ("Europe/London", "cron(30 1 * * ? *)", date(2026, 10, 25), ["2026-10-25T01:30:00"]),
        ("Pacific/Auckland", "cron(30 2 * * ? *)", date(2026, 4, 5), ["2026-04-04T14:30:00"]),
        ("Africa/Casablanca", "cron(30 2 * * ? *)", date(2026, 2, 15), ["2026-02-15T02:30:00"]),
        ("Australia/Lord_Howe", "cron(45 1 * * ? *)", date(2026, 4, 5), ["2026-04-04T15:15:00"]),
    ],
)
async def test_clock_changes(
    temporal: WorkflowEnvironment, zone: str, when: str, day: date, instants: list[str]
) -> None:
    """What the documentation says of each zone."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    async with schedule(temporal, when, time_zone=zone) as schedule_id:
        found = await matching_times(
            temporal.client, schedule_id, noon - timedelta(hours=30), noon + timedelta(hours=12)
        )
    assert [time.isoformat()[:19] for time in found if time.astimezone(time_zone(zone)).date() == day] == instants


async def test_a_time_that_comes_twice_is_marked(temporal: WorkflowEnvironment) -> None:
    """Both of them, in the list of the next times, and found months before."""
    async with schedule(temporal, "cron(30 1 * * ? *)", time_zone="America/New_York") as schedule_id:
        twice = await next_doubled(temporal.client, schedule_id, NOW, "America/New_York")
        assert twice == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
        found = await next_times(temporal.client, schedule_id, twice - timedelta(hours=1), "America/New_York", 3)
        assert [each.is_doubled for each in found] == [True, True, False]
    async with schedule(temporal, "cron(30 1 * * ? *)", time_zone="Europe/Berlin") as schedule_id:
        assert await next_doubled(temporal.client, schedule_id, NOW, "Europe/Berlin") is None


async def test_a_rate_begins_with_its_start(temporal: WorkflowEnvironment) -> None:
    """`every` counts from midnight UTC, if it has no start."""
    start = "2026-07-01T10:20:30"
    async with schedule(temporal, "rate(7 hours)", start=start, time_zone="Europe/Berlin") as schedule_id:
        found = await matching_times(temporal.client, schedule_id, NOW, NOW + timedelta(days=1))
    assert [time.isoformat()[:19] for time in found] == [
        "2026-07-01T08:20:30",
        "2026-07-01T15:20:30",
        "2026-07-01T22:20:30",
    ]
    async with schedule(temporal, "every 6h") as schedule_id:
        found = await matching_times(temporal.client, schedule_id, NOW, NOW + timedelta(hours=13))
    assert [time.hour for time in found] == [0, 6, 12]


async def test_jitter_leaves_the_nominal_times_alone(temporal: WorkflowEnvironment) -> None:
    """A schedule with a jitter is asked through one without, which is gone afterwards."""
    jittered = spec("@daily", jitter="2h")
    async with schedule_with(temporal.client, jittered, "not-asked") as schedule_id:
        found = await matching_times(temporal.client, schedule_id, NOW, NOW + timedelta(days=2))
        assert [(time.day, time.hour, time.minute) for time in found] == [(1, 0, 0), (2, 0, 0), (3, 0, 0)]
    with pytest.raises(Exception, match="not found"):
        await temporal.client.get_schedule_handle(schedule_id).describe()


async def test_a_preview_that_a_killed_command_left_is_removed(
    temporal: WorkflowEnvironment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the next command that needs one, after an hour; no list shows it meanwhile."""
    daily = spec("@daily")
    with monkeypatch.context() as killed:
        killed.setattr(ScheduleHandle, "delete", lambda _: asyncio.sleep(0))
        async with previewed(temporal.client, daily) as left:
            pass
    await until_listed(temporal.client, left)
    async with previewed(temporal.client, daily):
        assert await is_there(temporal.client, left)
    monkeypatch.setattr(preview, "_LONGEST", timedelta(seconds=-1))
    async with previewed(temporal.client, daily) as present:
        assert await is_there(temporal.client, present)
    assert not await is_there(temporal.client, left)


async def is_there(client: Client, schedule_id: str) -> bool:
    """Whether a schedule exists."""
    return await read_schedule(client, schedule_id) is not None


async def until_listed(client: Client, schedule_id: str) -> None:
    """Wait until Temporal lists a schedule, which comes after its creation."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while schedule_id not in {listed.id async for listed in await client.list_schedules()}:  # noqa: ASYNC110 — Temporal has no event for it
            await asyncio.sleep(0.1)
