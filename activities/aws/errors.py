"""The truth about AWS errors: one table from code to kind, one from kind to what happens and what to do.

Sources: the table "Errors on the wire" in the project's notes on SageMaker, which quotes AWS's documentation, the
botocore 1.44.5 service model and real traces. Errors are classified by code, never by HTTP status (AccessDenied
is seen with 400 and documented with 403) and never by message, but for the quota of zero.
"""

import random
import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, assert_never

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError
from temporalio.exceptions import ApplicationError

from activities.aws.connection_errors import (
    CredentialSourceUnavailableError,
    CredentialsRefusedError,
    PlatformMisconfiguredError,
    SecretUnavailableError,
)
from contract.failures import FailureType

MAX_MESSAGE_CHARS: Final = 1200
MAX_AWS_TEXT_CHARS: Final = 600
LONGEST_RETRY_DELAY: Final = timedelta(seconds=60)


class Kind(StrEnum):
    """What an error means for a run."""

    THROTTLED = "Throttled"
    UNAVAILABLE = "AwsUnavailable"
    CREDENTIALS = "CredentialsUnavailable"
    QUOTA = "QuotaExceeded"
    QUOTA_IS_ZERO = "QuotaIsZero"
    ACCESS = "AccessDenied"
    INVALID = "InvalidInput"
    NOT_FOUND = "NotFound"
    CONFLICT = "Conflict"
    MISCONFIGURED = "PlatformMisconfigured"
    SECRET = "SecretUnavailable"  # noqa: S105 — a type's name
    SOURCE = "CredentialSourceUnavailable"
    UNKNOWN = "AwsRefused"


KIND_OF_CODE: Final[dict[str, Kind]] = {
    "ThrottlingException": Kind.THROTTLED,
    "Throttling": Kind.THROTTLED,
    "RequestLimitExceeded": Kind.THROTTLED,
    "TooManyRequestsException": Kind.THROTTLED,
    "InternalFailure": Kind.UNAVAILABLE,
    "InternalServerException": Kind.UNAVAILABLE,
    "InternalServerError": Kind.UNAVAILABLE,
    "ServiceUnavailable": Kind.UNAVAILABLE,
    "ServiceUnavailableException": Kind.UNAVAILABLE,
    "IDPCommunicationError": Kind.UNAVAILABLE,
    # An answer that is not AWS's JSON (a proxy's HTML page): botocore gives the HTTP status as the code.
    "500": Kind.UNAVAILABLE,
    "502": Kind.UNAVAILABLE,
    "503": Kind.UNAVAILABLE,
    "504": Kind.UNAVAILABLE,
    "ResourceLimitExceeded": Kind.QUOTA,
    "ExpiredTokenException": Kind.CREDENTIALS,
    "ExpiredToken": Kind.CREDENTIALS,
    "InvalidClientTokenId": Kind.CREDENTIALS,
    "UnrecognizedClientException": Kind.CREDENTIALS,
    "RequestExpired": Kind.CREDENTIALS,
    "SignatureDoesNotMatch": Kind.CREDENTIALS,
    "InvalidSignatureException": Kind.CREDENTIALS,
    "MissingAuthenticationToken": Kind.CREDENTIALS,
    "MissingAuthenticationTokenException": Kind.CREDENTIALS,
    "InvalidIdentityToken": Kind.CREDENTIALS,
    "IDPRejectedClaim": Kind.CREDENTIALS,
    "RegionDisabledException": Kind.CREDENTIALS,
    "AccessDeniedException": Kind.ACCESS,
    "AccessDenied": Kind.ACCESS,
    "ValidationException": Kind.INVALID,
    "ValidationError": Kind.INVALID,
    "ResourceNotFound": Kind.NOT_FOUND,
    "ResourceNotFoundException": Kind.NOT_FOUND,
    "ConflictException": Kind.CONFLICT,
}


AwsError = (boto.ClientError, boto.BotoCoreError, ResponseParserError)
"""Everything that a boto3 call raises because of AWS, the network, credentials or configuration."""


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
# `The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, …`, seen in AWS traces.
_ZERO_LIMIT = re.compile(r"service limit .{0,200}? is 0 ")


