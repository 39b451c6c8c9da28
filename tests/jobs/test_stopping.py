"""Stopping jobs, and what it means that a job is Stopped."""

import asyncio

import pytest

from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobStage, unique_name
from tests.standin.definitions import JsonObject
from tests.workflows.stage import until

LONG = 100_000.0
STOP = "StopTrainingJob"

STOPPED: list[tuple[JsonObject, str]] = [
    ({}, "Cancelled"),
    ({"accept_stopped": True}, "Success"),
    ({"accept_stopped": ["Stopped"]}, "Success"),
    ({"accept_stopped": ["MaxRuntimeExceeded"]}, "Cancelled"),
]
OUT_OF_TIME: list[tuple[JsonObject, str]] = [
    ({}, "JobRanOutOfTime"),
    ({"accept_stopped": True}, "Success"),
    ({"accept_stopped": ["MaxRuntimeExceeded", "MaxWaitTimeExceeded"]}, "Success"),
    ({"accept_stopped": ["Stopped"]}, "JobRanOutOfTime"),
    ({"accept_stopped": False, "catch": [{"ErrorEquals": ["SageMaker.$"], "Next": "Later"}]}, "Later"),
]
MATRIX: list[tuple[JsonObject, JsonObject, str]] = [
    *(({"outcome": "Stopped"}, fields, end) for fields, end in STOPPED),
    *(
        ({"outcome": "Stopped", "secondary_status": why}, fields, end)
        for why in ("MaxRuntimeExceeded", "MaxWaitTimeExceeded")
        for fields, end in OUT_OF_TIME
    ),
    ({"phases": [["Starting", 30], ["Training", 30], ["Interrupted", 300], ["Training", 30]]}, {}, "Success"),
]
"""How a job goes, what the input says, and the status or failure type or the caught error's Next of the run."""


async def test_stopped_means_what_its_cause_means(jobs: JobStage) -> None:
    """A stop by another caller, a time limit, a spot interruption: each with each answer of the input."""

    async def run(script: JsonObject, fields: JsonObject, end: str) -> None:
        name = unique_name()
        jobs.script(JobKind.TRAINING, name, **{"seconds": 60, **script})
        why = str(script.get("secondary_status"))
        rules = [rule | {"ErrorEquals": [f"SageMaker.{why}"]} for rule in fields.get("catch", [])]
        started = await jobs.run(JobKind.TRAINING, name, **fields | ({"catch": rules} if rules else {}))
        if end == "JobRanOutOfTime":
            failure = await started.failure()
            assert failure.type == end, (script, fields)
            assert why in failure.message
            assert failure.details[0]["error"]["name"] == f"SageMaker.{why}"
            return
        document = await started.result()
        shown = document.caught.next if document.caught else document.status
        assert shown == end, (script, fields, document)
        assert (document.causes == []) == (document.status is not RunStatus.FAILED)
        assert len(jobs.jobs(JobKind.TRAINING, name)) == 1

    await asyncio.gather(*(run(*row) for row in MATRIX))


async def test_a_labeling_job_at_its_own_limit_succeeds_however_aws_shows_it(jobs: JobStage) -> None:
    """Whether its StoppingConditions end it as Completed or as Stopped is not published; the counters are there."""

    async def run(outcome: str) -> None:
        name = unique_name()
        jobs.script(JobKind.LABELING, name, seconds=60, outcome=outcome)
        document = await (await jobs.run(JobKind.LABELING, name, accept_stopped=True)).result()
        assert (document.status, document.sagemaker_status) == (RunStatus.SUCCESS, outcome)
        assert document.progress is not None
        assert document.progress.counters["TotalLabeled"] > 0

    await asyncio.gather(run("Completed"), run("Stopped"))


