"""Names of AWS's operations, and what error texts call the resources of their requests."""

from typing import Any

import pytest
from botocore.session import get_session

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platforms
from activities.resources import operations
from activities.resources.operations import SAGEMAKER, Operation, resource_of
from activities.telemetry import Telemetry
from tests.unit.activities.scripted_aws import ScriptedAws, reply
from tests.unit.activities.test_call_outcomes import Recorded

EVERY_OPERATION = get_session().get_service_model(SAGEMAKER).operation_names


def test_every_operation_has_the_method_that_boto3_gives_it(aws: ScriptedAws, calls: SageMakerCalls) -> None:
    """All operations of SageMaker, among them those with abbreviations, such as DescribeAutoMLJobV2."""
    client: Any = calls._clients.client(aws.platform)  # noqa: SLF001 — boto3's own table
    assert len(EVERY_OPERATION) > 300
    assert {Operation(name).method: name for name in EVERY_OPERATION} == client.meta.method_to_api_mapping


def test_every_named_operation_exists() -> None:
    """The constants name what AWS has."""
    named = [value for value in vars(operations).values() if isinstance(value, Operation)]
    assert named
    for operation in named:
        assert operation.name in get_session().get_service_model(operation.service).operation_names


async def test_metrics_have_awss_spelling(aws: ScriptedAws) -> None:
    """DescribeAutoMLJobV2 cannot be derived from boto3's method."""
    aws.script.append(reply())
    metrics = Recorded()
    calls = SageMakerCalls(Platforms([aws.platform]), threads=1, telemetry=Telemetry(metrics))
    await calls.poll(aws.platform, Operation("DescribeAutoMLJobV2"), AutoMLJobName="x")
    calls.close()
    assert metrics.calls == [("default", "DescribeAutoMLJobV2", "OK", "OK")]


@pytest.mark.parametrize(
    ("request_members", "resource"),
    [
        ({}, ""),
        ({"MaxResults": 1}, ""),
        ({"ClientRequestToken": "t", "PipelineName": "churn"}, "pipeline=churn"),
        ({"PipelineExecutionArn": "arn"}, "execution=arn"),
        ({"PipelineNamePrefix": "ch"}, "prefix=ch"),
        ({"MaxResults": 1, "TrainingJobName": "x"}, "TrainingJobName=x"),
    ],
)
def test_a_request_names_its_resource(request_members: dict[str, Any], resource: str) -> None:
    """As error texts show it."""
    assert resource_of(request_members) == resource
