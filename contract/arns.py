"""Amazon Resource Names of pipelines and executions."""

import re
from dataclasses import dataclass
from typing import Self

_EXECUTION = re.compile(
    # botocore 1.44.5 service model, PipelineExecutionArn, with its parts named
    r"arn:(?P<partition>aws[a-z\-]*):sagemaker:(?P<region>[a-z0-9\-]*):(?P<account>[0-9]{12})"
    r":pipeline/(?P<pipeline>.+)/execution/(?P<execution_id>.+)"
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
        """Address of the execution in the SageMaker console, or None where the partition has no public one."""
        console = _CONSOLES.get(self.partition)
        if console is None:
            return None
        name = pipeline_name.rsplit("/", 1)[-1]
        return (
            f"https://{self.region}.{console}/sagemaker/home?region={self.region}"
            f"#/pipelines/{name}/executions/{self.text}"
        )
