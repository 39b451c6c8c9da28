"""Which IAM permissions pipeline runs and discovery need: one table; those of jobs are made of their rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

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
    JOBS = "jobs"
    EVENTS = "events"
    DEPLOYMENTS = "deployments"
    APPROVALS = "approvals"
    """Runs that answer Callback steps, and wait for the approval of model packages."""


class Scope(StrEnum):
    """What an action is granted on: resource types of the Service Authorization Reference, some of them together."""

    ALL = "*"
    PIPELINE = "pipeline"
    EXECUTION = "pipeline-execution"
    STEP_RESULT = "step-result"
    """What steps make: jobs, models, endpoints. Their names are the pipeline's affair, hence those of the account."""
    JOB = "job"
    """Jobs of one kind."""
    LOG_GROUP = "log-group"
    QUEUE = "queue"
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

ALL_PIPELINES: Final = "*"
