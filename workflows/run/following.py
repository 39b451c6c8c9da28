"""Following an execution to its end, and stopping it when that is wanted."""

from typing import Generic

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution, Observation, Results, StopOutcome
    from contract.failures import FailureType
    from contract.run_document import RunStatus
    from workflows.run.commands import Commands, Input
    from workflows.run.report import RunReport
    from workflows.run.state import RunState
    from workflows.run.stop_wish import StopWish


class Following(Generic[Input]):
    """Watches executions; one stop is sent in a run, for no attempt begins after it."""

    def __init__(self, commands: Commands[Input], report: RunReport[Input], wish: StopWish) -> None:
        self._commands = commands
        self._report = report
        self._wish = wish
        self._stop: ActivityHandle[StopOutcome] | None = None

    async def to_the_end(self, state: RunState[Input], execution: FollowedExecution) -> None:
        """Watch the execution to its end, and stop it when that is wanted.

        Raises:
            ActivityError: The watch gave up.
            ApplicationError: `OutputMissing`: it succeeded, but a required output was not found.
        """
        has_ended = False
        while not has_ended:
            state.continue_as_new_if_suggested(self._wish)
            watch = self._commands.watch(state, execution)
            while not watch.done():
                if self._stop_is_due(execution):
                    self._report.stopping(self._wish.why)
                    self._stop = self._commands.stop(state, execution, self._wish.why)
                await self._wish.wait(lambda: watch.done() or self._stop_is_due(execution))  # noqa: B023 — same iteration
            try:
                observed = watch.result()
            except ActivityError as error:
                if not self._must_go_on_after(error):
                    raise
            else:
                self._report.observed(state, observed)
                has_ended = observed.has_ended
                self._require_outputs(state, observed)

    def _must_go_on_after(self, error: ActivityError) -> bool:
        """Whether a watch that gave up is begun again: a stop that AWS has not answered must not be lost with it."""
        is_gone = isinstance(error.cause, ApplicationError) and error.cause.type == FailureType.EXECUTION_NOT_FOUND
        return self._stop is not None and not self._stop.done() and not is_gone

    def _stop_is_due(self, execution: FollowedExecution) -> bool:
        """Whether a stop must be sent: once, since its activity goes on until AWS stops the execution or it ends."""
        return self._wish.is_there and self._stop is None and not execution.observed.has_ended

    def _require_outputs(self, state: RunState[Input], seen: Observation) -> None:
        if self._commands.status(seen.sagemaker_status) is not RunStatus.SUCCESS:
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
