"""Runs that a schedule of Temporal's real server starts: their nominal time stands in for the templates."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.client import (
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleBackfill,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    ScheduleSpec,
    ScheduleState,
)

from contract.job_document import JobRunDocument
from contract.job_kinds import JobKind
from contract.names import WorkflowType
from contract.pipeline_document import PipelineRunDocument
from contract.run import RunStatus
from tests.jobs.job_stage import JobRun, JobStage, sample, unique_name
from tests.standin.definitions import job, parameter
from tests.workflows.stage import Run, Stage, until

NOMINAL = datetime(2026, 7, 4, 22, 30, tzinfo=UTC)
TEMPLATES: dict[str, Any] = {"templates": True, "time_zone": "Europe/Berlin"}


@asynccontextmanager
async def scheduled(stage: Stage, workflow_type: WorkflowType, run_input: dict[str, Any]) -> AsyncIterator[str]:
    """Make a schedule as any client would, and let it start the run of a nominal time in the past; its name."""
    name = f"nightly-{uuid.uuid4().hex[:8]}"
    action = ScheduleActionStartWorkflow(workflow_type, args=[run_input], id=name, task_queue=stage.task_queue)
    handle = await stage.client.create_schedule(
        name,
        Schedule(
            action=action,
            spec=ScheduleSpec(intervals=[ScheduleIntervalSpec(every=timedelta(days=1), offset=timedelta(hours=22.5))]),
            state=ScheduleState(paused=True),
        ),
    )
    try:
        at = ScheduleBackfill(NOMINAL, NOMINAL + timedelta(seconds=1), overlap=ScheduleOverlapPolicy.ALLOW_ALL)
        await handle.backfill(at)
        yield name
    finally:
        await handle.delete()


def workflow_id(schedule: str) -> str:
    """The id that the server gives to the run of the nominal time."""
    return f"{schedule}-2026-07-04T22:30:00Z"


def run_of(stage: Stage, schedule: str) -> Run:
    """The run of the nominal time."""
    return Run(stage.client.get_workflow_handle(workflow_id(schedule), result_type=PipelineRunDocument))


async def started(stage: Stage, pipeline: str) -> dict[str, Any]:
    """The parameters of the one execution of a pipeline."""
    await until(lambda: stage.standin.executions(pipeline))
    found: dict[str, Any] = stage.the_execution(pipeline)["parameters"]
    return found


async def test_a_schedule_starts_a_run_with_the_date_of_its_nominal_time(stage: Stage) -> None:
    """Not with that of the start; also after a reset, which finds the same execution under the same request."""
    pipeline = stage.standin.create([job("Train", seconds=3000)], [parameter("Date"), parameter("By")])
    parameters = {"Date": "{scheduled_time:%Y-%m-%d %H:%M}", "By": "{schedule}"}
    run_input = {"pipeline_name": pipeline, "parameters": parameters, "display_name": "d-{scheduled_time:%j}"}
    async with scheduled(stage, WorkflowType.PIPELINE_RUN, run_input | TEMPLATES) as name:
        assert await started(stage, pipeline) == {"Date": "2026-07-05 00:30", "By": name}
        run = await stage.reset_to_first_task(run_of(stage, name))
        document = await run.result()
        assert (document.status, document.scheduled_time, document.schedule) == (RunStatus.SUCCESS, NOMINAL, name)
        described = stage.standin.client.describe_pipeline_execution(PipelineExecutionArn=document.run_id or "")
        assert described["PipelineExecutionDisplayName"] == "d-186"
        assert stage.the_execution(pipeline)["starts_accepted"] > 1


async def test_each_attempt_of_a_scheduled_job_has_the_date_of_the_nominal_time(jobs: JobStage) -> None:
    """The start activity fills in the request, which stands in the run's input event alone."""
    beginning = unique_name()
    request = sample(JobKind.TRAINING, f"{beginning}-{{scheduled_time:%Y%m%d}}")
    request["OutputDataConfig"] = {"S3OutputPath": "s3://out/{scheduled_time+1d:%d}/{schedule}"}
    jobs.script(JobKind.TRAINING, beginning, outcome="Failed", failure_reason="AlgorithmError: 1")
    run_input = {"job": JobKind.TRAINING, "request": request, "retry": {"max_attempts": 2, "initial_delay": 0}}
    async with scheduled(jobs.stage, WorkflowType.JOB_RUN, run_input | TEMPLATES) as name:
        await until(lambda: jobs.jobs(JobKind.TRAINING, f"{beginning}-20260705-"))
        failure = await JobRun(jobs.stage.client.get_workflow_handle(workflow_id(name))).failure()
        document = JobRunDocument.model_validate(failure.details[0])
        names = [job["name"] for job in jobs.jobs(JobKind.TRAINING, f"{beginning}-20260705-")]
        paths = [jobs.standin.client.describe_training_job(TrainingJobName=name)["OutputDataConfig"] for name in names]
        assert [path["S3OutputPath"] for path in paths] == [f"s3://out/06/{name}"] * 2
        assert (document.scheduled_time, document.schedule) == (NOMINAL, name)


async def test_a_run_by_hand_needs_the_time_in_its_input(stage: Stage) -> None:
    """Never the present time, which would be wrong for a repetition."""
    pipeline = stage.standin.create([job("Train")], [parameter("Date")])
    fields = {"parameters": {"Date": "{scheduled_time:%Y-%m-%d}"}, "templates": True}
    failure, result = await asyncio.gather(
        (await stage.run(pipeline, **fields)).failure(),
        (await stage.run(pipeline, **fields, scheduled_time="2026-07-04T22:30:00Z")).result(),
    )
    assert failure.type == "InvalidInput"
    assert "parameters.Date: {scheduled_time} has no value" in failure.message
    assert "give `scheduled_time` in the input" in failure.message
    assert (result.scheduled_time, result.schedule) == (NOMINAL, None)
    assert await started(stage, pipeline) == {"Date": "2026-07-04"}


@pytest.fixture
def jobs(stage: Stage) -> JobStage:
    """Job runs, with a worker."""
    return JobStage(stage)
