"""The least-privilege policy of a platform's identity, made of the tables of permissions."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from activities.aws.deploy_permissions import deploy_statement
from activities.aws.gate_permissions import gate_statements
from activities.aws.job_permissions import job_statements
from activities.aws.permissions import ALL_PIPELINES, PERMISSIONS, Feature, Scope
from activities.aws.place import Place, in_both_spellings

_STATEMENT_IDS: Final = {
    Scope.ALL: "FindPipelines",
    Scope.PIPELINE: "StartPipelines",
    Scope.EXECUTION: "FollowAndStopExecutions",
    Scope.STEP_RESULT: "ReadWhatStepsMade",
    Scope.LOG_GROUP: "ReadLogsOfJobs",
    Scope.ROLE: "PassExecutionRoles",
}


def identity_policy(
    place: Place,
    pipelines: Sequence[str],
    features: Iterable[Feature],
    role_arns: Sequence[str] = (),
    jobs: Sequence[str] = (),
) -> dict[str, Any]:
    """Write the least-privilege policy for a platform's identity.

    Args:
        place: Where pipelines and jobs are.
        pipelines: Patterns of names, or ARNs of shared pipelines; none for all pipelines.
        features: What the platform is used for.
        role_arns: Execution roles that runs may pass, for `Feature.ROLES`.
        jobs: Patterns of jobs such as `training` or `processing:nightly-*`, for `Feature.JOBS`.
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
    if Feature.APPROVALS in wanted:
        statements += gate_statements(place, _pipeline_arns(place, pipelines))
    if Feature.DEPLOYMENTS in wanted:
        statements.append(deploy_statement(_pipeline_arns(place, pipelines)))
    if Feature.JOBS in wanted:
        statements += job_statements(place, jobs, with_logs=Feature.RUNS not in wanted)
    return {"Version": "2012-10-17", "Statement": statements}


def _pipeline_arns(place: Place, pipelines: Sequence[str]) -> list[str]:
    spelled = [text for pattern in pipelines or [ALL_PIPELINES] for text in in_both_spellings(pattern)]
    return list(dict.fromkeys(map(place.pipeline, spelled)))
