"""Calls to AWS as metrics name them."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from activities.aws.call_outcomes import code_label, measured
from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platforms
from activities.metrics import AwsCall, Metrics
from activities.resources.operations import LIST_PIPELINES
from activities.telemetry import Telemetry
from tests.unit.activities.scripted_aws import ScriptedAws, refusal, reply


class Recorded(Metrics):
    """Metrics that remember the calls that they counted."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, str, str]] = []

    def aws_called(self, call: AwsCall) -> None:
        """See base class."""
        super().aws_called(call)
        assert call.seconds >= 0
        self.calls.append((call.platform, call.operation, call.code, call.kind))


def answered(code: str) -> ClientError:
    """An answer of AWS."""
    return ClientError({"Error": {"Code": code, "Message": "arn:aws:sagemaker"}}, "StartPipelineExecution")


@pytest.mark.parametrize(
    ("error", "label"),
    [
        (answered("ThrottlingException"), "ThrottlingException"),
        (answered("503"), "503"),
        (answered("arn:aws:whatever"), "Other"),
        (answered(""), "Other"),
        (ReadTimeoutError(endpoint_url="http://x"), "ReadTimeoutError"),
        (ValueError("secret"), "ValueError"),
    ],
    ids=["known", "status", "unknown", "none", "no_answer", "not_aws"],
)
def test_a_code_is_of_a_closed_set(error: Exception, label: str) -> None:
    """Whatever AWS or a proxy sends."""
    assert code_label(error) == label


def test_an_error_goes_on_after_it_was_measured() -> None:
    """Measuring changes nothing."""
    metrics = Recorded()
    with pytest.raises(ReadTimeoutError), measured(metrics, "default", LIST_PIPELINES):
        raise ReadTimeoutError(endpoint_url="http://x")
    assert metrics.calls == [("default", "ListPipelines", "ReadTimeoutError", "AwsUnavailable")]


async def test_each_attempt_is_a_call_of_its_own(aws: ScriptedAws) -> None:
    """Refused credentials are tried once more, and AWS counts both."""
    aws.script += [refusal("ExpiredTokenException", "expired"), reply(PipelineSummaries=[])]
    metrics = Recorded()
    calls = SageMakerCalls(Platforms([aws.platform]), threads=1, telemetry=Telemetry(metrics))
    await calls.call(aws.platform, LIST_PIPELINES)
    calls.close()
    assert metrics.calls == [
        ("default", "ListPipelines", "ExpiredTokenException", "CredentialsUnavailable"),
        ("default", "ListPipelines", "OK", "OK"),
    ]
