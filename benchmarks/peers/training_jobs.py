from typing import TYPE_CHECKING, Any, Final

from benchmarks.peers.followed import Followed, unique_name, whole_seconds
from benchmarks.standin import sagemaker_client
from contract.job_document import JobRunDocument
from contract.job_kinds import JobKind
from contract.names import WorkflowType
from sagemaker_standin.samples import JOB_SAMPLES

if TYPE_CHECKING:
    from types_boto3_sagemaker import SageMakerClient

LONGEST_SECONDS: Final = 2_419_200
"""AWS's own limit of a training job; 40 real minutes here."""

_DURATION: Final = "STANDIN_SECONDS"


class TrainingJobs(Followed):
    """Training jobs; a hyperparameter is their duration."""

    noun = "job"
    start_operation = "CreateTrainingJob"
    workflow = WorkflowType.JOB_RUN
    document = JobRunDocument

    def _begin(self, client: "SageMakerClient", seconds: float) -> str:
        name, whole = unique_name(), whole_seconds(seconds)
        # It trains from its first second to its last, as a job of hours mostly does: each change of its secondary
        # status is news to our run, and would cost something in the minute that is measured.
        phases = [["Training", float(whole)]]
        self._standin.control(
            "POST", "/jobs/script", {"kind": "training-job", "name_prefix": name, "attempts": 1, "phases": phases}
        )
        return client.create_training_job(**request(name, whole))["TrainingJobArn"]

    def ended_at(self) -> dict[str, float]:
        """See base class."""
        return {job["arn"]: job["ended_at"] for job in self._jobs() if job["ended_at"] is not None}

    def count(self, seconds: str) -> int:
        """See base class."""
        return sum(job["request"]["HyperParameters"][_DURATION] == seconds for job in self._jobs())

    def end(self, arn: str, status: str) -> None:
        """See base class.

        Raises:
            ValueError: Nothing but a stop ends a job early.
        """
        if status != "Stopped":
            raise ValueError(f"a job cannot be made {status}")
        client = sagemaker_client(self._standin)
        client.stop_training_job(TrainingJobName=arn.rpartition("/")[2])
        client.close()

    def follow_input(self, arn: str) -> dict[str, Any]:
        """See base class."""
        return {"job": JobKind.TRAINING, "job_arn": arn}

    def start_input(self, seconds: str) -> dict[str, Any]:
        """See base class."""
        return {"job": JobKind.TRAINING, "request": request(f"started-{seconds}", seconds)}

    def start_command(self, seconds: str) -> dict[str, Any]:
        """See base class."""
        return {"train": request(f"started-{seconds}", seconds)}

    def _jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._standin.control("GET", "/jobs?kind=training-job")
        return found


def request(name: str, seconds: str) -> Any:
    """A request for a training job that reads no input: Airflow's operator asks S3 whether that exists."""
    sample = {
        member: value for member, value in JOB_SAMPLES["CreateTrainingJob"].items() if member != "InputDataConfig"
    }
    return {
        **sample,
        "TrainingJobName": name,
        "HyperParameters": {_DURATION: seconds},
        "StoppingCondition": {"MaxRuntimeInSeconds": LONGEST_SECONDS},
    }
