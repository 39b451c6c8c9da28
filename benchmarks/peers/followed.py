"""What the systems follow on a stand-in: its timed executions or jobs, and what happens to them."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Final

from benchmarks.standin import received_calls, sagemaker_client
from contract.names import WorkflowType
from contract.run import RunDocument
from worker.local.standin_process import StandinProcess

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

CLOCK_SCALE: Final = 1000.0
"""The stand-in takes whole simulated seconds; each is a millisecond here, so that ends fall anywhere in an interval."""


class Followed(ABC):
    """The timed executions or jobs of one stand-in.

    Attributes:
        noun: What one of them is called.
        start_operation: AWS's operation that starts one.
        workflow: Our workflow type for them.
        document: The type of its result.
    """

    noun: ClassVar[str]
    start_operation: ClassVar[str]
    workflow: ClassVar[WorkflowType]
    document: ClassVar[type[RunDocument]]

    def __init__(self, standin: StandinProcess) -> None:
        """Prepare for a stand-in that will run at `CLOCK_SCALE`."""
        self._standin = standin

    def begin(self, seconds: Sequence[float]) -> list[str]:
        """Start one for each duration in real seconds; their ARNs, in that order."""
        client = sagemaker_client(self._standin)
        try:
            return [self._begin(client, duration) for duration in seconds]
        finally:
            client.close()

    @abstractmethod
    def _begin(self, client: "SageMakerClient", seconds: float) -> str:
        """Start one that takes so many real seconds; its ARN."""

    @abstractmethod
    def ended_at(self) -> dict[str, float]:
        """Epoch second of the end of every one that has ended, by ARN."""

    @abstractmethod
    def count(self, seconds: str) -> int:
        """How many there are of that duration (`whole_seconds`)."""

    @abstractmethod
    def end(self, arn: str, status: str) -> None:
        """End one with a status."""

    @abstractmethod
    def follow_input(self, arn: str) -> dict[str, Any]:
        """The input of a run of ours that follows one."""

    @abstractmethod
    def start_input(self, seconds: str) -> dict[str, Any]:
        """The input of a run of ours that starts one of that duration."""

    @abstractmethod
    def start_command(self, seconds: str) -> dict[str, Any]:
        """The command to a peer's driver that starts one of that duration."""

    def calls(self) -> dict[str, int]:
        """How many requests came in for each operation since `forget_calls`."""
        return received_calls(self._standin)

    def forget_calls(self) -> None:
        """Count from zero."""
        self._standin.control("DELETE", "/calls")

    def arm(self, effect: str, operation: str = "*", times: int | None = None) -> str:
        """Arm a fault for the next `times` requests, or for all until it is lifted; its id."""
        fault = {"operation": operation, "effect": effect, "times": times}
        armed: str = self._standin.control("POST", "/faults", fault)["id"]
        return armed

    def hits(self, fault: str) -> int:
        """How many requests a fault has hit."""
        return next(int(armed["hits"]) for armed in self._standin.control("GET", "/faults") if armed["id"] == fault)

    def lift(self, fault: str) -> None:
        """Remove a fault."""
        self._standin.control("DELETE", f"/faults/{fault}")


class LostReplies:
    """Starts that take effect and whose replies are lost."""

    def __init__(self, followed: Followed, times: int | None) -> None:
        """Lose the replies of the next `times` starts, or of all until they return."""
        self._followed = followed
        self.times = times
        self._fault = followed.arm("reset_after", followed.start_operation, times)

    @property
    def lost(self) -> int:
        """How many were lost so far."""
        return self._followed.hits(self._fault)

    def come_back(self) -> None:
        """Lose none any more."""
        self._followed.lift(self._fault)


def whole_seconds(real_seconds: float) -> str:
    """Simulated seconds, as the stand-in is told them, that take so many real seconds."""
    return str(round(real_seconds * CLOCK_SCALE))


def unique_name() -> str:
    """A name that nothing else has."""
    return f"benchmark-{uuid.uuid4().hex[:12]}"
