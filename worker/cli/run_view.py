"""What the commands print of a run: its document, and what Temporal knows beside it."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, Field

from contract.any_document import AnyRunDocument
from contract.failures import FailureType
from contract.run import RunStatus
from worker.cli.outcome import ExitCode

_REFUSED_INPUT: Final = frozenset({FailureType.INVALID_INPUT, FailureType.INVALID_PARAMETERS})


class Source(StrEnum):
    """Where a run document comes from."""

    WORKER = "worker"
    """A worker answered the query."""
    HISTORY = "history"
    """The workflow has closed, with the document in its result or failure."""
    VISIBILITY = "visibility"
    """No worker answered: put together from search attributes and memo, so most of it is missing."""


class PendingActivity(BaseModel):
    """An activity under way or waiting for its next attempt: what the run is waiting for."""

    activity: str
    state: str
    attempt: int
    last_failure: str | None = None
    heartbeat: Any = None
    heartbeat_at: datetime | None = None
    next_attempt_at: datetime | None = None


class Failure(BaseModel):
    """Why a workflow closed as failed."""

    type: str
    message: str


class RunView(BaseModel):
    """A run as `run`, `status` and `cancel` print it with `--json`."""

    workflow_id: str
    workflow_run_id: str | None = None
    workflow_status: str = Field(description="Temporal's own: Running, Completed, Failed, Canceled, Terminated, …")
    web_ui_url: str | None = None
    failure: Failure | None = None
    run: AnyRunDocument | None = None
    source: Source | None = None
    task_failure: str | None = Field(default=None, description="Why its workflow task fails and is tried again.")
    pending_activities: list[PendingActivity] = Field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether the workflow still runs."""
        return self.workflow_status == "Running"

    @property
    def status(self) -> RunStatus | None:
        """The run's status, also where only Temporal's is known."""
        if self.failure is not None:
            return RunStatus.FAILED
        if self.workflow_status == "Canceled":
            return RunStatus.CANCELLED
        return self.run.status if self.run else None

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of this run's outcome."""
        if self.failure is not None and self.failure.type in _REFUSED_INPUT:
            return ExitCode.USAGE
        match self.status:
            case RunStatus.CANCELLED:
                return ExitCode.CANCELLED
            case RunStatus.SUCCESS:
                return ExitCode.SUCCESS
            case _:
                return ExitCode.SUCCESS if self.is_open else ExitCode.RUN_FAILED
