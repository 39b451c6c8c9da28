"""What a refused start comes to: retried, deferred, or final; and what is read before anything is sent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Propagation:
    """A refusal that may be over soon, because AWS does not see something new or moved yet.

    Attributes:
        failure: The type of the failure when it is not over in time.
        seconds: How long it is retried.
    """

    failure: FailureType
    seconds: float


NEW_ROLE: Final = Propagation(FailureType.ACCESS_DENIED, 120.0)
"""A new role or bucket; AWS says "usually seconds", others retry for minutes (terraform-provider-aws,
training_job.go)."""

DELETED_NAME: Final = Propagation(FailureType.JOB_NAME_TAKEN, 120.0)
"""A job of this name that AWS shows as Deleting, or does not show while its name is taken. How soon its name is free is
not published; Terraform waits until the job is not found (terraform-provider-aws, training_job.go)."""

MOVED_ALIAS: Final = Propagation(FailureType.PIPELINE_NOT_FOUND, 60.0)
"""A version alias in the middle of a promotion: it is removed from one version and then added to another, by two calls
of UpdatePipelineVersion, and meanwhile AWS answers ResourceNotFound (developer guide, "Pipeline version aliases")."""

_ABOUT_THE_INPUT: Final = frozenset({FailureType.INVALID_INPUT, FailureType.INVALID_PARAMETERS})


def failure_of(  # noqa: PLR0913 — one refusal, and what is known of it
    error: AwsError,
    earlier: EarlierAttempts,
    *,
    not_found: FailureType = FailureType.EXECUTION_NOT_FOUND,
    settles: bool = False,
    propagation: Propagation | None = None,
    explained: ApplicationError | None = None,
) -> ApplicationError:
    """Return the failure of an attempt whose call was refused or whose answer was lost.

    Args:
        error: What the call raised, as people may read it.
        earlier: The attempts so far; learns that this one was refused for certain.
        not_found: The failure type for something that does not exist.
        settles: Whether the error settles an open outcome, because AWS checked the idempotency key first.
        propagation: What AWS may not see yet; None if waiting cannot help.
        explained: A failure that explains a final refusal better than AWS does.
    """
    if error.had_no_effect:
        earlier.refused_for_certain()
    is_open = earlier.leaves_outcome_open and not settles
    if not is_open and _is_deferrable(error):
        return deferred(error.explanation)
    # The workflow waits for room, and asks again; every other failure would end the run beside what it began before.
    is_open = is_open or (earlier.may_be_known and not settles and error.kind is not Kind.QUOTA)
    if not is_open and explained is not None:
        return explained
    if not is_open and propagation is not None:
        return not_visible_yet(error.explanation, propagation, earlier)
    return to_application_error(error, attempt=activity.info().attempt, not_found=not_found, never_final=is_open)


def not_visible_yet(why: str, propagation: Propagation, earlier: EarlierAttempts) -> ApplicationError:
    """Return the failure of an attempt that AWS refuses for now; not retryable once that has gone on for too long."""
    is_over = earlier.seconds_of_propagation(propagation.failure) >= propagation.seconds
    activity.heartbeat(earlier)
    return ApplicationError(
        why,
        type=propagation.failure,
        non_retryable=is_over,
        next_retry_delay=retry_delay(activity.info().attempt),
    )


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
    except FailureError as error:
        earlier.refused_for_certain()
        if not isinstance(error, ApplicationError) or error.type not in _ABOUT_THE_INPUT:
            raise
        raise ApplicationError(error.message, NOT_SENT, type=error.type, non_retryable=error.non_retryable) from None
    except Exception as error:  # noqa: BLE001 — whatever it is, it must be bounded
        earlier.refused_for_certain()
        if time_limit.expired():
            raise _too_slow(earlier) from None
        final = activity.info().attempt >= ATTEMPTS and not earlier.may_have_created
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
