"""The jobs behind steps: what SageMaker's Describe operations and CloudWatch Logs return for them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

JsonObject = dict[str, Any]


class JobStatus(StrEnum):
    """TrainingJobStatus and ProcessingJobStatus, which are the same words (botocore 1.44.5 service model)."""

    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    FAILED = "Failed"
    STOPPING = "Stopping"
    STOPPED = "Stopped"


@dataclass
class Job:
    """One job, model or endpoint that an attempt of a step made. Every `…_at` is simulated seconds.

    Attributes:
        resource: the resource part of its ARN, e.g. `training-job`.
        arguments: the step's arguments, which the Describe operations repeat.
        shown: members that the description shows in place of its own.
        log: lines that it writes, evenly over its time.
        overruns: whether it is going to be stopped at its MaxRuntimeInSeconds.
    """

    resource: str
    name: str
    arn: str
    arguments: Mapping[str, Any]
    shown: Mapping[str, Any]
    log: tuple[str, ...]
    started_at: float
    seconds: float | None
    overruns: bool = False
    status: JobStatus = JobStatus.IN_PROGRESS
    ended_at: float | None = None
    failure_reason: str | None = None

    def end(self, status: JobStatus, now: float, reason: str | None = None) -> None:
        """Note the end; an overrun is a stop to the job, whatever it is to its step."""
        self.status = JobStatus.STOPPED if self.overruns and status is JobStatus.FAILED else status
        self.ended_at = now
        self.failure_reason = reason if self.status is JobStatus.FAILED else None

    def log_events(self, now: float) -> list[tuple[float, str]]:
        """The lines written until `now`, each with its simulated instant."""
        duration = (self.ended_at or now) - self.started_at if self.seconds is None else self.seconds
        pace = duration / (len(self.log) + 1)
        # What is left when the job ends comes with its end, however soon that is.
        events = [
            (min(self.started_at + pace * number, self.ended_at or math.inf), line)
            for number, line in enumerate(self.log, start=1)
        ]
        return [event for event in events if event[0] <= now]


@dataclass(frozen=True)
class _Kind:
    """How one kind of job is described.

    Attributes:
        operation: AWS's Describe operation.
        prefix: of the members Name, Arn and Status.
        log_group: in CloudWatch Logs, if it writes any.
        facts: members beside the ones that all kinds share.
    """

    operation: str
    prefix: str
    log_group: str | None = None
    facts: Callable[[Job, Callable[[float], float]], JsonObject] = field(default=lambda _job, _real: {})


def _training_facts(job: Job, real: Callable[[float], float]) -> JsonObject:
    output = job.arguments.get("OutputDataConfig", {}).get("S3OutputPath", "s3://artifacts")
    facts: JsonObject = {
        "SecondaryStatus": _secondary_status(job),
        "TrainingStartTime": real(job.started_at),
        "ModelArtifacts": {"S3ModelArtifacts": f"{output}/{job.name}/output/model.tar.gz"},
    }
    if job.ended_at is not None:
        seconds = round(job.ended_at - job.started_at)
        facts |= {
            "TrainingEndTime": real(job.ended_at),
            "TrainingTimeInSeconds": seconds,
            "BillableTimeInSeconds": seconds,
        }
    return facts


def _secondary_status(job: Job) -> str:
    if job.status is JobStatus.IN_PROGRESS:
        return "Training"
    return "MaxRuntimeExceeded" if job.status is JobStatus.STOPPED and job.overruns else job.status


def _processing_facts(job: Job, real: Callable[[float], float]) -> JsonObject:
    return {
        "ProcessingStartTime": real(job.started_at),
        "ProcessingEndTime": None if job.ended_at is None else real(job.ended_at),
        "ExitMessage": job.failure_reason,
    }


def _transform_facts(job: Job, real: Callable[[float], float]) -> JsonObject:
    return {
        "TransformStartTime": real(job.started_at),
        "TransformEndTime": None if job.ended_at is None else real(job.ended_at),
    }


def _package_facts(job: Job, _real: Callable[[float], float]) -> JsonObject:
    group, _, version = job.name.partition("/")
    return {
        "ModelPackageName": job.name,
        "ModelPackageGroupName": group,
        "ModelPackageVersion": int(version),
        "ModelApprovalStatus": job.arguments.get("ModelApprovalStatus", "PendingManualApproval"),
        "ModelPackageStatusDetails": {"ValidationStatuses": []},
    }


def _endpoint_facts(job: Job, _real: Callable[[float], float]) -> JsonObject:
    return {"EndpointStatus": "InService" if job.status is JobStatus.COMPLETED else "Creating"}


_KINDS = {
    "training-job": _Kind("DescribeTrainingJob", "TrainingJob", "/aws/sagemaker/TrainingJobs", _training_facts),
    "processing-job": _Kind(
        "DescribeProcessingJob", "ProcessingJob", "/aws/sagemaker/ProcessingJobs", _processing_facts
    ),
    "transform-job": _Kind("DescribeTransformJob", "TransformJob", "/aws/sagemaker/TransformJobs", _transform_facts),
    "hyper-parameter-tuning-job": _Kind("DescribeHyperParameterTuningJob", "HyperParameterTuningJob"),
    "automl-job": _Kind("DescribeAutoMLJobV2", "AutoMLJob"),
    "model": _Kind("DescribeModel", "Model"),
    "model-package": _Kind("DescribeModelPackage", "ModelPackage", facts=_package_facts),
    "endpoint": _Kind("DescribeEndpoint", "Endpoint", facts=_endpoint_facts),
}
DESCRIBED_BY = {kind.operation: resource for resource, kind in _KINDS.items()}
"""AWS's Describe operation → the resource part of the ARNs that it describes."""

IS_JOB = frozenset(resource for resource in _KINDS if resource.endswith("-job"))


def is_described(resource: str) -> bool:
    """Whether there is a Describe operation here for ARNs with this resource part."""
    return resource in _KINDS


def name_member(resource: str) -> str:
    """The member of the Describe operation's input that names the job."""
    return f"{_KINDS[resource].prefix}Name"


def log_group(resource: str) -> str | None:
    """The log group in CloudWatch Logs that jobs of this kind write to."""
    return _KINDS[resource].log_group


def log_stream(job: Job) -> str:
    """The job's log stream; AWS prefixes it with the job's name (seen in AWS traces)."""
    return f"{job.name}/algo-1-{round(job.started_at)}"


def description(job: Job, real: Callable[[float], float]) -> JsonObject:
    """What AWS returns for the job.

    Args:
        job: the job.
        real: turns simulated into epoch seconds.
    """
    kind = _KINDS[job.resource]
    ended = job.ended_at if job.ended_at is not None else job.started_at
    return {
        **job.arguments,
        f"{kind.prefix}Name": job.name,
        f"{kind.prefix}Arn": job.arn,
        f"{kind.prefix}Status": job.status,
        "FailureReason": job.failure_reason,
        "CreationTime": real(job.started_at),
        "LastModifiedTime": real(ended),
        **kind.facts(job, real),
        **job.shown,
    }


def runtime_limit(arguments: Mapping[str, Any]) -> float | None:
    """The step's MaxRuntimeInSeconds, if it has one."""
    condition = arguments.get("StoppingCondition")
    limit = condition.get("MaxRuntimeInSeconds") if isinstance(condition, dict) else None
    return None if limit is None else float(limit)
