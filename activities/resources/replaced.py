"""A job that was deleted, and whose name another job has now: ARNs of jobs are names, and names can be used again."""

from datetime import datetime
from typing import Final

from temporalio.exceptions import ApplicationError

from contract.failures import FailureType

_TOLERANCE_SECONDS: Final = 1.0
"""Whether lists and describes round a creation alike is not published. A job must end before it can be deleted."""


def is_replaced(known: datetime | float | None, seen: datetime | float | None) -> bool:
    """Return whether what AWS shows was created after the job that is known.

    Args:
        known: The creation of the job, a moment or seconds since the epoch; None if it is not known.
        seen: The creation of what AWS shows under its name; None if AWS does not show it.
    """
    if known is None or seen is None:
        return False
    return _seconds(seen) > _seconds(known) + _TOLERANCE_SECONDS


def is_outdated(known: datetime | float | None, seen: datetime | float | None) -> bool:
    """Return whether what AWS shows was created before the job that is known: an answer that lags.

    A job that had the name before was deleted, and lists, at least, are eventually consistent.
    """
    return is_replaced(seen, known)


def replaced(arn: str) -> ApplicationError:
    """Return the failure of a run whose job was deleted, and whose name another job has."""
    return ApplicationError(
        f"The job {arn} is gone: a job that was created later has its name. It is neither followed nor stopped. To "
        "follow it, give its ARN as job_arn to a new run.",
        type=FailureType.JOB_NOT_FOUND,
        non_retryable=True,
    )


def _seconds(moment: datetime | float) -> float:
    return moment.timestamp() if isinstance(moment, datetime) else moment
