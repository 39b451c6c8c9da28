"""The run document of a pipeline run, and what SageMaker's statuses of pipeline executions mean."""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from pydantic import Field
from temporalio.common import SearchAttributeKey

from contract.names import PIPELINE_ATTRIBUTE
from contract.open_gates import Gate, ModelPackage
from contract.run import RunDocument, RunStatus
from contract.steps import Progress, StepDocument

STATUS_OF: Final = {
    "Executing": RunStatus.RUNNING,
    "Stopping": RunStatus.RUNNING,
    "Succeeded": RunStatus.SUCCESS,
    "Failed": RunStatus.FAILED,
    # The sixth status, terminal: the shape PipelineExecutionStatus.
    "CompletedWithFailures": RunStatus.FAILED,
    "Stopped": RunStatus.CANCELLED,
}
"""PipelineExecutionStatus → status. A status that is missing here is `Unknown`, and the run stays open.

Workflow code reads this table and `TERMINAL_STATUSES`: a status that is added changes the commands of runs that have
observed it before, so the change needs a `workflow.patched`.
"""

TERMINAL_STATUSES: Final = frozenset({"Succeeded", "Failed", "CompletedWithFailures", "Stopped"})


def run_status(sagemaker_status: str | None) -> RunStatus:
    """Map a raw PipelineExecutionStatus; an unknown one is `Unknown`, never a crash and never `Success`."""
    return STATUS_OF.get(sagemaker_status or "", RunStatus.UNKNOWN)


class PipelineRunDocument(RunDocument):
    """What is known of a pipeline run."""

    log_name: ClassVar[str] = "pipeline_run"

    pipeline_name: str | None = Field(default=None, description="The pipeline as the input named it.")
    studio_url: str | None = Field(
        default=None, description="The execution in SageMaker Studio, where the platform names a `studio_domain`."
    )
    pipeline_version_id: int | None = Field(
        default=None, description="The version of the pipeline that the execution runs, as far as AWS says so."
    )
    pipeline_version_aliases: list[str] = Field(
        default_factory=list, description="The aliases that this version had when the execution was last described."
    )
    steps: list[StepDocument] = Field(
        default_factory=list, description="The steps that have started, in the order of their start; at most 500."
    )
    steps_left_out: int = Field(default=0, description="Steps that have started and for which `steps` has no room.")
    progress: Progress | None = Field(
        default=None,
        description="How far it is: steps `done`, `running` and `failed`, and their known `total`.",
    )

    gates: list[Gate] = Field(
        default_factory=list,
        description="What waits for an answer now: Callback steps, and model packages that are to be approved.",
    )
    gates_left_out: int = Field(default=0, description="Callback steps that wait and for which `gates` has no room.")
    model_packages: list[ModelPackage] = Field(
        default_factory=list,
        description="The model packages whose approval the run waits for, or waited for; the `status` of one is "
        "`NotShown` while AWS shows none.",
    )

    @property
    def subject(self) -> str | None:
        """The pipeline's name."""
        return self.pipeline_name

    @property
    def identity(self) -> Mapping[SearchAttributeKey[str], str]:
        """The pipeline."""
        return {PIPELINE_ATTRIBUTE: self.pipeline_name} if self.pipeline_name else {}

    @property
    def open_gates(self) -> Sequence[Gate]:
        """Callback steps, and model packages that are to be approved."""
        return self.gates

    @property
    def gates_in_all(self) -> int:
        """How many there are."""
        return len(self.gates) + self.gates_left_out

    @property
    def how_far(self) -> str | None:
        """The steps in numbers."""
        return self.progress.in_words if self.progress else None
