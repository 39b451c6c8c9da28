"""Making checks through a worker, and reading them."""

import asyncio
import uuid
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from contract.names import WorkflowType
from contract.platform_check import PlatformCheck
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

ACCOUNT = "111122223333"
USER = f"arn:aws:iam::{ACCOUNT}:user/polysync"

PERMISSIONS = [
    "sagemaker:DescribePipeline",
    "sagemaker:StartPipelineExecution",
    "sagemaker:DescribePipelineExecution",
    "sagemaker:ListPipelineExecutions",
    "sagemaker:ListPipelineExecutionSteps",
    "sagemaker:StopPipelineExecution",
    "sagemaker:RetryPipelineExecution",
    "sagemaker:DescribePipelineDefinitionForExecution",
    "sagemaker:ListPipelineParametersForExecution",
    "sagemaker:DescribeTrainingJob",
    "sagemaker:DescribeProcessingJob",
    "sagemaker:DescribeTransformJob",
    "logs:FilterLogEvents",
]
NAMES = ["AWS credentials", "SageMaker", "clock", "sagemaker:ListPipelines", *PERMISSIONS]
ALL_NAMES = ["Temporal", "search attributes", "worker", *NAMES]


class Checks:
    """Starts checks on a stage's task queue."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def check(self, *arguments: Any) -> PlatformCheck:
        """The result of a check that is started with exactly these workflow arguments."""
        handle = await self.stage.client.start_workflow(
            WorkflowType.PLATFORM_CHECK,
            args=list(arguments),
            id=f"check-{uuid.uuid4().hex[:12]}",
            task_queue=self.stage.task_queue,
            result_type=PlatformCheck,
        )
        return await asyncio.wait_for(handle.result(), PATIENCE_SECONDS)

    async def refusal(self, *arguments: Any) -> ApplicationError:
        """The failure of a check with these arguments."""
        with pytest.raises(WorkflowFailureError) as raised:
            await self.check(*arguments)
        assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
        return raised.value.cause


def verdicts(found: PlatformCheck) -> dict[str, bool | None]:
    """Each check's outcome, in their order."""
    return {check.name: check.ok for check in found.checks}
