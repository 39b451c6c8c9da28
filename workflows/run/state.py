"""What a run must not forget when its history is started anew."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError
from temporalio import workflow

from activities.models import FollowedExecution, Observation
from contract.pipeline_run import PipelineRunInput
from contract.retry import RetryMode
from contract.run_document import RunDocument
from workflows.run.stop_wish import StopWish


class RunState(BaseModel):
    """Everything that a run must not forget; it travels through continue-as-new.

    Either side of a rolling upgrade reads what the other wrote: new fields have defaults, unknown ones are ignored.
    """

    run_input: PipelineRunInput
    start_token: str
    stop_token: str
    run_started_at: datetime
    quota_refusals: int = 0
    """Times that AWS refused to begin an attempt for a quota or could not be asked; each lengthens the next wait."""
    execution: FollowedExecution | None = None
    """The execution that is followed, or was until the attempt failed; None before the first start."""
    seen_steps: dict[str, str] = Field(default_factory=dict)
    """Marks of all its steps as they were seen last, also of those for which the document has no room."""
    attempt: int = 1
    """Number of the attempt that began last; 1 also before it has."""
    retry_mode: RetryMode | None = None
    """How the next attempt is to begin; None while none is due."""
    failure: str | None = None
    """Why the last attempt failed; None while it is under way."""
    not_resumable: str | None = None
    """Why AWS does not resume the execution that failed; None if it was not asked."""
    document: RunDocument

    @property
    def is_under_way(self) -> bool:
        """Whether there is an execution to follow."""
        return self.execution is not None and self.retry_mode is None

    @property
    def due_attempt(self) -> int:
        """Number of the attempt that is to begin."""
        return self.attempt + 1 if self.retry_mode is not None else self.attempt

    def attempt_begun(self, execution: FollowedExecution) -> None:
        """Take note of the execution that a start began, or found."""
        self.seen_steps = {}
        self.execution = execution
        self._begun()

    def attempt_resumed(self) -> None:
        """Take note that the execution goes on: what was seen of its end counts no more."""
        if self.execution is not None:
            self.execution.observed = Observation(created_at=self.execution.observed.created_at)
        self._begun()

    def _begun(self) -> None:
        self.attempt = self.due_attempt
        self.retry_mode, self.failure, self.not_resumable, self.quota_refusals = None, None, None, 0

    def observed(self, seen: Observation) -> None:
        """Take note of a new look, without what the document keeps of it."""
        self.seen_steps |= {step.key: step.mark for step in seen.steps}
        if self.execution is not None:
            self.execution.observed = seen.model_copy(update={"steps": [], "progress": None, "results": None})

    @classmethod
    def handed_on(cls, arguments: tuple[Any, ...], previous_run_id: str) -> Self | None:
        """Read the state that the previous run handed on; None if this run does not continue it.

        A cron run and a workflow retry come after another run, too, and after a continue-as-new they even get that
        run's state as their argument. Only the run that wrote the state says which one it is.
        """
        match arguments:
            case ({"carried_over": str(state), "handed_on_by": str(run_id)},) if run_id == previous_run_id:
                return cls.read(state)
        return None

    @classmethod
    def read(cls, state: str) -> Self:
        """Read a written state.

        Raises:
            ValidationError: This version cannot read it.
        """
        # The input refuses unknown fields from callers, but one from a newer worker's run was valid there.
        return cls.model_validate_json(state, extra="ignore")

    def to_hand_on(self, run_id: str) -> dict[str, str]:
        """Write the state as the argument of a continue-as-new by the run `run_id`."""
        return {"carried_over": self.model_dump_json(), "handed_on_by": run_id}

    def continue_as_new_if_suggested(self, wish: StopWish) -> None:
        """Go on in a new run when the history is long."""
        # Never with a stop wanted: a cancel request does not travel into the next run.
        if workflow.info().is_continue_as_new_suggested() and not wish.is_there:
            # What was upserted into the memo travels only if it is handed on (tried).
            workflow.continue_as_new(self.to_hand_on(workflow.info().run_id), memo=workflow.memo())


def callers_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Find the caller's input again in what a cron run or a workflow retry was given."""
    match arguments:
        case ({"carried_over": str(state), "handed_on_by": str()},):
            with suppress(ValidationError):
                return (RunState.read(state).run_input,)
    return arguments
