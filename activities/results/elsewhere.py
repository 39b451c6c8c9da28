"""What the steps of a pipeline use outside SageMaker, and what a running step waits for."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from activities.resources.members import text
from activities.results.reading import Step
from activities.results.step import metadata_of, status_of
from contract.arns import console_url
from contract.steps import OPEN_STEPS

MAX_DETAIL_CHARS: Final = 200

_DETAILS: Final[Mapping[str, Mapping[str, str]]] = {
    "Lambda": {"function": "Arn"},
    "EMR": {"cluster": "ClusterId", "step": "StepId", "log": "LogFilePath"},
    "EMRServerless": {"application": "ApplicationId", "job_run": "JobRunId", "log": "LogFilePath"},
    "Athena": {"query": "QueryExecutionId", "output": "S3OutputLocation"},
    "BedrockCustomModel": {"model": "Arn"},
    "BedrockCustomModelDeployment": {"deployment": "Arn"},
    "BedrockProvisionedModelThroughput": {"throughput": "Arn"},
    "BedrockModelImport": {"import": "Arn"},
    # Never the token of a Callback step: it is the right to answer for the step.
    "Callback": {"queue": "SqsQueueUrl"},
}
"""Member of a step's metadata → our name of a detail → AWS's member (PipelineExecutionStepMetadata)."""

_FUNCTION: Final = re.compile(
    r"arn:(?P<partition>aws[a-z\-]*):lambda:(?P<region>[a-z0-9\-]+):[0-9]{12}:function:(?P<name>[A-Za-z0-9_\-]+)(?::.+)?"
)


@dataclass(frozen=True)
class Function:
    """The Lambda function of a step.

    Attributes:
        partition: Of its ARN.
        region: Of its ARN.
        name: Without version or alias.
    """

    partition: str
    region: str
    name: str

    @property
    def log_group(self) -> str:
        """Its log group, unless the function is configured to have another one (AWS Lambda developer guide)."""
        return f"/aws/lambda/{self.name}"

    @property
    def url(self) -> str | None:
        """Its page in the AWS console."""
        return console_url(self.partition, self.region, f"lambda/home#/functions/{self.name}")

    @property
    def log_url(self) -> str | None:
        """Its log streams in the CloudWatch console."""
        return console_url(self.partition, self.region, f"cloudwatch/home#logStream:group={self.log_group}")


def function_of(step: Step) -> Function | None:
    """Return the Lambda function that a step calls; None for other steps."""
    arn = text(metadata_of(step).get("Lambda", {}), "Arn")
    found = _FUNCTION.fullmatch(arn) if arn else None
    return Function(**found.groupdict()) if found else None


def details_of(step: Step) -> dict[str, str]:
    """Return what a step uses or makes outside SageMaker, each under a plain name; empty for other steps."""
    details = {
        name: value[:MAX_DETAIL_CHARS]
        for kind, members in _DETAILS.items()
        for name, member in members.items()
        if (value := text(_member(step, kind), member))
    }
    if function := function_of(step):
        details["log_group"] = function.log_group
    return details


def waits_for(step: Step, kind: str | None) -> str | None:
    """Return what a running step waits for outside SageMaker; None for steps that work, or that have ended.

    Args:
        step: The step.
        kind: Its type, where the definition gives it: the metadata may come late.
    """
    if status_of(step) not in OPEN_STEPS:
        return None
    if _is_of_kind(step, kind, "Callback"):
        return "an answer to its message in the queue"
    return "its Lambda function" if _is_of_kind(step, kind, "Lambda") else None


def callback_token(step: Step) -> str | None:
    """Return the token of a Callback step that waits: the right to answer it, which is never handed on or logged."""
    return text(_member(step, "Callback"), "CallbackToken") if status_of(step) in OPEN_STEPS else None


def shows_token(step: Step, kind: str | None) -> bool | None:
    """Return whether AWS shows the token of a Callback step that waits; None for steps that wait for no answer.

    Args:
        step: The step.
        kind: Its type, where the definition gives it: the metadata may come late.
    """
    is_waiting = status_of(step) in OPEN_STEPS and _is_of_kind(step, kind, "Callback")
    return callback_token(step) is not None if is_waiting else None


def _is_of_kind(step: Step, kind: str | None, wanted: str) -> bool:
    return kind == wanted or wanted in metadata_of(step)


def _member(step: Step, kind: str) -> Mapping[str, Any]:
    return metadata_of(step).get(kind, {})
