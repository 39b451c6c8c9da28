"""Starts discoveries, and creates the pipelines that they are to find."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import WorkflowFailureError, WorkflowHandle
from temporalio.exceptions import ApplicationError

from contract.discovery import PipelineDiscovery
from contract.names import WorkflowType
from tests.standin.definitions import JsonObject, definition, job
from tests.standin.process import ROLE, token
from tests.waits import PATIENCE_SECONDS
from tests.workflows.stage import Stage

Handle = WorkflowHandle[Any, PipelineDiscovery]


@dataclass
class Finder:
    """Discoveries on one stage, of the pipelines whose names begin with `prefix`."""

    stage: Stage
    prefix: str

    def create(self, suffix: str, parameters: Sequence[JsonObject] = (), **more: Any) -> str:
        """Create a pipeline; its name."""
        name = f"{self.prefix}{suffix}"
        self.stage.standin.client.create_pipeline(
            PipelineName=name,
            PipelineDefinition=definition([job("Train")], parameters),
            RoleArn=ROLE,
            ClientRequestToken=token(),
            **more,
        )
        return name

    def create_many(self, count: int) -> list[str]:
        """Create pipelines whose names are in order."""
        return [self.create(f"{number:03}") for number in range(count)]

    async def start(self, *arguments: object) -> Handle:
        """Start a discovery with exactly these workflow arguments."""
        return await self.stage.client.start_workflow(
            WorkflowType.PIPELINE_DISCOVERY,
            args=list(arguments),
            id=f"discovery-{uuid.uuid4().hex[:12]}",
            task_queue=self.stage.task_queue,
            result_type=PipelineDiscovery,
        )

    async def find(self, **fields: object) -> PipelineDiscovery:
        """Discover this test's pipelines."""
        handle = await self.start({"name_prefix": self.prefix, **fields})
        return await asyncio.wait_for(handle.result(), PATIENCE_SECONDS)

    async def failure(self, *arguments: object) -> ApplicationError:
        """The failure of a discovery that fails."""
        handle = await self.start(*arguments)
        with pytest.raises(WorkflowFailureError) as raised:
            await asyncio.wait_for(handle.result(), PATIENCE_SECONDS)
        assert isinstance(raised.value.cause, ApplicationError), raised.value.cause
        return raised.value.cause


def write_journal(file: Path, pipelines: dict[str, str]) -> None:
    """Write the stand-in's journal of these pipelines' creation: quicker than to create thousands."""
    entries = (
        {
            "real": 1_767_225_600 + number,
            "operation": "CreatePipeline",
            "request": {
                "PipelineName": name,
                "PipelineDefinition": text,
                "RoleArn": ROLE,
                "ClientRequestToken": token(),
            },
            "id": uuid.uuid4().hex[:12],
        }
        for number, (name, text) in enumerate(pipelines.items())
    )
    file.write_text("".join(json.dumps(entry) + "\n" for entry in entries), encoding="utf-8")
