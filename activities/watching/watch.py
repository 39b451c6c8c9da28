"""Watching an execution: a long activity that heartbeats and returns to the workflow only when something changed."""

import asyncio
import random
from datetime import datetime, timedelta
from typing import Final

import structlog
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, classify, explain, failure_type
from activities.aws.platforms import Platform
from activities.models import Observation, WatchRequest
from activities.results.observing import StepsObserver
from activities.watching.handover import Handover
from activities.watching.heartbeats import heartbeating
from activities.watching.intervals import LONGEST_INTERVAL_SECONDS, LONGEST_PAUSE_SECONDS, jittered, slowed_down
from activities.watching.poller import SharedPoller
from activities.watching.subscription import News, Subscription
from contract.failures import FailureType
from contract.names import ActivityType

log = structlog.get_logger(__name__)

LOOKS_BEFORE_GIVING_UP: Final = 3

PATIENCE: Final = {
    # Right after a start an execution may not be visible yet; nobody has published for how long.
    Kind.NOT_FOUND: timedelta(seconds=60),
    # The execution runs on and costs money while nobody looks, so a wrong role after a deployment or an outage of the
    # token service is sat out; the heartbeat details tell it meanwhile.
    Kind.ACCESS: timedelta(hours=1),
    Kind.MISCONFIGURED: timedelta(hours=1),
    Kind.INVALID: timedelta(hours=1),
    Kind.CREDENTIALS: timedelta(hours=1),
    Kind.SECRET: timedelta(hours=1),
    Kind.UNKNOWN: timedelta(hours=1),
}
"""How long a watch puts up with an uninterrupted series of one kind of error; kinds left out are for ever."""


PASSES: Final = {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE}
"""Kinds that are over at some moment for all runs, which then are looked at again soon."""


class Progress(BaseModel):
    """Heartbeat details of a watch, which the Web UI shows on the pending activity."""

    sagemaker_status: str | None
    polls: int = 0
    last_poll: datetime | None = None
    trouble: str | None = None
    steps_trouble: str | None = None


class Trouble:
    """An uninterrupted series of errors of one kind."""

    def __init__(self) -> None:
        self._kind: Kind | None = None
        self._since = 0.0
        self._good_looks = 0
        self.looks = 0

    def met(self, kind: Kind, *, now: float, good_looks: int = 0) -> None:
        """Count one more error.

        Args:
            kind: Its kind.
            now: Time of the event loop, in seconds.
            good_looks: Looks so far that did not fail; a new one has interrupted the series.
        """
        if (kind, good_looks) != (self._kind, self._good_looks):
            self._kind, self._good_looks, self._since, self.looks = kind, good_looks, now, 0
        self.looks += 1

    def is_hopeless(self, now: float) -> bool:
        """Whether this has gone on for longer than its kind deserves."""
        patience = PATIENCE.get(self._kind) if self._kind else None
        return (
            patience is not None
            and self.looks >= LOOKS_BEFORE_GIVING_UP
            and now - self._since >= patience.total_seconds()
        )


class WatchActivities:
    """The long activity on executions."""

    def __init__(self, calls: SageMakerCalls, poller: SharedPoller, steps: StepsObserver) -> None:
        """Prepare the activity.

        Args:
            calls: Knows the platforms that requests may name.
            poller: Looks at executions.
            steps: Tells what is in their steps.
        """
        self._calls = calls
        self._poller = poller
        self._steps = steps
        self._handover = Handover()

    @activity.defn(name=ActivityType.WATCH)
    async def watch_pipeline_execution(self, request: WatchRequest) -> Observation:
        """Watch until status or steps are not as they were seen, or the execution has ended; then with its results.

        Steps come at a bounded pace (`watching.step_turns`); where they cannot be read, only the status does.
        Throttling, outages and lost connections slow the watch down and never end it. An unknown status does, too:
        it may be AWS's next terminal one, so polling goes on, slower.

        Raises:
            ApplicationError: `ExecutionNotFound`, `AccessDenied`, … after the patience for each is used up, or
                `WorkerShutdown`, retried at once on another worker.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        subscription = Subscription(
            request.execution_arn,
            interval=request.poll_interval,
            seen_status=request.seen_status,
            created_at=request.created_at,
            seen_steps=request.seen_steps,
        )
        async with heartbeating(lambda: progress(subscription)):
            with self._poller.serving(platform, subscription), self._handover.of(subscription):
                observed, steps = await self._news(platform, request, subscription)
            if observed.has_ended:
                return await self._steps.with_results(platform, request, observed)
            if steps is not None:
                return await self._steps.with_changes(platform, request, observed, steps)
            return observed

    async def _news(self, platform: Platform, request: WatchRequest, subscription: Subscription) -> News:
        trouble = Trouble()
        delay = first_delay(request)
        while True:
            try:
                return await subscription.news(after=delay)
            except AwsError as error:
                delay = self._put_up_with(error, trouble, platform, request, subscription)

    def _put_up_with(
        self, error: Exception, trouble: Trouble, platform: Platform, request: WatchRequest, subscription: Subscription
    ) -> float:
        kind = classify(error)
        now = asyncio.get_running_loop().time()
        trouble.met(kind, now=now, good_looks=subscription.good_looks)
        operation = getattr(error, "operation_name", "DescribePipelineExecution")
        call = self._calls.described(platform, operation, f"execution={request.execution_arn}")
        subscription.trouble = explain(error, call)
        if trouble.is_hopeless(now):
            raise ApplicationError(
                f"{subscription.trouble} Nobody looks at the execution any more; once this is mended, "
                f'follow it with "execution_arn" in the input of a new run.',
                type=failure_type(kind, FailureType.EXECUTION_NOT_FOUND),
                non_retryable=True,
            ) from None
        if trouble.looks == 1:
            log.warning("pipeline_execution.look_failed", kind=kind, error=subscription.trouble)
        longest = LONGEST_PAUSE_SECONDS if kind in PASSES else LONGEST_INTERVAL_SECONDS
        return jittered(slowed_down(request.poll_interval, trouble.looks - 1, longest))


def progress(subscription: Subscription) -> Progress:
    """Tell what has been seen so far."""
    return Progress(
        sagemaker_status=subscription.sagemaker_status,
        polls=subscription.polls,
        last_poll=subscription.last_poll,
        trouble=subscription.trouble,
        steps_trouble=subscription.steps_trouble,
    )


def first_delay(request: WatchRequest) -> float:
    """Seconds before a watch's first look: soon when nothing is known, one interval when something was just seen.

    After a worker was lost or restarted, its watches come all at once: their looks are spread over the interval.
    """
    if activity.info().attempt > 1:
        return random.uniform(0, request.poll_interval)  # noqa: S311 — spreading load, not a secret
    if request.seen_status is None:
        return random.uniform(0, min(request.poll_interval, 1.0))  # noqa: S311 — spreading load, not a secret
    return jittered(request.poll_interval)
