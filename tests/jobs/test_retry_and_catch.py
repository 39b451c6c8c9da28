"""Retry and Catch lists of Step Functions, through a worker."""

import asyncio

from contract.job_document import JobRunDocument
from contract.job_kinds import JobKind
from contract.names import GIVE_UP_UPDATE, RETRY_UPDATE
from contract.retry import Decision
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobStage, sample, unique_name
from tests.standin.definitions import JsonObject
from tests.workflows.stage import Stage

CREATE = "CreateTrainingJob"
LONG = 100_000.0
CAPACITY = "CapacityError: Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
ALGORITHM = "AlgorithmError: Exception during training, exit code: 1"


def on(*errors: str, attempts: int = 2, **more: object) -> JsonObject:
    """An entry of a Retry list."""
    return {"ErrorEquals": list(errors), "IntervalSeconds": 1, "BackoffRate": 1, "MaxAttempts": attempts, **more}


def to(next_state: str, *errors: str) -> JsonObject:
    """An entry of a Catch list."""
    return {"ErrorEquals": list(errors), "ResultPath": "$.cause", "Next": next_state}


def training(jobs: JobStage, **script: object) -> str:
    """Say how the jobs of a new name go; the name."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, **{"seconds": 30, **script})
    return name


async def test_a_capacity_error_is_retried_and_an_algorithm_error_is_not(jobs: JobStage) -> None:
    """By the class of the FailureReason; each retry has a job of its own."""
    rules = [on("SageMaker.CapacityError", "SageMaker.InternalServerError"), on("States.ALL", attempts=0)]
    once = training(jobs, outcome="Failed", failure_reason=CAPACITY, attempts=1)
    always = training(jobs, outcome="Failed", failure_reason=CAPACITY)
    other = training(jobs, outcome="Failed", failure_reason=ALGORITHM)
    runs = [await jobs.run(JobKind.TRAINING, name, retry=rules) for name in (once, always, other)]
    document, *failures = await runs[0].result(), *[await run.failure() for run in runs[1:]]
    assert (document.status, document.error) == (RunStatus.SUCCESS, None)
    assert [len(jobs.jobs(JobKind.TRAINING, name)) for name in (once, always, other)] == [2, 3, 1]
    assert [attempt.execution_arn for attempt in document.attempts] == [
        job["arn"] for job in jobs.jobs(JobKind.TRAINING, once)
    ]
    assert [failure.type for failure in failures] == ["JobFailed", "JobFailed"]
    assert [failure.details[0]["error"]["name"] for failure in failures] == [
        "SageMaker.CapacityError",
        "SageMaker.AlgorithmError",
    ]


async def test_an_attempt_that_is_too_long_is_stopped_and_retried(jobs: JobStage) -> None:
    """`States.Timeout` has three jobs with three names, each stopped; States.TaskFailed does not match it."""
    stuck, unmatched = training(jobs, seconds=LONG), training(jobs, seconds=LONG)
    rules = [on("States.TaskFailed", attempts=9), on("States.Timeout")]
    run = await jobs.run(JobKind.TRAINING, stuck, attempt_timeout=1, retry=rules)
    other = await jobs.run(JobKind.TRAINING, unmatched, attempt_timeout=1, retry=rules[:1])
    failure, unretried = await asyncio.gather(run.failure(), other.failure())
    found = jobs.jobs(JobKind.TRAINING, stuck)
    assert {failure.type, unretried.type} == {"JobAttemptTimedOut"}
    assert failure.details[0]["error"]["name"] == "States.Timeout"
    assert [attempt["execution_arn"] for attempt in failure.details[0]["attempts"]] == [job["arn"] for job in found]
    assert [(job["status"], job["creates_accepted"]) for job in found] == [("Stopped", 1)] * 3
    assert len(jobs.jobs(JobKind.TRAINING, unmatched)) == 1


async def test_an_attempt_that_ends_in_time_has_no_timeout(jobs: JobStage) -> None:
    """The limit counts for each attempt anew."""
    name = training(jobs, seconds=450, outcome="Failed", failure_reason=CAPACITY)
    run = await jobs.run(JobKind.TRAINING, name, attempt_timeout=30, retry=[on("SageMaker.CapacityError", attempts=1)])
    assert (await run.failure()).type == "JobFailed"
    assert len(jobs.jobs(JobKind.TRAINING, name)) == 2


async def test_a_catcher_takes_whatever_ends_an_attempt(jobs: JobStage) -> None:
    """A refused create, a missing permission, a taken name, a timeout, and a used-up quota."""
    catch = [
        to("Quota", "SageMaker.ResourceLimitExceededException"),
        to("Permissions", "States.Permissions"),
        to("Timeout", "States.Timeout"),
        to("All", "States.ALL"),
    ]
    names = {case: training(jobs, seconds=LONG) for case in ("Refused", "Permissions", "Taken", "Timeout", "Quota")}
    jobs.standin.fault(CREATE, "error", code="ValidationException", message="no", name_prefix=names["Refused"])
    jobs.standin.fault(CREATE, "access_denied", name_prefix=names["Permissions"])
    jobs.standin.fault(CREATE, "quota", limit=3, name_prefix=names["Quota"])
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, names["Taken"]))

    async def caught(case: str, **fields: object) -> JobRunDocument:
        run = await jobs.run(JobKind.TRAINING, names[case], **{"catch": catch, **fields})
        return await run.result()

    documents = await asyncio.gather(
        caught("Refused"),
        caught("Permissions"),
        caught("Taken", name="exact"),
        caught("Timeout", attempt_timeout=1),
        caught("Quota", retry=[on("SageMaker.ResourceLimitExceededException")]),
    )
    assert [(document.status, document.phase) for document in documents] == [(RunStatus.FAILED, Phase.CLOSED)] * 5
    assert [document.caught and (document.caught.next, document.caught.error) for document in documents] == [
        ("All", "SageMaker.AmazonSageMakerException"),
        ("Permissions", "States.Permissions"),
        ("All", "SageMaker.AmazonSageMakerException"),
        ("Timeout", "States.Timeout"),
        ("Quota", "SageMaker.ResourceLimitExceededException"),
    ]
    assert [len(jobs.jobs(JobKind.TRAINING, name)) for name in names.values()] == [0, 0, 1, 1, 0]


async def test_a_quota_is_waited_for_as_its_retrier_says(jobs: JobStage) -> None:
    """Its refusals create no job and are no attempts; used up, the run fails as `QuotaExhausted`."""
    rules = [on("SageMaker.ResourceLimitExceededException", attempts=2)]
    passes, lasts = training(jobs), training(jobs)
    jobs.standin.fault(CREATE, "quota", limit=3, times=2, name_prefix=passes)
    jobs.standin.fault(CREATE, "quota", limit=3, name_prefix=lasts)
    runs = [await jobs.run(JobKind.TRAINING, name, retry=rules) for name in (passes, lasts)]
    document, failure = await asyncio.gather(runs[0].result(), runs[1].failure())
    assert (document.status, document.attempts) == (RunStatus.SUCCESS, [])
    assert failure.type == "QuotaExhausted"
    assert "ml.p3.2xlarge for training job usage" in failure.message
    assert [len(jobs.jobs(JobKind.TRAINING, name)) for name in (passes, lasts)] == [1, 0]


async def test_neither_a_cancel_nor_the_runs_timeout_is_retried_or_caught(jobs: JobStage) -> None:
    """Nothing may outlive them."""
    everything = {"retry": [on("States.ALL")], "catch": [to("All", "States.ALL")]}
    cancelled, late = training(jobs, seconds=LONG), training(jobs, seconds=LONG)
    run = await jobs.run(JobKind.TRAINING, cancelled, **everything)
    timed = await jobs.run(JobKind.TRAINING, late, timeout=2, **everything)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    document = await run.closes_as_cancelled()
    assert (document.status, document.caught) == (RunStatus.CANCELLED, None)
    assert (await timed.failure()).type == "JobRunTimedOut"
    assert [len(jobs.jobs(JobKind.TRAINING, name)) for name in (cancelled, late)] == [1, 1]


async def test_a_cancel_during_the_wait_for_a_retry_leaves_the_failure(jobs: JobStage) -> None:
    """The job failed; no further one is created."""
    name = training(jobs, outcome="Failed", failure_reason=CAPACITY)
    rule = on("SageMaker.CapacityError") | {"IntervalSeconds": 3600}
    run = await jobs.run(JobKind.TRAINING, name, retry=[rule], catch=[to("All", "States.ALL")])
    await run.reaches_phase(Phase.WAITING_FOR_RETRY)
    await run.cancel_by_signal()
    assert (await run.failure()).type == "JobFailed"
    assert len(jobs.jobs(JobKind.TRAINING, name)) == 1


async def test_what_the_worker_refuses_itself_is_neither_retried_nor_caught(jobs: JobStage) -> None:
    """Every further attempt would be refused."""
    name = unique_name()
    request = {"RoleArn": "no role"}
    fields = {"retry": [on("States.ALL")], "catch": [to("All", "States.ALL")]}
    failure = await (await jobs.run(JobKind.TRAINING, name, request=request, **fields)).failure()
    assert failure.type == "InvalidInput"
    assert jobs.jobs(JobKind.TRAINING, name) == []


async def test_a_person_decides_about_a_failed_job(jobs: JobStage) -> None:
    """`retry` starts another job, `give_up` lets the run fail; a job cannot be resumed."""
    name = training(jobs, outcome="Failed", failure_reason=ALGORITHM)
    run = await jobs.run(JobKind.TRAINING, name, on_failure="wait")
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    decision = await run.handle.execute_update(RETRY_UPDATE, {"reason": "again"}, result_type=Decision)
    assert (decision.attempt, decision.mode) == (2, "restart")
    await run.reaches(lambda document: len(document.attempts) == 2 and document.phase is Phase.WAITING_FOR_DECISION)
    await run.handle.execute_update(GIVE_UP_UPDATE)
    assert (await run.failure()).type == "JobFailed"
    assert [job["creates_accepted"] for job in jobs.jobs(JobKind.TRAINING, name)] == [1, 1]


async def test_pipelines_take_the_same_lists(stage: Stage) -> None:
    """Retried for capacity only, else caught; the execution is resumed."""
    fields = {"retry": [on("SageMaker.CapacityError")], "catch": [to("Alarm", "States.TaskFailed")]}
    short, broken = stage.pipeline(fail=CAPACITY), stage.pipeline(fail=ALGORITHM)
    runs = [await stage.run(pipeline, **fields) for pipeline in (short, broken)]
    documents = await asyncio.gather(*(run.result() for run in runs))
    assert [len(document.attempts) for document in documents] == [3, 0]
    assert [document.caught and (document.caught.next, document.caught.error) for document in documents] == [
        ("Alarm", "SageMaker.CapacityError"),
        ("Alarm", "SageMaker.AlgorithmError"),
    ]
    assert [document.status for document in documents] == [RunStatus.FAILED, RunStatus.FAILED]
    assert stage.the_execution(short)["starts_accepted"] == 1
