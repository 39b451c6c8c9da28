"""Bringing the execution of each attempt about: found, started or resumed, whatever AWS has to be waited for."""

from collections.abc import Callable
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.aws.errors import Kind
    from activities.models import FollowedExecution
    from activities.starting import pipelines as starting
    from contract.retry import RetryMode
    from workflows.policies import quota_wait
    from workflows.run import commands
    from workflows.run.report import RunReport
    from workflows.run.retries import feasible_mode
    from workflows.run.state import RunState
    from workflows.run.stop_wish import StopWish
    from workflows.run.tokens import was_reset

Answer = TypeVar("Answer")


class Starting:
    """Begins attempts, each exactly once."""

    def __init__(self, report: RunReport, wish: StopWish) -> None:
        self._report = report
        self._wish = wish

    async def begin(self, state: RunState) -> bool:
        """Begin the attempt that is due.

        Returns:
            Whether it is under way; false if a stop was wanted before anything was begun.

        Raises:
            ActivityError: AWS refused for good.
            ApplicationError: `NotRetryable`: the execution cannot be resumed, and the input allows no restart instead.
        """
        if state.retry_mode is RetryMode.RESUME and state.execution is not None:
            return await self._resume(state, state.execution)
        return await self._start_or_find(state)

    async def _start_or_find(self, state: RunState) -> bool:
        followed = state.run_input.execution_arn if state.retry_mode is None else None
        if followed is not None:
            # An execution that somebody else started must be found even if only to be stopped.
            execution = await self._answer(state, lambda: commands.find(state, followed), even_if_to_stop=True)
        else:
            # A cancel travels through a reset, and so comes before the start whose execution it is to stop.
            execution = await self._answer(state, lambda: commands.start(state), even_if_to_stop=was_reset())
        if execution is None:
            return False
        self._report.found(execution, state)
        state.attempt_begun(execution)
        return True

    async def _resume(self, state: RunState, execution: FollowedExecution) -> bool:
        outcome = await self._answer(state, lambda: commands.resume(state, execution))
        if outcome is None:
            return False
        if outcome.resumed:
            self._report.resumed(state)
            state.attempt_resumed()
            return True
        state.not_resumable = outcome.why
        if self._wish.is_there:
            return False
        state.retry_mode = feasible_mode(state, RetryMode.RESUME)
        self._report.retries(state.due_attempt, state.retry_mode, f"AWS does not resume it: {outcome.why}")
        return await self._start_or_find(state)

    async def _answer(
        self, state: RunState, ask: Callable[[], ActivityHandle[Answer]], *, even_if_to_stop: bool = False
    ) -> Answer | None:
        """Obtain AWS's answer, with waits for quota in between; None if a stop was wanted while nothing was asked.

        `even_if_to_stop` asks all the same: there may be an execution, and it must be known to be stopped.
        """
        while even_if_to_stop or not self._wish.is_there:
            asked = ask()
            await self._wish.wait(lambda: asked.done() or self._wish.is_there)  # noqa: B023 — same iteration
            if not asked.done():
                # Waited for all the same: what AWS may have accepted must be known to be stopped.
                self._report.stopping(f"{self._wish.why}; first AWS's answer to the start is awaited")
                await self._wish.wait(asked.done)
            try:
                return asked.result()
            except ActivityError as error:
                # Under a token that AWS knows, it answers with the execution and not with a quota.
                even_if_to_stop = even_if_to_stop and not _is_for_quota(error)
                await self._wait_before_asking_again(state, error, even_if_to_stop=even_if_to_stop)
        return None

    async def _wait_before_asking_again(self, state: RunState, error: ActivityError, *, even_if_to_stop: bool) -> None:
        """Wait on a durable timer if AWS has no room, or could not be asked at all; other errors are final.

        Raises:
            ActivityError: The error given, if waiting cannot help.
        """
        wait = quota_wait(state.quota_refusals + 1)
        until = workflow.now() + wait
        match error.cause:
            case ApplicationError(type=starting.START_PUT_OFF) as refusal:
                self._report.start_put_off(refusal.message, until)
            case ApplicationError(type=Kind.QUOTA) as refusal:
                self._report.waits_for_quota(refusal.message, until)
            case _:
                raise error
        state.quota_refusals += 1
        await self._wish.wait(
            lambda: self._wish.is_there and not even_if_to_stop,
            at_most=wait,
            summary=f"Wait {wait.total_seconds():.0f} s before start {state.quota_refusals + 1}: {refusal.type}",
        )
        state.continue_as_new_if_suggested(self._wish)


def _is_for_quota(error: ActivityError) -> bool:
    return isinstance(error.cause, ApplicationError) and error.cause.type == Kind.QUOTA
