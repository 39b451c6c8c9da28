"""Workflows whose commands were changed without a patch, which a replay must refuse."""

import asyncio
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from contract.names import WorkflowType
    from contract.run_document import RunDocument
    from workflows.pipeline_run import SageMakerPipelineRun


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class WaitsFirst(SageMakerPipelineRun):
    """Has one more timer before anything else."""

    @workflow.run
    async def run(self, *arguments: Any) -> RunDocument:
        """See base class."""
        await asyncio.sleep(1)
        return await super().run(*arguments)


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class WaitsLast(SageMakerPipelineRun):
    """Has one more timer after everything else."""

    @workflow.run
    async def run(self, *arguments: Any) -> RunDocument:
        """See base class."""
        document = await super().run(*arguments)
        await asyncio.sleep(1)
        return document


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class StartsNothing(SageMakerPipelineRun):
    """Closes without having scheduled an activity."""

    @workflow.run
    async def run(self, *_arguments: Any) -> RunDocument:
        """See base class."""
        return RunDocument()
