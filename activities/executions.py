"""Starting, describing, stopping and resuming executions: the short activities."""

from typing import Protocol

import structlog
from temporalio import activity

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, to_application_error
from activities.describing import describe, first_observation
from activities.models import (
    DescribeRequest,
    FollowedExecution,
    ResumeOutcome,
    ResumeRequest,
    StartRequest,
    StopOutcome,
    StopRequest,
)
from activities.resources.kind import ResourceKind
from activities.resources.table import PIPELINE_EXECUTION
from activities.starting.admission import admit_execution
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.pipelines import PipelineStarts
from activities.starting.resuming import Resumptions
from activities.stopping import Stops
from activities.watching.heartbeats import heartbeating
from activities.watching.secrets import WatchSecrets
from contract.names import ActivityType

log = structlog.get_logger(__name__)


class Waker(Protocol):
    """Polls executions, and can be made to do so at once."""

    def wake(self, kind: ResourceKind, arn: str) -> None:
        """Poll an execution or job now."""


class ExecutionActivities:
    """The short activities on executions."""

    def __init__(self, calls: SageMakerCalls, poller: Waker) -> None:
        """Prepare the activities.

        Args:
            calls: Reaches AWS.
            poller: Woken after a stop or a resumption, so that its effect is seen at once.
        """
        self._calls = calls
        self._poller = poller
        self._starts = PipelineStarts(calls)
        self._stops = Stops(calls)
        self._resumptions = Resumptions(calls)
        self._secrets = WatchSecrets(calls)

    @activity.defn(name=ActivityType.START)
    async def start_pipeline_execution(self, request: StartRequest) -> FollowedExecution:
        """Start an execution, exactly once per token however often this is attempted.

        Raises:
            ApplicationError: As `activities.starting.pipelines.PipelineStarts` raises it.
        """
        earlier = EarlierAttempts.read(may_be_known=request.may_be_known)
        async with heartbeating(lambda: earlier):
            started = await self._starts.start(request, earlier)
            observed = await first_observation(
                self._calls,
                started.platform,
                PIPELINE_EXECUTION,
                started.execution_arn,
                lambda: started.parameters.redaction,
            )
        return FollowedExecution(
            execution_arn=started.execution_arn,
            poll_interval=started.platform.poll_interval,
            heartbeat_timeout=started.platform.heartbeat_timeout,
            observed=observed,
            notes=list(started.notes),
            selected_steps=started.selected_steps,
            studio_domain=started.platform.studio_domain,
        )

    @activity.defn(name=ActivityType.DESCRIBE)
    async def describe_pipeline_execution(self, request: DescribeRequest) -> FollowedExecution:
        """Describe an execution that was started elsewhere, before it is followed.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        platform = admit_execution(self._calls.platforms, request)
        async with heartbeating(lambda: None):
            try:
                observed = await describe(self._calls, platform, PIPELINE_EXECUTION, request.execution_arn)
            except AwsError as error:
                raise to_application_error(error, attempt=activity.info().attempt) from None
            observed = await self._secrets.removed(request.secrets, request.execution_arn, observed)
        return FollowedExecution(
            execution_arn=request.execution_arn,
            poll_interval=platform.poll_interval,
            heartbeat_timeout=platform.heartbeat_timeout,
            observed=observed,
            studio_domain=platform.studio_domain,
        )

    @activity.defn(name=ActivityType.STOP)
    async def stop_pipeline_execution(self, request: StopRequest) -> StopOutcome:
        """Stop an execution; one that has ended, or that is being stopped elsewhere, is not an error.

        Raises:
            ApplicationError: As `activities.stopping.Stops` raises it.
        """
        async with heartbeating(lambda: None):
            outcome = await self._stops.stop(request)
        self._poller.wake(PIPELINE_EXECUTION, request.execution_arn)
        log.info("pipeline_execution.stop_answered", execution_arn=request.execution_arn, accepted=outcome.accepted)
        return outcome

    @activity.defn(name=ActivityType.RETRY)
    async def retry_pipeline_execution(self, request: ResumeRequest) -> ResumeOutcome:
        """Resume an execution that failed, once per token; one that cannot be resumed is not an error.

        Raises:
            ApplicationError: As `activities.starting.resuming.Resumptions` raises it.
        """
        earlier = EarlierAttempts.read(may_be_known=request.may_be_known)
        async with heartbeating(lambda: earlier):
            outcome = await self._resumptions.resume(request, earlier)
        self._poller.wake(PIPELINE_EXECUTION, request.execution_arn)
        log.info("pipeline_execution.resume_answered", execution_arn=request.execution_arn, resumed=outcome.resumed)
        return outcome
