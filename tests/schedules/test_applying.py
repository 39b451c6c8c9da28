"""Schedules created, updated in place and pruned on the real server."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleCalendarSpec,
    ScheduleHandle,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
    WorkflowExecutionStatus,
    WorkflowFailureError,
)
from temporalio.common import RawValue
from temporalio.testing import WorkflowEnvironment

from contract.names import WorkflowType
from tests.schedules.stub_runs import Schedules, hours_ago
from tests.waits import PATIENCE_SECONDS
from worker.schedules.applying import Outcome, prune
from worker.schedules.differences import Change
from worker.schedules.errors import ScheduleError
from worker.schedules.stored import read_schedule
from worker.schedules.viewing import list_schedules, view_schedule
from worker.temporal_checks import SCHEDULES, check_temporal


@pytest.fixture
async def schedules(temporal: WorkflowEnvironment) -> Schedules:
    """Schedules of a test."""
    return Schedules(temporal.client)


async def test_applying_twice_is_one_schedule(schedules: Schedules) -> None:
    """The second apply changes nothing, and has the same times."""
    options: dict[str, Any] = {
        "time_zone": "Europe/Berlin",
        "input": {"parameters": {"Day": "{scheduled_time:%Y-%m-%d}"}},
    }
    first = await schedules.apply("cron(0 2 ? * 6L *)", **options)
    assert (first.outcome, first.changes, len(first.next)) == (Outcome.CREATED, [], 5)
    second = await schedules.apply("cron(0 2 ? * 6L *)", **options)
    assert (second.outcome, second.changes, second.next) == (Outcome.UNCHANGED, [], first.next)
    stored = await schedules.stored()
    assert stored.when == ["cron(0 2 ? * 6L *)"]
    assert stored.run_input == {
        "pipeline_name": "quick-check",
        "templates": True,
        "time_zone": "Europe/Berlin",
        "parameters": {"Day": "{scheduled_time:%Y-%m-%d}"},
    }


async def test_an_update_changes_only_what_differs(schedules: Schedules) -> None:
    """The pause and its note stay; no value of the input is in the difference."""
    await schedules.apply("@daily", input={"parameters": {"Secret": "one", "Same": "x"}})
    handle = schedules.client.get_schedule_handle(schedules.name)
    await handle.pause(note="migration")
    dry = await schedules.apply(
        "@hourly", overlap="buffer-all", input={"parameters": {"Secret": "two", "Same": "x"}}, dry_run=True
    )
    assert (await schedules.stored()).when == ["@daily"]
    applied = await schedules.apply(
        "@hourly", overlap="buffer-all", input={"parameters": {"Secret": "two", "Same": "x"}}
    )
    assert (
        applied.changes
        == dry.changes
        == [
            Change(field="when", before="@daily", after="@hourly"),
            Change(field="overlap", before="skip", after="buffer-all"),
            Change(field="input.parameters.Secret", before="…", after="…"),
        ]
    )
    assert [each.time for each in applied.next] == [each.time for each in dry.next]
    stored = await schedules.stored()
    schedule = stored.description.schedule
    assert (schedule.state.paused, schedule.state.note, stored.when) == (True, "migration", ["@hourly"])
    assert schedule.policy.overlap is ScheduleOverlapPolicy.BUFFER_ALL
    assert "The schedule is paused: nothing fires until it is resumed." in applied.notes
    resumed = await schedules.apply(
        "@hourly", overlap="buffer-all", input={"parameters": {"Secret": "two", "Same": "x"}}, paused=False
    )
    assert resumed.changes == [Change(field="paused", before="true", after="false")]


async def test_the_phase_of_a_rate_is_kept(schedules: Schedules) -> None:
    """Another apply, at another time, moves nothing."""
    await schedules.apply("rate(7 hours)")
    before = (await schedules.stored()).spec.intervals
    applied = await schedules.apply("rate(7 hours)", catch_up="2h")
    assert [change.field for change in applied.changes] == ["catch_up"]
    assert (await schedules.stored()).spec.intervals == before
    offset = before[0].offset
    assert offset is not None
    first = applied.next[0].time.timestamp()
    assert first % timedelta(hours=7).total_seconds() == offset.total_seconds()
    assert applied.next[0].time - datetime.now(UTC) > timedelta(hours=6, minutes=59)


async def test_a_single_time(schedules: Schedules) -> None:
    """One action; a time that has passed creates nothing and changes nothing."""
    past = await schedules.apply("at(2020-01-01T00:00:00)")
    assert (past.outcome, await read_schedule(schedules.client, schedules.name)) == (Outcome.FINISHED, None)
    applied = await schedules.apply("at(2099-12-24T18:00:00)", time_zone="Asia/Tokyo")
    assert [each.time for each in applied.next] == [datetime(2099, 12, 24, 9, tzinfo=UTC)]
    state = (await schedules.stored()).description.schedule.state
    assert (state.limited_actions, state.remaining_actions) == (True, 1)
    gone = await schedules.apply("at(2020-01-01T00:00:00)")
    assert (gone.outcome, gone.next) == (Outcome.UPDATED, [])
    assert "No times are left: nothing will fire." in gone.notes


async def until_listed(client: Client, *names: str) -> None:
    """Wait until schedules are in Temporal's list, which comes after their creation."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            if set(names) <= {each.name for each in await list_schedules(client, datetime.now(UTC))}:
                return
            await asyncio.sleep(0.1)


