"""The table of permissions, and the policies that are made of it."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from activities.aws.deploy_permissions import DEPLOY_PERMISSIONS
from activities.aws.event_permissions import EVENT_PERMISSIONS
from activities.aws.gate_permissions import GATE_PERMISSIONS
from activities.aws.identity_policy import identity_policy
from activities.aws.job_permissions import JOB_PERMISSIONS, roles_needed_by
from activities.aws.permissions import PERMISSIONS, Feature, Scope
from activities.aws.place import Place
from activities.resources import operations
from activities.resources.jobs import KIND_OF_JOB
from activities.resources.kind import ResourceKind
from activities.resources.operations import SAGEMAKER, Operation
from activities.resources.table import KINDS
from contract.job_kinds import JobKind
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
    """A new call of SageMaker comes with its permission, or the policy would lack it; and none is granted in vain."""
    rows = {operation for kind in KINDS for operation in called_by_rows(kind)}
    called = {
        operation
        for operation in vars(operations).values()
        if isinstance(operation, Operation) and operation.service == SAGEMAKER
    }
    tables = (PERMISSIONS, DEPLOY_PERMISSIONS, GATE_PERMISSIONS, *JOB_PERMISSIONS.values())
    granted = {item.action for item in itertools.chain(*tables)}
    assert {operation.action for operation in called | rows} == {
        action for action in granted if action.startswith("sagemaker:")
    }


def called_by_rows(kind: ResourceKind) -> Iterator[Operation]:
    """The operations of a row that the worker calls: of what is no job it only calls the description."""
    yield kind.describe
    if kind.job is not None:
        yield kind.create
        yield from (operation for operation in (kind.stop, kind.update) if operation is not None)
        yield from (listing.operation for listing in (kind.listing, kind.children) if listing is not None)


@pytest.mark.parametrize("job", JobKind)
def test_the_policy_of_each_kind_of_jobs_is_awss_and_names_that_kind_only(job: JobKind) -> None:
    """Each action on the kind of resource that AWS grants it on; lists on everything; only the jobs of the pattern."""
    kind = KIND_OF_JOB[job]
    policy = identity_policy(PLACE, [], [Feature.JOBS], jobs=[f"{job}:churn-*"])
    assert lint(policy) == []
    create = next(each for each in policy["Statement"] if kind.create.action in each["Action"])
    assert create["Resource"] == [f"arn:aws:sagemaker:eu-central-1:111122223333:{kind.arn_type}/churn-*"]
    assert {item.action for item in JOB_PERMISSIONS[job]} <= actions(policy)
    on_everything = [each["Action"] for each in policy["Statement"] if each["Resource"] == ["*"]]
    assert on_everything == ([[kind.listing.operation.action]] if kind.listing else [])
    logs = [each["Resource"] for each in policy["Statement"] if "logs:FilterLogEvents" in each["Action"]]
    groups = {row.log_group for row in (kind, KIND_OF_JOB.get(kind.children_are or job)) if row and row.log_group}
    assert logs == (
        [[f"arn:aws:logs:eu-central-1:111122223333:log-group:{group}:*" for group in groups]] if groups else []
    )


def test_a_tuning_job_reads_the_training_jobs_that_it_started() -> None:
    """Their names begin with its own."""
    policy = identity_policy(PLACE, [], [Feature.JOBS], jobs=["tuning:churn"])
    described = next(each for each in policy["Statement"] if "sagemaker:DescribeTrainingJob" in each["Action"])
    assert described["Resource"] == ["arn:aws:sagemaker:eu-central-1:111122223333:training-job/churn-*"]
    assert "sagemaker:CreateTrainingJob" not in actions(policy)


def test_the_whole_policy_of_training_jobs_beside_pipelines() -> None:
    """The logs of all jobs may be read for the pipelines anyway; a role is passed to SageMaker alone."""
    jobs = identity_policy(PLACE, ["churn-*"], EVERYTHING, [ROLE], ["training"])["Statement"][-2:]
    assert jobs == [
        {"Sid": "ListJobs", "Effect": "Allow", "Action": ["sagemaker:ListTrainingJobs"], "Resource": ["*"]},
        {
            "Sid": "RunTrainingJobs",
            "Effect": "Allow",
            "Action": [
                "sagemaker:CreateTrainingJob",
                "sagemaker:AddTags",
                "sagemaker:DescribeTrainingJob",
                "sagemaker:ListTags",
                "sagemaker:StopTrainingJob",
                "sagemaker:UpdateTrainingJob",
            ],
            "Resource": ["arn:aws:sagemaker:eu-central-1:111122223333:training-job/*"],
        },
    ]


def test_all_kinds_and_pipelines_fit_into_one_managed_policy() -> None:
    """Of 6,144 characters (IAM quotas), with one pattern of pipelines."""
    policy = identity_policy(PLACE, ["churn-*"], EVERYTHING, [ROLE], ["*"])
    assert lint(policy) == []
    assert len("".join(json.dumps(policy).split())) < 6144
    sids = [statement["Sid"] for statement in policy["Statement"]]
    assert len(set(sids)) == len(sids)


def test_deployments_are_a_statement_of_their_own() -> None:
    """Which no other feature has; both spellings of a name with capitals."""
    policy = identity_policy(PLACE, ["Churn"], [Feature.RUNS, Feature.DEPLOYMENTS])
    assert policy["Statement"][-1] == {
        "Sid": "DeployPipelines",
        "Effect": "Allow",
        "Action": [
            "sagemaker:DescribePipeline",
            "sagemaker:ListPipelineVersions",
            "sagemaker:CreatePipeline",
            "sagemaker:UpdatePipeline",
            "sagemaker:UpdatePipelineVersion",
            "sagemaker:ListTags",
            "sagemaker:AddTags",
            "sagemaker:DeleteTags",
        ],
        "Resource": [f"{PREFIX}/Churn", f"{PREFIX}/churn"],
    }
    others = [feature for feature in EVERYTHING if feature is not Feature.DEPLOYMENTS]
    assert "sagemaker:UpdatePipeline" not in actions(identity_policy(PLACE, [], others, [ROLE], ["*"]))


def test_answers_are_statements_of_their_own() -> None:
    """Which no other feature has: of the executions of the pipelines, and of all model packages."""
    policy = identity_policy(PLACE, ["churn"], [Feature.RUNS, Feature.APPROVALS])
    assert lint(policy) == []
    assert policy["Statement"][-2:] == [
        {
            "Sid": "AnswerCallbackSteps",
            "Effect": "Allow",
            "Action": ["sagemaker:SendPipelineExecutionStepSuccess", "sagemaker:SendPipelineExecutionStepFailure"],
            "Resource": [f"{PREFIX}/churn/execution/*"],
        },
        {
            "Sid": "ApproveModelPackages",
            "Effect": "Allow",
            "Action": ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages", "sagemaker:UpdateModelPackage"],
            "Resource": ["arn:aws:sagemaker:eu-central-1:111122223333:model-package/*"],
        },
    ]
    others = [feature for feature in EVERYTHING if feature is not Feature.APPROVALS]
    assert "sagemaker:UpdateModelPackage" not in actions(identity_policy(PLACE, [], others, [ROLE], ["*"]))


def test_only_a_transform_job_passes_no_role() -> None:
    """What the rows say, in people's words."""
    assert roles_needed_by(["transform"]) == []
    assert roles_needed_by(["transform:x", "training", "automl", "automl_v2:y"]) == ["training job", "AutoML job"]


def test_the_whole_policy_of_some_pipelines() -> None:
    """Executions are a resource of their own, and the role is passed to SageMaker alone."""
    basic = [feature for feature in EVERYTHING if feature not in (Feature.DEPLOYMENTS, Feature.APPROVALS)]
    assert identity_policy(PLACE, ["churn-*"], basic, [ROLE])["Statement"] == [
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
    every = [*PERMISSIONS, *itertools.chain(*JOB_PERMISSIONS.values()), *EVENT_PERMISSIONS]
    assert all(permission.why and permission.features for permission in every)
    assert {permission.scope for permission in every} == set(Scope)
