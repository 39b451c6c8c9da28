"""The verdict on job runs finds what must not be."""

from dataclasses import replace

import pytest

from contract.job_document import JobRunDocument
from contract.job_kinds import CREATE_OPERATIONS, JobKind
from contract.run import Attempt, RunStatus
from tests.standin.definitions import JsonObject
from tests.storm.jobs import JobOutcome, PlannedJobRun, job_blows, job_violations, planned_job_runs
from tests.storm.schedule import Cancel, Way
from worker.cli.run_reading import Ending
from worker.cli.run_view import Failure

PLAN = PlannedJobRun(1, 0.0, JobKind.TRAINING, 60, fails=False, cancels=())
FAILED = Ending("Failed", failure=Failure(type="JobFailed", message=""))


def job(status: str, number: int = 1, **more: object) -> JsonObject:
    """A job as the stand-in shows it."""
    return {"arn": f"arn-{number}", "status": status, "created_at": number, "creates_accepted": 1, **more}


def document(status: RunStatus, *arns: str) -> JobRunDocument:
    """The document of a closed run whose attempts have these jobs."""
    attempts = [Attempt(number=number, execution_arn=arn) for number, arn in enumerate(arns, start=1)]
    return JobRunDocument(run_id=arns[-1] if arns else None, status=status, attempts=attempts if len(arns) > 1 else [])


SUCCEEDED = JobOutcome(PLAN, Ending("Completed"), document(RunStatus.SUCCESS, "arn-1"), [job("Completed")])
TWICE = JobOutcome(
    replace(PLAN, fails=True), FAILED, document(RunStatus.FAILED, "arn-1", "arn-2"), [job("Failed"), job("FAILED", 2)]
)
CANCELLED = JobOutcome(
    replace(PLAN, cancels=(Cancel(1.0, Way.SIGNAL),)),
    Ending("Completed"),
    document(RunStatus.CANCELLED, "arn-1"),
    [job("Stopped")],
)
GOOD = {
    "succeeded": SUCCEEDED,
    "failed twice": TWICE,
    "cancelled": CANCELLED,
    "never started": replace(CANCELLED, document=document(RunStatus.CANCELLED), jobs=[]),
}
BAD = {
    "open": (replace(SUCCEEDED, ending=None), "it did not end"),
    "second job": (replace(SUCCEEDED, jobs=[job("Completed"), job("InProgress", 2)]), "its attempts began"),
    "no job": (replace(SUCCEEDED, jobs=[]), "its attempts began"),
    "created twice": (replace(SUCCEEDED, jobs=[job("Completed", creates_accepted=2)]), "arn-1 was created 2 times"),
    "left running": (replace(CANCELLED, jobs=[job("InProgress")]), "its job arn-1 is InProgress"),
    "untrue": (replace(SUCCEEDED, jobs=[job("Failed")]), "it tells Success"),
    "stopped for nobody": (replace(CANCELLED, plan=PLAN), "closed as ('Completed', None)"),
    "not retried": (replace(TWICE, document=document(RunStatus.FAILED, "arn-1"), jobs=[job("Failed")]), "closed as"),
}


@pytest.mark.parametrize("outcome", GOOD.values(), ids=GOOD)
def test_what_is_well_is_left_alone(outcome: JobOutcome) -> None:
    """Each way in which a job run of a storm may end."""
    assert job_violations(outcome) == []


@pytest.mark.parametrize(("outcome", "violation"), BAD.values(), ids=BAD)
def test_what_must_not_be_is_found(outcome: JobOutcome, violation: str) -> None:
    """Each promise that could be broken."""
    assert any(found.startswith(violation) for found in job_violations(outcome)), job_violations(outcome)


def test_a_storm_has_jobs_of_all_kinds() -> None:
    """Whatever the seed; and the creates of each lose replies and connections."""
    effects = {(operation, effect) for operation in CREATE_OPERATIONS for effect in ("reset_after", "reset_before")}
    effects |= {("*", effect) for effect in ("reset_after", "reset_before", "throttle")}
    for seed in range(20):
        faults = [blow.fault or {} for blow in job_blows(seed, 20)]
        assert {(fault["operation"], fault["effect"]) for fault in faults} == effects
        assert {run.kind for run in planned_job_runs(seed, len(JobKind), 20)} == set(JobKind)
