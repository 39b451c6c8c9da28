"""Amazon Resource Names of pipelines and executions."""

import re
from dataclasses import dataclass
from typing import Annotated, Self
from urllib.parse import quote

from pydantic import AfterValidator

MAX_ARN_CHARS = 2048
"""Limit of a pipeline's ARN and of a role's: botocore's service model, PipelineArn and RoleArn."""

# botocore's service model, PipelineName: also in an ARN, where the model's own pattern would allow anything.
_NAME = r"[a-zA-Z0-9](?:-*[a-zA-Z0-9]){0,255}"

_PIPELINE = re.compile(
    # Account `aws`: pipelines that AWS manages.
    r"arn:(?P<partition>aws[a-z\-]*):sagemaker:(?P<region>[a-z0-9\-]*):(?P<account>[0-9]{12}|aws)"
    rf":pipeline/(?P<name>{_NAME})"
)

_EXECUTION = re.compile(rf"(?P<pipeline>{_PIPELINE.pattern})/execution/(?P<execution_id>[a-zA-Z0-9\-_]{{1,256}})")

_RESOURCE = re.compile(
    r"arn:(?P<partition>aws[a-z\-]*):sagemaker:(?P<region>[a-z0-9\-]+):[0-9]{12}:(?P<kind>[a-z\-]+)/(?P<name>.+)"
)

# `aws-iso*` consoles have no public address.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}


@dataclass(frozen=True)
class PipelineReference:
    """A pipeline as callers and AWS name it: by its name, or by its ARN if another account shares it."""

    text: str
    """What AWS is sent: the name or the ARN."""
    name: str
    partition: str | None = None
    region: str | None = None
    account: str | None = None
    """Account, region and partition are None for a pipeline that is given by its name."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a pipeline's name or ARN. The ARN of an execution, or of anything else, is refused.

        Raises:
            ValueError: If it is neither.
        """
        if re.fullmatch(_NAME, text):
            return cls(text=text, name=text)
        match = _PIPELINE.fullmatch(text) if len(text) <= MAX_ARN_CHARS else None
        if match is None:
            raise ValueError(
                "must be a pipeline's name (1 to 256 letters, digits and inner hyphens) or its ARN, "
                "arn:aws:sagemaker:<region>:<account>:pipeline/<name>"
            )
        return cls(text=text, **match.groupdict())


@dataclass(frozen=True)
class ExecutionArn:
    """A pipeline execution's ARN, taken apart."""

    text: str
    execution_id: str
    pipeline: PipelineReference
    """The pipeline by its ARN. AWS writes the name in lower case here, whatever the name's own spelling is."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an ARN apart.

        Raises:
            ValueError: If it is not the ARN of a pipeline execution.
        """
        match = _EXECUTION.fullmatch(text) if len(text) <= MAX_ARN_CHARS else None
        if match is None:
            raise ValueError(
                "must be a pipeline execution's ARN, "
                "arn:aws:sagemaker:<region>:<account>:pipeline/<name>/execution/<id>"
            )
        return cls(text, match["execution_id"], PipelineReference.parse(match["pipeline"]))

    def monitor_url(self, pipeline_name: str) -> str | None:
        """Return the execution's address in the SageMaker console.

        Args:
            pipeline_name: The pipeline's name as its owner spells it.

        Returns:
            The address, or None where the partition has no public console.
        """
        region = self.pipeline.region
        console = _CONSOLES.get(self.pipeline.partition or "")
        if console is None or not region:
            return None
        return (
            f"https://{region}.{console}/sagemaker/home?region={region}"
            f"#/pipelines/{_in_fragment(pipeline_name)}/executions/{_in_fragment(self.text)}"
        )

    def studio_url(self, domain: str, pipeline_name: str) -> str | None:
        """Return the execution's address in SageMaker Studio (the form in which ZenML's orchestrator writes it).

        Args:
            domain: The id of the Studio domain.
            pipeline_name: The pipeline's name as its owner spells it.

        Returns:
            The address, or None for a partition other than `aws`, whose Studio has no published address.
        """
        if self.pipeline.partition != "aws" or not self.pipeline.region:
            return None
        return (
            f"https://studio-{domain}.studio.{self.pipeline.region}.sagemaker.aws/pipelines/view/"
            f"{quote(pipeline_name)}/executions/{quote(self.execution_id)}/graph"
        )


@dataclass(frozen=True)
class ResourceArn:
    """The ARN of a SageMaker resource, such as a training job, taken apart."""

    text: str
    partition: str
    region: str
    kind: str
    """The resource part's first half, such as `training-job`."""
    name: str

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Take an ARN apart; None if it is not one of SageMaker."""
        match = _RESOURCE.fullmatch(text)
        return cls(text=text, **match.groupdict()) if match else None

    def console_url(self, page: str) -> str | None:
        """Return the address of a console page.

        Args:
            page: What stands between the console's host and `?region=`, and behind `#`, with a `#` between them, such
                as `sagemaker/home#/jobs/NAME`.

        Returns:
            The address, or None where the partition has no public console.
        """
        return console_url(self.partition, self.region, page)


ExecutionArnText = Annotated[str, AfterValidator(lambda text: ExecutionArn.parse(text).text)]
"""A text that is the ARN of a pipeline execution."""


def console_url(partition: str, region: str, page: str) -> str | None:
    """Return the address of a page of the AWS console; the arguments are those of `ResourceArn.console_url`."""
    console = _CONSOLES.get(partition)
    path, _, fragment = page.partition("#")
    return console and f"https://{region}.{console}/{path}?region={region}#{_in_fragment(fragment)}"


def pipeline_of(name_or_arn: str) -> str:
    """Return a pipeline's name for display; what may be started is decided by `PipelineReference.parse`."""
    return name_or_arn.rsplit("/", 1)[-1]


def pipeline_arn(execution_arn: str) -> str:
    """Return the ARN of an execution's pipeline, in the lower case in which AWS writes the name there."""
    return execution_arn.rpartition("/execution/")[0] or execution_arn


def resource_key(arn: str) -> str:
    """Return what identifies a resource within its region and account, however AWS spells its ARN.

    Lists and starts spell the same ARN in two ways (seen in real responses): some parts are in lower case in one of
    them.
    """
    return arn.rpartition(":")[2].casefold()


def model_package_group_arn(model_package_arn: str) -> str:
    """Return the ARN of the group of a versioned model package."""
    head, _, name = model_package_arn.partition(":model-package/")
    return f"{head}:model-package-group/{name.partition('/')[0]}" if name else model_package_arn


def _in_fragment(text: str) -> str:
    # Colons and slashes are legal in a fragment (RFC 3986, 3.5), and the console's own links have them as they are:
    # its router takes all that follows `executions/`. Blanks, brackets and the like would end the link where it is
    # pasted, or break the markdown around it. CloudWatch's fragments have `=` and `;`.
    return quote(text, safe=":/=;")
