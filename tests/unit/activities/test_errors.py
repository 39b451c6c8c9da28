"""The error tables: what each answer of AWS means, what becomes of the activity, and what people read."""

from datetime import timedelta
from typing import Any

import pytest
from botocore import exceptions as boto
from botocore.parsers import ResponseParserError

from activities.aws.calls import SageMakerCalls
from activities.aws.classification import classify
from activities.aws.connection_errors import CredentialSourceUnavailableError, NoTurnError, SecretUnavailableError
from activities.aws.error_rules import RULES
from activities.aws.errors import (
    LONGEST_RETRY_DELAY,
    MAX_MESSAGE_CHARS,
    AwsError,
    Call,
    Kind,
    failure_type,
    retry_delay,
    to_application_error,
)
from activities.resources.operations import LIST_PIPELINES, START_EXECUTION, STOP_EXECUTION
from contract.failures import FailureType
from tests.unit.activities.scripted_aws import REQUEST_ID, Answer, ScriptedAws, refusal

START = Call(START_EXECUTION, "pipeline=churn", "prod", "eu-west-1")
STOP = Call(STOP_EXECUTION, "execution=arn", "prod", None)

ZERO = (
    "The account-level service limit 'ml.p3.2xlarge for training job usage' is 0 Instances, with current utilization "
    "of 0 Instances and a request delta of 1 Instances."
)
EXHAUSTED = ZERO.replace("is 0 ", "is 20 ").replace("of 0 ", "of 20 ")

CODES = {
    Kind.THROTTLED: ["ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"],
    Kind.UNAVAILABLE: [
        "InternalFailure",
        "InternalServerException",
        "ServiceUnavailable",
        "IDPCommunicationError",
        "RequestTimeoutException",
        "500",
        "502",
        "503",
        "504",
    ],
    Kind.CREDENTIALS: [
        "ExpiredTokenException",
        "ExpiredToken",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "RequestExpired",
        "RequestTimeTooSkewed",
        "IncompleteSignature",
        "SignatureDoesNotMatch",
        "InvalidIdentityToken",
        "IDPRejectedClaim",
        "RegionDisabledException",
    ],
    Kind.ACCESS: ["AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired"],
    Kind.INVALID: ["ValidationException"],
    Kind.NOT_FOUND: ["ResourceNotFound"],
    Kind.IN_USE: ["ResourceInUse"],
    Kind.CONFLICT: ["ConflictException"],
    Kind.QUOTA: ["ResourceLimitExceeded"],
    Kind.UNKNOWN: ["", "NobodyKnowsThisException"],
}
"""AWS's codes as its documentation and traces have them, by what they mean."""

BOTO: dict[Kind, list[Exception]] = {
    Kind.THROTTLED: [NoTurnError("no turn came within 30 s; nothing was sent")],
    Kind.MISCONFIGURED: [
        boto.NoRegionError(),
        boto.ProfileNotFound(profile="p"),
        boto.InvalidRegionError(region_name="_"),
        boto.ConfigParseError(path="p"),
    ],
    Kind.CREDENTIALS: [
        boto.NoCredentialsError(),
        boto.PartialCredentialsError(provider="env", cred_var="AWS_SECRET_ACCESS_KEY"),
        boto.CredentialRetrievalError(provider="process", error_msg="exit code 1"),
        boto.UnauthorizedSSOTokenError(),
        boto.SSOTokenLoadError(error_msg="expired"),
        boto.TokenRetrievalError(provider="sso", error_msg="expired"),
        boto.MetadataRetrievalError(error_msg="no role"),
    ],
    Kind.INVALID: [boto.ParamValidationError(report="PipelineName is too long")],
    Kind.UNAVAILABLE: [
        boto.EndpointConnectionError(endpoint_url="https://e"),
        boto.ConnectTimeoutError(endpoint_url="https://e"),
        boto.ReadTimeoutError(endpoint_url="https://e"),
        boto.ConnectionClosedError(endpoint_url="https://e"),
        boto.ProxyConnectionError(proxy_url="http://p"),
        boto.SSLError(endpoint_url="https://e", error=OSError("certificate")),
        ResponseParserError("not JSON"),
    ],
    Kind.UNKNOWN: [boto.BotoCoreError(), KeyError("x")],
}

