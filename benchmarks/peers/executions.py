import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from benchmarks.standin import received_calls, sagemaker_client
from worker.local.standin_process import StandinProcess

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

PIPELINE: Final = "quick-check"
CLOCK_SCALE: Final = 1000.0
"""The sample takes whole simulated seconds; each is a millisecond here, so that ends fall anywhere in an interval."""

_START: Final = "StartPipelineExecution"


class Executions:
    """The timed executions of one stand-in, and what happens to the systems that follow them."""

    def __init__(self, standin: StandinProcess) -> None:
        """Prepare for a stand-in that will run at `CLOCK_SCALE`."""
        self._standin = standin

    def begin(self, seconds: Sequence[float]) -> list[str]:
        """Start an execution for each duration in real seconds; their ARNs, in that order."""
        client = sagemaker_client(self._standin)
        try:
            return [_start(client, duration) for duration in seconds]
        finally:
            client.close()

    def ended_at(self) -> dict[str, float]:
        """Epoch second of the end of every execution that has ended, by ARN."""
        return {
            found["execution_arn"]: found["ended_at"]
            for found in self._standin.executions(PIPELINE)
            if found["ended_at"] is not None
        }

    def count(self, seconds: str) -> int:
        """How many executions there are whose parameter `Seconds` is that text."""
        found = self._standin.executions(PIPELINE)
        return sum(execution["parameters"]["Seconds"] == seconds for execution in found)

    def force(self, arn: str, status: str) -> None:
        """End an execution with a status."""
        self._standin.control("POST", f"/executions/{arn.rpartition('/')[2]}/force", {"status": status})

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

    def __init__(self, executions: Executions, times: int | None) -> None:
        """Lose the replies of the next `times` starts, or of all until they return."""
        self._executions = executions
        self.times = times
        self._fault = executions.arm("reset_after", _START, times)

    @property
    def lost(self) -> int:
        """How many were lost so far."""
        return self._executions.hits(self._fault)

    def come_back(self) -> None:
        """Lose none any more."""
        self._executions.lift(self._fault)


def whole_seconds(real_seconds: float) -> str:
    """The parameter `Seconds` of an execution that takes so many real seconds."""
    return str(round(real_seconds * CLOCK_SCALE))


def _start(client: "SageMakerClient", duration: float) -> str:
    started = client.start_pipeline_execution(
        PipelineName=PIPELINE,
        PipelineParameters=[{"Name": "Seconds", "Value": whole_seconds(duration)}],
        ClientRequestToken=str(uuid.uuid4()),
    )
    return started["PipelineExecutionArn"]
