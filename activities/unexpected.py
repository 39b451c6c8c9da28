"""Errors of the worker itself: neither AWS's nor the network's, and in no table.

Temporal retries an activity that raises such an error, and our retry policies have no end: the run could neither go on
nor be cancelled. So an unexpected error ends the activity after some attempts, with a failure that names it. Where an
execution may run, the activity is retried instead, because giving up would leave that execution to itself.
"""

import asyncio
from pathlib import Path
from traceback import extract_tb
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from activities.aws.errors import retry_delay
from contract.failures import FailureType
from contract.names import ActivityType
from contract.surrogates import well_formed_text

log = structlog.get_logger(__name__)

ATTEMPTS: Final = 5
"""Attempts of an activity before an unexpected error ends it."""

MAX_TEXT_CHARS: Final = 300

CONCERNS_WHAT_RUNS: Final = frozenset(
    {
        ActivityType.START,
        ActivityType.RETRY,
        ActivityType.WATCH,
        ActivityType.STOP,
        ActivityType.START_JOB,
        ActivityType.WATCH_JOB,
        ActivityType.STOP_JOB,
        ActivityType.MOVE_ALIAS,
    }
)
"""Activities whose end would leave an execution to itself, or an alias without a version. What a start or a resumption
raises before it sends anything ends it (`activities.starting.refusals.before_sending`)."""


class UnexpectedErrors(Interceptor):
    """Ends activities that keep raising errors which no table knows."""

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 — the SDK's name
        """See `temporalio.worker.Interceptor.intercept_activity`."""
        return _BoundedActivities(next)


class _BoundedActivities(ActivityInboundInterceptor):
    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 — the SDK's name
        try:
            result = await self.next.execute_activity(input)
            # The SDK encodes it where no interceptor sees the error, and retries the activity for ever.
            activity.payload_converter().to_payloads([result])
        except ApplicationError as failure:
            raise _encodable(failure) from failure.__cause__
        except (FailureError, asyncio.CancelledError):
            raise
        except Exception as error:  # noqa: BLE001 — whatever it is, it must be bounded
            info = activity.info()
            final = info.attempt >= ATTEMPTS and info.activity_type not in CONCERNS_WHAT_RUNS
            raise unexpected(error, final=final, text=str(error)) from None
        return result


def _encodable(failure: ApplicationError) -> ApplicationError:
    """Return the failure with a text that can be encoded: else the SDK sends another one, which is retried."""
    message = well_formed_text(failure.message)
    if message == failure.message:
        return failure
    return ApplicationError(
        message,
        *failure.details,
        type=failure.type,
        non_retryable=failure.non_retryable,
        next_retry_delay=failure.next_retry_delay,
        category=failure.category,
    )


def unexpected(error: Exception, *, final: bool, text: str = "") -> ApplicationError:
    """Return the failure of an activity that met an error of the worker itself.

    Args:
        error: The error.
        final: Whether no further attempt is made.
        text: The error's text, unless it may quote a secret.
    """
    frames = extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown place"
    log.error(
        "activity.unexpected_error",
        error=type(error).__name__,
        text=text[:MAX_TEXT_CHARS],
        trace=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    )
    quoted = f": {well_formed_text(text[:MAX_TEXT_CHARS])}" if text else ""
    return ApplicationError(
        f"Unexpected {type(error).__name__} in {place}{quoted}. This is an error of the worker and not of AWS: "
        "report it with the log event activity.unexpected_error",
        type=FailureType.WORKER_ERROR,
        non_retryable=final,
        next_retry_delay=retry_delay(activity.info().attempt),
    )
