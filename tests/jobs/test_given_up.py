"""Watches that give up while the job may run on, and outputs that are missing: no second job is started beside it."""

import pytest

from contract.job_kinds import JobKind
from contract.run import RunStatus
from tests.jobs.job_stage import JobStage, unique_name
from tests.patience import wait_out_for

RETRY = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 5, "BackoffRate": 1}]


async def test_no_job_is_started_beside_one_that_may_run_on(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A catcher may take the failure; a retrier would pay for two jobs."""
    wait_out_for(monkeypatch, seconds=0.2)
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=100_000)
    fault = jobs.standin.fault("DescribeTrainingJob", "access_denied", name_prefix=name)
    failure = await (await jobs.run(JobKind.TRAINING, name, retry=RETRY)).failure()
    caught = await (
        await jobs.run(
            JobKind.TRAINING, name, retry=RETRY, catch=[{"ErrorEquals": ["States.Permissions"], "Next": "Ask"}]
        )
    ).result()
    jobs.standin.control("DELETE", f"/faults/{fault}")
    assert failure.type == "AccessDenied"
    assert 'follow it with "job_arn"' in failure.message
    assert caught.status is RunStatus.FAILED
    assert caught.caught is not None
    assert caught.caught.next == "Ask"
    assert len(jobs.jobs(JobKind.TRAINING, name)) == 2


async def test_a_missing_output_is_not_retried(jobs: JobStage) -> None:
    """Another job would not have it either."""
    name = unique_name()
    outputs = {"model": {"expression": "job.Nothing", "required": True}}
    failure = await (await jobs.run(JobKind.TRAINING, name, retry=RETRY, outputs=outputs)).failure()
    assert failure.type == "OutputMissing"
    assert len(jobs.jobs(JobKind.TRAINING, name)) == 1


async def test_a_catcher_changes_nothing_for_other_failures(jobs: JobStage) -> None:
    """A policy in Polysync's words retries jobs that failed; a refused create fails the run, catchers or not."""
    name = unique_name()
    jobs.standin.fault("CreateTrainingJob", "error", code="ValidationException", message="no", name_prefix=name)
    run = await jobs.run(
        JobKind.TRAINING,
        name,
        retry={"max_attempts": 3, "initial_delay": 0},
        catch=[{"ErrorEquals": ["States.Timeout"], "Next": "Ask"}],
        on_failure="wait",
    )
    failure = await run.failure()
    assert failure.type == "InvalidInput"
    assert failure.details[0]["attempts"] == []


async def test_a_cost_that_may_not_be_read_is_a_missing_permission(jobs: JobStage) -> None:
    """Not a fault of the worker."""
    name = unique_name()
    jobs.standin.fault("ListTrainingJobsForHyperParameterTuningJob", "access_denied")
    document = await (await jobs.run(JobKind.TUNING, name)).result()
    assert document.billable_seconds is None
    (note,) = [note for note in document.notes if "cost" in note]
    assert "sagemaker:ListTrainingJobsForHyperParameterTuningJob" in note
    assert "fault of the worker" not in note


async def test_tags_of_platform_run_and_request_are_counted_together(jobs: JobStage) -> None:
    """AWS takes 50 of them; nothing is sent."""
    name = unique_name()
    tags = [{"Key": f"request{number}", "Value": "x"} for number in range(30)]
    run = await jobs.run(
        JobKind.TRAINING, name, request={"Tags": tags}, tags={f"run{number}": "x" for number in range(30)}
    )
    failure = await run.failure()
    assert failure.type == "InvalidInput"
    assert "request.Tags: has 60 items, AWS takes 0 to 50" in failure.message
    assert jobs.jobs(JobKind.TRAINING, name) == []
