"""What happens to a run whose execution failed: a retry after a delay, a person's decision, or the end."""

from datetime import timedelta
from typing import Generic

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.retry import OnFailure, RetryMode
    from workflows.run.commands import Commands, State
    from workflows.run.decision import PendingDecision
    from workflows.run.report import RunReport
    from workflows.run.retries import Retry, automatic_retry, caught_by
    from workflows.run.stop_wish import StopWish


class AfterFailure(Generic[State]):
    """Waits for the next attempt of a run, or for a person's decision; a stop that is wanted ends each wait.

    Such a stop comes too late for the execution, so the run then reports the true outcome: the failure.
    """

    def __init__(
        self, commands: Commands[State], report: RunReport[State], wish: StopWish, decision: PendingDecision[State]
    ) -> None:
        self._commands = commands
        self._report = report
        self._wish = wish
        self._decision = decision

    async def another_attempt_is_due(self, state: State) -> bool:
        """Wait for the next attempt; return whether one is to begin.

        Raises:
            ApplicationError: As the execution failed, where the input wants a retry that is not possible.
        """
        if state.failure is None and (failure := self._commands.failure(state)) is not None:
            self._report.failed(state, failure)
        if state.failure is None or not state.may_be_retried or self._wish.is_wanted:
            return False
        try:
            retry = automatic_retry(self._commands, state)
        except ApplicationError as refusal:
            return await self.goes_on_after_refusal(state, refusal)
        if retry is not None:
            return await self._wait_for_retry(state, retry)
        is_to_ask = state.run_input.on_failure is OnFailure.WAIT and (state.is_of_execution or state.attempt > 1)
        if caught_by(state) is not None or not is_to_ask:
            return False
        return await self._ask(state, state.failure or "")

    async def goes_on_after_refusal(self, state: State, refusal: ActivityError | ApplicationError) -> bool:
        """Return whether a manual `retry` comes after the way to another attempt was refused; false for a catcher.

        The failure of the attempt before stands, with the refusal in its text; the input's `catch` is asked about it.

        Raises:
            ApplicationError: As the execution failed, where no `retry` comes or the input waits for none.
        """
        state.retry_mode = None
        cause = refusal.cause if isinstance(refusal, ActivityError) else refusal
        message = f"{state.failure} | Not retried: {cause.message if isinstance(cause, ApplicationError) else cause}"
        if caught_by(state) is not None:
            state.failure = message
            return False
        is_to_wait = state.run_input.on_failure is OnFailure.WAIT and not self._wish.is_wanted
        if not (is_to_wait and await self._ask(state, message)):
            raise ApplicationError(message, type=state.error.type, non_retryable=state.is_final) from None
        return True

    async def _wait_for_retry(self, state: State, retry: Retry) -> bool:
        delay, number = timedelta(seconds=retry.delay), state.attempt + 1
        self._report.waits_for_retry(number, retry.mode, workflow.now() + delay)
        summary = f"Wait {delay.total_seconds():g} s before attempt {number} ({retry.mode})"
        await self._wish.wait(lambda: self._wish.is_wanted, at_most=delay, summary=summary)
        return self._is_due(state, retry.mode, f"The delay of {delay.total_seconds():g} s is over")

    async def _ask(self, state: State, message: str) -> bool:
        limit = timedelta(seconds=state.run_input.decision_timeout)
        self._report.waits_for_decision(message, workflow.now() + limit)
        self._decision.ask(state)
        summary = "Time for the update 'retry' or 'give_up'"
        await self._wish.wait(lambda: self._decision.is_made or self._wish.is_wanted, at_most=limit, summary=summary)
        return self._is_due(state, self._decision.withdraw(), self._decision.why)

    def _is_due(self, state: State, mode: RetryMode | None, why: str) -> bool:
        if mode is None or self._wish.is_wanted:
            return False
        state.retry_mode = mode
        self._report.retries(state.due_attempt, mode, why)
        return True
