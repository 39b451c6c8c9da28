"""The life of a run: begin exactly once, follow to the true end, retry after a failure, close."""

import asyncio
from datetime import timedelta
from typing import Any, Final, Generic, NoReturn

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.failures import FailureType
    from contract.retry import Refusal
    from contract.run import RunStatus
    from workflows.first_task import patience_is_over
    from workflows.locked_input import LockedInputError
    from workflows.run.after_failure import AfterFailure
    from workflows.run.commands import Commands, State
    from workflows.run.decision import PendingDecision
    from workflows.run.failures import failure_of
    from workflows.run.following import Following
    from workflows.run.gates import Gates, NoGates
    from workflows.run.report import RunReport
    from workflows.run.retries import caught_by, rules_take_errors
    from workflows.run.run_input import refused_input
    from workflows.run.starting import Starting
    from workflows.run.stop_wish import StopWish
    from workflows.run.tokens import was_reset


MAX_PROBLEM_CHARS: Final = 500

ANSWERED_WITHIN: Final = timedelta(minutes=1)
"""After the end: an answer that AWS has not taken by then is given up, for an outage has no end that is known."""

GIVES_ANSWERS_UP: Final = "gives-answers-up"


class Lifecycle(Generic[State]):
    """Runs one execution, or several attempts at it, with the commands of one type of run.

    Attributes:
        report: The run document.
        wish: Whether the run is to stop.
        decision: What a person decides after a failure.
        following: Watches and stops the executions.
        gates: What must be answered before a success of the execution is one of the run.
    """

    def __init__(self, commands: Commands[State]) -> None:
        self.report = RunReport(commands)
        self.wish = StopWish()
        self.decision = PendingDecision(commands, self.report)
        self._commands = commands
        self._after_failure = AfterFailure(commands, self.report, self.wish, self.decision)
        self._starting = Starting(commands, self.report, self.wish)
        self.following = Following(commands, self.report, self.wish)
        self.gates: Gates[State] = NoGates()
        self._is_cut_off = False

    async def run(self, arguments: tuple[Any, ...]) -> None:
        """Run to the end.

        Args:
            arguments: The workflow's arguments, decoded from JSON but not validated.

        Raises:
            ApplicationError: Typed by `FailureType`, with the run document in its details.
            asyncio.CancelledError: The run was cancelled natively, and its execution is stopped or never was started.
        """
        try:
            state = self._begin_or_refuse(arguments)
            self.gates.open(state)
            while await self._attempt(state) and await self._after_failure.another_attempt_is_due(state):
                pass
        except ActivityError as error:
            await self._let_updates_end()
            self._fail(error.cause)
        except ApplicationError as error:
            await self._let_updates_end()
            self._fail(error)
        except Exception as error:
            # The task fails and is tried again, by a corrected worker perhaps; but a cancel must end what does not run.
            if not (self.wish.is_wanted and self.following.has_ended):
                raise
            await self._let_updates_end()
            self._fail(_defect(error))
        await self._let_updates_end()
        self._close(state)

    async def _let_updates_end(self) -> None:
        """Wait until every update has its answer: the end of the run would leave one without."""
        self.gates.close()
        if not workflow.all_handlers_finished() and workflow.patched(GIVES_ANSWERS_UP):
            await self.wish.wait(
                workflow.all_handlers_finished,
                at_most=ANSWERED_WITHIN,
                summary="Time for AWS to take an answer after the end of the run",
            )
            self.gates.give_up()
        await self.wish.wait(workflow.all_handlers_finished)

    def _begin_or_refuse(self, arguments: tuple[Any, ...]) -> State:
        """Read the input; an unknown error in doing so fails the task, and the run only once that has gone on for long.

        Nothing runs yet, so that the run may be failed; a corrected worker may come before.
        """
        try:
            return self._begin(arguments)
        except ApplicationError:
            raise
        except Exception as error:
            if not patience_is_over(is_cancelled=self.wish.is_cancel):
                raise
            why = str(error) if isinstance(error, LockedInputError) else f"{type(error).__name__}: {error}"
            raise refused_input(f"it cannot be read ({why})"[:MAX_PROBLEM_CHARS]) from None

    def _begin(self, arguments: tuple[Any, ...]) -> State:
        previous_run_id = workflow.info().continued_run_id
        state_type = self._commands.state_type
        state = state_type.handed_on(arguments, previous_run_id) if previous_run_id else None
        if state is not None:
            state.was_reset = state.was_reset or was_reset()
            self.report.continued(state)
        else:
            given = state_type.callers_arguments(arguments) if previous_run_id else arguments
            state = state_type.new(self._commands.read_input(given), self.report.document)
            self.report.accepted(state)
        if state.run_input.timeout is not None:
            deadline = state.run_started_at + timedelta(seconds=state.run_input.timeout)
            self.wish.start_timeout(max(deadline - workflow.now(), timedelta(milliseconds=1)))
        return state

    async def _attempt(self, state: State) -> bool:
        """Begin the attempt that is due, if none is under way, and follow it; false if a stop came first.

        Raises:
            ActivityError: AWS refused for good, and no retrier or catcher of the input takes the failure.
            ApplicationError: The run itself found why it must fail, and no retrier or catcher takes the failure.
        """
        # An attempt that is due may begin another execution.
        self.following.has_ended = self.following.has_ended and state.is_under_way
        try:
            if not state.is_under_way and not await self._begin_attempt(state):
                return False
            if state.execution is not None:
                await self.following.to_the_end(state, state.execution)
                if self._commands.status(state.execution.observed) is RunStatus.SUCCESS:
                    self._is_cut_off = not await self.gates.is_passed(state)
        except (ActivityError, ApplicationError) as error:
            failure = failure_of(error, is_under_way=state.is_under_way) if rules_take_errors(state) else None
            if failure is None:
                raise
            if failure.type == Refusal.NOT_RETRYABLE:
                state.retry_mode = None  # the failure of the attempt before stands
            elif state.is_under_way:
                self.report.failed(state, failure)
            else:
                self.report.refused(state, failure)
        return True

    async def _begin_attempt(self, state: State) -> bool:
        """Begin the attempt that is due, again for each manual `retry` after a refusal.

        Returns:
            Whether it is under way; false if a stop came first, or a catcher takes the failure of the attempt before.
        """
        while True:
            try:
                return await self._starting.begin(state)
            except (ActivityError, ApplicationError) as refusal:
                if state.failure is None or rules_take_errors(state):
                    raise
                if not await self._after_failure.goes_on_after_refusal(state, refusal):
                    return False

    def _close(self, state: State) -> None:
        """Close the workflow with the execution's true outcome, and with the stop's cause where it was stopped."""
        status, document = RunStatus.CANCELLED, self.report.document
        if not self.wish.is_wanted and (caught := caught_by(state)) is not None:
            document.caught = caught
            self.report.closed(RunStatus.FAILED, f"{caught.error} is caught; next: {caught.next}", caught.cause)
            return
        if state.failure is not None and not (self.wish.is_wanted and state.execution is None):
            self._fail(state.error)
        if state.execution is None:
            document.message = f"{self.wish.why}; nothing was started"
        elif self._is_cut_off:
            document.message = f"{self.wish.why}; the execution succeeded, but was not approved before"
        else:
            status = self._commands.status(state.execution.observed)
        match status:
            case RunStatus.CANCELLED if self.wish.is_timeout:
                outcome = "its execution was stopped" if document.run_id else "nothing was started"
                outcome = "its execution was not approved before" if self._is_cut_off else outcome
                self._fail(
                    ApplicationError(
                        f"The run's timeout passed and {outcome}. Give the run a longer timeout, or none.",
                        type=self._commands.run_timed_out,
                    )
                )
            case _:
                self.report.closed(status, why=f"Run closed as {status}")
        if status is RunStatus.CANCELLED and self.wish.is_native:
            raise asyncio.CancelledError

    def _fail(self, cause: BaseException | None) -> NoReturn:
        """Close the workflow as failed, with the run document in the failure's details."""
        error = cause if isinstance(cause, ApplicationError) else ApplicationError(str(cause))
        ended_by = self.wish.why if self.wish.is_wanted else self.decision.ended_by
        why = f"Run failed: {error.type}"
        self.report.closed(RunStatus.FAILED, why=f"{why}; {ended_by}" if ended_by else why, message=error.message)
        raise ApplicationError(
            error.message,
            self.report.document,
            type=error.type,
            # A workflow retry policy must not start again what a person wanted to end.
            non_retryable=error.non_retryable or self.wish.is_cancel or self.decision.is_for_the_end,
        ) from None


def _defect(error: Exception) -> ApplicationError:
    # No text: pydantic quotes values, which may be withheld elsewhere.
    why = f"Unexpected {type(error).__name__} after the end of the execution"
    return ApplicationError(f"{why}. This is an error of the worker and not of AWS", type=FailureType.WORKER_ERROR)
