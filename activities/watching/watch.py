"""Watching an execution: a long activity that heartbeats and returns to the workflow only when something changed."""

import asyncio
from datetime import datetime, timedelta

import structlog
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, failure_type
from activities.aws.platforms import Platform
from activities.models import Observation, WatchRequest
from activities.resources.table import PIPELINE_EXECUTION
from activities.results.observing import StepsObserver
from activities.watching.handover import Handover
from activities.watching.heartbeats import heartbeating
from activities.watching.news import News
from activities.watching.pace import (
    LONGEST_INTERVAL_SECONDS,
    LONGEST_PAUSE_SECONDS,
    any_moment_within,
    jittered,
    slowed_down,
)
from activities.watching.patience import Trouble
from activities.watching.poller import SharedPoller
from activities.watching.secrets import WatchSecrets
from activities.watching.subscription import Seen, Subscription
from contract.failures import FailureType
from contract.names import ActivityType
from contract.pipeline_run import MIN_POLL_INTERVAL_SECONDS

log = structlog.get_logger(__name__)


class Progress(BaseModel):
    """Heartbeat details of a watch, which the Web UI shows on the pending activity."""

    sagemaker_status: str | None
    polls: int = 0
    last_poll: datetime | None = None
    trouble: str | None = None
    steps_trouble: str | None = None


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
        self._poller = poller
        self._steps = steps
        self._handover = Handover()
        self._secrets = WatchSecrets(calls)

    @activity.defn(name=ActivityType.WATCH)
    async def watch_pipeline_execution(self, request: WatchRequest) -> Observation:
        """Watch until status or steps are not as they were seen, or the execution has ended; then with its results.

        Steps are returned at a bounded pace (`watching.step_turns`); where they cannot be read, only the status is.
        Throttling, outages and lost connections slow the watch down and never end it. An unknown status does, too:
        it may be AWS's next terminal one, so polling goes on, slower.

        Raises:
            ApplicationError: `ExecutionNotFound`, `AccessDenied`, … after the patience for each is used up;
                `WorkerShutdown`, retried at once on another worker; `PollingStalled`, retried.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        # A run that was started before there was a floor may ask for less.
        floor = min(MIN_POLL_INTERVAL_SECONDS, platform.poll_interval)
        request = request.model_copy(update={"poll_interval": max(request.poll_interval, floor)})
        seen = Seen(request.seen_status, request.seen_steps, request.created_at)
        now = asyncio.get_running_loop().time()
        subscription = Subscription(PIPELINE_EXECUTION, request.execution_arn, request.poll_interval, seen, now)
        async with heartbeating(lambda: self._heartbeat(platform, subscription)):
            observed, steps = await self._news(platform, request, subscription)
            if observed.has_ended:
                observed = await self._steps.with_results(platform, request, observed)
            elif steps is not None:
                observed = await self._steps.with_changes(platform, request, observed, steps)
            return await self._secrets.removed(request, observed)

    async def _news(self, platform: Platform, request: WatchRequest, subscription: Subscription) -> News:
        trouble = Trouble()
        delay = first_delay(request)
        with self._poller.serving(platform, subscription) as group, self._handover.of(subscription):
            while True:
                try:
                    return await group.news(subscription, after=delay)
                except AwsError as error:
                    delay = _wait_out(error, trouble, request, subscription)

    def _heartbeat(self, platform: Platform, subscription: Subscription) -> Progress:
        """Return the heartbeat's details; fail a watch that heartbeats although its polling has ended."""
        if self._poller.is_stalled(platform, subscription):
            subscription.news.give_up(polling_stalled(subscription))
        return progress(subscription)


def _wait_out(error: AwsError, trouble: Trouble, request: WatchRequest, subscription: Subscription) -> float:
    """Return the seconds until the next poll after an error.

    Raises:
        ApplicationError: The patience with this kind of error is used up.
    """
    kind = error.kind
    now = asyncio.get_running_loop().time()
    trouble.met(kind, now=now, answered_polls=subscription.answered_polls)
    subscription.trouble = error.explanation
    if trouble.is_hopeless(now):
        raise ApplicationError(
            f"{subscription.trouble} The execution is not polled any more; once this is mended, "
            f'follow it with "execution_arn" in the input of a new run.',
            type=failure_type(kind, FailureType.EXECUTION_NOT_FOUND),
            non_retryable=True,
        ) from None
    if trouble.polls == 1:
        log.warning("pipeline_execution.poll_failed", kind=kind, error=subscription.trouble)
    longest = LONGEST_PAUSE_SECONDS if error.rule.is_transient else LONGEST_INTERVAL_SECONDS
    return jittered(slowed_down(request.poll_interval, trouble.polls - 1, longest))


def progress(subscription: Subscription) -> Progress:
    """Return what has been seen so far."""
    return Progress(
        sagemaker_status=subscription.sagemaker_status,
        polls=subscription.polls,
        last_poll=subscription.last_poll,
        trouble=subscription.trouble,
        steps_trouble=subscription.steps.trouble if subscription.steps else None,
    )


def first_delay(request: WatchRequest) -> float:
    """Return the seconds until a watch's first poll: few if nothing is known, one interval after an observation.

    After a worker was lost or restarted, its watches come all at once: their polls are spread over the interval.
    """
    if activity.info().attempt > 1:
        return any_moment_within(request.poll_interval)
    if request.seen_status is None:
        return any_moment_within(min(request.poll_interval, 1.0))
    return jittered(request.poll_interval)


def polling_stalled(subscription: Subscription) -> ApplicationError:
    """Return the error of a watch whose poll was lost, by which Temporal tries it again."""
    return ApplicationError(
        f"{subscription.arn} should have been polled every {subscription.interval:g} s and was not (last poll: "
        f"{subscription.last_poll or 'none'}); the watch is started again",
        type="PollingStalled",
        next_retry_delay=timedelta(seconds=1),
    )
