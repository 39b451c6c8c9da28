"""What workflows and activities say to each other.

These documents stand in histories for years and cross a rolling upgrade, so unlike the public input they are
tolerant: unknown fields are ignored and every new field has a default.
"""

from datetime import datetime
from typing import Final

from pydantic import BaseModel, Field

from contract.pipeline_run import SelectiveExecution
from contract.run_document import TERMINAL_STATUSES

MAX_MESSAGE_CHARS: Final = 3000
"""AWS gives at most 1,024 characters of reason for a step and 1,300 for an execution (botocore 1.44.5 model)."""


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
    role_arn: str | None = None
    selective_execution: SelectiveExecution | None = None
    check_parameters: bool = True
    token_may_be_known: bool = False
    """Whether somebody may have started an execution under this token before this activity: then AWS must be asked."""


class DescribeRequest(BaseModel):
    """Look at an execution that was started elsewhere, in order to follow it."""

    platform: str
    execution_arn: str


class FailedStep(BaseModel):
    """A step that failed, with AWS's reason for it."""

    name: str
    reason: str | None = None


class Observation(BaseModel):
    """An execution as AWS described it at one moment."""

    sagemaker_status: str | None = None
    failure_reason: str | None = None
    description: str | None = None
    created_at: datetime | None = None
    last_modified_at: datetime | None = None
    failed_steps: list[FailedStep] = Field(default_factory=list)
    """The first failed steps of an execution that failed."""

    @property
    def message(self) -> str | None:
        """What a person should read first: the steps' own reasons, then the execution's, else its description."""
        causes = [f"{step.name}: {step.reason or 'failed without a reason'}" for step in self.failed_steps]
        reasons = [*causes, *([self.failure_reason] if self.failure_reason else [])]
        return " | ".join(reasons)[:MAX_MESSAGE_CHARS] or self.description

    @property
    def has_ended(self) -> bool:
        """Whether AWS will not change this execution any more by itself."""
        return self.sagemaker_status in TERMINAL_STATUSES


class FollowedExecution(BaseModel):
    """An execution that exists, and how its platform wants it to be watched."""

    execution_arn: str
    poll_interval: float
    """Seconds between two looks, the platform's default."""
    heartbeat_timeout: float
    """Seconds without a sign of life after which a watch is given to another worker."""
    observed: Observation = Field(default_factory=Observation)
    notes: list[str] = Field(default_factory=list)
    """What a person should know about the start and nothing fails for."""


class WatchRequest(BaseModel):
    """Watch an execution until its status differs from `seen_status` or it has ended."""

    platform: str
    execution_arn: str
    seen_status: str | None = None
    poll_interval: float
    """Seconds between two looks."""


class StopRequest(BaseModel):
    """Stop an execution under a token."""

    platform: str
    execution_arn: str
    client_request_token: str


class StopOutcome(BaseModel):
    """What AWS said to a stop; `accepted` is false when there was nothing left to stop."""

    accepted: bool
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
