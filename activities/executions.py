"""Starting, describing and stopping executions: the short activities."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from botocore.exceptions import ClientError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.error_kinds import is_certain_refusal
from activities.aws.errors import AwsError, Kind, classify, explain, retry_delay, to_application_error
from activities.aws.platforms import Platform
from activities.definitions import Definitions
from activities.earlier_attempts import EarlierAttempts
from activities.failed_steps import with_failed_steps
from activities.heartbeats import heartbeating
from activities.models import DescribeRequest, FollowedExecution, Observation, StartRequest, StopOutcome, StopRequest
from activities.poller import ExecutionPoller, describe
from activities.preflight import Preflight
from activities.start_secrets import NO_PARAMETERS, StartParameters, StartSecrets
from contract.failures import FailureType
from contract.names import ActivityType
from contract.pipeline_run import PLATFORM_ROLE

log = structlog.get_logger(__name__)

NOTHING_TO_STOP: Final = "Only pipelines with 'Executing' status can be stopped"
"""Seen in AWS traces, as a ValidationException; a malformed ARN has the same code, hence the match by text."""

STOP_CONFLICT_RETRIES: Final = 5
STOP_CONFLICT_DELAY_SECONDS: Final = 0.3
"""Between two steps AWS refuses a stop with ConflictException for a moment (seen in AWS traces)."""


ANY_KIND: Final = frozenset(Kind)

AT_THE_DOOR: Final = {
    Kind.CREDENTIALS,
    Kind.SECRET,
    Kind.ACCESS,
    Kind.QUOTA,
    Kind.QUOTA_IS_ZERO,
    Kind.CONFLICT,
    Kind.UNKNOWN,
}
"""Refusals that say nothing about an execution that an earlier attempt may have started."""

START_PUT_OFF: Final = "StartPutOff"
"""Type of the failure by which a start that cannot be asked for now goes back to the workflow's durable timer."""

ATTEMPTS_BEFORE_PUTTING_OFF: Final = 6
"""About half a minute of throttling or of a dead endpoint; a cancel must not wait for the end of either."""


def is_worth_putting_off(error: Exception) -> bool:
    """Whether to ask again much later, after enough attempts that certainly started nothing."""
    cannot_be_asked = classify(error) in {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE}
    return cannot_be_asked and activity.info().attempt >= ATTEMPTS_BEFORE_PUTTING_OFF


