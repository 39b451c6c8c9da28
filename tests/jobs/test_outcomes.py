"""How job runs end, for every kind of job."""

import pytest

from contract.job_document import JobRunDocument
from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobStage, unique_name

LONG = 100_000.0


@pytest.mark.parametrize("kind", JobKind)
async def test_a_job_of_each_kind_comes_to_its_end(jobs: JobStage, kind: JobKind) -> None:
    """Started once, under a name of its own, followed to its end."""
    name = unique_name()
    jobs.script(kind, name, seconds=300)
    document = await (await jobs.run(kind, name)).result()
    (job,) = jobs.jobs(kind, name)
    assert (document.status, document.phase) == (RunStatus.SUCCESS, Phase.CLOSED)
    assert document.job is not None
    assert (document.job.kind, document.job.name, document.run_id) == (kind, job["name"], job["arn"])
    assert job["creates_accepted"] == 1
    assert job["name"].startswith(f"{name}-")
    assert document.started_at is not None
    assert document.ended_at is not None


@pytest.mark.parametrize("kind", JobKind)
async def test_a_failed_job_of_each_kind_fails_its_run(jobs: JobStage, kind: JobKind) -> None:
    """With AWS's reason and the run document."""
    name = unique_name()
    jobs.script(kind, name, seconds=300, outcome="Failed", failure_reason="ClientError: no data at s3://bucket/x")
    failure = await (await jobs.run(kind, name)).failure()
    assert failure.type == "JobFailed"
    assert "no data at s3://bucket/x" in failure.message
    document = JobRunDocument.model_validate(failure.details[0])
    assert document.status is RunStatus.FAILED
    assert document.error is not None
    assert document.error.name == "SageMaker.ClientError"


@pytest.mark.parametrize("kind", JobKind)
async def test_a_cancelled_run_stops_its_job(jobs: JobStage, kind: JobKind) -> None:
    """Once, and the run ends when the job has ended."""
    name = unique_name()
    jobs.script(kind, name, seconds=LONG)
    run = await jobs.run(kind, name)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal({"reason": "wrong data"})
    document = await run.closes_as_cancelled()
    (job,) = jobs.jobs(kind, name)
    assert document.status is RunStatus.CANCELLED
    assert job["status"].casefold() == "stopped"
    assert job["stops_accepted"] == 1
