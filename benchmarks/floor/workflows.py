"""The least that a workflow costs: an empty one, and one with two activities that do nothing."""

from datetime import timedelta

from temporalio import activity, workflow

TASK_QUEUE = "floor"
EMPTY = "Empty"
TWO_ACTIVITIES = "TwoActivities"


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
        timeout = timedelta(seconds=60)
        between = await workflow.execute_activity(first, given, start_to_close_timeout=timeout)
        return await workflow.execute_activity(second, between, start_to_close_timeout=timeout)
