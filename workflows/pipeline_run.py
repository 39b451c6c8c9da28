"""`SageMakerPipelineRun`: one workflow is one pipeline run, followed to its true end whatever happens on the way."""

import asyncio
from datetime import timedelta
from typing import Any, NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities import executions
    from activities.aws.errors import Kind
    from activities.models import FollowedExecution, StopOutcome
    from contract.failures import FailureType
    from contract.names import CANCEL_SIGNAL, STATUS_QUERY, WorkflowType
    from contract.run_document import RunDocument, RunStatus
    from workflows import commands
    from workflows.cancellation import Cancellation
    from workflows.policies import quota_wait
    from workflows.run_input import read_run_input
    from workflows.run_report import RunReport
    from workflows.run_state import RunState, callers_arguments
    from workflows.tokens import start_token, stop_token


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class SageMakerPipelineRun:
    """Starts a pipeline execution exactly once, follows it to its end, stops it when asked, and tells what happened."""

    def __init__(self) -> None:
        self._report = RunReport()
        self._cancellation = Cancellation()
        self._timeout: asyncio.Task[None] | None = None
        self._stop: ActivityHandle[StopOutcome] | None = None

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
            if state.execution is None:
                state.execution = await self._start_or_find(state)
            if state.execution is not None:
                await self._follow(state, state.execution)
        except ActivityError as error:
            self._fail(error.cause)
        except ApplicationError as error:
            self._fail(error)
        return self._close()

    @workflow.signal(name=CANCEL_SIGNAL, description='Stop the execution. Optional: {"reason": "…"}')
    def cancel(self, *arguments: object) -> None:
        """Ask for a stop. Takes anything: a signal that an operator wrote by hand must never be lost."""
        self._cancellation.signal(arguments)

    @workflow.query(name=STATUS_QUERY, description="The run document, also after the end")
    def status(self) -> RunDocument:
        """Answer with the run document."""
        return self._report.document

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
            left = max(deadline - workflow.now(), timedelta(milliseconds=1))
            self._timeout = asyncio.create_task(workflow.sleep(left, summary="Timeout of the run"))
        return state

    async def _start_or_find(self, state: RunState) -> FollowedExecution | None:
        """Obtain the execution; None if a stop was wanted before anything was started."""
        # An execution that somebody else started must be found even if only to be stopped.
        while state.run_input.execution_arn is not None or not self._stop_is_wanted:
            attempt = commands.start_or_find(state)
            await self._cancellation.wait(lambda: attempt.done() or self._stop_is_wanted)  # noqa: B023 — same iteration
            if not attempt.done():
                # Waited for all the same: what AWS may have accepted must be known to be stopped.
                self._report.stopping(f"{self._why_stop}; first AWS's answer to the start is awaited")
                await self._cancellation.wait(attempt.done)
            try:
                execution = attempt.result()
            except ActivityError as error:
                await self._wait_before_the_next_start(state, error)
            else:
                self._report.found(execution)
                return execution
        return None

    async def _wait_before_the_next_start(self, state: RunState, error: ActivityError) -> None:
        """Wait on a durable timer if AWS has no room, or could not be asked at all; other errors are final.

        Raises:
            ActivityError: The error given, if waiting cannot help.
        """
        match error.cause:
            case ApplicationError(type=executions.START_PUT_OFF) as refusal:
                self._report.start_put_off(refusal.message)
            case ApplicationError(type=Kind.QUOTA) as refusal:
                self._report.waits_for_quota(refusal.message)
            case _:
                raise error
        state.quota_refusals += 1
        wait = quota_wait(state.quota_refusals)
        await self._cancellation.wait(
            lambda: self._stop_is_wanted,
            at_most=wait,
            summary=f"Wait {wait.total_seconds():.0f} s before start {state.quota_refusals + 1}: {refusal.type}",
        )
        self._continue_as_new_if_suggested(state)

    async def _follow(self, state: RunState, execution: FollowedExecution) -> None:
        """Watch the execution to its end, and stop it when that is wanted."""
        while not execution.observed.has_ended:
            self._continue_as_new_if_suggested(state)
            watch = commands.watch(state, execution)
            while not watch.done():
                if self._stop_is_due:
                    self._report.stopping(self._why_stop)
                    self._stop = commands.stop(state, execution, self._why_stop)
                await self._cancellation.wait(lambda: watch.done() or self._stop_is_due)  # noqa: B023 — same iteration
            try:
                execution.observed = watch.result()
            except ActivityError as error:
                if not self._must_go_on_after(error):
                    raise
            else:
                self._report.observed(execution.observed)

    def _must_go_on_after(self, error: ActivityError) -> bool:
        """Whether a watch that gave up is begun anew: a stop that AWS has not answered must not be given up with it."""
        is_gone = isinstance(error.cause, ApplicationError) and error.cause.type == FailureType.EXECUTION_NOT_FOUND
        return self._stop is not None and not self._stop.done() and not is_gone

    @property
    def _stop_is_due(self) -> bool:
        """Whether a stop must be sent: once, since its activity goes on until AWS stops the execution or it ends."""
        return self._stop_is_wanted and self._stop is None

    @property
    def _stop_is_wanted(self) -> bool:
        return self._cancellation.is_requested or self._has_timed_out

    @property
    def _has_timed_out(self) -> bool:
        return self._timeout is not None and self._timeout.done()

    @property
    def _why_stop(self) -> str:
        return self._cancellation.why if self._cancellation.is_requested else "The run's timeout passed"

    def _continue_as_new_if_suggested(self, state: RunState) -> None:
        # Never with a stop wanted: a cancel request does not travel into the next run.
        if workflow.info().is_continue_as_new_suggested() and not self._stop_is_wanted:
            state.document = self._report.document
            workflow.continue_as_new(state.to_hand_on(workflow.info().run_id))

    def _close(self) -> RunDocument:
        """Close the workflow as the execution's true outcome says, and the stop's cause where it was stopped."""
        document = self._report.document
        if document.run_id is None:
            document.status = RunStatus.CANCELLED
            document.message = f"{self._why_stop}; nothing was started"
        match document.status:
            case RunStatus.FAILED:
                reason = document.message or f"The execution ended as {document.sagemaker_status}"
                self._fail(ApplicationError(reason, type=FailureType.PIPELINE_EXECUTION_FAILED))
            case RunStatus.CANCELLED if self._has_timed_out and not self._cancellation.is_requested:
                outcome = "its execution was stopped" if document.run_id else "nothing was started"
                self._fail(
                    ApplicationError(
                        f"The run's timeout passed and {outcome}. Give the run a longer timeout, or none.",
                        type=FailureType.PIPELINE_RUN_TIMED_OUT,
                    )
                )
            case status:
                self._report.closed(status, why=f"Run closed as {status}")
        if document.status is RunStatus.CANCELLED and self._cancellation.is_native:
            raise asyncio.CancelledError
        return document

    def _fail(self, cause: BaseException | None) -> NoReturn:
        """Close the workflow as failed, with the run document in the failure's details."""
        error = cause if isinstance(cause, ApplicationError) else ApplicationError(str(cause))
        self._report.closed(RunStatus.FAILED, why=f"Run failed: {error.type}", message=error.message)
        raise ApplicationError(
            error.message, self._report.document, type=error.type, non_retryable=error.non_retryable
        ) from None
