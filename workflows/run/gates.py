"""What stands between the success of an execution and the success of the run."""

from typing import Any, Protocol, TypeVar

from workflows.run.state import RunInput, RunState

State_contra = TypeVar("State_contra", bound=RunState[RunInput], contravariant=True)


class Gates(Protocol[State_contra]):
    """Waits for answers of persons."""

    def open(self, state: State_contra) -> None:
        """Take answers from now on."""

    async def is_passed(self, state: State_contra) -> bool:
        """Wait after a success; return false if a stop ended the wait.

        Raises:
            ActivityError: AWS refuses.
            ApplicationError: The answer is no, or did not come.
        """

    def close(self) -> None:
        """Give no more answers."""

    def give_up(self) -> None:
        """Send no answer again that AWS has not taken yet."""


class NoGates:
    """Implements `Gates` for runs without any."""

    def open(self, state: Any) -> None:
        """Do nothing."""

    async def is_passed(self, state: Any) -> bool:  # noqa: ARG002 — part of the port
        """Pass at once."""
        return True

    def close(self) -> None:
        """Do nothing."""

    def give_up(self) -> None:
        """Do nothing."""
