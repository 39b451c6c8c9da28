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
