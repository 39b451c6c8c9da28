"""What a refused start comes to: retried, deferred, or final; and what is read before anything is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError, FailureError

from activities.aws.connection_errors import NoTurnError
from activities.aws.errors import AwsError, Kind, retry_delay, to_application_error
from activities.models import NOT_SENT, START_DEFERRED
from activities.starting.earlier_attempts import EarlierAttempts
from activities.unexpected import ATTEMPTS, unexpected
from contract.failures import FailureType

ATTEMPTS_BEFORE_DEFERRING: Final = 6
"""About half a minute of throttling or of a dead endpoint; a cancel must not wait for the end of either."""

READING_SECONDS: Final = 45.0
"""For everything that is read before a request is sent. The activity's time limit must have room for the request, too:
an attempt that Temporal ends cannot say that nothing was sent."""

PROPAGATION_SECONDS: Final = 120.0
"""For how long a new role or bucket may be unknown; AWS says "usually seconds", others retry for minutes
(terraform-provider-aws, training_job.go)."""


_ABOUT_THE_INPUT: Final = frozenset({FailureType.INVALID_INPUT, FailureType.INVALID_PARAMETERS})


def failure_of(  # noqa: PLR0913 — one refusal, and what is known of it
    error: AwsError,
    earlier: EarlierAttempts,
    *,
    not_found: FailureType = FailureType.EXECUTION_NOT_FOUND,
    settles: bool = False,
    is_propagation: bool = False,
    explained: ApplicationError | None = None,
) -> ApplicationError:
    """Return the failure of an attempt whose call was refused or whose answer was lost.

    Args:
        error: What the call raised, as people may read it.
        earlier: The attempts so far; learns that this one was refused for certain.
        not_found: The failure type for something that does not exist.
        settles: Whether the error settles an open outcome, because AWS checked the idempotency key first.
        is_propagation: Whether AWS refuses because something new is not known everywhere yet.
        explained: A failure that explains a final refusal better than AWS does.
    """
    if error.had_no_effect:
        earlier.refused_for_certain()
    is_open = earlier.leaves_outcome_open and not settles
    if not is_open and explained is not None:
        return explained
    if not is_open and is_propagation:
        return _propagation(error, earlier)
    if not is_open and _is_deferrable(error):
        return deferred(error.explanation)
    return to_application_error(error, attempt=activity.info().attempt, not_found=not_found, never_final=is_open)


def undecided(error: AwsError) -> ApplicationError:
    """Return the failure of an attempt that could not find out whether a resource exists: always retryable."""
    return to_application_error(error, attempt=activity.info().attempt, never_final=True)


def deferred(why: str) -> ApplicationError:
    """Return the failure that sends a start back to the workflow's durable timer."""
    return ApplicationError(why, type=START_DEFERRED, non_retryable=True)


@asynccontextmanager
async def before_sending(earlier: EarlierAttempts) -> AsyncIterator[None]:
    """Bound what happens before a request is sent, in time and in attempts.

    Raises:
        ApplicationError: `StartPutOff` if it takes too long, `WorkerError` for an unexpected error. Both are retryable
            while the outcome of an earlier attempt is open, and say for certain that this attempt sent nothing.
    """
    time_limit = asyncio.timeout(READING_SECONDS)
    try:
        async with time_limit:
            yield
    except ApplicationError as error:
        if error.type not in _ABOUT_THE_INPUT:
            raise
        raise ApplicationError(error.message, NOT_SENT, type=error.type, non_retryable=error.non_retryable) from None
    except FailureError:
        raise
    except Exception as error:  # noqa: BLE001 — whatever it is, it must be bounded
        earlier.refused_for_certain()
        if time_limit.expired():
            raise _too_slow(earlier) from None
        final = activity.info().attempt >= ATTEMPTS and not earlier.may_have_been_accepted
        # No text: it could quote a secret.
        raise unexpected(error, final=final) from None


def _too_slow(earlier: EarlierAttempts) -> ApplicationError:
    why = f"What the start needs could not be read within {READING_SECONDS:g} s; nothing was sent"
    if not earlier.may_have_been_accepted:
        return deferred(why)
    return ApplicationError(why, type=Kind.UNAVAILABLE, next_retry_delay=retry_delay(activity.info().attempt))


def _is_deferrable(error: AwsError) -> bool:
    has_waited = isinstance(error.cause, NoTurnError) or activity.info().attempt >= ATTEMPTS_BEFORE_DEFERRING
    return error.rule.is_outage and has_waited


def _propagation(error: AwsError, earlier: EarlierAttempts) -> ApplicationError:
    is_over = earlier.seconds_of_propagation() >= PROPAGATION_SECONDS
    activity.heartbeat(earlier)
    return ApplicationError(
        error.explanation,
        type=FailureType.ACCESS_DENIED,
        non_retryable=is_over,
        next_retry_delay=retry_delay(activity.info().attempt),
    )
