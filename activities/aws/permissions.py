"""Which IAM permissions our features need: one table, the policy made of it, and nothing else that names an action."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from activities.resources.operations import (
    DESCRIBE_DEFINITION,
    DESCRIBE_EXECUTION,
    DESCRIBE_PIPELINE,
    FILTER_LOG_EVENTS,
    LIST_EXECUTIONS,
    LIST_PARAMETERS,
    LIST_PIPELINES,
    LIST_STEPS,
    RETRY_EXECUTION,
    START_EXECUTION,
    STOP_EXECUTION,
)
from activities.resources.table import STEP_RESULTS


class Feature(StrEnum):
    """What a platform may be used for."""

    RUNS = "runs"
    DISCOVERY = "discovery"
    ROLES = "roles"
    """Runs that give an execution role of their own (`role_arn`)."""


class Scope(StrEnum):
    """What an action is granted on: resource types of the Service Authorization Reference, some of them together."""

    ALL = "*"
    PIPELINE = "pipeline"
    EXECUTION = "pipeline-execution"
    STEP_RESULT = "step-result"
    """What steps make: jobs, models, endpoints. Their names are the pipeline's affair, hence those of the account."""
    LOG_GROUP = "log-group"
    ROLE = "role"


@dataclass(frozen=True)
class Permission:
    """One IAM action, why it is needed, and what it is granted on."""

    action: str
    scope: Scope
    features: frozenset[Feature]
    why: str

    @property
    def service(self) -> str:
        """IAM's and boto3's name of the service."""
        return self.action.partition(":")[0]

    @property
    def operation(self) -> str:
        """AWS's name of the operation, without the service."""
        return self.action.partition(":")[2]


# Scopes: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker AI". An
# execution is another resource than its pipeline: a policy on `pipeline/NAME` alone allows a start and no describe.
PERMISSIONS: Final = (
    Permission(
        LIST_PIPELINES.action,
        Scope.ALL,
        frozenset({Feature.DISCOVERY}),
        "finds pipelines; AWS knows no narrower resource for it",
    ),
    Permission(
        DESCRIBE_PIPELINE.action,
        Scope.PIPELINE,
        frozenset({Feature.RUNS, Feature.DISCOVERY}),
        "reads the parameters that a pipeline declares",
    ),
    Permission(START_EXECUTION.action, Scope.PIPELINE, frozenset({Feature.RUNS}), "starts the execution of a run"),
    Permission(DESCRIBE_EXECUTION.action, Scope.EXECUTION, frozenset({Feature.RUNS}), "follows an execution"),
    Permission(
        LIST_EXECUTIONS.action,
        Scope.PIPELINE,
        frozenset({Feature.RUNS}),
        "follows many executions of a pipeline with one call; without it each is described on its own",
    ),
    Permission(
        LIST_STEPS.action,
        Scope.EXECUTION,
        frozenset({Feature.RUNS}),
        "follows the steps and reports which of them failed",
    ),
    Permission(STOP_EXECUTION.action, Scope.EXECUTION, frozenset({Feature.RUNS}), "stops a cancelled execution"),
    Permission(RETRY_EXECUTION.action, Scope.EXECUTION, frozenset({Feature.RUNS}), "resumes a failed execution"),
    Permission(
        DESCRIBE_DEFINITION.action,
        Scope.EXECUTION,
        frozenset({Feature.RUNS}),
        "shows how many steps there will be, and what comes after the step that a rerun begins with",
    ),
    Permission(
        LIST_PARAMETERS.action,
        Scope.EXECUTION,
        frozenset({Feature.RUNS}),
        "reads the parameters that a rerun takes over",
    ),
    *(
        Permission(
            kind.describe.action,
            Scope.STEP_RESULT,
            frozenset({Feature.RUNS}),
            "shows why a step failed and what it hands on; without it a note says so",
        )
        for kind in STEP_RESULTS
    ),
    Permission(
        FILTER_LOG_EVENTS.action,
        Scope.LOG_GROUP,
        frozenset({Feature.RUNS}),
        "shows the last lines of a failed job's log; without it a note says so",
    ),
    Permission("iam:PassRole", Scope.ROLE, frozenset({Feature.ROLES}), "hands a run's own execution role to SageMaker"),
)

_STATEMENT_IDS: Final = {
    Scope.ALL: "FindPipelines",
    Scope.PIPELINE: "StartPipelines",
    Scope.EXECUTION: "FollowAndStopExecutions",
    Scope.STEP_RESULT: "ReadWhatStepsMade",
    Scope.LOG_GROUP: "ReadLogsOfJobs",
    Scope.ROLE: "PassExecutionRoles",
}

ALL_PIPELINES: Final = "*"


@dataclass(frozen=True)
class Place:
    """Where pipelines are; `*` stands for what is not known."""

    partition: str
    region: str
    account: str

    def pipeline(self, pattern: str) -> str:
        """Write the ARN of the pipelines of a pattern; one that is an ARN already stays."""
        if pattern.startswith("arn:"):
            return pattern
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:pipeline/{pattern}"

    @property
    def step_results(self) -> str:
        """The ARN of all that steps make."""
        return f"arn:{self.partition}:sagemaker:{self.region}:{self.account}:*/*"

    @property
    def log_groups(self) -> str:
        """The ARN of the log groups that SageMaker's jobs write to (seen in AWS traces)."""
        return f"arn:{self.partition}:logs:{self.region}:{self.account}:log-group:/aws/sagemaker/*"


def identity_policy(
    place: Place, pipelines: Sequence[str], features: Iterable[Feature], role_arns: Sequence[str] = ()
) -> dict[str, Any]:
    """Write the least-privilege policy for a platform's identity.

    Args:
        place: Where the pipelines are.
        pipelines: Patterns of names, or ARNs of shared pipelines; none for all pipelines.
        features: What the platform is used for.
        role_arns: Execution roles that runs may pass, for `Feature.ROLES`.
    """
    wanted = frozenset(features)
    resources = {
        Scope.ALL: ["*"],
        Scope.PIPELINE: _pipeline_arns(place, pipelines),
        Scope.EXECUTION: [f"{arn}/execution/*" for arn in _pipeline_arns(place, pipelines)],
        Scope.STEP_RESULT: [place.step_results],
        Scope.LOG_GROUP: [place.log_groups],
        Scope.ROLE: list(role_arns),
    }
    statements: list[dict[str, Any]] = []
    for scope, sid in _STATEMENT_IDS.items():
        actions = [item.action for item in PERMISSIONS if item.scope is scope and item.features & wanted]
        if actions and resources[scope]:
            statement: dict[str, Any] = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources[scope]}
            if scope is Scope.ROLE:
                statement["Condition"] = {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
            statements.append(statement)
    return {"Version": "2012-10-17", "Statement": statements}


def _pipeline_arns(place: Place, pipelines: Sequence[str]) -> list[str]:
    # AWS writes a pipeline's name in lower case in ARNs (seen in AWS traces), and IAM compares ARNs with regard to
    # case. Which spelling it compares with is not published, so a name with capitals stands in both.
    spelled = [text for pattern in pipelines or [ALL_PIPELINES] for text in (pattern, _with_lower_name(pattern))]
    return list(dict.fromkeys(place.pipeline(text) for text in spelled))


def _with_lower_name(pattern: str) -> str:
    head, slash, name = pattern.rpartition("/")
    return f"{head}{slash}{name.lower()}"
