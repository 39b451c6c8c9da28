"""What becomes of an AWS error: one table from kind to attempts and remedy, and the text that people read.

What an error means is told by `activities.aws.error_kinds`.
"""

import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, assert_never

from botocore import exceptions as boto
from temporalio.exceptions import ApplicationError

from activities.aws.connection_errors import OutOfTimeError
from activities.aws.error_kinds import AwsError, Kind, aws_text, classify, code_of
from activities.aws.remedies import CREDENTIAL_REMEDIES, permission_remedy, quota_name, region_remedy
from contract.failures import FailureType

__all__ = ["AwsError", "Call", "Kind", "classify", "describe_error", "explain", "remedy_for", "to_application_error"]

MAX_MESSAGE_CHARS: Final = 1200
MAX_RESOURCE_CHARS: Final = 300
LONGEST_RETRY_DELAY: Final = timedelta(seconds=60)


@dataclass(frozen=True)
class Rule:
    """What becomes of an activity that meets this kind of error."""

    attempts: int | None
    """Attempts of the activity before it fails; None means it is retried until it succeeds."""
    remedy: str
    """What a person can do about it, one sentence."""


RULES: Final[dict[Kind, Rule]] = {
    Kind.THROTTLED: Rule(None, "Nothing to do: it is retried more slowly."),
    Kind.UNAVAILABLE: Rule(
        None,
        "It is retried until AWS answers; if it lasts, check that the worker reaches the endpoint and that the "
        "region has SageMaker.",
    ),
    Kind.CREDENTIALS: Rule(4, "Check the platform's credentials: are they there, unexpired, and is the clock right?"),
    Kind.QUOTA: Rule(1, "Wait until other executions or jobs end, or request a higher quota in AWS Service Quotas."),
    Kind.QUOTA_IS_ZERO: Rule(1, "Request a quota above zero in AWS Service Quotas, then start the run again."),
    # A change of roles or tags takes seconds to propagate, hence not at the first attempt.
    Kind.ACCESS: Rule(3, "Grant the named permission to the platform's identity."),
    Kind.INVALID: Rule(1, "Correct the named field or parameter and start the run again."),
    Kind.NOT_FOUND: Rule(1, "Check name, region and account."),
    Kind.CONFLICT: Rule(6, "Something else changes the resource at the same time, or used the token for other input."),
    Kind.MISCONFIGURED: Rule(1, "Correct the platform in the worker's configuration."),
    Kind.SECRET: Rule(1, "Correct the reference, or the vault in the worker's configuration; nothing was sent to AWS."),
    Kind.SOURCE: Rule(None, "It is retried until what gives credentials or secrets answers; nothing was sent to AWS."),
    Kind.UNKNOWN: Rule(5, "See the error code in AWS's documentation."),
}

_PASSED_ROLE = "If a role was passed, iam:PassRole on it is needed too."


@dataclass(frozen=True)
class Call:
    """What was called, for error texts."""

    operation: str
    resource: str
    platform: str
    region: str | None

    def __str__(self) -> str:
        return f"{self.operation} [{self.resource}, platform={self.platform}, region={self.region or 'none'}"


def to_application_error(
    error: Exception,
    call: Call,
    *,
    attempt: int,
    not_found: FailureType = FailureType.EXECUTION_NOT_FOUND,
    patient: Collection[Kind] = (),
) -> ApplicationError:
    """Turn an error of a boto3 call into the activity's failure.

    Args:
        error: What boto3 raised.
        call: What was called.
        attempt: The activity's attempt, from 1.
        not_found: The failure type for a missing resource.
        patient: Kinds to retry that would otherwise be final after some attempts, because giving up would be worse.

    Returns:
        An error whose type, retryability and delay follow the tables above.
    """
    kind = classify(error)
    attempts = RULES[kind].attempts
    exhausted = attempts is not None and attempt >= attempts
    return ApplicationError(
        explain(error, call),
        type=failure_type(kind, not_found),
        non_retryable=exhausted and kind not in patient,
        next_retry_delay=retry_delay(attempt),
    )


def failure_type(kind: Kind, not_found: FailureType) -> str:
    """Name the ApplicationError type of a kind."""
    match kind:
        case Kind.NOT_FOUND:
            return not_found
        case (
            Kind.THROTTLED
            | Kind.UNAVAILABLE
            | Kind.CREDENTIALS
            | Kind.QUOTA
            | Kind.QUOTA_IS_ZERO
            | Kind.ACCESS
            | Kind.INVALID
            | Kind.CONFLICT
            | Kind.MISCONFIGURED
            | Kind.SECRET
            | Kind.SOURCE
            | Kind.UNKNOWN
        ):
            return kind.value
        case _:
            assert_never(kind)


def retry_delay(attempt: int) -> timedelta:
    """Back off exponentially from 1 s to a minute, jittered over the upper half so that runs do not march in step."""
    # The exponent is bounded, too: after a day's outage the power alone would overflow.
    ceiling = min(2.0 ** min(attempt - 1, 16), LONGEST_RETRY_DELAY.total_seconds())
    return timedelta(seconds=ceiling * random.uniform(0.5, 1.0))  # noqa: S311 — spreading load, not a secret


def explain(error: Exception, call: Call) -> str:
    """Say what was called, what AWS answered and what to do, in bounded length and without any secret."""
    remedy = remedy_for(error, call)
    # The remedy is what must not be cut off.
    return f"{describe_error(error, call)[: MAX_MESSAGE_CHARS - len(remedy) - 2]}. {remedy}"


def describe_error(error: Exception, call: Call) -> str:
    """Say what was called and what AWS answered, in bounded length and without any secret."""
    code = code_of(error) if isinstance(error, boto.ClientError) else type(error).__name__
    request_id = _request_id(error)
    place = f"{call}{f', request_id={request_id}' if request_id else ''}]"
    return f"{code}: {aws_text(error)} — {place}"[:MAX_MESSAGE_CHARS]


def remedy_for(error: Exception, call: Call) -> str:
    """Say in a sentence what a person can do: as precisely as AWS's text allows, else what helps with its kind."""
    kind = classify(error)
    general = RULES[kind].remedy
    precise: str | None = None
    match kind:
        case Kind.ACCESS:
            precise = permission_remedy(aws_text(error))
            if call.operation == "StartPipelineExecution":
                precise = f"{precise or general} {_PASSED_ROLE}"
        case Kind.QUOTA | Kind.QUOTA_IS_ZERO if quota := quota_name(aws_text(error)):
            precise = f"{general} The quota is called '{quota}'."
        case Kind.NOT_FOUND:
            precise = (
                f"Check that {call.resource[:MAX_RESOURCE_CHARS]} is there, in the region {call.region or 'none'} and "
                f"the account of the platform '{call.platform}'."
            )
        case Kind.UNAVAILABLE if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError):
            precise = region_remedy(call.region)
        case Kind.CREDENTIALS if isinstance(error, boto.ClientError):
            precise = CREDENTIAL_REMEDIES.get(code_of(error))
        case Kind.UNKNOWN if isinstance(error, OutOfTimeError):
            precise = "Look at it in the AWS console."
        case Kind.MISCONFIGURED if isinstance(error, boto.NoRegionError):
            precise = "Give the platform a region in the worker's configuration."
        case _:
            pass
    return precise or general


def _request_id(error: Exception) -> str | None:
    if not isinstance(error, boto.ClientError):
        return None
    return error.response.get("ResponseMetadata", {}).get("RequestId")
