"""What is read out of AWS's texts, and what happens where they cannot be read."""

import pytest
from botocore import exceptions as boto

from activities.aws.error_rules import RULES
from activities.aws.errors import AwsError, Call, Kind
from activities.aws.regions import partition_of
from activities.aws.remedies import permission_remedy, quota_name, region_remedy
from activities.resources.operations import START_EXECUTION

USER = "arn:aws:sts::111122223333:assumed-role/worker/session"
PIPELINE = "arn:aws:sagemaker:eu-west-1:111122223333:pipeline/churn"
DENIED = f"User: {USER} is not authorized to perform: sagemaker:StopPipelineExecution"


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (
            f"{DENIED} on resource: {PIPELINE} because no identity-based policy allows the action",
            f"Grant sagemaker:StopPipelineExecution on {PIPELINE} to {USER}.",
        ),
        (f"{DENIED} on resource: {PIPELINE}.", f"Grant sagemaker:StopPipelineExecution on {PIPELINE} to {USER}."),
        (DENIED, f"Grant sagemaker:StopPipelineExecution to {USER}."),
        (
            f"{DENIED} on resource: {PIPELINE} with an explicit deny in an identity-based policy",
            (
                f"Grant sagemaker:StopPipelineExecution on {PIPELINE} to {USER}; an explicit Deny stands in the way; "
                "remove it, an Allow alone does not help."
            ),
        ),
        (
            f"{DENIED} on resource: {PIPELINE} because no service control policy allows the action",
            (
                f"Grant sagemaker:StopPipelineExecution on {PIPELINE} to {USER}; ask the administrator of the "
                "organization's service control policies."
            ),
        ),
        ("You are not authorized", None),
        ("", None),
        ("User: " + "x" * 100_000, None),
    ],
)
def test_a_missing_permission_is_read(text: str, remedy: str | None) -> None:
    """Action, resource, identity and, if AWS says so, which kind of policy stands in the way."""
    assert permission_remedy(text) == remedy


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (
            "The account-level service limit 'ml.g5.2xlarge for training job usage' is 20 Instances, with current",
            "ml.g5.2xlarge for training job usage",
        ),
        ("service limit 'Concurrent pipeline executions' is 1,000", "Concurrent pipeline executions"),
        ("You have reached a limit", None),
        ("service limit '" + "x" * 100_000, None),
    ],
)
def test_a_quota_is_read_by_name(text: str, name: str | None) -> None:
    """Service Quotas lists it under this name."""
    assert quota_name(text) == name


@pytest.mark.parametrize("region", [None, "eu-west-1", "cn-north-1", "us-gov-west-1", "us-isob-east-1"])
def test_a_region_with_sagemaker_is_not_to_blame(region: str | None) -> None:
    """Then it is the network."""
    assert region_remedy(region) is None


def test_a_region_without_sagemaker_is_named() -> None:
    """A mistyped region looks like a dead network otherwise."""
    call = Call(START_EXECUTION, "pipeline=churn", "prod", "eu-wets-1")
    error = boto.EndpointConnectionError(endpoint_url="https://api.sagemaker.eu-wets-1.amazonaws.com/")
    assert AwsError(call, error).explanation.endswith(
        "The region 'eu-wets-1' is not known to have SageMaker: correct the platform's region, unless it is newer than "
        "this version's botocore."
    )
    near = Call(START_EXECUTION, "pipeline=churn", "prod", "eu-west-1")
    assert AwsError(near, error).explanation.endswith(RULES[Kind.UNAVAILABLE].remedy)


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-east-1", "aws-us-gov"),
        ("eusc-de-east-1", "aws-eusc"),
        ("us-iso-east-1", "aws-iso"),
        ("nowhere", "aws"),
    ],
)
def test_a_region_has_its_partition(region: str, partition: str) -> None:
    """ARNs and policies need it."""
    assert partition_of(region) == partition
