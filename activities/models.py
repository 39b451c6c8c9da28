"""The messages between workflows and activities.

These documents stand in histories for years and cross a rolling upgrade, so unlike the public input they are
tolerant: unknown fields are ignored and every new field has a default.
"""

from datetime import datetime
from typing import Any, Final, Self

from pydantic import BaseModel, Field

from contract.gates import Callbacks
from contract.job_document import JobProgress
from contract.outputs import Output
from contract.pipeline_document import TERMINAL_STATUSES
from contract.pipeline_run import PipelineRunInput
from contract.platform_check import PlatformCheckInput
from contract.rerun import Rerun, SelectiveExecution
from contract.run import ENDS, RunStatus
from contract.steps import FailureCause, Progress, StepDocument

MAX_MESSAGE_CHARS: Final = 3000
"""Of a few causes in one line each; the FailureReason of DescribePipelineExecution has at most 1,300."""


# Types of failures by which a start goes back to its workflow. They stand in histories and never change.
START_DEFERRED: Final = "StartPutOff"
"""AWS is unavailable or throttling and nothing was created; the workflow retries on a durable timer."""
QUOTA_EXCEEDED: Final = "QuotaExceeded"
"""A quota is used up and nothing was created; the workflow waits until there may be room."""

NOT_SENT: Final = "not sent"
"""Detail of an `InvalidInput` that the worker found itself: neither a retrier nor a catcher is for it."""


class StartRequest(BaseModel):
    """Start an execution under a token. The same token always comes with the same input."""

    platform: str
    pipeline_name: str
    client_request_token: str
    parameters: dict[str, str] = Field(default_factory=dict)
    display_name: str | None = None
    description: str | None = None
    max_parallel_steps: int | None = None
    pipeline_version_id: int | None = None
    pipeline_version_alias: str | None = None
    mlflow_experiment_name: str | None = None
    role_arn: str | None = None
    selective_execution: SelectiveExecution | None = None
    rerun: Rerun | None = None
    check_parameters: bool = True
    callbacks: Callbacks = Field(default_factory=dict)
    """Checked with the parameters; AWS is not sent them."""
    token_may_be_known: bool = False
    """Whether an execution may have been started under this token before this activity: then AWS must be asked."""
    may_be_known: bool = False
    """Whether the run was reset: then that execution may be its own, and only AWS's answer about the token is final."""

    @classmethod
    def of(
        cls, run_input: PipelineRunInput, *, client_request_token: str, token_may_be_known: bool, may_be_known: bool
    ) -> Self:
        """Build the request of a run: every field that the input has under the same name comes from there."""
        shared = cls.model_fields.keys() & PipelineRunInput.model_fields.keys() - {"client_request_token"}
        fields = {name: getattr(run_input, name) for name in shared}
        return cls(
            **fields,
            client_request_token=client_request_token,
            token_may_be_known=token_may_be_known,
            may_be_known=may_be_known,
        )


class DescribeRequest(BaseModel):
    """Describe an execution that was started elsewhere, before it is followed."""

    platform: str
    execution_arn: str
    is_of_open_run: bool = False
    """Whether the run follows the execution already: then it is described whatever the platform allows by now."""
    secrets: list[str] = Field(default_factory=list)
    """References to the secrets among the run's parameters, which must not be quoted in what is observed."""


class Results(BaseModel):
    """What an execution that has ended left behind."""

    causes: list[FailureCause] = Field(default_factory=list)
    outputs: dict[str, Any] = Field(default_factory=dict)
    missing_outputs: list[str] = Field(default_factory=list)
    """Required outputs that were not found, each with the reason."""
    billable_seconds: int | None = None
    notes: list[str] = Field(default_factory=list)


class Observation(BaseModel):
    """An execution as AWS described it at one moment."""

    sagemaker_status: str | None = None
    failure_reason: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    last_modified_at: datetime | None = None
    pipeline_version_id: int | None = None
    pipeline_version_aliases: list[str] = Field(default_factory=list)
    """The aliases that the version has now."""
    status: RunStatus | None = None
    """What the status of a job means; None of a pipeline execution, for which the workflow decides it."""
    secondary_status: str | None = None
    job_progress: JobProgress | None = None
    steps: list[StepDocument] = Field(default_factory=list)
    """The steps that are not as the request said they were seen."""
    step_digests: dict[str, str] = Field(default_factory=dict)
    """Digests of what those steps may show late (`activities.results.digests`)."""
    progress: Progress | None = None
    results: Results | None = None
    """Only of an execution that has ended, as a watch read them."""

    @property
    def message(self) -> str | None:
        """What a person should read first: the causes and what to do, else AWS's reason, else the description."""
        causes = self.results.causes if self.results else []
        lines = [cause.summary for cause in causes]
        if causes and causes[0].remedy:
            lines[0] = f"{lines[0].rstrip('.')}. {causes[0].remedy}"
        return " | ".join(lines)[:MAX_MESSAGE_CHARS] or self.failure_reason or self.description

    @property
    def has_ended(self) -> bool:
        """Whether AWS will not change this execution any more."""
        return self.sagemaker_status in TERMINAL_STATUSES if self.status is None else self.status in ENDS


