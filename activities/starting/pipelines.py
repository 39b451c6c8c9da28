"""Starting a pipeline execution: what is read before, and the request under its token."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.aws.calls import SageMakerCalls
from activities.aws.errors import AwsError, Kind, retry_delay
from activities.aws.platforms import Platform
from activities.models import StartRequest
from activities.resources.operations import START_EXECUTION
from activities.starting import inheritance
from activities.starting.admission import admit_start
from activities.starting.definitions import Definitions
from activities.starting.earlier_attempts import EarlierAttempts
from activities.starting.once import create_once
from activities.starting.preflight import Preflight
from activities.starting.refusals import MOVED_ALIAS, Propagation, before_sending, failure_of, not_visible_yet
from activities.starting.rerun import NO_SOURCE, Reruns, Source
from activities.starting.secret_parameters import StartParameters, StartSecrets
from contract.failures import FailureType, invalid_input
from contract.rerun import SelectiveExecution
from contract.roles import PLATFORM_ROLE

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Started:
    """An execution that AWS has accepted."""

    platform: Platform
    execution_arn: str
    notes: Sequence[str]
    selected_steps: list[str] | None
    parameters: StartParameters = field(repr=False)


@dataclass(frozen=True)
class _Inherited:
    """What a start takes over of the parameters of a rerun's source."""

    sent: Mapping[str, str] = field(default_factory=dict, repr=False)
    left_out: Mapping[str, str] = field(default_factory=dict)
    """Why the pipeline does not take others, by name."""
    notes: Sequence[str] = ()
    """What people should know of those."""


