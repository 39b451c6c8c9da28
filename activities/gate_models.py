"""The messages between workflows and the activities that answer Callback steps and follow model packages."""

from datetime import datetime

from pydantic import BaseModel, Field

from contract.gates import Outcome
from contract.open_gates import ModelPackage


class AnswerStepRequest(BaseModel):
    """Answer a Callback step. No token of AWS's is in it: the activity reads it right before it answers."""

    platform: str
    execution_arn: str
    step: str
    """Its key, as the run document has it."""
    outcome: Outcome
    outputs: dict[str, str] = Field(default_factory=dict)
    reason: str = ""
    token_seed: str
    """What the idempotency token is computed from, together with the step's token and the answer."""
    started_at: datetime | None = None
    """Which start of the step is meant; None where the run has not seen it wait."""
    attempt: int | None = None
    """Which attempt of the step is meant."""


class FindPackagesRequest(BaseModel):
    """Find the model packages that an execution registered."""

    platform: str
    execution_arn: str
    group: str | None = None
    """The only model package group that counts; None for all."""


class FoundPackages(BaseModel):
    """The model packages of an execution, and how their platform wants them to be watched."""

    packages: list[ModelPackage] = Field(default_factory=list)
    poll_interval: float
    """Seconds between two polls, the platform's default."""
    heartbeat_timeout: float
    """Seconds without a heartbeat after which a watch is given to another worker."""


class WatchPackageRequest(BaseModel):
    """Watch a model package until its approval is not as it was seen."""

    platform: str
    model_package_arn: str
    seen_status: str | None = None
    poll_interval: float


class UpdatePackageRequest(BaseModel):
    """Approve or reject a model package that is pending."""

    platform: str
    model_package_arn: str
    status: str
    """The ModelApprovalStatus."""
    description: str = ""
    """The ApprovalDescription."""
    client_token: str


class AnswerOutcome(BaseModel):
    """What came of an answer; `taken` is false where it came too late, or cannot be given."""

    taken: bool
    why: str