async def test_a_file_prunes_only_what_its_owner_made(temporal: WorkflowEnvironment) -> None:
    """Not those of another owner, nor those without one; an apply of another owner is refused."""
    kept, left, foreign = (Schedules(temporal.client) for _ in range(3))
    for each in (kept, left):
        await each.apply("@daily", owner="team-a")
    await foreign.apply("@daily", owner="team-b")
    with pytest.raises(ScheduleError, match="belongs to the owner 'team-b', and this file to 'team-a'"):
        await foreign.apply("@hourly", owner="team-a")
    assert (await foreign.apply("@hourly")).outcome is Outcome.UPDATED
    assert (await foreign.stored()).owner == "team-b"
    await until_listed(temporal.client, kept.name, left.name, foreign.name)
    assert {each.name for each in await prune(temporal.client, "team-a", {kept.name}, dry_run=True)} == {left.name}
    assert {each.name for each in await prune(temporal.client, "team-a", {kept.name}, dry_run=False)} == {left.name}
    assert await read_schedule(temporal.client, left.name) is None
    assert (await kept.stored()).owner == "team-a"


async def test_a_schedule_of_another_client_is_shown_and_taken_over(schedules: Schedules) -> None:
    """Its expressions are described from its times; the difference says what the apply did."""
    action = ScheduleActionStartWorkflow(
        WorkflowType.PIPELINE_RUN, {"PipelineName": "quick-check"}, id="theirs", task_queue=schedules.queue
    )
    spec = ScheduleSpec(
        intervals=[ScheduleIntervalSpec(timedelta(hours=2), timedelta(minutes=5))], cron_expressions=["0 2 * * *"]
    )
    await schedules.client.create_schedule(schedules.name, Schedule(action=action, spec=spec))
    await until_listed(schedules.client, schedules.name)
    view = await view_schedule(schedules.client, await schedules.stored(), datetime.now(UTC))
    assert (view.what, view.overlap, view.catch_up) == ("quick-check", "skip", "365d")
    assert view.when == ["calendar(minute 0, hour 2)", "every 2h, 5m after"]
    applied = await schedules.apply("@daily")
    assert [change.field for change in applied.changes] == ["when", "catch_up", "input.templates"]


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (
            [RawValue(Payload(metadata={"encoding": b"binary/theirs"}, data=b"x"))],
            "The input of its runs is not a JSON object",
        ),
        ([{"PipelineName": "quick-check"}, 2], "Its action has 2 arguments: a run takes one, its input"),
    ],
    ids=["unknown encoding", "two arguments"],
)
async def test_a_schedule_that_cannot_be_read_is_shown_and_replaced(
    schedules: Schedules, arguments: list[Any], why: str
) -> None:
    """With the reason, in place of an error; a comment of another client is no expression."""
    action = ScheduleActionStartWorkflow(
        WorkflowType.PIPELINE_RUN, args=arguments, id="theirs", task_queue=schedules.queue
    )
    spec = ScheduleSpec(calendars=[ScheduleCalendarSpec(hour=[ScheduleRange(2)], comment="when the data is there")])
    await schedules.client.create_schedule(schedules.name, Schedule(action=action, spec=spec))
    await until_listed(schedules.client, schedules.name)
    view = await view_schedule(schedules.client, await schedules.stored(), datetime.now(UTC))
    assert (view.unreadable, view.what, view.when) == (why, None, ["calendar(minute 0, hour 2)"])
    assert [check.ok for check in await check_temporal(schedules.client) if check.name == SCHEDULES] == [False]
    await schedules.apply("@daily")
    assert (await schedules.stored()).unreadable is None


