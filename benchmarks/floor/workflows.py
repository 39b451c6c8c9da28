"""The least that a workflow costs: an empty one, and ones with two activities that do nothing or only call AWS."""

from datetime import timedelta
from typing import Final

from temporalio import activity, workflow

TASK_QUEUE = "floor"
EMPTY = "Empty"
TWO_ACTIVITIES = "TwoActivities"
SAME_CALLS = "SameCalls"

START: Final = "start"
FOLLOW: Final = "follow"

_TIMEOUT: Final = timedelta(seconds=60)


@activity.defn(name="first")
async def first(given: dict[str, str]) -> dict[str, str]:
    """Do nothing."""
    return given


@activity.defn(name="second")
async def second(given: dict[str, str]) -> dict[str, str]:
    """Do nothing."""
    return given


@workflow.defn(name=EMPTY)
class Empty:
    """Ends at once."""

    @workflow.run
    async def run(self, given: dict[str, str]) -> dict[str, str]:
        """Return the input."""
        return given


@workflow.defn(name=TWO_ACTIVITIES)
class TwoActivities:
    """Two activities, one after the other, as a run has its start and its watch."""

    @workflow.run
    async def run(self, given: dict[str, str]) -> dict[str, str]:
        """Return the input, through both activities."""
        between = await workflow.execute_activity(first, given, start_to_close_timeout=_TIMEOUT)
        return await workflow.execute_activity(second, between, start_to_close_timeout=_TIMEOUT)


@workflow.defn(name=SAME_CALLS)
class SameCalls:
    """Two activities that make the calls of the shortest run, and nothing else of what a run does."""

    @workflow.run
    async def run(self, given: dict[str, str]) -> str:
        """Return the execution's status."""
        arn: str = await workflow.execute_activity(START, given, start_to_close_timeout=_TIMEOUT, result_type=str)
        status: str = await workflow.execute_activity(FOLLOW, arn, start_to_close_timeout=_TIMEOUT, result_type=str)
        return status
