"""What all answers of persons have in common: one at a time for each gate, and refusals with a reason."""

from collections.abc import Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError
from temporalio.workflow import ActivityHandle

with workflow.unsafe.imports_passed_through():
    from activities.gate_models import AnswerOutcome
    from contract.gates import GateRefusal
    from workflows.run.failures import reason_of


def refusal(kind: GateRefusal, why: str) -> ApplicationError:
    """Return the failure of an update that is refused."""
    return ApplicationError(why, type=kind, non_retryable=True)


class InFlight:
    """The answers that are on their way to AWS, one of each gate."""

    def __init__(self) -> None:
        self._answers: dict[str, ActivityHandle[AnswerOutcome]] = {}
        self._are_given_up = False

    def refuse_second(self, gate: str) -> None:
        """Refuse an answer beside another one.

        Raises:
            ApplicationError: `NotWaiting`.
        """
        if gate in self._answers:
            raise refusal(
                GateRefusal.NOT_WAITING, f"Another answer to {gate} is on its way to AWS; see what comes of it."
            )

    def __contains__(self, gate: object) -> bool:
        return gate in self._answers

    async def taken(self, gate: str, send: Callable[[], ActivityHandle[AnswerOutcome]]) -> AnswerOutcome:
        """Send an answer, and wait until AWS took it.

        Raises:
            ApplicationError: AWS refused it for good, it came too late, or it was given up (`NotWaiting`).
        """
        self.refuse_second(gate)
        self._answers[gate] = answer = send()
        try:
            outcome = await answer
        except ActivityError as error:
            raise self._not_taken(gate, error) from None
        finally:
            del self._answers[gate]
        if not outcome.taken:
            raise refusal(GateRefusal.NOT_WAITING, outcome.why)
        return outcome

    def give_up(self) -> None:
        """Send no answer again that AWS has not taken yet."""
        self._are_given_up = True
        for answer in self._answers.values():
            answer.cancel()

    def _not_taken(self, gate: str, error: ActivityError) -> ApplicationError:
        if self._are_given_up and isinstance(error.cause, CancelledError):
            return refusal(
                GateRefusal.NOT_WAITING,
                f"The run ended while the answer to {gate} was on its way to AWS; SageMaker shows whether it was taken",
            )
        kind = error.cause.type if isinstance(error.cause, ApplicationError) else None
        return ApplicationError(reason_of(error), type=kind, non_retryable=True)
