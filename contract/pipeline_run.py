"""What starts a run: the input of `SageMakerPipelineRun`."""

import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from contract.arns import MAX_ARN_CHARS, ExecutionArn, ExecutionArnText, PipelineReference, pipeline_of
from contract.gates import ApprovalRule, Callbacks
from contract.outputs import Outputs
from contract.parameters import Parameters
from contract.platform_name import DEFAULT_PLATFORM, PlatformName
from contract.rerun import Rerun, SelectiveExecution
from contract.retry import DEFAULT_DECISION_SECONDS, AnyCaseOnFailure, DecisionTimeout, OnFailure
from contract.roles import Role
from contract.scheduled_input import ScheduledTime, Templates, TemplateZone
from contract.spelling import InputDocument, WholeNumber, limit
from contract.states_language import Catchers, Retry
from contract.templates import DEFAULT_ZONE

# Limits: the shape StartPipelineExecutionRequest.
_DISPLAY_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,81}")
_ALIAS = re.compile(r"[a-zA-Z0-9._\-]{1,128}")
# What AWS's pattern of PipelineArn allows behind the slash, and no pipeline is named: once admitted, now refused.
_ONCE_ADMITTED_ARN = re.compile(r"arn:aws[a-z\-]*:sagemaker:[a-z0-9\-]*:([0-9]{12}|aws):pipeline/.*")

MAX_TIMEOUT_SECONDS = 366 * 24 * 3600
MIN_POLL_INTERVAL_SECONDS = 1.0
"""Below it, one run takes the request rate of all others: AWS throttles SageMaker's calls per account and region."""
MAX_POLL_INTERVAL_SECONDS = 3600


def _pipeline_name(name: str) -> str:
    if len(name) <= MAX_ARN_CHARS and _ONCE_ADMITTED_ARN.fullmatch(name):
        return name
    return _pipeline(name)


def _pipeline(name: str) -> str:
    return PipelineReference.parse(name).text


def _display_name(name: str) -> str:
    if _DISPLAY_NAME.fullmatch(name):
        return name
    suggestion = re.sub(r"[^a-zA-Z0-9]+", "-", name).strip("-")[:82].rstrip("-")
    remedy = f"; for example '{suggestion}'" if suggestion else ""
    raise ValueError(
        "must be 1 to 82 letters, digits and inner hyphens, without spaces or underscores "
        f"(AWS's pattern [a-zA-Z0-9](-*[a-zA-Z0-9]){{0,81}}){remedy}"
    )


def _alias(alias: str) -> str:
    if alias.isascii() and alias.isdecimal():
        raise ValueError("must not be a number; give the number of a version as pipeline_version_id")
    if _ALIAS.fullmatch(alias):
        return alias
    raise ValueError("must be 1 to 128 letters, digits, dots, underscores or hyphens")


def _poll_interval(seconds: float) -> float:
    if seconds >= MIN_POLL_INTERVAL_SECONDS:
        return seconds
    raise ValueError(
        f"must be at least {MIN_POLL_INTERVAL_SECONDS:g} second; leave it out for the platform's own interval"
    )


