"""`SageMakerPipelineRun`: one workflow is one pipeline run, followed to its true end whatever happens on the way."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.gates import GateAnswer
    from contract.names import (
        ANSWER_STEP_UPDATE,
        APPROVE_UPDATE,
        CANCEL_SIGNAL,
        GIVE_UP_UPDATE,
        REJECT_UPDATE,
        RETRY_UPDATE,
        STATUS_QUERY,
        WorkflowType,
    )
    from contract.open_gates import Approval
    from contract.pipeline_document import PipelineRunDocument
    from contract.retry import Decision
    from workflows.gates.pipeline_gates import PipelineGates
    from workflows.pipeline_commands import PipelineCommands
    from workflows.run.lifecycle import Lifecycle


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class SageMakerPipelineRun:
    """Starts a pipeline execution exactly once, follows it to its end, stops it when asked, and reports what happened.

    After a failure it goes on as the input or a person says; each further attempt is begun exactly once as well.
    """

    def __init__(self) -> None:
        self._commands = PipelineCommands()
        self._life = Lifecycle(self._commands)
        self._life.gates = self._gates = PipelineGates(self._commands, self._life)

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """Run a pipeline once.

        Args:
            arguments: One `PipelineRunInput`, validated here and not by Temporal, which would retry an invalid one
                for ever.

        Raises:
            ApplicationError: Typed by `FailureType`, with the run document in its details.
            asyncio.CancelledError: The run was cancelled natively, and its execution is stopped or never was started.
        """
        await self._life.run(arguments)
        return self._commands.document

    @workflow.signal(name=CANCEL_SIGNAL, description='Stop the execution. Optional: {"reason": "…"}')
    def cancel(self, *arguments: object) -> None:
        """Ask for a stop. Any argument is accepted: a signal that an operator wrote by hand must never be lost."""
        self._life.wish.signal(arguments)

    @workflow.query(name=STATUS_QUERY, description="The run document, also after the end")
    def status(self) -> PipelineRunDocument:
        """Return the run document."""
        return self._commands.document

    @workflow.update(
        name=RETRY_UPDATE,
        description="Go on after a failure, while the run waits for a decision. "
        'Optional: {"mode": "resume" or "restart", "reason": "…"}',
    )
    def retry(self, *arguments: Any) -> Decision:
        """Decide for another attempt; the argument is validated here, so that a refusal names the field."""
        return self._life.decision.retry(arguments)

    @retry.validator
    def _check_retry(self, *arguments: Any) -> None:
        self._life.decision.check_retry(arguments)

    @workflow.update(
        name=GIVE_UP_UPDATE,
        description='Let a failed run that waits for a decision fail. Optional: {"reason": "…"}',
    )
    def give_up(self, *arguments: Any) -> Decision:
        """Decide for the end; the argument is validated here, so that a refusal names the field."""
        return self._life.decision.give_up(arguments)

    @give_up.validator
    def _check_give_up(self, *arguments: Any) -> None:
        self._life.decision.check_give_up(arguments)

    @workflow.update(
        name=ANSWER_STEP_UPDATE,
        description="Answer a Callback step that waits, where `callbacks` of the input gives it to a person. "
        '{"step": "…", "outcome": "success" or "failure"}, optional: "outputs", "reason", "by"',
    )
    async def answer_step(self, *arguments: Any) -> GateAnswer:
        """Answer a Callback step; the update has its answer once AWS took it."""
        return await self._gates.callbacks.answer(arguments)

    @answer_step.validator
    def _check_answer_step(self, *arguments: Any) -> None:
        self._gates.callbacks.check(arguments)

    @workflow.update(
        name=APPROVE_UPDATE,
        description="Approve a model package that the run waits for. "
        'Optional: {"model_package_arn": "…", "reason": "…", "by": "…"}',
    )
    async def approve(self, *arguments: Any) -> GateAnswer:
        """Approve a model package."""
        return await self._gates.approval.decide(arguments, Approval.APPROVED)

    @approve.validator
    def _check_approve(self, *arguments: Any) -> None:
        self._gates.approval.check(arguments)

    @workflow.update(
        name=REJECT_UPDATE,
        description="Reject a model package that the run waits for, which fails the run. "
        'Optional: {"model_package_arn": "…", "reason": "…", "by": "…"}',
    )
    async def reject(self, *arguments: Any) -> GateAnswer:
        """Reject a model package."""
        return await self._gates.approval.decide(arguments, Approval.REJECTED)

    @reject.validator
    def _check_reject(self, *arguments: Any) -> None:
        self._gates.approval.check(arguments)