async def test_times_that_another_client_changed_are_described_and_mended(schedules: Schedules) -> None:
    """The expressions of the last apply are no longer what the schedule has."""
    await schedules.apply(["@daily", "rate(7 hours)"])
    assert (await schedules.stored()).when == ["@daily", "rate(7 hours)"]

    def changed(given: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule = given.description.schedule
        schedule.spec = ScheduleSpec(cron_expressions=["0 5 * * *"], intervals=schedule.spec.intervals)
        return ScheduleUpdate(schedule)

    await schedules.client.get_schedule_handle(schedules.name).update(changed)
    assert (await schedules.stored()).when[0] == "calendar(minute 0, hour 5)"
    applied = await schedules.apply(["@daily", "rate(7 hours)"])
    assert (applied.outcome, applied.changes[0].after) == (Outcome.UPDATED, "@daily, rate(7 hours)")


async def test_a_delete_leaves_runs_open(schedules: Schedules) -> None:
    """And drops what is buffered, as the command says."""
    await schedules.apply("@hourly", overlap="buffer-all")
    handle = schedules.client.get_schedule_handle(schedules.name)
    await schedules.backfill(hours_ago(3), hours_ago(1))
    stored = await schedules.stored()
    assert stored.buffered == 2
    (run,) = stored.description.info.running_actions
    await handle.delete()
    open_run = await schedules.client.get_workflow_handle(getattr(run, "workflow_id")).describe()  # noqa: B009 — the base class has none
    assert open_run.status is WorkflowExecutionStatus.RUNNING
    await schedules.client.get_workflow_handle(open_run.id).terminate()


async def test_a_repeated_time_is_shown_as_both_runs(schedules: Schedules, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both have one workflow id: the first one failed, and its backfill, which Temporal takes up late, completed."""
    await schedules.apply("@hourly", paused=True)
    hour = hours_ago(1)
    async with schedules.worker(failing={hour.day}):
        assert (await schedules.backfill(hour, hour)).started == 1
        (run,) = await schedules.runs()
        with pytest.raises(WorkflowFailureError):
            await schedules.client.get_workflow_handle(run.id).result()
    backfill, taken_up = ScheduleHandle.backfill, list[asyncio.Task[None]]()

    async def late(handle: ScheduleHandle, *ranges: Any) -> None:
        async def later() -> None:
            await asyncio.sleep(1)
            await backfill(handle, *ranges)

        taken_up.append(asyncio.create_task(later()))

    monkeypatch.setattr(ScheduleHandle, "backfill", late)
    async with schedules.worker():
        assert (await schedules.backfill(hour, hour)).started == 1
        assert (await schedules.client.get_workflow_handle(run.id).describe()).run_id != run.run_id
        await schedules.client.get_workflow_handle(run.id).result()
    shown: list[tuple[str, str]] = []
    async with asyncio.timeout(PATIENCE_SECONDS):
        # The server lists a start some time after its run has begun.
        while shown != [(run.id, "Completed"), (run.id, "Failed")]:
            view = await view_schedule(schedules.client, await schedules.stored(), datetime.now(UTC))
            shown = [(start.workflow_id, start.status) for start in view.last]
            await asyncio.sleep(0.1)


async def test_what_starts_something_else_is_left_alone(schedules: Schedules) -> None:
    """An apply does not take over a schedule of another kind of workflow."""
    action = ScheduleActionStartWorkflow("Other", id="theirs", task_queue=schedules.queue)
    await schedules.client.create_schedule(schedules.name, Schedule(action=action, spec=ScheduleSpec()))
    with pytest.raises(ScheduleError, match="starts Other, not SageMakerJobRun or SageMakerPipelineRun"):
        await schedules.apply("@daily")
    assert schedules.name not in [each.name for each in await list_schedules(schedules.client, datetime.now(UTC))]


async def test_a_pause_drops_buffered_starts_but_not_those_of_a_backfill(schedules: Schedules) -> None:
    """As the command and the documentation say of Temporal."""
    await schedules.apply("every 1s", overlap="buffer-all")
    await schedules.buffers(2)
    handle = schedules.client.get_schedule_handle(schedules.name)
    await handle.pause()
    await schedules.end_the_open_run()
    await schedules.buffers(0)
    await schedules.apply("@hourly", overlap="buffer-all", paused=True)
    await schedules.backfill(hours_ago(3), hours_ago(1))
    assert (await schedules.stored()).buffered == 2
    await schedules.end_the_open_run()
    await schedules.buffers(1)
    await handle.delete()