ATTEMPTS = {
    Kind.THROTTLED: None,
    Kind.UNAVAILABLE: None,
    Kind.CREDENTIALS: 4,
    Kind.QUOTA: 1,
    Kind.QUOTA_IS_ZERO: 1,
    Kind.ACCESS: 3,
    Kind.INVALID: 1,
    Kind.NOT_FOUND: 1,
    Kind.IN_USE: 1,
    Kind.CONFLICT: 6,
    Kind.MISCONFIGURED: 1,
    Kind.SECRET: 1,
    Kind.SOURCE: None,
    Kind.UNKNOWN: 5,
}
"""Attempts after which each kind is final."""


def client_error(code: str, message: str = "text of AWS", *, status: int = 400) -> boto.ClientError:
    """AWS's refusal as boto3 raises it."""
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"RequestId": REQUEST_ID, "HTTPStatusCode": status},
    }
    return boto.ClientError(response, "StartPipelineExecution")


FAILURE_TYPES = {Kind.IN_USE: "Conflict"}
"""Of kinds that close a run under another name."""

NEVER_FINAL = {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.QUOTA, Kind.NOT_FOUND, Kind.SOURCE}
"""Kinds that close no workflow under their own name: retried, waited for, or told by what is missing."""

AN_ERROR_OF: dict[Kind, Exception] = {
    **{kind: client_error(codes[0]) for kind, codes in CODES.items()},
    Kind.QUOTA_IS_ZERO: client_error("ResourceLimitExceeded", ZERO),
    Kind.MISCONFIGURED: boto.NoRegionError(),
    Kind.SECRET: SecretUnavailableError("vault://v/s", "it is not there"),
    Kind.SOURCE: CredentialSourceUnavailableError("STS does not answer"),
}


@pytest.mark.parametrize(("kind", "code"), [(kind, code) for kind, codes in CODES.items() for code in codes])
def test_a_code_has_its_kind(kind: Kind, code: str) -> None:
    """The code alone decides."""
    assert classify(client_error(code)) is kind
    assert classify(client_error(code, "Only an AccessDenied text, ThrottlingException, is 0 ")) is kind


@pytest.mark.parametrize(
    ("kind", "error"),
    [(kind, error) for kind, errors in BOTO.items() for error in errors],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else value,
)
def test_what_boto_raises_itself_has_its_kind(kind: Kind, error: Exception) -> None:
    """No answer came, or none was asked for."""
    assert classify(error) is kind


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (ZERO, Kind.QUOTA_IS_ZERO),
        (EXHAUSTED, Kind.QUOTA),
        (EXHAUSTED.replace("utilization of 20", "utilization of 0"), Kind.QUOTA),
        (ZERO.replace("is 0 ", "is 10 "), Kind.QUOTA),
        ("", Kind.QUOTA),
    ],
)
def test_only_a_limit_of_zero_is_hopeless(message: str, kind: Kind) -> None:
    """Every other quota may have room later."""
    assert classify(client_error("ResourceLimitExceeded", message)) is kind


@pytest.mark.parametrize(
    ("error", "certain"),
    [
        pytest.param(client_error("AccessDeniedException"), True, id="refused"),
        pytest.param(client_error("ThrottlingException"), True, id="throttled"),
        pytest.param(client_error("OnlyAWSKnows", status=400), True, id="unknown code, 4xx"),
        pytest.param(client_error("OnlyAWSKnows", status=500), False, id="unknown code, 5xx"),
        pytest.param(client_error("InternalFailure"), False, id="AWS failed"),
        pytest.param(boto.NoCredentialsError(), True, id="never sent"),
        pytest.param(NoTurnError("no turn came"), True, id="never its turn"),
        pytest.param(boto.ReadTimeoutError(endpoint_url="https://x"), False, id="no answer"),
        pytest.param(boto.ConnectionClosedError(endpoint_url="https://x"), False, id="lost answer"),
        pytest.param(ResponseParserError("no JSON"), False, id="unreadable answer"),
    ],
)
def test_only_an_answer_or_a_call_never_sent_is_certain(error: Exception, *, certain: bool) -> None:
    """Everything else may have been accepted, and must be asked about under the same token."""
    assert AwsError(START, error).had_no_effect is certain


