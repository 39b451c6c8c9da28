"""The jobs, models and endpoints behind steps: one row for each kind that SageMaker can describe."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from activities.aws.platforms import Platform
from activities.results.patience import ReadingCalls
from activities.results.reading import Step
from contract.arns import ResourceArn

JobDescription = Mapping[str, Any]
"""The answer of a Describe operation, as boto3 gives it."""


@dataclass(frozen=True)
class JobKind:
    """How one kind of job is asked for, and where people find it.

    Attributes:
        operation: AWS's Describe operation.
        method: The same as boto3 calls it.
        prefix: Of the members Name and Status, such as `TrainingJob`.
        page: Of the SageMaker console, before the name (seen in the console's own links).
        log_group: In CloudWatch Logs; the streams begin with the job's name and a slash (seen in AWS traces).
    """

    operation: str
    method: str
    prefix: str
    page: str | None = None
    log_group: str | None = None


KINDS: Final = {
    "training-job": JobKind(
        "DescribeTrainingJob", "describe_training_job", "TrainingJob", "jobs", "/aws/sagemaker/TrainingJobs"
    ),
    "processing-job": JobKind(
        "DescribeProcessingJob",
        "describe_processing_job",
        "ProcessingJob",
        "processing-jobs",
        "/aws/sagemaker/ProcessingJobs",
    ),
    "transform-job": JobKind(
        "DescribeTransformJob",
        "describe_transform_job",
        "TransformJob",
        "transform-jobs",
        "/aws/sagemaker/TransformJobs",
    ),
    "hyper-parameter-tuning-job": JobKind(
        "DescribeHyperParameterTuningJob",
        "describe_hyper_parameter_tuning_job",
        "HyperParameterTuningJob",
        "hyper-tuning-jobs",
    ),
    # Version 2 describes the jobs of version 1, too (botocore 1.44.5 service model).
    "automl-job": JobKind("DescribeAutoMLJobV2", "describe_auto_ml_job_v2", "AutoMLJob"),
    "model": JobKind("DescribeModel", "describe_model", "Model", "models"),
    "model-package": JobKind("DescribeModelPackage", "describe_model_package", "ModelPackage"),
    "endpoint": JobKind("DescribeEndpoint", "describe_endpoint", "Endpoint", "endpoints"),
    "endpoint-config": JobKind(
        "DescribeEndpointConfig", "describe_endpoint_config", "EndpointConfig", "endpointConfig"
    ),
}
"""By the first half of the ARN's resource part."""

OUT_OF_TIME: Final = frozenset({"MaxRuntimeExceeded", "MaxWaitTimeExceeded"})
"""SecondaryStatus of training jobs that AWS stopped for their StoppingCondition: a time-out, not a cancel."""


@dataclass(frozen=True)
class Job:
    """What a step made."""

    arn: str
    resource: ResourceArn
    kind: JobKind | None

    @property
    def operation(self) -> str:
        """The AWS operation that describes it."""
        return self.kind.operation if self.kind else "Describe"

    @property
    def console_url(self) -> str | None:
        """Its page in the SageMaker console, where it has one."""
        if self.kind is None or self.kind.page is None:
            return None
        return self.resource.console_url(f"sagemaker/home#/{self.kind.page}/{self.resource.name}")

    @property
    def log_url(self) -> str | None:
        """Its log streams in the CloudWatch console."""
        if self.kind is None or self.kind.log_group is None:
            return None
        return self.resource.console_url(
            f"cloudwatch/home#logStream:group={self.kind.log_group};prefix={self.resource.name}/"
        )

    async def describe(self, calls: ReadingCalls, platform: Platform) -> JobDescription:
        """Describe it; empty for a kind that SageMaker cannot describe.

        Raises:
            botocore.exceptions.ClientError: AWS answered with an error.
            botocore.exceptions.BotoCoreError: The call could not be made, or no answer came.
        """
        if self.kind is None:
            return {}
        # A model package is named by its ARN, all others by their names.
        name = self.arn if self.kind.prefix == "ModelPackage" else self.resource.name
        described: JobDescription = await calls.look(platform, self.kind.method, **{f"{self.kind.prefix}Name": name})
        return described

    def status(self, description: JobDescription) -> str | None:
        """Its own status; of a training job that ran out of time its SecondaryStatus, which tells so."""
        secondary = description.get("SecondaryStatus")
        if secondary in OUT_OF_TIME or self.kind is None:
            return secondary
        return description.get(f"{self.kind.prefix}Status")


def job_of(step: Step) -> Job | None:
    """Find what a step made, by the one member of its metadata; None for steps that make nothing."""
    for member in (step.get("Metadata") or {}).values():
        arn = (member.get("Arn") or member.get("CheckJobArn")) if isinstance(member, dict) else None
        resource = ResourceArn.parse(arn) if arn else None
        if arn and resource:
            return Job(arn, resource, KINDS.get(resource.kind))
    return None
