"""Workflows whose commands were changed without a patch, which a replay must refuse."""

import asyncio
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.models import FollowedExecution
    from contract.names import WorkflowType
    from contract.pipeline_document import PipelineRunDocument
    from workflows.pipeline_commands import PipelineRunState
    from workflows.pipeline_run import SageMakerPipelineRun
    from workflows.run.following import Following
    from workflows.run.report import RunReport


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class WaitsFirst(SageMakerPipelineRun):
    """Has one more timer before anything else."""

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """See base class."""
        await asyncio.sleep(1)
        return await super().run(*arguments)


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class WaitsLast(SageMakerPipelineRun):
    """Has one more timer after everything else."""

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """See base class."""
        document = await super().run(*arguments)
        await asyncio.sleep(1)
        return document


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class StartsNothing(SageMakerPipelineRun):
    """Closes without having scheduled an activity."""

    @workflow.run
    async def run(self, *_arguments: Any) -> PipelineRunDocument:
        """See base class."""
        return PipelineRunDocument()


class _LateReport(RunReport[PipelineRunState]):
    def accepted(self, state: PipelineRunState) -> None:
        """Record it when the first activity is scheduled already."""
        asyncio.get_running_loop().call_soon(super().accepted, state)


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class TellsLate(SageMakerPipelineRun):
    """Gives its first two commands in the other order."""

    def __init__(self) -> None:
        super().__init__()
        # All parts of the run hold this very report.
        self._life.report.__class__ = _LateReport

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """See base class."""
        return await super().run(*arguments)


class _SilentReport(RunReport[PipelineRunState]):
    def found(self, state: PipelineRunState, execution: FollowedExecution) -> None:
        """Take the execution over as if its search attribute had been set before."""
        published = PipelineRunDocument(
            status=self.document.status, run_id=execution.execution_arn, phase=self.document.phase
        )
        self._publication.continued(published)
        super().found(state, execution)


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class TellsNoExecution(SageMakerPipelineRun):
    """Leaves one upsert of search attributes out."""

    def __init__(self) -> None:
        super().__init__()
        self._life.report.__class__ = _SilentReport

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """See base class."""
        return await super().run(*arguments)


class _RestingFollowing(Following[PipelineRunState]):
    async def to_the_end(self, state: PipelineRunState, execution: FollowedExecution) -> None:
        """Rest first."""
        await asyncio.sleep(1)
        await super().to_the_end(state, execution)


@workflow.defn(name=WorkflowType.PIPELINE_RUN)
class RestsBetween(SageMakerPipelineRun):
    """Has one more timer in its midst."""

    def __init__(self) -> None:
        super().__init__()
        self._life.following.__class__ = _RestingFollowing

    @workflow.run
    async def run(self, *arguments: Any) -> PipelineRunDocument:
        """See base class."""
        return await super().run(*arguments)
