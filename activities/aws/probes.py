"""Looking at a platform's permissions without changing anything: questions about what cannot exist.

AWS decides about the permission before it looks for the resource, so AccessDeniedException means that the permission
is missing, and ResourceNotFound that it is there. Nothing can be started, because the pipeline that a start names has
a random name; nothing can be stopped or resumed, because the execution that is named has a random id.
"""

import secrets
import string
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, classify, describe_error, remedy_for
from activities.aws.permissions import ALL_PIPELINES, PERMISSIONS, Permission, Place, Scope
from activities.aws.platforms import Platform
from contract.platform_check import Check

PROBE_NAME: Final = "polysync-sagemaker-check"
_METHODS: Final = {
    "DescribePipeline": "describe_pipeline",
    "StartPipelineExecution": "start_pipeline_execution",
    "DescribePipelineExecution": "describe_pipeline_execution",
    "ListPipelineExecutions": "list_pipeline_executions",
    "ListPipelineExecutionSteps": "list_pipeline_execution_steps",
    "StopPipelineExecution": "stop_pipeline_execution",
    "RetryPipelineExecution": "retry_pipeline_execution",
    "DescribePipelineDefinitionForExecution": "describe_pipeline_definition_for_execution",
    "ListPipelineParametersForExecution": "list_pipeline_parameters_for_execution",
    "DescribeTrainingJob": "describe_training_job",
    "DescribeProcessingJob": "describe_processing_job",
    "DescribeTransformJob": "describe_transform_job",
    "FilterLogEvents": "filter_log_events",
}
_OF_THE_ACCOUNT: Final = frozenset({Scope.STEP_RESULT, Scope.LOG_GROUP})
"""Scopes that no pattern of pipelines narrows."""

_ID_LETTERS: Final = string.ascii_lowercase + string.digits

PROBED: Final = tuple(permission for permission in PERMISSIONS if permission.operation in _METHODS)
"""The permissions to ask about so. ListPipelines is simply called, of iam:PassRole nothing tells but a start, and of
what steps make, the three kinds of jobs are asked about that nearly all pipelines have."""


@dataclass(frozen=True)
class _Answer:
    ok: bool | None
    detail: str = ""
    remedy: str | None = None


class PermissionProbes:
    """Asks about each permission, one call after the other, for a check is no reason to be throttled."""

    def __init__(self, calls: SageMakerCalls, platform: Platform, place: Place) -> None:
        """Prepare the questions.

        Args:
            calls: Reaches AWS.
            platform: Whose permissions.
            place: Where its pipelines are; an account of `*` is one that is not known.
        """
        self._calls = calls
        self._platform = platform
        self._place = place

    async def check(self, patterns: Sequence[str]) -> list[Check]:
        """Ask about each permission.

        Args:
            patterns: Pipelines that the permissions are meant for; none for all.
        """
        return [await self._check(permission, patterns or [ALL_PIPELINES]) for permission in PROBED]

    async def _check(self, permission: Permission, patterns: Sequence[str]) -> Check:
        if permission.scope in _OF_THE_ACCOUNT:
            patterns = [ALL_PIPELINES]
        answers = [await self._ask(permission, pattern) for pattern in patterns]
        # What is missing tells more than what could not be asked about.
        worst = min(answers, key=lambda answer: {False: 0, None: 1, True: 2}[answer.ok])
        detail = worst.detail
        if worst.ok:
            detail = f"allowed on {', '.join(self._resource(permission, pattern) for pattern in patterns)}"
        remedy = worst.remedy
        if worst.ok is False and patterns == [ALL_PIPELINES] and permission.scope not in _OF_THE_ACCOUNT:
            remedy = (
                f"{remedy} If the platform is meant for some pipelines only, check those: "
                'doctor --pipelines PATTERN, or "pipelines" in the input.'
            )
        return Check(name=permission.action, ok=worst.ok, detail=detail, remedy=remedy)

    async def _ask(self, permission: Permission, pattern: str) -> _Answer:
        resource = self._resource(permission, pattern)
        if permission.operation == "StartPipelineExecution" and "*" not in pattern:
            return _Answer(None, f"cannot be asked about {pattern} without starting it; a pattern with * can be")
        if permission.scope is Scope.EXECUTION and self._place.account == "*":
            return _Answer(None, "cannot be asked about, because the account is not known")
        try:
            await self._calls.call(
                self._platform,
                _METHODS[permission.operation],
                service=permission.service,
                **self._request(permission.operation, pattern),
            )
        except AwsError as error:
            return self._meaning(error, permission, resource)
        return _Answer(ok=True)

    def _meaning(self, error: Exception, permission: Permission, resource: str) -> _Answer:
        call = self._calls.described(self._platform, permission.operation, resource)
        match classify(error):
            case Kind.NOT_FOUND | Kind.INVALID if isinstance(error, ClientError):
                return _Answer(ok=True)
            case Kind.ACCESS:
                return _Answer(
                    ok=False, detail=describe_error(error, call), remedy=f"Grant {permission.action} on {resource}."
                )
            case _:
                return _Answer(None, describe_error(error, call), remedy_for(error, call))

    def _resource(self, permission: Permission, pattern: str) -> str:
        pipeline = self._place.pipeline(pattern.lower())
        match permission.scope:
            case Scope.EXECUTION:
                return f"{pipeline}/execution/*"
            case Scope.STEP_RESULT:
                return self._place.step_results
            case Scope.LOG_GROUP:
                return self._place.log_groups
            case _:
                return pipeline

    def _request(self, operation: str, pattern: str) -> dict[str, Any]:
        name = pattern.replace("*", f"{PROBE_NAME}-{uuid.uuid4().hex[:12]}", 1).replace("*", "x")
        execution_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(12))
        arn = f"{self._place.pipeline(name.lower())}/execution/{execution_id}"
        token = f"{PROBE_NAME}-{uuid.uuid4()}"
        match operation:
            case "DescribePipeline" | "ListPipelineExecutions":
                return {"PipelineName": name}
            case "StartPipelineExecution":
                return {"PipelineName": name, "ClientRequestToken": token}
            case "StopPipelineExecution" | "RetryPipelineExecution":
                return {"PipelineExecutionArn": arn, "ClientRequestToken": token}
            case "DescribeTrainingJob" | "DescribeProcessingJob" | "DescribeTransformJob":
                return {f"{operation.removeprefix('Describe')}Name": name}
            case "FilterLogEvents":
                return {"logGroupName": f"/aws/sagemaker/{name}", "limit": 1}
            case _:
                return {"PipelineExecutionArn": arn}
