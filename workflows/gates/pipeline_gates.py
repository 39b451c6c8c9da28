"""The gates of a pipeline run: its Callback steps, and the approval of what it registered."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.pipeline_run import PipelineRunInput
    from workflows.gates.approval import ApprovalGate
    from workflows.gates.callbacks import CallbackGates
    from workflows.pipeline_commands import PipelineCommands
    from workflows.run.lifecycle import Lifecycle
    from workflows.run.state import RunState


class PipelineGates:
    """Implements `workflows.run.gates.Gates` for pipeline executions.

    Attributes:
        callbacks: Answers Callback steps.
        approval: Waits for the approval of model packages.
    """

    def __init__(self, pipeline: PipelineCommands, life: Lifecycle[Any]) -> None:
        self.callbacks = CallbackGates(pipeline, life.report, life.following)
        self.approval = ApprovalGate(pipeline, life.report, life.wish)

    def open(self, state: RunState[PipelineRunInput]) -> None:
        """Take answers from now on."""
        self.callbacks.open(state)
        self.approval.open()

    async def is_passed(self, state: RunState[PipelineRunInput]) -> bool:
        """Wait after a success for the approval of what was registered; return false if a stop ended the wait."""
        return await self.approval.is_passed(state)

    def close(self) -> None:
        """Give no more answers."""
        self.approval.close()
        self.callbacks.close()

    def give_up(self) -> None:
        """Send no answer again that AWS has not taken yet."""
        self.approval.give_up()
        self.callbacks.give_up()
