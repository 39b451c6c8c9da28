"""The attempts of a run in its document, which lists them once there is more than one."""

from datetime import datetime
from typing import Final

from contract.retry import RetryMode
from contract.run import Attempt, RunDocument

MAX_MESSAGE_CHARS: Final = 500
"""Of one attempt: there may be a hundred in one document."""


def attempt_begun(document: RunDocument, number: int, mode: RetryMode, failure: str | None, at: datetime) -> None:
    """Add an attempt, and the first one with it, before the document describes the new one.

    Args:
        document: As the attempt before left it.
        number: Of the new attempt; 2 for the first retry.
        mode: How it began.
        failure: Why the attempt before failed.
        at: When it began.
    """
    if not document.attempts:
        document.attempts.append(
            Attempt(
                number=number - 1,
                execution_arn=document.run_id,
                sagemaker_status=document.sagemaker_status,
                message=failure and failure[:MAX_MESSAGE_CHARS],
                started_at=document.started_at,
                ended_at=document.ended_at,
            )
        )
    document.attempts.append(Attempt(number=number, mode=mode, started_at=at))


def attempt_observed(document: RunDocument) -> None:
    """Update the attempt under way from the document."""
    if document.attempts:
        attempt = document.attempts[-1]
        attempt.execution_arn = document.run_id
        attempt.sagemaker_status = document.sagemaker_status
        attempt.message = document.message and document.message[:MAX_MESSAGE_CHARS]
        attempt.ended_at = document.ended_at


def attempt_refused(document: RunDocument, why: str, at: datetime) -> None:
    """Enter that the attempt that was added last could not be begun."""
    attempt = document.attempts[-1]
    attempt.message, attempt.ended_at = why[:MAX_MESSAGE_CHARS], at
