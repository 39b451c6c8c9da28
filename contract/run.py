"""What the documents of all runs share: result of a run, answer of its `status` query, and detail of its failure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from pydantic import BaseModel, Field, JsonValue
from temporalio.common import SearchAttributeKey

from contract.open_gates import Gate
from contract.retry import RetryMode
from contract.steps import FailureCause

MAX_HISTORY: Final = 60
"""Entries that `history` keeps; when a run has more, the oldest after the first ones give way."""

KEPT_FROM_THE_START: Final = 10

MAX_NOTES: Final = 10
MAX_NOTE_CHARS: Final = 500


class RunStatus(StrEnum):
    """A run's status in Polysync's words."""

    RUNNING = "Running"
    SUCCESS = "Success"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"


ENDS: Final = frozenset({RunStatus.SUCCESS, RunStatus.FAILED, RunStatus.CANCELLED})
"""Of an execution or a job that AWS will not change any more."""


class Phase(StrEnum):
    """What the workflow is doing now."""

    STARTING = "Starting"
    WAITING_FOR_QUOTA = "WaitingForQuota"
    RUNNING = "Running"
    STOPPING = "Stopping"
    WAITING_FOR_RETRY = "WaitingForRetry"
    WAITING_FOR_DECISION = "WaitingForDecision"
    WAITING_FOR_APPROVAL = "WaitingForApproval"
    CLOSED = "Closed"


class HistoryEntry(BaseModel):
    """One change of phase or status: when, what, why."""

    at: datetime
    phase: Phase
    status: RunStatus
    sagemaker_status: str | None = None
    why: str


class ErrorName(BaseModel):
    """Why an attempt failed, in the words of Step Functions."""

    name: str = Field(description="The most special name, such as `SageMaker.CapacityError` or `States.Timeout`.")
    cause: str = Field(description="What happened.")


class Caught(BaseModel):
    """The catcher that completed the run, and the error that it matched."""

    next: str = Field(description="The catcher's Next.")
    error: str
    cause: str


class Attempt(BaseModel):
    """One execution, or one resumption of it, that failed or is under way."""

    number: int
    mode: RetryMode | None = Field(default=None, description="How it came about; null for the first.")
    execution_arn: str | None = None
    sagemaker_status: str | None = None
    message: str | None = Field(default=None, description="Why it failed, in one line.")
    started_at: datetime | None = None
    ended_at: datetime | None = None


class RunDocument(BaseModel):
    """What is known of any run. Times are UTC; new fields have defaults, so that old documents stay readable."""

    run_id: str | None = Field(default=None, description="The execution's ARN; null before the start.")
    status: RunStatus = Field(
        default=RunStatus.RUNNING,
        description="`Running`, `Success`, `Failed`, `Cancelled` or `Unknown`; `Running`, too, while a retry or a "
        "decision is waited for.",
    )
    sagemaker_status: str | None = Field(default=None, description="SageMaker's own PipelineExecutionStatus.")
    message: str | None = Field(
        default=None,
        description="Why: the failed steps' causes and a remedy, else the execution's FailureReason or description.",
    )
    monitor_url: str | None = Field(default=None, description="The execution in the SageMaker console.")
    platform: str | None = Field(default=None, description="The platform's name.")
    region: str | None = Field(default=None, description="AWS region, taken from the execution's ARN.")
    phase: Phase = Field(
        default=Phase.STARTING,
        description="What the workflow does now: `Starting`, `WaitingForQuota`, `Running`, `Stopping`, "
        "`WaitingForRetry`, `WaitingForDecision`, `WaitingForApproval` or `Closed`.",
    )
    waits_until: datetime | None = Field(
        default=None,
        description="While it waits: when it tries again, or when the time for a decision or an approval is over.",
    )
    started_at: datetime | None = Field(default=None, description="AWS's CreationTime of the execution.")
    ended_at: datetime | None = Field(default=None, description="AWS's LastModifiedTime once the execution ended.")
    scheduled_time: datetime | None = Field(
        default=None, description="The nominal time of the schedule that started the run, or that of the input."
    )
    schedule: str | None = Field(default=None, description="The Temporal schedule that started the run.")
    history: list[HistoryEntry] = Field(
        default_factory=list, description="Each change of phase or status: when, what, why; at most 60 entries."
    )
    notes: list[str] = Field(
        default_factory=list, description="What a person should know and nothing fails for; at most 10, each bounded."
    )
    causes: list[FailureCause] = Field(
        default_factory=list,
        description="Why it failed: the first failed steps with their jobs' reasons, last log lines and remedies.",
    )
    outputs: dict[str, JsonValue] = Field(
        default_factory=dict, description="The values of the input's `outputs`; null for what was not found."
    )
    billable_seconds: int | None = Field(
        default=None,
        description="Of a pipeline run the sum of the BillableTimeInSeconds of all training jobs; of a job run what "
        "AWS bills: times instances, with the warm pool, and of a tuning job the sum of its training jobs. Null where "
        "none is known.",
    )
    attempts: list[Attempt] = Field(
        default_factory=list, description="The attempts, if there was more than one; at most 100."
    )
    error: ErrorName | None = Field(
        default=None, description="Why the last attempt failed, in the words of Step Functions; null if it did not."
    )
    caught: Caught | None = Field(
        default=None, description="The entry of the input's `catch` that completed the run, and the error it matched."
    )

    log_name: ClassVar[str] = "run"
    """The beginning of the names of the run's log events."""

    @property
    def execution_identity(self) -> Mapping[SearchAttributeKey[str], str]:
        """Search attributes beside the ARN that say what the present attempt is of."""
        return {}

    @property
    def subject(self) -> str | None:
        """What the run is of, such as the pipeline's name; None where that is not known."""
        return None

    @property
    def identity(self) -> Mapping[SearchAttributeKey[str], str]:
        """Search attributes that say what the run is of; they do not change while the run exists."""
        return {}

    @property
    def open_gates(self) -> Sequence[Gate]:
        """What waits for an answer now, as far as the document has room for it."""
        return ()

    @property
    def gates_in_all(self) -> int:
        """How much waits for an answer now."""
        return 0

    @property
    def how_far(self) -> str | None:
        """How far the execution is, in one line; None where that is not known."""
        return None

    def note(self, text: str) -> None:
        """Append to `notes`, unless it stands there already or there is no room."""
        bounded = text[:MAX_NOTE_CHARS]
        if bounded not in self.notes and len(self.notes) < MAX_NOTES:
            self.notes.append(bounded)

    def record(self, at: datetime, why: str) -> None:
        """Append the present phase and status to `history`, unless nothing changed since the last entry."""
        entry = HistoryEntry(
            at=at, phase=self.phase, status=self.status, sagemaker_status=self.sagemaker_status, why=why
        )
        if self.history and self.history[-1].model_dump(exclude={"at", "why"}) == entry.model_dump(
            exclude={"at", "why"}
        ):
            return
        self.history.append(entry)
        if len(self.history) > MAX_HISTORY:
            del self.history[KEPT_FROM_THE_START]
