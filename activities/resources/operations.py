"""AWS operations: each is named once, as AWS's API reference has it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore import xform_name

SAGEMAKER: Final = "sagemaker"
STS: Final = "sts"
LOGS: Final = "logs"
"""boto3's name of CloudWatch Logs."""
SQS: Final = "sqs"


@dataclass(frozen=True)
class Operation:
    """One operation of one AWS service.

    Attributes:
        name: AWS's name, such as `DescribeTrainingJob`.
        service: The name of the service, which boto3 and IAM share.
    """

    name: str
    service: str = SAGEMAKER

    @property
    def method(self) -> str:
        """The name of boto3's method, such as `describe_training_job`."""
        return xform_name(self.name)

    @property
    def action(self) -> str:
        """The IAM action that allows the operation, such as `sagemaker:DescribeTrainingJob`."""
        return f"{self.service}:{self.name}"

    def __str__(self) -> str:
        return self.name


LIST_PIPELINES: Final = Operation("ListPipelines")
DESCRIBE_PIPELINE: Final = Operation("DescribePipeline")
CREATE_PIPELINE: Final = Operation("CreatePipeline")
UPDATE_PIPELINE: Final = Operation("UpdatePipeline")
UPDATE_PIPELINE_VERSION: Final = Operation("UpdatePipelineVersion")
LIST_VERSIONS: Final = Operation("ListPipelineVersions")
START_EXECUTION: Final = Operation("StartPipelineExecution")
DESCRIBE_EXECUTION: Final = Operation("DescribePipelineExecution")
STOP_EXECUTION: Final = Operation("StopPipelineExecution")
LIST_EXECUTIONS: Final = Operation("ListPipelineExecutions")
LIST_STEPS: Final = Operation("ListPipelineExecutionSteps")
RETRY_EXECUTION: Final = Operation("RetryPipelineExecution")
DESCRIBE_DEFINITION: Final = Operation("DescribePipelineDefinitionForExecution")
ANSWER_STEP: Final = Operation("SendPipelineExecutionStepSuccess")
FAIL_STEP: Final = Operation("SendPipelineExecutionStepFailure")
DESCRIBE_PACKAGE: Final = Operation("DescribeModelPackage")
LIST_PACKAGES: Final = Operation("ListModelPackages")
UPDATE_PACKAGE: Final = Operation("UpdateModelPackage")
LIST_TAGS: Final = Operation("ListTags")
ADD_TAGS: Final = Operation("AddTags")
DELETE_TAGS: Final = Operation("DeleteTags")
UPDATE_TRAINING_JOB: Final = Operation("UpdateTrainingJob")
LIST_PARAMETERS: Final = Operation("ListPipelineParametersForExecution")

FILTER_LOG_EVENTS: Final = Operation("FilterLogEvents", LOGS)
GET_CALLER_IDENTITY: Final = Operation("GetCallerIdentity", STS)

RECEIVE_MESSAGE: Final = Operation("ReceiveMessage", SQS)
DELETE_MESSAGES: Final = Operation("DeleteMessageBatch", SQS)
DELETE_MESSAGE: Final = Operation("DeleteMessage", SQS)
CHANGE_MESSAGE_VISIBILITY: Final = Operation("ChangeMessageVisibility", SQS)
CHANGE_VISIBILITY: Final = Operation("ChangeMessageVisibilityBatch", SQS)
GET_QUEUE_ATTRIBUTES: Final = Operation("GetQueueAttributes", SQS)

_IDENTIFIERS: Final = {
    "PipelineExecutionArn": "execution",
    "PipelineName": "pipeline",
    "PipelineNamePrefix": "prefix",
    "QueueUrl": "queue",
}
"""Members of requests that name what the call is about, and what error texts call it."""


def resource_of(request: Mapping[str, Any]) -> str:
    """Name the resource that a request is about, such as `pipeline=churn`; empty if it is about none."""
    for member, noun in _IDENTIFIERS.items():
        if member in request:
            return f"{noun}={request[member]}"
    return next((f"{member}={value}" for member, value in request.items() if member.endswith(("Name", "Arn"))), "")
