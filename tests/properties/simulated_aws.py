"""AWS in memory, as a model: executions whose whole course is on record, described, or listed with a lag."""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from activities.aws.errors import AwsError, Call
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.resources.operations import Operation, resource_of
from contract.pipeline_document import TERMINAL_STATUSES

PLATFORM: Final = Platform(region="us-east-1")
LIST: Final = "list_pipeline_executions"
DESCRIBE: Final = "describe_pipeline_execution"
LONGEST_LATENCY_SECONDS: Final = 0.1


def now() -> float:
    """Seconds of the event loop's clock."""
    return asyncio.get_running_loop().time()


@dataclass
class Execution:
    """An execution, with every status that it ever had and the time since when it had it."""

    arn: str
    created_at: datetime
    visible_from: float
    course: list[tuple[float, str]]

    @property
    def status(self) -> str:
        """The present status."""
        return self.course[-1][1]

    @property
    def since(self) -> float:
        """Since when it has its present status."""
        return self.course[-1][0]

    @property
    def has_ended(self) -> bool:
        """Whether nothing changes any more."""
        return self.status in TERMINAL_STATUSES

    def status_at(self, at: float) -> str | None:
        """The status at some time; None before it was created."""
        return next((status for since, status in reversed(self.course) if since <= at), None)

    def had(self, status: str | None, begin: float, end: float) -> bool:
        """Whether it had a status at any time of a span."""
        ends = [since for since, _ in self.course[1:]] + [end]
        return any(
            each == status and since <= end and until >= begin
            for (since, each), until in zip(self.course, ends, strict=True)
        )


@dataclass
class SimulatedAws:
    """AWS.

    Attributes:
        lag: Seconds by which lists are behind.
        faults: AWS's code for each method that it refuses now.
        executions: All executions by their ARN, the oldest first.
        calls: Method and further pages of each call, in their order.
    """

    lag: float = 0.0
    faults: dict[str, str] = field(default_factory=dict)
    executions: dict[str, Execution] = field(default_factory=dict)
    calls: list[tuple[str, str, int]] = field(default_factory=list)

    def start(self, pipeline: str, status: str, *, hidden: float = 0) -> Execution:
        """Start an execution that describes do not know for so many seconds."""
        number = len(self.executions)
        created = datetime.fromtimestamp(number, UTC)
        arn = f"arn:aws:sagemaker:us-east-1:111122223333:pipeline/{pipeline}/execution/{number:012d}"
        self.executions[arn] = Execution(arn, created, now() + hidden, [(now(), status)])
        return self.executions[arn]

    async def poll(
        self,
        platform: Platform,
        operation: Operation,
        *,
        priority: Priority = Priority.POLL,
        resource: str | None = None,
        **request: Any,
    ) -> Any:
        """As `SageMakerCalls.poll`: the answer is true for one moment between the call and its return."""
        assert platform is PLATFORM
        method = operation.method
        assert priority in {Priority.POLL, Priority.WAKE}
        token = int(request.get("NextToken", 0))
        arn = request.get("PipelineName") or request["PipelineExecutionArn"]
        self.calls.append((method, arn, token))
        fault = self.faults.get(method)
        await asyncio.sleep(random.uniform(0, LONGEST_LATENCY_SECONDS) / 2)  # noqa: S311 — a simulation
        answer = None if fault else self._list(arn, token, request["MaxResults"]) if method == LIST else self._of(arn)
        await asyncio.sleep(random.uniform(0, LONGEST_LATENCY_SECONDS) / 2)  # noqa: S311 — a simulation
        if answer is None:
            error: Any = {"Error": {"Code": fault or "ResourceNotFound", "Message": "text of AWS"}}
            call = Call(operation, resource or resource_of(request), platform.name, platform.region)
            raise AwsError(call, ClientError(error, operation.name))
        return answer

    def _of(self, arn: str) -> dict[str, Any] | None:
        execution = self.executions[arn]
        if now() < execution.visible_from:
            return None
        return {"PipelineExecutionStatus": execution.status, "CreationTime": execution.created_at}

    def _list(self, pipeline: str, first: int, size: int) -> dict[str, Any]:
        newest_first = [arn for arn in reversed(self.executions) if arn.startswith(f"{pipeline}/")]
        shown = [self.executions[arn] for arn in newest_first[first : first + size]]
        summaries = [
            {"PipelineExecutionArn": each.arn, "PipelineExecutionStatus": status, "StartTime": each.created_at}
            for each in shown
            if (status := each.status_at(now() - self.lag)) is not None
        ]
        more = first + size < len(newest_first)
        return {"PipelineExecutionSummaries": summaries, **({"NextToken": str(first + size)} if more else {})}
