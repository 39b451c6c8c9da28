"""What starts a job run: the input of `SageMakerJobRun`."""

import json
from enum import StrEnum
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from contract.arns import MAX_ARN_CHARS, ResourceArn
from contract.job_kinds import ARN_TYPES, JobKind
from contract.outputs import Outputs
from contract.pipeline_run import MAX_POLL_INTERVAL_SECONDS, MAX_TIMEOUT_SECONDS, MIN_POLL_INTERVAL_SECONDS
from contract.platform_name import DEFAULT_PLATFORM, PlatformName
from contract.retry import (
    DEFAULT_DECISION_SECONDS,
    AnyCaseOnFailure,
    DecisionTimeout,
    OnFailure,
    RetryMode,
    RetryPolicy,
)
from contract.scheduled_input import ScheduledTime, Templates, TemplateZone
from contract.spelling import InputDocument
from contract.states_language import QUOTA_NAMES, THROTTLING_NAMES, Catchers, Retrier, Retry
from contract.templates import DEFAULT_ZONE

MAX_REQUEST_BYTES: Final = 1024 * 1024
"""Of the request as JSON. HyperParameters and Environment alone may have 0.4 MB (SageMaker's service model), and
Temporal takes at most 2 MB of arguments."""

MAX_TAGS: Final = 49
"""AWS takes 50 tags of a resource, and the tag that says whose job it is may be one of them. Those of the platform and
of the request count as well: the start checks all of them together."""


class NameMode(StrEnum):
    """What the job's name is made of."""

    UNIQUE = "unique"
    """The name in the request, or the workflow id, and 13 characters that differ for each attempt."""
    EXACT = "exact"
    """The name in the request as it is."""


def _kind(value: object) -> JobKind:
    word = value.strip().lower().replace("-", "_").replace(" ", "_") if isinstance(value, str) else ""
    if word in list(JobKind):
        return JobKind(word)
    raise ValueError(f"must be one of {', '.join(JobKind)}")


def _name_mode(value: object) -> NameMode:
    if isinstance(value, str) and value.lower() in list(NameMode):
        return NameMode(value.lower())
    raise ValueError(f"must be one of {', '.join(NameMode)}")


def _fits(request: dict[str, Any]) -> dict[str, Any]:
    try:
        size = len(json.dumps(request, ensure_ascii=False, allow_nan=False).encode())
    except (ValueError, RecursionError) as error:
        # UnicodeEncodeError, a ValueError, for a lone surrogate.
        raise ValueError(f"is not plain JSON ({type(error).__name__}); numbers must be finite") from None
    if size > MAX_REQUEST_BYTES:
        raise ValueError(
            f"has {size} bytes as JSON, at most {MAX_REQUEST_BYTES} are taken; pass large data by S3 address"
        )
    return request


def _job_arn(arn: str) -> str:
    resource = ResourceArn.parse(arn) if len(arn) <= MAX_ARN_CHARS else None
    if resource is None or resource.kind not in ARN_TYPES:
        raise ValueError(
            "must be a job's ARN, arn:aws:sagemaker:<region>:<account>:<kind>/<name>, where <kind> is one of "
            f"{', '.join(ARN_TYPES)}"
        )
    return arn


def _accept_stopped(value: object) -> object:
    if isinstance(value, bool) or (isinstance(value, list) and all(isinstance(item, str) for item in value)):
        return value
    raise ValueError('must be true, false, or a list of SecondaryStatus such as ["MaxRuntimeExceeded"]')


def _restarts(retry: RetryPolicy | list[Retrier]) -> RetryPolicy | list[Retrier]:
    if isinstance(retry, RetryPolicy):
        if "mode" in retry.model_fields_set and retry.mode is RetryMode.RESUME:
            raise ValueError("mode: a job cannot be resumed, only restarted; leave mode out or say 'restart'")
        return retry.model_copy(update={"mode": RetryMode.RESTART})
    if any(rule.mode is RetryMode.RESUME for rule in retry):
        raise ValueError("mode 'resume' is for pipelines; a job can only be restarted; leave mode out")
    return retry


