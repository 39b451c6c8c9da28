import uuid
from typing import TYPE_CHECKING, Any, Final

from benchmarks.peers.followed import Followed, whole_seconds
from contract.names import WorkflowType
from contract.pipeline_document import PipelineRunDocument

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

PIPELINE: Final = "quick-check"


class Executions(Followed):
    """Executions of a pipeline of one step; its parameter `Seconds` is their duration."""

    noun = "execution"
    start_operation = "StartPipelineExecution"
    workflow = WorkflowType.PIPELINE_RUN
    document = PipelineRunDocument

    def _begin(self, client: "SageMakerClient", seconds: float) -> str:
        started = client.start_pipeline_execution(
            PipelineName=PIPELINE,
            PipelineParameters=[{"Name": "Seconds", "Value": whole_seconds(seconds)}],
            ClientRequestToken=str(uuid.uuid4()),
        )
        return started["PipelineExecutionArn"]

    def ended_at(self) -> dict[str, float]:
        """See base class."""
        return {
            found["execution_arn"]: found["ended_at"]
            for found in self._standin.executions(PIPELINE)
            if found["ended_at"] is not None
        }

    def count(self, seconds: str) -> int:
        """See base class."""
        found = self._standin.executions(PIPELINE)
        return sum(execution["parameters"]["Seconds"] == seconds for execution in found)

    def end(self, arn: str, status: str) -> None:
        """See base class."""
        self._standin.control("POST", f"/executions/{arn.rpartition('/')[2]}/force", {"status": status})

    def follow_input(self, arn: str) -> dict[str, Any]:
        """See base class."""
        return {"pipeline_name": PIPELINE, "execution_arn": arn}

    def start_input(self, seconds: str) -> dict[str, Any]:
        """See base class."""
        return {"pipeline_name": PIPELINE, "parameters": {"Seconds": seconds}}

    def start_command(self, seconds: str) -> dict[str, Any]:
        """See base class."""
        return {"start": PIPELINE, "parameters": {"Seconds": seconds}}
