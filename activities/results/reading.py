"""Reading all steps of an execution."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

from activities.aws.platforms import Platform
from activities.resources.members import entries, pages
from activities.resources.operations import LIST_STEPS, Operation

PAGE_SIZE: Final = 100
"""The most that ListPipelineExecutionSteps gives at once (MaxResults in SageMaker's service model)."""

MAX_STEPS_READ: Final = 5000
"""A bound for what one execution may cost this process."""


Step = Mapping[str, Any]
"""One of AWS's PipelineExecutionSteps, as boto3 returns it."""


class Polling(Protocol):
    """What calls AWS (`activities.aws.calls.SageMakerCalls`)."""

    async def poll(
        self, platform: Platform, operation: Operation, *, resource: str | None = None, **request: Any
    ) -> Any:
        """Call an operation of SageMaker, behind the actions."""


def pages_of(steps: Sequence[Step]) -> int:
    """Return how many calls it took to read these steps."""
    return max(1, -(-len(steps) // PAGE_SIZE))


async def read_steps(calls: Polling, platform: Platform, execution_arn: str) -> list[Step]:
    """Read the steps that have started, oldest first.

    Raises:
        AwsError: AWS refused, or could not be asked.
    """

    async def page_at(token: Mapping[str, str]) -> Mapping[str, Any]:
        page: Mapping[str, Any] = await calls.poll(
            platform,
            LIST_STEPS,
            PipelineExecutionArn=execution_arn,
            SortOrder="Ascending",
            MaxResults=PAGE_SIZE,
            **token,
        )
        return page

    steps: list[Step] = []
    async for page in pages(page_at):
        steps += entries(page, "PipelineExecutionSteps")
        if len(steps) >= MAX_STEPS_READ:
            break
    return steps