async def test_our_own_stop_is_a_cancel_whatever_is_accepted(jobs: JobStage) -> None:
    """A run that was cancelled is no success."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    run = await jobs.run(JobKind.TRAINING, name, accept_stopped=True)
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    assert (await run.closes_as_cancelled()).status is RunStatus.CANCELLED


async def test_a_refused_stop_is_sent_again_while_the_job_runs(jobs: JobStage) -> None:
    """An unknown text, throttling, a missing permission and a lost reply do not keep a job running."""
    refusals: list[JsonObject] = [
        {"effect": "error", "code": "ValidationException", "message": "Not in this mood."},
        {"effect": "error", "code": "ConflictException", "message": "Busy."},
        {"effect": "error", "code": "ResourceNotFound", "message": "Which job?"},
        {"effect": "access_denied"},
        {"effect": "throttle"},
        {"effect": "reset_after"},
        {"effect": "reset_before"},
    ]

    async def stops(refusal: JsonObject) -> None:
        name = unique_name()
        jobs.script(JobKind.TRAINING, name, seconds=LONG)
        jobs.standin.fault(STOP, times=2, name_prefix=name, **refusal)
        run = await jobs.run(JobKind.TRAINING, name)
        await run.reaches_phase(Phase.RUNNING)
        await run.cancel_by_signal()
        document = await run.closes_as_cancelled()
        (job,) = jobs.jobs(JobKind.TRAINING, name)
        assert (document.status, job["status"]) == (RunStatus.CANCELLED, "Stopped"), refusal

    await asyncio.gather(*map(stops, refusals))


async def test_a_stop_that_comes_too_late_leaves_the_true_end(jobs: JobStage) -> None:
    """The job completed before; the run succeeds."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=300)
    run = await jobs.run(JobKind.TRAINING, name, poll_interval=30)
    await run.reaches_phase(Phase.RUNNING)
    await until(lambda: jobs.jobs(JobKind.TRAINING, name)[0]["status"] == "Completed")
    await run.cancel_by_signal()
    document = await run.result()
    assert (document.status, document.phase) == (RunStatus.SUCCESS, Phase.CLOSED)


async def test_a_stopped_tuning_job_leaves_no_training_job_running(jobs: JobStage) -> None:
    """The children are stopped with it."""
    name = unique_name()
    jobs.script(JobKind.TUNING, name, seconds=LONG)
    run = await jobs.run(JobKind.TUNING, name)
    await run.reaches(lambda document: bool(document.progress and document.progress.counters.get("InProgress")))
    await run.cancel_by_signal()
    document = await run.closes_as_cancelled()
    children = [job for job in jobs.standin.jobs("training-job", name) if job["parent"]]
    assert children
    assert {child["status"] for child in children} <= {"Stopped", "Completed"}
    assert document.status is RunStatus.CANCELLED


@pytest.mark.parametrize("released", [False, True])
async def test_a_warm_pool_that_stays_is_noted_or_released(jobs: JobStage, *, released: bool) -> None:
    """It costs money until it ends; it can be released once the job has stopped."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 2, "VolumeSizeInGB": 30}
    run = await jobs.run(
        JobKind.TRAINING,
        name,
        request={"ResourceConfig": {**resources, "KeepAlivePeriodInSeconds": 21_600}},
        release_warm_pool=released,
    )
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    document = await run.closes_as_cancelled()
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    pool = jobs.standin.client.describe_training_job(TrainingJobName=job["name"])["WarmPoolStatus"]["Status"]
    assert pool == ("Terminated" if released else "Available")
    assert any("warm pool stays" in note for note in document.notes) is not released


async def test_a_warm_pool_that_cannot_be_released_is_noted(jobs: JobStage) -> None:
    """With the permission that is missing."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    jobs.standin.fault("UpdateTrainingJob", "access_denied", name_prefix=name)
    resources = {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30}
    run = await jobs.run(
        JobKind.TRAINING,
        name,
        request={"ResourceConfig": {**resources, "KeepAlivePeriodInSeconds": 21_600}},
        release_warm_pool=True,
    )
    await run.reaches_phase(Phase.RUNNING)
    await run.cancel_by_signal()
    notes = " ".join((await run.closes_as_cancelled()).notes)
    assert "warm pool" in notes
    assert "sagemaker:UpdateTrainingJob" in notes