class FollowedExecution(BaseModel):
    """An execution that exists, and how its platform wants it to be watched."""

    execution_arn: str
    poll_interval: float
    """Seconds between two polls, the platform's default."""
    heartbeat_timeout: float
    """Seconds without a sign of life after which a watch is given to another worker."""
    observed: Observation = Field(default_factory=Observation)
    notes: list[str] = Field(default_factory=list)
    """What a person should know about the start and nothing fails for."""
    selected_steps: list[str] | None = None
    """The only steps that a selective execution runs; None for all."""
    studio_domain: str | None = None
    """The platform's Studio domain, for a link to an execution."""
    log_url: str | None = None
    """The log streams of a job in the CloudWatch console."""
    console_url: str | None = None
    """The page of a job in the AWS console."""
    region: str | None = None
    """The region of a job."""

    @property
    def name(self) -> str:
        """The name of a job, or the id of an execution."""
        return self.execution_arn.rpartition("/")[2]


class WatchRequest(BaseModel):
    """Watch an execution until its status differs from `seen_status` or it has ended."""

    platform: str
    execution_arn: str
    seen_status: str | None = None
    poll_interval: float
    """Seconds between two polls."""
    seen_steps: dict[str, str] = Field(default_factory=dict)
    """Marks of all steps returned so far (`contract.steps.StepDocument.mark`), by `seen_key`, as last returned."""
    seen_digests: dict[str, str] | None = None
    """`Observation.step_digests` of all steps returned so far; None from workflows that do not remember them."""
    outputs: dict[str, Output] = Field(default_factory=dict)
    """What to find in the steps once the execution has ended."""
    selected_steps: list[str] | None = None
    """The only steps that a selective execution runs; None for all."""
    secrets: list[str] = Field(default_factory=list)
    """References to the secrets among the run's parameters, which must not be quoted in what is observed."""
    created_at: datetime | None = None
    """The execution's creation, which shows how far down it stands in its pipeline's list."""


class StopRequest(BaseModel):
    """Stop an execution under a token."""

    platform: str
    execution_arn: str
    client_request_token: str


class StopOutcome(BaseModel):
    """What AWS said to a stop; `accepted` is false when there was nothing left to stop."""

    accepted: bool
    why: str


class ResumeRequest(BaseModel):
    """Resume an execution that failed, under a token."""

    platform: str
    execution_arn: str
    client_request_token: str
    max_parallel_steps: int | None = None
    may_be_known: bool = False
    """Whether the run was reset: then it may have resumed the execution before this activity."""


class ResumeOutcome(BaseModel):
    """What AWS said to a resumption; `resumed` is false where this execution can never be resumed."""

    resumed: bool
    why: str


class DiscoverRequest(BaseModel):
    """Find the pipelines of one page."""

    platform: str
    name_prefix: str = ""
    page_size: int | None = None
    """Most jobs; as many as fit into one document if None."""
    after: str = ""
    """The last pipeline of the previous page."""


class CheckPlatformRequest(BaseModel):
    """Check a platform."""

    platform: str
    pipelines: list[str] = Field(default_factory=list)
    """Patterns of the pipelines that its permissions are meant for; none for all."""
    jobs: list[str] = Field(default_factory=list)
    """Patterns of the jobs that its permissions are meant for; empty for the jobs that the platform allows."""
    deployments: bool = False
    """Whether the permissions of deployments are meant as well."""
    approvals: bool = False
    """Whether the permissions of answers to gates are meant as well."""

    @classmethod
    def of(cls, wanted: PlatformCheckInput) -> Self:
        """Build the request of a check: every field stands in the input under the same name."""
        return cls(**{name: getattr(wanted, name) for name in cls.model_fields})
