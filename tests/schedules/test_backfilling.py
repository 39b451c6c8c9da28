"""Past times started: those that are missing, on the real server."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.testing import WorkflowEnvironment

from contract.names import SCHEDULED_TIME_ATTRIBUTE
from tests.schedules.stub_runs import Schedules, hours_ago
from worker.schedules.definition import Overlap
from worker.schedules.errors import ScheduleError


@pytest.fixture
async def schedules(temporal: WorkflowEnvironment) -> Schedules:
    """Schedules of a test."""
    return Schedules(temporal.client)


def nominal(hours: int) -> list[datetime]:
    """The last full hours, the earliest first."""
    return [hours_ago(back) for back in range(hours, 0, -1)]


async def test_only_missing_times_are_started(schedules: Schedules) -> None:
    """Succeeded, open and cancelled runs are there; failed and terminated ones are repeated, under their own time."""
    await schedules.apply("@hourly", paused=True)
    wanted = nominal(5)
    async with schedules.worker(waiting={time.day for time in wanted}):
        first = await schedules.backfill(wanted[0], wanted[-1], overlap=Overlap.ALLOW_ALL)
        assert (first.asked, first.there, first.started) == (wanted, [], 5)
        runs = await schedules.runs()
        assert [run.typed_search_attributes[SCHEDULED_TIME_ATTRIBUTE] for run in runs] == wanted
        handles = [schedules.client.get_workflow_handle(run.id) for run in runs]
        await handles[0].terminate()
        await handles[1].cancel()
        for handle in handles[:2]:
            with pytest.raises(Exception, match="Workflow execution failed"):
                await handle.result()
        second = await schedules.backfill(wanted[0], wanted[-1], overlap=Overlap.ALLOW_ALL)
        assert (second.asked, second.there, second.started) == (wanted[:1], wanted[1:], 1)
        for handle in handles:
            await handle.terminate() if handle is not handles[1] else None
    async with schedules.worker():
        third = await schedules.backfill(wanted[0], wanted[-1], overlap=Overlap.ALLOW_ALL)
        assert (len(third.asked), third.there) == (4, [wanted[1]])
        fourth = await schedules.backfill(wanted[0], wanted[-1], all_times=True, overlap=Overlap.ALLOW_ALL)
        assert (fourth.asked, fourth.started) == (wanted, 5)


async def test_buffered_starts_are_not_taken_for_missing(schedules: Schedules) -> None:
    """Temporal does not say which times wait: refused, whatever else is there. `--all` and a dry run are answers."""
    await schedules.apply("@hourly", paused=True)
    wanted = nominal(3)
    async with schedules.worker(waiting={time.day for time in wanted}):
        first = await schedules.backfill(wanted[0], wanted[-1])
        assert (len(first.asked), first.started) == (3, 1)
        with pytest.raises(ScheduleError, match="Buffered starts: 2, and Temporal does not say for which times"):
            await schedules.backfill(wanted[0], wanted[-1])
        assert len((await schedules.backfill(wanted[0], wanted[-1], all_times=True, dry_run=True)).asked) == 3


async def test_a_jitter_hits_each_time_once(schedules: Schedules) -> None:
    """The time of the start is not the nominal time, which the run has."""
    await schedules.apply("@hourly", paused=True, jitter="30m")
    wanted = nominal(4)
    async with schedules.worker():
        first = await schedules.backfill(wanted[0], wanted[-1], overlap=Overlap.ALLOW_ALL)
        assert (first.asked, first.started) == (wanted, 4)
        assert (await schedules.backfill(wanted[0], wanted[-1])).there == wanted
    runs = await schedules.runs()
    assert [run.typed_search_attributes[SCHEDULED_TIME_ATTRIBUTE] for run in runs] == wanted


async def test_what_cannot_be_done_right_is_refused(schedules: Schedules) -> None:
    """Overlaps that drop starts, times that nothing is known of, too many times, and the future."""
    await schedules.apply("rate(1 minute)", start="2026-01-01T00:00:00", paused=True)
    now = datetime.now(UTC)
    for overlap in (Overlap.SKIP, Overlap.BUFFER_ONE, Overlap.CANCEL_OTHER):
        with pytest.raises(ScheduleError, match=f"--overlap {overlap} would start one of . times and drop the others"):
            await schedules.backfill(now - timedelta(minutes=3), now, overlap=overlap)
    with pytest.raises(ScheduleError, match=r"keeps closed runs since .* \d of the \d, from .* --all"):
        await schedules.backfill(now - timedelta(days=3, minutes=5), now - timedelta(days=3))
    assert (
        await schedules.backfill(
            now - timedelta(days=3, minutes=5), now - timedelta(days=3), all_times=True, dry_run=True
        )
    ).asked
    with pytest.raises(ScheduleError, match="1000 times or more"):
        await schedules.backfill(now - timedelta(hours=20), now)
    with pytest.raises(ScheduleError, match="must not be later than now"):
        await schedules.backfill(now, now + timedelta(hours=1))
    with pytest.raises(ScheduleError, match="must not be earlier than --from"):
        await schedules.backfill(now, now - timedelta(hours=1))
    assert (await schedules.backfill(now, now)).asked == []
