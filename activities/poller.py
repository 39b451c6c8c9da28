"""How executions are looked at: the interface that watches use, and the plain way of one describe per look."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from activities.aws.calls import SageMakerCalls
from activities.aws.platforms import Platform
from activities.models import Observation


class ExecutionPoller(Protocol):
    """Gives watches their looks at executions, and may share one AWS call among many of them."""

    async def look(self, platform: Platform, execution_arn: str, *, after: float) -> Observation:
        """Look at an execution after a delay, or at once when it is woken.

        Args:
            platform: Where the execution runs.
            execution_arn: The execution.
            after: Delay in seconds.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """

    def wake(self, execution_arn: str) -> None:
        """End the delay of whoever in this process waits to look at the execution: something just happened to it."""


class DescribingPoller:
    """Describes each execution by itself: one DescribePipelineExecution per look."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._wakers: dict[str, set[asyncio.Event]] = {}

    async def look(self, platform: Platform, execution_arn: str, *, after: float) -> Observation:
        """See `ExecutionPoller.look`."""
        await self._sleep(execution_arn, after)
        return observation(
            await self._calls.look(platform, "describe_pipeline_execution", PipelineExecutionArn=execution_arn)
        )

    def wake(self, execution_arn: str) -> None:
        """See `ExecutionPoller.wake`."""
        for waker in self._wakers.get(execution_arn, ()):
            waker.set()

    async def _sleep(self, execution_arn: str, seconds: float) -> None:
        woken = asyncio.Event()
        self._wakers.setdefault(execution_arn, set()).add(woken)
        try:
            async with asyncio.timeout(seconds):
                await woken.wait()
        except TimeoutError:
            pass
        finally:
            self._wakers[execution_arn].discard(woken)
            if not self._wakers[execution_arn]:
                del self._wakers[execution_arn]


async def describe(calls: SageMakerCalls, platform: Platform, execution_arn: str) -> Observation:
    """Describe an execution once; see `ExecutionPoller.look` for what it raises."""
    return observation(await calls.call(platform, "describe_pipeline_execution", PipelineExecutionArn=execution_arn))


def observation(response: Mapping[str, Any]) -> Observation:
    """Read the response of DescribePipelineExecution."""
    return Observation(
        sagemaker_status=response.get("PipelineExecutionStatus"),
        failure_reason=response.get("FailureReason"),
        description=response.get("PipelineExecutionDescription"),
        created_at=response.get("CreationTime"),
        last_modified_at=response.get("LastModifiedTime"),
    )
