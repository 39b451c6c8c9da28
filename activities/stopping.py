"""Stopping an execution; one that has ended, or that somebody else stops, is not an error."""

import asyncio
from typing import Final

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, retry_delay, to_application_error
from activities.aws.platforms import Platform
from activities.aws.rate_limit.turns import Priority
from activities.models import StopOutcome, StopRequest
from activities.resources.observation import observation_of
from activities.resources.operations import DESCRIBE_EXECUTION, STOP_EXECUTION
from activities.resources.table import PIPELINE_EXECUTION

NOTHING_TO_STOP: Final = "Only pipelines with 'Executing' status can be stopped"
"""Seen in AWS traces, as a ValidationException; a malformed ARN has the same code, hence the match by text."""

STOP_CONFLICT_RETRIES: Final = 5
STOP_CONFLICT_DELAY_SECONDS: Final = 0.3
"""Between two steps AWS refuses a stop with ConflictException for a moment (seen in AWS traces)."""

ANY_KIND: Final = frozenset(Kind)


class Stops:
    """Stops executions, once for each token."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls

    async def stop(self, request: StopRequest) -> StopOutcome:
        """Stop an execution.

        Raises:
            ApplicationError: Typed after `activities.aws.errors`, and always retryable: a person waits for this stop,
                and what is refused or not even visible now may be granted in a minute. The watch knows the end.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        try:
            await self._stop(platform, request)
        except AwsError as error:
            if not (error.is_answer and NOTHING_TO_STOP in str(error)):
                raise to_application_error(error, attempt=activity.info().attempt, patient=ANY_KIND) from None
            return await self._nothing_to_stop(platform, request, error.explanation)
        return StopOutcome(accepted=True, why="AWS accepted the stop")

    async def _nothing_to_stop(self, platform: Platform, request: StopRequest, refusal: str) -> StopOutcome:
        """Believe the refusal only if the execution has ended or is being stopped; it may run again, or be misread.

        Raises:
            ApplicationError: `StopRefused`, retryable: AWS refuses the stop and yet reports the execution as running.
        """
        arn = request.execution_arn
        try:
            answer = await self._calls.call(platform, DESCRIBE_EXECUTION, PipelineExecutionArn=arn)
        except AwsError as error:
            raise to_application_error(error, attempt=activity.info().attempt, patient=ANY_KIND) from None
        observed = observation_of(PIPELINE_EXECUTION, answer)
        if observed.has_ended or observed.sagemaker_status == "Stopping":
            return StopOutcome(accepted=False, why=refusal)
        raise ApplicationError(
            f"AWS refuses the stop, but says {observed.sagemaker_status}; it is sent again. {refusal}",
            type="StopRefused",
            next_retry_delay=retry_delay(activity.info().attempt),
        )

    async def _stop(self, platform: Platform, request: StopRequest) -> None:
        for retries_left in reversed(range(STOP_CONFLICT_RETRIES + 1)):
            try:
                await self._calls.call(
                    platform,
                    STOP_EXECUTION,
                    priority=Priority.STOP,
                    PipelineExecutionArn=request.execution_arn,
                    ClientRequestToken=request.client_request_token,
                )
            except AwsError as error:
                if error.kind is not Kind.CONFLICT or not retries_left:
                    raise
                await asyncio.sleep(STOP_CONFLICT_DELAY_SECONDS)
            else:
                return
