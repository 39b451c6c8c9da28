"""Writes `docs/errors.md` from the tables in the code: `python -m tests.errors.table > docs/errors.md`."""

import sys
from collections.abc import Iterable
from datetime import timedelta

from botocore.exceptions import ClientError

from activities.aws.connection_errors import CredentialSourceUnavailableError, PlatformMisconfiguredError
from activities.aws.credentials.sts import ASSUME_ROLE, CALLER_IDENTITY, WEB_IDENTITY, through_sts
from activities.aws.error_kinds import Kind
from activities.aws.error_rules import KIND_OF_CODE, RULES
from activities.aws.errors import AwsError, Call, failure_type, retry_delay, to_application_error
from activities.resources.operations import STOP_EXECUTION
from activities.starting.refusals import MOVED_ALIAS
from contract.failures import FailureType

STS_CODES = {
    WEB_IDENTITY: [
        ("InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://issuer"),
        ("InvalidIdentityToken", "Incorrect token audience"),
        ("ExpiredTokenException", "Token expired: current date/time N must be before the expiration date/time N"),
        ("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        ("IDPRejectedClaim", ""),
        ("IDPCommunicationError", ""),
        ("RegionDisabledException", ""),
        ("ValidationError", ""),
    ],
    ASSUME_ROLE: [
        ("AccessDenied", "User is not authorized to perform: sts:AssumeRole"),
        ("InvalidClientTokenId", "The security token included in the request is invalid."),
        ("SignatureDoesNotMatch", ""),
        ("ExpiredToken", ""),
    ],
    CALLER_IDENTITY: [("AccessDenied", "")],
}

HEAD = """\
# Errors of AWS, and what becomes of a run

Written by `python -m tests.errors.table` from the tables in `activities/aws`; a test compares the two.

Errors are classified by AWS's code. Every failure has a type, and its message names the operation, the resource, the
platform, the region, AWS's request id and the remedy. Nothing but AWS's own answer ends a start whose outcome is not
known: it is retried under the same token, so that no execution is started twice and none is lost.

- **Start**: StartPipelineExecution, before anything runs.
- **Watch**: DescribePipelineExecution, while the execution runs. A run that gives up says so, and that the execution
  goes on; a new run with its `execution_arn` follows it again.
- **Stop**: StopPipelineExecution after a cancel or a timeout, retried for as long as the execution lives.

## SageMaker
"""

STS_HEAD = """
## STS, before SageMaker is asked

A platform with a role asks STS for keys first. `retried` and `fails` are as above; the failure's type is
`CredentialsUnavailable` or `PlatformMisconfigured`.
"""


def render() -> str:
    """The whole document."""
    kinds = [_row(kind) for kind in Kind]
    columns = ["AWS's code", "meaning", "Start", "Watch", "Stop", "failure type", "remedy"]
    sts = [_sts_row(operation, *answer) for operation, answers in STS_CODES.items() for answer in answers]
    return (
        HEAD
        + "\n"
        + _table(columns, kinds)
        + STS_HEAD
        + "\n"
        + _table(["STS operation", "code and text", "what happens", "remedy"], sts)
    )


def _row(kind: Kind) -> list[str]:
    codes = [f"`{code}`" for code, known in KIND_OF_CODE.items() if known is kind and not code.isdigit()]
    if kind is Kind.QUOTA_IS_ZERO:
        codes = ["`ResourceLimitExceeded`"]
    return [
        ", ".join(codes) or "-",
        RULES[kind].meaning,
        _start(kind),
        _watch(kind),
        _stop(kind),
        _type(kind),
        RULES[kind].remedy,
    ]


def _start(kind: Kind) -> str:
    if kind is Kind.QUOTA:
        return "waited for (`WaitingForQuota`, 60 s growing to 5 min)"
    attempts = RULES[kind].attempts
    if attempts is None:
        return "retried; after about half a minute on a durable timer"
    if attempts == 1:
        by_alias = f"; by `pipeline_version_alias` after {MOVED_ALIAS.seconds:.0f} s" if kind is Kind.NOT_FOUND else ""
        return f"fails at once{by_alias}"
    # The longest: every delay may be half of it.
    seconds = sum(2.0 ** (attempt - 1) for attempt in range(1, attempts))
    assert retry_delay(1) <= timedelta(seconds=1)
    first = "refreshed, " if kind is Kind.CREDENTIALS else ""
    return f"{first}fails after {attempts} attempts (at most {seconds:.0f} s)"


def _watch(kind: Kind) -> str:
    patience = RULES[kind].patience
    if patience is None:
        return "retried, more slowly"
    seconds = patience.total_seconds()
    return f"fails after {f'{seconds / 3600:.0f} h' if seconds >= 3600 else f'{seconds:.0f} s'} without a break"


def _stop(kind: Kind) -> str:
    call = Call(STOP_EXECUTION, "execution", "platform", "region")
    final = to_application_error(AwsError(call, _an_error(kind)), attempt=1000, never_final=True).non_retryable
    return "given up; the run follows the execution to its end" if final else "retried"


def _an_error(kind: Kind) -> Exception:
    known = {
        Kind.MISCONFIGURED: PlatformMisconfiguredError("text"),
        Kind.SOURCE: CredentialSourceUnavailableError("text"),
    }
    code = next((code for code, found in KIND_OF_CODE.items() if found is kind), "Unknown")
    return known.get(kind) or ClientError({"Error": {"Code": code, "Message": ""}}, "StopPipelineExecution")


def _type(kind: Kind) -> str:
    if kind is Kind.NOT_FOUND:
        return f"`{FailureType.PIPELINE_NOT_FOUND}`, `{FailureType.EXECUTION_NOT_FOUND}`"
    never_final = kind is Kind.QUOTA or RULES[kind].is_outage
    return "-" if never_final else f"`{failure_type(kind, FailureType.EXECUTION_NOT_FOUND)}`"


def _sts_row(operation: str, code: str, text: str) -> list[str]:
    def refuse() -> None:
        raise ClientError({"Error": {"Code": code, "Message": text}}, operation)

    try:
        through_sts(refuse, operation, None)()
    except Exception as error:  # noqa: BLE001 — whatever it is, is what is told
        what = "retried" if isinstance(error, CredentialSourceUnavailableError) else f"fails: {type(error).__name__}"
        if isinstance(error, PlatformMisconfiguredError):
            what = f"fails as `{FailureType.PLATFORM_MISCONFIGURED}`"
        elif what != "retried":
            what = f"fails as `{FailureType.CREDENTIALS_UNAVAILABLE}`"
        told = str(error).split(f"answers {code}: {text}. ", 1)
        remedy = told[1] if len(told) > 1 else RULES[Kind.SOURCE].remedy
        return [f"`{operation}`", f"`{code}`{f' {text}' if text else ''}", what, remedy]
    raise AssertionError("STS's refusal was swallowed")


def _table(columns: list[str], rows: Iterable[list[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(_cell(text) for text in line)} |\n" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")


if __name__ == "__main__":
    sys.stdout.write(render())
