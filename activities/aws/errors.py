"""The error of a call: what was called, what came back, what it means, and the text that people read.

What each kind of error means is in `activities.aws.error_rules`.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from botocore import exceptions as boto
from temporalio.exceptions import ApplicationError

from activities.aws.classification import aws_text, classify, code_of, is_certain_refusal
from activities.aws.connection_errors import OutOfTimeError
from activities.aws.error_kinds import Kind, Rule
from activities.aws.error_rules import RULES
from activities.aws.remedies import CREDENTIAL_REMEDIES, permission_remedy, quota_name, region_remedy
from activities.resources.operations import ANSWER_STEP, FAIL_STEP, START_EXECUTION, UPDATE_PIPELINE, Operation
from contract.failures import FailureType

__all__ = ["AwsError", "Call", "Kind", "retry_delay", "to_application_error"]

MAX_MESSAGE_CHARS: Final = 1200
MAX_RESOURCE_CHARS: Final = 300
LONGEST_RETRY_DELAY: Final = timedelta(seconds=60)


_PASSED_ROLE = "If a role was passed, iam:PassRole on it is needed too."


@dataclass(frozen=True)
class Call:
    """What was called, for error texts.

    Attributes:
        operation: The operation.
        resource: What the call is about, such as `pipeline=churn`; empty if it is about nothing in particular.
        platform: The platform's name.
        region: The region that the platform's client really has.
    """

    operation: Operation
    resource: str
    platform: str
    region: str | None

    def __str__(self) -> str:
        resource = f"{self.resource}, " if self.resource else ""
        return f"{self.operation} [{resource}platform={self.platform}, region={self.region or 'none'}"


class AwsError(Exception):
    """A call that failed because of AWS, the network, credentials or configuration.

    Its text names the call and AWS's answer, is bounded, and has no secret in it.

    Attributes:
        call: What was called.
        cause: What boto3 raised, or this worker before boto3 was reached (`activities.aws.connection_errors`).
        kind: What that means.
    """

    def __init__(self, call: Call, cause: Exception, kind: Kind | None = None) -> None:
        """Describe the error.

        Args:
            call: What was called.
            cause: What was raised.
            kind: What it means, where its code alone does not say it; by default what the code says.
        """
        super().__init__(describe_error(cause, call))
        self.call = call
        self.cause = cause
        self.kind = kind or classify(cause)

    @property
    def rule(self) -> Rule:
        """What the worker does about this kind of error."""
        return RULES[self.kind]

    @property
    def is_answer(self) -> bool:
        """Whether AWS answered; else no answer came, or the call was never sent."""
        return isinstance(self.cause, boto.ClientError)

    @property
    def response(self) -> Mapping[str, Any]:
        """AWS's whole answer as boto3 gives it; empty if there was none."""
        return self.cause.response if isinstance(self.cause, boto.ClientError) else {}

    @property
    def had_no_effect(self) -> bool:
        """Whether AWS certainly did not do what was asked; otherwise that is open."""
        return is_certain_refusal(self.cause)

    @property
    def remedy(self) -> str:
        """What a person can do, in a sentence: as precisely as AWS's text allows, else what helps with its kind."""
        return remedy_for(self.cause, self.call, self.kind)

    @property
    def explanation(self) -> str:
        """What was called, what AWS answered and what to do, in bounded length and without any secret."""
        # The remedy is what must not be cut off.
        return f"{str(self)[: MAX_MESSAGE_CHARS - len(self.remedy) - 2]}. {self.remedy}"


def to_application_error(
    error: AwsError,
    *,
    attempt: int,
    not_found: FailureType = FailureType.EXECUTION_NOT_FOUND,
    never_final: bool = False,
) -> ApplicationError:
    """Turn an error into the activity's failure.

    Args:
        error: What the call raised.
        attempt: The activity's attempt, from 1.
        not_found: The failure type for a missing resource.
        never_final: Whether to retry even an error that would otherwise be final, because giving up would be worse.

    Returns:
        An error whose type, retryability and delay follow the tables above.
    """
    attempts = error.rule.attempts
    exhausted = attempts is not None and attempt >= attempts
    return ApplicationError(
        error.explanation,
        type=failure_type(error.kind, not_found),
        non_retryable=exhausted and not never_final,
        next_retry_delay=retry_delay(attempt),
    )


def failure_type(kind: Kind, not_found: FailureType) -> str:
    """Return the ApplicationError type of a kind; what is missing depends on what was asked for."""
    return not_found if kind is Kind.NOT_FOUND else RULES[kind].failure_type or kind.value


def retry_delay(attempt: int) -> timedelta:
    """Back off exponentially from 1 s to a minute, jittered over the upper half so that runs do not march in step."""
    # The exponent is bounded, too: after a day's outage the power alone would overflow.
    ceiling = min(2.0 ** min(attempt - 1, 16), LONGEST_RETRY_DELAY.total_seconds())
    return timedelta(seconds=ceiling * random.uniform(0.5, 1.0))  # noqa: S311 — spreading load, not a secret


def describe_error(error: Exception, call: Call) -> str:
    """Say what was called and what AWS answered, in bounded length and without any secret."""
    code = code_of(error) if isinstance(error, boto.ClientError) else type(error).__name__
    # An answer that is not AWS's, such as a proxy's page, has its HTTP status as its code.
    code = f"HTTP {code} without an error of AWS" if code.isdigit() else code
    request_id = _request_id(error)
    place = f"{call}{f', request_id={request_id}' if request_id else ''}]"
    return f"{code}: {aws_text(error)} — {place}"[:MAX_MESSAGE_CHARS]


def remedy_for(error: Exception, call: Call, kind: Kind) -> str:
    """Return what a person can do, in a sentence; see `AwsError.remedy`."""
    general = RULES[kind].remedy
    precise: str | None = None
    match kind:
        case Kind.ACCESS:
            precise = permission_remedy(aws_text(error))
            passes_role = call.operation in {START_EXECUTION, UPDATE_PIPELINE}
            if passes_role or call.operation.name.startswith("Create"):
                precise = f"{precise or general} {_PASSED_ROLE}"
        case Kind.QUOTA | Kind.QUOTA_IS_ZERO if quota := quota_name(aws_text(error)):
            precise = f"{general} The quota is called '{quota}'."
        case Kind.NOT_FOUND:
            precise = (
                f"Check that {call.resource[:MAX_RESOURCE_CHARS]} is there, in the region {call.region or 'none'} and "
                f"the account of the platform '{call.platform}'."
            )
        case Kind.INVALID if call.operation in {ANSWER_STEP, FAIL_STEP}:
            precise = "Correct the answer and send it again: the step still waits."
        case Kind.UNAVAILABLE if isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError):
            precise = region_remedy(call.region)
        case Kind.CREDENTIALS if isinstance(error, boto.ClientError):
            precise = CREDENTIAL_REMEDIES.get(code_of(error))
        case Kind.UNKNOWN if isinstance(error, OutOfTimeError):
            precise = "The AWS console shows it."
        case Kind.MISCONFIGURED if isinstance(error, boto.NoRegionError):
            precise = "Give the platform a region in the worker's configuration."
        case _:
            pass
    return precise or general


def _request_id(error: Exception) -> str | None:
    if not isinstance(error, boto.ClientError):
        return None
    return error.response.get("ResponseMetadata", {}).get("RequestId")
