"""The table of permissions, and the policies that are made of it."""

import json
from typing import Any

import pytest

from activities.aws.permissions import PERMISSIONS, Feature, Place, Scope, identity_policy
from activities.resources import operations
from activities.resources.operations import SAGEMAKER, Operation
from activities.resources.table import KINDS
from tests.unit.activities.policy_linter import lint

PLACE = Place("aws", "eu-central-1", "111122223333")
PREFIX = "arn:aws:sagemaker:eu-central-1:111122223333:pipeline"
ROLE = "arn:aws:iam::111122223333:role/team/Execution"
EVERYTHING = list(Feature)


def actions(policy: dict[str, Any]) -> set[str]:
    """All actions that a policy allows."""
    return {action for statement in policy["Statement"] for action in statement["Action"]}


def test_the_table_is_awss() -> None:
    """Each action exists, on the kind of resource that the Service Authorization Reference says."""
    assert lint(identity_policy(PLACE, ["churn-*"], EVERYTHING, [ROLE])) == []
    assert lint(identity_policy(PLACE, [], EVERYTHING, [ROLE])) == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"Action": ["sagemaker:StartPipelineExecutions"]}, "no such action"),
        ({"Action": ["sagemaker:StopPipelineExecution"]}, "is not granted on"),
        ({"Action": ["sagemaker:ListPipelines"]}, "is not granted on"),
        ({"Condition": {"StringEquals": {"iam:PassedToService": "x"}}}, "has no condition key iam:PassedToService"),
    ],
)
def test_the_linter_finds_what_is_wrong(wrong: dict[str, Any], told: str) -> None:
    """Otherwise the other tests would prove nothing."""
    statement = {
        "Effect": "Allow",
        "Action": ["sagemaker:StartPipelineExecution"],
        "Resource": [f"{PREFIX}/churn-*"],
        **wrong,
    }
    assert told in "; ".join(lint({"Version": "2012-10-17", "Statement": [statement]}))


def test_every_operation_that_the_code_calls_is_in_the_table() -> None:
    """A new call of SageMaker comes with its permission, or the policy would lack it."""
    named = {kind.describe.name for kind in KINDS}
    called = {
        operation.name
        for operation in vars(operations).values()
        if isinstance(operation, Operation) and operation.service == SAGEMAKER
    }
    assert called | named == {
        permission.operation for permission in PERMISSIONS if permission.action.startswith("sagemaker:")
    }


def test_the_whole_policy_of_some_pipelines() -> None:
    """Executions are a resource of their own, and the role is passed to SageMaker alone."""
    assert identity_policy(PLACE, ["churn-*"], EVERYTHING, [ROLE])["Statement"] == [
        {"Sid": "FindPipelines", "Effect": "Allow", "Action": ["sagemaker:ListPipelines"], "Resource": ["*"]},
        {
            "Sid": "StartPipelines",
            "Effect": "Allow",
            "Action": [
                "sagemaker:DescribePipeline",
                "sagemaker:StartPipelineExecution",
                "sagemaker:ListPipelineExecutions",
            ],
            "Resource": [f"{PREFIX}/churn-*"],
        },
        {
            "Sid": "FollowAndStopExecutions",
            "Effect": "Allow",
            "Action": [
                "sagemaker:DescribePipelineExecution",
                "sagemaker:ListPipelineExecutionSteps",
                "sagemaker:StopPipelineExecution",
                "sagemaker:RetryPipelineExecution",
                "sagemaker:DescribePipelineDefinitionForExecution",
                "sagemaker:ListPipelineParametersForExecution",
            ],
            "Resource": [f"{PREFIX}/churn-*/execution/*"],
        },
        {
            "Sid": "ReadWhatStepsMade",
            "Effect": "Allow",
            "Action": [
                "sagemaker:DescribeTrainingJob",
                "sagemaker:DescribeProcessingJob",
                "sagemaker:DescribeTransformJob",
                "sagemaker:DescribeHyperParameterTuningJob",
                "sagemaker:DescribeAutoMLJobV2",
                "sagemaker:DescribeModel",
                "sagemaker:DescribeModelPackage",
                "sagemaker:DescribeEndpoint",
                "sagemaker:DescribeEndpointConfig",
            ],
            "Resource": ["arn:aws:sagemaker:eu-central-1:111122223333:*/*"],
        },
        {
            "Sid": "ReadLogsOfJobs",
            "Effect": "Allow",
            "Action": ["logs:FilterLogEvents"],
            "Resource": ["arn:aws:logs:eu-central-1:111122223333:log-group:/aws/sagemaker/*"],
        },
        {
            "Sid": "PassExecutionRoles",
            "Effect": "Allow",
            "Action": ["iam:PassRole"],
            "Resource": [ROLE],
            "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        },
    ]


def test_only_the_features_in_use_are_allowed() -> None:
    """Runs need no listing, discovery no start, and nothing passes a role without being told so."""
    runs = actions(identity_policy(PLACE, [], [Feature.RUNS]))
    assert runs == {item.action for item in PERMISSIONS} - {"sagemaker:ListPipelines", "iam:PassRole"}
    assert actions(identity_policy(PLACE, [], [Feature.DISCOVERY])) == {
        "sagemaker:ListPipelines",
        "sagemaker:DescribePipeline",
    }
    assert "iam:PassRole" not in actions(identity_policy(PLACE, [], EVERYTHING))


@pytest.mark.parametrize(
    ("pattern", "resources"),
    [
        ("churn", [f"{PREFIX}/churn"]),
        ("Churn-*", [f"{PREFIX}/Churn-*", f"{PREFIX}/churn-*"]),
        (
            "arn:aws:sagemaker:eu-west-1:444455556666:pipeline/Shared",
            [
                "arn:aws:sagemaker:eu-west-1:444455556666:pipeline/Shared",
                "arn:aws:sagemaker:eu-west-1:444455556666:pipeline/shared",
            ],
        ),
    ],
)
def test_a_name_with_capitals_stands_in_both_spellings(pattern: str, resources: list[str]) -> None:
    """ARNs have it in lower case, IAM compares with regard to case."""
    policy = identity_policy(PLACE, [pattern], [Feature.RUNS])
    assert [statement["Resource"] for statement in policy["Statement"][:2]] == [
        resources,
        [f"{resource}/execution/*" for resource in resources],
    ]
    assert lint(policy) == []


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso-b"])
def test_every_partition_has_its_own_arns(partition: str) -> None:
    """And the policy with ten patterns fits into a managed policy (6,144 characters, IAM quotas)."""
    place = Place(partition, "us-gov-west-1", "111122223333")
    policy = identity_policy(place, [f"team-{number}-*" for number in range(10)], EVERYTHING, [ROLE])
    assert lint(policy) == []
    assert len("".join(json.dumps(policy).split())) < 6144
    for statement in policy["Statement"]:
        assert all(
            resource in {"*", ROLE} or resource.startswith(f"arn:{partition}:") for resource in statement["Resource"]
        )


def test_every_permission_says_why() -> None:
    """People read the table."""
    assert all(permission.why and permission.features for permission in PERMISSIONS)
    assert {permission.scope for permission in PERMISSIONS} == set(Scope)
