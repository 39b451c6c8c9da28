"""Watching an execution: a polling loop that heartbeats and returns to the workflow only when something changed."""

import asyncio
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog
from pydantic import BaseModel
from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, classify, explain, failure_type
from activities.aws.platforms import Platform
from activities.failed_steps import with_failed_steps
from activities.heartbeats import heartbeating
from activities.models import Observation, WatchRequest
from activities.poller import ExecutionPoller
from contract.failures import FailureType
from contract.names import ActivityType
from contract.run_document import RunStatus, run_status

log = structlog.get_logger(__name__)

LONGEST_INTERVAL_SECONDS: Final = 300.0
SLOWER_EACH_TIME: Final = 2.0
JITTER: Final = 0.1
"""Part of the interval by which looks are spread, so that watches do not march in step."""

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


class Progress(BaseModel):
    """Heartbeat details of a watch, which the Web UI shows on the pending activity."""

    sagemaker_status: str | None
    polls: int = 0
    last_poll: datetime | None = None
    trouble: str | None = None


class Trouble:
    """An uninterrupted series of errors of one kind."""

    def __init__(self) -> None:
        self._kind: Kind | None = None
        self._since = 0.0
        self.looks = 0

    def met(self, kind: Kind) -> None:
        """Count one more error."""
        if kind is not self._kind:
            self._kind, self._since, self.looks = kind, time.monotonic(), 0
        self.looks += 1

    @property
    def is_hopeless(self) -> bool:
        """Whether this has gone on for longer than its kind deserves."""
        patience = PATIENCE.get(self._kind) if self._kind else None
        return (
            patience is not None
            and self.looks >= LOOKS_BEFORE_GIVING_UP
            and time.monotonic() - self._since >= patience.total_seconds()
        )


class WatchActivities:
    """The long activity on executions."""

    def __init__(self, calls: SageMakerCalls, poller: ExecutionPoller) -> None:
        """Prepare the activity.

        Args:
            calls: Knows the platforms that requests may name.
            poller: Looks at executions.
        """
        self._calls = calls
        self._poller = poller

    @activity.defn(name=ActivityType.WATCH)
    async def watch_pipeline_execution(self, request: WatchRequest) -> Observation:
        """Watch until the execution's status is another than `seen_status`, or it has ended.

        Throttling, outages and lost connections slow the watch down and never end it. An unknown status does, too:
        it may be AWS's next terminal one, so polling goes on, slower.

        Raises:
            ApplicationError: `ExecutionNotFound`, `AccessDenied`, … after the patience for each is used up, or
                `WorkerShutdown`, retried at once on another worker.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        progress = Progress(sagemaker_status=request.seen_status)
        async with heartbeating(lambda: progress):
            shutdown = asyncio.create_task(activity.wait_for_worker_shutdown())
            watching = asyncio.create_task(self._watch(platform, request, progress))
            try:
                await asyncio.wait({watching, shutdown}, return_when=asyncio.FIRST_COMPLETED)
                if watching.done():
                    return watching.result()
                raise handed_over()
            finally:
                watching.cancel()
                shutdown.cancel()

    async def _watch(self, platform: Platform, request: WatchRequest, progress: Progress) -> Observation:
        trouble = Trouble()
        delay = first_delay(request)
        unknown_looks = 0
        while True:
            progress.polls += 1
            try:
                observed = await self._poller.look(platform, request.execution_arn, after=delay)
            except AwsError as error:
                delay = self._put_up_with(error, trouble, platform, request, progress)
                continue
            trouble = Trouble()
            progress.sagemaker_status, progress.trouble = observed.sagemaker_status, None
            progress.last_poll = datetime.now(UTC)
            if observed.has_ended or observed.sagemaker_status != request.seen_status:
                return await with_failed_steps(self._calls, platform, request.execution_arn, observed)
            if run_status(observed.sagemaker_status) is RunStatus.UNKNOWN:
                unknown_looks += 1
            delay = jittered(slowed_down(request.poll_interval, unknown_looks))

    def _put_up_with(
        self, error: Exception, trouble: Trouble, platform: Platform, request: WatchRequest, progress: Progress
    ) -> float:
        kind = classify(error)
        trouble.met(kind)
        call = self._calls.described(platform, "DescribePipelineExecution", f"execution={request.execution_arn}")
        progress.trouble = explain(error, call)
        if trouble.is_hopeless:
            raise ApplicationError(
                f"{progress.trouble} Nobody looks at the execution any more; once this is mended, "
                f'follow it with "execution_arn" in the input of a new run.',
                type=failure_type(kind, FailureType.EXECUTION_NOT_FOUND),
                non_retryable=True,
            ) from None
        if trouble.looks == 1:
            log.warning("pipeline_execution.look_failed", kind=kind, error=progress.trouble)
        return jittered(slowed_down(request.poll_interval, trouble.looks - 1))


def first_delay(request: WatchRequest) -> float:
    """Seconds before a watch's first look: at once when nothing is known or a worker was lost, else one interval."""
    if request.seen_status is None or activity.info().attempt > 1:
        return random.uniform(0, min(request.poll_interval, 1.0))  # noqa: S311 — spreading load, not a secret
    return jittered(request.poll_interval)


def slowed_down(interval: float, times: int) -> float:
    """Lengthen an interval (seconds), doubling it `times` times, up to five minutes; a longer one stays."""
    return max(interval, min(interval * SLOWER_EACH_TIME ** min(times, 16), LONGEST_INTERVAL_SECONDS))


def jittered(interval: float) -> float:
    """Spread an interval (seconds) a little, so that it is right on average."""
    return interval * random.uniform(1 - JITTER, 1 + JITTER)  # noqa: S311 — spreading load, not a secret


def handed_over() -> ApplicationError:
    """Build the error by which a worker that shuts down gives its watch to another one at once."""
    return ApplicationError(
        "The worker shuts down and hands this watch over",
        type="WorkerShutdown",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=timedelta(milliseconds=100),
    )
