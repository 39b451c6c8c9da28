"""Jobs under the caller's own name: created once, and a job of another caller is never adopted, watched or stopped.

A run that adopts without asking for the tag is caught by `test_the_job_of_another_caller_is_never_touched`.
"""

import asyncio
import time

import pytest

from activities.starting import job_ownership, once
from activities.starting.job_names import OWNER_TAG
from activities.starting.refusals import Propagation
from contract.failures import FailureType
from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import JobRun, JobStage, sample, unique_name
from tests.standin.definitions import JsonObject
from tests.workflows.stage import Stage, until

CREATE, DESCRIBE, LIST, LIST_TAGS = "CreateTrainingJob", "DescribeTrainingJob", "ListTrainingJobs", "ListTags"
LONG = 100_000.0


async def exact(jobs: JobStage, name: str, **fields: object) -> JobRun:
    """Start a run of a training job under exactly this name."""
    return await jobs.run(JobKind.TRAINING, name, name="exact", **fields)


async def completed_job(jobs: JobStage) -> str:
    """The name of a training job of another caller that has completed."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=30)
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, name))
    await until(lambda: the_job(jobs, name)["status"] == "Completed")
    return name


def the_job(jobs: JobStage, name: str) -> JsonObject:
    """The one training job of this name."""
    (job,) = jobs.jobs(JobKind.TRAINING, name)
    return job


async def test_an_exact_name_is_sent_as_it_is_with_the_runs_tag(jobs: JobStage) -> None:
    """The tag says whose job it is; with the request's own tags and the run's."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60)
    request = {"Tags": [{"Key": "team", "Value": "search"}, {"Key": OWNER_TAG, "Value": "copied from another job"}]}
    run = await exact(jobs, name, request=request, tags={"team": "other", "cost": "7"})
    document = await run.result()
    job = the_job(jobs, name)
    assert (job["name"], document.run_id, job["creates_accepted"]) == (name, job["arn"], 1)
    assert len(job["request"]["Tags"]) == len(job["tags"])
    owner = job["tags"].pop(OWNER_TAG)
    assert owner.startswith("polysync-")
    assert job["tags"] == {"team": "search", "cost": "7"}


async def test_tags_that_are_null_do_not_cost_the_runs_tag(jobs: JobStage) -> None:
    """.NET writes an absent member as null."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60)
    run = await exact(jobs, name, request={"Tags": None}, tags={"cost": "7"})
    await run.result()
    assert the_job(jobs, name)["tags"].keys() == {"cost", OWNER_TAG}


async def test_a_lost_create_is_found_by_its_tag(jobs: JobStage) -> None:
    """Also when AWS shows the tags of a new job only after some seconds."""
    names = [unique_name(), unique_name()]
    for name, seconds in zip(names, (60, 1500), strict=True):
        jobs.script(JobKind.TRAINING, name, seconds=seconds)
        jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    document = await (await exact(jobs, names[0])).result()
    assert document.run_id == the_job(jobs, names[0])["arn"]
    with jobs.standin.behaving(job_tags_lag_seconds=3.0):
        document = await (await exact(jobs, names[1])).result()
    assert document.run_id == the_job(jobs, names[1])["arn"]
    assert [the_job(jobs, name)["creates_accepted"] for name in names] == [1, 1]


async def test_the_job_of_another_caller_is_never_touched(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that was there before, and one that came during the create, whose reply was lost."""
    monkeypatch.setattr(once, "VISIBLE_WITHIN_SECONDS", 2.0)
    before, during = unique_name(), unique_name()
    for name in (before, during):
        jobs.script(JobKind.TRAINING, name, seconds=LONG)
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, before))
    lost = jobs.standin.fault(CREATE, "reset_before", times=1, name_prefix=during)
    runs = [await exact(jobs, before), await exact(jobs, during)]
    await until(lambda: jobs.standin.fault_state(lost)["hits"])
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, during))
    for name, run in zip((before, during), runs, strict=True):
        failure = await run.failure()
        job = the_job(jobs, name)
        assert failure.type == "JobNameTaken"
        assert job["arn"] in failure.message
        assert "job_arn" in failure.message
        assert (job["status"], job["stops_accepted"], job["creates_accepted"]) == ("InProgress", 0, 1)
        assert (await run.document()).run_id is None


