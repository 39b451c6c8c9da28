"""Following an execution to its end, and stopping it when that is wanted."""

import asyncio
from datetime import timedelta
from typing import Final, Generic

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation, Results, StopOutcome
    from contract.failures import FailureType
    from contract.run import RunStatus
    from workflows.policies import FIRST_CHECK, check_wait
    from workflows.run.commands import Commands, State
    from workflows.run.failures import reason_of
    from workflows.run.report import RunReport
    from workflows.run.stop_wish import StopWish


CHECKS_AFTER_STOP: Final = "checks-after-stop"
"""Patch: a run that was stopped does not depend on its watch alone to learn of the end."""

KNOWN_END_COUNTS: Final = "known-end-counts"
"""Patch: an end that is known counts, whatever becomes of the watch that reads what the execution left behind."""

_PAUSE: Final = timedelta(minutes=1)
_LAST_WAIT: Final = "Time for the watch to return what the execution left behind"
_NOTHING_READ: Final = "What the execution left behind is not known: the watch did not return after the end."


class Following(Generic[State]):
    """Watches executions and stops them; a stop that failed is sent again."""

    def __init__(self, commands: Commands[State], report: RunReport[State], wish: StopWish) -> None:
        self._commands = commands
        self._report = report
        self._wish = wish
        self._stop: ActivityHandle[StopOutcome] | None = None
        self._found: ActivityHandle[FollowedExecution] | None = None
        self._attempt_limit: asyncio.Task[None] | None = None
        self.has_ended = False
        """Whether the end of the execution that is followed is known; nothing runs then."""
        self.why_stopped = ""
        """Why the last stop was sent."""

    @property
    def stop_was_accepted(self) -> bool:
        """Whether AWS has accepted a stop of the execution that is followed."""
        return self._stop is not None and self._stop.done() and self._stop.exception() is None

    async def to_the_end(self, state: State, execution: FollowedExecution) -> None:
        """Watch the execution to its end, and stop it when that is wanted.

        Raises:
            ActivityError: The watch gave up.
            ApplicationError: `OutputMissing`: it succeeded, but a required output was not found.
        """
        limit = self._commands.attempt_timeout(state)
        self._stop, self._found, self._attempt_limit = None, None, None
        self.has_ended = execution.observed.has_ended
        if limit is not None and state.attempt_began_at is not None:
            left = state.attempt_began_at + timedelta(seconds=limit) - workflow.now()
            self._attempt_limit = asyncio.create_task(
                workflow.sleep(max(left, timedelta(milliseconds=1)), summary=f"Timeout of attempt {state.attempt}")
            )
        try:
            await self._follow(state, execution)
            # A stop of the run that comes later says what the end means.
            state.attempt_timed_out = state.attempt_timed_out and not self._wish.is_wanted
        finally:
            if self._attempt_limit is not None:
                self._attempt_limit.cancel()

    async def _follow(self, state: State, execution: FollowedExecution) -> None:
        # A wait for an approval that was continued as new: all that the execution left behind is known.
        has_ended = state.approval_awaited_from is not None and self._end_counts(execution)
        while not has_ended:
            state.continue_as_new_if_suggested(self._wish)
            try:
                observed = await self._news(state, execution)
            except ActivityError as error:
                if not self._end_counts(execution):
                    if not self._must_go_on_after(error):
                        raise
                    await self._pause_before_next_watch()
                    continue
                self._report.note(f"What the execution left behind is not known: {reason_of(error)}")
                observed = execution.observed
            self.has_ended = has_ended = observed.has_ended
            self._report.observed(state, observed)
            self._require_outputs(state, observed)

    async def _news(self, state: State, execution: FollowedExecution) -> Observation:
        """Watch until there is an observation, and send the stop meanwhile if one is due.

        Raises:
            ActivityError: The watch gave up, or the execution is gone.
        """
        watch, checks = self._commands.watch(state, execution), 0
        while not watch.done():
            if self._stop_is_due(execution):
                why = self._wish.why if self._wish.is_wanted else "The attempt's timeout passed"
                state.attempt_timed_out = not self._wish.is_wanted
                self.why_stopped = why
                self._report.stopping(why)
                self._stop = self._commands.stop(state, execution, why)
            if execution.observed.has_ended and (observed := await self._known_end(execution, watch)) is not None:
                return observed
            is_news = await self._wish.wait(
                lambda: watch.done() or self._stop_is_due(execution),
                at_most=check_wait(checks) if self._checks_are_due() else None,
                summary="Time for the watch to return, before the execution is described",
            )
            if not is_news:
                checks += 1
                if (observed := await self._check(state, execution, watch)) is not None:
                    return observed
        return watch.result()

    def _end_counts(self, execution: FollowedExecution) -> bool:
        return execution.observed.has_ended and workflow.patched(KNOWN_END_COUNTS)

    async def _known_end(self, execution: FollowedExecution, watch: ActivityHandle[Observation]) -> Observation | None:
        """Return the end alone where a stop is wanted and the watch does not return; None once the watch returned."""
        await self._wish.wait(lambda: watch.done() or self._wish.is_wanted)
        if watch.done() or not self._end_counts(execution):
            return None
        if await self._wish.wait(watch.done, at_most=FIRST_CHECK, summary=_LAST_WAIT):
            return None
        self._report.note(_NOTHING_READ)
        return execution.observed

    def _checks_are_due(self) -> bool:
        """Whether a stop was sent: from then on a watch that does not return must not keep the run open."""
        return self._stop is not None and workflow.patched(CHECKS_AFTER_STOP)

    async def _check(
        self, state: State, execution: FollowedExecution, watch: ActivityHandle[Observation]
    ) -> Observation | None:
        """Describe the execution beside a watch that does not return; return how it ended, None if it may be open.

        Raises:
            ActivityError: The execution is gone.
        """
        if self._stop is not None and self._stop.done() and self._stop.exception() is not None:
            self._report.note(f"The stop failed and is sent again: {reason_of(self._stop.exception())}")
            self._stop = None
        # A describe that was still pending when its watch returned goes on, and may serve the next check.
        found = self._found = self._found or self._commands.find(state, execution.execution_arn)
        await self._wish.wait(lambda: watch.done() or found.done())
        if not found.done():
            return None
        self._found = None
        try:
            observed = found.result().observed
        except ActivityError as error:
            if _is_gone(error):
                raise
            self._report.note(f"The execution could not be described: {reason_of(error)}")
            return None
        # The watch may be reading what the execution left behind.
        if not observed.has_ended or await self._wish.wait(watch.done, at_most=FIRST_CHECK, summary=_LAST_WAIT):
            return None
        self._report.note(_NOTHING_READ)
        return observed

    async def _pause_before_next_watch(self) -> None:
        """Pause, so that a watch that fails at once is not begun again and again while AWS answers the stop."""
        if self._stop is not None and workflow.patched(CHECKS_AFTER_STOP):
            await self._wish.wait(self._stop.done, at_most=_PAUSE, summary="Pause before the next watch")

    def _must_go_on_after(self, error: ActivityError) -> bool:
        """Whether a watch that gave up is begun again: a stop that AWS has not answered must not be lost with it."""
        return self._stop is not None and not self._stop.done() and not _is_gone(error)

    def _stop_is_due(self, execution: FollowedExecution) -> bool:
        """Whether a stop must be sent: once, since its activity goes on until AWS stops the execution or it ends."""
        is_late = self._attempt_limit is not None and self._attempt_limit.done()
        return (self._wish.is_wanted or is_late) and self._stop is None and not execution.observed.has_ended

    def _require_outputs(self, state: State, seen: Observation) -> None:
        if self._commands.status(seen) is not RunStatus.SUCCESS:
            return
        results = seen.results or Results()
        wanted = [name for name, output in state.run_input.outputs.items() if output.required]
        missing = [name for name in wanted if results.outputs.get(name) is None]
        if missing:
            # Where the steps could not be read at all, no output has a reason of its own.
            reasons = " ".join(results.missing_outputs or results.notes)
            raise ApplicationError(
                f"The execution succeeded, but required outputs are missing: {', '.join(missing)}. {reasons} "
                "Correct the expressions, or do not require them.",
                type=FailureType.OUTPUT_MISSING,
                non_retryable=True,
            )


def _is_gone(error: ActivityError) -> bool:
    gone = (FailureType.EXECUTION_NOT_FOUND, FailureType.JOB_NOT_FOUND)
    return isinstance(error.cause, ApplicationError) and error.cause.type in gone
