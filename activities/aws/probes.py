"""Checking a platform's permissions without changing anything: requests about what cannot exist.

Nothing can be started, because the pipeline that a start names has
a random name; nothing can be stopped or resumed, because the execution that is named has a random id.
"""

import secrets
import string
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.permission_questions import PermissionQuestions, Question
from activities.aws.permissions import ALL_PIPELINES, PERMISSIONS, Permission, Scope
from activities.aws.place import Place
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


class PermissionProbes:
    """Asks about each permission that runs of pipelines and discovery need."""

    def __init__(self, questions: PermissionQuestions, place: Place) -> None:
        """Prepare the questions.

        Args:
            questions: Asks AWS.
            place: Where the platform's pipelines are; an account of `*` is one that is not known.
        """
        self._questions = questions
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
        questions = [self._question(permission, pattern) for pattern in patterns]
        found = await self._questions.check(permission.action, questions)
        if found.ok is False and patterns == [ALL_PIPELINES] and permission.scope not in _OF_THE_ACCOUNT:
            remedy = (
                f"{found.remedy} If the platform is meant for some pipelines only, check those: "
                'doctor --pipelines PATTERN, or "pipelines" in the input.'
            )
            return found.model_copy(update={"remedy": remedy})
        return found

    def _question(self, permission: Permission, pattern: str) -> Question:
        why_not = None
        if permission.operation == "StartPipelineExecution" and "*" not in pattern:
            why_not = f"cannot be asked about {pattern} without starting it; a pattern with * can be"
        elif permission.scope is Scope.EXECUTION and self._place.account == "*":
            why_not = "cannot be asked about, because the account is not known"
        return Question(
            Operation(permission.operation, permission.service),
            self._resource(permission, pattern),
            _REQUESTS[permission.operation](self._invented(pattern)),
            why_not,
        )

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