async def test_a_cancel_does_not_stop_the_job_of_another_caller(jobs: JobStage) -> None:
    """Ownership is asked for before anything is stopped."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, name))
    held = jobs.standin.fault(CREATE, "hold_reply", times=1, name_prefix=name)
    run = await exact(jobs, name)
    await until(lambda: jobs.standin.fault_state(held)["holding"])
    await run.cancel_by_signal()
    await run.reaches_phase(Phase.STOPPING)
    jobs.standin.control("DELETE", f"/faults/{held}")
    assert (await run.failure()).type == "JobNameTaken"
    assert (the_job(jobs, name)["status"], the_job(jobs, name)["stops_accepted"]) == ("InProgress", 0)


@pytest.mark.parametrize("lingers", [0.0, 3.0])
async def test_the_name_of_a_deleted_job_is_waited_for(jobs: JobStage, lingers: float) -> None:
    """It is free at once, or after a time in which AWS shows the job as Deleting and refuses its name."""
    name = await completed_job(jobs)
    with jobs.standin.behaving(deleted_jobs_linger_seconds=lingers):
        jobs.standin.client.delete_training_job(TrainingJobName=name)
        document = await (await exact(jobs, name)).result()
    assert document.status is RunStatus.SUCCESS
    assert OWNER_TAG in jobs.jobs(JobKind.TRAINING, name)[-1]["tags"]
    assert sum(job["creates_accepted"] for job in jobs.jobs(JobKind.TRAINING, name)) == 2


async def test_a_name_whose_job_stays_deleting_is_taken(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failure says what holds the name."""
    monkeypatch.setattr(job_ownership, "DELETED_NAME", Propagation(FailureType.JOB_NAME_TAKEN, 1.0))
    name = await completed_job(jobs)
    with jobs.standin.behaving(deleted_jobs_linger_seconds=LONG):
        jobs.standin.client.delete_training_job(TrainingJobName=name)
        failure = await (await exact(jobs, name)).failure()
    assert failure.type == "JobNameTaken"
    assert "(Deleting)" in failure.message
    assert the_job(jobs, name)["creates_accepted"] == 1


async def test_a_deleted_job_that_may_be_the_runs_own_is_followed_by_no_second_one(
    jobs: JobStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reply of its create was lost, and it ended and was deleted before the run could find it."""
    monkeypatch.setattr(once, "VISIBLE_WITHIN_SECONDS", 2.0)
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=30)
    jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    unanswered = jobs.standin.fault(DESCRIBE, "error", code="ThrottlingException", message="slow", name_prefix=name)
    with jobs.standin.behaving(job_tags_lag_seconds=LONG, deleted_jobs_linger_seconds=LONG):
        run = await exact(jobs, name)
        await until(lambda: any(job["status"] == "Completed" for job in jobs.jobs(JobKind.TRAINING, name)))
        jobs.standin.client.delete_training_job(TrainingJobName=name)
        jobs.standin.control("DELETE", f"/faults/{unanswered}")
        failure = await run.failure()
    assert failure.type == "JobNameTaken"
    assert "may be this run's own" in failure.message
    assert sum(job["creates_accepted"] for job in jobs.jobs(JobKind.TRAINING, name)) == 1


async def test_tags_that_never_come_leave_the_job_alone(jobs: JobStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an open outcome the job may be ours: the failure says so, and how to follow it."""
    monkeypatch.setattr(once, "VISIBLE_WITHIN_SECONDS", 2.0)
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    with jobs.standin.behaving(job_tags_lag_seconds=LONG):
        failure = await (await exact(jobs, name)).failure()
    job = the_job(jobs, name)
    assert failure.type == "JobNameTaken"
    assert "may be this run's own" in failure.message
    assert job["arn"] in failure.message
    assert (job["status"], job["creates_accepted"], job["stops_accepted"]) == ("InProgress", 1, 0)


async def test_tags_that_may_not_be_read_are_asked_for_until_they_may(jobs: JobStage) -> None:
    """After an open outcome the job may be ours: the start waits for the permission, and says which."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=300)
    jobs.standin.fault(CREATE, "reset_after", times=1, name_prefix=name)
    with jobs.standin.behaving(job_tags="denied"):
        run = await exact(jobs, name)
        await run.waits_because("sagemaker:ListTags")
    document = await run.result()
    assert (document.run_id, the_job(jobs, name)["creates_accepted"]) == (the_job(jobs, name)["arn"], 1)


async def test_the_name_of_another_caller_is_taken_although_its_tags_may_not_be_read(jobs: JobStage) -> None:
    """This run has created nothing, so it is not its own."""
    name = await completed_job(jobs)
    with jobs.standin.behaving(job_tags="denied"):
        failure = await (await exact(jobs, name)).failure()
    assert failure.type == "JobNameTaken"
    assert "sagemaker:ListTags" in failure.message


@pytest.mark.parametrize("begins", ["exact name", "job_arn"])
@pytest.mark.parametrize("is_cancelled", [False, True])
async def test_a_job_that_has_the_name_now_is_neither_followed_nor_stopped(
    idle_stage: Stage, begins: str, *, is_cancelled: bool
) -> None:
    """The run's job was deleted while no worker ran, and another client created one of its name."""
    jobs, name = JobStage(idle_stage), unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    async with idle_stage.worker():
        if begins == "exact name":
            run = await exact(jobs, name, poll_interval=6)
        else:
            arn = jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, name))["TrainingJobArn"]
            run = await jobs.start({"job_arn": arn, "poll_interval": 6})
        await run.reaches_phase(Phase.RUNNING)
    jobs.standin.client.stop_training_job(TrainingJobName=name)
    await until(lambda: the_job(jobs, name)["status"] == "Stopped")
    jobs.standin.client.delete_training_job(TrainingJobName=name)
    await asyncio.sleep(1.1)  # what was created within a second is not distinguished
    jobs.standin.client.create_training_job(**sample(JobKind.TRAINING, name))
    if is_cancelled:
        await run.cancel_by_signal()
    async with idle_stage.worker():
        failure = await run.failure()
    assert failure.type == "JobNotFound"
    assert "created later" in failure.message
    another = jobs.jobs(JobKind.TRAINING, name)[-1]
    assert (another["status"], another["stops_accepted"]) == ("InProgress", 0)


