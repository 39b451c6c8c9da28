"""A week of a schedule, while its server, its worker and its version change."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.client import WorkflowHandle

from contract.any_document import AnyRunDocument
from contract.pipeline_document import PipelineRunDocument
from contract.run import RunStatus
from tests.faults.installation import Installation, until
from tests.long import only_when_long
from worker.cli.run_reading import RESULT_TYPE
from worker.schedules.applying import Applying
from worker.schedules.backfilling import Backfilling, Wanted
from worker.schedules.definition import Overlap, read_definition
from worker.schedules.stored import StoredSchedule, read_schedule

NIGHTS = 7


class Week:
    """Seven nights of a schedule, one after the other as a backfill that Temporal buffers."""

    def __init__(self, installation: Installation, task_queue: str) -> None:
        self.installation = installation
        self.pipeline = installation.pipeline(seconds=300)
        last = datetime.now(UTC).replace(hour=2, minute=0, second=0, microsecond=0) - timedelta(days=1)
        self.nights = [last - timedelta(days=back) for back in range(NIGHTS - 1, -1, -1)]
        self.definition = read_definition(
            {
                "name": f"week-{self.pipeline}",
                "when": "cron(0 2 * * ? *)",
                "pipeline": self.pipeline,
                "task_queue": task_queue,
                "input": {"parameters": {"Note": "{scheduled_time:%Y-%m-%d} {schedule}"}},
            }
        )

    async def begin(self) -> None:
        """Apply the schedule, and ask for its seven nights."""
        client, now = self.installation.client, datetime.now(UTC)
        await Applying(client, now, owner=None, dry_run=False).apply(self.definition)
        stored = await read_schedule(client, self.definition.name)
        assert stored is not None
        # The embedded server keeps closed runs for a day, so that nothing could say which nights are missing.
        wanted = Wanted(self.nights[0], self.nights[-1], True, Overlap.BUFFER_ALL, False)  # noqa: FBT003 — a record
        done = await Backfilling(client, stored, now).run(wanted)
        assert done.asked == self.nights

    def started(self) -> int:
        """How many executions there are by now."""
        return len(self.installation.standin.executions(self.pipeline))

    async def reaches(self, executions: int) -> None:
        """Wait until so many nights have an execution."""
        await until(lambda: self.started() >= executions, seconds=120)

    async def stored(self) -> StoredSchedule:
        """The schedule."""
        found = await read_schedule(self.installation.client, self.definition.name)
        assert found is not None
        return found


@only_when_long
async def test_each_night_of_a_week_has_one_execution_with_its_date(tmp_path: Path) -> None:
    """Through a killed server, a killed worker, and an upgrade of the worker."""
    installation = Installation(tmp_path)
    try:
        await installation.open()
        async with installation.crew() as crew:
            week = Week(installation, crew.task_queue)
            await week.begin()
            await week.reaches(2)
            installation.stack.temporal.kill()
            await installation.launch(installation.stack.temporal)
            await week.reaches(4)
            crew.workers[0].kill()
            await crew.hire()
            await week.reaches(5)
            # An upgrade as a rolling deployment does it: the new worker first, then SIGTERM for the old one.
            await crew.hire()
            crew.workers[1].stop()
            await week.reaches(NIGHTS)
            await _assert_one_run_for_each_night(week)
    finally:
        installation.close()


async def _assert_one_run_for_each_night(week: Week) -> None:
    client, name = week.installation.client, week.definition.name
    for night in week.nights:
        handle: WorkflowHandle[object, AnyRunDocument] = client.get_workflow_handle(
            f"{name}-{night:%Y-%m-%dT%H:%M:%SZ}", result_type=RESULT_TYPE
        )
        document = await handle.result()
        assert isinstance(document, PipelineRunDocument)
        assert (document.status, document.scheduled_time, document.schedule) == (RunStatus.SUCCESS, night, name)
    notes = sorted(found["parameters"]["Note"] for found in week.installation.standin.executions(week.pipeline))
    assert notes == [f"{night:%Y-%m-%d} {name}" for night in week.nights]
