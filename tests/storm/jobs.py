"""Job runs in a storm: what is asked for, and what must be true of them afterwards."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from contract.failures import FailureType
from contract.job_document import JobRunDocument
from contract.job_kinds import ARN_TYPES, CREATE_OPERATIONS, JobKind
from contract.run import RunStatus
from sagemaker_standin.samples import JOB_SAMPLES
from tests.standin.definitions import JsonObject
from tests.storm.schedule import Blow, Cancel, Target, Way, cancels_of
from worker.cli.run_reading import Ending

REFUSALS: Final = frozenset(
    {
        FailureType.ACCESS_DENIED,
        FailureType.CREDENTIALS_UNAVAILABLE,
        FailureType.CONFLICT,
    }
)
"""How a create may fail whose every attempt the storm refused for certain."""

ENDS: Final = {
    "completed": RunStatus.SUCCESS,
    "failed": RunStatus.FAILED,
    "stopped": RunStatus.CANCELLED,
}
FAILING_PART: Final = 0.4
CANCELLED_PART: Final = 0.3
ATTEMPTS: Final = 2
"""Of a run whose jobs fail."""
NAME_PREFIX: Final = "storm-"


@dataclass(frozen=True)
class PlannedJobRun:
    """A job run that is asked for; `at`, `cancels` and `seconds` as of `tests.storm.schedule.PlannedRun`."""

    number: int
    at: float
    kind: JobKind
    seconds: int
    fails: bool
    cancels: tuple[Cancel, ...]

    @property
    def name(self) -> str:
        """The beginning of its jobs' names, and its workflow id."""
        return f"{NAME_PREFIX}{self.number:04}"

    @property
    def arn_type(self) -> str:
        """The first half of the resource part of its jobs' ARNs."""
        return next(resource for resource, kinds in ARN_TYPES.items() if self.kind in kinds)

    @property
    def script(self) -> JsonObject:
        """How the stand-in lets its jobs go."""
        end = {"outcome": "Failed", "failure_reason": "CapacityError: the storm wants it"} if self.fails else {}
        return {"kind": self.arn_type, "name_prefix": f"{self.name}-", "seconds": self.seconds, **end}

    @property
    def input(self) -> JsonObject:
        """The input of its workflow."""
        operation = next(operation for operation, kind in CREATE_OPERATIONS.items() if kind is self.kind)
        sample = JOB_SAMPLES[operation]
        member = next(key for key in sample if key.endswith("JobName"))
        retry = {"ErrorEquals": ["SageMaker.CapacityError"], "IntervalSeconds": 1, "MaxAttempts": ATTEMPTS - 1}
        return {"job": self.kind.value, "request": {**sample, member: self.name}, "retry": [retry]}


def planned_job_runs(seed: int, runs: int, seconds: float) -> tuple[PlannedJobRun, ...]:
    """Plan the job runs of a storm; the plan of its pipelines does not depend on them.

    Args:
        seed: The storm's.
        runs: How many are asked for, of all kinds in turn.
        seconds: Real seconds over which they are spread.
    """
    chance = random.Random(f"jobs {seed}")  # noqa: S311 — repeatable chance, no secret
    kinds = list(JobKind)
    planned = [
        PlannedJobRun(
            number=number,
            at=chance.uniform(0, seconds),
            kind=kinds[number % len(kinds)],
            seconds=chance.randint(10, 300),
            fails=chance.random() < FAILING_PART,
            cancels=cancels_of(chance) if chance.random() < CANCELLED_PART else (),
        )
        for number in range(runs)
    ]
    return tuple(sorted(planned, key=lambda run: run.at))


def job_blows(seed: int, seconds: float) -> tuple[Blow, ...]:
    """Plan what breaks the calls of the jobs, beside what breaks all calls.

    The create of each kind has a time in which most of its replies are lost, and one in which most of its connections
    are reset before AWS has read the request; so have all calls that name a job of the storm, which are throttled for a
    time as well.
    """
    chance = random.Random(f"jobs break {seed}")  # noqa: S311 — repeatable chance, no secret
    creates = [
        {"operation": operation, "effect": effect, "probability": 0.9}
        for operation in CREATE_OPERATIONS
        for effect in ("reset_after", "reset_before")
    ]
    calls = [
        {"operation": "*", "name_prefix": NAME_PREFIX, "effect": effect, "probability": 0.7}
        for effect in ("reset_after", "reset_before", "throttle")
    ]
    return tuple(
        Blow(chance.uniform(0.1, 0.8) * seconds, chance.uniform(1, 6), Target.SAGEMAKER_FAULT, fault=fault)
        for fault in (*creates, *calls)
    )


@dataclass
class JobOutcome:
    """What became of a job run; `jobs` are all that the stand-in has for it, but not those that jobs started."""

    plan: PlannedJobRun
    ending: Ending | None = None
    document: JobRunDocument | None = None
    jobs: Sequence[JsonObject] = field(default_factory=list)

    @property
    def begun(self) -> list[str]:
        """The ARNs of the attempts that began, in lower case."""
        if self.document is None:
            return []
        began = [attempt.execution_arn for attempt in self.document.attempts] or [self.document.run_id]
        return [arn.casefold() for arn in began if arn is not None]

    @property
    def left_running(self) -> list[JsonObject]:
        """The jobs that have not ended."""
        return [job for job in self.jobs if job["status"].casefold() not in ENDS]


def job_violations(outcome: JobOutcome) -> list[str]:
    """What is not as it must be; nothing if all is well."""
    document, ending = outcome.document, outcome.ending
    if document is None or ending is None:
        return ["it did not end"]
    found = []
    if sorted(outcome.begun) != (created := sorted(job["arn"].casefold() for job in outcome.jobs)):
        found.append(f"its attempts began {outcome.begun}, but SageMaker has {created}")
    found += [f"{job['arn']} was created {n} times" for job in outcome.jobs if (n := job["creates_accepted"]) != 1]
    found += [f"its job {job['arn']} is {job['status']}" for job in outcome.left_running]
    return found or _closing(outcome, document, ending)


def _closing(outcome: JobOutcome, document: JobRunDocument, ending: Ending) -> list[str]:
    """Why the workflow should not have closed as it did."""
    failure = ending.failure.type if ending.failure else None
    closed = (ending.workflow_status, failure)
    if failure in REFUSALS:
        return []
    plan, jobs = outcome.plan, sorted(outcome.jobs, key=lambda job: job["created_at"])
    ways = {cancel.way for cancel in plan.cancels}
    cancelled: set[tuple[str, str | None]] = {("Canceled", None)} if Way.NATIVE in ways else set()
    cancelled |= {("Completed", None)} if Way.SIGNAL in ways else set()
    if not jobs:
        return [] if closed in cancelled else [f"closed as {closed} without a job"]
    status = ENDS[jobs[-1]["status"].casefold()]
    if document.status is not status:
        return [f"it tells {document.status}, but its last job is {jobs[-1]['status']}"]
    succeeded: set[tuple[str, str | None]] = {("Completed", None)}
    failed: set[tuple[str, str | None]] = {("Failed", FailureType.JOB_FAILED)} if plan.fails else set()
    expected = {RunStatus.SUCCESS: succeeded, RunStatus.FAILED: failed, RunStatus.CANCELLED: cancelled}[status]
    has_all = status is not RunStatus.FAILED or bool(plan.cancels) or len(document.attempts) == ATTEMPTS
    return [] if closed in expected and has_all else [f"closed as {closed} with {[job['status'] for job in jobs]}"]