class PipelineRunInput(InputDocument):
    """Input of `SageMakerPipelineRun`, one JSON object; only `pipeline_name` is required."""

    pipeline_name: Annotated[str, AfterValidator(_pipeline_name), limit(_pipeline)] = Field(
        description="The pipeline's name or ARN (Polysync: the Job's External Id).", examples=["churn-training"]
    )
    platform: PlatformName = Field(
        default=DEFAULT_PLATFORM, description="Name of a platform in the worker's configuration."
    )
    parameters: Parameters = Field(
        default_factory=dict,
        description="Pipeline parameters. Values are sent to AWS as strings, a number without a fraction (5.0) as a "
        "whole number (5); a null leaves the parameter to its default.",
    )
    display_name: Annotated[str, AfterValidator(_display_name)] | None = Field(
        default=None, description="The execution's display name in SageMaker."
    )
    description: Annotated[str, Field(max_length=3072)] | None = Field(
        default=None, description="The execution's description in SageMaker."
    )
    max_parallel_steps: Annotated[WholeNumber, Field(ge=1, le=2**31 - 1)] | None = Field(
        default=None, description="AWS's MaxParallelExecutionSteps."
    )
    pipeline_version_id: Annotated[WholeNumber, Field(ge=1, le=2**63 - 1)] | None = Field(
        default=None, description="The pipeline's version to execute; the latest if left out."
    )
    pipeline_version_alias: Annotated[str, AfterValidator(_alias)] | None = Field(
        default=None,
        description="The alias of the version to execute, such as prod; each attempt that starts an execution takes "
        "the version that has it then. While no version has it, the start is tried for a minute: it may be "
        "on its way to another version.",
    )
    mlflow_experiment_name: Annotated[str, Field(min_length=1, max_length=256)] | None = Field(
        default=None, description="The MLflow experiment of the execution, instead of the pipeline's own."
    )
    role_arn: Role | None = Field(
        default=None,
        description=(
            "Execution role: its ARN, or 'platform' for the platform's default_role_arn; none is sent if left out. "
            "AWS takes a role only for pipelines that AWS manages, not for your own."
        ),
    )
    selective_execution: SelectiveExecution | None = Field(
        default=None, description="Run only some steps, with the results of an earlier execution."
    )
    rerun: Rerun | None = Field(
        default=None,
        description='Start from an earlier execution: {"execution_arn": …} takes its parameters, under those given '
        'here; with "from_step", that step and all that need it run, and the others keep their results.',
    )
    outputs: Outputs = Field(
        default_factory=dict,
        description='JMESPath expressions over the steps, by the output\'s name: {"model": '
        '"steps.Train.job.ModelArtifacts.S3ModelArtifacts"}, or {"expression": …, "required": true}.',
    )
    retry: Retry | None = Field(
        default=None,
        description="Retries of a failed execution: max_attempts, backoff (fixed, linear, exponential), initial_delay "
        "and max_delay in seconds, mode (resume, restart), restart_if_not_resumable; or a Retry list of Step "
        "Functions, for some errors only; none if left out.",
    )
    catch: Catchers = Field(default_factory=list)
    on_failure: AnyCaseOnFailure = OnFailure.FAIL
    decision_timeout: DecisionTimeout = DEFAULT_DECISION_SECONDS
    callbacks: Callbacks = Field(
        default_factory=dict,
        description="Who answers Callback steps, by the step's name or `*`: answered_by (person, elsewhere), timeout "
        "in seconds, on_timeout (fail, succeed) and on_cancel (fail, leave); they are only shown if left out.",
    )
    approval: ApprovalRule | None = Field(
        default=None,
        description="Wait after a success until the model packages that it registered are approved: wait, timeout in "
        "seconds, on_timeout (fail, leave) and group; not waited for if left out.",
    )
    poll_interval: (
        Annotated[
            float,
            Field(gt=0, le=MAX_POLL_INTERVAL_SECONDS, json_schema_extra={"minimum": MIN_POLL_INTERVAL_SECONDS}),
            limit(_poll_interval),
        ]
        | None
    ) = Field(
        default=None,
        description="Seconds between two polls of the execution, at least 1; the platform's interval if left out.",
    )
    timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_SECONDS)] | None = Field(
        default=None,
        description="Seconds from the start of the run; when they pass, the execution is stopped and the run fails.",
    )
    execution_arn: ExecutionArnText | None = Field(
        default=None, description="Follow this execution, which already runs, instead of starting one."
    )
    check_parameters: bool = Field(
        default=True,
        description="Check the parameters, and the steps of `callbacks`, against the pipeline's own definition before "
        "the start, where the platform may read it.",
    )
    templates: Templates = False
    scheduled_time: ScheduledTime = None
    time_zone: TemplateZone = DEFAULT_ZONE
    client_request_token: Annotated[str, Field(min_length=32, max_length=128)] | None = Field(
        default=None, description="The caller's own idempotency token; computed from the workflow if left out."
    )

    @model_validator(mode="after")
    def _rerun_is_of_this_pipeline(self) -> Self:
        if self.rerun is None:
            return self
        if self.selective_execution is not None:
            raise ValueError("rerun cannot stand beside selective_execution; leave one of the two out")
        _same_pipeline("rerun.execution_arn", self.rerun.execution_arn, self.pipeline_name)
        return self

    @model_validator(mode="after")
    def _one_version(self) -> Self:
        if self.pipeline_version_id is not None and self.pipeline_version_alias is not None:
            raise ValueError("pipeline_version_alias cannot stand beside pipeline_version_id; leave one of the two out")
        return self

    @model_validator(mode="after")
    def _follow_or_start(self) -> Self:
        if self.execution_arn is None:
            return self
        for field in _ONLY_FOR_A_START:
            # An empty object or text says nothing about a start: serialisers write them where nothing was given.
            if getattr(self, field):
                raise ValueError(
                    f"{field} cannot stand beside execution_arn, which follows an execution that already runs; "
                    "leave one of the two out"
                )
        _same_pipeline("execution_arn", self.execution_arn, self.pipeline_name)
        return self


def _same_pipeline(field: str, execution_arn: str, pipeline_name: str) -> None:
    name, other = pipeline_of(pipeline_name), ExecutionArn.parse(execution_arn).pipeline.name
    if name.lower() != other.lower():
        raise ValueError(f"{field} belongs to the pipeline '{other}', but pipeline_name says '{name}'")


_ONLY_FOR_A_START = (
    "parameters",
    "display_name",
    "description",
    "max_parallel_steps",
    "pipeline_version_id",
    "pipeline_version_alias",
    "mlflow_experiment_name",
    "role_arn",
    "selective_execution",
    "rerun",
    "client_request_token",
)
