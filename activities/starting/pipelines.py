"""Starting an execution: exactly one per token, however often it is attempted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.connection_errors import NoTurnError
from activities.aws.errors import AwsError, Kind, to_application_error
from activities.aws.platforms import Platform
from activities.models import StartRequest
from activities.resources.operations import START_EXECUTION
from activities.starting.definitions import Definitions
from activities.starting.earlier_attempts import AT_THE_DOOR, EarlierAttempts
from activities.starting.preflight import Preflight
from activities.starting.rerun import NO_SOURCE, Reruns, Source
from activities.starting.secret_parameters import NO_PARAMETERS, StartSecrets
from contract.failures import FailureType
from contract.pipeline_run import PLATFORM_ROLE, SelectiveExecution

log = structlog.get_logger(__name__)

START_PUT_OFF: Final = "StartPutOff"
"""Type of the failure by which a start that cannot be asked for now goes back to the workflow's durable timer."""

ATTEMPTS_BEFORE_PUTTING_OFF: Final = 6
"""About half a minute of throttling or of a dead endpoint; a cancel must not wait for the end of either."""


@dataclass(frozen=True)
class Started:
    """An execution that AWS has accepted."""

    execution_arn: str
    notes: Sequence[str]
    selected_steps: list[str] | None


@dataclass(frozen=True)
class _Start:
    """A start as it is sent."""

    platform: Platform
    request: StartRequest
    inherited: Mapping[str, str] = field(repr=False)
    """Parameters of the execution that a rerun takes over."""
    selection: SelectiveExecution | None
    refusal: ApplicationError | None
    """Why AWS will refuse it, as far as that can be told."""


class Starts:
    """Starts executions."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._preflight = Preflight(Definitions(calls))
        self._reruns = Reruns(calls)
        self._start_secrets = StartSecrets(calls)

    async def start(self, platform: Platform, request: StartRequest, earlier: EarlierAttempts) -> Started:
        """Start an execution.

        Raises:
            ApplicationError: `InvalidParameters` from the pre-flight, `InvalidInput` for a rerun that AWS would refuse,
                else typed and retryable after `activities.aws.errors`. Once the outcome of an attempt is unknown, only
                AWS's answer under the token ends the start: giving up could leak an execution.
        """
        source = await self._source(platform, request, earlier)
        checked = await self._preflight.check(platform, request, {**source.parameters, **request.parameters})
        refusal = source.refusal or checked.refusal
        if refusal and not (earlier.may_have_been_accepted or request.token_may_be_known):
            raise refusal
        selection = source.selection or request.selective_execution
        arn = await self._send(_Start(platform, request, source.parameters, selection, refusal), earlier)
        log.info("pipeline_execution.started", execution_arn=arn, attempt=activity.info().attempt)
        selected = None if selection is None else [step.step_name for step in selection.selected_steps]
        return Started(arn, checked.notes, selected)

    async def _source(self, platform: Platform, request: StartRequest, earlier: EarlierAttempts) -> Source:
        if request.rerun is None:
            return NO_SOURCE
        try:
            return await self._reruns.source(platform, request.rerun)
        except AwsError as error:
            earlier.refused_for_certain()
            if error.kind in {Kind.NOT_FOUND, Kind.INVALID} and not earlier.may_have_been_accepted:
                raise ApplicationError(
                    f"Invalid input: rerun.execution_arn: {error.explanation}",
                    type=FailureType.INVALID_INPUT,
                    non_retryable=True,
                ) from None
            # What AWS may have accepted can be asked for again only with the same input.
            patient = frozenset(Kind) if earlier.may_have_been_accepted else ()
            raise _failure(error, earlier, patient) from None

    async def _send(self, start: _Start, earlier: EarlierAttempts) -> str:
        request, parameters = start.request, NO_PARAMETERS
        try:
            with self._calls.errors_name(start.platform, START_EXECUTION, f"pipeline={request.pipeline_name}"):
                parameters = (await self._start_secrets.resolve(request)).over(start.inherited)
            arguments = _start_arguments(start, parameters.values)
            response = await self._calls.call(start.platform, START_EXECUTION, **arguments)
        except AwsError as error:
            if error.had_no_effect:
                earlier.refused_for_certain()
                # A conflict under an open outcome says that other values were sent: they are read anew.
                if not earlier.may_have_been_accepted or error.kind is Kind.CONFLICT:
                    self._start_secrets.forget(request)
            if start.refusal and error.kind is Kind.INVALID:
                raise start.refusal from None
            patient = AT_THE_DOOR if earlier.may_have_been_accepted else ()
            raise _failure(parameters.without_secrets(error), earlier, patient) from None
        self._start_secrets.forget(request)
        return str(response["PipelineExecutionArn"])


def _failure(error: AwsError, earlier: EarlierAttempts, patient: Collection[Kind]) -> ApplicationError:
    if not earlier.may_have_been_accepted and _is_worth_putting_off(error):
        return ApplicationError(error.explanation, type=START_PUT_OFF, non_retryable=True)
    return to_application_error(
        error, attempt=activity.info().attempt, not_found=FailureType.PIPELINE_NOT_FOUND, patient=patient
    )


def _is_worth_putting_off(error: AwsError) -> bool:
    """Whether to ask again much later, after enough attempts that certainly started nothing."""
    cannot_be_asked = error.kind in {Kind.THROTTLED, Kind.UNAVAILABLE, Kind.SOURCE}
    has_waited = isinstance(error.cause, NoTurnError) or activity.info().attempt >= ATTEMPTS_BEFORE_PUTTING_OFF
    return cannot_be_asked and has_waited


def _start_arguments(start: _Start, parameters: Mapping[str, str]) -> dict[str, Any]:
    request, selection = start.request, start.selection
    arguments: dict[str, Any] = {
        "PipelineName": request.pipeline_name,
        "ClientRequestToken": request.client_request_token,
        "PipelineExecutionDisplayName": request.display_name,
        "PipelineExecutionDescription": request.description,
        "PipelineVersionId": request.pipeline_version_id,
        "RoleArn": _role_arn(request, start.platform),
    }
    if parameters:
        arguments["PipelineParameters"] = [{"Name": name, "Value": value} for name, value in parameters.items()]
    if request.max_parallel_steps is not None:
        arguments["ParallelismConfiguration"] = {"MaxParallelExecutionSteps": request.max_parallel_steps}
    if selection is not None:
        source = selection.source_pipeline_execution_arn
        arguments["SelectiveExecutionConfig"] = {
            **({"SourcePipelineExecutionArn": source} if source else {}),
            "SelectedSteps": [{"StepName": step.step_name} for step in selection.selected_steps],
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
