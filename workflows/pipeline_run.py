"""`SageMakerPipelineRun`: one workflow is one pipeline run, followed to its true end whatever happens on the way."""

import asyncio
from datetime import timedelta
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.failures import FailureType
    from contract.names import CANCEL_SIGNAL, GIVE_UP_UPDATE, RETRY_UPDATE, STATUS_QUERY, WorkflowType
    from contract.retry import Decision
    from contract.run_document import RunDocument, RunStatus, run_status
    from workflows.run.after_failure import AfterFailure
    from workflows.run.decision import PendingDecision
    from workflows.run.following import Following
    from workflows.run.report import RunReport
    from workflows.run.run_input import read_run_input
    from workflows.run.starting import Starting
    from workflows.run.state import RunState, callers_arguments
    from workflows.run.stop_wish import StopWish
    from workflows.run.tokens import start_token, stop_token


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class SageMakerPipelineRun:
    """Starts a pipeline execution exactly once, follows it to its end, stops it when asked, and tells what happened.

    After a failure it goes on as the input or a person says, each further attempt begun exactly once as well.
    """

    def __init__(self) -> None:
        self._report = RunReport()
        self._wish = StopWish()
        self._decision = PendingDecision(self._report)
        self._after_failure = AfterFailure(self._report, self._wish, self._decision)
        self._starting = Starting(self._report, self._wish)
        self._following = Following(self._report, self._wish)

    @workflow.run
    async def run(self, *arguments: Any) -> RunDocument:
        """Run a pipeline once.

        Args:
            arguments: One `PipelineRunInput`, validated here and not by Temporal, which would retry an invalid one
                for ever.

        Raises:
            ApplicationError: Typed by `FailureType`, with the run document in its details.
            asyncio.CancelledError: The run was cancelled natively and its execution is stopped, or never was started.
        """
        try:
            state = self._begin(arguments)
            await self._go_through_attempts(state)
        except ActivityError as error:
            self._fail(error.cause)
        except ApplicationError as error:
            self._fail(error)
        return self._close(state)

    @workflow.signal(name=CANCEL_SIGNAL, description='Stop the execution. Optional: {"reason": "…"}')
    def cancel(self, *arguments: object) -> None:
        """Ask for a stop. Takes anything: a signal that an operator wrote by hand must never be lost."""
        self._wish.signal(arguments)

    @workflow.query(name=STATUS_QUERY, description="The run document, also after the end")
    def status(self) -> RunDocument:
        """Answer with the run document."""
        return self._report.document

    @workflow.update(
        name=RETRY_UPDATE,
        description="Go on after a failure, while the run waits for a decision. "
        'Optional: {"mode": "resume" or "restart", "reason": "…"}',
    )
    def retry(self, *arguments: Any) -> Decision:
        """Decide for another attempt; what was sent is validated here, so that a refusal names the field."""
        return self._decision.retry(arguments)

    @retry.validator
    def _check_retry(self, *arguments: Any) -> None:
        self._decision.check_retry(arguments)

    @workflow.update(
        name=GIVE_UP_UPDATE,
        description='Let a failed run that waits for a decision fail. Optional: {"reason": "…"}',
    )
    def give_up(self, *arguments: Any) -> Decision:
        """Decide for the end; what was sent is validated here, so that a refusal names the field."""
        return self._decision.give_up(arguments)

    @give_up.validator
    def _check_give_up(self, *arguments: Any) -> None:
        self._decision.check_give_up(arguments)

    def _begin(self, arguments: tuple[Any, ...]) -> RunState:
        previous_run_id = workflow.info().continued_run_id
        state = RunState.handed_on(arguments, previous_run_id) if previous_run_id else None
        if state is not None:
            self._report.continued(state.document)
        else:
            run_input = read_run_input(callers_arguments(arguments) if previous_run_id else arguments)
            self._report.accepted(run_input)
            state = RunState(
                run_input=run_input,
                start_token=run_input.client_request_token or start_token(),
                stop_token=stop_token(),
                run_started_at=workflow.now(),
                document=self._report.document,
            )
        if state.run_input.timeout is not None:
            deadline = state.run_started_at + timedelta(seconds=state.run_input.timeout)
            self._wish.comes_after(max(deadline - workflow.now(), timedelta(milliseconds=1)))
        return state

    async def _go_through_attempts(self, state: RunState) -> None:
        """Begin and follow one attempt after the other, until none is due or a stop comes first."""
        while state.is_under_way or await self._begin_attempt(state):
            if state.execution is not None:
                await self._following.to_the_end(state, state.execution)
            if not await self._after_failure.another_attempt_is_due(state):
                return

    async def _begin_attempt(self, state: RunState) -> bool:
        """Begin the attempt that is due, as often as a person wants it after a refusal; false if a stop came first."""
        while True:
            try:
                return await self._starting.begin(state)
            except (ActivityError, ApplicationError) as refusal:
                if state.failure is None:
                    raise
                await self._after_failure.until_insisted(state, refusal)

    def _close(self, state: RunState) -> RunDocument:
        """Close the workflow as the execution's true outcome says, and the stop's cause where it was stopped."""
        status, document = RunStatus.CANCELLED, self._report.document
        if state.execution is None:
            document.message = f"{self._wish.why}; nothing was started"
        else:
            status = run_status(state.execution.observed.sagemaker_status)
        match status:
            case RunStatus.FAILED:
                self._fail(ApplicationError(state.failure or "", type=FailureType.PIPELINE_EXECUTION_FAILED))
            case RunStatus.CANCELLED if self._wish.is_timeout:
                outcome = "its execution was stopped" if document.run_id else "nothing was started"
                self._fail(
                    ApplicationError(
                        f"The run's timeout passed and {outcome}. Give the run a longer timeout, or none.",
                        type=FailureType.PIPELINE_RUN_TIMED_OUT,
                    )
                )
            case _:
                self._report.closed(status, why=f"Run closed as {status}")
        if status is RunStatus.CANCELLED and self._wish.is_native:
            raise asyncio.CancelledError
        return document

    def _fail(self, cause: BaseException | None) -> NoReturn:
        """Close the workflow as failed, with the run document in the failure's details."""
        error = cause if isinstance(cause, ApplicationError) else ApplicationError(str(cause))
        ended_by = self._wish.why if self._wish.is_there else self._decision.ended_by
        why = f"Run failed: {error.type}"
        self._report.closed(RunStatus.FAILED, why=f"{why}; {ended_by}" if ended_by else why, message=error.message)
        raise ApplicationError(
            error.message,
            self._report.document,
            type=error.type,
            # A workflow retry policy must not begin anew what a person wanted to end.
            non_retryable=error.non_retryable or self._wish.is_cancel or self._decision.is_for_the_end,
        ) from None
