"""What an AWS error means: one table from code to kind, and what boto3 raises by itself.

Sources: the table "Errors on the wire" in the project's notes on SageMaker, which quotes AWS's documentation, the
botocore 1.44.5 service model and real traces; "Common Errors" of the SageMaker API reference; the codes that botocore
itself takes for throttling (`botocore.retries.standard`). Errors are classified by code, never by HTTP status
(AccessDenied is seen with 400 and documented with 403) and never by message, but for the quota of zero.
"""

import re
from enum import StrEnum
from typing import Final

from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from activities.aws.connection_errors import (
    CredentialSourceUnavailableError,
    CredentialsRefusedError,
    NoTurnError,
    PlatformMisconfiguredError,
    SecretUnavailableError,
)

MAX_AWS_TEXT_CHARS: Final = 600
FIRST_SERVER_ERROR: Final = 500

# `The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, …`, seen in AWS traces.
_ZERO_LIMIT = re.compile(r"service limit .{0,200}? is 0 ")


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
    "ThrottledException": Kind.THROTTLED,
    "RequestThrottled": Kind.THROTTLED,
    "RequestThrottledException": Kind.THROTTLED,
    "SlowDown": Kind.THROTTLED,
    "429": Kind.THROTTLED,
    "InternalFailure": Kind.UNAVAILABLE,
    "InternalServerException": Kind.UNAVAILABLE,
    "InternalServerError": Kind.UNAVAILABLE,
    "ServiceUnavailable": Kind.UNAVAILABLE,
    "ServiceUnavailableException": Kind.UNAVAILABLE,
    "RequestTimeout": Kind.UNAVAILABLE,
    "RequestTimeoutException": Kind.UNAVAILABLE,
    "RequestAbortedException": Kind.UNAVAILABLE,
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
    "RequestTimeTooSkewed": Kind.CREDENTIALS,
    "IncompleteSignature": Kind.CREDENTIALS,
    "SignatureDoesNotMatch": Kind.CREDENTIALS,
    "InvalidSignatureException": Kind.CREDENTIALS,
    "MissingAuthenticationToken": Kind.CREDENTIALS,
    "MissingAuthenticationTokenException": Kind.CREDENTIALS,
    "InvalidIdentityToken": Kind.CREDENTIALS,
    "IDPRejectedClaim": Kind.CREDENTIALS,
    "RegionDisabledException": Kind.CREDENTIALS,
    "AccessDeniedException": Kind.ACCESS,
    "AccessDenied": Kind.ACCESS,
    "NotAuthorized": Kind.ACCESS,
    "OptInRequired": Kind.ACCESS,
    "ValidationException": Kind.INVALID,
    "ValidationError": Kind.INVALID,
    "ResourceNotFound": Kind.NOT_FOUND,
    "ResourceNotFoundException": Kind.NOT_FOUND,
    "ConflictException": Kind.CONFLICT,
}


BOTO_ERRORS: Final = (boto.ClientError, boto.BotoCoreError, ResponseParserError)
"""Everything that a boto3 call raises because of AWS, the network, credentials or configuration."""


def classify(error: Exception) -> Kind:  # noqa: C901, PLR0911 — one table, one row a kind
    """Tell what an error of a boto3 call means; whatever is not boto3's is `UNKNOWN`."""
    match error:
        case boto.ClientError():
            kind = KIND_OF_CODE.get(code_of(error), Kind.UNKNOWN)
            return Kind.QUOTA_IS_ZERO if kind is Kind.QUOTA and _ZERO_LIMIT.search(aws_text(error)) else kind
        case NoTurnError():
            return Kind.THROTTLED
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


def is_certain_refusal(error: Exception) -> bool:
    """Whether AWS answered, and so that what was asked was not done; anything else leaves that open."""
    kind = classify(error)
    if not isinstance(error, boto.ClientError):
        # Without a turn, credentials, a secret, a region or a connection nothing was even sent.
        return kind in _NEVER_SENT or isinstance(error, boto.EndpointConnectionError | boto.ConnectTimeoutError)
    if kind is Kind.UNKNOWN:
        return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)) < FIRST_SERVER_ERROR
    return kind is not Kind.UNAVAILABLE


_NEVER_SENT: Final = {
    Kind.THROTTLED,
    Kind.CREDENTIALS,
    Kind.MISCONFIGURED,
    Kind.INVALID,
    Kind.SECRET,
    Kind.SOURCE,
}


def code_of(error: boto.ClientError) -> str:
    """Read AWS's code of an error."""
    return str(error.response.get("Error", {}).get("Code", ""))


def aws_text(error: Exception) -> str:
    """Read the text of an error, in bounded length and without any secret."""
    if not isinstance(error, boto.ClientError):
        return str(error)[:MAX_AWS_TEXT_CHARS]
    text = str(error.response.get("Error", {}).get("Message", "")).strip()
    if KIND_OF_CODE.get(code_of(error)) is Kind.CREDENTIALS:
        # A signature mismatch quotes the canonical request, session token included: only its first line is safe.
        text = text.split("\n", 1)[0]
    return text[:MAX_AWS_TEXT_CHARS]