@dataclass(frozen=True)
class _Start:
    """A start as it is sent (`activities.starting.once.Creation`)."""

    calls: SageMakerCalls
    platform: Platform
    request: StartRequest
    parameters: StartParameters = field(repr=False)
    selection: SelectiveExecution | None
    refusal: ApplicationError | None
    """Why AWS will refuse it, as far as that is known before."""
    not_found: FailureType = FailureType.PIPELINE_NOT_FOUND

    async def send(self) -> str:
        alias = self.request.pipeline_version_alias
        resource = f"pipeline={self.request.pipeline_name}, version alias={alias}" if alias else None
        response = await self.calls.call(self.platform, START_EXECUTION, resource=resource, **self._arguments())
        return str(response["PipelineExecutionArn"])

    def explained(self, refusal: AwsError) -> ApplicationError | None:
        return self.refusal if refusal.kind is Kind.INVALID else None

    def propagation(self, refusal: AwsError) -> Propagation | None:
        by_alias = self.request.pipeline_version_alias is not None
        return MOVED_ALIAS if by_alias and refusal.kind is Kind.NOT_FOUND else None

    async def without_secrets(self, error: AwsError) -> AwsError:
        return await asyncio.to_thread(self.parameters.without_secrets, error)

    def _arguments(self) -> dict[str, Any]:
        request, selection, parameters = self.request, self.selection, self.parameters.values
        arguments: dict[str, Any] = {
            "PipelineName": request.pipeline_name,
            "ClientRequestToken": request.client_request_token,
            "PipelineExecutionDisplayName": request.display_name,
            "PipelineExecutionDescription": request.description,
            "PipelineVersionId": request.pipeline_version_id,
            "PipelineVersionAlias": request.pipeline_version_alias,
            "MlflowExperimentName": request.mlflow_experiment_name,
            "RoleArn": self.platform.default_role_arn if request.role_arn == PLATFORM_ROLE else request.role_arn,
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


class PipelineStarts:
    """Starts executions."""

    def __init__(self, calls: SageMakerCalls) -> None:
        self._calls = calls
        self._preflight = Preflight(Definitions(calls))
        self._reruns = Reruns(calls)
        self._secrets = StartSecrets(calls)

    async def start(self, request: StartRequest, earlier: EarlierAttempts) -> Started:
        """Start an execution.

        Raises:
            ApplicationError: `InvalidParameters` from the pre-flight, `InvalidInput` for what this worker does not
                accept, for `callbacks` of steps that are not there, and for a rerun that AWS would refuse, else typed
                and retryable after `activities.aws.errors`.
                Once the outcome of an attempt is open, only AWS's answer under the token ends the start.
        """
        with self._secrets.kept_while_open(request, earlier):
            async with before_sending(earlier):
                start, notes = await self._prepare(request, earlier)
            arn = await create_once(start, earlier)
        log.info("pipeline_execution.started", execution_arn=arn, attempt=activity.info().attempt)
        selection = start.selection
        selected = None if selection is None else [step.step_name for step in selection.selected_steps]
        return Started(start.platform, arn, notes, selected, start.parameters)

    async def _prepare(self, request: StartRequest, earlier: EarlierAttempts) -> tuple[_Start, list[str]]:
        platform = admit_start(self._calls.platforms, request, may_have_started=earlier.may_have_created)
        if request.role_arn == PLATFORM_ROLE and platform.default_role_arn is None:
            raise _without_role(platform, earlier)
        source = await self._source(platform, request, earlier)
        inherited = await self._inherited(platform, request, source, earlier)
        checked = await self._preflight.check(platform, request, inherited.sent, inherited.left_out)
        refusal = source.refusal or checked.refusal
        if not (earlier.may_have_created or request.token_may_be_known):
            if obstacle := refusal or checked.wrong_callbacks:
                raise obstacle
            if checked.missing_alias:
                self._wait_for_alias(checked.missing_alias, earlier)
        parameters = await self._parameters(platform, request, inherited.sent, earlier)
        selection = source.selection or request.selective_execution
        start = _Start(self._calls, platform, request, parameters, selection, refusal)
        return start, [*inherited.notes, *checked.notes]

    def _wait_for_alias(self, why: str, earlier: EarlierAttempts) -> None:
        """Send nothing while the alias may be on its way to another version; then AWS's own answer counts.

        Raises:
            ApplicationError: Retryable.
        """
        failure = not_visible_yet(why, MOVED_ALIAS, earlier)
        if not failure.non_retryable:
            raise failure

    async def _source(self, platform: Platform, request: StartRequest, earlier: EarlierAttempts) -> Source:
        if request.rerun is None:
            return NO_SOURCE
        try:
            return await self._reruns.source(platform, request.rerun)
        except AwsError as error:
            earlier.refused_for_certain()
            if error.kind in {Kind.NOT_FOUND, Kind.INVALID} and not earlier.may_have_created:
                raise invalid_input(f"rerun.execution_arn: {error.explanation}") from None
            raise failure_of(error, earlier) from None

    async def _inherited(
        self, platform: Platform, request: StartRequest, source: Source, earlier: EarlierAttempts
    ) -> _Inherited:
        taken = {name: value for name, value in source.parameters.items() if name not in request.parameters}
        if not taken:
            return _Inherited()
        declared = await self._preflight.definition(platform, request)
        without = earlier.leave_out(inheritance.left_out(taken, declared, is_checked=request.check_parameters))
        sent = {name: value for name, value in taken.items() if name not in without}
        whys = inheritance.reasons(without, taken, declared)
        return _Inherited(sent, whys, list(inheritance.notes(whys, declared)))

    async def _parameters(
        self, platform: Platform, request: StartRequest, inherited: Mapping[str, str], earlier: EarlierAttempts
    ) -> StartParameters:
        try:
            with self._calls.errors_name(platform, START_EXECUTION, f"pipeline={request.pipeline_name}"):
                return (await self._secrets.resolve(request)).over(inherited)
        except AwsError as error:
            earlier.refused_for_certain()
            raise failure_of(error, earlier, not_found=FailureType.PIPELINE_NOT_FOUND) from None


def _without_role(platform: Platform, earlier: EarlierAttempts) -> ApplicationError:
    """Return the failure of a start with a role that its platform does not have, or no longer has."""
    why = f"role_arn: the platform '{platform.name}' has no default_role_arn"
    if not earlier.may_have_created:
        return invalid_input(f"{why}; give the role's ARN, or leave role_arn out for the pipeline's own role")
    return ApplicationError(
        f"{why}, and the execution may have been started with it: put it back until the run has found its execution",
        type=FailureType.PLATFORM_MISCONFIGURED,
        next_retry_delay=retry_delay(activity.info().attempt),
    )
