"""The run document of a job run."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel, Field
from temporalio.common import SearchAttributeKey

from contract.job_kinds import JobKind
from contract.names import JOB_KIND_ATTRIBUTE, JOB_NAME_ATTRIBUTE
from contract.run import RunDocument


class JobIdentity(BaseModel):
    """Which job it is."""

    kind: JobKind
    name: str | None = Field(default=None, description="The job's name as AWS has it; null before the start.")


class JobProgress(BaseModel):
    """How far a job is, as far as AWS says so."""

    counters: dict[str, int] = Field(
        default_factory=dict,
        description="AWS's counters: of a tuning job its training jobs by status (`Completed`, `InProgress`, …), of a "
        "labeling job its objects (`TotalLabeled`, `Unlabeled`, …).",
    )
    best_job: str | None = Field(default=None, description="The best training job of a tuning job, with its metric.")

    @property
    def counted(self) -> str:
        """The counters, such as `Completed 3, InProgress 2`."""
        return ", ".join(f"{name} {count}" for name, count in self.counters.items())

    @property
    def in_words(self) -> str:
        """The counters and the best job."""
        return ", ".join(filter(None, [self.counted, self.best_job and f"best {self.best_job}"]))


class JobRunDocument(RunDocument):
    """What is known of a job run."""

    log_name: ClassVar[str] = "job_run"

    job: JobIdentity | None = Field(default=None, description="Kind and name of the job.")
    secondary_status: str | None = Field(
        default=None, description="AWS's SecondaryStatus of a training job or of an AutoML job."
    )
    progress: JobProgress | None = Field(default=None, description="Counters of tuning and labeling jobs.")
    log_url: str | None = Field(default=None, description="The job's log streams in the CloudWatch console.")

    @property
    def subject(self) -> str | None:
        """The job's name, before the start its kind."""
        return None if self.job is None else self.job.name or f"{self.job.kind} job"

    @property
    def identity(self) -> Mapping[SearchAttributeKey[str], str]:
        """The kind of job; its name changes with each attempt."""
        return {JOB_KIND_ATTRIBUTE: self.job.kind} if self.job else {}

    @property
    def execution_identity(self) -> Mapping[SearchAttributeKey[str], str]:
        """The job's name."""
        return {JOB_NAME_ATTRIBUTE: self.job.name} if self.job and self.job.name else {}

    @property
    def how_far(self) -> str | None:
        """The counters, else the secondary status."""
        return (self.progress.in_words if self.progress else None) or self.secondary_status