async def test_a_list_that_still_shows_the_deleted_job_of_the_name_ends_no_run(jobs: JobStage) -> None:
    """The run's own job goes on, and is stopped by a cancel."""
    name = await completed_job(jobs)
    before_deletion = time.time() + 0.5
    await asyncio.sleep(3)
    jobs.standin.client.delete_training_job(TrainingJobName=name)
    jobs.script(JobKind.TRAINING, name, seconds=LONG)
    beside = unique_name()
    jobs.script(JobKind.TRAINING, beside, seconds=LONG)
    runs = [await exact(jobs, each, poll_interval=1) for each in (name, beside)]
    for run in runs:
        await run.reaches_phase(Phase.RUNNING)
    listed = jobs.stage.calls(LIST)["received"]
    with jobs.standin.behaving(job_lists_lag_seconds=time.time() - before_deletion):
        await until(lambda: jobs.stage.calls(LIST)["received"] > listed)
        await asyncio.sleep(2)
    await runs[0].cancel_by_signal()
    document = await runs[0].result()
    job = jobs.jobs(JobKind.TRAINING, name)[-1]
    assert (document.status, job["status"], job["stops_accepted"]) == (RunStatus.CANCELLED, "Stopped", 1)
    await runs[1].cancel_by_signal()
    await runs[1].result()


async def test_a_retry_beside_an_exact_name_is_refused(jobs: JobStage) -> None:
    """A second job cannot have the same name; what creates no second job is taken."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=60)
    no_job = [{"ErrorEquals": ["SageMaker.ResourceLimitExceededException"], "IntervalSeconds": 1, "MaxAttempts": 5}]
    another = [*no_job, {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 1}]
    refused = [await exact(jobs, name, retry=retry) for retry in ({"max_attempts": 2}, another)]
    for failure in await asyncio.gather(*(run.failure() for run in refused)):
        assert failure.type == "InvalidInput"
        assert "retry cannot stand beside name 'exact'" in failure.message
    assert jobs.jobs(JobKind.TRAINING, name) == []
    jobs.standin.fault(CREATE, "quota", limit=3, times=1, name_prefix=name)
    assert (await (await exact(jobs, name, retry=no_job)).result()).status is RunStatus.SUCCESS
    assert the_job(jobs, name)["creates_accepted"] == 1


async def test_a_failed_job_with_an_exact_name_cannot_be_retried_by_hand(jobs: JobStage) -> None:
    """The update says why."""
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=30, outcome="Failed")
    run = await exact(jobs, name, on_failure="wait")
    await run.reaches_phase(Phase.WAITING_FOR_DECISION)
    with pytest.raises(Exception) as raised:  # noqa: PT011 — an update's refusal, read below
        await run.handle.execute_update("retry")
    assert "same exact name" in str(raised.value.__cause__)
    await run.handle.execute_update("give_up")
    assert (await run.failure()).type == "JobFailed"
