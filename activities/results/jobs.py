"""What the steps of an execution made: jobs, models, endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from botocore.exceptions import ClientError

from activities.aws.errors import AwsError
from activities.aws.platforms import Platform
from activities.resources.kind import ResourceKind
from activities.resources.members import entries, first_text, number, table, text
from activities.resources.table import KIND_OF_ARN
from activities.results.patience import ReadingCalls
from activities.results.reading import Step
from activities.results.step import metadata_of
from contract.arns import ResourceArn

JobDescription = Mapping[str, Any]
"""The response of a Describe operation, as boto3 returns it."""


@dataclass(frozen=True)
class Job:
    """What a step made.

    Attributes:
        arn: Its ARN, in which AWS may have lowered the name.
        resource: The ARN, taken apart.
        kind: The row of its kind; None for what SageMaker cannot describe.
        name: Its name as it was given, once that is known; logs and pages are found by this spelling.
    """

    arn: str
    resource: ResourceArn
    kind: ResourceKind | None
    name: str

    @property
    def console_url(self) -> str | None:
        """Its page in the SageMaker console, where it has one."""
        if self.kind is None or self.kind.console_page is None:
            return None
        return self.resource.console_url(self.kind.console_page.format(name=self.name))

    @property
    def log_url(self) -> str | None:
        """Its log streams in the CloudWatch console."""
        if self.log_group is None:
            return None
        return self.resource.console_url(
            f"cloudwatch/home#logStream:group={self.log_group};prefix={self.log_stream_prefix}"
        )

    @property
    def log_group(self) -> str | None:
        """Its log group in CloudWatch; None for a kind without logs."""
        return self.kind.log_group.format(name=self.name) if self.kind and self.kind.log_group else None

    @property
    def log_stream_prefix(self) -> str:
        """The beginning of the names of its log streams."""
        return self.kind.log_stream_prefix.format(name=self.name) if self.kind else ""

    def as_described(self, description: JobDescription) -> Self:
        """Return the job under its own name, where its description has it."""
        member = self.kind.members.name if self.kind and not self.kind.is_described_by_arn else None
        return replace(self, name=text(description, member) or self.name)

    def is_gone(self, error: AwsError) -> bool:
        """Return whether AWS refused a Describe because there is no such resource any more."""
        refusal = error.cause
        return self.kind is not None and isinstance(refusal, ClientError) and self.kind.is_not_there(refusal)

    @property
    def gone(self) -> str:
        """What is said of a resource that is not there any more."""
        noun = self.kind.noun if self.kind else "resource"
        return f"The {noun} '{self.name}' does not exist any more, so that what it said is not known."

    async def describe(self, calls: ReadingCalls, platform: Platform) -> JobDescription:
        """Describe it; empty for a kind that SageMaker cannot describe.

        Raises:
            AwsError: AWS refused, or could not be asked.
        """
        if self.kind is None:
            return {}
        name = self.arn if self.kind.is_described_by_arn else self.resource.name
        request = {self.kind.described_by: name}
        described: JobDescription = await calls.poll(platform, self.kind.describe, resource=self.arn, **request)
        return described

    def status(self, description: JobDescription) -> str | None:
        """Return its own status; of a training job that ran out of time its SecondaryStatus, which says so."""
        return self.kind.status(description) if self.kind else None


def instances_of(description: JobDescription) -> int:
    """Return how many instances a job has; 1 where its description does not say it."""
    for holder in (description, table(description, "ProcessingResources")):
        for member in ("ResourceConfig", "ClusterConfig", "TransformResources"):
            resources = table(holder, member)
            groups = [number(group, "InstanceCount") or 0 for group in entries(resources, "InstanceGroups")]
            if count := number(resources, "InstanceCount") or sum(groups):
                return count
    return 1


def job_of(step: Step) -> Job | None:
    """Find what a step made, by the one member of its metadata; None for steps that make nothing."""
    for member in metadata_of(step).values():
        arn = first_text(member, ("Arn", "CheckJobArn"))
        resource = ResourceArn.parse(arn) if arn else None
        if arn and resource:
            return Job(arn, resource, KIND_OF_ARN.get(resource.kind), resource.name)
    return None
