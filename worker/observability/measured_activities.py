"""Metrics of what the activities did, read from their inputs and results: the activities themselves know nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from temporalio import activity, client, worker
from temporalio.exceptions import ApplicationError
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.aws.errors import Kind
from activities.job_models import StartJobRequest, StopJobRequest, WatchJobRequest
from activities.metrics import Metrics
from activities.models import (
    FollowedExecution,
    Observation,
    ResumeOutcome,
    ResumeRequest,
    StartRequest,
    StopOutcome,
    StopRequest,
    WatchRequest,
)

CLOCK_TOLERANCE: Final = timedelta(seconds=5)
"""Between AWS's clock and the Temporal server's."""


class MeasuringInterceptor(client.Interceptor, worker.Interceptor):
    """Measures the activities of the workers of a client; of the client's own calls nothing."""

    def __init__(self, metrics: Metrics) -> None:
        """Take where to record."""
        self._metrics = metrics

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 — the SDK's name
        """See `temporalio.worker.Interceptor.intercept_activity`."""
        return _MeasuredActivities(next, self._metrics)


class _MeasuredActivities(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, metrics: Metrics) -> None:
        super().__init__(following)
        self._metrics = metrics

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 — the SDK's name
        match input.args:
            case [(StartRequest() | StartJobRequest()) as request]:
                return await self._start(request, input)
            case [(StopRequest() | StopJobRequest()) as request]:
                outcome: StopOutcome = await self.next.execute_activity(input)
                self._metrics.stop_answered(request.platform, accepted=outcome.accepted)
                return outcome
            case [ResumeRequest() as request]:
                resumption: ResumeOutcome = await self.next.execute_activity(input)
                if resumption.resumed:
                    self._metrics.execution_resumed(request.platform)
                return resumption
            case [(WatchRequest() | WatchJobRequest()) as request]:
                with self._metrics.watching(request.platform):
                    observed: Observation = await self.next.execute_activity(input)
                if observed.has_ended and observed.last_modified_at is not None:
                    self._metrics.end_detected(request.platform, datetime.now(UTC) - observed.last_modified_at)
                return observed
            case _:
                return await self.next.execute_activity(input)

    async def _start(
        self,
        request: StartRequest | StartJobRequest,
        input: ExecuteActivityInput,  # noqa: A002 — the SDK's name
    ) -> Any:
        try:
            followed: FollowedExecution = await self.next.execute_activity(input)
        except ApplicationError as error:
            # A retryable one is asked again at once, because an earlier attempt may have started the execution.
            if error.type == Kind.QUOTA and error.non_retryable:
                self._metrics.quota_waited_for(request.platform)
            raise
        if not _was_there_before(request, followed):
            self._metrics.execution_started(request.platform)
        return followed


def _was_there_before(request: StartRequest | StartJobRequest, followed: FollowedExecution) -> bool:
    """Whether AWS knew the token or name: of a run that was reset, or the token of the caller's earlier run."""
    created_at = followed.observed.created_at
    is_new = not (request.may_be_known if isinstance(request, StartJobRequest) else request.token_may_be_known)
    if is_new or created_at is None:
        return False
    return created_at < activity.info().scheduled_time - CLOCK_TOLERANCE
