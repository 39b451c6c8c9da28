"""`SageMakerJobRun`: one workflow is one job, of any kind, followed to its true end whatever happens on the way."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.job_document import JobRunDocument
    from contract.names import CANCEL_SIGNAL, GIVE_UP_UPDATE, RETRY_UPDATE, STATUS_QUERY, WorkflowType
    from contract.retry import Decision
    from workflows.job_commands import JobCommands
    from workflows.run.lifecycle import Lifecycle


@workflow.defn(name=WorkflowType.JOB_RUN)
class SageMakerJobRun:
    """Starts a job exactly once, follows it to its end, stops it when asked, and reports what happened.

    After a failure it goes on as the input or a person says; each further attempt is a job of its own.
    """

    def __init__(self) -> None:
        self._commands = JobCommands()
        self._life = Lifecycle(self._commands)

    @workflow.run
    async def run(self, *arguments: Any) -> JobRunDocument:
        """Run a job once.

        Args:
            arguments: One `JobRunInput`, or a Task state of Step Functions, validated here and not by Temporal, which
                would retry an invalid one for ever.

        Raises:
            ApplicationError: Typed by `FailureType`, with the run document in its details.
            asyncio.CancelledError: The run was cancelled natively, and its job is stopped or never was started.
        """
        await self._life.run(arguments)
        return self._commands.document

    @workflow.signal(name=CANCEL_SIGNAL, description='Stop the job. Optional: {"reason": "…"}')
    def cancel(self, *arguments: object) -> None:
        """Ask for a stop. Any argument is accepted: a signal that an operator wrote by hand must never be lost."""
        self._life.wish.signal(arguments)

    @workflow.query(name=STATUS_QUERY, description="The run document, also after the end")
    def status(self) -> JobRunDocument:
        """Return the run document."""
        return self._commands.document

    @workflow.update(
        name=RETRY_UPDATE,
        description='Start another job after a failure, while the run waits for a decision. Optional: {"reason": "…"}',
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