def test_every_kind_has_its_patience() -> None:
    """The whole table, so that a change of one line is seen."""
    assert {kind: rule.attempts for kind, rule in RULES.items()} == ATTEMPTS
    assert ATTEMPTS.keys() == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_an_error_is_final_at_its_last_attempt(kind: Kind) -> None:
    """Up to there it is retried, and what never ends a run is retried for ever."""
    final = [
        to_application_error(AwsError(START, AN_ERROR_OF[kind]), attempt=attempt).non_retryable
        for attempt in range(1, 2000)
    ]
    attempts = ATTEMPTS[kind]
    assert final == [attempts is not None and attempt >= attempts for attempt in range(1, 2000)]


@pytest.mark.parametrize("kind", Kind)
def test_a_kind_that_is_put_up_with_is_never_final(kind: Kind) -> None:
    """Whoever asks knows where giving up would be worse than asking again."""
    assert not to_application_error(AwsError(STOP, AN_ERROR_OF[kind]), attempt=1000, never_final=True).non_retryable


@pytest.mark.parametrize("kind", Kind)
def test_an_error_has_its_failure_type(kind: Kind) -> None:
    """Callers branch on it; what is missing depends on who asked."""
    types = {
        to_application_error(AwsError(START, AN_ERROR_OF[kind]), attempt=1, not_found=not_found).type
        for not_found in (FailureType.PIPELINE_NOT_FOUND, FailureType.EXECUTION_NOT_FOUND)
    }
    assert types == (
        {"PipelineNotFound", "ExecutionNotFound"} if kind is Kind.NOT_FOUND else {FAILURE_TYPES.get(kind, kind.value)}
    )


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in NEVER_FINAL])
def test_a_final_error_is_of_the_contract(kind: Kind) -> None:
    """A type that closes a workflow is one that the contract promises."""
    assert failure_type(kind, FailureType.EXECUTION_NOT_FOUND) in set(FailureType)


@pytest.mark.parametrize("attempt", [1, 2, 3, 6, 7, 8, 100, 1024, 1025, 100_000])
def test_delays_double_up_to_a_minute(attempt: int) -> None:
    """However long an outage lasts, the next attempt comes within a minute, and not all at once."""
    ceiling = min(timedelta(seconds=2 ** min(attempt - 1, 10)), timedelta(minutes=1))
    delays = [retry_delay(attempt) for _ in range(50)]
    assert all(ceiling / 2 <= delay <= ceiling <= LONGEST_RETRY_DELAY for delay in delays)
    assert len(set(delays)) > 1


def test_a_text_says_what_was_called_what_aws_said_and_what_to_do() -> None:
    """The whole text of a typical refusal."""
    message = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: sagemaker:StartPipelineExecution"
    assert AwsError(START, client_error("AccessDeniedException", message)).explanation == (
        f"AccessDeniedException: {message} — StartPipelineExecution [pipeline=churn, platform=prod, region=eu-west-1, "
        f"request_id={REQUEST_ID}]. Grant sagemaker:StartPipelineExecution to arn:aws:iam::111122223333:user/x. "
        "If a role was passed, iam:PassRole on it is needed too."
    )
    assert AwsError(STOP, client_error("AccessDeniedException", message)).explanation == (
        f"AccessDeniedException: {message} — StopPipelineExecution [execution=arn, platform=prod, region=none, "
        f"request_id={REQUEST_ID}]. Grant sagemaker:StartPipelineExecution to arn:aws:iam::111122223333:user/x."
    )
    assert AwsError(STOP, boto.NoRegionError()).explanation == (
        "NoRegionError: You must specify a region. — StopPipelineExecution [execution=arn, platform=prod, "
        "region=none]. Give the platform a region in the worker's configuration."
    )


@pytest.mark.parametrize("length", [0, 599, 600, 601, 10_000, 3_000_000])
def test_a_text_is_bounded_and_keeps_the_remedy(length: int) -> None:
    """It stands in histories, and what to do must not be what is cut off."""
    for error in (client_error("ValidationException", "x" * length), boto.ParamValidationError(report="x" * length)):
        text = AwsError(START, error).explanation
        assert len(text) <= MAX_MESSAGE_CHARS
        assert text.endswith(RULES[Kind.INVALID].remedy)
    long_resource = Call(START_EXECUTION, "pipeline=" + "p" * length, "prod", "eu-west-1")
    assert len(AwsError(long_resource, client_error("ValidationException")).explanation) <= MAX_MESSAGE_CHARS


@pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "InvalidSignatureException"])
def test_the_canonical_request_is_never_told(code: str) -> None:
    """AWS quotes it in full, with the session token among its headers."""
    message = (
        "The request signature we calculated does not match the signature you provided.\n\n"
        "The Canonical String for this request should have been\n'POST\n/\n\nhost:api.sagemaker\n"
        "x-amz-security-token:IQoJb3JpZ2luX2VjEHUNTER2\n"
    )
    error = to_application_error(AwsError(START, client_error(code, message)), attempt=1)
    assert error.message.startswith(f"{code}: The request signature we calculated does not match")
    assert "IQoJb3JpZ2luX2VjEHUNTER2" not in repr((error, error.message, error.details, error.__cause__))
    assert "Canonical" not in error.message


async def test_answers_that_are_not_awss_are_an_outage(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """A proxy's page, as an unchanged boto3 reads it."""
    page = "<html><body><h1>503 Service Unavailable</h1></body></html>"
    for status in (500, 502, 503, 504):
        for content_type in ("text/html", "application/x-amz-json-1.1"):
            aws.script.append(Answer(page, status, content_type))
            with pytest.raises(AwsError) as raised:
                await calls.call(aws.platform, LIST_PIPELINES)
            assert raised.value.kind is Kind.UNAVAILABLE
            assert "<html>" not in raised.value.explanation


PAGE = (
    '<!DOCTYPE html>\n<html lang="en"><head><title>502 Bad Gateway</title><style>body { color: red }</style></head>'
    "<body><h1>Bad&nbsp;Gateway</h1><!-- padding --><p>nginx</p></body></html>"
)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Kind.UNAVAILABLE),
        (502, Kind.UNAVAILABLE),
        (520, Kind.UNAVAILABLE),
        (429, Kind.THROTTLED),
        (403, Kind.UNKNOWN),
    ],
)
async def test_a_page_is_told_in_words(aws: ScriptedAws, calls: SageMakerCalls, status: int, kind: Kind) -> None:
    """A proxy's or a server's page says nothing of SageMaker, and its markup nothing to a person."""
    aws.script.append(Answer(PAGE, status, "text/html"))
    with pytest.raises(AwsError) as raised:
        await calls.call(aws.platform, LIST_PIPELINES)
    assert raised.value.kind is kind
    assert str(raised.value).startswith(f"HTTP {status} without an error of AWS: 502 Bad Gateway Bad Gateway nginx — ")


@pytest.mark.parametrize("size", [0, 100, 10_000, 3_000_000])
def test_a_page_is_bounded(size: int) -> None:
    """Wherever it is cut."""
    for filling in ("<", "x", "<p>", " ", "<script>", "&", "é"):
        page = f"<html>{filling * (size // len(filling))}"
        text = AwsError(START, client_error("500", page, status=500)).explanation
        assert len(text) <= MAX_MESSAGE_CHARS
        assert "<" not in text
        parse_error = AwsError(START, ResponseParserError(f"Unable to parse response, received: {page}"))
        assert "<" not in parse_error.explanation


@pytest.mark.parametrize(
    ("code", "status", "kind", "no_effect"),
    [
        ("NewThrottle", 429, Kind.THROTTLED, True),
        ("NewFailure", 500, Kind.UNAVAILABLE, False),
        ("NewFailure", 599, Kind.UNAVAILABLE, False),
        ("NewRefusal", 400, Kind.UNKNOWN, True),
        ("NewRefusal", 0, Kind.UNKNOWN, True),
        ("AccessDeniedException", 500, Kind.ACCESS, True),
    ],
)
def test_a_code_that_nothing_knows_has_a_rule(code: str, status: int, kind: Kind, *, no_effect: bool) -> None:
    """By its HTTP status; that of a known code says nothing."""
    error = AwsError(START, client_error(code, status=status))
    assert (error.kind, error.had_no_effect) == (kind, no_effect)
    assert kind is not Kind.UNKNOWN or to_application_error(error, attempt=5).non_retryable


async def test_the_request_id_comes_from_the_answer(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """AWS's support asks for it first."""
    aws.script.append(refusal("ValidationException", "1 validation error detected"))
    with pytest.raises(AwsError) as raised:
        await calls.call(aws.platform, LIST_PIPELINES)
    assert f"request_id={REQUEST_ID}]" in raised.value.explanation
