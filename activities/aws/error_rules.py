"""What an AWS error means: one row for each kind of error, with everything that the worker does about it.

Sources: "Common Errors" of the SageMaker and STS API references, the errors of SageMaker's service model, and the codes
that botocore itself takes for throttling (`botocore.retries.standard`). A new kind of error is a row of this table and
a line of `tests/errors/answers.py`; a new code of AWS stands in one row's `codes`.
"""

from collections.abc import Mapping
from datetime import timedelta
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
from activities.aws.error_kinds import Kind, Rule
from contract.failures import FailureType

_SECONDS_UNTIL_VISIBLE: Final = timedelta(seconds=60)
"""Right after a start an execution may not be visible yet; AWS does not document for how long."""

_UNTIL_REPAIRED: Final = timedelta(hours=1)
"""The execution runs on and costs money without a watch, so a wrong role after a deployment or an outage of the token
service is waited out; the heartbeat details show it meanwhile."""

RULES: Final[Mapping[Kind, Rule]] = {
    Kind.THROTTLED: Rule(
        meaning="Too many calls",
        remedy="Nothing to do: it is retried more slowly.",
        codes=(
            "ThrottlingException",
            "Throttling",
            "RequestLimitExceeded",
            "TooManyRequestsException",
            "ThrottledException",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "429",
        ),
        exceptions=(NoTurnError,),
        attempts=None,
        is_transient=True,
    ),
    Kind.UNAVAILABLE: Rule(
        meaning=(
            "AWS or the network does not work; also connection errors, timeouts, a proxy's HTML page, and codes that "
            "the worker does not know with a status of 500 or more"
        ),
        remedy=(
            "It is retried until AWS answers; if it lasts, check that the worker reaches the endpoint and that the "
            "region has SageMaker."
        ),
        codes=(
            "InternalFailure",
            "InternalServerException",
            "InternalServerError",
            "ServiceUnavailable",
            "ServiceUnavailableException",
            "RequestTimeout",
            "RequestTimeoutException",
            "RequestAbortedException",
            "IDPCommunicationError",
            # An answer that is not AWS's JSON (a proxy's HTML page): botocore gives the HTTP status as the code.
            "500",
            "502",
            "503",
            "504",
        ),
        exceptions=(boto.HTTPClientError, boto.ConnectionError, ResponseParserError),
        attempts=None,
        is_transient=True,
        may_have_effect=True,
    ),
    Kind.CREDENTIALS: Rule(
        meaning="Credentials expired, refused or missing; also everything that botocore raises without keys",
        remedy="Check the platform's credentials: are they there, unexpired, and is the clock right?",
        codes=(
            "ExpiredTokenException",
            "ExpiredToken",
            "InvalidClientTokenId",
            "UnrecognizedClientException",
            "RequestExpired",
            "RequestTimeTooSkewed",
            "IncompleteSignature",
            "SignatureDoesNotMatch",
            "InvalidSignatureException",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "InvalidIdentityToken",
            "IDPRejectedClaim",
            "RegionDisabledException",
        ),
        exceptions=(
            CredentialsRefusedError,
            boto.NoCredentialsError,
            boto.PartialCredentialsError,
            boto.CredentialRetrievalError,
            boto.UnauthorizedSSOTokenError,
            boto.SSOTokenLoadError,
            boto.TokenRetrievalError,
            boto.MetadataRetrievalError,
        ),
        attempts=4,
        patience=_UNTIL_REPAIRED,
        lacks_credentials=True,
    ),
    Kind.QUOTA: Rule(
        meaning="A quota is used up",
        remedy="Wait until other executions or jobs end, or request a higher quota in AWS Service Quotas.",
        codes=("ResourceLimitExceeded",),
        attempts=1,
    ),
    Kind.QUOTA_IS_ZERO: Rule(
        meaning="A quota is zero (by AWS's text)",
        remedy="Request a quota above zero in AWS Service Quotas, then start the run again.",
        attempts=1,
    ),
    Kind.ACCESS: Rule(
        meaning="A permission is missing",
        remedy="Grant the named permission to the platform's identity.",
        codes=("AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired"),
        # A change of roles or tags takes seconds to propagate, hence not at the first attempt.
        attempts=3,
        patience=_UNTIL_REPAIRED,
    ),
    Kind.INVALID: Rule(
        meaning="The input is wrong",
        remedy="Correct the named field or parameter and start the run again.",
        codes=("ValidationException", "ValidationError", "ReceiptHandleIsInvalid"),
        exceptions=(boto.ParamValidationError,),
        attempts=1,
        patience=_UNTIL_REPAIRED,
    ),
    Kind.NOT_FOUND: Rule(
        meaning="There is no such pipeline or execution",
        remedy="Check name, region and account.",
        codes=(
            "ResourceNotFound",
            "ResourceNotFoundException",
            # Of SQS, which goes on using the codes of its older protocol (service model in botocore, awsQueryError).
            "AWS.SimpleQueueService.NonExistentQueue",
            "QueueDoesNotExist",
        ),
        attempts=1,
        patience=_SECONDS_UNTIL_VISIBLE,
    ),
    Kind.IN_USE: Rule(
        meaning="The name is taken",
        remedy="Choose another name: a resource with this one exists.",
        codes=("ResourceInUse", "ResourceInUseException"),
        attempts=1,
        patience=_UNTIL_REPAIRED,
        failure_type=FailureType.CONFLICT,
    ),
    Kind.CONFLICT: Rule(
        meaning="Something else changes the resource",
        remedy="Something else changes the resource at the same time, or used the token for other input.",
        codes=("ConflictException",),
        attempts=6,
        is_transient=True,
    ),
    Kind.MISCONFIGURED: Rule(
        meaning="The platform's configuration cannot work, such as no region or the wrong account",
        remedy="Correct the platform in the worker's configuration.",
        exceptions=(
            PlatformMisconfiguredError,
            boto.NoRegionError,
            boto.ProfileNotFound,
            boto.InvalidRegionError,
            boto.ConfigParseError,
        ),
        attempts=1,
        patience=_UNTIL_REPAIRED,
        lacks_credentials=True,
    ),
    Kind.SECRET: Rule(
        meaning="A secret cannot be had",
        remedy="Correct the reference, or the vault in the worker's configuration; nothing was sent to AWS.",
        exceptions=(SecretUnavailableError,),
        attempts=1,
        patience=_UNTIL_REPAIRED,
        lacks_credentials=True,
    ),
    Kind.SOURCE: Rule(
        meaning="STS, a vault or another source of credentials does not answer",
        remedy="It is retried until what gives credentials or secrets answers; nothing was sent to AWS.",
        exceptions=(CredentialSourceUnavailableError,),
        attempts=None,
        is_transient=True,
        lacks_credentials=True,
    ),
    Kind.UNKNOWN: Rule(
        meaning="Anything else",
        remedy="See the error code in AWS's documentation.",
        attempts=5,
        patience=_UNTIL_REPAIRED,
        may_have_effect=True,
    ),
}

KIND_OF_CODE: Final[Mapping[str, Kind]] = {code: kind for kind, rule in RULES.items() for code in rule.codes}
