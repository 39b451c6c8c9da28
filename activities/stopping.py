"""Stopping a resource; one that has ended, or that is being stopped elsewhere, is not an error."""

from datetime import datetime
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, retry_delay, to_application_error
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.describing import describe
from activities.models import StopOutcome, StopRequest
from activities.resources.kind import ResourceKind, TokenKey
from activities.resources.replaced import is_replaced
from activities.resources.table import PIPELINE_EXECUTION
from activities.retrying import retrying

CONFLICT_RETRIES: Final = 5
CONFLICT_DELAY_SECONDS: Final = 0.3
"""Between two steps AWS refuses a stop with ConflictException for a moment (seen in AWS traces)."""

ABOUT_THE_STATE: Final = frozenset({Kind.INVALID, Kind.CONFLICT, Kind.UNKNOWN})
"""Kinds of refusals that may mean "nothing to stop". The texts of most resources are not published, and a malformed
name has the same code: a describe decides, never the text."""


class Stops:
    """Stops resources of one kind."""

    def __init__(self, calls: SageMakerCalls, kind: ResourceKind = PIPELINE_EXECUTION) -> None:
        self._calls = calls
        self._kind = kind

    async def stop(self, request: StopRequest, *, created_at: datetime | None = None) -> StopOutcome:
        """Stop a resource.

        Args:
            request: Which one.
            created_at: Its creation, which is compared before anything is stopped; None to compare nothing.

        Raises:
            ApplicationError: Typed after `activities.aws.errors`, and always retryable: a person waits for this stop,
                and what is refused or not even visible now may be granted in a minute. The watch sees the end.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        if created_at is not None and await self._is_replaced(platform, request, created_at):
            return StopOutcome(accepted=False, why="The job is gone: a job that was created later has its name")
        try:
            await self._stop(platform, request)
        except AwsError as error:
            status = await self._status(platform, request) if _is_about_the_state(error) else None
            if status is not None and self._needs_no_stop(status):
                return StopOutcome(accepted=False, why=error.explanation)
            if status is not None and error.kind is not Kind.CONFLICT:
                raise ApplicationError(
                    f"AWS refuses the stop, but says {status}; it is sent again. {error.explanation}",
                    type="StopRefused",
                    next_retry_delay=retry_delay(activity.info().attempt),
                ) from None
            raise _retryable(error) from None
        return StopOutcome(accepted=True, why="AWS accepted the stop")

    async def _is_replaced(self, platform: Platform, request: StopRequest, created_at: datetime) -> bool:
        try:
            arn = request.execution_arn
            found = await describe(self._calls, platform, self._kind, arn, priority=Priority.STOP)
        except AwsError as error:
            if self._kind.is_not_there(error.cause):
                return False  # the stop says so
            if error.kind is Kind.ACCESS:
                return False  # what may not be described may still be stopped, and a person waits for it
            raise _retryable(error) from None
        return is_replaced(created_at, found.created_at)

    async def _status(self, platform: Platform, request: StopRequest) -> str | None:
        """Describe the resource whose stop was refused: it may run again, or the refusal may be misread."""
        try:
            answer = await self._calls.call(
                platform,
                self._kind.describe,
                priority=Priority.STOP,
                **self._kind.request_about(request.execution_arn),
            )
        except AwsError as error:
            raise _retryable(error) from None
        return self._kind.status(answer)

    def _needs_no_stop(self, status: str) -> bool:
        return self._kind.has_ended(status) or status.casefold() == "stopping"

    async def _stop(self, platform: Platform, request: StopRequest) -> None:
        if self._kind.stop is None:
            raise ValueError(f"AWS has no operation that stops a {self._kind.noun}")
        token = {self._kind.key.member: request.client_request_token} if isinstance(self._kind.key, TokenKey) else {}
        arguments = {**self._kind.request_about(request.execution_arn), **token}
        stop = self._kind.stop
        await retrying(
            lambda: self._calls.call(platform, stop, priority=Priority.STOP, **arguments), _pause_after_conflict
        )


def _pause_after_conflict(error: Exception, attempts: int) -> float | None:
    is_conflict = isinstance(error, AwsError) and error.kind is Kind.CONFLICT
    return CONFLICT_DELAY_SECONDS if is_conflict and attempts <= CONFLICT_RETRIES else None


def _is_about_the_state(error: AwsError) -> bool:
    return error.is_answer and error.kind in ABOUT_THE_STATE


def _retryable(error: AwsError) -> ApplicationError:
    return to_application_error(error, attempt=activity.info().attempt, never_final=True)
