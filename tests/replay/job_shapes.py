"""The courses that a job run can take, each played on a real server so that its history can be recorded."""

from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobRun, JobStage, task_state, unique_name
from tests.standin.definitions import JsonObject
from tests.workflows.stage import Run, Stage

LONG = 100_000.0
FAILED: JsonObject = {"outcome": "Failed", "failure_reason": "CapacityError: Unable to provision requested capacity"}
ON_CAPACITY: JsonObject = {"ErrorEquals": ["SageMaker.CapacityError"], "IntervalSeconds": 1, "MaxAttempts": 1}
CATCH_ALL: JsonObject = {"ErrorEquals": ["States.ALL"], "Next": "Failed"}


async def job_success(stage: Stage) -> Run:
    """Created, watched through its secondary statuses, succeeded."""
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=300)
    run = await jobs.run(JobKind.TRAINING, name, outputs={"model": "job.ModelArtifacts.S3ModelArtifacts"})
    assert (await run.result()).status is RunStatus.SUCCESS
    return _run(run)


async def job_failure(stage: Stage) -> Run:
    """Created, watched, failed."""
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRANSFORM, name, seconds=60, **FAILED)
    run = await jobs.run(JobKind.TRANSFORM, name)
    assert (await run.failure()).type == "JobFailed"
    return _run(run)


async def job_retry_and_catch(stage: Stage) -> Run:
    """Failed twice, with another job in between, and ended in its catcher."""
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60, **FAILED)
    run = await jobs.run(JobKind.TRAINING, name, retry=[ON_CAPACITY], catch=[CATCH_ALL])
    document = await run.result()
    assert len(document.attempts) == 2
    assert document.caught is not None
    return _run(run)


async def job_refused_and_caught(stage: Stage) -> Run:
    """AWS refused the create for good, which a catcher took."""
    jobs, name = JobStage(stage), unique_name()
    stage.standin.fault("CreateTrainingJob", "error", code="ValidationException", message="no", name_prefix=name)
    run = await jobs.run(JobKind.TRAINING, name, catch=[CATCH_ALL])
    assert (await run.result()).caught is not None
    return _run(run)


async def job_cancel(stage: Stage) -> Run:
    """Stopped by the signal while running."""
    run = await _running(stage)
    await run.cancel_by_signal({"reason": "wrong data"})
    assert (await run.result()).status is RunStatus.CANCELLED
    return _run(run)


async def job_native_cancel(stage: Stage) -> Run:
    """Stopped by Temporal's own cancel while running."""
    run = await _running(stage)
    await run.handle.cancel()
    assert (await run.closes_as_cancelled()).status is RunStatus.CANCELLED
    return _run(run)


async def job_attempt_timeout(stage: Stage) -> Run:
    """Stopped because the attempt's time was over, and so was the job of the next attempt."""
    rule = {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 1, "MaxAttempts": 1}
    run = await _running(stage, attempt_timeout=1, retry=[rule])
    failure = await run.failure()
    assert failure.type == "JobAttemptTimedOut"
    assert len(failure.details[0]["attempts"]) == 2
    return _run(run)


async def job_quota_exhausted(stage: Stage) -> Run:
    """Refused for a quota until its retrier was used up."""
    jobs, name = JobStage(stage), unique_name()
    stage.standin.fault("CreateTrainingJob", "quota", limit=3, name_prefix=name)
    rule = {"ErrorEquals": ["SageMaker.ResourceLimitExceededException"], "IntervalSeconds": 1, "MaxAttempts": 1}
    run = await jobs.run(JobKind.TRAINING, name, retry=[rule])
    assert (await run.failure()).type == "QuotaExhausted"
    return _run(run)


async def job_refused_task_state(stage: Stage) -> Run:
    """A Task state with a path, refused before anything was asked of AWS."""
    run = await JobStage(stage).start(task_state("processing"))
    assert (await run.failure()).type == "InvalidInput"
    return _run(run)


async def continued_job(stage: Stage) -> Run:
    """Failed, and retried with another job, in runs that are continued as new."""
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60, **FAILED)
    run = await jobs.run(JobKind.TRAINING, name, retry=[ON_CAPACITY])
    assert len((await run.failure()).details[0]["attempts"]) == 2
    return _run(run)


async def _running(stage: Stage, **fields: object) -> JobRun:
    jobs, name = JobStage(stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    run = await jobs.run(JobKind.TRAINING, name, **fields)
    await run.reaches_phase(Phase.RUNNING)
    return run


def _run(run: JobRun) -> Run:
    return Run(run.handle)  # type: ignore[arg-type]
