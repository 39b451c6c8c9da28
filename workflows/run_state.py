"""What a run must not forget when its history is started anew."""

from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel

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
    execution: FollowedExecution | None = None
    document: RunDocument

    @classmethod
    def carried_over(cls, argument: Any) -> Self:
        """Read the state that the previous run of a continue-as-new chain handed on."""
        return cls.model_validate_json(argument["carried_over"])

    def to_carry_over(self) -> dict[str, str]:
        """Write the state as the argument of a continue-as-new."""
        return {"carried_over": self.model_dump_json()}
