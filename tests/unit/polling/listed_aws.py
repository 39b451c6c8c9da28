"""AWS in memory for the poller: executions of pipelines, described and listed as boto3 answers, every call counted."""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from activities.aws.errors import AwsError, Call
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import DESCRIBE_EXECUTION, Operation, resource_of

PIPELINE = "arn:aws:sagemaker:us-east-1:111122223333:pipeline/churn"
LATENCY_SECONDS = 0.05
PLATFORM = Platform(region="us-east-1")


def arn(number: int, pipeline: str = PIPELINE) -> str:
    """The execution of that number."""
    return f"{pipeline}/execution/{number:012d}"


def refusal(code: str, operation: Operation = DESCRIBE_EXECUTION, **request: Any) -> AwsError:
    """AWS's refusal of a call."""
    return failed(
        ClientError({"Error": {"Code": code, "Message": "text of AWS"}}, operation.name), operation, **request
    )


def failed(cause: Exception, operation: Operation = DESCRIBE_EXECUTION, **request: Any) -> AwsError:
    """A call that failed, as `SageMakerCalls` raises it."""
    return AwsError(Call(operation, resource_of(request), PLATFORM.name, PLATFORM.region), cause)


def _respelled(text: str, spelling: Callable[[str], str]) -> str:
    account, _, resource = text.rpartition(":")
    return f"{account}:{spelling(resource)}"


def no_error(_: str) -> Exception | None:
    """Everything is answered."""
    return None


@dataclass
class ListedAws:
    """A pipeline's executions, whose number is the time of their creation: the highest is the newest.

    Attributes:
        statuses: what describes say, by number.
        listed: what lists say instead, by number; None for executions that they do not show.
        steps: status of the steps, by number and name.
        modified: LastModifiedTime as describes say it, by number.
        error: gives the error of an operation's next call, if it is to fail.
        calls: operation and (virtual) time of every call.
        asked: operation and execution of every call about one.
        woken: calls that answered a wake-up.
        versions: PipelineVersionId as describes say it, by number.
        spelling: how lists spell the pipeline and the execution in an ARN.
        latency: seconds that a call takes.
        platform: where the pipeline is.
    """

    statuses: dict[int, str] = field(default_factory=dict)
    listed: dict[int, str | None] = field(default_factory=dict)
    steps: dict[int, dict[str, str]] = field(default_factory=dict)
    modified: dict[int, float] = field(default_factory=dict)
    error: Callable[[str], Exception | None] = no_error
    calls: list[tuple[str, float]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    woken: int = 0
    versions: dict[int, Any] = field(default_factory=dict)
    spelling: Callable[[str], str] = str
    latency: float = LATENCY_SECONDS
    platform: Platform = PLATFORM

    @classmethod
    def executing(cls, numbers: range) -> "ListedAws":
        """Executions that run."""
        return cls(dict.fromkeys(numbers, "Executing"))

    async def poll(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.POLL,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """As `SageMakerCalls.poll`."""
        assert platform is self.platform
        assert resource is None
        method = operation.method
        now = asyncio.get_running_loop().time()
        self.calls.append((method, now))
        self.woken += priority is Priority.WAKE
        if "PipelineExecutionArn" in request:
            self.asked.append((method, request["PipelineExecutionArn"]))
        error = self.error(method)
        await asyncio.sleep(self.latency)
        if error is not None:
            raise failed(error.cause, operation, **request) if isinstance(error, AwsError) else error
        return getattr(self, f"_{method}")(**request)

    def count(self) -> Counter[str]:
        """Calls so far, by method."""
        return Counter(method for method, _ in self.calls)

    def _describe_pipeline_execution(self, *, PipelineExecutionArn: str) -> dict[str, Any]:  # noqa: N803 — AWS's names
        number = int(PipelineExecutionArn.rpartition("/")[2])
        modified = datetime.fromtimestamp(self.modified.get(number, number), UTC)
        return {
            "PipelineExecutionStatus": self.statuses[number],
            "CreationTime": datetime.fromtimestamp(number, UTC),
            "LastModifiedTime": modified,
            "PipelineVersionId": self.versions.get(number),
        }

    def _list_pipeline_execution_steps(
        self,
        *,
        PipelineExecutionArn: str,  # noqa: N803
        SortOrder: str,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        assert (SortOrder, MaxResults) == ("Ascending", 100)
        steps = list(self.steps.get(int(PipelineExecutionArn.rpartition("/")[2]), {}).items())
        first = int(NextToken)
        page = [{"StepName": name, "StepStatus": status} for name, status in steps[first : first + MaxResults]]
        more = first + MaxResults < len(steps)
        return {"PipelineExecutionSteps": page, **({"NextToken": str(first + MaxResults)} if more else {})}

    def _list_pipeline_executions(
        self,
        *,
        PipelineName: str,  # noqa: N803
        SortBy: str,  # noqa: N803
        SortOrder: str,  # noqa: N803
        MaxResults: int,  # noqa: N803
        NextToken: str = "0",  # noqa: N803
    ) -> dict[str, Any]:
        assert (SortBy, SortOrder, MaxResults) == ("CreationTime", "Descending", 100)
        first = int(NextToken)
        newest_first = sorted(self.statuses, reverse=True)
        summaries = [
            {
                "PipelineExecutionArn": _respelled(arn(number, PipelineName), self.spelling),
                "PipelineExecutionStatus": status,
                "StartTime": datetime.fromtimestamp(number, UTC),
            }
            for number in newest_first[first : first + MaxResults]
            if (status := self.listed.get(number, self.statuses[number])) is not None
        ]
        more = first + MaxResults < len(newest_first)
        return {"PipelineExecutionSummaries": summaries, **({"NextToken": str(first + MaxResults)} if more else {})}
