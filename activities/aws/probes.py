"""Checking a platform's permissions without changing anything: requests about what cannot exist.

AWS decides about the permission before it searches the resource, so AccessDeniedException means that the permission
is missing, and ResourceNotFound that it is there. Nothing can be started, because the pipeline that a start names has
a random name; nothing can be stopped or resumed, because the execution that is named has a random id.
"""

import secrets
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind
from activities.aws.permissions import ALL_PIPELINES, PERMISSIONS, Permission, Place, Scope
from activities.aws.platforms import Platform
from activities.resources.operations import Operation
from contract.platform_check import Check

PROBE_NAME: Final = "polysync-sagemaker-check"
_OF_THE_ACCOUNT: Final = frozenset({Scope.STEP_RESULT, Scope.LOG_GROUP})
"""Scopes that no pattern of pipelines narrows."""

_ID_LETTERS: Final = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class _Invented:
    """Names of what does not exist."""

    name: str
    execution_arn: str

    @property
    def token(self) -> dict[str, str]:
        return {"ClientRequestToken": f"{PROBE_NAME}-{uuid.uuid4()}"}


_REQUESTS: Final[Mapping[str, Callable[[_Invented], dict[str, Any]]]] = {
    "DescribePipeline": lambda invented: {"PipelineName": invented.name},
    "ListPipelineExecutions": lambda invented: {"PipelineName": invented.name},
    "StartPipelineExecution": lambda invented: {"PipelineName": invented.name, **invented.token},
    "StopPipelineExecution": lambda invented: {"PipelineExecutionArn": invented.execution_arn, **invented.token},
    "RetryPipelineExecution": lambda invented: {"PipelineExecutionArn": invented.execution_arn, **invented.token},
    "DescribePipelineExecution": lambda invented: {"PipelineExecutionArn": invented.execution_arn},
    "ListPipelineExecutionSteps": lambda invented: {"PipelineExecutionArn": invented.execution_arn},
    "DescribePipelineDefinitionForExecution": lambda invented: {"PipelineExecutionArn": invented.execution_arn},
    "ListPipelineParametersForExecution": lambda invented: {"PipelineExecutionArn": invented.execution_arn},
    "DescribeTrainingJob": lambda invented: {"TrainingJobName": invented.name},
    "DescribeProcessingJob": lambda invented: {"ProcessingJobName": invented.name},
    "DescribeTransformJob": lambda invented: {"TransformJobName": invented.name},
    "FilterLogEvents": lambda invented: {"logGroupName": f"/aws/sagemaker/{invented.name}", "limit": 1},
}
"""Requests that change nothing, by operation. ListPipelines needs no invented name, iam:PassRole has no operation, and
of what steps make, the three kinds of jobs that nearly all pipelines have stand for the rest."""

PROBED: Final = tuple(permission for permission in PERMISSIONS if permission.operation in _REQUESTS)
"""The permissions that are checked so."""


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
        # A missing permission matters more than one that could not be checked.
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
                Operation(permission.operation, permission.service),
                resource=resource,
                **_REQUESTS[permission.operation](self._invented(pattern)),
            )
        except AwsError as error:
            return self._meaning(error, permission, resource)
        return _Answer(ok=True)

    @staticmethod
    def _meaning(error: AwsError, permission: Permission, resource: str) -> _Answer:
        match error.kind:
            case Kind.NOT_FOUND | Kind.INVALID if error.is_answer:
                return _Answer(ok=True)
            case Kind.ACCESS:
                return _Answer(ok=False, detail=str(error), remedy=f"Grant {permission.action} on {resource}.")
            case _:
                return _Answer(None, str(error), error.remedy)

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

    def _invented(self, pattern: str) -> _Invented:
        name = pattern.replace("*", f"{PROBE_NAME}-{uuid.uuid4().hex[:12]}", 1).replace("*", "x")
        execution_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(12))
        return _Invented(name, f"{self._place.pipeline(name.lower())}/execution/{execution_id}")