@dataclass(frozen=True)
class Call:
    """What was called, for error texts."""

    operation: str
    resource: str
    platform: str
    region: str | None

    def __str__(self) -> str:
        return f"{self.operation} [{self.resource}, platform={self.platform}, region={self.region or 'none'}"


def classify(error: Exception) -> Kind:  # noqa: PLR0911 — one table, one row a kind
    """Tell what an error of a boto3 call means; whatever is not boto3's is `UNKNOWN`."""
    match error:
        case boto.ClientError():
            kind = KIND_OF_CODE.get(_code(error), Kind.UNKNOWN)
            return Kind.QUOTA_IS_ZERO if kind is Kind.QUOTA and _ZERO_LIMIT.search(_aws_text(error)) else kind
        case PlatformMisconfiguredError():
            return Kind.MISCONFIGURED
        case CredentialsRefusedError():
            return Kind.CREDENTIALS
        case SecretUnavailableError():
            return Kind.SECRET
        case CredentialSourceUnavailableError():
            return Kind.SOURCE
        case boto.NoRegionError() | boto.ProfileNotFound() | boto.InvalidRegionError() | boto.ConfigParseError():
            return Kind.MISCONFIGURED
        case (
            boto.NoCredentialsError()
            | boto.PartialCredentialsError()
            | boto.CredentialRetrievalError()
            | boto.UnauthorizedSSOTokenError()
            | boto.SSOTokenLoadError()
            | boto.TokenRetrievalError()
            | boto.MetadataRetrievalError()
        ):
            return Kind.CREDENTIALS
        case boto.ParamValidationError():
            return Kind.INVALID
        case boto.HTTPClientError() | boto.ConnectionError() | ResponseParserError():
            return Kind.UNAVAILABLE
        case _:
            return Kind.UNKNOWN


def to_application_error(
    error: Exception,
    call: Call,
    *,
    attempt: int,
    not_found: FailureType = FailureType.EXECUTION_NOT_FOUND,
    patient: bool = False,
) -> ApplicationError:
    """Turn an error of a boto3 call into the activity's failure.

    Args:
        error: What boto3 raised.
        call: What was called.
        attempt: The activity's attempt, from 1.
        not_found: The failure type for a missing resource.
        patient: Retry what would otherwise fail after some attempts, because giving up would be worse.

    Returns:
        An error whose type, retryability and delay follow the tables above.
    """
    kind = classify(error)
    attempts = RULES[kind].attempts
    exhausted = attempts is not None and attempt >= attempts
    return ApplicationError(
        explain(error, call),
        type=failure_type(kind, not_found),
        non_retryable=exhausted and not (patient and kind not in _NEVER_BETTER),
        next_retry_delay=retry_delay(attempt),
    )


_NEVER_BETTER = {Kind.INVALID, Kind.NOT_FOUND, Kind.MISCONFIGURED}


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
    kind = classify(error)
    remedy = RULES[kind].remedy
    if kind is Kind.ACCESS and call.operation == "StartPipelineExecution":
        remedy = f"{remedy} {_PASSED_ROLE}"
    code = _code(error) if isinstance(error, boto.ClientError) else type(error).__name__
    request_id = _request_id(error)
    place = f"{call}{f', request_id={request_id}' if request_id else ''}]"
    return f"{code}: {_aws_text(error)} — {place}. {remedy}"[:MAX_MESSAGE_CHARS]


def _code(error: boto.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _aws_text(error: Exception) -> str:
    if not isinstance(error, boto.ClientError):
        return str(error)[:MAX_AWS_TEXT_CHARS]
    text = str(error.response.get("Error", {}).get("Message", "")).strip()
    if KIND_OF_CODE.get(_code(error)) is Kind.CREDENTIALS:
        # A signature mismatch quotes the canonical request, session token included: only its first line is safe.
        text = text.split("\n", 1)[0]
    return text[:MAX_AWS_TEXT_CHARS]


def _request_id(error: Exception) -> str | None:
    if not isinstance(error, boto.ClientError):
        return None
    return error.response.get("ResponseMetadata", {}).get("RequestId")
