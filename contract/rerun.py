"""What a start may take over from an earlier execution: results of its steps, or its parameters."""

from typing import Annotated

from pydantic import Field

from contract.arns import ExecutionArnText
from contract.spelling import InputDocument


class SelectedStep(InputDocument):
    """One step of a selective execution."""

    step_name: Annotated[str, Field(min_length=1, max_length=256)]


class SelectiveExecution(InputDocument):
    """AWS's SelectiveExecutionConfig: run only some steps, with the results of an earlier execution."""

    source_pipeline_execution_arn: ExecutionArnText | None = None
    selected_steps: Annotated[list[SelectedStep], Field(min_length=1, max_length=50)]


class Rerun(InputDocument):
    """Start from an earlier execution: with its parameters, and from one of its steps on."""

    execution_arn: ExecutionArnText
    from_step: Annotated[str, Field(min_length=1, max_length=256)] | None = None
