"""Watching an execution: a long activity that heartbeats and returns to the workflow only when something changed."""

import asyncio

from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.models import Observation, WatchRequest
from activities.resources.table import PIPELINE_EXECUTION
from activities.results.digests import SeenDigests
from activities.results.observing import StepsObserver
from activities.watching.heartbeats import heartbeating
from activities.watching.poller import SharedPoller
from activities.watching.secrets import WatchSecrets
from activities.watching.subscription import Seen, Subscription
from activities.watching.watcher import EXECUTION, Watcher, first_delay, poll_interval
from contract.names import ActivityType


class WatchActivities:
    """The long activity on executions."""

    def __init__(self, calls: SageMakerCalls, poller: SharedPoller, steps: StepsObserver) -> None:
        """Prepare the activity.

        Args:
            calls: Knows the platforms that requests may name.
            poller: Polls executions.
            steps: Reads what their steps contain.
        """
        self._calls = calls
        self._steps = steps
        self._watcher = Watcher(poller, EXECUTION)
        self._secrets = WatchSecrets(calls)

    @activity.defn(name=ActivityType.WATCH)
    async def watch_pipeline_execution(self, request: WatchRequest) -> Observation:
        """Watch until status or steps are not as they were seen, or the execution has ended; then with its results.

        Steps are returned at a bounded pace (`watching.step_turns`); where they cannot be read, only the status is.

        Raises:
            ApplicationError: As `Watcher.news` raises it: `ExecutionNotFound`, `AccessDenied`, …
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        interval = poll_interval(request.poll_interval, platform)
        seen = Seen(
            request.seen_status,
            request.seen_steps,
            request.created_at,
            is_recent=activity.info().attempt == 1,
            digests=SeenDigests.of(request),
        )
        now = asyncio.get_running_loop().time()
        subscription = Subscription(PIPELINE_EXECUTION, request.execution_arn, interval, seen, now)
        async with heartbeating(lambda: self._watcher.heartbeat(platform, subscription)):
            delay = first_delay(interval, request.seen_status)
            observed, steps = await self._watcher.news(platform, subscription, first_delay=delay)
            if observed.has_ended:
                observed = await self._steps.with_results(platform, request, observed)
            elif steps is not None:
                observed = await self._steps.with_changes(platform, request, observed, steps)
            return await self._secrets.removed(request.secrets, request.execution_arn, observed)
