"""Deployments of one pipeline on a stage, and what came of them in the stand-in."""

import asyncio
import uuid
from dataclasses import dataclass, field
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from contract.deployment import PipelineDeployment
from contract.names import WorkflowType
from tests.standin.definitions import JsonObject, job
from tests.standin.process import ROLE
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

Handle = WorkflowHandle[Any, PipelineDeployment]


def of_job(name: str, **members: Any) -> JsonObject:
    """A definition of one job."""
    return {"Version": "2020-12-01", "Steps": [job(name, seconds=1)], **members}


@dataclass
class Deployer:
    """Deploys one pipeline."""

    stage: Stage
    pipeline: str = field(default_factory=lambda: f"p-{uuid.uuid4().hex[:10]}")

    @property
    def client(self) -> Any:
        """The stand-in's client, without types: their package does not know aliases yet."""
        return self.stage.standin.client

    async def start(self, **fields: Any) -> Handle:
        """Start a deployment under an id of its own."""
        return await self.stage.client.start_workflow(
            WorkflowType.PIPELINE_DEPLOYMENT,
            {"pipeline_name": self.pipeline, **fields},
            id=f"deployment-{uuid.uuid4().hex[:12]}",
            task_queue=self.stage.task_queue,
            result_type=PipelineDeployment,
        )

    async def preview(self, **fields: Any) -> PipelineDeployment:
        """What a deployment would change."""
        return await asyncio.wait_for((await self.start(**fields)).result(), PATIENCE_SECONDS)

    async def apply(self, **fields: Any) -> PipelineDeployment:
        """Deploy."""
        return await self.preview(apply=True, **fields)

    async def create(self, name: str = "a", **fields: Any) -> PipelineDeployment:
        """Deploy a definition of one job for the first time."""
        return await self.apply(definition=of_job(name), role_arn=ROLE, **fields)

    async def failure(self, **fields: Any) -> ApplicationError:
        """How a deployment fails."""
        return await failure_of(await self.start(apply=True, **fields))

    @property
    def aliases(self) -> dict[int, list[str]]:
        """The aliases of each version."""
        listed = self.client.list_pipeline_versions(PipelineName=self.pipeline)["PipelineVersionSummaries"]
        return {each["PipelineVersionId"]: each.get("PipelineVersionAliases", []) for each in listed}

    @property
    def tags(self) -> dict[str, str]:
        """The pipeline's tags."""
        arn = self.client.describe_pipeline(PipelineName=self.pipeline)["PipelineArn"]
        return {tag["Key"]: tag["Value"] for tag in self.client.list_tags(ResourceArn=arn)["Tags"]}


async def failure_of(handle: Handle) -> ApplicationError:
    """How a deployment under way fails."""
    with pytest.raises(WorkflowFailureError) as raised:
        await asyncio.wait_for(handle.result(), PATIENCE_SECONDS)
    assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
    return raised.value.cause