class ExecutionActivities:
    """The short activities on executions; `FollowedExecution` and `StopOutcome` say what became of them."""

    def __init__(self, calls: SageMakerCalls, poller: ExecutionPoller) -> None:
        """Prepare the activities.

        Args:
            calls: Reaches AWS.
            poller: Woken after a stop, so that its effect is seen at once.
        """
        self._calls = calls
        self._poller = poller
        self._preflight = Preflight(Definitions(calls))
        self._start_secrets = StartSecrets(calls)

    @activity.defn(name=ActivityType.START)
    async def start_pipeline_execution(self, request: StartRequest) -> FollowedExecution:
        """Start an execution, exactly one per token however often this is attempted.

        Raises:
            ApplicationError: `InvalidParameters` from the pre-flight, else typed and retryable after
                `activities.aws.errors`. Once the outcome of an attempt is unknown, only AWS's answer under the token
                ends the start: giving up could leak an execution.
        """
        platform = self._calls.platforms[request.platform]
        earlier = EarlierAttempts.read()
        async with heartbeating(lambda: earlier):
            checked = await self._preflight.check(platform, request)
            if checked.refusal and not (earlier.may_have_started or request.token_may_be_known):
                raise checked.refusal
            parameters = NO_PARAMETERS
            try:
                parameters = await self._start_secrets.resolve(request)
                response = await self._calls.call(
                    platform, "start_pipeline_execution", **_start_arguments(request, platform, parameters)
                )
            except AwsError as error:
                if is_certain_refusal(error):
                    self._start_secrets.forget(request)
                    earlier.refused_for_certain()
                if checked.refusal and classify(error) is Kind.INVALID:
                    raise checked.refusal from None
                call = self._calls.described(platform, "StartPipelineExecution", f"pipeline={request.pipeline_name}")
                told = parameters.without_secrets(error)
                if not earlier.may_have_started and is_worth_putting_off(error):
                    raise ApplicationError(explain(told, call), type=START_PUT_OFF, non_retryable=True) from None
                raise to_application_error(
                    told,
                    call,
                    attempt=activity.info().attempt,
                    not_found=FailureType.PIPELINE_NOT_FOUND,
                    patient=AT_THE_DOOR if earlier.may_have_started else (),
                ) from None
            self._start_secrets.forget(request)
            arn = response["PipelineExecutionArn"]
            log.info("pipeline_execution.started", execution_arn=arn, attempt=activity.info().attempt)
            observed = Observation()
            # A first look spares a round through the workflow; where it fails, the watch looks again.
            with suppress(*AwsError):
                observed = await describe(self._calls, platform, arn)
            return await self._followed(platform, arn, observed, checked.notes)

    @activity.defn(name=ActivityType.DESCRIBE)
    async def describe_pipeline_execution(self, request: DescribeRequest) -> FollowedExecution:
        """Look at an execution that somebody else started, before it is followed.

        Raises:
            ApplicationError: Typed and retryable after `activities.aws.errors`.
        """
        platform = self._calls.platforms[request.platform]
        async with heartbeating(lambda: None):
            try:
                observed = await describe(self._calls, platform, request.execution_arn)
            except AwsError as error:
                resource = f"execution={request.execution_arn}"
                call = self._calls.described(platform, "DescribePipelineExecution", resource)
                raise to_application_error(error, call, attempt=activity.info().attempt) from None
            return await self._followed(platform, request.execution_arn, observed)

    @activity.defn(name=ActivityType.STOP)
    async def stop_pipeline_execution(self, request: StopRequest) -> StopOutcome:
        """Stop an execution; one that has ended, or that somebody else stops, is not an error.

        Raises:
            ApplicationError: Typed after `activities.aws.errors`, and always retryable: a person waits for this stop,
                and what is refused or not even visible now may be granted in a minute. The watch knows the end.
        """
        platform = self._calls.platforms.of_open_run(request.platform)
        async with heartbeating(lambda: None):
            try:
                await self._stop(request)
                outcome = StopOutcome(accepted=True, why="AWS accepted the stop")
            except AwsError as error:
                call = self._calls.described(platform, "StopPipelineExecution", f"execution={request.execution_arn}")
                if not (isinstance(error, ClientError) and NOTHING_TO_STOP in str(error)):
                    raise to_application_error(error, call, attempt=activity.info().attempt, patient=ANY_KIND) from None
                outcome = await self._nothing_to_stop(platform, request, explain(error, call))
        self._poller.wake(request.execution_arn)
        log.info("pipeline_execution.stop_answered", execution_arn=request.execution_arn, accepted=outcome.accepted)
        return outcome

    async def _nothing_to_stop(self, platform: Platform, request: StopRequest, refusal: str) -> StopOutcome:
        """Believe the refusal only if the execution has ended or is being stopped; it may run again, or be misread.

        Raises:
            ApplicationError: `StopRefused`, retryable: AWS refuses the stop and yet reports the execution as running.
        """
        try:
            observed = await describe(self._calls, platform, request.execution_arn)
        except AwsError as error:
            call = self._calls.described(platform, "DescribePipelineExecution", f"execution={request.execution_arn}")
            raise to_application_error(error, call, attempt=activity.info().attempt, patient=ANY_KIND) from None
        if observed.has_ended or observed.sagemaker_status == "Stopping":
            return StopOutcome(accepted=False, why=refusal)
        raise ApplicationError(
            f"AWS refuses the stop, but says {observed.sagemaker_status}; it is sent again. {refusal}",
            type="StopRefused",
            next_retry_delay=retry_delay(activity.info().attempt),
        )

    async def _stop(self, request: StopRequest) -> None:
        platform = self._calls.platforms.of_open_run(request.platform)
        for retries_left in reversed(range(STOP_CONFLICT_RETRIES + 1)):
            try:
                await self._calls.call(
                    platform,
                    "stop_pipeline_execution",
                    PipelineExecutionArn=request.execution_arn,
                    ClientRequestToken=request.client_request_token,
                )
            except ClientError as error:
                if classify(error) is not Kind.CONFLICT or not retries_left:
                    raise
                await asyncio.sleep(STOP_CONFLICT_DELAY_SECONDS)
            else:
                return

    async def _followed(
        self, platform: Platform, arn: str, observed: Observation, notes: Sequence[str] = ()
    ) -> FollowedExecution:
        return FollowedExecution(
            execution_arn=arn,
            poll_interval=platform.poll_interval,
            heartbeat_timeout=platform.heartbeat_timeout,
            observed=await with_failed_steps(self._calls, platform, arn, observed),
            notes=list(notes),
        )


def _start_arguments(request: StartRequest, platform: Platform, parameters: StartParameters) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "PipelineName": request.pipeline_name,
        "ClientRequestToken": request.client_request_token,
        "PipelineExecutionDisplayName": request.display_name,
        "PipelineExecutionDescription": request.description,
        "PipelineVersionId": request.pipeline_version_id,
        "RoleArn": _role_arn(request, platform),
    }
    if parameters.values:
        arguments["PipelineParameters"] = [{"Name": n, "Value": v} for n, v in parameters.values.items()]
    if request.max_parallel_steps is not None:
        arguments["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": request.max_parallel_steps}
    if request.selective_execution is not None:
        source = request.selective_execution.source_pipeline_execution_arn
        arguments["SelectiveExecutionConfig"] = {
            **({"SourcePipelineExecutionArn": source} if source else {}),
            "SelectedSteps": [{"StepName": step.step_name} for step in request.selective_execution.selected_steps],
        }
    return {name: value for name, value in arguments.items() if value is not None}


def _role_arn(request: StartRequest, platform: Platform) -> str | None:
    if request.role_arn != PLATFORM_ROLE:
        return request.role_arn
    if platform.default_role_arn is None:
        raise ApplicationError(
            f"Invalid input: role_arn: the platform '{platform.name}' has no default_role_arn; give the role's ARN, or "
            "leave role_arn out for the pipeline's own role",
            type=FailureType.INVALID_INPUT,
            non_retryable=True,
        )
    return platform.default_role_arn