class JobRunInput(InputDocument):
    """Input of `SageMakerJobRun`, one JSON object; `job` and `request` are required, or `job_arn`.

    A Task state of Step Functions is accepted in its place (`contract.task_state`).
    """

    free_form = frozenset({"request"})

    job: Annotated[JobKind, BeforeValidator(_kind)] = Field(
        description="The kind of job: training, processing, transform, labeling, tuning, automl, automl_v2, "
        "compilation, inference_recommendation or optimization.",
    )
    request: Annotated[dict[str, Any], AfterValidator(_fits)] = Field(
        default_factory=dict,
        description="The members of AWS's Create operation, such as those of CreateTrainingJob. Any text in it may be "
        "a secret's reference, vault://…. The command `job schema` prints them all.",
    )
    name: Annotated[NameMode, BeforeValidator(_name_mode)] = Field(
        default=NameMode.UNIQUE,
        description="`unique`: 13 characters are appended to the name in the request, others for each attempt. "
        "`exact`: the name is sent as it is, with a tag that says whose job it is, and there is no second job.",
    )
    tags: Annotated[
        dict[
            Annotated[str, Field(min_length=1, max_length=128)],
            Annotated[str, Field(max_length=256)],
        ],
        Field(max_length=MAX_TAGS),
    ] = Field(default_factory=dict, description="Tags of the job, beside those in the request's own Tags.")
    platform: PlatformName = Field(
        default=DEFAULT_PLATFORM, description="Name of a platform in the worker's configuration."
    )
    outputs: Outputs = Field(
        default_factory=dict,
        description='JMESPath expressions over the job, by the output\'s name: {"model": '
        '"job.ModelArtifacts.S3ModelArtifacts"}, or {"expression": …, "required": true}.',
    )
    retry: Annotated[Retry, AfterValidator(_restarts)] | None = Field(
        default=None,
        description="Retries of a failed job, each as a new job: max_attempts, backoff, initial_delay, max_delay; or a "
        "Retry list of Step Functions (ErrorEquals, IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, "
        "JitterStrategy).",
    )
    catch: Catchers = Field(default_factory=list)
    on_failure: AnyCaseOnFailure = OnFailure.FAIL
    decision_timeout: DecisionTimeout = DEFAULT_DECISION_SECONDS
    poll_interval: Annotated[float, Field(ge=MIN_POLL_INTERVAL_SECONDS, le=MAX_POLL_INTERVAL_SECONDS)] | None = Field(
        default=None, description="Seconds between two polls of the job, at least 1; the platform's if left out."
    )
    timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_SECONDS)] | None = Field(
        default=None,
        description="Seconds from the start of the run; when they pass, the job is stopped and the run fails.",
    )
    attempt_timeout: Annotated[float, Field(gt=0, le=MAX_TIMEOUT_SECONDS)] | None = Field(
        default=None,
        description="Seconds of each attempt (TimeoutSeconds of a Task state): its job is stopped, and the attempt "
        "fails with `States.Timeout`.",
    )
    accept_stopped: Annotated[bool | list[str], BeforeValidator(_accept_stopped)] = Field(
        default=False,
        description="Whether a job that was stopped, and not by this run, is a success: true, or for which "
        'SecondaryStatus, such as ["MaxRuntimeExceeded"].',
    )
    job_arn: Annotated[str, AfterValidator(_job_arn)] | None = Field(
        default=None, description="Follow this job, which already runs, instead of starting one."
    )
    templates: Templates = False
    scheduled_time: ScheduledTime = None
    time_zone: TemplateZone = DEFAULT_ZONE
    release_warm_pool: bool = Field(
        default=False,
        description="After a training job with KeepAlivePeriodInSeconds was stopped: end its warm pool as well, which "
        "costs money until it ends.",
    )

    @model_validator(mode="before")
    @classmethod
    def _kind_of_the_followed_job(cls, document: Any) -> Any:
        """Take the kind of a job that is followed from its ARN, where it says which."""
        if not isinstance(document, dict):
            return document
        fields = {str(key).lower().replace("_", ""): value for key, value in document.items()}
        arn = fields.get("jobarn")
        if fields.get("job") is not None or not isinstance(arn, str) or len(arn) > MAX_ARN_CHARS:
            return document
        resource = ResourceArn.parse(arn)
        kinds = ARN_TYPES.get(resource.kind, ()) if resource else ()
        given = {key: value for key, value in document.items() if value is not None}
        return {**given, "job": kinds[-1]} if kinds else document

    @model_validator(mode="after")
    def _follow_or_start(self) -> Self:
        if self.job_arn is None:
            if not self.request:
                raise ValueError("request: required, but missing: the members of AWS's Create operation")
            return self
        for field in ("request", "tags"):
            if getattr(self, field):
                raise ValueError(
                    f"{field} cannot stand beside job_arn, which follows a job that already runs; leave one out"
                )
        resource = ResourceArn.parse(self.job_arn)
        if resource is None or self.job not in ARN_TYPES.get(resource.kind, ()):
            raise ValueError(f"job_arn is the ARN of another kind of job than '{self.job}'; correct one of the two")
        return self

    @model_validator(mode="after")
    def _can_be_retried(self) -> Self:
        if isinstance(self.retry, RetryPolicy):
            wants_another = self.retry.max_attempts > 1
        else:
            without_job = {*QUOTA_NAMES, *THROTTLING_NAMES}
            rules = [rule for rule in self.retry or () if not without_job.issuperset(rule.error_equals)]
            wants_another = any(rule.max_attempts for rule in rules)
        if wants_another and self.job_arn is not None:
            raise ValueError("retry cannot stand beside job_arn: what the job was created with is not known here")
        if wants_another and self.name is NameMode.EXACT:
            raise ValueError(
                "retry cannot stand beside name 'exact': a second job cannot have the same name; leave one out"
            )
        return self

    @property
    def execution_arn(self) -> str | None:
        """The job that is followed instead of started."""
        return self.job_arn

    @property
    def has_unique_name(self) -> bool:
        """Whether no other client creates jobs of the name that this run gives its jobs."""
        return self.name is NameMode.UNIQUE and self.job_arn is None

    @property
    def client_request_token(self) -> str | None:
        """None: the name of a job is its idempotency key."""
        return None
