"""What AWS may do in more than one way: a start, a stop and an end come out alike in each."""

import asyncio
from typing import Any

import pytest

from contract.job_kinds import JobKind
from contract.run import Phase, RunStatus
from tests.jobs.job_stage import OPERATION_OF, JobRun, JobStage, unique_name
from tests.patience import wait_out_for
from tests.workflows.stage import until

LONG = 100_000.0

SWITCHES: list[dict[str, Any]] = [
    {"taken_names": "last", "job_arns": "as_named", "filtered_job_pages": "packed"},
    {"simultaneous_creates_seconds": 5.0, "filtered_job_pages": "sparse", "stop_of_ended_jobs": "accepted"},
    {"jobs_hidden_seconds": 1.0, "absent_jobs": "validation"},
    {"jobs_hidden_seconds": 1.0, "stop_of_hidden_jobs": "accepted", "stop_of_stopping_jobs": "accepted"},
    {"describes_denied_seconds": 1.0, "stop_of_ended_jobs": "unknown_text"},
    {"job_lists_lag_seconds": 2.0, "absent_members": "null", "last_page_token": "empty"},
    {"absent_members": "empty", "last_page_token": "repeated"},
]
"""Positions that are not the default, which all other tests have; those of the tags are in `test_exact_names`."""


@pytest.mark.parametrize("switches", SWITCHES, ids=",".join)
async def test_every_answer_of_aws_has_one_outcome(jobs: JobStage, switches: dict[str, Any]) -> None:
    """A create and a stop whose replies are lost, a stop of a job that is not visible yet, and a stop after the end."""
    with jobs.standin.behaving(**switches):
        await asyncio.gather(
            _ends(jobs, JobKind.TRAINING),
            _ends(jobs, JobKind.COMPILATION),
            _is_stopped(jobs, JobKind.COMPILATION),
            _is_stopped(jobs, JobKind.TRAINING),
            _is_stopped_at_once(jobs, JobKind.TRAINING),
            _is_stopped_at_once(jobs, JobKind.COMPILATION),
            _is_stopped_late(jobs, JobKind.TRAINING),
            _is_stopped_late(jobs, JobKind.COMPILATION),
        )


async def _ends(jobs: JobStage, kind: JobKind) -> None:
    name = unique_name()
    jobs.script(kind, name, seconds=300)
    jobs.standin.fault(OPERATION_OF[kind], "reset_after", times=1, name_prefix=name)
    document = await (await jobs.run(kind, name)).result()
    (job,) = jobs.jobs(kind, name)
    assert document.status is RunStatus.SUCCESS
    assert (document.run_id or "").casefold() == job["arn"].casefold()


async def _is_stopped(jobs: JobStage, kind: JobKind) -> None:
    name = unique_name()
    jobs.script(kind, name, seconds=LONG)
    jobs.standin.fault(OPERATION_OF[kind].replace("Create", "Stop"), "reset_after", times=1, name_prefix=name)
    run = await jobs.run(kind, name)
    await run.reaches_phase(Phase.RUNNING)
    await _closes_stopped(jobs, kind, name, run)


async def _is_stopped_at_once(jobs: JobStage, kind: JobKind) -> None:
    name = unique_name()
    jobs.script(kind, name, seconds=LONG)
    run = await jobs.run(kind, name)
    await until(lambda: jobs.jobs(kind, name))
    await _closes_stopped(jobs, kind, name, run)


async def _closes_stopped(jobs: JobStage, kind: JobKind, name: str, run: JobRun) -> None:
    await run.cancel_by_signal()
    document = await run.closes_as_cancelled()
    (job,) = jobs.jobs(kind, name)
    assert (document.status, job["status"].casefold()) == (RunStatus.CANCELLED, "stopped")


async def _is_stopped_late(jobs: JobStage, kind: JobKind) -> None:
    name = unique_name()
    jobs.script(kind, name, seconds=300)
    run = await jobs.run(kind, name, poll_interval=60)
    await run.reaches_phase(Phase.RUNNING)
    await until(lambda: jobs.jobs(kind, name)[0]["status"].casefold() == "completed")
    await run.cancel_by_signal()
    assert (await run.result()).status is RunStatus.SUCCESS


@pytest.mark.parametrize("lingers", [0.0, 1.0])
async def test_a_job_that_is_deleted_under_its_run_is_gone(
    jobs: JobStage, monkeypatch: pytest.MonkeyPatch, lingers: float
) -> None:
    """At once, or after a time in which AWS shows it as Deleting, which is no end."""
    wait_out_for(monkeypatch, 1.0)
    name = unique_name()
    jobs.script(JobKind.TRAINING, name, seconds=300)
    with jobs.standin.behaving(deleted_jobs_linger_seconds=lingers):
        run = await jobs.run(JobKind.TRAINING, name, poll_interval=6)
        await run.reaches_phase(Phase.RUNNING)
        await until(lambda: jobs.jobs(JobKind.TRAINING, name)[0]["status"] == "Completed")
        (job,) = jobs.jobs(JobKind.TRAINING, name)
        jobs.standin.client.delete_training_job(TrainingJobName=job["name"])
        failure = await run.failure()
    assert failure.type == "JobNotFound"
    assert len(jobs.jobs(JobKind.TRAINING, name)) == 1
