"""What single answers tell: the clock, by the date of AWS's answer, success or refusal."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from activities.aws.connection_errors import NoTurnError
from activities.aws.errors import AwsError, Call
from activities.aws.findings import Answer, check_clock, check_sagemaker
from activities.aws.platforms import Platform
from activities.resources.operations import LIST_PIPELINES

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
CALL = Call(LIST_PIPELINES, "method=default", "prod", "eu-west-1")


def answer(date: str | None, *, code: str | None = None) -> Answer:
    """An answer that came at noon with this date, as a refusal if a code is given."""
    metadata: Any = {"ResponseMetadata": {"HTTPHeaders": {} if date is None else {"date": date}}}
    if code is None:
        return Answer("eu-west-1", NOW, 0.1, response=metadata)
    refusal: Any = {"Error": {"Code": code}, **metadata}
    return Answer("eu-west-1", NOW, 0.1, error=AwsError(CALL, ClientError(refusal, "ListPipelines")))


@pytest.mark.parametrize("code", [None, "RequestExpired", "AccessDeniedException"])
@pytest.mark.parametrize(
    ("ahead", "ok", "told"),
    [
        (0, True, "agrees with AWS's to 60 s"),
        (60, True, "agrees with AWS's to 60 s"),
        (-60, True, "agrees with AWS's to 60 s"),
        (61, False, "this machine's clock is 61 s ahead of AWS's"),
        (-400, False, "this machine's clock is 400 s behind AWS's"),
    ],
)
def test_the_clock_is_compared_with_awss(ahead: int, ok: bool, told: str, code: str | None) -> None:  # noqa: FBT001
    """A refusal has a date, too, and a wrong clock is a reason for one."""
    date = format_datetime(NOW - timedelta(seconds=ahead), usegmt=True)
    found = check_clock(answer(date, code=code))
    assert (found.ok, found.detail) == (ok, told)
    assert (found.remedy is None) == ok


@pytest.mark.parametrize(
    "without_date",
    [
        answer(None),
        answer("yesterday"),
        answer(format_datetime(NOW - timedelta(hours=1), usegmt=True), code="503"),
        Answer("eu-west-1", NOW, 0.1, error=AwsError(CALL, EndpointConnectionError(endpoint_url="https://e"))),
    ],
    ids=["no date", "no such date", "a proxy's date", "no answer"],
)
def test_without_awss_date_the_clock_is_not_judged(without_date: Answer) -> None:
    """And another answer is looked at instead."""
    assert check_clock(without_date).ok is None
    assert check_clock(without_date, answer(format_datetime(NOW, usegmt=True))).ok is True


def test_a_question_without_a_turn_says_nothing_about_sagemaker() -> None:
    """The platform is slowed down, which is not to be taken for an endpoint that does not answer."""
    found = check_sagemaker(
        Platform(), Answer("eu-west-1", NOW, 30, error=AwsError(CALL, NoTurnError("no turn came within 30 s")))
    )
    assert found.ok is None
    assert found.detail.startswith("not asked: NoTurnError: no turn came within 30 s")
