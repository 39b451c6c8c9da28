"""What a person decides about a run whose execution failed."""

from typing import Any, Generic

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from contract.retry import Decision, GiveUpRequest, Refusal, RetryMode, RetryRequest
    from contract.run import Phase
    from workflows.optional_input import read_optional_input
    from workflows.run.commands import Commands, State
    from workflows.run.report import RunReport
    from workflows.run.retries import feasible_mode


class PendingDecision(Generic[State]):
    """Accepts one `retry` or `give_up` while the run waits for it, and explains each refusal.

    Nothing in here awaits: an update is answered in the workflow task that brings it, so neither a continue-as-new nor
    the end of the run can leave one without its answer.
    """

    def __init__(self, commands: Commands[State], report: RunReport[State]) -> None:
        self._commands = commands
        self._report = report
        self._undecided: State | None = None
        self._mode: RetryMode | None = None
        self.is_for_the_end = False
        """Whether a person gave the run up."""
        self.why = ""
        """The update that decided and its reason, or that none came in time."""

    def ask(self, state: State) -> None:
        """Accept a decision from now on."""
        self._undecided, self._mode, self.is_for_the_end, self.why = state, None, False, ""

    def withdraw(self) -> RetryMode | None:
        """Accept no decision any more; return how to retry, if that was decided."""
        if self._undecided is not None:
            self._undecided, self.why = None, "No decision came in time"
        return self._mode

    @property
    def is_made(self) -> bool:
        """Whether a decision was made."""
        return self._undecided is None

    @property
    def ended_by(self) -> str:
        """Why no attempt followed the last time that a decision was waited for; empty if one did."""
        return self.why if self._mode is None else ""

    def check_retry(self, arguments: tuple[Any, ...]) -> None:
        """Refuse a `retry` that is not possible.

        Raises:
            ApplicationError: `NotWaiting`, `NotRetryable` or `InvalidInput`.
        """
        state = self._waiting()
        feasible_mode(self._commands, state, self._wanted_mode(read_optional_input(arguments, RetryRequest)))

    def check_give_up(self, arguments: tuple[Any, ...]) -> None:
        """Refuse a `give_up` that is not possible.

        Raises:
            ApplicationError: `NotWaiting` or `InvalidInput`.
        """
        self._waiting()
        read_optional_input(arguments, GiveUpRequest)

    def retry(self, arguments: tuple[Any, ...]) -> Decision:
        """Decide for another attempt."""
        state, request = self._waiting(), read_optional_input(arguments, RetryRequest)
        mode = feasible_mode(self._commands, state, self._wanted_mode(request))
        self._decide("Update retry", request.reason)
        self._mode = mode
        number = state.attempt + 1
        what_happens = (
            f"resumes {state.execution.execution_arn}"
            if mode is RetryMode.RESUME and state.execution is not None
            else f"starts a new {self._commands.noun}"
        )
        return Decision(message=f"Attempt {number} {what_happens}.", attempt=number, mode=mode)

    def give_up(self, arguments: tuple[Any, ...]) -> Decision:
        """Decide for the end."""
        state, request = self._waiting(), read_optional_input(arguments, GiveUpRequest)
        self._decide("Update give_up", request.reason)
        self.is_for_the_end = True
        return Decision(message=f"The run fails: {state.failure or 'its execution failed'}")

    def _wanted_mode(self, request: RetryRequest) -> RetryMode:
        return request.mode or self._commands.default_mode

    def _decide(self, update: str, reason: str) -> None:
        self._undecided = None
        self.why = f"{update}: {reason}" if reason else update

    def _waiting(self) -> State:
        if self._undecided is not None:
            return self._undecided
        phase = self._report.document.phase
        remedy = "it is over; start a new run" if phase is Phase.CLOSED else "it goes on without one"
        raise ApplicationError(
            f"The run does not wait for a decision; its phase is {phase}: {remedy}.",
            type=Refusal.NOT_WAITING,
            non_retryable=True,
        )
