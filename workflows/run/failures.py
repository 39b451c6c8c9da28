"""Why an attempt failed: its type, its text, and the names of errors that Retry and Catch lists match."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from temporalio.exceptions import ActivityError, ApplicationError

from activities import models
from contract.failures import FailureType
from contract.job_kinds import OUT_OF_TIME
from contract.states_language import QUOTA_NAMES, TASK_FAILED, TIMEOUT
from contract.steps import FailureCause

CAPACITY: Final = ("SageMaker.CapacityError", "SageMaker.CAPACITY_ERROR", "SageMaker.JOB_CAPACITY_ERROR")
INTERNAL: Final = ("SageMaker.InternalServerError", "SageMaker.JOB_INTERNAL_ERROR")
REFUSED: Final = "SageMaker.AmazonSageMakerException"

_OF_A_REASON: Final = {
    "CapacityError": CAPACITY,
    "InternalServerError": INTERNAL,
    "ClientError": ("SageMaker.ClientError",),
    "AlgorithmError": ("SageMaker.AlgorithmError",),
    "ResourceLimitExceeded": QUOTA_NAMES,
}
"""By the class with which a FailureReason begins (SageMaker developer guide; the SageMaker SDK's own tests)."""

_OF_AN_EXCEPTION_TYPE: Final = {
    "RESOURCE_LIMIT": QUOTA_NAMES,
    "CAPACITY_ERROR": CAPACITY,
    "INTERNAL_ERROR": INTERNAL,
    "THROTTLING": ("Step.THROTTLING",),
    "SERVICE_FAULT": ("Step.SERVICE_FAULT",),
}
"""By a part of what AWS calls a step's failure in retry policies ("Retry policy for pipeline steps")."""

_CLASS: Final = re.compile(rf"\s*({'|'.join(_OF_A_REASON)})\b")


@dataclass(frozen=True)
class Failure:
    """Why an attempt failed.

    Attributes:
        type: The type of the failure of the run, if no attempt follows.
        message: What people read.
        errors: The names that it answers to, most special first.
        is_final: Whether Temporal must not retry the workflow either.
        may_be_retried: Whether another attempt may follow: not beside an execution that may still run, nor for an
            output that another execution would not have either.
        is_of_execution: Whether an execution failed; else the attempt was refused, or could not be followed.
    """

    type: str
    message: str
    errors: list[str] = field(default_factory=list)
    is_final: bool = False
    may_be_retried: bool = True
    is_of_execution: bool = True


def reason_of(error: BaseException | None) -> str:
    """Return why an activity failed: its own message, with the type where that is no type of ours."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return f"{cause.type}: {cause.message}" if isinstance(cause, ApplicationError) else str(cause)


_GONE: Final = frozenset({FailureType.EXECUTION_NOT_FOUND, FailureType.JOB_NOT_FOUND})


def failure_of(error: ActivityError | ApplicationError, *, is_under_way: bool = False) -> Failure | None:
    """Return the failure of an attempt that an error ended; None for an error that is no failure of an attempt.

    That is a request that the worker refused itself: nothing was sent, and every further attempt would be refused.

    Args:
        error: What ended the attempt.
        is_under_way: Whether its execution was begun: then its watch gave up, and unless it is gone it may run on.
    """
    cause = error.cause if isinstance(error, ActivityError) else error
    if not isinstance(cause, ApplicationError):
        return Failure(FailureType.AWS_REFUSED, str(cause), [TASK_FAILED])
    if models.NOT_SENT in cause.details:
        return None
    match cause.type:
        case FailureType.QUOTA_EXHAUSTED | FailureType.QUOTA_IS_ZERO | models.QUOTA_EXCEEDED:
            names = [*QUOTA_NAMES]
        case FailureType.ACCESS_DENIED | FailureType.CREDENTIALS_UNAVAILABLE:
            names = ["States.Permissions", REFUSED]
        case (
            FailureType.OUTPUT_MISSING
            | FailureType.WORKER_ERROR
            | FailureType.MODEL_REJECTED
            | FailureType.APPROVAL_TIMED_OUT
        ):
            names = []
        case _:
            names = [REFUSED]
    kind = cause.type or FailureType.AWS_REFUSED
    may_run_on = is_under_way and kind not in _GONE
    return Failure(
        kind,
        cause.message,
        [*names, kind, TASK_FAILED],
        is_final=cause.non_retryable,
        may_be_retried=not may_run_on,
        is_of_execution=False,
    )


def timed_out(kind: FailureType, message: str) -> Failure:
    """Return the failure of an attempt whose time was over."""
    return Failure(kind, message, [TIMEOUT, kind])


def names_of(causes: Iterable[FailureCause], reason: str | None) -> list[str]:
    """Return the names that a failed execution or job answers to, most special first.

    Args:
        causes: Why its steps, or the job itself, failed.
        reason: Its own FailureReason.
    """
    names: list[str] = []
    for cause in causes:
        for part, found in _OF_AN_EXCEPTION_TYPE.items():
            if part in (cause.exception_type or ""):
                names += found
        if cause.job_status in OUT_OF_TIME:
            names.append(f"SageMaker.{cause.job_status}")
        for text in (cause.job_reason, cause.step_reason):
            names += _of_reason(text)
    names += _of_reason(reason)
    return list(dict.fromkeys([*names, TASK_FAILED]))


def _of_reason(reason: str | None) -> tuple[str, ...]:
    match = _CLASS.match(reason or "")
    return _OF_A_REASON[match[1]] if match else ()
