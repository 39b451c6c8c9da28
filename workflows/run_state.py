"""What a run must not forget when its history is started anew."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ValidationError

from activities.models import FollowedExecution
from contract.pipeline_run import PipelineRunInput
from contract.run_document import RunDocument


class RunState(BaseModel):
    """Everything that a run must not forget; it travels through continue-as-new."""

    run_input: PipelineRunInput
    start_token: str
    stop_token: str
    run_started_at: datetime
    quota_refusals: int = 0
    """Starts that AWS refused for a quota or could not be asked for; each lengthens the wait before the next."""
    execution: FollowedExecution | None = None
    document: RunDocument

    @classmethod
    def handed_on(cls, arguments: tuple[Any, ...], previous_run_id: str) -> Self | None:
        """Read the state that the previous run handed on; None if this run does not continue it.

        A cron run and a workflow retry come after another run, too, and after a continue-as-new they even get that
        run's state as their argument. Only the run that wrote the state says which one it is.
        """
        match arguments:
            case ({"carried_over": str(state), "handed_on_by": str(run_id)},) if run_id == previous_run_id:
                return cls.model_validate_json(state)
        return None

    def to_hand_on(self, run_id: str) -> dict[str, str]:
        """Write the state as the argument of a continue-as-new by the run `run_id`."""
        return {"carried_over": self.model_dump_json(), "handed_on_by": run_id}


def callers_arguments(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """Find the caller's input again in what a cron run or a workflow retry was given."""
    match arguments:
        case ({"carried_over": str(state), "handed_on_by": str()},):
            with suppress(ValidationError):
                return (RunState.model_validate_json(state).run_input,)
    return arguments
