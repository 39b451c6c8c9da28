"""What every watch does: it heartbeats, waits for news of one execution or job, and waits errors out."""

import asyncio
from datetime import datetime, timedelta
from typing import Final, NamedTuple

import structlog
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.errors import AwsError, failure_type
from activities.aws.platforms import Platform
from activities.watching.handover import Handover
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
from activities.watching.subscription import Subscription
from contract.failures import FailureType
from contract.pipeline_run import MIN_POLL_INTERVAL_SECONDS

log = structlog.get_logger(__name__)


class Progress(BaseModel):
    """Heartbeat details of a watch, which the Web UI shows on the pending activity."""

    sagemaker_status: str | None
    polls: int = 0
    last_poll: datetime | None = None
    trouble: str | None = None
    steps_trouble: str | None = None


class Watched(NamedTuple):
    """What a watch is of, in the words of its failures.

    Attributes:
        poll_failed: The name of the log event of a poll that failed.
        noun: What people call it.
        field: The input's field by which a new run follows it.
        gone: The failure type once AWS no longer knows it.
    """

    poll_failed: str
    noun: str
    field: str
    gone: FailureType


EXECUTION: Final = Watched(
    "pipeline_execution.poll_failed", "execution", "execution_arn", FailureType.EXECUTION_NOT_FOUND
)
JOB: Final = Watched("job.poll_failed", "job", "job_arn", FailureType.JOB_NOT_FOUND)


class Watcher:
    """Waits for news on behalf of the watches of one type."""

    def __init__(self, poller: SharedPoller, watched: Watched) -> None:
        """Prepare to wait.

        Args:
            poller: Polls for all watches of the process.
            watched: What the watches are of.
        """
        self._poller = poller
        self._watched = watched
        self._handover = Handover()

    async def news(self, platform: Platform, subscription: Subscription, *, first_delay: float) -> News:
        """Wait until there is news.

        Throttling, outages and lost connections slow the watch down and never end it. An unknown status does, too: it
        may be AWS's next terminal one, so polling goes on, slower.

        Raises:
            ApplicationError: After the patience with an error is used up; `WorkerShutdown`, retried at once on another
                worker; `PollingStalled`, retried.
        """
        trouble = Trouble()
        delay = first_delay
        with self._poller.serving(platform, subscription) as group, self._handover.of(subscription):
            while True:
                try:
                    return await group.news(subscription, after=delay)
                except AwsError as error:
                    delay = self._wait_out(error, trouble, subscription)

    def heartbeat(self, platform: Platform, subscription: Subscription) -> Progress:
        """Return the heartbeat's details; fail a watch that heartbeats although its polling has ended."""
        if self._poller.is_stalled(platform, subscription):
            subscription.news.give_up(polling_stalled(subscription))
        return progress(subscription)

    def _wait_out(self, error: AwsError, trouble: Trouble, subscription: Subscription) -> float:
        """Return the seconds until the next poll after an error.

        Raises:
            ApplicationError: The patience with this kind of error is used up.
        """
        kind, now = error.kind, asyncio.get_running_loop().time()
        trouble.met(kind, now=now, answered_polls=subscription.answered_polls)
        subscription.trouble = error.explanation
        if trouble.is_hopeless(now):
            raise ApplicationError(
                f"{subscription.trouble} The {self._watched.noun} is not polled any more; once this is mended, "
                f'follow it with "{self._watched.field}" in the input of a new run.',
                type=failure_type(kind, self._watched.gone),
                non_retryable=True,
            ) from None
        if trouble.polls == 1:
            log.warning(self._watched.poll_failed, kind=kind, error=subscription.trouble)
        longest = LONGEST_PAUSE_SECONDS if error.rule.is_transient else LONGEST_INTERVAL_SECONDS
        return jittered(slowed_down(subscription.poll_interval, trouble.polls - 1, longest))


def poll_interval(wanted: float, platform: Platform) -> float:
    """Return the seconds between two polls; a run that was started before there was a floor may want fewer."""
    return max(wanted, min(MIN_POLL_INTERVAL_SECONDS, platform.poll_interval))


def progress(subscription: Subscription) -> Progress:
    """Return what has been seen so far."""
    return Progress(
        sagemaker_status=subscription.sagemaker_status,
        polls=subscription.polls,
        last_poll=subscription.last_poll,
        trouble=subscription.trouble,
        steps_trouble=subscription.steps.trouble if subscription.steps else None,
    )


def first_delay(interval: float, seen_status: str | None) -> float:
    """Return the seconds until a watch's first poll: few if nothing is known, one interval after an observation.

    After a worker was lost or restarted, its watches come all at once: their polls are spread over the interval.
    """
    if activity.info().attempt > 1:
        return any_moment_within(interval)
    if seen_status is None:
        return any_moment_within(min(interval, 1.0))
    return jittered(interval)


def polling_stalled(subscription: Subscription) -> ApplicationError:
    """Return the error of a watch whose poll was lost, by which Temporal tries it again."""
    return ApplicationError(
        f"{subscription.arn} should have been polled every {subscription.interval:g} s and was not (last poll: "
        f"{subscription.last_poll or 'none'}); the watch is started again",
        type="PollingStalled",
        next_retry_delay=timedelta(seconds=1),
    )
