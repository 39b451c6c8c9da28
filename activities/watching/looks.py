"""The calls by which executions are looked at, and what their answers say."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from activities.aws.errors import Call, explain
from activities.aws.platforms import Platform
from activities.metrics import Metrics
from activities.models import Observation
from activities.results.reading import Step, read_steps
from activities.watching.pages import PAGE_SIZE


class LookingCalls(Protocol):
    """What reaches AWS (`activities.aws.calls.SageMakerCalls`)."""

    async def look(self, platform: Platform, method: str, **request: Any) -> Any:
        """Call an operation by boto3's method name."""

    def described(self, platform: Platform, operation: str, resource: str) -> Call:
        """Describe a call for error texts."""


class Listed(NamedTuple):
    """An execution as a list shows it."""

    execution_arn: str
    sagemaker_status: str | None
    created_at: float | None
    """Seconds since the epoch."""


@dataclass(frozen=True)
class Page:
    """One page of a pipeline's list."""

    executions: list[Listed]
    next_token: str | None


class Looks:
    """Looks at one platform's executions, a bounded number of calls at once."""

    def __init__(self, calls: LookingCalls, platform: Platform, at_once: int, metrics: Metrics) -> None:
        """Prepare the looks.

        Args:
            calls: Reaches AWS.
            platform: Where the executions run.
            at_once: Calls under way at the most; what waits keeps its place.
            metrics: Counts the looks.
        """
        self._calls = calls
        self._platform = platform
        self._metrics = metrics
        self._slots = asyncio.Semaphore(at_once)

    async def describe(self, execution_arn: str) -> Observation:
        """Describe an execution, when it is its turn.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """
        async with self._slots:
            return await self.describe_now(execution_arn)

    async def describe_now(self, execution_arn: str) -> Observation:
        """Do the same as `describe`, for somebody who waits: without a turn."""
        answer = await self._calls.look(
            self._platform, "describe_pipeline_execution", PipelineExecutionArn=execution_arn
        )
        self.answered(1)
        return observation(answer)

    def answered(self, looks: int) -> None:
        """Count looks that AWS answered: one page may be as many as it shows watched executions."""
        self._metrics.polled(self._platform.name, looks)

    async def page(self, pipeline_arn: str, token: str | None) -> Page:
        """Read a page of a pipeline's list, newest first; it raises what `describe` raises.

        Args:
            pipeline_arn: The pipeline. AWS's pattern for PipelineName admits ARNs (botocore 1.44.5 service model), and
                an execution's own ARN tells no more: the name in it has lost its capitals.
            token: `next_token` of the page before; None for the first page.
        """
        async with self._slots:
            answer = await self._calls.look(
                self._platform,
                "list_pipeline_executions",
                PipelineName=pipeline_arn,
                SortBy="CreationTime",
                SortOrder="Descending",
                MaxResults=PAGE_SIZE,
                **({"NextToken": token} if token else {}),
            )
        return Page([_listed(each) for each in answer.get("PipelineExecutionSummaries", ())], answer.get("NextToken"))

    async def steps(self, execution_arn: str) -> list[Step]:
        """Read all steps of an execution that have started; it raises what `describe` raises."""
        async with self._slots:
            return await read_steps(self._calls, self._platform, execution_arn)

    def explain_steps(self, error: Exception, execution_arn: str) -> str:
        """Say why steps could not be read, and what can be done about it."""
        call = self._calls.described(self._platform, "ListPipelineExecutionSteps", f"execution={execution_arn}")
        return explain(error, call)

    def explain_page(self, error: Exception, pipeline_arn: str) -> str:
        """Say why a page could not be read, and what can be done about it."""
        call = self._calls.described(self._platform, "ListPipelineExecutions", f"pipeline={pipeline_arn}")
        return explain(error, call)


def observation(response: Mapping[str, Any]) -> Observation:
    """Read the response of DescribePipelineExecution."""
    return Observation(
        sagemaker_status=response.get("PipelineExecutionStatus"),
        failure_reason=response.get("FailureReason"),
        description=response.get("PipelineExecutionDescription"),
        created_at=response.get("CreationTime"),
        last_modified_at=response.get("LastModifiedTime"),
        pipeline_version_id=response.get("PipelineVersionId"),
    )


def _listed(summary: Mapping[str, Any]) -> Listed:
    started = summary.get("StartTime")
    return Listed(
        summary.get("PipelineExecutionArn", ""),
        summary.get("PipelineExecutionStatus"),
        None if started is None else started.timestamp(),
    )
