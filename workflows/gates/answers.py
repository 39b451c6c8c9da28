"""What all answers of persons have in common: one at a time for each gate, and refusals with a reason."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.gate_models import AnswerOutcome
    from contract.gates import GateRefusal
    from workflows.run.failures import reason_of


def refusal(kind: GateRefusal, why: str) -> ApplicationError:
    """Return the failure of an update that is refused."""
    return ApplicationError(why, type=kind, non_retryable=True)


class InFlight:
    """The gates of which an answer is on its way to AWS."""

    def __init__(self) -> None:
        self._gates: set[str] = set()

    def refuse_second(self, gate: str) -> None:
        """Refuse an answer beside another one.

        Raises:
            ApplicationError: `NotWaiting`.
        """
        if gate in self._gates:
            raise refusal(
                GateRefusal.NOT_WAITING, f"Another answer to {gate} is on its way to AWS; see what comes of it."
            )

    def __contains__(self, gate: object) -> bool:
        return gate in self._gates

    @contextmanager
    def of(self, gate: str) -> Iterator[None]:
        """Hold the gate for as long as the block runs."""
        self.refuse_second(gate)
        self._gates.add(gate)
        try:
            yield
        finally:
            self._gates.discard(gate)


async def taken(answer: ActivityHandle[AnswerOutcome]) -> AnswerOutcome:
    """Wait until AWS took an answer.

    Raises:
        ApplicationError: AWS refused it for good, or it came too late (`NotWaiting`).
    """
    try:
        outcome = await answer
    except ActivityError as error:
        kind = error.cause.type if isinstance(error.cause, ApplicationError) else None
        raise ApplicationError(reason_of(error), type=kind, non_retryable=True) from None
    if not outcome.taken:
        raise refusal(GateRefusal.NOT_WAITING, outcome.why)
    return outcome
