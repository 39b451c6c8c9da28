"""Amazon Resource Names of pipelines and executions."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote

_EXECUTION = re.compile(
    # botocore 1.44.5 service model, PipelineExecutionArn, with its parts named
    r"arn:(?P<partition>aws[a-z\-]*):sagemaker:(?P<region>[a-z0-9\-]*):(?P<account>[0-9]{12})"
    r":pipeline/(?P<pipeline>.+)/execution/(?P<execution_id>.+)"
)

_RESOURCE = re.compile(
    r"arn:(?P<partition>aws[a-z\-]*):sagemaker:(?P<region>[a-z0-9\-]+):[0-9]{12}:(?P<kind>[a-z\-]+)/(?P<name>.+)"
)

# notes on AWS partitions; `aws-iso*` consoles have no public address.
_CONSOLES = {
    "aws": "console.aws.amazon.com",
    "aws-cn": "console.amazonaws.cn",
    "aws-us-gov": "console.amazonaws-us-gov.com",
    "aws-eusc": "console.amazonaws-eusc.eu",
}


@dataclass(frozen=True)
class ExecutionArn:
    """A pipeline execution's ARN, taken apart.

    AWS writes the pipeline's name in lower case here, whatever its own spelling.
    """

    text: str
    partition: str
    region: str
    account: str
    pipeline: str
    execution_id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take an ARN apart.

        Raises:
            ValueError: If it is not the ARN of a pipeline execution.
        """
        match = _EXECUTION.fullmatch(text)
        if match is None:
            raise ValueError(
                "must be a pipeline execution's ARN, "
                "arn:aws:sagemaker:<region>:<account>:pipeline/<name>/execution/<id>"
            )
        return cls(text=text, **match.groupdict())

    def monitor_url(self, pipeline_name: str) -> str | None:
        """Tell the execution's address in the SageMaker console.

        Args:
            pipeline_name: The pipeline's own spelling, or its ARN.

        Returns:
            The address, or None where the partition has no public console.
        """
        console = _CONSOLES.get(self.partition)
        if console is None or not self.region:
            return None
        name = pipeline_of(pipeline_name)
        return (
            f"https://{self.region}.{console}/sagemaker/home?region={self.region}"
            f"#/pipelines/{_in_fragment(name)}/executions/{_in_fragment(self.text)}"
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
        """Tell the address of a console page.

        Args:
            page: What stands between the console's host and `?region=`, and behind `#`, with a `#` between them, such
                as `sagemaker/home#/jobs/NAME`.

        Returns:
            The address, or None where the partition has no public console.
        """
        console = _CONSOLES.get(self.partition)
        path, _, fragment = page.partition("#")
        return console and f"https://{self.region}.{console}/{path}?region={self.region}#{_in_fragment(fragment)}"


def pipeline_of(name_or_arn: str) -> str:
    """Tell a pipeline's name: a pipeline that another account shares is named by its ARN."""
    return name_or_arn.rsplit("/", 1)[-1]


def pipeline_arn(execution_arn: str) -> str:
    """Tell the ARN of the pipeline that an execution belongs to, in the lower case in which AWS writes it there."""
    return execution_arn.rpartition("/execution/")[0] or execution_arn


def _in_fragment(text: str) -> str:
    # Colons and slashes are legal in a fragment (RFC 3986, 3.5), and the console's own links have them as they are:
    # its router takes all that follows `executions/`. Blanks, brackets and the like would end the link where it is
    # pasted, or break the markdown around it. CloudWatch's fragments have `=` and `;`.
    return quote(text, safe=":/=;")
