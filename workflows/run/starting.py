"""Beginning the execution of each attempt: found, started or resumed, with waits while AWS cannot begin it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Generic, TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities import models
    from activities.models import FollowedExecution
    from contract.failures import FailureType
    from contract.retry import RetryMode
    from workflows.policies import quota_wait
    from workflows.run.commands import Commands, State
    from workflows.run.failures import failure_of
    from workflows.run.report import RunReport
    from workflows.run.retries import feasible_mode, quota_delay
    from workflows.run.stop_wish import StopWish

Answer = TypeVar("Answer")


class Starting(Generic[State]):
    """Begins attempts, each exactly once."""

    def __init__(self, commands: Commands[State], report: RunReport[State], wish: StopWish) -> None:
        self._commands = commands
        self._report = report
        self._wish = wish

    async def begin(self, state: State) -> bool:
        """Begin the attempt that is due.

        Returns:
            Whether it is under way; false if a stop was wanted before anything was begun.

        Raises:
            ActivityError: AWS refused for good.
            ApplicationError: `NotRetryable`: the execution cannot be resumed, and the input allows no restart instead.
        """
        if state.retry_mode is RetryMode.RESUME and state.execution is not None:
            is_resumed = await self._resume(state, state.execution)
            if is_resumed is not None:
                return is_resumed
        followed = state.run_input.execution_arn if state.retry_mode is None else None
        if followed is not None:
            # An execution that another caller started must be found even if only to be stopped.
            execution = await self._answer(state, lambda: self._commands.find(state, followed), even_if_to_stop=True)
        else:
            # A cancel travels through a reset, and so comes before the start whose execution it is to stop.
            execution = await self._answer(state, lambda: self._commands.start(state), even_if_to_stop=state.was_reset)
        if execution is None:
            return False
        self._report.found(state, execution)
        return True

    async def _resume(self, state: State, execution: FollowedExecution) -> bool | None:
        """Resume the execution that failed; false after a stop, None if AWS does not resume it and a start may follow.

        Raises:
            ApplicationError: `NotRetryable`: the input allows no restart instead.
        """
        outcome = await self._answer(state, lambda: self._commands.resume(state, execution))
        if outcome is None:
            return False
        if outcome.resumed:
            self._report.resumed(state)
            return True
        state.not_resumable = outcome.why
        if self._wish.is_wanted:
            return False
        state.retry_mode = feasible_mode(self._commands, state, RetryMode.RESUME)
        self._report.retries(state.due_attempt, state.retry_mode, f"AWS does not resume it: {outcome.why}")
        return None

    async def _answer(
        self, state: State, ask: Callable[[], ActivityHandle[Answer]], *, even_if_to_stop: bool = False
    ) -> Answer | None:
        """Obtain AWS's answer, with waits for quota in between; None if a stop was wanted while nothing was asked.

        `even_if_to_stop` asks although a stop is wanted: there may be an execution, which must be known to be stopped.
        """
        while even_if_to_stop or not self._wish.is_wanted:
            asked = ask()
            await self._wish.wait(lambda: asked.done() or self._wish.is_wanted)  # noqa: B023 — same iteration
            if not asked.done():
                # The answer is awaited: an execution that AWS may have accepted must be known to be stopped.
                self._report.stopping(f"{self._wish.why}; first AWS's answer to the start is awaited")
                await self._wish.wait(asked.done)
            try:
                return asked.result()
            except ActivityError as error:
                # Under a token that AWS knows, it answers with the execution and not with a quota.
                even_if_to_stop = even_if_to_stop and not _is_for_quota(error)
                await self._wait_before_next_start(state, error, even_if_to_stop=even_if_to_stop)
        return None

    async def _wait_before_next_start(self, state: State, error: ActivityError, *, even_if_to_stop: bool) -> None:
        """Wait on a durable timer if AWS has no room, or could not be asked at all; other errors are final.

        Raises:
            ActivityError: The error given, if waiting cannot help.
        """
        wait = quota_wait(state.quota_refusals + 1)
        until = workflow.now() + wait
        match error.cause:
            case ApplicationError(type=models.START_DEFERRED) as refusal:
                self._report.start_deferred(refusal.message, until)
            case ApplicationError(type=models.QUOTA_EXCEEDED) as refusal:
                wait = self._quota_wait(state, refusal) or wait
                self._report.waits_for_quota(refusal.message, workflow.now() + wait)
            case _:
                raise error
        state.quota_refusals += 1
        await self._wish.wait(
            lambda: self._wish.is_wanted and not even_if_to_stop,
            at_most=wait,
            summary=f"Wait {wait.total_seconds():.0f} s before start {state.quota_refusals + 1}: {refusal.type}",
        )
        state.continue_as_new_if_suggested(self._wish)

    def _quota_wait(self, state: State, refusal: ApplicationError) -> timedelta | None:
        """Return the wait of the retrier for quotas; None if there is none.

        Raises:
            ApplicationError: `QuotaExhausted`: its retries are used up.
        """
        failure = failure_of(refusal)
        try:
            delay = quota_delay(state, failure.errors if failure else [])
        except ApplicationError as used_up:
            raise ApplicationError(
                f"{refusal.message} Not tried again: {used_up.message}.",
                type=FailureType.QUOTA_EXHAUSTED,
                non_retryable=True,
            ) from None
        return None if delay is None else timedelta(seconds=delay)


def _is_for_quota(error: ActivityError) -> bool:
    return isinstance(error.cause, ApplicationError) and error.cause.type == models.QUOTA_EXCEEDED
